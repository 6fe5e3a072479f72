/**
 * Runs the built command line again and again in one process, for corpus.mjs and tests/program.ts: takes `{args, cwd}`, answers
 * `{exitCode, out, err, both, crash, milliseconds}`. The bundled entry is evaluated anew for each run by a query on its URL;
 * what it loads stays loaded, as for a batch of notebooks.
 */
import { fileURLToPath } from 'node:url';

const cli = new URL('../dist/cli.js', import.meta.url).href;
const home = process.cwd();
let run = 0;

process.on('message', async ({ args, cwd }) => {
  const written = { out: [], err: [], both: [] };
  const keep = { out: process.stdout.write, err: process.stderr.write };
  const take =
    (list) =>
    (part, ...rest) => {
      const text = typeof part === 'string' ? part : Buffer.from(part).toString();
      list.push(text);
      written.both.push(text);
      rest.find((each) => typeof each === 'function')?.();
      return true;
    };
  process.argv = [process.execPath, fileURLToPath(cli), ...args];
  process.exitCode = undefined;
  process.chdir(cwd);
  process.stdout.write = take(written.out);
  process.stderr.write = take(written.err);
  let crash = null;
  const started = performance.now();
  try {
    await import(`${cli}?run=${run++}`);
  } catch (error) {
    crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const milliseconds = performance.now() - started;
  process.stdout.write = keep.out;
  process.stderr.write = keep.err;
  // Whoever asked may want to remove the folder.
  process.chdir(home);
  const exitCode = process.exitCode ?? 0;
  process.exitCode = undefined;
  const [out, err, both] = [written.out, written.err, written.both].map((parts) => parts.join(''));
  process.send({ exitCode, out, err, both, crash, milliseconds });
});
