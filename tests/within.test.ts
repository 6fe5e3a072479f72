/** Whether a path lies in a folder, and which folder holds several. */
import { posix, win32 } from 'node:path';
import { expect, test } from 'vitest';
import { commonFolder, pathWithin } from '../src/text/within.ts';

test.each([
  [posix, '/p', '/p', ''],
  [posix, '/p', '/p/a/b.py', 'a/b.py'],
  [posix, '/', '/a', 'a'],
  [posix, '/p', '/p/..a/b.py', '..a/b.py'],
  [posix, '/p', '/pq', undefined],
  [posix, '/p/q', '/p', undefined],
  [win32, 'C:\\p', 'c:\\p\\a\\b.py', 'a/b.py'],
  [win32, 'C:\\p', 'D:\\p\\a', undefined],
  [win32, 'C:\\p', '\\\\server\\share\\p', undefined],
])('%#: in %s lies %s as %s', (system, folder, path, within) => {
  expect(pathWithin(folder, path, system)).toBe(within);
});

test.each([
  [['/p/a', '/p/b/c'], '/p'],
  [['/p/a', '/p/ab'], '/p'],
  [['/p/a', '/p/a/b'], '/p/a'],
  [['/p', '/q'], '/'],
  [[], undefined],
])('%j lie together in %s', (folders, common) => {
  expect(commonFolder(folders)).toBe(common);
});
