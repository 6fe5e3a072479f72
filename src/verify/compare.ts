/** Compares what a notebook shows after a change with what it showed in several runs before it, cell by cell. */
import { alignCells } from './align.ts';
import { learnPattern, matchesPattern } from './learn.ts';
import { isComparable, isRewrapped, normaliseText, type Naming } from './normalise.ts';
import type { Output, Run } from './run.ts';

export interface Difference {
  /** The cell of the original, counted from 1 over all cells; of the changed notebook where `added`. */
  readonly cell: number;
  /** The cell of the changed notebook, where there is one. */
  readonly afterCell?: number;
  /** Which of the cell's outputs differs; `failure` where only one of the two ran to its end. */
  readonly kind: Output['kind'] | 'failure';
  readonly mime?: string;
  /** What it showed, or undefined where it showed nothing. Not normalised: it is what the user sees. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** An output that differs so much between two runs of the original that nothing can be said about it. */
export interface NotComparable {
  readonly cell: number;
  readonly kind: Output['kind'];
}

export interface Comparison {
  readonly agrees: boolean;
  readonly differences: readonly Difference[];
  readonly notComparable: readonly NotComparable[];
  /** How many outputs of the original were compared. */
  readonly compared: number;
}

/** Below this share of fixed text an output says nothing: all that counts is that there is one. */
const enoughFixed = 0.1;

interface Slot {
  readonly kind: Output['kind'];
  readonly mime: string;
  readonly text: string;
}

/** Each output's texts under a name that the same output has in another run. */
function slotsOf(outputs: readonly Output[] | undefined): Map<string, Slot> {
  const slots = new Map<string, Slot>();
  const counts = new Map<string, number>();
  for (const { kind, data } of outputs ?? []) {
    // A result and a display are compared apart; within each kind the order counts.
    const index = counts.get(kind) ?? 0;
    counts.set(kind, index + 1);
    for (const [mime, text] of Object.entries(data))
      slots.set(`${kind} ${index} ${mime}`, { kind, mime, text });
  }
  return slots;
}

function compareSlot(befores: readonly (Slot | undefined)[], after: Slot | undefined, naming: Naming) {
  const present = befores.filter((slot) => slot !== undefined);
  const settled = present.length === befores.length;
  if (after === undefined || present.length === 0) {
    // Shown in some runs only: chance decides, and either way is right.
    return settled || present.length === 0 ? 'differs' : 'not comparable';
  }
  if (!isComparable(after.mime)) return 'agrees';
  const own = normaliseText(after.text, naming);
  const texts = present.map((slot) => normaliseText(slot.text, naming));
  if (texts.includes(own)) return 'agrees';
  if (isRewrapped(after.text, naming)) {
    const unwrap = (text: string) => text.replace(/\s+/g, ' ');
    if (texts.some((text) => unwrap(text) === unwrap(own))) return 'agrees';
  }
  if (texts.every((text) => text === texts[0])) return 'differs';
  const pattern = learnPattern(texts);
  if (pattern.fixed < enoughFixed) return 'not comparable';
  return matchesPattern(own, pattern) ? 'agrees' : 'differs';
}

/**
 * @param befores runs of the original, at least one; what differs between them is not held against `after`.
 * @param after a run of the changed notebook.
 */
export function compareRuns(befores: readonly Run[], after: Run, naming: Naming): Comparison {
  const differences: Difference[] = [];
  const notComparable: NotComparable[] = [];
  let compared = 0;
  const first = befores[0]!;
  for (const pair of alignCells(first.cells, after.cells)) {
    const position = first.cells.findIndex((cell) => cell === pair.before);
    const before = befores.map((run) =>
      pair.before === undefined ? new Map<string, Slot>() : slotsOf(run.cells[position]?.outputs),
    );
    const own = slotsOf(pair.after?.outputs);
    const names = new Set([...before.flatMap((slots) => [...slots.keys()]), ...own.keys()]);
    const told = new Set<string>();
    for (const name of names) {
      const slots = before.map((run) => run.get(name));
      const kind = (slots.find((slot) => slot !== undefined) ?? own.get(name))!.kind;
      // Streams that hold nothing but what is masked (a deprecation, say) count as nothing.
      const isEmpty = (slot: Slot | undefined) =>
        slot === undefined ||
        ((kind === 'stdout' || kind === 'stderr') && normaliseText(slot.text, naming) === '');
      if (slots.every(isEmpty) && isEmpty(own.get(name))) continue;
      const verdict = compareSlot(
        slots.map((slot) => (isEmpty(slot) ? undefined : slot)),
        isEmpty(own.get(name)) ? undefined : own.get(name),
        naming,
      );
      compared++;
      const cell = pair.before?.cell ?? pair.after!.cell;
      // An output with several MIME types is told once.
      const output = name.split(' ', 2).join(' ');
      if (verdict === 'agrees' || told.has(output)) continue;
      told.add(output);
      if (verdict === 'not comparable') {
        notComparable.push({ cell, kind });
      } else {
        const shown = slots.find((slot) => slot !== undefined);
        differences.push({
          cell,
          ...(pair.after === undefined ? {} : { afterCell: pair.after.cell }),
          kind,
          mime: (shown ?? own.get(name))!.mime,
          before: shown?.text,
          after: own.get(name)?.text,
        });
      }
    }
  }
  const failed = befores.find((run) => run.failure !== undefined)?.failure;
  if ((failed === undefined) !== (after.failure === undefined)) {
    const shown = differences.some((difference) => difference.kind === 'error');
    const failure = (failed ?? after.failure)!;
    if (!shown) {
      differences.push({
        cell: failure.cell ?? 0,
        kind: 'failure',
        before: failed?.message,
        after: after.failure?.message,
      });
    }
  }
  return { agrees: differences.length === 0, differences, notComparable, compared };
}
