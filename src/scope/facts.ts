/** Turns a cell into facts: all that its own text tells of its statements, whatever stands around it. */
import { countsCells, magicText, runsInNamespace, type Magic } from '../python/magic.ts';
import type { Statement as ParsedStatement, Reading } from '../python/program.ts';
import { descendants, preventsRun, textOf, type SyntaxNode } from '../python/syntax.ts';
import { linesOf, type LinePosition } from '../text/span.ts';
import { aliasOf } from './barriers.ts';
import { bindStatement } from './bind.ts';
import { callsPaths } from './call.ts';
import { defaultModuleOf, writtenDirective } from './directives.ts';
import {
  dynamicWrites,
  filtersByModule,
  handsOnModule,
  reachedNames,
  shellsOf,
  type DynamicWrite,
} from './dynamic.ts';
import { evaluatesApart } from './evaluate.ts';
import { looksInside, mayChange, readsPaths, setsAttributeOf, setsPaths } from './exposure.ts';
import { interactivitySetting } from './interactivity.ts';
import {
  callsOn,
  definesOf,
  guardsScript,
  isScriptOnly,
  kindOf,
  mayLack,
  noNames,
  testOf,
  writtenName,
} from './kind.ts';
import { startsProcesses } from './jobs.ts';
import type { Meant } from './meaning.ts';
import { mayRunOut } from './mutability.ts';
import type { CellNames } from './names.ts';
import { normalise } from './normalise.ts';
import { normaliseIdentifier } from './paths.ts';
import type { Reference, StatementNames } from './scope.ts';
import { searchOf } from './search.ts';
import type { Directive, Told } from './statement.ts';
import { versionOf } from './syntax-version.ts';
import { withSureImports } from './tried.ts';

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

/** What is known of a statement wherever it is pasted. */
export interface StatementFacts extends Meant {
  /** What the comments that lead it ask for. */
  readonly directive: Directive | undefined;
  readonly writes: readonly DynamicWrite[];
  /** Names that it gives to the shell. */
  readonly shells: readonly string[];
  /** Names that IPython keeps the history by. */
  readonly history: readonly string[];
  /** Whether it asks the shell how many cells have run. */
  readonly countsCells: boolean;
  /** Whether it may get at the notebook as a module. */
  readonly mayReadModule: boolean;
  /** Whether it may look any name of the notebook up. */
  readonly seeksNames: boolean;
  /** Whether it may say of which statements a cell shows the values. */
  readonly maySetInteractivity: boolean;
}

/** What is known of a cell wherever it is pasted. */
export interface CellFacts extends Pick<CellNames, 'binds' | 'imports'> {
  readonly statements: readonly StatementFacts[];
  /** The comment lines that open it, where nbdev looks for its directives. */
  readonly lead: string;
  /** What nbdev's `#| default_exp` names. */
  readonly defaultModule: string | undefined;
}

/** With and without `annotations` of the future. */
const knownFacts = [new WeakMap<Reading, CellFacts>(), new WeakMap<Reading, CellFacts>()] as const;

export function recallFacts(reading: Reading, hasFutureAnnotations: boolean): CellFacts {
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
export function futuresOf({
  fault,
  statements,
  masked,
}: Reading): readonly { index: number; feature: string }[] {
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
  const bound = withMagics(bindStatement(node, text, hasFutureAnnotations), parsed);
  const parts = descendants(node);
  const kind = kindOf(node, bound, text);
  const names = kind === 'other' ? withSureImports(parsed, text, bound) : bound;
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
  const mentions =
    magic === undefined && isText(node)
      ? noNames
      : wordsOf(node, text, parsed.magics, reading.fault === undefined);
  const holds = (word: string): boolean => mentions.has(word) || attributes.has(word);
  const defines = definesOf(kind, names);
  const normalised = normalise(node, text);
  const isExpression =
    node.type === 'expression_statement' &&
    node.children[0] !== undefined &&
    !/^(assignment|augmented_assignment)$/.test(node.children[0].type);
  const looked = looksInside(node, text);
  const told: Told = {
    kind,
    defines: Object.freeze(defines),
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
    isExpression,
    callsOn: isExpression ? callsOn(node, text) : none,
    isScriptOnly: isScriptOnly(node, text),
    guardsScript: guardsScript(node, text),
    runsOut:
      kind === 'constant' && node.type === 'expression_statement' && mayRunOut(node.children[0]!, text),
    normalised,
    aliasOf: kind === 'constant' ? aliasOf(defines, normalised) : undefined,
    attributes: orNone(attributes),
    evaluatesApart: orNone(evaluatesApart(node, text)),
    handsOn: handsOnModule(node, text),
    filtersByModule: filtersByModule(parts, text),
    search: searchOf(node, text, parsed.magics),
    setsAttributeOf: orNone(setsAttributes),
    setsPaths: setsAttributes.size === 0 ? none : setsPaths(parts, text),
    callsPaths: callsPaths(parts, text),
    startsProcesses: startsProcesses(parts, text),
    version: versionOf(parts, text),
    readsPaths: isCallable || kind === 'constant' ? readsPaths(node, text, hasFutureAnnotations) : none,
    mayChange: mayChange(
      node,
      text,
      reached.length === 0 ? setsAttributes : new Set([...setsAttributes, ...reached]),
    ),
    looksInside: orNone(looked.looksInside),
    handsOnAttributesOf: orNone(looked.handsOnAttributesOf),
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
    countsCells:
      parsed.magics.some(countsCells) || (attributes.has('execution_count') && countsOf(normalised)),
    mayReadModule: ['__main__', 'modules', 'user_module'].some(holds),
    seeksNames: told.search !== undefined || parsed.magics.some(runsInNamespace),
    maySetInteractivity: holds(interactivitySetting),
    meanings: [],
  };
}

/** Whether a statement asks the shell how many cells have run. */
const countsOf = (normalised: string): boolean =>
  /(?:get_ipython \(\)|\b(?:ip|ipython|shell|kernel)) \. execution_count\b/.test(normalised);

export const none: readonly never[] = [];

/** One set for all that are empty: most of those that are kept of a statement. */
const orNone = (names: ReadonlySet<string>): ReadonlySet<string> => (names.size === 0 ? noNames : names);

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

/** Whether a statement is no more than a text, `"""Now to the plots."""`: nothing is looked up by it. */
function isText({ type, children: [only, ...others] }: SyntaxNode): boolean {
  const parts = only?.type === 'concatenated_string' ? only.children : [only];
  return (
    type === 'expression_statement' &&
    others.length === 0 &&
    parts.every(
      (part) => part?.type === 'string' && part.children.every((one) => one.type !== 'interpolation'),
    )
  );
}

function attributesOf(parts: readonly SyntaxNode[], text: string): ReadonlySet<string> {
  const attributes = new Set<string>();
  for (const part of parts) {
    if (part.type === 'attribute' && part.children.length === 2)
      attributes.add(textOf(part.children[1]!, text));
  }
  return attributes;
}
