/**
 * Finds what the grammar lets pass and CPython 3 can't parse, so that no line of the cell runs. What only its compiler
 * refuses, such as `return` outside a function, is none of that: IPython compiles one statement after the other, and runs
 * those before.
 */
import { words } from '../text/words.ts';
import type { SyntaxFault, SyntaxNode } from './syntax.ts';

type Kind = SyntaxFault['kind'];

/** @param parent the type of what the node stands in */
type Rule = (node: SyntaxNode, text: string, parent: string) => Kind | boolean | undefined;

/** The faults of a tree, in no order. */
export function findFaults(module: SyntaxNode, text: string): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  const visit = (node: SyntaxNode, parent: string): void => {
    const { type, start, children } = node;
    const verdict = rules.get(type)?.(node, text, parent);
    if (verdict === true) faults.push({ kind: 'syntax', offset: start });
    else if (typeof verdict === 'string') faults.push({ kind: verdict, offset: start });
    const isCompound = compound.has(type);
    if (isCompound && lacksBlock(node)) faults.push({ kind: 'syntax', offset: start });
    const indented = wrongIndentation(node, text);
    if (indented !== undefined) faults.push({ kind: 'indentation', offset: indented });
    if (isCompound || (holdsLines.has(parent) && !holdsLines.has(type))) {
      const offset = lineBreakIn(node, text, isCompound);
      if (offset !== undefined) faults.push({ kind: 'syntax', offset });
    }
    for (const child of children) visit(child, type);
  };
  visit(module, '');
  return faults;
}

const compound = words(`
  function_definition class_definition
  if_statement for_statement while_statement try_statement with_statement match_statement
  elif_clause else_clause except_clause except_group_clause finally_clause case_clause
`);
/** What holds statements and decorators. */
const holdsLines = words('module block decorated_definition');

/** By the type of the node. */
const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['print_statement', () => 'python2'],
  ['exec_statement', () => 'python2'],
  ['except_clause', exceptClause],
  ['parameters', parameters],
  ['lambda_parameters', parameters],
  ['integer', ({ start, end }, text) => isOldInteger.test(text.slice(start, end)) && 'python2'],
  ['comparison_operator', comparison],
  ['raise_statement', raising],
  ['for_in_clause', forInClause],
  ['string', string],
  ['concatenated_string', concatenation],
  // `1 - * a`
  ['binary_operator', ({ children }) => children[1]?.type === 'list_splat'],
  ['tuple', isSplatInBrackets],
  ['argument_list', callArguments],
  ['dictionary', ({ start, children }, text) => children.length === 0 && isLoneComma(text, start)],
  ['keyword_argument', ({ children }) => children[1]?.type === 'named_expression'],
  ['expression_statement', ({ children }) => children[0]?.type === 'named_expression'],
  ['list_splat', (_node, _text, parent) => splatless.test(parent)],
  ['as_pattern', (_node, _text, parent) => !naming.test(parent)],
  ['dictionary_splat', (_node, _text, parent) => !/^(argument_list|dictionary)$/.test(parent)],
  ['assignment', assignment],
  ['augmented_assignment', augmentedAssignment],
  ['delete_statement', ({ children }) => !children.every(isTarget)],
  ['as_pattern_target', ({ children }) => !children.every(isTarget)],
  ['with_clause', endsInComma],
  ['import_statement', endsInComma],
  ['import_from_statement', endsInComma],
  ['future_import_statement', endsInComma],
  ['try_statement', tryStatement],
]);

/** `0777`, `10L` */
const isOldInteger = /^0[0-9_]*[1-9]|[lL]$/;

/** `except E, e` */
function exceptClause({ children }: SyntaxNode): Kind | boolean {
  const expressions = children.filter((child) => child.type !== 'block');
  if (expressions.length > 1) return 'python2';
  const [caught] = expressions;
  const target = caught?.type === 'as_pattern' ? caught.children[1]?.children[0] : undefined;
  return target !== undefined && target.type !== 'identifier';
}

/** `a <> b` */
function comparison({ children }: SyntaxNode, text: string): Kind | undefined {
  const isOld = children.some((child, i) => {
    const before = children[i - 1];
    return before !== undefined && text.slice(before.end, child.start).includes('<>');
  });
  return isOld ? 'python2' : undefined;
}

/** `raise E, "…"`, and a cause of nothing. */
function raising({ start, end, children }: SyntaxNode, text: string): Kind | boolean {
  if (children.some(({ type }) => type === 'expression_list')) return 'python2';
  return /^raise\s+from\b/.test(text.slice(start, end));
}

/** `[x for x in 1, 2]` */
function forInClause(node: SyntaxNode, text: string): Kind | boolean {
  return (node.children.length > 2 || endsInComma(node, text)) && 'python2';
}

/** Parameters by position before those with a default, those before `*`, and `**` last. */
function parameters({ children }: SyntaxNode): Kind | boolean {
  let hasDefault = false;
  let hasSlash = false;
  let hasStar = false;
  let isComplete = true;
  let isOver = false;
  for (const [i, child] of children.entries()) {
    if (isOver) return true;
    // A tree that was recovered may lack what every parameter has.
    const type = child.type === 'typed_parameter' ? child.children[0]?.type : child.type;
    switch (type) {
      case 'tuple_pattern':
        return 'python2';
      case 'positional_separator':
        if (i === 0 || hasSlash || hasStar) return true;
        hasSlash = true;
        break;
      case 'keyword_separator':
      case 'list_splat_pattern':
        if (hasStar) return true;
        hasStar = true;
        isComplete = type === 'list_splat_pattern';
        break;
      case 'dictionary_splat_pattern':
        if (!isComplete) return true;
        isOver = true;
        break;
      case 'default_parameter':
      case 'typed_default_parameter':
        hasDefault = true;
        isComplete = true;
        break;
      default:
        if (hasDefault && !hasStar) return true;
        isComplete = true;
    }
  }
  return !isComplete;
}

/** Arguments by position before those by name, and `*a` before `**b`. */
function callArguments({ start, children }: SyntaxNode, text: string): boolean {
  let isNamed = false;
  let isUnpacked = false;
  for (const { type } of children) {
    if (type === 'keyword_argument') isNamed = true;
    else if (type === 'dictionary_splat') isNamed = isUnpacked = true;
    else if (type === 'list_splat' ? isUnpacked : isNamed) return true;
  }
  return children.length === 0 && isLoneComma(text, start);
}

/** A blank to fill in: `f(, )` */
function isLoneComma(text: string, start: number): boolean {
  return /^.\s*,/s.test(text.slice(start, start + 80));
}

function endsInComma({ end }: SyntaxNode, text: string): boolean {
  return text[end - 1] === ',';
}

/** What can't hold `*a`. To the grammar `*a.b` is an attribute of `*a`: what else holds it says little. */
const splatless =
  /^(delete_statement|raise_statement|pair|\w+_comprehension|list_splat|keyword_argument|parenthesized_expression|unary_operator)$/;
/** What may hold `a as b`. */
const naming = /^(with_item|except_clause|except_group_clause|parenthesized_expression|tuple|\w+_pattern)$/;

/** `(*a)`, which the grammar takes for a tuple. */
function isSplatInBrackets({ end, children }: SyntaxNode, text: string): boolean {
  const [only] = children;
  return children.length === 1 && only!.type === 'list_splat' && !text.slice(only!.end, end).includes(',');
}

/** `a: b: c`, `a, b: c`, `a = b: c` and `a = b += c` */
function assignment({ children }: SyntaxNode, text: string): boolean {
  const [left, ...rest] = children;
  const annotation = annotationOf(rest);
  if (annotation?.children[0]?.type === 'constrained_type') return true;
  if (annotation !== undefined && isManyTargets(left, text)) return true;
  const right = rest.at(-1);
  if (right?.type === 'augmented_assignment') return true;
  return right?.type === 'assignment' && (annotation ?? annotationOf(right.children)) !== undefined;
}

function annotationOf(nodes: readonly SyntaxNode[]): SyntaxNode | undefined {
  return nodes.find(({ type }) => type === 'type');
}

function augmentedAssignment({ children }: SyntaxNode, text: string): boolean {
  const [left, right] = children;
  return isManyTargets(left, text) || /^(augmented_)?assignment$/.test(right?.type ?? '');
}

/** Whether what is assigned to is a list or tuple. A name in brackets is none. */
function isManyTargets(target: SyntaxNode | undefined, text: string): boolean {
  switch (target?.type) {
    case 'tuple_pattern':
      return target.children.length !== 1 || text.slice(target.start, target.end).includes(',');
    case 'list_pattern':
    case 'pattern_list':
      return true;
    default:
      return false;
  }
}

/** Whether something can be assigned to it, or deleted. */
function isTarget({ type, children }: SyntaxNode): boolean {
  if (/^(identifier|attribute|subscript)$/.test(type)) return true;
  return (
    /^(tuple|list|list_splat|parenthesized_expression|expression_list|.*pattern.*)$/.test(type) &&
    children.every(isTarget)
  );
}

/** `try` without `except` and `finally` */
function tryStatement({ children }: SyntaxNode): boolean {
  return !children.some(({ type }) => type.startsWith('except') || type === 'finally_clause');
}

/** An escape, with the letter of one that is cut off: `"C:\\Users"`. */
const escape =
  /\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U00(?:0[\da-fA-F]|10)[\da-fA-F]{4}|N\{[^}]*\}|([xuUN])|[^])/g;

/** Escapes that are cut off, other than ASCII in bytes, and the backticks of Python 2. */
function string({ start, end }: SyntaxNode, text: string): Kind | boolean {
  if (text[start] === '`') return 'python2';
  const prefix = prefixOf(text, start);
  const literal = text.slice(start, end);
  const isBytes = prefix.includes('b');
  if (isBytes && /[^\0-\x7f]/.test(literal)) return true;
  if (prefix.includes('r') || !literal.includes('\\')) return false;
  for (const [, letter] of literal.matchAll(escape)) {
    if (letter === 'x' || (letter !== undefined && !isBytes)) return true;
  }
  return false;
}

/** In lower case. */
function prefixOf(text: string, start: number): string {
  return /^[a-z]*/i.exec(text.slice(start, start + 3))![0].toLowerCase();
}

function concatenation({ children }: SyntaxNode, text: string): boolean {
  const isBytes = children.map(({ start }) => prefixOf(text, start).includes('b'));
  return new Set(isBytes).size > 1;
}

/** The grammar lets a body be empty, or hold nothing but comments; CPython wants a statement. */
function lacksBlock({ children }: SyntaxNode): boolean {
  const body = children.find((child) => child.type === 'block');
  return body === undefined || body.children.length === 0;
}

/**
 * The grammar takes any dedent for any level; CPython wants each statement of a block, each clause of a statement, and
 * what is decorated, at the same indentation; below what stands behind the colon of its block, nothing.
 */
function wrongIndentation({ type, start, children }: SyntaxNode, text: string): number | undefined {
  const isCompound = compound.has(type);
  if (!isCompound && !holdsLines.has(type)) return undefined;
  const lines = isCompound ? children.filter((child) => compound.has(child.type)) : children;
  if (lines.length === 0) return undefined;
  const expected = type === 'module' ? '' : indentationAt(text, type === 'block' ? lines[0]!.start : start);
  // A statement may be joined to another by `;`.
  if (expected === undefined && type !== 'block') return undefined;
  for (const line of lines) {
    const indentation = indentationAt(text, line.start);
    if (indentation !== undefined && indentation !== expected) return line.start;
  }
  return undefined;
}

/**
 * Where a line ends inside a statement, or inside the head of a compound one: the grammar lets it end between any two
 * tokens, CPython only in brackets and after a backslash.
 */
function lineBreakIn(statement: SyntaxNode, text: string, isCompound: boolean): number | undefined {
  const { start, children } = statement;
  const end =
    (isCompound ? children.find(({ type }) => type === 'block')?.start : undefined) ?? statement.end;
  const first = text.indexOf('\n', start);
  if (first === -1 || first >= end) return undefined;
  const strings: SyntaxNode[] = [];
  addStrings(statement, end, strings);
  let next = 0;
  let depth = 0;
  for (let at = start; at < end; at++) {
    if (at === strings[next]?.start) {
      at = strings[next++]!.end - 1;
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

/** Adds the string literals of a statement that begin before an offset, in order. */
function addStrings({ children }: SyntaxNode, end: number, strings: SyntaxNode[]): void {
  for (const child of children) {
    if (child.start >= end) return;
    if (child.type === 'string') strings.push(child);
    else addStrings(child, end, strings);
  }
}

/** The white space that leads the line, if the offset is the first thing on it. */
function indentationAt(text: string, offset: number): string | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lead = text.slice(lineStart, offset);
  if (/^\s*$/.test(lead)) {
    // A line continued from the one before by a backslash has no indentation of its own; a comment continues none.
    const before = text.slice(text.lastIndexOf('\n', lineStart - 2) + 1, lineStart);
    return /^[^#]*\\\r?\n$/.test(before) ? undefined : lead.replaceAll('\f', '');
  }
  return undefined;
}
