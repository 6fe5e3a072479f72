/** What others wrote, a file's name above all, is shown and never obeyed by a terminal. */
import { expect, test } from 'vitest';
import { renderModule } from '../src/render/module.ts';
import { formatDiff } from '../src/report/diff.ts';
import { formatDiagnostics } from '../src/report/text.ts';
import { formatDiagnostic, type Diagnostic } from '../src/text/diagnostic.ts';
import { printable } from '../src/text/printable.ts';
import { extractAll } from './extraction.ts';

test.each([
  ['a b/ç 日本.ipynb', 'a b/ç 日本.ipynb'],
  ['a\nb\r\t.ipynb', 'a\\nb\\r\\t.ipynb'],
  ['\u001b]0;title\u0007.ipynb', '\\x1b]0;title\\x07.ipynb'],
  ['\u009b31m.ipynb', '\\x9b31m.ipynb'],
  ['a\u202egpj.ipynb', 'a\\u202egpj.ipynb'],
])('%j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

const path = '/p/a\n\u001b[31m.ipynb';
const diagnostic: Diagnostic = {
  code: 'NB509',
  severity: 'error',
  place: { path },
  message: `is the same file as \u001b[31m.ipynb\nand more`,
  hint: 'not \u0007',
};
const options = { colour: false, folder: '/p' };

test('in diagnostics, whose messages may have several lines', () => {
  const told = 'NB509 is the same file as \\x1b[31m.ipynb\nand more\n  hint: not \\x07';
  expect(formatDiagnostics([diagnostic], options)).toBe(`a\\n\\x1b[31m.ipynb: ${told}\n`);
  expect(formatDiagnostic(diagnostic)).toBe(`/p/a\\n\\x1b[31m.ipynb: ${told}`);
});

test('in diffs', () => {
  const files = [{ path, before: null, after: Buffer.from('x\n') }];
  expect(formatDiff({ files, diagnostics: [] }, { ...options, cellsOf: () => null })).toContain(
    '+++ b/a\\n\\x1b[31m.ipynb\n',
  );
});

test('in the docstring of a module', () => {
  const { modules } = extractAll({ 'in/a\n\u001b[31m': ['def f(): return 1'] });
  expect(Object.values(modules)[0]).toMatch(/^"""[^\n]* a\\n\\x1b\[31m\.ipynb\."""\n/);
});

test('why it stands apart, which may name a notebook', () => {
  const apart = `shop.common, which is imported by star in 'a"""b.ipynb'`;
  const { text } = renderModule({ module: 'common_2', members: [], sources: ['a.ipynb'], apart }, 'shop');
  expect(text).toMatch(/^"""[^"]*in 'a___b\.ipynb'\.\n"""\n/);
});
