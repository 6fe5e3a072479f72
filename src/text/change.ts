/** A change to the disk as a value: the files as they are and as they shall be. */
import type { Diagnostic } from './diagnostic.ts';

export interface FileChange {
  /** Absolute path. */
  readonly path: string;
  /** The bytes that were read, or null where there is no file. */
  readonly before: Uint8Array | null;
  /** The bytes to be written, or null to remove the file. */
  readonly after: Uint8Array | null;
}

export interface Change {
  /** In the order in which they are written: modules first, notebooks last. */
  readonly files: readonly FileChange[];
  readonly diagnostics: readonly Diagnostic[];
}
