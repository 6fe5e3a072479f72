/** Turns the drafts of all notebooks, and the package that is there, into a plan: which module each definition goes to. */
import { clashOf, disagreementOf } from './conditions.ts';
import type { Draft, DraftMember, Pasted } from './draft.ts';
import type { ExistingPackage } from './existing.ts';
import type { Refusal } from './rules.ts';

export interface PlanOptions {
  readonly package: string;
  /** The folders of the package that are packages themselves, dotted: a module of that name could not be imported. */
  readonly folders?: ReadonlySet<string>;
  /** Whether what a module of the user has no room for goes to one with a number behind its name, and does not stay. */
  readonly isConflictRenamed?: boolean;
}

/** One definition, constant or import block, to be written once into a module. */
export interface Member extends Omit<DraftMember, 'pasted' | 'needs'>, Omit<Pasted, 'needs' | 'inner'> {
  /** Where the code is taken from: the first notebook that has it. */
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
}

export interface Plan {
  /** The modules that are to be written, or to be added to. */
  readonly collect: () => readonly PlannedModule[];
  /** For each notebook, the module of each statement that moves. */
  readonly places: readonly ReadonlyMap<number, string>[];
}

/** A definition that can't be placed lawfully. */
export interface RefusedPlace {
  readonly notebook: number;
  readonly statement: number;
  readonly refusal: Refusal;
}

/**
 * Gives each member of each draft its module; drafts in the order of their paths, so that the plan is the same whatever
 * the order of the arguments.
 * @returns the definitions that have no place; then they are to be excluded, and their notebooks drafted anew
 */
export function planModules(
  drafts: readonly Draft[],
  { places: existing, runs }: Pick<ExistingPackage, 'places' | 'runs'>,
  options: PlanOptions,
): Plan | { readonly refused: readonly RefusedPlace[] } {
  const refused: RefusedPlace[] = [];
  const shelf = openShelf(existing, options.package, options.folders ?? new Set());
  const stocks = stocksOf(drafts, runs, shelf);
  const occurrences = countOccurrences(drafts, stocks);
  const wants = chooseModules(drafts, runs, occurrences, stocks);
  const users = new Set(existing.map(({ module }) => module));
  const places = drafts.map(() => new Map<number, string>());
  drafts.forEach(({ uses }, notebook) => {
    for (const { clause, phase } of uses) {
      for (const module of runs(clause)) shelf.use(module, stocks[notebook]![phase]!);
    }
  });
  drafts.forEach((draft, notebook) => {
    const modules = places[notebook]!;
    for (const component of draft.components) {
      const { members } = component;
      if (members.every(({ pasted }) => shelf.find(pasted.identity) !== undefined)) {
        for (const { statement, pasted } of members) modules.set(statement, shelf.find(pasted.identity)!);
        continue;
      }
      const wanted = moduleAskedFor(members) ?? wants.get(members[0]!.pasted.identity)!;
      const demands = demandsOf(members, modules, occurrences, runs);
      let module = wanted;
      // What this run puts there may give way to a module of its own; what the user has there is a conflict.
      const refusal = shelf.refuse(wanted, demands);
      const isConflict = users.has(wanted) && options.isConflictRenamed !== true;
      const isHopeless = shelf.isBelowModule(wanted) || demands.disagreement !== undefined;
      if (refusal !== undefined && (isConflict || isHopeless)) {
        for (const { statement, pasted } of members) {
          refused.push({
            notebook,
            statement,
            refusal: {
              code: 'NB417',
              offset: pasted.offset,
              message: `'${options.package}.${wanted}' ${refusal}`,
              hint: `${refusal.startsWith('has') ? 'Rename one of the two, or ask' : 'Ask'} for another module by '# nb2mod: module=…'.`,
            },
          });
        }
        continue;
      }
      const isByTopic = wanted === component.topic?.topic;
      const others = isByTopic ? [...[...demands.needs].sort(), draft.module] : [];
      for (let i = 2; shelf.refuse(module, demands) !== undefined || !shelf.hasRoom(module, demands);) {
        // By topic, modules lean on each other soon: then it goes to what it leans on, or to its notebook's own.
        module = others.shift() ?? `${wanted}_${i++}`;
      }
      shelf.put(module, demands);
      for (const { statement } of members) modules.set(statement, module);
    }
  });
  if (refused.length > 0) return { refused };
  return { collect: () => collectModules(drafts, places, shelf), places };
}

/** What is said of one identity in all the drafts. */
interface Occurrence {
  /** In how many it occurs. */
  notebooks: number;
  /** The index of the last of them. */
  last: number;
  /** What all of these have by then, and what it requires. */
  stock: ReadonlySet<string>;
  /** What it requires, with all that it needs. */
  readonly requires: ReadonlySet<string>;
}

function countOccurrences(
  drafts: readonly Draft[],
  stocks: readonly (readonly ReadonlySet<string>[])[],
): ReadonlyMap<string, Occurrence> {
  const occurrences = new Map<string, Occurrence>();
  drafts.forEach(({ components }, draft) => {
    const identities = new Map<number, string>();
    for (const { members } of components) {
      for (const { statement, pasted } of members) identities.set(statement, pasted.identity);
      let requires: Set<string> | undefined;
      for (const { pasted, phase } of members) {
        const stock = stocks[draft]![phase]!;
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
          occurrences.set(pasted.identity, { notebooks: 1, last: draft, stock: whole, requires });
          continue;
        }
        if (known.last !== draft) known.notebooks++;
        known.last = draft;
        known.stock = common(known.stock, stock, known.requires);
      }
    }
  });
  return occurrences;
}

const nothing: ReadonlySet<string> = new Set();

/** What two sets have in common, and what is in `besides`; the first itself if that is all of it. */
function common(
  a: ReadonlySet<string>,
  b: ReadonlySet<string>,
  besides: ReadonlySet<string> = nothing,
): ReadonlySet<string> {
  if (a === b) return a;
  for (const path of a) {
    if (!b.has(path) && !besides.has(path))
      return new Set([...a].filter((each) => b.has(each) || besides.has(each)));
  }
  return a;
}

/**
 * For each notebook, by phase, what may be imported in it: it must not break because a module that it shares with others
 * imports what only they have. Where the layout says what goes together (`topic`, `flat`), all that any notebook requires
 * is taken to be there, but for what a notebook itself imports only after a barrier such as `%pip install`.
 */
function stocksOf(
  drafts: readonly Draft[],
  runs: ExistingPackage['runs'],
  shelf: Shelf,
): (readonly ReadonlySet<string>[])[] {
  let everything: ReadonlySet<string> | undefined;
  const allRequired = (): ReadonlySet<string> =>
    (everything ??= new Set(
      drafts.flatMap(({ components }) =>
        components.flatMap(({ members }) => members.flatMap(({ pasted }) => pasted.requires)),
      ),
    ));
  return drafts.map(({ layout, available, uses }) => {
    const last = available.at(-1)!;
    return available.map((paths, phase) => {
      if (layout === 'notebook') {
        const brought = uses
          .filter((use) => use.phase <= phase)
          .flatMap(({ clause }) => runs(clause).flatMap((module) => shelf.requiredBy(module)));
        return new Set([...paths, ...brought]);
      }
      if (paths.length === last.length) return allRequired();
      const late = new Set(last.filter((path) => !paths.includes(path)));
      return new Set([...allRequired()].filter((path) => !late.has(path)));
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
  stocks: readonly (readonly ReadonlySet<string>[])[],
): ReadonlyMap<string, string> {
  const wants = new Map<string, string>();
  for (const draft of drafts) {
    for (const { members, topic } of draft.components) {
      const { identity } = members[0]!.pasted;
      if (wants.has(identity) || moduleAskedFor(members) !== undefined) continue;
      const isShared = members.some(({ pasted }) => occurrences.get(pasted.identity)!.notebooks > 1);
      const base = draft.layout === 'flat' ? 'core' : isShared ? 'common' : draft.module;
      wants.set(identity, topic?.topic ?? base);
    }
  }
  const rooms = roomsOf(drafts, runs, stocks, wants, occurrences);
  let users: ReadonlyMap<string, number> | undefined;
  for (const [identity, module] of wants) {
    const room = rooms.get(module)!;
    const missing = [...occurrences.get(identity)!.requires].filter((path) => !room.has(path));
    if (missing.length === 0) continue;
    users ??= countUsers(stocks);
    const rarest = missing
      .map((path) => path.split('.', 1)[0]!)
      .sort((a, b) => (users!.get(a) ?? 0) - (users!.get(b) ?? 0) || (a < b ? -1 : 1))[0]!;
    wants.set(identity, `${module}_${rarest.toLowerCase()}`);
  }
  return wants;
}

/** What all who import from a module have, or will when components are where they want to go. */
function roomsOf(
  drafts: readonly Draft[],
  runs: ExistingPackage['runs'],
  stocks: readonly (readonly ReadonlySet<string>[])[],
  wants: ReadonlyMap<string, string>,
  occurrences: ReadonlyMap<string, Occurrence>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const rooms = new Map<string, ReadonlySet<string>>();
  const narrow = (module: string, stock: ReadonlySet<string>): void => {
    rooms.set(module, common(rooms.get(module) ?? stock, stock));
  };
  drafts.forEach(({ uses }, i) => {
    for (const { clause, phase } of uses) {
      for (const module of runs(clause)) narrow(module, stocks[i]![phase]!);
    }
  });
  for (const [identity, module] of wants) narrow(module, occurrences.get(identity)!.stock);
  return rooms;
}

/** How many notebooks have each package. */
function countUsers(stocks: readonly (readonly ReadonlySet<string>[])[]): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const phases of stocks) {
    for (const path of phases.at(-1)!) if (!path.includes('.')) users.set(path, (users.get(path) ?? 0) + 1);
  }
  return users;
}

/** Which module holds which identity, what each name means in each module, and which module imports which. */
interface Shelf {
  /** The module that holds an identity. */
  readonly find: (identity: string) => string | undefined;
  /** Why a component can't stand in a module: a name that means something else there, or a circle of imports. */
  readonly refuse: (module: string, demands: Demands) => string | undefined;
  /** Whether all who import the module have what it would import then, and the other way round. */
  readonly hasRoom: (module: string, demands: Demands) => boolean;
  /** What a module that was there requires, with the modules that it imports. */
  readonly requiredBy: (module: string) => readonly string[];
  /** Says that a notebook with this stock imports the module. */
  readonly use: (module: string, stock: ReadonlySet<string>) => void;
  /** Whether it would stand in a folder that is a module already: no number behind its name helps. */
  readonly isBelowModule: (module: string) => boolean;
  readonly put: (module: string, demands: Demands) => void;
  /** Whether the identity is to be written, and not in the package already. */
  readonly isNew: (identity: string) => boolean;
}

/** What statements that need each other, or a single one, ask of the module that they are to stand in. */
interface Demands {
  readonly identities: readonly string[];
  /** What each name that they define or look up means. */
  readonly meanings: ReadonlyMap<string, string>;
  /** Names that they import, as they are there, from modules of the package, with the module. */
  readonly own: ReadonlyMap<string, string>;
  /** The modules of the package that other imports of theirs run, and whether that is when they are imported themselves. */
  readonly runs: ReadonlyMap<string, boolean>;
  /** The modules of the package that what they need stands in. */
  readonly needs: ReadonlySet<string>;
  /** What they require, with all that they need. */
  readonly requires: ReadonlySet<string>;
  /** What all notebooks that they occur in have; undefined where the user says where they go. */
  readonly stock: ReadonlySet<string> | undefined;
  /** The condition on which they disagree, so that no module can hold them. */
  readonly disagreement: string | undefined;
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
  const stock = moduleAskedFor(members) === undefined ? stocks.reduce((a, b) => common(a, b)) : undefined;
  return { identities, meanings: new Map(meanings), own, runs, needs, disagreement, requires, stock };
}

function openShelf(
  existing: ExistingPackage['places'],
  packageName: string,
  folders: ReadonlySet<string>,
): Shelf {
  const namespaces = new Map<string, Map<string, string>>();
  /** Every dotted beginning of a module: the folders that modules stand in. */
  const parents = new Set<string>();
  const imports = new Map<string, Set<string>>();
  const places = new Map<string, string>();
  const written = new Set<string>();
  /** What the modules that were there require: who imports them has that. */
  const before = new Map(existing.map(({ module, requires }) => [module, requires]));
  /** What is added to modules requires, and what all who import them have. */
  const added = new Map<string, Set<string>>();
  const rooms = new Map<string, ReadonlySet<string>>();
  const parentsOf = (module: string): string[] => {
    const parts = module.split('.');
    return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
  };
  for (const { module, meanings, imports: imported, identities } of existing) {
    namespaces.set(module, new Map(meanings));
    for (const parent of parentsOf(module)) parents.add(parent);
    imports.set(module, new Set(imported));
    for (const identity of identities) places.set(identity, module);
  }

  /**
   * The modules, and all that they import, directly or not; and the `__init__` of the folders that these stand in, which
   * run before them.
   * @param inside those of its folders have run already
   */
  const withImported = (modules: Iterable<string>, inside?: string): ReadonlySet<string> => {
    const seen = new Set(modules);
    for (const module of seen) {
      for (const imported of imports.get(module) ?? []) seen.add(imported);
      for (const parent of parentsOf(module)) {
        if (inside?.startsWith(`${parent}.`) !== true) seen.add(`${parent}.__init__`);
      }
    }
    return seen;
  };
  /** Whether `from` imports `to`, directly or not. */
  const reaches = (from: string, to: string): boolean => withImported([from], to).has(to);
  const narrow = (module: string, stock: ReadonlySet<string>): void => {
    for (const each of withImported([module])) rooms.set(each, common(rooms.get(each) ?? stock, stock));
  };

  const isBelowModule = (module: string): boolean =>
    parentsOf(module).some((parent) => namespaces.has(parent));

  return {
    find: (identity) => places.get(identity),
    isBelowModule,
    isNew: (identity) => written.has(identity),
    requiredBy: (module) => [...withImported([module, '__init__'])].flatMap((each) => before.get(each) ?? []),
    use: narrow,
    hasRoom: (module, { needs, own, runs, requires, stock }) => {
      if (stock === undefined) return true;
      const room = common(rooms.get(module) ?? stock, stock);
      for (const path of requires) if (!room.has(path)) return false;
      for (const each of withImported([module, ...needs, ...runs.keys(), ...own.values()])) {
        for (const path of added.get(each) ?? []) if (!room.has(path)) return false;
      }
      return true;
    },
    refuse: (module, { meanings, own, runs, needs, disagreement }) => {
      if (disagreement !== undefined) return `can't be with and without '${disagreement}'`;
      // Of `data.py` and `data/__init__.py` Python imports the folder: the two can't stand side by side.
      if (folders.has(module) || parents.has(module)) return 'is a folder';
      if (isBelowModule(module)) return 'would stand in a folder that is a module already';
      const namespace = namespaces.get(module);
      for (const [name, meaning] of meanings) {
        const known = namespace?.get(name);
        // What is imported from this very module is what stands there.
        if (known !== undefined && known !== meaning && own.get(name) !== module) return clashOf(name, known);
      }
      if (runs.get(module) === true) return 'would have to import itself';
      for (const needed of [...needs, ...runs.keys(), ...own.values()]) {
        if (needed !== module && reaches(needed, module)) {
          const shown = [packageName, needed].join('.').replace(/\.__init__$/, '');
          return `is imported by '${shown}', which it would import`;
        }
      }
      return undefined;
    },
    put: (module, { identities, meanings, own, runs, needs, requires, stock }) => {
      const namespace = namespaces.get(module) ?? new Map<string, string>();
      const imported = imports.get(module) ?? new Set<string>();
      namespaces.set(module, namespace);
      for (const parent of parentsOf(module)) parents.add(parent);
      imports.set(module, imported);
      for (const [name, meaning] of meanings) if (own.get(name) !== module) namespace.set(name, meaning);
      for (const needed of [...needs, ...runs.keys(), ...own.values()])
        if (needed !== module) imported.add(needed);
      for (const identity of identities) {
        places.set(identity, module);
        written.add(identity);
      }
      if (stock === undefined) return;
      const required = added.get(module) ?? new Set<string>();
      added.set(module, required);
      for (const path of requires) required.add(path);
      // Those who import the module import what it needs, too.
      narrow(module, common(rooms.get(module) ?? stock, stock));
    },
  };
}

function collectModules(
  drafts: readonly Draft[],
  places: readonly ReadonlyMap<number, string>[],
  shelf: Shelf,
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
      const { identity, needs: names, ...code } = pasted;
      const module = placeOf(member.statement);
      const { members } = modules.get(module)!;
      if (members.has(identity)) continue;
      const imports = pasted.imports.filter(({ own }) => own !== module);
      const takes = names
        .map((name, i) => ({ name, module: placeOf(needs[i]!) }))
        .filter((taken) => taken.module !== module);
      members.set(identity, { ...member, ...code, identity, source, imports, takes });
    }
  });
  return [...modules]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([module, { members, sources }]) => ({
      module,
      members: [...members.values()],
      sources,
    }));
}
