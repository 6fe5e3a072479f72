/** Tells which calls have a library look names up among those of its caller, and which names they are. */
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';
import { valuesOf } from './evaluate.ts';
import type { Borrowing } from './scope.ts';

/** What the names of such functions and methods end in; what they are, their paths tell. */
const borrowers = new Set(
  (
    'query eval evaluate re_evaluate sql execute sqldf ' +
    'from_formula dmatrix dmatrices incr_dbuilder incr_dbuilders model_matrix design_matrices ' +
    'ols wls gls glsar glm rlm mixedlm mnlogit logit probit poisson negativebinomial quantreg phreg gee ' +
    'ordinal_gee nominal_gee conditional_logit conditional_mnlogit conditional_poisson'
  ).split(' '),
);

/** Where imported ones come from: formulas (`y ~ np.log(x)`), expressions and SQL. */
const libraries =
  /^((statsmodels|patsy|formulaic|formulae|linearmodels)\b.*|pandas\.(core\..*)?eval|numexpr\b.*|pandasql\.sqldf|(duckdb|polars)\.(sql|query|execute))$/;

/** Which argument holds what is looked up in, where it is not the first. */
const keywords = /formula|^(expr|expression|ex|q|query|spec)$/;

/** A name in text, no part of `a.b`, and whether `@` marks it as one of the caller's: `x > @limit`. */
const word = /(?<![\p{L}\p{N}_.])[\p{L}_][\p{L}\p{N}_]*/gu;

/** A name as it stands in a text. */
export interface Word {
  readonly written: string;
  readonly offset: number;
  readonly isMarked: boolean;
}

/** What a call looks up among the names of its caller, as far as its syntax tells. */
export interface BorrowingCall extends Omit<Borrowing, 'words'> {
  readonly words: readonly Word[];
}

/**
 * What a call may look up, if it is one of those that do.
 * @param body the function in which it stands
 * @param statement the top-level statement in which it stands
 */
export function borrowingOf(
  call: SyntaxNode,
  body: SyntaxNode | undefined,
  statement: SyntaxNode,
  text: string,
): BorrowingCall | undefined {
  const [callee, list] = call.children;
  const name = callee?.type === 'attribute' ? callee.children[1] : callee;
  if (callee === undefined || name?.type !== 'identifier' || list?.type !== 'argument_list') return undefined;
  const last = textOf(name, text);
  if (!borrowers.has(last)) return undefined;
  const taken = list.children.flatMap((value, i) => {
    if (value.type !== 'keyword_argument') return i === 0 ? [value] : [];
    return keywords.test(textOf(value.children[0]!, text)) ? [value.children[1]!] : [];
  });
  if (taken.length === 0) return undefined;
  const values = taken.flatMap((value) => valuesOf(value, body, text) ?? [value]);
  const isComputed = !values.every((value) => isWritten(value, text));
  const words = values.flatMap((value) => wordsIn(value, text));
  // Any string may be part of a query that is put together.
  if (isComputed && isQuery(last)) words.push(...wordsIn(statement, text).filter(({ isMarked }) => isMarked));
  return { callee: textOf(callee, text).replace(/[\s\\]+/g, ''), offset: call.start, words, isComputed };
}

const isQuery = (name: string): boolean => /^(query|eval)$/.test(name);

/** Whether a text stands in the code from its beginning to its end. */
function isWritten(node: SyntaxNode, text: string): boolean {
  switch (node.type) {
    case 'string':
      return childOf(node, 'interpolation') === undefined;
    case 'concatenated_string':
    case 'parenthesized_expression':
    case 'binary_operator':
      return node.children.every((child) => isWritten(child, text));
    case 'conditional_expression':
      return isWritten(node.children[0]!, text) && isWritten(node.children[2]!, text);
    default:
      return /^(integer|float|true|false|none)$/.test(node.type);
  }
}

function wordsIn(node: SyntaxNode, text: string): Word[] {
  return descendants(node)
    .filter(({ type }) => type === 'string')
    .flatMap((string) => {
      const [quotes] = /^\w*["']+/.exec(textOf(string, text))!;
      const start = string.start + quotes.length;
      const written = text.slice(start, string.end);
      return [...written.matchAll(word)].map(({ 0: name, index }) => ({
        written: name,
        offset: start + index,
        isMarked: written[index - 1] === '@',
      }));
    });
}

/** How a call that may borrow names does: every name in its text, or only those after `@`; undefined if it does not. */
export function kindOfBorrowing(
  { callee }: Pick<Borrowing, 'callee'>,
  importOf: (name: string) => string | undefined,
): 'any' | 'marked' | undefined {
  const [root = ''] = callee.split('.', 1);
  const last = callee.slice(callee.lastIndexOf('.') + 1);
  if (last === 'from_formula') return 'any';
  const path = importOf(root);
  if (path !== undefined) return libraries.test(path + callee.slice(root.length)) ? 'any' : undefined;
  return isQuery(last) && callee !== last ? 'marked' : undefined;
}
