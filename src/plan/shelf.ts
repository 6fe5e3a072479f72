/** Keeps, while a plan is made, what stands in which module: whether something fits in, and what follows from putting it there. */
import { builtins, isSteadfast } from '../scope/builtins.ts';
import { oncePer } from '../text/once.ts';
import { builtinMeaning, clashOf, isCondition, type Clash } from './conditions.ts';
import type { ExistingPackage } from './existing.ts';
import { isPublic, unknownMeaning } from './namespaces.ts';
import { intersection } from './requirements.ts';

/** Which module holds which identity, what each name means in each module, and which module imports which. */
export interface Shelf {
  /** The module that holds an identity. */
  readonly find: (identity: string) => string | undefined;
  /** Why a component can't stand in a module: a name that means something else there, or a circle of imports. */
  readonly refuse: (module: string, demands: Demands) => Clash | undefined;
  /** Whether all who import the module have what it would import then, and the other way round. */
  readonly hasRoom: (module: string, demands: Demands) => boolean;
  /** What a module that was there requires, and not all have who would import these from it; undefined where they have all. */
  readonly lackedIn: (module: string, demands: Demands) => string | undefined;
  /** What a module that was there requires, with the modules that it imports. */
  readonly requiredBy: (module: string) => readonly string[];
  /** What runs when modules are imported: they, and all of the package that they import. */
  readonly runBy: (modules: Iterable<string>) => ReadonlySet<string>;
  /** Says that a notebook with this stock imports the module, or a name from it. */
  readonly use: (module: string, stock: ReadonlySet<string>, name?: string) => void;
  /**
   * Says that a notebook imports modules by star, and what names mean to it that it has from elsewhere; undefined for
   * those that it reads and does not bind.
   */
  readonly watch: (
    path: string,
    modules: readonly string[],
    names: readonly (readonly [name: string, meaning: string | undefined])[],
  ) => void;
  /** Whether it would stand in a folder that is a module already: no number behind its name helps. */
  readonly isBelowModule: (module: string) => boolean;
  readonly put: (module: string, demands: Demands) => void;
  /** Whether the identity is to be written, and not in the package already. */
  readonly isNew: (identity: string) => boolean;
}

/** What statements that need each other, or a single one, ask of the module that they are to stand in. */
export interface Demands {
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
  /** What any of these has only later. */
  readonly late: ReadonlySet<string>;
  /** The modules that run in all of these anyway. */
  readonly heard: ReadonlySet<string>;
  /** The condition on which they disagree, so that no module can hold them. */
  readonly disagreement: string | undefined;
}

/** Who has all names of a module by a star import: a module that was there, or a notebook. */
interface Viewer {
  readonly module?: string;
  /** As messages have it. */
  readonly shown: string;
  /** What each name means to it. */
  readonly names: Map<string, string>;
}

const topOf = (path: string): string => path.split('.', 1)[0]!;

/** The packages of which a stock has something. */
const topsOf = oncePer((stock: ReadonlySet<string>) => new Set([...stock].map(topOf)));

export function openShelf(
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
  /** Of these those that do something when they are imported. */
  const loud = new Set(existing.filter(({ isLoud }) => isLoud).map(({ module }) => module));
  /** What is added to modules requires, and what all who import them have. */
  const added = new Map<string, Set<string>>();
  const rooms = new Map<string, ReadonlySet<string>>();
  /** By module, who imports it by star. */
  const viewers = new Map<string, Viewer[]>();
  /** The modules that a star import may bring any name. */
  const open = new Set(existing.filter(({ isOpen }) => isOpen).map(({ module }) => module));
  const shownAs = (module: string): string => [packageName, module].join('.').replace(/\.__init__$/, '');
  const view = (modules: readonly string[], viewer: Viewer): void => {
    for (const module of modules) viewers.set(module, [...(viewers.get(module) ?? []), viewer]);
  };
  const parentsOf = (module: string): string[] => {
    const parts = module.split('.');
    return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
  };
  for (const { module, meanings, stars, imports: imported, identities } of existing) {
    const names = new Map(meanings);
    namespaces.set(module, names);
    view(stars, { module, shown: shownAs(module), names });
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
    for (const each of withImported([module])) rooms.set(each, intersection(rooms.get(each) ?? stock, stock));
  };

  const isBelowModule = (module: string): boolean =>
    parentsOf(module).some((parent) => namespaces.has(parent));

  /** Who comes to have, by star imports, what is added to a module. */
  const viewersOf = (module: string): ReadonlySet<Viewer> => {
    const modules = new Set([module]);
    const found = new Set<Viewer>();
    for (const each of viewers.size === 0 ? [] : modules) {
      // It brings what it lists there.
      if (namespaces.get(each)?.has('__all__') === true) continue;
      for (const viewer of viewers.get(each) ?? []) {
        found.add(viewer);
        if (viewer.module !== undefined) modules.add(viewer.module);
      }
    }
    return found;
  };
  /** The names that come into a module, and that a star import would bring on. */
  const publicNames = function* (
    module: string,
    { meanings, own }: Demands,
  ): Generator<readonly [name: string, meaning: string]> {
    const namespace = namespaces.get(module);
    for (const [name, meaning] of meanings) {
      if (meaning === builtinMeaning || meaning === namespace?.get(name) || own.get(name) === module)
        continue;
      if (isPublic(name) && !isCondition(name)) yield [name, meaning];
    }
  };

  const lackedIn: Shelf['lackedIn'] = (module, { stock, needs, runs, own }) => {
    if (stock === undefined || !before.has(module)) return undefined;
    const early = [...runs].filter(([, isEarly]) => isEarly).map(([run]) => run);
    const anyway = withImported([...needs, ...early, ...own.values()]);
    const required = [...withImported([module])].flatMap((each) =>
      anyway.has(each) ? [] : (before.get(each) ?? []),
    );
    return required.find((path) => !stock.has(path) && !topsOf(stock).has(topOf(path)));
  };

  return {
    find: (identity) => places.get(identity),
    lackedIn,
    isBelowModule,
    isNew: (identity) => written.has(identity),
    runBy: (modules) => withImported(modules),
    requiredBy: (module) => [...withImported([module, '__init__'])].flatMap((each) => before.get(each) ?? []),
    use: (module, stock, name) => {
      narrow(module, stock);
      if (name === undefined || !open.has(module)) return;
      const names = namespaces.get(module)!;
      if (!names.has(name)) names.set(name, unknownMeaning);
    },
    watch: (path, modules, names) => {
      const known = new Map<string, string>();
      for (const [name, meaning] of names) {
        const brought = new Set(modules.flatMap((module) => namespaces.get(module)?.get(name) ?? []));
        const [only = builtins.has(name) ? builtinMeaning : unknownMeaning] = brought;
        known.set(name, meaning ?? (brought.size > 1 ? unknownMeaning : only));
      }
      view(modules, { shown: path.split(/[\\/]/).at(-1)!, names: known });
    },
    hasRoom: (module, demands) => {
      const { needs, own, runs, requires, stock, late, heard } = demands;
      // Who alone imports a module has room for what it asks for itself.
      if (stock === undefined || !namespaces.has(module)) return true;
      if (lackedIn(module, demands) !== undefined) return false;
      for (const each of loud.size === 0 ? [] : withImported([module])) {
        if (loud.has(each) && !heard.has(each)) return false;
      }
      const room = intersection(rooms.get(module) ?? stock, stock);
      for (const path of requires) if (!room.has(path)) return false;
      const early = [...runs].filter(([, isEarly]) => isEarly).map(([run]) => run);
      for (const each of withImported([module, ...needs, ...early, ...own.values()])) {
        for (const path of added.get(each) ?? []) if (!room.has(path)) return false;
        for (const path of before.get(each) ?? []) if (late.has(path)) return false;
      }
      return true;
    },
    refuse: (module, demands) => {
      const { meanings, own, runs, needs, disagreement } = demands;
      if (disagreement !== undefined) return { what: `can't be with and without '${disagreement}'` };
      // Of `data.py` and `data/__init__.py` Python imports the folder: the two can't stand side by side.
      if (folders.has(module) || parents.has(module)) return { what: 'is a folder' };
      if (isBelowModule(module)) return { what: 'would stand in a folder that is a module already' };
      const namespace = namespaces.get(module);
      // As soon as `shop.churn` is imported, it is what `shop` has by the name of `churn`.
      const path = module.split('.');
      const last = path.pop()!;
      const init = [...path, '__init__'].join('.');
      if (namespace === undefined && namespaces.get(init)?.has(last) === true)
        return { what: `would hide the '${last}' of '${shownAs(init)}'` };
      for (const [name, meaning] of meanings) {
        const known = namespace?.get(name);
        // What is imported from this very module is what stands there.
        if (known !== undefined && known !== meaning && own.get(name) !== module)
          return clashOf(name, known, meaning);
        if (meaning === builtinMeaning && open.has(module) && !isSteadfast(name)) {
          const what = `has perhaps another '${name}', by a star import, than the builtin that the definition reads`;
          return { what, isOfNames: true };
        }
      }
      for (const { shown, names } of viewersOf(module)) {
        for (const [name, meaning] of publicNames(module, demands)) {
          const known = names.get(name);
          if (known === undefined || known === meaning) continue;
          const clash = clashOf(name, known, meaning);
          return { ...clash, what: `is imported by star in '${shown}', which ${clash.what}` };
        }
      }
      if (runs.get(module) === true) return { what: 'would have to import itself' };
      for (const needed of [...needs, ...runs.keys(), ...own.values()]) {
        if (needed !== module && reaches(needed, module)) {
          return { what: `is imported by '${shownAs(needed)}', which it would import` };
        }
      }
      return undefined;
    },
    put: (module, demands) => {
      const { identities, meanings, own, runs, needs, requires, stock } = demands;
      for (const { names } of viewersOf(module)) {
        for (const [name, meaning] of publicNames(module, demands)) names.set(name, meaning);
      }
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
      narrow(module, intersection(rooms.get(module) ?? stock, stock));
    },
  };
}
