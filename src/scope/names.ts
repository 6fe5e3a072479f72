/** Turns a program into names: for each top-level statement, as plain data, all that the plan has to know about it. */
import type { CodeSource, Program, Reading, Statement as ParsedStatement } from '../python/program.ts';
import { countsCells, runsInNamespace, type Magic } from '../python/magic.ts';
import {
  childOf,
  descendants,
  preventsRun,
  textOf,
  type SyntaxFault,
  type SyntaxNode,
} from '../python/syntax.ts';
import { linesOf, type LinePosition, type Span } from '../text/span.ts';
import { words } from '../text/words.ts';
import { bindStatement } from './bind.ts';
import { kindOfBorrowing } from './borrowing.ts';
import { builtins } from './builtins.ts';
import {
  dynamicWrites,
  handsOnModule,
  magicWrite,
  reachedNames,
  shellsOf,
  unreadWrite,
  type DynamicWrite,
} from './dynamic.ts';
import {
  effectsOfUse,
  effectsOfExpression,
  effectsOfStatement,
  type Constancy,
  type Effects,
  type Surroundings,
  type Use,
} from './effects.ts';
import { evaluatesApart } from './evaluate.ts';
import {
  looksInside,
  mayChange,
  readsPaths,
  setsAttributeOf,
  setsPaths,
  setsWhole,
  type Exposure,
  type PathRead,
} from './exposure.ts';
import { interactivityOf, interactivitySetting, type Interactivity } from './interactivity.ts';
import { constanciesOf, mayRunOut, mutabilityOf, type Mutability } from './mutability.ts';
import { normaliseIdentifier, pathOf } from './paths.ts';
import type { BindingKind, Borrowing, Reference, StatementNames } from './scope.ts';
import { searchOf, type Search } from './search.ts';
import { sendingOf, type Sending } from './sending.ts';
import { returnsNone } from './silent.ts';
import { starExports } from './star-exports.ts';

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
  /** The module of a star import, or what `%run` runs; undefined for other magics. */
  readonly module?: string;
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

/** A statement of the notebook, before it is known what the names in it mean. */
interface Bound {
  readonly id: number;
  readonly cell: Program['cells'][number];
  readonly lead: CellFacts['lead'];
  readonly facts: StatementFacts;
}

/** Binds a program. */
export function bindProgram(program: Program): Names {
  const futures: { statement: number; feature: string }[] = [];
  const cellFacts: CellFacts[] = [];
  const bound: Bound[] = [];
  for (const cell of program.cells) {
    const { reading } = cell;
    // IPython keeps a cell's `__future__` flags for the cells after it; in its own cell it holds from the start.
    for (const { index, feature } of futuresOf(reading)) {
      futures.push({ statement: bound.length + index, feature });
    }
    const facts = recallFacts(
      reading,
      futures.some((future) => future.feature === 'annotations'),
    );
    cellFacts.push(facts);
    for (const statement of facts.statements) {
      bound.push({ id: bound.length, cell, lead: facts.lead, facts: statement });
    }
  }

  const bindings = new Map<string, GlobalBinding[]>();
  const addBinding = (name: string, binding: GlobalBinding): void => {
    const list = bindings.get(name);
    if (list === undefined) bindings.set(name, [binding]);
    else list.push(binding);
  };
  const unknowns: Unknown[] = [];
  const shells = new Set<string>();
  for (const { facts } of bound) for (const shell of facts.shells) shells.add(shell);
  const dynamic: { statement: number; write: DynamicWrite }[] = [];
  const addMagic = (magic: Magic, statement: number, cell: number): void => {
    for (const name of magic.binds) addBinding(name, { statement, kind: 'magic', offset: magic.span.start });
    const write = magicWrite(magic);
    if (write !== undefined) dynamic.push({ statement, write });
    if (!magic.bindsAnything) return;
    const script = magic.name === 'run' ? { script: magic.argument.trim() } : {};
    unknowns.push({ statement, cell, what: `%${magic.name}`, ...script });
  };
  for (const { id, cell, facts } of bound) {
    const { reading } = cell;
    const { index } = cell.cell;
    if (preventsRun(reading.fault)) {
      const isFirst = facts.parsed === reading.statements[0];
      const write = isFirst && reading.fault?.isOurs === true ? unreadWrite(reading.masked.text) : undefined;
      if (write !== undefined) dynamic.push({ statement: id, write });
      continue;
    }
    const { names } = facts.told;
    for (const write of facts.writes) {
      if (write.shell !== undefined && !shells.has(write.shell)) continue;
      if (write.clears !== undefined) unknowns.push({ statement: id, cell: index, what: write.clears });
      else dynamic.push({ statement: id, write });
    }
    for (const { name, kind, offset } of names.bindings) addBinding(name, { statement: id, kind, offset });
    for (const { name, kind, offset } of names.writes) addBinding(name, { statement: id, kind, offset });
    for (const magic of facts.parsed.magics) addMagic(magic, id, index);
    for (const { name, module } of names.imports) {
      if (name === '*')
        unknowns.push({ statement: id, cell: index, what: `from ${module} import *`, module });
    }
    // The head of a cell whose body is Python is no statement: `%%capture out` binds once the last one has run.
    if (facts.parsed !== reading.statements.at(-1)) continue;
    for (const magic of reading.masked.magics) {
      if (magic.kind === 'cell' && magic.body === 'namespace') addMagic(magic, id, index);
    }
  }

  const importPaths = new Map<string, string>();
  for (const { facts } of bound) {
    for (const item of facts.told.names.imports) {
      if (item.name === '*') continue;
      const whole = item.member === undefined ? item.module : `${item.module}.${item.member}`;
      importPaths.set(item.name, item.member === undefined && !item.isRenamed ? item.name : whole);
    }
  }
  const starred = unknowns.flatMap(({ module }) => (module === undefined ? [] : [module]));
  /** `random` after `from random import *` is `random.random`, if nothing else binds it. */
  const starPathOf = (name: string): string | undefined => {
    const module = starred.findLast((candidate) => starExports(candidate)?.has(name) === true);
    return module === undefined || bindings.has(name) ? undefined : `${module}.${name}`;
  };
  const isSymbolMaker = (callee: string): boolean => {
    const [root = ''] = callee.split('.', 1);
    const isStarred = callee === 'var' && starred.includes('sympy') && !bindings.has(root);
    const path = isStarred ? 'sympy.var' : importPaths.get(root);
    return path !== undefined && /^sympy\.([\w.]+\.)?var$/.test(path + callee.slice(root.length));
  };

  /** The first such write of each statement. */
  const writers = new Map<number, DynamicWrite>();
  // What is written through `globals()` or `exec` binds those of the notebook's names that it can mean.
  if (dynamic.length > 0) {
    const known = new Set([
      ...bindings.keys(),
      ...bound.flatMap(({ facts }) => facts.told.names.references.map(({ name }) => name)),
    ]);
    for (const { statement, write } of dynamic) {
      if (write.maker !== undefined && !isSymbolMaker(write.maker)) continue;
      if (!writers.has(statement)) writers.set(statement, write);
      for (const name of known) {
        const isBuiltin = builtins.has(name) && !bindings.has(name);
        if (isBuiltin && !write.isExact) continue;
        if (write.isUnread === true && !bindings.has(name)) continue;
        if (!write.pattern.test(name)) continue;
        const possible = write.isExact ? {} : ({ isPossible: true } as const);
        addBinding(name, { statement, kind: 'global', offset: write.offset, ...possible });
      }
    }
    for (const list of bindings.values()) list.sort((a, b) => a.statement - b.statement);
  }

  const constants = new Map<string, Constancy>();
  const surroundings: Surroundings = {
    importOf: (name) => importPaths.get(name) ?? starPathOf(name),
    isLocal: (name) => bindings.get(name)?.some(({ kind }) => kind !== 'import') === true,
    constancyOf: (name) => constants.get(name),
  };

  const readsHistory = bound.some(
    ({ facts: { history, parsed, told } }) =>
      history.some((name) => !bindings.has(name)) ||
      parsed.magics.some(countsCells) ||
      (told.attributes.has('execution_count') && countsOf(told.normalised)),
  );
  // What another file reads of the notebook's names isn't written here: it may be any.
  const allNames = new Set(bindings.keys());
  // The notebook is a module: `__main__.f` is its `f`.
  const isModuleRead = bound.some(({ facts }) => facts.mayReadModule);
  const defaultModule = cellFacts.find((facts) => facts.defaultModule !== undefined)?.defaultModule;
  const folders: string[] = [];
  const statements: Writable<Statement>[] = [];
  for (const { id, cell, lead, facts } of bound) {
    const { reading } = cell;
    const { whole, constancies } = meaningOf(facts, reading, surroundings);
    // What is bound once, to what can't change, is as good as its value.
    for (const [name, constancy] of constancies) {
      if (bindings.get(name)?.length === 1) constants.set(name, constancy);
    }
    const statement = { ...whole };
    statement.id = id;
    statement.cell = cell.cell.index;
    statement.writesNames = writers.get(id);
    if (isModuleRead) statement.mentions = new Set([...statement.mentions, ...statement.attributes]);
    if (facts.told.search !== undefined || facts.parsed.magics.some(runsInNamespace)) {
      statement.mentions = new Set([...statement.mentions, ...allNames]);
    }
    statement.directive = facts.directive ?? taggedDirective(cell.cell.tags) ?? exportOf(lead, defaultModule);
    statements.push(statement);
    if (whole.barrier !== undefined || whole.innerBarrier) {
      folders.push(...foldersOf(facts.parsed, reading.masked.text));
    }
  }
  const aliases = importAliases(statements, importPaths);
  markAliasBarriers(statements, aliases);
  markBarriers(statements);
  for (const { id, cell, facts } of aliases.size === 0 ? [] : bound) {
    if (aliases.has(statements[id]!.barrier ?? ''))
      folders.push(...foldersOf(facts.parsed, cell.reading.masked.text));
  }

  const interactivityIn = interactivityOf(
    bound
      .filter(({ facts }) => facts.maySetInteractivity)
      .map(({ cell, facts: { parsed } }) => ({
        cell: cell.cell.index,
        node: parsed.node,
        magics: parsed.magics,
        text: cell.reading.masked.text,
        isSkipped: isSkipped(program, cell.cell.index),
      })),
  );
  const cells = program.cells.map(({ cell, reading }, i): CellNames => {
    const { binds, imports } = cellFacts[i]!;
    return {
      cell: cell.index,
      binds,
      imports,
      magics: reading.masked.magics,
      interactivity: interactivityIn(cell.index),
      ...(reading.fault !== undefined && { fault: reading.fault }),
    };
  });
  return {
    source: program.source,
    cells,
    statements,
    bindings,
    unknowns,
    readsHistory,
    importPaths,
    futures,
    folders,
    ...(defaultModule !== undefined && { defaultModule }),
  };
}

/** Whether a statement asks the shell how many cells have run. */
const countsOf = (normalised: string): boolean =>
  /(?:get_ipython \(\)|\b(?:ip|ipython|shell|kernel)) \. execution_count\b/.test(normalised);

/** A magic inside a definition is a call of `get_ipython`, made when its line runs. */
function withMagics(names: StatementNames, { node, magics }: ParsedStatement): StatementNames {
  if (!node.type.endsWith('definition')) return names;
  const called = magics.filter(({ kind }) => kind !== 'autocall' && kind !== 'cell');
  if (called.length === 0) return names;
  const bodies = descendants(node).filter(({ type }) => type === 'function_definition');
  const references = called.map(({ span }): Reference => {
    const isInBody = bodies.some((body) => body.start <= span.start && span.start < body.end);
    return { name: 'get_ipython', time: isInBody ? 'call' : 'definition', offset: span.start };
  });
  return { ...names, references: [...names.references, ...references] };
}

/** What depends on what the names in a statement mean: on the rest of the notebook. */
type Meaning = Pick<
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
type Told = Omit<Statement, Exclude<keyof Meaning, 'names'> | 'id' | 'cell' | 'directive' | 'writesNames'>;

/** What is known of a statement wherever it is pasted. */
interface StatementFacts {
  readonly parsed: ParsedStatement;
  readonly told: Told;
  /** What the comments that lead it ask for. */
  readonly directive: Directive | undefined;
  readonly writes: readonly DynamicWrite[];
  /** Names that it gives to the shell. */
  readonly shells: readonly string[];
  /** Names that IPython keeps the history by. */
  readonly history: readonly string[];
  /** Whether it may get at the notebook as a module. */
  readonly mayReadModule: boolean;
  /** Whether it may say of which statements a cell shows the values. */
  readonly maySetInteractivity: boolean;
  /** What it meant in other notebooks, by what its names meant there. */
  readonly meanings: Known[];
}

/** What a statement means wherever all that was asked about its names is answered the same. */
interface Known {
  readonly questions: readonly Question[];
  /** All of the statement, but for its place and its directive. */
  readonly whole: Writable<Statement>;
  /** What is known of the values of the names that it binds to what can't change. */
  readonly constancies: readonly (readonly [name: string, constancy: Constancy])[];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What is known of a cell wherever it is pasted. */
interface CellFacts extends Pick<CellNames, 'binds' | 'imports'> {
  readonly statements: readonly StatementFacts[];
  /** The comment lines that open it, where nbdev looks for its directives. */
  readonly lead: string;
  /** What nbdev's `#| default_exp` names. */
  readonly defaultModule: string | undefined;
}

/** With and without `annotations` of the future. */
const knownFacts = [new WeakMap<Reading, CellFacts>(), new WeakMap<Reading, CellFacts>()] as const;

function recallFacts(reading: Reading, hasFutureAnnotations: boolean): CellFacts {
  const known = knownFacts[hasFutureAnnotations ? 1 : 0];
  const before = known.get(reading);
  if (before !== undefined) return before;
  const placeOf = linesOf(reading.masked.text);
  const statements = reading.statements.map((parsed) =>
    factsOf(parsed, reading, placeOf, hasFutureAnnotations),
  );
  const binds = new Set<string>();
  const imports = new Set<string>();
  if (!preventsRun(reading.fault)) {
    for (const { name, kind } of statements.flatMap(({ told }) => told.names.bindings)) {
      if (kind !== 'delete') binds.add(name);
      if (kind === 'import') imports.add(name);
    }
  }
  for (const magic of reading.masked.magics) for (const name of magic.binds) binds.add(name);
  const lead = /^(?:[ \t]*(?:#[^\n]*)?\r?(?:\n|$))*/.exec(reading.source)?.[0] ?? '';
  const facts = {
    statements,
    lead,
    binds: Object.freeze([...binds].sort()),
    imports: Object.freeze([...imports].sort()),
    defaultModule: defaultModuleOf(lead),
  };
  known.set(reading, facts);
  return facts;
}

/** What a cell imports from `__future__`; `index` is the statement's in its cell. */
function futuresOf({ fault, statements, masked }: Reading): readonly { index: number; feature: string }[] {
  if (preventsRun(fault) || !masked.text.includes('__future__')) return none;
  return statements.flatMap(({ node }, index) => {
    if (node.type !== 'future_import_statement') return [];
    const { imports } = bindStatement(node, masked.text, false);
    return imports.map(({ member = '' }) => ({ index, feature: member }));
  });
}

function factsOf(
  parsed: ParsedStatement,
  reading: Reading,
  placeOf: (offset: number) => LinePosition,
  hasFutureAnnotations: boolean,
): StatementFacts {
  const { node } = parsed;
  const { text } = reading.masked;
  const names = withMagics(bindStatement(node, text, hasFutureAnnotations), parsed);
  const parts = descendants(node);
  const kind = kindOf(node, names, text);
  const definition = node.type === 'decorated_definition' ? node.children.at(-1)! : node;
  const place = placeOf(definition.start);
  const isCallable = kind === 'function' || kind === 'class';
  const magic = parsed.magics[0];
  const setsAttributes = setsAttributeOf(parts, text);
  const attributes = attributesOf(parts, text);
  const run = parsed.magics.filter(({ kind }) => !/^(help|shell|assign-shell)$/.test(kind));
  const reached = [
    ...reachedNames(node, text, attributes),
    // `%timeit rows.pop()`
    ...run.flatMap(({ mentions }) => mentions),
  ];
  const test = magic === undefined ? testOf(node, parts, text) : undefined;
  const mentions = wordsOf(node, text, parsed.magics, reading.fault === undefined);
  const holds = (word: string): boolean => mentions.has(word) || attributes.has(word);
  const told: Told = {
    kind,
    defines: Object.freeze(definesOf(kind, names)),
    mayLack: kind === 'import-block' ? mayLack(node, names, text) : noNames,
    writtenName: isCallable ? writtenName(definition, text) : '',
    span: parsed.span,
    code: parsed.code,
    isJoined: parsed.isJoined,
    line: place.line,
    column: place.column,
    endLine: placeOf(Math.max(node.end - 1, 0)).line,
    names,
    magic: magic === undefined ? undefined : magicText(magic),
    isAnnotated: parts.some(({ type }) => type === 'type'),
    isBroken: reading.fault !== undefined,
    mentions,
    test,
    isExpression:
      node.type === 'expression_statement' &&
      node.children[0] !== undefined &&
      !/^(assignment|augmented_assignment)$/.test(node.children[0].type),
    runsOut:
      kind === 'constant' && node.type === 'expression_statement' && mayRunOut(node.children[0]!, text),
    normalised: normalise(node, text),
    attributes,
    evaluatesApart: evaluatesApart(node, text),
    handsOn: handsOnModule(node, text),
    search: searchOf(node, text, parsed.magics),
    setsAttributeOf: setsAttributes,
    setsPaths: setsAttributes.size === 0 ? none : setsPaths(parts, text),
    readsPaths: isCallable || kind === 'constant' ? readsPaths(node, text, hasFutureAnnotations) : none,
    mayChange: mayChange(
      node,
      text,
      reached.length === 0 ? setsAttributes : new Set([...setsAttributes, ...reached]),
    ),
    ...looksInside(node, text),
  };
  return {
    parsed,
    told,
    directive: writtenDirective(reading.source.slice(parsed.span.start, parsed.code.start)),
    writes: dynamicWrites(node, text),
    shells: shellsOf(node, text),
    history: names.references
      .map(({ name }) => name)
      .filter((name) => /^(Out|In|_oh|_ih|_i\d*|_\d+|_ii|_iii)$/.test(name)),
    mayReadModule: ['__main__', 'modules', 'user_module'].some(holds),
    maySetInteractivity: holds(interactivitySetting),
    meanings: [],
  };
}

/** A question that was asked of the surroundings, once, and its answer. */
interface Question {
  readonly ask: keyof Surroundings;
  readonly name: string;
  readonly answer: string | boolean | undefined;
}

/** What a statement means in these surroundings. */
function meaningOf(
  { parsed, told, meanings }: StatementFacts,
  reading: Reading,
  surroundings: Surroundings,
): Known {
  for (const known of meanings) {
    if (isStillSo(known.questions, surroundings)) return known;
  }
  const questions: Question[] = [];
  const listenTo = <Answer extends Question['answer']>(
    ask: keyof Surroundings,
  ): ((name: string) => Answer) => {
    const answers = new Map<string, Question['answer']>();
    return (name) => {
      let answer = answers.get(name);
      if (answer === undefined && !answers.has(name)) {
        answer = surroundings[ask](name);
        answers.set(name, answer);
        questions.push({ ask, name, answer });
      }
      return answer as Answer;
    };
  };
  const listening: Surroundings = {
    importOf: listenTo('importOf'),
    isLocal: listenTo('isLocal'),
    constancyOf: listenTo('constancyOf'),
  };
  const { text } = reading.masked;
  const meaning = told.isBroken
    ? meansAnything(barrierOf(parsed, told, text, listening), told.names)
    : interpret(parsed, text, told, listening);
  const known = {
    questions,
    // All of one shape: then they are copied fast.
    whole: { id: 0, cell: 0, directive: undefined, writesNames: undefined, ...told, ...meaning },
    constancies:
      told.kind === 'constant' && meaning.mutability === 'none' && reading.fault === undefined
        ? constanciesOf(parsed.node, { text, surroundings: listening })
        : [],
  };
  meanings.push(known);
  return known;
}

function isStillSo(questions: readonly Question[], surroundings: Surroundings): boolean {
  for (const { ask, name, answer } of questions) if (surroundings[ask](name) !== answer) return false;
  return true;
}

const none: readonly never[] = [];
const noNames: ReadonlySet<string> = new Set();

const nothing: Effects = { effects: [], calls: [], reads: [] };

/**
 * What a statement is taken to mean whose cell does not parse: its tree is a guess, too odd to be interpreted, and
 * IPython may run what this grammar refuses.
 */
function meansAnything(barrier: string | undefined, names: StatementNames): Meaning {
  const anything = { ...nothing, effects: [{ what: 'what does not parse', offset: 0 }] };
  const effectsOfUse = {
    call: anything,
    value: anything,
    result: anything,
    subclass: anything,
    decorated: anything,
  };
  return {
    effects: anything,
    effectsOfUse,
    mutability: 'parts',
    barrier,
    innerBarrier: false,
    sending: undefined,
    returnsNone: false,
    borrows: undefined,
    names,
  };
}

const isFunction = /^(function_definition|lambda)$/;

function interpret(parsed: ParsedStatement, text: string, told: Told, surroundings: Surroundings): Meaning {
  const { node } = parsed;
  const { kind, test } = told;
  const trust = kind === 'constant' ? ('known' as const) : ('unless-known' as const);
  const isDefinition = kind === 'function' || kind === 'class' || kind === 'constant';
  const useOf = (use: Use): Effects =>
    isDefinition ? effectsOfUse(node, use, { text, surroundings }) : nothing;
  const value = useOf('value');
  // Only of a function that holds others does more run once it has decorated something.
  const inner = kind === 'function' ? descendants(node).filter(({ type }) => isFunction.test(type)) : [];
  const barrier = barrierOf(parsed, told, text, surroundings);
  return {
    effects:
      test !== undefined
        ? // What it yields is thrown away: it has to be as pure as the value of a constant.
          effectsOfExpression(node, { text, surroundings, trust: 'known' })
        : kind === 'other'
          ? nothing
          : effectsOfStatement(node, { text, surroundings, trust }),
    effectsOfUse: {
      call: useOf('call'),
      value,
      result: useOf('result'),
      subclass: useOf('subclass'),
      decorated: kind === 'constant' || inner.length > 1 ? useOf('decorated') : value,
    },
    mutability:
      kind === 'import-block' || kind === 'other' ? 'none' : mutabilityOf(node, { text, surroundings }),
    barrier,
    innerBarrier: kind !== 'constant' && isDefinition && holdsBarrier(parsed, told, text, surroundings),
    sending: sendingOf(node, text, told, surroundings),
    returnsNone: returnsNone(node, { text, surroundings }),
    ...(told.names.borrowings.length === 0
      ? { borrows: undefined, names: told.names }
      : borrow(told.names, surroundings)),
  };
}

/** With the names, among those that it looks up, that a library looks up for it; as far as there are such names. */
function borrow(names: StatementNames, surroundings: Surroundings): Pick<Meaning, 'borrows' | 'names'> {
  const isBound = (name: string): boolean =>
    surroundings.isLocal(name) || surroundings.importOf(name) !== undefined;
  const known = new Set(names.references.map(({ name }) => name));
  const borrowed: Reference[] = [];
  let borrows: Meaning['borrows'];
  for (const call of names.borrowings) {
    const kind = kindOfBorrowing(call, surroundings.importOf);
    if (kind === undefined) continue;
    for (const { name, time, offset, isMarked } of call.words) {
      if (known.has(name) || (kind === 'marked' && !isMarked) || !isBound(name)) continue;
      known.add(name);
      borrowed.push({ name, time, offset });
    }
    if (call.isComputed && borrows?.kind !== 'any') borrows = { call, kind };
  }
  if (borrowed.length === 0) return { borrows, names };
  const references = [...names.references, ...borrowed].sort((a, b) => a.offset - b.offset);
  return { borrows, names: { ...names, references } };
}

function magicText(magic: Magic): string {
  switch (magic.kind) {
    case 'cell':
      return `%%${magic.name}`;
    case 'shell':
    case 'assign-shell':
      return `!${magic.argument}`;
    case 'help':
      return `${magic.argument}?`;
    default:
      return `%${magic.name}`;
  }
}

function kindOf(node: SyntaxNode, names: StatementNames, text: string): StatementKind {
  switch (node.type) {
    case 'function_definition':
      return 'function';
    case 'class_definition':
      return 'class';
    case 'decorated_definition':
      return kindOf(node.children.at(-1)!, names, text);
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
      return 'import';
    case 'type_alias_statement':
      return 'constant';
    case 'expression_statement': {
      const assignment = node.children[0];
      if (assignment?.type !== 'assignment' || node.children.length > 1) return 'other';
      const value = assignment.children.find((child, i) => i > 0 && child.type !== 'type');
      if (value === undefined) return 'other';
      if (value.type === 'lambda' && assignment.children[0]!.type === 'identifier') return 'function';
      return bindsOnlyNames(assignment) ? 'constant' : 'other';
    }
    case 'try_statement':
    case 'if_statement':
      return names.imports.length > 0 && holdsOnlyImports(node) ? 'import-block' : 'other';
    default:
      return 'other';
  }
}

/** Whether a statement could stand in a test; one with a string of several lines could not be indented there. */
function testOf(node: SyntaxNode, parts: readonly SyntaxNode[], text: string): 'assert' | 'call' | undefined {
  if (node.type === 'assert_statement') {
    const isFlat = parts.every((part) => part.type !== 'string' || !textOf(part, text).includes('\n'));
    return isFlat ? 'assert' : undefined;
  }
  const call =
    node.type === 'expression_statement' && node.children.length === 1 ? node.children[0]! : undefined;
  if (call?.type !== 'call' || call.children[0]!.type !== 'identifier') return undefined;
  const isBare = childOf(call, 'argument_list')?.children.length === 0;
  return isBare && /^test_/.test(textOf(call.children[0]!, text)) ? 'call' : undefined;
}

/** Whether every target of an assignment, chained ones too, is a name or a tuple or list of names. */
function bindsOnlyNames(assignment: SyntaxNode): boolean {
  const target = assignment.children[0]!;
  const isName = (node: SyntaxNode): boolean =>
    node.type === 'identifier' ||
    (/^(pattern_list|tuple_pattern|list_pattern|list_splat_pattern)$/.test(node.type) &&
      node.children.every(isName));
  const value = assignment.children.at(-1)!;
  return isName(target) && (value.type !== 'assignment' || bindsOnlyNames(value));
}

/** Whether a `try` or `if` does nothing but import and set constants. */
function holdsOnlyImports(node: SyntaxNode): boolean {
  return node.children.every((child) => {
    switch (child.type) {
      case 'block':
      case 'else_clause':
      case 'elif_clause':
      case 'except_clause':
      case 'finally_clause':
      case 'if_statement':
      case 'try_statement':
        return holdsOnlyImports(child);
      case 'import_statement':
      case 'import_from_statement':
      case 'pass_statement':
        return true;
      case 'expression_statement': {
        const assignment = child.children[0]!;
        if (assignment.type !== 'assignment' || !bindsOnlyNames(assignment)) return false;
        const value = assignment.children.at(-1)!;
        return /^(true|false|none|integer|float|string|identifier)$/.test(value.type);
      }
      default:
        // Conditions and exception types.
        return /^(identifier|attribute|comparison_operator|boolean_operator|not_operator|tuple|true|false|as_pattern)$/.test(
          child.type,
        );
    }
  });
}

/** The name in `def name`, `class name` or `name = lambda`, as written. */
function writtenName(definition: SyntaxNode, text: string): string {
  const identifier = childOf(definition, 'identifier') ?? definition.children[0]?.children[0];
  return identifier === undefined ? '' : textOf(identifier, text);
}

/** The strings in a statement that changes `sys.path` or the folder, and the argument of `%cd`. */
function foldersOf(parsed: ParsedStatement, text: string): string[] {
  const written = descendants(parsed.node)
    .filter((node) => node.type === 'string')
    .map((node) => textOf(node, text).replace(/^[a-zA-Z]*(["']+)([^]*)\1$/, '$2'));
  const magics = parsed.magics.filter(({ name }) => name === 'cd').map(({ argument }) => argument.trim());
  return [...written, ...magics];
}

function definesOf(kind: StatementKind, names: StatementNames): string[] {
  if (kind === 'other') return [];
  // `except ImportError as error` unbinds the name at its end.
  return [...new Set(names.bindings.filter(({ kind: how }) => how !== 'except').map(({ name }) => name))];
}

/** The names that an import block binds in some of its branches, and not in others. */
function mayLack(node: SyntaxNode, names: StatementNames, text: string): ReadonlySet<string> {
  const always = alwaysBound(node, text);
  return new Set(definesOf('import-block', names).filter((name) => !always.has(name)));
}

/** The names that a statement of an import block binds whichever way it goes. */
function alwaysBound(node: SyntaxNode, text: string): ReadonlySet<string> {
  const inBlock = (clause: SyntaxNode | undefined): Set<string> =>
    new Set(childOf(clause ?? node, 'block')?.children.flatMap((child) => [...alwaysBound(child, text)]));
  const clauses = (type: RegExp): SyntaxNode[] => node.children.filter((child) => type.test(child.type));
  const inAll = (branches: readonly ReadonlySet<string>[]): string[] =>
    [...branches[0]!].filter((name) => branches.every((branch) => branch.has(name)));
  const [otherwise] = clauses(/^else_clause$/);
  if (node.type === 'try_statement') {
    const whole = new Set([...inBlock(node), ...(otherwise === undefined ? [] : inBlock(otherwise))]);
    const caught = clauses(/^except_(group_)?clause$/).map(inBlock);
    const finals = clauses(/^finally_clause$/).flatMap((clause) => [...inBlock(clause)]);
    return new Set([...inAll([whole, ...caught]), ...finals]);
  }
  if (node.type === 'if_statement') {
    if (otherwise === undefined) return noNames;
    return new Set(inAll([node, ...clauses(/^elif_clause$/), otherwise].map(inBlock)));
  }
  return new Set(bindStatement(node, text, false).bindings.map(({ name }) => name));
}

/**
 * The words of a statement that may be names of the notebook: identifiers, and whatever strings and magics hold. Of
 * `frame.index` only `frame` is one, and of `f(index=1)` only `f`, as far as the statement could be parsed.
 */
function wordsOf(
  node: SyntaxNode,
  text: string,
  magics: readonly Magic[],
  isParsed: boolean,
): ReadonlySet<string> {
  const words = new Set<string>();
  const add = (word: string): void => void words.add(normaliseIdentifier(word));
  const visit = (part: SyntaxNode): void => {
    if (part.type === 'identifier') add(textOf(part, text));
    else if (part.type === 'string_content' || (part.type === 'string' && part.children.length === 0)) {
      for (const match of textOf(part, text).matchAll(/[^\W\d]\w*/gu)) add(match[0]);
    }
    const skipped = !isParsed
      ? -1
      : part.type === 'attribute'
        ? 1
        : part.type === 'keyword_argument'
          ? 0
          : -1;
    part.children.forEach((child, i) => {
      if (i !== skipped || child.type !== 'identifier') visit(child);
    });
  };
  visit(node);
  for (const magic of magics) magic.mentions.forEach(add);
  return words;
}

/** Where a comma after the last element means nothing. A tuple of one has it for its own sake. */
const endsWithComma = new Set([
  'argument_list',
  'dictionary',
  'import_from_statement',
  'list',
  'parameters',
  'set',
  'tuple',
]);
/** Where a whole expression stands, so that brackets around it mean nothing. */
const holdsWhole = new Set([
  'argument_list',
  'assert_statement',
  'assignment',
  'augmented_assignment',
  'elif_clause',
  'expression_statement',
  'if_statement',
  'keyword_argument',
  'return_statement',
  'while_statement',
]);
/** Several values, with brackets around them or without. */
const severals = new Set(['expression_list', 'pattern_list', 'tuple', 'tuple_pattern']);
/** What is not the same without its brackets. */
const keepsBrackets = new Set(['list_splat', 'named_expression', 'yield']);

/**
 * The code as a string that is equal exactly where the syntax is: leaves and tokens, one space between, blocks in
 * brackets, statements apart. Quotes, brackets and commas that mean nothing are as if they had been written alike.
 */
function normalise(node: SyntaxNode, text: string): string {
  const parts: string[] = [];
  /** @param skips a token that is passed over where it comes first */
  const gap = (start: number, end: number, skips: string): void => {
    // Between named nodes stand only tokens, white space, backslashes and comments.
    let tokens = text
      .slice(start, end)
      .replace(/#[^\n]*/g, '')
      .replace(/[\s\\]+/g, ' ')
      .trim();
    if (skips !== '' && tokens.startsWith(skips)) tokens = tokens.slice(skips.length).trimStart();
    if (tokens !== '') parts.push(tokens);
  };
  const visit = (current: SyntaxNode, holder: string): void => {
    const { type, children } = current;
    if (type === 'string') {
      parts.push(normaliseString(textOf(current, text)));
      return;
    }
    if (children.length === 0) {
      const leaf = textOf(current, text);
      parts.push(type === 'float' ? normaliseFloat(leaf) : leaf);
      return;
    }
    const first = children[0]!;
    if (type === 'parenthesized_expression' && holdsWhole.has(holder) && !keepsBrackets.has(first.type)) {
      visit(first, holder);
      return;
    }
    if (
      severals.has(type) &&
      children.length > 1 &&
      (holder === 'assignment' || holder === 'return_statement')
    ) {
      for (const child of children) {
        if (child !== first) parts.push(',');
        visit(child, type);
      }
      return;
    }
    const isBlock = type === 'block';
    if (isBlock) parts.push('{');
    let from = current.start;
    for (const child of children) {
      gap(from, child.start, isBlock ? ';' : '');
      if (isBlock && child !== first) parts.push(';');
      visit(child, type);
      from = child.end;
    }
    const isOne = type === 'tuple' && children.length === 1;
    gap(from, current.end, isBlock ? ';' : endsWithComma.has(type) && !isOne ? ',' : '');
    if (isBlock) parts.push('}');
  };
  visit(node, '');
  return parts.join(' ');
}

/** A string with the quotes, and without the letters, that say nothing of it: `u"a"` as `'a'`. */
function normaliseString(written: string): string {
  const match = /^([a-z]*)("""|'''|"|')([^'"\\]*)\2$/i.exec(written);
  if (match === null) return written;
  const content = match[3]!;
  const quotes = content.includes('\n') ? "'''" : "'";
  // Without a backslash it is no matter whether the string is raw.
  return `${match[1]!.toLowerCase().replace(/[ru]/, '')}${quotes}${content}${quotes}`;
}

/** `1.` as `1.0`, `.50` as `0.5`. */
function normaliseFloat(written: string): string {
  const match = /^(\d*)\.(\d*)$/.exec(written);
  if (match === null) return written;
  return `${match[1]!.replace(/^0+(?=\d)/, '') || '0'}.${match[2]!.replace(/0+$/, '') || '0'}`;
}

function attributesOf(parts: readonly SyntaxNode[], text: string): ReadonlySet<string> {
  const attributes = new Set<string>();
  for (const part of parts) {
    if (part.type === 'attribute' && part.children.length === 2)
      attributes.add(textOf(part.children[1]!, text));
  }
  return attributes;
}

/** `# nb2mod: keep`, `# nb2mod: module=x` in the comments that lead a statement. */
function writtenDirective(lead: string): Directive | undefined {
  if (!lead.includes('nb2mod:')) return undefined;
  return decide(
    [...lead.matchAll(/^#[ \t]*nb2mod:(.*)$/gm)].map(([written, words]) => readDirective(words!, written)),
  );
}

/** The like among its cell's tags; that of the cell which puts the source root on `sys.path` is none. */
function taggedDirective(tags: readonly string[]): Directive | undefined {
  if (tags.length === 0) return undefined;
  const mark = 'nb2mod:';
  const own = tags.filter((tag) => tag.startsWith(mark) && tag !== `${mark}path`);
  return decide(own.map((tag) => readDirective(tag.slice(mark.length), tag)));
}

function readDirective(words: string, written: string): Directive {
  const text = words.trim();
  if (text === 'keep') return { keep: true };
  const module = /^module\s*=\s*(\S+)$/.exec(text)?.[1];
  return module === undefined ? { unknown: written.trim() } : { module };
}

/** The first of several, but for one that is not understood: that may have been the one that counts. */
function decide(directives: readonly Directive[]): Directive | undefined {
  return directives.find((directive) => 'unknown' in directive) ?? directives[0];
}

/** nbdev's `#| default_exp core`, as nbdev 1 wrote it too: the module that the notebook is exported to. */
function defaultModuleOf(lead: string): string | undefined {
  return /^[ \t]*#\s*\|?\s*default_exp[ \t]+(\S+)[ \t]*\r?$/m.exec(lead)?.[1];
}

/**
 * nbdev's `#| export`, `#| exporti`, `#| exports`, each with a module of its own or without: a cell that is exported.
 * `# export` without the bar is nbdev's only in a notebook that has a default module; elsewhere it is a comment.
 */
function exportOf(lead: string, defaultModule: string | undefined): Directive | undefined {
  const directive = defaultModule === undefined ? barredExport : anyExport;
  const match = lead === '' ? null : directive.exec(lead);
  const module = match?.[1] ?? defaultModule;
  return match === null || module === undefined ? undefined : { module };
}

const barredExport = /^[ \t]*#\s*\|\s*export[is]?(?:[ \t]+([\w.]+))?[ \t]*\r?$/m;
const anyExport = /^[ \t]*#\s*\|?\s*export[is]?(?:[ \t]+([\w.]+))?[ \t]*\r?$/m;

const barrierPaths =
  /^(sys\.path|sys\.modules|sys\.meta_path|os\.environ|site\.addsitedir|matplotlib\.use|matplotlib\.pyplot\.switch_backend|os\.chdir|os\.putenv|os\.unsetenv|importlib\.reload|subprocess|pip|os\.system|dotenv\.(main\.)?load_dotenv|findspark|pyximport\.install|django\.setup|gi\.require_version)(\.|$)/;

/** The last parts of these. */
const barrierWords = words(`
  path modules meta_path environ addsitedir use switch_backend chdir putenv unsetenv reload subprocess pip system
  load_dotenv init add_packages install setup require_version
`);

/** Objects that imports look into: whoever has another name for one may change it by that. */
const importState = /^(sys\.(path|modules|meta_path)|os\.environ)$/;
const stateWords = words('path modules meta_path environ');

/** What is imported may warn, or put its own filters before these. */
const filterPaths = /^warnings\.(filterwarnings|simplefilter)$/;
const filterWords = words('filterwarnings simplefilter');

/** Why imports after the statement may depend on it, if they may. */
function barrierOf(
  parsed: ParsedStatement,
  told: Told,
  text: string,
  surroundings: Surroundings,
): string | undefined {
  const magic = parsed.magics.find((candidate) => candidate.isBarrier);
  if (magic !== undefined) return magicText(magic);
  if (/(_definition|^import\w*_statement)$/.test(parsed.node.type)) return undefined;
  if (told.names.references.length === 0) return undefined;
  const { importOf } = surroundings;
  const changed = changedPath(parsed.node, text, importOf, barrierPaths);
  if (changed !== undefined) return changed;
  if (told.attributes.has('catch_warnings') || told.mentions.has('catch_warnings')) return undefined;
  return (
    (mayHold(told, filterWords, filterPaths, importOf)
      ? changedPath(parsed.node, text, importOf, filterPaths)
      : undefined) ??
    told.setsPaths.find((path) => isInModule(path, surroundings) && setsWhole(told.normalised, path))
  );
}

/** Whether a dotted path is that of an attribute of a module, as far as names tell: `np.float`, not `Shell.mode`. */
function isInModule(path: string, { importOf }: Surroundings): boolean {
  const dot = path.indexOf('.');
  const imported = importOf(path.slice(0, dot));
  return imported !== undefined && !/[A-Z]/.test(imported + path.slice(dot, path.lastIndexOf('.')));
}

/** Whether a statement may mean one of some paths: by its last part, or by what an import binds to it. */
function mayHold(
  { names, mentions, attributes }: Told,
  lastParts: ReadonlySet<string>,
  paths: RegExp,
  importOf: Surroundings['importOf'],
): boolean {
  for (const part of lastParts) if (attributes.has(part) || mentions.has(part)) return true;
  return names.references.some(({ name }) => paths.test(importOf(name) ?? ''));
}

/** Whether imports may depend on a definition's having been called. */
function holdsBarrier(
  { node }: ParsedStatement,
  told: Told,
  text: string,
  surroundings: Surroundings,
): boolean {
  if (!node.type.endsWith('_definition')) return false;
  const inner = new Map(
    told.names.innerImports.map((item) => [
      item.name,
      item.member !== undefined ? `${item.module}.${item.member}` : item.isRenamed ? item.module : item.name,
    ]),
  );
  const importOf = (name: string): string | undefined => inner.get(name) ?? surroundings.importOf(name);
  return (
    mayHold(told, barrierWords, barrierPaths, importOf) &&
    (changedPath(node, text, importOf, barrierPaths) !== undefined ||
      changesByAlias(told.normalised, importOf))
  );
}

/** Whether a function gives what imports look into a name of its own, and changes it: `env = os.environ; env['k'] = v`. */
function changesByAlias(normalised: string, importOf: Surroundings['importOf']): boolean {
  for (const [, alias, root, attribute = ''] of normalised.matchAll(
    /(?<![\w.] )([^\W\d]\w*) = ([^\W\d]\w*)( \. \w+)? (?=[;}])/gu,
  )) {
    if (!importState.test((importOf(root!) ?? '') + attribute.replaceAll(' ', ''))) continue;
    const change = `\\b${alias} (?:\\[ [^\\]]* \\] =|\\. (?:update|setdefault|pop|clear|append|insert|extend|remove) \\()`;
    if (new RegExp(change, 'u').test(normalised)) return true;
  }
  return false;
}

/** The variables that are another name for what imports look into: `env = os.environ`. */
function importAliases(
  statements: readonly Statement[],
  importPaths: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const aliases = new Set<string>();
  for (const { kind, defines, attributes, names, normalised } of statements) {
    if (kind !== 'constant' || defines.length !== 1) continue;
    const isHinted =
      [...attributes].some((attribute) => stateWords.has(attribute)) ||
      (attributes.size === 0 &&
        names.references.some(({ name }) => importState.test(importPaths.get(name) ?? '')));
    if (!isHinted) continue;
    const [, root = '', attribute = ''] = /^[^\W\d]\w* = ([^\W\d]\w*)( \. \w+)?$/u.exec(normalised) ?? [];
    if (importState.test((importPaths.get(root) ?? '') + attribute.replaceAll(' ', '')))
      aliases.add(defines[0]!);
  }
  return aliases;
}

/** The first of some dotted paths that a piece of syntax calls, sets or deletes. */
function changedPath(
  statement: SyntaxNode,
  text: string,
  importOf: Surroundings['importOf'],
  paths: RegExp,
): string | undefined {
  for (const node of descendants(statement)) {
    if (node.type !== 'attribute' && node.type !== 'identifier') continue;
    const path = pathOf(node, { text, surroundings: { importOf } });
    if (path === undefined || !paths.test(path) || !changes(statement, node)) continue;
    // What only Python itself reads, as it starts, is nothing to imports.
    if (/^\[\s*(["'])PYTHONHASHSEED\1\s*\]/.test(text.slice(node.end, node.end + 40))) continue;
    return path;
  }
  return undefined;
}

/**
 * The names with what holds barriers in modules that they import.
 * @param imported by the names of imports: of a module the names there that hold one, else undefined
 */
export function withBarriers(names: Names, imported: ImportedHolders): Names {
  if (imported.size === 0) return names;
  const statements = names.statements.map((statement) => ({ ...statement }));
  markBarriers(statements, imported);
  return { ...names, statements };
}

export type ImportedHolders = ReadonlyMap<string, readonly string[] | undefined>;

/** Marks as barriers the statements that change what imports look into by one of its other names. */
function markAliasBarriers(statements: readonly Writable<Statement>[], aliases: ReadonlySet<string>): void {
  for (const statement of aliases.size === 0 ? [] : statements) {
    const { kind, mayChange, setsAttributeOf } = statement;
    const changed = [...aliases].find((alias) => {
      const exposure = mayChange.get(alias);
      return setsAttributeOf.has(alias) || exposure === 'whole' || exposure === 'method';
    });
    if (changed === undefined) continue;
    if (kind === 'function' || kind === 'class') statement.innerBarrier = true;
    else if (kind === 'other') statement.barrier ??= changed;
  }
}

/** Marks as barriers the statements that mention functions which hold one, or which call such functions. */
function markBarriers(
  statements: readonly Writable<Statement>[],
  imported: ImportedHolders = new Map(),
): void {
  const holders = new Set(statements.flatMap(({ innerBarrier, defines }) => (innerBarrier ? defines : [])));
  for (const [name, members] of imported) if (members === undefined) holders.add(name);
  if (holders.size === 0 && imported.size === 0) return;
  const isHolder = (name: string, { attributes }: Statement): boolean =>
    holders.has(name) || imported.get(name)?.some((member) => attributes.has(member)) === true;
  const holderIn = (statement: Statement): string | undefined =>
    statement.names.references.find(({ name }) => isHolder(name, statement))?.name;
  for (let before = -1; before < holders.size;) {
    before = holders.size;
    for (const statement of statements) {
      const isDefinition = statement.kind === 'function' || statement.kind === 'class';
      if (!isDefinition || holderIn(statement) === undefined) continue;
      for (const name of statement.defines) holders.add(name);
    }
  }
  for (const statement of statements) {
    if (statement.kind === 'other' || statement.kind === 'constant')
      statement.barrier ??= holderIn(statement);
  }
}

/** Whether the statement calls the path or a method of it, assigns to it or deletes from it; reading it is no barrier. */
function changes(statement: SyntaxNode, path: SyntaxNode): boolean {
  for (const node of descendants(statement)) {
    if (node.type === 'call') {
      const [callee] = node.children;
      if (callee?.start === path.start && callee.end >= path.end) return true;
    }
    if (/^(assignment|augmented_assignment)$/.test(node.type)) {
      const [target] = node.children;
      if (target === undefined || target.type === 'identifier') continue;
      if (target.start <= path.start && path.end <= target.end) return true;
    }
    if (node.type === 'delete_statement' && node.start <= path.start && path.end <= node.end) return true;
  }
  return false;
}
