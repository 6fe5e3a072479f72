/** Turns the report into totals and charts. */
import type { PageData, PageNotebook } from '../report/page.ts';
import type { ScannedFamily } from '../report/scan.ts';
import { makeChart, type Bar } from './chart.ts';
import { element } from './element.ts';
import { colours, countOf } from './relations.ts';
import { countReasons, type ShowReason } from './stays.ts';
import { count, share, showName, showNumber } from './wording.ts';

const mostBars = 12;

export function countMovable({ definitions }: PageNotebook): number {
  return definitions.filter(({ module }) => module !== undefined).length;
}

/** The lines that would go if those of a family that are alike were one. */
export function repeatedLines({ groups }: ScannedFamily): number {
  return groups.reduce((lines, { relation, source, members }, index) => {
    const copies = index === 0 ? members.length - 1 : relation === 'name' ? 0 : members.length;
    return lines + copies * source.split('\n').length;
  }, 0);
}

export function makeSummary(data: PageData, showReason: ShowReason): HTMLElement {
  const { notebooks, families, codes } = data;
  const likenesses = data.relations.filter(({ relation }) => relation !== 'name');
  const definitions = notebooks.flatMap((notebook) => notebook.definitions);
  const movable = definitions.filter(({ module }) => module !== undefined).length;
  const stays = definitions.length - movable;
  const unread = notebooks.filter(({ isUnread }) => isUnread).length;
  const withCopies = families.filter(({ alike }) => alike > 0);
  const copies = sum(withCopies, ({ alike }) => alike - 1);
  const allFamilies = count(families.length, 'family', 'families');
  const shared = new Map<string, number>();
  for (const { imports } of notebooks)
    for (const module of imports) shared.set(module, (shared.get(module) ?? 0) + 1);
  const sharedModules = [...shared.values()].filter((number) => number > 1).length;

  const totals = element(
    'dl',
    { class: 'totals' },
    total(
      'Notebooks',
      notebooks.length,
      unread > 0
        ? `${showNumber(unread)} could not be read`
        : count(
            sum(notebooks, ({ lines }) => lines),
            'line',
          ) + ' of code',
    ),
    total('Definitions', definitions.length, 'functions and classes'),
    total('Would move', movable, `${share(movable, definitions.length)} of all definitions`),
    total('Stay', stays, stays === 0 ? 'nothing stays' : 'each with its reason'),
    total(
      'Copies',
      copies,
      withCopies.length === families.length
        ? `in ${allFamilies}`
        : `in ${showNumber(withCopies.length)} of ${allFamilies}`,
    ),
    total(
      'Modules',
      data.modules.length,
      sharedModules === 0 ? 'none shared by notebooks' : `${showNumber(sharedModules)} shared by notebooks`,
    ),
  );

  const verdicts: Bar[] = [
    { label: 'would move', parts: [movable, 0] },
    ...countReasons(data)
      .slice(0, mostBars)
      .map(([code, number]) => ({
        label: `${code} ${codes[code]?.title ?? ''}`,
        parts: [0, number],
        link: { href: '#stays', follow: () => showReason(code) },
      })),
  ];
  const biggest = [...notebooks]
    .filter(({ lines }) => lines > 0)
    .sort((a, b) => b.lines - a.lines || (a.path < b.path ? -1 : 1))
    .slice(0, mostBars);
  const linesOf = (notebook: PageNotebook, wants: boolean): number =>
    notebook.definitions
      .filter(({ module }) => (module !== undefined) === wants)
      .reduce((all, { line, endLine }) => all + endLine - line + 1, 0);

  const charts = element(
    'div',
    { class: 'charts' },
    makeChart({
      title: 'What becomes of the definitions, and why',
      note: 'How many would move, and how many stay for each reason; a reason leads to them.',
      labels: 'Verdict',
      series: [
        { title: 'Would move', colour: 'move' },
        { title: 'Stay', colour: 'stay' },
      ],
      bars: definitions.length === 0 ? [] : verdicts,
      nothing: 'There are no functions or classes.',
    }),
    makeChart({
      title: 'The biggest families of definitions that are alike',
      note: element(
        'span',
        {},
        'How many definitions are alike, by how they stand to the one that is found most often. ',
        element('a', { href: '#relations' }, 'What the words say'),
      ),
      labels: 'Family',
      series: likenesses.map(({ relation, title }) => ({ title, colour: colours[relation] })),
      bars: withCopies.slice(0, mostBars).map((family) => ({
        label: showName(family.name),
        parts: likenesses.map(({ relation }) => countOf(family, relation)),
      })),
      nothing: 'No two definitions are alike.',
    }),
    makeChart({
      title: 'The biggest notebooks',
      note: 'Lines of code, by what would become of them.',
      labels: 'Notebook',
      series: [
        { title: 'Would move', colour: 'move' },
        { title: 'Definitions that stay', colour: 'stay' },
        { title: 'Other code', colour: 'other' },
      ],
      bars: biggest.map((notebook) => {
        const [moves, keeps] = [linesOf(notebook, true), linesOf(notebook, false)];
        return {
          label: showName(notebook.path),
          keeps: 'end',
          parts: [moves, keeps, Math.max(0, notebook.lines - moves - keeps)],
        };
      }),
      nothing: 'No notebook holds code.',
    }),
    makeChart({
      title: 'Where repetition costs most',
      note: 'Lines that would go if each family were written once.',
      labels: 'Family',
      series: [{ title: 'Repeated lines', colour: 'needs' }],
      bars: families
        .map((family) => ({ label: showName(family.name), parts: [repeatedLines(family)] }))
        .filter(({ parts }) => parts[0]! > 0)
        .sort((a, b) => b.parts[0]! - a.parts[0]!)
        .slice(0, mostBars),
      nothing: 'Nothing is written twice.',
    }),
  );
  return element(
    'section',
    { id: 'summary', 'aria-labelledby': 'summary-title' },
    element('h2', { id: 'summary-title' }, 'At a glance'),
    totals,
    charts,
  );
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}

function total(title: string, value: number, note: string): HTMLElement {
  return element(
    'div',
    { class: 'card' },
    element('dt', {}, title),
    element('dd', { class: 'number' }, showNumber(value)),
    element('dd', { class: 'note' }, note),
  );
}
