/** Tells of a module of the package that is there whether importing it does more than make what it holds. */
import { actingBuiltins } from '../../scope/acting.ts';
import type { Names } from '../../scope/names.ts';
import { oncePer } from '../../text/once.ts';

/** Methods of `argparse` and `sys`: a script reads its command line by them, or ends. */
const scriptMethods = ['parse_args', 'exit'];

/**
 * Whether more happens when a module is imported than that it makes what it holds. What it does to an object of its own
 * (`parser.add_argument('x')`, `logger.addHandler(handler)`) is part of that.
 */
export const isLoud = oncePer(({ statements, bindings }: Names): boolean => {
  const made = new Set(
    statements.flatMap(({ kind, defines }) =>
      kind === 'constant' || kind === 'import-block' ? defines : [],
    ),
  );
  return statements.some(({ kind, isScriptOnly, barrier, attributes, names, callsOn }) => {
    if (/^(?:function|class|import)$/.test(kind) || isScriptOnly) return false;
    if (barrier !== undefined || scriptMethods.some((name) => attributes.has(name))) return true;
    if (names.references.some(({ name }) => actingBuiltins.has(name) && !bindings.has(name))) return true;
    return callsOn.some((name) => !made.has(name));
  });
});
