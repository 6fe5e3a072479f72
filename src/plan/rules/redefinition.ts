/** The rule on names that a notebook binds more than once: whether the definitions may stand for one another. */
import type { Names } from '../../scope/names.ts';
import { isCallable, type Statement } from '../../scope/statement.ts';
import { oncePer } from '../../text/once.ts';
import type { Rule } from '../refusal.ts';
import { evaluators } from './traits.ts';

/**
 * Two definitions of one name that differ: which one the name means depends on how far the notebook has run. What is
 * bound in other ways may be bound again: the import stands where the definition stood, and who reads the name stays.
 */
export const isDefinedTwice: Rule = (statement, names) => {
  for (const name of statement.defines) {
    const bindings = names.bindings.get(name) ?? [];
    if (bindings.length === 1) continue;
    // It is the same as what is imported.
    if (bindings.every(({ kind }) => kind === 'import') && statement.kind !== 'import-block') continue;
    if (isOverloadGroup(bindings.map((binding) => names.statements[binding.statement]!))) continue;
    // Asked once for all: a cell may hold the same definitions hundreds of times.
    const isInterchangeable =
      statement.mutability === 'none' &&
      !isChanged(name, names) &&
      (statement.kind !== 'class' || !isUsedBetween(name, names));
    for (const binding of bindings) {
      const other = names.statements[binding.statement]!;
      if (other.id === statement.id) continue;
      const isSame = other.kind === statement.kind && other.normalised === statement.normalised;
      if (isSame && isInterchangeable) continue;
      const isDefinition = isCallable(other) && other.defines.includes(name);
      if (isCallable(statement) && !isDefinition) continue;
      return {
        code: isDefinition ? 'NB421' : 'NB403',
        offset: statement.code.start,
        message: isDefinition
          ? `cell ${other.cell} defines '${name}' ${isSame ? 'anew' : 'differently'}`
          : `'${name}' is also bound in cell ${other.cell}`,
        ...(isDefinition && { rival: other.cell }),
        hint: isSame ? `Define '${name}' once.` : `Give one of the two another name than '${name}'.`,
      };
    }
    const own = bindings.filter((binding) => binding.statement === statement.id);
    const possible = own.find(({ isPossible }) => isPossible === true);
    if (possible !== undefined) {
      return {
        code: 'NB407',
        offset: possible.offset,
        message: { it: 'may bind any name of the notebook, by what it runs or writes to its namespace' },
        hint: 'Leave it in the notebook, or return the values and bind them there.',
      };
    }
    if (own.length > 1 && statement.kind !== 'import-block') {
      return {
        code: 'NB403',
        offset: own[1]!.offset,
        message: { it: `binds '${name}' more than once` },
        hint: `Use another name than '${name}' for the second value.`,
      };
    }
  }
  return undefined;
};

/** Whether the notebook sets attributes of what a name means: a definition made anew would lose them. */
function isChanged(name: string, names: Names): boolean {
  return names.statements.some(({ setsAttributeOf }) => setsAttributeOf.has(name));
}

/** Of each notebook the names whose definitions are used between them, or not. */
const usesIn = oncePer((_: Names) => new Map<string, boolean>());

/**
 * Whether anything that runs between two definitions of a class uses the first, or what leans on it: then there may be
 * instances, subclasses or other traces of it, of which the second knows nothing.
 */
function isUsedBetween(name: string, names: Names): boolean {
  const known = usesIn(names);
  const before = known.get(name);
  if (before !== undefined) return before;
  const leaning = leaningOn(name, names);
  const ids = names.bindings.get(name)!.map(({ statement }) => statement);
  const isUsed = names.statements
    .slice(ids[0]! + 1, ids.at(-1))
    .some((between) => !ids.includes(between.id) && runsOn(between, leaning));
  known.set(name, isUsed);
  return isUsed;
}

/** A name, and all that are bound by what mentions it or another of them. */
function leaningOn(name: string, { statements }: Names): ReadonlySet<string> {
  const leaning = new Set([name]);
  for (let size = 0; size < leaning.size;) {
    size = leaning.size;
    for (const statement of statements) {
      if (statement.kind === 'import' || !usedBy(statement).some((used) => leaning.has(used))) continue;
      for (const { name: bound } of statement.names.bindings) leaning.add(bound);
      for (const { name: bound } of statement.names.writes) leaning.add(bound);
    }
  }
  return leaning;
}

/** Whether one of the names is used as the statement runs; the bodies of functions don't. */
function runsOn(statement: Statement, names: ReadonlySet<string>): boolean {
  if (!isCallable(statement)) return usedBy(statement).some((name) => names.has(name));
  return statement.names.references.some(({ name, time }) => time === 'definition' && names.has(name));
}

/** The names that a statement looks up; those in strings and magics where it may run them. */
function usedBy(statement: Statement): string[] {
  const used = statement.names.references.map(({ name }) => name);
  const isOpaque =
    statement.magic !== undefined || statement.isBroken || used.some((name) => runners.has(name));
  return isOpaque ? [...statement.mentions] : used;
}

const runners = new Set([...evaluators, 'get_ipython', 'getattr', '__main__']);

/** Whether statements are the `@overload` signatures of one function and, directly after them, the function itself. */
export function isOverloadGroup(statements: readonly Statement[]): boolean {
  return (
    statements.length > 1 &&
    statements.every(({ id, kind, normalised }, i) => {
      const isSignature = /^(@ (\w+ \. )?overload )+(async )?def /.test(normalised);
      return kind === 'function' && id === statements[0]!.id + i && isSignature === i < statements.length - 1;
    })
  );
}
