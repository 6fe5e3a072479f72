/** `extract --verify`: what it keeps where outputs change, and that it writes nothing where there is no answer. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { extract } from '../src/commands/extract.ts';
import type { KernelOptions } from '../src/commands/verification.ts';
import { python } from './python.ts';
import { warmPython, type WarmPython } from './warm.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-verified-')));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

function notebookOf(sources: readonly string[]): string {
  const cells = sources.map((source, i) => ({
    cell_type: 'code',
    execution_count: null,
    id: `c${i}`,
    metadata: {},
    outputs: [],
    source,
  }));
  return `${JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

/** A project of its own that holds the notebook. */
function projectOf(name: string, sources: readonly string[]): string {
  const path = join(folder, name, `${name}.ipynb`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(join(dirname(path), 'pyproject.toml'), '[project]\nname = "shop"\n');
  writeFileSync(path, notebookOf(sources));
  return path;
}

/** Everything in the project but nb2mod's own state, as path → text. */
function contents(path: string): Record<string, string> {
  const root = dirname(path);
  return Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('.nb2mod'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(root.length + 1), readFileSync(file, 'utf8')]),
  );
}

async function extractVerified(path: string, kernel: KernelOptions) {
  let out = '';
  let err = '';
  const quiet = { colour: false, folder: dirname(path) };
  const options = { dryRun: false, check: false, json: true, verify: true, kernel } as const;
  const status = await extract([path], options, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    progress: () => undefined,
    outOptions: quiet,
    errOptions: quiet,
  });
  const report = JSON.parse(out) as {
    notebooks: { moved: { name: string }[]; kept: { name: string; code: string; message: string }[] }[];
    diagnostics: { code: string; message: string }[];
  };
  const [notebook] = report.notebooks;
  return {
    status,
    err,
    moved: notebook?.moved.map(({ name }) => name).join(' '),
    kept: notebook?.kept.map(({ name, code, message }) => `${code} ${name}: ${message}`),
    diagnostics: report.diagnostics.map(({ code }) => code),
  };
}

function script(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A process that ended but was not waited for by its new parent is no kernel any more.
    return !existsSync(`/proc/${pid}`) || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe.runIf(python && process.platform !== 'win32')('extract --verify', () => {
  /** Runs cells in a shell that it forks instead of a kernel, and says so by the same protocol. */
  let quick: string;
  let warm: WarmPython;
  beforeAll(async () => {
    warm = await warmPython(join(folder, 'warm'));
    const path = fileURLToPath(new URL('python/quick.py', import.meta.url));
    quick = script('quick-python', `exec '${warm.python}' '${path}' --bare`);
    // As if no kernel were installed, ipykernel's own neither.
    writeFileSync(
      join(folder, 'kernelless.py'),
      'import runpy, sys\nfrom jupyter_client import kernelspec\n' +
        'def missing(self, name):\n    raise kernelspec.NoSuchKernel(name)\n' +
        'kernelspec.KernelSpecManager.get_kernel_spec = missing\n' +
        'del sys.argv[0]\nrunpy.run_path(sys.argv[0], run_name="__main__")\n',
    );
  });
  afterAll(() => warm.close());

  test('writes what shows the same', async () => {
    const path = projectOf('same', ['def double(x):\n    return 2 * x', 'print(double(21))']);
    const answer = await extractVerified(path, { python: quick });
    expect(answer).toMatchObject({ status: 0, moved: 'double', kept: [], diagnostics: [] });
    expect(Object.keys(contents(path))).toEqual([
      'pyproject.toml',
      'same.ipynb',
      'src/shop/__init__.py',
      'src/shop/same.py',
    ]);
  });

  test('keeps the smallest set that changes the outputs, with what needs it, and moves the rest', async () => {
    const path = projectOf('changed', [
      'import pickle\ndef half(x):\n    return x / 2',
      'class Order:\n    pass',
      // Seven bytes more or less, by where the class stands.
      'def weigh(order):\n    return len(pickle.dumps(order))',
      'def renew():\n    return Order()',
      'print(half(3))',
      'print(weigh(renew()))',
    ]);
    const answer = await extractVerified(path, { python: quick });
    expect(answer).toMatchObject({ status: 0, moved: 'half weigh', diagnostics: [] });
    expect(answer.kept).toEqual([
      'NB430 Order: moving it changed the outputs of cell 6',
      'NB430 renew: moving it changed the outputs of cell 6',
    ]);
    const { 'changed.ipynb': text, 'src/shop/changed.py': module } = contents(path);
    expect(module).toMatch(/\nimport pickle\n\n\ndef half[^]*def weigh/);
    expect(module).not.toContain('class Order');
    expect(text).toContain('class Order');
  });

  const source = ['def double(x):\n    return 2 * x', 'print(double(21))'];
  const unanswered: Record<string, [code: string, kernel: () => KernelOptions, sources: string[]]> = {
    'no Python': ['NB540', () => ({ python: join(folder, 'nowhere') }), source],
    'no nbclient': ['NB541', () => ({ python: script('bare', `exec '${python}' -S "$@"`) }), source],
    'no such kernel': [
      'NB542',
      () => ({ python: script('kernelless', `exec '${python}' '${join(folder, 'kernelless.py')}' "$@"`) }),
      source,
    ],
    'a cell that takes longer than --timeout': [
      'NB545',
      () => ({ python: python!, timeout: 2 }),
      [...source, 'import time\ntime.sleep(600)'],
    ],
  };
  test.each(Object.keys(unanswered))('%s: exit 2, and nothing is written', async (name) => {
    const [code, kernel, sources] = unanswered[name]!;
    const path = projectOf(name.replaceAll(/\W/g, '-'), sources);
    const before = contents(path);
    expect(await extractVerified(path, kernel())).toMatchObject({ status: 2, diagnostics: [code] });
    expect(contents(path)).toEqual(before);
  });

  test('of several notebooks one that takes too long is left as it is, and the others go on; exit 2', async () => {
    const path = projectOf('several', [...source, 'import time\ntime.sleep(600)']);
    writeFileSync(join(dirname(path), 'quick.ipynb'), notebookOf(source));
    const before = contents(path);
    const answer = await extractVerified(dirname(path), { python: python!, timeout: 2 });
    expect(answer).toMatchObject({ status: 2, diagnostics: ['NB545'] });
    expect(answer.err).toContain('1 notebook could not be run: several/several.ipynb');
    const after = contents(path);
    expect(after['several.ipynb']).toBe(before['several.ipynb']);
    expect(after['quick.ipynb']).toContain('from shop.quick import double');
    expect(Object.keys(after)).toContain('src/shop/quick.py');
  });

  test('interrupted after the last run: nothing is written', async () => {
    const path = projectOf('late', source);
    const before = contents(path);
    const interruption = new AbortController();
    const answer = await extractVerified(path, {
      python: quick,
      signal: interruption.signal,
      onProgress: ({ round, cell, done }) => {
        if (round === 'after' && cell === 2 && done === 2) interruption.abort();
      },
    });
    expect(answer).toMatchObject({ status: 2, diagnostics: ['NB546'] });
    expect(contents(path)).toEqual(before);
  });

  test('Ctrl-C: exit 130, no kernel and no copy is left, and nothing is written', async () => {
    const note = join(folder, 'kernel-note');
    const path = projectOf('interrupted', [
      ...source,
      'import os, subprocess, time\nchild = subprocess.Popen(["sleep", "600"])\n' +
        `open(${JSON.stringify(`${note}.part`)}, "w").write(f"{os.getpid()} {child.pid} {os.getcwd()}")\n` +
        `os.rename(${JSON.stringify(`${note}.part`)}, ${JSON.stringify(note)})`,
      'time.sleep(600)',
    ]);
    const before = contents(path);
    const args = [program, 'extract', '--verify', '--python', python!, path];
    // A terminal sends the signal to the whole group in the foreground.
    const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    child.stderr.on('data', (part) => (err += part));
    const ended = new Promise<number | null>((settle) => child.once('close', (status) => settle(status)));
    await expect.poll(() => existsSync(note), { timeout: 200_000, interval: 100 }).toBe(true);
    process.kill(-child.pid!, 'SIGINT');
    expect(await ended).toBe(130);
    expect(err).toContain('NB546');
    const [kernel, other, copy] = readFileSync(note, 'utf8').split(' ');
    await expect
      .poll(() => isAlive(Number(kernel)) || isAlive(Number(other)), { timeout: 20_000 })
      .toBe(false);
    expect(existsSync(copy!)).toBe(false);
    expect(contents(path)).toEqual(before);
  });
});

test('without Python, extract --verify says so, and nothing is written', () => {
  const path = projectOf('without', ['def double(x):\n    return 2 * x', 'print(double(21))']);
  const before = contents(path);
  const { status, stderr } = spawnSync(process.execPath, [program, 'extract', '--verify', path], {
    env: { ...process.env, PATH: folder, VIRTUAL_ENV: '', CONDA_PREFIX: '' },
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/^NB540 no Python that runs: tried python3, python\n/m);
  expect(status).toBe(2);
  expect(contents(path)).toEqual(before);
});
