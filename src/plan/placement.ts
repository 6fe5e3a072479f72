/** Turns destinations into places: one component after the other goes to its module, or to another one where it fits in. */
import { demandsOf, moduleAskedFor } from './demands.ts';
import type { Destinations } from './destinations.ts';
import type { Draft, DraftMember } from './draft.ts';
import type { ExistingPackage } from './existing/existing.ts';
import type { Importer } from './importers.ts';
import type { Occurrences } from './occurrences.ts';
import type { Refusal } from './refusal.ts';
import { isNamedFor, seekModule, type Conflict, type Fit, type Seeker, type Shelves } from './seeking.ts';
import type { Shelf } from './shelf/shelf.ts';

/** Where everything goes. */
export interface Placement {
  /** For each notebook, the module of each statement that moves. */
  readonly places: readonly ReadonlyMap<number, string>[];
  /** By identity, why what this run puts by its topic stands where it does; completes "it goes there because …". */
  readonly because: ReadonlyMap<string, string>;
  /** By module that is named for another one why it is none with that. */
  readonly apart: ReadonlyMap<string, string>;
  readonly refused: readonly RefusedPlace[];
}

/** A definition that can't be placed lawfully. */
export interface RefusedPlace {
  readonly notebook: number;
  readonly statement: number;
  readonly refusal: Refusal;
}

/** What decides on the places. */
export interface Placing {
  readonly package: string;
  /** Whether what a module of the user has no room for goes to one with a number behind its name, and does not stay. */
  readonly isConflictRenamed: boolean;
  readonly shelves: Shelves;
  readonly occurrences: Occurrences;
  readonly destinations: Destinations;
  readonly runs: ExistingPackage['runs'];
}

type Component = Draft['components'][number];

/** Places the components in the order of the notebooks, what they need before them. */
export function placeComponents(importers: readonly Importer[], placing: Placing): Placement {
  const { filling } = placing.shelves;
  const apart = new Map(placing.destinations.apart);
  const because = new Map<string, string>();
  const refused: RefusedPlace[] = [];
  const places = importers.map((importer, notebook) => {
    const modules = new Map<number, string>();
    const refuse = (statement: number, refusal: Refusal): void => {
      refused.push({ notebook, statement, refusal });
    };
    for (const component of importer.draft.components) {
      const { members } = component;
      if (members.every(({ pasted }) => filling.find(pasted.identity) !== undefined)) {
        for (const member of members) {
          const home = filling.find(member.pasted.identity)!;
          modules.set(member.statement, home);
          const refusal = refuseLate(member, home, importer, placing);
          if (refusal !== undefined) refuse(member.statement, refusal);
        }
        continue;
      }
      const seeker = seekerOf(component, importer.draft, modules, placing);
      const found = seekModule(seeker, placing.shelves, placing.isConflictRenamed);
      if ('clash' in found) {
        for (const { statement, pasted } of members)
          refuse(statement, refuseClash(pasted.offset, found, placing.package));
        continue;
      }
      filling.put(found.module, seeker.demands);
      const reason = reasonFor(component, seeker, found, placing.package);
      for (const { statement, pasted } of members) {
        modules.set(statement, found.module);
        if (reason !== undefined) because.set(pasted.identity, reason);
      }
      for (const module of found.tried) {
        if (!apart.has(module)) apart.set(module, `${placing.package}.${found.wanted}, which ${found.why}`);
      }
    }
    return modules;
  });
  return { places, because, apart, refused };
}

function seekerOf(
  { members, topic }: Component,
  draft: Draft,
  modules: ReadonlyMap<number, string>,
  { destinations, occurrences, runs }: Placing,
): Seeker {
  return {
    demands: demandsOf(members, modules, occurrences, runs),
    asked: moduleAskedFor(members),
    destination: destinations.of.get(members[0]!.pasted.identity),
    topic: topic?.topic,
    own: draft.module,
  };
}

/** Why a notebook can't import a definition from the module that has it, where it stood: it has not yet what that imports. */
function refuseLate(
  { pasted, phase }: DraftMember,
  home: string,
  { environments }: Importer,
  { shelves, package: packageName }: Placing,
): Refusal | undefined {
  const { late } = environments[phase]!;
  const path = late.size === 0 ? undefined : shelves.filling.requiredBy(home).find((each) => late.has(each));
  if (path === undefined) return undefined;
  return {
    code: 'NB416',
    offset: pasted.offset,
    message: `'${packageName}.${home}', which has it, imports '${path}', and the notebook imports that only later`,
    hint: 'Move the imports, and what has to run before them, to the top of the notebook.',
  };
}

function refuseClash(offset: number, { wanted, clash }: Conflict, packageName: string): Refusal {
  return {
    code: 'NB417',
    offset,
    message: `'${packageName}.${wanted}' ${clash.what}`,
    hint: `${clash.isOfNames === true ? 'Rename one of the two, or ask' : 'Ask'} for another module by '# nb2mod: module=…'.`,
  };
}

/** Why what goes by its topic goes where it does; undefined for what does not. */
function reasonFor(
  { topic }: Component,
  { asked }: Seeker,
  { module, wanted, why }: Fit,
  packageName: string,
): string | undefined {
  if (topic === undefined || asked !== undefined) return undefined;
  const hasLeft = wanted === topic.topic && module !== wanted && !isNamedFor(module, wanted);
  return hasLeft ? `${topic.because}, but '${packageName}.${wanted}' ${why}` : topic.because;
}

/** For one notebook, by statement, why that module, where the layout is `topic`; completes "it goes there because …". */
export function reasonsOf(
  { components }: Draft,
  { because }: Placement,
  { find, isNew }: Shelf,
  packageName: string,
): ReadonlyMap<number, string> {
  const reasons = new Map<number, string>();
  for (const { members, topic } of components) {
    for (const { statement, pasted } of members) {
      const { identity } = pasted;
      const isThere = topic !== undefined && !isNew(identity);
      const reason = isThere ? `'${packageName}.${find(identity)}' has it` : because.get(identity);
      if (reason !== undefined) reasons.set(statement, reason);
    }
  }
  return reasons;
}
