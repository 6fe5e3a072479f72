/** Turns the drafts of all notebooks, and the package that is there, into a plan: which module each definition goes to. */
import { keptCopies, lackingIn } from './copies.ts';
import { requiredThrough } from './demands.ts';
import { chooseDestinations } from './destinations.ts';
import type { Draft } from './draft.ts';
import type { ExistingPackage } from './existing/existing.ts';
import { importersOf, tellMembers, tellUses } from './importers.ts';
import { occurrencesOf } from './occurrences.ts';
import { placeComponents, reasonsOf, type RefusedPlace } from './placement.ts';
import { collectModules, type PlannedModule } from './planned.ts';
import { openShelf } from './shelf/shelf.ts';

export interface PlanOptions {
  readonly package: string;
  /** The folders of the package that are packages themselves, dotted: a module of that name could not be imported. */
  readonly folders?: ReadonlySet<string>;
  /** Whether what a module of the user has no room for goes to one with a number behind its name, and does not stay. */
  readonly isConflictRenamed?: boolean;
  /** Drafts without components, of notebooks that take no part but import the package: they must not come to need more. */
  readonly bystanders?: readonly Draft[];
}

export interface Plan {
  /** The modules that are to be written, or to be added to. */
  readonly collect: () => readonly PlannedModule[];
  /** For each notebook, the module of each statement that moves. */
  readonly places: readonly ReadonlyMap<number, string>[];
  /** For each notebook, by statement, why that module, where the layout is `topic`; completes "it goes there because …". */
  readonly reasons: readonly ReadonlyMap<number, string>[];
  /** For each notebook, by statement, the comment lines that the one copy which is kept lacks. */
  readonly comments: () => readonly ReadonlyMap<number, readonly string[]>[];
}

/**
 * Gives each member of each draft its module; drafts in the order of their paths, so that the plan is the same whatever
 * the order of the arguments.
 *
 * Each notebook is seen as an importer: what does it import from the package already, and what has it by then? From that
 * follows what all have in common who share a definition, and so where it would go by its topic, its notebook and what it
 * requires. Then one component after the other is put on a shelf that tells where it fits in.
 * @returns the definitions that have no place; then they are to be excluded, and their notebooks drafted anew
 */
export function planModules(
  drafts: readonly Draft[],
  present: Pick<ExistingPackage, 'places' | 'runs' | 'tell' | 'codeOf'>,
  options: PlanOptions,
): Plan | { readonly refused: readonly RefusedPlace[] } {
  const { package: packageName, folders = new Set(), isConflictRenamed = false, bystanders = [] } = options;
  /** The package as it is before this run, and as it fills. */
  const found = openShelf(present.places, packageName, folders);
  const filling = openShelf(present.places, packageName, folders);
  const all = importersOf([...drafts, ...bystanders], present, found);
  const importers = all.slice(0, drafts.length);
  const occurrences = occurrencesOf(importers, (members) => requiredThrough(members, present.runs, found));
  const destinations = chooseDestinations(all, occurrences, found, packageName);
  for (const shelf of [found, filling]) tellUses(all, present, shelf);
  tellMembers(importers, found, filling);
  const placement = placeComponents(importers, {
    package: packageName,
    isConflictRenamed,
    shelves: { found, filling },
    occurrences,
    destinations,
    runs: present.runs,
  });
  if (placement.refused.length > 0) return { refused: placement.refused };
  const copies = keptCopies(drafts, present.codeOf);
  return {
    collect: () => collectModules(drafts, placement, filling, copies),
    places: placement.places,
    reasons: drafts.map((draft) => reasonsOf(draft, placement, filling, packageName)),
    comments: () => drafts.map((draft) => lackingIn(draft, copies)),
  };
}
