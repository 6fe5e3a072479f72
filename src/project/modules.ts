/** Turns the file names of notebooks into names of the modules that their definitions move to. */
import { createHash } from 'node:crypto';
import { sharedModule } from '../text/module-name.ts';
import { isGoodName, shorten, toSnakeCase } from './names.ts';

const longest = 60;

/** `churn` of `a/b/churn.ipynb`; separators of either system. */
function stemOf(path: string): string {
  return (path.split(/[/\\]/).at(-1) ?? path).replace(/\.ipynb$/i, '');
}

/** The folder's name that a path stands in, or ''. */
function folderOf(path: string): string {
  return path.split(/[/\\]/).at(-2) ?? '';
}

/**
 * Without the numbers that only put notebooks in order (`01_`, `2.3-`), and with a year or date moved to the end.
 * A number that belongs to its word (`3d`, `1st`) stays.
 */
function withoutOrder(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !/^\d+$/.test(word));
  const numbers = words.slice(0, first === -1 ? words.length : first);
  const rest = words.slice(numbers.length);
  if (rest.length === 0) return words;
  const isDate = numbers.some((number) => number.length >= 4);
  const [head = '', ...tail] = rest;
  // `01intro`: a leading zero counts, it doesn't belong to the word.
  const bare = isDate ? head : head.replace(/^0\d*(?=[a-z]{2})/, '');
  return isDate ? [head, ...tail, ...numbers] : [bare, ...tail];
}

/**
 * A module name for the notebook at `path`, by its file name alone: the same whatever else there is.
 * Lower-case words joined by `_`, ordering numbers dropped, `nb_` in front where the name would otherwise be no
 * identifier, a keyword, a standard module or taken by Python's tools, and a hash where no letter is left.
 */
export function moduleNameOf(path: string): string {
  const stem = stemOf(path);
  const snake = toSnakeCase(stem);
  if (snake === '')
    return `notebook_${createHash('sha256').update(stem.normalize('NFC')).digest('hex').slice(0, 8)}`;
  const words = snake.split('_');
  for (const candidate of [withoutOrder(words).join('_'), snake]) {
    const name = shorten(candidate, longest);
    if (isGoodName(name) && name !== sharedModule) return name;
  }
  return shorten(`nb_${snake}`, longest);
}

/**
 * A module name for each of the notebooks, no two alike even where the file system ignores case. Given the same paths in
 * another order, the names are the same. Of those that would share a name, the first in code unit order gets it, the
 * others one with their folder's name, or a number.
 * @param taken names that are in use already, such as those of modules that other notebooks own
 */
export function moduleNames(
  paths: readonly string[],
  taken: Iterable<string> = [],
): ReadonlyMap<string, string> {
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  const names = new Map<string, string>();
  for (const path of [...new Set(paths)].sort()) {
    const name = moduleNameOf(path);
    const folder = withoutOrder(toSnakeCase(folderOf(path)).split('_')).join('_');
    const candidates = [name, ...(/^[a-z]/.test(folder) ? [shorten(`${folder}_${name}`, longest)] : [])];
    let chosen = candidates.find((candidate) => !used.has(candidate));
    for (let number = 2; chosen === undefined; number++) {
      const numbered = `${name}_${number}`;
      if (!used.has(numbered)) chosen = numbered;
    }
    used.add(chosen);
    names.set(path, chosen);
  }
  return names;
}
