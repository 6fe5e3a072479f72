/** Turns the bytes of a notebook file into the bytes of the same notebook without its results. */
import type { Diagnostic } from '../text/diagnostic.ts';
import { sortEdits, type Edit } from '../text/edit.ts';
import { elementsOf, isArray, memberOf, readJson, sliceOf, spanOf, type JsonDocument } from './json.ts';
import { writeAsNbformat, writeAsZeppelin } from './nbformat.ts';
import { explainFailure, findCellLists, isLfsPointer, notNotebook, readDocument } from './read.ts';
import { findContradiction, stripEdits, stripZeppelinEdits, type StripOptions } from './strip.ts';

export interface StripSettings extends StripOptions {
  /** `preserve` leaves what stays byte for byte; `nbformat` writes it all anew as nbstripout does. */
  readonly format?: 'preserve' | 'nbformat';
  /** Which notebooks they are; unset, the file's name tells. */
  readonly mode?: 'jupyter' | 'zeppelin';
  /** Write `\n` where the file has `\r\n`. */
  readonly unixNewlines?: boolean;
}

export interface Stripping {
  readonly bytes: Uint8Array;
  /** Whether anything is to be taken out. Where not, `bytes` may yet be laid out anew (`nbformat`). */
  readonly isChanged: boolean;
  /** Why the file passes through as it is, where it is no notebook yet. */
  readonly note?: Diagnostic;
}

/**
 * Strips one notebook. In the format `preserve` with nothing to take out, the very same array comes back. An empty file
 * and a git-lfs pointer pass through with a note.
 */
export function stripBytes(
  path: string,
  bytes: Uint8Array,
  settings: StripSettings,
): Stripping | { readonly diagnostic: Diagnostic } {
  if (bytes.length === 0 || isLfsPointer(bytes)) {
    const isEmpty = bytes.length === 0;
    const note: Diagnostic = {
      code: isEmpty ? 'NB105' : 'NB106',
      severity: 'info',
      place: { path },
      message: isEmpty ? 'the file is empty; left as it is' : 'a git-lfs pointer; left as it is',
    };
    return { bytes, isChanged: false, note };
  }
  const isZeppelin = settings.mode === undefined ? path.endsWith('.zpln') : settings.mode === 'zeppelin';
  const stripping = isZeppelin ? stripZeppelin(path, bytes, settings) : stripJupyter(path, bytes, settings);
  if ('diagnostic' in stripping || settings.unixNewlines !== true) return stripping;
  return { ...stripping, bytes: withUnixNewlines(stripping.bytes) };
}

function stripJupyter(
  path: string,
  bytes: Uint8Array,
  settings: StripSettings,
): Stripping | { readonly diagnostic: Diagnostic } {
  const reading = readDocument(path, bytes);
  if ('diagnostic' in reading) return reading;
  const json = reading.document;
  const contradiction = findContradiction({ json }, path);
  if (contradiction !== undefined) return { diagnostic: contradiction };
  const isNbformat = settings.format === 'nbformat';
  const numberIds = settings.numberIds ?? isNbformat;
  const edits = stripEdits({ json }, { ...settings, numberIds });
  const stripped = spliceBytes(bytes, edits);
  if (!isNbformat) return { bytes: stripped, isChanged: edits.length > 0 };
  const text = writeAsNbformat(readAgain(stripped), numberIds);
  return { bytes: Buffer.from(text), isChanged: edits.length > 0 || (numberIds && lacksIds(json)) };
}

function stripZeppelin(
  path: string,
  bytes: Uint8Array,
  settings: StripSettings,
): Stripping | { readonly diagnostic: Diagnostic } {
  const json = readJson(bytes, false);
  if ('fault' in json) return { diagnostic: explainFailure(path, bytes, json) };
  if (!isArray(json, memberOf(json, 0, 'paragraphs'))) {
    const place = { path, line: 1, column: 1 };
    return { diagnostic: notNotebook(place, 'the document has no list of paragraphs') };
  }
  const edits = stripZeppelinEdits({ json });
  const stripped = spliceBytes(bytes, edits);
  const isChanged = edits.length > 0;
  if (settings.format !== 'nbformat') return { bytes: stripped, isChanged };
  return { bytes: Buffer.from(writeAsZeppelin(readAgain(stripped))), isChanged };
}

function readAgain(bytes: Uint8Array): JsonDocument {
  const json = readJson(bytes, false);
  if ('fault' in json) throw new Error(`stripping broke the JSON: ${json.fault} at ${json.offset}`);
  return json;
}

/** Whether cells have no id though their format, 4.5 or newer, wants one. */
function lacksIds(json: JsonDocument): boolean {
  const numberOf = (name: string): number => {
    const node = memberOf(json, 0, name);
    if (node === undefined) return 0;
    const { start, end } = spanOf(json, node);
    return Number(sliceOf(json, start, end));
  };
  const version = numberOf('nbformat');
  if (!(version > 4 || (version === 4 && numberOf('nbformat_minor') >= 5))) return false;
  return findCellLists(json).some((list) =>
    elementsOf(json, list).some((cell) => memberOf(json, cell, 'id') === undefined),
  );
}

/** `bytes` with edits made whose spans count bytes. No edits give back the very same array. */
function spliceBytes(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  if (edits.length === 0) return bytes;
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { span, text } of sortEdits(edits)) {
    if (span.start > from) parts.push(bytes.subarray(from, span.start));
    if (text !== '') parts.push(Buffer.from(text));
    from = span.end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}

/** A carriage return cannot stand in a JSON string: all those before a line feed end lines of the file. */
function withUnixNewlines(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0x0d)) return bytes;
  return bytes.filter((byte, at) => byte !== 0x0d || bytes[at + 1] !== 0x0a);
}
