/** `nb2mod extract`: notebooks become modules and thinner notebooks, written as one change or shown as a diff. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { setImmediate as takeTurn } from 'node:timers/promises';
import { commitPacked, recover } from '../files/commit.ts';
import { findNotebooks } from '../files/find.ts';
import { pack, type PackedChange } from '../files/packed.ts';
import { warnOfPending } from '../files/pending.ts';
import { readContent } from '../notebook/read.ts';
import { analyse, moduleSource } from '../pipeline.ts';
import type { PlannedNotebook } from '../plan/notebook.ts';
import type { Reason } from '../plan/refusal.ts';
import { changesCode } from '../render/notebook.ts';
import type { ImportedModule } from '../project/dependencies.ts';
import { encodePython } from '../python/encoding.ts';
import type { RenderedModule } from '../render/module.ts';
import { formatDiff, type CellView } from '../report/diff.ts';
import {
  formatExtractReport,
  type KeptDefinition,
  type ModuleReport,
  type NotebookReport,
} from '../report/json.ts';
import { abridge, formatExtracted, mostReasons, tellFailures, type Extracted } from '../report/summary.ts';
import { formatDiagnostics, showPath } from '../report/text.ts';
import type { FileChange } from '../text/change.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { openCrew, type Crew, type CrewOptions } from './crew.ts';
import { verifyPlan, type Candidate, type Exclusions } from './extract-verify.ts';
import { addFrames, type Told } from './frames.ts';
import { importedModules } from './imports.ts';
import { answerInterrupts, showCommit } from './interrupts.ts';
import {
  importedBy,
  measureProgress,
  openNotebooks,
  planNotebooks,
  tellFailure,
  type OpenNotebook,
  type Planning,
} from './planning.ts';
import {
  findSite,
  guessProject,
  openProject,
  openTests,
  type Project,
  type ProjectOptions,
} from './project.ts';
import { readResultSettings } from './strip-options.ts';
import type { Tasks } from './tasks.ts';
import type { Terminal } from './terminal.ts';
import { planScaffold, reportScaffold, type Scaffold, type ScaffoldOptions } from './scaffolding.ts';
import { undoCommand } from './undo.ts';
import { walkPlan, type Choices } from './walk.ts';
import { interrupted, type KernelOptions } from './verification.ts';

export interface ExtractOptions extends ProjectOptions, CrewOptions {
  readonly dryRun: boolean;
  readonly check: boolean;
  readonly json: boolean;
  /** Run each notebook before and after, and write only what shows the same. */
  readonly verify: boolean;
  /** Ask about each definition that would move. */
  readonly interactive?: boolean | undefined;
  readonly kernel: KernelOptions;
  /** Also move asserts and test functions, to test files. */
  readonly tests?: boolean | undefined;
  /** Also write what the project lacks. */
  readonly init?: boolean | undefined;
  readonly poetry?: boolean | undefined;
  /** Where the versions of what is imported are looked up; false: nowhere. */
  readonly python?: string | false | undefined;
}

/** What a run comes to: the change, and what is to be said of it. */
interface Outcome {
  readonly files: readonly FileChange[];
  readonly notebooks: readonly NotebookReport[];
  readonly modules: readonly ModuleReport[];
  /** For each notebook that can be extracted, by its path. */
  readonly planned: ReadonlyMap<string, PlannedNotebook>;
  /** Of notebooks that took too long to be planned, and so take no part. */
  readonly lost: readonly Diagnostic[];
  /** Of notebooks that changed since they were read, or take too long to be rewritten: then nothing may be written. */
  readonly faults: readonly Diagnostic[];
  /** What the project lacks, where that was asked for. */
  readonly scaffold: Scaffold | undefined;
}

/** @returns the exit code: 0 done, 1 what `--check` found, 2 bad input or a fault */
export async function extract(
  paths: readonly string[],
  options: ExtractOptions,
  terminal: Terminal,
): Promise<number> {
  const { out, err, outOptions, errOptions } = terminal;
  const trouble: Diagnostic[] = [];
  const isReadOnly = options.dryRun || options.check;
  const isInit = options.init === true || options.poetry === true;
  const fail = (diagnostics: readonly Diagnostic[]): number => {
    const all = [...trouble, ...diagnostics];
    err(formatDiagnostics(all, errOptions));
    if (options.json) {
      const nothing = { version: 1, package: null, dryRun: isReadOnly, notebooks: [], modules: [] } as const;
      for (const piece of formatExtractReport({ ...nothing, diagnostics: all })) out(piece);
    }
    return 2;
  };

  const ask = options.interactive === true ? terminal.ask : undefined;
  if (options.interactive === true && ask === undefined) {
    err('error: --interactive wants a terminal to ask on, and standard input is none\n');
    err('  hint: leave it out; --dry-run shows what would change\n');
    return 2;
  }
  const site = findSite(paths, options, 'extract');
  if ('diagnostics' in site) return fail(site.diagnostics);
  const stripping = await readResultSettings(site.root);
  if (stripping.diagnostics.length > 0) return fail(stripping.diagnostics);
  const found = findNotebooks(paths, site);
  trouble.push(...found.diagnostics);
  if (found.paths.length === 0) return fail([]);
  if (!isReadOnly) {
    // What a killed run left is put right first: it may be one of these notebooks.
    const recovered = await recover(site.root);
    if (recovered.some(({ severity }) => severity === 'error')) return fail(recovered);
    err(formatDiagnostics(recovered, errOptions));
  } else trouble.push(...warnOfPending(site.root));

  const notebookPaths = found.paths.map((path) => resolve(path)).sort();
  // Where kernels run, Ctrl-C ends them first.
  const interrupts = answerInterrupts(terminal, options.kernel.signal === undefined);
  const crew = await openCrew(notebookPaths.length, { ...site.configuration, ...options });
  try {
    const isTesting = options.tests ?? site.configuration.tests ?? false;
    const guess = guessProject(site, options);
    const { notebooks, diagnostics, imported } = await openNotebooks(
      notebookPaths,
      site.sourceRoot,
      crew,
      terminal.progress,
      { project: guess, isTesting },
    );
    trouble.push(...diagnostics);
    const unread = [...found.diagnostics.filter(({ severity }) => severity === 'error'), ...diagnostics];
    if (notebooks.length === 0) {
      const status = fail([]);
      err(tellFailures({ unread, lost: [] }, 0, errOptions));
      return status;
    }
    const opened = openProject(site, imported, options, guess);
    if ('diagnostics' in opened) return fail(opened.diagnostics);
    let project: Project = { ...opened.project, stripping: stripping.settings };

    const existingTests = isTesting ? openTests(project.root) : undefined;
    let exclusions: Exclusions = new Map();
    let rest = notebooks;
    const unverified: Diagnostic[] = [];
    if (ask !== undefined) {
      const readable = notebooks.filter(({ isReadable }) => isReadable);
      const replan = (choices: Choices): Promise<Planning> =>
        planNotebooks('plan', readable, { ...project, chosen: choices.modules }, choices.exclusions, crew, {
          existingTests,
        });
      const choices = await walkPlan(readable, project, replan, ask, terminal);
      if (typeof choices === 'string') {
        err('nothing is written\n');
        return choices === 'quit' ? 0 : 130;
      }
      exclusions = choices.exclusions;
      project = { ...project, chosen: choices.modules };
    }
    if (options.verify) {
      const verified = await verifyNotebooks(
        notebooks,
        project,
        exclusions,
        crew,
        options.kernel,
        existingTests,
      );
      if ('trouble' in verified) return fail([verified.trouble]);
      // Ctrl-C when all was compared and nothing written yet.
      if (options.kernel.signal?.aborted === true) return fail([interrupted]);
      unverified.push(...verified.unverified.values());
      rest = notebooks.filter(({ path }) => !verified.unverified.has(path));
      if (rest.length === 0) return fail(unverified);
      trouble.push(...verified.diagnostics, ...unverified);
      exclusions = unite(exclusions, verified.exclusions);
    }
    // No file's bytes are kept: a dry run shows each as soon as it is known.
    const packed: PackedChange[] = [];
    const show = options.dryRun && !options.json ? showDiff(terminal) : () => undefined;
    const take = isReadOnly ? show : (file: FileChange): void => void packed.push(pack(file));
    const scaffolding: ScaffoldOptions | undefined = isInit
      ? { ...options, python: options.python ?? site.configuration.python }
      : undefined;
    const tell = terminal.progress;
    const wishes = { existingTests, tell, take, scaffolding };
    const outcome = await carryOut(rest, project, exclusions, crew, wishes);
    if (outcome.faults.length > 0) return fail(outcome.faults);
    trouble.push(...outcome.lost, ...(outcome.scaffold?.diagnostics ?? []));
    const conflicts = findConflicts(outcome.notebooks, project);
    if (conflicts.length > 0) return fail(conflicts);
    // From the notebooks as they are now.
    const kept = outcome.notebooks.reduce((sum, report) => sum + report.kept.length, 0);
    // Of several notebooks the reasons are counted, where they are too many to be read one by one.
    const areReasonsTold = outcome.notebooks.length === 1 || kept <= mostReasons;
    const told = tellAll(outcome, areReasonsTold);
    const said = errOptions.frames === true ? addFrames(told) : told.map(({ diagnostic }) => diagnostic);
    if (!isReadOnly) {
      // Ctrl-C before this ends the run, from here on it waits until all is written.
      await takeTurn();
      interrupts.hold(`finishing the write; ${undoCommand(project.root, errOptions.folder)} takes it back\n`);
      const onProgress = showCommit(terminal.progress, 'writing files');
      const written = await commitPacked(project.root, packed, { onProgress });
      if (!written.written) return fail(written.diagnostics);
      trouble.push(...written.diagnostics);
    }

    if (options.json) {
      const shown = outcome.notebooks.map((report) => ({
        ...report,
        path: showPath(report.path, outOptions.folder),
      }));
      const report = {
        version: 1,
        package: project.package,
        dryRun: isReadOnly,
        modules: outcome.modules,
        ...(outcome.scaffold !== undefined && { init: reportScaffold(outcome.scaffold, project) }),
      } as const;
      const all = { ...report, notebooks: shown, diagnostics: trouble };
      for (const piece of formatExtractReport(all)) out(piece);
    }
    err(formatDiagnostics([...trouble, ...said], errOptions));
    // What `out` is asked for stands there alone.
    const [tellResult, text] = options.json || options.dryRun ? [err, errOptions] : [out, outOptions];
    const result = { ...describeOutcome(outcome, project, isReadOnly), areReasonsTold };
    if (isChange(outcome) || !areReasonsTold) tellResult(formatExtracted(result, text));
    err(
      isChange(outcome) ? tellSequel(outcome, project, isReadOnly, errOptions.folder) : 'nothing to change\n',
    );
    err(tellFailures({ unread, lost: outcome.lost, unverified }, notebooks.length, errOptions));
    if (trouble.some(({ severity }) => severity === 'error')) return 2;
    return options.check && isChange(outcome) ? 1 : 0;
  } finally {
    interrupts.release();
    await crew.close();
  }
}

function showDiff({ out, outOptions }: Terminal): (file: FileChange) => void {
  return (file) => out(formatDiff({ files: [file], diagnostics: [] }, { ...outOptions, cellsOf }));
}

/** What is to be said of the notebooks, with or without the reasons of what stays. */
function tellAll({ notebooks, planned }: Outcome, withReasons: boolean): Told[] {
  const found = abridge(notebooks.flatMap(({ diagnostics }) => diagnostics));
  const kept = (withReasons ? notebooks : []).flatMap((report) => {
    const reasons = planned.get(report.path)?.kept ?? [];
    return report.kept.flatMap((each, i): Told[] => {
      const reason = reasons[i]?.refusal;
      const isToldBefore = report.kept
        .slice(0, i)
        .some((other, j) => areRivals(each, reason, other, reasons[j]?.refusal));
      if (isToldBefore) return [];
      return [{ diagnostic: explain(report, each), ...(reason !== undefined && { fault: reason.offset }) }];
    });
  });
  return [...found.map((diagnostic): Told => ({ diagnostic })), ...kept];
}

/** Whether each of two definitions of a name stays for the other: then one tells of both. */
function areRivals(
  one: KeptDefinition,
  whyOne: Reason | undefined,
  other: KeptDefinition,
  whyOther: Reason | undefined,
): boolean {
  return one.name === other.name && whyOne?.rival === other.cell && whyOther?.rival === one.cell;
}

function explain(report: NotebookReport, kept: NotebookReport['kept'][number]): Diagnostic {
  const { name, cell, line, column, code, message, hint } = kept;
  const place = { path: report.path, cell, line, column };
  return { code, severity: 'info', place, message: `'${name}' stays: ${message}`, hint };
}

/** Where conflicts shall end the run: those that there are, as errors. */
export function findConflicts(notebooks: readonly NotebookReport[], project: Project): Diagnostic[] {
  if (project.onConflict !== 'error') return [];
  const conflicts = notebooks.flatMap((report) =>
    report.kept.filter(({ code }) => code === 'NB417').map((kept) => explain(report, kept)),
  );
  return conflicts.map((each) => ({ ...each, severity: 'error' }));
}

function isChange({ notebooks, modules, scaffold }: Outcome): boolean {
  return modules.length > 0 || (scaffold?.files.length ?? 0) > 0 || notebooks.some(({ changed }) => changed);
}

/** What is asked of a run besides moving definitions. */
interface Wishes {
  /** The test files that are there, where asserts shall become tests. */
  readonly existingTests: ReturnType<typeof openTests> | undefined;
  readonly tell?: ((line: string) => void) | undefined;
  /** Is given each file that changes, in their order; then the outcome holds none. */
  readonly take?: ((file: FileChange) => void) | undefined;
  readonly scaffolding?: ScaffoldOptions | undefined;
}

/**
 * Plans and renders a project, without touching it.
 */
export async function carryOut(
  given: readonly OpenNotebook[],
  project: Project,
  exclusions: Exclusions,
  crew: Crew,
  { existingTests, tell = () => undefined, take, scaffolding }: Wishes,
): Promise<Outcome> {
  const readable = given.filter(({ isReadable }) => isReadable);
  tell('planning');
  const rendering = await planNotebooks('plan', readable, project, exclusions, crew, { existingTests });
  const notebooks = given.filter(({ path }) => !rendering.lost.has(path));
  const progress = measureProgress('rewriting notebooks', notebooks.length);
  const planned = new Map(readable.map(({ path }, i) => [path, rendering.notebooks[i]!]));
  const files: FileChange[] = [];
  const put = take ?? ((file: FileChange): void => void files.push(file));
  const modules = [
    ...changeModules(rendering.modules, project),
    ...changeTests(rendering.tests, project, existingTests),
  ];
  for (const { change } of modules) put(change);
  const scaffold =
    scaffolding &&
    planScaffold(
      project,
      neededBy(given, [...rendering.modules, ...rendering.tests]),
      new Set(modules.map(({ change }) => change.path)),
      scaffolding,
    );
  for (const file of scaffold?.files ?? []) put(file);
  const reports: NotebookReport[] = [];
  const faults: Diagnostic[] = [];
  const needsPath = !isFound(project, scaffold);
  const asks = finishAsks(notebooks, planned, project, needsPath);
  for await (const answer of crew.stream('finish', asks)) {
    const { path, diagnostics } = notebooks[reports.length]!;
    tell(progress(reports.length + 1));
    if ('failure' in answer || 'diagnostic' in answer) {
      faults.push(
        'failure' in answer
          ? tellFailure(path, answer.failure, 'rewriting', 'nothing is written')
          : answer.diagnostic,
      );
      reports.push({ path, changed: false, moved: [], kept: [], diagnostics });
      continue;
    }
    const { before, after, moved, kept } = answer;
    const changed = Buffer.compare(before, after) !== 0;
    if (changed) put({ path, before, after });
    reports.push({ path, changed, moved, kept, diagnostics });
  }
  return {
    files,
    notebooks: reports,
    modules: modules.map(({ report }) => report),
    planned,
    lost: [...rendering.lost.values()],
    faults,
    scaffold,
  };
}

/** Whether notebooks find the package once the project is installed, and need no cell that sets the path. */
function isFound(project: Project, scaffold: Scaffold | undefined): boolean {
  return (
    project.isInstalled || (scaffold?.files.some(({ path }) => basename(path) === 'pyproject.toml') ?? false)
  );
}

/** What notebooks import, and what the modules do that are made of them: `display` among others. */
function neededBy(notebooks: readonly OpenNotebook[], modules: readonly RenderedModule[]): ImportedModule[] {
  return [
    ...importedBy(notebooks),
    ...modules.flatMap(({ module, text }) => importedModules(analyse(moduleSource(module, text)))),
  ];
}

/** A notebook that nothing can be moved out of is stripped all the same. */
function finishAsks(
  notebooks: readonly OpenNotebook[],
  planned: ReadonlyMap<string, PlannedNotebook>,
  project: Project,
  needsPath: boolean,
): Tasks['finish']['ask'][] {
  const { package: name, stripping } = project;
  return notebooks.map(({ path, digest, sourceRoot }) => {
    const relativeRoot = relative(dirname(path), sourceRoot).split(sep).join('/') || '.';
    const pathCell = needsPath ? { sourceRoot: relativeRoot } : undefined;
    const options = { package: name, keepOutputs: project.settingsOf(path).keepOutputs, stripping, pathCell };
    return { path, digest, sourceRoot, planned: planned.get(path), options };
  });
}

function unite(some: Exclusions, more: Exclusions): Exclusions {
  const united = new Map(some);
  for (const [path, refusals] of more) united.set(path, new Map([...(some.get(path) ?? []), ...refusals]));
  return united;
}

/** Runs each notebook before and after. */
async function verifyNotebooks(
  notebooks: readonly OpenNotebook[],
  project: Project,
  chosen: Exclusions,
  crew: Crew,
  kernel: KernelOptions,
  existingTests: Wishes['existingTests'],
): ReturnType<typeof verifyPlan> {
  const readable = notebooks.filter(({ isReadable }) => isReadable);
  const candidateOf = async (path: string, exclusions: Exclusions): Promise<Candidate> => {
    const all = unite(chosen, exclusions);
    const planning = await planNotebooks('plan', readable, project, all, crew, { existingTests });
    const { moves, tests } = planning.notebooks[readable.findIndex((notebook) => notebook.path === path)]!;
    const offsets = new Map(moves.map(({ statement, offset }) => [statement, offset]));
    for (const { statements, offset } of tests) for (const id of statements) offsets.set(id, offset);
    const moved = [...offsets.keys()];
    const files = async (): Promise<readonly FileChange[]> =>
      (await carryOut(notebooks, project, all, crew, { existingTests })).files;
    return { moved, offsetOf: (statement) => offsets.get(statement)!, files };
  };
  return verifyPlan(readable, candidateOf, project, kernel);
}

function changeModules(
  rendered: readonly RenderedModule[],
  project: Project,
): { readonly change: FileChange; readonly report: ModuleReport }[] {
  const result: { change: FileChange; report: ModuleReport }[] = [];
  const folders = new Set<string>();
  const known = new Map(project.modules.map((candidate) => [candidate.module, candidate]));
  for (const { module, text } of rendered) {
    const path = join(project.sourceRoot, project.package, ...module.split('.')) + '.py';
    for (let at = dirname(path); at.length > project.sourceRoot.length; at = dirname(at)) folders.add(at);
    const existing = known.get(module);
    result.push({
      change: { path, before: existing?.bytes ?? null, after: encodePython(text, existing?.bytes) },
      report: { path: shownInProject(path, project), action: existing === undefined ? 'create' : 'update' },
    });
  }
  // A package needs its `__init__.py` for tools that look for packages.
  const inits = [...folders]
    .map((folder) => join(folder, '__init__.py'))
    .filter((path) => !existsSync(path))
    .sort()
    .map((path) => ({
      change: { path, before: null, after: Buffer.from('') },
      report: { path: shownInProject(path, project), action: 'create' as const },
    }));
  return [...inits, ...result];
}

function changeTests(
  rendered: readonly RenderedModule[],
  project: Project,
  existing: Wishes['existingTests'],
): { readonly change: FileChange; readonly report: ModuleReport }[] {
  return rendered.map(({ module, text }) => {
    const path = join(project.root, 'tests', `${module}.py`);
    const before = existing?.get(module)?.bytes;
    const action = before === undefined ? 'create' : 'update';
    return {
      change: { path, before: before ?? null, after: encodePython(text, before) },
      report: { path: shownInProject(path, project), action },
    };
  });
}

function shownInProject(path: string, project: Project): string {
  return relative(project.root, path).split(sep).join('/');
}

function cellsOf(path: string, bytes: Uint8Array): readonly CellView[] | null {
  const reading = readContent(path, bytes);
  return 'notebook' in reading ? reading.notebook.cells : null;
}

/** What a run did, for people. */
function describeOutcome(
  { notebooks, modules, planned, scaffold }: Outcome,
  project: Project,
  isReadOnly: boolean,
): Omit<Extracted, 'areReasonsTold'> {
  const changed = notebooks.filter((report) => report.changed);
  const rewritten = changed.filter(({ path }) => changesCode(planned.get(path))).length;
  return {
    notebooks,
    modules: modules.map(({ path, action }) => ({ path: join(project.root, path), action })),
    files: (scaffold?.files ?? []).map(({ path }) => path),
    rewritten,
    stripped: changed.length - rewritten,
    isReadOnly,
  };
}

/** What is to be done next. */
function tellSequel(
  { modules, scaffold }: Outcome,
  project: Project,
  isReadOnly: boolean,
  folder: string,
): string {
  if (isReadOnly) return '';
  const isNew = modules.length > 0 && project.modules.length === 0;
  const install = scaffold?.install ?? 'python -m pip install -e .';
  const advice =
    isNew && isFound(project, scaffold)
      ? `the notebooks find the package once it is installed: ${install}\n`
      : '';
  return `${advice}\`${undoCommand(project.root, folder)}\` brings everything back\n`;
}
