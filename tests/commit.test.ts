import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commitChange, keptRuns, recover, undoLast, type CommitProgress } from '../src/files/commit.ts';
import { diskOperations, type Operations } from '../src/files/operations.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { Change } from '../src/text/change.ts';

let base: string;
let root: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-commit-')));
  root = join(base, 'project');
  mkdirSync(root);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function write(path: string, text: string, mode?: number): void {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), text);
  if (mode !== undefined) chmodSync(join(base, path), mode);
}

/** Every file, link and folder below `base` but `.nb2mod`, with its mode and content. */
function tree(folder = base, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    if (name === '.nb2mod') continue;
    const path = join(folder, name);
    const entry = lstatSync(path);
    const mode = (entry.mode & 0o777).toString(8);
    if (entry.isDirectory()) {
      found[`${prefix}${name}/`] = mode;
      Object.assign(found, tree(path, `${prefix}${name}/`));
    } else if (entry.isSymbolicLink()) found[prefix + name] = 'link';
    else found[prefix + name] = `${mode} ${readFileSync(path, 'utf8')}`;
  }
  return found;
}

/** A change given as path → [before, after]; paths within `base`. */
function changeOf(files: Record<string, readonly [string | null, string | null]>): Change {
  const bytes = (text: string | null): Uint8Array | null => (text === null ? null : Buffer.from(text));
  return {
    files: Object.entries(files).map(([path, [before, after]]) => ({
      path: join(base, path),
      before: bytes(before),
      after: bytes(after),
    })),
    diagnostics: [],
  };
}

const codesOf = (diagnostics: readonly { code: string }[]): string[] => diagnostics.map(({ code }) => code);

/** The disk without waiting for it to be durable, which a kill doesn't need and takes most of the time. */
const quick: Operations = {
  ...diskOperations,
  create: (path, bytes, mode) => writeFileSync(path, bytes, { flag: 'wx', mode }),
  syncFolder: () => undefined,
};
const operations = quick;

/** One of each: a file changed, made in new folders, removed; a notebook of unusual mode, one behind a link. */
function setUp(): Change {
  write('project/src/churn/data.py', 'old\n', 0o640);
  write('project/gone.py', 'gone\n');
  write('project/churn.ipynb', '{"cells": []}', 0o755);
  write('elsewhere/real.ipynb', '{"linked": 1}');
  symlinkSync('../elsewhere/real.ipynb', join(root, 'linked.ipynb'));
  return changeOf({
    'project/churn.ipynb': ['{"cells": []}', '{"cells": [1]}'],
    'project/src/churn/data.py': ['old\n', 'old\nnew\n'],
    'project/src/churn/features/temporal.py': [null, 'def lag(): ...\n'],
    'project/gone.py': ['gone\n', null],
    'project/linked.ipynb': ['{"linked": 1}', '{"linked": 2}'],
  });
}

test('each file is told of, what was promised is waited for, and nobody else gets in between', async () => {
  const told: string[] = [];
  let rivals: Promise<unknown> | undefined;
  const onProgress = ({ stage, done, total }: CommitProgress): Promise<void> => {
    told.push(`${stage} ${done}/${total}`);
    rivals ??= commitChange(root, changeOf({ 'project/c.py': [null, 'c'] }), { operations });
    return new Promise((resolve) => setImmediate(resolve));
  };
  const change = changeOf({ 'project/a.py': [null, 'a'], 'project/b.py': [null, 'b'] });
  expect(await commitChange(root, change, { operations, onProgress })).toMatchObject({ written: true });
  expect(await rivals).toMatchObject({ written: false, diagnostics: [{ code: 'NB503' }] });
  expect(told).toEqual([
    ...['saving 1/2', 'saving 2/2', 'writing 1/2', 'writing 2/2', 'replacing 1/2', 'replacing 2/2'],
    'clearing 0/2',
  ]);
  expect(await undoLast(root, { operations, onProgress })).toMatchObject({ undone: true, remaining: 0 });
  expect(told.slice(7)).toEqual([
    'saving 1/2',
    'saving 2/2',
    'replacing 1/2',
    'replacing 2/2',
    'clearing 0/2',
  ]);
});

describe('writing', () => {
  test('changes, makes and removes files, keeps modes, writes through links, and undoes it all', async () => {
    const change = setUp();
    const before = tree();
    expect(await commitChange(root, change, { operations })).toEqual({ written: true, diagnostics: [] });
    expect(tree()).toEqual({
      ...Object.fromEntries(Object.entries(before).filter(([path]) => path !== 'project/gone.py')),
      'project/churn.ipynb': '755 {"cells": [1]}',
      'project/src/churn/data.py': '640 old\nnew\n',
      'project/src/churn/features/': '755',
      'project/src/churn/features/temporal.py': '644 def lag(): ...\n',
      'elsewhere/real.ipynb': '644 {"linked": 2}',
    });
    const undone = await undoLast(root, { operations });
    expect(undone).toMatchObject({ undone: true, remaining: 0, diagnostics: [] });
    expect(undone.files).toHaveLength(5);
    expect(tree()).toEqual(before);
  });

  test('writes the notebooks last', async () => {
    const change = setUp();
    const renamed: string[] = [];
    const meddling: Operations = {
      ...quick,
      rename(from, to) {
        if (from.endsWith('.tmp')) renamed.push(to.slice(base.length + 1));
        quick.rename(from, to);
      },
    };
    await commitChange(root, change, { operations: meddling });
    expect(renamed).toEqual([
      'project/src/churn/data.py',
      'project/src/churn/features/temporal.py',
      'project/churn.ipynb',
      'elsewhere/real.ipynb',
    ]);
  });

  test('ignores its own folder in git', async () => {
    await commitChange(root, setUp(), { operations });
    expect(readFileSync(join(root, '.nb2mod/.gitignore'), 'utf8')).toBe('*\n');
  });

  test('a change of nothing leaves no trace', async () => {
    write('project/a.py', 'a');
    const change = changeOf({ 'project/a.py': ['a', 'a'] });
    expect(await commitChange(root, change, { operations })).toEqual({ written: true, diagnostics: [] });
    expect(existsSync(join(root, '.nb2mod'))).toBe(false);
    expect(await recover(root, { operations })).toEqual([]);
    expect(existsSync(join(root, '.nb2mod'))).toBe(false);
  });

  test('a dangling link is written through', async () => {
    symlinkSync('new.py', join(root, 'link.py'));
    await commitChange(root, changeOf({ 'project/link.py': [null, 'x'] }), { operations });
    expect(tree()).toEqual({ 'project/': '755', 'project/link.py': 'link', 'project/new.py': '644 x' });
    await undoLast(root, { operations });
    expect(tree()).toEqual({ 'project/': '755', 'project/link.py': 'link' });
  });
});

describe('refusing', () => {
  /** What stands in the way, done after the files were read, and the code that says so. */
  const obstacles: [what: string, code: string, path: string, hinder: () => void][] = [
    [
      'edited meanwhile',
      'NB501',
      'project/churn.ipynb',
      () => writeFileSync(join(root, 'churn.ipynb'), 'edited'),
    ],
    [
      'removed meanwhile',
      'NB501',
      'project/src/churn/data.py',
      () => unlinkSync(join(root, 'src/churn/data.py')),
    ],
    [
      'made meanwhile',
      'NB501',
      'project/src/churn/features/temporal.py',
      () => write('project/src/churn/features/temporal.py', ''),
    ],
    ['read-only', 'NB502', 'project/churn.ipynb', () => chmodSync(join(root, 'churn.ipynb'), 0o444)],
    [
      'a folder in its place',
      'NB502',
      'project/src/churn/features/temporal.py',
      () => mkdirSync(join(root, 'src/churn/features/temporal.py'), { recursive: true }),
    ],
    [
      'a file where a folder must be',
      'NB502',
      'project/src/churn/features/temporal.py',
      () => write('project/src/churn/features', 'x'),
    ],
  ];
  test.each(obstacles)('%s: %s, and nothing is written', async (_, code, path, hinder) => {
    const change = setUp();
    hinder();
    const before = tree();
    const { written, diagnostics } = await commitChange(root, change, { operations });
    expect({ written, codes: codesOf(diagnostics), path: diagnostics[0]?.place?.path }).toEqual({
      written: false,
      codes: [code],
      path: join(base, path),
    });
    expect(tree()).toEqual(before);
    expect(codesOf((await undoLast(root, { operations })).diagnostics)).toEqual(['NB505']);
  });

  test('one file under two names', async () => {
    write('project/a.ipynb', 'a');
    symlinkSync('a.ipynb', join(root, 'b.ipynb'));
    const change = changeOf({ 'project/a.ipynb': ['a', 'x'], 'project/b.ipynb': ['a', 'y'] });
    expect(codesOf((await commitChange(root, change, { operations })).diagnostics)).toEqual(['NB509']);
    expect(readFileSync(join(root, 'a.ipynb'), 'utf8')).toBe('a');
  });

  test('edited in the very last moment, after the first files were replaced', async () => {
    const change = setUp();
    const before = tree();
    const meddling: Operations = {
      ...quick,
      rename(from, to) {
        quick.rename(from, to);
        if (to.endsWith('temporal.py')) writeFileSync(join(root, 'churn.ipynb'), 'edited');
      },
    };
    const { written, diagnostics } = await commitChange(root, change, { operations: meddling });
    expect({ written, codes: codesOf(diagnostics) }).toEqual({ written: false, codes: ['NB501'] });
    expect(tree()).toEqual({ ...before, 'project/churn.ipynb': '755 edited' });
  });

  test('while another process holds the lock', async () => {
    const change = setUp();
    await commitChange(root, changeOf({ 'project/gone.py': ['gone\n', 'x'] }), { operations });
    await undoLast(root, { operations });
    const before = tree();
    // Process 1 is always alive.
    writeFileSync(join(root, '.nb2mod/lock'), `1 ${(await import('node:os')).hostname()} -\n`);
    const { written, diagnostics } = await commitChange(root, change, { operations });
    expect({ written, codes: codesOf(diagnostics) }).toEqual({ written: false, codes: ['NB503'] });
    expect(tree()).toEqual(before);
  });

  test('while another process takes over the lock that a dead one left', async () => {
    write('project/a.py', 'a');
    write('project/.nb2mod/lock', `2147483646 ${hostname()} -\n`);
    mkdirSync(join(root, '.nb2mod/runs'));
    const lock = join(root, '.nb2mod/lock');
    const live = `${process.ppid} ${hostname()} -\n`;
    const meddling: Operations = {
      ...quick,
      rename(from, to) {
        if (from === lock) writeFileSync(lock, live);
        quick.rename(from, to);
      },
    };
    const result = await commitChange(root, changeOf({ 'project/a.py': ['a', 'b'] }), {
      operations: meddling,
    });
    expect([result.written, codesOf(result.diagnostics)]).toEqual([false, ['NB503']]);
    expect(readFileSync(lock, 'utf8')).toBe(live);
    expect(readdirSync(join(root, '.nb2mod')).sort()).toEqual(['.gitignore', 'lock', 'runs']);
  });

  test.each([null, 'a.py', 'runs'])('where the lock is a link to %j', async (to) => {
    write('project/a.py', 'a');
    mkdirSync(join(root, '.nb2mod/runs'), { recursive: true });
    symlinkSync(to ?? 'nowhere', join(root, '.nb2mod/lock'));
    const { written, diagnostics } = await commitChange(root, changeOf({ 'project/a.py': ['a', 'b'] }), {
      operations,
    });
    expect({ written, diagnostics }).toMatchObject({
      written: false,
      diagnostics: [{ code: 'NB502', place: { path: join(root, '.nb2mod/lock') } }],
    });
  });

  test('while the lock is there whenever it is created, and gone whenever it is read', async () => {
    write('project/a.py', 'a');
    const lock = join(root, '.nb2mod/lock');
    const meddling: Operations = {
      ...quick,
      create(path, bytes, mode) {
        if (path === lock) throw Object.assign(new Error(), { code: 'EEXIST' });
        quick.create(path, bytes, mode);
      },
    };
    const result = await commitChange(root, changeOf({ 'project/a.py': ['a', 'b'] }), {
      operations: meddling,
    });
    expect([result.written, codesOf(result.diagnostics)]).toEqual([false, ['NB503']]);
  });

  test.each(['2147483646 HOST -\n', '1 HOST 1\n', '', 'half a li'])(
    'not for a stale lock: %j',
    async (lock) => {
      const change = setUp();
      const { hostname } = await import('node:os');
      mkdirSync(join(root, '.nb2mod'));
      writeFileSync(join(root, '.nb2mod/lock'), lock.replace('HOST', hostname()));
      expect(await commitChange(root, change, { operations })).toEqual({ written: true, diagnostics: [] });
      expect(existsSync(join(root, '.nb2mod/lock'))).toBe(false);
    },
  );
});

describe('undo', () => {
  const step = (n: number): Change => changeOf({ 'project/a.py': [String(n), String(n + 1)] });

  test('goes one run further back each time, also after more runs', async () => {
    write('project/a.py', '0');
    for (const n of [0, 1, 2]) await commitChange(root, step(n), { operations });
    const read = (): string => readFileSync(join(root, 'a.py'), 'utf8');
    expect(await undoLast(root, { operations })).toMatchObject({ undone: true, remaining: 2 });
    expect(read()).toBe('2');
    expect(await undoLast(root, { operations })).toMatchObject({ undone: true, remaining: 1 });
    expect(read()).toBe('1');
    await commitChange(root, changeOf({ 'project/a.py': ['1', 'other'] }), { operations });
    await undoLast(root, { operations });
    expect(read()).toBe('1');
    expect(await undoLast(root, { operations })).toMatchObject({ undone: true, remaining: 0 });
    expect(read()).toBe('0');
    expect(codesOf((await undoLast(root, { operations })).diagnostics)).toEqual(['NB505']);
  });

  test(`remembers ${keptRuns} runs`, async () => {
    write('project/a.py', '0');
    for (let n = 0; n < keptRuns + 3; n++) await commitChange(root, step(n), { operations });
    let undone = 0;
    while ((await undoLast(root, { operations })).undone) undone++;
    expect(undone).toBe(keptRuns);
    expect(readFileSync(join(root, 'a.py'), 'utf8')).toBe('3');
  });

  test('names every file edited since and does nothing; --force brings it back and keeps the edit aside', async () => {
    const change = setUp();
    const before = tree();
    await commitChange(root, change, { operations });
    write('project/churn.ipynb', 'my edit');
    const after = tree();
    const refused = await undoLast(root, { operations });
    expect(refused.undone).toBe(false);
    expect(refused.diagnostics.map(({ code, place }) => [code, place?.path])).toEqual([
      ['NB504', join(root, 'churn.ipynb')],
    ]);
    expect(tree()).toEqual(after);
    expect(await undoLast(root, { forced: true, operations })).toMatchObject({
      undone: true,
      diagnostics: [],
    });
    expect(tree()).toEqual(before);
    const runs = join(root, '.nb2mod/runs');
    const [kept] = readdirSync(runs);
    expect(kept).toBe('000002.overwritten');
    const copies = readdirSync(join(runs, kept!)).map((name) =>
      readFileSync(join(runs, kept!, name), 'utf8'),
    );
    expect(copies).toContain('my edit');
  });

  test('leaves a folder that holds something else by now, but not for the sake of __pycache__', async () => {
    const change = setUp();
    await commitChange(root, change, { operations });
    write('project/src/churn/features/__pycache__/temporal.cpython-311.pyc', '');
    await undoLast(root, { operations });
    expect(existsSync(join(root, 'src/churn/features'))).toBe(false);
    await commitChange(root, change, { operations });
    write('project/src/churn/features/mine.py', 'x');
    await undoLast(root, { operations });
    expect(readdirSync(join(root, 'src/churn/features'))).toEqual(['mine.py']);
  });

  test('works after the project was moved', async () => {
    write('project/a.py', '0');
    await commitChange(root, step(0), { operations });
    const moved = join(base, 'moved');
    quick.rename(root, moved);
    expect(await undoLast(moved, { operations })).toMatchObject({ undone: true });
    expect(readFileSync(join(moved, 'a.py'), 'utf8')).toBe('0');
  });

  test('says so when what was saved is damaged', async () => {
    write('project/a.py', '0');
    await commitChange(root, step(0), { operations });
    writeFileSync(join(root, '.nb2mod/runs/000001/0.before'), 'x');
    expect(codesOf((await undoLast(root, { operations })).diagnostics)).toEqual(['NB508']);
    expect(readFileSync(join(root, 'a.py'), 'utf8')).toBe('1');
  });

  const file = { path: 'a.py', before: null, after: null };
  test.each<[string, (journal: object) => unknown]>([
    ['null', () => null],
    ['without files', (journal) => ({ ...journal, files: undefined })],
    ['with an empty file', (journal) => ({ ...journal, files: [{}] })],
    ['with a file of null', (journal) => ({ ...journal, files: [null] })],
    ['with a folder that is no text', (journal) => ({ ...journal, folders: [1] })],
    ['with a file saved as nothing', (journal) => ({ ...journal, files: [{ ...file, before: {} }] })],
  ])('a journal %s is damaged', async (_, change) => {
    write('project/a.py', '0');
    await commitChange(root, step(0), { operations });
    const path = join(root, '.nb2mod/runs/000001/journal.json');
    writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as object)));
    expect(codesOf((await undoLast(root, { operations })).diagnostics)).toEqual(['NB508']);
    expect(readFileSync(join(root, 'a.py'), 'utf8')).toBe('1');
  });
});

describe('what came with a copy of the project', () => {
  /** A copy of a project with a run of this state, which wants to replace a file outside. */
  async function copyRun(state: string): Promise<string> {
    write('precious', '1');
    await commitChange(root, changeOf({ precious: ['1', '2'] }), { operations });
    write('precious', state === '.open' ? 'mine' : '2');
    const copy = join(base, 'copy');
    cpSync(root, copy, { recursive: true });
    renameSync(join(copy, '.nb2mod/runs/000001'), join(copy, `.nb2mod/runs/000001${state}`));
    return copy;
  }

  test('cannot be undone', async () => {
    const copy = await copyRun('');
    const { undone, diagnostics } = await undoLast(copy, { forced: true, operations });
    expect([undone, codesOf(diagnostics)]).toEqual([false, ['NB508']]);
    expect(readFileSync(join(base, 'precious'), 'utf8')).toBe('2');
  });

  test.each<[string, object, boolean]>([
    ['files of its own', {}, true],
    ['files of git', { path: '.git/hooks/pre-commit' }, false],
    ['files behind a link', { path: 'out/precious' }, false],
    ['files above it', { path: 'x/../../precious' }, false],
    ['what runs as its owner', { before: { hash: '', mode: 0o4755 } }, false],
  ])('can be undone where it replaces %s: %o %s', async (_, change, isUndone) => {
    write('project/a.py', '0');
    write('precious', '1');
    await commitChange(root, changeOf({ 'project/a.py': ['0', '1'] }), { operations });
    const copy = join(base, 'copy');
    cpSync(root, copy, { recursive: true });
    symlinkSync('..', join(copy, 'out'));
    const path = join(copy, '.nb2mod/runs/000001/journal.json');
    const journal = JSON.parse(readFileSync(path, 'utf8')) as { files: object[] };
    writeFileSync(path, JSON.stringify({ ...journal, files: [{ ...journal.files[0], ...change }] }));
    const { undone } = await undoLast(copy, { forced: true, operations });
    expect([undone, readFileSync(join(copy, 'a.py'), 'utf8')]).toEqual([isUndone, isUndone ? '0' : '1']);
    expect(readFileSync(join(base, 'precious'), 'utf8')).toBe('1');
  });

  test('is not recovered, and nothing is written before it is gone', async () => {
    const copy = await copyRun('.open');
    expect(codesOf(await recover(copy, { operations }))).toEqual(['NB508']);
    const change = changeOf({ 'copy/a.py': [null, 'a'] });
    expect(await commitChange(copy, change, { operations })).toMatchObject({ written: false });
    expect((await undoLast(copy, { forced: true, operations })).undone).toBe(false);
    expect(readFileSync(join(base, 'precious'), 'utf8')).toBe('mine');
    rmSync(join(copy, '.nb2mod/runs/000001.open'), { recursive: true });
    expect(await commitChange(copy, change, { operations })).toMatchObject({ written: true });
  });

  test.each(['.nb2mod/runs/000001.preparing', '.nb2mod/runs', '.nb2mod'])(
    'leads nowhere where %s is a link',
    async (link) => {
      write('mine/000002.preparing/runs/x', '1');
      write('mine/runs/000001.preparing/x', '1');
      write('project/a.py', '0');
      mkdirSync(dirname(join(root, link)), { recursive: true });
      symlinkSync(join(base, 'mine'), join(root, link));
      const before = tree(join(base, 'mine'));
      await recover(root, { operations });
      const { diagnostics } = await commitChange(root, changeOf({ 'project/a.py': ['0', '1'] }), {
        operations,
      });
      expect(codesOf(diagnostics)).toEqual(['NB502']);
      expect(tree(join(base, 'mine'))).toEqual(before);
    },
  );
});

/** The process is gone: what it would have done next doesn't happen. */
class Kill extends Error {}

type Fault = 'fails' | 'fails from then on' | 'kills';

/** The disk, but operation number `at` (from 0) fails with EIO, or the process is killed in the midst of it. */
function faulty(disk: Operations, at: number, fault: Fault): { faulted: Operations; count: () => number } {
  let count = -1;
  const faulted = wrap(disk, (name, given) => {
    count++;
    if (count < at || (count > at && fault === 'fails')) return;
    if (fault !== 'kills') throw Object.assign(new Error('EIO'), { code: 'EIO', path: given[0] });
    if (count === at && name === 'create') {
      const [path, bytes, mode] = given as Parameters<Operations['create']>;
      disk.create(path, bytes.slice(0, bytes.length / 2), mode);
    }
    throw new Kill(name);
  });
  return { faulted, count: () => count };
}

/** The disk with `first` done before each operation. */
function wrap(disk: Operations, first: (name: keyof Operations, given: unknown[]) => void): Operations {
  return new Proxy(disk, {
    get(_, key) {
      const name = key as keyof Operations;
      return (...given: unknown[]): unknown => {
        first(name, given);
        return (disk[name] as (...given: unknown[]) => unknown)(...given);
      };
    },
  });
}

describe.each(['commit', 'undo'] as const)('whichever operation of %s', (what) => {
  const bytes = (text: string | null): Uint8Array | null => (text === null ? null : Buffer.from(text));
  const change: Change = {
    files: [
      { path: '/p/churn.ipynb', before: bytes('{"cells": []}'), after: bytes('{"cells": [1]}') },
      { path: '/p/src/churn/data.py', before: bytes('old'), after: bytes('old\nnew') },
      { path: '/p/src/churn/features/temporal.py', before: null, after: bytes('def lag(): ...') },
      { path: '/p/gone.py', before: bytes('gone'), after: null },
      { path: '/p/linked.ipynb', before: bytes('{"linked": 1}'), after: bytes('{"linked": 2}') },
    ],
    diagnostics: [],
  };
  const more: Change = {
    files: [{ path: '/p/more.py', before: null, after: bytes('more') }],
    diagnostics: [],
  };

  function setUpDisk(): MemoryDisk {
    const disk = new MemoryDisk();
    for (const folder of ['/p', '/p/src', '/p/src/churn', '/elsewhere']) disk.makeFolder(folder);
    disk.link('/p/linked.ipynb', '../elsewhere/real.ipynb');
    for (const { path, before } of change.files)
      if (before !== null)
        disk.create(disk.look(path)?.kind === 'link' ? '/elsewhere/real.ipynb' : path, before, 0o640);
    disk.setMode('/p/churn.ipynb', 0o755);
    return disk;
  }

  const faults: Fault[] = ['fails', 'fails from then on', 'kills'];
  test.each(faults)('%s, all files are old or all are new', async (fault) => {
    let isThrough = false;
    let at = 0;
    for (; !isThrough; at++) {
      const disk = setUpDisk();
      const good = { operations: disk };
      const original = disk.tree('');
      await commitChange('/p', change, good);
      const changed = disk.tree('');
      expect(changed).not.toEqual(original);
      if (what === 'commit') await undoLast('/p', good);
      const [old, wanted] = what === 'commit' ? [original, changed] : [changed, original];
      expect(disk.tree('')).toEqual(old);

      const { faulted, count } = faulty(disk, at, fault);
      let isDone: boolean | undefined;
      let codes: string[] = [];
      try {
        if (what === 'commit') {
          const { written, diagnostics } = await commitChange('/p', change, { operations: faulted });
          [isDone, codes] = [written, codesOf(diagnostics)];
        } else {
          const { undone, diagnostics } = await undoLast('/p', { operations: faulted });
          [isDone, codes] = [undone, codesOf(diagnostics)];
        }
      } catch (error) {
        if (!(error instanceof Kill)) throw error;
      }
      const context = `${fault} at operation ${at}`;
      isThrough = count() < at;
      if (isThrough) expect(isDone).toBe(true);
      if (isDone === true) expect(codes, context).toEqual([]);
      if (isDone === false) expect(new Set(codes), context).toEqual(new Set(['NB502']));
      // A single fault is put right at once.
      if (fault === 'fails' && isDone === false) expect(disk.tree(''), context).toEqual(old);

      const settled = await recover('/p', good);
      expect(
        settled.filter(({ severity }) => severity === 'error'),
        context,
      ).toEqual([]);
      const isNew = JSON.stringify(disk.tree('')) === JSON.stringify(wanted);
      expect(disk.tree(''), context).toEqual(isNew ? wanted : old);
      if (isDone) expect(isNew, context).toBe(true);

      // Life goes on: the same once more, and back.
      if (what === 'commit') {
        if (!isNew) expect(await commitChange('/p', change, good), context).toMatchObject({ written: true });
        expect(disk.tree(''), context).toEqual(wanted);
        expect(await undoLast('/p', good), context).toMatchObject({ undone: true });
        expect(disk.tree(''), context).toEqual(old);
      } else if (!isNew) {
        expect(await undoLast('/p', good), context).toMatchObject({ undone: true });
        expect(disk.tree(''), context).toEqual(wanted);
      }
      expect(await commitChange('/p', more, good), context).toMatchObject({ written: true });
      expect(await undoLast('/p', good), context).toMatchObject({ undone: true, remaining: 0 });
      expect(disk.list('/p/.nb2mod'), context).toEqual(['.gitignore', 'runs']);
      expect(disk.list('/p/.nb2mod/runs'), context).toEqual([]);
    }
    // Both take dozens of operations; far fewer would mean that the faults go past them.
    expect(at).toBeGreaterThan(50);
  });
});

describe('a run that was killed', () => {
  /** Kills a commit when `path` is about to be replaced. */
  async function killBefore(change: Change, path: string): Promise<void> {
    let isDead = false;
    const mortal = wrap(quick, (name, given) => {
      isDead ||= name === 'rename' && String(given[1]).endsWith(path);
      if (isDead) throw new Kill(name);
    });
    await expect(commitChange(root, change, { operations: mortal })).rejects.toThrow(Kill);
  }

  test('is taken back by the next run, which then does its own work', async () => {
    const change = setUp();
    const before = tree();
    await killBefore(change, 'churn.ipynb');
    expect(tree()).not.toEqual(before);
    const result = await commitChange(root, changeOf({ 'project/gone.py': ['gone\n', 'back\n'] }), {
      operations,
    });
    expect({ written: result.written, codes: codesOf(result.diagnostics) }).toEqual({
      written: true,
      codes: ['NB506'],
    });
    expect(tree()).toEqual({ ...before, 'project/gone.py': '644 back\n' });
  });

  test('is what `undo` takes back', async () => {
    const change = setUp();
    const before = tree();
    await killBefore(change, 'churn.ipynb');
    expect(await undoLast(root, { operations })).toMatchObject({ undone: true, remaining: 0 });
    expect(tree()).toEqual(before);
  });

  test('and whose file was edited since waits for the user; undo --force keeps the edit aside', async () => {
    const change = setUp();
    const before = tree();
    await killBefore(change, 'churn.ipynb');
    write('project/src/churn/data.py', 'my edit', 0o640);
    const between = tree();
    expect(codesOf(await recover(root, { operations }))).toEqual(['NB507']);
    expect(codesOf((await commitChange(root, change, { operations })).diagnostics)).toEqual(['NB507']);
    expect(codesOf((await undoLast(root, { operations })).diagnostics)).toEqual(['NB507']);
    expect(tree()).toEqual(between);
    expect(await undoLast(root, { forced: true, operations })).toMatchObject({ undone: true });
    expect(tree()).toEqual(before);
    expect(readFileSync(join(root, '.nb2mod/runs/000001.overwritten/0.edited-data.py'), 'utf8')).toBe(
      'my edit',
    );
    expect(await recover(root, { operations })).toEqual([]);
  });
});
