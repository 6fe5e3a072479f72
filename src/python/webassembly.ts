/** Turns V8's WebAssembly compiler to quick starts, or to long work. */
import { setFlagsFromString } from 'node:v8';

let isLong = false;
let isOurs = true;

/** Says that so much is to be parsed that it pays to optimise what is hot. To be called before `compileLazily`. */
export function expectLongWork(): void {
  isLong = true;
}

/** Says that the process belongs to another program, whose WebAssembly shall be compiled as ever. */
export function leaveSettings(): void {
  isOurs = false;
}

/**
 * Validates and compiles only the functions that run; for short work none of them twice. Left alone, V8 goes through all
 * of a module at once and then optimises what is hot: for one notebook that costs several times what it saves.
 */
export function compileLazily(): void {
  if (!isOurs) return;
  setFlagsFromString('--wasm-lazy-compilation');
  setFlagsFromString('--wasm-lazy-validation');
  if (!isLong) setFlagsFromString('--liftoff-only');
}
