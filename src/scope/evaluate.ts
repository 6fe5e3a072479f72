/** Tells which calls of `eval` and `exec` see no names but those of a dictionary made for them. */
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';

/**
 * Of `eval` and `exec` those that the statement does nothing with but call them with a dictionary as the global names:
 * one that is written there, or a variable of the same function that is never anything else. (`None` would stand for
 * the names of the module, and so might a parameter.)
 */
export function evaluatesApart(statement: SyntaxNode, text: string): ReadonlySet<string> {
  if (!/eval|exec/.test(textOf(statement, text))) return new Set();
  const apart = new Set<string>();
  const others = new Set<string>();
  const visit = (node: SyntaxNode, outer: SyntaxNode | undefined): void => {
    const body = node.type === 'function_definition' ? node : outer;
    for (const [i, child] of node.children.entries()) {
      visit(child, body);
      const name = child.type === 'identifier' ? textOf(child, text) : '';
      if (name !== 'eval' && name !== 'exec') continue;
      // `df.eval` is another thing.
      if (node.type === 'attribute' && i === 1) continue;
      const namespace = node.type === 'call' && i === 0 ? namespaceOf(node, text) : undefined;
      const isApart = namespace !== undefined && isDictionary(namespace, body, text);
      (isApart ? apart : others).add(name);
    }
  };
  visit(statement, undefined);
  return new Set([...apart].filter((name) => !others.has(name)));
}

/** What a call of `eval` or `exec` is given as the global names. */
function namespaceOf(call: SyntaxNode, text: string): SyntaxNode | undefined {
  const values = childOf(call, 'argument_list')?.children ?? [];
  const keyword = values.find(
    ({ type, children: [name] }) => type === 'keyword_argument' && textOf(name!, text) === 'globals',
  );
  if (keyword !== undefined) return keyword.children[1];
  const [source, namespace] = values;
  return /_splat$|^keyword_argument$/.test(`${source?.type}`) ? undefined : namespace;
}

/** What binds the names in it, other than an assignment. */
const binds =
  /^(global_statement|nonlocal_statement|delete_statement|as_pattern_target|import_statement|import_from_statement|case_pattern|parameters|lambda_parameters)$/;

/** What binds the names in its first part. */
const bindsFirst = /^(assignment|augmented_assignment|for_statement|for_in_clause|named_expression)$/;

/** Whether an expression is a dictionary display, or a variable of the function that is bound to such alone. */
function isDictionary(node: SyntaxNode, body: SyntaxNode | undefined, text: string): boolean {
  const values = valuesOf(node, body, text);
  return values?.every(({ type }) => type === 'dictionary') === true;
}

/**
 * What an expression may yield: itself, or, if it is a variable of the function, what that is bound to.
 * @returns undefined for a variable that is bound otherwise than by assignments: a parameter, a global, `for name in …`
 */
export function valuesOf(
  node: SyntaxNode,
  body: SyntaxNode | undefined,
  text: string,
): readonly SyntaxNode[] | undefined {
  if (node.type !== 'identifier') return [node];
  if (body === undefined) return undefined;
  const name = textOf(node, text);
  const isName = (part: SyntaxNode): boolean => part.type === 'identifier' && textOf(part, text) === name;
  const holdsName = (part: SyntaxNode): boolean => descendants(part).some(isName);
  const values: SyntaxNode[] = [];
  for (const part of descendants(body)) {
    const [target] = part.children;
    if (part === body || target === undefined) continue;
    // `names['x'] = 1` binds nothing.
    const isBound = /^(function|class)_definition$/.test(part.type)
      ? isName(childOf(part, 'identifier')!)
      : binds.test(part.type)
        ? holdsName(part)
        : bindsFirst.test(part.type) && !/^(attribute|subscript)$/.test(target.type) && holdsName(target);
    if (!isBound) continue;
    if (part.type !== 'assignment' || !isName(target)) return undefined;
    values.push(part.children.at(-1)!);
  }
  return values.length > 0 ? values : undefined;
}
