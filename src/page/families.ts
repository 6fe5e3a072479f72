/** Turns families of definitions into a table, and what opens below a row into two sources side by side. */
import type { PageData } from '../report/page.ts';
import type { Relation, RelationEntry } from '../report/relations.ts';
import type { FamilyGroup, FamilyMember, ScannedFamily } from '../report/scan.ts';
import { compareSources, type Line, type Row } from './compare.ts';
import { element, type Child } from './element.ts';
import { colours, countOf } from './relations.ts';
import { repeatedLines } from './summary.ts';
import { makeTable } from './table.ts';
import { clip, count, share, showName, showNumber } from './wording.ts';

const mostRows = 1000;
const mostPlaces = 200;

/** What is said of a relation. */
type WordsOf = (relation: Relation) => string;

export function makeFamiliesSection({ families, relations }: PageData): HTMLElement {
  const wordsOf: WordsOf = (wanted) => relations.find(({ relation }) => relation === wanted)!.words;
  const section = element(
    'section',
    { id: 'families', 'aria-labelledby': 'families-title' },
    element('h2', { id: 'families-title' }, 'Families of definitions'),
    element(
      'p',
      { class: 'lead' },
      'Definitions that are alike were probably one helper once; with them stand others of the same name. ' +
        'Only those that are the same, with all that they need, become one; of the others, decide yourself. ' +
        'Open a family to compare its members side by side.',
    ),
  );
  if (families.length === 0) {
    section.append(element('p', { class: 'card none' }, 'No two definitions are alike.'));
    return section;
  }
  section.append(element('p', {}, tellNumbers(families)), makeLegend(relations));
  const table = makeTable<ScannedFamily>({
    id: 'family-table',
    caption: 'Families of definitions',
    rows: families,
    sortedBy: 1,
    singular: 'family',
    plural: 'families',
    searchLabel: 'Search by name, notebook or source',
    textOf: ({ name, groups }) =>
      [
        name,
        ...groups.flatMap(({ source, members }) => [
          source,
          ...members.flatMap((member) => [member.name, member.path]),
        ]),
      ].join('\n'),
    columns: [
      {
        title: 'Family',
        valueOf: ({ name }) => name,
        show: ({ name }) => element('span', { class: 'code-name' }, ...breakable(showName(name))),
      },
      { title: 'Alike', isNumber: true, valueOf: ({ alike }) => alike },
      ...relations.map(({ relation, title, meaning }) => ({
        title,
        meaning,
        isNumber: true,
        isMinor: true,
        valueOf: (family: ScannedFamily) => countOf(family, relation),
      })),
      { title: 'Repeated lines', isNumber: true, valueOf: repeatedLines },
    ],
    detailOf: (family) => describeFamily(family, wordsOf),
  });
  section.append(table.element);
  return section;
}

/** A name that may be broken after underscores: beside many columns there is little room. */
function breakable(name: string): Child[] {
  return name.split(/(?<=_)(?=[^_])/).flatMap((part, i) => (i === 0 ? [part] : [element('wbr'), part]));
}

/** How many are alike, and how many are not. */
function tellNumbers(families: readonly ScannedFamily[]): string {
  const alike = families.reduce((sum, family) => sum + family.alike, 0);
  const rest = families.reduce((sum, { size }) => sum + size, 0) - alike;
  const some = families.filter((family) => family.alike > 0).length;
  const all = count(families.length, 'family', 'families');
  const where = some === families.length ? all : `${showNumber(some)} of ${all}`;
  const others = rest === 0 ? '' : `; ${showNumber(rest)} more share the name alone`;
  return `In ${where} ${count(alike, 'definition')} are alike${others}.`;
}

function makeLegend(relations: readonly RelationEntry[]): HTMLElement {
  return element(
    'div',
    { class: 'card meanings', id: 'relations' },
    element('p', { class: 'hint' }, 'Each is compared with the code that its family has most often:'),
    element(
      'dl',
      {},
      ...relations.map(({ relation, title, meaning }) =>
        element('div', {}, element('dt', { class: colours[relation] }, title), element('dd', {}, meaning)),
      ),
    ),
  );
}

function nameOfGroup(
  { relation, similarity, members }: FamilyGroup,
  index: number,
  wordsOf: WordsOf,
): string {
  const { name, path, cell } = members[0]!;
  const more = members.length > 1 ? ` and ${showNumber(members.length - 1)} more` : '';
  const likeness = index === 0 ? 'found most often' : `${wordsOf(relation)}, ${share(similarity, 1)} alike`;
  return `${index + 1}. ${showName(name)} in ${clip(showName(path), 60, 'end')}, cell ${cell}${more} (${likeness})`;
}

function describeFamily(family: ScannedFamily, wordsOf: WordsOf): HTMLElement {
  const { groups } = family;
  if (groups.length === 1) {
    const how = groups[0]!.relation === 'stays' ? `: ${wordsOf('stays')}` : ', all the same';
    return element(
      'div',
      {},
      element('p', {}, `${count(family.size, 'definition')}${how}.`),
      scrolling(`Source of ${showName(family.name)}`, element('pre', {}, groups[0]!.source)),
      listMembers(groups, wordsOf),
    );
  }
  const place = element('div');
  const choose = (
    label: string,
    at: number,
  ): { readonly label: HTMLElement; readonly select: HTMLSelectElement } => {
    const select = element(
      'select',
      { change: show },
      ...groups.map((group, index) =>
        element('option', { value: index, selected: index === at }, nameOfGroup(group, index, wordsOf)),
      ),
    );
    return { label: element('label', {}, label, select), select };
  };
  const left = choose('On the left', 0);
  const right = choose('On the right', 1);
  show();
  return element(
    'div',
    {},
    ...advise(family),
    element('div', { class: 'pick' }, left.label, right.label),
    place,
    listMembers(groups, wordsOf),
  );

  function show(): void {
    const [before, after] = [groups[Number(left.select.value)]!, groups[Number(right.select.value)]!];
    place.replaceChildren(drawComparison(before, after));
  }
}

/** What could be done about it. */
function advise({ form, closest, groups }: ScannedFamily): Child[] {
  const parts: Child[] = [];
  if (form !== undefined) {
    const number = form.groups.reduce((sum, index) => sum + groups[index]!.members.length, 0);
    const values = form.parameters.map(({ name, values: [most, ...others], isNew }) =>
      element(
        'li',
        {},
        element('code', {}, most === undefined ? name : `${name}=${most}`),
        ...(most === undefined
          ? [', which they read from their notebooks so far: pass it to each call']
          : [
              isNew ? '' : ', a parameter already',
              '; others have ',
              element('code', {}, clip(others.join(', '), 200, 'start')),
            ]),
      ),
    );
    parts.push(
      element(
        'p',
        {},
        element('strong', {}, `One function could do for ${showNumber(number)} of them.`),
        ' A suggestion to judge: nb2mod never merges these itself.',
      ),
      values.length > 0 ? element('ul', {}, ...values) : undefined,
      scrolling('The suggested function', element('pre', {}, form.source)),
      form.held.length === 0
        ? undefined
        : element(
            'p',
            {},
            'Like them it reads ',
            ...form.held.flatMap((name, i) => [i === 0 ? '' : ', ', element('code', {}, showName(name))]),
            ' from the notebook, and so it could not move as it is.',
          ),
    );
  }
  if (closest !== undefined) {
    parts.push(
      element(
        'p',
        {},
        form === undefined ? 'They differ in more than literals and names. ' : 'The others differ in more. ',
        `Closest to all is number ${closest + 1}, ${placeOf(groups[closest]!.members[0]!)}.`,
      ),
    );
  }
  return parts.length === 0 ? [] : [element('div', { class: 'card advice' }, ...parts)];
}

function scrolling(label: string, content: HTMLElement): HTMLElement {
  return element('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: 0 }, content);
}

/** Who belongs to which group. */
function listMembers(groups: readonly FamilyGroup[], wordsOf: WordsOf): HTMLElement {
  const lists = groups.flatMap(({ relation, members }, index): Child[] => [
    element(
      'p',
      {},
      element('strong', {}, `${index + 1}. `),
      `${count(members.length, 'definition')}${relation === 'same' ? '' : `: ${wordsOf(relation)}`}`,
    ),
    element(
      'ul',
      { class: 'places' },
      ...members.slice(0, mostPlaces).map((member) => element('li', {}, placeOf(member))),
      members.length > mostPlaces
        ? element('li', {}, `and ${showNumber(members.length - mostPlaces)} more`)
        : undefined,
    ),
  ]);
  return element('details', {}, element('summary', {}, 'Where they all stand'), ...lists);
}

function placeOf({ path, name, cell, line }: FamilyMember): string {
  return `${showName(path)}, cell ${cell}:${line} ${showName(name)}`;
}

function drawComparison(left: FamilyGroup, right: FamilyGroup): HTMLElement {
  const rows = compareSources(left.source, right.source);
  const body = element('tbody', {}, ...rows.slice(0, mostRows).map(drawRow));
  const head = (group: FamilyGroup): HTMLElement =>
    element('th', { scope: 'col', colspan: 2 }, placeOf(group.members[0]!));
  const changed = rows.filter(({ kind }) => kind === 'changed').length;
  const caption =
    changed === 0
      ? `The sources are equal${whyNotMerged(left, right)}.`
      : `${count(changed, 'line')} of ${showNumber(rows.length)} differ.`;
  const table = element(
    'table',
    { class: 'compare' },
    element('caption', { class: 'unseen' }, `Two sources side by side. ${caption}`),
    element(
      'colgroup',
      {},
      element('col', { class: 'line-number' }),
      element('col'),
      element('col', { class: 'line-number' }),
      element('col'),
    ),
    element('thead', {}, element('tr', {}, head(left), head(right))),
    body,
  );
  const scroll = scrolling('Two sources side by side', table);
  const rest = rows.slice(mostRows);
  const more =
    rest.length === 0
      ? undefined
      : element(
          'button',
          {
            type: 'button',
            click: () => {
              body.append(...rest.map(drawRow));
              more!.remove();
            },
          },
          `Show ${count(rest.length, 'more line')}`,
        );
  return element('div', {}, element('p', { role: 'status' }, caption), scroll, more);
}

/** Why the same code is not the same definition. */
function whyNotMerged(left: FamilyGroup, right: FamilyGroup): string {
  if (left === right) return '';
  if ([left, right].some(({ relation }) => relation === 'stays')) return ', but one of them stays';
  const others = [left, right].filter(({ relation }) => relation === 'needs');
  if (others.length === 0) return '';
  if (others.length === 2) return ', but what they need differs';
  const names = others[0]!.differs!;
  return `, but ${names.join(', ')} ${names.length === 1 ? 'means' : 'mean'} something else there`;
}

function drawRow({ kind, left, right }: Row): HTMLElement {
  return element(
    'tr',
    { class: kind },
    ...drawSide(kind, left, 'removed'),
    ...drawSide(kind, right, 'added'),
  );
}

function drawSide(kind: Row['kind'], line: Line | undefined, style: 'removed' | 'added'): HTMLElement[] {
  if (line === undefined) return [element('th', { class: 'void' }), element('td', { class: 'void' })];
  const isChanged = kind === 'changed';
  const mark = style === 'removed' ? 'del' : 'ins';
  const pieces = line.pieces.map(({ text, isMarked }) => (isMarked ? element(mark, {}, text) : text));
  const said = isChanged
    ? element('span', { class: 'unseen' }, style === 'removed' ? 'only left: ' : 'only right: ')
    : undefined;
  const shade = isChanged ? style : undefined;
  return [
    element('th', { scope: 'row', class: shade }, `${line.number}`),
    element('td', { class: shade }, said, ...pieces),
  ];
}
