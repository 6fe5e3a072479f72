/**
 * The examples of docs/ and of the README, run: what the pages show is what happens. Each page has a folder `shop` of its
 * own, in which its blocks take place from top to bottom:
 *
 * - `<!-- file: NAME -->` above a block makes the file NAME of it. One that ends in `.ipynb` is a notebook that has been
 *   run: cells start with `# %%`, or `# %% [markdown]`.
 * - A `console` block holds commands behind `$`, and what they print, to both streams. `…` stands for anything in a line,
 *   alone on a line for any lines. A command that doesn't end with 0 says so: `# exit code 1`. Commands that would install
 *   something, and lines that are comments, are passed over.
 * - `<!-- after: NAME -->` above a block says that the file NAME now is what the block shows.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openProgram, type Program } from './program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .sort()
    .map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));

let base: string;
let program: Program;
const environment = {
  ...process.env,
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};
beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-documents-')));
  program = openProgram(environment);
  mkdirSync(join(base, 'bin'));
  const cli = join(root, 'dist', 'cli.js');
  writeFileSync(join(base, 'bin', 'nb2mod'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`);
  chmodSync(join(base, 'bin', 'nb2mod'), 0o755);
  mkdirSync(join(base, 'node_modules'));
  symlinkSync(root, join(base, 'node_modules', 'nb2mod'), 'junction');
});
afterAll(() => {
  program.close();
  rmSync(base, { recursive: true, force: true });
});

interface Block {
  readonly line: number;
  /** `file: NAME` or `after: NAME`, from the comment above it. */
  readonly role: string;
  readonly language: string;
  readonly text: string;
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const pattern = /(?:^<!-- ((?:file|after): \S+) -->\n+)?^```(\w*)\n([^]*?)^```$/gm;
  for (const match of markdown.matchAll(pattern)) {
    const line = markdown.slice(0, match.index).split('\n').length;
    blocks.push({ line, role: match[1] ?? '', language: match[2]!, text: match[3]! });
  }
  return blocks;
}

/** A notebook that has been run, of cells that start with `# %%`. */
function notebookOf(text: string): string {
  const cells = text.split(/^# %%/m).slice(1);
  const written = cells.map((cell, i) => {
    const isMarkdown = cell.startsWith(' [markdown]');
    const source = cell.slice(cell.indexOf('\n') + 1).trim();
    const lines = source.split(/(?<=\n)/);
    const outputs = /^print\(/m.test(source)
      ? [{ name: 'stdout', output_type: 'stream', text: ['shown\n'] }]
      : [];
    return isMarkdown
      ? { cell_type: 'markdown', id: `cell-${i + 1}`, metadata: {}, source: lines }
      : {
          cell_type: 'code',
          execution_count: i + 1,
          id: `cell-${i + 1}`,
          metadata: {},
          outputs,
          source: lines,
        };
  });
  return `${JSON.stringify({ cells: written, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

function showNotebook(text: string): string {
  const { cells } = JSON.parse(text) as { cells: { cell_type: string; source: string | string[] }[] };
  return cells
    .map(
      ({ cell_type: kind, source }) =>
        `# %%${kind === 'code' ? '' : ` [${kind}]`}\n${[source].flat().join('')}\n`,
    )
    .join('\n');
}

/** What stands behind `$`, with the lines of output that follow. */
function commandsOf(text: string): { command: string; status: number; output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [first = '', ...lines] = part.split('\n');
      const [, command = '', status = '0'] = /^(.*?)(?:\s+# exit code (\d+))?$/.exec(first)!;
      return {
        command: command.replace(/\s+# .*$/, ''),
        status: Number(status),
        output: lines.join('\n').trim(),
      };
    });
}

const installing = /^(?:npm (?:install|run|pack)|npx|pip|pipx|uv|uvx|python|pre-commit|source|cd) ?/;

/** Both streams of a command; in one process for all where it is nb2mod and nothing else. */
async function run(command: string, folder: string): Promise<{ status: number | null; output: string }> {
  if (/^nb2mod (?!strip|filter)[^|&;<>"'$*]*$/.test(command)) {
    const { status, both } = await program.run(command.split(' ').slice(1).filter(Boolean), folder);
    return { status, output: both.trim() };
  }
  const env = {
    ...environment,
    PATH: [join(base, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
  };
  const { status, stdout } = spawnSync('sh', ['-c', `exec 2>&1; ${command}`], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, output: stdout.trim() };
}

function patternOf(output: string): RegExp {
  const escaped = output.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const lines = escaped.replace(/^…\n/gm, '(?:[^\\n]*\\n)*?').replace(/(?:^|\n)…$/, '[^]*');
  return new RegExp(`^${lines.replaceAll('…', '[^\\n]*')}$`);
}

async function play({ role, text, language }: Block, folder: string): Promise<void> {
  const [kind, name = ''] = role.split(': ');
  const path = join(folder, name);
  if (kind === 'file') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, name.endsWith('.ipynb') ? notebookOf(text) : text);
  } else if (kind === 'after') {
    const now = readFileSync(path, 'utf8');
    expect((name.endsWith('.ipynb') ? showNotebook(now) : now).trim()).toMatch(patternOf(text.trim()));
  } else if (language === 'console') {
    for (const { command, status, output } of commandsOf(text)) {
      if (installing.test(command)) continue;
      const result = await run(command, folder);
      if (!patternOf(output).test(result.output)) expect(result.output, command).toBe(output);
      expect(result.status, `${command}\n${result.output}`).toBe(status);
    }
  }
}

test.each(pages)('%s', async (page) => {
  const folder = join(base, page.replaceAll(/\W/g, '-'), 'shop');
  mkdirSync(folder, { recursive: true });
  for (const block of blocksOf(readFileSync(join(root, page), 'utf8'))) {
    try {
      await play(block, folder);
    } catch (error) {
      if (error instanceof Error) error.message = `${page}:${block.line}: ${error.message}`;
      throw error;
    }
  }
});

test('links between pages lead to pages and headings that are there', () => {
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
  const headings = new Map(
    pages.map((page) => {
      const prose = readFileSync(join(root, page), 'utf8').replace(/^```[^]*?^```$/gm, '');
      return [page, [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading!))];
    }),
  );
  const dead = pages.flatMap((page) => {
    const prose = readFileSync(join(root, page), 'utf8').replace(/^```[^]*?^```$/gm, '');
    return [...prose.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].flatMap(
      ([whole, path = '', heading]) => {
        const target = path === '' ? page : join(dirname(page), path).replaceAll('\\', '/');
        const known = headings.get(target);
        return known !== undefined && (heading === undefined || known.includes(heading))
          ? []
          : [`${page}: ${whole}`];
      },
    );
  });
  expect(dead).toEqual([]);
});

// ---- The reference of settings, made from the schema ----

interface Setting {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly items?: Setting;
  readonly anyOf?: readonly Setting[];
  readonly properties?: Readonly<Record<string, Setting>>;
}

function typeOf({ type, enum: choices, items, anyOf }: Setting): string {
  if (choices !== undefined) return choices.map((choice) => `"${choice}"`).join(' or ');
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (type === 'array') {
    if (items?.enum !== undefined) return 'list of texts';
    return `list of ${items === undefined ? 'any' : `${typeOf(items)}s`}`;
  }
  const names = new Map(Object.entries({ string: 'text', boolean: 'true or false', object: 'table' }));
  return [type ?? 'any']
    .flat()
    .map((name) => names.get(name) ?? name)
    .join(' or ');
}

/** A table of Markdown, laid out as prettier does it. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`);
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return lines.join('\n');
}

function describeSettings(settings: Readonly<Record<string, Setting>>): string {
  const rows = Object.entries(settings).map(([name, setting]) => {
    const { description = '', default: usual, anyOf = [] } = setting;
    const choices = anyOf.flatMap(({ items }) => items?.enum ?? []);
    const told = choices.length === 0 ? description : description.replace(/\.$/, `: ${choices.join(', ')}.`);
    const shown = usual === undefined ? '' : `\`${JSON.stringify(usual)}\``;
    return [`\`${name}\``, typeOf(setting), shown, told].map((cell) =>
      cell.replaceAll(/(?<!\\)[|*]/g, String.raw`\$&`),
    );
  });
  return tableOf([['setting', 'value', 'default', 'what it says'], ...rows]);
}

/** The tables of settings: those of all commands, then those of one. */
function renderReference(): string {
  const schema = JSON.parse(readFileSync(join(root, 'schema', 'nb2mod.schema.json'), 'utf8')) as Setting;
  const all = Object.entries(schema.properties ?? {});
  // A setting may be a table, too: `verify = true`, `[tool.nb2mod.verify]`.
  const tableIn = (setting: Setting): Setting | undefined =>
    [setting, ...(setting.anyOf ?? []), ...(setting.items === undefined ? [] : [setting.items])].find(
      ({ properties }) => properties !== undefined,
    );
  const plain = all.flatMap(([name, setting]): [string, Setting][] => {
    if (tableIn(setting) === undefined) return [[name, setting]];
    const other = setting.anyOf?.find(({ properties }) => properties === undefined);
    return other === undefined ? [] : [[name, other]];
  });
  const general = new Set(plain.map(([name]) => name));
  const parts = ['## All settings', describeSettings(Object.fromEntries(plain))];
  for (const [name, setting] of all) {
    const table = tableIn(setting);
    if (table?.properties === undefined) continue;
    const brackets = setting.type === 'array' ? `[[tool.nb2mod.${name}]]` : `[tool.nb2mod.${name}]`;
    parts.push(`### \`${brackets}\``, table.description ?? setting.description ?? '');
    const names = Object.keys(table.properties);
    const known = names.filter((key) => general.has(key));
    const own = Object.fromEntries(Object.entries(table.properties).filter(([key]) => !general.has(key)));
    if (Object.keys(own).length > 0) parts.push(describeSettings(own));
    if (known.length > 0) parts.push(`As above: ${known.map((key) => `\`${key}\``).join(', ')}.`);
  }
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

test('the reference in docs/configuration.md is that of the schema', () => {
  const path = join(root, 'docs', 'configuration.md');
  const mark = /^<!-- made from schema\/.* -->\n/m;
  const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  const [before, after] = text.split(mark);
  const whole = `${before}${mark.exec(text)![0]}\n${renderReference()}`;
  if (process.env['UPDATE'] !== undefined) writeFileSync(path, whole);
  else expect(`\n${after}`.trim()).toBe(renderReference().trim());
  expect(renderReference()).toContain('`exclude`');
});
