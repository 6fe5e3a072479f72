/**
 * `npm run demo`: extracts a copy of the notebook in fixtures/demo, and shows the diff, the module and the notebook
 * afterwards. Nothing outside a new temporary folder is touched.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const isColoured = process.env.NO_COLOR ? false : (process.stdout.isTTY ?? false);
const paint = (code, text) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);

const folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-demo-'))), 'retention');
mkdirSync(folder);
const fixtures = join(root, 'fixtures', 'demo');
for (const name of readdirSync(fixtures).sort()) copyFileSync(join(fixtures, name), join(folder, name));

function title(text) {
  console.log(`\n${paint('1;36', `== ${text} ${'='.repeat(Math.max(0, 96 - text.length))}`)}\n`);
}

/** Runs the command line in the folder, with what it writes going where ours goes. */
function nb2mod(...args) {
  console.log(paint('1', `$ nb2mod ${args.join(' ')}`));
  const colour = isColoured ? 'always' : 'never';
  const cli = join(root, 'dist', 'cli.js');
  // One stream, so that a pipe shows the same as the terminal.
  const { status, error } = spawnSync(process.execPath, [cli, '--color', colour, ...args], {
    cwd: folder,
    stdio: ['ignore', 1, 1],
  });
  if (status !== 0) {
    console.error(`demo: nb2mod ended with ${error?.message ?? `exit code ${status}`}`);
    process.exit(1);
  }
}

/** The cells of a notebook as text, outputs as one line each. */
function showNotebook(path) {
  for (const [index, cell] of JSON.parse(readFileSync(path, 'utf8')).cells.entries()) {
    const kind = cell.cell_type === 'code' ? '' : ` (${cell.cell_type})`;
    console.log(paint('2', `-- cell ${index + 1}${kind}`));
    console.log([cell.source].flat().join(''));
    for (const output of cell.outputs ?? []) console.log(paint('2', `[${output.output_type}]`));
  }
}

title('The diff, before anything is written');
nb2mod('extract', '--dry-run', 'churn.ipynb');
title('Extract');
nb2mod('extract', 'churn.ipynb');
title('The module: src/retention/churn.py');
process.stdout.write(readFileSync(join(folder, 'src', 'retention', 'churn.py'), 'utf8'));
title('The notebook afterwards: churn.ipynb');
showNotebook(join(folder, 'churn.ipynb'));
console.log(`\nLook around in ${folder}`);
console.log(`To bring everything back there: node ${join(root, 'dist', 'cli.js')} undo --root ${folder}`);
