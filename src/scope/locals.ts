/** Tells which names a piece of syntax has of its own: parameters, targets, and what a class body binds. */
import { childOf, descendants, type SyntaxNode } from '../python/syntax.ts';
import type { Question } from './effect.ts';
import { nameOf } from './paths.ts';

/** Adds the names of all identifiers in parameters, or in a target of `for`. */
export function addNames(
  node: SyntaxNode | undefined,
  names: Set<string>,
  question: Pick<Question, 'text'>,
): void {
  for (const part of node === undefined ? [] : descendants(node)) {
    if (part.type === 'identifier') names.add(nameOf(part, question));
  }
}

/** The identifiers that a statement of a class body binds. */
export function targetsOf(node: SyntaxNode): SyntaxNode[] {
  if (node.type === 'decorated_definition') return targetsOf(node.children.at(-1)!);
  if (node.type === 'function_definition' || node.type === 'class_definition')
    return [childOf(node, 'identifier')!];
  if (node.type === 'expression_statement' && node.children[0]?.type === 'assignment') {
    const left = node.children[0].children[0]!;
    return left.type === 'identifier' ? [left] : left.children.filter((child) => child.type === 'identifier');
  }
  return [];
}

/** Whether a target is an attribute of what the function has itself. */
export function isOwn(target: SyntaxNode, question: Question, locals: ReadonlySet<string>): boolean {
  const root = target.children[0]!;
  return root.type === 'identifier' && locals.has(nameOf(root, question));
}
