/** Turns the text of pyproject.toml into the options under `[tool.nb2mod]`, which have the names of the long options. */
import { parse, TomlError } from 'smol-toml';
import type { Diagnostic } from '../text/diagnostic.ts';
import { layouts, type Layout } from './layout.ts';

export interface Configuration {
  readonly package?: string;
  readonly sourceRoot?: string;
  readonly layout?: Layout;
  readonly keepOutputs?: boolean;
}

export interface ConfigurationResult {
  readonly configuration: Configuration;
  /** `[project].name`. */
  readonly projectName?: string;
  /** NB520, NB521 and NB522, all errors: guessing what was meant could write to the wrong place. */
  readonly diagnostics: readonly Diagnostic[];
}

type Check = (value: unknown) => string | null;

const isText: Check = (value) =>
  typeof value === 'string' && value !== '' ? null : 'a text, such as "churn"';
const isTruth: Check = (value) => (typeof value === 'boolean' ? null : 'true or false');
const isLayout: Check = (value) =>
  layouts.some((layout) => layout === value)
    ? null
    : `one of ${layouts.map((name) => `"${name}"`).join(', ')}`;

/** Each option: its field, and what its value must be (null when it is). */
const options: Readonly<Record<string, readonly [field: keyof Configuration, check: Check]>> = {
  package: ['package', isText],
  'source-root': ['sourceRoot', isText],
  layout: ['layout', isLayout],
  'keep-outputs': ['keepOutputs', isTruth],
};

/** Options of single runs; in a file they would be forgotten and surprise. */
const commandLineOnly = new Set(['root', 'dry-run', 'check', 'json', 'verify', 'color']);

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

/** The line on which `key` stands below `[tool.nb2mod]`, or that of the table, or undefined where it is written another way. */
function lineOf(text: string, key: string): number | undefined {
  const lines = text.split('\n');
  const header = lines.findIndex((line) => /^\s*\[\s*tool\s*\.\s*["']?nb2mod["']?\s*\]/.test(line));
  if (header === -1) return undefined;
  for (let at = header + 1; at < lines.length && !/^\s*\[/.test(lines[at]!); at++) {
    const name = /^\s*["']?([\w-]+)["']?\s*[=.]/.exec(lines[at]!)?.[1];
    if (name === key) return at + 1;
  }
  return header + 1;
}

/**
 * The configuration in `text`, the content of the pyproject.toml at `path`.
 * What is wrong is told in the diagnostics and left out of the configuration.
 */
export function readConfiguration(path: string, text: string): ConfigurationResult {
  let document: Record<string, unknown>;
  try {
    document = parse(text.replace(/^\uFEFF/, ''));
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
    const line = lineOf(text, key);
    const place = { path, ...(line === undefined ? {} : { line }) };
    diagnostics.push({ code, severity: 'error', place, message, hint });
  };
  const found: Record<string, unknown> = {};
  const table = tableAt(document, 'tool', 'nb2mod');
  if (table !== undefined && !isTable(table)) {
    complain(
      'NB522',
      '',
      '[tool.nb2mod] must be a table',
      'Write a line [tool.nb2mod], and the options below it.',
    );
  } else {
    for (const [key, value] of Object.entries(table ?? {})) {
      const known = Object.hasOwn(options, key) ? options[key] : undefined;
      if (known === undefined) {
        const names = Object.keys(options);
        const meant = nearest(key, names);
        const hint = commandLineOnly.has(key)
          ? `Give --${key} on the command line; it belongs to a single run.`
          : meant === null
            ? `The options are ${names.join(', ')}.`
            : `Did you mean '${meant}'?`;
        complain('NB521', key, `unknown option '${key}' under [tool.nb2mod]`, hint);
        continue;
      }
      const [field, check] = known;
      const wanted = check(value);
      if (wanted === null) found[field] = value;
      else
        complain(
          'NB522',
          key,
          `'${key}' must be ${wanted}`,
          `Write for instance ${key} = ${exampleOf(key)}.`,
        );
    }
  }
  const projectName = tableAt(document, 'project', 'name');
  return {
    configuration: found as Configuration,
    ...(typeof projectName === 'string' ? { projectName } : {}),
    diagnostics,
  };
}

function exampleOf(key: string): string {
  if (key === 'layout') return '"notebook"';
  if (key === 'keep-outputs') return 'true';
  return key === 'package' ? '"churn"' : '"src"';
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at `[outer] inner`, or undefined. */
function tableAt(document: Record<string, unknown>, outer: string, inner: string): unknown {
  const table = document[outer];
  return isTable(table) && Object.hasOwn(table, inner) ? table[inner] : undefined;
}
