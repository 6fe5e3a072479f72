/** Turns the modules of the package into which of what they define holds a barrier to imports: `def setup(): sys.path…`. */
import type { Import } from '../../scope/scope.ts';
import { isCallable } from '../../scope/statement.ts';
import type { ExistingModule, Source } from './modules.ts';

/** What who imports a name from the package has to know of barriers. */
export interface Holding {
  /** Of a module, or a star import from it, the names there that hold one; undefined where the name itself does. */
  readonly members?: readonly string[];
  /** The folders that may be put on `sys.path`, or changed to, in these modules. */
  readonly folders: readonly string[];
}

/** By module and name, the folders of the modules that the barriers stand in which it holds. */
export type Holders = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/**
 * What holds barriers, by itself or because it calls what does, as in a notebook.
 * @param sourceOf what an import clause in a module names; undefined for what is no part of the package
 */
export function holdersIn(
  existing: readonly ExistingModule[],
  sourceOf: (item: Import, from: string) => Source | undefined,
): Holders {
  const holders = new Map<string, Map<string, readonly string[]>>();
  const add = (module: string, name: string, folders: readonly string[]): boolean => {
    const known = holders.get(module) ?? new Map<string, readonly string[]>();
    holders.set(module, known);
    if (known.has(name)) return false;
    known.set(name, folders);
    return true;
  };
  let isGrowing = false;
  for (const { module, names } of existing) {
    for (const { innerBarrier, defines } of names.statements) {
      if (!innerBarrier) continue;
      for (const name of defines) isGrowing = add(module, name, names.folders) || isGrowing;
    }
  }
  while (isGrowing) {
    isGrowing = false;
    for (const { module, names } of existing) {
      for (const { kind, defines, names: own } of names.statements) {
        for (const item of own.imports) {
          const source = sourceOf(item, module);
          if (source?.member === undefined) continue;
          for (const [name, folders] of holders.get(source.module) ?? []) {
            if (item.name === '*') isGrowing = add(module, name, folders) || isGrowing;
            else if (name === source.member) isGrowing = add(module, item.name, folders) || isGrowing;
          }
        }
        if (!isCallable({ kind })) continue;
        const called = own.references.find(({ name }) => holders.get(module)?.has(name) === true);
        if (called === undefined) continue;
        const folders = holders.get(module)!.get(called.name)!;
        for (const name of defines) isGrowing = add(module, name, folders) || isGrowing;
      }
    }
  }
  return holders;
}
