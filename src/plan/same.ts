/** Finds the definitions of a notebook that it imports from the package besides, and makes the two one binding. */
import { isSkipped, mayRaise, type GlobalBinding, type Names } from '../scope/names.ts';
import type { Import } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import { clauseTarget } from './clauses.ts';
import type { Graph } from './graph.ts';
import { meaningOf, type Explain } from './identity.ts';

/** A definition or constant, pasted where its name is imported, too. */
export interface Twin {
  readonly statement: number;
  /** What it would have to mean to be the same, and the import that says so, for each name that it defines. */
  readonly imports: ReadonlyMap<string, { readonly meaning: string; readonly item: Import }>;
}

/**
 * The definitions all of whose names are bound by imports of one thing that the package defines once and for all, and by
 * nothing else but equal text. Whether they are that thing their closures tell.
 * @param explain what the target of an import means
 */
export function twinsOf(names: Names, explain: Explain): readonly Twin[] {
  const { statements, bindings } = names;
  return statements.flatMap((statement): Twin[] => {
    const { id, kind, defines, isBroken } = statement;
    if (!/^(function|class|constant)$/.test(kind) || defines.length === 0 || isBroken) return [];
    const imports = new Map<string, { meaning: string; item: Import }>();
    for (const name of defines) {
      const item = importBeside(name, statement, names);
      if (item === undefined) return [];
      const target = clauseTarget(item);
      const meaning = explain(target);
      const isOne = bindings
        .get(name)!
        .every(({ statement: binder }) =>
          statements[binder]!.names.imports.filter((other) => other.name === name).every(
            (other) => explain(`import:${other.module}.${other.member}`) === meaning,
          ),
        );
      // What has no identity is told by its place.
      if (meaning.startsWith('import:') || !isOne) return [];
      imports.set(name, { meaning, item });
    }
    return [{ statement: id, imports }];
  });
}

/** An import of a name, if nothing but imports that surely run and statements of this text bind it. */
function importBeside(name: string, { normalised }: Statement, names: Names): Import | undefined {
  let found: Import | undefined;
  for (const { statement, isPossible } of names.bindings.get(name)!) {
    const binder = names.statements[statement]!;
    if (binder.kind !== 'import') {
      if (binder.normalised !== normalised || isPossible === true) return undefined;
      continue;
    }
    const item = binder.names.imports.find((each) => each.name === name);
    const isSure = !isSkipped(names, binder.cell) && !mayRaise(names, binder.cell);
    if (item?.member === undefined || !isSure) return undefined;
    found ??= item;
  }
  return found;
}

/**
 * The names of a notebook with each of these definitions and its import as one and the same.
 * @param same those that are known to be the same: they bind as an import does that stands there
 * @param assumed those that are taken for the same: it is as if they were not imported
 */
export function withoutTwins(names: Names, same: readonly Twin[], assumed: readonly Twin[]): Names {
  if (same.length === 0 && assumed.length === 0) return names;
  const imported = new Map(same.map((twin) => [twin.statement, twin]));
  const defined = new Set(assumed.flatMap(({ imports }) => [...imports.keys()]));
  const bindings = new Map<string, readonly GlobalBinding[]>(names.bindings);
  for (const name of defined) {
    bindings.set(
      name,
      bindings.get(name)!.filter(({ kind }) => kind !== 'import'),
    );
  }
  for (const name of new Set(same.flatMap(({ imports }) => [...imports.keys()]))) {
    const asImport = (binding: GlobalBinding): GlobalBinding =>
      imported.has(binding.statement) ? { ...binding, kind: 'import' } : binding;
    bindings.set(name, bindings.get(name)!.map(asImport));
  }
  const statements = names.statements.map((statement): Statement => {
    const twin = imported.get(statement.id);
    if (twin === undefined) return statement;
    const items = [...twin.imports.values()].map(({ item }) => item);
    return statement.meant({
      names: { ...statement.names, imports: [...statement.names.imports, ...items] },
    });
  });
  return { ...names, bindings, statements };
}

/**
 * The graph in which all definitions that are the same as what is imported beside them are known to be.
 * @param build the graph with these known to be the same, and those taken for it
 * @param identify what the statements of a graph are known by
 */
export function joinTwins(
  twins: readonly Twin[],
  build: (same: readonly Twin[], assumed: readonly Twin[]) => Graph,
  identify: (graph: Graph) => ReadonlyMap<number, string>,
): Graph {
  const known = new Map<number, string>();
  for (;;) {
    const same = twins.filter(({ statement }) => known.has(statement));
    // Those that need each other are the same together, or not at all.
    let assumed = twins.filter(({ statement }) => !known.has(statement));
    for (;;) {
      const built = build(same, assumed);
      const graph = known.size === 0 ? built : { ...built, same: known };
      if (assumed.length === 0) return graph;
      const identities = identify(graph);
      const right = assumed.filter(({ statement, imports }) => {
        const identity = identities.get(statement);
        const { statements } = graph.names;
        return (
          identity !== undefined &&
          [...imports].every(
            ([name, { meaning }]) => meaningOf(identity, name, statements[statement]!) === meaning,
          )
        );
      });
      if (right.length === assumed.length) {
        for (const { statement } of right) known.set(statement, identities.get(statement)!);
        break;
      }
      assumed = right;
    }
  }
}
