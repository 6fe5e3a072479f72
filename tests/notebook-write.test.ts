import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spanOf } from '../src/notebook/json.ts';
import type { Cell, Notebook } from '../src/notebook/notebook.ts';
import { readNotebook } from '../src/notebook/read.ts';
import { stripEdits } from '../src/notebook/strip.ts';
import { combineEdits, notebookEdits, type CellChange } from '../src/notebook/write.ts';
import { applyEdits, type Edit } from '../src/text/edit.ts';

function read(text: string): Notebook {
  const reading = readNotebook('a.ipynb', Buffer.from(text));
  if ('diagnostic' in reading) throw new Error(`${reading.diagnostic.message}\n${text}`);
  return reading.notebook;
}

function change(text: string, changes: readonly CellChange[]): string {
  return applyEdits(text, notebookEdits(read(text), changes));
}

/** An edit of a source by what it replaces. */
function replace(source: string, old: string, text: string): Edit {
  const start = source.indexOf(old);
  return { span: { start, end: start + old.length }, text };
}

function jupyter(sources: (string[] | string)[], minor = 5): string {
  const cells = sources.map((source, i) => ({
    cell_type: 'code',
    execution_count: i,
    ...(minor >= 5 ? { id: `id-${i}` } : {}),
    metadata: {},
    outputs: [{ output_type: 'stream', name: 'stdout', text: ['é\n'] }],
    source,
  }));
  return `${JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: minor }, null, 1)}\n`;
}

describe('editing a source', () => {
  test.each([
    [
      '{"cells": [{"cell_type": "code", "outputs": []}],',
      '{"cells": [{"source": ["x\\n", "y"], "cell_type": "code", "outputs": []}],',
    ],
    [
      '{\n "cells": [\n  {\n   "cell_type": "code"\n  }\n ],',
      '{\n "cells": [\n  {\n   "source": [\n    "x\\n",\n    "y"\n   ],\n   "cell_type": "code"\n  }\n ],',
    ],
  ])('of a cell that lacks it, %j', (before, after) => {
    const rest = ' "metadata": {}, "nbformat": 4, "nbformat_minor": 4}';
    const edit = { span: { start: 0, end: 0 }, text: 'x\ny' };
    expect(change(before + rest, [{ kind: 'edit', cell: 1, edits: [edit] }])).toBe(after + rest);
  });

  const lines = ['import os\n', '\n', 'x = 1\n', 'print("é", x)'];
  const source = lines.join('');

  test.each<[string, Edit, string[]]>([
    ['a line changed', replace(source, '1', '2'), ['import os\n', '\n', 'x = 2\n', 'print("é", x)']],
    ['the first line gone', replace(source, 'import os\n', ''), ['\n', 'x = 1\n', 'print("é", x)']],
    ['the last line gone', replace(source, '\nprint("é", x)', ''), ['import os\n', '\n', 'x = 1']],
    [
      'the last line gone, not its end',
      replace(source, 'print("é", x)', ''),
      ['import os\n', '\n', 'x = 1\n'],
    ],
    ['lines joined', replace(source, '\n\nx', '; x'), ['import os; x = 1\n', 'print("é", x)']],
    ['all gone', replace(source, source, ''), []],
    [
      'a line put in',
      replace(source, 'x', 'y = 0\nx'),
      ['import os\n', '\n', 'y = 0\n', 'x = 1\n', 'print("é", x)'],
    ],
    [
      'lines added at the end',
      { span: { start: source.length, end: source.length }, text: '\na\nb' },
      [...lines.slice(0, 3), 'print("é", x)\n', 'a\n', 'b'],
    ],
  ])('%s', (_, edit, expected) => {
    const text = jupyter([['a'], lines, ['b']]);
    expect(change(text, [{ kind: 'edit', cell: 2, edits: [edit] }])).toBe(jupyter([['a'], expected, ['b']]));
  });

  test('a list on one line stays on one line', () => {
    const text = '{"cells":[{"cell_type":"code","source":["a\\n","b"]}]}';
    const edits = [replace('a\nb', 'b', 'c\nd\n')];
    expect(change(text, [{ kind: 'edit', cell: 1, edits }])).toBe(
      '{"cells":[{"cell_type":"code","source":["a\\n","c\\n","d\\n"]}]}',
    );
  });

  test('an empty list gets lines where Jupyter would put them', () => {
    const edits = [{ span: { start: 0, end: 0 }, text: 'a\nb' }];
    expect(change(jupyter([['x'], []]), [{ kind: 'edit', cell: 2, edits }])).toBe(
      jupyter([['x'], ['a\n', 'b']]),
    );
  });

  test('untouched lines keep odd escapes, touched ones are written as the file writes', () => {
    const text = '{"cells": [{"source": ["\\u0061\\n", "\\u00e9 = 1\\n", "\\u0063"]}]}';
    const edits = [replace('é = 1', '1', "'ü😀'")].map(({ span, text: put }) => ({
      span: { start: span.start + 2, end: span.end + 2 },
      text: put,
    }));
    expect(change(text, [{ kind: 'edit', cell: 1, edits }])).toBe(
      '{"cells": [{"source": ["\\u0061\\n", "\\u00e9 = \'\\u00fc\\ud83d\\ude00\'\\n", "\\u0063"]}]}',
    );
  });

  test('a line that edits only move past keeps its literal', () => {
    const text = '{"cells": [{"source": ["\\u0061\\n", "b"]}]}';
    const edits = [
      { span: { start: 0, end: 0 }, text: 'x\n' },
      { span: { start: 2, end: 2 }, text: 'y\n' },
    ];
    expect(change(text, [{ kind: 'edit', cell: 1, edits }])).toBe(
      '{"cells": [{"source": ["x\\n", "\\u0061\\n", "y\\n", "b"]}]}',
    );
  });

  test('a source that is one string is edited within', () => {
    const text = '{"cells": [{"source": "\\u0061\\u000ab\\nc"}]}';
    expect(change(text, [{ kind: 'edit', cell: 1, edits: [replace('a\nb\nc', 'b', 'é')] }])).toBe(
      '{"cells": [{"source": "\\u0061\\u000aé\\nc"}]}',
    );
  });

  test('an edit outside the source throws', () => {
    expect(() =>
      change(jupyter([['a']]), [
        { kind: 'edit', cell: 1, edits: [{ span: { start: 0, end: 9 }, text: '' }] },
      ]),
    ).toThrow(RangeError);
    expect(() => change(jupyter([['a']]), [{ kind: 'remove', cell: 2 }])).toThrow(RangeError);
  });
});

describe('removing and inserting cells', () => {
  const all = ['a', 'b', 'c'].map((line) => [line]);

  test.each([[1], [2], [3], [1, 2], [2, 3], [1, 3]])('without cells %i %i', (...gone) => {
    const text = jupyter(all);
    const expected = JSON.parse(text) as { cells: unknown[] };
    expected.cells = expected.cells.filter((_, i) => !gone.includes(i + 1));
    const result = change(
      text,
      gone.map((cell) => ({ kind: 'remove', cell })),
    );
    expect(result).toBe(`${JSON.stringify(expected, null, 1)}\n`);
  });

  test('without any cell an empty list is left', () => {
    const changes = [1, 2, 3].map((cell): CellChange => ({ kind: 'remove', cell }));
    expect(change(jupyter(all), changes)).toContain('"cells": [],');
  });

  test('a new cell looks like its neighbours', () => {
    const text = jupyter([['a']]);
    const result = change(text, [{ kind: 'insert', before: 1, source: 'x = 1\ny', tags: ['nb2mod:path'] }]);
    const { cells } = JSON.parse(result) as { cells: { id: string }[] };
    const expected = JSON.parse(text) as { cells: object[] };
    expected.cells.unshift({
      cell_type: 'code',
      execution_count: null,
      id: cells[0]!.id,
      metadata: { tags: ['nb2mod:path'] },
      outputs: [],
      source: ['x = 1\n', 'y'],
    });
    expect(result).toBe(`${JSON.stringify(expected, null, 1)}\n`);
    expect(cells[0]!.id).toMatch(/^[a-zA-Z0-9-_]{1,64}$/);
  });

  test('a new cell in an empty notebook', () => {
    const text = '{\n "cells": [],\n "metadata": {},\n "nbformat": 4,\n "nbformat_minor": 4\n}\n';
    const result = change(text, [{ kind: 'insert', before: 1, source: 'x', tags: [] }]);
    expect(result).toBe(`${JSON.stringify(JSON.parse(result), null, 1)}\n`);
    expect(read(result).cells[0]).toMatchObject({ kind: 'code', source: 'x', tags: [] });
  });

  test('order of keys, line ends and single strings are those of the neighbour', () => {
    const text =
      '{\r\n\t"cells": [\r\n\t\t{\r\n\t\t\t"source": "a",\r\n\t\t\t"cell_type" : "code"\r\n\t\t}\r\n\t]\r\n}';
    const result = change(text, [{ kind: 'insert', before: 2, source: 'b\nc', tags: [] }]);
    expect(result).toBe(
      '{\r\n\t"cells": [\r\n\t\t{\r\n\t\t\t"source": "a",\r\n\t\t\t"cell_type" : "code"\r\n\t\t},\r\n\t\t{\r\n' +
        '\t\t\t"source": "b\\nc",\r\n\t\t\t"cell_type": "code",\r\n\t\t\t"execution_count": null,\r\n' +
        '\t\t\t"metadata": {},\r\n\t\t\t"outputs": []\r\n\t\t}\r\n\t]\r\n}',
    );
  });

  test('equal cells at one place get different ids, the same in every run', () => {
    const insert: CellChange = { kind: 'insert', before: 1, source: 'x', tags: [] };
    const once = change(jupyter([['a']]), [insert, insert]);
    expect(change(jupyter([['a']]), [insert, insert])).toBe(once);
    expect(new Set(read(once).cells.map(({ id }) => id)).size).toBe(3);
  });

  test('stripping within a removed cell is dropped, all else is done', () => {
    const notebook = read(jupyter(all));
    const changes: CellChange[] = [
      { kind: 'remove', cell: 2 },
      { kind: 'insert', before: 3, source: 'x', tags: [] },
    ];
    const edits = combineEdits(notebookEdits(notebook, changes), stripEdits(notebook));
    const result = read(applyEdits(notebook.text, edits));
    expect(result.cells.map(({ source }) => source)).toEqual(['a', 'x', 'c']);
    expect(result.text).not.toContain('stdout');
  });
});

describe('properties', () => {
  const line = fc.string({
    unit: fc.constantFrom('a', ' ', '"', '\\', '\t', 'é', '😀', '\ud83d', '\ude00', '\r', '\u2028', '\x01'),
  });
  const text = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\n', '\n', '')))
    .map((parts) => parts.flat().join(''));
  const literal = (value: string, style: number): string => {
    const plain = JSON.stringify(value);
    if (style === 0) return plain;
    const pattern = style === 1 ? /[\u0080-\uffff]/g : /[a\u0080-\uffff]/g;
    return plain.replace(pattern, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  };
  const indentation = fc.constantFrom('', ' ', '  ', '\t');
  const split = (value: string): string[] => value.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const layout = fc.record({
    indent: indentation,
    style: fc.nat(2),
    isCrlf: fc.boolean(),
    hasMark: fc.boolean(),
    isSpaced: fc.boolean(),
  });
  type Layout = typeof layout extends fc.Arbitrary<infer T> ? T : never;

  /** A notebook as some tool or other may lay it out; sources are lists, odd lists, or strings. */
  const write = (
    { indent, style, isCrlf, hasMark, isSpaced }: Layout,
    cells: readonly (readonly [string, number])[],
  ): string => {
    const lineEnd = indent === '' ? '' : isCrlf ? '\r\n' : '\n';
    const at = (depth: number): string => (indent === '' ? '' : lineEnd + indent.repeat(depth));
    const comma = indent === '' && isSpaced ? ', ' : ',';
    const list = (items: string[], depth: number): string =>
      items.length === 0 ? '[]' : `[${items.map((item) => at(depth + 1) + item).join(comma)}${at(depth)}]`;
    const sourceOf = (source: string, kind: number): string => {
      if (kind === 0) return literal(source, style);
      const items = kind === 1 ? split(source) : (source.match(/.{1,3}/gsu) ?? []);
      return list(
        items.map((item) => literal(item, style)),
        3,
      );
    };
    const written = cells.map(([source, kind]) => {
      const members = [
        '"cell_type": "code"',
        '"execution_count": 7',
        `"outputs": ${list(['{"text": "é"}'], 3)}`,
        `"source": ${sourceOf(source, kind)}`,
      ];
      return `{${members.map((member) => at(3) + member).join(comma)}${at(2)}}`;
    });
    const body = `"cells": ${list(written, 1)}`;
    return `${hasMark ? '\ufeff' : ''}{${at(1)}${body}${comma}${at(1)}"nbformat": 4${at(0)}}${lineEnd}`;
  };

  const cells = fc.array(fc.tuple(text, fc.nat(2)), { maxLength: 5 });
  const pickEdits = (source: string, cuts: readonly (readonly [number, string])[]): Edit[] => {
    const points = [...new Set(cuts.map(([cut]) => cut % (source.length + 1)))].sort((a, b) => a - b);
    const edits: Edit[] = [];
    for (let i = 0; i < points.length; i += 2) {
      edits.push({ span: { start: points[i]!, end: points[i + 1] ?? points[i]! }, text: cuts[i]![1] });
    }
    return edits;
  };
  const cuts = fc.array(fc.tuple(fc.nat(), text), { maxLength: 6 });

  test('an edited cell reads as its edited source; nothing else changes', () => {
    fc.assert(
      fc.property(layout, cells, fc.array(cuts, { maxLength: 5 }), (form, sources, allCuts) => {
        const original = write(form, sources);
        const notebook = read(original);
        const perCell = notebook.cells.map((cell, i) => pickEdits(cell.source, allCuts[i] ?? []));
        const changes = perCell.map((edits, i): CellChange => ({ kind: 'edit', cell: i + 1, edits }));
        const edits = notebookEdits(notebook, changes);
        const result = read(applyEdits(original, edits));
        expect(result.cells.map(({ source }) => source)).toEqual(
          notebook.cells.map(({ source }, i) => applyEdits(source, perCell[i]!)),
        );
        // Every edit stays within the source of a cell that was to be edited.
        for (const edit of edits) {
          const cell = notebook.cells.find(({ node }) => {
            const { start, end } = spanOf(notebook.json, node);
            return start < edit.span.start && edit.span.end < end;
          })!;
          expect(perCell[cell.index - 1]!.length).toBeGreaterThan(0);
          const place = notebook.text.lastIndexOf('"source"', edit.span.start);
          expect(place).toBeGreaterThan(spanOf(notebook.json, cell.node).start);
        }
        expect(result.cells.length).toBe(notebook.cells.length);
      }),
      { numRuns: 200 },
    );
  });

  test('any cells can go and come: the others keep their bytes', () => {
    fc.assert(
      fc.property(
        layout,
        cells,
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(), text, fc.array(fc.constantFrom('x', 'é'))), { maxLength: 4 }),
        (form, sources, gone, inserts) => {
          const original = write(form, sources);
          const notebook = read(original);
          const inserted = inserts.map(([at, source, tags]) => ({
            before: (at % (notebook.cells.length + 1)) + 1,
            source,
            tags,
          }));
          const changes: CellChange[] = [
            ...inserted.map((insert): CellChange => ({ kind: 'insert', ...insert })),
            ...notebook.cells
              .filter((_, i) => gone[i])
              .map((cell): CellChange => ({ kind: 'remove', cell: cell.index })),
          ];
          const edits = combineEdits(notebookEdits(notebook, changes), stripEdits(notebook));
          const result = read(applyEdits(original, edits));
          const expected: string[] = [];
          for (let index = 1; index <= notebook.cells.length + 1; index++) {
            expected.push(...inserted.filter(({ before }) => before === index).map(({ source }) => source));
            const cell = notebook.cells[index - 1];
            if (cell !== undefined && !gone[index - 1]) expected.push(cell.source);
          }
          expect(result.cells.map(({ source }) => source)).toEqual(expected);
          const unstripped = read(applyEdits(original, notebookEdits(notebook, changes)));
          const textOf = ({ json, text }: Notebook, { node }: Cell): string => {
            const { start, end } = spanOf(json, node);
            return text.slice(start, end);
          };
          const kept = unstripped.cells.map((cell) => textOf(unstripped, cell));
          for (const cell of notebook.cells) {
            if (!gone[cell.index - 1]) expect(kept).toContain(textOf(notebook, cell));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
