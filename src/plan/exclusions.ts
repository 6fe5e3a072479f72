/** Keeps, while a plan is made, which definitions must stay, and which notebooks are to be drafted anew for that. */
import type { Exclusions } from './notebook-graph.ts';
import type { Refusal } from './refusal.ts';

export interface ExclusionLedger {
  readonly of: (notebook: number) => Exclusions;
  readonly exclude: (notebook: number, statement: number, refusal: Refusal) => void;
  /** Whether notebooks are to be drafted. */
  readonly isStale: () => boolean;
  readonly markStale: (notebook: number) => void;
  /** The notebooks that are to be drafted; they are taken to be drafted then. */
  readonly takeStale: () => readonly number[];
}

/**
 * @param before for each notebook, what stays from the beginning
 * @param isDrafted whether there is a draft of a notebook already
 */
export function openExclusions(
  before: readonly Exclusions[],
  isDrafted: (notebook: number) => boolean,
): ExclusionLedger {
  const all = before.map((each) => new Map(each));
  const stale = new Set([...all.keys()].filter((notebook) => !isDrafted(notebook)));
  return {
    of: (notebook) => all[notebook]!,
    exclude: (notebook, statement, refusal) => {
      all[notebook]!.set(statement, refusal);
      stale.add(notebook);
    },
    isStale: () => stale.size > 0,
    markStale: (notebook) => stale.add(notebook),
    takeStale: () => {
      const taken = [...stale];
      stale.clear();
      return taken;
    },
  };
}
