/** How well the measure of families finds what was one helper once, on labelled pairs. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findFamilies, areNear, type Candidate } from '../src/plan/families.ts';
import { likeness, likenessOf, similarity, type Likeness } from '../src/plan/likeness.ts';
import type { Statement } from '../src/scope/statement.ts';
import { namesOf } from './extraction.ts';

const text = readFileSync(new URL('../fixtures/near-duplicates/pairs.py', import.meta.url), 'utf8');

const labelled = text
  .split(/^# %% .*\n/m)
  .slice(1)
  .flatMap((family, label) =>
    family.split(/^# ---\n/m).map((source) => {
      const statement = statementOf(source);
      return { label, name: statement.writtenName, likeness: likenessOf(statement) };
    }),
  );

function statementOf(source: string): Statement {
  const { statements } = namesOf(source);
  expect(statements).toHaveLength(1);
  return statements[0]!;
}

test('labelled pairs: precision and recall', () => {
  const counts = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0 };
  const wrong: string[] = [];
  for (const [i, a] of labelled.entries()) {
    for (const b of labelled.slice(i + 1)) {
      const isNear = areNear(a.likeness, b.likeness);
      const isFamily = a.label === b.label;
      counts[
        isNear ? (isFamily ? 'truePositive' : 'falsePositive') : isFamily ? 'falseNegative' : 'trueNegative'
      ]++;
      if (isNear !== isFamily)
        wrong.push(`${a.name} ${b.name} ${likeness(a.likeness, b.likeness).toFixed(3)}`);
    }
  }
  const { truePositive, falsePositive, falseNegative } = counts;
  if (process.env.NB2MOD_TELL !== undefined) console.log(counts, wrong);
  expect(truePositive + falseNegative).toBeGreaterThanOrEqual(145);
  expect(truePositive / (truePositive + falsePositive)).toBeGreaterThanOrEqual(0.975);
  expect(truePositive / (truePositive + falseNegative)).toBeGreaterThanOrEqual(0.95);
});

test.each([
  ['', 'a', 0],
  ['a b c', 'a b c', 1],
  ['a b c d', 'a x c', 4 / 7],
])('%s ~ %s', (a, b, expected) => {
  const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');
  expect(similarity(words(a), words(b))).toBeCloseTo(expected);
});

test.each([
  [
    'hints and docstrings say nothing of what code does',
    'def f(a, b=1, *c, key=lambda x: x):\n    d = g(a, b)\n    return d["k": 2]',
    'def f(a: int, b: dict[str, int] = 1, *c: str, key=lambda x: x) -> Out["list"]:\n    """Doc."""\n    d: list[int] = g(a, b)\n    return d["k": 2]',
    1,
  ],
  [
    'quotes say nothing',
    "def f(a):\n    return g(a, 'b', r'c')",
    'def f(a):\n    return g(a, """b""", r"c")',
    1,
  ],
  ['the names of arguments tell', 'def f(a):\n    return g(a, b=1)', 'def f(a):\n    return g(a, c=1)', 0.85],
  [
    'the fields of a class tell',
    'class A(B):\n    x: int\n    y: str',
    'class A(B):\n    v: int\n    w: str',
    0.6,
  ],
  [
    'its methods tell',
    'class A:\n    def run(self):\n        pass',
    'class A:\n    def stop(self):\n        pass',
    0.6,
  ],
  [
    'local names tell little',
    'def f(a):\n    b = g(a)\n    return b + h(b)',
    'def k(x):\n    y = g(x)\n    return y + h(y)',
    0.9,
  ],
])('%s', (_, a, b, expected) => {
  const [one, other] = [a, b].map((source) => likenessOf(statementOf(source))) as [Likeness, Likeness];
  if (expected === 1) expect(other).toEqual(one);
  else {
    expect(likeness(one, other)).toBeLessThan(expected + 0.1);
    expect(likeness(one, other)).toBeGreaterThan(expected - 0.1);
  }
});

/** `name: relation relation …` of each family; one notebook for each source, whose identities are the given letters. */
function families(
  ...sources: readonly (readonly [identity: string | undefined, source: string])[]
): string[] {
  const candidates = sources.map(([identity, source], notebook): Candidate => {
    return { notebook, id: 0, definition: statementOf(source), identity };
  });
  const found = findFamilies(candidates);
  expect(findFamilies([...candidates].reverse())).toEqual(found);
  return found.map(
    ({ name, groups }) =>
      `${name}: ${groups.map((group) => `${group.relation} ${group.members.length}`).join(', ')}`,
  );
}

const load =
  'def load(path):\n    frame = pd.read_csv(path)\n    frame = frame.dropna()\n    return frame.sort_values("day")';

test('the same code with the same needs is one group', () => {
  expect(families(['a', load], ['a', load], ['b', 'def other(): return 1'])).toEqual(['load: same 2']);
});

test('the same code with other needs is not merged', () => {
  expect(families(['a', load], ['a', load], ['b', load])).toEqual(['load: same 2, needs 1']);
});

test('what stays is told by its code', () => {
  expect(families([undefined, load], [undefined, load])).toEqual(['load: stays 2']);
  expect(families(['a', load], [undefined, load], ['a', load])).toEqual(['load: same 2, stays 1']);
  expect(families(['a', load], [undefined, load], [undefined, load])).toEqual(['load: stays 2, needs 1']);
});

test('another literal, another name, another line', () => {
  const renamed = load.replaceAll('frame', 'df').replace('"day"', '"date"');
  const longer = load
    .replace('    return', '    print(len(frame))\n    return')
    .replace('def load', 'def read');
  expect(families(['a', load], ['b', renamed])).toEqual(['load: same 1, renamed 1']);
  expect(families(['a', load], ['b', longer])).toEqual(['load: same 1, near 1']);
});

test('the same name and other code', () => {
  expect(families(['a', load], ['b', 'def load(): return 1'])).toEqual(['load: same 1, name 1']);
});

test('namesakes that are alike among themselves are a family of their own', () => {
  const saved =
    'def load(key):\n    with shelve.open("cache") as cache:\n        value = cache.get(key)\n    print(key, value)\n    return value';
  const edited = saved.replace('"cache"', '"store"').replace('print(key, value)', 'print(key)');
  expect(families(['a', load], ['b', saved], ['c', edited])).toEqual(['load: same 1, near 1']);
  expect(families(['a', load], ['b', saved], ['b', saved])).toEqual(['load: same 2, name 1']);
  expect(families(['a', load], ['a', load], ['b', saved], ['b', saved])).toEqual([
    'load: same 2',
    'load: same 2',
  ]);
});

test('what keeps its name may be edited more', () => {
  const edited = (name: string): string =>
    `def ${name}(path, sep=","):\n    frame = pd.read_csv(path, sep=sep)\n    frame = frame.dropna()\n    frame.columns = frame.columns.str.lower()\n    return frame.sort_values("day")`;
  expect(families(['a', load], ['b', edited('fetch_table')])).toEqual([]);
  expect(families(['a', load], ['b', edited('Load_')])).toEqual(['load: same 1, near 1']);
  const short = 'def f(path):\n    return pd.read_csv(path)';
  expect(families(['a', short], ['b', short.replace('path)', 'path).dropna()')])).toEqual([]);
});

test('what is as near to two joins the one of its name', () => {
  const lines = (names: string): string => names.replace(/ ?(\w+)/g, '\n    $1(rows)');
  const shared = 'a b c d e f g h i j';
  const other = `def other(rows):${lines(`${shared} k l m n o p q r`)}`;
  const mine = `def mine(rows):${lines(`${shared} s t u v w x y z`)}`;
  const between = `def mine(rows):${lines(`${shared} k l m n s t u v`)}`;
  expect(families(['a', other], ['b', mine], ['c', between])).toEqual(['mine: same 1, near 1']);
});

test('short code is not alike by chance', () => {
  expect(families(['a', 'def f(x): return x + 1'], ['b', 'def g(y): return y + 2'])).toEqual([]);
});

test('code of one shape that calls something else is not alike', () => {
  const dates =
    'def dates(batch, freq):\n    batch["day"] = [to_period(day, freq) for day in batch["day"]]\n    return batch';
  const pictures =
    'def shrink(rows):\n    rows["size"] = [resize(one.convert("L")) for one in rows["file"]]\n    return rows';
  expect(families(['a', dates], ['b', pictures])).toEqual([]);
});

test('the similarity is that of the longest common subsequence, however long', () => {
  const table = (a: readonly string[], b: readonly string[]): number => {
    let row = b.map(() => 0);
    for (const left of a) {
      const next: number[] = [];
      b.forEach((right, j) => {
        next.push(left === right ? (row[j - 1] ?? 0) + 1 : Math.max(row[j]!, next[j - 1] ?? 0));
      });
      row = next;
    }
    return (2 * (row.at(-1) ?? 0)) / (a.length + b.length);
  };
  const tokens = fc.array(fc.constantFrom('v', '0', '(', ')', 'x'), { minLength: 1, maxLength: 140 });
  fc.assert(
    fc.property(tokens, tokens, (a, b) => {
      expect(similarity(a, b)).toBeCloseTo(table(a, b), 12);
    }),
  );
});
