/** The code below a diagnostic, as a terminal shows it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addFrames } from '../src/commands/frames.ts';
import { formatFrame, makeFrame } from '../src/report/frame.ts';
import { formatDiagnostics } from '../src/report/text.ts';
import type { Diagnostic } from '../src/text/diagnostic.ts';

/** A cell with `‸` where the fault is. */
const frames: readonly [name: string, cell: string, first: number | undefined, shown: readonly string[]][] = [
  ['a name', 'x = 1\ny = ‸df.x', undefined, ['  2 | y = df.x', '    |     ^^']],
  ['a definition', '‸def load(p):\n    pass', 1, ['  1 | def load(p):', '    | ^^^^^^^^']],
  [
    'an async one',
    '@f\n‸async def load(p): pass',
    undefined,
    ['  2 | async def load(p): pass', '    | ^^^^^^^^^^^^^^'],
  ],
  [
    'a line below',
    'def f():\n    return ‸df',
    1,
    ['  1 | def f():', '  2 |     return df', '    |            ^^'],
  ],
  [
    'lines between',
    'def f():\n    a = 1\n    return ‸df',
    1,
    ['  1 | def f():', '    ⋮', '  3 |     return df', '    |            ^^'],
  ],
  ['two digits', `${'\n'.repeat(9)}‸x`, 9, ['   9 |', '  10 | x', '     | ^']],
  ['a decorator', '‸@app.route("/")\ndef f(): pass', 1, ['  1 | @app.route("/")', '    | ^^^^^^^^^^']],
  ['the end of a line', 'f(‸', undefined, ['  1 | f(', '    |   ^']],
  ['the end of the cell', 'f(\n‸', undefined, ['  2 |', '    | ^']],
  ['tabs', 'if x:\n\t‸y()', undefined, ['  2 | \ty()', '    | \t^']],
  ['wide letters', 's = "数据" + ‸x', undefined, ['  1 | s = "数据" + x', '    |              ^']],
  ['a wide name', '‸数据 = 1', undefined, ['  1 | 数据 = 1', '    | ^^^^']],
  ['Windows line ends', 'a\r\n‸b\r\n', undefined, ['  2 | b', '    | ^']],
  [
    'what turns directions',
    '"\u202egnp.exe" + ‸y',
    undefined,
    ['  1 | "�gnp.exe" + y', '    |              ^'],
  ],
  ['control characters', 'x = "\u001b[2J" + ‸y', undefined, ['  1 | x = "�[2J" + y', '    |              ^']],
];
test.each(frames)('of %s', (_, cell, first, shown) => {
  const frame = makeFrame(cell.replace('‸', ''), cell.indexOf('‸'), first);
  expect(formatFrame(frame, 'red', false)).toBe(shown.map((line) => `${line}\n`).join(''));
});

test('of a long line is the part around the fault', () => {
  const [line, mark] = formatFrame(
    makeFrame(`${'a + '.repeat(100)}bad + ${'c + '.repeat(100)}`, 400),
    'red',
    false,
  ).split('\n');
  expect(line!.length).toBeLessThan(110);
  expect(line).toMatch(/^ {2}1 \| ….*bad.*…$/);
  expect(mark!.indexOf('^^^')).toBe(line!.indexOf('bad'));
});

test('is painted in the colour of the severity', () => {
  expect(formatFrame(makeFrame('x', 0), 'yellow', true)).toContain('\u001b[33m^\u001b[39m');
});

test('stands between the line for scripts and the hint, on a terminal only, and not for very many reasons', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nb2mod-frame-'));
  const path = join(folder, 'a.ipynb');
  const cell = {
    cell_type: 'code',
    metadata: {},
    outputs: [],
    execution_count: null,
    source: 'def f():\n    return df',
  };
  writeFileSync(path, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 4 }));
  const place = { path, cell: 1, line: 1, column: 1 };
  const diagnostic: Diagnostic = {
    code: 'NB401',
    severity: 'info',
    place,
    message: "'f' stays: it reads 'df'",
    hint: 'Pass it.',
  };
  const framed = addFrames([{ diagnostic, fault: 20 }, { diagnostic: { ...diagnostic, place: { path } } }]);
  const many = addFrames(Array.from({ length: 21 }, () => ({ diagnostic, fault: 20 })));
  rmSync(folder, { recursive: true });
  const options = { colour: false, folder };
  const plain = "a.ipynb:cell 1:1:1: NB401 'f' stays: it reads 'df'\n";
  expect(formatDiagnostics(framed.slice(0, 1), options)).toBe(`${plain}  hint: Pass it.\n`);
  expect(formatDiagnostics(framed.slice(0, 1), { ...options, frames: true })).toBe(
    `${plain}  1 | def f():\n  2 |     return df\n    |            ^^\n  hint: Pass it.\n`,
  );
  expect(framed[1]!.frame).toBeUndefined();
  expect(many.every(({ frame }) => frame === undefined)).toBe(true);
  expect(
    addFrames([{ diagnostic: { ...diagnostic, place: { ...place, path: join(folder, 'gone.ipynb') } } }]),
  ).toHaveLength(1);
});
