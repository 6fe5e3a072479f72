/** The GitHub Action: what it runs, in a repository of its own, and that its definition names what is there. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { notebookOf } from './extraction.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nb2mod action '));
  const ran = notebookOf(['1 + 1']).text.replace('"execution_count": null', '"execution_count": 7');
  mkdirSync(join(folder, 'clean'));
  writeFileSync(join(folder, 'clean', 'a b.ipynb'), notebookOf(['1 + 1']).text);
  mkdirSync(join(folder, 'ran'));
  writeFileSync(join(folder, 'ran', 'b.ipynb'), ran);
  mkdirSync(join(folder, 'full'));
  writeFileSync(
    join(folder, 'full', 'c.ipynb'),
    notebookOf(['def double(x):\n    return x + x\n\ndouble(2)']).text,
  );
  spawnSync('git', ['init', '-q', '.'], { cwd: folder });
  spawnSync('git', ['add', '-A'], { cwd: folder });
  writeFileSync(join(folder, 'clean', 'unknown to git.ipynb'), ran);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each<[string, Record<string, string>, number, RegExp]>([
  ['finds results', { NB2MOD_PATHS: '.' }, 1, /ran\/b\.ipynb[^]*::error::notebooks hold results/],
  ['passes where there are none', { NB2MOD_PATHS: 'clean\nfull' }, 0, /2 notebooks/],
  [
    'finds definitions',
    { NB2MOD_CHECK: 'strip extract', NB2MOD_PATHS: 'clean full' },
    1,
    /::error::definitions could move/,
  ],
  ['passes where there is no notebook', { NB2MOD_PATHS: 'nothing' }, 0, /no notebooks/],
  ['refuses what it does not know', { NB2MOD_CHECK: 'format' }, 2, /::error::check must be/],
])('it %s', (_, given, status, said) => {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...given };
  const result = spawnSync(process.execPath, [join(root, 'scripts', 'action.mjs')], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  expect(`${result.stdout}${result.stderr}`).toMatch(said);
  expect(result.status).toBe(status);
});

test('the definition hands over every input, and runs scripts that are there', () => {
  const text = readFileSync(join(root, 'action.yml'), 'utf8');
  const [, inputs = '', steps = ''] = /^inputs:\n([^]*?)^runs:\n([^]*)$/m.exec(text)!;
  const names = [...inputs.matchAll(/^ {2}([\w-]+):$/gm)].map(([, name]) => name!);
  expect(names).toEqual(['check', 'paths', 'node-version']);
  for (const name of names) expect(steps).toContain(`\${{ inputs.${name} }}`);
  const scripts = [...steps.matchAll(/scripts\/[\w-]+\.mjs/g)].map(([path]) => path);
  expect(scripts.length).toBe(3);
  expect(scripts.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
