/** Tells what a piece of syntax does when it runs, beyond yielding a value: the reasons why it can't run at import. */
import { childOf, descendants, textOf, valueOf, type SyntaxNode } from '../python/syntax.ts';
import { words } from '../text/words.ts';
import { builtins } from './builtins.ts';
import { nameOf, pathOf, rootOf } from './paths.ts';
import { calledArguments, isKeeper, isKnownPure, writesArgument } from './pure.ts';

/** Something that happens when a statement runs. */
export interface Effect {
  /** For the message: `print(…)`, `registry[…] = …`. */
  readonly what: string;
  /** UTF-16, in the cell's source. */
  readonly offset: number;
  /** The use of an imported name that it lies in: an effect only as long as nothing is known of what the name means. */
  readonly by?: LocalCall;
}

/**
 * How a definition makes use of something that the notebook defines: it calls it (`@cached`, `metaclass=Model`), calls
 * it for the value of a constant (`LIMIT = limit(3)`), calls what the call yields (`@retry(3)`), derives a class from
 * it, or, for the value of a constant, calls what it has decorated: then all functions inside it may run.
 */
export type Use = 'call' | 'value' | 'result' | 'subclass' | 'decorated';

/**
 * A use, when the statement runs, of something that the notebook defines or imports. The body of what it defines
 * decides; of what it imports only what comes from the package itself is in doubt.
 */
export interface LocalCall {
  readonly name: string;
  readonly use: Use;
  readonly offset: number;
}

export interface Effects {
  readonly effects: readonly Effect[];
  readonly calls: readonly LocalCall[];
  /** Names of the notebook's own that are looked up as it runs, in functions that run with it, too. */
  readonly reads: readonly string[];
}

/** Effects as they are being gathered. */
interface Found extends Effects {
  readonly effects: Effect[];
  readonly calls: LocalCall[];
  readonly reads: string[];
}

const nothingFound = (): Found => ({ effects: [], calls: [], reads: [] });

/** How far calls of imported things are trusted. */
export type Trust =
  /** Constants: only what is known to be pure. */
  | 'known'
  /** Decorators, bases, defaults, class bodies: all but what is known to have effects. */
  | 'unless-known';

/** What names mean to the piece of syntax under examination. */
export interface Surroundings {
  /** The dotted path that an imported name stands for (`np` → `numpy`, `wraps` → `functools.wraps`), if it is imported. */
  readonly importOf: (name: string) => string | undefined;
  /** Whether the notebook binds the name, other than by import. */
  readonly isLocal: (name: string) => boolean;
  /** What is known of the value of a name that is bound once, before the piece of syntax, to what can't change. */
  readonly constancyOf: (name: string) => Constancy | undefined;
}

/** A value that can't change: a number, of which arithmetic makes numbers; `None`; or another, such as a string or tuple. */
export type Constancy = 'number' | 'none' | 'other';

/** Builtins whose call yields a value from its arguments and does nothing else. */
const pureBuiltins = words(`
  abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format
  frozenset getattr hasattr hash hex int isinstance issubclass iter len list map max memoryview min object oct ord pow
  property range repr reversed round set slice sorted staticmethod str sum super tuple type zip
`);

/** Generators of random numbers: the same ones on every run if made from a number that is written out. */
const seededGenerators = words('numpy.random.RandomState numpy.random.default_rng random.Random');

/** Methods of strings, numbers, tuples, dicts, sets and arrays that yield a value and leave the object alone. */
const pureMethods = words(`
  split rsplit splitlines join format strip lstrip rstrip lower upper title capitalize casefold swapcase replace
  startswith endswith encode decode zfill ljust rjust center count index find rfind translate maketrans
  partition rpartition isdigit isalpha isupper islower expandtabs format_map
  items keys values get copy union intersection difference symmetric_difference issubset issuperset fromkeys
  bit_length as_integer_ratio is_integer hex fromhex
  reshape astype tolist transpose ravel flatten joinpath with_suffix with_name relative_to as_posix
  cache lru_cache setter getter deleter replace
`);

/** Parts of a dotted path that mark a call as reading or changing the world. */
const impureName =
  /(^|\.)(now|utcnow|today|time|time_ns|perf_counter|monotonic|process_time|sleep|localtime|gmtime|ctime|strftime|random|rand|randn|randint|uniform|normal|choice|choices|sample|shuffle|permutation|seed|default_rng|RandomState|PRNGKey|manual_seed|set_seed|urandom|token_hex|uuid1|uuid4|open|urlopen|urlretrieve|urlopen|request|requests|get_file|read|write|listdir|scandir|glob|iglob|walk|exists|isfile|isdir|makedirs|mkdir|remove|unlink|rename|rmtree|getcwd|chdir|cwd|home|environ|getenv|putenv|system|popen|Popen|run|call|check_call|check_output|input|getpass|print|display|show|figure|subplots|interact|interactive|interact_manual|interactive_output|observe|on_click|on_trait_change|register|unregister|connect|subscribe|listen|basicConfig|getLogger|set_option|set_defaults|set_style|set_theme|filterwarnings|simplefilter|enable_eager_execution|init|start|post|put|patch|delete|download|fetch\w*|load|loads?_\w+|load\w*|read_\w+|save\w*|to_csv|dump|from_pretrained|device_count|get_ipython|getsource|currentframe|stack|import_module|exec|eval|compile_command|spawn|fork|Session|InteractiveSession|connect\w*|create_engine)(\.|$)/;

/** Fine calls that `impureName` would catch. */
const harmlessCalls =
  /^(unittest\.mock\.patch|abc\.|functools\.|contextlib\.|dataclasses\.|typing\.|pytest\.)/;

/** Calls that act, or read the machine, the clock, the network or a setting, by the place that they come from. */
const actingCalls = new RegExp(
  [
    '(httpx|ipywidgets|requests|secrets|shutil|socket|subprocess|tempfile|urllib\\.request|webbrowser)\\..*',
    'glob\\.\\w+',
    '(matplotlib\\.pyplot|(matplotlib\\.)?pylab)\\.(?!get_cmap$)[a-z]\\w*',
    'numpy\\.(fromfile|genfromtxt|memmap|get_printoptions|geterr)',
    'os\\.(?!path\\.|cpu_count$|fspath$|fsencode$|fsdecode$)\\w+',
    'os\\.path\\.(abspath|realpath|relpath|get\\w+|is(file|dir|link|mount)|l?exists|same\\w+)',
    'time\\.(?!struct_time$)\\w+',
    'torch\\.nn\\.(Bilinear|Conv\\w+|Embedding\\w*|GRU\\w*|LSTM\\w*|Linear|MultiheadAttention|RNN\\w*|Transformer\\w*)',
    'uuid\\.(uuid\\d|getnode)',
    '.*\\.(getcontext|get_option|get_default_dtype|floatx|axes_style|plotting_context|getlocale|getrecursionlimit|get_config)',
  ]
    .map((part) => `^${part}$`)
    .join('|'),
);

/** What libraries hold that notebooks set: reading it yields another value earlier on. */
const settings = /(^|\.)(environ|argv|rcParams)(\.|$)|^pandas\.options(\.|$)|^sys\.(path|modules)(\.|$)/;

/** Decorators from these places run the function, register it or show something. */
const impureDecorators =
  /(^|\.)(interact|interact_manual|interactive|register\w*|on_click|observe|output|capture|route|command|group|job|task|run|main|listens_for|connect|hookimpl|callback|event|validate_call_now|singledispatch_register|add_to_class|patch|patch_to|timeit|timer|profile|Sacred|automain)$/;

/** Fine decorators that the pattern above would catch. */
const pureDecorators =
  /^(unittest\.mock\.patch|abc\.|functools\.|contextlib\.|dataclasses\.|typing\.|numba\.|jax\.(jit|vmap|pmap|grad|checkpoint)|tensorflow\.|torch\.|pytest\.)/;

/** Whether calling what the path names is known to have an effect. */
function acts(path: string): boolean {
  if (actingCalls.test(path) || settings.test(path)) return true;
  return impureName.test(path) && !harmlessCalls.test(path);
}

export interface Question {
  readonly text: string;
  readonly trust: Trust;
  readonly surroundings: Surroundings;
  /** Whether a local name is that of a list, set or dict that the function itself makes: to fill it is no effect. */
  readonly isContainer?: (name: string) => boolean;
}

/** What happens when an expression is evaluated. Bodies of lambdas don't run; generators and comprehensions do. */
export function effectsOfExpression(node: SyntaxNode, question: Question): Effects {
  const found = nothingFound();
  collectExpression(node, question, new Set(), found);
  return found;
}

/** What happens when a function or class, with its decorators, is defined, or an assignment of a constant runs. */
export function effectsOfStatement(node: SyntaxNode, question: Question): Effects {
  const found = nothingFound();
  collectStatement(node, question, new Set(), found, false);
  return found;
}

/** Special methods that run when a class, or a metaclass, is called; and when one derives from it. */
const runAtCall = /^__(init|new|post_init|prepare|set_name|class_getitem)__$/;
const runAtResult = /^__(init|new|post_init|prepare|set_name|class_getitem|call)__$/;
const runAtSubclass = /^__init_subclass__$/;

/**
 * What happens when a function or class of the notebook is made use of: nothing, if all that runs only defines, wraps
 * and returns. Used for decorators, bases and metaclasses that the notebook defines itself.
 */
export function effectsOfUse(
  definition: SyntaxNode,
  use: Use,
  { text, surroundings }: Omit<Question, 'trust'>,
): Effects {
  const isForValue = use === 'value' || use === 'decorated';
  const question: Question = { text, surroundings, trust: isForValue ? 'known' : 'unless-known' };
  const node = definition.type === 'decorated_definition' ? definition.children.at(-1)! : definition;
  const found = nothingFound();
  if (isForValue && node !== definition) {
    for (const decorator of definition.children.slice(0, -1)) collectDecorated(decorator, question, found);
  }
  if (node.type === 'type_alias_statement') return found;
  if (node.type === 'expression_statement' && !isLambdaAssignment(node)) {
    if (use !== 'subclass') collectCalled(valueOf(node.children[0]!), use, question, new Set(), found);
  } else if (node.type === 'class_definition') {
    collectClassUse(node, use, question, found);
  } else if (node.type === 'function_definition') {
    collectUse(node, use, question, found);
  } else {
    // `name = lambda …: …`
    const lambda = descendants(node).find((child) => child.type === 'lambda');
    if (lambda === undefined) found.effects.push({ what: textOf(node, question.text), offset: node.start });
    else collectUse(lambda, use, question, found);
  }
  return found;
}

function isLambdaAssignment(node: SyntaxNode): boolean {
  const assignment = node.children[0];
  return assignment?.children[0]?.type === 'identifier' && assignment.children.at(-1)!.type === 'lambda';
}

/** What happens when a function or lambda is called, and, as the use asks for it, what it yields. */
function collectUse(node: SyntaxNode, use: Use, question: Question, found: Found): void {
  collectBody(node, question, found);
  if (use !== 'result' && use !== 'decorated') return;
  const body = node.type === 'lambda' ? node.children.at(-1)! : childOf(node, 'block')!;
  for (const inner of functionsIn(body)) {
    collectUse(inner, use === 'decorated' ? use : 'call', question, found);
  }
}

/** What happens besides its body when a decorated function is called: what the decorator wrapped around it. */
function collectDecorated(decorator: SyntaxNode, question: Question, found: Found): void {
  const expression = decorator.children[0]!;
  const callee = expression.type === 'call' ? expression.children[0]! : expression;
  const path = pathOf(callee, question);
  const root = rootOf(callee);
  const name = root === undefined ? undefined : nameOf(root, question);
  if (path !== undefined && (isKnownPure(path) || pureDecorators.test(path))) return;
  if (name !== undefined && root === callee && question.surroundings.isLocal(name)) {
    found.calls.push({ name, use: 'decorated', offset: callee.start });
  } else if (path !== undefined || name === undefined || !pureBuiltins.has(name)) {
    found.effects.push({
      what: `@${describe(expression, question)}`,
      offset: decorator.start,
      ...useOf(callee, 'decorated', question),
    });
  }
}

/** For an effect, the use of an imported name that it lies in; of `helpers.timed` nothing can be known. */
function useOf(node: SyntaxNode, use: Use, question: Question): Pick<Effect, 'by'> {
  if (node.type !== 'identifier' || pathOf(node, question) === undefined) return {};
  return { by: { name: nameOf(node, question), use, offset: node.start } };
}

/**
 * What happens when the value of an expression is called: `key` in `sorted(xs, key=key)`, `partial(f, 1)` in
 * `partial(f, 1)(2)`.
 */
function collectCalled(
  node: SyntaxNode,
  use: Use,
  question: Question,
  locals: Set<string>,
  found: Found,
): void {
  const each = (nodes: readonly SyntaxNode[]): void => {
    for (const child of nodes) collectCalled(child, use, question, locals, found);
  };
  const unknown = (callee = node, how = use): void =>
    void found.effects.push({
      what: describe(node, question),
      offset: node.start,
      ...(callee.type === 'identifier' && !locals.has(nameOf(callee, question))
        ? useOf(callee, how, question)
        : {}),
    });
  switch (node.type) {
    case 'lambda':
      collectUse(node, use, question, found);
      return;
    case 'identifier':
    case 'attribute': {
      const path = pathOf(node, question);
      const root = rootOf(node);
      const name = root === undefined ? undefined : nameOf(root, question);
      if (name !== undefined && path !== undefined && !locals.has(name)) {
        if (isKnownPure(path)) return;
        found.calls.push({ name, use, offset: node.start });
        if (question.trust === 'known' || acts(path)) unknown();
      } else if (node.type === 'attribute') {
        if (!pureMethods.has(nameOf(node.children[1]!, question))) unknown();
      } else if (locals.has(name!)) {
        unknown();
      } else if (question.surroundings.isLocal(name!)) {
        found.calls.push({ name: name!, use, offset: node.start });
      } else if (!pureBuiltins.has(name!)) {
        unknown();
      }
      return;
    }
    case 'call': {
      const callee = calleeOf(node);
      const path = pathOf(callee.type === 'call' ? calleeOf(callee) : callee, question);
      if (path === 'operator.methodcaller') {
        const method = /^(["'])(\w+)$/.exec(
          textOf(argumentsOf(node, question.text)[0]?.value ?? node, question.text),
        );
        if (method === null || !pureMethods.has(method[2]!)) unknown();
      } else if (path !== undefined && isKeeper(path)) {
        each(argumentsOf(node, question.text).map(({ value }) => value));
      } else if (path !== undefined && callee.type !== 'call' && isKnownPure(path)) {
        // A pattern, a named tuple, a type variable: calling one makes a value, if it can be called.
      } else if (callee.type === 'identifier' && question.surroundings.isLocal(nameOf(callee, question))) {
        found.calls.push({ name: nameOf(callee, question), use: 'result', offset: callee.start });
        // `timed(count)()` calls `count`.
        each(argumentsOf(node, question.text).map(({ value }) => value));
      } else {
        unknown(callee, 'result');
        each(argumentsOf(node, question.text).map(({ value }) => value));
      }
      return;
    }
    case 'subscript':
      unknown();
      return;
    case 'conditional_expression':
    case 'boolean_operator':
    case 'parenthesized_expression':
    case 'expression_list':
    case 'tuple':
    case 'list':
    case 'list_splat':
    case 'dictionary_splat':
      each(node.children);
      return;
    default:
    // A number, a string, the value of an operation: nothing that is called.
  }
}

function collectClassUse(node: SyntaxNode, use: Use, question: Question, found: Found): void {
  const runs = use === 'subclass' ? runAtSubclass : use === 'result' ? runAtResult : runAtCall;
  for (const child of childOf(node, 'block')?.children ?? []) {
    const method = child.type === 'decorated_definition' ? child.children.at(-1)! : child;
    if (method.type !== 'function_definition') continue;
    const name = textOf(childOf(method, 'identifier')!, question.text);
    if (runs.test(name)) collectFunctionBody(method, question, found);
  }
  // What a class inherits runs too.
  for (const { value, isKeyword } of argumentsOf(node, question.text)) {
    if (!isKeyword || use === 'subclass') {
      collectLocalUse(value, isKeyword ? 'call' : use, question, found);
    }
  }
}

interface Argument {
  readonly value: SyntaxNode;
  readonly isKeyword: boolean;
  readonly keyword?: string;
}

/** The arguments of a call; or of a class definition: its bases, and its keywords, of which `metaclass` matters. */
function argumentsOf(node: SyntaxNode, text = ''): Argument[] {
  return (childOf(node, 'argument_list')?.children ?? []).map((child) =>
    child.type === 'keyword_argument'
      ? { value: child.children[1]!, isKeyword: true, keyword: textOf(child.children[0]!, text) }
      : { value: child, isKeyword: false },
  );
}

function collectLocalUse(node: SyntaxNode, use: Use, question: Question, found: Found): void {
  const root = rootOf(node);
  if (root === undefined) return;
  const name = nameOf(root, question);
  const { isLocal, importOf } = question.surroundings;
  // Of `helpers.Base` nothing is known but where `helpers` comes from.
  const isAsked = importOf(name) !== undefined || (root === node && isLocal(name));
  if (isAsked) found.calls.push({ name, use, offset: node.start });
}

/** The functions and lambdas in a piece of syntax, those inside them left out. */
function functionsIn(node: SyntaxNode): SyntaxNode[] {
  if (node.type === 'function_definition' || node.type === 'lambda') return [node];
  return node.children.flatMap(functionsIn);
}

/** What happens when a function or lambda is called. */
function collectBody(node: SyntaxNode, question: Question, found: Found): void {
  if (node.type === 'function_definition') {
    collectFunctionBody(node, question, found);
    return;
  }
  const locals = new Set<string>();
  for (const parameter of childOf(node, 'lambda_parameters')?.children ?? []) {
    for (const part of descendants(parameter)) {
      if (part.type === 'identifier') locals.add(nameOf(part, question));
    }
  }
  collectExpression(node.children.at(-1)!, question, locals, found);
}

function collectFunctionBody(node: SyntaxNode, question: Question, found: Found): void {
  const parameters = childOf(node, 'parameters');
  const locals = new Set<string>();
  for (const parameter of parameters?.children ?? []) {
    for (const part of descendants(parameter))
      if (part.type === 'identifier') locals.add(nameOf(part, question));
  }
  const body = childOf(node, 'block');
  if (body === undefined) return;
  for (const part of descendants(body)) {
    if (part.type === 'function_definition' || part.type === 'class_definition') {
      locals.add(nameOf(childOf(part, 'identifier')!, question));
    }
  }
  if (question.trust === 'known') collectChangesOfArguments(body, question, found);
  const inner: Question = { ...question, isContainer: (name) => isContainer(name, node, question) };
  for (const child of body.children) collectStatement(child, inner, locals, found, true);
}

/** Makes a list, set or dict that nothing else refers to. */
const containers = /^(list|dictionary|set)(_comprehension)?$/;
const containerMakers = new Set(['dict', 'list', 'set']);
/** Methods of these that change them. */
const fillers = new Set(
  'add append clear discard extend insert pop popitem remove reverse setdefault update'.split(' '),
);
/** What binds names otherwise than by `name = value`, or says whose they are. */
const otherBinders =
  /^(parameters|lambda_parameters|as_pattern_target|named_expression|delete_statement|(global|nonlocal)_statement|(import|import_from)_statement|(pattern|tuple|list)_(list|pattern))$/;

/** Whether all that a function binds to a name are containers made there and then. */
function isContainer(name: string, definition: SyntaxNode, question: Question): boolean {
  const { isLocal } = question.surroundings;
  const isNamed = (node: SyntaxNode): boolean =>
    node.type === 'identifier' && nameOf(node, question) === name;
  const isMade = (value: SyntaxNode): boolean => {
    if (value.type !== 'call') return containers.test(value.type);
    const maker = textOf(value.children[0]!, question.text);
    return (
      containerMakers.has(maker) && !isLocal(maker) && question.surroundings.importOf(maker) === undefined
    );
  };
  let isBound = false;
  for (const part of descendants(definition)) {
    const [first] = part.children;
    if (part.type === 'assignment' && first !== undefined && isNamed(first)) {
      if (!isMade(part.children.at(-1)!)) return false;
      isBound = true;
    } else if (otherBinders.test(part.type)) {
      if (descendants(part).some(isNamed)) return false;
    } else if (/^for_(statement|in_clause)$/.test(part.type)) {
      if (descendants(first!).some(isNamed)) return false;
    } else if (part !== definition && /^(function|class)_definition$/.test(part.type)) {
      if (part.children.some(isNamed)) return false;
    }
  }
  return isBound;
}

/** Values that nothing else refers to when they are bound to a name. */
const madeHere =
  /^(integer|float|true|false|none|string|concatenated_string|list|dictionary|set|tuple|(list|set|dictionary)_comprehension|unary_operator|binary_operator|comparison_operator|not_operator)$/;

/** `xs += [1]` and `x.seen = True` where the object may be one that the function was given. */
function collectChangesOfArguments(body: SyntaxNode, question: Question, found: Found): void {
  const parts = descendants(body);
  const isMadeHere = (name: string): boolean => {
    const bound = parts.filter(
      ({ type, children: [left] }) =>
        type === 'assignment' && left !== undefined && nameOf(left, question) === name,
    );
    const defined = parts.some(
      (part) =>
        /^(function|class)_definition$/.test(part.type) &&
        nameOf(childOf(part, 'identifier')!, question) === name,
    );
    return defined || (bound.length > 0 && bound.every((part) => madeHere.test(part.children.at(-1)!.type)));
  };
  for (const part of parts) {
    if (!/^(assignment|augmented_assignment)$/.test(part.type)) continue;
    const target = part.children[0]!;
    if (target.type !== 'attribute' && (target.type !== 'identifier' || part.type === 'assignment')) continue;
    const root = rootOf(target);
    const name = root === undefined ? '' : nameOf(root, question);
    if ((target.type === 'attribute' && /^(self|cls)$/.test(name)) || isMadeHere(name)) continue;
    const sign = part.type === 'assignment' ? '=' : '…=';
    found.effects.push({ what: `${textOf(target, question.text)} ${sign} …`, offset: target.start });
  }
}

function collectAll(
  nodes: readonly SyntaxNode[],
  question: Question,
  locals: Set<string>,
  found: Found,
): void {
  for (const child of nodes) collectExpression(child, question, locals, found);
}

function collectStatement(
  node: SyntaxNode,
  question: Question,
  locals: Set<string>,
  found: Found,
  isBody: boolean,
): void {
  const expression = (child: SyntaxNode | undefined): void => {
    if (child !== undefined) collectExpression(child, question, locals, found);
  };
  const statements = (nodes: readonly SyntaxNode[]): void => {
    for (const child of nodes) collectStatement(child, question, locals, found, isBody);
  };
  switch (node.type) {
    case 'decorated_definition':
      for (const decorator of node.children.slice(0, -1))
        collectDecorator(decorator, question, locals, found);
      statements(node.children.slice(-1));
      return;
    case 'function_definition': {
      for (const parameter of childOf(node, 'parameters')?.children ?? []) {
        if (/default/.test(parameter.type)) expression(parameter.children.at(-1));
      }
      return;
    }
    case 'class_definition': {
      const inner = new Set(locals);
      for (const { value, isKeyword } of argumentsOf(node, question.text)) {
        expression(value);
        // A metaclass or `__init_subclass__` of the notebook's own runs now.
        collectLocalUse(value, isKeyword ? 'call' : 'subclass', question, found);
      }
      const body = childOf(node, 'block');
      // Names of the class body are its own: `@prop.setter`, `field = other_field`.
      for (const part of body?.children ?? []) {
        for (const target of targetsOf(part)) inner.add(nameOf(target, question));
      }
      for (const child of body?.children ?? []) {
        collectStatement(child, question, inner, found, false);
      }
      return;
    }
    case 'expression_statement': {
      const child = node.children[0];
      if (child === undefined || child.type === 'string' || child.type === 'ellipsis') return;
      if (child.type === 'assignment' || child.type === 'augmented_assignment') {
        collectAssignment(child, question, locals, found, isBody);
        return;
      }
      if (!isBody && child.type === 'call') {
        // A bare call is made for its effect.
        found.effects.push({ what: describe(child, question), offset: child.start });
        return;
      }
      for (const part of node.children) expression(part);
      return;
    }
    case 'return_statement':
    case 'assert_statement':
    case 'raise_statement':
      for (const child of node.children) expression(child);
      return;
    case 'pass_statement':
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
    case 'nonlocal_statement':
    case 'type_alias_statement':
      return;
    case 'if_statement':
    case 'elif_clause':
    case 'else_clause':
    case 'try_statement':
    case 'except_clause':
    case 'finally_clause':
    case 'for_statement':
    case 'block':
      for (const child of node.children) {
        if (child.type === 'block' || /_clause$/.test(child.type)) statements([child]);
        else if (/(_statement|_definition)$/.test(child.type)) statements([child]);
        else if (node.type === 'for_statement' && child === node.children[0]) {
          for (const target of descendants(child)) {
            if (target.type === 'identifier') locals.add(nameOf(target, question));
          }
        } else expression(child);
      }
      return;
    default:
      found.effects.push({ what: firstLine(textOf(node, question.text)), offset: node.start });
  }
}

/** The identifiers that a statement of a class body binds. */
function targetsOf(node: SyntaxNode): SyntaxNode[] {
  if (node.type === 'decorated_definition') return targetsOf(node.children.at(-1)!);
  if (node.type === 'function_definition' || node.type === 'class_definition')
    return [childOf(node, 'identifier')!];
  if (node.type === 'expression_statement' && node.children[0]?.type === 'assignment') {
    const left = node.children[0].children[0]!;
    return left.type === 'identifier' ? [left] : left.children.filter((child) => child.type === 'identifier');
  }
  return [];
}

function collectAssignment(
  node: SyntaxNode,
  question: Question,
  locals: Set<string>,
  found: Found,
  isBody: boolean,
): void {
  const left = node.children[0]!;
  const right = node.children.find((child, i) => i > 0 && child.type !== 'type');
  if (right?.type === 'assignment') collectAssignment(right, question, locals, found, isBody);
  else if (right !== undefined) collectExpression(right, question, locals, found);
  for (const target of left.type === 'identifier' || left.type === 'attribute' || left.type === 'subscript'
    ? [left]
    : left.children) {
    if (target.type === 'identifier') {
      if (isBody) locals.add(nameOf(target, question));
    } else if (target.type === 'attribute' && isBody && isOwn(target, question, locals)) {
      // `wrapper.__name__ = …` of a function just defined here, `self.x = …` in `__init__`.
    } else if (target.type === 'subscript' && fillsContainer(target.children[0]!, question)) {
      collectAll(target.children.slice(1), question, locals, found);
    } else if (target.type === 'attribute' || target.type === 'subscript') {
      found.effects.push({ what: `${textOf(target, question.text)} = …`, offset: target.start });
    }
  }
}

function fillsContainer(object: SyntaxNode, question: Question): boolean {
  return object.type === 'identifier' && question.isContainer?.(nameOf(object, question)) === true;
}

function isOwn(target: SyntaxNode, question: Question, locals: Set<string>): boolean {
  const root = target.children[0]!;
  return root.type === 'identifier' && locals.has(nameOf(root, question));
}

function collectDecorator(
  decorator: SyntaxNode,
  question: Question,
  locals: Set<string>,
  found: Found,
): void {
  const expression = decorator.children[0]!;
  const callee = expression.type === 'call' ? expression.children[0]! : expression;
  if (expression.type === 'call') collectAll(expression.children.slice(1), question, locals, found);
  const root = rootOf(callee);
  if (root === undefined) {
    collectExpression(callee, question, locals, found);
    return;
  }
  const name = nameOf(root, question);
  if (locals.has(name)) return;
  const imported = pathOf(callee, question);
  const use = expression === callee ? 'call' : 'result';
  if (imported !== undefined) {
    found.calls.push({ name, use, offset: root.start });
    if (impureDecorators.test(imported) && !pureDecorators.test(imported)) {
      found.effects.push({
        what: `@${describe(expression, question)}`,
        offset: decorator.start,
        ...useOf(callee, use, question),
      });
    }
  } else if (question.surroundings.isLocal(name)) {
    // `@square.register` of a `square` that the notebook made by `singledispatch` changes `square`.
    if (callee === root) found.calls.push({ name, use, offset: root.start });
    else found.effects.push({ what: `@${describe(expression, question)}`, offset: decorator.start });
  } else if (builtins.has(name) && !pureBuiltins.has(name)) {
    // A name that nothing binds is no effect: that it is unknown will be the reason.
    found.effects.push({ what: `@${describe(expression, question)}`, offset: decorator.start });
  }
}

function collectExpression(node: SyntaxNode, question: Question, locals: Set<string>, found: Found): void {
  if (question.trust === 'known' && fails(node, question, locals)) {
    found.effects.push({ what: describe(node, question), offset: node.start });
  }
  switch (node.type) {
    case 'lambda': {
      for (const parameter of childOf(node, 'lambda_parameters')?.children ?? []) {
        if (/default/.test(parameter.type))
          collectExpression(parameter.children.at(-1)!, question, locals, found);
      }
      return;
    }
    case 'list_comprehension':
    case 'set_comprehension':
    case 'dictionary_comprehension':
    case 'generator_expression': {
      const inner = new Set(locals);
      for (const clause of node.children) {
        if (clause.type !== 'for_in_clause') continue;
        for (const target of descendants(clause.children[0]!)) {
          if (target.type === 'identifier') inner.add(nameOf(target, question));
        }
      }
      collectAll(node.children, question, inner, found);
      return;
    }
    case 'await':
    case 'yield':
    case 'named_expression':
      found.effects.push({ what: firstLine(textOf(node, question.text)), offset: node.start });
      return;
    case 'call':
      collectCall(node, question, locals, found);
      return;
    case 'identifier': {
      const name = nameOf(node, question);
      if (locals.has(name)) return;
      if (question.surroundings.isLocal(name)) found.reads.push(name);
      else collectSetting(node, question, found);
      return;
    }
    case 'keyword_argument':
      collectAll(node.children.slice(1), question, locals, found);
      return;
    case 'attribute': {
      collectSetting(node, question, found);
      collectExpression(node.children[0]!, question, locals, found);
      return;
    }
    default:
      collectAll(node.children, question, locals, found);
  }
}

function collectSetting(node: SyntaxNode, question: Question, found: Found): void {
  const path = pathOf(node, question);
  if (path !== undefined && settings.test(path)) found.effects.push({ what: path, offset: node.start });
}

/** Whether evaluating it is known to fail: exercises hold `x = None`, to be filled in, and below it `x[0]`. */
function fails({ type, children }: SyntaxNode, question: Question, locals: ReadonlySet<string>): boolean {
  const isNone = (operand: SyntaxNode): boolean => {
    if (operand.type !== 'identifier') return operand.type === 'none';
    const name = nameOf(operand, question);
    return !locals.has(name) && question.surroundings.constancyOf(name) === 'none';
  };
  const [left, right] = children;
  switch (type) {
    case 'subscript':
    case 'attribute':
    case 'unary_operator':
      return isNone(left!);
    case 'binary_operator':
      // `int | None` is a type.
      return children.some(isNone) && question.text.slice(left!.end, right!.start).trim() !== '|';
    default:
      return false;
  }
}

function collectCall(node: SyntaxNode, question: Question, locals: Set<string>, found: Found): void {
  const [, ...rest] = node.children;
  if (node.children[0] === undefined) return;
  const callee = calleeOf(node);
  collectAll(rest, question, locals, found);
  const use = question.trust === 'known' ? 'value' : 'call';
  const impure = (by: Pick<Effect, 'by'> = {}): void =>
    void found.effects.push({ what: describe(node, question), offset: node.start, ...by });
  const callBack = (path: string): void => {
    const written = argumentsOf(node, question.text);
    for (const at of calledArguments(path)) {
      const argument = typeof at === 'number' ? written[at] : written.find(({ keyword }) => keyword === at);
      if (argument === undefined || (typeof at === 'number' && argument.isKeyword)) continue;
      collectCalled(argument.value, use, question, locals, found);
    }
  };
  const path = pathOf(callee, question);
  if (path !== undefined && !locals.has(nameOf(rootOf(callee)!, question))) {
    const written = argumentsOf(node, question.text);
    if (readsClock(path, node, question)) {
      impure();
      return;
    }
    if (isKnownPure(path) || getsLogger(path, node, question)) {
      const keywords = written.flatMap(({ keyword }) => (keyword === undefined ? [] : [keyword]));
      const hasSplat = written.some(({ value }) => value.type === 'list_splat');
      const positional = written.length - keywords.length;
      if (writesArgument(path, { positional, hasSplat, keywords })) {
        impure();
      } else {
        callBack(path);
      }
      return;
    }
    const [seed, ...more] = written;
    if (seededGenerators.has(path) && seed?.value.type === 'integer' && more.length === 0) return;
    found.calls.push({ name: nameOf(rootOf(callee)!, question), use: 'call', offset: callee.start });
    if (question.trust === 'known' || acts(path)) impure(useOf(callee, use, question));
    return;
  }
  if (callee.type === 'identifier') {
    const name = nameOf(callee, question);
    if (locals.has(name)) impure();
    else if (question.surroundings.isLocal(name)) {
      found.calls.push({ name, use, offset: callee.start });
    } else if (builtins.has(name) && !pureBuiltins.has(name) && !/^[A-Z]/.test(name)) impure();
    else callBack(name);
    return;
  }
  if (callee.type === 'attribute') {
    const method = nameOf(callee.children[1]!, question);
    const object = callee.children[0]!;
    if (question.trust === 'known' && fails(callee, question, locals)) impure();
    collectExpression(object, question, locals, found);
    const isSuper = object.type === 'call' && textOf(object.children[0]!, question.text) === 'super';
    const isFilled = fillers.has(method) && fillsContainer(object, question);
    if (!pureMethods.has(method) && !isSuper && !isFilled) impure();
    return;
  }
  collectExpression(callee, question, locals, found);
  // `lru_cache(maxsize=None)(f)` keeps `f`; `partial(f, 1)(2)` calls it.
  const maker = callee.type === 'call' ? pathOf(calleeOf(callee), question) : undefined;
  if (maker === 'functools.lru_cache') return;
  collectCalled(callee, use, question, locals, found);
}

/**
 * `pd.Timestamp('now')`, `np.array('today', dtype='datetime64[D]')`: the words stand for the clock. `sns.color_palette()`
 * stands for the one that is set.
 */
function readsClock(path: string, call: SyntaxNode, question: Question): boolean {
  if (path === 'seaborn.color_palette') return argumentsOf(call).length === 0;
  if (!/^(numpy|pandas)\./.test(path)) return false;
  return /(["'])(now|today)\1/i.test(textOf(call, question.text));
}

/** `logging.getLogger('exp')`, the same logger wherever it is asked for; `getLogger(__name__)` is another in a module. */
function getsLogger(path: string, call: SyntaxNode, question: Question): boolean {
  if (path !== 'logging.getLogger') return false;
  const given = argumentsOf(call, question.text).map(({ value }) => value);
  return given.every((value) => value.type === 'string' && /^[rRuU]?["']/.test(textOf(value, question.text)));
}

/** What a call calls. The grammar reads `[*f(x)]` as a call of `*f`. */
function calleeOf(call: SyntaxNode): SyntaxNode {
  const callee = call.children[0]!;
  return callee.type === 'list_splat' ? callee.children[0]! : callee;
}

function describe(node: SyntaxNode, question: Question): string {
  if (node.type !== 'call') return firstLine(textOf(node, question.text));
  return `${firstLine(textOf(node.children[0]!, question.text))}(…)`;
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0]!;
  return line.length > 40 || line.length < text.length ? `${line.slice(0, 40)}…` : line;
}

/** Whether a method of that name yields a value and leaves its object alone. */
export function isPureMethod(name: string): boolean {
  return pureMethods.has(name);
}
