/** Turns the text of pyproject.toml into the table `[tool.nb2mod]`, and tells the line on which a key of it stands. */
import { parse, TomlError } from 'smol-toml';
import type { Diagnostic } from '../text/diagnostic.ts';

export type Table = Readonly<Record<string, unknown>>;

export interface ProjectFile {
  /** What stands at `[tool.nb2mod]`; undefined where nothing does. */
  readonly table: unknown;
  /** `[project].name`. */
  readonly projectName?: string;
  /** The keys of the file, those of its `tool` table as `tool.poetry`. */
  readonly keys: readonly string[];
  /** All that the file says. */
  readonly document: Table;
  /**
   * The line of a key below `[tool.nb2mod]`, or of the nearest table that holds it; undefined if none is found.
   * @param path such as `['strip', 'keep-count']` or `['overrides', 1, 'layout']`
   */
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined;
}

/** @returns NB520 where the text is not TOML */
export function readProjectFile(
  path: string,
  content: string,
): ProjectFile | { readonly diagnostic: Diagnostic } {
  let document: Table;
  try {
    document = parse(content.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message goes on with an excerpt of the file; its first line says what is wrong.
    const [reason = ''] = error.message.replace(/^Invalid TOML document:\s*/, '').split('\n');
    const place = { path, line: error.line, column: error.column };
    const hint = 'Mend the file at the line named; nb2mod reads its options from it.';
    const message = `is not valid TOML: ${reason}`;
    return { diagnostic: { code: 'NB520', severity: 'error', place, message, hint } };
  }
  const projectName = tableAt(document, 'project', 'name');
  let lines: ReadonlyMap<string, number> | undefined;
  return {
    table: tableAt(document, 'tool', 'nb2mod'),
    ...(typeof projectName === 'string' && { projectName }),
    keys: Object.entries(document).flatMap(([key, value]) =>
      key === 'tool' && isTable(value) ? Object.keys(value).map((name) => `tool.${name}`) : [key],
    ),
    document,
    lineOf: (below) => {
      lines ??= linesOf(content);
      for (let length = below.length; length >= 0; length--) {
        const line = lines.get(keyOf(['tool', 'nb2mod', ...below.slice(0, length)]));
        if (line !== undefined) return line;
      }
      return undefined;
    },
  };
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at `[outer] inner`, or undefined. */
function tableAt(document: Table, outer: string, inner: string): unknown {
  const table = document[outer];
  return isTable(table) && Object.hasOwn(table, inner) ? table[inner] : undefined;
}

function keyOf(path: readonly (string | number)[]): string {
  return path.join('\0');
}

const dottedKey = /(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*/y;

/** The first line of each table and key. What stands within a value of several lines is passed over. */
function linesOf(content: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const counts = new Map<string, number>();
  let table: (string | number)[] = [];
  let open = '';
  for (const [index, written] of content
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (open !== '') {
      if (written.includes(open)) open = '';
      continue;
    }
    const line = written.trim();
    const header = /^\[+/.exec(line)?.[0];
    const key = readKey(line, header?.length ?? 0);
    if (key === undefined) continue;
    if (header === undefined) {
      if (!/^\s*=/.test(line.slice(key.end))) continue;
      for (let length = 1; length <= key.path.length; length++) {
        note(found, [...table, ...key.path.slice(0, length)], index + 1);
      }
      const value = line.slice(key.end);
      const quotes = /"""|'''/.exec(value)?.[0];
      if (quotes !== undefined && value.split(quotes).length % 2 === 0) open = quotes;
      continue;
    }
    // A list within a list of several lines is no header.
    if (!/^\s*\]+\s*(#.*)?$/.test(line.slice(key.end))) continue;
    table = [...key.path];
    if (header.length === 2) {
      const number = counts.get(keyOf(table)) ?? 0;
      counts.set(keyOf(table), number + 1);
      note(found, table, index + 1);
      table.push(number);
    }
    for (let length = 1; length <= table.length; length++) note(found, table.slice(0, length), index + 1);
  }
  return found;
}

function note(lines: Map<string, number>, path: readonly (string | number)[], line: number): void {
  if (!lines.has(keyOf(path))) lines.set(keyOf(path), line);
}

function readKey(line: string, from: number): { readonly path: string[]; readonly end: number } | undefined {
  dottedKey.lastIndex = from + (/^\s*/.exec(line.slice(from))?.[0].length ?? 0);
  const match = dottedKey.exec(line);
  if (match === null) return undefined;
  const path = [...match[0].matchAll(/"([^"]*)"|'([^']*)'|[\w-]+/g)].map(
    ([whole, double, single]) => double ?? single ?? whole,
  );
  return { path, end: dottedKey.lastIndex };
}
