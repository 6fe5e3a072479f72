/** What stands where nobody expects it, or is gone: no command waits for it or ends in a stack trace. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commitChange } from '../src/files/commit.ts';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const cells = [
  { cell_type: 'code', execution_count: 1, metadata: {}, outputs: [], source: 'def area(r): return r * r' },
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nb2mod-odd-'));
  writeFileSync(
    join(folder, 'a.ipynb'),
    JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 4 }),
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(words: readonly string[], out: 'pipe' | number = 'pipe', environment: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [cli, ...words], {
    cwd: folder,
    stdio: ['ignore', out, 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...environment },
    timeout: 60_000,
  });
}

const file = (name: string) => (): void => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), '');
};
const made = (name: string) => (): void => void mkdirSync(join(folder, name), { recursive: true });
const pipe = (name: string) => (): void => void spawnSync('mkfifo', [join(folder, name)]);
const extract = ['extract', 'a.ipynb', '--package', 'shapes'];

test.each<[string, () => void, readonly string[], RegExp]>([
  ['a file for the package', file('src/shapes'), extract, /src\/shapes: NB510 is a file where a folder/],
  ['that, to a scan', file('src/shapes'), ['scan', 'a.ipynb', '--package', 'shapes'], /src\/shapes: NB510/],
  ['that, to init', file('src/shapes'), ['init', '--no-python', '--package', 'shapes'], /src\/shapes: NB510/],
  ['a file for the source root', file('src'), extract, /src: NB510 is a file where a folder/],
  ['a named one', file('a.txt'), [...extract, '--source-root', 'a.txt'], /a\.txt: NB510 is a file/],
  ['a folder for pyproject.toml', made('pyproject.toml'), ['strip', 'a.ipynb'], /toml: NB510 is a folder/],
  ['that, to config', made('pyproject.toml'), ['config'], /pyproject\.toml: NB510 is a folder/],
  ['a pipe for pyproject.toml', pipe('pyproject.toml'), ['strip', 'a.ipynb'], /toml: NB510 is not a regular/],
  ['that, to extract', pipe('pyproject.toml'), extract, /pyproject\.toml: NB510 is not a regular file/],
  ['a pipe for a notebook', pipe('b.ipynb'), ['scan', 'b.ipynb'], /b\.ipynb: NB510 is not a regular file/],
])('%s', (_name, prepare, words, message) => {
  prepare();
  const { status, stderr } = run(words);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n +at /);
  expect(status).toBe(2);
});

test.each([
  ['a pipe for .gitignore', pipe('.gitignore')],
  ['a folder for it', made('.gitignore')],
])('%s is passed over', (_name, prepare) => {
  prepare();
  expect(run(['scan', '.'])).toMatchObject({ status: 0, stderr: '' });
});

test
  .runIf(process.platform === 'linux')
  .each([
    [['scan', 'a.ipynb', '--json']],
    [['strip', '-t', 'a.ipynb']],
    [['config']],
    [['explain']],
    [['--help']],
    [['--version']],
  ])('a full standard output: %j', (words) => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = run(words, full);
  closeSync(full);
  expect(stderr).toBe('error: the output: the disk is full\n  hint: Free some space, then run it again.\n');
  expect(status).toBe(2);
});

test.runIf(process.platform === 'linux').each(['scan a.ipynb', 'extract a.ipynb', 'strip a.ipynb', 'undo'])(
  'a working folder that is gone: %s',
  (words) => {
    const script = `mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" ${words}`;
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, cli], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^error: the working folder is gone\n {2}hint: .*\n$/);
    expect(status).toBe(2);
  },
);

describe('after a run was killed', () => {
  const before = JSON.stringify({ cells: [{ ...cells[0], outputs: [1] }], metadata: {}, nbformat: 4 });
  beforeEach(async () => {
    const change = [
      { path: 'm.py', before: null, after: 'x = 1' },
      { path: 'n.ipynb', before, after: '{"cells": []}' },
    ];
    writeFileSync(join(folder, 'n.ipynb'), before);
    const bytes = (text: string | null): Uint8Array | null => (text === null ? null : Buffer.from(text));
    const files = change.map((each) => ({
      path: join(folder, each.path),
      before: bytes(each.before),
      after: bytes(each.after),
    }));
    await commitChange(folder, { files, diagnostics: [] });
    // Killed before the notebook was replaced.
    writeFileSync(join(folder, 'n.ipynb'), before);
    const runs = join(folder, '.nb2mod/runs');
    renameSync(join(runs, '000001'), join(runs, '000001.open'));
  });

  test('strip puts right what it left, and then strips', () => {
    const { status, stderr } = run(['strip', 'n.ipynb']);
    expect(stderr).toContain('NB506 an earlier run was killed; its 2 files are as before it');
    expect(status).toBe(0);
    expect(existsSync(join(folder, 'm.py'))).toBe(false);
    expect(readFileSync(join(folder, 'n.ipynb'), 'utf8')).toContain('"outputs":[]');
    expect(run(['strip', 'n.ipynb']).stderr).toBe('');
  });

  test.each([
    [['scan', 'a.ipynb']],
    [['extract', 'a.ipynb', '--check']],
    [['extract', 'a.ipynb', '--dry-run']],
    [['init', '--check', '--no-python']],
    [['strip', '--check', 'a.ipynb']],
  ])('what only reads says so: %j', (words) => {
    const { stderr } = run(words);
    expect(stderr).toContain('NB506 an earlier run was killed or is still at work');
    expect(existsSync(join(folder, 'm.py'))).toBe(true);
  });
});

test('where an unexpected error comes from is told on request', () => {
  const full = openSync('/dev/full', 'w');
  expect(run(['explain'], full, { NB2MOD_DEBUG: '1' }).stderr).toMatch(/\n +at /);
  closeSync(full);
});

test('a link to a folder is the package, or a part of it; one back to it has an end', () => {
  mkdirSync(join(folder, 'elsewhere/parts'), { recursive: true });
  mkdirSync(join(folder, 'src'));
  symlinkSync('../elsewhere', join(folder, 'src/shapes'));
  symlinkSync('..', join(folder, 'elsewhere/parts/up'));
  writeFileSync(join(folder, 'elsewhere/parts/round.py'), 'def area(r):\n    return r * r\n');
  writeFileSync(join(folder, 'elsewhere/__init__.py'), '');
  expect(run(['extract', 'a.ipynb']).status).toBe(0);
  expect(readFileSync(join(folder, 'a.ipynb'), 'utf8')).toContain('from shapes.parts.round import area');
  expect(existsSync(join(folder, 'elsewhere/a.py'))).toBe(false);
});
