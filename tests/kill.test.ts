import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recover } from '../src/files/commit.ts';
import { versionFiles } from './commit-versions.ts';

/** `node scripts/kill.mjs` kills whole runs of extract, hundreds of times. */
const kills = Number(process.env['NB2MOD_KILLS'] ?? 12);

let base: string;

beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-kill-')));
  await build({
    input: join(import.meta.dirname, 'commit-child.ts'),
    platform: 'node',
    logLevel: 'warn',
    output: { file: join(base, 'child.mjs'), format: 'esm' },
  });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Every file below the folder but `.nb2mod`, relative to it. */
function filesBelow(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === '.nb2mod') return [];
    const path = `${prefix}${entry.name}`;
    return entry.isDirectory() ? filesBelow(join(folder, entry.name), `${path}/`) : [path];
  });
}

test(
  `killed ${kills} times at any moment, the files are always of one version after recovery`,
  { timeout: 60_000 + kills * 10_000 },
  async () => {
    let root = '';
    let unfinished = 0;
    // If no kill hit a run in the midst of it, this test would show nothing: then it goes on.
    for (let kill = 0; kill < kills || unfinished === 0; kill++) {
      // Most rounds go on from where the last was killed, so that faults could add up.
      if (kill % 8 === 0) {
        root = join(base, `project-${kill}`);
        mkdirSync(root);
      }
      const child = spawn(process.execPath, [join(base, 'child.mjs'), root], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * (1 + (kill % 16))));
      child.kill('SIGKILL');
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect([code, signal]).toEqual([null, 'SIGKILL']);

      const runs = join(root, '.nb2mod/runs');
      if (existsSync(runs) && readdirSync(runs).some((name) => name.includes('.'))) unfinished++;
      const diagnostics = await recover(root);
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      const found = Object.fromEntries(
        filesBelow(root).map((path) => [path, readFileSync(join(root, path), 'utf8')]),
      );
      const notebook = found['churn.ipynb'];
      const version = notebook === undefined ? 0 : (JSON.parse(notebook) as { version: number }).version;
      const wanted = Object.entries(versionFiles(version)).filter(([, text]) => text !== null && version > 0);
      expect(found, `after kill ${kill}`).toEqual(Object.fromEntries(wanted));
    }
  },
);
