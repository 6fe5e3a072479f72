/** Keeps, while a plan is made, what each name means in each module, and to whoever imports a module by star. */
import { builtins, isSteadfast } from '../../scope/builtins.ts';
import { builtinMeaning, clashOf, isCondition, type Clash } from '../conditions.ts';
import type { ExistingPlaces } from '../existing/existing.ts';
import { isPublic, unknownMeaning } from '../namespaces.ts';
import type { Demands } from './demands.ts';

/** The namespaces of the modules, as they grow. */
export interface GrowingNames {
  /** Why names can't come into a module: one means something else there, or to who imports that by star. */
  readonly refuse: (module: string, demands: Demands) => Clash | undefined;
  readonly add: (module: string, demands: Demands) => void;
  /** Says that a name is imported from a module, where a star import may have brought it. */
  readonly expect: (module: string, name: string) => void;
  /** Says that a notebook imports modules by star, and what names mean to it. */
  readonly watch: (path: string, modules: readonly string[], names: NotebookNames) => void;
}

/** What names mean to a notebook that it has from elsewhere; undefined for those that it reads and does not bind. */
export type NotebookNames = readonly (readonly [name: string, meaning: string | undefined])[];

type Namespaces = Map<string, Map<string, string>>;

/** Who has all names of a module by a star import: a module that was there, or a notebook. */
interface Viewer {
  readonly module?: string;
  /** As messages have it. */
  readonly shown: string;
  /** What each name means to it. */
  readonly names: Map<string, string>;
}

export function growNames(existing: readonly ExistingPlaces[], packageName: string): GrowingNames {
  const namespaces: Namespaces = new Map();
  /** By module, who imports it by star. */
  const viewers = new Map<string, Viewer[]>();
  /** The modules that a star import may bring any name. */
  const open = new Set(existing.filter(({ isOpen }) => isOpen).map(({ module }) => module));
  const view = (modules: readonly string[], viewer: Viewer): void => {
    for (const module of modules) viewers.set(module, [...(viewers.get(module) ?? []), viewer]);
  };
  for (const { module, meanings, stars } of existing) {
    const names = new Map(meanings);
    namespaces.set(module, names);
    view(stars, { module, shown: shownAs(module, packageName), names });
  }
  const isViewed = (): boolean => viewers.size > 0;
  const viewersOf = (module: string): Iterable<Viewer> => allViewers(module, viewers, namespaces);

  return {
    refuse: (module, demands) =>
      hiddenBy(module, namespaces, packageName) ??
      clashWithin(namespaces.get(module), demands, module, open.has(module)) ??
      (isViewed()
        ? clashInViews(viewersOf(module), publicNames(namespaces.get(module), demands, module))
        : undefined),
    add: (module, demands) => {
      const { meanings, own } = demands;
      const namespace = namespaces.get(module) ?? new Map<string, string>();
      if (isViewed()) {
        const brought = publicNames(namespace, demands, module);
        for (const { names } of viewersOf(module))
          for (const [name, meaning] of brought) names.set(name, meaning);
      }
      namespaces.set(module, namespace);
      for (const [name, meaning] of meanings) if (own.get(name) !== module) namespace.set(name, meaning);
    },
    expect: (module, name) => {
      const names = open.has(module) ? namespaces.get(module)! : undefined;
      if (names?.has(name) === false) names.set(name, unknownMeaning);
    },
    watch: (path, modules, names) => {
      const seen = seenThrough(modules, names, namespaces);
      view(modules, { shown: path.split(/[\\/]/).at(-1)!, names: seen });
    },
  };
}

/** A module as messages have it: `churn.data`, `churn` for what the package itself runs. */
export function shownAs(module: string, packageName: string): string {
  return [packageName, module].join('.').replace(/\.__init__$/, '');
}

/** As soon as a new `shop.churn` is imported, it is what `shop` has by the name of `churn`. */
function hiddenBy(
  module: string,
  namespaces: ReadonlyMap<string, ReadonlyMap<string, string>>,
  packageName: string,
): Clash | undefined {
  if (namespaces.has(module)) return undefined;
  const path = module.split('.');
  const last = path.pop()!;
  const init = [...path, '__init__'].join('.');
  if (namespaces.get(init)?.has(last) !== true) return undefined;
  return { what: `would hide the '${last}' of '${shownAs(init, packageName)}'` };
}

/** A name that means something else in the module itself. */
function clashWithin(
  namespace: ReadonlyMap<string, string> | undefined,
  { meanings, own }: Demands,
  module: string,
  isOpen: boolean,
): Clash | undefined {
  for (const [name, meaning] of meanings) {
    const known = namespace?.get(name);
    // What is imported from this very module is what stands there.
    if (known !== undefined && known !== meaning && own.get(name) !== module)
      return clashOf(name, known, meaning);
    if (meaning === builtinMeaning && isOpen && !isSteadfast(name)) {
      const what = `has perhaps another '${name}', by a star import, than the builtin that the definition reads`;
      return { what, isOfNames: true };
    }
  }
  return undefined;
}

/** A name that means something else to who would come to have it by a star import. */
function clashInViews(viewers: Iterable<Viewer>, brought: NamesBrought): Clash | undefined {
  for (const { shown, names } of viewers) {
    for (const [name, meaning] of brought) {
      const known = names.get(name);
      if (known === undefined || known === meaning) continue;
      const clash = clashOf(name, known, meaning);
      return { ...clash, what: `is imported by star in '${shown}', which ${clash.what}` };
    }
  }
  return undefined;
}

/** Who comes to have, by star imports, what is added to a module. */
function allViewers(
  module: string,
  viewers: ReadonlyMap<string, readonly Viewer[]>,
  namespaces: Namespaces,
): ReadonlySet<Viewer> {
  const modules = new Set([module]);
  const found = new Set<Viewer>();
  for (const each of modules) {
    // It brings what it lists there.
    if (namespaces.get(each)?.has('__all__') === true) continue;
    for (const viewer of viewers.get(each) ?? []) {
      found.add(viewer);
      if (viewer.module !== undefined) modules.add(viewer.module);
    }
  }
  return found;
}

type NamesBrought = readonly (readonly [name: string, meaning: string])[];

/** The names that come into a module, and that a star import would bring on. */
function publicNames(
  namespace: ReadonlyMap<string, string> | undefined,
  { meanings, own }: Demands,
  module: string,
): NamesBrought {
  return [...meanings].filter(
    ([name, meaning]) =>
      meaning !== builtinMeaning &&
      meaning !== namespace?.get(name) &&
      own.get(name) !== module &&
      isPublic(name) &&
      !isCondition(name),
  );
}

/** What names mean to a notebook, with those that only its star imports can bring. */
function seenThrough(
  modules: readonly string[],
  names: NotebookNames,
  namespaces: Namespaces,
): Map<string, string> {
  return new Map(
    names.map(([name, meaning]): [string, string] => {
      const brought = new Set(modules.flatMap((module) => namespaces.get(module)?.get(name) ?? []));
      const [only = builtins.has(name) ? builtinMeaning : unknownMeaning] = brought;
      return [name, meaning ?? (brought.size > 1 ? unknownMeaning : only)];
    }),
  );
}
