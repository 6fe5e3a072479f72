/** Turns new content of one file into that file on disk, at no instant anything but the old content or the new. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode, giveAway, orLeave, refuseReadOnly, unless } from './operations.ts';

/** Whose a file is, and who may do what with it. */
type Owner = Pick<Stats, 'mode' | 'uid' | 'gid'>;

/**
 * Replaces the content of a file that is there. Mode and owner stay, a symbolic link stays a link.
 * @param before what the file must still hold at the last moment; unset, whatever it holds
 * @returns false where it holds something else: it is then as it was
 * @throws the error of the operation that failed, EACCES for a file that is read-only; the file is then as it was
 */
export function replaceFile(path: string, bytes: Uint8Array, before?: Uint8Array): boolean {
  const target = realpathSync(path);
  const owner = statSync(target);
  refuseReadOnly(path, owner.mode);
  accessSync(target, constants.W_OK);
  return writeBeside(target, bytes, owner, before);
}

/**
 * Makes a file of this content, whether there is one already or not.
 * @throws the error of the operation that failed; the file is then as it was
 */
export function putFile(path: string, bytes: Uint8Array): void {
  if (!existsSync(path)) writeBeside(path, bytes, undefined);
  else if (statSync(path).isFile()) replaceFile(path, bytes);
  // A device or a pipe can't be put in place of another; a folder refuses.
  else writeFileSync(path, bytes);
}

/** Writes a file next to `target` and puts it in its place, if that still holds `before`. */
function writeBeside(
  target: string,
  bytes: Uint8Array,
  owner: Owner | undefined,
  before?: Uint8Array,
): boolean {
  const folder = dirname(target);
  const lead = `.${basename(target).slice(0, 60)}.`;
  removeLeftovers(folder, lead);
  const name = `${lead}${process.pid}.nb2mod.tmp`;
  const temporary = join(folder, name);
  const descriptor = openSync(temporary, 'wx', owner === undefined ? 0o666 : 0o600);
  try {
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      if (owner !== undefined && process.platform !== 'win32') {
        giveAway(() => fchownSync(descriptor, owner.uid, owner.gid));
        fchmodSync(descriptor, owner.mode & 0o7777);
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (before !== undefined && Buffer.compare(readFileSync(target), before) !== 0) {
      unlinkSync(temporary);
      return false;
    }
    renameSync(temporary, target);
    return true;
  } catch (error) {
    // What went wrong is told, whatever becomes of this.
    orLeave(() => unlinkSync(temporary));
    throw error;
  }
}

/** Removes what a run that was killed left beside the file; what a running process writes stays. */
function removeLeftovers(folder: string, lead: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(lead)) continue;
    const writer = /^(\d+)\.nb2mod\.tmp$/.exec(name.slice(lead.length));
    if (writer === null || isRunning(Number(writer[1]))) continue;
    // Another run may be faster.
    unless(['ENOENT'], () => unlinkSync(join(folder, name)));
  }
}

function isRunning(writer: number): boolean {
  if (writer === process.pid) return false; // a number that came round again: the file is not ours
  try {
    return process.kill(writer, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
