/** Keeps what is known of the notebooks that were read in this thread, so that no later task looks at the files again. */
import { createHash } from 'node:crypto';
import { deserialize, getHeapStatistics, serialize } from 'node:v8';
import { workerData } from 'node:worker_threads';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { readLimited } from '../files/read.ts';
import type { NotebookContent } from '../notebook/notebook.ts';
import { readContent, showsError } from '../notebook/read.ts';
import { analyse } from '../pipeline.ts';
import { PlacedStatement } from '../scope/statement.ts';
import type { PlanSource } from '../plan/notebook-graph.ts';
import { detach } from '../text/detach.ts';
import { findExpansions, findLocalModules, forgetSurroundings, withFetching } from './surroundings.ts';

/** A notebook as it was when it was read. */
export interface Version {
  readonly path: string;
  /** Of its bytes, so that a later task knows whether it is still the same. */
  readonly digest: string;
  /** Absolute. */
  readonly sourceRoot: string;
}

export type Facts = Omit<PlanSource, 'module'>;

/** How many threads share the memory. */
const threads = (workerData as { readonly threads?: number } | null)?.threads ?? 1;
const known = new Map<string, Facts | Uint8Array>();
/** Bytes of heap, of all threads together, up to which facts are kept as they are. */
const mostOpen = 768 * 2 ** 20;

/** Finds out what the plan has to know of a notebook in Python. */
export function learn({ path, digest, sourceRoot }: Version, notebook: NotebookContent): Facts {
  const cells = notebook.cells.map((cell) => {
    const { index, kind } = cell;
    const source = kind === 'code' ? cell.source : '';
    // Code is copied out of the notebook's text where it is parsed.
    const tags = cell.tags.map(detach);
    // Asked only where it matters: outputs can be large.
    const hasError = /\bassert\b|\btest_/.test(source) && showsError(notebook, cell);
    return { index, kind, source, tags, hasError };
  });
  const names = analyse({ path, cells, python: notebook.python });
  const localModules = findLocalModules(names, sourceRoot);
  const facts: Facts = {
    names: withFetching(names, sourceRoot, localModules),
    localModules,
    expansions: findExpansions(names),
  };
  // Of thousands of notebooks the later ones are packed: a fifteenth of the memory, for a third of the time of reading.
  const isOpen = getHeapStatistics().used_heap_size < mostOpen / threads;
  known.set(keyOf(path, digest), isOpen ? facts : deflateRawSync(serialize(facts), { level: 1 }));
  return facts;
}

/** Thrown where a notebook is not as it was when it was read. */
export class ChangeSinceReading extends Error {}

/** @throws ChangeSinceReading if another thread read the notebook, was lost since, and the file has changed since, too */
export function recall(version: Version): Facts {
  const { path, digest } = version;
  const facts = known.get(keyOf(path, digest));
  if (facts !== undefined) {
    return facts instanceof Uint8Array ? unpack(facts) : facts;
  }
  const file = readLimited(path);
  const reading = 'diagnostic' in file ? file : readContent(path, file.bytes);
  if ('diagnostic' in file || 'diagnostic' in reading || digestOf(file.bytes) !== digest) {
    throw new ChangeSinceReading(path);
  }
  return learn(version, reading.notebook);
}

function unpack(packed: Uint8Array): Facts {
  const facts = deserialize(inflateRawSync(packed)) as Facts;
  const statements = facts.names.statements.map((each) => new PlacedStatement(each.told, each.meaning, each));
  return { ...facts, names: { ...facts.names, statements } };
}

/** Forgets all notebooks, and what lay around them. */
export function forget(): void {
  known.clear();
  forgetSurroundings();
}

function keyOf(path: string, digest: string): string {
  return `${digest} ${path}`;
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
