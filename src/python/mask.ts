/** Turns a cell's IPython source into Python of the same length, and a list of the magics that stood there. */
import type { Span } from '../text/span.ts';
import {
  commandEnd,
  joinedEnd,
  lineAfter,
  lineEnd,
  lineStartOf,
  readLogicalLine,
  skipBlanks,
  skipEmptyLines,
} from './lines.ts';
import {
  bodyOf,
  effectsOfCell,
  effectsOfLine,
  identifiersIn,
  isAutomagicLine,
  isAutomagicName,
  isHarmlessCommand,
  statementOptions,
  withoutFlags,
  type Effects,
  type Magic,
  type MagicKind,
} from './magic.ts';

export interface Masked {
  /** As long as the source, with every line break at the same offset; what is left is Python. */
  readonly text: string;
  /** In the order in which they stand. */
  readonly magics: readonly Magic[];
  /**
   * What IPython takes away at the head of lines before it reads a cell: the first line's indentation, and prompts
   * (`>>> `, `In [1]: `). In `text` these are form feeds, which set Python's (and tree-sitter's) column back to
   * nought. Code that leaves such a cell has to leave them behind. Empty for nearly every cell.
   */
  readonly removed: readonly Span[];
}

/**
 * Masks what is IPython and not Python in the source of one code cell, by the rules of IPython 8's input transformer
 * (`IPython/core/inputtransformer2.py`) and, for automagic, of its prefilter.
 *
 * An opaque magic becomes the statement `0` at its own indentation, followed by blanks; `x = !ls` becomes `x = 0`.
 * `%time x = f()` keeps its statement: `0;    x = f()`. The first line of a cell magic whose body runs in the
 * namespace becomes blank, the body is masked as a cell of its own; any other cell magic turns the whole cell into
 * `0` and blanks.
 */
export function maskMagics(source: string): Masked {
  if (!mayHoldMagic(source)) return { text: source, magics: [], removed: [] };
  const masking: Masking = { source, units: source.split(''), magics: [], removed: [] };
  maskCell(masking, 0);
  return { text: masking.units.join(''), magics: masking.magics, removed: masking.removed };
}

interface Masking {
  readonly source: string;
  /** The text to be, one element for each UTF-16 unit. */
  readonly units: string[];
  readonly magics: Magic[];
  readonly removed: Span[];
}

/** Writes `head` at `start` and blanks from there to `end`. Line breaks stay. */
function overwrite(
  masking: Masking,
  start: number,
  end: number,
  head: string,
  blank: ' ' | '\f' = ' ',
): void {
  for (let at = start; at < end; at++) {
    const unit = masking.units[at]!;
    if (unit !== '\n' && unit !== '\r') masking.units[at] = head[at - start] ?? blank;
  }
}

// A magic opens a line or follows an `=`; help ends a line. An indented first line, prompts and bare magics too
// need a closer look. Nearly all cells have none of these, and are done here.
const escapes =
  /^[ \t\f]*[%!?,;/]|=(?:[ \t\f]|\\\r?\n)*[%!]|\?[ \t]*$|^(?:>>>|\.\.\.|(?:\[(?:nav|ins)\] )?In \[\d+\]: |[ \t]*\.{3,}:)/m;
const bareWord =
  /^[ \t\f]*([a-z][a-z0-9_]*)[ \t]+(?!(?:if|in|is|or|and|not|else|for)\b)(?=[\w"'~$!{\\]|\.[./\w]|\.$|[-/*])/gm;

function mayHoldMagic(source: string): boolean {
  if (escapes.test(source)) return true;
  for (const match of source.matchAll(bareWord)) if (isAutomagicName(match[1]!)) return true;
  const first = source.search(/\S/);
  return /[ \t]/.test(source[first - 1] ?? '') || /[^ \t\f\r\n]/.test(source.slice(0, Math.max(first, 0)));
}

/** Masks `source` from `from` to its end, read as a cell of its own. */
function maskCell(masking: Masking, from: number): void {
  const { text, start } = cleanUp(masking, from);
  if (start === text.length) return;
  const first = skipBlanks(text, start);
  if (text.startsWith('%%', first) && !/^%%[\p{L}\p{N}_]+\?/u.test(text.slice(first, first + 200))) {
    maskCellMagic(masking, text, first);
  } else {
    maskLines(masking, text, start);
  }
}

/**
 * Takes leading empty lines, the first line's indentation and prompts away, as IPython does, by writing form feeds
 * over them. `start` is where the first line that is left begins.
 */
function cleanUp(masking: Masking, from: number): { text: string; start: number } {
  const { source } = masking;
  let start = from;
  while (start < source.length) {
    const next = lineAfter(source, start);
    if (/\S/.test(source.slice(start, next))) break;
    blankOddSpaces(masking, start, next);
    start = next;
  }
  const lines: { start: number; end: number; content: number }[] = [];
  const indent = /^[ \t]*/.exec(source.slice(start, lineAfter(source, start)))![0];
  const mayPrompt = /^[ \t]*(?:>>>|\.\.\.|(?:\[(?:nav|ins)\] )?In \[\d+\]: |[ \t]*\.{3,}:)/m.test(
    source.slice(start),
  );
  if (indent === '' && !mayPrompt) return { text: source, start };
  for (let at = start; at < source.length;) {
    const end = lineAfter(source, at);
    lines.push({ start: at, end, content: source.startsWith(indent, at) ? at + indent.length : at });
    at = end;
  }
  const classic = /^(?:>>>|\.\.\.)(?: |$)/m;
  const classicFirst = /^>>>(?: |$)/m;
  const numbered = /^(?:(?:(?:\[nav\]|\[ins\])? )?In \[\d+\]: |\s*\.{3,}: ?)/;
  stripPrompts(source, lines, classicFirst, classic);
  stripPrompts(source, lines, numbered, numbered);
  const parts = [source.slice(0, start)];
  for (const line of lines) {
    if (line.content > line.start) {
      masking.removed.push({ start: line.start, end: line.content });
      overwrite(masking, line.start, line.content, '', '\f');
    }
    parts.push('\f'.repeat(line.content - line.start), source.slice(line.content, line.end));
  }
  return { text: parts.join(''), start };
}

/** IPython takes prompts off every line when it finds one on the first or the second. */
function stripPrompts(
  source: string,
  lines: { start: number; end: number; content: number }[],
  first: RegExp,
  prompt: RegExp,
): void {
  const content = (line: { content: number; end: number }): string => source.slice(line.content, line.end);
  const startsWith = (pattern: RegExp, text: string): boolean => pattern.exec(text)?.index === 0;
  if (lines.length === 0) return;
  if (!startsWith(first, content(lines[0]!)) && !(lines.length > 1 && startsWith(prompt, content(lines[1]!))))
    return;
  for (const line of lines) {
    const match = prompt.exec(content(line));
    if (match?.index === 0) line.content += match[0].replace(/[\r\n]+$/, '').length;
  }
}

/** Blanks that IPython drops with an empty line and Python would choke on, such as a no-break space. */
function blankOddSpaces(masking: Masking, start: number, end: number): void {
  const line = masking.source.slice(start, end).replace(/[\r\n]+$/, '');
  if (/[^ \t\f]/.test(line)) overwrite(masking, start, end, '');
}

function maskCellMagic(masking: Masking, text: string, first: number): void {
  const bodyStart = lineAfter(text, first);
  const headline = text.slice(first + 2, bodyStart).trimEnd();
  const name = headline.split(' ', 1)[0]!;
  const argument = headline.slice(name.length);
  const body = bodyOf(name);
  const end = body === 'namespace' ? first + 2 + headline.length : text.length;
  const content = text.slice(bodyStart);
  overwrite(masking, first, end, body === 'namespace' ? '' : '0');
  masking.magics.push({
    kind: 'cell',
    name,
    span: { start: first, end },
    argument,
    body,
    ...effectsOfCell(name, argument, content),
    mentions: identifiersIn(text.slice(first + 2 + name.length, end)),
  });
  if (body === 'namespace') maskCell(masking, bodyStart);
}

/** Masks every magic from `start` to the end of `text`, which is the source with indentation and prompts taken away. */
function maskLines(masking: Masking, text: string, start: number): void {
  const hasQuestion = text.includes('?', start);
  let at = start;
  for (;;) {
    const first = skipEmptyLines(text, at);
    if (first >= text.length) return;
    const isEscape = isEscapeAt(text, first);
    if (isEscape && !hasQuestion) {
      at = maskEscape(masking, text, first);
      continue;
    }
    // What follows an escape needn't be Python, so it ends with the command and not where its brackets close.
    const line = readLogicalLine(isEscape ? text.slice(0, joinedEnd(text, first)) : text, first);
    const help = line.question === undefined ? undefined : matchHelp(text, first, line.question);
    if (help !== undefined) {
      at = maskHelp(masking, text, first, line.question!, help);
    } else if (isEscape) {
      at = maskEscape(masking, text, first);
    } else if (line.assigned !== undefined) {
      at = maskAssigned(masking, text, line.assigned);
    } else if (isAutomagic(text, start, first)) {
      const end = commandEnd(text, first);
      maskLineMagic(masking, text, 'automagic', first, first, end);
      at = lineAfter(text, end);
    } else {
      at = line.end;
    }
  }
}

/** Whether the token at `at` is an escape: `%`, but not `%=`. */
function isEscapeAt(text: string, at: number): boolean {
  const next = text[at + 1];
  switch (text[at]) {
    case '%':
    case '!':
      return next !== '=';
    case '/':
      return next !== '=' && next !== '/';
    case '?':
    case ',':
    case ';':
      return true;
    default:
      return false;
  }
}

/** Masks the escaped command at `first`; gives where the next line starts. */
function maskEscape(masking: Masking, text: string, first: number): number {
  const end = commandEnd(text, first);
  const escape = text[first]!;
  if (escape === '%') maskLineMagic(masking, text, 'line', first, first + 1, end);
  else if (escape === '!') maskShell(masking, text, 'shell', first, end);
  else if (escape === '?') {
    const name = text[first + 1] === '?' ? '??' : '?';
    maskOpaque(masking, text, 'help', name, first, first + name.length, end, {});
  } else {
    // A call like any other, so it may do anything that matters to an import.
    maskOpaque(masking, text, 'autocall', escape, first, first + 1, end, { isBarrier: true });
  }
  return lineAfter(text, end);
}

/** Masks `%magic` or `!command` on the right of an assignment; gives where the next line starts. */
function maskAssigned(masking: Masking, text: string, first: number): number {
  const end = commandEnd(text, first);
  if (text[first] === '!') maskShell(masking, text, 'assign-shell', first, end);
  else maskLineMagic(masking, text, 'assign-line', first, first + 1, end);
  return lineAfter(text, end);
}

function maskShell(masking: Masking, text: string, kind: MagicKind, first: number, end: number): void {
  const name = kind === 'shell' && text[first + 1] === '!' ? '!!' : '!';
  const isBarrier = !isHarmlessCommand(text.slice(first + name.length, end));
  maskOpaque(masking, text, kind, name, first, first + name.length, end, { isBarrier });
}

function maskHelp(masking: Masking, text: string, first: number, question: number, name: string): number {
  const end = question + 1;
  overwrite(masking, first, end, '0');
  masking.magics.push({
    kind: 'help',
    name,
    span: { start: first, end },
    argument: text.slice(first, end - name.length),
    binds: [],
    bindsAnything: false,
    mentions: identifiersIn(text.slice(first, end)),
    isBarrier: false,
  });
  return lineAfter(text, end);
}

/** Masks the line magic whose name stands at `nameStart`, and keeps the statement that it runs in the namespace, if any. */
function maskLineMagic(
  masking: Masking,
  text: string,
  kind: MagicKind,
  first: number,
  nameStart: number,
  end: number,
): void {
  const name = /^[^ \r\n]*/.exec(text.slice(nameStart, end))![0];
  const afterName = nameStart + name.length;
  const argument = text.slice(afterName, end);
  let effects = effectsOfLine(name, argument);
  const options = kind === 'assign-line' ? undefined : statementOptions.get(name);
  if (options !== undefined) {
    const spaces = /^[ \t]*/.exec(argument)![0].length;
    const statement = afterName + spaces + options.exec(argument.slice(spaces))![0].length;
    if (keepStatement(masking, text, { kind, name, first, afterName, statement, end })) return;
    effects = { ...effects, binds: namesDefined(text.slice(statement, end)) };
  }
  maskOpaque(masking, text, kind, name, first, afterName, end, effects);
}

/**
 * Masks only the head of `%time x = f()`, so that the statement stays Python. Not if it goes on after the line, where
 * IPython doesn't see it. Not if it is a definition either: it isn't one of the cell's statements, and can't move.
 */
function keepStatement(
  masking: Masking,
  text: string,
  magic: { kind: MagicKind; name: string; first: number; afterName: number; statement: number; end: number },
): boolean {
  const { kind, name, first, afterName, statement, end } = magic;
  const code = text.slice(0, end);
  if (statement >= end || statement - first < 2) return false;
  const rest = code.slice(statement);
  if (rest.startsWith('@') || rest.startsWith('#') || namesDefined(rest).length > 0) return false;
  if (isInsideDefinition(text, first)) return false;
  const isMagic = isEscapeAt(code, statement) || isAutomagic(code, statement, statement);
  const line = readLogicalLine(code, statement);
  if (!isMagic && line.assigned === undefined && (!line.isClosed || line.end < end)) return false;
  if (/^(?:if|for|while|with|try|async)\b/.test(rest)) {
    // `0;` can't stand before a compound statement: set the column back to nought, and indent anew.
    const lineStart = lineStartOf(text, first);
    const indent = text.slice(lineStart, first);
    if (/[^ \t\f]/.test(indent)) return false;
    overwrite(masking, lineStart, statement, '\f'.repeat(statement - first) + indent);
  } else {
    overwrite(masking, first, statement, '0;');
  }
  masking.magics.push({
    kind,
    name,
    span: { start: first, end: statement },
    argument: code.slice(afterName),
    binds: [],
    bindsAnything: false,
    mentions: identifiersIn(code.slice(afterName, statement)),
    isBarrier: false,
  });
  // `%time !ls`, `%time pip install x` and `%time x = %magic` are magics again.
  if (isEscapeAt(code, statement)) maskEscape(masking, code, statement);
  else if (line.assigned !== undefined) maskAssigned(masking, code, line.assigned);
  else if (isMagic) maskLineMagic(masking, code, 'automagic', statement, statement, end);
  return true;
}

/**
 * Whether the line at `at` stands in a function or class. What a magic runs there binds no variable of the function, and
 * its names aren't the compiler's to resolve.
 */
function isInsideDefinition(text: string, at: number): boolean {
  let start = lineStartOf(text, at);
  let indent = at - start;
  while (indent > 0 && start > 0) {
    start = lineStartOf(text, start - 1);
    const first = skipBlanks(text, start);
    if (first - start >= indent || /[\r\n#]/.test(text[first] ?? '\n')) continue;
    if (/^(?:(?:async[ \t]+)?def|class)\b/.test(text.slice(first, first + 200))) return true;
    indent = first - start;
  }
  return false;
}

/** The name that a statement defines: `def f(): …`, `class C: …`, `f = lambda: …`. */
function namesDefined(statement: string): string[] {
  const match =
    /^(?:(?:async[ \t]+)?def|class)[ \t]+([\p{L}\p{N}_]+)/u.exec(statement) ??
    /^([\p{L}\p{N}_]+)[ \t]*=[ \t]*lambda\b/u.exec(statement);
  return match === null ? [] : [match[1]!.normalize('NFKC')];
}

/** Masks a whole command as the statement or value `0`. */
function maskOpaque(
  masking: Masking,
  text: string,
  kind: MagicKind,
  name: string,
  first: number,
  afterName: number,
  end: number,
  effects: Effects,
): void {
  overwrite(masking, first, end, '0');
  const isShell = kind === 'shell' || kind === 'assign-shell';
  const from = kind === 'help' || kind === 'autocall' ? first : afterName;
  masking.magics.push({
    kind,
    name,
    span: { start: first, end },
    argument: text.slice(afterName, end),
    binds: effects.binds ?? [],
    bindsAnything: effects.bindsAnything ?? false,
    mentions: identifiersIn(isShell ? withoutFlags(text.slice(afterName, end)) : text.slice(from, end)),
    isBarrier: effects.isBarrier ?? false,
  });
}

/** Whether the line at `first` is a bare line magic, in the cell that starts at `start`. */
function isAutomagic(text: string, start: number, first: number): boolean {
  const before = text[first - 1];
  const isTopLevel =
    before === undefined || before === '\n' || before === '\r' || before === '\f' || first === start;
  if (!isTopLevel) return false;
  const end = commandEnd(text, first);
  const isAlone = skipBlanks(text, start) >= first && /^(?:\r\n|\n|\r)?$/.test(text.slice(end));
  return isAutomagicLine(text.slice(first, end), isAlone);
}

/** IPython's own pattern for what may stand before a final `?`: a dotted name, perhaps of a magic, perhaps with wildcards. */
const helpTarget =
  /%{0,2}(?![\p{Nd}])[\p{L}\p{N}\p{Pc}*]+(?:\.(?![\p{Nd}])[\p{L}\p{N}\p{Pc}*]+|\[-?[0-9]+\])*(\?\??)$/u;

/** `?` or `??` if the text from `first` asks for help at `question`, the last token of its line. */
function matchHelp(text: string, first: number, question: number): string | undefined {
  if (lineEnd(text, question) !== question + 1) return undefined;
  return helpTarget.exec(text.slice(first, question + 1))?.[1];
}
