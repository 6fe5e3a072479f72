/** `extract -i`: the questions, what the answers lead to, and that nothing is written before the last of them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { extract } from '../src/commands/extract.ts';
import type { Terminal } from '../src/commands/terminal.ts';
import { python } from './python.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nb2mod-walk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, ...sources: readonly string[]): void {
  const cells = sources.map((source, i) => ({
    cell_type: 'code',
    execution_count: null,
    id: `cell-${i}`,
    metadata: {},
    outputs: [],
    source,
  }));
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
}

interface Walk {
  readonly status: number;
  readonly err: string;
  /** The titles of the questions. */
  readonly asked: readonly string[];
  /** The definitions of each module, by its path. */
  readonly modules: Readonly<Record<string, string>>;
}

/** Extracts the folder as a dry run, answering one question after the other; after the last answer the input ends. */
async function walk(answers: readonly string[]): Promise<Walk> {
  const left = [...answers];
  let err = '';
  let diff = '';
  const options = { colour: false, folder };
  const terminal: Terminal = {
    out: (text) => void (diff += text),
    err: (text) => void (err += text),
    outOptions: options,
    errOptions: options,
    progress: () => undefined,
    ask: (question) => {
      err += `${question}\n`;
      return Promise.resolve(left.shift());
    },
  };
  const flags = { dryRun: true, check: false, json: false, verify: false, interactive: true, kernel: {} };
  const status = await extract([folder], { ...flags, package: 'shop', root: folder }, terminal);
  expect(left).toEqual([]);
  const asked = [...err.matchAll(/^.*cell \d+: '(\w+)' to src\/shop\/(.*)\.py \(\d+ left\)$/gm)];
  return {
    status,
    err,
    asked: asked.map(([, name, module]) => `${name} ${module}`),
    modules: modulesIn(diff),
  };
}

function modulesIn(diff: string): Record<string, string> {
  const found = diff
    .split(/^\+\+\+ b\/src\/shop\//m)
    .slice(1)
    .map((file) => file.split(/^--- /m, 1)[0]!)
    .map((file): [string, string] => [file.split('\n', 1)[0]!, namesIn(file.replaceAll(/^\+/gm, ''))])
    .filter(([name]) => !name.endsWith('__init__.py'));
  return Object.fromEntries(found);
}

function namesIn(module: string): string {
  return [...module.matchAll(/^(?:def )?(\w+)(?:\(| =)/gm)].map((match) => match[1]).join(' ');
}

const two = ['def one():\n    return 1', 'def two():\n    return 2', 'one() + two()'];
const chain = [
  'N = 3',
  'def inner():\n    return N',
  'def outer():\n    return inner()',
  'def apart():\n    return 4',
  'outer()',
];

const walks: readonly [
  name: string,
  cells: readonly string[],
  answers: readonly string[],
  asked: readonly string[],
  modules: Record<string, string>,
][] = [
  ['yes', two, ['y', 'yes'], ['one study', 'two study'], { 'study.py': 'one two' }],
  ['no', two, ['n', 'y'], ['one study', 'two study'], { 'study.py': 'two' }],
  ['no to all', two, ['n', 'n'], ['one study', 'two study'], {}],
  ['all', two, ['a'], ['one study'], { 'study.py': 'one two' }],
  ['done', two, ['y', 'd'], ['one study', 'two study'], { 'study.py': 'one' }],
  ['quit', two, ['y', 'q'], ['one study', 'two study'], {}],
  ['the end of the input', two, ['y'], ['one study', 'two study'], {}],
  [
    'what is no answer',
    two,
    ['what', '?', 'a'],
    ['one study', 'one study', 'one study'],
    { 'study.py': 'one two' },
  ],
  [
    'another module',
    two,
    ['m', 'data.raw', 'y'],
    ['one study', 'two study'],
    { 'study.py': 'two', 'data/raw.py': 'one' },
  ],
  [
    'a module with the package',
    two,
    ['m', 'shop.data', 'y'],
    ['one study', 'two study'],
    { 'study.py': 'two', 'data.py': 'one' },
  ],
  [
    'a module that cannot be',
    two,
    ['m', 'my-data', 'data', 'a'],
    ['one study', 'two study'],
    { 'study.py': 'two', 'data.py': 'one' },
  ],
  ['a module thought better of', two, ['m', '', 'a'], ['one study', 'one study'], { 'study.py': 'one two' }],
  ['no module at the end of the input', two, ['m'], ['one study'], {}],
  ['no to what others need', chain, ['n', 'y'], ['inner study', 'apart study'], { 'study.py': 'apart' }],
  [
    'no to who needs others',
    chain,
    ['y', 'n', 'y'],
    ['inner study', 'outer study', 'apart study'],
    { 'study.py': 'N inner apart' },
  ],
  [
    'a module, and what it needs stays behind',
    chain,
    ['y', 'm', 'far', 'y'],
    ['inner study', 'outer study', 'apart study'],
    { 'study.py': 'N inner apart', 'far.py': 'outer' },
  ],
];
test.each(walks)('%s', async (_, cells, answers, asked, modules) => {
  write('study.ipynb', ...cells);
  const before = readFileSync(join(folder, 'study.ipynb'), 'utf8');
  const found = await walk(answers);
  expect(found.asked).toEqual(asked);
  expect(found.modules).toEqual(modules);
  const last = answers.at(-1);
  const isEnded = !['q', 'd', 'a', 'y', 'n', 'yes'].includes(last!) || (last === 'y' && answers.length === 1);
  expect(found.status).toBe(isEnded ? 130 : 0);
  if (Object.keys(modules).length === 0 && !answers.every((answer) => answer === 'n')) {
    expect(readFileSync(join(folder, 'study.ipynb'), 'utf8')).toBe(before);
    expect(found.err).toContain('nothing is written');
  }
});

test('what only a definition needs goes to its module with it', async () => {
  write(
    'study.ipynb',
    'N = 3\nM = 4\nK = N + 1',
    'def f():\n    return K + M',
    'def g():\n    return M',
    'f() + g()',
  );
  const { modules, err } = await walk(['m', 'far', 'y']);
  expect(err).toContain('with it: K, N, M');
  expect(modules).toEqual({ 'far.py': 'N K f', 'study.py': 'M g' });
});

test('a question shows the code, what becomes of it, and what goes with it', async () => {
  write('study.ipynb', ...chain);
  const { err } = await walk(['d']);
  expect(err).toContain(
    "\nstudy.ipynb, cell 2: 'inner' to src/shop/study.py (3 left)\n-def inner():\n-    return N\n+from shop.study import inner\nwith it: N\n" +
      'Move it? [y,n,m,a,d,q,?] \n',
  );
});

test('what stays by an answer is told with that as reason', async () => {
  write('study.ipynb', ...chain);
  const { err } = await walk(['n', 'y']);
  expect(err).toContain("NB410 'inner' stays: you said so");
  expect(err).toContain("NB404 'outer' stays: it needs 'inner'");
});

test('a definition that several notebooks share is one question', async () => {
  write('study.ipynb', ...two);
  write('twin.ipynb', two[0]!, 'one()');
  const { asked, modules, err } = await walk(['n', 'y']);
  expect(asked).toEqual(['one common', 'two study']);
  expect(err).toContain("study.ipynb and 1 more, cell 1: 'one'");
  expect(modules).toEqual({ 'study.py': 'two' });
});

test('a module where the name is taken is refused, and asked for again', async () => {
  write('study.ipynb', ...two);
  mkdirSync(join(folder, 'src/shop'), { recursive: true });
  writeFileSync(join(folder, 'src/shop/full.py'), 'def one():\n    return 10\n');
  const { err, modules } = await walk(['m', 'full', 'n', 'y']);
  expect(err).toContain("It would stay: 'shop.full' has another 'one'");
  expect(modules).toEqual({ 'study.py': 'two' });
});

describe('without a terminal', () => {
  test('it is refused before anything is read', async () => {
    const options = { colour: false, folder };
    let err = '';
    const terminal = {
      out: () => undefined,
      err: (text: string) => void (err += text),
      outOptions: options,
      errOptions: options,
      progress: () => undefined,
    };
    const flags = { dryRun: false, check: false, json: false, verify: false, interactive: true, kernel: {} };
    expect(await extract(['none.ipynb'], flags, terminal)).toBe(2);
    expect(err).toBe(
      'error: --interactive wants a terminal to ask on, and standard input is none\n  hint: leave it out; --dry-run shows what would change\n',
    );
  });
});

// A real terminal, which Python has on every Unix.
describe.runIf(python && process.platform !== 'win32')('on a terminal', () => {
  const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
  const script = `import os, pty, sys
answers = sys.argv[1].split(',')
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b''
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    if shown.endswith(b'?] ') or shown.endswith(b'?] \\x1b[22m') or b'?] ' in part:
        answer = answers.pop(0)
        os.write(terminal, b'\\x03' if answer == 'interrupt' else answer.encode() + b'\\r')
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))`;
  test.each([
    ['y,n', '0', 'one'],
    ['y,interrupt', '130', ''],
  ])('%s ends with %s', (answers, status, names) => {
    write('study.ipynb', ...two);
    const before = readFileSync(join(folder, 'study.ipynb'), 'utf8');
    const words = [process.execPath, cli, 'extract', '-i', 'study.ipynb', '--package', 'shop'];
    const { stdout } = spawnSync(python!, ['-c', script, answers, ...words], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe(status);
    const module = join(folder, 'src/shop/study.py');
    expect(existsSync(module) ? namesIn(readFileSync(module, 'utf8')) : '').toBe(names);
    if (status === '130') expect(readFileSync(join(folder, 'study.ipynb'), 'utf8')).toBe(before);
  });
});
