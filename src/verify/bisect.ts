/** Finds the smallest set of moved definitions to put back so that a notebook shows what it showed before. */

export interface Suspects<T> {
  /** All definitions that moved, in a fixed order. */
  readonly moved: readonly T[];
  /** Those that the cells at fault use, directly or not, if that is known: they are tried first. */
  readonly likely?: ReadonlySet<T>;
  /**
   * What really stays when these are kept: themselves, and every moved definition that needs one of them, directly or
   * not (a module can't import from a notebook).
   */
  readonly closure: (keep: ReadonlySet<T>) => ReadonlySet<T> | Promise<ReadonlySet<T>>;
  /** Whether the outputs agree when exactly these stay. Called with closures only, never twice with the same. */
  readonly agrees: (keep: ReadonlySet<T>) => Promise<boolean>;
}

/**
 * The set to keep, closed, such that the outputs agree and nothing in it could move (1-minimal). Found as
 * QuickXplain finds a minimal conflict (Junker 2004): about k log2(n/k) runs for k culprits among n. Undefined if not
 * even keeping everything that moved makes the outputs agree.
 */
export async function findSmallestKeep<T>(suspects: Suspects<T>): Promise<ReadonlySet<T> | undefined> {
  const { moved, closure } = suspects;
  const order = new Map(moved.map((definition, index) => [definition, index]));
  const verdicts = new Map<string, boolean>();
  const agrees = async (keep: Iterable<T>): Promise<boolean> => {
    const closed = await closure(new Set(keep));
    const key = [...closed]
      .map((definition) => order.get(definition) ?? -1)
      .sort((a, b) => a - b)
      .join();
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const verdict = await suspects.agrees(closed);
    verdicts.set(key, verdict);
    return verdict;
  };

  if (await agrees([])) return new Set();
  // Those that few others need come first: QuickXplain prefers what comes first, and they take the fewest with them.
  const reaches: { definition: T; reach: number }[] = [];
  for (const definition of moved) {
    reaches.push({ definition, reach: (await closure(new Set([definition]))).size });
  }
  const byReach = reaches
    .sort((a, b) => a.reach - b.reach || order.get(a.definition)! - order.get(b.definition)!)
    .map(({ definition }) => definition);
  const likely = byReach.filter((definition) => suspects.likely?.has(definition) === true);
  let candidates = byReach;
  if (likely.length > 0 && likely.length < byReach.length && (await agrees(likely))) candidates = likely;
  else if (!(await agrees(byReach))) return undefined;

  const explain = async (kept: readonly T[], added: boolean, from: readonly T[]): Promise<T[]> => {
    if (added && (await agrees(kept))) return [];
    if (from.length <= 1) return [...from];
    const half = Math.ceil(from.length / 2);
    const [left, right] = [from.slice(0, half), from.slice(half)];
    const rightCause = await explain([...kept, ...left], true, right);
    const leftCause = await explain([...kept, ...rightCause], rightCause.length > 0, left);
    return [...leftCause, ...rightCause];
  };
  let keep = await closure(new Set(await explain([], false, candidates)));

  // What only came along because it needs a culprit stays; but what a culprit merely needs may still move.
  let shrunk = true;
  while (shrunk) {
    shrunk = false;
    for (const definition of keep) {
      const rest = [...keep].filter((other) => other !== definition);
      // Only if nothing that would stay drags it back in.
      if ((await closure(new Set(rest))).has(definition)) continue;
      if (await agrees(rest)) {
        keep = new Set(rest);
        shrunk = true;
        break;
      }
    }
  }
  return keep;
}
