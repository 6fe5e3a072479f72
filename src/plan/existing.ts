/** Turns the modules of the package that is there into what the plan has to know of them: what their names mean. */
import { pathInPackage } from '../scope/clause.ts';
import { actingBuiltins } from '../scope/acting.ts';
import type { Names } from '../scope/names.ts';
import type { Import } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import { oncePer } from '../text/once.ts';
import { changedIn, type Changed, type Source } from './changed.ts';
import { noCircumstances } from './circumstances.ts';
import { builtinMeaning, conditionsIn } from './conditions.ts';
import { buildGraph } from './graph.ts';
import { holdersIn, type Holding } from './holders.ts';
import { identify, importTarget, isTopModule, meaningOf, topModule } from './identity.ts';
import { isPublic, namespacesOf, type Namespace } from './namespaces.ts';
import type { Told } from './notebook-graph.ts';
import { acquaint, findRebound, type Acquaintance, type Modules, type OwnMeaning } from './own.ts';
import { codeOf } from './pasted.ts';
import { requirementsOf } from './requirements.ts';
import { countsSubclasses } from './rules/lookers.ts';
import { isOneOfMany } from './touch.ts';

/** A module of the package that exists already, read as a program of one cell. */
export interface ExistingModule {
  /** Dotted, without the package; `data.__init__` is what a folder runs, `__init__` what the package itself runs. */
  readonly module: string;
  readonly names: Names;
}

/** What a module of the package that is there holds. */
export interface ExistingPlaces extends Omit<Namespace, 'names'> {
  readonly module: string;
  /** What each name means in it; and its conditions. */
  readonly meanings: readonly (readonly [name: string, meaning: string])[];
  /** The modules of the package that it imports. */
  readonly imports: readonly string[];
  /** What it requires of the environment by itself. */
  readonly requires: readonly string[];
  /** Whether more happens when it is imported than that it makes what it holds: it prints, or sets something up. */
  readonly isLoud: boolean;
  /** Of its definitions. */
  readonly identities: readonly string[];
}

export interface ExistingPackage {
  readonly places: readonly ExistingPlaces[];
  /** What the target of an import (`import:churn.data.load`) means; itself where nothing more is known of it. */
  readonly tell: (target: string) => Told;
  /** What of the target of an import holds a barrier, if anything does. */
  readonly holding: (target: string) => Holding | undefined;
  /** The names that the target of a star import (`import:churn.data.*`) brings; none of any other target. */
  readonly brings: (target: string) => readonly string[];
  /** Whether the package surely lacks what the target of an import names: `import:churn.nothere`. */
  readonly isMissing: (target: string) => boolean;
  /** The code of a definition that is there, with its comments. */
  readonly codeOf: (identity: string) => string | undefined;
  /** The only module that makes something of a name, and does not import it. */
  readonly homeOf: (name: string) => string | undefined;
  /**
   * The modules of the package that must have run for an import clause: what it names, a module or what a folder's
   * `__init__` binds. What runs besides, the `__init__` of the folders above, is left to who knows what has run before.
   * @param from the importing module, for relative imports
   */
  readonly runs: (item: Import, from?: string) => readonly string[];
}

/** Whether a module is what a folder runs when it is imported: definitions are neither put there nor found there. */
export function isInit(module: string): boolean {
  return /(^|\.)__init__$/.test(module);
}

/** What is known of one module. */
interface Table {
  /** Of the definitions that it has by their names in the end. */
  readonly identities: ReadonlyMap<number, string>;
  /** What each name that it binds means, or the target of the import that binds it. */
  readonly meanings: ReadonlyMap<string, string>;
  /** What it imports by star; undefined for what is not one module. */
  readonly star: string | undefined;
}

/**
 * Reads the package that is there. An import of a name from one of its modules means what that module defines by the
 * name, through however many modules it was handed on: so a definition has the same identity whether what it needs is
 * pasted beside it, imported by its notebook, or imported by the module that it stands in. What has no identity (a
 * variable, what `__init__` itself defines, the second of two classes with one text, a list that its module fills) is
 * told by the place where it is made: `import:churn.data.cache`. Each module is looked into once, those that it imports
 * from before it; of modules that import each other in a circle, the last one finds the first a closed book.
 */
export function readPackage(existing: readonly ExistingModule[], packageName: string): ExistingPackage {
  const prefix = `import:${packageName}.`;
  const known = new Map(existing.map((module) => [module.module, module]));
  const modules = modulesIn(known, packageName);
  const changed = changedIn(existing, modules.moduleOf);
  const apart = apartIn(existing, packageName, changed);
  const tables = new Map<string, Table | undefined>();
  const asked: Modules = {
    ...modules,
    isRebound: (module, name) => changed.get(module)!.rebound.has(name),
    isChangedElsewhere: (module, name, statement) => {
      const here = changed.get(module)!;
      return here.elsewhere.has(name) && changes(here, name, statement);
    },
  };
  const own = acquaint(asked);
  const isRebound = findRebound(asked);
  const tableOf = (module: string): Table | undefined => {
    if (!tables.has(module)) {
      tables.set(module, undefined);
      tables.set(
        module,
        makeTable(known.get(module)!, packageName, { explain, own, apart: apart.get(module) }),
      );
    }
    return tables.get(module);
  };
  const explain = (target: string): string => {
    const seen = new Set<string>();
    let meaning = target;
    while (meaning.startsWith(prefix) && !seen.has(meaning)) {
      seen.add(meaning);
      const path = meaning.slice(prefix.length).split('.');
      const name = path.pop()!;
      const above = path.join('.');
      const module = [above, [...path, '__init__'].join('.')].find((candidate) => known.has(candidate));
      const table = module === undefined ? undefined : tableOf(module);
      const isStarred =
        table?.star !== undefined && !name.startsWith('_') && !known.has([...path, name].join('.'));
      meaning = table?.meanings.get(name) ?? (isStarred ? `${table.star}.${name}` : meaning);
    }
    return meaning;
  };
  const runs = (item: Import, from?: string): string[] => {
    const path = pathInPackage(item, packageName, from);
    if (path === undefined) return [];
    const init = path === '' ? '__init__' : `${path}.__init__`;
    const isFolder = path === '' || known.has(init);
    const { member } = item;
    if (member === undefined) {
      const named = isFolder ? init : path;
      // `import churn.data` binds `churn`, of which anything may be read.
      return item.isRenamed ? [named] : [named, '__init__'];
    }
    const inside = path === '' ? member : `${path}.${member}`;
    const submodule = [inside, `${inside}.__init__`].find((candidate) => known.has(candidate));
    if (submodule === undefined) return [isFolder ? init : path];
    const target = `import:${packageName}.${inside}`;
    // `from .data import data` in an `__init__` makes the name mean something else than the module.
    return explain(target) === target ? [submodule] : [submodule, init];
  };
  const namespaces = namespacesOf(known, {
    bound: (module) =>
      [...tableOf(module)!.meanings].map(([name, meaning]): [string, string] => [
        name,
        isTopModule(name, known.get(module)!.names) ? topModule(name) : explain(meaning),
      ]),
    runs,
    meaningFrom: (module, name) => explain(targetOf(name, packageName, module)),
  });
  const places = existing.map(({ module, names }): ExistingPlaces => {
    const { identities } = tableOf(module)!;
    const namespace = namespaces.get(module)!;
    const apartHere = apart.get(module);
    return {
      module,
      stars: namespace.stars,
      isOpen: namespace.isOpen,
      meanings: [...conditionsIn(names), ...namespace.names],
      imports: importsOf(names, (item) => runs(item, module)),
      requires: requirementsOf(
        names.statements.flatMap((statement) =>
          statement.names.imports.filter((item) => pathInPackage(item, packageName, module) === undefined),
        ),
      ),
      isLoud: isLoud(names),
      identities: [...identities]
        .filter(([id]) => apartHere?.has(id) !== true)
        .map(([, identity]) => identity),
    };
  });
  const codes = new Map<string, string>();
  for (const { module, names } of existing) {
    for (const [id, identity] of tableOf(module)!.identities)
      if (!codes.has(identity)) codes.set(identity, codeOf(names.statements[id]!, names));
  }
  const homes = homesIn(existing);
  const holders = holdersIn(existing, modules.moduleOf);
  const holding = (target: string): Holding | undefined => {
    const path = target.slice('import:'.length);
    const source = modules.moduleOf({ module: path }, '');
    const place = source === undefined ? modules.find(path) : undefined;
    const found = holders.get(source?.module ?? place?.module ?? '');
    if (found === undefined) return undefined;
    if (place?.member === undefined || place.member === '*')
      return { members: [...found.keys()], folders: [...found.values()].flat() };
    const folders = found.get(place.member);
    return folders && { folders };
  };
  /** What is reached through all names of a module, by module. */
  const reachedIn = new Map<string, readonly string[]>();
  const reachesOf = (target: string, meaning: OwnMeaning | undefined): readonly string[] | undefined => {
    const source = modules.moduleOf({ module: target.replace(/\.\*$/, '') }, '');
    if (source === undefined) return meaning?.reaches.map((object) => explain(`import:${object}`));
    const { module } = source;
    let reached = reachedIn.get(module);
    if (reached === undefined) {
      const all = [...known.get(module)!.names.bindings.keys()].flatMap(
        (name) => own(targetOf(name, packageName, module).slice('import:'.length))?.reaches ?? [],
      );
      reached = [...new Set(all)].map((object) => explain(`import:${object}`));
      reachedIn.set(module, reached);
    }
    return reached.length === 0 ? undefined : reached;
  };
  const tell = (target: string): Told => {
    const meaning = own(target.slice('import:'.length));
    const reaches = reachesOf(target.slice('import:'.length), meaning);
    return {
      meaning: explain(target),
      ...(meaning !== undefined && { own: meaning }),
      ...(reaches !== undefined && { reaches }),
      ...(isRebound(target.slice('import:'.length)) && { isRebound: true as const }),
    };
  };
  const brings = (target: string): string[] => {
    const path = target.endsWith('.*') ? target.slice('import:'.length, -2) : undefined;
    const source = path === undefined ? undefined : modules.moduleOf({ module: path }, '');
    const names = source === undefined ? [] : [...namespaces.get(source.module)!.names];
    return names.flatMap(([name, meaning]) => (isPublic(name) && meaning !== builtinMeaning ? [name] : []));
  };
  const isMissing = (target: string): boolean => {
    const [, ...path] = target.replace(/\.\*$/, '').split('.');
    const inside = path.join('.');
    const name = path.pop();
    if (name === undefined || /^__\w+__$/.test(name)) return false;
    if ([...known.keys()].some((module) => module === inside || module.startsWith(`${inside}.`)))
      return false;
    const above = path.join('.');
    const module = [above, above === '' ? '__init__' : `${above}.__init__`].find((each) => known.has(each));
    if (module === undefined || target.endsWith('.*')) return true;
    const { names } = known.get(module)!;
    const namespace = namespaces.get(module)!;
    // What it makes otherwise than by writing it out may be anything.
    const mayMakeMore =
      namespace.isOpen ||
      names.bindings.has('__getattr__') ||
      names.unknowns.some((unknown) => unknown.module === undefined) ||
      names.statements.some(({ writesNames }) => writesNames !== undefined);
    return !mayMakeMore && !namespace.names.has(name) && !names.bindings.has(name);
  };
  return {
    places,
    tell,
    holding,
    brings,
    isMissing,
    codeOf: (identity) => codes.get(identity),
    homeOf: (name) => homes.get(name) ?? undefined,
    runs,
  };
}

/** Whether what a statement makes by a name is changed, or the name bound anew. */
function changes(
  { objects, attributes, rebound }: Changed,
  name: string,
  { mutability }: Statement,
): boolean {
  return attributes.has(name) || rebound.has(name) || (mutability !== 'none' && objects.has(name));
}

/** The modules as `acquaint` looks at them. */
function modulesIn(
  known: ReadonlyMap<string, ExistingModule>,
  packageName: string,
): Omit<Modules, 'isChangedElsewhere' | 'isRebound'> & {
  /** The module that an import clause names, with the member that is no module. */
  readonly moduleOf: (item: Pick<Import, 'module' | 'member'>, from: string) => Source | undefined;
} {
  const moduleAt = (path: string): string | undefined =>
    [path, path === '' ? '__init__' : `${path}.__init__`].find((candidate) => known.has(candidate));
  const memberOf = (path: string, member: string): { module: string; member: string } | undefined => {
    const module = moduleAt(path);
    if (module === undefined || moduleAt(path === '' ? member : `${path}.${member}`) !== undefined)
      return undefined;
    return { module, member };
  };
  let isCounting: boolean | undefined;
  return {
    namesOf: (module) => known.get(module)?.names,
    moduleOf: (item, from) => {
      const path = pathInPackage(item, packageName, from);
      if (path === undefined) return undefined;
      const { member } = item;
      const found = member === undefined ? undefined : memberOf(path, member);
      if (found !== undefined) return found;
      const inside = [path, member].filter((part) => part !== undefined && part !== '').join('.');
      const module = moduleAt(inside);
      return module === undefined ? undefined : { module };
    },
    sourceOf: (item, from) => {
      const path = pathInPackage(item, packageName, from);
      if (path === undefined) return 'outside';
      return item.member === undefined ? 'unknown' : (memberOf(path, item.member) ?? 'unknown');
    },
    find: (target) => {
      const [top, ...path] = target.split('.');
      const member = path.pop();
      return top !== packageName || member === undefined ? undefined : memberOf(path.join('.'), member);
    },
    tell: (module, name) => targetOf(name, packageName, module).slice('import:'.length),
    countsSubclasses: () => (isCounting ??= [...known.values()].some(({ names }) => countsSubclasses(names))),
  };
}

function makeTable(
  { module, names: written }: ExistingModule,
  packageName: string,
  {
    explain,
    own,
    apart,
  }: {
    readonly explain: (target: string) => string;
    readonly own: Acquaintance;
    readonly apart: ReadonlyMap<number, string> | undefined;
  },
): Table {
  const names = withFullImports(written, packageName, module);
  const graph = buildGraph(names, { ...noCircumstances, own, isModule: true });
  const identities = isInit(module) ? new Map<number, string>() : identify(graph, explain, apart);
  const meanings = new Map<string, string>();
  // What is bound again, as by `load = cache(load)`, is not what others import.
  const rebound = new Set<number>();
  for (const [name, bindings] of names.bindings) {
    const binders = [...new Set(bindings.map(({ statement }) => statement))];
    const isKnown = binders.every((id) => identities.has(id));
    const identity = isKnown ? identities.get(binders[0]!) : undefined;
    if (!isKnown) for (const id of binders) rebound.add(id);
    meanings.set(
      name,
      identity !== undefined
        ? meaningOf(identity, name, names.statements[binders[0]!]!)
        : bindings.every(({ kind }) => kind === 'import')
          ? importTarget(name, binders, graph, explain)
          : targetOf(name, packageName, module),
    );
  }
  const [unknown, ...others] = names.unknowns;
  const star =
    others.length > 0 || unknown?.module === undefined ? undefined : starTarget(unknown.statement, names);
  const lasting = new Map([...identities].filter(([id]) => !rebound.has(id)));
  return { identities: lasting, meanings, star };
}

/** `import:churn.data`, of `from churn.data import *`. */
function starTarget(statement: number, { statements }: Names): string | undefined {
  const star = statements[statement]!.names.imports.find(({ name }) => name === '*');
  return star === undefined ? undefined : `import:${star.module}`;
}

/** Methods of `argparse` and `sys`: a script reads its command line by them, or ends. */
const scriptMethods = ['parse_args', 'exit'];

/**
 * Whether more happens when a module is imported than that it makes what it holds. What it does to an object of its own
 * (`parser.add_argument('x')`, `logger.addHandler(handler)`) is part of that.
 */
const isLoud = oncePer(({ statements, bindings }: Names): boolean => {
  const made = new Set(
    statements.flatMap(({ kind, defines }) =>
      kind === 'constant' || kind === 'import-block' ? defines : [],
    ),
  );
  return statements.some(({ kind, isScriptOnly, barrier, attributes, names, callsOn }) => {
    if (/^(?:function|class|import)$/.test(kind) || isScriptOnly) return false;
    if (barrier !== undefined || scriptMethods.some((name) => attributes.has(name))) return true;
    if (names.references.some(({ name }) => actingBuiltins.has(name) && !bindings.has(name))) return true;
    return callsOn.some((name) => !made.has(name));
  });
});

/** The target of an import of a name from a module of the package. */
function targetOf(name: string, packageName: string, module: string): string {
  const parts = module.split('.').filter((part) => part !== '__init__');
  return `import:${[packageName, ...parts, name].join('.')}`;
}

/** By name, the module that binds it otherwise than by an import; null where several do. */
function homesIn(existing: readonly ExistingModule[]): ReadonlyMap<string, string | null> {
  const homes = new Map<string, string | null>();
  for (const { module, names } of existing) {
    if (isInit(module)) continue;
    for (const [name, bindings] of names.bindings) {
      if (bindings.some(({ kind }) => kind !== 'import')) homes.set(name, homes.has(name) ? null : module);
    }
  }
  return homes;
}

/** The modules of the package that a module imports. */
function importsOf({ statements }: Names, runs: (item: Import) => readonly string[]): string[] {
  const items = statements.flatMap(({ names }) => [...names.imports, ...names.innerImports]);
  return [...new Set(items.flatMap(runs))];
}

/**
 * The names of a module with `from .data import load` read as `from churn.data import load`. What moves with its text, as
 * imports in functions and under `try`, is left as it is: the text means something else in another folder.
 */
function withFullImports(names: Names, packageName: string, module: string): Names {
  const statements = names.statements.map((statement): Statement => {
    const isRelative = statement.names.imports.some((item) => item.module.startsWith('.'));
    if (statement.kind !== 'import' || !isRelative) return statement;
    const imports = statement.names.imports.map((item) => {
      const path = pathInPackage(item, packageName, module);
      return path === undefined
        ? item
        : { ...item, module: path === '' ? packageName : `${packageName}.${path}` };
    });
    return statement.meant({ names: { ...statement.names, imports } });
  });
  return { ...names, statements };
}

/**
 * The statements whose text does not tell what they make: a class, or what may change, whose text a module before has,
 * too; and what its module or another changes after it was made, or may change as its module calls what it defines. By
 * module and statement, the place that tells them apart.
 */
function apartIn(
  existing: readonly ExistingModule[],
  packageName: string,
  changed: ReadonlyMap<string, Changed>,
): ReadonlyMap<string, ReadonlyMap<number, string>> {
  const firsts = new Map<string, string>();
  const apart = new Map<string, ReadonlyMap<number, string>>();
  for (const { module, names } of existing) {
    if (isInit(module)) continue;
    const places = new Map<number, string>();
    const isStirred = isLoud(names);
    for (const statement of names.statements) {
      const { id, kind, normalised, defines, mutability } = statement;
      if (defines.length === 0 || !/^(function|class|constant)$/.test(kind)) continue;
      const isChanged =
        defines.some((name) => changes(changed.get(module)!, name, statement)) ||
        (isStirred && mutability !== 'none');
      let isRepeated = false;
      if (isOneOfMany(statement)) {
        const first = firsts.get(normalised);
        if (first === undefined) firsts.set(normalised, module);
        else isRepeated = first !== module;
      }
      if (isChanged || isRepeated) places.set(id, targetOf(defines[0]!, packageName, module));
    }
    apart.set(module, places);
  }
  return apart;
}
