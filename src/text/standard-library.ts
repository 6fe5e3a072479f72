/** The names of Python's standard library: every public top-level module of any of Python 3.9 to 3.14, on any system. */

const names = `
__future__ abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit
audioop base64 bdb binascii binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code
codecs codeop collections colorsys compileall compression concurrent configparser contextlib contextvars
copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest
email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch formatter fractions
ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html
http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache
locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt
multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev
parser pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint
profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline
reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd
smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics
string stringprep struct subprocess sunau symbol symtable sys sysconfig syslog tabnanny tarfile
telnetlib tempfile termios test textwrap this threading time timeit tkinter token tokenize tomllib trace
traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv
warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib
zoneinfo
`;

/** Modules of the standard library, `__future__` included, other names that begin with an underscore left out. */
export const standardLibrary: ReadonlySet<string> = new Set(names.trim().split(/\s+/));

/** What of the standard library is not there in each of Python 3.9 to 3.14, or went with Python 2 or early in Python 3. */
const unsteadyNames = `
aifc asynchat asyncore audioop binhex cgi cgitb chunk compression crypt distutils imghdr imp lib2to3 mailcap msilib nis
nntplib ossaudiodev pathlib.types pipes smtpd sndhdr spwd string.templatelib sunau telnetlib tomllib uu xdrlib

asyncio.coroutine asyncio.async collections.Callable collections.Container collections.Hashable collections.ItemsView
collections.Iterable collections.Iterator collections.KeysView collections.Mapping collections.MutableMapping
collections.MutableSequence collections.MutableSet collections.Sequence collections.Set collections.Sized
collections.ValuesView fractions.gcd html.parser.HTMLParseError inspect.formatargspec inspect.getargspec
itertools.batched itertools.ifilter itertools.imap itertools.izip itertools.izip_longest itertools.pairwise os.getcwdu
platform.dist platform.linux_distribution string.join string.letters string.maketrans string.uppercase sys.maxint
time.clock types.NoneType urllib.quote urllib.quote_plus urllib.unquote urllib.urlencode urllib.urlopen
urllib.urlretrieve
`;

/** Modules and their members, dotted, that need not be there though their module is of the standard library. */
export const unsteady: ReadonlySet<string> = new Set(unsteadyNames.trim().split(/\s+/));
