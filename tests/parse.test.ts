/** What CPython 3 would refuse, though the grammar lets it pass, and where. */
import { execFileSync } from 'node:child_process';
import { beforeAll, expect, test } from 'vitest';
import { loadParser, parse } from '../src/python/parse.ts';
import { python } from './python.ts';

beforeAll(loadParser);

const valid: readonly (readonly [text: string])[] = [
  ['x = 1'],
  ['def f(): pass'],
  ['if x: pass\nelif y: pass\nelse: pass'],
  ['try: pass\nexcept (A, B): pass\nfinally: pass'],
  ['try:\n  pass\nexcept* A as b:\n  pass'],
  ['for a in b:\n  pass\nelse:\n  pass'],
  ['match x:\n  case 1: pass'],
  ['async def f():\n  async with a as b: pass'],
  ['class A:\n\tx = 1\n\ty = 2'],
  ['x = [\n1,\n  2]'],
  ['x = 1 + \\\n  2'],
  ['print(x)'],
  ['x = 0o17 + 0 + 00'],
  ['type X = int'],
  ['f(a, *b, c, d=1, *e, g=2, **h, i=3)'],
  ['class A(B, metaclass=C): pass'],
  ['x = (1 +\n  2) + \\\n  3'],
  ['x = 1 + \\\r\n  2'],
  ['x = """a\n(""" + f\'\'\'{\n[b]}\n\'\'\'\ny = 2'],
  ['from a import (  # )\n  b,\n  c\n)'],
  ['with (a as b,\n    c as d):  # e\n\n  # f\n  pass'],
  ['def f(a: int,\n    b={1: 2}) -> c[\n    d]:\n  pass'],
  ['@a(\n  b)\n\n# c\n@d\ndef f():\n  x = [\n1]\n  return x'],
  ['match x:\n  case {\n    1: y}:\n    pass'],
  ['if x[\n1:2]: pass\nelse  : pass'],
  ['x = [a\n  for a in b\n  if a]; y = 2'],
  ['def f(a, /, b: int, c: int = 1, *d: int, e, g=2, **h: int): pass'],
  ['def f(*, a, b=1, c): pass'],
  ['lambda a, /, b=1, *c, d, **e: 1'],
  ['f(a for a in b)'],
  ['x = [*a.b, *c[0], *d()]; y = *a, b; z = (*a,)'],
  ['for x in *a, b: pass'],
  ['def f():\n  return *a, b'],
  ['(a): int = 1\n(b) += 1'],
  ['del (a), b[0], c.d, [e]'],
  ['with a as (b, [c.d, e[0]]): pass'],
  ['with (a as b, c as d): pass'],
  ['match x:\n  case [1, *_] as y: pass\n  case {"a": b, **c}: pass'],
  ['try: pass\nexcept A as b: pass\nexcept: pass\nelse: pass'],
  ['await x\nasync for a in b: pass\nasync with c: pass'],
  ['async def f():\n  await x\n  async for a in b: break'],
  ['class A:\n  def f(self):\n    yield 1\n    return'],
  ['x = lambda: (yield)'],
  ['while x:\n  for y in z: continue\n  else: break'],
  ['def f():\n  x = 1\n  def g(): nonlocal x'],
  ['"""doc"""\nfrom __future__ import annotations\nx = 1'],
  ['x = (y := 1), [z := 2]'],
  ['x = "\\x41\\u0041\\U00000041\\N{DIGIT ONE}\\\\x\\n" + r"\\x" + rb"\\x" + b"\\u"'],
  ['x = [\n    a\n  for a in b\n      if a\n]'],
  ['raise A from b'],
  // A line in brackets may stand anywhere.
  ['def f():\n    d = (a -\nint(1))\n    return d'],
  ["def f():\n    d = {'a': (a -\n  int(1)),\n    'b': 1}\n    return d"],
  ['def f():\n    d = (a -  # )\r\n# c\r\n  \\\r\nint(1, "(",\r\n"]"))\r\n    return d'],
  ['class A:\n  def f(self):\n    if (a and\nnot b(1)): return [a +\n c(2), """\n# """]\n  x = 1'],
  ['class A:\n  @f\n  # c\n  def g(): x; y\n\n  z = 1'],
  ['x = 1; y = 2\nif x: y; x\nz'],
  ['if x: \\\n  y\nz'],
  ['def f():\n  # \\\n  x\n  y'],
  // What only the compiler refuses. IPython compiles one statement after the other, and runs those before.
  ['x = 1\nreturn'],
  ['x = 1\nfrom __future__ import annotations'],
  ['if x: break'],
  ['def f():\n  await x'],
  ['def f(a, a): pass'],
];

test.each(valid)('no fault: %j', (text) => {
  expect(parse(text).fault).toBeUndefined();
});

const invalid: readonly (readonly [text: string, kind: string])[] = [
  ['def f(:\n  pass', 'syntax'],
  ['if x:\n  # nothing\n', 'syntax'],
  ['if x: pass\nelif y:\nelse: pass', 'syntax'],
  ['class A:\n\nx = 1', 'syntax'],
  ['f(a=1, b)', 'syntax'],
  ['f(**a, b)', 'syntax'],
  ['f(**a, *b)', 'syntax'],
  ['x =\ny = 2', 'syntax'],
  ['x = # to do\n\ny = 2', 'syntax'],
  ['x = \r\ny = 2', 'syntax'],
  ['x:\nint', 'syntax'],
  ['x = 1 +\n2', 'syntax'],
  ['x = (1\n) +\n2', 'syntax'],
  ['x = """\n""" +\n2', 'syntax'],
  ['import\nos', 'syntax'],
  ['def f():\n  x = \n  y = 2\n  return y', 'syntax'],
  ['def f() ->\nint: pass', 'syntax'],
  ['if\nx: pass', 'syntax'],
  ['if x: pass\nelif\ny: pass', 'syntax'],
  ['@\nf\ndef g(): pass', 'syntax'],
  ['match x:\n  case\n  1: pass', 'syntax'],
  ['if x:\n    a\n  b', 'indentation'],
  ['if x:\n  a\n    b', 'indentation'],
  ['  x = 1', 'indentation'],
  ['def f(a=1, b): pass', 'syntax'],
  ['def f(*): pass', 'syntax'],
  ['def f(*, **a): pass', 'syntax'],
  ['def f(**a, b): pass', 'syntax'],
  ['def f(*a, *b): pass', 'syntax'],
  ['def f(/, a): pass', 'syntax'],
  ['def f(*, a, /): pass', 'syntax'],
  ['lambda a=1, b: 1', 'syntax'],
  ['f(, )', 'syntax'],
  ['f(a=b := 1)', 'syntax'],
  ['x = {,}', 'syntax'],
  ['a := 1', 'syntax'],
  ['[*a for a in b]', 'syntax'],
  ['x = 1 - * a', 'syntax'],
  ['x = (*a)', 'syntax'],
  ['x = (*a).b()', 'syntax'],
  ['f(a=*b)', 'syntax'],
  ['{a: *b}', 'syntax'],
  ['del f()', 'syntax'],
  ['with a as f(): pass', 'syntax'],
  ['try: pass\nexcept A as b.c: pass', 'syntax'],
  ['try: pass', 'syntax'],
  ['f(a as b)', 'syntax'],
  ['a, b += 1', 'syntax'],
  ['a, b: int', 'syntax'],
  ['a: b: c', 'syntax'],
  ['a = b: c()', 'syntax'],
  ['a = b += c', 'syntax'],
  ['import a,', 'syntax'],
  ['from a import b,', 'syntax'],
  ['raise from a', 'syntax'],
  ['x = "C:\\Users"', 'syntax'],
  ['x = "\\x4"', 'syntax'],
  ['x = f"{y}\\u12"', 'syntax'],
  ['x = b"é"', 'syntax'],
  ['x = "a" b"b"', 'syntax'],
  ['  if x: pass\nelse: pass', 'indentation'],
  ['@f\n def g(): pass', 'indentation'],
  ['class A:\n  @f\n   # c\n   def g(): pass', 'indentation'],
  ['def f(): x\n\n    y', 'indentation'],
  ['x = - * a', 'syntax'],
  ['raise * a', 'syntax'],
  ['def f():\n  try: pass\n   except: pass', 'indentation'],
  ['raise A, b', 'python2'],
  ['[x for x in 1, 2]', 'python2'],
  ['x = `a`', 'python2'],
  ['print x', 'python2'],
  ['print "x"', 'python2'],
  ['exec "x" in d', 'python2'],
  ['try: pass\nexcept A, e: pass', 'python2'],
  ['def f((a, b)): pass', 'python2'],
  ['x = 0777', 'python2'],
  ['x = 10L', 'python2'],
  ['a <> b', 'python2'],
  [`${'('.repeat(1300)}${')'.repeat(1300)}`, 'depth'],
];

test.each(invalid)('a fault: %j is %s', (text, kind) => {
  expect(parse(text).fault?.kind).toBe(kind);
});

// What came after Python 3.9 the tests' Python may not know.
const newer = /^(type|match|with \()|except\*/;

test.runIf(python)('CPython agrees', () => {
  const texts = [...valid, ...invalid].map(([text]) => text).filter((text) => !newer.test(text));
  const program = `
import ast, json, sys, warnings
warnings.simplefilter('ignore')
def refuses(text):
    try: ast.parse(text)
    except (SyntaxError, MemoryError): return True
    return False
print(json.dumps([text for text in json.load(sys.stdin) if refuses(text)]))`;
  const refused = execFileSync(python!, ['-c', program], { input: JSON.stringify(texts), encoding: 'utf8' });
  expect(JSON.parse(refused)).toEqual(texts.filter((text) => parse(text).fault !== undefined));
});
