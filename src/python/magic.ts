/** Says what each magic does to names and imports: IPython's own, and those of the extensions that notebooks commonly load. */
import type { Span } from '../text/span.ts';
import { words } from '../text/words.ts';

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

/** Cell magics that run their body in the notebook's namespace. */
const namespaceCells = words('time capture prun debug memit mprun lprun_all snakeviz wandb notify');

/** Cell magics that run a program, with `--out`, `--err` and `--proc` for the names of variables. */
const scriptCells = words('script bash sh cmd perl ruby python python2 python3 pypy');

/** Cell magics that show their body. */
const displayCells = words('HTML html SVG svg js javascript latex markdown mermaid');

/** Opaque cell magics that bind nothing, whatever their argument. */
const silentCells = new Set([...displayCells, 'file', 'writefile', 'system', 'sx', '!', 'timeit', 'px']);

/** Cell magics that compile their body and put whatever it defines into the namespace. */
const compilingCells = words('cython cython_pyximport cython_inline fortran pybind11 pythran');

/** Cell magics that run another language, or Python on another machine, with `-o` for the names of variables. */
const otherLanguages = words('R octave matlab spark');

/** Whether nobody knows what a cell magic of that name does: it may run its body in the notebook. */
export function isUnknownCell(name: string): boolean {
  return ![namespaceCells, silentCells, compilingCells, scriptCells, otherLanguages, harmlessCells].some(
    (known) => known.has(name),
  );
}

/** Cell magics after which an import finds what it would have found before. */
const harmlessCells = new Set([
  ...namespaceCells,
  ...displayCells,
  'timeit',
  'sql',
  'bigquery',
  'R',
  'octave',
]);

/** Line magics after which an import finds what it would have found before. */
const harmlessLines = words(`
  time timeit prun lprun mprun memit matplotlib who who_ls whos pwd config precision pprint ls ll lf lk lx ldir
  cat pycat pinfo pinfo2 pdef pdoc pfile psource psearch history hist lsmagic magic quickref xmode colors
  watermark version_information debug pdb tb gui page xdel reset reset_selective dhist dirs tensorboard sql R
  bigquery macro autosave autocall automagic autoawait killbgscripts doctest_mode logstart logstop logoff logon
  logstate notebook nbagg bookmark connect_info qtconsole sc alias unalias
`);

/** Line magics that may bind, delete or replace any name. */
const bindsAnythingLines = words(
  'run load loadpy pylab edit ed rerun reset reset_selective paste cpaste load_notebook',
);

/** Line magics that return nothing which a cell could show, whatever they print; other magics may return anything. */
const silentLines = words(`
  matplotlib pylab load_ext reload_ext unload_ext autoreload aimport cd set_env pip pip3 conda mamba micromamba
  uv who whos history hist reset reset_selective xdel xmode colors pprint pinfo pinfo2 pdef pdoc pfile psource
  psearch debug pdb tb store autosave autocall autoawait tensorboard watermark ls ll lf lk lx ldir cat mkdir rm
  rmdir cp mv less more man
`);

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
const historyLines = words('rerun recall rep save macro history hist notebook pastebin logstart');

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
  const given = argument.trim().split(/\s+/);
  const script = /^-/.test(given[0]!) ? given.find((word) => /\.py\b/.test(word)) : given[0]!;
  const isOwn = script !== undefined && /\.py["']?$/.test(script) && !/[{$]/.test(script);
  const isModule = given[0] === '-m';
  return !(isOwn || isModule) || given.some((word) => /^-\w*i/.test(word));
}

/** What IPython takes for a line magic when a cell consists of a bare line: its own line magics and aliases. */
const automagicNames = words(`
  alias alias_magic autoawait autocall automagic autoreload bookmark cat cd colors conda config cp debug dhist
  dirs doctest_mode ed edit env gui hist history killbgscripts ldir less lf lk ll load load_ext loadpy logoff
  logon logstart logstate logstop ls lsmagic lx macro magic mamba man matplotlib micromamba mkdir more mv
  notebook page pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch psource pushd
  pwd pycat pylab quickref recall rehashx reload_ext rep rerun reset reset_selective rm rmdir run save sc
  set_env sx system tb time timeit unalias unload_ext uv who who_ls whos xdel xmode
`);

/** Aliases of the shell: `ls -la` alone in a cell is a listing, not a subtraction. */
const shellAliases = words('cat cd conda cp ll ls man mkdir mv pip rm rmdir');

/**
 * What a bare line must look like to count as automagic beside other lines. There IPython itself finds a syntax
 * error, which would lose the cell; the hosts that let it pass mean these.
 */
const automagicBesideOthers =
  /^(?:(?:pip3?|conda|mamba|micromamba|uv)[ \t]+(?:install|uninstall|download|update|upgrade|remove|list|show|freeze|pip)\b|matplotlib[ \t]+(?:inline|notebook|widget|ipympl|nbagg|qt5?|agg)[ \t]*$|(?:load_ext|reload_ext)[ \t]+[\w.]+[ \t]*$|autoreload[ \t]+[0-3][ \t]*$)/;

/** The options before the statement of the line magics that run one in the notebook's namespace. */
export const statementOptions: ReadonlyMap<string, RegExp> = new Map([
  ['time', /^(?:--no-raise-error[ \t]+)*/],
  ['prun', /^(?:-(?:[rq]+|[DlsT][ \t]*(?:"[^"]*"|'[^']*'|\S+))[ \t]+)*/],
  ['lprun', /^(?:-(?:[rsz]+|[fmDTu][ \t]*(?:"[^"]*"|'[^']*'|\S+))[ \t]+)*/],
  ['mprun', /^(?:-(?:[rc]+|[fT][ \t]*(?:"[^"]*"|'[^']*'|\S+))[ \t]+)*/],
  ['memit', /^(?:-(?:[coq]+|[rti][ \t]*\S+)[ \t]+)*/],
]);

/** Whether a bare line of that first word may be a line magic. */
export function isAutomagicName(name: string): boolean {
  return automagicNames.has(name) || name === 'pip3';
}

/**
 * Whether a bare line is a line magic. IPython asks this only of a cell that is one line long, and then of any name that
 * nothing shadows; here the rest of the line must be something that can't follow a name in Python.
 * @param isAlone whether nothing else stands in the cell
 */
export function isAutomagicLine(line: string, isAlone: boolean): boolean {
  const name = /^[a-z][a-z0-9_]*(?=[ \t])/.exec(line)?.[0];
  if (name === undefined || !isAutomagicName(name)) return false;
  const rest = line.slice(name.length).trimStart();
  if (/^(?:if|in|is|or|and|not|else|for)\b/.test(rest)) return false;
  if (!isAlone) return automagicBesideOthers.test(line);
  if (/^(?:[\p{L}\p{N}_"'~$!{\\]|\.\.|\.\/|\.$)/u.test(rest)) return true;
  return shellAliases.has(name) && /^(?:--?[A-Za-z]|-$|\/[\p{L}\p{N}_.~]|\*[\p{L}\p{N}_.])/u.test(rest);
}

/** Programs that change nothing an import could see. */
const harmlessPrograms = words(`
  ls ll dir cd pwd echo cat head tail wc nl grep egrep fgrep zgrep awk cut sort uniq tr diff cmp tree file stat
  du df free top ps uptime uname hostname lscpu lsb_release nproc nvidia-smi nvcc rocm-smi which whereis type
  date cal whoami id env printenv printf true false sleep time seq basename dirname realpath md5sum sha1sum
  sha256sum find less more man test clear
`);

/** How IPython treats the body of the cell magic of that name. */
export function bodyOf(name: string): MagicBody {
  return namespaceCells.has(name) ? 'namespace' : name === 'timeit' ? 'scope' : 'opaque';
}

/** What a cell magic does to names and to imports, besides what a body in the namespace does. */
export function effectsOfCell(name: string, argument: string, body: string): Required<Effects> {
  return {
    binds: namesBoundByCell(name, argument, body),
    // A statement on the first line of `%%prun` may bind what it likes.
    bindsAnything: compilingCells.has(name) || (name === 'prun' && /[^=!<>]=[^=]/.test(argument)),
    isBarrier: !harmlessCells.has(name),
  };
}

function namesBoundByCell(name: string, argument: string, body: string): string[] {
  const given = argument.split(/\s+/).filter((word) => word !== '');
  const bareWords = given.filter((word) => identifier.test(word));
  if (name === 'capture' || name === 'bigquery') return sortedNames(bareWords.slice(0, 1));
  if (scriptCells.has(name)) return optionValues(argument, /--(?:out|err|proc)(?:=|[ \t]+)(\S+)/g);
  if (name === 'sql')
    return optionValues(`${argument.trim()}\n${body}`, /^\s*([\p{L}\p{N}_]+)[ \t]*=?[ \t]*<</gu);
  if (name === 'lprun_all') return ['_total_time_taken'];
  if (namespaceCells.has(name) || silentCells.has(name) || compilingCells.has(name)) return [];
  if (otherLanguages.has(name)) return optionValues(argument, /(?:^|\s)(?:-o|--output)(?:=|[ \t]*)(\S+)/g);
  // Nobody knows this one: the names that a magic binds are given to it as words.
  return sortedNames(bareWords);
}

/** Names in the first group of every match, which may be several with commas between them, or quoted. */
function optionValues(argument: string, option: RegExp): string[] {
  const names = [...argument.matchAll(option)].flatMap((match) => match[1]!.replace(/["']/g, '').split(','));
  return sortedNames(names.filter((name) => identifier.test(name)));
}

/** Of a magic; what is left out it does not do. */
export type Effects = Partial<Pick<Magic, 'binds' | 'bindsAnything' | 'isBarrier'>>;

/** What a line magic does to names and to imports. */
export function effectsOfLine(name: string, argument: string): Effects {
  const given = argument.split(/\s+/).filter((word) => word !== '');
  const names = sortedNames(given.filter((word) => identifier.test(word)));
  const isBarrier = !harmlessLines.has(name);
  switch (name) {
    case 'store':
      if (!/^\s*-[a-z]*r/.test(argument)) return { isBarrier };
      return { isBarrier, binds: names, bindsAnything: names.length === 0 };
    case 'debug':
      return { bindsAnything: given.length > 0 };
    case 'xdel':
      return { binds: names };
    case 'macro':
      return { binds: names.length === 0 ? [] : sortedNames([given.find((word) => identifier.test(word))!]) };
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
export function isHarmlessCommand(command: string): boolean {
  if (/`|\$\(|<\(/.test(command)) return false;
  const withoutNull = command.replace(/[12&]?>>?\s*\/dev\/null|2>&1/g, ' ');
  if (/[>{}]/.test(withoutNull.replace(/\{[\p{L}\p{N}_.]*\}/gu, ''))) return false;
  return withoutNull.split(/\|\|?|&&?|;|\n/).every((part) => {
    const given = part.trim().split(/\s+/);
    const program = given[0]!;
    const first = given[1] ?? '';
    if (program === '' || program.startsWith('#')) return true;
    if (/^(?:python|python2|python3)$/.test(program))
      return given.length === 2 && /^(?:--version|-V)$/.test(first);
    if (/^(?:pip3?|conda|mamba)$/.test(program))
      return /^(?:list|show|freeze|info|check|--version|-V)$/.test(first);
    if (program === 'git') return /^(?:status|log|diff|show|branch|rev-parse|remote|--version)$/.test(first);
    if (program === 'find')
      return !given.some((word) => /^-(?:exec|execdir|ok|okdir|delete|fprint\w*|fls)$/.test(word));
    return harmlessPrograms.has(program) && !/[{}$]/.test(program);
  });
}

const identifier = /^[\p{L}_][\p{L}\p{N}\p{M}_]*$/u;

/** Every identifier in `text`, sorted and unique. */
export function identifiersIn(text: string): string[] {
  return sortedNames(text.match(/(?<![\p{L}\p{N}\p{M}_])[\p{L}_][\p{L}\p{N}\p{M}_]*/gu) ?? []);
}

/** A shell command less its options, whose letters are no names: `-q`, `--upgrade`; in braces stands Python. */
export function withoutFlags(command: string): string {
  return command.includes('{') ? command : command.replace(/(?<=\s)--?[A-Za-z][\w-]*/g, '');
}

function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.normalize('NFKC')))].sort();
}

/** A magic as messages name it: `%%time`, `!ls`, `df?`. */
export function magicText(magic: Magic): string {
  switch (magic.kind) {
    case 'cell':
      return `%%${magic.name}`;
    case 'shell':
    case 'assign-shell':
      return `!${magic.argument}`;
    case 'help':
      return `${magic.argument}?`;
    default:
      return `%${magic.name}`;
  }
}
