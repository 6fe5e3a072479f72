/**
 * Strips every notebook under a folder, in process, and prints how that compares with nbstripout and with the promises:
 * `node scripts/strip-corpus.mjs <folder> [--python <interpreter with nbstripout 0.9.1>] [--limit <count>]`.
 *
 * Files are only read. `preserve` is checked by a second JSON walk that shares no code with `src/`: everything but the
 * values and keys that stripping may take out must stand in the result byte for byte, in the same order.
 */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const [folder, ...options] = process.argv.slice(2);
const optionOf = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);
if (folder === undefined) {
  console.error('usage: node scripts/strip-corpus.mjs <folder> [--python <interpreter>] [--limit <count>]');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const { output } = await build({
  input: `${root}src/notebook/strip-bytes.ts`,
  platform: 'node',
  write: false,
  logLevel: 'silent',
});
const { stripBytes } = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);

const limit = Number(optionOf('--limit') ?? Infinity);
const paths = readdirSync(folder, { recursive: true })
  .filter((path) => path.endsWith('.ipynb'))
  .map((path) => join(folder, path))
  .filter((path) => statSync(path).isFile())
  .sort()
  .slice(0, limit);

/** A Python that answers each path with what nbstripout writes for it, in base64, or with its error. */
function startNbstripout(python) {
  const program = `
import base64, io, json, sys, warnings
warnings.simplefilter('ignore')
import logging; logging.disable(logging.CRITICAL)
import nbformat
from nbstripout._utils import strip_output
keys = ['metadata.signature', 'metadata.widgets', 'cell.metadata.collapsed', 'cell.metadata.ExecuteTime',
        'cell.metadata.execution', 'cell.metadata.heading_collapsed', 'cell.metadata.hidden', 'cell.metadata.scrolled']
for line in sys.stdin:
    try:
        with io.open(json.loads(line), encoding='utf8') as file:
            notebook = nbformat.read(file, as_version=nbformat.NO_CONVERT)
        stripped = strip_output(notebook, None, False, False, keys)
        out = io.StringIO()
        nbformat.write(stripped, out)
        print('+' + base64.b64encode(out.getvalue().encode('utf8')).decode(), flush=True)
    except Exception as error:
        print('-' + type(error).__name__, flush=True)
`;
  const child = spawn(python, ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async strip(path) {
      child.stdin.write(`${JSON.stringify(path)}\n`);
      const { value } = await lines.next();
      return value;
    },
    end: () => child.stdin.end(),
  };
}

/** The leaves and brackets of a JSON text in order, each with the path of keys that leads to it. */
function* walk(text) {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|\s+/gsy;
  const stack = [];
  let key;
  let expectsKey = false;
  for (const [part] of text.matchAll(token)) {
    if (part.trim() === '') continue;
    const top = stack.at(-1);
    if (part === '{' || part === '[') {
      yield [
        stack
          .map(({ name }) => name)
          .concat(key ?? '*')
          .join('/'),
        part,
      ];
      stack.push({ kind: part, name: key ?? '*' });
      expectsKey = part === '{';
      key = undefined;
    } else if (part === '}' || part === ']') {
      const { name } = stack.pop();
      yield [
        stack
          .map((entry) => entry.name)
          .concat(name)
          .join('/'),
        part,
      ];
      key = undefined;
      expectsKey = false;
    } else if (part === ',') {
      expectsKey = top.kind === '{';
      key = undefined;
    } else if (part === ':') expectsKey = false;
    else if (expectsKey) key = JSON.parse(part);
    else {
      yield [
        stack
          .map(({ name }) => name)
          .concat(key ?? '*')
          .join('/'),
        part,
      ];
      key = undefined;
    }
  }
}

const goes =
  /^\*\/(?:worksheets\/\*\/)?cells\/\*\/(?:outputs|execution_count|prompt_number|metadata\/(?:collapsed|ExecuteTime|execution|heading_collapsed|hidden|scrolled))(?:\/|$)|^\*\/metadata\/(?:signature|widgets)(?:\/|$)/;

/** What must stay of a notebook: every token outside of what goes, with the spelling that it has. */
function remainderOf(text) {
  const parts = [];
  for (const [path, part] of walk(text)) if (!goes.test(path)) parts.push(`${path}=${part}`);
  return parts.join('\n');
}

/**
 * Whether the longer text becomes the shorter by deleting and by writing `[]`, `{}` or `null`: line by line. Of a
 * notebook on a single line this says nothing.
 */
function onlyDeletes(before, after) {
  const lines = before.trimEnd().split('\n');
  if (lines.length === 1) return true;
  let at = 0;
  for (const line of after.trimEnd().split('\n')) {
    const plain = line.replace(/(?:null|\[\]|\{\})(,?)\r?$/, '');
    let found = at;
    while (found < lines.length && !lines[found].startsWith(plain.replace(/,?\r?$/, ''))) found++;
    if (found === lines.length) return false;
    at = found + 1;
  }
  return true;
}

const counts = {
  notebooks: 0,
  refused: 0,
  crashed: 0,
  'changed outside the removed spans': 0,
  'lines out of order': 0,
  'changed by a second run': 0,
  'nbformat: compared': 0,
  'nbformat: equal': 0,
  'nbformat: nbstripout failed': 0,
};
const notes = [];
/** Prints what was found so far. */
function report() {
  for (const note of notes) console.log(note);
  console.table(counts);
}
process.once('SIGTERM', () => {
  report();
  process.exit(1);
});

const python = optionOf('--python');
const nbstripout = python === undefined ? undefined : startNbstripout(python);
for (const path of paths) {
  counts.notebooks++;
  const bytes = readFileSync(path);
  let result;
  let nbformat;
  try {
    result = stripBytes(path, bytes, {});
    nbformat = stripBytes(path, bytes, { format: 'nbformat' });
  } catch (error) {
    counts.crashed++;
    notes.push(`crash: ${path}: ${error.stack}`);
    continue;
  }
  if ('diagnostic' in result) {
    counts.refused++;
    notes.push(`refused: ${path}: ${result.diagnostic.code} ${result.diagnostic.message}`);
  } else {
    const before = bytes.toString();
    const after = Buffer.from(result.bytes).toString();
    const keeps = /"(?:keep_output|init_cell)"/.test(before);
    if (!keeps && result.note === undefined) {
      if (remainderOf(before) !== remainderOf(after)) {
        counts['changed outside the removed spans']++;
        notes.push(`changed: ${path}`);
      }
      if (!onlyDeletes(before, after)) {
        counts['lines out of order']++;
        notes.push(`lines: ${path}`);
      }
    }
    const again = stripBytes(path, result.bytes, {});
    if ('diagnostic' in again || again.isChanged || again.bytes !== result.bytes) {
      counts['changed by a second run']++;
      notes.push(`not idempotent: ${path}`);
    }
  }
  if (nbstripout === undefined) continue;
  const answer = await nbstripout.strip(path);
  if (answer === undefined) break; // stopped, and the interpreter before us
  if (answer.startsWith('-')) {
    counts['nbformat: nbstripout failed']++;
    notes.push(`nbstripout failed: ${path}: ${answer.slice(1)}`);
    continue;
  }
  counts['nbformat: compared']++;
  const expected = Buffer.from(answer.slice(1), 'base64');
  if ('bytes' in nbformat && expected.equals(nbformat.bytes)) counts['nbformat: equal']++;
  else notes.push(`differs from nbstripout: ${path}`);
}
nbstripout?.end();
report();
