/** Has tasks done in threads, each by the one that knows its notebook. */
import { Worker } from 'node:worker_threads';
import { openUnpacker } from './parcel.ts';
import type { TaskName } from './tasks.ts';

/** Stands in place of an answer that never came: the task took too long, or more memory than a thread may have. */
export type Failure = 'time' | 'memory';

/** Has a task done. Rejected where it throws, which is a fault of ours. */
export type Submit = (name: TaskName, ask: unknown) => Promise<unknown>;

/** What a thread is told when it starts. */
export interface Situation {
  /** One number, in memory that both sides see: how many jobs the thread has begun. */
  readonly begun: Int32Array;
  /** How many threads share the memory. */
  readonly threads: number;
  /** Whether the process belongs to another program. */
  readonly isGuest: boolean;
}

/** What a thread is given, several at once. */
export interface Order {
  readonly name: TaskName;
  readonly ask: unknown;
}

export type Reply = { readonly answer: unknown } | { readonly parcel: string } | { readonly error: unknown };

/** What a thread says: first that it has loaded what it needs, then its replies to jobs, in the order of the jobs. */
export type Message = 'ready' | readonly Reply[];

export interface ThreadOptions extends Omit<Situation, 'begun'> {
  /** Seconds that one task may take; 0: as many as it likes. */
  readonly limit: number;
}

interface Job extends Order {
  /** Of the notebook that it is about, if it is about one. */
  readonly path: string | undefined;
  readonly settle: (answer: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** A thread at work. */
interface Hand {
  /** What it is to be given, was given, and has not answered. */
  readonly jobs: readonly Job[];
  readonly canTake: () => boolean;
  readonly isReady: () => boolean;
  readonly give: (job: Job) => void;
  /** Lets it have what it was given since the last time. */
  readonly send: () => void;
  readonly dismiss: () => Promise<unknown>;
}

/** What becomes of a thread's jobs. */
interface Outcomes {
  /** It can be given another job. */
  readonly free: () => void;
  /** It is gone, in the midst of a job if it had begun one, and does not answer the others any more. */
  readonly lose: (hand: Hand, job: Job | undefined, others: readonly Job[], reason: Failure | Error) => void;
}

/**
 * Of each thread: what a notebook of the largest size that is read takes, many times over; and so much for what is new
 * that little of what one task makes outlives it.
 */
const resourceLimits = { maxOldGenerationSizeMb: 3072, maxYoungGenerationSizeMb: 64 };
/**
 * A thread may have twice as many jobs as its last message answered, so that it need not wait between two messages; at
 * least this many and at most that many. It answers every few milliseconds: behind a big notebook few others wait.
 */
const fewestGiven = 3;
const mostGiven = 24;

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
    lose: (hand, job, others, reason) => {
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
  /** Who takes a job now: its owner, or the one with the least to do. One that was lost knows nothing any more. */
  const handFor = ({ path }: Job): Hand | undefined => {
    const owner = path === undefined ? undefined : owners.get(path);
    if (owner !== undefined && hands.has(owner)) return owner.canTake() ? owner : undefined;
    let best: Hand | undefined;
    for (const hand of hands) {
      if (hand.canTake() && (best === undefined || hand.jobs.length < best.jobs.length)) best = hand;
    }
    return best;
  };
  const giveOut = (): void => {
    let i = 0;
    while (i < waiting.length && [...hands].some((hand) => hand.canTake())) {
      const job = waiting[i]!;
      const hand = handFor(job);
      if (hand === undefined) i++;
      else {
        waiting.splice(i, 1);
        if (job.path !== undefined) owners.set(job.path, hand);
        hand.give(job);
      }
    }
    for (const hand of hands) hand.send();
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
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const workerData: Situation = { ...situation, begun };
  const worker = new Worker(entry, { workerData, resourceLimits });
  const unpack = openUnpacker(pool);
  const jobs: Job[] = [];
  let unsent: Order[] = [];
  let answered = 0;
  let room = fewestGiven;
  let isReady = false;
  let isGone = false;
  let timer: NodeJS.Timeout | undefined;
  /** The job that it is at. What it did before that may not have been answered yet. */
  const current = (): Job | undefined => jobs[Atomics.load(begun, 0) - answered - 1];
  const lose = (reason: Failure | Error): void => {
    isGone = true;
    clearTimeout(timer);
    void worker.terminate();
    const job = current() ?? jobs[0];
    const others = jobs.filter((other) => other !== job);
    jobs.length = 0;
    outcomes.lose(hand, job, others, reason);
  };
  /** From when a job may be at its turn. Before its first a thread loads what it needs: that time is no notebook's. */
  const watch = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (limit === 0 || jobs.length === 0) return;
    const before = Atomics.load(begun, 0);
    const own = setTimeout(() => {
      // The answer may be here, and this thread was too busy to take it; or it is at another job by now.
      setImmediate(() => {
        if (timer !== own) return;
        if (Atomics.load(begun, 0) === before) lose('time');
        else watch();
      });
    }, limit * 1000);
    timer = own;
  };
  worker.on('message', (message: Message) => {
    if (isGone) return;
    if (message === 'ready') isReady = true;
    else {
      answered += message.length;
      room = Math.min(mostGiven, Math.max(fewestGiven, 2 * message.length));
      for (const reply of message) {
        const job = jobs.shift()!;
        if ('error' in reply) job.fail(reply.error);
        else job.settle('parcel' in reply ? unpack(reply.parcel) : reply.answer);
      }
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
    canTake: () => isReady && jobs.length < room,
    isReady: () => isReady,
    give: (job) => {
      jobs.push(job);
      unsent.push({ name: job.name, ask: job.ask });
    },
    send: () => {
      if (unsent.length === 0) return;
      if (timer === undefined) {
        worker.ref();
        watch();
      }
      worker.postMessage(unsent);
      unsent = [];
    },
    dismiss: () => worker.terminate(),
  };
  return hand;
}
