/** Turns a repository into one whose notebooks are stripped by git itself: `install`, `uninstall` and `status`. */
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { askGit, askGitLine } from '../files/git.ts';
import { readLimited } from '../files/read.ts';
import { cannotWrite } from '../files/trouble.ts';
import { replaceFile } from '../files/write.ts';
import { readConfiguration as readProjectConfiguration } from '../project/configuration.ts';
import { formatDiagnostic, type Diagnostic } from '../text/diagnostic.ts';
import { pathWithin } from '../text/within.ts';
import {
  attributeLines,
  configurationOf,
  findAttributesFile,
  findProgram,
  mayVanish,
  proveRoundTrip,
  readText,
  type Scope,
} from './git-filter.ts';
import { findConfiguration, openSettings, parseArguments } from './strip-options.ts';
import type { Terminal } from './terminal.ts';

export interface InstallOptions {
  readonly global?: boolean;
  readonly system?: boolean;
  /** The attributes file, where it is not git's own. */
  readonly attributes?: string;
  readonly preCommit?: boolean;
  readonly json?: boolean;
}

const sections = ['filter.nb2mod', 'diff.nb2mod'];

/**
 * The options of the command line and, for this repository, those of `[tool.nb2mod.install]`.
 * @returns NB520 to NB522 where the file is wrong, and where it names an attributes file outside the repository
 */
function withConfiguration(
  options: InstallOptions,
): InstallOptions | { readonly diagnostics: readonly Diagnostic[] } {
  const path = configurationFor(scopeOf(options));
  if (path === undefined) return options;
  const file = readLimited(path);
  if ('diagnostic' in file) return { diagnostics: [file.diagnostic] };
  const read = readProjectConfiguration(path, Buffer.from(file.bytes).toString('utf8'), 'install');
  if (read.diagnostics.length > 0) return { diagnostics: read.diagnostics };
  const { attributes, preCommit } = read.configuration;
  const top = dirname(path);
  const named = attributes === undefined ? undefined : resolve(top, attributes);
  if (named !== undefined && (pathWithin(top, named) ?? '') === '') {
    const message = `'attributes' must be a file in the repository, not ${attributes}`;
    const hint = 'Name one in it, such as .gitattributes.';
    return { diagnostics: [{ code: 'NB522', severity: 'error', place: { path }, message, hint }] };
  }
  return {
    ...(named !== undefined && { attributes: relative('.', named) }),
    ...(preCommit !== undefined && { preCommit }),
    ...options,
  };
}

function scopeOf(options: InstallOptions): Scope {
  return options.system === true ? 'system' : options.global === true ? 'global' : 'local';
}

function complain(terminal: Terminal, diagnostic: Diagnostic): number {
  terminal.err(`${formatDiagnostic(diagnostic)}\n`);
  return diagnostic.severity === 'error' ? 2 : 0;
}

function complainOfAll(terminal: Terminal, diagnostics: readonly Diagnostic[]): number {
  for (const diagnostic of diagnostics) complain(terminal, diagnostic);
  return 2;
}

/** Why it cannot be done: a hook is wanted of more than a repository, or git cannot be asked here. */
function findHindrance(scope: Scope, wantsHook = false): Diagnostic | undefined {
  if (wantsHook && scope !== 'local') {
    return {
      code: 'NB522',
      severity: 'error',
      message: `--pre-commit is about the hook of one repository, and does not go with --${scope}`,
      hint: 'give one of the two',
    };
  }
  const args = scope === 'local' ? ['rev-parse', '--git-dir'] : ['--version'];
  const { status, stderr } = askGit(args);
  if (status === 0) return undefined;
  const hints: Readonly<Record<number, string>> = {
    126: 'see whether `git --version` works',
    127: 'install git, or put it on the PATH',
  };
  const hint = hints[status] ?? 'run it inside a repository, or give --global';
  return { code: 'NB530', severity: 'error', message: stderr, hint };
}

/**
 * `nb2mod install`: sets the filter up in the repository's, the user's or the system's configuration and proves it by
 * a round trip. A second time changes nothing.
 * @param extra options of stripping that the filter shall always have
 * @returns the exit code: 0, or 2 if it cannot be done
 */
export async function install(
  extra: readonly string[],
  given: InstallOptions,
  terminal: Terminal,
): Promise<number> {
  const scope = scopeOf(given);
  const hindrance = findHindrance(scope, given.preCommit);
  if (hindrance !== undefined) return complain(terminal, hindrance);
  const options = withConfiguration(given);
  if ('diagnostics' in options) return complainOfAll(terminal, options.diagnostics);
  if (options.preCommit === true) return installHook(terminal);
  const attributes = options.attributes ?? findAttributesFile(scope);
  if (attributes === undefined) {
    return complain(terminal, {
      code: 'NB530',
      severity: 'error',
      message: 'git does not say where its attributes are',
      hint: 'name the file with --attributes',
    });
  }
  const part = scope === 'local' ? partOf(attributes) : '';
  if (part === undefined) {
    return complain(terminal, {
      code: 'NB522',
      severity: 'error',
      message: `--attributes must name a file in the repository, not ${attributes}`,
      hint: 'name one in it, such as .gitattributes, or give --global for all your repositories',
    });
  }
  const inherited = readNbstripout(scope);
  // Without new options those of an earlier install stay.
  const present = readSettings([`--${scope}`]);
  const earlier = present.get('filter.nb2mod.process');
  const kept = extra.length === 0 && earlier !== undefined ? optionsIn(earlier) : [];
  const filterOptions = [...(inherited ?? []), ...kept, ...extra];
  const parsed = parseArguments(filterOptions);
  if ('usage' in parsed) {
    return complain(terminal, {
      code: 'NB522',
      severity: 'error',
      message: parsed.usage,
      hint: 'see nb2mod strip --help',
    });
  }
  const { settings, diagnostics, isSound } = await openSettings(configurationFor(scope), parsed.written);
  for (const diagnostic of diagnostics) complain(terminal, diagnostic);
  if (!isSound) return 2;
  if (inherited !== undefined) removeNbstripout(scope, terminal);
  for (const [key, value] of Object.entries(configurationOf(filterOptions))) {
    if (present.get(key) === value) continue;
    const { status, stderr } = askGit(['config', `--${scope}`, '--replace-all', key, value]);
    if (status !== 0) {
      const hint =
        scope === 'system' ? 'the system configuration wants an administrator' : 'check its permissions';
      return complain(terminal, { code: 'NB531', severity: 'error', message: stderr, hint });
    }
  }
  try {
    writeAttributes(attributes, (lines) => [
      ...lines.filter((line) => !isOurs(line) && !isOfNbstripout(line)),
      ...attributeLines,
    ]);
  } catch (error) {
    return complain(terminal, cannotWrite(attributes, error, 'the filter is not installed'));
  }
  const failure = proveRoundTrip(scope, settings);
  if (failure !== undefined) return complain(terminal, failure);
  warnOfCache(terminal);
  const where = {
    local: part === '' ? 'in this repository' : `in the folder ${part} of this repository`,
    global: 'for all your repositories',
    system: 'on this system',
  };
  terminal.out(`nb2mod filters notebooks ${where[scope]} (attributes in ${attributes}).\n`);
  if (scope === 'local' && askGitLine(['ls-files', '*.ipynb', '*.zpln']) !== undefined) {
    terminal.out(
      'Notebooks that are committed already keep their outputs until they are added again:\n' +
        '  git add --renormalize . && git commit -m "Strip notebooks"\n',
    );
  }
  return 0;
}

/**
 * The folder of this repository that an attributes file is about, from its top, with `/`; empty for all of it, undefined
 * where the file lies outside.
 */
function partOf(attributes: string): string | undefined {
  const top = askGitLine(['rev-parse', '--show-toplevel']);
  const own = findAttributesFile('local');
  if (own !== undefined && resolve(attributes) === own) return '';
  if (top === undefined) return undefined;
  const folder = dirname(resolve(attributes));
  return pathWithin(realpathSync(top), existsSync(folder) ? realpathSync(folder) : folder);
}

function warnOfCache(terminal: Terminal): void {
  const path = findProgram().find(mayVanish);
  if (path === undefined) return;
  complain(terminal, {
    code: 'NB534',
    severity: 'warning',
    place: { path },
    message: 'git will call nb2mod here, in a cache that may be emptied; then `git add` of notebooks fails',
    hint: 'install nb2mod to stay, for example with `uv tool install nb2mod`, and run `nb2mod install` again',
  });
}

/** What git's configuration says of our filter, by the names of the settings. */
function readSettings(scope: readonly string[]): ReadonlyMap<string, string> {
  const { stdout } = askGit([
    'config',
    ...scope,
    '--null',
    '--get-regexp',
    String.raw`^(filter|diff)\.nb2mod\.`,
  ]);
  const entries = stdout.toString().split('\0').filter(Boolean);
  return new Map(entries.map((entry) => [entry.split('\n', 1)[0]!, entry.slice(entry.indexOf('\n') + 1)]));
}

/** The pyproject.toml that holds where the filter is proved: beyond this repository none does. */
function configurationFor(scope: Scope): string | undefined {
  return scope === 'local' ? findConfiguration('.') : undefined;
}

/** The keys of nbstripout as options of our filter, in which they live on; undefined where it is not installed. */
function readNbstripout(scope: Scope): string[] | undefined {
  const get = (key: string): string | undefined => askGitLine(['config', `--${scope}`, '--get', key]);
  if (get('filter.nbstripout.clean') === undefined) return undefined;
  return [
    ['--extra-keys', get('filter.nbstripout.extrakeys')],
    ['--keep-metadata-keys', get('filter.nbstripout.keepmetadatakeys')],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}

/** Takes nbstripout out of the scope and says so. */
function removeNbstripout(scope: Scope, terminal: Terminal): void {
  for (const section of ['filter.nbstripout', 'diff.ipynb']) {
    askGit(['config', `--${scope}`, '--remove-section', section]);
  }
  terminal.out('nbstripout was installed here; nb2mod takes over and its settings are removed.\n');
}

function isOurs(line: string): boolean {
  return attributeLines.includes(line.trim());
}

function isOfNbstripout(line: string): boolean {
  return /^\*\.(?:ipynb|zpln) (?:filter=nbstripout|diff=ipynb)\s*$/.test(line);
}

/** Changes the lines of an attributes file; a file that is left empty goes, one that stays the same is not written. */
function writeAttributes(path: string, change: (lines: readonly string[]) => string[]): void {
  const before = readText(path);
  const lines = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const changed = change(lines);
  // A file without a line break at its end keeps it so: what we put in can be taken out again.
  const end = before === '' || before.endsWith('\n') ? '\n' : '';
  const after = changed.length === 0 ? '' : changed.join('\n') + end;
  // Ours at the end in their order, whatever stood before them: a second run finds the same text.
  if (after === before || (changed.length === lines.length && changed.every((line, i) => line === lines[i])))
    return;
  if (after === '') rmSync(path);
  else if (existsSync(path)) replaceFile(path, Buffer.from(after));
  else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, after);
  }
}

/** `nb2mod uninstall`: takes out what `install` put in, and nothing else. */
export function uninstall(given: InstallOptions, terminal: Terminal): number {
  const scope = scopeOf(given);
  const hindrance = findHindrance(scope, given.preCommit);
  if (hindrance !== undefined) return complain(terminal, hindrance);
  const options = withConfiguration(given);
  if ('diagnostics' in options) return complainOfAll(terminal, options.diagnostics);
  if (options.preCommit === true) return uninstallHook(terminal);
  for (const section of sections) {
    if (askGit(['config', `--${scope}`, '--get-regexp', `^${section.replace('.', '\\.')}\\.`]).status !== 0)
      continue;
    const { status, stderr } = askGit(['config', `--${scope}`, '--remove-section', section]);
    if (status !== 0) return complain(terminal, { code: 'NB531', severity: 'error', message: stderr });
  }
  const attributes = options.attributes ?? findAttributesFile(scope);
  if (attributes !== undefined && existsSync(attributes)) {
    try {
      writeAttributes(attributes, (lines) => lines.filter((line) => !isOurs(line)));
    } catch (error) {
      return complain(terminal, cannotWrite(attributes, error));
    }
  }
  terminal.out('nb2mod no longer filters notebooks here.\n');
  return 0;
}

/** `nb2mod status`: whether the filter is installed and works. Exit code 0 if so, 1 if not, 2 if nobody can tell. */
export async function status(given: InstallOptions, terminal: Terminal): Promise<number> {
  const scope = scopeOf(given);
  const fail = (diagnostics: readonly Diagnostic[]): number => {
    const nothing = { installed: false, works: false, attributesFile: null, filter: null, settings: {} };
    if (given.json === true) tellReport(terminal, { scope, ...nothing, diagnostics });
    return complainOfAll(terminal, diagnostics);
  };
  const hindrance = findHindrance(scope);
  if (hindrance !== undefined) return fail([hindrance]);
  const options = withConfiguration(given);
  if ('diagnostics' in options) return fail(options.diagnostics);
  const present = readSettings(scope === 'local' ? [] : [`--${scope}`]);
  const settings = Object.fromEntries(
    Object.keys(configurationOf([])).map((key) => [key, present.get(key) ?? null]),
  );
  const attributesFile = options.attributes ?? findAttributesFile(scope) ?? null;
  const attributes =
    scope === 'local'
      ? (askGitLine(['check-attr', 'filter', '--', 'a.ipynb'])?.split(': ').at(-1) ?? null)
      : attributesFile !== null && readText(attributesFile).split('\n').some(isOurs)
        ? 'nb2mod'
        : null;
  const isInstalled = settings['filter.nb2mod.clean'] !== null && attributes === 'nb2mod';
  const diagnostics: Diagnostic[] = [];
  if (isInstalled) {
    const parsed = parseArguments(optionsIn(settings['filter.nb2mod.process'] ?? ''));
    const written = 'usage' in parsed ? new Map<string, true>() : parsed.written;
    const opened = await openSettings(configurationFor(scope), written);
    const failure = opened.isSound ? proveRoundTrip(scope, opened.settings) : undefined;
    diagnostics.push(...opened.diagnostics, ...(failure === undefined ? [] : [failure]));
  }
  const works = isInstalled && diagnostics.every(({ severity }) => severity !== 'error');
  if (options.json === true) {
    const found = { attributesFile, filter: attributes, settings, diagnostics };
    tellReport(terminal, { scope, installed: isInstalled, works, ...found });
  } else if (isInstalled) {
    terminal.out(`nb2mod is installed (${scope}, attributes in ${attributesFile}).\n`);
    for (const [key, value] of Object.entries(settings)) terminal.out(`  ${key} = ${value ?? ''}\n`);
  } else {
    terminal.out(
      `nb2mod is not installed (${scope}); the filter of *.ipynb is ${attributes ?? 'not set'}.\n`,
    );
  }
  if (options.json !== true && scope === 'local')
    for (const line of tellHooks())
      terminal.out(`${line}
`);
  complainOfAll(terminal, diagnostics);
  return works ? 0 : 1;
}

function tellReport(terminal: Terminal, report: object): void {
  terminal.out(`${JSON.stringify({ version: 1, ...report }, null, 2)}
`);
}

/** The options that `install` wrote behind `filter process`, as a shell would split them. */
function optionsIn(command: string): string[] {
  const tail = command.slice(command.indexOf(' filter process') + ' filter process'.length);
  return [...tail.matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll(String.raw`'\''`, "'") ?? plain!,
  );
}

// ---- The pre-commit hook ----

const hookMark = '# Written by nb2mod install --pre-commit.';

/** Where the hook of this repository is. */
function findHook(): string {
  return resolve(askGitLine(['rev-parse', '--git-path', 'hooks/pre-commit'])!);
}

/** The configuration of the pre-commit framework, if the repository has one. */
function findFramework(): string | undefined {
  const top = askGitLine(['rev-parse', '--show-toplevel']);
  const path = top === undefined ? undefined : join(top, '.pre-commit-config.yaml');
  return path !== undefined && existsSync(path) ? path : undefined;
}

function isInFramework(text: string): boolean {
  return /\bnb2mod\b/.test(text);
}

/** What stands before commits, besides the filter. */
function tellHooks(): string[] {
  const hook = findHook();
  const framework = findFramework();
  return [
    ...(readText(hook).includes(hookMark)
      ? [`Commits of notebooks with results are refused, by ${hook}`]
      : []),
    ...(framework !== undefined && isInFramework(readText(framework)) ? [`nb2mod is in ${framework}`] : []),
  ];
}

function installHook(terminal: Terminal): number {
  const framework = findFramework();
  if (framework !== undefined) return addToFramework(framework, terminal);
  const path = findHook();
  const command = configurationOf([])['filter.nb2mod.smudge']!.replace(
    / filter smudge$/,
    ' filter pre-commit',
  );
  const script = `#!/bin/sh\n${hookMark}\n# Refuses a commit of notebooks that hold results.\nexec ${command}\n`;
  const before = readText(path);
  if (before === script) {
    terminal.out(`The hook is there already: ${path}\n`);
    return 0;
  }
  if (before !== '' && !before.includes(hookMark)) {
    return complain(terminal, {
      code: 'NB533',
      severity: 'error',
      place: { path },
      message: 'there is a pre-commit hook of yours, which is left as it is',
      hint: `add this line to it: ${command} || exit 1`,
    });
  }
  warnOfCache(terminal);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  terminal.out(`Commits of notebooks with results are now refused, by ${path}\n`);
  return 0;
}

function uninstallHook(terminal: Terminal): number {
  const path = findHook();
  const framework = findFramework();
  if (readText(path).includes(hookMark)) {
    rmSync(path);
    terminal.out(`The hook is gone: ${path}\n`);
  } else if (framework !== undefined && isInFramework(readText(framework))) {
    terminal.out(`nb2mod stays in ${framework}: take it out there.\n`);
  } else terminal.out('There is no hook of nb2mod.\n');
  return 0;
}

/** Puts a hook behind the last one in the list `repos`, in the indentation of the list. */
function addToFramework(path: string, terminal: Terminal): number {
  const text = readFileSync(path, 'utf8');
  if (isInFramework(text)) {
    terminal.out(`nb2mod is in ${path} already.\n`);
    return 0;
  }
  const lines = text.replace(/\n*$/, '').split('\n');
  const start = lines.findIndex((line) => /^repos:\s*(?:#.*)?$/.test(line));
  const item = /^(\s*)- repo:/.exec(lines.slice(start + 1).find((line) => /^\s*- repo:/.test(line)) ?? '');
  if (start === -1 || item === null) {
    return complain(terminal, {
      code: 'NB533',
      severity: 'error',
      place: { path },
      message: 'the list of repositories is not laid out so that a hook can be added safely',
      hint: 'add a local hook with the entry `nb2mod strip` by hand',
    });
  }
  let end = start + 1;
  for (let at = start + 1; at < lines.length && !/^[^\s#-]/.test(lines[at]!); at++) {
    if (/\S/.test(lines[at]!) && !/^#/.test(lines[at]!)) end = at + 1;
  }
  const indent = item[1]!;
  const hook = [
    '- repo: local',
    '  hooks:',
    '    - id: nb2mod-strip',
    '      name: strip notebooks',
    '      entry: nb2mod strip',
    '      language: system',
    '      files: \\.(ipynb|zpln)$',
  ].map((line) => indent + line);
  lines.splice(end, 0, ...hook);
  replaceFile(path, Buffer.from(`${lines.join('\n')}\n`));
  terminal.out(`The hook nb2mod-strip is added to ${path}\n`);
  return 0;
}
