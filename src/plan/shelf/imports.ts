/** Keeps, while a plan is made, which modules there are, in which folders they stand, and which of them import which. */

/** The modules of the package, and who of them imports whom. */
export interface ImportGraph {
  readonly has: (module: string) => boolean;
  /** Whether it would stand in a folder that is a module already. */
  readonly isBelowModule: (module: string) => boolean;
  /** Why there can be no module of that name: in its place stands a folder, or it would stand in a module. */
  readonly refusePlace: (module: string) => string | undefined;
  /** The first of some modules that imports another one, directly or not, and so can't be imported there. */
  readonly circleOf: (module: string, imported: Iterable<string>) => string | undefined;
  /**
   * What runs when modules are imported: they, and all that they import, directly or not; and the `__init__` of the folders
   * that these stand in, which run before them.
   */
  readonly runBy: (modules: Iterable<string>) => ReadonlySet<string>;
  /** Adds a module, or to what it imports. */
  readonly add: (module: string, imported: Iterable<string>) => void;
}

/** @param folders those of the package that are packages themselves, dotted */
export function growImports(folders: ReadonlySet<string>): ImportGraph {
  const imports = new Map<string, Set<string>>();
  /** Every dotted beginning of a module: the folders that modules stand in. */
  const parents = new Set<string>();

  /** @param inside those of its folders have run already */
  const runBy = (modules: Iterable<string>, inside?: string): ReadonlySet<string> => {
    const seen = new Set(modules);
    for (const module of seen) {
      for (const imported of imports.get(module) ?? []) seen.add(imported);
      for (const parent of parentsOf(module)) {
        if (inside?.startsWith(`${parent}.`) !== true) seen.add(`${parent}.__init__`);
      }
    }
    return seen;
  };
  const isBelowModule = (module: string): boolean => parentsOf(module).some((parent) => imports.has(parent));

  return {
    has: (module) => imports.has(module),
    isBelowModule,
    refusePlace: (module) => {
      // Of `data.py` and `data/__init__.py` Python imports the folder: the two can't stand side by side.
      if (folders.has(module) || parents.has(module)) return 'is a folder';
      return isBelowModule(module) ? 'would stand in a folder that is a module already' : undefined;
    },
    circleOf: (module, imported) => {
      for (const each of imported) if (each !== module && runBy([each], module).has(module)) return each;
      return undefined;
    },
    runBy: (modules) => runBy(modules),
    add: (module, imported) => {
      const known = imports.get(module) ?? new Set();
      imports.set(module, known);
      for (const each of imported) if (each !== module) known.add(each);
      for (const parent of parentsOf(module)) parents.add(parent);
    },
  };
}

/** The folders that a module stands in, dotted. */
function parentsOf(module: string): string[] {
  const parts = module.split('.');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
}
