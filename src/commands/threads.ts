/** Has tasks done in threads, each by the one that knows its notebook. */
import { Worker } from 'node:worker_threads';
import { openUnpacker, type Parcel } from './parcel.ts';
import type { Loss, TaskName } from './tasks.ts';

/** Has a task done. Rejected where it throws outside any notebook, which is a fault of ours. */
export type Submit = (name: TaskName, ask: unknown) => Promise<unknown>;

/** What a thread is told when it starts. */
export interface Situation {
  /** How many threads share the memory. */
  readonly threads: number;
  /** Whether the process belongs to another program. */
  readonly isGuest: boolean;
}

/** What a thread says: first that it has loaded what it needs, then an answer to each job, in their order. */
export type Message = 'ready' | { readonly parcel: Parcel } | { readonly error: unknown };

export interface ThreadOptions extends Situation {
  /** Seconds that one task may take; 0: as many as it likes. */
  readonly limit: number;
}

/** Milliseconds: a timer that is set for longer goes off at once. */
const longest = 2 ** 31 - 1;

interface Job {
  readonly name: TaskName;
  readonly ask: unknown;
  /** Of the notebook that it is about, if it is about one. */
  readonly path: string | undefined;
  readonly settle: (answer: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** A thread at work. */
interface Hand {
  /** What it was given and has not answered: it is at the first. */
  readonly jobs: readonly Job[];
  readonly isReady: () => boolean;
  readonly give: (job: Job) => void;
  readonly dismiss: () => Promise<unknown>;
}

/** What becomes of a thread's jobs. */
interface Outcomes {
  /** It can be given another job. */
  readonly free: () => void;
  /** It is gone, and does not answer the jobs any more. */
  readonly lose: (hand: Hand, jobs: readonly Job[], reason: Loss | Error) => void;
}

/**
 * Of each thread: what a notebook of the largest size that is read takes, many times over; and so much for what is new
 * that little of what one task makes outlives it.
 */
const resourceLimits = { maxOldGenerationSizeMb: 3072, maxYoungGenerationSizeMb: 32 };
/** So many jobs at once that a thread need not wait between two of them; so few that not many wait behind a big notebook. */
const mostGiven = 4;

/** @param entry the file that a thread runs */
export function openThreads(
  entry: string,
  options: ThreadOptions,
): { readonly submit: Submit; readonly close: () => Promise<void> } {
  const waiting: Job[] = [];
  const hands = new Set<Hand>();
  /** By notebook, the thread that has read it and so knows its facts. */
  const owners = new Map<string, Hand>();
  /** The strings that threads have said. */
  const pool = new Map<string, string>();
  let isClosed = false;

  const outcomes: Outcomes = {
    free: () => giveOut(),
    lose: (hand, [job, ...others], reason) => {
      hands.delete(hand);
      waiting.unshift(...others);
      if (typeof reason === 'string') {
        job?.settle({ failure: reason });
        if (!isClosed) hands.add(hire(entry, options, outcomes, pool));
        giveOut();
      } else {
        job?.fail(reason);
        for (const other of waiting.splice(0)) other.fail(reason);
      }
    },
  };
  const canTake = (hand: Hand): boolean => hand.isReady() && hand.jobs.length < mostGiven;
  /** Who takes a job now: its owner, or the one with the least to do. One that was lost knows nothing any more. */
  const handFor = ({ path }: Job): Hand | undefined => {
    const owner = path === undefined ? undefined : owners.get(path);
    if (owner !== undefined && hands.has(owner)) return canTake(owner) ? owner : undefined;
    let best: Hand | undefined;
    for (const hand of hands) {
      if (canTake(hand) && (best === undefined || hand.jobs.length < best.jobs.length)) best = hand;
    }
    return best;
  };
  const giveOut = (): void => {
    let i = 0;
    while (i < waiting.length && [...hands].some(canTake)) {
      const job = waiting[i]!;
      const hand = handFor(job);
      if (hand === undefined) i++;
      else {
        waiting.splice(i, 1);
        if (job.path !== undefined) owners.set(job.path, hand);
        hand.give(job);
      }
    }
  };
  return {
    submit: (name, ask) =>
      new Promise((settle, fail) => {
        const { path } = ask as { readonly path?: string };
        waiting.push({ name, ask, path, settle, fail });
        const isBusy = [...hands].every((hand) => hand.jobs.length > 0 || !hand.isReady());
        const isOwned = path !== undefined && hands.has(owners.get(path)!);
        if (isBusy && !isOwned && hands.size < options.threads)
          hands.add(hire(entry, options, outcomes, pool));
        giveOut();
      }),
    close: async () => {
      isClosed = true;
      await Promise.all([...hands].map((hand) => hand.dismiss()));
    },
  };
}

/** Starts a thread. */
function hire(
  entry: string,
  { limit, ...situation }: ThreadOptions,
  outcomes: Outcomes,
  pool: Map<string, string>,
): Hand {
  const worker = new Worker(entry, { workerData: situation, resourceLimits });
  const unpack = openUnpacker(pool);
  const jobs: Job[] = [];
  let isReady = false;
  let isGone = false;
  let timer: NodeJS.Timeout | undefined;
  const lose = (reason: Loss | Error): void => {
    isGone = true;
    clearTimeout(timer);
    void worker.terminate();
    outcomes.lose(hand, jobs.splice(0), reason);
  };
  /** From when a job is at its turn. Before its first a thread loads what it needs: that time is no notebook's. */
  const watch = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (limit === 0 || jobs.length === 0) return;
    const own = setTimeout(
      () => {
        // The answer may be here, and this thread was too busy to take it.
        setImmediate(() => {
          if (timer === own) lose('time');
        });
      },
      Math.min(limit * 1000, longest),
    );
    timer = own;
  };
  worker.on('message', (message: Message) => {
    if (isGone) return;
    if (message === 'ready') isReady = true;
    else {
      const job = jobs.shift()!;
      if ('error' in message) job.fail(message.error);
      else job.settle(unpack(message.parcel));
      watch();
    }
    outcomes.free();
    if (jobs.length === 0) worker.unref();
  });
  worker.on('error', (error: Error & { readonly code?: string }) => {
    if (!isGone) lose(error.code === 'ERR_WORKER_OUT_OF_MEMORY' && isReady ? 'memory' : error);
  });
  const hand: Hand = {
    jobs,
    isReady: () => isReady,
    give: (job) => {
      jobs.push(job);
      if (jobs.length === 1) {
        worker.ref();
        watch();
      }
      worker.postMessage({ name: job.name, ask: job.ask });
    },
    dismiss: () => worker.terminate(),
  };
  return hand;
}
