/** Pairs the code cells of a notebook before and after a change: by id, else by what their sources share. */
import type { CellRun } from './run.ts';

export interface CellPair {
  readonly before?: CellRun;
  readonly after?: CellRun;
}

function linesOf(cell: CellRun): string[] {
  return cell.source
    .split('\n')
    .map((line) => line.trim().replace(/;$/, ''))
    .filter((line) => line !== '');
}

/**
 * How much `after` looks like what is left of `before`, from 0 (not at all) to 1: extraction takes lines out and puts
 * imports in, so what counts is how many of the lines after stood there before.
 */
function likeness(before: readonly string[], after: readonly string[]): number {
  const own = after.filter((line) => !/^(from|import)\s/.test(line) || before.includes(line));
  if (own.length === 0) return before.length === 0 || after.length > 0 ? 0.05 : 0;
  const known = new Set(before);
  const shared = own.filter((line) => known.has(line)).length;
  return shared === 0 ? 0 : shared / own.length + shared / Math.max(before.length, own.length) / 2;
}

/**
 * Cells in both, only before, or only after, in an order that respects both. Cells with the same id are pairs; between
 * them, the pairing in order that shares the most lines.
 */
export function alignCells(before: readonly CellRun[], after: readonly CellRun[]): CellPair[] {
  const beforeIds = new Map(before.map((cell) => [cell.id, cell]));
  const afterIds = new Set(after.map((cell) => cell.id));
  const beforeLines = before.map(linesOf);
  const afterLines = after.map(linesOf);
  const scoreOf = (i: number, j: number): number => {
    const left = before[i]!;
    const right = after[j]!;
    if (left.id !== undefined && left.id === right.id) return 1000;
    // Either has its true partner elsewhere.
    if (
      (left.id !== undefined && afterIds.has(left.id)) ||
      (right.id !== undefined && beforeIds.has(right.id))
    ) {
      return 0;
    }
    if (left.source === right.source) return 2;
    return likeness(beforeLines[i]!, afterLines[j]!);
  };
  const scores = before.map((_, i) => after.map((_, j) => scoreOf(i, j)));
  // best[i][j]: the best total for before[i..] and after[j..].
  const best = Array.from({ length: before.length + 1 }, () => new Float64Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const pair = scores[i]![j]! > 0 ? scores[i]![j]! + best[i + 1]![j + 1]! : -1;
      best[i]![j] = Math.max(pair, best[i + 1]![j]!, best[i]![j + 1]!);
    }
  }
  const pairs: CellPair[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const score = i < before.length && j < after.length ? scores[i]![j]! : 0;
    if (score > 0 && best[i]![j] === score + best[i + 1]![j + 1]!) {
      pairs.push({ before: before[i++]!, after: after[j++]! });
    } else if (i < before.length && (j === after.length || best[i]![j] === best[i + 1]![j]!)) {
      pairs.push({ before: before[i++]! });
    } else pairs.push({ after: after[j++]! });
  }
  return pairs;
}
