/** The words that tests of names and rules are written in: cells of a notebook in, verdicts and texts out. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import type { Notebook } from '../src/notebook/notebook.ts';
import { readNotebook, showsError } from '../src/notebook/read.ts';
import { analyse, loadParser, moduleSource, planHere, renderNotebook } from '../src/pipeline.ts';
import type { DraftOptions, PlanSource } from '../src/plan/notebook-graph.ts';
import type { PlannedNotebook } from '../src/plan/notebook.ts';
import type { ExistingModule } from '../src/plan/existing/modules.ts';
import { isProbe } from '../src/render/judge.ts';
import type { CodeSource } from '../src/python/program.ts';
import type { RenderedModule } from '../src/render/module.ts';
import type { Names } from '../src/scope/names.ts';

await loadParser();

/** The source of a code cell, or a cell with its tags, or of another kind. */
export type CellText =
  | string
  | {
      readonly source: string;
      readonly tags?: readonly string[];
      readonly kind?: string;
      /** Whether an error is among its outputs. */
      readonly hasError?: boolean;
    };

/** What surrounds the notebooks. */
export interface World {
  readonly layout?: DraftOptions['layout'];
  readonly keep?: DraftOptions['keep'];
  readonly choices?: DraftOptions['modules'];
  /** Modules of the package `churn` that are there, by their dotted name in it. */
  readonly existing?: Readonly<Record<string, string>>;
  /** The test files that are there, where asserts are to become tests. */
  readonly tests?: Readonly<Record<string, string>>;
  /** The version of Python that the notebooks were last open in. */
  readonly python?: string;
  /** Imports that are files beside the notebooks. */
  readonly local?: readonly string[];
  /** The source root relative to the notebooks, where the project can't be installed. */
  readonly sourceRoot?: string;
}

/** A notebook after extraction. */
export interface Extracted {
  /** By definition: `moves`, or the code of its reason to stay. */
  readonly verdicts: Readonly<Record<string, string>>;
  readonly messages: Readonly<Record<string, string>>;
  readonly hints: Readonly<Record<string, string>>;
  /** By definition that moves, why it has its module, where the layout has a reason. */
  readonly because: Readonly<Record<string, string>>;
  readonly cells: readonly string[];
}

export interface Extraction {
  /** By name, in the order given. */
  readonly notebooks: Readonly<Record<string, Extracted>>;
  /** The texts of the modules written, by their dotted name in the package. */
  readonly modules: Readonly<Record<string, string>>;
  /** The texts of the test files written, by their names without ending. */
  readonly tests: Readonly<Record<string, string>>;
}

/** A notebook of nbformat 4.5 with these cells. */
export function notebookOf(cells: readonly CellText[], path = 'churn.ipynb', metadata = {}): Notebook {
  const full = cells.map((cell, i) => {
    const {
      source,
      tags,
      kind,
      hasError = false,
    } = typeof cell === 'string' ? { source: cell, tags: undefined, kind: undefined } : cell;
    const error = { output_type: 'error', ename: 'AssertionError', evalue: '', traceback: [] };
    const isCode = kind === undefined || kind === 'code';
    return {
      cell_type: kind ?? 'code',
      id: `cell-${i + 1}`,
      metadata: tags === undefined ? {} : { tags },
      source,
      ...(isCode && { execution_count: null, outputs: hasError ? [error] : [] }),
    };
  });
  const text = JSON.stringify({ cells: full, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1);
  return openNotebook(path, `${text}\n`);
}

function openNotebook(path: string, text: string): Notebook {
  const reading = readNotebook(path, Buffer.from(text));
  if ('diagnostic' in reading) throw new Error(reading.diagnostic.message);
  return reading.notebook;
}

/** The names of a notebook with these cells. */
export function namesOf(...cells: readonly CellText[]): Names {
  return analyse(notebookOf(cells));
}

/** As the commands read a notebook: with what they know of its outputs. */
function sourceOf(notebook: Notebook): CodeSource {
  const cells = notebook.cells.map((cell) => ({ ...cell, hasError: showsError(notebook, cell) }));
  return { path: notebook.path, cells, python: notebook.python };
}

function readTests(tests: Readonly<Record<string, string>>): Map<string, ExistingModule | null> {
  return new Map(
    Object.entries(tests).map(([module, text]) => {
      const names = analyse(moduleSource(`${module}.py`, text));
      return [module, names.cells[0]!.fault === undefined ? { module, names } : null];
    }),
  );
}

function render(
  notebooks: readonly Notebook[],
  existing: Readonly<Record<string, string>>,
  world: World,
): {
  readonly sources: readonly PlanSource[];
  readonly planned: readonly PlannedNotebook[];
  readonly modules: readonly RenderedModule[];
  readonly tests: readonly RenderedModule[];
  readonly notebooks: readonly string[];
} {
  const sources = notebooks.map((notebook): PlanSource => ({
    names: analyse(sourceOf(notebook)),
    module: notebook.path.replace('.ipynb', ''),
    localModules: new Set(world.local),
    expansions: new Map(),
  }));
  const modules = Object.entries(existing).map(([module, text]) => ({
    module,
    names: analyse(moduleSource(`${module}.py`, text)),
  }));
  const { sourceRoot } = world;
  const result = planHere(sources, modules, {
    package: 'churn',
    layout: world.layout ?? 'notebook',
    keep: world.keep ?? [],
    modules: world.choices ?? [],
    ...(world.tests !== undefined && { tests: true, existingTests: readTests(world.tests) }),
  });
  const pathCell = sourceRoot === undefined ? undefined : { sourceRoot };
  const texts = notebooks.map((notebook, i) =>
    renderNotebook(notebook, sources[i]!.names, result.notebooks[i]!, {
      package: 'churn',
      keepOutputs: false,
      pathCell,
    }),
  );
  return {
    sources,
    planned: result.notebooks,
    modules: result.modules,
    tests: result.tests,
    notebooks: texts,
  };
}

/**
 * Extracts several notebooks, each a list of cells, into the package `churn`. Whatever the notebooks are, the laws hold:
 * Ruff finds nothing in a new module, its order of imports included, every reason has a hint, and a second run changes
 * nothing.
 */
export function extractAll(
  notebooks: Readonly<Record<string, readonly CellText[]>>,
  world: World = {},
): Extraction {
  const existing = world.existing ?? {};
  const metadata = world.python === undefined ? {} : { language_info: { version: world.python } };
  const opened = Object.entries(notebooks).map(([name, cells]) =>
    notebookOf(cells, `${name}.ipynb`, metadata),
  );
  const first = render(opened, existing, world);
  const modules = Object.fromEntries(first.modules.map(({ module, text }) => [module, text]));
  const tests = Object.fromEntries(first.tests.map(({ module, text }) => [module, text]));
  for (const [module, text] of Object.entries(modules)) {
    if (existing[module] === undefined) expect(findings(text), text).toEqual([]);
  }
  const after = first.notebooks.map((text, i) => openNotebook(opened[i]!.path, text));
  const grown = world.tests === undefined ? world : { ...world, tests: { ...world.tests, ...tests } };
  const again = render(after, { ...existing, ...modules }, grown);
  expect(again.tests).toEqual([]);
  expect(again.modules.map(({ text }) => text)).toEqual([]);
  expect(again.notebooks).toEqual(first.notebooks);

  const extracted = first.planned.map(({ moves, kept }, i): [string, Extracted] => {
    const verdicts: Record<string, string> = {};
    const messages: Record<string, string> = {};
    const hints: Record<string, string> = {};
    const reasons: Record<string, string> = {};
    const { names, module } = first.sources[i]!;
    const { statements } = names;
    for (const { statement, because } of moves) {
      for (const name of statements[statement]!.defines) {
        verdicts[name] = 'moves';
        if (because !== undefined) reasons[name] = because;
      }
    }
    for (const { statement, refusal } of kept) {
      expect(refusal.hint).not.toBe('');
      for (const name of statements[statement]!.defines) {
        verdicts[name] = refusal.code;
        messages[name] = refusal.message;
        hints[name] = refusal.hint;
      }
    }
    const cells = after[i]!.cells.map((cell) => cell.source);
    return [module, { verdicts, messages, hints, because: reasons, cells }];
  });
  return { notebooks: Object.fromEntries(extracted), modules, tests };
}

/** Extracts one notebook, `churn.ipynb`, into the module `churn.churn`. */
export function extract(
  cells: readonly CellText[],
  world: World = {},
): Extracted & { readonly module: string; readonly tests: Extraction['tests'] } {
  const { notebooks, modules, tests } = extractAll({ churn: cells }, world);
  return { ...notebooks['churn']!, module: modules['churn'] ?? '', tests };
}

interface RuffWorkspace {
  check(text: string): readonly {
    readonly code: string | null;
    readonly message: string;
    readonly fix: object | null;
  }[];
}

const { Workspace, PositionEncoding } = createRequire(import.meta.url)('@astral-sh/ruff-wasm-nodejs') as {
  readonly Workspace: new (options: unknown, encoding: number) => RuffWorkspace;
  readonly PositionEncoding: { readonly Utf16: number };
};
const options = {
  lint: { select: ['F', 'I001'], ignore: ['F541', 'F841'], isort: { 'known-first-party': ['churn'] } },
  'target-version': 'py313',
};
const workspace = new Workspace(options, PositionEncoding.Utf16);

/** What Ruff finds in a module: faults of pyflakes, and imports out of the order of isort. */
export function findings(text: string): string[] {
  const found = workspace.check(text).filter((finding) => !isProbe(finding));
  return found.map(({ code, message }) => `${code ?? 'syntax'} ${message}`);
}

/** What the tests that say that something moves have extracted, so that Python may run it all, before and after. */
export const moved: {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly module: string;
}[] = [];

const titleOf = (cells: readonly CellText[]): string =>
  cells
    .map((cell) => (typeof cell === 'string' ? cell : cell.source))
    .join(' ¶ ')
    .replaceAll('\n', ' ⏎ ');

/** The definition that a test is about: `f`, or else `C`. */
function verdictOf({ verdicts }: Extracted): string | undefined {
  return verdicts['f'] ?? verdicts['C'];
}

/** `f`, or else `C`, moves. */
export function moves(...cells: readonly CellText[]): void {
  test(`moves: ${titleOf(cells)}`, () => {
    const extracted = extract(cells);
    const before = cells.map((cell) => (typeof cell === 'string' ? cell : cell.source));
    moved.push({ before, after: extracted.cells, module: extracted.module });
    expect(verdictOf(extracted), JSON.stringify(extracted.messages)).toBe('moves');
  });
}

/** `f`, or else `C`, stays, for the reason with this code. */
export function stays(code: string, ...cells: readonly CellText[]): void {
  test(`${code}: ${titleOf(cells)}`, () => {
    const extracted = extract(cells);
    expect(verdictOf(extracted), JSON.stringify(extracted.messages)).toBe(code);
  });
}

/** The first statement of the first cell looks up these global names: as it runs, and when its functions are called. */
export function reads(cell: string, definition: string, call = '', annotation = ''): void {
  test(`reads: ${titleOf([cell])}`, () => {
    const [statement] = namesOf(cell).statements;
    const at = (time: string): string =>
      statement!.names.references
        .filter((reference) => reference.time === time)
        .map(({ name }) => name)
        .sort()
        .join(' ');
    expect([at('definition'), at('call'), at('annotation')]).toEqual([definition, call, annotation]);
  });
}

/** The cell binds these global names; functions in it bind `writes` through `global`. */
export function binds(cell: string, bound: string, writes = ''): void {
  test(`binds: ${titleOf([cell])}`, () => {
    const { cells, statements } = namesOf(cell);
    const written = statements.flatMap(({ names }) => names.writes.map(({ name }) => name));
    expect([cells[0]!.binds.join(' '), [...new Set(written)].sort().join(' ')]).toEqual([bound, writes]);
  });
}
