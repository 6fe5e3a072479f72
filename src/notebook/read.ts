/** Turns the bytes of a notebook file into a `Notebook`, or into the one diagnostic that says why it is none. */
import type { Code } from '../text/codes.ts';
import type { Diagnostic, Place } from '../text/diagnostic.ts';
import { positionAt } from '../text/span.ts';
import {
  decodeString,
  decodeStrings,
  elementsOf,
  isArray,
  isObject,
  isString,
  memberOf,
  overText,
  readJson,
  sliceOf,
  spanOf,
  type JsonDocument,
  type JsonFailure,
  type JsonFault,
  type JsonNode,
} from './json.ts';
import type { Cell, CellKind, Notebook, NotebookContent } from './notebook.ts';

/** Larger files, in bytes, are refused: their text would not fit into one string. */
const largestNotebook = 500_000_000;

export type NotebookReading<Read = Notebook> =
  { readonly notebook: Read } | { readonly diagnostic: Diagnostic };

/**
 * Reads a notebook of nbformat 2, 3 or 4, to write it anew.
 * @param path only for diagnostics
 * @returns the notebook, or an error (NB101 to NB107, NB511) with the line at fault
 */
export function readNotebook(path: string, bytes: Uint8Array): NotebookReading {
  const reading = readContent(path, bytes);
  if ('diagnostic' in reading) return reading;
  const { notebook } = reading;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return { notebook: { ...notebook, text, json: overText(notebook.json, bytes, text) } };
}

/** Reads what a notebook says: of its text, most of which are outputs, only that is decoded. */
export function readContent(path: string, bytes: Uint8Array): NotebookReading<NotebookContent> {
  const reading = readDocument(path, bytes);
  if ('diagnostic' in reading) return reading;
  const json = reading.document;
  const nbformat = numberOf(json, memberOf(json, 0, 'nbformat')) ?? (findWorksheets(json).length > 0 ? 3 : 4);
  const nbformatMinor = numberOf(json, memberOf(json, 0, 'nbformat_minor')) ?? 0;
  const nodes = findCellLists(json).flatMap((list) => elementsOf(json, list));
  const cells: Cell[] = [];
  for (const node of nodes) {
    if (!isObject(json, node)) {
      const before = sliceOf(json, 0, spanOf(json, node).start);
      const place = { path, ...positionAt(before, before.length) };
      return { diagnostic: notNotebook(place, 'a cell is not an object') };
    }
    cells.push(readCell(json, node, cells.length + 1, nbformat));
  }
  const language = readLanguage(json, cells);
  const python = language === 'python' ? readPython(json) : undefined;
  return { notebook: { path, nbformat, nbformatMinor, cells, language, python, json } };
}

/**
 * Reads the JSON of a notebook without decoding its text: offsets count bytes.
 * @returns the document, which has at least one list of cells; or an error (NB101 to NB107, NB511)
 */
export function readDocument(
  path: string,
  bytes: Uint8Array,
): { readonly document: JsonDocument } | { readonly diagnostic: Diagnostic } {
  if (bytes.length > largestNotebook) return { diagnostic: tooLarge(path, bytes.length) };
  const document = readJson(bytes);
  if ('fault' in document) return { diagnostic: explainFailure(path, bytes, document) };
  if (!isObject(document, 0)) {
    return { diagnostic: notNotebook({ path, line: 1, column: 1 }, 'the document is not a JSON object') };
  }
  if (findCellLists(document).length === 0) {
    return { diagnostic: notNotebook({ path, line: 1, column: 1 }, 'the document has no list of cells') };
  }
  return { document };
}

/** Every list of cells: the one of nbformat 4, or one for each worksheet of nbformat 2 and 3. */
export function findCellLists(json: JsonDocument): JsonNode[] {
  const cells = memberOf(json, 0, 'cells');
  if (isArray(json, cells)) return [cells];
  return findWorksheets(json).flatMap((sheet) => {
    const list = memberOf(json, sheet, 'cells');
    return isArray(json, list) ? [list] : [];
  });
}

function findWorksheets(json: JsonDocument): JsonNode[] {
  const worksheets = memberOf(json, 0, 'worksheets');
  return worksheets === undefined ? [] : elementsOf(json, worksheets);
}

/** Where a cell keeps its text: code cells of nbformat 2 and 3 have `input`, all others `source`. */
export function findSource(json: JsonDocument, cell: JsonNode): JsonNode | undefined {
  return memberOf(json, cell, 'source') ?? memberOf(json, cell, 'input');
}

function readCell(json: JsonDocument, node: JsonNode, index: number, nbformat: number): Cell {
  const type = stringOf(json, memberOf(json, node, 'cell_type'));
  const id = stringOf(json, memberOf(json, node, 'id'));
  const language = stringOf(json, memberOf(json, node, 'language'));
  const metadata = memberOf(json, node, 'metadata');
  const tagList = metadata === undefined ? undefined : memberOf(json, metadata, 'tags');
  const tags = tagList === undefined ? [] : elementsOf(json, tagList).filter((tag) => isString(json, tag));
  return {
    index,
    kind: kindOfCell(type),
    source: readSource(json, findSource(json, node), nbformat),
    ...(id === undefined ? {} : { id }),
    tags: tags.map((tag) => decodeString(json, tag)),
    ...(language === undefined ? {} : { language }),
    node,
  };
}

/** Whether an error is among the outputs of a cell. */
export function showsError({ json }: Pick<NotebookContent, 'json'>, { node }: Cell): boolean {
  const outputs = memberOf(json, node, 'outputs');
  if (outputs === undefined) return false;
  const { start, end } = spanOf(json, outputs);
  return /"output_type"\s*:\s*"(error|pyerr)"/.test(sliceOf(json, start, end));
}

function kindOfCell(type: string | undefined): CellKind {
  switch (type) {
    case 'code':
    case 'markdown':
    case 'raw':
    case 'heading':
      return type;
    default:
      return 'other';
  }
}

/**
 * The text of a `source`. The elements of a list are joined as they are; before nbformat 4 a list whose first element
 * does not end its line was written without line ends, which are put back here.
 */
export function readSource(json: JsonDocument, node: JsonNode | undefined, nbformat: number): string {
  if (node === undefined) return '';
  if (isString(json, node)) return decodeString(json, node);
  const elements = elementsOf(json, node);
  if (elements.length === 0) return '';
  const literals = elements.filter((element) => isString(json, element));
  const texts =
    literals.length === elements.length
      ? decodeStrings(json, node)
      : literals.map((literal) => decodeString(json, literal));
  return texts.join(jointOf(texts, nbformat));
}

/** What stands between the elements of a source list. */
function jointOf(texts: readonly string[], nbformat: number): '' | '\n' {
  return nbformat < 4 && texts.length > 0 && !/[\n\r]$/.test(texts[0]!) ? '\n' : '';
}

/** Names of kernels, taken for their language only where the notebook does not state one; any other runs Python. */
const foreignKernel =
  /^(?:ir|julia|bash|zsh|calysto|cling|xcpp|xc|xr$|deno|elm|gnuplot|go|haskell|ihaskell|iruby|ruby|ijava|java|kotlin|lua|matlab|octave|perl|php|powershell|\.net|prolog|rust|sas|scala|almond|spylon|sparkkernel|spark$|sql|stata|swift|tslab|wolfram|sos)/;

function readLanguage(json: JsonDocument, cells: readonly Cell[]): string {
  const information = metadataOf(json, 'language_info');
  const kernel = metadataOf(json, 'kernelspec');
  // Some write all the keys, and nothing into them.
  const textOf = (node: JsonNode | undefined, name: string): string | undefined =>
    (node === undefined ? undefined : stringOf(json, memberOf(json, node, name))?.toLowerCase()) || undefined;
  const version = textOf(information, 'version');
  const kernelName = textOf(kernel, 'name');
  const named =
    textOf(kernel, 'language') ??
    textOf(information, 'name') ??
    cells.find(({ kind, language }) => kind === 'code' && language !== undefined)?.language?.toLowerCase() ??
    kernelName ??
    'python';
  if (named === kernelName && foreignKernel.test(named)) {
    return named === 'ir' ? 'r' : named.startsWith('julia') ? 'julia' : named;
  }
  const isPython = named === kernelName || /^i?python[23]?$/.test(named);
  if (!isPython) return named;
  if (named === 'python2') return 'python2';
  if (version !== undefined ? version.startsWith('2') : kernelName === 'python2') return 'python2';
  return 'python';
}

/** A value of the notebook's metadata. */
function metadataOf(json: JsonDocument, key: string): JsonNode | undefined {
  const metadata = memberOf(json, 0, 'metadata');
  return metadata === undefined ? undefined : memberOf(json, metadata, key);
}

/** The minor number of the Python 3 that the metadata names. */
function readPython(json: JsonDocument): number | undefined {
  const information = metadataOf(json, 'language_info');
  const version =
    information === undefined ? undefined : stringOf(json, memberOf(json, information, 'version'));
  const minor = /^3\.(\d{1,3})(?!\d)/.exec(version ?? '')?.[1];
  return minor === undefined ? undefined : Number(minor);
}

function stringOf(json: JsonDocument, node: JsonNode | undefined): string | undefined {
  return isString(json, node) ? decodeString(json, node) : undefined;
}

function numberOf(json: JsonDocument, node: JsonNode | undefined): number | undefined {
  if (node === undefined) return undefined;
  const { start, end } = spanOf(json, node);
  const value = Number(sliceOf(json, start, end));
  return Number.isFinite(value) ? value : undefined;
}

function tooLarge(path: string, size: number): Diagnostic {
  return {
    code: 'NB511',
    severity: 'error',
    place: { path },
    message: `the file has ${size} bytes; nb2mod reads notebooks of up to ${largestNotebook}`,
    hint: 'clear its outputs in Jupyter, or split it',
  };
}

/** The diagnostic for JSON that is something else. */
export function notNotebook(place: Place, message: string): Diagnostic {
  return {
    code: 'NB107',
    severity: 'error',
    place,
    message: `not a notebook: ${message}`,
    hint: 'name only Jupyter notebooks',
  };
}

const conflictMarker = /^(?:<{7}|={7}|>{7}|\|{7})(?: |\r?$)/m;

const faults: Record<JsonFault, { message: string; hint: string }> = {
  truncated: {
    message: 'the file ends in the middle of the JSON',
    hint: 'restore the file, or save it again',
  },
  'control character': {
    message: 'a control character stands in a string, where JSON wants an escape',
    hint: 'write it as \\n, \\t or \\u00XX, or restore the file',
  },
  escape: { message: 'not an escape that JSON has', hint: 'write a backslash as two' },
  value: { message: 'expected a JSON value', hint: 'mend the file here, or restore it' },
  'trailing comma': { message: 'a comma stands before the closing bracket', hint: 'delete the comma' },
  key: { message: 'expected a key in double quotes', hint: 'mend the file here, or restore it' },
  colon: { message: 'expected a colon after the key', hint: 'mend the file here, or restore it' },
  'comma or end': {
    message: 'expected a comma or a closing bracket',
    hint: 'mend the file here, or restore it',
  },
  'data after the end': {
    message: 'more text after the end of the JSON',
    hint: 'delete what follows, or restore the file',
  },
  'utf-8': { message: 'not UTF-8', hint: 'convert the file, for example with iconv -f latin1 -t utf-8' },
};

/** What is wrong with a file that is not JSON, in the user's terms. */
export function explainFailure(path: string, bytes: Uint8Array, { fault, offset }: JsonFailure): Diagnostic {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  const explain = (code: Code, at: number, message: string, hint: string): Diagnostic => ({
    code,
    severity: 'error',
    place: { path, ...positionAt(text, at) },
    message,
    hint,
  });
  if (/^[\s\uFEFF]*$/.test(text)) {
    return explain('NB105', 0, 'the file is empty', 'save the notebook in Jupyter, or delete the file');
  }
  if (isLfsPointer(bytes)) {
    return explain('NB106', 0, 'a git-lfs pointer, not the notebook itself', 'run git lfs pull');
  }
  const at = buffer.toString('utf8', 0, offset).length;
  if (fault === 'utf-8') {
    const byte = bytes[offset]!.toString(16).padStart(2, '0');
    return explain('NB104', at, `not UTF-8: byte 0x${byte} at offset ${offset}`, faults['utf-8'].hint);
  }
  const conflict = conflictMarker.exec(text);
  if (conflict !== null) {
    const hint = 'resolve the conflict first, or take one side with git checkout --ours';
    return explain('NB102', conflict.index, `a merge-conflict marker: ${conflict[0].trim()}`, hint);
  }
  const { message, hint } = faults[fault];
  if (fault === 'truncated') return explain('NB103', at, message, hint);
  const ending = /[^/\\](\.\w+)$/.exec(path)?.[1] ?? '.ipynb';
  const isNotebook = /^\.(ipynb|zpln|json)$/i.test(ending);
  const remedy = isNotebook ? hint : `nb2mod reads notebooks (.ipynb) on this disk; this is a ${ending} file`;
  return explain('NB101', at, `not JSON: ${message}, not ${describeCharacter(text, at)}`, remedy);
}

function describeCharacter(text: string, at: number): string {
  const code = text.codePointAt(at);
  if (code === undefined) return 'the end of the file';
  if (code < 0x20) return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const word = /^[\w.+-]{1,20}/.exec(text.slice(at));
  return `'${word === null ? String.fromCodePoint(code) : word[0]}'`;
}

/** Whether the file is a pointer of git-lfs, which stands in for content that was not fetched. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  const head = 'version https://git-lfs.github.com/spec/v1';
  if (bytes.length < head.length || bytes.length > 1024) return false;
  return Buffer.from(bytes.buffer, bytes.byteOffset, head.length).toString('latin1') === head;
}
