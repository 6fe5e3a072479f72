/** Tells which objects a function has made itself, so that to change them is no effect, and which it may have been given. */
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';
import type { Found, Question } from './effect.ts';
import { nameOf, rootOf } from './paths.ts';

/** Makes a list, set or dict that nothing else refers to. */
const containers = /^(list|dictionary|set)(_comprehension)?$/;
const containerMakers = new Set(['dict', 'list', 'set']);
/** Methods of these that change them. */
export const fillers = new Set(
  'add append clear discard extend insert pop popitem remove reverse setdefault update'.split(' '),
);
/** What binds names otherwise than by `name = value`, or says whose they are. */
const otherBinders =
  /^(parameters|lambda_parameters|as_pattern_target|named_expression|delete_statement|(global|nonlocal)_statement|(import|import_from)_statement|(pattern|tuple|list)_(list|pattern))$/;

/** Whether all that a function binds to a name are containers made there and then. */
export function isContainer(name: string, definition: SyntaxNode, question: Question): boolean {
  const { isLocal } = question.surroundings;
  const isNamed = (node: SyntaxNode): boolean =>
    node.type === 'identifier' && nameOf(node, question) === name;
  const isMade = (value: SyntaxNode): boolean => {
    if (value.type !== 'call') return containers.test(value.type);
    const maker = textOf(value.children[0]!, question.text);
    return (
      containerMakers.has(maker) && !isLocal(maker) && question.surroundings.importOf(maker) === undefined
    );
  };
  let isBound = false;
  for (const part of descendants(definition)) {
    const [first] = part.children;
    if (part.type === 'assignment' && first !== undefined && isNamed(first)) {
      if (!isMade(part.children.at(-1)!)) return false;
      isBound = true;
    } else if (otherBinders.test(part.type)) {
      if (descendants(part).some(isNamed)) return false;
    } else if (/^for_(statement|in_clause)$/.test(part.type)) {
      if (descendants(first!).some(isNamed)) return false;
    } else if (part !== definition && /^(function|class)_definition$/.test(part.type)) {
      if (part.children.some(isNamed)) return false;
    }
  }
  return isBound;
}

/** Values that nothing else refers to when they are bound to a name. */
const madeHere =
  /^(integer|float|true|false|none|string|concatenated_string|list|dictionary|set|tuple|(list|set|dictionary)_comprehension|unary_operator|binary_operator|comparison_operator|not_operator)$/;

/**
 * `xs += [1]` and `x.seen = True` where the object may be one that the function was given.
 * @param parts all in the function's body
 */
export function collectChangesOfArguments(
  parts: readonly SyntaxNode[],
  question: Question,
  found: Found,
): void {
  const isMadeHere = (name: string): boolean => {
    const bound = parts.filter(
      ({ type, children: [left] }) =>
        type === 'assignment' && left !== undefined && nameOf(left, question) === name,
    );
    const defined = parts.some(
      (part) =>
        /^(function|class)_definition$/.test(part.type) &&
        nameOf(childOf(part, 'identifier')!, question) === name,
    );
    return defined || (bound.length > 0 && bound.every((part) => madeHere.test(part.children.at(-1)!.type)));
  };
  for (const part of parts) {
    if (!/^(assignment|augmented_assignment)$/.test(part.type)) continue;
    const target = part.children[0]!;
    if (target.type !== 'attribute' && (target.type !== 'identifier' || part.type === 'assignment')) continue;
    const root = rootOf(target);
    const name = root === undefined ? '' : nameOf(root, question);
    if ((target.type === 'attribute' && /^(self|cls)$/.test(name)) || isMadeHere(name)) continue;
    const sign = part.type === 'assignment' ? '=' : '…=';
    found.effects.push({ what: `${textOf(target, question.text)} ${sign} …`, offset: target.start });
  }
}

export function fillsContainer(object: SyntaxNode, question: Question): boolean {
  return object.type === 'identifier' && question.isContainer?.(nameOf(object, question)) === true;
}
