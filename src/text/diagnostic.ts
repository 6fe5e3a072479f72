/** What we tell the user: a code, a place, what is wrong, and what to do about it. */
import type { Code } from './codes.ts';

export type Severity = 'error' | 'warning' | 'info';

/** Where in the user's files. All numbers are 1-based; `column` is in UTF-16 units. */
export interface Place {
  readonly path: string;
  /** Counted over all cells of the notebook. */
  readonly cell?: number;
  /** Within the cell when `cell` is given, else within the file. */
  readonly line?: number;
  readonly column?: number;
}

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly place?: Place;
  readonly message: string;
  readonly hint?: string;
}
