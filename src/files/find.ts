/** Turns the paths of a command line into the notebooks that they name, folders searched recursively. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../text/diagnostic.ts';
import { errorCode } from './operations.ts';
import { explainError } from './trouble.ts';

/** Folders that never hold a user's own notebooks; hidden ones (`.ipynb_checkpoints`, `.venv`, `.git`) are skipped too. */
const skipped = new Set(['node_modules', '__pycache__', 'site-packages', 'venv']);

export interface Found {
  /** As named, or as found below a named folder; each file once, sorted by code units. */
  readonly paths: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The notebooks that `paths` name. A file is taken whatever its name; of a folder, every `*.ipynb` below it.
 * @returns NB510 for each path that doesn't exist or can't be read, NB512 for a folder without notebooks
 */
export function findNotebooks(paths: readonly string[]): Found {
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
    const { reason, hint } = explainError(error);
    diagnostics.push({
      code: 'NB510',
      severity: 'error',
      place: { path },
      message: `cannot be read: ${reason}`,
      hint,
    });
  };
  /** Whether there is a notebook below `folder`. */
  const search = (folder: string): boolean => {
    const real = realpathSync(folder);
    if (visited.has(real)) return true;
    visited.add(real);
    let isFound = false;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      try {
        if (entry.name.startsWith('.')) continue;
        // Links to files are followed, links to folders are not: they lead out of the tree or round in it.
        if (entry.isDirectory()) {
          if (!skipped.has(entry.name) && search(path)) isFound = true;
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
      if (!statSync(path).isDirectory()) add(path);
      else if (!search(path)) {
        diagnostics.push({
          code: 'NB512',
          severity: 'warning',
          place: { path },
          message: 'there is no notebook in this folder',
          hint: 'Hidden folders, node_modules, venv and site-packages are not searched; name such files one by one.',
        });
      }
    } catch (error) {
      refuse(path, error);
    }
  }
  return { paths: [...found.values()].sort((a, b) => (a < b ? -1 : 1)), diagnostics };
}
