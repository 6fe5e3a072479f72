/** Tells what an import clause names, what the name that it binds stands for, and where in a package that lies. */
import type { Import } from './scope.ts';

/** The dotted path that a clause names: `torch.nn` of `import torch.nn` and of `from torch import nn`. */
export function namedPath({ module, member }: Pick<Import, 'module' | 'member'>): string {
  return member === undefined ? module : `${module}.${member}`;
}

/**
 * The dotted path that the bound name stands for: `import a.b` and `import a.c` both bind `a`; `import a.b as c` and
 * `from a import b as c` are the same.
 */
export function boundPath(item: Import): string {
  return item.member === undefined && !item.isRenamed ? item.name : namedPath(item);
}

/**
 * The module or folder of the package, without the package's name, that an import clause names; empty for the package
 * itself, undefined for what is no part of it.
 * @param from the importing module
 */
export function pathInPackage(
  { module }: Pick<Import, 'module'>,
  packageName: string,
  from?: string,
): string | undefined {
  if (module.startsWith('.')) {
    if (from === undefined) return undefined;
    const level = /^\.+/.exec(module)![0].length;
    const base = from.split('.').slice(0, -level);
    return [...base, module.slice(level)].filter((part) => part !== '').join('.');
  }
  if (module === packageName) return '';
  return module.startsWith(`${packageName}.`) ? module.slice(packageName.length + 1) : undefined;
}
