/** Turns what a definition reads that only its notebook has into one hint: followed, it needs nothing more of that kind. */
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';
import type { Refusal } from './refusal.ts';

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
  if (!/^NB40[12]$/.test(refusal.code) || !refusal.hint.startsWith('Pass ')) return refusal;
  const variables = variablesOf(statement, names, movable);
  const early = [...variables].filter(([, isEarly]) => isEarly).map(([name]) => name);
  const late = [...variables].filter(([, isEarly]) => !isEarly).map(([name]) => name);
  const pass = `ass ${quote(late)} to it as ${late.length === 1 ? 'an argument' : 'arguments'}.`;
  if (early.length === 0) return late.length < 2 ? refusal : { ...refusal, hint: `P${pass}` };
  const rename = variables.size === 1 && refusal.hint.includes('later value');
  const hint = rename ? `Give the later value of ${quote(early)} another name, or d` : 'D';
  const rest = late.length === 0 ? '.' : `; p${pass}`;
  return {
    ...refusal,
    hint: `${hint}o without ${quote(early)} in ${headers[statement.kind === 'class' ? 'class' : 'function']}${rest}`,
  };
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
    const isVariable =
      binders.some(({ id }) => !movable.has(id)) &&
      own.every(({ kind }) => kind !== 'import') &&
      binders.some(({ kind }) => kind !== 'function' && kind !== 'class');
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
