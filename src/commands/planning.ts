/** Turns open notebooks into a plan, with the work on single ones done by a crew. */
import { dirname, relative, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { changedMeanwhile } from '../files/trouble.ts';
import { planTogether, type Batch, type Rendering } from '../pipeline.ts';
import type { Draft } from '../plan/draft.ts';
import type { Exclusions, PlanSource } from '../plan/notebook-graph.ts';
import type { PlannedNotebook, RefusedMoves } from '../plan/notebook.ts';
import type { ExistingModule } from '../plan/existing/modules.ts';
import type { ImportedModule } from '../project/dependencies.ts';
import { moduleNames } from '../project/modules.ts';
import { formatProgress } from '../report/progress.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { findBystanders } from './bystanders.ts';
import type { Crew } from './crew.ts';
import type { Project } from './project.ts';
import { findRun } from './runs.ts';
import type { BoundAfterwards, Failure, Heading, Part, ReadNotebook, Tasks } from './tasks.ts';

export interface OpenNotebook extends Omit<ReadNotebook, 'draft' | 'runs' | 'binds'> {
  /** Where its part was foreseen: that, and its draft. */
  readonly early?: { readonly part: Part; readonly draft: Draft };
  /** Whether other notebooks run or import it: of this run, or beside it. */
  readonly isRun: boolean;
  /** What these bind once they have run it, with their paths. */
  readonly rebound: readonly Rebound[];
}

interface Rebound extends BoundAfterwards {
  readonly path: string;
}

export interface OpenNotebooks {
  /** In the order of their paths. */
  readonly notebooks: readonly OpenNotebook[];
  /** Of files that could not be read. */
  readonly diagnostics: readonly Diagnostic[];
  /** The top-level modules that the notebooks import. */
  readonly imported: ReadonlySet<string>;
}

/**
 * Reads and analyses notebooks.
 * @param foreseen what they are likely to be planned for: then they are drafted while they are at hand
 */
export async function openNotebooks(
  paths: readonly string[],
  sourceRoot: string,
  crew: Crew,
  tell: (line: string) => void = () => undefined,
  foreseen?: { readonly project: Project | undefined; readonly isTesting: boolean },
): Promise<OpenNotebooks> {
  const notebooks: (Omit<OpenNotebook, 'isRun' | 'rebound'> & Pick<ReadNotebook, 'runs' | 'binds'>)[] = [];
  const diagnostics: Diagnostic[] = [];
  const imported = new Set<string>();
  let done = 0;
  const progress = measureProgress('reading notebooks', paths.length);
  const parts = foreseen?.project === undefined ? [] : partsOf(paths, foreseen.project, foreseen.isTesting);
  const asks = paths.map((path, i) => ({ path, sourceRoot, part: parts[i] }));
  for await (const answer of crew.stream('open', asks)) {
    const { path, part } = asks[done++]!;
    tell(progress(done));
    if ('failure' in answer) diagnostics.push(tellFailure(path, answer.failure, 'reading'));
    else if ('diagnostic' in answer) diagnostics.push(answer.diagnostic);
    else {
      const { draft, ...notebook } = answer;
      const isEarly = part !== undefined && draft !== undefined;
      notebooks.push(isEarly ? { ...notebook, early: { part, draft } } : notebook);
      for (const name of answer.imports) imported.add(name);
    }
  }
  const run = findRun(notebooks);
  const binds = new Map(notebooks.map((notebook) => [notebook.path, notebook.binds]));
  const others = [...new Set([...run.values()].flatMap((by) => [...by]))].filter((path) => !binds.has(path));
  let next = 0;
  for await (const answer of crew.stream(
    'open',
    others.map((path) => ({ path, sourceRoot, part: undefined })),
  )) {
    const path = others[next++]!;
    if ('binds' in answer) binds.set(path, answer.binds);
  }
  return {
    notebooks: notebooks.map(({ runs: _, binds: __, ...notebook }) => {
      const rebound = runnersOf(notebook.path, run).flatMap((path) =>
        (binds.get(path) ?? []).map((bound) => ({ ...bound, path })),
      );
      return { ...notebook, isRun: run.has(notebook.path), rebound };
    }),
    diagnostics,
    imported,
  };
}

/** Who runs a notebook, or runs one that does, in the order of their paths. */
function runnersOf(path: string, run: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const found = new Set<string>();
  const stack = [path];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const by of run.get(at) ?? []) {
      if (found.has(by) || by === path) continue;
      found.add(by);
      stack.push(by);
    }
  }
  return [...found].sort();
}

/** What notebooks import. */
export function importedBy(notebooks: readonly OpenNotebook[]): ImportedModule[] {
  return notebooks.flatMap(({ path, needs }) => needs.map((need) => ({ ...need, path })));
}

/** The part of each notebook in the plan of all. */
function partsOf(paths: readonly string[], project: Project, tests: boolean): Part[] {
  const placeOf = (path: string): string => relative(project.root, path).split(sep).join('/');
  const places = paths.map(placeOf);
  const modules = moduleNames(places);
  return paths.map((path, i) => {
    const { layout, keep, modules: choices } = project.settingsOf(path);
    const chosen = project.chosen?.get(path);
    const options = { package: project.package, layout, keep, modules: choices, tests, chosen };
    return { module: modules.get(places[i]!)!, options };
  });
}

/** By name, where those that run a notebook bind it anew. */
function reboundIn({ path, rebound }: OpenNotebook): NonNullable<PlanSource['rebound']> {
  const found = new Map<string, { where: string; target: string | undefined }[]>();
  for (const { name, cell, target, path: by } of rebound) {
    const known = found.get(name) ?? [];
    if (known.some((other) => other.target === target)) continue;
    const where = `cell ${cell} of ${relative(dirname(path), by).split(sep).join('/')}`;
    found.set(name, [...known, { where, target }]);
  }
  return found;
}

/** How far work on so many items is, in one line, from now on. */
export function measureProgress(what: string, total: number): (done: number) => string {
  const started = performance.now();
  return (done) => formatProgress(what, done, total, (performance.now() - started) / 1000);
}

/** @param outcome what becomes of it */
export function tellFailure(
  path: string,
  failure: Failure,
  work: 'reading' | 'planning' | 'rewriting',
  outcome: string = outcomes.plan,
): Diagnostic {
  if (failure === 'change') return changedMeanwhile(path, outcome);
  if (typeof failure === 'object') {
    return {
      code: 'NB206',
      severity: 'error',
      place: { path },
      message: `${work} it met a fault of nb2mod (${failure.fault}): ${outcome}`,
      hint: 'Leave it out with --exclude, and report it, please: with NB2MOD_DEBUG=1 it says where.',
    };
  }
  const what = failure === 'time' ? 'took too long' : 'took too much memory';
  return {
    code: 'NB205',
    severity: 'error',
    place: { path },
    message: `${work} it ${what}: ${outcome}`,
    hint:
      failure === 'time'
        ? 'Give it more time with --limit SECONDS, or leave it out with --exclude.'
        : 'Leave it out with --exclude, or split the notebook.',
  };
}

export interface PlanningOptions {
  /** Leaves Ruff out, for a first look. */
  readonly isUnjudged?: boolean;
  /** The test files that are there, where asserts shall become tests; null for one that does not parse. */
  readonly existingTests?: ReadonlyMap<string, ExistingModule | null> | undefined;
  /** What each notebook's description begins with, where it shall be printed. */
  readonly heading?: ((notebook: OpenNotebook) => Heading) | undefined;
}

export interface Planning<Planned = PlannedNotebook> extends Rendering<Planned> {
  /** By path, why a notebook takes no part: nothing moves out of it, and it is to be left as it is. */
  readonly lost: ReadonlyMap<string, Diagnostic>;
}

/** What is asked about a notebook once what moves has its modules. */
type LastStep = 'plan' | 'foresee';
type PlannedBy<Step extends LastStep> = Exclude<Tasks[Step]['answer'], RefusedMoves>;

/** What becomes of a notebook that is lost. */
const staysWhole: { readonly [Step in LastStep]: PlannedBy<Step> } = {
  plan: {
    moves: [],
    kept: [],
    imports: [],
    headed: new Set(),
    comments: new Map(),
    tests: [],
    lastBarrier: -1,
    unusedImports: new Map(),
  },
  foresee: { tests: [], compared: [], imports: [], description: undefined },
};
const outcomes: { readonly [Step in LastStep]: string } = {
  plan: 'the notebook is left as it is',
  foresee: 'the report lacks what it holds',
};

/** Plans readable notebooks together. `exclusions` are by path. */
export async function planNotebooks<Step extends LastStep>(
  step: Step,
  notebooks: readonly OpenNotebook[],
  project: Project,
  exclusions: ReadonlyMap<string, Exclusions>,
  crew: Crew,
  { isUnjudged = false, existingTests, heading }: PlanningOptions = {},
): Promise<Planning<PlannedBy<Step>>> {
  const own = partsOf(
    notebooks.map(({ path }) => path),
    project,
    existingTests !== undefined,
  );
  const parts = notebooks.map((notebook, i) => {
    const { path, digest, sourceRoot, isRun } = notebook;
    const rebound = reboundIn(notebook);
    return { path, digest, sourceRoot, isRun, rebound, ...own[i]!, heading: heading?.(notebook) };
  });
  const { package: name, folders, onConflict } = project;
  const options = {
    package: name,
    folders,
    isConflictRenamed: onConflict === 'rename',
    isUnjudged,
    existingTests,
    bystanders: await findBystanders(
      notebooks.map(({ path }) => path),
      project,
      crew,
    ),
    drafts: notebooks.map(({ early }, i) =>
      parts[i]!.rebound.size === 0 && isDeepStrictEqual(early?.part, own[i]) ? early?.draft : undefined,
    ),
  };
  const lost = new Map<string, Diagnostic>();
  /** The crew's answers; for lost notebooks what `withoutIt` says. */
  const askCrew = async <Name extends 'draft' | LastStep>(
    task: Name,
    asks: readonly Tasks[Name]['ask'][],
    withoutIt: (ask: Tasks[Name]['ask']) => Tasks[Name]['answer'],
  ): Promise<Tasks[Name]['answer'][]> => {
    const asked = asks.filter(({ path }) => !lost.has(path));
    const answers = new Map<string, Tasks[Name]['answer']>();
    let next = 0;
    for await (const answer of crew.stream(task, asked)) {
      const { path } = asked[next++]!;
      if ('failure' in answer) {
        lost.set(path, tellFailure(path, answer.failure, 'planning', outcomes[step]));
      } else answers.set(path, answer);
    }
    return asks.map((ask) => answers.get(ask.path) ?? withoutIt(ask));
  };
  const draftWhole = ({ path, module, options: { layout } }: Tasks['draft']['ask']): Draft => ({
    path,
    imported: [],
    missing: [],
    module,
    layout,
    components: [],
    available: [[]],
    uses: [],
  });
  // What was to move is taken out of the plan; when it is asked for again, nothing is.
  const refusal = { code: 'NB205', offset: 0, message: '', hint: '' } as const;
  const planWhole = ({ modules: places }: Tasks[Step]['ask']): Tasks[Step]['answer'] =>
    places.size === 0
      ? staysWhole[step]
      : { refused: [...places.keys()].map((statement) => ({ statement, refusal })) };
  const answer = (batch: Batch): Promise<unknown> => {
    if (batch.step === 'judge') return crew.all('judge', batch.asks);
    return batch.step === 'draft'
      ? askCrew(
          'draft',
          batch.asks.map((ask) => ({ ...parts[ask.notebook]!, ...ask })),
          draftWhole,
        )
      : askCrew(
          step,
          batch.asks.map((ask) => ({ ...parts[ask.notebook]!, ...ask })),
          planWhole,
        );
  };
  const excluded = notebooks.map(({ path }) => exclusions.get(path) ?? new Map());
  const planning = planTogether<PlannedBy<Step>>(excluded, project.modules, options);
  let state = planning.next();
  while (state.done !== true) state = planning.next(await answer(state.value));
  return { ...state.value, lost };
}
