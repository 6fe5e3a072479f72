/** Rules on notebooks of which a statement gets at definitions from behind: by the module, its cells' text, subclasses. */
import { countsCells } from '../../python/magic.ts';
import type { Names } from '../../scope/names.ts';
import { isCallable, type Statement } from '../../scope/statement.ts';
import { oncePer } from '../../text/once.ts';
import { shorten, type Rule } from '../refusal.ts';
import { holdsWord } from './traits.ts';

/** Of each notebook, the statements that get at definitions from behind. */
interface Lookers {
  /** Hands on the notebook's own module. */
  readonly handsOn: Statement | undefined;
  /** Mention `__code__`. */
  readonly recodes: readonly Statement[];
  readonly subclasses: Statement | undefined;
  /** The cell that reads the text of cells. */
  readonly reader: number | undefined;
  /** Filters warnings by the module that the notebook is. */
  readonly filter: Statement | undefined;
  /** Ask by its name for the module that something was defined in. */
  readonly placers: readonly Statement[];
}

const lookersOf = oncePer((names: Names): Lookers => ({
  handsOn: names.statements.find(({ handsOn }) => handsOn !== undefined),
  recodes: names.statements.filter((statement) => holdsWord(statement, '__code__')),
  subclasses: names.statements.find((statement) => holdsWord(statement, '__subclasses__')),
  reader: readerOf(names),
  filter: names.statements.find(({ filtersByModule }) => filtersByModule),
  placers: names.statements.filter(
    (statement) =>
      statement.mentions.has('__main__') &&
      (statement.attributes.has('__module__') || statement.attributes.has('for_type_by_name')),
  ),
}));

/** Whether a statement has the text of cells by a name that IPython keeps it by. */
const readsText = ({ isBroken, names: { references } }: Statement, { bindings }: Names): boolean =>
  !isBroken && references.some(({ name }) => /^(In|_ih|_i\d*|_iii?)$/.test(name) && !bindings.has(name));

/** The cell that reads the text of cells: `In[1]`, `%save helpers.py 1`. */
function readerOf(names: Names): number | undefined {
  const reader = names.statements.find((statement) => readsText(statement, names));
  return reader?.cell ?? names.cells.find(({ magics }) => magics.some(countsCells))?.cell;
}

/** `print(In[1])`, `%history`: what moves stands there no more. */
export const isReadAsText: Rule = (statement, names) => {
  const { reader } = lookersOf(names);
  return reader === undefined || readsText(statement, names)
    ? undefined
    : {
        code: 'NB408',
        offset: statement.code.start,
        message: `cell ${reader} reads the text of cells`,
        hint: `Remove that from cell ${reader}, or leave the definition in the notebook.`,
      };
};

/** `filterwarnings('ignore', module='__main__')`: what is warned of in a module is shown. */
export const isFiltered: Rule = ({ kind, code }, names) => {
  const { filter } = lookersOf(names);
  return filter === undefined || kind === 'constant'
    ? undefined
    : {
        code: 'NB408',
        offset: code.start,
        message: `cell ${filter.cell} filters warnings by the module that the notebook is`,
        hint: "Filter them by category or message instead of 'module'.",
      };
};

/** `f.__module__ == '__main__'`, `for_type_by_name('__main__', 'A', show)`: what moves is of another module. */
export const isPlaced: Rule = ({ kind, defines, code }, names) => {
  if (!isCallable({ kind })) return undefined;
  const placer = lookersOf(names).placers.find(
    ({ attributes, normalised }) =>
      attributes.has('__module__') ||
      defines.some((name) => normalised.includes(`'${name}'`) || normalised.includes(`"${name}"`)),
  );
  return (
    placer && {
      code: 'NB408',
      offset: code.start,
      message: `cell ${placer.cell} asks whether something is of the module that the notebook is`,
      hint: "Leave it in the notebook, or don't compare with '__main__'.",
    }
  );
};

/** `inspect.getmembers(sys.modules[__name__])`, `this = sys.modules[__name__]`: who has the module may do anything. */
export const isLookedAt: Rule = ({ code }, names) => {
  const { handsOn: looker } = lookersOf(names);
  return looker === undefined
    ? undefined
    : {
        code: 'NB408',
        offset: code.start,
        message: `cell ${looker.cell} hands on the module that the notebook is, '${shorten(looker.handsOn!)}'`,
        hint: 'Pass what is looked for in that module by name.',
      };
};

/** Whether a notebook or module looks up the subclasses of a class. */
export function countsSubclasses(names: Names): boolean {
  return lookersOf(names).subclasses !== undefined;
}

/** `Base.__subclasses__()` finds those that are defined so far; once a module is imported, all that stand there. */
export const isCounted: Rule = ({ kind, code, effects }, names) => {
  const counter = lookersOf(names).subclasses;
  if (kind !== 'class' || counter === undefined) return undefined;
  const base = effects.calls.find(({ use }) => use === 'subclass');
  return base === undefined
    ? undefined
    : {
        code: 'NB405',
        offset: code.start,
        message: `defining it adds to the subclasses of '${base.name}', which cell ${counter.cell} looks up`,
        hint: "Leave it in the notebook, or keep a list of the classes instead of '__subclasses__'.",
      };
};

/** `f.__code__ = g.__code__`: code that is written for the notebook's names. */
export const isGivenCode: Rule = ({ defines, code }, names) => {
  for (const { cell, setsAttributeOf } of lookersOf(names).recodes) {
    const name = defines.find((defined) => setsAttributeOf.has(defined));
    if (name === undefined) continue;
    return {
      code: 'NB408',
      offset: code.start,
      message: `cell ${cell} gives it other code, which sees the names of the module that it stands in`,
      hint: `Define '${name}' anew instead.`,
    };
  }
  return undefined;
};
