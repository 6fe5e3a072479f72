/** The rules by which a definition stays for what it is itself, in the order in which they are asked; the short ones, too. */
import { interactivitySetting } from '../scope/interactivity.ts';
import { shorten, type Rule } from './refusal.ts';
import { isExercise } from './rules/exercises.ts';
import { isCounted, isFiltered, isGivenCode, isLookedAt, isPlaced, isReadAsText } from './rules/lookers.ts';
import { importsChanged, readsChangedModule } from './rules/module-changes.ts';
import { borrowsNames, looksAtNamespace, writesByModule, writesGlobal } from './rules/namespace.ts';
import { isDefinedTwice } from './rules/redefinition.ts';
import { isTestedInPlace } from './rules/self-tests.ts';
import { isSent } from './rules/sent.ts';
import { holdsWord, traitsOf } from './rules/traits.ts';
import {
  asksForNoModule,
  isMisdirected,
  isParameter,
  isTaggedToRaise,
  keptByDirective,
  mayBeSkipped,
} from './rules/wishes.ts';

/** A magic or shell line anywhere inside a definition: a module has no IPython. */
const holdsMagic: Rule = (statement) =>
  statement.magic === undefined
    ? undefined
    : {
        code: 'NB406',
        offset: statement.code.start,
        message: { it: `holds IPython syntax: '${shorten(statement.magic)}'` },
        hint: 'Replace it by Python (`subprocess.run` for a shell command), or move it out of the definition.',
      };

/** Something happens when the definition is made: it would happen when the module is imported, or not at all. */
const hasEffect: Rule = (statement) => {
  const [effect] = statement.effects.effects;
  return effect === undefined
    ? undefined
    : {
        code: 'NB405',
        offset: effect.offset,
        message:
          statement.kind === 'constant'
            ? { it: `comes from '${effect.what}', which may do more than make a value` }
            : `defining it does more than define: '${effect.what}'`,
        hint: 'Leave it in the notebook, or move that out of the definition.',
      };
};

/** Under `ast_node_interactivity = 'last_expr_or_assign'` a cell shows the value that its last statement assigns. */
const isShown: Rule = ({ id, cell, kind, defines, code, normalised }, { cells, statements, source }) => {
  if (
    defines.length !== 1 ||
    !(kind === 'constant' || (kind === 'function' && !/^(?:@|(?:async )?def) /.test(normalised)))
  ) {
    return undefined;
  }
  if (statements[id + 1]?.cell === cell) return undefined;
  if (cells.find((other) => other.cell === cell)!.interactivity !== 'other') return undefined;
  if (/^[ \t]*;/.test(source.cells[cell - 1]!.source.slice(code.end))) return undefined;
  return {
    code: 'NB405',
    offset: code.start,
    message: "its cell may show it, as 'ast_node_interactivity' is set to show more than expressions",
    hint: 'Set `ast_node_interactivity` to `last_expr` or `all`, or end the line with a semicolon.',
  };
};

/** What is to be shown is asked of the shell, which looks at the cells of the notebook alone. */
const setsWhatIsShown: Rule = (statement) =>
  holdsWord(statement, interactivitySetting)
    ? {
        code: 'NB409',
        offset: statement.code.start,
        message: { it: `uses '${interactivitySetting}', which only the notebook's shell has` },
        hint: 'Leave it in the notebook, or set that at the top level of a cell.',
      }
    : undefined;

/** A lone surrogate in a string can't be written to a file in UTF-8. */
const isUnwritable: Rule = (statement) =>
  traitsOf(statement).isUnwritable
    ? {
        code: 'NB420',
        offset: statement.code.start,
        message: { it: 'holds half of a surrogate pair, which no Python file can hold' },
        hint: 'Write the character as an escape in the string.',
      }
    : undefined;

/** In the order in which they are asked: the first that refuses gives the reason. */
export const ownRules: readonly Rule[] = [
  keptByDirective,
  isMisdirected,
  isParameter,
  mayBeSkipped,
  isTaggedToRaise,
  asksForNoModule,
  isExercise,
  holdsMagic,
  writesGlobal,
  looksAtNamespace,
  borrowsNames,
  isLookedAt,
  isPlaced,
  isReadAsText,
  isFiltered,
  isGivenCode,
  isCounted,
  isDefinedTwice,
  writesByModule,
  hasEffect,
  readsChangedModule,
  importsChanged,
  isShown,
  setsWhatIsShown,
  isUnwritable,
  isTestedInPlace,
  isSent,
];
