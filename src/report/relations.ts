/** What is said of how a definition stands to its family: by the summary on a terminal, and by the page. */
import type { FamilyGroup } from './scan.ts';

export type Relation = FamilyGroup['relation'];

export interface RelationEntry {
  readonly relation: Relation;
  /** The head of a column. */
  readonly title: string;
  /** After how many there are. */
  readonly words: string;
  /** A sentence, of what is compared with the code that its family has most often. */
  readonly meaning: string;
}

export const relations: readonly RelationEntry[] = [
  {
    relation: 'same',
    title: 'Same',
    words: 'the same',
    meaning:
      'That code itself, and all that it needs is the same, too: extract makes one of these. Comments may differ; none is lost.',
  },
  {
    relation: 'stays',
    title: 'Same, stays',
    words: 'the same code, which stays',
    meaning: 'That code, too, but something keeps it in its notebooks, so extract leaves these as they are.',
  },
  {
    relation: 'needs',
    title: 'Other needs',
    words: 'the same code, but it needs something else',
    meaning:
      'That code, too, but a name in it means something else: as one, these would do other things than now.',
  },
  {
    relation: 'renamed',
    title: 'Renamed',
    words: 'with other names or literals',
    meaning:
      'Variables have other names, or numbers and texts other values; nothing else of what the code does differs.',
  },
  {
    relation: 'near',
    title: 'Near',
    words: 'with other lines',
    meaning: 'Some lines differ, most are the same.',
  },
  {
    relation: 'name',
    title: 'Name only',
    words: 'of the same name only',
    meaning: 'Other code under the same name; these do not count as alike.',
  },
];
