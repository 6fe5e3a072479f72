/** What goes where: modules, what several notebooks share, where imports come to stand, and what stays as it was. */
import { describe, expect, test } from 'vitest';
import { analyse, draftNotebook, planOne, planTogether } from '../src/pipeline.ts';
import { buildGraph } from '../src/plan/graph.ts';
import { extract, extractAll, namesOf } from './extraction.ts';

const flat = { layout: 'flat' } as const;

describe('what notebooks have in their environments', () => {
  const norm = 'def norm(x): return x / 2';
  const fit = 'import torch\ndef fit(x): return torch.tensor(x)';
  const plot = 'import pylab\ndef plot(x): return pylab.plot(x)';

  test('a shared module imports only what all notebooks import that import it', () => {
    const { modules, notebooks } = extractAll({
      a: [norm, 'norm(1)'],
      b: [norm, fit, 'fit(norm(1))'],
      c: [fit, 'fit(1)'],
    });
    expect(Object.keys(modules)).toEqual(['common', 'common_torch']);
    expect(modules['common']).not.toContain('torch');
    expect(notebooks['b']!.cells).toContain('from churn.common import norm');
    expect(notebooks['b']!.cells).toContain('from churn.common_torch import fit');
  });

  test('a module that is named for another one says why it is none with that', () => {
    const other = 'def norm(x): return x / 3';
    const { modules } = extractAll({ a: [norm, fit], b: [norm, fit], c: [norm] });
    expect(modules['common_torch']).toMatch(
      /^"""Definitions shared by the notebooks a.ipynb, b.ipynb.\n\nThey stand apart from churn.common, which is also imported where torch may be missing.\n"""\n/,
    );
    const again = extractAll({ a: [norm], b: [norm], c: [other], d: [other] });
    expect(again.modules['common']).not.toContain('apart');
    expect(again.modules['common_2']).toContain("apart from churn.common, which has another 'norm'.");
  });

  test("what calls something unknown as it is made is not made in notebooks that don't have it", () => {
    const start = 'import nltk\nfrom nltk.corpus import stopwords';
    const download = "nltk.download('stopwords')";
    const cleaner = 'class Cleaner:\n    stop = stopwords.words()';
    const { modules, notebooks } = extractAll({
      a: [start, download, cleaner, norm, 'Cleaner()', 'norm(1)'],
      b: [start, download, cleaner, norm, 'Cleaner()', 'norm(2)'],
      c: [start, norm, 'norm(3)', download, 'stopwords.words()'],
    });
    expect(Object.keys(modules)).toEqual(['common', 'common_nltk']);
    expect(modules['common_nltk']).toContain('class Cleaner');
    expect(notebooks['c']!.cells).toContain('from churn.common import norm');
  });

  test('what all have goes to one module', () => {
    const all = `import torch, pylab\n${norm}\ndef fit(x): return torch.tensor(x)\ndef plot(x): return pylab.plot(x)`;
    const { modules } = extractAll({ a: [all, 'plot(fit(norm(1)))'], b: [all, 'plot(fit(norm(2)))'] });
    expect(Object.keys(modules)).toEqual(['common']);
  });

  test('through what it needs, too', () => {
    const use = 'def use(x): return fit(x)';
    const { modules } = extractAll({
      a: [norm, 'norm(1)'],
      b: [norm, fit, use, 'use(norm(1))'],
      c: [fit, use, 'use(1)'],
    });
    expect(modules['common']).not.toContain('use');
    expect(modules['common_torch']).toContain('def use');
  });

  test('through the modules of the package that it imports, too', () => {
    const g = ['from churn.net import fit', 'def g(): return fit(1)', 'g()'];
    const notebooks = { a: g, b: g, c: [norm, 'norm(1)'], d: [norm, 'norm(2)'] };
    const { modules } = extractAll(notebooks, { existing: { net: fit } });
    expect(Object.keys(modules)).toEqual(['common', 'common_torch']);
    expect(modules['common']).not.toContain('net');
  });

  test('and what these need is there only once they have been imported', () => {
    const late = ['%pip install torch', 'from churn.net import fit', 'def g(): return fit(1)', 'g()'];
    const world = { ...flat, existing: { net: fit } };
    const { modules } = extractAll({ a: [norm, 'norm(1)', ...late] }, world);
    expect(Object.keys(modules)).toEqual(['core', 'core_torch']);
    expect(modules['core']).not.toContain('net');
  });

  test('named for what the fewest have; of what is left nobody has to have more', () => {
    const both = 'import torch, pylab\ndef show(x): return pylab.plot(torch.tensor(x))';
    const { modules } = extractAll({
      a: [norm, 'norm(1)'],
      b: [norm, plot, 'plot(norm(1))'],
      c: [plot, both, 'show(plot(1))'],
      d: [both, fit, 'show(fit(1))'],
      e: [fit, 'fit(1)'],
    });
    expect(Object.keys(modules)).toEqual(['common', 'common_pylab', 'common_pylab_2', 'common_torch']);
    expect(modules['common_pylab']).not.toContain('torch');
    expect(modules['common_torch']).not.toContain('pylab');
  });

  test('names of a package are looked at one by one: an old notebook may import what is gone', () => {
    const old = 'from scipy.misc import imread\ndef read(x): return imread(x)';
    const older = 'from collections import Mapping\ndef check(x): return isinstance(x, Mapping)';
    const { modules } = extractAll({
      a: [`from scipy.stats import zscore\n${norm}`, 'zscore(norm(1))'],
      b: [norm, old, older, 'check(read(norm(1)))'],
      c: [old, older, 'check(read(1))'],
    });
    expect(modules['common']).not.toContain('import');
  });

  test('what is imported under try is missed by nobody', () => {
    const block = 'try:\n    import torch\nexcept ImportError:\n    torch = None\ndef has(): return torch';
    const { modules } = extractAll({
      a: [norm, 'norm(1)'],
      b: [norm, block, 'has(norm(1))'],
      c: [block, 'has()'],
    });
    expect(Object.keys(modules)).toEqual(['common']);
  });

  test('a module that another run made, and that other notebooks import, is not added to', () => {
    const existing = { common: 'def norm(x): return x / 2\n' };
    const uses = 'from churn.common import norm\nnorm(1)';
    const { modules } = extractAll({ a: [uses], b: [fit, 'fit(1)'], c: [fit, 'fit(1)'] }, { existing });
    expect(Object.keys(modules)).toEqual(['common_torch']);
  });

  test('nor one that a notebook imports that comes later', () => {
    const existing = { a: 'def norm(x): return x / 2\n' };
    const uses = 'from churn.a import norm\nnorm(1)';
    const { modules } = extractAll(
      { a: [fit, 'fit(1)'], b: [uses, 'def two(): return norm(2)', 'two()'] },
      { existing },
    );
    expect(Object.keys(modules)).toEqual(['a_torch', 'b']);
  });

  test.each([
    'def f():\n    from churn.extra import y\n    return y()',
    'try:\n    from churn.extra import y\nexcept ImportError:\n    y = None\ndef f(): return y()',
  ])('a module that a notebook imports under a condition, or later, does not grow either: %s', (lazy) => {
    const existing = { extra: 'def y(): return 1\n' };
    const { modules } = extractAll({ extra: [fit, 'fit(1)'], zebra: [lazy, 'f()'] }, { existing });
    expect(Object.keys(modules)).toEqual(['extra_torch', 'zebra']);
  });

  test('where a directive makes such a module grow all the same, what leans on it has its place', () => {
    const existing = { extra: 'def y(): return 1\n' };
    const lazy = 'def f():\n    from churn.extra import y\n    return y()';
    const asked = fit.replace('def', '# nb2mod: module=extra\ndef');
    const { modules } = extractAll({ aardvark: [asked, 'fit(1)'], zebra: [lazy, 'f()'] }, { existing });
    expect(Object.keys(modules)).toEqual(['extra', 'zebra']);
  });

  test('what the package has elsewhere leaves the shared module to others', () => {
    const [near, far] = [
      [norm, 'norm(1)'],
      [fit, 'fit(1)'],
    ];
    const notebooks = { ape: near, bear: near, cat: far, dog: far };
    expect(Object.keys(extractAll(notebooks).modules)).toEqual(['common', 'common_torch']);
    const { modules } = extractAll(notebooks, { existing: { extra: `${norm}\n` } });
    expect(Object.keys(modules)).toEqual(['common']);
  });

  test('what a notebook lacks keeps its definitions out of a module that needs it', () => {
    const existing = { zebra: `${fit}\n`, common: `${fit}\n` };
    const cells = [norm, 'norm(1)'];
    const far = 'def far(x): return x';
    const shared = { ape: [far, 'far(1)'], bear: [far, 'far(1)', 'import torch'] };
    const { modules } = extractAll({ ...shared, zebra: cells }, { existing });
    expect(Object.keys(modules)).toEqual(['common_2', 'zebra_2']);
    expect(modules['zebra_2']).toContain(
      "They stand apart from churn.zebra, which needs 'torch', which may be missing where these are imported.",
    );
    const has = extractAll({ zebra: ['import torch.nn as nn', ...cells, 'nn.ReLU()'] }, { existing });
    expect(Object.keys(has.modules)).toEqual(['zebra']);
    const flat = extractAll({ zebra: cells }, { existing: { core: `${fit}\n` }, layout: 'flat' });
    expect(Object.keys(flat.modules)).toEqual(['core']);
  });

  test('a notebook has what the modules import that it imports', () => {
    const existing = { common: 'import torch\n\n\ndef fit(x):\n    return torch.tensor(x)\n' };
    const uses = 'from churn.common import fit\nfit(1)';
    const more = 'import torch\ndef more(x): return torch.ones(x)';
    const { modules } = extractAll({ a: [uses], b: [more, 'more(1)'], c: [more, 'more(1)'] }, { existing });
    expect(Object.keys(modules)).toEqual(['common']);
  });

  test('what a notebook installs first is no need of what it uses before', () => {
    const { modules, notebooks } = extractAll({
      a: [
        'def f(): return 1',
        'f()',
        '%pip install -r needs.txt',
        'import torch',
        'def g(): return torch.ones(1)',
        'g()',
      ],
    });
    expect(Object.keys(modules)).toEqual(['a', 'a_torch']);
    expect(notebooks['a']!.cells).toEqual([
      'from churn.a import f',
      'f()',
      '%pip install -r needs.txt',
      'from churn.a_torch import g',
      'g()',
    ]);
  });

  const install = ['%pip install -r needs.txt', 'import torch'];

  test('what stands in a module that imports what the notebook installs only later stays', () => {
    const existing = { extra: `${fit}\n\n\n${norm}\n` };
    const { notebooks } = extractAll({ zebra: [norm, 'norm(1)', ...install, 'torch.ones(1)'] }, { existing });
    expect(notebooks['zebra']!.verdicts).toEqual({ norm: 'NB416' });
    expect(notebooks['zebra']!.messages['norm']).toBe(
      "'churn.extra', which has it, imports 'torch', and the notebook imports that only later",
    );
  });

  test('nor does anything go to such a module', () => {
    const existing = { zebra: `${fit}\n` };
    const cells = [norm, 'norm(1)', ...install, 'from churn.zebra import fit\nfit(1)'];
    const { modules } = extractAll({ zebra: cells }, { existing });
    expect(Object.keys(modules)).toEqual(['zebra_2']);
  });

  test('a module does not wait for an import of what it holds itself', () => {
    const existing = { core: 'rows = [1]\n\n\ndef fit(x):\n    return len(rows) + x\n' };
    const cells = [
      'def norm(x): return x + 1',
      'norm(1)',
      '%env A=1',
      'from churn.core import rows',
      'def fit(x):\n    return len(rows) + x',
      'fit(1)',
    ];
    const { notebooks } = extractAll({ zebra: cells }, { existing, layout: 'flat' });
    expect(notebooks['zebra']!.verdicts).toEqual({ norm: 'moves', fit: 'moves' });
  });

  const plain = 'def plain(x): return x';
  test.each([
    ['python310', 'def new(x):\n    match x:\n        case 1: return 2'],
    ['python311', 'def new(x):\n    try: pass\n    except* ValueError: pass'],
    ['python312', 'def new[T](x: T): return x'],
    ['python312', 'class new[T]: pass'],
    ['python312', 'type Whole = int\ndef new(x: Whole): return x'],
    ['python312', 'def new(x): return f"{x["a"]}"'],
    ['python312', "def new(x): return f'{x + f'{x}'}'"],
    ['python312', 'def new(x): return f"{chr(10).join("\\n")}"'],
  ])('syntax of %s is in no module for a notebook without such: %s', (python, definition) => {
    const notebooks = { a: [definition, plain, 'new, plain'], b: [definition, 'new'], c: [plain, 'plain'] };
    const { modules, notebooks: after } = extractAll(notebooks);
    expect(Object.keys(modules)).toEqual(['common', `common_${python}`]);
    expect(modules['common']).not.toContain('new');
    expect(after['b']!.cells).toEqual([`from churn.common_${python} import new`, 'new']);
  });

  test.each([
    'def new(x): return f"{x[\'a\']:>{3}}"',
    'def new(x): return f"""{x["a"]}\n"""',
    'def new(x): return f"{x}\\n{x}"',
    'def new(match, type): return match == type',
    'def new(x: list[int]) -> dict[str, int]:\n    y: dict[str, int] = x[0]\n    return [*y]',
    'class new(dict[str, int]): pass',
    'def new(x): return f"{x:#x}{x:\\t>9}"',
  ])('what any Python parses is: %s', (definition) => {
    const { modules } = extractAll({
      a: [definition, plain, 'new'],
      b: [definition, 'new'],
      c: [plain, 'plain'],
    });
    expect(Object.keys(modules)).toEqual(['common']);
  });

  test.each([
    ['3.12.1', ['common']],
    ['3.11.9', ['common', 'common_python312']],
    ['3.9', ['common', 'common_python312']],
  ])('a notebook that was last open in Python %s', (python, expected) => {
    const young = 'def young[T](x: T): return x';
    const cells = { a: [young, plain, 'young, plain'], b: [young, 'young'], c: [plain, 'plain'] };
    expect(Object.keys(extractAll(cells, { python }).modules)).toEqual(expected);
  });

  test.each(['topic', 'flat'] as const)('by %s, too', (layout) => {
    const young = 'def young[T](x: T): return x';
    const cells = { a: [young, plain, 'young, plain'], b: [young, 'young'], c: [plain, 'plain'] };
    const base = layout === 'topic' ? 'utils' : 'core';
    expect(Object.keys(extractAll(cells, { layout }).modules)).toEqual([base, `${base}_python312`]);
  });

  test('a notebook with newer syntax has what is older', () => {
    const match = 'def old(x):\n    match x:\n        case 1: return 2';
    const generic = 'def young[T](x: T): return x';
    const { modules } = extractAll({
      a: [match, 'old'],
      b: [match, plain, 'old'],
      c: [generic, plain, 'young'],
    });
    expect(Object.keys(modules)).toEqual(['c', 'common']);
    expect(modules['common']).toMatch(/def old[^]*def plain/);
  });

  test('a module of the package with newer syntax is not added to for a notebook without such', () => {
    const existing = { common: 'type Whole = int\n' };
    const { modules } = extractAll({ d: [plain, 'plain'], e: [plain, 'plain'] }, { existing });
    expect(Object.keys(modules)).toEqual(['common_2']);
    expect(modules['common_2']).toContain(
      "apart from churn.common, which needs 'Python 3.12', which may be missing where these are imported.",
    );
  });

  test('what waits for an import from the package does not make the rest wait', () => {
    const existing = { extra: `${fit}\n` };
    const via = 'import churn.extra as e\ndef via(x): return e.fit(x)';
    const { modules, notebooks } = extractAll(
      { zebra: [norm, 'norm(1)', ...install, via, 'via(1)'] },
      { existing },
    );
    expect(Object.keys(modules)).toEqual(['zebra', 'zebra_torch']);
    expect(notebooks['zebra']!.verdicts).toEqual({ norm: 'moves', via: 'moves' });
  });

  test.each(['topic', 'flat'] as const)('by %s the layout decides', (layout) => {
    const { modules } = extractAll(
      { a: [norm, 'norm(1)'], b: [norm, fit, 'fit(norm(1))'], c: [fit, 'fit(1)'] },
      { layout },
    );
    expect(Object.keys(modules).every((module) => !module.includes('torch'))).toBe(true);
  });
});

describe('import blocks that may leave a name unbound', () => {
  const flag = 'try:\n    import xgboost\n    HAS = True\nexcept ImportError:\n    HAS = False';

  test('the module gets a copy, and they stay', () => {
    const { cells, module } = extract([flag, 'def f(): return HAS', 'f()']);
    expect(cells).toEqual([flag, 'from churn.churn import f', 'f()']);
    expect(module).toContain(`${flag}\n\n\ndef f(): return HAS`);
  });

  test('with `else`, too', () => {
    const block = 'try:\n    import xgboost\nexcept ImportError:\n    HAS = False\nelse:\n    HAS = True';
    expect(extract([block, 'def f(): return HAS', 'f(), HAS']).cells[0]).toBe(block);
  });

  test('they go where only what moves needs the name', () => {
    const block = 'try:\n    import xgboost\nexcept ImportError:\n    pass';
    const { cells } = extract([block, 'def f(): return xgboost.x', 'f']);
    expect(cells).toEqual(['from churn.churn import f', 'f']);
  });

  test('what is bound in every branch is imported', () => {
    const block = 'try:\n    import torch\nexcept ImportError as error:\n    torch = None';
    const { cells } = extract([block, 'def f(): return torch', 'f(), torch']);
    expect(cells).toEqual(['from churn.churn import f, torch', 'f(), torch']);
  });

  test('an import that is tried in a function is not unused', () => {
    const probe =
      'def f():\n    try:\n        import xgboost\n    except ImportError:\n        return False\n    return True';
    expect(extract([probe, 'f()']).verdicts['f']).toBe('moves');
    const unused = 'def f():\n    from importlib.util import find_spec\n    return 1';
    expect(extract([unused, 'f()']).verdicts['f']).toBe('NB418');
  });
});

describe('several notebooks', () => {
  const load = 'import json\n\n\ndef load(path):\n    return json.load(open(path))';

  test('what two notebooks have alike goes to common, once', () => {
    const { modules, notebooks } = extractAll({ a: [load, 'load("x")'], b: [load, 'load("y")'] });
    expect(Object.keys(modules)).toEqual(['common']);
    expect(modules['common']!.match(/def load/g)).toHaveLength(1);
    expect(notebooks['a']!.cells[0]).toBe('from churn.common import load');
    expect(notebooks['b']!.cells[0]).toBe('from churn.common import load');
  });

  test('equal definitions that no import can serve are found at once, and not one in each round', () => {
    const copies = Array.from({ length: 5 }, () => ['def f(): return ujson.dumps(1)', 'print(f)']).flat();
    const cells = [...copies, '%pip install ujson', 'import ujson'].map((source, i) => {
      return { index: i + 1, kind: 'code' as const, source, tags: [] };
    });
    const names = analyse({ path: 'a.ipynb', cells });
    const source = { names, module: 'a', localModules: new Set<string>(), expansions: new Map() };
    const options = { package: 'churn', layout: 'notebook' } as const;
    const planning = planTogether([new Map()], [], options);
    const steps: string[] = [];
    for (let state = planning.next(); state.done !== true;) {
      const { step, asks } = state.value;
      steps.push(step);
      state = planning.next(
        asks.map((ask) => {
          if (typeof ask === 'string') return [];
          if (!('modules' in ask)) return draftNotebook(source, ask.excluded, options);
          return planOne(source, ask.excluded, ask.modules, options).planned;
        }),
      );
    }
    expect(steps).toEqual(['draft', 'plan', 'draft', 'plan']);
  });

  test('the order in which notebooks are named does not matter', () => {
    const other = 'def other(): return 1';
    const one = extractAll({ a: [load, other, 'other()'], b: [load] });
    const two = extractAll({ b: [load], a: [load, other, 'other()'] });
    expect(Object.keys(two.modules).sort()).toEqual(Object.keys(one.modules).sort());
    expect(two.modules['a']).toBe(one.modules['a']);
    expect(two.notebooks['a']!.cells).toEqual(one.notebooks['a']!.cells);
  });

  test.each([
    ['from torch import nn', 'import torch.nn as nn', 'nn'],
    ['import json', 'import json as json', 'json'],
    ['from a import b as c', 'import a.b as c', 'c'],
  ])('what they import in two ways is imported once: %s, %s', (one, other, name) => {
    const { modules } = extractAll({
      a: [other, `def f(x): return ${name}.dumps(x)`],
      b: [one, `def f(x): return ${name}.dumps(x)`, `def g(x): return ${name}.loads(x)`],
      c: [other, `def g(x): return ${name}.loads(x)`],
    });
    expect(modules['common']!.match(/^def \w/gm)).toEqual(['def f', 'def g']);
    expect(modules['common']!.match(/^.*\bimport\b.*$/gm)).toEqual([one]);
  });

  test('of paths that begin alike all are imported', () => {
    const { modules } = extractAll({
      a: ['import os\nimport os.path', 'def f(x): return os.path.join(os.getcwd(), x)'],
      b: ['import xml.dom\nimport xml.sax', 'def g(): return xml.dom, xml.sax'],
    });
    expect(modules['a']).toContain('import os.path');
    expect(modules['b']).toContain('import xml.dom\nimport xml.sax');
  });

  test('layout and comments do not make a difference', () => {
    const { modules } = extractAll({
      a: ['def f(x): return x'],
      b: ['# The same.\ndef f( x ):\n    return x'],
    });
    expect(Object.keys(modules)).toEqual(['common']);
  });

  test('the same text with different needs is not the same', () => {
    const save = 'def save(name):\n    return FOLDER + name';
    const { modules } = extractAll({ a: ['FOLDER = "a/"', save], b: ['FOLDER = "b/"', save] });
    expect(Object.keys(modules).sort()).toEqual(['a', 'b']);
    expect(modules['a']).toContain('FOLDER = "a/"');
    expect(modules['b']).toContain('FOLDER = "b/"');
  });

  test('different needs count however far away they are', () => {
    const chain = ['def f(): return g()', 'def g(): return K'];
    const { modules } = extractAll({ a: ['K = 1', ...chain], b: ['K = 2', ...chain] });
    expect(Object.keys(modules).sort()).toEqual(['a', 'b']);
  });

  test('the same text with different imports is not the same', () => {
    const f = 'def f(h): return load(h)';
    const { modules } = extractAll({ a: ['from json import load', f], b: ['from pickle import load', f] });
    expect(Object.keys(modules).sort()).toEqual(['a', 'b']);
  });

  test('the same import under two spellings is the same', () => {
    const f = 'def f(): return path.join("a")';
    const { modules } = extractAll({ a: ['import os.path as path', f], b: ['from os import path', f] });
    expect(Object.keys(modules)).toEqual(['common']);
  });

  test('what is shared brings along what it needs, and the rest imports it', () => {
    const { modules } = extractAll({
      a: ['K = 2', 'def f(x): return x * K', 'def g(x): return f(x) + K'],
      b: ['K = 2', 'def f(x): return x * K', 'f(1)'],
    });
    expect(modules['common']).toContain('K = 2');
    expect(modules['a']).toContain('from churn.common import K, f');
    expect(modules['a']).not.toContain('K = 2');
  });

  test('what refer to each other stay together, shared or not', () => {
    const even = 'def even(n): return n == 0 or odd(n - 1)';
    const odd = 'def odd(n): return n != 0 and even(n - 1)';
    const { modules } = extractAll({ a: [even, odd], b: [even, odd], c: [odd, even] });
    expect(Object.keys(modules)).toEqual(['common']);
    expect(modules['common']!.match(/def /g)).toHaveLength(2);
  });

  test('two different things of one name that are both shared get a module each', () => {
    const { modules } = extractAll({
      a: ['def f(): return 1'],
      b: ['def f(): return 1'],
      c: ['def f(): return 2'],
      d: ['def f(): return 2'],
    });
    expect(Object.keys(modules).sort()).toEqual(['common', 'common_2']);
  });

  test('what stays in one notebook may move in another', () => {
    const { notebooks } = extractAll({
      a: ['def f(x): return x * scale', 'scale = 1'],
      b: ['def f(x): return x * scale', 'scale = 1', 'scale = 2'],
    });
    expect(notebooks['a']!.verdicts['f']).toBe('moves');
    expect(notebooks['b']!.verdicts['f']).toBe('NB402');
  });

  test('the flat layout puts everything into core', () => {
    const { modules } = extractAll(
      { a: ['def f(): return 1'], b: ['def g(): return 2'] },
      { layout: 'flat' },
    );
    expect(Object.keys(modules)).toEqual(['core']);
  });
});

describe('a module and a folder of one name', () => {
  test('what would hide behind a folder takes another name', () => {
    const { modules, notebooks } = extractAll(
      { data: ['def f(): return 1', 'f()'] },
      { existing: { 'data.raw': 'K = 1\n' } },
    );
    expect(Object.keys(modules)).toEqual(['data_2']);
    expect(notebooks['data']!.cells[0]).toBe('from churn.data_2 import f');
  });

  test('a folder would hide the module that is there', () => {
    const { notebooks } = extractAll(
      { a: ['# nb2mod: module=data.raw\ndef f(): return 1', 'f()'] },
      { existing: { data: 'K = 1\n' } },
    );
    expect(notebooks['a']!.verdicts['f']).toBe('NB417');
  });

  test('one run asks for both', () => {
    const { notebooks } = extractAll({
      a: [
        '# nb2mod: module=data\ndef f(): return 1',
        '# nb2mod: module=data.raw\ndef g(): return 1',
        'f(), g()',
      ],
    });
    expect(notebooks['a']!.verdicts).toEqual({ f: 'moves', g: 'NB417' });
  });
});

describe('the topic layout', () => {
  const topicOf = (...cells: readonly string[]): readonly string[] =>
    Object.keys(extractAll({ a: cells }, { layout: 'topic' }).modules).sort();

  test.each([
    ['visualization', 'import matplotlib.pyplot as plt\ndef risk(x): return plt.hist(x)'],
    ['visualization', 'def plot_risk(axes, x): axes.hist(x)'],
    ['data', 'import pandas as pd\ndef load_orders(path): return pd.read_csv(path)'],
    ['data', 'import requests\ndef rates(day): return requests.get(day).json()'],
    ['features', 'def add_features(frame): return frame.assign(n=1)'],
    [
      'features',
      'from sklearn.preprocessing import StandardScaler\ndef scaled(x): return StandardScaler().fit_transform(x)',
    ],
    ['models', 'from sklearn.linear_model import Ridge\ndef ridge(x, y): return Ridge().fit(x, y)'],
    ['models', 'class RiskModel:\n    def score(self, x): return x'],
    ['utils', 'def chunks(items, n): return [items[i:i + n] for i in range(0, len(items), n)]'],
  ])('%s: %s', (topic, cell) => {
    expect(topicOf(cell)).toEqual([topic]);
  });

  test.each([
    ['import torch\nimport torch.nn', 'torch.nn.Linear(n, n)', 'it uses torch'],
    ['import pandas as pd', 'pd.read_csv(n)', "it uses '.read_csv'"],
    ['', 'n', 'nothing in it speaks for another topic'],
  ])('says why: %j, %j', (imports, value, because) => {
    const { notebooks } = extractAll(
      { a: [imports, `def f(n): return ${value}`, 'f(1)'] },
      { layout: 'topic' },
    );
    expect(notebooks['a']!.because).toEqual({ f: because });
  });

  test('a constant goes where it is needed', () => {
    const { modules } = extractAll(
      { a: ['COLOURS = ("red", "blue")\ndef plot_risk(axes, x): axes.hist(x, color=COLOURS[0])'] },
      { layout: 'topic' },
    );
    expect(Object.keys(modules)).toEqual(['visualization']);
    expect(modules['visualization']).toContain('COLOURS = ');
  });

  test('modules that would import in a circle share what they lean on', () => {
    const cells = [
      'def load(path): return clean(path)',
      'def clean(x): return first(x)',
      'def first(x): return x',
      'def plot_all(x): return load(x)',
      'def read_plot(x): return plot_all(x)',
    ];
    expect(topicOf(...cells)).toEqual(['data', 'features', 'utils', 'visualization']);
  });

  test('what has no place in its topic says why', () => {
    const { notebooks } = extractAll(
      {
        a: ['def load(path): return path', 'def plot(x): return load(x)', 'def load_all(x): return plot(x)'],
        b: ['def plot(x): return x.hist()', 'plot(1)'],
      },
      { layout: 'topic' },
    );
    expect([notebooks['a']!.because, notebooks['b']!.because]).toEqual([
      {
        load: "it is called 'load'",
        plot: "it is called 'plot'",
        load_all:
          "it is called 'load_all', but 'churn.data' is imported by 'churn.visualization', which it would import",
      },
      { plot: "it is called 'plot', but 'churn.visualization' has another 'plot'" },
    ]);
  });

  test('what the package has already, or the user sends elsewhere, is not explained by its topic', () => {
    const { notebooks } = extractAll(
      { a: ['def plot(x): return x.bar()', '# nb2mod: module=own\ndef load(x): return x', 'plot(load(1))'] },
      { layout: 'topic', existing: { things: 'def plot(x): return x.bar()\n' } },
    );
    expect(notebooks['a']!.because).toEqual({ plot: "'churn.things' has it" });
  });

  test('two of one name go to their notebooks modules', () => {
    const { modules } = extractAll(
      { a: ['def plot(x): return x.bar()'], b: ['def plot(x): return x.hist()'] },
      { layout: 'topic' },
    );
    expect(Object.keys(modules).sort()).toEqual(['b', 'visualization']);
  });
});

describe('modules that are asked for', () => {
  test('by a comment', () => {
    const { modules, notebooks } = extractAll({
      a: ['# nb2mod: module=features.temporal\ndef f(): return 1', 'f()'],
    });
    expect(Object.keys(modules)).toEqual(['features.temporal']);
    expect(modules['features.temporal']).not.toContain('nb2mod');
    expect(notebooks['a']!.cells[0]).toBe('from churn.features.temporal import f');
  });

  test('by a tag of the cell', () => {
    const { modules } = extractAll({ a: [{ source: 'def f(): return 1', tags: ['nb2mod:module=io'] }] });
    expect(Object.keys(modules)).toEqual(['io']);
  });

  const nbdev: [text: string, cells: readonly string[], modules: Record<string, string>][] = [
    ['#| export', ['#| default_exp core', '#| export\ndef f(): return 1'], { f: 'core' }],
    ['#|export', ['#|default_exp core', '#|export\ndef f(): return 1'], { f: 'core' }],
    [
      '#|exporti and #|exports',
      ['#|default_exp a.b', '#|exporti\nf = 1', '#|exports\ng = 2'],
      { f: 'a.b', g: 'a.b' },
    ],
    ['a module of its own', ['#|default_exp core', '#|export data\ndef f(): return 1'], { f: 'data' }],
    ['a module without a default', ['#| export data.raw\ndef f(): return 1'], { f: 'data.raw' }],
    ['no default and no module', ['#| export\ndef f(): return 1'], { f: 'study' }],
    [
      'the comments of nbdev 1',
      ['# default_exp core', '#export\nf = 1', '# export data\ng = 1'],
      { f: 'core', g: 'data' },
    ],
    [
      'all of the cell, below #| hide',
      ['#|default_exp core', '#| hide\n#| export\n\nf = 1\ng = 2'],
      { f: 'core', g: 'core' },
    ],
    ['what is not exported', ['#|default_exp core', '#|hide\ndef f(): return 1'], { f: 'core' }],
    [
      'what is needed by what is exported',
      ['#|default_exp core', 'N = 1', '#|export\ndef f(): return N'],
      { N: 'core', f: 'core' },
    ],
    ['a comment in another notebook', ['# export data\ndef f(): return 1'], { f: 'study' }],
    [
      "nb2mod's own directive first",
      ['#|default_exp core', '#|export\n# nb2mod: module=own\ndef f(): return 1'],
      { f: 'own' },
    ],
    ['a name that no module can have', ['#|default_exp 00-core', 'def f(): return 1'], { f: 'study' }],
  ];
  test.each(nbdev)('by nbdev: %s', (_, cells, expected) => {
    const { modules } = extractAll({ study: [...cells, 'print(1)'] });
    const found = Object.keys(expected).map((name) => [
      name,
      Object.keys(modules).find((module) =>
        new RegExp(`^(def ${name}\\b|${name} =)`, 'm').test(modules[module]!),
      ),
    ]);
    expect(Object.fromEntries(found)).toEqual(expected);
    expect(Object.values(modules).join('')).not.toMatch(/#.*(export|default_exp|hide|nb2mod)(?! data\ndef)/);
  });

  test('for a constant that nothing needs', () => {
    const { modules, notebooks } = extractAll({ a: ['# nb2mod: module=settings\nLIMIT = 3', 'LIMIT'] });
    expect(modules['settings']).toContain('LIMIT = 3');
    expect(notebooks['a']!.cells[0]).toBe('from churn.settings import LIMIT');
  });

  test('modules never import in a circle', () => {
    const { modules, notebooks } = extractAll({
      a: [
        '# nb2mod: module=one\ndef f(n): return n and g(n - 1)',
        '# nb2mod: module=two\ndef g(n): return n and h(n - 1)',
        '# nb2mod: module=one\ndef h(n): return n',
        'f(3)',
      ],
    });
    const importsOf = (name: string): boolean => modules[name]?.includes('import') === true;
    expect(importsOf('one') && importsOf('two')).toBe(false);
    expect(notebooks['a']!.verdicts['h']).toBe('moves');
  });
});

describe('where an import comes to stand', () => {
  test('where the first of its definitions stood', () => {
    const { cells } = extract(['x = 1', 'def f(): return 1', 'def g(): return 2', 'f(), g()']);
    expect(cells).toEqual(['x = 1', 'from churn.churn import f, g', 'f(), g()']);
  });

  test('a name that nobody reads is imported, for the user will', () => {
    expect(extract(['def f(): return 1']).cells).toEqual(['from churn.churn import f']);
  });

  test('a name that only what moved reads is not imported', () => {
    expect(extract(['def g(): return 1\n\ndef f(): return g()', 'f()']).cells).toEqual([
      'from churn.churn import f',
      'f()',
    ]);
  });

  test('a name in a string, a magic or a shell line is imported', () => {
    const g = 'def g(): return 1\n\ndef f(): return g()';
    for (const use of ['eval("g()")', '%timeit g()', '!echo {g()}', 'print(f"{g()}")', '%%timeit\ng()']) {
      expect(extract([g, use]).cells[0]).toBe('from churn.churn import f, g');
    }
  });

  test('after a barrier that its imports came after', () => {
    const { cells } = extract(['def f(): return ujson.dumps(1)', '%cd .', 'import ujson', 'f()']);
    expect(cells.join('\n')).toBe('%cd .\nfrom churn.churn import f\nf()');
  });

  const setup = 'import os, sys\ndef setup():\n    sys.path.append("lib")';
  test.each([
    ['what puts a folder on the path', 'import sys\nsys.path.append("lib")', true],
    ['a call of a function that does', `${setup}\nsetup()`, true],
    ['of one that imports what it needs', 'def go():\n    import os\n    os.chdir("..")\ngo()', true],
    ['of one that calls it', `${setup}\ndef go(): setup()\nx = go()`, true],
    ['of one that knows it by another name', 'from os import chdir as c\ndef go(): c("..")\ngo()', true],
    ['of a method that does', 'import os\nclass C:\n    def go(self): os.chdir("..")\nC().go()', true],
    ['an attribute of a module', 'import numpy as np\nnp.float = float', true],
    ['the environment by another name', 'import os\nenv = os.environ\nenv["A"] = "1"', true],
    ['by an imported one', 'from os import environ as e\nenv = e\nenv.update(A="1")', true],
    ['in a function', 'import os\nenv = os.environ\ndef go(): env["A"] = "1"\ngo()', true],
    ['by a name of a function', 'import sys\ndef go():\n    p = sys.path\n    p.append("a")\ngo()', true],
    ['one that is only read', 'import os\nenv = os.environ\nprint(env["HOME"], env.get("A"))', false],
    ['a file with the environment', 'from dotenv import load_dotenv\nload_dotenv()', true],
    ['what Pyodide installs', 'import micropip\nawait micropip.install("ujson")', true],
    ['with a value', 'import piplite\nr = await piplite.install(["ujson"])', true],
    ['what finds Spark', 'import findspark\nfindspark.init()', true],
    ['a filter of warnings', 'import warnings\nwarnings.filterwarnings("ignore")', true],
    ['one that is imported', 'from warnings import simplefilter as s\ns("ignore")', true],
    [
      'one that holds for a block',
      'import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter("ignore")',
      false,
    ],
    ['an item of a module', 'import pylab\npylab.rcParams["font"] = 9', false],
    ['an attribute of a class', 'from json import JSONEncoder\nJSONEncoder.x = 9', false],
    ['the definition alone', setup, false],
    ['a call of another function', `${setup}\ndef go(): print(os.path.join("a"))\ngo()`, false],
    ['a variable that only Python reads', 'import os\nos.environ["PYTHONHASHSEED"] = "0"', false],
  ])('a barrier or none: %s', (_, between, isBarrier) => {
    const { cells } = extract([
      'def a(x): return x',
      'a(1)',
      between,
      'import ujson\ndef b(): return ujson',
      'a(1), b()',
    ]);
    expect(cells.join('\n').includes('from churn.churn_ujson import b')).toBe(isBarrier);
  });

  test('before a barrier that its imports came before', () => {
    const { cells } = extract([
      'import json\ndef f(): return json.dumps(1)',
      'f()',
      '%cd .',
      'def g(): return f()',
      'g()',
    ]);
    expect(cells[0]).toBe('from churn.churn import f, g');
  });

  test('a definition with the name of a builtin is not imported before the builtin was used', () => {
    const { cells } = extract(['def f(): return 1', 'sum([1])', 'def sum(xs): return 0', 'f(), sum([])']);
    expect(cells).toEqual([
      'from churn.churn import f',
      'sum([1])',
      'from churn.churn import sum',
      'f(), sum([])',
    ]);
  });

  test('a name that a star import in between may bind is imported after it', () => {
    const { cells } = extract([
      'def f(): return 1',
      'from math import *',
      'def sin(x): return x',
      'f(), sin(1)',
    ]);
    expect(cells[1]).toContain('from math import *');
    expect(cells[2]).toBe('from churn.churn import sin');
  });

  test('a name that was something else before is imported where it was defined', () => {
    const { cells } = extract(['def f(): return 1', 'g = 3\nprint(g)', 'def g(): return 2', 'f(), g()']);
    expect(cells).toEqual([
      'from churn.churn import f',
      'g = 3\nprint(g)',
      'from churn.churn import g',
      'f(), g()',
    ]);
  });

  test('an equal definition after a rebinding is imported again', () => {
    const f = 'def f(): return 1';
    const { cells } = extract([f, 'f = 2', f, 'f()']);
    expect(cells).toEqual(['from churn.churn import f', 'f = 2', 'from churn.churn import f', 'f()']);
  });

  test('an equal definition without a rebinding is not', () => {
    const f = 'def f(): return 1';
    expect(extract([f, 'f()', f, 'f()']).cells).toEqual(['from churn.churn import f', 'f()', 'f()']);
  });

  test('two imports from one place are sorted as isort does', () => {
    const { cells } = extract(['def b(): 1\ndef A(): 2\nclass Z: pass\nK = 1\ndef a(): return K', 'K']);
    expect(cells[0]).toBe('from churn.churn import A, K, Z, a, b');
  });
});

describe('imports that the notebook no longer needs', () => {
  const uses = (names: string): string => `def f(): return ${names}`;

  test.each([
    ['an attribute', 's.json.loads("1")', false],
    ['a keyword', 'dict(json=1)', false],
    ['an option of a command', '!ls -json --json', false],
    ['the object of an attribute', 'json.x', true],
    ['the value of a keyword', 'dict(a=json)', true],
    ['a word of a command', '!ls json', true],
    ['Python in a command', '!ls {1 -json}', true],
    ['a word of a text', 's("json")', true],
    ['an attribute of the notebook as a module', 'import __main__\n__main__.json', true],
  ])('a name is used by %s: %s', (_, user, isUsed) => {
    const { cells } = extract(['import json', uses('json'), user, 'f()']);
    expect(cells.includes('import json')).toBe(isUsed);
  });

  test.each([
    ['import json', 'json', ''],
    ['import json, os', 'json', 'import os'],
    ['import json, os', 'os', 'import json'],
    ['import json, os, re', 'os', 'import json, re'],
    ['import json, os, re', 'json, re', 'import os'],
    ['import json as j, os as o', 'j', 'import os as o'],
    ['from os import path, sep', 'path', 'from os import sep'],
    ['from os import path as p, sep', 'p', 'from os import sep'],
    ['from os import (path, sep)', 'sep', 'from os import (path)'],
    ['from os import (\n    path,\n    sep,\n)', 'path', 'from os import (\n    sep,\n)'],
    ['from os import (\n    path,\n    sep,\n)', 'sep', 'from os import (\n    path,\n)'],
    ['from os import (\n    path,\n    sep,\n)', 'path, sep', ''],
    [
      'from os import (\n    path,  # p\n    sep,  # s\n)',
      'sep',
      'from os import (\n    path,  # p\n    # s\n)',
    ],
    [
      'from os import (\n    path,  # p\n    sep,  # s\n)',
      'path',
      'from os import (\n    # p\n    sep,  # s\n)',
    ],
    ['from os import (\n    path,  # p\n    sep\n)', 'sep', 'from os import (\n    path,  # p\n)'],
    ['from os import (\r\n    path,  # p\r\n    sep\r\n)', 'sep', 'from os import (\r\n    path,  # p\r\n)'],
    ['from os import (path,  # p\n    sep)', 'sep', 'from os import (path,  # p\n    )'],
    ['from os import (path,  # p\n    name, sep)', 'name, sep', 'from os import (path,  # p\n    )'],
    ['from os import path, \\\n    sep', 'path', 'from os import sep'],
    ['import os.path', 'os', ''],
    ['import json; import os', 'json', 'import os'],
    ['import json; import os', 'os', 'import json'],
    ['from os import (path,  # p\n    sep)', 'path', 'from os import (# p\n    sep)'],
    ['import json  # for f', 'json', '# for f'],
  ])('%s', (line, used, left) => {
    const { cells } = extract([line, uses(used), 'f()', ...unused(line, used)]);
    const expected =
      left === '' ? ['from churn.churn import f', 'f()'] : [left, 'from churn.churn import f', 'f()'];
    expect(cells.slice(0, expected.length)).toEqual(expected);
  });

  /** Cells that read what `f` does not, so that it must stay. */
  function unused(line: string, used: string): string[] {
    const names = ['json', 'os', 're', 'j', 'o', 'path', 'sep', 'p'].filter(
      (name) => new RegExp(`\\b${name}\\b`).test(line.replace(/^from os| as /g, ' ')) && !used.includes(name),
    );
    return names.length === 0 ? [] : [names.join(', ')];
  }

  test('an import that nobody reads stays', () => {
    expect(extract(['import json\nimport os\ndef f(): return json', 'f()']).cells[0]).toBe(
      'import os\nfrom churn.churn import f',
    );
  });

  test('an import that a string names stays', () => {
    expect(extract(['import json\ndef f(): return json', 'eval("json")']).cells[0]).toContain('import json');
  });

  const heat = 'def heat(d): return sns.heatmap(d)';

  test.each([
    ['nothing', '', true],
    ['a comment', '# Why.', true],
    ['imports', 'import json\nimport scipy', true],
    ['a try of imports', 'try:\n    import scipy\nexcept ImportError:\n    scipy = None', true],
    ['definitions', 'def g(x):\n    print(x)', true],
    ['a definition that stays', 'def g(x): return get_ipython()', true],
    ['values', 'N = 3\nnames = ["a", f"{N}"]', true],
    ['a setting', 'import warnings\nwarnings.filterwarnings("ignore")', false],
    ['a use of what it registers', 'plt.imshow(d, cmap="rocket")', false],
    ['a call whose value is kept', 'import pandas\nd = pandas.read_csv("d.csv")', false],
    ['a call of nobody knows what', 'd = load()', false],
    ['a definition that does something', 'from web import app\n@app.route("/")\ndef g(): return 1', false],
    ['a magic', '%matplotlib inline', false],
  ])('a library is imported no later than before, if more than names come in between: %s', (_, ...rest) => {
    const [between, leaves] = rest;
    const { cells } = extract(['import seaborn as sns', between, heat, 'heat(1)']);
    expect(cells.includes('import seaborn as sns')).toBe(!leaves);
  });

  const act = 'print(d)';
  test.each([
    ['by another import', ['import seaborn as sns\nimport seaborn', act, heat, 'heat(1), seaborn'], true],
    ['by one of what is below', ['import a.b as sns\nimport a.b.c', act, heat, 'heat(1), a'], true],
    ['by one from the same module', ['from a.b import c, d as sns', act, heat, 'heat(c)'], true],
    ['of a package', ['from a import c, D as sns', act, heat, 'heat(c)'], true],
    ['but not of what may be another module', ['from a import c, d as sns', act, heat, 'heat(c)'], false],
    ['but not by one of what is above', ['import a.b as sns\nimport a', act, heat, 'heat(1), a'], false],
    ['nor by one that comes later', ['import a as sns', act, 'from a import b', heat, 'heat(b)'], false],
    ['by what runs the notebook', ['import IPython.display as sns', act, heat, 'heat(1)'], true],
    ['by its module', ['def g(): return 1\ng()', 'import seaborn as sns', act, heat, 'heat(1)'], true],
    [
      'by a module that needs its module',
      [
        `import seaborn as sns\n# nb2mod: module=other\n${heat}`,
        'def g(): return heat(1)',
        act,
        'heat = g\nheat(1)',
      ],
      true,
    ],
    ['once more', ['import seaborn as sns\nimport seaborn as sns', act, heat, 'heat(1)'], false],
  ])('a library that is imported at that place anyway: %s', (_, cells, leaves) => {
    const after = extract(cells).cells.join('\n');
    expect(/ as sns/.test(after)).toBe(!leaves);
  });

  test('of two imports of a library that have to stay for what they do, the first does', () => {
    const { cells } = extract(['import seaborn as sns', act, 'import seaborn as sns', heat, 'heat(1)']);
    expect(cells.slice(0, 3)).toEqual(['import seaborn as sns', act, 'from churn.churn import heat']);
  });

  test.each([
    ['print(1)', true],
    ['print(xml.sax)', true],
    ['print(xml.etree.ElementTree)', false],
    ['def g(): return xml.etree, get_ipython()', false],
  ])('a module stays where it is found by its package: %s', (between, leaves) => {
    const line = 'from xml.etree import ElementTree';
    const { cells } = extract(['import xml', line, between, 'def f(): return ElementTree', 'f(), xml']);
    expect(cells.includes(line)).toBe(!leaves);
  });

  test('a future import stays', () => {
    expect(extract(['from __future__ import annotations\ndef f(): return 1']).cells[0]).toBe(
      'from __future__ import annotations\nfrom churn.churn import f',
    );
  });

  test('a star import stays', () => {
    expect(extract(['from math import *', 'def f(): return sin(1)', 'f()']).cells[0]).toBe(
      'from math import *',
    );
  });
});

describe('modules that are there', () => {
  const existing = (churn: string): { existing: Record<string, string> } => ({ existing: { churn } });

  test('what is there already is imported, not written again', () => {
    const { cells, module } = extract(['def f(): return 1', 'f()'], existing('def f():\n    return 1\n'));
    expect(module).toBe('');
    expect(cells).toEqual(['from churn.churn import f', 'f()']);
  });

  test.each([
    'try:\n    from math import floor as f\nexcept ImportError:\n    pass\n',
    'import sys\nif sys.version_info >= (3, 8):\n    def f():\n        return 2\n',
    'f = (lambda g: lambda: g())(f)\n',
    'from functools import lru_cache\nf = lru_cache(f)\n',
    'del f\n',
    'def g():\n    global f\n    f = None\n',
  ])('what is bound again below is not what is there: %s', (below) => {
    const { verdicts } = extract(
      ['def f(): return 1', 'f()'],
      existing(`def f():\n    return 1\n\n\n${below}`),
    );
    expect(verdicts['f']).toBe('NB417');
  });

  test.each([
    ['K = 1\ndef f(): return K', '__init__', 'from . import churn\nchurn.K = 2\n'],
    ['K = 1\ndef f(): return K', 'patch', 'import churn.churn\n\n\ndef g():\n    churn.churn.K = 2\n'],
    ['K = {}\ndef f(): return K', 'patch', 'from churn.churn import K\nK["a"] = 1\n'],
    ['K = []\ndef f(): return K', 'patch', 'from . import churn\nchurn.K.append(1)\n'],
    ['class f: k = 1', 'patch', 'from .churn import f as F\nF.k = 7\n'],
  ])('nor is what another module changes: %s', (definition, module, text) => {
    const there = definition.replace('\ndef f(): ', '\n\n\ndef f():\n    ').replace(': k', ':\n    k');
    const { verdicts } = extract([definition, 'f()'], { existing: { churn: `${there}\n`, [module]: text } });
    expect(verdicts['f']).toBe('NB417');
  });

  describe('and do something when they are imported', () => {
    const added = (text: string, cells: string[] = [], module = 'churn'): boolean => {
      const { modules } = extractAll(
        { churn: [...cells, 'def f(): return 1', 'f()'] },
        { existing: { [module]: text, churn: module === 'churn' ? text : `from . import ${module}\n` } },
      );
      return !('churn_2' in modules);
    };
    test.each([
      ['print("x")\n', false],
      ['import random\nrandom.seed(1)\n', false],
      ['import warnings\nwarnings.filterwarnings("ignore")\n', false],
      ['import sys\nsys.path.append("lib")\n', false],
      ['import sys\nsys.modules[__name__] = object()\n', false],
      ['K = open("k.txt").read()\n', false],
      ['from argparse import ArgumentParser\np = ArgumentParser()\nargs = p.parse_args()\n', false],
      ['def g():\n    print(1)\n\n\ng()\n', false],
      ['def g():\n    print(1)\n\n\nif __name__ == "__main__":\n    g()\n', true],
      ['import logging\nlog = logging.getLogger(__name__)\nlog.addHandler(logging.NullHandler())\n', true],
      ['"""Says print(1)."""\nK = []\nK.append(1)\n', true],
      ['K = []\n", ".join(K)\n', true],
      ['import random\n[random.seed(n) for n in [1]]\n', false],
      ['import logging\nlogging.getLogger().setLevel(10)\n', false],
      ['if ("__main__" == __name__):\n    print(1)\n', true],
      ['if __name__ == "__main__":\n    pass\nelse:\n    print(1)\n', false],
      ['if (__name__ == "__main__" and DEBUG):\n    print(1)\n', true],
      ['if g() and __name__ == "__main__":\n    print(1)\n', false],
      ['if __name__ == "churn":\n    print(1)\n', false],
    ])('are added to only where they run anyway: %j', (text, isAdded) => {
      expect(added(text)).toBe(isAdded);
      expect(added(text, ['import churn.churn as c'])).toBe(true);
    });

    test('do it also for who imports them', () => {
      expect(added('print("x")\n', [], 'loud')).toBe(false);
      expect(added('print("x")\n', ['from churn.loud import x'], 'loud')).toBe(true);
    });

    test('may have changed what they hold', () => {
      const there = 'K = []\n\n\ndef f(x):\n    K.append(x)\n';
      const cells = ['K = []\ndef f(x):\n    K.append(x)', 'f(1)'];
      expect(extract(cells, existing(there)).module).toBe('');
      const { verdicts } = extract(cells, existing(`${there}\n\nf(0)\n`));
      expect(verdicts['f']).toBe('NB417');
    });
  });

  test('what the package has by the name of a module is not hidden by one', () => {
    const { modules } = extractAll(
      { churn: ['def f(): return 1', 'f()'] },
      { existing: { __init__: 'def churn(): return 1\n' } },
    );
    expect(Object.keys(modules)).toEqual(['churn_2']);
  });

  test('another definition of the name keeps the one in the notebook', () => {
    const { verdicts } = extract(['def f(): return 1'], existing('def f():\n    return 2\n'));
    expect(verdicts['f']).toBe('NB417');
  });

  test('another meaning of an import keeps what needs it', () => {
    const { verdicts } = extract(
      ['from pickle import load\ndef f(h): return load(h)'],
      existing('from json import load\n\nload\n'),
    );
    expect(verdicts['f']).toBe('NB417');
  });

  test.each([
    ['no final line break', 'x = 1', 'x = 1\n\n\ndef f(): return 1\n'],
    ['nothing', '', 'def f(): return 1\n'],
    [
      'a header right above a guard',
      '#!/bin/python\nif __name__ == "__main__":\n    pass\n',
      '#!/bin/python\n\n\ndef f(): return 1\n\n\nif __name__ == "__main__":\n    pass\n',
    ],
    ['a docstring', '"""Text."""\n', '"""Text."""\n\n\ndef f(): return 1\n'],
    [
      'a guard',
      'x = 1\n\n\nif __name__ == "__main__":\n    print(x)\n',
      'x = 1\n\n\ndef f(): return 1\n\n\nif __name__ == "__main__":\n    print(x)\n',
    ],
    [
      'two guards',
      'if __name__ == "__main__":\n    print(1)\nif __name__ == "__main__":\n    print(2)\n',
      'def f(): return 1\n\n\nif __name__ == "__main__":\n    print(1)\nif __name__ == "__main__":\n    print(2)\n',
    ],
    [
      'a guard in the middle',
      'if __name__ == "__main__":\n    print(1)\n\nx = 1\n',
      'if __name__ == "__main__":\n    print(1)\n\nx = 1\n\n\ndef f(): return 1\n',
    ],
    ...[
      'if __name__ == "__main__":\n    x = 3\nelse:\n    x = 2\n',
      'if __name__ == "churn":\n    x = 2\nelif "__main__" == __name__:\n    x = 3\n',
      'if __name__ != "__main__":\n    x = 2\nelse:\n    x = 3\n',
      'if __name__ in ("__main__", "__mp_main__"):\n    x = 3\n',
      "if (__name__ == '__main__' and\n        not DEBUG):\n    x = 3\n",
      '# Run.\nif __name__ == "__main__":  # as a script\n    x = 3\n\n# The end.\n',
    ].map((guard) => [
      `a guard such as ${guard}`,
      `DEBUG = x = 1\n\n\n${guard}`,
      `DEBUG = x = 1\n\n\ndef f(): return 1\n\n\n${guard}`,
    ]),
    [
      'an if that asks for another name',
      'if __name__ == "churn":\n    x = 2\n',
      'if __name__ == "churn":\n    x = 2\n\n\ndef f(): return 1\n',
    ],
    ['Windows line ends', 'x = 1\r\n', 'x = 1\r\n\r\n\r\ndef f(): return 1\r\n'],
    ['__all__', '__all__ = ["x"]\nx = 1\n', '__all__ = ["x"]\nx = 1\n\n\ndef f(): return 1\n'],
    ['odd layout', 'x=1 ;y = 2\n\n\n\n\n# end\n', 'x=1 ;y = 2\n\n\n\n\n# end\n\n\ndef f(): return 1\n'],
  ])('a definition is added to a module with %s', (_, before, after) => {
    expect(extract(['def f(): return 1'], existing(before)).module).toBe(after);
  });

  test.each([
    ['other imports', 'import os\n\nos\n', 'import os\nimport json\n\nos\n'],
    ['a docstring', '"""Text."""\n\nx = 1\n', '"""Text."""\n\nimport json\n\nx = 1\n'],
    [
      'a docstring and code right below it',
      '"""Text."""\n__all__ = ["g"]\n',
      '"""Text."""\n\nimport json\n\n__all__ = ["g"]\n',
    ],
    [
      'a docstring and a definition right below it',
      '"""Text."""  # short\n@staticmethod\ndef g(): return 1\n',
      '"""Text."""  # short\n\nimport json\n\n\n@staticmethod\ndef g(): return 1\n',
    ],
    ['a docstring alone', '"""Text."""\n', '"""Text."""\n\nimport json\n'],
    [
      'a docstring and code on one line',
      '"""Text."""; __all__ = ["g"]\n',
      '"""Text."""\n\nimport json; __all__ = ["g"]\n',
    ],
    ['the same import', 'import json\n\njson\n', 'import json\n\njson\n'],
    ['code', 'x = 1\n', 'import json\n\n\nx = 1\n'],
    [
      'a future import',
      'from __future__ import annotations\n\nx = 1\n',
      'from __future__ import annotations\nimport json\n\nx = 1\n',
    ],
  ])('an import is added to a module with %s', (_, before, after) => {
    expect(extract(['import json\ndef f(): return json'], existing(before)).module).toBe(
      `${after}\n\ndef f(): return json\n`,
    );
  });

  test('where line ends are mixed, no line that is there changes', () => {
    const { module } = extract(['import json\ndef f(): return json'], existing('import os\n\nos\r\n'));
    expect(module).toBe('import os\nimport json\n\nos\r\n\r\n\r\ndef f(): return json\r\n');
  });

  test.each([
    'if __name__ == "__main__":\n    import json\n    print(json)\n',
    'if __name__ == "__main__":\n    import json\n',
    'if TYPE_CHECKING:\n    import json\n',
  ])('an import that may be passed over is not there: %s', (block) => {
    const before = `def g(): return 1\n\n\n${block}`;
    const { module, messages } = extract(['import json\ndef f(): return json'], existing(before));
    expect(module, messages['f']).toMatch(/^import json\n\n\ndef g/);
  });

  test.each([
    'try:\n    import json\n    assert json\nexcept ImportError:\n    pass\n',
    'with suppress(OSError):\n    import json\n',
  ])('one that is tried, or stands under a with, is there: %s', (block) => {
    const { module } = extract(['import json\ndef f(): return json'], existing(block));
    expect(module).toBe(`${block}\n\ndef f(): return json\n`);
  });

  test.each([
    ['a shebang', '#!/usr/bin/env python\n', ''],
    ['a coding line', '# -*- coding: utf-8 -*-\n', '# What it does.\n'],
    ['both, and a line for an editor', '#!/bin/python\n# coding: utf-8\n# vim: set sw=4:\n', ''],
    ['a coding line below a comment', '# Helpers.\n# coding=utf-8\n', '# What it does.\n'],
    ['a licence', '# Copyright 2020 A. Person\n# See the file LICENSE.\n', ''],
    ['a comment about its first definition', '', '# What it does.\n# And why.\n'],
    ['comments, and an empty line', '# Helpers.\n\n', '# What it does.\n'],
  ])('an import is added to a module with %s', (_, above, below) => {
    const before = `${above}${below}def g(): return 1\n`;
    const gap = above === '' || above.endsWith('\n\n') ? '' : '\n';
    expect(extract(['import json\ndef f(): return json'], existing(before)).module).toBe(
      `${above}${gap}import json\n\n\n${below}def g(): return 1\n\n\ndef f(): return json\n`,
    );
  });

  test('an import is added to a module with comments alone', () => {
    const { module } = extract(['import json\ndef f(): return json'], existing('# Helpers.\n'));
    expect(module).toBe('# Helpers.\n\nimport json\n\n\ndef f(): return json\n');
  });

  const future = 'from __future__ import annotations';
  test.each([
    ['nothing else', '', `${future}\n`],
    ['imports', 'import os\n\nos\n', `${future}\n\nimport os\n\nos\n`],
    ['a docstring', '"""Text."""\n\nx = 1\n', `"""Text."""\n\n${future}\n\nx = 1\n`],
    [
      'a docstring and imports',
      '"""Text."""\nimport os\n\nos\n',
      `"""Text."""\n\n${future}\n\nimport os\n\nos\n`,
    ],
    ['all that on one line', '"""Text."""; import os; os\n', `"""Text."""\n\n${future}; import os; os\n`],
    [
      'another future import',
      'from __future__ import division\nimport os\n\nos\n',
      `from __future__ import division\n${future}\nimport os\n\nos\n`,
    ],
    ['a first line that does something', 'assert 1\n', `${future}\n\n\nassert 1\n`],
  ])('a future import is added to a module with %s', (_, before, after) => {
    expect(extract([future, 'def f(x: int): return x'], existing(before)).module).toBe(
      `${after}\n\ndef f(x: int): return x\n`,
    );
  });

  test('a future import comes before others, another import behind them', () => {
    expect(
      extract([future, 'import json\ndef f(x: int): return json'], existing('import os\n\nos\n')).module,
    ).toBe(`${future}\n\nimport os\nimport json\n\nos\n\n\ndef f(x: int): return json\n`);
  });
});

describe('definitions that disagree on __future__ share no module', () => {
  const future = 'from __future__ import annotations';
  const f = 'def f(x: int): return x';

  test.each([
    ['typed, without it', [future, f], 'def g(x: int): return x\n', 'NB417'],
    ['that has it', [f], `${future}\n`, 'NB417'],
    ['that has it, and the definition has no types', ['def f(x): return x'], `${future}\n`, 'moves'],
    ['without types', [future, f], 'def g(x): return x\n', 'moves'],
    ['typed, and the definition has no types', [future, 'def f(x): return x'], 'K: int = 1\n', 'moves'],
    ['with the same definition and it', [f], `${future}\n\n\n${f}\n`, 'NB417'],
    ['with the same definition, without it', [future, f], `${f}\n`, 'NB417'],
    ['that has it, as the notebook does', [future, f], `${future}\n\n\n${f}\n`, 'moves'],
    ['that has it, and code is compiled', ['def f(x): eval(x, {})'], `${future}\n`, 'NB417'],
    ['without it, where another is meant', ['from __future__ import division', f], 'K: int = 1\n', 'moves'],
  ])('a module %s', (_, cells, churn, verdict) => {
    expect(extract(cells, { existing: { churn } }).verdicts['f']).toBe(verdict);
  });

  test('two notebooks', () => {
    const a = [future, f, 'def g(x): return x'];
    const { modules } = extractAll({ a, b: a, c: a.slice(1), d: a.slice(1) });
    expect(Object.keys(modules)).toEqual(['common', 'common_2']);
    expect(modules['common']!.match(/^(from|def).*/gm)).toEqual([
      future,
      'def f(x: int): return x',
      'def g(x): return x',
    ]);
    expect(modules['common_2']!.match(/^(from|def).*/gm)).toEqual([f]);
  });

  test('one notebook, before and after', () => {
    const { modules } = extractAll({ a: [f, future, 'def g(x: int): return x'] });
    expect(Object.keys(modules)).toEqual(['a', 'a_2']);
  });

  test('those that need each other stay', () => {
    const { verdicts, messages } = extract([
      'def f(x: int): return g(x)',
      future,
      'def g(x: int): return f(x)',
      'f(1)',
    ]);
    expect(verdicts).toEqual({ f: 'NB417', g: 'NB417' });
    expect(messages['f']).toBe(`'churn.churn' can't be with and without '${future}'`);
  });

  test('the reason names it', () => {
    const messageOf = (cells: string[], churn: string): string | undefined =>
      extract(cells, { existing: { churn } }).messages['f'];
    expect(messageOf([f], `${future}\n`)).toBe(
      `'churn.churn' is under '${future}', and that changes what the definition means`,
    );
    expect(messageOf([f], `${future}\n\n\n${f}\n`)).toBe(
      `'churn.churn' is under '${future}', and that changes what the definition means`,
    );
    expect(messageOf([future, f], 'K: int = 1\n')).toBe(
      `'churn.churn' is not under '${future}', and that would change what stands there`,
    );
  });

  test('test files', () => {
    const cells = ['def f(x): return x', 'def test_f() -> None:\n    assert f(1)', 'test_f()'];
    const there = `${future}\nfrom churn.churn import f\n\n\ndef test_g():\n    assert f(1)\n`;
    expect(Object.keys(extract(cells, { tests: { test_churn: there } }).tests)).toEqual(['test_churn_2']);
    expect(Object.keys(extract([future, ...cells], { tests: { test_churn: there } }).tests)).toEqual([
      'test_churn',
    ]);
  });
});

describe('`import a` and `import a.b` bind one object', () => {
  test.each([
    ['import xml', 'import xml.dom', 'xml.dom.X', 'import xml\nimport xml.dom\n'],
    ['import xml.sax', 'import xml.dom', 'xml.dom.X', 'import xml.sax\nimport xml.dom\n'],
    ['import xml.dom', 'import xml', 'xml.sax', 'import xml.dom\n\n'],
    ['import xml.dom.minidom', 'import xml.dom', 'xml.dom.X', 'import xml.dom.minidom\n\n'],
    [
      'import xml.dom',
      'import xml.dom.minidom',
      'xml.dom.minidom.X',
      'import xml.dom\nimport xml.dom.minidom\n',
    ],
    ['import xml\nimport xml.dom', 'import xml.dom', 'xml.dom.X', 'import xml\nimport xml.dom\n\n'],
  ])('a module with %j, a notebook with %j', (there, here, use, head) => {
    const churn = `${there}\n\nK = xml.X\n`;
    const { module } = extract([`${here}\ndef f(): return ${use}`], { existing: { churn } });
    expect(module).toContain(`def f(): return ${use}`);
    expect(module.startsWith(head), module).toBe(true);
  });

  test('not so under another name, of another module, or under a condition', () => {
    for (const churn of [
      'import xml.dom as xml\n\nxml\n',
      'from lxml import xml\n\nxml\n',
      'D = 0\nif D:\n    import xml\n',
      'try:\n    import xml\nexcept ImportError:\n    pass\n',
      'import xml\n\nxml\ndel xml\n',
    ]) {
      const { verdicts } = extract(['import xml.dom\ndef f(): return xml.dom'], { existing: { churn } });
      expect(verdicts['f']).toBe('NB417');
    }
  });

  test('two notebooks', () => {
    const { modules } = extractAll(
      { a: ['import xml.dom\ndef f(): return xml.dom'], b: ['import xml.sax\ndef g(): return xml.sax'] },
      flat,
    );
    expect(modules['core']).toContain('import xml.dom\nimport xml.sax\n');
    expect(Object.keys(modules)).toEqual(['core']);
  });
});

describe('a builtin stays one in the module', () => {
  const own = 'def filter(xs): return [x for x in xs if x]';
  const reader = 'def pos(xs): return list(filter(None, xs))';

  test('what several notebooks share goes to two modules', () => {
    const shadowing = [`${own}\ndef tidy(xs): return filter(xs)`, 'tidy([])'];
    const reading = [reader, 'pos([])'];
    const { modules } = extractAll({ a: shadowing, b: shadowing, c: reading, d: reading });
    expect(Object.keys(modules)).toEqual(['common', 'common_2']);
    expect(modules['common_2']).toContain('def pos');
  });

  test('whichever comes first', () => {
    const { modules } = extractAll({ a: [reader], b: [own], c: [own, 'class C: r = filter([])'] }, flat);
    expect(modules['core']!.match(/^(def|class) \w+/gm)).toEqual(['def pos']);
    expect(modules['core_2']!.match(/^(def|class) \w+/gm)).toEqual(['def filter', 'class C']);
  });

  test('an import of that name is another, too', () => {
    const importing = ['from numpy import max', 'def top(xs): return max(xs)'];
    const { modules } = extractAll({ a: importing, b: ['def most(xs): return max(xs, key=len)'] }, flat);
    expect(Object.keys(modules)).toEqual(['core', 'core_2']);
  });

  test.each([
    ['from numpy import max\n\nmax\n', "has another 'max' than the builtin that the definition reads"],
    ['def max(a, b):\n    return a\n', "has another 'max' than the builtin that the definition reads"],
    [
      'try:\n    max\nexcept NameError:\n    max = None\n',
      "has another 'max' than the builtin that the definition reads",
    ],
  ])('in a module that is there: %j', (churn, why) => {
    const { messages } = extract(['def f(xs): return max(xs)'], { existing: { churn } });
    expect(messages['f']).toBe(`'churn.churn' ${why}`);
  });

  test.each([
    'def g(xs):\n    return [max(x) for x in xs]\n',
    'K = max(1, 2)\n',
    'class C:\n    k = 1\n\n    def m(self):\n        return max(self.k, 2)\n',
  ])('for what stands there: %j', (churn) => {
    const { messages } = extract(['def max(a, b): return a', 'def f(xs): return 1'], { existing: { churn } });
    expect(messages).toEqual({ max: "'churn.churn' reads the builtin 'max', and would read this instead" });
  });

  test('what reads the same ones shares a module', () => {
    const { modules } = extractAll(
      { a: ['def f(xs): return max(xs)'], b: ['def g(xs): return max(xs)'] },
      { ...flat, existing: { core: 'K = max(1, 2)\n\n\ndef h(max):\n    return max(1)\n' } },
    );
    expect(Object.keys(modules)).toEqual(['core']);
  });

  test('in a test file', () => {
    const tests = { test_churn: 'from churn.churn import max\n\n\ndef test_g():\n    assert max(1, 2)\n' };
    const cells = ['def f(x): return x', 'assert f(max(1, 2)) == 2'];
    expect(Object.keys(extract(cells, { tests }).tests)).toEqual(['test_churn_2']);
    const reading = { test_churn: 'def test_g():\n    assert max(1, 2)\n' };
    const other = ['def max(a, b): return a', 'assert max(2, 1) == 2'];
    expect(Object.keys(extract(other, { tests: reading }).tests)).toEqual(['test_churn_2']);
    expect(Object.keys(extract(cells, { tests: reading }).tests)).toEqual(['test_churn']);
  });
});

describe('what star imports bring is there', () => {
  const alpha = 'def fmt(x):\n    return x\n';
  const other = 'def fmt(x): return [x]';
  const star = 'from .alpha import *\n';
  const own = "'churn.churn' has another 'fmt'";
  const seen = (who: string, what = "has another 'fmt'"): string =>
    `'churn.churn' is imported by star in '${who}', which ${what}`;

  test.each<[what: string, existing: Record<string, string>, cells: string[], message: string]>([
    ['to the module itself', { alpha, churn: `${star}\n\ndef show(x):\n    return fmt(x)\n` }, [other], own],
    ['to it, through another', { alpha, beta: star, churn: 'from churn.beta import *\n' }, [other], own],
    [
      'to a folder',
      { alpha, 'data.__init__': 'from ..alpha import *\n', churn: 'from .data import *\n' },
      [other],
      own,
    ],
    [
      'of the library',
      { churn: 'from math import *\n' },
      ['def sqrt(x): return x'],
      "'churn.churn' has another 'sqrt'",
    ],
    [
      'of who knows what, and that is read',
      { churn: 'from numpy import *\n\nK = mean([1])\n' },
      ['def mean(x): return x'],
      "'churn.churn' has another 'mean'",
    ],
    [
      'of who knows what, and that is imported from there',
      { churn: 'from numpy import *\n', beta: 'from .churn import mean\n' },
      ['def mean(x): return x'],
      "'churn.churn' has another 'mean'",
    ],
    [
      'of who knows what, in place of a builtin',
      { churn: 'from numpy import *\n' },
      ['def f(xs): return any(xs)'],
      "'churn.churn' has perhaps another 'any', by a star import, than the builtin that the definition reads",
    ],
    [
      'from two modules',
      { alpha, churn: 'def a(x):\n    return x\n', __init__: `${star}from .churn import *\n` },
      [other],
      seen('churn'),
    ],
    [
      'beside what is defined',
      { churn: '', beta: `from churn.churn import *\n\n\n${alpha}` },
      [other],
      seen('churn.beta'),
    ],
    [
      'two modules on',
      { churn: '', beta: 'from .churn import *\n', gamma: `from .beta import *\nfmt = 3\n` },
      [other],
      seen('churn.gamma'),
    ],
    [
      'where a builtin is read',
      { churn: '', beta: 'from .churn import *\n\nK = max(1, 2)\n' },
      ['def max(a, b): return a'],
      seen('churn.beta', "reads the builtin 'max', and would read this instead"),
    ],
    [
      'with what is imported',
      { churn: '', beta: 'from json import load\nfrom .churn import *\n\nload\n' },
      ['from pickle import load\ndef f(h): return load(h)'],
      seen('churn.beta', "has another 'load'"),
    ],
  ])('%s', (_, existing, cells, message) => {
    expect(Object.values(extract(cells, { existing }).messages)).toEqual([message]);
  });

  test.each<[what: string, existing: Record<string, string>, cells: string[]]>([
    ['the same', { alpha, churn: star }, ['from churn.alpha import fmt\ndef f(x): return fmt(x)']],
    [
      'the same, of who knows what',
      { churn: 'from numpy import *\n\nK = mean([1])\n' },
      ['from numpy import mean\ndef f(x): return mean(x)'],
    ],
    [
      'a name that nobody has',
      { churn: star, alpha, __init__: 'from .churn import *\n' },
      ['def f(xs): return sum(xs)'],
    ],
    ['a builtin that no star replaces', { churn: 'from numpy import *\n' }, ['def f(xs): return len(xs)']],
    [
      'a private name',
      { churn: '', beta: 'from .churn import *\n_k = 1\n' },
      ['_k = 2\ndef f(x): return _k'],
    ],
    [
      'what `__all__` leaves out',
      { churn: '__all__ = []\n', beta: 'from .churn import *\nf = 1\n' },
      ['def f(x): return x'],
    ],
    [
      'a builtin of all',
      { churn: '', beta: 'from .churn import *\n\nK = max(1, 2)\n' },
      ['def f(xs): return max(xs)'],
    ],
  ])('does no harm: %s', (_, existing, cells) => {
    expect(extract(cells, { existing }).messages).toEqual({});
  });

  test.each<[what: string, cells: string[], message: string | undefined]>([
    [
      'that has another before',
      ['def fmt(x): return 3', 'from churn.churn import *', 'fmt(2)'],
      "has another 'fmt'",
    ],
    ['that has a variable', ['fmt = input()', 'from churn.churn import *', 'fmt'], "has another 'fmt'"],
    [
      'that imports another',
      ['from churn.alpha import fmt', 'from churn.churn import *', 'fmt(2)'],
      "has another 'fmt'",
    ],
    [
      'that reads what another star may bring',
      ['from numpy import *', 'from churn.churn import *', 'fmt(2)'],
      "has another 'fmt'",
    ],
    [
      'that makes its own afterwards',
      ['from churn.churn import *', 'def fmt(x): return 3', 'fmt(2)'],
      undefined,
    ],
    ['that has the same', [other, 'from churn.churn import *', 'fmt(2)'], undefined],
    ['that waits for it', ['from churn.churn import *', 'fmt(2)'], undefined],
    ['that does not need it', ['from churn.churn import *', 'len([])'], undefined],
    [
      'that will not have it any more',
      ['import fmt', 'def use(x): return fmt.f(x)', 'from churn.churn import *', 'use(1)'],
      undefined,
    ],
  ])('to a notebook %s', (_, cells, why) => {
    const { notebooks } = extractAll({ churn: [other], zeta: cells }, { existing: { alpha, churn: '' } });
    expect(notebooks['churn']!.messages['fmt']).toBe(why && seen('zeta.ipynb', why));
  });

  test('a notebook whose definitions move does not read their builtins any more', () => {
    const { notebooks } = extractAll(
      {
        churn: ['def filter(xs): return xs'],
        zeta: ['from churn.churn import *', 'def f(xs): return filter(None, xs)', 'f([])'],
      },
      { existing: { churn: '' } },
    );
    expect(notebooks['churn']!.verdicts).toEqual({ filter: 'moves' });
    expect(notebooks['zeta']!.verdicts).toEqual({ f: 'moves' });
  });

  test('what is added first is there for what comes after it', () => {
    const existing = { alpha: '', beta: star };
    const { modules, notebooks } = extractAll(
      { alpha: ['def max(a, b): return a'], beta: ['def g(xs): return max(xs)'] },
      { existing },
    );
    expect(notebooks['beta']!.verdicts).toEqual({ g: 'moves' });
    expect(Object.keys(modules)).toEqual(['alpha', 'beta_2']);
    expect(modules['beta_2']).toContain("churn.beta, which has another 'max' than the builtin");
  });
});

test('what is not ASCII is not added to a module that is read as latin-1', () => {
  const existing = { churn: '# coding: latin-1\nx = 1\n' };
  const { verdicts, messages, hints } = extract(['def f(): return "é"', 'def g(): return "e"'], { existing });
  expect(verdicts).toEqual({ f: 'NB417', g: 'moves' });
  // Another name would not help.
  expect(hints['f']).toBe("Ask for another module by '# nb2mod: module=…'.");
  expect(messages['f']).toBe("'churn.churn' is not in UTF-8, and the definition has to be");
});

describe('what is imported from the package itself is what stands there', () => {
  const load = 'def load(p):\n    return p + 1\n';
  const twice = 'def twice(x):\n    return load(x) * 2\n';
  const alpha = `${load}\n\n${twice}`;
  const user = (line: string): string => `${line}\n\n\n${twice}`;
  const loaded = 'from churn.alpha import load';
  const needsK = 'def twice(): return K';
  const found: [how: string, existing: Record<string, string>, cells: string[], module: string][] = [
    [
      'what is pasted, where another module imports it',
      { alpha: load, beta: user(loaded), churn: 'def twice(x): return 0\n' },
      [load, twice],
      'beta',
    ],
    ['where it is defined', { alpha }, [loaded, twice], 'alpha'],
    ["in the notebook's own module", { churn: alpha }, ['from churn.churn import load', twice], 'churn'],
    [
      'through the root',
      { __init__: 'from .alpha import load\n', alpha },
      ['from churn import load', twice],
      'alpha',
    ],
    [
      'through a star',
      { __init__: 'from .alpha import *\n', alpha },
      ['from churn import load', twice],
      'alpha',
    ],
    [
      'through a folder',
      { 'io.__init__': 'from .low import load\n', 'io.low': load, beta: user('from .io import load') },
      ['from churn.io import load', twice],
      'beta',
    ],
    ['by a relative import', { alpha: load, beta: user('from .alpha import load') }, [load, twice], 'beta'],
    [
      'from where its name leads elsewhere',
      { alpha: 'from json import load\n', beta: user('from json import load') },
      [loaded, twice],
      'beta',
    ],
    [
      'by its module',
      { 'io.raw': load, beta: 'from .io import raw\n\n\ndef twice(): return raw.load(1)\n' },
      ['import churn.io.raw as raw', 'def twice(): return raw.load(1)'],
      'beta',
    ],
    [
      'a constant that nothing needs there',
      { alpha: 'K = 2\n', beta: `from churn.alpha import K\n\n\n${needsK}\n` },
      ['K = 2', needsK],
      'beta',
    ],
    [
      'a variable',
      {
        __init__: 'from .alpha import K\n',
        alpha: 'K = input()\n',
        beta: `from churn.alpha import K\n\n\n${needsK}\n`,
      },
      ['from churn import K', needsK],
      'beta',
    ],
  ];
  test.each(found)('%s', (_, existing, cells, module) => {
    const { modules, notebooks } = extractAll({ churn: cells }, { existing });
    expect([modules, notebooks['churn']!.cells.join('\n').trim()]).toEqual([
      {},
      `from churn.${module} import twice`,
    ]);
  });

  type Other = [what: string, existing: Record<string, string>, cells: string[]];
  const other: Other[] = [
    ['another thing', { alpha: 'def load(p): return 0\n', beta: user(loaded) }, [load, twice]],
    [
      'the other of a pair',
      { alpha: 'A, B = 1, 2\n', beta: 'from .alpha import A as B\n\n\ndef twice(): return B\n' },
      ['A, B = 1, 2', 'def twice(): return B'],
    ],
    [
      'a second class of the same text',
      {
        alpha: 'class Base: pass\n',
        beta: 'class Base: pass\n\n\ndef twice(x): return isinstance(x, Base)\n',
      },
      ['from churn.alpha import Base', 'def twice(x): return isinstance(x, Base)'],
    ],
    [
      'what its module changes',
      { alpha: 'A = []\nA.append(1)\n', beta: 'from .alpha import A\n\n\ndef twice(): return A\n' },
      ['A = []', 'def twice(): return A'],
    ],
    [
      'a function that counts its calls, imported with its user',
      { alpha: 'def twice(): twice.n += 1\n\n\ndef use(): return twice()\n' },
      ['from churn.alpha import use', 'def twice(): twice.n += 1'],
    ],
    ...['from churn.alpha import *', 'import churn.alpha', 'from churn import alpha'].map((line): Other => [
      `a function that counts its calls, by '${line}'`,
      { alpha: 'def twice(): twice.n += 1\n' },
      [line, 'def twice(): twice.n += 1'],
    ]),
    [
      'a function that counts its calls, imported in a function',
      { alpha: 'def twice(): twice.n += 1\n' },
      ['def twice(): twice.n += 1', 'def use():\n    from churn.alpha import twice as other\n    other()'],
    ],
    ['bound twice', { alpha: `${load}load = print\n`, beta: user(loaded) }, [load, twice]],
    [
      'in a circle',
      { alpha: 'from .beta import load\n', beta: user('from .alpha import load') },
      [load, twice],
    ],
  ];
  test.each(other)('but %s is not', (_, existing, cells) => {
    const { modules } = extractAll({ churn: cells }, { existing });
    expect(modules['churn']).toContain('def twice');
  });

  const use = 'def use(x):\n    return twice(x)\n';
  const fact = 'def fact(n):\n    return 1 if n < 2 else n * fact(n - 1)\n';
  const timed = 'def timed(f):\n    def g(x):\n        return f(x)\n    return g\n';
  const both = 'from churn.alpha import load, twice';
  const pasted: [what: string, alpha: string, cells: string[]][] = [
    ['after its import', alpha, [both, twice, use]],
    ['before it, and used there', alpha, [twice, 'def use(x, y=twice(1)): return y', both]],
    ['with what it needs', alpha, [both, load, twice, use]],
    ['and calls itself', fact, ['from churn.alpha import fact', fact, 'def use(n): return fact(n)']],
    ['and decorates others', timed, ['from churn.alpha import timed', timed, '@timed\ndef use(x): return x']],
    [
      'with a constant',
      `RATE = 3\n\n\ndef rate():\n    return RATE\n`,
      ['from churn.alpha import RATE', 'RATE = 3', 'def rate():\n    return RATE', 'def use(): return RATE'],
    ],
  ];
  test.each(pasted)('pasted beside its import: %s', (_, there, cells) => {
    const { modules, notebooks } = extractAll({ churn: cells }, { existing: { alpha: there } });
    expect(Object.values(notebooks['churn']!.verdicts).every((verdict) => verdict === 'moves')).toBe(true);
    expect(Object.keys(modules)).toEqual(['churn']);
  });

  test.each([
    ['another thing', alpha, [both, 'def twice(x): return 0', use]],
    ['with other needs', alpha, [both, 'def load(p): return 0', twice, use]],
    ['bound to something else, too', alpha, [both, twice, 'twice = print', use]],
    [
      'of which there are two',
      'class A: pass\n',
      ['from churn.alpha import A', 'class A: pass', 'def use(): return A'],
    ],
    ['that its module binds anew', `${alpha}\n\ntwice = print\n`, [both, twice, use]],
  ])('pasted beside the import of %s', (_, there, cells) => {
    const { notebooks } = extractAll({ churn: cells }, { existing: { alpha: there } });
    expect(notebooks['churn']!.verdicts['use']).toMatch(/^NB40[24]$/);
  });

  test('what a star import from there binds anew keeps what reads it', () => {
    const star = 'from churn.alpha import *';
    const verdicts = (...cells: string[]): Readonly<Record<string, string>> =>
      extractAll({ churn: cells }, { existing: { alpha } }).notebooks['churn']!.verdicts;
    expect(verdicts('def load(p): return 0', star, use, 'def other(): return load(1)')['other']).toBe(
      'NB402',
    );
    expect(verdicts(star, 'def load(p): return 0', 'def other(): return load(1)')['other']).toBe('moves');
    expect(verdicts('def log(p): return 0', star, 'def other(): return log(1)')['other']).toBe('moves');
  });

  test.each([
    ['of what is imported', [loaded, 'load.tag = 1', load]],
    ['of it under another name', ['from churn.alpha import load as there', 'there.tag = 1', load]],
    ['of what is pasted', [`${loaded} as there`, load, 'load.tag = 1', 'there']],
  ])('but not where attributes are set %s', (_, cells) => {
    expect(extractAll({ churn: cells }, { existing: { alpha: load } }).modules['churn']).toContain(load);
  });

  test('two notebooks share what one pastes and the other imports', () => {
    const { modules } = extractAll({ a: [load, twice], b: [loaded, twice] }, { existing: { alpha: load } });
    expect(Object.keys(modules)).toEqual(['common']);
    expect(modules['common']).toContain(loaded);
  });
});

describe('what stands in the package and changes `sys.path` is a barrier where it is called', () => {
  const setup = 'import sys\n\n\ndef setup():\n    sys.path.insert(0, "v")\n';
  const through = 'from .alpha import setup\n\n\ndef prepare():\n    setup()\n';
  test.each([
    ['in the notebook', {}, [setup, 'setup()']],
    ['in a module', { alpha: setup }, ['from churn.alpha import setup', 'setup()']],
    ['under another name', { alpha: setup }, ['from churn.alpha import setup as s', 's()']],
    ['of a module', { alpha: setup }, ['from churn import alpha', 'alpha.setup()']],
    ['by its whole path', { alpha: setup }, ['import churn.alpha', 'churn.alpha.setup()']],
    [
      'through the root',
      { __init__: 'from .alpha import *\n', alpha: setup },
      ['import churn', 'churn.setup()'],
    ],
    ['by a star', { alpha: setup }, ['from churn.alpha import *', 'setup()']],
    ['through a function', { alpha: setup, beta: through }, ['from churn.beta import prepare', 'prepare()']],
    [
      'imported in a function',
      { alpha: setup },
      ['def go():\n    from churn.alpha import setup\n    setup()', 'go()'],
    ],
  ])('%s', (_, existing, [imports, call]) => {
    const cells = [
      'def early(): return 1',
      'early()',
      imports!,
      call!,
      'import lib',
      'def late(): return lib',
    ];
    const { notebooks } = extractAll({ nb: [...cells, 'late()'] }, { existing });
    const places = notebooks['nb']!.cells;
    const at = (pattern: RegExp): number => places.findIndex((cell) => pattern.test(cell));
    expect(at(/import early/)).toBeLessThan(at(/\(\)$/));
    expect(at(/import late/)).toBeGreaterThan(places.indexOf(call!));
  });

  test('what is imported after it from a module that was imported before need not wait', () => {
    const existing = { nb: 'K = 1\n\n\ndef load(): return 1\n' };
    const cells = [
      'from churn.nb import load',
      setup,
      'setup()',
      'from churn.nb import K',
      'def f(k=K): return k',
    ];
    const { modules } = extractAll({ nb: [...cells, 'f(), load()'] }, { existing });
    expect(Object.keys(modules)).toEqual(['nb']);
  });

  test('but not what has nothing to do with it', () => {
    const existing = { alpha: `${setup}\n\ndef load(): return 1\n` };
    const cells = ['from churn.alpha import load', 'def early(): return 1', 'early(), load()', 'import lib'];
    const { modules } = extractAll({ nb: [...cells, 'def late(): return lib', 'late()'] }, { existing });
    expect(Object.keys(modules)).toEqual(['nb']);
  });
});

describe('what is imported from the package is known as what stands in the notebook is', () => {
  const base = `import functools
import re
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("data")
PATTERN = r"\\d+"
NUM = 7
NAMES = ["a", "b"]
ALIAS = NAMES
SEEN = []
Pt = namedtuple("Pt", "x y")


def timed(f):
    @functools.wraps(f)
    def inner(*a, **k):
        return f(*a, **k)
    return inner


def noted(f):
    SEEN.append(f)
    return f


def counted(f):
    n = len(NAMES)
    return lambda: (n, f())


def power(x, n):
    return x ** n


def add(x):
    NAMES.append(x)


def names():
    return NAMES


class Base:
    def hi(self):
        return "hi"


@dataclass
class Conf:
    n: int = 1
`;
  const more = 'from churn.base import *\n';
  const handed =
    'from .base import NAMES, timed\n\n\ndef put(x):\n    NAMES.append(x)\n\n\ndef wrap(f):\n    return timed(f)\n';
  const lines = 'add ALIAS Base Conf counted NAMES names noted NUM PATTERN power Pt ROOT timed';
  const imports = `import functools, re
from dataclasses import dataclass
from churn.base import ${lines.split(' ').join(', ')}
from churn.more import put, wrap`;
  const world = { existing: { base, more: handed } };
  const looks =
    'print(timed(power)(1, 2), Base().hi(), Conf(), ROOT, PATTERN, NUM, len(NAMES), Pt(1, 2), wrap(power)(1, 1))';
  const verdictOf = (between: string, definition: string): string => {
    const { verdicts, messages } = extract([imports, between, definition, 'f'], world);
    return verdicts['f'] === 'moves' ? 'moves' : `${verdicts['f']} ${messages['f']}`;
  };

  test.each([
    '@timed\ndef f(x): return x',
    '@wrap\ndef f(x): return x',
    'class f(Base): pass',
    'class f(Base):\n    size = NUM\n    tags = tuple(NAMES)',
    '@dataclass\nclass f(Conf):\n    m: int = 2',
    'def f(x, n=NUM): return x * n',
    'def f(x, n=len(NAMES)): return x * n',
    'square = functools.partial(power, n=2)\ndef f(x): return square(x)',
    'RX = re.compile(PATTERN)\ndef f(x): return RX.findall(x)',
    'RAW = ROOT / "raw"\ndef f(): return RAW',
    'LABEL = f"n={NUM}"\ndef f(): return LABEL',
    'TWICE = NUM * 2\ndef f(): return TWICE',
    'MORE = NAMES + ["c"]\ndef f(): return MORE',
    'ORIGIN = Pt(0, 0)\ndef f(): return ORIGIN',
    'CONF = Conf(3)\ndef f(): return CONF.n',
    'EIGHT = timed(power)(2, 3)\ndef f(): return EIGHT',
    'LIST = names()\ndef f(): return LIST',
  ])('what builds on it moves: %s', (definition) => {
    expect(verdictOf(looks, definition)).toBe('moves');
  });

  test.each([
    ['from churn import x', 'NB414'],
    ['from churn.base import x', 'NB414'],
    ['from churn.nothere import thing as x', 'NB414'],
    ['import churn.nothere as x', 'NB414'],
    ['from churn.nothere import x\nx()', 'NB414'],
    ['def g():\n    from churn.nothere import x\nx = g()', 'NB401'],
    ['from churn import base as x', 'moves'],
    ['from churn.part import x', 'moves'],
    ['from churn.part.inner import thing as x', 'moves'],
    // Which these may make, and the run itself.
    ['from churn.open import x', 'moves'],
    ['from churn.asked import x', 'moves'],
    ['from churn.run import x', 'moves'],
    ['from churn.common import x', 'moves'],
  ])('what the package lacks a module could not import: %s', (clause, verdict) => {
    const existing = {
      base,
      'part.x': 'y = 1\n',
      'part.inner': 'thing = 1\n',
      open: 'from mystery import *\n',
      asked: 'def __getattr__(name): return 1\n',
      run: 'exec(open("more.py").read())\n',
    };
    expect(extract([clause, 'def f(): return x', 'f()'], { existing }).verdicts['f']).toBe(verdict);
  });

  test.each([
    ['@noted\ndef f(): return 1', 'looks', /^NB405 defining it calls 'noted', .*SEEN\.append/],
    ['TWO = add(2)\ndef f(): return TWO', 'looks', /^NB401 .*'add\(…\)'/],
    ['def f(n=len(NAMES)): return n', 'add("c")', /^NB419 it reads 'NAMES' .* cell 2 may/],
    ['def f(n=len(NAMES)): return n', 'put("c")', /^NB419/],
    ['def f(n=len(NAMES)): return n', 'names().append("c")', /^NB419/],
    ['def f(n=len(NAMES)): return n', 'ALIAS.append("c")', /^NB419/],
    ['def f(n=len(ALIAS)): return n', 'NAMES.append("c")', /^NB419/],
    ['def f(n=len(NAMES)): return n', 'own = NAMES\nown.append("c")', /^NB419/],
    ['def f(n=len(NAMES)): return n', 'def g(): add("c")\ng()', /^NB419/],
    [
      'MORE = NAMES + ["c"]\ndef f(): return MORE',
      'add("c")',
      /^NB401 .*'NAMES' when it is defined, after cell 2 may/,
    ],
    [
      '@counted\ndef f(): return 1',
      'add("c")',
      /^NB419 defining it calls 'counted', which looks into what cell 2 may/,
    ],
    ['def f(n=Base.k): return n', 'Base.k = 2', /^NB419/],
    ['from churn import more\n@more.wrap\ndef f(): return 1', 'looks', /^NB419/],
  ])('what could be another then stays: %s after %s', (definition, between, reason) => {
    expect(verdictOf(between === 'looks' ? looks : between, definition)).toMatch(reason);
  });

  test.each([
    ['ITEMS = []\ndef f(): return len(ITEMS)', 'register("q")'],
    ['class Point: x = 0\ndef f(): return Point', 'make()'],
    ['class Point: x = 0\ndef f(): return Point', 'Base'],
  ])('what the notebook has from there already and makes once more is another: %s', (definition, use) => {
    const shop =
      'ITEMS = []\n\n\nclass Point:\n    x = 0\n\n\ndef register(x):\n    ITEMS.append(x)\n\n\ndef make():\n    return Point()\n\n\nclass Base(Point):\n    y = 0\n';
    const cells = ['from churn.shop import Base, make, register', definition, use, 'f()'];
    const { modules, notebooks } = extractAll({ churn: cells }, { existing: { shop } });
    expect(notebooks['churn']!.verdicts['f']).toBe('moves');
    expect(modules['churn']).toContain(definition.split('\n')[0]);
    const without = extractAll({ churn: [definition, 'f()'] }, { existing: { shop } });
    expect(without.modules['churn']).toContain('from churn.shop import');
  });

  test.each(['def g():\n    global K\n    K = 2\n', ''])(
    'what it binds anew stays what the notebook has: %s',
    (g) => {
      const other = 'from . import shop\n\n\ndef h():\n    shop.K = 2\n';
      const existing = {
        shop: `K = 1\n\n\n${g}`,
        hand: 'from .shop import K as K\n',
        ...(g === '' && { other }),
      };
      const { verdicts } = extract(['from churn.hand import K', 'def f(): return K', 'f()'], { existing });
      expect(verdicts['f']).toBe('NB402');
    },
  );

  test('names of a module with a star import are not known', () => {
    const { verdicts } = extract(['from churn.star import g', '@g\ndef f(): return 1', 'f'], {
      existing: { base, star: `${more}\n\ndef g(f):\n    return f\n` },
    });
    expect(verdicts['f']).toBe('NB405');
  });

  test('what needs them is the same as its copy in the package', () => {
    const conf = 'CONF = Conf(3)\n\n\ndef f():\n    return CONF.n';
    const { modules, notebooks } = extractAll(
      { churn: [`from churn.base import Conf\n${conf}`, 'f()'] },
      { existing: { base, churn: `from churn.base import Conf\n\n${conf}\n` } },
    );
    expect(Object.keys(modules)).toEqual([]);
    expect(notebooks['churn']!.cells[0]).toBe('from churn.churn import f');
  });
});

describe('modules of the package import in no circle', () => {
  const root = 'from .churn import ratio\nfrom .data import load\n';
  const churn = 'def ratio(): return 1\n';
  const data = 'def load(p): return p\n';
  const leans = 'from churn.churn import g\n\n\nclass Base: pass\n\n\nK = g\n';
  const refused: [line: string, use: string, existing: Record<string, string>, message: string][] = [
    [
      'from churn import load',
      'load',
      { __init__: root, churn, data },
      "is imported by 'churn', which it would import",
    ],
    [
      'import churn',
      'churn.load',
      { __init__: root, churn, data },
      "is imported by 'churn', which it would import",
    ],
    [
      'import churn.data',
      'churn.load',
      { __init__: root, churn, data },
      "is imported by 'churn', which it would import",
    ],
    [
      'import churn.leans',
      'churn.leans.K',
      { churn: 'g = 1\n', leans },
      "is imported by 'churn.leans', which it would import",
    ],
    [
      'import churn.leans as l',
      'l.K',
      { churn: 'g = 1\n', leans },
      "is imported by 'churn.leans', which it would import",
    ],
    [
      'from churn import leans',
      'leans.K',
      { churn: 'g = 1\n', leans },
      "is imported by 'churn.leans', which it would import",
    ],
    [
      'from churn import leans as l',
      'l.K',
      { churn: 'g = 1\n', leans },
      "is imported by 'churn.leans', which it would import",
    ],
    [
      'from churn.io.low import lo',
      'lo',
      { 'io.__init__': 'from ..churn import g\n', 'io.low': 'lo = 1\n', churn: 'g = 1\n' },
      "is imported by 'churn.io.low', which it would import",
    ],
    [
      'try:\n    from churn.leans import K\nexcept ImportError:\n    from json import load as K',
      'K',
      { churn: 'g = 1\n', leans },
      "is imported by 'churn.leans', which it would import",
    ],
    ['import churn.churn as c', 'c.g', { churn: 'g = 1\n' }, 'would have to import itself'],
    ['import churn.churn', 'churn.churn.g', { churn: 'g = 1\n' }, 'would have to import itself'],
    ['from churn import churn', 'churn.g', { churn: 'g = 1\n' }, 'would have to import itself'],
    ['from churn import churn as c', 'c.g', { churn: 'g = 1\n' }, 'would have to import itself'],
    ['from churn.churn import g as h', 'h', { churn: 'g = 1\n' }, 'would have to import itself'],
  ];
  test.each(refused)('%s, and %s', (line, use, existing, message) => {
    const { messages } = extract([line, `def f(): return ${use}`], { existing });
    expect(messages['f']).toContain(`'churn.churn' ${message}`);
  });

  const lawful: [line: string, use: string, existing: Record<string, string>][] = [
    ['from churn import load', 'load', { __init__: 'from .data import load\n', churn, data }],
    ['from churn.data import load', 'load', { __init__: root, churn, data }],
    ['from churn import data', 'data', { __init__: root, churn, data }],
    ['from churn import data', 'data', { __init__: 'from . import churn, data\n', churn, data }],
    ['import churn.data as d', 'd.load', { __init__: root, churn, data }],
    ['from churn.churn import g', 'g', { churn: 'g = 1\n' }],
  ];
  test.each(lawful)('but %s, and %s', (line, use, existing) => {
    expect(extract([line, `def f(): return ${use}`], { existing }).verdicts['f']).toBe('moves');
  });

  test('a function may import its own module', () => {
    const cells = [
      'def f():\n    import churn.churn as c\n    from churn.churn import g as h\n    return c, h',
    ];
    expect(extract(cells, { existing: { churn: 'g = 1\n' } }).verdicts['f']).toBe('moves');
  });

  test("what stands in a folder may lean on its neighbours, which the folder's __init__ imports too", () => {
    const cells = ['from churn.io.low import lo', '# nb2mod: module=io.high\ndef f(): return lo'];
    const existing = { 'io.__init__': 'from .high import g\n', 'io.low': 'lo = 1\n', 'io.high': 'g = 1\n' };
    expect(extract(cells, { existing }).verdicts['f']).toBe('moves');
  });
});

test.each([
  ['from churn.helpers import Base', 'Base'],
  ['from churn.helpers import Base as B', 'B'],
  ['import churn.helpers as h', 'h.Base'],
  ['import churn.helpers', 'churn.helpers.Base'],
  ['from churn import helpers', 'helpers.Base'],
])(
  'whatever a class of the package is called, what it does to one that derives from it is not known: %s',
  (line, base) => {
    const helpers = 'class Base:\n    def __init_subclass__(cls): print(cls)\n';
    const { verdicts } = extract([line, `class C(${base}): pass`], { existing: { helpers } });
    expect(verdicts['C']).toBe('NB405');
  },
);

describe('settings', () => {
  const cells = ['def load_csv(): return 1', 'def scratch_one(): return 2', 'def plot(): return load_csv()'];
  test('names that are to stay do', () => {
    const { notebooks } = extractAll({ a: cells }, { keep: ['scratch_*', 'other'] });
    expect(notebooks['a']!.verdicts).toEqual({ load_csv: 'moves', scratch_one: 'NB410', plot: 'moves' });
  });
  test('name patterns choose modules, the first that fits; a directive goes before', () => {
    const choices = [
      { pattern: 'load_*', module: 'data.loading' },
      { pattern: 'l*', module: 'other' },
      { pattern: 'scratch_???', module: 'notes' },
    ];
    const directed = [...cells.slice(0, 2), `# nb2mod: module=views\n${cells[2]!}`];
    const { modules } = extractAll({ a: directed }, { choices });
    expect(Object.keys(modules).sort()).toEqual(['data.loading', 'notes', 'views']);
  });
  test.each(['../x', '/etc/x', 'a..b', 'class', '3d', 'a-b', 'a.', '__init__', 'a.__init__', '__main__'])(
    "a directive can't ask for '%s'",
    (module) => {
      const { notebooks, modules } = extractAll({ a: [`# nb2mod: module=${module}\n${cells[0]!}`] });
      expect(notebooks['a']!.verdicts).toEqual({ load_csv: 'NB424' });
      expect(modules).toEqual({});
    },
  );
});

describe('directives', () => {
  const named = (directive: string): string => `# ${directive}\ndef f(): return 1`;
  test.each(['module=feats', 'module = feats', 'module= feats  '])('nb2mod: %s', (words) => {
    const { notebooks, modules } = extractAll({ a: [named(`nb2mod: ${words}`)] });
    expect(notebooks['a']!.verdicts).toEqual({ f: 'moves' });
    expect(modules['feats']).not.toContain('nb2mod:');
  });

  test.each([
    'keep, it is secret',
    'Keep',
    'skip',
    'modul=x',
    'module=',
    'module=x # because',
    'module x',
    '',
    'module=x y',
  ])('nb2mod: %s is none', (words) => {
    const { verdicts, messages, cells } = extract([named(`nb2mod: ${words}`)]);
    expect(verdicts).toEqual({ f: 'NB425' });
    expect(messages['f']).toBe(`'${`# nb2mod: ${words}`.trim()}' is no directive`);
    expect(cells).toEqual([named(`nb2mod: ${words}`)]);
  });

  test('one that is not understood outweighs those that are', () => {
    expect(extract([`# nb2mod: module=x\n${named('nb2mod: kep')}`]).verdicts).toEqual({ f: 'NB425' });
  });

  test('a constant that one leads is listed, and so is what needs it', () => {
    const { verdicts } = extract(['# nb2mod: modul=settings\nK = 1', 'def f(): return K']);
    expect(verdicts).toEqual({ K: 'NB425', f: 'NB401' });
  });

  test.each([
    ['nb2mod:keep', 'NB410'],
    ['nb2mod:skip', 'NB425'],
    ['nb2mod:Keep', 'NB425'],
    ['nb2mod:module = x', 'moves'],
    ['nb2mod:path', 'moves'],
    ['nb2mode', 'moves'],
  ])('the tag %s', (tag, verdict) => {
    expect(extract([{ source: 'def f(): return 1', tags: [tag] }]).verdicts).toEqual({ f: verdict });
  });
});

test.each([
  [
    ['print "x"\ndef g(): return 1', 'def f(): return g()'],
    "it reads 'g', which only cell 1 defines, and that is not valid Python 3",
  ],
  [
    ['K = 1', 'def f(): return K', 'def put(**words): globals().update(words)', 'put(K=2)'],
    "it reads 'K', set in cell 1 and perhaps rebound by what writes global names in cell 3",
  ],
  [
    ['def run(code): exec(code, globals())', 'K = 1', 'def f(): return K'],
    "it reads 'K', set in cell 2 and perhaps rebound by what writes global names in cell 1",
  ],
  [
    ['def run(code): exec(code, globals())', 'def f(): return K'],
    "it reads 'K', a notebook variable that cell 1 may set, running what may bind any name",
  ],
  [
    ['def f(x=K): return x', 'def run(code): exec(code, globals())', 'K = 1'],
    "it reads 'K' when it is defined, before cell 3 binds it",
  ],
  [
    ['from math import *\nfrom pylab import *', 'def f(): return sin(1)'],
    "'sin' may come from 'from pylab import *' in cell 1",
  ],
  [
    ['K = 1', 'def f(): return K', 'for K in *[1], 2: pass'],
    "it reads 'K', set in cell 1 and perhaps rebound by what does not parse in cell 3",
  ],
  [
    ['from __future__ import annotations', 'def f(x: Later): return x'],
    "an annotation names 'Later', which nothing in the notebook defines: in a module Ruff would find F821",
  ],
  [['K = 1', 'def f(): return K', 'K = 2'], "it reads 'K', set in cell 1 and rebound in cell 3"],
  [['K = 1\nK = 2', 'def f(): return K'], "it reads 'K', set in cell 1, line 1, and rebound in line 2"],
  [['# a\nK = 1; K = 2', 'def f(): return K'], "it reads 'K', set and rebound in cell 1, line 2"],
  [
    ['import a as x\nimport b as x', 'def f(): return x'],
    "it needs 'x', imported as different things in cell 1",
  ],
  [['%pylab', 'def f(): return sin(1)'], "'sin' may come from '%pylab' in cell 1"],
  [['%pylab', 'def f(): return get_ipython()'], "it uses 'get_ipython', which only the notebook's shell has"],
  [
    ['%pylab', 'print "x"\ndef g(): return 1', 'def f(): return g()'],
    "it reads 'g', which only cell 2 defines, and that is not valid Python 3",
  ],
  [['%pylab', 'print "x"\nsum = 3', 'def f(): return sum([])'], "'sum' may come from '%pylab' in cell 1"],
  [
    ['class C:\n    def m(self): return __a'],
    "it reads '__a' (that is '_C__a'), which nothing in the notebook defines",
  ],
  [
    ['_C__a = input()', 'class C:\n    def m(self): return __a'],
    "it reads '__a' (that is '_C__a'), a notebook variable that cell 1 sets: " +
      "its value comes from 'input(…)', which may do more than make a value",
  ],
  [['class C:\n    def m(self): return _C__a'], "it reads '_C__a', which nothing in the notebook defines"],
  [
    ['_C__a = 1', 'class C:\n    def m(self): return __a'],
    'in a module Ruff finds F821: Undefined name `__a`',
  ],
  [
    ['D = [1]', 'D.append(2)', 'def g(): return len(D)', 'def f(a=g()): return a'],
    "it reads 'D' through 'g' when it is defined, after cell 2 may have changed it",
  ],
])('what a reason says of %j', (cells, message) => {
  const { messages } = extract(cells);
  expect(messages['f'] ?? messages['C']).toBe(message);
});

const renamed = "Give one of the two another name than 'K'.";
test.each([
  [
    ['K = 1', 'def f(): return K', 'K = 2'],
    "Pass 'K' to it as an argument, or give the later value another name.",
  ],
  [
    ['K = 1', 'def f(n=K): return n', 'K = 2'],
    "Give the later value of 'K' another name, or do without 'K' in its defaults, decorators and annotations.",
  ],
  [['class K: pass', 'class f(K): pass', 'class K: n = 1'], renamed],
  [['def K(): return 1', 'def f(): return K()', 'K = K()'], renamed],
  [['import glob as K', 'def f(): return K.glob("*")', 'K = 1'], renamed],
  [
    ['a = input()', 'def h(): return a', 'def g(): return h()', 'def f(): return g()'],
    "See why 'h' (cell 2) stays (NB401), which 'g' needs in turn: once that is mended, all can move.",
  ],
  [
    ['a = input()', 'def g(): return a', 'def f(): return g()'],
    "See why 'g' stays: once that is mended, both can move.",
  ],
  [
    [
      '# nb2mod: keep\ndef i(): return 1',
      'def h(): return i()',
      'def g(): return h()',
      'def f(): return g()',
    ],
    "See why 'i' (cell 1) stays (NB410), which 'g' needs in turn: once that is mended, all can move.",
  ],
])('the way out of %j', (cells, hint) => {
  expect(extract(cells).hints['f']).toBe(hint);
});

test('of values that come from others a reason names the nearest', () => {
  const { messages } = extract(['a = input()', 'b = [a]', 'c = [b]', 'def f(): return c']);
  expect(messages['f']).toBe(
    "it reads 'c', a notebook variable that cell 3 sets: its value reads 'b', a notebook variable that cell 2 sets",
  );
});

test('a reason shows what sets something as it is written, but for arguments', () => {
  const { messages } = extract([
    'import logging\ndef g(): return 1',
    'logging.getLogger("a").setLevel(10)',
    'class f: level = logging.getLogger("a").level',
    'f, g()',
  ]);
  expect(messages['f']).toBe(
    "it reads 'logging.getLogger' when it is defined, after cell 2 has set 'logging.getLogger(…).setLevel'",
  );
});

test('nor is a reason cut where the code that it quotes reads like one', () => {
  const { messages } = extract(['d = {}', 'K = d["it sets: 1"].fetch()', 'def f(): return K']);
  expect(messages['f']).toBe(
    `it reads 'K', a notebook variable that cell 2 sets: its value comes from 'd["it sets: 1"].fetch(…)', which may do more than make a value`,
  );
});

const hintFor = (...cells: string[]): string | undefined => {
  const { refusals, names } = buildGraph(namesOf(...cells));
  return refusals.get(names.statements.find(({ defines }) => defines.includes('f'))!.id)?.hint;
};

const without = (name: string): string => `o without '${name}' in its defaults, decorators and annotations`;
test.each([
  ['def f(x): return a', "Pass 'a' to it as an argument."],
  ['def f(x): return a, k, x, b, str, g(), d', "Pass 'a', 'b' and 'd' to it as arguments."],
  ['def f(x): return r', "Pass 'r' to it as an argument, or give the later value another name."],
  ['def f(x): return s', "Pass 's' to it as an argument, or give the later values other names."],
  // No value of it could move.
  ['def f(x): return t', "Pass 't' to it as an argument."],
  ['def f(x): return c', "Give one of the two another name than 'c'."],
  ['def f(x): return c, a', "Give one of the two another name than 'c'; pass 'a' to it as an argument."],
  ['def f(x): return a, m', "Give one of the two another name than 'm'; pass 'a' to it as an argument."],
  ['def f(x): return y, z, y', "Define or import 'y' and 'z' in a cell."],
  ['def f(x): return r, a', "Pass 'r' and 'a' to it as arguments."],
  ['def f(x: a): return 1', `D${without('a')}.`],
  ['def f(x: a): return b', `D${without('a')}; pass 'b' to it as an argument.`],
  ['class f:\n  y = a', "Do without 'a' in its bases, decorators and class body."],
  ['def f(x: r): return 1', `Give the later value of 'r' another name, or d${without('r')}.`],
])('the hint about %j tells of all that the notebook has', (f, hint) => {
  const cell = 'a = b = input()\nd = [a]\nk = 1\nr = 1\ns = [k]\nt = input()';
  const rest = [
    'def g(): return a',
    'r = 2',
    's = 1; t = 1',
    's = 2',
    'class c: k = 1\nimport m',
    'class c: k = 2\nm = 1',
  ];
  expect(hintFor(cell, ...rest, f)).toBe(hint);
});

test('of a star import all names are told', () => {
  expect(hintFor('from signals import *', 'def f(x): return max(low(x), high(x))')).toBe(
    "Import by name what is used in place of the star: 'low' and 'high' here.",
  );
});

test('what code that does not parse may bind anew can be passed, or that code mended', () => {
  expect(hintFor('r = 1', 'def f(): return r', 'r = (')).toBe(
    "Pass 'r' to it as an argument, or mend cell 3.",
  );
});
