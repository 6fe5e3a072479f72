/** Notebooks made to break the laws: for each the definitions that may move, and the codes of those that stay. */
import { beforeAll, expect, test } from 'vitest';
import { analyse, loadParser } from '../src/pipeline.ts';
import { buildGraph } from '../src/plan/graph.ts';

beforeAll(loadParser);

/** `moved names | code name, …`: cells of the source are parted by `# %%`. */
function verdicts(source: string): string {
  const cells = source.split(/^# %%\n/m).map((text, i) => {
    return { index: i + 1, kind: 'code' as const, source: text, tags: [] };
  });
  const graph = buildGraph(analyse({ path: 'nb.ipynb', cells }));
  const { statements } = graph.names;
  const isListed = (id: number): boolean => /^(function|class)$/.test(statements[id]!.kind);
  const name = (id: number): string => statements[id]!.writtenName || statements[id]!.defines[0]!;
  const moved = [...graph.movable].sort((a, b) => a - b).map(name);
  const kept = [...graph.refusals].filter(([id]) => isListed(id)).sort(([a], [b]) => a - b);
  return `${moved.join(' ')} | ${kept.map(([id, { code }]) => `${code} ${name(id)}`).join(', ')}`;
}

test.each([
  // What a statement between a constant and its being read at definition time may do to it.
  ['D = [1]\ndef add(): D.append(2)\nadd()\nn = len(D)\ndef f(): return n', 'D add | NB401 f'],
  ['D = [1]\ndef add(): D.append(2)\nh = add\nh()\nn = len(D)\ndef f(): return n', 'D add | NB401 f'],
  ['D = [1]\nprint(D, len(D), D[0])\nn = len(D)\ndef f(): return n', 'D n f | '],
  ['D = [1]\nfor x in D: print(x)\nn = len(D)\ndef f(): return n', 'D n f | '],
  ['D = [1]\nE = D or []\nE.append(1)\nn = len(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\nE = D\nn = len(D)\ndef f(): return n, E', 'D E n f | '],
  ['D = [1]\nE = D\nn = len(D)\nE.append(1)\ndef f(): return n', 'D n f | '],
  ['D = [1]\nE = D\nF = E\nF.append(2)\nn = len(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\nE = D\ndef add(): E.append(2)\nadd()\nn = len(D)\ndef f(): return n', 'D E add | NB401 f'],
  ['D = [1]\nE = {"d": D}\nE["d"].append(2)\nn = len(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\nE, F = D, 3\nE[0] = 2\nn = str(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [[1]]\nE = D[0]\nE.append(2)\nn = str(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [[1]]\nE = D[0]\nprint(E)\nn = str(D)\ndef f(): return n', 'D n f | '],
  ['D = [[1]]\nE = tuple(D)\nfor x in E: x.append(2)\nn = str(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\nE = D\nD.append(2)\nn = len(E)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\nD.append(2)\nE = D\nn = len(E)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\nE = [D]\nD.append(2)\nn = str(E)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\nE = len(D)\nD.append(2)\nn = E + 1\ndef f(): return n', 'D E n f | '],
  ['D = [1]\nD.append(2)\nE = D\ndef f(): return len(E)', 'D E f | '],
  ['D = [1]\ndef g(a=D): return len(a)\nD.append(2)\nn = g()\ndef f(): return n', 'D g | NB401 f'],
  ['D = [1]\ndef g(x): return x\nE = g(D)\nn = len(D)\ndef f(): return n, E', 'D g E n f | '],
  ['D = [1]\ndef g(x): return x\nE = g(D)\nE.append(2)\nn = len(D)\ndef f(): return n', 'g | NB401 f'],
  ['D = [1]\ndef g(): return D\nE = g()\nE.append(2)\nn = len(D)\ndef f(): return n', 'D g | NB401 f'],
  ['D = [1]\ndef g(x): x.pop()\nE = g(D)\nn = len(D)\ndef f(): return n', 'g | NB401 f'],
  ['D = [1]\ndef g(x): x += [2]\nE = g(D)\nn = len(D)\ndef f(): return n', 'g | NB401 f'],
  ['D = [1]\ndef g(x):\n  x[0] = 2\n  return x\nE = g(D)\nn = len(D)\ndef f(): return n', 'g | NB401 f'],
  ['I = iter([1])\nE = list(I)\nn = list(I)\ndef f(): return n', ' | NB401 f'],
  ['I = iter([1])\n1 in I\nn = list(I)\ndef f(): return n', ' | NB401 f'],
  ['I = (x for x in [1])\nprint(*I)\ndef f(n=list(I)): return n', ' | NB419 f'],
  ['I = map(str, [1])\nE = [I]\nlist(E[0])\nn = list(I)\ndef f(): return n', ' | NB401 f'],
  [
    'K = list(map(str, [1]))\nE = sum(x for x in [1])\nprint(K, E)\nn = len(K) + E\ndef f(): return n',
    'K E n f | ',
  ],
  [
    'import numpy as np\nD = np.zeros(2)\nE = D.reshape(2, 1)\nE[0] = 1\nn = D[0]\ndef f(): return n',
    ' | NB401 f',
  ],
  ['import numpy as np\nD = np.zeros(2)\nE = np.sin(D)\nn = D + E\ndef f(): return n', 'D E n f | '],
  ['class C: n = 1\nB = C\nB.n = 2\ndef f(a=C.n): return a', 'C | NB419 f'],
  ['D = [[1]]\nfor x in D: x.append(2)\nn = str(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [[1]]\nD[0].append(2)\nn = str(D)\ndef f(): return n', ' | NB401 f'],
  ['D = {"a": []}\nx = D["a"]\nx.append(2)\nn = str(D)\ndef f(): return n', ' | NB401 f'],
  ['I = iter([1])\nnext(I)\ndef f(a=tuple(I)): return a', ' | NB419 f'],
  ['class C: n = 1\ndef change(): C.n = 2\nchange()\nclass E: m = C.n', 'C change | NB419 E'],
  [
    'class C:\n  n = 0\n  @classmethod\n  def add(cls): cls.n += 1\nC.add()\ndef f(a=C.n): return a',
    'C | NB419 f',
  ],
  [
    'class C:\n  n = 0\n  def __init__(self): type(self).n += 1\nc = C()\ndef f(a=C.n): return a',
    'C | NB419 f',
  ],
  [
    'class C:\n  n = 0\n  def __init__(self): type(self).n |= 1\nc = C()\ndef f(a=C.n): return a',
    'C | NB419 f',
  ],
  [
    'class C:\n  n = 0\n  def __init__(self): setattr(type(self), "n", 1)\nc = C()\ndef f(a=C.n): return a',
    'C | NB419 f',
  ],
  // What changes the state of a class, itself or through what is made of it.
  [
    'class C:\n  L = []\n  def add(self): self.L.append(1)\nc = C()\nc.add()\nclass E: n = len(C.L)',
    'C | NB419 E',
  ],
  [
    'class C:\n  L = []\n  def add(self): self.L.append(1)\nclass E: n = len(C.L)\nc = C()\nc.add()',
    'C E | ',
  ],
  ['class C:\n  L = []\nclass D(C): pass\nd = D()\nd.L.append(1)\nclass E: n = len(C.L)', 'C D | NB419 E'],
  ['class C:\n  n = 1\n  def get(self): return 2\nc = C()\nc.get()\nclass E: m = C.n', 'C E | '],
  ['class C: n = 1\ndef bump(a): a.n = 5\nbump(C)\nclass E: m = C.n', 'C bump | NB419 E'],
  ['class C: n = 1\nprint(isinstance(1, C), C)\nclass E: m = C.n', 'C E | '],
  // What a loop or a display hands on.
  ['A = {"n": 1}\nfor d in [A]: d["n"] = 2\nclass C: n = A["n"]', ' | NB419 C'],
  ['A = [1]\nfor d in (A, [2]): d.append(2)\nclass C: n = len(A)', ' | NB419 C'],
  ['A = [1]\n[d.append(2) for d in [A]]\nclass C: n = len(A)', ' | NB419 C'],
  ['A = [1]\n(A, 1)[0].append(2)\nclass C: n = len(A)', ' | NB419 C'],
  ['A = [1]\nfor d in [*A]: print(d)\nclass C: n = len(A)', 'A C | '],
  ['A = [1]\nprint([A])\nclass C: n = len(A)', 'A C | '],
  ['A = [1]\nfor A[0] in range(9): pass\ndef f(n=A[0]): return n', ' | NB419 f'],
  ['A = [1]\nfor i, A[0] in [(1, 2)]: pass\ndef f(n=A[0]): return n', ' | NB419 f'],
  ['A = [1]\nwith open("x") as A[0]: pass\ndef f(n=A[0]): return n', ' | NB419 f'],
  ['A = [1]\n[A[0], b] = 2, 3\ndef f(n=A[0]): return n', ' | NB419 f'],
  ['A = [1]\n[1 for A[0] in range(9)]\ndef f(n=A[0]): return n', ' | NB419 f'],
  ['class C: n = 1\nfor C.n in range(3): pass\ndef f(n=C.n): return n', 'C | NB419 f'],
  // What can't change, and what only looks so.
  [
    'def h(x): return x\nnx = 41\ndx = 2 / (nx - 1)\nh(dx)\ndt = dx * 2\ndef f(): return dt',
    'h nx dx dt f | ',
  ],
  ['def h(x): return x\na, b = 1, 2\nc = (a, b)\nh(c)\nn = c[0]\ndef f(): return n', 'h a c n f | '],
  ['import numpy as np\ns = np.float64(3)\nprint(np.array(s))\nn = s + 1\ndef f(): return n', 's n f | '],
  ['import numpy as np\ns = np.sqrt(2) * np.pi\nnp.array(s)\nn = s + 1\ndef f(): return n', 's n f | '],
  ['import numpy as np\nA = np.float64([1, 2])\nA[0] = 3\nn = A[0]\ndef f(): return n', ' | NB401 f'],
  ['import numpy as np\nA = np.log(np.arange(1, 3))\nA[0] = 3\nn = A[0]\ndef f(): return n', ' | NB401 f'],
  [
    'import numpy as np\nT = (1, 2)\nA = np.float64(2) * T\nA[0] = 3\nn = A[0]\ndef f(): return n',
    ' | NB401 f',
  ],
  ['import numpy as np\nA = np.arange(3)\nm = A > 1\nm[0] = True\nn = m[0]\ndef f(): return n', ' | NB401 f'],
  ['import numpy as np\nA = abs(np.arange(3))\nA[0] = 7\nn = A[0]\ndef f(): return n', ' | NB401 f'],
  ['m = max([[1], [2]])\nm.append(3)\nn = len(m)\ndef f(): return n', ' | NB401 f'],
  ['B = [1]\nT = tuple([B])\nT[0].append(2)\nn = str(T)\ndef f(): return n', ' | NB401 f'],
  [
    'import pandas as pd\nS = pd.Series(["a "])\nT = S.str.strip()\nT[0] = 1\nn = T[0]\ndef f(): return n',
    ' | NB401 f',
  ],
  ['A = 2\nB = A ** 2\nB = A ** 2\ndef f(): return B', 'A B B f | '],
  ['A = [2]\nB = A * 2\nB = A * 2\ndef f(): return B', ' | NB402 f'],
  ['A = 2\nfor A in []: pass\nB = A ** 2\nB = A ** 2\ndef f(): return B', ' | NB402 f'],
  ['f = lambda x: x\nf = lambda x: x', 'f f | '],
  ['f = lambda a=[]: a\nf = lambda a=[]: a', ' | NB421 f, NB421 f'],
  // A generator with a seed is the same on every run, and one object for the module and the notebook.
  ['import random\nr = random.Random(1)\nprint(r.random())\ndef f(): return r.random()', 'r f | '],
  ['import numpy as np\nr = np.random.RandomState(seed=1)\ndef f(): return r.rand()', 'r f | '],
  ['import numpy as np\nr = np.random.default_rng()\ndef f(): return r.random()', ' | NB401 f'],
  ['import random\ns = 1\ns += 1\nr = random.Random(s)\ndef f(): return r.random()', ' | NB401 f'],
  ['import random\nr = random.Random(1)\nr.random()\nr = random.Random(1)\ndef f(): return r', ' | NB402 f'],
  ['import random\nr = random.Random(1)\nr.random()\ndef f(a=r.random()): return a', ' | NB405 f'],
  ['import random\nr = random.Random(1)\nr.random()\nn = [r.random()]\ndef f(): return n', ' | NB401 f'],
  // Another name of a builtin is as constant as the builtin.
  ['S = frozenset\nu = S([1])\nw = S([2])\ndef f(): return w', 'S w f | '],
  ['S = sorted\ndef f(g=S([1])): return g', 'S f | '],
  ['S = D\nu = S([1])\nw = S([2])\ndef f(): return w', ' | NB401 f'],
  // What a query of pandas looks up where it is called.
  ['T = 2\ndef f(df): return df.query("x > @T")', 'T f | '],
  ['T = 2\ndef f(df, T): return df.query("x > @T")', 'f | '],
  ['T = 2\nT += 1\ndef f(df): return df.eval(f"x > @T")', ' | NB402 f'],
  ['T = 2\ndef f(c, q): return c.query(q)\nf(c, "select T from x where y = \'a@b.c\'")', 'f | '],
  ['T = 2\ndef f(d, q): return d.query(q)\nf(d, "x > @T")', ' | NB408 f'],
  ['T = 2\ndef f(d, q): return d.query(q)\nd.query("x > @T")', 'f | '],
  // What a formula looks up there.
  ['import patsy\ndef f(d): return patsy.dmatrix("y ~ np.log(x)", d)', 'f | '],
  ['from patsy import dmatrix\nk = 2\ndef f(d): return dmatrix(formula_like="I(x / k)", data=d)', 'k f | '],
  ['from patsy import dmatrix\nk = 2\ndef f(d, k): return dmatrix("I(x / k)", d)', 'f | '],
  ['import patsy\nk = 2\ndef f(d):\n  q = "I(x / k)"\n  return patsy.dmatrix(q, d)', 'k f | '],
  ['import patsy\ndef f(d, q="x"): return patsy.dmatrix(q, d)', ' | NB408 f'],
  ['import numpy as np\ndef f(lam): return np.random.poisson(lam)', 'f | '],
  // Equal definitions are one only if making the second changes nothing.
  ['def f(): return 1\ndef f(): return 1', 'f f | '],
  ['def f(a=[]): return a\nf()\ndef f(a=[]): return a', ' | NB421 f, NB421 f'],
  ['def f(): return 1\nf.n = 1\ndef f(): return 1', ' | NB421 f, NB421 f'],
  ['class C: xs = []\nclass C: xs = []', ' | NB421 C, NB421 C'],
  // Names that a cell may bind which only CPython can read.
  ['K = 1\ndef f(): return K\n# %%\nmatch [3, 4]:\n  case [x, y]: K = 2', ' | NB402 f'],
  ['K = 1\ndef f(): return K\n# %%\nfor i in *[1, 2], 3: a, K = 2, 3', ' | NB402 f'],
  ['K = 1\ndef f(): return K\n# %%\nfor K in *[1, 2], 3: pass', ' | NB402 f'],
  ['K = 1\ndef f(): return K\n# %%\nfor i in *[1, 2], 3: a = (\n  b, K) = 3, 4', ' | NB402 f'],
  ['K = 1\ndef f(): return K\n# %%\nfor i in *[1, 2], 3: (a,\nK) = 3, 4', ' | NB402 f'],
  ['K = 1\ndef f(): return K\n# %%\nfor i in *[1, 2], 3: K: int = 3', ' | NB402 f'],
  ['K = 1\ndef f(): return K\n# %%\nfor i in *[1, 2], 3: K **= 3', ' | NB402 f'],
  ['K = 1\ndef f(): return K\n# %%\nfor i in *[1, 2], 3: print(K := i)', ' | NB402 f'],
  ['K = 1\ndef f(): return K\n# %%\nfor i in *[1, 2], 3: import a, b as K', ' | NB402 f'],
  ['K = 1\ndef f(): return K\n# %%\nfor i in *[1, 2], 3: del K', ' | NB402 f'],
  ['def g(): return 1\ndef f(): return g()\n# %%\nfor i in *[1], 2:\n  def g(): return 2', 'g | NB402 f'],
  ['K = 1\ndef f(): return K\n# %%\nfor i in *[1, 2], 3: print(K, K == 2, K.x, f(K=1), f(i, K=1))', 'K f | '],
  ['K = 1\ndef f(): return K\n# %%\nfor i in *[1, 2], 3: K.a = K[0] = 1', 'K f | '],
  // What CPython can't read either does nothing.
  ['K = 1\ndef f(): return K\n# %%\nprint "x"\nK = 2', 'K f | '],
  ['K = 1\ndef f(): return K\n# %%\nif f():\n    K = 2\n   K = 3', 'K f | '],
  // Names bound through the namespace.
  ['K = 1\ndef f(): return K\nglobals()["K"] = 2', ' | NB402 f'],
  ['K = 1\ndef f(): return K\nglobals()[f"K_{1}"] = 2', 'K f | '],
  ['K_1 = 1\ndef f(): return K_1\nfor i in range(3): globals()["K_" + str(i)] = 2', ' | NB402 f'],
  ['K = 1\ndef f(): return K\nglobals().update(K=2)', ' | NB402 f'],
  ['K = 1\ndef f(): return K\nprint(globals()["K"], globals().get("K"))', 'K f | '],
  ['K = 1\ndef f(): return K\ndef h(n):\n  g = globals()\n  if n in g: g[n](g.get(n))', 'K f | NB408 h'],
  ['K = 1\ndef f(): return K\ndef h(n):\n  g = globals()\n  g[n] = 2', ' | NB402 f, NB408 h'],
  ['K = 1\ndef f(): return K\ndef h(n):\n  g = globals()\n  return g', ' | NB402 f, NB408 h'],
  ['K = 1\ndef f(): return K\ng = globals()\nprint(g["K"])', ' | NB402 f'],
  ['def f(): return 1\ndef g(): return f()\nexec("def f(): return 2")', 'f | NB402 g'],
  ['K = 1\ndef f(): return K\nexec("x = 1")', 'K f | '],
  ['K = 1\ndef f(): return K\ncode = "K = 2"\nexec(code)', ' | NB402 f'],
  ['import __main__\nK = 1\ndef f(): return K\n__main__.K = 2', ' | NB402 f'],
  ['K = 1\ndef f(): return K\nget_ipython().push({"K": 2})', ' | NB402 f'],
  ['K = 1\ndef f(): return K\nsh = get_ipython()\nsh.push({"K": 2})', ' | NB402 f'],
  ['K = 1\ndef f(): return K\nsh = get_ipython()\nsh.run_cell("K = 2")', ' | NB402 f'],
  ['K = 1\ndef f(): return K\nIPython.get_ipython().ex("K = 2")', ' | NB402 f'],
  ['K = 1\ndef f(): return K\nget_ipython().del_var("K")', ' | NB402 f'],
  ['K = 1\ndef f(): return K\nstack = []\nstack.push({"K": 2})', 'K f | '],
  ['import operator\nK = 1\ndef f(): return K\noperator.setitem(globals(), "K", 4)', ' | NB402 f'],
  ['K = 1\ndef f(): return K\ng = globals\ng()["K"] = 4', ' | NB402 f'],
  ['K = 1\ndef f(): return K\neval("(K := 5)", globals())', ' | NB402 f'],
  ['K = 1\ndef f(): return K\neval("exec(\'K = 5\')")', ' | NB402 f'],
  ['K = 1\ndef f(): return K\neval("K + 5")', 'K f | '],
  [
    'K = 1\ndef f(): return K\n@needs_local_scope\ndef m(line, local_ns): run(line, local_ns)',
    ' | NB402 f, NB407 m',
  ],
  // In a function `locals()` is no namespace of the notebook.
  ['K = 1\ndef f(): return K\ndef g(a, b):\n  args = locals()\n  args.pop("a")\n  return args', 'K f g | '],
  ['K = 1\ndef f(): return K\nnames = locals()\nnames["K"] = 2', ' | NB402 f'],
  // A function that writes so would be overlooked by the next run.
  ['def put(v):\n  import __main__\n  __main__.K = v\nK = 1\ndef f(): return K', ' | NB407 put, NB402 f'],
  ['import sys\ndef put(v): setattr(sys.modules["__main__"], "K", v)', ' | NB407 put'],
  // sympy's `var` binds the names that it is given.
  ['import sympy as sp\ndef f(): sp.var("a b")', ' | NB407 f'],
  ['from sympy import var\nK = 1\ndef f(): return K\nvar("J, K")', ' | NB402 f'],
  ['from sympy import *\nK = 1\ndef f(): return K\nvar("K")', ' | NB402 f'],
  ['from sympy import *\nK = 1\ndef f(): return K\nvar("x:z")', ' | NB402 f'],
  ['import sympy\nimport numpy as np\nK = 1\ndef f(): return K\nnp.var("K")', 'K f | '],
  // Objects that are reached by strings, and changed before something reads them as it is defined.
  ['D = [1]\nglobals()["D"].append(2)\nn = len(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\nlocals().get("D").append(2)\nn = len(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\nimport __main__\n__main__.D.append(2)\nn = len(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\neval("D.append(2)")\nn = len(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\n%timeit D.append(2)\nn = len(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\n# %%\n%%timeit\nD.append(2)\n# %%\nn = len(D)\ndef f(): return n', ' | NB401 f'],
  ['D = [1]\nprint("D"), net.eval()\n!echo {D}\nn = len(D)\ndef f(): return n', 'D n f | '],
  // Code that numba compiles at once reads what it reads when it is defined.
  ['from numba import njit\nD = [1]\nD[0] = 2\n@njit("int64()")\ndef f(): return D[0]', ' | NB419 f'],
  [
    'import numba as nb\nD = [1]\nD[0] = 2\n@nb.vectorize(["int64(int64)"])\ndef f(x): return x * D[0]',
    ' | NB419 f',
  ],
  ['from numba import njit\nD = [1]\nD[0] = 2\n@njit(cache=True)\ndef f(): return D[0]', 'D f | '],
  [
    'from numba import njit\n@njit("int64()")\ndef g(): return 1\n@njit("int64()")\ndef f(): return g()',
    'g f | ',
  ],
])('%s', (source, expected) => {
  expect(verdicts(source)).toBe(expected);
});

test('the same definition hundreds of times, each with a constant that calls', () => {
  const piece = 'def scaled(factor, x): return factor * x\ntriple = partial(scaled, 3)\nprint(triple.func)\n';
  const moved = Array.from({ length: 300 }, () => 'scaled').join(' ');
  expect(verdicts(`from functools import partial\n${piece.repeat(300)}`)).toBe(`${moved} | `);
});
