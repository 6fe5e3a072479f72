/** What becomes of a cell's source when statements leave it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { readNotebook } from '../src/notebook/read.ts';
import { analyse, loadParser, planHere, renderNotebook } from '../src/pipeline.ts';
import type { PathCell } from '../src/render/notebook.ts';
import { python } from './python.ts';

beforeAll(loadParser);

/** The cells after extraction into the package `pkg`, module `nb`, in an installable project. */
const extract = (...sources: string[]): string[] => extractWith(undefined, sources);

/** The same where notebooks have to find the package by themselves. */
function extractWith(
  pathCell: PathCell | undefined,
  sources: readonly (string | { readonly tag: string; readonly source: string })[],
): string[] {
  const cells = sources.map((source, i) => ({
    cell_type: 'code',
    id: `c${i}`,
    metadata: typeof source === 'string' ? {} : { tags: [source.tag] },
    outputs: [],
    source: typeof source === 'string' ? source : source.source,
  }));
  const bytes = Buffer.from(JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  const reading = readNotebook('nb.ipynb', bytes);
  if (!('notebook' in reading)) throw new Error(reading.diagnostic.message);
  const { notebook } = reading;
  const names = analyse(notebook);
  const source = { names, module: 'nb', localModules: new Set<string>(), expansions: new Map() };
  const { notebooks } = planHere([source], [], { package: 'pkg', layout: 'notebook' });
  const options = { package: 'pkg', keepOutputs: false, pathCell };
  const text = renderNotebook(notebook, names, notebooks[0], options);
  const after = readNotebook('nb.ipynb', Buffer.from(text));
  if (!('notebook' in after)) throw new Error(after.diagnostic.message);
  return after.notebook.cells.map((cell) => cell.source);
}

test('trailing blanks of what stands before a removed statement stay', () => {
  expect(extract('A = 1 \nB = 2  # two \nC = 3', 'def f(): return B, C', 'f(), A')).toEqual([
    'A = 1 ',
    'from pkg.nb import f',
    'f(), A',
  ]);
});

test('statements joined by a semicolon leave without it', () => {
  expect(extract('import os; import sys; print(1)', 'def f(): return os.sep, sys.path', 'f()')).toEqual([
    'print(1)',
    'from pkg.nb import f',
    'f()',
  ]);
});

// Of several on a line the first has the comments above, the last the one at the end; so has one with a `;` before it.
test.each([
  ['A = 1; B = 2  # both\nprint(0)', 'A + B', 'print(0)'],
  ['import os; import sys  # both\nprint(0)', 'os, sys', '# both\nprint(0)'],
  ['x = 0; import os;  # of os', 'os', 'x = 0;  # of os'],
  ['# of os\nimport os; x = 0', 'os', '# of os\nx = 0'],
  ['x = 0; B = 2  # two', 'B', 'x = 0'],
  ['B = 2; x = 0  # of x', 'B', 'x = 0  # of x'],
  ['# of B\nB = 2; x = 0', 'B', '# of B\nx = 0'],
  ['B = 2;  # two\nprint(0)', 'B', 'print(0)'],
  ['print(0)\nx = 0; B = 2;  # two', 'B', 'print(0)\nx = 0'],
])('comments go with the line that they are about: of %j what makes %j goes', (source, value, left) => {
  expect(extract(source, `def f(): return ${value}`, 'f()')).toEqual([left, 'from pkg.nb import f', 'f()']);
});

test('a path cell that no longer stands first goes to the top, before what needs it', () => {
  const tag = 'nb2mod:path';
  const pathCell = { sourceRoot: '../src' };
  const imported = 'from pkg.nb import f';
  const [path] = extractWith(pathCell, ['def f(): pass', 'f()']) as [string];
  // As it was written once.
  const plain = 'import sys\nfrom pathlib import Path\n\nsys.path.insert(0, str(Path("../src").resolve()))';
  for (const source of [path, plain]) {
    const after = [path, imported, 'f()'];
    expect(extractWith(pathCell, ['def f(): pass', { tag, source }, 'f()'])).toEqual(after);
    // Where it stands first already, it stays as it is.
    const known = [{ tag, source }, 'def f(): pass', 'f()'];
    expect(extractWith(pathCell, known)).toEqual([source, imported, 'f()']);
  }
  // It adds nothing to names that are listed.
  const silent = path
    .replace(/^import.*\nfrom.*\n\n/, '')
    .replace('sys.path', '__import__("sys").path')
    .replace(/\bPath\b/g, '__import__("pathlib").Path');
  expect(extractWith(pathCell, ['def f(): pass', '%whos'])).toEqual([silent, imported, '%whos']);
  const own = `${path}\nprint(1)`;
  expect(extractWith(pathCell, ['def f(): pass', { tag, source: own }, 'f()'])).toEqual([
    path,
    imported,
    own,
    'f()',
  ]);
  expect(extractWith(pathCell, [{ tag, source: own }, 'def f(): pass', 'f()'])).toEqual([
    own,
    imported,
    'f()',
  ]);
});

test.runIf(python)('the path cell finds the package from any folder of the project', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-path-')));
  try {
    // A folder of notebooks that is named as the package is none.
    const folders = ['', 'research', 'research/pkg', 'research/pkg/drafts'].map((at) => join(root, at));
    mkdirSync(folders.at(-1)!, { recursive: true });
    for (const [sourceRoot, place] of [
      ['../../src', 'src/pkg'],
      ['../..', 'pkg'],
    ] as const) {
      mkdirSync(join(root, place), { recursive: true });
      writeFileSync(join(root, place, '__init__.py'), '');
      writeFileSync(join(root, place, 'nb.py'), `def f(): return ${JSON.stringify(place)}\n`);
      const show = 'print(f(), __import__("sys").path[0], [name for name in dir() if name[0] != "_"])';
      for (const [last, left] of [
        ['f()', "['Path', 'f', 'sys']"],
        ['%whos', "['f']"],
      ] as const) {
        const cells = extractWith({ sourceRoot }, ['def f(): pass', 'f()', last]);
        const code = [...cells.filter((cell) => cell !== '%whos'), show];
        for (const cwd of folders) {
          const { stdout, stderr } = spawnSync(python!, ['-c', code.join('\n')], { cwd, encoding: 'utf8' });
          const found = join(root, dirname(place));
          expect(stderr + stdout.trim()).toBe(`${place} ${found} ${left}`);
        }
      }
      rmSync(join(root, place), { recursive: true });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

const helpers = ['import math', 'def a(): return math.pi', 'def b(): return a()'];

test.each([
  'globals()["" + name]()',
  'vars()[f"{name}"]()',
  'locals().get(name)()',
  'eval(f"{name}()")',
  'results.map(eval)',
  'name in globals()',
  'import sys\ngetattr(sys.modules["__main__"], name)()',
  'import __main__\ngetattr(__main__, name)()',
  'def find(name): return globals()[name]',
  'get_ipython().user_ns[name]()',
  'get_ipython().ev(name)',
  'timeit.timeit(name, globals=globals())',
  'timeit.timeit("f()", f"from __main__ import {name}")',
  '%timeit $name()',
])('a notebook that looks names up by %j gets all that moved, and keeps its imports', (looking) => {
  expect(extract(...helpers, looking)).toEqual(['import math', 'from pkg.nb import a, b', looking]);
});

test.each([
  'print(globals().keys())',
  'render(**globals())',
  '[k for k in dir()]',
  '%whos',
  'import __main__\nsorted(vars(__main__))',
])('a notebook that goes through its names by %j finds them in their order', (looking) => {
  expect(
    extract('import math', 'def b(): return math.pi', 'def a(): return b()', looking).slice(0, 3),
  ).toEqual(['import math', 'from pkg.nb import b', 'from pkg.nb import a']);
});

test('what something above may see is imported below it, all of it at once', () => {
  const rest = ['def b(): pass', 'def c(): pass', 'def d(): pass'];
  expect(extract('def a(): pass', 'eval(code)', ...rest)).toEqual([
    'from pkg.nb import a',
    'eval(code)',
    'from pkg.nb import b, c, d',
  ]);
  // Each where nothing comes between: the second look is for what was there by then.
  expect(extract('def a(): pass', 'eval(code)', rest[0]!, 'eval(code)', ...rest.slice(1))).toEqual([
    'from pkg.nb import a',
    'eval(code)',
    'from pkg.nb import b',
    'eval(code)',
    'from pkg.nb import c, d',
  ]);
  // What is asked for by its name stands below, and the rest with the first.
  expect(extract('def a(): pass', 'eval("b()")', ...rest)).toEqual([
    'from pkg.nb import a, c, d',
    'eval("b()")',
    'from pkg.nb import b',
  ]);
});

test('a text that stands alone uses no name that it speaks of', () => {
  const cells = ['def a(): pass', 'def b(): return a()'];
  for (const text of ['"""How a helps b"""', '"a" "b"\nprint(1)', "r'a'"])
    expect(extract(...cells, text, 'b()')).toEqual(['from pkg.nb import b', text, 'b()']);
  for (const text of ['f"{a}"', '"a" f"{a}"', '("a", b)', '"a".strip()'])
    expect(extract(...cells, text, 'b()')[0]).toBe('from pkg.nb import a, b');
});

test.each([
  'globals()["b"]()',
  '"b" in dir()',
  'globals()["c"] = 1',
  'globals().get("b")()',
  'eval("b()")',
  'eval(code, {"b": 1})',
  'df.eval(code)',
  'def f():\n  return dir(), vars(), locals()\nf(df)',
  'timeit.timeit("b()", globals=globals())',
  '"{b}".format(**globals())',
  'import __main__\n__main__.b()',
  'if __name__ == "__main__": b()',
])('what %j looks up stands there', (looking) => {
  expect(extract(...helpers, looking)).not.toContain('from pkg.nb import a, b');
});

test('of what pickles may name the notebook has all, but no imports for it', () => {
  const loading = 'import pickle\npickle.load(open("model.pkl", "rb"))';
  expect(extract(...helpers, loading)).toEqual(['from pkg.nb import a, b', loading]);
  const inside = 'def load(path):\n  import joblib\n  return joblib.load(path)';
  expect(extract(...helpers, inside)).toEqual(['from pkg.nb import a, b, load']);
  expect(extract(...helpers, 'import torch\nnet.load_state_dict(torch.load("net.pt"))')[0]).toBe(
    'from pkg.nb import b',
  );
});

test('what moves and looks into the notebook finds there what it names', () => {
  const looking = 'def get():\n  import __main__\n  return __main__.K';
  expect(extract('K = 1', 'def k(): return K', looking)).toEqual(['from pkg.nb import K, get, k']);
});

test('a notebook that asks how many cells have run loses none', () => {
  const asking = 'get_ipython().execution_count';
  expect(extract('def a(): return 1', 'def b(): return a()', asking)).toEqual([
    '# moved to the package',
    'from pkg.nb import b',
    asking,
  ]);
});

/** Statements of every kind, some of which move and some of which stay. */
const statement = fc.constantFrom(
  'import os',
  'import os, sys',
  'from math import (\n    pi,\n    tau,\n)',
  'A = 1',
  'B = [A, 2]  # a list ',
  'def f(x):\n    return A + x\n    # the end',
  '# leads\n@staticmethod\ndef g():\n    return os.sep, pi',
  'class C:\n    size = A',
  'h = lambda: B',
  'print(f(1))',
  'A',
  'g();',
  '%time h()',
  '!ls',
  '# alone',
  '',
  'x = 1; y = 2',
);

test('whatever leaves, edits never overlap, and what is left parses', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(statement, { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('\n', '\n\n', '\n\n\n', ' \n'),
      (cells, gap) => {
        const sources = cells.map((statements) => statements.join(gap));
        const after = extract(...sources);
        expect(
          analyse({ path: 'nb.ipynb', cells: after.map(asCell) }).cells.every(
            ({ fault }) => fault === undefined,
          ),
        ).toBe(true);
        expect(extract(...after)).toEqual(after);
      },
    ),
    { numRuns: 150 },
  );
});

function asCell(source: string, i: number): { index: number; kind: 'code'; source: string; tags: string[] } {
  return { index: i + 1, kind: 'code', source, tags: [] };
}
