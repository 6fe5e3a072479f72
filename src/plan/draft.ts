/** Turns the names of one notebook into a draft: what of it may move, as plain data that the plan of all needs. */
import { withBarriers, type ImportedHolders } from '../scope/barriers.ts';
import { builtins } from '../scope/builtins.ts';
import type { Names } from '../scope/names.ts';
import { isAtHead, isMarker } from '../scope/markers.ts';
import type { Import, StatementNames } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import { isDottedName } from '../text/module-name.ts';
import type { Circumstances } from './circumstances.ts';
import { builtinMeaning, conditionsOf, futuresOf } from './conditions.ts';
import { buildGraph, type Graph } from './graph.ts';
import { components, identify, importMeaning, importTarget, meaningOf, type Explain } from './identity.ts';
import { unknownMeaning } from './namespaces.ts';
import type { OwnMeaning } from './own.ts';
import type { Holding } from './holders.ts';
import type { Refusal } from './refusal.ts';
import { firstImports, lastRequired, requirementsOf } from './requirements.ts';
import { joinTwins, twinsOf, withoutTwins } from './same.ts';
import { spells, withSubmodules } from './submodules.ts';
import { isOneOfMany } from './touch.ts';
import { chooseTopic, type TopicChoice, type TopicFacts } from './topic.ts';

/** A notebook as the plan sees it. */
export interface PlanSource {
  readonly names: Names;
  /** The module that its own definitions go to, without the package: `eda`. Unique among the notebooks. */
  readonly module: string;
  /** Top-level names of imports that are files beside the notebook, not importable from anywhere. */
  readonly localModules: ReadonlySet<string>;
  /** What star imports and `%run` bind, by statement, where the file could be read. */
  readonly expansions: ReadonlyMap<number, ReadonlySet<string>>;
}

/** Definitions that must stay, by statement: what Ruff objected to, what changed the outputs. */
export type Exclusions = ReadonlyMap<number, Refusal>;

/** What a definition, constant or import block is: the same object wherever it is pasted in the same surroundings. */
export interface Pasted {
  /** Where its code begins: UTF-16, in its cell. */
  readonly offset: number;
  /** Equal where the definitions are the same, with all that they need. */
  readonly identity: string;
  readonly defines: readonly string[];
  /** Whether it is a function or class, which stands apart from what is around it. */
  readonly isDefinition: boolean;
  /** Whether it is a block of imports, as under `try`: it moves along, but is no definition. */
  readonly isImports: boolean;
  /** As the user wrote it, with the comments that lead it, less the directives for nb2mod and nbdev. */
  readonly code: string;
  /** What each name that it defines or looks up means; and its conditions. */
  readonly meanings: readonly (readonly [name: string, meaning: string])[];
  /** The names of the definitions that it needs. */
  readonly needs: readonly string[];
  /**
   * What it imports from outside; `own` names the module of the package itself that defines it by that name: in that very
   * module no import is needed.
   */
  readonly imports: readonly {
    readonly name: string;
    readonly own?: string;
    readonly clauses: readonly Import[];
  }[];
  /** The import clauses in its own code: in a function, under `try`. */
  readonly inner: readonly Import[];
  /** Names that no import statement of the notebook binds: `display`, and what star imports brought. */
  readonly given: readonly { readonly name: string; readonly module: string }[];
  /** What it needs of the environment by itself; what it needs stands for itself. */
  readonly requires: readonly string[];
  /** The features of `__future__` that it was written under and that change what it means. */
  readonly futures: readonly string[];
}

/** A definition, constant or import block that may move, in its place. */
export interface DraftMember {
  readonly statement: number;
  readonly cell: number;
  /** The phase of the notebook in which its module can be imported: what the notebook has by then is `available`. */
  readonly phase: number;
  /** The module that a directive asks for. */
  readonly module?: string;
  /** The statements that define what `pasted.needs` names. */
  readonly needs: readonly number[];
  readonly pasted: Pasted;
}

export interface Draft {
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
  /** What the notebook is known to find in its environment: by phase, and at last all. Sorted. */
  readonly available: readonly (readonly string[])[];
  /** What it imports from the package, anywhere, and in which phase. */
  readonly uses: readonly { readonly clause: Import; readonly phase: number }[];
  /**
   * Where it imports modules of the package by star: what names mean that it binds or reads, and that these could bring,
   * too; undefined where it does not bind them.
   */
  readonly views?: readonly (readonly [name: string, meaning: string | undefined])[];
}

export interface DraftOptions {
  readonly package: string;
  readonly layout: 'notebook' | 'topic' | 'flat';
  /** Names that stay in the notebook; `*` and `?` stand for any letters and any one. */
  readonly keep?: readonly string[];
  /** Which module names go to, the first that fits; a directive goes before. */
  readonly modules?: readonly { readonly pattern: string; readonly module: string }[];
  /** Whether asserts and test functions become tests. */
  readonly tests?: boolean;
  /** Which module statements go to, as the user was asked; goes before directives. */
  readonly chosen?: ReadonlyMap<number, string> | undefined;
}

/** Whether a name fits a pattern, in which `*` and `?` stand for any letters and any one. */
export function fits(name: string, pattern: string): boolean {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'u').test(name);
}

/** What a notebook is told of the target of an import from the package. */
export interface Told {
  /** What it means, to be compared with others. */
  readonly meaning: string;
  /** What is known of it, if the package defines it once and for all. */
  readonly own?: OwnMeaning;
  /** Whether functions of the package bind the name anew. */
  readonly isRebound?: true;
  /** What the classes are, and the objects that can change, which the notebook has by it. */
  readonly reaches?: readonly string[];
  /** What of it holds a barrier to imports. */
  readonly holding?: Holding;
  /** The names that it brings, where it is all of a module. */
  readonly brings?: readonly string[];
}

const lastGraphs = new WeakMap<Names, { readonly graph: Graph; readonly key: string }>();

/** The graph of a notebook, with what must stay. The last one made is kept: it is asked for again by the next step. */
export function graphOf(
  source: PlanSource,
  excluded: Exclusions,
  options: DraftOptions,
  told: ReadonlyMap<string, Told> = new Map(),
  homes: Circumstances['homes'] = new Map(),
): Graph {
  const { package: name, keep, tests } = options;
  const key = JSON.stringify([name, keep, tests, [...told], [...homes], ...excluded]);
  const last = lastGraphs.get(source.names);
  if (last?.key === key) return last.graph;
  const graph = makeGraph(source, excluded, options, told, homes);
  lastGraphs.set(source.names, { graph, key });
  return graph;
}

function makeGraph(
  source: PlanSource,
  excluded: Exclusions,
  options: DraftOptions,
  told: ReadonlyMap<string, Told>,
  homes: Circumstances['homes'],
): Graph {
  const { keep = [] } = options;
  const kept = new Map(excluded);
  for (const { id, defines, code } of keep.length === 0 ? [] : source.names.statements) {
    if (!defines.some((name) => keep.some((pattern) => fits(name, pattern)))) continue;
    kept.set(id, {
      code: 'NB410',
      offset: code.start,
      message: 'the configuration says so',
      hint: "Change 'keep' under [tool.nb2mod] in pyproject.toml.",
    });
  }
  const names = withBarriers(source.names, holdersOf(source.names, told));
  const circumstances: Circumstances = {
    isLocalModule: (name) => name !== options.package && source.localModules.has(name),
    package: options.package,
    own: (target) => told.get(`import:${target}`)?.own,
    isBrought: (name, module) => told.get(`import:${module}.*`)?.brings?.includes(name) === true,
    isRebound: (target) => told.get(`import:${target}`)?.isRebound === true,
    homes,
    expansions: source.expansions,
    excluded: kept,
    isTesting: options.tests === true,
  };
  const twins = twinsOf(names, (target) => {
    const known = told.get(target);
    return known?.own === undefined ? target : known.meaning;
  });
  return joinTwins(
    twins.filter(({ statement }) => !kept.has(statement)),
    (same, assumed) => buildGraph(withoutTwins(names, same, assumed), circumstances),
    (graph) => identitiesOf(graph, told),
  );
}

/** What a notebook imports that holds barriers to imports: it has them no less than those of its own functions. */
function holdersOf({ statements }: Names, told: ReadonlyMap<string, Told>): ImportedHolders {
  const holders = new Map<string, readonly string[] | undefined>();
  for (const { defines, names } of told.size === 0 ? [] : statements) {
    for (const item of names.imports) {
      const holding = told.get(clauseTarget(item))?.holding;
      if (holding === undefined) continue;
      if (item.name !== '*') holders.set(item.name, holding.members);
      else for (const name of holding.members ?? []) holders.set(name, undefined);
    }
    const isHolding = names.innerImports.some((item) => told.get(clauseTarget(item))?.holding !== undefined);
    if (isHolding) for (const name of defines) holders.set(name, undefined);
  }
  return holders;
}

/** What an import clause names, as the package is asked for it: `import:churn.data.load`. */
export function clauseTarget({ module, member }: Import): string {
  return `import:${module}${member === undefined ? '' : `.${member}`}`;
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
  const { phaseOf, available, uses } = phasesOf(graph, own, options.package);
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
    return {
      statement: id,
      cell: statement.cell,
      phase: phaseOf(id),
      ...(module !== undefined && { module }),
      needs: needs.map((need) => need.statement),
      pasted: recallPasted(statement, graph.names, { identity, imports, futures }, () => ({
        given,
        needs: needs.map(({ name }) => name),
        meanings: meaningsOf(id, graph, identities, explain),
        requires: requiresOf(statement, imports, given, options.package),
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

/**
 * What the statements are known by. A class, or what can change, that the notebook has from the package already, is made
 * by its own statement once more: the two are not the same. Nor are functions of which the notebook sets attributes.
 */
function identitiesOf(
  graph: Graph,
  told: ReadonlyMap<string, Told> = new Map(),
): ReadonlyMap<number, string> {
  const explain: Explain = (target) => told.get(target)?.meaning ?? target;
  const identities = identify(graph, explain, graph.same);
  const held = new Set([...told.values()].flatMap(({ reaches = [] }) => reaches));
  const imported = new Set([...told.values()].map(({ meaning }) => meaning));
  if (held.size === 0 && imported.size === 0) return identities;
  const { statements, source } = graph.names;
  const marked = markedNames(graph.names);
  const isMarked = new Set(
    statements.flatMap(({ names }) =>
      names.imports
        .filter(({ name, member }) => member !== undefined && marked.has(name))
        .map(({ module, member }) => explain(`import:${module}.${member}`)),
    ),
  );
  const apart = new Map(graph.same);
  for (const [id, identity] of identities) {
    const statement = statements[id]!;
    const isHeld = statement.defines.some((name) => {
      const meaning = meaningOf(identity, name, statement);
      if (isOneOfMany(statement)) return held.has(meaning);
      return isMarked.has(meaning) || (marked.has(name) && imported.has(meaning));
    });
    if (isHeld) apart.set(id, `${source.path} ${identity}`);
  }
  return apart.size === (graph.same?.size ?? 0) ? identities : identify(graph, explain, apart);
}

/** The names of which the notebook sets attributes. */
function markedNames({ statements }: Names): ReadonlySet<string> {
  return new Set(statements.flatMap(({ setsAttributeOf }) => [...setsAttributeOf]));
}

/** By what a statement's own text tells, for notebooks without a default module and with one. */
const knownPasted = [
  new WeakMap<StatementNames, Pasted[]>(),
  new WeakMap<StatementNames, Pasted[]>(),
] as const;
/** So many surroundings of one statement are remembered. */
const mostSurroundings = 16;

/**
 * The same object for the same statement in the same surroundings: thousands of notebooks have them in common.
 * @param rest what the identity tells already
 */
function recallPasted(
  statement: Statement,
  names: Names,
  found: Pick<Pasted, 'identity' | 'imports' | 'futures'>,
  rest: () => Pick<Pasted, 'needs' | 'meanings' | 'given' | 'requires'>,
): Pasted {
  const known = knownPasted[names.defaultModule === undefined ? 0 : 1];
  let list = known.get(statement.names);
  if (list === undefined) known.set(statement.names, (list = []));
  for (const pasted of list) {
    if (
      pasted.identity === found.identity &&
      areEqual(pasted.imports, found.imports, isSameImport) &&
      areEqual(pasted.futures, found.futures)
    ) {
      return pasted;
    }
  }
  const { defines, kind, normalised } = statement;
  const pasted = Object.freeze({
    ...found,
    ...rest(),
    offset: statement.code.start,
    defines,
    isImports: kind === 'import-block',
    isDefinition: kind === 'class' || /^(@|async def|def)/.test(normalised),
    code: codeOf(statement, names),
    inner: [...(kind === 'import-block' ? statement.names.imports : []), ...statement.names.innerImports],
  });
  if (list.length === mostSurroundings) list.shift();
  list.push(pasted);
  return pasted;
}

/** What each name that a statement defines or looks up means, and on what condition. */
function meaningsOf(
  id: number,
  graph: Graph,
  identities: ReadonlyMap<number, string>,
  explain: Explain,
): Pasted['meanings'] {
  const { statements } = graph.names;
  const statement = statements[id]!;
  const told = (name: string, by: number): string => meaningOf(identities.get(by)!, name, statements[by]!);
  const meanings: (readonly [string, string])[] = [
    ...conditionsOf(statement, graph.names),
    ...statement.defines.map((name) => [name, told(name, id)] as const),
  ];
  for (const [name, need] of graph.needs.get(id)!) {
    if (need.kind === 'import') meanings.push([name, importMeaning(name, need.statements, graph, explain)]);
    else if (need.kind === 'given') meanings.push([name, `import:${need.module}.${name}`]);
    else if (need.kind === 'definition') meanings.push([name, told(name, need.statements[0]!)]);
    else meanings.push(meaningsOfBuiltins.get(name)!);
  }
  return meanings;
}

/** Thousands of definitions read the same ones. */
const meaningsOfBuiltins: ReadonlyMap<string, Pasted['meanings'][number]> = new Map(
  [...builtins].map((name) => [name, [name, builtinMeaning]]),
);

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
    ) ||
    [...graph.refusals].some(
      ([id, { code }]) => mayBeLifted.test(code) && /^(function|class)$/.test(statements[id]!.kind),
    );
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
      targets.add(`import:${item.module}.${item.member}`);
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

const isSameImport = (a: Pasted['imports'][number], b: Pasted['imports'][number]): boolean =>
  a.name === b.name && a.own === b.own && areEqual(a.clauses, b.clauses);

function areEqual<Item>(
  a: readonly Item[],
  b: readonly Item[],
  isSame: (a: Item, b: Item) => boolean = (one, other) => one === other,
): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isSame(a[i]!, b[i]!)) return false;
  return true;
}

/** What nbdev's `#| default_exp` names, else what the notebook's file name gives. */
function ownModuleName({ names: { defaultModule }, module }: PlanSource): string {
  return defaultModule !== undefined && isDottedName(defaultModule) ? defaultModule : module;
}

/** What a statement needs from elsewhere: definitions, imports, and names that no import statement binds. */
export function wantsOf(
  id: number,
  graph: Graph,
  packageName: string,
): Pick<Pasted, 'imports' | 'given'> & {
  readonly needs: readonly { readonly name: string; readonly statement: number }[];
} {
  const needs: { name: string; statement: number }[] = [];
  const imports: Pasted['imports'][number][] = [];
  const given: Pasted['given'][number][] = [];
  for (const [name, need] of graph.needs.get(id)!) {
    if (need.kind === 'import') {
      const own = ownImport(name, need.statements, graph, packageName);
      const clauses = clausesOf(name, need.statements, graph.names.statements[id]!, graph.names);
      imports.push({ name, clauses, ...(own !== undefined && { own }) });
    } else if (need.kind === 'given') given.push({ name, module: need.module });
    else if (need.kind === 'definition') needs.push({ name, statement: need.statements[0]! });
  }
  return { needs, imports, given };
}

export function codeOf(statement: Statement, names: Names): string {
  const { source } = names.source.cells[statement.cell - 1]!;
  const lead = source.slice(statement.span.start, statement.code.start);
  const directives =
    names.defaultModule === undefined
      ? /^#(?:\s*nb2mod:|\||\s*\|\s*export[is]?\b|\s*export[is]?\s*$).*\n/gm
      : /^#(?:\s*nb2mod:|\||\s*\|?\s*(?:export[is]?(?:\s+[\w.]+)?|default_exp\s+\S+)\s*$).*\n/gm;
  const code = source.slice(statement.code.start, statement.span.end);
  const own = isAtHead(source, statement.span.start)
    ? lead.replace(/^#.*\n/gm, (line) => (isMarker(line.trimEnd()) ? '' : line))
    : lead;
  return (own.replace(directives, '') + code).replace(/\r\n?/g, '\n');
}

/** The clauses of import statements that bind a name as the statement needs it. */
function clausesOf(name: string, statements: readonly number[], reader: Statement, names: Names): Import[] {
  const items = statements.flatMap((id) =>
    names.statements[id]!.names.imports.filter((item) => item.name === name),
  );
  const dotted = items.filter(
    (item) => item.member === undefined && !item.isRenamed && item.module.includes('.'),
  );
  // Of `import a`, `import a.b` and `import a.c` those are needed whose path the code spells out.
  const spelled = dotted.filter((item) => spells(reader, item.module));
  const plain = items.filter((item) => !dotted.includes(item));
  if (spelled.length > 0) return spelled;
  return plain.length > 0 ? withSubmodules(plain[0]!, reader, names) : dotted;
}

/**
 * The topic of each movable statement: its own, and that of the first who needs it for a constant or an import block,
 * which say little by themselves. Statements that need each other share one.
 */
export function topicsOf(graph: Graph): ReadonlyMap<number, TopicChoice> {
  const { statements } = graph.names;
  const factsOf = (id: number): TopicFacts => ({
    statement: statements[id]!,
    imports: [...graph.needs.get(id)!].flatMap(([name, need]) =>
      need.kind === 'import'
        ? [importTarget(name, need.statements, graph).replace(/^import:/, '')]
        : need.kind === 'given'
          ? [`${need.module}.${name}`]
          : [],
    ),
  });
  const topics = new Map<number, TopicChoice>();
  // Those who need come after what they need: from behind, a constant's reader has its topic already.
  for (const ids of [...components(graph)].reverse()) {
    const isPlain = ids.every((id) => /^(constant|import-block)$/.test(statements[id]!.kind));
    const reader = isPlain
      ? [...topics.keys()].find((id) =>
          [...graph.needs.get(id)!.values()].some(
            (need) => need.kind === 'definition' && need.statements.some((needed) => ids.includes(needed)),
          ),
        )
      : undefined;
    const choice = reader === undefined ? chooseTopic(ids.map(factsOf)) : topics.get(reader)!;
    for (const id of ids) topics.set(id, choice);
  }
  return topics;
}

/** What a statement needs of the environment by itself: what it imports, and the imports that it consists of. */
function requiresOf(
  { kind, names }: Statement,
  imports: Pasted['imports'],
  given: Pasted['given'],
  packageName: string,
): readonly string[] {
  const clauses = imports.flatMap((item) => item.clauses);
  const own = kind === 'import-block' ? names.imports : [];
  const stars = given.map(({ module }) => ({ module }));
  const outside = [...clauses, ...own].filter((item) => pathInPackage(item, packageName) === undefined);
  return requirementsOf([...outside, ...stars]);
}

/** An import from the package itself. */
interface OwnImport {
  readonly clause: Import;
  readonly statement: number;
}

function ownImportsOf({ statements }: Names, packageName: string): OwnImport[] {
  const found: OwnImport[] = [];
  for (const { id, names } of statements) {
    const add = (clause: Import): void => {
      if (pathInPackage(clause, packageName) !== undefined) found.push({ clause, statement: id });
    };
    names.imports.forEach(add);
    names.innerImports.forEach(add);
  }
  return found;
}

interface Phases extends Pick<Draft, 'available' | 'uses'> {
  readonly phaseOf: (statement: number) => number;
}

/**
 * A notebook's phases: barriers such as `%pip install` part what it has before from what it has afterwards. A statement
 * belongs to the phase in which all that its closure imports is there, but none before the first that moves.
 */
function phasesOf(graph: Graph, ownImports: readonly OwnImport[], packageName: string): Phases {
  const { names } = graph;
  const firsts = firstImports(names);
  const barriers = names.statements.filter(({ barrier }) => barrier !== undefined).map(({ id }) => id);
  const isOutside = (path: string): boolean => path.split('.', 1)[0] !== packageName;
  const all = [...firsts.keys()].filter(isOutside).sort();
  if (barriers.length === 0) {
    return {
      phaseOf: () => 0,
      available: [all],
      uses: ownImports.map(({ clause }) => ({ clause, phase: 0 })),
    };
  }
  const barriersBefore = (id: number): number => barriers.filter((barrier) => barrier < id).length;
  const first = Math.min(...graph.movable);
  const levels = new Map<number, number>();
  const required = new Map<number, number>();
  for (const component of components(graph)) {
    let last = -1;
    for (const id of component)
      last = Math.max(
        last,
        lastImport(id, graph, (needed) => required.get(needed) ?? -1),
      );
    for (const id of component) {
      required.set(id, last);
      levels.set(id, barriersBefore(Math.max(first, last)));
    }
  }
  const levelsOfUses = ownImports.map(({ statement }) => barriersBefore(statement));
  const distinct = [...new Set([...levels.values(), ...levelsOfUses])].sort((a, b) => a - b);
  const available = distinct.map((level) => all.filter((path) => barriersBefore(firsts.get(path)!) <= level));
  return {
    phaseOf: (id) => distinct.indexOf(levels.get(id)!),
    available: [...available, all],
    uses: ownImports.map(({ clause }, i) => ({ clause, phase: distinct.indexOf(levelsOfUses[i]!) })),
  };
}

/**
 * The last statement that must have run before what a statement needs can be imported; -1: none. What of the standard
 * library it needs is there at any time.
 * @param ofDefinition the same of a definition that it needs
 */
export function lastImport(id: number, graph: Graph, ofDefinition: (id: number) => number): number {
  const { statements } = graph.names;
  const statement = statements[id]!;
  // A module of the package that has been imported has all its names.
  const asRequired = (item: Import): Pick<Import, 'module' | 'member' | 'isTried'> =>
    graph.package !== undefined && item.module.startsWith(`${graph.package}.`)
      ? { module: item.module }
      : item;
  let last = statement.kind === 'import-block' ? id : -1;
  for (const [name, need] of graph.needs.get(id)!) {
    if (need.kind === 'import') {
      const clauses = clausesOf(name, need.statements, statement, graph.names);
      last = Math.max(last, lastRequired(clauses.map(asRequired), graph.names));
    }
    if (need.kind === 'definition')
      for (const needed of need.statements) last = Math.max(last, ofDefinition(needed));
  }
  return last;
}

/** The module of the package that a name is imported from as it is there, if it is. */
function ownImport(
  name: string,
  statements: readonly number[],
  graph: Graph,
  packageName: string,
): string | undefined {
  for (const id of statements) {
    for (const item of graph.names.statements[id]!.names.imports) {
      if (item.name !== name || item.member === undefined) continue;
      const path = item.member === name ? pathInPackage(item, packageName) : undefined;
      return path === '' ? undefined : path;
    }
  }
  return undefined;
}

/**
 * The module or folder of the package, without the package's name, that an import clause names; empty for the package
 * itself, undefined for what is no part of it.
 * @param from the importing module
 */
export function pathInPackage(
  { module }: Pick<Import, 'module'>,
  packageName: string,
  from?: string,
): string | undefined {
  if (module.startsWith('.')) {
    if (from === undefined) return undefined;
    const level = /^\.+/.exec(module)![0].length;
    const base = from.split('.').slice(0, -level);
    return [...base, module.slice(level)].filter((part) => part !== '').join('.');
  }
  if (module === packageName) return '';
  return module.startsWith(`${packageName}.`) ? module.slice(packageName.length + 1) : undefined;
}
