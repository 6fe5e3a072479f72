/** Turns the modules of the package that is there into what their names mean, through however many modules they are handed on. */
import { pathInPackage } from '../../scope/clause.ts';
import type { Names } from '../../scope/names.ts';
import type { Statement } from '../../scope/statement.ts';
import { noCircumstances } from '../circumstances.ts';
import { buildGraph } from '../graph.ts';
import { identify, importTarget, meaningOf, type Explain } from '../identity.ts';
import type { Acquaintance } from '../own.ts';
import { isInit, targetOf, within, type ModuleIndex } from './modules.ts';

/** What the names of the package mean. */
export interface Meanings {
  /** What is known of a module that is there. */
  readonly tableOf: (module: string) => Table | undefined;
  /** What the target of an import (`import:churn.data.load`) means; itself where nothing more is known of it. */
  readonly explain: Explain;
}

/** What is known of one module. */
export interface Table {
  /** Of the definitions that it has by their names in the end. */
  readonly identities: ReadonlyMap<number, string>;
  /** What each name that it binds means, or the target of the import that binds it. */
  readonly meanings: ReadonlyMap<string, string>;
  /** What it imports by star; undefined for what is not one module. */
  readonly star: string | undefined;
}

/**
 * Each module is looked into once, those that it imports from before it; of modules that import each other in a circle,
 * the last one finds the first a closed book.
 * @param apart by module and statement, what certain statements are known by
 */
export function readMeanings(
  modules: ModuleIndex,
  own: Acquaintance,
  apart: ReadonlyMap<string, ReadonlyMap<number, string>>,
): Meanings {
  const prefix = `import:${modules.packageName}.`;
  const tables = new Map<string, Table | undefined>();
  const tableOf = (module: string): Table | undefined => {
    if (!tables.has(module)) {
      tables.set(module, undefined);
      tables.set(module, makeTable(module, modules, { explain, own, apart: apart.get(module) }));
    }
    return tables.get(module);
  };
  /** What the package's own table says of a target, be it what that is imported as. */
  const lookUp = (target: string): string | undefined => {
    const path = target.slice(prefix.length).split('.');
    const name = path.pop()!;
    const above = path.join('.');
    const module = modules.moduleAt(above);
    const table = module === undefined ? undefined : tableOf(module);
    if (table === undefined) return undefined;
    const isStarred =
      table.star !== undefined && !name.startsWith('_') && modules.namesOf(within(above, name)) === undefined;
    return table.meanings.get(name) ?? (isStarred ? `${table.star}.${name}` : undefined);
  };
  const explain: Explain = (target) => {
    const seen = new Set<string>();
    let meaning = target;
    while (meaning.startsWith(prefix) && !seen.has(meaning)) {
      seen.add(meaning);
      meaning = lookUp(meaning) ?? meaning;
    }
    return meaning;
  };
  return { tableOf, explain };
}

function makeTable(
  module: string,
  modules: ModuleIndex,
  {
    explain,
    own,
    apart,
  }: {
    readonly explain: Explain;
    readonly own: Acquaintance;
    readonly apart: ReadonlyMap<number, string> | undefined;
  },
): Table {
  const { packageName } = modules;
  const names = withFullImports(modules.namesOf(module)!, packageName, module);
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
          : targetOf(name, module, packageName),
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
