/** Turns the drafts of all notebooks, and the package that is there, into a plan: which module each definition goes to. */
import { sharedModule } from '../text/module-name.ts';
import { lackingComments, richestOf } from './comments.ts';
import { disagreementOf } from './conditions.ts';
import type { Draft, DraftMember } from './draft.ts';
import type { ExistingPackage } from './existing.ts';
import type { Pasted } from './pasted.ts';
import type { Refusal } from './refusal.ts';
import { intersection, nothing, withPackages } from './requirements.ts';
import { openShelf, type Demands, type Shelf } from './shelf.ts';

export interface PlanOptions {
  readonly package: string;
  /** The folders of the package that are packages themselves, dotted: a module of that name could not be imported. */
  readonly folders?: ReadonlySet<string>;
  /** Whether what a module of the user has no room for goes to one with a number behind its name, and does not stay. */
  readonly isConflictRenamed?: boolean;
}

/** One definition, constant or import block, to be written once into a module. */
export interface Member
  extends
    Omit<DraftMember, 'pasted' | 'needs' | 'phase' | 'readyIn'>,
    Omit<Pasted, 'needs' | 'inner' | 'leavesLead'> {
  /** The first notebook that has it. Its code is that of the copy with most to say in its comments. */
  readonly source: number;
  /** What it imports from outside, and from other modules of the package that were there. */
  readonly imports: Pasted['imports'];
  /** Which names it takes from other modules of the package. */
  readonly takes: readonly { readonly name: string; readonly module: string }[];
}

export interface PlannedModule {
  /** Dotted, without the package. */
  readonly module: string;
  /** In the order in which they are to stand. */
  readonly members: readonly Member[];
  /** The paths of the notebooks that its members come from. */
  readonly sources: readonly string[];
  /** Why it is not one with the module that it has its name from; completes "They stand apart from …". */
  readonly apart?: string | undefined;
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

/** A definition that can't be placed lawfully. */
export interface RefusedPlace {
  readonly notebook: number;
  readonly statement: number;
  /** Whether there might be a place if less were to move than does. */
  readonly isTentative: boolean;
  readonly refusal: Refusal;
}

/**
 * Gives each member of each draft its module; drafts in the order of their paths, so that the plan is the same whatever
 * the order of the arguments.
 * @returns the definitions that have no place; then they are to be excluded, and their notebooks drafted anew
 */
export function planModules(
  drafts: readonly Draft[],
  { places: existing, runs, tell, codeOf }: Pick<ExistingPackage, 'places' | 'runs' | 'tell' | 'codeOf'>,
  options: PlanOptions,
): Plan | { readonly refused: readonly RefusedPlace[] } {
  const refused: RefusedPlace[] = [];
  const shelf = openShelf(existing, options.package, options.folders ?? new Set());
  const existingModules = existing.map(({ module }) => module);
  const phases = phasesOf(drafts, runs, shelf, existingModules);
  const heard = drafts.map(({ uses }) => shelf.runBy(uses.flatMap(({ clause }) => runs(clause))));
  const occurrences = countOccurrences(drafts, phases, heard);
  const { wants, apart, ...chosen } = chooseModules(
    drafts,
    runs,
    occurrences,
    phases,
    shelf,
    options.package,
  );
  const users = new Set(existingModules);
  const places = drafts.map(() => new Map<number, string>());
  const reasons = drafts.map(() => new Map<number, string>());
  /** By identity, why what this run puts somewhere stands there. */
  const because = new Map<string, string>();
  // As it was before this run: what is put on the other one is not there.
  const found = openShelf(existing, options.package, options.folders ?? new Set());
  for (const each of [shelf, found]) {
    drafts.forEach(({ path, uses, views }, notebook) => {
      for (const { clause, phase } of uses) {
        for (const module of runs(clause)) each.use(module, phases[notebook]![phase]!.stock, clause.member);
      }
      if (views === undefined) return;
      const stars = uses.flatMap(({ clause }) => (clause.name === '*' ? runs(clause) : []));
      const seen = views.map(([name, meaning]) => [name, meaning && tell(meaning).meaning] as const);
      each.watch(path, stars, seen);
    });
  }
  drafts.forEach(({ components }, notebook) => {
    for (const { pasted, phase } of components.flatMap(({ members }) => members)) {
      const home = found.find(pasted.identity);
      if (home !== undefined) shelf.use(home, phases[notebook]![phase]!.stock);
    }
  });
  drafts.forEach((draft, notebook) => {
    const modules = places[notebook]!;
    for (const component of draft.components) {
      const { members } = component;
      if (members.every(({ pasted }) => shelf.find(pasted.identity) !== undefined)) {
        for (const { statement, pasted, phase } of members) {
          const home = shelf.find(pasted.identity)!;
          const { late } = phases[notebook]![phase]!;
          const path = late.size === 0 ? undefined : shelf.requiredBy(home).find((each) => late.has(each));
          modules.set(statement, home);
          const isThere = component.topic !== undefined && !shelf.isNew(pasted.identity);
          const reason = isThere ? `'${options.package}.${home}' has it` : because.get(pasted.identity);
          if (reason !== undefined) reasons[notebook]!.set(statement, reason);
          if (path === undefined) continue;
          const refusal: Refusal = {
            code: 'NB416',
            offset: pasted.offset,
            message: `'${options.package}.${home}', which has it, imports '${path}', and the notebook imports that only later`,
            hint: 'Move the imports, and what has to run before them, to the top of the notebook.',
          };
          refused.push({ notebook, statement, refusal, isTentative: false });
        }
        continue;
      }
      const demands = demandsOf(members, modules, occurrences, runs);
      const { identity } = members[0]!.pasted;
      const asked = moduleAskedFor(members);
      const first = asked ?? wants.get(identity)!;
      const isTaken = (other: string): boolean =>
        users.has(other) && found.refuse(other, demands) !== undefined;
      const instead = asked === undefined && isTaken(first) ? (chosen.instead.get(identity) ?? []) : [];
      const isOpen = (other: string): boolean =>
        shelf.refuse(other, demands) === undefined && shelf.hasRoom(other, demands);
      const wanted = instead.find(isOpen) ?? first;
      let module = wanted;
      // What this run puts there may give way to a module of its own; what the user has there is a conflict.
      const clash = shelf.refuse(wanted, demands);
      const isConflict = options.isConflictRenamed !== true && isTaken(wanted);
      const isHopeless = shelf.isBelowModule(wanted) || demands.disagreement !== undefined;
      if (clash !== undefined && (isConflict || isHopeless)) {
        for (const { statement, pasted } of members) {
          refused.push({
            notebook,
            statement,
            isTentative: instead.length > 0,
            refusal: {
              code: 'NB417',
              offset: pasted.offset,
              message: `'${options.package}.${wanted}' ${clash.what}`,
              hint: `${clash.isOfNames === true ? 'Rename one of the two, or ask' : 'Ask'} for another module by '# nb2mod: module=…'.`,
            },
          });
        }
        continue;
      }
      const isByTopic = wanted === component.topic?.topic;
      const others = isByTopic ? [...[...demands.needs].sort(), draft.module] : [];
      /** Why what is to be put into the module asked for has no place there. */
      const why = (): string => {
        if (clash !== undefined) return clash.what;
        const lacked = shelf.lackedIn(wanted, demands);
        return lacked === undefined
          ? 'is also imported where what these need may be missing'
          : `needs '${lacked}', which may be missing where these are imported`;
      };
      for (let i = 2; shelf.refuse(module, demands) !== undefined || !shelf.hasRoom(module, demands);) {
        // By topic, modules lean on each other soon: then it goes to what it leans on, or to its notebook's own.
        module = others.shift() ?? `${wanted}_${i++}`;
        if (module.startsWith(`${wanted}_`) && !apart.has(module))
          apart.set(module, `${options.package}.${wanted}, which ${why()}`);
      }
      shelf.put(module, demands);
      const hasLeft = isByTopic && module !== wanted && !module.startsWith(`${wanted}_`);
      const aside = hasLeft ? `, but '${options.package}.${wanted}' ${why()}` : '';
      for (const { statement, pasted } of members) {
        modules.set(statement, module);
        if (component.topic === undefined || asked !== undefined) continue;
        const reason = `${component.topic.because}${aside}`;
        reasons[notebook]!.set(statement, reason);
        because.set(pasted.identity, reason);
      }
    }
  });
  if (refused.length > 0) return { refused };
  const codes = codesOf(drafts, codeOf);
  return {
    collect: () => collectModules(drafts, places, shelf, codes, apart),
    places,
    reasons,
    comments: () => drafts.map((draft) => lackingIn(draft, codes)),
  };
}

/**
 * By identity the code of the copy that is kept, where copies differ: the one that is there, or the one with most to say
 * in its comments.
 */
function codesOf(drafts: readonly Draft[], existing: ExistingPackage['codeOf']): ReadonlyMap<string, string> {
  const copies = new Map<string, Set<string>>();
  for (const { components } of drafts) {
    for (const { pasted } of components.flatMap(({ members }) => members)) {
      const known = copies.get(pasted.identity);
      if (known === undefined) copies.set(pasted.identity, new Set([pasted.code]));
      else known.add(pasted.code);
    }
  }
  const codes = new Map<string, string>();
  for (const [identity, all] of copies) {
    const there = existing(identity);
    if (there !== undefined) codes.set(identity, there);
    else if (all.size > 1) codes.set(identity, richestOf([...all]));
  }
  return codes;
}

function lackingIn(
  { components }: Draft,
  codes: ReadonlyMap<string, string>,
): ReadonlyMap<number, readonly string[]> {
  const lacking = new Map<number, readonly string[]>();
  for (const { statement, pasted } of components.flatMap(({ members }) => members)) {
    const kept = codes.get(pasted.identity);
    const lines = kept === undefined ? [] : lackingComments(pasted.code, kept);
    if (lines.length > 0) lacking.set(statement, lines);
  }
  return lacking;
}

/** What is said of one identity in all the drafts. */
interface Occurrence {
  /** In how many it occurs. */
  notebooks: number;
  /** The index of the last of them. */
  last: number;
  /** What all of these have by then, and what it requires. */
  stock: ReadonlySet<string>;
  /** What any of these has only later. */
  late: ReadonlySet<string>;
  /** The modules of the package that run in all of them anyway. */
  heard: ReadonlySet<string>;
  /** What it requires, with all that it needs. */
  readonly requires: ReadonlySet<string>;
}

function countOccurrences(
  drafts: readonly Draft[],
  phases: readonly (readonly Phase[])[],
  heard: readonly ReadonlySet<string>[],
): ReadonlyMap<string, Occurrence> {
  const occurrences = new Map<string, Occurrence>();
  drafts.forEach(({ components }, draft) => {
    const identities = new Map<number, string>();
    for (const { members } of components) {
      for (const { statement, pasted } of members) identities.set(statement, pasted.identity);
      let requires: Set<string> | undefined;
      for (const { pasted, phase } of members) {
        const { stock, late } = phases[draft]![phase]!;
        const known = occurrences.get(pasted.identity);
        if (known === undefined) {
          requires ??= new Set(
            members.flatMap((member) => [
              ...member.pasted.requires,
              ...member.needs.flatMap((need) => [
                ...(occurrences.get(identities.get(need)!)?.requires ?? []),
              ]),
            ]),
          );
          const isStocked = [...requires].every((path) => stock.has(path));
          const whole = isStocked ? stock : new Set([...stock, ...requires]);
          occurrences.set(pasted.identity, {
            notebooks: 1,
            last: draft,
            stock: whole,
            late,
            requires,
            heard: heard[draft]!,
          });
          continue;
        }
        if (known.last !== draft) known.notebooks++;
        known.last = draft;
        known.stock = intersection(known.stock, stock, known.requires);
        known.heard = intersection(known.heard, heard[draft]!);
        if (late.size > 0) known.late = new Set([...known.late, ...late]);
      }
    }
  });
  return occurrences;
}

/** What is known of the environment of a notebook in one of its phases. */
interface Phase {
  /** What may be imported in it. */
  readonly stock: ReadonlySet<string>;
  /** What the notebook itself imports only later, after a barrier such as `%pip install`. */
  readonly late: ReadonlySet<string>;
}

/**
 * For each notebook its phases: it must not break because a module that it shares with others imports what only they have.
 * Where the layout says what goes together (`topic`, `flat`), all that any notebook requires is taken to be there, or the
 * package does, but for what a notebook itself imports only later.
 * @param modules those that are there
 */
function phasesOf(
  drafts: readonly Draft[],
  runs: ExistingPackage['runs'],
  shelf: Shelf,
  modules: readonly string[],
): (readonly Phase[])[] {
  let everything: ReadonlySet<string> | undefined;
  const allRequired = (): ReadonlySet<string> =>
    (everything ??= new Set([
      ...modules.flatMap((module) => shelf.requiredBy(module)),
      ...drafts.flatMap(({ components }) =>
        components.flatMap(({ members }) => members.flatMap(({ pasted }) => pasted.requires)),
      ),
    ]));
  return drafts.map(({ layout, available, uses }) => {
    const known = available.map((paths, phase) => {
      const brought = uses
        .filter((use) => use.phase <= phase)
        .flatMap(({ clause }) => runs(clause).flatMap((module) => shelf.requiredBy(module)))
        .flatMap(withPackages);
      return new Set([...paths, ...brought]);
    });
    const all = known.at(-1)!;
    return known.map((found): Phase => {
      const late = found.size === all.size ? nothing : new Set([...all].filter((path) => !found.has(path)));
      if (layout === 'notebook') return { stock: found, late };
      const stock = allRequired();
      return {
        stock: late.size === 0 ? stock : new Set([...stock].filter((path) => !late.has(path))),
        late,
      };
    });
  });
}

/** The module that a directive, the configuration or the user asks for. */
function moduleAskedFor(members: readonly DraftMember[]): string | undefined {
  return members.find(({ module }) => module !== undefined)?.module;
}

/**
 * The module of each component that asks for none, by the identity of its first member: that of its topic, `common` for
 * what several notebooks share, or the notebook's own. What requires something that not all who import from there have
 * goes to a module named for it: `common_torch`.
 */
function chooseModules(
  drafts: readonly Draft[],
  runs: ExistingPackage['runs'],
  occurrences: ReadonlyMap<string, Occurrence>,
  phases: readonly (readonly Phase[])[],
  shelf: Shelf,
  packageName: string,
): {
  readonly wants: ReadonlyMap<string, string>;
  /** Where that is a module named for what it requires, those that it may go to as well. */
  readonly instead: ReadonlyMap<string, readonly string[]>;
  readonly apart: Map<string, string>;
} {
  const wants = new Map<string, string>();
  const instead = new Map<string, readonly string[]>();
  /** Of what the package has the module. */
  const homes = new Map<string, string>();
  /** By module that is named for another one why it is none with that. */
  const apart = new Map<string, string>();
  /** Of what goes to its notebook's own module the phase that it waits for. */
  const later = new Map<string, number>();
  for (const draft of drafts) {
    for (const { members, topic } of draft.components) {
      const { identity } = members[0]!.pasted;
      if (members.every(({ pasted }) => shelf.find(pasted.identity) !== undefined)) {
        homes.set(identity, shelf.find(identity)!);
        continue;
      }
      if (wants.has(identity) || moduleAskedFor(members) !== undefined) continue;
      const isShared = members.some(({ pasted }) => occurrences.get(pasted.identity)!.notebooks > 1);
      const base = draft.layout === 'flat' ? 'core' : isShared ? sharedModule : draft.module;
      wants.set(identity, topic?.topic ?? base);
      if (base === draft.module) later.set(identity, Math.max(...members.map(({ readyIn }) => readyIn)));
    }
  }
  const rooms = roomsOf(drafts, runs, phases, [...homes, ...wants], occurrences);
  // What its notebook imports from the package only later, as from a module that needs what is installed, waits for that.
  const firsts = new Map<string, number>();
  for (const [identity, phase] of later) {
    const module = wants.get(identity)!;
    firsts.set(module, Math.min(phase, firsts.get(module) ?? phase));
  }
  let users: ReadonlyMap<string, number> | undefined;
  for (const [identity, module] of wants) {
    const room = rooms.get(module)!;
    const missing = [...occurrences.get(identity)!.requires].filter((path) => !room.has(path));
    if (missing.length === 0) {
      const distance = (later.get(identity) ?? 0) - (firsts.get(module) ?? 0);
      if (distance > 0) {
        wants.set(identity, `${module}_${distance + 1}`);
        const why = 'is imported before these can be';
        apart.set(`${module}_${distance + 1}`, `${packageName}.${module}, which ${why}`);
      }
      continue;
    }
    users ??= countUsers(phases);
    const rarest = [...new Set(missing.map((path) => path.split('.', 1)[0]!))].sort(
      (a, b) => (users!.get(a) ?? 0) - (users!.get(b) ?? 0) || (a < b ? -1 : 1),
    );
    const named = rarest.map((top) => `${module}_${top.toLowerCase()}`);
    wants.set(identity, named[0]!);
    instead.set(identity, [...named.slice(1), module]);
    rarest.forEach((top, i) => {
      const why = `is also imported where ${top} may be missing`;
      apart.set(named[i]!, `${packageName}.${module}, which ${why}`);
    });
  }
  return { wants, instead, apart };
}

/** What all who import from a module have, or will when components are where they want to go. */
function roomsOf(
  drafts: readonly Draft[],
  runs: ExistingPackage['runs'],
  phases: readonly (readonly Phase[])[],
  wants: readonly (readonly [identity: string, module: string])[],
  occurrences: ReadonlyMap<string, Occurrence>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const rooms = new Map<string, ReadonlySet<string>>();
  const narrow = (module: string, stock: ReadonlySet<string>): void => {
    rooms.set(module, intersection(rooms.get(module) ?? stock, stock));
  };
  drafts.forEach(({ uses }, i) => {
    for (const { clause, phase } of uses) {
      for (const module of runs(clause)) narrow(module, phases[i]![phase]!.stock);
    }
  });
  for (const [identity, module] of wants) narrow(module, occurrences.get(identity)!.stock);
  return rooms;
}

/** How many notebooks have each package. */
function countUsers(phases: readonly (readonly Phase[])[]): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const own of phases) {
    for (const path of own.at(-1)!.stock)
      if (!path.includes('.')) users.set(path, (users.get(path) ?? 0) + 1);
  }
  return users;
}

function demandsOf(
  members: readonly DraftMember[],
  modules: ReadonlyMap<number, string>,
  occurrences: ReadonlyMap<string, Occurrence>,
  runsOf: ExistingPackage['runs'],
): Demands {
  const own = new Map<string, string>();
  const runs = new Map<string, boolean>();
  const needs = new Set<string>();
  for (const { pasted, needs: needed } of members) {
    for (const { name, own: module, clauses } of pasted.imports) {
      if (module !== undefined) own.set(name, module);
      for (const run of clauses.flatMap((clause) => runsOf(clause))) if (run !== module) runs.set(run, true);
    }
    for (const run of pasted.inner.flatMap((clause) => runsOf(clause))) {
      if (pasted.isImports || !runs.has(run)) runs.set(run, pasted.isImports);
    }
    for (const statement of needed) {
      const module = modules.get(statement);
      if (module !== undefined) needs.add(module);
    }
  }
  const identities = members.map(({ pasted }) => pasted.identity);
  const meanings = members.flatMap(({ pasted }) => pasted.meanings);
  const disagreement = disagreementOf(meanings);
  const { requires } = occurrences.get(identities[0]!)!;
  const stocks = identities.map((identity) => occurrences.get(identity)!.stock);
  const stock =
    moduleAskedFor(members) === undefined ? stocks.reduce((a, b) => intersection(a, b)) : undefined;
  const late = new Set(identities.flatMap((identity) => [...occurrences.get(identity)!.late]));
  const heard = identities
    .map((identity) => occurrences.get(identity)!.heard)
    .reduce((a, b) => intersection(a, b));
  return {
    identities,
    meanings: new Map(meanings),
    own,
    runs,
    needs,
    disagreement,
    requires,
    stock,
    late,
    heard,
  };
}

function collectModules(
  drafts: readonly Draft[],
  places: readonly ReadonlyMap<number, string>[],
  shelf: Shelf,
  codes: ReadonlyMap<string, string>,
  apart: ReadonlyMap<string, string>,
): PlannedModule[] {
  const modules = new Map<string, { readonly members: Map<string, Member>; readonly sources: string[] }>();
  drafts.forEach(({ components, path }, source) => {
    const placeOf = (statement: number): string => places[source]!.get(statement)!;
    const first: DraftMember[] = [];
    for (const { members } of components) {
      for (const member of members) {
        if (!shelf.isNew(member.pasted.identity)) continue;
        const module = placeOf(member.statement);
        let planned = modules.get(module);
        if (planned === undefined) modules.set(module, (planned = { members: new Map(), sources: [] }));
        if (planned.sources.at(-1) !== path) planned.sources.push(path);
        if (!planned.members.has(member.pasted.identity)) first.push(member);
      }
    }
    for (const { pasted, needs, ...member } of first.sort((a, b) => a.statement - b.statement)) {
      const { identity, needs: names, ...own } = pasted;
      const code = codes.get(identity) ?? pasted.code;
      const module = placeOf(member.statement);
      const { members } = modules.get(module)!;
      if (members.has(identity)) continue;
      const imports = pasted.imports.filter(({ own }) => own !== module);
      const takes = names
        .map((name, i) => ({ name, module: placeOf(needs[i]!) }))
        .filter((taken) => taken.module !== module);
      members.set(identity, { ...member, ...own, code, identity, source, imports, takes });
    }
  });
  return [...modules]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([module, { members, sources }]) => ({
      module,
      members: [...members.values()],
      sources,
      apart: apart.get(module),
    }));
}
