/** Turns near duplicates into one function that could stand for them, or into the one that is closest to all. */
import { parse } from '../python/parse.ts';
import { applyEdits, type Edit } from '../text/edit.ts';
import type { Candidate, ComparedDefinition, Family } from './families.ts';
import { likenessOf, likenessTo, tokenPattern, words, type ComparedCode } from './likeness.ts';

/** A definition as it is written, and how many there are of it. */
export interface Variant extends ComparedCode {
  readonly source: string;
  readonly count: number;
  /** What they look up that only their notebooks have. */
  readonly held?: readonly string[];
}

/** A parameter by which the variants differ. */
export interface FormParameter {
  readonly name: string;
  /** What most definitions have, as it is written; then what the others have. None for a notebook variable. */
  readonly values: readonly string[];
  /** Whether it was a literal in the body, or a notebook variable; else a default that is there already differs. */
  readonly isNew: boolean;
}

export interface CommonForm {
  readonly source: string;
  readonly parameters: readonly FormParameter[];
  /** Notebook variables that it still reads. */
  readonly held: readonly string[];
  /** Which of the variants it could stand for, the first among them. */
  readonly variants: readonly number[];
}

export interface Suggestion {
  /** For those that differ from the first in literals and local names only. */
  readonly form?: CommonForm;
  /** Where others differ in more: the variant with the least distance to all. */
  readonly closest?: number;
}

/** A function with more would be harder to read than its copies. */
const mostParameters = 6;

/** So many parameters may have names that say nothing of what they are for. */
const mostNameless = 2;
const nameless: ReadonlySet<string> = new Set(['number', 'text']);

/** More are not compared with each other. */
const mostCompared = 30;

/**
 * What could be done about near duplicates. It is for people to judge: what a parameter is for is guessed from where it
 * stands, and nothing is ever changed by it.
 * @param variants the one that is found most often first, whose spelling the form has
 */
export function suggestForm(variants: readonly Variant[]): Suggestion {
  const [leader, ...others] = variants.map(readVariant);
  if (leader === undefined || others.length === 0) return {};
  const fitting = [{ index: 0, read: leader }];
  others.forEach((read, i) => {
    if (areOneShape(leader, read)) fitting.push({ index: i + 1, read });
  });
  const form =
    fitting.length === 1
      ? undefined
      : makeForm(
          fitting.map(({ read }) => read),
          fitting.map(({ index }) => index),
        );
  if (form !== undefined && fitting.length === variants.length) return { form };
  return { ...(form !== undefined && { form }), closest: findClosest(variants) };
}

/** What is suggested for a family; groups and not variants are counted. */
export interface FamilySuggestion {
  readonly form?: {
    readonly source: string;
    readonly parameters: readonly FormParameter[];
    readonly held: readonly string[];
    readonly groups: readonly number[];
  };
  readonly closest?: number;
}

/**
 * What could be done about the near duplicates of a family, or nothing where it has none. The grammar must have been
 * loaded: a form that would not be Python, as where the code holds a magic, is not suggested.
 */
export function suggestForFamily({
  groups,
}: Family<
  Candidate & {
    readonly held: readonly string[];
    readonly definition: ComparedDefinition & { readonly source: string };
  }
>): FamilySuggestion {
  const near = groups.flatMap(({ relation, members }, index) =>
    index === 0 || relation === 'renamed' || relation === 'near' ? [{ index, members }] : [],
  );
  const { form, closest } = suggestForm(
    near.map(({ members }) => ({
      ...members[0]!.definition,
      count: members.length,
      held: members.flatMap((member) => member.held),
    })),
  );
  const isPython = form !== undefined && parse(form.source).fault === undefined;
  return {
    ...(isPython && {
      form: {
        source: form.source,
        parameters: form.parameters,
        held: form.held,
        groups: form.variants.map((variant) => near[variant]!.index),
      },
    }),
    ...(closest !== undefined && { closest: near[closest]!.index }),
  };
}

/** The medoid: what differs least from all the others, each as often as it is found. */
function findClosest(variants: readonly Variant[]): number {
  const compared = variants.slice(0, mostCompared).map((variant) => likenessOf(variant));
  let best = { index: 0, distance: Infinity };
  compared.forEach((candidate, index) => {
    const likenessToIt = likenessTo(candidate);
    const distance = compared.reduce(
      (sum, other, i) => sum + (i === index ? 0 : (1 - likenessToIt(other)) * variants[i]!.count),
      0,
    );
    if (distance < best.distance) best = { index, distance };
  });
  return best.index;
}

interface Token {
  readonly kind: 'string' | 'number' | 'name' | 'operator';
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** How many brackets are open around it. */
  readonly depth: number;
  readonly isFirst: boolean;
  /** How many blocks its logical line stands in. */
  readonly blocks: number;
  /** The first word of its logical line. */
  readonly opener: string;
}

interface Read {
  readonly variant: Variant;
  readonly tokens: readonly Token[];
  /** Token indices: from `def` up to the `:` that opens the body. -1 for a class. */
  readonly header: { readonly start: number; readonly end: number };
  /** Names that mean something outside, and so must be the same in all variants. */
  readonly outside: ReadonlySet<string>;
}

function readVariant(variant: Variant): Read {
  const tokens = withoutDocstrings(tokenise(variant.source));
  const start = tokens.findIndex(
    ({ text, isFirst, opener }) => text === 'def' && (isFirst || opener === 'async'),
  );
  const isClass = tokens.some(
    ({ text, isFirst }, i) => text === 'class' && isFirst && (start === -1 || i < start),
  );
  const end = isClass
    ? -1
    : tokens.findIndex(({ text, depth }, i) => i > start && text === ':' && depth === 0);
  const own = new Set(variant.defines);
  const outside = new Set(variant.names.references.map(({ name }) => name).filter((name) => !own.has(name)));
  return {
    variant,
    tokens,
    header: isClass || start === -1 ? { start: -1, end: -1 } : { start, end },
    outside,
  };
}

function tokenise(source: string): Token[] {
  const pattern = new RegExp(tokenPattern.source, 'uy');
  const blank = /(?:[^\S\n]|#[^\n]*|\\\r?\n)+/y;
  const tokens: Token[] = [];
  /** The columns at which the blocks around begin. */
  const columns: number[] = [];
  let depth = 0;
  let isFirst = true;
  let opener = '';
  for (let at = 0; at < source.length;) {
    if (source[at] === '\n') {
      isFirst ||= depth === 0;
      at++;
      continue;
    }
    blank.lastIndex = at;
    const skipped = blank.exec(source);
    if (skipped !== null) {
      at += skipped[0].length;
      continue;
    }
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    // A backslash at the very end, and the like: the source isn't one that can be compared token by token.
    if (match === null) return [];
    const [text] = match;
    const { string, number, name } = match.groups!;
    const kind =
      string !== undefined
        ? 'string'
        : number !== undefined
          ? 'number'
          : name !== undefined
            ? 'name'
            : 'operator';
    if (isFirst) {
      opener = text;
      const column = columnOf(source, at);
      while (columns.length > 0 && columns.at(-1)! >= column) columns.pop();
      columns.push(column);
    }
    if (/^[)\]}]$/.test(text)) depth--;
    tokens.push({
      kind,
      text,
      start: at,
      end: at + text.length,
      depth,
      isFirst,
      blocks: columns.length,
      opener,
    });
    if (/^[([{]$/.test(text)) depth++;
    isFirst = false;
    at += text.length;
  }
  return tokens;
}

/** How far a character is from the start of its line; a tab leads to the next multiple of eight, as in Python. */
function columnOf(source: string, at: number): number {
  let column = 0;
  for (let i = source.lastIndexOf('\n', at - 1) + 1; i < at; i++)
    column = source[i] === '\t' ? (column | 7) + 1 : column + 1;
  return column;
}

/** A string that is a statement by itself says nothing about what the code does. */
function withoutDocstrings(tokens: readonly Token[]): Token[] {
  return tokens.filter(
    ({ kind, isFirst }, i) => !(kind === 'string' && isFirst && tokens[i + 1]?.isFirst !== false),
  );
}

/** Whether two differ in nothing but literals that could be parameters, and in how local names are spelt. */
function areOneShape(leader: Read, other: Read): boolean {
  if (leader.tokens.length !== other.tokens.length || leader.tokens.length === 0) return false;
  const there = new Map<string, string>();
  const back = new Map<string, string>();
  const isSameName = (a: string, b: string): boolean => {
    if ((there.get(a) ?? b) !== b || (back.get(b) ?? a) !== a) return false;
    there.set(a, b);
    back.set(b, a);
    return true;
  };
  const formatted: number[] = [];
  for (const [i, a] of leader.tokens.entries()) {
    const b = other.tokens[i]!;
    if (a.kind !== b.kind || a.isFirst !== b.isFirst || a.depth !== b.depth || a.blocks !== b.blocks)
      return false;
    if (a.kind === 'operator') {
      if (a.text !== b.text) return false;
    } else if (a.kind === 'name') {
      const isAsWritten = isFixed(leader, i) || isFixed(other, i);
      if (
        isAsWritten
          ? a.text !== b.text || isFixed(leader, i) !== isFixed(other, i)
          : !isSameName(a.text, b.text)
      )
        return false;
    } else if (isFormatted(a) || isFormatted(b)) formatted.push(i);
    else if (!isSameLiteral(a, b)) {
      // Nobody would pass `1` here and `1.0` there.
      if ((a.kind === 'number' && isEqualNumber(a, b)) || !canBeParameter(leader, i)) return false;
    }
  }
  // `f"{frame}"` is the same as `f"{df}"` where `frame` is `df`.
  return formatted.every((i) => {
    const respelt = other.tokens[i]!.text.replace(/\{[^{}]*\}/g, (hole) =>
      hole.replace(/[\p{L}_][\p{L}\p{N}_]*/gu, (name) => back.get(name) ?? name),
    );
    return respelt === leader.tokens[i]!.text;
  });
}

/** Whether a name is not the definition's to choose: keywords, attributes, keyword arguments, imports, what lies outside. */
function isFixed(read: Read, i: number): boolean {
  const { text, opener } = read.tokens[i]!;
  if (words.has(text) || read.outside.has(text) || read.tokens[i - 1]?.text === '.') return true;
  if (opener === 'import' || opener === 'from' || opener === 'global' || opener === 'nonlocal') return true;
  return isKeywordArgument(read, i);
}

/** `bins` in `hist(bins=20)`. */
function isKeywordArgument({ tokens, header }: Read, i: number): boolean {
  const isInHeader = i > header.start && i < header.end;
  return tokens[i]!.depth > 0 && !isInHeader && tokens[i + 1]?.text === '=';
}

function isFormatted({ kind, text }: Token): boolean {
  return kind === 'string' && /^[a-z]*[ft]/i.test(text.slice(0, text.search(/['"]/)));
}

/** Whether two literals have the same value, as far as it shows: `'a'` and `"a"` have, and `1.` and `1.0`. */
function isSameLiteral(a: Token, b: Token): boolean {
  if (a.text === b.text) return true;
  if (a.kind === 'number') return isWhole(a) === isWhole(b) && isEqualNumber(a, b);
  return plainText(a) !== undefined && plainText(a) === plainText(b);
}

function isEqualNumber(a: Token, b: Token): boolean {
  const [x, y] = [a, b].map(({ text }) => Number(text.replace(/_/g, '')));
  return x === y;
}

function isWhole({ text }: Token): boolean {
  return !/[.eEjJ]/.test(text) || /^0x/i.test(text);
}

/** What a string holds that has no escapes: none that means anything in `'\\lambda'`, none at all in `r'\\n'`. */
function plainText({ text }: Token): string | undefined {
  const [, prefix, , held] = /^([rRuU]?)(["'])((?:[^"'\\\n]|\\[^"'\n])*)\2$/.exec(text) ?? [];
  if (held === undefined) return undefined;
  const isRaw = prefix!.toLowerCase() === 'r';
  return isRaw || !/\\[\\abfnrtvxNuU0-7]/.test(held) ? held : undefined;
}

/** Whether a name could stand in place of a literal, and mean the same. */
function canBeParameter(read: Read, i: number): boolean {
  const { tokens, header } = read;
  if (header.end === -1 || i < header.start) return false;
  if (i < header.end) return parameterOfDefault(read, i) !== undefined;
  // `case 5:` compares, `case number:` binds. `"a" "b"` is one string.
  if (tokens[i]!.opener === 'case') return false;
  return ![tokens[i - 1], tokens[i + 1]].some((beside) => beside?.kind === 'string');
}

/** The parameter whose whole default the literal is. */
function parameterOfDefault({ tokens }: Read, i: number): string | undefined {
  const before = tokens[i - 1]!;
  const isWhole = before.text === '=' && before.depth === 1 && /^[,)]$/.test(tokens[i + 1]?.text ?? '');
  if (!isWhole) return undefined;
  let at = i - 1;
  while (!(tokens[at - 1]!.depth === 1 && tokens[at - 1]!.text === ',') && tokens[at - 1]!.depth > 0) at--;
  return tokens[at]!.kind === 'name' ? tokens[at]!.text : undefined;
}

/** One slot of the form: the literals that differ in the same way. */
interface Slot {
  readonly positions: number[];
  readonly values: readonly string[];
  readonly existing: string | undefined;
}

function makeForm(reads: readonly Read[], variants: readonly number[]): CommonForm | undefined {
  const leader = reads[0]!;
  const slots = new Map<string, Slot>();
  leader.tokens.forEach((token, i) => {
    const column = reads.map((read) => read.tokens[i]!);
    if (token.kind !== 'string' && token.kind !== 'number') return;
    if (isFormatted(token) || column.every((other) => isSameLiteral(token, other))) return;
    const existing = i < leader.header.end ? parameterOfDefault(leader, i) : undefined;
    const key = JSON.stringify([
      existing,
      token.kind,
      ...column.map((other) => plainText(other) ?? other.text),
    ]);
    const known = slots.get(key);
    if (known !== undefined) known.positions.push(i);
    else slots.set(key, { positions: [i], values: rankValues(column, reads), existing });
  });
  if (slots.size > mostParameters) return undefined;
  const hints = [...slots.values()].flatMap(({ positions, values, existing }) =>
    existing === undefined ? [hintOf(leader, positions[0]!, values)] : [],
  );
  if (hints.filter((hint) => nameless.has(hint)).length > mostNameless) return undefined;

  const taken = new Set(words);
  leader.tokens.forEach((token, i) => {
    const isVariable = token.kind === 'name' && (!isFixed(leader, i) || leader.outside.has(token.text));
    if (isVariable && leader.tokens[i - 1]?.text !== '.' && !isKeywordArgument(leader, i))
      taken.add(token.text);
    // What stands in a formatted string is read too.
    if (isFormatted(token))
      for (const [word] of token.text.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)) taken.add(word);
  });
  const variables = new Set(taken);
  const parameters: FormParameter[] = [];
  const edits: Edit[] = [];
  for (const { positions, values, existing } of slots.values()) {
    const name = existing ?? freshName(hintOf(leader, positions[0]!, values), taken, variables);
    taken.add(name);
    parameters.push({ name, values, isNew: existing === undefined });
    for (const position of positions) {
      const { start, end } = leader.tokens[position]!;
      edits.push({ span: { start, end }, text: existing === undefined ? name : values[0]! });
    }
  }
  const held = [...new Set(reads.flatMap(({ variant }) => variant.held ?? []))].sort();
  const passed = held.filter((name) => canBePassed(leader, name));
  if (parameters.length + passed.length > mostParameters) passed.length = 0;
  parameters.unshift(...passed.map((name) => ({ name, values: [], isNew: true })));
  const added = parameters
    .filter(({ isNew }) => isNew)
    .map(({ name, values: [value] }) => (value === undefined ? name : `${name}=${value}`));
  if (added.length > 0) edits.push(addParameters(leader, added));
  const { source } = leader.variant;
  return {
    source: applyEdits(source, edits),
    parameters,
    held: held.filter((name) => !passed.includes(name)),
    variants,
  };
}

/**
 * Whether a function would do the same with a parameter for what it looks up outside. What decorates it may count its
 * parameters; it can't call itself without them; its header is read before they are; a class in it looks past them.
 */
function canBePassed({ tokens, header, variant }: Read, name: string): boolean {
  if (header.end === -1 || !/^(def|async)$/.test(tokens[0]!.text)) return false;
  return tokens.every((token, i) => {
    const { kind, text, opener } = token;
    const isInHeader = i < header.end;
    if (kind === 'string') return !(isInHeader && isFormatted(token));
    if (kind !== 'name' || tokens[i - 1]?.text === '.') return true;
    if (text === 'class') return false;
    if (variant.defines.includes(text)) return isInHeader;
    return text !== name || !(isInHeader || opener === 'global' || opener === 'nonlocal');
  });
}

/** The literals of one place, those of most definitions first. */
function rankValues(column: readonly Token[], reads: readonly Read[]): string[] {
  const counts = new Map<string, { readonly text: string; count: number }>();
  column.forEach((token, i) => {
    const key = plainText(token) ?? token.text;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { text: token.text, count: reads[i]!.variant.count });
    else known.count += reads[i]!.variant.count;
  });
  return [...counts.values()].sort((a, b) => b.count - a.count).map(({ text }) => text);
}

/**
 * What functions that everybody knows call their arguments by position; `.f` is a method's. The names are those of their
 * documentation where these say enough: a call itself tells none, and what is imported is not there to be read.
 */
const argumentNames: Readonly<Record<string, readonly (string | undefined)[]>> = {
  print: ['message'],
  input: ['prompt'],
  open: ['path', 'mode'],
  round: [undefined, 'digits'],
  sleep: ['seconds'],
  getenv: ['variable'],
  '.sleep': ['seconds'],
  '.getenv': ['variable'],
  '.get': ['key'],
  '.startswith': ['prefix'],
  '.endswith': ['suffix'],
  '.split': ['separator'],
  '.groupby': ['by'],
  '.sort_values': ['by'],
  '.savefig': ['path'],
  '.tz_convert': ['timezone'],
  '.tz_localize': ['timezone'],
  '.strftime': ['format'],
  '.set_title': ['title'],
  '.title': ['title'],
  '.suptitle': ['title'],
  '.xlabel': ['xlabel'],
  '.ylabel': ['ylabel'],
  '.set_xlabel': ['xlabel'],
  '.set_ylabel': ['ylabel'],
  '.percentile': [undefined, 'q'],
  '.quantile': ['q'],
  '.argmax': [undefined, 'axis'],
  '.argmin': [undefined, 'axis'],
  '.concatenate': [undefined, 'axis'],
  '.randint': ['low', 'high'],
  '.head': ['rows'],
  '.tail': ['rows'],
  're.findall': ['pattern'],
  're.search': ['pattern'],
  're.match': ['pattern'],
  're.split': ['pattern'],
  're.compile': ['pattern'],
  're.sub': ['pattern', 'replacement'],
};

/** What numbers and texts are to the operators beside them. */
const numberAfter: Readonly<Record<string, string>> = {
  '**': 'exponent',
  '/': 'divisor',
  '//': 'divisor',
  '%': 'divisor',
  '<': 'limit',
  '<=': 'limit',
  '>': 'limit',
  '>=': 'limit',
};

/** What a parameter could be called, from where its literal stands. */
function hintOf(read: Read, i: number, values: readonly string[]): string {
  const { tokens } = read;
  const [before, after] = [tokens[i - 1]!, tokens[i + 1]];
  const name = tokens[i - 2];
  if (before.text === '=' && name?.kind === 'name') return name.text;
  const isEntry = before.text === ':' && name?.kind === 'string' && tokens[i]!.depth > 0;
  const entry = isEntry ? (plainText(name) ?? '') : '';
  if (/^[a-z_]\w*$/i.test(entry)) return entry;
  const argument = argumentName(read, i);
  if (argument !== undefined) return argument;
  if (tokens[i]!.kind === 'number') return numberAfter[before.text] ?? 'number';
  if (after?.text === (before.text === '[' ? ']' : ':') && tokens[i]!.depth > 0) return 'key';
  if (values.every((value) => /^\S*([/\\]|\.\w{2,5}['"]$)\S*$/.test(value)) && !/[+]/.test(before.text))
    return 'path';
  if (before.text === '+' && after?.text !== '+') return 'suffix';
  if (after?.text === '+') return 'prefix';
  return before.text === 'return' ? 'result' : 'text';
}

/** What a call names the argument that the literal is by itself, if that is known. */
function argumentName({ tokens }: Read, i: number): string | undefined {
  const { depth, kind } = tokens[i]!;
  if (!/^[,(]$/.test(tokens[i - 1]!.text) || !/^[,)%]$/.test(tokens[i + 1]?.text ?? '')) return undefined;
  let position = 0;
  let open = i - 1;
  for (; open > 0 && tokens[open]!.depth >= depth; open--)
    if (tokens[open]!.text === ',' && tokens[open]!.depth === depth) position++;
  const [owner, dot, callee] = [tokens[open - 3], tokens[open - 2], tokens[open - 1]];
  if (tokens[open]!.text !== '(' || callee?.kind !== 'name') return undefined;
  // A number that is printed is no message.
  if (kind === 'number' && /^(print|input)$/.test(callee.text)) return undefined;
  const isMethod = dot?.text === '.';
  const own = isMethod ? argumentNames[`${owner?.text}.${callee.text}`] : undefined;
  return (own ?? argumentNames[isMethod ? `.${callee.text}` : callee.text])?.[position];
}

/** Names that stand for whatever has no better one: they are no variable's value. */
const generic: ReadonlySet<string> = new Set([...nameless, 'key', 'path']);

function freshName(hint: string, taken: ReadonlySet<string>, variables: ReadonlySet<string>): string {
  if (!taken.has(hint)) return hint;
  // `hist(bins=20)` becomes `hist(bins=bins)`; but a variable `bins = 20` is another thing than its value.
  const isVariable = variables.has(hint) && !generic.has(hint);
  if (isVariable && !taken.has(`${hint}_value`)) return `${hint}_value`;
  for (let number = 2; ; number++) {
    const name = `${hint}_${number}`;
    if (!taken.has(name)) return name;
  }
}

/** Puts parameters where the others end, by keyword only, before what takes all other keywords. */
function addParameters({ tokens, header }: Read, added: readonly string[]): Edit {
  const isAt = (i: number, depth: number): boolean => tokens[i]!.depth === depth;
  let open = header.start;
  while (!(tokens[open]!.text === '(' && isAt(open, 0))) open++;
  let close = open;
  while (!(tokens[close]!.text === ')' && isAt(close, 0))) close++;
  const starts = (i: number): boolean => isAt(i, 1) && (tokens[i - 1]!.text === ',' || i - 1 === open);
  let hasStar = false;
  let rest = close;
  for (let i = open + 1; i < close; i++) {
    if (starts(i) && tokens[i]!.text === '*') hasStar = true;
    if (starts(i) && tokens[i]!.text === '**') rest = i;
  }
  const list = `${hasStar ? '' : '*, '}${added.join(', ')}`;
  const at = tokens[rest]!.start;
  if (rest < close) return { span: { start: at, end: at }, text: `${list}, ` };
  const last = tokens[close - 1]!;
  const span = { start: last.end, end: last.end };
  if (close - 1 === open) return { span, text: list };
  return { span, text: last.text === ',' ? ` ${list}` : `, ${list}` };
}
