/** Turns a notebook into a program: for each code cell its magics and its top-level statements. */
import type { Cell } from '../notebook/notebook.ts';
import type { Span } from '../text/span.ts';
import { maskMagics, type Magic, type Masked } from './magic.ts';
import { parse } from './parse.ts';
import type { SyntaxFault, SyntaxNode } from './syntax.ts';

/** What a program is made from: a notebook, or a module taken as a notebook of one cell. */
export interface CodeSource {
  readonly path: string;
  readonly cells: readonly (Pick<Cell, 'index' | 'kind' | 'source' | 'tags'> & {
    /** Whether an error is known to be among its outputs. */
    readonly hasError?: boolean;
  })[];
}

/** One top-level statement of a code cell: the unit that moves. All offsets are UTF-16, in the cell's source. */
export interface Statement {
  /** Its place in `Program.statements`. */
  readonly id: number;
  /** 1-based, over all cells. */
  readonly cell: number;
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

export interface CellProgram {
  readonly cell: CodeSource['cells'][number];
  readonly masked: Masked;
  /** Why CPython would refuse the cell; its statements are then a guess and none of them moves. */
  readonly fault?: SyntaxFault;
  readonly statements: readonly Statement[];
}

export interface Program {
  readonly source: CodeSource;
  /** The code cells that hold Python, in order. */
  readonly cells: readonly CellProgram[];
  readonly statements: readonly Statement[];
}

/** What a cell holds wherever it stands. */
interface Reading {
  readonly masked: Masked;
  readonly fault?: SyntaxFault;
  readonly statements: readonly Omit<Statement, 'id' | 'cell'>[];
}

/** Parses each code cell by itself. The grammar must have been loaded (`loadParser`). */
export function parseProgram(source: CodeSource): Program {
  const cells: CellProgram[] = [];
  const statements: Statement[] = [];
  for (const cell of source.cells) {
    if (cell.kind !== 'code') continue;
    const reading = recall(cell.source);
    const own = reading.statements.map((statement, i): Statement => ({
      ...statement,
      id: statements.length + i,
      cell: cell.index,
    }));
    statements.push(...own);
    cells.push({ ...reading, cell, statements: own });
  }
  return { source, cells, statements };
}

/** The cells read last, the latest at the end: the same cells are pasted into one notebook after the other. */
const recent = new Map<string, Reading>();
/** Of the cells kept, in UTF-16 units; a tree takes some fifty times its text. */
const mostKept = 500_000;
let kept = 0;

function recall(source: string): Reading {
  const known = recent.get(source);
  if (known === undefined) kept += source.length;
  else recent.delete(source);
  const reading = known ?? readCell(source);
  recent.set(source, reading);
  for (const oldest of recent.keys()) {
    if (kept <= mostKept) break;
    recent.delete(oldest);
    kept -= oldest.length;
  }
  return reading;
}

function readCell(source: string): Reading {
  const masked = maskMagics(source);
  const { module, fault } = parse(masked.text);
  const statements = module.children.map((node, i) => {
    const before = module.children[i - 1];
    const after = module.children[i + 1];
    const span = spanOf(node, masked.text, before?.end ?? 0, after?.start ?? masked.text.length);
    const isJoined =
      (before !== undefined && !masked.text.slice(before.end, node.start).includes('\n')) ||
      (after !== undefined && !masked.text.slice(node.end, after.start).includes('\n'));
    const magics = masked.magics.filter(({ span: { start, end } }) => start < node.end && node.start < end);
    // A magic is masked by something shorter than itself.
    const end = Math.max(node.end, ...magics.map((magic) => magic.span.end));
    return {
      node,
      span: isJoined ? { start: node.start, end } : { start: span.start, end: Math.max(span.end, end) },
      code: { start: node.start, end },
      isJoined,
      magics,
    };
  });
  return { masked, statements, ...(fault !== undefined && { fault }) };
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
    // A comment that ends the line of the statement before is not on a line of its own.
    if (!/^#/.test(text.slice(lineStart, start))) break;
    start = lineStart;
  }
  let end = endOfLine(text, node.end);
  if (text.slice(node.end, end).trimStart().startsWith('#') === false) end = node.end;
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
