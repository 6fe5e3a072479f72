import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openThreads } from '../src/commands/threads.ts';

const folder = mkdtempSync(join(tmpdir(), 'nb2mod-threads-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A thread that does as the ask says, and tells its number and whom it has answered before. */
const entry = join(folder, 'thread.mjs');
writeFileSync(
  entry,
  `import { parentPort, threadId } from 'node:worker_threads';
const before = [];
const burst = () => {
  throw Object.assign(new Error('full'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
};
parentPort.postMessage('ready');
parentPort.on('message', ({ ask }) => {
  if (ask.does === 'hang') for (;;);
  if (ask.does === 'burst') burst();
  if (ask.does === 'burst later') setImmediate(burst);
  if (ask.does === 'throw') parentPort.postMessage({ error: new Error('no') });
  else {
    // A parcel that forgets all others and holds one string, the part after the four that both sides know.
    const parts = [JSON.stringify({ name: ask.name, thread: threadId, before: [...before] })];
    const text = JSON.stringify({ forget: true, shapes: [], parts, whole: 2 * 4 + 1 });
    parentPort.postMessage({ parcel: { text, bytes: [] } });
  }
  before.push(ask.name);
});
`,
);

interface Answer {
  readonly name: string;
  readonly thread: number;
  readonly before: readonly string[];
}

type Deed = 'hang' | 'throw' | 'burst' | 'burst later';

function open(threads: number, limit: number) {
  const { submit, close } = openThreads(entry, { threads, limit, isGuest: false });
  const ask = (name: string, more: { readonly path?: string; readonly does?: Deed } = {}) =>
    submit('draft', { name, ...more }).then(
      (answer) => (typeof answer === 'string' ? JSON.parse(answer) : answer) as Answer,
    );
  return { ask, close };
}

test('a thread does its jobs in the order in which they came', async () => {
  const { ask, close } = open(1, 60);
  const names = Array.from({ length: 40 }, (_, i) => `job ${i}`);
  const answers = await Promise.all(names.map((name) => ask(name)));
  await close();
  expect(answers.map(({ name }) => name)).toEqual(names);
  expect(answers.at(-1)!.before).toEqual(names.slice(0, -1));
});

test('all that is about one notebook goes to the thread that had it first', async () => {
  const { ask, close } = open(2, 60);
  const round = () => Promise.all(['a', 'b', 'c', 'd'].map((path) => ask(path, { path })));
  const rounds = [await round(), await round(), await round()];
  await close();
  const threads = rounds.map((answers) => answers.map(({ thread }) => thread));
  expect(threads[1]).toEqual(threads[0]);
  expect(threads[2]).toEqual(threads[0]);
});

test('of a job that hangs the thread is given up, and what it had been given besides goes to another', async () => {
  const { ask, close } = open(1, 1);
  const jobs = [ask('first'), ask('stuck', { does: 'hang' }), ask('second'), ask('third')];
  const [first, stuck, second, third] = await Promise.all(jobs);
  await close();
  expect(stuck).toEqual({ failure: 'time' });
  expect(first!.before).toEqual([]);
  expect(second!.before).toEqual([]);
  expect(third!.before).toEqual(['second']);
  expect(second!.thread).not.toBe(first!.thread);
});

test('a job that takes too much memory ends alone', async () => {
  const { ask, close } = open(1, 60);
  const [big, small] = await Promise.all([ask('big', { does: 'burst' }), ask('small')]);
  await close();
  expect(big).toEqual({ failure: 'memory' });
  expect(small).toMatchObject({ name: 'small', before: [] });
});

test('a thread that is lost between two jobs is replaced', async () => {
  const { ask, close } = open(1, 60);
  const first = await ask('first', { does: 'burst later' });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const second = await ask('second');
  await close();
  expect(second).toMatchObject({ name: 'second', before: [] });
  expect(second.thread).not.toBe(first.thread);
});

test('an error in a job is that job’s', async () => {
  const { ask, close } = open(1, 60);
  const [bad, good] = await Promise.allSettled([ask('bad', { does: 'throw' }), ask('good')]);
  await close();
  expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'no' } });
  expect(good).toMatchObject({ status: 'fulfilled', value: { name: 'good' } });
});

test('a thread that cannot start fails what waits for it', async () => {
  const { submit, close } = openThreads(join(folder, 'none.mjs'), { threads: 1, limit: 60, isGuest: false });
  await expect(submit('draft', {})).rejects.toThrow('none.mjs');
  await close();
});
