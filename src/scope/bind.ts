/** Turns the syntax tree of one top-level statement into the global names that it binds and looks up. */
import { childOf, textOf, type SyntaxNode } from '../python/syntax.ts';
import { borrowingOf } from './borrowing.ts';
import { normaliseIdentifier } from './paths.ts';
import type { Binding, BindingKind, Borrowing, Import, Reference, StatementNames, Time } from './scope.ts';

type ScopeKind = 'module' | 'class' | 'function' | 'comprehension' | 'type';

/** A scope while its statements are being read; its references are resolved when it closes. */
interface OpenScope {
  readonly kind: ScopeKind;
  readonly parent: OpenScope | undefined;
  readonly time: Time;
  /** The class that names are mangled for, without its leading underscores. */
  readonly mangling: string;
  /** When each local name is bound and unbound, in the order of evaluation. */
  readonly locals: Map<string, { order: number; isBound: boolean }[]>;
  readonly globals: Set<string>;
  readonly nonlocals: Set<string>;
  /** References not yet resolved; `isInner` when they come from a function-like scope inside this one. */
  readonly pending: PendingReference[];
}

interface PendingReference {
  readonly name: string;
  readonly time: Time;
  readonly offset: number;
  /** Its place in the order of evaluation. */
  readonly order: number;
  readonly isInner: boolean;
  /** Takes the reference if it reaches the module: a library may look it up, if there is such a name. */
  readonly borrow?: (reference: Reference) => void;
}

/** `__private` as CPython stores it inside `class Name` (language reference, section 6.2.1, private name mangling). */
function mangle(name: string, className: string): string {
  if (className === '' || !name.startsWith('__') || name.endsWith('__')) return name;
  return `_${className}${name}`;
}

/**
 * Whether a definition is compiled as it is made: numba does so where it is told the types, and then what the function
 * reads of the notebook is read there and then: `@njit('float64(float64)')`.
 */
export function isCompiledAtOnce(decorated: SyntaxNode, text: string): boolean {
  return decorated.children.some(({ type, children: [call] }) => {
    if (type !== 'decorator' || call?.type !== 'call') return false;
    const [types] = call.children[1]?.children ?? [];
    return (
      types !== undefined &&
      types.type !== 'keyword_argument' &&
      /(^|\.)(n?jit|(gu)?vectorize|cfunc)$/.test(textOf(call.children[0]!, text))
    );
  });
}

/** Words in a string annotation that are no names. */
const keywords = new Set([
  'None',
  'True',
  'False',
  'and',
  'or',
  'not',
  'if',
  'else',
  'in',
  'is',
  'lambda',
  'for',
]);

/**
 * The global names of one top-level statement.
 * @param node a child of the module node
 * @param text the masked source of the cell
 * @param hasFutureAnnotations whether `from __future__ import annotations` is in force, so that no annotation is read
 */
export function bindStatement(node: SyntaxNode, text: string, hasFutureAnnotations: boolean): StatementNames {
  const bindings: Binding[] = [];
  const references = new Map<string, Reference>();
  const writes: Binding[] = [];
  const imports: Import[] = [];
  const innerImports: Import[] = [];
  const borrowings: Borrowing[] = [];
  /** The functions that are being read, from the outermost. */
  const functions: SyntaxNode[] = [];
  /** How many `try` that catch something an import stands in. */
  let tries = 0;
  /** In how many statements it stands that may pass it over. */
  let conditions = 0;
  // The tree is visited in the order in which Python evaluates it: the value before the target.
  let order = 0;

  const open = (kind: ScopeKind, parent: OpenScope | undefined, time: Time, mangling: string): OpenScope => ({
    kind,
    parent,
    time,
    mangling,
    locals: new Map(),
    globals: new Set(),
    nonlocals: new Set(),
    pending: [],
  });

  const nameOf = (identifier: SyntaxNode, scope: OpenScope): string =>
    mangle(normaliseIdentifier(textOf(identifier, text)), scope.mangling);

  /** A reference that reached the module: a global or a builtin. */
  const lookUpGlobal = ({ name, time, offset, borrow }: PendingReference): void => {
    if (borrow !== undefined) {
      borrow({ name, time, offset });
      return;
    }
    const key = `${time} ${name}`;
    const known = references.get(key);
    if (known === undefined || known.offset > offset) references.set(key, { name, time, offset });
  };

  const close = (scope: OpenScope): void => {
    for (const reference of scope.pending) {
      const { name, isInner } = reference;
      if (scope.parent === undefined || scope.globals.has(name)) {
        lookUpGlobal(reference);
        continue;
      }
      const local = scope.locals.get(name);
      if (scope.kind === 'class') {
        // Functions inside a class don't see its names. The class body itself looks a name up among the globals
        // (LOAD_NAME) as long as it hasn't bound it: `class A: x = x`.
        if (!isInner && local !== undefined) {
          const last = local.findLast((event) => event.order < reference.order);
          if (last?.isBound !== true) lookUpGlobal(reference);
          continue;
        }
        if (isInner && (name === '__class__' || name === '__classdict__')) continue;
        if (!isInner && (name === '__module__' || name === '__qualname__')) continue;
      } else if (local !== undefined && !scope.nonlocals.has(name)) {
        continue;
      }
      scope.parent.pending.push({ ...reference, isInner: isInner || scope.kind !== 'type' });
    }
  };

  const refer = (name: string, scope: OpenScope, offset: number): void => {
    scope.pending.push({ name, time: scope.time, offset, order: order++, isInner: false });
  };

  /** Binds in `scope`; in the module that is a binding of the notebook, in a function under `global` a write. */
  const bind = (name: string, scope: OpenScope, kind: BindingKind, offset: number): void => {
    const isGlobal = scope.parent !== undefined && scope.globals.has(name);
    if (isGlobal) writes.push({ name, kind: 'global', offset });
    if (scope.parent === undefined || (isGlobal && scope.time === 'definition')) {
      if (kind !== 'annotation') bindings.push({ name, kind, offset });
    } else if (!isGlobal) {
      const event = { order: order++, isBound: kind !== 'annotation' && kind !== 'delete' };
      const known = scope.locals.get(name);
      if (known === undefined) scope.locals.set(name, [event]);
      else known.push(event);
    }
  };

  /** The scope that a walrus binds in: the nearest that is no comprehension (PEP 572). */
  const walrusScope = (scope: OpenScope): OpenScope => {
    let target = scope;
    while (target.kind === 'comprehension' && target.parent !== undefined) target = target.parent;
    return target;
  };

  const visitAll = (nodes: readonly SyntaxNode[], scope: OpenScope): void => {
    for (const child of nodes) visit(child, scope);
  };

  /** A target of assignment: names are bound, everything else in it is read. */
  const visitTarget = (target: SyntaxNode, scope: OpenScope, kind: BindingKind): void => {
    switch (target.type) {
      case 'identifier':
        bind(nameOf(target, scope), scope, kind, target.start);
        return;
      case 'pattern_list':
      case 'tuple_pattern':
      case 'list_pattern':
      case 'list_splat_pattern':
      case 'expression_list':
      case 'tuple':
      case 'list':
      case 'list_splat':
      case 'parenthesized_expression':
      case 'as_pattern_target':
        for (const child of target.children) visitTarget(child, scope, kind);
        return;
      default:
        visit(target, scope);
    }
  };

  /** The names in an annotation that is not evaluated, and those in the strings of one that is. */
  const mentionAnnotation = (node: SyntaxNode, scope: OpenScope): void => {
    switch (node.type) {
      case 'identifier':
        scope.pending.push({
          name: nameOf(node, scope),
          time: 'annotation',
          offset: node.start,
          order: order++,
          isInner: false,
        });
        return;
      case 'attribute':
      case 'member_type':
        mentionAnnotation(node.children[0]!, scope);
        return;
      case 'string':
        mentionString(node, scope);
        return;
      case 'generic_type':
      case 'subscript': {
        const head = node.children[0]!;
        mentionAnnotation(head, scope);
        // `Literal['a']` holds values, `Annotated[T, 'text']` a type and then values.
        const name = textOf(head, text).replace(/^.*\./, '');
        if (name === 'Literal') return;
        const parts =
          head.type === 'identifier' && node.type === 'generic_type'
            ? node.children[1]!.children
            : node.children.slice(1);
        for (const part of name === 'Annotated' ? parts.slice(0, 1) : parts) mentionAnnotation(part, scope);
        return;
      }
      default:
        for (const child of node.children) mentionAnnotation(child, scope);
    }
  };

  const mentionString = (node: SyntaxNode, scope: OpenScope): void => {
    const content = node.children.find((child) => child.type === 'string_content') ?? plainContent(node);
    const written = text.slice(content.start, content.end);
    if (!/^[\w\s.,|[\]'"]+$/u.test(written) || /[\w\]]\s+[\w[]/u.test(written)) return;
    for (const match of written.matchAll(/(?<![\w.'"])[^\W\d]\w*/gu)) {
      const name = mangle(normaliseIdentifier(match[0]), scope.mangling);
      if (keywords.has(name)) continue;
      const offset = content.start + match.index;
      scope.pending.push({ name, time: 'annotation', offset, order: order++, isInner: false });
    }
  };

  /** What stands between the quotes of a string literal. */
  const plainContent = (node: SyntaxNode): { start: number; end: number } => {
    const quotes = /^[a-zA-Z]*("""|'''|"|')/.exec(textOf(node, text));
    if (quotes === null) return node;
    return { start: node.start + quotes[0].length, end: node.end - quotes[1]!.length };
  };

  const visitAnnotation = (
    annotation: SyntaxNode,
    scope: OpenScope,
    isEvaluated = !hasFutureAnnotations,
  ): void => {
    if (isEvaluated) {
      visit(annotation, scope);
      for (const string of stringsOf(annotation)) mentionString(string, scope);
    } else {
      mentionAnnotation(annotation, scope);
    }
  };

  /** The strings of an evaluated annotation that stand for types. */
  const stringsOf = (node: SyntaxNode): SyntaxNode[] => {
    if (node.type === 'string') return [node];
    if (node.type === 'call' || node.type === 'keyword_argument') return [];
    if (node.type === 'subscript' || node.type === 'generic_type') {
      const name = textOf(node.children[0]!, text).replace(/^.*\./, '');
      if (name === 'Literal' || name === 'Annotated') return [];
    }
    return node.children.flatMap(stringsOf);
  };

  /** `df.query('x > @limit')` looks `limit` up where it is called: no reading by Python's grammar, but a need. */
  const mentionQuery = ({ children: [callee, values] }: SyntaxNode, scope: OpenScope): void => {
    if (callee?.type !== 'attribute' || values === undefined) return;
    if (!/^(query|eval)$/.test(textOf(callee.children[1]!, text))) return;
    for (const match of textOf(values, text).matchAll(/(?<=@)[^\W\d]\w*/gu)) {
      const name = normaliseIdentifier(match[0]);
      const offset = values.start + match.index;
      scope.pending.push({ name, time: 'annotation', offset, order: order++, isInner: false });
    }
  };

  /** What a library may look up by a call, whose scope is the caller's. */
  const mentionBorrowed = (call: SyntaxNode, scope: OpenScope): void => {
    const borrowing = borrowingOf(call, functions.at(-1), node, text);
    if (borrowing === undefined) return;
    const words: Borrowing['words'][number][] = [];
    borrowings.push({ ...borrowing, words });
    for (const { written, offset, isMarked } of borrowing.words) {
      scope.pending.push({
        name: normaliseIdentifier(written),
        time: 'annotation',
        offset,
        order: order++,
        isInner: false,
        borrow: (reference) => words.push({ ...reference, isMarked }),
      });
    }
  };

  const visitParameters = (
    parameters: SyntaxNode | undefined,
    scope: OpenScope,
    outer: OpenScope,
    annotations: OpenScope,
  ): void => {
    const bindParameter = (parameter: SyntaxNode): void => {
      const name = parameter.type === 'identifier' ? parameter : childOf(parameter, 'identifier');
      if (name !== undefined) bind(nameOf(name, scope), scope, 'parameter', name.start);
    };
    for (const parameter of parameters?.children ?? []) {
      const [name, ...rest] = parameter.children;
      switch (parameter.type) {
        case 'default_parameter':
        case 'typed_parameter':
        case 'typed_default_parameter':
          if (name !== undefined) bindParameter(name);
          for (const part of rest) {
            if (part.type === 'type') visitAnnotation(part, annotations);
            else visit(part, outer);
          }
          break;
        default:
          bindParameter(parameter);
      }
    }
  };

  /** The scope that holds type parameters (PEP 695), or `scope` itself where there are none. */
  const openTypeParameters = (parameters: SyntaxNode | undefined, scope: OpenScope): OpenScope => {
    if (parameters === undefined) return scope;
    const inner = open('type', scope, scope.time, scope.mangling);
    // Bounds are evaluated only when asked for.
    const bounds = open('type', inner, 'call', scope.mangling);
    const bindTypeParameter = (parameter: SyntaxNode): void => {
      if (parameter.type === 'identifier') {
        bind(nameOf(parameter, scope), inner, 'type-parameter', parameter.start);
      } else if (parameter.type === 'constrained_type') {
        bindTypeParameter(parameter.children[0]!);
        visitAll(parameter.children.slice(1), bounds);
      } else {
        for (const child of parameter.children) bindTypeParameter(child);
      }
    };
    for (const parameter of parameters.children) bindTypeParameter(parameter);
    close(bounds);
    return inner;
  };

  const visitFunction = (node: SyntaxNode, scope: OpenScope, time: Time = 'call'): void => {
    const name = childOf(node, 'identifier')!;
    const outer = openTypeParameters(childOf(node, 'type_parameter'), scope);
    const inner = open('function', outer, time, scope.mangling);
    visitParameters(childOf(node, 'parameters'), inner, scope, outer);
    for (const child of node.children) if (child.type === 'type') visitAnnotation(child, outer);
    bind(nameOf(name, scope), scope, 'function', name.start);
    const body = childOf(node, 'block');
    if (body !== undefined) {
      declare(body, inner);
      functions.push(node);
      visitAll(body.children, inner);
      functions.pop();
    }
    close(inner);
    if (outer !== scope) close(outer);
  };

  const visitClass = (node: SyntaxNode, scope: OpenScope): void => {
    const name = childOf(node, 'identifier')!;
    const outer = openTypeParameters(childOf(node, 'type_parameter'), scope);
    const bases = childOf(node, 'argument_list');
    if (bases !== undefined) visit(bases, outer);
    const inner = open('class', outer, scope.time, textOf(name, text).replace(/^_+/, ''));
    const body = childOf(node, 'block');
    if (body !== undefined) {
      declare(body, inner);
      visitAll(body.children, inner);
    }
    close(inner);
    if (outer !== scope) close(outer);
    bind(nameOf(name, scope), scope, 'class', name.start);
  };

  /** `global` and `nonlocal` hold for the whole scope, wherever in it they stand. */
  const declare = (node: SyntaxNode, scope: OpenScope): void => {
    for (const child of node.children) {
      switch (child.type) {
        case 'global_statement':
          for (const name of child.children) scope.globals.add(nameOf(name, scope));
          break;
        case 'nonlocal_statement':
          for (const name of child.children) scope.nonlocals.add(nameOf(name, scope));
          break;
        case 'function_definition':
        case 'class_definition':
        case 'decorated_definition':
        case 'expression_statement':
          break;
        default:
          declare(child, scope);
      }
    }
  };

  const visitComprehension = (node: SyntaxNode, scope: OpenScope): void => {
    const inner = open('comprehension', scope, scope.time, scope.mangling);
    const [body, ...clauses] = node.children;
    let isFirst = true;
    for (const clause of clauses) {
      if (clause.type === 'for_in_clause') {
        const [target, ...iterables] = clause.children;
        // The first iterable is evaluated outside (language reference, section 6.2.4).
        visitAll(iterables, isFirst ? scope : inner);
        if (target !== undefined) visitTarget(target, inner, 'for');
        isFirst = false;
      } else {
        visit(clause, inner);
      }
    }
    if (body !== undefined) visit(body, inner);
    close(inner);
  };

  const visitPattern = (pattern: SyntaxNode, scope: OpenScope): void => {
    switch (pattern.type) {
      case 'dotted_name': {
        const [first, ...rest] = pattern.children;
        if (first === undefined) return;
        if (rest.length === 0) bind(nameOf(first, scope), scope, 'match', first.start);
        else refer(nameOf(first, scope), scope, first.start);
        return;
      }
      case 'class_pattern': {
        const [type, ...parts] = pattern.children;
        const first = type?.children[0];
        if (first !== undefined) refer(nameOf(first, scope), scope, first.start);
        for (const part of parts) visitPattern(part, scope);
        return;
      }
      case 'keyword_pattern':
        for (const part of pattern.children.slice(1)) visitPattern(part, scope);
        return;
      case 'identifier':
        if (textOf(pattern, text) !== '_') bind(nameOf(pattern, scope), scope, 'match', pattern.start);
        return;
      case 'case_pattern':
      case 'as_pattern':
      case 'union_pattern':
      case 'list_pattern':
      case 'tuple_pattern':
      case 'dict_pattern':
      case 'splat_pattern':
      case 'complex_pattern':
      case 'as_pattern_target':
        for (const part of pattern.children) visitPattern(part, scope);
        return;
      default:
        visit(pattern, scope);
    }
  };

  const visitImport = (node: SyntaxNode, scope: OpenScope): void => {
    const list = scope.parent === undefined ? imports : innerImports;
    const clauses = [...node.children];
    let from: string | undefined;
    if (node.type === 'future_import_statement') from = '__future__';
    else if (node.type === 'import_from_statement')
      from = textOf(clauses.shift()!, text).replace(/[\s\\]+/g, '');
    for (const clause of clauses) {
      const place = {
        start: clause.start,
        end: clause.end,
        ...(tries > 0 && { isTried: true as const }),
        ...(conditions > 0 && { isConditional: true as const }),
      };
      if (clause.type === 'wildcard_import') {
        list.push({ name: '*', module: from ?? '', member: '*', isRenamed: false, ...place });
        continue;
      }
      const isRenamed = clause.type === 'aliased_import';
      const path = isRenamed ? clause.children[0]! : clause;
      const bound = isRenamed ? clause.children[1] : path.children[0];
      // `import as b`: a cell that does not parse.
      if (bound === undefined) continue;
      const written = path.children.map((part) => normaliseIdentifier(textOf(part, text))).join('.');
      const name = nameOf(bound, scope);
      if (from === undefined) list.push({ name, module: written, isRenamed, ...place });
      else list.push({ name, module: from, member: written, isRenamed, ...place });
      bind(name, scope, 'import', bound.start);
    }
  };

  const visitAssignment = (node: SyntaxNode, scope: OpenScope): void => {
    const left = node.children[0]!;
    const annotation = node.children.find((child, i) => i > 0 && child.type === 'type');
    const right = node.children.find((child, i) => i > 0 && child.type !== 'type');
    if (right !== undefined) visit(right, scope);
    visitTarget(left, scope, right === undefined ? 'annotation' : 'assignment');
    // Annotations of a function's variables are not evaluated (PEP 526).
    if (annotation !== undefined) {
      visitAnnotation(annotation, scope, scope.kind !== 'function' && !hasFutureAnnotations);
    }
  };

  const visit = (node: SyntaxNode, scope: OpenScope): void => {
    switch (node.type) {
      case 'identifier':
        refer(nameOf(node, scope), scope, node.start);
        return;
      case 'attribute':
      case 'member_type':
        visit(node.children[0]!, scope);
        return;
      case 'keyword_argument':
        visitAll(node.children.slice(1), scope);
        return;
      case 'call':
        visitAll(node.children, scope);
        mentionQuery(node, scope);
        mentionBorrowed(node, scope);
        return;
      case 'decorated_definition':
        for (const child of node.children) {
          if (child.type !== 'function_definition') visit(child, scope);
          else visitFunction(child, scope, isCompiledAtOnce(node, text) ? 'definition' : 'call');
        }
        return;
      case 'function_definition':
        visitFunction(node, scope);
        return;
      case 'class_definition':
        visitClass(node, scope);
        return;
      case 'lambda': {
        const inner = open('function', scope, 'call', scope.mangling);
        visitParameters(childOf(node, 'lambda_parameters'), inner, scope, scope);
        for (const child of node.children) if (child.type !== 'lambda_parameters') visit(child, inner);
        close(inner);
        return;
      }
      case 'list_comprehension':
      case 'set_comprehension':
      case 'dictionary_comprehension':
      case 'generator_expression':
        visitComprehension(node, scope);
        return;
      case 'assignment':
        visitAssignment(node, scope);
        return;
      case 'augmented_assignment': {
        const [left, ...right] = node.children;
        visitAll(right, scope);
        if (left === undefined) return;
        if (left.type === 'identifier') visit(left, scope);
        visitTarget(left, scope, 'augmented');
        return;
      }
      case 'named_expression': {
        const [name, ...value] = node.children;
        visitAll(value, scope);
        const target = walrusScope(scope);
        if (name !== undefined) bind(nameOf(name, target), target, 'walrus', name.start);
        return;
      }
      case 'for_statement': {
        const [target, iterable, ...bodies] = node.children;
        if (iterable !== undefined) visit(iterable, scope);
        if (target !== undefined) visitTarget(target, scope, 'for');
        conditions++;
        visitAll(bodies, scope);
        conditions--;
        return;
      }
      case 'if_statement':
      case 'while_statement':
      case 'match_statement':
        conditions++;
        visitAll(node.children, scope);
        conditions--;
        return;
      case 'as_pattern': {
        // In `with` and `except`; the patterns of `match` don't come here.
        const [value, target] = node.children;
        if (value !== undefined) visit(value, scope);
        if (target !== undefined) visitTarget(target, scope, 'with');
        return;
      }
      case 'try_statement': {
        const isCaught = childOf(node, 'except_clause', 'except_group_clause') !== undefined;
        for (const child of node.children) {
          const step = isCaught && child.type === 'block' ? 1 : 0;
          tries += step;
          visit(child, scope);
          tries -= step;
        }
        return;
      }
      case 'except_clause':
      case 'except_group_clause':
        conditions++;
        for (const child of node.children) {
          const [value, target] = child.children;
          if (child.type === 'as_pattern' && value !== undefined && target !== undefined) {
            visit(value, scope);
            visitTarget(target, scope, 'except');
          } else {
            visit(child, scope);
          }
        }
        conditions--;
        return;
      case 'delete_statement':
        for (const child of node.children) visitTarget(child, scope, 'delete');
        return;
      case 'case_clause':
        for (const child of node.children) {
          if (child.type === 'case_pattern') visitPattern(child, scope);
          else visit(child, scope);
        }
        return;
      case 'import_statement':
      case 'import_from_statement':
      case 'future_import_statement':
        visitImport(node, scope);
        return;
      case 'global_statement':
      case 'nonlocal_statement':
        return;
      case 'type_alias_statement': {
        const [left, ...value] = node.children;
        const generic = left === undefined ? undefined : childOf(left, 'generic_type');
        const name = generic === undefined ? left?.children[0] : childOf(generic, 'identifier');
        const outer = openTypeParameters(generic && childOf(generic, 'type_parameter'), scope);
        // The value is evaluated only when asked for (PEP 695).
        const inner = open('type', outer, 'call', scope.mangling);
        visitAll(value, inner);
        close(inner);
        if (outer !== scope) close(outer);
        if (name !== undefined) bind(nameOf(name, scope), scope, 'type-alias', name.start);
        return;
      }
      default:
        visitAll(node.children, scope);
    }
  };

  const module = open('module', undefined, 'definition', '');
  visit(node, module);
  close(module);
  return {
    bindings: bindings.sort((a, b) => a.offset - b.offset),
    references: [...references.values()].sort((a, b) => a.offset - b.offset),
    writes,
    imports,
    innerImports,
    borrowings,
  };
}
