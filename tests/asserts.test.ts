/** Asserts and test functions that become tests with `--tests`, and those that stay. */
import { describe, expect, test } from 'vitest';
import { extract, extractAll, findings, type CellText, type World } from './extraction.ts';

const tested = (cells: readonly CellText[], world: World = {}) => extract(cells, { ...world, tests: {} });

const helpers =
  'import math\nLIMIT = 3\ndef cut(x):\n    return min(x, LIMIT)\ndef root(x):\n    return math.sqrt(x)';

describe('moves to a test', () => {
  const cases: [cell: string, test: string][] = [
    ['assert cut(5) == 3', 'def test_cut():\n    assert cut(5) == 3\n'],
    [
      '# the bound\nassert cut(5) == 3, "bound"  # so\nassert cut(1) == 1',
      'def test_cut():\n    # the bound\n    assert cut(5) == 3, "bound"  # so\n    assert cut(1) == 1\n',
    ],
    ['assert cut(9) == LIMIT', 'def test_cut():\n    assert cut(9) == LIMIT\n'],
    ['assert math.isclose(root(4), 2)', 'def test_root():\n    assert math.isclose(root(4), 2)\n'],
    ['assert cut(root(4)) == 2', 'def test_cut_and_root():\n    assert cut(root(4)) == 2\n'],
    ['assert (cut(1) ==\n    1)', 'def test_cut():\n    assert (cut(1) ==\n        1)\n'],
    [
      'assert [cut(x) for x in (1, 5)] == [1, 3]',
      'def test_cut():\n    assert [cut(x) for x in (1, 5)] == [1, 3]\n',
    ],
    ['assert cut(1) == 1\nprint(2)\nassert cut(2) == 2', 'def test_cut_2():\n    assert cut(2) == 2\n'],
    [
      'def test_cut():\n    """Bound."""\n    assert cut(5) == 3\n\ntest_cut()',
      'def test_cut():\n    """Bound."""\n    assert cut(5) == 3\n',
    ],
    ['def test_cut():\n    assert cut(5) == 3', 'def test_cut():\n    assert cut(5) == 3\n'],
    [
      'def test_cut():\n    assert cut(5) == 3\nassert cut(1) == 1',
      'def test_cut_2():\n    assert cut(1) == 1\n',
    ],
  ];
  test.each(cases)('%j', (cell, expected) => {
    const { tests, cells, verdicts } = tested([helpers, cell]);
    expect(Object.keys(tests)).toEqual(['test_churn']);
    expect(tests['test_churn']).toContain(expected);
    expect(cells.join('\n').replace(/print\(2\);?/, '')).toMatch(/^from churn\.churn import[^\n]*\s*$/);
    expect(verdicts['cut']).toBe('moves');
  });
});

describe('stays in the notebook', () => {
  const cases: [why: string, ...cells: CellText[]][] = [
    ['it reads a variable', helpers, 'x = open("a").read()\nassert cut(x) == 3'],
    ['the function prints', 'def f(x):\n    print(x)\n    return x', 'assert f(1) == 1'],
    [
      'the function draws a random number',
      'import random\ndef f():\n    return random.random()',
      'assert f() < 1',
    ],
    [
      'the function changes what it is given',
      'def f(xs):\n    xs.append(1)\n    return xs',
      'assert f([]) == [1]',
    ],
    ['it binds a name', helpers, 'assert (y := cut(1)) == 1', 'y'],
    ['it exercises nothing that moves', 'import sys', 'assert sys.version_info > (3, 6)'],
    ['it exercises what stays', 'df = open("a")\ndef f():\n    return df', 'assert f() is None'],
    ['its cell showed an error', helpers, { source: 'assert cut(1) == 2', hasError: true }],
    ['its cell may raise', helpers, { source: 'assert cut(1) == 2', tags: ['raises-exception'] }],
    ['its cell is timed', helpers, '%%time\nassert cut(1) == 1'],
    ['a string of several lines cannot be indented', helpers, 'assert str(cut(1)) != """a\nb"""'],
    ['a directive says so', helpers, '# nb2mod: keep\nassert cut(1) == 1'],
    ['the definition changes before', helpers, 'cut.seen = 1', 'assert cut(1) == 1'],
    ['it stands in a function', helpers, 'def check():\n    assert cut(1) == 1\n    print(1)', 'check()'],
    [
      'the result of the test is used',
      helpers,
      'def test_cut():\n    assert cut(1) == 1\n    return 1',
      'x = test_cut()',
    ],
  ];
  test.each(cases)('where %s', (_why, ...cells) => {
    expect(tested(cells).tests).toEqual({});
  });

  test('unless tests are asked for', () => {
    const { tests, cells } = extract([helpers, 'assert cut(5) == 3']);
    expect(tests).toEqual({});
    expect(cells.join('\n')).toContain('assert cut(5) == 3');
  });
});

test('a test file imports what it uses, in order, and Ruff finds nothing in it', () => {
  const { tests } = tested([
    helpers,
    'import numpy as np\nassert np.isclose(root(4), 2)',
    'assert math.pi > cut(3)',
  ]);
  expect(tests['test_churn']).toBe(
    '"""Tests from the notebook churn.ipynb."""\n\nimport math\n\nimport numpy as np\n\nfrom churn.churn import cut, root\n\n\n' +
      'def test_root():\n    assert np.isclose(root(4), 2)\n\n\ndef test_cut():\n    assert math.pi > cut(3)\n',
  );
  expect(findings(tests['test_churn']!)).toEqual([]);
});

test('an import that only a test used goes with it; one that nothing reads stays', () => {
  const { cells } = tested([helpers, 'import numpy as np\nassert np.isclose(root(4), 2)']);
  expect(cells.join('\n')).not.toContain('numpy');
});

test('what was silent before stays silent', () => {
  const { cells } = tested([helpers, 'cut(2)\nassert cut(5) == 3']);
  expect(cells).toContain('cut(2);');
});

test('tests are added to a file that is there, whose lines stay; the same test is not written twice', () => {
  const existing =
    'import pytest\n\nfrom churn.churn import cut\n\n\ndef test_cut():\n    assert cut(0) == 0\n';
  const cells = [helpers, 'assert cut(5) == 3', 'assert cut(0) == 0', 'assert root(1) == 1'];
  const { tests } = extract(cells, { tests: { test_churn: existing } });
  expect(tests['test_churn']).toBe(
    'import pytest\n\nfrom churn.churn import cut\nfrom churn.churn import root\n\n\ndef test_cut():\n    assert cut(0) == 0\n\n\n' +
      'def test_cut_2():\n    assert cut(5) == 3\n\n\ndef test_root():\n    assert root(1) == 1\n',
  );
});

test('where a name means something else in the file, or the file is broken, another file is begun', () => {
  const other = 'def cut(x):\n    return x\n';
  expect(
    Object.keys(extract([helpers, 'assert cut(5) == 3'], { tests: { test_churn: other } }).tests),
  ).toEqual(['test_churn_2']);
  expect(
    Object.keys(extract([helpers, 'assert cut(5) == 3'], { tests: { test_churn: 'def (' } }).tests),
  ).toEqual(['test_churn_2']);
});

test('the same assert in several notebooks on what they share is one test', () => {
  const cells = [helpers, 'assert cut(5) == 3'];
  const { tests } = extractAll({ a: cells, b: cells }, { tests: {} });
  expect(Object.keys(tests)).toEqual(['test_common']);
  expect(tests['test_common']!.match(/def test_/g)).toHaveLength(1);
});
