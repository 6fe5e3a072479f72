/** What a project lacks: dependencies from imports, the files that pip and git look for, and nothing that is there. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importedModules } from '../src/commands/imports.ts';
import { askEnvironment } from '../src/files/environment.ts';
import { readConfiguration } from '../src/project/configuration.ts';
import { chooseDependencies, rangeFrom, type Distribution } from '../src/project/dependencies.ts';
import { distributionOf } from '../src/project/distributions.ts';
import { lackingFiles, projectNameOf, type ScaffoldFacts } from '../src/project/scaffold.ts';
import { namesOf } from './extraction.ts';
import { openProgram, type Answer, type Program } from './program.ts';
import { python } from './python.ts';

describe('the distribution of', () => {
  const cases: [module: string, distribution: string | null | undefined][] = [
    ['numpy', 'numpy'],
    ['sklearn.linear_model', 'scikit-learn'],
    ['cv2', 'opencv-python'],
    ['PIL.Image', 'Pillow'],
    ['yaml', 'PyYAML'],
    ['bs4', 'beautifulsoup4'],
    ['skimage', 'scikit-image'],
    ['dateutil.parser', 'python-dateutil'],
    ['huggingface_hub', 'huggingface-hub'],
    ['mpl_toolkits.mplot3d', 'matplotlib'],
    ['mpl_toolkits.basemap.Basemap', 'basemap'],
    ['google.cloud.bigquery.Client', 'google-cloud-bigquery'],
    ['google.protobuf.text_format', 'protobuf'],
    ['google.colab.files', null],
    ['google.unheard', undefined],
    ['cPickle', null],
    ['urllib2.urlopen', null],
    ['mylab_tools', undefined],
  ];
  test.each(cases)('%s is %s', (module, distribution) => {
    expect(distributionOf(module)).toBe(distribution);
  });
});

describe('the range from version', () => {
  const cases: [version: string, range: string][] = [
    ['2.1.3', '>=2.1'],
    ['2.1', '>=2.1'],
    ['2024.1', '>=2024.1'],
    ['7', '>=7'],
    ['2.1.0+cu118', '>=2.1'],
    ['1.26.4.post1', '>=1.26'],
    ['3.0.0rc1', '>=3.0.0rc1'],
    ['0.4.dev12+g1234', '>=0.4.dev12'],
    ['1!2.3.4', '>=1!2.3'],
    ['unknown', ''],
  ];
  test.each(cases)('%s is %s', (version, range) => {
    expect(rangeFrom(version)).toBe(range);
  });
});

describe('imported by', () => {
  const cases: [cell: string, modules: string][] = [
    ['import numpy as np, os.path', 'numpy os.path'],
    ['from google.cloud import storage', 'google.cloud.storage'],
    ['from numpy import *', 'numpy'],
    ['from . import load', ''],
    ['def f():\n    import seaborn', 'seaborn'],
    ['try:\n    import ujson as json\nexcept ImportError:\n    import json', 'ujson? json'],
    ['try:\n    import a\nfinally:\n    b = 1', 'a'],
    ['try:\n    import a\nexcept ImportError:\n    a = None\nimport a', 'a'],
    ['def f():\n    try:\n        import a\n    except ImportError:\n        pass', 'a?'],
    ['%matplotlib inline', 'matplotlib'],
    ['%load_ext autoreload\n%load_ext line_profiler', 'line_profiler'],
  ];
  test.each(cases)('%j: %s', (cell, modules) => {
    const found = importedModules(namesOf(cell)).map(
      ({ module, isOptional }) => module + (isOptional ? '?' : ''),
    );
    expect(found.join(' ')).toBe(modules);
  });
});

const need = (module: string, isOptional = false, path = '/a.ipynb') => ({ module, isOptional, path });

describe('dependencies', () => {
  const installed = (
    ...found: [name: string, version: string, isDirect?: boolean][]
  ): readonly Distribution[] =>
    found.map(([name, version, isDirect = false]) => ({ name, version, isDirect }));
  const environment = {
    version: '3.12',
    distributions: new Map([
      ['numpy', installed(['numpy', '2.1.3'])],
      ['cv2', installed(['opencv-contrib-python', '4.10'], ['opencv-python', '4.9.0'])],
      ['mylab', installed(['mylab', '0.3'], ['another-lab', '1.0'])],
      ['private', installed(['private', '1.0', true])],
      ['google.colab', installed(['google-colab', '1.0'])],
    ]),
  };
  const chosen = (...modules: ReturnType<typeof need>[]) =>
    chooseDependencies(modules, (top) => top === 'churn', environment);
  const cases: [modules: string, requirements: string][] = [
    ['numpy', 'numpy>=2.1'],
    ['sklearn', 'scikit-learn'],
    ['os', ''],
    ['churn.data', ''],
    ['cv2', 'opencv-python>=4.9'],
    ['mylab', 'another-lab>=1.0'],
    ['private', 'private'],
    ['google.colab', ''],
    ['stranger', ''],
    ['yaml sklearn PIL', 'Pillow PyYAML scikit-learn'],
    ['attr attrs', 'attrs'],
    ['ujson?', '[ujson]'],
    ['ujson? ujson', 'ujson'],
  ];
  test.each(cases)('%s: %s', (modules, requirements) => {
    const needs = modules.split(' ').map((word) => need(word.replace('?', ''), word.endsWith('?')));
    const { dependencies } = chosen(...needs);
    const shown = dependencies.map(({ requirement, isOptional }) =>
      isOptional ? `[${requirement}]` : requirement,
    );
    expect(shown.join(' ')).toBe(requirements);
  });

  test('tell where each import comes from, and in which files', () => {
    const { imports } = chosen(
      need('numpy', false, '/b.ipynb'),
      need('numpy.linalg'),
      need('google.colab.files', true),
      need('stranger.x'),
    );
    expect(imports).toEqual([
      {
        module: 'google.colab',
        distribution: null,
        from: 'nowhere',
        isOptional: true,
        paths: ['/a.ipynb'],
      },
      {
        module: 'numpy',
        distribution: 'numpy',
        from: 'environment',
        isOptional: false,
        paths: ['/a.ipynb', '/b.ipynb'],
      },
      { module: 'stranger', distribution: null, from: 'unknown', isOptional: false, paths: ['/a.ipynb'] },
    ]);
  });

  test('ask for the Python of the environment only where their versions come from it', () => {
    expect(chosen(need('numpy')).python).toBe('3.12');
    expect(chosen(need('sklearn')).python).toBeUndefined();
  });

  test.runIf(python)('are found in a real environment, namespaces and all', () => {
    const found = askEnvironment(
      [join(tmpdir(), 'no-such-python'), python!],
      ['sklearn.svm', 'dateutil', 'mpl_toolkits.mplot3d', 'yaml', 'nowhere.at.all'],
    );
    expect(found?.version).toMatch(/^3\.\d+$/);
    const names = Object.fromEntries(
      [...found!.distributions].map(([module, all]) => [module, all.map(({ name }) => name)]),
    );
    expect(names).toEqual({
      'sklearn.svm': ['scikit-learn'],
      dateutil: ['python-dateutil'],
      'mpl_toolkits.mplot3d': ['matplotlib'],
      yaml: ['PyYAML'],
    });
  });

  test.runIf(python && process.platform !== 'win32')('are found whatever else a Python prints', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nb2mod-python-'));
    const scripts = [`exit 0`, `echo null`, `echo '{'`, `echo hello; exec '${python}' "$@"`].map(
      (line, i) => {
        const path = join(folder, String(i));
        writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
        return path;
      },
    );
    const found = askEnvironment(scripts, ['yaml']);
    rmSync(folder, { recursive: true });
    expect(found?.python).toBe(scripts.at(-1));
    expect([...found!.distributions.keys()]).toEqual(['yaml']);
  });
});

const facts: ScaffoldFacts = {
  package: 'churn',
  folder: 'Churn 2024',
  sourceRoot: 'src',
  layout: undefined,
  isPoetry: false,
  dependencies: [{ name: 'numpy', requirement: 'numpy>=2.1', isOptional: false }],
  unknown: [],
  python: undefined,
  hasPackage: false,
};
const everything =
  '.gitattributes .gitignore .pre-commit-config.yaml Makefile README.md pyproject.toml src/churn/__init__.py tests/test_imports.py';

describe('lacking', () => {
  const cases: [there: string, lacking: string][] = [
    ['', everything],
    ['.git a.ipynb', everything],
    ['README.rst', everything.replace('README.md ', '')],
    ['noxfile.py', everything.replace('Makefile ', '')],
    ['test', everything.replace(' tests/test_imports.py', '')],
    // Whoever has set a project up knows where its package is.
    ['pyproject.toml', everything.replace(/ pyproject.*$/, '')],
    ['setup.py src/churn/__init__.py', everything.replace(/ pyproject.*$/, '')],
    [everything, ''],
  ];
  test.each(cases)('beside %j: %s', (there, lacking) => {
    const paths = there.split(' ');
    const names = [...new Set(paths.map((path) => path.split('/')[0]!))];
    const files = lackingFiles(facts, { names, exists: (path) => paths.includes(path) });
    expect(files.map(({ path }) => path).join(' ')).toBe(lacking);
  });
});

describe('pyproject.toml', () => {
  const manifest = (given: Partial<ScaffoldFacts> = {}): string =>
    lackingFiles({ ...facts, ...given }, { names: [], exists: () => false }).find(
      ({ path }) => path === 'pyproject.toml',
    )!.text;

  const cases: [given: Partial<ScaffoldFacts>, holds: string][] = [
    [{}, 'name = "churn"'],
    [{}, 'requires-python = ">=3.10"'],
    [{ python: '3.12' }, 'requires-python = ">=3.12"'],
    [{}, '    "numpy>=2.1",\n'],
    [{ dependencies: [] }, 'dependencies = []'],
    [{ unknown: ['mylab'] }, "    # What brings 'mylab' is not known.\n]"],
    [{}, 'packages = ["src/churn"]'],
    [{ isPoetry: true }, 'packages = [{ include = "churn", from = "src" }]'],
    [{ isPoetry: true }, 'build-backend = "poetry.core.masonry.api"'],
    [{ layout: 'topic' }, '[tool.nb2mod]\nlayout = "topic"\n'],
    [{ sourceRoot: 'lib' }, '[tool.nb2mod]\nsource-root = "lib"\n'],
    [{ sourceRoot: '.' }, 'packages = ["churn"]'],
    [{ package: '_churn' }, '[tool.nb2mod]\npackage = "_churn"\n'],
  ];
  test.each(cases)('of %j holds %j', (given, holds) => {
    const text = manifest(given);
    expect(text).toContain(holds);
    expect(readConfiguration('pyproject.toml', text).diagnostics).toEqual([]);
  });

  test('does not make a project depend on itself', () => {
    const dependencies = [{ name: 'scikit_learn', requirement: 'scikit_learn', isOptional: false }];
    expect(projectNameOf({ package: 'scikit_learn', dependencies })).toBe('scikit-learn-notebooks');
    expect(manifest({ package: 'scikit_learn', dependencies })).toContain('package = "scikit_learn"');
  });
});

describe('nb2mod init', () => {
  let program: Program;
  let base: string;
  let folder: string;
  beforeAll(() => {
    program = openProgram();
  });
  afterAll(() => program.close());
  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-init-')));
    folder = join(base, 'churn');
    write('churn.ipynb', notebook);
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  const cell = (source: string) => ({
    cell_type: 'code',
    execution_count: null,
    metadata: {},
    outputs: [],
    source,
  });
  const notebook = `${JSON.stringify({ cells: [cell('import yaml\nimport helpers'), cell('def load(text):\n    return yaml.safe_load(text)'), cell('load("a: 1")')], metadata: {}, nbformat: 4, nbformat_minor: 4 }, null, 1)}\n`;
  const run = (...words: string[]): Promise<Answer> => program.run([...words, '--no-python'], folder);
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  /** Every file but what undo needs, with its text. */
  const tree = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => !name.startsWith('.nb2mod') && statSync(join(folder, name)).isFile())
        .sort()
        .map((name) => [name.replaceAll('\\', '/'), read(name)]),
    );

  test('writes what is lacking, the notebook as it was; a second run finds nothing to do; undo takes it back', async () => {
    const before = tree();
    const first = await run('init');
    expect(first.status).toBe(0);
    expect(Object.keys(tree()).sort()).toEqual([...everything.split(' '), 'churn.ipynb'].sort());
    expect(read('churn.ipynb')).toBe(notebook);
    expect(read('pyproject.toml')).toContain('    "PyYAML",\n    # What brings \'helpers\' is not known.\n');
    expect(first.stderr).toContain('churn.ipynb: NB560 ');
    const after = tree();
    const second = await run('init');
    expect([second.status, second.stderr]).toEqual([0, 'nothing is lacking\n']);
    expect(tree()).toEqual(after);
    await program.run(['undo'], folder);
    expect(tree()).toEqual(before);
  });

  test('leaves every file that is there as it is', async () => {
    const own = {
      '.gitignore': 'data/\n',
      'README.md': '# Mine\n',
      'tests/test_mine.py': 'def test(): pass\n',
    };
    for (const [name, text] of Object.entries(own)) write(name, text);
    await run('init');
    expect(tree()).toMatchObject(own);
    expect(Object.keys(tree())).not.toContain('tests/test_imports.py');
  });

  test('--dry-run shows it, --check tells by the exit code, and both write nothing', async () => {
    const before = tree();
    const { status, stdout } = await run('init', '--dry-run');
    expect([status, stdout.includes('+++ b/pyproject.toml')]).toEqual([0, true]);
    expect((await run('init', '--check')).status).toBe(1);
    expect(tree()).toEqual(before);
  });

  test('--json tells files, dependencies and where each import comes from', async () => {
    write('helpers.py', 'def f(): pass\n');
    const report = JSON.parse((await run('init', '--json')).stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ version: 1, package: 'churn', dryRun: false, diagnostics: [] });
    expect(report['dependencies']).toEqual([{ name: 'PyYAML', requirement: 'PyYAML', optional: false }]);
    expect(report['imports']).toEqual([{ module: 'yaml', distribution: 'PyYAML', from: 'table', files: 1 }]);
    expect(report['files']).toContainEqual({ path: 'pyproject.toml', action: 'create' });
  });

  test('works in a folder without notebooks', async () => {
    rmSync(join(folder, 'churn.ipynb'));
    expect((await run('init')).status).toBe(0);
    expect(read('pyproject.toml')).toContain('dependencies = []');
  });

  test('extract --init writes both in one run, puts no path cell into the notebook, and undo takes all back', async () => {
    const before = tree();
    const { status, stderr } = await run('extract', '--init', 'churn.ipynb');
    expect(status).toBe(0);
    expect(stderr).toContain('python -m pip install -e .');
    expect(Object.keys(tree())).toContain('src/churn/churn.py');
    expect(read('churn.ipynb')).toContain('from churn.churn import load');
    expect(read('churn.ipynb')).not.toContain('sys.path');
    const after = tree();
    expect((await run('extract', '--init', 'churn.ipynb')).stderr).toBe('nothing to change\n');
    expect(tree()).toEqual(after);
    await program.run(['undo'], folder);
    expect(tree()).toEqual(before);
  });

  test('extract --poetry --dry-run --json reports what it would create', async () => {
    const { stdout } = await run('extract', '--poetry', '--dry-run', '--json', 'churn.ipynb');
    const report = JSON.parse(stdout) as { init: { files: unknown[] } };
    expect(report.init.files).toContainEqual({ path: 'pyproject.toml', action: 'create' });
    expect(Object.keys(tree())).toEqual(['churn.ipynb']);
  });
});
