import { describe, expect, test } from 'vitest';
import { spanOf } from '../src/notebook/json.ts';
import type { Notebook } from '../src/notebook/notebook.ts';
import { readNotebook } from '../src/notebook/read.ts';

function read(content: string | Buffer): Notebook {
  const reading = readNotebook('a.ipynb', Buffer.from(content as string));
  if ('diagnostic' in reading) throw new Error(reading.diagnostic.message);
  return reading.notebook;
}

function complaint(content: string | Buffer): string {
  const reading = readNotebook('a.ipynb', Buffer.from(content as string));
  if (!('diagnostic' in reading)) return 'none';
  const { code, place, message, hint } = reading.diagnostic;
  expect(hint).toBeTruthy();
  expect(place?.path).toBe('a.ipynb');
  return `${code} ${place?.line}:${place?.column} ${message}`;
}

test.each([
  ['', 'NB105 1:1 the file is empty'],
  ['\n \n', 'NB105 1:1 the file is empty'],
  ['\ufeff', 'NB105 1:1 the file is empty'],
  [
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n',
    'NB106 1:1 a git-lfs pointer, not the notebook itself',
  ],
  ['{"cells": [\n', 'NB103 2:1 the file ends in the middle of the JSON'],
  ['{"cells": [],\n}', "NB101 2:1 not JSON: a comma stands before the closing bracket, not '}'"],
  [
    '{"cells": [\n<<<<<<< HEAD\n 1,\n=======\n 2\n>>>>>>> theirs\n]}',
    'NB102 2:1 a merge-conflict marker: <<<<<<<',
  ],
  ['{"cells": [],\r\n=======\r\n}', 'NB102 2:1 a merge-conflict marker: ======='],
  [
    '{"é": "a\nb"}',
    'NB101 1:9 not JSON: a control character stands in a string, where JSON wants an escape, not U+000A',
  ],
  ['{"cells": []} {}', "NB101 1:15 not JSON: more text after the end of the JSON, not '{'"],
  ['{"cells": nope}', "NB101 1:11 not JSON: expected a JSON value, not 'nope'"],
  ['[1, 2]', 'NB107 1:1 not a notebook: the document is not a JSON object'],
  ['{"metadata": {}}', 'NB107 1:1 not a notebook: the document has no list of cells'],
  ['{"cells": {}}', 'NB107 1:1 not a notebook: the document has no list of cells'],
  ['{"cells": [\n 1]}', 'NB107 2:2 not a notebook: a cell is not an object'],
  [Buffer.from('{"a":\n "caf\xe9"}', 'latin1'), 'NB104 2:6 not UTF-8: byte 0xe9 at offset 11'],
])('%j is refused: %s', (content, expected) => {
  expect(complaint(content)).toBe(expected);
});

describe('sources', () => {
  const sourceOf = (cell: object, nbformat = 4): string => {
    const notebook =
      nbformat === 4 ? { nbformat, cells: [cell] } : { nbformat, worksheets: [{}, { cells: [cell] }] };
    return read(JSON.stringify(notebook)).cells[0]!.source;
  };

  test.each<[object, number, string]>([
    [{ cell_type: 'code', source: 'a\nb' }, 4, 'a\nb'],
    [{ cell_type: 'code', source: ['a\n', 'b'] }, 4, 'a\nb'],
    [{ cell_type: 'code', source: ['a', 'b'] }, 4, 'ab'],
    [{ cell_type: 'code', source: [] }, 4, ''],
    [{ cell_type: 'code' }, 4, ''],
    [{ cell_type: 'code', input: ['a\n', 'b'] }, 3, 'a\nb'],
    [{ cell_type: 'code', input: ['a', 'b'] }, 2, 'a\nb'],
    [{ cell_type: 'markdown', source: ['a', '', 'b'] }, 2, 'a\n\nb'],
    [{ cell_type: 'code', input: 'a\nb' }, 3, 'a\nb'],
  ])('%j of nbformat %i reads %j', (cell, nbformat, expected) => {
    expect(sourceOf(cell, nbformat)).toBe(expected);
  });

  test('escapes are read as what they stand for', () => {
    const { cells } = read('{"cells": [{"cell_type": "code", "source": ["\\u00e9\\n", "é\\n", "x"]}]}');
    expect(cells[0]!.source).toBe('é\né\nx');
  });

  test('what is no list of strings is read as far as it is', () => {
    const sources = ['["a", 1, NaN, "b"]', '{"a": "b"}', '7', 'null', '[["a"]]'];
    const cells = sources.map((source) => `{"cell_type": "code", "source": ${source}}`);
    expect(read(`{"cells": [${cells}]}`).cells.map(({ source }) => source)).toEqual(['ab', '', '', '', '']);
  });

  test('a cell knows its id, its tags and its text', () => {
    const text =
      '{"cells": [{"cell_type": "markdown", "id": "ab", "metadata": {"tags": ["x", 1, "y"]}, "source": []}]}';
    const { cells, json } = read(text);
    expect(cells[0]).toMatchObject({ index: 1, kind: 'markdown', id: 'ab', tags: ['x', 'y'], source: '' });
    const { start, end } = spanOf(json, cells[0]!.node);
    expect(text.slice(start, end)).toMatch(/^\{"cell_type.*\}$/);
  });

  test('the text keeps its byte order mark and its lone surrogates', () => {
    const text = '\ufeff{"cells": [{"cell_type": "code", "source": "\\ud83d"}]}\r\n';
    expect(read(text).text).toBe(text);
    expect(read(text).cells[0]!.source).toBe('\ud83d');
  });
});

test.each<[object, string]>([
  [{}, 'python'],
  [{ kernelspec: { name: 'python3' } }, 'python'],
  [{ kernelspec: { name: 'tf-gpu' } }, 'python'],
  [{ kernelspec: { name: 'conda-env-x-py', language: 'python' } }, 'python'],
  [{ kernelspec: { name: 'python2' } }, 'python2'],
  [{ kernelspec: { name: 'python2' }, language_info: { name: 'python', version: '3.6.1' } }, 'python'],
  [{ language_info: { name: 'python', version: '2.7.12' } }, 'python2'],
  [{ kernelspec: { name: 'python3' }, language_info: { name: 'python', version: '2.7.12' } }, 'python2'],
  [{ kernelspec: { name: 'ir' } }, 'r'],
  [{ kernelspec: { name: 'ir', language: 'R' } }, 'r'],
  [{ kernelspec: { name: 'julia-1.9' } }, 'julia'],
  [{ language_info: { name: 'JavaScript' } }, 'javascript'],
  [{ kernelspec: { name: 'python3', language: '' }, language_info: { name: '', version: '' } }, 'python'],
  [{ kernelspec: { name: 'bash' } }, 'bash'],
])('metadata %j means %s', (metadata, language) => {
  expect(read(JSON.stringify({ metadata, cells: [] })).language).toBe(language);
});

test('only of a code cell the language is that of the notebook', () => {
  const languageOf = (type: string): string =>
    read(JSON.stringify({ cells: [{ cell_type: type, language: 'markdown', source: '' }] })).language;
  expect([languageOf('markdown'), languageOf('code')]).toEqual(['python', 'markdown']);
});

test('nbformat is read, 3 being told by its worksheets', () => {
  expect(read('{"cells": [], "nbformat": 4, "nbformat_minor": 5}')).toMatchObject({
    nbformat: 4,
    nbformatMinor: 5,
  });
  expect(read('{"worksheets": [{"cells": []}]}').nbformat).toBe(3);
  expect(read('{"cells": []}').nbformat).toBe(4);
});
