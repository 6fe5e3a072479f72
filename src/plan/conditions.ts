/**
 * Turns statements into what they ask of the file that they stand in, besides its names: `from __future__` features, and
 * UTF-8. Where two disagree, they can't share a module. Conditions stand among the meanings of names, as one more name each.
 */
import { codingOf } from '../python/encoding.ts';
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';

/** What compiles code under the features of the module that it stands in. */
const compilers = new Set(['compile', 'eval', 'exec']);

/** The features that still change something in Python 3, each with whether it does so in a statement. */
const livingFutures: readonly (readonly [feature: string, matters: (statement: Statement) => boolean])[] = [
  [
    'annotations',
    ({ isAnnotated, names }) => isAnnotated || names.references.some(({ name }) => compilers.has(name)),
  ],
  ['barry_as_FLUFL', ({ normalised }) => /!=|<>/.test(normalised)],
];

/** What a builtin means. */
export const builtinMeaning = 'builtin';

type Condition = readonly [name: string, state: 'on' | 'off'];

const conditionOf = (feature: string, isOn: boolean): Condition => [
  `from __future__ import ${feature}`,
  isOn ? 'on' : 'off',
];

/** The features that a statement was written under and that change what it means. */
export function futuresOf(statement: Statement, names: Names): string[] {
  if (names.futures.length === 0) return [];
  return livingFutures.flatMap(([feature, matters]) =>
    isUnder(feature, statement, names) && matters(statement) ? [feature] : [],
  );
}

/** IPython keeps a cell's features for the cells after it. */
function isUnder(feature: string, { cell }: Statement, { futures, statements }: Names): boolean {
  return futures.some((future) => future.feature === feature && statements[future.statement]!.cell <= cell);
}

/** The name of the condition that a file can hold more than ASCII. */
const encoding = 'in UTF-8';

/**
 * For each feature that would change what a statement means, whether it was written under it; and whether it takes UTF-8.
 */
export function conditionsOf(statement: Statement, names: Names): Condition[] {
  const futures = livingFutures.flatMap(([feature, matters]) =>
    matters(statement) ? [conditionOf(feature, isUnder(feature, statement, names))] : [],
  );
  const { start, end } = statement.span;
  const code = names.source.cells[statement.cell - 1]!.source.slice(start, end);
  return /[^\0-\x7f]/.test(code) ? [...futures, [encoding, 'on']] : futures;
}

/** The features of a module that is there, and what it can't have for the sake of what stands in it. */
export function conditionsIn({ source, futures, statements }: Names): Condition[] {
  const isForeign = codingOf(source.cells[0]!.source) !== undefined;
  const features = livingFutures.flatMap(([feature, matters]) => {
    const isOn = futures.some((future) => future.feature === feature);
    return isOn || statements.some(matters) ? [conditionOf(feature, isOn)] : [];
  });
  return isForeign ? [...features, [encoding, 'off']] : features;
}

/** Whether it is a condition that stands among the names. */
export const isCondition = (name: string): boolean => name.includes(' ');

/** Why something can't stand in a module. */
export interface Clash {
  /** Completes "'churn.data' …". */
  readonly what: string;
  /** Whether another name for one of two things would mend it. */
  readonly isOfNames?: boolean;
}

/** Why a name or condition can't mean something else in a module. */
export function clashOf(name: string, known: string, meaning: string): Clash {
  if (name === encoding) return { what: `is not ${name}, and the definition has to be` };
  if (isCondition(name)) {
    const what =
      known === 'on'
        ? `is under '${name}', and that changes what the definition means`
        : `is not under '${name}', and that would change what stands there`;
    return { what };
  }
  const what =
    known === builtinMeaning
      ? `reads the builtin '${name}', and would read this instead`
      : meaning === builtinMeaning
        ? `has another '${name}' than the builtin that the definition reads`
        : `has another '${name}'`;
  return { what, isOfNames: true };
}

/** The condition on which statements disagree that have to stand in one module. */
export function disagreementOf(
  meanings: readonly (readonly [name: string, meaning: string])[],
): string | undefined {
  const states = new Map<string, string>();
  for (const [name, state] of meanings) {
    if (!isCondition(name)) continue;
    if (states.has(name) && states.get(name) !== state) return name;
    states.set(name, state);
  }
  return undefined;
}
