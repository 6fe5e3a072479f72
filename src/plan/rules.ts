/** The rules by which a definition stays for what it is itself. Each is a function from a statement to a refusal. */
import { countsCells } from '../python/magic.ts';
import { setsWhole, type PathRead } from '../scope/exposure.ts';
import { interactivitySetting } from '../scope/interactivity.ts';
import { isSkipped, mayRaise, type Names } from '../scope/names.ts';
import type { Reference, StatementNames } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import type { Code } from '../text/codes.ts';
import { isDottedName } from '../text/module-name.ts';
import { requirementsOf } from './requirements.ts';

/** Why a definition stays. */
export interface Refusal {
  readonly code: Code;
  /** The name or construct at fault: UTF-16, in the cell's source. */
  readonly offset: number;
  /** Completes "'name' stays: …". */
  readonly message: string;
  readonly hint: string;
}

export type Rule = (statement: Statement, names: Names) => Refusal | undefined;

/** `# nb2mod: keep`: the user has decided. */
const keptByDirective: Rule = (statement) =>
  statement.directive !== undefined && 'keep' in statement.directive
    ? {
        code: 'NB410',
        offset: statement.code.start,
        message: 'a directive says so',
        hint: 'Remove `# nb2mod: keep` from the comment that leads it, or the tag `nb2mod:keep` from its cell.',
      }
    : undefined;

/** The cell tag `skip-execution`: what the cell binds may be there or not, and no import could take its place. */
const mayBeSkipped: Rule = ({ cell, code }, names) =>
  isSkipped(names, cell)
    ? {
        code: 'NB410',
        offset: code.start,
        message: "its cell is tagged 'skip-execution', so it may not be run",
        hint: 'Remove the tag `skip-execution` from its cell.',
      }
    : undefined;

/**
 * The cell tag `raises-exception`: a module with what raises as it is defined could not be imported at all, and what
 * stands behind it is not defined. What surely does not raise is a plain `def`, and an import of the standard library.
 */
const isTaggedToRaise: Rule = (statement, names) => {
  const { id, cell, code } = statement;
  if (!mayRaise(names, cell)) return undefined;
  const culprit = names.statements.find(
    (other) => other.cell === cell && other.id <= id && !isSafe(other, names),
  );
  if (culprit === undefined) return undefined;
  return {
    code: 'NB410',
    offset: code.start,
    message:
      culprit === statement
        ? "its cell is tagged 'raises-exception', and defining it may be what raises"
        : "its cell is tagged 'raises-exception', and what stands before it there may be what raises",
    hint: 'Define it in another cell, or remove the tag `raises-exception` from its cell.',
  };
};

/** Whether a statement can't raise: an import of what is always there, or a `def` that evaluates next to nothing. */
function isSafe({ kind, normalised, names: own }: Statement, names: Names): boolean {
  if (kind === 'import') return requirementsOf(own.imports).length === 0;
  const header = /^(?:async )?def \w+ \(([^{]*)/u.exec(normalised)?.[1];
  return (
    header !== undefined &&
    !/[[({%/]/.test(header) &&
    own.references.every(({ name, time }) => time !== 'definition' || !names.bindings.has(name))
  );
}

/** `# nb2mod: kep`: what the user has decided, nobody knows. */
const isMisdirected: Rule = ({ directive, code }) =>
  directive !== undefined && 'unknown' in directive
    ? {
        code: 'NB425',
        offset: code.start,
        message: `'${shorten(directive.unknown)}' is no directive`,
        hint: 'Write `# nb2mod: keep` or `# nb2mod: module=…`, and nothing else on that line; the tags are `nb2mod:keep` and `nb2mod:module=…`.',
      }
    : undefined;

/** Tags of the cell whose values papermill replaces: it writes a cell of others after it. */
const parameterTag = /^(injected-)?parameters$/;

/** Whether a cell holds the parameters that papermill sets. */
export function holdsParameters(cell: number, { source }: Names): boolean {
  return source.cells[cell - 1]!.tags.some((tag) => parameterTag.test(tag));
}

/** What papermill, or a field of a Colab form, sets anew: a module would have the value that stands there. */
const isParameter: Rule = ({ cell, kind, code }, names) => {
  const hint = 'Leave it there, or define it in another cell.';
  if (holdsParameters(cell, names)) {
    const message =
      kind === 'function' || kind === 'class'
        ? "it stands in a cell tagged 'parameters', which papermill looks for"
        : 'it is a parameter of the notebook, which papermill may set anew';
    return { code: 'NB410', offset: code.start, message, hint };
  }
  const [rest = ''] = /^.*/.exec(names.source.cells[cell - 1]!.source.slice(code.end, code.end + 200))!;
  if (kind !== 'constant' || !/#\s*@param\b/.test(rest)) return undefined;
  return { code: 'NB410', offset: code.start, message: 'it is a field of a form (`#@param`)', hint };
};

/** `# nb2mod: module=…` with what can't be a module: a path, a keyword, `__init__`. */
const asksForNoModule: Rule = ({ directive, code }) => {
  if (directive === undefined || !('module' in directive)) return undefined;
  const { module } = directive;
  if (isDottedName(module)) return undefined;
  return {
    code: 'NB424',
    offset: code.start,
    message: `a directive asks for the module '${module}', which can't be one`,
    hint: 'Write a dotted name without the package, such as `# nb2mod: module=data.loading`.',
  };
};

/** A magic or shell line anywhere inside a definition: a module has no IPython. */
const holdsMagic: Rule = (statement) =>
  statement.magic === undefined
    ? undefined
    : {
        code: 'NB406',
        offset: statement.code.start,
        message: `it holds IPython syntax: '${shorten(statement.magic)}'`,
        hint: 'Replace it by Python (`subprocess.run` for a shell command), or move it out of the definition.',
      };

/** `global counter; counter += 1`: the notebook's variable and the module's would part. */
const writesGlobal: Rule = (statement) => {
  const [write] = statement.names.writes;
  return write === undefined
    ? undefined
    : {
        code: 'NB407',
        offset: write.offset,
        message: `it changes the global '${write.name}', which the notebook would no longer see`,
        hint: `Return the new value of '${write.name}', or keep it in an object that is passed in.`,
      };
};

/** `__main__.counter = 1`: from a module the next run would not see it. */
const writesByModule: Rule = ({ writesNames }) =>
  writesNames === undefined
    ? undefined
    : {
        code: 'NB407',
        offset: writesNames.offset,
        message: 'it binds names of the notebook by what it runs or writes to its namespace',
        hint: 'Leave it in the notebook, or return the values and bind them there.',
      };

const evaluators = new Set(['globals', 'eval', 'exec']);
const namespaceBuiltins = new Set([
  ...evaluators,
  'vars',
  'dir',
  '__import__',
  'compile',
  'locals',
  'execfile',
]);

/** Attributes and imported functions by which code gets at the module that it, or its caller, stands in. */
const frameNames = new Set(['__globals__', 'currentframe', '_getframe', 'f_globals', 'f_locals', 'f_back']);

/** Whether a function that yields a frame is only asked for the name of that: `currentframe().f_code.co_name`. */
function asksForName(normalised: string, frame: string): boolean {
  if (!normalised.includes('co_name')) return false;
  const asked = new RegExp(`\\b${frame} \\( ?(?:\\d+ )?\\) \\. f_code \\. co_name\\b`, 'gu');
  return !new RegExp(`\\b${frame}\\b`, 'u').test(normalised.replace(asked, ''));
}

/** What the rules look for in a statement's own text. */
interface Traits {
  /** What it looks up that could look at the namespace. */
  readonly lookups: readonly Reference[];
  readonly frameAttribute: string | undefined;
  readonly isUnwritable: boolean;
}

/** The same for a statement wherever it is pasted. */
const knownTraits = new WeakMap<StatementNames, Traits>();

function traitsOf({ names, attributes, normalised, evaluatesApart }: Statement): Traits {
  const known = knownTraits.get(names);
  if (known !== undefined) return known;
  const traits = {
    lookups: names.references.filter(({ name, time }) =>
      time === 'definition'
        ? namespaceBuiltins.has(name)
        : evaluators.has(name) && !(time === 'call' && evaluatesApart.has(name)),
    ),
    frameAttribute: [...attributes].find(
      (attribute) => frameNames.has(attribute) && !asksForName(normalised, attribute),
    ),
    isUnwritable: /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(normalised),
  };
  knownTraits.set(names, traits);
  return traits;
}

/** Whether a word stands in a statement's code, as a name, as an attribute or in a string. */
function holdsWord({ mentions, attributes }: Statement, word: string): boolean {
  return mentions.has(word) || attributes.has(word);
}

/** `globals()`, `eval`, `exec`: which names they see depends on the module they stand in. */
const looksAtNamespace: Rule = (statement, names) => {
  const { lookups, frameAttribute } = traitsOf(statement);
  for (const { name, offset } of lookups) {
    if (names.bindings.has(name)) continue;
    return {
      code: 'NB408',
      offset,
      message: `it calls '${name}', which sees the names of the module it stands in`,
      hint: 'Leave it in the notebook, or pass the names that it looks up as a dict.',
    };
  }
  const attribute = frameAttribute ?? frameImport(statement, names);
  if (attribute === undefined) return undefined;
  return {
    code: 'NB408',
    offset: statement.code.start,
    message: `it looks at '${attribute}', and so at the module it stands in`,
    hint: 'Leave it in the notebook, or pass what it looks up as an argument.',
  };
};

/**
 * `ols(formula, data)`, `df.query(text)`: the library looks the names in the text up where it is called, and the text may
 * come from anywhere in the notebook. A query has to mark them, so that it shows whether there is any such text.
 */
const borrowsNames: Rule = ({ id, borrows }, names) => {
  if (borrows === undefined) return undefined;
  const { call, kind } = borrows;
  if (kind === 'marked' && !markersOf(names).some((marker) => marker !== id)) return undefined;
  return {
    code: 'NB408',
    offset: call.offset,
    message: `'${shorten(call.callee)}' looks up names of the module that the call stands in, and its text is not written out`,
    hint: 'Write the text out where it is called, or leave the definition in the notebook.',
  };
};

/** Of each notebook, the statements with strings that mark names of it for queries: `'x > @limit'`. */
const knownMarkers = new WeakMap<Names, readonly number[]>();

function markersOf(names: Names): readonly number[] {
  const known = knownMarkers.get(names);
  if (known !== undefined) return known;
  const markers = names.statements
    .filter(({ normalised }) => {
      // A decorator's `@` stands apart; what stands in a query itself is no part of another.
      if (!/@[^\s\d\W]/.test(normalised)) return false;
      const others = normalised.replace(/\. (?:query|eval) \( \w?(?:"[^"\n]*"|'[^'\n]*') \)/g, '');
      return [...others.matchAll(/@([^\W\d]\w*)/gu)].some(([, name]) => names.bindings.has(name!));
    })
    .map(({ id }) => id);
  knownMarkers.set(names, markers);
  return markers;
}

/** Of each notebook, what of `inspect` or `sys` its imports bind by a name. */
const knownFrameImports = new WeakMap<Names, ReadonlyMap<string, string>>();

/** What of `inspect` or `sys` a statement reads by a name that an import binds. */
function frameImport(statement: Statement, names: Names): string | undefined {
  let members = knownFrameImports.get(names);
  if (members === undefined) knownFrameImports.set(names, (members = frameImportsOf(names)));
  if (members.size === 0) return undefined;
  const read = statement.names.references.find(
    ({ name }) => members.has(name) && !asksForName(statement.normalised, name),
  );
  return read === undefined ? undefined : members.get(read.name);
}

function frameImportsOf({ statements, bindings }: Names): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  for (const { id, names } of statements) {
    for (const { name, member } of names.imports) {
      if (member === undefined || !frameNames.has(member) || members.has(name)) continue;
      const isBound = bindings
        .get(name)
        ?.some(({ statement, kind }) => statement === id && kind === 'import');
      if (isBound === true) members.set(name, member);
    }
  }
  return members;
}

/** Of each notebook, the statements that get at definitions from behind. */
interface Lookers {
  /** Hands on the notebook's own module. */
  readonly handsOn: Statement | undefined;
  /** Mention `__code__`. */
  readonly recodes: readonly Statement[];
  readonly subclasses: Statement | undefined;
  /** The cell that reads the text of cells. */
  readonly reader: number | undefined;
  /** Filters warnings by the module that the notebook is. */
  readonly filter: Statement | undefined;
}

const knownLookers = new WeakMap<Names, Lookers>();

function lookersOf(names: Names): Lookers {
  const known = knownLookers.get(names);
  if (known !== undefined) return known;
  const lookers = {
    handsOn: names.statements.find(({ handsOn }) => handsOn !== undefined),
    recodes: names.statements.filter((statement) => holdsWord(statement, '__code__')),
    subclasses: names.statements.find((statement) => holdsWord(statement, '__subclasses__')),
    reader: readerOf(names),
    filter: names.statements.find(
      (statement) =>
        holdsWord(statement, 'filterwarnings') &&
        /filterwarnings \([^()]*(?:__main__|__name__)/.test(statement.normalised),
    ),
  };
  knownLookers.set(names, lookers);
  return lookers;
}

/** Whether a statement has the text of cells by a name that IPython keeps it by. */
const readsText = ({ isBroken, names: { references } }: Statement, { bindings }: Names): boolean =>
  !isBroken && references.some(({ name }) => /^(In|_ih|_i\d*|_iii?)$/.test(name) && !bindings.has(name));

/** The cell that reads the text of cells: `In[1]`, `%save helpers.py 1`. */
function readerOf(names: Names): number | undefined {
  const reader = names.statements.find((statement) => readsText(statement, names));
  return reader?.cell ?? names.cells.find(({ magics }) => magics.some(countsCells))?.cell;
}

/** `print(In[1])`, `%history`: what moves stands there no more. */
const isReadAsText: Rule = (statement, names) => {
  const { reader } = lookersOf(names);
  return reader === undefined || readsText(statement, names)
    ? undefined
    : {
        code: 'NB408',
        offset: statement.code.start,
        message: `cell ${reader} reads the text of cells`,
        hint: `Remove that from cell ${reader}, or leave the definition in the notebook.`,
      };
};

/** `filterwarnings('ignore', module='__main__')`: what is warned of in a module is shown. */
const isFiltered: Rule = ({ kind, code }, names) => {
  const { filter } = lookersOf(names);
  return filter === undefined || kind === 'constant'
    ? undefined
    : {
        code: 'NB408',
        offset: code.start,
        message: `cell ${filter.cell} filters warnings by the module that the notebook is`,
        hint: "Filter them by category or message instead of 'module'.",
      };
};

/** `inspect.getmembers(sys.modules[__name__])`, `this = sys.modules[__name__]`: who has the module may do anything. */
const isLookedAt: Rule = ({ code }, names) => {
  const { handsOn: looker } = lookersOf(names);
  return looker === undefined
    ? undefined
    : {
        code: 'NB408',
        offset: code.start,
        message: `cell ${looker.cell} hands on the module that the notebook is, '${shorten(looker.handsOn!)}'`,
        hint: 'Pass what is looked for in that module by name.',
      };
};

/** Whether a notebook or module looks up the subclasses of a class. */
export function countsSubclasses(names: Names): boolean {
  return lookersOf(names).subclasses !== undefined;
}

/** `Base.__subclasses__()` finds those that are defined so far; once a module is imported, all that stand there. */
const isCounted: Rule = ({ kind, code, effects }, names) => {
  const counter = lookersOf(names).subclasses;
  if (kind !== 'class' || counter === undefined) return undefined;
  const base = effects.calls.find(({ use }) => use === 'subclass');
  return base === undefined
    ? undefined
    : {
        code: 'NB405',
        offset: code.start,
        message: `defining it adds to the subclasses of '${base.name}', which cell ${counter.cell} looks up`,
        hint: "Leave it in the notebook, or keep a list of the classes instead of '__subclasses__'.",
      };
};

/** `f.__code__ = g.__code__`: code that is written for the notebook's names. */
const isGivenCode: Rule = ({ defines, code }, names) => {
  for (const { cell, setsAttributeOf } of lookersOf(names).recodes) {
    const name = defines.find((defined) => setsAttributeOf.has(defined));
    if (name === undefined) continue;
    return {
      code: 'NB408',
      offset: code.start,
      message: `cell ${cell} gives it other code, which sees the names of the module that it stands in`,
      hint: `Define '${name}' anew instead.`,
    };
  }
  return undefined;
};

/**
 * Two definitions of one name that differ: which one the name means depends on how far the notebook has run. What is
 * bound in other ways may be bound again: the import stands where the definition stood, and who reads the name stays.
 */
const isDefinedTwice: Rule = (statement, names) => {
  const isCallable = statement.kind === 'function' || statement.kind === 'class';
  for (const name of statement.defines) {
    const bindings = names.bindings.get(name) ?? [];
    if (bindings.length === 1) continue;
    // It is the same as what is imported.
    if (bindings.every(({ kind }) => kind === 'import') && statement.kind !== 'import-block') continue;
    if (isOverloadGroup(bindings.map((binding) => names.statements[binding.statement]!))) continue;
    // Asked once for all: a cell may hold the same definitions hundreds of times.
    const isInterchangeable =
      statement.mutability === 'none' &&
      !isChanged(name, names) &&
      (statement.kind !== 'class' || !isUsedBetween(name, names));
    for (const binding of bindings) {
      const other = names.statements[binding.statement]!;
      if (other.id === statement.id) continue;
      const isSame = other.kind === statement.kind && other.normalised === statement.normalised;
      if (isSame && isInterchangeable) continue;
      const isDefinition =
        (other.kind === 'function' || other.kind === 'class') && other.defines.includes(name);
      if (isCallable && !isDefinition) continue;
      return {
        code: isDefinition ? 'NB421' : 'NB403',
        offset: statement.code.start,
        message: isDefinition
          ? `cell ${other.cell} defines '${name}' ${isSame ? 'anew' : 'differently'}`
          : `'${name}' is also bound in cell ${other.cell}`,
        hint: isSame ? `Define '${name}' once.` : `Give one of the two another name than '${name}'.`,
      };
    }
    const own = bindings.filter((binding) => binding.statement === statement.id);
    const possible = own.find(({ isPossible }) => isPossible === true);
    if (possible !== undefined) {
      return {
        code: 'NB407',
        offset: possible.offset,
        message: 'it may bind any name of the notebook, by what it runs or writes to its namespace',
        hint: 'Leave it in the notebook, or return the values and bind them there.',
      };
    }
    if (own.length > 1 && statement.kind !== 'import-block') {
      return {
        code: 'NB403',
        offset: own[1]!.offset,
        message: `it binds '${name}' more than once`,
        hint: `Use another name than '${name}' for the second value.`,
      };
    }
  }
  return undefined;
};

/** Whether the notebook sets attributes of what a name means: a definition made anew would lose them. */
function isChanged(name: string, names: Names): boolean {
  return names.statements.some(({ setsAttributeOf }) => setsAttributeOf.has(name));
}

/** Of each notebook the names whose definitions are used between them, or not. */
const knownUses = new WeakMap<Names, Map<string, boolean>>();

/**
 * Whether anything that runs between two definitions of a class uses the first, or what leans on it: then there may be
 * instances, subclasses or other traces of it, of which the second knows nothing.
 */
function isUsedBetween(name: string, names: Names): boolean {
  let known = knownUses.get(names);
  if (known === undefined) knownUses.set(names, (known = new Map()));
  const before = known.get(name);
  if (before !== undefined) return before;
  const leaning = leaningOn(name, names);
  const ids = names.bindings.get(name)!.map(({ statement }) => statement);
  const isUsed = names.statements
    .slice(ids[0]! + 1, ids.at(-1))
    .some((between) => !ids.includes(between.id) && runsOn(between, leaning));
  known.set(name, isUsed);
  return isUsed;
}

/** A name, and all that are bound by what mentions it or another of them. */
function leaningOn(name: string, { statements }: Names): ReadonlySet<string> {
  const leaning = new Set([name]);
  for (let size = 0; size < leaning.size;) {
    size = leaning.size;
    for (const statement of statements) {
      if (statement.kind === 'import' || !usedBy(statement).some((used) => leaning.has(used))) continue;
      for (const { name: bound } of statement.names.bindings) leaning.add(bound);
      for (const { name: bound } of statement.names.writes) leaning.add(bound);
    }
  }
  return leaning;
}

/** Whether one of the names is used as the statement runs; the bodies of functions don't. */
function runsOn(statement: Statement, names: ReadonlySet<string>): boolean {
  if (statement.kind !== 'function' && statement.kind !== 'class')
    return usedBy(statement).some((name) => names.has(name));
  return statement.names.references.some(({ name, time }) => time === 'definition' && names.has(name));
}

/** The names that a statement looks up; those in strings and magics where it may run them. */
function usedBy(statement: Statement): string[] {
  const used = statement.names.references.map(({ name }) => name);
  const isOpaque =
    statement.magic !== undefined || statement.isBroken || used.some((name) => runners.has(name));
  return isOpaque ? [...statement.mentions] : used;
}

const runners = new Set([...evaluators, 'get_ipython', 'getattr', '__main__']);

/** Whether statements are the `@overload` signatures of one function and, directly after them, the function itself. */
export function isOverloadGroup(statements: readonly Statement[]): boolean {
  return (
    statements.length > 1 &&
    statements.every(({ id, kind, normalised }, i) => {
      const isSignature = /^(@ (\w+ \. )?overload )+(async )?def /.test(normalised);
      return kind === 'function' && id === statements[0]!.id + i && isSignature === i < statements.length - 1;
    })
  );
}

/** Something happens when the definition is made: it would happen when the module is imported, or not at all. */
const hasEffect: Rule = (statement) => {
  const [effect] = statement.effects.effects;
  return effect === undefined
    ? undefined
    : {
        code: 'NB405',
        offset: effect.offset,
        message:
          statement.kind === 'constant'
            ? `it comes from '${effect.what}', which is not known to be pure`
            : `defining it does more than define: '${effect.what}'`,
        hint: 'Leave it in the notebook, or move that out of the definition.',
      };
};

/** Something of an imported module that the notebook sets. */
interface ModuleChange {
  /** `np.float`, or the word by which a mode is set. */
  readonly written: string;
  readonly setter: Statement;
  /** The dotted path that is set, where it is no mode. */
  readonly set?: string;
  /** Whether what a dotted path names may be another value then. */
  readonly concerns: (path: string, isCalled: boolean) => boolean;
}

/**
 * Libraries that compute other values once a mode is set: the words that stand where it is; or the attributes, where even
 * constants (`mp.pi`) compute.
 */
const modes: readonly {
  readonly library: RegExp;
  readonly words?: readonly string[];
  readonly sets?: RegExp;
}[] = [
  { library: /^decimal\b/, words: ['getcontext', 'setcontext', 'DefaultContext'] },
  { library: /^mpmath\b/, sets: /\.(dps|prec)$/ },
  { library: /^torch\b/, words: ['set_default_dtype', 'set_default_tensor_type', 'set_default_device'] },
  { library: /^(tensorflow|keras)\b/, words: ['set_floatx', 'set_global_policy', 'set_policy'] },
  { library: /^jax\b/, words: ['jax_enable_x64'] },
];

const knownModuleChanges = new WeakMap<Names, readonly ModuleChange[]>();

function moduleChangesOf(names: Names): readonly ModuleChange[] {
  const known = knownModuleChanges.get(names);
  if (known !== undefined) return known;
  const { statements, importPaths } = names;
  const changes: ModuleChange[] = [];
  for (const setter of statements) {
    for (const written of setter.setsPaths) {
      const set = importedPath(written, importPaths);
      if (set === undefined) continue;
      const concerns = (path: string): boolean => path === set || path.startsWith(`${set}.`);
      changes.push({ written, setter, set, concerns });
    }
  }
  const imported = [...importPaths.values()];
  for (const { library, words = [], sets } of modes) {
    if (!imported.some((path) => library.test(path))) continue;
    for (const setter of statements) {
      if (setter.kind === 'import') continue;
      const written =
        words.find((word) => holdsWord(setter, word)) ??
        setter.setsPaths.find((path) => sets?.test(path) === true);
      if (written === undefined) continue;
      const concerns = (path: string, isCalled: boolean): boolean =>
        library.test(path) && (isCalled || sets !== undefined);
      changes.push({ written, setter, concerns });
    }
  }
  knownModuleChanges.set(names, changes);
  return changes;
}

/** `np.float` as `numpy.float`, if `np` is imported. */
export function importedPath(written: string, importPaths: Names['importPaths']): string | undefined {
  const [root = ''] = written.split('.', 1);
  const imported = importPaths.get(root);
  return imported === undefined ? undefined : imported + written.slice(root.length);
}

/** The first thing that a statement reads when it is made and the change concerns. */
function readOf({ readsPaths }: Statement, change: ModuleChange, names: Names): PathRead | undefined {
  return readsPaths.find(({ path: written, isCalled }) => {
    const path = importedPath(written, names.importPaths);
    return path !== undefined && change.concerns(path, isCalled);
  });
}

/**
 * `from time import sleep` where the notebook sets `time.sleep`: what is imported depends on when, and a module by itself
 * may not find it. Setting what is below (`os.environ['HOME'] = …`) leaves it the same object. A function that does the
 * setting stays as well: where it went the next run would not see it.
 */
const importsChanged: Rule = (statement, names) => {
  const { references } = statement.names;
  for (const { written, setter, set } of moduleChangesOf(names)) {
    if (set === undefined) continue;
    const isRead = ({ name }: Reference): boolean => names.importPaths.get(name) === set;
    const read = references.find(isRead);
    if (setter === statement) {
      const reader = names.statements.find(
        ({ kind, names: own }) => /^(function|class|constant)$/.test(kind) && own.references.some(isRead),
      );
      if (reader !== undefined && setsWhole(setter.normalised, written))
        return refuseSetter(statement, written, reader);
      continue;
    }
    if (read === undefined || !setsWhole(setter.normalised, written)) continue;
    return {
      code: 'NB419',
      offset: read.offset,
      message: `it needs '${read.name}', imported as '${set}', which cell ${setter.cell} sets`,
      hint: `Write '${written}' in place of '${read.name}'.`,
    };
  }
  return undefined;
};

/**
 * What an imported module holds is read when the definition is made, and set by the notebook: `def f(t=np.float)` after
 * `np.float = float`. A module is imported at another moment than the definition was made, and may be without the
 * notebook. A function that does the setting stays as well: where it went the next run would not see it.
 */
const readsChangedModule: Rule = (statement, names) => {
  for (const change of moduleChangesOf(names)) {
    const { written, setter } = change;
    const read = readOf(statement, change, names);
    if (read !== undefined && setter !== statement) {
      return {
        code: 'NB419',
        offset: read.offset,
        message: `it reads '${read.path}' when it is defined, and cell ${setter.cell} changes what that gives`,
        hint: `Read '${read.path}' when it is called.`,
      };
    }
    if (setter !== statement) continue;
    const reader = names.statements.find(
      (other) =>
        other !== statement &&
        other.effects.effects.length === 0 &&
        readOf(other, change, names) !== undefined,
    );
    if (reader !== undefined) return refuseSetter(statement, written, reader);
  }
  return undefined;
};

function refuseSetter({ code }: Statement, written: string, reader: Statement): Refusal {
  return {
    code: 'NB419',
    offset: code.start,
    message: `it changes '${written}', on which what cell ${reader.cell} defines depends`,
    hint: `See to it that '${reader.defines[0]}' reads that when it is called.`,
  };
}

/** What of imported modules a definition that is called when another is made reads, and the notebook sets. */
export function changedModuleIn({ normalised, mentions }: Statement, names: Names): string | undefined {
  return moduleChangesOf(names).find(
    ({ written, concerns }) =>
      (written.includes('.') && normalised.includes(written.replaceAll('.', ' . '))) ||
      [...names.importPaths].some(([name, path]) => mentions.has(name) && concerns(path, true)),
  )?.written;
}

/** What of these paths, which the package looks up when a definition is made, the notebook sets. */
export function changedModuleAmong(paths: readonly string[], names: Names): string | undefined {
  if (paths.length === 0) return undefined;
  return moduleChangesOf(names).find(({ concerns }) => paths.some((path) => concerns(path, true)))?.written;
}

/** Of each notebook, what is sent to other machines, with what it needs: by what and with what. */
const knownSent = new WeakMap<Names, ReadonlyMap<number, { readonly by: string; readonly root: string }>>();

function sentOf(names: Names): ReadonlyMap<number, { readonly by: string; readonly root: string }> {
  const known = knownSent.get(names);
  if (known !== undefined) return known;
  const sent = new Map<number, { readonly by: string; readonly root: string }>();
  for (const { sending } of names.statements) {
    for (const root of sending?.names ?? []) {
      const stack = [root];
      for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
        for (const { statement: id } of names.bindings.get(name) ?? []) {
          const { kind, names: own } = names.statements[id]!;
          if (sent.has(id) || !/^(function|class|constant)$/.test(kind)) continue;
          sent.set(id, { by: sending!.by, root });
          stack.push(...own.references.map((reference) => reference.name));
        }
      }
    }
  }
  knownSent.set(names, sent);
  return sent;
}

/**
 * Ray, Spark and the like send what stands in the notebook by value, with all that it needs, and what stands in a module
 * by its name: the machines that run it would have to have the module.
 */
const isSent: Rule = ({ id, kind, defines, code }, names) => {
  const sent = kind === 'function' || kind === 'class' ? sentOf(names).get(id) : undefined;
  if (sent === undefined) return undefined;
  const { by, root } = sent;
  const what = defines.includes(root) ? 'it is sent' : `it is sent with '${root}'`;
  return {
    code: 'NB426',
    offset: code.start,
    message: `${what} to other processes or machines by '${by}', which need not have the package`,
    hint: 'Install the package wherever that runs, then move it by hand.',
  };
};

/** Under `ast_node_interactivity = 'last_expr_or_assign'` a cell shows the value that its last statement assigns. */
export const isShown: Rule = (
  { id, cell, kind, defines, code, normalised },
  { cells, statements, source },
) => {
  if (
    defines.length !== 1 ||
    !(kind === 'constant' || (kind === 'function' && /^\w+ (: .*)?= lambda\b/u.test(normalised)))
  ) {
    return undefined;
  }
  if (statements[id + 1]?.cell === cell) return undefined;
  if (cells.find((other) => other.cell === cell)!.interactivity !== 'other') return undefined;
  if (/^[ \t]*;/.test(source.cells[cell - 1]!.source.slice(code.end))) return undefined;
  return {
    code: 'NB405',
    offset: code.start,
    message: "its cell may show it, as 'ast_node_interactivity' is set to show more than expressions",
    hint: 'Set `ast_node_interactivity` to `last_expr` or `all`, or end the line with a semicolon.',
  };
};

/** What is to be shown is asked of the shell, which looks at the cells of the notebook alone. */
const setsWhatIsShown: Rule = (statement) =>
  holdsWord(statement, interactivitySetting)
    ? {
        code: 'NB409',
        offset: statement.code.start,
        message: `it uses '${interactivitySetting}', which only the notebook's shell has`,
        hint: 'Leave it in the notebook, or set that at the top level of a cell.',
      }
    : undefined;

/** A lone surrogate in a string can't be written to a file in UTF-8. */
const isUnwritable: Rule = (statement) =>
  traitsOf(statement).isUnwritable
    ? {
        code: 'NB420',
        offset: statement.code.start,
        message: 'it holds half of a surrogate pair, which no Python file can hold',
        hint: 'Write the character as an escape in the string.',
      }
    : undefined;

/** What of `doctest` finds examples by itself, and the names in them where the definition stands. */
const finders = ['testmod', 'DocTestFinder', 'DocTestSuite'];
/** What runs those of one function, with names that it is given. */
const example = 'run_docstring_examples';

const uses = ({ attributes, names: { references } }: Statement, name: string): boolean =>
  attributes.has(name) || references.some((reference) => reference.name === name);

/** Ways to look for tests in the notebook: who does it, and what is a test. */
const testings: readonly {
  readonly isRunner: (statement: Statement) => boolean;
  readonly isTest: (statement: Statement, names: Names) => boolean;
}[] = [
  {
    isRunner: (statement) =>
      finders.some((finder) => uses(statement, finder)) ||
      (statement.kind === 'other' && uses(statement, example)),
    isTest: ({ normalised }) => normalised.includes('>>> '),
  },
  {
    // Given the notebook's names in a function: they lack what only other examples need.
    isRunner: (statement) => statement.kind === 'function' && uses(statement, example),
    isTest: namesOthers,
  },
  {
    isRunner: ({ kind, attributes, normalised }) =>
      kind === 'other' && attributes.has('main') && /\bunittest \. main\b/.test(normalised),
    isTest: ({ normalised }) => /\bTestCase\b/.test(normalised),
  },
];

/** Whether the examples in a docstring name anything of the notebook but what they are for. */
function namesOthers({ normalised, defines }: Statement, { bindings }: Names): boolean {
  if (!normalised.includes('>>> ')) return false;
  return [...normalised.matchAll(/^.*>>> .*$|^ *\.\.\. .*$/gm)].some(([line]) =>
    [...line.replace(/^.*?(>>>|\.\.\.) /, '').matchAll(/(?<![\w.'"])[^\W\d]\w*/gu)].some(
      ([name]) => bindings.has(name) && !defines.includes(name),
    ),
  );
}

/** Of each notebook, the first that looks for tests in each way, where it has such tests. */
const knownRunners = new WeakMap<Names, readonly (Statement | undefined)[]>();

function runnersOf(names: Names): readonly (Statement | undefined)[] {
  let known = knownRunners.get(names);
  if (known === undefined) {
    known = testings.map(({ isRunner, isTest }) => {
      const runner = names.statements.find(isRunner);
      return runner !== undefined && names.statements.some((other) => isTest(other, names))
        ? runner
        : undefined;
    });
    knownRunners.set(names, known);
  }
  return known;
}

/**
 * `doctest.testmod()` and `unittest.main()` look for tests in the notebook itself. A function that calls one of them stays
 * as well: where it went the next run would not see it.
 */
const isTestedInPlace: Rule = (statement, names) => {
  for (const [i, runner] of runnersOf(names).entries()) {
    if (runner === undefined) continue;
    const { isRunner, isTest } = testings[i]!;
    const isTested = isTest(statement, names);
    if (!isTested && !isRunner(statement)) continue;
    return {
      code: 'NB422',
      offset: statement.code.start,
      message: isTested
        ? `cell ${runner.cell} runs the tests that stand in the notebook itself`
        : 'it runs the tests that stand in the notebook itself',
      hint: 'Run the tests with pytest, and remove that call.',
    };
  }
  return undefined;
};

/** In the order in which they are asked: the first that refuses gives the reason. */
export const ownRules: readonly Rule[] = [
  keptByDirective,
  isMisdirected,
  isParameter,
  mayBeSkipped,
  isTaggedToRaise,
  asksForNoModule,
  holdsMagic,
  writesGlobal,
  looksAtNamespace,
  borrowsNames,
  isLookedAt,
  isReadAsText,
  isFiltered,
  isGivenCode,
  isCounted,
  isDefinedTwice,
  writesByModule,
  hasEffect,
  readsChangedModule,
  importsChanged,
  isShown,
  setsWhatIsShown,
  isUnwritable,
  isTestedInPlace,
  isSent,
];

function shorten(text: string): string {
  const line = text.split('\n', 1)[0]!;
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
