/** Turns the relation of a group to its family into a colour's name, and counts by it. */
import type { Relation } from '../report/relations.ts';
import type { ScannedFamily } from '../report/scan.ts';

export const colours: Readonly<Record<Relation, string>> = {
  same: 'move',
  stays: 'kept',
  needs: 'needs',
  renamed: 'renamed',
  near: 'near',
  name: 'other',
};

/** Where nothing is alike, the first of a family has no more than the name, either. */
export function countOf({ alike, groups }: ScannedFamily, wanted: Relation): number {
  return groups
    .filter(({ relation }) => (alike === 0 ? 'name' : relation) === wanted)
    .reduce((sum, { members }) => sum + members.length, 0);
}
