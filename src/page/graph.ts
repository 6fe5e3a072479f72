/** Turns the graph of notebooks and modules into a picture whose nodes can be chosen, and a table of the same. */
import { Graph, layout } from '@dagrejs/dagre';
import { curveBasis, line } from 'd3-shape';
import type { PageData } from '../report/page.ts';
import type { ScannedModule } from '../report/scan.ts';
import { drawn, element } from './element.ts';
import { buildModel, type GraphModel, type ModuleNode, type NotebookNode } from './graph-model.ts';
import { makeTable } from './table.ts';
import { clipApart, count, showName, showNumber } from './wording.ts';

const nodeHeight = 30;
const lineHeight = 15;
/**
 * How many letters a line of a label has, how many lines a label, and how far apart what imports and what is imported
 * stand: the first that the page has room for.
 */
const sizes = [
  { letters: 44, lines: 1, gap: 70 },
  { letters: 30, lines: 1, gap: 70 },
  { letters: 24, lines: 1, gap: 70 },
  { letters: 18, lines: 2, gap: 50 },
  { letters: 14, lines: 2, gap: 36 },
  { letters: 11, lines: 2, gap: 28 },
  { letters: 9, lines: 2, gap: 28 },
] as const;
interface Arrangement {
  readonly graph: Graph;
  /** By node. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly width: number;
  readonly height: number;
}

const mostListed = 200;
const mostChosen = 40;

export function makeGraphSection({ notebooks, modules, package: packageName }: PageData): HTMLElement {
  const importers = new Map<string, string[]>();
  for (const { path, imports } of notebooks) {
    for (const module of imports) importers.set(module, [...(importers.get(module) ?? []), path]);
  }
  const section = element(
    'section',
    { id: 'graph', 'aria-labelledby': 'graph-title' },
    element('h2', { id: 'graph-title' }, 'Modules'),
    element(
      'p',
      { class: 'lead' },
      'Which notebook would import which module if everything that can move were moved. ' +
        'Notebooks that would import the same modules stand together.',
    ),
  );
  if (importers.size === 0) {
    section.append(element('p', { class: 'card none' }, 'No notebook would import anything.'));
    return section;
  }

  const hasShared = [...importers.values()].some((paths) => paths.length > 1);
  const field = element('input', {
    type: 'search',
    id: 'graph-search',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const own = element('input', { type: 'checkbox', id: 'graph-own' });
  own.checked = !hasShared;
  const note = element('p', { role: 'status', class: 'hint' });
  const drawing = element('div', {
    class: 'drawing',
    role: 'region',
    'aria-label': 'Graph of imports',
    tabindex: 0,
  });
  const chosen = element('div', { class: 'chosen', 'aria-live': 'polite' });
  let model = buildModel(notebooks, modules, { text: '', withOwn: own.checked });
  let choice: string | undefined;
  let room = 0;
  new ResizeObserver(() => {
    if (drawing.clientWidth > 0 && drawing.clientWidth !== room) redraw();
  }).observe(drawing);
  field.addEventListener('input', show);
  own.addEventListener('change', show);
  const controls = element(
    'div',
    { class: 'bar-above graph-controls' },
    element(
      'div',
      { class: 'search', role: 'search' },
      element('label', { for: 'graph-search' }, 'Notebooks or modules whose name holds'),
      field,
    ),
    element('label', { class: 'check', for: 'graph-own' }, own, 'also modules of one notebook'),
    note,
  );
  const table = makeTable<ScannedModule>({
    id: 'module-table',
    caption: 'Modules and who would import them',
    rows: modules,
    sortedBy: 2,
    singular: 'module',
    searchLabel: 'Search modules and the notebooks that would import them',
    textOf: ({ module, imports }) => [module, ...imports, ...(importers.get(module) ?? [])].join('\n'),
    columns: [
      {
        title: 'Module',
        valueOf: ({ module }) => module,
        show: ({ module }) => element('span', { class: 'code-name' }, showName(module)),
      },
      { title: 'New definitions', isNumber: true, isMinor: true, valueOf: ({ definitions }) => definitions },
      {
        title: 'Notebooks',
        isNumber: true,
        valueOf: ({ module }) => importers.get(module)?.length ?? 0,
      },
      {
        title: 'Imports',
        isMinor: true,
        valueOf: ({ imports }) => imports.join(', '),
        show: ({ imports }) => element('span', { class: 'code-name' }, imports.map(shorten).join(', ')),
      },
    ],
    detailOf: ({ module }) => listPaths(importers.get(module) ?? []),
  });
  section.append(
    element('div', { class: 'card' }, controls, drawing, chosen),
    element('h3', { class: 'below' }, 'All modules'),
    table.element,
  );
  show();
  return section;

  /** Without the package, which is the same for all. */
  function shorten(module: string): string {
    return module.startsWith(`${packageName}.`) ? module.slice(packageName!.length + 1) : module;
  }

  function show(): void {
    model = buildModel(notebooks, modules, { text: field.value, withOwn: own.checked });
    const { apart, leftOut } = model;
    const words = [
      apart > 0
        ? `${count(apart, 'notebook')} would import only a module of ${apart === 1 ? 'its' : 'their'} own`
        : '',
      leftOut.notebooks > 0 ? `${count(leftOut.notebooks, 'more notebook')} not drawn` : '',
      leftOut.modules > 0 ? `${count(leftOut.modules, 'more module')} not drawn` : '',
      leftOut.notebooks + leftOut.modules > 0 ? 'search to see less at once' : '',
    ].filter((part) => part !== '');
    note.textContent = words.length === 0 ? '' : `${words.join('; ')}.`;
    chosen.replaceChildren(
      element(
        'p',
        { class: 'hint' },
        model.nodes.length === 0 ? 'Nothing to draw.' : 'Choose a node to see what it stands for.',
      ),
    );
    choice = undefined;
    redraw();
  }

  /** Draws the model as wide as there is room; what was chosen stays so. */
  function redraw(): void {
    const { nodes } = model;
    drawing.classList.remove('has-choice');
    // Not yet in the page: there is room for all.
    room = drawing.clientWidth || Infinity;
    drawing.replaceChildren(...(nodes.length === 0 ? [] : [draw(room)]));
  }

  /** The name of each node, without what is the same for all of its kind. */
  function nameOf(node: NotebookNode | ModuleNode): string {
    if (node.kind === 'module') return showName(shorten(node.module.module));
    const [first] = node.paths;
    if (node.paths.length === 1) return showName(first!.replace(/\.ipynb$/i, ''));
    return count(node.paths.length, 'notebook');
  }

  function arrange(
    { nodes, edges }: GraphModel,
    { letters, lines, gap }: (typeof sizes)[number],
  ): Arrangement {
    const graph = new Graph();
    graph.setGraph({ rankdir: 'LR', nodesep: 10, ranksep: gap, edgesep: 8, marginx: 12, marginy: 8 });
    graph.setDefaultEdgeLabel(() => ({}));
    // Two lines may not be broken so that both are full.
    const texts = clipApart(nodes.map(nameOf), lines * letters - (lines - 1));
    const labels = new Map(nodes.map(({ id }, i) => [id, breakLabel(texts[i]!, letters)]));
    for (const { id, kind } of nodes) {
      const label = labels.get(id)!;
      const longest = Math.max(...label.map((text) => text.length));
      graph.setNode(id, {
        width: 24 + longest * (kind === 'module' ? 8 : 7.4),
        height: nodeHeight + (label.length - 1) * lineHeight,
      });
    }
    for (const { from, to, weight } of edges) graph.setEdge(from, to, { weight });
    layout(graph);
    const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
    return { graph, labels, width, height };
  }

  function draw(available: number): SVGElement {
    const { nodes, edges } = model;
    let arrangement = arrange(model, sizes[0]);
    for (const size of sizes.slice(1)) {
      if (arrangement.width <= available) break;
      arrangement = arrange(model, size);
    }
    const { graph, labels, width, height } = arrangement;
    const curve = line<{ x: number; y: number }>(
      ({ x }) => x,
      ({ y }) => y,
    ).curve(curveBasis);
    const most = Math.max(1, ...edges.map(({ weight }) => weight));
    const ends = new Map<string, SVGPathElement[]>();
    const paths = edges.map(({ from, to, weight }) => {
      const { points = [] } = graph.edge(from, to) as { points?: { x: number; y: number }[] };
      const path = drawn('path', {
        d: curve(points) ?? '',
        'stroke-width': (1.2 + 2 * Math.sqrt(weight / most)).toFixed(1),
        'marker-end': 'url(#arrow)',
      });
      for (const end of [from, to]) ends.set(end, [...(ends.get(end) ?? []), path]);
      return path;
    });
    const arrow = drawn(
      'marker',
      {
        id: 'arrow',
        viewBox: '0 0 8 8',
        refX: 7,
        refY: 4,
        markerWidth: 9,
        markerHeight: 9,
        orient: 'auto',
        markerUnits: 'userSpaceOnUse',
      },
      drawn('path', { class: 'arrow', d: 'M0 1 L8 4 L0 7 z' }),
    );
    const boxes = nodes.map((node) => {
      const place = graph.node(node.id) as Record<'x' | 'y' | 'width' | 'height', number>;
      const { x, y, width: boxWidth, height: boxHeight } = place;
      const label = labels.get(node.id)!;
      return drawn(
        'g',
        {
          role: 'button',
          tabindex: 0,
          'aria-pressed': 'false',
          'aria-label': describe(node),
          class: node.kind === 'module' ? 'is-module' : undefined,
          transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
          click: () => choose(node),
          keydown: (event) => {
            const { key } = event as KeyboardEvent;
            if (key !== 'Enter' && key !== ' ') return;
            event.preventDefault();
            choose(node);
          },
        },
        drawn('title', {}, describe(node)),
        drawn('rect', {
          x: -boxWidth / 2,
          y: -boxHeight / 2,
          width: boxWidth,
          height: boxHeight,
          rx: node.kind === 'module' ? 3 : 9,
        }),
        ...label.map((text, i) =>
          drawn(
            'text',
            { 'text-anchor': 'middle', y: 4.5 + (i - (label.length - 1) / 2) * lineHeight },
            text,
          ),
        ),
      );
    });
    function choose(node: NotebookNode | ModuleNode): void {
      choice = node.id;
      mark(choice);
      explain(node);
    }
    function mark(id: string): void {
      boxes.forEach((box, i) => box.setAttribute('aria-pressed', String(nodes[i]!.id === id)));
      for (const path of paths) path.classList.toggle('is-near', ends.get(id)?.includes(path) === true);
      drawing.classList.add('has-choice');
    }
    if (choice !== undefined) mark(choice);
    const [w, h] = [Math.ceil(width), Math.ceil(height)];
    return drawn(
      'svg',
      {
        width: w,
        height: h,
        viewBox: `0 0 ${w} ${h}`,
        role: 'group',
        'aria-label': 'Notebooks and the modules that they would import; the table below has the same',
      },
      drawn('defs', {}, arrow),
      ...paths,
      ...boxes,
    );
  }

  function describe(node: NotebookNode | ModuleNode): string {
    if (node.kind === 'module')
      return `module ${node.module.module}, imported by ${count(node.importers, 'notebook')}`;
    return node.paths.length === 1
      ? `notebook ${node.paths[0]}`
      : `${showNumber(node.paths.length)} notebooks that would import the same`;
  }

  function explain(node: NotebookNode | ModuleNode): void {
    if (node.kind === 'notebooks') {
      chosen.replaceChildren(
        element(
          'p',
          {},
          element(
            'strong',
            {},
            node.paths.length === 1
              ? 'One notebook'
              : `${count(node.paths.length, 'notebook')}, all importing the same`,
          ),
        ),
        listPaths(node.paths, mostChosen),
      );
      return;
    }
    const { module, definitions, imports } = node.module;
    chosen.replaceChildren(
      element(
        'p',
        {},
        element('strong', { class: 'code-name' }, module),
        `: ${count(definitions, 'new definition')}${imports.length > 0 ? `; it would import ${imports.map(shorten).join(', ')}` : ''}. Imported by ${count(node.importers, 'notebook')}:`,
      ),
      listPaths(importers.get(module) ?? [], mostChosen),
    );
  }
}

/** A label on one line, or on two: broken after a word where one ends in time. */
function breakLabel(text: string, letters: number): string[] {
  if (text.length <= letters) return [text];
  const words = [...text.matchAll(/[\s_/.-]+/g)]
    .map(({ index, 0: mark }) => index + mark.length)
    .filter((at) => at <= letters && text.length - at <= letters);
  const at = words.at(-1) ?? letters;
  return [text.slice(0, at).trim(), text.slice(at)];
}

function listPaths(paths: readonly string[], most = mostListed): HTMLElement {
  if (paths.length === 0) return element('p', { class: 'hint' }, 'No notebook imports it directly.');
  const items = paths.slice(0, most).map((path) => element('li', {}, showName(path)));
  if (paths.length > most) items.push(element('li', {}, `and ${showNumber(paths.length - most)} more`));
  return element('ul', { class: 'places' }, ...items);
}
