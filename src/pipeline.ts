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
import { clauseTarget } from './plan/clauses.ts';
import { draftNotebook, type Draft } from './plan/draft.ts';
import { readPackage } from './plan/existing/existing.ts';
import type { ExistingModule } from './plan/existing/modules.ts';
import type { Graph } from './plan/graph.ts';
import {
  graphOf,
  type DraftOptions,
  type Exclusions,
  type PlanSource,
  type Told,
} from './plan/notebook-graph.ts';
import { planNotebook, type PlannedNotebook, type RefusedMoves } from './plan/notebook.ts';
import type { RefusedPlace } from './plan/placement.ts';
import { planModules, type PlanOptions } from './plan/plan.ts';
import type { Member } from './plan/planned.ts';
import type { Refusal } from './plan/refusal.ts';
import { findTestPieces, planTests } from './plan/tests.ts';
import { loadParser } from './python/parse.ts';
import { parseProgram, type CodeSource } from './python/program.ts';
import { judge, type Finding } from './render/judge.ts';
import { leaveSettings } from './python/webassembly.ts';
import { markUsed, renderModule, titlesOf, type RenderedModule } from './render/module.ts';
import { notebookChanges, type PathCell } from './render/notebook.ts';
import { bindProgram } from './scope/bind-program.ts';
import type { Names } from './scope/names.ts';
import { applyEdits } from './text/edit.ts';
import { sharedModule } from './text/module-name.ts';

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

/**
 * Plans notebooks together, renders the modules and has them judged, until everything has its place and Ruff has nothing
 * to object to.
 * @param excluded for each notebook, in the order of their paths
 * @typeParam Planned what the step `plan` answers for a notebook
 * @param options `isUnjudged` leaves Ruff out, which finds something in one module of thousands: for a first look
 */
export function* planTogether<Planned extends Pick<PlannedNotebook, 'tests'> = PlannedNotebook>(
  excluded: readonly Exclusions[],
  existing: readonly ExistingModule[],
  options: PlanOptions & {
    readonly isUnjudged?: boolean;
    /** Drafts that are there already, by notebook, made without exclusions. */
    readonly drafts?: readonly (Draft | undefined)[];
    /** The test files that are there, by their names without ending; null for one that does not parse. */
    readonly existingTests?: ReadonlyMap<string, ExistingModule | null> | undefined;
  },
): Generator<Batch, Rendering<Planned>, unknown> {
  const exclusions = excluded.map((before) => new Map(before));
  const drafts: Draft[] = [];
  const stale = new Set(exclusions.keys());
  for (const [notebook, draft] of (options.drafts ?? []).entries()) {
    if (draft === undefined || exclusions[notebook]!.size > 0) continue;
    drafts[notebook] = draft;
    stale.delete(notebook);
  }
  /** What had no place beside all else that was to move: looked at anew when less is. */
  const tentative: RefusedPlace[] = [];
  const exclude = (notebook: number, statement: number, refusal: Refusal): void => {
    for (const place of tentative.splice(0)) {
      exclusions[place.notebook]!.delete(place.statement);
      stale.add(place.notebook);
    }
    exclusions[notebook]!.set(statement, refusal);
    stale.add(notebook);
  };
  const present = readPackage(existing, options.package);
  /** What each notebook is told of the package that is there; with fewer definitions it would ask for no more. */
  const told: (ReadonlyMap<string, Told> | undefined)[] = [];
  const before = new Map(existing.map((module) => [module.module, module.names]));
  const planned: Planned[] = [];
  const plannedFor: {
    readonly places: ReadonlyMap<number, string>;
    readonly reasons: ReadonlyMap<number, string>;
  }[] = [];
  const verdicts = new Map<string, readonly Finding[]>();
  const judgeAll = function* (texts: readonly string[]): Generator<Batch, void, unknown> {
    const asks = [...new Set(texts)].filter((text) => !verdicts.has(text));
    const answers = yield* ask('judge', asks);
    asks.forEach((text, i) => verdicts.set(text, answers[i]!));
  };

  for (;;) {
    const redrafted = [...stale];
    stale.clear();
    const asks = redrafted.map((notebook) => ({
      notebook,
      excluded: exclusions[notebook]!,
      told: told[notebook],
    }));
    const redone = yield* ask('draft', asks);
    redrafted.forEach((notebook, i) => {
      drafts[notebook] = redone[i]!;
      delete plannedFor[notebook];
    });

    const made = new Set(drafts.flatMap(modulesOfDraft));
    /** Whether an import names what only this run may make. */
    const isMade = (target: string): boolean => {
      const path = target.split('.').slice(1);
      return path.some((_, i) => made.has(path.slice(0, i + 1).join('.')));
    };
    drafts.forEach(({ imported, uses }, notebook) => {
      if (told[notebook] !== undefined) return;
      const news = new Map<string, Told>();
      for (const target of imported) {
        const { meaning, ...more } = present.tell(target);
        if (present.isMissing(target) && !isMade(target))
          news.set(target, { meaning, ...more, isMissing: true });
        else if (meaning !== target || Object.keys(more).length > 0) news.set(target, { meaning, ...more });
      }
      for (const target of uses.map(({ clause }) => clauseTarget(clause))) {
        const holding = present.holding(target);
        const brings = present.brings(target);
        if (holding === undefined && brings.length === 0) continue;
        const before = news.get(target) ?? { meaning: target };
        news.set(target, { ...before, ...(holding && { holding }), ...(brings.length > 0 && { brings }) });
      }
      told[notebook] = news;
      if (news.size > 0) stale.add(notebook);
    });
    if (stale.size > 0) continue;

    const plan = planModules(drafts, present, options);
    if ('refused' in plan) {
      const lasting = plan.refused.filter(({ isTentative }) => !isTentative);
      for (const { notebook, statement, refusal } of lasting) exclude(notebook, statement, refusal);
      if (lasting.length > 0) continue;
      for (const place of plan.refused) {
        exclusions[place.notebook]!.set(place.statement, place.refusal);
        stale.add(place.notebook);
        tentative.push(place);
      }
      continue;
    }
    const { places } = plan;
    const changed = [...places.keys()].filter(
      (notebook) =>
        !areEqual(places[notebook]!, plannedFor[notebook]?.places) ||
        !areEqual(plan.reasons[notebook]!, plannedFor[notebook]?.reasons),
    );
    const results = (yield* ask(
      'plan',
      changed.map((notebook) => ({
        notebook,
        excluded: exclusions[notebook]!,
        told: told[notebook],
        modules: places[notebook]!,
        reasons: plan.reasons[notebook]!,
        homes: new Map(
          drafts[notebook]!.missing.flatMap((name): [string, string][] => {
            const home = present.homeOf(name);
            return home === undefined ? [] : [[name, home]];
          }),
        ),
      })),
    )) as readonly Steps<Planned>['plan']['answer'][];
    changed.forEach((notebook, i) => {
      const result = results[i]!;
      if ('refused' in result) {
        for (const { statement, refusal } of result.refused) exclude(notebook, statement, refusal);
        return;
      }
      planned[notebook] = result;
      plannedFor[notebook] = { places: places[notebook]!, reasons: plan.reasons[notebook]! };
    });
    if (stale.size > 0) continue;

    const titles = titlesOf(drafts.map(({ path }) => path));
    let modules: readonly RenderedModule[] = plan
      .collect()
      .map((module) =>
        renderModule(module, options.package, before.get(module.module), 'Definitions', titles),
      );
    const found = planTests(
      planned.map(({ tests }, i) => ({ path: drafts[i]!.path, tests })),
      options.existingTests ?? new Map(),
      options.package,
    );
    const tests = found.files.map((file) =>
      renderModule(file, options.package, options.existingTests?.get(file.module)?.names, 'Tests', titles),
    );
    const comments = plan.comments();
    const notebooks = planned.map((each, i) => ({
      ...each,
      comments: comments[i]!,
      tests: found.pieces[i]!,
    }));
    if (options.isUnjudged === true) return { modules, drafts, notebooks, tests };
    const textBefore = (module: string): string | undefined => before.get(module)?.source.cells[0]!.source;
    const testBefore = (file: string): string | undefined =>
      options.existingTests?.get(file)?.names.source.cells[0]!.source;
    const findingsBefore = (known: string | undefined): readonly Finding[] =>
      known === undefined ? [] : verdicts.get(known)!;
    yield* judgeAll(
      [...modules, ...tests].flatMap(({ text, module }, i) => {
        const known = i < modules.length ? textBefore(module) : testBefore(module);
        return known === undefined ? [text] : [text, known];
      }),
    );
    modules = modules.map((module) => {
      const before = findingsBefore(textBefore(module.module));
      const unseen = findUnseen(module, newFindings(verdicts.get(module.text)!, before));
      return unseen.length === 0 ? module : markUsed(module, unseen);
    });
    yield* judgeAll(modules.map(({ text }) => text));
    const judged = [
      ...modules.map((module) => ({ module, known: textBefore(module.module) })),
      ...tests.map((module) => ({ module, known: testBefore(module.module) })),
    ];
    const objections = judged.flatMap(({ module, known }) =>
      findFaults(module, verdicts.get(module.text)!, findingsBefore(known)),
    );
    if (objections.length === 0) return { modules, drafts, notebooks, tests };
    // Excluded wherever it occurs.
    const reasons = new Map(objections.map(({ identity, refusal }) => [identity, refusal]));
    for (const { member, refusal } of objections) {
      if (member.identity.startsWith('test:')) exclude(member.source, member.statement, refusal);
    }
    drafts.forEach(({ components }, notebook) => {
      for (const { pasted, statement } of components.flatMap(({ members }) => members)) {
        const refusal = reasons.get(pasted.identity);
        if (refusal !== undefined) exclude(notebook, statement, refusal);
      }
    });
  }
}

/** The modules that what a notebook holds may go to. */
function modulesOfDraft({ module, layout, components }: Draft): string[] {
  const others = components.flatMap(({ members, topic }) => [
    topic?.topic,
    ...members.map((member) => member.module),
  ]);
  const shared = layout === 'flat' ? 'core' : sharedModule;
  return [module, shared, ...others].filter((name) => name !== undefined);
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

interface Objection {
  readonly member: Member;
  readonly identity: string;
  readonly refusal: Refusal;
}

/** What Ruff finds that it did not find before. */
function newFindings(findings: readonly Finding[], before: readonly Finding[]): readonly Finding[] {
  const known = before.map(signatureOf);
  return findings.filter((finding) => {
    const index = known.indexOf(signatureOf(finding));
    if (index !== -1) known.splice(index, 1);
    return index === -1;
  });
}

/**
 * The imports, by their offsets, that Ruff takes to be unused, though a member has their names in a string that a library
 * evaluates: the formula `'y ~ np.log(x)'`.
 */
function findUnseen({ text, members }: RenderedModule, findings: readonly Finding[]): readonly number[] {
  return findings.flatMap(({ rule, offset }) => {
    if (rule !== 'F401') return [];
    const name = nameAt(text, offset);
    const isNamed = members.some(
      ({ member }) =>
        [...member.imports, ...member.takes, ...member.given].some((item) => item.name === name) &&
        new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, 'u').test(member.code),
    );
    return isNamed ? [offset] : [];
  });
}

/** The name that a finding is about: `np` of `import numpy as np`, `os` of `import os.path`. */
function nameAt(text: string, offset: number): string {
  return /^[\p{L}\p{N}_]*/u.exec(text.slice(offset))![0];
}

/** What Ruff finds in a module that it did not find before, and the definition at fault. */
function findFaults(
  module: RenderedModule,
  findings: readonly Finding[],
  before: readonly Finding[],
): Objection[] {
  const objections: Objection[] = [];
  for (const finding of newFindings(findings, before)) {
    const place = module.members.find(({ start, end }) => start <= finding.offset && finding.offset <= end);
    // A finding among the imports is the fault of those who need the name.
    const name = nameAt(module.text, finding.offset);
    const members =
      place === undefined
        ? module.members.filter(({ member }) => member.imports.some((item) => item.name === name))
        : [place];
    const atFault = members.length > 0 ? members : module.members;
    for (const { member } of atFault) {
      objections.push({
        member,
        identity: member.identity,
        refusal: {
          code: 'NB418',
          offset: member.offset,
          message: `in a module Ruff finds ${finding.rule}: ${finding.message}`,
          hint: 'Mend what Ruff finds, or leave the definition in the notebook.',
        },
      });
    }
  }
  return objections;
}

function signatureOf({ rule, message }: Finding): string {
  return `${rule} ${message}`;
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
