/** Tells what a piece of syntax does when it runs, beyond yielding a value: statement by statement, expression by expression. */
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';
import {
  acts,
  collectSetting,
  getsLogger,
  impureDecorators,
  pureBuiltins,
  pureDecorators,
  pureMethods,
  readsClock,
  seededGenerators,
  registers,
} from './acting.ts';
import { builtins } from './builtins.ts';
import { argumentsOf, calleeOf, describe, firstLine, useOf } from './call.ts';
import { gather, type Effect, type Effects, type Found, type Question, type Use } from './effect.ts';
import { addNames, isOwn, targetsOf } from './locals.ts';
import { collectChangesOfArguments, fillers, fillsContainer, isContainer, ownsItems } from './made-here.ts';
import { nameOf, pathOf, rootOf } from './paths.ts';
import { actsWhenCalled, calledArguments, isKeeper, isKnownPure, writesArgument } from './pure.ts';

/** What happens when an expression is evaluated. Bodies of lambdas don't run; generators and comprehensions do. */
export function effectsOfExpression(node: SyntaxNode, question: Question): Effects {
  return gather((found) => collectExpression(node, question, new Set(), found));
}

/** What happens when a function or class, with its decorators, is defined, or an assignment of a constant runs. */
export function effectsOfStatement(node: SyntaxNode, question: Question): Effects {
  return gather((found) => collectStatement(node, question, new Set(), found, false));
}

/** What happens when a function or lambda is called, and, as the use asks for it, what it yields. */
export function collectUse(node: SyntaxNode, use: Use, question: Question, found: Found): void {
  collectBody(node, question, found);
  if (use !== 'result' && use !== 'decorated') return;
  const body = node.type === 'lambda' ? node.children.at(-1)! : childOf(node, 'block')!;
  for (const inner of functionsIn(body)) {
    collectUse(inner, use === 'decorated' ? use : 'call', question, found);
  }
}

/**
 * What happens when the value of an expression is called: `key` in `sorted(xs, key=key)`, `partial(f, 1)` in
 * `partial(f, 1)(2)`.
 */
export function collectCalled(
  node: SyntaxNode,
  use: Use,
  question: Question,
  locals: Set<string>,
  found: Found,
): void {
  // Most of a long list are numbers and strings.
  if (node.children.length === 0 && node.type !== 'identifier') return;
  const each = (nodes: readonly SyntaxNode[]): void => {
    for (const child of nodes) collectCalled(child, use, question, locals, found);
  };
  const unknown = (callee = node, how = use): void =>
    void found.effects.push({
      what: describe(node, question),
      offset: node.start,
      ...(callee.type === 'identifier' && !locals.has(nameOf(callee, question))
        ? useOf(callee, how, question)
        : {}),
    });
  switch (node.type) {
    case 'lambda':
      collectUse(node, use, question, found);
      return;
    case 'identifier':
    case 'attribute': {
      const path = pathOf(node, question);
      const root = rootOf(node);
      const name = root === undefined ? undefined : nameOf(root, question);
      if (name !== undefined && path !== undefined && !locals.has(name)) {
        if (isKnownPure(path)) return;
        found.calls.push({ name, use, offset: node.start });
        if (question.trust === 'known' || acts(path)) unknown();
      } else if (node.type === 'attribute') {
        if (!pureMethods.has(nameOf(node.children[1]!, question))) unknown();
      } else if (locals.has(name!)) {
        unknown();
      } else if (question.surroundings.isLocal(name!)) {
        found.calls.push({ name: name!, use, offset: node.start });
      } else if (!pureBuiltins.has(name!)) {
        unknown();
      }
      return;
    }
    case 'call': {
      const callee = calleeOf(node);
      const path = pathOf(callee.type === 'call' ? calleeOf(callee) : callee, question);
      if (path === 'operator.methodcaller') {
        const method = /^(["'])(\w+)$/.exec(
          textOf(argumentsOf(node, question.text)[0]?.value ?? node, question.text),
        );
        if (method === null || !pureMethods.has(method[2]!)) unknown();
      } else if (path !== undefined && isKeeper(path)) {
        each(argumentsOf(node, question.text).map(({ value }) => value));
      } else if (path !== undefined && actsWhenCalled(path)) {
        unknown();
      } else if (path !== undefined && callee.type !== 'call' && isKnownPure(path)) {
        // A pattern, a named tuple, a type variable: calling one makes a value, if it can be called.
      } else if (callee.type === 'identifier' && question.surroundings.isLocal(nameOf(callee, question))) {
        found.calls.push({ name: nameOf(callee, question), use: 'result', offset: callee.start });
        // `timed(count)()` calls `count`.
        each(argumentsOf(node, question.text).map(({ value }) => value));
      } else {
        unknown(callee, 'result');
        each(argumentsOf(node, question.text).map(({ value }) => value));
      }
      return;
    }
    case 'subscript':
      unknown();
      return;
    case 'conditional_expression':
    case 'boolean_operator':
    case 'parenthesized_expression':
    case 'expression_list':
    case 'tuple':
    case 'list':
    case 'list_splat':
    case 'dictionary_splat':
      each(node.children);
      return;
    default:
    // A number, a string, the value of an operation: nothing that is called.
  }
}

export function collectLocalUse(node: SyntaxNode, use: Use, question: Question, found: Found): void {
  const root = rootOf(node);
  if (root === undefined) return;
  const name = nameOf(root, question);
  const { isLocal, importOf } = question.surroundings;
  // Of `helpers.Base` nothing is known but where `helpers` comes from.
  const isAsked = importOf(name) !== undefined || (root === node && isLocal(name));
  if (isAsked) found.calls.push({ name, use, offset: node.start });
}

/** The functions and lambdas in a piece of syntax, those inside them left out. */
function functionsIn(node: SyntaxNode): SyntaxNode[] {
  if (node.type === 'function_definition' || node.type === 'lambda') return [node];
  return node.children.flatMap(functionsIn);
}

/** What happens when a function or lambda is called. */
function collectBody(node: SyntaxNode, question: Question, found: Found): void {
  if (node.type === 'function_definition') {
    collectFunctionBody(node, question, found);
    return;
  }
  const locals = new Set<string>();
  addNames(childOf(node, 'lambda_parameters'), locals, question);
  collectExpression(node.children.at(-1)!, question, locals, found);
}

export function collectFunctionBody(node: SyntaxNode, question: Question, found: Found): void {
  const locals = new Set<string>();
  addNames(childOf(node, 'parameters'), locals, question);
  const body = childOf(node, 'block');
  if (body === undefined) return;
  const parts = descendants(body);
  for (const part of parts) {
    if (part.type === 'function_definition' || part.type === 'class_definition') {
      locals.add(nameOf(childOf(part, 'identifier')!, question));
    }
  }
  if (question.trust === 'known') collectChangesOfArguments(parts, question, found);
  const inner = within(node, question);
  for (const child of body.children) collectStatement(child, inner, locals, found, true);
}

/** The question about what stands in a function or class: what that makes itself it may fill. */
function within(definition: SyntaxNode, question: Question): Question {
  return {
    ...question,
    isContainer: (name) => isContainer(name, definition, question),
    ownsItems: (name) => ownsItems(name, definition, question),
  };
}

function collectAll(
  nodes: readonly SyntaxNode[],
  question: Question,
  locals: Set<string>,
  found: Found,
): void {
  for (const child of nodes) collectExpression(child, question, locals, found);
}

function collectStatement(
  node: SyntaxNode,
  question: Question,
  locals: Set<string>,
  found: Found,
  isBody: boolean,
): void {
  const expression = (child: SyntaxNode | undefined): void => {
    if (child !== undefined) collectExpression(child, question, locals, found);
  };
  const statements = (nodes: readonly SyntaxNode[]): void => {
    for (const child of nodes) collectStatement(child, question, locals, found, isBody);
  };
  switch (node.type) {
    case 'decorated_definition':
      for (const decorator of node.children.slice(0, -1))
        collectDecorator(decorator, question, locals, found);
      statements(node.children.slice(-1));
      return;
    case 'function_definition': {
      for (const parameter of childOf(node, 'parameters')?.children ?? []) {
        if (/default/.test(parameter.type)) expression(parameter.children.at(-1));
      }
      return;
    }
    case 'class_definition': {
      const inner = new Set(locals);
      for (const { value, isKeyword, keyword } of argumentsOf(node, question.text)) {
        // SQLModel's tables are listed, too.
        if (keyword === 'table' || registers.test(pathOf(value, question) ?? ''))
          found.effects.push({ what: `class …(${textOf(value, question.text)})`, offset: value.start });
        expression(value);
        // A metaclass or `__init_subclass__` of the notebook's own runs now.
        collectLocalUse(value, isKeyword ? 'call' : 'subclass', question, found);
      }
      const body = childOf(node, 'block');
      // Names of the class body are its own: `@prop.setter`, `field = other_field`.
      for (const part of body?.children ?? []) {
        for (const target of targetsOf(part)) inner.add(nameOf(target, question));
      }
      for (const child of body?.children ?? []) {
        collectStatement(child, within(node, question), inner, found, false);
      }
      return;
    }
    case 'expression_statement': {
      const child = node.children[0];
      if (child === undefined || child.type === 'string' || child.type === 'ellipsis') return;
      if (child.type === 'assignment' || child.type === 'augmented_assignment') {
        collectAssignment(child, question, locals, found, isBody);
        return;
      }
      if (!isBody && child.type === 'call') {
        // A bare call is made for its effect.
        found.effects.push({ what: describe(child, question), offset: child.start });
        return;
      }
      for (const part of node.children) expression(part);
      return;
    }
    case 'return_statement':
    case 'assert_statement':
    case 'raise_statement':
      for (const child of node.children) expression(child);
      return;
    case 'pass_statement':
    case 'break_statement':
    case 'continue_statement':
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
    case 'nonlocal_statement':
    case 'type_alias_statement':
      return;
    case 'if_statement':
    case 'elif_clause':
    case 'else_clause':
    case 'try_statement':
    case 'except_clause':
    case 'finally_clause':
    case 'for_statement':
    case 'while_statement':
    case 'block':
      for (const child of node.children) {
        if (child.type === 'block' || /_clause$/.test(child.type)) statements([child]);
        else if (/(_statement|_definition)$/.test(child.type)) statements([child]);
        else if (node.type === 'for_statement' && child === node.children[0]) {
          addNames(child, locals, question);
        } else expression(child);
      }
      return;
    default:
      found.effects.push({ what: firstLine(textOf(node, question.text)), offset: node.start });
  }
}

function collectAssignment(
  node: SyntaxNode,
  question: Question,
  locals: Set<string>,
  found: Found,
  isBody: boolean,
): void {
  const left = node.children[0]!;
  const right = node.children.find((child, i) => i > 0 && child.type !== 'type');
  if (right?.type === 'assignment') collectAssignment(right, question, locals, found, isBody);
  else if (right !== undefined) collectExpression(right, question, locals, found);
  for (const target of left.type === 'identifier' || left.type === 'attribute' || left.type === 'subscript'
    ? [left]
    : left.children) {
    if (target.type === 'identifier') {
      if (isBody) locals.add(nameOf(target, question));
    } else if (target.type === 'attribute' && isBody && isOwn(target, question, locals)) {
      // `wrapper.__name__ = …` of a function just defined here, `self.x = …` in `__init__`.
    } else if (
      target.type === 'subscript' &&
      // `counts[key] += 1` may change what is held: a list grows.
      fillsContainer(node.type === 'augmented_assignment' ? target : target.children[0]!, question)
    ) {
      collectAll(target.children.slice(1), question, locals, found);
    } else if (target.type === 'attribute' || target.type === 'subscript') {
      found.effects.push({ what: `${textOf(target, question.text)} = …`, offset: target.start });
    }
  }
}

function collectDecorator(
  decorator: SyntaxNode,
  question: Question,
  locals: Set<string>,
  found: Found,
): void {
  const expression = decorator.children[0]!;
  const callee = expression.type === 'call' ? expression.children[0]! : expression;
  if (expression.type === 'call') collectAll(expression.children.slice(1), question, locals, found);
  const root = rootOf(callee);
  if (root === undefined) {
    collectExpression(callee, question, locals, found);
    return;
  }
  const name = nameOf(root, question);
  if (locals.has(name)) return;
  const imported = pathOf(callee, question);
  const use = expression === callee ? 'call' : 'result';
  if (imported !== undefined) {
    found.calls.push({ name, use, offset: root.start });
    if (impureDecorators.test(imported) && !pureDecorators.test(imported)) {
      found.effects.push({
        what: `@${describe(expression, question)}`,
        offset: decorator.start,
        ...useOf(callee, use, question),
      });
    }
  } else if (question.surroundings.isLocal(name)) {
    // `@square.register` of a `square` that the notebook made by `singledispatch` changes `square`.
    if (callee === root) found.calls.push({ name, use, offset: root.start });
    else found.effects.push({ what: `@${describe(expression, question)}`, offset: decorator.start });
  } else if (builtins.has(name) && !pureBuiltins.has(name)) {
    // A name that nothing binds is no effect: that it is unknown will be the reason.
    found.effects.push({ what: `@${describe(expression, question)}`, offset: decorator.start });
  }
}

function collectExpression(node: SyntaxNode, question: Question, locals: Set<string>, found: Found): void {
  if (question.trust === 'known' && fails(node, question, locals)) {
    found.effects.push({ what: describe(node, question), offset: node.start });
  }
  switch (node.type) {
    case 'lambda': {
      for (const parameter of childOf(node, 'lambda_parameters')?.children ?? []) {
        if (/default/.test(parameter.type))
          collectExpression(parameter.children.at(-1)!, question, locals, found);
      }
      return;
    }
    case 'list_comprehension':
    case 'set_comprehension':
    case 'dictionary_comprehension':
    case 'generator_expression': {
      const inner = new Set(locals);
      for (const clause of node.children) {
        if (clause.type === 'for_in_clause') addNames(clause.children[0], inner, question);
      }
      collectAll(node.children, question, inner, found);
      return;
    }
    case 'await':
    case 'yield':
    case 'named_expression':
      found.effects.push({ what: firstLine(textOf(node, question.text)), offset: node.start });
      return;
    case 'call':
      collectCall(node, question, locals, found);
      return;
    case 'identifier': {
      const name = nameOf(node, question);
      if (locals.has(name)) return;
      if (question.surroundings.isLocal(name)) found.reads.push(name);
      else collectSetting(node, question, found);
      return;
    }
    case 'keyword_argument':
      collectAll(node.children.slice(1), question, locals, found);
      return;
    case 'attribute': {
      collectSetting(node, question, found);
      collectExpression(node.children[0]!, question, locals, found);
      return;
    }
    default:
      collectAll(node.children, question, locals, found);
  }
}

/** Whether evaluating it is known to fail: exercises hold `x = None`, to be filled in, and below it `x[0]`. */
function fails({ type, children }: SyntaxNode, question: Question, locals: ReadonlySet<string>): boolean {
  const isNone = (operand: SyntaxNode): boolean => {
    if (operand.type !== 'identifier') return operand.type === 'none';
    const name = nameOf(operand, question);
    return !locals.has(name) && question.surroundings.constancyOf(name) === 'none';
  };
  const [left, right] = children;
  switch (type) {
    case 'subscript':
    case 'attribute':
    case 'unary_operator':
      return isNone(left!);
    case 'binary_operator':
      // `int | None` is a type.
      return children.some(isNone) && question.text.slice(left!.end, right!.start).trim() !== '|';
    default:
      return false;
  }
}

function collectCall(node: SyntaxNode, question: Question, locals: Set<string>, found: Found): void {
  const [, ...rest] = node.children;
  if (node.children[0] === undefined) return;
  const callee = calleeOf(node);
  collectAll(rest, question, locals, found);
  const use = question.trust === 'known' ? 'value' : 'call';
  const impure = (by: Pick<Effect, 'by'> = {}): void =>
    void found.effects.push({ what: describe(node, question), offset: node.start, ...by });
  const callBack = (path: string): void => {
    const written = argumentsOf(node, question.text);
    for (const at of calledArguments(path)) {
      const argument = typeof at === 'number' ? written[at] : written.find(({ keyword }) => keyword === at);
      if (argument === undefined || (typeof at === 'number' && argument.isKeyword)) continue;
      collectCalled(argument.value, use, question, locals, found);
    }
  };
  const path = pathOf(callee, question);
  if (path !== undefined && !locals.has(nameOf(rootOf(callee)!, question))) {
    const written = argumentsOf(node, question.text);
    if (readsClock(path, node, question)) {
      impure();
      return;
    }
    if (isKnownPure(path) || getsLogger(path, node, question)) {
      const keywords = written.flatMap(({ keyword }) => (keyword === undefined ? [] : [keyword]));
      const hasSplat = written.some(({ value }) => value.type === 'list_splat');
      const positional = written.length - keywords.length;
      if (writesArgument(path, { positional, hasSplat, keywords })) {
        impure();
      } else {
        callBack(path);
      }
      return;
    }
    const [seed, ...more] = written;
    if (seededGenerators.has(path) && seed?.value.type === 'integer' && more.length === 0) return;
    found.calls.push({ name: nameOf(rootOf(callee)!, question), use: 'call', offset: callee.start });
    if (question.trust === 'known' || acts(path)) impure(useOf(callee, use, question));
    return;
  }
  if (callee.type === 'identifier') {
    const name = nameOf(callee, question);
    if (locals.has(name)) impure();
    else if (question.surroundings.isLocal(name)) {
      found.calls.push({ name, use, offset: callee.start });
    } else if (builtins.has(name) && !pureBuiltins.has(name) && !/^[A-Z]/.test(name)) impure();
    else callBack(name);
    return;
  }
  if (callee.type === 'attribute') {
    const method = nameOf(callee.children[1]!, question);
    const object = callee.children[0]!;
    if (question.trust === 'known' && fails(callee, question, locals)) impure();
    collectExpression(object, question, locals, found);
    const isSuper = object.type === 'call' && textOf(object.children[0]!, question.text) === 'super';
    const isFilled = fillers.has(method) && fillsContainer(object, question);
    if (!pureMethods.has(method) && !isSuper && !isFilled) impure();
    return;
  }
  collectExpression(callee, question, locals, found);
  // `lru_cache(maxsize=None)(f)` keeps `f`; `partial(f, 1)(2)` calls it.
  const maker = callee.type === 'call' ? pathOf(calleeOf(callee), question) : undefined;
  if (maker === 'functools.lru_cache') return;
  collectCalled(callee, use, question, locals, found);
}
