/** Turns the paths of a command line into the project that they belong to, and the package that is there. */
import { existsSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { filterOf } from '../files/find.ts';
import { listFolder, readLimited } from '../files/read.ts';
import type { StripOptions } from '../notebook/strip.ts';
import { analyse, moduleSource } from '../pipeline.ts';
import type { ExistingModule } from '../plan/existing/modules.ts';
import { topics } from '../plan/topic.ts';
import { findHome, readBuild, takesIn, type Build } from '../project/build.ts';
import { readConfiguration, type Configuration, type NotebookSettings } from '../project/configuration.ts';
import type { ConflictChoice } from '../project/layout.ts';
import type { ConfiguredCommand } from '../project/options.ts';
import { checkPackage, choosePackage } from '../project/package.ts';
import { findRoot, isInstallable } from '../project/root.ts';
import type { Table } from '../project/toml.ts';
import { decodePython } from '../python/encoding.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { positionAt } from '../text/span.ts';
import { commonFolder, pathWithin } from '../text/within.ts';

export interface ProjectOptions extends Open<NotebookSettings> {
  readonly package?: string | undefined;
  readonly sourceRoot?: string | undefined;
  readonly root?: string | undefined;
  /** Patterns as in .gitignore, from the root. */
  readonly exclude?: readonly string[] | undefined;
  readonly gitignore?: boolean | undefined;
  readonly onConflict?: ConflictChoice | undefined;
}

/** `NotebookSettings` with nothing left open. */
export type Settings = Required<NotebookSettings>;

export interface Project {
  /** Absolute. */
  readonly root: string;
  /** Absolute. */
  readonly sourceRoot: string;
  readonly package: string;
  readonly onConflict: ConflictChoice;
  /** Which results go, where outputs are not kept; unset, all. */
  readonly stripping?: StripOptions;
  /** Which module statements go to, as the user was asked; by notebook. */
  readonly chosen?: ReadonlyMap<string, ReadonlyMap<number, string>>;
  /** The settings of the notebook at a path (absolute). */
  readonly settingsOf: (path: string) => Settings;
  readonly modules: readonly ProjectModule[];
  /** Whether the package is there once the project is installed, so that notebooks find it by themselves. */
  readonly isInstalled: boolean;
  /**
   * What Python would take before a module: folders of the package with an `__init__.py`, and compiled modules; dotted,
   * without the package.
   */
  readonly folders: ReadonlySet<string>;
  /** Why others of its modules can't be read: then nothing is added to it. */
  readonly broken: readonly Diagnostic[];
}

/** A module of the package as it is on the disk. */
export interface ProjectModule extends ExistingModule {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Where a project lies and what it asks for; the package is not chosen yet. */
export interface Site {
  /** Absolute. */
  readonly root: string;
  /** Absolute. */
  readonly sourceRoot: string;
  /** What is left out of the search for notebooks. */
  readonly exclude: readonly string[];
  readonly gitignore: boolean;
  readonly configuration: Configuration;
  /** `[project].name`. */
  readonly projectName: string | undefined;
  /** The package of the project that is there, if it is where it is built from. */
  readonly built: string | undefined;
  /** Whether it is made to be installed. */
  readonly isInstallable: boolean;
  readonly build: Build;
}

interface Refused {
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds the project that notebooks belong to, and its configuration.
 * @param named what the user named, files or folders: the root is looked for from the folder that holds them all
 * @param command whose options are wanted
 */
export function findSite(
  named: readonly string[],
  options: ProjectOptions,
  command: ConfiguredCommand,
): Site | Refused {
  const root =
    options.root === undefined
      ? findRoot(commonFolder(foldersOf(named)) ?? process.cwd(), existsSync)
      : resolve(options.root);
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    return {
      diagnostics: [
        {
          code: 'NB510',
          severity: 'error',
          place: { path: root },
          message: 'the project root is not a folder',
          hint: 'Name an existing folder with --root.',
        },
      ],
    };
  }
  let configuration: Configuration = {};
  let projectName: string | undefined;
  let keys: readonly string[] | undefined;
  let document: Table | undefined;
  const manifest = join(root, 'pyproject.toml');
  if (existsSync(manifest)) {
    const file = readLimited(manifest);
    if ('diagnostic' in file) return { diagnostics: [file.diagnostic] };
    const read = readConfiguration(manifest, Buffer.from(file.bytes).toString('utf8'), command);
    if (read.diagnostics.length > 0) return { diagnostics: read.diagnostics };
    ({ configuration, projectName, keys, document } = read);
  }
  const setup = textOf(join(root, 'setup.cfg'));
  const script = textOf(join(root, 'setup.py'));
  const isMade = isInstallable({ keys, setup, hasSetupScript: existsSync(join(root, 'setup.py')) });
  const build = readBuild({ document, setup, script });
  const home = findHome(build, isMade, options.package ?? configuration.package, projectName, {
    packagesIn: (folder) => packagesIn(join(root, folder)),
    isPackage: (folder) => existsSync(join(root, folder, '__init__.py')),
  });
  const given = options.sourceRoot ?? configuration.sourceRoot;
  const sourceRoot = resolve(root, given ?? home.sourceRoot);
  const place = pathWithin(root, sourceRoot);
  const foreign = place?.split('/').find((name) => /^\.(?:git|nb2mod)$/i.test(name));
  if (foreign !== undefined) {
    return {
      diagnostics: [
        {
          code: 'NB524',
          severity: 'error',
          place: { path: sourceRoot },
          message: `the source root lies in ${foreign}, which is no place for code`,
          hint: 'Name another folder inside the project with --source-root.',
        },
      ],
    };
  }
  if (place === undefined) {
    return {
      diagnostics: [
        {
          code: 'NB524',
          severity: 'error',
          place: { path: sourceRoot },
          message: 'the source root lies outside the project root',
          hint: 'Name a folder inside the project with --source-root.',
        },
      ],
    };
  }
  if (existsSync(sourceRoot) && !statSync(sourceRoot).isDirectory()) {
    const listing = listFolder(sourceRoot);
    if ('diagnostic' in listing) return { diagnostics: [listing.diagnostic] };
  }
  const exclude = [...(configuration.exclude ?? []), ...(options.exclude ?? [])];
  // commander gives true where --no-gitignore isn't said.
  const gitignore = options.gitignore === false ? false : (configuration.gitignore ?? true);
  return {
    root,
    sourceRoot,
    exclude,
    gitignore,
    configuration,
    projectName,
    built: given === undefined || sourceRoot === resolve(root, home.sourceRoot) ? home.package : undefined,
    isInstallable: isMade,
    build,
  };
}

/** The text of a small file, if it can be read. */
function textOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const file = readLimited(path);
  return 'bytes' in file ? Buffer.from(file.bytes).toString('utf8') : undefined;
}

/** The folders that paths name, or lie in, as far as they are there. */
function foldersOf(paths: readonly string[]): string[] {
  return paths
    .map((path) => resolve(path))
    .filter((path) => existsSync(path))
    .map((path) => (statSync(path).isDirectory() ? path : dirname(path)));
}

/**
 * Chooses the package and reads its modules. The grammar must have been loaded.
 * @param imported the top-level modules that the notebooks import, which the package must not hide
 * @param guess the project as it was opened before those were known: most often it is the same
 */
export function lookAtProject(
  site: Site,
  imported: ReadonlySet<string>,
  options: ProjectOptions,
  guess?: Project,
): { readonly project: Project } | Refused {
  const { root, sourceRoot, configuration } = site;
  const packages = packagesIn(sourceRoot);
  const name = options.package ?? configuration.package ?? packageOf(site, packages, imported);
  const wrong = checkPackage(name, packages.includes(name) ? new Set() : imported);
  if (wrong === null && name === guess?.package) return { project: guess };
  if (wrong !== null) return { diagnostics: [wrong] };
  const modules = openModules(join(sourceRoot, name));
  const hasTopics = modules.modules.some(({ module }) => topics.some((topic) => topic === module));
  const usual: Settings = {
    layout: hasTopics ? 'topic' : 'notebook',
    keepOutputs: false,
    keep: [],
    modules: [],
    ...settingsIn(configuration),
  };
  const overrides = (configuration.overrides ?? []).map(({ paths, ...settings }) => ({
    fits: filterOf(root, paths),
    settings: settingsIn(settings),
  }));
  // The last that fits wins, and what the command line says wins over all.
  const asked = settingsIn(options);
  const settingsOf = (path: string): Settings =>
    Object.assign(
      {},
      usual,
      ...overrides.filter(({ fits }) => fits(path)).map(({ settings }) => settings),
      asked,
    );
  const onConflict = options.onConflict ?? configuration.onConflict ?? 'keep';
  return {
    project: {
      root,
      sourceRoot,
      package: name,
      onConflict,
      settingsOf,
      isInstalled: site.isInstallable && takesIn(site.build, pathWithin(root, sourceRoot) || '.', name),
      ...modules,
    },
  };
}

/**
 * The package of a project, where the user names none.
 * @param packages those under the source root
 * @param imported the top-level modules that the notebooks import
 */
export function packageOf(
  { root, sourceRoot, projectName, built, isInstallable: isMade }: Site,
  packages: readonly string[],
  imported: Iterable<string>,
): string {
  if (built !== undefined && checkPackage(built) === null) return built;
  // A project may be built from a single module at its root.
  const modules = [sourceRoot, ...(isMade ? [root] : [])].flatMap(entriesIn).map(({ name }) => name);
  const alone = modules.filter((name) => name.endsWith('.py')).map((name) => name.slice(0, -'.py'.length));
  return choosePackage({
    projectName,
    packages,
    folder: basename(root),
    imported: [...imported, ...alone],
  });
}

/** The same of a project that code shall be added to: all of its package has to be known. */
export function openProject(
  site: Site,
  imported: ReadonlySet<string>,
  options: ProjectOptions,
  guess?: Project,
): { readonly project: Project } | Refused {
  const found = lookAtProject(site, imported, options, guess);
  if ('diagnostics' in found) return found;
  const { broken } = found.project;
  return broken.length > 0 ? { diagnostics: broken } : found;
}

/** The project as it is if the notebooks import nothing of its name; undefined where there is none to open. */
export function guessProject(site: Site, options: ProjectOptions): Project | undefined {
  const opened = lookAtProject(site, new Set(), options);
  return 'project' in opened ? opened.project : undefined;
}

/** The settings that are given. */
function settingsIn({ layout, keepOutputs, keep, modules }: Open<NotebookSettings>): NotebookSettings {
  return {
    ...(layout !== undefined && { layout }),
    ...(keepOutputs !== undefined && { keepOutputs }),
    ...(keep !== undefined && { keep }),
    ...(modules !== undefined && { modules }),
  };
}

type Open<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** The folders under the source root that hold Python, as far as they can be read. */
export function packagesIn(sourceRoot: string): string[] {
  return entriesIn(sourceRoot)
    .filter(
      (entry) =>
        isFolder(sourceRoot, entry) && !entry.name.endsWith('.egg-info') && !entry.name.startsWith('.'),
    )
    .filter((entry) => entriesIn(join(sourceRoot, entry.name)).some(({ name }) => name.endsWith('.py')))
    .map((entry) => entry.name);
}

/** Whether an entry of `folder` is a folder, or a link to one. */
function isFolder(folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isDirectory() === true;
}

function entriesIn(folder: string): readonly Dirent[] {
  const listing = listFolder(folder);
  return 'entries' in listing ? listing.entries : [];
}

/** The test files of a project, by their names without ending; null for one that is not valid Python in UTF-8. */
export function openTests(root: string): ReadonlyMap<string, ProjectModule | null> {
  const folder = join(root, 'tests');
  const names = entriesIn(folder).map(({ name }) => name);
  const files = names.filter((name) => /^test_\w*\.py$/.test(name));
  return new Map(
    files.map((name): [string, ProjectModule | null] => {
      const path = join(folder, name);
      const module = name.slice(0, -'.py'.length);
      const file = readLimited(path);
      if ('diagnostic' in file) return [module, null];
      const text = decodePython(file.bytes);
      if (text === undefined) return [module, null];
      const found = analyse(moduleSource(path, text));
      const isBroken = found.cells[0]!.fault !== undefined;
      return [module, isBroken ? null : { path, bytes: file.bytes, module, names: found }];
    }),
  );
}

function openModules(folder: string): Pick<Project, 'modules' | 'folders' | 'broken'> {
  const modules: ProjectModule[] = [];
  const folders = new Set<string>();
  const broken: Diagnostic[] = [];
  /** Where the folders really are, so that a link back to one of them has an end. */
  const searched = new Set<string>();
  const search = (at: string, prefix: string): void => {
    if (!existsSync(at)) return;
    const place = realpathSync(at);
    if (searched.has(place)) return;
    searched.add(place);
    const listing = listFolder(at);
    if ('diagnostic' in listing) {
      broken.push(listing.diagnostic);
      return;
    }
    for (const entry of listing.entries) {
      const path = join(at, entry.name);
      if (isFolder(at, entry)) {
        if (entry.name !== '__pycache__') search(path, `${prefix}${entry.name}.`);
        continue;
      }
      if (entry.name === '__init__.py' && prefix !== '') folders.add(prefix.slice(0, -1));
      if (/\.(?:so|pyd)$/.test(entry.name)) folders.add(`${prefix}${entry.name.split('.', 1)[0]!}`);
      if (!entry.name.endsWith('.py')) continue;
      const file = readLimited(path);
      if ('diagnostic' in file) {
        broken.push(file.diagnostic);
        continue;
      }
      const text = decodePython(file.bytes);
      if (text === undefined) {
        broken.push({
          code: 'NB204',
          severity: 'error',
          place: { path },
          message: 'the module is not in UTF-8, so nothing can be added to the package',
          hint: 'Save it as UTF-8, without a coding line, or choose another package with --package.',
        });
        continue;
      }
      const names = analyse(moduleSource(path, text));
      const fault = names.cells[0]!.fault;
      if (fault !== undefined) {
        broken.push({
          code: 'NB204',
          severity: 'error',
          place: { path, ...positionAt(text, fault.offset) },
          message: 'the module is not valid Python, so nothing can be added to the package',
          hint: 'Mend the module, or choose another package with --package.',
        });
        continue;
      }
      modules.push({ path, bytes: file.bytes, module: `${prefix}${entry.name.slice(0, -3)}`, names });
    }
  };
  search(folder, '');
  return { modules, folders, broken };
}
