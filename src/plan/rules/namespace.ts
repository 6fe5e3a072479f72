/** Rules on code that looks at, or writes to, the names of the module it stands in: `global`, `eval`, frames, queries. */
import type { Names } from '../../scope/names.ts';
import type { Statement } from '../../scope/statement.ts';
import { oncePer } from '../../text/once.ts';
import { shorten, type Rule } from '../refusal.ts';
import { asksForName, frameNames, traitsOf } from './traits.ts';

/** `global counter; counter += 1`: the notebook's variable and the module's would part. */
export const writesGlobal: Rule = (statement) => {
  const [write] = statement.names.writes;
  return write === undefined
    ? undefined
    : {
        code: 'NB407',
        offset: write.offset,
        message: { it: `changes the global '${write.name}', which the notebook would no longer see` },
        hint: `Return the new value of '${write.name}', or keep it in an object that is passed in.`,
      };
};

/** `__main__.counter = 1`: from a module the next run would not see it. */
export const writesByModule: Rule = ({ writesNames }) =>
  writesNames === undefined
    ? undefined
    : {
        code: 'NB407',
        offset: writesNames.offset,
        message: { it: 'binds names of the notebook by what it runs or writes to its namespace' },
        hint: 'Leave it in the notebook, or return the values and bind them there.',
      };

/** `globals()`, `eval`, `exec`: which names they see depends on the module they stand in. */
export const looksAtNamespace: Rule = (statement, names) => {
  const { lookups, frameAttribute } = traitsOf(statement);
  for (const { name, offset } of lookups) {
    if (names.bindings.has(name)) continue;
    return {
      code: 'NB408',
      offset,
      message: { it: `calls '${name}', which sees the names of the module it stands in` },
      hint: /^(eval|exec)$/.test(name)
        ? `Leave it in the notebook, or write a dict of the names that the text needs into the call: \`${name}(text, {…})\`.`
        : 'Leave it in the notebook, or pass the names that it looks up as a dict.',
    };
  }
  const attribute = frameAttribute ?? frameImport(statement, names);
  if (attribute === undefined) return undefined;
  return {
    code: 'NB408',
    offset: statement.code.start,
    message: { it: `looks at '${attribute}', and so at the module it stands in` },
    hint: 'Leave it in the notebook, or pass what it looks up as an argument.',
  };
};

/**
 * `ols(formula, data)`, `df.query(text)`: the library looks the names in the text up where it is called, and the text may
 * come from anywhere in the notebook. A query has to mark them, so that it shows whether there is any such text.
 */
export const borrowsNames: Rule = ({ id, borrows }, names) => {
  if (borrows === undefined) return undefined;
  const { call, kind } = borrows;
  if (kind === 'marked' && !markersOf(names).some((marker) => marker !== id)) return undefined;
  return {
    code: 'NB408',
    offset: call.offset,
    message: `'${shorten(call.callee)}' looks up names of the module that the call stands in, and its text is not written out`,
    hint: 'Write the text out where it is called, or leave the definition in the notebook.',
  };
};

/** Of each notebook, the statements with strings that mark names of it for queries: `'x > @limit'`. */
const markersOf = oncePer((names: Names): readonly number[] =>
  names.statements
    .filter(({ normalised }) => {
      // A decorator's `@` stands apart; what stands in a query itself is no part of another.
      if (!/@[^\s\d\W]/.test(normalised)) return false;
      const others = normalised.replace(/\. (?:query|eval) \( \w?(?:"[^"\n]*"|'[^'\n]*') \)/g, '');
      return [...others.matchAll(/@([^\W\d]\w*)/gu)].some(([, name]) => names.bindings.has(name!));
    })
    .map(({ id }) => id),
);

/** What of `inspect` or `sys` a statement reads by a name that an import binds. */
function frameImport(statement: Statement, names: Names): string | undefined {
  const members = frameImportsOf(names);
  if (members.size === 0) return undefined;
  const read = statement.names.references.find(
    ({ name }) => members.has(name) && !asksForName(statement.normalised, name),
  );
  return read === undefined ? undefined : members.get(read.name);
}

/** Of each notebook, what of `inspect` or `sys` its imports bind by a name. */
const frameImportsOf = oncePer(({ statements, bindings }: Names): ReadonlyMap<string, string> => {
  const members = new Map<string, string>();
  for (const { id, names } of statements) {
    for (const { name, member } of names.imports) {
      if (member === undefined || !frameNames.has(member) || members.has(name)) continue;
      const isBound = bindings
        .get(name)
        ?.some(({ statement, kind }) => statement === id && kind === 'import');
      if (isBound === true) members.set(name, member);
    }
  }
  return members;
});
