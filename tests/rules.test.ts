/** Why definitions stay, and that they move where nothing is at risk: one line for each piece of Python that decides. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { extract, moved, moves, stays, type CellText } from './extraction.ts';
import { python } from './python.ts';

describe('names that a library looks up where it is called', () => {
  const smf = 'import numpy as np\nimport statsmodels.formula.api as smf';
  stays('NB401', smf, 'scale = [3].pop()', 'def f(d): return smf.ols("y ~ I(x / scale)", d)');
  stays('NB401', smf, 'scale = [3].pop()', 'def f(d): return smf.ols(data=d, formula="y ~ I(x / scale)")');
  stays('NB408', smf, 'def f(text, d): return smf.ols(text, data=d)');
  stays('NB408', smf, 'def f(x, d): return smf.ols(f"y ~ {x}", data=d)');
  stays('NB408', smf, 'TEXT = "y ~ np.log(x)"', 'def f(d): return smf.ols(TEXT, d)');
  stays(
    'NB408',
    'import statsmodels.api as sm',
    'class C:\n    def f(self, t, d): return sm.OLS.from_formula(t, d)',
  );
  stays('NB408', 'from patsy import dmatrices', 'def f(text, d): return dmatrices(text, d)');
  stays('NB408', 'import formulaic', 'def f(text, d): return formulaic.model_matrix(text, d)');
  stays('NB401', 'import patsy', 'k = [3].pop()', 'def f(d): return patsy.dmatrix("I(x - k)", d)');
  moves('def f(model, text): return model.logit(text)', 'f');

  const limit = 'limit = [3].pop()';
  stays('NB401', limit, 'def f(d):\n    text = "x > @limit"\n    return d.query(text)');
  stays('NB401', limit, 'def f(d): return d.query(" and ".join(["x > @limit", "y"]))');
  stays('NB401', limit, 'def f(d, text="x > @limit"): return d.query(text)');
  stays('NB401', limit, 'f = lambda d, text="x > @limit": d.eval(text)');
  stays('NB408', limit, 'def f(d, text): return d.query(text)', 'f(df, "x > @limit")');
  stays('NB408', limit, 'TEXT = "x > @limit"', 'def f(d): return d.query(TEXT)');
  moves(limit, 'def f(d, limit): return d.query("x > @limit")', 'f');
  moves(limit, 'def f(d): return d.query("x > limit")', 'f');
  stays('NB401', 'import pandas as pd', limit, 'def f(x): return pd.eval("x + limit")');
  stays('NB408', 'import pandas as pd', 'def f(text): return pd.eval(text)');
  stays('NB401', 'import numexpr as ne', limit, 'def f(x): return ne.evaluate("x + limit")');
  stays('NB401', 'import duckdb', 'df = [3].pop()', 'def f(): return duckdb.sql("select * from df").df()');
  moves('def f(model, x): return model.evaluate(x), model.eval()', 'f');
});

describe('processes that are sent what stands in the notebook', () => {
  const joblib = 'from joblib import Parallel, delayed';
  const read = 'P = {"a": 1}\ndef f(x): return x * P["a"]';
  const run = 'Parallel(n_jobs=2)(delayed(f)(i) for i in [1])';
  stays('NB426', joblib, read, 'P["a"] = 5', run);
  stays('NB426', joblib, read, 'def set(v): P.update(a=v)', 'set(5)', run);
  stays('NB426', joblib, read, 'P["a"] = 5', 'jobs = [delayed(f)(1)]', 'Parallel(-1)(jobs)');
  stays('NB404', joblib, 'P = [1]\ndef g(): return len(P)', 'def f(x): return g()', 'P.append(2)', run);
  stays('NB426', joblib, 'class C: n = 1', 'C.n = 2', 'Parallel(n_jobs=-1)(delayed(C)() for i in [1])');
  stays('NB426', joblib, 'def f(x): return f.n', 'f.n = 2', run);
  stays(
    'NB426',
    'from sklearn.model_selection import cross_val_score as score',
    'P = {"a": 1}\nclass C:\n    def fit(self, x): return P',
    'P["a"] = 2',
    'score(C(), [1], n_jobs=3)',
  );
  const nest = 'P = {"a": {"b": []}}\ndef f(x): return len(P["a"]["b"])';
  stays('NB426', joblib, nest, 'P["a"]["b"].append(1)', run);
  stays('NB426', joblib, nest, 'inner = P["a"]\ninner["b"] = [1]', run);
  stays('NB426', joblib, 'import random\nP = [1, 2]\ndef f(x): return P[x]', 'random.shuffle(P)', run);
  stays('NB426', joblib, read, 'P["a"] = 5', 'CORES = 4', 'Parallel(CORES)(delayed(f)(i) for i in [1])');
  stays('NB426', joblib, read, 'P["a"] = 5', 'Parallel(**{"n_jobs": 4})(delayed(f)(i) for i in [1])');
  stays(
    'NB426',
    joblib,
    read,
    'P["a"] = 5',
    'options = {"n_jobs": 4}\nParallel(**options)(delayed(f)(i) for i in [1])',
  );
  moves(joblib, read, 'P["a"] = 5', 's = "Parallel ( 4"', 'f(1)');
  moves(joblib, read, 'x = P["a"], P.get("a")', 'print(P)', 'jobs = 2', 'f(1)');
  moves(joblib, read, 'P["a"] = 5', 'Parallel(n_jobs=1)(delayed(f)(i) for i in [1])');
  moves(joblib, read, 'P["a"] = 5', 'Parallel(n_jobs=2, prefer="threads")(delayed(f)(i) for i in [1])');
  moves(joblib, 'L = []\ndef f(): return len(L)', 'L.append(1)', 'def g(x): return x', 'f()', 'g(1)');
});

describe('what is set in libraries for all that comes later', () => {
  const one = 'def one(): return 1';
  const np = 'import numpy as np';
  const label = 'LABEL = f"weights {np.array([0.5])}"\ndef f(): return LABEL';
  stays('NB401', np, one, 'np.set_printoptions(precision=2)', label);
  stays('NB401', np, one, 'from numpy import set_printoptions as look\nlook(precision=2)', label);
  stays('NB401', np, one, 'def look(): np.set_printoptions(precision=2)\nlook()', label);
  stays(
    'NB401',
    np,
    one,
    'np.set_printoptions(precision=2)',
    'W = np.ones(3)\nL = str(W)\ndef f(): return L',
  );
  moves(np, 'np.set_printoptions(precision=2)', one, label, 'f()');
  moves(np, one, label, 'np.set_printoptions(precision=2)', 'f()');
  const ofJax = 'LABEL = f"{jnp.array([0.5])}"\ndef f(): return LABEL';
  stays('NB401', `${np}\nimport jax.numpy as jnp`, one, 'np.set_printoptions(precision=2)', ofJax);
  moves(np, one, 'np.set_printoptions(precision=2)', 'W = np.ones(3)\ndef f(): return W', 'f()');
  moves(np, one, 'np.set_printoptions(precision=2)', 'N = "x"\nL = f"{N}.csv"\ndef f(): return L', 'f()');
  stays('NB401', np, one, 'np.seterr(all="ignore")', 'W = np.log(np.zeros(1))\ndef f(): return W');
  const logs = [
    'import logging\ndef g(): return 1',
    'LEVEL = logging.getLogger("a").level\ndef f(): return LEVEL',
  ];
  stays('NB401', logs[0]!, 'logging.getLogger("a").setLevel(10)', logs[1]!, 'f(), g()');
  stays('NB401', logs[0]!, 'logging.getLogger(str("a")).setLevel((1 + 1) * 5)', logs[1]!, 'f(), g()');
  stays(
    'NB401',
    np,
    one,
    'import warnings\nwarnings.simplefilter("ignore")',
    'A = np.zeros(1)\nW = A / A\ndef f(): return W',
  );
  moves(np, one, 'old = np.seterr(all="ignore")', 'W = np.arange(3) / 2\ndef f(): return W', 'f()');
  const made = 'def g(): return f"{np.ones(3)}"\nL = g()\ndef f(): return L';
  stays('NB401', np, one, 'np.set_printoptions(precision=2)', made);
  moves(
    np,
    one,
    'np.set_printoptions(precision=2)',
    'def g(): return np.ones(3)\nL = g()\ndef f(): return L',
    'f()',
  );
  moves(
    'import gc',
    one,
    'class B:\n    def off(self): gc.disable()\nb = B()',
    'b.off()',
    'c = B()\ndef f(): return c.off',
    'type(f()).__name__',
  );
  const pd = 'import pandas as pd';
  const table = 'T = pd.DataFrame({"a": [1]})\ndef f(): return T';
  stays('NB401', pd, one, 'pd.set_option("future.infer_string", False)', table);
  stays('NB401', pd, one, 'pd.options.mode.copy_on_write = True', table);
  moves(pd, one, 'pd.set_option("display.max_rows", 5)', table, 'f()');
  moves(pd, one, 'pd.options.mode.chained_assignment = None', table, 'f()');
  const plt = 'import matplotlib.pyplot as plt';
  stays('NB419', plt, one, 'plt.rc("image", cmap="gray")', 'def f(c=plt.get_cmap()): return c');
  stays(
    'NB419',
    plt,
    one,
    'plt.rcParams["image.cmap"] = "gray"',
    'def f(m=plt.cm.ScalarMappable()): return m',
  );
  stays('NB419', plt, one, 'plt.style.use("ggplot")', 'def f(m=plt.cm.ScalarMappable()): return m');
  stays('NB419', plt, one, 'plt.colormaps.register(mine)', 'def f(c=plt.get_cmap("mine")): return c');
  moves(
    plt,
    one,
    'plt.rc("image", cmap="gray")',
    'def f(c=plt.get_cmap("hot"), d=plt.cm.hot): return c.name',
    'f()',
  );
  stays(
    'NB419',
    'import logging',
    one,
    'logging.basicConfig(level=10)',
    'def f(n=logging.root.level): return n',
  );
  moves('import logging', one, 'logging.basicConfig(level=10)', 'def f(n=logging.INFO): return n', 'f()');
  // A registry knows a logger by its name, whoever asks first; but what there is by then, a configuration switches off.
  const log = 'log = logging.getLogger("a")\ndef f(): return log.name';
  const configs = 'import logging, logging.config';
  stays('NB401', configs, one, 'logging.config.dictConfig({"version": 1})', log);
  stays('NB401', configs, one, 'logging.config.fileConfig("log.ini")', log);
  moves(
    configs,
    one,
    'logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})',
    log,
    'f()',
  );
  moves(configs, 'logging.config.dictConfig({"version": 1})', one, log, 'f()');
  moves(configs, one, log, 'log.setLevel(20)\nlog.addHandler(logging.NullHandler())', 'f()');
  moves(configs, one, 'logging.getLogger("a").setLevel(20)', log, 'f()');
  stays('NB401', configs, one, 'class Log(logging.Logger): pass', 'logging.setLoggerClass(Log)', log);
  const deep = 'def g(n): return n and g(n - 1)\nDEEP = g(9)\ndef f(): return DEEP';
  stays('NB401', 'import sys', one, 'sys.setrecursionlimit(9999)', deep);
  stays(
    'NB401',
    'import sys',
    one,
    'sys.set_int_max_str_digits(0)',
    'S = str(2 ** 20000)\ndef f(): return S',
  );
  stays(
    'NB419',
    'import mimetypes',
    one,
    'mimetypes.add_type("text/x", ".x")',
    'def f(t=mimetypes.guess_type("a.x")): return t',
  );
  stays('NB419', 'import csv', one, 'csv.register_dialect("p")', 'def f(d=csv.get_dialect("p")): return d');
  stays('NB419', 'import gc', one, 'gc.disable()', 'def f(on=gc.isenabled()): return on');
  moves('import math', one, 'math.sqrt(4)', 'def f(n=math.sqrt(4)): return n', 'f()');
  stays('NB419', 'import sys', '%%capture\ndef f(out=sys.stdout): return out');
});

describe('what making a definition does that nobody knows, after what it may need', () => {
  const one = 'def one(): return 1';
  const nltk = 'import nltk\nfrom nltk.corpus import stopwords';
  const stop = "class f:\n    stop = stopwords.words('english')";
  stays('NB419', nltk, one, "nltk.download('stopwords')", stop);
  stays(
    'NB419',
    nltk,
    one,
    "nltk.download('stopwords')",
    "def f(stop=stopwords.words('english')): return stop",
  );
  stays('NB419', nltk, one, "done = nltk.download('stopwords')", stop);
  stays('NB419', nltk, one, '!python -m nltk.downloader stopwords', stop);
  stays('NB419', nltk, one, "def setup(): nltk.download('stopwords')\nsetup()", stop);
  stays(
    'NB419',
    nltk,
    one,
    "try: stopwords.words('english')\nexcept LookupError: nltk.download('stopwords')",
    stop,
  );
  stays('NB419', 'import ee', one, 'ee.Initialize()', 'def f(img, at=ee.Geometry.Point(1, 2)): return img');
  stays(
    'NB419',
    'import numpy as np\nfrom sklearn.datasets import make_classification',
    one,
    'np.random.seed(0)',
    'class f:\n    X, y = make_classification(20)',
  );
  stays(
    'NB419',
    'import calendar',
    one,
    'calendar.setfirstweekday(6)',
    'def f(w=calendar.weekheader(2)): return w',
  );
  stays('NB419', 'import zipfile', one, '!zip a.zip a', "def f(z=zipfile.ZipFile('a.zip')): return z");
  for (const [imports, made] of [
    ['from pydantic import BaseModel, Field', 'class f(BaseModel):\n    x: str = Field(description="x")'],
    [
      'from langchain_core.pydantic_v1 import BaseModel, Field',
      'class f(BaseModel):\n    x: str = Field(gt=1)',
    ],
    ['from jax.sharding import PartitionSpec as P', 'def f(spec=P("x", None)): return spec'],
    ['from azure.ai.ml import Input', 'def f(data=Input(type="uri_file", path="a.csv")): return data'],
  ])
    test(`moves: ${made}, of a library that is not installed`, () => {
      const cells = ['import nltk', imports!, one, 'nltk.download("stopwords")', made!];
      expect(extract(cells).verdicts['f']).toBe('moves');
    });
  const base = 'from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): pass';
  stays('NB405', base, 'Base.metadata.create_all(1)', 'class f(Base): pass');
  stays('NB404', base, 'class Named(Base): pass', 'Base.metadata.create_all(1)', 'class f(Named): pass');
  moves(
    'from collections import OrderedDict as D',
    one,
    'print(one())',
    'def f(d=D()): return len(d)',
    'f()',
  );
  moves(
    'from dataclasses import dataclass, field',
    one,
    'print(one())',
    '@dataclass\nclass C:\n    names: list = field(default_factory=list)',
    'C().names',
  );
  // Nothing is imported before it.
  moves('import calendar', 'calendar.setfirstweekday(6)', 'def f(w=calendar.weekheader(2)): return w', 'f()');
  // Nothing runs in between.
  moves('import calendar', one, 'def f(w=calendar.weekheader(2)): return w', 'f()');
});

describe('notebook variables', () => {
  moves('def f(): return 1', 'f()');
  moves('def f(x): return x + 1', 'f(2)');
  stays('NB401', 'df = object.__new__(object)', 'def f(): return df');
  stays('NB401', 'x = open("/dev/null").read()', 'def f(): return x');
  stays('NB401', 'x = [n for n in [1]].pop()', 'def f(): return x');
  stays('NB401', 'with open("/dev/null") as h: pass', 'def f(): return h');
  stays('NB401', 'for i in range(3): pass', 'def f(): return i');
  stays('NB401', 'x = None', 'y = x[0]', 'def f(): return y');
  stays('NB401', 'x = None', 'y = (1, x.shape)', 'def f(): return y');
  stays('NB401', 'x = None', 'y = [1, x.copy()]', 'def f(): return y');
  stays('NB401', 'x = None', 'y = x + 1', 'def f(): return y');
  stays('NB401', 'x = None', 'y = -x', 'def f(): return y');
  stays('NB401', 'try: 1\nexcept ValueError as e: pass', 'def f(): return e');
  stays('NB401', '(n := 3)', 'def f(): return n');
  stays('NB401', 'match 3:\n    case k: pass', 'def f(): return k');
  stays('NB401', 'a, *rest = input().split()', 'def f(): return rest');
  stays('NB401', 'lines = !ls', 'def f(): return lines');
  stays('NB401', 'p = %pwd', 'def f(): return p');
  stays('NB401', '%%capture out\n1', 'def f(): return out');
  stays('NB401', 'def f(): return later', 'later = input()');
  stays('NB401', 'x = input()', 'def f(): return [x for _ in range(2)]');
  stays('NB401', 'x = input()', 'def f(): return f"{x}"');
  stays('NB401', 'x = input()', 'def f(): return f"{1:{x}}"');
  stays('NB401', 'x = input()', 'def f():\n    def g(): return x\n    return g');
  stays('NB401', 'x = input()', 'class C:\n    y = x');
  stays('NB401', 'x = input()', 'class C:\n    def m(self): return x');
  stays('NB401', 'x = input()', 'def f(a=x): return a');
  stays('NB401', 'x = input()', 'def f(a: x): return a');
  stays('NB401', 'x = input()', 'def f() -> x: return 1');
  stays('NB401', 'x = input()', 'f = lambda: x');
  stays('NB401', 'x = input()', 'def f(): x.y = 1');
  stays('NB401', 'x = input()', 'def f(): x[0] = 1');
  stays('NB401', 'x = input()', 'def f(): del x[0]');
  stays('NB401', 'x = input()', 'def f(y=lambda: x): return y()');
  stays('NB401', 'x = input()', 'async def f(): return x');
  stays('NB401', 'x: int = input()', 'def f(): return x');
  const fill = (body: string): string =>
    `def fill(n, given=()):\n    ${body.replaceAll('\n', '\n    ')}\n    return out`;
  for (const body of [
    'out = []\nfor i in range(n):\n    out.append(i)',
    'out = set()\nout.add(n)\nout.discard(1)',
    'out = {}\nfor i in range(n):\n    out[i] = str(i)',
    'out = dict()\nout.setdefault(n, []) ',
    'out = [i for i in range(n)]\nout.extend([n])',
  ])
    moves(fill(body), 'X = fill(3)', 'def f(): return X', 'f()');
  const made = 'from collections import Counter, defaultdict, deque\nimport numpy as np';
  for (const body of [
    'out = [0] * n\nout[0] = 1',
    'out = [[0] * n for _ in range(n)]\nout[0][1] = given\nout[0][1] = 2',
    'out = np.zeros(n)\nout[0] = n\nout[1] += 1\nout *= 2',
    'out = np.array([n])\nout[0] = n',
    'out = deque()\nout.appendleft(n)\nout.popleft()',
    'out = sorted([n])\nout.pop()',
    'out = Counter()\nfor c in given:\n    out[c] += 1',
    'out = defaultdict(int)\nout[n] += 1',
    'out = defaultdict(list)\nfor i in range(n):\n    out[i].append(given)',
    'out = defaultdict(lambda: defaultdict(int))\nout[n][1] = given',
    'out = {}\nif n not in out:\n    out[n] = []\nout[n].append(given)',
    'out = {}\nout.setdefault(n, []).append(given)',
    'out = {i: set() for i in range(n)}\nout[0].add(given)',
    'out = []\nout.append([])\nout[0] += given',
    'out = 0\nwhile out < n:\n    out += 1\n    if out == 2:\n        continue\n    break',
  ])
    moves(made, fill(body), 'X = fill(3)', 'def f(): return X', 'f()');
  for (const body of [
    'out = given\nout.append(n)',
    'out = []\nout = given\nout.append(n)',
    'out = []\nfor out in [given]:\n    out.append(n)',
    'out, last = given, n\nout.append(n)',
    'out = []\nseen[n] = out',
    'out = []\nout.save(n)',
    'out = {}\nout[n][0] = 1',
    'out = {}\nout[print(n)] = 1',
  ])
    stays('NB401', 'seen = {}', fill(body), 'X = fill(3)', 'def f(): return X');
  // What a container was given may be another's: to change that is an effect.
  for (const body of [
    'out = {}\nout[n] = given\nout[n] += [n]',
    'out = {}\nout[n] = given\nout[n][0] = n',
    'out = {}\nout[n] = []\nout.update(given)\nout[n].append(n)',
    'out = {n: given}\nout[n].append(n)',
    'out = defaultdict(lambda: defaultdict(int))\nout[n][1] = given\nout[n][1] += given',
    'out = [given]\nout[0] += [n]',
    'out = [given] * n\nout[0].append(n)',
    'out = []\nout.append(given)\nout[0].append(n)',
    'out = []\nout.insert(0, given)\nout[0].append(n)',
    'out = [[]]\nout[0:] = [given]\nout[0].append(n)',
    'out = [[]]\nout += [given]\nout[1].append(n)',
    'out = [[]]\n(out[0]) = given\nout[0].append(n)',
    'out = [*given]\nout[0].append(n)',
    'out = [[given]]\nout[0][0].append(n)',
    'out = dict(given)\nout[n].append(n)',
    'out = {}\nout.setdefault(n, given).append(n)',
    'out = {}\nout[n] = given\nout.setdefault(n, []).append(n)',
    'out = defaultdict(lambda: given)\nout[n].append(n)',
    'out = defaultdict(list, given)\nout[n].append(n)',
    'out = defaultdict(list)\nout[n] = given\nout[n].append(n)',
    'out = np.zeros(n, dtype=object)\nout[0] = given\nout[0] += 1',
    'out = np.asarray(given)\nout[0] = n',
    'out = np.array(given, copy=False)\nout[0] = n',
    'out = np.array(given)\nout[0] += n',
    'out = Counter(given)\nout[n] += given',
    'out = n\nwhile out:\n    print(out)',
  ])
    stays('NB401', made, fill(body), 'X = fill(3)', 'def f(): return X');
  const node = (own: string): string => `class Node:\n    def __init__(self, other=None, **given): ${own}`;
  for (const own of ['self.__dict__.update(given)', 'self.__dict__["a"] = 1'])
    moves(node(own), 'X = Node(a=1)', 'def f(): return X.a', 'f()');
  for (const own of ['other.__dict__.update(given)', 'self.parts.update(given)'])
    stays('NB401', node(own), 'X = Node(a=1)', 'def f(): return X');
  // A missing key calls what was given for that.
  const noisy = 'from collections import defaultdict\ndef noisy():\n    print(1)\n    return 0';
  stays('NB401', noisy, 'D = defaultdict(noisy)', 'X = D[1]', 'def f(): return X');
  moves(noisy.replace('print(1)', 'pass'), 'D = defaultdict(noisy)', 'X = D[1]', 'def f(): return X', 'f()');
  moves(
    'import torch',
    'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")',
    'def f(x): return x.to(device)',
    'f',
  );
  stays('NB401', 'import torch', 'seed = torch.initial_seed()', 'def f(): return seed');
  // "C0" is a color of the cycle that is set.
  const faded = 'K = LinearSegmentedColormap.from_list("faded", ["C0", "white"])';
  stays('NB401', 'from matplotlib.colors import LinearSegmentedColormap', faded, 'def f(): return K');
  for (const [imports, value] of [
    ['import tensorflow as tf', '{"a": tf.io.FixedLenFeature([], tf.string), "b": tf.TensorSpec((3,))}'],
    ['from langchain_core.prompts import PromptTemplate', 'PromptTemplate.from_template("Name {x}.")'],
    ['from langchain.prompts import ChatPromptTemplate as C', 'C.from_messages([("user", "{x}")])'],
    ['from torchvision import transforms as T', 'T.Compose([T.RandomResizedCrop(9), T.ToTensor()])'],
    ['from torchvision.transforms import v2', 'v2.Resize((9, 9))'],
    ['from torch import nn', '[nn.CrossEntropyLoss(), nn.MSELoss(reduction="sum"), nn.Dropout(0.5)]'],
    ['import torch', 'torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Softmax(dim=1))'],
    ['import torch', 'torch.tensor([1.0, 2.0]) * torch.linspace(0, 1, 2)'],
    ['from tensorflow import keras', 'keras.losses.BinaryCrossentropy(from_logits=True)'],
    ['import jax.numpy as jnp', 'jnp.linspace(0, 1, 9) + jnp.zeros(9)'],
    ['from jax import random', 'random.normal(random.key(0), (2,))'],
    ['import jax', 'jax.random.PRNGKey(3)'],
    ['from jax import jit', 'jit(lambda x: x + 1)'],
    ['import jax\ndef g(x): return x', 'jax.vmap(jax.grad(g), in_axes=0)'],
    ['from numba import njit\ndef g(x): return x', 'njit(g)'],
    ['from nltk.stem import PorterStemmer', 'PorterStemmer()'],
    ['from nltk.stem.snowball import SnowballStemmer', 'SnowballStemmer("english")'],
    ['import nltk', 'nltk.RegexpTokenizer("[a-z]+")'],
    ['import polars as pl', 'pl.col("a") * 2'],
    ['import matplotlib as mpl', 'mpl.colors.ListedColormap(["#f00", "#0f0"])'],
    ['from matplotlib.colors import Normalize, hsv_to_rgb', 'Normalize(0, 1), hsv_to_rgb((1, 1, 1))'],
    ['from argparse import Namespace', 'Namespace(rate=0.1)'],
  ])
    test(`moves: ${value}, of a library that is not installed`, () => {
      expect(extract([imports!, `X = ${value}`, 'def f(): return X']).verdicts['f']).toBe('moves');
    });
  test('a key of jax as a default', () => {
    const cells = ['import jax', 'def f(key=jax.random.PRNGKey(0)): return key'];
    expect(extract(cells).verdicts['f']).toBe('moves');
  });
  test('a decorator that only keeps arguments, whatever its name says', () => {
    const imports = 'from diffusers.configuration_utils import register_to_config';
    const cells = [imports, 'class C:\n    @register_to_config\n    def __init__(self): pass'];
    expect(extract(cells).verdicts['C']).toBe('moves');
  });
  for (const [imports, value] of [
    ['from torch import nn', 'nn.Sequential(nn.Linear(2, 1), nn.ReLU())'],
    ['from torch import nn', 'nn.AdaptiveLogSoftmaxWithLoss(2, 3, [1])'],
    ['import torch', 'torch.nn.Dropout()(torch.ones(3))'],
    ['from torch.nn import Dropout\nimport torch', 'Dropout()(torch.ones(3))'],
    ['import torch', 'torch.zeros(3, out=Y)'],
    ['import torch', 'torch.empty(3)'],
    ['from torchvision import transforms as T', 'T.RandomCrop(3)(Y)'],
    ['from random import random', 'random()'],
    ['import tensorflow as tf', 'tf.keras.layers.Dense(1)'],
    ['import nltk', 'nltk.WordNetLemmatizer()'],
    ['from nltk.stem import SnowballStemmer', 'SnowballStemmer("english", ignore_stopwords=True)'],
    ['from numba import njit\ndef g(): return 1', 'njit("int64()")(g)'],
    ['import jax\ndef g(x): return input()', 'jax.jit(g)(3)'],
    ['from langchain_core.prompts import PromptTemplate', 'PromptTemplate.from_file("a.txt")'],
  ])
    stays('NB401', imports!, 'Y = 3', `X = ${value}`, 'def f(): return X');
  stays('NB401', 'import torch', 'T = torch.nn.Dropout()', 'X = T(torch.ones(3))', 'def f(): return X');
  const x64 = 'import jax\njax.config.update("jax_enable_x64", True)';
  stays('NB401', x64, 'X = jax.numpy.zeros(3)', 'def f(): return X');
  test('what jax compiles when it is called is the same in every mode', () => {
    const cells = [x64, 'X = jax.jit(lambda x: x)', 'def f(): return X'];
    expect(extract(cells).verdicts['f']).toBe('moves');
  });
  const platforms = 'import jax\njax.config.update("jax_platforms", "cpu")';
  stays('NB401', platforms, 'X = jax.random.key(0)', 'def f(): return X');
  moves('x = 3', 'def f(x): return x', 'f(4)');
  moves('x = None', 'y = [x, x is None, x or 1, (x,)[0]]', 'def f(): return y', 'f()');
  moves('Name = str | None', 'def f(x: Name): return x', 'f(1)');
  moves('x = None', 'y = (int | x, x | int)', 'def f(): return y', 'f()');
  moves('x: int | None = 3', 'def f(): return x', 'f()');
  moves('x = input', 'def f():\n    x = 1\n    return x', 'f()');
  moves('x = [3].pop()', 'def f(): return [x for x in range(2)]', 'f()');
  moves('x = [3].pop()', 'f = lambda x: x', 'f(1)');
  moves('x = [3].pop()', 'def f():\n    for x in [1]: pass\n    return x', 'f()');
  moves('x = [3].pop()', 'def f():\n    import math as x\n    return x.pi', 'f()');
  moves('x = [3].pop()', 'def f():\n    with open("/dev/null") as x: return 1', 'f()');
  moves('x = [3].pop()', 'def f(d): return d.x', 'f');
  moves('x = [3].pop()', 'def f(**k): return dict(x=1)', 'f()');
  moves('x = [3].pop()', 'class C:\n    x = 1\n    y = x', 'C.y');
  moves('x = [3].pop()', 'def f():\n    "x"\n    return "x"  # x', 'f()');
  moves('x = [3].pop()', 'def f(v):\n    match v:\n        case x: return x', 'f(1)');
  moves(
    'x = [3].pop()',
    'def f(v):\n    try: 1 / v\n    except ZeroDivisionError as x: return str(x)',
    'f(0)',
  );
  moves('x = [3].pop()', 'def f(v): return (x := v) + x', 'f(1)');
});

describe('parameters', () => {
  for (const tag of ['parameters', 'injected-parameters']) {
    const parameters = { source: 'import math\nyear = 2020', tags: [tag] };
    stays('NB401', parameters, 'def f(): return year');
    stays('NB401', parameters, 'def f(y=year): return y');
    stays('NB401', parameters, 'NEXT = year + 1', 'def f(): return NEXT');
    stays('NB410', { source: 'def f(): return 1', tags: [tag] });
    moves(parameters, 'def f(year): return year', 'f(1)');
  }
  stays('NB401', 'rate = 0.1 #@param {type: "number"}', 'def f(): return rate');
  stays('NB401', 'rate = 0.1  # @param [0.1, 0.2]', 'def f(): return rate');
  moves('#@title Settings\nrate = 0.1  # the rate, no @param', 'def f(): return rate', 'f()');

  test('their cell stays as it is', () => {
    const parameters = { source: 'import math', tags: ['parameters'] };
    expect(extract([parameters, 'def f(): return math.pi', 'f()']).cells[0]).toBe('import math');
  });
  test('the reason names them', () => {
    const { messages } = extract([{ source: 'year = 2020', tags: ['parameters'] }, 'def f(): return year']);
    expect(messages['f']).toBe(
      "it reads 'year', a notebook variable that cell 1 sets: its value is a parameter of the notebook, " +
        'which papermill may set anew',
    );
  });
});

describe('rebinding', () => {
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'scale = 2');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'scale += 2');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'for scale in range(3): pass');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'with open("/dev/null") as scale: pass');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'try: 1\nexcept ValueError as scale: pass');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'del scale');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'print(scale := 3)');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'match 3:\n    case scale: pass');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'match [3]:\n    case [*scale]: pass');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'match {}:\n    case {**scale}: pass');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'import math as scale');
  stays(
    'NB402',
    'scale = 1',
    'def f(x): return x * scale',
    'def set_scale():\n    global scale\n    scale = 2',
  );
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'class scale: pass');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'def scale(): pass');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'scale = !ls');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', '%%capture scale\n1');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', '[scale := n for n in range(3)]');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'a, (b, scale) = 1, (2, 3)');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'a = scale = 3');
  stays('NB402', 'scale = 1', 'def f(x): return x * scale', 'if True:\n    scale = 2');
  stays('NB402', 'scale = 1; scale = 2', 'def f(x): return x * scale');
  stays('NB402', 'xs = []', 'def f(): return xs', 'xs = []');
  const patch = 'from unittest import mock\nfrom unittest.mock import patch\nimport sys';
  const size = 'scale = 1\ndef f(): return scale';
  stays('NB402', patch, size, 'with mock.patch("__main__.scale", 3): f()');
  stays('NB402', patch, size, "@patch('__main__.scale', 3)\ndef test_f(): f()");
  stays('NB402', patch, size, 'with patch(f"{__name__}.scale", 3): f()');
  stays('NB402', patch, size, 'with patch(__name__ + ".scale", 3): f()');
  stays('NB402', patch, size, 'with patch("%s.scale" % __name__, 3): f()');
  stays('NB402', patch, size, 'for n in ["scale"]:\n    with patch(f"__main__.{n}", 3): f()');
  stays('NB402', patch, size, 'for n in ["scale"]:\n    with patch("__main__." + n, 3): f()');
  stays('NB402', patch, size, 'with patch.object(sys.modules[__name__], "scale", 3): f()');
  stays('NB402', patch, size, 'import __main__\nwith patch.object(__main__, "scale", 3): f()');
  stays('NB402', patch, size, 'with patch.multiple("__main__", scale=3): f()');
  stays('NB402', patch, size, 'with patch.multiple(__name__, scale=3): f()');
  stays('NB402', patch, size, 'with patch.dict(globals(), scale=3): f()');
  stays('NB402', patch, size, 'with patch.dict(f.__globals__, {"scale": 3}): f()');
  stays('NB402', patch, size, 'f.__globals__["scale"] = 3');
  stays('NB402', size, 'import importlib\nimportlib.import_module("__main__").scale = 3');
  stays('NB402', size, '__import__("__main__").scale = 3');
  stays('NB402', size, '%reset_selective -f sca');
  stays('NB402', patch, 'def f(): return sys.path', 'with patch("__main__.sys"): f()');
  stays('NB413', patch, 'def f(): return input()', 'with patch("__main__.input", create=True): f()');
  stays('NB408', 'import sys', 'this = sys.modules[__name__]', size, 'this.scale = 3');
  stays('NB408', 'import importlib', size, 'm = importlib.import_module("__main__")\nm.scale = 3');
  stays('NB408', size, 'import __main__ as m\nm.scale = 3');
  moves(patch, size, 'with patch("__main__.other", 3, create=True): f()');
  moves(patch, size, 'with patch("sys.scale", 3, create=True): f()');
  moves(size, '"__main__.scale"\nif __name__ == "__main__": f()');
  moves(size, 'def g():\n    "__main__.scale"\n    return f()', 'g()');
  moves(size, 'str(type(1)).replace("__main__.", ""), f()');
  moves(size, '%reset_selective -f other', 'f()');
  moves(size, 'import logging\nfor n in "ab": logging.getLogger(f"{__name__}.{n}")', 'f()');
  moves('scale = 1', 'def f(x): return x * scale', 'f(2)');
  moves('scale = 1', 'def f(x): return x * scale', 'scale = 1', 'f(2)');
  moves('scale = 1', 'def f(x): return x * scale', '[scale for scale in range(3)]', 'f(2)');
  moves('scale = 1', 'def f(x): return x * scale', 'def g():\n    scale = 2\n    return scale', 'f(2), g()');
  moves('scale = 1', 'def f(x): return x * scale', 'scale: int', 'f(2)');
  moves('scale = 1', 'def f(x): return x * scale', 'g = lambda scale: scale', 'f(2)');
  moves('scale = 1', 'def f(x): return x * scale', '%%bash\nscale=2', 'f(2)');
  moves('scale = 1', 'def f(x): return x * scale', 'class D:\n    scale = 2', 'f(2)');
  moves('scale = 1', 'def f(x): return x * scale', 'd = dict(scale=2)', 'f(2)');
});

describe('its own name bound again', () => {
  moves('def f(r): return r * r', 'f(1)', 'f = f(2)', 'f');
  moves('def f(r): return r', 'f = [f]', 'f[0](1)');
  moves('def f(r): return r', 'def g():\n    global f\n    f = 1', 'f(1)', 'g()', 'f');
  moves('class C: pass', 'C = C()', 'type(C).__name__');
  moves('def f(): return 1', 'f.calls = 0', 'f(), f.calls');
  stays('NB402', 'def f(n): return n and f(n - 1)', 'f = f(2)');
  stays('NB407', 'def f(code): get_ipython().run_cell(code)');
  stays(
    'NB407',
    'from IPython.core.magic import register_cell_magic',
    '@register_cell_magic\ndef f(line, cell): get_ipython().run_cell(cell)',
  );
  stays('NB407', 'def f(ip, code): ip.run_cell(code)');
  stays('NB407', 'class f:\n    def own(self, line): self.shell.run_cell(line)');
  moves('class f:\n    def own(self, line): self.jobs.push(line)');
  const sine = 'def sin(x): return 1\ndef f(x): return sin(x)';
  stays('NB402', sine, 'exec("from math import *")');
  stays('NB402', sine, 'get_ipython().run_cell("from math import *")');
  stays('NB402', sine, 'def g():\n    exec("from math import *", globals())', 'g()');
  moves(sine, 'exec("from math import pi")');
  const unbound = 'def f(x): return sin(x)';
  stays('NB412', 'get_ipython().run_line_magic("pylab", "inline")', unbound);
  stays('NB412', "get_ipython().magic('%run other.py')", unbound);
  stays('NB412', 'get_ipython().run_cell("x = 1\\n%run other.py")', unbound);
  stays('NB411', 'get_ipython().run_line_magic("matplotlib", "inline")', unbound);
  // A magic that nobody knows may run what stands in its cell.
  stays('NB402', '%load_ext own', 'N = 2\ndef f(x): return x * N', '%%own -q\nif f(1):\n    N = 3');
  stays('NB402', 'N = 2\ndef f(x): return x * N', '%%own\ndef g():\n    global N\n    N = 3');
  stays('NB402', 'import math\ndef f(x): return math.pi', '%%own\nimport cmath as math');
  // Plain Python can't run these.
  test.each([
    [[sine, 'get_ipython().run_line_magic("matplotlib", "inline")']],
    [['get_ipython().run_line_magic("pylab", "inline")', 'def f(x): return x + 1']],
    [['N = 2\ndef f(x): return x * N', '%%own\nx = f(1)\ndef g():\n    N = 3']],
    [['import math\ndef f(x): return math.pi', '%%own\nimport math']],
    [['N = 2\ndef f(x): return x * N', '%%own\nlet N = 3;']],
    [['N = 2\ndef f(x): return x * N', '%%bash\nN=3']],
    [['N = 2\ndef f(x): return x * N', '%%R\nN = 3']],
  ])('moves beside magics that leave its names alone: %j', (cells) => {
    expect(extract(cells).verdicts['f']).toBe('moves');
  });
  const importer = 'from IPython.core.magic import register_cell_magic';
  const own = (body: string, decorator = 'register_cell_magic', parameters = 'line, cell'): string =>
    `${importer}\n@${decorator}\ndef own(${parameters}):\n    ${body}`;
  const runs = own('if line: get_ipython().run_cell(cell)');
  const reader = 'import math\nN = 2\ndef f(x): return math.floor(x) * N';
  test.each([
    [[runs, reader, 'f(1)'], 'moves'],
    [[runs, reader, '%%own x\nk = f(1)\nmath.floor(k)\nprint("own", k)'], 'moves'],
    [[runs, reader, '%%own x\nN = 3'], 'NB402'],
    [[runs, reader, '%%own x\nimport cmath as math'], 'NB402'],
    [[runs, reader, '%%own x\ndef g():\n    global N\n    N = 3'], 'NB402'],
    [[runs, reader, '%%own x\nmath.floor = 3'], 'NB402'],
    [[runs, 'N = [1]\ndef f(): return N', '%%own x\nN.append(2)'], 'NB402'],
    [[runs, reader, '%%own x\nfrom numpy import *'], 'NB402'],
    [[runs, reader, '%%own x\nexec("N = 3")'], 'NB402'],
    [[runs, reader, '%%own x\n%run other.py'], 'NB402'],
    [[runs, reader, '%%own x\nN = '], 'NB402'],
    [[runs, reader, '%%time\n%%own x\nN = 3'], 'NB402'],
    [[runs, reader, 'own("x", "N = 3")'], 'NB402'],
    [[runs, reader, 'get_ipython().run_cell_magic("own", "", "N = 3")'], 'NB402'],
    [[runs, reader, 'run = own', 'run("x", "N = 3")'], 'NB402'],
    [[own('get_ipython().run_cell(cell + line)'), reader], 'NB402'],
    [[own('get_ipython().run_cell(line)'), reader], 'NB402'],
    [[own('cell = "N = 3"\n    get_ipython().run_cell(cell)'), reader], 'NB402'],
    [[own('get_ipython().run_cell(cell)', 'register_line_cell_magic'), reader], 'NB402'],
    [[own('get_ipython().run_cell(cell)', 'register_cell_magic("N")'), reader], 'NB402'],
  ])('a cell magic of the notebook binds what its cells bind: %j', (cells, verdict) => {
    expect(extract(cells).verdicts['f']).toBe(verdict);
  });
  stays('NB403', '# nb2mod: module=settings\nf = 1', 'f = 2');
  stays('NB403', '# nb2mod: module=settings\nf = f = 1');
  stays('NB421', 'def f(): return 1', 'def f(): return 2');
  stays('NB421', 'def f(): return 1', 'class f: pass');
  stays('NB421', 'def f(): return 1', 'f = lambda: 2');
  stays('NB421', 'class C:\n    a = 1', 'class C(C):\n    b = 1');
  stays('NB421', 'def f(x): return x', 'def f(x, y): return x');
  moves('def f(): return 1', 'def f(): return 1', 'f()');
  moves('def f(): return 1', 'def f():\n    # the same\n    return 1', 'f()');
  moves('from typing import overload', '@overload\ndef f(x: int): ...', 'f is not None');
  stays(
    'NB421',
    'from typing import overload',
    '@overload\ndef f(x: int): ...\n@overload\ndef f(x: str): ...',
  );
  moves('class C:\n    a = 1', 'class C:\n    a = 1', 'C.a');
  moves('class C: pass\nclass C: pass\nclass C: pass', 'C.__name__');
  moves('class C: pass', 'def g(): return C()', 'class C: pass', 'type(g()) is C');
  moves('class C: pass', 'print("C")\nimport os', 'class C: pass', 'C.__name__');
  moves('class C: pass', 'class C: pass', 'c = C()', 'isinstance(c, C)');
  stays('NB421', 'class C: pass', 'c = C()', 'class C: pass', 'isinstance(c, C)');
  stays('NB421', 'class C: pass', 'c = C()', 'class C: pass\nclass C: pass');
  stays('NB421', 'class C: pass', 'def g(): return C()', 'c = g()', 'class C: pass');
  stays('NB421', 'class C: pass', 'class D(C): pass', 'class C: pass', 'issubclass(D, C)');
  stays('NB421', 'class C: pass', 'class D:\n    made = C', 'class C: pass', 'D.made is C');
  stays('NB421', 'class C: pass', 'eval("C()")', 'class C: pass');
  stays('NB421', 'class C: pass', '%time c = C()', 'class C: pass');
  stays('NB421', 'class C: pass', 'class C: pass', 'C()', 'class C: pass');
  stays(
    'NB421',
    'class C:\n    count = 0\n    def __init__(self): type(self).count += 1',
    'C(); print(C.count)',
    'class C:\n    count = 0\n    def __init__(self): type(self).count += 1',
    'C(); print(C.count)',
  );
  moves('def f(): return 1\ndef f(): return 1', 'f()');
});

describe('conditional and looped definitions', () => {
  stays('NB401', 'if True:\n    def g(): return 1', 'def f(): return g()');
  stays('NB401', 'for i in range(2):\n    def g(): return i', 'def f(): return g()');
  stays('NB401', 'try:\n    def g(): return 1\nexcept Exception: pass', 'def f(): return g()');
  stays('NB401', 'while True:\n    n = 1\n    break', 'def f(): return n');
});

describe('forward references and recursion', () => {
  moves('def f(n): return n and f(n - 1)', 'f(3)');
  moves('def f(n): return n and g(n - 1)', 'def g(n): return n and f(n - 1)', 'f(3)');
  moves('def f(): return g()', 'def g(): return 1', 'f()');
  moves('def f(): return K', 'K = 3', 'f()');
  moves('class C:\n    def m(self): return D()', 'class D(C): pass', 'type(C().m()).__name__');
  moves('class C:\n    def copy(self): return C()', 'type(C().copy()).__name__');
  stays('NB404', 'def f(): return g()', 'def g(): return df', 'df = input()');
  stays(
    'NB404',
    'def f(n): return g(n)',
    'def g(n): return h(n)',
    'def h(n): return f(n) + x',
    'x = input()',
  );
  stays('NB404', 'class D:\n    x = input()', 'class C(D): pass');
  stays('NB404', 'class D:\n    x = input()', 'def f(a=D): return a');
});

describe('definition time', () => {
  moves('K = 3', 'def f(a=K): return a', 'f()');
  moves('def g(): return 3', 'def f(a=g): return a()', 'f()');
  moves(
    'from functools import wraps',
    'def g(h):\n    @wraps(h)\n    def inner(*a): return h(*a)\n    return inner',
    '@g\ndef f(x): return x',
    'f(1)',
  );
  moves('class B: pass', 'class C(B): pass', 'C.__mro__[1].__name__');
  moves('class M(type): pass', 'class C(metaclass=M): pass', 'type(C).__name__');
  moves(
    'class B:\n    def __init_subclass__(cls, **k): super().__init_subclass__()',
    'class C(B, a=1): pass',
    'C.__name__',
  );
  moves('NAMES = ["a"]', 'def f(n=NAMES): return n', 'NAMES.append("b")', 'f()');
  stays('NB419', 'NAMES = ["a"]', 'NAMES.append("b")', 'def f(n=len(NAMES)): return n');
  stays('NB419', 'NAMES = ["a"]', 'NAMES[0] = "b"', 'def f(n=NAMES[0]): return n');
  stays('NB419', 'NAMES = ["a"]', 'print(NAMES.pop())', 'class C:\n    size = len(NAMES)');
  moves('class B:\n    ns = [1]', 'B.ns.append(len(B.ns))', 'class C:\n    ns = [B.ns]', 'C.ns');
  moves('class B:\n    ns = [1]', 'list(map(B.ns.append, [2]))', 'def f(x=B.ns): return x', 'f()');
  stays('NB419', 'class B:\n    ns = [1]', 'B.ns.append(2)', 'class C:\n    n = len(B.ns)');
  stays('NB419', 'class B:\n    ns = [1]', 'B.ns.append(2)', 'class C:\n    n = B.ns, B.ns[0]');
  stays('NB419', 'class B:\n    ns = [1]', 'setattr(B, "ns", 2)', 'class C:\n    n = [B.ns]');
  stays('NB419', 'class B:\n    ns = [1]', 'print(vars(B))', 'class C:\n    n = [B.ns]');
  stays('NB419', 'A = [1]\nclass B:\n    ns = A', 'A.append(B)', 'class C:\n    n = [B.ns]');
  test('what a new array is made by is not changed with it', () => {
    const verdictWith = (xs: string): string | undefined =>
      extract([
        'import numpy as np',
        'N = np.prod((2, 3))',
        `xs = ${xs}\nxs[0] = 2`,
        'def f(n=N + 1): return n',
      ]).verdicts['f'];
    expect(verdictWith('np.full(N, 1)')).toBe('moves');
    expect(verdictWith('np.zeros((N, N))')).toBe('moves');
    expect(verdictWith('np.full(3, N, dtype=object)')).toBe('NB419');
    expect(verdictWith('np.asarray(N)')).toBe('NB419');
  });
  stays('NB419', 'class B:\n    n = 1', 'B.n = 2', 'class C:\n    n = B.n');
  stays('NB419', 'class B:\n    n = 1\nclass D(B): pass', 'B.n = 2', 'class C:\n    n = D.n');
  moves('class B:\n    n = 1\nclass D(B): pass', 'class E(B): pass', 'E.n = 2', 'class C:\n    n = D.n');
  moves('NAMES = ["a"]', 'print(len(NAMES))', 'def f(n=len(NAMES)): return n', 'f()');
  moves('NAMES = ["a"]', 'def f(n=len(NAMES)): return n', 'NAMES.append("b")', 'f()');
  moves('NAMES = ["a"]', 'NAMES.append("b")', 'def f(): return len(NAMES)', 'f()');
});

describe('what the notebook sets in imported modules', () => {
  const plt = 'import matplotlib.pyplot as plt';
  stays('NB405', plt, 'def f(size=plt.rcParams["figure.figsize"]): return size');
  stays('NB401', plt, 'CYCLE = plt.rcParams["axes.prop_cycle"]', 'class C:\n    cycle = CYCLE');
  stays('NB405', 'from matplotlib import rcParams', 'class C:\n    size: float = rcParams["font.size"]');
  stays('NB405', 'import pandas as pd', 'def f(n=pd.options.display.max_rows): return n');
  stays('NB401', 'from os import environ', 'HOME = environ["HOME"]', 'def f(): return HOME');
  stays('NB401', 'import sys', 'ROOT = sys.path[0]', 'def f(): return ROOT');
  stays('NB419', 'import numpy as np', 'np.float = float', 'def f(x, kind=np.float): return kind(x)');
  stays('NB419', 'import numpy as np', 'np.float = float', 'def f(x: np.float): return x');
  stays('NB419', 'import numpy as np', 'setattr(np, "float", float)', 'class C:\n    kind = np.float');
  stays('NB401', 'import math', 'math.tau = 3', 'TURN = math.tau', 'def f(): return TURN');
  stays('NB419', 'import math', 'def g():\n    math.tau = 3\ng()', 'def f(x=math.tau): return x');
  stays('NB419', 'import time\ntime.sleep = print', 'from time import sleep as nap\ndef f(): nap(1)');
  stays('NB419', 'from time import sleep', 'import time as t\nt.sleep = print', 'def f(): sleep(1)');
  stays('NB419', 'import time', 'def f(): time.sleep = print', 'from time import sleep', 'def g(): sleep(1)');
  moves('import time', 'def f(): time.sleep = print', 'def g(): time.sleep(1)', 'f(), g()');
  stays('NB419', 'import time\nsetattr(time, "sleep", print)', 'from time import sleep\ndef f(): sleep(1)');
  moves('import os\nfrom os import environ', 'os.environ["A"] = "1"', 'def f(): return environ["A"]', 'f()');
  moves('import time\ntime.sleep = print', 'def f(): time.sleep(1)', 'f()');
  moves('from a import B', 'B.c = 1', 'def f(): return B', 'f()');
  stays('NB419', 'import math', 'def f(): math.tau = 3', 'f()', 'def g(x=math.tau): return x');
  stays('NB405', 'import math', 'math.tau = 3', 'def g(): return math.tau', 'def f(x=g()): return x');
  stays(
    'NB401',
    'from decimal import Decimal, getcontext',
    'getcontext().prec = 5',
    'THIRD = Decimal(1) / 3',
    'def f(): return THIRD',
  );
  stays('NB401', 'from mpmath import mp', 'mp.dps = 30', 'Y = mp.pi / 3', 'def f(): return Y');
  stays(
    'NB419',
    'import torch',
    'torch.set_default_dtype(torch.float64)',
    'def f(w=torch.zeros(3)): return w',
  );
  moves('import os', 'KEY = os.environ.get("KEY")', 'def f(): os.environ["NB2MOD"] = "1"', 'f()');
  test('a function of a library is the same in every mode', () => {
    const cells = [
      'import jax',
      'jax.config.update("jax_enable_x64", True)',
      'u = jax.numpy.log',
      'def f(): return u',
    ];
    expect(extract(cells).verdicts['f']).toBe('moves');
  });
  moves('import math', 'math.half = 0.5', 'def f(x=math.pi): return x', 'f()');
  moves('import math', 'math.half = 0.5', 'def f(): return math.half', 'f()');
  moves('from decimal import Decimal', 'TENTH = Decimal("0.1")', 'def f(): return TENTH', 'f()');
  moves(
    'from decimal import Decimal, getcontext',
    'getcontext().prec = 5',
    'def f(x: Decimal) -> Decimal: return Decimal(1) / x',
    'f(3)',
  );
});

describe('what looks at the notebook as text, or as the module that warns', () => {
  const f = 'def f(): return 1';
  stays('NB408', f, '"def f" in In[1]');
  stays('NB408', f, 'print(_i1)');
  stays('NB408', f, '%save -f helpers.py 1');
  stays('NB408', f, '%history');
  moves(f, 'for _i in [1]: print(_i)', 'f()');
  moves(f, 'In = 3', 'print(In)', 'f()');
  stays('NB408', 'import warnings\nwarnings.filterwarnings("ignore", module="__main__")', f);
  stays('NB408', 'import warnings', f, 'warnings.filterwarnings("ignore", "", Warning, __name__)');
  stays('NB408', f, 'f.__module__ == "__main__"');
  stays('NB408', f, '[o for o in (f, len) if o.__module__ != "__main__"]');
  moves(f, 'len.__module__', 'f()');
  moves(f, 'if __name__ == "__main__": f()');
  const formatter = 'from IPython.core.formatters import PlainTextFormatter as P\nP()';
  stays('NB408', 'class f: pass', `${formatter}.for_type_by_name("__main__", "f", print)`);
  moves(f, `${formatter}.for_type_by_name("__main__", "A", f)`, 'f()');
  stays('NB408', 'import warnings', f, 'warnings.filterwarnings("ignore", "(a)", module="__main__")');
  stays('NB408', 'import warnings as w', f, 'w.filterwarnings("ignore", str("a"), module=str("__main__"))');
  moves('import warnings\nwarnings.filterwarnings("ignore", category=UserWarning)', f, 'f()');
  moves('import warnings\nwarnings.filterwarnings("ignore", module="numpy")', f, 'f()');
});

describe('what is sent to other machines', () => {
  stays('NB426', 'import ray', '@ray.remote\ndef f(x): return x');
  stays('NB426', 'import ray', '@ray.remote(num_cpus=2)\nclass C: pass');
  stays('NB426', 'import ray', 'def f(x): return x', 'g = ray.remote(f)');
  stays('NB426', 'import ray', 'def f(x): return x', 'g = ray.remote(num_cpus=2)(f)');
  stays('NB426', 'from pyspark.sql.functions import udf', '@udf("int")\ndef f(x): return x');
  stays('NB426', 'import pyspark.sql.functions as F', '@F.pandas_udf("int")\ndef f(x): return x');
  stays('NB426', 'import pyspark.sql.functions as F', 'def f(x): return x', 'g = F.udf(lambda x: f(x))');
  stays('NB426', 'spark = object()', 'def f(x): return x', 'spark.udf.register("f", f)');
  stays('NB426', 'from sagemaker.remote_function import remote', '@remote\ndef f(x): return x');
  stays('NB426', 'from sagemaker.workflow.function_step import step', '@step()\ndef f(x): return x');
  stays('NB426', 'import ray', 'def f(x): return x', '@ray.remote\ndef g(x): return f(x)');
  stays('NB426', 'import ray', 'def f(x): return x', 'TABLE = [f]', '@ray.remote\ndef g(x): return TABLE');
  stays(
    'NB426',
    'import modal\napp = modal.App()',
    'def f(x): return x',
    '@app.function()\ndef g(x): return f(x)',
  );
  test.each([
    ['import ray', '@ray.remote\ndef g(x): return x', 'def f(x): return x'],
    ['import ray', 'RATE = 1', '@ray.remote\ndef g(x): return RATE', 'def f(x): return RATE'],
    ['import torch', 'class Adam:\n    def step(self): pass', 'def f(x): return x.step(f)'],
    ['import ray', 'def send(f): return ray.remote(f)', 'def f(x): return x'],
  ])('moves: %s ¶ %s', (...cells) => {
    expect(extract(cells).verdicts['f']).toBe('moves');
  });
});

describe('definition time, where what moved is imported on the next run', () => {
  stays('NB419', 'D = {"a": 1}\ndef set(n): D["a"] = n', 'set(2)', 'def f(a=D["a"]): return a');
  stays(
    'NB419',
    'D = [1]\ndef wrap(g): return lambda: g()\ndef size(): return len(D)',
    'D.append(2)',
    'def f(n=wrap(size)()): return n',
  );
  moves(
    'D = [1]\ndef wrap(g): return lambda: g()\ndef size(): return len(D)',
    'def f(n=wrap(size)()): return n',
  );
  stays('NB419', 'D = {"a": 1}\ndef set(n): D["a"] = n', 'go = set\ngo(2)', 'def f(a=D["a"]): return a');
  stays('NB419', 'D = [1]\ndef get(): return D', 'x = get()\nx.append(2)', 'class C:\n    n = tuple(D)');
  stays('NB401', 'D = [1]\ndef add(): D.append(0)', 'add(); M = tuple(D)', 'def f(): return M');
  stays('NB401', 'D = [1]\ndef add(): D.append(0)', 'E = D', 'add()', 'M = tuple(E)', 'def f(): return M, E');
  stays(
    'NB419',
    'class Pool:\n    size = 0\n    def __init__(self): Pool.size += 1',
    'p = Pool()',
    'def f(n=Pool.size): return n',
  );
  stays('NB419', 'D = [1]\ndef add(g): D.append(g)\n@add\ndef g(): return 1', 'def f(n=len(D)): return n');
  moves('class Pool:\n    size = 0', 'p = Pool()', 'class C(Pool):\n    n = 1', 'C.n');
  test.each([
    ['D = [1]', 'def f(n=len(D)): return n', 'NB419'],
    ['D = [1]', 'def f(n=D): return n', 'moves'],
    ['D = [1]', 'def f(): return len(D)', 'moves'],
    ['D = [1]', 'M = len(D)', 'def f(): return M', 'NB401'],
    ['D = [1]', 'def g(h, n=0): return h if n < len(D) else None', '@g\ndef f(): return 1', 'NB419'],
  ])('by a user: %s ¶ %s …', (module, ...rest) => {
    const cells = ['from churn.churn import D', 'x = D\nx[0] = 3', ...rest.slice(0, -1)];
    const { verdicts } = extract(cells, { existing: { churn: `${module}\n` } });
    expect(verdicts['f']).toBe(rest.at(-1));
  });
  test('what was looked at before anything ran may have been looked at in the module', () => {
    const cells = ['from churn.churn import D', 'print(1)', 'def f(n=len(D)): return n', 'D.append(1)'];
    expect(extract(cells, { existing: { churn: 'D = [1]\n' } }).verdicts['f']).toBe('moves');
  });
});

describe('effects at definition time', () => {
  stays('NB405', 'import time', 'class C:\n    started = time.time()');
  stays('NB405', 'class C:\n    print("made")');
  stays('NB405', 'def f(a=print("x")): return a');
  stays('NB405', 'def f(a=input()): return a');
  stays('NB405', 'import random', 'def f(a=random.random()): return a');
  stays('NB405', 'import numpy as np', 'def f(a=np.random.rand(3)): return a');
  stays('NB405', 'import datetime', 'def f(a=datetime.datetime.now()): return a');
  stays('NB405', 'from datetime import date', 'def f(a=date.today()): return a');
  stays('NB405', 'import os', 'def f(a=os.getcwd()): return a');
  stays('NB405', 'import os', 'def f(a=os.environ["HOME"]): return a');
  for (const [imports, call] of [
    ['import matplotlib.pyplot as plt', 'plt.gca()'],
    ['import matplotlib.pyplot as plt', 'plt.figure()'],
    ['import matplotlib.pyplot as plt', 'plt.rcParams.copy()'],
    ['import tempfile', 'tempfile.mkdtemp()'],
    ['from tempfile import TemporaryDirectory', 'TemporaryDirectory()'],
    ['import time', 'time.perf_counter_ns()'],
    ['import uuid', 'uuid.uuid4().hex'],
    ['import os', 'os.getpid()'],
    ['import os', 'os.path.abspath("x")'],
    ['import os', 'os.path.getsize("x")'],
    ['from pathlib import Path', 'Path.home()'],
    ['from pathlib import Path', 'Path("x").exists()'],
    ['import requests', 'requests.get("x")'],
    ['import sqlite3', 'sqlite3.connect("x")'],
    ['import secrets', 'secrets.randbelow(3)'],
    ['import torch', 'torch.rand(3)'],
    ['from torch import nn', 'nn.Linear(2, 2)'],
    ['import numpy as np', 'np.datetime64("now")'],
    ['import pandas as pd', 'pd.get_option("display.max_rows")'],
    ['import seaborn as sns', 'sns.color_palette()'],
    ['import ipywidgets as widgets', 'widgets.IntSlider()'],
  ] as const) {
    stays('NB405', imports, `def f(a=${call}): return a`);
  }
  for (const [imports, value] of [
    ['import os', 'os.cpu_count()'],
    ['import os', 'os.path.join("a", "b")'],
    ['from pathlib import Path', 'Path("x")'],
    ['from datetime import timedelta', 'timedelta(days=1)'],
    ['import functools', 'functools.partial(int, base=2)'],
  ] as const) {
    moves(imports, `def f(a=${value}): return 1`, 'f()');
  }
  test.each(['plt.get_cmap("viridis")', 'plt.Normalize(0, 1)', 'plt.cm.viridis', 'nn.ReLU()'])(
    'moves: def f(a=%s)',
    (value) => {
      const imports = 'import matplotlib.pyplot as plt\nfrom torch import nn';
      expect(extract([imports, `def f(a=${value}): return a`]).verdicts['f']).toBe('moves');
    },
  );
  for (const name of ['"exp"', '', 'name="exp"'])
    moves('import logging', `log = logging.getLogger(${name})`, 'def f(): return log.name', 'f()');
  moves('from logging import getLogger', 'def f(log=getLogger("exp")): return log.name', 'f()');
  stays('NB401', 'import logging', 'log = logging.getLogger(__name__)', 'def f(): return log');
  stays('NB401', 'import logging', 'log = logging.getLogger(f"{__name__}")', 'def f(): return log');
  stays('NB401', 'import logging', 'log = logging.getLogger("a" + input())', 'def f(): return log');
  stays('NB405', 'class C:\n    data = open("/dev/null")');
  stays('NB405', 'from ipywidgets import interact', '@interact(x=3)\ndef f(x): return x');
  stays('NB405', 'import atexit', '@atexit.register\ndef f(): return 1');
  stays(
    'NB405',
    'REGISTRY = {}',
    'def keep(g):\n    REGISTRY[g.__name__] = g\n    return g',
    '@keep\ndef f(): return 1',
  );
  stays('NB405', 'def keep(g):\n    print(g)\n    return g', '@keep\ndef f(): return 1');
  stays('NB405', 'def keep(g):\n    keep.all = g\n    return g', '@keep\ndef f(): return 1');
  stays(
    'NB405',
    'from functools import singledispatch',
    '@singledispatch\ndef show(x): return 1',
    '@show.register(int)\ndef f(x): return 2',
  );
  stays(
    'NB405',
    'from IPython.core.magic import register_line_magic',
    '@register_line_magic\ndef f(line): return line',
  );
  stays('NB405', 'class B:\n    def __init_subclass__(cls): print("sub")', 'class C(B): pass');
  stays(
    'NB405',
    'class M(type):\n    def __new__(m, n, b, d):\n        print(n)\n        return super().__new__(m, n, b, d)',
    'class C(metaclass=M): pass',
  );
  stays('NB405', 'class C:\n    for i in range(3): print(i)');
  stays('NB405', 'class B: pass', 'len(B.__subclasses__())', 'class C(B): pass');
  stays('NB405', 'class B: pass', 'class C(B): pass', 'len(getattr(B, "__subclasses__")())');
  stays(
    'NB405',
    'class B:\n    @classmethod\n    def kinds(cls): return cls.__subclasses__()',
    'print(B.kinds())',
    'class D(B): pass\nclass C(B, list): pass',
  );
  stays('NB405', 'class B: pass', 'class D(B): pass', 'class C(D): pass', 'D.__subclasses__()');
  moves('class C: pass', 'class B(C): pass', 'C.__subclasses__()[0].__name__');
  moves('class C(dict): pass', 'C.__subclasses__()');
  stays('NB405', 'class C:\n    xs = []\n    xs.append(1)');
  // Of Langfuse and traitlets it wraps what it is given, and no more.
  test('moves: what Langfuse observes, which is not installed', () => {
    const { verdicts } = extract(['from langfuse import observe', '@observe()\ndef f(x): return x']);
    expect(verdicts['f']).toBe('moves');
  });
  moves('import traitlets as t', 'class C:\n    @t.observe("size")\n    def changed(self, change): pass');
  stays('NB405', 'from dashboard import observe', '@observe()\ndef f(x): return x');
  moves('class C:\n    table = [0] * 9\n    table[3] = 1\n    names = {}\n    names["a"] = table', 'C.table');
  moves('import numpy as np', 'class C:\n    table = np.zeros(9)\n    table[[1, 2]] = 1', 'C().table[1]');
  stays('NB405', 'seen = {}', 'class C:\n    seen["C"] = 1');
  stays('NB405', 'seen = {}', 'class C:\n    table = seen\n    table["C"] = 1');
  stays('NB405', 'seen = [1]', 'class C:\n    table = [seen]\n    table[0][0] = 2');
  stays('NB405', 'def g():\n    print(1)\n    return 1', 'def f(a=g()): return a');
  stays(
    'NB405',
    'def g(n):\n    def wrap(h):\n        print(h)\n        return h\n    return wrap',
    '@g(3)\ndef f(): return 1',
  );
  stays('NB405', 'g = lambda n: lambda h: print(h)', '@g(3)\ndef f(): return 1');
  stays(
    'NB405',
    'class D:\n    def __init__(self, n): self.n = n\n    def __call__(self, h):\n        print(h)\n        return h',
    '@D(3)\ndef f(): return 1',
  );
  stays(
    'NB405',
    'class E:\n    def __init__(self, g): print(g)',
    'class D(E): pass',
    '@D\ndef f(): return 1',
  );
  stays(
    'NB404',
    'class M(type):\n    def __init__(cls, *a): print(a)',
    'class B:\n    pass',
    'class D(B, metaclass=M): pass',
    'class C(D): pass',
  );
  moves('class B:\n    def __init__(self): print("made")', 'class C(B): pass', 'C.__name__');
  moves(
    'def g(n):\n    def wrap(h):\n        def inner(*a):\n            print(a)\n            return h(*a)\n        return inner\n    return wrap',
    '@g(3)\ndef f(x): return x',
    'f(1)',
  );
  moves(
    'def g(h):\n    def inner():\n        print("called")\n        return h()\n    return inner',
    '@g\ndef f(): return 1',
    'f()',
  );
  moves('import functools', '@functools.lru_cache(maxsize=None)\ndef f(x): return x', 'f(1)');
  moves('from functools import lru_cache', '@lru_cache\ndef f(x): return x', 'f(1)');
  moves(
    'from dataclasses import dataclass, field',
    '@dataclass\nclass C:\n    a: int = 1\n    b: list = field(default_factory=list)',
    'C().b',
  );
  moves('from contextlib import contextmanager', '@contextmanager\ndef f():\n    yield 1', 'type(f())');
  moves(
    'class C:\n    @staticmethod\n    def m(): return 1\n    @classmethod\n    def k(cls): return 2',
    'C.m() + C.k()',
  );
  moves(
    'class C:\n    @property\n    def a(self): return 1\n    @a.setter\n    def a(self, v): pass',
    'C().a',
  );
  moves(
    'from abc import ABC, abstractmethod',
    'class C(ABC):\n    @abstractmethod\n    def m(self): ...',
    'C.__name__',
  );
  moves('from enum import Enum, auto', 'class C(Enum):\n    A = auto()\n    B = auto()', 'list(C)');
  moves('from typing import NamedTuple', 'class C(NamedTuple):\n    a: int = 1', 'C()');
  moves(
    'from collections import namedtuple',
    'class C(namedtuple("P", "x y")):\n    def s(self): return self.x',
    'C(1, 2)',
  );
  moves('class C:\n    """A class."""\n    a, b = 1, 2', 'C.b');
  moves('def f(a=[], b={}, c=(1, 2), d=None): return a', 'f()');
  moves('import time', 'def f(clock=time.time): return 1', 'f()');
  moves('import time', 'def f(): return time.time()', 'f() > 0');
  moves('def f(): print("called")', 'f()');
  moves('import random', 'def f(): return random.random()', 'f() >= 0');
  moves('import math', 'def f(a=math.sqrt(4)): return a', 'f()');
  moves('class C:\n    if True:\n        a = 1\n    else:\n        a = 2', 'C.a');
  moves('class C:\n    table = {n: n * n for n in range(3)}', 'C.table');
  moves('class C:\n    key = staticmethod(lambda x: x)', 'C.key(1)');
  moves('def g(h): return h', '@g\ndef f(): return 1', 'f()');
  moves('def g(n):\n    def wrap(h): return h\n    return wrap', '@g(3)\ndef f(): return 1', 'f()');
  moves(
    'class D:\n    def __init__(self, g): self.g = g\n    def __call__(self): return self.g()',
    '@D\ndef f(): return 1',
    'f()',
  );
  moves('from functools import singledispatch', '@singledispatch\ndef f(x): return 1', 'f(1)');
  moves(
    'from typing import overload',
    '@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: str) -> str: ...\ndef f(x): return x',
    'f(1)',
  );
});

describe('IPython syntax', () => {
  stays('NB406', 'def f():\n    !ls\n    return 1');
  stays('NB406', 'def f():\n    %cd ..\n    return 1');
  stays('NB406', 'def f():\n    x = !ls\n    return x');
  stays('NB406', 'def f():\n    x = %pwd\n    return x');
  stays('NB406', 'def f():\n    len?\n    return 1');
  stays('NB406', 'class C:\n    def m(self):\n        %time 1');
  moves('def f(a, b):\n    return (a\n    % b)', 'f(5, 3)');
  moves('def f():\n    s = """\n%cd ..\n!ls\n"""\n    return s', 'f()');
  moves('def f(): return "%s" % 1', 'f()');
  moves('%%time\ndef f(): return 1', 'f()');
  moves('%%capture\ndef f(): return 1', 'f()');
  moves('%matplotlib inline\ndef f(): return 1', 'f()');
});

describe('writing globals', () => {
  stays('NB407', 'count = 0', 'def f():\n    global count\n    count += 1');
  stays('NB407', 'def f():\n    global made\n    made = 1');
  stays('NB407', 'def f():\n    global gone\n    del gone');
  stays('NB407', 'def f():\n    global gone\n    for gone in range(3): pass');
  stays('NB407', 'def f():\n    global math\n    import math');
  stays('NB407', 'def f():\n    def g():\n        global x\n        x = 1\n    return g');
  stays('NB407', 'class C:\n    def m(self):\n        global x\n        x = 1');
  stays('NB407', 'def f():\n    global g\n    def g(): pass');
  moves('K = 1', 'def f():\n    global K\n    return K', 'f()');
  moves(
    'def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        return n\n    return g()',
    'f()',
  );
});

describe('looking at the namespace', () => {
  stays('NB408', 'def f(): return globals()');
  stays('NB408', 'def f(s): return eval(s)');
  stays('NB408', 'def f(s): exec(s)');
  stays('NB408', 'def f(): return __name__');
  stays('NB408', 'def f(): return __file__');
  stays('NB408', 'def f(): return __doc__');
  stays('NB408', 'def g(): pass', 'def f(): return g.__globals__');
  stays('NB408', 'import inspect', 'def f(): return inspect.currentframe()');
  stays('NB408', 'import sys', 'def f(): return sys._getframe()');
  stays('NB408', 'import sys', 'def f(): return sys._getframe(1).f_code.co_name, sys._getframe(1).f_locals');
  moves('import inspect', 'def f(): return inspect.currentframe().f_code.co_name', 'f()');
  moves('import sys', 'def f(): return sys._getframe(0).f_code.co_name', 'f()');
  moves('from inspect import currentframe', 'def f(): return currentframe().f_code.co_name', 'f()');
  stays('NB408', 'class C:\n    names = dir()');
  stays('NB408', 'class C:\n    here = locals()');
  stays('NB408', 'class C:\n    here = vars()');
  stays('NB408', 'class C:\n    here = vars(*[])');
  stays('NB408', 'class A: pass', 'class C:\n    here = vars(A), vars()');
  // They look at what they are given.
  stays('NB405', 'class A: pass', 'class C(A):\n    here = sorted(vars(A)), dir(A)');
  stays('NB408', 'from inspect import currentframe', 'def f(): return currentframe()');
  stays('NB408', 'def f(s): return eval(s, None)');
  stays('NB408', 'def f(s): return eval(s, globals())');
  stays('NB408', 'def f(s): exec(s, {**globals()})');
  stays('NB408', 'def f(s, names): exec(s, names)');
  stays('NB408', 'def f(s, names={}): exec(s, names)');
  stays('NB408', 'def f(s): return eval(*s)');
  stays('NB408', 'def f(s): return eval(*s, {})');
  stays('NB408', 'def f(s): return eval(s, {}), eval(s)');
  stays('NB408', 'def f(s): return eval(s, {}), map(eval, s)');
  stays('NB408', 'def f(s):\n    eval(s, {})\n    g = eval\n    return g(s)');
  stays('NB408', 'def f(s):\n    names = None\n    exec(s, names)');
  stays('NB408', 'def f(s):\n    names = {}\n    names = None\n    exec(s, names)');
  stays('NB408', 'def f(s):\n    names = {}\n    for names in s: exec(s, names)');
  stays('NB408', 'def f(s):\n    names = {}\n    names, n = s\n    exec(s, names)');
  stays('NB408', 'def f(s):\n    names = {}\n    with s as names: exec(s, names)');
  stays('NB408', 'def f(s):\n    names = {}\n    names += s\n    exec(s, names)');
  stays('NB408', 'def f(s):\n    names = {}\n    def g(names): exec(s, names)\n    return g');
  stays('NB408', 'names = {}', 'def f(s): exec(s, names)');
  stays('NB408', 'def f(s, g=eval("1", {})): return g');
  stays('NB408', 'import inspect, sys', 'def f(): return 1', 'inspect.getmembers(sys.modules[__name__])');
  stays('NB408', 'def f(): return 1', 'import __main__\nlist(map(dir, [__main__]))');
  stays(
    'NB408',
    'import sys\nfrom doctest import DocTestFinder',
    'def f():\n    """\n    >>> f()\n    1\n    """\n    return 1',
    'len(DocTestFinder().find(sys.modules["__main__"]))',
  );
  stays('NB408', 'def f(): return 1', 'K = 2\nf.__code__ = (lambda: K).__code__');
  stays('NB408', 'def f(): return 1', 'K = 2\nsetattr(f, "__code__", (lambda: K).__code__)');
  moves('def f(): return 1', 'def g(): return 2\nprint(g.__code__.co_name, f.__code__.co_argcount)');
  moves('def f(): return 1', 'import __main__\nhasattr(__main__, "f"), __main__.f()');
  moves(
    'def f(): return 1',
    'def h():\n    import __main__ as main\n    return not hasattr(main, "nothing")',
    'h()',
  );
  moves('import sys', 'def f(): return 1', 'getattr(sys.modules[__name__], "f")()');
  moves('def f(s): exec(s, {})', 'f("1")');
  moves('def f(s, x): return eval(s, {"x": x})', 'f("x", 1)');
  moves('def f(s, x): return eval(s, {"x": x}, {})', 'f("x", 1)');
  moves('def f(s):\n    names = {}\n    exec(s, names)\n    return names["a"]', 'f("a = 1")');
  moves(
    'def f(s):\n    names = {"a": 1}\n    names["b"] = 2\n    exec(s, names)\n    return names["c"]',
    'f("c = b")',
  );
  moves('def f(s):\n    names: dict = {}\n    return eval(s, names)', 'f("1")');
  moves('def f(a): return locals()', 'f(1)');
  moves('def f(a): return vars(a)', 'class D: pass', 'f(D())');
  moves('def f(a): return dir(a)', 'f(1)[:1]');
  moves('def f(a): return a.eval()', 'f');
  moves('def f(a): return a.__name__', 'f(len)');
  moves('def eval(x): return x', 'def f(a): return eval(a)', 'f(1)');
});

describe('the shell', () => {
  stays('NB409', 'def f(): return get_ipython()');
  stays('NB409', 'def f(): return Out[1]');
  stays('NB409', 'def f(): return In');
  stays(
    'NB409',
    'def f():\n    try:\n        return __IPYTHON__\n    except NameError:\n        return False',
  );
  stays('NB409', 'def f(): return _');
  stays('NB409', 'def f(shell): shell.ast_node_interactivity = "all"');
  stays('NB409', 'def f(): return _1');
  moves('def f(x): display(x)', 'f(1)');
  moves('from IPython.display import display', 'def f(x): display(x)', 'f(1)');
  moves('def f(xs): return [0 for _ in xs]', 'f([1])');
});

describe('names that nothing defines', () => {
  stays('NB411', 'def f(): return missing');
  stays('NB411', '@missing\ndef f(): return 1');
  stays('NB411', 'class C(Missing): pass');
  stays('NB411', 'def f(x: "Missing"): return x');
  stays('NB411', 'from __future__ import annotations', 'def f(x: Missing): return x');
  stays('NB411', 'def f():\n    x: Missing = 1\n    return x');
  moves('def f(x: "int") -> "str": return x', 'f(1)');
  moves('def f():\n    x: int = 1\n    return x', 'f()');
  moves('def f(): return WindowsError', 'f');
  moves('def f(): return __debug__', 'f()');
});

describe('names from anywhere', () => {
  stays('NB412', 'from mystery import *', 'def f(t): return sin(t)');
  stays('NB412', '%run other.py', 'def f(t): return sin(t)');
  stays('NB412', '%pylab inline', 'def f(t): return sin(t)');
  stays('NB412', '%store -r', 'def f(t): return data');
  stays('NB412', 'def f(t): return sin(t)', 'from mystery import *');
  stays('NB412', 'from mystery import *', 'def f(t): return sum(t)');
  moves('from colorsys import *', 'def f(): raise Exception(1)', 'def g(): return Warning', 'g()');
  moves('from mystery import *', 'def f(t): return len(t)', 'f([])');
  moves('from math import *', 'def f(t): return sin(t)', 'f(0)');
  stays('NB412', 'from constructor import *', 'def f(t): return sin(t)');
  moves(
    '%constructor x = 1',
    '%toString',
    'x = %valueOf x',
    '%%hasOwnProperty\n1',
    'def f(t): return t',
    'f(0)',
  );
  moves('from math import *', 'def f(t): return len(t)', 'f([])');
  moves('from math import *', 'def f(t): return sum(t)', 'f([])');
  stays('NB402', 'sin = 3', 'from math import *', 'def f(t): return sin');
  const star = 'from math import *';
  moves(star, 'def sqrt(x): return 42', 'def f(t): return sqrt(t), floor(t)', 'f(4)', 'floor(2.5), sqrt(4)');
  moves(
    'def h(): return 1',
    star,
    'h(), sqrt(4)',
    'def sqrt(x): return 42',
    'class C: k = sqrt(4)',
    'C.k, sqrt(4)',
  );
  moves(star, 'sqrt(4)', 'pi = 3', 'def f(): return pi', 'f(), pi');
  moves(star, 'def floor(x): return x and floor(x - 1)', 'def f(t): return floor(t)', 'f(4)');
  stays('NB402', star, 'def f(t): return sqrt(t)', 'f(4)', 'def sqrt(x): return 42', 'f(4)');
  stays('NB402', 'def f(t): return sqrt(t)', star, 'f(4)', 'def sqrt(x): return 42');
  stays('NB404', star, 'def sqrt(x, old=sqrt): return old(x)', 'def f(t): return sqrt(t)');
  stays('NB402', star, 'def sqrt(x): return 42', star, 'def f(t): return sqrt(t)');
  stays('NB401', star, 'if pi > 3:\n    def sqrt(x): return 42', 'def f(t): return sqrt(t)');
  stays('NB402', star, 'from cmath import sqrt', 'def f(t): return sqrt(t)');
  moves(
    'from collections import *\nfrom itertools import *',
    'def f(t): return Counter(t), count',
    'f("a")[0]',
  );
});

describe('shadowed builtins', () => {
  stays('NB413', 'def f(xs): return sum(xs)', 'f([1])', 'sum = 3');
  stays('NB413', 'def f(xs): return sum(xs)', 'f([1])', 'def sum(xs): return 0');
  stays('NB413', 'def f(xs): return sum(xs)', 'for sum in range(3): pass');
  stays('NB413', 'def f(xs): return sum(xs)', 'from math import fsum as sum');
  moves('def sum(xs): return 0', 'def f(xs): return sum(xs)', 'f([1])');
  moves('from math import fsum as sum', 'def f(xs): return sum(xs)', 'f([1])');
  moves('def f(xs):\n    sum = 3\n    return sum', 'f([])', 'sum = 3');
});

describe('imports', () => {
  stays(
    'NB415',
    'from sklearn.experimental import enable_iterative_imputer  # noqa\nfrom sklearn.impute import IterativeImputer',
    'def f(): return IterativeImputer()',
  );
  stays(
    'NB415',
    'from sklearn.experimental import enable_halving_search_cv',
    'from sklearn.model_selection import HalvingGridSearchCV as Search',
    'class C(Search): pass',
  );
  stays('NB415', 'from json import load', 'from pickle import load', 'def f(h): return load(h)');
  stays('NB415', 'import sys\nif sys.argv:\n    import json\n    print(1)', 'def f(h): return json.load(h)');
  stays('NB415', 'import sys', 'if sys.argv:\n    import json\n    1', 'def f(h): return json.load(h)');
  stays(
    'NB415',
    'import sys, json',
    'if sys.argv:\n    import pickle as json\n    1',
    'def f(h): return json.load(h)',
  );
  moves(
    'import sys',
    'if sys.argv:\n    import json\n    1',
    'import json',
    'def f(h): return json.dumps(h)',
    'f(1)',
  );
  stays('NB415', 'import json as j', 'import pickle as j', 'def f(h): return j.load(h)');
  const tried = (handler: string, imports = 'import json as j'): string =>
    `try:\n    ${imports.replaceAll('\n', '\n    ')}\nexcept ImportError:\n    ${handler.replaceAll('\n', '\n    ')}`;
  const reader = 'def f(h): return j.dumps(h)';
  moves('import os', tried('os.getpid()\nimport json as j'), reader, 'f(1)');
  moves('import subprocess', tried('subprocess.run(["pip"])\nimport json as j'), reader, 'f(1)');
  moves(tried('raise ValueError("install it")'), reader, 'f(1)');
  moves(tried('print(1)\nimport json as j', 'print(0)\nimport json as j\nprint(2)'), reader, 'f(1)');
  moves(
    tried('print(1)\nfrom json import dumps', 'from json import dumps'),
    'def f(h): return dumps(h)',
    'f(1)',
  );
  moves(reader, tried('print(1)\nimport json as j'), 'f(1)');
  moves(tried('print(1)\nimport json as j'), 'class C(j.JSONEncoder): pass', 'C().encode(1)');
  for (const handler of [
    'print(1)',
    'print(1)\nimport pickle as j',
    'print(1)\nimport json',
    'if print(1):\n    import json as j',
    'import sys\nsys.path.append("lib")\nimport json as j',
    '!git clone x\nimport json as j',
    '!pip install x; git clone y\nimport json as j',
    '%cd lib\nimport json as j',
    '!pip install -e lib\nimport json as j',
    '!pip install --target=lib json\nimport json as j',
  ])
    stays('NB415', tried(handler), reader);
  stays('NB415', `${tried('print(1)\nimport json as j')}\nelse:\n    import pickle as j`, reader);
  stays('NB415', tried('print(1)\nimport json as j', 'print(0)\nif print(2):\n    import json as j'), reader);
  stays('NB415', `if print(1):\n    ${tried('1\nimport json as j').replaceAll('\n', '\n    ')}`, reader);
  stays('NB401', tried('print(1)\nj = None'), reader);
  stays('NB401', tried('print(1)\nimport json as j\ndel j'), reader);
  stays('NB423', 'def f(d=j.dumps): return d', tried('print(1)\nimport json as j'));
  stays(
    'NB415',
    `try:\n    import json as j\nexcept ImportError:\n    print(1)\n    import json as j\nexcept OSError: pass`,
    reader,
  );
  test('a module that needs what a `try` may install is imported behind it', () => {
    const install = tried('!pip install lightning\nimport lightning as j', 'import lightning as j');
    const cells = ['def g(): return 1', 'g()', install, 'def f(): return j.x', 'f()'];
    expect(extract(cells).cells).toEqual([
      'from churn.churn import g',
      'g()',
      install,
      'from churn.churn_lightning import f',
      'f()',
    ]);
    const early = ['def f(): return j.x, g()', 'def g(): return 1', install, 'f()'];
    expect(extract(early).cells).toEqual([`${install}\nfrom churn.churn_lightning import f`, 'f()']);
  });
  stays('NB414', 'from .local import g', 'def f(): return g()');
  stays('NB414', 'def f():\n    from .local import g\n    return g()');
  moves('import math', 'import math', 'def f(): return math.pi', 'f()');
  moves('import math', 'def f(): return math.pi', 'import math', 'f()');
  moves('def f(): return math.pi', 'import math', 'f()');
  moves('import os.path', 'def f(): return os.path.join("a")', 'f()');
  moves('import xml.dom\nimport xml.sax', 'def f(): return xml.dom, xml.sax', 'len(f())');
  moves('import json as j', 'from json import load', 'def f(): return j, load', 'len(f())');
  moves('def f():\n    import math\n    return math.pi', 'f()');
  moves(
    'try:\n    import ujson as json\nexcept ImportError:\n    import json',
    'def f(): return json.dumps(1)',
    'f()',
  );
  moves(
    'try:\n    import nothing_here\n    HAS = True\nexcept ImportError:\n    HAS = False',
    'def f(): return HAS',
    'f()',
  );
  moves(
    'try:\n    import nothing_here as n\nexcept ImportError as error:\n    n = None',
    'def f(): return n',
    'f(), n',
  );
  moves(
    'import sys\nif sys.version_info > (3, 0):\n    from io import StringIO\nelse:\n    from StringIO import StringIO',
    'def f(): return StringIO("")',
    'f().read()',
  );
  moves('from __future__ import annotations', 'def f(x: "int"): return x', 'f(1)');
  moves('from __future__ import print_function', 'def f(x): return x', 'f(1)');
});

describe('annotations', () => {
  stays('NB401', 'T = [int].pop()', 'class C:\n    a: T');
  moves('T = [int].pop()', 'def f(a): return a', 'f(1)');
  moves(
    'from __future__ import annotations\nimport typing as t',
    'def f(x: t.List[int]) -> t.Any: return x',
    'f([])',
  );
  moves('from typing import Optional', 'class C: pass', 'def f(x: "Optional[C]" = None): return x', 'f()');
  moves('class C:\n    def m(self) -> "C": return self', 'C().m() is not None');
  moves('from typing import Literal', 'def f(x: Literal["a", "b"] = "a"): return x', 'f()');
  moves('from typing import Annotated', 'def f(x: Annotated[int, "a text"] = 1): return x', 'f()');
});

describe('constants', () => {
  moves('K = 3', 'def f(): return K', 'f()');
  moves('K: int = 3', 'def f(): return K', 'f()');
  moves('K = -3.5e-7', 'def f(): return K', 'f()');
  moves('K = "a" "b"', 'def f(): return K', 'f()');
  moves('K = (1, "a", None, True, ...)', 'def f(): return K', 'f()');
  moves('K = 60 * 60 * 24', 'def f(): return K', 'f()');
  moves('A = 2\nB = A ** 3', 'def f(): return B', 'f()');
  moves('K = [1, 2]', 'def f(): return K', 'K.append(3)', 'f()');
  moves('K = {"a": 1}', 'def f(): return K', 'K["b"] = 2', 'f()');
  moves('K = {1, 2}', 'def f(): return K', 'f()');
  moves('A = 1\nK = f"{A}-{2}"', 'def f(): return K', 'f()');
  moves('import re\nK = re.compile("a+")', 'def f(s): return K.match(s)', 'f("aa") is not None');
  moves('from collections import namedtuple\nP = namedtuple("P", "x y")', 'def f(): return P(1, 2)', 'f()');
  moves('from typing import TypeVar\nT = TypeVar("T")', 'def f(x: T) -> T: return x', 'f(1)');
  moves('from typing import NewType\nUserId = NewType("UserId", int)', 'def f(x: UserId): return x', 'f(1)');
  moves(
    'from functools import partial\ndef g(a, b): return a + b\nadd1 = partial(g, 1)',
    'def f(): return add1(2)',
    'f()',
  );
  moves('from pathlib import Path\nDATA = Path("data")', 'def f(): return DATA / "a"', 'f()');
  moves('K = frozenset({1})', 'def f(): return K', 'f()');
  moves('import math\nTAU = math.pi * 2', 'def f(): return TAU', 'f()');
  moves('from typing import Dict\nTable = Dict[str, int]', 'def f() -> Table: return {}', 'f()');
  moves('A = B = 3', 'def f(): return A + B', 'f()');
  moves('A, B = 1, 2', 'def f(): return A + B', 'f()');
  moves('(A, B), C1 = (1, 2), 3', 'def f(): return A + C1', 'f()');
  moves('K = None', 'def f(): return K', 'f()');
  moves('K = 1 if True else 2', 'def f(): return K', 'f()');
  moves('K = not True', 'def f(): return K', 'f()');
  moves('K = 1 < 2', 'def f(): return K', 'f()');
  moves('K = {n: n for n in range(3)}', 'def f(): return K', 'f()');
  moves('K = [1, 2, 3][0]', 'def f(): return K', 'f()');
  moves('K = "a,b".split(",")', 'def f(): return K', 'f()');
  moves('K = lambda x: x', 'def f(): return K(1)', 'f()');
  moves('K = range(3)', 'def f(): return list(K)', 'f()');
  moves('K = dict(a=1)', 'def f(): return K', 'f()');
  stays('NB401', 'import time\nK = time.time()', 'def f(): return K');
  stays('NB401', 'import random\nK = random.random()', 'def f(): return K');
  stays('NB401', 'import os\nK = os.environ["HOME"]', 'def f(): return K');
  stays('NB401', 'import os\nK = os.getenv("HOME")', 'def f(): return K');
  stays('NB401', 'K = open("/dev/null").read()', 'def f(): return K');
  stays('NB401', 'from pathlib import Path\nK = Path.cwd()', 'def f(): return K');
  stays('NB401', 'from pathlib import Path\nK = Path("a").read_text()', 'def f(): return K');
  stays('NB401', 'from datetime import datetime\nK = datetime.now()', 'def f(): return K');
  stays('NB401', 'import pandas as pd\nK = pd.read_csv("a.csv")', 'def f(): return K');
  stays('NB401', 'def g(): print(1)\nK = g()', 'def f(): return K');
  stays('NB401', 'K = (yes := 3)', 'def f(): return K');
  stays('NB401', 'K = await_me = input()', 'def f(): return K');

  stays('NB401', 'A = [1]', 'A.append(2)', 'K = len(A)', 'def f(): return K');
  stays('NB402', 'K = [1]', 'K += [2]', 'def f(): return K');
});

describe('constants made by imported calls', () => {
  moves('import math\nK = math.sqrt(2) + math.comb(4, 2)', 'def f(): return K', 'f()');
  moves('import operator\nK = operator.add(1, 2)', 'def f(): return K', 'f()');
  moves('import statistics\nK = statistics.mean([1, 2])', 'def f(): return K', 'f()');
  moves('import re\nK = re.findall("a", "banana")', 'def f(): return K', 'f()');
  moves('import re\nK = re.sub("a", "o", "banana").split("o")', 'def f(): return K', 'f()');
  moves('from fractions import Fraction\nK = Fraction(1, 3)', 'def f(): return K', 'f()');
  moves('import json\nK = json.loads("[1, 2]")', 'def f(): return K', 'f()');
  moves('import itertools\nIDS = itertools.count()', 'def f(): return next(IDS)', 'next(IDS), f()');
  moves('import string\nK = string.ascii_letters + string.capwords("a b")', 'def f(): return K', 'f()');
  moves(
    'import numpy as np\nx = np.linspace(0, 1, 3)\nX, Y = np.meshgrid(x, x)',
    'def f(): return X + Y',
    'f()',
  );
  moves('import numpy as np\nK = np.hstack([np.zeros(2), np.ones_like([1, 2])])', 'def f(): return K', 'f()');
  moves('import numpy as np\nK = np.linalg.inv(np.eye(2))', 'def f(): return K', 'f()');
  moves('import numpy as np\nK = np.where(np.arange(3) > 1, 0, 1)', 'def f(): return K', 'f()');
  moves('import numpy as np\nK = np.polyval(np.poly1d([1, 2]), np.sinh(3.0))', 'def f(): return K', 'f()');
  moves('from numpy import *\nK = tile(arange(2), 3)', 'def f(x=1): return x', 'f()');
  moves('from scipy import stats\nPRIOR = stats.norm(0, 1)', 'def f(): return PRIOR.pdf(0)', 'f()');
  moves('from scipy.stats import norm\nK = norm.ppf(0.975)', 'def f(): return K', 'f()');
  moves('import pandas as pd\nT = pd.DataFrame({"a": [1]})', 'def f(): return T', 'T["b"] = 2', 'f()');
  moves('import pandas as pd\nK = pd.Series([1, 2])', 'def f(): return K', 'f()');
  moves('import pandas as pd\nK = pd.date_range("2020-01-01", periods=2)', 'def f(): return K', 'f()');
  moves('import pandas as pd\nK = pd.to_datetime("2020-01-01")', 'def f(): return K', 'f()');

  stays('NB401', 'import numpy as np\nK = np.empty(3)', 'def f(): return K');
  stays('NB401', 'import numpy as np\nK = np.empty_like([1])', 'def f(): return K');
  stays('NB401', 'import numpy as np\nK = np.ndarray((3,))', 'def f(): return K');
  stays('NB401', 'import numpy as np\nK = np.random.rand(3)', 'def f(): return K');
  stays('NB401', 'from numpy import random as npr\nK = npr.normal()', 'def f(): return K');
  stays('NB401', 'from random import *\nK = random()', 'def f(): return K');
  stays('NB401', 'from random import *\nK = list(map(choice, ["a"]))', 'def f(): return K');
  stays('NB401', 'import numpy as np\nK = np.loadtxt("a.txt")', 'def f(): return K');
  stays('NB401', 'import numpy as np\nK = np.seterr(all="ignore")', 'def f(): return K');
  stays('NB401', 'import numpy as np\nK = np.datetime64("today")', 'def f(): return K');
  stays('NB401', 'import numpy as np\nK = np.array("now", dtype="datetime64[s]")', 'def f(): return K');
  stays('NB401', 'import numpy as np\nA = np.ones(2)\nK = np.exp(A, out=A)', 'def f(): return K');
  stays('NB401', 'import numpy as np\nA = np.ones(2)\nK = np.exp(A, A)', 'def f(): return K');
  stays('NB401', 'import numpy as np\nA = np.ones(2)\nK = np.add(A, 1, A)', 'def f(): return K');
  stays('NB401', 'import numpy as np\nA = np.ones(2)\nK = np.exp(*[A, A])', 'def f(): return K');
  stays('NB401', 'import numpy as np\nA = np.ones(2)\nK = np.cumsum(A, 0, None, A)', 'def f(): return K');
  stays('NB401', 'import numpy as np\nA = np.ones(2)\nK = np.nan_to_num(A, copy=False)', 'def f(): return K');
  stays(
    'NB401',
    'import numpy as np\nA = np.ones(2)\nK = np.median(A, overwrite_input=True)',
    'def f(): return K',
  );
  stays('NB401', 'import numpy as np\nA = np.ones(2)\nK = np.add.at(A, 0, 1)', 'def f(): return K');
  stays('NB401', 'import numpy as np\nA = np.ones(2)\nK = np.put(A, 0, 1)', 'def f(): return K');
  stays('NB401', 'import operator\nA = [1]\nK = operator.iadd(A, [2])', 'def f(): return K');
  stays('NB401', 'import operator\nA = [1]\nK = operator.setitem(A, 0, 2)', 'def f(): return K');
  stays('NB401', 'from scipy import stats\nK = stats.norm(0, 1).rvs(3)', 'def f(): return K');
  stays('NB401', 'from scipy import stats\nK = stats.norm.rvs(3)', 'def f(): return K');
  stays('NB401', 'import pandas as pd\nK = pd.Timestamp("now")', 'def f(): return K');
  stays('NB401', 'import pandas as pd\nK = pd.Timestamp.today()', 'def f(): return K');
  stays('NB402', 'import pandas as pd\nT = pd.DataFrame()', 'T = T.dropna()', 'def f(): return T');
  stays('NB401', 'import itertools\nI = itertools.count()', 'next(I)', 'K = next(I)', 'def f(): return K');
  stays('NB401', 'np = open("/dev/null")\nK = np.sqrt(2)', 'def f(): return K');
  stays('NB415', 'import numpy as np\nimport jax.numpy as np\nK = np.sqrt(2)', 'def f(): return K, np.pi');
});

describe('functions that are called for the value of a constant', () => {
  const loud = 'def loud(x):\n    print(x)\n    return x';
  stays('NB401', loud, 'K = list(map(loud, [1]))', 'def f(): return K');
  stays('NB401', loud, 'K = sorted([1, 2], key=loud)', 'def f(): return K');
  stays('NB401', loud, 'K = max(1, 2, key=loud)', 'def f(): return K');
  stays('NB401', 'K = list(map(lambda x: print(x), [1]))', 'def f(): return K');
  stays('NB401', 'K = list(map(print, [1]))', 'def f(): return K');
  stays('NB401', 'import random\nK = sorted([1], key=lambda x: random.random())', 'def f(): return K');
  stays('NB401', 'import random\nK = [*map(random.choice, ["a"])]', 'def f(): return K');
  stays('NB401', 'import re\ndef loud(m): return print(m)\nK = re.sub("a", loud, "a")', 'def f(): return K');
  stays(
    'NB401',
    'import re\ndef loud(m): return print(m)\nK = re.sub("a", repl=loud, string="a")',
    'def f(): return K',
  );
  stays(
    'NB401',
    'from functools import reduce',
    loud,
    'K = reduce(lambda a, b: loud(b), [1, 2])',
    'def f(): return K',
  );
  stays('NB401', 'from functools import partial', loud, 'K = partial(loud, 1)()', 'def f(): return K');
  stays('NB401', 'from functools import partial', loud, 'h = partial(loud, 1)\nK = h()', 'def f(): return K');
  stays('NB401', loud, 'h = loud\nK = h(1)', 'def f(): return K');
  stays('NB401', loud, 'K = list(map(h, [1]))\nh = loud', 'def f(): return K');
  stays('NB401', loud, 'hs = [loud]\nK = list(map(hs[0], [1]))', 'def f(): return K');
  stays('NB401', 'import numpy as np', loud, 'K = np.vectorize(loud)([1])', 'def f(): return K');
  stays('NB401', 'import numpy as np', loud, 'K = np.apply_along_axis(loud, 0, [1])', 'def f(): return K');
  stays(
    'NB401',
    'from functools import lru_cache',
    loud,
    'K = lru_cache(None)(loud)(1)',
    'def f(): return K',
  );
  stays('NB401', 'K = [*input()]', 'def f(): return K');
  moves('K = [*map(str, [1])]', 'def f(): return K', 'f()');
  stays('NB401', 'D = []', 'K = list(map(D.append, [1]))', 'def f(): return K');
  stays(
    'NB401',
    'from operator import methodcaller\nK = [*map(methodcaller("pop"), [[1]])]',
    'def f(): return K',
  );
  stays(
    'NB401',
    'def wrap(g):\n    def inner(*a):\n        print(a)\n        return g(*a)\n    return inner',
    '@wrap\ndef g(x): return x',
    'K = g(3)',
    'def f(): return K',
  );
  stays(
    'NB401',
    'def wrap(n):\n    def deco(g):\n        def inner(*a):\n            print(n)\n            return g(*a)\n        return inner\n    return deco',
    '@wrap(3)\ndef g(x): return x',
    'K = g(3)',
    'def f(): return K',
  );
  stays('NB401', 'def g(xs):\n    xs += [1]\n    return 1', 'D = []', 'D', 'K = g(D)', 'def f(): return K');
  stays('NB401', 'def g(h):\n    h.n = 1\n    return 1', 'def h(): pass', 'K = g(h)', 'def f(): return K');
  stays('NB401', 'D = [1]', 'D.append(2)', 'def g(): return len(D)', 'K = g()', 'def f(): return K');
  stays('NB401', 'D = [1]', 'D.append(2)', 'K = list(map(lambda x: x + len(D), [1]))', 'def f(): return K');
  stays('NB419', 'D = [1]', 'D.append(2)', 'def g(): return len(D)', 'def f(a=g()): return a');
  stays(
    'NB401',
    'D = [1]',
    'D.append(2)',
    'def h(): return len(D)',
    'def g(): return h()',
    'K = g()',
    'def f(): return K',
  );
  moves('D = [1]', 'def g(): return len(D)', 'K = g()', 'D.append(2)', 'def f(): return K', 'f()');
  moves(
    'D = [1]',
    'D.append(2)',
    'def d(g):\n    def inner(): return len(D)\n    return inner',
    '@d\ndef f(): return 1',
    'f()',
  );
  moves('def twice(x): return 2 * x', 'K = list(map(twice, [1]))', 'def f(): return K', 'f()');
  moves('K = sorted(["b", "a"], key=str.lower)', 'def f(): return K', 'f()');
  moves('K = sorted(["b", "a"], key=lambda s: s.lower())', 'def f(): return K', 'f()');
  moves(
    'from operator import itemgetter\nK = sorted([(1, 2)], key=itemgetter(1))',
    'def f(): return K',
    'f()',
  );
  moves('import re\nK = re.sub("a", lambda m: "b", "a")', 'def f(): return K', 'f()');
  moves(
    'from functools import reduce\nimport operator\nK = reduce(operator.mul, [1, 2])',
    'def f(): return K',
    'f()',
  );
  moves(loud, 'HANDLERS = {"loud": loud}', 'def f(): return HANDLERS', 'len(f())');
  moves(
    loud,
    'from functools import lru_cache\nh = lru_cache(maxsize=None)(loud)',
    'def f(): return h(1)',
    'f()',
  );
  moves(
    'from functools import lru_cache',
    'def g(x): return x',
    'h = lru_cache(g)\nK = h(1)',
    'def f(): return K',
    'f()',
  );
  moves(
    'def g(n):\n    total = 0\n    for i in range(n): total += i\n    return total',
    'K = g(3)',
    'def f(): return K',
    'f()',
  );
  moves('class D:\n    def __init__(self): self.x = 1', 'K = D()', 'def f(): return K.x', 'f()');
  stays(
    'NB402',
    'from functools import lru_cache',
    'def g(x): return x',
    'g = lru_cache(None)(g)',
    'def f(): return g(1)',
  );
});

describe('attributes set afterwards', () => {
  moves('class C: pass', 'def g(self): return 1', 'C.m = g', 'C().m()');
  moves('class C: pass', 'C.n = 3', 'C.n');
  moves('def f(): return f.calls', 'f.calls = 0', 'f()');
});

describe('scopes', () => {
  moves('class C:\n    x = 1\n    def m(self): return self.x', 'C().m()');
  stays('NB411', 'class C:\n    x = 1\n    def m(self): return x');
  stays('NB411', 'class C:\n    x = 1\n    ys = [x for _ in range(2)]');
  moves('class C:\n    xs = [1]\n    ys = [x for x in xs]', 'C.ys');
  moves('x = 1', 'class C:\n    x = x', 'C.x');
  stays('NB401', 'x = input()', 'class C:\n    x = x');
  moves('def f(): return [y for x in [[1]] for y in x]', 'f()');
  moves('class C:\n    def __init__(self): self.__a = 1\n    def m(self): return self.__a', 'C().m()');
  stays('NB411', '__a = 1', 'class C:\n    def m(self): return __a');
  stays('NB418', '_C__a = 1', 'class C:\n    def m(self): return __a');
  moves('class C:\n    def m(self): return __class__', 'C().m().__name__');
  moves('class C:\n    def m(self): return super().__repr__()', 'C().m()[:1]');
  moves('def f[T](x: T) -> T: return x', 'f');
  moves('class C[T]:\n    def m(self, x: T) -> T: return x', 'C');
  moves('type Pair = tuple[int, int]', 'def f() -> Pair: return (1, 2)', 'f');
  moves('\u{1D6D4} = 3', 'def f(): return σ', 'f()');
  stays('NB402', '\u{1D6D4} = 3', 'def f(): return σ', 'σ = 4');
  moves('def f(x, /, y, *, z=1): return x + y + z', 'f(1, 2)');
  moves('def f(*args, **kwargs): return args, kwargs', 'f(1, a=2)');
  moves('async def f(x):\n    async with x as y:\n        async for z in y: yield z', 'f');
});

describe('tests that stand in the notebook', () => {
  stays('NB422', 'import doctest', 'def f():\n    ">>> f()"', 'def run(): return doctest.testmod()', 'run()');
  stays('NB422', 'from doctest import *', 'def f():\n    ">>> f()"', 'DocTestFinder().find(f)');
  const examples = 'from doctest import *\ndef run(g): run_docstring_examples(g, globals())';
  moves(examples, 'def f():\n    ">>> f()"', 'run(f)');
  stays('NB422', examples, 'def g(): return 1', 'def f():\n    ">>> f(g())"\n    return g()', 'run(f)');
  moves('import doctest', 'def f():\n    ">>> f()"', 'def run():\n    "testmod is called elsewhere"', 'f()');
  stays(
    'NB422',
    'import doctest',
    'def f():\n    """\n    >>> f()\n    1\n    """\n    return 1',
    'doctest.testmod()',
  );
  stays(
    'NB422',
    'import unittest',
    'class C(unittest.TestCase):\n    def test_it(self): pass',
    'unittest.main(argv=[""], exit=False)',
  );
  moves('def f():\n    """\n    >>> f()\n    1\n    """\n    return 1', 'f()');
  stays(
    'NB422',
    'from unittest import TestCase, main as run',
    'class C(TestCase):\n    def test_it(self): pass',
    'run(argv=[""], exit=False)',
  );
  moves('import unittest', 'class C(unittest.TestCase):\n    def test_it(self): pass', 'C.__name__');
});

describe('directives', () => {
  stays('NB410', '# nb2mod: keep\ndef f(): return 1');
  stays('NB410', '#nb2mod:keep\ndef f(): return 1');
  stays('NB410', '# The reason.\n# nb2mod: keep\n@staticmethod\ndef f(): return 1');
  stays('NB410', { source: 'def f(): return 1', tags: ['nb2mod:keep'] });
  stays('NB404', '# nb2mod: keep\ndef g(): return 1', 'def f(): return g()');
  stays('NB401', '# nb2mod: keep\nK = 3', 'def f(): return K');
  moves('# nb2mod: keep\n\ndef f(): return 1', 'f()');
  moves('# keep\ndef f(): return 1', 'f()');
  moves('x = "# nb2mod: keep"\ndef f(): return 1', 'f()');
  moves({ source: 'def f(): return 1', tags: ['skip-slide'] }, 'f()');
});

describe('cells that may be skipped', () => {
  const skip = (source: string): CellText => ({ source, tags: ['skip-execution'] });

  stays('NB410', skip('def f(): return 1'), 'print(1)');
  stays('NB404', skip('def g(): return 1'), 'def f(): return g()');
  stays('NB415', skip('import json'), 'def f(): return json');
  stays('NB416', 'def f(): return ujson', skip('!pip install ujson'), 'import ujson', 'f()');
  stays('NB416', 'def f(): return ujson', '%%bash\npip install ujson', 'import ujson', 'f()');
  stays('NB416', 'def f(): return ujson', '%pip install ujson\ny = = 1', 'import ujson', 'f()');
  moves(skip('import json'), 'import json', 'def f(): return json.dumps(1)', 'f()');
  moves({ source: 'def f(): return 1', tags: ['remove-cell', 'hide-input'] }, 'f()');

  test('nothing leaves them', () => {
    const skipped = skip('import json\ndef g(): return 1');
    const { cells } = extract([skipped, 'import json\ndef f(): return json', 'f()']);
    expect(cells).toEqual(['import json\ndef g(): return 1', 'from churn.churn import f', 'f()']);
  });
});

describe('cells that may raise an error', () => {
  const raise = (source: string): CellText => ({ source, tags: ['raises-exception'] });

  stays('NB410', 'from dataclasses import dataclass', raise('@dataclass\nclass C:\n    x: list = []'));
  stays('NB410', raise('class C(bool): pass'));
  stays('NB410', raise('def f(x=[1, 2][5]): return x'));
  stays('NB410', raise('def f(x=1 / 0): return x'));
  stays('NB410', 'import json', raise('def f(x=json.z): return x'));
  stays('NB410', raise('print(x)\ndef f(): return 1'));
  stays('NB401', raise('R = int("3.5")'), 'def f(): return R');
  stays('NB415', raise('import ujson'), 'def f(): return ujson');
  moves(raise('import json\ndef f(x: int = 1) -> str: return json.dumps(x)\nf()'));
  moves(raise('def f(x): return x / 2\ndef g(): return [f(1)]\ng()'));
  moves(raise('import json'), 'def f(): return json', 'f()');
  moves(raise('import tomllib'), 'import tomllib', 'def f(): return tomllib', 'f()');
});

describe('barriers', () => {
  stays('NB416', 'def f(): return ujson.dumps(1)', 'print(f)', '%pip install ujson', 'import ujson');
  moves('def f(): return ujson.dumps(1)', 'x = 1', 'print(x)', '%pip --version', 'import ujson', 'f()');
  moves(
    'def f(): return ujson.dumps(1)',
    'import os\nh = os.getcwd()\ndef g(): return h',
    'g() is None',
    '%pip --version',
    'import ujson',
    'f()',
  );
  stays(
    'NB416',
    'hooks = [input]',
    'hooks.append(lambda: f())',
    'def f(): return ujson.dumps(1)',
    'hooks[1]()',
    '%pip --version',
    'import ujson',
  );
  stays(
    'NB416',
    'def f(): return ujson.dumps(1)',
    'h = [input, f]\ndef g(): return h[1]()',
    'k = lambda: g() or x',
    'k()',
    '%pip --version',
    'import ujson',
  );
  stays(
    'NB416',
    'def f(): return ujson.dumps(1)',
    'def g(a=f): return x',
    '%pip install ujson',
    'import ujson',
  );
  moves('def f(): return ujson.dumps(1)', 'def g(): return f()', '%cd .', 'import ujson', 'g()');
  stays('NB416', 'def f(): return ujson.dumps(1)', 'g = f', '%pip install ujson', 'import ujson');
  // The standard library needs no installing.
  moves('def f(): return json.dumps(1)', 'print(f)', '%pip install ujson', 'import json');
  // One of an `@overload` group that stays keeps the others.
  stays(
    'NB404',
    'from typing import overload',
    '@overload\ndef f(x: int): ...\n@overload\ndef f(x: str): ...\ndef f(x): return ujson.dumps(x)',
    'print(f)',
    '%pip install ujson',
    'import ujson',
  );
  moves('%pip --version', 'import ujson', 'def f(): return ujson.dumps(1)', 'f()');
  moves('import sys\nsys.path.append("lib")', 'import ujson', 'def f(): return ujson.dumps(1)', 'f()');
  moves('def f(): return ujson.dumps(1)', '%cd .', 'import ujson', 'f()');
});

describe('what the compiler refuses, and not the parser', () => {
  stays('NB418', 'def f(x, x): return x');
  stays('NB418', 'def f(): return dict(a=1, a=2)');
  stays('NB418', 'def f(x): await x');
  stays('NB418', 'def f(x):\n    async for y in x: pass');
  stays('NB418', 'def f(x):\n    async with x: pass');
  stays('NB418', 'def f(x): return [y async for y in x]');
  stays('NB418', 'async def f(x):\n    yield from x');
  stays('NB418', 'def f():\n    from math import *');
  stays('NB418', 'def f():\n    break');
  stays('NB418', 'def f():\n    for x in "a": pass\n    continue');
  stays('NB418', 'class C:\n    return 1');
  stays('NB418', 'def f():\n    nonlocal x');
  stays('NB418', 'class C:\n    x = 1\n    def m(self):\n        nonlocal x');
  stays('NB418', 'def f(x):\n    y = *x');
  stays('NB418', 'def f(x):\n    *a, *b = x');
  stays('NB418', 'def f():\n    try: pass\n    except: pass\n    except ValueError: pass');
  stays('NB418', 'def f(x): return [(yield) for y in x]');
  stays('NB418', 'x = 1', 'def f():\n    print(x)\n    global x');
  // Of such a cell IPython runs the lines before.
  moves('def f(): return 1\nf()\nbreak');
  moves('%matplotlib inline\nfrom __future__ import division\ndef f(): return 1 / 2', 'f()');
});

describe('exercises', () => {
  stays('NB410', 'def f(x):\n    # FILL THIS IN\n    return');
  stays('NB410', 'def f(x):\n    """Doubles."""\n    # YOUR CODE HERE\n    raise NotImplementedError()');
  stays('NB410', 'def f(x):\n    """Doubles."""\n    # your code');
  stays('NB410', 'def f(x): pass  # TODO: double it');
  stays('NB410', 'def f(x) -> int:\n    ...\n    # Replace this line with your code');
  stays('NB410', '@staticmethod\ndef f(x):\n    # Implement me!\n    return None');
  stays('NB404', 'def g(x):\n    # TODO\n    pass', 'def f(x): return g(x)');
  stays('NB410', 'def f(x):\n    # FILL THIS IN\n    yield 0');
  stays(
    'NB410',
    'def f(x):\n    """Counts."""\n    # TODO: replace the line below\n    n = 0\n\n    return n',
  );
  stays('NB410', 'def f(x):\n    # TODO: replace this line\n    y = x\n    return y');
  stays(
    'NB410',
    'import numpy as np',
    'def f(x):\n    # Replace the line below\n    y = np.zeros_like(x);\n    return y',
  );
  moves('import numpy as np', 'def f(x):\n    y = np.zeros((2, 3))  # TODO\n    return y');
  moves('def f(x):\n    # TODO: replace this line\n    y = x + 1\n    return y');
  moves('def f(x):\n    # TODO: other countries\n    return False');
  moves('def f(x):\n    # YOUR CODE HERE\n    n = len(x)\n    return n');
  moves('def f(x):\n    # YOUR CODE HERE\n    n = "a"\n    return 0');
  moves('def f(x): pass');
  moves('def f(x):\n    # nothing to do\n    pass');
  moves('def f(x):\n    # TODO: faster\n    return x');
  moves('def f(x):\n    y = {1: 2}  # TODO\n    return');
  moves('def f(x):\n    def g():\n        pass  # TODO\n    return g');
  const stack = 'class C(object):\n    """Stack."""\n';
  const todo = '    def m(self, x):\n        # TODO: Implement me\n        pass\n';
  stays('NB410', `${stack}${todo}    @property\n    def n(self): return 0`);
  stays(
    'NB410',
    'class C:\n    async def m(self):\n        # YOUR CODE HERE\n        raise NotImplementedError()',
  );
  moves(`${stack}${todo}    def n(self): return self`);
  moves(`${stack}    size = 1\n${todo}`);
  moves(
    `${stack}    def m(self):\n        # subclasses are to implement this\n        raise NotImplementedError`,
  );
  moves('class C:\n    # TODO: implement me\n    pass');
  moves('class C:\n    def m(self):\n        pass  # TODO');
  moves('# nb2mod: module=churn\ndef f(x):\n    # TODO\n    pass');
});

describe('other text', () => {
  stays('NB420', 'def f(): return "\ud800"');
  moves('def f(): return "\\ud800"', 'len(f())');
  moves('def f(): return "😀"', 'f()');
});

/** In magics, `display`, libraries that are not installed and what only newer Pythons know, there is nothing to run. */
const mayNotRun = 22;
const cannotRun =
  /^not run: (NameError\("name '(get_ipython|display)' is|ModuleNotFoundError\("No module named '(a|mystery|torch|ujson)'|SyntaxError\()/;

test.runIf(python)('whatever moves, Python shows the same before and after', { timeout: 120_000 }, () => {
  const script = fileURLToPath(new URL('python/moves.py', import.meta.url));
  const { stdout, stderr } = spawnSync(python!, [script], { input: JSON.stringify(moved), encoding: 'utf8' });
  expect(stderr).toBe('');
  const verdicts = (JSON.parse(stdout) as string[]).map((verdict, i) => ({ verdict, ...moved[i]! }));
  expect(verdicts.length).toBe(moved.length);
  expect(verdicts.filter(({ verdict }) => verdict.startsWith('different'))).toEqual([]);
  const others = verdicts.map(({ verdict }) => verdict).filter((verdict) => verdict !== 'same');
  expect(others.filter((verdict) => !cannotRun.test(verdict))).toEqual([]);
  expect(others.length).toBeLessThanOrEqual(mayNotRun);
});
