/** The built program as a script would use it: exit codes, streams, and what is written. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openProgram, type Answer, type Program } from './program.ts';

let program: Program;
beforeAll(() => {
  program = openProgram();
});
afterAll(() => program.close());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nb2mod-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: string[]): Promise<Answer> => program.run(words, folder);

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** In a process of its own, as a shell does it. */
function start(...words: string[]): Omit<Answer, 'both'> {
  return spawnSync(process.execPath, [cli, ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
}

function notebook(...sources: string[]): string {
  const cells = sources.map((source, i) => ({
    cell_type: 'code',
    execution_count: i + 1,
    id: `cell-${i}`,
    metadata: {},
    outputs: [{ name: 'stdout', output_type: 'stream', text: ['shown\n'] }],
    source: source.split(/(?<=\n)/),
  }));
  return `${JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** Every file below the folder with a hash of its bytes. */
function snapshot(at = folder): Record<string, string> {
  return Object.fromEntries(
    readdirSync(at, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(at, name)).isFile())
      .sort()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(at, name)))
          .digest('hex'),
      ]),
  );
}

const churn = notebook('import math', 'def area(r):\n    return math.pi * r**2', 'area(2)');

test('extract writes the module and the notebook, and says so on stdout', () => {
  write('churn.ipynb', churn);
  const { status, stdout, stderr } = start('extract', 'churn.ipynb', '--package', 'shapes');
  expect(status).toBe(0);
  expect(stdout).toBe(
    'churn.ipynb: 1 moved to shapes.churn; 0 stay\n' +
      'created src/shapes/churn.py\n' +
      'moved 1 definition, 0 stay; 1 notebook rewritten\n',
  );
  expect(stderr).toBe('`nb2mod undo` brings everything back\n');
  expect(readFileSync(join(folder, 'src/shapes/churn.py'), 'utf8')).toBe(
    '"""Definitions from the notebook churn.ipynb."""\n\nimport math\n\n\ndef area(r):\n    return math.pi * r**2\n',
  );
  expect(readFileSync(join(folder, 'churn.ipynb'), 'utf8')).toContain('"from shapes.churn import area"');
});

test('a second run changes nothing', async () => {
  write('churn.ipynb', churn);
  await run('extract', 'churn.ipynb', '--package', 'shapes');
  const before = snapshot();
  const { status, stderr } = await run('extract', 'churn.ipynb', '--package', 'shapes');
  expect(status).toBe(0);
  expect(stderr).toBe('nothing to change\n');
  expect(snapshot()).toEqual(before);
});

test.each([
  ['installs what lies in src', "setup(packages=find_packages('src'), package_dir={'': 'src'})", false],
  ['does not say what it installs', 'setup()', false],
  ['installs what lies at the root alone', 'setup(packages=find_packages())', true],
])('where setup.py %s, notebooks find the package', async (_, script, needsCell) => {
  write('setup.py', `from setuptools import find_packages, setup\n${script}\n`);
  write('churn.ipynb', churn);
  const { stderr } = await run('extract', 'churn.ipynb', '--package', 'shapes');
  expect(stderr.includes('once it is installed')).toBe(!needsCell);
  expect(readFileSync(join(folder, 'churn.ipynb'), 'utf8').includes('sys.path')).toBe(needsCell);
});

test('nor does it where what moved puts a folder on `sys.path`', async () => {
  const setup = 'import sys\ndef setup():\n    sys.path.insert(0, "lib")';
  write('churn.ipynb', notebook(setup, 'setup()', 'import own', 'def load():\n    return own.x', 'load()'));
  write('lib/own.py', 'x = 1\n');
  const { stdout } = await run('extract', '.', '--package', 'shapes');
  expect(stdout).toContain('churn.ipynb: 1 moved to shapes.churn; 1 stays');
  expect((await run('extract', '.', '--package', 'shapes')).stderr).toContain("NB414 'load' stays");
});

describe('a notebook that others run or import keeps all of its names', () => {
  const helpers = ['import math', 'def a():\n    return math.pi', 'def b():\n    return a()', 'b()'] as const;
  /** What `helpers.ipynb` begins with after extraction, but for the path cell. */
  const extracted = async (...words: string[]): Promise<string[]> => {
    await run('extract', '--package', 'shapes', ...words);
    const path = join(folder, existsSync(join(folder, 'lib')) ? 'lib/helpers.ipynb' : 'helpers.ipynb');
    const { cells } = JSON.parse(readFileSync(path, 'utf8')) as { cells: { source: string[] }[] };
    return cells.map(({ source }) => source.join('')).slice(1);
  };
  const whole = ['import math', 'from shapes.helpers import a, b', 'b()'];
  const part = ['from shapes.helpers import b', 'b()'];

  test.each([
    ['%run helpers.ipynb', whole],
    ['%run -i "./helpers.ipynb"', whole],
    ['if True:\n    %run ./helpers', whole],
    ['get_ipython().run_line_magic("run", "helpers.ipynb")', whole],
    ['get_ipython().run_line_magic("run", "./helpers")', whole],
    ["get_ipython().magic('run helpers.ipynb')", whole],
    ['nbformat.read(f"{FOLDER}/helpers.ipynb", 4)', whole],
    ['import os, helpers as h', whole],
    ['from helpers import a', whole],
    ['from ipynb.fs.full.helpers import a', whole],
    ['%run {name}.ipynb', whole],
    ['%run ./$folder/{name}s.ipynb', whole],
    ['for n in names:\n    get_ipython().run_line_magic("run", n + ".ipynb")', whole],
    ['for path in glob("help*.ipynb"):\n    exec(codeOf(path))', whole],
    ['%run {name}_own.ipynb', part],
    ['%run lib/{name}.ipynb', part],
    ['sizes = [len(path) for path in glob("*.ipynb")]', part],
    ['# see helper.ipynb, my_helpers.ipynb and other/helpers.ipynb', part],
    ['import os.helpers, helpers2', part],
  ])('by %j', async (running, cells) => {
    write('helpers.ipynb', notebook(...helpers));
    write('main.ipynb', notebook(running, 'def own():\n    return 1', 'own()'));
    const before = readFileSync(join(folder, 'helpers.ipynb'));
    // The other one may lie beside it, and take no part in the run.
    expect(await extracted('helpers.ipynb')).toEqual(cells);
    write('helpers.ipynb', before.toString());
    rmSync(join(folder, 'src'), { recursive: true });
    expect(await extracted('.', '--jobs', '2')).toEqual(cells);
    expect((await run('extract', '.', '--package', 'shapes')).stderr).toBe('nothing to change\n');
  });

  test('from another folder of the run', async () => {
    write('lib/helpers.ipynb', notebook(...helpers));
    write('deep/main.ipynb', notebook('%run ../lib/helpers.ipynb'));
    expect(await extracted('.')).toEqual(whole);
  });

  test('and no module of that name lies there', async () => {
    write('helpers.py', 'a = 1\n');
    write('helpers.ipynb', notebook(...helpers));
    write('main.ipynb', notebook('import helpers', '%run helpers'));
    expect(await extracted('.')).toEqual(part);
  });

  test('and no library of that name is known', async () => {
    write('numpy.ipynb', notebook(...helpers));
    write('main.ipynb', notebook('import numpy'));
    await run('extract', '.', '--package', 'shapes');
    expect(readFileSync(join(folder, 'numpy.ipynb'), 'utf8')).not.toContain('import math');
  });

  test('which it does not do itself', async () => {
    write('helpers.ipynb', notebook(...helpers, '!jupyter nbconvert helpers.ipynb'));
    expect((await extracted('.')).slice(0, 2)).toEqual(part);
  });
});

describe('what a notebook binds that has run another one holds there, too', () => {
  const year = 'import math\ndef year():\n    return math.floor(YEAR)';
  const helpers = notebook('YEAR = 2025', year, 'def page():\n    return year()');
  const moved = 'helpers.ipynb: 3 moved to shapes.helpers; 0 stay';
  const stays = "NB402 'year' stays: it reads 'YEAR', which cell 1 of main.ipynb binds anew";

  test.each([
    ['%run helpers.ipynb\nYEAR = 2021', stays],
    ['%run helpers.ipynb\nfor YEAR in years: page()', stays],
    ['%run helpers.ipynb\nfrom settings import YEAR', stays],
    ["get_ipython().run_line_magic('run', 'helpers.ipynb')\nYEAR = 2021", stays],
    ['%run helpers.ipynb\ndef year(): return 1', "NB402 'page' stays: it reads 'year', which cell 1"],
    ['%run helpers.ipynb\ndef page(): return 1', moved],
    ['%run helpers.ipynb\nimport math', moved],
    ['%run helpers.ipynb\nimport cmath as math', "NB402 'year' stays: it reads 'math', which cell 1"],
    ['YEAR = 2021\n%run helpers.ipynb', moved],
    ['import helpers\nYEAR = 2021', moved],
    ['%run helpers.ipynb\ndef own(YEAR): return YEAR', moved],
  ])('%j', async (running, told) => {
    // The other one may lie beside it, and take no part in the run.
    for (const paths of [['helpers.ipynb'], ['.', '--jobs', '2']]) {
      write('helpers.ipynb', helpers);
      write('main.ipynb', notebook(running));
      const { stderr, stdout } = await run('extract', '--package', 'shapes', ...paths);
      expect(stderr + stdout).toContain(told);
      const again = await run('extract', '--package', 'shapes', ...paths);
      expect(again.stderr).toContain('nothing to change');
      rmSync(join(folder, 'src'), { recursive: true, force: true });
    }
  });

  test('but not what was read as it was defined', async () => {
    write('helpers.ipynb', notebook('Day = int', 'def first(d: Day = Day(1)): return d', 'first()'));
    write('main.ipynb', notebook('%run helpers.ipynb', 'Day = str'));
    const { stdout } = await run('extract', '--package', 'shapes', '.');
    expect(stdout).toContain('helpers.ipynb: 2 moved to shapes.helpers; 0 stay');
  });

  test('through another one that is run', async () => {
    write('helpers.ipynb', helpers);
    write('lib/between.ipynb', notebook('%run ../helpers.ipynb'));
    write('main.ipynb', notebook('%run lib/between.ipynb', 'YEAR = 2021'));
    const { stderr } = await run('extract', '--package', 'shapes', '.');
    expect(stderr).toContain("NB402 'year' stays: it reads 'YEAR', which cell 2 of main.ipynb");
  });
});

test.each(['%run other.py', "get_ipython().run_line_magic('run', 'other.py')"])(
  'a script that is run binds the names in it: %j',
  async (running) => {
    write('other.py', 'K = 9\n');
    write(
      'main.ipynb',
      notebook('K = 1', 'def m():\n    return K', 'def n():\n    return 1', running, 'm(), n()'),
    );
    const { both } = await run('extract', 'main.ipynb', '--package', 'shapes');
    expect(both).toContain("NB402 'm' stays");
    expect(both).toContain('1 moved');
  },
);

test.each([
  ['%run other.py', 'import math as m\nK = 2', '2 moved'],
  ['from other import *', 'import math as m\nK = 2', '2 moved'],
  ['%run other.py', '%run third.ipynb', '2 moved'],
  ['%run other.py', 'import cmath as m', "NB402 'area' stays"],
  ['%run other.py', 'import math as m\nm = 3', "NB402 'area' stays"],
])('%j binds nothing anew that its file imports as the notebook does: %j', async (running, other, told) => {
  write('other.py', `${other}\n`);
  write('third.ipynb', notebook('import math as m'));
  const helpers = ['import math as m', 'def area(r):\n    return m.pi * r', 'def two():\n    return 2'];
  write('main.ipynb', notebook(...helpers, running, 'area(1), two()'));
  expect((await run('extract', 'main.ipynb', '--package', 'shapes')).both).toContain(told);
});

test.each([
  ['import import_ipynb', 'NB414'],
  ['import sys\nsys.meta_path.append(Finder())', 'NB414'],
  // What is imported without a hook is a library, if ever so much a notebook of its name lies there.
  ['import sys', '1 moved'],
])('a notebook beside it is no module for others: %j', async (hook, told) => {
  write('helpers.ipynb', notebook('1'));
  write('main.ipynb', notebook(hook, 'import helpers', 'def m():\n    return helpers.b()', 'm()'));
  expect((await run('extract', 'main.ipynb', '--package', 'shapes')).both).toContain(told);
});

test('a folder hides a package that can be installed only if it is one itself, or holds what is imported', async () => {
  const uses = (imports: string, name: string): string =>
    notebook(imports, `def load(): return ${name}`, 'load()');
  const verdict = async (): Promise<unknown> => {
    const { stdout } = await run('scan', 'churn.ipynb', '--json');
    const report = JSON.parse(stdout) as { notebooks: { definitions: { code?: string }[] }[] };
    return report.notebooks[0]!.definitions[0]!.code;
  };
  write('numpy/sketch.py', 'x = 1\n');
  write('helpers/sketch.py', 'x = 1\n');
  write('churn.ipynb', uses('import numpy as np\nimport numpy.linalg', 'np'));
  expect(await verdict()).toBeUndefined();
  write('churn.ipynb', uses('from numpy import sketch', 'sketch'));
  expect(await verdict()).toBe('NB414');
  write('churn.ipynb', uses('import numpy.sketch', 'numpy'));
  expect(await verdict()).toBe('NB414');
  write('churn.ipynb', uses('from helpers import sketch', 'sketch'));
  expect(await verdict()).toBe('NB414');
  write(
    'churn.ipynb',
    notebook('%%writefile numpy/other.py\ny = 1', 'import numpy', 'def load(): return numpy'),
  );
  expect(await verdict()).toBeUndefined();
  write(
    'churn.ipynb',
    notebook('%%writefile numpy/other.py\ny = 1', 'import numpy.other', 'def load(): return numpy'),
  );
  expect(await verdict()).toBe('NB414');
  write(
    'churn.ipynb',
    notebook('%%writefile numpy/__init__.py\ny = 1', 'import numpy', 'def load(): return numpy'),
  );
  expect(await verdict()).toBe('NB414');
  write('numpy/__init__.py', '');
  write('churn.ipynb', uses('import numpy as np', 'np'));
  expect(await verdict()).toBe('NB414');
});

test('in a project that is built from its root a module beside the notebook is no package that is installed', async () => {
  write('pyproject.toml', '[project]\nname = "shop"\nversion = "0"\n');
  write('shop/__init__.py', 'def near(x):\n    return x\n');
  write('helpers.py', 'def near(x):\n    return x\n');
  write('churn.ipynb', notebook('import helpers', 'def far(x):\n    return helpers.near(x)', 'far(1)'));
  expect((await run('extract', 'churn.ipynb')).stderr).toContain("NB414 'far' stays");
  write('churn.ipynb', notebook('from shop import near', 'def far(x):\n    return near(x)', 'far(1)'));
  expect((await run('extract', 'churn.ipynb')).stdout).toContain('created shop/churn.py');
});

test.each<[where: string, file: string, cell: string]>([
  ['beside the notebook', 'notebooks/shop.py', 'x = 1'],
  ['in a folder that it puts on the path', 'lib/shop/__init__.py', 'import sys\nsys.path.append("../lib")'],
  ['fetched by the notebook', 'README.md', 'download("https://example.org/raw/" + "shop.py")'],
])('where another module of its name is %s, nothing moves to the package', async (_, file, cell) => {
  write('pyproject.toml', '[project]\nname = "shop"\nversion = "0"\n');
  write(file, 'x = 1\n');
  write('notebooks/churn.ipynb', notebook(cell, 'def far(x):\n    return x', 'far(1)'));
  write('other/churn.ipynb', notebook('def near(x):\n    return x', 'near(1)'));
  const { stdout, stderr } = await run('extract', 'notebooks', 'other');
  expect(stderr).toContain("NB414 'far' stays: beside the notebook 'shop.py' or a folder of that name");
  expect(stdout).toContain('other/churn.ipynb: 1 moved to shop.other_churn');
});

test('a comment that names such a module fetches none', async () => {
  write('pyproject.toml', '[project]\nname = "shop"\nversion = "0"\n');
  write('churn.ipynb', notebook('# as in shop.py\nx = 1', 'def far(x):\n    return x', 'far(x)'));
  expect((await run('extract', 'churn.ipynb')).stdout).toContain('1 moved to shop.churn');
});

test('notebooks that only lose their outputs are counted apart', async () => {
  const plain = notebook('print(1)');
  for (const name of ['bare', 'empty']) write(`${name}.ipynb`, plain);
  const told = async (...words: string[]): Promise<string> =>
    (await run('extract', '--package', 'shapes', ...words)).both;
  expect(await told('.', '--check')).toContain(
    'would move 0 definitions, 0 would stay; 2 notebooks would be only stripped of outputs\n',
  );
  write('churn.ipynb', churn);
  expect(await told('.', '--dry-run')).toContain(
    '; 1 notebook would be rewritten, 2 only stripped of outputs\n',
  );
  expect(await told('.')).toContain('; 1 notebook rewritten, 2 only stripped of outputs\n');
  expect(await told('.', '--check')).toBe('nothing to change\n');
});

test('a hint tells what is read, and names the file that a command wants', async () => {
  write('model.py', 'print(1)\n');
  expect((await run('scan', 'model.py')).stderr).toContain(
    "NB101 not JSON: expected a JSON value, not 'print'\n  hint: nb2mod reads notebooks (.ipynb) on this disk; this is a .py file",
  );
  const cell = { cell_type: 'code', language: 'python', input: ['1'], outputs: [], metadata: {} };
  const old = { metadata: { name: '' }, nbformat: 3, nbformat_minor: 0, worksheets: [{ cells: [cell] }] };
  write('old ones/a.ipynb', JSON.stringify(old));
  expect((await run('scan', 'old ones')).stderr).toContain("--inplace 'old ones/a.ipynb'`, then");
});

test.each([
  ['a folder without notebooks', ['docs'], 'docs: NB512 there is no notebook in this folder'],
  ['what is all left out', ['churn.ipynb', '--exclude', 'churn.*'], 'NB512 all that is named is left out'],
])('scan and extract end with 2 for %s', async (_, words, told) => {
  write('docs/notes.md', '');
  write('churn.ipynb', churn);
  for (const command of ['scan', 'extract']) {
    const { status, stderr } = await run(command, ...words);
    expect(stderr).toContain(told);
    expect(status).toBe(2);
  }
  expect((await run('scan', 'docs', 'churn.ipynb')).status).toBe(0);
});

test('of several notebooks many reasons are counted, a few are told', async () => {
  const keeping = Array.from({ length: 11 }, (_, i) => `def f${i}(x):\n    return x * rate`);
  for (const name of ['one', 'two']) write(`${name}.ipynb`, notebook('rate = input()', ...keeping));
  const { stdout, stderr } = await run('extract', '.', '--check');
  expect(stderr).toBe('');
  expect(stdout).toBe(
    'would move 0 definitions, 22 would stay; 2 notebooks would be only stripped of outputs\n' +
      '  22 stay: NB401 it reads a notebook variable\n' +
      '  which stay, and why: `nb2mod scan`, or --json\n',
  );
  expect((await run('extract', 'one.ipynb', '--check')).stderr.match(/NB401/g)).toHaveLength(11);
  await run('extract', '.');
  const again = await run('extract', '.');
  expect(again.stdout).toMatch(/^moved 0 definitions, 22 stay\n {2}22 stay: NB401 /);
  expect(again.stderr).toBe('nothing to change\n');
});

test('of two definitions of a name the reason is told once, of three for each', async () => {
  const three = [1, 2, 3].map((i) => `def f(x):\n    return x * ${i}`);
  write('two.ipynb', notebook(...three.slice(1)));
  write('three.ipynb', notebook(...three));
  expect((await run('extract', 'two.ipynb', '--check')).stderr.match(/NB421.*/g)).toEqual([
    "NB421 'f' stays: cell 2 defines 'f' differently",
  ]);
  expect((await run('extract', 'three.ipynb', '--check')).stderr.match(/NB421.*/g)).toEqual([
    "NB421 'f' stays: cell 2 defines 'f' differently",
    "NB421 'f' stays: cell 1 defines 'f' differently",
  ]);
  const { stdout } = await run('extract', 'three.ipynb', '--json');
  expect((JSON.parse(stdout) as { summary: object }).summary).toMatchObject({ kept: 3 });
});

test('what moved earlier is found again, with what it needs, through the root of the package too', async () => {
  const load = 'def load(x):\n    return x + 1';
  const twice = 'def twice(x):\n    return load(x) * 2';
  write('alpha.ipynb', notebook(load, 'load(1)'));
  write('beta.ipynb', notebook(load, twice, 'twice(1)'));
  await run('extract', '.', '--package', 'shapes');
  write('src/shapes/__init__.py', 'from .common import load\n');
  write('gamma.ipynb', notebook(load, twice, 'twice(1)'));
  write('delta.ipynb', notebook('from shapes import load', twice, 'twice(1)'));
  const { stdout } = await run('extract', '.', '--package', 'shapes');
  expect(stdout).toContain('moved 3 definitions, 0 stay');
  expect(readdirSync(join(folder, 'src/shapes')).sort()).toEqual(['__init__.py', 'beta.py', 'common.py']);
  expect((await run('extract', '.', '--package', 'shapes', '--check')).status).toBe(0);
});

test('notebooks that take no part come to need no more than before', async () => {
  const load = 'def load(x):\n    return x + 1';
  const fit = 'import torch\n\ndef fit(x):\n    return torch.tensor(x)';
  write('old/alpha.ipynb', notebook(load, 'load(1)'));
  write('old/beta.ipynb', notebook(load, 'load(2)'));
  await run('extract', 'old', '--package', 'shapes', '--root', '.');
  write('new/gamma.ipynb', notebook(fit, 'fit(1)'));
  write('new/delta.ipynb', notebook(fit, 'fit(2)'));
  const words = ['--package', 'shapes', '--root', '.'];
  expect((await run('extract', 'new', ...words)).stdout).toContain('moved 2 definitions');
  expect(readdirSync(join(folder, 'src/shapes')).sort()).toEqual([
    '__init__.py',
    'common.py',
    'common_torch.py',
  ]);
  expect((await run('extract', '.', ...words, '--check')).status).toBe(0);
});

test('who needs a name that moved earlier is told where it is, if one module alone has it', async () => {
  write('src/shapes/core.py', 'K = 2\n\n\ndef two(): return K\n');
  write('src/shapes/data.py', 'from shapes.core import K\n\n\nL = K\ntwo = 2\n');
  write('churn.ipynb', notebook('def f(): return K', 'def g(): return two', 'def h(): return lost'));
  const { stderr } = await run('extract', 'churn.ipynb', '--package', 'shapes');
  expect(stderr.match(/^ +hint: .*/gm)).toEqual([
    '  hint: The package has it: put `from shapes.core import K` in a cell.',
    "  hint: Define or import 'two' in a cell.",
    "  hint: Define or import 'lost' in a cell.",
  ]);
  const { stdout } = await run('scan', 'churn.ipynb', '--package', 'shapes', '--json');
  expect(stdout).toContain('put `from shapes.core import K` in a cell.');
});

test('the way back is told as it goes from the folder that the user is in', async () => {
  for (const project of ['shop', "the shop's", '-x']) {
    write(`${project}/churn.ipynb`, churn);
    write(`${project}/setup.cfg`, '');
  }
  const from = (inside: string, path: string): Promise<Answer> =>
    program.run(['extract', path], join(folder, inside));
  const told = async (inside: string, path: string): Promise<string> =>
    /`(.*)` brings everything back/.exec((await from(inside, path)).stderr)![1]!;
  expect(await told('', 'shop/churn.ipynb')).toBe('nb2mod undo --root shop');
  expect((await run('undo')).status).toBe(2);
  expect((await run('undo', '--root', 'shop')).status).toBe(0);
  expect(await told('shop', 'churn.ipynb')).toBe('nb2mod undo');
  const elsewhere = join(folder, "the shop's");
  expect(await told('shop', join(elsewhere, 'churn.ipynb'))).toBe(
    `nb2mod undo --root '${elsewhere.replaceAll("'", String.raw`'\''`)}'`,
  );
  write('shop/notes/x.ipynb', churn);
  expect(await told('shop/notes', 'x.ipynb')).toBe('nb2mod undo');
  expect(await told('', './-x/churn.ipynb')).toBe('nb2mod undo --root ./-x');
});

test('undo brings everything back, outputs included', async () => {
  write('churn.ipynb', churn);
  const before = snapshot();
  await run('extract', 'churn.ipynb', '--package', 'shapes');
  const { status } = await run('undo');
  expect(status).toBe(0);
  expect(snapshot()).toMatchObject(before);
  expect(Object.keys(snapshot()).filter((name) => !name.startsWith('.nb2mod'))).toEqual(['churn.ipynb']);
});

test('--dry-run prints a diff on stdout and writes nothing', async () => {
  write('churn.ipynb', churn);
  const before = snapshot();
  const { status, stdout } = await run('extract', 'churn.ipynb', '--package', 'shapes', '--dry-run');
  expect(status).toBe(0);
  expect(stdout).toContain('+++ b/src/shapes/churn.py');
  expect(stdout).toContain('+from shapes.churn import area');
  expect(snapshot()).toEqual(before);
});

test('--check exits with 1 if extract would change something, 0 after it did, and writes nothing', async () => {
  write('churn.ipynb', churn);
  const before = snapshot();
  expect(start('extract', 'churn.ipynb', '--package', 'shapes', '--check').status).toBe(1);
  expect(snapshot()).toEqual(before);
  await run('extract', 'churn.ipynb', '--package', 'shapes');
  expect((await run('extract', 'churn.ipynb', '--package', 'shapes', '--check')).status).toBe(0);
});

test('--json prints one report on stdout and nothing else', () => {
  write(
    'churn.ipynb',
    notebook(
      'import math',
      'def area(r):\n    return math.pi * r**2',
      'def plot():\n    return df',
      'df = load()',
    ),
  );
  const { status, stdout } = start('extract', 'churn.ipynb', '--package', 'shapes', '--json');
  expect(status).toBe(0);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(report).toMatchObject({
    version: 1,
    package: 'shapes',
    dryRun: false,
    notebooks: [
      {
        path: 'churn.ipynb',
        changed: true,
        moved: [{ name: 'area', kind: 'function', cell: 2, module: 'shapes.churn' }],
        kept: [{ name: 'plot', kind: 'function', cell: 3, line: 1, code: 'NB401' }],
      },
    ],
    modules: [
      { path: 'src/shapes/__init__.py', action: 'create' },
      { path: 'src/shapes/churn.py', action: 'create' },
    ],
    summary: { notebooks: 1, definitions: 2, moved: 1, kept: 1 },
  });
});

test('--json with --dry-run prints the report, not the diff', async () => {
  write('churn.ipynb', churn);
  const { stdout } = await run('extract', 'churn.ipynb', '--package', 'shapes', '--json', '--dry-run');
  expect(JSON.parse(stdout)).toMatchObject({ dryRun: true, summary: { moved: 1 } });
});

test('--keep-outputs leaves outputs and counts', async () => {
  write('churn.ipynb', churn);
  await run('extract', 'churn.ipynb', '--package', 'shapes', '--keep-outputs');
  const text = readFileSync(join(folder, 'churn.ipynb'), 'utf8');
  expect(text).toContain('"shown\\n"');
  expect(text).toContain('"execution_count": 3');
});

test('outputs are stripped otherwise', async () => {
  write('churn.ipynb', churn);
  await run('extract', 'churn.ipynb', '--package', 'shapes');
  expect(readFileSync(join(folder, 'churn.ipynb'), 'utf8')).not.toContain('shown');
});

test('one bad notebook is reported with its line, the others go on, and the exit code is 2', () => {
  write('a.ipynb', churn);
  write('b.ipynb', '{"cells": [\n,]}');
  const { status, stdout, stderr } = start('extract', '.', '--package', 'shapes');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^b\.ipynb:2:1: NB10\d /m);
  expect(stdout).toContain('created src/shapes/nb_a.py');
});

test('a notebook in another language or in Python 2 is stripped and not extracted, exit 0', async () => {
  const text = churn.replace(
    '"metadata": {},\n "nbformat"',
    '"metadata": {"kernelspec": {"name": "ir", "language": "R"}},\n "nbformat"',
  );
  write('r.ipynb', text);
  const { status, stderr } = await run('extract', 'r.ipynb');
  expect(status).toBe(0);
  expect(stderr).toContain('NB202');
  expect(readFileSync(join(folder, 'r.ipynb'), 'utf8')).not.toContain('shown');
});

test('a notebook with a cell that nobody wrote is stripped and not extracted, exit 0', async () => {
  write('data.ipynb', notebook('def area(r):\n    return r', `x = '${'a'.repeat(1_000_000)}'`));
  const { status, stderr } = await run('extract', 'data.ipynb');
  expect(status).toBe(0);
  expect(stderr).toContain('data.ipynb:cell 2: NB205 the cell has 1000006 characters');
  expect(readFileSync(join(folder, 'data.ipynb'), 'utf8')).toContain('def area');
});

test('a broken cell is a diagnostic, the rest goes on, exit 0', async () => {
  write('churn.ipynb', notebook('def f(:\n  pass', 'def area(r):\n    return r'));
  const { status, stdout, stderr } = await run('extract', 'churn.ipynb', '--package', 'shapes');
  expect(status).toBe(0);
  expect(stderr).toMatch(/churn\.ipynb:cell 1:1:\d+: NB201/);
  expect(stdout).toContain('created src/shapes/churn.py');
});

test('a list with more elements than a call takes arguments is as good as any', () => {
  write('long.ipynb', notebook(`DATA = [${'1, '.repeat(150_000)}]`, 'def f():\n    return DATA[0]'));
  const { status, stdout } = start('extract', 'long.ipynb', '--check');
  expect(stdout).toContain('would create');
  expect(status).toBe(1);
});

test('a file that strip cannot take is reported, and the others are stripped', () => {
  const long = JSON.stringify({ cells: [{ outputs: [{ text: 'ab'.repeat(5_000_000) }] }] });
  write('long.ipynb', long);
  write('short.ipynb', churn);
  const settings = ['--keep-output', '--strip-regex', '(?:a|b)*c'];
  const { status, stderr } = start('strip', 'long.ipynb', 'short.ipynb', ...settings);
  expect(stderr).toMatch(/^long\.ipynb: NB206 .*the file is as it was\n/);
  expect(status).toBe(2);
  expect(readFileSync(join(folder, 'long.ipynb'), 'utf8')).toBe(long);
  expect(readFileSync(join(folder, 'short.ipynb'), 'utf8')).toContain('"execution_count": null');
});

test('a module of the package that does not parse stops the run before anything is written, exit 2', async () => {
  write('churn.ipynb', churn);
  write('src/shapes/old.py', 'def f(:\n');
  const before = snapshot();
  const { status, stderr } = await run('extract', 'churn.ipynb', '--package', 'shapes');
  expect(status).toBe(2);
  expect(stderr).toMatch(/src\/shapes\/old\.py:1:\d+: NB204/);
  expect(snapshot()).toEqual(before);
});

test('scan tells of such a module, and of the notebooks all the same, exit 2', async () => {
  write('churn.ipynb', churn);
  write('src/shapes/old.py', 'def f(:\n');
  const { status, stdout, stderr } = await run('scan', 'churn.ipynb', '--package', 'shapes');
  expect(status).toBe(2);
  expect(stderr).toMatch(/src\/shapes\/old\.py:1:\d+: NB204/);
  expect(stdout).toMatch(/^churn\.ipynb: \d definitions?, \d can move$/m);
});

test.each<[string, Buffer, string]>([
  ['latin-1', Buffer.from('# -*- coding: latin-1 -*-\nNAME = "caf\xe9"\n', 'latin1'), 'NB204'],
  ['what no coding line tells', Buffer.from('NAME = "caf\xe9"\n', 'latin1'), 'NB204'],
  ['UTF-8 that is read as latin-1', Buffer.from('#!/bin/python\n# coding=latin-1\nNAME = "café"\n'), 'NB204'],
  ['UTF-8 that says so', Buffer.from('# vim: set fileencoding=utf-8 :\nNAME = "café"\n'), 'created'],
  ['ASCII, whatever it says', Buffer.from('# coding: latin-1\nNAME = "cafe"\n'), 'created'],
])('a module in %s is left alone', async (_, bytes, said) => {
  write('churn.ipynb', churn);
  write('src/shapes/old.py', '');
  writeFileSync(join(folder, 'src/shapes/old.py'), bytes);
  const { status, both } = await run('extract', 'churn.ipynb', '--package', 'shapes');
  expect(status).toBe(said === 'NB204' ? 2 : 0);
  expect(both).toContain(said);
  expect(readFileSync(join(folder, 'src/shapes/old.py'))).toEqual(bytes);
});

test('a byte order mark stays', async () => {
  write('churn.ipynb', churn);
  write('src/shapes/churn.py', '\ufeff"""Text."""\n\nx = 1\n');
  const { status } = await run('extract', 'churn.ipynb', '--package', 'shapes');
  expect(status).toBe(0);
  expect(readFileSync(join(folder, 'src/shapes/churn.py'), 'utf8')).toMatch(
    /^\ufeff"""Text\."""\n\nimport math\n\nx = 1\n\n\ndef area/,
  );
});

test.each([
  ['a missing file', ['extract', 'nowhere.ipynb'], /nowhere\.ipynb: NB510/],
  ['a bad option', ['extract', 'churn.ipynb', '--no-such-option'], /unknown option/],
  ['no path', ['extract'], /missing required argument/],
  ['an unknown command', ['extrakt'], /unknown command/],
  ['a bad layout', ['extract', 'churn.ipynb', '--layout', 'deep'], /Allowed choices/],
  ['a package that is a keyword', ['extract', 'churn.ipynb', '--package', 'class'], /NB523/],
  ['a source root outside the project', ['extract', 'churn.ipynb', '--source-root', '../..'], /NB524/],
  ['a source root in git', ['extract', 'churn.ipynb', '--source-root', '.git/hooks'], /NB524/],
  ['a source root of ours', ['extract', 'churn.ipynb', '--source-root', 'src/.nb2mod'], /NB524/],
  ['a package that holds no code', ['extract', 'churn.ipynb', '--package', '__pycache__'], /NB523/],
  ['undo with nothing to undo', ['undo'], /NB505/],
])('%s is exit 2 with a message on stderr, and nothing is written', async (_name, words, message) => {
  write('churn.ipynb', churn);
  const before = snapshot();
  const { status, stdout, stderr } = await run(...words);
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
  expect(snapshot()).toEqual(before);
});

test('scan --json lists definitions, what they read, and what cells bind; nothing is written', async () => {
  write(
    'churn.ipynb',
    notebook(
      'import numpy as np',
      '@np.vectorize\ndef plot(x=len([])):\n    return df, x',
      'df = load()\n\n',
    ),
  );
  const before = snapshot();
  const { status, stdout } = await run('scan', 'churn.ipynb', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    notebooks: [
      {
        path: 'churn.ipynb',
        // A line break at the end of a cell begins no line.
        size: { cells: 3, lines: 6 },
        definitions: [
          {
            name: 'plot',
            kind: 'function',
            cell: 2,
            line: 2,
            endLine: 3,
            movable: false,
            code: 'NB401',
            readsAtDefinition: ['len', 'np'],
            readsAtCall: ['df'],
            writes: [],
          },
        ],
        cells: [
          { cell: 1, binds: ['np'], imports: ['np'] },
          { cell: 2, binds: ['plot'], imports: [] },
          { cell: 3, binds: ['df'], imports: [] },
        ],
      },
    ],
    families: [],
  });
  expect(snapshot()).toEqual(before);
});

test('many notebooks lead to the same report whatever the number of threads, and drafts can be left out', async () => {
  for (let i = 0; i < 13; i++) {
    const own = `def own_${i}(x):\n    return area(x) + ${i}`;
    write(
      `part_${i % 3}/study_${i}.ipynb`,
      notebook('import math', 'def area(r):\n    return math.pi * r', own),
    );
  }
  write('drafts/wild.ipynb', notebook('def wild(): return 1'));
  write('.gitignore', 'part_2/\n');
  const words = ['extract', '.', '--dry-run', '--json', '--package', 'shapes', '--exclude', 'drafts'];
  const reports = [await run(...words, '--jobs', '1'), await run(...words, '--jobs', '2')];
  expect(reports.map(({ status }) => status)).toEqual([0, 0]);
  expect(reports[1]!.stdout).toBe(reports[0]!.stdout);
  const { summary, modules } = JSON.parse(reports[0]!.stdout) as {
    summary: unknown;
    modules: { path: string }[];
  };
  expect(summary).toEqual({ notebooks: 9, definitions: 18, moved: 18, kept: 0 });
  expect(modules.map(({ path }) => path)).toContain('src/shapes/common.py');
  expect((await run(...words)).stdout).toBe(reports[0]!.stdout);
});

test('a notebook that takes too long is left alone, and said to be', async () => {
  write(
    'churn.ipynb',
    notebook(...Array.from({ length: 3000 }, (_, i) => `def f${i}(x):\n    return x + ${i}`)),
  );
  const { status, stdout, stderr } = await run('scan', 'churn.ipynb', '--jobs', '1', '--limit', '0.01');
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('NB205 reading it took too long');
});

test('--on-conflict decides about a name that a module has already', async () => {
  write('src/shapes/churn.py', 'def area(r):\n    return r\n');
  write('churn.ipynb', churn);
  const before = snapshot();
  const refused = await run('extract', 'churn.ipynb', '--on-conflict', 'error');
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("NB417 'area' stays: 'shapes.churn' has another 'area'");
  expect(snapshot()).toEqual(before);
  expect((await run('extract', 'churn.ipynb', '--dry-run')).stderr).toContain(
    'would move 0 definitions, 1 would stay',
  );
  expect((await run('extract', 'churn.ipynb', '--on-conflict', 'rename')).status).toBe(0);
  expect(readFileSync(join(folder, 'churn.ipynb'), 'utf8')).toContain('from shapes.churn_2 import area');
  expect(readFileSync(join(folder, 'src/shapes/churn.py'), 'utf8')).toBe('def area(r):\n    return r\n');
});

test('settings of pyproject.toml hold, those of overrides for their notebooks', async () => {
  const text = [
    '[tool.nb2mod]',
    'package = "shapes"',
    'exclude = ["drafts/"]',
    'keep = ["scratch_*"]',
    '[tool.nb2mod.modules]',
    '"load_*" = "data"',
    '[[tool.nb2mod.overrides]]',
    'paths = ["old/"]',
    'layout = "flat"',
    'keep-outputs = true',
  ];
  write('pyproject.toml', text.join('\n'));
  const cells = ['def load_it(): return 1', 'def scratch_it(): return 2'];
  write('study.ipynb', notebook(...cells, 'def one(): return 1'));
  write('old/b.ipynb', notebook('def two(): return 2', 'two()'));
  write('drafts/c.ipynb', notebook('def three(): return 3'));
  expect((await run('extract', '.')).status).toBe(0);
  const files = Object.keys(snapshot()).filter((name) => name.endsWith('.py') && !name.includes('__init__'));
  expect(files).toEqual(['src/shapes/core.py', 'src/shapes/data.py', 'src/shapes/study.py']);
  expect(readFileSync(join(folder, 'old/b.ipynb'), 'utf8')).toContain('shown');
  expect(readFileSync(join(folder, 'study.ipynb'), 'utf8')).toContain('def scratch_it');
});

test('extract takes out the results that strip takes out, by the settings of strip', async () => {
  write('pyproject.toml', '[tool.nb2mod.strip]\nkeep-output-type = ["stream"]\nkeep-count = true\n');
  write('churn.ipynb', churn);
  expect((await run('extract', 'churn.ipynb', '--package', 'shapes')).status).toBe(0);
  const text = readFileSync(join(folder, 'churn.ipynb'), 'utf8');
  expect(text).toContain('shown');
  expect(text).toContain('"execution_count": 3');
  expect(start('strip', '--check', 'churn.ipynb')).toMatchObject({ status: 0, stdout: '' });
  expect(start('strip', '--keep-output-type', 'eror', '--', 'churn.ipynb')).toMatchObject({
    status: 2,
    stderr: "NB522 keep-output-type cannot be 'eror'\n  hint: Did you mean 'error'?\n",
  });
  write('pyproject.toml', '[tool.nb2mod.strip]\nmax-size = "big"\n');
  expect((await run('extract', 'churn.ipynb')).stderr).toContain("NB522 max-size cannot be 'big'");
});

test('the order in which notebooks are named changes nothing', async () => {
  const first = notebook('def f():\n    return 1', 'def g():\n    return 2');
  const second = notebook('def f():\n    return 1', 'def h():\n    return 3');
  const results: [string, string][][] = [];
  for (const order of [
    ['a.ipynb', 'b.ipynb'],
    ['b.ipynb', 'a.ipynb'],
  ]) {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    write('a.ipynb', first);
    write('b.ipynb', second);
    await run('extract', ...order, '--package', 'shapes');
    results.push(Object.entries(snapshot()).filter(([name]) => !name.startsWith('.nb2mod')));
  }
  expect(results[0]).toEqual(results[1]);
  expect(results[0]!.map(([name]) => name)).toContain('src/shapes/common.py');
});

test('a Node that is too old is told so, whatever the command', () => {
  const older = `Object.defineProperty(process.versions, 'node', { value: '18.20.4' })`;
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(older)}`];
  const { status, stderr } = spawnSync(process.execPath, [...flags, cli, 'strip'], {
    encoding: 'utf8',
    input: '',
  });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: expect.stringContaining('nb2mod needs Node 20 or newer'),
  });
});
