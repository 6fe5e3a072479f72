/** Turns a notebook into a program: for each code cell its magics and its top-level statements. */
import type { Cell } from '../notebook/notebook.ts';
import { detach } from '../text/detach.ts';
import type { Span } from '../text/span.ts';
import type { Magic } from './magic.ts';
import { maskMagics, type Masked } from './mask.ts';
import { parse } from './parse.ts';
import type { SyntaxFault, SyntaxNode } from './syntax.ts';

/** What a program is made from: a notebook, or a module taken as a notebook of one cell. */
export interface CodeSource {
  readonly path: string;
  /** The Python 3 that is known to run it, by its minor number. */
  readonly python?: number | undefined;
  readonly cells: readonly (Pick<Cell, 'index' | 'kind' | 'source' | 'tags'> & {
    /** Whether an error is known to be among its outputs. */
    readonly hasError?: boolean;
  })[];
}

/**
 * One top-level statement of a code cell: the unit that moves. The same object wherever its cell is pasted. All offsets
 * are UTF-16, in the cell's source.
 */
export interface Statement {
  readonly node: SyntaxNode;
  /** With its decorators, the comments that lead it, and the comment that ends its last line. */
  readonly span: Span;
  /** From its first token to its last. */
  readonly code: Span;
  /** Whether another statement stands on one of its lines, joined by `;`. */
  readonly isJoined: boolean;
  /** The magics inside it. */
  readonly magics: readonly Magic[];
}

/** What a cell's source says. The same object for each cell with this source, as long as it is remembered. */
export interface Reading {
  readonly source: string;
  readonly masked: Masked;
  /** Why CPython would refuse the cell; its statements are then a guess and none of them moves. */
  readonly fault?: SyntaxFault;
  readonly statements: readonly Statement[];
}

export interface CellProgram {
  readonly cell: CodeSource['cells'][number];
  readonly reading: Reading;
}

export interface Program {
  readonly source: CodeSource;
  /** The code cells that hold Python, in order. */
  readonly cells: readonly CellProgram[];
}

/** Parses each code cell by itself. The grammar must have been loaded (`loadParser`). */
export function parseProgram({ path, python, cells }: CodeSource): Program {
  const programs: CellProgram[] = [];
  const kept = cells.map((cell) => {
    if (cell.kind !== 'code') return cell;
    const reading = recall(cell.source);
    // One string for all copies.
    const own = { ...cell, source: reading.source };
    programs.push({ cell: own, reading });
    return own;
  });
  return { source: { path, python, cells: kept }, cells: programs };
}

/** The cells read lately, and those before them: the same cells are pasted into one notebook after the other. */
let recent = new Map<string, Reading>();
let older = new Map<string, Reading>();
/** Of the recent ones, in UTF-16 units; a tree takes some fifty times its text. */
const mostRecent = 400_000;
let length = 0;

function recall(source: string): Reading {
  const known = recent.get(source);
  if (known !== undefined) return known;
  const reading = older.get(source) ?? readCell(source);
  if (length > mostRecent) {
    older = recent;
    recent = new Map();
    length = 0;
  }
  length += source.length;
  recent.set(reading.source, reading);
  return reading;
}

function readCell(part: string): Reading {
  const source = detach(part);
  const masked = maskMagics(source);
  const { module, fault } = parse(masked.text);
  const statements = module.children.map((node, i) => {
    const before = module.children[i - 1];
    const after = module.children[i + 1];
    const span = spanOf(node, masked.text, before?.end ?? 0, after?.start ?? masked.text.length);
    const isFirst = before === undefined || masked.text.slice(before.end, node.start).includes('\n');
    const isLast = after === undefined || masked.text.slice(node.end, after.start).includes('\n');
    const magics = masked.magics.filter(({ span: { start, end } }) => start < node.end && node.start < end);
    // A magic is masked by something shorter than itself.
    const end = Math.max(node.end, ...magics.map((magic) => magic.span.end));
    return {
      node,
      // Of several on a line the first has the comments that lead it, and the last the one that ends it.
      span: { start: isFirst ? span.start : node.start, end: isLast ? Math.max(span.end, end) : end },
      code: { start: node.start, end },
      isJoined: !isFirst || !isLast,
      magics,
    };
  });
  return { source, masked, statements, ...(fault !== undefined && { fault }) };
}

/**
 * The statement with the comment lines directly above it, the comment at the end of its last line, and, below a
 * definition, the indented comments that still belong to its body.
 */
function spanOf(node: SyntaxNode, text: string, earliest: number, latest: number): Span {
  let start = node.start;
  while (start > earliest) {
    const lineStart = text.lastIndexOf('\n', start - 2) + 1;
    if (start < 2 || lineStart < earliest || text[start - 1] !== '\n') break;
    // A comment that ends the line of the statement before is not on a line of its own; an indented one may be of its
    // body, if there is a statement before.
    if (!(earliest === 0 ? /^[ \t\f]*#/ : /^#/).test(text.slice(lineStart, start))) break;
    start = lineStart;
  }
  let end = endOfLine(text, node.end);
  if (!/^[ \t\f]*(;[ \t\f]*)?#/.test(text.slice(node.end, end))) end = node.end;
  if (/definition$/.test(node.type)) {
    let next = endOfLine(text, end);
    for (;;) {
      const match = /^\r?\n(?:[ \t]*\r?\n)*[ \t]+#[^\n]*/.exec(text.slice(next, latest));
      if (match === null) break;
      next += match[0].replace(/\r$/, '').length;
      end = next;
    }
  }
  return { start, end };
}

function endOfLine(text: string, offset: number): number {
  const next = text.indexOf('\n', offset);
  if (next === -1) return text.length;
  return text[next - 1] === '\r' && next > offset ? next - 1 : next;
}
