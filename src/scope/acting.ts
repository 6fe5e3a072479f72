/** Tells whether calling or reading something acts, or reads the world: by its name, and of a few by their arguments. */
import { textOf, type SyntaxNode } from '../python/syntax.ts';
import { words } from '../text/words.ts';
import { argumentsOf } from './call.ts';
import type { Found, Question } from './effect.ts';
import { pathOf } from './paths.ts';

/** Builtins whose call yields a value from its arguments and does nothing else. */
export const pureBuiltins = words(`
  abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format
  frozenset getattr hasattr hash hex int isinstance issubclass iter len list map max memoryview min object oct ord pow
  property range repr reversed round set slice sorted staticmethod str sum super tuple type zip
`);

/** Builtins that meet the world outside of the program, run other code, or end it. */
export const actingBuiltins = words('breakpoint exec exit input open print quit');

/** Generators of random numbers: the same ones on every run if made from a number that is written out. */
export const seededGenerators = words('numpy.random.RandomState numpy.random.default_rng random.Random');

/** Methods of strings, numbers, tuples, dicts, sets and arrays that yield a value and leave the object alone. */
export const pureMethods = words(`
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
export const impureDecorators =
  /(^|\.)(interact|interact_manual|interactive|register\w*|on_click|observe|output|capture|route|command|group|job|task|run|main|listens_for|connect|hookimpl|callback|event|validate_call_now|singledispatch_register|add_to_class|patch|patch_to|timeit|timer|profile|Sacred|automain)$/;

/** Fine decorators that the pattern above would catch. */
export const pureDecorators =
  /^(unittest\.mock\.patch|abc\.|functools\.|contextlib\.|dataclasses\.|typing\.|numba\.|jax\.(jit|vmap|pmap|grad|checkpoint)|tensorflow\.|torch\.|pytest\.|langfuse\.|traitlets\.|diffusers\.(\w+\.)*register_to_config$)/;

/** Bases that list all classes derived from classes of theirs; and those that list what is derived from them itself. */
export const registeringBases = /^sqlalchemy\.(\w+\.)*DeclarativeBase\w*$/;
export const registers = /^yaml\.YAMLObject$/;

/** Whether calling what the path names is known to have an effect. */
export function acts(path: string): boolean {
  if (actingCalls.test(path) || settings.test(path)) return true;
  return impureName.test(path) && !harmlessCalls.test(path);
}

export function collectSetting(node: SyntaxNode, question: Question, found: Found): void {
  const path = pathOf(node, question);
  if (path !== undefined && settings.test(path)) found.effects.push({ what: path, offset: node.start });
}

/** Whether a method of that name yields a value and leaves its object alone. */
export function isPureMethod(name: string): boolean {
  return pureMethods.has(name);
}

/**
 * `pd.Timestamp('now')`, `np.array('today', dtype='datetime64[D]')`: the words stand for the clock. `sns.color_palette()`
 * stands for the one that is set.
 */
export function readsClock(path: string, call: SyntaxNode, question: Question): boolean {
  if (path === 'seaborn.color_palette') return argumentsOf(call).length === 0;
  if (!/^(numpy|pandas)\./.test(path)) return false;
  return /(["'])(now|today)\1/i.test(textOf(call, question.text));
}

/** `logging.getLogger('exp')`, the same logger wherever it is asked for; `getLogger(__name__)` is another in a module. */
export function getsLogger(path: string, call: SyntaxNode, question: Question): boolean {
  if (path !== 'logging.getLogger') return false;
  const given = argumentsOf(call, question.text).map(({ value }) => value);
  return given.every((value) => value.type === 'string' && /^[rRuU]?["']/.test(textOf(value, question.text)));
}
