/** Turns the relation of a group to its family into words and a colour's name. */
import type { FamilyGroup } from '../report/scan.ts';

export type Relation = FamilyGroup['relation'];

export const relations: readonly {
  readonly relation: Relation;
  readonly title: string;
  readonly words: string;
  readonly colour: string;
}[] = [
  { relation: 'same', title: 'Same', words: 'the same, with all it needs', colour: 'move' },
  { relation: 'stays', title: 'Same, stays', words: 'the same code, which stays', colour: 'kept' },
  {
    relation: 'needs',
    title: 'Other needs',
    words: 'the same code, but it needs something else',
    colour: 'needs',
  },
  { relation: 'renamed', title: 'Renamed', words: 'other names or literals', colour: 'renamed' },
  { relation: 'near', title: 'Near', words: 'other lines', colour: 'near' },
  { relation: 'name', title: 'Name only', words: 'the same name only', colour: 'other' },
];

export function wordsOf(relation: Relation): string {
  return relations.find((entry) => entry.relation === relation)!.words;
}
