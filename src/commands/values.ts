/** What `extract` and `scan` come to as values, without a terminal: what the library gives to other programs. */
import { resolve } from 'node:path';
import { commitChange, recover } from '../files/commit.ts';
import { findNotebooks } from '../files/find.ts';
import type { ModuleChoice } from '../project/configuration.ts';
import type { ConflictChoice, Layout } from '../project/layout.ts';
import type { ExtractReport } from '../report/json.ts';
import type { ScanReport } from '../report/scan.ts';
import type { Change } from '../text/change.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { openCrew } from './crew.ts';
import { carryOut, findConflicts } from './extract.ts';
import { openNotebooks } from './planning.ts';
import { findSite, openProject, openTests } from './project.ts';
import { scanNotebooks, values } from './scan.ts';
import { readResultSettings } from './strip-options.ts';

/** What `extract` and `scan` are told; what is not given comes from `[tool.nb2mod]` in pyproject.toml, or is the default. */
export interface ScanOptions {
  /** The package to write into. Default: the project's name, else the one package there is, else the folder's name. */
  readonly package?: string | undefined;
  /** The folder that holds the package, from the project root. Default: `src`, or where the project's package stands. */
  readonly sourceRoot?: string | undefined;
  /** The project root. Default: the nearest folder up with pyproject.toml, setup.py, setup.cfg or .git. */
  readonly root?: string | undefined;
  /** How definitions are spread over modules. Default: `topic` where the package has such modules, else `notebook`. */
  readonly layout?: Layout | undefined;
  /** What is left out, patterns as in .gitignore, from the project root; beside those of pyproject.toml. */
  readonly exclude?: readonly string[] | undefined;
  /** False: folders that .gitignore names are searched, too. Default: true. */
  readonly gitignore?: boolean | undefined;
  /** What becomes of a definition whose name a module has already. Default: `keep`, it stays in the notebook. */
  readonly onConflict?: ConflictChoice | undefined;
  /** Names that stay in their notebooks; `*` and `?` stand for any letters and any one. */
  readonly keep?: readonly string[] | undefined;
  /** Which module names go to: the first that fits. */
  readonly modules?: readonly ModuleChoice[] | undefined;
  /** How many threads read notebooks. Default: none for a few notebooks, else one for each core, up to 8. */
  readonly jobs?: number | undefined;
  /** Seconds that one notebook may take in a thread, before it is left alone (NB205); 0: no limit. Default: 60. */
  readonly limit?: number | undefined;
  /** Told now and then how far the work is, in one line. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

export interface ExtractOptions extends ScanOptions {
  /** Whether the notebooks keep their outputs. Default: false. */
  readonly keepOutputs?: boolean | undefined;
}

/** What `extract` would do. */
export interface Extraction {
  /** Absolute: the project, where `apply` keeps its journal. Null where nothing may be written: a diagnostic says why. */
  readonly root: string | null;
  /** The files as they are and as they shall be, modules first; none where nothing changes. */
  readonly change: Change;
  /** As `nb2mod extract --json` prints it, but for `summary`, which can be counted. */
  readonly report: ExtractReport;
}

/** What came of writing. */
export interface Application {
  /** Whether the files are now as the change wants them; if not, they are as before, and a diagnostic says why. */
  readonly isWritten: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** Plans, and writes nothing. */
export async function planExtraction(
  paths: readonly string[],
  { onProgress, ...options }: ExtractOptions,
): Promise<Extraction> {
  const nothing = { version: 1, package: null, dryRun: true, notebooks: [], modules: [] } as const;
  const trouble: Diagnostic[] = [];
  const refuse = (diagnostics: readonly Diagnostic[]): Extraction => {
    const all = [...trouble, ...diagnostics];
    return { root: null, change: { files: [], diagnostics: all }, report: { ...nothing, diagnostics: all } };
  };
  const site = findSite(paths, options, 'extract');
  if ('diagnostics' in site) return refuse(site.diagnostics);
  const { root, sourceRoot } = site;
  const stripping = await readResultSettings(root);
  if (stripping.diagnostics.length > 0) return refuse(stripping.diagnostics);
  const found = findNotebooks(paths, site);
  trouble.push(...found.diagnostics);
  const notebookPaths = found.paths.map((path) => resolve(path)).sort();
  const crew = await openCrew(notebookPaths.length, { ...site.configuration, ...options, isGuest: true });
  try {
    const opened = await openNotebooks(notebookPaths, sourceRoot, crew, onProgress);
    trouble.push(...opened.diagnostics);
    if (opened.notebooks.length === 0) return refuse([]);
    const choice = openProject(site, opened.imported, options);
    if ('diagnostics' in choice) return refuse(choice.diagnostics);
    const project = { ...choice.project, stripping: stripping.settings };
    const outcome = await carryOut(opened.notebooks, project, new Map(), crew, {
      existingTests: site.configuration.tests === true ? openTests(root) : undefined,
      tell: onProgress,
    });
    const { files, notebooks, modules, faults } = outcome;
    if (faults.length > 0) return refuse(faults);
    trouble.push(...outcome.lost);
    const conflicts = findConflicts(notebooks, project);
    if (conflicts.length > 0) return refuse(conflicts);
    const report = { ...nothing, package: project.package, notebooks, modules, diagnostics: trouble };
    return { root, change: { files, diagnostics: trouble }, report };
  } finally {
    await crew.close();
  }
}

/** Reads, and writes nothing. */
export async function planScan(
  paths: readonly string[],
  { onProgress, ...options }: ScanOptions,
): Promise<ScanReport> {
  return (await scanNotebooks(paths, { ...options, isGuest: true }, undefined, values, onProgress)).report;
}

/** Writes a plan, after what a killed run left has been put right. */
export async function applyExtraction({ root, change }: Extraction): Promise<Application> {
  if (root === null || change.files.length === 0) return { isWritten: root !== null, diagnostics: [] };
  const recovered = await recover(root);
  if (recovered.some(({ severity }) => severity === 'error'))
    return { isWritten: false, diagnostics: recovered };
  const { written, diagnostics } = await commitChange(root, change);
  return { isWritten: written, diagnostics: [...recovered, ...diagnostics] };
}
