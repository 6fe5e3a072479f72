/** Turns importers into what is said of each identity in all of them: how many have it, and what they have in common. */
import type { DraftMember } from './draft.ts';
import type { Importer } from './importers.ts';
import { intersection } from './requirements.ts';

/** What is said of one identity in all the notebooks. */
export interface Occurrence {
  /** In how many it occurs. */
  readonly notebooks: number;
  /** What all of these have by then, and what it requires. */
  readonly stock: ReadonlySet<string>;
  /** What any of these has only later. */
  readonly late: ReadonlySet<string>;
  /** The modules of the package that run in all of them anyway. */
  readonly heard: ReadonlySet<string>;
  /** What it requires, with all that it needs. */
  readonly requires: ReadonlySet<string>;
}

export type Occurrences = ReadonlyMap<string, Occurrence>;

interface Growing {
  notebooks: number;
  stock: ReadonlySet<string>;
  late: ReadonlySet<string>;
  heard: ReadonlySet<string>;
  readonly requires: ReadonlySet<string>;
  /** The last notebook that was found to have it. */
  last: Importer;
}

/** @param requiredThrough what members require because of what they import from the package */
export function occurrencesOf(
  importers: readonly Importer[],
  requiredThrough: (members: readonly DraftMember[]) => readonly string[],
): Occurrences {
  const occurrences = new Map<string, Growing>();
  for (const importer of importers) {
    const identities = new Map<number, string>();
    for (const { members } of importer.draft.components) {
      for (const { statement, pasted } of members) identities.set(statement, pasted.identity);
      let required: ReadonlySet<string> | undefined;
      for (const member of members) {
        const { identity } = member.pasted;
        const known = occurrences.get(identity);
        if (known !== undefined) {
          addTo(known, member, importer);
          continue;
        }
        required ??= new Set([
          ...requiredThrough(members),
          ...requiredBy(members, (need) => occurrences.get(identities.get(need)!)),
        ]);
        occurrences.set(identity, firstOf(member, importer, required));
      }
    }
  }
  return occurrences;
}

/** What statements that need each other require, with all that they need, which has been looked at before them. */
function requiredBy(
  members: readonly DraftMember[],
  occurrenceOf: (statement: number) => Pick<Occurrence, 'requires'> | undefined,
): string[] {
  return members.flatMap(({ pasted, needs }) => [
    ...pasted.requires,
    ...needs.flatMap((need) => [...(occurrenceOf(need)?.requires ?? [])]),
  ]);
}

function firstOf({ phase }: DraftMember, importer: Importer, requires: ReadonlySet<string>): Growing {
  const { stock, late } = importer.environments[phase]!;
  const isStocked = [...requires].every((path) => stock.has(path));
  return {
    notebooks: 1,
    stock: isStocked ? stock : new Set([...stock, ...requires]),
    late,
    heard: importer.heard,
    requires,
    last: importer,
  };
}

function addTo(known: Growing, { phase }: DraftMember, importer: Importer): void {
  const { stock, late } = importer.environments[phase]!;
  if (known.last !== importer) known.notebooks++;
  known.last = importer;
  known.stock = intersection(known.stock, stock, known.requires);
  known.heard = intersection(known.heard, importer.heard);
  if (late.size > 0) known.late = new Set([...known.late, ...late]);
}
