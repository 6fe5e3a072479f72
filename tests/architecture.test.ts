/** The layers of the source: who may import whom, what the light commands load, and that each file says what it does. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../src/', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .sort();
const texts = new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]));

interface Imported {
  /** A file under `src/`, or a package. */
  readonly target: string;
  /** `import('…')`: loaded only when it is reached. */
  readonly isLazy: boolean;
  /** `import type`: gone once compiled. */
  readonly isType: boolean;
}

function importsOf(path: string): Imported[] {
  const text = texts.get(path)!;
  const found: Imported[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'/gm)) {
    found.push({ target: targetOf(path, match[2]!), isLazy: false, isType: match[1] !== undefined });
  }
  for (const match of text.matchAll(/\bimport\('([^']+)'\)/g)) {
    found.push({ target: targetOf(path, match[1]!), isLazy: true, isType: false });
  }
  return found;
}

function targetOf(path: string, written: string): string {
  return written.startsWith('.') ? posix.join(dirname(path), written) : written;
}

/** The first folder, or the file's own name at the top. */
function layerOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path.replace(/\.ts$/, '');
}

/** What each layer may import, besides itself and `node:`. */
const below: Readonly<Record<string, readonly string[]>> = {
  text: [],
  notebook: ['text'],
  python: ['notebook', 'text'],
  scope: ['python', 'notebook', 'text'],
  project: ['text'],
  plan: ['scope', 'python', 'notebook', 'text'],
  render: ['plan', 'project', 'scope', 'python', 'notebook', 'text'],
  pipeline: ['render', 'plan', 'project', 'scope', 'python', 'notebook', 'text'],
  files: ['text'],
  report: ['text'],
  // Runs in the browser: of the others it knows only what the data looks like.
  page: ['report', 'text'],
  verify: ['text'],
  commands: [
    'pipeline',
    'render',
    'plan',
    'project',
    'scope',
    'python',
    'notebook',
    'text',
    'files',
    'report',
    'verify',
  ],
  cli: ['commands'],
  library: ['commands', 'report', 'project', 'notebook', 'text'],
};

/** The files that may import each package. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'web-tree-sitter': ['python/parse.ts'],
  'smol-toml': ['project/toml.ts'],
  commander: ['commands/program.ts'],
  ignore: ['files/find.ts'],
  diff: ['report/diff.ts', 'verify/learn.ts', 'page/compare.ts'],
  'd3-scale': ['page/chart.ts'],
  'd3-shape': ['page/chart.ts', 'page/graph.ts'],
  '@dagrejs/dagre': ['page/graph.ts'],
};

/** All that is loaded with a file, itself included. */
function loadedWith(path: string): ReadonlySet<string> {
  const loaded = new Set<string>();
  const stack = [path];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    if (!texts.has(next)) continue;
    for (const { target, isLazy, isType } of importsOf(next)) if (!isLazy && !isType) stack.push(target);
  }
  return loaded;
}

test.each(files)('%s imports only from layers below it', (path) => {
  const wrong = importsOf(path)
    .map(({ target }) => target)
    .filter((target) => texts.has(target) && layerOf(target) !== layerOf(path))
    .filter((target) => !below[layerOf(path)]?.includes(layerOf(target)));
  expect(wrong).toEqual([]);
});

test.each(files)('%s imports files that are there, and packages that are its own', (path) => {
  const wrong = importsOf(path)
    .map(({ target }) => target)
    .filter((target) => !target.startsWith('node:'))
    .filter((target) => !target.endsWith('.ts') || !existsSync(join(root, target)))
    .filter((target) => packages[target]?.includes(path) !== true);
  expect(wrong).toEqual([]);
});

test.each(files)('%s opens with a comment that says what it does', (path) => {
  expect(texts.get(path)!.replace(/^#!.*\n/, '')).toMatch(/^\/\*\*\s*\S[^]*?[.:!]\s*(\n[^]*?)?\*\//);
});

test('every layer is known', () => {
  expect([...new Set(files.map(layerOf))].filter((layer) => !(layer in below))).toEqual([]);
});

test('no file imports itself in a circle', () => {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    expect(trail, [...trail, path].join(' → ')).not.toContain(path);
    if (done.has(path)) return;
    for (const { target, isLazy } of importsOf(path)) {
      if (!isLazy && texts.has(target)) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of files) visit(path, []);
  expect(done.size).toBe(files.length);
});

test('the page takes nothing but types from other layers, and nobody takes anything from it', () => {
  const crossing = files.flatMap((path) =>
    importsOf(path)
      .filter(({ target }) => texts.has(target) && layerOf(target) !== layerOf(path))
      .filter(({ target, isType }) => layerOf(target) === 'page' || (layerOf(path) === 'page' && !isType))
      .map(({ target }) => `${path} → ${target}`),
  );
  expect(crossing).toEqual([]);
});

describe('what is loaded', () => {
  const isHeavy = (path: string): boolean =>
    /^(python|scope|plan|render|project|verify|report)\//.test(path) ||
    /^(pipeline\.ts|web-tree-sitter|smol-toml|commander|diff|@astral-sh\/.*)$/.test(path);

  test.each(['cli.ts', 'library.ts', 'commands/strip.ts', 'commands/filter.ts'])(
    '%s loads nothing heavy',
    (path) => {
      expect([...loadedWith(path)].filter(isHeavy)).toEqual([]);
    },
  );

  test('only one file loads tree-sitter, and only one loads Ruff', () => {
    const loading = (name: string): string[] =>
      files.filter((path) =>
        texts
          .get(path)!
          .replace(/\/\*\*[^]*?\*\/|\/\/.*/g, '')
          .includes(`'${name}'`),
      );
    expect(loading('web-tree-sitter')).toEqual(['python/parse.ts']);
    expect(loading('@astral-sh/ruff-wasm-nodejs')).toEqual(['render/judge.ts']);
  });

  test('the pure layers meet neither disk, process nor network', () => {
    const pure = files.filter((path) => /^(text|notebook|scope|plan|project)\//.test(path));
    const wrong = pure.flatMap((path) =>
      importsOf(path)
        .filter(({ target }) =>
          /^node:(fs|child_process|net|http|https|os|process|worker_threads)/.test(target),
        )
        .map(({ target }) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

test('there are no drawers for odds and ends', () => {
  expect(
    files.filter((path) => /(^|\/)(utils?|helpers?|types|index|common|misc)(\.ts|\/)/.test(path)),
  ).toEqual([]);
});
