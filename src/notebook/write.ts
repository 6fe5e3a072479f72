/** Turns changes of cells into edits of the notebook's text: only the source lines that a change touches are written anew. */
import { createHash } from 'node:crypto';
import { applyEdits, sortEdits, type Edit } from '../text/edit.ts';
import { oncePer } from '../text/once.ts';
import { contains, type Span } from '../text/span.ts';
import {
  decodeString,
  elementsOf,
  isString,
  membersOf,
  spanOf,
  type JsonDocument,
  type JsonNode,
} from './json.ts';
import type { Cell, Notebook } from './notebook.ts';
import { findCellLists, findSource } from './read.ts';
import { removeRuns } from './strip.ts';

export type CellChange =
  /** Edit the source of one cell; the edits refer to `Cell.source`. */
  | { readonly kind: 'edit'; readonly cell: number; readonly edits: readonly Edit[] }
  | { readonly kind: 'remove'; readonly cell: number }
  /** A new code cell before the cell of that index, or at the end: `cells.length + 1`. */
  | {
      readonly kind: 'insert';
      readonly before: number;
      readonly source: string;
      readonly tags: readonly string[];
    };

/**
 * The edits of `notebook.text` that make the changes. Indexes and offsets refer to the notebook as it is. The text
 * after them parses, each edited cell decodes to exactly its edited source, and whatever is not edited keeps its bytes.
 * Edits of a cell that is also removed are dropped.
 * @param notebook of nbformat 4: older ones are stripped, and never changed otherwise
 * @throws RangeError on a cell that is not there, on overlapping edits, or on a change of an older notebook
 */
export function notebookEdits(notebook: Notebook, changes: readonly CellChange[]): Edit[] {
  if (notebook.nbformat < 4 && changes.length > 0)
    throw new RangeError(`${notebook.path} is of nbformat ${notebook.nbformat}`);
  const removed = new Set<number>();
  const edited = new Map<number, Edit[]>();
  const inserted = new Map<number, { source: string; tags: readonly string[] }[]>();
  for (const change of changes) {
    const index = change.kind === 'insert' ? change.before : change.cell;
    const last = notebook.cells.length + (change.kind === 'insert' ? 1 : 0);
    if (index < 1 || index > last) throw new RangeError(`there is no cell ${index} in ${notebook.path}`);
    if (change.kind === 'remove') removed.add(index);
    else if (change.kind === 'edit') edited.set(index, [...(edited.get(index) ?? []), ...change.edits]);
    else inserted.set(index, [...(inserted.get(index) ?? []), change]);
  }
  const edits: Edit[] = [];
  for (const [index, cellEdits] of edited) {
    if (!removed.has(index)) edits.push(...sourceEdits(notebook, notebook.cells[index - 1]!, cellEdits));
  }
  const taken = new Set(notebook.cells.flatMap((cell) => (cell.id === undefined ? [] : [cell.id])));
  const rendered = new Map<number, string[]>();
  for (const [index, cells] of [...inserted].sort(([a], [b]) => a - b)) {
    rendered.set(
      index,
      cells.map((cell) => renderCell(notebook, index, cell, taken)),
    );
  }
  if (removed.size > 0 || inserted.size > 0) edits.push(...listEdits(notebook, removed, rendered));
  return sortEdits(edits);
}

/**
 * Both sets of edits of one text as one. Where `minor` has edits within a span that `major` replaces, those are
 * dropped: what is replaced need not be changed first.
 */
export function combineEdits(major: readonly Edit[], minor: readonly Edit[]): Edit[] {
  const replaced = sortEdits(major).filter(({ span }) => span.start < span.end);
  let next = 0;
  const kept = sortEdits(minor).filter(({ span }) => {
    while (next < replaced.length && replaced[next]!.span.end < span.end) next++;
    return next === replaced.length || !contains(replaced[next]!.span, span);
  });
  return sortEdits([...major, ...kept]);
}

/** A stretch of a cell's source that is written as a whole: an element of the list, or a line of the single string. */
interface Piece {
  readonly text: string;
  /** In the notebook's text: the literal with its quotes, or the part of the literal that is this line. */
  readonly span: Span;
}

/** Neighbouring pieces that edits touch, and what they become. */
interface Group {
  readonly first: number;
  /** Inclusive; `first - 1` where there is no piece at all. */
  readonly last: number;
  /** Over the source of the cell. */
  readonly edits: readonly Edit[];
}

function sourceEdits(notebook: Notebook, cell: Cell, edits: readonly Edit[]): Edit[] {
  const { json, text } = notebook;
  if (edits.length === 0) return [];
  const node = findSource(json, cell.node);
  if (node === undefined) return [addSource(notebook, cell, applyEdits('', edits))];
  const listSpan = spanOf(json, node);
  if (isString(json, node)) {
    const pieces = piecesOfString(text, listSpan);
    return groupTouched(pieces, edits).flatMap((group) => writeGroup(notebook, pieces, group, undefined));
  }
  const style = listStyle(notebook, cell.node, node);
  const pieces = stringElements(json, node).map((element) => ({
    text: decodeString(json, element),
    span: spanOf(json, element),
  }));
  return groupTouched(pieces, edits).flatMap((group) => writeGroup(notebook, pieces, group, style));
}

/** For a cell that lacks its source, which reads as an empty one: the key, before the others. */
function addSource(notebook: Notebook, cell: Cell, source: string): Edit {
  const layout = layoutOf(notebook, cell.node);
  const isAscii = writesAscii(notebook, []);
  const value = writeValue(splitLines(source), layout.indent, layout, isAscii);
  const start = spanOf(notebook.json, membersOf(notebook.json, cell.node)[0]!.key).start;
  const separator = layout.comma + layout.lineEnd + layout.indent;
  return { span: { start, end: start }, text: encode('source', isAscii) + layout.colon + value + separator };
}

function stringElements(json: JsonDocument, list: JsonNode): JsonNode[] {
  return elementsOf(json, list).filter((element) => isString(json, element));
}

/** The lines of a string literal; the first starts after the opening quote, the last ends before the closing one. */
function piecesOfString(text: string, literal: Span): Piece[] {
  const pieces: Piece[] = [];
  const end = literal.end - 1;
  let start = literal.start + 1;
  const push = (to: number): void => {
    pieces.push({ text: JSON.parse(`"${text.slice(start, to)}"`) as string, span: { start, end: to } });
    start = to;
  };
  for (let at = text.indexOf('\\', start); at !== -1 && at < end; at = text.indexOf('\\', at)) {
    const isUnicode = text[at + 1] === 'u';
    const isLineEnd = isUnicode ? /^000a$/i.test(text.slice(at + 2, at + 6)) : text[at + 1] === 'n';
    at += isUnicode ? 6 : 2;
    if (isLineEnd) push(at);
  }
  if (start < end || pieces.length === 0) push(end);
  return pieces;
}

/** Which pieces the edits touch. Groups stand apart: between two there is a piece that no edit touches. */
function groupTouched(pieces: readonly Piece[], edits: readonly Edit[]): Group[] {
  const starts: number[] = [];
  let length = 0;
  for (const piece of pieces) {
    starts.push(length);
    length += piece.text.length;
  }
  const pieceAt = (offset: number): number => {
    let index = pieces.length - 1;
    while (index > 0 && starts[index]! > offset) index--;
    return index;
  };
  const groups: Group[] = [];
  for (const edit of sortEdits(edits)) {
    const { start, end } = edit.span;
    if (start < 0 || end > length || end < start) {
      throw new RangeError(`edit outside the source: ${start}-${end} of ${length}`);
    }
    const first = Math.max(0, pieceAt(start));
    const last = start === end ? pieceAt(start) : pieceAt(end - 1);
    pushGroup(groups, { first, last, edits: [edit] });
  }
  const finished: Group[] = [];
  for (let i = 0; i < groups.length; i++) {
    let group = groups[i]!;
    // Where a line end went, the next line joins this one.
    while (
      group.last < pieces.length - 1 &&
      pieces[group.last]!.text.endsWith('\n') &&
      /[^\n]$/.test(editedText(pieces, group))
    ) {
      group = { ...group, last: group.last + 1 };
      const next = groups[i + 1];
      if (next !== undefined && next.first <= group.last + 1) {
        group = { ...group, last: Math.max(group.last, next.last), edits: [...group.edits, ...next.edits] };
        i++;
      }
    }
    pushGroup(finished, group);
  }
  return finished;
}

function pushGroup(groups: Group[], group: Group): void {
  const before = groups.at(-1);
  if (before === undefined || group.first > before.last + 1) groups.push(group);
  else {
    const last = Math.max(before.last, group.last);
    groups[groups.length - 1] = { first: before.first, last, edits: [...before.edits, ...group.edits] };
  }
}

function editedText(pieces: readonly Piece[], group: Group): string {
  let start = 0;
  for (let i = 0; i < group.first; i++) start += pieces[i]!.text.length;
  const text = pieces
    .slice(group.first, group.last + 1)
    .map((piece) => piece.text)
    .join('');
  const edits = group.edits.map((edit) => ({
    span: { start: edit.span.start - start, end: edit.span.end - start },
    text: edit.text,
  }));
  return applyEdits(text, edits);
}

/** Finds for one line after the other the first piece that says it, behind those found before. */
function openReuse(pieces: readonly Piece[]): (line: string) => Piece | undefined {
  /** By what they say, from the last to the first. */
  const places = new Map<string, number[]>();
  for (let i = pieces.length - 1; i >= 0; i--) {
    const known = places.get(pieces[i]!.text);
    if (known === undefined) places.set(pieces[i]!.text, [i]);
    else known.push(i);
  }
  let next = 0;
  return (line) => {
    const candidates = places.get(line) ?? [];
    while (candidates.length > 0 && candidates.at(-1)! < next) candidates.pop();
    const found = candidates.pop();
    if (found === undefined) return undefined;
    next = found + 1;
    return pieces[found];
  };
}

/** The edit that writes a group anew, without the pieces at its ends that stay what they are; none if all do. */
function writeGroup(
  notebook: Notebook,
  pieces: readonly Piece[],
  group: Group,
  list: ListStyle | undefined,
): Edit[] {
  const { text } = notebook;
  const whole = splitLines(editedText(pieces, group));
  let { first, last } = group;
  let start = 0;
  let end = whole.length;
  while (first <= last && start < end && whole[start] === pieces[first]!.text) {
    start++;
    first++;
  }
  while (first <= last && start < end && whole[end - 1] === pieces[last]!.text) {
    end--;
    last--;
  }
  const lines = whole.slice(start, end);
  if (first > last && lines.length === 0) return [];
  const old = pieces.slice(first, last + 1);
  const isAscii = writesAscii(notebook, old);
  // A line that an edit only moved past keeps its literal, odd escapes included.
  const reuse = openReuse(old);
  const bodies = lines.map((line) => {
    const piece = reuse(line);
    if (piece !== undefined) return text.slice(piece.span.start, piece.span.end);
    return list === undefined ? encode(line, isAscii).slice(1, -1) : encode(line, isAscii);
  });
  const before = pieces[first - 1]?.span;
  const after = pieces[last + 1]?.span;
  if (list === undefined) {
    const start = old[0]?.span.start ?? before?.end ?? after!.start;
    return [{ span: { start, end: old.at(-1)?.span.end ?? start }, text: bodies.join('') }];
  }
  if (bodies.length > 0 && old.length > 0) {
    return [
      { span: { start: old[0]!.span.start, end: old.at(-1)!.span.end }, text: bodies.join(list.separator) },
    ];
  }
  if (bodies.length > 0) {
    const inner = bodies.join(list.separator);
    if (before !== undefined) {
      return [{ span: { start: before.end, end: before.end }, text: list.separator + inner }];
    }
    if (after !== undefined) {
      return [{ span: { start: after.start, end: after.start }, text: inner + list.separator }];
    }
    return [{ span: list.span, text: `[${list.open}${inner}${list.close}]` }];
  }
  const spans = pieces.map((piece) => piece.span);
  return removeRuns(spans, (at) => at >= first && at <= last, list.span, '[]');
}

/** Lines with their ends, which are `\n` only: that is how Jupyter splits a source. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A JSON string as Python's json module writes it, with `ensure_ascii` or without. */
function encode(text: string, isAscii: boolean): string {
  const literal = JSON.stringify(text);
  if (!isAscii) return literal;
  return literal.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether characters beyond ASCII are written as escapes: as in the lines replaced, else as in the whole file. */
function writesAscii(notebook: Notebook, pieces: readonly Piece[]): boolean {
  const raw = pieces.map(({ span }) => notebook.text.slice(span.start, span.end)).join('');
  return escapesIn(raw) ?? escapesInFile(notebook) ?? false;
}

/** Whether characters beyond ASCII are escaped in a part of a notebook's text; nothing where there are none. */
function escapesIn(raw: string): boolean | undefined {
  if (/[^\x00-\x7f]/.test(raw)) return false;
  return /(?<!\\)(?:\\\\)*\\u(?!00[0-7])(?!d[89a-f])[0-9a-f]{4}/i.test(raw) ? true : undefined;
}

const escapesInFile = oncePer(({ text }: Notebook) => escapesIn(text));

interface ListStyle {
  readonly span: Span;
  /** White space after the opening bracket, between elements (with the comma), and before the closing bracket. */
  readonly open: string;
  readonly separator: string;
  readonly close: string;
}

/** How a list in `owner` is laid out; where it is empty, how it would be. */
function listStyle(notebook: Notebook, owner: JsonNode, list: JsonNode): ListStyle {
  const { json, text } = notebook;
  const span = spanOf(json, list);
  const spans = elementsOf(json, list).map((element) => spanOf(json, element));
  const layout = layoutOf(notebook, owner);
  const inner = layout.lineEnd === '' ? '' : layout.lineEnd + layout.indent + layout.unit;
  const outer = layout.lineEnd === '' ? '' : layout.lineEnd + layout.indent;
  if (spans.length === 0) return { span, open: inner, separator: layout.comma + inner, close: outer };
  const open = text.slice(span.start + 1, spans[0]!.start);
  const close = text.slice(spans.at(-1)!.end, span.end - 1);
  const separator =
    spans.length > 1
      ? text.slice(spans[0]!.end, spans[1]!.start)
      : open.includes('\n')
        ? `,${open}`
        : layout.comma === ','
          ? layout.lineEnd === ''
            ? ','
            : ', '
          : layout.comma;
  return { span, open, separator, close };
}

/** How an object of the file is laid out. */
interface Layout {
  /** What ends a line, or empty where the object stands on one line. */
  readonly lineEnd: string;
  /** The white space before its keys. */
  readonly indent: string;
  /** By how much its values are indented more than the keys. */
  readonly unit: string;
  /** The comma between its members, with the space after it where they stand on one line. */
  readonly comma: string;
  readonly colon: string;
}

function layoutOf({ json, text }: Notebook, object: JsonNode): Layout {
  const members = membersOf(json, object);
  const [first, second] = members;
  if (first === undefined) return { lineEnd: '', indent: '', unit: '', comma: ', ', colon: ': ' };
  const open = spanOf(json, object).start;
  const colon = text.slice(spanOf(json, first.key).end, spanOf(json, first.value).start);
  const lead = text.slice(open + 1, spanOf(json, first.key).start);
  if (!lead.includes('\n')) {
    const comma =
      second === undefined ? ', ' : text.slice(spanOf(json, first.value).end, spanOf(json, second.key).start);
    return { lineEnd: '', indent: '', unit: '', comma, colon };
  }
  const indent = lead.slice(lead.lastIndexOf('\n') + 1);
  const lineStart = text.lastIndexOf('\n', open) + 1;
  const outer = /^[ \t]*/.exec(text.slice(lineStart, open))![0];
  const unit = indent.startsWith(outer) && indent.length > outer.length ? indent.slice(outer.length) : ' ';
  return { lineEnd: lead.includes('\r\n') ? '\r\n' : '\n', indent, unit, comma: ',', colon };
}

/** The edits that take cells out of their lists and put rendered cells in. */
function listEdits(
  notebook: Notebook,
  removed: ReadonlySet<number>,
  inserted: ReadonlyMap<number, readonly string[]>,
): Edit[] {
  const { json } = notebook;
  const edits: Edit[] = [];
  let firstIndex = 1;
  const lists = findCellLists(json);
  for (const [i, list] of lists.entries()) {
    const spans = elementsOf(json, list).map((cell) => spanOf(json, cell));
    const isGone = (at: number): boolean => removed.has(firstIndex + at);
    const newAt = (at: number): readonly string[] =>
      at < spans.length || i === lists.length - 1 ? (inserted.get(firstIndex + at) ?? []) : [];
    const style = listStyle(notebook, 0, list);
    const kept = spans.filter((_, at) => !isGone(at));
    const firstKept = kept[0];
    if (firstKept === undefined) {
      const cells = Array.from({ length: spans.length + 1 }, (_, at) => newAt(at)).flat();
      if (cells.length > 0 || spans.length > 0) {
        const { open, separator, close } = style;
        const inner = cells.length === 0 ? '' : open + cells.join(separator) + close;
        edits.push({ span: style.span, text: `[${inner}]` });
      }
      firstIndex += spans.length;
      continue;
    }
    let before: Span | undefined;
    for (let at = 0; at <= spans.length; at++) {
      const cells = newAt(at);
      if (cells.length > 0) {
        const inner = cells.join(style.separator);
        edits.push(
          before === undefined
            ? { span: { start: firstKept.start, end: firstKept.start }, text: inner + style.separator }
            : { span: { start: before.end, end: before.end }, text: style.separator + inner },
        );
      }
      const span = spans[at];
      if (span === undefined) break;
      if (!isGone(at)) before = span;
    }
    edits.push(...removeRuns(spans, isGone, style.span, '[]'));
    firstIndex += spans.length;
  }
  return edits;
}

/** A new code cell as Jupyter would write it, laid out and ordered like the nearest code cell. */
function renderCell(
  notebook: Notebook,
  before: number,
  { source, tags }: { readonly source: string; readonly tags: readonly string[] },
  taken: Set<string>,
): string {
  const { json, cells, nbformat, nbformatMinor } = notebook;
  const byDistance = [...cells].sort((a, b) => Math.abs(a.index - before) - Math.abs(b.index - before));
  const model = byDistance.find((cell) => cell.kind === 'code') ?? byDistance[0];
  const sourceNode = model === undefined ? undefined : findSource(json, model.node);
  const lines = isString(json, sourceNode) ? source : splitLines(source);
  const metadata = tags.length === 0 ? {} : { tags };
  const hasId = nbformat > 4 || (nbformat === 4 && (nbformatMinor >= 5 || model?.id !== undefined));
  const members: Record<string, unknown> = {
    cell_type: 'code',
    execution_count: null,
    ...(hasId ? { id: makeId(source, before, taken) } : {}),
    metadata,
    outputs: [],
    source: lines,
  };
  const names = Object.keys(members);
  const order =
    model?.kind === 'code' ? membersOf(json, model.node).map(({ key }) => decodeString(json, key)) : [];
  const sorted = [...new Set([...order.filter((name) => names.includes(name)), ...names])];
  const layout = model === undefined ? emptyListLayout(notebook) : layoutOf(notebook, model.node);
  const isAscii = writesAscii(notebook, []);
  const ordered = Object.fromEntries(sorted.map((name) => [name, members[name]]));
  const outer =
    layout.lineEnd === '' || !layout.indent.endsWith(layout.unit)
      ? ''
      : layout.indent.slice(0, layout.indent.length - layout.unit.length);
  return writeValue(ordered, outer, layout, isAscii);
}

/** The layout of a cell in a notebook that has none: the root's, two levels in. */
function emptyListLayout(notebook: Notebook): Layout {
  const layout = layoutOf(notebook, 0);
  return { ...layout, indent: layout.indent + layout.unit + layout.unit };
}

function writeValue(value: unknown, outer: string, layout: Layout, isAscii: boolean): string {
  if (typeof value === 'string') return encode(value, isAscii);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = layout.lineEnd === '' ? '' : outer + layout.unit;
  const parts = Array.isArray(value)
    ? value.map((element) => writeValue(element, inner, layout, isAscii))
    : Object.entries(value).map(
        ([name, member]) => encode(name, isAscii) + layout.colon + writeValue(member, inner, layout, isAscii),
      );
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (parts.length === 0) return `${open}${close}`;
  const lead = layout.lineEnd === '' ? '' : layout.lineEnd + inner;
  const tail = layout.lineEnd === '' ? '' : layout.lineEnd + outer;
  return `${open}${lead}${parts.join(layout.comma + lead)}${tail}${close}`;
}

/** An id as nbformat 4.5 wants it: the same for the same source at the same place, unlike every other. */
function makeId(source: string, before: number, taken: Set<string>): string {
  for (let attempt = 0; ; attempt++) {
    const id = createHash('sha256').update(`${before}\n${attempt}\n${source}`).digest('hex').slice(0, 8);
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}
