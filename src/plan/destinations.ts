/** Turns importers into destinations: the module that each component would go to, were there nothing else to mind. */
import { tellRequired } from '../scope/syntax-version.ts';
import { sharedModule } from '../text/module-name.ts';
import { moduleAskedFor } from './demands.ts';
import type { Draft, DraftMember } from './draft.ts';
import type { Importer } from './importers.ts';
import type { Occurrences } from './occurrences.ts';
import { intersection } from './requirements.ts';
import type { Shelf } from './shelf/shelf.ts';

/** Where a component would go. */
export interface Destination {
  /** Where it would go, whatever it requires. */
  readonly base: string;
  readonly module: string;
  /** Where that is a module named for what it requires, those that it may go to as well. */
  readonly instead: readonly string[];
}

export interface Destinations {
  /** By the identity of a component's first member; none for what the package has, or what asks for a module. */
  readonly of: ReadonlyMap<string, Destination>;
  /** By module that is named for another one why it is none with that. */
  readonly apart: ReadonlyMap<string, string>;
}

/** Where a component would go, whatever it requires. */
interface Wish {
  readonly module: string;
  /** How many phases later it can be imported than what its notebook brings there first. */
  readonly wait: number;
}

/**
 * The module of each component that asks for none: that of its topic, `common` for what several notebooks share, or the
 * notebook's own. What requires something that not all who import from there have goes to a module named for it:
 * `common_torch`.
 * @param found the package as it is before this run
 */
export function chooseDestinations(
  importers: readonly Importer[],
  occurrences: Occurrences,
  found: Shelf,
  packageName: string,
): Destinations {
  const { wishes, homes } = wishesOf(importers, occurrences, found);
  const wanted = [...wishes].map(([identity, { module }]) => [identity, module] as const);
  const rooms = roomsOf(importers, [...homes, ...wanted], occurrences);
  const rarity = rarityIn(importers);
  const destinations = new Map<string, Destination>();
  const apart = new Map<string, string>();
  const keepApart = (name: string, module: string, why: string): void => {
    apart.set(name, `${packageName}.${module}, which ${why}`);
  };
  for (const [identity, { module, wait }] of wishes) {
    const room = rooms.get(module)!;
    const missing = [...occurrences.get(identity)!.requires].filter((path) => !room.has(path));
    if (missing.length > 0) {
      const rarest = rarity([...new Set(missing.map((path) => path.split('.', 1)[0]!))]);
      const [first = module, ...others] = rarest.map((top) => {
        const name = `${module}_${top.toLowerCase()}`;
        keepApart(name, module, `is also imported where ${tellRequired(top)} may be missing`);
        return name;
      });
      destinations.set(identity, { base: module, module: first, instead: [...others, module] });
      continue;
    }
    const name = wait > 0 ? `${module}_${wait + 1}` : module;
    if (wait > 0) keepApart(name, module, 'is imported before these can be');
    destinations.set(identity, { base: module, module: name, instead: [] });
  }
  return { of: destinations, apart };
}

/** Where components would go by what they are, and the modules of those that the package has; both by identity. */
function wishesOf(
  importers: readonly Importer[],
  occurrences: Occurrences,
  found: Shelf,
): { readonly wishes: ReadonlyMap<string, Wish>; readonly homes: ReadonlyMap<string, string> } {
  const wishes = new Map<string, Wish>();
  const homes = new Map<string, string>();
  for (const { draft } of importers) {
    const own: Waiting[] = [];
    for (const { members, topic } of draft.components) {
      const { identity } = members[0]!.pasted;
      if (members.every(({ pasted }) => found.find(pasted.identity) !== undefined)) {
        homes.set(identity, found.find(identity)!);
        continue;
      }
      if (wishes.has(identity) || moduleAskedFor(members) !== undefined) continue;
      const base = baseOf(draft, members, occurrences);
      const module = topic?.topic ?? base;
      if (base === draft.module)
        own.push({ identity, module, readyIn: Math.max(...members.map(({ readyIn }) => readyIn)) });
      wishes.set(identity, { module, wait: 0 });
    }
    const firsts = firstPhases(own);
    for (const { identity, module, readyIn } of own)
      wishes.set(identity, { module, wait: readyIn - firsts.get(module)! });
  }
  return { wishes, homes };
}

function baseOf(draft: Draft, members: readonly DraftMember[], occurrences: Occurrences): string {
  if (draft.layout === 'flat') return 'core';
  const isShared = members.some(({ pasted }) => occurrences.get(pasted.identity)!.notebooks > 1);
  return isShared ? sharedModule : draft.module;
}

/** What only one notebook has, and the phase of it that it waits for. */
interface Waiting {
  readonly identity: string;
  readonly module: string;
  readonly readyIn: number;
}

/**
 * By module the first phase in which one notebook imports it: what the notebook imports from the package only later, as
 * from a module that needs what is installed, waits for that.
 */
function firstPhases(own: readonly Waiting[]): ReadonlyMap<string, number> {
  const firsts = new Map<string, number>();
  for (const { module, readyIn } of own) firsts.set(module, Math.min(readyIn, firsts.get(module) ?? readyIn));
  return firsts;
}

/** What all who import from a module have, or will when components are where they want to go. */
function roomsOf(
  importers: readonly Importer[],
  wanted: readonly (readonly [identity: string, module: string])[],
  occurrences: Occurrences,
): ReadonlyMap<string, ReadonlySet<string>> {
  const rooms = new Map<string, ReadonlySet<string>>();
  const narrow = (module: string, stock: ReadonlySet<string>): void => {
    rooms.set(module, intersection(rooms.get(module) ?? stock, stock));
  };
  for (const { uses, environments } of importers) {
    for (const { module, phase } of uses) narrow(module, environments[phase]!.stock);
  }
  for (const [identity, module] of wanted) narrow(module, occurrences.get(identity)!.stock);
  return rooms;
}

/** @returns what puts the packages first that the fewest notebooks have */
function rarityIn(importers: readonly Importer[]): (packages: readonly string[]) => string[] {
  let counts: ReadonlyMap<string, number> | undefined;
  const countOf = (path: string): number => (counts ??= countOwners(importers)).get(path) ?? 0;
  return (packages) => [...packages].sort((a, b) => countOf(a) - countOf(b) || (a < b ? -1 : 1));
}

/** How many notebooks have each package. */
function countOwners(importers: readonly Importer[]): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  for (const { environments } of importers) {
    for (const path of environments.at(-1)!.stock)
      if (!path.includes('.')) owners.set(path, (owners.get(path) ?? 0) + 1);
  }
  return owners;
}
