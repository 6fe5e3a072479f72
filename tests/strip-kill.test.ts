import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** Set NB2MOD_KILLS=200 and more for a thorough run. */
const kills = Number(process.env['NB2MOD_KILLS'] ?? 12);
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const before = `{"cells": [{"outputs": ["${'x'.repeat(300_000)}"], "source": "${'y'.repeat(300_000)}"}]}`;
const after = before.replace(/\["x+"\]/, '[]');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nb2mod-strip-kill-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every file is the old or the new one; the next run makes all new and leaves nothing beside them. */
function expectPutRight(paths: readonly string[]): void {
  for (const path of paths) expect([before, after]).toContain(readFileSync(path, 'utf8'));
  expect(spawnSync(process.execPath, [cli, 'strip', ...paths]).status).toBe(0);
  for (const path of paths) expect(readFileSync(path, 'utf8')).toBe(after);
}

/** Ends the process at the n-th operation that changes the disk, before it or after it. */
function hookFor(operation: number, isAfter: boolean): string {
  const program = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    let count = 0;
    for (const name of ['openSync', 'writeSync', 'fchownSync', 'fchmodSync', 'fsyncSync', 'closeSync', 'renameSync']) {
      const original = fs[name];
      fs[name] = (...args) => {
        const isHit = ++count === ${operation};
        if (isHit && !${isAfter}) process.kill(process.pid, 'SIGKILL');
        if (isHit && name === 'writeSync') original(args[0], args[1].subarray(0, 1000));
        const result = original(...args);
        if (isHit) process.kill(process.pid, 'SIGKILL');
        return result;
      };
    }
    syncBuiltinESMExports();`;
  return `data:text/javascript,${encodeURIComponent(program)}`;
}

test('killed at every file operation in turn, a file is the old or the new one', { timeout: 300_000 }, () => {
  const path = join(folder, 'a.ipynb');
  let survived = 0;
  let killed = 0;
  for (let operation = 1; survived === 0; operation++) {
    for (const isAfter of [false, true]) {
      writeFileSync(path, before);
      const args = ['--import', hookFor(operation, isAfter), cli, 'strip', path];
      const { signal, status } = spawnSync(process.execPath, args);
      if (signal === 'SIGKILL') killed++;
      else {
        expect(status).toBe(0);
        survived++;
      }
      expectPutRight([path]);
    }
  }
  expect(killed).toBeGreaterThan(10);
  expect(readdirSync(folder)).toEqual(['a.ipynb']);
});

test(
  `killed ${kills} times at any moment, no file is lost`,
  { timeout: 60_000 + kills * 10_000 },
  async () => {
    const paths = Array.from({ length: 8 }, (_, i) => join(folder, `n${i}.ipynb`));
    for (let kill = 0; kill < kills; kill++) {
      for (const path of paths) writeFileSync(path, before);
      const child = spawn(process.execPath, [cli, 'strip', ...paths], { stdio: 'ignore' });
      const exit = once(child, 'exit');
      await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 120));
      child.kill('SIGKILL');
      await exit;
      expectPutRight(paths);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  },
);
