/**
 * `npm run site`: turns docs/*.md into a site of static pages, in site/ or the folder that is named. To read it takes no
 * network and no server; without JavaScript only the search over headings is missing.
 *
 *     node scripts/site.mjs [folder to write to]
 */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Marked } from 'marked';

const root = fileURLToPath(new URL('..', import.meta.url));
const parts = fileURLToPath(new URL('site/', import.meta.url));

/** In the order of reading; pages that are not named follow. */
const order = [
  'index',
  'getting-started',
  'how-it-decides',
  'codes',
  'git',
  'graveyards',
  'configuration',
  'imports',
  'library',
  'comparison',
];

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => text.replace(/[&<>"]/g, (character) => escapes[character]);

/** The anchor of a heading, as GitHub makes it: then links are right in both places. */
export function slugOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

const plain = (markdown) => markdown.replace(/[`*]/g, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');

/** Code with its prompts and comments told apart: enough to find one's way, and right in any language. */
function paintCode(text, language) {
  const lines = escape(text).split('\n');
  if (language === 'console') {
    return lines
      .map((line) => (line.startsWith('$ ') ? `<i>$</i> <b>${line.slice(2)}</b>` : line))
      .join('\n');
  }
  const comment = { python: /^(\s*#.*)$/, toml: /^(\s*#.*)$|(\s{2,}#.*)$/, yaml: /^(\s*#.*)$|(\s#.*)$/ }[
    language
  ];
  if (comment === undefined) return lines.join('\n');
  return lines.map((line) => line.replace(comment, (found) => `<i>${found}</i>`)).join('\n');
}

/** One page: its title, its headings and its HTML. */
export function renderPage(markdown) {
  const headings = [];
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        const id = slugOf(plain(text));
        const content = this.parser.parseInline(tokens);
        headings.push({ level: depth, id, text: plain(text) });
        return depth === 1
          ? `<h1>${content}</h1>\n`
          : `<h${depth} id="${id}"><a href="#${id}">${content}</a></h${depth}>\n`;
      },
      code({ text, lang = '' }) {
        return `<figure>${`<pre tabindex="0"><code>${paintCode(text, lang)}\n</code></pre>`}</figure>\n`;
      },
      link({ href, tokens }) {
        const address = /^https?:/.test(href) ? href : href.replace(/\.md(?=#|$)/, '.html');
        return `<a href="${escape(address)}">${this.parser.parseInline(tokens)}</a>`;
      },
      table(token) {
        const cell = (tag, { tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`;
        const row = (tag, cells) => `<tr>${cells.map((each) => cell(tag, each)).join('')}</tr>`;
        const body = token.rows.map((cells) => row('td', cells)).join('\n');
        return `<div class="table"><table>\n<thead>${row('th', token.header)}</thead>\n<tbody>\n${body}\n</tbody></table></div>\n`;
      },
    },
  });
  // The comment that makes a file of a block, for the tests, is its caption for the reader.
  const content = marked
    .parse(markdown)
    .replace(/<!-- (file|after): (\S+) -->\s*<figure>/g, (_, role, name) => {
      const caption = role === 'after' ? `${name}, afterwards` : name;
      return `<figure><figcaption>${escape(caption)}</figcaption>`;
    })
    .replace(/<!--[^]*?-->\n*/g, '');
  const title = headings.find(({ level }) => level === 1)?.text;
  if (title === undefined) throw new Error('a page wants a heading');
  const first = /^(?!#)[^\n].*(?:\n[^\n]+)*/m.exec(markdown)?.[0] ?? '';
  return { title, headings, content, description: plain(first).replace(/\s+/g, ' ') };
}

/** The headings below the first, those of level 3 inside those of level 2. */
function listHeadings(headings) {
  const items = [];
  for (const { level, id, text } of headings) {
    const link = `<a href="#${id}">${escape(text)}</a>`;
    if (level === 2) items.push({ link, below: [] });
    else if (level === 3) items.at(-1)?.below.push(`<li>${link}</li>`);
  }
  const list = items.map(
    ({ link, below }) => `<li>${link}${below.length > 0 ? `<ul>${below.join('')}</ul>` : ''}</li>`,
  );
  return list.length > 0 ? `<ul>${list.join('\n')}</ul>` : '';
}

/** Writes the site into a folder. */
export function writeSite(folder) {
  const names = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -3));
  const position = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  names.sort((a, b) => position(a) - position(b) || (a < b ? -1 : 1));
  const pages = names.map((name) => ({
    name,
    ...renderPage(readFileSync(join(root, 'docs', `${name}.md`), 'utf8').replaceAll('\r\n', '\n')),
  }));
  const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const template = readFileSync(join(parts, 'page.html'), 'utf8');
  mkdirSync(folder, { recursive: true });
  for (const [i, page] of pages.entries()) {
    const shown = ({ name, title }) => (name === 'index' ? 'Overview' : title);
    const link = (to, mark = '') => `<a href="${to.name}.html"${mark}>${escape(shown(to))}</a>`;
    const turn = [
      i > 1 ? `<span>← ${link(pages[i - 1])}</span>` : '<span></span>',
      pages[i + 1] === undefined ? '' : `<span>${link(pages[i + 1])} →</span>`,
    ];
    const values = {
      title: i === 0 ? escape(page.title) : `${escape(page.title)} · nb2mod`,
      description: escape(page.description),
      pages: pages
        .map((other) => `<li>${link(other, other === page ? ' aria-current="page"' : '')}</li>`)
        .join('\n        '),
      content: `${page.content}<div class="turn">${turn.join('')}</div>\n`,
      headings: listHeadings(page.headings),
      footer: `nb2mod ${version}, ${license} licence. Made from docs/${page.name}.md.`,
    };
    const html = template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);
    writeFileSync(join(folder, `${page.name}.html`), html);
  }
  copyFileSync(join(parts, 'style.css'), join(folder, 'style.css'));
  const index = pages.flatMap(({ name, title, headings }) =>
    headings.map(({ level, id, text }) => ({
      heading: text,
      page: title,
      level,
      address: level === 1 ? `${name}.html` : `${name}.html#${id}`,
    })),
  );
  const search = readFileSync(join(parts, 'search.js'), 'utf8');
  writeFileSync(join(folder, 'search.js'), `const headings = ${JSON.stringify(index)};\n${search}`);
  return pages.length;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const usual = join(root, 'site');
  const folder = resolve(process.argv[2] ?? usual);
  // A folder that somebody names may hold more than ours.
  if (folder === usual) rmSync(folder, { recursive: true, force: true });
  console.log(`${writeSite(folder)} pages in ${folder}: open index.html`);
}
