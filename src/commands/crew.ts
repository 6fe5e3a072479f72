/** Does tasks notebook by notebook: here, one after the other, or in threads, with the same answers in the same order. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { leaveSettings, loadParser } from '../pipeline.ts';
import { forget } from './facts.ts';
import { openPool } from './share.ts';
import { tasks, type TaskName, type Tasks } from './tasks.ts';

/** Stands in place of an answer that never came: the task took too long, or more memory than a thread may have. */
export type Failure = 'time' | 'memory';

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
 * Of each thread: what a notebook of the largest size that is read takes, many times over; and so much for what is new
 * that little of what one task makes outlives it.
 */
const resourceLimits = { maxOldGenerationSizeMb: 3072, maxYoungGenerationSizeMb: 64 };
/**
 * Percent of what lives that may be allocated before the old generation is collected again. V8 allows three times as
 * much where so much memory is there, and with thousands of notebooks that is gigabytes.
 */
const heapGrowth = 60;

type Submit = (name: TaskName, ask: unknown) => Promise<unknown>;

/** Opens a crew for so many notebooks. The grammar is loaded where it is needed. */
export async function openCrew(
  notebooks: number,
  { jobs, limit, isGuest = false }: CrewOptions,
): Promise<Crew> {
  if (isGuest) leaveSettings();
  else setFlagsFromString(`--heap-growing-percent=${heapGrowth}`);
  const entry = fileURLToPath(new URL('./thread.js', import.meta.url));
  const isHere = !existsSync(entry) || (jobs === undefined && notebooks < fewest);
  // The existing modules of the package are analysed here in any case.
  await loadParser();
  if (isHere) {
    return crewOf(
      (name, ask) => Promise.resolve().then(() => tasks[name](ask as never)),
      1,
      async () => forget(),
    );
  }
  const threads = openThreads(
    entry,
    jobs ?? Math.min(availableParallelism(), mostThreads),
    limit ?? defaultLimit,
    isGuest,
  );
  return crewOf(threads.submit, threads.count, threads.close);
}

function crewOf(submit: Submit, count: number, close: () => Promise<void>): Crew {
  // Far enough that a thread finds work of its own while another is at a big notebook.
  const ahead = count === 1 ? 1 : count * 16;
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
        if ('failure' in answer) throw new Error(`the task '${name}' ended for want of ${answer.failure}`);
        answers.push(answer);
      }
      return answers;
    },
    close,
  };
}

interface Job {
  readonly name: TaskName;
  readonly ask: unknown;
  /** Of the notebook that it is about, if it is about one. */
  readonly path: string | undefined;
  readonly settle: (answer: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** What a thread is told when it starts. */
export interface Situation {
  /** How many threads share the memory. */
  readonly threads: number;
  readonly isGuest: boolean;
}

/** What a thread answers. */
export type Reply = { readonly answer: unknown } | { readonly error: unknown };

function openThreads(
  entry: string,
  count: number,
  limit: number,
  isGuest: boolean,
): {
  readonly count: number;
  readonly submit: Submit;
  readonly close: () => Promise<void>;
} {
  const waiting: Job[] = [];
  const idle: Worker[] = [];
  /** By notebook, the thread that has read it and so knows its facts. */
  const owners = new Map<string, Worker>();
  const running = new Set<Worker>();
  const share = openPool();
  let isClosed = false;

  /** A thread takes its first job once it has loaded what it needs: that time is no notebook's. */
  const start = (): void => {
    const worker = new Worker(entry, {
      workerData: { threads: count, isGuest } satisfies Situation,
      resourceLimits,
    });
    running.add(worker);
    const stumble = (error: Error): void => {
      running.delete(worker);
      for (const job of waiting.splice(0)) job.fail(error);
    };
    worker.once('error', stumble);
    worker.once('message', () => {
      worker.off('error', stumble);
      work(worker);
    });
  };
  const ownerOf = ({ path }: Job): Worker | undefined => {
    const owner = path === undefined ? undefined : owners.get(path);
    // One that was lost knows nothing any more.
    return owner !== undefined && running.has(owner) ? owner : undefined;
  };
  const work = (worker: Worker): void => {
    const index = waiting.findIndex((job) => (ownerOf(job) ?? worker) === worker);
    if (index === -1) {
      idle.push(worker);
      worker.unref();
      return;
    }
    const [job] = waiting.splice(index, 1) as [Job];
    if (job.path !== undefined) owners.set(job.path, worker);
    worker.ref();
    const end = (): void => {
      clearTimeout(timer);
      worker.off('message', take);
      worker.off('error', stumble);
    };
    const lose = (failure: Failure): void => {
      end();
      running.delete(worker);
      void worker.terminate();
      job.settle({ failure });
      if (!isClosed) start();
    };
    const take = (reply: Reply): void => {
      end();
      if ('error' in reply) job.fail(reply.error);
      else job.settle(share(reply.answer));
      work(worker);
    };
    const stumble = (error: Error & { readonly code?: string }): void => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') lose('memory');
      else {
        end();
        running.delete(worker);
        job.fail(error);
      }
    };
    const timer = limit > 0 ? setTimeout(lose, limit * 1000, 'time') : undefined;
    worker.once('message', take);
    worker.once('error', stumble);
    worker.postMessage({ name: job.name, ask: job.ask });
  };
  return {
    count,
    submit: (name, ask) =>
      new Promise((settle, fail) => {
        const path = (ask as { readonly path?: string }).path;
        const job: Job = { name, ask, path, settle, fail };
        waiting.push(job);
        const owner = ownerOf(job);
        const worker = owner === undefined ? idle.at(-1) : idle.find((candidate) => candidate === owner);
        if (worker !== undefined) {
          idle.splice(idle.indexOf(worker), 1);
          work(worker);
        } else if (owner === undefined && running.size < count) start();
      }),
    close: async () => {
      isClosed = true;
      await Promise.all([...running].map((worker) => worker.terminate()));
    },
  };
}
