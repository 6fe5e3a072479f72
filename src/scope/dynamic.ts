/** Finds writes to the notebook's names that are no bindings of Python's grammar: through `globals()`, `exec` and the like. */
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';

/** A statement's writing to names that are computed as it runs. */
export interface DynamicWrite {
  /** The names that it may bind. */
  readonly pattern: RegExp;
  /** Whether the names are written out in full. */
  readonly isExact: boolean;
  /** UTF-16, in the cell's source. */
  readonly offset: number;
}

/** Expressions that yield the notebook's namespace, or the module that holds it. */
const namespace =
  /^((globals|locals|vars)\(\)|.*\.user_(global_)?ns|(__main__|sys\.modules\[(['"])__main__\4\])\.__dict__)$/;
const mainModule = /^(__main__|sys\.modules\[(__name__|(['"])__main__\3)\])$/;
const shellRuns = /^(push|run_cell|ex|run_code|run_line_magic|run_cell_magic|magic)$/;

/** Without one of these words nothing is written so. */
const signs = /globals|locals|vars|user_|__main__|modules|exec|push|run_cell|ex\b|run_code|magic/;

/** All writes in a statement, in functions that it defines, too: `globals()['k'] = 1`, `exec(code)`, `__main__.k = 1`. */
export function dynamicWrites(statement: SyntaxNode, text: string): DynamicWrite[] {
  if (!signs.test(textOf(statement, text))) return [];
  const writes: DynamicWrite[] = [];
  const compact = (node: SyntaxNode): string => textOf(node, text).replace(/\s+/g, '');
  const write = (node: SyntaxNode, sources: readonly string[]): void => {
    const pattern = new RegExp(`^(${sources.join('|')})$`, 'u');
    writes.push({ pattern, isExact: !sources.some((source) => source.includes('.*')), offset: node.start });
  };
  const writeTo = (target: SyntaxNode): void => {
    const [object, member] = target.children;
    if (object === undefined || member === undefined) return;
    if (target.type === 'subscript' && namespace.test(compact(object)))
      write(target, [patternOf(member, text)]);
    if (target.type === 'attribute' && mainModule.test(compact(object)))
      write(target, [textOf(member, text)]);
  };
  const reads = new Set(
    descendants(statement)
      .filter(({ type }) => type === 'function_definition')
      .flatMap((body) => aliasesThatRead(body, text, compact)),
  );
  for (const node of descendants(statement)) {
    switch (node.type) {
      case 'assignment': {
        const [left] = node.children;
        for (const target of /^(pattern_list|tuple_pattern|list_pattern)$/.test(left!.type)
          ? left!.children
          : [left!])
          writeTo(target);
        // `names = globals()`: whatever is done with it afterwards.
        if (namespace.test(compact(node.children.at(-1)!)) && !reads.has(node)) write(node, ['.*']);
        break;
      }
      case 'augmented_assignment':
      case 'delete_statement':
        node.children.forEach(writeTo);
        break;
      case 'for_statement':
        writeTo(node.children[0]!);
        break;
      case 'call': {
        const sources = writesOfCall(node, text, compact);
        if (sources.length > 0) write(node, sources);
      }
    }
  }
  return writes;
}

/**
 * The assignments `names = globals()` in a function that does no more with `names` than look: `names[key]`,
 * `key in names`, `names.get(key)`. At the top level a later cell might write through it.
 */
function aliasesThatRead(
  body: SyntaxNode,
  text: string,
  compact: (node: SyntaxNode) => string,
): SyntaxNode[] {
  const nodes = descendants(body);
  return nodes.filter((node) => {
    const [left] = node.children;
    if (node.type !== 'assignment' || left?.type !== 'identifier') return false;
    if (!namespace.test(compact(node.children.at(-1)!))) return false;
    const name = textOf(left, text);
    const looks = new Set([left]);
    for (const { type, children } of nodes) {
      const [object, member] = children;
      if (object === undefined) continue;
      const method = member === undefined ? '' : textOf(member, text);
      if (type === 'comparison_operator') children.forEach((child) => looks.add(child));
      if (type === 'attribute' && /^(get|keys|values|items|copy)$/.test(method)) looks.add(object);
      if (type === 'subscript') looks.add(object);
    }
    for (const { type, children } of nodes) {
      // Written to: `names[key] = …`, `del names[key]`, `for names[key] in …`.
      if (
        !/^(assignment|augmented_assignment|delete_statement|for_statement|for_in_clause|as_pattern)$/.test(
          type,
        )
      )
        continue;
      for (const target of type === 'delete_statement' ? children : children.slice(0, 1)) {
        for (const part of descendants(target)) {
          const [object] = part.children;
          if (part.type === 'subscript' && object !== undefined) looks.delete(object);
        }
      }
    }
    return nodes.every((use) => use.type !== 'identifier' || textOf(use, text) !== name || looks.has(use));
  });
}

function writesOfCall(call: SyntaxNode, text: string, compact: (node: SyntaxNode) => string): string[] {
  const [callee, list] = call.children;
  const values = list?.children ?? [];
  const [first, second] = values;
  if (callee === undefined || first === undefined) return [];
  if (callee.type === 'identifier') {
    const name = textOf(callee, text);
    if (name === 'exec' && (second === undefined || namespace.test(compact(second))))
      return wordsOf(first, text);
    if (/^(setattr|delattr)$/.test(name) && mainModule.test(compact(first)) && second !== undefined)
      return [patternOf(second, text)];
    return [];
  }
  if (callee.type !== 'attribute') return [];
  const object = compact(callee.children[0]!);
  const method = textOf(callee.children[1]!, text);
  if (namespace.test(object)) {
    if (/^(setdefault|pop|__setitem__|__delitem__)$/.test(method)) return [patternOf(first, text)];
    return method === 'update' ? values.flatMap((value) => keysOf(value, text)) : [];
  }
  if (!/^(get_ipython\(\)|ip|ipython|shell)$/.test(object) || !shellRuns.test(method)) return [];
  return method === 'push' ? keysOf(first, text) : values.flatMap((value) => wordsOf(value, text));
}

/** The keys of `{'a': 1}`, the name in `a=1`; anything else may have any keys. */
function keysOf(value: SyntaxNode, text: string): string[] {
  if (value.type === 'keyword_argument') return [textOf(value.children[0]!, text)];
  if (value.type !== 'dictionary') return ['.*'];
  return value.children.map((pair) => (pair.type === 'pair' ? patternOf(pair.children[0]!, text) : '.*'));
}

/** What a string expression can yield, as a regular expression: `f'a_{i}'` is `a_.*`. */
function patternOf(node: SyntaxNode, text: string): string {
  if (node.type === 'binary_operator') return node.children.map((child) => patternOf(child, text)).join('');
  if (node.type !== 'string') return '.*';
  const parts = node.children
    .filter(({ type }) => /^(string_content|interpolation)$/.test(type))
    .map((child) => (child.type === 'interpolation' ? '' : textOf(child, text)));
  if (parts.length === 0) parts.push(textOf(node, text).replace(/^\w*["']+|["']+$/g, ''));
  // What is no part of a name, an escape or an interpolation, stands for anything.
  return parts.map((part) => part.replace(/\W+/gu, '.*') || '.*').join('');
}

/** Every word of code that is written out; code that is computed may hold any. */
function wordsOf(node: SyntaxNode, text: string): string[] {
  if (node.type !== 'string' || childOf(node, 'interpolation') !== undefined) return ['.*'];
  return [...textOf(node, text).matchAll(/[^\W\d]\w*/gu)].map(([word]) => word);
}
