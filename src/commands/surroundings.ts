/** Turns a notebook's names into what lies around it on the disk: the modules and files that it alone can import or run. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { orLeave, unless } from '../files/operations.ts';
import { listFolder, readLimited } from '../files/read.ts';
import { readContent } from '../notebook/read.ts';
import { analyse, moduleSource } from '../pipeline.ts';
import { distributionOf } from '../project/distributions.ts';
import { boundPath, namedPath } from '../scope/clause.ts';
import type { Statement } from '../scope/statement.ts';
import { oncePer } from '../text/once.ts';
import { standardLibrary } from '../text/standard-library.ts';
import type { CodeSource } from '../python/program.ts';
import type { Names, Unknown } from '../scope/names.ts';
import { starExports } from '../scope/star-exports.ts';

/**
 * The top-level names among a notebook's imports that are files which only the notebook can import: beside it, or in a
 * folder that it puts on `sys.path` or changes to; it may write or fetch them itself, or import other notebooks by a hook.
 * What lies under the source root can be imported from anywhere.
 * @param sourceRoot absolute
 * @param searched those folders, relative to its own
 */
export function findLocalModules(
  names: Names,
  sourceRoot: string,
  searched: readonly string[] = names.folders,
): ReadonlySet<string> {
  const folder = dirname(names.source.path);
  // Of what lies at the root of a project only packages are installed.
  const isAtRoot = ['pyproject.toml', 'setup.py', 'setup.cfg'].some((name) =>
    isThere(sourceRoot, name, existsSync),
  );
  const folders = [folder, ...searched.map((name) => resolve(folder, name))].filter(
    (candidate) => isAtRoot || resolve(candidate) !== sourceRoot,
  );
  /** By the top-level name what is imported from below it: `linalg` of `import numpy.linalg`. */
  const tops = new Map<string, Set<string>>();
  for (const { names: own } of names.statements) {
    for (const item of [...own.imports, ...own.innerImports]) {
      const [top = '', below] = namedPath(item).split('.');
      const known = tops.get(top) ?? new Set();
      if (below !== undefined) known.add(below);
      tops.set(top, known);
    }
  }
  const written = writtenFiles(names, folders);
  const isWritten = (at: string, top: string): boolean =>
    written.some((file) => {
      const path = resolve(at, top);
      return file === `${path}.py` || (file.startsWith(path + sep) && file.endsWith('.py'));
    });
  const isHooked = hooksImports(names);
  // A folder without `__init__.py` hides no package that is installed, wherever that is found.
  const isKnown = (top: string): boolean => typeof distributionOf(top) === 'string';
  const hides = (at: string, top: string, below: ReadonlySet<string>): boolean =>
    isThere(at, top, isRegular) ||
    written.some((file) => [`${resolve(at, top)}.py`, resolve(at, top, '__init__.py')].includes(file)) ||
    // Most have no folder of that name, in which to look.
    ((written.length > 0 || isThere(at, top, existsSync)) &&
      [...below].some(
        (name) => isThere(join(at, top), name, isModuleOrFolder) || isWritten(join(at, top), name),
      ));
  const local = new Set<string>();
  for (const [top, below] of tops) {
    if (top === '' || standardLibrary.has(top)) continue;
    if (isThere(sourceRoot, top, isAtRoot ? isPackage : isModuleOrFolder)) continue;
    const isLocal = (candidate: string): boolean =>
      (isKnown(top)
        ? hides(candidate, top, below)
        : isThere(candidate, top, isModule) || isWritten(candidate, top)) ||
      (isHooked && isThere(candidate, `${top}.ipynb`, existsSync));
    if (folders.some(isLocal) || isNamed(top, names)) local.add(top);
  }
  return local;
}

/**
 * Whether a notebook would find another module where it imports the package: a file or folder of that name beside it, or
 * in a folder that it puts on `sys.path`, there already or once it has run.
 * @param sourceRoot absolute
 */
export function hidesPackage(names: Names, sourceRoot: string, packageName: string): boolean {
  const folder = dirname(names.source.path);
  const folders = [folder, ...names.folders.map((name) => resolve(folder, name))].filter(
    (candidate) => resolve(candidate) !== sourceRoot,
  );
  return (
    folders.some((candidate) => isThere(candidate, packageName, isRegular)) ||
    isNamed(packageName, names, String.raw`(?:^|["'\s=]|:\/\/\S*\/)`)
  );
}

/** Whether a notebook seems to set up that notebooks can be imported: `import import_ipynb`, `sys.meta_path.append(…)`. */
function hooksImports({ statements }: Names): boolean {
  const hooks = /^(?:import_ipynb|importnb|nbimporter|nbdev|ipynb)$/;
  return statements.some(
    ({ attributes, names }) =>
      attributes.has('meta_path') ||
      attributes.has('path_hooks') ||
      names.imports.some(({ module }) => hooks.test(module.split('.', 1)[0]!)),
  );
}

/**
 * Whether a cell holds the file name of a module, which it writes or fetches then: `urlretrieve(url, 'shapes.py')`.
 * @param before what the name stands behind, as a pattern: any folder, where nothing else is said
 */
function isNamed(top: string, { source }: Names, before = String.raw`(?<![\w.-])`): boolean {
  const file = `${top}.py`;
  const holders = source.cells.filter(({ kind, source: code }) => kind === 'code' && code.includes(file));
  if (holders.length === 0) return false;
  const pattern = new RegExp(String.raw`^[^#\n]*${before}${top}\.py\b`, 'mu');
  return holders.some(({ source: code }) => pattern.test(code));
}

/** What puts files where Python may find them, by its own name. */
const fetchers =
  /^(extractall|unpack_archive|urlretrieve|download\w*|mount|clone_from|copytree|symlink\w*|snapshot_download)$/;

const fetcherIn = oncePer(
  ({ attributes }: Statement): string | undefined =>
    [...attributes].find((attribute) => fetchers.test(attribute)),
  ({ told }) => told,
);

/**
 * The names with what fetches files as a barrier, where a module that nobody knows is imported only after it: it may be
 * among them.
 * @param sourceRoot absolute
 * @param local modules beside the notebook
 */
export function withFetching(names: Names, sourceRoot: string, local: ReadonlySet<string>): Names {
  const { statements } = names;
  const fetching = new Set<string>();
  const found = new Map<Statement, string>();
  for (const statement of statements) {
    const { kind, defines, names: own } = statement;
    const by =
      fetcherIn(statement) ??
      own.references.find(({ name }) => fetching.has(name) || fetchers.test(name))?.name;
    if (by === undefined) continue;
    if (kind === 'function' || kind === 'class') for (const name of defines) fetching.add(name);
    else if (kind !== 'import') found.set(statement, by);
  }
  if (found.size === 0) return names;
  const isStranger = ({ module }: { readonly module: string }): boolean => {
    const top = module.split('.', 1)[0]!;
    if (top === '' || standardLibrary.has(top) || local.has(top)) return false;
    return distributionOf(module) === undefined && !isThere(sourceRoot, top, isModuleOrFolder);
  };
  const last = statements.findLast(({ names: own }) => own.imports.some(isStranger))?.id ?? -1;
  const withBarrier = (statement: Statement): Statement => {
    const barrier = statement.id < last ? found.get(statement) : undefined;
    return barrier === undefined || statement.barrier !== undefined
      ? statement
      : statement.placed({ barrier });
  };
  return last === -1 ? names : { ...names, statements: statements.map(withBarrier) };
}

/**
 * The files that `%%writefile` writes when the notebook runs, there already or not.
 * @param folders where the notebook may run, absolute
 */
function writtenFiles({ cells }: Names, folders: readonly string[]): string[] {
  return cells
    .flatMap(({ magics }) => magics)
    .filter(({ kind, name }) => kind === 'cell' && (name === 'writefile' || name === 'file'))
    .map(({ argument }) => argument.trim().replace(/^(?:-a|--append)\s+/, ''))
    .map((path) => path.replace(/^(["'])(.*)\1$/, '$2'))
    .flatMap((path) => folders.map((folder) => resolve(folder, path)));
}

/** Whether `import` would stop at the path: a file, or a folder that says that it is a package. */
const isRegular = (path: string): boolean =>
  existsSync(`${path}.py`) || existsSync(join(path, '__init__.py'));

const isPackage = (path: string): boolean => existsSync(join(path, '__init__.py'));

const isModuleOrFolder = (path: string): boolean => existsSync(path) || existsSync(`${path}.py`);

/** What was asked about the disk lately: the notebooks of a folder import the same. */
const answers = new Map<typeof isModule, Map<string, boolean>>();
const mostAnswers = 10_000;

/** The names in folders that were asked about lately; undefined where a folder can't be listed. */
const listings = new Map<string, ReadonlySet<string> | undefined>();
const mostListings = 256;

function namesIn(folder: string): ReadonlySet<string> | undefined {
  if (listings.has(folder)) return listings.get(folder);
  if (listings.size === mostListings) listings.clear();
  let names: ReadonlySet<string> | undefined;
  orLeave(() => {
    names = new Set(unless(['ENOENT', 'ENOTDIR'], () => readdirSync(folder)));
  });
  listings.set(folder, names);
  return names;
}

/**
 * Whether what `ask` looks for is in a folder; as it was when it was first asked. As Python does it, a folder is listed
 * once, and only what is listed is looked at.
 */
function isThere(folder: string, name: string, ask: typeof isModule): boolean {
  const names = namesIn(folder);
  if (names !== undefined && !names.has(name) && !names.has(`${name}.py`)) return false;
  const path = join(folder, name);
  let known = answers.get(ask);
  if (known === undefined || known.size === mostAnswers) answers.set(ask, (known = new Map()));
  let answer = known.get(path);
  if (answer === undefined) known.set(path, (answer = ask(path)));
  return answer;
}

/** Forgets what was on the disk. */
export function forgetSurroundings(): void {
  answers.clear();
  listings.clear();
}

/**
 * The names that each star import of a local module and each `%run` of a file that is there binds, by statement; not those
 * that the file imports as the notebook does: `np` is numpy before and after.
 */
export function findExpansions(names: Names): ReadonlyMap<number, ReadonlySet<string>> {
  const expansions = new Map<number, ReadonlySet<string>>();
  for (const unknown of names.unknowns) {
    const expansion = expand(unknown, names, 5, names);
    if (expansion !== undefined) expansions.set(unknown.statement, expansion);
  }
  return expansions;
}

/** What a name stands for that nothing but imports of the same bind. */
function importedAs(name: string, { bindings, statements }: Names): string | undefined {
  const all = bindings.get(name) ?? [];
  if (all.some(({ kind }) => kind !== 'import')) return undefined;
  const items = all.flatMap(({ statement }) => statements[statement]!.names.imports);
  const paths = new Set(items.filter((item) => item.name === name).map(boundPath));
  const [path] = paths;
  return paths.size === 1 && !path!.startsWith('.') ? path : undefined;
}

/** @param notebook the one that is read in the end: a file that it runs may run others */
function expand(
  unknown: Unknown,
  names: Names,
  depth: number,
  notebook: Names,
): ReadonlySet<string> | undefined {
  const folder = dirname(names.source.path);
  const folders = [folder, ...names.folders.map((name) => resolve(folder, name))];
  const candidates: string[] = [];
  if (unknown.script !== undefined) {
    const script = unknown.script.replace(/^(-\w+\s+)*/, '').replace(/^(["'])(.*)\1.*$/, '$2');
    candidates.push(...['', '.py', '.ipynb'].map((ending) => resolve(folder, script + ending)));
  } else if (unknown.module !== undefined && !unknown.module.startsWith('.')) {
    const path = unknown.module.split('.').join(sep);
    for (const at of folders) candidates.push(`${join(at, path)}.py`, join(at, path, '__init__.py'));
  }
  const found = candidates.find((path) => existsSync(path) && statSync(path).isFile());
  if (found === undefined || depth === 0) return undefined;
  const file = readLimited(found);
  if ('diagnostic' in file) return undefined;
  let source: CodeSource = moduleSource(found, new TextDecoder().decode(file.bytes));
  if (found.endsWith('.ipynb')) {
    const reading = readContent(found, file.bytes);
    if ('diagnostic' in reading) return undefined;
    source = reading.notebook;
  }
  const brought = analyse(source);
  const bound = new Set<string>();
  for (const name of brought.bindings.keys()) {
    const path = importedAs(name, brought);
    if (path !== undefined && path === importedAs(name, notebook)) continue;
    if (unknown.script !== undefined || !name.startsWith('_')) bound.add(name);
  }
  // With `__all__`, what it lists; it may be put together in many ways, so nothing is assumed.
  if (unknown.module !== undefined && brought.bindings.has('__all__')) return undefined;
  for (const inner of brought.unknowns) {
    const expansion =
      expand(inner, brought, depth - 1, notebook) ??
      (inner.module === undefined ? undefined : starExports(inner.module));
    if (expansion === undefined) return undefined;
    for (const name of expansion) bound.add(name);
  }
  return bound;
}

/** Whether `import` would find the path: a file, or a folder that holds Python. */
export function isModule(path: string): boolean {
  if (existsSync(`${path}.py`)) return true;
  const listing = listFolder(path);
  return 'entries' in listing && listing.entries.some(({ name }) => name.endsWith('.py'));
}
