/** Turns a project's folder into a copy in which notebooks can run and write what they like. */
import {
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { pathWithin } from '../text/within.ts';

/** What no notebook reads, or what would not work elsewhere. */
const skipped = new Set([
  '.git',
  '.hg',
  '.svn',
  'node_modules',
  '__pycache__',
  '.ipynb_checkpoints',
  '.nb2mod',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.tox',
]);

export interface CopyLimits {
  /** Larger files are linked instead of copied. */
  readonly fileBytes: number;
  /** When so much is copied, the rest is linked. */
  readonly totalBytes: number;
  readonly files: number;
}

export const copyLimits: CopyLimits = {
  fileBytes: 128 * 1024 * 1024,
  totalBytes: 2 * 1024 * 1024 * 1024,
  files: 20_000,
};

/** A file or folder that the copy shares with the project, and a mark that changes when somebody writes to it. */
export interface SharedFile {
  readonly path: string;
  readonly mark: string;
}

/** Of a file or folder: a text that changes when it is written to. */
export function markOf(path: string): string {
  try {
    const { size, mtimeMs, ino } = statSync(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return 'gone';
  }
}

/**
 * Copies the folder `from` to `to` (which must not exist), nearest files first. Virtual environments, version control
 * and caches are left out; links within the tree stay within the copy; files beyond the limits are linked.
 * @returns what is shared with the original
 */
export function copyTree(from: string, to: string, limits: CopyLimits = copyLimits): SharedFile[] {
  const root = realpathSync(from);
  const shared: SharedFile[] = [];
  let files = 0;
  let bytes = 0;
  const share = (path: string, target: string, kind: 'file' | 'dir') => {
    symlinkSync(path, target, kind);
    shared.push({ path, mark: markOf(path) });
  };
  mkdirSync(to, { recursive: true });
  const folders: string[] = [''];
  for (let next = 0; next < folders.length; next++) {
    const folder = folders[next]!;
    const isFull = files > limits.files || bytes > limits.totalBytes;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(root, folder, entry.name);
      // The copy may lie in the folder: a notebook in the folder for temporary files is a project of its own.
      if (skipped.has(entry.name) || path === to) continue;
      const target = join(to, folder, entry.name);
      try {
        if (entry.isSymbolicLink()) {
          const points = resolve(dirname(path), readlinkSync(path));
          const isInside = pathWithin(root, points) !== undefined;
          const kind = statSync(path).isDirectory() ? 'dir' : 'file';
          if (isInside) symlinkSync(relative(dirname(path), points), target, kind);
          else share(points, target, kind);
        } else if (entry.isDirectory()) {
          if (readdirSync(path).includes('pyvenv.cfg')) continue;
          if (isFull) share(path, target, 'dir');
          else {
            mkdirSync(target);
            folders.push(join(folder, entry.name));
          }
        } else if (entry.isFile()) {
          const { size } = lstatSync(path);
          if (isFull || size > limits.fileBytes) share(path, target, 'file');
          else {
            copyFileSync(path, target, constants.COPYFILE_FICLONE);
            files++;
            bytes += size;
          }
        }
      } catch {
        // Unreadable, a broken link, gone since: the notebook will meet the same trouble, or none.
      }
    }
  }
  return shared;
}

/**
 * Makes a folder the copy's own, with those that it lies in: in place of a link that leads out of the copy at `to` comes a
 * folder of links. So what is written into it is written into the copy.
 * @param folder in the copy; made where there is none
 * @returns what is shared with the original
 */
export function ownFolder(to: string, folder: string): SharedFile[] {
  const shared: SharedFile[] = [];
  let at = to;
  for (const name of relative(to, folder).split(sep)) {
    at = join(at, name);
    const points = existsSync(at) ? realpathSync(at) : undefined;
    if (points !== undefined && pathWithin(to, points) !== undefined) continue;
    rmSync(at, { force: true });
    mkdirSync(at);
    if (points === undefined || !statSync(points).isDirectory()) continue;
    for (const entry of readdirSync(points)) {
      const path = join(points, entry);
      symlinkSync(path, join(at, entry), existsSync(path) && statSync(path).isDirectory() ? 'dir' : 'file');
      shared.push({ path, mark: markOf(path) });
    }
  }
  return shared;
}
