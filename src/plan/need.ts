/** What a name that a definition looks up turns out to be, and the statements that bind it. */
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';

/** What a name that a definition looks up turns out to be. */
export type Need =
  | { readonly kind: 'builtin' }
  /** Bound by no import of its own: `display`, or a name that a star import brought. A module imports it by name. */
  | { readonly kind: 'given'; readonly module: string }
  /** Bound by import statements that all name the same thing. */
  | { readonly kind: 'import'; readonly statements: readonly number[] }
  /** Bound by definitions or constants of the notebook; several only if they are equal. */
  | { readonly kind: 'definition'; readonly statements: readonly number[] };

/** The statements that bind a name, in order. */
export function bindersOf(name: string, { bindings, statements }: Names): Statement[] {
  const ids = (bindings.get(name) ?? []).map((binding) => binding.statement);
  return [...new Set(ids)].map((id) => statements[id]!);
}

/** How many times one statement binds a name: an import block binds it in each branch. */
export function bindingsIn(statement: Statement, name: string): number {
  return statement.names.bindings.filter((binding) => binding.name === name).length;
}

/** Whether a statement imports the name whichever way it goes, be it in a `try`. */
export function importsSurely({ kind, names: { imports } }: Statement, name: string): boolean {
  return kind === 'import' || imports.some((item) => item.name === name && item.isSure === true);
}
