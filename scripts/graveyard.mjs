/**
 * Makes a notebook graveyard to measure on: notebooks put together from the cells of `fixtures/run`, mutated.
 *
 *     node scripts/graveyard.mjs <new folder> [--count 1000] [--seed 1] [--broken]
 *
 * Each notebook takes whole fixtures, one after another, until it has its number of cells: log-normal, median 20. Then,
 * as in a real graveyard, most helpers stay as they were, some get other literals, other local names or another line,
 * and the outputs are filled. `--broken` damages the bytes instead: bits flipped, parts cut out, keys dropped, cells
 * spliced in, the file empty or huge. The same arguments make the same bytes.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const fixtures = fileURLToPath(new URL('../fixtures/run', import.meta.url));
const folders = ['churn', 'forecast', 'images', 'text', 'old', 'scratch', 'reports', 'teaching'];
const endings = ['', '_v2', '_final', '_final_REAL', '-copy', ' (1)', '_old'];

/** Numbers from 0 to 1, by Marsaglia's xorshift32. */
function randomFrom(seed) {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function* notebooks(count, seed) {
  const originals = readdirSync(fixtures)
    .filter((name) => name.endsWith('.ipynb'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(fixtures, name), 'utf8')));
  for (let number = 0; number < count; number++) {
    const random = randomFrom(seed * 1_000_003 + number);
    const pick = (list) => list[Math.floor(random() * list.length)];
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const wanted = Math.max(1, Math.round(20 * Math.exp(0.6 * normal)));
    const cells = [];
    while (cells.length < wanted) {
      for (const cell of pick(originals).cells) {
        if (cells.length === wanted) break;
        const source = mutate([cell.source].flat().join(''), random);
        const lines = source.split(/(?<=\n)/);
        const id = `c${number}-${cells.length}`;
        const shown = { name: 'stdout', output_type: 'stream', text: [`${Math.floor(random() * 1e6)}\n`] };
        cells.push(
          cell.cell_type === 'code'
            ? {
                cell_type: 'code',
                execution_count: cells.length,
                id,
                metadata: {},
                outputs: [shown],
                source: lines,
              }
            : { cell_type: cell.cell_type, id, metadata: {}, source: lines },
        );
      }
    }
    const folder = join(pick(folders), String(number % 97));
    const name = `notebook_${number}${pick(endings)}.ipynb`;
    const { metadata } = originals[0];
    const text = `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
    yield { folder, name, bytes: Buffer.from(text), random };
  }
}

/** One cell in three is not what it was. */
function mutate(source, random) {
  const kind = random();
  if (kind < 0.1)
    return source.replace(/\b\d+\b/g, (digits) => (random() < 0.3 ? String(Number(digits) + 1) : digits));
  if (kind < 0.2) return source.replace(/^( +)(\w+) = (?=\w)/m, '$1$2 = 0\n$1$2 = ');
  if (kind < 0.3) {
    const name = /^ +(\w+) = /m.exec(source)?.[1];
    return name === undefined ? source : source.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `${name}_new`);
  }
  return source;
}

function damage(bytes, random) {
  const at = () => Math.floor(random() * bytes.length);
  const kind = Math.floor(random() * 9);
  if (kind === 0) {
    const flipped = Buffer.from(bytes);
    for (let i = 0; i < 1 + random() * 8; i++) flipped[at()] ^= 1 << Math.floor(random() * 8);
    return flipped;
  }
  if (kind === 1) return bytes.subarray(0, at());
  if (kind === 2) {
    const [from, to] = [at(), at()].sort((a, b) => a - b);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  }
  if (kind === 3) {
    const [from, to] = [at(), at()].sort((a, b) => a - b);
    return Buffer.concat([bytes.subarray(0, at()), bytes.subarray(from, to), bytes.subarray(at())]);
  }
  if (kind === 8) return random() < 0.5 ? Buffer.alloc(0) : Buffer.concat([bytes, bytes]);
  const notebook = JSON.parse(bytes.toString());
  const code = notebook.cells.filter((cell) => cell.cell_type === 'code');
  for (const cell of code) {
    if (kind === 4 && random() < 0.3) delete cell[Object.keys(cell)[Math.floor(random() * 6)]];
    if (kind === 5 && random() < 0.3)
      cell.source = [null, 7, {}, [['x']], 'def f(:\n', ['\ud800']][Math.floor(random() * 6)];
    // Python text cut anywhere and put together again.
    if (kind === 6 && random() < 0.5) {
      const text = [cell.source].flat().join('');
      const [from, to] = [random(), random()].sort().map((part) => Math.floor(part * text.length));
      cell.source = text.slice(0, to) + text.slice(from);
    }
    if (kind === 7 && random() < 0.02)
      cell.source = `${[cell.source].flat().join('')}\n`.repeat(1 + random() * 300);
  }
  return Buffer.from(JSON.stringify(notebook));
}

/** @returns how many bytes were written */
export function makeGraveyard(to, { count = 1000, seed = 1, broken = false } = {}) {
  if (existsSync(to)) throw new Error(`${to} is there already: name a new folder`);
  let size = 0;
  for (const { folder, name, bytes, random } of notebooks(count, seed)) {
    mkdirSync(join(to, folder), { recursive: true });
    const written = broken ? damage(bytes, random) : bytes;
    writeFileSync(join(to, folder, name), written);
    size += written.length;
  }
  return size;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      broken: { type: 'boolean', default: false },
    },
  });
  const [to] = positionals;
  if (to === undefined) throw new Error('name a new folder');
  const options = { count: Number(values.count), seed: Number(values.seed), broken: values.broken };
  const size = makeGraveyard(resolve(to), options);
  console.log(`${options.count} notebooks, ${(size / 1e6).toFixed(1)} MB`);
}
