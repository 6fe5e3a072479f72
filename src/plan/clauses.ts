/** Tells which import clauses of a notebook a statement needs, and which of them name what the package itself has. */
import { namedPath, pathInPackage } from '../scope/clause.ts';
import type { Names } from '../scope/names.ts';
import type { Import } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import type { Graph } from './graph.ts';
import { spells, withSubmodules } from './submodules.ts';

/** What an import clause names, as the package is asked for it: `import:churn.data.load`. */
export function clauseTarget(item: Import): string {
  return `import:${namedPath(item)}`;
}

/** The clauses of import statements that bind a name as the statement needs it. */
export function clausesOf(
  name: string,
  statements: readonly number[],
  reader: Statement,
  names: Names,
): Import[] {
  const items = statements.flatMap((id) =>
    names.statements[id]!.names.imports.filter((item) => item.name === name),
  );
  const dotted = items.filter(
    (item) => item.member === undefined && !item.isRenamed && item.module.includes('.'),
  );
  // Of `import a`, `import a.b` and `import a.c` those are needed whose path the code spells out.
  const spelled = dotted.filter((item) => spells(reader, item.module));
  const plain = items.filter((item) => !dotted.includes(item));
  if (spelled.length > 0) return spelled;
  return plain.length > 0 ? withSubmodules(plain[0]!, reader, names) : dotted;
}

/** An import from the package itself. */
export interface OwnImport {
  readonly clause: Import;
  readonly statement: number;
}

export function ownImportsOf({ statements }: Names, packageName: string): OwnImport[] {
  const found: OwnImport[] = [];
  for (const { id, names } of statements) {
    const add = (clause: Import): void => {
      if (pathInPackage(clause, packageName) !== undefined) found.push({ clause, statement: id });
    };
    names.imports.forEach(add);
    names.innerImports.forEach(add);
  }
  return found;
}

/** The module of the package that a name is imported from as it is there, if it is. */
export function ownImport(
  name: string,
  statements: readonly number[],
  graph: Graph,
  packageName: string,
): string | undefined {
  for (const id of statements) {
    for (const item of graph.names.statements[id]!.names.imports) {
      if (item.name !== name || item.member === undefined) continue;
      const path = item.member === name ? pathInPackage(item, packageName) : undefined;
      return path === '' ? undefined : path;
    }
  }
  return undefined;
}
