/** Turns the barriers of a notebook into phases: what can be imported before each, and in which one a statement can. */
import type { Import } from '../scope/scope.ts';
import { clausesOf, ownImport, type OwnImport } from './clauses.ts';
import type { Graph } from './graph.ts';
import { components } from './identity.ts';
import { firstImports, lastRequired } from './requirements.ts';
import { unknownNeeds } from './sequence.ts';

export interface Phases {
  /** What the notebook is known to find in its environment: by phase, and at last all. Sorted. */
  readonly available: readonly (readonly string[])[];
  /** What it imports from the package, anywhere, and in which phase. */
  readonly uses: readonly { readonly clause: Import; readonly phase: number }[];
  /** The phase in which a notebook imports what a statement that moves defines, at the earliest. */
  readonly phaseOf: (statement: number) => number;
  /** The first phase in which it could. */
  readonly readyIn: (statement: number) => number;
}

/**
 * A notebook's phases: barriers such as `%pip install` part what it has before from what it has afterwards. A statement
 * is ready in the phase in which all that its closure imports is there, but in none before the first that moves. It is
 * imported where it stood, or where what needs it does if that is before, once it is ready.
 */
export function phasesOf(graph: Graph, ownImports: readonly OwnImport[], packageName: string): Phases {
  const { names } = graph;
  const firsts = firstImports(names);
  const barriers = names.statements.filter(({ barrier }) => barrier !== undefined).map(({ id }) => id);
  const isOutside = (path: string): boolean => path.split('.', 1)[0] !== packageName;
  const made = [...graph.movable].flatMap((id) => unknownNeeds(names.statements[id]!, names));
  const all = [...new Set([...[...firsts.keys()].filter(isOutside), ...made])].sort();
  if (barriers.length === 0) {
    return {
      phaseOf: () => 0,
      readyIn: () => 0,
      available: [all],
      uses: ownImports.map(({ clause }) => ({ clause, phase: 0 })),
    };
  }
  const barriersBefore = (id: number): number => barriers.filter((barrier) => barrier < id).length;
  const first = Math.min(...graph.movable);
  const required = new Map<number, number>();
  for (const component of components(graph)) {
    let last = -1;
    for (const id of component)
      last = Math.max(
        last,
        lastImport(id, graph, (needed) => required.get(needed) ?? -1),
      );
    for (const id of component) required.set(id, last);
  }
  const levels = new Map<number, number>();
  const ready = new Map<number, number>();
  for (const [id, stand] of standsOf(graph)) {
    levels.set(id, barriersBefore(Math.max(stand, required.get(id)!)));
    ready.set(id, barriersBefore(Math.max(first, required.get(id)!)));
  }
  const levelsOfUses = ownImports.map(({ statement }) => barriersBefore(statement));
  const distinct = sorted([...levels.values(), ...levelsOfUses]);
  const distinctReady = sorted([...ready.values(), ...levelsOfUses]);
  const available = distinct.map((level) =>
    all.filter((path) => barriersBefore(firsts.get(path) ?? -1) <= level),
  );
  return {
    phaseOf: (id) => distinct.indexOf(levels.get(id)!),
    readyIn: (id) => distinctReady.indexOf(ready.get(id)!),
    available: [...available, all],
    uses: ownImports.map(({ clause }, i) => ({ clause, phase: distinct.indexOf(levelsOfUses[i]!) })),
  };
}

function sorted(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/**
 * By statement that moves, where at the earliest its module is imported: where it stood, or where something stood that
 * needs it, for that module imports this one.
 */
function standsOf(graph: Graph): ReadonlyMap<number, number> {
  const stands = new Map<number, number>();
  const users = new Map<number, number>();
  for (const component of [...components(graph)].reverse()) {
    const used = Math.min(...component.map((id) => users.get(id) ?? Infinity));
    const stand = Math.min(used, ...component);
    for (const id of component) {
      stands.set(id, stand);
      for (const need of graph.needs.get(id)!.values()) {
        if (need.kind !== 'definition') continue;
        for (const needed of need.statements) users.set(needed, Math.min(stand, users.get(needed) ?? stand));
      }
    }
  }
  return stands;
}

/**
 * The last statement that must have run before what a statement needs can be imported; -1: none. What of the standard
 * library it needs is there at any time.
 * @param ofDefinition the same of a definition that it needs
 * @param module of the package, in which the statement is to stand: what it would import from there is there
 */
export function lastImport(
  id: number,
  graph: Graph,
  ofDefinition: (id: number) => number,
  module?: string,
): number {
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
      const home = graph.package && ownImport(name, need.statements, graph, graph.package);
      if (home !== undefined && home === module) continue;
      const clauses = clausesOf(name, need.statements, statement, graph.names);
      last = Math.max(last, lastRequired(clauses.map(asRequired), graph.names));
    }
    if (need.kind === 'definition')
      for (const needed of need.statements) last = Math.max(last, ofDefinition(needed));
  }
  return last;
}
