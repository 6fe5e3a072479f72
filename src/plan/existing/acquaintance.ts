/** Turns the modules of the package that is there, and what they change, into what `own.ts` asks of them. */
import { pathInPackage } from '../../scope/clause.ts';
import type { Modules } from '../own.ts';
import { countsSubclasses } from '../rules/lookers.ts';
import { isChanged } from './apart.ts';
import type { Changed } from './changed.ts';
import { importPath, type ModuleIndex } from './modules.ts';

export function asAsked(
  { all, packageName, namesOf, memberOf, find }: ModuleIndex,
  changed: ReadonlyMap<string, Changed>,
): Modules {
  let isCounting: boolean | undefined;
  return {
    namesOf,
    sourceOf: (item, from) => {
      const path = pathInPackage(item, packageName, from);
      if (path === undefined) return 'outside';
      return item.member === undefined ? 'unknown' : (memberOf(path, item.member) ?? 'unknown');
    },
    find,
    tell: (module, name) => importPath(name, module, packageName),
    countsSubclasses: () => (isCounting ??= all.some(({ names }) => countsSubclasses(names))),
    isRebound: (module, name) => changed.get(module)!.rebound.has(name),
    isChangedElsewhere: (module, name, statement) => {
      const here = changed.get(module)!;
      return here.elsewhere.has(name) && isChanged(here, name, statement);
    },
  };
}
