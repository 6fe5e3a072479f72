/** What CPython 3 would refuse, though the grammar lets it pass, and where. */
import { beforeAll, expect, test } from 'vitest';
import { loadParser, parse } from '../src/python/parse.ts';

beforeAll(loadParser);

test.each([
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
])('no fault: %j', (text) => {
  expect(parse(text).fault).toBeUndefined();
});

test.each([
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
  ['print x', 'python2'],
  ['print "x"', 'python2'],
  ['exec "x" in d', 'python2'],
  ['try: pass\nexcept A, e: pass', 'python2'],
  ['def f((a, b)): pass', 'python2'],
  ['x = 0777', 'python2'],
  ['x = 10L', 'python2'],
  ['a <> b', 'python2'],
  [`${'('.repeat(1300)}${')'.repeat(1300)}`, 'depth'],
])('a fault: %j is %s', (text, kind) => {
  expect(parse(text).fault?.kind).toBe(kind);
});
