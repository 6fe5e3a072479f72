/** What a rule is: a function from a statement to a refusal, the reason why a definition stays. */
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';
import type { Code } from '../text/codes.ts';

/** Why a definition stays. */
export interface Refusal {
  readonly code: Code;
  /** The name or construct at fault: UTF-16, in the cell's source. */
  readonly offset: number;
  /** Completes "'name' stays: …". */
  readonly message: string;
  readonly hint: string;
}

export type Rule = (statement: Statement, names: Names) => Refusal | undefined;

export function shorten(text: string): string {
  const line = text.split('\n', 1)[0]!;
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
