/** What we tell the user: a code, a place, what is wrong, and what to do about it. */
import type { Code } from './codes.ts';
import { printable, printableLines } from './printable.ts';

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

/**
 * `eda.ipynb:cell 7:3:5`.
 * @param path as it is to be shown
 */
export function formatPlace({ cell, line, column }: Place, path: string): string {
  const parts = [
    path,
    cell === undefined ? undefined : `cell ${cell}`,
    line,
    line === undefined ? line : column,
  ];
  return parts.filter((part) => part !== undefined).join(':');
}

/** `eda.ipynb:cell 7:3:5: NB402 message`, and the hint on a line of its own: without colours, paths as they are. */
export function formatDiagnostic({ code, place, message, hint }: Diagnostic): string {
  const lead = place === undefined ? '' : `${formatPlace(place, printable(place.path))}: `;
  const told = hint === undefined ? message : `${message}\n  hint: ${hint}`;
  return `${lead}${code} ${printableLines(told)}`;
}
