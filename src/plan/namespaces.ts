/** Turns the modules of the package that is there into namespaces: what names mean in each, bound there, brought by a star import, or read as a builtin. */
import { builtins, isSteadfast } from '../scope/builtins.ts';
import type { Names } from '../scope/names.ts';
import type { Import } from '../scope/scope.ts';
import { starExports } from '../scope/star-exports.ts';
import { builtinMeaning } from './conditions.ts';

export interface Namespace {
  readonly names: ReadonlyMap<string, string>;
  /** The modules of the package that it imports by star. */
  readonly stars: readonly string[];
  /** Whether a star import may bring it any name: of what that imports, the names are not known. */
  readonly isOpen: boolean;
}

/** What is known of the package besides. */
export interface Surroundings {
  /** What each name means that a module binds. */
  readonly bound: (module: string) => Iterable<readonly [name: string, meaning: string]>;
  /** The modules of the package that an import clause names. */
  readonly runs: (item: Import, from: string) => readonly string[];
  /** What a name means that is imported from a module. */
  readonly meaningFrom: (module: string, name: string) => string;
}

/** A meaning that nothing else has: nobody knows which of several things a name is. */
export const unknownMeaning = 'unknown';

interface Growing extends Namespace {
  readonly names: Map<string, string>;
  readonly stars: string[];
  isOpen: boolean;
}

/**
 * The namespaces of the modules. Of modules that import each other by star, the first one asked for finds in the other
 * what that binds itself. What a star import brings from a module with `__all__` is taken for all that it has.
 */
export function namespacesOf(
  modules: ReadonlyMap<string, { readonly names: Names }>,
  { bound, runs, meaningFrom }: Surroundings,
): ReadonlyMap<string, Namespace> {
  const spaces = new Map<string, Growing>();
  const spaceOf = (module: string): Growing => {
    const known = spaces.get(module);
    if (known !== undefined) return known;
    const space: Growing = { names: new Map(bound(module)), stars: [], isOpen: false };
    spaces.set(module, space);
    const bring = (name: string, meaning: string): void => {
      const before = space.names.get(name);
      space.names.set(name, before === undefined || before === meaning ? meaning : unknownMeaning);
    };
    for (const item of importsIn(modules.get(module)!.names)) {
      if (item.name !== '*') continue;
      const [source] = runs(item, module);
      if (source !== undefined && modules.has(source)) {
        const { names, isOpen } = spaceOf(source);
        space.stars.push(source);
        space.isOpen ||= isOpen;
        for (const [name, meaning] of names) if (isPublic(name)) bring(name, meaning);
      } else {
        const exported = source === undefined ? starExports(item.module) : undefined;
        space.isOpen ||= exported === undefined;
        for (const name of exported ?? []) bring(name, `import:${item.module}.${name}`);
      }
    }
    return space;
  };
  for (const module of modules.keys()) spaceOf(module);
  // What is had from an unknown star import is known only by its being read, or imported from there.
  const open = [...spaces.values()].some(({ isOpen }) => isOpen);
  for (const [module, { names }] of open ? modules : []) {
    for (const item of importsIn(names)) {
      if (item.member === undefined || item.name === '*') continue;
      for (const source of runs(item, module)) {
        const space = spaces.get(source);
        if (space?.isOpen !== true || space.names.has(item.member)) continue;
        space.names.set(item.member, meaningFrom(source, item.member));
      }
    }
  }
  for (const [module, { names, isOpen }] of spaces) {
    for (const name of readIn(modules.get(module)!.names)) {
      if (names.has(name)) continue;
      if (builtins.has(name)) names.set(name, isOpen && !isSteadfast(name) ? unknownMeaning : builtinMeaning);
      else if (isOpen) names.set(name, meaningFrom(module, name));
    }
  }
  return spaces;
}

/** Whether a star import brings a name from a module without `__all__`. */
export function isPublic(name: string): boolean {
  return !name.startsWith('_');
}

/** The builtins that a module or test file reads and nothing in it binds, each with what it means. */
export function builtinsIn(names: Names): [name: string, meaning: string][] {
  return [...readIn(names)].filter((name) => builtins.has(name)).map((name) => [name, builtinMeaning]);
}

/** The names that a module looks up and does not bind. */
function readIn({ statements, bindings }: Names): ReadonlySet<string> {
  const read = new Set<string>();
  for (const { names } of statements) {
    for (const { name } of names.references) if (!bindings.has(name)) read.add(name);
  }
  return read;
}

function importsIn({ statements }: Names): Import[] {
  return statements.flatMap(({ names }) => names.imports);
}
