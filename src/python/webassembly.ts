/** Turns V8's WebAssembly compiler to quick starts. */
import { setFlagsFromString } from 'node:v8';

/** `--liftoff-only` would imply the last two, but from Node 24 on not once the process runs. */
const flags = [
  '--wasm-lazy-compilation',
  '--wasm-lazy-validation',
  '--no-wasm-tier-up',
  '--no-wasm-dynamic-tiering',
];

let isOurs = true;

/** Says that the process belongs to another program, whose WebAssembly shall be compiled as ever. */
export function leaveSettings(): void {
  isOurs = false;
}

/**
 * Compiles only the functions that run, and none of them twice. Left alone, V8 validates and compiles all of a module at
 * once, and then optimises what is hot: for one notebook that costs several times what it saves; for three thousand it
 * saves nothing at the parser, and takes three times as long and 100 MB more a thread at Ruff.
 */
export function compileLazily(): void {
  if (!isOurs) return;
  for (const flag of flags) setFlagsFromString(flag);
}
