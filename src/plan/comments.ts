/** Tells what the comments of a definition say, so that none is lost where copies of it become one. */
import { commentsIn } from '../python/lines.ts';
import { isMarker } from '../scope/markers.ts';

const toolComment =
  /^#\s*(?:nb2mod:|\||export[is]?\s*$|noqa\b|type:|pragma:|pylint:|pyright:|mypy:|ruff:|isort:|fmt:|yapf:)/i;

/** Whether a comment speaks to a tool about the code beside it: elsewhere it says nothing, or something else. */
function isForTool(comment: string): boolean {
  return toolComment.test(comment) || isMarker(comment);
}

/** What a comment says, whatever its marks and blanks; empty for one that says nothing to who reads it. */
export function sayingOf(comment: string): string {
  if (isForTool(comment)) return '';
  const text = comment
    .replace(/^[#\s]+/, '')
    .trim()
    .replace(/\s+/g, ' ');
  return /[\p{L}\p{N}]/u.test(text) ? text : '';
}

/** What the comments of a piece of code say. */
function sayingsOf(code: string): ReadonlySet<string> {
  const sayings = new Set(commentsIn(code).map(({ start, end }) => sayingOf(code.slice(start, end))));
  sayings.delete('');
  return sayings;
}

/** Of copies of one definition the code with most to say in its comments; of equals the first. */
export function richestOf(codes: readonly string[]): string {
  let richest = codes[0]!;
  let most = sayingsOf(richest).size;
  for (const code of codes.slice(1)) {
    const { size } = sayingsOf(code);
    if (size > most) [richest, most] = [code, size];
  }
  return richest;
}

/**
 * The comment lines of one copy that say what no comment of the kept copy does. Lines of comment that stand together stay
 * together.
 */
export function lackingComments(code: string, kept: string): readonly string[] {
  if (code === kept) return [];
  const known = new Set(['', ...sayingsOf(kept)]);
  const lines: string[] = [];
  for (const block of blocksIn(code)) {
    const isLacking = block.some((comment) => !known.has(sayingOf(comment)));
    if (isLacking) lines.push(...block.filter((comment) => !isForTool(comment)));
  }
  return lines;
}

/** The comments of a piece of code, those together that follow each other on lines of their own. */
function blocksIn(code: string): string[][] {
  const blocks: string[][] = [];
  let last: number | undefined;
  for (const { start, end } of commentsIn(code)) {
    const comment = code.slice(start, end).trimEnd();
    const isOwnLine = code.slice(code.lastIndexOf('\n', start - 1) + 1, start).trim() === '';
    const isNext = isOwnLine && last !== undefined && /^\n[ \t]*$/.test(code.slice(last, start));
    if (isNext) blocks.at(-1)!.push(comment);
    else blocks.push([comment]);
    last = isOwnLine ? end : undefined;
  }
  return blocks;
}
