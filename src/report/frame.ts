/** Turns a place in a cell into the lines that show it: the code, and below it a mark under what is at fault. */
import { unprintable } from '../text/printable.ts';
import { paint, type Style } from './paint.ts';

/** What of a cell is shown. */
export interface Frame {
  /** The line at fault, and before it that of the definition where it is another. */
  readonly lines: readonly { readonly number: number; readonly text: string }[];
  /** Of what is at fault, in the last of the lines: UTF-16 units. */
  readonly start: number;
  readonly length: number;
}

/**
 * @param offset of what is at fault, in UTF-16 units from the start of the cell
 * @param first the line of the definition that it stands in, counted from 1
 */
export function makeFrame(source: string, offset: number, first?: number): Frame {
  const lines = source.split(/\r\n|[\n\r]/);
  const before = source.slice(0, offset).split(/\r\n|[\n\r]/);
  const number = Math.min(before.length, lines.length);
  const text = lines[number - 1]!;
  const start = Math.min(before.at(-1)!.length, text.length);
  const shown = [...(first !== undefined && first < number ? [first] : []), number];
  return {
    lines: shown.map((each) => ({ number: each, text: lines[each - 1]! })),
    start,
    length: Math.max(1, measure(text.slice(start))),
  };
}

/** How far what begins here reaches: a definition to its name, else one name, else what stands together. */
function measure(text: string): number {
  const definition = /^(?:async\s+)?(?:def|class)\s+[\p{L}\p{N}_]+/u.exec(text);
  const found = definition ?? /^[\p{L}_][\p{L}\p{N}_]*/u.exec(text) ?? /^[^\s,;()[\]{}]+/.exec(text);
  return found === null ? 0 : found[0].length;
}

/** How many columns of a terminal are used. */
const widest = 96;

/** The lines of a frame, each ending in a line break. */
export function formatFrame({ lines, start, length }: Frame, style: Style, colour: boolean): string {
  const gutter = Math.max(...lines.map(({ number }) => String(number).length));
  const bar = paint('dim', '|', colour);
  const shown: string[] = [];
  for (const [i, { number, text }] of lines.entries()) {
    const isFault = i === lines.length - 1;
    // Of a long line the part around the fault.
    const from = isFault && start + length > widest ? Math.max(0, start - widest / 2) : 0;
    const head = from > 0 ? '…' : '';
    const part = text.slice(from, from + widest);
    const tail = from + widest < text.length ? '…' : '';
    const label = paint('dim', String(number).padStart(gutter), colour);
    if (i > 0 && number > lines[i - 1]!.number + 1)
      shown.push(`  ${' '.repeat(gutter)} ${paint('dim', '⋮', colour)}`);
    shown.push(`  ${label} ${bar} ${head}${harmless(part)}${tail}`.trimEnd());
    if (!isFault) continue;
    const pad = head.replace('…', ' ') + blank(text.slice(from, start));
    const mark = '^'.repeat(
      Math.max(1, blank(text.slice(start, Math.min(start + length, from + widest))).length),
    );
    shown.push(`  ${' '.repeat(gutter)} ${bar} ${pad}${paint(style, mark, colour)}`);
  }
  return shown.map((line) => `${line}\n`).join('');
}

/** Without what a terminal would obey, one sign for each, so that the mark stays below what it marks; tabs stay. */
function harmless(text: string): string {
  return text.replace(unprintable, (character) => (character === '\t' ? character : '�'));
}

/** As much room as the text takes on a terminal; tabs stay, for they take what is left to their stop. */
function blank(text: string): string {
  return [...text.normalize('NFC')]
    .map((letter) => (letter === '\t' ? '\t' : /\p{M}/u.test(letter) ? '' : isWide(letter) ? '  ' : ' '))
    .join('');
}

function isWide(letter: string): boolean {
  return /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\uff01-\uff60]/u.test(
    letter,
  );
}
