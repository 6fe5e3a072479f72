/** Whoever does what a hint says has done with that reason: the definition moves then. */
import { expect, test } from 'vitest';
import { extract, type CellText } from './extraction.ts';

const shown =
  'from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.ast_node_interactivity = ';
const enabler = 'from sklearn.experimental import enable_iterative_imputer';
const imputer = 'from sklearn.impute import IterativeImputer';
const tagged = (source: string, tag: string): CellText => ({ source, tags: [tag] });
const joblib = 'from joblib import Parallel, delayed\nK = [1]';

test.each<[code: string, before: readonly CellText[], after: readonly CellText[]]>([
  ['NB401', ['a = b = input()', 'def f(): return a, b'], ['a = b = input()', 'def f(a, b): return a, b']],
  ['NB401', ['a = input()', 'def f(x=a): return x'], ['a = input()', 'def f(x): return x']],
  ['NB402', ['k = 1', 'k = 2', 'def f(): return k'], ['k = 1', 'k = 2', 'def f(k): return k']],
  ['NB402', ['k = 1', 'k = 2', 'def f(): return k'], ['k = 1', 'k2 = 2', 'def f(): return k']],
  ['NB402', ['import x', 'x = 2', 'def f(): return x'], ['import x', 'y = 2', 'def f(): return x']],
  ['NB402', ['class C: pass', 'C = 2', 'def f(x: C): pass'], ['class C: pass', 'D = 2', 'def f(x: C): pass']],
  ['NB402', ['k = 1', 'def f(): return k', 'k = ('], ['k = 1', 'def f(): return k', 'k2 = ()']],
  ['NB403', ['# nb2mod: module=s\nf = 1', 'f = 2'], ['# nb2mod: module=s\nf = 1', 'g = 2']],
  [
    'NB404',
    ['a = input()', 'def g(): return a', 'def f(): return g()'],
    ['def g(a): return a', 'def f(): return g(1)'],
  ],
  [
    'NB405',
    ['import time\nclass f:\n  t = time.time()'],
    ['import time\nclass f:\n  t = None\nf.t = time.time()'],
  ],
  [
    'NB405',
    ['from ipywidgets import interact\n@interact(x=1)\ndef f(x): return x'],
    ['from ipywidgets import interact\ndef f(x): return x\ninteract(f, x=1)'],
  ],
  ['NB405', ['def f(x=input()): return x'], ['def f(x): return x', 'f(input())']],
  [
    'NB405',
    ['def g():\n  print(1)\n  return 1', 'def f(x=g()): return x'],
    ['def g():\n  print(1)\n  return 1', 'def f(x): return x', 'f(g())'],
  ],
  [
    'NB405',
    ['class A: pass', 'A.__subclasses__()', 'class f(A): pass'],
    ['class A: pass', 'class f(A): pass', 'a = [f]'],
  ],
  ['NB405', [`${shown}'last_expr_or_assign'`, 'f = lambda x: x'], [`${shown}'all'`, 'f = lambda x: x']],
  [
    'NB405',
    [`${shown}'last_expr_or_assign'`, 'f = lambda x: x'],
    [`${shown}'last_expr_or_assign'`, 'f = lambda x: x;'],
  ],
  [
    'NB406',
    ['def f():\n  !ls\n  return 1'],
    ['import subprocess\ndef f():\n  subprocess.run(["ls"])\n  return 1'],
  ],
  ['NB407', ['n = 0\ndef f():\n  global n\n  n += 1'], ['n = 0\ndef f(n): return n + 1', 'n = f(n)']],
  ['NB407', ['n = 0\ndef f():\n  global n\n  n += 1'], ['n = {"n": 0}\ndef f(n): n["n"] += 1', 'f(n)']],
  ['NB408', ['def f(): return globals()'], ['def f(names): return names', 'f(globals())']],
  ['NB408', ['def f(x): return eval(x)'], ['def f(x, a): return eval(x, {"a": a})']],
  ['NB408', ['def f(x): exec(x)'], ['def f(x, names): exec(x, {**names})']],
  ['NB408', ['def f(): return __name__'], ['def f(name): return name', 'f(__name__)']],
  [
    'NB408',
    ['import inspect\ndef f(): return inspect.currentframe()'],
    ['import inspect\ndef f(x): return x', 'f(inspect.currentframe())'],
  ],
  [
    'NB408',
    ['import statsmodels.formula.api as smf\ndef f(t, d): return smf.ols(t, data=d)'],
    ['import statsmodels.formula.api as smf\ndef f(d): return smf.ols("y ~ x", data=d)'],
  ],
  ['NB408', ['def f(): return 1', 'In[1]'], ['def f(): return 1', '1']],
  [
    'NB408',
    ['def f(): return 1', 'import warnings\nwarnings.filterwarnings("ignore", module="__main__")'],
    ['def f(): return 1', 'import warnings\nwarnings.filterwarnings("ignore", category=UserWarning)'],
  ],
  ['NB408', ['def f(): return 1', 'f.__module__ == "__main__"'], ['def f(): return 1', 'True']],
  ['NB410', ['# nb2mod: keep\ndef f(): return 1'], ['def f(): return 1']],
  ['NB410', [tagged('def f(): return 1', 'nb2mod:keep')], ['def f(): return 1']],
  ['NB410', [tagged('def f(): return 1', 'skip-execution')], ['def f(): return 1']],
  ['NB410', ['def f():\n  # YOUR CODE HERE\n  pass'], ['def f():\n  pass']],
  ['NB411', ['def f(): return q, r'], ['q = r = 1', 'def f(): return q, r']],
  [
    'NB412',
    ['from signals import *', 'def f(): return sine(), saw()'],
    ['from signals import sine, saw', 'def f(): return sine(), saw()'],
  ],
  [
    'NB412',
    ['%pylab', 'def f(): return sin(1)'],
    ['%pylab', 'from numpy import sin', 'def f(): return sin(1)'],
  ],
  ['NB413', ['def f(x): return sum(x)', 'sum = 3'], ['def f(x): return sum(x)', 'total = 3']],
  [
    'NB415',
    ['from json import load', 'from pickle import load', 'def f(): return load()'],
    ['from json import load', 'from pickle import load as load_2', 'def f(): return load()'],
  ],
  [
    'NB415',
    ['if input():\n  import json', 'def f(): return json.loads()'],
    ['import json', 'def f(): return json.loads()'],
  ],
  [
    'NB415',
    [`${enabler}\n${imputer}`, 'def f(): return IterativeImputer()'],
    [`def f():\n  ${enabler}  # noqa: F401\n  ${imputer}\n  return IterativeImputer()`],
  ],
  [
    'NB416',
    ['def f(): return pandas.NA', 'f()', '%pip install pandas\nimport pandas'],
    ['%pip install pandas\nimport pandas', 'def f(): return pandas.NA', 'f()'],
  ],
  [
    'NB418',
    ['class f:\n  def a(self): return 1\n  def a(self): return 2'],
    ['class f:\n  def a(self): return 2'],
  ],
  [
    'NB419',
    ['names = []\nnames.append(1)\ndef f(n=len(names)): return n'],
    ['names = []\ndef f(n=len(names)): return n', 'names.append(1)'],
  ],
  [
    'NB419',
    ['names = []\nnames.append(1)\ndef f(n=len(names)): return n'],
    ['names = []\nnames.append(1)\ndef f(n=None): return n or len(names)'],
  ],
  ['NB421', ['def f(): return 1', 'def f(): return 2'], ['def f(): return 1', 'def f_2(): return 2']],
  ['NB421', ['class f: pass', 'x = f()', 'class f: pass'], ['class f: pass', 'x = f()']],
  [
    'NB422',
    ['def f():\n  ">>> f()"\n  return 1', 'import doctest\ndoctest.testmod()'],
    ['def f():\n  ">>> f()"\n  return 1'],
  ],
  ['NB423', ['class f(Base): pass', 'class Base: pass'], ['class Base: pass', 'class f(Base): pass']],
  [
    'NB424',
    ['# nb2mod: module=../s\ndef f(): return 1'],
    ['# nb2mod: module=data.loading\ndef f(): return 1'],
  ],
  ['NB425', ['# nb2mod: Module=data\ndef f(): return 1'], ['# nb2mod: module=data\ndef f(): return 1']],
  [
    'NB426',
    [`${joblib}\ndef f(x): return K`, 'K.append(2)\nParallel(n_jobs=2)(delayed(f)(x) for x in [1])'],
    [`${joblib}\ndef f(x, k): return k`, 'K.append(2)\nParallel(n_jobs=2)(delayed(f)(x, K) for x in [1])'],
  ],
])('%s: the hint, followed from %j to %j, moves it', (code, before, after) => {
  expect(extract(before).verdicts['f']).toBe(code);
  expect(extract(after).verdicts['f']).toBe('moves');
});
