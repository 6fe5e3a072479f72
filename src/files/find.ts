/** Turns the paths of a command line into the notebooks that they name, folders searched recursively. */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import type { Diagnostic } from '../text/diagnostic.ts';
import { explainPath } from './nearby.ts';
import { errorCode } from './operations.ts';
import { readLimited } from './read.ts';

/** Folders that never hold a user's own notebooks; hidden ones (`.ipynb_checkpoints`, `.venv`, `.git`) are skipped too. */
const skipped = new Set(['node_modules', '__pycache__', 'site-packages', 'venv']);

export interface Found {
  /** As named, or as found below a named folder; each file once, sorted by code units. */
  readonly paths: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Patterns as in .gitignore, and the folder that they are relative to (absolute). */
interface Rules {
  readonly folder: string;
  readonly patterns: Ignore;
}

/** As git takes them: letters are the same in both cases only where they are in the names of files, as a rule. */
function patternsOf(patterns: string | readonly string[]): Ignore {
  return ignore({ ignorecase: /^(darwin|win32)$/.test(process.platform) }).add(patterns);
}

/** Whether rules leave a path out (absolute); those of the deepest folder that say something decide, as in git. */
function isLeftOut(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  for (const { folder, patterns } of rules.toReversed()) {
    const name = relative(folder, path).split(sep).join('/');
    if (!ignore.isPathValid(name)) continue;
    const { ignored, unignored } = patterns.test(isFolder ? `${name}/` : name);
    if (ignored || unignored) return ignored;
  }
  return false;
}

/** The rules of the .gitignore in a folder, if there is one. */
function rulesIn(folder: string, file = join(folder, '.gitignore')): Rules[] {
  const reading = existsSync(file) ? readLimited(file) : undefined;
  if (reading === undefined || 'diagnostic' in reading) return [];
  return [{ folder, patterns: patternsOf(Buffer.from(reading.bytes).toString('utf8')) }];
}

/** The rules that hold in a folder, from the top of its worktree down to it, its own not among them. */
function rulesAbove(folder: string): Rules[] {
  const above: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) {
      const top = rulesIn(at, join(at, '.git', 'info', 'exclude'));
      return [...top, ...above.reverse().flatMap((each) => rulesIn(each))];
    }
    if (at === dirname(at)) return [];
    above.push(dirname(at));
  }
}

/** Whether a path (absolute) fits patterns as in .gitignore, relative to `root`. */
export function filterOf(root: string, patterns: readonly string[]): (path: string) => boolean {
  const rules = [{ folder: root, patterns: patternsOf(patterns) }];
  return (path) => isLeftOut(path, false, rules);
}

export interface FindOptions {
  /** Patterns as in .gitignore, for what is left out whether named or found. */
  readonly exclude?: readonly string[] | undefined;
  /** The folder that `exclude` is relative to. */
  readonly root?: string;
  /** Whether what .gitignore names is left out of the search; by default it is. */
  readonly gitignore?: boolean | undefined;
}

/**
 * The notebooks that `paths` name. A file is taken whatever its name; of a folder, every `*.ipynb` below it.
 * @returns NB510 for each path that doesn't exist or can't be read, NB512 for a folder without notebooks, or where all is
 * left out
 */
export function findNotebooks(
  paths: readonly string[],
  { exclude = [], root = process.cwd(), gitignore = true }: FindOptions = {},
): Found {
  const excluded: Rules[] = exclude.length === 0 ? [] : [{ folder: root, patterns: patternsOf(exclude) }];
  const found = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const visited = new Set<string>();

  const add = (path: string): void => {
    const real = realpathSync(path);
    const known = found.get(real);
    if (known === undefined || path < known) found.set(real, path);
  };
  const refuse = (path: string, error: unknown): void => {
    if (errorCode(error) === undefined) throw error;
    const { reason, hint } = explainPath(path, error);
    diagnostics.push({
      code: 'NB510',
      severity: 'error',
      place: { path },
      message: `cannot be read: ${reason}`,
      hint,
    });
  };
  /** Whether there is a notebook below `folder`. */
  const search = (folder: string, rules: readonly Rules[]): boolean => {
    const real = realpathSync(folder);
    if (visited.has(real)) return true;
    visited.add(real);
    let isFound = false;
    const here = gitignore ? [...rules, ...rulesIn(resolve(folder))] : [];
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const isFolder = entry.isDirectory();
      const whole = resolve(path);
      if (isLeftOut(whole, isFolder, excluded) || isLeftOut(whole, isFolder, here)) continue;
      try {
        if (entry.name.startsWith('.')) continue;
        // Links to files are followed, links to folders are not: they lead out of the tree or round in it.
        if (isFolder) {
          if (!skipped.has(entry.name) && search(path, here)) isFound = true;
        } else if (entry.name.endsWith('.ipynb') && statSync(path).isFile()) {
          add(path);
          isFound = true;
        }
      } catch (error) {
        refuse(path, error);
      }
    }
    return isFound;
  };

  for (const path of paths) {
    try {
      const isFolder = statSync(path).isDirectory();
      if (isLeftOut(resolve(path), isFolder, excluded)) continue;
      if (!isFolder) add(path);
      else if (!search(path, gitignore ? rulesAbove(resolve(path)) : [])) {
        diagnostics.push({
          code: 'NB512',
          severity: 'warning',
          place: { path },
          message: 'there is no notebook in this folder',
          hint: 'Hidden folders, node_modules, venv, site-packages, what .gitignore names and what --exclude or the configuration leaves out are not searched; name such files one by one.',
        });
      }
    } catch (error) {
      refuse(path, error);
    }
  }
  if (found.size === 0 && diagnostics.length === 0) {
    diagnostics.push({
      code: 'NB512',
      severity: 'warning',
      message: 'all that is named is left out',
      hint: 'See `exclude` in [tool.nb2mod] and --exclude.',
    });
  }
  return { paths: [...found.values()].sort((a, b) => (a < b ? -1 : 1)), diagnostics };
}
