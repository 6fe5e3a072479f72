/**
 * Measures strip and the git filter beside what they replace. nbstripout and nbstripout-fast are measured where
 * NB2MOD_BENCH_BIN names the folder that holds them (the `bin` of a virtual environment with both).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'dist/cli.js');

function notebookOf(cells) {
  return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 4 }, null, 1) + '\n';
}

function cellOf(outputs, index) {
  const source = [`x = ${index}\n`, 'print(x)\n'];
  return { cell_type: 'code', execution_count: index, metadata: { scrolled: true }, outputs, source };
}

function printed(lines) {
  const text = Array.from({ length: lines }, (_, i) => `epoch ${i}: loss 0.${i}123, accuracy 0.9${i}\n`);
  return { name: 'stdout', output_type: 'stream', text };
}

function image(size) {
  const png = `iVBORw0KGgo${'A8f/+z'.repeat(size / 6)}\n`;
  return {
    data: { 'image/png': png, 'text/plain': ['<Figure>'] },
    metadata: {},
    output_type: 'display_data',
  };
}

function fill(count, outputs) {
  return notebookOf(Array.from({ length: count }, (_, i) => cellOf(outputs, i)));
}

const small = fill(18, [printed(4)]);
const withImages = fill(60, [image(80_000), printed(20)]);
const textOnly = fill(300, [printed(330)]);

/** The shortest time of each of several things, in milliseconds, done in turns so that noise strikes all alike. */
function race(rounds, contestants) {
  const best = new Map(Object.keys(contestants).map((name) => [name, Infinity]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const start = process.hrtime.bigint();
      run();
      best.set(name, Math.min(best.get(name), Number(process.hrtime.bigint() - start) / 1e6));
    }
  }
  return best;
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { maxBuffer: 1 << 28, ...options });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr}`);
  return result;
}

/** Peak memory of a Node process in MiB. */
function peakOf(args, input) {
  const hook =
    'data:text/javascript,process.on("exit",()=>console.error("rss",process.resourceUsage().maxRSS))';
  const { stderr } = run(process.execPath, ['--import', hook, ...args], { input });
  return Number(/rss (\d+)/.exec(stderr.toString())[1]) / 1024;
}

/** @returns rows of [what, measured, beside what, ratio or figure, target] */
export async function measure() {
  const rows = [];
  const { output } = await build({
    input: join(root, 'src/notebook/strip-bytes.ts'),
    platform: 'node',
    write: false,
    logLevel: 'silent',
  });
  const { stripBytes } = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
  const megabytes = (text) => `${(text.length / 1e6).toFixed(1)} MB`;
  for (const [name, text, rounds, target] of [
    [`in process: ${megabytes(withImages)}, images`, withImages, 60, '3 ms'],
    [`in process: ${megabytes(textOnly)}, all text`, textOnly, 60, '3 ms'],
    [`in process: ${(small.length / 1e3).toFixed(1)} kB`, small, 2000, '0.2 ms'],
  ]) {
    const bytes = Buffer.from(text);
    const times = race(rounds, {
      ours: () => stripBytes('a.ipynb', bytes, {}),
      parse: () => JSON.parse(text),
    });
    const ratio = (times.get('ours') / times.get('parse')).toFixed(2);
    rows.push([name, `${times.get('ours').toFixed(3)} ms`, 'JSON.parse', ratio, target]);
  }

  const starts = race(40, {
    ours: () => run(process.execPath, [cli, 'strip'], { input: small }),
    node: () => run(process.execPath, ['-e', '0']),
  });
  const startRatio = (starts.get('ours') / starts.get('node')).toFixed(2);
  rows.push([
    'one small file, whole process',
    `${starts.get('ours').toFixed(0)} ms`,
    'node -e 0',
    startRatio,
    '1.25',
  ]);

  const folder = mkdtempSync(join(tmpdir(), 'nb2mod-bench-'));
  try {
    const bin = process.env.NB2MOD_BENCH_BIN ?? '';
    const toolOf = (name) => (bin !== '' && existsSync(join(bin, name)) ? join(bin, name) : undefined);
    const add = (count, clean, processCommand) => {
      const repository = mkdtempSync(join(folder, 'add-'));
      run('git', ['init', '-q', repository]);
      const set = (key, value) => run('git', ['-C', repository, 'config', key, value]);
      set('filter.x.clean', clean);
      if (processCommand !== undefined) set('filter.x.process', processCommand);
      set('filter.x.required', 'true');
      writeFileSync(join(repository, '.git/info/attributes'), '*.ipynb filter=x\n');
      for (let i = 0; i < count; i++) {
        writeFileSync(join(repository, `n${i}.ipynb`), small.replace('x = 0', `x = ${i}`));
      }
      const start = process.hrtime.bigint();
      run('git', ['-C', repository, 'add', '.']);
      const time = Number(process.hrtime.bigint() - start) / 1e6;
      rmSync(repository, { recursive: true, force: true });
      return time;
    };
    const command = `'${process.execPath}' '${cli}' filter`;
    const contestants = {
      ours: () => add(300, `${command} clean`, `${command} process`),
      cat: () => add(300, 'cat'),
      ...(toolOf('nbstripout-fast') ? { fast: () => add(300, `'${toolOf('nbstripout-fast')}'`) } : {}),
      // Its time is that of starting Python, file by file: a tenth of them is enough.
      ...(toolOf('nbstripout') ? { nbstripout: () => 10 * add(30, `'${toolOf('nbstripout')}'`) } : {}),
    };
    const best = new Map();
    for (let round = 0; round < 3; round++) {
      for (const [name, time] of Object.entries(contestants)) {
        if (name === 'nbstripout' && round > 0) continue;
        best.set(name, Math.min(best.get(name) ?? Infinity, time()));
      }
    }
    for (const [name, label, target] of [
      ['cat', 'clean = cat', '0.75'],
      ['fast', 'nbstripout-fast', '0.7'],
      ['nbstripout', 'nbstripout', '0.0125'],
    ]) {
      if (!best.has(name)) continue;
      const ratio = (best.get('ours') / best.get(name)).toFixed(4);
      rows.push(['git add of 300 notebooks', `${best.get('ours').toFixed(0)} ms`, label, ratio, target]);
    }

    const large = Buffer.from(fill(600, [image(80_000), printed(20)]));
    mkdirSync(join(folder, 'large'));
    const path = join(folder, 'large', 'large.ipynb');
    const largeTimes = race(5, {
      ours: () => {
        writeFileSync(path, large);
        run(process.execPath, [cli, 'strip', path]);
      },
      ...(toolOf('nbstripout')
        ? {
            nbstripout: () => {
              writeFileSync(path, large);
              run(toolOf('nbstripout'), [path]);
            },
          }
        : {}),
    });
    if (largeTimes.has('nbstripout')) {
      const ratio = (largeTimes.get('ours') / largeTimes.get('nbstripout')).toFixed(3);
      const label = `one file of ${(large.length / 1e6).toFixed(0)} MB`;
      rows.push([label, `${largeTimes.get('ours').toFixed(0)} ms`, 'nbstripout', ratio, '0.5']);
    }
    writeFileSync(path, large);
    const peak = peakOf([cli, 'strip', path]);
    const bare = peakOf(['-e', '0']);
    const above = `${(peak - bare).toFixed(0)} MiB above`;
    rows.push([`its peak memory`, `${peak.toFixed(0)} MiB`, 'node -e 0', above, '100 MiB above']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}
