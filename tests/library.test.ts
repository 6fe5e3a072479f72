/** The library: what it gives back is what the commands write and print, and importing it does nothing. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { apply, extract, scan, strip } from '../src/library.ts';
import { notebookOf } from './extraction.ts';
import { openProgram, type Program } from './program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
let base: string;
let folder: string;
let program: Program;
let count = 0;
beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'nb2mod-library-')));
  program = openProgram();
});
afterAll(() => {
  program.close();
  rmSync(base, { recursive: true, force: true });
});
beforeEach(() => {
  folder = join(base, String(count++), 'shop');
  mkdirSync(folder, { recursive: true });
});

const sources = [
  'RATE = 1.2\n\ndef gross(net):\n    return net * RATE\n\nprint(gross(5))',
  'def stays():\n    return data',
];

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Every file below the folder, but for the journal. */
function tree(): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    paths
      .filter((path) => !path.startsWith('.nb2mod') && statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );
}

describe('strip', () => {
  const ran = notebookOf(['1 + 1']).text.replace('"execution_count": null', '"execution_count": 7');
  test.each<
    [string, string, Parameters<typeof strip>[1], { text: string; isChanged: boolean; codes: string[] }]
  >([
    ['a notebook with results', ran, {}, { text: notebookOf(['1 + 1']).text, isChanged: true, codes: [] }],
    ['with an option', ran, { keepCount: true }, { text: ran, isChanged: false, codes: [] }],
    [
      'nothing to take out',
      notebookOf(['x']).text,
      {},
      { text: notebookOf(['x']).text, isChanged: false, codes: [] },
    ],
    ['no notebook', '{"cells": [,]}', {}, { text: '{"cells": [,]}', isChanged: false, codes: ['NB101'] }],
    ['an empty file', '', {}, { text: '', isChanged: false, codes: ['NB105'] }],
  ])('%s', (_, text, options, expected) => {
    const bytes = Buffer.from(text);
    const { bytes: after, isChanged, diagnostics } = strip(bytes, options);
    expect({
      text: Buffer.from(after).toString(),
      isChanged,
      codes: diagnostics.map(({ code }) => code),
    }).toEqual(expected);
    expect(after === bytes).toBe(!isChanged);
  });

  test('a diagnostic names the notebook as it was called', () => {
    expect(strip(Buffer.from('{'), { path: 'eda.ipynb' }).diagnostics[0]?.place?.path).toBe('eda.ipynb');
  });
});

describe('extract', () => {
  test('plans what the command writes, reports what it prints, and writes nothing', async () => {
    const path = write('eda.ipynb', notebookOf(sources).text);
    const before = tree();
    const lines: string[] = [];
    const { change, report, root: project } = await extract(path, { onProgress: (line) => lines.push(line) });
    expect(tree()).toEqual(before);
    expect(project).toBe(folder);
    expect(lines.length).toBeGreaterThan(0);

    const { stdout, status } = await program.run(['extract', 'eda.ipynb', '--json'], folder);
    expect(status).toBe(0);
    const { summary: _, ...printed } = JSON.parse(stdout) as Record<string, unknown>;
    const shown = report.notebooks.map((notebook) => ({ ...notebook, path: 'eda.ipynb' }));
    expect({ ...report, notebooks: shown, dryRun: false }).toEqual(printed);
    const planned = change.files.map((file) => [
      file.path.slice(folder.length + 1),
      Buffer.from(file.after!).toString(),
    ]);
    expect({ ...before, ...Object.fromEntries(planned) }).toEqual(tree());
  });

  test('is written by apply, and brought back by undo', async () => {
    write('eda.ipynb', notebookOf(sources).text);
    const before = tree();
    const extraction = await extract(folder, { package: 'prices', layout: 'flat', root: folder });
    expect(await apply(extraction)).toEqual({ isWritten: true, diagnostics: [] });
    expect(Object.keys(tree())).toEqual(['eda.ipynb', 'src/prices/__init__.py', 'src/prices/core.py']);
    expect((await extract(folder)).change.files).toEqual([]);
    await program.run(['undo'], folder);
    expect(tree()).toEqual(before);
  });

  test('is not written over what another program wrote meanwhile', async () => {
    const path = write('eda.ipynb', notebookOf(sources).text);
    const extraction = await extract(path);
    write('eda.ipynb', notebookOf(['1']).text);
    const { isWritten, diagnostics } = await apply(extraction);
    expect({ isWritten, codes: diagnostics.map(({ code }) => code) }).toEqual({
      isWritten: false,
      codes: ['NB501'],
    });
    expect(Object.keys(tree())).toEqual(['eda.ipynb']);
  });

  test.each<[string, Parameters<typeof extract>[1], Record<string, string>, string]>([
    ['a notebook that is not there', {}, {}, 'NB510'],
    [
      'a package that Python does not allow',
      { package: 'class' },
      { 'eda.ipynb': notebookOf(sources).text },
      'NB523',
    ],
    [
      'a module that cannot be read',
      {},
      { 'eda.ipynb': notebookOf(sources).text, 'src/shop/a.py': 'def (' },
      'NB204',
    ],
    [
      'a conflict that shall end it',
      { onConflict: 'error' },
      { 'eda.ipynb': notebookOf(sources).text, 'src/shop/eda.py': 'gross = 1\n' },
      'NB417',
    ],
    ['a source root outside', { sourceRoot: '..' }, { 'eda.ipynb': notebookOf(sources).text }, 'NB524'],
  ])('tells of %s by a diagnostic', async (_, options, files, code) => {
    for (const [name, text] of Object.entries(files)) write(name, text);
    const extraction = await extract(join(folder, 'eda.ipynb'), { root: folder, ...options });
    expect(extraction.report.diagnostics.map(({ code: given, severity }) => [given, severity])).toEqual([
      [code, 'error'],
    ]);
    expect(extraction.change).toEqual({ files: [], diagnostics: extraction.report.diagnostics });
    const { isWritten } = await apply(extraction);
    expect({ isWritten, tree: tree() }).toEqual({ isWritten: false, tree: files });
  });
});

test('scan reports what the command prints', async () => {
  write('eda.ipynb', notebookOf(sources).text);
  write('b.ipynb', notebookOf(sources).text);
  const report = await scan(folder);
  const { stdout } = await program.run(['scan', '.', '--json'], folder);
  const { summary: _, ...printed } = JSON.parse(stdout) as Record<string, unknown>;
  expect(JSON.parse(JSON.stringify(report).replaceAll(`${folder}/`, ''))).toEqual(printed);
  expect(report.families[0]).toMatchObject({ name: 'gross', size: 2 });
});

describe('as it is published', () => {
  interface Manifest {
    readonly exports: { readonly '.': { readonly types: string; readonly default: string } };
    readonly types: string;
  }
  const { exports, types } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const entry = join(root, exports['.'].default);

  test('importing it reads no file, compiles no WebAssembly, starts nothing and leaves the process as it was', () => {
    const script = `
      import fs from 'node:fs';
      import process from 'node:process';
      import { syncBuiltinESMExports } from 'node:module';
      const happened = [];
      for (const name of Object.keys(fs).filter((key) => /^(read|open|stat|exists|write|mkdir|readdir)/.test(key))) {
        const original = fs[name];
        if (typeof original !== 'function') continue;
        // Node itself reads modules by it; a descriptor is of a file that was opened.
        fs[name] = (...given) => {
          const isOther = typeof given[0] !== 'number' && !/\\.js\$|package\\.json\$/.test(String(given[0]));
          if (isOther) happened.push(name);
          return original(...given);
        };
      }
      syncBuiltinESMExports();
      for (const name of ['compile', 'instantiate', 'Module', 'Instance']) {
        WebAssembly[name] = function () { happened.push('WebAssembly.' + name); };
      }
      const look = () => JSON.stringify([
        Reflect.ownKeys(globalThis).map(String), process.eventNames().map(String), process.env, process.argv,
        process.exitCode, process.cwd(), process.execArgv,
      ]);
      const before = look();
      const library = await import(${JSON.stringify(pathToFileURL(entry).href)});
      const after = look();
      process.stdout.write(JSON.stringify({ happened, isSame: before === after, names: Object.keys(library) }));
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      happened: [],
      isSame: true,
      names: ['apply', 'extract', 'scan', 'strip'],
    });
  });

  test('importing it loads little: the rest comes with the first call', () => {
    const loaded = new Set<string>();
    const load = (path: string): void => {
      if (loaded.has(path)) return;
      loaded.add(path);
      const text = readFileSync(path, 'utf8');
      for (const [, target] of text.matchAll(/(?:from|import)\s*["'](\.[^"']*)["']/g))
        load(join(dirname(path), target!));
    };
    load(entry);
    const size = [...loaded].reduce((sum, path) => sum + statSync(path).size, 0);
    expect(size).toBeGreaterThan(5_000);
    expect(size).toBeLessThan(60_000);
  });

  test('its declarations import only one another', () => {
    expect(types).toBe(exports['.'].types);
    const seen = new Set<string>();
    const look = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const [, target] of readFileSync(path, 'utf8').matchAll(
        /^(?:import|export)\b[^']*from '([^']*)'/gm,
      )) {
        expect(target).toMatch(/^\..*\.js$/);
        look(join(dirname(path), target!.replace(/\.js$/, '.d.ts')));
      }
    };
    look(join(root, types));
    expect([...seen].every((path) => existsSync(path))).toBe(true);
    expect(seen.size).toBeLessThan(30);
  });
});
