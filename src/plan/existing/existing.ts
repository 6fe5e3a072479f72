/** Turns the modules of the package that is there into what the plan has to know of them: what their names mean. */
import { pathInPackage } from '../../scope/clause.ts';
import { newestOf, pythonsFor } from '../../scope/syntax-version.ts';
import { conditionsIn } from '../conditions.ts';
import { isTopModule, topModule } from '../identity.ts';
import { namespacesOf, type Namespace } from '../namespaces.ts';
import { acquaint, findRebound } from '../own.ts';
import { codeOf } from '../pasted.ts';
import { requirementsOf } from '../requirements.ts';
import { asAsked } from './acquaintance.ts';
import { apartIn } from './apart.ts';
import { changedIn } from './changed.ts';
import { isLoud } from './loud.ts';
import { readMeanings, type Meanings } from './meanings.ts';
import { indexModules, isInit, targetOf, type ExistingModule, type ModuleIndex } from './modules.ts';
import { importsOf, runsIn, type Runs } from './runs.ts';
import { tellerOf, type Teller } from './told.ts';

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

export interface ExistingPackage extends Teller {
  readonly places: readonly ExistingPlaces[];
  /** The code of a definition that is there, with its comments. */
  readonly codeOf: (identity: string) => string | undefined;
  /** The only module that makes something of a name, and does not import it. */
  readonly homeOf: (name: string) => string | undefined;
  readonly runs: Runs;
}

/**
 * Reads the package that is there. An import of a name from one of its modules means what that module defines by the
 * name, through however many modules it was handed on: so a definition has the same identity whether what it needs is
 * pasted beside it, imported by its notebook, or imported by the module that it stands in. What has no identity (a
 * variable, what `__init__` itself defines, the second of two classes with one text, a list that its module fills) is
 * told by the place where it is made: `import:churn.data.cache`.
 */
export function readPackage(existing: readonly ExistingModule[], packageName: string): ExistingPackage {
  const modules = indexModules(existing, packageName);
  const changed = changedIn(existing, modules.moduleOf);
  const asked = asAsked(modules, changed);
  const own = acquaint(asked);
  const apart = apartIn(modules, changed);
  const meanings = readMeanings(modules, own, apart);
  const { explain } = meanings;
  const runs = runsIn(modules, explain);
  const namespaces = namespacesOf(new Map(existing.map((each) => [each.module, each])), {
    bound: (module) => boundIn(module, modules, meanings),
    runs,
    meaningFrom: (module, name) => explain(targetOf(name, module, packageName)),
  });
  const codes = codesIn(existing, meanings);
  const homes = homesIn(existing);
  return {
    ...tellerOf(modules, { own, isRebound: findRebound(asked), explain, namespaces }),
    places: existing.map(({ module, names }): ExistingPlaces => {
      const { names: known, stars, isOpen } = namespaces.get(module)!;
      const identities = [...meanings.tableOf(module)!.identities];
      return {
        module,
        stars,
        isOpen,
        meanings: [...conditionsIn(names), ...known],
        imports: importsOf(names, module, runs),
        requires: requiredBy(module, modules),
        isLoud: isLoud(names),
        identities: identities
          .filter(([id]) => apart.get(module)?.has(id) !== true)
          .map(([, identity]) => identity),
      };
    }),
    codeOf: (identity) => codes.get(identity),
    homeOf: (name) => homes.get(name) ?? undefined,
    runs,
  };
}

/** What each name means that a module binds. */
function boundIn(
  module: string,
  { namesOf }: ModuleIndex,
  { tableOf, explain }: Meanings,
): [name: string, meaning: string][] {
  return [...tableOf(module)!.meanings].map(([name, meaning]) => [
    name,
    isTopModule(name, namesOf(module)!) ? topModule(name) : explain(meaning),
  ]);
}

/** By identity the code of what is there; of several with one identity that of the first. */
function codesIn(existing: readonly ExistingModule[], { tableOf }: Meanings): ReadonlyMap<string, string> {
  const codes = new Map<string, string>();
  for (const { module, names } of existing) {
    for (const [id, identity] of tableOf(module)!.identities)
      if (!codes.has(identity)) codes.set(identity, codeOf(names.statements[id]!, names));
  }
  return codes;
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

/** What a module requires of the environment by itself: what it imports from outside, and its syntax. */
function requiredBy(module: string, { packageName, namesOf }: ModuleIndex): string[] {
  const { statements } = namesOf(module)!;
  const imports = statements.flatMap(({ names }) => names.imports);
  const outside = imports.filter((item) => pathInPackage(item, packageName, module) === undefined);
  return [...requirementsOf(outside), ...pythonsFor(newestOf(statements))];
}
