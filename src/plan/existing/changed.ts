/** Turns the modules of the package into what they change of what was made in them, and in one another. */
import type { Names } from '../../scope/names.ts';
import type { Import } from '../../scope/scope.ts';
import type { Statement } from '../../scope/statement.ts';
import type { ExistingModule, Source } from './modules.ts';

/** What is changed of one module, by the names there. */
export interface Changed {
  /** Whose objects may be changed as modules are imported. */
  readonly objects: ReadonlySet<string>;
  /** Of which attributes are set then. */
  readonly attributes: ReadonlySet<string>;
  /** Which other modules bind anew. */
  readonly rebound: ReadonlySet<string>;
  /** What of all that other modules do. */
  readonly elsewhere: ReadonlySet<string>;
}

type Gathered = { readonly [Each in keyof Changed]: Set<string> };

/**
 * What is changed of each module.
 * @param sourceOf what an import clause in a module names; undefined for what is no part of the package
 */
export function changedIn(
  existing: readonly ExistingModule[],
  sourceOf: (item: Import, from: string) => Source | undefined,
): ReadonlyMap<string, Changed> {
  const changed = new Map(
    existing.map(({ module }): [string, Gathered] => [
      module,
      { objects: new Set(), attributes: new Set(), rebound: new Set(), elsewhere: new Set() },
    ]),
  );
  for (const { module, names } of existing) {
    const sources = importedBy(names, (item) => sourceOf(item, module));
    for (const statement of names.statements) gather(statement, module, sources, changed);
  }
  return changed;
}

/** By the names that they have in a module, what it imports from the package. */
function importedBy(
  names: Names,
  sourceOf: (item: Import) => Source | undefined,
): ReadonlyMap<string, readonly Source[]> {
  const sources = new Map<string, Source[]>();
  for (const { names: own } of names.statements) {
    for (const item of [...own.imports, ...own.innerImports]) {
      const source = sourceOf(item);
      if (source !== undefined) sources.set(item.name, [...(sources.get(item.name) ?? []), source]);
    }
  }
  return sources;
}

/** Adds what a statement changes. */
function gather(
  { kind, isScriptOnly, mayChange, setsAttributeOf, setsPaths, attributes }: Statement,
  module: string,
  sources: ReadonlyMap<string, readonly Source[]>,
  changed: ReadonlyMap<string, Gathered>,
): void {
  // `alpha.SCALE = 25`, be it in a function: who imports the name from there has the one or the other.
  for (const path of setsPaths) {
    const [root = '', ...rest] = path.split('.');
    for (const source of sources.get(root) ?? []) {
      if (source.member !== undefined) continue;
      for (const name of rest) {
        changed.get(source.module)?.rebound.add(name);
        changed.get(source.module)?.elsewhere.add(name);
      }
    }
  }
  if (kind !== 'other' || isScriptOnly) return;
  const add = (list: 'objects' | 'attributes', name: string): void => {
    changed.get(module)![list].add(name);
    for (const source of sources.get(name) ?? []) {
      // Of a module, `alpha.rows.append(1)` changes whatever it spells out.
      for (const member of source.member === undefined ? attributes : [source.member]) {
        changed.get(source.module)?.[list].add(member);
        changed.get(source.module)?.elsewhere.add(member);
      }
    }
  };
  for (const name of mayChange.keys()) add('objects', name);
  for (const name of setsAttributeOf) add('attributes', name);
}
