/** Turns families of definitions into what the report, and the summary of a scan, say of them. */
import { suggestForFamily } from '../plan/common-form.ts';
import { alikeIn, sizeOf, type Candidate, type Family, type Group } from '../plan/families.ts';
import type { Pasted } from '../plan/pasted.ts';
import { relations } from '../report/relations.ts';
import type { FamilyMember, ScannedFamily } from '../report/scan.ts';
import { count } from '../report/text.ts';
import type { ComparedPlace } from './tasks.ts';

/** A definition with its notebook's path, and what the names in it mean, where it may move. */
export interface ScannedCode extends Candidate, ComparedPlace {
  readonly definition: ComparedPlace['definition'];
  readonly path: string;
  readonly meanings: Pasted['meanings'] | undefined;
}

export function describeFamily(family: Family<ScannedCode>, show: (path: string) => string): ScannedFamily {
  const placeOf = ({ path, cell, line, definition }: ScannedCode): FamilyMember => ({
    path: show(path),
    name: definition.writtenName,
    cell,
    line,
  });
  const groups = family.groups.map((group) => {
    const { relation, similarity, members } = group;
    return {
      relation,
      similarity: Math.round(similarity * 1000) / 1000,
      ...(relation === 'needs' && { differs: differingNames(family.groups[0]!, group) }),
      source: members[0]!.definition.source,
      members: members.map(placeOf),
    };
  });
  const alike = alikeIn(family);
  return { name: family.name, size: sizeOf(family), alike, ...suggestForFamily(family), groups };
}

/** The names that mean something else in another group of the same code. */
function differingNames(leader: Group<ScannedCode>, other: Group<ScannedCode>): string[] {
  const [first, second] = [leader.members[0]!, other.members[0]!];
  if (first.meanings === undefined || second.meanings === undefined) return [];
  const meanings = new Map(first.meanings);
  return second.meanings
    .filter(([name, meaning]) => meanings.get(name) !== meaning && !second.definition.defines.includes(name))
    .map(([name]) => name)
    .sort();
}

const mostFamilies = 10;

/** The biggest families, a line each, and one below where one function could stand for several. */
export function tellFamilies(families: readonly ScannedFamily[]): string {
  if (families.length === 0) return '';
  const lines = families
    .slice(0, mostFamilies)
    .map((family) => `  '${family.name}' ${tellMembers(family)}\n${tellForm(family)}`);
  const rest = families.length - mostFamilies;
  const more = rest > 0 ? `  and ${count(rest, 'more', 'more')}\n` : '';
  const all = count(families.length, 'family', 'families');
  const number = families.filter(({ alike }) => alike > 0).length;
  const head =
    number === families.length
      ? `alike, in ${all}`
      : `alike, in ${number} of ${all}; in the others the name alone is the same`;
  return `${head}:\n${lines.join('')}${more}`;
}

/** How many are alike, and in what way; then those that have no more than the name. */
function tellMembers({ size, alike, groups }: ScannedFamily): string {
  const parts = relations.flatMap(({ relation, words }) => {
    const members = groups.filter((group) => group.relation === relation).flatMap((group) => group.members);
    return relation === 'name' || members.length === 0 ? [] : [`${members.length} ${words}`];
  });
  const rest = size - alike;
  const namesakes = relations.find(({ relation }) => relation === 'name')!.words;
  if (alike === 0) return `${rest} times ${namesakes}`;
  return `${alike} times: ${parts.join(', ')}${rest === 0 ? '' : `; ${rest} more ${namesakes}`}`;
}

function tellForm({ form, groups }: ScannedFamily): string {
  if (form === undefined) return '';
  const number = form.groups.reduce((sum, index) => sum + groups[index]!.members.length, 0);
  const names = form.parameters.map(({ name }) => name).join(', ');
  const by =
    names === '' ? '' : ` by ${form.parameters.length === 1 ? 'its parameter' : 'its parameters'} ${names}`;
  return `    one function could do for ${number} of them${by}: --html or --json shows it\n`;
}
