/** What is asked and answered about effects: the reasons why a piece of syntax can't run at import. */
import type { Surroundings } from './surroundings.ts';

/** Something that happens when a statement runs. */
export interface Effect {
  /** For the message: `print(…)`, `registry[…] = …`. */
  readonly what: string;
  /** UTF-16, in the cell's source. */
  readonly offset: number;
  /** The use of an imported name that it lies in: an effect only as long as nothing is known of what the name means. */
  readonly by?: LocalCall;
}

/**
 * How a definition makes use of something that the notebook defines: it calls it (`@cached`, `metaclass=Model`), calls
 * it for the value of a constant (`LIMIT = limit(3)`), calls what the call yields (`@retry(3)`), derives a class from
 * it, or, for the value of a constant, calls what it has decorated: then all functions inside it may run.
 */
export type Use = 'call' | 'value' | 'result' | 'subclass' | 'decorated';

/**
 * A use, when the statement runs, of something that the notebook defines or imports. The body of what it defines
 * decides; of what it imports only what comes from the package itself is in doubt.
 */
export interface LocalCall {
  readonly name: string;
  readonly use: Use;
  readonly offset: number;
}

export interface Effects {
  readonly effects: readonly Effect[];
  readonly calls: readonly LocalCall[];
  /** Names of the notebook's own that are looked up as it runs, in functions that run with it, too. */
  readonly reads: readonly string[];
}

/** Effects as they are being gathered. */
export interface Found extends Effects {
  readonly effects: Effect[];
  readonly calls: LocalCall[];
  readonly reads: string[];
}

/** What happens where nothing does. */
export const noEffects: Effects = { effects: [], calls: [], reads: [] };

/** What `collect` gathers: one object for all that is nothing, which most is. */
export function gather(collect: (found: Found) => void): Effects {
  const found: Found = { effects: [], calls: [], reads: [] };
  collect(found);
  const { effects, calls, reads } = found;
  return effects.length === 0 && calls.length === 0 && reads.length === 0 ? noEffects : found;
}

/** How far calls of imported things are trusted. */
export type Trust =
  /** Constants: only what is known to be pure. */
  | 'known'
  /** Decorators, bases, defaults, class bodies: all but what is known to have effects. */
  | 'unless-known';

/** How a piece of syntax is examined. */
export interface Question {
  readonly text: string;
  readonly trust: Trust;
  readonly surroundings: Surroundings;
  /** Whether a local name is that of a list, set or dict that the function or class itself makes: to fill it is no effect. */
  readonly isContainer?: (name: string) => boolean;
  /** Whether all that such a container holds is the function's own as well. */
  readonly ownsItems?: (name: string) => boolean;
}
