/**
 * Turns a notebook into the bytes that Python's nbformat library writes for it, so that teams may mix tools.
 *
 * Follows nbformat 5 (`v1` to `v4/rwbase.py`, `nbjson.py`) and Python's `json.dumps`: sorted keys, an indent of one,
 * text in lists of lines, numbers as Python spells them; and for Zeppelin what nbstripout writes. Where nbformat would
 * make up random ids this numbers the cells or leaves the ids out.
 */
import {
  decodeString,
  elementsOf,
  kindOf,
  membersOf,
  sliceOf,
  spanOf,
  type JsonDocument,
  type JsonNode,
} from './json.ts';

/** A number, constant or anything else that is written as it is spelled. */
interface Spelling {
  readonly spelling: string;
}
type Value = string | Spelling | Value[] | Fields;
type Fields = Map<string, Value>;

interface JsonStyle {
  readonly indent: number;
  readonly isSorted: boolean;
  readonly isAscii: boolean;
}

/**
 * The text that nbformat writes for a notebook of version 1 to 4, with the line end at its end.
 * @param json read without folding
 * @param numberIds give each cell that has an id, or by its format must have one, its number from 0
 */
export function writeAsNbformat(json: JsonDocument, numberIds: boolean): string {
  const notebook = valueOf(json, 0) as Fields;
  const version = integerOf(notebook.get('nbformat')) ?? 1;
  const minor = integerOf(notebook.get('nbformat_minor')) ?? 0;
  const cells = cellsOf(notebook, version);
  if (numberIds) {
    for (const [i, cell] of cells.entries()) {
      if (cell.has('id') || version > 4 || (version === 4 && minor >= 5)) cell.set('id', String(i));
    }
  }
  if (version >= 4) {
    for (const key of ['orig_nbformat', 'orig_nbformat_minor', 'signature']) {
      fieldsOf(notebook.get('metadata'))?.delete(key);
    }
    for (const cell of cells) {
      fieldsOf(cell.get('metadata'))?.delete('trusted');
      layOutCell(cell);
    }
  } else if (version > 1) {
    if (version === 3) {
      notebook.delete('orig_nbformat');
      notebook.delete('orig_nbformat_minor');
    }
    for (const cell of cells) {
      if (version === 3) {
        fieldsOf(cell.get('metadata'))?.delete('trusted');
        cell.delete('trusted');
      }
      layOutOldCell(cell, version);
    }
  }
  const style =
    version === 1
      ? { indent: 4, isSorted: false, isAscii: true }
      : { indent: 1, isSorted: true, isAscii: version < 4 };
  return `${writeValue(notebook, style, '\n')}\n`;
}

/** The text that nbstripout writes for a Zeppelin notebook. */
export function writeAsZeppelin(json: JsonDocument): string {
  return `${writeValue(valueOf(json, 0), { indent: 2, isSorted: false, isAscii: true }, '\n')}\n`;
}

function cellsOf(notebook: Fields, version: number): Fields[] {
  const hasSheets = notebook.has('nbformat') && version < 4;
  const owners = hasSheets ? listOf(notebook.get('worksheets')) : [notebook];
  return owners
    .flatMap((owner) => listOf(fieldsOf(owner)?.get('cells')))
    .flatMap((cell) => fieldsOf(cell) ?? []);
}

/** Text as lists of lines where nbformat 4 has them. */
function layOutCell(cell: Fields): void {
  replaceText(cell, 'source', splitLines);
  for (const attachment of fieldsOf(cell.get('attachments'))?.values() ?? []) {
    layOutBundle(fieldsOf(attachment));
  }
  if (cell.get('cell_type') !== 'code') return;
  for (const output of listOf(cell.get('outputs')).flatMap((value) => fieldsOf(value) ?? [])) {
    const type = output.get('output_type');
    if (type === 'execute_result' || type === 'display_data') layOutBundle(fieldsOf(output.get('data')));
    else {
      const text = joinText(output.get('text'), '');
      if (typeof text === 'string') output.set('text', type === 'stream' ? splitLines(text) : text);
    }
  }
}

/** Lists of lines for texts, one string for all else that is no JSON. */
function layOutBundle(bundle: Fields | undefined): void {
  for (const [mime, value] of bundle ?? []) {
    const isJson = mime === 'application/json' || (mime.startsWith('application/') && mime.endsWith('+json'));
    const text = isJson ? value : joinText(value, '');
    if (typeof text !== 'string') continue;
    const isText = mime.startsWith('text/') || mime === 'application/javascript' || mime === 'image/svg+xml';
    bundle!.set(mime, isText ? splitLines(text) : text);
  }
}

const oldOutputTexts = ['text', 'html', 'svg', 'latex', 'javascript', 'json'];

/** Text as lists of lines where nbformat 2 (without line ends) and 3 have them. */
function layOutOldCell(cell: Fields, version: number): void {
  const split = (text: string): Value[] =>
    version === 3 ? splitLines(text) : splitLines(text).map((line) => line.replace(lineEnd, ''));
  const put = (owner: Fields, key: string): void => {
    const value = owner.get(key);
    const first = Array.isArray(value) ? value[0] : undefined;
    const hasLineEnds = version === 3 && typeof first === 'string' && /[\n\r]$/.test(first);
    const text = joinText(value, hasLineEnds ? '' : '\n');
    if (typeof text === 'string') owner.set(key, split(text));
  };
  if (cell.get('cell_type') !== 'code') {
    put(cell, 'source');
    put(cell, 'rendered');
    return;
  }
  put(cell, 'input');
  for (const output of listOf(cell.get('outputs')).flatMap((value) => fieldsOf(value) ?? [])) {
    for (const key of oldOutputTexts) put(output, key);
  }
}

function replaceText(owner: Fields, key: string, lay: (text: string) => Value): void {
  const text = joinText(owner.get(key), '');
  if (typeof text === 'string') owner.set(key, lay(text));
}

/** A list of strings as one string; anything else as it is. */
function joinText(value: Value | undefined, joint: string): Value | undefined {
  const isText = Array.isArray(value) && value.every((line) => typeof line === 'string');
  return isText ? value.join(joint) : value;
}

/** Where Python's `str.splitlines` ends a line. */
const lineEnd = /(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])$/;

function splitLines(text: string): string[] {
  return (
    text.match(
      /[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])|[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+$/g,
    ) ?? []
  );
}

function fieldsOf(value: Value | undefined): Fields | undefined {
  return value instanceof Map ? value : undefined;
}

function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}

function integerOf(value: Value | undefined): number | undefined {
  if (value === undefined || typeof value === 'string' || Array.isArray(value) || value instanceof Map) {
    return undefined;
  }
  const number = Number(value.spelling);
  return Number.isInteger(number) ? number : undefined;
}

function valueOf(json: JsonDocument, node: JsonNode): Value {
  const { start, end } = spanOf(json, node);
  switch (kindOf(json, node)) {
    case 'object': {
      const fields: Fields = new Map();
      for (const { key, value } of membersOf(json, node)) {
        fields.set(decodeString(json, key), valueOf(json, value));
      }
      return fields;
    }
    case 'array':
      return elementsOf(json, node).map((element) => valueOf(json, element));
    case 'string':
      return decodeString(json, node);
    case 'number':
      return { spelling: spellNumber(sliceOf(json, start, end)) };
    default:
      return { spelling: sliceOf(json, start, end) };
  }
}

/** A JSON number as Python writes it after reading it: an int digit for digit, a float by its `repr`. */
function spellNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return text === '-0' ? '0' : text;
  const number = Number(text);
  if (!Number.isFinite(number)) {
    return Number.isNaN(number) ? 'NaN' : number > 0 ? 'Infinity' : '-Infinity';
  }
  if (number === 0) return Object.is(number, -0) ? '-0.0' : '0.0';
  // Both languages take the shortest digits that read back the same; they part where the exponent begins.
  const [mantissa, exponentText] = number.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain = String(number);
  return plain.includes('.') ? plain : `${plain}.0`;
}

function writeValue(value: Value, style: JsonStyle, lineStart: string): string {
  if (typeof value === 'string') return spellString(value, style.isAscii);
  const inner = lineStart + ' '.repeat(style.indent);
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[${inner}${value.map((element) => writeValue(element, style, inner)).join(`,${inner}`)}${lineStart}]`;
  }
  if (!(value instanceof Map)) return value.spelling;
  if (value.size === 0) return '{}';
  const keys = style.isSorted ? [...value.keys()].sort(byCodePoint) : [...value.keys()];
  const members = keys.map(
    (key) => `${spellString(key, style.isAscii)}: ${writeValue(value.get(key)!, style, inner)}`,
  );
  return `{${inner}${members.join(`,${inner}`)}${lineStart}}`;
}

/** Python orders strings by code point, JavaScript by UTF-16 unit: they differ beyond the surrogates. */
function byCodePoint(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xe000;
    return isHigh(x) === isHigh(y) ? x - y : isHigh(x) ? 1 : -1;
  }
  return a.length - b.length;
}

function spellString(text: string, isAscii: boolean): string {
  const literal = JSON.stringify(text);
  if (!isAscii) return literal;
  return literal.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
