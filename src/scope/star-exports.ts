/** What `from module import *` brings, for the modules of the standard library that notebooks import so. */

const exported: Readonly<Record<string, string>> = {
  math: `
    acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp
    exp2 expm1 fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan
    isqrt lcm ldexp lgamma log log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder
    sin sinh sqrt tan tanh tau trunc ulp`,
  cmath: `
    acos acosh asin asinh atan atanh cos cosh e exp inf infj isclose isfinite isinf isnan log log10 nan
    nanj phase pi polar rect sin sinh sqrt tan tanh tau`,
  random: `
    Random SystemRandom betavariate choice choices expovariate gammavariate gauss getrandbits getstate
    lognormvariate normalvariate paretovariate randbytes randint random randrange sample seed setstate
    shuffle triangular uniform vonmisesvariate weibullvariate`,
  itertools: `
    accumulate chain combinations combinations_with_replacement compress count cycle dropwhile
    filterfalse groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest`,
  collections: `
    ChainMap Counter OrderedDict UserDict UserList UserString defaultdict deque namedtuple`,
  functools: `
    WRAPPER_ASSIGNMENTS WRAPPER_UPDATES cache cached_property cmp_to_key lru_cache partial partialmethod
    reduce singledispatch singledispatchmethod total_ordering update_wrapper wraps`,
  operator: `
    abs add and_ attrgetter call concat contains countOf delitem eq floordiv ge getitem gt iadd iand
    iconcat ifloordiv ilshift imatmul imod imul index indexOf inv invert ior ipow irshift is_ is_not
    isub itemgetter itruediv ixor le length_hint lshift lt matmul methodcaller mod mul ne neg not_ or_
    pos pow rshift setitem sub truediv truth xor`,
  typing: `
    AbstractSet Annotated Any AnyStr AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator
    Awaitable BinaryIO ByteString Callable ChainMap ClassVar Collection Concatenate Container
    ContextManager Coroutine Counter DefaultDict Deque Dict Final ForwardRef FrozenSet Generator Generic
    Hashable IO ItemsView Iterable Iterator KeysView List Literal LiteralString Mapping MappingView
    Match MutableMapping MutableSequence MutableSet NamedTuple Never NewType NoReturn NotRequired
    Optional OrderedDict ParamSpec ParamSpecArgs ParamSpecKwargs Pattern Protocol Required Reversible
    Self Sequence Set Sized SupportsAbs SupportsBytes SupportsComplex SupportsFloat SupportsIndex
    SupportsInt SupportsRound TYPE_CHECKING Text TextIO Tuple Type TypeAlias TypeGuard TypeVar
    TypeVarTuple TypedDict Union Unpack ValuesView assert_never assert_type cast clear_overloads
    dataclass_transform final get_args get_origin get_overloads get_type_hints is_typeddict
    no_type_check no_type_check_decorator overload reveal_type runtime_checkable`,
  datetime: `
    MAXYEAR MINYEAR UTC date datetime time timedelta timezone tzinfo`,
  time: `
    CLOCK_BOOTTIME CLOCK_MONOTONIC CLOCK_MONOTONIC_RAW CLOCK_PROCESS_CPUTIME_ID CLOCK_REALTIME CLOCK_TAI
    CLOCK_THREAD_CPUTIME_ID altzone asctime clock_getres clock_gettime clock_gettime_ns clock_settime
    clock_settime_ns ctime daylight get_clock_info gmtime localtime mktime monotonic monotonic_ns
    perf_counter perf_counter_ns process_time process_time_ns pthread_getcpuclockid sleep strftime
    strptime struct_time thread_time thread_time_ns time time_ns timezone tzname tzset`,
  string: `
    Formatter Template ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits
    printable punctuation whitespace`,
  re: `
    A ASCII DOTALL I IGNORECASE L LOCALE M MULTILINE Match NOFLAG Pattern RegexFlag S U UNICODE VERBOSE
    X compile error escape findall finditer fullmatch match purge search split sub subn template`,
  os: `
    CLD_CONTINUED CLD_DUMPED CLD_EXITED CLD_KILLED CLD_STOPPED CLD_TRAPPED DirEntry EFD_CLOEXEC
    EFD_NONBLOCK EFD_SEMAPHORE EX_CANTCREAT EX_CONFIG EX_DATAERR EX_IOERR EX_NOHOST EX_NOINPUT EX_NOPERM
    EX_NOUSER EX_OK EX_OSERR EX_OSFILE EX_PROTOCOL EX_SOFTWARE EX_TEMPFAIL EX_UNAVAILABLE EX_USAGE
    F_LOCK F_OK F_TEST F_TLOCK F_ULOCK GRND_NONBLOCK GRND_RANDOM MFD_ALLOW_SEALING MFD_CLOEXEC
    MFD_HUGETLB MFD_HUGE_16GB MFD_HUGE_16MB MFD_HUGE_1GB MFD_HUGE_1MB MFD_HUGE_256MB MFD_HUGE_2GB
    MFD_HUGE_2MB MFD_HUGE_32MB MFD_HUGE_512KB MFD_HUGE_512MB MFD_HUGE_64KB MFD_HUGE_8MB MFD_HUGE_MASK
    MFD_HUGE_SHIFT NGROUPS_MAX O_ACCMODE O_APPEND O_ASYNC O_CLOEXEC O_CREAT O_DIRECT O_DIRECTORY O_DSYNC
    O_EXCL O_FSYNC O_LARGEFILE O_NDELAY O_NOATIME O_NOCTTY O_NOFOLLOW O_NONBLOCK O_PATH O_RDONLY O_RDWR
    O_RSYNC O_SYNC O_TMPFILE O_TRUNC O_WRONLY POSIX_FADV_DONTNEED POSIX_FADV_NOREUSE POSIX_FADV_NORMAL
    POSIX_FADV_RANDOM POSIX_FADV_SEQUENTIAL POSIX_FADV_WILLNEED POSIX_SPAWN_CLOSE POSIX_SPAWN_DUP2
    POSIX_SPAWN_OPEN PRIO_PGRP PRIO_PROCESS PRIO_USER P_ALL P_NOWAIT P_NOWAITO P_PGID P_PID P_PIDFD
    P_WAIT RTLD_DEEPBIND RTLD_GLOBAL RTLD_LAZY RTLD_LOCAL RTLD_NODELETE RTLD_NOLOAD RTLD_NOW RWF_APPEND
    RWF_DSYNC RWF_HIPRI RWF_NOWAIT RWF_SYNC R_OK SCHED_BATCH SCHED_FIFO SCHED_IDLE SCHED_OTHER
    SCHED_RESET_ON_FORK SCHED_RR SEEK_CUR SEEK_DATA SEEK_END SEEK_HOLE SEEK_SET SPLICE_F_MORE
    SPLICE_F_MOVE SPLICE_F_NONBLOCK ST_APPEND ST_MANDLOCK ST_NOATIME ST_NODEV ST_NODIRATIME ST_NOEXEC
    ST_NOSUID ST_RDONLY ST_RELATIME ST_SYNCHRONOUS ST_WRITE TMP_MAX WCONTINUED WCOREDUMP WEXITED
    WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED WIFSTOPPED WNOHANG WNOWAIT WSTOPPED WSTOPSIG WTERMSIG
    WUNTRACED W_OK XATTR_CREATE XATTR_REPLACE XATTR_SIZE_MAX X_OK _exit abort access altsep chdir chmod
    chown chroot close closerange confstr confstr_names copy_file_range cpu_count ctermid curdir defpath
    device_encoding devnull dup dup2 environ environb error eventfd eventfd_read eventfd_write execl
    execle execlp execlpe execv execve execvp execvpe extsep fchdir fchmod fchown fdatasync fdopen fork
    forkpty fpathconf fsdecode fsencode fspath fstat fstatvfs fsync ftruncate fwalk get_blocking
    get_exec_path get_inheritable get_terminal_size getcwd getcwdb getegid getenv getenvb geteuid getgid
    getgrouplist getgroups getloadavg getlogin getpgid getpgrp getpid getppid getpriority getrandom
    getresgid getresuid getsid getuid getxattr initgroups isatty kill killpg lchown linesep link listdir
    listxattr lockf login_tty lseek lstat major makedev makedirs memfd_create minor mkdir mkfifo mknod
    name nice open openpty pardir path pathconf pathconf_names pathsep pidfd_open pipe pipe2 popen
    posix_fadvise posix_fallocate posix_spawn posix_spawnp pread preadv putenv pwrite pwritev read
    readlink readv register_at_fork remove removedirs removexattr rename renames replace rmdir scandir
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getparam sched_getscheduler
    sched_param sched_rr_get_interval sched_setaffinity sched_setparam sched_setscheduler sched_yield
    sendfile sep set_blocking set_inheritable setegid seteuid setgid setgroups setpgid setpgrp
    setpriority setregid setresgid setresuid setreuid setsid setuid setxattr spawnl spawnle spawnlp
    spawnlpe spawnv spawnve spawnvp spawnvpe splice stat stat_result statvfs statvfs_result strerror
    supports_bytes_environ symlink sync sysconf sysconf_names system tcgetpgrp tcsetpgrp terminal_size
    times times_result truncate ttyname umask uname uname_result unlink unsetenv urandom utime wait
    wait3 wait4 waitid waitid_result waitpid waitstatus_to_exitcode walk write writev`,
  'os.path': `
    abspath altsep basename commonpath commonprefix curdir defpath devnull dirname exists expanduser
    expandvars extsep getatime getctime getmtime getsize isabs isdir isfile islink ismount join lexists
    normcase normpath pardir pathsep realpath relpath samefile sameopenfile samestat sep split
    splitdrive splitext supports_unicode_filenames`,
  sys: `
    abiflags addaudithook api_version argv audit base_exec_prefix base_prefix breakpointhook
    builtin_module_names byteorder call_tracing copyright displayhook dont_write_bytecode exc_info
    excepthook exception exec_prefix executable exit flags float_info float_repr_style
    get_asyncgen_hooks get_coroutine_origin_tracking_depth get_int_max_str_digits getallocatedblocks
    getdefaultencoding getdlopenflags getfilesystemencodeerrors getfilesystemencoding getprofile
    getrecursionlimit getrefcount getsizeof getswitchinterval gettrace hash_info hexversion
    implementation int_info intern is_finalizing maxsize maxunicode meta_path modules orig_argv path
    path_hooks path_importer_cache platform platlibdir prefix pycache_prefix set_asyncgen_hooks
    set_coroutine_origin_tracking_depth set_int_max_str_digits setdlopenflags setprofile
    setrecursionlimit setswitchinterval settrace stderr stdin stdlib_module_names stdout thread_info
    unraisablehook version version_info warnoptions`,
  json: `
    JSONDecodeError JSONDecoder JSONEncoder dump dumps load loads`,
  statistics: `
    NormalDist StatisticsError correlation covariance fmean geometric_mean harmonic_mean
    linear_regression mean median median_grouped median_high median_low mode multimode pstdev pvariance
    quantiles stdev variance`,
  fractions: `
    Fraction`,
  decimal: `
    BasicContext Clamped Context ConversionSyntax Decimal DecimalException DecimalTuple DefaultContext
    DivisionByZero DivisionImpossible DivisionUndefined ExtendedContext FloatOperation HAVE_CONTEXTVAR
    HAVE_THREADS Inexact InvalidContext InvalidOperation MAX_EMAX MAX_PREC MIN_EMIN MIN_ETINY Overflow
    ROUND_05UP ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP
    ROUND_UP Rounded Subnormal Underflow getcontext localcontext setcontext`,
  dataclasses: `
    Field FrozenInstanceError InitVar KW_ONLY MISSING asdict astuple dataclass field fields is_dataclass
    make_dataclass replace`,
  enum: `
    CONFORM CONTINUOUS EJECT Enum EnumCheck EnumMeta EnumType Flag FlagBoundary IntEnum IntFlag KEEP
    NAMED_FLAGS ReprEnum STRICT StrEnum UNIQUE auto global_enum global_enum_repr global_flag_repr
    global_str member nonmember pickle_by_enum_name pickle_by_global_name property unique verify`,
  pathlib: `
    Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath`,
  abc: `
    ABC ABCMeta abstractclassmethod abstractmethod abstractproperty abstractstaticmethod get_cache_token
    update_abstractmethods`,
  copy: `
    Error copy deepcopy`,
  pprint: `
    PrettyPrinter isreadable isrecursive pformat pp pprint saferepr`,
  heapq: `
    heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest`,
  bisect: `
    bisect bisect_left bisect_right insort insort_left insort_right`,
  threading: `
    Barrier BoundedSemaphore BrokenBarrierError Condition Event ExceptHookArgs Lock RLock Semaphore
    TIMEOUT_MAX Thread ThreadError Timer active_count current_thread enumerate excepthook get_ident
    get_native_id getprofile gettrace local main_thread setprofile settrace stack_size`,
  tkinter: `
    ACTIVE ALL ANCHOR ARC BASELINE BEVEL BOTH BOTTOM BROWSE BUTT BaseWidget BitmapImage BooleanVar
    Button CASCADE CENTER CHAR CHECKBUTTON CHORD COMMAND CURRENT CallWrapper Canvas Checkbutton DISABLED
    DOTBOX DoubleVar E END EW EXCEPTION EXTENDED Entry Event EventType FALSE FIRST FLAT Frame GROOVE
    Grid HIDDEN HORIZONTAL INSERT INSIDE Image IntVar LAST LEFT Label LabelFrame Listbox MITER MOVETO
    MULTIPLE Menu Menubutton Message Misc N NE NO NONE NORMAL NS NSEW NUMERIC NW NoDefaultRoot OFF ON
    OUTSIDE OptionMenu PAGES PIESLICE PROJECTING Pack PanedWindow PhotoImage Place RADIOBUTTON RAISED
    READABLE RIDGE RIGHT ROUND Radiobutton S SCROLL SE SEL SEL_FIRST SEL_LAST SEPARATOR SINGLE SOLID
    SUNKEN SW Scale Scrollbar Spinbox StringVar TOP TRUE Tcl TclError TclVersion Text Tk TkVersion
    Toplevel UNDERLINE UNITS VERTICAL Variable W WORD WRITABLE Widget Wm X XView Y YES YView getboolean
    getdouble getint image_names image_types mainloop`,
  turtle: `
    Pen RawPen RawTurtle Screen ScrolledCanvas Shape Terminator Turtle TurtleScreen Vec2D addshape back
    backward begin_fill begin_poly bgcolor bgpic bk bye circle clear clearscreen clearstamp clearstamps
    clone color colormode degrees delay distance done dot down end_fill end_poly exitonclick fd
    fillcolor filling forward get_poly get_shapepoly getcanvas getpen getscreen getshapes getturtle goto
    heading hideturtle home ht isdown isvisible left listen lt mainloop mode numinput onclick ondrag
    onkey onkeypress onkeyrelease onrelease onscreenclick ontimer pd pen pencolor pendown pensize penup
    pos position pu radians register_shape reset resetscreen resizemode right rt screensize seth
    setheading setpos setposition settiltangle setundobuffer setup setworldcoordinates setx sety shape
    shapesize shapetransform shearfactor showturtle speed st stamp textinput tilt tiltangle title
    towards tracer turtles turtlesize undo undobufferentries up update width window_height window_width
    write write_docstringdict xcor ycor`,
  struct: `
    Struct calcsize error iter_unpack pack pack_into unpack unpack_from`,
  textwrap: `
    TextWrapper dedent fill indent shorten wrap`,
  glob: `
    escape glob iglob`,
  contextlib: `
    AbstractAsyncContextManager AbstractContextManager AsyncExitStack ContextDecorator ExitStack
    aclosing asynccontextmanager chdir closing contextmanager nullcontext redirect_stderr
    redirect_stdout suppress`,
  types: `
    AsyncGeneratorType BuiltinFunctionType BuiltinMethodType CellType ClassMethodDescriptorType CodeType
    CoroutineType DynamicClassAttribute EllipsisType FrameType FunctionType GeneratorType GenericAlias
    GetSetDescriptorType LambdaType MappingProxyType MemberDescriptorType MethodDescriptorType
    MethodType MethodWrapperType ModuleType NoneType NotImplementedType SimpleNamespace TracebackType
    UnionType WrapperDescriptorType coroutine new_class prepare_class resolve_bases`,
  'urllib.request': `
    AbstractBasicAuthHandler AbstractDigestAuthHandler BaseHandler CacheFTPHandler DataHandler
    FTPHandler FancyURLopener FileHandler HTTPBasicAuthHandler HTTPCookieProcessor
    HTTPDefaultErrorHandler HTTPDigestAuthHandler HTTPErrorProcessor HTTPHandler HTTPPasswordMgr
    HTTPPasswordMgrWithDefaultRealm HTTPPasswordMgrWithPriorAuth HTTPRedirectHandler HTTPSHandler
    OpenerDirector ProxyBasicAuthHandler ProxyDigestAuthHandler ProxyHandler Request URLopener
    UnknownHandler build_opener getproxies install_opener pathname2url url2pathname urlcleanup urlopen
    urlretrieve`,
  'urllib.parse': `
    DefragResult DefragResultBytes ParseResult ParseResultBytes SplitResult SplitResultBytes parse_qs
    parse_qsl quote quote_from_bytes quote_plus unquote unquote_plus unquote_to_bytes urldefrag
    urlencode urljoin urlparse urlsplit urlunparse urlunsplit`,
  csv: `
    Dialect DictReader DictWriter Error QUOTE_ALL QUOTE_MINIMAL QUOTE_NONE QUOTE_NONNUMERIC Sniffer
    __doc__ __version__ excel excel_tab field_size_limit get_dialect list_dialects reader
    register_dialect unix_dialect unregister_dialect writer`,
  io: `
    BlockingIOError BufferedIOBase BufferedRWPair BufferedRandom BufferedReader BufferedWriter BytesIO
    DEFAULT_BUFFER_SIZE FileIO IOBase IncrementalNewlineDecoder RawIOBase SEEK_CUR SEEK_END SEEK_SET
    StringIO TextIOBase TextIOWrapper UnsupportedOperation open open_code text_encoding`,
  shutil: `
    Error ExecError SameFileError SpecialFileError chown copy copy2 copyfile copyfileobj copymode
    copystat copytree disk_usage get_archive_formats get_terminal_size get_unpack_formats
    ignore_patterns make_archive move register_archive_format register_unpack_format rmtree
    unpack_archive unregister_archive_format unregister_unpack_format which`,
  tempfile: `
    NamedTemporaryFile SpooledTemporaryFile TMP_MAX TemporaryDirectory TemporaryFile gettempdir
    gettempdirb gettempprefix gettempprefixb mkdtemp mkstemp mktemp tempdir`,
  logging: `
    BASIC_FORMAT BufferingFormatter CRITICAL DEBUG ERROR FATAL FileHandler Filter Formatter Handler INFO
    LogRecord Logger LoggerAdapter NOTSET NullHandler StreamHandler WARN WARNING addLevelName
    basicConfig captureWarnings critical debug disable error exception fatal getLevelName
    getLevelNamesMapping getLogRecordFactory getLogger getLoggerClass info lastResort log makeLogRecord
    raiseExceptions setLogRecordFactory setLoggerClass shutdown warn warning`,
  queue: `
    Empty Full LifoQueue PriorityQueue Queue SimpleQueue`,
  'collections.abc': `
    AsyncGenerator AsyncIterable AsyncIterator Awaitable ByteString Callable Collection Container
    Coroutine Generator Hashable ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping
    MutableSequence MutableSet Reversible Sequence Set Sized ValuesView`,
  'concurrent.futures': `
    ALL_COMPLETED BrokenExecutor CancelledError Executor FIRST_COMPLETED FIRST_EXCEPTION Future
    ProcessPoolExecutor ThreadPoolExecutor TimeoutError as_completed wait`,
};

/** The names that a star import of the module binds in Python 3.11, or undefined where that is not known. */
export function starExports(module: string): ReadonlySet<string> | undefined {
  return Object.hasOwn(exported, module) ? new Set(exported[module]!.trim().split(/\s+/)) : undefined;
}
