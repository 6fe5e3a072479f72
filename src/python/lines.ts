/** Reads Python just well enough to tell where logical lines and commands start and end. All offsets are UTF-16. */
import type { Span } from '../text/span.ts';

export interface LogicalLine {
  /** Just after its line break, or the end of the text. */
  readonly end: number;
  /** Where `%magic` or `!command` starts on the right of the line's first `=` outside brackets. */
  readonly assigned?: number;
  /** The line's last token, if that is a `?`. */
  readonly question?: number;
  /** Whether every bracket and string that it opens is closed, and every token is Python's. */
  readonly isClosed: boolean;
}

const blanks = /[ \t\f]*/y;
const restOfLine = /[^\r\n]*/y;
const lineBreak = /\r\n|\n|\r/y;
const word = /[\p{L}\p{N}\p{M}\p{Pc}\p{Nl}]+/uy;
const operator = /\*\*=?|\/\/=?|<<=?|>>=?|->|[-+*/%@&|^=<>!:]=/y;
const stringPrefix = /^(?:[rR]?[bBfFtT]|[bBfFtT][rR]|[rRuU])$/;

/** Reads one logical line: to the line break outside brackets and strings, or to the end of a command assigned from. */
export function readLogicalLine(text: string, from: number): LogicalLine {
  let at = from;
  let depth = 0;
  let isClosed = true;
  let hasAssignment = false;
  let assigned: number | undefined;
  let question: number | undefined;
  let limit = text.length;
  const finish = (end: number): LogicalLine => ({
    end,
    isClosed: isClosed && depth === 0,
    ...(assigned === undefined ? {} : { assigned }),
    ...(question === undefined ? {} : { question }),
  });
  while (at < limit) {
    at = skipSpaces(text, at);
    const unit = text[at];
    if (unit === undefined || at >= limit) break;
    if (unit === '\n' || unit === '\r') {
      at = lineAfter(text, at);
      if (depth === 0) return finish(at);
      continue;
    }
    const token = at;
    question = undefined;
    if (unit === '#') {
      at = lineEnd(text, at);
    } else if (unit === '"' || unit === "'") {
      const end = stringEnd(text, at, '');
      if (end === undefined) isClosed = false;
      if (end === text.length && !isTerminated(text, at, end)) isClosed = false;
      at = end ?? at + 1;
    } else if (unit === '(' || unit === '[' || unit === '{') {
      depth++;
      at++;
    } else if (unit === ')' || unit === ']' || unit === '}') {
      if (depth > 0) depth--;
      else isClosed = false;
      at++;
    } else if ((at = skip(word, text, token)) > token) {
      const quote = text[at];
      if ((quote === '"' || quote === "'") && at - token <= 2) {
        const prefix = text.slice(token, at);
        if (stringPrefix.test(prefix)) {
          const end = stringEnd(text, at, prefix);
          if (end === undefined || (end === text.length && !isTerminated(text, at, end))) isClosed = false;
          at = end ?? at + 1;
        }
      }
    } else if ((at = skip(operator, text, token)) > token) {
      // More than one character: none of them is the `=` of an assignment.
    } else {
      at = token + 1;
      if (unit === '=' && depth === 0 && !hasAssignment) {
        hasAssignment = true;
        assigned = findAssigned(text, token);
        if (assigned !== undefined) limit = joinedEnd(text, assigned);
      } else if (unit === '?') question = token;
      if (unit === '?' || unit === '!' || unit === '$' || unit === '`' || unit === '\\') isClosed = false;
    }
  }
  return finish(limit);
}

/** A piece of text that is read as one: a comment, a string with its prefix, a word, or one other character. */
interface Piece extends Span {
  readonly kind: 'comment' | 'string' | 'word' | 'other';
}

function* piecesOf(text: string): Generator<Piece, void> {
  for (let at = 0; at < text.length;) {
    const start = at;
    const unit = text[at]!;
    let kind: Piece['kind'] = 'other';
    if (unit === '#') {
      at = lineEnd(text, at);
      kind = 'comment';
    } else if ((at = skip(word, text, start)) > start) kind = 'word';
    const isQuote = kind !== 'comment' && (text[at] === '"' || text[at] === "'");
    const prefix = text.slice(start, at);
    if (isQuote && (prefix === '' || stringPrefix.test(prefix))) {
      at = stringEnd(text, at, prefix) ?? at + 1;
      kind = 'string';
    } else if (kind === 'other') at = start + 1;
    yield { kind, start, end: at };
  }
}

/** The comments of a text, without the line breaks that end them. */
export function commentsIn(text: string): Span[] {
  return [...piecesOf(text)]
    .filter(({ kind }) => kind === 'comment')
    .map(({ start, end }) => ({ start, end }));
}

/**
 * The text, as long as before, with blanks for what means nothing inside brackets: line breaks, the backslashes before
 * them, comments. The same text where brackets don't match.
 */
export function joinBracketed(text: string): string {
  const parts: string[] = [];
  const closing: string[] = [];
  for (const { kind, start, end } of piecesOf(text)) {
    const piece = text.slice(start, end);
    const isMeaningless =
      kind === 'comment' || /[\r\n]/.test(piece) || (piece === '\\' && /[\r\n]/.test(text[end] ?? ''));
    if (kind === 'other') {
      const close = brackets.get(piece);
      if (close !== undefined) closing.push(close);
      else if (/[)\]}]/.test(piece) && closing.pop() !== piece) return text;
    }
    const isBlank = closing.length > 0 && kind !== 'string' && isMeaningless;
    parts.push(isBlank ? ' '.repeat(piece.length) : piece);
  }
  return closing.length > 0 ? text : parts.join('');
}

const brackets = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

/** Where the magic starts that the `=` at `equals` assigns from, if that is what it does. */
function findAssigned(text: string, equals: number): number | undefined {
  const first = skipSpaces(text, equals + 1);
  if (text[first] === '%' && text[first + 1] !== '=') {
    const name = skipSpaces(text, first + 1);
    return skip(word, text, name) > name && !/\p{N}/u.test(text[name]!) ? first : undefined;
  }
  if (text[first] !== '!' || text[first + 1] === '=') return undefined;
  // IPython doesn't look for a command when the `=` itself opens its line.
  const lineStart = lineStartOf(text, equals);
  return text.slice(lineStart, equals).trim() === '' ? undefined : first;
}

/**
 * Where the string ends whose first quote is at `quote`: the end of the text for triple quotes that never close,
 * undefined for a quote that its line doesn't close.
 */
function stringEnd(text: string, quote: number, prefix: string): number | undefined {
  const mark = text[quote]!;
  const isTriple = text.startsWith(mark.repeat(3), quote);
  if (/[fFtT]/.test(prefix)) {
    const end = formattedEnd(text, quote, isTriple, /[rR]/.test(prefix), 0);
    if (end !== undefined) return end;
  }
  let at = quote + (isTriple ? 3 : 1);
  while (at < text.length) {
    const unit = text[at]!;
    if (unit === '\\') at += text.startsWith('\r\n', at + 1) ? 3 : 2;
    else if (unit === mark && !isTriple) return at + 1;
    else if (unit === mark && text.startsWith(mark.repeat(3), at)) return at + 3;
    else if (!isTriple && (unit === '\n' || unit === '\r')) return undefined;
    else at++;
  }
  return isTriple ? text.length : undefined;
}

function isTerminated(text: string, quote: number, end: number): boolean {
  const mark = text[quote]!;
  const isTriple = text.startsWith(mark.repeat(3), quote);
  return end >= quote + (isTriple ? 6 : 2) && text.endsWith(isTriple ? mark.repeat(3) : mark);
}

/**
 * Where a formatted string ends, its replacement fields read as expressions, in which Python 3.12 allows the same
 * quotes. Undefined if it can't be read so; then it is read as a plain string.
 */
function formattedEnd(
  text: string,
  quote: number,
  isTriple: boolean,
  isRaw: boolean,
  nesting: number,
): number | undefined {
  const mark = text[quote]!;
  const closing = isTriple ? mark.repeat(3) : mark;
  // What encloses the place: brackets of an expression, `{` a field, `:` a field's format.
  const open: string[] = [];
  let at = quote + closing.length;
  while (at < text.length) {
    const unit = text[at]!;
    const inside = open[open.length - 1];
    if (!isTriple && (unit === '\n' || unit === '\r') && (inside === undefined || inside === ':'))
      return undefined;
    if (inside === undefined || inside === ':') {
      if (text.startsWith(closing, at)) return inside === undefined ? at + closing.length : undefined;
      if (unit === '\\') at += isRaw && /[{}]/.test(text[at + 1] ?? '') ? 1 : 2;
      else if (unit === '{' && text[at + 1] === '{' && inside === undefined) at += 2;
      else {
        if (unit === '{') open.push('{');
        else if (unit === '}' && inside === ':') open.splice(-2);
        at++;
      }
    } else if (unit === '"' || unit === "'") {
      const prefix = /[A-Za-z]{0,2}$/.exec(text.slice(Math.max(0, at - 2), at))![0];
      if (nesting > 4) return undefined;
      const nested = text.startsWith(unit.repeat(3), at);
      const end = /[fFtT]/.test(prefix)
        ? formattedEnd(text, at, nested, /[rR]/.test(prefix), nesting + 1)
        : stringEnd(text, at, '');
      if (end === undefined || end === text.length) return undefined;
      at = end;
    } else {
      if (unit === '(' || unit === '[' || unit === '{') open.push(unit === '{' ? 'dict' : unit);
      else if (unit === ')' || unit === ']' || unit === '}') open.pop();
      else if (unit === ':' && inside === '{') open.push(':');
      else if (unit === '#') return undefined;
      at++;
    }
  }
  return undefined;
}

/** The offset after the match of the sticky `pattern` at `at`, or `at`. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

export function skipBlanks(text: string, at: number): number {
  return skip(blanks, text, at);
}

/** Where the next logical line's first token stands: after blanks, empty lines and lines of comment. */
export function skipEmptyLines(text: string, at: number): number {
  for (;;) {
    at = skipSpaces(text, at);
    const unit = text[at];
    if (unit === '#') at = lineEnd(text, at);
    else if (unit === '\n' || unit === '\r') at++;
    else return at;
  }
}

/** After blanks and backslashes that join the next line. */
function skipSpaces(text: string, at: number): number {
  for (;;) {
    at = skip(blanks, text, at);
    if (text[at] !== '\\' || (text[at + 1] !== '\n' && text[at + 1] !== '\r')) return at;
    at += text.startsWith('\r\n', at + 1) ? 3 : 2;
  }
}

export function lineStartOf(text: string, at: number): number {
  while (at > 0 && text[at - 1] !== '\n' && text[at - 1] !== '\r') at--;
  return at;
}

/** The offset of the line break that ends the line at `at`, or the end of the text. */
export function lineEnd(text: string, at: number): number {
  return skip(restOfLine, text, at);
}

/** The offset just after that line break. */
export function lineAfter(text: string, at: number): number {
  return skip(lineBreak, text, lineEnd(text, at));
}

/** Where a command ends that starts at `at`, blanks at its end left out. */
export function commandEnd(text: string, at: number): number {
  let end = joinedEnd(text, at);
  while (end > at && /[ \t\f]/.test(text[end - 1]!)) end--;
  return end;
}

/** The end of the line at `at`, to which a backslash before a line feed joins the next one. */
export function joinedEnd(text: string, at: number): number {
  let end = lineEnd(text, at);
  while (text[end - 1] === '\\' && text[end] === '\n' && end + 1 < text.length) end = lineEnd(text, end + 1);
  return end;
}
