/** `nb2mod extract`: notebooks become modules and thinner notebooks, written as one change or shown as a diff. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { commitChange, recover } from '../files/commit.ts';
import { readNotebook } from '../notebook/read.ts';
import { stripEdits } from '../notebook/strip.ts';
import { loadParser, planAndRender, type Rendering } from '../pipeline.ts';
import type { PlannedNotebook, PlanSource } from '../plan/plan.ts';
import { moduleNames } from '../project/modules.ts';
import { isInstallable } from '../project/root.ts';
import { formatDiff, type CellView } from '../report/diff.ts';
import {
  formatExtractReport,
  type DefinitionKind,
  type ModuleReport,
  type NotebookReport,
} from '../report/json.ts';
import { count, formatDiagnostics, showPath, type TextOptions } from '../report/text.ts';
import type { Statement } from '../scope/names.ts';
import type { Change, FileChange } from '../text/change.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { applyEdits } from '../text/edit.ts';
import { positionAt } from '../text/span.ts';
import {
  findExpansions,
  findLocalModules,
  openNotebooks,
  openProject,
  type OpenNotebook,
  type Project,
  type ProjectOptions,
} from './project.ts';
import { verifyPlan, type Candidate, type Exclusions } from './extract-verify.ts';
import type { Terminal } from './terminal.ts';
import { interrupted, type KernelOptions } from './verification.ts';

export interface ExtractOptions extends ProjectOptions {
  readonly dryRun: boolean;
  readonly check: boolean;
  readonly json: boolean;
  /** Run each notebook before and after, and write only what shows the same. */
  readonly verify: boolean;
  readonly kernel: KernelOptions;
}

/** What a run comes to: the change, and what is to be said of it. */
interface Outcome {
  readonly change: Change;
  readonly notebooks: readonly NotebookReport[];
  readonly modules: readonly ModuleReport[];
  /** For each notebook that can be extracted, by its path. */
  readonly planned: ReadonlyMap<string, PlannedNotebook>;
}

/** @returns the exit code: 0 done, 1 what `--check` found, 2 bad input or a fault */
export async function extract(
  paths: readonly string[],
  options: ExtractOptions,
  { out, err, outOptions, errOptions }: Terminal,
): Promise<number> {
  const trouble: Diagnostic[] = [];
  const isReadOnly = options.dryRun || options.check;
  const fail = (diagnostics: readonly Diagnostic[]): number => {
    const all = [...trouble, ...diagnostics];
    err(formatDiagnostics(all, errOptions));
    if (options.json) {
      const nothing = { version: 1, package: null, dryRun: isReadOnly, notebooks: [], modules: [] } as const;
      out(formatExtractReport({ ...nothing, diagnostics: all }));
    }
    return 2;
  };

  await loadParser();
  const { notebooks, diagnostics } = openNotebooks(paths);
  trouble.push(...diagnostics);
  if (notebooks.length === 0) return fail([]);
  const opened = openProject(notebooks, options);
  if ('diagnostics' in opened) return fail(opened.diagnostics);
  const { project } = opened;
  if (!isReadOnly) {
    // What a killed run left is put right first, and read again, as it may be one of these notebooks.
    const recovered = await recover(project.root);
    if (recovered.some(({ severity }) => severity === 'error')) return fail(recovered);
    if (recovered.length > 0) {
      err(formatDiagnostics(recovered, errOptions));
      return extract(paths, options, { out, err, outOptions, errOptions });
    }
  }

  let outcome = planProject(notebooks, project, new Map());
  if (options.verify) {
    const candidateOf = (path: string, exclusions: Exclusions): Candidate => {
      const attempt = planProject(notebooks, project, exclusions);
      const { moves, graph } = attempt.planned.get(path)!;
      return {
        moved: moves.map(({ statement }) => statement),
        offsetOf: (statement) => graph.names.statements[statement]!.code.start,
        files: attempt.change.files,
      };
    };
    const verifiable = notebooks.filter(({ path }) => outcome.planned.has(path));
    const verified = await verifyPlan(verifiable, candidateOf, project, options.kernel);
    if ('trouble' in verified) return fail([verified.trouble]);
    // Ctrl-C when all was compared and nothing written yet.
    if (options.kernel.signal?.aborted === true) return fail([interrupted]);
    trouble.push(...verified.diagnostics);
    if (verified.exclusions.size > 0) outcome = planProject(notebooks, project, verified.exclusions);
  }
  if (!isReadOnly) {
    const written = await commitChange(project.root, outcome.change);
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
    } as const;
    out(formatExtractReport({ ...report, notebooks: shown, diagnostics: trouble }));
  } else if (options.dryRun) {
    out(formatDiff(outcome.change, { ...outOptions, cellsOf }));
  }
  const said = outcome.notebooks.flatMap((report) => [
    ...report.diagnostics,
    ...report.kept.map((kept) => explain(report, kept)),
  ]);
  err(formatDiagnostics([...trouble, ...said], errOptions));
  err(summarise(outcome, project, isReadOnly, errOptions));
  if (trouble.some(({ severity }) => severity === 'error')) return 2;
  return options.check && outcome.change.files.length > 0 ? 1 : 0;
}

function explain(report: NotebookReport, kept: NotebookReport['kept'][number]): Diagnostic {
  const { name, cell, line, column, code, message, hint } = kept;
  const place = { path: report.path, cell, line, column };
  return { code, severity: 'info', place, message: `'${name}' stays: ${message}`, hint };
}

/** Plans and renders a project, without touching it. */
function planProject(notebooks: readonly OpenNotebook[], project: Project, exclusions: Exclusions): Outcome {
  const readable = notebooks.filter((open) => open.names !== undefined);
  const names = moduleNames(readable.map(({ path }) => relative(project.root, path).split(sep).join('/')));
  const sources = readable.map(({ path, notebook, names: bound }): PlanSource => ({
    notebook,
    names: bound!,
    module: names.get(relative(project.root, path).split(sep).join('/'))!,
    localModules: findLocalModules(bound!, project),
    expansions: findExpansions(bound!),
    excluded: exclusions.get(path) ?? new Map(),
  }));
  const needsPath = !isInstallable(project.root, existsSync);
  const rendering = planAndRender(sources, project.modules, {
    package: project.package,
    layout: project.layout,
    folders: project.folders,
    keepOutputs: project.keepOutputs,
    pathCells: readable.map(({ path }) =>
      needsPath
        ? { sourceRoot: relative(dirname(path), project.sourceRoot).split(sep).join('/') || '.' }
        : undefined,
    ),
  });

  const moduleChanges = changeModules(rendering, project);
  const files: FileChange[] = moduleChanges.map(({ change }) => change);
  const reports: NotebookReport[] = [];
  for (const open of notebooks) {
    const index = readable.indexOf(open);
    // A notebook that nothing can be moved out of is stripped all the same.
    const after =
      index === -1
        ? project.keepOutputs
          ? open.notebook.text
          : applyEdits(open.notebook.text, stripEdits(open.notebook))
        : rendering.notebooks[index]!;
    const changed = after !== open.notebook.text;
    if (changed) files.push({ path: open.path, before: open.bytes, after: Buffer.from(after) });
    const planned = index === -1 ? undefined : reportDefinitions(rendering, index, project.package);
    reports.push({
      path: open.path,
      changed,
      moved: planned?.moved ?? [],
      kept: planned?.kept ?? [],
      diagnostics: open.diagnostics,
    });
  }
  const modules = moduleChanges.map(({ report }) => report);
  const planned = new Map(readable.map(({ path }, i) => [path, rendering.plan.notebooks[i]!]));
  return { change: { files, diagnostics: [] }, notebooks: reports, modules, planned };
}

function changeModules(
  rendering: Rendering,
  project: Project,
): { readonly change: FileChange; readonly report: ModuleReport }[] {
  const result: { change: FileChange; report: ModuleReport }[] = [];
  const folders = new Set<string>();
  for (const { module, text } of rendering.modules) {
    const path = join(project.sourceRoot, project.package, ...module.split('.')) + '.py';
    for (let at = dirname(path); at.length > project.sourceRoot.length; at = dirname(at)) folders.add(at);
    const existing = project.modules.find((candidate) => candidate.module === module);
    result.push({
      change: { path, before: existing?.bytes ?? null, after: Buffer.from(text) },
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

function shownInProject(path: string, project: Project): string {
  return relative(project.root, path).split(sep).join('/');
}

function kindOf(statement: Statement): DefinitionKind {
  return statement.kind === 'class' ? 'class' : statement.kind === 'function' ? 'function' : 'constant';
}

/** As the user wrote them. */
function namesOf(statement: Statement): readonly string[] {
  return statement.writtenName === '' ? statement.defines : [statement.writtenName];
}

function reportDefinitions(
  rendering: Rendering,
  index: number,
  packageName: string,
): Pick<NotebookReport, 'moved' | 'kept'> {
  const planned = rendering.plan.notebooks[index]!;
  const { names } = planned.graph;
  const moved = planned.moves.flatMap(({ statement: id, module, because }) => {
    const statement = names.statements[id]!;
    // The imports of a `try` block move along, but are no definitions.
    if (statement.kind === 'import-block') return [];
    return namesOf(statement).map((name) => ({
      name,
      kind: kindOf(statement),
      cell: statement.cell,
      module: `${packageName}.${module}`,
      ...(because !== undefined && { because }),
    }));
  });
  const kept = planned.kept.flatMap(({ statement: id, refusal }) => {
    const statement = names.statements[id]!;
    const { source } = names.source.cells[statement.cell - 1]!;
    const { line, column } = positionAt(source, refusal.offset);
    return namesOf(statement)
      .slice(0, 1)
      .map((name) => ({
        name,
        kind: kindOf(statement),
        cell: statement.cell,
        line: statement.line,
        column: line === statement.line ? column : statement.column,
        code: refusal.code,
        message: refusal.message,
        hint: refusal.hint,
      }));
  });
  return { moved, kept };
}

function cellsOf(path: string, bytes: Uint8Array): readonly CellView[] | null {
  const reading = readNotebook(path, bytes);
  return 'notebook' in reading ? reading.notebook.cells : null;
}

/** One line for each module and a last one with the totals. */
function summarise(outcome: Outcome, project: Project, isReadOnly: boolean, text: TextOptions): string {
  const moved = outcome.notebooks.reduce((sum, report) => sum + report.moved.length, 0);
  const kept = outcome.notebooks.reduce((sum, report) => sum + report.kept.length, 0);
  const changed = outcome.notebooks.filter((report) => report.changed).length;
  if (outcome.change.files.length === 0) return 'nothing to change\n';
  const lines: string[] = [];
  for (const { moved: definitions } of outcome.notebooks) {
    for (const { name, module, because } of definitions) {
      if (because !== undefined) lines.push(`'${name}' to ${module}: ${because}`);
    }
  }
  for (const { path, action } of outcome.modules) {
    const done = isReadOnly ? `would ${action}` : `${action}d`;
    if (!path.endsWith('__init__.py'))
      lines.push(`${done} ${showPath(join(project.root, path), text.folder)}`);
  }
  const verb = isReadOnly ? 'would move' : 'moved';
  const stay = isReadOnly ? 'would stay' : kept === 1 ? 'stays' : 'stay';
  const rewritten = `${count(changed, 'notebook')} ${isReadOnly ? 'would be ' : ''}rewritten`;
  lines.push(`${verb} ${count(moved, 'definition')}, ${kept} ${stay}; ${rewritten}`);
  if (!isReadOnly) lines.push('`nb2mod undo` brings everything back');
  return `${lines.join('\n')}\n`;
}
