/** Rules on what the user has asked for: directives, tags of cells, parameters that papermill or a form sets. */
import { isSkipped, mayRaise, type Names } from '../../scope/names.ts';
import { isCallable, type Statement } from '../../scope/statement.ts';
import { isDottedName } from '../../text/module-name.ts';
import { shorten, type Rule } from '../refusal.ts';
import { requirementsOf } from '../requirements.ts';

/** `# nb2mod: keep`: the user has decided. */
export const keptByDirective: Rule = (statement) =>
  statement.directive !== undefined && 'keep' in statement.directive
    ? {
        code: 'NB410',
        offset: statement.code.start,
        message: 'a directive says so',
        hint: 'Remove `# nb2mod: keep` from the comment that leads it, or the tag `nb2mod:keep` from its cell.',
      }
    : undefined;

/** The cell tag `skip-execution`: what the cell binds may be there or not, and no import could take its place. */
export const mayBeSkipped: Rule = ({ cell, code }, names) =>
  isSkipped(names, cell)
    ? {
        code: 'NB410',
        offset: code.start,
        message: "its cell is tagged 'skip-execution', so it may not be run",
        hint: 'Remove the tag `skip-execution` from its cell.',
      }
    : undefined;

/**
 * The cell tag `raises-exception`: a module with what raises as it is defined could not be imported at all, and what
 * stands behind it is not defined. What surely does not raise is a plain `def`, and an import of the standard library.
 */
export const isTaggedToRaise: Rule = (statement, names) => {
  const { id, cell, code } = statement;
  if (!mayRaise(names, cell)) return undefined;
  const culprit = names.statements.find(
    (other) => other.cell === cell && other.id <= id && !isSafe(other, names),
  );
  if (culprit === undefined) return undefined;
  return {
    code: 'NB410',
    offset: code.start,
    message:
      culprit === statement
        ? "its cell is tagged 'raises-exception', and defining it may be what raises"
        : "its cell is tagged 'raises-exception', and what stands before it there may be what raises",
    hint: 'Define it in another cell, or remove the tag `raises-exception` from its cell.',
  };
};

/** Whether a statement can't raise: an import of what is always there, or a `def` that evaluates next to nothing. */
function isSafe({ kind, normalised, names: own }: Statement, names: Names): boolean {
  if (kind === 'import') return requirementsOf(own.imports).length === 0;
  const header = /^(?:async )?def \w+ \(([^{]*)/u.exec(normalised)?.[1];
  return (
    header !== undefined &&
    !/[[({%/]/.test(header) &&
    own.references.every(({ name, time }) => time !== 'definition' || !names.bindings.has(name))
  );
}

/** `# nb2mod: kep`: what the user has decided, nobody knows. */
export const isMisdirected: Rule = ({ directive, code }) =>
  directive !== undefined && 'unknown' in directive
    ? {
        code: 'NB425',
        offset: code.start,
        message: `'${shorten(directive.unknown)}' is no directive`,
        hint: 'Write `# nb2mod: keep` or `# nb2mod: module=…`, and nothing else on that line; the tags are `nb2mod:keep` and `nb2mod:module=…`.',
      }
    : undefined;

/** Tags of the cell whose values papermill replaces: it writes a cell of others after it. */
const parameterTag = /^(injected-)?parameters$/;

/** Whether a cell holds the parameters that papermill sets. */
export function holdsParameters(cell: number, { source }: Names): boolean {
  return source.cells[cell - 1]!.tags.some((tag) => parameterTag.test(tag));
}

/** What papermill, or a field of a Colab form, sets anew: a module would have the value that stands there. */
export const isParameter: Rule = ({ cell, kind, code }, names) => {
  const hint = 'Leave it there, or define it in another cell.';
  if (holdsParameters(cell, names)) {
    const it = isCallable({ kind })
      ? "stands in a cell tagged 'parameters', which papermill looks for"
      : 'is a parameter of the notebook, which papermill may set anew';
    return { code: 'NB410', offset: code.start, message: { it }, hint };
  }
  const [rest = ''] = /^.*/.exec(names.source.cells[cell - 1]!.source.slice(code.end, code.end + 200))!;
  if (kind !== 'constant' || !/#\s*@param\b/.test(rest)) return undefined;
  return { code: 'NB410', offset: code.start, message: { it: 'is a field of a form (`#@param`)' }, hint };
};

/** `# nb2mod: module=…` with what can't be a module: a path, a keyword, `__init__`. */
export const asksForNoModule: Rule = ({ directive, code }) => {
  if (directive === undefined || !('module' in directive)) return undefined;
  const { module } = directive;
  if (isDottedName(module)) return undefined;
  return {
    code: 'NB424',
    offset: code.start,
    message: `a directive asks for the module '${module}', which can't be one`,
    hint: 'Write a dotted name without the package, such as `# nb2mod: module=data.loading`.',
  };
};
