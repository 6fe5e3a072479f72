import { spawn, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { extract } from '../src/commands/extract.ts';
import { describeDifference } from '../src/commands/verify.ts';
import { verifyChange } from '../src/commands/verification.ts';
import { compareRuns } from '../src/verify/compare.ts';
import { findMovedNames } from '../src/verify/moved.ts';
import { collectRun, type Run, type RunnerEvent } from '../src/verify/run.ts';
import { python } from './python.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000, maxConcurrency: 4 });

const fixtures = fileURLToPath(new URL('../fixtures/run', import.meta.url));
const notebooks = readdirSync(fixtures)
  .filter((name) => name.endsWith('.ipynb'))
  .sort();
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-run-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The process of tests/python/quick.py, which runs notebooks without kernels. */
let quick: ChildProcess;
let version = '';
const heard = new Map<string, { events: RunnerEvent[]; settle: (run: Run) => void }>();

function play(id: string, path: string, cwd: string): Promise<Run> {
  return new Promise((settle) => {
    heard.set(id, { events: [], settle });
    quick.stdin!.write(`${JSON.stringify({ id, path, cwd })}\n`);
  });
}

const quiet = { colour: false, folder: '/' };

/** The folder as extract leaves it: in `root`, which holds just the notebook. Gives back extract's report. */
async function extractIn(root: string, path: string) {
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string | Uint8Array) => void (out += text),
    err: (text: string) => void (err += text),
    progress: () => undefined,
    outOptions: quiet,
    errOptions: quiet,
  };
  const options = { root, dryRun: false, check: false, json: true, verify: false, kernel: {} } as const;
  const status = await extract([path], options, terminal);
  expect(status, err).toBe(0);
  return JSON.parse(out) as { summary: { definitions: number; moved: number } };
}

const homeOf = (name: string) => join(folder, basename(name, '.ipynb'));
const prepared = new Map<string, ReturnType<typeof extractIn>>();

/** Puts the notebook into `before/` and, extracted, into `after/`; once for each. */
function prepare(name: string): ReturnType<typeof extractIn> {
  const known = prepared.get(name);
  if (known !== undefined) return known;
  for (const state of ['before', 'after']) {
    mkdirSync(join(homeOf(name), state), { recursive: true });
    cpSync(join(fixtures, name), join(homeOf(name), state, name));
  }
  const report = extractIn(join(homeOf(name), 'after'), join(homeOf(name), 'after', name));
  prepared.set(name, report);
  return report;
}

const totals = { definitions: 0, moved: 0, notebooks: 0, changed: 0, outputs: 0, notComparable: 0 };

describe
  .runIf(python && process.platform !== 'win32')
  .concurrent('before and after extract, a notebook shows the same', () => {
    beforeAll(async () => {
      quick = spawn(python!, [fileURLToPath(new URL('python/quick.py', import.meta.url))], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, PYTHONHASHSEED: '0', PYTHONWARNINGS: '', IPYTHONDIR: join(folder, 'ipython') },
      });
      const ready = new Promise<void>((resolve, fail) => {
        quick.once('exit', (code) => fail(new Error(`quick.py ended with ${code}`)));
        createInterface({ input: quick.stdout! }).on('line', (line) => {
          const event = JSON.parse(line) as RunnerEvent;
          if (event.event === 'hello') {
            version = String(event.python);
            return resolve();
          }
          const listener = heard.get(String(event.id))!;
          listener.events.push(event);
          if (event.event === 'finished') listener.settle(collectRun(listener.events));
        });
      });
      await ready;
    });
    afterAll(() => void quick.kill());

    test.each(notebooks)('%s', async (name) => {
      const text = readFileSync(join(fixtures, name), 'utf8');
      // `match` came with Python 3.10: with an older one neither side would run.
      const isTooNew = /^\s*"\s*match .*:\\n",?$/m.test(text) && Number(version.split('.')[1]) < 10;
      if (isTooNew) return expect(name).toBe('pattern-matching.ipynb');

      const home = homeOf(name);
      const work = join(home, 'work');
      const path = join(work, name);
      /** Every run starts from the same files in the same place. */
      const start = (from: string) => {
        rmSync(work, { recursive: true, force: true });
        cpSync(from, work, { recursive: true });
      };
      const report = await prepare(name);

      start(join(home, 'before'));
      const runs = [await play(`${name} 1`, path, work)];
      const before = runs[0]!;
      expect(before.failure).toBeUndefined();
      start(join(home, 'after'));
      const after = await play(`${name} after`, path, work);

      const { modules } = findMovedNames(before.cells, after.cells);
      let comparison = compareRuns(runs, after, { modules });
      // What chance decides is learnt from further runs of the original, as verify does.
      while (!comparison.agrees && runs.length < 3) {
        start(join(home, 'before'));
        runs.push(await play(`${name} ${runs.length + 1}`, path, work));
        comparison = compareRuns(runs, after, { modules });
      }
      expect(comparison.differences.map((difference) => describeDifference(difference))).toEqual([]);
      expect(after.failure).toBeUndefined();
      expect(comparison.compared).toBeGreaterThan(4);

      totals.notebooks++;
      totals.definitions += report.summary.definitions;
      totals.moved += report.summary.moved;
      totals.changed += report.summary.moved > 0 ? 1 : 0;
      totals.outputs += comparison.compared;
      totals.notComparable += comparison.notComparable.length;
    });
  });

describe.runIf(python && process.platform !== 'win32')('the notebooks of this suite', () => {
  test('are many, show much, and most of what they define moves', () => {
    expect(notebooks.length).toBeGreaterThanOrEqual(40);
    expect(totals.notebooks).toBeGreaterThanOrEqual(notebooks.length - 1);
    expect(totals.changed / totals.notebooks).toBeGreaterThan(0.9);
    expect(totals.moved / totals.definitions).toBeGreaterThan(0.7);
    // Nearly every output says something: chance decides in few.
    expect(totals.outputs).toBeGreaterThan(300);
    expect(totals.notComparable).toBeLessThan(10);
    if (process.env.NB2MOD_TELL) console.log(totals);
  });

  test.each(['shapes-oop.ipynb', 'async-crawler.ipynb'])('%s, in real kernels', async (name) => {
    const root = join(folder, 'kernel', basename(name, '.ipynb'));
    mkdirSync(root, { recursive: true });
    const path = join(root, name);
    const beforeBytes = readFileSync(join(fixtures, name));
    writeFileSync(path, beforeBytes);
    await prepare(name);
    const changed = join(homeOf(name), 'after');
    const files = readdirSync(changed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('.nb2mod'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({
        path: join(root, file.slice(changed.length)),
        before: null,
        after: readFileSync(file),
      }));
    const result = await verifyChange({
      root,
      notebookPath: path,
      beforeBytes,
      files,
      python: python!,
      timeout: 120,
    });
    expect(result.trouble).toBeUndefined();
    expect(result.differences.map((difference) => describeDifference(difference))).toEqual([]);
    expect(result.compared).toBeGreaterThan(4);
  });
});
