/** Turns the facts of a statement into what it means among certain names: its effects, its mutability, its barriers. */
import type { Statement as ParsedStatement, Reading } from '../python/program.ts';
import { descendants } from '../python/syntax.ts';
import { barrierOf, holdsBarrier } from './barriers.ts';
import { kindOfBorrowing } from './borrowing.ts';
import { noEffects, type Effects, type Use } from './effect.ts';
import { effectsOfUse } from './effects-of-use.ts';
import { effectsOfExpression, effectsOfStatement } from './effects.ts';
import { constanciesOf, mutabilityOf } from './mutability.ts';
import type { Reference, StatementNames } from './scope.ts';
import { sendingOf } from './sending.ts';
import { returnsNone } from './silent.ts';
import type { Meaning, Told } from './statement.ts';
import type { Constancy, Surroundings } from './surroundings.ts';

/** A statement, by its own text, with what is known of its meanings. */
export interface Meant {
  readonly parsed: ParsedStatement;
  readonly told: Told;
  /** What it meant in other notebooks, by what its names meant there. */
  readonly meanings: Known[];
}

/** What a statement means wherever all that was asked about its names is answered the same. */
export interface Known {
  readonly questions: readonly Question[];
  readonly meaning: Meaning;
  /** What is known of the values of the names that it binds to what can't change. */
  readonly constancies: readonly (readonly [name: string, constancy: Constancy])[];
}

/** A question that was asked of the surroundings, once, and its answer. */
interface Question {
  readonly ask: keyof Surroundings;
  readonly name: string;
  readonly answer: string | boolean | undefined;
}

/** What a statement means in these surroundings. */
export function meaningOf(
  { parsed, told, meanings }: Meant,
  reading: Reading,
  surroundings: Surroundings,
): Known {
  for (const known of meanings) {
    if (isStillSo(known.questions, surroundings)) return known;
  }
  const questions: Question[] = [];
  const listenTo = <Answer extends Question['answer']>(
    ask: keyof Surroundings,
  ): ((name: string) => Answer) => {
    const answers = new Map<string, Question['answer']>();
    return (name) => {
      let answer = answers.get(name);
      if (answer === undefined && !answers.has(name)) {
        answer = surroundings[ask](name);
        answers.set(name, answer);
        questions.push({ ask, name, answer });
      }
      return answer as Answer;
    };
  };
  const listening: Surroundings = {
    importOf: listenTo('importOf'),
    isLocal: listenTo('isLocal'),
    constancyOf: listenTo('constancyOf'),
  };
  const { text } = reading.masked;
  const meaning = told.isBroken
    ? meansAnything(barrierOf(parsed, told, text, listening), told.names)
    : interpret(parsed, text, told, listening);
  const known = {
    questions,
    meaning,
    constancies:
      told.kind === 'constant' && meaning.mutability === 'none' && reading.fault === undefined
        ? constanciesOf(parsed.node, { text, surroundings: listening })
        : [],
  };
  meanings.push(known);
  return known;
}

function isStillSo(questions: readonly Question[], surroundings: Surroundings): boolean {
  for (const { ask, name, answer } of questions) if (surroundings[ask](name) !== answer) return false;
  return true;
}

/**
 * What a statement is taken to mean whose cell does not parse: its tree is a guess, too odd to be interpreted, and
 * IPython may run what this grammar refuses.
 */
function meansAnything(barrier: string | undefined, names: StatementNames): Meaning {
  const anything = { ...noEffects, effects: [{ what: 'what does not parse', offset: 0 }] };
  const effectsOfUse = {
    call: anything,
    value: anything,
    result: anything,
    subclass: anything,
    decorated: anything,
  };
  return {
    effects: anything,
    effectsOfUse,
    mutability: 'parts',
    barrier,
    innerBarrier: false,
    sending: undefined,
    returnsNone: false,
    borrows: undefined,
    names,
  };
}

const isFunction = /^(function_definition|lambda)$/;

function interpret(parsed: ParsedStatement, text: string, told: Told, surroundings: Surroundings): Meaning {
  const { node } = parsed;
  const { kind, test } = told;
  const trust = kind === 'constant' ? ('known' as const) : ('unless-known' as const);
  const isDefinition = kind === 'function' || kind === 'class' || kind === 'constant';
  const useOf = (use: Use): Effects =>
    isDefinition ? effectsOfUse(node, use, { text, surroundings }) : noEffects;
  const call = useOf('call');
  const value = useOf('value');
  // Only of a function that holds others does more run when what it yields is called, or what it has decorated.
  const isFlat =
    kind === 'function' && descendants(node).filter(({ type }) => isFunction.test(type)).length === 1;
  const barrier = barrierOf(parsed, told, text, surroundings);
  return {
    effects:
      test !== undefined
        ? // What it yields is thrown away: it has to be as pure as the value of a constant.
          effectsOfExpression(node, { text, surroundings, trust: 'known' })
        : kind === 'other'
          ? noEffects
          : effectsOfStatement(node, { text, surroundings, trust }),
    effectsOfUse: {
      call,
      value,
      result: isFlat ? call : useOf('result'),
      subclass: kind === 'function' ? call : useOf('subclass'),
      decorated: kind === 'constant' || (kind === 'function' && !isFlat) ? useOf('decorated') : value,
    },
    mutability:
      kind === 'import-block' || kind === 'other' ? 'none' : mutabilityOf(node, { text, surroundings }),
    barrier,
    innerBarrier: kind !== 'constant' && isDefinition && holdsBarrier(parsed, told, text, surroundings),
    sending: sendingOf(node, text, told, surroundings),
    returnsNone: returnsNone(node, { text, surroundings }),
    ...(told.names.borrowings.length === 0
      ? { borrows: undefined, names: told.names }
      : borrow(told.names, surroundings)),
  };
}

/** With the names, among those that it looks up, that a library looks up for it; as far as there are such names. */
function borrow(names: StatementNames, surroundings: Surroundings): Pick<Meaning, 'borrows' | 'names'> {
  const isBound = (name: string): boolean =>
    surroundings.isLocal(name) || surroundings.importOf(name) !== undefined;
  const known = new Set(names.references.map(({ name }) => name));
  const borrowed: Reference[] = [];
  let borrows: Meaning['borrows'];
  for (const call of names.borrowings) {
    const kind = kindOfBorrowing(call, surroundings.importOf);
    if (kind === undefined) continue;
    for (const { name, time, offset, isMarked } of call.words) {
      if (known.has(name) || (kind === 'marked' && !isMarked) || !isBound(name)) continue;
      known.add(name);
      borrowed.push({ name, time, offset });
    }
    if (call.isComputed && borrows?.kind !== 'any') borrows = { call, kind };
  }
  if (borrowed.length === 0) return { borrows, names };
  const references = [...names.references, ...borrowed].sort((a, b) => a.offset - b.offset);
  return { borrows, names: { ...names, references } };
}
