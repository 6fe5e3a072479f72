/** Turns rows into a table that is searched, sorted and leafed through; only the rows of one leaf are in the page. */
import { element, type Child } from './element.ts';
import { count, showNumber } from './wording.ts';

export interface Column<Row> {
  readonly title: string;
  /** What the title says, where that needs a sentence. */
  readonly meaning?: string;
  readonly isNumber?: boolean;
  /** Left out on narrow screens. */
  readonly isMinor?: boolean;
  /** What it is sorted by. */
  readonly valueOf: (row: Row) => string | number;
  /** What is shown, where it isn't the value. */
  readonly show?: (row: Row) => Child;
}

export interface TableOptions<Row> {
  readonly id: string;
  /** What the table is, for those who can't see where it stands. */
  readonly caption: string;
  /** In the order that rows with the same value keep. */
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** The column that it is sorted by at first. */
  readonly sortedBy: number;
  readonly searchLabel: string;
  /** What a row is found by. */
  readonly textOf: (row: Row) => string;
  /** What rows are chosen by, besides the search. */
  readonly choice?: {
    readonly label: string;
    /** What the choice of all rows is called. */
    readonly all: string;
    readonly options: readonly { readonly value: string; readonly title: string }[];
    readonly valueOf: (row: Row) => string;
    /** What is said of a choice, above the rows. */
    readonly explain: (value: string) => Node | undefined;
  };
  /** What opens below a row. */
  readonly detailOf?: (row: Row) => Node;
  readonly singular: string;
  readonly plural?: string;
}

const leaf = 50;
const leafSmall = 10;

const collator = new Intl.Collator('en', { numeric: true });

export interface LiveTable {
  readonly element: HTMLElement;
  /** Shows all rows with a value of `choice`. */
  readonly choose: (value: string) => void;
}

export function makeTable<Row>(options: TableOptions<Row>): LiveTable {
  const { id, columns, rows } = options;
  const texts = new Map<Row, string>();
  const details = new Map<Row, HTMLTableRowElement>();
  const state = {
    column: options.sortedBy,
    isAscending: columns[options.sortedBy]!.isNumber !== true,
    first: 0,
  };
  let found: readonly Row[] = rows;
  let size = leaf;

  const headers = columns.map((column, index) =>
    element(
      'th',
      { scope: 'col', class: classOf(column) },
      element('button', { type: 'button', title: column.meaning, click: () => sortBy(index) }, column.title),
    ),
  );
  const body = element('tbody');
  const table = element(
    'table',
    {},
    element('caption', { class: 'unseen' }, options.caption),
    element('thead', {}, element('tr', {}, ...headers)),
    body,
  );
  const status = element('p', { role: 'status' });
  const previous = element('button', { type: 'button', click: () => turn(-size) }, 'Previous');
  const next = element('button', { type: 'button', click: () => turn(size) }, 'Next');
  const field = element('input', {
    type: 'search',
    id: `${id}-search`,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  field.addEventListener('input', refresh);
  const { choice } = options;
  const select = element(
    'select',
    { id: `${id}-choice`, change: explain },
    element('option', { value: '' }, choice?.all),
    ...(choice?.options ?? []).map(({ value, title }) => element('option', { value }, title)),
  );
  const explained = element('div', { 'aria-live': 'polite' });
  const nothing = element('p', { class: 'none', hidden: true }, 'Nothing is found.');
  const scroll = element(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': options.caption, tabindex: 0 },
    table,
  );

  function classOf({ isNumber, isMinor }: Column<Row>): string | undefined {
    return (
      [isNumber === true ? 'number-cell' : '', isMinor === true ? 'minor' : ''].join(' ').trim() || undefined
    );
  }

  function sortBy(index: number): void {
    const isSame = state.column === index;
    state.isAscending = isSame ? !state.isAscending : columns[index]!.isNumber !== true;
    state.column = index;
    refresh();
  }

  function turn(by: number): void {
    state.first = Math.max(0, state.first + by);
    render();
  }

  function explain(): void {
    const said = select.value === '' ? undefined : choice!.explain(select.value);
    explained.replaceChildren(...(said === undefined ? [] : [said]));
    refresh();
  }

  function refresh(): void {
    const words = field.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const matching = rows.filter((row) => {
      if (select.value !== '' && choice!.valueOf(row) !== select.value) return false;
      if (words.length === 0) return true;
      let text = texts.get(row);
      if (text === undefined) texts.set(row, (text = options.textOf(row).toLowerCase()));
      return words.every((word) => text.includes(word));
    });
    const { valueOf } = columns[state.column]!;
    const sign = state.isAscending ? 1 : -1;
    const valued = matching.map((row) => ({ row, value: valueOf(row) }));
    valued.sort((a, b) => sign * compareValues(a.value, b.value));
    found = valued.map(({ row }) => row);
    state.first = 0;
    render();
  }

  function render(): void {
    headers.forEach((header, index) => {
      if (index !== state.column) header.removeAttribute('aria-sort');
      else header.setAttribute('aria-sort', state.isAscending ? 'ascending' : 'descending');
    });
    const shown = found.slice(state.first, state.first + size);
    body.replaceChildren(...shown.flatMap(rowsOf));
    nothing.hidden = found.length > 0;
    previous.disabled = state.first === 0;
    next.disabled = state.first + size >= found.length;
    previous.hidden = next.hidden = found.length <= size;
    const all = count(found.length, options.singular, options.plural);
    const range = `${showNumber(state.first + 1)}–${showNumber(state.first + shown.length)} of ${all}`;
    status.textContent = found.length <= size ? all : range;
  }

  function rowsOf(row: Row): HTMLTableRowElement[] {
    const cells = columns.map((column, index) => {
      const value = column.valueOf(row);
      const content = column.show?.(row) ?? (typeof value === 'number' ? showNumber(value) : value);
      if (index > 0) {
        const cell = element('td', { class: classOf(column) }, content);
        if (value === 0) cell.classList.add('zero');
        return cell;
      }
      return element(
        'th',
        { scope: 'row', class: classOf(column) },
        options.detailOf === undefined ? content : opener(row, content),
      );
    });
    const line = element('tr', {}, ...cells);
    const detail = details.get(row);
    return detail === undefined ? [line] : [line, detail];
  }

  function opener(row: Row, content: Child): HTMLButtonElement {
    const button = element(
      'button',
      {
        type: 'button',
        class: 'open',
        'aria-expanded': String(details.has(row)),
        click: () => toggle(row, button),
      },
      element('span', {}, content),
    );
    return button;
  }

  function toggle(row: Row, button: HTMLButtonElement): void {
    const known = details.get(row);
    if (known !== undefined) {
      known.remove();
      details.delete(row);
    } else {
      const detail = element(
        'tr',
        { class: 'detail' },
        element('td', { colspan: columns.length }, options.detailOf!(row)),
      );
      details.set(row, detail);
      button.closest('tr')!.after(detail);
    }
    button.setAttribute('aria-expanded', String(known === undefined));
  }

  if (rows.length <= leafSmall) size = leafSmall;
  refresh();
  const search = element(
    'div',
    { class: 'search', role: 'search' },
    element('label', { for: field.id }, options.searchLabel),
    field,
  );
  const above = element(
    'div',
    { class: 'bar-above' },
    search,
    choice === undefined
      ? undefined
      : element('div', { class: 'choice' }, element('label', { for: select.id }, choice.label), select),
    element('div', { class: 'pages' }, status, previous, next),
  );
  return {
    element: element('div', { class: 'card', id }, above, explained, scroll, nothing),
    choose: (value) => {
      field.value = '';
      select.value = value;
      explain();
    },
  };
}

export function compareValues(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(`${a}`, `${b}`);
}
