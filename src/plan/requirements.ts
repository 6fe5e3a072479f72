/**
 * Tells what code needs of the environment that it is imported in, and what a notebook is known to find there.
 *
 * A requirement is the dotted path of what an import takes from outside: `torch.nn` of `import torch.nn` and of
 * `from torch import nn`. A notebook that runs has all that its own import statements name, once they have run; of
 * anything else nothing is known: the package may be missing, or its version may lack the name. Syntax that not every
 * Python parses requires such a Python, `python312`, which a notebook has that was last open in it, or has such syntax itself.
 */
import { namedPath } from '../scope/clause.ts';
import type { Import } from '../scope/scope.ts';
import { isSkipped, type Names } from '../scope/names.ts';
import { newestOf, pythonsFor } from '../scope/syntax-version.ts';
import { oncePer } from '../text/once.ts';
import { standardLibrary, unsteady } from '../text/standard-library.ts';

/** Of an import clause what tells the requirement. */
type Requiring = Pick<Import, 'module' | 'member' | 'isTried'>;

/** @returns undefined for what is always there: the standard library, and IPython, which runs the notebook */
function requirementOf(item: Requiring): string | undefined {
  const { module, member } = item;
  const path = member === '*' ? module : namedPath(item);
  const top = module.split('.', 1)[0]!;
  if (top === 'IPython') return undefined;
  if (standardLibrary.has(top) && !unsteady.has(module) && !unsteady.has(path)) return undefined;
  return path;
}

/** What a statement's own imports require; what is tried under `try` is not required. */
export function requirementsOf(imports: readonly Requiring[]): string[] {
  const found: string[] = [];
  for (const item of imports) {
    const path = item.isTried === true ? undefined : requirementOf(item);
    if (path !== undefined && !found.includes(path)) found.push(path);
  }
  return found;
}

/** Of all that a notebook requires, and of the packages that it lies in, the first statement that imports it. */
export const firstImports = oncePer((names: Names): ReadonlyMap<string, number> => {
  const firsts = new Map<string, number>();
  for (const statement of names.statements) {
    const isImport = statement.kind === 'import' || statement.kind === 'import-block';
    const { imports } = statement.names;
    const sure = isImport ? imports : imports.filter((item) => item.isSure === true);
    if (isSkipped(names, statement.cell)) continue;
    // What a `try` may install is there when it is over.
    const place = isImport ? statement.id : statement.id + 0.5;
    for (const path of requirementsOf(sure)) {
      for (const part of withPackages(path)) if (!firsts.has(part)) firsts.set(part, place);
    }
  }
  // A cell that is skipped is parsed by none.
  const parsed = names.statements.filter(({ cell, isBroken }) => !isBroken && !isSkipped(names, cell));
  for (const python of pythonsFor(newestOf([...parsed, { version: names.source.python }])))
    firsts.set(python, -1);
  return firsts;
});

/** A requirement, and the packages that it lies in: `torch.nn` and `torch`. */
export function withPackages(path: string): string[] {
  const parts = path.split('.');
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('.'));
}

/** The last of the statements that must have run before what import clauses require is known to be there; -1: none. */
export function lastRequired(imports: readonly Requiring[], names: Names): number {
  const firsts = firstImports(names);
  return Math.max(-1, ...requirementsOf(imports).map((path) => firsts.get(path) ?? -1));
}

export const nothing: ReadonlySet<string> = new Set();

/** What two sets have in common, and what is in `besides`; the first itself if that is all of it. */
export function intersection(
  a: ReadonlySet<string>,
  b: ReadonlySet<string>,
  besides: ReadonlySet<string> = nothing,
): ReadonlySet<string> {
  if (a === b) return a;
  for (const path of a) {
    if (!b.has(path) && !besides.has(path))
      return new Set([...a].filter((each) => b.has(each) || besides.has(each)));
  }
  return a;
}
