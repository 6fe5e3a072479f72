/** Turns Ctrl-C into an end that leaves nothing half done, or into word that what is begun is brought to its end. */
import { setImmediate as takeTurn } from 'node:timers/promises';
import type { CommitOptions, CommitProgress } from '../files/commit.ts';
import { measureProgress } from './planning.ts';
import type { Terminal } from './terminal.ts';

export interface Interrupts {
  /** From now on nothing ends the run; whoever tries is told so, once. */
  readonly hold: (said: string) => void;
  readonly release: () => void;
}

const endings = ['SIGTERM', 'SIGHUP'] as const;

/**
 * Ends the process on Ctrl-C as it would without us, but for a line on standard error, until it is to be held.
 * @param endsBefore false where somebody else sees to Ctrl-C until then
 */
export function answerInterrupts({ err }: Pick<Terminal, 'err'>, endsBefore = true): Interrupts {
  let answer: string | undefined = 'interrupted; nothing was changed\n';
  let isHeld = false;
  const interrupt = (): void => {
    if (answer !== undefined) err(answer);
    answer = undefined;
    if (isHeld) return;
    release();
    process.kill(process.pid, 'SIGINT');
  };
  const ignore = (): void => undefined;
  const hold = (said: string): void => {
    if (!endsBefore) process.on('SIGINT', interrupt);
    for (const kind of endings) process.on(kind, ignore);
    isHeld = true;
    answer = said;
  };
  const release = (): void => {
    process.off('SIGINT', interrupt);
    for (const kind of endings) process.off(kind, ignore);
  };
  if (endsBefore) process.on('SIGINT', interrupt);
  return { hold, release };
}

/** Milliseconds that writing may go on before something else has its turn. */
const longest = 50;

/** Shows how far the writing of files is, which is called `writing`. */
export function showCommit(
  tell: Terminal['progress'],
  writing: string,
): NonNullable<CommitOptions['onProgress']> {
  const stages: Readonly<Record<CommitProgress['stage'], string>> = {
    saving: 'saving the files as they are',
    writing,
    replacing: 'putting files in place',
    clearing: 'clearing up',
  };
  let at: CommitProgress['stage'] | undefined;
  let measure: (done: number) => string;
  let turned = performance.now();
  return ({ stage, done, total }) => {
    if (stage !== at) measure = measureProgress(stages[(at = stage)], total);
    tell(done === 0 ? stages[stage] : measure(done));
    if (performance.now() < turned + longest) return undefined;
    return takeTurn().then(() => void (turned = performance.now()));
  };
}
