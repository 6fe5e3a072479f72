/** Tells whether a notebook reads pickles: what they hold of classes and functions they name by module and name. */
import { namedPath } from '../scope/clause.ts';
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';

/** Modules that read pickles. */
const picklers =
  /^(pickle5?|_pickle|cPickle|dill|cloudpickle|joblib|sklearn|pandas|shelve|torch|numpy)(\.|$)/;

/** What reads one, by its dotted path. */
const readers =
  /^((pickle5?|_pickle|cPickle|dill|cloudpickle)\.(load|loads|Unpickler)|(sklearn\.externals\.)?joblib\.load|pandas\.read_pickle|shelve\.open|torch\.load|numpy\.load)$/;

/** The last parts of these. */
const readerNames = ['load', 'loads', 'Unpickler', 'read_pickle', 'open'];

/** Whether the notebook reads pickles, which may have been written when their classes stood in it. */
export function readsPickles({ statements, importPaths }: Names): boolean {
  const outer = [...importPaths].filter(([, path]) => picklers.test(path));
  const direct = outer.filter(([, path]) => readers.test(path)).map(([name]) => name);
  return statements.some((statement) => {
    const { attributes, mentions, names } = statement;
    const isPossible =
      names.innerImports.length > 0 ||
      (outer.length > 0 && readerNames.some((name) => attributes.has(name))) ||
      direct.some((name) => mentions.has(name));
    if (!isPossible) return false;
    const inner = names.innerImports
      .filter(({ module }) => picklers.test(module))
      .map((item): [string, string] => [item.name, namedPath(item)]);
    return [...outer, ...inner].some(([name, path]) => mentions.has(name) && readsBy(name, path, statement));
  });
}

/** Whether a statement reads a pickle by a name that stands for a dotted path; state dicts and plain arrays are none. */
function readsBy(name: string, path: string, { normalised }: Statement): boolean {
  const calls = normalised.matchAll(new RegExp(`(?<!\\w|\\. ?)${name}((?: \\. \\w+)*) \\(`, 'gu'));
  for (const { index, 0: call, 1: attributes = '' } of calls) {
    const whole = path + attributes.replaceAll(' ', '');
    if (!readers.test(whole)) continue;
    if (whole === 'numpy.load' && !/\ballow_pickle = True\b/.test(normalised)) continue;
    const isStates =
      /\bload_state_dict \( $/.test(normalised.slice(0, index)) ||
      /\bweights_only = True\b/.test(normalised.slice(index, index + call.length + 300));
    if (whole === 'torch.load' && isStates) continue;
    return true;
  }
  return false;
}
