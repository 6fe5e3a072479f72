import { describe, expect, test } from 'vitest';
import { formatDiff, type CellView } from '../src/report/diff.ts';
import { formatExtractReport, type MovedDefinition, type NotebookReport } from '../src/report/json.ts';
import { formatJson, printItem } from '../src/report/pieces.ts';
import { formatProgress } from '../src/report/progress.ts';
import { abridge, formatExtracted, tellFailures, type Extracted } from '../src/report/summary.ts';
import { count, formatDiagnostics, formatFramed, showPath, wantsColour } from '../src/report/text.ts';
import type { Diagnostic } from '../src/text/diagnostic.ts';

const plain = { colour: false, folder: '/home/ada/churn' };

describe('diagnostics as text', () => {
  const diagnostic: Diagnostic = {
    code: 'NB501',
    severity: 'error',
    place: { path: '/home/ada/churn/notebooks/eda.ipynb', cell: 7, line: 3, column: 5 },
    message: "'load' stays: it reads 'df', rebound in cell 9",
    hint: 'Give it a parameter.',
  };
  test('place, code, message, and the hint below', () => {
    expect(formatFramed(diagnostic, plain)).toBe(
      "notebooks/eda.ipynb:cell 7:3:5: NB501 'load' stays: it reads 'df', rebound in cell 9\n  hint: Give it a parameter.",
    );
  });
  test('in colours', () => {
    const { hint: _, ...bare } = diagnostic;
    expect(formatFramed(bare, { ...plain, colour: true })).toBe(
      "\u001b[1mnotebooks/eda.ipynb:cell 7:3:5:\u001b[22m \u001b[31mNB501\u001b[39m 'load' stays: it reads 'df', rebound in cell 9",
    );
  });
  test.each<[Partial<Diagnostic['place']>, string]>([
    [{ path: '/home/ada/churn/a.ipynb' }, 'a.ipynb: NB501 m'],
    [{ path: '/home/ada/churn/a.py', line: 3 }, 'a.py:3: NB501 m'],
    [{ path: '/home/bob/a.ipynb', cell: 2 }, '/home/bob/a.ipynb:cell 2: NB501 m'],
    [{ path: '/home/ada/churn' }, '.: NB501 m'],
    [{ path: 'b/a.ipynb' }, 'b/a.ipynb: NB501 m'],
  ])('at %j', (place, line) => {
    const short = { code: 'NB501', severity: 'info', place, message: 'm' } as Diagnostic;
    expect(formatFramed(short, plain)).toBe(line);
  });
  test('are sorted by place, those without one first', () => {
    const at = (message: string, place?: Diagnostic['place']): Diagnostic => ({
      code: 'NB501',
      severity: 'info',
      message,
      ...(place === undefined ? {} : { place }),
    });
    const given = [
      at('d', { path: 'b', cell: 1 }),
      at('c', { path: 'a', cell: 10 }),
      at('b', { path: 'a', cell: 2, line: 3 }),
      at('a'),
    ];
    expect(formatDiagnostics(given, plain)).toBe(
      'NB501 a\na:cell 2:3: NB501 b\na:cell 10: NB501 c\nb:cell 1: NB501 d\n',
    );
    expect(formatDiagnostics([], plain)).toBe('');
  });
  test('a path that only begins like the folder is not within it', () => {
    expect(showPath('/home/ada/churn2/a', plain.folder)).toBe('/home/ada/churn2/a');
    expect(showPath('/home/ada/churn/..a', plain.folder)).toBe('..a');
  });
  test('counting', () => {
    expect([count(0, 'cell'), count(1, 'cell'), count(2, 'box', 'boxes')]).toEqual([
      '0 cells',
      '1 cell',
      '2 boxes',
    ]);
  });
});

test.each([
  ['always', false, { NO_COLOR: '1' }, true],
  ['never', true, { FORCE_COLOR: '1' }, false],
  ['auto', true, {}, true],
  ['auto', false, {}, false],
  ['auto', true, { NO_COLOR: '1' }, false],
  ['auto', true, { NO_COLOR: '' }, true],
  ['auto', false, { FORCE_COLOR: '1' }, true],
  ['auto', true, { FORCE_COLOR: '0' }, false],
  ['auto', true, { TERM: 'dumb' }, false],
] as const)('colour %s, terminal %s, %j: %s', (choice, isTerminal, environment, wanted) => {
  expect(wantsColour(choice, isTerminal, environment)).toBe(wanted);
});

describe('the diff of a change', () => {
  const bytes = (text: string | null): Uint8Array | null => (text === null ? null : Buffer.from(text));
  const cellsOf = (_: string, content: Uint8Array): readonly CellView[] | null => {
    const text = Buffer.from(content).toString();
    return text.startsWith('[') ? (JSON.parse(text) as CellView[]) : null;
  };
  const diff = (path: string, before: string | null, after: string | null, colour = false): string =>
    formatDiff(
      { files: [{ path: `/p/${path}`, before: bytes(before), after: bytes(after) }], diagnostics: [] },
      { colour, folder: '/p', cellsOf },
    );

  test('of a new module', () => {
    expect(diff('src/churn/data.py', null, 'a\nb\n')).toBe(
      '--- /dev/null\n+++ b/src/churn/data.py\n@@ -0,0 +1,2 @@\n+a\n+b\n',
    );
  });
  test('of a file outside the folder, as git names it', () => {
    const files = [{ path: '/q/a.py', before: bytes('a\n'), after: null }];
    expect(formatDiff({ files, diagnostics: [] }, { colour: false, folder: '/p', cellsOf })).toBe(
      '--- a/q/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n',
    );
  });
  test('of a removed file', () => {
    expect(diff('a.py', 'a\n', null)).toBe('--- a/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n');
  });
  test('of a module that is added to, without a final line break before', () => {
    expect(diff('a.py', 'a', 'a\nb\n')).toBe(
      '--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n',
    );
  });
  test('in colours', () => {
    expect(diff('a.py', 'a\n', 'b\n', true)).toBe(
      '\u001b[1m--- a/a.py\u001b[22m\n\u001b[1m+++ b/a.py\u001b[22m\n\u001b[36m@@ -1 +1 @@\u001b[39m\n' +
        '\u001b[31m-a\u001b[39m\n\u001b[32m+b\u001b[39m\n',
    );
  });
  const notebook = (...sources: string[]): string =>
    JSON.stringify(sources.map((source) => ({ kind: source.startsWith('#') ? 'markdown' : 'code', source })));
  test('of a notebook, as the sources of its cells', () => {
    const before = notebook(
      '# Churn',
      'import pandas as pd',
      'def load(path):\n    return pd.read_csv(path)',
      'df = load("a")',
    );
    const after = notebook('# Churn', 'from churn.data import load', 'df = load("a")');
    expect(diff('churn.ipynb', before, after)).toBe(
      `# churn.ipynb: 4 -> 3 cells, ${before.length} bytes -> ${after.length} bytes on disk
--- a/churn.ipynb
+++ b/churn.ipynb
@@ -1,9 +1,6 @@ cell 2
 # %% [markdown]
 # Churn
-# %%
-import pandas as pd
-# %%
-def load(path):
-    return pd.read_csv(path)
+# %%
+from churn.data import load
 # %%
 df = load("a")
`,
    );
  });
  test('of a notebook, cell by cell: one that is rewritten is compared with what became of it', () => {
    const code = (id: string, source: string): CellView => ({ kind: 'code', source, id });
    const cells = [
      code('a', 'import os\nimport pandas as pd'),
      code('b', 'def load():\n    pass'),
      code('c', 'x = 1'),
    ];
    const quiet = ['1', '2', '3', '4'].map((text) => code(text, text));
    const before = JSON.stringify([...cells, ...quiet, code('d', 'def plot():\n    pass\nplot()')]);
    const after = JSON.stringify([
      code('a', 'import os'),
      code('b', 'from churn import load'),
      code('c', 'x = 1'),
      ...quiet,
      code('new', 'from churn import plot'),
      code('d', 'plot()'),
    ]);
    expect(diff('churn.ipynb', before, after).split('\n').slice(3).join('\n')).toBe(`@@ -1,9 +1,7 @@ cell 1
 # %%
 import os
-import pandas as pd
 # %%
-def load():
-    pass
+from churn import load
 # %%
 x = 1
 # %%
@@ -14,7 +12,7 @@ cell 7
 3
 # %%
 4
+# %%
+from churn import plot
 # %%
-def plot():
-    pass
 plot()
`);
  });
  test('of a notebook without cell ids, where a rewritten cell is known by a line that stays', () => {
    const before = notebook('import os\nimport pandas', 'def f():\n    pass', 'x');
    const after = notebook('# new', 'import os', 'x');
    expect(diff('churn.ipynb', before, after).split('\n').slice(3).join('\n')).toBe(`@@ -1,8 +1,6 @@ cell 1
+# %% [markdown]
+# new
 # %%
 import os
-import pandas
-# %%
-def f():
-    pass
 # %%
 x
`);
  });
  test('of a notebook of thousands of cells that all change, still cell by cell', () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `row${i}`);
    const before = notebook(...rows.map((row) => `def f():\n    pass\n${row}`));
    const lines = diff('churn.ipynb', before, notebook(...rows))
      .split('\n')
      .slice(3);
    expect(lines.slice(0, 6)).toEqual([
      '@@ -1,12000 +1,6000 @@ cell 1',
      ' # %%',
      '-def f():',
      '-    pass',
      ' row0',
      ' # %%',
    ]);
    expect(lines.filter((line) => line.startsWith('+'))).toEqual([]);
  });
  test('of a notebook that only loses outputs', () => {
    const before = `${notebook('x')}${' '.repeat(20_000)}`;
    expect(diff('churn.ipynb', before, notebook('x'))).toBe(
      '# churn.ipynb: 1 cell, 20 kB -> 30 bytes on disk; no source changes\n--- a/churn.ipynb\n+++ b/churn.ipynb\n',
    );
  });
  test('of a notebook that cannot be read, as text', () => {
    expect(diff('churn.ipynb', '{\n', '{}\n')).toBe(
      '--- a/churn.ipynb\n+++ b/churn.ipynb\n@@ -1 +1 @@\n-{\n+{}\n',
    );
  });
  test('of nothing', () => {
    expect(diff('a.py', 'a', 'a')).toBe('');
  });
});

test('the extract report has the keys of the contract, and a summary counted from what it lists', () => {
  const pieces = formatExtractReport({
    version: 1,
    package: 'churn',
    dryRun: false,
    notebooks: [
      {
        path: 'churn.ipynb',
        changed: true,
        moved: [{ name: 'load', kind: 'function', cell: 3, module: 'churn.data' }],
        kept: [
          {
            name: 'plot',
            kind: 'function',
            cell: 5,
            line: 1,
            column: 1,
            code: 'NB401',
            message: 'm',
            hint: 'h',
          },
          {
            name: 'Model',
            kind: 'class',
            cell: 6,
            line: 2,
            column: 1,
            code: 'NB401',
            message: 'm',
            hint: 'h',
          },
        ],
        diagnostics: [],
      },
    ],
    modules: [{ path: 'src/churn/data.py', action: 'create' }],
    diagnostics: [],
  });
  const text = [...pieces].join('');
  expect(text.endsWith('}\n')).toBe(true);
  const report = JSON.parse(text) as Record<string, unknown>;
  expect(Object.keys(report)).toEqual([
    'version',
    'package',
    'dryRun',
    'notebooks',
    'modules',
    'summary',
    'diagnostics',
  ]);
  expect(report['summary']).toEqual({ notebooks: 1, definitions: 3, moved: 1, kept: 2 });
});

describe('a report in pieces', () => {
  test.each([
    [{}],
    [{ a: 1, b: undefined, c: null, d: 'x\ny' }],
    [{ a: [], b: [[]], c: {}, d: [{}] }],
    [{ notebooks: [{ path: 'a', cells: [1, [2]] }, null], summary: { a: [1], b: {} } }],
  ])('%j reads as from JSON.stringify', (report) => {
    expect([...formatJson(report)].join('')).toBe(`${JSON.stringify(report, null, 2)}\n`);
  });
  test('an item that is printed already reads the same', () => {
    const items = [{ path: 'ä', cells: [1, [2], {}] }, {}, { a: 'x\ny' }];
    const pieces = [...formatJson({ version: 1, notebooks: items.map(printItem) })];
    const text = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string))).toString();
    expect(text).toBe(`${JSON.stringify({ version: 1, notebooks: items }, null, 2)}\n`);
  });
  test('no piece is longer than an item', () => {
    const lengths = [...formatJson({ notebooks: Array(1000).fill('x'.repeat(10)) })].map(
      ({ length }) => length,
    );
    expect(Math.max(...lengths)).toBeLessThan(30);
  });
});

test.each([
  [0, 10000, 0.2, 'reading notebooks: 0 of 10,000'],
  [3, 40, 0.5, 'reading notebooks: 3 of 40'],
  [50, 10000, 2, 'reading notebooks: 50 of 10,000, 25 a second, 6:38 left'],
  [5, 40, 10, 'reading notebooks: 5 of 40, 0.5 a second, 1:10 left'],
  [40, 40, 10, 'reading notebooks: 40 of 40, 4.0 a second'],
  [1, 10000, 1, 'reading notebooks: 1 of 10,000, 1.0 a second, 2:46:39 left'],
])('%d of %d after %d s is told as %s', (done, total, seconds, line) => {
  expect(formatProgress('reading notebooks', done, total, seconds)).toBe(line);
});

test('what is found in many places is told once, but for errors', () => {
  const found = (code: Diagnostic['code'], severity: Diagnostic['severity'], number: number): Diagnostic[] =>
    Array.from({ length: number }, (_, i) => ({
      code,
      severity,
      place: { path: `/n${i % 7}.ipynb` },
      message: 'm',
    }));
  const few = [...found('NB202', 'warning', 20), ...found('NB205', 'error', 30)];
  expect(abridge([...found('NB201', 'warning', 21), ...few])).toEqual([
    {
      code: 'NB201',
      severity: 'warning',
      message: '21 times, in 7 notebooks: a cell does not parse',
      hint: '--json tells each.',
    },
    ...few,
  ]);
});

describe('files that a run did without', () => {
  const errors = (...names: string[]): Diagnostic[] =>
    names.map((name) => ({
      code: 'NB101',
      severity: 'error',
      place: { path: `/home/ada/churn/${name}` },
      message: 'm',
    }));
  test.each<[string, string[], string[], number, string]>([
    ['none', [], [], 3, ''],
    ['the only one', ['a.ipynb'], [], 0, ''],
    ['one', ['a.ipynb'], [], 1, '1 notebook could not be read: a.ipynb\n'],
    ['all, each once', ['b.ipynb', 'a', 'a'], [], 0, '2 files could not be read: a, b.ipynb\n'],
    ['one not planned', [], ['a.ipynb'], 2, '1 notebook could not be planned: a.ipynb\n'],
    [
      'many',
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${name}.ipynb`),
      [],
      1,
      '7 notebooks could not be read: a.ipynb, b.ipynb, c.ipynb, d.ipynb, e.ipynb and 2 more\n',
    ],
  ])('%s', (_, unread, lost, read, told) => {
    expect(tellFailures({ unread: errors(...unread), lost: errors(...lost) }, read, plain)).toBe(told);
  });
});

describe('what extract did', () => {
  const moves = (module: string, because?: string): MovedDefinition => {
    return { name: 'f', kind: 'function', cell: 1, module, ...(because !== undefined && { because }) };
  };
  const report = (name: string, ...moved: MovedDefinition[]): NotebookReport => {
    return { path: `/home/ada/churn/${name}.ipynb`, changed: true, moved, kept: [], diagnostics: [] };
  };
  const told = (notebooks: readonly NotebookReport[], more: Partial<Extracted> = {}): string => {
    const usual = { modules: [], files: [], rewritten: notebooks.length, stripped: 0 };
    const all = { ...usual, isReadOnly: false, areReasonsTold: true, notebooks, ...more };
    return formatExtracted(all, plain);
  };
  const modules = (number: number): Extracted['modules'] =>
    Array.from({ length: number }, (_, i) => ({
      path: `/home/ada/churn/src/shop/m${i}.py`,
      action: 'create',
    }));

  test('of each notebook, with the modules, of many of them three', () => {
    const names = ['shop.a', 'shop.b', 'shop.c', 'shop.d', 'shop.e', 'shop.a'];
    expect(
      told([report('a', ...names.map((name) => moves(name))), report('b'), report('c', moves('shop.d'))]),
    ).toBe(
      'a.ipynb: 6 moved to shop.a, shop.b, shop.c and 2 more; 0 stay\n' +
        'c.ipynb: 1 moved to shop.d; 0 stay\n' +
        'moved 7 definitions, 0 stay; 3 notebooks rewritten\n',
    );
  });
  test('of many notebooks in all', () => {
    const notebooks = Array.from({ length: 51 }, (_, i) => report(`n${i}`, moves('shop.a')));
    expect(told(notebooks, { modules: modules(21), areReasonsTold: false, stripped: 2 })).toBe(
      'created 21 modules in src/shop\n' +
        'moved 51 definitions, 0 stay; 51 notebooks rewritten, 2 only stripped of outputs\n' +
        '  what moved where, and why there: --json\n' +
        '  which stay, and why: `nb2mod scan`, or --json\n',
    );
  });
  test('with the modules that are written, and why what went to which topic', () => {
    expect(told([report('a', moves('shop.m0', 'it reads a file'))], { modules: modules(1) })).toBe(
      'a.ipynb: 1 moved to shop.m0; 0 stay\n' +
        "'f' to shop.m0: it reads a file\n" +
        'created src/shop/m0.py\n' +
        'moved 1 definition, 0 stay; 1 notebook rewritten\n',
    );
  });
});
