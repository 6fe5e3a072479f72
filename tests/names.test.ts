/** Which global names a statement looks up, and when, and which a cell binds, as Python's language reference has them. */
import { describe, expect, test } from 'vitest';
import { binds, namesOf, reads } from './extraction.ts';

describe('functions', () => {
  reads('def f():\n    !ls\n    return 1', '', 'get_ipython');
  reads('def f():\n    !a longer command than what masks it', '', 'get_ipython');
  reads('def f(a): return a', '');
  reads('def f(a): return a + b', '', 'b');
  reads('def f(a=b): return a', 'b');
  reads('def f(a: b) -> c: return d', 'b c', 'd');
  reads('def f(*a: b, **c: d): return a, c', 'b d');
  reads('def f(a, /, b, *, c=d): return a, b, c', 'd');
  reads('@g\ndef f(): return 1', 'g');
  reads('@g.h(i)\ndef f(): return 1', 'g i');
  reads('def f():\n    a = 1\n    return a', '');
  reads('def f():\n    return a\n    a = 1', '');
  reads('def f():\n    def g(): return a\n    a = 1\n    return g', '');
  reads('def f():\n    def g(b=a): return b\n    return g', '', 'a');
  reads('def f():\n    class C:\n        b = a\n    return C', '', 'a');
  reads('def f():\n    global a\n    return a', '', 'a');
  reads('def f():\n    a = 1\n    def g():\n        nonlocal a\n        a = 2\n    return g', '');
  reads('def f():\n    a = 1\n    def g():\n        global a\n        return a\n    return g', '', 'a');
  reads('def f(): a.b = c', '', 'a c');
  reads('def f(): a[b] = c', '', 'a b c');
  reads('def f(): a += 1', '');
  reads('def f(): del a', '');
  reads('def f(): return b(c=d)', '', 'b d');
  reads('def f(): return a.b.c', '', 'a');
  reads('def f():\n    import a.b\n    return a', '');
  reads('def f():\n    from a import b as c\n    return b, c', '', 'b');
  reads('def f():\n    for a, (b, *c) in d: pass\n    return a, b, c', '', 'd');
  reads('def f():\n    with a as b, c as (d, e): return b, d, e', '', 'a c');
  reads('def f():\n    try: pass\n    except a as b: return b', '', 'a');
  reads('def f():\n    try: pass\n    except* a as b: return b', '', 'a');
  reads('def f():\n    a: b = c\n    return a', '', 'c', 'b');
  reads('def f():\n    a: b\n    return a', '', '', 'b');
  reads('async def f():\n    async for a in b: yield a', '', 'b');
  reads('async def f(): return await a', '', 'a');
  reads('def f(): yield from a', '', 'a');
  reads('def f():\n    assert a, b\n    raise c from d', '', 'a b c d');
  reads('def f():\n    while a: pass\n    else: b', '', 'a b');
  reads('def f(): return a if b else c', '', 'a b c');
  reads('def f(): return a[b:c:d]', '', 'a b c d');
  reads('def f(): return *a, {**b}', '', 'a b');
});

describe('lambdas', () => {
  reads('f = lambda a: a + b', '', 'b');
  reads('f = lambda a=b: a', 'b');
  reads('f = lambda *a, **b: (a, b, c)', '', 'c');
  reads('f = lambda: (lambda a: a + b)', '', 'b');
  reads('def f(a=lambda: b): return a', '', 'b');
});

describe('comprehensions', () => {
  reads('x = [a for a in b]', 'b');
  reads('x = [a + c for a in b if d]', 'b c d');
  reads('x = [b for a in c for b in a]', 'c');
  reads('x = [a for a in b for c in a for e in d]', 'b d');
  reads('x = {a: b for a in c}', 'b c');
  reads('x = (a for a in a)', 'a');
  reads('x = [[a for a in b] for b in c]', 'c');
  reads('x = [lambda: a for b in c]', 'c', 'a');
  reads('def f(): return [a for a in b]', '', 'b');
  reads('class C:\n    a = 1\n    b = [a for c in d]', 'a d');
  reads('class C:\n    a = [1]\n    b = [c for c in a]', '');
  reads('class C:\n    a = [1]\n    b = [c for c in a if a]', 'a');
  binds('x = [a for a in b]', 'x');
  binds('x = [(a := b) for b in c]', 'a x');
  binds('def f(): return [(a := b) for b in c]', 'f');
});

describe('classes', () => {
  reads('class C(a, metaclass=b): pass', 'a b');
  reads('class C:\n    a = b', 'b');
  reads('class C:\n    a = 1\n    b = a', '');
  reads('class C:\n    a = a', 'a');
  reads('class C:\n    a += 1', 'a');
  reads('class C:\n    b = a\n    a = 1', 'a');
  reads('class C:\n    for a in a: pass', 'a');
  reads('class C:\n    def a(self, b=a): return b', 'a');
  reads('class C:\n    class a(a): pass', 'a');
  reads('class C:\n    a = 1\n    def m(self): return a', '', 'a');
  reads('class C:\n    a = 1\n    def m(self, b=a): return b', '');
  reads('class C:\n    a: b', 'b');
  reads('class C:\n    a: b = c', 'b c');
  reads('class C:\n    def m(self): return __class__, super()', '', 'super');
  reads('class C:\n    a = __module__, __qualname__', '');
  reads('class C:\n    def m(self): return __module__', '', '__module__');
  reads('class C:\n    def m(self): return C', '', 'C');
  reads(
    'class C:\n    @property\n    def a(self): return 1\n    @a.setter\n    def a(self, v): pass',
    'property',
  );
  reads('class C:\n    class D:\n        b = a\n    a = 1', 'a');
  reads('class C:\n    global a\n    a = 1\n    b = a', 'a');
  binds('class C:\n    global a\n    a = 1', 'C a', 'a');
  binds('class C:\n    a = 1', 'C');
});

describe('mangling', () => {
  reads('class C:\n    def m(self): return __a', '', '_C__a');
  reads('class __C:\n    def m(self): return __a', '', '_C__a');
  reads('class C:\n    def m(self): return __a__', '', '__a__');
  reads('class C:\n    def m(self): return self.__a', '');
  reads('class C:\n    class D:\n        def m(self): return __a', '', '_D__a');
  reads('class C:\n    def m(self):\n        __a = 1\n        return __a', '');
  reads('class C:\n    b = lambda: __a', '', '_C__a');
  reads('class _:\n    def m(self): return __a', '', '__a');
  reads('def f(): return __a', '', '__a');
  binds('class C:\n    def m(self):\n        global __a\n        __a = 1', 'C', '_C__a');
});

describe('annotations', () => {
  reads('def f(a: "b"): return a', '', '', 'b');
  reads('def f(a: "b.c[d]") -> "e | None": return a', '', '', 'b d e');
  reads('def f(a: b["c"]): return a', 'b', '', 'c');
  reads('def f(a: Literal["c"]): return a', 'Literal');
  reads('def f(a: t.Literal["c"]): return a', 't');
  reads('def f(a: Annotated[b, "some text"]): return a', 'Annotated b');
  reads('def f(a: "not a type, a text"): return a', '');
  reads('a: b = c', 'b c');
  reads('a: b', 'b');
  reads('def f(a: b if c else d): return a', 'b c d');
  binds('a: int', '');
  binds('a: int = 1', 'a');
});

describe('type parameters', () => {
  reads('def f[T](a: T) -> T: return a', '');
  reads('def f[T: b](a: T): return T', '', 'b');
  reads('def f[*Ts, **P](a: Ts, b: P): return a', '');
  reads('class C[T](B[T]):\n    a: T', 'B');
  reads('type A = B', '', 'B');
  reads('type A[T] = B[T]', '', 'B');
  binds('type A = B', 'A');
});

describe('patterns', () => {
  binds('match x:\n    case a: pass', 'a');
  binds('match x:\n    case _: pass', '');
  binds('match x:\n    case [a, *b]: pass', 'a b');
  binds('match x:\n    case {"k": a, **b}: pass', 'a b');
  binds('match x:\n    case C(a, k=b): pass', 'a b');
  binds('match x:\n    case 1 | 2 as a: pass', 'a');
  binds('match x:\n    case D.E: pass', '');
  binds('match x:\n    case (a, 1) if b: c = 1', 'a c');
  reads('match x:\n    case C(a, k=b): pass', 'C x');
  reads('match x:\n    case D.E: pass', 'D x');
  reads('match x:\n    case [a] if b: c', 'b c x');
  reads('def f(x):\n    match x:\n        case [a, *b]: return a, b', '');
});

describe('statements that bind', () => {
  binds('a = 1', 'a');
  binds('a = b = 1', 'a b');
  binds('a, (b, *c) = x', 'a b c');
  binds('[a, b] = x', 'a b');
  binds('a.b = 1', '');
  binds('a[0] = 1', '');
  binds('a += 1', 'a');
  binds('del a', '');
  binds('for a, b in x: c = 1', 'a b c');
  binds('while x: a = 1', 'a');
  binds('if x: a = 1\nelif y: b = 1\nelse: c = 1', 'a b c');
  binds('with x as a, y as (b, c): pass', 'a b c');
  binds('try: a = 1\nexcept E as b: c = 1\nelse: d = 1\nfinally: e = 1', 'a b c d e');
  binds('print(a := 1)', 'a');
  binds('f = lambda: (a := 1)', 'f');
  binds('import a', 'a');
  binds('import a.b.c', 'a');
  binds('import a.b.c as d', 'd');
  binds('from a import b, c as d', 'b d');
  binds('from a import *', '');
  binds('def f(): a = 1', 'f');
  binds('def f():\n    global a\n    a = 1', 'f', 'a');
  binds('def f():\n    global a, b\n    for a in b: pass\n    import b', 'f', 'a b');
  binds('def f():\n    global a\n    def a(): pass', 'f', 'a');
  binds('def f():\n    global a\n    return a', 'f');
  binds('async def f(): pass', 'f');
  binds('𝝈 = 1', 'σ');
  binds('ﬁ = 1', 'fi');
  binds('x = !ls', 'x');
  binds('a, b = %time 1, 2', 'a b');
  binds('%%capture out\na = 1', 'a out');
  binds('%%time\na = 1', 'a');
  binds('%%timeit\na = 1', '');
  binds('%%bash\na=1', '');
  binds('a = 1; b = 2', 'a b');
});

describe('strings', () => {
  reads('def f(): return f"{a} {b!r:{c}} {{d}}"', '', 'a b c');
  reads('def f(): return f"{a=}"', '', 'a');
  reads('def f(): return rf"{a}\\{b}"', '', 'a b');
  reads('def f(): return f"{(lambda: a)()}"', '', 'a');
  reads('def f(): return f"{a[\'b\']}"', '', 'a');
  reads('def f(): return "{a}".format(a=b)', '', 'b');
  reads('def f(): return "a"', '');
});

describe('identifiers', () => {
  reads('def f(): return 𝝈', '', 'σ');
  reads('def f(σ): return 𝝈', '');
  reads('def f(): return été', '', 'été');
});

test.each([
  'import as b',
  'import ( as np\nimport \nx',
  'from . import as b',
  'from a import',
  'import a as',
])('what does not parse binds nothing: %j', (cell) => {
  expect(namesOf(cell).cells).toMatchObject([{ binds: [], fault: { kind: 'syntax' } }]);
});

test('what does not parse is not interpreted, however odd its tree', () => {
  const { statements, cells } = namesOf('@dataclass\nclass\nclass Op:\n    sign: str');
  expect(cells[0]!.fault).toMatchObject({ kind: 'syntax' });
  expect(statements.every(({ isBroken, effects }) => isBroken && effects.effects.length > 0)).toBe(true);
});

test('what later imports may depend on is seen in a cell that does not parse, too', () => {
  const { statements, folders } = namesOf('import sys', 'sys.path.append("lib")\nx = = 1');
  expect(statements.map(({ barrier }) => barrier)).toContain('sys.path.append');
  expect(folders).toEqual(['lib']);
});

describe('a cell that is pasted into another notebook', () => {
  const cell = 'LIMIT = limit(3)';

  test('means what its names mean there', () => {
    const imported = namesOf('from math import floor as limit', cell).statements;
    const local = namesOf('def limit(x): print(x)', cell).statements;
    expect(imported[1]!.effects.calls).toEqual([]);
    expect(local[1]!.effects.calls.map(({ name }) => name)).toEqual(['limit']);
    expect(namesOf('from math import floor as limit', cell).statements).toEqual(imported);
  });

  test('reads its annotations where it stands without the future import', () => {
    const future = namesOf('from __future__ import annotations', 'def f(a: b): return a');
    const plain = namesOf('import os', 'def f(a: b): return a');
    expect(future.statements[1]!.names.references.map(({ time }) => time)).toEqual(['annotation']);
    expect(plain.statements[1]!.names.references.map(({ time }) => time)).toEqual(['definition']);
  });
});

describe('code without comments and layout', () => {
  const normalised = (body: string): string =>
    namesOf(`def f(x):\n    ${body.replaceAll('\n', '\n    ')}\n`).statements[0]!.normalised;

  test.each([
    ['return x  # one', 'return x'],
    ['return x["a"]', "return x['a']"],
    ['return u"a", R"b", """c"""', "return 'a', 'b', 'c'"],
    ['return "a\'b"', 'return "a\'b"'],
    ['"""One\ntwo."""', "'''One\ntwo.'''"],
    ['return g(x, [1, 2,], {"a": 1,}, (1, 2,),)', 'return g(x, [1, 2], {"a": 1}, (1, 2))'],
    ['return (x + 1)', 'return x + 1'],
    ['y = ((x))\nif (y):\n    return g((y), z=(y))', 'y = x\nif y:\n    return g(y, z=y)'],
    ['a, b = (x, 1)\nreturn (a, b)', '(a, b) = x, 1\nreturn a, b'],
    ['y = x;\nz = 1; return y', 'y = x\nz = 1\nreturn y'],
    ['if x: return 1', 'if x:\n    return 1'],
    ['return 1. + .50 + 007.0', 'return 1.0 + 0.5 + 7.'],
  ])('is alike in %j and %j', (one, other) => {
    expect(normalised(one)).toBe(normalised(other));
  });

  test.each([
    ['return x', 'return\nx'],
    ['x - 1', 'x\n-1'],
    ['return (x, )', 'return (x)'],
    ['return x,', 'return x'],
    ['return (x + 1) * 2', 'return x + 1 * 2'],
    ['return (x, 1), 2', 'return x, 1, 2'],
    ['return g((x, 1))', 'return g(x, 1)'],
    ['return g((y := x))', 'return g(y = x)'],
    ['return x[1,]', 'return x[1]'],
    ['return "a"', 'return b"a"'],
    ['return f"{x}"', 'return "{x}"'],
    ['return r"\\n"', 'return "\\n"'],
    ['return 1.0', 'return 1'],
    ['if x:\n    y = 1\n    z = 2', 'if x:\n    y = 1\nz = 2'],
  ])('differs in %j and %j', (one, other) => {
    expect(normalised(one)).not.toBe(normalised(other));
  });
});
