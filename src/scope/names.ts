/** What a notebook's names are, as plain data: its statements, the bindings of every global name, and what may bind others. */
import type { CodeSource } from '../python/program.ts';
import type { Magic } from '../python/magic.ts';
import { preventsRun, type SyntaxFault } from '../python/syntax.ts';
import type { Interactivity } from './interactivity.ts';
import type { BindingKind } from './scope.ts';
import type { Statement } from './statement.ts';

export interface CellNames {
  readonly cell: number;
  /** Global names that running the cell binds; by import the second. Sorted. */
  readonly binds: readonly string[];
  readonly imports: readonly string[];
  readonly magics: readonly Magic[];
  /** Of which of its statements it shows the values. */
  readonly interactivity: Interactivity;
  /** Why CPython would refuse the cell. */
  readonly fault?: SyntaxFault;
}

/** A place where a name of the notebook is bound. */
export interface GlobalBinding {
  readonly statement: number;
  readonly kind: BindingKind;
  readonly offset: number;
  /** Whether it is only possible: what writes to `globals()` there may write any name. */
  readonly isPossible?: true;
}

/** A statement that binds names which do not stand in the notebook. */
export interface Unknown {
  readonly statement: number;
  readonly cell: number;
  /** As the user wrote it, for messages. */
  readonly what: string;
  /** Of a star import: its module. */
  readonly module?: string;
  /** Of `%run`: what it runs. */
  readonly script?: string;
}

export interface Names {
  readonly source: CodeSource;
  readonly cells: readonly CellNames[];
  readonly statements: readonly Statement[];
  /** Every binding of every global name, in the order of the notebook. */
  readonly bindings: ReadonlyMap<string, readonly GlobalBinding[]>;
  /** What may bind names that can't be known from the notebook alone: star imports and `%run`. */
  readonly unknowns: readonly Unknown[];
  /** Whether the notebook reads `Out`, `In`, `_1` or `execution_count`, or has a magic that counts cells: `%rerun 2`. */
  readonly readsHistory: boolean;
  /** The dotted path that each imported name stands for: `np` → `numpy`, `wraps` → `functools.wraps`. */
  readonly importPaths: ReadonlyMap<string, string>;
  /** The first cell with `from __future__ import …`, and the features, in order. */
  readonly futures: readonly { readonly statement: number; readonly feature: string }[];
  /** Folders that it puts on `sys.path` or changes to, as far as they are written out; relative to the notebook. */
  readonly folders: readonly string[];
  /** The module that nbdev's `#| default_exp` names. */
  readonly defaultModule?: string;
}

/** Whether a cell is tagged so that nbclient, and what builds on it, passes it over: it may run or not. */
export function isSkipped({ source }: Pick<Names, 'source'>, cell: number): boolean {
  return source.cells[cell - 1]!.tags.includes('skip-execution');
}

/** Whether code that is put into a cell runs in the notebook: not in one that may be skipped, is broken or is `%%bash`. */
export function takesCode(names: Pick<Names, 'source'>, { cell, fault, magics }: CellNames): boolean {
  const isElsewhere = magics.some(({ kind, body }) => kind === 'cell' && body !== 'namespace');
  return !isSkipped(names, cell) && !preventsRun(fault) && !isElsewhere;
}

/** Whether a cell is tagged so that nbclient goes on when it raises an error: some of it may not run to its end. */
export function mayRaise({ source }: Pick<Names, 'source'>, cell: number): boolean {
  return source.cells[cell - 1]!.tags.includes('raises-exception');
}
