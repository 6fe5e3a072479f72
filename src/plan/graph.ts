/** Turns the names of one notebook into the graph of its statements: what each definition needs, and what may move. */
import { builtins, isShellName, moduleAttributes } from '../scope/builtins.ts';
import type { Effect, Effects } from '../scope/effects.ts';
import { isSkipped, mayRaise, type GlobalBinding, type Names, type Unknown } from '../scope/names.ts';
import { starExports } from '../scope/star-exports.ts';
import type { Import, Reference } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import type { Code } from '../text/codes.ts';
import { linesOf, type LinePosition } from '../text/span.ts';
import { anything, type Acquaintance, type OwnMeaning } from './own.ts';
import type { Refusal } from './refusal.ts';
import { requirementsOf } from './requirements.ts';
import { ownRules } from './rules.ts';
import { changedModuleAmong, changedModuleIn } from './rules/module-changes.ts';
import { isOverloadGroup } from './rules/redefinition.ts';
import { refuseSetting } from './settings.ts';
import { basesOf, changesItself, isConstant, mayTouch } from './touch.ts';
import { refuseShared } from './workers.ts';

/** What a name that a definition looks up turns out to be. */
export type Need =
  | { readonly kind: 'builtin' }
  /** Bound by no import of its own: `display`, or a name that a star import brought. A module imports it by name. */
  | { readonly kind: 'given'; readonly module: string }
  /** Bound by import statements that all name the same thing. */
  | { readonly kind: 'import'; readonly statements: readonly number[] }
  /** Bound by definitions or constants of the notebook; several only if they are equal. */
  | { readonly kind: 'definition'; readonly statements: readonly number[] };

export interface Graph {
  readonly names: Names;
  /** By statement: each global name that it looks up, with what it is; only for statements that may move. */
  readonly needs: ReadonlyMap<number, ReadonlyMap<string, Need>>;
  /** Statements that can move, needed constants and import blocks included. */
  readonly movable: ReadonlySet<number>;
  /** Why a definition (function or class) stays. */
  readonly refusals: ReadonlyMap<number, Refusal>;
  /** Statements that can become tests: asserts, test functions and their calls. None where tests aren't asked for. */
  readonly tests: ReadonlySet<number>;
  /** The package that definitions move to, if it is known. */
  readonly package?: string;
  /** What definitions are known by that are the same as what their notebook imports, too; not there if there are none. */
  readonly same?: ReadonlyMap<number, string>;
}

/** What the graph is told from outside: the user's wishes and what is on the disk. */
export interface Circumstances {
  /** Whether the top-level name of an import is a file beside the notebook that an installed package can't import. */
  readonly isLocalModule: (module: string) => boolean;
  /** The top-level name of the package that definitions move to: what they import from there moved earlier. */
  readonly package?: string;
  /** What is known of what they import from there. */
  readonly own?: Acquaintance | undefined;
  /** Whether the package binds what they import from there anew, while the notebook has what it was. */
  readonly isRebound?: ((target: string) => boolean) | undefined;
  /** Whether a star import from a module of the package brings a name. */
  readonly isBrought?: ((name: string, module: string) => boolean) | undefined;
  /** Modules of the package that names which the notebook lacks could be imported from. */
  readonly homes?: ReadonlyMap<string, string> | undefined;
  /** By statement: the names that a star import or `%run` binds, where its file could be read. */
  readonly expansions: ReadonlyMap<number, ReadonlySet<string>>;
  /** Statements that must stay whatever the rules say, each with its reason. */
  readonly excluded: ReadonlyMap<number, Refusal>;
  /** Whether to look for tests. */
  readonly isTesting?: boolean;
  /** Whether it is a module of the package: others may import its constants though no definition in it needs them. */
  readonly isModule?: boolean;
}

export const noCircumstances: Circumstances = {
  isLocalModule: () => false,
  expansions: new Map(),
  excluded: new Map(),
};

const isDefinition = (statement: Statement): boolean =>
  statement.kind === 'function' || statement.kind === 'class';

/** Builds the graph and its greatest movable set. */
export function buildGraph(written: Names, circumstances: Circumstances = noCircumstances): Graph {
  const names = withOwnUses(written, circumstances);
  const { statements } = names;
  const refusals = new Map<number, Refusal>();
  const needs = new Map<number, Map<string, Need>>();
  const settled = new Map<string, Need>();
  const movable = new Set<number>();
  const isOwn = (statement: Statement, name: string): boolean =>
    isFromPackage(statement, name, circumstances);
  const isImported = (id: number): boolean =>
    movable.has(id) || statements[id]!.names.imports.some(({ name }) => isOwn(statements[id]!, name));

  for (const statement of statements) {
    if (statement.kind === 'other' || statement.kind === 'import' || statement.isBroken) continue;
    const refusal =
      circumstances.excluded.get(statement.id) ??
      firstRefusal(statement, names) ??
      needsOf(statement, names, needs, settled, circumstances) ??
      refuseSetting(statement, names, isImported) ??
      refuseShared(statement, names, isOwn);
    if (refusal === undefined) movable.add(statement.id);
    else refusals.set(statement.id, refusal);
  }

  // The greatest set in which every need is met: take out what needs something outside, until nothing changes. What
  // needs no other statement is asked only once.
  let asked = [...movable];
  for (let changed = true; changed;) {
    changed = false;
    const again: number[] = [];
    for (const id of asked) {
      const refusal = refuseNeeds(statements[id]!, names, needs, movable, refusals, circumstances);
      if (refusal === undefined) {
        if (leansOnOthers(statements[id]!, names, needs, circumstances)) again.push(id);
        continue;
      }
      movable.delete(id);
      refusals.set(id, refusal);
      changed = true;
    }
    asked = again;
  }

  // Constants and import blocks move only when a definition needs them.
  const wanted = new Set<number>();
  const want = (id: number): void => {
    const stack = [id];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (wanted.has(next)) continue;
      wanted.add(next);
      for (const need of needs.get(next)?.values() ?? []) {
        if (need.kind === 'definition') stack.push(...need.statements);
      }
    }
  };
  for (const id of movable) {
    const statement = statements[id]!;
    const isAsked = statement.directive !== undefined && 'module' in statement.directive;
    if (isDefinition(statement) || (isAsked && statement.kind === 'constant')) want(id);
  }
  for (const id of [...movable]) {
    if (!wanted.has(id) && circumstances.isModule !== true) movable.delete(id);
  }
  const tests =
    circumstances.isTesting === true
      ? findTests(names, needs, settled, movable, circumstances)
      : new Set<number>();
  for (const id of tests) movable.delete(id);
  const { package: own } = circumstances;
  return { names, needs, movable, refusals, tests, ...(own !== undefined && { package: own }) };
}

/**
 * The asserts, and the functions `test_…` with their calls, that exercise what moves and nothing else of the notebook,
 * and whose running has no effect that the rest of the notebook could see. They are judged when all else is settled.
 */
function findTests(
  names: Names,
  needs: Map<number, Map<string, Need>>,
  settled: Map<string, Need>,
  movable: ReadonlySet<number>,
  circumstances: Circumstances,
): ReadonlySet<number> {
  const { statements } = names;
  const isWhole = new Set(
    names.source.cells
      .filter(({ tags, hasError }) => hasError !== true && !tags.includes('raises-exception'))
      .map(({ index }) => index),
  );
  for (const { cell, magics } of names.cells)
    if (magics.some(({ kind }) => kind === 'cell')) isWhole.delete(cell);
  const tests = new Set<number>();
  for (const statement of statements) {
    const { id, cell, test, isBroken } = statement;
    if (test === undefined || isBroken || !isWhole.has(cell)) continue;
    const refusal =
      circumstances.excluded.get(id) ??
      firstRefusal(statement, names) ??
      needsOf(statement, names, needs, settled, circumstances) ??
      refuseNeeds(statement, names, needs, movable, new Map(), circumstances);
    const isExercising = [...(needs.get(id)?.values() ?? [])].some(
      (need) => need.kind === 'definition' && isDefinition(statements[need.statements[0]!]!),
    );
    if (refusal === undefined && isExercising) tests.add(id);
  }
  for (const { id, kind, defines, normalised, cell } of statements) {
    const [name = ''] = defines;
    const isTest = kind === 'function' && /^def test_\w* \( \) /.test(normalised.replace('()', '( )'));
    if (!isTest || !movable.has(id) || !isWhole.has(cell) || names.bindings.get(name)?.length !== 1) continue;
    const users = statements.filter((other) => other.id !== id && other.mentions.has(name));
    if (users.every((user) => user.test === 'call' && tests.has(user.id))) tests.add(id);
  }
  // A call goes only with the function that it calls.
  for (const id of [...tests]) {
    const statement = statements[id]!;
    if (statement.test !== 'call') continue;
    const need = needs.get(id)!.get(statement.names.references[0]!.name);
    if (need?.kind !== 'definition' || !tests.has(need.statements[0]!)) tests.delete(id);
  }
  return tests;
}

/** The names that a definition which stays looks up and only its notebook has: no import binds them, nothing that moves. */
export function heldNames(
  { id, defines, names: { references } }: Statement,
  { names, movable }: Pick<Graph, 'names' | 'movable'>,
): string[] {
  if (movable.has(id)) return [];
  const isHeld = (name: string): boolean => {
    const bindings = defines.includes(name) ? [] : (names.bindings.get(name) ?? []);
    return (
      bindings.some(({ statement }) => !movable.has(statement)) &&
      bindings.every(({ kind }) => kind !== 'import')
    );
  };
  return [...new Set(references.map(({ name }) => name))].filter(isHeld).sort();
}

/** Whether what may move besides a statement decides on whether it may. */
function leansOnOthers(
  { id, effects }: Statement,
  { statements }: Names,
  needs: ReadonlyMap<number, ReadonlyMap<string, Need>>,
  circumstances: Circumstances,
): boolean {
  if (effects.calls.length > 0 || effects.reads.length > 0) return true;
  for (const [name, need] of needs.get(id)!) {
    if (need.kind === 'definition') return true;
    if (need.kind === 'import' && isFromPackage(statements[need.statements[0]!]!, name, circumstances))
      return true;
  }
  return false;
}

/**
 * The names with what is known of those that are imported from the package: a use of one that does nothing but yield a
 * value is no effect, as it is none of a definition that stands in the notebook.
 */
function withOwnUses(names: Names, circumstances: Circumstances): Names {
  const own = ownNamesOf(names, circumstances);
  if (circumstances.own === undefined || own.size === 0) return names;
  const isHarmless = ({ by }: Effect): boolean => {
    const meaning = by === undefined ? undefined : own.get(by.name);
    return meaning !== undefined && meaning.uses[by!.use]?.effect === undefined;
  };
  const withUses = (found: Effects): Effects => {
    const harmless = found.effects.filter(isHarmless);
    if (harmless.length === 0) return found;
    return {
      ...found,
      effects: found.effects.filter((effect) => !isHarmless(effect)),
      calls: [...found.calls, ...harmless.map(({ by }) => by!)],
    };
  };
  const known = [...own.keys()];
  const statements = names.statements.map((statement): Statement => {
    const { effects, effectsOfUse } = statement;
    if (!known.some((name) => statement.mentions.has(name))) return statement;
    return {
      ...statement,
      effects: withUses(effects),
      effectsOfUse: {
        call: withUses(effectsOfUse.call),
        value: withUses(effectsOfUse.value),
        result: withUses(effectsOfUse.result),
        subclass: withUses(effectsOfUse.subclass),
        decorated: withUses(effectsOfUse.decorated),
      },
    };
  });
  return { ...names, statements };
}

function firstRefusal(statement: Statement, names: Names): Refusal | undefined {
  for (const rule of ownRules) {
    const refusal = rule(statement, names);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/**
 * Finds out what every name that a statement looks up is; the first that no module could have is the reason to stay.
 * @param settled what names are to whoever may have them
 */
function needsOf(
  statement: Statement,
  names: Names,
  needs: Map<number, Map<string, Need>>,
  settled: Map<string, Need>,
  circumstances: Circumstances,
): Refusal | undefined {
  const found = new Map<string, Need>();
  for (const reference of statement.names.references) {
    if (found.has(reference.name)) continue;
    const need =
      refuseTime(reference, statement, names) ??
      settled.get(reference.name) ??
      resolve(reference, names, circumstances);
    if ('code' in need) return asWritten(need, reference, statement, names);
    settled.set(reference.name, need);
    found.set(reference.name, need);
  }
  // The definitions of an `@overload` group move together: each is held to need them all.
  const [name] = statement.defines;
  const group = bindersOf(name ?? '', names);
  if (group.length > 1 && group.includes(statement) && isOverloadGroup(group)) {
    found.set(name!, { kind: 'definition', statements: group.map(({ id }) => id) });
  }
  for (const item of [
    ...statement.names.innerImports,
    ...(statement.kind === 'import-block' ? statement.names.imports : []),
  ]) {
    const refusal = refuseImport(item, item.start, circumstances);
    if (refusal !== undefined) return refusal;
  }
  needs.set(statement.id, found);
  return undefined;
}

/** Inside a class `__x` is `_Model__x`: the message names what the user wrote. */
function asWritten(
  refusal: Refusal,
  { name, offset }: Reference,
  { cell }: Statement,
  names: Names,
): Refusal {
  const [written = ''] = /^[\p{ID_Continue}]*/u.exec(names.source.cells[cell - 1]!.source.slice(offset))!;
  if (written === name || !written.startsWith('__') || !name.endsWith(written)) return refusal;
  return {
    ...refusal,
    message: refusal.message.replace(`'${name}'`, () => `'${written}' (that is '${name}')`),
  };
}

function refuseImport(item: Import, offset: number, circumstances: Circumstances): Refusal | undefined {
  const top = item.module.split('.', 1)[0]!;
  if (item.module.startsWith('.')) {
    return {
      code: 'NB414',
      offset,
      message: `it imports '${item.module}', relative to a package that a notebook is not in`,
      hint: 'Import it by its full name.',
    };
  }
  if (circumstances.isLocalModule(top)) {
    return {
      code: 'NB414',
      offset,
      message: `it needs the local module '${top}', which the package can't import by itself`,
      hint: `Move '${top}' under the source root, or install it, so that it can be imported from anywhere.`,
    };
  }
  return undefined;
}

/** Why a statement can't have a name where it stands: what binds it comes later. */
function refuseTime({ name, offset, time }: Reference, { id }: Statement, names: Names): Refusal | undefined {
  const bindings = names.bindings.get(name);
  if (bindings === undefined) return undefined;
  const where = (statement: number): string => `cell ${names.statements[statement]!.cell}`;
  if (builtins.has(name)) {
    const later = bindings.find((binding) => binding.statement > id);
    if (later !== undefined) {
      return {
        code: 'NB413',
        offset,
        message: `it reads the builtin '${name}', which ${where(later.statement)} shadows later on`,
        hint: `Give what ${where(later.statement)} makes another name than '${name}'.`,
      };
    }
  }
  // They are in order.
  if (time !== 'definition' || bindings[0]!.statement <= id) return undefined;
  return {
    code: 'NB423',
    offset,
    message: `it reads '${name}' when it is defined, before ${where(bindings[0]!.statement)} binds it`,
    hint: `Bind '${name}' before it.`,
  };
}

/** What a name is to a statement that may have it where it stands, or why no module could have it. */
function resolve(reference: Reference, names: Names, circumstances: Circumstances): Need | Refusal {
  const { name, offset } = reference;
  const bindings = names.bindings.get(name);
  if (bindings === undefined) return resolveUnbound(reference, names, circumstances);
  const brought = names.unknowns.find(
    (unknown) =>
      expand(unknown, circumstances)?.has(name) === true ||
      isBroughtAnew(name, unknown, names, circumstances),
  );
  const where = (id: number): string => `cell ${names.statements[id]!.cell}`;
  const binders = bindersOf(name, names);

  if (brought !== undefined) {
    return {
      code: 'NB402',
      offset,
      message: `it reads '${name}', set in ${where(bindings[0]!.statement)} and bound by '${brought.what}' in cell ${brought.cell}`,
      hint: isStar(brought)
        ? `Import by name what you need, and not '${name}'.`
        : `Give one of the two another name than '${name}'.`,
    };
  }
  if (bindings.every((binding) => binding.kind === 'import')) {
    return resolveImport(reference, binders, names, circumstances);
  }
  const [first] = binders;
  if (binders.length === bindings.length && isOverloadGroup(binders)) {
    return { kind: 'definition', statements: binders.map(({ id }) => id) };
  }
  const isOne = binders.every(
    (other) =>
      other.kind === first!.kind &&
      other.normalised === first!.normalised &&
      /^(function|class|constant|import-block)$/.test(other.kind) &&
      (binders.length === 1 || other.mutability === 'none'),
  );
  if (isOne && bindings.length === binders.length * bindingsIn(first!, name)) {
    return { kind: 'definition', statements: binders.map(({ id }) => id) };
  }
  if (binders.length === 1) {
    const binding = bindings[0]!;
    const shown = names.statements[binding.statement]!;
    const isCallable = shown.kind === 'function' || shown.kind === 'class';
    const isPossible = bindings.some((other) => other.isPossible === true);
    const how = isPossible
      ? 'sets, running what may bind any name'
      : isCallable
        ? 'binds more than once'
        : 'sets';
    return {
      code: 'NB401',
      offset,
      message: `it reads '${name}', a notebook variable that ${where(shown.id)} ${how}`,
      hint: `Pass '${name}' to it as an argument.`,
    };
  }
  const again =
    bindings.find((binding) => binding.statement !== bindings[0]!.statement) ?? bindings[1] ?? bindings[0]!;
  const isUnread = names.statements[again.statement]!.isBroken;
  const how =
    again.isPossible === true
      ? `perhaps rebound by what ${isUnread ? 'does not parse' : 'writes global names'}`
      : 'rebound';
  return {
    code: 'NB402',
    offset,
    message: `it reads '${name}', ${tellTwo('set', bindings[0]!, how, again, names)}`,
    hint: `Pass '${name}' to it as an argument, or give the later value another name.`,
  };
}

/** Whether a star import from the package binds a name that the notebook has bound before. */
function isBroughtAnew(
  name: string,
  { module, statement }: Unknown,
  { bindings }: Names,
  { isBrought }: Circumstances,
): boolean {
  if (module === undefined || bindings.get(name)![0]!.statement > statement) return false;
  return isBrought?.(name, module) === true;
}

/** `set in cell 3 and rebound in cell 5`; of one cell the lines tell the two apart. */
function tellTwo(
  what: string,
  one: GlobalBinding,
  how: string,
  other: GlobalBinding,
  { statements, source }: Names,
): string {
  const [first, second] = [statements[one.statement]!.cell, statements[other.statement]!.cell];
  if (first !== second) return `${what} in cell ${first} and ${how} in cell ${second}`;
  const [from, to] = [one, other].map(({ offset }) => lineIn(source.cells[first - 1]!, offset));
  return from === to
    ? `${what} and ${how} in cell ${first}, line ${from}`
    : `${what} in cell ${first}, line ${from}, and ${how} in line ${to}`;
}

const knownLines = new WeakMap<object, (offset: number) => LinePosition>();

/** The line of an offset in a cell, from 1. */
function lineIn(cell: Names['source']['cells'][number], offset: number): number {
  let lines = knownLines.get(cell);
  if (lines === undefined) knownLines.set(cell, (lines = linesOf(cell.source)));
  return lines(offset).line;
}

/** The statements that bind a name, in order. */
function bindersOf(name: string, { bindings, statements }: Names): Statement[] {
  const ids = (bindings.get(name) ?? []).map((binding) => binding.statement);
  return [...new Set(ids)].map((id) => statements[id]!);
}

/** How many times one statement binds a name: an import block binds it in each branch. */
function bindingsIn(statement: Statement, name: string): number {
  return statement.names.bindings.filter((binding) => binding.name === name).length;
}

/** What a statement imports by a name. */
const importsBy = ({ names: { imports } }: Statement, name: string): Import[] =>
  imports.filter((item) => item.name === name);

/** `import a.b` and `import a.c` both bind `a`; `import a.b as c` and `from a import b as c` are the same. */
const targetOf = ({ name, module, member, isRenamed }: Import): string =>
  member === undefined ? (isRenamed ? module : name) : `${module}.${member}`;

/** The binders of an import but for those that import under a condition what others import without one. */
function sureBinders(binders: readonly Statement[], name: string, names: Names): readonly Statement[] {
  if (binders.every(({ kind }) => kind !== 'other')) return binders;
  const plain = binders.filter(({ kind, cell }) => kind === 'import' && !isSkipped(names, cell));
  const targets = new Set(plain.flatMap((binder) => importsBy(binder, name)).map(targetOf));
  if (targets.size === 0) return binders;
  return binders.filter((binder) => {
    if (binder.kind !== 'other') return true;
    const imports = importsBy(binder, name);
    return imports.length < bindingsIn(binder, name) || imports.some((item) => !targets.has(targetOf(item)));
  });
}

function resolveImport(
  reference: Reference,
  all: readonly Statement[],
  names: Names,
  circumstances: Circumstances,
): Need | Refusal {
  const { name, offset } = reference;
  const binders = sureBinders(all, name, names);
  const isPassedOver = binders.every(({ cell }) => isSkipped(names, cell));
  const conditional = isPassedOver ? binders[0] : binders.find((binder) => binder.kind === 'other');
  if (conditional !== undefined) {
    return {
      code: 'NB415',
      offset,
      message: `it needs '${name}', which cell ${conditional.cell} imports only ${isPassedOver ? "if its tag 'skip-execution' is ignored" : 'under a condition'}`,
      hint: `Import '${name}' at the top level of a cell${isPassedOver ? ' without that tag' : ''}.`,
    };
  }
  const isSure = binders.some(
    (binder) => !mayRaise(names, binder.cell) || requirementsOf(binder.names.imports).length === 0,
  );
  if (!isSure) {
    return {
      code: 'NB415',
      offset,
      message: `it needs '${name}', which cell ${binders[0]!.cell} imports, and that is tagged 'raises-exception'`,
      hint: `Import '${name}' in a cell without that tag.`,
    };
  }
  const blocks = binders.filter((binder) => binder.kind === 'import-block');
  if (blocks.length > 0) {
    if (binders.every((binder) => binder.normalised === blocks[0]!.normalised)) {
      return { kind: 'definition', statements: binders.map(({ id }) => id) };
    }
    return twoThings(reference, binders, names);
  }
  const imports = binders.flatMap((binder) => importsBy(binder, name));
  if (new Set(imports.map(targetOf)).size > 1) return twoThings(reference, binders, names);
  for (const item of imports) {
    const refusal =
      refuseImport(item, offset, circumstances) ??
      refuseEnabled(targetOf(item), reference, names) ??
      refuseRebound(item, reference, circumstances);
    if (refusal !== undefined) return refusal;
  }
  return { kind: 'import', statements: binders.map(({ id }) => id) };
}

/** What of scikit-learn can be imported only once another import has enabled it. */
const enabledBy: ReadonlyMap<string, RegExp> = new Map([
  ['enable_iterative_imputer', /^sklearn\.impute\.IterativeImputer$/],
  ['enable_halving_search_cv', /^sklearn\.model_selection\.Halving(Grid|Random)SearchCV$/],
  ['enable_hist_gradient_boosting', /^sklearn\.ensemble\.HistGradientBoosting(Classifier|Regressor)$/],
]);

/** An import that fails unless another import of the notebook has run: a module would have the first alone. */
function refuseEnabled(path: string, { name, offset }: Reference, names: Names): Refusal | undefined {
  if (!path.startsWith('sklearn.')) return undefined;
  for (const { cell, names: own } of names.statements) {
    for (const { module, member = '' } of own.imports) {
      if (module !== 'sklearn.experimental' || enabledBy.get(member)?.test(path) !== true) continue;
      return {
        code: 'NB415',
        offset,
        message: `it needs '${name}', which can be imported only after '${member}' (cell ${cell})`,
        hint: `Import '${member}' and '${name}' in the function that uses them, or move it by hand.`,
      };
    }
  }
  return undefined;
}

/** `from churn.data import count`, where functions there say `global count`: a module would import another value. */
function refuseRebound(
  { module, member }: Import,
  { name, offset }: Reference,
  { isRebound }: Circumstances,
): Refusal | undefined {
  if (member === undefined || isRebound?.(`${module}.${member}`) !== true) return undefined;
  return {
    code: 'NB402',
    offset,
    message: `it reads '${name}', which the package binds anew while the notebook has what it was`,
    hint: `Pass '${name}' to it as an argument.`,
  };
}

function twoThings({ name, offset }: Reference, binders: readonly Statement[], names: Names): Refusal {
  const cells = [...new Set(binders.map((binder) => names.statements[binder.id]!.cell))];
  return {
    code: 'NB415',
    offset,
    message: `it needs '${name}', imported as different things in ${cells.length === 1 ? 'cell' : 'cells'} ${cells.join(', ')}`,
    hint: `Import one of them under another name than '${name}'.`,
  };
}

const steadfast =
  /^(None|True|False|len|range|enumerate|zip|isinstance|issubclass|str|int|float|list|dict|tuple|set|frozenset|bool|bytes|type|super|object|print|property|staticmethod|classmethod|getattr|setattr|hasattr|delattr|repr|iter|next|callable|id|vars|dir|input|sorted|reversed|map|filter|ord|chr|__import__|__build_class__|__debug__|NotImplemented|Ellipsis|[A-Z]\w*(Error|Exception|Warning|Interrupt|Exit|Iteration|AsyncIteration))$/;

/** Whether no known star import replaces a builtin: others may be what `from x import *` brought. */
export function isSteadfast(builtin: string): boolean {
  return steadfast.test(builtin);
}

/** Whether it is a star import, and not what runs a file. */
function isStar({ what }: Unknown): boolean {
  return /\bimport\s*\*/.test(what);
}

/** The names that a star import or `%run` binds, or undefined where they can't be known. */
function expand(unknown: Unknown, circumstances: Circumstances): ReadonlySet<string> | undefined {
  const known = circumstances.expansions.get(unknown.statement);
  if (known !== undefined || unknown.module === undefined) return known;
  return starExports(unknown.module);
}

function resolveUnbound(reference: Reference, names: Names, circumstances: Circumstances): Need | Refusal {
  const { name, offset, time } = reference;
  if (moduleAttributes.has(name)) {
    return {
      code: 'NB408',
      offset,
      message: `it reads '${name}', which is another in a module than in the notebook`,
      hint: `Pass what '${name}' stands for as an argument.`,
    };
  }
  const broken = names.statements.find(({ isBroken, defines }) => isBroken && defines.includes(name));
  const isShells = isShellName(name) && !builtins.has(name);
  // What a star import or `%run` binds is anyone's guess unless its file is known; it may even replace a builtin.
  const sources = names.unknowns.filter((unknown) => {
    const expansion = expand(unknown, circumstances);
    return expansion === undefined ? !builtins.has(name) || !isSteadfast(name) : expansion.has(name);
  });
  const [source] = sources;
  // What the shell has, or a cell that does not parse, is no one else's to bind.
  if (source !== undefined && !isShells && (broken === undefined || builtins.has(name))) {
    const isLibrary = source.module !== undefined && !circumstances.expansions.has(source.statement);
    const isKnown = expand(source, circumstances) !== undefined;
    if (sources.length === 1 && isLibrary && isKnown) return { kind: 'given', module: source.module! };
    return {
      code: 'NB412',
      offset,
      message: `'${name}' ${isKnown ? 'comes' : 'may come'} from '${source.what}' in cell ${source.cell}`,
      hint:
        isKnown && !isLibrary
          ? `Move what that file defines into the package.`
          : isStar(source)
            ? `Write in place of the star the names that are used.`
            : `Set '${name}' in a cell, or import it by name.`,
    };
  }
  if (builtins.has(name)) return { kind: 'builtin' };
  if (name === 'display') return { kind: 'given', module: 'IPython.display' };
  if (isShellName(name)) {
    return {
      code: 'NB409',
      offset,
      message: `it uses '${name}', which only the notebook's shell has`,
      hint: 'Leave it in the notebook, or do without the shell.',
    };
  }
  const isRead = time !== 'annotation';
  const how = isRead ? 'it reads' : 'an annotation names';
  // Nothing evaluates the annotation; but a module with an undefined name in it is not written.
  const why = isRead ? '' : ': in a module Ruff would find F821';
  const home = circumstances.homes?.get(name);
  return {
    code: 'NB411',
    offset,
    message:
      broken === undefined
        ? `${how} '${name}', which nothing in the notebook defines${why}`
        : `${how} '${name}', which only cell ${broken.cell} defines, and that is not valid Python 3`,
    hint:
      broken !== undefined
        ? `Mend cell ${broken.cell}.`
        : home === undefined
          ? `Define or import '${name}' in a cell.`
          : `The package has it: put \`from ${circumstances.package}.${home} import ${name}\` in a cell.`,
  };
}

/** Why one of a statement's needs keeps it, given what still may move. */
function refuseNeeds(
  statement: Statement,
  names: Names,
  needs: ReadonlyMap<number, ReadonlyMap<string, Need>>,
  movable: ReadonlySet<number>,
  refusals: ReadonlyMap<number, Refusal>,
  circumstances: Circumstances,
): Refusal | undefined {
  const own = needs.get(statement.id)!;
  for (const reference of statement.names.references) {
    const need = own.get(reference.name);
    if (need?.kind !== 'definition' && need?.kind !== 'import') continue;
    const needed = names.statements[need.statements[0]!]!;
    const isOwn = isFromPackage(needed, reference.name, circumstances);
    if (need.kind === 'import' && !isOwn) continue;
    const missing = need.kind === 'import' ? undefined : need.statements.find((id) => !movable.has(id));
    if (missing !== undefined) {
      return asWritten(
        refuseNeed(reference, names.statements[missing]!, refusals),
        reference,
        statement,
        names,
      );
    }
    if (reference.time !== 'definition' || !statement.looksInside.has(reference.name)) continue;
    const toucher = isOwn
      ? changedInPackage(reference.name, statement, names, movable, circumstances)
      : changedBetween(
          needed,
          statement,
          reference.name,
          names,
          needs,
          movable,
          circumstances,
          statement.handsOnAttributesOf.has(reference.name),
        );
    if (toucher !== undefined) {
      return {
        code: 'NB419',
        offset: reference.offset,
        message: `it reads '${reference.name}' when it is defined, after cell ${toucher.cell} may have changed it`,
        hint: `Define '${statement.defines[0]}' right after '${reference.name}', or read it when it is called.`,
      };
    }
  }
  // The others of an `@overload` group, which it need not look up.
  for (const [name, need] of own) {
    const missing = need.kind === 'definition' ? need.statements.find((id) => !movable.has(id)) : undefined;
    if (missing === undefined) continue;
    return refuseNeed({ name, offset: statement.code.start }, names.statements[missing]!, refusals);
  }
  return refuseCalls(statement, names, needs, movable, circumstances);
}

/** Whether a statement imports the name from the package that definitions move to. */
function isFromPackage(statement: Statement, name: string, { package: own }: Circumstances): boolean {
  return (
    own !== undefined &&
    statement.names.imports.some(
      ({ name: bound, module }) => bound === name && (module === own || module.startsWith(`${own}.`)),
    )
  );
}

function refuseNeed(
  { name, offset }: Pick<Reference, 'name' | 'offset'>,
  needed: Statement,
  refusals: ReadonlyMap<number, Refusal>,
): Refusal {
  const why = refusals.get(needed.id);
  if (isDefinition(needed)) {
    const code: Code = 'NB404';
    return {
      code,
      offset,
      message: `it needs '${name}' (cell ${needed.cell}), which stays${why === undefined ? '' : ` (${why.code})`}`,
      hint: `See why '${name}' stays: once that is mended, both can move.`,
    };
  }
  const because = why === undefined ? '' : `: ${why.message.replace(/^it /, 'its value ')}`;
  return {
    code: 'NB401',
    offset,
    message: `it reads '${name}', a notebook variable that cell ${needed.cell} sets${because}`,
    hint: `Pass '${name}' to it as an argument.`,
  };
}

/**
 * A statement between the making of `needed` and its being read at definition time that may have changed it, by itself or
 * by what it calls. In the module the two stand side by side, so whatever happened between them would be lost. The same
 * holds for the objects that it was made of and may still hold: `b = a`, `b = [a]`; and for the base classes of a class.
 * @param isHandedOn whether of a class no more is read than attributes, to be kept: whatever changed in these, they are
 *   the same objects
 */
function changedBetween(
  needed: Statement,
  reader: Statement,
  name: string,
  names: Names,
  needs: ReadonlyMap<number, ReadonlyMap<string, Need>>,
  movable: ReadonlySet<number>,
  circumstances: Circumstances,
  isHandedOn = false,
): Statement | undefined {
  const seen = new Set<Statement>();
  const stack: [Statement, string][] = [[needed, name]];
  for (let origin = stack.pop(); origin !== undefined; origin = stack.pop()) {
    const [maker, made] = origin;
    if (seen.has(maker)) continue;
    seen.add(maker);
    const isKept = isHandedOn && maker === needed && maker.kind === 'class';
    const toucher = toucherOf(maker, reader, made, names, movable, isKept);
    if (toucher !== undefined) return toucher;
    const bases = basesOf(maker);
    if (maker.mutability === 'none' && bases.size === 0) continue;
    for (const reference of maker.names.references) {
      if (reference.time !== 'definition') continue;
      if (maker.mutability === 'none' && !bases.has(reference.name)) continue;
      const need = needs.get(maker.id)?.get(reference.name);
      if (need?.kind === 'definition') stack.push([names.statements[need.statements[0]!]!, reference.name]);
      if (need?.kind !== 'import') continue;
      if (!isFromPackage(names.statements[need.statements[0]!]!, reference.name, circumstances)) continue;
      const changer = changedInPackage(reference.name, reader, names, movable, circumstances);
      if (changer !== undefined) return changer;
    }
  }
  return undefined;
}

/** A statement before the reader that may have changed what a name means that is imported from the package, or what it holds. */
function changedInPackage(
  name: string,
  reader: Statement,
  names: Names,
  movable: ReadonlySet<number>,
  circumstances: Circumstances,
): Statement | undefined {
  const meaning = ownNamesOf(names, circumstances).get(name);
  if (meaning !== undefined && isConstant(meaning)) return undefined;
  const objects = meaning === undefined ? [anything] : [meaning.object, ...meaning.holds];
  return changedAmong(objects, reader, names, movable, circumstances);
}

/**
 * A statement before the reader that may have changed one of these objects of the package: one that runs and gets at
 * something imported from there that changes it, or of which nothing is known, or that changes the object itself.
 */
function changedAmong(
  objects: readonly string[],
  reader: Statement,
  names: Names,
  movable: ReadonlySet<number>,
  circumstances: Circumstances,
): Statement | undefined {
  const own = ownNamesOf(names, circumstances);
  const isAny = objects.includes(anything);
  // Constants made of them in the meantime.
  const aliases = new Set<string>();
  const isSought = (object: string): boolean => objects.includes(object);
  const changes = (at: Statement, isName: boolean): boolean => {
    for (const [name, meaning] of own) {
      if (!at.mentions.has(name)) continue;
      if (isName) {
        if (meaning?.usesUp.some(isSought) === true) return true;
        continue;
      }
      if (meaning === undefined || isAny || meaning.touches.includes(anything)) return true;
      if (meaning.touches.some(isSought) || meaning.usesUp.some(isSought)) return true;
      if (!isSought(meaning.object) || onlyNames(at, movable)) continue;
      if (mayTouch(at, meaning, name, aliases)) return true;
    }
    if (isName) return false;
    return [...aliases].some((alias) => at.mayChange.has(alias) || at.setsAttributeOf.has(alias));
  };
  const isExposed = (name: string): boolean => aliases.has(name) || isSought(own.get(name)?.object ?? '');
  let reached = openReach(names, [reader]);
  const reachedByNames = openReach(names, [reader]);
  for (const between of names.statements.slice(0, reader.id)) {
    if (onlyDefines(between, movable)) continue;
    const isName = onlyNames(between, movable);
    for (const at of (isName ? reachedByNames : reached).from(between)) {
      if (changes(at, isName)) return between;
    }
    if (!isName || ![...between.mayChange.keys()].some(isExposed)) continue;
    const before = aliases.size;
    for (const alias of between.defines) aliases.add(alias);
    if (aliases.size > before) reached = openReach(names, [reader]);
  }
  return undefined;
}

/** Statements that run, or may, when others do. */
interface Reach {
  /** A statement, and those before the reader that bind what it mentions, and so on; without those come to before. */
  readonly from: (statement: Statement) => Iterable<Statement>;
}

/** @param without the reader, and others that are not asked for */
function openReach(names: Names, without: readonly [reader: Statement, ...others: Statement[]]): Reach {
  const [reader] = without;
  const seen = new Set(without);
  const mentioned = new Set<string>();
  return {
    from: function* (statement) {
      const stack = [statement];
      for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
        // What stands after the reader had not run yet.
        if (seen.has(at) || at.id > reader.id || at.kind === 'import') continue;
        seen.add(at);
        yield at;
        for (const id of boundIn(at.mentions, mentioned, names)) stack.push(names.statements[id]!);
      }
    },
  };
}

/** Of each notebook, the names that it imports from the package, with what is known of each. */
const knownOwnNames = new WeakMap<
  Names['bindings'],
  { readonly package: string; readonly told: Acquaintance | undefined; readonly own: OwnNames }
>();

type OwnNames = ReadonlyMap<string, OwnMeaning | undefined>;

function ownNamesOf({ bindings, statements }: Names, circumstances: Circumstances): OwnNames {
  const { package: name = '', own: told } = circumstances;
  const known = knownOwnNames.get(bindings);
  if (known?.package === name && known.told === told) return known.own;
  const own = new Map<string, OwnMeaning | undefined>();
  for (const statement of statements) {
    for (const item of statement.names.imports) {
      const target = item.member === undefined ? undefined : `${item.module}.${item.member}`;
      const meaning = target === undefined ? undefined : told?.(target);
      if (meaning === undefined && !isFromPackage(statement, item.name, circumstances)) continue;
      const isSure = bindings
        .get(item.name)
        ?.every(
          (binding) =>
            binding.kind === 'import' && !/^(other|import-block)$/.test(statements[binding.statement]!.kind),
        );
      const isSame = !own.has(item.name) || own.get(item.name) === meaning;
      own.set(item.name, isSure === true && isSame ? meaning : undefined);
    }
  }
  knownOwnNames.set(bindings, { package: name, told, own });
  return own;
}

/** Whether nothing happens when a statement runs but that a function, a class or an import gets its name. */
export function onlyDefines(statement: Statement, movable: ReadonlySet<number>): boolean {
  if (statement.kind === 'import') return true;
  if (!isDefinition(statement)) return false;
  const { effects, calls } = statement.effects;
  return movable.has(statement.id) || (effects.length === 0 && calls.length === 0);
}

/**
 * Whether the statement, once run, has done nothing but give a name to a value: wherever it runs, nothing changes. What
 * it calls of the notebook's own has been looked into if it may move.
 */
export function onlyNames({ id, kind, effects }: Statement, movable: ReadonlySet<number>): boolean {
  return (
    kind === 'constant' && effects.effects.length === 0 && (effects.calls.length === 0 || movable.has(id))
  );
}

function toucherOf(
  maker: Statement,
  reader: Statement,
  name: string,
  names: Names,
  movable: ReadonlySet<number>,
  isHandedOn: boolean,
): Statement | undefined {
  // Constants made of it in the meantime.
  const aliases = new Set<string>();
  const exposes = ({ mayChange }: Statement): boolean =>
    mayChange.has(name) || [...aliases].some((alias) => mayChange.has(alias));
  const isUsedUp = changesItself(maker, name, isHandedOn);
  // What was looked into for one statement need not be for the next, unless there are more aliases now.
  let reached = openReach(names, [reader, maker]);
  let reachedByNames = openReach(names, [reader, maker]);
  for (let id = maker.id + 1; id < reader.id; id++) {
    const between = names.statements[id]!;
    if (onlyDefines(between, movable)) continue;
    const isName = onlyNames(between, movable);
    for (const at of isName ? (isUsedUp ? reachedByNames.from(between) : []) : reached.from(between)) {
      if (isUsedUp && [name, ...aliases].some((alias) => at.mentions.has(alias))) return between;
      if (isName || onlyNames(at, movable)) continue;
      if (mayTouch(at, maker, name, aliases, isHandedOn)) return between;
    }
    if (!isName || !exposes(between)) continue;
    const before = aliases.size;
    for (const alias of between.defines) aliases.add(alias);
    if (aliases.size === before) continue;
    reached = openReach(names, [reader, maker]);
    reachedByNames = openReach(names, [reader, maker]);
  }
  return undefined;
}

/**
 * The statements that bind what is mentioned, and was not before. A long string mentions more than a notebook binds.
 * @param mentioned grows by what is mentioned now
 */
function boundIn(mentions: ReadonlySet<string>, mentioned: Set<string>, { bindings }: Names): number[] {
  const found: number[] = [];
  const add = (name: string, list: readonly GlobalBinding[]): void => {
    if (mentioned.has(name)) return;
    mentioned.add(name);
    for (const { statement } of list) found.push(statement);
  };
  if (mentions.size < bindings.size) {
    for (const name of mentions) {
      const list = bindings.get(name);
      if (list !== undefined) add(name, list);
    }
  } else {
    for (const [name, list] of bindings) if (mentions.has(name)) add(name, list);
  }
  return found;
}

/**
 * Why what a statement calls when it is defined keeps it: a decorator of the notebook's own with effects, or one that
 * reads what may have changed since it was made.
 */
function refuseCalls(
  statement: Statement,
  names: Names,
  needs: ReadonlyMap<number, ReadonlyMap<string, Need>>,
  movable: ReadonlySet<number>,
  circumstances: Circumstances,
): Refusal | undefined {
  if (statement.effects.calls.length === 0 && statement.effects.reads.length === 0) return undefined;
  const seen = new Set<string>();
  const stack = statement.effects.calls.map((call) => ({ ...call, origin: call, by: statement.id }));
  const atOnce = new Set(
    statement.names.references.filter(({ time }) => time === 'definition').map(({ name }) => name),
  );
  for (const { name, offset } of statement.names.references) {
    // In a lambda that is called at once: `sorted(xs, key=lambda x: RANKS[x])`.
    if (atOnce.has(name) || !statement.effects.reads.includes(name)) continue;
    const through = { name, offset, by: statement.id };
    const refusal = refuseRead(name, statement, through, names, needs, movable, circumstances);
    if (refusal !== undefined) return refusal;
  }
  for (let call = stack.pop(); call !== undefined; call = stack.pop()) {
    const bindings = names.bindings.get(call.name);
    const binder = bindings === undefined ? undefined : names.statements[bindings[0]!.statement]!;
    const key = `${call.name} ${call.use}`;
    if (binder === undefined || seen.has(key)) continue;
    seen.add(key);
    const refuse = (what: string): Refusal => ({
      code: 'NB405',
      offset: call.origin.offset,
      message: `defining it calls '${call.origin.name}', which does more than make a value: ${what}`,
      hint: 'Leave it in the notebook, or move the effect out of the definition.',
    });
    if (binder.kind === 'import') {
      if (!isFromPackage(binder, call.name, circumstances)) continue;
      const meaning = ownNamesOf(names, circumstances).get(call.name);
      if (meaning === undefined) return refuse('what that does in the package is not known');
      const { effect, reads = [], paths = [] } = meaning.uses[call.use] ?? {};
      if (effect !== undefined) return refuse(effect);
      const changed = changedModuleAmong(paths, names);
      if (changed !== undefined) return refuse(`what it yields depends on '${changed}'`);
      const toucher =
        reads.length === 0 ? undefined : changedAmong(reads, statement, names, movable, circumstances);
      if (toucher === undefined) continue;
      return {
        code: 'NB419',
        offset: call.origin.offset,
        message: `defining it calls '${call.origin.name}', which looks into what cell ${toucher.cell} may have changed`,
        hint: `Define '${statement.defines[0]}' before that.`,
      };
    }
    if (!isDefinition(binder)) {
      // `decorator = partial(…)`, a base class made by a call.
      const need = needs.get(call.by)?.get(call.name);
      const isKnown = binder.kind === 'constant' && need?.kind === 'definition' && movable.has(binder.id);
      if (!isKnown) return refuse(`cell ${binder.cell} sets it to something unknown`);
    }
    const { effects, calls, reads } = binder.effectsOfUse[call.use];
    const [effect] = effects;
    if (effect !== undefined) return refuse(effect.what);
    const changed = changedModuleIn(binder, names);
    if (changed !== undefined) return refuse(`what it yields depends on '${changed}'`);
    const own = [...ownNamesOf(names, circumstances).keys()].filter((name) => binder.mentions.has(name));
    for (const name of [...reads, ...own]) {
      const { name: through, offset } = call.origin;
      const refusal = refuseRead(
        name,
        statement,
        { name: through, offset, by: binder.id },
        names,
        needs,
        movable,
        circumstances,
      );
      if (refusal !== undefined) return refusal;
    }
    for (const inner of calls) stack.push({ ...inner, origin: call.origin, by: binder.id });
  }
  return undefined;
}

/** Why a name that is read by what a statement calls when it is defined keeps it: what it means may have changed. */
function refuseRead(
  name: string,
  statement: Statement,
  through: { readonly name: string; readonly offset: number; readonly by: number },
  names: Names,
  needs: ReadonlyMap<number, ReadonlyMap<string, Need>>,
  movable: ReadonlySet<number>,
  circumstances: Circumstances,
): Refusal | undefined {
  const need = needs.get(through.by)?.get(name);
  if (need?.kind !== 'definition' && need?.kind !== 'import') return undefined;
  const needed = names.statements[need.statements[0]!]!;
  const isOwn = need.kind === 'import' && isFromPackage(needed, name, circumstances);
  if (need.kind === 'import' && !isOwn) return undefined;
  const toucher = isOwn
    ? changedInPackage(name, statement, names, movable, circumstances)
    : changedBetween(needed, statement, name, names, needs, movable, circumstances);
  if (toucher === undefined) return undefined;
  const how = through.name === name ? '' : ` through '${through.name}'`;
  return {
    code: 'NB419',
    offset: through.offset,
    message: `it reads '${name}'${how} when it is defined, after cell ${toucher.cell} may have changed it`,
    hint: `Define '${statement.defines[0]}' right after '${name}', or read it when it is called.`,
  };
}
