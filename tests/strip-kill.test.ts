import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { strip } from '../src/commands/strip.ts';

// `node scripts/kill.mjs` kills hundreds of times, `extract` too.
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const before = `{"cells": [{"outputs": ["${'x'.repeat(300_000)}"], "source": "${'y'.repeat(300_000)}"}]}`;
const after = before.replace(/\["x+"\]/, '[]');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nb2mod-strip-kill-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every file is the old or the new one; the next run makes all new and leaves nothing beside them. */
async function expectPutRight(paths: readonly string[]): Promise<void> {
  for (const path of paths) expect([before, after]).toContain(readFileSync(path, 'utf8'));
  expect(await strip(paths)).toBe(0);
  for (const path of paths) expect(readFileSync(path, 'utf8')).toBe(after);
}

/** Ends the process before the n-th operation that changes the disk; of a write the first kilobyte is done. */
function hookFor(operation: number): string {
  const program = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    let count = 0;
    for (const name of ['openSync', 'writeSync', 'fchownSync', 'fchmodSync', 'fsyncSync', 'closeSync', 'renameSync']) {
      const original = fs[name];
      fs[name] = (...args) => {
        const isHit = ++count === ${operation};
        if (isHit && name === 'writeSync') original(args[0], args[1].subarray(0, 1000));
        if (isHit) process.kill(process.pid, 'SIGKILL');
        return original(...args);
      };
    }
    syncBuiltinESMExports();`;
  return `data:text/javascript,${encodeURIComponent(program)}`;
}

/** Lets operations on the disk fail, each with an error code. */
function failing(codes: Readonly<Record<string, string>>): string {
  const program = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    for (const [name, code] of Object.entries(${JSON.stringify(codes)})) {
      fs[name] = () => { throw Object.assign(new Error(code), { code }); };
    }
    syncBuiltinESMExports();`;
  return `data:text/javascript,${encodeURIComponent(program)}`;
}

test.each([
  [{ fchownSync: 'EPERM' }, after, ''],
  [{ fchownSync: 'EINVAL' }, after, ''],
  [{ fchownSync: 'ENOSYS' }, after, ''],
  [{ fchownSync: 'EIO' }, before, 'the disk reports a fault'],
  [{ fsyncSync: 'ENOSPC' }, before, 'the disk is full'],
  [{ fsyncSync: 'ENOSPC', unlinkSync: 'EACCES' }, before, 'the disk is full'],
])('where %j, a file is whole, and the first fault is told', (codes, content, reason) => {
  const path = join(folder, 'failing', 'a.ipynb');
  mkdirSync(dirname(path));
  writeFileSync(path, before);
  const args = ['--import', failing(codes), cli, 'strip', path];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([status, readFileSync(path, 'utf8')]).toEqual([reason === '' ? 0 : 2, content]);
  expect(stderr).toContain(reason);
  rmSync(dirname(path), { recursive: true });
});

test(
  'killed at every file operation in turn, a file is the old or the new one',
  { timeout: 300_000 },
  async () => {
    const path = join(folder, 'a.ipynb');
    for (let operation = 1; ; operation++) {
      writeFileSync(path, before);
      const args = ['--import', hookFor(operation), cli, 'strip', path];
      const { signal, status } = spawnSync(process.execPath, args);
      await expectPutRight([path]);
      if (signal === 'SIGKILL') continue;
      expect(status).toBe(0);
      expect(operation).toBeGreaterThan(8);
      break;
    }
    expect(readdirSync(folder)).toEqual(['a.ipynb']);
  },
);

test('killed at any moment, no file is lost', { timeout: 300_000 }, async () => {
  const paths = Array.from({ length: 8 }, (_, i) => join(folder, `n${i}.ipynb`));
  for (let kill = 0; kill < 4; kill++) {
    for (const path of paths) writeFileSync(path, before);
    const child = spawn(process.execPath, [cli, 'strip', ...paths], { stdio: 'ignore' });
    const exit = once(child, 'exit');
    await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 200))]);
    child.kill('SIGKILL');
    await exit;
    await expectPutRight(paths);
  }
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('what another program saves meanwhile is not overwritten', () => {
  const path = join(folder, 'edited.ipynb');
  const small = '{"cells": [{"outputs": [1], "source": ""}]}';
  const edited = small.replace('""', '"mine"');
  writeFileSync(path, small);
  // Saved when the new content is already laid beside it.
  const program = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const original = fs.fsyncSync;
    fs.fsyncSync = (...args) => {
      fs.writeFileSync(${JSON.stringify(path)}, ${JSON.stringify(edited)});
      return original(...args);
    };
    syncBuiltinESMExports();`;
  const hook = `data:text/javascript,${encodeURIComponent(program)}`;
  const { status, stderr } = spawnSync(process.execPath, ['--import', hook, cli, 'strip', path], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([2, expect.stringContaining('NB501 was changed by another program')]);
  expect(readFileSync(path, 'utf8')).toBe(edited);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  rmSync(path);
});

test('a read-only file is left alone', async () => {
  const path = join(folder, 'closed.ipynb');
  writeFileSync(path, before, { mode: 0o444 });
  expect(await strip([path])).toBe(2);
  expect(readFileSync(path, 'utf8')).toBe(before);
  rmSync(path);
});
