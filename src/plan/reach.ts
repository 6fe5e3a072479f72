/** Tells what runs, or may, when a statement does: itself, and what it gets at by the names that it mentions. */
import type { GlobalBinding, Names } from '../scope/names.ts';
import { isCallable, type Statement } from '../scope/statement.ts';

/** Statements that run, or may, when others do. */
interface Reach {
  /** A statement, and those before the reader that bind what it mentions, and so on; without those come to before. */
  readonly from: (statement: Statement) => Iterable<Statement>;
}

/** @param without the reader, and others that are not asked for */
export function openReach(
  names: Names,
  without: readonly [reader: Statement, ...others: Statement[]],
): Reach {
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

/** Whether nothing happens when a statement runs but that a function, a class or an import gets its name. */
export function onlyDefines(statement: Statement, movable: ReadonlySet<number>): boolean {
  if (statement.kind === 'import') return true;
  if (!isCallable(statement)) return false;
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
