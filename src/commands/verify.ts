/** `nb2mod verify`: runs a notebook and tells whether it runs clean, or two and tells which cells show something else. */
import { resolve } from 'node:path';
import { readLimited } from '../files/read.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { printable } from '../text/printable.ts';
import type { Difference } from '../verify/compare.ts';
import { findMovedNames, namesUsedIn } from '../verify/moved.ts';
import type { Run } from '../verify/run.ts';
import { count, formatDiagnostics } from '../report/text.ts';
import { findSite } from './project.ts';
import type { Terminal } from './terminal.ts';
import {
  explainFailure,
  explainStandIn,
  isRunner,
  openRunner,
  runInCopy,
  verifyChange,
  type KernelOptions,
  type VerificationOptions,
} from './verification.ts';

export interface VerifyOptions extends KernelOptions {
  /** What is copied; default: the project that the notebook is in (of two the second), else its folder. */
  readonly root?: string;
}

const tell = (terminal: Terminal, diagnostics: readonly Diagnostic[]): void =>
  terminal.err(formatDiagnostics(diagnostics, terminal.errOptions));

const mostLines = 10;
const widest = 200;

/** At most ten lines of `text`, each after `sign`, from the first that `other` does not share. */
function excerpt(text: string | undefined, other: string | undefined, sign: string): string[] {
  if (text === undefined) return [`${sign} (nothing)`];
  const lines = text.replace(/\n$/, '').split('\n');
  const others = (other ?? '').replace(/\n$/, '').split('\n');
  let from = 0;
  while (from < lines.length - 1 && from < others.length && lines[from] === others[from]) from++;
  const shown = lines.slice(from, from + mostLines).map((line) => `${sign} ${line.slice(0, widest)}`);
  const rest = lines.length - from - mostLines;
  return [
    ...(from === 0 ? [] : [`${sign} … ${from} equal lines`]),
    ...shown,
    ...(rest > 0 ? [`${sign} … ${rest} more lines`] : []),
  ];
}

/** A difference in a few lines: the cell, both outputs, and which moved definitions the cell uses. */
export function describeDifference(difference: Difference, uses: readonly string[] = []): string {
  const { cell, kind, before, after } = difference;
  const moved = uses.length === 0 ? '' : `; it uses ${uses.slice(0, 8).join(', ')}`;
  return [
    `cell ${cell}: its ${kind === 'failure' ? 'end' : kind} differs${moved}`,
    ...excerpt(before, after, '  -'),
    ...excerpt(after, before, '  +'),
  ].join('\n');
}

/** Which of the moved `names` the cell of a difference uses. */
export function namesOf(difference: Difference, before: Run | undefined, names: readonly string[]): string[] {
  const cell = before?.cells.find((candidate) => candidate.cell === difference.cell);
  return cell === undefined ? [] : namesUsedIn(cell.source, names);
}

/**
 * @param paths one notebook; or two (before, after), both run in the place of the second, where its modules and data
 *   are. Each run is in a copy of the project
 * @param given goes before what pyproject.toml says
 * @returns the exit code: 0 it runs clean, or both agree; 1 it does not; 2 it could not be found out
 */
export async function verify(
  paths: readonly [string] | readonly [string, string],
  given: VerifyOptions,
  terminal: Terminal,
): Promise<number> {
  const [before, after] = paths;
  const site = findSite([after ?? before], { root: given.root }, 'verify');
  if ('diagnostics' in site) {
    tell(terminal, site.diagnostics);
    return 2;
  }
  const { python, timeout = 600, offline } = { ...site.configuration, ...given };
  const options = {
    ...given,
    root: site.root,
    sourceRoot: site.sourceRoot,
    timeout,
    ...(python !== undefined && { python }),
    ...(offline !== undefined && { offline }),
  };
  const contents: Uint8Array[] = [];
  for (const path of paths) {
    const reading = readLimited(path);
    if ('diagnostic' in reading) {
      tell(terminal, [reading.diagnostic]);
      return 2;
    }
    contents.push(reading.bytes);
  }
  return after === undefined
    ? runClean(before, contents[0]!, options, terminal)
    : compareTwo({ before, after }, contents[0]!, contents[1]!, options, terminal);
}

/** What is run in copies of a project, and how. */
type Place = KernelOptions & Pick<VerificationOptions, 'root' | 'sourceRoot'>;

async function runClean(
  path: string,
  bytes: Uint8Array,
  options: Place,
  terminal: Terminal,
): Promise<number> {
  const runner = await openRunner(options);
  if (!isRunner(runner)) {
    tell(terminal, [runner]);
    return 2;
  }
  try {
    const result = await runInCopy(runner, { ...options, notebookPath: resolve(path), beforeBytes: bytes });
    if ('code' in result) {
      tell(terminal, [result]);
      return 2;
    }
    const { run, diagnostics } = result;
    const told = [explainStandIn(run, path), explainFailure(run, path, runner.python), ...diagnostics];
    tell(
      terminal,
      told.filter((diagnostic) => diagnostic !== undefined),
    );
    if (run.failure !== undefined) {
      return run.failure.reason === 'error' || run.failure.reason === 'timeout' ? 1 : 2;
    }
    const kernel = run.kernel?.name ?? 'python3';
    terminal.out(`${printable(path)} runs clean: ${count(run.cells.length, 'code cell')} in ${kernel}\n`);
    return 0;
  } finally {
    await runner.close();
  }
}

async function compareTwo(
  paths: { readonly before: string; readonly after: string },
  beforeBytes: Uint8Array,
  afterBytes: Uint8Array,
  options: Place,
  terminal: Terminal,
): Promise<number> {
  const notebookPath = resolve(paths.after);
  const result = await verifyChange({
    ...options,
    notebookPath,
    beforeBytes,
    files: [{ path: notebookPath, before: beforeBytes, after: afterBytes }],
  });
  tell(terminal, [...result.diagnostics, ...(result.trouble === undefined ? [] : [result.trouble])]);
  if (result.trouble !== undefined) return 2;
  const { names } = findMovedNames(result.before?.cells ?? [], result.after?.cells ?? []);
  for (const difference of result.differences) {
    terminal.out(`NB547 ${describeDifference(difference, namesOf(difference, result.before, names))}\n`);
  }
  const [before, after] = [printable(paths.before), printable(paths.after)];
  const outputs = `${count(result.compared, 'output')} compared`;
  terminal.out(
    result.agrees
      ? `${after} shows what ${before} shows: ${outputs}\n`
      : `${after} does not show what ${before} shows: ${result.differences.length} of ${outputs} differ\n`,
  );
  return result.agrees ? 0 : 1;
}
