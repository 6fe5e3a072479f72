/** Turns the names of one notebook into a draft: what of it may move, as plain data that the plan of all needs. */
import { builtins } from '../scope/builtins.ts';
import { pathInPackage } from '../scope/clause.ts';
import type { Names } from '../scope/names.ts';
import { isCallable, type Statement } from '../scope/statement.ts';
import { isDottedName } from '../text/module-name.ts';
import { clauseTarget, ownImportsOf } from './clauses.ts';
import { futuresOf } from './conditions.ts';
import type { Graph } from './graph.ts';
import { components, importMeaning, importTarget, meaningOf, type Explain } from './identity.ts';
import { unknownMeaning } from './namespaces.ts';
import {
  fits,
  graphOf,
  identitiesOf,
  markedNames,
  type DraftOptions,
  type Exclusions,
  type PlanSource,
  type Told,
} from './notebook-graph.ts';
import { isHeaded, meaningsOf, recallPasted, requiresOf, wantsOf, type Pasted } from './pasted.ts';
import { phasesOf, type Phases } from './phases.ts';
import { unknownNeeds } from './sequence.ts';
import { isOneOfMany } from './touch.ts';
import { topicsOf, type TopicChoice } from './topic.ts';

/** A definition, constant or import block that may move, in its place. */
export interface DraftMember {
  readonly statement: number;
  readonly cell: number;
  /** Whether an empty line stands above it in its cell. */
  readonly isParted: boolean;
  /** The phase of the notebook in which its module is imported: what the notebook has by then is `available`. */
  readonly phase: number;
  /** How many phases it has to wait for what it needs. */
  readonly readyIn: number;
  /** The module that a directive asks for. */
  readonly module?: string;
  /** The statements that define what `pasted.needs` names. */
  readonly needs: readonly number[];
  readonly pasted: Pasted;
}

export interface Draft extends Pick<Phases, 'available' | 'uses'> {
  readonly path: string;
  /** The targets of the imports from the package itself that its verdicts depend on: `import:churn.data.load`. */
  readonly imported: readonly string[];
  /** Names that nothing in the notebook defines, and that keep definitions for it. */
  readonly missing: readonly string[];
  /** The notebook's own module. */
  readonly module: string;
  readonly layout: DraftOptions['layout'];
  /** Statements that need each other, or single ones; needs before those who need them. */
  readonly components: readonly {
    readonly members: readonly DraftMember[];
    readonly topic?: TopicChoice;
  }[];
  /**
   * Where it imports modules of the package by star: what names mean that it binds or reads, and that these could bring,
   * too; undefined where it does not bind them.
   */
  readonly views?: readonly (readonly [name: string, meaning: string | undefined])[];
}

/**
 * Drafts one notebook.
 * @param told what is known of the targets that its `imported` names: the package is read elsewhere
 */
export function draftNotebook(
  source: PlanSource,
  excluded: Exclusions,
  options: DraftOptions,
  told?: ReadonlyMap<string, Told>,
): Draft {
  const graph = graphOf(source, excluded, options, told);
  const explain: Explain = (target) => told?.get(target)?.meaning ?? target;
  const identities = identitiesOf(graph, told);
  const topics = options.layout === 'topic' ? topicsOf(graph) : undefined;
  const own = ownImportsOf(graph.names, options.package);
  const { phaseOf, readyIn, available, uses } = phasesOf(graph, own, options.package);
  const views = viewsOf(graph, identities, options.package, explain);
  const memberOf = (id: number): DraftMember => {
    const statement = graph.names.statements[id]!;
    const { defines, directive } = statement;
    const identity = identities.get(id)!;
    const module =
      options.chosen?.get(id) ??
      (directive !== undefined && 'module' in directive
        ? directive.module
        : options.modules?.find(({ pattern }) => defines.some((name) => fits(name, pattern)))?.module);
    const { needs, imports, given } = wantsOf(id, graph, options.package);
    const futures = futuresOf(statement, graph.names);
    const leavesLead = isHeaded(id, graph);
    return {
      statement: id,
      cell: statement.cell,
      isParted: isParted(statement, graph.names),
      phase: phaseOf(id),
      readyIn: readyIn(id),
      ...(module !== undefined && { module }),
      needs: needs.map((need) => need.statement),
      pasted: recallPasted(statement, graph.names, { identity, imports, futures, leavesLead }, () => ({
        given,
        needs: needs.map(({ name }) => name),
        meanings: meaningsOf(id, graph, identities, explain),
        requires: [
          ...requiresOf(statement, imports, given, options.package),
          ...unknownNeeds(statement, graph.names),
        ],
      })),
    };
  };
  return {
    path: source.names.source.path,
    imported: own.length === 0 ? [] : importedFrom(options.package, graph),
    missing: missingIn(graph),
    module: ownModuleName(source),
    layout: options.layout,
    components: components(graph).map((ids) => {
      const topic = topics?.get(ids[0]!);
      return { members: ids.map(memberOf), ...(topic !== undefined && { topic }) };
    }),
    available,
    uses,
    ...(views !== undefined && { views }),
  };
}

/** Whether an empty line stands above a statement and the comments that lead it. */
function isParted({ cell, span }: Statement, { source }: Names): boolean {
  const above = source.cells[cell - 1]!.source.slice(Math.max(0, span.start - 200), span.start);
  return /\n[ \t]*\r?\n[ \t]*$/.test(above);
}

/**
 * What names mean to a notebook that imports modules of the package by star: those that could be brought, too, and that
 * it still has when all has moved that may.
 */
function viewsOf(
  graph: Graph,
  identities: ReadonlyMap<number, string>,
  packageName: string,
  explain: Explain,
): Draft['views'] {
  const { bindings, statements, unknowns } = graph.names;
  const stars = unknowns.filter(
    ({ module }) => module !== undefined && pathInPackage({ module }, packageName) !== undefined,
  );
  const last = stars.at(-1)?.statement;
  if (last === undefined) return undefined;
  const views = new Map<string, string | undefined>();
  // What nothing binds at all may be what a star is to bring some day.
  const isOpen = stars.length < unknowns.length;
  const staying = statements.filter(({ id, kind }) => kind !== 'import' && !graph.movable.has(id));
  for (const { names } of staying) {
    for (const { name } of names.references)
      if (!bindings.has(name) && (isOpen || builtins.has(name))) views.set(name, undefined);
  }
  const neededByMoved = new Set<string>();
  for (const id of graph.movable) {
    for (const name of graph.needs.get(id)!.keys())
      if (!statements[id]!.defines.includes(name)) neededByMoved.add(name);
  }
  for (const [name, own] of bindings) {
    if (neededByMoved.has(name) && !staying.some(({ mentions }) => mentions.has(name))) continue;
    const binders = [...new Set(own.map(({ statement }) => statement))];
    const [first] = binders as [number];
    // What is bound afterwards is bound anew, whatever the stars have brought.
    if (first > last && statements[first]!.kind !== 'other' && !builtins.has(name)) continue;
    const identity = binders.every((id) => identities.has(id)) ? identities.get(first) : undefined;
    const meaning =
      identity !== undefined
        ? meaningOf(identity, name, statements[first]!)
        : own.every(({ kind }) => kind === 'import')
          ? importMeaning(name, binders, graph, explain)
          : unknownMeaning;
    views.set(name, meaning);
  }
  return [...views];
}

/** The names that nothing in the notebook binds, and that definitions stay for. */
function missingIn({ names, refusals }: Graph): string[] {
  const missing = new Set<string>();
  for (const [id, { code }] of refusals) {
    if (code !== 'NB411') continue;
    for (const { name } of names.statements[id]!.names.references) {
      if (!names.bindings.has(name) && !builtins.has(name)) missing.add(name);
    }
  }
  return [...missing];
}

/** Reasons to stay that may be none once it is known what the package defines. */
const mayBeLifted = /^NB4(01|04|05|19)$/;

/**
 * The targets of a package that the imports which movable statements need name; all that the notebook imports from there
 * where something stays that might move if more were known of them, or where it may have there already what it defines.
 */
function importedFrom(packageName: string, graph: Graph): string[] {
  const targets = new Set<string>();
  const { statements } = graph.names;
  const marked = markedNames(graph.names);
  const isInDoubt =
    [...graph.movable].some(
      (id) => isOneOfMany(statements[id]!) || statements[id]!.defines.some((name) => marked.has(name)),
    ) || [...graph.refusals].some(([id, { code }]) => mayBeLifted.test(code) && isCallable(statements[id]!));
  for (const { names } of isInDoubt ? statements : []) {
    // Through a module, or a star import, it has all that is there.
    for (const item of [...names.imports, ...names.innerImports])
      if (pathInPackage(item, packageName) !== undefined) targets.add(clauseTarget(item));
  }
  for (const [name, bindings] of graph.names.bindings) {
    if (!marked.has(name) && bindings.every(({ kind }) => kind === 'import')) continue;
    // Which the notebook sets attributes of, or defines besides.
    for (const { statement } of bindings) {
      const item = statements[statement]!.names.imports.find((each) => each.name === name);
      if (item?.member === undefined || pathInPackage(item, packageName) === undefined) continue;
      targets.add(clauseTarget(item));
    }
  }
  for (const id of graph.movable) {
    for (const [name, need] of graph.needs.get(id)!) {
      if (need.kind !== 'import') continue;
      for (const target of importTarget(name, need.statements, graph).split(',')) {
        if (target.startsWith(`import:${packageName}.`)) targets.add(target);
      }
    }
  }
  return [...targets];
}

/** What nbdev's `#| default_exp` names, else what the notebook's file name gives. */
function ownModuleName({ names: { defaultModule }, module }: PlanSource): string {
  return defaultModule !== undefined && isDottedName(defaultModule) ? defaultModule : module;
}
