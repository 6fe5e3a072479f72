/** Turns import clauses into the modules of the package that run for them. */
import { pathInPackage } from '../../scope/clause.ts';
import type { Names } from '../../scope/names.ts';
import type { Import } from '../../scope/scope.ts';
import type { Explain } from '../identity.ts';
import { initOf, within, type ModuleIndex } from './modules.ts';

/**
 * The modules of the package that must have run for an import clause: what it names, a module or what a folder's
 * `__init__` binds. What runs besides, the `__init__` of the folders above, is left to who knows what has run before.
 * @param from the importing module, for relative imports
 */
export type Runs = (item: Import, from?: string) => readonly string[];

export function runsIn({ packageName, namesOf, moduleAt }: ModuleIndex, explain: Explain): Runs {
  return (item, from) => {
    const path = pathInPackage(item, packageName, from);
    if (path === undefined) return [];
    const init = initOf(path);
    const named = path === '' || namesOf(init) !== undefined ? init : path;
    // `import churn.data` binds `churn`, of which anything may be read.
    if (item.member === undefined) return item.isRenamed ? [named] : [named, '__init__'];
    const inside = within(path, item.member);
    const submodule = moduleAt(inside);
    if (submodule === undefined) return [named];
    const target = `import:${packageName}.${inside}`;
    // `from .data import data` in an `__init__` makes the name mean something else than the module.
    return explain(target) === target ? [submodule] : [submodule, init];
  };
}

/** The modules of the package that a module imports. */
export function importsOf({ statements }: Names, module: string, runs: Runs): string[] {
  const items = statements.flatMap(({ names }) => [...names.imports, ...names.innerImports]);
  return [...new Set(items.flatMap((item) => runs(item, module)))];
}
