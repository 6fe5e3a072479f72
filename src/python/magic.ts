/** Turns a cell's IPython source into Python of the same length, and says what each magic does to names. */
import type { Span } from '../text/span.ts';

export type MagicKind =
  /** `%time f()`, `%matplotlib inline` */
  | 'line'
  /** `%%bash` and its whole body */
  | 'cell'
  /** `!ls`, `!!ls` */
  | 'shell'
  /** `f?`, `?f`, `f??` */
  | 'help'
  /** `,f a b`, `;f a b`, `/f a b` */
  | 'autocall'
  /** `x = %magic` */
  | 'assign-line'
  /** `x = !ls` */
  | 'assign-shell'
  /** `pip install x`, `cd ..`: a bare line that IPython takes for a line magic */
  | 'automagic';

/** How IPython treats the body of a cell magic. */
export type MagicBody =
  /** Run as Python in the notebook's namespace: it binds there (`%%time`, `%%capture`, `%%prun`). */
  | 'namespace'
  /** Run as Python in a scope of its own: it reads the notebook's names, binds none (`%%timeit`). */
  | 'scope'
  /** Not Python, or Python elsewhere (`%%bash`, `%%writefile`, `%%script`, and every magic that nobody knows). */
  | 'opaque';

export interface Magic {
  readonly kind: MagicKind;
  /** Without `%`; `!` or `!!` for shell, `?` or `??` for help, the escape character for autocall. */
  readonly name: string;
  /**
   * What is masked as not Python, in the cell's source. For a cell magic with a body in the namespace its first
   * line only; for `%time x = f()` only `%time `, as the statement is Python that runs in the notebook.
   */
  readonly span: Span;
  /** The text after the name, as written (of a cell magic: the rest of its first line). */
  readonly argument: string;
  /** Only for cell magics. */
  readonly body?: MagicBody;
  /** Names that the magic binds in the notebook (`%%capture out`, `%%bash --out lines`). Assignment targets not counted. */
  readonly binds: readonly string[];
  /** Whether it may bind any name at all (`%run`, `%load`, `%store -r`, `%pylab`). */
  readonly bindsAnything: boolean;
  /**
   * Every identifier in what is masked: names that it may read (`{x}`, `$x`, `%timeit f(x)`). Sorted, unique, in
   * the NFKC form in which Python looks names up.
   */
  readonly mentions: readonly string[];
  /** Whether imports after it may depend on it (`%cd`, `%env`, `%load_ext`, `%pip`, `!pip`; `%matplotlib` is not one). */
  readonly isBarrier: boolean;
}

export interface Masked {
  /** As long as the source, with every line break at the same offset; what is left is Python. */
  readonly text: string;
  /** In the order in which they stand. */
  readonly magics: readonly Magic[];
  /**
   * What IPython takes away at the head of lines before it reads a cell: the first line's indentation, and prompts
   * (`>>> `, `In [1]: `). In `text` these are form feeds, which set Python's (and tree-sitter's) column back to
   * nought. Code that leaves such a cell has to leave them behind. Empty for nearly every cell.
   */
  readonly removed: readonly Span[];
}

/**
 * Masks what is IPython and not Python in the source of one code cell, by the rules of IPython 8's input transformer
 * (`IPython/core/inputtransformer2.py`) and, for automagic, of its prefilter.
 *
 * An opaque magic becomes the statement `0` at its own indentation, followed by blanks; `x = !ls` becomes `x = 0`.
 * `%time x = f()` keeps its statement: `0;    x = f()`. The first line of a cell magic whose body runs in the
 * namespace becomes blank, the body is masked as a cell of its own; any other cell magic turns the whole cell into
 * `0` and blanks.
 */
export function maskMagics(source: string): Masked {
  if (!mayHoldMagic(source)) return { text: source, magics: [], removed: [] };
  const masking: Masking = { source, units: source.split(''), magics: [], removed: [] };
  maskCell(masking, 0);
  return { text: masking.units.join(''), magics: masking.magics, removed: masking.removed };
}

// ---------------------------------------------------------------------------------------------------------------
// What each magic does. Names of IPython's own magics, and of the extensions that notebooks commonly load.

/** Cell magics that run their body in the notebook's namespace. */
const namespaceCells = new Set([
  'time',
  'capture',
  'prun',
  'debug',
  'memit',
  'mprun',
  'lprun_all',
  'snakeviz',
  'wandb',
  'notify',
]);

/** Cell magics that run a program, with `--out`, `--err` and `--proc` for the names of variables. */
const scriptCells = new Set([
  'script',
  'bash',
  'sh',
  'cmd',
  'perl',
  'ruby',
  'python',
  'python2',
  'python3',
  'pypy',
]);

/** Opaque cell magics that bind nothing, whatever their argument. */
const silentCells = new Set([
  'HTML',
  'html',
  'SVG',
  'svg',
  'js',
  'javascript',
  'latex',
  'markdown',
  'mermaid',
  'file',
  'writefile',
  'system',
  'sx',
  '!',
  'timeit',
  'px',
]);

/** Cell magics that compile their body and put whatever it defines into the namespace. */
const compilingCells = new Set([
  'cython',
  'cython_pyximport',
  'cython_inline',
  'fortran',
  'pybind11',
  'pythran',
]);

/** Cell magics after which an import finds what it would have found before. */
const harmlessCells = new Set([
  ...namespaceCells,
  'timeit',
  'HTML',
  'html',
  'SVG',
  'svg',
  'js',
  'javascript',
  'latex',
  'markdown',
  'mermaid',
  'sql',
  'bigquery',
  'R',
  'octave',
]);

/** Line magics after which an import finds what it would have found before. */
const harmlessLines = new Set(
  (
    'time timeit prun lprun mprun memit matplotlib who who_ls whos pwd config precision pprint ls ll lf lk lx ldir ' +
    'cat pycat pinfo pinfo2 pdef pdoc pfile psource psearch history hist lsmagic magic quickref xmode colors ' +
    'watermark version_information debug pdb tb gui page xdel reset reset_selective dhist dirs tensorboard sql R ' +
    'bigquery macro autosave autocall automagic autoawait killbgscripts doctest_mode logstart logstop logoff ' +
    'logon logstate notebook nbagg bookmark connect_info qtconsole sc alias unalias'
  ).split(' '),
);

/** Line magics that may bind, delete or replace any name. */
const bindsAnythingLines = new Set(
  'run load loadpy pylab edit ed rerun reset reset_selective paste cpaste load_notebook'.split(' '),
);

/** Line magics that return nothing which a cell could show, whatever they print; other magics may return anything. */
const silentLines = new Set(
  (
    'matplotlib pylab load_ext reload_ext unload_ext autoreload aimport cd set_env pip pip3 conda mamba micromamba uv ' +
    'who whos history hist reset reset_selective xdel xmode colors pprint pinfo pinfo2 pdef pdoc pfile psource ' +
    'psearch debug pdb tb store autosave autocall autoawait tensorboard watermark ls ll lf lk lx ldir cat mkdir rm ' +
    'rmdir cp mv less more man'
  ).split(' '),
);

/** Line magics that return nothing unless asked to by an option. */
const silentUnlessAsked: ReadonlyMap<string, RegExp> = new Map([
  ['timeit', /(^|\s)-\w*o/],
  ['memit', /(^|\s)-\w*o/],
  ['prun', /(^|\s)-\w*r/],
  ['lprun', /(^|\s)-\w*r/],
  ['mprun', /(^|\s)-\w*r/],
  ['run', /(^|\s)-\w*p/],
  // Without a value they tell the one that is set.
  ['config', /^[^=]*$/],
  ['env', /^[^=]*$/],
]);

/** Whether a magic that is a statement of its own surely leaves its cell nothing to show as its value. */
export function returnsNothing({ kind, name, argument }: Magic): boolean {
  if (kind === 'help' || (kind === 'shell' && name === '!')) return true;
  if (kind !== 'line' && kind !== 'automagic') return false;
  return silentLines.has(name) || silentUnlessAsked.get(name)?.test(argument) === false;
}

/** Line magics that look at the cells run before, by their numbers or from first to last. */
const historyLines = new Set(
  'rerun recall rep save macro history hist notebook pastebin logstart'.split(' '),
);

/** Whether it depends on the numbers that cells have: `%rerun 2`, `%save out.py 1-3`, `%load 4`. */
export function countsCells({ kind, name, argument }: Magic): boolean {
  if (kind !== 'line' && kind !== 'automagic' && kind !== 'assign-line') return false;
  const hasRange = /(?:^|\s)~?\d[\d/~-]*(?=\s|$)/.test(argument);
  return historyLines.has(name) || (/^(?:load|edit|ed)$/.test(name) && hasRange);
}

/**
 * Whether it runs a file in the notebook's own namespace, so that the file reads the notebook's names: `%run -i a.py`,
 * `%run b.ipynb`. A script by itself starts with a namespace of its own.
 */
export function runsInNamespace({ kind, name, argument }: Magic): boolean {
  if (kind === 'cell' || name !== 'run') return false;
  const words = argument.trim().split(/\s+/);
  const script = /^-/.test(words[0]!) ? words.find((word) => /\.py\b/.test(word)) : words[0]!;
  const isOwn = script !== undefined && /\.py["']?$/.test(script) && !/[{$]/.test(script);
  const isModule = words[0] === '-m';
  return !(isOwn || isModule) || words.some((word) => /^-\w*i/.test(word));
}

/** What IPython takes for a line magic when a cell consists of a bare line: its own line magics and aliases. */
const automagicNames = new Set(
  (
    'alias alias_magic autoawait autocall automagic autoreload bookmark cat cd colors conda config cp debug dhist ' +
    'dirs doctest_mode ed edit env gui hist history killbgscripts ldir less lf lk ll load load_ext loadpy logoff ' +
    'logon logstart logstate logstop ls lsmagic lx macro magic mamba man matplotlib micromamba mkdir more mv ' +
    'notebook page pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch psource pushd ' +
    'pwd pycat pylab quickref recall rehashx reload_ext rep rerun reset reset_selective rm rmdir run save sc ' +
    'set_env sx system tb time timeit unalias unload_ext uv who who_ls whos xdel xmode'
  ).split(' '),
);

/** Aliases of the shell: `ls -la` alone in a cell is a listing, not a subtraction. */
const shellAliases = new Set('cat cd conda cp ll ls man mkdir mv pip rm rmdir'.split(' '));

/**
 * What a bare line must look like to count as automagic beside other lines. There IPython itself finds a syntax
 * error, which would lose the cell; the hosts that let it pass mean these.
 */
const automagicBesideOthers =
  /^(?:(?:pip3?|conda|mamba|micromamba|uv)[ \t]+(?:install|uninstall|download|update|upgrade|remove|list|show|freeze|pip)\b|matplotlib[ \t]+(?:inline|notebook|widget|ipympl|nbagg|qt5?|agg)[ \t]*$|(?:load_ext|reload_ext)[ \t]+[\w.]+[ \t]*$|autoreload[ \t]+[0-3][ \t]*$)/;

/** The options before the statement of the line magics that run one in the notebook's namespace. */
const statementOptions: ReadonlyMap<string, RegExp> = new Map([
  ['time', /^(?:--no-raise-error[ \t]+)*/],
  ['prun', /^(?:-(?:[rq]+|[DlsT][ \t]*(?:"[^"]*"|'[^']*'|\S+))[ \t]+)*/],
  ['lprun', /^(?:-(?:[rsz]+|[fmDTu][ \t]*(?:"[^"]*"|'[^']*'|\S+))[ \t]+)*/],
  ['mprun', /^(?:-(?:[rc]+|[fT][ \t]*(?:"[^"]*"|'[^']*'|\S+))[ \t]+)*/],
  ['memit', /^(?:-(?:[coq]+|[rti][ \t]*\S+)[ \t]+)*/],
]);

/** Programs that change nothing an import could see. */
const harmlessPrograms = new Set(
  (
    'ls ll dir cd pwd echo cat head tail wc nl grep egrep fgrep zgrep awk cut sort uniq tr diff cmp tree file stat du ' +
    'df free top ps uptime uname hostname lscpu lsb_release nproc nvidia-smi nvcc rocm-smi which whereis type date ' +
    'cal whoami id env printenv printf true false sleep time seq basename dirname realpath md5sum sha1sum sha256sum ' +
    'find less more man test clear'
  ).split(' '),
);

// ---------------------------------------------------------------------------------------------------------------
// The cell as a whole.

interface Masking {
  readonly source: string;
  /** The text to be, one element for each UTF-16 unit. */
  readonly units: string[];
  readonly magics: Magic[];
  readonly removed: Span[];
}

/** Writes `head` at `start` and blanks from there to `end`. Line breaks stay. */
function overwrite(
  masking: Masking,
  start: number,
  end: number,
  head: string,
  blank: ' ' | '\f' = ' ',
): void {
  for (let at = start; at < end; at++) {
    const unit = masking.units[at]!;
    if (unit !== '\n' && unit !== '\r') masking.units[at] = head[at - start] ?? blank;
  }
}

// A magic opens a line or follows an `=`; help ends a line. An indented first line, prompts and bare magics too
// need a closer look. Nearly all cells have none of these, and are done here.
const escapes =
  /^[ \t\f]*[%!?,;/]|=(?:[ \t\f]|\\\r?\n)*[%!]|\?[ \t]*$|^(?:>>>|\.\.\.|(?:\[(?:nav|ins)\] )?In \[\d+\]: |[ \t]*\.{3,}:)/m;
const bareWord =
  /^[ \t\f]*([a-z][a-z0-9_]*)[ \t]+(?!(?:if|in|is|or|and|not|else|for)\b)(?=[\w"'~$!{\\]|\.[./\w]|\.$|[-/*])/gm;

function mayHoldMagic(source: string): boolean {
  if (escapes.test(source)) return true;
  for (const match of source.matchAll(bareWord)) if (automagicNames.has(match[1]!)) return true;
  const first = source.search(/\S/);
  return /[ \t]/.test(source[first - 1] ?? '') || /[^ \t\f\r\n]/.test(source.slice(0, Math.max(first, 0)));
}

/** Masks `source` from `from` to its end, read as a cell of its own. */
function maskCell(masking: Masking, from: number): void {
  const { text, start } = cleanUp(masking, from);
  if (start === text.length) return;
  const first = skipBlanks(text, start);
  if (text.startsWith('%%', first) && !/^%%[\p{L}\p{N}_]+\?/u.test(text.slice(first, first + 200))) {
    maskCellMagic(masking, text, first);
  } else {
    maskLines(masking, text, start);
  }
}

/**
 * Takes leading empty lines, the first line's indentation and prompts away, as IPython does, by writing form feeds
 * over them. `start` is where the first line that is left begins.
 */
function cleanUp(masking: Masking, from: number): { text: string; start: number } {
  const { source } = masking;
  let start = from;
  while (start < source.length) {
    const next = lineAfter(source, start);
    if (/\S/.test(source.slice(start, next))) break;
    blankOddSpaces(masking, start, next);
    start = next;
  }
  const lines: { start: number; end: number; content: number }[] = [];
  const indent = /^[ \t]*/.exec(source.slice(start, lineAfter(source, start)))![0];
  const mayPrompt = /^[ \t]*(?:>>>|\.\.\.|(?:\[(?:nav|ins)\] )?In \[\d+\]: |[ \t]*\.{3,}:)/m.test(
    source.slice(start),
  );
  if (indent === '' && !mayPrompt) return { text: source, start };
  for (let at = start; at < source.length;) {
    const end = lineAfter(source, at);
    lines.push({ start: at, end, content: source.startsWith(indent, at) ? at + indent.length : at });
    at = end;
  }
  const classic = /^(?:>>>|\.\.\.)(?: |$)/m;
  const classicFirst = /^>>>(?: |$)/m;
  const numbered = /^(?:(?:(?:\[nav\]|\[ins\])? )?In \[\d+\]: |\s*\.{3,}: ?)/;
  stripPrompts(source, lines, classicFirst, classic);
  stripPrompts(source, lines, numbered, numbered);
  const parts = [source.slice(0, start)];
  for (const line of lines) {
    if (line.content > line.start) {
      masking.removed.push({ start: line.start, end: line.content });
      overwrite(masking, line.start, line.content, '', '\f');
    }
    parts.push('\f'.repeat(line.content - line.start), source.slice(line.content, line.end));
  }
  return { text: parts.join(''), start };
}

/** IPython takes prompts off every line when it finds one on the first or the second. */
function stripPrompts(
  source: string,
  lines: { start: number; end: number; content: number }[],
  first: RegExp,
  prompt: RegExp,
): void {
  const content = (line: { content: number; end: number }): string => source.slice(line.content, line.end);
  const startsWith = (pattern: RegExp, text: string): boolean => pattern.exec(text)?.index === 0;
  if (lines.length === 0) return;
  if (!startsWith(first, content(lines[0]!)) && !(lines.length > 1 && startsWith(prompt, content(lines[1]!))))
    return;
  for (const line of lines) {
    const match = prompt.exec(content(line));
    if (match?.index === 0) line.content += match[0].replace(/[\r\n]+$/, '').length;
  }
}

/** Blanks that IPython drops with an empty line and Python would choke on, such as a no-break space. */
function blankOddSpaces(masking: Masking, start: number, end: number): void {
  const line = masking.source.slice(start, end).replace(/[\r\n]+$/, '');
  if (/[^ \t\f]/.test(line)) overwrite(masking, start, end, '');
}

function maskCellMagic(masking: Masking, text: string, first: number): void {
  const bodyStart = lineAfter(text, first);
  const headline = text.slice(first + 2, bodyStart).trimEnd();
  const name = headline.split(' ', 1)[0]!;
  const argument = headline.slice(name.length);
  const body = namespaceCells.has(name) ? 'namespace' : name === 'timeit' ? 'scope' : 'opaque';
  const end = body === 'namespace' ? first + 2 + headline.length : text.length;
  const content = text.slice(bodyStart);
  overwrite(masking, first, end, body === 'namespace' ? '' : '0');
  masking.magics.push({
    kind: 'cell',
    name,
    span: { start: first, end },
    argument,
    body,
    binds: namesBoundByCell(name, argument, content),
    // A statement on the first line of `%%prun` may bind what it likes.
    bindsAnything: compilingCells.has(name) || (name === 'prun' && /[^=!<>]=[^=]/.test(argument)),
    mentions: identifiersIn(text.slice(first + 2 + name.length, end)),
    isBarrier: !harmlessCells.has(name),
  });
  if (body === 'namespace') maskCell(masking, bodyStart);
}

function namesBoundByCell(name: string, argument: string, body: string): string[] {
  const words = argument.split(/\s+/).filter((word) => word !== '');
  const bareWords = words.filter((word) => identifier.test(word));
  if (name === 'capture' || name === 'bigquery') return sortedNames(bareWords.slice(0, 1));
  if (scriptCells.has(name)) return optionValues(argument, /--(?:out|err|proc)(?:=|[ \t]+)(\S+)/g);
  if (name === 'sql')
    return optionValues(`${argument.trim()}\n${body}`, /^\s*([\p{L}\p{N}_]+)[ \t]*=?[ \t]*<</gu);
  if (name === 'lprun_all') return ['_total_time_taken'];
  if (namespaceCells.has(name) || silentCells.has(name) || compilingCells.has(name)) return [];
  if (name === 'R' || name === 'octave' || name === 'matlab' || name === 'spark') {
    return optionValues(argument, /(?:^|\s)(?:-o|--output)(?:=|[ \t]*)(\S+)/g);
  }
  // Nobody knows this one: the names that a magic binds are given to it as words.
  return sortedNames(bareWords);
}

/** Names in the first group of every match, which may be several with commas between them, or quoted. */
function optionValues(argument: string, option: RegExp): string[] {
  const names = [...argument.matchAll(option)].flatMap((match) => match[1]!.replace(/["']/g, '').split(','));
  return sortedNames(names.filter((name) => identifier.test(name)));
}

// ---------------------------------------------------------------------------------------------------------------
// Lines.

/** Masks every magic from `start` to the end of `text`, which is the source with indentation and prompts taken away. */
function maskLines(masking: Masking, text: string, start: number): void {
  const hasQuestion = text.includes('?', start);
  let at = start;
  for (;;) {
    const first = skipEmptyLines(text, at);
    if (first >= text.length) return;
    const isEscape = isEscapeAt(text, first);
    if (isEscape && !hasQuestion) {
      at = maskEscape(masking, text, first);
      continue;
    }
    // What follows an escape needn't be Python, so it ends with the command and not where its brackets close.
    const line = readLogicalLine(isEscape ? text.slice(0, joinedEnd(text, first)) : text, first);
    const help = line.question === undefined ? undefined : matchHelp(text, first, line.question);
    if (help !== undefined) {
      at = maskHelp(masking, text, first, line.question!, help);
    } else if (isEscape) {
      at = maskEscape(masking, text, first);
    } else if (line.assigned !== undefined) {
      at = maskAssigned(masking, text, line.assigned);
    } else if (isAutomagic(text, start, first)) {
      const end = commandEnd(text, first);
      maskLineMagic(masking, text, 'automagic', first, first, end);
      at = lineAfter(text, end);
    } else {
      at = line.end;
    }
  }
}

/** Whether the token at `at` is an escape: `%`, but not `%=`. */
function isEscapeAt(text: string, at: number): boolean {
  const next = text[at + 1];
  switch (text[at]) {
    case '%':
    case '!':
      return next !== '=';
    case '/':
      return next !== '=' && next !== '/';
    case '?':
    case ',':
    case ';':
      return true;
    default:
      return false;
  }
}

/** Masks the escaped command at `first`; gives where the next line starts. */
function maskEscape(masking: Masking, text: string, first: number): number {
  const end = commandEnd(text, first);
  const escape = text[first]!;
  if (escape === '%') maskLineMagic(masking, text, 'line', first, first + 1, end);
  else if (escape === '!') maskShell(masking, text, 'shell', first, end);
  else if (escape === '?') {
    const name = text[first + 1] === '?' ? '??' : '?';
    maskOpaque(masking, text, 'help', name, first, first + name.length, end, {});
  } else {
    // A call like any other, so it may do anything that matters to an import.
    maskOpaque(masking, text, 'autocall', escape, first, first + 1, end, { isBarrier: true });
  }
  return lineAfter(text, end);
}

/** Masks `%magic` or `!command` on the right of an assignment; gives where the next line starts. */
function maskAssigned(masking: Masking, text: string, first: number): number {
  const end = commandEnd(text, first);
  if (text[first] === '!') maskShell(masking, text, 'assign-shell', first, end);
  else maskLineMagic(masking, text, 'assign-line', first, first + 1, end);
  return lineAfter(text, end);
}

function maskShell(masking: Masking, text: string, kind: MagicKind, first: number, end: number): void {
  const name = kind === 'shell' && text[first + 1] === '!' ? '!!' : '!';
  const isBarrier = !isHarmlessCommand(text.slice(first + name.length, end));
  maskOpaque(masking, text, kind, name, first, first + name.length, end, { isBarrier });
}

function maskHelp(masking: Masking, text: string, first: number, question: number, name: string): number {
  const end = question + 1;
  overwrite(masking, first, end, '0');
  masking.magics.push({
    kind: 'help',
    name,
    span: { start: first, end },
    argument: text.slice(first, end - name.length),
    binds: [],
    bindsAnything: false,
    mentions: identifiersIn(text.slice(first, end)),
    isBarrier: false,
  });
  return lineAfter(text, end);
}

/** Masks the line magic whose name stands at `nameStart`, and keeps the statement that it runs in the namespace, if any. */
function maskLineMagic(
  masking: Masking,
  text: string,
  kind: MagicKind,
  first: number,
  nameStart: number,
  end: number,
): void {
  const name = /^[^ \r\n]*/.exec(text.slice(nameStart, end))![0];
  const afterName = nameStart + name.length;
  const argument = text.slice(afterName, end);
  const effects = effectsOfLine(name, argument);
  const options = kind === 'assign-line' ? undefined : statementOptions.get(name);
  if (options !== undefined) {
    const spaces = /^[ \t]*/.exec(argument)![0].length;
    const statement = afterName + spaces + options.exec(argument.slice(spaces))![0].length;
    if (keepStatement(masking, text, { kind, name, first, afterName, statement, end })) return;
    effects.binds = namesDefined(text.slice(statement, end));
  }
  maskOpaque(masking, text, kind, name, first, afterName, end, effects);
}

/**
 * Masks only the head of `%time x = f()`, so that the statement stays Python. Not if it goes on after the line, where
 * IPython doesn't see it. Not if it is a definition either: it isn't one of the cell's statements, and can't move.
 */
function keepStatement(
  masking: Masking,
  text: string,
  magic: { kind: MagicKind; name: string; first: number; afterName: number; statement: number; end: number },
): boolean {
  const { kind, name, first, afterName, statement, end } = magic;
  const code = text.slice(0, end);
  if (statement >= end || statement - first < 2) return false;
  const rest = code.slice(statement);
  if (rest.startsWith('@') || rest.startsWith('#') || namesDefined(rest).length > 0) return false;
  if (isInsideDefinition(text, first)) return false;
  const isMagic = isEscapeAt(code, statement) || isAutomagic(code, statement, statement);
  const line = readLogicalLine(code, statement);
  if (!isMagic && line.assigned === undefined && (!line.isClosed || line.end < end)) return false;
  if (/^(?:if|for|while|with|try|async)\b/.test(rest)) {
    // `0;` can't stand before a compound statement: set the column back to nought, and indent anew.
    const lineStart = lineStartOf(text, first);
    const indent = text.slice(lineStart, first);
    if (/[^ \t\f]/.test(indent)) return false;
    overwrite(masking, lineStart, statement, '\f'.repeat(statement - first) + indent);
  } else {
    overwrite(masking, first, statement, '0;');
  }
  masking.magics.push({
    kind,
    name,
    span: { start: first, end: statement },
    argument: code.slice(afterName),
    binds: [],
    bindsAnything: false,
    mentions: identifiersIn(code.slice(afterName, statement)),
    isBarrier: false,
  });
  // `%time !ls`, `%time pip install x` and `%time x = %magic` are magics again.
  if (isEscapeAt(code, statement)) maskEscape(masking, code, statement);
  else if (line.assigned !== undefined) maskAssigned(masking, code, line.assigned);
  else if (isMagic) maskLineMagic(masking, code, 'automagic', statement, statement, end);
  return true;
}

/**
 * Whether the line at `at` stands in a function or class. What a magic runs there binds no variable of the function, and
 * its names aren't the compiler's to resolve.
 */
function isInsideDefinition(text: string, at: number): boolean {
  let start = lineStartOf(text, at);
  let indent = at - start;
  while (indent > 0 && start > 0) {
    start = lineStartOf(text, start - 1);
    const first = skipBlanks(text, start);
    if (first - start >= indent || /[\r\n#]/.test(text[first] ?? '\n')) continue;
    if (/^(?:(?:async[ \t]+)?def|class)\b/.test(text.slice(first, first + 200))) return true;
    indent = first - start;
  }
  return false;
}

/** The name that a statement defines: `def f(): …`, `class C: …`, `f = lambda: …`. */
function namesDefined(statement: string): string[] {
  const match =
    /^(?:(?:async[ \t]+)?def|class)[ \t]+([\p{L}\p{N}_]+)/u.exec(statement) ??
    /^([\p{L}\p{N}_]+)[ \t]*=[ \t]*lambda\b/u.exec(statement);
  return match === null ? [] : [match[1]!.normalize('NFKC')];
}

interface Effects {
  binds?: readonly string[];
  bindsAnything?: boolean;
  isBarrier?: boolean;
}

/** Masks a whole command as the statement or value `0`. */
function maskOpaque(
  masking: Masking,
  text: string,
  kind: MagicKind,
  name: string,
  first: number,
  afterName: number,
  end: number,
  effects: Effects,
): void {
  overwrite(masking, first, end, '0');
  const isShell = kind === 'shell' || kind === 'assign-shell';
  const from = kind === 'help' || kind === 'autocall' ? first : afterName;
  masking.magics.push({
    kind,
    name,
    span: { start: first, end },
    argument: text.slice(afterName, end),
    binds: effects.binds ?? [],
    bindsAnything: effects.bindsAnything ?? false,
    mentions: identifiersIn(isShell ? withoutFlags(text.slice(afterName, end)) : text.slice(from, end)),
    isBarrier: effects.isBarrier ?? false,
  });
}

/** What a line magic does to names and to imports. */
function effectsOfLine(name: string, argument: string): Effects {
  const words = argument.split(/\s+/).filter((word) => word !== '');
  const names = sortedNames(words.filter((word) => identifier.test(word)));
  const isBarrier = !harmlessLines.has(name);
  switch (name) {
    case 'store':
      if (!/^\s*-[a-z]*r/.test(argument)) return { isBarrier };
      return { isBarrier, binds: names, bindsAnything: names.length === 0 };
    case 'debug':
      return { bindsAnything: words.length > 0 };
    case 'xdel':
      return { binds: names };
    case 'macro':
      return { binds: names.length === 0 ? [] : sortedNames([words.find((word) => identifier.test(word))!]) };
    case 'sc':
      return { binds: optionValues(argument, /^\s*(?:-\w+\s+)*([\p{L}\p{N}_]+)\s*=/gu) };
    case 'aimport':
      return { isBarrier, binds: optionValues(argument, /(?:^|,)\s*([\p{L}_][\p{L}\p{N}_]*)/gu) };
    case 'sql':
      return { binds: optionValues(argument, /^\s*([\p{L}\p{N}_]+)\s*=?\s*<</gu) };
    case 'bigquery':
      return { binds: names.slice(0, 1) };
    case 'R':
    case 'octave':
    case 'matlab':
      return { isBarrier, binds: optionValues(argument, /(?:^|\s)(?:-o|--output)(?:=|[ \t]*)(\S+)/g) };
    case 'Rpull':
    case 'octave_pull':
      return { binds: names };
    case 'sx':
    case 'system':
      return { isBarrier: !isHarmlessCommand(argument) };
    default:
      return { isBarrier, bindsAnything: bindsAnythingLines.has(name) };
  }
}

/**
 * Whether a shell command leaves everything alone that an import could see. Any other may install, fetch or write
 * code, so imports that follow it must not be moved before it.
 */
function isHarmlessCommand(command: string): boolean {
  if (/`|\$\(|<\(/.test(command)) return false;
  const withoutNull = command.replace(/[12&]?>>?\s*\/dev\/null|2>&1/g, ' ');
  if (/[>{}]/.test(withoutNull.replace(/\{[\p{L}\p{N}_.]*\}/gu, ''))) return false;
  return withoutNull.split(/\|\|?|&&?|;|\n/).every((part) => {
    const words = part.trim().split(/\s+/);
    const program = words[0]!;
    const first = words[1] ?? '';
    if (program === '' || program.startsWith('#')) return true;
    if (/^(?:python|python2|python3)$/.test(program))
      return words.length === 2 && /^(?:--version|-V)$/.test(first);
    if (/^(?:pip3?|conda|mamba)$/.test(program))
      return /^(?:list|show|freeze|info|check|--version|-V)$/.test(first);
    if (program === 'git') return /^(?:status|log|diff|show|branch|rev-parse|remote|--version)$/.test(first);
    if (program === 'find')
      return !words.some((word) => /^-(?:exec|execdir|ok|okdir|delete|fprint\w*|fls)$/.test(word));
    return harmlessPrograms.has(program) && !/[{}$]/.test(program);
  });
}

/**
 * Whether the line at `first` is a bare line magic. IPython asks this only of a cell that is one line long, and then
 * of any name that nothing shadows; here the rest of the line must be something that can't follow a name in Python.
 */
function isAutomagic(text: string, start: number, first: number): boolean {
  const end = commandEnd(text, first);
  const line = text.slice(first, end);
  const before = text[first - 1];
  const isTopLevel =
    before === undefined || before === '\n' || before === '\r' || before === '\f' || first === start;
  if (!isTopLevel) return false;
  const name = /^[a-z][a-z0-9_]*(?=[ \t])/.exec(line)?.[0];
  if (name === undefined || !(automagicNames.has(name) || name === 'pip3')) return false;
  const rest = line.slice(name.length).trimStart();
  if (/^(?:if|in|is|or|and|not|else|for)\b/.test(rest)) return false;
  const isAlone = skipBlanks(text, start) >= first && /^(?:\r\n|\n|\r)?$/.test(text.slice(end));
  if (!isAlone) return automagicBesideOthers.test(line);
  if (/^(?:[\p{L}\p{N}_"'~$!{\\]|\.\.|\.\/|\.$)/u.test(rest)) return true;
  return shellAliases.has(name) && /^(?:--?[A-Za-z]|-$|\/[\p{L}\p{N}_.~]|\*[\p{L}\p{N}_.])/u.test(rest);
}

// ---------------------------------------------------------------------------------------------------------------
// Reading Python just well enough: where logical lines start and end.

interface LogicalLine {
  /** Just after its line break, or the end of the text. */
  readonly end: number;
  /** Where `%magic` or `!command` starts on the right of the line's first `=` outside brackets. */
  readonly assigned?: number;
  /** The line's last token, if that is a `?`. */
  readonly question?: number;
  /** Whether every bracket and string that it opens is closed, and every token is Python's. */
  readonly isClosed: boolean;
}

const blanks = /[ \t\f]*/y;
const restOfLine = /[^\r\n]*/y;
const lineBreak = /\r\n|\n|\r/y;
const word = /[\p{L}\p{N}\p{M}\p{Pc}\p{Nl}]+/uy;
const operator = /\*\*=?|\/\/=?|<<=?|>>=?|->|[-+*/%@&|^=<>!:]=/y;
const stringPrefix = /^(?:[rR]?[bBfFtT]|[bBfFtT][rR]|[rRuU])$/;

/** Reads one logical line: to the line break outside brackets and strings, or to the end of a command assigned from. */
function readLogicalLine(text: string, from: number): LogicalLine {
  let at = from;
  let depth = 0;
  let isClosed = true;
  let hasAssignment = false;
  let assigned: number | undefined;
  let question: number | undefined;
  let limit = text.length;
  const finish = (end: number): LogicalLine => ({
    end,
    isClosed: isClosed && depth === 0,
    ...(assigned === undefined ? {} : { assigned }),
    ...(question === undefined ? {} : { question }),
  });
  while (at < limit) {
    at = skipSpaces(text, at);
    const unit = text[at];
    if (unit === undefined || at >= limit) break;
    if (unit === '\n' || unit === '\r') {
      at = lineAfter(text, at);
      if (depth === 0) return finish(at);
      continue;
    }
    const token = at;
    question = undefined;
    if (unit === '#') {
      at = lineEnd(text, at);
    } else if (unit === '"' || unit === "'") {
      const end = stringEnd(text, at, '');
      if (end === undefined) isClosed = false;
      if (end === text.length && !isTerminated(text, at, end)) isClosed = false;
      at = end ?? at + 1;
    } else if (unit === '(' || unit === '[' || unit === '{') {
      depth++;
      at++;
    } else if (unit === ')' || unit === ']' || unit === '}') {
      if (depth > 0) depth--;
      else isClosed = false;
      at++;
    } else if ((at = skip(word, text, token)) > token) {
      const quote = text[at];
      if ((quote === '"' || quote === "'") && at - token <= 2) {
        const prefix = text.slice(token, at);
        if (stringPrefix.test(prefix)) {
          const end = stringEnd(text, at, prefix);
          if (end === undefined || (end === text.length && !isTerminated(text, at, end))) isClosed = false;
          at = end ?? at + 1;
        }
      }
    } else if ((at = skip(operator, text, token)) > token) {
      // More than one character: none of them is the `=` of an assignment.
    } else {
      at = token + 1;
      if (unit === '=' && depth === 0 && !hasAssignment) {
        hasAssignment = true;
        assigned = findAssigned(text, token);
        if (assigned !== undefined) limit = joinedEnd(text, assigned);
      } else if (unit === '?') question = token;
      if (unit === '?' || unit === '!' || unit === '$' || unit === '`' || unit === '\\') isClosed = false;
    }
  }
  return finish(limit);
}

/** Where the magic starts that the `=` at `equals` assigns from, if that is what it does. */
function findAssigned(text: string, equals: number): number | undefined {
  const first = skipSpaces(text, equals + 1);
  if (text[first] === '%' && text[first + 1] !== '=') {
    const name = skipSpaces(text, first + 1);
    return skip(word, text, name) > name && !/\p{N}/u.test(text[name]!) ? first : undefined;
  }
  if (text[first] !== '!' || text[first + 1] === '=') return undefined;
  // IPython doesn't look for a command when the `=` itself opens its line.
  const lineStart = lineStartOf(text, equals);
  return text.slice(lineStart, equals).trim() === '' ? undefined : first;
}

/**
 * Where the string ends whose first quote is at `quote`: the end of the text for triple quotes that never close,
 * undefined for a quote that its line doesn't close.
 */
function stringEnd(text: string, quote: number, prefix: string): number | undefined {
  const mark = text[quote]!;
  const isTriple = text.startsWith(mark.repeat(3), quote);
  if (/[fFtT]/.test(prefix)) {
    const end = formattedEnd(text, quote, isTriple, /[rR]/.test(prefix), 0);
    if (end !== undefined) return end;
  }
  let at = quote + (isTriple ? 3 : 1);
  while (at < text.length) {
    const unit = text[at]!;
    if (unit === '\\') at += text.startsWith('\r\n', at + 1) ? 3 : 2;
    else if (unit === mark && !isTriple) return at + 1;
    else if (unit === mark && text.startsWith(mark.repeat(3), at)) return at + 3;
    else if (!isTriple && (unit === '\n' || unit === '\r')) return undefined;
    else at++;
  }
  return isTriple ? text.length : undefined;
}

function isTerminated(text: string, quote: number, end: number): boolean {
  const mark = text[quote]!;
  const isTriple = text.startsWith(mark.repeat(3), quote);
  return end >= quote + (isTriple ? 6 : 2) && text.endsWith(isTriple ? mark.repeat(3) : mark);
}

/**
 * Where a formatted string ends, its replacement fields read as expressions, in which Python 3.12 allows the same
 * quotes. Undefined if it can't be read so; then it is read as a plain string.
 */
function formattedEnd(
  text: string,
  quote: number,
  isTriple: boolean,
  isRaw: boolean,
  nesting: number,
): number | undefined {
  const mark = text[quote]!;
  const closing = isTriple ? mark.repeat(3) : mark;
  // What encloses the place: brackets of an expression, `{` a field, `:` a field's format.
  const open: string[] = [];
  let at = quote + closing.length;
  while (at < text.length) {
    const unit = text[at]!;
    const inside = open[open.length - 1];
    if (!isTriple && (unit === '\n' || unit === '\r') && (inside === undefined || inside === ':'))
      return undefined;
    if (inside === undefined || inside === ':') {
      if (text.startsWith(closing, at)) return inside === undefined ? at + closing.length : undefined;
      if (unit === '\\') at += isRaw && /[{}]/.test(text[at + 1] ?? '') ? 1 : 2;
      else if (unit === '{' && text[at + 1] === '{' && inside === undefined) at += 2;
      else {
        if (unit === '{') open.push('{');
        else if (unit === '}' && inside === ':') open.splice(-2);
        at++;
      }
    } else if (unit === '"' || unit === "'") {
      const prefix = /[A-Za-z]{0,2}$/.exec(text.slice(Math.max(0, at - 2), at))![0];
      if (nesting > 4) return undefined;
      const nested = text.startsWith(unit.repeat(3), at);
      const end = /[fFtT]/.test(prefix)
        ? formattedEnd(text, at, nested, /[rR]/.test(prefix), nesting + 1)
        : stringEnd(text, at, '');
      if (end === undefined || end === text.length) return undefined;
      at = end;
    } else {
      if (unit === '(' || unit === '[' || unit === '{') open.push(unit === '{' ? 'dict' : unit);
      else if (unit === ')' || unit === ']' || unit === '}') open.pop();
      else if (unit === ':' && inside === '{') open.push(':');
      else if (unit === '#') return undefined;
      at++;
    }
  }
  return undefined;
}

/** IPython's own pattern for what may stand before a final `?`: a dotted name, perhaps of a magic, perhaps with wildcards. */
const helpTarget =
  /%{0,2}(?![\p{Nd}])[\p{L}\p{N}\p{Pc}*]+(?:\.(?![\p{Nd}])[\p{L}\p{N}\p{Pc}*]+|\[-?[0-9]+\])*(\?\??)$/u;

/** `?` or `??` if the text from `first` asks for help at `question`, the last token of its line. */
function matchHelp(text: string, first: number, question: number): string | undefined {
  if (lineEnd(text, question) !== question + 1) return undefined;
  return helpTarget.exec(text.slice(first, question + 1))?.[1];
}

// ---------------------------------------------------------------------------------------------------------------
// Text.

const identifier = /^[\p{L}_][\p{L}\p{N}\p{M}_]*$/u;

/** Every identifier in `text`, sorted and unique. */
function identifiersIn(text: string): string[] {
  return sortedNames(text.match(/(?<![\p{L}\p{N}\p{M}_])[\p{L}_][\p{L}\p{N}\p{M}_]*/gu) ?? []);
}

/** A shell command less its options, whose letters are no names: `-q`, `--upgrade`; in braces stands Python. */
function withoutFlags(command: string): string {
  return command.includes('{') ? command : command.replace(/(?<=\s)--?[A-Za-z][\w-]*/g, '');
}

function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.normalize('NFKC')))].sort();
}

/** The offset after the match of the sticky `pattern` at `at`, or `at`. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function skipBlanks(text: string, at: number): number {
  return skip(blanks, text, at);
}

/** Where the next logical line's first token stands: after blanks, empty lines and lines of comment. */
function skipEmptyLines(text: string, at: number): number {
  for (;;) {
    at = skipSpaces(text, at);
    const unit = text[at];
    if (unit === '#') at = lineEnd(text, at);
    else if (unit === '\n' || unit === '\r') at++;
    else return at;
  }
}

/** After blanks and backslashes that join the next line. */
function skipSpaces(text: string, at: number): number {
  for (;;) {
    at = skip(blanks, text, at);
    if (text[at] !== '\\' || (text[at + 1] !== '\n' && text[at + 1] !== '\r')) return at;
    at += text.startsWith('\r\n', at + 1) ? 3 : 2;
  }
}

function lineStartOf(text: string, at: number): number {
  while (at > 0 && text[at - 1] !== '\n' && text[at - 1] !== '\r') at--;
  return at;
}

/** The offset of the line break that ends the line at `at`, or the end of the text. */
function lineEnd(text: string, at: number): number {
  return skip(restOfLine, text, at);
}

/** The offset just after that line break. */
function lineAfter(text: string, at: number): number {
  return skip(lineBreak, text, lineEnd(text, at));
}

/** Where a command ends that starts at `at`, blanks at its end left out. */
function commandEnd(text: string, at: number): number {
  let end = joinedEnd(text, at);
  while (end > at && /[ \t\f]/.test(text[end - 1]!)) end--;
  return end;
}

/** The end of the line at `at`, to which a backslash before a line feed joins the next one. */
function joinedEnd(text: string, at: number): number {
  let end = lineEnd(text, at);
  while (text[end - 1] === '\\' && text[end] === '\n' && end + 1 < text.length) end = lineEnd(text, end + 1);
  return end;
}
