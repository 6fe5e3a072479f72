/** What is nested or chained however deep: no cell brings an analysis down, and what a deep cell binds is bound. */
import { expect, test } from 'vitest';
import { extract } from './extraction.ts';

/** Python that nests `n` levels deep, each way that the grammar knows. */
const towers: Readonly<Record<string, (n: number) => string>> = {
  calls: (n) => `def g(x):\n    return x${'.a()'.repeat(n)}`,
  attributes: (n) => `def g(x):\n    return x${'.a'.repeat(n)}`,
  subscripts: (n) => `y = x${'[z]'.repeat(n)}`,
  assignments: (n) => `${'x = '.repeat(n)}1`,
  sums: (n) => `y = x${' + x'.repeat(n)}`,
  'boolean operators': (n) => `y = x${' and x'.repeat(n)}`,
  'string parts': (n) => `y = f"{x}"${" 'a'".repeat(n)}`,
  brackets: (n) => `y = ${'('.repeat(n)}x${')'.repeat(n)}`,
  negations: (n) => `y = ${'not '.repeat(n)}x`,
  lambdas: (n) => `y = ${'lambda: '.repeat(n)}1`,
  conditions: (n) => `y = ${'1 if x else '.repeat(n)}1`,
  comprehensions: (n) => `y = ${'[x for x in '.repeat(n)}x${']'.repeat(n)}`,
  walruses: (n) => `y = ${'(x := '.repeat(n)}1${')'.repeat(n)}`,
  dictionaries: (n) => `y = ${'{x: '.repeat(n)}1${'}'.repeat(n)}`,
  'keyword arguments': (n) => `y = ${'f(x='.repeat(n)}1${')'.repeat(n)}`,
  slices: (n) => `y = ${'x[1:'.repeat(n)}1${']'.repeat(n)}`,
  targets: (n) => `${'['.repeat(n)}x${']'.repeat(n)} = y`,
  annotations: (n) => `y: ${'a['.repeat(n)}b${']'.repeat(n)} = 1`,
  unions: (n) => `def f(x: a${' | a'.repeat(n)}): pass`,
  'splats in types': (n) => `def f(x: ${'tuple[*a, '.repeat(n)}b${']'.repeat(n)}): pass`,
  patterns: (n) => `match x:\n    case ${'[a, '.repeat(n)}b${']'.repeat(n)}: pass`,
  'class patterns': (n) => `match x:\n    case ${'A(b='.repeat(n)}c${')'.repeat(n)}: pass`,
  awaits: (n) => `async def f(x):\n    return ${'await '.repeat(n)}x`,
  'type parameters': (n) => `type X = ${'a['.repeat(n)}b${']'.repeat(n)}`,
  bounds: (n) => `def f[T: ${'a['.repeat(n)}b${']'.repeat(n)}](): pass`,
  decorators: (n) => `@${'f('.repeat(n)}x${')'.repeat(n)}\ndef g(): pass`,
  bases: (n) => `class A(${'f('.repeat(n)}x${')'.repeat(n)}): pass`,
  defaults: (n) => `def g(a=${'f('.repeat(n)}x${')'.repeat(n)}): pass`,
  deletions: (n) => `del ${'('.repeat(n)}x${')'.repeat(n)}`,
  branches: (n) => `if x: pass\n${'elif x: pass\n'.repeat(n)}`,
  asserts: (n) => `assert ${'f('.repeat(n)}x${')'.repeat(n)} == 1`,
  blocks: (n) =>
    Array.from({ length: n % 500 }, (_, i) => `${' '.repeat(i)}if x:\n`).join('') +
    ' '.repeat(n % 500) +
    'y = 1',
};

// The tree is cut off at another part of the construct each time.
const heights = [601, 1197, 1198, 1199, 3000];

test.each(Object.entries(towers))('%s', (_, tower) => {
  for (const height of heights) {
    const { verdicts } = extract(['def area(r): return r * r', tower(height), 'area(1)']);
    expect(verdicts['area'], `${height} levels`).toBe('moves');
  }
});

test('what a deep cell binds is bound, for Python runs it', () => {
  const { verdicts } = extract([
    'limit = 1\ndef f(): return limit',
    'def g(): return 2',
    'def h(): return g()',
    `limit = x${'.a'.repeat(1500)}\ndef g(): return 3`,
  ]);
  expect(verdicts).toEqual({ f: 'NB402', g: 'NB421', h: 'NB402' });
});

test('what a deep cell reads is still imported', () => {
  const { cells } = extract(['def load(): return 1', `x = load()${'.a()'.repeat(1000)}`]);
  expect(cells[0]).toBe('from churn.churn import load');
});

test('what Ruff finds at an import is the fault of who needs the name', () => {
  const { verdicts } = extract([
    'import numpy as _C__np',
    'class C:\n    def m(self): return __np',
    'def g(): return 1\ng()',
  ]);
  expect(verdicts).toEqual({ C: 'NB418', g: 'moves' });
});

test('what is too deep for Ruff is the fault of the definition that holds it', () => {
  const tower = `def f(x: '${'('.repeat(20_000)}a${')'.repeat(20_000)}'): return x`;
  const { verdicts } = extract(['def area(r): return r * r', tower]);
  expect(verdicts).toEqual({ area: 'moves', f: 'NB418' });
});

test('what a long broken cell binds is found in one pass', { timeout: 30_000 }, () => {
  const rows = '[1.0, 2.0, 3.0],\n'.repeat(20_000);
  const { verdicts } = extract(['K = 1\ndef f(): return K', `x = (:\n${rows}[K,\n x] = 1`]);
  expect(verdicts).toEqual({ f: 'NB402' });
});
