/** Finds what the grammar lets pass and CPython 3 does not. */
import type { SyntaxFault, SyntaxNode } from './syntax.ts';

/** What is wrong with a node by itself. */
export function faultOf(node: SyntaxNode, text: string): SyntaxFault['kind'] | undefined {
  if (isPython2(node, text)) return 'python2';
  return lacksBlock(node) || misplacesArgument(node) ? 'syntax' : undefined;
}

/** Python 2 that the grammar accepts: `print x`, `exec s in d`, `except E, e`, `def f((a, b))`, `0777`, `10L`, `a <> b`. */
function isPython2(node: SyntaxNode, text: string): boolean {
  switch (node.type) {
    case 'print_statement':
    case 'exec_statement':
      return true;
    case 'except_clause': {
      const expressions = node.children.filter((child) => child.type !== 'block');
      return expressions.length > 1;
    }
    case 'parameters':
    case 'lambda_parameters':
      return node.children.some((child) => child.type === 'tuple_pattern');
    case 'integer':
      return /^0[0-9_]*[1-9]|[lL]$/.test(text.slice(node.start, node.end));
    case 'comparison_operator':
      return node.children.some((child, i) => {
        const before = node.children[i - 1];
        return before !== undefined && text.slice(before.end, child.start).includes('<>');
      });
    default:
      return false;
  }
}

/** The grammar lets a body be empty, or hold nothing but comments; CPython wants a statement. */
function lacksBlock(node: SyntaxNode): boolean {
  if (!compound.test(node.type)) return false;
  const body = node.children.find((child) => child.type === 'block');
  return body === undefined || body.children.length === 0;
}

/** The grammar takes arguments in any order; CPython wants those by position before those by name, and `*a` before `**b`. */
function misplacesArgument({ type, children }: SyntaxNode): boolean {
  if (type !== 'argument_list') return false;
  let isNamed = false;
  let isUnpacked = false;
  for (const child of children) {
    if (child.type === 'keyword_argument') isNamed = true;
    else if (child.type === 'dictionary_splat') isNamed = isUnpacked = true;
    else if (child.type === 'list_splat' ? isUnpacked : isNamed) return true;
  }
  return false;
}

const compound =
  /^((function|class)_definition|(if|for|while|try|with|match)_statement|(elif|else|except|except_group|finally|case)_clause)$/;

/**
 * The grammar takes any dedent for any level, and lets a line end between any two tokens; CPython wants each statement of
 * a block at the same indentation, and each statement, or its head, on one line, but for brackets and backslashes.
 */
export function findLineFaults(module: SyntaxNode, text: string, faults: SyntaxFault[]): void {
  const stack: SyntaxNode[] = [module];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const isCompound = compound.test(node.type);
    if (node.type === 'module' || node.type === 'block') {
      let expected = node.type === 'module' ? '' : undefined;
      for (const child of node.children) {
        const indentation = indentationAt(text, child.start);
        if (indentation === undefined) continue;
        expected ??= indentation;
        if (indentation !== expected) faults.push({ kind: 'indentation', offset: child.start });
      }
      stack.push(...node.children);
    } else if (node.type === 'decorated_definition') stack.push(...node.children);
    else {
      const offset = lineBreakIn(node, text, isCompound);
      if (offset !== undefined) faults.push({ kind: 'syntax', offset });
      if (!isCompound) continue;
      for (const child of node.children) {
        if (child.type === 'block' || compound.test(child.type)) stack.push(child);
      }
    }
  }
}

/** Where a line ends inside a statement, or inside the head of a compound one, that Python takes for its end. */
function lineBreakIn(statement: SyntaxNode, text: string, isCompound: boolean): number | undefined {
  const { start, children } = statement;
  const end =
    (isCompound ? children.find(({ type }) => type === 'block')?.start : undefined) ?? statement.end;
  const first = text.indexOf('\n', start);
  if (first === -1 || first >= end) return undefined;
  const strings = stringsIn(statement, end);
  let string = strings.next();
  let depth = 0;
  for (let at = start; at < end; at++) {
    if (string.done !== true && at === string.value.start) {
      at = string.value.end - 1;
      string = strings.next();
      continue;
    }
    switch (text[at]) {
      case '(':
      case '[':
      case '{':
        depth++;
        break;
      case ')':
      case ']':
      case '}':
        depth--;
        break;
      case ':':
        if (isCompound && depth === 0) return undefined;
        break;
      case '#':
        at = endOfComment(text, at) - 1;
        break;
      case '\\':
        at += text[at + 1] === '\r' ? 2 : 1;
        break;
      case '\n':
        if (depth === 0) return at;
    }
  }
  return undefined;
}

function endOfComment(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

/** The string literals of a statement that begin before an offset, in order. */
function* stringsIn({ children }: SyntaxNode, end: number): Generator<SyntaxNode, void> {
  for (const child of children) {
    if (child.start >= end) return;
    if (child.type === 'string') yield child;
    else yield* stringsIn(child, end);
  }
}

/** The white space that leads the line, if the offset is the first thing on it. */
function indentationAt(text: string, offset: number): string | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lead = text.slice(lineStart, offset);
  if (/^\s*$/.test(lead)) {
    // A line continued from the one before by a backslash has no indentation of its own.
    return /\\\r?\n$/.test(text.slice(0, lineStart)) ? undefined : lead.replaceAll('\f', '');
  }
  return undefined;
}
