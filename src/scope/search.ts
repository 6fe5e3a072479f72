/** Tells whether a statement looks names of the notebook up that are not written out: `globals()['load_' + kind]`. */
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';
import type { Magic } from '../python/magic.ts';
import { words } from '../text/words.ts';
import { mainModule, namespace, shell, shellName } from './dynamic.ts';
import { evaluatesApart } from './evaluate.ts';

/** Whether it looks some of the names up, or goes through all of them in their order. */
export type Search = 'some' | 'all';

/** Without one of these words nothing is looked up so. */
const signs =
  /\b(globals|locals|vars|dir|eval|exec|user_ns|user_global_ns|f_globals|f_locals|__globals__|__main__|__name__|get_ipython|InteractiveShell|ip|ipython|shell)\b/;

/** What looks up only the names in the code that it is given first: builtins, and functions of `timeit` and the profilers. */
const codeRunners = words('eval exec timeit repeat Timer run runctx');

/** The same for the text that it is a method of: of `str` and of `string.Template`. */
const templateMethods = words('format format_map substitute safe_substitute');

/** What is given a namespace and looks no name of it up; `setitem` and the like only write. */
const indifferent = words('setitem delitem dict id type len');

/** What a `dict` has for its own keys: methods that look up the one that they are given first. */
const keyedReads = words('get pop __getitem__ __contains__ __delitem__');
/** Those that bind what they are given. `setdefault` does so where nothing is bound. */
const keyedWrites = words('update setdefault __setitem__');

/** Builtins that look up one attribute of the object that they are given, by a name that they are given next. */
const attributeReads = words('getattr hasattr delattr');

/** Methods of IPython's `InteractiveShell` that run code or look a name up. */
const shellReads = words(`
  ev ex run_cell run_cell_async run_cell_magic run_code run_line_magic magic system getoutput var_expand
`);

/** A string in which names of the notebook's module are imported: `f'from __main__ import {name}'`. */
const importsComputed = /__main__\s+import\b.*(?:[{*%]|import\s*["'])/s;

/** How the names of the notebook are looked up in a statement, other than by names that it holds. */
export function searchOf(statement: SyntaxNode, text: string, magics: readonly Magic[]): Search | undefined {
  const byMagic = magics.map(searchOfMagic);
  if (byMagic.includes('all')) return 'all';
  const byCode = signs.test(textOf(statement, text)) ? searchOfCode(statement, text) : undefined;
  return byCode ?? byMagic.find((search) => search !== undefined);
}

/** `%whos` lists them; `%timeit $name(1)` gets the code that it times from a variable. */
function searchOfMagic({ kind, name, argument }: Magic): Search | undefined {
  if (kind !== 'line' && kind !== 'automagic' && kind !== 'assign-line') return undefined;
  if (/^(who|whos|who_ls)$/.test(name)) return 'all';
  const isExpanded = /^(time|timeit|prun|lprun|mprun|memit)$/.test(name) && /\$\w|\{\w+\}/.test(argument);
  return isExpanded ? 'some' : undefined;
}

function searchOfCode(statement: SyntaxNode, text: string): Search | undefined {
  const apart = evaluatesApart(statement, text);
  const compact = (node: SyntaxNode): string => textOf(node, text).replace(/\s+/g, '');
  let found: Search | undefined;
  const add = (search: Search | undefined): void => {
    if (found !== 'all') found = search ?? found;
  };
  /** @param above the nodes that it lies in, the nearest last */
  const visit = (node: SyntaxNode, above: readonly SyntaxNode[]): void => {
    if (/^import/.test(node.type)) return;
    const isInFunction = above.some(({ type }) => type === 'function_definition');
    const isShort = node.end - node.start < 200;
    const source = isShort && /^(identifier|call|attribute|subscript)$/.test(node.type) ? compact(node) : '';
    const isOwn = isInFunction && /^(locals|vars|dir)\(\)$/.test(source);
    if (!isOwn && (namespace.test(source) || source === 'dir()')) {
      add(searchIn(above, node, text));
      return;
    }
    if (mainModule.test(source)) {
      add(searchOfModule(above, node, text));
      return;
    }
    if (node.type === 'identifier') add(searchOfName(above, node, apart, text));
    else if (node.type === 'string' && importsComputed.test(textOf(node, text))) add('some');
    else if (node.type === 'call') add(searchOfShell(node, text, compact));
    const inside = [...above, node];
    for (const child of node.children) visit(child, inside);
  };
  visit(statement, []);
  return found;
}

/** Whether a string says all: no part of it is computed. */
function isWritten(node: SyntaxNode | undefined): boolean {
  if (node === undefined) return false;
  if (node.type === 'concatenated_string') return node.children.every(isWritten);
  return node.type === 'string' && childOf(node, 'interpolation') === undefined;
}

const argumentsOf = (call: SyntaxNode): readonly SyntaxNode[] =>
  childOf(call, 'argument_list')?.children ?? [];

/** What is done with the namespace: `globals()[name]`, `name in dir()`, `render(**globals())`. */
function searchIn(above: readonly SyntaxNode[], node: SyntaxNode, text: string): Search | undefined {
  const parent = above.at(-1);
  const whole = above.at(-2);
  switch (parent?.type) {
    case 'subscript': {
      if (parent.children[0] !== node || isWritten(parent.children[1])) return undefined;
      const isTarget = whole?.type === 'assignment' && whole.children[0] === parent;
      return isTarget ? undefined : 'some';
    }
    case 'attribute': {
      const method = textOf(parent.children[1]!, text);
      if (keyedWrites.has(method)) return undefined;
      if (!keyedReads.has(method)) return 'all';
      return whole?.type === 'call' && isWritten(argumentsOf(whole)[0]) ? undefined : 'some';
    }
    case 'comparison_operator': {
      const others = parent.children.filter((child) => child !== node);
      const isSought = /\bin\b/.test(text.slice(others[0]!.end, node.start));
      return isSought && !others.every(isWritten) ? 'some' : undefined;
    }
    case 'binary_operator':
      return isWritten(parent.children[0]) ? undefined : 'all';
    case 'keyword_argument':
    case 'dictionary_splat':
      return searchOfCall(above.at(-3), text);
    case 'argument_list':
      return searchOfCall(whole, text);
    default:
      return 'all';
  }
}

/** What a call does with the namespace that it is given. */
function searchOfCall(call: SyntaxNode | undefined, text: string): Search | undefined {
  if (call?.type !== 'call') return 'all';
  const callee = call.children[0]!;
  const name = textOf(callee.type === 'attribute' ? callee.children[1]! : callee, text);
  // `patch.dict(globals(), k=1)` only writes.
  if (indifferent.has(name)) return undefined;
  if (templateMethods.has(name)) return isWritten(callee.children[0]) ? undefined : 'some';
  if (!codeRunners.has(name)) return 'all';
  return isWritten(argumentsOf(call)[0]) ? undefined : 'some';
}

/** What is done with the module that the notebook is: `getattr(__main__, name)`. */
function searchOfModule(above: readonly SyntaxNode[], node: SyntaxNode, text: string): Search | undefined {
  const call = above.at(-2);
  if (above.at(-1)?.type !== 'argument_list' || call?.type !== 'call') return undefined;
  const callee = textOf(call.children[0]!, text);
  if (callee === 'dir') return 'all';
  const [object, name] = argumentsOf(call);
  if (!attributeReads.has(callee) || object !== node) return undefined;
  return isWritten(name) ? undefined : 'some';
}

/** `eval(code)`, `xs.map(eval)`; `df.eval(code)` is another thing, and so is code that has its own names. */
function searchOfName(
  above: readonly SyntaxNode[],
  node: SyntaxNode,
  apart: ReadonlySet<string>,
  text: string,
): Search | undefined {
  const name = textOf(node, text);
  const parent = above.at(-1);
  if (parent?.type === 'attribute' && parent.children[0] !== node) return undefined;
  if (parent?.type === 'keyword_argument' && parent.children[0] === node) return undefined;
  const isCalled = parent?.type === 'call' && parent.children[0] === node;
  // `names = globals`: who knows when it is called.
  if (name === 'globals') return isCalled ? undefined : 'all';
  if ((name !== 'eval' && name !== 'exec') || apart.has(name)) return undefined;
  if (!isCalled) return 'some';
  const [source, names] = argumentsOf(parent);
  const isElsewhere = names !== undefined && !descendants(names).some((part) => isNamesOf(part, text));
  return isWritten(source) || isElsewhere ? undefined : 'some';
}

const isNamesOf = (node: SyntaxNode, text: string): boolean =>
  namespace.test(textOf(node, text).replace(/\s+/g, ''));

/** `get_ipython().ev('load_' + kind)` */
function searchOfShell(
  call: SyntaxNode,
  text: string,
  compact: (node: SyntaxNode) => string,
): Search | undefined {
  const callee = call.children[0]!;
  if (callee.type !== 'attribute' || !shellReads.has(textOf(callee.children[1]!, text))) return undefined;
  const object = compact(callee.children[0]!);
  if (!shell.test(object) && !shellName.test(object)) return undefined;
  return argumentsOf(call).every((value) => value.type === 'keyword_argument' || isWritten(value))
    ? undefined
    : 'some';
}
