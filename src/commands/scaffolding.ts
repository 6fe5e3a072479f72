/** Turns a project on the disk into the files that it lacks, ready to be written with whatever else a run writes. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { askEnvironment } from '../files/environment.ts';
import { pythonCandidates } from '../files/kernel.ts';
import { chooseDependencies, type Dependencies, type ImportedModule } from '../project/dependencies.ts';
import { lackingFiles } from '../project/scaffold.ts';
import { describeInit } from '../report/json.ts';
import { showPath } from '../report/text.ts';
import type { FileChange } from '../text/change.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { importedModules } from './imports.ts';
import type { Project } from './project.ts';
import { isModule } from './surroundings.ts';

export interface ScaffoldOptions {
  readonly poetry?: boolean | undefined;
  /** An interpreter; false asks none, so that the same files come out everywhere. */
  readonly python?: string | false | undefined;
  readonly layout?: string | undefined;
}

export interface Scaffold extends Dependencies {
  /** In the order of their paths. */
  readonly files: readonly FileChange[];
  /** The command that installs the project. */
  readonly install: string;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Plans what a project lacks.
 * @param imported what its notebooks import, and the modules that are about to be written
 * @param planned paths (absolute) that the same run writes
 */
export function planScaffold(
  project: Project,
  imported: readonly ImportedModule[],
  planned: ReadonlySet<string>,
  options: ScaffoldOptions,
): Scaffold {
  const { root, sourceRoot } = project;
  const all = [...imported, ...project.modules.flatMap(({ names }) => importedModules(names))];
  const isOwn = (top: string): boolean =>
    top === project.package || [root, sourceRoot].some((folder) => isModule(join(folder, top)));
  const diagnostics: Diagnostic[] = [];
  let environment: ReturnType<typeof askEnvironment>;
  if (options.python !== false) {
    const own = join(
      root,
      '.venv',
      ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
    );
    const usual = pythonCandidates(options.python, process.env);
    // What is active comes first, then the project's own, then whatever is on the PATH.
    const active = usual.filter((path) => /[\\/]/.test(path));
    const candidates =
      options.python !== undefined ? usual : [...active, ...(existsSync(own) ? [own] : []), ...usual];
    const modules = [...new Set(all.map(({ module }) => module))].sort();
    environment = askEnvironment([...new Set(candidates)], modules);
    if (environment === undefined && options.python !== undefined) {
      diagnostics.push({
        code: 'NB540',
        severity: 'warning',
        message: `no Python that runs: tried ${candidates.join(', ')}; dependencies are named without versions`,
        hint: 'Name the interpreter of the environment that the notebooks run in, or none by --no-python.',
      });
    }
  }
  const chosen = chooseDependencies(all, isOwn, environment);
  const place = relative(root, sourceRoot).split(sep).join('/') || '.';
  const files = lackingFiles(
    {
      ...chosen,
      package: project.package,
      folder: basename(root),
      sourceRoot: place,
      layout: options.layout,
      isPoetry: options.poetry === true,
      unknown: chosen.imports.filter(({ from }) => from === 'unknown').map(({ module }) => module),
      hasPackage: existsSync(join(sourceRoot, project.package)) || planned.size > 0,
    },
    {
      names: readdirSync(root),
      exists: (path) => existsSync(join(root, path)) || planned.has(join(root, path)),
    },
  );
  const isDeclared = files.some(({ path }) => path === 'pyproject.toml');
  return {
    ...chosen,
    files: files.map(({ path, text }) => ({
      path: join(root, path),
      before: null,
      after: Buffer.from(text),
    })),
    install: options.poetry === true ? 'poetry install' : 'python -m pip install -e .',
    diagnostics: [
      ...diagnostics,
      ...(isDeclared ? chosen.imports.flatMap((item) => explain(item, environment !== undefined)) : []),
    ],
  };
}

/** What of a scaffold stands in the report for scripts. */
export function reportScaffold(scaffold: Scaffold, { root }: Project): ReturnType<typeof describeInit> {
  return describeInit({ ...scaffold, files: scaffold.files.map(({ path }) => showPath(path, root)) });
}

function explain(
  { module, from, isOptional, paths }: Dependencies['imports'][number],
  hasPython: boolean,
): Diagnostic[] {
  if (isOptional) return [];
  const place = { path: paths[0]! };
  if (from === 'nowhere') {
    return [
      {
        code: 'NB561',
        severity: 'info',
        place,
        message: `imports '${module}', which no distribution brings: it is no dependency`,
        hint: 'It is there in its own surroundings only, such as Colab or Python 2.',
      },
    ];
  }
  if (from !== 'unknown') return [];
  const where = hasPython ? 'neither the Python that was asked nor nb2mod knows' : 'nb2mod does not know';
  return [
    {
      code: 'NB560',
      severity: 'warning',
      place,
      message: `imports '${module}', and ${where} which distribution brings it: it is left out of the dependencies`,
      hint: 'Add it to pyproject.toml by hand, or name a Python that has it with --python. What has that name on PyPI may be something else.',
    },
  ];
}
