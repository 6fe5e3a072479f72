/** Turns a notebook's moves into the imports that leave it: those that only what moved used, if nothing is lost by it. */
import { builtins } from '../scope/builtins.ts';
import { namedPath } from '../scope/clause.ts';
import { isSkipped } from '../scope/names.ts';
import type { Import } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import { standardLibrary } from '../text/standard-library.ts';
import type { Graph } from './graph.ts';
import { onlyDefines, onlyNames } from './reach.ts';
import { holdsParameters } from './rules/wishes.ts';

/** What of a notebook moves, and what stays. */
export interface Moving {
  /** By statement, for all that moves. */
  readonly modules: ReadonlyMap<number, string>;
  /** Where modules are imported: in the place of a statement, or after it. */
  readonly imports: readonly {
    readonly statement: number;
    readonly position: 'replace' | 'after';
    readonly module: string;
  }[];
  /** The statements that stay, but for imports. */
  readonly staying: readonly Statement[];
  /** Whether only what moves, or becomes a test, has use for an import of the name. */
  readonly isUnused: (name: string) => boolean;
}

/** A clause of an import statement. */
interface Clause {
  readonly statement: number;
  readonly item: Import;
}

/** The names whose import leaves, by import statement. */
export function leavingImports(graph: Graph, moving: Moving): ReadonlyMap<number, ReadonlySet<string>> {
  const leaving = new Map<number, Set<string>>();
  const [unused, staying] = partImports(graph, moving);
  if (unused.length === 0) return leaving;
  const arrivals = arrivalsOf(graph, moving);
  for (const clause of unused) {
    const { statement, item } = clause;
    const witness = witnessOf(clause, graph, moving, arrivals);
    const isLoaded = staying.some((other) => other.statement < (witness?.id ?? 0) && loads(other.item, item));
    if (witness !== undefined && !isLoaded) {
      staying.push(clause);
      continue;
    }
    const known = leaving.get(statement);
    if (known === undefined) leaving.set(statement, new Set([item.name]));
    else known.add(item.name);
  }
  return leaving;
}

/** The clauses of imports that could leave, and the others. */
function partImports({ names }: Graph, { isUnused }: Moving): [Clause[], Clause[]] {
  const underMagic = new Set(
    names.cells.filter(({ magics }) => magics.some(({ kind }) => kind === 'cell')).map(({ cell }) => cell),
  );
  const unused: Clause[] = [];
  const others: Clause[] = [];
  for (const { id, cell, kind, names: own } of names.statements) {
    // What may be skipped binds nothing for sure.
    if (kind !== 'import' || isSkipped(names, cell)) continue;
    // A cell magic needs a body, and may keep back what importing shows. papermill looks for the cell, even if all that it
    // holds is an import.
    const isFixed = underMagic.has(cell) || holdsParameters(cell, names);
    for (const item of own.imports) {
      const isOwn = item.name !== '*' && item.module !== '__future__';
      (!isFixed && isOwn && isUnused(item.name) ? unused : others).push({ statement: id, item });
    }
  }
  return [unused, others];
}

/**
 * Where each module is first imported, directly or by another: the statement that this happens at, or half of one later
 * where it happens after it. Not there if it never is.
 */
function arrivalsOf({ needs }: Graph, { modules, imports }: Moving): ReadonlyMap<string, number> {
  const arrivals = new Map<string, number>();
  const arrive = (module: string, at: number): boolean => {
    if ((arrivals.get(module) ?? Infinity) <= at) return false;
    arrivals.set(module, at);
    return true;
  };
  for (const { module, statement, position } of imports) {
    arrive(module, position === 'after' ? statement + 0.5 : statement);
  }
  for (let changed = true; changed;) {
    changed = false;
    for (const [id, module] of modules) {
      const at = arrivals.get(module);
      if (at === undefined) continue;
      for (const need of needs.get(id)!.values()) {
        const needed = need.kind === 'definition' ? modules.get(need.statements[0]!) : undefined;
        if (needed !== undefined && arrive(needed, at)) changed = true;
      }
    }
  }
  return arrivals;
}

/**
 * A statement that could tell that something is imported later than before: with the module that needs it. Importing a
 * library may register things, and set what others set, too: any statement in between that does more than define could
 * see it. What of the standard library is imported only has to be there: `xml.etree` by `from xml.etree import …`.
 */
function witnessOf(
  { statement, item }: Clause,
  graph: Graph,
  { modules, staying }: Moving,
  arrivals: ReadonlyMap<string, number>,
): Statement | undefined {
  const users = [...modules].filter(([id]) => graph.needs.get(id)!.get(item.name)?.kind === 'import');
  const arrival = Math.min(Infinity, ...users.map(([, module]) => arrivals.get(module) ?? Infinity));
  if (arrival < statement) return undefined;
  const top = item.module.split('.', 1)[0]!;
  // IPython runs the notebook: it is loaded.
  const isStandard = standardLibrary.has(top) || top === 'IPython';
  return staying.find((other) => {
    if (other.id > arrival) return false;
    if (isStandard) return spells(other, namedPath(item), graph);
    return other.id > statement && !onlyBinds(other, graph);
  });
}

/** Whether a statement does no more than give names to imports, definitions and values. */
function onlyBinds(statement: Statement, { names, movable }: Graph): boolean {
  if (statement.kind === 'import-block') return true;
  // Of what a star import brought nothing is known.
  const isKnown = statement.names.references.every(
    ({ name, time }) => time !== 'definition' || names.bindings.has(name) || builtins.has(name),
  );
  return isKnown && (onlyDefines(statement, movable) || onlyNames(statement, movable));
}

/**
 * Whether one import loads all that the other does: the same or what is below it, or, of the same module, another member.
 * A member may be a module by itself, as in `from scipy import stats`; `from talib import RSI` does not look like it.
 */
function loads(one: Import, other: Import): boolean {
  if (`${namedPath(one)}.`.startsWith(`${namedPath(other)}.`)) return true;
  const { module, member } = other;
  return member !== undefined && one.module === module && (module.includes('.') || /[A-Z]/.test(member));
}

/** Whether a statement makes its way along a dotted path: by `xml` and `.etree` of `xml.etree.ElementTree`. */
function spells({ mentions, attributes }: Statement, path: string, { names }: Graph): boolean {
  for (const name of mentions) {
    const target = names.importPaths.get(name);
    if (target === undefined || !path.startsWith(`${target}.`)) continue;
    if (attributes.has(path.slice(target.length + 1).split('.', 1)[0]!)) return true;
  }
  return false;
}
