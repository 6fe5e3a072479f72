import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { filterOf, findNotebooks, type FindOptions } from '../src/files/find.ts';
import { askGit } from '../src/files/git.ts';
import { readLimited } from '../src/files/read.ts';
import { cannotWrite } from '../src/files/trouble.ts';

let base: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-files-')));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function write(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), '{}');
  }
}

describe.runIf(process.platform !== 'win32')('git that cannot be asked', () => {
  test.each([
    ['nowhere', 127, 'there is no git on the PATH'],
    ['git', 126, 'git cannot be run: permission denied'],
  ])('%s', (name, status, stderr) => {
    write(name);
    expect(askGit(['--version'], { env: { PATH: base } })).toMatchObject({ status, stderr });
  });
});

describe('reading', () => {
  const read = (path: string, limit?: number): string => {
    const result = readLimited(join(base, path), limit);
    return 'bytes' in result
      ? Buffer.from(result.bytes).toString()
      : `${result.diagnostic.code} ${result.diagnostic.message}`;
  };
  test('gives the bytes, also of an empty file, also through a link', () => {
    write('a.ipynb');
    symlinkSync('a.ipynb', join(base, 'b.ipynb'));
    writeFileSync(join(base, 'empty'), '');
    expect([read('a.ipynb'), read('b.ipynb'), read('empty')]).toEqual(['{}', '{}', '']);
  });
  test('stops at the limit', () => {
    write('a.ipynb');
    expect(read('a.ipynb', 2)).toBe('{}');
    expect(read('a.ipynb', 1)).toBe('NB511 is too large: 2 bytes, and at most 1 bytes are read');
  });
  test.each([
    ['nothing', 'NB510 cannot be read: there is no such file'],
    ['.', 'NB510 is a folder, not a file'],
    ['a.ipynb/b', 'NB510 cannot be read: a file stands where a folder is needed'],
    ['circle', 'NB510 cannot be read: its symbolic links lead in a circle'],
  ])('of %s says %s', (path, message) => {
    write('a.ipynb');
    symlinkSync('circle', join(base, 'circle'));
    expect(read(path)).toBe(message);
  });
  test('of a device does not wait', () => {
    const result = readLimited('/dev/null');
    expect('diagnostic' in result && result.diagnostic.message).toBe('is not a regular file');
  });
});

describe('finding notebooks', () => {
  const find = (...paths: string[]): { paths: string[]; codes: string[] } => {
    const found = findNotebooks(paths.map((path) => join(base, path)));
    return {
      paths: found.paths.map((path) => path.slice(base.length + 1)),
      codes: found.diagnostics.map(({ code, place }) => `${code} ${place?.path.slice(base.length + 1)}`),
    };
  };
  test('searches folders, but not hidden ones nor those of tools', () => {
    write('b.ipynb', 'a/c.ipynb', 'a/B/d.ipynb', 'a/notes.md', 'a/.ipynb_checkpoints/c-checkpoint.ipynb');
    write('venv/x.ipynb', 'node_modules/x.ipynb', '.git/x.ipynb', 'lib/site-packages/x.ipynb');
    expect(find('.')).toEqual({ paths: ['a/B/d.ipynb', 'a/c.ipynb', 'b.ipynb'], codes: [] });
  });
  test('takes a named file whatever its name, and each file once, in whatever order they are named', () => {
    write('a/c.ipynb', 'notes.txt', '.hidden/x.ipynb');
    symlinkSync('a/c.ipynb', join(base, 'z.ipynb'));
    const expected = { paths: ['.hidden/x.ipynb', 'a/c.ipynb', 'notes.txt'], codes: [] };
    expect(find('z.ipynb', 'notes.txt', '.hidden', 'a', 'a/c.ipynb')).toEqual(expected);
    expect(find('a/c.ipynb', 'a', '.hidden', 'notes.txt', 'z.ipynb')).toEqual(expected);
  });
  test('does not follow links to folders, so that a circle of them ends', () => {
    write('a/c.ipynb');
    symlinkSync('..', join(base, 'a/up'));
    expect(find('a')).toEqual({ paths: ['a/c.ipynb'], codes: [] });
  });
  const only = (options: FindOptions, ...paths: string[]): string[] =>
    findNotebooks(
      paths.map((path) => join(base, path)),
      { root: base, ...options },
    ).paths.map((path) => path.slice(base.length + 1));
  test('what .gitignore names is not searched, that of each folder below the top of the worktree', () => {
    write('a.ipynb', 'tmp/b.ipynb', 'c/d.ipynb', 'c/keep.ipynb', 'c/e/f.ipynb', 'named.ipynb');
    writeFileSync(join(base, '.gitignore'), 'tmp/\n/named.ipynb\n*.ipynb\n!a.ipynb\n!c/**\n');
    writeFileSync(join(base, 'c/.gitignore'), 'd.*\n');
    expect(only({}, '.')).toEqual(['a.ipynb', 'c/e/f.ipynb', 'c/keep.ipynb']);
    expect(only({ gitignore: false }, 'c')).toEqual(['c/d.ipynb', 'c/e/f.ipynb', 'c/keep.ipynb']);
    // A worktree's rules hold from its top, wherever the search begins; what is named is wanted.
    expect(only({}, 'c')).toEqual(['c/e/f.ipynb', 'c/keep.ipynb']);
    mkdirSync(join(base, '.git/info'), { recursive: true });
    writeFileSync(join(base, '.git/info/exclude'), 'f.ipynb\n');
    writeFileSync(join(base, '.gitignore'), 'keep.ipynb\n');
    expect(only({}, 'c')).toEqual([]);
    expect(only({}, 'named.ipynb')).toEqual(['named.ipynb']);
  });
  test.runIf(process.platform === 'linux')('a name in another case is another name', () => {
    write('a.ipynb', 'Drafts/b.ipynb');
    writeFileSync(join(base, '.gitignore'), 'A.ipynb\n');
    expect(only({ exclude: ['drafts/'] }, '.')).toEqual(['Drafts/b.ipynb', 'a.ipynb']);
    expect(filterOf(base, ['Drafts/'])(join(base, 'drafts/b.ipynb'))).toBe(false);
  });
  test('what is excluded is left out, named or found', () => {
    write('a.ipynb', 'drafts/b.ipynb', 'c/a.ipynb', 'c/x/a.ipynb');
    expect(only({ exclude: ['drafts/', '/a.ipynb'] }, '.', 'a.ipynb')).toEqual(['c/a.ipynb', 'c/x/a.ipynb']);
    expect(only({ exclude: ['a.ipynb', '!c/a.ipynb'] }, '.')).toEqual(['c/a.ipynb', 'drafts/b.ipynb']);
  });
  test('says what is missing, and goes on', () => {
    write('a.ipynb', 'empty/notes.md');
    expect(find('gone.ipynb', 'empty', 'a.ipynb')).toEqual({
      paths: ['a.ipynb'],
      codes: ['NB510 gone.ipynb', 'NB512 empty'],
    });
  });
});

describe('what the operating system refuses', () => {
  test.each([
    ['ENOSPC', 'cannot be written: the disk is full; nothing was changed'],
    ['EACCES', 'cannot be written: permission denied; nothing was changed'],
    ['EXDEV', 'cannot be written: the operating system says EXDEV; nothing was changed'],
  ])('%s is told as %s', (code, message) => {
    const diagnostic = cannotWrite('a.ipynb', Object.assign(new Error(code), { code }));
    expect(diagnostic.message).toBe(message);
    expect(diagnostic.hint).toBeTruthy();
  });
  test('an error of our own is thrown on', () => {
    expect(() => cannotWrite('a.ipynb', new TypeError('ours'))).toThrow('ours');
  });
});
