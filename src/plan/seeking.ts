/** Turns the destination of a component into the module that it fits into: that one, or another one; or into what it clashes with. */
import { tellRequired } from '../scope/syntax-version.ts';
import type { Clash } from './conditions.ts';
import type { Destination } from './destinations.ts';
import type { Demands } from './shelf/demands.ts';
import type { Shelf } from './shelf/shelf.ts';

/** A component in search of a module. */
export interface Seeker {
  readonly demands: Demands;
  /** Where the user asks it to go. */
  readonly asked: string | undefined;
  /** Where it would go; undefined where the user asks for a module. */
  readonly destination: Destination | undefined;
  /** The module of its topic, where the layout is `topic`. */
  readonly topic: string | undefined;
  /** The module of its notebook. */
  readonly own: string;
}

/** The package as it was before this run, and with what is placed. */
export interface Shelves {
  readonly found: Shelf;
  readonly filling: Shelf;
}

/** The module that a component fits into. */
export interface Fit {
  readonly module: string;
  /** The one that it would rather be in. */
  readonly wanted: string;
  /** Why it is not in that one, if it is not; completes "'churn.data' …". */
  readonly why: string | undefined;
  /** The modules named for that one that were tried. */
  readonly tried: readonly string[];
}

/** What a component clashes with, and can't give way to. */
export interface Conflict {
  readonly wanted: string;
  readonly clash: Clash;
}

/**
 * Where a component fits in: what this run puts into the module that it wants may give way to a module of its own; what
 * was there is a conflict. It is one with the module where it would go whatever it requires: what room that has plays no
 * part, for each run leaves less, and the next one would move what this one has kept.
 * @param isConflictRenamed whether that goes to a module with a number behind its name, too
 */
export function seekModule(seeker: Seeker, shelves: Shelves, isConflictRenamed: boolean): Fit | Conflict {
  const { demands } = seeker;
  const { filling } = shelves;
  const base = seeker.asked ?? seeker.destination!.base;
  const conflict = isConflictRenamed ? undefined : clashBefore(base, demands, shelves);
  if (conflict !== undefined) return { wanted: base, clash: conflict };
  const wanted = wantedBy(seeker, shelves);
  const clash = filling.refuse(wanted, demands);
  const isHopeless = filling.isBelowModule(wanted) || demands.disagreement !== undefined;
  if (clash !== undefined && isHopeless) return { wanted, clash };
  const tried: string[] = [];
  for (const module of candidatesFor(wanted, seeker)) {
    if (isNamedFor(module, wanted)) tried.push(module);
    if (!isOpen(module, demands, filling)) continue;
    const why = module === wanted ? undefined : (clash?.what ?? lackOf(wanted, demands, filling));
    return { module, wanted, why, tried };
  }
  throw new Error('there are always more modules');
}

/** Whether a module has its name from another one: `common_torch`, `data_2`. */
export function isNamedFor(module: string, other: string): boolean {
  return module.startsWith(`${other}_`);
}

/** The module that a component wants; where what was in its first choice refuses it, another one of those named for it. */
function wantedBy({ demands, asked, destination }: Seeker, shelves: Shelves): string {
  if (asked !== undefined) return asked;
  const { module, instead } = destination!;
  if (clashBefore(module, demands, shelves) === undefined) return module;
  return instead.find((each) => isOpen(each, demands, shelves.filling)) ?? module;
}

/**
 * Why a module refused a component before this run put anything there; in which modules the run puts what it needs has no
 * say in that.
 */
function clashBefore(module: string, demands: Demands, { found }: Shelves): Clash | undefined {
  return found.has(module) ? found.refuse(module, { ...demands, needs: new Set() }) : undefined;
}

function isOpen(module: string, demands: Demands, shelf: Shelf): boolean {
  return shelf.refuse(module, demands) === undefined && shelf.hasRoom(module, demands);
}

/**
 * The modules that a component may go to, in order. By topic, modules lean on each other soon: then it goes to what it
 * leans on, or to its notebook's own.
 */
function* candidatesFor(wanted: string, { demands, topic, own }: Seeker): Generator<string> {
  yield wanted;
  if (wanted === topic) yield* [...[...demands.needs].sort(), own];
  for (let i = 2; ; i++) yield `${wanted}_${i}`;
}

/** Why a module has no room that does not refuse. */
function lackOf(module: string, demands: Demands, shelf: Shelf): string {
  const lacked = shelf.lackedIn(module, demands);
  return lacked === undefined
    ? 'is also imported where what these need may be missing'
    : `needs '${tellRequired(lacked)}', which may be missing where these are imported`;
}
