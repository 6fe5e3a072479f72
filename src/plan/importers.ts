/** Turns drafts into importers: notebooks with what they import from the package already, and what they are known to have by then. */
import { isPython } from '../scope/syntax-version.ts';
import type { Draft } from './draft.ts';
import type { ExistingPackage } from './existing/existing.ts';
import { nothing, withPackages } from './requirements.ts';
import type { Shelf } from './shelf/shelf.ts';

/** A notebook as one who imports modules. */
export interface Importer {
  readonly draft: Draft;
  readonly uses: readonly ModuleUse[];
  /** By phase. */
  readonly environments: readonly Environment[];
  /** The modules of the package that run in it anyway. */
  readonly heard: ReadonlySet<string>;
}

/** That a notebook imports a module of the package. */
export interface ModuleUse {
  readonly module: string;
  readonly phase: number;
  /** What it takes from it; undefined where that is the module. */
  readonly member: string | undefined;
}

/** What is known of the environment of a notebook in one of its phases. */
export interface Environment {
  /** What may be imported in it. */
  readonly stock: ReadonlySet<string>;
  /** What the notebook itself imports only later, after a barrier such as `%pip install`. */
  readonly late: ReadonlySet<string>;
}

/**
 * The notebooks as importers: none must break because a module that it shares with others imports what only they have.
 * @param found the package as it is before this run
 */
export function importersOf(
  drafts: readonly Draft[],
  { places, runs }: Pick<ExistingPackage, 'places' | 'runs'>,
  found: Shelf,
): Importer[] {
  let everything: readonly string[] | undefined;
  const withAll = new Map<string, ReadonlySet<string>>();
  const allRequired: AllRequired = (pythons) => {
    const key = pythons.join();
    const known = withAll.get(key);
    if (known !== undefined) return known;
    everything ??= [
      ...places.flatMap(({ module }) => found.requiredBy(module)),
      ...drafts.flatMap(({ components }) =>
        components.flatMap(({ members }) => members.flatMap(({ pasted }) => pasted.requires)),
      ),
    ].filter((path) => !isPython(path));
    const stock = new Set([...everything, ...pythons]);
    withAll.set(key, stock);
    return stock;
  };
  return drafts.map((draft) => {
    const uses = draft.uses.flatMap(({ clause, phase }) =>
      runs(clause).map((module): ModuleUse => ({ module, phase, member: clause.member })),
    );
    return {
      draft,
      uses,
      environments: environmentsOf(draft, uses, found, allRequired),
      heard: found.runBy(uses.map(({ module }) => module)),
    };
  });
}

/** All that any notebook requires, or the package does, but for newer Pythons: nobody can add one, so those are given. */
type AllRequired = (pythons: readonly string[]) => ReadonlySet<string>;

/**
 * What one notebook has by when: what it imports itself, and what the modules require that it imports. Where the layout
 * says what goes together (`topic`, `flat`), all that any notebook requires is taken to be there, or the package does, but
 * for what a notebook itself imports only later, and a newer Python.
 */
function environmentsOf(
  { layout, available }: Draft,
  uses: readonly ModuleUse[],
  found: Shelf,
  allRequired: AllRequired,
): Environment[] {
  const known = available.map((paths, phase) => {
    const brought = uses
      .filter((use) => use.phase <= phase)
      .flatMap(({ module }) => found.requiredBy(module))
      .flatMap(withPackages);
    return new Set([...paths, ...brought]);
  });
  const all = known.at(-1)!;
  return known.map((own): Environment => {
    const late = own.size === all.size ? nothing : new Set([...all].filter((path) => !own.has(path)));
    if (layout === 'notebook') return { stock: own, late };
    const stock = allRequired([...own].filter(isPython));
    return {
      stock: late.size === 0 ? stock : new Set([...stock].filter((path) => !late.has(path))),
      late,
    };
  });
}

/** Tells a shelf who imports the modules that are there, with what they have, and what they see of them by star imports. */
export function tellUses(
  importers: readonly Importer[],
  { tell }: Pick<ExistingPackage, 'tell'>,
  shelf: Shelf,
): void {
  for (const { draft, uses, environments } of importers) {
    for (const { module, phase, member } of uses) shelf.use(module, environments[phase]!.stock, member);
    if (draft.views === undefined) continue;
    const stars = uses.filter(({ member }) => member === '*').map(({ module }) => module);
    const seen = draft.views.map(([name, meaning]) => [name, meaning && tell(meaning).meaning] as const);
    shelf.watch(draft.path, stars, seen);
  }
}

/** Tells a shelf who will import what the package has already instead of a copy. */
export function tellMembers(importers: readonly Importer[], found: Shelf, shelf: Shelf): void {
  for (const { draft, environments } of importers) {
    for (const { pasted, phase } of draft.components.flatMap(({ members }) => members)) {
      const home = found.find(pasted.identity);
      if (home !== undefined) shelf.use(home, environments[phase]!.stock);
    }
  }
}
