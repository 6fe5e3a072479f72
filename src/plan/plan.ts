/** Turns the drafts of all notebooks, and the package that is there, into a plan: which module each definition goes to. */
import type { Names } from '../scope/names.ts';
import { ownModuleOf, type Draft, type DraftMember, type Pasted } from './draft.ts';
import { buildGraph } from './graph.ts';
import { identify, importTarget } from './identity.ts';
import type { Refusal } from './rules.ts';

/** A module of the package that exists already, read as a program of one cell. */
export interface ExistingModule {
  /** Dotted, without the package. */
  readonly module: string;
  readonly names: Names;
}

export interface PlanOptions {
  readonly package: string;
  /** The folders of the package that are packages themselves, dotted: a module of that name could not be imported. */
  readonly folders?: ReadonlySet<string>;
  /** Whether what a module of the user has no room for goes to one with a number behind its name, and does not stay. */
  readonly isConflictRenamed?: boolean;
}

/** One definition, constant or import block, to be written once into a module. */
export interface Member extends Omit<DraftMember, 'pasted' | 'needs'>, Omit<Pasted, 'needs'> {
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
  existing: readonly ExistingPlaces[],
  options: PlanOptions,
): Plan | { readonly refused: readonly RefusedPlace[] } {
  const refused: RefusedPlace[] = [];
  const occurrences = countOccurrences(drafts);
  const shelf = openShelf(existing, options.package, options.folders ?? new Set());
  const users = new Set(existing.map(({ module }) => module));
  const places = drafts.map(() => new Map<number, string>());
  drafts.forEach((draft, notebook) => {
    const modules = places[notebook]!;
    for (const component of draft.components) {
      const { members } = component;
      if (members.every(({ pasted }) => shelf.find(pasted.identity) !== undefined)) {
        for (const { statement, pasted } of members) modules.set(statement, shelf.find(pasted.identity)!);
        continue;
      }
      const demands = demandsOf(members, modules);
      const found = members.map(({ pasted }) => occurrences.get(pasted.identity)!);
      const wanted = wantedModule(component, draft, {
        isShared: found.some(({ notebooks }) => notebooks > 1),
        phase: Math.max(...found.map(({ phase }) => phase)),
      });
      let module = wanted;
      // What this run puts there may give way to a module of its own; what the user has there is a conflict.
      const refusal = shelf.refuse(wanted, demands);
      const isConflict = users.has(wanted) && options.isConflictRenamed !== true;
      if (refusal !== undefined && (isConflict || shelf.isBelowModule(wanted))) {
        for (const { statement, pasted } of members) {
          refused.push({
            notebook,
            statement,
            refusal: {
              code: 'NB417',
              offset: pasted.offset,
              message: `'${options.package}.${wanted}' ${refusal}`,
              hint: `Rename one of the two, or ask for another module by '# nb2mod: module=…'.`,
            },
          });
        }
        continue;
      }
      const isByTopic = wanted === component.topic?.topic;
      const others = isByTopic ? [...[...demands.needs].sort(), draft.module] : [];
      for (let i = 2; shelf.refuse(module, demands) !== undefined;) {
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
  /** The latest of its phases. */
  phase: number;
}

function countOccurrences(drafts: readonly Draft[]): ReadonlyMap<string, Occurrence> {
  const occurrences = new Map<string, Occurrence>();
  drafts.forEach(({ components }, draft) => {
    for (const { members } of components) {
      for (const { pasted, phase } of members) {
        const { identity } = pasted;
        const known = occurrences.get(identity);
        if (known === undefined) {
          occurrences.set(identity, { notebooks: 1, last: draft, phase });
          continue;
        }
        if (known.last !== draft) known.notebooks++;
        known.last = draft;
        if (phase > known.phase) known.phase = phase;
      }
    }
  });
  return occurrences;
}

/** Where a component goes, if nothing speaks against it. */
function wantedModule(
  { members, topic }: Draft['components'][number],
  draft: Draft,
  { isShared, phase }: { readonly isShared: boolean; readonly phase: number },
): string {
  for (const member of members) if (member.module !== undefined) return member.module;
  const module = topic?.topic ?? (draft.layout === 'flat' ? 'core' : isShared ? 'common' : draft.module);
  return phase > 0 ? `${module}_${phase + 1}` : module;
}

/** Which module holds which identity, what each name means in each module, and which module imports which. */
interface Shelf {
  /** The module that holds an identity. */
  readonly find: (identity: string) => string | undefined;
  /** Why a component can't stand in a module: a name that means something else there, or a circle of imports. */
  readonly refuse: (module: string, demands: Demands) => string | undefined;
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
  /** Names that they import from modules of the package, with the module. */
  readonly own: ReadonlyMap<string, string>;
  /** The modules of the package that what they need stands in. */
  readonly needs: ReadonlySet<string>;
}

function demandsOf(members: readonly DraftMember[], modules: ReadonlyMap<number, string>): Demands {
  const own = new Map<string, string>();
  const needs = new Set<string>();
  for (const { pasted, needs: needed } of members) {
    for (const { name, own: module } of pasted.imports) if (module !== undefined) own.set(name, module);
    for (const statement of needed) {
      const module = modules.get(statement);
      if (module !== undefined) needs.add(module);
    }
  }
  const identities = members.map(({ pasted }) => pasted.identity);
  return { identities, meanings: new Map(members.flatMap(({ pasted }) => pasted.meanings)), own, needs };
}

/** What a module of the package that is there holds. */
export interface ExistingPlaces {
  readonly module: string;
  /** What each of its names means. */
  readonly meanings: readonly (readonly [name: string, meaning: string])[];
  /** The modules of the package that it imports. */
  readonly imports: readonly string[];
  /** Of its definitions. */
  readonly identities: readonly string[];
}

/** What is to be known of a module that is there. */
export function placesOf({ module, names }: ExistingModule, packageName: string): ExistingPlaces {
  const graph = buildGraph(names);
  const known = identify(graph);
  const meanings: [string, string][] = [];
  const imports = new Set<string>();
  const identities: string[] = [];
  for (const statement of names.statements) {
    for (const { name } of statement.names.bindings) meanings.push([name, `other:${statement.id}`]);
    for (const item of statement.names.imports) {
      meanings.push([item.name, importTarget(item.name, [statement.id], graph)]);
    }
    for (const item of [...statement.names.imports, ...statement.names.innerImports]) {
      const own = ownModuleOf(item, packageName, module);
      if (own !== undefined) imports.add(own);
    }
    const identity = known.get(statement.id);
    if (identity === undefined) continue;
    for (const name of statement.defines) meanings.push([name, identity]);
    identities.push(identity);
  }
  return { module, meanings, imports: [...imports], identities };
}

function openShelf(
  existing: readonly ExistingPlaces[],
  packageName: string,
  folders: ReadonlySet<string>,
): Shelf {
  const namespaces = new Map<string, Map<string, string>>();
  /** Every dotted beginning of a module: the folders that modules stand in. */
  const parents = new Set<string>();
  const imports = new Map<string, Set<string>>();
  const places = new Map<string, string>();
  const written = new Set<string>();
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

  /** Whether `from` imports `to`, directly or not. */
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set<string>();
    const stack = [from];
    for (let module = stack.pop(); module !== undefined; module = stack.pop()) {
      if (module === to) return true;
      if (seen.has(module)) continue;
      seen.add(module);
      stack.push(...(imports.get(module) ?? []));
    }
    return false;
  };

  const isBelowModule = (module: string): boolean =>
    parentsOf(module).some((parent) => namespaces.has(parent));

  return {
    find: (identity) => places.get(identity),
    isBelowModule,
    isNew: (identity) => written.has(identity),
    refuse: (module, { meanings, own, needs }) => {
      // Of `data.py` and `data/__init__.py` Python imports the folder: the two can't stand side by side.
      if (folders.has(module) || parents.has(module)) return 'is a folder';
      if (isBelowModule(module)) return 'would stand in a folder that is a module already';
      const namespace = namespaces.get(module);
      for (const [name, meaning] of meanings) {
        const known = namespace?.get(name);
        // What is imported from this very module is what stands there.
        if (known !== undefined && known !== meaning && own.get(name) !== module)
          return `has another '${name}'`;
      }
      for (const needed of [...needs, ...own.values()]) {
        if (needed !== module && reaches(needed, module))
          return `is imported by '${packageName}.${needed}', which it would import`;
      }
      return undefined;
    },
    put: (module, { identities, meanings, own, needs }) => {
      const namespace = namespaces.get(module) ?? new Map<string, string>();
      const imported = imports.get(module) ?? new Set<string>();
      namespaces.set(module, namespace);
      for (const parent of parentsOf(module)) parents.add(parent);
      imports.set(module, imported);
      for (const [name, meaning] of meanings) if (own.get(name) !== module) namespace.set(name, meaning);
      for (const needed of [...needs, ...own.values()]) if (needed !== module) imported.add(needed);
      for (const identity of identities) {
        places.set(identity, module);
        written.add(identity);
      }
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
