/** Tells which notebooks other notebooks run or import: those may use any of their names. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { listFolder, readMentioning } from '../files/read.ts';
import type { NotebookContent } from '../notebook/notebook.ts';
import { readContent } from '../notebook/read.ts';
import { distributionOf } from '../project/distributions.ts';
import { standardLibrary } from '../text/standard-library.ts';

/** What runs code that is read from elsewhere. */
const runner = /%run\b|\b(?:run_line_magic|run_cell\w*|magic|exec)\s*\(/;

/** What stands for anything in a path: `{name}`, `$name`, `*`. */
const holes = /\{[^{}]*\}|\$\w+|[?*]|\[[^\]]*\]/g;

/** A notebook of the run. */
interface Running {
  readonly path: string;
  /** What it runs or imports, as `runsOf` tells it. */
  readonly runs: readonly string[];
}

/** So many notebooks beside those of the run are looked at. */
const mostSiblings = 300;
/** For so many names a file's bytes are searched before it is read as a notebook. */
const mostStems = 20;

/**
 * The notebooks that the code of one may run or import: the ends of their paths, with forward slashes; `/folder/*.ipynb`
 * are all below that folder. Whatever names a notebook's file may run it (`%run`, `run_line_magic`, `nbformat.read`);
 * imports go by hooks such as import_ipynb.
 */
export function runsOf({ path, cells }: Pick<NotebookContent, 'path' | 'cells'>): string[] {
  const folder = dirname(path);
  const runs = new Set<string>();
  const mayRun = cells.some(({ kind, source }) => kind === 'code' && runner.test(source));
  /** Adds what a path may name of which only the beginning and the end are written out: `{name}.ipynb`, `*.ipynb`. */
  const addComputed = (written: string): void => {
    const form = written
      .replaceAll('\\', '/')
      .replace(holes, '*')
      .replace(/^(?=\.ipynb$)/, '*');
    const end = form.slice(form.lastIndexOf('/') + 1);
    if (!end.includes('*')) return;
    const [begin] = form.split('*', 1);
    const below = resolve(folder, begin!.slice(0, begin!.lastIndexOf('/') + 1));
    runs.add(`${below.split(sep).join('/')}/*${end.slice(end.lastIndexOf('*') + 1)}`);
  };
  const add = (written: string): void => {
    if (mayRun) addComputed(written);
    if (resolve(folder, written) === path) return;
    const known = written.replaceAll('\\', '/').replace(/^[^]*[{}$]/, '');
    if (!known.includes('*')) runs.add(known.replace(/^(?:\.{0,2}\/|~\/)+/, ''));
  };
  /** Adds a path without an ending, if only a notebook is there. */
  const addBare = (written: string): void => {
    const at = join(folder, written);
    if (existsSync(`${at}.ipynb`) && !existsSync(`${at}.py`)) add(`${written}.ipynb`);
  };
  for (const { kind, source } of cells) {
    if (kind !== 'code') continue;
    if (source.includes('.ipynb')) {
      for (const [, quoted, bare] of source.matchAll(
        /["']([^"'\n]*\.ipynb)\b|(?<![^\s"'`(,=])([^\s"'`(,=]+\.ipynb)\b/g,
      )) {
        add(quoted ?? bare!);
        // `magic('run helpers.ipynb')`
        if (quoted !== undefined && /\s/.test(quoted)) add(/\S*$/.exec(quoted)![0]);
      }
    }
    for (const [, script] of source.matchAll(/\brun\b["',\s]+(?:-\w+\s+)*([\w./\\-]+)/g)) addBare(script!);
    for (const module of importedIn(source)) if (!isLibrary(module)) addBare(module.replaceAll('.', '/'));
  }
  return [...runs].sort();
}

/** Whether a module is found where libraries are, before any hook is asked. */
function isLibrary(module: string): boolean {
  return standardLibrary.has(module.split('.', 1)[0]!) || distributionOf(module) !== undefined;
}

/** The modules that lines import, dotted, as they are below the folder of the notebook. */
function importedIn(source: string): string[] {
  const lines = /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([^#;\n]+))/gmu;
  return [...source.matchAll(lines)]
    .flatMap(([, from, listed = '']) => from ?? listed.split(','))
    .map((clause) =>
      clause
        .trim()
        .split(/\s/, 1)[0]!
        .replace(/^\.+|^ipynb\.fs\.(?:full|defs)\.\.?/, ''),
    )
    .filter((module) => module !== '');
}

/**
 * The paths of the notebooks that others run or import, with the paths of those: others of the run, or others beside them.
 */
export function findRun(notebooks: readonly Running[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const paths = notebooks.map(({ path }) => path);
  const byName = groupBy(paths, (path) => basename(path));
  const siblings = [...groupBy(paths, dirname)].flatMap(([folder, own]) => siblingsOf(folder, own));
  /** Thousands of notebooks may run the same: by what is run who runs it. */
  const runners = new Map<string, Set<string>>();
  for (const { path, runs } of [...notebooks, ...siblings]) {
    for (const run of runs) {
      const known = runners.get(run);
      if (known === undefined) runners.set(run, new Set([path]));
      else known.add(path);
    }
  }
  for (const [run, by] of runners) {
    const hole = run.lastIndexOf('*');
    const [begin, end] = hole === -1 ? ['', `/${run}`] : [run.slice(0, hole), run.slice(hole + 1)];
    const candidates = hole === -1 ? byName.get(run.slice(run.lastIndexOf('/') + 1)) : paths;
    for (const path of candidates ?? []) {
      const isOwn = by.size === 1 && by.has(path);
      const written = path.split(sep).join('/');
      if (isOwn || !written.startsWith(begin!) || !written.endsWith(end!)) continue;
      const known = found.get(path) ?? new Set();
      for (const other of by) if (other !== path) known.add(other);
      found.set(path, known);
    }
  }
  return found;
}

function groupBy(paths: readonly string[], keyOf: (path: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const group = groups.get(keyOf(path));
    if (group === undefined) groups.set(keyOf(path), [path]);
    else group.push(path);
  }
  return groups;
}

/** The notebooks of a folder that take no part in the run, and what they run or import. */
function siblingsOf(folder: string, paths: readonly string[]): Running[] {
  const listing = listFolder(folder);
  if ('diagnostic' in listing) return [];
  const own = new Set(paths);
  const stems = ['.ipynb', ...paths.map((path) => basename(path, '.ipynb'))];
  return listing.entries
    .filter(({ name }) => name.endsWith('.ipynb'))
    .map(({ name }) => join(folder, name))
    .filter((path) => !own.has(path))
    .slice(0, mostSiblings)
    .flatMap((path) => {
      // The empty word is in every file.
      const bytes = readMentioning(path, stems.length <= mostStems ? stems : ['']);
      if (bytes === undefined) return [];
      const reading = readContent(path, bytes);
      return 'diagnostic' in reading ? [] : [{ path, runs: runsOf(reading.notebook) }];
    });
}
