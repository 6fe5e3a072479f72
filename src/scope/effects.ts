/** Tells what a piece of syntax does when it runs, beyond yielding a value: the reasons why it can't run at import. */
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';
import { normaliseIdentifier } from './bind.ts';
import { builtins } from './builtins.ts';

/** Something that happens when a statement runs. */
export interface Effect {
  /** For the message: `print(…)`, `registry[…] = …`. */
  readonly what: string;
  /** UTF-16, in the cell's source. */
  readonly offset: number;
}

/**
 * How a definition makes use of something that the notebook defines: it calls it (`@cached`, `metaclass=Model`), calls
 * it for the value of a constant (`LIMIT = limit(3)`), calls what the call yields (`@retry(3)`), or derives a class
 * from it.
 */
export type Use = 'call' | 'value' | 'result' | 'subclass';

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
}

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
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Builtins whose call yields a value from its arguments and does nothing else. */
const pureBuiltins = words(`
  abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format
  frozenset getattr hasattr hash hex int isinstance issubclass iter len list map max memoryview min object oct ord pow
  property range repr reversed round set slice sorted staticmethod str sum super tuple type zip
`);

/** Imported callables that constants may be made of. */
const pureImports = words(`
  re.compile re.escape collections.namedtuple collections.OrderedDict collections.defaultdict collections.Counter
  collections.deque collections.ChainMap typing.TypeVar typing.NewType typing.NamedTuple typing.TypedDict
  typing.ParamSpec typing.TypeVarTuple typing.cast typing_extensions.TypeVar typing_extensions.TypedDict
  functools.partial functools.partialmethod
  operator.itemgetter operator.attrgetter operator.methodcaller pathlib.Path pathlib.PurePath pathlib.PurePosixPath
  pathlib.PosixPath os.path.join os.path.basename os.path.dirname os.path.splitext os.path.normpath os.fspath
  datetime.date datetime.datetime datetime.time datetime.timedelta datetime.timezone decimal.Decimal
  fractions.Fraction uuid.UUID types.SimpleNamespace types.MappingProxyType string.Template struct.Struct
  textwrap.dedent enum.Enum enum.auto itertools.product itertools.permutations itertools.combinations itertools.chain
  itertools.chain.from_iterable itertools.repeat
  numpy.array numpy.asarray numpy.zeros numpy.ones numpy.full numpy.eye numpy.identity numpy.diag numpy.arange
  numpy.linspace numpy.logspace numpy.geomspace numpy.deg2rad numpy.rad2deg numpy.radians numpy.degrees numpy.sqrt
  numpy.log numpy.log2 numpy.log10 numpy.exp numpy.sin numpy.cos numpy.tan numpy.dtype numpy.float32 numpy.float64
  numpy.int32 numpy.int64 numpy.uint8 numpy.finfo numpy.iinfo
  pandas.Timestamp pandas.Timedelta pandas.to_timedelta
`);

/** Generators of random numbers: the same ones on every run if made from a number that is written out. */
const seededGenerators = words('numpy.random.RandomState numpy.random.default_rng random.Random');

const pureModules = /^(math|cmath|operator|scipy\.special|scipy\.constants)\.\w+$/;

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

/** Decorators from these places run the function, register it or show something. */
const impureDecorators =
  /(^|\.)(interact|interact_manual|interactive|register\w*|on_click|observe|output|capture|route|command|group|job|task|run|main|listens_for|connect|hookimpl|callback|event|validate_call_now|singledispatch_register|add_to_class|patch|patch_to|timeit|timer|profile|Sacred|automain)$/;

/** Fine decorators that the pattern above would catch. */
const pureDecorators =
  /^(unittest\.mock\.patch|abc\.|functools\.|contextlib\.|dataclasses\.|typing\.|numba\.|jax\.(jit|vmap|pmap|grad|checkpoint)|tensorflow\.|torch\.|pytest\.)/;

export interface Question {
  readonly text: string;
  readonly trust: Trust;
  readonly surroundings: Surroundings;
}

/** What happens when an expression is evaluated. Bodies of lambdas don't run; generators and comprehensions do. */
export function effectsOfExpression(node: SyntaxNode, question: Question): Effects {
  const effects: Effect[] = [];
  const calls: LocalCall[] = [];
  collectExpression(node, question, new Set(), effects, calls);
  return { effects, calls };
}

/** What happens when a function or class, with its decorators, is defined, or an assignment of a constant runs. */
export function effectsOfStatement(node: SyntaxNode, question: Question): Effects {
  const effects: Effect[] = [];
  const calls: LocalCall[] = [];
  collectStatement(node, question, new Set(), effects, calls, false);
  return { effects, calls };
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
  const question: Question = { text, surroundings, trust: use === 'value' ? 'known' : 'unless-known' };
  const node = definition.type === 'decorated_definition' ? definition.children.at(-1)! : definition;
  const effects: Effect[] = [];
  const calls: LocalCall[] = [];
  if (node.type === 'class_definition') {
    collectClassUse(node, use, question, effects, calls);
  } else if (node.type === 'function_definition') {
    collectFunctionBody(node, question, effects, calls);
    if (use === 'result') {
      for (const inner of functionsIn(childOf(node, 'block')!)) collectBody(inner, question, effects, calls);
    }
  } else {
    // `name = lambda …: …`
    const lambda = [...descendants(node)].find((child) => child.type === 'lambda');
    if (lambda === undefined) effects.push({ what: textOf(node, question.text), offset: node.start });
    else {
      collectBody(lambda, question, effects, calls);
      if (use === 'result') {
        for (const inner of functionsIn(lambda.children.at(-1)!))
          collectBody(inner, question, effects, calls);
      }
    }
  }
  return { effects, calls };
}

function collectClassUse(
  node: SyntaxNode,
  use: Use,
  question: Question,
  effects: Effect[],
  calls: LocalCall[],
): void {
  const runs = use === 'subclass' ? runAtSubclass : use === 'result' ? runAtResult : runAtCall;
  for (const child of childOf(node, 'block')?.children ?? []) {
    const method = child.type === 'decorated_definition' ? child.children.at(-1)! : child;
    if (method.type !== 'function_definition') continue;
    const name = textOf(childOf(method, 'identifier')!, question.text);
    if (runs.test(name)) collectFunctionBody(method, question, effects, calls);
  }
  // What a class inherits runs too.
  for (const { value, isKeyword } of argumentsOf(node)) {
    if (!isKeyword || use === 'subclass') {
      collectLocalUse(value, isKeyword ? 'call' : use, question, calls);
    }
  }
}

/** The arguments of a call; or of a class definition: its bases, and its keywords, of which `metaclass` matters. */
function argumentsOf(node: SyntaxNode): { readonly value: SyntaxNode; readonly isKeyword: boolean }[] {
  return (childOf(node, 'argument_list')?.children ?? []).map((child) =>
    child.type === 'keyword_argument'
      ? { value: child.children[1]!, isKeyword: true }
      : { value: child, isKeyword: false },
  );
}

function collectLocalUse(node: SyntaxNode, use: Use, question: Question, calls: LocalCall[]): void {
  if (node.type !== 'identifier') return;
  const name = nameOf(node, question);
  const { isLocal, importOf } = question.surroundings;
  if (isLocal(name) || importOf(name) !== undefined) calls.push({ name, use, offset: node.start });
}

/** The functions and lambdas in a piece of syntax, those inside them left out. */
function functionsIn(node: SyntaxNode): SyntaxNode[] {
  if (node.type === 'function_definition' || node.type === 'lambda') return [node];
  return node.children.flatMap(functionsIn);
}

/** What happens when a function or lambda is called. */
function collectBody(node: SyntaxNode, question: Question, effects: Effect[], calls: LocalCall[]): void {
  if (node.type === 'function_definition') {
    collectFunctionBody(node, question, effects, calls);
    return;
  }
  const locals = new Set<string>();
  for (const parameter of childOf(node, 'lambda_parameters')?.children ?? []) {
    for (const part of descendants(parameter)) {
      if (part.type === 'identifier') locals.add(nameOf(part, question));
    }
  }
  collectExpression(node.children.at(-1)!, question, locals, effects, calls);
}

function nameOf(identifier: SyntaxNode, question: Question): string {
  return normaliseIdentifier(textOf(identifier, question.text));
}

function collectFunctionBody(
  node: SyntaxNode,
  question: Question,
  effects: Effect[],
  calls: LocalCall[],
): void {
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
  for (const child of body.children) collectStatement(child, question, locals, effects, calls, true);
}

function collectAll(
  nodes: readonly SyntaxNode[],
  question: Question,
  locals: Set<string>,
  effects: Effect[],
  calls: LocalCall[],
): void {
  for (const child of nodes) collectExpression(child, question, locals, effects, calls);
}

function collectStatement(
  node: SyntaxNode,
  question: Question,
  locals: Set<string>,
  effects: Effect[],
  calls: LocalCall[],
  isBody: boolean,
): void {
  const expression = (child: SyntaxNode | undefined): void => {
    if (child !== undefined) collectExpression(child, question, locals, effects, calls);
  };
  const statements = (nodes: readonly SyntaxNode[]): void => {
    for (const child of nodes) collectStatement(child, question, locals, effects, calls, isBody);
  };
  switch (node.type) {
    case 'decorated_definition':
      for (const decorator of node.children.slice(0, -1))
        collectDecorator(decorator, question, locals, effects, calls);
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
      for (const { value, isKeyword } of argumentsOf(node)) {
        expression(value);
        // A metaclass or `__init_subclass__` of the notebook's own runs now.
        collectLocalUse(value, isKeyword ? 'call' : 'subclass', question, calls);
      }
      const body = childOf(node, 'block');
      // Names of the class body are its own: `@prop.setter`, `field = other_field`.
      for (const part of body?.children ?? []) {
        for (const target of targetsOf(part)) inner.add(nameOf(target, question));
      }
      for (const child of body?.children ?? []) {
        collectStatement(child, question, inner, effects, calls, false);
      }
      return;
    }
    case 'expression_statement': {
      const child = node.children[0];
      if (child === undefined || child.type === 'string' || child.type === 'ellipsis') return;
      if (child.type === 'assignment' || child.type === 'augmented_assignment') {
        collectAssignment(child, question, locals, effects, calls, isBody);
        return;
      }
      if (!isBody && child.type === 'call') {
        // A bare call is made for its effect.
        effects.push({ what: describe(child, question), offset: child.start });
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
      effects.push({ what: firstLine(textOf(node, question.text)), offset: node.start });
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
  effects: Effect[],
  calls: LocalCall[],
  isBody: boolean,
): void {
  const left = node.children[0]!;
  const right = node.children.find((child, i) => i > 0 && child.type !== 'type');
  if (right?.type === 'assignment') collectAssignment(right, question, locals, effects, calls, isBody);
  else if (right !== undefined) collectExpression(right, question, locals, effects, calls);
  for (const target of left.type === 'identifier' || left.type === 'attribute' || left.type === 'subscript'
    ? [left]
    : left.children) {
    if (target.type === 'identifier') {
      if (isBody) locals.add(nameOf(target, question));
    } else if (target.type === 'attribute' && isBody && isOwn(target, question, locals)) {
      // `wrapper.__name__ = …` of a function just defined here, `self.x = …` in `__init__`.
    } else if (target.type === 'attribute' || target.type === 'subscript') {
      effects.push({ what: `${textOf(target, question.text)} = …`, offset: target.start });
    }
  }
}

function isOwn(target: SyntaxNode, question: Question, locals: Set<string>): boolean {
  const root = target.children[0]!;
  return root.type === 'identifier' && locals.has(nameOf(root, question));
}

function collectDecorator(
  decorator: SyntaxNode,
  question: Question,
  locals: Set<string>,
  effects: Effect[],
  calls: LocalCall[],
): void {
  const expression = decorator.children[0]!;
  const callee = expression.type === 'call' ? expression.children[0]! : expression;
  if (expression.type === 'call') collectAll(expression.children.slice(1), question, locals, effects, calls);
  const root = rootOf(callee);
  if (root === undefined) {
    collectExpression(callee, question, locals, effects, calls);
    return;
  }
  const name = nameOf(root, question);
  if (locals.has(name)) return;
  const imported = pathOf(callee, question);
  const use = expression === callee ? 'call' : 'result';
  if (imported !== undefined) {
    calls.push({ name, use, offset: root.start });
    if (impureDecorators.test(imported) && !pureDecorators.test(imported)) {
      effects.push({ what: `@${describe(expression, question)}`, offset: decorator.start });
    }
  } else if (question.surroundings.isLocal(name)) {
    // `@square.register` of a `square` that the notebook made by `singledispatch` changes `square`.
    if (callee === root) calls.push({ name, use, offset: root.start });
    else effects.push({ what: `@${describe(expression, question)}`, offset: decorator.start });
  } else if (builtins.has(name) && !pureBuiltins.has(name)) {
    // A name that nothing binds is no effect: that it is unknown will be the reason.
    effects.push({ what: `@${describe(expression, question)}`, offset: decorator.start });
  }
}

function collectExpression(
  node: SyntaxNode,
  question: Question,
  locals: Set<string>,
  effects: Effect[],
  calls: LocalCall[],
): void {
  switch (node.type) {
    case 'lambda': {
      for (const parameter of childOf(node, 'lambda_parameters')?.children ?? []) {
        if (/default/.test(parameter.type))
          collectExpression(parameter.children.at(-1)!, question, locals, effects, calls);
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
      collectAll(node.children, question, inner, effects, calls);
      return;
    }
    case 'await':
    case 'yield':
    case 'named_expression':
      effects.push({ what: firstLine(textOf(node, question.text)), offset: node.start });
      return;
    case 'call':
      collectCall(node, question, locals, effects, calls);
      return;
    case 'keyword_argument':
      collectAll(node.children.slice(1), question, locals, effects, calls);
      return;
    case 'attribute': {
      const path = pathOf(node, question);
      if (path !== undefined && /(^|\.)(environ|argv)(\.|$)/.test(path)) {
        effects.push({ what: path, offset: node.start });
      }
      collectExpression(node.children[0]!, question, locals, effects, calls);
      return;
    }
    default:
      collectAll(node.children, question, locals, effects, calls);
  }
}

function collectCall(
  node: SyntaxNode,
  question: Question,
  locals: Set<string>,
  effects: Effect[],
  calls: LocalCall[],
): void {
  const [callee, ...rest] = node.children;
  if (callee === undefined) return;
  collectAll(rest, question, locals, effects, calls);
  const impure = (): void => void effects.push({ what: describe(node, question), offset: node.start });
  const path = pathOf(callee, question);
  if (path !== undefined && !locals.has(nameOf(rootOf(callee)!, question))) {
    if (pureImports.has(path) || pureModules.test(path)) return;
    const [seed, ...more] = argumentsOf(node);
    if (seededGenerators.has(path) && seed?.value.type === 'integer' && more.length === 0) return;
    calls.push({ name: nameOf(rootOf(callee)!, question), use: 'call', offset: callee.start });
    if (question.trust === 'known' || (impureName.test(path) && !pureDecorators.test(path))) impure();
    return;
  }
  if (callee.type === 'identifier') {
    const name = nameOf(callee, question);
    if (locals.has(name)) impure();
    else if (question.surroundings.isLocal(name)) {
      calls.push({ name, use: question.trust === 'known' ? 'value' : 'call', offset: callee.start });
    } else if (builtins.has(name) && !pureBuiltins.has(name) && !/^[A-Z]/.test(name)) impure();
    return;
  }
  if (callee.type === 'attribute') {
    const method = nameOf(callee.children[1]!, question);
    const object = callee.children[0]!;
    collectExpression(object, question, locals, effects, calls);
    const isSuper = object.type === 'call' && textOf(object.children[0]!, question.text) === 'super';
    if (!pureMethods.has(method) && !isSuper) impure();
    return;
  }
  collectExpression(callee, question, locals, effects, calls);
  impure();
}

/** The identifier at the left end of `a`, `a.b`, `a.b.c`. */
function rootOf(node: SyntaxNode): SyntaxNode | undefined {
  let root = node;
  while (root.type === 'attribute') root = root.children[0]!;
  return root.type === 'identifier' ? root : undefined;
}

/** `np.random.rand` as `numpy.random.rand`, if its root is imported. */
function pathOf(node: SyntaxNode, question: Question): string | undefined {
  const root = rootOf(node);
  if (root === undefined) return undefined;
  const imported = question.surroundings.importOf(nameOf(root, question));
  if (imported === undefined) return undefined;
  return imported + question.text.slice(root.end, node.end).replace(/[\s\\]+/g, '');
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

/** Callables, by their last name, whose value can't be changed afterwards. */
const immutableMakers = words(`
  compile escape namedtuple TypeVar NewType ParamSpec Path PurePath date time datetime timedelta timezone Decimal
  Fraction UUID partial itemgetter attrgetter methodcaller join basename dirname splitext normpath dedent
  tuple frozenset str int float bool bytes complex range len sum abs round ord chr hex bin oct pow min max
  strip lstrip rstrip lower upper title capitalize casefold replace format encode decode zfill sqrt log exp sin cos
`);

/** Whether what a call yields can't be changed: a string, a number, a tuple, a pattern, a class. */
export function yieldsImmutable(call: SyntaxNode, text: string): boolean {
  const name = textOf(call.children[0]!, text).replace(/^[^]*\./, '');
  return immutableMakers.has(name);
}
