/** Turns the names of all notebooks, and of the package that is there, into a plan: what moves where, and what stays. */
import type { Notebook } from '../notebook/notebook.ts';
import { builtins } from '../scope/builtins.ts';
import type { Names, Statement } from '../scope/names.ts';
import type { Import } from '../scope/scope.ts';
import { buildGraph, type Graph } from './graph.ts';
import { components, identify, importTarget } from './identity.ts';
import type { Refusal } from './rules.ts';
import { chooseTopic, type TopicChoice, type TopicFacts } from './topic.ts';

/** A notebook as the plan sees it. */
export interface PlanSource {
  readonly notebook: Notebook;
  readonly names: Names;
  /** The module that its own definitions go to, without the package: `eda`. Unique among the notebooks. */
  readonly module: string;
  /** Top-level names of imports that are files beside the notebook, not importable from anywhere. */
  readonly localModules: ReadonlySet<string>;
  /** What star imports and `%run` bind, by statement, where the file could be read. */
  readonly expansions: ReadonlyMap<number, ReadonlySet<string>>;
  /** Definitions that must stay, by statement: what Ruff objected to, what changed the outputs. */
  readonly excluded: ReadonlyMap<number, Refusal>;
}

/** A module of the package that exists already, read as a program of one cell. */
export interface ExistingModule {
  /** Dotted, without the package. */
  readonly module: string;
  readonly names: Names;
}

export interface PlanOptions {
  readonly package: string;
  readonly layout: 'notebook' | 'topic' | 'flat';
  /** The folders of the package that are packages themselves, dotted: a module of that name could not be imported. */
  readonly folders?: ReadonlySet<string>;
}

/** One definition, constant or import block, to be written once into a module. */
export interface Member {
  readonly identity: string;
  /** Where the code is taken from: the first notebook that has it. */
  readonly source: number;
  readonly statement: Statement;
  /** What it imports from outside and which names it takes from other modules of the package. */
  readonly imports: readonly { readonly name: string; readonly statements: readonly number[] }[];
  readonly takes: readonly { readonly name: string; readonly module: string }[];
  /** Names that no import statement of the notebook binds: `display`, and what star imports brought. */
  readonly given: readonly { readonly name: string; readonly module: string }[];
}

export interface PlannedModule {
  /** Dotted, without the package. */
  readonly module: string;
  /** In the order in which they are to stand. */
  readonly members: readonly Member[];
  /** The notebooks that its members come from. */
  readonly sources: readonly number[];
}

export interface Move {
  readonly statement: number;
  /** Dotted, without the package. */
  readonly module: string;
  /** Why that module, where the layout is `topic`; completes "it goes there because …". */
  readonly because?: string;
}

/** An import to be put into a notebook, where a statement that moves stood. */
export interface NotebookImport {
  readonly statement: number;
  readonly position: 'replace' | 'after';
  readonly module: string;
  readonly names: readonly string[];
}

export interface Kept {
  readonly statement: number;
  readonly refusal: Refusal;
}

export interface PlannedNotebook {
  readonly source: PlanSource;
  readonly graph: Graph;
  /** By statement; equal where the definitions are the same, with all that they need. */
  readonly identities: ReadonlyMap<number, string>;
  readonly moves: readonly Move[];
  readonly kept: readonly Kept[];
  readonly imports: readonly NotebookImport[];
  /** Names whose import only the moved code used, by import statement. */
  readonly unusedImports: ReadonlyMap<number, ReadonlySet<string>>;
}

export interface Plan {
  readonly options: PlanOptions;
  readonly modules: readonly PlannedModule[];
  readonly notebooks: readonly PlannedNotebook[];
}

interface Draft {
  readonly source: PlanSource;
  readonly graph: Graph;
  readonly identities: ReadonlyMap<number, string>;
  /** By statement. */
  readonly modules: Map<number, string>;
  /** By statement: what speaks for its topic, where the layout asks for one. */
  readonly topics: ReadonlyMap<number, TopicChoice>;
}

/**
 * Plans everything at once. A definition that can't be placed lawfully is excluded with its reason and the plan made
 * anew, until every one that is left has its place.
 */
export function planAll(
  sources: readonly PlanSource[],
  existing: readonly ExistingModule[],
  options: PlanOptions,
): Plan {
  const excluded = sources.map((source) => new Map(source.excluded));
  for (;;) {
    const drafts = sources.map((source, i): Draft => {
      const graph = buildGraph(source.names, {
        isLocalModule: (name) => source.localModules.has(name),
        package: options.package,
        expansions: source.expansions,
        excluded: excluded[i]!,
      });
      const topics = options.layout === 'topic' ? topicsOf(graph) : new Map<number, TopicChoice>();
      return { source, graph, identities: identify(graph), modules: new Map(), topics };
    });
    const attempt = tryPlan(drafts, existing, options);
    if (!('refused' in attempt)) return attempt;
    for (const { source, statement, refusal } of attempt.refused) excluded[source]!.set(statement, refusal);
  }
}

type Attempt =
  | Plan
  | {
      readonly refused: readonly {
        readonly source: number;
        readonly statement: number;
        readonly refusal: Refusal;
      }[];
    };

function tryPlan(
  drafts: readonly Draft[],
  existing: readonly ExistingModule[],
  options: PlanOptions,
): Attempt {
  const refused: { source: number; statement: number; refusal: Refusal }[] = [];
  const owners = new Map<string, Set<number>>();
  drafts.forEach(({ identities }, source) => {
    for (const identity of identities.values()) {
      const known = owners.get(identity);
      if (known === undefined) owners.set(identity, new Set([source]));
      else known.add(source);
    }
  });

  const shelf = openShelf(existing, options.package, options.folders ?? new Set());
  // Needs come before those who need them, notebooks in the order of their paths: the same plan whatever the order
  // of the arguments.
  const phases = new Map<string, number>();
  for (const draft of drafts) {
    for (const [id, phase] of phasesOf(draft)) {
      const identity = draft.identities.get(id)!;
      phases.set(identity, Math.max(phase, phases.get(identity) ?? 0));
    }
  }
  for (const [source, draft] of drafts.entries()) {
    for (const ids of components(draft.graph)) {
      const component = componentOf(ids, draft, options.package);
      const known = component.identities.map((identity) => shelf.find(identity));
      if (known.every((module) => module !== undefined)) {
        ids.forEach((id, i) => draft.modules.set(id, known[i]!));
        continue;
      }
      const wanted = wantedModule(ids, draft, options, {
        isShared: component.identities.some((identity) => owners.get(identity)!.size > 1),
        phase: Math.max(...component.identities.map((identity) => phases.get(identity) ?? 0)),
      });
      let module = wanted;
      // What this run puts there may give way to a module of its own; what the user has there is a conflict.
      const isUsers = existing.some((candidate) => candidate.module === wanted);
      const refusal = shelf.refuse(wanted, component);
      if (refusal !== undefined && (isUsers || shelf.isBelowModule(wanted))) {
        for (const id of ids) {
          const statement = draft.graph.names.statements[id]!;
          refused.push({
            source,
            statement: id,
            refusal: {
              code: 'NB417',
              offset: statement.code.start,
              message: `'${options.package}.${wanted}' ${refusal}`,
              hint: `Rename one of the two, or ask for another module by '# nb2mod: module=…'.`,
            },
          });
        }
        continue;
      }
      const isByTopic = wanted === draft.topics.get(ids[0]!)?.topic;
      const others = isByTopic ? [...[...component.needs].sort(), draft.source.module] : [];
      for (let i = 2; shelf.refuse(module, component) !== undefined;) {
        // By topic, modules lean on each other soon: then it goes to what it leans on, or to its notebook's own.
        module = others.shift() ?? `${wanted}_${i++}`;
      }
      shelf.put(module, component);
      for (const id of ids) draft.modules.set(id, module);
    }
  }
  if (refused.length > 0) return { refused };

  const notebooks: PlannedNotebook[] = [];
  drafts.forEach((draft, source) => {
    const planned = planNotebook(draft);
    if ('refused' in planned) refused.push(...planned.refused.map((item) => ({ ...item, source })));
    else notebooks.push(planned);
  });
  if (refused.length > 0) return { refused };
  return { options, modules: collectModules(drafts, shelf, options.package), notebooks };
}

/** Where a component goes, if nothing speaks against it. */
function wantedModule(
  ids: readonly number[],
  draft: Draft,
  options: PlanOptions,
  { isShared, phase }: { readonly isShared: boolean; readonly phase: number },
): string {
  for (const id of ids) {
    const { directive } = draft.graph.names.statements[id]!;
    if (directive !== undefined && 'module' in directive) return directive.module;
  }
  const topic = draft.topics.get(ids[0]!)?.topic;
  const module = topic ?? (options.layout === 'flat' ? 'core' : isShared ? 'common' : draft.source.module);
  return phase > 0 ? `${module}_${phase + 1}` : module;
}

/**
 * The topic of each movable statement: its own, and that of the first who needs it for a constant or an import block,
 * which say little by themselves. Statements that need each other share one.
 */
function topicsOf(graph: Graph): ReadonlyMap<number, TopicChoice> {
  const { statements } = graph.names;
  const factsOf = (id: number): TopicFacts => ({
    statement: statements[id]!,
    imports: [...graph.needs.get(id)!].flatMap(([name, need]) =>
      need.kind === 'import'
        ? [importTarget(name, need.statements, graph).replace(/^import:/, '')]
        : need.kind === 'given'
          ? [`${need.module}.${name}`]
          : [],
    ),
  });
  const topics = new Map<number, TopicChoice>();
  // Those who need come after what they need: from behind, a constant's reader has its topic already.
  for (const ids of components(graph).reverse()) {
    const isPlain = ids.every((id) => /^(constant|import-block)$/.test(statements[id]!.kind));
    const reader = isPlain
      ? [...topics.keys()].find((id) =>
          [...graph.needs.get(id)!.values()].some(
            (need) => need.kind === 'definition' && need.statements.some((needed) => ids.includes(needed)),
          ),
        )
      : undefined;
    const choice = reader === undefined ? chooseTopic(ids.map(factsOf)) : topics.get(reader)!;
    for (const id of ids) topics.set(id, choice);
  }
  return topics;
}

/** Which module holds which identity, what each name means in each module, and which module imports which. */
interface Shelf {
  /** The module that holds an identity. */
  readonly find: (identity: string) => string | undefined;
  /** Why a component can't stand in a module: a name that means something else there, or a circle of imports. */
  readonly refuse: (module: string, component: Component) => string | undefined;
  /** Whether it would stand in a folder that is a module already: no number behind its name helps. */
  readonly isBelowModule: (module: string) => boolean;
  readonly put: (module: string, component: Component) => void;
  /** Whether the identity is to be written, and not in the package already. */
  readonly isNew: (identity: string) => boolean;
}

/** Statements that need each other, or a single one. */
interface Component {
  readonly identities: readonly string[];
  /** What each name that it defines or looks up means. */
  readonly names: ReadonlyMap<string, string>;
  /** Names that it imports from modules of the package, with the module. */
  readonly own: ReadonlyMap<string, string>;
  /** The modules of the package that what it needs stands in. */
  readonly needs: ReadonlySet<string>;
}

function openShelf(
  existing: readonly ExistingModule[],
  packageName: string,
  folders: ReadonlySet<string>,
): Shelf {
  const namespaces = new Map<string, Map<string, string>>();
  const imports = new Map<string, Set<string>>();
  const places = new Map<string, string>();
  const written = new Set<string>();
  for (const { module, names } of existing) {
    const graph = buildGraph(names);
    const identities = identify(graph);
    const namespace = new Map<string, string>();
    const imported = new Set<string>();
    for (const statement of names.statements) {
      for (const { name } of statement.names.bindings) namespace.set(name, `other:${statement.id}`);
      for (const item of statement.names.imports) {
        namespace.set(item.name, importTarget(item.name, [statement.id], graph));
      }
      for (const item of [...statement.names.imports, ...statement.names.innerImports]) {
        const own = ownModuleOf(item, packageName, module);
        if (own !== undefined) imported.add(own);
      }
      const identity = identities.get(statement.id);
      if (identity === undefined) continue;
      for (const name of statement.defines) namespace.set(name, identity);
      places.set(identity, module);
    }
    namespaces.set(module, namespace);
    imports.set(module, imported);
  }

  /** Whether `from` imports `to`, directly or not. */
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set<string>();
    const stack = [from];
    for (let module = stack.pop(); module !== undefined; module = stack.pop()) {
      if (module === to) return true;
      if (seen.has(module)) continue;
      seen.add(module);
      stack.push(...(imports.get(module) ?? []));
    }
    return false;
  };

  const isBelowModule = (module: string): boolean =>
    [...namespaces.keys()].some((known) => module.startsWith(`${known}.`));

  return {
    find: (identity) => places.get(identity),
    isBelowModule,
    isNew: (identity) => written.has(identity),
    refuse: (module, { names, own, needs }) => {
      // Of `data.py` and `data/__init__.py` Python imports the folder: the two can't stand side by side.
      if (folders.has(module) || [...namespaces.keys()].some((known) => known.startsWith(`${module}.`)))
        return 'is a folder';
      if (isBelowModule(module)) return 'would stand in a folder that is a module already';
      const namespace = namespaces.get(module);
      for (const [name, meaning] of names) {
        const known = namespace?.get(name);
        // What is imported from this very module is what stands there.
        if (known !== undefined && known !== meaning && own.get(name) !== module)
          return `has another '${name}'`;
      }
      for (const needed of [...needs, ...own.values()]) {
        if (needed !== module && reaches(needed, module))
          return `is imported by '${packageName}.${needed}', which it would import`;
      }
      return undefined;
    },
    put: (module, { identities, names, own, needs }) => {
      const namespace = namespaces.get(module) ?? new Map<string, string>();
      const imported = imports.get(module) ?? new Set<string>();
      namespaces.set(module, namespace);
      imports.set(module, imported);
      for (const [name, meaning] of names) if (own.get(name) !== module) namespace.set(name, meaning);
      for (const needed of [...needs, ...own.values()]) if (needed !== module) imported.add(needed);
      for (const identity of identities) {
        places.set(identity, module);
        written.add(identity);
      }
    },
  };
}

/** The module of the package, without the package's name, that an import names; `from` is the importing module. */
function ownModuleOf(item: Import, packageName: string, from?: string): string | undefined {
  let { module } = item;
  if (module.startsWith('.')) {
    if (from === undefined) return undefined;
    const level = /^\.+/.exec(module)![0].length;
    const base = from.split('.').slice(0, -level);
    module = [packageName, ...base, ...module.slice(level).split('.')]
      .filter((part) => part !== '')
      .join('.');
  }
  if (module === packageName) return item.member;
  return module.startsWith(`${packageName}.`) ? module.slice(packageName.length + 1) : undefined;
}

function componentOf(ids: readonly number[], draft: Draft, packageName: string): Component {
  const names = new Map<string, string>();
  const own = new Map<string, string>();
  const needs = new Set<string>();
  for (const id of ids) {
    const statement = draft.graph.names.statements[id]!;
    for (const name of statement.defines) names.set(name, draft.identities.get(id)!);
    for (const [name, need] of draft.graph.needs.get(id)!) {
      if (need.kind === 'import') {
        names.set(name, importTarget(name, need.statements, draft.graph));
        const module = ownImport(name, need.statements, draft, packageName);
        if (module !== undefined) own.set(name, module);
      }
      if (need.kind === 'given') names.set(name, `import:${need.module}.${name}`);
      if (need.kind !== 'definition') continue;
      names.set(name, draft.identities.get(need.statements[0]!)!);
      const module = draft.modules.get(need.statements[0]!);
      if (module !== undefined) needs.add(module);
    }
  }
  return { identities: ids.map((id) => draft.identities.get(id)!), names, own, needs };
}

/** The module of the package that a name is imported from, if it is. */
function ownImport(
  name: string,
  statements: readonly number[],
  draft: Draft,
  packageName: string,
): string | undefined {
  for (const id of statements) {
    for (const item of draft.graph.names.statements[id]!.names.imports) {
      if (item.name === name && item.member !== undefined) return ownModuleOf(item, packageName);
    }
  }
  return undefined;
}

/**
 * For each movable statement how many barriers must have run before its module can be imported: those that stand
 * before an import that its closure needs. All zero where one import line can serve all.
 */
function phasesOf(draft: Draft): ReadonlyMap<number, number> {
  const { statements } = draft.graph.names;
  const barriers = statements.filter(({ barrier }) => barrier !== undefined).map(({ id }) => id);
  const phases = new Map<number, number>();
  if (barriers.length === 0) return phases;
  const required = new Map<number, number>();
  for (const component of components(draft.graph)) {
    let last = -1;
    for (const id of component) {
      for (const [, need] of draft.graph.needs.get(id)!) {
        if (need.kind === 'import') last = Math.max(last, need.statements[0]!);
        if (need.kind === 'definition') {
          for (const needed of need.statements) last = Math.max(last, required.get(needed) ?? -1);
        }
      }
      if (statements[id]!.kind === 'import-block') last = Math.max(last, id);
    }
    for (const id of component) required.set(id, last);
  }
  const barrierBefore = (id: number): number => barriers.filter((barrier) => barrier < id).length;
  // If the last barrier that anything requires stands before the first definition, one import serves all.
  const ids = [...draft.graph.movable];
  const latest = Math.max(...ids.map((id) => barrierBefore(required.get(id) ?? -1)));
  const first = Math.min(...ids);
  if (latest === 0 || barriers[latest - 1]! < first) return phases;
  const distinct = [...new Set(ids.map((id) => barrierBefore(required.get(id) ?? -1)))].sort((a, b) => a - b);
  for (const id of ids) phases.set(id, distinct.indexOf(barrierBefore(required.get(id) ?? -1)));
  return phases;
}

function planNotebook(
  draft: Draft,
):
  | PlannedNotebook
  | { readonly refused: readonly { readonly statement: number; readonly refusal: Refusal }[] } {
  const { graph, modules, source } = draft;
  const { statements } = graph.names;
  const isMoved = (id: number): boolean => modules.has(id);
  const staying = statements.filter(({ id, kind }) => !isMoved(id) && kind !== 'import');
  const mentioned = new Set(staying.flatMap(({ mentions }) => [...mentions]));
  const neededByMoved = new Set<string>();
  for (const id of modules.keys()) {
    for (const [name] of graph.needs.get(id)!) {
      // A function that calls itself is not thereby used.
      if (!statements[id]!.defines.includes(name)) neededByMoved.add(name);
    }
  }

  const moves = [...modules]
    .map(([statement, module]) => {
      const because = draft.topics.get(statement)?.because;
      return { statement, module, ...(because !== undefined && { because }) };
    })
    .sort((a, b) => a.statement - b.statement);
  const stands = new Map<string, Map<string, number>>();
  for (const { statement, module } of moves) {
    for (const name of statements[statement]!.defines) {
      if (!mentioned.has(name) && neededByMoved.has(name)) continue;
      let names = stands.get(module);
      if (names === undefined) stands.set(module, (names = new Map()));
      if (!names.has(name)) names.set(name, statement);
    }
  }

  const refused: { statement: number; refusal: Refusal }[] = [];
  const imports: NotebookImport[] = againBound(draft, moves, stands);
  const unknowns = graph.names.unknowns.map(({ statement }) => statement);
  for (const [module, names] of [...stands].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const barrier = lastBarrier(draft, module);
    const early = [...names].filter(([, stand]) => stand < barrier);
    if (early.length > 0) {
      // The import has to wait for a barrier: nothing may have used the names by then.
      const keptNames = new Set(
        staying.filter(({ kind }) => kind !== 'other').flatMap(({ defines }) => [...defines]),
      );
      for (const [name, stand] of early) {
        const user = staying.find(
          (statement) =>
            statement.id > stand &&
            statement.id <= barrier &&
            [...usedAtOnce(statement)].some((used) => used === name || keptNames.has(used)),
        );
        if (user === undefined) continue;
        const wall = statements[barrier]!;
        refused.push({
          statement: stand,
          refusal: {
            code: 'NB416',
            offset: statements[stand]!.code.start,
            message: `cell ${user.cell} uses it before '${wall.barrier}' in cell ${wall.cell}, which its imports come after`,
            hint: 'Move the imports, and what has to run before them, to the top of the notebook.',
          },
        });
      }
      imports.push({ statement: barrier, position: 'after', module, names: [...names.keys()] });
      continue;
    }
    const first = Math.min(...names.values());
    const together: string[] = [];
    for (const [name, stand] of names) {
      // Between the import and the place where the definition stood, nothing may see, bind or replace the name.
      const isBetween = (id: number): boolean => id > first && id < stand && !isMoved(id);
      const isSeen =
        unknowns.some(isBetween) ||
        graph.names.bindings.get(name)!.some((binding) => isBetween(binding.statement)) ||
        statements.some(
          ({ id, kind, mentions, names: used }) =>
            isBetween(id) &&
            (kind === 'other'
              ? mentions.has(name)
              : used.references.some(
                  (reference) =>
                    reference.name === name && (reference.time === 'definition' || builtins.has(name)),
                )),
        );
      if (isSeen) imports.push({ statement: stand, position: 'replace', module, names: [name] });
      else together.push(name);
    }
    imports.push({ statement: first, position: 'replace', module, names: together });
  }
  if (refused.length > 0) return { refused };

  const unusedImports = new Map<number, Set<string>>();
  for (const { id, kind, names } of statements) {
    if (kind !== 'import') continue;
    for (const { name, module } of names.imports) {
      if (name === '*' || module === '__future__' || mentioned.has(name) || !neededByMoved.has(name))
        continue;
      const known = unusedImports.get(id);
      if (known === undefined) unusedImports.set(id, new Set([name]));
      else known.add(name);
    }
  }

  const kept = [...graph.refusals]
    .filter(([id]) => {
      const { kind, directive } = statements[id]!;
      const isAsked = directive !== undefined && 'module' in directive;
      return kind === 'function' || kind === 'class' || (kind === 'constant' && isAsked);
    })
    .map(([statement, refusal]) => ({ statement, refusal }))
    .sort((a, b) => a.statement - b.statement);
  return {
    source,
    graph,
    identities: draft.identities,
    moves,
    kept,
    imports: sortImports(imports),
    unusedImports,
  };
}

/** The names that a statement may use as it runs: all that it mentions, but for what waits until it is called. */
function usedAtOnce({ kind, mentions, names }: Statement): ReadonlySet<string> {
  if (kind !== 'function' && kind !== 'class') return mentions;
  return new Set(names.references.filter(({ time }) => time === 'definition').map(({ name }) => name));
}

/** Where an equal definition stood once more after the name had been bound to something else: it is imported again. */
function againBound(
  { graph }: Draft,
  moves: readonly Move[],
  stands: ReadonlyMap<string, ReadonlyMap<string, number>>,
): NotebookImport[] {
  const imports: NotebookImport[] = [];
  const moved = new Set(moves.map(({ statement }) => statement));
  for (const { statement, module } of moves) {
    for (const name of graph.names.statements[statement]!.defines) {
      const first = stands.get(module)?.get(name);
      if (first === undefined || first === statement) continue;
      const isRebound = graph.names.bindings
        .get(name)!
        .some(
          (binding) =>
            !moved.has(binding.statement) && binding.statement > first && binding.statement < statement,
        );
      if (isRebound) imports.push({ statement, position: 'replace', module, names: [name] });
    }
  }
  return imports;
}

function sortImports(imports: readonly NotebookImport[]): NotebookImport[] {
  return [...imports].sort((a, b) => a.statement - b.statement || (a.module < b.module ? -1 : 1));
}

/** The last barrier that an import of the module's members in this notebook follows; -1 if there is none. */
function lastBarrier(draft: Draft, module: string): number {
  const { statements } = draft.graph.names;
  const barriers = statements.filter(({ barrier }) => barrier !== undefined).map(({ id }) => id);
  if (barriers.length === 0) return -1;
  const seen = new Set<number>();
  const stack = [...draft.modules].filter(([, other]) => other === module).map(([id]) => id);
  let latest = -1;
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (statements[id]!.kind === 'import-block') latest = Math.max(latest, id);
    for (const [, need] of draft.graph.needs.get(id)!) {
      if (need.kind === 'import') latest = Math.max(latest, need.statements[0]!);
      if (need.kind === 'definition') stack.push(...need.statements);
    }
  }
  return Math.max(-1, ...barriers.filter((barrier) => barrier < latest));
}

function collectModules(drafts: readonly Draft[], shelf: Shelf, packageName: string): PlannedModule[] {
  const modules = new Map<string, { members: Map<string, Member>; sources: Set<number> }>();
  drafts.forEach((draft, source) => {
    for (const [id, module] of [...draft.modules].sort(([a], [b]) => a - b)) {
      const identity = draft.identities.get(id)!;
      if (!shelf.isNew(identity)) continue;
      let planned = modules.get(module);
      if (planned === undefined) modules.set(module, (planned = { members: new Map(), sources: new Set() }));
      planned.sources.add(source);
      if (!planned.members.has(identity))
        planned.members.set(identity, memberOf(id, source, draft, identity, packageName));
    }
  });
  return [...modules]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([module, { members, sources }]) => ({
      module,
      members: [...members.values()],
      sources: [...sources],
    }));
}

function memberOf(id: number, source: number, draft: Draft, identity: string, packageName: string): Member {
  const imports: { name: string; statements: readonly number[] }[] = [];
  const takes: { name: string; module: string }[] = [];
  const given: { name: string; module: string }[] = [];
  for (const [name, need] of draft.graph.needs.get(id)!) {
    if (
      need.kind === 'import' &&
      ownImport(name, need.statements, draft, packageName) !== draft.modules.get(id)
    ) {
      imports.push({ name, statements: need.statements });
    }
    if (need.kind === 'given') given.push({ name, module: need.module });
    if (need.kind !== 'definition') continue;
    const module = draft.modules.get(need.statements[0]!)!;
    if (module !== draft.modules.get(id)) takes.push({ name, module });
  }
  return { identity, source, statement: draft.graph.names.statements[id]!, imports, takes, given };
}
