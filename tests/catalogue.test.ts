/** The catalogue of codes: complete, used, true, and the same as its table in docs/codes.md. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { codes, type Code, type CodeEntry } from '../src/text/codes.ts';
import { readNotebook } from '../src/notebook/read.ts';
import { extract, namesOf, type World } from './extraction.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const entries = Object.entries(codes) as [Code, CodeEntry][];

/** What has to be there besides the cells for an example to bring its code about. */
const worlds: Partial<Record<Code, World>> = {
  NB414: { local: ['utils'] },
  NB417: { existing: { churn: 'def load(path):\n    return open(path)\n' } },
};

test.each(entries)(
  '%s says what it is, why, when, and what to do',
  (code, { title, why, example, remedy }) => {
    expect(code).toMatch(/^NB[1-5]\d\d$/);
    expect(title).toMatch(/^[^A-Z]?.*[^.]$/);
    expect(why).toMatch(/^([A-Z`']|nb2mod ).*\.$/);
    expect(remedy).toMatch(/^[A-Z`'].*\.$/);
    expect(example).toMatch(/\S/);
  },
);

test('the codes stand in order', () => {
  expect(entries.map(([code]) => code)).toEqual(entries.map(([code]) => code).sort());
});

test('every code that the source uses is in the catalogue, and the other way round', () => {
  const used = new Set<string>();
  for (const path of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!/\.(ts|py)$/.test(path) || path.endsWith('codes.ts')) continue;
    for (const [code] of readFileSync(join(root, 'src', path), 'utf8').matchAll(/\bNB\d{3}\b/g))
      used.add(code);
  }
  expect([...used].sort()).toEqual(entries.map(([code]) => code));
});

describe('examples of reasons to stay', () => {
  // NB430 is not found by reading: it takes a kernel to see it.
  const found = entries.filter(([code]) => code.startsWith('NB4') && code !== 'NB430');
  test.each(found)('%s', (code, { example }) => {
    // What can't be written in UTF-8 stands in the catalogue as what would be read in its place.
    const { verdicts } = extract([example.replaceAll('\ufffd', '\ud800')], worlds[code]);
    expect(Object.values(verdicts)).toContain(code);
  });
});

describe('examples of notebook files', () => {
  const files = entries.filter(([code]) => /^NB10[1-7]$/.test(code) && code !== 'NB105');
  test.each(files)('%s', (code, { example }) => {
    const bytes = code === 'NB104' ? Buffer.from('"caf\xe9"', 'latin1') : Buffer.from(example);
    const reading = readNotebook('churn.ipynb', bytes);
    expect('diagnostic' in reading ? reading.diagnostic.code : 'read').toBe(code);
  });
});

test('the example of NB201 does not parse', () => {
  expect(namesOf(codes.NB201.example).cells[0]!.fault?.kind).toBe('syntax');
});

test('the example of NB202 is Python 2', () => {
  expect(namesOf(codes.NB202.example).cells[0]!.fault?.kind).toBe('python2');
});

/** The catalogue as Markdown. */
function renderCatalogue(): string {
  const groups: Readonly<Record<string, string>> = {
    NB1: 'Notebook files',
    NB2: 'Python',
    NB3: 'Names',
    NB4: 'Reasons why a definition stays',
    NB5: 'Files, project and environment',
  };
  const parts = [
    '# Codes',
    'Every diagnostic of nb2mod has a code. This page is made from the catalogue in `src/text/codes.ts`;' +
      '\n`UPDATE=1 npx vitest run tests/catalogue.test.ts` writes it anew.',
  ];
  for (const [prefix, heading] of Object.entries(groups)) {
    const group = entries.filter(([code]) => code.startsWith(prefix));
    if (group.length === 0) continue;
    parts.push(`## ${heading}`);
    for (const [code, { title, why, example, remedy }] of group) {
      const isPython = /^NB[24]/.test(code) && code !== 'NB203';
      parts.push(`### ${code}: ${title}`, why);
      parts.push(`\`\`\`${isPython ? 'python' : 'text'}\n${example}\n\`\`\``, `**The way out.** ${remedy}`);
    }
  }
  return `${parts.join('\n\n')}\n`;
}

test('docs/codes.md is the catalogue', () => {
  const path = join(root, 'docs', 'codes.md');
  if (process.env['UPDATE'] !== undefined) writeFileSync(path, renderCatalogue());
  expect(readFileSync(path, 'utf8').replaceAll('\r\n', '\n')).toBe(renderCatalogue());
});
