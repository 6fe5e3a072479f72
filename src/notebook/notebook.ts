/** A notebook as nb2mod sees it: its cells, and, to be written anew, the original text and where each value stands in it. */
import type { JsonDocument, JsonNode } from './json.ts';

export type CellKind = 'code' | 'markdown' | 'raw' | 'heading' | 'other';

export interface Cell {
  /** Counted from 1 over all cells of the notebook. */
  readonly index: number;
  readonly kind: CellKind;
  /** Decoded: escapes resolved, list elements joined. */
  readonly source: string;
  readonly id?: string;
  /** `metadata.tags`, strings only. */
  readonly tags: readonly string[];
  /** Code cells of nbformat 3 have a language each. */
  readonly language?: string;
  /** The cell's JSON object in `Notebook.json`. */
  readonly node: JsonNode;
}

/** What a notebook says. */
export interface NotebookContent {
  readonly path: string;
  readonly nbformat: number;
  readonly nbformatMinor: number;
  readonly cells: readonly Cell[];
  /** In lower case: `python` for Python 3 or unstated, `python2`, else as the metadata names it (`r`, `julia`). */
  readonly language: string;
  /** The Python 3 that it was last open in, by its minor number, if the metadata tells: 12 for Python 3.12. */
  readonly python?: number | undefined;
  /** The file's values, spans over its bytes. */
  readonly json: JsonDocument;
}

export interface Notebook extends NotebookContent {
  /** The whole file, decoded as UTF-8, a BOM included. */
  readonly text: string;
  /** The file's values, spans over `text`: the same nodes. */
  readonly json: JsonDocument;
}
