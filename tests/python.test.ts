import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { python } from './python.ts';

test.runIf(python)('the Python of the tests can run kernels and has what the notebooks import', () => {
  const program = 'import nbclient, ipykernel, nbformat, numpy, pandas, sklearn; print(nbclient.__version__)';
  expect(execFileSync(python!, ['-c', program], { encoding: 'utf8' })).toMatch(/^\d+\.\d+/);
});
