/** Turns code into a string that is equal exactly where the syntax is: without comments, layout and optional marks. */
import { textOf, type SyntaxNode } from '../python/syntax.ts';

/** Where a comma after the last element means nothing. A tuple of one has it for its own sake. */
const endsWithComma = new Set([
  'argument_list',
  'dictionary',
  'import_from_statement',
  'list',
  'parameters',
  'set',
  'tuple',
]);
/** Where a whole expression stands, so that brackets around it mean nothing. */
const holdsWhole = new Set([
  'argument_list',
  'assert_statement',
  'assignment',
  'augmented_assignment',
  'elif_clause',
  'expression_statement',
  'if_statement',
  'keyword_argument',
  'return_statement',
  'while_statement',
]);
/** Several values, with brackets around them or without. */
const severals = new Set(['expression_list', 'pattern_list', 'tuple', 'tuple_pattern']);
/** What is not the same without its brackets. */
const keepsBrackets = new Set(['list_splat', 'named_expression', 'yield']);

/**
 * The code as a string that is equal exactly where the syntax is: leaves and tokens, one space between, blocks in
 * brackets, statements apart. Quotes, brackets and commas that mean nothing are as if they had been written alike.
 */
export function normalise(node: SyntaxNode, text: string): string {
  const parts: string[] = [];
  /** @param skips a token that is passed over where it comes first */
  const gap = (start: number, end: number, skips: string): void => {
    if (start === end) return;
    // Between named nodes stand only tokens, white space, backslashes and comments.
    let tokens = text
      .slice(start, end)
      .replace(/#[^\n]*/g, '')
      .replace(/[\s\\]+/g, ' ')
      .trim();
    if (skips !== '' && tokens.startsWith(skips)) tokens = tokens.slice(skips.length).trimStart();
    if (tokens !== '') parts.push(tokens);
  };
  const visit = (current: SyntaxNode, holder: string): void => {
    const { type, children } = current;
    if (type === 'string') {
      parts.push(normaliseString(textOf(current, text)));
      return;
    }
    if (children.length === 0) {
      const leaf = textOf(current, text);
      parts.push(type === 'float' ? normaliseFloat(leaf) : leaf);
      return;
    }
    const first = children[0]!;
    if (type === 'parenthesized_expression' && holdsWhole.has(holder) && !keepsBrackets.has(first.type)) {
      visit(first, holder);
      return;
    }
    if (
      severals.has(type) &&
      children.length > 1 &&
      (holder === 'assignment' || holder === 'return_statement')
    ) {
      for (const child of children) {
        if (child !== first) parts.push(',');
        visit(child, type);
      }
      return;
    }
    const isBlock = type === 'block';
    if (isBlock) parts.push('{');
    let from = current.start;
    for (const child of children) {
      gap(from, child.start, isBlock ? ';' : '');
      if (isBlock && child !== first) parts.push(';');
      visit(child, type);
      from = child.end;
    }
    const isOne = type === 'tuple' && children.length === 1;
    gap(from, current.end, isBlock ? ';' : endsWithComma.has(type) && !isOne ? ',' : '');
    if (isBlock) parts.push('}');
  };
  visit(node, '');
  return parts.join(' ');
}

/** A string with the quotes, and without the letters, that say nothing of it: `u"a"` as `'a'`. */
function normaliseString(written: string): string {
  const match = /^([a-z]*)("""|'''|"|')([^'"\\]*)\2$/i.exec(written);
  if (match === null) return written;
  const content = match[3]!;
  const quotes = content.includes('\n') ? "'''" : "'";
  // Without a backslash it is no matter whether the string is raw.
  return `${match[1]!.toLowerCase().replace(/[ru]/, '')}${quotes}${content}${quotes}`;
}

/** `1.` as `1.0`, `.50` as `0.5`. */
function normaliseFloat(written: string): string {
  const match = /^(\d*)\.(\d*)$/.exec(written);
  if (match === null) return written;
  return `${match[1]!.replace(/^0+(?=\d)/, '') || '0'}.${match[2]!.replace(/0+$/, '') || '0'}`;
}
