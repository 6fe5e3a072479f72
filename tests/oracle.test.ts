/** The oracle against hand-checked answers, so that what judges `scan --json` is judged itself. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { python } from './python.ts';

const oracle = fileURLToPath(new URL('oracle/oracle.py', import.meta.url));

interface Definition {
  readonly cell: number;
  readonly line: number | null;
  readonly name: string;
  readonly kind: string;
  readonly readsAtDefinition: string[];
  readonly readsAtCall: string[];
  readonly writes: string[];
}

interface Report {
  readonly skipped?: string;
  readonly definitions: Definition[];
  readonly cells: { cell: number; parses: boolean; binds: string[]; imports: string[] }[];
}

/** What the oracle says about a notebook of these code cells. */
function ask(cells: readonly string[], metadata: object = {}): Report {
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata,
    cells: cells.map((source) => ({ cell_type: 'code', source, metadata: {}, outputs: [] })),
  };
  const { stdout, stderr, status } = spawnSync(python!, [oracle, '-'], {
    input: JSON.stringify(notebook),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout).notebooks[0];
}

type Case = readonly [source: string, readsAtDefinition: string, readsAtCall: string, writes: string];

const definitions: Case[] = [
  // Functions: bodies are call time, what stands in the head is definition time.
  ['def f(): return a', '', 'a', ''],
  ['def f(a): return a', '', '', ''],
  ['def f(a=b): return a', 'b', '', ''],
  ['def f(*, a=b): return a', 'b', '', ''],
  ['def f(*a, **b): return a, b', '', '', ''],
  ['@d\ndef f(): pass', 'd', '', ''],
  ['@d(e)\n@g.h\ndef f(): pass', 'd e g', '', ''],
  ['async def f(): await a', '', 'a', ''],
  ['async def f():\n async for x in a: pass\n async with b as c: pass', '', 'a b', ''],
  ['def f():\n a = 1\n return a', '', '', ''],
  ['def f():\n if b: a = 1\n return a', '', 'b', ''],
  ['def f(): return len(a)', '', 'a len', ''],
  ['def f(): return f()', '', 'f', ''],
  ['def f(): return a.b.c', '', 'a', ''],
  ['def f(): return g(key=a)', '', 'a g', ''],
  ['def f(): a.b = c', '', 'a c', ''],
  ['def f(): a[b] = c', '', 'a b c', ''],
  ['def f(): del a.b, c[d]', '', 'a c d', ''],
  ['def f():\n import a.b\n return a', '', '', ''],
  ['def f():\n from a import b as c\n return b, c', '', 'b', ''],
  ['def f():\n for a in b: pass\n return a', '', 'b', ''],
  ['def f():\n with a as b: pass\n return b', '', 'a', ''],
  ['def f():\n try: pass\n except a as b: return b', '', 'a', ''],
  ['def f():\n assert a, b', '', 'a b', ''],
  ['def f():\n raise a from b', '', 'a b', ''],
  ['def f():\n del a\n a = 1', '', '', ''],
  ['def f():\n a += 1', '', '', ''],
  ["def f(): return f'{a!r:>{b}}'", '', 'a b', ''],
  ['def f(): return a if b else c', '', 'a b c', ''],
  ['def f(): yield a', '', 'a', ''],
  ['def f(): return ...', '', '', ''],
  ['def f(): return (a := b)', '', 'b', ''],
  ['def f(): return [(a := x) for x in b], a', '', 'b', ''],

  // Annotations.
  ['def f(x: a) -> b: pass', 'a b', '', ''],
  ['def f(x: "a") -> "b": pass', '', '', ''],
  ['def f(x: a["b"]): pass', 'a', '', ''],
  ['def f(*x: a, y: b, **z: c): pass', 'a b c', '', ''],
  ['def f():\n x: a = b', '', 'b', ''],
  ['def f():\n x: a', '', '', ''],
  ['def f(x):\n x.y: a = b', '', 'b', ''],
  ['def f():\n def g(x: a): pass', '', 'a', ''],
  ['class C:\n x: a = b', 'a b', '', ''],
  ['class C:\n x: a', 'a', '', ''],
  ['class C:\n x: "a"', '', '', ''],
  ['class C:\n def m(self, x: a): pass', 'a', '', ''],

  // `global` and `nonlocal`.
  ['def f():\n global a\n a = 1', '', '', 'a'],
  ['def f():\n global a\n return a', '', 'a', ''],
  ['def f():\n global a\n a += 1', '', 'a', 'a'],
  ['def f():\n global a\n del a', '', '', 'a'],
  ['def f():\n global a\n import a', '', '', 'a'],
  ['def f():\n global a\n def a(): pass', '', '', 'a'],
  ['def f():\n global a\n class a: pass', '', '', 'a'],
  ['def f():\n global a\n for a in b: pass', '', 'b', 'a'],
  ['def f():\n global a\n with b as a: pass', '', 'b', 'a'],
  ['def f():\n global a\n try: pass\n except b as a: pass', '', 'b', 'a'],
  ['def f():\n global a\n (a := 1)', '', '', 'a'],
  ['def f():\n global a\n [a := x for x in b]', '', 'b', 'a'],
  ['def f():\n global a\n def g(): return a', '', 'a', ''],
  ['def f():\n global a\n def g():\n  a = 1\n  return a', '', '', ''],
  ['def f():\n a = 1\n def g():\n  global a\n  a = 2', '', '', 'a'],
  ['def f():\n a = 1\n def g():\n  nonlocal a\n  a = 2', '', '', ''],
  ['class C:\n global a\n a = b', 'b', '', 'a'],
  ['class C:\n def m(self):\n  global a\n  a = 1', '', '', 'a'],

  // Nested functions, lambdas and comprehensions.
  ['def f():\n a = 1\n def g(): return a, b', '', 'b', ''],
  ['def f():\n def g(x=a): return x', '', 'a', ''],
  ['def f():\n @d\n def g(): pass', '', 'd', ''],
  ['f = lambda: a', '', 'a', ''],
  ['f = lambda x=a: x', 'a', '', ''],
  ['f = lambda x: lambda y=a: (x, y, b)', '', 'a b', ''],
  ['def f(x=lambda: a): return x', '', 'a', ''],
  ['def f(x=lambda y=a: b): return x', 'a', 'b', ''],
  ['@(lambda g: a)\ndef f(): pass', '', 'a', ''],
  ['def f(x=[y for y in a]): return x', 'a', '', ''],
  ['def f(x=(y for y in a if b)): return x', 'a b', '', ''],
  ['def f(x=[lambda: y for y in a]): return x', 'a', '', ''],
  ['def f(x=[lambda: z for y in a]): return x', 'a', 'z', ''],
  ['def f(): return [x for x in x]', '', 'x', ''],
  ['def f(): return [y for x in a for y in x]', '', 'a', ''],
  ['def f(): return [y for x in a for y in b if c]', '', 'a b c', ''],
  ['def f(): return {x: y for x, y in a}', '', 'a', ''],
  ['def f(): return {x for (x, *y) in a}', '', 'a', ''],
  ['def f(): return [1 for a.b in c]', '', 'a c', ''],
  ['def f(): return x, [x for x in a]', '', 'a x', ''],
  ['def f(a): return [a + b for b in c]', '', 'c', ''],
  ['def f(): return lambda: [x for x in a]', '', 'a', ''],

  // Classes: bodies run when they are defined; methods don't see the names of the class.
  ['class C: pass', '', '', ''],
  ['class C(a, metaclass=b, x=c): pass', 'a b c', '', ''],
  ['@d\nclass C: pass', 'd', '', ''],
  ['class C:\n x = a', 'a', '', ''],
  ['class C:\n x = x', 'x', '', ''],
  ['class C:\n x = 1\n y = x', '', '', ''],
  ['class C:\n y = x\n x = 1', 'x', '', ''],
  ['class C:\n x += 1', 'x', '', ''],
  ['class C:\n x = 1\n del x\n y = x', 'x', '', ''],
  ['class C:\n x = 1\n def m(self): return x', '', 'x', ''],
  ['class C:\n x = 1\n def m(self, y=x): return y', '', '', ''],
  ['class C:\n x = 1\n f = lambda self: x', '', 'x', ''],
  ['class C:\n x = 1\n y = [x for i in a]', 'a x', '', ''],
  ['class C:\n x = a\n y = [i for i in x]', 'a', '', ''],
  ['class C:\n @property\n def x(self): return a\n @x.setter\n def x(self, v): pass', 'property', 'a', ''],
  ['class C:\n def m(self): return C', '', 'C', ''],
  ['class C:\n def m(self): return super().m()', '', 'super', ''],
  ['class C:\n def m(self): return __class__', '', '', ''],
  ['class C:\n x = __qualname__, __module__', '', '', ''],
  ['class C:\n class D(a):\n  x = b\n  def m(self): return c', 'a b', 'c', ''],
  ['class C:\n x = 1\n class D:\n  y = x', 'x', '', ''],
  ['class C:\n for i in a: x = i', 'a', '', ''],
  ['class C:\n if a:\n  def m(self): pass', 'a', '', ''],
  ['class C:\n import a\n x = a', '', '', ''],
  ['class C:\n print(a)', 'a print', '', ''],
  ['def f():\n class C(a):\n  x = b', '', 'a b', ''],
  ['def f(x):\n class C:\n  x = x', '', 'x', ''],
  ['def f(x):\n class C:\n  y = x', '', '', ''],

  // Mangling, and names that are equal only after NFKC.
  ['class C:\n def m(self): return __a', '', '_C__a', ''],
  ['class C:\n x = __a', '_C__a', '', ''],
  ['class _C:\n x = __a', '_C__a', '', ''],
  ['class C(__a):\n pass', '__a', '', ''],
  ['class C:\n def m(self): return __a__', '', '__a__', ''],
  ['class C:\n __a = 1\n x = __a', '', '', ''],
  ['class C:\n def m(self):\n  global __a\n  __a = 1', '', '', '_C__a'],
  ['class C:\n class D:\n  def m(self): return __a', '', '_D__a', ''],
  ['class __:\n x = __a', '__a', '', ''],
  ['def f(): return __a', '', '__a', ''],
  ['def f(): return 𝝈', '', 'σ', ''],
  ['def f(σ): return 𝝈', '', '', ''],

  // Names that symbol tables or readers trip over.
  ['def top(x): return x, a', '', 'a', ''],
  ['def f(x=(lambda: a, lambda b: b)): pass', '', 'a', ''],
  ['def f(): return (lambda a: a)(lambda b: a)', '', 'a', ''],
  ['def f():\n return a\n return b', '', 'a b', ''],
  ['def f():\n if False: return a', '', 'a', ''],
  ['def f():\n "a"', '', '', ''],
  ['def f(): exec("a")', '', 'exec', ''],
];

describe.runIf(python)('what the oracle says about definitions', () => {
  const report = ask(definitions.map(([source]) => source));

  test.each(definitions.map((entry, index) => [index + 1, ...entry] as const))(
    '%i: %j',
    (cell, _source, readsAtDefinition, readsAtCall, writes) => {
      const found = report.definitions.filter((definition) => definition.cell === cell);
      expect(found).toHaveLength(1);
      const names = (list: readonly string[]): string => list.join(' ');
      expect({
        readsAtDefinition: names(found[0]!.readsAtDefinition),
        readsAtCall: names(found[0]!.readsAtCall),
        writes: names(found[0]!.writes),
      }).toEqual({ readsAtDefinition, readsAtCall, writes });
    },
  );
});

const cells: readonly (readonly [source: string, binds: string, imports: string])[] = [
  ['a = 1', 'a', ''],
  ['a = b = 1', 'a b', ''],
  ['a, (b, *c) = 1, (2, 3)', 'a b c', ''],
  ['a: int = 1', 'a', ''],
  ['a: int', '', ''],
  ['a += 1', 'a', ''],
  ['a.b = 1; c[d] = 2', '', ''],
  ['import a', 'a', 'a'],
  ['import a.b, c.d as e', 'a e', 'a e'],
  ['from a import b, c as d', 'b d', 'b d'],
  ['from a import *', '', ''],
  ['from __future__ import division', 'division', 'division'],
  ['def f(): a = 1', 'f', ''],
  ['async def f(): pass', 'f', ''],
  ['class C:\n x = 1', 'C', ''],
  ['class C:\n global a\n a = 1', 'C a', ''],
  ['def f():\n global a\n a = 1', 'f', ''],
  ['for a, b in c: d = 1\nelse: e = 2', 'a b d e', ''],
  ['while a: b = 1', 'b', ''],
  ['if a: b = 1\nelse: c = 2', 'b c', ''],
  ['with a as b, c as (d, e): f = 1', 'b d e f', ''],
  ['try: import a\nexcept b as c: a = None\nfinally: d = 1', 'a c d', 'a'],
  ['(a := 1)', 'a', ''],
  ['[a := b for b in c]', 'a', ''],
  ['[b for b in c]', '', ''],
  ['f = lambda a: a', 'f', ''],
  ['lambda: (a := 1)', '', ''],
  ['a = 1\ndel a', 'a', ''],
  ['del a', '', ''],
  ['print(a)', '', ''],
  ['𝝈 = 1', 'σ', ''],
  ['@d\ndef f(): pass', 'f', ''],
  ['def f(): pass\nimport a', 'a f', 'a'],
  ['', '', ''],
  ['# note', '', ''],
];

describe.runIf(python)('what the oracle says about cells', () => {
  const report = ask(cells.map(([source]) => source));

  test.each(cells.map((entry, index) => [index, ...entry] as const))(
    '%i: %j',
    (index, _source, binds, imports) => {
      const found = report.cells[index]!;
      expect({
        parses: found.parses,
        binds: found.binds.join(' '),
        imports: found.imports.join(' '),
      }).toEqual({
        parses: true,
        binds,
        imports,
      });
    },
  );
});

const magicCells: readonly (readonly [source: string, binds: string, definitions: string])[] = [
  ['%%time\na = 1\ndef f(): pass', 'a f', 'f:3'],
  ['%%capture out\na = 1', 'a out', ''],
  ['%%capture\n\n%%time\ndef f(): pass', 'f', 'f:4'],
  ['%%timeit\na = 1\ndef f(): pass', '', ''],
  ['%%bash --out a --err b\nls', 'a b', ''],
  ['%%html\n<b>', '', ''],
  ['%time a = 1', 'a', ''],
  ['%time def f(): pass', 'f', ''],
  ['%timeit a = 1', '', ''],
  ['a = !ls\nb, c = %foo', 'a b c', ''],
  ['!ls\ndef f():\n    !ls\n    return a', 'f', 'f:2'],
  ['\n\n  \ndef f(): pass', 'f', 'f:4'],
  ['  def f(): pass\n  a = 1', 'a f', 'f:1'],
  ['>>> def f():\n...     pass', 'f', 'f:1'],
  ['%foo a \\\n b\ndef f(): pass', 'f', 'f:null'],
  ['"""\n%foo\n"""\ndef f(): pass', 'f', 'f:4'],
];

describe.runIf(python)('what the oracle says about magics', () => {
  const report = ask(magicCells.map(([source]) => source));

  test.each(magicCells.map((entry, index) => [index, ...entry] as const))(
    '%i: %j',
    (index, _source, binds, found) => {
      expect(report.cells[index]).toMatchObject({
        parses: true,
        binds: binds === '' ? [] : binds.split(' '),
      });
      const here = report.definitions.filter((definition) => definition.cell === index + 1);
      expect(here.map(({ name, line }) => `${name}:${line}`).join(' ')).toBe(found);
    },
  );
});

describe.runIf(python)('what the oracle says about notebooks', () => {
  test('annotations are no reads under the future import, in later cells too', () => {
    const report = ask([
      'def f(x: a): pass',
      'from __future__ import annotations\ndef g(x: a) -> b: pass',
      'class C:\n x: a = b\n def m(self, x: c): pass',
    ]);
    expect(report.definitions.map(({ readsAtDefinition }) => readsAtDefinition)).toEqual([['a'], [], ['b']]);
  });

  test('a cell that does not parse is said to be so', () => {
    const report = ask(['def f(:', 'a = 1']);
    expect(report.cells.map(({ parses }) => parses)).toEqual([false, true]);
  });

  test.each([
    [{ language_info: { name: 'python', version: '2.7.18' } }],
    [{ kernelspec: { name: 'python2', language: 'python' } }],
    [{ kernelspec: { name: 'ir', language: 'R' } }],
  ])('%j is skipped', (metadata) => {
    expect(ask(['a = 1'], metadata).skipped).toBe('not Python 3');
  });

  test('only direct statements of a cell are definitions, each with its own line', () => {
    const report = ask([
      'if a:\n def f(): pass\n@d\n@e\ndef g(): pass\nh = lambda: 1\nx, i = 1, lambda: 1\nclass C: pass',
    ]);
    expect(report.definitions.map(({ name, kind, line }) => `${name} ${kind} ${line}`)).toEqual([
      'g function 5',
      'h function 6',
      'C class 8',
    ]);
  });
});
