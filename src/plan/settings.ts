/** Tells which definitions read, as they are made, what the notebook has set in a library by then. */
import type { PathRead } from '../scope/exposure.ts';
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';
import { oncePer } from '../text/once.ts';
import type { Refusal } from './refusal.ts';
import { importedPath } from '../scope/paths.ts';

/** Something in a library that is set for all that is done later on. */
interface Setting {
  /** What sets it: by library, the rest of the dotted path that is called or set. */
  readonly sets: Readonly<Record<string, RegExp>>;
  /** What else has to stand in the statement, as normalised; for options that are set by name. */
  readonly given?: RegExp;
  readonly isRead: (read: Read) => boolean;
  /** What stands in a function, as normalised, that reads it when it is called, if it uses the library at all. */
  readonly inFunctions?: RegExp;
}

/** Something that a statement reads when it is made. */
interface Read extends PathRead {
  /** The dotted path that it means, if it is imported. */
  readonly target: string;
  readonly reader: Statement;
  readonly names: Names;
  /** What set it: the dotted path. */
  readonly set: string;
}

/** An array or a table, or what may hold one, becomes text. */
const isText = ({ path, target, isSpelled, isCalled, names }: Read): boolean => {
  if (isSpelled !== true) return false;
  if (target !== '') return isCalled && /^(jax|numpy|pandas|torch)\./.test(target);
  const [binding] = names.bindings.get(path.split('.', 1)[0]!) ?? [];
  if (binding === undefined) return false;
  const binder = names.statements[binding.statement]!;
  return isCalled ? binder.kind === 'function' : binder.mutability !== 'none';
};

/** What numpy warns of: logarithms and the like, and operations with what is no number that is written out. */
const warns = ({ target, isCalled, reader: { kind, mutability, normalised } }: Read): boolean =>
  (isCalled &&
    /^numpy\.(log\w*|sqrt|divide|true_divide|power|arc\w+|exp\w*|cosh|sinh|mean|std|var|nan\w+)$/.test(
      target,
    )) ||
  (kind === 'constant' && mutability !== 'none' && / (?:\/\/?|%|\*\*) (?!\d)/.test(normalised));

const called =
  (paths: RegExp) =>
  ({ target, isCalled }: Read): boolean =>
    isCalled && paths.test(target);

const makesText = /\bf['"]|' % |\b(?:str|repr|format) \(/;
const divides = / (?:\/\/?|%|\*\*) (?!\d)|\b(?:log\w*|sqrt|exp|mean|std) \(/;

/**
 * A library's code is not there to be read: that a call sets something for all that comes later, and what reads that, is
 * known from its documentation alone.
 */
const settings: readonly Setting[] = [
  {
    sets: { numpy: /^set_(printoptions|string_function)$/, torch: /^set_printoptions$/ },
    isRead: isText,
    inFunctions: makesText,
  },
  {
    sets: { pandas: /^(set_option|reset_option|set_eng_float_format|options(\.\w+)*)$/ },
    isRead: isText,
    inFunctions: makesText,
  },
  {
    sets: { pandas: /^(set_option|reset_option|options(\.\w+)*)$/ },
    given: /\b(future|copy_on_write|string_storage|data_manager|use_inf_as_na|use_inf_as_null)\b/,
    isRead: called(/^pandas\./),
  },
  {
    sets: { numpy: /^seterr(call|obj)?$/, warnings: /^(filterwarnings|simplefilter|resetwarnings)$/ },
    isRead: warns,
    inFunctions: divides,
  },
  {
    sets: { matplotlib: /^(\w+\.)*(colormaps\.(un)?register|(un)?register_cmap)$/ },
    isRead: ({ target }) => /^matplotlib\.(\w+\.)*(get_cmap|colormaps)$/.test(target),
  },
  {
    sets: {
      matplotlib: /^(\w+\.)*(rc|rcdefaults|rc_file|set_cmap|style\.use|rcParams(\.update)?)$/,
      seaborn: /^(re)?set(_\w+)?$/,
    },
    // Colours don't depend on settings, nor do maps of them that are asked for by name.
    isRead: ({ target, isCalled, reader }) =>
      isCalled &&
      /^(matplotlib\.(?!(\w+\.)*(colors\.|Normalize$))|seaborn\.(color_palette|axes_style|plotting_context)$)/.test(
        target,
      ) &&
      (!target.endsWith('get_cmap') || reader.normalised.includes('get_cmap ()')),
  },
  {
    sets: { logging: /^(\w+(\(…\))?\.)*(basicConfig|disable|setLevel|addLevelName|config\.\w+)$/ },
    isRead: ({ target, reader: { attributes } }) =>
      target.startsWith('logging.') && logState.some((attribute) => attributes.has(attribute)),
  },
  {
    // What a logger is that is asked for later. Whatever else is set for one of that name, it holds whoever asks for it when.
    sets: { logging: /^(config\.(dictConfig|fileConfig)|setLoggerClass)$/ },
    given: /^(?!.*\bdisable_existing_loggers\b\W+False\b)/s,
    isRead: called(/^logging\.getLogger$/),
  },
  {
    sets: { codecs: /^register(_error)?$/ },
    isRead: ({ reader: { kind, attributes } }) =>
      kind === 'constant' && (attributes.has('encode') || attributes.has('decode')),
  },
  {
    sets: { sys: /^setrecursionlimit$/ },
    isRead: ({ path, reader: { effects } }) =>
      effects.calls.some(({ name, use }) => name === path && use === 'value'),
  },
  {
    sets: { sys: /^set_int_max_str_digits$/ },
    isRead: ({ path, isCalled }) => isCalled && /^(str|repr|int|format)$/.test(path),
  },
];

const logState = ['level', 'handlers', 'getEffectiveLevel', 'isEnabledFor', 'hasHandlers', 'manager'];

/** By library, how it sets what. */
const settersOf = new Map<string, { readonly sets: RegExp; readonly setting: Setting }[]>();
for (const setting of settings) {
  for (const [library, sets] of Object.entries(setting.sets)) {
    settersOf.set(library, [...(settersOf.get(library) ?? []), { sets, setting }]);
  }
}

/** A place where something is set. */
interface Place {
  readonly setter: Statement;
  /** The function of the notebook by which it is set, if it is. */
  readonly holder?: Statement;
  readonly setting: Setting;
  /** As the user wrote it: `np.seterr`. */
  readonly written: string;
  readonly set: string;
}

/** Where the notebook sets something, be it by a function of its own that it calls. */
const placesIn = oncePer((names: Names): readonly Place[] => {
  const places: Place[] = [];
  const held = new Map<string, Place[]>();
  for (const statement of names.statements) {
    const own = placesOf(statement, names);
    if (statement.kind === 'other' || statement.kind === 'constant') places.push(...own);
    else if (own.length > 0)
      for (const name of statement.defines)
        held.set(
          name,
          own.map((place) => ({ ...place, holder: statement })),
        );
  }
  if (held.size > 0) {
    for (const setter of names.statements) {
      if (setter.kind !== 'other' && setter.kind !== 'constant') continue;
      for (const { name } of setter.names.references) {
        for (const place of held.get(name) ?? []) places.push({ ...place, setter });
      }
    }
  }
  return places;
});

function placesOf(setter: Statement, { importPaths }: Names): Place[] {
  const { kind, normalised, callsPaths, setsPaths } = setter;
  if (kind === 'import' || kind === 'import-block') return [];
  return [...new Set([...callsPaths, ...setsPaths])].flatMap((written) => {
    const set = importedPath(written, importPaths);
    if (set === undefined) return [];
    const [library = ''] = set.split('.', 1);
    return (settersOf.get(library) ?? [])
      .filter(({ sets }) => sets.test(set.slice(library.length + 1)))
      .filter(({ setting: { given } }) => given?.test(normalised) !== false)
      .map(({ setting }) => ({ setter, setting, written, set }));
  });
}

/** What a statement reads, as it is made, of what is set at a place before it. */
function readOf(
  reader: Statement,
  { setter, setting, set }: Place,
  names: Names,
  isImported: (statement: number) => boolean,
): PathRead | undefined {
  if (setter.id >= reader.id) return undefined;
  return reader.readsPaths.find((each) => {
    if (reader.defines.includes(each.path)) return false;
    const { path, offset, isCalled, isSpelled } = each;
    const target = importedPath(path, names.importPaths) ?? '';
    return (
      setting.isRead({ path, offset, isCalled, isSpelled, target, reader, names, set }) ||
      callsFor(each, setting.inFunctions, reader, names, isImported)
    );
  });
}

/**
 * Why a definition stays that reads, as it is made, what the notebook has set in a library by then: the module may be
 * imported before that, where another of its definitions stood. A function that does the setting stays as well: where it
 * went the next run would not see it.
 * @param isImported whether a module of the package may be imported where a statement stood
 */
export function refuseSetting(
  statement: Statement,
  names: Names,
  isImported: (statement: number) => boolean,
): Refusal | undefined {
  if (statement.readsPaths.length > 0) {
    const captured = capturedRead(statement, names);
    if (captured !== undefined) return captured;
  }
  for (const place of placesIn(names)) {
    const { setter, holder, written } = place;
    if (holder === statement) {
      const reader = names.statements.find(
        (other) => readOf(other, place, names, isImported) !== undefined && isPlain(other, names),
      );
      if (reader === undefined) continue;
      return {
        code: 'NB419',
        offset: statement.code.start,
        message: { it: `sets '${written}', on which what cell ${reader.cell} defines depends` },
        hint: `Set '${written}' in a cell, or see to it that '${reader.defines[0]}' reads that when it is called.`,
      };
    }
    const read = readOf(statement, place, names, isImported);
    if (read === undefined || !names.statements.slice(0, setter.id).some(({ id }) => isImported(id)))
      continue;
    return {
      code: 'NB419',
      offset: read.offset,
      message: {
        it: `reads '${read.path}' when it is defined, after cell ${setter.cell} has set '${written}'`,
      },
      hint: `Define '${statement.defines[0]}' before that, or read '${read.path}' when it is called.`,
    };
  }
  return undefined;
}

/** The cells whose output is kept back. */
const capturedCells = oncePer(
  ({ cells }: Names): ReadonlySet<number> =>
    new Set(
      cells
        .filter(({ magics }) => magics.some(({ kind, name }) => kind === 'cell' && name === 'capture'))
        .map(({ cell }) => cell),
    ),
);

/** `def log(text, out=sys.stdout)` under `%%capture`: another stream stands there as long as the cell runs. */
function capturedRead(reader: Statement, names: Names): Refusal | undefined {
  if (!capturedCells(names).has(reader.cell)) return undefined;
  const read = reader.readsPaths.find(({ path }) =>
    /^sys\.(stdout|stderr)$/.test(importedPath(path, names.importPaths) ?? ''),
  );
  if (read === undefined) return undefined;
  return {
    code: 'NB419',
    offset: read.offset,
    message: {
      it: `reads '${read.path}' when it is defined, which '%%capture' replaces in cell ${reader.cell}`,
    },
    hint: `Define '${reader.defines[0]}' in another cell.`,
  };
}

/** Whether nothing but a value comes of making what a statement defines, as far as it and what it calls tell. */
function isPlain({ effects }: Statement, { bindings, statements }: Names): boolean {
  if (effects.effects.length > 0) return false;
  return effects.calls.every(({ name, use }) => {
    const [binding] = bindings.get(name) ?? [];
    return binding === undefined || statements[binding.statement]!.effectsOfUse[use].effects.length === 0;
  });
}

/** Whether what is read is a function of the notebook that is called for a value, and reads the setting by then. */
function callsFor(
  { path }: PathRead,
  inFunctions: RegExp | undefined,
  { effects }: Statement,
  { bindings, statements, importPaths }: Names,
  isImported: (statement: number) => boolean,
): boolean {
  if (inFunctions === undefined) return false;
  if (!effects.calls.some(({ name, use }) => name === path && use === 'value')) return false;
  const [binding] = bindings.get(path) ?? [];
  const { id, kind, mentions, normalised } = statements[binding?.statement ?? 0]!;
  // What the package has is not looked into.
  if (kind === 'import') return isImported(id);
  const usesArrays = [...mentions].some((name) =>
    /^(jax|numpy|pandas|torch)\b/.test(importPaths.get(name) ?? ''),
  );
  return usesArrays && inFunctions.test(normalised);
}
