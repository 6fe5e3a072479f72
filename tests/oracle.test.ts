/** The oracle against hand-checked answers, so that what judges `scan --json` is judged itself. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** What the oracle says about a notebook of these code cells. */
function ask(cells: readonly string[], metadata: object = {}): Report {
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata,
    cells: cells.map((source) => ({ cell_type: 'code', source, metadata: {}, outputs: [] })),
  };
  const { stdout, stderr, status } = spawnSync(python!, [oracle, '-'], {
    input: JSON.stringify(notebook),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout).notebooks[0];
}

describe.runIf(python)('what the oracle says about definitions', () => {
  const report = ask(definitions.map(([source]) => source));

  test.each(definitions.map((entry, index) => [index + 1, ...entry] as const))(
    '%i: %j',
    (cell, _source, readsAtDefinition, readsAtCall, writes) => {
      const found = report.definitions.filter((definition) => definition.cell === cell);
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
  const report = ask(cells.map(([source]) => source));

  test.each(cells.map((entry, index) => [index, ...entry] as const))(
    '%i: %j',
    (index, _source, binds, imports) => {
      const found = report.cells[index]!;
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
  const report = ask(magicCells.map(([source]) => source));

  test.each(magicCells.map((entry, index) => [index, ...entry] as const))(
    '%i: %j',
    (index, _source, binds, found) => {
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
    const report = ask([
      'def f(x: a): pass',
      'from __future__ import annotations\ndef g(x: a) -> b: pass',
      'class C:\n x: a = b\n def m(self, x: c): pass',
    ]);
    expect(report.definitions.map(({ readsAtDefinition }) => readsAtDefinition)).toEqual([['a'], [], ['b']]);
  });

  test('a cell that does not parse is said to be so', () => {
    const report = ask(['def f(:', 'a = 1']);
    expect(report.cells.map(({ parses }) => parses)).toEqual([false, true]);
  });

  test.each([
    [{ language_info: { name: 'python', version: '2.7.18' } }],
    [{ kernelspec: { name: 'python2', language: 'python' } }],
    [{ kernelspec: { name: 'ir', language: 'R' } }],
  ])('%j is skipped', (metadata) => {
    expect(ask(['a = 1'], metadata).skipped).toBe('not Python 3');
  });

  test('only direct statements of a cell are definitions, each with its own line', () => {
    const report = ask([
      'if a:\n def f(): pass\n@d\n@e\ndef g(): pass\nh = lambda: 1\nx, i = 1, lambda: 1\nclass C: pass',
    ]);
    expect(report.definitions.map(({ name, kind, line }) => `${name} ${kind} ${line}`)).toEqual([
      'g function 5',
      'h function 6',
      'C class 8',
    ]);
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
        const cells = sources.map((source) => ({ cell_type: 'code', source, metadata: {}, outputs: [] }));
        const notebook = { nbformat: 4, nbformat_minor: 4, metadata: {}, cells };
        writeFileSync(join(folder, `${name}.ipynb`), JSON.stringify(notebook));
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
