/** `nb2mod config`: tells which settings hold for a path, and where each comes from. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { filterOf } from '../files/find.ts';
import { readLimited } from '../files/read.ts';
import { topics } from '../plan/topic.ts';
import { readSettings, type WrittenConfiguration, type WrittenSetting } from '../project/configuration.ts';
import {
  configuredCommands,
  fieldOf,
  options,
  type ConfigurationOption,
  type ConfiguredCommand,
} from '../project/options.ts';
import { paint } from '../report/paint.ts';
import { formatDiagnostics, showPath } from '../report/text.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { pathWithin } from '../text/within.ts';
import { findSite, packageOf, packagesIn, type Site } from './project.ts';
import { formatSchema, schemaOfFile } from './schema.ts';
import { findConfiguration, lastingOptions, readConfiguration } from './strip-options.ts';
import type { Terminal } from './terminal.ts';

export interface ConfigOptions {
  readonly root?: string;
  readonly json: boolean;
  /** Print the JSON schema of pyproject.toml instead. */
  readonly schema: boolean;
}

/** One setting that holds. */
interface Effective {
  readonly name: string;
  /** Null where nothing is set and what holds depends; `because` then says on what. */
  readonly value: unknown;
  readonly origin: 'default' | 'pyproject.toml' | 'override' | 'command line';
  /** The table that sets it, as it is written in the file. */
  readonly table?: string;
  readonly file?: string;
  readonly line?: number;
  /** How a default comes about. */
  readonly because?: string;
}

/**
 * Prints the settings that hold for a path, as TOML with their origins as comments, or as JSON.
 * @param path a notebook or folder; the working folder where none is named
 * @param given options of the command line, by their fields
 * @returns the exit code: 0, or 2 where the file is wrong or the path does not exist
 */
export async function config(
  path: string | undefined,
  given: Readonly<Record<string, unknown>>,
  { root: named, json, schema }: ConfigOptions,
  { out, err, outOptions, errOptions }: Terminal,
): Promise<number> {
  if (schema) {
    out(formatSchema(schemaOfFile()));
    return 0;
  }
  const target = resolve(path ?? '.');
  const fail = (diagnostics: readonly Diagnostic[]): number => {
    err(formatDiagnostics(diagnostics, errOptions));
    return 2;
  };
  if (!existsSync(target)) {
    const missing = readLimited(path ?? '.');
    return fail('diagnostic' in missing ? [missing.diagnostic] : []);
  }
  const site = findSite([target], named === undefined ? {} : { root: named }, 'extract');
  const folder = statSync(target).isDirectory() ? target : dirname(target);
  const stripFile = findConfiguration(folder);
  const stripping = await readConfiguration(stripFile);
  const wrong = [...('diagnostics' in site ? site.diagnostics : []), ...stripping.diagnostics];
  if ('diagnostics' in site || wrong.length > 0) return fail(wrong);

  const { root } = site;
  const manifest = join(root, 'pyproject.toml');
  const file = existsSync(manifest) ? readLimited(manifest) : undefined;
  const text = file !== undefined && 'bytes' in file ? Buffer.from(file.bytes).toString('utf8') : '';
  const written = readSettings(manifest, text);
  const show = (shown: string): string => showPath(shown, outOptions.folder);
  const settle = settler(written, given, target, root, show(manifest));

  const usual = options.map((option) => settle(option, undefined));
  const fallback = (name: string): unknown => usual.find((each) => each.name === name)?.value;
  const computed = computedDefaults(site, fallback('package'));
  const complete = (setting: Effective): Effective => {
    const found = setting.origin === 'default' ? computed.get(setting.name) : undefined;
    if (found === undefined || found === setting.value) return setting;
    const because = setting.because ?? 'where the package stands';
    return { ...setting, value: found, because };
  };

  const ofCommand = configuredCommands.map((command): [ConfiguredCommand, Effective[]] => [
    command,
    options
      .filter(({ commands }) => commands.includes(command))
      .map((each) => complete(settle(each, command))),
  ]);
  const strip = lastingOptions.map(({ name, usual: usually }): Effective => {
    const value = stripping.written.get(name);
    const line = stripping.lines.get(name);
    if (value === undefined || stripFile === undefined) {
      const depends = 'words' in usually ? { value: null, because: usually.words } : usually;
      return { name, origin: 'default', ...depends };
    }
    const where = { table: '[tool.nb2mod.strip]', file: show(stripFile) };
    return { name, value, origin: 'pyproject.toml', ...where, ...(line !== undefined && { line }) };
  });

  if (json) {
    const commands = Object.fromEntries(
      [...ofCommand, ['strip', strip] as const].map(([command, settings]) => [
        command,
        Object.fromEntries(settings.map(({ name, ...setting }) => [name, setting])),
      ]),
    );
    const shownFile = existsSync(manifest) ? show(manifest) : null;
    out(`${JSON.stringify({ version: 1, path: show(target), root, file: shownFile, commands }, null, 2)}\n`);
    return 0;
  }
  const dim = (shown: string): string => paint('dim', shown, outOptions.colour);
  out(`${dim(`# Settings for ${show(target)}; project root ${root}`)}\n`);
  const tables: [string, readonly Effective[]][] = [
    ['[tool.nb2mod]', usual.map(complete)],
    ...ofCommand.map(([command, settings]): [string, Effective[]] => {
      const table = `[tool.nb2mod.${command}]`;
      return [table, settings.filter((setting) => setting.table === table)];
    }),
    ['[tool.nb2mod.strip]', strip],
  ];
  for (const [table, settings] of tables) {
    if (settings.length > 0) out(`\n${table}\n${settings.map((each) => formatSetting(each, dim)).join('')}`);
  }
  return 0;
}

/** What holds of an option, for one command or where no command asks for something else. */
function settler(
  { general, ofCommand, overrides }: WrittenConfiguration,
  given: Readonly<Record<string, unknown>>,
  target: string,
  root: string,
  file: string,
): (option: ConfigurationOption, command: ConfiguredCommand | undefined) => Effective {
  const fitting = overrides.filter(({ paths }) => filterOf(root, paths)(target));
  return (option, command) => {
    const { name, fallback } = option;
    const find = (settings: readonly WrittenSetting[]): WrittenSetting | undefined =>
      settings.findLast((setting) => setting.option.name === name);
    const tell = (
      { value, line }: WrittenSetting,
      table: string,
      origin: Effective['origin'],
    ): Effective => ({
      name,
      value: toPlain(option, value),
      origin,
      table,
      file,
      ...(line !== undefined && { line }),
    });
    const own = command === undefined ? undefined : find(ofCommand.get(command) ?? []);
    const common = find(general);
    const fromFile =
      own !== undefined
        ? tell(own, `[tool.nb2mod.${command}]`, 'pyproject.toml')
        : common !== undefined
          ? tell(common, '[tool.nb2mod]', 'pyproject.toml')
          : undefined;
    const told = given[fieldOf(name)];
    if (told !== undefined) {
      // What is left out adds up.
      const before =
        Array.isArray(told) && Array.isArray(fromFile?.value) ? (fromFile.value as unknown[]) : [];
      return { name, value: Array.isArray(told) ? [...before, ...told] : told, origin: 'command line' };
    }
    const override = find(fitting.flatMap(({ settings }) => settings));
    if (override !== undefined) return tell(override, '[[tool.nb2mod.overrides]]', 'override');
    if (fromFile !== undefined) return fromFile;
    return 'value' in fallback
      ? { name, value: fallback.value, origin: 'default' }
      : { name, value: null, origin: 'default', because: fallback.words };
  };
}

/** A value as the file has it. */
function toPlain({ kind }: ConfigurationOption, value: unknown): unknown {
  if (kind.is !== 'modules') return value;
  const choices = value as readonly { readonly pattern: string; readonly module: string }[];
  return Object.fromEntries(choices.map(({ pattern, module }) => [pattern, module]));
}

/** What depends on the project, as `extract` would find it, but for what the notebooks import. */
function computedDefaults(site: Site, named: unknown): ReadonlyMap<string, unknown> {
  const { root, sourceRoot } = site;
  const name = named ?? packageOf(site, packagesIn(sourceRoot), []);
  const hasTopics = topics.some((topic) => existsSync(join(sourceRoot, String(name), `${topic}.py`)));
  return new Map<string, unknown>([
    ['package', name],
    ['source-root', pathWithin(root, sourceRoot) || '.'],
    ['layout', hasTopics ? 'topic' : 'notebook'],
  ]);
}

const widest = 36;

function formatSetting(setting: Effective, dim: (text: string) => string): string {
  const { name, value, origin, file, line, because } = setting;
  const place = line === undefined ? file : `${file}:${line}`;
  const from = origin === 'pyproject.toml' ? place : origin === 'override' ? `override at ${place}` : origin;
  const comment = because === undefined ? from : `${from}: ${because}`;
  if (value === null) return `${dim(`# ${name}: ${comment}`)}\n`;
  return `${`${name} = ${toToml(value)}`.padEnd(widest)} ${dim(`# ${comment}`)}\n`;
}

function toToml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toToml).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)} = ${toToml(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
