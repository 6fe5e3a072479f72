/** Turns what a definition reads that only its notebook has into one hint: followed, it needs nothing more of that kind. */
import { builtins, isShellName, moduleAttributes } from '../scope/builtins.ts';
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';
import type { Refusal } from './refusal.ts';
import { isDefinition } from './touch.ts';

/** More are not spelt out. */
const mostNamed = 8;

/** What is read as a definition is made. */
const headers = {
  function: 'its defaults, decorators and annotations',
  class: 'its bases, decorators and class body',
};

/**
 * The refusal of a definition that reads notebook variables, with a hint about all of them: one is refused for the first,
 * and would be for the next.
 */
export function adviseOnAll(
  statement: Statement,
  refusal: Refusal,
  names: Names,
  movable: ReadonlySet<number>,
): Refusal {
  if (/^NB41[12]$/.test(refusal.code)) return adviseOnUnbound(statement, refusal, names);
  const { hint } = refusal;
  const renamed = /^Give one of the two another name than '(.*)'\.$/.exec(hint)?.[1];
  if (!/^NB40[12]$/.test(refusal.code) || (renamed === undefined && !hint.startsWith('Pass ')))
    return refusal;
  const variables = [...variablesOf(statement, names, movable)].filter(([name]) => name !== renamed);
  const early = variables.filter(([, isEarly]) => isEarly).map(([name]) => name);
  const late = variables.filter(([, isEarly]) => !isEarly).map(([name]) => name);
  const isOne = variables.length === 1 && renamed === undefined;
  const hasLater = /later values?/.test(hint);
  const canRename = isOne && hasLater && isMovedOnce(variables[0]![0], names, movable);
  if (variables.length === 0 || (isOne && early.length === 0 && (canRename || !hasLater))) return refusal;
  const steps: string[] = [];
  if (renamed !== undefined) steps.push(`give one of the two another name than ${quote([renamed])}`);
  if (early.length > 0) {
    const other = canRename ? `give the later value of ${quote(early)} another name, or ` : '';
    const header = headers[statement.kind === 'class' ? 'class' : 'function'];
    steps.push(`${other}do without ${quote(early)} in ${header}`);
  }
  if (late.length > 0)
    steps.push(`pass ${quote(late)} to it as ${late.length === 1 ? 'an argument' : 'arguments'}`);
  const all = steps.join('; ');
  return { ...refusal, hint: `${all[0]!.toUpperCase()}${all.slice(1)}.` };
}

/** Whether a name would be one thing that could move, were it not bound again: what is bound first is an import or the like. */
function isMovedOnce(name: string, { bindings, statements }: Names, movable: ReadonlySet<number>): boolean {
  const first = statements[bindings.get(name)![0]!.statement]!;
  if (/^(import|import-block|function|class)$/.test(first.kind)) return true;
  const { effects, calls } = first.effects;
  const isPlain = effects.length + calls.length === 0;
  return (
    first.kind === 'constant' &&
    isPlain &&
    first.names.references.every((reference) =>
      (bindings.get(reference.name) ?? []).every(
        ({ statement, kind }) => kind === 'import' || movable.has(statement),
      ),
    )
  );
}

/** The same for what nothing binds, or a star import may: all such names of the definition. */
function adviseOnUnbound(
  { names: { references } }: Statement,
  refusal: Refusal,
  { bindings }: Names,
): Refusal {
  const isUnbound = (name: string): boolean =>
    !bindings.has(name) && !builtins.has(name) && !isShellName(name) && !moduleAttributes.has(name);
  const unbound = [...new Set(references.map(({ name }) => name))].filter(isUnbound);
  if (unbound.length < 2) return refusal;
  const hint = refusal.hint.replace(
    /^(Define or import |Import by name what is used in place of the star: )'[^']*'/,
    (_, verb: string) => verb + quote(unbound),
  );
  return { ...refusal, hint };
}

/** The variables that a definition reads and no module could have, and whether it reads them as it is made. */
function variablesOf(
  { defines, names: { references } }: Statement,
  { bindings, statements }: Names,
  movable: ReadonlySet<number>,
): ReadonlyMap<string, boolean> {
  const variables = new Map<string, boolean>();
  for (const { name, time } of references) {
    const own = defines.includes(name) ? [] : (bindings.get(name) ?? []);
    const binders = own.map(({ statement }) => statements[statement]!);
    // What one definition makes stays for a reason of its own.
    const isDefined =
      new Set(binders.map(({ normalised }) => normalised)).size === 1 && isDefinition(binders[0]!);
    const isVariable =
      !isDefined && binders.some(({ id }) => !movable.has(id)) && own.some(({ kind }) => kind !== 'import');
    if (isVariable) variables.set(name, variables.get(name) === true || time === 'definition');
  }
  return variables;
}

function quote(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  const rest = quoted.length - mostNamed;
  const shown = rest < 2 ? quoted : [...quoted.slice(0, mostNamed), `${rest} more`];
  return [shown.slice(0, -1).join(', '), shown.at(-1)!].filter((part) => part !== '').join(' and ');
}
