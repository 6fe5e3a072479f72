/** Tells which module of the package that is there a path, an import clause or the target of an import names. */
import { pathInPackage } from '../../scope/clause.ts';
import type { Names } from '../../scope/names.ts';
import type { Import } from '../../scope/scope.ts';

/** A module of the package that exists already, read as a program of one cell. */
export interface ExistingModule {
  /** Dotted, without the package; `data.__init__` is what a folder runs, `__init__` what the package itself runs. */
  readonly module: string;
  readonly names: Names;
}

/** A module of the package, or what it has by a name. */
export interface Source {
  readonly module: string;
  readonly member?: string;
}

/** The modules of the package that is there, by what names them. */
export interface ModuleIndex {
  readonly packageName: string;
  readonly all: readonly ExistingModule[];
  /** What a module binds and does; undefined where there is none of that name. */
  readonly namesOf: (module: string) => Names | undefined;
  /** The module that a path in the package stands for: `data`, or `data.__init__` for a folder. */
  readonly moduleAt: (path: string) => string | undefined;
  /** What a dotted path stands for that begins with the package and ends with a member: `churn.data.load`. */
  readonly find: (path: string) => Required<Source> | undefined;
  /** What a member of a module or folder is that is no module itself. */
  readonly memberOf: (path: string, member: string) => Required<Source> | undefined;
  /**
   * What an import clause names, a module or a member that is none.
   * @param from the importing module, for relative imports
   */
  readonly moduleOf: (item: Pick<Import, 'module' | 'member'>, from: string) => Source | undefined;
}

export function indexModules(all: readonly ExistingModule[], packageName: string): ModuleIndex {
  const known = new Map(all.map(({ module, names }) => [module, names]));
  const moduleAt = (path: string): string | undefined =>
    [path, initOf(path)].find((candidate) => known.has(candidate));
  const memberOf: ModuleIndex['memberOf'] = (path, member) => {
    const module = moduleAt(path);
    return module === undefined || moduleAt(within(path, member)) !== undefined
      ? undefined
      : { module, member };
  };
  return {
    packageName,
    all,
    namesOf: (module) => known.get(module),
    moduleAt,
    memberOf,
    find: (path) => {
      const [top, ...inside] = path.split('.');
      const member = inside.pop();
      return top !== packageName || member === undefined ? undefined : memberOf(inside.join('.'), member);
    },
    moduleOf: (item, from) => {
      const path = pathInPackage(item, packageName, from);
      if (path === undefined) return undefined;
      const { member } = item;
      const found = member === undefined ? undefined : memberOf(path, member);
      if (found !== undefined) return found;
      const module = moduleAt(member === undefined ? path : within(path, member));
      return module === undefined ? undefined : { module };
    },
  };
}

/** What a folder runs when it is imported; of the empty path, the package itself. */
export function initOf(path: string): string {
  return within(path, '__init__');
}

/** Whether a module is what a folder runs when it is imported: definitions are neither put there nor found there. */
export function isInit(module: string): boolean {
  return /(^|\.)__init__$/.test(module);
}

/** The path of a member of what another path stands for. */
export function within(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`;
}

/** The dotted path by which a name of a module is imported: `churn.data.load`. */
export function importPath(name: string, module: string, packageName: string): string {
  const parts = module.split('.').filter((part) => part !== '__init__');
  return [packageName, ...parts, name].join('.');
}

/** The target of an import of a name from a module of the package: `import:churn.data.load`. */
export function targetOf(name: string, module: string, packageName: string): string {
  return `import:${importPath(name, module, packageName)}`;
}

/** The dotted path of the target of an import, or of anything of that form. */
export function pathOf(target: string): string {
  return target.slice('import:'.length);
}
