/**
 * Compares what `nb2mod scan --json` says about the notebooks of a folder with what CPython says: definition by
 * definition and cell by cell. With IPython installed it compares the masking of magics, too.
 *
 *     npm run oracle -- <folder>... [--json FILE] [--show N]
 *
 * Exit code 1 on any difference. It runs the Python of the tests, or else the one that NB2MOD_BASE_PYTHON names, or
 * else python3.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { venvPython } from './python.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const lists = ['readsAtDefinition', 'readsAtCall', 'writes'];

/** Everything that a program prints, however long: through a file, as pipes have a limit. */
function runToFile(command, args, file) {
  const output = openSync(file, 'w');
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', output, 'pipe'], cwd: root });
  closeSync(output);
  if (error !== undefined) throw error;
  return { status, text: readFileSync(file, 'utf8') };
}

/** Both sides' reports on the notebooks at `paths`. */
function report(paths, python) {
  const folder = mkdtempSync(join(tmpdir(), 'nb2mod-oracle-'));
  try {
    const absolute = paths.map((path) => resolve(path));
    const oracle = runToFile(
      python,
      [join(root, 'tests/oracle/oracle.py'), ...absolute],
      join(folder, 'oracle'),
    );
    if (oracle.status !== 0) throw new Error(`the oracle ended with ${oracle.status}`);
    const cli = join(root, 'dist/cli.js');
    const scan = runToFile(process.execPath, [cli, 'scan', '--json', ...absolute], join(folder, 'scan'));
    return { theirs: JSON.parse(oracle.text), ours: JSON.parse(scan.text) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const same = (a, b) => a.length === b.length && a.every((name, i) => name === b[i]);

/** The definitions of a notebook by cell and name; several of one name in a cell by their order. */
function byKey(definitions) {
  const found = new Map();
  const counts = new Map();
  for (const definition of definitions) {
    const name = definition.name.normalize('NFKC');
    const place = `cell ${definition.cell} '${name}'`;
    const count = (counts.get(place) ?? 0) + 1;
    counts.set(place, count);
    found.set(count === 1 ? place : `${place} no. ${count}`, definition);
  }
  return found;
}

/** Compares two reports. What it gives back holds counts, and every difference with its kind and place. */
export function compare({ ours, theirs }) {
  const total = {
    notebooks: 0,
    skipped: 0,
    cells: 0,
    cellsThatDoNotParse: 0,
    cellsThatOnlyPythonParses: 0,
    cellsThatOnlyScanParses: 0,
    definitions: 0,
    definitionsThatAgree: 0,
    cellsThatAgree: 0,
  };
  const differences = [];
  const ourNotebooks = new Map(ours.notebooks.map((notebook) => [resolve(root, notebook.path), notebook]));
  for (const notebook of theirs.notebooks) {
    const path = notebook.path;
    const our = ourNotebooks.get(resolve(path));
    const refusal = our?.diagnostics.find(
      ({ severity, code }) => severity === 'error' || /NB20[23]/.test(code),
    );
    if (notebook.skipped !== undefined || our === undefined || refusal !== undefined) {
      total.skipped++;
      if (notebook.skipped === undefined) {
        differences.push({
          kind: 'notebook only CPython reads',
          path,
          place: '',
          detail: refusal?.message ?? 'not scanned',
        });
      }
      continue;
    }
    total.notebooks++;
    const add = (kind, place, detail) => differences.push({ kind, path, place, detail });
    const broken = new Set(
      our.diagnostics.filter(({ code }) => code === 'NB201').map(({ place, cell }) => place?.cell ?? cell),
    );
    const compared = new Set();
    const ourCells = new Map(our.cells.map((cell) => [cell.cell, cell]));
    for (const cell of notebook.cells) {
      total.cells++;
      if (!cell.parses || broken.has(cell.cell)) {
        total.cellsThatDoNotParse++;
        if (cell.parses) {
          total.cellsThatOnlyPythonParses++;
          add('cell only CPython parses', `cell ${cell.cell}`, '');
        } else if (!broken.has(cell.cell)) {
          total.cellsThatOnlyScanParses++;
          add('cell only scan parses', `cell ${cell.cell}`, '');
        }
        continue;
      }
      compared.add(cell.cell);
      const mine = ourCells.get(cell.cell) ?? { binds: [], imports: [] };
      let agrees = true;
      for (const list of ['binds', 'imports']) {
        if (same(mine[list], cell[list])) continue;
        agrees = false;
        add(`cell ${list}`, `cell ${cell.cell}`, contrast(mine[list], cell[list]));
      }
      if (agrees) total.cellsThatAgree++;
    }
    const mine = byKey(our.definitions.filter(({ cell }) => compared.has(cell)));
    const judged = byKey(notebook.definitions.filter(({ cell }) => compared.has(cell)));
    for (const key of new Set([...mine.keys(), ...judged.keys()])) {
      total.definitions++;
      const a = mine.get(key);
      const b = judged.get(key);
      if (a === undefined) add('definition only CPython has', key, b.kind);
      else if (b === undefined) add('definition only scan has', key, a.kind);
      else {
        let agrees = true;
        for (const list of lists) {
          if (same(a[list], b[list])) continue;
          agrees = false;
          add(list, key, contrast(a[list], b[list]));
        }
        for (const field of ['kind', 'line']) {
          if (b[field] === null || a[field] === b[field]) continue;
          agrees = false;
          add(field, key, `scan: ${a[field]}, CPython: ${b[field]}`);
        }
        if (agrees) total.definitionsThatAgree++;
      }
    }
  }
  return { python: theirs.python, ipython: theirs.ipython, total, differences };
}

function contrast(ours, theirs) {
  const only = (a, b) => a.filter((name) => !b.includes(name)).join(' ');
  const parts = [];
  if (only(ours, theirs) !== '') parts.push(`only scan: ${only(ours, theirs)}`);
  if (only(theirs, ours) !== '') parts.push(`only CPython: ${only(theirs, ours)}`);
  return parts.join('; ') || 'another order';
}

/** Both sides' differences on the notebooks at `paths`, as `npm run oracle` prints them. */
export function compareNotebooks(paths, python) {
  return compare(report(paths, python));
}

/** How many cells read the same once masked as they do to IPython, by verdict. */
async function compareMasks(paths, python) {
  const folder = mkdtempSync(join(tmpdir(), 'nb2mod-masks-'));
  try {
    const bundle = await rolldown({ input: join(root, 'src/python/mask.ts'), platform: 'node' });
    const file = join(folder, 'magic.mjs');
    await bundle.write({ file, format: 'esm' });
    const { maskMagics } = await import(pathToFileURL(file).href);
    const listing = join(folder, 'sources');
    const program = join(root, 'tests/oracle/oracle.py');
    const { text } = runToFile(
      python,
      [program, '--sources', ...paths.map((path) => resolve(path))],
      listing,
    );
    const cells = JSON.parse(text);
    const cases = cells.map(({ source }) => ({ source, text: maskMagics(source).text }));
    const { stdout, status, stderr } = spawnSync(python, [join(root, 'tests/oracle/masks.py')], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    });
    if (status !== 0) throw new Error(stderr);
    const verdicts = JSON.parse(stdout);
    const counts = {};
    const differences = [];
    verdicts.forEach((verdict, i) => {
      counts[verdict] = (counts[verdict] ?? 0) + 1;
      if (verdict === 'same' || verdict === 'neither') return;
      const { path, cell, source } = cells[i];
      const isBare = maskMagics(source).magics.some(({ kind }) => kind === 'automagic');
      if (verdict === 'only masked' && isBare) return;
      differences.push({ kind: `masking: ${verdict}`, path, place: `cell ${cell}`, detail: '' });
    });
    return { counts, differences };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' }, show: { type: 'string', default: '10' } },
  });
  if (positionals.length === 0) {
    console.error('usage: npm run oracle -- <folder>... [--json FILE] [--show N]');
    return 2;
  }
  const python = existsSync(venvPython) ? venvPython : (process.env.NB2MOD_BASE_PYTHON ?? 'python3');
  const result = compareNotebooks(positionals, python);
  const masks = result.ipython === null ? undefined : await compareMasks(positionals, python);
  const differences = [...result.differences, ...(masks?.differences ?? [])];
  if (values.json !== undefined) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ ...result, masks: masks?.counts, differences }, null, 2)}\n`,
    );
  }

  const { total } = result;
  const share = (part, whole) =>
    `${part} of ${whole} (${whole === 0 ? 100 : Math.floor((part / whole) * 10_000) / 100} %)`;
  console.log(`CPython ${result.python}, IPython ${result.ipython ?? 'not installed'}`);
  console.log(`notebooks      ${total.notebooks} compared, ${total.skipped} skipped`);
  console.log(
    `cells          ${total.cells}, of which ${total.cellsThatDoNotParse} do not parse ` +
      `(${total.cellsThatOnlyPythonParses} only for scan, ${total.cellsThatOnlyScanParses} only for CPython)`,
  );
  console.log(`cells agree    ${share(total.cellsThatAgree, total.cells - total.cellsThatDoNotParse)}`);
  console.log(`definitions    ${share(total.definitionsThatAgree, total.definitions)} agree`);
  if (masks !== undefined) {
    console.log(
      `masking        ${Object.entries(masks.counts)
        .map(([verdict, count]) => `${count} ${verdict}`)
        .join(', ')}`,
    );
  }
  for (const [kind, found] of groupByKind(differences)) {
    console.log(`\n${kind}: ${found.length}`);
    for (const { path, place, detail } of found.slice(0, Number(values.show))) {
      console.log(`  ${path}: ${place} ${detail}`);
    }
    if (found.length > Number(values.show)) console.log(`  … and ${found.length - Number(values.show)} more`);
  }
  return differences.some(({ kind }) => !/^cell only|^notebook only/.test(kind)) ? 1 : 0;
}

function groupByKind(differences) {
  const groups = new Map();
  for (const difference of differences) {
    groups.set(difference.kind, [...(groups.get(difference.kind) ?? []), difference]);
  }
  return groups;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main();
}
