/** Turns a path that is not there into the one that was most likely meant. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearest } from '../text/nearest.ts';
import { printable } from '../text/printable.ts';
import { errorCode, unless } from './operations.ts';
import { explainError } from './trouble.ts';

/** What is there with a name near that of `path`, each folder on the way looked at likewise; null where nothing is. */
export function findNearby(path: string): string | null {
  if (existsSync(path)) return path;
  const above = dirname(path);
  const folder = above === path ? null : findNearby(above);
  if (folder === null) return null;
  const name = basename(path);
  const listed = unless(['ENOTDIR', 'EACCES', 'ENOENT'], () => readdirSync(folder)) ?? [];
  // A link that leads nowhere is listed, and so is a name that is not UTF-8: neither is meant instead of itself.
  const names = folder === above ? listed.filter((each) => each !== name) : listed;
  const found = [name, `${name}.ipynb`].find((each) => names.includes(each)) ?? nearest(name, names);
  return found === null ? null : join(folder, found);
}

/** Why the operating system refused to read `path`, in words, and what the user can do. */
export function explainPath(
  path: string,
  error: unknown,
): { readonly reason: string; readonly hint: string } {
  const explained = explainError(error);
  if (/^(EACCES|EPERM)$/.test(errorCode(error) ?? '')) {
    return { ...explained, hint: 'Make it and the folders around it readable for you, then run it again.' };
  }
  if (errorCode(error) === 'ENOENT' && /^[a-z][a-z\d+.-]+:\/\//i.test(path)) {
    return { ...explained, hint: 'nb2mod reads notebooks (.ipynb) on this disk: download it first.' };
  }
  const meant = errorCode(error) === 'ENOENT' ? findNearby(path) : null;
  return meant === null ? explained : { ...explained, hint: `Did you mean '${printable(meant)}'?` };
}
