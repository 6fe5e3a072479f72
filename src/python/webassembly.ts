/** Turns V8's WebAssembly compiler to quick starts. */
import { setFlagsFromString } from 'node:v8';

/**
 * Validates and compiles only the functions that run, and none of them twice. Left alone, V8 goes through all of a module
 * at once and then optimises what is hot: for one notebook that costs several times what it saves.
 */
export function compileLazily(): void {
  setFlagsFromString('--wasm-lazy-compilation');
  setFlagsFromString('--wasm-lazy-validation');
  setFlagsFromString('--liftoff-only');
}
