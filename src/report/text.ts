/** Turns diagnostics into lines for people: `eda.ipynb:cell 7:3:5: NB402 'load' stays: …`, a frame where wanted, a hint below. */
import { isAbsolute, sep } from 'node:path';
import { formatFrame, type Frame } from './frame.ts';
import { paint, type Style } from './paint.ts';
import { formatPlace, type Diagnostic, type Place, type Severity } from '../text/diagnostic.ts';
import { printable, printableLines } from '../text/printable.ts';
import { pathWithin } from '../text/within.ts';

export interface TextOptions {
  readonly colour: boolean;
  /** The folder that paths are shown relative to; paths that lie elsewhere are shown as they are. */
  readonly folder: string;
  /** Whether diagnostics that have a frame are shown with it: for people, not for scripts. */
  readonly frames?: boolean;
}

/** A diagnostic, and the code that it is about. */
export interface FramedDiagnostic extends Diagnostic {
  readonly frame?: Frame;
}

/**
 * Whether to write colours to a stream: `--color always|never|auto` first, then NO_COLOR and FORCE_COLOR as those
 * conventions have them (https://no-color.org: set and not empty), then whether it is a terminal.
 */
export function wantsColour(
  choice: 'always' | 'never' | 'auto',
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (environment['NO_COLOR']) return false;
  if (environment['FORCE_COLOR']) return environment['FORCE_COLOR'] !== '0';
  return isTerminal && environment['TERM'] !== 'dumb';
}

/** The path as the user would type it: relative to `folder` if it lies within, with `/`. */
export function showPath(path: string, folder: string): string {
  if (!isAbsolute(path)) return path.split(sep).join('/');
  const within = pathWithin(folder, path);
  return within === '' ? '.' : (within ?? path);
}

/** That path, as a terminal can be told it. */
export function tellPath(path: string, folder: string): string {
  return printable(showPath(path, folder));
}

const severityStyles: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', info: 'cyan' };

/** One diagnostic with its colours and frame, on a line of its own, its hint indented on the next. Without a final line break. */
export function formatFramed(
  { code, severity, place, message, hint, frame }: FramedDiagnostic,
  options: TextOptions,
): string {
  const { colour, folder, frames } = options;
  const at = place === undefined ? '' : formatPlace(place, tellPath(place.path, folder));
  const where = place === undefined ? '' : `${paint('bold', `${at}:`, colour)} `;
  const line = `${where}${paint(severityStyles[severity], code, colour)} ${printableLines(message)}`;
  const shown =
    frame === undefined || frames !== true ? [] : [formatFrame(frame, severityStyles[severity], colour)];
  const lead = [line, ...shown.map((each) => each.replace(/\n$/, ''))].join('\n');
  return hint === undefined ? lead : `${lead}\n  ${paint('dim', `hint: ${printableLines(hint)}`, colour)}`;
}

function comparePlaces(a: Place | undefined, b: Place | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return (a.cell ?? 0) - (b.cell ?? 0) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** In the order in which one reads: those without a place first, then by file, cell, line and column. */
export function sortDiagnostics<Told extends Diagnostic>(diagnostics: readonly Told[]): Told[] {
  return [...diagnostics].sort((a, b) => comparePlaces(a.place, b.place));
}

/** All diagnostics, one below the other, ending in a line break unless there are none. */
export function formatDiagnostics(diagnostics: readonly FramedDiagnostic[], options: TextOptions): string {
  return sortDiagnostics(diagnostics)
    .map((diagnostic) => `${formatFramed(diagnostic, options)}\n`)
    .join('');
}

/** `1 notebook`, `2 notebooks`; the plural is given where it isn't the singular with an s. */
export function count(number: number, singular: string, plural: string = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}
