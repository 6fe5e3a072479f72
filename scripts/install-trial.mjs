/**
 * Takes notebooks to a project by `nb2mod extract --init` and does with it what people do: `pip install -e .`, `uv run`,
 * `poetry install`, each in a fresh virtual environment, then pytest: `npm run install-trial [-- pip uv poetry …]`.
 *
 * pip, uv, Poetry and the distributions come from PyPI. Poetry asks it by another interface than pip, which mirrors may
 * not have: NB2MOD_POETRY_INDEX names a simple index (PEP 503) that it shall ask instead. Everything lies in a temporary
 * folder that goes afterwards. Exit code 0 if each installs the project and its tests pass.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'install-trial-')));
const index = process.env.NB2MOD_POETRY_INDEX || undefined;
const isWindows = process.platform === 'win32';
const basePython = process.env.NB2MOD_BASE_PYTHON || (isWindows ? 'python' : 'python3');
const { VIRTUAL_ENV: _venv, CONDA_PREFIX: _conda, PYTHONPATH: _path, ...surroundings } = process.env;
const env = {
  ...surroundings,
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  UV_CACHE_DIR: join(folder, 'uv-cache'),
  UV_PYTHON_DOWNLOADS: 'never',
  POETRY_CACHE_DIR: join(folder, 'poetry-cache'),
  POETRY_VIRTUALENVS_IN_PROJECT: 'true',
};

/** Runs a command; where it fails, all that it said is shown and the trial ends. */
function call(cwd, more, command, ...args) {
  const started = Date.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env: { ...env, ...more },
    encoding: 'utf8',
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const shown = [command, ...args].map((word) => word.replace(folder, '…')).join(' ');
  console.log(`  ${status === 0 ? 'ok' : 'NOT OK'} ${seconds.padStart(6)} s  ${shown}`);
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${shown}\n${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

function scriptOf(venv, name) {
  return isWindows ? join(venv, 'Scripts', `${name}.exe`) : join(venv, 'bin', name);
}

function makeVenv(path) {
  call(folder, {}, basePython, '-m', 'venv', path);
  return path;
}

const cells = [
  'import yaml\nfrom bs4 import BeautifulSoup\nfrom dateutil import parser as dates',
  'SETTINGS = "format: iso"\n\ndef settings():\n    return yaml.safe_load(SETTINGS)\n\ndef headings(page):\n' +
    '    """The headings of a page, in order."""\n    return [h.text for h in BeautifulSoup(page, "html.parser").find_all("h1")]',
  'def year_of(text):\n    return dates.parse(text).year\n\ndef show(text):\n    display(year_of(text))',
  'assert year_of("3 May 2021") == 2021\nassert settings() == {"format": "iso"}',
  'headings("<h1>One</h1><h1>Two</h1>"), year_of("1 Jan 1999")',
];

function makeProject(name) {
  const path = join(folder, name, 'press-review');
  mkdirSync(path, { recursive: true });
  const notebook = {
    cells: cells.map((source) => ({
      cell_type: 'code',
      execution_count: null,
      metadata: {},
      outputs: [],
      source,
    })),
    metadata: { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' } },
    nbformat: 4,
    nbformat_minor: 4,
  };
  writeFileSync(join(path, 'review.ipynb'), `${JSON.stringify(notebook, null, 1)}\n`);
  return path;
}

function extract(path, more, ...options) {
  call(path, more, process.execPath, cli, 'extract', 'review.ipynb', '--init', ...options);
  const again = call(
    path,
    more,
    process.execPath,
    cli,
    'extract',
    'review.ipynb',
    '--init',
    '--check',
    ...options,
  );
  if (!again.includes('nothing to change')) throw new Error(`a second run would change something: ${again}`);
  const manifest = readFileSync(join(path, 'pyproject.toml'), 'utf8');
  console.log(manifest.match(/requires-python.*\ndependencies = \[[^\]]*\]/)[0].replace(/^/gm, '      '));
}

function expectPassed(output) {
  const line = /^=*\s*(\d+ passed.*?)\s*=*$/m.exec(output)?.[1];
  if (line === undefined || /failed|error/.test(line)) throw new Error(`pytest did not pass: ${output}`);
  console.log(`      ${line}`);
}

/** Tools are installed once, beside what they are tried on. */
let tools;
function toolOf(name) {
  tools ??= makeVenv(join(folder, 'tools'));
  if (name !== 'pip') call(folder, {}, scriptOf(tools, 'python'), '-m', 'pip', 'install', '--quiet', name);
  return scriptOf(tools, name);
}

const trials = {
  /** The versions come from the environment that the notebook ran in; the project is installed in another. */
  pip: () => {
    const used = makeVenv(join(folder, 'used'));
    const libraries = ['PyYAML', 'beautifulsoup4', 'python-dateutil'];
    call(folder, {}, scriptOf(used, 'python'), '-m', 'pip', 'install', '--quiet', ...libraries);
    const path = makeProject('pip');
    extract(path, { VIRTUAL_ENV: used });
    const fresh = makeVenv(join(folder, 'fresh'));
    const python = scriptOf(fresh, 'python');
    call(path, {}, python, '-m', 'pip', 'install', '--quiet', '-e', '.', 'pytest', 'ipykernel', 'nbclient');
    expectPassed(call(path, {}, python, '-m', 'pytest'));
    // The notebook finds the package because it is installed: no cell sets a path.
    const more = {
      PATH: `${join(python, '..')}${isWindows ? ';' : ':'}${process.env.PATH}`,
      JUPYTER_PREFER_ENV_PATH: '1',
    };
    call(path, more, scriptOf(fresh, 'jupyter-execute'), 'review.ipynb');
  },
  uv: () => {
    const uv = toolOf('uv');
    const path = makeProject('uv');
    extract(path, {}, '--no-python');
    expectPassed(call(path, {}, uv, 'run', '--python', basePython, 'pytest'));
    call(path, {}, uv, 'build', '--python', basePython);
  },
  poetry: () => {
    const poetry = toolOf('poetry');
    for (const options of [['--poetry'], []]) {
      const path = makeProject(`poetry${options.length}`);
      extract(path, {}, '--no-python', ...options);
      call(path, {}, poetry, 'check');
      if (index !== undefined) {
        call(path, {}, poetry, 'source', 'add', '--priority=primary', 'index', index);
      }
      call(path, {}, poetry, 'install', '--no-interaction');
      expectPassed(call(path, {}, poetry, 'run', 'pytest'));
      if (options.length > 0) call(path, {}, poetry, 'build', '--no-interaction');
    }
  },
};

const asked = process.argv.slice(2);
let failures = 0;
try {
  for (const [name, trial] of Object.entries(trials)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.log(name);
    try {
      trial();
    } catch (error) {
      failures++;
      console.log(error instanceof Error ? error.message : error);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
console.log(failures === 0 ? 'every trial passed' : `${failures} trials failed`);
process.exitCode = failures === 0 ? 0 : 1;
