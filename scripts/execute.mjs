/**
 * Runs notebooks before and after `extract` in kernels, and tells which show the same:
 *
 *     node scripts/execute.mjs <folder or notebook...> [--jobs N] [--timeout SECONDS] [--python PATH] [--filter TEXT] [--json FILE]
 *
 * Each notebook is extracted in a copy of its folder (its data lie beside it), with the built command line; then
 * `nb2mod verify` runs the original twice and the changed one once, without network where the platform allows, each
 * from a fresh copy. Nothing is written into <folder>. `npm run corpus -- <folder> --execute` does the same.
 */
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { preparePython, venvPython } from './python.mjs';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const largestCopied = 128 * 1024 * 1024;
const leftOut = new Set(['.git', 'node_modules', '.ipynb_checkpoints', '__pycache__', '.nb2mod']);

/** Every notebook below `from`, sorted; hidden folders are passed over. */
function findNotebooks(from) {
  if (!statSync(from).isDirectory()) return [from];
  return readdirSync(from, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(from, entry.name);
      if (entry.isDirectory()) return findNotebooks(path);
      return entry.isFile() && entry.name.endsWith('.ipynb') ? [path] : [];
    })
    .sort();
}

function call(args, cwd) {
  return new Promise((settle) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (part) => (out += part));
    child.stderr.on('data', (part) => (err += part));
    child.once('close', (status) => settle({ status, out, err }));
  });
}

const firstWith = (text, code) => text.split('\n').find((line) => line.includes(code));
/** The message of the first diagnostic, without its place. */
const reasonOf = (line) => line?.replace(/^.*?(NB\d+) /, '$1 ') ?? 'no reason given';

async function execute(notebook, index, place, { python, timeout }) {
  const work = join(place, String(index));
  const project = join(work, basename(dirname(notebook)) || 'project');
  try {
    await cp(dirname(notebook), project, {
      recursive: true,
      filter: (path) =>
        !leftOut.has(basename(path)) && existsSync(path) && statSync(path).size <= largestCopied,
    });
    const copy = join(project, basename(notebook));
    const before = join(work, 'before.ipynb');
    copyFileSync(notebook, before);
    const extracted = await call(['extract', '--json', '--root', project, copy], project);
    let report;
    try {
      report = JSON.parse(extracted.out);
    } catch {
      return { verdict: 'not extracted', reason: extracted.err.trim().split('\n').at(-1) };
    }
    const { moved = 0, definitions = 0 } = report.summary ?? {};
    if (moved === 0) return { verdict: 'nothing moved', moved, definitions };
    const options = ['--root', project, '--timeout', String(timeout), '--python', python, '--offline'];
    const verified = await call(['verify', before, copy, ...options], work);
    const { status, out, err } = verified;
    const stopped = firstWith(err, 'NB549');
    if (status === 2)
      return { verdict: 'could not run before', reason: reasonOf(firstWith(err, 'NB5')), moved };
    if (status === 1) return { verdict: 'different', reason: out.trim(), moved };
    if (stopped !== undefined) {
      const message = /NB549 the original stops here: (.*); only/.exec(stopped)?.[1];
      return { verdict: 'could not run before', reason: message ?? reasonOf(stopped), moved };
    }
    const compared = Number(/(\d+) outputs compared/.exec(out)?.[1] ?? 0);
    return { verdict: 'same', compared, moved, notCompared: (err.match(/NB548/g) ?? []).length };
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * @param {readonly string[]} paths notebooks or folders
 * @returns how many notebooks show something else
 */
export async function executeNotebooks(paths, { jobs = 2, timeout = 120, python, filter = '', json } = {}) {
  const notebooks = paths
    .flatMap((path) => findNotebooks(resolve(path)))
    .filter((path) => path.includes(filter));
  if (python === undefined) {
    const missing = preparePython();
    if (missing !== undefined) throw new Error(missing);
  }
  const place = mkdtempSync(join(tmpdir(), 'nb2mod-execute-'));
  const results = [];
  let next = 0;
  const work = async () => {
    while (next < notebooks.length) {
      const index = next++;
      const notebook = notebooks[index];
      const result = await execute(notebook, index, place, { python: python ?? venvPython, timeout });
      results[index] = { notebook: relative(process.cwd(), notebook), ...result };
      console.error(
        `${String(index + 1).padStart(4)}/${notebooks.length} ${result.verdict}: ${results[index].notebook}`,
      );
    }
  };
  mkdirSync(place, { recursive: true });
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, work));
  rmSync(place, { recursive: true, force: true });

  const having = (verdict) => results.filter((result) => result.verdict === verdict);
  const total = (of) => results.reduce((sum, result) => sum + (of(result) ?? 0), 0);
  console.log(
    `executed before and after                  ${having('same').length + having('different').length}`,
  );
  console.log(`  the same outputs                         ${having('same').length}`);
  console.log(`  different                                ${having('different').length}`);
  for (const { notebook, reason } of having('different'))
    console.log(`      ${notebook}\n        ${reason.replaceAll('\n', '\n        ')}`);
  console.log(`outputs compared                           ${total(({ compared }) => compared)}`);
  console.log(`  left to chance by the original           ${total(({ notCompared }) => notCompared)}`);
  console.log(`nothing moved, so not run                  ${having('nothing moved').length}`);
  console.log(`not extracted                              ${having('not extracted').length}`);
  for (const { notebook, reason } of having('not extracted')) console.log(`      ${notebook}: ${reason}`);
  console.log(`could not run before                       ${having('could not run before').length}`);
  const reasons = new Map();
  for (const { reason } of having('could not run before')) {
    const short = reason.slice(0, 90);
    reasons.set(short, (reasons.get(short) ?? 0) + 1);
  }
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]))
    console.log(`  ${String(count).padStart(4)}  ${reason}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  return having('different').length;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      jobs: { type: 'string', default: '2' },
      timeout: { type: 'string', default: '120' },
      python: { type: 'string' },
      filter: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const options = { ...values, jobs: Number(values.jobs), timeout: Number(values.timeout) };
  process.exitCode = (await executeNotebooks(positionals, options)) > 0 ? 1 : 0;
}
