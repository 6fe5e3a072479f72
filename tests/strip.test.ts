import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stripBytes, type StripSettings } from '../src/notebook/strip-bytes.ts';

function strip(text: string, settings: StripSettings = {}, path = 'a.ipynb'): string {
  const result = stripBytes(path, Buffer.from(text), settings);
  if ('diagnostic' in result) throw new Error(`${result.diagnostic.code} ${result.diagnostic.message}`);
  expect(result.isChanged).toBe(result.bytes !== undefined && changes(text, settings, path));
  return Buffer.from(result.bytes).toString();
}

/** Whether stripping takes anything out, told by the layout that keeps all else. */
function changes(text: string, settings: StripSettings, path: string): boolean {
  const numberIds = settings.numberIds ?? settings.format === 'nbformat';
  const result = stripBytes(path, Buffer.from(text), { ...settings, numberIds, format: 'preserve' });
  return 'bytes' in result && result.isChanged;
}

const cell = (rest: string): string => `{"cells": [{"cell_type": "code", ${rest}}], "metadata": {}}`;
const stream = '{"output_type": "stream", "name": "stdout", "text": "hi"}';
const failure = '{"output_type": "error", "evalue": "bad"}';

test.each<[string, string, string, StripSettings?]>([
  ['outputs', cell(`"outputs": [ ${stream} ]`), cell('"outputs": []')],
  ['no outputs, oddly laid out', cell('"outputs": [ ]'), cell('"outputs": [ ]')],
  ['the count', cell('"execution_count": 12'), cell('"execution_count": null')],
  ['the count of nbformat 3', cell('"prompt_number": 1'), cell('"prompt_number": null')],
  ['--keep-count', cell('"execution_count": 12'), cell('"execution_count": 12'), { keepCount: true }],
  ['repeated outputs', cell('"outputs": [1], "outputs": [2]'), cell('"outputs": [], "outputs": []')],
  ['the only transient key', cell('"metadata": {"collapsed": true}'), cell('"metadata": {}')],
  ['the first key', cell('"metadata": {"hidden": true, "a": 1.0}'), cell('"metadata": {"a": 1.0}')],
  ['the last key', cell('"metadata": {"a": 1e-05, "scrolled": true}'), cell('"metadata": {"a": 1e-05}')],
  [
    'keys between',
    cell('"metadata": {"a": 1, "execution": {"b": 2}, "ExecuteTime": 3, "c": 4}'),
    cell('"metadata": {"a": 1, "c": 4}'),
  ],
  ['a key written with an escape', cell('"metadata": {"\\u0068idden": 1}'), cell('"metadata": {}')],
  [
    'keys of the notebook',
    '{"cells": [], "metadata": {"widgets": {}, "k": 1, "signature": ""}}',
    '{"cells": [], "metadata": {"k": 1}}',
  ],
  [
    'keep_output of the notebook',
    `{"metadata": {"keep_output": true}, "cells": [{"outputs": [${stream}]}]}`,
    `{"metadata": {"keep_output": true}, "cells": [{"outputs": [${stream}]}]}`,
  ],
  [
    'keep_output of the cell, whose counts go',
    cell('"metadata": {"keep_output": true}, "outputs": [{"execution_count": 3}]'),
    cell('"metadata": {"keep_output": true}, "outputs": [{"execution_count": null}]'),
  ],
  [
    'keep_output as a tag',
    cell(`"metadata": {"tags": ["keep_output"]}, "outputs": [${stream}]`),
    cell(`"metadata": {"tags": ["keep_output"]}, "outputs": [${stream}]`),
  ],
  [
    'keep_output false over --keep-output',
    cell(`"metadata": {"keep_output": false}, "outputs": [${stream}]`),
    cell('"metadata": {"keep_output": false}, "outputs": []'),
    { keepOutput: true },
  ],
  [
    'init cells keep',
    cell(`"metadata": {"init_cell": true}, "outputs": [${stream}]`),
    cell(`"metadata": {"init_cell": true}, "outputs": [${stream}]`),
  ],
  [
    '--strip-init-cells',
    cell(`"metadata": {"init_cell": true}, "outputs": [${stream}]`),
    cell('"metadata": {"init_cell": true}, "outputs": []'),
    { stripInitCells: true },
  ],
  [
    'init_cell false says nothing',
    cell(`"metadata": {"init_cell": false}, "outputs": [${stream}]`),
    cell(`"metadata": {"init_cell": false}, "outputs": [${stream}]`),
    { keepOutput: true },
  ],
  [
    '--keep-output-type',
    cell(`"outputs": [${failure}, ${stream}]`),
    cell(`"outputs": [${stream}]`),
    { keepOutputTypes: ['stream:stdout'] },
  ],
  [
    '--drop-output-type',
    cell(`"outputs": [${failure}, ${stream}]`),
    cell(`"outputs": [${stream}]`),
    { keepOutput: true, dropOutputTypes: ['error'] },
  ],
  [
    '--max-size',
    cell(`"outputs": [${stream}, {"text": ["${'é'.repeat(20)}"]}, {"text": "123456789012345678901"}]`),
    cell(`"outputs": [${stream}, {"text": ["${'é'.repeat(20)}"]}]`),
    { maxSize: 20 },
  ],
  [
    '--max-size measures what is left: a count is cleared to null',
    cell('"outputs": [{"execution_count": 1, "text": "1234"}, {"execution_count": 1, "text": "12345"}]'),
    cell('"outputs": [{"execution_count": null, "text": "1234"}]'),
    { maxSize: 8 },
  ],
  [
    '--max-size of an output with more keys than a call takes arguments',
    cell(`"outputs": [{"data": {${'"k": 1, '.repeat(1_000_000)}"k": 1}}]`),
    cell('"outputs": []'),
    { maxSize: 1_000_000 },
  ],
  [
    '--strip-regex',
    cell('"outputs": [{"data": {"text/plain": ["Output", "()"]}}, {"text": "x"}]'),
    cell('"outputs": [{"text": "x"}]'),
    { keepOutput: true, stripRegex: /^Output\(\)$/u },
  ],
  [
    '--extra-keys',
    cell('"metadata": {"a": {"b": 1, "c": 2}}'),
    cell('"metadata": {"a": {"c": 2}}'),
    { extraKeys: ['cell.metadata.a.b'] },
  ],
  [
    'keys with dots',
    cell('"metadata": {"a.b/c": 1}'),
    cell('"metadata": {}'),
    { extraKeys: ['cell.metadata.a.b/c'] },
  ],
  [
    '--keep-metadata-keys',
    cell('"metadata": {"collapsed": 1, "scrolled": 2}'),
    cell('"metadata": {"scrolled": 2}'),
    { keepMetadataKeys: ['cell.metadata.scrolled'] },
  ],
  [
    '--allow-metadata-keys',
    '{"metadata": {"a": 1, "kernelspec": {}}, "cells": [{"cell_type": "code", "metadata": {"tags": [], "x": 1}}]}',
    '{"metadata": {"kernelspec": {}}, "cells": [{"cell_type": "code", "metadata": {"tags": []}}]}',
    { allowMetadataKeys: ['metadata.kernelspec', 'cell.metadata.tags'] },
  ],
  [
    '--drop-empty-cells',
    '{"cells": [{"source": " \\n"}, {"source": ["", "a"]}, {"source": []}]}',
    '{"cells": [{"source": ["", "a"]}]}',
    { dropEmptyCells: true },
  ],
  [
    '--drop-empty-cells in nbformat 3',
    '{"worksheets": [{"cells": [{"input": ["a"]}, {"input": []}]}]}',
    '{"worksheets": [{"cells": [{"input": ["a"]}]}]}',
    { dropEmptyCells: true },
  ],
  [
    '--drop-tagged-cells, several tags',
    '{"cells": [{"metadata": {"tags": ["a"]}}, {"source": "x"}, {"metadata": {"tags": ["b", "c"]}}]}',
    '{"cells": [{"source": "x"}]}',
    { dropTaggedCells: ['a', 'b'] },
  ],
  [
    '--reset-id',
    '{"cells": [{"id": "x", "source": ""}, {"id": "y", "source": "a"}]}',
    '{"cells": [{"id": "0", "source": "a"}]}',
    { numberIds: true, dropEmptyCells: true },
  ],
  ['--unix-newlines', '{\r\n"cells": []}', '{\n"cells": []}', { unixNewlines: true }],
  ['a lone surrogate and no outputs at all', cell('"source": "\\ud83d"'), cell('"source": "\\ud83d"')],
])('%s', (_, text, expected, settings) => {
  expect(strip(text, settings)).toBe(expected);
  expect(strip(expected, settings)).toBe(expected);
});

test.each<[string, string, string]>([
  [
    'results',
    '{"paragraphs": [{"text": "x", "results": {"code": 1}}]}',
    '{"paragraphs": [{"text": "x", "results": {}}]}',
  ],
  ['no results', '{"paragraphs": [{"results": { }}]}', '{"paragraphs": [{"results": { }}]}'],
])('Zeppelin: %s', (_, text, expected) => {
  expect(strip(text, {}, 'a.zpln')).toBe(expected);
  expect(strip(text, { mode: 'zeppelin' }, 'stdin')).toBe(expected);
});

test('what says both to keep and to strip is an error', () => {
  const text = cell('"metadata": {"keep_output": false, "tags": ["keep_output"]}');
  expect(stripBytes('a.ipynb', Buffer.from(text), {})).toMatchObject({
    diagnostic: { code: 'NB108', place: { path: 'a.ipynb', cell: 1 } },
  });
});

test('an empty file and a git-lfs pointer pass through with a note', () => {
  const pointer = Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n');
  expect(stripBytes('a.ipynb', pointer, {})).toMatchObject({
    bytes: pointer,
    isChanged: false,
    note: { code: 'NB106' },
  });
  expect(stripBytes('a.ipynb', Buffer.alloc(0), {})).toMatchObject({
    isChanged: false,
    note: { code: 'NB105' },
  });
});

describe('laid out as nbformat does', () => {
  const nbformat = (value: string, nb = '4, "nbformat_minor": 4'): string =>
    strip(`{"nbformat": ${nb}, "cells": [], "metadata": {"x": ${value}}}`, { format: 'nbformat' });

  test.each([
    ['1.0', '1.0'],
    ['1e5', '100000.0'],
    ['1E16', '1e+16'],
    ['123456789012345680.0', '1.2345678901234568e+17'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['1.5e-7', '1.5e-07'],
    ['-0.0', '-0.0'],
    ['-0', '0'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['1e999', 'Infinity'],
    ['NaN', 'NaN'],
    ['"\\u00e9\\/\\u2028\\u007f"', '"é/\u2028\u007f"'],
    ['[]', '[]'],
    ['{}', '{}'],
    ['{"b": 1, "a": 2, "b": 3}', '{\n   "a": 2,\n   "b": 3\n  }'],
    ['{"\\ud83d\\ude00": 1, "\\uff5e": 2}', '{\n   "～": 2,\n   "😀": 1\n  }'],
  ])('%s is written %s', (value, expected) => {
    expect(nbformat(value)).toBe(
      `{\n "cells": [],\n "metadata": {\n  "x": ${expected}\n },\n "nbformat": 4,\n "nbformat_minor": 4\n}\n`,
    );
  });

  test('sources become lists of lines as Python splits them', () => {
    const text =
      '{"nbformat": 4, "cells": [{"metadata": {"trusted": true}, "source": "a\\r\\nb\\u2028c\\n"}], "metadata": {}}';
    const result = JSON.parse(strip(text, { format: 'nbformat' })) as { cells: object[] };
    expect(result.cells).toEqual([{ metadata: {}, source: ['a\r\n', 'b\u2028', 'c\n'] }]);
  });

  test('cells of nbformat 4.5 without ids get their numbers, with --keep-id none', () => {
    const text = '{"nbformat": 4, "nbformat_minor": 5, "cells": [{"metadata": {}}], "metadata": {}}';
    const idOf = (settings: StripSettings): unknown => {
      const result = stripBytes('a.ipynb', Buffer.from(text), { format: 'nbformat', ...settings });
      if ('diagnostic' in result) throw new Error();
      return (JSON.parse(Buffer.from(result.bytes).toString()) as { cells: { id?: string }[] }).cells[0]!.id;
    };
    expect(idOf({})).toBe('0');
    expect(idOf({ numberIds: false })).toBeUndefined();
  });

  test('nbformat 3 is written in ASCII, 2 without line ends', () => {
    const text = (version: number): string =>
      `{"nbformat": ${version}, "worksheets": [{"cells": [{"cell_type": "code", "input": ["é", "b"], "outputs": []}]}]}`;
    expect(strip(text(3), { format: 'nbformat' })).toContain('"\\u00e9\\n",\n      "b"');
    expect(strip(text(2), { format: 'nbformat' })).toContain('"\\u00e9",\n      "b"');
  });
});

test('stripping twice is stripping once, and the cells keep their sources', () => {
  const value = fc.jsonValue({ maxDepth: 2 });
  const metadata = fc.dictionary(
    fc.constantFrom('collapsed', 'tags', 'a', 'scrolled', 'name', 'keep_output'),
    value,
    { maxKeys: 4 },
  );
  const cells = fc.array(
    fc.record(
      {
        cell_type: fc.constantFrom('code', 'markdown'),
        metadata,
        execution_count: fc.option(fc.nat()),
        outputs: fc.array(fc.dictionary(fc.constantFrom('output_type', 'execution_count', 'text'), value), {
          maxLength: 3,
        }),
        source: fc.string(),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 4 },
  );
  const settings = fc.record({
    keepCount: fc.boolean(),
    keepOutput: fc.boolean(),
    dropEmptyCells: fc.boolean(),
    maxSize: fc.constantFrom(0, 10),
    extraKeys: fc.constantFrom([], ['cell.metadata.a', 'metadata.name', 'cell.execution_count']),
  });
  fc.assert(
    fc.property(
      cells,
      metadata,
      settings,
      fc.constantFrom(undefined, 1, '\t'),
      (list, top, options, indent) => {
        const text = JSON.stringify({ cells: list, metadata: top, nbformat: 4 }, undefined, indent);
        const first = stripBytes('a.ipynb', Buffer.from(text), options);
        if ('diagnostic' in first) return;
        const once = Buffer.from(first.bytes).toString();
        const kept = list.filter(({ source = '' }) => !options.dropEmptyCells || source.trim() !== '');
        const result = JSON.parse(once) as { cells: { source?: string }[] };
        expect(result.cells.map(({ source }) => source)).toEqual(kept.map(({ source }) => source));
        const again = stripBytes('a.ipynb', Buffer.from(once), options);
        expect(again).toMatchObject({ isChanged: false });
      },
    ),
    { numRuns: 150 },
  );
});
