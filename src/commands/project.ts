/** Turns the paths of a command line into what the plan works on: notebooks, their names, and the package that is there. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { findNotebooks } from '../files/find.ts';
import { readLimited } from '../files/read.ts';
import type { Notebook } from '../notebook/notebook.ts';
import { readNotebook } from '../notebook/read.ts';
import { analyse, moduleSource } from '../pipeline.ts';
import type { ExistingModule } from '../plan/plan.ts';
import { topics } from '../plan/topic.ts';
import { readConfiguration, type Configuration } from '../project/configuration.ts';
import type { Layout } from '../project/layout.ts';
import { checkPackage, choosePackage } from '../project/package.ts';
import { findRoot } from '../project/root.ts';
import { standardLibrary } from '../project/standard-library.ts';
import type { CodeSource } from '../python/program.ts';
import type { Names, Unknown } from '../scope/names.ts';
import { starExports } from '../scope/star-exports.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { positionAt } from '../text/span.ts';

/** A notebook as it was read. */
export interface OpenNotebook {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly notebook: Notebook;
  /** Undefined for a notebook that is not in Python 3, or whose format is too old to be rewritten. */
  readonly names?: Names;
  readonly diagnostics: readonly Diagnostic[];
}

export interface OpenNotebooks {
  readonly notebooks: readonly OpenNotebook[];
  /** Of paths and files that could not be read. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and analyses every notebook that the paths name. The grammar must have been loaded. */
export function openNotebooks(paths: readonly string[]): OpenNotebooks {
  const found = findNotebooks(paths);
  const diagnostics = [...found.diagnostics];
  const notebooks: OpenNotebook[] = [];
  for (const path of found.paths.map((name) => resolve(name)).sort()) {
    const file = readLimited(path);
    if ('diagnostic' in file) {
      diagnostics.push(file.diagnostic);
      continue;
    }
    const reading = readNotebook(path, file.bytes);
    if ('diagnostic' in reading) {
      diagnostics.push(reading.diagnostic);
      continue;
    }
    notebooks.push(openNotebook(path, file.bytes, reading.notebook));
  }
  return { notebooks, diagnostics };
}

function openNotebook(path: string, bytes: Uint8Array, notebook: Notebook): OpenNotebook {
  const refusal = refuseNotebook(notebook);
  const open = { path, bytes, notebook };
  if (refusal !== undefined) return { ...open, diagnostics: [...notebook.diagnostics, refusal] };
  const names = analyse(notebook);
  return { ...open, names, diagnostics: [...notebook.diagnostics, ...faultsOf(path, names)] };
}

/** Why nothing is moved out of a notebook, if so. */
function refuseNotebook({ path, language, nbformat }: Notebook): Diagnostic | undefined {
  if (language !== 'python') {
    const shown = language === 'python2' ? 'Python 2' : language;
    return {
      code: 'NB202',
      severity: 'warning',
      place: { path },
      message: `is a notebook in ${shown}: nothing is moved`,
      hint: 'Only Python 3 can be moved to modules; convert the notebook first.',
    };
  }
  if (nbformat < 4) {
    return {
      code: 'NB203',
      severity: 'warning',
      place: { path },
      message: `has the old notebook format ${nbformat}: nothing is moved`,
      hint: 'Convert it by `jupyter nbconvert --to notebook --inplace`, then run nb2mod again.',
    };
  }
  return undefined;
}

const faultMessages = {
  syntax: 'the cell is not valid Python',
  indentation: 'the cell is not valid Python: its indentation is inconsistent',
  python2: 'the cell is Python 2',
  depth: 'the cell is nested too deeply',
};

function faultsOf(path: string, names: Names): Diagnostic[] {
  return names.cells.flatMap(({ cell, fault }): Diagnostic[] => {
    if (fault === undefined) return [];
    const { source } = names.source.cells[cell - 1]!;
    const place = { path, cell, ...positionAt(source, fault.offset) };
    const message = `${faultMessages[fault.kind]}; what it defines stays`;
    return [{ code: 'NB201', severity: 'warning', place, message, hint: 'Mend the cell; the others go on.' }];
  });
}

export interface ProjectOptions {
  readonly package?: string | undefined;
  readonly sourceRoot?: string | undefined;
  readonly root?: string | undefined;
  readonly layout?: Layout | undefined;
  readonly keepOutputs?: boolean | undefined;
}

export interface Project {
  /** Absolute. */
  readonly root: string;
  /** Absolute. */
  readonly sourceRoot: string;
  readonly package: string;
  readonly layout: Layout;
  readonly keepOutputs: boolean;
  readonly modules: readonly ProjectModule[];
  /** The folders of the package with an `__init__.py`, dotted, without the package. */
  readonly folders: ReadonlySet<string>;
}

/** A module of the package as it is on the disk. */
export interface ProjectModule extends ExistingModule {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export type ProjectResult = { readonly project: Project } | { readonly diagnostics: readonly Diagnostic[] };

/** Finds the project of the notebooks, its configuration, and the modules of its package. */
export function openProject(notebooks: readonly OpenNotebook[], options: ProjectOptions): ProjectResult {
  const first = notebooks[0]?.path;
  const root =
    options.root === undefined
      ? findRoot(first === undefined ? process.cwd() : dirname(first), existsSync)
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
  const manifest = join(root, 'pyproject.toml');
  if (existsSync(manifest)) {
    const file = readLimited(manifest);
    if ('diagnostic' in file) return { diagnostics: [file.diagnostic] };
    const read = readConfiguration(manifest, Buffer.from(file.bytes).toString('utf8'));
    if (read.diagnostics.length > 0) return { diagnostics: read.diagnostics };
    ({ configuration, projectName } = read);
  }
  const sourceRoot = resolve(root, options.sourceRoot ?? configuration.sourceRoot ?? 'src');
  const outside = relative(root, sourceRoot);
  if (outside === '..' || outside.startsWith(`..${sep}`)) {
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
  const imported = new Set(
    notebooks.flatMap(
      ({ names }) => names?.statements.flatMap((statement) => statement.names.imports.map(topLevelOf)) ?? [],
    ),
  );
  const name =
    options.package ??
    configuration.package ??
    choosePackage({ projectName, packages: packagesIn(sourceRoot), folder: basename(root), imported });
  const wrong = checkPackage(name);
  if (wrong !== null) return { diagnostics: [wrong] };
  const modules = openModules(join(sourceRoot, name));
  if ('diagnostics' in modules) return modules;
  const hasTopics = modules.modules.some(({ module }) => topics.some((topic) => topic === module));
  const layout = options.layout ?? configuration.layout ?? (hasTopics ? 'topic' : 'notebook');
  const keepOutputs = options.keepOutputs ?? configuration.keepOutputs ?? false;
  return { project: { root, sourceRoot, package: name, layout, keepOutputs, ...modules } };
}

function topLevelOf({ module }: { readonly module: string }): string {
  return module.split('.', 1)[0]!;
}

/** The folders under the source root that hold Python. */
function packagesIn(sourceRoot: string): string[] {
  if (!existsSync(sourceRoot)) return [];
  return readdirSync(sourceRoot, { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && !entry.name.endsWith('.egg-info') && !entry.name.startsWith('.'),
    )
    .filter((entry) => readdirSync(join(sourceRoot, entry.name)).some((file) => file.endsWith('.py')))
    .map((entry) => entry.name)
    .sort();
}

function openModules(
  folder: string,
): Pick<Project, 'modules' | 'folders'> | { readonly diagnostics: readonly Diagnostic[] } {
  const modules: ProjectModule[] = [];
  const folders = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  const search = (at: string, prefix: string): void => {
    if (!existsSync(at)) return;
    for (const entry of readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== '__pycache__') search(path, `${prefix}${entry.name}.`);
        continue;
      }
      if (entry.name === '__init__.py' && prefix !== '') folders.add(prefix.slice(0, -1));
      if (!entry.name.endsWith('.py') || entry.name === '__init__.py') continue;
      const file = readLimited(path);
      if ('diagnostic' in file) {
        diagnostics.push(file.diagnostic);
        continue;
      }
      const text = Buffer.from(file.bytes).toString('utf8');
      const names = analyse(moduleSource(path, text));
      const fault = names.cells[0]!.fault;
      if (fault !== undefined) {
        diagnostics.push({
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
  return diagnostics.length > 0 ? { diagnostics } : { modules, folders };
}

/**
 * The top-level names among a notebook's imports that are files which only the notebook can import: beside it, or in a
 * folder that it puts on `sys.path` or changes to. What lies under the source root can be imported from anywhere.
 */
export function findLocalModules(names: Names, project: Project): ReadonlySet<string> {
  const folder = dirname(names.source.path);
  const folders = [folder, ...names.folders.map((name) => resolve(folder, name))].filter(
    (candidate) => resolve(candidate) !== project.sourceRoot,
  );
  const local = new Set<string>();
  for (const statement of names.statements) {
    for (const item of [...statement.names.imports, ...statement.names.innerImports]) {
      const top = topLevelOf(item);
      if (top === '' || top === project.package || standardLibrary.has(top) || local.has(top)) continue;
      if (existsSync(join(project.sourceRoot, top)) || existsSync(join(project.sourceRoot, `${top}.py`)))
        continue;
      if (folders.some((candidate) => isModule(join(candidate, top)))) local.add(top);
    }
  }
  return local;
}

/** The names that each star import of a local module and each `%run` of a file that is there binds, by statement. */
export function findExpansions(names: Names): ReadonlyMap<number, ReadonlySet<string>> {
  const expansions = new Map<number, ReadonlySet<string>>();
  for (const unknown of names.unknowns) {
    const expansion = expand(unknown, names, 5);
    if (expansion !== undefined) expansions.set(unknown.statement, expansion);
  }
  return expansions;
}

function expand(unknown: Unknown, names: Names, depth: number): ReadonlySet<string> | undefined {
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
  let source: CodeSource = moduleSource(found, Buffer.from(file.bytes).toString('utf8'));
  if (found.endsWith('.ipynb')) {
    const reading = readNotebook(found, file.bytes);
    if ('diagnostic' in reading) return undefined;
    source = reading.notebook;
  }
  const brought = analyse(source);
  const bound = new Set<string>();
  for (const name of brought.bindings.keys()) {
    if (unknown.script !== undefined || !name.startsWith('_')) bound.add(name);
  }
  // With `__all__`, what it lists; it may be put together in many ways, so nothing is assumed.
  if (unknown.module !== undefined && brought.bindings.has('__all__')) return undefined;
  for (const inner of brought.unknowns) {
    const expansion =
      expand(inner, brought, depth - 1) ??
      (inner.module === undefined ? undefined : starExports(inner.module));
    if (expansion === undefined) return undefined;
    for (const name of expansion) bound.add(name);
  }
  return bound;
}

/** Whether `import` would find the path: a file, or a folder that holds Python. */
function isModule(path: string): boolean {
  if (existsSync(`${path}.py`)) return true;
  if (!existsSync(path) || !statSync(path).isDirectory()) return false;
  return readdirSync(path).some((name) => name.endsWith('.py'));
}
