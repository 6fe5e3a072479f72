/** Turns the modules of the package into what is known of their names: as much as of what a notebook defines itself. */
import { builtins } from '../scope/builtins.ts';
import type { Use } from '../scope/effect.ts';
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';
import { basesOf, changesItself, isConstant, isOneOfMany, mayTouch, type Maker } from './touch.ts';

/** What a name of the package means. */
export interface OwnMeaning extends Maker {
  /** Where it is made, the same by whatever way it is imported: `churn.data.load`. */
  readonly object: string;
  /** What it was made of and may still hold, as far as that can change. */
  readonly holds: readonly string[];
  /** What of the package is changed, perhaps, by who gets at it. */
  readonly touches: readonly string[];
  /** What of that changes by being used, as an iterator does. */
  readonly usesUp: readonly string[];
  /** What of the package is come to from it, or is it, and is not the same as another of its text: classes, what can change. */
  readonly reaches: readonly string[];
  /** What happens when a definition makes use of it; a use that is not here does nothing but yield a value. */
  readonly uses: { readonly [Each in Use]?: OwnUse };
}

export interface OwnUse {
  /** What it does besides. */
  readonly effect: string | undefined;
  /** What of the package it looks into that can change. */
  readonly reads: readonly string[];
  /** What of libraries it looks up: `numpy.float`. */
  readonly paths: readonly string[];
}

/** Stands for whatever the package holds. */
export const anything = '*';

/** What the targets of imports (`churn.data.load`) mean that the package defines, once and for all. */
export type Acquaintance = (target: string) => OwnMeaning | undefined;

/** A definition or constant of a module. */
interface Place {
  readonly module: string;
  readonly statement: Statement;
  /** The name that it has there. */
  readonly name: string;
}

/** What a name is in a module; `unknown` is what may change or can't be found, `outside` what no module of the package makes. */
type Found = Place | 'outside' | 'unknown';

/** What the package consists of, for this file. */
export interface Modules {
  readonly namesOf: (module: string) => Names | undefined;
  /** The module of the package, without its name, and the member that an import clause of one of them names. */
  readonly sourceOf: (
    item: Statement['names']['imports'][number],
    from: string,
  ) => { readonly module: string; readonly member: string } | 'outside' | 'unknown';
  /** The module and the name there of a target: `churn.data.load`. */
  readonly find: (target: string) => { readonly module: string; readonly member: string } | undefined;
  /** What `churn.data` is known by, of `load` in `data`. */
  readonly tell: (module: string, name: string) => string;
  /** Whether another module changes what a statement makes by a name, or binds the name to something else. */
  readonly isChangedElsewhere: (module: string, name: string, statement: Statement) => boolean;
  /** Whether another module binds a name anew. */
  readonly isRebound: (module: string, name: string) => boolean;
  /** Whether anything in the package looks up the subclasses of a class. */
  readonly countsSubclasses: () => boolean;
}

const allUses: readonly Use[] = ['call', 'value', 'result', 'subclass', 'decorated'];

/** Whether the package binds a name anew once it has been imported: then who imported it before has another value. */
export function findRebound(modules: Modules): (target: string) => boolean {
  return (target) => {
    const place = modules.find(target);
    const home = place === undefined ? undefined : homeOf(place.module, place.member, modules);
    if (home === undefined) return false;
    const bindings = modules.namesOf(home.module)!.bindings.get(home.name) ?? [];
    return bindings.some(({ kind }) => kind === 'global') || modules.isRebound(home.module, home.name);
  };
}

/** Where a name is bound otherwise than by an import. */
function homeOf(
  module: string,
  name: string,
  modules: Modules,
): { readonly module: string; readonly name: string } | undefined {
  const seen = new Set<string>();
  for (let at = { module, name }; !seen.has(`${at.module} ${at.name}`);) {
    seen.add(`${at.module} ${at.name}`);
    const names = modules.namesOf(at.module);
    const binding = names?.bindings.get(at.name)?.[0];
    if (binding?.kind !== 'import') return binding === undefined ? undefined : at;
    const item = names!.statements[binding.statement]!.names.imports.find((each) => each.name === at.name);
    const source = item === undefined ? 'unknown' : modules.sourceOf(item, at.module);
    if (typeof source === 'string') return undefined;
    at = { module: source.module, name: source.member };
  }
  return undefined;
}

/** The modules, with what has been found out about them. */
interface Memory extends Modules {
  readonly found: Map<string, Found>;
  readonly held: Map<Statement, readonly string[]>;
  readonly uses: Map<Statement, { [Each in Use]?: Step }>;
  readonly reach: Map<Statement, Reach>;
  /** By module, the names that it imports from the package. */
  readonly imported: Map<string, ReadonlySet<string>>;
}

/** Gets to know a package. What is asked for is looked into, and nothing else. */
export function acquaint(modules: Modules): Acquaintance {
  const known = new Map<string, OwnMeaning | undefined>();
  const memory: Memory = {
    ...modules,
    found: new Map(),
    held: new Map(),
    uses: new Map(),
    reach: new Map(),
    imported: new Map(),
  };
  return (target) => {
    if (known.has(target)) return known.get(target);
    const place = modules.find(target);
    const found = place === undefined ? 'unknown' : resolve(place.module, place.member, memory);
    const meaning = typeof found === 'string' ? undefined : describe(found, memory);
    known.set(target, meaning);
    return meaning;
  };
}

function describe(place: Place, memory: Memory): OwnMeaning {
  const { module, statement, name } = place;
  const { kind, mutability } = statement;
  const uses = allUses.flatMap((use) => {
    const own = lookIntoUse(place, use, memory);
    const isSilent = own.effect === undefined && own.reads.length === 0 && own.paths.length === 0;
    return isSilent ? [] : [[use, own] as const];
  });
  return {
    object: memory.tell(module, name),
    kind,
    mutability,
    holds: heldBy(place, memory),
    ...reachedThrough(place, memory),
    uses: Object.fromEntries(uses),
  };
}

/** What a name is in a module, through however many modules it is imported. */
function resolve(module: string, name: string, memory: Memory): Found {
  const key = `${module} ${name}`;
  const before = memory.found.get(key);
  if (before !== undefined) return before;
  // What is imported in a circle.
  memory.found.set(key, 'unknown');
  const found = lookUp(module, name, memory);
  memory.found.set(key, found);
  return found;
}

function lookUp(module: string, name: string, memory: Memory): Found {
  const names = memory.namesOf(module);
  if (names === undefined) return 'unknown';
  const bindings = names.bindings.get(name);
  if (bindings === undefined) {
    return names.unknowns.length === 0 && builtins.has(name) ? 'outside' : 'unknown';
  }
  if (names.unknowns.length > 0) return 'unknown';
  if (bindings.every(({ kind }) => kind === 'import')) {
    const items = bindings.flatMap(({ statement }) => {
      const { kind, names: own } = names.statements[statement]!;
      return own.imports.filter((item) => item.name === name).map((item) => ({ item, kind }));
    });
    const sources = items.map(({ item }) => memory.sourceOf(item, module));
    if (sources.every((source) => source === 'outside')) return 'outside';
    const [first] = sources;
    if (sources.length !== 1 || items[0]!.kind !== 'import' || typeof first === 'string') return 'unknown';
    return resolve(first!.module, first!.member, memory);
  }
  const statement = names.statements[bindings[0]!.statement]!;
  const isOne = bindings.length === 1 && /^(function|class|constant)$/.test(statement.kind);
  return isOne && !memory.isChangedElsewhere(module, name, statement)
    ? { module, statement, name }
    : 'unknown';
}

/** The object that a place makes, and what it holds, as far as these can change. */
function objectsOf(place: Place, memory: Memory): string[] {
  if (isConstant(place.statement)) return [];
  return [memory.tell(place.module, place.name), ...heldBy(place, memory)];
}

/** The objects that one was made of. */
function heldBy(place: Place, memory: Memory): readonly string[] {
  const before = memory.held.get(place.statement);
  if (before !== undefined) return before;
  const held = new Set<string>();
  const seen = new Set<Statement>();
  const stack = [place];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (seen.has(at.statement)) continue;
    seen.add(at.statement);
    const bases = basesOf(at.statement);
    for (const { name, time } of at.statement.names.references) {
      if (time !== 'definition' || (at.statement.mutability === 'none' && !bases.has(name))) continue;
      const found = resolve(at.module, name, memory);
      if (found === 'outside') continue;
      if (found === 'unknown') held.add(anything);
      else if (!isConstant(found.statement)) {
        held.add(memory.tell(found.module, found.name));
        stack.push(found);
      }
    }
  }
  const objects = [...held];
  memory.held.set(place.statement, objects);
  return objects;
}

/** What one use of one definition comes to by itself, and which other uses it makes. */
interface Step extends OwnUse {
  readonly next: readonly { readonly found: Found; readonly name: string; readonly use: Use }[];
}

/** What happens when use is made of a definition, with all that it calls in the package. */
function lookIntoUse(place: Place, use: Use, memory: Memory): OwnUse {
  const reads = new Set<string>();
  const paths = new Set<string>();
  const seen = new Set<Step>();
  const stack: Step['next'][number][] = [{ found: place, name: place.name, use }];
  const withEffect = (effect: string): OwnUse => ({ effect, reads: [], paths: [] });
  if (use === 'subclass' && memory.countsSubclasses()) return withEffect('its subclasses are looked up');
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at.found === 'outside') continue;
    if (at.found === 'unknown') return withEffect(`what '${at.name}' does is not known`);
    const step = stepOf(at.found, at.use, memory);
    if (step.effect !== undefined) return withEffect(step.effect);
    if (seen.has(step)) continue;
    seen.add(step);
    for (const object of step.reads) reads.add(object);
    for (const path of step.paths) paths.add(path);
    stack.push(...step.next);
  }
  return { effect: undefined, reads: [...reads], paths: [...paths] };
}

function stepOf({ module, statement }: Place, use: Use, memory: Memory): Step {
  let known = memory.uses.get(statement);
  if (known === undefined) memory.uses.set(statement, (known = {}));
  return (known[use] ??= takeStep(module, statement, use, memory));
}

function takeStep(module: string, statement: Statement, use: Use, memory: Memory): Step {
  const { effects, calls, reads: read } = statement.effectsOfUse[use];
  const next: Step['next'][number][] = [];
  const reads = new Set<string>();
  const makes = statement.kind === 'constant' ? statement.effects.effects : [];
  for (const { what, by } of [...makes, ...effects]) {
    const own = by === undefined ? 'unknown' : resolve(module, by.name, memory);
    // Of libraries nothing is known but what was known without.
    if (typeof own === 'string') return { effect: what, next: [], reads: [], paths: [] };
    next.push({ found: own, name: by!.name, use: by!.use });
  }
  for (const { name, use: how } of calls) next.push({ found: resolve(module, name, memory), name, use: how });
  for (const name of [...read, ...importedBy(statement, module, memory)]) {
    const own = resolve(module, name, memory);
    if (own === 'unknown') reads.add(anything);
    else if (own !== 'outside') for (const object of objectsOf(own, memory)) reads.add(object);
  }
  const paths = pathsIn(statement, memory.namesOf(module)!);
  return { effect: undefined, next, reads: [...reads], paths };
}

/** The names that a statement mentions and its module imports from the package. */
function importedBy({ mentions }: Statement, module: string, memory: Memory): string[] {
  let imported = memory.imported.get(module);
  if (imported === undefined) {
    const items = memory.namesOf(module)!.statements.flatMap(({ names }) => names.imports);
    const own = items.filter((item) => memory.sourceOf(item, module) !== 'outside');
    memory.imported.set(module, (imported = new Set(own.map(({ name }) => name))));
  }
  return [...imported].filter((name) => mentions.has(name));
}

/** What of imported libraries a statement spells out. */
function pathsIn({ mentions, normalised }: Statement, { importPaths }: Names): string[] {
  const paths: string[] = [];
  for (const name of mentions) {
    const path = importPaths.get(name);
    if (path === undefined) continue;
    for (const [, rest] of normalised.matchAll(new RegExp(`(?<![\\w.])${name}((?: \\. \\w+)*)`, 'gu'))) {
      paths.push(path + rest!.replaceAll(' ', ''));
    }
  }
  return paths;
}

/** What a statement gets at by itself, and through which others it gets at more. */
interface Reach extends Pick<OwnMeaning, 'touches' | 'usesUp' | 'reaches'> {
  readonly next: readonly Omit<Place, 'name'>[];
}

/** What who gets at a definition or constant may change of the package, and have: all that can be come to from there. */
function reachedThrough(
  { module, statement, name }: Place,
  memory: Memory,
): Pick<OwnMeaning, 'touches' | 'usesUp' | 'reaches'> {
  const touches = new Set<string>();
  const object = memory.tell(module, name);
  const usesUp = new Set(changesItself(statement, name) ? [object] : []);
  const reaches = new Set(isOneOfMany(statement) ? [object] : []);
  const seen = new Set<Statement>();
  const stack: Omit<Place, 'name'>[] = [{ module, statement }];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (seen.has(at.statement) || at.statement.kind === 'import') continue;
    seen.add(at.statement);
    const reach = reachOf(at.module, at.statement, memory);
    for (const each of reach.touches) touches.add(each);
    for (const each of reach.usesUp) usesUp.add(each);
    for (const each of reach.reaches) reaches.add(each);
    stack.push(...reach.next);
  }
  return { touches: [...touches], usesUp: [...usesUp], reaches: [...reaches] };
}

function reachOf(module: string, statement: Statement, memory: Memory): Reach {
  const before = memory.reach.get(statement);
  if (before !== undefined) return before;
  const names = memory.namesOf(module)!;
  const touches = new Set<string>();
  const usesUp = new Set<string>();
  const reaches = new Set<string>();
  const next: Omit<Place, 'name'>[] = [];
  const isImporting = statement.names.innerImports.some(
    (item) => memory.sourceOf(item, module) !== 'outside',
  );
  if (isImporting || names.unknowns.length > 0) touches.add(anything);
  for (const name of statement.mentions) {
    const bindings = names.bindings.get(name);
    if (bindings === undefined) continue;
    const found = resolve(module, name, memory);
    if (found === 'outside') continue;
    if (found === 'unknown') {
      const binders = bindings.map((binding) => names.statements[binding.statement]!);
      if (binders.some(({ kind }) => kind === 'import')) touches.add(anything);
      for (const binder of binders) next.push({ module, statement: binder });
      continue;
    }
    next.push(found);
    const object = memory.tell(found.module, found.name);
    if (isOneOfMany(found.statement)) reaches.add(object);
    if (isConstant(found.statement)) continue;
    if (changesItself(found.statement, found.name)) usesUp.add(object);
    if (found.statement !== statement && mayTouch(statement, found.statement, name)) touches.add(object);
  }
  const reach = { touches: [...touches], usesUp: [...usesUp], reaches: [...reaches], next };
  memory.reach.set(statement, reach);
  return reach;
}
