/**
 * Measures `extract` on a folder of notebooks that nobody here wrote:
 *
 *     npm run corpus -- <folder> [--json FILE] [--keep DIR] [--filter TEXT] [--jobs N] [--execute]
 *
 * Each notebook is copied, with the .py files beside it and what it runs by `%run`, into a project of its own, extracted
 * through the built command line, and extracted again. What is left on the disk is judged by Ruff and by
 * scripts/corpus-check.py, which share no code with nb2mod. `--json` writes everything about each notebook, `--keep` keeps
 * the projects, `--filter` takes only notebooks whose path contains the text. `--execute` runs them in kernels instead,
 * before and after; its options stand in scripts/execute.mjs.
 */
import { fork, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';

const here = fileURLToPath(new URL('.', import.meta.url));

if (process.argv.includes('--execute')) {
  const args = process.argv.slice(2).filter((arg) => arg !== '--execute');
  const { status } = spawnSync(process.execPath, [join(here, 'execute.mjs'), ...args], { stdio: 'inherit' });
  process.exit(status ?? 2);
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    keep: { type: 'string' },
    filter: { type: 'string' },
    jobs: { type: 'string', default: '2' },
  },
});
const [folder] = positionals;
if (folder === undefined || positionals.length > 1 || !existsSync(folder)) {
  console.error(
    folder === undefined || positionals.length > 1
      ? 'usage: npm run corpus -- <folder> [--json FILE] [--keep DIR] [--filter TEXT] [--jobs N]; or --execute and what scripts/execute.mjs takes'
      : `corpus: there is no ${folder}`,
  );
  process.exit(2);
}
const chunks = readdirSync(join(here, '..', 'dist')).filter(
  (name) => name.endsWith('.js') && name !== 'cli.js',
);
const circular = chunks.find((name) =>
  readFileSync(join(here, '..', 'dist', name), 'utf8').includes('./cli.js'),
);
if (circular !== undefined)
  throw new Error(`dist/${circular} imports the entry: corpus-worker.mjs would run it twice`);
const python = ['python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0);
if (python === undefined) {
  console.error(
    'corpus: Python 3.9 or newer is needed to judge the modules; there is no python3 on the PATH.',
  );
  process.exit(2);
}

const version = spawnSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
  encoding: 'utf8',
}).stdout.trim();

/** Every notebook below `from`, sorted; hidden folders are passed over. */
function findNotebooks(from) {
  return readdirSync(from, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(from, entry.name);
      if (entry.isDirectory()) return findNotebooks(path);
      return entry.isFile() && entry.name.endsWith('.ipynb') ? [path] : [];
    })
    .sort();
}

/** Every file below the folder but undo state, as path → bytes in latin1. */
function snapshot(root, prefix = '') {
  const found = {};
  for (const entry of readdirSync(join(root, prefix), { withFileTypes: true })) {
    if (entry.name === '.nb2mod') continue;
    const path = join(prefix, entry.name);
    if (entry.isDirectory()) Object.assign(found, snapshot(root, path));
    else found[path] = readFileSync(join(root, path), 'latin1');
  }
  return found;
}

/** A process that runs the command line, one run at a time; started anew when a run takes it down. */
function startWorker() {
  let child = null;
  return {
    run: (args, cwd) =>
      new Promise((settle) => {
        // One that died between two runs is of no use.
        if (child !== null && !child.connected) child = null;
        child ??= fork(join(here, 'corpus-worker.mjs'), { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
        const err = [];
        const gather = (part) => err.push(part);
        const end = (answer) => {
          clearTimeout(timer);
          child?.removeAllListeners();
          child?.stderr.off('data', gather);
          if (answer.isDown) {
            child?.kill('SIGKILL');
            child = null;
          }
          settle(answer);
        };
        const down = (why) =>
          end({ isDown: true, out: '', err: '', exitCode: null, milliseconds: 0, crash: why });
        const timer = setTimeout(() => down('killed after two minutes'), 120_000);
        child.stderr.on('data', gather);
        child.once('message', end);
        child.once('exit', (code, signal) =>
          down(`the process ended: ${code ?? signal}\n${Buffer.concat(err)}`),
        );
        child.send({ args, cwd });
      }),
    stop: () => child?.kill(),
  };
}

/** What is known of one notebook after extracting it twice. */
async function extract(notebook, index, place, worker) {
  const root = join(
    place,
    `${String(index + 1).padStart(4, '0')}-${basename(notebook, '.ipynb').replace(/[^\w-]+/g, '_')}`,
  );
  mkdirSync(root, { recursive: true });
  const copy = join(root, basename(notebook));
  copyFileSync(notebook, copy);
  // What it imports or runs lies beside it for its user, too.
  const runs = [...readFileSync(notebook, 'utf8').matchAll(/%run\s+(?:-\w\s+)*\\?["']?([^\s"'\\]+)/g)];
  const wanted = new Set(runs.flatMap(([, name]) => [name, `${name}.ipynb`]));
  for (const name of readdirSync(dirname(notebook))) {
    const beside = join(dirname(notebook), name);
    const isWanted = name.endsWith('.py') || (wanted.has(name) && beside !== notebook);
    if (isWanted && statSync(beside).isFile()) copyFileSync(beside, join(root, name));
  }
  const args = ['extract', '--json', '--root', root, copy];
  const first = await worker.run(args, root);
  const result = {
    notebook: relative(folder, notebook),
    root,
    copy,
    milliseconds: first.milliseconds,
    crash: first.crash,
  };
  let report = null;
  try {
    report = JSON.parse(first.out);
  } catch {
    result.crash ??= `no report; exit code ${first.exitCode}\n${first.err}`;
  }
  const after = snapshot(root);
  const second = await worker.run(args, root);
  const again = snapshot(root);
  const changed = [...new Set([...Object.keys(after), ...Object.keys(again)])].filter(
    (path) => after[path] !== again[path],
  );
  return {
    ...result,
    exitCode: first.exitCode,
    report,
    changedAgain: changed.sort(),
    secondExitCode: second.exitCode,
  };
}

/** Ruff's findings in `text` by the rules given; a syntax error has the code `syntax`. */
// Ruff's code is compiled quickly rather than well: it runs for a second.
for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
const require = createRequire(import.meta.url);
const { Workspace, PositionEncoding } = require(join(here, '..', 'dist', 'ruff', 'ruff_wasm.cjs'));
function ruffWith(select) {
  const workspace = new Workspace(
    { 'target-version': 'py312', lint: { select }, preview: false },
    PositionEncoding.Utf16,
  );
  return (text) =>
    workspace.check(text).map(({ code, message, start_location: { row } }) => ({
      code: code === null || code === 'invalid-syntax' ? 'syntax' : code,
      line: row,
      message,
    }));
}
const checkModule = ruffWith(['F821', 'F401', 'F811']);
const checkNotebook = ruffWith(['F821']);

/** Names that are undefined in the notebook as it is now, and were not before. */
function newlyUndefined([before, after]) {
  const undefinedIn = (text) =>
    checkNotebook(text)
      .filter(({ code }) => code === 'F821')
      .map(({ message }) => message);
  const known = new Set(undefinedIn(before));
  return [...new Set(undefinedIn(after))].filter((message) => !known.has(message));
}

const started = performance.now();
const notebooks = findNotebooks(resolve(folder)).filter(
  (path) => options.filter === undefined || path.includes(options.filter),
);
const place =
  options.keep === undefined ? mkdtempSync(join(tmpdir(), 'nb2mod-corpus-')) : resolve(options.keep);
if (options.keep !== undefined) mkdirSync(place, { recursive: true });
const results = [];
let next = 0;
await Promise.all(
  Array.from({ length: Math.max(1, Number(options.jobs)) }, async () => {
    const worker = startWorker();
    for (let index = next++; index < notebooks.length; index = next++) {
      results[index] = await extract(notebooks[index], index, place, worker);
      if (process.stderr.isTTY) process.stderr.write(`\r${index + 1}/${notebooks.length} `);
    }
    worker.stop();
  }),
);
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');

/** The modules that were written, absolute; `__init__.py` too. */
function modulesOf({ root, report }) {
  return (report?.modules ?? []).map(({ path }) => join(root, path)).filter((path) => existsSync(path));
}
const tasks = results.map((result, index) => ({
  before: notebooks[index],
  after: result.copy,
  source_root: join(result.root, 'src'),
  modules: modulesOf(result),
}));
const judged = spawnSync(python, [join(here, 'corpus-check.py')], {
  input: JSON.stringify(tasks),
  maxBuffer: 2 ** 30,
  encoding: 'utf8',
});
if (judged.status !== 0) {
  console.error(`corpus: corpus-check.py failed\n${judged.stderr}`);
  process.exit(2);
}
const judgements = JSON.parse(judged.stdout);
for (const [index, result] of results.entries()) {
  const { python: sources, ...judgement } = judgements[index];
  result.judgement = judgement;
  result.ruff = modulesOf(result).flatMap((path) => {
    const isInit = basename(path) === '__init__.py';
    return checkModule(readFileSync(path, 'utf8'))
      .filter(({ code }) => !(isInit && code === 'F401'))
      .map((finding) => ({ module: relative(result.root, path), ...finding }));
  });
  // What Ruff reads and this Python doesn't is syntax of a newer Python, as the notebook has it.
  const isSyntaxFine = !result.ruff.some(({ code }) => code === 'syntax');
  result.isNewer = isSyntaxFine && judgement.compile.length > 0;
  result.compile = isSyntaxFine ? [] : judgement.compile;
  result.undefined = result.isNewer ? [] : newlyUndefined(sources);

  const listed = result.report?.notebooks?.[0] ?? { moved: [], kept: [], diagnostics: [] };
  const reported = [...listed.moved, ...listed.kept].filter(({ kind }) => kind !== 'constant');
  // Python's own reader normalises identifiers.
  const key = ({ name, cell }) => `${name.normalize('NFKC')} in cell ${cell}`;
  const count = (keys) => keys.reduce((map, each) => map.set(each, (map.get(each) ?? 0) + 1), new Map());
  const [wanted, given] = [
    count(judgement.listed.map(([name, cell]) => `${name} in cell ${cell}`)),
    count(reported.map(key)),
  ];
  result.notListed = [...wanted]
    .filter(([each, number]) => (given.get(each) ?? 0) < number)
    .map(([each]) => each);
  result.listedTwice = [...given]
    .filter(([each, number]) => wanted.has(each) && wanted.get(each) < number)
    .map(([each]) => each);
  // def and class by Python's own reading where the cell parses, else by the report's: lambdas are not counted.
  const lambdas = new Set(
    judgement.listed
      .filter(([, , , kind]) => kind === 'lambda')
      .map(([name, cell]) => `${name} in cell ${cell}`),
  );
  const isCounted = (each) => each.kind !== 'constant' && !lambdas.has(key(each));
  result.moved = listed.moved.filter(isCounted);
  result.kept = listed.kept.filter(isCounted);
  result.errors = [...(result.report?.diagnostics ?? []), ...listed.diagnostics];
}

const sum = (of) => results.reduce((total, result) => total + of(result), 0);
const having = (of) => results.filter(of);
const tally = (codes) => {
  const counts = new Map();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
};
const definitions = sum(({ moved, kept }) => moved.length + kept.length);
const moved = sum((result) => result.moved.length);
const share = definitions === 0 ? '' : ` (${((100 * moved) / definitions).toFixed(1)} %)`;
const seconds = results.reduce((total, { milliseconds }) => total + milliseconds, 0) / 1000;
const byCode = (result) => [...new Set(result.errors.map(({ code }) => code))];
const findings = (code) => having(({ ruff }) => ruff.some((finding) => finding.code === code));
const names = (list) => list.map(({ notebook }) => notebook);

const rows = [
  ['notebooks', results.length],
  ['  with definitions', having(({ moved, kept }) => moved.length + kept.length > 0).length],
  ['  crashed', having(({ crash }) => crash !== null)],
  ['  exit code not 0', having(({ exitCode }) => exitCode !== 0)],
  ...tally(results.flatMap(byCode)).map(([code, number]) => [`  with ${code}`, number]),
  ['top-level def and class', definitions],
  ['  moved', `${moved}${share}`],
  ...tally(results.flatMap(({ kept }) => kept.map(({ code }) => code))).map(([code, number]) => [
    `  kept ${code}`,
    number,
  ]),
  [
    '  kept without a reason',
    having(({ kept }) => kept.some(({ code, message, hint }) => !code || !message || !hint)),
  ],
  ['  not listed', having(({ notListed }) => notListed.length > 0)],
  ['  listed too often', having(({ listedTwice }) => listedTwice.length > 0)],
  ['modules written', sum((result) => modulesOf(result).length)],
  ['notebooks whose modules have', ''],
  ['  undefined names (F821)', findings('F821')],
  ['  unused imports (F401)', findings('F401')],
  ['  redefinitions (F811)', findings('F811')],
  ['  syntax errors', findings('syntax')],
  ['  compile errors', having(({ compile }) => compile.length > 0)],
  [`  syntax newer than Python ${version}`, having(({ isNewer }) => isNewer)],
  ['  import cycles', having(({ judgement }) => judgement.cycles.length > 0)],
  ['notebooks with newly undefined names', having((result) => result.undefined.length > 0)],
  ['notebooks that a second run changes', having(({ changedAgain }) => changedAgain.length > 0)],
  ['notebooks changed outside edited lines', having(({ judgement }) => judgement.bytes.length > 0)],
  ['notebooks a second and core', seconds === 0 ? '' : (results.length / seconds).toFixed(1)],
];
for (const [label, value] of rows) {
  const list = Array.isArray(value) ? value : null;
  const shown = list === null ? String(value) : String(list.length);
  console.log(`${label.padEnd(42)} ${shown.padStart(14)}`);
  for (const name of names(list ?? []).slice(0, 5)) console.log(`      ${name}`);
}
console.log(`(${((performance.now() - started) / 1000).toFixed(0)} s in all)`);

if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ folder, results }, null, 2)}\n`);
}
if (options.keep === undefined) rmSync(place, { recursive: true, force: true });
const isFaulty = having(
  ({ crash, ruff, compile, judgement, changedAgain }) =>
    crash !== null ||
    ruff.length +
      judgement.compile.length +
      judgement.cycles.length +
      judgement.bytes.length +
      changedAgain.length >
      0,
);
process.exitCode = isFaulty.length > 0 ? 1 : 0;
