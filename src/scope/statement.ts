/** A top-level statement as plain data: what is its own, in front of what all copies of its text share. */
import type { Span } from '../text/span.ts';
import type { DynamicWrite } from './dynamic.ts';
import type { Effects, Use } from './effect.ts';
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

/** Whether a statement defines what can be called: a function or a class. */
export function isCallable({ kind }: { readonly kind: StatementKind }): boolean {
  return kind === 'function' || kind === 'class';
}

/** What a statement says: the same wherever it is pasted, as long as the names in it mean the same. Offsets are UTF-16, in its cell's source; lines and columns are 1-based, in the cell. */
export interface Said {
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
  /** Of a bare expression: the names at the left end of what it calls, `log` of `log.addHandler(handler)`. */
  readonly callsOn: readonly string[];
  /** Whether nothing of it happens when its module is imported: `if __name__ == '__main__': …`. */
  readonly isScriptOnly: boolean;
  /** Whether a branch of it is for a module that is run as a script: what it calls stands above it. */
  readonly guardsScript: boolean;
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
  /** Its code without comments and layout: equal exactly where the syntax is equal. */
  readonly normalised: string;
  /** The name or dotted path that a constant may give another name by which it changes imports: `env = os.environ`. */
  readonly aliasOf: string | undefined;
  /** The attribute names that occur in it, for rules on `__globals__`, `currentframe` and the like. */
  readonly attributes: ReadonlySet<string>;
  /** Of `eval` and `exec` those that it only ever hands a namespace of their own: `exec(code, {})`. */
  readonly evaluatesApart: ReadonlySet<string>;
  /**
   * A call that has a library look names up where it is called, in a text that is put together as it runs; in all of the
   * text, or only behind `@`.
   */
  readonly borrows: { readonly call: Borrowing; readonly kind: 'any' | 'marked' } | undefined;
  /** The notebook's own module as the statement hands it on, so that any function may go through it. */
  readonly handsOn: string | undefined;
  /** Whether it filters warnings by the module that the notebook is. */
  readonly filtersByModule: boolean;
  /** How it looks names of the notebook up that are not written out: it mentions all of them then. */
  readonly search: Search | undefined;
  /** Global names of which it sets or deletes an attribute or item: `Model.name = …`, `setattr(Model, …)`. */
  readonly setsAttributeOf: ReadonlySet<string>;
  /** The same below which attribute, as written: `np.float`, `plt.rcParams`. */
  readonly setsPaths: readonly string[];
  /** What it calls, be it in a function: `np.seterr`, `logging.getLogger(…).setLevel`. */
  readonly callsPaths: readonly string[];
  /** The Python 3 that its syntax came with, where not every one parses it. */
  readonly version: number | undefined;
  /** Whether it may have joblib, or what is built on it, run something in other processes. */
  readonly startsProcesses: boolean;
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

/** What is a statement's own: what the rest of its notebook makes of it. */
export interface Placement {
  readonly id: number;
  readonly cell: number;
  /**
   * All that its text holds in any form and that could be a name of the notebook, strings included; any name of it where
   * it runs another file among them (`%run -i`).
   */
  readonly mentions: ReadonlySet<string>;
  /** What the statement asks for by a directive. */
  readonly directive: Directive | undefined;
  /** Why later imports may depend on its having run (`sys.path`, `os.chdir`, `%pip`). */
  readonly barrier: string | undefined;
  /** Whether it defines what would be one, once it is called: `def setup(): sys.path.append('lib')`. */
  readonly innerBarrier: boolean;
  /** What writes to names of the notebook that it computes: `__main__.K = 1`, be it in a function. */
  readonly writesNames: DynamicWrite | undefined;
}

/** A top-level statement of a notebook. */
export interface Statement extends Said, Placement {
  readonly told: Told;
  readonly meaning: Meaning;
  /** The same in another place, or in other surroundings. */
  readonly placed: (changes: Partial<Placement>) => Statement;
  /** The same but for what it means. */
  readonly meant: (changes: Partial<Meaning>) => Statement;
}

/** `module` is asked for by nb2mod's directive, or by `#| export` of nbdev; `unknown` is one as the user wrote it. */
export type Directive = { readonly keep: true } | { readonly module: string } | { readonly unknown: string };

/** What depends on what the names in a statement mean: on the rest of the notebook. */
export type Meaning = Pick<
  Said,
  'effects' | 'effectsOfUse' | 'mutability' | 'sending' | 'returnsNone' | 'borrows' | 'names'
> &
  Pick<Placement, 'barrier' | 'innerBarrier'>;
/** What the statement's own text tells. */
export type Told = Omit<Said, Exclude<keyof Meaning, 'names'>> & Pick<Placement, 'mentions'>;

/**
 * A statement of which thousands of notebooks have copies: what is told of it and what it means are held once for all of
 * them, and looked up there. A structured clone is without its class: who takes one makes a statement of it again.
 */
export class PlacedStatement implements Statement {
  readonly told: Told;
  readonly meaning: Meaning;
  id: number;
  cell: number;
  directive: Directive | undefined;
  writesNames: DynamicWrite | undefined;
  mentions: ReadonlySet<string>;
  barrier: string | undefined;
  innerBarrier: boolean;
  // What the rules ask of every statement is at hand.
  readonly kind: Said['kind'];
  readonly names: Said['names'];
  readonly defines: Said['defines'];
  readonly search: Said['search'];
  readonly isBroken: Said['isBroken'];
  readonly attributes: Said['attributes'];
  readonly normalised: Said['normalised'];
  readonly sending: Said['sending'];
  readonly code: Said['code'];
  readonly mayLack: Said['mayLack'];
  readonly setsPaths: Said['setsPaths'];

  constructor(told: Told, meaning: Meaning, placement: Placement) {
    this.told = told;
    this.meaning = meaning;
    this.id = placement.id;
    this.cell = placement.cell;
    this.directive = placement.directive;
    this.writesNames = placement.writesNames;
    this.mentions = placement.mentions;
    this.barrier = placement.barrier;
    this.innerBarrier = placement.innerBarrier;
    this.kind = told.kind;
    this.names = meaning.names;
    this.defines = told.defines;
    this.search = told.search;
    this.isBroken = told.isBroken;
    this.attributes = told.attributes;
    this.normalised = told.normalised;
    this.sending = meaning.sending;
    this.code = told.code;
    this.mayLack = told.mayLack;
    this.setsPaths = told.setsPaths;
  }

  placed(changes: Partial<Placement>): PlacedStatement {
    return new PlacedStatement(this.told, this.meaning, { ...this, ...changes });
  }

  meant(changes: Partial<Meaning>): PlacedStatement {
    return new PlacedStatement(this.told, { ...this.meaning, ...changes }, this);
  }

  get writtenName() {
    return this.told.writtenName;
  }
  get span() {
    return this.told.span;
  }
  get isJoined() {
    return this.told.isJoined;
  }
  get line() {
    return this.told.line;
  }
  get endLine() {
    return this.told.endLine;
  }
  get column() {
    return this.told.column;
  }
  get effects() {
    return this.meaning.effects;
  }
  get effectsOfUse() {
    return this.meaning.effectsOfUse;
  }
  get magic() {
    return this.told.magic;
  }
  get isAnnotated() {
    return this.told.isAnnotated;
  }
  get isExpression() {
    return this.told.isExpression;
  }
  get callsOn() {
    return this.told.callsOn;
  }
  get isScriptOnly() {
    return this.told.isScriptOnly;
  }
  get guardsScript() {
    return this.told.guardsScript;
  }
  get returnsNone() {
    return this.meaning.returnsNone;
  }
  get test() {
    return this.told.test;
  }
  get mutability() {
    return this.meaning.mutability;
  }
  get runsOut() {
    return this.told.runsOut;
  }
  get aliasOf() {
    return this.told.aliasOf;
  }
  get evaluatesApart() {
    return this.told.evaluatesApart;
  }
  get borrows() {
    return this.meaning.borrows;
  }
  get filtersByModule() {
    return this.told.filtersByModule;
  }
  get handsOn() {
    return this.told.handsOn;
  }
  get setsAttributeOf() {
    return this.told.setsAttributeOf;
  }
  get version() {
    return this.told.version;
  }
  get startsProcesses() {
    return this.told.startsProcesses;
  }
  get callsPaths() {
    return this.told.callsPaths;
  }
  get readsPaths() {
    return this.told.readsPaths;
  }
  get looksInside() {
    return this.told.looksInside;
  }
  get handsOnAttributesOf() {
    return this.told.handsOnAttributesOf;
  }
  get mayChange() {
    return this.told.mayChange;
  }
}
