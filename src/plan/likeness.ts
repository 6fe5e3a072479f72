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

/** Code as it is compared: what a rename or another literal changes stands for itself only in `spelt`. */
export interface Likeness {
  /** Its name, but for case and underscores. */
  readonly called: string;
  /**
   * Local names are `v`, numbers `0`, strings `s`; attributes, the fields and methods of a class, the names of arguments
   * in calls and the names it looks up outside stay as they are. Docstrings and the hints of functions are left out.
   */
  readonly tokens: readonly string[];
  /**
   * Those of the tokens that tell something: brackets, commas, `=` and the like stand in any code, and so does `v`.
   * Attributes, fields and names from outside stand here twice: what code calls tells more than that it loops and returns.
   */
  readonly telling: readonly string[];
  /** Its names and literals as they are spelt, quotes apart. */
  readonly spelt: readonly string[];
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

/** What a definition's code is compared by. */
export function likenessOf(statement: ComparedCode): Likeness {
  const outside = new Set(statement.names.references.map(({ name }) => name));
  const own = new Set(statement.defines);
  const tokens: string[] = [];
  const telling: string[] = [];
  const spelt: string[] = [];
  const add = (token: string, times = 1): void => {
    tokens.push(token);
    if (!untelling.has(token)) for (let i = 0; i < times; i++) telling.push(token);
  };
  const code = statement.normalised.match(tokenPattern) ?? [];
  const roles = rolesOf(code);
  code.forEach((token, i) => {
    const role = roles[i];
    if (role === 'silent') return;
    if (role === 'operator' || words.has(token)) return add(token);
    spelt.push(role === 'string' ? unquote(token) : token);
    if (role === 'string') add('s');
    else if (role === 'number') add('0');
    else if (role === 'argument') add(token);
    else if (role === 'member' || (outside.has(token) && !own.has(token))) add(token, 2);
    else add('v');
  });
  return {
    called: (statement.defines[0] ?? '').toLowerCase().replaceAll('_', ''),
    tokens,
    telling,
    spelt,
    fingerprints: winnow(tokens),
  };
}

/** `'a'` is spelt as `"""a"""` is. */
function unquote(literal: string): string {
  return literal.replace(/^(\w*)(["']{3}|["'])([^]*)\2$/, '$1 $3');
}

/**
 * What a token is where it stands. `member`: an attribute, or a field or method where its class names it. `argument`: the
 * name of one in a call. `silent`: the end of a line, a docstring, or a part of a hint, but for those of a class's fields.
 */
type Role = 'operator' | 'string' | 'number' | 'name' | 'member' | 'argument' | 'silent';

const opening = new Set('([{');
const closing = new Set(')]}');
const afterHint = new Set(',=:;)}');

/** The roles of the tokens of normalised code, whose blocks stand in braces. */
function rolesOf(code: readonly string[]): Role[] {
  /** What is open: brackets, and blocks by the word that opens them. */
  const around: string[] = [];
  /** Where the statement, or the definition under its decorators, begins. */
  let start = 0;
  /** How much is open around the hint that is being read; -1: none is. */
  let hinted = -1;
  return code.map((token, i) => {
    const before = code[i - 1];
    const top = around.at(-1) ?? '';
    const isBracketed = opening.has(top);
    if (token === 'def' || token === 'class') start = i;
    const opener = code[start]!;
    if (hinted === around.length && afterHint.has(token)) hinted = -1;
    else if (hinted === -1) {
      const isParameter = opener === 'def' && top === '(' && /^[(,*]$/.test(code[i - 2]!);
      const isVariable = i === start + 1 && !isBracketed && top !== 'class' && !words.has(opener);
      if ((token === ':' && (isParameter || isVariable)) || (token === '->' && opener === 'def'))
        hinted = around.length;
    }
    const isFirst = i === start;
    if (token === '{' && before === ':' && !isBracketed) {
      around.push(opener);
      start = i + 1;
    } else if (opening.has(token)) around.push(token);
    else if (closing.has(token)) around.pop();
    if (token === ';') start = i + 1;

    if (hinted !== -1 || token === ';') return 'silent';
    if (/["']$/.test(token)) return isFirst ? 'silent' : 'string';
    if (/^\.?\d/.test(token)) return 'number';
    if (!/^[\p{L}_]/u.test(token)) return 'operator';
    if (before === '.' || (top === 'class' && (isFirst || before === 'def'))) return 'member';
    const isArgument = isBracketed && opener !== 'def' && code[i + 1] === '=' && /^[(,]$/.test(before!);
    return isArgument ? 'argument' : 'name';
  });
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

/** How much it tells that two have the same structure; the rest is that they are spelt alike. */
const structureWeight = 0.85;

/**
 * How alike two definitions are, from 0 to 1: for the most part how alike their telling tokens are; what people edit keeps
 * its names and literals too, but for those that were edited.
 */
export function likeness(a: Likeness, b: Likeness): number {
  return likenessTo(b)(a);
}

/** `likeness` of many to one; less than `least` where it is less than that. */
export function likenessTo(b: Likeness): (a: Likeness, least?: number) => number {
  const structureTo = similarityTo(b.telling);
  let spellingTo: ReturnType<typeof similarityTo> | undefined;
  return (a, least = 0) => {
    if (mostLikeness(a, b) < least) return 0;
    const structure = structureTo(a.telling);
    if (weigh(structure, mostSimilarity(a.spelt, b.spelt)) < least) return 0;
    spellingTo ??= similarityTo(b.spelt);
    return weigh(structure, spellingTo(a.spelt));
  };
}

function weigh(structure: number, spelling: number): number {
  return structureWeight * structure + (1 - structureWeight) * spelling;
}

/** The most that `likeness` can be, as the lengths alone tell. */
export function mostLikeness(a: Likeness, b: Likeness): number {
  return weigh(mostSimilarity(a.telling, b.telling), mostSimilarity(a.spelt, b.spelt));
}

/** No longer subsequence can be common to both than the shorter one is. */
function mostSimilarity(a: readonly string[], b: readonly string[]): number {
  return (2 * Math.min(a.length, b.length)) / Math.max(1, a.length + b.length);
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
function similarityTo(b: readonly string[]): (a: readonly string[]) => number {
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
