/** The few things we ask of a file system, as a value, so that tests can make each of them fail. */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  accessSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';

export interface Entry {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Permission bits only. */
  readonly mode: number;
  readonly user: number;
  readonly group: number;
  readonly size: number;
  /** What tells it from its copies: when it was made, or where nobody knows, its number on the disk. */
  readonly identity: string;
}

/** Every operation throws what `node:fs` throws. Those that write are durable when they return. */
export interface Operations {
  /** What stands at `path`, links not followed; null where there is nothing. */
  look(path: string): Entry | null;
  list(path: string): string[];
  read(path: string): Uint8Array;
  readLink(path: string): string;
  realPath(path: string): string;
  isWritable(path: string): boolean;
  /** Creates a file that must not exist, with `mode` less the umask. When it fails, there is none. */
  create(path: string, bytes: Uint8Array, mode: number): void;
  setMode(path: string, mode: number): void;
  setOwner(path: string, user: number, group: number): void;
  makeFolder(path: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Fails with ENOTEMPTY when something is in it. */
  removeFolder(path: string): void;
  /** Makes renames and removals within the folder durable. */
  syncFolder(path: string): void;
}

/** The error code of an operating system error, or undefined for any other error. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** An error such as the operating system throws. */
export function withCode(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

/** Runs `attempt`; an error with one of `codes` gives null. */
export function unless<T>(codes: readonly string[], attempt: () => T): T | null {
  try {
    return attempt();
  } catch (error) {
    if (codes.includes(errorCode(error) ?? '')) return null;
    throw error;
  }
}

/** Does `attempt`, and does without it where the operating system refuses. Our own errors are thrown. */
export function orLeave(attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}

/** Refuses a file that its owner made read-only, although a rename could replace it. */
export function refuseReadOnly(path: string, mode: number): void {
  if ((mode & 0o222) === 0) throw withCode('EACCES', path);
}

/**
 * Gives a file to its owner, if that can be: it takes privileges, and a file system that knows owners. Without them the
 * file is ours, as any editor would leave it.
 */
export function giveAway(give: () => void): void {
  unless(['EPERM', 'EINVAL', 'ENOSYS'], () => give());
}

export const diskOperations: Operations = {
  look(path) {
    const found = unless(['ENOENT', 'ENOTDIR'], () => lstatSync(path));
    if (found === null) return null;
    const kind = found.isFile()
      ? 'file'
      : found.isDirectory()
        ? 'folder'
        : found.isSymbolicLink()
          ? 'link'
          : 'other';
    const identity = String(found.birthtimeMs > 0 ? found.birthtimeMs : found.ino);
    const { uid: user, gid: group, size } = found;
    return { kind, mode: found.mode & 0o7777, user, group, size, identity };
  },
  list: (path) => readdirSync(path).sort(),
  read: (path) => readFileSync(path),
  readLink: (path) => readlinkSync(path),
  realPath: (path) => realpathSync(path),
  isWritable: (path) => unless(['EACCES', 'EPERM', 'EROFS'], () => accessSync(path, constants.W_OK)) !== null,
  create(path, bytes, mode) {
    const file = openSync(path, 'wx', mode);
    let isWhole = false;
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fsyncSync(file);
      isWhole = true;
    } finally {
      closeSync(file);
      if (!isWhole) unlinkSync(path);
    }
  },
  setMode: (path, mode) => chmodSync(path, mode),
  setOwner: (path, user, group) => chownSync(path, user, group),
  makeFolder: (path) => mkdirSync(path),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => unlinkSync(path),
  removeFolder: (path) => rmdirSync(path),
  syncFolder(path) {
    // Windows can't open a folder; there renames are durable by the file system's own journal.
    if (process.platform === 'win32') return;
    const folder = openSync(path, 'r');
    try {
      unless(['EINVAL', 'ENOTSUP', 'EPERM'], () => fsyncSync(folder));
    } finally {
      closeSync(folder);
    }
  },
};
