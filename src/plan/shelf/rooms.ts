/** Keeps, while a plan is made, what modules require of the environment, and what all have who import them. */
import { oncePer } from '../../text/once.ts';
import type { ExistingPlaces } from '../existing/existing.ts';
import { intersection } from '../requirements.ts';
import { importedAtOnce, type Demands } from './demands.ts';
import type { ImportGraph } from './imports.ts';

/** What modules have room for: what they would require must be there wherever they are imported. */
export interface Rooms {
  /** Whether all who import the module have what it would import then, and the other way round. */
  readonly hasRoom: (module: string, demands: Demands) => boolean;
  /** What a module that was there requires, and not all have who would import these from it; undefined where they have all. */
  readonly lackedIn: (module: string, demands: Demands) => string | undefined;
  /** What a module that was there requires, with the modules that it imports. */
  readonly requiredBy: (module: string) => readonly string[];
  /** Says that who has this stock imports the module. */
  readonly narrow: (module: string, stock: ReadonlySet<string>) => void;
  /** Says what is put into a module; the graph knows already what it imports for that. */
  readonly add: (module: string, demands: Demands) => void;
}

export function growRooms(existing: readonly ExistingPlaces[], graph: ImportGraph): Rooms {
  /** What the modules that were there require: who imports them has that. */
  const before = new Map(existing.map(({ module, requires }) => [module, requires]));
  /** Of these those that do something when they are imported. */
  const loud = new Set(existing.filter(({ isLoud }) => isLoud).map(({ module }) => module));
  /** What is added to modules requires, and what all who import them have. */
  const added = new Map<string, Set<string>>();
  const rooms = new Map<string, ReadonlySet<string>>();

  const narrow: Rooms['narrow'] = (module, stock) => {
    for (const each of graph.runBy([module])) rooms.set(each, intersection(rooms.get(each) ?? stock, stock));
  };
  const lackedIn: Rooms['lackedIn'] = (module, demands) => {
    const { stock } = demands;
    if (stock === undefined || !before.has(module)) return undefined;
    const anyway = graph.runBy(importedAtOnce(demands));
    const required = [...graph.runBy([module])].flatMap((each) =>
      anyway.has(each) ? [] : (before.get(each) ?? []),
    );
    return required.find((path) => !stock.has(path) && !topsOf(stock).has(topOf(path)));
  };
  /** Whether a module does something, when it is imported, that some would not expect. */
  const isStartling = (module: string, { heard }: Demands): boolean => {
    for (const each of loud.size === 0 ? [] : graph.runBy([module])) {
      if (loud.has(each) && !heard.has(each)) return true;
    }
    return false;
  };

  return {
    lackedIn,
    narrow,
    requiredBy: (module) => [...graph.runBy([module, '__init__'])].flatMap((each) => before.get(each) ?? []),
    hasRoom: (module, demands) => {
      const { requires, stock, late } = demands;
      // Who alone imports a module has room for what it asks for itself.
      if (stock === undefined || !graph.has(module)) return true;
      if (lackedIn(module, demands) !== undefined || isStartling(module, demands)) return false;
      const room = intersection(rooms.get(module) ?? stock, stock);
      for (const path of requires) if (!room.has(path)) return false;
      for (const each of graph.runBy([module, ...importedAtOnce(demands)])) {
        for (const path of added.get(each) ?? []) if (!room.has(path)) return false;
        for (const path of before.get(each) ?? []) if (late.has(path)) return false;
      }
      return true;
    },
    add: (module, { requires, stock }) => {
      if (stock === undefined) return;
      const required = added.get(module) ?? new Set<string>();
      added.set(module, required);
      for (const path of requires) required.add(path);
      // Those who import the module import what it needs, too.
      narrow(module, intersection(rooms.get(module) ?? stock, stock));
    },
  };
}

const topOf = (path: string): string => path.split('.', 1)[0]!;

/** The packages of which a stock has something. */
const topsOf = oncePer((stock: ReadonlySet<string>) => new Set([...stock].map(topOf)));
