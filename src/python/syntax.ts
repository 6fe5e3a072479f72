/** A Python syntax tree as plain data: what `parse.ts` yields and all later stages read. */

/**
 * A named node of the tree-sitter-python grammar, with its type by the grammar's name. Anonymous tokens (punctuation,
 * keywords) and comments have no nodes. Offsets are UTF-16, into the cell's source.
 */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly children: readonly SyntaxNode[];
}

export interface SyntaxFault {
  /** `depth`: not that CPython refuses it, but that we don't look into it. */
  readonly kind: 'syntax' | 'indentation' | 'python2' | 'depth';
  readonly offset: number;
  /** Whether it is only our parser that gives up: CPython may accept the cell after all. */
  readonly isOurs?: true;
}

export interface Syntax {
  /** The module node: its children are the cell's top-level statements. */
  readonly module: SyntaxNode;
  /** The first reason why CPython 3 would refuse the cell, as far as we can tell. */
  readonly fault?: SyntaxFault;
}

/** Whether no line of a cell with this fault runs. */
export function preventsRun(fault: SyntaxFault | undefined): boolean {
  return fault !== undefined && fault.kind !== 'depth';
}

/** The part of `text` that a node covers. */
export function textOf(node: SyntaxNode, text: string): string {
  return text.slice(node.start, node.end);
}

/** The first child of one of the types given. */
export function childOf(node: SyntaxNode, ...types: readonly string[]): SyntaxNode | undefined {
  return node.children.find((child) => types.includes(child.type));
}

/** The node and everything below it, parents before children, in the order of the text. */
export function descendants(node: SyntaxNode): readonly SyntaxNode[] {
  const nodes = [node];
  addDescendants(node, nodes);
  return nodes;
}

function addDescendants(node: SyntaxNode, nodes: SyntaxNode[]): void {
  for (const child of node.children) {
    nodes.push(child);
    addDescendants(child, nodes);
  }
}

/** What an assignment assigns: the value of `a = b = value`. */
export function valueOf(assignment: SyntaxNode): SyntaxNode {
  const last = assignment.children.at(-1)!;
  return last.type === 'assignment' ? valueOf(last) : last;
}
