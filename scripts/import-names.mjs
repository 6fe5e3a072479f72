/**
 * Compares the modules that notebooks import with what the table of distributions gives for them:
 * `node scripts/import-names.mjs <folder> [--all]`, on a folder of notebooks or of such folders (each a project).
 *
 * Prints a line for each third-party module, the most frequent first (150 of them, or all), and how much is known, by
 * name and by notebook. Nothing is installed, asked or written.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const folder = process.argv[2];
if (folder === undefined || !existsSync(folder)) {
  console.error('usage: node scripts/import-names.mjs <folder> [--all]');
  process.exit(2);
}
const below = readdirSync(folder, { withFileTypes: true });
const isOne = below.some((entry) => entry.name === '.git' || entry.name.endsWith('.ipynb'));
const projects = isOne
  ? [resolve(folder)]
  : below.filter((entry) => entry.isDirectory()).map((entry) => resolve(join(folder, entry.name)));

const names = new Map();
for (const project of projects) {
  const options = ['--root', project, '--no-python', '--no-gitignore', '--dry-run', '--json'];
  const { stdout } = spawnSync(process.execPath, [cli, 'init', project, ...options], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for (const { module, distribution, from, files } of JSON.parse(stdout).imports) {
    const known = names.get(module) ?? { module, distribution, from, files: 0 };
    names.set(module, { ...known, files: known.files + files });
  }
}

const sorted = [...names.values()].sort((a, b) => b.files - a.files || (a.module < b.module ? -1 : 1));
const shown = process.argv.includes('--all') ? sorted : sorted.slice(0, 150);
for (const { module, distribution, from, files } of shown) {
  const given = distribution ?? (from === 'nowhere' ? '(no distribution brings it)' : '(not known)');
  console.log(`${String(files).padStart(6)}  ${module.padEnd(36)} ${given}`);
}
const count = (list) => list.reduce((sum, { files }) => sum + files, 0);
const known = sorted.filter(({ from }) => from !== 'unknown');
const share = (part, whole) => `${part} of ${whole} (${((100 * part) / Math.max(whole, 1)).toFixed(1)} %)`;
console.log(`known by name: ${share(known.length, sorted.length)}`);
console.log(`known by import in a notebook: ${share(count(known), count(sorted))}`);
