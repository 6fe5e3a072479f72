/** Turns new content of one file into that file on disk, at no instant anything but the old content or the new. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces the content of a file that is there. Mode and owner stay, a symbolic link stays a link.
 * @throws the error of the operation that failed; the file is then as it was
 */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const target = realpathSync(path);
  const { mode, uid, gid } = statSync(target);
  // Unlike any other of this process or another that runs now; an old one would make opening fail.
  const unique = `${process.pid}.${process.hrtime.bigint().toString(36)}`;
  const name = `.${basename(target).slice(0, 60)}.${unique}.tmp`;
  const temporary = join(dirname(target), name);
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      if (process.platform !== 'win32') {
        try {
          fchownSync(descriptor, uid, gid);
        } catch (error) {
          // Only root may give files away; a file of our own has our owner already.
          if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
        }
        fchmodSync(descriptor, mode & 0o7777);
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
}
