/**
 * Runs nbstripout's own end-to-end tests against `nb2mod strip --format nbformat`:
 * `node scripts/nbstripout-suite.mjs <checkout> [--python <interpreter with pytest>]`, after `npm run build`.
 *
 * `<checkout>` is a clone of nbstripout or its unpacked source distribution. Its tests are copied to a temporary folder
 * and run there. They call what NBSTRIPOUT_EXE names: a shim that adds `--format nbformat` and puts nbstripout's
 * wording in front of our message about a broken notebook; it changes nothing else, neither output nor exit code.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { venvPython } from './python.mjs';

const [checkout, ...options] = process.argv.slice(2);
const optionOf = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);
const suite = 'tests/test_end_to_end.py';
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
if (checkout === undefined || !existsSync(join(checkout, suite)) || !existsSync(cli)) {
  console.error('usage: node scripts/nbstripout-suite.mjs <checkout of nbstripout> [--python <interpreter>]');
  console.error(`It needs ${suite} there, and dist/cli.js here (npm run build).`);
  process.exit(2);
}
const python = optionOf('--python') ?? (existsSync(venvPython) ? venvPython : 'python3');

const folder = mkdtempSync(join(tmpdir(), 'nbstripout-suite-'));
try {
  cpSync(join(checkout, 'tests'), join(folder, 'tests'), { recursive: true });
  const shim = join(folder, 'shim');
  const quote = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const said = String.raw`s/^stdin:.* NB10[1-4] .*/No valid notebook detected on stdin\n&/`;
  writeFileSync(
    shim,
    [
      '#!/bin/sh',
      `messages=${quote(folder)}/messages.$$`,
      `${quote(process.execPath)} ${quote(cli)} strip --format nbformat "$@" 2>"$messages"`,
      'status=$?',
      `sed ${quote(said)} "$messages" >&2`,
      'rm -f "$messages"',
      'exit $status',
      '',
    ].join('\n'),
    { mode: 0o755 },
  );
  const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-o', 'addopts=', '--tb=short', suite];
  const { status, error } = spawnSync(python, args, {
    cwd: folder,
    env: { ...process.env, NBSTRIPOUT_EXE: shim, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: 'inherit',
  });
  if (error !== undefined) console.error(`${python}: ${error.message}`);
  process.exitCode = status ?? 2;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
