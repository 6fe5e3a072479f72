/** Turns the names of a notebook or module into the modules that it imports, for the dependencies of its project. */
import type { ImportedModule } from '../project/dependencies.ts';
import { namedPath } from '../scope/clause.ts';
import type { Names } from '../scope/names.ts';

/** Extensions that IPython itself brings. */
const ownExtensions = /^(autoreload|storemagic|cythonmagic)$/;

/** What the names import, each module once; relative imports are the package's own. */
export function importedModules({ source, statements, cells }: Names): ImportedModule[] {
  const found = new Map<string, boolean>();
  const add = (module: string, isOptional: boolean): void => {
    if (!module.startsWith('.') && /^[\p{ID_Start}_]/u.test(module))
      found.set(module, isOptional && found.get(module) !== false);
  };
  for (const { names } of statements) {
    for (const item of [...names.imports, ...names.innerImports]) {
      add(item.member === '*' ? item.module : namedPath(item), item.isTried === true);
    }
  }
  for (const { name, argument } of cells.flatMap(({ magics }) => magics)) {
    if (name === 'matplotlib' || name === 'pylab') add('matplotlib', false);
    if (name === 'load_ext' && !ownExtensions.test(argument.trim())) add(argument.trim(), false);
  }
  return [...found].map(([module, isOptional]) => ({ module, isOptional, path: source.path }));
}
