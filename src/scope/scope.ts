/** Scopes, bindings and references as Python's language reference (section 4.2) has them. */

/**
 * When a name is looked up: as the statement runs, or only when a function in it is called. A name in an annotation
 * that is never evaluated (a string, a function's variable, anything under `from __future__ import annotations`) is not
 * looked up at all, but a module that lacks it reads as broken: it counts as a need of its own kind.
 */
export type Time = 'definition' | 'call' | 'annotation';

export type BindingKind =
  | 'import'
  | 'function'
  | 'class'
  | 'assignment'
  | 'augmented'
  | 'for'
  | 'with'
  | 'except'
  | 'walrus'
  | 'match'
  | 'delete'
  | 'type-alias'
  | 'parameter'
  | 'type-parameter'
  /** Declared by a bare annotation (`x: int`): local to a scope, but not bound. */
  | 'annotation'
  /** Bound by a magic: `%%capture out`, `x = !ls`. */
  | 'magic'
  /** Bound by a function through `global`. */
  | 'global';

export interface Binding {
  /** After NFKC and name mangling. */
  readonly name: string;
  readonly kind: BindingKind;
  /** UTF-16, in the cell's source. */
  readonly offset: number;
}

export interface Reference {
  /** After NFKC and name mangling. */
  readonly name: string;
  readonly time: Time;
  /** Of its first occurrence, UTF-16, in the cell's source. */
  readonly offset: number;
}

/** One name that an import statement binds. */
export interface Import {
  /** The name bound, or `*`. */
  readonly name: string;
  /** `numpy`, `os.path`, `.local`, `__future__`. */
  readonly module: string;
  /** The name taken from the module; undefined for `import module`. */
  readonly member?: string;
  /** Whether `as` was written, so that `import a.b as c` binds `a.b` and not `a`. */
  readonly isRenamed: boolean;
  /** Whether it stands under a `try` that catches something: the notebook can do without. */
  readonly isTried?: true;
  /** Whether it may not be come to at all: under `if`, in a loop, in what handles an exception. */
  readonly isConditional?: true;
  /** Whether it stands in a `try` that is no import block and imports the same whichever way it goes. */
  readonly isSure?: true;
  /** The clause (`a.b as c`) in the cell's source. */
  readonly start: number;
  readonly end: number;
}

/** A call that may have a library look names up where it is called: `ols('y ~ np.log(x)', data)`, `df.query(text)`. */
export interface Borrowing {
  /** As written, without blanks. */
  readonly callee: string;
  /** UTF-16, in the cell's source. */
  readonly offset: number;
  /** The names in its text that no function has of its own; `isMarked` where `@` stands before. */
  readonly words: readonly (Reference & { readonly isMarked: boolean })[];
  /** Whether the text is put together as it runs, so that it may hold other names. */
  readonly isComputed: boolean;
}

/** What one top-level statement does to the names of the notebook. */
export interface StatementNames {
  /** Global names bound or deleted as the statement runs, in the order of the text. */
  readonly bindings: readonly Binding[];
  /** Global names looked up, once for each name and time, in the order of the text. Builtins included. */
  readonly references: readonly Reference[];
  /** Global names that a function in it binds or deletes through `global`. */
  readonly writes: readonly Binding[];
  /** The import clauses in it, wherever they stand at module level (under `try` and `if`, too). */
  readonly imports: readonly Import[];
  /** The imports inside functions and classes: they bind no global, but the module needs what they name. */
  readonly innerImports: readonly Import[];
  readonly borrowings: readonly Borrowing[];
}
