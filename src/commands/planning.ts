/** Turns open notebooks into a plan, with the work on single ones done by a crew. */
import { relative, sep } from 'node:path';
import { planTogether, type Batch, type Rendering } from '../pipeline.ts';
import type { Exclusions } from '../plan/draft.ts';
import type { ExistingModule } from '../plan/plan.ts';
import { moduleNames } from '../project/modules.ts';
import { formatProgress } from '../report/progress.ts';
import type { Crew, Failure } from './crew.ts';
import type { Project } from './project.ts';
import type { OpenNotebook } from './tasks.ts';
import type { Diagnostic } from '../text/diagnostic.ts';

export interface OpenNotebooks {
  /** In the order of their paths. */
  readonly notebooks: readonly OpenNotebook[];
  /** Of files that could not be read. */
  readonly diagnostics: readonly Diagnostic[];
  /** The top-level modules that the notebooks import. */
  readonly imported: ReadonlySet<string>;
}

/** Reads and analyses notebooks. */
export async function openNotebooks(
  paths: readonly string[],
  sourceRoot: string,
  crew: Crew,
  tell: (line: string) => void = () => undefined,
): Promise<OpenNotebooks> {
  const notebooks: OpenNotebook[] = [];
  const diagnostics: Diagnostic[] = [];
  const imported = new Set<string>();
  let done = 0;
  const progress = measureProgress('reading notebooks', paths.length);
  const asks = paths.map((path) => ({ path, sourceRoot }));
  for await (const answer of crew.stream('open', asks)) {
    const path = paths[done++]!;
    tell(progress(done));
    if ('failure' in answer) diagnostics.push(tellFailure(path, answer.failure));
    else if ('diagnostic' in answer) diagnostics.push(answer.diagnostic);
    else {
      notebooks.push(answer);
      for (const name of answer.imports) imported.add(name);
    }
  }
  return { notebooks, diagnostics, imported };
}

/** How far work on so many items is, in one line, from now on. */
export function measureProgress(what: string, total: number): (done: number) => string {
  const started = performance.now();
  return (done) => formatProgress(what, done, total, (performance.now() - started) / 1000);
}

function tellFailure(path: string, failure: Failure): Diagnostic {
  const what = failure === 'time' ? 'took too long' : 'took too much memory';
  return {
    code: 'NB205',
    severity: 'error',
    place: { path },
    message: `reading it ${what}: the notebook is left as it is`,
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
}

/** Plans readable notebooks together. `exclusions` are by path. */
export async function planNotebooks(
  notebooks: readonly OpenNotebook[],
  project: Project,
  exclusions: ReadonlyMap<string, Exclusions>,
  crew: Crew,
  { isUnjudged = false, existingTests }: PlanningOptions = {},
): Promise<Rendering> {
  const placeOf = (path: string): string => relative(project.root, path).split(sep).join('/');
  const modules = moduleNames(notebooks.map(({ path }) => placeOf(path)));
  const parts = notebooks.map(({ path, digest, sourceRoot }) => {
    const { layout, keep, modules: choices } = project.settingsOf(path);
    const tests = existingTests !== undefined;
    const chosen = project.chosen?.get(path);
    const options = { package: project.package, layout, keep, modules: choices, tests, chosen };
    return { path, digest, sourceRoot, module: modules.get(placeOf(path))!, options };
  });
  const { package: name, folders, onConflict } = project;
  const options = {
    package: name,
    folders,
    isConflictRenamed: onConflict === 'rename',
    isUnjudged,
    existingTests,
  };
  const answer = (batch: Batch): Promise<unknown> => {
    if (batch.step === 'judge') return crew.all('judge', batch.asks);
    return batch.step === 'draft'
      ? crew.all(
          'draft',
          batch.asks.map((ask) => ({ ...parts[ask.notebook]!, ...ask })),
        )
      : crew.all(
          'plan',
          batch.asks.map((ask) => ({ ...parts[ask.notebook]!, ...ask })),
        );
  };
  const excluded = notebooks.map(({ path }) => exclusions.get(path) ?? new Map());
  const planning = planTogether(excluded, project.modules, options);
  let state = planning.next();
  while (state.done !== true) state = planning.next(await answer(state.value));
  return state.value;
}
