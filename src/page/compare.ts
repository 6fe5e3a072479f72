/** Turns two texts into rows that stand side by side: equal, changed, or on one side only. */
import { diffArrays, diffWordsWithSpace } from 'diff';

/** A stretch of a line; marked where the other side has something else. */
export interface Piece {
  readonly text: string;
  readonly isMarked: boolean;
}

export interface Line {
  readonly number: number;
  readonly pieces: readonly Piece[];
}

export interface Row {
  readonly kind: 'equal' | 'changed';
  readonly left?: Line;
  readonly right?: Line;
}

/** Beyond so many changes, what is alike is no longer sought: it would take long and show little. */
const mostChanges = 800;

/** Longer lines are not compared word by word. */
const longestLine = 1000;

export function compareSources(left: string, right: string): Row[] {
  const [leftLines, rightLines] = [left, right].map((text) => text.split(/\r\n|\n|\r/)) as [
    string[],
    string[],
  ];
  const parts = diffArrays(leftLines, rightLines, { maxEditLength: mostChanges }) ?? [
    { removed: true, added: false, value: leftLines },
    { removed: false, added: true, value: rightLines },
  ];
  const rows: Row[] = [];
  let [leftAt, rightAt] = [0, 0];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = (): void => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++) {
      const [before, after] = [removed[i], added[i]];
      const words = before !== undefined && after !== undefined ? compareWords(before, after) : undefined;
      const leftPieces = words?.left ?? [{ text: before ?? '', isMarked: false }];
      const rightPieces = words?.right ?? [{ text: after ?? '', isMarked: false }];
      rows.push({
        kind: 'changed',
        ...(before !== undefined && { left: { number: ++leftAt, pieces: leftPieces } }),
        ...(after !== undefined && { right: { number: ++rightAt, pieces: rightPieces } }),
      });
    }
    [removed, added] = [[], []];
  };
  for (const part of parts) {
    if (part.removed) removed = part.value;
    else if (part.added) added = part.value;
    else {
      flush();
      for (const text of part.value) {
        const pieces = [{ text, isMarked: false }];
        rows.push({
          kind: 'equal',
          left: { number: ++leftAt, pieces },
          right: { number: ++rightAt, pieces },
        });
      }
    }
  }
  flush();
  return rows;
}

function compareWords(
  before: string,
  after: string,
): { readonly left: Piece[]; readonly right: Piece[] } | undefined {
  if (before.length > longestLine || after.length > longestLine) return undefined;
  const parts = diffWordsWithSpace(before, after);
  const left = parts
    .filter(({ added }) => !added)
    .map(({ value, removed }) => ({ text: value, isMarked: removed }));
  const right = parts
    .filter(({ removed }) => !removed)
    .map(({ value, added }) => ({ text: value, isMarked: added }));
  // Lines with little in common are shown whole: scattered marks help nobody.
  const alike = left
    .filter(({ isMarked }) => !isMarked)
    .reduce((sum, { text }) => sum + text.trim().length, 0);
  return alike * 3 < Math.max(before.trim().length, after.trim().length) ? undefined : { left, right };
}
