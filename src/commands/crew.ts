/** Does tasks notebook by notebook: here, one after the other, or in threads, with the same answers in the same order. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate as takeTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { leaveSettings, loadParser } from '../pipeline.ts';
import { forget } from './facts.ts';
import { perform, type Failure, type TaskName, type Tasks } from './tasks.ts';
import { openThreads, type Submit } from './threads.ts';

export interface Crew {
  /** The answers, in the order of the asks; no more are worked on ahead than the crew needs to stay busy. */
  readonly stream: <Name extends TaskName>(
    name: Name,
    asks: readonly Tasks[Name]['ask'][],
  ) => AsyncGenerator<Tasks[Name]['answer'] | { readonly failure: Failure }>;
  /** All the answers. A failure is a fault of ours: it is thrown. */
  readonly all: <Name extends TaskName>(
    name: Name,
    asks: readonly Tasks[Name]['ask'][],
  ) => Promise<Tasks[Name]['answer'][]>;
  readonly close: () => Promise<void>;
}

export interface CrewOptions {
  /** How many threads; by default one for each core, up to eight, and none for a few notebooks. */
  readonly jobs?: number | undefined;
  /** Seconds that one notebook may take; 0: as many as it likes. Holds in threads only: what runs here can't be stopped. */
  readonly limit?: number | undefined;
  /** Whether the process belongs to another program: then V8's settings stay as they are. */
  readonly isGuest?: boolean | undefined;
}

export const defaultLimit = 60;
/** With fewer notebooks than this, starting threads costs more than they save. */
const fewest = 12;
const mostThreads = 8;
/**
 * Percent of what lives that may be allocated before the old generation is collected again. V8 allows three times as
 * much where so much memory is there, and with thousands of notebooks that is gigabytes.
 */
const heapGrowth = 60;
/**
 * Bytes of bytecode that a function runs before V8 considers optimising it: fifteen times as many as by default. Most of
 * ours are never that hot, and V8's own threads would take a third of the processor from the crew. The V8 of Node 22 and
 * later counts calls instead, and does not know the flag.
 */
const interruptBudget = 2_000_000;

/** Opens a crew for so many notebooks. The grammar is loaded where it is needed. */
export async function openCrew(
  notebooks: number,
  { jobs, limit, isGuest = false }: CrewOptions,
): Promise<Crew> {
  if (isGuest) leaveSettings();
  else {
    setFlagsFromString(`--heap-growing-percent=${heapGrowth}`);
    if (Number.parseInt(process.versions.node) < 22) {
      setFlagsFromString(`--interrupt-budget=${interruptBudget}`);
    }
  }
  const entry = fileURLToPath(new URL('./thread.js', import.meta.url));
  const isHere = !existsSync(entry) || (jobs === undefined && notebooks < fewest);
  // The existing modules of the package are analysed here in any case.
  await loadParser();
  if (isHere) {
    return crewOf(
      // Between two tasks all else has its turn, Ctrl-C among it.
      (name, ask) => takeTurn().then(() => perform(name, ask as never)),
      0,
      async () => forget(),
    );
  }
  const cores = availableParallelism();
  const threads = jobs ?? Math.min(cores, mostThreads);
  // Where each core has a thread of ours, a helper of V8's would only take it from another.
  if (!isGuest && threads >= cores) setFlagsFromString('--no-parallel-scavenge');
  const { submit, close } = openThreads(entry, { threads, limit: limit ?? defaultLimit, isGuest });
  return crewOf(submit, threads, close);
}

/** @param count of threads; 0 where all is done here */
function crewOf(submit: Submit, count: number, close: () => Promise<void>): Crew {
  // Far enough that a thread finds work of its own while another is at a big notebook.
  const ahead = Math.max(1, count * 16);
  const stream: Crew['stream'] = async function* (name, asks) {
    const pending: Promise<unknown>[] = [];
    let next = 0;
    try {
      for (;;) {
        while (next < asks.length && pending.length < ahead) {
          const promise = submit(name, asks[next++]);
          // It may fail while an earlier one is waited for.
          promise.catch(() => undefined);
          pending.push(promise);
        }
        const first = pending.shift();
        if (first === undefined) return;
        yield (await first) as never;
      }
    } finally {
      await Promise.allSettled(pending);
    }
  };
  return {
    stream,
    all: async (name, asks) => {
      const answers: Tasks[typeof name]['answer'][] = [];
      for await (const answer of stream(name, asks)) {
        if ('failure' in answer)
          throw new Error(`the task '${name}' ended by ${JSON.stringify(answer.failure)}`);
        answers.push(answer);
      }
      return answers;
    },
    close,
  };
}
