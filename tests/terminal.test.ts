/** What a terminal is shown while a run goes on, and what Ctrl-C does. */
import { afterEach, beforeEach, expect, test, vi, type MockInstance } from 'vitest';
import { answerInterrupts, showCommit } from '../src/commands/interrupts.ts';
import { processTerminal } from '../src/commands/terminal.ts';
import { tellProgress } from '../src/commands/verification.ts';
import type { CommitProgress } from '../src/files/commit.ts';

let kill: MockInstance;
beforeEach(() => {
  kill = vi.spyOn(process, 'kill').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What is written to a terminal of so many columns. */
function shownOn(columns: number | undefined, lines: readonly string[]): string[] {
  const shown: string[] = [];
  vi.stubEnv('TERM', 'xterm');
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => shown.push(String(text)) > 0);
  const { isTTY, columns: before } = process.stderr;
  Object.assign(process.stderr, { isTTY: true, columns });
  try {
    const { progress } = processTerminal('never');
    for (const line of lines) progress(line);
  } finally {
    Object.assign(process.stderr, { isTTY, columns: before });
  }
  return shown.map((text) => text.replace('\r\u001b[K', ''));
}

test.each([
  [30, 29],
  [0, 79],
  [undefined, 79],
  [5, 20],
])('on a terminal of %s columns, progress has %i', (columns, length) => {
  expect(shownOn(columns, ['x'.repeat(100)])).toEqual(['x'.repeat(length)]);
});

test('what is begun is shown at once, how far it is now and then', () => {
  const lines = ['reading: 1 of 3', 'reading: 2 of 3', 'planning', 'writing: 1 of 3', 'writing: 2 of 3'];
  expect(shownOn(80, lines)).toEqual(['reading: 1 of 3', 'planning', 'writing: 1 of 3']);
});

test('Ctrl-C ends the process with a line, until it is held', () => {
  const told: string[] = [];
  const count = process.listenerCount('SIGINT');
  answerInterrupts({ err: (text) => told.push(text) });
  process.emit('SIGINT');
  expect(told).toEqual(['interrupted; nothing was changed\n']);
  expect(kill.mock.calls).toEqual([[process.pid, 'SIGINT']]);
  expect(process.listenerCount('SIGINT')).toBe(count);
});

test.each([true, false])('held, Ctrl-C is answered once, and nothing ends the process (%s)', (endsBefore) => {
  const told: string[] = [];
  const kinds = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const counts = kinds.map((kind) => process.listenerCount(kind));
  const { hold, release } = answerInterrupts({ err: (text) => told.push(text) }, endsBefore);
  hold('finishing\n');
  for (const kind of [...kinds, ...kinds]) process.emit(kind);
  release();
  expect(told).toEqual(['finishing\n']);
  expect(kill).not.toHaveBeenCalled();
  expect(kinds.map((kind) => process.listenerCount(kind))).toEqual(counts);
});

test('the stages of writing', () => {
  const told: string[] = [];
  const show = showCommit((line) => told.push(line), 'bringing files back');
  for (const stage of ['saving', 'writing', 'replacing', 'clearing'] satisfies CommitProgress['stage'][])
    void show({ stage, done: stage === 'clearing' ? 0 : 1, total: 2 });
  expect(told).toEqual([
    'saving the files as they are: 1 of 2',
    'bringing files back: 1 of 2',
    'putting files in place: 1 of 2',
    'clearing up',
  ]);
});

test('a kernel that starts runs no cell yet', () => {
  expect(tellProgress({ round: 'running', cell: 0, done: 0, cells: 3 })).toBe('running: 3 cells');
  expect(tellProgress({ round: 'running', cell: 2, done: 0, cells: 3 })).toBe('running: cell 2, 0 of 3 done');
});
