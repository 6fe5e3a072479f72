/** Turns identifiers and attributes into the names and dotted paths that they stand for. */
import { textOf, type SyntaxNode } from '../python/syntax.ts';

/** An identifier as CPython compares it (language reference, section 2.3): after NFKC. */
export function normaliseIdentifier(name: string): string {
  return /[^\0-\x7f]/.test(name) ? name.normalize('NFKC') : name;
}

/** The name that an identifier stands for. */
export function nameOf(identifier: SyntaxNode, { text }: { readonly text: string }): string {
  return normaliseIdentifier(textOf(identifier, text));
}

/** The identifier at the left end of `a`, `a.b`, `a.b.c`. */
export function rootOf(node: SyntaxNode): SyntaxNode | undefined {
  let root = node;
  // One in a cell that does not parse may lack its parts.
  while (root.type === 'attribute' && root.children.length > 0) root = root.children[0]!;
  return root.type === 'identifier' ? root : undefined;
}

/** `np.random.rand` as it is written, without blanks; undefined for what is no name with attributes. */
export function writtenPath(node: SyntaxNode, text: string): string | undefined {
  if (rootOf(node) === undefined) return undefined;
  return normaliseIdentifier(textOf(node, text).replace(/[\s\\]+/g, ''));
}

/**
 * `np.random.rand` as `numpy.random.rand`, if its root is imported.
 * @param surroundings what the imported names stand for
 */
export function pathOf(
  node: SyntaxNode,
  {
    text,
    surroundings,
  }: {
    readonly text: string;
    readonly surroundings: { readonly importOf: (name: string) => string | undefined };
  },
): string | undefined {
  const root = rootOf(node);
  if (root === undefined) return undefined;
  const imported = surroundings.importOf(nameOf(root, { text }));
  if (imported === undefined) return undefined;
  return imported + text.slice(root.end, node.end).replace(/[\s\\]+/g, '');
}

/** `np.float` as `numpy.float`, if `np` is imported. */
export function importedPath(written: string, importPaths: ReadonlyMap<string, string>): string | undefined {
  const [root = ''] = written.split('.', 1);
  const imported = importPaths.get(root);
  return imported === undefined ? undefined : imported + written.slice(root.length);
}
