/** Turns the text of pyproject.toml into the options under `[tool.nb2mod]`, which have the names of the long options. */
import type { Diagnostic } from '../text/diagnostic.ts';
import { nearest } from '../text/nearest.ts';
import type { ConflictChoice, Layout } from './layout.ts';
import {
  commandLineOnly,
  configuredCommands,
  fieldOf,
  options,
  readValue,
  wantedOf,
  type ConfigurationOption,
  type ConfiguredCommand,
} from './options.ts';
import { isTable, readProjectFile, type Table } from './toml.ts';

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
  readonly tests?: boolean;
  readonly python?: string;
  readonly timeout?: number;
  readonly offline?: boolean;
  readonly attributes?: string;
  readonly preCommit?: boolean;
  readonly overrides?: readonly Override[];
}

export interface ConfigurationResult {
  readonly configuration: Configuration;
  /** `[project].name`. */
  readonly projectName?: string;
  /** The keys of the file, as `ProjectFile` has them; none where it can't be read. */
  readonly keys: readonly string[];
  /** All that the file says; nothing where it can't be read. */
  readonly document: Table;
  /** NB520, NB521 and NB522, all errors: guessing what was meant could write to the wrong place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** One option as the file sets it. */
export interface WrittenSetting {
  readonly option: ConfigurationOption;
  /** As `readValue` gives it. */
  readonly value: unknown;
  readonly line?: number;
}

/** A table below `[[tool.nb2mod.overrides]]`. */
export interface WrittenOverride {
  readonly paths: readonly string[];
  readonly settings: readonly WrittenSetting[];
}

/** All that the file says, by the table in which it says it; `strip` has a reader of its own. */
export interface WrittenConfiguration {
  readonly general: readonly WrittenSetting[];
  readonly ofCommand: ReadonlyMap<ConfiguredCommand, readonly WrittenSetting[]>;
  readonly overrides: readonly WrittenOverride[];
  readonly projectName?: string;
  readonly keys: readonly string[];
  readonly document: Table;
  readonly diagnostics: readonly Diagnostic[];
}

/** Tables below the table that no command has. */
const otherTables = ['overrides', 'strip'];

const paths: ConfigurationOption = {
  name: 'paths',
  kind: { is: 'texts' },
  commands: ['extract', 'scan'],
  help: 'the notebooks that these settings are for, written as in .gitignore, from the project root',
  example: '["drafts/"]',
  fallback: { value: [] },
};
/** What can stand below `[[tool.nb2mod.overrides]]`. */
export const overrideOptions: readonly ConfigurationOption[] = [
  paths,
  ...options.filter(({ isOfNotebook }) => isOfNotebook === true),
];

/**
 * What stands in `content`, that of the pyproject.toml at `path`. An option of the table itself is for every command that
 * has it; one of `[tool.nb2mod.scan]` for that command, and goes before.
 * What is wrong is told in the diagnostics and left out.
 */
export function readSettings(path: string, content: string): WrittenConfiguration {
  const file = readProjectFile(path, content);
  const general: WrittenSetting[] = [];
  const ofCommand = new Map<ConfiguredCommand, readonly WrittenSetting[]>();
  const overrides: WrittenOverride[] = [];
  if ('diagnostic' in file)
    return { general, ofCommand, overrides, keys: [], document: {}, diagnostics: [file.diagnostic] };

  const { table, projectName, keys, document, lineOf } = file;
  const diagnostics: Diagnostic[] = [];
  const complain = (
    code: 'NB521' | 'NB522',
    at: readonly (string | number)[],
    message: string,
    hint: string,
  ): void => {
    const line = lineOf(at);
    const place = { path, ...(line === undefined ? {} : { line }) };
    diagnostics.push({ code, severity: 'error', place, message, hint });
  };
  /** The options that a table sets; `where` is how it is written, `at` the keys that lead to it. */
  const readTable = (
    entries: Table,
    known: readonly ConfigurationOption[],
    where: string,
    at: readonly (string | number)[],
    tables: readonly string[] = [],
  ): WrittenSetting[] => {
    const found: WrittenSetting[] = [];
    for (const [key, value] of Object.entries(entries)) {
      const option = known.find(({ name }) => name === key);
      // `verify` is both an option of extract and a command: a table is the command's.
      if (tables.includes(key) && (option === undefined || isTable(value))) continue;
      if (option === undefined) {
        const names = [...new Set([...known.map(({ name }) => name), ...tables])];
        const meant = nearest(key, names);
        const hint = commandLineOnly.has(key)
          ? `Give --${key} on the command line; it belongs to a single run.`
          : meant === null
            ? `The options are ${names.join(', ')}.`
            : `Did you mean '${meant}'?`;
        complain('NB521', [...at, key], `unknown option '${key}' under ${where}`, hint);
        continue;
      }
      const taken = readValue(option.kind, value);
      const line = lineOf([...at, key]);
      if (taken !== undefined) found.push({ option, value: taken, ...(line !== undefined && { line }) });
      else {
        const wanted = wantedOf(option.kind, option.example);
        const meant =
          option.kind.is === 'choice' && typeof value === 'string' ? nearest(value, option.kind.of) : null;
        const hint =
          meant === null ? `Write for instance ${key} = ${option.example}.` : `Did you mean '${meant}'?`;
        complain('NB522', [...at, key], `'${key}' must be ${wanted}`, hint);
      }
    }
    return found;
  };

  if (table !== undefined && !isTable(table)) {
    const hint = 'Write a line [tool.nb2mod], and the options below it.';
    complain('NB522', [], '[tool.nb2mod] must be a table', hint);
  } else if (table !== undefined) {
    const tables = [...configuredCommands, ...otherTables];
    general.push(...readTable(table, options, '[tool.nb2mod]', [], tables));
    for (const command of configuredCommands) {
      const own = Object.hasOwn(table, command) ? table[command] : undefined;
      const known = options.filter(({ commands }) => commands.includes(command));
      if (isTable(own)) {
        ofCommand.set(command, readTable(own, known, `[tool.nb2mod.${command}]`, [command]));
      } else if (own !== undefined && !options.some(({ name }) => name === command)) {
        const hint = `Write a line [tool.nb2mod.${command}], and the options of ${command} below it.`;
        complain('NB522', [command], `'${command}' must be a table`, hint);
      }
    }
    const written = Object.hasOwn(table, 'overrides') ? table['overrides'] : [];
    const isList =
      Array.isArray(written) &&
      written.every(
        (override) =>
          isTable(override) && Object.hasOwn(override, 'paths') && [override['paths']].flat().length > 0,
      );
    const hint = 'Write [[tool.nb2mod.overrides]], and below it paths = ["drafts/"] and the settings.';
    if (!isList) {
      complain('NB522', ['overrides'], "'overrides' must be a list of tables with paths", hint);
    }
    for (const [number, override] of (isList ? (written as Table[]) : []).entries()) {
      const where = '[[tool.nb2mod.overrides]]';
      const settings = readTable(override, overrideOptions, where, ['overrides', number]);
      const named = settings.find(({ option }) => option === paths);
      if (named === undefined) continue;
      const others = settings.filter(({ option }) => option !== paths);
      overrides.push({ paths: named.value as string[], settings: others });
    }
  }
  return {
    general,
    ofCommand,
    overrides,
    ...(projectName !== undefined && { projectName }),
    keys,
    document,
    diagnostics,
  };
}

/** The configuration of one command. What is wrong is told in the diagnostics and left out. */
export function readConfiguration(
  path: string,
  content: string,
  command: ConfiguredCommand = 'extract',
): ConfigurationResult {
  const { general, ofCommand, overrides, projectName, ...rest } = readSettings(path, content);
  const found = overrides.map(({ paths: named, settings }) => ({ paths: named, ...fieldsOf(settings) }));
  const configuration: Configuration = {
    ...fieldsOf(general),
    ...fieldsOf(ofCommand.get(command) ?? []),
    ...(found.length > 0 && { overrides: found }),
  };
  return { configuration, ...(projectName !== undefined && { projectName }), ...rest };
}

function fieldsOf(settings: readonly WrittenSetting[]): Record<string, unknown> {
  return Object.fromEntries(settings.map(({ option, value }) => [fieldOf(option.name), value]));
}
