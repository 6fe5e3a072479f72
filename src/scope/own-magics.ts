/** Finds cell magics of the notebook's own that hand on what stands in their cells. */
import { childOf, textOf, type SyntaxNode } from '../python/syntax.ts';

/**
 * Of `@register_cell_magic def timed(line, cell): … run_cell(cell)` the name of the magic and of its cell's text, where
 * that is only handed on to calls.
 */
export function ownMagic(
  statement: SyntaxNode,
  text: string,
): { readonly name: string; readonly cell: string } | undefined {
  const [decorator, definition, ...others] = statement.children;
  if (statement.type !== 'decorated_definition' || definition?.type !== 'function_definition')
    return undefined;
  if (others.length > 0 || !/^@\s*([\w.]+\.)?register_cell_magic$/.test(textOf(decorator!, text).trim()))
    return undefined;
  const parameters = childOf(definition, 'parameters')?.children ?? [];
  const cell = parameters[1];
  if (parameters.length !== 2 || parameters.some(({ type }) => type !== 'identifier')) return undefined;
  const name = textOf(cell!, text);
  const isHandedOn = (node: SyntaxNode): boolean =>
    node.children.every((child) =>
      child.type === 'identifier' && textOf(child, text) === name
        ? node.type === 'argument_list'
        : isHandedOn(child),
    );
  const body = childOf(definition, 'block');
  if (body === undefined || !isHandedOn(body)) return undefined;
  return { name: textOf(childOf(definition, 'identifier')!, text), cell: name };
}
