import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { describeDifference, verify, type VerifyOptions } from '../src/commands/verify.ts';
import {
  heedInterrupts,
  isRunner,
  openRunner,
  openVerification,
  runNotebook,
} from '../src/commands/verification.ts';
import { copyTree } from '../src/files/copy.ts';
import { pythonCandidates, type Runner } from '../src/files/kernel.ts';
import { python } from './python.ts';
import { warmPython, type WarmPython } from './warm.ts';

// A kernel takes a second or two to start, and ten times that on a machine that is busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), 'nb2mod-test-'));
let warm: WarmPython | undefined;
beforeAll(async () => {
  if (python) warm = await warmPython(join(folder, 'warm'));
});
afterAll(() => {
  warm?.close();
  rmSync(folder, { recursive: true, force: true });
});

function notebookOf(cells: (string | { source: string; tags: string[] })[], metadata: object = {}): string {
  return JSON.stringify({
    cells: cells.map((cell, index) => ({
      cell_type: 'code',
      id: `c${index}`,
      metadata: typeof cell === 'string' ? {} : { tags: cell.tags },
      execution_count: null,
      outputs: [],
      source: typeof cell === 'string' ? cell : cell.source,
    })),
    metadata,
    nbformat: 4,
    nbformat_minor: 5,
  });
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** In place of an interpreter: runs cells in a shell that it forks, not in a kernel, and answers by the same protocol. */
function quickPython(): string {
  const script = fileURLToPath(new URL('python/quick.py', import.meta.url));
  const path = write('quick-python', `#!/bin/sh\nexec '${warm!.python}' '${script}' --bare\n`);
  chmodSync(path, 0o755);
  return path;
}
const canFork = python !== undefined && process.platform !== 'win32';

test('who minds Ctrl-C minds it no longer when the work is done, or has thrown', async () => {
  const count = (): number => process.listenerCount('SIGINT');
  const before = count();
  const during = await heedInterrupts(async () => count());
  const thrown = heedInterrupts(async () => Promise.reject(new Error('no')));
  await expect(thrown).rejects.toThrow('no');
  expect([during, count()]).toEqual([before + 1, before]);
});

describe('which Python', () => {
  test.each<
    [named: string | undefined, environment: Record<string, string>, platform: NodeJS.Platform, first: string]
  >([
    ['/opt/py', { VIRTUAL_ENV: '/venv' }, 'linux', '/opt/py'],
    [undefined, { VIRTUAL_ENV: '/venv', CONDA_PREFIX: '/conda' }, 'linux', join('/venv', 'bin', 'python')],
    [undefined, { CONDA_PREFIX: '/conda' }, 'darwin', join('/conda', 'bin', 'python')],
    [undefined, { VIRTUAL_ENV: '' }, 'linux', 'python3'],
    [undefined, {}, 'win32', 'python'],
  ])('--python %s with %j on %s: %s', (named, environment, platform, first) => {
    expect(pythonCandidates(named, environment, platform)[0]).toBe(first);
  });

  test('none at all is NB540', async () => {
    expect(await openRunner({ python: join(folder, 'nowhere') })).toMatchObject({ code: 'NB540' });
  });

  test.runIf(python && process.platform !== 'win32')(
    'without nbclient it is NB541, with the pip command',
    async () => {
      const bare = write('bare-python', `#!/bin/sh\nexec '${python}' -S "$@"\n`);
      chmodSync(bare, 0o755);
      expect(await openRunner({ python: bare })).toMatchObject({
        code: 'NB541',
        message: expect.stringContaining('no nbclient'),
        hint: `${bare} -m pip install nbclient ipykernel`,
      });
    },
  );
});

describe('a copy of the project', () => {
  const from = join(folder, 'project');
  beforeAll(() => {
    for (const path of [
      'nb.ipynb',
      'data/a.csv',
      '.git/HEAD',
      'env/pyvenv.cfg',
      'env/lib.py',
      'src/p/__pycache__/x.pyc',
    ]) {
      write(join('project', path), path);
    }
    write('outside.csv', 'far');
    symlinkSync(join(from, 'data', 'a.csv'), join(from, 'inner'));
    symlinkSync(join(folder, 'outside.csv'), join(from, 'outer'));
    symlinkSync(join(folder, 'nothing'), join(from, 'broken'));
  });

  test('leaves out environments, version control and caches; links within stay within', () => {
    const to = join(folder, 'copy');
    const shared = copyTree(from, to);
    expect(readdirSync(to).sort()).toEqual(['data', 'inner', 'nb.ipynb', 'outer', 'src']);
    writeFileSync(join(to, 'inner'), 'changed');
    expect(readFileSync(join(from, 'data', 'a.csv'), 'utf8')).toBe('data/a.csv');
    expect(readFileSync(join(to, 'data', 'a.csv'), 'utf8')).toBe('changed');
    expect(shared.map(({ path }) => path)).toEqual([join(folder, 'outside.csv')]);
  });

  test('may lie in the folder itself', () => {
    const to = join(from, 'temporary', 'copy');
    expect(copyTree(from, to).length).toBeGreaterThan(0);
    expect(readdirSync(join(to, 'temporary'))).toEqual([]);
    rmSync(join(from, 'temporary'), { recursive: true });
  });

  test('what is too large is shared and named', () => {
    const shared = copyTree(from, join(folder, 'small'), { fileBytes: 9, totalBytes: 1e9, files: 100 });
    expect(shared.map(({ path }) => path).sort()).toEqual(
      [join(folder, 'outside.csv'), join(from, 'data', 'a.csv')].sort(),
    );
  });
});

describe.runIf(python)('a notebook in its kernel', () => {
  let runner: Runner;
  beforeAll(async () => {
    const opened = await openRunner({ python: warm!.python });
    if (!isRunner(opened)) throw new Error(opened.message);
    runner = opened;
  });
  afterAll(() => runner.close());
  const play = (name: string, text: string, timeout?: number) =>
    runNotebook(runner, write(name, text), 'test', timeout === undefined ? {} : { timeout }, true);

  test('shows streams, results, figures by their pixels; runs in its folder, seeded; a tagged error is no failure', async () => {
    const run = await play(
      'one/shows.ipynb',
      notebookOf(
        [
          'import os, sys\nprint(os.path.basename(os.getcwd()))\nprint("careful", file=sys.stderr)\n6 * 7',
          '%matplotlib inline\nimport matplotlib.pyplot as plt\n_ = plt.plot([1, 2])',
          { source: '1 / 0', tags: ['raises-exception'] },
          '',
          'import asyncio\nawait asyncio.sleep(0, "done")',
          'import random, numpy\nprint(random.random(), numpy.random.rand())',
        ],
        { kernelspec: { name: 'an-old-env', language: 'python', display_name: 'Old' } },
      ),
    );
    expect(run.failure).toBeUndefined();
    expect(run.kernel).toEqual({ name: 'python3', wanted: 'an-old-env' });
    expect(
      run.cells.map(({ cell, id, outputs }) => [cell, id, outputs.map(({ kind }) => kind).join(' ')]),
    ).toEqual([
      [1, 'c0', 'stdout stderr result'],
      [2, 'c1', 'display'],
      [3, 'c2', 'error'],
      [4, 'c3', ''],
      [5, 'c4', 'result'],
      [6, 'c5', 'stdout'],
    ]);
    // What seed 0 gives first, in both generators.
    expect(run.cells[5]!.outputs[0]!.data['text/plain']).toBe('0.8444218515250481 0.5488135039273248\n');
    expect(run.cells[0]!.outputs.map(({ data }) => data['text/plain'])).toEqual(['one\n', 'careful\n', '42']);
    expect(run.cells[1]!.outputs[0]!.data['image/png']).toMatch(/^image \d+x\d+ pixels [0-9a-f]{16}$/);
  });

  test('stops at an error, and tells the cell and what it showed', async () => {
    const run = await play(
      'fails.ipynb',
      notebookOf(['print(1)', 'print(2)\nraise KeyError("x")', 'print(3)']),
    );
    expect(run.failure).toEqual({ reason: 'error', cell: 2, message: "KeyError: 'x'" });
    expect(run.cells.map(({ outputs }) => outputs.length)).toEqual([1, 2, 0]);
  });

  test('a cell that takes too long, and a kernel that dies, end the run and not the runner', async () => {
    const slow = await play(
      'slow.ipynb',
      notebookOf(['import time\nprint(1, flush=True)\ntime.sleep(600)']),
      1.5,
    );
    expect(slow.failure).toMatchObject({ reason: 'timeout', cell: 1, message: 'no answer within 2 s' });
    const dead = await play('dead.ipynb', notebookOf(['import os\nos._exit(3)']));
    expect(dead.failure).toMatchObject({ reason: 'dead-kernel', cell: 1 });
  });

  test('a kernel of another language that is not here, and a file that is no notebook', async () => {
    const metadata = { kernelspec: { name: 'no-such-r', language: 'R', display_name: 'R' } };
    expect((await play('r.ipynb', notebookOf(['1'], metadata))).failure).toMatchObject({
      reason: 'no-kernel',
      message: 'no-such-r',
    });
    expect((await play('broken.ipynb', '{"cells": [')).failure?.reason).toBe('unreadable');
  });
});

describe.runIf(canFork)('nb2mod verify', () => {
  const call = (...paths: [string] | [string, string]) =>
    callWith({ python: quickPython(), timeout: 120 }, ...paths);
  const callWith = async (given: VerifyOptions, ...paths: [string] | [string, string]) => {
    let out = '';
    let err = '';
    const plain = { colour: false, folder: '/' };
    const status = await verify(paths, given, {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      progress: () => undefined,
      outOptions: plain,
      errOptions: plain,
    });
    return { status, out, told: err.match(/cell \d+: NB\d{3}\b|\bNB\d{3}\b/g) ?? [] };
  };

  test('one notebook: 0 clean, 1 not, 2 not to be found out', async () => {
    const clean = write('v/clean.ipynb', notebookOf(['print(1)']));
    expect(await call(clean)).toEqual({
      status: 0,
      out: `${clean} runs clean: 1 code cell in python3\n`,
      told: [],
    });
    const unclean = await call(write('v/unclean.ipynb', notebookOf(['x = 1', 'print(y)'])));
    expect(unclean).toEqual({ status: 1, out: '', told: ['cell 2: NB544'] });
    expect(await call(join(folder, 'nowhere.ipynb'))).toMatchObject({ status: 2, told: ['NB510'] });
  });

  test('one notebook runs in a copy of its project', async () => {
    write('single/setup.cfg', '');
    write('single/data/rows.txt', 'one');
    const path = write(
      'single/notebooks/a.ipynb',
      notebookOf(['open("../data/rows.txt").read()', 'open("made.txt", "x").write("x")']),
    );
    expect(await call(path)).toMatchObject({ status: 0, told: [] });
    expect(readdirSync(join(path, '..'))).toEqual(['a.ipynb']);
  });

  test('nothing is written through a link to a folder outside, and what a notebook writes there is told', async () => {
    write('linking/setup.cfg', '');
    const outside = write('linked/sub/new.ipynb', notebookOf(['print(1)']));
    const text = write('linked/sub/made.txt', 'one');
    symlinkSync(join(folder, 'linked'), join(folder, 'linking/notebooks'));
    const before = write('linking/old.ipynb', notebookOf(['print(2)']));
    const after = join(folder, 'linking/notebooks/sub/new.ipynb');
    const content = readFileSync(outside, 'utf8');
    expect(await call(before, after)).toMatchObject({ status: 1, told: [] });
    expect(readFileSync(outside, 'utf8')).toBe(content);
    writeFileSync(after, notebookOf(['open("made.txt", "w").write("other")']));
    expect(await call(after)).toMatchObject({ status: 0, told: ['NB550'] });
    expect(readFileSync(text, 'utf8')).toBe('other');
  });

  test('a notebook outside the folder that is copied is refused, and stays', async () => {
    const inside = write('roots/project/old.ipynb', notebookOf(['print(1)']));
    const outside = write('roots/new.ipynb', notebookOf(['print(2)']));
    const content = readFileSync(outside, 'utf8');
    const root = join(folder, 'roots/project');
    expect(await callWith({ python: quickPython(), root }, inside, outside)).toMatchObject({
      status: 2,
      told: ['NB524'],
    });
    expect(await callWith({ python: quickPython(), root }, outside)).toMatchObject({
      status: 2,
      told: ['NB524'],
    });
    expect(readFileSync(outside, 'utf8')).toBe(content);
  });

  test('the settings are those of the project that the second notebook is in', async () => {
    const settings = ['[tool.nb2mod]', 'source-root = "lib"', '[tool.nb2mod.verify]'];
    write('settled/pyproject.toml', [...settings, `python = ${JSON.stringify(quickPython())}`].join('\n'));
    write('settled/lib/shop/rows.py', 'def count(): return 3\n');
    const after = write('settled/new.ipynb', notebookOf(['from shop.rows import count', 'count()']));
    const before = write('elsewhere/old.ipynb', notebookOf(['def count(): return 3', 'count()']));
    expect(await callWith({}, before, after)).toMatchObject({ status: 0, told: [] });
  });

  test('two notebooks: tells the cell, both outputs, and the moved name that it uses', async () => {
    write('two/shop/__init__.py', '');
    write('two/shop/prices.py', 'def total(items):\n    return sum(items) + 1\n\n\nclass Cart:\n    pass\n');
    const before = write(
      'two/before.ipynb',
      notebookOf([
        'import random, time',
        'def total(items):\n    return sum(items)',
        'class Cart:\n    pass',
        'print(Cart(), Cart)',
        'print("draw", random.random(), "at", time.time())',
        'print("sum")\nprint(total([1, 2]))',
      ]),
    );
    const after = write(
      'two/after.ipynb',
      notebookOf([
        'import random, time',
        'from shop.prices import total',
        'from shop.prices import Cart',
        'print(Cart(), Cart)',
        'print("draw", random.random(), "at", time.time())',
        'print("sum")\nprint(total([1, 2]))',
      ]),
    );
    const answer = await call(before, after);
    expect(answer.told).toEqual([]);
    expect(answer.out).toBe(
      'NB547 cell 6: its stdout differs; it uses total\n' +
        '  - … 1 equal lines\n  - 3\n  + … 1 equal lines\n  + 4\n' +
        `${after} does not show what ${before} shows: 1 of 3 outputs compared differ\n`,
    );
    expect(answer.status).toBe(1);
  });

  test('two notebooks run in a copy of their project, not of their folder alone', async () => {
    write('project/setup.cfg', '');
    write('project/data/rows.txt', 'one\n');
    write('project/src/shop/rows.py', 'def read(path):\n    return open(path).read()\n');
    const use = 'print(read("../data/rows.txt"))';
    const [before, after] = [
      'def read(path):\n    return open(path).read()',
      'from shop.rows import read',
    ].map((cell, i) => write(`project/notebooks/${i}.ipynb`, notebookOf([cell, use]))) as [string, string];
    expect(await call(before, after)).toEqual({
      status: 0,
      out: `${after} shows what ${before} shows: 2 outputs compared\n`,
      told: [],
    });
  });
});

describe.runIf(canFork)('a change, verified', () => {
  const cells = (own: string) =>
    notebookOf([own, 'open("made.txt", "x").write(greet("you"))\nprint(greet("you"))']);
  const beforeBytes = Buffer.from(cells('def greet(name):\n    return f"hello {name}"'));
  const changed = (text: string, root: string) => [
    { path: join(root, 'src', 'pkg', '__init__.py'), before: null, after: Buffer.from('') },
    { path: join(root, 'src', 'pkg', 'words.py'), before: null, after: Buffer.from(text) },
    {
      path: join(root, 'nb.ipynb'),
      before: beforeBytes,
      after: Buffer.from(cells('from pkg.words import greet')),
    },
  ];

  test('agrees or not, without a trace in the project, however the notebook writes', async () => {
    const root = join(folder, 'change');
    write('change/nb.ipynb', beforeBytes.toString());
    write('change/pyproject.toml', '');
    const rounds: string[] = [];
    const verification = await openVerification({
      root,
      notebookPath: join(root, 'nb.ipynb'),
      beforeBytes,
      python: quickPython(),
      timeout: 120,
      onProgress: ({ round }) => rounds.push(round),
    });
    try {
      const same = await verification.compare(
        changed('def greet(name):\n    return f"hello {name}"\n', root),
      );
      expect(same).toMatchObject({ agrees: true, differences: [], diagnostics: [] });
      const other = await verification.compare(changed('def greet(name):\n    return f"bye {name}"\n', root));
      expect(other).toMatchObject({ agrees: false, differences: [{ cell: 2, kind: 'stdout' }] });
      expect(describeDifference(other.differences[0]!)).toBe(
        'cell 2: its stdout differs\n  - hello you\n  + bye you',
      );
    } finally {
      await verification.close();
    }
    expect([...new Set(rounds)]).toEqual(['before', 'after', 'before, run 2', 'before, run 3']);
    expect(readdirSync(root).sort()).toEqual(['nb.ipynb', 'pyproject.toml']);
  });
});
