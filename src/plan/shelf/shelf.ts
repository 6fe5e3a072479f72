/** Keeps, while a plan is made, what stands in which module: whether something fits in, and what follows from putting it there. */
import type { Clash } from '../conditions.ts';
import type { ExistingPlaces } from '../existing/existing.ts';
import { importedFor, type Demands } from './demands.ts';
import { growImports, type ImportGraph } from './imports.ts';
import { growNames, shownAs, type NotebookNames } from './names.ts';
import { growRooms, type Rooms } from './rooms.ts';

/**
 * Which module holds which identity. Of each module it is known what it imports, what names mean in it, and what it
 * requires of who imports it.
 */
export interface Shelf
  extends
    Pick<ImportGraph, 'has' | 'isBelowModule' | 'runBy'>,
    Pick<Rooms, 'hasRoom' | 'lackedIn' | 'requiredBy'> {
  /** The module that holds an identity. */
  readonly find: (identity: string) => string | undefined;
  /** Whether the identity is to be written, and not in the package already. */
  readonly isNew: (identity: string) => boolean;
  /** Why a component can't stand in a module: a name that means something else there, or a circle of imports. */
  readonly refuse: (module: string, demands: Demands) => Clash | undefined;
  readonly put: (module: string, demands: Demands) => void;
  /** Says that a notebook with this stock imports the module, or a name from it. */
  readonly use: (module: string, stock: ReadonlySet<string>, name?: string) => void;
  /** Says that a notebook imports modules by star, and what names mean to it that it has from elsewhere. */
  readonly watch: (path: string, modules: readonly string[], names: NotebookNames) => void;
}

/** @param folders those of the package that are packages themselves, dotted */
export function openShelf(
  existing: readonly ExistingPlaces[],
  packageName: string,
  folders: ReadonlySet<string>,
): Shelf {
  const places = new Map<string, string>();
  const written = new Set<string>();
  const graph = growImports(folders);
  for (const { module, imports, identities } of existing) {
    graph.add(module, imports);
    for (const identity of identities) places.set(identity, module);
  }
  const names = growNames(existing, packageName);
  const rooms = growRooms(existing, graph);

  /** Why a module can't import what a component needs. */
  const refuseImports = (module: string, demands: Demands): string | undefined => {
    if (demands.runs.get(module) === true) return 'would have to import itself';
    const importer = graph.circleOf(module, importedFor(demands));
    return importer && `is imported by '${shownAs(importer, packageName)}', which it would import`;
  };

  return {
    has: graph.has,
    isBelowModule: graph.isBelowModule,
    runBy: graph.runBy,
    hasRoom: rooms.hasRoom,
    lackedIn: rooms.lackedIn,
    requiredBy: rooms.requiredBy,
    find: (identity) => places.get(identity),
    isNew: (identity) => written.has(identity),
    refuse: (module, demands) => {
      const { disagreement } = demands;
      if (disagreement !== undefined) return { what: `can't be with and without '${disagreement}'` };
      return (
        asClash(graph.refusePlace(module)) ??
        names.refuse(module, demands) ??
        asClash(refuseImports(module, demands))
      );
    },
    put: (module, demands) => {
      graph.add(module, importedFor(demands));
      names.add(module, demands);
      rooms.add(module, demands);
      for (const identity of demands.identities) {
        places.set(identity, module);
        written.add(identity);
      }
    },
    use: (module, stock, name) => {
      rooms.narrow(module, stock);
      if (name !== undefined) names.expect(module, name);
    },
    watch: names.watch,
  };
}

function asClash(what: string | undefined): Clash | undefined {
  return what === undefined ? undefined : { what };
}
