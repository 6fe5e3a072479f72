/** The site: whole, with links that lead somewhere, and nothing that a reader's browser would fetch from elsewhere. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface SiteScript {
  readonly writeSite: (folder: string) => number;
  readonly renderPage: (markdown: string) => { readonly content: string; readonly title: string };
}

const root = fileURLToPath(new URL('..', import.meta.url));
const { writeSite, renderPage } = (await import(
  new URL('../scripts/site.mjs', import.meta.url).href
)) as SiteScript;

let folder: string;
const pages = new Map<string, string>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nb2mod-site-'));
  writeSite(folder);
  for (const name of readdirSync(folder)) pages.set(name, readFileSync(join(folder, name), 'utf8'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const htmlPages = (): [string, string][] => [...pages].filter(([name]) => name.endsWith('.html'));
const anchorsOf = (html: string): Set<string> =>
  new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!));

test('every document is a page, and every page leads to every other', () => {
  const names = readdirSync(join(root, 'docs')).map((name) => name.replace(/\.md$/, '.html'));
  expect(htmlPages().map(([name]) => name)).toEqual(names.sort());
  for (const [, html] of htmlPages()) {
    const nav = /<nav [^]*?<\/nav>/.exec(html)![0];
    expect([...nav.matchAll(/href="([^"]*)"/g)].map(([, href]) => href).sort()).toEqual(names);
    expect(nav.match(/aria-current/g)).toHaveLength(1);
  }
});

test('links within the site lead to anchors that are there', () => {
  const dead = htmlPages().flatMap(([name, html]) =>
    [...html.matchAll(/<a [^>]*href="(?!https?:)([^"#]*)(?:#([^"]*))?"/g)]
      .filter(([, path, anchor]) => {
        const target = pages.get(path === '' ? name : path!);
        return target === undefined || (anchor !== undefined && !anchorsOf(target).has(decodeURI(anchor)));
      })
      .map(([whole]) => `${name}: ${whole}`),
  );
  expect(dead).toEqual([]);
});

test('what the search finds is there', () => {
  const text = pages.get('search.js')!;
  const index = JSON.parse(/^const headings = (.*);$/m.exec(text)![1]!) as {
    heading: string;
    address: string;
  }[];
  const dead = index.filter(({ address }) => {
    const [path = '', anchor] = address.split('#');
    const page = pages.get(path);
    return page === undefined || (anchor !== undefined && !anchorsOf(page).has(anchor));
  });
  expect(dead).toEqual([]);
  expect(index.map(({ heading }) => heading)).toContain('NB401: it reads a notebook variable');
});

test('reading it asks no network: all that a browser loads by itself lies beside the pages', () => {
  for (const [, html] of htmlPages()) {
    const loaded = [...html.matchAll(/<(?:link|script|img|iframe)\b[^>]*\b(?:href|src)="([^"]*)"/g)].map(
      ([, to]) => to!,
    );
    expect(loaded.filter((to) => !pages.has(to) && to !== 'data:,')).toEqual([]);
  }
  expect(pages.get('style.css')).not.toMatch(/url\(|@import/);
});

test('each page has one title, a language, a description, and headings that step down one at a time', () => {
  for (const [name, html] of htmlPages()) {
    expect(html, name).toMatch(/<html lang="en">/);
    expect(html, name).toMatch(/<title>[^<]+<\/title>/);
    expect(html, name).toMatch(/<meta name="description" content="[^"]{20,}"/);
    const levels = [...html.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
    expect(
      levels.filter((level) => level === 1),
      name,
    ).toHaveLength(1);
    expect(
      levels.every((level, i) => i === 0 || level <= levels[i - 1]! + 1),
      name,
    ).toBe(true);
    expect(html, name).not.toMatch(/\{\{|<!-- /);
  }
});

describe('of Markdown', () => {
  test.each([
    [
      'a file has its name above it',
      '<!-- file: a.py -->\n\n```python\nx = 1\n```',
      '<figcaption>a.py</figcaption>',
    ],
    [
      'what a file is afterwards, too',
      '<!-- after: a.py -->\n\n```python\nx\n```',
      '<figcaption>a.py, afterwards</figcaption>',
    ],
    ['a command has its prompt', '```console\n$ ls <x>\nb\n```', '<i>$</i> <b>ls &lt;x&gt;</b>\nb'],
    ['a comment is told apart', '```python\n# a "b"\n```', '<i># a &quot;b&quot;</i>'],
    ['a link to a page', '[x](git.md#in-ci)', '<a href="git.html#in-ci">x</a>'],
    ['a heading is a link to itself', '## `A` b!', '<h2 id="a-b"><a href="#a-b"><code>A</code> b!</a></h2>'],
  ])('%s', (_, markdown, html) => {
    expect(renderPage(`# T\n\n${markdown}\n`).content).toContain(html);
  });
});
