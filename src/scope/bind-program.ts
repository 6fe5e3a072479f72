/** Turns a program into names: binds its cells, in order, as one module, and interprets each statement among the others. */
import { isUnknownCell, type Magic } from '../python/magic.ts';
import type { Program } from '../python/program.ts';
import { preventsRun } from '../python/syntax.ts';
import { foldersOf, importAliases, markAliasBarriers, markBarriers } from './barriers.ts';
import { builtins } from './builtins.ts';
import { boundPath, namedPath } from './clause.ts';
import { exportOf, taggedDirective } from './directives.ts';
import { magicWrite, unreadWrite, type DynamicWrite } from './dynamic.ts';
import { futuresOf, recallFacts, type CellFacts, type StatementFacts } from './facts.ts';
import { interactivityOf } from './interactivity.ts';
import { meaningOf } from './meaning.ts';
import { boundIfRun, doneByCells } from './magic-cells.ts';
import { isSkipped, type CellNames, type GlobalBinding, type Names, type Unknown } from './names.ts';
import type { Import } from './scope.ts';
import { starExports } from './star-exports.ts';
import { PlacedStatement } from './statement.ts';
import type { Constancy, Surroundings } from './surroundings.ts';

type CodeCell = Program['cells'][number]['cell'];

/** A statement of the notebook, before it is known what the names in it mean. */
interface Bound {
  readonly id: number;
  readonly cell: Program['cells'][number];
  readonly lead: CellFacts['lead'];
  readonly facts: StatementFacts;
}

/** What binds names of a notebook, or may, as it is gathered statement by statement. */
interface Gathered {
  readonly bindings: Map<string, GlobalBinding[]>;
  readonly unknowns: Unknown[];
  /** What writes to names that it computes. */
  readonly dynamic: { readonly statement: number; readonly write: DynamicWrite }[];
}

/** Binds a program. */
export function bindProgram(program: Program): Names {
  const { bound, cellFacts, futures } = readCells(program);
  const gathered = gatherBindings(bound);
  const { bindings, unknowns } = gathered;
  const importPaths = importPathsOf(bound);
  const writers = bindDynamicWrites(gathered, bound, importPaths, program);
  const defaultModule = cellFacts.find((facts) => facts.defaultModule !== undefined)?.defaultModule;
  const { statements, folders } = interpretAll(bound, {
    bindings,
    unknowns,
    importPaths,
    writers,
    defaultModule,
  });
  return {
    source: program.source,
    cells: cellsOf(program, cellFacts, bound),
    statements,
    bindings,
    unknowns,
    readsHistory: bound.some(({ facts }) => readsHistory(facts, bindings)),
    importPaths,
    futures,
    folders,
    ...(defaultModule !== undefined && { defaultModule }),
  };
}

/** The statements of all cells in order, with what their own texts tell. */
function readCells({ cells }: Program): {
  readonly bound: readonly Bound[];
  readonly cellFacts: readonly CellFacts[];
  readonly futures: Names['futures'];
} {
  const futures: { statement: number; feature: string }[] = [];
  const cellFacts: CellFacts[] = [];
  const bound: Bound[] = [];
  for (const cell of cells) {
    const { reading } = cell;
    // IPython keeps a cell's `__future__` flags for the cells after it; in its own cell it holds from the start.
    for (const { index, feature } of futuresOf(reading)) {
      futures.push({ statement: bound.length + index, feature });
    }
    const facts = recallFacts(
      reading,
      futures.some((future) => future.feature === 'annotations'),
    );
    cellFacts.push(facts);
    for (const statement of facts.statements) {
      bound.push({ id: bound.length, cell, lead: facts.lead, facts: statement });
    }
  }
  return { bound, cellFacts, futures };
}

/** Every binding that is written out, and what may bind other names. */
function gatherBindings(bound: readonly Bound[]): Gathered {
  const bindings = new Map<string, GlobalBinding[]>();
  const unknowns: Unknown[] = [];
  const shells = new Set<string>();
  for (const { facts } of bound) for (const shell of facts.shells) shells.add(shell);
  const dynamic: Gathered['dynamic'] = [];
  const isOwn = (magic: Magic): boolean =>
    bound.some(({ facts }) => facts.told.names.bindings.some(({ name }) => name === magic.name));
  const isImported = (item: Import): boolean =>
    bound.some(({ facts }) =>
      facts.told.names.imports.some(
        (other) => other.name === item.name && namedPath(other) === namedPath(item),
      ),
    );
  const addMagic = (magic: Magic, statement: number, { index: cell, source }: CodeCell): void => {
    const isUnknown = magic.kind === 'cell' && isUnknownCell(magic.name) && !isOwn(magic);
    const body = isUnknown ? source.slice(magic.span.start, magic.span.end).replace(/^.*\n?/, '') : '';
    for (const name of new Set([...magic.binds, ...boundIfRun(body, isImported)]))
      addBinding(bindings, name, { statement, kind: 'magic', offset: magic.span.start });
    const write = magicWrite(magic);
    if (write !== undefined) dynamic.push({ statement, write });
    if (magic.bindsAnything) addUnknown(magic, statement, cell);
  };
  const addUnknown = (
    { name, argument }: Pick<Magic, 'name' | 'argument'>,
    statement: number,
    cell: number,
  ): void => {
    const script = name === 'run' ? { script: argument.trim() } : {};
    unknowns.push({ statement, cell, what: `%${name}`, ...script });
  };
  for (const { id, cell, facts } of bound) {
    const { reading } = cell;
    const { index } = cell.cell;
    if (preventsRun(reading.fault)) {
      const isFirst = facts.parsed === reading.statements[0];
      const write = isFirst && reading.fault?.isOurs === true ? unreadWrite(reading.masked.text) : undefined;
      if (write !== undefined) dynamic.push({ statement: id, write });
      continue;
    }
    const { names } = facts.told;
    for (const write of facts.writes) {
      if (write.shell !== undefined && !shells.has(write.shell)) continue;
      if (write.clears !== undefined) unknowns.push({ statement: id, cell: index, what: write.clears });
      else dynamic.push({ statement: id, write });
      if (write.magic !== undefined) addUnknown(write.magic, id, index);
    }
    for (const { name, kind, offset } of names.bindings)
      addBinding(bindings, name, { statement: id, kind, offset });
    for (const { name, kind, offset } of names.writes)
      addBinding(bindings, name, { statement: id, kind, offset });
    for (const magic of facts.parsed.magics) addMagic(magic, id, cell.cell);
    for (const { name, module } of names.imports) {
      if (name === '*')
        unknowns.push({ statement: id, cell: index, what: `from ${module} import *`, module });
    }
    // The head of a cell whose body is Python is no statement: `%%capture out` binds once the last one has run.
    if (facts.parsed !== reading.statements.at(-1)) continue;
    for (const magic of reading.masked.magics) {
      if (magic.kind === 'cell' && magic.body === 'namespace') addMagic(magic, id, cell.cell);
    }
  }
  return { bindings, unknowns, dynamic };
}

function addBinding(bindings: Gathered['bindings'], name: string, binding: GlobalBinding): void {
  const list = bindings.get(name);
  if (list === undefined) bindings.set(name, [binding]);
  else list.push(binding);
}

/** The dotted path that each imported name stands for. */
function importPathsOf(bound: readonly Bound[]): Names['importPaths'] {
  const importPaths = new Map<string, string>();
  for (const { facts } of bound) {
    for (const item of facts.told.names.imports) {
      if (item.name !== '*') importPaths.set(item.name, boundPath(item));
    }
  }
  return importPaths;
}

/** The modules that are imported by star. */
function starredIn(unknowns: readonly Unknown[]): string[] {
  return unknowns.flatMap(({ module }) => (module === undefined ? [] : [module]));
}

/**
 * Binds, of the notebook's names, those that what writes through `globals()` or `exec` can mean.
 * @returns the first such write of each statement
 */
function bindDynamicWrites(
  { bindings, unknowns, dynamic }: Gathered,
  bound: readonly Bound[],
  importPaths: Names['importPaths'],
  program: Program,
): ReadonlyMap<number, DynamicWrite> {
  const writers = new Map<number, DynamicWrite>();
  if (dynamic.length === 0) return writers;
  const starred = starredIn(unknowns);
  const isSymbolMaker = (callee: string): boolean => {
    const [root = ''] = callee.split('.', 1);
    const isStarred = callee === 'var' && starred.includes('sympy') && !bindings.has(root);
    const path = isStarred ? 'sympy.var' : importPaths.get(root);
    return path !== undefined && /^sympy\.([\w.]+\.)?var$/.test(path + callee.slice(root.length));
  };
  const known = new Set([
    ...bindings.keys(),
    ...bound.flatMap(({ facts }) => facts.told.names.references.map(({ name }) => name)),
  ]);
  for (const { statement, write } of dynamic) {
    if (write.maker !== undefined && !isSymbolMaker(write.maker)) continue;
    if (!writers.has(statement)) writers.set(statement, write);
    const magic = write.runsCellsOf;
    // As a function it may be given any text.
    const isCalled = bound.some(({ facts }) =>
      facts.told.names.references.some(({ name }) => name === magic),
    );
    const done = magic === undefined || isCalled ? undefined : doneByCells(magic, program);
    for (const name of known) {
      // What cells mention they may change in place, but for modules.
      const isImported = bindings.get(name)?.every(({ kind }) => kind === 'import') === true;
      if (done !== undefined && !done.binds.has(name) && (isImported || !done.mentions.has(name))) continue;
      const isBuiltin = builtins.has(name) && !bindings.has(name);
      if (isBuiltin && !write.isExact) continue;
      if (write.isUnread === true && !bindings.has(name)) continue;
      if (!write.pattern.test(name)) continue;
      const possible = write.isExact ? {} : ({ isPossible: true } as const);
      addBinding(bindings, name, { statement, kind: 'global', offset: write.offset, ...possible });
    }
  }
  for (const list of bindings.values()) list.sort((a, b) => a.statement - b.statement);
  return writers;
}

/** What is known of a notebook's names before its statements are interpreted. */
interface KnownNames extends Pick<Names, 'bindings' | 'unknowns' | 'importPaths'> {
  readonly writers: ReadonlyMap<number, DynamicWrite>;
  readonly defaultModule: string | undefined;
}

/** Interprets the statements one after the other; with the folders that they put on `sys.path` or change to. */
function interpretAll(
  bound: readonly Bound[],
  { bindings, unknowns, importPaths, writers, defaultModule }: KnownNames,
): Pick<Names, 'statements' | 'folders'> {
  const starred = starredIn(unknowns);
  /** `random` after `from random import *` is `random.random`, if nothing else binds it. */
  const starPathOf = (name: string): string | undefined => {
    const module = starred.findLast((candidate) => starExports(candidate)?.has(name) === true);
    return module === undefined || bindings.has(name) ? undefined : `${module}.${name}`;
  };
  const constants = new Map<string, Constancy>();
  const surroundings: Surroundings = {
    importOf: (name) => importPaths.get(name) ?? starPathOf(name),
    isLocal: (name) => bindings.get(name)?.some(({ kind }) => kind !== 'import') === true,
    constancyOf: (name) => constants.get(name),
  };
  // What another file reads of the notebook's names isn't written here: it may be any.
  const allNames = new Set(bindings.keys());
  // The notebook is a module: `__main__.f` is its `f`.
  const isModuleRead = bound.some(({ facts }) => facts.mayReadModule);
  const folders: string[] = [];
  const statements: PlacedStatement[] = [];
  for (const { id, cell, lead, facts } of bound) {
    const { reading } = cell;
    const { told } = facts;
    const { meaning, constancies } = meaningOf(facts, reading, surroundings);
    const { barrier, innerBarrier } = meaning;
    // What is bound once, to what can't change, is as good as its value.
    for (const [name, constancy] of constancies) {
      if (bindings.get(name)?.length === 1) constants.set(name, constancy);
    }
    let { mentions } = told;
    if (isModuleRead) mentions = new Set([...mentions, ...told.attributes]);
    if (facts.seeksNames) mentions = new Set([...mentions, ...allNames]);
    statements.push(
      new PlacedStatement(told, meaning, {
        id,
        cell: cell.cell.index,
        directive: facts.directive ?? taggedDirective(cell.cell.tags) ?? exportOf(lead, defaultModule),
        writesNames: writers.get(id),
        mentions,
        barrier,
        innerBarrier,
      }),
    );
    if (barrier !== undefined || innerBarrier) {
      folders.push(...foldersOf(facts.parsed, reading.masked.text));
    }
  }
  const aliases = importAliases(statements, importPaths);
  markAliasBarriers(statements, aliases);
  markBarriers(statements);
  for (const { id, cell, facts } of aliases.size === 0 ? [] : bound) {
    if (aliases.has(statements[id]!.barrier ?? ''))
      folders.push(...foldersOf(facts.parsed, cell.reading.masked.text));
  }
  return { statements, folders };
}

/** The cells, with what each binds and shows. */
function cellsOf(program: Program, cellFacts: readonly CellFacts[], bound: readonly Bound[]): CellNames[] {
  const interactivityIn = interactivityOf(
    bound
      .filter(({ facts }) => facts.maySetInteractivity)
      .map(({ cell, facts: { parsed } }) => ({
        cell: cell.cell.index,
        node: parsed.node,
        magics: parsed.magics,
        text: cell.reading.masked.text,
        isSkipped: isSkipped(program, cell.cell.index),
      })),
  );
  return program.cells.map(({ cell, reading }, i): CellNames => {
    const { binds, imports } = cellFacts[i]!;
    return {
      cell: cell.index,
      binds,
      imports,
      magics: reading.masked.magics,
      interactivity: interactivityIn(cell.index),
      ...(reading.fault !== undefined && { fault: reading.fault }),
    };
  });
}

/** Whether a statement reads what IPython keeps of the cells that have run, or counts them. */
const readsHistory = ({ history, countsCells }: StatementFacts, bindings: Names['bindings']): boolean =>
  countsCells || history.some((name) => !bindings.has(name));
