import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { python } from './python.ts';

test.runIf(python)('the Python of the tests can run kernels and has what the notebooks import', () => {
  // Importing them takes long; the tests that run notebooks do.
  const names = ['nbclient', 'ipykernel', 'nbformat', 'numpy', 'pandas', 'scikit-learn'];
  const program = `from importlib.metadata import version\nfor name in ${JSON.stringify(names)}: print(version(name))`;
  const versions = execFileSync(python!, ['-c', program], { encoding: 'utf8' }).trim().split(/\r?\n/);
  expect(versions).toHaveLength(names.length);
  for (const version of versions) expect(version).toMatch(/^\d+\.\d+/);
});
