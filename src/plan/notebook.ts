/** Turns the modules that a notebook's definitions were given into what becomes of the notebook: moves, imports, what stays. */
import { builtins } from '../scope/builtins.ts';
import { isSkipped, takesCode, type Names } from '../scope/names.ts';
import { isCallable, type Statement } from '../scope/statement.ts';
import type { Graph } from './graph.ts';
import { leavingImports } from './leaving.ts';
import { isHeaded } from './pasted.ts';
import { lastImport } from './phases.ts';
import { readsPickles } from './pickles.ts';
import type { Reason, Refusal } from './refusal.ts';
import type { TestPiece } from './tests.ts';

export interface Move {
  readonly statement: number;
  /** Where its code begins: UTF-16, in its cell. */
  readonly offset: number;
  /** Dotted, without the package. */
  readonly module: string;
  /** Why that module, where the layout is `topic`; completes "it goes there because …". */
  readonly because?: string;
}

/** An import to be put into a notebook, where a statement that moves stood. */
export interface NotebookImport {
  readonly statement: number;
  readonly position: 'replace' | 'after';
  readonly module: string;
  readonly names: readonly string[];
}

export interface Kept {
  readonly statement: number;
  readonly refusal: Reason;
}

export interface PlannedNotebook {
  readonly moves: readonly Move[];
  readonly kept: readonly Kept[];
  readonly imports: readonly NotebookImport[];
  /** The constants that move and the comments above which stay, as a heading of what stands below. */
  readonly headed: ReadonlySet<number>;
  /** By statement that moves, the comment lines of it that its module lacks: they stay. */
  readonly comments: ReadonlyMap<number, readonly string[]>;
  /** What becomes tests. */
  readonly tests: readonly TestPiece[];
  /** The last statement that imports after it may depend on; -1 if there is none. */
  readonly lastBarrier: number;
  /** Names whose import only the moved code used, by import statement. */
  readonly unusedImports: ReadonlyMap<number, ReadonlySet<string>>;
  /** Whether other notebooks run or import it, and so may use any of its names. */
  readonly isRun?: boolean;
}

/** Definitions whose import could not stand where they stood. */
export interface RefusedMoves {
  readonly refused: readonly { readonly statement: number; readonly refusal: Refusal }[];
}

/**
 * Plans one notebook.
 * @param modules by statement, for all that moves
 * @param reasons by statement, why that module, where the layout has reasons
 * @param isRun whether other notebooks may use any of its names
 */
export function planNotebook(
  graph: Graph,
  modules: ReadonlyMap<number, string>,
  reasons?: ReadonlyMap<number, string>,
  tests: readonly TestPiece[] = [],
  isRun = false,
): PlannedNotebook | RefusedMoves {
  const { statements } = graph.names;
  const copied = copiedBlocks(graph, modules, isRun);
  const isMoved = (id: number): boolean => modules.has(id) && !copied.has(id);
  const tested = new Set(tests.flatMap((test) => test.statements));
  const unmoved = statements.filter(({ id }) => !isMoved(id));
  const staying = unmoved.filter(({ id, kind }) => !tested.has(id) && kind !== 'import');
  // What moves may look into the notebook, too.
  const lookers = [
    ...staying,
    ...statements.filter(
      ({ id, mentions, search }) => isMoved(id) && (search !== undefined || mentions.has('__main__')),
    ),
  ];
  const isPickled = readsPickles(graph.names);
  const isMentioned = (name: string): boolean => isRun || lookers.some(({ mentions }) => mentions.has(name));
  const neededByMoved = new Set<string>();
  for (const id of modules.keys()) {
    for (const [name] of graph.needs.get(id)!) {
      // A function that calls itself is not thereby used.
      if (!statements[id]!.defines.includes(name)) neededByMoved.add(name);
    }
  }

  const neededByTests = new Set(
    [...tested].flatMap((id) =>
      [...graph.needs.get(id)!].filter(([, need]) => need.kind === 'import').map(([name]) => name),
    ),
  );

  const moves = [...modules]
    .filter(([statement]) => !copied.has(statement))
    .map(([statement, module]) => {
      const because = reasons?.get(statement);
      return {
        statement,
        offset: statements[statement]!.code.start,
        module,
        ...(because !== undefined && { because }),
      };
    })
    .sort((a, b) => a.statement - b.statement);
  const stands = new Map<string, Map<string, number>>();
  for (const { statement, module } of moves) {
    const { kind, defines } = statements[statement]!;
    const isSought = isPickled && isCallable({ kind });
    for (const name of defines) {
      if (neededByMoved.has(name) && !isSought && !isMentioned(name)) continue;
      let names = stands.get(module);
      if (names === undefined) stands.set(module, (names = new Map()));
      if (!names.has(name)) names.set(name, statement);
    }
  }

  const refused: { statement: number; refusal: Refusal }[] = [];
  const imports: NotebookImport[] = againBound(graph, moves, stands);
  // What goes through all names sees their order.
  const isOrdered = lookers.some(({ search }) => search === 'all');
  for (const [module, names] of [...stands].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const barrier = lastBarrier(graph, modules, module);
    const early = [...names].filter(([, stand]) => stand < barrier);
    if (early.length === 0) {
      imports.push(...importsInPlace(module, names, graph.names, unmoved, isOrdered));
      continue;
    }
    // Equal ones all at once: else each would be found when the one before it stays, and all is planned anew.
    const candidates = moves.filter((move) => move.module === module && move.statement < barrier);
    const equal = early.flatMap(([name, first]) =>
      candidates
        .filter(({ statement }) => statements[statement]!.normalised === statements[first]!.normalised)
        .map(({ statement }) => ({ name, stand: statement })),
    );
    refused.push(...refuseEarly(equal, barrier, graph.names, staying));
    imports.push({ statement: barrier, position: 'after', module, names: [...names.keys()] });
  }
  if (refused.length > 0) return { refused };

  const isUnused = (name: string): boolean =>
    (neededByMoved.has(name) || neededByTests.has(name)) && !isMentioned(name);
  const unusedImports = leavingImports(graph, { modules, imports, staying, isUnused });

  const kept = [...graph.refusals]
    .filter(([id]) => {
      const { kind, directive } = statements[id]!;
      const isAsked = directive !== undefined && !('keep' in directive);
      return isCallable({ kind }) || (kind === 'constant' && isAsked);
    })
    .map(([statement, refusal]) => ({ statement, refusal }))
    .sort((a, b) => a.statement - b.statement);
  return {
    moves,
    kept,
    imports: sortImports(imports),
    headed: new Set(moves.map(({ statement }) => statement).filter((id) => isHeaded(id, graph))),
    comments: new Map(),
    tests,
    lastBarrier: statements.findLast(({ barrier }) => barrier !== undefined)?.id ?? -1,
    unusedImports,
    ...(isRun && { isRun }),
  };
}

/** Those whose import would have to wait for a barrier, and whose names something uses by then. */
function refuseEarly(
  early: readonly { readonly name: string; readonly stand: number }[],
  barrier: number,
  names: Names,
  staying: readonly Statement[],
): { statement: number; refusal: Refusal }[] {
  const { statements } = names;
  const wall = statements[barrier]!;
  // After what may not be run, or is not Python, no import could stand.
  const isUnsafe = !takesCode(
    names,
    names.cells.find(({ cell }) => cell === wall.cell)!,
  );
  const leading = new Map<string, readonly string[]>();
  for (const { name } of early) if (!leading.has(name)) leading.set(name, [...leadingTo(name, staying)]);
  return early.flatMap(({ name, stand }) => {
    const user = staying.find((statement) => {
      if (isUnsafe) return statement === wall;
      if (statement.id <= stand || statement.id > barrier) return false;
      const used = usedAtOnce(statement);
      return leading.get(name)!.some((other) => used.has(other));
    });
    if (user === undefined) return [];
    const refusal: Refusal = {
      code: 'NB416',
      offset: statements[stand]!.code.start,
      message: isUnsafe
        ? `its imports come after '${wall.barrier}' in cell ${wall.cell}, which ${isSkipped(names, wall.cell) ? "is tagged 'skip-execution'" : 'takes no import'}`
        : `cell ${user.cell} uses it before '${wall.barrier}' in cell ${wall.cell}, which its imports come after`,
      hint: 'Move the imports, and what has to run before them, to the top of the notebook.',
    };
    return [{ statement: stand, refusal }];
  });
}

/**
 * The imports of a module where its members stood: one in place of the first, but for names that something between may see,
 * bind or replace. These are imported where they stood themselves, as many together as nothing comes between.
 */
function importsInPlace(
  module: string,
  stands: ReadonlyMap<string, number>,
  { bindings, unknowns }: Names,
  unmoved: readonly Statement[],
  isOrdered: boolean,
): NotebookImport[] {
  const isUnmoved = new Set(unmoved.map(({ id }) => id));
  /** Whether a name may be imported at a statement above the one where it stood. */
  const mayStandAt = (at: number, name: string, stand: number): boolean => {
    const isBetween = (id: number): boolean => id > at && id < stand && isUnmoved.has(id);
    return (
      at === stand ||
      !(
        isOrdered ||
        unknowns.some(({ statement }) => isBetween(statement)) ||
        bindings.get(name)!.some(({ statement }) => isBetween(statement)) ||
        unmoved.some(
          ({ id, kind, mentions, names: used }) =>
            id > at &&
            id < stand &&
            (kind === 'other'
              ? mentions.has(name)
              : used.references.some(
                  (reference) =>
                    reference.name === name && (reference.time === 'definition' || builtins.has(name)),
                )),
        )
      )
    );
  };
  const together = new Map<number, string[]>();
  for (const [name, stand] of [...stands].sort(([, a], [, b]) => a - b)) {
    let at = stand;
    // The higher up, the more comes between.
    for (const place of [...together.keys()].reverse()) {
      if (!mayStandAt(place, name, stand)) break;
      at = place;
    }
    together.set(at, [...(together.get(at) ?? []), name]);
  }
  return [...together].map(([statement, names]) => ({ statement, position: 'replace', module, names }));
}

/**
 * The import blocks of which the module gets a copy, and that stay as well: they may leave a name unbound, and importing
 * it from the module would fail then. A name that only what moves needs the notebook can do without.
 */
function copiedBlocks(
  { names, needs }: Graph,
  modules: ReadonlyMap<number, string>,
  isRun: boolean,
): ReadonlySet<number> {
  const copied = new Set<number>();
  for (const id of modules.keys()) {
    for (const name of names.statements[id]!.mayLack) {
      const isNeeded = [...modules.keys()].some((user) => user !== id && needs.get(user)!.has(name));
      const isMentioned = names.statements.some(
        (other) => other.kind !== 'import' && !modules.has(other.id) && other.mentions.has(name),
      );
      if (!isNeeded || isMentioned || isRun) copied.add(id);
    }
  }
  return copied;
}

/** The name, and all that statements that stay bind or change while they mention one of these. */
function leadingTo(name: string, staying: readonly Statement[]): ReadonlySet<string> {
  const leading = new Set([name]);
  for (let before = 0; before < leading.size;) {
    before = leading.size;
    for (const { kind, mentions, defines, mayChange, names } of staying) {
      if (![...leading].some((other) => mentions.has(other))) continue;
      for (const own of defines) leading.add(own);
      if (kind !== 'other') continue;
      for (const changed of mayChange.keys()) leading.add(changed);
      for (const bound of names.bindings) leading.add(bound.name);
    }
  }
  return leading;
}

/** The names that a statement may use as it runs: all that it mentions, but for what waits until it is called. */
function usedAtOnce({ kind, mentions, names }: Statement): ReadonlySet<string> {
  if (!isCallable({ kind })) return mentions;
  return new Set(names.references.filter(({ time }) => time === 'definition').map(({ name }) => name));
}

/** Where an equal definition stood once more after the name had been bound to something else: it is imported again. */
function againBound(
  graph: Graph,
  moves: readonly Move[],
  stands: ReadonlyMap<string, ReadonlyMap<string, number>>,
): NotebookImport[] {
  const imports: NotebookImport[] = [];
  const moved = new Set(moves.map(({ statement }) => statement));
  for (const { statement, module } of moves) {
    for (const name of graph.names.statements[statement]!.defines) {
      const first = stands.get(module)?.get(name);
      if (first === undefined || first === statement) continue;
      const isRebound = graph.names.bindings
        .get(name)!
        .some(
          (binding) =>
            !moved.has(binding.statement) && binding.statement > first && binding.statement < statement,
        );
      if (isRebound) imports.push({ statement, position: 'replace', module, names: [name] });
    }
  }
  return imports;
}

function sortImports(imports: readonly NotebookImport[]): NotebookImport[] {
  return [...imports].sort((a, b) => a.statement - b.statement || (a.module < b.module ? -1 : 1));
}

/** The last barrier that an import of the module's members in this notebook follows; -1 if there is none. */
function lastBarrier(graph: Graph, modules: ReadonlyMap<number, string>, module: string): number {
  const { statements } = graph.names;
  const barriers = statements.filter(({ barrier }) => barrier !== undefined).map(({ id }) => id);
  if (barriers.length === 0) return -1;
  const seen = new Set<number>();
  const stack = [...modules].filter(([, other]) => other === module).map(([id]) => id);
  let latest = -1;
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const ofDefinition = (needed: number): number => {
      stack.push(needed);
      return -1;
    };
    const last = lastImport(id, graph, ofDefinition, module);
    latest = Math.max(latest, last);
  }
  return Math.max(-1, ...barriers.filter((barrier) => barrier < latest));
}
