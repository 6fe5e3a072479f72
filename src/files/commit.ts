/**
 * Turns a Change into files on the disk, all of them or none.
 *
 * 1. Under the project's lock, every file must still be as it was read.
 * 2. The originals and a journal are saved in `.nb2mod/runs/` (see journal.ts) and made durable.
 * 3. All new bytes are laid down as temporary files beside their targets: a full disk shows here, before anything is lost.
 * 4. Each is renamed over its target: modules first, notebooks last.
 * 5. The run is marked done.
 *
 * A fault on the way is put right at once. After a kill, `recover`, with which every command that writes begins, puts
 * it right by one rule: if every file is already as the run wanted it, the run counts as done; else all are brought
 * back as they were. If a file was edited between the kill and the recovery, it is left for the user to decide.
 */
import { basename, dirname, join, resolve } from 'node:path';
import type { Change } from '../text/change.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import {
  changeState,
  fromJournalPath,
  hashOf,
  homeOf,
  listRuns,
  readJournal,
  readOriginal,
  removeRun,
  runFolder,
  stateFolder,
  temporaryPath,
  toJournalPath,
  type Journal,
  type Run,
} from './journal.ts';
import { releaseLock, takeLock } from './lock.ts';
import {
  diskOperations,
  errorCode,
  giveAway,
  orLeave,
  refuseReadOnly,
  unless,
  withCode,
  type Entry,
  type Operations,
} from './operations.ts';
import { pack, type PackedChange } from './packed.ts';
import { cannotWrite, changedMeanwhile, explainError } from './trouble.ts';

/** How many runs `undo` can go back, and how many bytes of originals are kept for it (the last run is always kept). */
export const keptRuns = 20;
export const keptBytes = 500 * 1024 * 1024;

export interface CommitOptions {
  readonly operations?: Operations;
  /** Told of each file that is done. What it promises is waited for; where it promises nothing, nothing else has a turn. */
  readonly onProgress?: ((progress: CommitProgress) => Promise<void> | undefined) | undefined;
}

/**
 * How far a run is: all originals are saved, then all new files laid down, then all put in place; then what is needed no
 * more is cleared away.
 */
export interface CommitProgress {
  readonly stage: 'saving' | 'writing' | 'replacing' | 'clearing';
  readonly done: number;
  readonly total: number;
}

/** Work that says after each file how far it is. */
type Work<T> = Generator<CommitProgress, T, undefined>;

export interface CommitResult {
  /** Whether the tree is now as the change wants it. Where false, it is as before, and a diagnostic says why. */
  readonly written: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export interface UndoResult {
  readonly undone: boolean;
  /** Absolute paths of the files that were brought back or removed. */
  readonly files: readonly string[];
  /** How many earlier runs can still be undone. */
  readonly remaining: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** A file to be written, with symbolic links followed. */
interface Target {
  /** As the change names it: what the user knows. */
  readonly path: string;
  readonly realPath: string;
  /** What stands there now. */
  readonly entry: Entry | null;
  /** Folders that don't exist yet, outermost first. */
  readonly missingFolders: readonly string[];
}

/** One file of a run: what it is and what it shall be. */
interface Step extends Pick<PackedChange, 'before' | 'after'> {
  readonly target: Target;
  /** Permission bits to give, or null for those of a new file. */
  readonly mode: number | null;
}

/** A diagnostic that ends what we are doing; caught where the public functions begin. */
class Refusal extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(...diagnostics: Diagnostic[]) {
    super(diagnostics[0]?.message);
    this.diagnostics = diagnostics;
  }
}

/** Follows symbolic links to the file that is really meant, which need not exist. */
function locate(path: string, operations: Operations): Target {
  let place = resolve(path);
  let entry = operations.look(place);
  for (let hops = 0; entry?.kind === 'link'; hops++) {
    if (hops === 40) throw withCode('ELOOP', path);
    place = resolve(dirname(place), operations.readLink(place));
    entry = operations.look(place);
  }
  if (entry !== null && entry.kind !== 'file') throw withCode('EISDIR', path);
  const missing: string[] = [];
  let folder = dirname(place);
  while (operations.look(folder) === null && folder !== dirname(folder)) {
    missing.unshift(basename(folder));
    folder = dirname(folder);
  }
  let built = operations.realPath(folder);
  if (operations.look(built)?.kind !== 'folder') throw withCode('ENOTDIR', path);
  const missingFolders = missing.map((name) => (built = join(built, name)));
  return { path, realPath: join(built, basename(place)), entry, missingFolders };
}

function isSame({ before, after }: Pick<PackedChange, 'before' | 'after'>): boolean {
  return before === (after?.hash ?? null);
}

/** The bytes at `path`, or null where there is no file. */
function readOrNull(path: string, operations: Operations): Uint8Array | null {
  return unless(['ENOENT', 'ENOTDIR'], () => operations.read(path));
}

function hashOrNull(path: string, operations: Operations): string | null {
  const bytes = readOrNull(path, operations);
  return bytes === null ? null : hashOf(bytes);
}

/** Makes `.nb2mod/` and its parts, ignored by git. */
function prepareState(root: string, operations: Operations): string {
  const folder = stateFolder(root);
  if (operations.look(folder) === null) unless(['EEXIST'], () => operations.makeFolder(folder));
  // A link would lead to what is not ours.
  if (operations.look(folder)?.kind !== 'folder') throw withCode('ENOTDIR', folder);
  const ignore = join(folder, '.gitignore');
  const found = operations.look(ignore);
  if (found?.size === 0) operations.remove(ignore);
  if (found === null || found.size === 0) {
    unless(['EEXIST'], () => operations.create(ignore, Buffer.from('*\n'), 0o666));
  }
  const runs = join(folder, 'runs');
  if (operations.look(runs) === null) unless(['EEXIST'], () => operations.makeFolder(runs));
  if (homeOf(root, operations) === undefined) throw withCode('ENOTDIR', runs);
  return folder;
}

interface Refused {
  readonly refused: readonly Diagnostic[];
}

/** Does all `work`. A refusal, or what the operating system refuses, becomes diagnostics. */
async function orRefuse<T>(
  root: string,
  work: Work<T>,
  onProgress?: CommitOptions['onProgress'],
): Promise<T | Refused> {
  try {
    let state = work.next();
    while (state.done !== true) {
      const turn = onProgress?.(state.value);
      if (turn !== undefined) await turn;
      state = work.next();
    }
    return state.value;
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.diagnostics };
    if (errorCode(error) === undefined) throw error;
    const path = error instanceof Error && 'path' in error ? String(error.path) : root;
    return { refused: [cannotWrite(path, error)] };
  } finally {
    // Where we were not asked for the rest, the lock is given back.
    work.return(undefined as never);
  }
}

/** Runs `work` with the real path of the root, while holding the project's lock. */
function* underLock<T>(root: string, operations: Operations, work: (root: string) => Work<T>): Work<T> {
  const realRoot = operations.realPath(root);
  const lock = takeLock(prepareState(realRoot, operations), operations);
  if (!('path' in lock)) throw new Refusal(lock);
  try {
    return yield* work(realRoot);
  } finally {
    releaseLock(lock.path, operations);
  }
}

/** What stands at the step's target now, if it is still what the step begins with. */
function readBefore({ target, before }: Step, assurance: string, operations: Operations): Uint8Array | null {
  const bytes = readOrNull(target.realPath, operations);
  if ((bytes === null ? null : hashOf(bytes)) === before) return bytes;
  throw new Refusal(changedMeanwhile(target.path, assurance));
}

const asBefore = 'everything is as before';

/** The steps of a change, checked: each file is as it was read, may be written, and is named once. */
function checkChange(files: readonly PackedChange[], operations: Operations): Step[] {
  const wanted = files.filter((file) => !isSame(file));
  const isNotebook = (file: PackedChange): boolean => file.path.toLowerCase().endsWith('.ipynb');
  const ordered = [...wanted.filter((file) => !isNotebook(file)), ...wanted.filter(isNotebook)];
  const diagnostics: Diagnostic[] = [];
  const seen = new Map<string, string>();
  const steps: Step[] = [];
  for (const { path, before, after } of ordered) {
    try {
      const target = locate(path, operations);
      const twin = seen.get(target.realPath);
      if (twin !== undefined) {
        diagnostics.push({
          code: 'NB509',
          severity: 'error',
          place: { path },
          message: `is the same file as ${twin}; nothing was changed`,
          hint: 'Name only one of the two.',
        });
        continue;
      }
      seen.set(target.realPath, path);
      const step = { target, before, after, mode: target.entry?.mode ?? null };
      readBefore(step, 'nothing was written', operations);
      checkWritable(target, operations);
      steps.push(step);
    } catch (error) {
      if (error instanceof Refusal) diagnostics.push(...error.diagnostics);
      else diagnostics.push(cannotWrite(path, error));
    }
  }
  if (diagnostics.length > 0) throw new Refusal(...diagnostics);
  return steps;
}

/** Throws EACCES for a file that may not be written, although a rename could replace it. */
function checkWritable(target: Target, operations: Operations): void {
  const { entry, realPath, path } = target;
  if (entry === null) return;
  refuseReadOnly(path, entry.mode);
  if (!operations.isWritable(realPath)) throw withCode('EACCES', path);
}

/** The journal of a run that makes these steps. */
function describeRun(
  root: string,
  steps: readonly Step[],
  undo: Pick<Journal, 'undoes' | 'forced'>,
  operations: Operations,
): Journal {
  const folders = new Set(steps.flatMap((step) => (step.after === null ? [] : step.target.missingFolders)));
  return {
    version: 1,
    home: homeOf(root, operations) ?? '',
    ...undo,
    folders: [...folders].map((folder) => toJournalPath(root, folder)),
    files: steps.map(({ target, before, after }) => ({
      path: toJournalPath(root, target.realPath),
      before: before === null ? null : { hash: before, mode: target.entry?.mode ?? 0o644 },
      after: after?.hash ?? null,
    })),
    size: steps.reduce((sum, { target }) => sum + (target.entry?.size ?? 0), 0),
  };
}

/** Saves the originals and the journal of a new run. Nothing of the project is touched. */
function* openRun(
  root: string,
  number: number,
  journal: Journal,
  steps: readonly Step[],
  operations: Operations,
): Work<Run> {
  const preparing: Run = { number, state: 'preparing', folder: runFolder(root, number, 'preparing') };
  operations.makeFolder(preparing.folder);
  for (const [index, step] of steps.entries()) {
    const before = readBefore(step, asBefore, operations);
    if (before !== null) operations.create(join(preparing.folder, `${index}.before`), before, 0o600);
    yield { stage: 'saving', done: index + 1, total: steps.length };
  }
  const text = `${JSON.stringify(journal, null, 2)}\n`;
  operations.create(join(preparing.folder, 'journal.json'), Buffer.from(text), 0o600);
  operations.syncFolder(preparing.folder);
  return changeState(root, preparing, 'open', operations);
}

/** Lays `bytes` beside `path`, ready to be renamed over it, with the owner and mode that it shall have. */
function layDown(
  temporary: string,
  bytes: Uint8Array,
  mode: number | null,
  owner: Entry | null,
  operations: Operations,
): void {
  unless(['ENOENT'], () => operations.remove(temporary));
  operations.create(temporary, bytes, mode === null ? 0o666 : mode & 0o777);
  if (owner !== null) {
    const laid = operations.look(temporary);
    if (laid !== null && (laid.user !== owner.user || laid.group !== owner.group)) {
      giveAway(() => operations.setOwner(temporary, owner.user, owner.group));
    }
  }
  if (mode !== null) operations.setMode(temporary, mode);
}

/** Replaces the project's files as the steps say, and makes it durable. `progress` counts those that may be replaced. */
function* applySteps(
  root: string,
  run: Run,
  journal: Journal,
  steps: readonly Step[],
  progress: { replaced: number },
  operations: Operations,
): Work<void> {
  const touched = new Set<string>();
  for (const folder of journal.folders) {
    const path = fromJournalPath(root, folder);
    unless(['EEXIST'], () => operations.makeFolder(path));
    touched.add(dirname(path));
  }
  const temporary = (index: number): string => {
    const folder = dirname(steps[index]!.target.realPath);
    return temporaryPath(root, run.number, folder, index);
  };
  for (const [index, step] of steps.entries()) {
    const { target, after, mode } = step;
    if (after === null) continue;
    const bytes = after.make(readBefore(step, asBefore, operations));
    layDown(temporary(index), bytes, mode, target.entry, operations);
    yield { stage: 'writing', done: index + 1, total: steps.length };
  }
  for (const [index, step] of steps.entries()) {
    const { target, after } = step;
    readBefore(step, asBefore, operations);
    progress.replaced = index + 1;
    if (after === null) operations.remove(target.realPath);
    else operations.rename(temporary(index), target.realPath);
    touched.add(dirname(target.realPath));
    yield { stage: 'replacing', done: index + 1, total: steps.length };
  }
  yield { stage: 'clearing', done: 0, total: steps.length };
  for (const folder of touched) operations.syncFolder(folder);
}

/** Files that are neither as the run found them nor as it left them: somebody edited them since. */
function findEdited(root: string, journal: Journal, upTo: number, operations: Operations): string[] {
  return journal.files.slice(0, upTo).flatMap(({ path, before, after }) => {
    const real = fromJournalPath(root, path);
    const now = hashOrNull(real, operations);
    return now === after || now === (before?.hash ?? null) ? [] : [real];
  });
}

/**
 * Brings every file of an open run back as it was. Doing it twice does no harm, so a kill in the midst of it is
 * put right by doing it again. Edited files are saved beside the originals when `forced`, else thrown as a refusal.
 * Files from number `upTo` on were not replaced yet: whatever stands there isn't our doing.
 */
function rollBack(
  root: string,
  run: Run,
  journal: Journal,
  { forced, upTo }: { readonly forced: boolean; readonly upTo: number },
  operations: Operations,
): string[] {
  const edited = findEdited(root, journal, upTo, operations);
  if (edited.length > 0 && !forced) {
    throw new Refusal(
      ...edited.map((path): Diagnostic => ({
        code: 'NB507',
        severity: 'error',
        place: { path },
        message:
          'was edited after a run of nb2mod was killed, so that run can be neither finished nor taken back',
        hint:
          '`nb2mod undo --force` brings all its files back as they were before it and keeps your edits aside; ' +
          `deleting ${run.folder} leaves them as they are.`,
      })),
    );
  }
  const changed: string[] = [];
  for (const [index, file] of journal.files.entries()) {
    const path = fromJournalPath(root, file.path);
    const temporary = temporaryPath(root, run.number, dirname(path), index);
    unless(['ENOENT', 'ENOTDIR'], () => operations.remove(temporary));
    if (index >= upTo) continue;
    const now = readOrNull(path, operations);
    const nowHash = now === null ? null : hashOf(now);
    if (nowHash === (file.before?.hash ?? null)) continue;
    if (edited.includes(path) && now !== null) keepAside(run, path, index, now, operations);
    if (file.before === null) {
      operations.remove(path);
    } else {
      const original = readOriginal(run, journal, index, operations);
      if (original === null) throw damaged(run);
      layDown(temporary, original, file.before.mode, operations.look(path), operations);
      operations.rename(temporary, path);
    }
    operations.syncFolder(dirname(path));
    changed.push(path);
  }
  removeEmptyFolders(root, journal, operations);
  if (edited.length > 0) changeState(root, run, 'overwritten', operations);
  else removeRun(root, run, operations);
  return changed;
}

function keepAside(run: Run, path: string, index: number, bytes: Uint8Array, operations: Operations): void {
  const aside = join(run.folder, `${index}.edited-${basename(path)}`.slice(0, 120));
  unless(['ENOENT'], () => operations.remove(aside));
  operations.create(aside, bytes, 0o600);
}

function damaged(run: Run): Refusal {
  return new Refusal({
    code: 'NB508',
    severity: 'error',
    place: { path: run.folder },
    message: 'what was saved for undo is damaged, or was not saved here but came with a copy of the project',
    hint: 'Delete this folder; if a run was killed here, restore your files from version control first.',
  });
}

/** Removes the folders that the run made, innermost first, where nothing is left in them but Python's own caches. */
function removeEmptyFolders(root: string, journal: Journal, operations: Operations): void {
  const isThere = ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'];
  for (const folder of [...journal.folders].reverse()) {
    const path = fromJournalPath(root, folder);
    unless(isThere, () => {
      const cache = join(path, '__pycache__');
      const [only, ...others] = operations.list(path);
      if (only === '__pycache__' && others.length === 0) {
        const names = operations.list(cache);
        if (names.every((name) => /\.pyc(\.\d+)?$/.test(name))) {
          for (const name of names) operations.remove(join(cache, name));
          operations.removeFolder(cache);
        }
      }
      operations.removeFolder(path);
    });
  }
}

interface Settled {
  readonly diagnostics: readonly Diagnostic[];
  /** Files of killed runs that were brought back. */
  readonly files: readonly string[];
}

/** Puts right whatever killed runs have left. Throws a refusal when the user has to decide. */
function settle(root: string, forced: boolean, operations: Operations): Settled {
  const diagnostics: Diagnostic[] = [];
  const files: string[] = [];
  const runs = listRuns(root, operations);
  for (const run of runs) {
    if (run.state === 'preparing' || run.state === 'removing') removeRun(root, run, operations);
    if (run.state === 'undone') clearUndone(root, run, operations);
    if (run.state !== 'open') continue;
    const journal = readJournal(root, run, operations);
    if (journal === null) throw damaged(run);
    const isComplete = journal.files.every(
      ({ path, after }) => hashOrNull(fromJournalPath(root, path), operations) === after,
    );
    if (isComplete) {
      finish(root, run, journal, operations);
      continue;
    }
    files.push(...rollBack(root, run, journal, { forced, upTo: Infinity }, operations));
    diagnostics.push({
      code: 'NB506',
      severity: 'info',
      place: { path: root },
      message: `an earlier run was killed; ${journal.files.length === 1 ? 'its file is' : `its ${journal.files.length} files are`} as before it`,
      hint: 'Nothing needs to be done.',
    });
  }
  return { diagnostics, files };
}

/** Marks an open run, all of whose files are written, as done. */
function finish(root: string, run: Run, journal: Journal, operations: Operations): void {
  if (journal.undoes === undefined) {
    changeState(root, run, 'done', operations);
    return;
  }
  const undone = changeState(root, run, 'undone', operations);
  orLeave(() => clearUndone(root, undone, operations));
}

/** Clears away the run that an undo has undone, the folders that it had made, and the undo itself. */
function clearUndone(root: string, run: Run, operations: Operations): void {
  const journal = readJournal(root, run, operations);
  const earlier = listRuns(root, operations).find(({ number }) => number === journal?.undoes);
  if (earlier !== undefined) {
    const earlierJournal = earlier.state === 'done' ? readJournal(root, earlier, operations) : null;
    if (earlierJournal !== null) removeEmptyFolders(root, earlierJournal, operations);
    removeRun(root, earlier, operations);
  }
  if (journal?.forced === true) changeState(root, run, 'overwritten', operations);
  else removeRun(root, run, operations);
}

/** Writes the steps as one run, or leaves everything as it was and throws. */
function* performRun(
  root: string,
  steps: readonly Step[],
  undo: Pick<Journal, 'undoes' | 'forced'>,
  operations: Operations,
): Work<void> {
  const number = (listRuns(root, operations).at(-1)?.number ?? 0) + 1;
  const journal = describeRun(root, steps, undo, operations);
  const progress = { replaced: 0 };
  try {
    const run = yield* openRun(root, number, journal, steps, operations);
    yield* applySteps(root, run, journal, steps, progress, operations);
    finish(root, run, journal, operations);
  } catch (error) {
    const failed = error instanceof Error && 'path' in error ? String(error.path) : root;
    const path = describeTemporary(failed, number, journal, root);
    try {
      const left = listRuns(root, operations).find((run) => run.number === number);
      // A fault after the rename that marks the run done changes nothing about it.
      if (left?.state === 'done' || left?.state === 'undone') return;
      if (left?.state === 'preparing') removeRun(root, left, operations);
      if (left?.state === 'open')
        rollBack(root, left, journal, { forced: false, upTo: progress.replaced }, operations);
    } catch (second) {
      if (errorCode(second) === undefined && !(second instanceof Refusal)) throw second;
      throw new Refusal({
        code: 'NB502',
        severity: 'error',
        place: { path },
        message: `cannot be written: ${explainError(error).reason}; nor could the files already written be brought back`,
        hint: `Mend the cause; the next nb2mod in this project brings them back. The originals are in ${stateFolder(root)}.`,
      });
    }
    if (error instanceof Refusal || errorCode(error) === undefined) throw error;
    throw new Refusal(cannotWrite(path, error, asBefore));
  }
}

/** The user's name for a path at which we failed: the target where it is one of our temporary files. */
function describeTemporary(path: string, number: number, journal: Journal, root: string): string {
  const index = journal.files.findIndex((file, at) => {
    const real = fromJournalPath(root, file.path);
    return path === temporaryPath(root, number, dirname(real), at);
  });
  return index === -1 ? path : fromJournalPath(root, journal.files[index]!.path);
}

/** Forgets the oldest runs beyond what is kept. */
function prune(root: string, operations: Operations): void {
  const kept = listRuns(root, operations).filter(({ state }) => state === 'done' || state === 'overwritten');
  let size = 0;
  for (const [age, run] of kept.reverse().entries()) {
    size += readJournal(root, run, operations)?.size ?? 0;
    if (age >= keptRuns || (age > 0 && size > keptBytes)) removeRun(root, run, operations);
  }
}

/** As `commitPacked` does. */
export function commitChange(
  root: string,
  change: Change,
  options: CommitOptions = {},
): Promise<CommitResult> {
  return commitPacked(root, change.files.map(pack), options);
}

/**
 * Writes a change, all or nothing, and remembers in `<root>/.nb2mod/` how to undo it. Files whose bytes stay the same
 * are not touched; if none changes, nothing is remembered either.
 * @param root the project root, an existing folder
 * @returns `written: false` with diagnostics NB501, NB502, NB503, NB507, NB508 or NB509, and the tree as it was
 */
export async function commitPacked(
  root: string,
  files: readonly PackedChange[],
  { operations = diskOperations, onProgress }: CommitOptions = {},
): Promise<CommitResult> {
  if (files.every(isSame)) return { written: true, diagnostics: [] };
  const work = underLock(root, operations, function* (realRoot): Work<CommitResult> {
    const { diagnostics } = settle(realRoot, false, operations);
    const steps = checkChange(files, operations);
    yield* performRun(realRoot, steps, {}, operations);
    orLeave(() => prune(realRoot, operations));
    return { written: true, diagnostics };
  });
  const result = await orRefuse(root, work, onProgress);
  return 'refused' in result ? { written: false, diagnostics: result.refused } : result;
}

/**
 * Puts right what a killed run has left in the project; every command that reads or writes there begins with it.
 * Costs one directory listing where there is nothing to do.
 * @returns diagnostics: NB506 (information) when something was put right; errors NB502, NB503, NB507 or NB508 when it
 * couldn't be, and then the command must not go on
 */
export async function recover(
  root: string,
  { operations = diskOperations }: CommitOptions = {},
): Promise<readonly Diagnostic[]> {
  const work = function* (): Work<Pick<Settled, 'diagnostics'>> {
    const isSettled = listRuns(root, operations).every(
      ({ state }) => state === 'done' || state === 'overwritten',
    );
    if (isSettled) return { diagnostics: [] };
    return yield* underLock(root, operations, function* (realRoot): Work<Settled> {
      return settle(realRoot, false, operations);
    });
  };
  const result = await orRefuse(root, work());
  return 'refused' in result ? result.refused : result.diagnostics;
}

/**
 * Brings back, bytes and permissions, what the last run changed; called again, what the run before it changed.
 * A run that was killed and not yet taken back counts as the last run.
 * @param options `forced` overwrites files that were edited since; they are kept aside in `.nb2mod/runs/`
 * @returns `undone: false` with NB504 for each file edited since, NB505 where there is nothing to undo, or as commitChange
 */
export async function undoLast(
  root: string,
  {
    forced = false,
    operations = diskOperations,
    onProgress,
  }: CommitOptions & { readonly forced?: boolean } = {},
): Promise<UndoResult> {
  const none: UndoResult = { undone: false, files: [], remaining: 0, diagnostics: [] };
  const work = function* (): Work<UndoResult> {
    // Where nothing was ever written, not even the lock is taken: it would leave a folder behind.
    if (listRuns(root, operations).length === 0) throw new Refusal(nothingToUndo(root));
    return yield* underLock(root, operations, function* (realRoot): Work<UndoResult> {
      const settled = settle(realRoot, forced, operations);
      const done = listRuns(realRoot, operations).filter(({ state }) => state === 'done');
      if (settled.files.length > 0) return { ...settled, undone: true, remaining: done.length };
      const last = done.at(-1);
      if (last === undefined) throw new Refusal(nothingToUndo(root));
      const { steps, isOverwriting } = planUndo(realRoot, last, forced, operations);
      yield* performRun(realRoot, steps, { undoes: last.number, forced: isOverwriting }, operations);
      const files = steps.map(({ target }) => target.path);
      return { undone: true, files, remaining: done.length - 1, diagnostics: settled.diagnostics };
    });
  };
  const result = await orRefuse(root, work(), onProgress);
  return 'refused' in result ? { ...none, diagnostics: result.refused } : result;
}

function nothingToUndo(root: string): Diagnostic {
  return {
    code: 'NB505',
    severity: 'error',
    place: { path: root },
    message: 'there is no run to undo',
    hint: 'Undo works per project: run it inside the project that was changed, or name it with --root.',
  };
}

/** The steps that bring back what `run` changed. */
function planUndo(
  root: string,
  run: Run,
  forced: boolean,
  operations: Operations,
): { readonly steps: Step[]; readonly isOverwriting: boolean } {
  const journal = readJournal(root, run, operations);
  if (journal === null) throw damaged(run);
  const edited = findEdited(root, journal, Infinity, operations);
  if (edited.length > 0 && !forced) {
    throw new Refusal(
      ...edited.map((path): Diagnostic => ({
        code: 'NB504',
        severity: 'error',
        place: { path },
        message: 'was edited since the last run, so undo would lose that; nothing was changed',
        hint: '`nb2mod undo --force` brings it back all the same and keeps the edited file in .nb2mod/runs/.',
      })),
    );
  }
  const steps: Step[] = [];
  for (const [index, file] of journal.files.entries()) {
    const path = fromJournalPath(root, file.path);
    const target = locate(path, operations);
    const make = (): Uint8Array => {
      const original = readOriginal(run, journal, index, operations);
      if (original === null) throw damaged(run);
      return original;
    };
    // Whether all is there is seen before anything is touched.
    if (file.before !== null) make();
    const after = file.before === null ? null : { hash: file.before.hash, make };
    const step = { target, before: hashOrNull(path, operations), after, mode: file.before?.mode ?? null };
    if (isSame(step)) continue;
    checkWritable(target, operations);
    steps.push(step);
  }
  // Modules go last where the notebooks that import them come first: the order of writing, turned round.
  return { steps: steps.reverse(), isOverwriting: edited.length > 0 };
}
