/** Turns the targets of imports from the package that is there into what who imports them has to know. */
import type { Names } from '../../scope/names.ts';
import { builtinMeaning } from '../conditions.ts';
import type { Explain } from '../identity.ts';
import { isPublic, type Namespace } from '../namespaces.ts';
import type { Told } from '../notebook-graph.ts';
import type { Acquaintance } from '../own.ts';
import { holdersIn, type Holders, type Holding } from './holders.ts';
import { importPath, pathOf, type ModuleIndex } from './modules.ts';

/** What is told of targets: `import:churn.data.load`. */
export interface Teller {
  /** What a target means; itself where nothing more is known of it. */
  readonly tell: (target: string) => Told;
  /** What of a target holds a barrier, if anything does. */
  readonly holding: (target: string) => Holding | undefined;
  /** The names that the target of a star import (`import:churn.data.*`) brings; none of any other target. */
  readonly brings: (target: string) => readonly string[];
  /** Whether the package surely lacks what a target names: `import:churn.nothere`. */
  readonly isMissing: (target: string) => boolean;
}

/** What is known of the modules. */
export interface Knowledge {
  readonly own: Acquaintance;
  /** Whether the package binds a name (`churn.data.load`) anew once it has been imported. */
  readonly isRebound: (path: string) => boolean;
  readonly explain: Explain;
  readonly namespaces: ReadonlyMap<string, Namespace>;
}

export function tellerOf(modules: ModuleIndex, knowledge: Knowledge): Teller {
  const { own, isRebound, explain, namespaces } = knowledge;
  const holders = holdersIn(modules.all, modules.moduleOf);
  const reachesIn = reachesOf(modules, own, explain);
  return {
    tell: (target) => {
      const path = pathOf(target);
      const meaning = own(path);
      const module = moduleNamed(path, modules);
      const reaches = module === undefined ? explained(meaning?.reaches, explain) : reachesIn(module);
      return {
        meaning: explain(target),
        ...(meaning !== undefined && { own: meaning }),
        ...(reaches !== undefined && { reaches }),
        ...(isRebound(path) && { isRebound: true as const }),
      };
    },
    holding: (target) => holdingOf(pathOf(target), modules, holders),
    brings: (target) => {
      const module = isStar(target) ? moduleNamed(pathOf(target), modules) : undefined;
      const names = module === undefined ? [] : [...namespaces.get(module)!.names];
      return names.flatMap(([name, meaning]) => (isPublic(name) && meaning !== builtinMeaning ? [name] : []));
    },
    isMissing: (target) => isMissing(target, modules, namespaces),
  };
}

/** Whether a target is all names of a module. */
function isStar(target: string): boolean {
  return target.endsWith('.*');
}

/** The module that a path stands for, or of which it has all names; undefined where it is no module. */
function moduleNamed(path: string, { moduleOf }: ModuleIndex): string | undefined {
  return moduleOf({ module: path.replace(/\.\*$/, '') }, '')?.module;
}

/** @returns what is reached through all names of a module; undefined where that is nothing */
function reachesOf(
  { packageName, namesOf }: ModuleIndex,
  own: Acquaintance,
  explain: Explain,
): (module: string) => readonly string[] | undefined {
  const known = new Map<string, readonly string[] | undefined>();
  return (module) => {
    if (!known.has(module)) {
      const names = [...namesOf(module)!.bindings.keys()];
      const all = names.flatMap((name) => own(importPath(name, module, packageName))?.reaches ?? []);
      known.set(module, all.length === 0 ? undefined : explained([...new Set(all)], explain));
    }
    return known.get(module);
  };
}

function explained(paths: readonly string[] | undefined, explain: Explain): readonly string[] | undefined {
  return paths?.map((path) => explain(`import:${path}`));
}

function holdingOf(path: string, modules: ModuleIndex, holders: Holders): Holding | undefined {
  const whole = modules.moduleOf({ module: path }, '')?.module;
  const place = whole === undefined ? modules.find(path) : undefined;
  const found = holders.get(whole ?? place?.module ?? '');
  if (found === undefined) return undefined;
  if (place === undefined || place.member === '*')
    return { members: [...found.keys()], folders: [...found.values()].flat() };
  const folders = found.get(place.member);
  return folders && { folders };
}

function isMissing(
  target: string,
  { all, moduleAt, namesOf }: ModuleIndex,
  namespaces: ReadonlyMap<string, Namespace>,
): boolean {
  const [, ...path] = target.replace(/\.\*$/, '').split('.');
  const inside = path.join('.');
  const name = path.pop();
  if (name === undefined || /^__\w+__$/.test(name)) return false;
  if (all.some(({ module }) => module === inside || module.startsWith(`${inside}.`))) return false;
  const module = moduleAt(path.join('.'));
  if (module === undefined || isStar(target)) return true;
  const names = namesOf(module)!;
  const namespace = namespaces.get(module)!;
  return !mayMakeMore(names, namespace) && !namespace.names.has(name) && !names.bindings.has(name);
}

/** Whether a module may have names that it does not spell out. */
function mayMakeMore({ bindings, unknowns, statements }: Names, { isOpen }: Namespace): boolean {
  return (
    isOpen ||
    bindings.has('__getattr__') ||
    unknowns.some((unknown) => unknown.module === undefined) ||
    statements.some(({ writesNames }) => writesNames !== undefined)
  );
}
