/** Packages that grow from run to run: what moves in one run has left nothing to the next one. */
import { describe, expect, test } from 'vitest';
import { extractAll } from './extraction.ts';

describe('where what an earlier run has moved is imported', () => {
  const g = 'def g(x): return x';

  test('who imports a part of a package has the package', () => {
    const nn = 'import torch.nn\ndef g(x): return x\ndef h(x): return torch.nn.ReLU(x)\n';
    const part = 'from torch.nn import ReLU\ndef relu(): return ReLU()';
    const cells = [g, 'g(1)', '%pip install torch', part, 'relu()'];
    const { notebooks } = extractAll({ a: cells }, { existing: { box: nn } });
    expect(notebooks['a']!.verdicts).toEqual({ g: 'NB416', relu: 'moves' });
  });
});
