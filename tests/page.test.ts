/** The page of `scan --html`: what goes into it, and what people can do with it in a real browser. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareSources } from '../src/page/compare.ts';
import { buildModel } from '../src/page/graph-model.ts';
import { clip, clipApart, count, share, showName } from '../src/page/wording.ts';
import { dataMark, encodeData, formatPage, type PageNotebook } from '../src/report/page.ts';
import type { FamilyGroup, ScannedDefinition, ScannedNotebook, ScanReport } from '../src/report/scan.ts';
import { codes } from '../src/text/codes.ts';
import { startBrowser, type Browser, type Page } from './browser.ts';
import { findChromium } from './chromium.ts';
import { openProgram, type Answer, type Program } from './program.ts';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nb2mod-page-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function definition(name: string, more: Partial<ScannedDefinition> = {}): ScannedDefinition {
  return {
    name,
    kind: 'function',
    cell: 2,
    line: 1,
    endLine: 4,
    movable: true,
    module: 'churn.common',
    readsAtDefinition: [],
    readsAtCall: [],
    writes: [],
    ...more,
  };
}

const staying = { movable: false, code: 'NB401', message: "it reads 'df'", hint: 'Pass it.' } as const;

function stays(name: string): ScannedDefinition {
  const { module: _, ...rest } = definition(name, staying);
  return rest;
}

function notebook(path: string, more: Partial<ScannedNotebook> = {}): ScannedNotebook {
  return {
    path,
    size: { cells: 3, lines: 20 },
    definitions: [definition('load'), stays('plot')],
    cells: [],
    imports: [{ module: 'churn.common', names: ['load'] }],
    diagnostics: [],
    ...more,
  };
}

function group(relation: FamilyGroup['relation'], source: string, ...paths: string[]): FamilyGroup {
  const members = paths.map((path) => ({ path, name: 'load', cell: 2, line: 1 }));
  return { relation, similarity: 0.9, source, members };
}

function report(more: Partial<ScanReport> = {}): ScanReport {
  return {
    version: 1,
    package: 'churn',
    notebooks: [
      notebook('b/second.ipynb', {
        size: { cells: 4, lines: 300 },
        definitions: [definition('load'), definition('fit'), stays('plot')],
      }),
      notebook('a/first.ipynb', { size: { cells: 5, lines: 20 } }),
      notebook('a/10.ipynb', { size: { cells: 6, lines: 7 }, definitions: [], imports: [] }),
      notebook('a/9.ipynb', { imports: [{ module: 'churn.nine', names: ['load'] }] }),
    ],
    modules: [
      { module: 'churn.common', definitions: 1, imports: ['churn.paths'] },
      { module: 'churn.nine', definitions: 1, imports: [] },
      { module: 'churn.paths', definitions: 2, imports: [] },
    ],
    families: [
      {
        name: 'load',
        size: 4,
        alike: 3,
        form: {
          source: 'def load(path, rows=5):\n    return read(path, rows)',
          parameters: [
            { name: 'rows', values: ['5', '10'], isNew: false },
            { name: 'frame', values: [], isNew: true },
          ],
          held: ['engine', 'df'],
          groups: [0, 1],
        },
        groups: [
          group(
            'same',
            'def load(path, rows=5):\n    return read(path, rows)',
            'a/first.ipynb',
            'b/second.ipynb',
          ),
          group('renamed', 'def load(path, rows=10):\n    return read(path, rows)', 'a/9.ipynb'),
          group('name', 'def load():\n    """Other."""\n    return 1', 'c.ipynb'),
        ],
      },
      {
        name: 'area',
        size: 2,
        alike: 2,
        groups: [group('same', 'def area(r): return r', 'a/9.ipynb', 'a/10.ipynb')],
      },
    ],
    diagnostics: [
      {
        code: 'NB103',
        severity: 'error',
        place: { path: 'broken.ipynb', line: 3 },
        message: 'ends in the middle',
        hint: 'Restore it.',
      },
    ],
    ...more,
  };
}

describe('what goes into the page', () => {
  const template = `<script type="application/json">${dataMark}</script>`;
  const dataOf = (given: ScanReport): Record<string, unknown> =>
    JSON.parse(formatPage(given, template).replace(/^<script[^>]*>|<\/script>$/g, '')) as Record<
      string,
      unknown
    >;

  test.each(['</script><script>', '<!--', ']]>', '&lt;', '\u2028\u2029', '\ud800', '$&', "$'", dataMark])(
    '%j comes back as it was, and ends nothing',
    (text) => {
      const encoded = encodeData({ text });
      expect(JSON.parse(encoded)).toEqual({ text });
      expect(encoded).not.toMatch(/[<>&\u2028\u2029\ud800]/);
      const families = [{ name: text, size: 1, alike: 0, groups: [] }];
      expect(dataOf(report({ families }))['families']).toEqual(families);
    },
  );

  test('notebooks that could not be read stand among the others', () => {
    const { notebooks, diagnostics } = dataOf(report()) as {
      notebooks: PageNotebook[];
      diagnostics: unknown[];
    };
    expect(notebooks.map(({ path, isUnread }) => [path, isUnread])).toEqual([
      ['a/10.ipynb', false],
      ['a/9.ipynb', false],
      ['a/first.ipynb', false],
      ['b/second.ipynb', false],
      ['broken.ipynb', true],
    ]);
    expect(diagnostics).toEqual([]);
  });

  test('the codes that occur are explained', () => {
    const { title, why, remedy } = codes.NB401;
    expect(dataOf(report())['codes']).toEqual({
      NB103: { title: codes.NB103.title, why: codes.NB103.why, remedy: codes.NB103.remedy },
      NB401: { title, why, remedy },
    });
  });

  test('a source too long to be compared is cut', () => {
    const source = 'x = 1\n'.repeat(20_000);
    const families = [{ name: 'f', size: 1, alike: 1, groups: [group('same', source, 'a.ipynb')] }];
    const [family] = dataOf(report({ families }))['families'] as [{ groups: [{ source: string }] }];
    expect(family.groups[0].source).toMatch(/# … cut here: 60000 more characters\n$/);
  });

  test('a template without its mark is our own mistake', () => {
    expect(() => formatPage(report(), '<html>')).toThrow();
  });
});

describe('two sources side by side', () => {
  const show = (left: string, right: string): string[] =>
    compareSources(left, right).map((row) => {
      const side = (line = row.left): string =>
        line === undefined
          ? '-'
          : `${line.number} ${line.pieces.map(({ text, isMarked }) => (isMarked ? `[${text}]` : text)).join('')}`;
      return row.kind === 'equal'
        ? `= ${side(row.left)}`
        : `${side(row.left)} | ${row.right ? side(row.right) : '-'}`;
    });
  test.each([
    ['a\nb', 'a\nb', ['= 1 a', '= 2 b']],
    ['rows = 5', 'rows = 10', ['1 rows = [5] | 1 rows = [10]']],
    ['a\nb\nc', 'a\nc', ['= 1 a', '2 b | -', '= 3 c']],
    ['a', 'a\nb', ['= 1 a', '- | 2 b']],
    ['import os', 'return None', ['1 import os | 1 return None']],
    ['a\r\nb', 'a\nb', ['= 1 a', '= 2 b']],
  ])('%j and %j', (left, right, rows) => {
    expect(show(left, right)).toEqual(rows);
  });
  test('that have nothing in common, and are long', () => {
    const lines = (mark: string): string => Array.from({ length: 3000 }, (_, i) => `${mark}${i}`).join('\n');
    expect(compareSources(lines('a'), lines('b'))).toHaveLength(3000);
  });
});

describe('the graph', () => {
  const open = (path: string, ...imports: string[]): PageNotebook => ({
    path,
    imports,
    isUnread: false,
    cells: 1,
    lines: 1,
    definitions: [],
    diagnostics: [],
  });
  const draw = (notebooks: PageNotebook[], withOwn = false, text = ''): string[] => {
    const modules = [...new Set(notebooks.flatMap(({ imports }) => imports))].map((module) => ({
      module,
      definitions: 1,
      imports: module === 'common' ? ['paths', 'c'] : [],
    }));
    const { nodes, edges } = buildModel(notebooks, modules, { text, withOwn });
    const names = new Map(
      nodes.map((node) => [node.id, node.kind === 'module' ? node.module.module : node.paths.join('+')]),
    );
    return edges.map(({ from, to }) => `${names.get(from)} > ${names.get(to)}`);
  };
  test('shows modules of several notebooks, and what they import', () => {
    expect(draw([open('a', 'common', 'a'), open('b', 'common'), open('c', 'c')])).toEqual([
      'a > common',
      'b > common',
      'common > paths',
    ]);
  });
  test('shows those of one notebook where that is asked for', () => {
    expect(draw([open('a', 'common', 'a'), open('c', 'c')], true)).toEqual([
      'a > common',
      'a > a',
      'c > c',
      'common > paths',
      'common > c',
    ]);
  });
  test('is searched by notebook and by module', () => {
    const all = [
      open('eda', 'common'),
      open('train', 'common'),
      open('c', 'models'),
      open('d', 'models'),
      open('x', 'c'),
    ];
    expect(draw(all, false, 'EDA')).toEqual(['eda > common', 'common > paths']);
    expect(draw(all, false, 'models')).toEqual(['c > models', 'd > models']);
  });
  test('puts many notebooks together, and leaves out what is too much', () => {
    const many = Array.from({ length: 1000 }, (_, i) => open(`${i}`, 'common', `own_${i}`));
    const model = buildModel(many, [], { text: '', withOwn: false });
    expect(model.nodes).toHaveLength(2);
    expect(model.nodes[0]).toMatchObject({ paths: { length: 1000 } });
    const whole = buildModel(many, [], { text: '', withOwn: true });
    expect(whole.nodes.length).toBeLessThanOrEqual(60);
    expect(whole.leftOut.modules).toBeGreaterThan(900);
  });
});

test('wording', () => {
  expect([count(1, 'family', 'families'), count(1024, 'family', 'families')]).toEqual([
    '1 family',
    '1,024 families',
  ]);
  expect([share(0, 9), share(1, 1000), share(999, 1000), share(2, 2), share(0, 0)]).toEqual([
    '0 %',
    '1 %',
    '99 %',
    '100 %',
    '–',
  ]);
  expect([clip('abcdef', 4, 'start'), clip('abcdef', 4, 'end'), clip('abc', 4, 'end')]).toEqual([
    'abc…',
    '…def',
    'abc',
  ]);
  expect([clip('abcdefgh', 6, 'both'), clip('abcdef', 2, 'both'), clip('abc', 3, 'both')]).toEqual([
    'abc…gh',
    '…f',
    'abc',
  ]);
  // What tells names apart is kept: the end, both ends, the start.
  expect(clipApart(['nb_long_first', 'nb_long_second', 'common'], 7)).toEqual([
    '…_first',
    '…second',
    'common',
  ]);
  expect(clipApart(['one_of_them_final', 'two_of_them_final'], 7)).toEqual(['one…nal', 'two…nal']);
  expect(clipApart(['same', 'same'], 3)).toEqual(['…me', '…me']);
  expect(showName('a\nb\u202ec\ud800d \u{1f600}')).toBe('a␊b\ufffdc\ufffdd \u{1f600}');
});

describe('scan --html', () => {
  const notebookOf = (...cells: readonly string[]): string =>
    JSON.stringify({
      cells: cells.map((source) => ({
        cell_type: 'code',
        metadata: {},
        outputs: [],
        execution_count: null,
        source,
      })),
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5,
    });
  const write = (name: string, content: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  const text = notebookOf('def area(r):\n    return 3 * r**2');
  let program: Program;
  const scan = (...words: string[]): Promise<Answer> => program.run(['scan', ...words], folder);
  beforeAll(() => {
    program = openProgram();
    write('notebooks/a.ipynb', text);
    write('notebooks/broken.ipynb', '{"cells": [');
  });
  afterAll(() => program.close());

  test('writes the page, prints the summary and where the page is', async () => {
    const { status, stdout, stderr } = await scan('notebooks', '--html', 'page.html', '--package', 'churn');
    expect(stderr).toMatch(/^notebooks\/broken\.ipynb:1:12: NB103/);
    expect(status).toBe(2);
    expect(stdout).toBe('notebooks/a.ipynb: 1 definition, 1 can move\npage: page.html\n');
    const page = readFileSync(join(folder, 'page.html'), 'utf8');
    const data = JSON.parse(/<script type="application\/json" id="data">([^<]*)</.exec(page)![1]!) as object;
    expect(data).toMatchObject({
      package: 'churn',
      notebooks: [
        {
          path: 'notebooks/a.ipynb',
          imports: ['churn.nb_a'],
          definitions: [{ name: 'area', module: 'churn.nb_a' }],
        },
        { path: 'notebooks/broken.ipynb', isUnread: true, diagnostics: [{ code: 'NB103' }] },
      ],
      modules: [{ module: 'churn.nb_a', definitions: 1 }],
    });
    expect(page).not.toContain(folder);
  });

  test('with --json, standard output holds the report alone, and an old page is replaced', async () => {
    writeFileSync(join(folder, 'page.html'), 'old');
    const { status, stdout, stderr } = await scan('notebooks/a.ipynb', '--html', 'page.html', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      summary: { notebooks: 1, definitions: 1, movable: 1 },
    });
    expect(stderr).toBe('page: page.html\n');
    expect(readFileSync(join(folder, 'page.html'), 'utf8')).toMatch(/^<!doctype html>/);
    expect(readdirSync(folder).sort()).toEqual(['notebooks', 'page.html']);
  });

  test('a page that cannot be written is one diagnostic, exit 2', async () => {
    const { status, stdout, stderr } = await scan('notebooks/a.ipynb', '--html', 'nowhere/page.html');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^nowhere\/page\.html: NB502 cannot be written: there is no such file[^]*hint/);
    expect(stderr.match(/\bNB\d{3}\b/g)).toHaveLength(1);
    expect(stdout).toBe('notebooks/a.ipynb: 1 definition, 1 can move\n');
  });

  test('families: why the same code is not one, and one function for what differs in a literal', async () => {
    const draw = (title: string): string =>
      'def draw(frame):\n    axes = frame.plot(kind="bar")\n    axes.set_title' +
      `("${title}")\n    axes.grid(True)\n    return axes.figure`;
    const save = 'def save(name):\n    return PATH + "/" + name';
    for (const name of ['one', 'two']) {
      write(`alike/${name}.ipynb`, notebookOf(`PATH = "${name}"`, save, draw(name)));
    }
    expect((await scan('alike')).stdout).toBe(
      'alike/one.ipynb: 2 definitions, 2 can move\nalike/two.ipynb: 2 definitions, 2 can move\n' +
        'alike, in 2 families:\n' +
        "  'draw' 2 times: 1 the same, 1 with other names or literals\n" +
        '    one function could do for 2 of them by its parameter title: --html or --json shows it\n' +
        "  'save' 2 times: 1 the same, 1 the same code, but it needs something else\n" +
        'in all 2 notebooks: 4 definitions, 4 can move\n',
    );
    expect((JSON.parse((await scan('alike', '--json')).stdout) as ScanReport).families).toMatchObject([
      {
        name: 'draw',
        form: {
          source: draw('one').replace('(frame)', '(frame, *, title="one")').replace('("one")', '(title)'),
          parameters: [{ name: 'title', values: ['"one"', '"two"'], isNew: true }],
          groups: [0, 1],
        },
        groups: [{ source: draw('one') }, { source: draw('two') }],
      },
      { name: 'save', groups: [{ relation: 'same' }, { relation: 'needs', differs: ['PATH'] }] },
    ]);
  });

  test('families: what a suggested function reads from its notebook', async () => {
    for (const [name, key] of [
      ['one', 'text'],
      ['two', 'title'],
    ] as const) {
      const split = `def split(row):\n    words = tokenizer(row["${key}"], max_length=LIMIT)\n    return words[:10] + words[-10:]`;
      const cells = ['from lib import make\ntokenizer = make()\nLIMIT = 9', split];
      // What moves anyway needs no parameter for its constant.
      const cut = `def cut(row):\n    head = row["${key}"][: LIMIT + 1]\n    tail = row["${key}"][-LIMIT:]\n    return head.strip() + tail.strip()`;
      // A module is imported, not passed, though the notebook gives its name to something else at last.
      const tell = `def tell(row):\n    text = json.dumps(row["${key}"], indent=2)\n    print(text.strip(), len(text))\n    return json.loads(text)`;
      write(`held/${name}.ipynb`, notebookOf(...cells, cut, 'import json', tell, 'json = None'));
    }
    const { families } = JSON.parse((await scan('held', '--json')).stdout) as ScanReport;
    expect(
      families.map(({ name, form }) => [name, form?.source.split('\n')[0], form?.parameters, form?.held]),
    ).toEqual([
      [
        'cut',
        'def cut(row, *, key="text"):',
        [{ name: 'key', values: ['"text"', '"title"'], isNew: true }],
        [],
      ],
      [
        'split',
        'def split(row, *, tokenizer, key="text"):',
        [
          { name: 'tokenizer', values: [], isNew: true },
          { name: 'key', values: ['"text"', '"title"'], isNew: true },
        ],
        [],
      ],
      [
        'tell',
        'def tell(row, *, key="text"):',
        [{ name: 'key', values: ['"text"', '"title"'], isNew: true }],
        [],
      ],
    ]);
  });

  test('families with nothing but the name in common are counted apart', async () => {
    const bodies = ['print(len(path))', 'return open(path).read()'];
    const halves = ['x / 2', 'x / 2', 'sum(x[::2])'];
    const cells = halves.map((half, i) => [
      ...bodies.slice(i, i + 1).map((body) => `def read(path):\n    ${body}`),
      `def half(x):\n    return ${half}`,
    ]);
    for (const [i, sources] of cells.entries()) write(`namesakes/${i}.ipynb`, notebookOf(...sources));
    expect((await scan('namesakes')).stdout).toContain(
      'alike, in 1 of 2 families; in the others the name alone is the same:\n' +
        "  'half' 2 times: 2 the same; 1 more of the same name only\n" +
        "  'read' 2 times of the same name only\n",
    );
    const { families } = JSON.parse((await scan('namesakes', '--json')).stdout) as ScanReport;
    expect(families.map(({ name, size, alike }) => [name, size, alike])).toEqual([
      ['half', 3, 2],
      ['read', 2, 0],
    ]);
  });

  test('the end tells how much there is, and why what stays stays', async () => {
    const cells = ['rate = input()', 'def price(x):\n    return x * rate', 'def half(x):\n    return x / 2'];
    for (const name of ['one', 'two']) write(`totals/${name}.ipynb`, notebookOf(...cells));
    expect((await scan('totals')).stdout).toContain(
      'alike, in 2 families:\n' +
        "  'half' 2 times: 2 the same\n" +
        "  'price' 2 times: 2 the same code, which stays\n" +
        'in all 2 notebooks: 4 definitions, 2 can move\n' +
        '  2 stay: NB401 it reads a notebook variable\n',
    );
    expect((await scan('totals/one.ipynb')).stdout).not.toContain('in all');
  });

  test('diagnostics stand before what is there, and many of a kind are counted', async () => {
    const cells = Array.from({ length: 11 }, () => 'def f(:');
    for (const name of ['one', 'two']) write(`broken/${name}.ipynb`, notebookOf(...cells));
    expect((await scan('broken')).both).toBe(
      'NB201 22 times, in 2 notebooks: a cell does not parse\n  hint: --json tells each.\n' +
        'in all 2 notebooks: 0 definitions, 0 can move; 2 notebooks without any\n',
    );
    expect((await scan('broken/one.ipynb')).stderr.match(/NB201/g)).toHaveLength(11);
  });

  test('the very end tells what could not be read', async () => {
    write('torn/one.ipynb', '{');
    write('torn/two.ipynb', notebookOf('1'));
    const { status, both } = await scan('torn');
    expect(status).toBe(2);
    expect(both).toMatch(
      /^torn\/one\.ipynb:1:2: NB103 .*\n.*\ntorn\/two\.ipynb: 0 definitions, 0 can move\n1 notebook could not be read: torn\/one\.ipynb\n$/,
    );
  });

  test('of many notebooks only those are told that define something', async () => {
    for (const name of ['one', 'two']) write(`bare/${name}.ipynb`, notebookOf('print(1)'));
    write('bare/three.ipynb', notebookOf('def half(x):\n    return x / 2'));
    expect((await scan('bare')).stdout).toBe(
      'bare/three.ipynb: 1 definition, 1 can move\n' +
        'in all 3 notebooks: 1 definition, 1 can move; 2 notebooks without any\n',
    );
    expect((await scan('bare/one.ipynb')).stdout).toBe('bare/one.ipynb: 0 definitions, 0 can move\n');
  });

  test('a notebook is not overwritten by a page', async () => {
    const { status, stderr } = await scan('--html', 'notebooks/a.ipynb', 'notebooks');
    expect(status).toBe(2);
    expect(stderr).toContain("option '--html' wants a file for the page");
    expect(readFileSync(join(folder, 'notebooks/a.ipynb'), 'utf8')).toBe(text);
  });
});

describe('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(await findChromium());
  });
  afterAll(async () => {
    await browser?.close();
  });

  /** Opens the page of a report, from a file as people do. */
  async function open(
    name: string,
    given: ScanReport,
    options: Parameters<Browser['newPage']>[0] = {},
  ): Promise<Page> {
    const path = join(folder, `${name}.html`);
    writeFileSync(path, formatPage(given, readFileSync(join(dist, 'page.html'), 'utf8')));
    const page = await browser.newPage(options);
    await page.open(pathToFileURL(path).href);
    return page;
  }

  /** The first cells of a table's rows. */
  const firstCells = (page: Page, table: string): Promise<string[]> =>
    page.evaluate(
      `[...document.querySelectorAll('#${table} tbody > tr:not(.detail) > th')].map((th) => th.textContent)`,
    );
  const click = (page: Page, selector: string): Promise<unknown> =>
    page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  const type = (page: Page, selector: string, text: string): Promise<unknown> =>
    page.evaluate(
      `{ const field = document.querySelector(${JSON.stringify(selector)}); field.value = ${JSON.stringify(text)}; ` +
        `field.dispatchEvent(new Event('input')); }`,
    );
  const textOf = (page: Page, selector: string): Promise<string> =>
    page.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`);

  /** Nothing went wrong, and nothing but the page itself was asked for. */
  const isQuiet = (page: Page): void => {
    expect(page.complaints).toEqual([]);
    expect(page.requests.filter((address) => !address.startsWith('data:'))).toHaveLength(1);
  };

  test('sections, charts, tables and diffs', async () => {
    const page = await open('small', report());
    expect(
      await page.evaluate(`[...document.querySelectorAll('h1, h2')].map((head) => head.textContent)`),
    ).toEqual([
      'nb2mod scan',
      'At a glance',
      'Notebooks',
      'Definitions that stay',
      'Families of definitions',
      'Modules',
      'Problems',
    ]);
    expect(
      await page.evaluate(`[...document.querySelectorAll('dd.number')].map((dd) => dd.textContent)`),
    ).toEqual(['5', '7', '4', '3', '3', '3']);
    expect(await page.evaluate(`document.querySelectorAll('figure svg rect.bar').length`)).toBeGreaterThan(8);
    expect(await firstCells(page, 'problem-table')).toEqual(['broken.ipynb:3']);

    // Sorting: numbers the biggest first, names as people count.
    const sorted = (): Promise<string[]> => firstCells(page, 'notebook-table');
    const names = ['a/9.ipynb', 'a/10.ipynb', 'a/first.ipynb', 'b/second.ipynb', 'broken.ipynb'];
    const [nine, ten, first, second, broken] = names;
    // What would move first; then by path, but those that define nothing last.
    expect(await sorted()).toEqual([second, nine, first, ten, broken]);
    await click(page, '#notebook-table thead th:nth-child(3) button');
    expect((await sorted())[0]).toBe('b/second.ipynb');
    expect(
      await page.evaluate(
        `[...document.querySelectorAll('#notebook-table thead th')].map((th) => th.ariaSort)`,
      ),
    ).toEqual([null, null, 'descending', null, null, null, null]);
    await click(page, '#notebook-table thead th:nth-child(3) button');
    expect((await sorted()).at(-1)).toBe('b/second.ipynb');
    await click(page, '#notebook-table thead th:first-child button');
    expect(await sorted()).toEqual(names);

    // Searching: by path, by definition, by code; what is found is said.
    await type(page, '#notebook-table-search', 'SECOND');
    expect(await sorted()).toEqual(['b/second.ipynb']);
    expect(await textOf(page, '#notebook-table [role=status]')).toBe('1 notebook');
    await type(page, '#notebook-table-search', 'plot a/');
    expect(await sorted()).toEqual(['a/9.ipynb', 'a/first.ipynb']);
    await type(page, '#notebook-table-search', 'NB103');
    expect(await sorted()).toEqual(['broken.ipynb']);
    await type(page, '#notebook-table-search', 'nowhere to be found');
    expect(await sorted()).toEqual([]);
    await type(page, '#notebook-table-search', '');

    // A notebook's definitions.
    await click(page, '#notebook-table tbody tr:nth-child(3) .open');
    expect(await textOf(page, '#notebook-table .detail')).toMatch(
      /churn\.common.*load.*moves to churn\.common.*plot.*stays NB401 it reads 'df' Pass it\./s,
    );

    // A family's members side by side, and another pair of them.
    expect(await page.evaluate(`document.querySelectorAll('.compare').length`)).toBe(0);
    await click(page, '#family-table tbody .open');
    expect(
      await page.evaluate(
        `[...document.querySelectorAll('.compare del, .compare ins')].map((mark) => mark.textContent)`,
      ),
    ).toEqual(['5', '10']);
    expect(await textOf(page, '#family-table .detail [role=status]')).toBe('1 line of 2 differ.');
    // What is suggested for it.
    expect(await textOf(page, '#family-table .advice')).toMatch(
      /One function could do for 3 of them.*rows=5, a parameter already; others have 10frame, which they read from their notebooks so far: pass it to each calldef load\(path, rows=5\):.*Like them it reads engine, df from the notebook/s,
    );
    await page.evaluate(
      `{ const select = document.querySelectorAll('#family-table select')[1]; select.value = '2'; select.dispatchEvent(new Event('change')); }`,
    );
    expect(await textOf(page, '#family-table .compare')).toContain('"""Other."""');
    await click(page, '#family-table tbody .open');
    expect(await page.evaluate(`document.querySelectorAll('.compare').length`)).toBe(0);

    // The graph: a node says what it stands for.
    const labels = `[...document.querySelectorAll('.drawing g[role=button]')].map((node) => node.ariaLabel)`;
    expect(await page.evaluate(labels)).toEqual([
      'notebook a/first.ipynb',
      'notebook b/second.ipynb',
      'module churn.common, imported by 2 notebooks',
      'module churn.paths, imported by 0 notebooks',
    ]);
    await click(page, '#graph-own');
    expect(await page.evaluate(labels)).toHaveLength(6);
    // A narrow window clips labels, and keeps what was chosen.
    await click(page, '#graph-own');
    await page.evaluate(
      `document.querySelector('.drawing g[role=button]').dispatchEvent(new MouseEvent('click'))`,
    );
    const size = { height: 900, deviceScaleFactor: 1, mobile: false };
    await page.send('Emulation.setDeviceMetricsOverride', { width: 360, ...size });
    await page.evaluate(`new Promise((done) => setTimeout(done, 100))`);
    expect(await page.evaluate(`document.querySelector('.drawing svg').clientWidth`)).toBeLessThanOrEqual(
      360,
    );
    expect(await page.evaluate(labels)).toHaveLength(4);
    expect(
      await page.evaluate(`document.querySelector('.drawing g[aria-pressed=true] title').textContent`),
    ).toBe('notebook a/first.ipynb');
    isQuiet(page);

    // For those who don't see it: names for what has a role, no id twice, no heading left out.
    expect(
      await page.evaluate(`[
        ...[...document.querySelectorAll('svg[role], [role=region], nav, table')].filter((it) => !it.ariaLabel && !it.querySelector('caption')),
        ...[...document.querySelectorAll('input, select')].filter((it) => it.labels.length === 0),
        ...[...document.querySelectorAll('[id]')].filter((it) => document.querySelectorAll('#' + it.id).length > 1),
        ...[...document.querySelectorAll('section')].filter((it) => !document.getElementById(it.getAttribute('aria-labelledby'))),
      ].map((it) => it.outerHTML.slice(0, 200))`),
    ).toEqual([]);
    await page.close();
  });

  test('how many families are alike is said everywhere', async () => {
    const namesakes = [group('same', 'def f(): return 1', 'a.ipynb'), group('name', 'def f(): x', 'b.ipynb')];
    const families = [...report().families, { name: 'f', size: 2, alike: 0, groups: namesakes }];
    const page = await open('namesakes', report({ families }));
    expect(await textOf(page, '.totals > div:nth-child(5)')).toBe('Copies3in 2 of 3 families');
    expect(await textOf(page, '#families .lead + p')).toBe(
      'In 2 of 3 families 5 definitions are alike; 3 more share the name alone.',
    );
    expect(await textOf(page, '#family-table [role=status]')).toBe('3 families');
    // What is alike, in which way, and what has only the name: in a family of namesakes all.
    const numbers = `[...document.querySelectorAll('#family-table tbody tr')].map((row) => row.innerText.split('\t').map((cell) => cell.trim()).join(' '))`;
    expect(await page.evaluate(numbers)).toEqual([
      'load 3 2 0 0 1 0 1 4',
      'area 2 2 0 0 0 0 0 1',
      'f 0 0 0 0 0 0 2 0',
    ]);
    // Each column has its sentence, and the chart of families leads there.
    expect(await page.evaluate(`document.querySelectorAll('#relations dt').length`)).toBe(6);
    expect(await textOf(page, '#relations div:last-child')).toBe(
      'Name onlyOther code under the same name; these do not count as alike.',
    );
    expect(await page.evaluate(`document.querySelectorAll('figure a[href="#relations"]').length`)).toBe(1);
    isQuiet(page);
    await page.close();
  });

  test('by the keyboard alone', async () => {
    const page = await open('keys', report());
    const focused = (): Promise<string> =>
      page.evaluate(`(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim()`);
    await page.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    expect(await page.evaluate(`document.activeElement.getBoundingClientRect().top >= 0`)).toBe(true);
    for (let i = 0; i < 7; i++) await page.press('Tab');
    expect(await focused()).toBe('Dark colours');
    await page.press(' ');
    expect(await page.evaluate(`document.documentElement.dataset.theme`)).toBe('dark');

    // From a header on into the table: sort, open, close.
    await page.evaluate(`document.querySelector('#family-table thead button').focus()`);
    await page.press('Enter');
    expect(await firstCells(page, 'family-table')).toEqual(['area', 'load']);
    for (let i = 0; (await focused()) !== 'area' && i < 20; i++) await page.press('Tab');
    await page.press('Enter');
    expect(await page.evaluate(`document.activeElement.ariaExpanded`)).toBe('true');
    expect(await textOf(page, '#family-table .detail pre')).toBe('def area(r): return r');
    expect(await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`)).toBe('solid');

    await page.evaluate(`document.querySelector('.drawing g[role=button]').focus()`);
    await page.press(' ');
    expect(await page.evaluate(`document.activeElement.getAttribute('aria-pressed')`)).toBe('true');
    expect(await textOf(page, '.chosen')).toContain('a/first.ipynb');
    isQuiet(page);
    await page.close();
  });

  test('a reason leads to what stays for it, and says what it means', async () => {
    const other = { code: 'NB402', message: "it reads 'rate', rebound in cell 9" } as const;
    const notebooks = report().notebooks.map((each, i) =>
      i > 0 ? each : { ...each, definitions: [...each.definitions, { ...stays('price'), ...other }] },
    );
    const page = await open('reasons', report({ notebooks }));
    expect(await textOf(page, '#stay-table [role=status]')).toBe('4 definitions');
    expect(await textOf(page, '#stay-table [aria-live]')).toBe('');
    // Charts are drawn when their width is known.
    await page.evaluate(
      `new Promise((done) => { const look = () => document.querySelector('#summary svg a') ? done() : requestAnimationFrame(look); look(); })`,
    );
    const label = `[...document.querySelectorAll('#summary svg a')].map((link) => link.ariaLabel)`;
    expect(await page.evaluate(label)).toEqual([
      'NB401 it reads a notebook variable: 3',
      'NB402 it reads a name that is rebound: 1',
    ]);
    await page.evaluate(`document.querySelectorAll('#summary svg a')[1].focus()`);
    await page.press('Enter');
    expect(await firstCells(page, 'stay-table')).toEqual(['price']);
    expect(await textOf(page, '#stay-table tbody')).toContain(
      "b/second.ipynb, cell 2:1NB402 it reads 'rate'",
    );
    const { title, why, remedy } = codes.NB402;
    expect(await textOf(page, '#stay-table [aria-live]')).toBe(`NB402: ${title}. ${why}${remedy}`);
    expect(await page.evaluate(`document.activeElement.id`)).toBe('stays');
    // From an opened notebook, too; and all of them again.
    await click(page, '#notebook-table tbody .open');
    await click(page, '#notebook-table .detail a');
    expect(await firstCells(page, 'stay-table')).toEqual(['plot', 'plot', 'plot']);
    await page.evaluate(
      `{ const select = document.getElementById('stay-table-choice'); select.value = ''; select.dispatchEvent(new Event('change')); }`,
    );
    expect(await textOf(page, '#stay-table [role=status]')).toBe('4 definitions');
    expect(await textOf(page, '#stay-table [aria-live]')).toBe('');
    isQuiet(page);
    await page.close();
  });

  test('light and dark: every text stands out', async () => {
    const page = await open('dark', report(), { dark: true });
    const brightness = `(() => { const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g); return +r + +g + +b; })()`;
    await click(page, '#notebook-table tbody tr:nth-child(3) .open');
    await click(page, '#family-table tbody .open');
    await click(page, '#notebook-table .detail a');
    // Contrast as WCAG 2.2 defines it (1.4.3), of each text with what lies behind it.
    const faint = `(() => {
      const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
      const luminance = (rgb) => {
        const [r, g, b] = rgb.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const behind = (it) => {
        for (let at = it; at; at = at.parentElement) {
          const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
          if (a > 0) return [r, g, b];
        }
      };
      return [...document.querySelectorAll('body *')]
        .filter((it) => [...it.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== ''))
        .filter((it) => it.getClientRects().length > 0 && !it.disabled)
        .map((it) => {
          const style = getComputedStyle(it);
          const [a, b] = [luminance(numbers(it instanceof SVGElement ? style.fill : style.color).slice(0, 3)), luminance(behind(it))];
          return [it.tagName, it.textContent.slice(0, 30), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
        })
        .filter(([, , contrast]) => contrast < 4.5);
    })()`;
    expect(await page.evaluate(brightness)).toBeLessThan(150);
    expect(await page.evaluate(faint)).toEqual([]);
    expect(await page.evaluate(`document.getElementById('theme').ariaPressed`)).toBe('true');
    await click(page, '#theme');
    expect(await page.evaluate(brightness)).toBeGreaterThan(650);
    expect(await page.evaluate(faint)).toEqual([]);
    isQuiet(page);
    await page.close();
  });

  test('hostile names, comments and sources are text', async () => {
    const attack = '</script><script>window.hacked=1</script><img src=x onerror="window.hacked=2">';
    const source = `def ${attack}():\n    # <!-- ${attack}\n    return "\u2028${attack}\ud800"`;
    const hostile = report({
      package: attack,
      notebooks: [
        notebook(`${attack}.ipynb`, {
          definitions: [
            definition(attack, { module: attack }),
            { ...stays(attack), message: attack, hint: attack },
          ],
          imports: [{ module: attack, names: [attack] }],
          diagnostics: [
            { code: 'NB201', severity: 'warning', place: { path: attack }, message: attack, hint: attack },
          ],
        }),
        notebook('line\nbreak\u202e.ipynb', { imports: [{ module: attack, names: [attack] }] }),
      ],
      modules: [{ module: attack, definitions: 1, imports: [attack] }],
      families: [
        {
          name: attack,
          size: 2,
          alike: 2,
          groups: [group('same', source, attack), group('near', `${source}\n<b>`, attack)],
        },
      ],
      diagnostics: [
        { code: 'NB510', severity: 'error', place: { path: `${attack}2.ipynb` }, message: attack },
      ],
    });
    const page = await open('hostile', hostile);
    for (const table of ['notebook-table', 'family-table', 'module-table']) {
      await page.evaluate(`document.querySelectorAll('#${table} .open').forEach((button) => button.click())`);
    }
    await page.evaluate(
      `document.querySelectorAll('.drawing g[role=button]').forEach((node) => node.dispatchEvent(new MouseEvent('click')))`,
    );
    await page.evaluate(`document.querySelectorAll('details').forEach((it) => (it.open = true))`);
    await page.evaluate(`new Promise((resolve) => setTimeout(resolve, 100))`);
    expect(await page.evaluate(`window.hacked ?? 'unharmed'`)).toBe('unharmed');
    expect(await page.evaluate(`document.querySelectorAll('img, main script, iframe, b').length`)).toBe(0);
    expect(await textOf(page, '#family-table .compare')).toContain(`def ${attack}():`);
    expect(await firstCells(page, 'notebook-table')).toContain('line␊break\ufffd.ipynb');
    isQuiet(page);
    await page.close();
  });

  test('an empty report', async () => {
    const page = await open(
      'empty',
      report({ package: null, notebooks: [], modules: [], families: [], diagnostics: [] }),
    );
    expect(await textOf(page, '#families')).toContain('No two definitions are alike.');
    expect(await textOf(page, '#stays')).toContain('Every function and class would move.');
    expect(await textOf(page, '#problems')).toContain('Every notebook could be read');
    isQuiet(page);
    await page.close();
  });

  test('a thousand notebooks, on a narrow screen', async () => {
    const paths = Array.from({ length: 1000 }, (_, i) => `team ${i % 25}/model_final_v${i}.ipynb`);
    const code = Array.from({ length: 30 }, (_, i) => `    frame["${i}"] = frame.shift(${i})`).join('\n');
    const big = report({
      notebooks: paths.map((path, i) =>
        notebook(path, {
          size: { cells: 20, lines: 100 + i },
          definitions: Array.from({ length: 10 }, (_, k) =>
            k % 3 === 0 ? stays(`plot_${k}`) : definition(`load_${i}_${k}`),
          ),
          imports: [
            { module: 'churn.common', names: ['load'] },
            { module: `churn.model_${i}`, names: ['fit'] },
          ],
        }),
      ),
      modules: [
        { module: 'churn.common', definitions: 40, imports: [] },
        ...paths.map((_, i) => ({ module: `churn.model_${i}`, definitions: 6, imports: ['churn.common'] })),
      ],
      families: Array.from({ length: 500 }, (_, i) => ({
        name: `helper_${i}`,
        size: 1000,
        alike: 1000,
        groups: [
          group('same', `def helper(frame):\n${code}`, ...paths.slice(0, 999 - i)),
          group('near', `def helper(frame):\n${code}\n    return frame`, ...paths.slice(999 - i)),
        ],
      })),
    });
    const page = await open('thousand', big, { width: 400 });
    expect(await page.evaluate(`document.querySelectorAll('#notebook-table tbody tr').length`)).toBe(50);
    expect(await textOf(page, '#notebook-table [role=status]')).toBe('1–50 of 1,001 notebooks');
    await page.evaluate(`document.querySelectorAll('#notebook-table .pages button')[1].click()`);
    expect(await textOf(page, '#notebook-table [role=status]')).toBe('51–100 of 1,001 notebooks');
    await type(page, '#notebook-table-search', 'load_777_1');
    expect(await firstCells(page, 'notebook-table')).toEqual(['team 2/model_final_v777.ipynb']);
    await type(page, '#family-table-search', 'helper_77');
    await click(page, '#family-table tbody .open');
    expect(await textOf(page, '#family-table .detail [role=status]')).toBe('1 line of 32 differ.');
    // The graph holds what can be read, and the whole page is a few thousand elements.
    expect(await page.evaluate(`document.querySelectorAll('.drawing g[role=button]').length`)).toBe(2);
    await click(page, '#graph-own');
    expect(
      await page.evaluate(`document.querySelectorAll('.drawing g[role=button]').length`),
    ).toBeLessThanOrEqual(60);
    expect(await page.evaluate(`document.querySelectorAll('*').length`)).toBeLessThan(5000);
    // Nothing sticks out of a narrow screen.
    expect(await page.evaluate(`document.documentElement.scrollWidth`)).toBe(400);
    isQuiet(page);
    await page.close();
  });
});
