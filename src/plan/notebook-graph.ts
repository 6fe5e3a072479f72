/** Turns a notebook as the plan sees it, and what it is told of the package, into its graph and the identities there. */
import { withBarriers, type ImportedHolders } from '../scope/barriers.ts';
import type { Names } from '../scope/names.ts';
import type { Circumstances } from './circumstances.ts';
import { clauseTarget } from './clauses.ts';
import { buildGraph, type Graph } from './graph.ts';
import type { Holding } from './existing/holders.ts';
import { identify, meaningOf, type Explain } from './identity.ts';
import type { OwnMeaning } from './own.ts';
import type { Refusal } from './refusal.ts';
import { joinTwins, twinsOf, withoutTwins } from './same.ts';
import { isOneOfMany } from './touch.ts';

interface Rebinding {
  readonly where: string;
  readonly target: string | undefined;
}

/** A notebook as the plan sees it. */
export interface PlanSource {
  readonly names: Names;
  /** The module that its own definitions go to, without the package: `eda`. Unique among the notebooks. */
  readonly module: string;
  /** Top-level names of imports that are files beside the notebook, not importable from anywhere. */
  readonly localModules: ReadonlySet<string>;
  /** What star imports and `%run` bind, by statement, where the file could be read. */
  readonly expansions: ReadonlyMap<number, ReadonlySet<string>>;
  /** Whether other notebooks run or import it: they may use any of its names. */
  readonly isRun?: boolean;
  /** By name, where notebooks that run it bind the name anew, `cell 2 of Advent.ipynb`, and to what, if they import it. */
  readonly rebound?: ReadonlyMap<string, readonly Rebinding[]> | undefined;
  /** Whether it would find another module where it imports the package. */
  readonly hidesPackage?: boolean;
}

/** Definitions that must stay, by statement: what Ruff objected to, what changed the outputs. */
export type Exclusions = ReadonlyMap<number, Refusal>;

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
  /** Whether the package lacks it. */
  readonly isMissing?: true;
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
  const { rebound = new Map<string, readonly Rebinding[]>() } = source;
  const key = JSON.stringify([name, keep, tests, [...rebound], [...told], [...homes], ...excluded]);
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
  for (const { id, code } of source.hidesPackage === true ? source.names.statements : []) {
    kept.set(id, {
      code: 'NB414',
      offset: code.start,
      message: `beside the notebook '${options.package}.py' or a folder of that name would be imported in place of the package`,
      hint: `Give that another name, or name another package with --package.`,
    });
  }
  for (const [id, refusal] of refuseRebound(source)) kept.set(id, refusal);
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
    isMissing: (target) => told.get(`import:${target}`)?.isMissing === true,
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

/**
 * What stays because it looks a name up, whenever it is called, that a notebook which runs this one binds anew: `%run` has
 * them share their names, and in a module it would go on finding the old one. What is read as it is defined was read by then.
 */
function refuseRebound({ names, rebound }: PlanSource): [statement: number, Refusal][] {
  if (rebound === undefined || rebound.size === 0) return [];
  const { statements, bindings, importPaths } = names;
  /** To import the same once more is to bind nothing anew. */
  const rebindingOf = (name: string): Rebinding | undefined =>
    rebound.get(name)?.find(({ target }) => target === undefined || target !== importPaths.get(name));
  return statements.flatMap(({ id, kind, defines, names: { references } }): [number, Refusal][] => {
    if (kind === 'other' || kind === 'import') return [];
    const read = references.find(
      ({ name, time }) =>
        time === 'call' && bindings.has(name) && !defines.includes(name) && rebindingOf(name) !== undefined,
    );
    if (read === undefined) return [];
    const { name, offset } = read;
    const refusal: Refusal = {
      code: 'NB402',
      offset,
      message: `it reads '${name}', which ${rebindingOf(name)!.where} binds anew after running this notebook`,
      hint: `Pass '${name}' to it as an argument.`,
    };
    return [[id, refusal]];
  });
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

/**
 * What the statements are known by. A class, or what can change, that the notebook has from the package already, is made
 * by its own statement once more: the two are not the same. Nor are functions of which the notebook sets attributes.
 */
export function identitiesOf(
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
        .map((item) => explain(clauseTarget(item))),
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
export function markedNames({ statements }: Names): ReadonlySet<string> {
  return new Set(statements.flatMap(({ setsAttributeOf }) => [...setsAttributeOf]));
}
