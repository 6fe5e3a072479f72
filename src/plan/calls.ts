/** Tells why what a statement calls when it is defined keeps it: the effects of that, and what it reads, call by call. */
import type { Names } from '../scope/names.ts';
import { isCallable, type Statement } from '../scope/statement.ts';
import { changedAmong, changedBetween, changedInPackage } from './between.ts';
import { isFromPackage, ownNamesOf, type Circumstances } from './circumstances.ts';
import { importsSurely, type Need } from './need.ts';
import type { Refusal } from './refusal.ts';
import { changedModuleAmong, changedModuleIn } from './rules/module-changes.ts';

/**
 * Why what a statement calls when it is defined keeps it: a decorator of the notebook's own with effects, or one that
 * reads what may have changed since it was made.
 */
export function refuseCalls(
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
      message: { calls: `'${call.origin.name}', which does more than make a value: ${what}` },
      hint: 'Leave it in the notebook, or move the effect out of the definition.',
    });
    if (importsSurely(binder, call.name)) {
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
        message: {
          calls: `'${call.origin.name}', which looks into what cell ${toucher.cell} may have changed`,
        },
        hint: `Define '${statement.defines[0]}' before that.`,
      };
    }
    if (!isCallable(binder)) {
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
    message: {
      it: `reads '${name}'${how} when it is defined, after cell ${toucher.cell} may have changed it`,
    },
    hint: `Define '${statement.defines[0]}' right after '${name}', or read it when it is called.`,
  };
}
