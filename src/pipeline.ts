/**
 * Notebooks become a package in five steps, each a pure function from one value to the next:
 *
 *     bytes → Notebook → Program → Names → Draft ┐
 *     bytes → Notebook → Program → Names → Draft ┼→ Plan → modules, notebooks
 *     modules already there  →     Names         ┘
 *
 * `analyse` takes one source as far as its names: its cells are masked and parsed one by one, then bound as one module.
 * A draft is what of one notebook may move. The plan looks at all drafts together, and at the package that exists, and
 * gives each definition its module, or a reason to stay. Ruff then judges each module's text; what it objects to is
 * excluded and the plan made anew, without parsing anything again. Nothing here meets the disk: the commands read before
 * and write after.
 *
 * All but the plan is done notebook by notebook, with plain data in and out, here or in another thread: `planTogether`
 * asks for steps and is given their answers.
 */
import { combineEdits, notebookEdits } from './notebook/write.ts';
import type { Notebook } from './notebook/notebook.ts';
import { stripEdits, type StripOptions } from './notebook/strip.ts';
import { draftNotebook, type Draft } from './plan/draft.ts';
import { openExclusions, type ExclusionLedger } from './plan/exclusions.ts';
import { readPackage, type ExistingPackage } from './plan/existing/existing.ts';
import type { ExistingModule } from './plan/existing/modules.ts';
import type { Graph } from './plan/graph.ts';
import { madeBy, newsFor } from './plan/news.ts';
import {
  graphOf,
  type DraftOptions,
  type Exclusions,
  type PlanSource,
  type Told,
} from './plan/notebook-graph.ts';
import { planNotebook, type PlannedNotebook, type RefusedMoves } from './plan/notebook.ts';
import { planModules, type Plan, type PlanOptions } from './plan/plan.ts';
import { findTestPieces, planTests } from './plan/tests.ts';
import { loadParser } from './python/parse.ts';
import { parseProgram, type CodeSource } from './python/program.ts';
import { judge, type Finding } from './render/judge.ts';
import { leaveSettings } from './python/webassembly.ts';
import { markUsed, renderModule, titlesOf, type RenderedModule } from './render/module.ts';
import { findFaults, findUnseen, type Objection } from './render/objections.ts';
import { notebookChanges, type PathCell } from './render/notebook.ts';
import { bindProgram } from './scope/bind-program.ts';
import type { Names } from './scope/names.ts';
import { applyEdits } from './text/edit.ts';

export { draftNotebook, judge, leaveSettings, loadParser };

/** Takes one notebook, or one module as a notebook of one cell, as far as its names. */
export function analyse(source: CodeSource): Names {
  return bindProgram(parseProgram(source));
}

/** A module's text as a source of one cell. */
export function moduleSource(path: string, text: string): CodeSource {
  return { path, cells: [{ index: 1, kind: 'code', source: text, tags: [] }] };
}

/** What is done for one notebook, or one module, at a time. Plain data goes in and comes out. */
export interface Steps<Planned = PlannedNotebook> {
  draft: {
    ask: { notebook: number; excluded: Exclusions; told: ReadonlyMap<string, Told> | undefined };
    answer: Draft;
  };
  plan: {
    ask: {
      notebook: number;
      excluded: Exclusions;
      told: ReadonlyMap<string, Told> | undefined;
      modules: ReadonlyMap<number, string>;
      /** Why these, where the layout has reasons. */
      reasons: ReadonlyMap<number, string>;
      /** Where in the package names are that the notebook lacks. */
      homes: ReadonlyMap<string, string>;
    };
    answer: Planned | RefusedMoves;
  };
  judge: { ask: string; answer: readonly Finding[] };
}

/** Steps that don't wait for one another; their answers are wanted in the same order. */
export type Batch = {
  [Step in keyof Steps]: { readonly step: Step; readonly asks: readonly Steps[Step]['ask'][] };
}[keyof Steps];

/** What all the notebooks lead to. */
export interface Rendering<Planned = PlannedNotebook> {
  readonly modules: readonly RenderedModule[];
  /** In the order of the sources. */
  readonly drafts: readonly Draft[];
  readonly notebooks: readonly Planned[];
  /** Test files; `module` is the name without ending. */
  readonly tests: readonly RenderedModule[];
}

/** What is planned with. */
export interface TogetherOptions extends PlanOptions {
  /** Leaves Ruff out, which finds something in one module of thousands: for a first look. */
  readonly isUnjudged?: boolean;
  /** Drafts that are there already, by notebook, made without exclusions. */
  readonly drafts?: readonly (Draft | undefined)[];
  /** The test files that are there, by their names without ending; null for one that does not parse. */
  readonly existingTests?: ReadonlyMap<string, ExistingModule | null> | undefined;
}

/** A notebook while all are planned. */
interface Underway<Planned> {
  draft?: Draft | undefined;
  /** What it is told of the package that is there; with fewer definitions it would ask for no more. */
  told?: ReadonlyMap<string, Told>;
  planned?: Planned;
  /** The modules that it was planned for, and why these. */
  plannedFor?: {
    readonly places: ReadonlyMap<number, string>;
    readonly reasons: ReadonlyMap<number, string>;
  };
}

/**
 * Plans notebooks together, renders the modules and has them judged, until everything has its place and Ruff has nothing
 * to object to. Whatever is found to have no place, or to be at fault, is excluded; then the notebooks that it stands in
 * are drafted anew.
 * @param excluded for each notebook, in the order of their paths
 * @typeParam Planned what the step `plan` answers for a notebook
 */
export function* planTogether<Planned extends Pick<PlannedNotebook, 'tests'> = PlannedNotebook>(
  excluded: readonly Exclusions[],
  existing: readonly ExistingModule[],
  options: TogetherOptions,
): Generator<Batch, Rendering<Planned>, unknown> {
  const present = readPackage(existing, options.package);
  const notebooks = excluded.map(({ size }, i): Underway<Planned> =>
    size > 0 ? {} : { draft: options.drafts?.[i] },
  );
  const exclusions = openExclusions(excluded, (notebook) => notebooks[notebook]!.draft !== undefined);
  const verdicts = new Map<string, readonly Finding[]>();
  for (;;) {
    yield* draftStale(notebooks, exclusions);
    tellNews(notebooks, present, exclusions);
    if (exclusions.isStale()) continue;
    const drafts = notebooks.map(({ draft }) => draft!);
    const plan = planModules(drafts, present, options);
    if ('refused' in plan) {
      for (const { notebook, statement, refusal } of plan.refused)
        exclusions.exclude(notebook, statement, refusal);
      continue;
    }
    yield* planChanged(notebooks, plan, present, exclusions);
    if (exclusions.isStale()) continue;
    const rendered = renderAll(notebooks, plan, existing, options);
    if (options.isUnjudged === true) return rendered;
    const judged = yield* judgeAll(rendered, existing, options.existingTests, verdicts);
    if (judged.objections.length === 0) return { ...rendered, modules: judged.modules };
    excludeFaults(judged.objections, drafts, exclusions);
  }
}

function* draftStale<Planned>(
  notebooks: readonly Underway<Planned>[],
  exclusions: ExclusionLedger,
): Generator<Batch, void, unknown> {
  const stale = exclusions.takeStale();
  const asks = stale.map((notebook) => ({
    notebook,
    excluded: exclusions.of(notebook),
    told: notebooks[notebook]!.told,
  }));
  const drafts = yield* ask('draft', asks);
  stale.forEach((notebook, i) => {
    notebooks[notebook]!.draft = drafts[i]!;
    delete notebooks[notebook]!.plannedFor;
  });
}

/** Tells each notebook once what it imports from the package: those that this is news for are drafted anew. */
function tellNews<Planned>(
  notebooks: readonly Underway<Planned>[],
  present: ExistingPackage,
  exclusions: ExclusionLedger,
): void {
  if (notebooks.every(({ told }) => told !== undefined)) return;
  const isMade = madeBy(notebooks.map(({ draft }) => draft!));
  notebooks.forEach((each, notebook) => {
    if (each.told !== undefined) return;
    each.told = newsFor(each.draft!, present, isMade);
    if (each.told.size > 0) exclusions.markStale(notebook);
  });
}

/** Plans the notebooks whose definitions go elsewhere than when they were planned last. */
function* planChanged<Planned extends object>(
  notebooks: readonly Underway<Planned>[],
  plan: Plan,
  present: ExistingPackage,
  exclusions: ExclusionLedger,
): Generator<Batch, void, unknown> {
  const changed = [...notebooks.keys()].filter((notebook) => {
    const before = notebooks[notebook]!.plannedFor;
    return (
      !areEqual(plan.places[notebook]!, before?.places) || !areEqual(plan.reasons[notebook]!, before?.reasons)
    );
  });
  const asks = changed.map((notebook) => ({
    notebook,
    excluded: exclusions.of(notebook),
    told: notebooks[notebook]!.told,
    modules: plan.places[notebook]!,
    reasons: plan.reasons[notebook]!,
    homes: homesOf(notebooks[notebook]!.draft!, present),
  }));
  const results = (yield* ask('plan', asks)) as readonly Steps<Planned>['plan']['answer'][];
  changed.forEach((notebook, i) => {
    const result = results[i]!;
    if ('refused' in result) {
      for (const { statement, refusal } of result.refused) exclusions.exclude(notebook, statement, refusal);
      return;
    }
    notebooks[notebook]!.planned = result;
    notebooks[notebook]!.plannedFor = { places: plan.places[notebook]!, reasons: plan.reasons[notebook]! };
  });
}

/** Where in the package names are that a notebook lacks. */
function homesOf({ missing }: Draft, { homeOf }: ExistingPackage): ReadonlyMap<string, string> {
  return new Map(
    missing.flatMap((name): [string, string][] => {
      const home = homeOf(name);
      return home === undefined ? [] : [[name, home]];
    }),
  );
}

/** What a plan leads to, not yet judged. */
function renderAll<Planned extends Pick<PlannedNotebook, 'tests'>>(
  underway: readonly Underway<Planned>[],
  plan: Plan,
  existing: readonly ExistingModule[],
  { package: packageName, existingTests = new Map() }: TogetherOptions,
): Rendering<Planned> {
  const drafts = underway.map(({ draft }) => draft!);
  const planned = underway.map((each) => each.planned!);
  const titles = titlesOf(drafts.map(({ path }) => path));
  const before = new Map(existing.map(({ module, names }) => [module, names]));
  const modules = plan
    .collect()
    .map((module) => renderModule(module, packageName, before.get(module.module), 'Definitions', titles));
  const found = planTests(
    planned.map(({ tests }, i) => ({ path: drafts[i]!.path, tests })),
    existingTests,
    packageName,
  );
  const tests = found.files.map((file) =>
    renderModule(file, packageName, existingTests.get(file.module)?.names, 'Tests', titles),
  );
  const comments = plan.comments();
  const notebooks = planned.map((each, i) => ({
    ...each,
    comments: comments[i]!,
    tests: found.pieces[i]!,
  }));
  return { modules, drafts, notebooks, tests };
}

/**
 * Has all that is to be written judged. An import that Ruff can't see the use of is marked as used.
 * @param verdicts by text; those that are new are added
 */
function* judgeAll(
  { modules, tests }: Pick<Rendering, 'modules' | 'tests'>,
  existing: readonly ExistingModule[],
  existingTests: TogetherOptions['existingTests'],
  verdicts: Map<string, readonly Finding[]>,
): Generator<Batch, { modules: readonly RenderedModule[]; objections: readonly Objection[] }, unknown> {
  const judge = function* (texts: readonly string[]): Generator<Batch, void, unknown> {
    const asks = [...new Set(texts)].filter((text) => !verdicts.has(text));
    const answers = yield* ask('judge', asks);
    asks.forEach((text, i) => verdicts.set(text, answers[i]!));
  };
  const findingsIn = (text: string | undefined): readonly Finding[] =>
    text === undefined ? [] : verdicts.get(text)!;
  const before = new Map(existing.map(({ module, names }) => [module, names]));
  const written = modules.map((module) => ({ module, before: textOf(before.get(module.module)) }));
  const writtenTests = tests.map((module) => ({
    module,
    before: textOf(existingTests?.get(module.module)?.names),
  }));

  yield* judge(
    [...written, ...writtenTests].flatMap(({ module, before }) =>
      before === undefined ? [module.text] : [module.text, before],
    ),
  );
  const marked = written.map(({ module, before }) => {
    const unseen = findUnseen(module, findingsIn(module.text), findingsIn(before));
    return { module: unseen.length === 0 ? module : markUsed(module, unseen), before };
  });
  yield* judge(marked.map(({ module }) => module.text));
  return {
    modules: marked.map(({ module }) => module),
    objections: [...marked, ...writtenTests].flatMap(({ module, before }) =>
      findFaults(module, findingsIn(module.text), findingsIn(before)),
    ),
  };
}

/** The text of a module, which is a program of one cell. */
function textOf(names: Names | undefined): string | undefined {
  return names?.source.cells[0]!.source;
}

/** Excludes what is at fault wherever it occurs. */
function excludeFaults(
  objections: readonly Objection[],
  drafts: readonly Draft[],
  exclusions: ExclusionLedger,
): void {
  const reasons = new Map(objections.map(({ identity, refusal }) => [identity, refusal]));
  for (const { member, refusal } of objections) {
    if (member.identity.startsWith('test:')) exclusions.exclude(member.source, member.statement, refusal);
  }
  drafts.forEach(({ components }, notebook) => {
    for (const { pasted, statement } of components.flatMap(({ members }) => members)) {
      const refusal = reasons.get(pasted.identity);
      if (refusal !== undefined) exclusions.exclude(notebook, statement, refusal);
    }
  });
}

function areEqual(a: ReadonlyMap<number, string>, b: ReadonlyMap<number, string> | undefined): boolean {
  if (b === undefined || a.size !== b.size) return false;
  for (const [statement, module] of a) if (b.get(statement) !== module) return false;
  return true;
}

function* ask<Step extends keyof Steps>(
  step: Step,
  asks: readonly Steps[Step]['ask'][],
): Generator<Batch, readonly Steps[Step]['answer'][], unknown> {
  if (asks.length === 0) return [];
  return (yield { step, asks } as Batch) as readonly Steps[Step]['answer'][];
}

/** What becomes of one notebook, when all that moves has its module. */
export function planOne(
  source: PlanSource,
  excluded: Exclusions,
  modules: ReadonlyMap<number, string>,
  options: DraftOptions,
  told?: ReadonlyMap<string, Told>,
  homes?: ReadonlyMap<string, string>,
  reasons?: ReadonlyMap<number, string>,
): { readonly graph: Graph; readonly planned: PlannedNotebook | RefusedMoves } {
  const graph = graphOf(source, excluded, options, told, homes);
  const tests = findTestPieces(graph, modules, options.package);
  return { graph, planned: planNotebook(graph, modules, reasons, tests, source.isRun) };
}

/** Does here, one after the other, what `planTogether` asks for. */
export function planHere(
  sources: readonly PlanSource[],
  existing: readonly ExistingModule[],
  options: PlanOptions &
    DraftOptions & { readonly existingTests?: ReadonlyMap<string, ExistingModule | null> },
): Rendering {
  const planning = planTogether(
    sources.map(() => new Map()),
    existing,
    options,
  );
  const answer = ({ step, asks }: Batch): unknown => {
    if (step === 'judge') return asks.map(judge);
    if (step === 'draft') {
      return asks.map(({ notebook, excluded, told }) =>
        draftNotebook(sources[notebook]!, excluded, options, told),
      );
    }
    return asks.map(
      ({ notebook, excluded, told, modules, homes, reasons }) =>
        planOne(sources[notebook]!, excluded, modules, options, told, homes, reasons).planned,
    );
  };
  let state = planning.next();
  while (state.done !== true) state = planning.next(answer(state.value));
  return state.value;
}

/** What a notebook is rendered with. */
export interface RenderOptions {
  readonly package: string;
  readonly keepOutputs: boolean;
  /** Which results go, where outputs are not kept; unset, all. */
  readonly stripping?: StripOptions | undefined;
  /** Where its path cell must point; undefined where the package can be installed. */
  readonly pathCell: PathCell | undefined;
}

/** The notebook's new text; the same string where nothing changes. Without a plan it is only stripped. */
export function renderNotebook(
  notebook: Notebook,
  names: Names | undefined,
  planned: PlannedNotebook | undefined,
  { package: packageName, keepOutputs, stripping, pathCell }: RenderOptions,
): string {
  const changes =
    planned === undefined || names === undefined
      ? []
      : notebookChanges(planned, names, packageName, pathCell);
  const edits = notebookEdits(notebook, changes);
  const strips = keepOutputs ? [] : stripEdits(notebook, stripping);
  return applyEdits(notebook.text, combineEdits(edits, strips));
}
