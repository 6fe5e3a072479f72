/** Turns an open descriptor into its bytes, and bytes into what stands in one: without the streams that Node would load. */
import { readSync, writeSync } from 'node:fs';
import { errorCode } from './operations.ts';

/** All that is left to be read from a descriptor. */
export function readAll(descriptor: number): Uint8Array {
  const parts: Buffer[] = [];
  let room = Buffer.allocUnsafe(1 << 16);
  let used = 0;
  for (;;) {
    const count = readSome(descriptor, room, used, room.length - used);
    if (count === 0) break;
    used += count;
    if (used < room.length) continue;
    parts.push(room);
    room = Buffer.allocUnsafe(Math.min(room.length * 2, 1 << 24));
    used = 0;
  }
  return Buffer.concat([...parts, room.subarray(0, used)]);
}

/** At least one byte, at most `length`, into `room`; 0 at the end. Waits where the descriptor does not block. */
export function readSome(descriptor: number, room: Uint8Array, offset: number, length: number): number {
  for (;;) {
    try {
      return readSync(descriptor, room, offset, length, null);
    } catch (error) {
      if (errorCode(error) === 'EOF') return 0; // how Windows ends a pipe
      if (errorCode(error) !== 'EAGAIN') throw error;
      wait();
    }
  }
}

/**
 * Writes all of it.
 * @returns false if nobody reads any more
 */
export function writeAll(descriptor: number, bytes: Uint8Array | string): boolean {
  const rest = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  for (let written = 0; written < rest.length;) {
    try {
      written += writeSync(descriptor, rest, written);
    } catch (error) {
      if (errorCode(error) === 'EPIPE') return false;
      if (errorCode(error) !== 'EAGAIN') throw error;
      wait();
    }
  }
  return true;
}

function wait(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}
