/** Tells which submodules an `import a` has to name where code spells out `a.b`: importing `a` alone need not load it. */
import type { Names } from '../scope/names.ts';
import type { Import } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import { oncePer } from '../text/once.ts';

/** Whether a statement's code spells out a dotted path. */
export function spells({ normalised }: Statement, path: string): boolean {
  const escaped = path.split('.').join(' \\. ');
  return new RegExp(`(?<![\\w.])${escaped}(?!\\w)`, 'u').test(normalised);
}

/**
 * The clauses that stand for `import a` in a module: `import a.b` where the reader spells out `a.b`, and the notebook has
 * it only by `from a.b import c` or `import a.b as c`; else the clause itself.
 */
export function withSubmodules(clause: Import, reader: Statement, names: Names): Import[] {
  const { name, module, member, isRenamed } = clause;
  if (member !== undefined || isRenamed) return [clause];
  const spelled = new Set<string>();
  for (const path of submodulesOf(names).get(name) ?? []) {
    // Of `a.b.c` as much as is spelled out.
    let end = path.length;
    while (end > module.length && !spells(reader, path.slice(0, end))) end = path.lastIndexOf('.', end - 1);
    if (end > module.length) spelled.add(path.slice(0, end));
  }
  return spelled.size === 0 ? [clause] : [...spelled].sort().map((path) => ({ ...clause, module: path }));
}

/** By top-level package: the submodules that a notebook loads without binding the package. */
const submodulesOf = oncePer((names: Names): ReadonlyMap<string, readonly string[]> => {
  const submodules = new Map<string, string[]>();
  for (const { kind, names: own } of names.statements) {
    if (kind !== 'import') continue;
    for (const { module, member, isRenamed } of own.imports) {
      const dot = module.indexOf('.');
      // `os` has `os.path` by itself.
      if (dot <= 0 || (member === undefined && !isRenamed) || module === 'os.path') continue;
      const top = module.slice(0, dot);
      const list = submodules.get(top);
      if (list === undefined) submodules.set(top, [module]);
      else if (!list.includes(module)) list.push(module);
    }
  }
  return submodules;
});
