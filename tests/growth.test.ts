/** Packages that grow from run to run: what moves in one run has left nothing to the next one. */
import { describe, expect, test } from 'vitest';
import { extractAll } from './extraction.ts';

const flat = { layout: 'flat' } as const;

describe('where what an earlier run has moved is imported', () => {
  const torch = 'import torch\ndef g(x): return x\ndef h(x): return torch.tensor(x)\n';
  const g = 'def g(x): return x';
  const later = ['def f(): return 1', 'f()', '%pip install torch', 'import torch', g, 'g(torch)'];

  test('a definition is imported from there where it stood, whatever else moves before', () => {
    const { notebooks } = extractAll({ a: later }, { existing: { box: torch } });
    expect(notebooks['a']!.verdicts).toEqual({ f: 'moves', g: 'moves' });
    expect(notebooks['a']!.cells.slice(3)).toEqual(['import torch', 'from churn.box import g', 'g(torch)']);
  });

  test('but where something before needs it, its module would be imported there', () => {
    const [, ...rest] = later;
    const { notebooks } = extractAll({ a: ['def f(): return g', ...rest] }, { existing: { box: torch } });
    expect(notebooks['a']!.verdicts).toEqual({ f: 'NB404', g: 'NB416' });
  });

  test('what is shared is imported where it stood, too, and may stand by what the notebook has by then', () => {
    const fit = 'import torch\ndef fit(x): return torch.tensor(x)';
    const shared = { b: [g, fit, 'g(fit(1))'], c: [fit, 'fit(1)'] };
    const { modules, notebooks } = extractAll({ a: later, ...shared });
    expect(Object.keys(modules)).toEqual(['a', 'common']);
    expect(notebooks['a']!.cells.slice(2, 5)).toEqual([
      '%pip install torch',
      'import torch',
      'from churn.common import g',
    ]);
    const early = extractAll({ a: [g, 'g(1)', ...later], ...shared });
    expect(Object.keys(early.modules)).toEqual(['a', 'common', 'common_torch']);
  });

  test('who imports a part of a package has the package', () => {
    const nn = 'import torch.nn\ndef g(x): return x\ndef h(x): return torch.nn.ReLU(x)\n';
    const part = 'from torch.nn import ReLU\ndef relu(): return ReLU()';
    const cells = [g, 'g(1)', '%pip install torch', part, 'relu()'];
    const { notebooks } = extractAll({ a: cells }, { existing: { box: nn } });
    expect(notebooks['a']!.verdicts).toEqual({ g: 'NB416', relu: 'moves' });
  });
});

describe('what one run brings to a module that is there', () => {
  const f = (value: number): string => `def f(): return ${value}`;

  test('leaves room for another definition of the name beside it', () => {
    const { modules } = extractAll({ a: [f(1)], b: [f(2)] }, { ...flat, existing: { core: 'x = 1\n' } });
    expect(Object.keys(modules)).toEqual(['core', 'core_2']);
  });

  test('unless it was there before', () => {
    const { modules, notebooks } = extractAll({ a: [f(2)] }, { ...flat, existing: { core: `${f(1)}\n` } });
    expect(Object.keys(modules)).toEqual([]);
    expect(notebooks['a']!.verdicts).toEqual({ f: 'NB417' });
  });

  test('a module that a run has named gives way to another one', () => {
    const both = 'import torch, pylab\nfrom pickle import load\ndef h(): return load, torch, pylab';
    const norm = 'def norm(x): return x / 2';
    const existing = { common: `${norm}\n`, common_pylab: 'from json import load\n\nload\n' };
    const { modules, notebooks } = extractAll({ a: [norm, 'norm(1)'], b: [both], c: [both] }, { existing });
    expect(Object.keys(modules)).toEqual(['common_torch']);
    expect(notebooks['b']!.verdicts).toEqual({ h: 'moves' });
  });

  test('or, where notebooks import that which lack what it needs, to one with a number', () => {
    const far = 'import torch\nfrom pickle import load\ndef h(): return load, torch';
    const norm = 'def norm(x): return x / 2';
    const existing = { common: `${norm}\n`, common_torch: 'from json import load\n\nload\n' };
    const { modules, notebooks } = extractAll({ a: [norm, 'norm(1)'], b: [far], c: [far] }, { existing });
    expect(Object.keys(modules)).toEqual(['common_torch_2']);
    expect(notebooks['b']!.verdicts).toEqual({ h: 'moves' });
  });

  test('another definition there is in the way however little room a run leaves beside it', () => {
    const existing = { data: 'import foo\n\n\ndef load(): return foo\n', utils: `${f(1)}\n` };
    const grown = {
      a: ['import foo\ndef f(): return foo'],
      b: ['def g(): return 2', '%pip install foo', 'def load_x(): return 3'],
    };
    const { modules, notebooks } = extractAll(grown, { layout: 'topic', existing });
    expect(Object.keys(modules)).toEqual(['data', 'utils']);
    expect(notebooks['a']!.verdicts).toEqual({ f: 'NB417' });
  });

  test('where a run puts what a definition needs is in the way of nothing', () => {
    const existing = {
      common: 'def norm(x): return x\n',
      common_torch:
        'import torch\nfrom churn.common import norm\n\n\ndef net(x): return torch.tensor(norm(x))\n',
    };
    const layer = 'import torch\ndef layer(x): return torch.relu(x)\ndef make(x): return layer(x)';
    const plain = ['from churn.common import norm', 'norm(1)'];
    const { modules, notebooks } = extractAll({ a: plain, b: [layer], c: [layer] }, { existing });
    expect(Object.keys(modules)).toEqual(['common_torch']);
    expect(notebooks['b']!.verdicts).toEqual({ layer: 'moves', make: 'moves' });
  });

  const refused = ['def f(): return pylab', 'k = f', '%pip install pylab', 'import pylab'];

  test('is in the way of nothing if it stays in the end', () => {
    const { modules, notebooks } = extractAll(
      { a: refused, b: [f(2)] },
      { ...flat, existing: { core: 'x = 1\n' } },
    );
    expect(notebooks['a']!.verdicts).toEqual({ f: 'NB416' });
    expect(Object.keys(modules)).toEqual(['core']);
  });

  test('nor does it take the room of anything then', () => {
    const existing = { core: 'x = 1\n', core_torch: 'from json import load\n\nload\n' };
    const { modules, notebooks } = extractAll(
      {
        a: [...refused, '%pip install torch', 'import torch'],
        b: ['import torch\nfrom pickle import load\ndef h(): return load, torch'],
      },
      { ...flat, existing },
    );
    expect(notebooks['a']!.verdicts).toEqual({ f: 'NB416' });
    expect(notebooks['b']!.verdicts).toEqual({ h: 'moves' });
    expect(Object.keys(modules)).toEqual(['core']);
  });

  test('stands in the module of its topic, however late its notebook can import it', () => {
    const late = ['from churn.data import x', '%pip install y', 'def g(): return 2'];
    const world = { layout: 'topic', existing: { data: 'x = 1\n' } } as const;
    const { modules } = extractAll({ a: [f(1), 'f()'], b: late }, world);
    expect(Object.keys(modules)).toEqual(['utils']);
  });
});
