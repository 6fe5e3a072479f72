/** `nb2mod undo`: brings back what the last run changed. */
import { dirname, resolve } from 'node:path';
import { undoLast } from '../files/commit.ts';
import { diskOperations } from '../files/operations.ts';
import { findRoot } from '../project/root.ts';
import { count, formatDiagnostics, tellPath } from '../report/text.ts';
import { quoteWord } from '../text/shell.ts';
import { answerInterrupts, showCommit } from './interrupts.ts';
import type { Terminal } from './terminal.ts';

export interface UndoOptions {
  /** The project root; by default the nearest folder up that holds undo state, else that looks like a project. */
  readonly root?: string;
  /** Bring files back even if they were edited since. */
  readonly force: boolean;
}

/** The nearest folder from `folder` up with a `.nb2mod`, else the project root. */
function rootOf(folder: string): string {
  const isThere = (path: string): boolean => diskOperations.look(path) !== null;
  for (let at = folder; ; at = dirname(at)) {
    if (isThere(resolve(at, '.nb2mod', 'runs'))) return at;
    if (at === dirname(at)) return findRoot(folder, isThere);
  }
}

/** The command that undoes a run which has just written to the project at `root`, for a user in `folder` (absolute). */
export function undoCommand(root: string, folder: string): string {
  const hasRuns = (path: string): boolean => diskOperations.look(resolve(path, '.nb2mod', 'runs')) !== null;
  const real = diskOperations.realPath(root);
  for (let at = diskOperations.realPath(folder); ; at = dirname(at)) {
    if (at === real) return 'nb2mod undo';
    if (hasRuns(at) || at === dirname(at)) {
      return `nb2mod undo --root ${quoteWord(tellPath(resolve(root), folder).replace(/^-/, './-'))}`;
    }
  }
}

/** @returns the exit code: 0 when something was undone, else 2 */
export async function undo(options: UndoOptions, terminal: Terminal): Promise<number> {
  const { out, err, outOptions, errOptions } = terminal;
  const root = options.root === undefined ? rootOf(process.cwd()) : resolve(options.root);
  const onProgress = showCommit(terminal.progress, 'bringing files back');
  const interrupts = answerInterrupts(terminal);
  interrupts.hold('finishing: the files come back\n');
  const result = await undoLast(root, { forced: options.force, onProgress }).finally(interrupts.release);
  const { undone, files, remaining, diagnostics } = result;
  err(formatDiagnostics(diagnostics, errOptions));
  if (!undone) return 2;
  for (const file of [...files].sort()) out(`${tellPath(file, outOptions.folder)}\n`);
  const further =
    remaining === 0 ? 'there is no earlier run' : `${count(remaining, 'earlier run')} can be undone`;
  err(`${count(files.length, 'file')} as before the last run; ${further}\n`);
  return 0;
}
