/** The oracle against hand-checked answers, so that what judges `scan --json` is judged itself. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { cells, definitions, magicCells } from './oracle-cases.ts';
import { python } from './python.ts';

const casesFolder = fileURLToPath(new URL('oracle/cases/', import.meta.url));
const oracle = fileURLToPath(new URL('oracle/oracle.py', import.meta.url));

interface Definition {
  readonly cell: number;
  readonly line: number | null;
  readonly name: string;
  readonly kind: string;
  readonly readsAtDefinition: string[];
  readonly readsAtCall: string[];
  readonly writes: string[];
}

interface Report {
  readonly skipped?: string;
  readonly definitions: Definition[];
  readonly cells: { cell: number; parses: boolean; binds: string[]; imports: string[] }[];
}

/** The text of a notebook of these code cells. */
function notebookOf(cells: readonly string[], metadata: object = {}): string {
  const full = cells.map((source) => ({ cell_type: 'code', source, metadata: {}, outputs: [] }));
  return JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata, cells: full });
}

/** What the oracle says about notebooks, by their names: all in one process, which takes long to start. */
function ask(notebooks: Readonly<Record<string, string>>): Readonly<Record<string, Report>> {
  if (python === undefined) return {};
  const folder = mkdtempSync(join(tmpdir(), 'nb2mod-oracle-'));
  try {
    for (const [name, text] of Object.entries(notebooks)) writeFileSync(join(folder, `${name}.ipynb`), text);
    const { stdout, stderr, status } = spawnSync(python, [oracle, folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const reports = JSON.parse(stdout).notebooks as (Report & { path: string })[];
    return Object.fromEntries(reports.map((report) => [basename(report.path, '.ipynb'), report]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const otherLanguages = {
  'python 2 by its version': { language_info: { name: 'python', version: '2.7.18' } },
  'python 2 by its kernel': { kernelspec: { name: 'python2', language: 'python' } },
  r: { kernelspec: { name: 'ir', language: 'R' } },
};

const reports = ask({
  definitions: notebookOf(definitions.map(([source]) => source)),
  cells: notebookOf(cells.map(([source]) => source)),
  magics: notebookOf(magicCells.map(([source]) => source)),
  annotations: notebookOf([
    'def f(x: a): pass',
    'from __future__ import annotations\ndef g(x: a) -> b: pass',
    'class C:\n x: a = b\n def m(self, x: c): pass',
  ]),
  broken: notebookOf(['def f(:', 'a = 1']),
  direct: notebookOf([
    'if a:\n def f(): pass\n@d\n@e\ndef g(): pass\nh = lambda: 1\nx, i = 1, lambda: 1\nclass C: pass',
  ]),
  ...Object.fromEntries(
    Object.entries(otherLanguages).map(([name, metadata]) => [name, notebookOf(['a = 1'], metadata)]),
  ),
});

describe.runIf(python)('what the oracle says about definitions', () => {
  test.each(definitions.map((entry, index) => [index + 1, ...entry] as const))(
    '%i: %j',
    (cell, _source, readsAtDefinition, readsAtCall, writes) => {
      const found = reports['definitions']!.definitions.filter((definition) => definition.cell === cell);
      expect(found).toHaveLength(1);
      const names = (list: readonly string[]): string => list.join(' ');
      expect({
        readsAtDefinition: names(found[0]!.readsAtDefinition),
        readsAtCall: names(found[0]!.readsAtCall),
        writes: names(found[0]!.writes),
      }).toEqual({ readsAtDefinition, readsAtCall, writes });
    },
  );
});

describe.runIf(python)('what the oracle says about cells', () => {
  test.each(cells.map((entry, index) => [index, ...entry] as const))(
    '%i: %j',
    (index, _source, binds, imports) => {
      const found = reports['cells']!.cells[index]!;
      expect({
        parses: found.parses,
        binds: found.binds.join(' '),
        imports: found.imports.join(' '),
      }).toEqual({
        parses: true,
        binds,
        imports,
      });
    },
  );
});

describe.runIf(python)('what the oracle says about magics', () => {
  test.each(magicCells.map((entry, index) => [index, ...entry] as const))(
    '%i: %j',
    (index, _source, binds, found) => {
      const report = reports['magics']!;
      expect(report.cells[index]).toMatchObject({
        parses: true,
        binds: binds === '' ? [] : binds.split(' '),
      });
      const here = report.definitions.filter((definition) => definition.cell === index + 1);
      expect(here.map(({ name, line }) => `${name}:${line}`).join(' ')).toBe(found);
    },
  );
});

describe.runIf(python)('what the oracle says about notebooks', () => {
  test('annotations are no reads under the future import, in later cells too', () => {
    const found = reports['annotations']!.definitions.map(({ readsAtDefinition }) => readsAtDefinition);
    expect(found).toEqual([['a'], [], ['b']]);
  });

  test('a cell that does not parse is said to be so', () => {
    expect(reports['broken']!.cells.map(({ parses }) => parses)).toEqual([false, true]);
  });

  test.each(Object.entries(otherLanguages))('%s is skipped: %j', (name) => {
    expect(reports[name]!.skipped).toBe('not Python 3');
  });

  test('only direct statements of a cell are definitions, each with its own line', () => {
    const found = reports['direct']!.definitions.map(({ name, kind, line }) => `${name} ${kind} ${line}`);
    expect(found).toEqual(['g function 5', 'h function 6', 'C class 8']);
  });
});

describe.runIf(python)('what scan says and what CPython says', () => {
  const script = fileURLToPath(new URL('../scripts/oracle.mjs', import.meta.url));
  const notebooks = new Map<string, readonly string[]>([
    ['definitions', definitions.map(([source]) => source)],
    ['cells', cells.map(([source]) => source)],
    ['magics', magicCells.map(([source]) => source)],
  ]);
  for (const file of readdirSync(casesFolder)) {
    const { cells } = JSON.parse(readFileSync(join(casesFolder, file), 'utf8'));
    notebooks.set(
      file.replace('.ipynb', ''),
      cells.map(({ source }: { source: string[] }) => source.join('')),
    );
  }
  const report = python === undefined ? undefined : compareAll();

  /** What `npm run oracle` reports on a folder of these notebooks. */
  function compareAll(): {
    total: Record<string, number>;
    masks: Record<string, number>;
    differences: { kind: string; path: string; place: string; detail: string }[];
  } {
    const folder = mkdtempSync(join(tmpdir(), 'nb2mod-oracle-'));
    try {
      for (const [name, sources] of notebooks) {
        writeFileSync(join(folder, `${name}.ipynb`), notebookOf(sources));
      }
      const { status, stderr } = spawnSync(
        process.execPath,
        [script, folder, '--json', join(folder, 'report')],
        {
          encoding: 'utf8',
        },
      );
      if (status !== 0 && status !== 1) throw new Error(stderr);
      return JSON.parse(readFileSync(join(folder, 'report'), 'utf8'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test.each([...notebooks])('agree on %s.ipynb', (name, sources) => {
    const differences = report!.differences
      .filter(({ path }) => path.endsWith(`${name}.ipynb`))
      .map(({ kind, place, detail }) => ({
        source: sources[Number(/\d+/.exec(place)?.[0]) - 1],
        kind,
        detail,
      }));
    expect(differences).toEqual([]);
  });

  test('every cell of them was compared', () => {
    const count = [...notebooks.values()].flat().length;
    expect(report!.total).toMatchObject({
      notebooks: notebooks.size,
      skipped: 0,
      cells: count,
      cellsThatDoNotParse: 0,
      cellsThatAgree: count,
    });
    expect(report!.masks).toEqual({ same: count });
  });
});
