/** Finds writes to the notebook's names that are no bindings of Python's grammar: through `globals()`, `exec` and the like. */
import { effectsOfLine, type Magic } from '../python/magic.ts';
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';
import { ownMagic } from './own-magics.ts';

/** A statement's writing to names that are computed as it runs. */
export interface DynamicWrite {
  /** The names that it may bind. */
  readonly pattern: RegExp;
  /** Whether the names are written out in full. */
  readonly isExact: boolean;
  /** Whether only names count that are bound elsewhere: the code can't be read. */
  readonly isUnread?: true;
  /** Whether it is one only where the variable of this name is the shell: `sh` of `sh.push({'k': 1})`. */
  readonly shell?: string;
  /** Whether it is one only where this, as written, is what sympy imports: `sp.var`. */
  readonly maker?: string;
  /** Whether it clears the namespace: what any name means after it is not known. */
  readonly clears?: string;
  /** The line magic, and what it is given, that it has the shell run and that binds what nobody knows: `%run other.py`. */
  readonly magic?: { readonly name: string; readonly argument: string };
  /** The cell magic that it defines, whose cells it has IPython run: what these bind it binds. */
  readonly runsCellsOf?: string;
  /** UTF-16, in the cell's source. */
  readonly offset: number;
}

/** Expressions, less their blanks, that yield the module that the notebook is. */
const ownName = String.raw`(?:__name__|(?:"__main__"|'__main__'))`;
const ownModule = [
  '__main__',
  String.raw`(?:sys\.)?modules(?:\[${ownName}\]|\.get\(${ownName}\))`,
  String.raw`(?:(?:importlib\.)?import_module|__import__)\(${ownName}\)`,
  String.raw`(?:inspect\.)?getmodule\(.*(?:currentframe|stack|_getframe)\(.*`,
].join('|');
export const mainModule = new RegExp(`^(?:${ownModule})$`);
/** Expressions that yield its namespace. */
export const namespace = new RegExp(
  String.raw`^(?:(?:globals|locals|vars)\(\)|local_ns|.*\.user_(?:global_)?ns|(?:${ownModule})\.__dict__|vars\((?:${ownModule})\)|.*\.(?:__globals__|f_globals|f_locals))$`,
);
const shellRuns =
  /^(push|run_cell|run_cell_async|ex|run_code|run_line_magic|run_cell_magic|magic|del_var|reset)$/;
/** Expressions that yield the shell, `self.shell` in a class of magics among them, and names that it is given in extensions. */
export const shell = /\bget_ipython\(\)|\bInteractiveShell\b|\.shell$/;
export const shellName = /^(ip|ipython|shell)$/;

/** Without one of these words nothing is written so. */
const signs =
  /globals|locals|vars\(|\bvar\(\s*[^)\s]|eval\(\s*\w?["']|user_|__main__|__name__|modules|import_module|getmodule|exec|push|run_cell|ex\b|run_code|magic|del_var|\.reset\(|local_/;

/** What gets at the notebook's objects by strings, and by its module: `globals()['rows'].pop()`, `__main__.rows.pop()`. */
const reachesByString = /\b(globals|locals|vars|exec|user_ns|user_global_ns|get_ipython)\b|(?<![\w.])eval\b/;
const reachesByModule = /\b(__main__|modules\s*(\[|\.get\b)|import_module)/;

/** The names of what a statement gets at in such ways, and perhaps changes. */
export function reachedNames(
  statement: SyntaxNode,
  text: string,
  attributes: ReadonlySet<string>,
): readonly string[] {
  const source = textOf(statement, text);
  const isByModule = reachesByModule.test(source);
  if (!isByModule && !reachesByString.test(source)) return [];
  const strings = descendants(statement).filter(({ type }) => type === 'string');
  const words = strings.flatMap((string) => textOf(string, text).match(/[^\W\d]\w*/gu) ?? []);
  return isByModule ? [...attributes, ...words] : words;
}

/** The variables that a statement binds to IPython's shell, or to something of it. */
export function shellsOf(statement: SyntaxNode, text: string): readonly string[] {
  if (!/get_ipython|InteractiveShell/.test(textOf(statement, text))) return [];
  return descendants(statement).flatMap(({ type, children: [target, ...values] }) =>
    /^(assignment|named_expression)$/.test(type) &&
    target?.type === 'identifier' &&
    values.some((value) => shell.test(textOf(value, text)))
      ? [textOf(target, text)]
      : [],
  );
}

/** All writes in a statement, in functions that it defines, too: `globals()['k'] = 1`, `exec(code)`, `__main__.k = 1`. */
export function dynamicWrites(statement: SyntaxNode, text: string): DynamicWrite[] {
  if (!signs.test(textOf(statement, text))) return [];
  const writes: DynamicWrite[] = [];
  const compact = (node: SyntaxNode): string => textOf(node, text).replace(/\s+/g, '');
  const write = (
    node: SyntaxNode,
    sources: readonly string[],
    where?: Pick<DynamicWrite, 'shell' | 'maker' | 'clears' | 'magic' | 'runsCellsOf'>,
  ): void => {
    const pattern = new RegExp(`^(${sources.join('|')})$`, 'u');
    const isExact = !sources.some((source) => source.includes('.*'));
    writes.push({ pattern, isExact, offset: node.start, ...where });
  };
  const functions = descendants(statement).filter(({ type }) => type === 'function_definition');
  /** Whether it is the notebook's namespace: in a function `locals()` is the function's own. */
  const isNamespace = (node: SyntaxNode): boolean => {
    const source = compact(node);
    if (!namespace.test(source)) return false;
    const isOwn = /^(locals|vars)\(\)$/.test(source);
    return !isOwn || !functions.some(({ start, end }) => start < node.start && node.end <= end);
  };
  const writeTo = (target: SyntaxNode): void => {
    const [object, member] = target.children;
    if (object === undefined || member === undefined) return;
    if (target.type === 'subscript' && isNamespace(object)) write(target, [patternOf(member, text)]);
    if (target.type === 'attribute' && mainModule.test(compact(object)))
      write(target, [textOf(member, text)]);
  };
  const magic = ownMagic(statement, text);
  const silent = new Set<SyntaxNode>();
  const reads = new Set(functions.flatMap((body) => aliasesThatRead(body, text, compact)));
  for (const node of descendants(statement)) {
    switch (node.type) {
      case 'assignment': {
        const [left] = node.children;
        for (const target of /^(pattern_list|tuple_pattern|list_pattern)$/.test(left!.type)
          ? left!.children
          : [left!])
          writeTo(target);
        // `names = globals()`: whatever is done with it afterwards.
        if (isNamespace(node.children.at(-1)!) && !reads.has(node)) write(node, ['.*']);
        // `names = globals`: whatever is done with what it yields.
        if (compact(node.children.at(-1)!) === 'globals') write(node, ['.*']);
        break;
      }
      case 'decorator':
        // A magic that is given the namespace.
        if (/\bneeds_local_(scope|ns)\b/.test(compact(node))) write(node, ['.*']);
        break;
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
        const elsewhere = writesOfObject(node, text, compact);
        if (elsewhere !== undefined) {
          const isCells = magic !== undefined && compact(node).endsWith(`.run_cell(${magic.cell})`);
          write(node, elsewhere.sources, { ...elsewhere, ...(isCells && { runsCellsOf: magic.name }) });
        }
        // `getLogger(f'{__name__}.{part}')` names no variable.
        if (/getLogger$/.test(compact(node.children[0]!)))
          descendants(node).forEach((part) => silent.add(part));
        break;
      }
      case 'expression_statement':
        // A docstring, or its like.
        node.children.forEach((child) => silent.add(child));
        break;
      case 'string':
      case 'binary_operator': {
        // By itself `'__main__.'` is the beginning of no name.
        const isBare = node.type === 'string' && bareModule.test(compact(node));
        if (node.type === 'binary_operator' && node.children.some((part) => bareModule.test(compact(part))))
          write(node, ['.*']);
        const named = silent.has(node) || isBare ? undefined : nameInOwnModule(compact(node));
        if (named !== undefined) write(node, [named]);
      }
    }
  }
  return writes;
}

const bareModule = /^[a-z]*(["']+)(?:__main__|\{__name__\})\.\1$/i;

/**
 * The name in a path to something of the notebook's own module, as `mock.patch` takes it: `'__main__.load'`,
 * `f'{__name__}.load'`, `__name__ + '.load'`. Attributes of what it names are the same wherever that stands.
 * @returns a regular expression, where it is computed
 */
function nameInOwnModule(source: string): string | undefined {
  const inString = /^[a-z]*(["']+)(?:__main__|\{__name__\})\.(.*?)\1$/is.exec(source)?.[2];
  const added = /^(?:__name__\+["']+|["']%s)\.(\w+)["']+(?:%\(?__name__,?\)?)?$/.exec(source)?.[1];
  const name = inString ?? added;
  if (name === undefined) return undefined;
  if (/^\w+$/.test(name)) return name;
  const isComputed = name === '' || /^\w*\{/.test(name);
  return isComputed ? name.replace(/\{.*/s, '') + '.*' : undefined;
}

/** What a magic deletes by a regular expression: `%reset_selective -f ^df`. */
export function magicWrite({ name, argument, span }: Magic): DynamicWrite | undefined {
  if (name !== 'reset_selective') return undefined;
  const source = argument.replace(/^(\s*-\w+)*\s*/, '').trim();
  let pattern = /^/;
  try {
    pattern = new RegExp(source, 'u');
  } catch {
    // What Python alone understands may mean any name.
  }
  return { pattern, isExact: false, offset: span.start };
}

/** Forms of text that bind the names in their group. */
const bindingForms = [
  // `a = 1`, `a, b.c = d = …`, `a += 1`; `(a,` may go on in the next line. `f(a=1)` is none.
  /(?<=^|[:;=])[ \t]*((?:[\p{L}\p{N}_ \t,.*)[\]]|(?<![\p{L}\p{N}_][ \t]*)\()+)(?:[-+/%@&|^]|\/\/|<<|>>)?=(?!=)/gmu,
  // What goes on and on without a `=` is passed over as a whole: searched anew from each line, it would take for ever.
  /(?<=^|[:;=])[ \t]*(?:([([][\p{L}\p{N}_\s,.*()[\]]+)=(?!=)|[([][\p{L}\p{N}_\s,.*()[\]]+)/gmu,
  // `a: int = 1`, `(a := 1)`
  /(?<![\p{L}\p{N}_])([\p{L}_][\p{L}\p{N}_]*)\s*:[^=\n:]*=(?!=)/gu,
  /\bfor\s+([^\n]*?)\s+in\b/gu,
  /\b(?:as|def|class|type)\s+([\p{L}\p{N}_]+)/gu,
  /\b(?:import|del|global|case)\b([^\n]*)/gu,
];

/** A name of its own, no part of `a.b` or `a[0]`. */
const word = /(?<![\p{L}\p{N}_.])[\p{L}_][\p{L}\p{N}_]*(?![\p{L}\p{N}_]|[ \t]*[.[(])/gu;

/** What a cell may bind that our parser can't read, but CPython perhaps can. */
export function unreadWrite(text: string): DynamicWrite | undefined {
  const words = bindingForms.flatMap((form) =>
    [...text.matchAll(form)].flatMap(([, names = '']) => names.match(word) ?? []),
  );
  if (words.length === 0) return undefined;
  return {
    pattern: new RegExp(`^(${[...new Set(words)].join('|')})$`, 'u'),
    isExact: false,
    isUnread: true,
    offset: 0,
  };
}

/** Calls that only look at a module, or what they write is known. */
const looksAtModule =
  /^(getattr|hasattr|setattr|delattr|print|display|repr|str|type|id|dir|isinstance|bool|vars)$/;
const looks =
  /^(attribute|comparison_operator|boolean_operator|not_operator|expression_statement|assert_statement)$/;
/** `mock.patch.object(module, 'name', …)`, `patch.multiple(module, name=…)`, `monkeypatch.setattr(module, 'name', …)` */
const patches = /(^|\.)(object|multiple|setattr|delattr)$/;

/** Whether some syntax filters warnings by the module that the notebook is: `filterwarnings('ignore', module='__main__')`. */
export function filtersByModule(parts: readonly SyntaxNode[], text: string): boolean {
  if (!textOf(parts[0]!, text).includes('filterwarnings')) return false;
  return parts.some(({ type, children: [callee, given] }) => {
    if (type !== 'call' || given === undefined || !textOf(callee!, text).endsWith('filterwarnings'))
      return false;
    return descendants(given).some(
      (part) => /^(identifier|string)$/.test(part.type) && /__main__|^__name__$/.test(textOf(part, text)),
    );
  });
}

/**
 * Where the notebook's own module is handed on, as it is written: given a name, or to a function that may go through it
 * or write to it. Nothing follows what becomes of it.
 */
export function handsOnModule(statement: SyntaxNode, text: string): string | undefined {
  if (!/__main__|__name__|getmodule/.test(textOf(statement, text))) return undefined;
  const renamed = descendants(statement).filter(
    ({ type, children: [module] }) => type === 'aliased_import' && textOf(module!, text) === '__main__',
  );
  if (renamed.length > 0 && /^import/.test(statement.type)) return '__main__';
  const aliases = new Set(renamed.map(({ children }) => textOf(children[1]!, text)));
  const find = (node: SyntaxNode, parent: SyntaxNode, whole: SyntaxNode): SyntaxNode | undefined => {
    if (/^import/.test(node.type)) return undefined;
    const source = textOf(node, text).replace(/\s+/g, '');
    if (!mainModule.test(source) && !aliases.has(source)) {
      for (const child of node.children) {
        const found = find(child, node, parent);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    if (looks.test(parent.type)) return undefined;
    if (parent.type !== 'argument_list' || whole.type !== 'call') return node;
    const callee = textOf(whole.children[0]!, text);
    if (looksAtModule.test(callee)) return undefined;
    return patches.test(callee) && parent.children[0] === node ? undefined : node;
  };
  const found = find(statement, statement, statement);
  return found === undefined ? undefined : textOf(found, text);
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
    // `eval('(k := 5)')`: only such code binds anything.
    if (name === 'eval' && /:=|\b(exec|globals|locals|vars|setattr|__main__)\b/.test(textOf(first, text)))
      return wordsOf(first, text);
    if (/^(setitem|delitem)$/.test(name) && namespace.test(compact(first)) && second !== undefined)
      return [patternOf(second, text)];
    if (/^(setattr|delattr)$/.test(name) && mainModule.test(compact(first)) && second !== undefined)
      return [patternOf(second, text)];
    return [];
  }
  if (callee.type !== 'attribute') return [];
  const object = compact(callee.children[0]!);
  const method = textOf(callee.children[1]!, text);
  const target = compact(first);
  if (patches.test(method) && (mainModule.test(target) || new RegExp(`^${ownName}$`).test(target))) {
    if (method === 'multiple') return values.slice(1).flatMap((value) => keysOf(value, text));
    return second === undefined ? ['.*'] : [patternOf(second, text)];
  }
  if (/^(setitem|delitem)$/.test(method) && namespace.test(target) && second !== undefined)
    return [patternOf(second, text)];
  if (method === 'dict' && namespace.test(target))
    return values.slice(1).flatMap((value) => keysOf(value, text));
  if (namespace.test(object)) {
    if (/^(setdefault|pop|__setitem__|__delitem__)$/.test(method)) return [patternOf(first, text)];
    return method === 'update' ? values.flatMap((value) => keysOf(value, text)) : [];
  }
  return [];
}

/** What a call writes if its object is what it may be: IPython's shell, or sympy, whose `var('a b')` binds `a` and `b`. */
function writesOfObject(
  call: SyntaxNode,
  text: string,
  compact: (node: SyntaxNode) => string,
): (Pick<DynamicWrite, 'shell' | 'maker' | 'clears' | 'magic'> & { readonly sources: string[] }) | undefined {
  const [callee, list] = call.children;
  const values = list?.children ?? [];
  const [first] = values;
  if (callee === undefined) return undefined;
  const isMethod = callee.type === 'attribute';
  const method = isMethod ? textOf(callee.children[1]!, text) : textOf(callee, text);
  if (method === 'var' && first !== undefined) {
    const sources = /^\w*["'][^:]*$/.test(textOf(first, text)) ? wordsOf(first, text) : ['.*'];
    return { sources, maker: compact(callee) };
  }
  if (!isMethod || !shellRuns.test(method)) return undefined;
  const object = compact(callee.children[0]!);
  const name = /^\w+/.exec(object)?.[0] ?? '';
  const where = shell.test(object) || shellName.test(object) ? {} : { shell: name };
  if (method === 'reset') return { sources: [''], clears: compact(callee), ...where };
  if (first === undefined) return undefined;
  const magic = magicRun(method, values, text);
  const sources =
    method === 'push'
      ? keysOf(first, text)
      : method === 'del_var'
        ? [patternOf(first, text)]
        : values.flatMap((value) => wordsOf(value, text));
  return sources.length === 0 ? undefined : { sources, ...where, ...(magic && { magic }) };
}

/** The line magic that a call has the shell run, if it is written out and may bind any name. */
function magicRun(method: string, values: readonly SyntaxNode[], text: string): DynamicWrite['magic'] {
  const codes = values.map((value) =>
    value.type === 'string' ? textOf(value, text).replace(/^\w*["']+|["']+$/g, '') : '',
  );
  const lines = /^(run_line_magic|magic)$/.test(method)
    ? [`%${codes.join(' ').replace(/^%/, '')}`]
    : codes.flatMap((code) => code.split(/\\n|\n/));
  for (const line of lines) {
    const [, name, argument = ''] = /^\s*%(\w+)\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined && effectsOfLine(name, argument).bindsAnything === true)
      return { name, argument: argument.trim() };
  }
  return undefined;
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

/** Every word of code that is written out; code that is computed, or has a star import, may bind any. */
function wordsOf(node: SyntaxNode, text: string): string[] {
  if (node.type !== 'string' || childOf(node, 'interpolation') !== undefined) return ['.*'];
  const code = textOf(node, text);
  return /\bimport\s*\*/.test(code) ? ['.*'] : [...code.matchAll(/[^\W\d]\w*/gu)].map(([word]) => word);
}
