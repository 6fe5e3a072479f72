import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { learnPattern, matchesPattern, splitTokens } from '../src/verify/learn.ts';
import { normaliseText } from '../src/verify/normalise.ts';
import { alignCells } from '../src/verify/align.ts';
import { compareRuns } from '../src/verify/compare.ts';
import { readOutputs, type CellRun, type Run } from '../src/verify/run.ts';
import { findSmallestKeep } from '../src/verify/bisect.ts';

const naming = { modules: ['churn.data', 'churn.models'] };

describe('normaliseText makes equal what two runs of the same code show', () => {
  test.each([
    ['<function f at 0x7f12ab34cd56>', '<function f at 0x7fffdeadbeef>'],
    ['&lt;sklearn.tree...x7f12ab34cd56&gt;', '&lt;sklearn.tree...x7fffdeadbeef&gt;'],
    ["<class '__main__.Model'>", "<class 'churn.models.Model'>"],
    ['<__main__.Model object at 0x7f0000000001>', '<churn.models.Model object at 0x7f0000000002>'],
    ['__main__', 'churn.data'],
    [
      'CPU times: user 3 ms, sys: 1 ms, total: 4 ms\nWall time: 5 ms',
      'CPU times: user 9 µs\nWall time: 1.2 s',
    ],
    ['Wall time: 5 ms\n', 'Wall time: 7 ms\nCompiler : 210 ms\nParser   : 112 ms\n'],
    ['Wall time: 5 ms', 'Wall time: 7 ms\nParser   : 112 ms'],
    ['5 ns per loop\n', '9 ns per loop\nCompiler time: 0.78 s\n'],
    [
      '12 ns ± 1.2 ns per loop (mean ± std. dev. of 7 runs, 10,000 loops each)',
      '1.5 µs ± 3 ns per loop (mean ± std. dev. of 7 runs, 1 loop each)',
    ],
    [
      '2.28 us +- 362 ns per loop (mean +- std. dev. of 2 runs, 5 loops each)',
      '7.95 us +- 5.86 us per loop (mean +- std. dev. of 2 runs, 5 loops each)',
    ],
    [
      '\r 10%|#   | 1/10 [00:00<00:01, 5it/s]\r100%|####| 10/10 [00:02<00:00, 4.9it/s]',
      '100%|####| 10/10 [00:01<00:00, 9it/s]',
    ],
    ['training took 0.31 s', 'training took 12.5 s'],
    ['elapsed 3e-06 s', 'elapsed 1.2e-05 s'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['abc\bd', 'abd'],
    ['Retry: in 3', 'churn.models.Retry: in 3'],
    ['__main__.Model', 'churn.models.Model'],
    ['one\r\ntwo\n', 'one\ntwo'],
    ['  File "/tmp/ipykernel_1/22.py", line 3, in f', '  File "/home/me/src/churn/data.py", line 40, in f'],
    [
      '/tmp/ipykernel_1/22.py:3: UserWarning: careful\n  warn("careful")\n',
      '/home/me/src/churn/data.py:9: UserWarning: careful\n  warn("careful")\n',
    ],
    ['/tmp/ipykernel_1/22.py:3: DeprecationWarning: old\n  old()\n', ''],
    ['/tmp/ipykernel_1/22.py:3: MatplotlibDeprecationWarning: old\n  old()\nx', 'x'],
    [
      'x\n',
      'x\npylabtools.py:170: UserWarning: Creating legend with loc="best" can be slow with large amounts of data.\n  draw()\n',
    ],
    [
      'a.py:3: FutureWarning: soon\n  f()\nb.py:4: FutureWarning: soon\n  f()\n',
      'a.py:3: FutureWarning: soon\n  f()\n',
    ],
    ['SyntaxError: invalid syntax (13873.py, line 5)', 'SyntaxError: invalid syntax (cards.py, line 7)'],
    ['id 01234567-89ab-cdef-0123-456789abcdef', 'id aaaaaaaa-89ab-cdef-0123-456789abcdef'],
  ])('%j and %j', (left, right) => {
    expect(normaliseText(right, naming)).toBe(normaliseText(left, naming));
  });
});

describe('normaliseText keeps apart what differs', () => {
  test.each([
    ["<class '__main__.Model'>", "<class 'churn.models.Other'>"],
    ['churn.models', 'churn.modelsX'],
    ['my.churn.data', 'my.__main__'],
    ['loss 0.31', 'loss 0.32'],
    ['3 rows', '4 rows'],
    ['SyntaxError: invalid syntax (1.py, line 5)', 'SyntaxError: bad input (1.py, line 5)'],
    ['100%|####| 10/10 [00:02<00:00, 4.9it/s]', ' 90%|### | 9/10 [00:02<00:00, 4.9it/s]'],
    ['x.py:1: UserWarning: a\n  f()\n', 'x.py:1: UserWarning: b\n  f()\n'],
    ['ab', 'a b'],
  ])('%j and %j', (left, right) => {
    expect(normaliseText(right, naming)).not.toBe(normaliseText(left, naming));
  });
});

test('normalising twice is normalising once', () => {
  const piece = fc.constantFrom(
    '0x7f12ab34cd56',
    'Wall time: 3 s',
    '\r',
    '\n',
    ' 5/5 [00:01<00:00, 2it/s]',
    'churn.data.f',
    'x',
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const once = normaliseText(pieces.join(''), naming);
      expect(normaliseText(once, naming)).toBe(once);
    }),
  );
});

describe('what differs between two runs is learnt', () => {
  const accepts = (runs: string[], after: string) => matchesPattern(after, learnPattern(runs));
  test.each<[runs: string[], after: string, agrees: boolean]>([
    [['score 0.51 on test', 'score 0.53 on test'], 'score 0.7 on test', true],
    [['score 0.51 on test', 'score 0.53 on test'], 'score 0.7 on train', false],
    [['rows 10\nscore 0.5', 'rows 10\nscore 0.6'], 'rows 11\nscore 0.7', false],
    // The 3 came out alike by chance; the line is random all the same.
    [['draw 3 5 6', 'draw 3 1 2'], 'draw 4 4 4', true],
    [['[ 0.1  -2.0]', '[-0.12  1.0]'], '[3 4]', true],
    [['id 139871234 is odd', 'id 140001234 is odd'], 'id 1 is odd', true],
    [['now 12:30:05', 'now 12:30:09'], 'now 12:31:00', true],
    [['same', 'same'], 'same', true],
    [['same', 'same'], 'other', false],
  ])('%j accepts %j: %s', (runs, after, agrees) => {
    expect(accepts(runs, after)).toBe(agrees);
  });

  test('also of outputs of hundreds of thousands of words', () => {
    const text = 'word 1 '.repeat(200_000);
    expect(accepts([`${text}1`, `${text}2`], `${text}3`)).toBe(true);
  });

  test('a pattern accepts every run that it was learnt from', () => {
    const text = fc
      .array(fc.constantFrom('a', ' ', '\n', '1', '2.5', '-3', ':', 'loss'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
        const pattern = learnPattern(texts);
        for (const one of texts) expect(matchesPattern(one, pattern)).toBe(true);
      }),
    );
  });

  test('texts that share nothing have nothing fixed', () => {
    expect(learnPattern(['abc', 'xyz']).fixed).toBe(0);
    expect(learnPattern(['abc', 'abc']).fixed).toBe(1);
  });

  test('numbers are one token each', () => {
    expect(splitTokens('x=-1.5e-3  y')).toEqual(['x', '=', '-1.5e-3', ' ', 'y']);
  });
});

const cell = (
  number: number,
  source: string,
  shown: string | readonly object[] = [],
  id?: string,
): CellRun => ({
  cell: number,
  source,
  outputs: readOutputs(
    typeof shown === 'string' ? [{ output_type: 'stream', name: 'stdout', text: shown }] : shown,
  ),
  ...(id === undefined ? {} : { id }),
});
const pairNumbers = (before: CellRun[], after: CellRun[]) =>
  alignCells(before, after).map((pair) => [pair.before?.cell, pair.after?.cell]);

describe('alignCells', () => {
  test('pairs cells by id whatever became of their sources', () => {
    const before = [cell(1, 'a', [], 'x'), cell(2, 'b', [], 'y'), cell(3, 'c', [], 'z')];
    const after = [cell(1, 'path', [], 'new'), cell(2, 'import b', [], 'y'), cell(3, 'c', [], 'z')];
    expect(pairNumbers(before, after)).toEqual([
      [1, undefined],
      [undefined, 1],
      [2, 2],
      [3, 3],
    ]);
  });
  test('without ids, by the lines they share', () => {
    const before = [
      cell(1, 'def f():\n    return 1'),
      cell(2, 'def g():\n    return 2\nprint(g())'),
      cell(3, 'print(f())'),
    ];
    const after = [cell(1, 'import sys'), cell(2, 'from p import f, g\nprint(g())'), cell(3, 'print(f())')];
    expect(pairNumbers(before, after)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });
  test('a removed cell has no partner', () => {
    const before = [cell(1, 'x = 1'), cell(2, 'def f(): pass'), cell(3, 'print(x)')];
    expect(pairNumbers(before, [cell(1, 'x = 1'), cell(2, 'print(x)')])).toEqual([
      [1, 1],
      [2, undefined],
      [3, 2],
    ]);
  });
});

describe('compareRuns', () => {
  const run = (...shown: (string | readonly object[])[]): Run => ({
    cells: shown.map((output, index) => cell(index + 1, `cell ${index}`, output)),
  });
  const compare = (befores: Run[], after: Run) => compareRuns(befores, after, naming);
  const image = (hash: string) => [
    {
      output_type: 'display_data',
      data: { 'image/png': `image 10x10 pixels ${hash}`, 'text/plain': '<Figure>' },
    },
  ];

  test('equal outputs agree', () => {
    expect(compare([run('a', 'b'), run('a', 'b')], run('a', 'b'))).toMatchObject({
      agrees: true,
      compared: 2,
    });
  });
  test('tells the cell, the kind and both outputs', () => {
    expect(compare([run('a', 'b'), run('a', 'b')], run('a', 'c')).differences).toEqual([
      { cell: 2, afterCell: 2, kind: 'stdout', mime: 'text/plain', before: 'b', after: 'c' },
    ]);
  });
  test('a longer module name may break lines elsewhere; without one, breaks count', () => {
    const before = run('(<function __main__.f()>, <function __main__.g()>)');
    const wrapped = run('(<function churn.models.f()>,\n <function churn.models.g()>)');
    expect(compare([before], wrapped).agrees).toBe(true);
    expect(compare([run('(1, 2)')], run('(1,\n 2)')).agrees).toBe(false);
  });
  test('an output that vanished, and one that came', () => {
    expect(compare([run('a')], run([])).differences).toMatchObject([{ before: 'a', after: undefined }]);
    expect(compare([run([])], run('a')).differences).toMatchObject([{ before: undefined, after: 'a' }]);
  });
  test('pixels of settled images must agree; those of random images need only be there', () => {
    expect(compare([run(image('a')), run(image('a'))], run(image('b'))).agrees).toBe(false);
    expect(compare([run(image('a')), run(image('b'))], run(image('c'))).agrees).toBe(true);
    expect(compare([run(image('a')), run(image('b'))], run([])).agrees).toBe(false);
  });
  test('what differs wholly between two runs is told as not comparable', () => {
    expect(compare([run('abc'), run('xyz')], run('uvw'))).toMatchObject({
      agrees: true,
      notComparable: [{ cell: 1, kind: 'stdout' }],
    });
  });
  test('errors compare by name and message, not by traceback', () => {
    const error = (evalue: string, line: string) => [
      { output_type: 'error', ename: 'ValueError', evalue, traceback: [line] },
    ];
    expect(compare([run(error('bad', 'one'))], run(error('bad', 'two'))).agrees).toBe(true);
    expect(compare([run(error('bad', 'one'))], run(error('worse', 'one'))).agrees).toBe(false);
  });
  test('a run that stops where the original did not is a difference', () => {
    const failure = { reason: 'timeout', message: 'no answer within 1 s', cell: 2 } as const;
    expect(compare([run('a', [])], { ...run('a', []), failure }).differences).toMatchObject([
      { cell: 2, kind: 'failure', after: 'no answer within 1 s' },
    ]);
    expect(compare([{ ...run('a', []), failure }], { ...run('a', []), failure }).agrees).toBe(true);
  });
  test('pieces of a stream are one text, and stdout and stderr do not race', () => {
    const pieces = (...parts: [string, string][]) =>
      run(parts.map(([name, text]) => ({ output_type: 'stream', name, text })));
    const before = pieces(['stdout', 'a'], ['stderr', 'x'], ['stdout', 'b']);
    expect(compare([before], pieces(['stderr', 'x'], ['stdout', 'ab'])).agrees).toBe(true);
  });
});

describe('findSmallestKeep', () => {
  /** `needs`: f → the definitions it uses. Outputs agree when all culprits stay. */
  const search = async (needs: Record<string, string[]>, culprits: string[], likely?: string[]) => {
    const moved = Object.keys(needs);
    const closure = (keep: ReadonlySet<string>) => {
      const closed = new Set(keep);
      for (let size = -1; size !== closed.size;) {
        size = closed.size;
        for (const user of moved) if (needs[user]!.some((need) => closed.has(need))) closed.add(user);
      }
      return closed;
    };
    const asked: string[] = [];
    const kept = await findSmallestKeep({
      moved,
      closure,
      ...(likely === undefined ? {} : { likely: new Set(likely) }),
      agrees: async (keep) => {
        asked.push([...keep].sort().join());
        return culprits.every((culprit) => keep.has(culprit));
      },
    });
    expect(new Set(asked).size).toBe(asked.length);
    return { kept: kept && [...kept].sort().join(' '), runs: asked.length };
  };
  const chain = { a: [], b: ['a'], c: ['b'], d: [], e: [] };

  test.each<[culprits: string[], kept: string]>([
    [[], ''],
    [['d'], 'd'],
    [['c'], 'c'],
    [['b'], 'b c'],
    [['a'], 'a b c'],
    [['c', 'e'], 'c e'],
    [['b', 'd', 'e'], 'b c d e'],
  ])('%j', async (culprits, kept) => {
    expect((await search(chain, culprits)).kept).toBe(kept);
  });

  test('nothing helps', async () => {
    expect((await search(chain, ['nowhere'])).kept).toBeUndefined();
  });

  test('one culprit among 64 takes few runs, and fewer when the cell at fault is known', async () => {
    const many = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`f${i}`, []]));
    const blind = await search(many, ['f40']);
    expect(blind.kept).toBe('f40');
    expect(blind.runs).toBeLessThanOrEqual(16);
    const guided = await search(many, ['f40'], ['f40', 'f3']);
    expect(guided.kept).toBe('f40');
    expect(guided.runs).toBeLessThanOrEqual(5);
  });

  test('whatever the needs and the culprits, the set is closed, suffices, and nothing in it could move', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const world = fc.record({
      needs: fc.tuple(...names.map((_, i) => fc.subarray(names.slice(0, i)))),
      culprits: fc.subarray(names, { minLength: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ needs, culprits }) => {
        const table = Object.fromEntries(names.map((name, i) => [name, needs[i]!]));
        const { kept } = await search(table, culprits);
        const closed = new Set(culprits);
        for (const name of names) if (table[name]!.some((need) => closed.has(need))) closed.add(name);
        expect(kept).toBe([...closed].sort().join(' '));
      }),
      { numRuns: 60 },
    );
  });
});
