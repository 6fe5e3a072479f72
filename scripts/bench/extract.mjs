/** Measures `extract` as a whole process, and its reading and planning beside JSON.parse of the same files. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const rounds = 7;
const copies = 60;

/** A notebook of 20 code cells: functions, constants, imports, and cells that use them. */
function notebook(seed) {
  const sources = ['import math\nimport json', `SCALE_${seed} = 3`];
  for (let i = 0; i < 9; i++) {
    sources.push(
      `def area_${seed}_${i}(radius, scale=1.0):\n    """The area of a circle."""\n    total = 0\n    for step in range(10):\n        total += math.pi * radius**2 * scale * SCALE_${seed}\n    return total`,
    );
    sources.push(`values = [area_${seed}_${i}(n) for n in range(${i + 3})]\nprint(json.dumps(values))`);
  }
  const cells = sources.map((source, i) => ({
    cell_type: 'code',
    execution_count: i,
    id: `cell-${i}`,
    metadata: {},
    outputs: [],
    source: source.split(/(?<=\n)/),
  }));
  return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1);
}

/** CPU seconds, user and system, of one run of a command; the wall-clock seconds beside it. */
function time(...words) {
  const script = `
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, time.perf_counter() - start)`;
  const { stdout, status } = spawnSync('python3', ['-c', script, process.execPath, ...words], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error('python3 is needed to read the CPU time of a process');
  const [cpu, wall] = stdout.trim().split(' ').map(Number);
  return { cpu, wall };
}

const shortest = (runs, key) => Math.min(...runs.map((run) => run[key]));
const milliseconds = (seconds) => `${Math.round(seconds * 1000)} ms`;

export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'nb2mod-bench-'));
  try {
    writeFileSync(join(folder, 'one.ipynb'), notebook(0));
    const nothing = [];
    const one = [];
    for (let i = 0; i < rounds; i++) {
      nothing.push(time('-e', '0'));
      one.push(time(program, 'extract', join(folder, 'one.ipynb'), '--dry-run'));
    }
    const many = join(folder, 'many');
    mkdirSync(many);
    const paths = Array.from({ length: copies }, (_, i) => join(many, `notebook_${i}.ipynb`));
    paths.forEach((path, i) => writeFileSync(path, notebook(i)));
    const parsed = [];
    const scanned = [];
    const extracted = [];
    const parse = `for (const path of process.argv.slice(1)) JSON.parse(require('fs').readFileSync(path, 'utf8'))`;
    for (let i = 0; i < 3; i++) {
      parsed.push(time('-e', parse, ...paths));
      scanned.push(time(program, 'scan', '--json', many));
      extracted.push(time(program, 'extract', '--dry-run', '--json', many));
    }
    const base = shortest(nothing, 'cpu');
    const extra = shortest(one, 'cpu') - base;
    const rate = (runs) => `${(copies / shortest(runs, 'wall')).toFixed(0)} a second`;
    const ratio = (runs) => `${(shortest(runs, 'wall') / shortest(parsed, 'wall')).toFixed(1)} x`;
    return [
      ['extract, 20 cells: CPU above node -e 0', milliseconds(extra), milliseconds(base), '', '250 ms'],
      [`scan, ${copies} notebooks`, rate(scanned), `${rate(parsed)} (JSON.parse)`, ratio(scanned), ''],
      [`extract, ${copies} notebooks`, rate(extracted), `${rate(parsed)} (JSON.parse)`, ratio(extracted), ''],
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
