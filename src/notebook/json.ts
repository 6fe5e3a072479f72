/**
 * Turns the bytes of a JSON document into a flat tree of spans over them, and says where the grammar breaks.
 *
 * Nothing is converted: numbers keep their text, strings their escapes, objects their duplicate keys. What is accepted
 * is RFC 8259 and what Jupyter writes beyond it: `NaN`, `Infinity`, `-Infinity`, and escapes of lone surrogates. A byte
 * order mark may lead the document. Nesting may be as deep as memory allows: there is no recursion.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import type { Span } from '../text/span.ts';

/** A value of the document: its index in `JsonDocument.nodes`. The root is 0. */
export type JsonNode = number;

/**
 * The tree in the order of the text. Offsets count in units of `source`: bytes, or UTF-16 units where it is a string.
 * Each node takes four numbers: its kind and flags, its start, its end, and the index of the node after its last
 * descendant. The children of an object are its keys and values in turn.
 */
export interface JsonDocument {
  readonly source: string | Uint8Array;
  readonly nodes: Int32Array;
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null';

const kinds: readonly JsonKind[] = ['object', 'array', 'string', 'number', 'true', 'false', 'null'];
const OBJECT = 0;
const ARRAY = 1;
const STRING = 2;
const NUMBER = 3;
const TRUE = 4;
const FALSE = 5;
const NULL = 6;
const KIND = 7;
/** The string has escapes. */
const ESCAPED = 8;
/** The container was checked but its children are not in the tree: `expand` gives them. */
const FOLDED = 16;
const WIDTH = 4;

export interface JsonMember {
  readonly key: JsonNode;
  readonly value: JsonNode;
}

export type JsonFault =
  | 'truncated'
  | 'control character'
  | 'escape'
  | 'value'
  | 'trailing comma'
  | 'key'
  | 'colon'
  | 'comma or end'
  | 'data after the end'
  | 'utf-8';

/** Where the bytes stop being JSON; `offset` in bytes. */
export interface JsonFailure {
  readonly fault: JsonFault;
  readonly offset: number;
}

export function kindOf(document: JsonDocument, node: JsonNode): JsonKind {
  return kinds[document.nodes[node * WIDTH]! & KIND]!;
}

/** From the first to after the last character of the value, quotes and brackets included. */
export function spanOf(document: JsonDocument, node: JsonNode): Span {
  return { start: document.nodes[node * WIDTH + 1]!, end: document.nodes[node * WIDTH + 2]! };
}

/** The text between two offsets of the document, as it stands there. */
export function sliceOf(document: JsonDocument, start: number, end: number): string {
  const { source } = document;
  if (typeof source === 'string') return source.slice(start, end);
  return Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('utf8');
}

export function isString(document: JsonDocument, node: JsonNode | undefined): node is JsonNode {
  return node !== undefined && (document.nodes[node * WIDTH]! & KIND) === STRING;
}

export function isObject(document: JsonDocument, node: JsonNode | undefined): node is JsonNode {
  return node !== undefined && (document.nodes[node * WIDTH]! & KIND) === OBJECT;
}

export function isArray(document: JsonDocument, node: JsonNode | undefined): node is JsonNode {
  return node !== undefined && (document.nodes[node * WIDTH]! & KIND) === ARRAY;
}

/** Whether the array was checked but is not in the tree: `expand` gives its elements. */
export function isFolded(document: JsonDocument, node: JsonNode): boolean {
  return (document.nodes[node * WIDTH]! & FOLDED) !== 0;
}

/** What a string node says: its escapes resolved. Lone surrogates stay what they are. */
export function decodeString(document: JsonDocument, node: JsonNode): string {
  const start = document.nodes[node * WIDTH + 1]!;
  const end = document.nodes[node * WIDTH + 2]!;
  if ((document.nodes[node * WIDTH]! & ESCAPED) === 0) return sliceOf(document, start + 1, end - 1);
  // A literal that this reader accepted is one that JSON.parse reads the same.
  return JSON.parse(sliceOf(document, start, end)) as string;
}

/** What the elements of an array say which are strings, all of them. */
export function decodeStrings(document: JsonDocument, node: JsonNode): string[] {
  const { start, end } = spanOf(document, node);
  return JSON.parse(sliceOf(document, start, end)) as string[];
}

/** The elements of an array, in order; none where the node is no array. */
export function elementsOf(document: JsonDocument, node: JsonNode): JsonNode[] {
  if (!isArray(document, node)) return [];
  return childrenOf(document, node);
}

/** The members of an object, in order, duplicates included; none where the node is no object. */
export function membersOf(document: JsonDocument, node: JsonNode): JsonMember[] {
  if (!isObject(document, node)) return [];
  const members: JsonMember[] = [];
  const children = childrenOf(document, node);
  for (let i = 0; i < children.length; i += 2) members.push({ key: children[i]!, value: children[i + 1]! });
  return members;
}

/** The value of the last member of that name, as Python's `json.loads` takes it. */
export function memberOf(document: JsonDocument, node: JsonNode, name: string): JsonNode | undefined {
  let found: JsonNode | undefined;
  for (let key = firstKey(document, node); key !== undefined; key = nextKey(document, node, key)) {
    if (isNamed(document, key, name)) found = key + 1;
  }
  return found;
}

/** The first key of an object; its value is the node after it. For walks over very many objects: it makes no list. */
export function firstKey(document: JsonDocument, node: JsonNode): JsonNode | undefined {
  if (!isObject(document, node)) return undefined;
  return document.nodes[node * WIDTH + 3]! > node + 1 ? node + 1 : undefined;
}

/** The key after `key` in the object `node`. */
export function nextKey(document: JsonDocument, node: JsonNode, key: JsonNode): JsonNode | undefined {
  const { nodes } = document;
  const next = nodes[(key + 1) * WIDTH + 3]!;
  return next < nodes[node * WIDTH + 3]! ? next : undefined;
}

/** Whether the string node says `name`. */
export function isNamed(document: JsonDocument, key: JsonNode, name: string): boolean {
  const at = key * WIDTH;
  if ((document.nodes[at]! & ESCAPED) !== 0) return decodeString(document, key) === name;
  const start = document.nodes[at + 1]! + 1;
  const length = document.nodes[at + 2]! - 1 - start;
  const { source } = document;
  if (typeof source === 'string') return length === name.length && source.startsWith(name, start);
  if (length < name.length) return false;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code > 0x7f) return decodeString(document, key) === name;
    if (source[start + i] !== code) return false;
  }
  return length === name.length;
}

function childrenOf(document: JsonDocument, node: JsonNode): JsonNode[] {
  const { nodes } = document;
  if ((nodes[node * WIDTH]! & FOLDED) !== 0) throw new RangeError('a folded value has to be expanded first');
  const after = nodes[node * WIDTH + 3]!;
  const children: JsonNode[] = [];
  for (let child = node + 1; child < after; child = nodes[child * WIDTH + 3]!) children.push(child);
  return children;
}

/** A document whose root is `node`, with all that `node` holds in its tree; the same source, the same offsets. */
export function expand(document: JsonDocument, node: JsonNode): JsonDocument {
  const { start, end } = spanOf(document, node);
  const { source } = document;
  if (typeof source !== 'string') {
    const scanned = scan(source, start, end, false);
    if ('fault' in scanned) throw new RangeError('a value that was read before does not read again');
    return { source, nodes: scanned.nodes };
  }
  const bytes = Buffer.from(source.slice(start, end), 'utf8');
  const scanned = scan(bytes, 0, bytes.length, false);
  if ('fault' in scanned) throw new RangeError('a value that was read before does not read again');
  return { source, nodes: shift(toTextOffsets(bytes, scanned.nodes, end - start), start) };
}

function shift(nodes: Int32Array, by: number): Int32Array {
  const shifted = nodes.slice();
  for (let at = 0; at < shifted.length; at += WIDTH) {
    shifted[at + 1]! += by;
    shifted[at + 2]! += by;
  }
  return shifted;
}

/**
 * Reads a whole document.
 * @param foldOutputs whether the `outputs` of a notebook's cells, which are most of the file and which hardly anybody
 * asks for, are only checked: `expand` gives what they hold
 */
export function readJson(bytes: Uint8Array, foldOutputs = true): JsonDocument | JsonFailure {
  if (!isUtf8(bytes)) return { fault: 'utf-8', offset: findInvalidUtf8(bytes) };
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const scanned = scan(bytes, hasMark ? 3 : 0, bytes.length, foldOutputs);
  return 'fault' in scanned ? scanned : { source: bytes, nodes: scanned.nodes };
}

/** The same document over the decoded text: every offset counts UTF-16 units of `text`. */
export function overText(document: JsonDocument, bytes: Uint8Array, text: string): JsonDocument {
  return { source: text, nodes: toTextOffsets(bytes, document.nodes, text.length) };
}

const BLOCK = 64;
const CHUNK = 256 * BLOCK;

/** Offsets into UTF-8 bytes as offsets into the UTF-16 text that they decode to. */
function toTextOffsets(bytes: Uint8Array, nodes: Int32Array, textLength: number): Int32Array {
  if (textLength === bytes.length) return nodes; // all ASCII
  const unitsBefore = new Int32Array(Math.floor(bytes.length / BLOCK) + 1);
  const unitsIn = (start: number, end: number): number => {
    let units = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    return units;
  };
  let units = 0;
  let isPlain = false;
  for (let start = 0, block = 0; block < unitsBefore.length; start += BLOCK, block++) {
    // Images are most of a notebook, and ASCII.
    if (start % CHUNK === 0) isPlain = isAscii(bytes.subarray(start, start + CHUNK));
    unitsBefore[block] = units;
    units += isPlain ? BLOCK : unitsIn(start, Math.min(start + BLOCK, bytes.length));
  }
  const convert = (offset: number): number => {
    const block = Math.floor(offset / BLOCK);
    return unitsBefore[block]! + unitsIn(block * BLOCK, offset);
  };
  const converted = nodes.slice();
  for (let at = 0; at < nodes.length; at += WIDTH) {
    converted[at + 1] = convert(nodes[at + 1]!);
    converted[at + 2] = convert(nodes[at + 2]!);
  }
  return converted;
}

function findInvalidUtf8(bytes: Uint8Array): number {
  // A prefix that ends inside a character is invalid too, so ask at line ends, then character by character.
  let low = 0;
  for (let next = bytes.indexOf(0x0a); next !== -1; next = bytes.indexOf(0x0a, next + 1)) {
    if (!isUtf8(bytes.subarray(low, next + 1))) break;
    low = next + 1;
  }
  while (low < bytes.length) {
    const byte = bytes[low]!;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (!isUtf8(bytes.subarray(low, low + length))) return low;
    low += length;
  }
  return low;
}

const FOUR_SPACES = 0x20202020;
const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const EXPECT_VALUE = 0;
const EXPECT_FIRST_ELEMENT = 1;
const EXPECT_ELEMENT = 2;
const EXPECT_FIRST_KEY = 3;
const EXPECT_KEY = 4;
const AFTER_VALUE = 5;

/**
 * The high bit of each byte of a little-endian word that is a quote, a backslash or a control character. The lowest one
 * is exact; those above it may be too many, for a borrow runs upwards.
 */
function specialBytes(word: number): number {
  // After flipping bit 1 a quote is 0x20 and what was below 0x20 still is: below 0x21 are these, and nothing else.
  const quoted = word ^ 0x02020202;
  const escaped = word ^ 0x5c5c5c5c;
  return (((quoted - 0x21212121) & ~quoted) | ((escaped - 0x01010101) & ~escaped)) & 0x80808080;
}

/** The index of the byte that holds the lowest bit of a word that is not 0. */
function firstByte(bits: number): number {
  return (31 - Math.clz32(bits & -bits)) >> 3;
}

/**
 * The offset after the string that starts at `at`, times two, plus 1 if it has escapes; where it breaks, minus the offset
 * of the fault, minus 1. It must end before `to`.
 */
function endOfString(bytes: Uint8Array, view: DataView, start: number, to: number): number {
  const lastWord = to - 3;
  const lastPair = to - 7;
  let escaped = 0;
  let at = start + 1;
  for (;;) {
    // Up to the next quote, backslash or control character, eight and four bytes at a time.
    while (
      at < lastPair &&
      (specialBytes(view.getInt32(at, true)) | specialBytes(view.getInt32(at + 4, true))) === 0
    ) {
      at += 8;
    }
    while (at < lastWord) {
      const hits = specialBytes(view.getInt32(at, true));
      if (hits !== 0) {
        at += firstByte(hits);
        break;
      }
      at += 4;
    }
    let byte = bytes[at]!;
    while (at < to && byte !== QUOTE && byte !== BACKSLASH && byte >= 0x20) byte = bytes[++at]!;
    if (at >= to) return -to - 1;
    if (byte === QUOTE) return ((at + 1) << 1) | escaped;
    if (byte !== BACKSLASH || at + 1 >= to) return -at - 1;
    escaped = 1;
    const letter = bytes[at + 1]!;
    if (letter === 0x6e) {
      if (at + 2 < to && bytes[at + 2] === QUOTE) return ((at + 3) << 1) | 1;
      at += 2;
    } else if (
      letter === QUOTE ||
      letter === BACKSLASH ||
      letter === 0x74 ||
      letter === 0x72 ||
      letter === 0x2f ||
      letter === 0x62 ||
      letter === 0x66
    ) {
      at += 2;
    } else if (letter === 0x75) {
      for (let digit = at + 2; digit < at + 6; digit++) {
        const hex = bytes[digit]! | 0x20;
        const isHex = (bytes[digit]! >= 0x30 && bytes[digit]! <= 0x39) || (hex >= 0x61 && hex <= 0x66);
        if (!isHex || digit >= to) return -at - 1;
      }
      at += 6;
    } else return -at - 1;
  }
}

/** What is wrong at the offset where a string breaks. */
function faultInString(bytes: Uint8Array, at: number, to: number): JsonFailure {
  if (at >= to) return { fault: 'truncated', offset: to };
  if (bytes[at] !== BACKSLASH) return { fault: 'control character', offset: at };
  const escape = Buffer.from(bytes.subarray(at, Math.min(at + 6, to))).toString('latin1');
  const isCutOff = at + escape.length === to && /^\\(?:u[0-9a-f]{0,3})?$/i.test(escape);
  return isCutOff ? { fault: 'truncated', offset: to } : { fault: 'escape', offset: at };
}

/** Scans one value between two byte offsets. `foldOutputs` leaves what the cells' `outputs` hold out of the tree. */
function scan(
  bytes: Uint8Array,
  from: number,
  to: number,
  foldOutputs: boolean,
): { nodes: Int32Array } | JsonFailure {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const lastPair = to - 7;
  let nodes = new Int32Array(Math.max(256, Math.min(1 << 16, (to - from) >> 2)));
  let used = 0;
  /** The open containers: for each, its place in `nodes` (or -1 where it is not recorded), twice, plus 1 if an array. */
  let stack = new Int32Array(64);
  let depth = 0;
  /** Whether the innermost open container is an array. */
  let isInArray = false;
  /** The depth at which a folded container was opened; nothing below it is recorded. */
  let foldedAt = -1;
  let state = EXPECT_VALUE;
  let at = from;

  for (;;) {
    let byte = bytes[at]!;
    if (byte <= 0x20) {
      while (at < to && (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)) {
        while (at < lastPair && view.getInt32(at + 1, true) === FOUR_SPACES) at += 4;
        byte = bytes[++at]!;
      }
    }
    if (at >= to) {
      if (depth === 0 && state === AFTER_VALUE) return { nodes: nodes.subarray(0, used) };
      return { fault: 'truncated', offset: to };
    }

    if (state === AFTER_VALUE) {
      if (depth === 0) return { fault: 'data after the end', offset: at };
      if (byte === COMMA) {
        state = isInArray ? EXPECT_ELEMENT : EXPECT_KEY;
        at++;
        continue;
      }
      if (byte !== (isInArray ? 0x5d : 0x7d)) return { fault: 'comma or end', offset: at };
      at++;
      depth--;
      isInArray = depth > 0 && (stack[depth - 1]! & 1) === 1;
      if (foldedAt === -1 || foldedAt === depth) {
        const open = (stack[depth]! >> 1) * WIDTH;
        nodes[open + 2] = at;
        nodes[open + 3] = used / WIDTH;
        foldedAt = -1;
      }
      continue;
    }

    if (state === EXPECT_FIRST_KEY || state === EXPECT_KEY) {
      if (byte === 0x7d && state === EXPECT_FIRST_KEY) {
        state = AFTER_VALUE;
        continue;
      }
      if (byte !== QUOTE) return { fault: byte === 0x7d ? 'trailing comma' : 'key', offset: at };
    } else if (byte === 0x5d && state === EXPECT_FIRST_ELEMENT) {
      state = AFTER_VALUE;
      continue;
    }

    if (foldedAt === -1 && used + WIDTH > nodes.length) {
      const larger = new Int32Array(nodes.length * 2);
      larger.set(nodes);
      nodes = larger;
    }

    if (byte === QUOTE) {
      const start = at;
      const end = endOfString(bytes, view, at, to);
      if (end < 0) return faultInString(bytes, -end - 1, to);
      at = end >> 1;
      if (foldedAt === -1) {
        nodes[used] = (end & 1) === 1 ? STRING | ESCAPED : STRING;
        nodes[used + 1] = start;
        nodes[used + 2] = at;
        nodes[used + 3] = used / WIDTH + 1;
        used += WIDTH;
      }
      if (state === EXPECT_FIRST_KEY || state === EXPECT_KEY) {
        byte = bytes[at]!;
        while (at < to && (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09))
          byte = bytes[++at]!;
        if (at >= to) return { fault: 'truncated', offset: to };
        if (byte !== 0x3a) return { fault: 'colon', offset: at };
        at++;
        state = EXPECT_VALUE;
      } else if (bytes[at] === COMMA && at < to && depth > 0) {
        // Most strings stand in lists of lines: on to the next at once.
        at++;
        state = isInArray ? EXPECT_ELEMENT : EXPECT_KEY;
      } else {
        state = AFTER_VALUE;
      }
      continue;
    }

    if (byte === 0x7b || byte === 0x5b) {
      if (depth === stack.length) {
        const larger = new Int32Array(depth * 2);
        larger.set(stack);
        stack = larger;
      }
      const isOpenedArray = byte === 0x5b;
      stack[depth] = ((used / WIDTH) << 1) | (isOpenedArray ? 1 : 0);
      if (foldedAt === -1) {
        nodes[used] = isOpenedArray ? ARRAY : OBJECT;
        nodes[used + 1] = at;
        // Cells stand at depth 3 (root, cells, cell), before nbformat 4 at depth 5 (root, worksheets, worksheet, …).
        const isCellMember = isOpenedArray && state === EXPECT_VALUE && (depth === 3 || depth === 5);
        if (foldOutputs && isCellMember && isOutputsKey(bytes, nodes, used)) {
          nodes[used]! |= FOLDED;
          foldedAt = depth;
        }
        used += WIDTH;
      }
      depth++;
      at++;
      isInArray = isOpenedArray;
      state = isOpenedArray ? EXPECT_FIRST_ELEMENT : EXPECT_FIRST_KEY;
      continue;
    }

    const start = at;
    let kind = NUMBER;
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      at = endOfNumber(bytes, at, to);
      if (at < 0)
        return -at - 1 >= to ? { fault: 'truncated', offset: to } : { fault: 'value', offset: start };
    } else {
      const word =
        byte === 0x74
          ? 'true'
          : byte === 0x66
            ? 'false'
            : byte === 0x6e
              ? 'null'
              : byte === 0x4e
                ? 'NaN'
                : byte === 0x49
                  ? 'Infinity'
                  : '';
      if (word === '') {
        const isClosing = byte === 0x5d && state === EXPECT_ELEMENT;
        return { fault: isClosing ? 'trailing comma' : 'value', offset: at };
      }
      for (let i = 0; i < word.length; i++) {
        if (at + i >= to) return { fault: 'truncated', offset: to };
        if (bytes[at + i] !== word.charCodeAt(i)) return { fault: 'value', offset: start };
      }
      at += word.length;
      kind = byte === 0x74 ? TRUE : byte === 0x66 ? FALSE : byte === 0x6e ? NULL : NUMBER;
    }
    if (foldedAt === -1) {
      nodes[used] = kind;
      nodes[used + 1] = start;
      nodes[used + 2] = at;
      nodes[used + 3] = used / WIDTH + 1;
      used += WIDTH;
    }
    state = AFTER_VALUE;
  }
}

/** Whether the key just read, the last node before `used`, is "outputs". */
function isOutputsKey(bytes: Uint8Array, nodes: Int32Array, used: number): boolean {
  const start = nodes[used - WIDTH + 1]!;
  if (nodes[used - WIDTH + 2]! - start !== 9) return false;
  for (let i = 0; i < 7; i++) if (bytes[start + 1 + i] !== 'outputs'.charCodeAt(i)) return false;
  return true;
}

/** The offset after the number that starts at `at`; where there is none, minus the offset of the fault, minus 1. */
function endOfNumber(bytes: Uint8Array, at: number, to: number): number {
  const isDigit = (offset: number): boolean =>
    offset < to && bytes[offset]! >= 0x30 && bytes[offset]! <= 0x39;
  if (bytes[at] === 0x2d) {
    at++;
    if (bytes[at] === 0x49 && at < to) {
      for (let i = 0; i < 8; i++)
        if (bytes[at + i] !== 'Infinity'.charCodeAt(i) || at + i >= to) return -(at + i) - 1;
      return at + 8;
    }
  }
  if (!isDigit(at)) return -at - 1;
  if (bytes[at] === 0x30) at++;
  else while (isDigit(at)) at++;
  if (bytes[at] === 0x2e && at < to) {
    if (!isDigit(++at)) return -at - 1;
    while (isDigit(at)) at++;
  }
  if (at < to && (bytes[at]! | 0x20) === 0x65) {
    at++;
    if (at < to && (bytes[at] === 0x2b || bytes[at] === 0x2d)) at++;
    if (!isDigit(at)) return -at - 1;
    while (isDigit(at)) at++;
  }
  return at;
}
