/** Tells what happens when something that the notebook defines is made use of: called, derived from, used as a decorator. */
import { childOf, descendants, textOf, valueOf, type SyntaxNode } from '../python/syntax.ts';
import { pureBuiltins, pureDecorators, registeringBases } from './acting.ts';
import { argumentsOf, describe, useOf } from './call.ts';
import { gather, type Effects, type Found, type Question, type Use } from './effect.ts';
import { collectCalled, collectFunctionBody, collectLocalUse, collectUse } from './effects.ts';
import { nameOf, pathOf, rootOf } from './paths.ts';
import { isKnownPure } from './pure.ts';

/** Special methods that run when a class, or a metaclass, is called; and when one derives from it. */
const runAtCall = /^__(init|new|post_init|prepare|set_name|class_getitem)__$/;
const runAtResult = /^__(init|new|post_init|prepare|set_name|class_getitem|call)__$/;
const runAtSubclass = /^__init_subclass__$/;

/**
 * What happens when a function or class of the notebook is made use of: nothing, if all that runs only defines, wraps
 * and returns. Used for decorators, bases and metaclasses that the notebook defines itself.
 */
export function effectsOfUse(
  definition: SyntaxNode,
  use: Use,
  { text, surroundings }: Omit<Question, 'trust'>,
): Effects {
  const isForValue = use === 'value' || use === 'decorated';
  const question: Question = { text, surroundings, trust: isForValue ? 'known' : 'unless-known' };
  const node = definition.type === 'decorated_definition' ? definition.children.at(-1)! : definition;
  return gather((found) => {
    if (isForValue && node !== definition) {
      for (const decorator of definition.children.slice(0, -1)) collectDecorated(decorator, question, found);
    }
    if (node.type === 'type_alias_statement') return;
    if (node.type === 'expression_statement' && !isLambdaAssignment(node)) {
      if (use !== 'subclass') collectCalled(valueOf(node.children[0]!), use, question, new Set(), found);
    } else if (node.type === 'class_definition') {
      collectClassUse(node, use, question, found);
    } else if (node.type === 'function_definition') {
      collectUse(node, use, question, found);
    } else {
      // `name = lambda …: …`
      const lambda = descendants(node).find((child) => child.type === 'lambda');
      if (lambda === undefined) found.effects.push({ what: textOf(node, question.text), offset: node.start });
      else collectUse(lambda, use, question, found);
    }
  });
}

function isLambdaAssignment(node: SyntaxNode): boolean {
  const assignment = node.children[0];
  return assignment?.children[0]?.type === 'identifier' && assignment.children.at(-1)!.type === 'lambda';
}

/** What happens besides its body when a decorated function is called: what the decorator wrapped around it. */
function collectDecorated(decorator: SyntaxNode, question: Question, found: Found): void {
  const expression = decorator.children[0]!;
  const callee = expression.type === 'call' ? expression.children[0]! : expression;
  const path = pathOf(callee, question);
  const root = rootOf(callee);
  const name = root === undefined ? undefined : nameOf(root, question);
  if (path !== undefined && (isKnownPure(path) || pureDecorators.test(path))) return;
  if (name !== undefined && root === callee && question.surroundings.isLocal(name)) {
    found.calls.push({ name, use: 'decorated', offset: callee.start });
  } else if (path !== undefined || name === undefined || !pureBuiltins.has(name)) {
    found.effects.push({
      what: `@${describe(expression, question)}`,
      offset: decorator.start,
      ...useOf(callee, 'decorated', question),
    });
  }
}

function collectClassUse(node: SyntaxNode, use: Use, question: Question, found: Found): void {
  const runs = use === 'subclass' ? runAtSubclass : use === 'result' ? runAtResult : runAtCall;
  for (const child of childOf(node, 'block')?.children ?? []) {
    const method = child.type === 'decorated_definition' ? child.children.at(-1)! : child;
    if (method.type !== 'function_definition') continue;
    const name = textOf(childOf(method, 'identifier')!, question.text);
    if (runs.test(name)) collectFunctionBody(method, question, found);
  }
  // What a class inherits runs too.
  for (const { value, isKeyword } of argumentsOf(node, question.text)) {
    if (use === 'subclass' && registeringBases.test(pathOf(value, question) ?? ''))
      found.effects.push({ what: `class …(${textOf(value, question.text)})`, offset: value.start });
    if (!isKeyword || use === 'subclass') {
      collectLocalUse(value, isKeyword ? 'call' : use, question, found);
    }
  }
}
