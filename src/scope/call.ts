/** Turns a call into its parts: what it calls, its arguments, and how messages name it. */
import { childOf, textOf, type SyntaxNode } from '../python/syntax.ts';
import type { Effect, Question, Use } from './effect.ts';
import { nameOf, pathOf, writtenPath } from './paths.ts';

/** One argument as it is written. */
interface Argument {
  readonly value: SyntaxNode;
  readonly isKeyword: boolean;
  readonly keyword?: string;
}

/** The arguments of a call; or of a class definition: its bases, and its keywords, of which `metaclass` matters. */
export function argumentsOf(node: SyntaxNode, text = ''): Argument[] {
  return (childOf(node, 'argument_list')?.children ?? []).map((child) =>
    child.type === 'keyword_argument'
      ? { value: child.children[1]!, isKeyword: true, keyword: textOf(child.children[0]!, text) }
      : { value: child, isKeyword: false },
  );
}

/** What a call calls. The grammar reads `[*f(x)]` as a call of `*f`. */
export function calleeOf(call: SyntaxNode): SyntaxNode {
  const callee = call.children[0]!;
  return callee.type === 'list_splat' ? callee.children[0]! : callee;
}

/**
 * What is called in some syntax, as far as it is a name with attributes, or a method of what calling one yields:
 * `np.seterr`, `logging.getLogger(…).setLevel`.
 */
export function callsPaths(parts: readonly SyntaxNode[], text: string): readonly string[] {
  const paths = new Set<string>();
  for (const part of parts) {
    const callee = part.type === 'call' && part.children.length > 0 ? calleeOf(part) : undefined;
    const path = callee === undefined ? undefined : (writtenPath(callee, text) ?? methodPath(callee, text));
    if (path !== undefined) paths.add(path);
  }
  return [...paths];
}

function methodPath({ type, children: [object, method] }: SyntaxNode, text: string): string | undefined {
  if (type !== 'attribute' || object?.type !== 'call' || object.children.length === 0) return undefined;
  const maker = writtenPath(calleeOf(object), text);
  return maker === undefined || method === undefined ? undefined : `${maker}(…).${nameOf(method, { text })}`;
}

/** What messages call an expression: of a call what is called, `print(…)`. */
export function describe(node: SyntaxNode, question: Question): string {
  if (node.type !== 'call') return firstLine(textOf(node, question.text));
  return `${firstLine(textOf(node.children[0]!, question.text))}(…)`;
}

/** The first line of what is written, cut where it is long. */
export function firstLine(text: string): string {
  const line = text.split('\n', 1)[0]!;
  return line.length > 40 || line.length < text.length ? `${line.slice(0, 40)}…` : line;
}

/** For an effect, the use of an imported name that it lies in; of `helpers.timed` nothing can be known. */
export function useOf(node: SyntaxNode, use: Use, question: Question): Pick<Effect, 'by'> {
  if (node.type !== 'identifier' || pathOf(node, question) === undefined) return {};
  return { by: { name: nameOf(node, question), use, offset: node.start } };
}
