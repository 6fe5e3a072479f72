/** Tells how far the object that a statement makes can change after it was made, and whether reading uses it up. */
import { childOf, textOf, valueOf, type SyntaxNode } from '../python/syntax.ts';
import { words } from '../text/words.ts';
import { builtins } from './builtins.ts';
import { nameOf, pathOf } from './paths.ts';
import type { Constancy, Surroundings } from './surroundings.ts';

/** What can change: nothing, the object itself (a list of numbers), or also what it holds. */
export type Mutability = 'none' | 'whole' | 'parts';

/** What names mean to the expressions under examination. */
export interface Values {
  readonly text: string;
  readonly surroundings: Surroundings;
}

const display = /^(list|dictionary|set)$/;

/** Decorators after which a function is still nothing but its code. */
const stateless =
  /^@\s*(\w+\.)*(staticmethod|classmethod|property|dataclass|contextmanager|abstractmethod|overload|wraps|total_ordering|final|override|n?jit|vectorize|no_grad)\b/;

/** Builtins that yield a number, a string or a range, whatever they are given. */
const immutableBuiltins = words(`
  ascii bin bool bytes callable chr complex float format frozenset hasattr hash hex id int isinstance issubclass len
  oct ord range repr str
`);

/** Builtins that yield a number where they are given numbers, and something that can't change where all else can't. */
const closedBuiltins = words('abs divmod max min pow round sum tuple');

/** Imported callables that yield something that can't change, whatever they are given. */
const immutableMakers =
  /^(c?math\.\w+|re\.(compile|escape|sub)|collections\.namedtuple|typing(_extensions)?\.(TypeVar|NewType|ParamSpec|NamedTuple|TypedDict)|pathlib\.\w+|datetime\.(date|time|datetime|timedelta|timezone)(\.fromisoformat)?|decimal\.Decimal|fractions\.Fraction|uuid\.UUID|operator\.(itemgetter|attrgetter|methodcaller)|os\.path\.\w+|os\.fspath|textwrap\.(dedent|indent|fill|shorten)|html\.\w+|json\.dumps|string\.capwords|urllib\.parse\.(quote\w*|unquote|urlencode|urljoin)|base64\.\w+|struct\.(pack|calcsize)|numpy\.(dtype|finfo|iinfo)|pandas\.(Timestamp|Timedelta|Period|Interval))$/;

/** Functions and types of numpy that yield a number where all that they are given are numbers. */
const numericCalls =
  /^numpy\.(float(16|32|64|128|ing)?_?|u?int(8|16|32|64|p|c)?_?|longdouble|double|single|half|longlong|bool_?|complex(64|128)|abs|absolute|fabs|sqrt|cbrt|square|exp|exp2|expm1|log|log2|log10|log1p|power|pow|float_power|add|subtract|multiply|divide|true_divide|floor_divide|mod|remainder|fmod|sin|cos|tan|arc(sin|cos|tan)h?|arctan2|a(sin|cos|tan)h?|atan2|sinh|cosh|tanh|hypot|deg2rad|rad2deg|radians|degrees|ceil|floor|trunc|rint|round|around|sign|negative|positive|reciprocal|maximum|minimum|fmax|fmin|isnan|isinf|isfinite)$/;

/** Numbers that modules hold. */
const numbers =
  /^(c?math\.(pi|e|tau|inf|nan|infj|nanj)|(numpy|scipy)\.(pi|e|inf|nan|euler_gamma|Inf|Infinity|NaN|NAN|PINF|NINF)|scipy\.constants\.\w+|sys\.(maxsize|float_info\.\w+))$/;

/** Other objects in modules that can't change: strings, and the types of numbers. */
const immutableAttributes =
  /^(string\.[a-z_]+|os\.(sep|pathsep|linesep|extsep|curdir|pardir)|numpy\.(float|u?int|complex)(16|32|64|128|8)|numpy\.newaxis)$/;

/** Methods that only strings have, and some that others have, too, which yield strings where the object is one. */
const stringMethods = words(`
  strip lstrip rstrip lower upper title capitalize casefold encode decode zfill format
`);
const likeStringMethods = words('join replace translate ljust rjust center expandtabs swapcase');

/** Whether an expression is made of numbers alone: then so is its value, and it can't change. */
function isNumber(node: SyntaxNode, values: Values): boolean {
  const areNumbers = (nodes: readonly SyntaxNode[]): boolean =>
    nodes.length > 0 && nodes.every((child) => isNumber(child, values));
  switch (node.type) {
    case 'integer':
    case 'float':
    case 'true':
    case 'false':
      return true;
    case 'unary_operator':
    case 'binary_operator':
    case 'comparison_operator':
    case 'parenthesized_expression':
    case 'conditional_expression':
    case 'not_operator':
      return areNumbers(node.children);
    case 'identifier':
    case 'attribute': {
      const path = pathOf(node, values);
      if (path !== undefined) return numbers.test(path);
      return node.type === 'identifier' && values.surroundings.constancyOf(nameOf(node, values)) === 'number';
    }
    case 'call': {
      const given = argumentsOf(node);
      const path = pathOf(node.children[0]!, values);
      if (path !== undefined)
        return /^math\.\w+$/.test(path)
          ? !/\.(frexp|modf)$/.test(path)
          : numericCalls.test(path) && areNumbers(given);
      const name = builtinOf(node.children[0]!, values);
      if (name === undefined) return false;
      return (
        /^(int|float|complex|bool|len|ord|hash)$/.test(name) ||
        (/^(abs|max|min|pow|round)$/.test(name) && areNumbers(given))
      );
    }
    default:
      return false;
  }
}

/** 0 for what can't change, 1 for what can, 2 where what it holds can, too, or is unknown. */
function depthOf(node: SyntaxNode, values: Values): 0 | 1 | 2 {
  const deepest = (nodes: readonly SyntaxNode[]): 0 | 1 | 2 => {
    // No `Math.max(...)`: a list may have more elements than a call takes arguments.
    let depth: 0 | 1 | 2 = 0;
    for (const child of nodes) {
      const own = depthOf(child, values);
      if (own === 2) return 2;
      if (own > depth) depth = own;
    }
    return depth;
  };
  if (isNumber(node, values)) return 0;
  if (display.test(node.type)) return deepest(node.children) > 0 ? 2 : 1;
  switch (node.type) {
    case 'identifier':
      // `State = str`: nothing can change a builtin.
      return builtinOf(node, values) !== undefined ||
        values.surroundings.constancyOf(nameOf(node, values)) !== undefined
        ? 0
        : 2;
    case 'attribute': {
      const path = pathOf(node, values);
      return path !== undefined && immutableAttributes.test(path) ? 0 : 2;
    }
    case 'call':
      return depthOfCall(node, values);
    case 'lambda':
    case 'list_comprehension':
    case 'set_comprehension':
    case 'dictionary_comprehension':
    case 'generator_expression':
      return 2;
    case 'string':
    case 'concatenated_string':
    case 'not_operator':
      return 0;
    case 'comparison_operator': {
      // `A > 1` of an array is an array; what `in` and `is` yield is a bool.
      const [left, right] = node.children;
      const sign = left === undefined || right === undefined ? '' : values.text.slice(left.end, right.start);
      if (/\b(in|is)\b/.test(sign) || node.children.some(isString)) return 0;
      return deepest(node.children) < 2 && !mayBeArray(node, values) ? 0 : 2;
    }
    case 'binary_operator':
      // A string with whatever is added to it is a string; a number of numpy times a tuple is an array.
      if (node.children.some(isString)) return 0;
      return mayBeArray(node, values)
        ? (Math.max(1, deepest(node.children)) as 1 | 2)
        : deepest(node.children);
    case 'keyword_argument':
      return depthOf(node.children[1]!, values);
    default:
      return deepest(node.children);
  }
}

const isString = ({ type }: SyntaxNode): boolean => /string$/.test(type);

/** Whether a number of numpy may take part in an operation: it makes an array of a tuple. */
function mayBeArray(node: SyntaxNode, values: Values): boolean {
  if (node.type === 'identifier' && values.surroundings.constancyOf(nameOf(node, values)) === 'number')
    return true;
  const path = pathOf(node, values);
  if (path !== undefined) return /^(numpy|scipy)\b/.test(path);
  return node.children.some((child) => mayBeArray(child, values));
}

function depthOfCall(call: SyntaxNode, values: Values): 0 | 2 {
  const callee = call.children[0]!;
  const given = argumentsOf(call);
  const areShallow = (nodes: readonly SyntaxNode[]): boolean =>
    nodes.every((child) => depthOf(child, values) < 2);
  const path = pathOf(callee, values);
  if (path === 'functools.partial') return areShallow(given.slice(1)) ? 0 : 2;
  if (path !== undefined) return immutableMakers.test(path) ? 0 : 2;
  const name = builtinOf(callee, values);
  if (name !== undefined) {
    return immutableBuiltins.has(name) || (closedBuiltins.has(name) && areShallow(given)) ? 0 : 2;
  }
  if (callee.type !== 'attribute') return 2;
  const object = callee.children[0]!;
  const method = textOf(callee.children[1]!, values.text);
  // `names.str.strip()` of pandas is a series.
  if (stringMethods.has(method)) return /\.str$/.test(textOf(object, values.text)) ? 2 : 0;
  return likeStringMethods.has(method) && isString(object) ? 0 : 2;
}

/** The values that a call is given, by position or keyword. */
function argumentsOf(call: SyntaxNode): SyntaxNode[] {
  const list = childOf(call, 'argument_list');
  if (list === undefined) return call.children.slice(1);
  return list.children.map((child) => (child.type === 'keyword_argument' ? child.children[1]! : child));
}

/** The name of a builtin that the notebook does not bind. */
function builtinOf(node: SyntaxNode, values: Values): string | undefined {
  if (node.type !== 'identifier') return undefined;
  const name = nameOf(node, values);
  const { isLocal, importOf } = values.surroundings;
  return builtins.has(name) && !isLocal(name) && importOf(name) === undefined ? name : undefined;
}

/** How far what a function, a class or the assignment of a constant makes can change, defaults and the like included. */
export function mutabilityOf(node: SyntaxNode, values: Values): Mutability {
  /** What a definition keeps from the time when it was made. */
  const keeps = (definition: SyntaxNode): boolean => {
    switch (definition.type) {
      case 'decorated_definition':
        return definition.children.some((child) =>
          child.type === 'decorator' ? !stateless.test(textOf(child, values.text)) : keeps(child),
        );
      case 'function_definition':
        return (childOf(definition, 'parameters')?.children ?? []).some(
          (child) => /default/.test(child.type) && depthOf(child.children.at(-1)!, values) > 0,
        );
      case 'class_definition':
      case 'block':
        return definition.children.some(keeps);
      case 'expression_statement':
        return (
          definition.children[0]?.type === 'assignment' &&
          depthOf(valueOf(definition.children[0]), values) > 0
        );
      default:
        return false;
    }
  };
  if (/_definition$/.test(node.type)) return keeps(node) ? 'parts' : 'none';
  const assignment = node.children[0];
  if (node.type !== 'expression_statement' || assignment?.type !== 'assignment') return 'none';
  const value = valueOf(assignment);
  if (value.type === 'lambda') {
    const parameters = childOf(value, 'lambda_parameters')?.children ?? [];
    const isKept = parameters.some(
      (child) => /default/.test(child.type) && depthOf(child.children.at(-1)!, values) > 0,
    );
    return isKept ? 'parts' : 'none';
  }
  return (['none', 'whole', 'parts'] as const)[depthOf(value, values)];
}

/** The names that an assignment binds to what can't change. */
export function constanciesOf(node: SyntaxNode, values: Values): [name: string, constancy: Constancy][] {
  const assignment = node.children[0];
  if (node.type !== 'expression_statement' || assignment?.type !== 'assignment') return [];
  const value = valueOf(assignment);
  if (value.type === 'lambda' || depthOf(value, values) > 0) return [];
  const constancyOfValue = (part: SyntaxNode): Constancy =>
    isNumber(part, values) ? 'number' : part.type === 'none' ? 'none' : 'other';
  const found: [string, Constancy][] = [];
  for (let at: SyntaxNode | undefined = assignment; at?.type === 'assignment'; at = at.children.at(-1)) {
    const target = at.children[0]!;
    if (target.type === 'identifier') {
      found.push([nameOf(target, values), constancyOfValue(value)]);
      continue;
    }
    // `a, b = 1, 2`
    const areNumbers =
      /^(expression_list|tuple)$/.test(value.type) &&
      value.children.every((child) => isNumber(child, values));
    for (const part of target.children) {
      if (part.type === 'identifier') found.push([nameOf(part, values), areNumbers ? 'number' : 'other']);
    }
  }
  return found;
}

/** Callables, by their last name, that yield an iterator; `repeat` and the like come from itertools, not from numpy. */
const iteratorMakers =
  /(^|\.)(?<!^(np|numpy)\.(?=product$|repeat$|compress$))(iter|map|filter|zip|enumerate|reversed|finditer|ndenumerate|accumulate|batched|chain|from_iterable|combinations|combinations_with_replacement|compress|count|cycle|dropwhile|filterfalse|groupby|islice|pairwise|permutations|product|repeat|starmap|takewhile|tee|zip_longest)$/;

/** Callables that use an iterator up at once. */
const exhausts =
  /(^|\.)(list|tuple|set|frozenset|dict|sorted|sum|min|max|any|all|join|array|fromiter|Counter|OrderedDict|deque|fsum|prod|mean|reduce)$/;

/** Whether the value of an expression may hold an iterator. */
export function mayRunOut(node: SyntaxNode, text: string): boolean {
  if (node.type === 'generator_expression') return true;
  if (node.type === 'lambda') return false;
  if (node.type !== 'call') return node.children.some((child) => mayRunOut(child, text));
  const [callee, values] = node.children;
  const name = textOf(callee!, text).replace(/\s+/g, '');
  if (iteratorMakers.test(name)) return true;
  if (!exhausts.test(name)) return node.children.some((child) => mayRunOut(child, text));
  if (values?.type === 'generator_expression') return values.children.some((child) => mayRunOut(child, text));
  return (values?.children ?? []).some((value) =>
    value.type === 'call' || value.type === 'generator_expression'
      ? value.children.some((child) => mayRunOut(child, text))
      : mayRunOut(value, text),
  );
}
