/** Turns numbers into a chart of stacked bars, with the same numbers as a table for those who don't see it. */
import { scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import { drawn, element, type Child } from './element.ts';
import { clip, showNumber } from './wording.ts';

export interface Bar {
  readonly label: string;
  /** One for each series. */
  readonly parts: readonly number[];
  /** What of a long label is kept. */
  readonly keeps?: 'start' | 'end';
  /** Where the label leads, and what else is done then. */
  readonly link?: { readonly href: string; readonly follow: () => void };
}

export interface ChartOptions {
  readonly title: string;
  readonly note?: Child;
  /** What the labels name: the head of the table's first column. */
  readonly labels: string;
  readonly series: readonly { readonly title: string; readonly colour: string }[];
  readonly bars: readonly Bar[];
  /** What is said where there are no bars. */
  readonly nothing: string;
}

const rowHeight = 36;
const barHeight = 10;
const letterWidth = 7.2;

export function makeChart({ title, note, labels, series, bars, nothing }: ChartOptions): HTMLElement {
  const caption = element(
    'figcaption',
    {},
    element('h3', {}, title),
    note === undefined ? undefined : element('p', {}, note),
  );
  const figure = element('figure', { class: 'card' }, caption);
  if (bars.length === 0) {
    figure.append(element('p', { class: 'hint' }, nothing));
    return figure;
  }
  const totals = bars.map(({ parts }) => parts.reduce((sum, part) => sum + part, 0));
  if (series.length > 1) {
    const keys = series.map(({ title: name, colour }) => element('li', { class: colour }, name));
    figure.append(element('ul', { class: 'legend', 'aria-hidden': 'true' }, ...keys));
  }
  const summary = `Bar chart: ${title}. The longest: ${bars[0]!.label}, ${showNumber(Math.max(...totals))}. The table below has all numbers.`;
  // What can be followed is no mere picture.
  const role = bars.some(({ link }) => link !== undefined) ? 'group' : 'img';
  const picture = drawn('svg', { role, 'aria-label': summary, height: bars.length * rowHeight });
  figure.append(picture, asTable());

  const layers = stack<Bar, number>()
    .keys(series.keys())
    .value(({ parts }, key) => parts[key] ?? 0)(bars as Bar[]);

  function draw(width: number): void {
    const place = scaleLinear()
      .domain([0, Math.max(...totals)])
      .range([0, width]);
    picture.setAttribute('viewBox', `0 0 ${width} ${bars.length * rowHeight}`);
    picture.replaceChildren(
      ...bars.map(({ label, keeps = 'start', link }, row) => {
        const value = showNumber(totals[row]!);
        const room = Math.floor(width / letterWidth) - value.length - 3;
        const top = row * rowHeight + 18;
        const parts = layers.map((layer, index) => {
          const [from, to] = layer[row]!;
          // A gap keeps neighbours apart where colours don't.
          const size = place(to) - place(from) - (index < layers.length - 1 && to < totals[row]! ? 1.5 : 0);
          const colour = `bar ${series[index]!.colour}`;
          return to === from
            ? undefined
            : drawn('rect', {
                class: colour,
                x: place(from),
                y: top,
                width: Math.max(1, size),
                height: barHeight,
                rx: 2,
              });
        });
        const name = drawn('text', { x: 0, y: top - 5 }, clip(label, Math.max(8, room), keeps));
        return drawn(
          'g',
          {},
          drawn(
            'title',
            {},
            `${label}: ${series.map((entry, i) => `${entry.title} ${showNumber(bars[row]!.parts[i] ?? 0)}`).join(', ')}`,
          ),
          link === undefined
            ? name
            : drawn('a', { href: link.href, 'aria-label': `${label}: ${value}`, click: link.follow }, name),
          drawn('text', { class: 'value', x: width, y: top - 5, 'text-anchor': 'end' }, value),
          drawn('rect', { class: 'track', x: 0, y: top, width, height: barHeight, rx: 2 }),
          ...parts,
        );
      }),
    );
  }

  function asTable(): HTMLElement {
    const isStacked = series.length > 1;
    const head = [labels, ...series.map((entry) => entry.title), ...(isStacked ? ['Together'] : [])];
    const rows = bars.map(({ label, parts }, row) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, label),
        ...parts.map((part) => element('td', { class: 'number-cell' }, showNumber(part))),
        isStacked ? element('td', { class: 'number-cell' }, showNumber(totals[row]!)) : undefined,
      ),
    );
    const table = element(
      'table',
      {},
      element('caption', { class: 'unseen' }, title),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...head.map((name, i) =>
            element('th', { scope: 'col', class: i > 0 ? 'number-cell' : undefined }, name),
          ),
        ),
      ),
      element('tbody', {}, ...rows),
    );
    return element('details', {}, element('summary', {}, 'As a table'), table);
  }

  let drawnWidth = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.round(entry!.contentRect.width);
    if (width > 0 && width !== drawnWidth) draw((drawnWidth = width));
  }).observe(picture);
  return figure;
}
