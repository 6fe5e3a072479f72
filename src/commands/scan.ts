/** `nb2mod scan`: says what notebooks hold and what could move, and changes nothing. */
import { resolve } from 'node:path';
import { findNotebooks } from '../files/find.ts';
import { warnOfPending } from '../files/pending.ts';
import type { Rendering } from '../pipeline.ts';
import type { DraftMember } from '../plan/draft.ts';
import { findFamilies, type Family } from '../plan/families.ts';
import {
  formatScanReport,
  printNotebook,
  type PrintedNotebook,
  type ScannedModule,
  type ScannedNotebook,
  type ScanReport,
} from '../report/scan.ts';
import { paint } from '../report/paint.ts';
import { abridge, tellFailures, tellReasons, type Failures } from '../report/summary.ts';
import { count, formatDiagnostics, showPath, tellPath, type TextOptions } from '../report/text.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { printable } from '../text/printable.ts';
import { openCrew, type CrewOptions } from './crew.ts';
import { addFrames } from './frames.ts';
import { openNotebooks, planNotebooks, type OpenNotebook, type Planning } from './planning.ts';
import { findSite, guessProject, lookAtProject, type Project, type ProjectOptions } from './project.ts';
import type { Description, Foreseen, Heading } from './tasks.ts';
import { describeFamily, tellFamilies, type ScannedCode } from './scan-families.ts';
import { writePage } from './scan-page.ts';
import type { Terminal } from './terminal.ts';

export interface ScanOptions extends ProjectOptions, CrewOptions {
  readonly json: boolean;
  /** The file to write a page to. */
  readonly html?: string | undefined;
}

/** @returns the exit code: 0, or 2 for bad input */
export async function scan(
  paths: readonly string[],
  options: ScanOptions,
  terminal: Terminal,
): Promise<number> {
  const { out, err, outOptions, errOptions } = terminal;
  const { json, html } = options;
  /** Diagnostics come first: what is read last are the totals. */
  const tell = ({ trouble, said, report }: Omit<Scan<unknown>, 'failures'>): number => {
    const found = abridge(said);
    const framed =
      errOptions.frames === true ? addFrames(found.map((diagnostic) => ({ diagnostic }))) : found;
    err(formatDiagnostics([...trouble, ...framed], errOptions));
    const isFailed = report.notebooks.length === 0 || trouble.some(({ severity }) => severity === 'error');
    return isFailed ? 2 : 0;
  };
  if (json && html === undefined) {
    const found = await scanNotebooks(paths, options, outOptions.folder, printed, terminal.progress);
    const status = tell(found);
    for (const piece of formatScanReport(found.report)) out(piece);
    err(tellFailures(found.failures, found.report.notebooks.length, errOptions));
    return status;
  }
  const found = await scanNotebooks(paths, options, outOptions.folder, values, terminal.progress);
  const { report } = found;
  const page = html === undefined ? undefined : resolve(html);
  const refusal = page === undefined ? undefined : writePage(page, report);
  const status = tell({ ...found, trouble: [...found.trouble, ...(refusal === undefined ? [] : [refusal])] });
  if (json) for (const piece of formatScanReport(report)) out(piece);
  else out(tellReport(report, outOptions));
  // With --json nothing else goes to standard output.
  if (page !== undefined && refusal === undefined)
    (json ? err : out)(`page: ${tellPath(page, outOptions.folder)}\n`);
  err(tellFailures(found.failures, report.notebooks.length, errOptions));
  return status;
}

/** What notebooks hold, what is alike in them, and the totals; nothing where they were not looked into. */
function tellReport({ package: name, notebooks, families }: ScanReport, { colour }: TextOptions): string {
  if (name === null) return '';
  const lines: string[] = [];
  for (const { path, definitions } of notebooks) {
    // Of many notebooks those are told that have something to tell.
    if (definitions.length === 0 && notebooks.length > 1) continue;
    const movable = definitions.filter((definition) => definition.movable).length;
    lines.push(
      `${paint('bold', printable(path), colour)}: ${count(definitions.length, 'definition')}, ${movable} can move\n`,
    );
    for (const { name, cell, line, code, message } of definitions) {
      if (code !== undefined)
        lines.push(`  cell ${cell}:${line} '${name}' stays: ${paint('cyan', code, colour)} ${message}\n`);
    }
  }
  return [...lines, tellFamilies(families), notebooks.length > 1 ? tellTotals(notebooks) : ''].join('');
}

/** How much there is in all notebooks, and the reasons to stay, the commonest first. */
function tellTotals(notebooks: readonly ScannedNotebook[]): string {
  const definitions = notebooks.flatMap((notebook) => notebook.definitions);
  const movable = definitions.filter((definition) => definition.movable).length;
  const total = `${count(notebooks.length, 'notebook')}: ${count(definitions.length, 'definition')}`;
  const empty = notebooks.filter((notebook) => notebook.definitions.length === 0).length;
  const rest = empty === 0 ? '' : `; ${count(empty, 'notebook')} without any`;
  const reasons = definitions.flatMap(({ code }) => code ?? []);
  return `in all ${total}, ${movable} can move${rest}\n${tellReasons(reasons)}`;
}

interface Scan<Notebook = ScannedNotebook> {
  /** With paths as they are shown. */
  readonly report: ScanReport<Notebook>;
  /** What belongs to no notebook, and what was found in them; with paths as they are. */
  readonly trouble: readonly Diagnostic[];
  readonly said: readonly Diagnostic[];
  /** Of the trouble what is about files that the report lacks. */
  readonly failures: Failures;
}

/** How notebooks are wanted. */
interface Form<Notebook> {
  /** Whether threads shall print them. */
  readonly isPrinted: boolean;
  /** @param description undefined: nothing is known of what the notebook holds */
  readonly make: (heading: Heading, description: Foreseen['description']) => Notebook;
}

const nothing: Description = { definitions: [], cells: [], imports: [] };

/** As values. */
export const values: Form<ScannedNotebook> = {
  isPrinted: false,
  make: ({ path, size, diagnostics }, description) => {
    const { definitions, cells, imports } = (description ?? nothing) as Description;
    return { path, size, definitions, cells, imports, diagnostics };
  },
};

/** As the report prints them. */
const printed: Form<PrintedNotebook> = {
  isPrinted: true,
  make: (heading, description) =>
    (description as PrintedNotebook | undefined) ?? printNotebook({ ...heading, ...nothing }),
};

/**
 * Reads notebooks and says what they hold.
 * @param folder that paths in the report are relative to; undefined: they are absolute
 */
export async function scanNotebooks<Notebook>(
  paths: readonly string[],
  options: ProjectOptions & CrewOptions,
  folder: string | undefined,
  form: Form<Notebook>,
  tell?: (line: string) => void,
): Promise<Scan<Notebook>> {
  const shown = new Map<string, string>();
  const show = (path: string): string => {
    let text = shown.get(path);
    if (text === undefined) shown.set(path, (text = folder === undefined ? path : showPath(path, folder)));
    return text;
  };
  const showDiagnostic = (diagnostic: Diagnostic): Diagnostic => {
    const { place } = diagnostic;
    return place === undefined ? diagnostic : { ...diagnostic, place: { ...place, path: show(place.path) } };
  };
  const headingOf = ({ path, size, diagnostics }: OpenNotebook): Heading => {
    return { path: show(path), size, diagnostics: diagnostics.map(showDiagnostic) };
  };
  const survey = await surveyNotebooks(paths, options, form.isPrinted ? headingOf : undefined, tell);
  const { notebooks, project, outlook, trouble } = survey;
  const findings =
    project === undefined || outlook === undefined ? undefined : describeOutlook(outlook, project.package);
  const report: ScanReport<Notebook> = {
    version: 1,
    package: project?.package ?? null,
    notebooks: notebooks.map((open) => form.make(headingOf(open), findings?.descriptions.get(open.path))),
    modules: findings?.modules ?? [],
    families: (findings?.families ?? []).map((family) => describeFamily(family, show)),
    diagnostics: trouble.map(showDiagnostic),
  };
  return { report, trouble, said: notebooks.flatMap((open) => open.diagnostics), failures: survey.failures };
}

interface Survey {
  readonly notebooks: readonly OpenNotebook[];
  /** Undefined where there is none to tell. */
  readonly project: Project | undefined;
  readonly outlook: Planning<Foreseen> | undefined;
  readonly trouble: Diagnostic[];
  readonly failures: Failures;
}

/**
 * Reads notebooks, and plans them as extract would, but for what Ruff says of the modules.
 * @param heading what a notebook's description begins with, where threads shall print it
 */
async function surveyNotebooks(
  paths: readonly string[],
  options: ProjectOptions & CrewOptions,
  heading: ((notebook: OpenNotebook) => Heading) | undefined,
  tell?: (line: string) => void,
): Promise<Survey> {
  const site = findSite(paths, options, 'scan');
  const found = findNotebooks(paths, 'diagnostics' in site ? {} : site);
  const trouble: Diagnostic[] = [...found.diagnostics, ...('diagnostics' in site ? site.diagnostics : [])];
  if ('root' in site) trouble.push(...warnOfPending(site.root));
  const notebookPaths = found.paths.map((path) => resolve(path)).sort();
  const crew = await openCrew(notebookPaths.length, {
    ...('configuration' in site && site.configuration),
    ...options,
  });
  try {
    const sourceRoot = 'diagnostics' in site ? process.cwd() : site.sourceRoot;
    const guess = 'diagnostics' in site ? undefined : guessProject(site, options);
    const foreseen = { project: guess, isTesting: false };
    const opened = await openNotebooks(notebookPaths, sourceRoot, crew, tell, foreseen);
    const { notebooks, diagnostics, imported } = opened;
    trouble.push(...diagnostics);
    const unread = [...found.diagnostics.filter(({ severity }) => severity === 'error'), ...diagnostics];
    const choice = 'diagnostics' in site ? site : lookAtProject(site, imported, options, guess);
    if ('diagnostics' in choice && choice !== site) trouble.push(...choice.diagnostics);
    const project = 'project' in choice ? choice.project : undefined;
    trouble.push(...(project?.broken ?? []));
    if (project === undefined)
      return { notebooks, project, outlook: undefined, trouble, failures: { unread, lost: [] } };
    const readable = notebooks.filter(({ isReadable }) => isReadable);
    const settings = { isUnjudged: true, heading };
    const outlook = await planNotebooks('foresee', readable, project, new Map(), crew, settings);
    const lost = [...outlook.lost.values()];
    trouble.push(...lost);
    return { notebooks, project, outlook, trouble, failures: { unread, lost } };
  } finally {
    // With what the threads know: of thousands of notebooks it is as much as the report.
    await crew.close();
  }
}

interface Findings {
  /** By path, of those that are readable. */
  readonly descriptions: ReadonlyMap<string, Foreseen['description']>;
  readonly modules: readonly ScannedModule[];
  readonly families: readonly Family<ScannedCode>[];
}

function describeOutlook(outlook: Planning<Foreseen>, packageName: string): Findings {
  const descriptions = new Map<string, Foreseen['description']>();
  const candidates: ScannedCode[] = [];
  outlook.drafts.forEach(({ path, components }, notebook) => {
    const { compared, description } = outlook.notebooks[notebook]!;
    descriptions.set(path, description);
    const known = new Map<number, DraftMember>();
    for (const { members } of components) for (const member of members) known.set(member.statement, member);
    for (const { id, cell, line, held, definition } of compared) {
      const { identity, meanings } = known.get(id)?.pasted ?? {};
      candidates.push({ notebook, path, id, cell, line, held, definition, identity, meanings });
    }
  });
  return {
    descriptions,
    modules: describeModules(outlook, packageName),
    families: findFamilies(candidates),
  };
}

function describeModules({ notebooks, modules }: Rendering<Foreseen>, packageName: string): ScannedModule[] {
  const nameOf = (module: string): string => `${packageName}.${module}`;
  const found = new Map<string, ScannedModule>();
  for (const { module, members } of modules) {
    const imports = new Set(
      members.flatMap(({ member }) => member.takes.map((taken) => nameOf(taken.module))),
    );
    const definitions = members.filter(({ member }) => !member.isImports).length;
    found.set(nameOf(module), { module: nameOf(module), definitions, imports: [...imports].sort() });
  }
  for (const { imports } of notebooks) {
    for (const module of imports) {
      if (!found.has(module)) found.set(module, { module, definitions: 0, imports: [] });
    }
  }
  return [...found.values()].sort((a, b) => (a.module < b.module ? -1 : 1));
}
