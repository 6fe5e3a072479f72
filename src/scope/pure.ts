/** Turns the dotted path of an imported callable into what is known of calling it: that it only computes, and how far. */

import { words } from '../text/words.ts';

/** Single callables whose call yields a value made from its arguments, and does nothing else. */
const pureCalls = words(`
  argparse.Namespace ast.literal_eval base64.b64encode base64.b64decode base64.b16encode base64.b16decode
  bisect.bisect bisect.bisect_left bisect.bisect_right copy.copy copy.deepcopy
  collections.namedtuple collections.OrderedDict collections.defaultdict collections.Counter collections.deque
  collections.ChainMap datetime.date datetime.datetime datetime.time datetime.timedelta datetime.timezone
  datetime.date.fromisoformat datetime.datetime.fromisoformat decimal.Decimal enum.Enum enum.auto
  fractions.Fraction functools.cache functools.cached_property functools.cmp_to_key functools.lru_cache
  functools.partial functools.partialmethod functools.reduce functools.singledispatch
  heapq.nlargest heapq.nsmallest html.escape html.unescape json.dumps json.loads
  matplotlib.colors.ListedColormap matplotlib.colors.Normalize matplotlib.colors.hsv_to_rgb
  matplotlib.colors.rgb_to_hsv
  os.path.join os.path.basename os.path.dirname os.path.splitext os.path.normpath os.fspath
  pathlib.Path pathlib.PurePath pathlib.PurePosixPath pathlib.PosixPath
  re.compile re.escape re.findall re.finditer re.fullmatch re.match re.search re.split re.sub re.subn
  string.Template string.Formatter string.capwords struct.Struct struct.calcsize struct.pack struct.unpack
  textwrap.dedent textwrap.indent textwrap.fill textwrap.shorten textwrap.wrap
  polars.all polars.col polars.element polars.len polars.lit
  torch.Size torch.arange torch.as_tensor torch.backends.mps.is_available torch.cuda.device_count
  torch.cuda.is_available torch.device torch.eye torch.finfo torch.from_numpy torch.full torch.full_like torch.iinfo
  torch.linspace torch.logspace torch.ones torch.ones_like torch.tensor torch.zeros torch.zeros_like
  types.SimpleNamespace types.MappingProxyType
  typing.TypeVar typing.NewType typing.NamedTuple typing.TypedDict typing.ParamSpec typing.TypeVarTuple typing.cast
  typing_extensions.TypeVar typing_extensions.TypedDict
  urllib.parse.quote urllib.parse.quote_plus urllib.parse.unquote urllib.parse.urlencode urllib.parse.urljoin
  urllib.parse.urlparse urllib.parse.urlsplit urllib.parse.urlunparse urllib.parse.urlunsplit uuid.UUID
  pandas.Categorical pandas.CategoricalDtype pandas.CategoricalIndex pandas.DataFrame pandas.DatetimeIndex
  pandas.Index pandas.Interval pandas.IntervalIndex pandas.MultiIndex.from_arrays pandas.MultiIndex.from_product
  pandas.MultiIndex.from_tuples pandas.Period pandas.PeriodIndex pandas.RangeIndex pandas.Series pandas.Timedelta
  pandas.Timestamp pandas.bdate_range pandas.concat pandas.cut pandas.date_range pandas.get_dummies pandas.isna
  pandas.isnull pandas.melt pandas.merge pandas.notna pandas.notnull pandas.period_range pandas.qcut
  pandas.timedelta_range pandas.to_datetime pandas.to_numeric pandas.to_timedelta
`);

/** Modules in which every callable is pure but those that are named. */
const pureModules: readonly { readonly pattern: RegExp; readonly except: ReadonlySet<string> }[] = [
  { pattern: /^c?math\.\w+$/, except: new Set() },
  {
    pattern: /^operator\.\w+$/,
    except: words(`
      setitem delitem iadd iand iconcat ifloordiv ilshift imatmul imod imul ior ipow irshift isub itruediv ixor
    `),
  },
  { pattern: /^statistics\.\w+$/, except: words('kde_random') },
  { pattern: /^itertools\.(\w+|chain\.from_iterable)$/, except: new Set() },
  { pattern: /^scipy\.(special|constants)\.\w+$/, except: words('errstate seterr geterr test') },
  { pattern: /^scipy\.linalg\.\w+$/, except: words('test') },
  {
    // What reads memory that nobody has set, the clock, a file or a setting, draws lots, shows something, or writes.
    pattern: /^numpy\.((linalg|fft|char|strings|emath|polynomial(\.\w+)?)\.)?\w+$/,
    except: words(`
      empty empty_like ndarray recarray chararray datetime64 random
      load loads loadtxt genfromtxt recfromcsv recfromtxt fromfile fromregex memmap DataSource save savez
      savez_compressed savetxt
      set_printoptions get_printoptions printoptions set_string_function array2string array_repr array_str
      set_default_printstyle seterr geterr seterrcall geterrcall seterrobj geterrobj errstate setbufsize getbufsize
      set_numeric_ops show_config show_runtime get_include info lookfor source who disp deprecate test
      put put_along_axis place copyto putmask fill_diagonal shuffle nditer nested_iters
    `),
  },
  {
    // Random numbers of jax follow from the key that they are given.
    pattern: /^jax\.(numpy\.((linalg|fft)\.)?|nn\.|random\.)\w+$/,
    except: words(`
      load save savez from_dlpack fromfile frombuffer printoptions get_printoptions set_printoptions array_repr
      array_str apply_along_axis apply_over_axes fromfunction frompyfunc piecewise
    `),
  },
];

/** Makers of values that only hold what they were given: specifications, templates of text, stemmers that read no data. */
const holders: readonly RegExp[] = [
  /^tensorflow\.(compat\.v1\.)?(TensorShape|(Indexed|Ragged|Sparse)?Tensor(Slices)?Spec|(io\.)?(FixedLen|FixedLenSequence|Ragged|Sparse|VarLen)Feature)$/,
  /^langchain(_core|_classic)?\.(\w+\.)*((Chat|HumanMessage|SystemMessage|AIMessage)?PromptTemplate(\.from_(template|messages))?|MessagesPlaceholder|(Human|System|AI)Message)$/,
  /^nltk\.(\w+\.)*((ISRI|Lancaster|Porter|Regexp|Snowball)Stemmer|(Blankline|Line|MWE|Regexp|Space|Tab|Toktok|TreebankWord|Tweet|Whitespace|WordPunct)Tokenizer|TreebankWordDetokenizer)$/,
];

/**
 * Makers of what computes when it is called, and may draw lots or change then; making it draws none. Layers of torch with
 * weights draw these, and are not among them.
 */
const idle: readonly RegExp[] = [
  /^torch\.nn\.(modules\.\w+\.)?(?!AdaptiveLogSoftmaxWithLoss$)(\w+Loss|[CGS]?E?LU|ReLU6?|LeakyReLU|RReLU|SiLU|Mish|Hard(tanh|swish|sigmoid|shrink)|(Log)?(Sigmoid|Softmax)|Softm(ax2d|in)|Soft(plus|sign|shrink)|Tanh(shrink)?|Threshold|Identity|Flatten|Unflatten|\w*Dropout([123]d)?|\w+(Pool|Pad)[123]d|(Un)?[Ff]old|Upsample|Pixel(Uns|S)huffle|CosineSimilarity|PairwiseDistance|Sequential)$/,
  /^torchvision\.transforms\.(v2\.|transforms\.)?[A-Z]\w*$/,
  /^(tensorflow\.)?keras\.losses\.[A-Z]\w+$/,
];

/** Distributions of scipy.stats: with their parameters given they stand for themselves, and draw nothing. */
const distributions =
  /^scipy\.stats\.(alpha|bernoulli|beta|betabinom|binom|cauchy|chi|chi2|dirichlet|expon|exponnorm|f|gamma|geom|gennorm|gumbel_l|gumbel_r|halfnorm|hypergeom|invgamma|laplace|logistic|lognorm|multinomial|multivariate_normal|multivariate_t|nbinom|norm|pareto|poisson|powerlaw|randint|rayleigh|skewnorm|t|triang|truncnorm|uniform|vonmises|weibull_max|weibull_min|zipf)(\.(pdf|logpdf|pmf|logpmf|cdf|logcdf|sf|logsf|ppf|isf|mean|median|var|std|entropy|stats|interval|moment))?$/;

/**
 * Whether calling what the path names yields a value made from its arguments, and does nothing else but call functions
 * that it is given. Methods that work in place, and arguments that are written to, are told by `writesArgument`.
 */
export function isKnownPure(path: string): boolean {
  if (pureCalls.has(path) || keepers.has(path) || distributions.test(path) || actsWhenCalled(path))
    return true;
  if (holders.some((pattern) => pattern.test(path))) return true;
  const last = path.slice(path.lastIndexOf('.') + 1);
  return pureModules.some(({ pattern, except }) => pattern.test(path) && !except.has(last));
}

/** Whether calling what the path names is pure, but calling what it yields may be anything: `nn.Dropout()(x)`. */
export function actsWhenCalled(path: string): boolean {
  return compilers.has(path) || idle.some((pattern) => pattern.test(path));
}

/** Callables that keep functions which they are given, and call them only when they are called themselves. */
const keepers = words(`
  functools.cache functools.cached_property functools.cmp_to_key functools.lru_cache functools.partial
  functools.partialmethod functools.singledispatch numpy.vectorize numpy.frompyfunc
  jax.checkpoint jax.grad jax.hessian jax.jacfwd jax.jacobian jax.jacrev jax.jit jax.numpy.vectorize jax.pmap jax.remat
  jax.value_and_grad jax.vmap
`);

/** Whether what the path names makes a callable that calls those it was given: `partial(f, 1)`. */
export function isKeeper(path: string): boolean {
  return keepers.has(path);
}

/** The same of compilers: `njit(f)` compiles at the first call, but `njit('f8(f8)')(f)` at once. */
const compilers = words('numba.jit numba.njit tensorflow.function');

/** Whether calling what the path names yields the same whatever mode its library is set to compute in. */
export function isModeless(path: string): boolean {
  return keepers.has(path) || compilers.has(path) || (path.startsWith('torch.') && actsWhenCalled(path));
}

/** Arguments that are called, by position and by keyword. */
const calledBack: Readonly<Record<string, readonly (number | string)[]>> = {
  map: [0],
  filter: [0],
  iter: [0],
  sorted: ['key'],
  min: ['key'],
  max: ['key'],
  'bisect.bisect': ['key'],
  'bisect.bisect_left': ['key'],
  'bisect.bisect_right': ['key'],
  // Whenever a key is missing.
  'collections.defaultdict': [0],
  'functools.reduce': [0],
  'heapq.nlargest': [2, 'key'],
  'heapq.nsmallest': [2, 'key'],
  'itertools.accumulate': [1, 'func'],
  'itertools.dropwhile': [0],
  'itertools.filterfalse': [0],
  'itertools.groupby': [1, 'key'],
  'itertools.starmap': [0],
  'itertools.takewhile': [0],
  'json.dumps': ['cls', 'default'],
  'json.loads': ['cls', 'object_hook', 'object_pairs_hook', 'parse_constant', 'parse_float', 'parse_int'],
  'numpy.apply_along_axis': [0, 'func1d'],
  'numpy.apply_over_axes': [0, 'func'],
  'numpy.fromfunction': [0, 'function'],
  'numpy.mask_indices': [1, 'mask_func'],
  'numpy.piecewise': [2, 'funclist'],
  'operator.call': [0],
  're.sub': [1, 'repl'],
  're.subn': [1, 'repl'],
};

/** Which arguments a builtin (`map`) or an imported callable (`functools.reduce`) calls: positions from 0, keywords. */
export function calledArguments(path: string): readonly (number | string)[] {
  return Object.hasOwn(calledBack, path) ? calledBack[path]! : [];
}

/** Functions of numpy that write their result to an argument given by position, by which one that is. */
const outAt: readonly (readonly [position: number, names: ReadonlySet<string>])[] = [
  [
    1,
    words(`
      abs absolute acos acosh arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atanh bitwise_count
      bitwise_invert bitwise_not cbrt ceil conj conjugate cos cosh deg2rad degrees exp exp2 expm1 fabs fix floor frexp
      invert isfinite isinf isnan isnat isneginf isposinf log log10 log1p log2 logical_not modf nan_to_num negative
      positive rad2deg radians reciprocal rint sign signbit sin sinh spacing sqrt square tan tanh trunc
    `),
  ],
  [
    2,
    words(`
      add all amax amin any arctan2 argmax argmin around atan2 bitwise_and bitwise_left_shift bitwise_or
      bitwise_right_shift bitwise_xor choose concat concatenate copysign divide divmod dot equal float_power
      floor_divide fmax fmin fmod gcd greater greater_equal heaviside hypot lcm ldexp left_shift less less_equal
      logaddexp logaddexp2 logical_and logical_or logical_xor matmul matvec max maximum median min minimum mod
      multiply nanargmax nanargmin nanmax nanmedian nanmin nextafter not_equal outer pow power ptp remainder
      right_shift round round_ stack subtract true_divide vecdot vecmat
    `),
  ],
  [
    3,
    words(`
      clip compress cumprod cumsum cumulative_prod cumulative_sum mean nancumprod nancumsum nanmean nanpercentile
      nanprod nanquantile nanstd nansum nanvar percentile prod product quantile std sum take var
    `),
  ],
  [5, words('trace')],
];

/** The arguments of a call as they are written. */
export interface WrittenArguments {
  readonly positional: number;
  /** Whether there is `*values`, which may stand for any number. */
  readonly hasSplat: boolean;
  readonly keywords: readonly string[];
}

/**
 * Whether a call of something known to be pure may write to what it is given, `np.exp(x, out=y)`, `np.exp(x, y)`; or read
 * a file after all.
 */
export function writesArgument(path: string, { positional, hasSplat, keywords }: WrittenArguments): boolean {
  if (path.endsWith('SnowballStemmer'))
    return positional > 1 || hasSplat || keywords.some((k) => k !== 'language');
  if (!/^(numpy|scipy|torch)\./.test(path)) return false;
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (keywords.some((keyword) => keyword === 'out' || keyword.startsWith('overwrite_'))) return true;
  if (name === 'nan_to_num' && keywords.includes('copy')) return true;
  const out = path.startsWith('numpy.') ? outAt.find(([, names]) => names.has(name)) : undefined;
  return out !== undefined && (hasSplat || positional > out[0]);
}
