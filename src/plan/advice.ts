/** Turns what a definition reads that only its notebook has into one hint: followed, it needs nothing more of that kind. */
import { builtins, isShellName, moduleAttributes } from '../scope/builtins.ts';
import type { Names } from '../scope/names.ts';
import { isCallable, type Statement } from '../scope/statement.ts';
import type { Refusal, Step } from './refusal.ts';

/** What is read as a definition is made. */
const headers = {
  function: 'its defaults, decorators and annotations',
  class: 'its bases, decorators and class body',
};

/**
 * The refusal of a definition for a name, with a hint about all names of that kind: one is refused for the first, and would
 * be for the next. Of one that needs what stays, with a hint about what that stays for in the end.
 */
export function adviseOnAll(
  statement: Statement,
  refusal: Refusal,
  names: Names,
  movable: ReadonlySet<number>,
  refusals: ReadonlyMap<number, Refusal>,
): Refusal {
  if (refusal.needed !== undefined) return adviseOnCause(refusal, refusal.needed, names, refusals);
  const [step] = typeof refusal.hint === 'string' ? [] : refusal.hint;
  if (step === undefined) return refusal;
  if (step.does !== 'define' && step.does !== 'unstar')
    return { ...refusal, hint: stepsFor(step, statement, names, movable) };
  const unbound = unboundIn(statement, names);
  return unbound.length < 2 ? refusal : { ...refusal, hint: [{ ...step, names: unbound }] };
}

/** What to do about all variables that a definition reads, where `step` says what about the first. */
function stepsFor(
  step: Step,
  statement: Statement,
  names: Names,
  movable: ReadonlySet<number>,
): readonly Step[] {
  const renamed = step.does === 'rename' ? step.name : undefined;
  const variables = [...variablesOf(statement, names, movable)].filter(([name]) => name !== renamed);
  const early = variables.filter(([, isEarly]) => isEarly).map(([name]) => name);
  const late = variables.filter(([, isEarly]) => !isEarly).map(([name]) => name);
  const isOne = variables.length === 1 && renamed === undefined;
  const hasLater = step.does === 'pass' && step.or?.does === 'rename';
  const canRename = isOne && hasLater && isMovedOnce(variables[0]![0], names, movable);
  if (variables.length === 0 || (isOne && early.length === 0 && (canRename || !hasLater))) return [step];
  const steps: Step[] = [];
  if (renamed !== undefined) steps.push(step);
  if (early.length > 0) {
    const where = headers[statement.kind === 'class' ? 'class' : 'function'];
    steps.push({ does: 'drop', names: early, where, orRename: canRename });
  }
  if (late.length > 0) steps.push({ does: 'pass', names: late });
  return steps;
}

/** Of what needs a definition that stays for another that stays, and so on: the one that has a reason of its own. */
function adviseOnCause(
  refusal: Refusal,
  needed: number,
  { statements }: Names,
  refusals: ReadonlyMap<number, Refusal>,
): Refusal {
  let cause = needed;
  for (;;) {
    const next = refusals.get(cause)?.needed;
    if (next === undefined) break;
    cause = next;
  }
  const code = refusals.get(cause)?.code;
  if (cause === needed || code === undefined) return refusal;
  const [name, between] = [cause, needed].map((id) => statements[id]!.defines[0]);
  const hint = `See why '${name}' (cell ${statements[cause]!.cell}) stays (${code}), which '${between}' needs in turn: once that is mended, all can move.`;
  return { ...refusal, hint };
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

/** The names of a definition that nothing binds, or a star import may. */
function unboundIn({ names: { references } }: Statement, { bindings }: Names): string[] {
  const isUnbound = (name: string): boolean =>
    !bindings.has(name) && !builtins.has(name) && !isShellName(name) && !moduleAttributes.has(name);
  return [...new Set(references.map(({ name }) => name))].filter(isUnbound);
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
      new Set(binders.map(({ normalised }) => normalised)).size === 1 && isCallable(binders[0]!);
    const isVariable =
      !isDefined && binders.some(({ id }) => !movable.has(id)) && own.some(({ kind }) => kind !== 'import');
    if (isVariable) variables.set(name, variables.get(name) === true || time === 'definition');
  }
  return variables;
}
