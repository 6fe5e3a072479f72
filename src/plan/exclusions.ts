/** Keeps, while a plan is made, which definitions must stay, and which notebooks are to be drafted anew for that. */
import type { Exclusions } from './notebook-graph.ts';
import type { RefusedPlace } from './placement.ts';
import type { Refusal } from './refusal.ts';

export interface ExclusionLedger {
  readonly of: (notebook: number) => Exclusions;
  readonly exclude: (notebook: number, statement: number, refusal: Refusal) => void;
  /** Excludes what has no place: first what has none for good, and only if there is no such thing what might have one. */
  readonly excludeRefused: (refused: readonly RefusedPlace[]) => void;
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
  /** What had no place beside all else that was to move: looked at anew when less is. */
  const tentative: RefusedPlace[] = [];
  const exclude: ExclusionLedger['exclude'] = (notebook, statement, refusal) => {
    for (const place of tentative.splice(0)) {
      all[place.notebook]!.delete(place.statement);
      stale.add(place.notebook);
    }
    all[notebook]!.set(statement, refusal);
    stale.add(notebook);
  };
  return {
    of: (notebook) => all[notebook]!,
    exclude,
    excludeRefused: (refused) => {
      const lasting = refused.filter(({ isTentative }) => !isTentative);
      for (const { notebook, statement, refusal } of lasting) exclude(notebook, statement, refusal);
      for (const place of lasting.length > 0 ? [] : refused) {
        all[place.notebook]!.set(place.statement, place.refusal);
        stale.add(place.notebook);
        tentative.push(place);
      }
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
