/** Turns a change of one file into what can be kept of thousands: the old bytes' hash, and what makes the new ones of them. */
import type { FileChange } from '../text/change.ts';
import { applyDelta, deltaOf } from '../text/delta.ts';
import { hashOf } from './journal.ts';

/** Bytes that are made when they are wanted. */
export interface Content {
  /** SHA-256. */
  readonly hash: string;
  /** `before`: the old bytes of the same file; of no use where there is none. */
  readonly make: (before: Uint8Array | null) => Uint8Array;
}

export interface PackedChange {
  /** Absolute path. */
  readonly path: string;
  /** SHA-256 of the bytes that were read, or null where there is no file. */
  readonly before: string | null;
  /** Null to remove the file. */
  readonly after: Content | null;
}

export function pack({ path, before, after }: FileChange): PackedChange {
  return {
    path,
    before: before === null ? null : hashOf(before),
    after: after === null ? null : packContent(before, after),
  };
}

function packContent(before: Uint8Array | null, after: Uint8Array): Content {
  const delta = deltaOf(before ?? nothing, after);
  return { hash: hashOf(after), make: (old) => applyDelta(old ?? nothing, delta) };
}

const nothing = new Uint8Array();
