import { describe, expect, test } from 'vitest';
import { findHome, readBuild, takesIn, type Build } from '../src/project/build.ts';
import { readConfiguration } from '../src/project/configuration.ts';
import { moduleNameOf, moduleNames } from '../src/project/modules.ts';
import { isModuleName } from '../src/text/module-name.ts';
import { checkPackage, choosePackage } from '../src/project/package.ts';
import { readProjectFile } from '../src/project/toml.ts';
import { findRoot, isInstallable, type BuildClues } from '../src/project/root.ts';
import { nearest } from '../src/text/nearest.ts';
import { standardLibrary } from '../src/text/standard-library.ts';

describe('the project root', () => {
  const roots: [files: string[], root: string][] = [
    [['/a/pyproject.toml'], '/a'],
    [['/a/setup.py'], '/a'],
    [['/a/b/setup.cfg', '/a/.git'], '/a/b'],
    [['/a/.git'], '/a'],
    [['/a/b/c/.git', '/a/pyproject.toml'], '/a/b/c'],
    [[], '/a/b/c'],
    [['/pyproject.toml'], '/'],
  ];
  test.each(roots)('of /a/b/c with %j is %s', (files, root) => {
    expect(findRoot('/a/b/c', (path) => files.includes(path))).toBe(root);
  });
});

describe('a project', () => {
  const made: [what: string, clues: Partial<BuildClues>, isMade: boolean][] = [
    ['with nothing', {}, false],
    ['with a setup.py', { hasSetupScript: true }, true],
    ['with an empty pyproject.toml', { keys: [] }, true],
    ['with [project]', { keys: ['project', 'tool.ruff'] }, true],
    ['with [build-system]', { keys: ['build-system'] }, true],
    ['of Poetry', { keys: ['tool.poetry'] }, true],
    ['with a linter alone', { keys: ['tool.ruff', 'tool.nb2mod'] }, false],
    ['with setup.cfg for a package', { setup: '[flake8]\nignore = E501\n[metadata]\nname = shop\n' }, true],
    ['with setup.cfg for a linter', { setup: '[flake8]\nignore = E501\n' }, false],
  ];
  test.each(made)('%s', (_, clues, isMade) => {
    expect(isInstallable({ keys: undefined, setup: undefined, hasSetupScript: false, ...clues })).toBe(
      isMade,
    );
  });
});

describe('what a project tells of its build', () => {
  const manifests: [text: string, build: Build][] = [
    ['[project]\nname = "shop"\n', {}],
    ['[tool.poetry]\nname = "shop"\n', { title: 'shop' }],
    [
      '[tool.poetry]\nname = "my-shop"\npackages = [{ include = "shop", from = "lib" }]\n',
      { title: 'my-shop', sourceRoot: 'lib', package: 'shop' },
    ],
    ['[tool.poetry]\npackages = [{ include = "shop/**/*.py" }]\n', { sourceRoot: '.', package: 'shop' }],
    ['[tool.poetry]\npackages = [{ include = "a" }, { include = "b" }]\n', {}],
    ['[tool.setuptools]\npackage-dir = { "" = "lib" }\n', { sourceRoot: 'lib' }],
    ['[tool.setuptools]\npackages = ["shop", "shop.data"]\n', { sourceRoot: '.', package: 'shop' }],
    ['[tool.setuptools.packages.find]\nwhere = ["./lib/"]\n', { sourceRoot: 'lib' }],
    ['[tool.setuptools.packages.find]\ninclude = ["shop*"]\n', { sourceRoot: '.' }],
    ['[tool.setuptools]\npy-modules = []\n', { sourceRoot: '.' }],
    ['[tool.hatch.build.targets.wheel]\npackages = ["src/shop"]\n', { sourceRoot: 'src', package: 'shop' }],
    ['[tool.hatch.build.targets.wheel]\npackages = ["shop"]\n', { sourceRoot: '.', package: 'shop' }],
    ['[tool.flit.module]\nname = "shop"\n', { package: 'shop' }],
    ['[tool.flit.module]\nname = "acme.shop"\n', {}],
    [
      '[tool.uv.build-backend]\nmodule-name = "shop"\nmodule-root = ""\n',
      { sourceRoot: '.', package: 'shop' },
    ],
    ['[tool.pdm.build]\npackage-dir = "lib"\n', { sourceRoot: 'lib' }],
    [
      '[tool.maturin]\npython-source = "python"\nmodule-name = "shop._native"\n',
      { sourceRoot: 'python', package: 'shop' },
    ],
  ];
  test.each(manifests)('by %j', (text, build) => {
    const file = readProjectFile('pyproject.toml', text);
    expect(readBuild({ document: 'document' in file ? file.document : undefined })).toEqual(build);
  });

  test.each<[setup: string, build: Build]>([
    [
      '[metadata]\r\nname = shop\r\n[options]\r\npackage_dir =\r\n    = lib\r\npackages = find:\r\n',
      { sourceRoot: 'lib' },
    ],
    ['[options]\npackages = find:\n[options.packages.find]\nwhere = lib\n', { sourceRoot: 'lib' }],
    ['[options]\npackages = find:\n', { sourceRoot: '.' }],
    ['[options]\npy_modules = shop\n', { sourceRoot: '.' }],
    ['[metadata]\nname = shop\n[options]\ninstall_requires = numpy\n', {}],
    ['[flake8]\nname = x\nwhere = y\n', {}],
  ])('by setup.cfg, %j', (setup, build) => {
    expect(readBuild({ setup })).toEqual(build);
  });

  test.each<[script: string, build: Build]>([
    ["setup(name='shop', package_dir={'': 'lib'})\n", { sourceRoot: 'lib' }],
    [
      "name = 'x'\nsetup(\n    # name='old',\n    packages=find_packages(where=\"lib\"),\n)\n",
      { sourceRoot: 'lib' },
    ],
    ["setup(name='shop', packages=find_packages(exclude=['tests']))\n", { sourceRoot: '.' }],
    ["setup(name='shop', packages=['shop', 'shop.data'])\n", { sourceRoot: '.' }],
    ["setup(name='shop', py_modules=['shop'])\n", { sourceRoot: '.' }],
    ["setup(name='shop', packages=packages, package_dir=folders)\n", {}],
    ['setup()\n', {}],
  ])('by setup.py, %j', (script, build) => {
    expect(readBuild({ script })).toEqual(build);
  });
});

describe('the folder that holds the package', () => {
  interface Case {
    readonly build?: Build;
    /** Folders with an `__init__.py`. */
    readonly there?: readonly string[];
    readonly name?: string;
    readonly projectName?: string;
    readonly isLoose?: true;
  }
  const cases: [what: string, given: Case, home: string][] = [
    ['src where nothing is there', {}, 'src'],
    ['src where the package is there', { there: ['src/shop', 'shop'], projectName: 'shop' }, 'src shop'],
    [
      'the root where the package stands there',
      { there: ['shop', 'src/other'], projectName: 'Shop' },
      '. shop',
    ],
    ['src where the package stands at the root of a project without a name', { there: ['shop'] }, 'src'],
    [
      'the root where the package that Poetry names stands',
      { build: { title: 'shop' }, there: ['shop'] },
      '. shop',
    ],
    ['src where a package of another name stands there', { there: ['shop'], projectName: 'my-shop' }, 'src'],
    ['src where the user names another', { there: ['shop'], name: 'other' }, 'src'],
    ['the root where the user names that one', { there: ['shop', 'other'], name: 'other' }, '. other'],
    ['src where nothing is installed', { there: ['shop'], projectName: 'shop', isLoose: true }, 'src'],
    ['src where it is a package itself', { there: ['src', 'src/a'], projectName: 'shop' }, 'src'],
    ['the root where src is the package', { there: ['src', 'src/a'], projectName: 'src' }, '. src'],
    [
      'src that is a package, with the package in it',
      { there: ['src', 'src/shop'], projectName: 'shop' },
      'src shop',
    ],
    [
      'the one that the build names, where the package is there',
      { build: { sourceRoot: 'lib' }, there: ['lib/shop', 'shop'], projectName: 'shop' },
      'lib shop',
    ],
    [
      'src where the one that the build names lacks it',
      { build: { sourceRoot: 'lib' }, name: 'shop' },
      'src',
    ],
    [
      'where the package that the build names stands',
      { build: { package: 'shop' }, there: ['shop'], projectName: 'my-shop' },
      '. shop',
    ],
    [
      'src where the package that the build names is not there',
      { build: { package: 'shop' }, projectName: 'my-shop' },
      'src',
    ],
  ];
  test.each(cases)('is %s', (_, { build = {}, there = [], name, projectName, isLoose }, home) => {
    const packagesIn = (folder: string): string[] =>
      there.flatMap((path) => {
        const below =
          folder === '.' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : '';
        return below === '' || below.includes('/') ? [] : [below];
      });
    const grounds = { packagesIn, isPackage: (folder: string) => there.includes(folder) };
    const found = findHome(build, isLoose !== true, name, projectName, grounds);
    expect([found.sourceRoot, found.package].join(' ').trim()).toBe(home);
  });
});

test.each<[build: Build, place: string, isTaken: boolean]>([
  [{}, 'src/shop', true],
  [{ sourceRoot: 'src' }, 'src/shop', true],
  [{ sourceRoot: '.' }, 'src/shop', false],
  [{ sourceRoot: 'lib', package: 'shop' }, 'lib/shop', true],
  [{ package: 'shop' }, 'src/other', false],
])('what is built as %j says holds %s: %s', (build, place, isTaken) => {
  const [folder, name] = place.split('/') as [string, string];
  expect(takesIn(build, folder, name)).toBe(isTaken);
});

describe('a module name', () => {
  const names: [notebook: string, module: string][] = [
    ['churn.ipynb', 'churn'],
    ['notebooks/Churn Analysis.ipynb', 'churn_analysis'],
    ['01 - Data Cleaning (final).ipynb', 'data_cleaning_final'],
    ['01_intro.ipynb', 'intro'],
    ['01intro.ipynb', 'intro'],
    ['02.01-Understanding-Data-Types.ipynb', 'understanding_data_types'],
    ['2020.ipynb', 'nb_2020'],
    ['7.ipynb', 'nb_7'],
    ['2020-survey.ipynb', 'survey_2020'],
    ['2021-03-15 churn.ipynb', 'churn_2021_03_15'],
    ['3d_plots.ipynb', 'nb_3d_plots'],
    ['1st look.ipynb', 'nb_1st_look'],
    ['ChurnAnalysis.ipynb', 'churn_analysis'],
    ['HTMLParserNotes.ipynb', 'html_parser_notes'],
    ['PyTorch Intro.ipynb', 'pytorch_intro'],
    ['02_cuDF with LangChain.ipynb', 'cudf_with_langchain'],
    ['Untitled1.ipynb', 'untitled1'],
    ['eda-Copy1.ipynb', 'eda_copy1'],
    ["Men's Shoes.ipynb", 'mens_shoes'],
    ['a__b---c.ipynb', 'a_b_c'],
    ['_private.ipynb', 'private'],
    ['class.ipynb', 'nb_class'],
    ['None.ipynb', 'none'],
    ['04-import.ipynb', 'nb_04_import'],
    ['statistics.ipynb', 'nb_statistics'],
    ['Test.ipynb', 'nb_test'],
    ['tomllib.ipynb', 'nb_tomllib'],
    ['common.ipynb', 'nb_common'],
    ['01-common.ipynb', 'nb_01_common'],
    ['conftest.ipynb', 'nb_conftest'],
    ['__init__.ipynb', 'init'],
    ['aux.ipynb', 'nb_aux'],
    ['x.ipynb', 'nb_x'],
    ['Größe über alles.ipynb', 'grosse_uber_alles'],
    ['naïve Café.ipynb', 'naive_cafe'],
    ['Анализ данных.ipynb', 'analiz_dannykh'],
    ['Ανάλυση.ipynb', 'analysi'],
    ['数据分析.ipynb', 'notebook_5d8ec6f6'],
    ['第1章 intro.ipynb', 'intro'],
    ['---.ipynb', 'notebook_cb3f91d5'],
    ['🚀 launch.ipynb', 'launch'],
    ['C:\\work\\Churn.IPYNB', 'churn'],
    [
      `${'a very long name indeed '.repeat(9)}.ipynb`,
      'a_very_long_name_indeed_a_very_long_name_indeed_a_very_long',
    ],
    [`${'x'.repeat(300)}.ipynb`, 'x'.repeat(60)],
  ];
  test.each(names)('of %s is %s', (notebook, module) => {
    expect(moduleNameOf(notebook)).toBe(module);
    expect(isModuleName(module)).toBe(true);
  });

  test('is the same for a name in composed and decomposed form', () => {
    expect(moduleNameOf('Größe.ipynb'.normalize('NFD'))).toBe(moduleNameOf('Größe.ipynb'.normalize('NFC')));
    expect(moduleNameOf('データ.ipynb'.normalize('NFD'))).toBe(moduleNameOf('データ.ipynb'.normalize('NFC')));
  });

  test('is given to one notebook only, whatever order they come in', () => {
    const paths = [
      'b/Data.ipynb',
      'a/data.ipynb',
      'a/01-data.ipynb',
      'a/02-data.ipynb',
      '3/data.ipynb',
      'a/10-spatial-models/data.ipynb',
    ];
    const expected = new Map([
      ['3/data.ipynb', 'data'],
      ['a/01-data.ipynb', 'a_data'],
      ['a/02-data.ipynb', 'data_2'],
      ['a/10-spatial-models/data.ipynb', 'spatial_models_data'],
      ['a/data.ipynb', 'data_3'],
      ['b/Data.ipynb', 'b_data'],
    ]);
    expect(moduleNames(paths)).toEqual(expected);
    expect(moduleNames([...paths].reverse())).toEqual(expected);
  });

  test('avoids names that are taken, in any case', () => {
    expect([...moduleNames(['churn.ipynb'], ['Churn', 'churn_2']).values()]).toEqual(['churn_3']);
  });
});

describe('the package name', () => {
  const clues = { packages: [], folder: 'churn-analysis', imported: [] };
  test.each([
    ['the folder', clues, 'churn_analysis'],
    ['the project', { ...clues, projectName: 'Customer.Churn' }, 'customer_churn'],
    [
      "the project's package as it is spelt",
      { ...clues, projectName: 'my-lib', packages: ['My_Lib', 'other'] },
      'My_Lib',
    ],
    ['the one package', { ...clues, packages: ['churnlib'] }, 'churnlib'],
    [
      'the one package, imported by the notebooks',
      { ...clues, packages: ['churnlib'], imported: ['churnlib'] },
      'churnlib',
    ],
    ['the one package beside its tests', { ...clues, packages: ['churnlib', 'docs', 'tests'] }, 'churnlib'],
    ['one of any name where it is alone', { ...clues, packages: ['tests'] }, 'tests'],
    ['not one of several packages', { ...clues, packages: ['a1', 'b1'] }, 'churn_analysis'],
    [
      'not one that hides an import',
      { ...clues, folder: 'pandas', imported: ['pandas', 'numpy'] },
      'pandas_lib',
    ],
    ['not one that hides the standard library', { ...clues, folder: 'statistics' }, 'statistics_lib'],
    ['not a keyword', { ...clues, folder: 'class' }, 'class_lib'],
    ['not starting with a digit', { ...clues, folder: '2024 churn' }, 'nb_2024_churn'],
    ['not without letters', { ...clues, folder: '数据' }, 'notebooks'],
    ['not empty', { ...clues, folder: '' }, 'notebooks'],
    ['not a project name without letters', { ...clues, projectName: '--' }, 'churn_analysis'],
  ])('is %s', (_, given, name) => {
    expect(choosePackage(given)).toBe(name);
  });

  test.each([
    ['churn', null],
    ['Churn2', null],
    ['my-package', 'Name another, such as --package my_package.'],
    ['class', 'Name another, such as --package class_lib.'],
    ['json', 'Name another, such as --package json_lib.'],
    ['a.b', 'Name another, such as --package a_b.'],
    ['2x', 'Name another, such as --package nb_2x.'],
    ['', 'Name another, such as --package notebooks.'],
    ['__pycache__', 'Name another, such as --package pycache.'],
  ])('given as %j is answered by %j', (name, hint) => {
    expect(checkPackage(name)?.hint ?? null).toBe(hint);
  });
  test('that notebooks import from elsewhere hides it', () => {
    const diagnostic = checkPackage('numpy', new Set(['numpy', 'numpy_lib']));
    expect(diagnostic).toMatchObject({
      code: 'NB523',
      message: "the package name 'numpy' would hide the module of that name that notebooks import",
      hint: 'Name another, such as --package numpy_package.',
    });
    expect(checkPackage('shop', new Set(['numpy']))).toBeNull();
  });
});

test('the standard library has what any Python 3.9 to 3.14 has', () => {
  for (const name of [
    'os',
    'binhex',
    'distutils',
    'imp',
    'cgi',
    'tomllib',
    'annotationlib',
    'winreg',
    'pwd',
    '__future__',
  ]) {
    expect(standardLibrary, name).toContain(name);
  }
  for (const name of ['numpy', 'yaml', 'pip', 'setuptools'])
    expect(standardLibrary, name).not.toContain(name);
});

describe('configuration', () => {
  const read = (text: string): Omit<ReturnType<typeof readConfiguration>, 'keys' | 'document'> => {
    const { keys: _, document: __, ...rest } = readConfiguration('pyproject.toml', text);
    return rest;
  };
  test.each([
    ['', []],
    ['[project]\nname = "a"\n[tool.ruff]\n[tool.ruff.lint]\n', ['project', 'tool.ruff']],
    ['[[', []],
  ])('keys of %j', (text, keys) => {
    expect(readConfiguration('pyproject.toml', text).keys).toEqual(keys);
  });
  const everyOption =
    'The options are package, source-root, layout, keep-outputs, keep, modules, exclude, gitignore, on-conflict, ' +
    'jobs, limit, tests, verify, python, timeout, offline, attributes, pre-commit, extract, scan, init, install, overrides, strip.';
  test('has the names of the long options', () => {
    const text = `[project]\nname = "churn"\n\n[tool.nb2mod]\npackage = "lib"\nsource-root = "python"\nlayout = "flat"\nkeep-outputs = true\n`;
    expect(read(text)).toEqual({
      configuration: { package: 'lib', sourceRoot: 'python', layout: 'flat', keepOutputs: true },
      projectName: 'churn',
      diagnostics: [],
    });
  });
  test.each([
    ['', {}],
    ['[tool.ruff]\nline-length = 100\n', {}],
    ['[tool]\nnb2mod = { package = "lib" }\n', { package: 'lib' }],
    ['tool.nb2mod.package = "lib"\r\n', { package: 'lib' }],
    ['\uFEFF[tool.nb2mod]\npackage = "lib"\n', { package: 'lib' }],
  ])('of %j', (text, configuration) => {
    expect(read(text)).toEqual({ configuration, diagnostics: [] });
  });
  test('settings of single notebooks: names to keep, modules by name, overrides by path', () => {
    const text = `[tool.nb2mod]
exclude = ["drafts/"]
gitignore = false
jobs = 2
keep = ["scratch_*"]

[tool.nb2mod.modules]
"load_*" = "data.loading"

[[tool.nb2mod.overrides]]
paths = ["old/**"]
layout = "flat"
keep-outputs = true

[tool.nb2mod.strip]
keep-count = true
`;
    expect(read(text)).toEqual({
      configuration: {
        exclude: ['drafts/'],
        gitignore: false,
        jobs: 2,
        keep: ['scratch_*'],
        modules: [{ pattern: 'load_*', module: 'data.loading' }],
        overrides: [{ paths: ['old/**'], layout: 'flat', keepOutputs: true }],
      },
      diagnostics: [],
    });
  });
  test('an option of the table is none of an override', () => {
    const text = '[tool.nb2mod]\n[[tool.nb2mod.overrides]]\npaths = ["a"]\npackage = "x"\n';
    const { diagnostics } = read(text);
    expect(diagnostics.map(({ code, place, message }) => [code, place?.line, message])).toEqual([
      ['NB521', 4, "unknown option 'package' under [[tool.nb2mod.overrides]]"],
    ]);
  });
  test.each([
    ['[tool.nb2mod]\n\npakage = "x"\n', 'NB521', 3, "Did you mean 'package'?"],
    ['[tool.nb2mod]\nsource_root = "x"\n', 'NB521', 2, "Did you mean 'source-root'?"],
    ['[tool.nb2mod]\nkeep_output = true\n', 'NB521', 2, "Did you mean 'keep-outputs'?"],
    [
      '[tool.nb2mod]\ndry-run = true\n',
      'NB521',
      2,
      'Give --dry-run on the command line; it belongs to a single run.',
    ],
    ['[tool.nb2mod]\nx = 1\n', 'NB521', 2, everyOption],
    ['[tool.nb2mod]\n"__proto__" = 1\n', 'NB521', 2, everyOption],
    ['[a]\nb = 1\n[tool.nb2mod]\nlayout = "deep"\n', 'NB522', 4, 'Write for instance layout = "topic".'],
    ['[tool.nb2mod]\npackage = 3\n', 'NB522', 2, 'Write for instance package = "churn".'],
    ['[tool.nb2mod]\nkeep-outputs = "yes"\n', 'NB522', 2, 'Write for instance keep-outputs = true.'],
    ['[tool.nb2mod]\njobs = 0\n', 'NB522', 2, 'Write for instance jobs = 2.'],
    ['[tool.nb2mod]\nexclude = "a"\n', 'NB522', 2, 'Write for instance exclude = ["drafts/"].'],
    [
      '[tool.nb2mod.modules]\n"load_*" = "../data"\n',
      'NB522',
      1,
      'Write for instance modules = { "load_*" = "data" }.',
    ],
    [
      '[tool.nb2mod]\n[[tool.nb2mod.overrides]]\nlayout = "flat"\n',
      'NB522',
      2,
      'Write [[tool.nb2mod.overrides]], and below it paths = ["drafts/"] and the settings.',
    ],
    ['[tool]\nnb2mod = 3\n', 'NB522', 2, 'Write a line [tool.nb2mod], and the options below it.'],
    [
      '[project]\nname = "x\n',
      'NB520',
      2,
      'Mend the file at the line named; nb2mod reads its options from it.',
    ],
  ])('%j is %s on line %s', (text, code, line, hint) => {
    const { configuration, diagnostics } = read(text);
    expect(configuration).toEqual({});
    expect(diagnostics.map((each) => [each.code, each.place?.line, each.hint])).toEqual([[code, line, hint]]);
  });
  test('an error in TOML is told on one line', () => {
    expect(read('[tool.nb2mod\n').diagnostics[0]?.message).not.toContain('\n');
  });
  test('nothing is suggested for what is far from everything', () => {
    expect(nearest('zzzzzz', ['package', 'layout'])).toBeNull();
  });
});
