/** Turns the notebooks, and what is wrong with them, into tables. */
import type { Code } from '../text/codes.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import type { PageData, PageNotebook } from '../report/page.ts';
import { element, type Child } from './element.ts';
import { linkReason, type ShowReason } from './stays.ts';
import { countMovable } from './summary.ts';
import { compareValues, makeTable } from './table.ts';
import { count, showName } from './wording.ts';

export function makeNotebooksSection(data: PageData, showReason: ShowReason): HTMLElement {
  const table = makeTable<PageNotebook>({
    id: 'notebook-table',
    caption: 'Notebooks',
    rows: [...data.notebooks].sort(
      (a, b) =>
        Number(a.definitions.length === 0) - Number(b.definitions.length === 0) ||
        compareValues(a.path, b.path),
    ),
    sortedBy: 4,
    singular: 'notebook',
    searchLabel: 'Search by path, definition, code or module',
    textOf: ({ path, definitions, imports, diagnostics }) =>
      [
        path,
        ...definitions.flatMap(({ name, code, module }) => [name, code ?? '', module ?? '']),
        ...imports,
        ...diagnostics.map(({ code }) => code),
      ].join('\n'),
    columns: [
      { title: 'Notebook', valueOf: ({ path }) => path, show: ({ path }) => showName(path) },
      { title: 'Cells', isNumber: true, isMinor: true, valueOf: ({ cells }) => cells },
      { title: 'Lines', isNumber: true, isMinor: true, valueOf: ({ lines }) => lines },
      { title: 'Definitions', isNumber: true, valueOf: ({ definitions }) => definitions.length },
      { title: 'Would move', isNumber: true, valueOf: countMovable },
      {
        title: 'Stay',
        isNumber: true,
        valueOf: (notebook) => notebook.definitions.length - countMovable(notebook),
      },
      {
        title: 'Problems',
        isNumber: true,
        isMinor: true,
        valueOf: ({ diagnostics }) => diagnostics.length,
        show: ({ isUnread, diagnostics }) =>
          isUnread ? element('span', { class: 'tag bad' }, 'not read') : `${diagnostics.length}`,
      },
    ],
    detailOf: (notebook) => describeNotebook(notebook, (code) => linkReason(code, data, showReason)),
  });
  return element(
    'section',
    { id: 'notebooks', 'aria-labelledby': 'notebooks-title' },
    element('h2', { id: 'notebooks-title' }, 'Notebooks'),
    element(
      'p',
      { class: 'lead' },
      'Open one to see what becomes of each of its functions and classes. ' +
        'Those with most to move stand first, those that define nothing last.',
    ),
    table.element,
  );
}

function describeNotebook(
  { path, definitions, imports, diagnostics, isUnread }: PageNotebook,
  link: (code: Code) => HTMLElement,
): HTMLElement {
  const parts: Child[] = [];
  if (diagnostics.length > 0) parts.push(listDiagnostics(diagnostics));
  if (imports.length > 0)
    parts.push(
      element('p', {}, 'It would import ', element('span', { class: 'code-name' }, imports.join(', ')), '.'),
    );
  if (definitions.length === 0) {
    if (!isUnread) parts.push(element('p', { class: 'hint' }, 'It defines no functions and no classes.'));
    return element('div', {}, ...parts);
  }
  const rows = definitions.map(({ name, kind, cell, line, endLine, module, code, message, hint }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row', class: 'code-name' }, showName(name)),
      element('td', { class: 'minor' }, kind),
      element('td', {}, `${cell}:${line}`),
      element('td', { class: 'number-cell minor' }, `${endLine - line + 1}`),
      module !== undefined
        ? element(
            'td',
            {},
            element('span', { class: 'tag move' }, 'moves'),
            ' to ',
            element('span', { class: 'code-name' }, module),
          )
        : element(
            'td',
            {},
            element('span', { class: 'tag stay' }, 'stays'),
            ' ',
            code === undefined ? undefined : link(code),
            ` ${message ?? ''} `,
            element('span', { class: 'hint' }, hint ?? ''),
          ),
    ),
  );
  const heads = [
    ['Definition', ''],
    ['Kind', 'minor'],
    ['Cell:line', ''],
    ['Lines', 'number-cell minor'],
    ['Verdict', ''],
  ] as const;
  const table = element(
    'table',
    {},
    element('caption', { class: 'unseen' }, `Definitions of ${showName(path)}`),
    element(
      'thead',
      {},
      element('tr', {}, ...heads.map(([head, style]) => element('th', { scope: 'col', class: style }, head))),
    ),
    element('tbody', {}, ...rows),
  );
  parts.push(element('div', { class: 'scroll' }, table));
  return element('div', {}, ...parts);
}

function listDiagnostics(diagnostics: readonly Diagnostic[]): HTMLElement {
  return element(
    'ul',
    {},
    ...diagnostics.map(({ code, severity, place, message, hint }) =>
      element(
        'li',
        {},
        element('span', { class: severity === 'error' ? 'tag bad' : 'tag' }, severity),
        ` ${[place?.cell === undefined ? '' : `cell ${place.cell}`, place?.line ?? ''].filter((part) => part !== '').join(':')} ${code} ${message} `,
        element('span', { class: 'hint' }, hint ?? ''),
      ),
    ),
  );
}

export function makeProblemsSection(data: PageData): HTMLElement {
  const problems = [...data.diagnostics, ...data.notebooks.flatMap(({ diagnostics }) => diagnostics)];
  const section = element(
    'section',
    { id: 'problems', 'aria-labelledby': 'problems-title' },
    element('h2', { id: 'problems-title' }, 'Problems'),
    element(
      'p',
      { class: 'lead' },
      problems.length === 0
        ? 'Every notebook could be read, and every cell is valid Python.'
        : `${count(problems.length, 'problem')} with files and cells. The other notebooks were scanned all the same.`,
    ),
  );
  if (problems.length === 0) return section;
  const order = { error: 0, warning: 1, info: 2 } as const;
  const table = makeTable<Diagnostic>({
    id: 'problem-table',
    caption: 'Problems',
    rows: problems,
    sortedBy: 1,
    singular: 'problem',
    searchLabel: 'Search problems',
    textOf: ({ code, place, message, hint }) => [place?.path, code, message, hint].join('\n'),
    columns: [
      {
        title: 'Place',
        valueOf: ({ place }) => place?.path ?? '',
        show: ({ place }) => {
          if (place === undefined) return '–';
          const { path, cell, line } = place;
          return [showName(path), cell === undefined ? undefined : `cell ${cell}`, line]
            .filter((part) => part !== undefined)
            .join(':');
        },
      },
      {
        title: 'Severity',
        valueOf: ({ severity }) => `${order[severity]}`,
        show: ({ severity }) =>
          element('span', { class: severity === 'error' ? 'tag bad' : 'tag' }, severity),
      },
      { title: 'Code', isMinor: true, valueOf: ({ code }) => code },
      {
        title: 'What is wrong, and what to do',
        valueOf: ({ message }) => message,
        show: ({ message, hint }) =>
          element('span', {}, showName(message), ' ', element('span', { class: 'hint' }, hint ?? '')),
      },
    ],
  });
  section.append(table.element);
  return section;
}
