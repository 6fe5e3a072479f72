/** Turns several runs of the same output into a pattern: what they share, with gaps where they differ. */
import { diffArrays } from 'diff';

/** Fixed tokens, and gaps (null) that stand for anything. */
export interface Pattern {
  readonly parts: readonly (string | null)[];
  /** How much of the text is fixed, from 0 to 1. */
  readonly fixed: number;
}

const token = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[\p{L}\p{N}_]+|\s+|./gsu;
/** Texts further apart than this many tokens have nothing to tell, and finding out would take long. */
const maxEditLength = 4000;

const number = /^[+-]?(?:\d|\.\d)/;

/** Numbers, words, white space (as one blank or one line end) and single other characters. */
export function splitTokens(text: string): string[] {
  return (text.match(token) ?? []).map((part) =>
    /^\s+$/.test(part) ? (part.includes('\n') ? '\n' : ' ') : part,
  );
}

const weigh = (tokens: readonly (string | null)[]) =>
  tokens.reduce((sum, part) => sum + (part === null || part.trim() === '' ? 0 : part.length), 0);

/**
 * Numbers beside a number that differs are as random as it is, even if they came out alike twice: where a line has
 * a gap, its other numbers become gaps too; where most numbers of the output differ, all do.
 */
function spreadGaps(parts: readonly (string | null)[]): (string | null)[] {
  const fixedNumbers = parts.filter((part) => part !== null && number.test(part)).length;
  const gaps = parts.filter((part) => part === null).length;
  const everywhere = gaps > fixedNumbers;
  const spread: (string | null)[] = [];
  let line: (string | null)[] = [];
  const endLine = () => {
    const random = everywhere || line.includes(null);
    for (const part of line) spread.push(random && part !== null && number.test(part) ? null : part);
    line = [];
  };
  for (const part of parts) {
    line.push(part);
    if (part === '\n') endLine();
  }
  endLine();
  return spread;
}

/** A gap takes the blanks and signs around it with it, and two gaps in a row are one. */
function joinGaps(parts: readonly (string | null)[]): (string | null)[] {
  const joined: (string | null)[] = [];
  for (const part of parts) {
    if (part === null) {
      while (joined.length > 0 && /^[\s+-]$/.test(joined.at(-1) ?? 'x')) joined.pop();
      if (joined.length === 0 || joined.at(-1) !== null) joined.push(null);
    } else if (/^[\s+-]$/.test(part) && joined.at(-1) === null) {
      continue;
    } else joined.push(part);
  }
  return joined;
}

/** What all `texts` share. With one text, or equal texts, nothing is a gap. */
export function learnPattern(texts: readonly string[]): Pattern {
  const [first = '', ...others] = texts;
  let parts: (string | null)[] = splitTokens(first);
  const whole = Math.max(1, ...texts.map((text) => weigh(splitTokens(text))));
  let learnt = false;
  for (const other of others) {
    if (other === first) continue;
    learnt = true;
    const next: (string | null)[] = [];
    const changes = diffArrays(parts, splitTokens(other) as (string | null)[], { maxEditLength });
    if (changes === undefined) return { parts: [null], fixed: 0 };
    for (const change of changes) {
      if (!change.added && !change.removed) for (const part of change.value) next.push(part);
      else if (next.at(-1) !== null) next.push(null);
    }
    parts = next;
  }
  if (learnt) parts = joinGaps(spreadGaps(parts));
  return { parts, fixed: learnt ? Math.min(1, weigh(parts) / whole) : 1 };
}

/** Whether `text` has all the fixed parts in order, the gaps standing for anything. */
export function matchesPattern(text: string, pattern: Pattern): boolean {
  const tokens = splitTokens(text);
  if (!pattern.parts.includes(null)) {
    return tokens.length === pattern.parts.length && tokens.every((part, i) => part === pattern.parts[i]);
  }
  const segments: string[][] = [[]];
  for (const part of pattern.parts) part === null ? segments.push([]) : segments.at(-1)!.push(part);
  let at = 0;
  const last = segments.length - 1;
  for (const [index, segment] of segments.entries()) {
    if (segment.length === 0) continue;
    const fits = (start: number) => segment.every((part, i) => tokens[start + i] === part);
    if (index === 0) {
      if (!fits(0)) return false;
      at = segment.length;
    } else if (index === last) {
      const start = tokens.length - segment.length;
      return start >= at && fits(start);
    } else {
      let start = at;
      while (start + segment.length <= tokens.length && !fits(start)) start++;
      if (start + segment.length > tokens.length) return false;
      at = start + segment.length;
    }
  }
  return true;
}
