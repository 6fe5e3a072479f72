/** Turns a path into the bytes of the file, or into the reason why not. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  type Dirent,
} from 'node:fs';
import type { Diagnostic } from '../text/diagnostic.ts';
import { explainPath } from './nearby.ts';
import { errorCode } from './operations.ts';

/** Larger files aren't read: a JavaScript string holds at most about 512 million units. */
export const largestFile = 256 * 1024 * 1024;

export type ReadResult = { readonly bytes: Uint8Array } | { readonly diagnostic: Diagnostic };

function readable(size: number): string {
  return size >= 1024 * 1024 ? `${Math.round(size / 1024 / 1024)} MB` : `${size} bytes`;
}

/**
 * The bytes of the regular file at `path`, at most `limit` bytes.
 * @returns diagnostic NB510 where it can't be read or isn't a file, NB511 where it is larger
 */
export function readLimited(path: string, limit: number = largestFile): ReadResult {
  const refuse = (code: 'NB510' | 'NB511', message: string, hint: string): ReadResult => ({
    diagnostic: { code, severity: 'error', place: { path }, message, hint },
  });
  try {
    // A pipe would block on opening, so what it is comes first.
    const found = statSync(path);
    if (found.isDirectory()) return refuse('NB510', 'is a folder, not a file', 'Name a file in it.');
    if (!found.isFile()) return refuse('NB510', 'is not a regular file', 'Name a regular file.');
    const file = openSync(path, constants.O_RDONLY);
    try {
      const { size } = fstatSync(file);
      if (size > limit) {
        const message = `is too large: ${readable(size)}, and at most ${readable(limit)} are read`;
        return refuse(
          'NB511',
          message,
          "Clear the notebook's outputs in Jupyter, save it, then run nb2mod again.",
        );
      }
      return { bytes: readFileSync(file) };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    const { reason, hint } = explainPath(path, error);
    return refuse('NB510', `cannot be read: ${reason}`, hint);
  }
}

/**
 * What stands in a folder, sorted by name.
 * @returns diagnostic NB510 where it can't be read or is no folder
 */
export function listFolder(
  path: string,
): { readonly entries: readonly Dirent[] } | { readonly diagnostic: Diagnostic } {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    const isFile = errorCode(error) === 'ENOTDIR';
    const { reason, hint } = explainPath(path, error);
    return {
      diagnostic: {
        code: 'NB510',
        severity: 'error',
        place: { path },
        message: isFile ? 'is a file where a folder is needed' : `cannot be read: ${reason}`,
        hint: isFile ? 'Move it away, or choose another --package or --source-root.' : hint,
      },
    };
  }
}

/** In bytes: a larger file that takes no part in a run is not looked at. */
const largestAside = 32 * 1024 * 1024;

/** The bytes of a file that takes no part in a run, if one of the words is in it; most are not worth parsing. */
export function readMentioning(path: string, words: readonly string[]): Uint8Array | undefined {
  const file = readLimited(path, largestAside);
  if ('diagnostic' in file) return undefined;
  const bytes = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  return words.some((word) => bytes.includes(word)) ? bytes : undefined;
}
