/** What becomes of comments when what they stand beside moves, or leaves: none is lost. */
import { describe, expect, test } from 'vitest';
import { lackingComments, richestOf } from '../src/plan/comments.ts';
import { extract, extractAll } from './extraction.ts';

describe('copies that differ in their comments', () => {
  const lik = (comment: string): string => `def lik(y):\n    ${comment}\n    return y + 1`;

  test('become one; what the one that is kept lacks stays where the other stood', () => {
    const { modules, notebooks } = extractAll({
      a: [lik('# the normal one'), 'lik(1)'],
      b: [lik('# the Bernoulli one'), 'lik(1)'],
    });
    expect(modules['common']).toContain(lik('# the normal one'));
    expect(notebooks['a']!.cells).toEqual(['from churn.common import lik', 'lik(1)']);
    expect(notebooks['b']!.cells).toEqual(['# the Bernoulli one\nfrom churn.common import lik', 'lik(1)']);
  });

  test('the one with most to say is kept, whichever notebook has it', () => {
    const poor = 'def f(x):\n    # one\n    return x';
    const rich = 'def f(x):\n    # one\n    return x  # two';
    for (const [a, b] of [
      [poor, rich],
      [rich, poor],
    ] as const) {
      const { modules, notebooks } = extractAll({ a: [a, 'f(1)'], b: [b, 'f(1)'] });
      expect(modules['common']).toContain(rich);
      for (const name of ['a', 'b'])
        expect(notebooks[name]!.cells).toEqual(['from churn.common import f', 'f(1)']);
    }
  });

  test('what a module of the package lacks stays, too', () => {
    const existing = { common: 'def f(x):\n    # one\n    return x\n' };
    const { notebooks } = extractAll({ a: ['def f(x):\n    return x  # two', 'f(1)'] }, { existing });
    expect(notebooks['a']!.cells).toEqual(['# two\nfrom churn.common import f', 'f(1)']);
  });

  test('a constant that nobody imports leaves its comment behind', () => {
    const f = 'def f(): return K';
    const { notebooks } = extractAll({ a: ['K = 2  # layers', f, 'f()'], b: ['K = 2  # hidden', f, 'f()'] });
    expect(notebooks['a']!.cells).toEqual(['from churn.common import f', 'f()']);
    expect(notebooks['b']!.cells).toEqual(['# hidden', 'from churn.common import f', 'f()']);
  });
});

test.each([
  ['# a\nf()', '# b\nf()', ['# a']],
  ['#  a \nf()', '## a\nf()', []],
  ['# ----\nf()  # noqa', 'f()', []],
  // Lines of one comment stay together.
  ['# a\n# b\nf()  # c', '# b\nf()', ['# a', '# b', '# c']],
  ['f()  # export', 'f()', []],
  ['f()\n# a\n# nb2mod: keep\n', 'f()', ['# a']],
  ['f("# a")  # b\n# c', 'f("# a")\n#c', ['# b']],
  ["f'''# a\n# b'''  # c", '', ['# c']],
])('of %j beside %j the comments %j are missing', (code, kept, lacking) => {
  expect(lackingComments(code, kept)).toEqual(lacking);
});

test('of copies with as much to say the first is kept', () => {
  expect(richestOf(['x', '# a\nx', '# b\nx'])).toBe('# a\nx');
});

describe('comments of imports that leave', () => {
  const leaving = (imports: string): string =>
    extract([imports, 'def f(): return os.sep, json.loads', 'f()']).cells[0]!;

  test.each([
    ['# Files\n# (c) 2021 ACME\nimport os\nimport json', '# Files\n# (c) 2021 ACME'],
    ['import os   # keep < 2.0!\n# import csv\nimport json', '# keep < 2.0!\n# import csv'],
    ['import os  # noqa: E402\nimport json  # hide\nx = 1', 'x = 1'],
    ['# ------\nimport os, json\nx = 1', 'x = 1'],
    ['# Files\nimport os\n\nimport json\nx = 1', '# Files\n\nx = 1'],
    ['#hide\n# Files\nimport os, json\nx = 1', '#hide\n# Files\nx = 1'],
    ['import os, json, sys  # all\nsys.path', 'import sys  # all\nsys.path'],
    ['# nb2mod: module=b\n# Files\nimport os, json\nx = 1', '# Files\nx = 1'],
    ['x = 1\nimport os, json  # both', 'x = 1\n# both'],
  ])('of %j there stays %j', (imports, left) => {
    expect(leaving(imports)).toBe(left);
  });

  test('of clauses that stand on lines of their own the comments stay', () => {
    const clauses = 'from os import (\n    sep,  # between folders\n    curdir,\n)';
    const { cells } = extract([clauses, 'def f(): return sep', 'f(), curdir']);
    expect(cells[0]).toBe('from os import (\n    # between folders\n    curdir,\n)');
    expect(extract([clauses, 'def f(): return sep, curdir', 'f()']).cells[0]).toBe('# between folders');
  });
});

describe('comments above constants', () => {
  const split = (cell: string): readonly [string, string] => {
    const { cells, module } = extract([cell, 'def f(): return A', 'f()']);
    return [cells[0]!, module];
  };

  test.each([
    '# Data\nA = 1\nx = print()',
    '# Data\nA = 1; x = print()',
    '# Data\nA = 1\nB = 2\nx = print()',
    '# Data\nA = 1\nimport os\nos.sep',
  ])('head what stands below: %j', (cell) => {
    const [left, module] = split(cell);
    expect(left).toMatch(/^# Data\n/);
    expect(module).not.toContain('Data');
  });

  test.each([
    '# Data\nA = 1\n\nx = print()',
    '# Data\nA = 1\n# more\nx = print()',
    '# Data\nA = 1\ndef g(): return A',
    '# Data\nA = 1',
  ])('are about what goes: %j', (cell) => {
    const [left, module] = split(cell);
    expect(left).not.toContain('Data');
    expect(module).toContain('# Data\nA = 1');
  });

  test.each([
    ['# Data\ndef f(): return 1\nx = print(f())', 'from churn.nb import f\nx = print(f())'],
    // With nothing before it, an indented comment can be of nothing else.
    [' # Data\ndef f(): return 1', 'from churn.nb import f'],
    ['  # nb2mod: module=nb\n  # Data\ndef f(): return 1', 'from churn.nb import f'],
  ])('those of definitions go along: %j', (cell, left) => {
    const { notebooks, modules } = extractAll({ nb: [cell, 'f()'] });
    expect(notebooks['nb']!.cells).toEqual([left, 'f()']);
    expect(modules['nb']).toContain(`\n${/ *# Data/.exec(cell)![0]}\ndef f()`);
    expect(modules['nb']).not.toContain('nb2mod:');
  });

  test('an indented one below a definition is of its body', () => {
    const { cells, module } = extract(['def g(): return 1\n  # Data\ndef f(): return 1', 'f(), g()']);
    expect(cells[0]).toBe('from churn.churn import f, g');
    expect(module).toContain('return 1\n  # Data\n');
  });
});
