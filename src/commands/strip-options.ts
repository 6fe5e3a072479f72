/** Turns the arguments of `strip` and `filter`, and `[tool.nb2mod.strip]` in pyproject.toml, into settings of stripping. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readLimited } from '../files/read.ts';
import type { StripSettings } from '../notebook/strip-bytes.ts';
import { isMetadataKey } from '../notebook/strip.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { nearest } from '../text/nearest.ts';

/** What an option takes: nothing, one value, several arguments, or one argument of several words. */
type Takes = 'nothing' | 'value' | 'arguments' | 'words';

export interface OptionEntry {
  readonly name: string;
  readonly short?: string;
  readonly takes: Takes;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly values?: readonly string[];
  readonly help: string;
  /** Not of the notebooks but of this one call: not for pyproject.toml nor for the filter. */
  readonly isOfCall?: boolean;
  /** What holds where nobody says otherwise; where missing, nothing. */
  readonly usual?: { readonly value: unknown } | { readonly words: string };
}

/** What outputs can be, streams also by their name; the last two are those of nbformat 3. */
const outputTypes = [
  'stream',
  'stream:stdout',
  'stream:stderr',
  'error',
  'display_data',
  'execute_result',
  'pyout',
  'pyerr',
];

export const stripOptions: readonly OptionEntry[] = [
  {
    name: 'check',
    takes: 'nothing',
    help: 'write nothing; list what is not stripped, exit 1 if anything',
    isOfCall: true,
  },
  {
    name: 'dry-run',
    takes: 'nothing',
    help: 'write nothing; say which notebooks would be stripped',
    isOfCall: true,
  },
  { name: 'verify', takes: 'nothing', help: 'as --dry-run, and exit 1 if any would be', isOfCall: true },
  {
    name: 'textconv',
    short: 't',
    takes: 'nothing',
    help: 'print the stripped notebooks, change no file',
    isOfCall: true,
  },
  { name: 'json', takes: 'nothing', help: 'print one JSON report, nothing else', isOfCall: true },
  {
    name: 'force',
    short: 'f',
    takes: 'nothing',
    help: 'strip files with other endings than .ipynb and .zpln too',
    isOfCall: true,
  },
  { name: 'keep-output', takes: 'nothing', help: 'keep outputs' },
  { name: 'keep-count', takes: 'nothing', help: 'keep execution counts' },
  {
    name: 'keep-id',
    takes: 'nothing',
    help: 'keep cell ids (with --format nbformat; else they stay anyway)',
  },
  { name: 'reset-id', takes: 'nothing', help: 'number cell ids from 0, as nbstripout does' },
  {
    name: 'keep-output-type',
    takes: 'arguments',
    value: 'type',
    values: outputTypes,
    help: 'keep outputs of these types',
  },
  {
    name: 'drop-output-type',
    takes: 'arguments',
    value: 'type',
    values: outputTypes,
    help: 'take outputs of these types out of what is kept',
  },
  {
    name: 'max-size',
    takes: 'value',
    value: 'size',
    help: 'keep outputs up to this size: 500, 10k, 1M, 1G',
    usual: { value: '0' },
  },
  {
    name: 'strip-regex',
    takes: 'value',
    value: 'pattern',
    help: 'take outputs out whose text matches, whatever is kept',
    usual: { words: 'none' },
  },
  {
    name: 'extra-keys',
    takes: 'words',
    value: 'keys',
    help: 'take these out too: "metadata.foo cell.metadata.bar"',
  },
  { name: 'keep-metadata-keys', takes: 'words', value: 'keys', help: 'keep these, which would go' },
  {
    name: 'allow-metadata-keys',
    takes: 'words',
    value: 'keys',
    help: 'take all metadata out but these: "metadata.kernelspec cell.metadata.tags"',
    usual: { words: 'all but what a run leaves behind' },
  },
  { name: 'drop-empty-cells', takes: 'nothing', help: 'take cells without text out' },
  { name: 'drop-tagged-cells', takes: 'words', value: 'tags', help: 'take cells with any of these tags out' },
  { name: 'strip-init-cells', takes: 'nothing', help: 'strip cells with init_cell metadata too' },
  {
    name: 'format',
    takes: 'value',
    value: 'format',
    values: ['preserve', 'nbformat'],
    help: 'preserve: all that stays keeps its bytes (default); nbformat: laid out as nbstripout does',
    usual: { value: 'preserve' },
  },
  {
    name: 'mode',
    short: 'm',
    takes: 'value',
    value: 'mode',
    values: ['jupyter', 'zeppelin'],
    help: 'which notebooks they are; else the ending tells',
    usual: { words: "the file's ending tells" },
  },
  { name: 'unix-newlines', takes: 'nothing', help: 'write \\n where the file has \\r\\n' },
];

/** Options as written: names to `true`, a text, or several. */
export type WrittenOptions = ReadonlyMap<string, true | string | readonly string[]>;

export type ParsedArguments =
  { readonly files: readonly string[]; readonly written: WrittenOptions } | { readonly usage: string };

/** Reads arguments as `--name`, `--name value`, `--name=value`, `-f`; what is no option is a file. */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const files: string[] = [];
  const written = new Map<string, true | string | string[]>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      files.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      files.push(arg);
      continue;
    }
    const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
    const name = equals === -1 ? arg : arg.slice(0, equals);
    const entry = stripOptions.find((option) => name === `--${option.name}` || name === `-${option.short}`);
    if (entry === undefined) {
      const meant = nearest(
        name,
        stripOptions.map((option) => `--${option.name}`),
      );
      return { usage: `unknown option ${name}${meant === null ? '' : ` (did you mean ${meant}?)`}` };
    }
    const inline = equals === -1 ? undefined : arg.slice(equals + 1);
    if (entry.takes === 'nothing') {
      if (inline !== undefined) return { usage: `${name} takes no value` };
      written.set(entry.name, true);
      continue;
    }
    const values: string[] = [];
    if (inline !== undefined) values.push(inline);
    else if (entry.takes !== 'arguments') values.push(...args.slice(i + 1, ++i + 1));
    else while (i + 1 < args.length && !args[i + 1]!.startsWith('-')) values.push(args[++i]!);
    if (values.length === 0) return { usage: `${name} wants a ${entry.value}` };
    if (entry.takes === 'value') written.set(entry.name, values[0]!);
    else {
      const words = entry.takes === 'words' ? values.join(' ').split(/\s+/).filter(Boolean) : values;
      const before = written.get(entry.name);
      written.set(entry.name, [...(Array.isArray(before) ? before : []), ...words]);
    }
  }
  return { files, written };
}

/** Settings, and what is wrong with what they were made from. */
export interface OpenSettings {
  readonly settings: StripSettings;
  readonly diagnostics: readonly Diagnostic[];
  /** Whether nothing is so wrong that the settings may be other than those that were meant: else nothing is stripped. */
  readonly isSound: boolean;
}

/**
 * The settings that hold where the pyproject.toml is at `path`, if there is one.
 * @param written options of the command line, which go before
 */
export async function openSettings(path: string | undefined, written: WrittenOptions): Promise<OpenSettings> {
  const configuration = await readConfiguration(path);
  const read = settingsOf(configuration, written, path);
  const diagnostics = [...configuration.diagnostics, ...read.diagnostics];
  const isSound = diagnostics.every(({ severity }) => severity !== 'error');
  return { settings: read.settings, diagnostics, isSound };
}

/**
 * Settings from options; those of the command line hold over those of pyproject.toml, lists of keys add up.
 * @param path names the file in diagnostics about what it says
 */
function settingsOf(
  { written: configured, lines }: ConfiguredOptions,
  written: WrittenOptions,
  path: string | undefined,
): { settings: StripSettings; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const complain = (
    name: string,
    message: string,
    hint: string,
    severity: 'error' | 'warning' = 'error',
    source = written.has(name) ? written : configured,
  ): void => {
    const line = lines.get(name);
    const isOfFile = path !== undefined && source === configured;
    const place = isOfFile && { place: { path, ...(line !== undefined && { line }) } };
    diagnostics.push({ code: 'NB522', severity, ...place, message, hint });
  };
  const has = (name: string): boolean => written.has(name) || configured.has(name);
  const text = (name: string): string | undefined => {
    const value = written.get(name) ?? configured.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const list = (name: string): string[] =>
    [configured.get(name), written.get(name)].flatMap((value) => (Array.isArray(value) ? value : []));
  const keys = (name: string): string[] =>
    [configured, written].flatMap((source) => {
      const named = source.get(name);
      return (Array.isArray(named) ? named : []).filter((key) => {
        if (isMetadataKey(key)) return true;
        const message = `Ignoring invalid extra key \`${key}\``;
        complain(name, message, 'write metadata.… or cell.metadata.…', 'warning', source);
        return false;
      });
    });

  for (const { name, values } of stripOptions) {
    const value = written.get(name) ?? true;
    const wrong =
      values === undefined || value === true
        ? undefined
        : [value].flat().find((each) => !values.includes(each));
    if (wrong === undefined) continue;
    complain(name, `${name} cannot be '${wrong}'`, hintOf(wrong, values!), 'error', written);
  }
  const maxSize = parseSize(text('max-size') ?? '0');
  if (maxSize === undefined) {
    complain('max-size', `max-size cannot be '${text('max-size')}'`, 'write a number, or one with k, M or G');
  }
  let stripRegex: RegExp | undefined;
  const pattern = text('strip-regex');
  if (pattern !== undefined) {
    try {
      stripRegex = new RegExp(pattern, 'u');
    } catch {
      complain('strip-regex', `'${pattern}' is not a regular expression`, 'write it as JavaScript does');
    }
  }
  const settings: StripSettings = {
    ...(has('keep-output') ? { keepOutput: true } : {}),
    keepCount: has('keep-count'),
    ...(has('reset-id') ? { numberIds: true } : has('keep-id') ? { numberIds: false } : {}),
    keepOutputTypes: list('keep-output-type'),
    dropOutputTypes: list('drop-output-type'),
    maxSize: maxSize ?? 0,
    ...(stripRegex === undefined ? {} : { stripRegex }),
    extraKeys: keys('extra-keys'),
    keepMetadataKeys: keys('keep-metadata-keys'),
    ...(has('allow-metadata-keys') ? { allowMetadataKeys: keys('allow-metadata-keys') } : {}),
    dropEmptyCells: has('drop-empty-cells'),
    dropTaggedCells: list('drop-tagged-cells'),
    stripInitCells: has('strip-init-cells'),
    ...(text('format') === 'nbformat' ? { format: 'nbformat' } : {}),
    ...(has('mode') ? { mode: text('mode') === 'zeppelin' ? 'zeppelin' : 'jupyter' } : {}),
    unixNewlines: has('unix-newlines'),
  };
  return { settings, diagnostics };
}

/**
 * Of what `[tool.nb2mod.strip]` asks for, what is about results: `extract` takes those out as `strip` and git do. What
 * drops cells or metadata is left to them, for a second run must find what the first one wrote.
 */
export async function readResultSettings(
  folder: string,
): Promise<{ settings: StripSettings; diagnostics: readonly Diagnostic[] }> {
  const { settings, diagnostics } = await openSettings(findConfiguration(folder), new Map());
  const { keepOutput, keepCount, keepOutputTypes, dropOutputTypes, maxSize, stripRegex, stripInitCells } =
    settings;
  return {
    settings: {
      ...(keepOutput !== undefined && { keepOutput }),
      ...(keepCount !== undefined && { keepCount }),
      ...(keepOutputTypes !== undefined && { keepOutputTypes }),
      ...(dropOutputTypes !== undefined && { dropOutputTypes }),
      ...(maxSize !== undefined && { maxSize }),
      ...(stripRegex !== undefined && { stripRegex }),
      ...(stripInitCells !== undefined && { stripInitCells }),
    },
    diagnostics,
  };
}

/** Powers of ten, as nbstripout counts. */
function parseSize(text: string): number | undefined {
  const match = /^(\d+)([kmg]?)$/i.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * { '': 1, k: 1e3, m: 1e6, g: 1e9 }[match[2]!.toLowerCase()]!;
}

/** The pyproject.toml at the top of the worktree that holds `folder`, else in `folder` itself; if there is one. */
export function findConfiguration(folder: string): string | undefined {
  const start = resolve(folder);
  for (let at = start; ; at = dirname(at)) {
    const isTop = existsSync(join(at, '.git'));
    const isRoot = dirname(at) === at;
    if (!isTop && !isRoot) continue;
    const path = join(isTop ? at : start, 'pyproject.toml');
    return existsSync(path) ? path : undefined;
  }
}

export interface ConfiguredOptions {
  readonly written: WrittenOptions;
  /** Of the options, by name. */
  readonly lines: ReadonlyMap<string, number>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The options of notebooks, not of a single call: what the file and the filter may set. */
export const lastingOptions = stripOptions
  .filter(({ isOfCall }) => isOfCall !== true)
  .map((entry) => ({
    ...entry,
    usual: entry.usual ?? { value: entry.takes === 'nothing' ? false : [] },
  }));

/**
 * The options under `[tool.nb2mod.strip]`. The TOML reader is loaded only if the file speaks of stripping by nb2mod.
 * @returns NB520 to NB522 for a file that cannot be read, an unknown option, or a value of the wrong kind
 */
export async function readConfiguration(path: string | undefined): Promise<ConfiguredOptions> {
  const written = new Map<string, true | string | readonly string[]>();
  const lines = new Map<string, number>();
  const diagnostics: Diagnostic[] = [];
  if (path === undefined) return { written, lines, diagnostics };
  const reading = readLimited(path);
  if ('diagnostic' in reading) return { written, lines, diagnostics: [reading.diagnostic] };
  const text = Buffer.from(reading.bytes).toString('utf8');
  if (!text.includes('nb2mod') || !/\bstrip\b/.test(text)) {
    return { written, lines, diagnostics };
  }
  const { isTable, readProjectFile } = await import('../project/toml.ts');
  const file = readProjectFile(path, text);
  if ('diagnostic' in file) return { written, lines, diagnostics: [file.diagnostic] };
  const complain = (code: 'NB521' | 'NB522', key: readonly string[], message: string, hint: string): void => {
    const line = file.lineOf(['strip', ...key]);
    const place = { path, ...(line !== undefined && { line }) };
    diagnostics.push({ code, severity: 'error', place, message, hint });
  };
  const table = isTable(file.table) ? (file.table['strip'] ?? {}) : {};
  if (!isTable(table)) {
    complain(
      'NB522',
      [],
      "'strip' must be a table",
      'Write a line [tool.nb2mod.strip], and the options below it.',
    );
    return { written, lines, diagnostics };
  }
  for (const [name, value] of Object.entries(table)) {
    const entry = lastingOptions.find((option) => option.name === name);
    if (entry === undefined) {
      complain('NB521', [name], `unknown option '${name}' under [tool.nb2mod.strip]`, suggest(name));
      continue;
    }
    const taken = readValue(entry, value);
    if (taken === undefined) {
      const wrong = [value]
        .flat()
        .find((each) => typeof each === 'string' && entry.values?.includes(each) === false);
      const hint =
        wrong === undefined ? 'Mend it, or take the line out.' : hintOf(wrong as string, entry.values!);
      complain('NB522', [name], `'${name}' must be ${wantedOf(entry)}`, hint);
    } else if (taken !== false) {
      written.set(name, taken);
      const line = file.lineOf(['strip', name]);
      if (line !== undefined) lines.set(name, line);
    }
  }
  return { written, lines, diagnostics };
}

/** What to write in place of a value that means nothing. */
function hintOf(wrong: string, values: readonly string[]): string {
  const meant = nearest(wrong, values);
  return meant === null ? `Write ${values.join(' or ')}.` : `Did you mean '${meant}'?`;
}

function suggest(name: string): string {
  const names = lastingOptions.map((option) => option.name);
  if (stripOptions.some((option) => option.name === name)) {
    return `Give --${name} on the command line; it belongs to a single run.`;
  }
  const meant = nearest(name, names);
  return meant === null ? `The options are ${names.join(', ')}.` : `Did you mean '${meant}'?`;
}

function wantedOf({ takes, values }: OptionEntry): string {
  if (takes === 'nothing') return 'true or false';
  const choice = values === undefined ? undefined : `"${values.join('", "')}"`;
  if (takes === 'value') return choice === undefined ? 'a text' : `one of ${choice}`;
  return `a list of ${choice === undefined ? 'texts' : `some of ${choice}`}`;
}

/** What a value of the file means; undefined where it is of the wrong kind. */
function readValue(
  { takes, values: choices }: OptionEntry,
  value: unknown,
): boolean | string | string[] | undefined {
  if (takes === 'nothing') return typeof value === 'boolean' ? value : undefined;
  if (takes === 'value') {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || choices?.includes(text) === false) return undefined;
    return text;
  }
  const values: unknown[] = typeof value === 'string' ? value.split(/\s+/).filter(Boolean) : [value].flat();
  const isGood = values.every((item) => typeof item === 'string' && choices?.includes(item) !== false);
  return isGood ? (values as string[]) : undefined;
}
