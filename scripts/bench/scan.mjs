/**
 * Measures `scan` in notebooks a second beside what else reads notebooks: jupytext, nbconvert and Ruff, as far as
 * NB2MOD_BENCH_BIN names a folder that holds them. Each gets all the notebooks in one run. The notebooks are those below
 * NB2MOD_BENCH_NOTEBOOKS; without it, a graveyard of 1,000 is made. There the same cells stand in many notebooks, and what
 * is known of a cell is remembered: one in sixteen is new. Where most are, as in the notebooks of a documentation, a scan
 * takes three times as long, or more. So the table says how many of the code cells are new.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = here('../../dist/cli.js');
const { NB2MOD_BENCH_BIN: tools = '', NB2MOD_BENCH_NOTEBOOKS: named } = process.env;
const rounds = 3;

/** Copies every notebook below a folder into one, under numbers: the tools write beside what they read. */
function gather(from, to) {
  const paths = readdirSync(from, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ipynb') && !name.includes('.ipynb_checkpoints'))
    .sort();
  paths.forEach((path, i) => copyFileSync(join(from, path), join(to, `n${i}.ipynb`)));
  return paths.map((_, i) => `n${i}.ipynb`);
}

/** How many percent of the code cells are unlike all those before them. */
function shareOfNew(paths) {
  const cells = paths.flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    try {
      return (JSON.parse(text).cells ?? []).filter(({ cell_type }) => cell_type === 'code');
    } catch {
      return [];
    }
  });
  const sources = cells.map(({ source }) => [source ?? ''].flat().join(''));
  return Math.round((100 * new Set(sources).size) / Math.max(1, sources.length));
}

function time(command, args, cwd) {
  const start = process.hrtime.bigint();
  const { error, status, stderr } = spawnSync(command, args, { cwd, maxBuffer: 1 << 28 });
  // Ruff ends with 1 where it finds something.
  if (error !== undefined || status > 1) throw new Error(`${command} ${args[0]}: ${error ?? stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** @returns rows of [what, measured, beside what, ratio, target] */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'nb2mod-bench-'));
  try {
    const source = named === undefined ? join(folder, 'graveyard') : resolve(named);
    if (named === undefined) {
      spawnSync(process.execPath, [here('../graveyard.mjs'), source, '--count', '1000'], { stdio: 'ignore' });
    }
    const notebooks = join(folder, 'notebooks');
    mkdirSync(notebooks);
    const names = gather(source, notebooks);
    const contestants = {
      ours: [process.execPath, [program, 'scan', '--json', '.']],
      jupytext: [join(tools, 'jupytext'), ['--quiet', '--to', 'py', ...names]],
      nbconvert: [join(tools, 'jupyter'), ['nbconvert', '--log-level', '40', '--to', 'script', ...names]],
      ruff: [join(tools, 'ruff'), ['check', '--no-cache', '--quiet', '.']],
    };
    const best = new Map();
    for (let round = 0; round < rounds; round++) {
      for (const [name, [command, args]] of Object.entries(contestants)) {
        if (!existsSync(command)) continue;
        best.set(name, Math.min(best.get(name) ?? Infinity, time(command, args, notebooks)));
      }
    }
    const rate = (name) => `${(names.length / best.get(name)).toFixed(1)} a second`;
    const beside = [
      ['jupytext', 'jupytext --to py', 'at least 10'],
      ['nbconvert', 'nbconvert --to script', 'at least 10'],
      ['ruff', 'ruff check', ''],
    ].filter(([name]) => best.has(name));
    const share = shareOfNew(names.map((name) => join(notebooks, name)));
    const what = `scan of ${names.length} notebooks, ${share} % of their code cells new`;
    if (beside.length === 0) return [[what, rate('ours'), '', '', '']];
    return beside.map(([name, label, target]) => [
      what,
      rate('ours'),
      `${label}: ${rate(name)}`,
      (best.get(name) / best.get('ours')).toFixed(2),
      target,
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
