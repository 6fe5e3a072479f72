/** Turns the asserts and test functions of notebooks into test files: `tests/test_<module>.py`. */
import { boundPath } from '../scope/clause.ts';
import type { Names } from '../scope/names.ts';
import { isCallable } from '../scope/statement.ts';
import { builtinMeaning, conditionsIn, conditionsOf, futuresOf } from './conditions.ts';
import type { ExistingModule } from './existing/modules.ts';
import type { Graph } from './graph.ts';
import { builtinsIn } from './namespaces.ts';
import { codeOf, wantsOf } from './pasted.ts';
import type { Member, PlannedModule } from './planned.ts';

/** A test to be: a test function as it stands, or asserts that follow each other in a cell, for the body of one. */
export interface TestPiece extends Pick<
  Member,
  'cell' | 'offset' | 'imports' | 'given' | 'takes' | 'futures'
> {
  /** What leaves the notebook: the asserts, or the function and its calls. */
  readonly statements: readonly number[];
  /** The name of a test function; else undefined, and a name is made from what the asserts exercise. */
  readonly name: string | undefined;
  /** The definitions that it exercises, in the order of the text. */
  readonly exercised: readonly string[];
  /** The module of the first of them, dotted, without the package. */
  readonly module: string;
  /** The function; or the asserts, indented. */
  readonly code: string;
  /** What it asks of the file besides what it imports: the builtins that it reads, and conditions. */
  readonly conditions: Member['meanings'];
  /** The test file that it goes to, without ending. */
  readonly file?: string;
}

/** The tests of one notebook. `modules` are those of all that moves, by statement. */
export function findTestPieces(
  graph: Graph,
  modules: ReadonlyMap<number, string>,
  packageName: string,
): TestPiece[] {
  const { statements } = graph.names;
  const runs: number[][] = [];
  for (const id of [...graph.tests].sort((a, b) => a - b)) {
    const { test, cell, kind } = statements[id]!;
    if (kind === 'function') runs.push([id]);
    if (test !== 'assert') continue;
    const run = runs.at(-1);
    const before = run === undefined ? undefined : statements[run.at(-1)!]!;
    if (before?.test === 'assert' && before.id === id - 1 && before.cell === cell) run!.push(id);
    else runs.push([id]);
  }
  return runs.flatMap((run): TestPiece[] => {
    const piece = makePiece(run, graph, modules, packageName);
    return piece === undefined ? [] : [piece];
  });
}

function makePiece(
  run: readonly number[],
  graph: Graph,
  modules: ReadonlyMap<number, string>,
  packageName: string,
): TestPiece | undefined {
  const { names } = graph;
  const first = names.statements[run[0]!]!;
  const isFunction = first.kind === 'function';
  const wants = run.map((id) => wantsOf(id, graph, packageName));
  const needs = wants.flatMap((want) => want.needs).filter(({ name }) => !first.defines.includes(name));
  const takes = [...new Map(needs.map((need) => [need.name, need])).values()].map(({ name, statement }) => ({
    name,
    module: modules.get(statement),
  }));
  const placed = takes.flatMap(({ name, module }) => (module === undefined ? [] : [{ name, module }]));
  // What it needs went nowhere after all.
  if (placed.length < takes.length) return undefined;
  const exercised = needs
    .filter(({ statement }) => isCallable(names.statements[statement]!))
    .map(({ name }) => name);
  const main = placed.find(({ name }) => name === exercised[0]) ?? placed[0];
  if (main === undefined) return undefined;
  const [name] = first.defines;
  const calls = [...graph.tests].filter((id) => {
    const { test, names: used } = names.statements[id]!;
    return isFunction && test === 'call' && used.references[0]!.name === name;
  });
  return {
    statements: [...run, ...calls],
    cell: first.cell,
    offset: first.code.start,
    name: isFunction ? name : undefined,
    exercised: [...new Set(exercised)],
    module: main.module,
    code: isFunction
      ? codeOf(first, names)
      : run.map((id) => indent(codeOf(names.statements[id]!, names))).join('\n'),
    imports: unique(wants.flatMap((want) => want.imports)),
    given: unique(wants.flatMap((want) => want.given)),
    takes: placed,
    futures: isFunction ? futuresOf(first, names) : [],
    conditions: [
      ...(isFunction ? conditionsOf(first, names) : []),
      ...run.flatMap((id) => builtinsReadBy(id, graph)),
    ],
  };
}

function builtinsReadBy(id: number, { needs }: Graph): [name: string, meaning: string][] {
  return [...needs.get(id)!].flatMap(([name, { kind }]): [string, string][] =>
    kind === 'builtin' ? [[name, builtinMeaning]] : [],
  );
}

function unique<Item extends { readonly name: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}

function indent(code: string): string {
  return code.replace(/^(?=.*\S)/gm, '    ');
}

/** What stands in a test file so far. */
interface TestFile {
  /** What each name in it means, and each condition. */
  readonly meanings: Map<string, string>;
  /** The tests in it, by their code. */
  readonly tests: Map<string, string>;
}

export interface PlannedTests {
  readonly files: readonly PlannedModule[];
  /** For each notebook its pieces, each with its file. */
  readonly pieces: readonly (readonly TestPiece[])[];
}

/**
 * Gives each test its file and its name; notebooks in the order of their paths. A test that is there already, word for
 * word, is not written again. Where a name means something else in the file, the test goes to one with a number.
 * @param existing the test files that are there, `module` being the file's name without ending; null for one that does
 * not parse
 */
export function planTests(
  notebooks: readonly { readonly path: string; readonly tests: readonly TestPiece[] }[],
  existing: ReadonlyMap<string, ExistingModule | null>,
  packageName: string,
): PlannedTests {
  const files = new Map<string, TestFile>();
  // What the user named keeps its name.
  const given = new Set(notebooks.flatMap(({ tests }) => tests.flatMap(({ name }) => name ?? [])));
  const planned = new Map<string, { members: Member[]; sources: Set<string> }>();
  const fileOf = (name: string): TestFile | undefined => {
    const known = files.get(name);
    if (known !== undefined) return known;
    const there = existing.get(name);
    if (there === null) return undefined;
    const file = there === undefined ? emptyFile() : readFile(there.names);
    files.set(name, file);
    return file;
  };
  const pieces = notebooks.map(({ path, tests }, source) =>
    tests.map((piece): TestPiece => {
      const meanings = meaningsOf(piece, packageName);
      const base = `test_${piece.module.replaceAll('.', '_')}`;
      for (let number = 1; ; number++) {
        const name = number === 1 ? base : `${base}_${number}`;
        const file = fileOf(name);
        if (file === undefined || !fits(piece, meanings, file)) continue;
        const done = { ...piece, file: name };
        const key = keyOf(piece.code);
        if (file.tests.has(key)) return done;
        const test =
          piece.name ??
          freeName(
            piece.exercised,
            (word) => file.meanings.has(word) || meanings.has(word) || given.has(word),
          );
        file.tests.set(key, test);
        for (const [word, meaning] of meanings) file.meanings.set(word, meaning);
        file.meanings.set(test, `test:${key}`);
        const target = planned.get(name) ?? { members: [], sources: new Set() };
        planned.set(name, target);
        target.sources.add(path);
        target.members.push(memberOf(piece, test, source));
        return done;
      }
    }),
  );
  const modules = [...planned].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    files: modules.map(([module, { members, sources }]) => ({ module, members, sources: [...sources] })),
    pieces,
  };
}

function memberOf({ name, code, statements, ...piece }: TestPiece, test: string, source: number): Member {
  return {
    ...piece,
    statement: statements[0]!,
    identity: `test:${test}`,
    isParted: true,
    defines: [test],
    isDefinition: true,
    isImports: false,
    code: name === undefined ? `def ${test}():\n${code}` : code,
    requires: [],
    meanings: [],
    source,
  };
}

function emptyFile(): TestFile {
  return { meanings: new Map(), tests: new Map() };
}

function readFile(existing: Names): TestFile {
  const { source, statements } = existing;
  const file = emptyFile();
  const text = source.cells[0]!.source;
  for (const { id, kind, code, names, defines } of statements) {
    for (const { name } of names.bindings) file.meanings.set(name, `other:${id}`);
    for (const item of names.imports) file.meanings.set(item.name, boundPath(item));
    if (kind !== 'function') continue;
    const written = text.slice(code.start, code.end).replace(/\r\n?/g, '\n');
    file.tests.set(keyOf(written), defines[0]!);
    file.tests.set(keyOf(written.slice(written.indexOf('\n') + 1)), defines[0]!);
  }
  for (const [name, meaning] of [...conditionsIn(existing), ...builtinsIn(existing)]) {
    file.meanings.set(name, meaning);
  }
  return file;
}

/** Tests with the same code are the same: what their names mean is asked for besides. */
function keyOf(code: string): string {
  return code.replace(/^#.*\n/gm, '').trim();
}

function fits(piece: TestPiece, meanings: ReadonlyMap<string, string>, file: TestFile): boolean {
  for (const [name, meaning] of meanings) {
    const known = file.meanings.get(name);
    if (known !== undefined && known !== meaning) return false;
  }
  if (piece.name === undefined || !file.meanings.has(piece.name)) return true;
  return file.tests.get(keyOf(piece.code)) === piece.name;
}

/** What each name that a piece looks up means, and its conditions. */
function meaningsOf(
  { imports, given, takes, conditions }: TestPiece,
  packageName: string,
): Map<string, string> {
  return new Map([
    ...conditions,
    ...imports.map(({ name, clauses }): [string, string] => [name, boundPath(clauses[0]!)]),
    ...given.map(({ name, module }): [string, string] => [name, `${module}.${name}`]),
    ...takes.map(({ name, module }): [string, string] => [name, `${packageName}.${module}.${name}`]),
  ]);
}

/** `test_load_and_cut` for asserts that exercise `load` and `cut`, with a number where that is taken. */
function freeName(exercised: readonly string[], isTaken: (name: string) => boolean): string {
  const words = exercised.slice(0, 2).map((name) =>
    name
      .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
      .toLowerCase()
      .replace(/^_+/, ''),
  );
  const base = `test_${words.join('_and_')}`;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}_${number}`;
    if (!isTaken(name)) return name;
  }
}
