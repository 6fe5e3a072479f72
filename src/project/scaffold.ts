/** Turns what is known of a project into the files that it lacks: what pip, git, pytest and people look for. */
import type { Dependency } from './dependencies.ts';
import { normaliseDistribution } from './distributions.ts';
import { choosePackage } from './package.ts';

export interface ScaffoldFacts {
  readonly package: string;
  /** The name of the project root's folder. */
  readonly folder: string;
  /** The folder that holds the package, relative to the root, with `/`; `.` for the root itself. */
  readonly sourceRoot: string;
  /** As the command line asks for it. */
  readonly layout: string | undefined;
  readonly isPoetry: boolean;
  readonly dependencies: readonly Dependency[];
  /** Top-level modules that nobody knows the distribution of. */
  readonly unknown: readonly string[];
  /** The oldest Python, `3.12`. */
  readonly python: string | undefined;
  /** Whether there is a package folder, or will be after this run. */
  readonly hasPackage: boolean;
}

/** A file to be written, relative to the root with `/`. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** What is at the root, and how to look below it; given in, so that this doesn't meet the disk. */
export interface Surface {
  /** The names in the root folder. */
  readonly names: readonly string[];
  readonly exists: (path: string) => boolean;
}

const taskFiles = /^((gnu)?makefile|tasks\.py|noxfile\.py|tox\.ini|justfile|taskfile\.ya?ml)$/i;

/** The oldest Python that is supported where nothing else is known. */
const oldestPython = '3.10';

/** The files that a project lacks, in the order of their paths. None that is there is in it. */
export function lackingFiles(facts: ScaffoldFacts, { names, exists }: Surface): NewFile[] {
  const isThere = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  const isInstallable = isThere(/^(pyproject\.toml|setup\.py|setup\.cfg)$/);
  const packageFolder = facts.sourceRoot === '.' ? facts.package : `${facts.sourceRoot}/${facts.package}`;
  const hasPackage = facts.hasPackage || !isInstallable;
  const readme = names.find((name) => /^readme(\.(md|rst|txt))?$/i.test(name));
  const files: (NewFile & { readonly isLacking: boolean })[] = [
    {
      path: 'pyproject.toml',
      text: manifestOf(facts, readme ?? 'README.md', packageFolder),
      isLacking: !isInstallable,
    },
    {
      path: `${packageFolder}/__init__.py`,
      text: '',
      isLacking: !isInstallable && !exists(`${packageFolder}/__init__.py`),
    },
    { path: '.gitignore', text: ignored, isLacking: !isThere(/^\.gitignore$/) },
    { path: '.gitattributes', text: attributes, isLacking: !isThere(/^\.gitattributes$/) },
    { path: '.pre-commit-config.yaml', text: hooks, isLacking: !isThere(/^\.pre-commit-config\.ya?ml$/) },
    { path: 'README.md', text: readmeOf(facts, packageFolder), isLacking: readme === undefined },
    { path: 'Makefile', text: makefileOf(facts), isLacking: !isThere(taskFiles) },
    {
      path: 'tests/test_imports.py',
      text: testOf(facts.package),
      isLacking: !isThere(/^tests?$/) && hasPackage,
    },
  ];
  return files
    .filter(({ isLacking }) => isLacking)
    .map(({ path, text }) => ({ path, text }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * The name of the project's distribution: the package's, with `-` for `_`. One that the project depends on would have
 * the project depend on itself.
 */
export function projectNameOf({
  package: name,
  dependencies,
}: Pick<ScaffoldFacts, 'package' | 'dependencies'>): string {
  const base = name.toLowerCase().replace(/_+/g, '-').replace(/^-|-$/g, '') || 'notebooks';
  const isTaken = dependencies.some((dependency) => normaliseDistribution(dependency.name) === base);
  return isTaken ? `${base}-notebooks` : base;
}

function manifestOf(facts: ScaffoldFacts, readme: string, packageFolder: string): string {
  const { package: name, sourceRoot, layout, isPoetry, dependencies, unknown, python = oldestPython } = facts;
  const projectName = projectNameOf(facts);
  const needed = dependencies.filter(({ isOptional }) => !isOptional).map(({ requirement }) => requirement);
  const optional = dependencies.filter(({ isOptional }) => isOptional).map(({ requirement }) => requirement);
  const strangers = unknown.map((module) => `# What brings '${module}' is not known.`);
  const project = [
    '[project]',
    `name = ${quote(projectName)}`,
    'version = "0.1.0"',
    `description = ${quote(`Code from the notebooks of ${facts.folder}.`)}`,
    ...(/\.(md|rst|txt)$/i.test(readme) ? [`readme = ${quote(readme)}`] : []),
    `requires-python = ">=${python}"`,
    ...listOf('dependencies', needed, strangers),
  ];
  const extras =
    optional.length === 0
      ? []
      : [
          [
            '[project.optional-dependencies]',
            '# What the code can do without.',
            ...listOf('optional', optional),
          ],
        ];
  const tools = isPoetry
    ? [
        ['[tool.poetry]', `packages = [{ include = ${quote(name)}, from = ${quote(sourceRoot)} }]`],
        ['[tool.poetry.group.dev.dependencies]', 'ipykernel = "*"', 'pytest = "*"'],
        ['[build-system]', 'requires = ["poetry-core>=2.0"]', 'build-backend = "poetry.core.masonry.api"'],
      ]
    : [
        ['[dependency-groups]', 'dev = ["ipykernel", "pytest"]'],
        ['[build-system]', 'requires = ["hatchling"]', 'build-backend = "hatchling.build"'],
        ['[tool.hatch.build.targets.wheel]', `packages = [${quote(packageFolder)}]`],
      ];
  const usual = choosePackage({ projectName, packages: [name], folder: facts.folder, imported: [] });
  const settings = [
    ...(usual === name ? [] : [`package = ${quote(name)}`]),
    ...(sourceRoot === 'src' ? [] : [`source-root = ${quote(sourceRoot)}`]),
    ...(layout === undefined ? [] : [`layout = ${quote(layout)}`]),
  ];
  const parts = [
    project,
    ...extras,
    ...tools,
    ['[tool.pytest.ini_options]', 'testpaths = ["tests"]'],
    ...(settings.length === 0 ? [] : [['[tool.nb2mod]', ...settings]]),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function listOf(key: string, items: readonly string[], comments: readonly string[] = []): string[] {
  if (items.length === 0 && comments.length === 0) return [`${key} = []`];
  return [
    `${key} = [`,
    ...items.map((item) => `    ${quote(item)},`),
    ...comments.map((comment) => `    ${comment}`),
    ']',
  ];
}

/** A basic string of TOML. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}

const ignored = `# Python
__pycache__/
*.py[cod]
*.egg-info/
/build/
/dist/
.venv/
venv/
.env
.pytest_cache/
.ruff_cache/
.mypy_cache/
.coverage

# Jupyter
.ipynb_checkpoints/

# Systems and editors
.DS_Store
.idea/
.vscode/
`;

const attributes = `# Notebooks are stored without outputs, once a clone has run \`nb2mod install --attributes .gitattributes\`.
*.ipynb filter=nb2mod diff=nb2mod
*.zpln filter=nb2mod diff=nb2mod
`;

const hooks = `# \`pre-commit install\` once in each clone. The hook needs nb2mod on the PATH.
repos:
  - repo: local
    hooks:
      - id: nb2mod-strip
        name: strip notebooks
        entry: nb2mod strip
        language: system
        files: \\.(ipynb|zpln)$
`;

function readmeOf({ package: name, folder, isPoetry }: ScaffoldFacts, packageFolder: string): string {
  const steps = isPoetry
    ? 'poetry install\npoetry run pytest'
    : 'python -m venv .venv\n. .venv/bin/activate        # on Windows: .venv\\Scripts\\activate\n' +
      'pip install -e . ipykernel pytest\npytest';
  const others = isPoetry
    ? ''
    : '\nOr, with uv: `uv run pytest`. With Poetry 2: `poetry install` and `poetry run pytest`.\n';
  return `# ${folder}

The notebooks import what they share from the package \`${name}\`, which lies in \`${packageFolder}/\`.

## Install and test

\`\`\`
${steps}
\`\`\`
${others}
## Work

- \`nb2mod extract <notebook>\` moves functions, classes and constants of a notebook into the package.
- \`nb2mod strip <notebook>\` takes outputs out; \`nb2mod install --attributes .gitattributes\` lets git do so.
- \`nb2mod undo\` brings back what the last run changed.
`;
}

function makefileOf({ isPoetry }: ScaffoldFacts): string {
  const [install, test] = isPoetry
    ? ['poetry install', 'poetry run pytest']
    : ['python -m pip install -e . ipykernel pytest', 'python -m pytest'];
  return `.PHONY: install test strip

install:
\t${install}

test:
\t${test}

strip:
\tgit ls-files -z '*.ipynb' | xargs -0 nb2mod strip
`;
}

function testOf(name: string): string {
  return `"""Every module of the package can be imported."""

import importlib
import pkgutil

import pytest

import ${name}

MODULES = ["${name}"] + [found.name for found in pkgutil.walk_packages(${name}.__path__, "${name}.")]


@pytest.mark.parametrize("module", MODULES)
def test_module_can_be_imported(module):
    importlib.import_module(module)
`;
}
