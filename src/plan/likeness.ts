/** Turns a definition's code into tokens, fingerprints, and a measure of how alike two definitions are. */
import { keywords } from '../text/keywords.ts';

/** What of a definition is looked at: any `Statement` has it. */
export interface ComparedCode {
  /** Its code without comments and layout: equal exactly where the syntax is equal. */
  readonly normalised: string;
  readonly defines: readonly string[];
  /** The global names that it looks up. */
  readonly names: { readonly references: readonly { readonly name: string }[] };
}

/** Code as it is compared: what a rename or another literal changes stands for itself only by its kind. */
export interface Likeness {
  /** Local names are `v`, numbers `0`, strings `s`; attributes and the names it looks up outside stay as they are. */
  readonly tokens: readonly string[];
  /**
   * Those of the tokens that tell something: brackets, commas, `=` and the like stand in any code, and so does `v`.
   * Attributes and names from outside stand here twice: what code calls tells more than that it loops and returns.
   */
  readonly telling: readonly string[];
  /** Winnowed hashes of the token sequences of length `gramLength`. */
  readonly fingerprints: ReadonlySet<number>;
}

const gramLength = 5;
const windowLength = 4;

const untelling = new Set([...'()[]{},.:;=v']);

/** Python's keywords, the soft ones too. */
export const words = new Set([...keywords, 'match', 'case', 'type']);

/** One token of Python, comments and blanks apart. */
export const tokenPattern =
  /(?<string>[rRbBfFuUtT]{0,2}(?:"""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'))|(?<number>(?:\d[\w.]*|\.\d\w*)(?:(?<=[eE])[-+]\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<operator>\*\*=?|\/\/=?|>>=?|<<=?|->|:=|[-+*/%@&|^=<>!]=|[^\s])/gu;

/** The tokens of a definition, abstracted as `Likeness` has them. A docstring is no part of what the code does. */
export function likenessOf(statement: ComparedCode): Likeness {
  const outside = new Set(statement.names.references.map(({ name }) => name));
  const own = new Set(statement.defines);
  const tokens: string[] = [];
  const telling: string[] = [];
  const add = (token: string): void => {
    tokens.push(token);
    if (!untelling.has(token)) telling.push(token);
  };
  for (const { groups } of statement.normalised.matchAll(tokenPattern)) {
    const { string, number, name, operator } = groups!;
    if (string !== undefined) {
      // A string that is a whole statement: `{ "…"` opens a body.
      if (tokens.at(-1) !== '{') add('s');
    } else if (number !== undefined) add('0');
    // Lines apart: what code does is in the lines.
    else if (operator === ';') continue;
    else if (name === undefined) add(operator!);
    else if (tokens.at(-1) === '.' || (outside.has(name) && !own.has(name))) {
      add(name);
      telling.push(name);
    } else add(words.has(name) ? name : 'v');
  }
  return { tokens, telling, fingerprints: winnow(tokens) };
}

/**
 * Winnowing (Schleimer, Wilkerson and Aiken, SIGMOD 2003): of each window of consecutive grams the smallest hash, so that
 * two codes with `gramLength + windowLength - 1` tokens in common share a fingerprint.
 */
function winnow(tokens: readonly string[]): ReadonlySet<number> {
  const hashes: number[] = [];
  for (let i = 0; i + gramLength <= tokens.length; i++) {
    hashes.push(hash(tokens.slice(i, i + gramLength).join(' ')));
  }
  const chosen = new Set<number>();
  for (let i = 0; i < Math.max(1, hashes.length - windowLength + 1); i++) {
    const window = hashes.slice(i, i + windowLength);
    if (window.length > 0) chosen.add(Math.min(...window));
  }
  return chosen;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/**
 * How alike two token sequences are, from 0 to 1: twice the length of their longest common subsequence over the sum of
 * their lengths (the ratio of Ratcliff and Obershelp's measure, with the true subsequence).
 */
export function similarity(a: readonly string[], b: readonly string[]): number {
  return similarityTo(b)(a);
}

/**
 * `similarity` of many sequences to one. The length of the longest common subsequence is found 32 columns of the table
 * at a time (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004): a bit of `row` is 0 where it grows.
 */
export function similarityTo(b: readonly string[]): (a: readonly string[]) => number {
  const words = Math.ceil(b.length / 32);
  const places = new Map<string, Uint32Array>();
  b.forEach((word, i) => {
    let bits = places.get(word);
    if (bits === undefined) places.set(word, (bits = new Uint32Array(words)));
    bits[i >>> 5]! |= 1 << (i & 31);
  });
  const row = new Uint32Array(words);
  return (a) => {
    if (a.length === 0 || b.length === 0) return 0;
    row.fill(0xffffffff);
    for (const word of a) {
      const bits = places.get(word);
      if (bits === undefined) continue;
      let carry = 0;
      for (let w = 0; w < words; w++) {
        const before = row[w]!;
        const met = before & bits[w]!;
        const sum = before + (met >>> 0) + carry;
        carry = sum > 0xffffffff ? 1 : 0;
        row[w] = sum | (before & ~bits[w]!);
      }
    }
    let length = 0;
    for (let i = 0; i < b.length; i++) if ((row[i >>> 5]! & (1 << (i & 31))) === 0) length++;
    return (2 * length) / (a.length + b.length);
  };
}
