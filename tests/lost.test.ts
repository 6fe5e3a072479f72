import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openCrew, type Crew } from '../src/commands/crew.ts';
import { carryOut } from '../src/commands/extract.ts';
import { openNotebooks, planNotebooks, type OpenNotebook } from '../src/commands/planning.ts';
import { findSite, openProject } from '../src/commands/project.ts';
import { perform, type Failure, type TaskName } from '../src/commands/tasks.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-lost-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, '.git'));

const cell = (source: string) => ({
  cell_type: 'code',
  execution_count: null,
  metadata: {},
  outputs: [],
  source,
});
const shared = 'def area(r):\n    return r * r';
const imported = { first: 'yaml', second: 'PIL', third: 'cv2' };
const paths = Object.entries(imported).map(([name, module]) => {
  const path = join(root, `${name}.ipynb`);
  const cells = [cell(shared), cell(`import ${module}\ndef own_${name}(r):\n    return area(r)`)];
  writeFileSync(path, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 4 }));
  return path;
});

/** A crew that fails at one notebook. */
function failing(crew: Crew, task: TaskName, path: string, failure: Failure): Crew {
  return {
    ...crew,
    stream: async function* (name, asks) {
      let i = 0;
      for await (const answer of crew.stream(name, asks)) {
        const ask = asks[i++] as { readonly path?: string };
        yield name === task && ask.path === path ? { failure } : answer;
      }
    },
  };
}

/** The notebooks, and a crew that fails at the second. */
async function open(command: 'extract' | 'scan', task: TaskName, failure: Failure) {
  const crew = await openCrew(paths.length, {});
  const site = findSite(paths, { package: 'shapes' }, command);
  if ('diagnostics' in site) throw new Error();
  const { notebooks, imported } = await openNotebooks(paths, site.sourceRoot, crew);
  const opened = openProject(site, imported, { package: 'shapes' });
  if ('diagnostics' in opened) throw new Error();
  return { notebooks, project: opened.project, crew: failing(crew, task, paths[1]!, failure) };
}

async function run(task: TaskName, failure: Failure) {
  const { notebooks, project, crew } = await open('extract', task, failure);
  const wishes = { existingTests: undefined, scaffolding: { python: false } as const };
  const outcome = await carryOut(notebooks, project, new Map(), crew, wishes);
  await crew.close();
  return outcome;
}

test.each(['draft', 'plan'] as const)('a notebook whose %s is lost takes no part', async (task) => {
  const outcome = await run(task, 'time');
  expect(outcome.lost.map(({ code, place, message }) => [code, basename(place!.path), message])).toEqual([
    ['NB205', 'second.ipynb', 'planning it took too long: the notebook is left as it is'],
  ]);
  expect(outcome.faults).toEqual([]);
  expect(outcome.notebooks.map(({ path }) => basename(path))).toEqual(['first.ipynb', 'third.ipynb']);
  const written = outcome.files.map(({ path }) => basename(path));
  expect(written.filter((name) => /^(common|first|second|third)\./.test(name)).sort()).toEqual([
    'common.py',
    'first.ipynb',
    'first.py',
    'third.ipynb',
    'third.py',
  ]);
  // The project has it still, and so needs what it imports.
  const manifest = outcome.files.find(({ path }) => basename(path) === 'pyproject.toml');
  expect(Buffer.from(manifest!.after!).toString()).toContain('"Pillow"');
});

test('where a notebook cannot be rewritten in time, nothing is written', async () => {
  const { faults } = await run('finish', 'memory');
  expect(faults.map(({ code, message }) => [code, message])).toEqual([
    ['NB205', 'rewriting it took too much memory: nothing is written'],
  ]);
});

test('a notebook that brings a fault of ours to light takes no part', async () => {
  const { lost, faults } = await run('plan', { fault: 'TypeError: no' });
  expect(faults).toEqual([]);
  expect(lost.map(({ code, place, message }) => [code, basename(place!.path), message])).toEqual([
    [
      'NB206',
      'second.ipynb',
      'planning it met a fault of nb2mod (TypeError: no): the notebook is left as it is',
    ],
  ]);
});

test('what a task throws about a notebook is its answer, and a change of the file is no fault', () => {
  const path = paths[0]!;
  const version = { path, digest: 'another', sourceRoot: root };
  const options = { package: 'shapes', layout: 'notebook', keep: [], modules: [], tests: false } as const;
  const ask = { ...version, module: 'first', options, excluded: new Map() };
  expect(perform('draft', ask as never)).toEqual({ failure: 'change' });
  expect(perform('open', { path, part: null } as never)).toMatchObject({
    failure: { fault: expect.stringMatching(/^TypeError/) as string },
  });
  expect(() => perform('judge', undefined as never)).toThrow();
});

test('a scan tells nothing of a notebook whose look ahead is lost, and says so', async () => {
  const { notebooks, project, crew } = await open('scan', 'foresee', 'time');
  const heading = ({ path, size }: OpenNotebook) => ({ path: basename(path), size, diagnostics: [] });
  const settings = { isUnjudged: true, heading };
  const outlook = await planNotebooks('foresee', notebooks, project, new Map(), crew, settings);
  await crew.close();
  expect([...outlook.lost.values()].map(({ code, message }) => [code, message])).toEqual([
    ['NB205', 'planning it took too long: the report lacks what it holds'],
  ]);
  const told = outlook.notebooks.map(({ description, compared }) => {
    const text = description !== undefined && 'text' in description ? Buffer.from(description.text) : '';
    return [
      /"path": "(.*)"/.exec(text.toString())?.[1],
      compared.map(({ definition }) => definition.writtenName),
    ];
  });
  expect(told).toEqual([
    ['first.ipynb', ['area', 'own_first']],
    [undefined, []],
    ['third.ipynb', ['area', 'own_third']],
  ]);
  // Nothing moves out of it, so what it has in common with the others is theirs alone.
  expect(outlook.modules.map(({ module }) => module)).toEqual(['common', 'first', 'third']);
});
