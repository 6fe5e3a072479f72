/** Tells what a piece of syntax does to the objects that names stand for: what it looks into, may change, sets and reads. */
import { textOf, type SyntaxNode } from '../python/syntax.ts';
import { words } from '../text/words.ts';
import { isPureMethod } from './acting.ts';
import { isCompiledAtOnce } from './bind.ts';
import { normaliseIdentifier, writtenPath } from './paths.ts';

/** A name, or a name and attributes, read when a definition is made: `np.float`. */
export interface PathRead {
  readonly path: string;
  /** UTF-16, in the cell's source. */
  readonly offset: number;
  /** Whether it is called, other than as a decorator. */
  readonly isCalled: boolean;
  /** Whether its value, or what the call of it yields, becomes text: `f'{weights}'`, `str(np.array(x))`. */
  readonly isSpelled?: true | undefined;
}

/** Positions in which an object is kept as it is. */
const handsOn =
  /^(default_parameter|typed_default_parameter|assignment|list|tuple|expression_list|set|pair)$/;

/**
 * Names that a definition looks into when it is made, and those of which it only hands on attributes. A base class, an
 * annotation, a default or a decorator that is the object itself is handed on and nothing more; the bodies of functions
 * don't run.
 */
export function looksInside(
  node: SyntaxNode,
  text: string,
): { readonly looksInside: ReadonlySet<string>; readonly handsOnAttributesOf: ReadonlySet<string> } {
  const names = new Set<string>();
  const attributes = new Set<string>();
  const others = new Set<string>();
  const visit = (current: SyntaxNode, parent: SyntaxNode | undefined, above?: SyntaxNode): void => {
    switch (current.type) {
      case 'type':
        return;
      case 'identifier':
        if (
          parent === undefined ||
          !/^(decorator|default_parameter|typed_default_parameter|assignment|class_definition)$/.test(
            parent.type,
          )
        ) {
          const name = normaliseIdentifier(textOf(current, text));
          names.add(name);
          const isHandedOn = parent?.type === 'attribute' && handsOn.test(above?.type ?? '');
          (isHandedOn ? attributes : others).add(name);
        }
        return;
      case 'lambda':
        for (const child of current.children) if (child.type === 'lambda_parameters') visit(child, current);
        return;
      case 'function_definition':
        for (const child of current.children) {
          const isRead = child.type === 'block' && parent !== undefined && isCompiledAtOnce(parent, text);
          if (child.type === 'parameters' || isRead) visit(child, current);
        }
        return;
      case 'class_definition':
        for (const child of current.children) {
          // Bases and keywords are handed to the metaclass.
          const isBare = (part: SyntaxNode): boolean =>
            part.type === 'identifier' || part.type === 'keyword_argument';
          if (child.type === 'argument_list')
            for (const part of child.children) if (!isBare(part)) visit(part, child);
          if (child.type === 'block') visit(child, current);
        }
        return;
      default:
        for (const child of current.children) visit(child, current, parent);
    }
  };
  visit(node, undefined);
  for (const name of others) attributes.delete(name);
  return { looksInside: names, handsOnAttributesOf: attributes };
}

/**
 * What a statement may do to an object: change it, have a method of its own change it, or change only the objects in it,
 * as by `row = rows[0]` and `row.pop()`.
 */
export type Exposure = 'whole' | 'method' | 'parts';

/** Positions in which an object is only looked at. */
const harmless = words(`
  comparison_operator not_operator unary_operator interpolation expression_statement if_statement elif_clause
  while_statement if_clause assert_statement slice
`);

/** Positions that hand on what they are given. */
const transparent = words(
  'parenthesized_expression boolean_operator conditional_expression keyword_argument',
);

/** What is given to them is a part of what they hand on. */
const gathering = words('tuple list set expression_list');

/** Positions from which only the objects in an object can be reached: elements, iteration, copies. */
const partial = words('subscript binary_operator list_splat dictionary_splat');

/** Builtins that only look at their arguments. */
const onlyLooks = /^(len|print|display|str|repr|type|isinstance|abs|round|id|hash|range|bool|float|int)$/;

/** Makers of arrays that hold numbers and nothing of their arguments, unless their type is `object`. */
const makesNumbers = /^(np|numpy)\.(full|zeros|ones|empty|arange|linspace|logspace|geomspace|eye|identity)$/;

/** What hands on the objects in its arguments, or uses up an iterator. */
const takesParts =
  /^(np\.array|numpy\.array|sum|min|max|sorted|list|tuple|set|dict|frozenset|any|all|enumerate|zip|map|filter|reversed|next|iter)$/;

/** Names whose object the statement may change, and how far. */
export function mayChange(
  node: SyntaxNode,
  text: string,
  setsAttributes: ReadonlySet<string>,
): ReadonlyMap<string, Exposure> {
  const names = new Map<string, Exposure>();
  const exposeTo = (name: string, exposure: Exposure): void => {
    const before = names.get(name);
    if (before === undefined || exposure === 'whole' || before === 'parts') names.set(name, exposure);
  };
  const visit = (
    current: SyntaxNode,
    parent: SyntaxNode | undefined,
    exposure: Exposure | undefined,
  ): void => {
    if (current.type === 'type') return;
    if (current.type === 'identifier') {
      if (exposure !== undefined) exposeTo(normaliseIdentifier(textOf(current, text)), exposure);
      return;
    }
    for (let i = 0; i < current.children.length; i++) {
      visit(current.children[i]!, current, exposureOfChild(i, current, parent, exposure, text));
    }
  };
  visit(node, undefined, undefined);
  for (const name of setsAttributes) names.set(name, 'whole');
  return names;
}

/** How far an object in one of a node's children is exposed, if what the node yields is as far. */
function exposureOfChild(
  i: number,
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  exposure: Exposure | undefined,
  text: string,
): Exposure | undefined {
  const { type, children } = node;
  const parts = exposure === undefined ? undefined : 'parts';
  switch (type) {
    case 'attribute': {
      if (i === 1) return undefined;
      const isCalled = parent?.type === 'call' && parent.children[0] === node;
      if (!isCalled) return parts;
      return isPureMethod(textOf(children[1]!, text)) ? 'parts' : 'method';
    }
    case 'call':
      return undefined;
    case 'argument_list': {
      // Nothing happens to a class from which another is derived; what keywords give, `__init_subclass__` has.
      if (parent?.type === 'class_definition' && children[i]!.type !== 'keyword_argument') return undefined;
      const callee = parent?.children[0];
      const name = callee === undefined ? '' : textOf(callee, text);
      if (makesNumbers.test(name) && !/\bobject\b/.test(textOf(parent!, text))) return undefined;
      return onlyLooks.test(name) ? undefined : takesParts.test(name) ? 'parts' : 'whole';
    }
    case 'assignment':
      return i === 0 ? undefined : 'whole';
    case 'keyword_argument':
      return i === 0 ? undefined : exposure;
    case 'for_statement':
    case 'for_in_clause':
      return i === 0 ? undefined : 'parts';
    default:
      if (harmless.has(type)) return undefined;
      if (transparent.has(type)) return exposure;
      if (gathering.has(type)) return exposure === undefined ? undefined : 'whole';
      if (partial.has(type)) return i === 0 || type !== 'subscript' ? parts : undefined;
      return 'whole';
  }
}

/** What assigns to its first child, or deletes it. */
const setsTargets =
  /^(assignment|augmented_assignment|delete_statement|for_statement|for_in_clause|as_pattern_target)$/;

/** What stands, among the names of which attributes are set, for a class that is asked for: `type(self).count += 1`. */
export const someType = 'type(…)';

/** Names of whose object an attribute or item, or one below, is set or deleted. */
export function setsAttributeOf(parts: readonly SyntaxNode[], text: string): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (object: SyntaxNode | undefined): void => {
    if (object?.type === 'identifier') names.add(normaliseIdentifier(textOf(object, text)));
    else if (
      object?.type === 'call' &&
      object.children.length > 0 &&
      textOf(object.children[0]!, text) === 'type'
    )
      names.add(someType);
  };
  const addRoot = (target: SyntaxNode): void => {
    let root = target;
    while (root.type === 'attribute' || root.type === 'subscript') root = root.children[0]!;
    if (root !== target) add(root);
    if (/pattern|^(expression_list|parenthesized_expression|tuple|list)$/.test(target.type))
      target.children.forEach(addRoot);
  };
  for (const part of parts) {
    if (setsTargets.test(part.type) && part.children[0] !== undefined) addRoot(part.children[0]);
    if (part.type !== 'call' || !/^(setattr|delattr)$/.test(textOf(part.children[0]!, text))) continue;
    add(part.children[1]?.children[0]);
  }
  return names;
}

/** The attributes that are set or deleted, or an item below them, as paths: `np.float`, `plt.rcParams`. */
export function setsPaths(parts: readonly SyntaxNode[], text: string): readonly string[] {
  const paths = new Set<string>();
  const add = (target: SyntaxNode): void => {
    if (/^(pattern_list|tuple_pattern|expression_list)$/.test(target.type)) target.children.forEach(add);
    // What follows a subscript or a call is set somewhere below.
    for (let at: SyntaxNode | undefined = target; at !== undefined; at = at.children[0]) {
      const path = at.type === 'attribute' ? writtenPath(at, text) : undefined;
      if (path !== undefined) {
        paths.add(path);
        return;
      }
    }
  };
  for (const part of parts) {
    if (/^(assignment|augmented_assignment|delete_statement)$/.test(part.type)) add(part.children[0]!);
    if (part.type !== 'call' || !/^(setattr|delattr)$/.test(textOf(part.children[0]!, text))) continue;
    const [object, name] = part.children[1]?.children ?? [];
    const path = object === undefined ? undefined : writtenPath(object, text);
    const attribute = name === undefined ? null : /^(["'])(\w+)\1$/.exec(textOf(name, text));
    if (path !== undefined && attribute !== null) paths.add(`${path}.${attribute[2]!}`);
  }
  return [...paths];
}

/** Whether a statement sets what a path names, and not what is below: `plt.rc = …`, not `plt.rcParams['font'] = …`. */
export function setsWhole(normalised: string, path: string): boolean {
  return (
    normalised.includes(`${path.replaceAll('.', ' . ')} =`) || /\b(setattr|delattr|del) /.test(normalised)
  );
}

/** The names and dotted paths that a definition or constant reads as it runs; the bodies of functions don't. */
export function readsPaths(
  node: SyntaxNode,
  text: string,
  hasFutureAnnotations: boolean,
): readonly PathRead[] {
  const reads = new Map<string, PathRead>();
  const visit = (current: SyntaxNode, parent: SyntaxNode | undefined, isSpelled: boolean): void => {
    if (current.type === 'type' && hasFutureAnnotations) return;
    const path = writtenPath(current, text);
    if (path !== undefined) {
      const before = reads.get(path);
      const isCall = parent?.type === 'call' && parent.children[0] === current;
      if (before === undefined || (isCall && !before.isCalled) || (isSpelled && !before.isSpelled)) {
        const isCalled = isCall || before?.isCalled === true;
        const offset = before?.isCalled === isCalled ? before.offset : current.start;
        const spelled = isSpelled || before?.isSpelled === true ? ({ isSpelled: true } as const) : {};
        reads.set(path, { path, offset, isCalled, ...spelled });
      }
      return;
    }
    current.children.forEach((child, i) => {
      if (child.type === 'block' && current.type === 'function_definition') return;
      if (current.type === 'lambda' && child.type !== 'lambda_parameters') return;
      const isDecorating = current.type === 'decorator' && child.type === 'call';
      if (isDecorating) for (const part of child.children) visit(part, undefined, false);
      else visit(child, current, spells(current, i, text) ?? isSpelled);
    });
  };
  visit(node, undefined, false);
  return [...reads.values()];
}

/** Whether a part of a piece of syntax becomes text; undefined if it does where all of it does. */
function spells({ type, children }: SyntaxNode, i: number, text: string): boolean | undefined {
  if (type === 'interpolation') return true;
  if (type === 'call') {
    const [first] = children;
    if (i === 0) return undefined;
    if (first?.type === 'identifier') return /^(str|repr|ascii|format)$/.test(textOf(first, text));
    const [object, method] = first?.children ?? [];
    return object?.type === 'string' && method !== undefined && textOf(method, text) === 'format';
  }
  const isFormat = type === 'binary_operator' && i === 1 && children[0]!.type === 'string';
  return isFormat && text.slice(children[0]!.end, children[1]!.start).includes('%') ? true : undefined;
}
