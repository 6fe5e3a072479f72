/**
 * Runs notebooks before and after `extract` in kernels, and tells which show the same:
 *
 *     node scripts/execute.mjs <folder or notebook...> [--match PATTERN] [--limit N] [--jobs N] [--timeout SECONDS]
 *                              [--total SECONDS] [--python PATH] [--warm MODULES] [--together] [--layout LAYOUT]
 *                              [--json FILE]
 *
 * Each notebook is extracted in a copy of its folder (its data lie beside it), with the built command line; with
 * `--together` all notebooks of a folder are extracted as one project first, so that they share modules; `--layout` says
 * in which layout. Then `nb2mod verify` runs the original and the changed one, and the original again if they differ,
 * without network where the platform allows, each from a fresh copy. Nothing is written into <folder>.
 * `npm run corpus -- <folder> --execute` does the same.
 *
 * `--match` takes only notebooks whose path matches a regular expression, `--limit` stops when so many have been
 * executed (taken from all over the folder, not from its beginning), `--timeout` is for each cell, `--total` for each
 * notebook with all its runs. `--warm numpy,pandas` forks kernels from a process that has imported these already
 * (scripts/warm.py): several times as fast where many notebooks are run. A notebook that imports at the left margin
 * what `python` has not is told without running.
 */
import { fork, spawn, spawnSync } from 'node:child_process';
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
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { preparePython, venvPython } from './python.mjs';

const largestCopied = 128 * 1024 * 1024;
/** A whole collection is copied for each notebook if what is not a notebook in it is no larger. */
const largestCollection = 24 * 1024 * 1024;
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

/** How many bytes of files that are no notebooks `folder` holds; `largest` stops the counting. */
function sizeOfData(folder, largest) {
  let size = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (size > largest) break;
    const path = join(folder, entry.name);
    if (leftOut.has(entry.name)) continue;
    if (entry.isDirectory()) size += sizeOfData(path, largest - size);
    else if (entry.isFile() && !entry.name.endsWith('.ipynb')) size += statSync(path).size;
  }
  return size;
}

/**
 * The collection that a notebook stands in, of those given, and the folder that it is copied with: the collection, as
 * data often lie beside its folder, or just its folder.
 */
function surroundingsOf(notebook, paths) {
  const given = paths.find((path) => notebook.startsWith(path + sep) && statSync(path).isDirectory());
  const isSmall = given !== undefined && sizeOfData(given, largestCollection) <= largestCollection;
  return { collection: given ?? dirname(notebook), folder: isSmall ? given : dirname(notebook) };
}

const isCopied = (path) =>
  !leftOut.has(basename(path)) && existsSync(path) && statSync(path).size <= largestCopied;

const layoutOptions = (layout) => (layout === undefined ? [] : ['--layout', layout]);

/** Extracts all notebooks of a collection as one project, in a copy of what is needed for it: that copy, and the answer. */
async function extractTogether(collection, place, call, options) {
  const project = join(place, basename(collection) || 'project');
  await cp(collection, project, {
    recursive: true,
    filter: (path) =>
      isCopied(path) && (statSync(path).isDirectory() || /\.(?:ipynb|py|toml|cfg)$/.test(path)),
  });
  return {
    project,
    ...(await call(['extract', '--json', ...options, '--root', project, project], project, 900)),
  };
}

/**
 * A process that runs the built command line again and again. Past the limit it is asked to stop, as by Ctrl-C, and its
 * kernels with it; when that does no good it is killed and started anew.
 */
function startWorker() {
  let child;
  return {
    call: (args, cwd, seconds = 300) =>
      new Promise((settle) => {
        if (child === undefined || !child.connected) {
          child = fork(fileURLToPath(new URL('corpus-worker.mjs', import.meta.url)), {
            stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
          });
        }
        let isLate = false;
        const end = (signal) => {
          isLate = true;
          child.kill(signal);
        };
        const timers = [
          setTimeout(end, seconds * 1000, 'SIGTERM'),
          setTimeout(end, (seconds + 60) * 1000, 'SIGKILL'),
        ];
        const answer = ({ exitCode, out, err, crash }) => {
          timers.forEach(clearTimeout);
          child.removeAllListeners();
          settle({ status: exitCode, out, err: crash ?? err, isLate });
        };
        child.once('message', answer);
        child.once('exit', () => answer({ exitCode: 2, out: '', err: 'the process ended', crash: null }));
        child.send({ args, cwd });
      }),
    stop: () => child?.kill(),
  };
}

/** Starts warm.py, without network where the platform allows. Gives back what to use in place of `python`. */
async function warmPython(python, modules, folder) {
  const script = fileURLToPath(new URL('warm.py', import.meta.url));
  const base = ['IPython', 'ipykernel.kernelapp', 'ipykernel.ipkernel', 'nbclient', 'nbformat'];
  const own = [python, script, folder, ...base, ...modules.split(',').filter((name) => name !== '')];
  const isolate = ['unshare', '--map-root-user', '--net'];
  const isLinux = spawnSync(isolate[0], [...isolate.slice(1), 'true']).status === 0;
  const [command, ...args] = isLinux ? [...isolate, ...own] : own;
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, PYTHONHASHSEED: '0' };
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
  const isReady = await new Promise((settle) => {
    child.stdout.once('data', () => settle(true));
    child.once('close', () => settle(false));
  });
  if (!isReady) throw new Error(`${own.join(' ')} does not run`);
  return { path: join(folder, 'python'), stop: () => child.stdin.end() };
}

/** The top-level modules that a notebook imports at the left margin of a cell, without conditions. */
function importsOf(notebook) {
  let cells;
  try {
    cells = JSON.parse(readFileSync(notebook, 'utf8').replace(/^\ufeff/, '')).cells ?? [];
  } catch {
    return [];
  }
  const found = new Set();
  for (const { cell_type: kind, source } of cells) {
    if (kind !== 'code') continue;
    const text = Array.isArray(source) ? source.join('') : String(source);
    if (/^\s*%%(?!time|capture)/.test(text)) continue;
    for (const [, from, list] of text.matchAll(/^(?:from +(\w+)[\w.]* +import\b|import +([\w., ]+))/gm)) {
      for (const part of from === undefined ? list.split(',') : [from]) {
        const name = /^\s*(\w+)/.exec(part)?.[1];
        if (name !== undefined) found.add(name);
      }
    }
  }
  return [...found];
}

/** Those of the modules that `python` can't find. */
function missingOf(modules, python) {
  const program =
    'import importlib.util, json, sys\n' +
    'names = json.load(sys.stdin)\n' +
    'print(json.dumps([name for name in names if importlib.util.find_spec(name) is None]))';
  const { status, stdout, stderr } = spawnSync(python, ['-c', program], {
    input: JSON.stringify([...modules]),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${python} does not run: ${stderr}`);
  return new Set(JSON.parse(stdout));
}

/** In an order that is all over the list whatever its length: so that the first N are a fair sample. */
function spread(list) {
  const weigh = (index) => (index * 0.6180339887498949) % 1;
  return list.map((item, index) => [weigh(index), item]).sort(([a], [b]) => a - b);
}

const firstWith = (text, code) => text.split('\n').find((line) => line.includes(code));
/** The message of the first diagnostic, without its place. */
const reasonOf = (line) => line?.replace(/^.*?(NB\d+) /, '$1 ') ?? 'no reason given';

/**
 * Copies a notebook with its folder to `work`, and extracts it there or takes what `together` made of it.
 *
 * @returns the project, the extracted notebook in it, and how many definitions moved; or the reason if there is none
 */
async function extractIn(work, notebook, { collection, folder }, { call, together, layout }) {
  // Other notebooks are no data, unless this one runs them.
  const isAlone = !/%run|import_ipynb|nbimporter/.test(readFileSync(notebook, 'latin1'));
  const root = together === undefined ? folder : collection;
  const project = join(work, basename(root) || 'project');
  const copy = join(project, relative(root, notebook));
  await cp(folder, join(project, relative(root, folder)), {
    recursive: true,
    filter: (path) => isCopied(path) && !(isAlone && path.endsWith('.ipynb') && path !== notebook),
  });
  const { status, out, err } =
    together ??
    (await call(['extract', '--json', ...layoutOptions(layout), '--root', project, copy], project));
  const path = relative(project, copy).split(sep).join('/');
  let found;
  try {
    found = JSON.parse(out).notebooks.find((one) => one.path === path);
  } catch {
    return { reason: err.trim().split('\n').at(-1) };
  }
  if (found === undefined) return { reason: `exit ${status}, and not in the report` };
  if (together !== undefined && found.changed) {
    copyFileSync(join(together.project, relative(root, notebook)), copy);
    const source = join(together.project, 'src');
    if (existsSync(source)) await cp(source, join(project, 'src'), { recursive: true });
  }
  return { project, copy, moved: found.moved.length };
}

async function execute(
  notebook,
  surroundings,
  index,
  place,
  { call, python, timeout, total, together, layout },
) {
  const work = join(place, String(index));
  try {
    mkdirSync(work, { recursive: true });
    const before = join(work, 'before.ipynb');
    copyFileSync(notebook, before);
    const extracted = await extractIn(work, notebook, surroundings, { call, together, layout });
    if (extracted.reason !== undefined) return { verdict: 'not extracted', reason: extracted.reason };
    const { project, copy, moved } = extracted;
    if (moved === 0) return { verdict: 'nothing moved', moved };
    const options = ['--root', project, '--timeout', String(timeout), '--python', python, '--offline'];
    const verified = await call(['verify', before, copy, ...options], work, total);
    const { status, out, err, isLate } = verified;
    const stopped = firstWith(err, 'NB549');
    if (isLate) return { verdict: 'could not run before', reason: `took over ${total} s in all`, moved };
    if (status === 2)
      return { verdict: 'could not run before', reason: reasonOf(firstWith(err, 'NB5')), moved };
    if (status === 1) return { verdict: 'different', reason: out.trim(), moved };
    const compared = Number(/(\d+) outputs compared/.exec(out)?.[1] ?? 0);
    if (stopped !== undefined) {
      const message = /NB549 the original stops here: (.*); only/.exec(stopped)?.[1];
      return {
        verdict: 'could not run before',
        reason: message ?? reasonOf(stopped),
        moved,
        partly: compared,
      };
    }
    return { verdict: 'same', compared, moved, notCompared: (err.match(/NB548/g) ?? []).length };
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * @param {readonly string[]} paths notebooks or folders
 * @returns how many notebooks show something else
 */
async function executeNotebooks(
  paths,
  {
    jobs = 2,
    timeout = 120,
    total = 900,
    python,
    warm,
    together,
    layout,
    filter = '',
    match = '',
    limit = 0,
    json,
  } = {},
) {
  const pattern = new RegExp(match);
  const all = paths
    .flatMap((path) => findNotebooks(resolve(path)))
    .filter((path) => path.includes(filter) && pattern.test(path));
  const notebooks = limit > 0 ? spread(all).map(([, path]) => path) : all;
  if (python === undefined) {
    const missing = preparePython();
    if (missing !== undefined) throw new Error(missing);
  }
  const place = mkdtempSync(join(tmpdir(), 'nb2mod-execute-'));
  const started =
    warm === undefined ? undefined : await warmPython(python ?? venvPython, warm, join(place, 'warm'));
  const interpreter = started?.path ?? python ?? venvPython;
  const surroundings = new Map(
    notebooks.map((path) => [
      path,
      surroundingsOf(
        path,
        paths.map((given) => resolve(given)),
      ),
    ]),
  );
  const imports = new Map(notebooks.map((path) => [path, importsOf(path)]));
  const missing = missingOf(new Set([...imports.values()].flat()), interpreter);
  // What lies beside a notebook it can import.
  const lacks = (path) =>
    imports.get(path).find((name) => {
      if (!missing.has(name)) return false;
      return !existsSync(join(dirname(path), `${name}.py`)) && !existsSync(join(dirname(path), name));
    });
  const projects = new Map();
  if (together) {
    const { call, stop } = startWorker();
    for (const collection of new Set([...surroundings.values()].map((one) => one.collection)))
      projects.set(collection, await extractTogether(collection, place, call, layoutOptions(layout)));
    stop();
  }
  const results = [];
  let next = 0;
  let executed = 0;
  const work = async () => {
    const { call, stop } = startWorker();
    while (next < notebooks.length && (limit <= 0 || executed < limit)) {
      const index = next++;
      const notebook = notebooks[index];
      const begun = performance.now();
      const lacking = lacks(notebook);
      let result;
      try {
        result =
          lacking === undefined
            ? await execute(notebook, surroundings.get(notebook), index, place, {
                call,
                python: interpreter,
                timeout,
                total,
                together: projects.get(surroundings.get(notebook).collection),
                layout,
              })
            : { verdict: 'could not run before', reason: `there is no module '${lacking}' here` };
      } catch (error) {
        result = { verdict: 'not extracted', reason: String(error) };
      }
      result.seconds = Math.round((performance.now() - begun) / 1000);
      if (result.verdict === 'same' || result.verdict === 'different') executed++;
      results[index] = { notebook: relative(process.cwd(), notebook), ...result };
      const why = result.verdict === 'could not run before' ? ` (${result.reason.slice(0, 80)})` : '';
      console.error(
        `${String(index + 1).padStart(4)}/${notebooks.length} ${result.verdict}: ${results[index].notebook}${why}`,
      );
      if (json !== undefined) writeFileSync(json, `${JSON.stringify(results.filter(Boolean), null, 2)}\n`);
    }
    stop();
  };
  mkdirSync(place, { recursive: true });
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, work));
  started?.stop();
  rmSync(place, { recursive: true, force: true, maxRetries: 5 });

  const having = (verdict) => results.filter((result) => result?.verdict === verdict);
  const sumOf = (of) => results.reduce((sum, result) => sum + (of(result) ?? 0), 0);
  console.log(
    `executed before and after                  ${having('same').length + having('different').length}`,
  );
  console.log(`  the same outputs                         ${having('same').length}`);
  console.log(`  different                                ${having('different').length}`);
  for (const { notebook, reason } of having('different'))
    console.log(`      ${notebook}\n        ${reason.replaceAll('\n', '\n        ')}`);
  console.log(`outputs compared                           ${sumOf(({ compared }) => compared)}`);
  console.log(`  left to chance by the original           ${sumOf(({ notCompared }) => notCompared)}`);
  console.log(`nothing moved, so not run                  ${having('nothing moved').length}`);
  console.log(`not extracted                              ${having('not extracted').length}`);
  for (const { notebook, reason } of having('not extracted')) console.log(`      ${notebook}: ${reason}`);
  console.log(`could not run before                       ${having('could not run before').length}`);
  console.log(
    `  the same as far as they ran              ${results.filter(({ partly }) => partly > 0).length}`,
  );
  const reasons = new Map();
  for (const { reason } of having('could not run before')) {
    const short = reason.slice(0, 90);
    reasons.set(short, (reasons.get(short) ?? 0) + 1);
  }
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]))
    console.log(`  ${String(count).padStart(4)}  ${reason}`);
  return having('different').length;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      jobs: { type: 'string', default: '2' },
      timeout: { type: 'string', default: '120' },
      total: { type: 'string', default: '900' },
      limit: { type: 'string', default: '0' },
      match: { type: 'string' },
      python: { type: 'string' },
      warm: { type: 'string' },
      together: { type: 'boolean' },
      layout: { type: 'string' },
      filter: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const missing = positionals.find((path) => !existsSync(path));
  if (missing !== undefined || positionals.length === 0) {
    console.error(
      `execute: ${missing === undefined ? 'name a folder or notebooks' : `there is no ${missing}`}`,
    );
    process.exit(2);
  }
  const numbers = ['jobs', 'timeout', 'total', 'limit'].map((name) => [name, Number(values[name])]);
  const options = { ...values, ...Object.fromEntries(numbers) };
  process.exitCode = (await executeNotebooks(positionals, options)) > 0 ? 1 : 0;
}
