/** Tells of a statement's syntax which kind of statement it is, and which names it defines. */
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';
import { bindStatement } from './bind.ts';
import { normaliseIdentifier } from './paths.ts';
import type { StatementNames } from './scope.ts';
import type { StatementKind } from './statement.ts';

export const noNames: ReadonlySet<string> = new Set();

export function kindOf(node: SyntaxNode, names: StatementNames, text: string): StatementKind {
  switch (node.type) {
    case 'function_definition':
      return 'function';
    case 'class_definition':
      return 'class';
    case 'decorated_definition':
      return kindOf(node.children.at(-1)!, names, text);
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
      return 'import';
    case 'type_alias_statement':
      return 'constant';
    case 'expression_statement': {
      const assignment = node.children[0];
      if (assignment?.type !== 'assignment' || node.children.length > 1) return 'other';
      const value = assignment.children.find((child, i) => i > 0 && child.type !== 'type');
      if (value === undefined) return 'other';
      if (value.type === 'lambda' && assignment.children[0]!.type === 'identifier') return 'function';
      return bindsOnlyNames(assignment) ? 'constant' : 'other';
    }
    case 'try_statement':
    case 'if_statement':
      return names.imports.length > 0 && holdsOnlyImports(node) ? 'import-block' : 'other';
    default:
      return 'other';
  }
}

/** Whether a statement could stand in a test; one with a string of several lines could not be indented there. */
export function testOf(
  node: SyntaxNode,
  parts: readonly SyntaxNode[],
  text: string,
): 'assert' | 'call' | undefined {
  if (node.type === 'assert_statement') {
    const isFlat = parts.every((part) => part.type !== 'string' || !textOf(part, text).includes('\n'));
    return isFlat ? 'assert' : undefined;
  }
  const call =
    node.type === 'expression_statement' && node.children.length === 1 ? node.children[0]! : undefined;
  if (call?.type !== 'call' || call.children[0]!.type !== 'identifier') return undefined;
  const isBare = childOf(call, 'argument_list')?.children.length === 0;
  return isBare && /^test_/.test(textOf(call.children[0]!, text)) ? 'call' : undefined;
}

/** Whether every target of an assignment, chained ones too, is a name or a tuple or list of names. */
function bindsOnlyNames(assignment: SyntaxNode): boolean {
  const target = assignment.children[0]!;
  const isName = (node: SyntaxNode): boolean =>
    node.type === 'identifier' ||
    (/^(pattern_list|tuple_pattern|list_pattern|list_splat_pattern)$/.test(node.type) &&
      node.children.every(isName));
  const value = assignment.children.at(-1)!;
  return isName(target) && (value.type !== 'assignment' || bindsOnlyNames(value));
}

/** Whether a `try` or `if` does nothing but import and set constants. */
function holdsOnlyImports(node: SyntaxNode): boolean {
  return node.children.every((child) => {
    switch (child.type) {
      case 'block':
      case 'else_clause':
      case 'elif_clause':
      case 'except_clause':
      case 'finally_clause':
      case 'if_statement':
      case 'try_statement':
        return holdsOnlyImports(child);
      case 'import_statement':
      case 'import_from_statement':
      case 'pass_statement':
        return true;
      case 'expression_statement': {
        const assignment = child.children[0]!;
        if (assignment.type !== 'assignment' || !bindsOnlyNames(assignment)) return false;
        const value = assignment.children.at(-1)!;
        return /^(true|false|none|integer|float|string|identifier)$/.test(value.type);
      }
      default:
        // Conditions and exception types.
        return /^(identifier|attribute|comparison_operator|boolean_operator|not_operator|tuple|true|false|as_pattern)$/.test(
          child.type,
        );
    }
  });
}

/** The name in `def name`, `class name` or `name = lambda`, as written. */
export function writtenName(definition: SyntaxNode, text: string): string {
  const identifier = childOf(definition, 'identifier') ?? definition.children[0]?.children[0];
  return identifier === undefined ? '' : textOf(identifier, text);
}

export function definesOf(kind: StatementKind, names: StatementNames): string[] {
  if (kind === 'other') return [];
  // `except ImportError as error` unbinds the name at its end.
  return [...new Set(names.bindings.filter(({ kind: how }) => how !== 'except').map(({ name }) => name))];
}

/** The names that an import block binds in some of its branches, and not in others. */
export function mayLack(node: SyntaxNode, names: StatementNames, text: string): ReadonlySet<string> {
  const always = alwaysBound(node, text);
  return new Set(definesOf('import-block', names).filter((name) => !always.has(name)));
}

/** The names that a statement of an import block binds whichever way it goes. */
function alwaysBound(node: SyntaxNode, text: string): ReadonlySet<string> {
  const inBlock = (clause: SyntaxNode | undefined): Set<string> =>
    new Set(childOf(clause ?? node, 'block')?.children.flatMap((child) => [...alwaysBound(child, text)]));
  const clauses = (type: RegExp): SyntaxNode[] => node.children.filter((child) => type.test(child.type));
  const inAll = (branches: readonly ReadonlySet<string>[]): string[] =>
    [...branches[0]!].filter((name) => branches.every((branch) => branch.has(name)));
  const [otherwise] = clauses(/^else_clause$/);
  if (node.type === 'try_statement') {
    const whole = new Set([...inBlock(node), ...(otherwise === undefined ? [] : inBlock(otherwise))]);
    const caught = clauses(/^except_(group_)?clause$/).map(inBlock);
    const finals = clauses(/^finally_clause$/).flatMap((clause) => [...inBlock(clause)]);
    return new Set([...inAll([whole, ...caught]), ...finals]);
  }
  if (node.type === 'if_statement') {
    if (otherwise === undefined) return noNames;
    return new Set(inAll([node, ...clauses(/^elif_clause$/), otherwise].map(inBlock)));
  }
  return new Set(bindStatement(node, text, false).bindings.map(({ name }) => name));
}

/**
 * Whether a statement is `if __name__ == '__main__': …` with no other branch: who imports its module skips all of it, and
 * what follows an `and` is not looked at.
 */
export function isScriptOnly({ type, children }: SyntaxNode, text: string): boolean {
  if (type !== 'if_statement' || children.some((child) => /_clause$/.test(child.type))) return false;
  let condition = children[0];
  const isWrapped = (node: SyntaxNode): boolean =>
    node.type === 'parenthesized_expression' ||
    (node.type === 'boolean_operator' && operatorOf(node, text) === 'and');
  while (condition !== undefined && isWrapped(condition)) condition = condition.children[0];
  if (condition?.type !== 'comparison_operator' || !asksForMain(condition, text)) return false;
  return condition.children.length === 2 && operatorOf(condition, text) === '==';
}

/** What stands between the two operands of an operator: `and`, `==`. */
function operatorOf({ children: [left, right] }: SyntaxNode, text: string): string {
  return text.slice(left!.end, right!.start).trim();
}

/** Whether a statement is an `if` one branch of which is for a module that is run as a script, whatever the others are for. */
export function guardsScript(node: SyntaxNode, text: string): boolean {
  if (node.type !== 'if_statement') return false;
  const branches = [node, ...node.children.filter(({ type }) => type === 'elif_clause')];
  return branches
    .flatMap(({ children: [condition] }) => descendants(condition!))
    .some((part) => part.type === 'comparison_operator' && asksForMain(part, text));
}

/** Whether a comparison is between `__name__` and `'__main__'`. */
function asksForMain(comparison: SyntaxNode, text: string): boolean {
  const parts = descendants(comparison);
  const has = (type: string, written: RegExp): boolean =>
    parts.some((part) => part.type === type && written.test(textOf(part, text)));
  return has('identifier', /^__name__$/) && has('string', /^(["'])__main__\1$/);
}

/** The names at the left end of what an expression calls, but for what is called to get an argument. */
export function callsOn(node: SyntaxNode, text: string): string[] {
  if (node.type === 'lambda') return [];
  if (node.type !== 'call') return node.children.flatMap((child) => callsOn(child, text));
  let left = node;
  while (/^(call|attribute|subscript)$/.test(left.type) && left.children.length > 0) left = left.children[0]!;
  return left.type === 'identifier' ? [normaliseIdentifier(textOf(left, text))] : [];
}
