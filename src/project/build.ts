/**
 * Turns what a project tells the tool that builds it into the package and the folder that it is built from: code that is
 * written elsewhere would not be there once the project is installed.
 */
import { normalize } from 'node:path/posix';
import { isModuleName } from '../text/module-name.ts';
import { isNamedFor } from './package.ts';
import { isTable, type Table } from './toml.ts';

/** The files of a project that tell how it is built. */
export interface BuildFiles {
  /** All of pyproject.toml. */
  readonly document?: Table | undefined;
  /** The text of setup.cfg. */
  readonly setup?: string | undefined;
  /** The text of setup.py. */
  readonly script?: string | undefined;
}

/** What they tell; what they leave to be found is not there. */
export interface Build {
  /** What Poetry calls the project. */
  readonly title?: string;
  /** The folder that holds the package, from the project root. */
  readonly sourceRoot?: string;
  readonly package?: string;
}

/** What each tool has to say, the first that says something goes before. */
export function readBuild({ document = {}, setup = '', script = '' }: BuildFiles): Build {
  const told = [
    ofPoetry(document),
    ofSetuptools(document),
    ofHatch(document),
    ofOthers(document),
    ofSetup(setup),
    ofScript(script),
  ];
  const first = (key: keyof Build): string | undefined =>
    told.map((each: Open<Build>) => each[key]).find((value) => value !== undefined);
  const title = first('title');
  const sourceRoot = first('sourceRoot');
  const named = first('package');
  return {
    ...(title !== undefined && { title }),
    ...(sourceRoot !== undefined && { sourceRoot: normalize(sourceRoot).replace(/(?<=.)\/$/, '') }),
    ...(named !== undefined && isModuleName(named) && { package: named }),
  };
}

type Open<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** `packages = [{ include = "shop", from = "lib" }]`. */
function ofPoetry(document: Table): Open<Build> {
  const title = textAt(document, 'tool', 'poetry', 'name');
  const [only, second] = listAt(document, 'tool', 'poetry', 'packages').filter(isTable);
  if (only === undefined || second !== undefined) return { title };
  const folders = textAt(only, 'include')?.split('/') ?? [];
  return { title, sourceRoot: textAt(only, 'from') ?? '.', package: folders[0] };
}

/**
 * `package-dir = { "" = "lib" }`, `packages = ["shop", "shop.data"]`, `where = ["lib"]`. Setuptools finds `src` by itself
 * only where it is not told which packages or modules there are.
 */
function ofSetuptools(document: Table): Open<Build> {
  const [where] = listAt(document, 'tool', 'setuptools', 'packages', 'find', 'where');
  const isTold = ['packages', 'py-modules'].some(
    (key) => valueAt(document, ['tool', 'setuptools', key]) !== undefined,
  );
  const listed = listAt(document, 'tool', 'setuptools', 'packages');
  const folder = textAt(document, 'tool', 'setuptools', 'package-dir', '') ?? where;
  const tops = new Set(listed.map((name) => String(name).split('.')[0]!));
  const [top] = tops.size === 1 ? tops : [];
  return { sourceRoot: typeof folder === 'string' ? folder : isTold ? '.' : undefined, package: top };
}

/** `packages = ["src/shop"]`, of the wheel or of all that is built; scikit-build has the same. */
function ofHatch(document: Table): Open<Build> {
  const lists = [
    listAt(document, 'tool', 'hatch', 'build', 'targets', 'wheel', 'packages'),
    listAt(document, 'tool', 'hatch', 'build', 'packages'),
    listAt(document, 'tool', 'scikit-build', 'wheel', 'packages'),
  ];
  const [only, second] = lists.find((list) => list.length > 0) ?? [];
  if (typeof only !== 'string' || second !== undefined) return {};
  const folders = only.replace(/^\.?\/+|\/+$/g, '').split('/');
  return { package: folders.pop(), sourceRoot: folders.join('/') };
}

/** Flit, uv, PDM and Maturin name one module, one folder, or both. */
function ofOthers(document: Table): Open<Build> {
  const uv = (key: string): string | undefined => textAt(document, 'tool', 'uv', 'build-backend', key);
  return {
    package:
      textAt(document, 'tool', 'flit', 'module', 'name') ??
      uv('module-name') ??
      textAt(document, 'tool', 'maturin', 'module-name')?.split('.')[0],
    sourceRoot:
      uv('module-root') ??
      textAt(document, 'tool', 'pdm', 'build', 'package-dir') ??
      textAt(document, 'tool', 'maturin', 'python-source'),
  };
}

/** `[options] package_dir =⏎    =lib` of setup.cfg. */
function ofSetup(written: string): Open<Build> {
  const text = written.replaceAll('\r\n', '\n');
  const sectionOf = (name: string): string =>
    new RegExp(`^\\[${name}\\][^\\n]*\\n((?:(?!\\[).*\\n?)*)`, 'm').exec(text)?.[1] ?? '';
  const options = sectionOf('options');
  const inner = /^package_dir\s*=\s*=\s*([^\s#;]+)/m.exec(options)?.[1];
  const where = /^where\s*=\s*([^\s#;]+)/m.exec(sectionOf('options\\.packages\\.find'))?.[1];
  const usual =
    /^(?:packages|py_modules)\s*=/m.test(options) && !/^package_dir\b/m.test(options) ? '.' : undefined;
  return { sourceRoot: inner ?? where ?? usual };
}

/** `setup(package_dir={'': 'lib'})` of setup.py, as far as it is written out. */
function ofScript(text: string): Open<Build> {
  const code = text.replace(/^\s*#.*$/gm, '');
  const call = code.slice(Math.max(0, code.search(/\bsetup\s*\(/)));
  const first = (pattern: RegExp): string | undefined => pattern.exec(call)?.[1];
  const usual =
    /\b(?:packages|py_modules)\s*=/.test(call) && !/\bpackage_dir\s*=/.test(call) ? '.' : undefined;
  return {
    sourceRoot:
      first(/\bpackage_dir\s*=\s*\{\s*["']["']\s*:\s*["']([^"']+)["']/) ??
      first(/\bfind_(?:namespace_)?packages\(\s*(?:where\s*=\s*)?["']([^"']+)["']/) ??
      usual,
  };
}

function valueAt(table: Table, path: readonly string[]): unknown {
  let value: unknown = table;
  for (const key of path) {
    if (!isTable(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function textAt(table: Table, ...path: string[]): string | undefined {
  const value = valueAt(table, path);
  return typeof value === 'string' ? value : undefined;
}

function listAt(table: Table, ...path: string[]): readonly unknown[] {
  const value = valueAt(table, path);
  return Array.isArray(value) ? value : [];
}

/** What stands at the root of a project; given in, so that this doesn't meet the disk. */
export interface Grounds {
  /** The folders below a folder, named from the root, that hold Python. */
  readonly packagesIn: (folder: string) => readonly string[];
  /** Whether a folder, named from the root, has an `__init__.py`. */
  readonly isPackage: (folder: string) => boolean;
}

/** Where the package lies, or shall lie. */
export interface Home {
  /** From the project root. */
  readonly sourceRoot: string;
  /** Undefined where it has to be chosen yet. */
  readonly package?: string | undefined;
}

/**
 * Finds the folder that holds the package: `src`, unless the project is installed and its package stands elsewhere, in the
 * folder that the build names or at the root. Such a project is built from there: a `src` beside it would not be looked
 * at, or be taken for all of it.
 * @param name what the user calls the package, if anything
 * @param projectName what pyproject.toml calls the project
 */
export function findHome(
  build: Build,
  isInstallable: boolean,
  name: string | undefined,
  projectName: string | undefined,
  { packagesIn, isPackage }: Grounds,
): Home {
  const wanted = name ?? build.package ?? projectName ?? build.title;
  if (!isInstallable || wanted === undefined) return { sourceRoot: usual };
  for (const folder of [build.sourceRoot ?? usual, usual, '.']) {
    const found = packagesIn(folder).find((each) => isModuleName(each) && isNamedFor(each, wanted));
    // At the root lies much that is no package.
    if (found !== undefined && (folder !== '.' || isPackage(found)))
      return { sourceRoot: folder, package: found };
  }
  return { sourceRoot: usual };
}

const usual = 'src';

/** Whether what is built holds the package that lies in a folder (from the project root), as far as the build tells. */
export function takesIn(build: Build, sourceRoot: string, name: string): boolean {
  return (build.sourceRoot ?? sourceRoot) === sourceRoot && (build.package ?? name) === name;
}
