/** Turns the definitions that stay into a table, chosen by their reason, with what the catalogue says of it. */
import type { PageData, PageDefinition } from '../report/page.ts';
import type { Code } from '../text/codes.ts';
import { element } from './element.ts';
import { makeTable } from './table.ts';
import { count, showName } from './wording.ts';

/** Shows the definitions that stay for a reason. */
export type ShowReason = (code: Code) => void;

/** How many definitions stay for each reason, the commonest first. */
export function countReasons({ notebooks }: PageData): [code: Code, number: number][] {
  const reasons = new Map<Code, number>();
  for (const { definitions } of notebooks) {
    for (const { code } of definitions)
      if (code !== undefined) reasons.set(code, (reasons.get(code) ?? 0) + 1);
  }
  return [...reasons].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** A code that leads to the definitions that stay for it. */
export function linkReason(code: Code, { codes }: PageData, show: ShowReason): HTMLElement {
  return element('a', { href: '#stays', title: codes[code]?.title, click: () => show(code) }, code);
}

interface Staying {
  readonly path: string;
  readonly definition: PageDefinition;
}

export function makeStaysSection(data: PageData): {
  readonly element: HTMLElement;
  readonly show: ShowReason;
} {
  const { notebooks, codes } = data;
  const section = element(
    'section',
    { id: 'stays', 'aria-labelledby': 'stays-title', tabindex: -1 },
    element('h2', { id: 'stays-title' }, 'Definitions that stay'),
  );
  const rows = notebooks.flatMap(({ path, definitions }) =>
    definitions.filter(({ code }) => code !== undefined).map((definition): Staying => ({ path, definition })),
  );
  if (rows.length === 0) {
    section.append(element('p', { class: 'card none' }, 'Every function and class would move.'));
    return { element: section, show: () => {} };
  }
  const table = makeTable<Staying>({
    id: 'stay-table',
    caption: 'Definitions that stay',
    rows,
    sortedBy: 1,
    singular: 'definition',
    searchLabel: 'Search by name, notebook or reason',
    textOf: ({ path, definition: { name, code, message } }) => [name, path, code, message].join('\n'),
    choice: {
      label: 'Reason',
      all: `all reasons: ${count(rows.length, 'definition')}`,
      options: countReasons(data).map(([code, number]) => ({
        value: code,
        title: `${code} ${codes[code]?.title ?? ''}: ${count(number, 'definition')}`,
      })),
      valueOf: ({ definition }) => definition.code!,
      explain: (code) => explain(code as Code, data),
    },
    columns: [
      {
        title: 'Definition',
        valueOf: ({ definition }) => definition.name,
        show: ({ definition }) => element('span', { class: 'code-name' }, showName(definition.name)),
      },
      {
        title: 'Place',
        valueOf: ({ path }) => path,
        show: ({ path, definition: { cell, line } }) =>
          element('span', { class: 'place' }, `${showName(path)}, cell ${cell}:${line}`),
      },
      {
        title: 'Why, and what to do',
        valueOf: ({ definition: { code, message } }) => `${code} ${message}`,
        show: ({ definition: { code, message, hint } }) =>
          element(
            'span',
            {},
            `${code} ${showName(message ?? '')} `,
            element('span', { class: 'hint' }, hint ?? ''),
          ),
      },
    ],
  });
  section.append(
    element(
      'p',
      { class: 'lead' },
      'Each has its reason. Choose one to see what it means, and all that stays for it.',
    ),
    table.element,
  );
  return { element: section, show: table.choose };
}

/** What the catalogue says of a code. */
function explain(code: Code, { codes }: PageData): HTMLElement | undefined {
  const entry = codes[code];
  if (entry === undefined) return undefined;
  return element(
    'div',
    { class: 'explained' },
    element('p', {}, element('strong', {}, `${code}: ${entry.title}.`), ` ${entry.why}`),
    element('p', { class: 'hint' }, entry.remedy),
  );
}
