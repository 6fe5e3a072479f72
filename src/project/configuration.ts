/** Turns the text of pyproject.toml into the options under `[tool.nb2mod]`, which have the names of the long options. */
import { parse, TomlError } from 'smol-toml';
import type { Diagnostic } from '../text/diagnostic.ts';
import { conflictChoices, layouts, type ConflictChoice, type Layout } from './layout.ts';
import { isModuleName } from './names.ts';

/** What may differ from notebook to notebook. */
export interface NotebookSettings {
  readonly layout?: Layout;
  readonly keepOutputs?: boolean;
  /** Names that stay in the notebook; `*` and `?` stand for any letters and any one. */
  readonly keep?: readonly string[];
  /** Which module names go to, the first that fits; dotted, without the package. */
  readonly modules?: readonly ModuleChoice[];
}

export interface ModuleChoice {
  /** Of names; `*` and `?` stand for any letters and any one. */
  readonly pattern: string;
  readonly module: string;
}

/** `[[tool.nb2mod.overrides]]`: settings for the notebooks that the patterns fit. */
export interface Override extends NotebookSettings {
  /** As in .gitignore, from the root. */
  readonly paths: readonly string[];
}

export interface Configuration extends NotebookSettings {
  readonly package?: string;
  readonly sourceRoot?: string;
  readonly exclude?: readonly string[];
  readonly gitignore?: boolean;
  readonly onConflict?: ConflictChoice;
  readonly jobs?: number;
  readonly limit?: number;
  readonly verify?: boolean;
  readonly python?: string;
  readonly timeout?: number;
  readonly overrides?: readonly Override[];
}

export interface ConfigurationResult {
  readonly configuration: Configuration;
  /** `[project].name`. */
  readonly projectName?: string;
  /** NB520, NB521 and NB522, all errors: guessing what was meant could write to the wrong place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Takes a value of the file; what is wrong with it goes to `complain`, and then undefined comes back. */
interface Reader {
  /** Completes "'exclude' must be …". */
  readonly wanted: string;
  readonly example: string;
  readonly read: (value: unknown) => unknown;
}

const text = (example: string): Reader => ({
  wanted: `a text, such as ${example}`,
  example,
  read: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
});
const truth: Reader = {
  wanted: 'true or false',
  example: 'true',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
};
const numberFrom = (least: number): Reader => ({
  wanted: `a number from ${least}`,
  example: '60',
  // smol-toml reads whole numbers as numbers where they are safe.
  read: (value) => (typeof value === 'number' && value >= least ? value : undefined),
});
const texts = (example: string): Reader => ({
  wanted: `a list of texts, such as ${example}`,
  example,
  read: (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined,
});
const oneOf = (choices: readonly string[]): Reader => ({
  wanted: `one of ${choices.map((name) => `"${name}"`).join(', ')}`,
  example: `"${choices[0]!}"`,
  read: (value) => choices.find((name) => name === value),
});
const moduleChoices: Reader = {
  wanted: 'a table from name patterns to modules, such as { "load_*" = "data" }',
  example: '{ "load_*" = "data" }',
  read: (value) => {
    if (!isTable(value)) return undefined;
    const choices = Object.entries(value);
    const isGood = choices.every(
      ([, module]) => typeof module === 'string' && module.split('.').every(isModuleName),
    );
    return isGood ? choices.map(([pattern, module]) => ({ pattern, module })) : undefined;
  },
};

type Options = Readonly<Record<string, readonly [field: string, reader: Reader]>>;

const notebookOptions: Options = {
  layout: ['layout', oneOf(layouts)],
  'keep-outputs': ['keepOutputs', truth],
  keep: ['keep', texts('["scratch_*"]')],
  modules: ['modules', moduleChoices],
};
const overrideOptions: Options = { paths: ['paths', texts('["drafts/"]')], ...notebookOptions };

/** Each option of the table: its field, and how its value is read. */
const options: Options = {
  package: ['package', text('"churn"')],
  'source-root': ['sourceRoot', text('"src"')],
  ...notebookOptions,
  exclude: ['exclude', texts('["drafts/"]')],
  gitignore: ['gitignore', truth],
  'on-conflict': ['onConflict', oneOf(conflictChoices)],
  jobs: ['jobs', numberFrom(1)],
  limit: ['limit', numberFrom(0)],
  verify: ['verify', truth],
  python: ['python', text('"python3.12"')],
  timeout: ['timeout', numberFrom(0)],
};
/** Tables below the table. */
const tables = ['overrides', 'strip'];

/** Options of single runs; in a file they would be forgotten and surprise. */
const commandLineOnly = new Set(['root', 'dry-run', 'check', 'json', 'html', 'color', 'init', 'poetry']);

/** How many single-character edits lead from `a` to `b` (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The one of `names` that `wrong` was most likely meant to be, or null where none is near. */
export function nearest(wrong: string, names: readonly string[]): string | null {
  const plain = wrong.toLowerCase().replaceAll('_', '-');
  const [best] = names
    .map((name) => ({ name, far: distance(plain, name) }))
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1));
  return best !== undefined && best.far <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : null;
}

/** The line on which `key` stands below `[tool.nb2mod]` or a table in it, or that of the table; undefined if neither does. */
function lineOf(content: string, key: string): number | undefined {
  let header: number | undefined;
  let isOurs = false;
  for (const [index, line] of content.split('\n').entries()) {
    if (/^\s*\[/.test(line)) {
      isOurs = /^\s*\[+\s*tool\s*\.\s*["']?nb2mod\b/.test(line);
      if (isOurs) header ??= index + 1;
    } else if (isOurs && /^\s*["']?([\w-]+)["']?\s*[=.]/.exec(line)?.[1] === key) return index + 1;
  }
  return header;
}

/**
 * The configuration in `content`, that of the pyproject.toml at `path`.
 * What is wrong is told in the diagnostics and left out of the configuration.
 */
export function readConfiguration(path: string, content: string): ConfigurationResult {
  let document: Record<string, unknown>;
  try {
    document = parse(content.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message goes on with an excerpt of the file; its first line says what is wrong.
    const [reason = ''] = error.message.replace(/^Invalid TOML document:\s*/, '').split('\n');
    const place = { path, line: error.line, column: error.column };
    const hint = 'Mend the file at the line named; nb2mod reads its options from it.';
    const message = `is not valid TOML: ${reason}`;
    return { configuration: {}, diagnostics: [{ code: 'NB520', severity: 'error', place, message, hint }] };
  }
  const diagnostics: Diagnostic[] = [];
  const complain = (code: 'NB521' | 'NB522', key: string, message: string, hint: string): void => {
    const line = lineOf(content, key);
    const place = { path, ...(line === undefined ? {} : { line }) };
    diagnostics.push({ code, severity: 'error', place, message, hint });
  };
  /** The fields that a table sets; `where` is how it is written. */
  const readTable = (
    table: Record<string, unknown>,
    known: Options,
    where: string,
  ): Record<string, unknown> => {
    const found: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(table)) {
      if (known === options && tables.includes(key)) continue;
      const option = Object.hasOwn(known, key) ? known[key] : undefined;
      if (option === undefined) {
        const names = [...Object.keys(known), ...(known === options ? tables : [])];
        const meant = nearest(key, names);
        const hint = commandLineOnly.has(key)
          ? `Give --${key} on the command line; it belongs to a single run.`
          : meant === null
            ? `The options are ${names.join(', ')}.`
            : `Did you mean '${meant}'?`;
        complain('NB521', key, `unknown option '${key}' under ${where}`, hint);
        continue;
      }
      const [field, { wanted, example, read }] = option;
      const taken = read(value);
      if (taken !== undefined) found[field] = taken;
      else complain('NB522', key, `'${key}' must be ${wanted}`, `Write for instance ${key} = ${example}.`);
    }
    return found;
  };
  let configuration: Configuration = {};
  const table = tableAt(document, 'tool', 'nb2mod');
  if (table !== undefined && !isTable(table)) {
    const hint = 'Write a line [tool.nb2mod], and the options below it.';
    complain('NB522', '', '[tool.nb2mod] must be a table', hint);
  } else if (table !== undefined) {
    const overrides = Object.hasOwn(table, 'overrides') ? table['overrides'] : [];
    const isList =
      Array.isArray(overrides) &&
      overrides.every((override) => isTable(override) && Object.hasOwn(override, 'paths'));
    const hint = 'Write [[tool.nb2mod.overrides]], and below it paths = ["drafts/"] and the settings.';
    if (!isList) {
      complain('NB522', 'overrides', "'overrides' must be a list of tables with paths", hint);
    }
    const found = readTable(table, options, '[tool.nb2mod]');
    const read = (isList ? overrides : []).map((override) =>
      readTable(override, overrideOptions, '[[tool.nb2mod.overrides]]'),
    );
    const settings: Record<string, unknown> = { ...found, ...(read.length > 0 && { overrides: read }) };
    configuration = settings;
  }
  const projectName = tableAt(document, 'project', 'name');
  return {
    configuration,
    ...(typeof projectName === 'string' ? { projectName } : {}),
    diagnostics,
  };
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at `[outer] inner`, or undefined. */
function tableAt(document: Record<string, unknown>, outer: string, inner: string): unknown {
  const table = document[outer];
  return isTable(table) && Object.hasOwn(table, inner) ? table[inner] : undefined;
}
