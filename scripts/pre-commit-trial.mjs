/**
 * Runs our hooks with the real pre-commit framework, as a team would: installed by `pre-commit` from the last commit of
 * this repository, on a repository made for it: `node scripts/pre-commit-trial.mjs [--pre-commit <program>]`.
 *
 * pre-commit builds the hooks with npm, which takes its packages from its cache where it has them. Everything lies in a
 * temporary folder that goes afterwards. Exit code 0 if each hook did what it promises.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { venvPython } from './python.mjs';
import { expectThat } from './trial.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const options = process.argv.slice(2);
const named = options.includes('--pre-commit') ? options[options.indexOf('--pre-commit') + 1] : undefined;
const ours = join(dirname(venvPython), process.platform === 'win32' ? 'pre-commit.exe' : 'pre-commit');
const program = named ?? (existsSync(ours) ? ours : 'pre-commit');

const folder = mkdtempSync(join(tmpdir(), 'pre-commit-trial-'));
const repository = join(folder, 'a repository');
const env = {
  ...process.env,
  PRE_COMMIT_HOME: join(folder, 'home'),
  PRE_COMMIT_COLOR: 'never',
  npm_config_prefer_offline: 'true',
  GIT_CONFIG_GLOBAL: join(folder, 'gitconfig'),
  GIT_CONFIG_NOSYSTEM: '1',
};

function call(command, args, cwd = repository) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, text: `${stdout}${stderr}` };
}

function git(...args) {
  const { status, text } = call('git', args);
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${text}`);
  return text.trim();
}

/** Runs one hook on all files, then stages what it changed. */
function runHook(id) {
  const result = call(program, ['run', id, '--all-files', '--verbose']);
  git('add', '-A');
  return result;
}

function tryHooks(path) {
  const first = runHook('nb2mod-strip');
  expectThat(
    first.status === 1 && first.text.includes('files were modified'),
    'nb2mod-strip changes a notebook',
    first.text,
  );
  const stripped = readFileSync(path, 'utf8');
  expectThat(!/42|7/.test(stripped), 'outputs and counts are gone', stripped);
  const second = runHook('nb2mod-strip');
  expectThat(second.status === 0, 'nb2mod-strip lets a stripped notebook pass', second.text);

  const found = runHook('nb2mod-check');
  expectThat(
    found.status === 1 && readFileSync(path, 'utf8') === stripped,
    'nb2mod-check fails and changes nothing where a definition could move',
    found.text,
  );
  const moved = runHook('nb2mod-extract');
  const modules = git('ls-files', '*.py');
  expectThat(
    moved.status === 1 && modules !== '' && !readFileSync(path, 'utf8').includes('def double'),
    `nb2mod-extract moves it (${modules.replaceAll('\n', ', ')})`,
    moved.text,
  );
  const settled = ['nb2mod-strip', 'nb2mod-check', 'nb2mod-extract'].map(runHook);
  expectThat(
    settled.every(({ status }) => status === 0),
    'then all three pass',
    settled.map((result) => result.text).join(''),
  );
}

try {
  mkdirSync(repository);
  writeFileSync(join(folder, 'gitconfig'), '[user]\n\tname = A\n\temail = a@example.org\n');
  git('init', '-q', '-b', 'main');
  const path = join(repository, 'my notebook.ipynb');
  const source = ['def double(x):\n', '    return x + x\n', '\n', 'print(double(21))'];
  const outputs = [{ name: 'stdout', output_type: 'stream', text: ['42\n'] }];
  const cell = { cell_type: 'code', execution_count: 7, metadata: {}, outputs, source };
  const text = JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 4 }, null, 1);
  writeFileSync(path, `${text}\n`);
  const commit = call('git', ['rev-parse', 'HEAD'], root).text.trim();
  const hooks = ['nb2mod-strip', 'nb2mod-check', 'nb2mod-extract'].map((id) => `      - id: ${id}\n`);
  writeFileSync(
    join(repository, '.pre-commit-config.yaml'),
    `repos:\n  - repo: ${JSON.stringify(root)}\n    rev: ${commit}\n    hooks:\n${hooks.join('')}`,
  );
  git('add', '-A');

  const start = Date.now();
  const installed = call(program, ['install-hooks']);
  const seconds = Math.round((Date.now() - start) / 1000);
  const version = call(program, ['--version']).text.trim();
  expectThat(
    installed.status === 0,
    `${version} installs the hooks of ${commit.slice(0, 12)} (${seconds} s)`,
    installed.text,
  );
  if (installed.status === 0) tryHooks(path);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
