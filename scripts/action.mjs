/**
 * What the GitHub Action runs (action.yml): looks at the notebooks that git knows below NB2MOD_PATHS, for what
 * NB2MOD_CHECK names. Exit code 1 where something is found, 2 for bad input.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const wordsOf = (text) => (text ?? '').split(/\s+/).filter(Boolean);
const checks = wordsOf(process.env.NB2MOD_CHECK ?? 'strip');
const paths = wordsOf(process.env.NB2MOD_PATHS);

function fail(message) {
  console.log(`::error::${message}`);
  process.exit(2);
}

const commands = {
  strip: ['strip', '--check'],
  // Results are for the other check.
  extract: ['extract', '--check', '--keep-outputs'],
};
const unknown = checks.filter((check) => !Object.hasOwn(commands, check));
if (unknown.length > 0 || checks.length === 0)
  fail(`check must be 'strip', 'extract' or both, not '${checks.join(' ')}'`);

const listed = spawnSync('git', ['ls-files', '-z', '--', ...paths], { encoding: 'utf8' });
if (listed.status !== 0) fail(`git cannot list the files: ${(listed.stderr ?? '').trim()}`);
const notebooks = listed.stdout.split('\0').filter((path) => path.endsWith('.ipynb'));
if (notebooks.length === 0) {
  console.log('no notebooks');
  process.exit(0);
}

let worst = 0;
for (const check of checks) {
  console.log(`::group::nb2mod ${commands[check].join(' ')} (${notebooks.length} notebooks)`);
  // Piece by piece: a command line holds only so much.
  let status = 0;
  const pieces =
    check === 'extract'
      ? [notebooks]
      : Array.from({ length: Math.ceil(notebooks.length / 200) }, (_, i) =>
          notebooks.slice(i * 200, i * 200 + 200),
        );
  for (const piece of pieces) {
    const result = spawnSync(process.execPath, [program, ...commands[check], ...piece], { stdio: 'inherit' });
    status = Math.max(status, result.status ?? 2);
  }
  console.log('::endgroup::');
  if (status === 1)
    console.log(
      `::error::${{ strip: 'notebooks hold results: nb2mod strip takes them out', extract: 'definitions could move into modules: nb2mod extract moves them' }[check]}`,
    );
  worst = Math.max(worst, status);
}
process.exitCode = worst;
