/** Tells which statements of the package that is there make something that their text alone does not tell. */
import type { Statement } from '../../scope/statement.ts';
import { isOneOfMany } from '../touch.ts';
import type { Changed } from './changed.ts';
import { isLoud } from './loud.ts';
import { isInit, targetOf, type ModuleIndex } from './modules.ts';

/**
 * The statements whose text does not tell what they make: a class, or what may change, whose text a module before has,
 * too; and what its module or another changes after it was made, or may change as its module calls what it defines. By
 * module and statement, the place that tells them apart.
 */
export function apartIn(
  { all, packageName }: ModuleIndex,
  changed: ReadonlyMap<string, Changed>,
): ReadonlyMap<string, ReadonlyMap<number, string>> {
  const firsts = new Map<string, string>();
  const apart = new Map<string, ReadonlyMap<number, string>>();
  for (const { module, names } of all) {
    if (isInit(module)) continue;
    const places = new Map<number, string>();
    const isStirred = isLoud(names);
    for (const statement of names.statements) {
      const { id, kind, normalised, defines, mutability } = statement;
      if (defines.length === 0 || !/^(function|class|constant)$/.test(kind)) continue;
      const isOther =
        defines.some((name) => isChanged(changed.get(module)!, name, statement)) ||
        (isStirred && mutability !== 'none');
      let isRepeated = false;
      if (isOneOfMany(statement)) {
        const first = firsts.get(normalised);
        if (first === undefined) firsts.set(normalised, module);
        else isRepeated = first !== module;
      }
      if (isOther || isRepeated) places.set(id, targetOf(defines[0]!, module, packageName));
    }
    apart.set(module, places);
  }
  return apart;
}

/** Whether what a statement makes by a name is changed, or the name bound anew. */
export function isChanged(
  { objects, attributes, rebound }: Changed,
  name: string,
  { mutability }: Statement,
): boolean {
  return attributes.has(name) || rebound.has(name) || (mutability !== 'none' && objects.has(name));
}
