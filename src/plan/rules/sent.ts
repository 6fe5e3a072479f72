/** The rule on what is sent to other machines, which need not have the package: Ray, Spark and the like. */
import type { Names } from '../../scope/names.ts';
import { isCallable } from '../../scope/statement.ts';
import { oncePer } from '../../text/once.ts';
import type { Rule } from '../refusal.ts';

/** Of each notebook, what is sent to other machines, with what it needs: by what and with what. */
const sentOf = oncePer(
  (names: Names): ReadonlyMap<number, { readonly by: string; readonly root: string }> => {
    const sent = new Map<number, { readonly by: string; readonly root: string }>();
    for (const { sending } of names.statements) {
      for (const root of sending?.names ?? []) {
        const stack = [root];
        for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
          for (const { statement: id } of names.bindings.get(name) ?? []) {
            const { kind, names: own } = names.statements[id]!;
            if (sent.has(id) || !/^(function|class|constant)$/.test(kind)) continue;
            sent.set(id, { by: sending!.by, root });
            stack.push(...own.references.map((reference) => reference.name));
          }
        }
      }
    }
    return sent;
  },
);

/**
 * Ray, Spark and the like send what stands in the notebook by value, with all that it needs, and what stands in a module
 * by its name: the machines that run it would have to have the module.
 */
export const isSent: Rule = ({ id, kind, defines, code }, names) => {
  const sent = isCallable({ kind }) ? sentOf(names).get(id) : undefined;
  if (sent === undefined) return undefined;
  const { by, root } = sent;
  const how = defines.includes(root) ? '' : ` with '${root}'`;
  return {
    code: 'NB426',
    offset: code.start,
    message: {
      it: `is sent${how} to other processes or machines by '${by}', which need not have the package`,
    },
    hint: 'Install the package wherever that runs, then move it by hand.',
  };
};
