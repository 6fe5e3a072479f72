/** Where git keeps what the filter needs, and whether the filter does its work there. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { askGit, askGitLine, type GitSurroundings } from '../files/git.ts';
import { errorCode } from '../files/operations.ts';
import { stripBytes, type StripSettings } from '../notebook/strip-bytes.ts';
import type { Diagnostic } from '../text/diagnostic.ts';

export type Scope = 'local' | 'global' | 'system';

/** What stands in the attributes file, a line each. */
export const attributeLines: readonly string[] = [
  '*.ipynb filter=nb2mod diff=nb2mod',
  '*.zpln filter=nb2mod diff=nb2mod',
];

/** What starts this program again: the command that an installer made, or Node and the script. */
export function findProgram(): readonly string[] {
  const script = process.argv[1]!;
  const launcher = findLauncher(script);
  return launcher === undefined ? [process.execPath, realpathSync(script)] : [launcher];
}

/** Whether a path lies in a cache, where programs are put that shall run once: by uvx, npx, `pipx run`. */
export function mayVanish(path: string): boolean {
  return /[\\/](?:\.cache|Caches|cache|npm-cache|_npx|(?:archive|environments)-v\d+)[\\/]/.test(path);
}

/** The settings that `install` makes, by their names. */
export function configurationOf(options: readonly string[]): Readonly<Record<string, string>> {
  const command = findProgram().map(quoteForShell).join(' ');
  const tail = options
    .map((option) => ` ${/^[\w.=/-]+$/.test(option) ? option : quoteForShell(option)}`)
    .join('');
  return {
    'filter.nb2mod.clean': `${command} filter clean${tail} -- %f`,
    'filter.nb2mod.smudge': `${command} filter smudge`,
    'filter.nb2mod.process': `${command} filter process${tail}`,
    'filter.nb2mod.required': 'true',
    'diff.nb2mod.textconv': `${command} filter textconv${tail} --`,
    'diff.nb2mod.cachetextconv': 'false',
  };
}

/**
 * The command that pip or uv made for the wheel which this script came with; undefined where it came otherwise. The
 * installer lists it in its record of the package, and it stays where it is when Python, Node or nb2mod are renewed.
 * Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages/
 */
export function findLauncher(script: string): string | undefined {
  const packages = resolve(script, '../../..');
  if (!existsSync(join(packages, 'nb2mod', '__main__.py'))) return undefined;
  const information = readdirSync(packages).find((name) => /^nb2mod-[^-]+\.dist-info$/.test(name));
  const record = information === undefined ? '' : readText(join(packages, information, 'RECORD'));
  const listed = /^"?([^",\n]*[\\/]nb2mod(?:\.exe)?)"?,/m.exec(record)?.[1];
  const launcher = listed === undefined ? undefined : resolve(packages, listed.replaceAll('\\', '/'));
  return launcher !== undefined && existsSync(launcher) ? launcher : undefined;
}

/** Git hands commands to a POSIX shell, on Windows too, where that shell takes slashes. */
function quoteForShell(text: string): string {
  const path = process.platform === 'win32' ? text.replaceAll('\\', '/') : text;
  return `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** The attributes file of a scope; undefined outside a repository or where git does not tell. */
export function findAttributesFile(scope: Scope): string | undefined {
  if (scope === 'local') {
    const path = askGitLine(['rev-parse', '--git-path', 'info/attributes']);
    return path === undefined ? undefined : resolve(path);
  }
  const configured = askGitLine(['config', `--${scope}`, '--type=path', 'core.attributesFile']);
  if (configured !== undefined) return configured;
  if (scope === 'system') return askGitLine(['var', 'GIT_ATTR_SYSTEM']) ?? '/etc/gitattributes';
  const folder = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return askGitLine(['var', 'GIT_ATTR_GLOBAL']) ?? join(folder, 'git', 'attributes');
}

/** The text of a file; empty where there is none. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

const probe = `{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": 1,
   "metadata": {},
   "outputs": [{"name": "stdout", "output_type": "stream", "text": ["1\\n"]}],
   "source": ["print(1)"]
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 4
}
`;

/**
 * Sends a notebook through git and back: by the long-running process, and by one process for each file. Nothing is
 * written into the repository.
 * @returns what went wrong, or undefined if the filter works
 */
export function proveRoundTrip(scope: Scope, settings: StripSettings): Diagnostic | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'nb2mod-'));
  const fail = (message: string, hint: string): Diagnostic => ({
    code: 'NB532',
    severity: 'error',
    message: `the filter does not work: ${message}`,
    hint,
  });
  try {
    const surroundings: GitSurroundings =
      scope === 'local' ? { env: { GIT_OBJECT_DIRECTORY: folder } } : { cwd: folder, env: {} };
    if (scope !== 'local' && askGit(['init', '-q', '.'], surroundings).status !== 0) {
      return fail(
        'git init failed in a temporary folder',
        'check that the folder for temporary files can be written',
      );
    }
    const stripping = stripBytes('probe.ipynb', Buffer.from(probe), settings);
    if ('diagnostic' in stripping) return stripping.diagnostic;
    // Git takes `process` wherever it is set, so `clean` and `smudge` are tried under another name.
    const alone = join(folder, 'attributes');
    writeFileSync(alone, '*.nb2mod-probe filter=nb2mod-probe\n');
    const commandOf = (kind: string): string =>
      askGitLine(['config', ...(scope === 'local' ? [] : [`--${scope}`]), `filter.nb2mod.${kind}`]) ??
      'false';
    const switches = [
      ...['-c', `core.attributesFile=${alone}`, '-c', 'filter.nb2mod-probe.required=true'],
      ...['-c', `filter.nb2mod-probe.clean=${commandOf('clean')}`],
      ...['-c', `filter.nb2mod-probe.smudge=${commandOf('smudge')}`],
    ];
    for (const [path, given] of [
      ['probe.ipynb', []],
      ['probe.nb2mod-probe', switches],
    ] as const) {
      const stored = askGit([...given, 'hash-object', '-w', '--stdin', `--path=${path}`], {
        ...surroundings,
        input: probe,
      });
      if (stored.status !== 0) return fail(stored.stderr, 'run git with GIT_TRACE=1 to see what it calls');
      const id = stored.stdout.toString().trim();
      const raw = askGit(['cat-file', 'blob', id], surroundings);
      if (!raw.stdout.equals(stripping.bytes)) {
        const hint =
          'git check-attr filter -- a.ipynb shows what stands in the way, perhaps a .gitattributes';
        return fail('what git stores is not what strip writes', hint);
      }
      const back = askGit([...given, 'cat-file', '--filters', `--path=${path}`, id], surroundings);
      if (!back.stdout.equals(raw.stdout)) {
        return fail(back.stderr || 'what git checks out is not what it stores', 'run git with GIT_TRACE=1');
      }
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
