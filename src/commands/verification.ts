/** Turns a notebook and a change of it into an answer: does it, run in a copy of the project, show what it showed before? */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { copyTree, markOf, ownFolder, type SharedFile } from '../files/copy.ts';
import { pythonCandidates, startRunner, type Runner } from '../files/kernel.ts';
import type { FileChange } from '../text/change.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { pathWithin } from '../text/within.ts';
import { compareRuns, type Comparison } from '../verify/compare.ts';
import { findMovedNames } from '../verify/moved.ts';
import { normaliseText } from '../verify/normalise.ts';
import { collectRun, type Run } from '../verify/run.ts';

/** How far a run is. */
export interface VerifyProgress {
  /** What runs: `running`, `before`, `after`, `before, run 2`. */
  readonly round: string;
  /** The cell that is running, counted from 1 over all cells; 0 before the first. */
  readonly cell: number;
  /** Code cells done so far, and in all. */
  readonly done: number;
  readonly cells: number;
}

export interface KernelOptions {
  /** The interpreter; by default the active environment's, else `python3` on PATH. */
  readonly python?: string;
  /** Seconds for each cell; 0 or none: no limit. */
  readonly timeout?: number;
  /** Take the network away where the platform allows. */
  readonly offline?: boolean;
  /** Ends everything at once: no kernel stays, and the answer is trouble NB546. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerificationOptions extends KernelOptions {
  /** The project root: what is copied. It holds the notebook. */
  readonly root: string;
  /** Absolute path of the notebook. */
  readonly notebookPath: string;
  /** The notebook as it was. */
  readonly beforeBytes: Uint8Array;
  /** The folder that packages lie in, put on the module search path of every run; default: `src` under the root. */
  readonly sourceRoot?: string;
}

export interface VerifyResult extends Comparison {
  /** Why there is no answer (no Python, no kernel, interrupted …); then `agrees` is false. */
  readonly trouble?: Diagnostic;
  /** Whether that is the notebook's own: it takes too long, or its kernel is not here or dies. */
  readonly isOwnTrouble?: true;
  /** What the user should know besides: NB543, NB548, NB549, NB550. */
  readonly diagnostics: readonly Diagnostic[];
  readonly before?: Run;
  readonly after?: Run;
}

export interface Verification {
  /** Runs the notebook with `files` in place (in a copy) and compares; the original's runs serve all calls. */
  readonly compare: (files: readonly FileChange[]) => Promise<VerifyResult>;
  /** Ends the kernel's process and removes the copies. */
  readonly close: () => Promise<void>;
}

/** What is told after Ctrl-C. */
export const interrupted: Diagnostic = {
  code: 'NB546',
  severity: 'error',
  message: 'the run was interrupted',
  hint: 'Run it again.',
};

export function isRunner(opened: Runner | Diagnostic): opened is Runner {
  return 'close' in opened;
}

/** A runner, or why there is none: NB540, NB541. */
export async function openRunner(
  options: KernelOptions,
  environment: Readonly<Record<string, string>> = {},
): Promise<Runner | Diagnostic> {
  const candidates = pythonCandidates(options.python, process.env);
  for (const python of candidates) {
    const runner = await startRunner({
      python,
      environment: { JUPYTER_PREFER_ENV_PATH: '1', PYTHONIOENCODING: 'utf-8', ...environment },
      ...(options.offline === true ? { offline: true } : {}),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (runner === undefined) continue;
    if (runner.missing.length === 0) return runner;
    await runner.close();
    return {
      code: 'NB541',
      severity: 'error',
      message: `${python} (Python ${runner.version}) has no ${runner.missing.join(' and no ')}`,
      hint: `${python} -m pip install nbclient ipykernel`,
    };
  }
  return {
    code: 'NB540',
    severity: 'error',
    message: `no Python that runs: tried ${candidates.join(', ')}`,
    hint: 'Activate the environment that the notebook runs in, or name its interpreter with --python.',
  };
}

/** Why the notebook did not come to its end, as the user should hear it. */
export function explainFailure(run: Run, path: string, python: string): Diagnostic | undefined {
  const { failure } = run;
  if (failure === undefined) return undefined;
  const place = failure.cell === undefined ? { path } : { path, cell: failure.cell };
  const tell = (code: Diagnostic['code'], message: string, hint: string): Diagnostic => ({
    code,
    severity: 'error',
    place,
    message,
    hint,
  });
  // One line: a message can hold a whole printed table.
  const message = normaliseText(failure.message).split('\n', 1)[0]!.slice(0, 300);
  switch (failure.reason) {
    case 'error':
      return tell('NB544', `the cell raises ${message}`, 'Mend it, or tag the cell raises-exception.');
    case 'timeout':
      return tell('NB545', `the cell gave ${message}`, 'Give it more time with --timeout SECONDS.');
    case 'no-kernel':
      return tell(
        'NB542',
        `there is no kernel '${message}' here, and none that could stand in for it`,
        `Install that kernel; for Python: ${python} -m pip install ipykernel`,
      );
    case 'unreadable':
      return tell('NB101', `nbformat cannot read it: ${message}`, 'Open and save it in Jupyter.');
    case 'interrupted':
      return { ...interrupted, place };
    default:
      return tell('NB546', message, `Check that \`${python} -m ipykernel --version\` works.`);
  }
}

/** Says so if not the kernel that the notebook names ran it: NB543. */
export function explainStandIn(run: Run, path: string): Diagnostic | undefined {
  if (run.kernel === undefined || run.kernel.name === run.kernel.wanted) return undefined;
  return {
    code: 'NB543',
    severity: 'info',
    place: { path },
    message: `there is no kernel '${run.kernel.wanted}' here; '${run.kernel.name}' ran it instead`,
    hint: 'Nothing to do if that is the right Python; else choose one with --python.',
  };
}

/**
 * Runs the notebook at `path` (absolute) in its folder, and puts the answers together.
 * @param isSeeded whether unseeded random numbers shall come out alike in every run, to be compared
 */
export async function runNotebook(
  runner: Runner,
  path: string,
  round: string,
  { timeout, onProgress }: KernelOptions,
  isSeeded = false,
): Promise<Run> {
  let cells = 0;
  let done = 0;
  let cell = 0;
  const limit = timeout === undefined || timeout <= 0 ? {} : { timeout };
  const lines = await runner.run({ path, folder: dirname(path), ...limit, isSeeded }, (line) => {
    if (line.event === 'notebook') cells = (line.cells as unknown[]).length;
    else if (line.event === 'cell') cell = line.cell as number;
    else if (line.event === 'outputs') done++;
    else return;
    onProgress?.({ round, cell, done, cells });
  });
  return collectRun(lines);
}

/** Copies of a project, one after the other at one place. */
interface Workshop {
  /** Where a path of the project is in the copy. */
  readonly placeIn: (path: string) => string;
  /** Makes a fresh copy, with the files as they shall be, but for those outside the project. */
  readonly copy: (files: readonly Pick<FileChange, 'path' | 'after'>[]) => void;
  /** What the copies share with the project, and was written to since it was last asked for: NB550. */
  readonly findWritten: () => Diagnostic[];
  /** Removes the copy. */
  readonly close: () => void;
}

/** @returns NB524 where the notebook does not lie in the project */
function openWorkshop({
  root: folder,
  notebookPath,
}: Pick<VerificationOptions, 'root' | 'notebookPath'>): Workshop | Diagnostic {
  const root = realpathSync(folder);
  const placeOf = (path: string): string | undefined =>
    pathWithin(root, resolve(path)) ?? pathWithin(resolve(folder), resolve(path));
  if (placeOf(notebookPath) === undefined) {
    return {
      code: 'NB524',
      severity: 'error',
      place: { path: notebookPath },
      message: `the notebook lies outside the project that would be copied, ${folder}`,
      hint: 'Name a folder that holds it with --root.',
    };
  }
  const workshop = mkdtempSync(join(realpathSync(tmpdir()), 'nb2mod-'));
  const tree = join(workshop, basename(root) || 'project');
  const placeIn = (path: string): string => join(tree, placeOf(path) ?? '');
  const shared = new Map<string, SharedFile>();
  const share = (files: readonly SharedFile[]): void => {
    for (const file of files) if (!shared.has(file.path)) shared.set(file.path, file);
  };
  return {
    placeIn,
    copy(files) {
      rmSync(tree, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      share(copyTree(root, tree));
      for (const { path, after } of files) {
        if (placeOf(path) === undefined) continue;
        const target = placeIn(path);
        // Never through a link: it would lead into the user's own tree.
        share(ownFolder(tree, dirname(target)));
        rmSync(target, { force: true });
        if (after !== null) writeFileSync(target, after);
      }
    },
    findWritten() {
      const written = [...shared.values()].filter(({ path, mark }) => markOf(path) !== mark);
      return written.map(({ path }): Diagnostic => {
        shared.set(path, { path, mark: markOf(path) });
        return {
          code: 'NB550',
          severity: 'warning',
          place: { path },
          message: 'changed while the notebook ran: it lies outside the project or is too large to copy',
          hint: 'Check it; it is not as it was before the run.',
        };
      });
    },
    close: () => rmSync(workshop, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/**
 * Runs a notebook in a copy of its project.
 * @returns the run, and what the user should know besides: NB550; or why there is none: NB524
 */
export async function runInCopy(
  runner: Runner,
  options: Omit<VerificationOptions, 'sourceRoot'>,
): Promise<{ readonly run: Run; readonly diagnostics: readonly Diagnostic[] } | Diagnostic> {
  const workshop = openWorkshop(options);
  if ('code' in workshop) return workshop;
  const { notebookPath, beforeBytes } = options;
  try {
    workshop.copy([{ path: notebookPath, after: beforeBytes }]);
    const run = await runNotebook(runner, workshop.placeIn(notebookPath), 'running', options);
    return { run, diagnostics: workshop.findWritten() };
  } finally {
    workshop.close();
  }
}

/** How often the original runs at most. */
const mostOriginals = 3;

/** `src/churn/data.py` → `churn.data`; undefined for what is no module. */
function moduleName(path: string, sourceRoot: string): string | undefined {
  const place = pathWithin(sourceRoot, path);
  if (place?.endsWith('.py') !== true) return undefined;
  const parts = place.slice(0, -'.py'.length).split('/');
  return parts.filter((part) => part !== '__init__').join('.');
}

/**
 * Makes ready to compare changes of one notebook with how it was. Each run starts from a fresh copy of the project,
 * always at the same place, so neither what a run writes nor where it stands makes a difference; the user's own files
 * are not touched.
 */
export async function openVerification(options: VerificationOptions): Promise<Verification> {
  const workshop = openWorkshop(options);
  const sourceRoot = resolve(options.sourceRoot ?? join(options.root, 'src'));
  const none: Comparison = { agrees: false, differences: [], notComparable: [], compared: 0 };
  if ('code' in workshop) {
    return {
      compare: async () => ({ ...none, trouble: workshop, diagnostics: [] }),
      close: async () => undefined,
    };
  }
  const { placeIn } = workshop;
  let runner: Runner | Diagnostic | undefined;

  const play = async (files: readonly FileChange[], round: string): Promise<Run> => {
    workshop.copy([{ path: options.notebookPath, after: options.beforeBytes }, ...files]);
    return runNotebook(runner as Runner, placeIn(options.notebookPath), round, options, true);
  };

  /** Runs of the original: one, and more when something differs. For all calls of `compare`. */
  const befores: Run[] = [];

  const compare = async (files: readonly FileChange[]): Promise<VerifyResult> => {
    runner ??= await openRunner(options, {
      // The order of a set is no news.
      PYTHONHASHSEED: process.env.PYTHONHASHSEED ?? '0',
      PYTHONPATH: [placeIn(sourceRoot), process.env.PYTHONPATH ?? '']
        .filter((path) => path !== '')
        .join(process.platform === 'win32' ? ';' : ':'),
    });
    if (!isRunner(runner)) return { ...none, trouble: runner, diagnostics: [] };
    const { python } = runner;
    const path = options.notebookPath;

    if (befores.length === 0) befores.push(await play([], 'before'));
    const before = befores[0]!;
    if (before.failure !== undefined && before.failure.reason !== 'error') {
      const trouble = explainFailure(before, path, python)!;
      if (before.failure.reason !== 'interrupted')
        return { ...none, trouble, isOwnTrouble: true, diagnostics: [], before };
      befores.pop();
      return { ...none, trouble, diagnostics: [], before };
    }
    const after = await play(files, 'after');
    if (after.failure?.reason === 'interrupted') {
      return { ...none, trouble: explainFailure(after, path, python)!, diagnostics: [], before };
    }

    const modules = new Set([
      ...files.flatMap((file) => moduleName(resolve(file.path), sourceRoot) ?? []),
      ...findMovedNames(before.cells, after.cells).modules,
    ]);
    const naming = { modules: [...modules] };
    let comparison = compareRuns(befores, after, naming);
    // What the original shows differently from run to run is learnt only where something differs: what came out the
    // same needs no excuse. Two runs can deal the same by chance, so a third has a say before anything is blamed.
    while (!comparison.agrees && befores.length < mostOriginals) {
      const again = await play([], `before, run ${befores.length + 1}`);
      if (again.failure?.reason === 'interrupted') {
        return { ...none, trouble: explainFailure(again, path, python)!, diagnostics: [], before };
      }
      if (again.failure !== undefined && again.failure.reason !== 'error') break;
      befores.push(again);
      comparison = compareRuns(befores, after, naming);
    }
    const diagnostics = [...describeRuns(before, comparison, path), ...workshop.findWritten()];
    return { ...comparison, diagnostics, before, after };
  };

  const close = async (): Promise<void> => {
    if (runner !== undefined && isRunner(runner)) await runner.close();
    workshop.close();
  };
  return { compare, close };
}

/** What the user should know besides the differences. */
function describeRuns(before: Run, comparison: Comparison, path: string): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const kernel = explainStandIn(before, path);
  if (kernel !== undefined) diagnostics.push(kernel);
  if (before.failure !== undefined) {
    const { cell, message } = before.failure;
    diagnostics.push({
      code: 'NB549',
      severity: 'warning',
      place: { path, ...(cell === undefined ? {} : { cell }) },
      message: `the original stops here: ${message.split('\n', 1)[0]}; only what ran before was compared`,
      hint: 'Make the notebook run to its end first.',
    });
  }
  for (const { cell, kind } of comparison.notComparable) {
    diagnostics.push({
      code: 'NB548',
      severity: 'info',
      place: { path, cell },
      message: `its ${kind} differs between two runs of the original, so it was not compared`,
      hint: 'Set a random seed in the notebook if the output should be checked.',
    });
  }
  return diagnostics;
}

/** One change, compared once. @see openVerification for several changes of one notebook */
export async function verifyChange(
  options: VerificationOptions & { readonly files: readonly FileChange[] },
): Promise<VerifyResult> {
  const verification = await openVerification(options);
  try {
    return await verification.compare(options.files);
  } finally {
    await verification.close();
  }
}

/** Does what aborts by a signal on Ctrl-C and the like. A second Ctrl-C ends the process as it would without us. */
export async function heedInterrupts<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const kinds = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const release = () => kinds.forEach((kind) => process.off(kind, interrupt));
  const interrupt = () => {
    release();
    interruption.abort();
  };
  for (const kind of kinds) process.on(kind, interrupt);
  try {
    return await work(interruption.signal);
  } finally {
    release();
  }
}

/** How far a verification is, in one line. */
export function tellProgress({ round, cell, done, cells }: VerifyProgress): string {
  return cell === 0 ? `${round}: ${cells} cells` : `${round}: cell ${cell}, ${done} of ${cells} done`;
}
