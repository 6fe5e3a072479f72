/**
 * Turns a Change into the unified diff that `--dry-run` prints. A notebook is shown as the source of its cells, each
 * headed by a `# %%` line, because a reviewer reads code, not JSON; what happens to outputs is told in one line above.
 */
import { diffArrays, type ChangeObject } from 'diff';
import type { Change, FileChange } from '../text/change.ts';
import { paint } from './paint.ts';
import { count, tellPath } from './text.ts';

/** What of a cell is shown. */
export interface CellView {
  readonly kind: string;
  readonly source: string;
  readonly id?: string;
}

export interface DiffOptions {
  readonly colour: boolean;
  /** The folder that paths are shown relative to. */
  readonly folder: string;
  /** The cells of a notebook file, or null where the bytes aren't a notebook: then they are compared as text. */
  readonly cellsOf: (path: string, bytes: Uint8Array) => readonly CellView[] | null;
}

/** One line of the diff, with the cell of the old notebook that it belongs to. */
interface Line {
  readonly mark: ' ' | '+' | '-';
  readonly text: string;
  readonly cell: number | undefined;
}

/** To find which lines are the same takes time by the square of how many are not. */
const mostChanges = 4000;

const noLineBreak = '\\ No newline at end of file';

function splitLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** The lines of both texts, a line break at the end of each shown unless the last has none. */
function compareLines(before: readonly string[], after: readonly string[], cell: number | undefined): Line[] {
  return changesBetween(before, after).flatMap(({ added, removed, value }) => {
    const mark = added ? '+' : removed ? '-' : ' ';
    return value.map((text): Line => ({ mark, text, cell }));
  });
}

/** What both share and where they differ, in order; where they differ in most, all of the old and then all of the new. */
function changesBetween<Item>(
  before: readonly Item[],
  after: readonly Item[],
  isSame = (a: Item, b: Item): boolean => a === b,
): readonly Pick<ChangeObject<Item[]>, 'added' | 'removed' | 'value'>[] {
  const [old, now] = [[...before], [...after]];
  return (
    diffArrays(old, now, { comparator: isSame, maxEditLength: mostChanges }) ?? [
      { added: false, removed: true, value: old },
      { added: true, removed: false, value: now },
    ]
  );
}

function headerOf({ kind }: CellView): string {
  return kind === 'code' ? '# %%' : `# %% [${kind}]`;
}

function bodyOf({ source }: CellView): string[] {
  return source === '' ? [] : source.split(/\r\n|\n|\r/);
}

function isSameCell(a: CellView, b: CellView): boolean {
  if (a.kind !== b.kind) return false;
  return a.id !== undefined && b.id !== undefined ? a.id === b.id : a.source === b.source;
}

/** Whether a cell without an id may be another, rewritten: it has a line in common. */
function isAkin(a: CellView, b: CellView): boolean {
  const lines = new Set(bodyOf(a).filter((line) => line.trim() !== ''));
  return a.kind === b.kind && bodyOf(b).some((line) => lines.has(line));
}

/** Cell by cell: those that are the same or akin are compared line by line, the others are wholly new or gone. */
function compareCells(before: readonly CellView[], after: readonly CellView[]): Line[] {
  const lines: Line[] = [];
  const whole = (mark: '+' | '-', cell: CellView, index: number): void => {
    for (const text of [headerOf(cell), ...bodyOf(cell)]) lines.push({ mark, text, cell: index });
  };
  const pair = (old: CellView, now: CellView, index: number): void => {
    lines.push(
      { mark: ' ', text: headerOf(old), cell: index },
      ...compareLines(bodyOf(old), bodyOf(now), index),
    );
  };
  let [oldAt, newAt] = [0, 0];
  const until = (oldEnd: number, newEnd: number): void => {
    while (oldAt < oldEnd || newAt < newEnd) {
      const [old, now] = [before[oldAt], after[newAt]];
      const akin = oldAt < oldEnd ? after.slice(newAt, newEnd).findIndex((cell) => isAkin(old!, cell)) : -1;
      if (akin === 0) {
        pair(old!, now!, ++oldAt);
        newAt++;
      } else if (akin === -1 && oldAt < oldEnd) whole('-', old!, ++oldAt);
      else {
        whole('+', now!, Math.max(oldAt, 1));
        newAt++;
      }
    }
  };
  let [oldEnd, newEnd] = [0, 0];
  for (const { added, removed, value } of changesBetween(before, after, isSameCell)) {
    if (!added) oldEnd += value.length;
    if (!removed) newEnd += value.length;
    if (added || removed) continue;
    until(oldEnd - value.length, newEnd - value.length);
    while (oldAt < oldEnd) pair(before[oldAt]!, after[newAt++]!, ++oldAt);
  }
  until(before.length, after.length);
  return lines;
}

function decode(bytes: Uint8Array | null): string {
  return bytes === null ? '' : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function showSize(bytes: Uint8Array): string {
  const { length } = bytes;
  return length < 10_000 ? `${length} bytes` : `${Math.round(length / 1000).toLocaleString('en')} kB`;
}

/** How many unchanged lines are shown around a change. */
const context = 3;

/** A range as `diff -u` writes it: the length is left out when it is 1, and an empty range names the line before it. */
function range(start: number, length: number): string {
  return length === 1 ? `${start}` : `${length === 0 ? start - 1 : start},${length}`;
}

/** The lines near a change, in hunks; those of a notebook are headed by the cell in which their first change stands. */
function formatHunks(lines: readonly Line[], colour: boolean): string[] {
  const isShown = lines.map(() => false);
  for (const [at, { mark }] of lines.entries()) {
    if (mark !== ' ') isShown.fill(true, Math.max(0, at - context), at + context + 1);
  }
  const shown: string[] = [];
  let [oldLine, newLine] = [1, 1];
  for (let at = 0; at < lines.length;) {
    let end = at;
    while (end < lines.length && isShown[end] === isShown[at]) end++;
    const run = lines.slice(at, end);
    const oldLength = run.filter(({ mark }) => mark !== '+').length;
    const newLength = run.filter(({ mark }) => mark !== '-').length;
    if (isShown[at]) {
      const cell = run.find(({ mark }) => mark !== ' ')?.cell;
      const marks = paint(
        'cyan',
        `@@ -${range(oldLine, oldLength)} +${range(newLine, newLength)} @@`,
        colour,
      );
      shown.push(cell === undefined ? marks : `${marks} cell ${cell}`);
      for (const { mark, text } of run) {
        const line = mark + text.replace(/\n$/, '');
        shown.push(mark === ' ' ? line : paint(mark === '+' ? 'green' : 'red', line, colour));
        if (cell === undefined && !text.endsWith('\n')) shown.push(noLineBreak);
      }
    }
    oldLine += oldLength;
    newLine += newLength;
    at = end;
  }
  return shown;
}

function formatFile({ path, before, after }: FileChange, { colour, folder, cellsOf }: DiffOptions): string[] {
  const shown = tellPath(path, folder);
  const name = shown.replace(/^\//, '');
  const from = before === null ? '/dev/null' : `a/${name}`;
  const to = after === null ? '/dev/null' : `b/${name}`;
  const head = [paint('bold', `--- ${from}`, colour), paint('bold', `+++ ${to}`, colour)];
  const isNotebook = path.toLowerCase().endsWith('.ipynb');
  const oldCells = isNotebook && before !== null ? cellsOf(path, before) : null;
  const newCells = isNotebook && after !== null ? cellsOf(path, after) : null;
  if (before === null || after === null || oldCells === null || newCells === null) {
    const lines = compareLines(splitLines(decode(before)), splitLines(decode(after)), undefined);
    return [...head, ...formatHunks(lines, colour)];
  }
  const hunks = formatHunks(compareCells(oldCells, newCells), colour);
  const cells =
    oldCells.length === newCells.length
      ? count(oldCells.length, 'cell')
      : `${oldCells.length} -> ${count(newCells.length, 'cell')}`;
  const sizes = `${showSize(before)} -> ${showSize(after)}`;
  const note = `# ${shown}: ${cells}, ${sizes} on disk${hunks.length === 0 ? '; no source changes' : ''}`;
  return [paint('dim', note, colour), ...head, ...hunks];
}

/** The unified diff of all files that change, in the order of the change. Empty when nothing changes. */
export function formatDiff(change: Change, options: DiffOptions): string {
  const lines = change.files
    .filter(({ before, after }) => before === null || after === null || Buffer.compare(before, after) !== 0)
    .flatMap((file) => formatFile(file, options));
  return lines.map((line) => `${line}\n`).join('');
}
