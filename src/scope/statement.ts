/** A top-level statement, as plain data: what its own text tells, and what that means among the names of its notebook. */
import type { Span } from '../text/span.ts';
import type { DynamicWrite } from './dynamic.ts';
import type { Effects, Use } from './effects.ts';
import type { Exposure, PathRead } from './exposure.ts';
import type { Mutability } from './mutability.ts';
import type { Borrowing, StatementNames } from './scope.ts';
import type { Search } from './search.ts';
import type { Sending } from './sending.ts';

export type StatementKind =
  | 'function'
  | 'class'
  /** An assignment to names, or a type alias; whether it is pure, `effects` tells. */
  | 'constant'
  /** One import statement. */
  | 'import'
  /** `try`/`if` that holds imports and constants only: it is used, and moves, as one. */
  | 'import-block'
  | 'other';

/** A top-level statement. Offsets are UTF-16, in its cell's source; lines and columns are 1-based, in the cell. */
export interface Statement {
  readonly id: number;
  readonly cell: number;
  readonly kind: StatementKind;
  /** The names that a definition, constant or import binds. */
  readonly defines: readonly string[];
  /** Of an import block those that it may leave unbound: `xgboost` where only the flag beside it is always set. */
  readonly mayLack: ReadonlySet<string>;
  /** The name of a function or class as the user wrote it; else empty. */
  readonly writtenName: string;
  readonly span: Span;
  readonly code: Span;
  readonly isJoined: boolean;
  /** Of the `def`, `class` or first line; of the last line. */
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  readonly names: StatementNames;
  /** What happens when it runs, and, if it is a function or class, when use is made of it. */
  readonly effects: Effects;
  readonly effectsOfUse: Readonly<Record<Use, Effects>>;
  /** The magic inside it, if there is one. */
  readonly magic: string | undefined;
  /** Whether something in it has a type written to it, be it a variable of a function. */
  readonly isAnnotated: boolean;
  /** Whether the cell that it stands in does not parse. */
  readonly isBroken: boolean;
  /** Whether it is a bare expression, which its cell shows when it comes last. */
  readonly isExpression: boolean;
  /** Whether it is a call that surely returns `None`: a cell has nothing to show for it. */
  readonly returnsNone: boolean;
  /** Whether it could be, or call, a test: an `assert`, or `test_…()`. What it exercises, and its effects, are for the plan. */
  readonly test: 'assert' | 'call' | undefined;
  /**
   * What of the object that it makes can change after it was made: nothing, the object (a list of numbers), or also what
   * it holds (a list of lists, what a call yields). For functions and classes: of what they keep, in defaults and the like.
   */
  readonly mutability: Mutability;
  /** Whether what a constant means may be an iterator, which reading uses up. */
  readonly runsOut: boolean;
  /**
   * All that its text holds in any form and that could be a name of the notebook, strings included; any name of it where
   * it runs another file among them (`%run -i`).
   */
  readonly mentions: ReadonlySet<string>;
  /** Its code without comments and layout: equal exactly where the syntax is equal. */
  readonly normalised: string;
  /** What the statement asks for by a directive. */
  readonly directive: Directive | undefined;
  /** Why later imports may depend on its having run (`sys.path`, `os.chdir`, `%pip`). */
  readonly barrier: string | undefined;
  /** Whether it defines what would be one, once it is called: `def setup(): sys.path.append('lib')`. */
  readonly innerBarrier: boolean;
  /** The attribute names that occur in it, for rules on `__globals__`, `currentframe` and the like. */
  readonly attributes: ReadonlySet<string>;
  /** Of `eval` and `exec` those that it only ever hands a namespace of their own: `exec(code, {})`. */
  readonly evaluatesApart: ReadonlySet<string>;
  /**
   * A call that has a library look names up where it is called, in a text that is put together as it runs; in all of the
   * text, or only behind `@`.
   */
  readonly borrows: { readonly call: Borrowing; readonly kind: 'any' | 'marked' } | undefined;
  /** What writes to names of the notebook that it computes: `__main__.K = 1`, be it in a function. */
  readonly writesNames: DynamicWrite | undefined;
  /** The notebook's own module as the statement hands it on, so that any function may go through it. */
  readonly handsOn: string | undefined;
  /** How it looks names of the notebook up that are not written out: it mentions all of them then. */
  readonly search: Search | undefined;
  /** Global names of which it sets or deletes an attribute or item: `Model.name = …`, `setattr(Model, …)`. */
  readonly setsAttributeOf: ReadonlySet<string>;
  /** The same below which attribute, as written: `np.float`, `plt.rcParams`. */
  readonly setsPaths: readonly string[];
  /** Of a definition or constant: the names and dotted paths that it reads as it runs, annotations included. */
  readonly readsPaths: readonly PathRead[];
  /** What of the notebook it sends to other machines. */
  readonly sending: Sending | undefined;
  /** Names whose object it looks into as it runs, beyond handing it on: `NAMES[0]`, `len(NAMES)`, `Model.size`. */
  readonly looksInside: ReadonlySet<string>;
  /** Of these, those of which it only hands on attributes: `inputs = [Data.prices]`. */
  readonly handsOnAttributesOf: ReadonlySet<string>;
  /** Names whose object may be another afterwards: methods called on it, handed to a function, given another name. */
  readonly mayChange: ReadonlyMap<string, Exposure>;
}

/** `module` is asked for by nb2mod's directive, or by `#| export` of nbdev; `unknown` is one as the user wrote it. */
export type Directive = { readonly keep: true } | { readonly module: string } | { readonly unknown: string };

/** What depends on what the names in a statement mean: on the rest of the notebook. */
export type Meaning = Pick<
  Statement,
  | 'effects'
  | 'effectsOfUse'
  | 'mutability'
  | 'barrier'
  | 'innerBarrier'
  | 'sending'
  | 'returnsNone'
  | 'borrows'
  | 'names'
>;
/** What the statement's own text tells. */
export type Told = Omit<
  Statement,
  Exclude<keyof Meaning, 'names'> | 'id' | 'cell' | 'directive' | 'writesNames'
>;

export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
