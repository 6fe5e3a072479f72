/** Turns tests/python/requirements.txt into `.venv-test/`, the Python that the tests run; says plainly what is missing. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const venv = join(root, '.venv-test');
const requirements = join(root, 'tests', 'python', 'requirements.txt');
const marker = join(venv, '.requirements-hash');
const imported = [
  'ipykernel.kernelapp',
  'matplotlib.pyplot',
  'matplotlib_inline.backend_inline',
  'nbclient',
  'pandas',
  'PIL.Image',
  'sklearn.ensemble',
  'sklearn.linear_model',
  'sklearn.pipeline',
  'sqlite3',
];
const isWindows = process.platform === 'win32';

/** The interpreter inside the virtual environment, whether it is there yet or not. */
export const venvPython = isWindows ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');

function findPython() {
  const candidates = [process.env.NB2MOD_BASE_PYTHON, 'python3', 'python', isWindows ? 'py' : undefined];
  for (const candidate of candidates) {
    if (candidate === undefined || candidate === '') continue;
    const probe = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
    const { status, stdout } = spawnSync(candidate, ['-c', probe], { encoding: 'utf8' });
    if (status !== 0) continue;
    const [major, minor] = stdout.trim().split('.').map(Number);
    if (major === 3 && minor >= 9) return { command: candidate, version: stdout.trim() };
  }
  return undefined;
}

/**
 * Makes the virtual environment unless it is there and made from the same requirements.
 * Gives back what is missing, in words, or undefined when the tests can run Python.
 */
export function preparePython() {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(venvPython) && existsSync(marker) && readFileSync(marker, 'utf8') === hash) return undefined;

  const python = findPython();
  if (python === undefined) {
    return 'no python3 of version 3.9 or newer (with its venv module) on PATH; NB2MOD_BASE_PYTHON can name one';
  }
  console.error(`setup: making .venv-test with Python ${python.version} (once; a minute or three)`);
  rmSync(venv, { recursive: true, force: true });
  // A virtual environment that is active would otherwise leak its packages into ours.
  const {
    PYTHONPATH: _path,
    PYTHONHOME: _home,
    VIRTUAL_ENV: _venv,
    PYTHONDONTWRITEBYTECODE: _bytecode,
    ...env
  } = process.env;
  const steps = [
    [python.command, ['-m', 'venv', venv]],
    [
      venvPython,
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-input',
        '--no-deps',
        '--no-compile',
        '--only-binary=:all:',
        '--requirement',
        requirements,
      ],
    ],
    // Importing what the tests import compiles that much and no more; everything would take a minute longer.
    [venvPython, ['-c', `import ${imported.join(', ')}`]],
  ];
  for (const [command, args] of steps) {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', env, cwd: root });
    if (status === 0) continue;
    const lines = (stderr ?? '')
      .trim()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('WARNING'));
    return `\`${command} ${args.slice(0, 3).join(' ')} …\` failed: ${lines.slice(-3).join(' | ')}`;
  }
  writeFileSync(marker, hash);
  return undefined;
}

function needingPython(folder) {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => /from '(\.\.?\/)+python\.ts'/.test(readFileSync(join(folder, name), 'utf8')))
    .sort();
}

/** Vitest's global set-up: with CI=true a missing Python is a failure, else the run ends with what was not run. */
export default function setup() {
  const missing = preparePython();
  if (missing === undefined) return undefined;
  const text = `Not run, for want of Python: ${needingPython(join(root, 'tests')).join(', ') || 'nothing'}\n  ${missing}`;
  if (process.env.CI === 'true' || process.env.CI === '1') throw new Error(text);
  console.error(text);
  return () => console.error(`\n${text}`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const missing = preparePython();
  if (missing !== undefined) {
    console.error(`setup: ${missing}`);
    process.exit(1);
  }
  console.log(venvPython);
}
