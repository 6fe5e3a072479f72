/** Turns notebooks into notebooks without results: files in place, or standard input to standard output. */
import { readFileSync } from 'node:fs';
import { readLimited } from '../files/read.ts';
import { cannotWrite } from '../files/trouble.ts';
import { replaceFile } from '../files/write.ts';
import { isLfsPointer, readDocument } from '../notebook/read.ts';
import { findContradiction, stripEdits, type StripOptions } from '../notebook/strip.ts';
import { formatDiagnostic, type Diagnostic } from '../text/diagnostic.ts';
import { sortEdits, type Edit } from '../text/edit.ts';

/**
 * Strips files in place; without files, or for `-`, standard input to standard output. One bad file never stops the
 * others.
 * @returns the exit code: 0, or 2 if a file could not be stripped
 */
export function strip(paths: readonly string[], options: StripOptions = {}): number {
  let exitCode = 0;
  for (const path of paths.length === 0 ? ['-'] : paths) {
    const isStream = path === '-';
    const name = isStream ? 'stdin' : path;
    const result = stripFile(isStream ? 0 : path, name, options);
    const diagnostic =
      'diagnostic' in result ? result.diagnostic : write(isStream ? undefined : path, result);
    if (diagnostic === undefined) continue;
    process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
    exitCode = 2;
  }
  return exitCode;
}

interface StrippedBytes {
  readonly before: Uint8Array;
  /** The very same array where there was nothing to strip. */
  readonly after: Uint8Array;
}

type FileResult = StrippedBytes | { readonly diagnostic: Diagnostic };

/** Writes the result to the file, if it differs; without a path to standard output. */
function write(path: string | undefined, { before, after }: StrippedBytes): Diagnostic | undefined {
  if (path === undefined) process.stdout.write(after);
  else if (after !== before) {
    try {
      replaceFile(path, after);
    } catch (error) {
      return cannotWrite(path, error, 'the file is as it was');
    }
  }
  return undefined;
}

function stripFile(source: string | 0, name: string, options: StripOptions): FileResult {
  if (source === 0) return stripBytes(name, readFileSync(0), options);
  const reading = readLimited(source);
  return 'diagnostic' in reading ? reading : stripBytes(name, reading.bytes, options);
}

/**
 * The bytes of a notebook, stripped: the very same array where nothing is to be taken out. An empty file and a git-lfs
 * pointer pass through.
 */
export function stripBytes(path: string, bytes: Uint8Array, options: StripOptions): FileResult {
  if (bytes.length === 0 || isLfsPointer(bytes)) return { before: bytes, after: bytes };
  const reading = readDocument(path, bytes);
  if ('diagnostic' in reading) return reading;
  const notebook = { json: reading.document };
  const contradiction = findContradiction(notebook, path);
  if (contradiction !== undefined) return { diagnostic: contradiction };
  return { before: bytes, after: spliceBytes(bytes, stripEdits(notebook, options)) };
}

/** `bytes` with edits made whose spans count bytes. No edits give back the very same array. */
function spliceBytes(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  if (edits.length === 0) return bytes;
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { span, text } of sortEdits(edits)) {
    parts.push(bytes.subarray(from, span.start), Buffer.from(text));
    from = span.end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}
