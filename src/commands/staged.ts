/** Turns what is staged for a commit into the list of notebooks in it that still hold results. */
import { askGit } from '../files/git.ts';
import { writeAll } from '../files/stream.ts';
import { stripBytes } from '../notebook/strip-bytes.ts';
import { formatDiagnostic } from '../text/diagnostic.ts';
import { printable, printableLines } from '../text/printable.ts';
import { findConfiguration, openSettings } from './strip-options.ts';

/**
 * `nb2mod filter pre-commit`, what our git hook calls. Looks at the content that would be committed, not at the files in
 * the worktree.
 * @returns the exit code: 1 if a staged notebook is not stripped or is none, 2 if that cannot be found out
 */
export async function checkStaged(): Promise<number> {
  const { settings, diagnostics, isSound } = await openSettings(findConfiguration('.'), new Map());
  for (const diagnostic of diagnostics) writeAll(2, `${formatDiagnostic(diagnostic)}\n`);
  if (!isSound) return 2;
  const listed = askGit([
    'diff',
    '--cached',
    '--name-only',
    '--no-renames',
    '--diff-filter=ACM',
    '-z',
    '--',
    '*.ipynb',
    '*.zpln',
  ]);
  if (listed.status !== 0) {
    writeAll(2, `${listed.stderr}\n`);
    return 2;
  }
  // Paths as bytes in Latin-1 would not find their way back to git: it gives and takes UTF-8 here.
  const paths = listed.stdout.toString().split('\0').filter(Boolean);
  let isClean = true;
  for (const path of paths) {
    const content = askGit(['cat-file', 'blob', `:${path}`]);
    if (content.status !== 0) {
      writeAll(2, `${printable(path)}: ${printableLines(content.stderr)}\n`);
      return 2;
    }
    const stripping = stripBytes(path, content.stdout, settings);
    if ('diagnostic' in stripping) {
      writeAll(2, `${formatDiagnostic(stripping.diagnostic)}\n`);
      isClean = false;
    } else if (stripping.isChanged) {
      writeAll(
        2,
        `${printable(path)}: holds results; nb2mod strip ${JSON.stringify(path)} && git add it again\n`,
      );
      isClean = false;
    }
  }
  return isClean ? 0 : 1;
}
