/**
 * Kills `strip` and `extract` at random instants and checks that nothing is lost: `node scripts/kill.mjs [--runs 200] [--only extract]`,
 * after `npm run build`.
 *
 * Each run starts on fresh files and is killed at any moment of its life, every second one soon after its first write.
 * Then every file must be the old or the new one, and the next run must leave just what an undisturbed run leaves.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const options = process.argv.slice(2);
const runs = Number(options.includes('--runs') ? options[options.indexOf('--runs') + 1] : 200);
const only = options.includes('--only') ? options[options.indexOf('--only') + 1] : undefined;
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nb2mod-kill-'));

function notebookOf(name) {
  const cell = (source, text) => ({
    cell_type: 'code',
    execution_count: 1,
    metadata: {},
    outputs: [{ name: 'stdout', output_type: 'stream', text: [text] }],
    source,
  });
  const shared = ['def shared(x):\n', '    return x * 2'];
  const own = [`def own_${name}(x):\n`, '    return shared(x) + 1\n', '\n', `print(own_${name}(20))`];
  const cells = [cell(shared, 'y'.repeat(300_000)), cell(own, '41\n')];
  return `${JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 4 }, null, 1)}\n`;
}

const before = new Map([...'abcdefgh'].map((name) => [`${name}.ipynb`, notebookOf(name)]));
before.set('pyproject.toml', '[project]\nname = "trial"\n');
const commands = {
  strip: ['strip', ...[...before.keys()].filter((name) => name.endsWith('.ipynb'))],
  extract: ['extract', '.'],
};

function lay(root) {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
  for (const [name, text] of before) writeFileSync(join(root, name), text);
}

/** What is written before it is renamed: by `strip`, and by `extract`. */
const temporary = /\.nb2mod\.tmp$|[/\\]?\.nb2mod-[-\da-f]+\.tmp$/;

/** The files below a folder, by their relative paths; without what a killed run keeps for the next. */
function read(root) {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !/(?:^|[/\\])\.nb2mod[/\\]/.test(relative(root, path)) && !temporary.test(path));
  return new Map(files.sort().map((path) => [relative(root, path), readFileSync(path, 'utf8')]));
}

function isSame(one, other) {
  return one.size === other.size && [...one].every(([path, text]) => other.get(path) === text);
}

const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

const table = {};

async function trial(name, args) {
  const root = join(folder, name);
  const runToEnd = () => spawnSync(process.execPath, [cli, ...args], { cwd: root, encoding: 'utf8' });
  lay(root);
  const start = Date.now();
  const undisturbed = runToEnd();
  if (undisturbed.status !== 0) throw new Error(`${name} fails: ${undisturbed.stderr}`);
  const duration = Date.now() - start;
  const after = read(root);
  const counts = { runs: 0, killed: 0, 'killed half-way': 0, lost: 0, 'not put right': 0 };
  table[name] = counts;
  for (let run = 0; run < runs; run++) {
    counts.runs++;
    lay(root);
    const child = spawn(process.execPath, [cli, ...args], { cwd: root, stdio: 'ignore' });
    const exit = once(child, 'exit');
    if (run % 2 === 0) await Promise.race([exit, wait(Math.random() * duration)]);
    else {
      const watcher = watch(root);
      await Promise.race([exit, once(watcher, 'change')]);
      watcher.close();
      await Promise.race([exit, wait(Math.random() ** 2 * 0.1 * duration)]);
    }
    child.kill('SIGKILL');
    const [, signal] = await exit;
    if (signal === 'SIGKILL') counts.killed++;
    const found = read(root);
    const isWhole = [...found].every(([path, text]) => text === before.get(path) || text === after.get(path));
    const isComplete = [...before.keys()].every((path) => found.has(path));
    if (!isSame(found, before) && !isSame(found, after)) counts['killed half-way']++;
    if (!isWhole || !isComplete) {
      counts.lost++;
      console.error(`${name}, run ${run}: a file is neither old nor new: ${[...found.keys()].join(', ')}`);
    }
    const next = runToEnd();
    const leftovers = readdirSync(root, { recursive: true }).filter((entry) => temporary.test(entry));
    if (next.status !== 0 || leftovers.length > 0 || !isSame(read(root), after)) {
      counts['not put right']++;
      console.error(`${name}, run ${run}: the next run did not put it right: ${next.stderr}${leftovers}`);
    }
  }
}

process.once('SIGTERM', () => {
  console.table(table);
  process.exit(1);
});
try {
  if (!existsSync(cli)) throw new Error(`${dirname(cli)} is not built: npm run build`);
  for (const [name, args] of Object.entries(commands)) {
    if (only !== undefined && name !== only) continue;
    await trial(name, args);
  }
  console.table(table);
  const bad = Object.values(table).some((counts) => counts.lost > 0 || counts['not put right'] > 0);
  process.exitCode = bad ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
