/** Tells which objects a function has made itself, so that to change them is no effect, and which it may have been given. */
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';
import { words } from '../text/words.ts';
import { argumentsOf, calleeOf } from './call.ts';
import type { Found, Question } from './effect.ts';
import { nameOf, pathOf, rootOf } from './paths.ts';

/** Makes a list, set or dict that nothing else refers to. */
const containers = /^(list|dictionary|set)(_comprehension)?$/;
const containerMakers = new Set(['dict', 'list', 'set', 'sorted']);
const importedMakers = words(`
  collections.Counter collections.OrderedDict collections.defaultdict collections.deque
  numpy.arange numpy.array numpy.eye numpy.full numpy.full_like numpy.identity numpy.linspace numpy.ones
  numpy.ones_like numpy.zeros numpy.zeros_like
`);
/** Makers of values that are never changed: the factories of most a `defaultdict`. */
const scalars = new Set(['bool', 'float', 'int', 'str']);
/** Methods of these that change them. */
export const fillers = words(`
  add append appendleft clear discard extend extendleft insert pop popitem popleft remove reverse rotate setdefault
  update
`);
/** Of these, and of those that only read, what puts nothing in that others might have: with the place of what is put in. */
const itemAt: Readonly<Record<string, number>> = {
  add: 0,
  append: 0,
  appendleft: 0,
  insert: 1,
  setdefault: 1,
};
const takers = words(`
  clear copy count discard get index items keys most_common pop popitem popleft remove reverse rotate values
`);
/** What binds names otherwise than by `name = value`, or says whose they are. */
const otherBinders =
  /^(parameters|lambda_parameters|as_pattern_target|named_expression|delete_statement|(global|nonlocal)_statement|(import|import_from)_statement|(pattern|tuple|list)_(list|pattern))$/;

/** Whether the value of an expression is a container made there and then. */
function isMade(value: SyntaxNode, question: Question): boolean {
  const { isLocal } = question.surroundings;
  if (value.type === 'parenthesized_expression') return isMade(value.children[0]!, question);
  // `[0] * n`
  if (value.type === 'binary_operator') {
    const [left, right] = value.children as [SyntaxNode, SyntaxNode];
    const isTimes = question.text.slice(left.end, right.start).trim() === '*';
    return isTimes && [left, right].some(({ type }) => type === 'list' || type === 'list_comprehension');
  }
  if (value.type !== 'call') return containers.test(value.type);
  const maker = calleeOf(value);
  const path = pathOf(maker, question);
  if (path !== undefined) {
    // `np.array(xs, copy=False)` may be `xs`.
    const isCopy = argumentsOf(value, question.text).every(({ keyword }) => keyword !== 'copy');
    return importedMakers.has(path) && isCopy;
  }
  return (
    maker.type === 'identifier' &&
    containerMakers.has(textOf(maker, question.text)) &&
    !isLocal(textOf(maker, question.text))
  );
}

/** All that a function binds to a name, if nothing but `name = value` binds it. */
function valuesOf(name: string, definition: SyntaxNode, question: Question): readonly SyntaxNode[] {
  const isNamed = (node: SyntaxNode): boolean =>
    node.type === 'identifier' && nameOf(node, question) === name;
  const values: SyntaxNode[] = [];
  for (const part of descendants(definition)) {
    const [first] = part.children;
    if (part.type === 'assignment' && first !== undefined && isNamed(first)) {
      values.push(part.children.at(-1)!);
    } else if (otherBinders.test(part.type)) {
      if (descendants(part).some(isNamed)) return [];
    } else if (/^for_(statement|in_clause)$/.test(part.type)) {
      if (descendants(first!).some(isNamed)) return [];
    } else if (part !== definition && /^(function|class)_definition$/.test(part.type)) {
      if (part.children.some(isNamed)) return [];
    }
  }
  return values;
}

/** Whether all that a function binds to a name are containers made there and then. */
export function isContainer(name: string, definition: SyntaxNode, question: Question): boolean {
  const values = valuesOf(name, definition, question);
  return values.length > 0 && values.every((value) => isMade(value, question));
}

/**
 * Whether all that a container holds was made in the function, too, so that to change that is no effect either: what it is
 * made with, and whatever is put into it. `groups[key].append(x)` changes a list of its own where `groups` is a
 * `defaultdict(list)`, and one that the function was given after `groups[key] = given`.
 */
export function ownsItems(name: string, definition: SyntaxNode, question: Question): boolean {
  const values = valuesOf(name, definition, question);
  const isItself = (node: SyntaxNode | undefined): boolean =>
    node?.type === 'identifier' && nameOf(node, question) === name;
  const isOwn = (value: SyntaxNode | undefined): boolean =>
    value !== undefined && isOwnValue(value, question);
  if (values.length === 0 || !values.every((value) => holdsOwn(value, question))) return false;
  // Numbers are copied into an array.
  if (values.every((value) => isArray(value, question))) return true;
  // What nothing is put into has nothing to change: to try that fails.
  let isFilled = !values.every(({ children }) => children.length === 0);
  const areOwn = descendants(definition).every(({ type, children: [left, ...rest] }) => {
    // `(rows[0]) = given`
    const isWrapped = /^(augmented_)?assignment$/.test(type) && left?.type === 'parenthesized_expression';
    if (isWrapped && descendants(left!).some(isItself)) return false;
    switch (type) {
      case 'assignment':
        if (left?.type !== 'subscript' || !isItself(left.children[0])) return true;
        isFilled = true;
        // `rows[1:] = [given]` puts in what the list holds.
        return left.children.every((key) => key.type !== 'slice') && isOwn(rest.at(-1));
      case 'augmented_assignment':
        return !isItself(left);
      case 'call': {
        if (left?.type !== 'attribute' || !isItself(left.children[0])) return true;
        const method = textOf(left.children[1]!, question.text);
        if (takers.has(method)) return true;
        const at = itemAt[method];
        const given = rest[0]?.type === 'argument_list' ? rest[0].children : [];
        isFilled = true;
        return at !== undefined && (isOwn(given[at]) || (method === 'setdefault' && given.length === 1));
      }
      default:
        return true;
    }
  });
  return isFilled && areOwn;
}

/** Whether a new container is an array of numbers, by all that is written: it is not told to hold objects, nor given any. */
function isArray(value: SyntaxNode, question: Question): boolean {
  const path = value.type === 'call' ? pathOf(calleeOf(value), question) : undefined;
  const isOfNumbers = path?.startsWith('numpy.') === true && !/\.(array|full|\w+_like)$/.test(path);
  return isOfNumbers && !/object|["']O["']/.test(textOf(value, question.text));
}

/** Whether all that a new container holds was made with it. */
function holdsOwn(value: SyntaxNode, question: Question): boolean {
  const { isLocal } = question.surroundings;
  const isOwn = (item: SyntaxNode | undefined): boolean => item !== undefined && isOwnValue(item, question);
  switch (value.type) {
    case 'parenthesized_expression':
      return holdsOwn(value.children[0]!, question);
    case 'binary_operator':
      return (
        isMade(value, question) &&
        value.children.every((part) => !isMade(part, question) || holdsOwn(part, question))
      );
    case 'list':
    case 'set':
      return value.children.every(isOwn);
    case 'dictionary':
      return value.children.every(({ type, children }) => type === 'pair' && isOwn(children[1]));
    case 'list_comprehension':
    case 'set_comprehension':
      return isOwn(value.children[0]);
    case 'dictionary_comprehension':
      return isOwn(value.children[0]!.children[1]);
    case 'call': {
      if (!isMade(value, question)) return false;
      const given = argumentsOf(value, question.text);
      const path = pathOf(calleeOf(value), question);
      if (path?.startsWith('numpy.') === true) return isArray(value, question);
      if (path !== 'collections.defaultdict') return given.length === 0;
      const [factory] = given;
      if (factory === undefined || given.length > 1 || factory.isKeyword) return given.length === 0;
      const { value: maker } = factory;
      if (maker.type === 'lambda') return isOwn(maker.children.at(-1));
      const made = pathOf(maker, question);
      if (made !== undefined) return importedMakers.has(made);
      const called = textOf(maker, question.text);
      return (
        maker.type === 'identifier' &&
        (containerMakers.has(called) || scalars.has(called)) &&
        !isLocal(called)
      );
    }
    default:
      return false;
  }
}

/** Whether nothing else refers to the value of an expression, or it never changes. */
const isOwnValue = (value: SyntaxNode, question: Question): boolean =>
  madeHere.test(value.type) || isMade(value, question);

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
    return (
      defined || (bound.length > 0 && bound.every((part) => isOwnValue(part.children.at(-1)!, question)))
    );
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

/** Whether an object that is changed is a container of the function's own, or what one holds that is all its own. */
export function fillsContainer(object: SyntaxNode, question: Question): boolean {
  const [inner, key] = object.children;
  switch (object.type) {
    case 'identifier':
      return question.isContainer?.(nameOf(object, question)) === true;
    // `self.__dict__.update(given)` sets attributes as `self.x = …` does.
    case 'attribute':
      return textOf(object, question.text) === 'self.__dict__';
    case 'subscript':
      return inner?.type === 'identifier' && question.ownsItems?.(nameOf(inner, question)) === true;
    case 'call': {
      // `groups.setdefault(key, []).append(x)`
      if (inner?.type !== 'attribute' || key?.type !== 'argument_list' || key.children.length !== 2)
        return false;
      const [owner, method] = inner.children;
      const isDefault = textOf(method!, question.text) === 'setdefault';
      return (
        isDefault && owner?.type === 'identifier' && question.ownsItems?.(nameOf(owner, question)) === true
      );
    }
    default:
      return false;
  }
}
