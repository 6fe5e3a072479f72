/** Turns the names of one notebook into the graph of its statements: what each definition needs, and what may move. */
import type { Names } from '../scope/names.ts';
import { isCallable, type Statement } from '../scope/statement.ts';
import { adviseOnAll } from './advice.ts';
import { changedBetween, changedInPackage } from './between.ts';
import { refuseCalls } from './calls.ts';
import { isFromPackage, noCircumstances, withOwnUses, type Circumstances } from './circumstances.ts';
import type { Need } from './need.ts';
import type { Reason, Refusal } from './refusal.ts';
import { needsOf } from './resolve.ts';
import { ownRules } from './rules.ts';
import { refuseUnknown } from './sequence.ts';
import { refuseSetting } from './settings.ts';
import { shownName, tell, tellOfValue, type ShownReference } from './wording.ts';
import { refuseShared } from './workers.ts';

export interface Graph {
  readonly names: Names;
  /** By statement: each global name that it looks up, with what it is; only for statements that may move. */
  readonly needs: ReadonlyMap<number, ReadonlyMap<string, Need>>;
  /** Statements that can move, needed constants and import blocks included. */
  readonly movable: ReadonlySet<number>;
  /** Why a function, class, constant or import block stays. */
  readonly refusals: ReadonlyMap<number, Reason>;
  /** Statements that can become tests: asserts, test functions and their calls. None where tests aren't asked for. */
  readonly tests: ReadonlySet<number>;
  /** The package that definitions move to, if it is known. */
  readonly package?: string;
  /** What definitions are known by that are the same as what their notebook imports, too; not there if there are none. */
  readonly same?: ReadonlyMap<number, string>;
}

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
      refuseUnknown(statement, names, isImported) ??
      refuseShared(statement, names, isOwn);
    if (refusal === undefined) movable.add(statement.id);
    else refusals.set(statement.id, refusal);
  }

  takeOutUnmet(movable, refusals, names, needs, circumstances);
  const reasons = new Map<number, Reason>();
  for (const [id, refusal] of refusals) {
    const statement = statements[id]!;
    reasons.set(
      id,
      tell(isCallable(statement) ? adviseOnAll(statement, refusal, names, movable, refusals) : refusal),
    );
  }
  if (circumstances.isModule !== true) {
    const wanted = wantedIn(names, needs, movable);
    for (const id of [...movable]) if (!wanted.has(id)) movable.delete(id);
  }
  const tests =
    circumstances.isTesting === true
      ? findTests(names, needs, settled, movable, circumstances)
      : new Set<number>();
  for (const id of tests) movable.delete(id);
  const { package: own } = circumstances;
  return { names, needs, movable, refusals: reasons, tests, ...(own !== undefined && { package: own }) };
}

/**
 * Leaves of what may move the greatest set in which every need is met: takes out what needs something outside, until
 * nothing changes, and adds why. What needs no other statement is asked only once.
 */
function takeOutUnmet(
  movable: Set<number>,
  refusals: Map<number, Refusal>,
  names: Names,
  needs: ReadonlyMap<number, ReadonlyMap<string, Need>>,
  circumstances: Circumstances,
): void {
  let asked = [...movable];
  for (let changed = true; changed;) {
    changed = false;
    const again: number[] = [];
    for (const id of asked) {
      const statement = names.statements[id]!;
      const refusal = refuseNeeds(statement, names, needs, movable, refusals, circumstances);
      if (refusal === undefined) {
        if (leansOnOthers(statement, names, needs, circumstances)) again.push(id);
        continue;
      }
      movable.delete(id);
      refusals.set(id, refusal);
      changed = true;
    }
    asked = again;
  }
}

/** The definitions that may move, with all that they need: constants and import blocks move for their sake, or where asked. */
function wantedIn(
  { statements }: Names,
  needs: ReadonlyMap<number, ReadonlyMap<string, Need>>,
  movable: ReadonlySet<number>,
): ReadonlySet<number> {
  const wanted = new Set<number>();
  const stack = [...movable].filter((id) => {
    const { kind, directive } = statements[id]!;
    const isAsked = directive !== undefined && 'module' in directive;
    return isCallable(statements[id]!) || (isAsked && kind === 'constant');
  });
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (wanted.has(id)) continue;
    wanted.add(id);
    for (const need of needs.get(id)?.values() ?? []) {
      if (need.kind === 'definition') stack.push(...need.statements);
    }
  }
  return wanted;
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
      (need) => need.kind === 'definition' && isCallable(statements[need.statements[0]!]!),
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

function firstRefusal(statement: Statement, names: Names): Refusal | undefined {
  for (const rule of ownRules) {
    const refusal = rule(statement, names);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
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
      const { name, offset } = reference;
      const shown = shownName(name, offset, statement, names);
      return refuseNeed({ name, offset, shown }, names.statements[missing]!, refusals);
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
        message: {
          it: `reads '${reference.name}' when it is defined, after cell ${toucher.cell} may have changed it`,
        },
        hint: `Define '${statement.defines[0]}' right after '${reference.name}', or read it when it is called.`,
      };
    }
  }
  // The others of an `@overload` group, which it need not look up.
  for (const [name, need] of own) {
    const missing = need.kind === 'definition' ? need.statements.find((id) => !movable.has(id)) : undefined;
    if (missing === undefined) continue;
    return refuseNeed(
      { name, offset: statement.code.start, shown: `'${name}'` },
      names.statements[missing]!,
      refusals,
    );
  }
  return refuseCalls(statement, names, needs, movable, circumstances);
}

function refuseNeed(
  { name, shown, offset }: Omit<ShownReference, 'time'>,
  needed: Statement,
  refusals: ReadonlyMap<number, Refusal>,
): Refusal {
  const why = refusals.get(needed.id);
  if (isCallable(needed)) {
    return {
      code: 'NB404',
      offset,
      message: {
        it: `needs ${shown} (cell ${needed.cell}), which stays${why === undefined ? '' : ` (${why.code})`}`,
      },
      hint: `See why '${name}' stays: once that is mended, both can move.`,
      needed: needed.id,
    };
  }
  const it = `reads ${shown}, a notebook variable that cell ${needed.cell} sets`;
  return {
    code: 'NB401',
    offset,
    message: why === undefined ? { it } : { it, cause: tellOfValue(why.message) },
    hint: [{ does: 'pass', names: [name] }],
  };
}
