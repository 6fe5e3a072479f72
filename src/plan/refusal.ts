/** What a rule is, and what it gives: a refusal, the reason why a definition stays, as data of which `wording.ts` makes words. */
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';
import type { Code } from '../text/codes.ts';

/** Why a definition stays. */
export interface Refusal {
  readonly code: Code;
  /** The name or construct at fault: UTF-16, in the cell's source. */
  readonly offset: number;
  readonly message: Message;
  readonly hint: Hint;
  /** For one of several definitions of a name, the cell of the other that the message tells of. */
  readonly rival?: number;
  /** The statement that is needed and stays, where that is why. */
  readonly needed?: number;
}

/** The same in words: what users see, and nothing reads back. */
export interface Reason extends Refusal {
  /** Completes "'name' stays: …". */
  readonly message: string;
  readonly hint: string;
}

/**
 * What is at fault: a sentence of something that it names itself, or what is said of the definition. Of a value that a
 * definition reads the same is said in other words.
 */
export type Message =
  | string
  /** What the definition does or is: `reads 'df', …`. A cause is told only where the definition itself is spoken of. */
  | { readonly it: string; readonly cause?: string }
  /** What is called to make it: `'cache', which …`. */
  | { readonly calls: string };

/** What the user can do: a sentence, or steps where these depend on what else the definition reads. */
export type Hint = string | readonly Step[];

export type Step =
  /** Two things have one name. */
  | { readonly does: 'rename'; readonly name: string }
  /** `where` is read as the definition is made; `orRename` where the later value could have another name instead. */
  | {
      readonly does: 'drop';
      readonly names: readonly string[];
      readonly where: string;
      readonly orRename: boolean;
    }
  /** `or` is what would do instead: to rename the later value or values, or to mend a cell. */
  | { readonly does: 'pass'; readonly names: readonly string[]; readonly or?: Alternative }
  /** Nothing binds the names. */
  | { readonly does: 'define'; readonly names: readonly string[] }
  /** A star import may bind the names. */
  | { readonly does: 'unstar'; readonly names: readonly string[] };

export type Alternative =
  | { readonly does: 'rename'; readonly later: 'one' | 'many' }
  | { readonly does: 'mend'; readonly cell: number };

export type Rule = (statement: Statement, names: Names) => Refusal | undefined;

export function shorten(text: string): string {
  const line = text.split('\n', 1)[0]!;
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
