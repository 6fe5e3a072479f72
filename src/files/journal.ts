/**
 * What `.nb2mod/` at the project root holds: the runs, each with what it takes to bring the files back.
 *
 * A run is a folder `runs/<number>`, and its suffix is its state, so that every change of state is one rename:
 *
 *     000012.preparing    originals are being saved; no file of the project is touched yet
 *     000012.open         all originals are safe; the project's files are being replaced
 *     000012              done; `undo` can take it back
 *     000013.undone       an undo is done; what it undid (`undoes`) and its empty folders are still to be cleared away
 *     000013.overwritten  keeps files that the user had edited and `undo --force` overwrote
 *     000012.removing     is being deleted
 *
 * In it, `journal.json` and the original bytes of file number n as `n.before`.
 *
 * A run says which files are written or removed. What came with a cloned or copied project may do so only to the visible
 * files of the project itself; for all else each journal names the folder `runs` that it was made in as no copy of that
 * folder is named.
 */
import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { pathWithin } from '../text/within.ts';
import { errorCode, unless, type Operations } from './operations.ts';

export type RunState = 'preparing' | 'open' | 'done' | 'undone' | 'overwritten' | 'removing';

export interface Run {
  readonly number: number;
  readonly state: RunState;
  readonly folder: string;
}

export interface JournalFile {
  /** Symbolic links followed. Relative to the root, with `/`, if it lies within; else absolute. */
  readonly path: string;
  /** SHA-256 and permission bits of what stood there, or null where nothing did. */
  readonly before: { readonly hash: string; readonly mode: number } | null;
  /** SHA-256 of what stands there once the run is done, or null where the run removes the file. */
  readonly after: string | null;
}

export interface Journal {
  readonly version: 1;
  /** The identity of the folder `runs` that it was made in. */
  readonly home: string;
  /** The number of the run that this one undoes. */
  readonly undoes?: number;
  /** Whether the undo overwrites files that were edited since. */
  readonly forced?: boolean;
  /** Folders that the run creates, outermost first; paths as in `files`. */
  readonly folders: readonly string[];
  readonly files: readonly JournalFile[];
  /** Bytes of all originals. */
  readonly size: number;
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function toJournalPath(root: string, path: string): string {
  return pathWithin(root, path) ?? path;
}

export function fromJournalPath(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, ...path.split('/'));
}

export function stateFolder(root: string): string {
  return join(root, '.nb2mod');
}

function runsFolder(root: string): string {
  return join(stateFolder(root), 'runs');
}

/** The identity of the folder that holds the runs; undefined where there is none, or what stands there only leads to one. */
export function homeOf(root: string, operations: Operations): string | undefined {
  const isFolder = [stateFolder(root), runsFolder(root)].every(
    (path) => operations.look(path)?.kind === 'folder',
  );
  return isFolder ? operations.look(runsFolder(root))?.identity : undefined;
}

export function runFolder(root: string, number: number, state: RunState): string {
  const name = String(number).padStart(6, '0');
  return join(runsFolder(root), state === 'done' ? name : `${name}.${state}`);
}

/** The temporary file in `folder`, beside its target, in which run `number` lays its bytes before the rename. */
export function temporaryPath(root: string, number: number, folder: string, index: number): string {
  return join(folder, `.nb2mod-${hashOf(Buffer.from(root)).slice(0, 8)}-${number}-${index}.tmp`);
}

/** All runs, oldest first. Names that aren't ours are passed over, and links: they lead out of what is ours. */
export function listRuns(root: string, operations: Operations): Run[] {
  if (homeOf(root, operations) === undefined) return [];
  const names = unless(['ENOENT'], () => operations.list(runsFolder(root))) ?? [];
  return names
    .flatMap((name): Run[] => {
      const match = /^(\d{6,})(?:\.(preparing|open|undone|overwritten|removing))?$/.exec(name);
      if (match === null) return [];
      const folder = join(runsFolder(root), name);
      if (operations.look(folder)?.kind !== 'folder') return [];
      return [{ number: Number(match[1]), state: (match[2] ?? 'done') as RunState, folder }];
    })
    .sort((a, b) => a.number - b.number);
}

/** The run's journal, or null where it is damaged, or may not be trusted. */
export function readJournal(root: string, run: Run, operations: Operations): Journal | null {
  const path = join(run.folder, 'journal.json');
  // To read a pipe would wait for who writes to it.
  if (operations.look(path)?.kind !== 'file') return null;
  try {
    const journal: unknown = JSON.parse(Buffer.from(operations.read(path)).toString());
    if (!isJournal(journal)) return null;
    return journal.home === homeOf(root, operations) || isHarmless(root, journal, operations)
      ? journal
      : null;
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Whether a run, wherever it was made, touches only files below the root, none in hidden folders such as `.git` and none
 * through a link: those came with the copy of the project as the run itself did.
 */
function isHarmless(root: string, { files, folders }: Journal, operations: Operations): boolean {
  const paths = [...files.map(({ path }) => path), ...folders];
  return (
    files.every(({ before }) => before === null || before.mode <= 0o777) &&
    paths.every((path) => {
      const parts = path.split('/');
      return (
        parts.every((part) => /^[^.\\:][^\\:]*$/.test(part)) &&
        parts.every((_, i) => operations.look(join(root, ...parts.slice(0, i + 1)))?.kind !== 'link')
      );
    })
  );
}

function isJournal(value: unknown): value is Journal {
  const journal = value as Partial<Journal> | null;
  if (journal?.version !== 1 || typeof journal.home !== 'string' || typeof journal.size !== 'number')
    return false;
  const isText = (part: unknown): boolean => typeof part === 'string';
  const isFile = (part: unknown): boolean => {
    const file = part as Partial<JournalFile> | null;
    const { path, before, after } = file ?? {};
    const isSaved = before === null || (isText(before?.hash) && Number.isInteger(before?.mode));
    return isText(path) && isSaved && (after === null || isText(after));
  };
  const { folders, files } = journal as { readonly folders: unknown; readonly files: unknown };
  return Array.isArray(folders) && folders.every(isText) && Array.isArray(files) && files.every(isFile);
}

/** The original bytes of file `index`, or null where they are missing or damaged. */
export function readOriginal(
  run: Run,
  journal: Journal,
  index: number,
  operations: Operations,
): Uint8Array | null {
  const bytes = unless(['ENOENT'], () => operations.read(join(run.folder, `${index}.before`)));
  return bytes !== null && hashOf(bytes) === journal.files[index]?.before?.hash ? bytes : null;
}

/** Gives the run another state, durably. */
export function changeState(root: string, run: Run, state: RunState, operations: Operations): Run {
  const folder = runFolder(root, run.number, state);
  operations.rename(run.folder, folder);
  operations.syncFolder(runsFolder(root));
  return { number: run.number, state, folder };
}

/** Deletes the run. Killed midway, what is left is still marked `removing` (or `preparing`, which is as good). */
export function removeRun(root: string, run: Run, operations: Operations): void {
  const doomed =
    run.state === 'removing' || run.state === 'preparing'
      ? run
      : changeState(root, run, 'removing', operations);
  for (const name of operations.list(doomed.folder)) operations.remove(join(doomed.folder, name));
  operations.removeFolder(doomed.folder);
}
