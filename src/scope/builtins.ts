/** The names that Python finds when neither the notebook nor a module binds them. */

/** Every public name of `builtins` in Python 3.9 to 3.14, and what `site` adds. */
export const builtins: ReadonlySet<string> = new Set(
  (
    'ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError ' +
    'BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ' +
    'ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis ' +
    'EncodingWarning EnvironmentError Exception ExceptionGroup False FileExistsError ' +
    'FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError ' +
    'ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError ' +
    'KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError None NotADirectoryError ' +
    'NotImplemented NotImplementedError OSError OverflowError PendingDeprecationWarning ' +
    'PermissionError ProcessLookupError PythonFinalizationError RecursionError ReferenceError ' +
    'ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError ' +
    'SyntaxWarning SystemError SystemExit TabError TimeoutError True TypeError UnboundLocalError ' +
    'UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning ' +
    'UserWarning ValueError Warning WindowsError ZeroDivisionError __build_class__ __debug__ ' +
    '__import__ abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr ' +
    'classmethod compile complex copyright credits delattr dict dir divmod enumerate eval exec exit ' +
    'filter float format frozenset getattr globals hasattr hash help hex id input int isinstance ' +
    'issubclass iter len license list locals map max memoryview min next object oct open ord pow ' +
    'print property quit range repr reversed round set setattr slice sorted staticmethod str sum ' +
    'super tuple type vars zip'
  ).split(' '),
);

/** Module attributes that every module has with a value of its own: what moves would read another one. */
export const moduleAttributes: ReadonlySet<string> = new Set([
  '__name__',
  '__file__',
  '__doc__',
  '__spec__',
  '__loader__',
  '__package__',
  '__builtins__',
  '__annotations__',
]);

/** Names that IPython puts into a notebook: results, history, and the shell itself. `display` can be imported. */
export function isShellName(name: string): boolean {
  return /^(get_ipython|__IPYTHON__|In|Out|_|__|___|_i|_ii|_iii|_ih|_oh|_dh|_i?\d+|exit|quit)$/.test(name);
}

const steadfast =
  /^(None|True|False|len|range|enumerate|zip|isinstance|issubclass|str|int|float|list|dict|tuple|set|frozenset|bool|bytes|type|super|object|print|property|staticmethod|classmethod|getattr|setattr|hasattr|delattr|repr|iter|next|callable|id|vars|dir|input|sorted|reversed|map|filter|ord|chr|__import__|__build_class__|__debug__|NotImplemented|Ellipsis|\w*(Error|Exception|Warning|Interrupt|Exit|Iteration))$/;

/** Whether no known star import replaces a builtin: others may be what `from x import *` brought. */
export function isSteadfast(builtin: string): boolean {
  return steadfast.test(builtin);
}
