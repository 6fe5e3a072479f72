/** Turns diagnostics about cells into the same with the code that they are about, read from the notebooks. */
import { readLimited } from '../files/read.ts';
import { readContent } from '../notebook/read.ts';
import { makeFrame } from '../report/frame.ts';
import { mostReasons } from '../report/summary.ts';
import type { FramedDiagnostic } from '../report/text.ts';
import type { Diagnostic } from '../text/diagnostic.ts';

/** A diagnostic, and where in its cell what is at fault begins if that is not at its place: UTF-16. */
export interface Told {
  readonly diagnostic: Diagnostic;
  readonly fault?: number;
}

/** Errors and warnings get their frames, reasons if they are few. What cannot be read again stays as it is. */
export function addFrames(told: readonly Told[]): FramedDiagnostic[] {
  const isFew = told.filter(({ diagnostic }) => diagnostic.severity === 'info').length <= mostReasons;
  const sources = new Map<string, readonly string[]>();
  return told.map(({ diagnostic, fault }) => {
    const { place, severity } = diagnostic;
    if (place?.cell === undefined || place.line === undefined || (severity === 'info' && !isFew))
      return diagnostic;
    let cells = sources.get(place.path);
    if (cells === undefined) sources.set(place.path, (cells = readSources(place.path)));
    const source = cells[place.cell - 1];
    if (source === undefined) return diagnostic;
    const offset = fault ?? offsetOf(source, place.line, place.column ?? 1);
    return { ...diagnostic, frame: makeFrame(source, offset, fault === undefined ? undefined : place.line) };
  });
}

function readSources(path: string): readonly string[] {
  const file = readLimited(path);
  const reading = 'diagnostic' in file ? file : readContent(path, file.bytes);
  return 'diagnostic' in reading ? [] : reading.notebook.cells.map(({ source }) => source);
}

/** The inverse of `positionAt`. */
function offsetOf(source: string, line: number, column: number): number {
  const before = source.split('\n').slice(0, line - 1);
  return before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
}
