/** Tells what an import clause names, and what the name that it binds stands for. */
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
