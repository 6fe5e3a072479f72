/** Turns a statement that may move into what it is wherever it is pasted: its code, what that means and needs. */
import { builtins } from '../scope/builtins.ts';
import { pathInPackage } from '../scope/clause.ts';
import { isAtHead, isMarker } from '../scope/markers.ts';
import type { Names } from '../scope/names.ts';
import type { Import, StatementNames } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import { pythonsFor } from '../scope/syntax-version.ts';
import { oncePer } from '../text/once.ts';
import { clausesOf, ownImport } from './clauses.ts';
import { builtinMeaning, conditionsOf } from './conditions.ts';
import type { Graph } from './graph.ts';
import { importMeaning, meaningOf, type Explain } from './identity.ts';
import { requirementsOf } from './requirements.ts';

/** What a definition, constant or import block is: the same object wherever it is pasted in the same surroundings. */
export interface Pasted {
  /** Where its code begins: UTF-16, in its cell. */
  readonly offset: number;
  /** Equal where the definitions are the same, with all that they need. */
  readonly identity: string;
  readonly defines: readonly string[];
  /** Whether it is a function or class, which stands apart from what is around it. */
  readonly isDefinition: boolean;
  /** Whether it is a block of imports, as under `try`: it moves along, but is no definition. */
  readonly isImports: boolean;
  /** Whether the comments that lead it stay in its notebook. */
  readonly leavesLead: boolean;
  /** As the user wrote it, with the comments that lead it, less the directives for nb2mod and nbdev. */
  readonly code: string;
  /** What each name that it defines or looks up means; and its conditions. */
  readonly meanings: readonly (readonly [name: string, meaning: string])[];
  /** The names of the definitions that it needs. */
  readonly needs: readonly string[];
  /**
   * What it imports from outside; `own` names the module of the package itself that defines it by that name: in that very
   * module no import is needed.
   */
  readonly imports: readonly {
    readonly name: string;
    readonly own?: string;
    readonly clauses: readonly Import[];
  }[];
  /** The import clauses in its own code: in a function, under `try`. */
  readonly inner: readonly Import[];
  /** Names that no import statement of the notebook binds: `display`, and what star imports brought. */
  readonly given: readonly { readonly name: string; readonly module: string }[];
  /** What it needs of the environment by itself; what it needs stands for itself. */
  readonly requires: readonly string[];
  /** The features of `__future__` that it was written under and that change what it means. */
  readonly futures: readonly string[];
}

/** By what a statement's own text tells, for notebooks without a default module and with one. */
const knownPasted = [
  oncePer((_: StatementNames): Pasted[] => []),
  oncePer((_: StatementNames): Pasted[] => []),
] as const;
/** So many surroundings of one statement are remembered. */
const mostSurroundings = 16;

/**
 * The same object for the same statement in the same surroundings: thousands of notebooks have them in common.
 * @param rest what the identity tells already
 */
export function recallPasted(
  statement: Statement,
  names: Names,
  found: Pick<Pasted, 'identity' | 'imports' | 'futures' | 'leavesLead'>,
  rest: () => Pick<Pasted, 'needs' | 'meanings' | 'given' | 'requires'>,
): Pasted {
  const list = knownPasted[names.defaultModule === undefined ? 0 : 1](statement.names);
  for (const pasted of list) {
    if (
      pasted.identity === found.identity &&
      pasted.leavesLead === found.leavesLead &&
      areEqual(pasted.imports, found.imports, isSameImport) &&
      areEqual(pasted.futures, found.futures)
    ) {
      return pasted;
    }
  }
  const { defines, kind, normalised } = statement;
  const pasted = Object.freeze({
    ...found,
    ...rest(),
    offset: statement.code.start,
    defines,
    isImports: kind === 'import-block',
    isDefinition: kind === 'class' || /^(@|async def|def)/.test(normalised),
    code: codeOf(statement, names, found.leavesLead),
    inner: [...(kind === 'import-block' ? statement.names.imports : []), ...statement.names.innerImports],
  });
  if (list.length === mostSurroundings) list.shift();
  list.push(pasted);
  return pasted;
}

/** What each name that a statement defines or looks up means, and on what condition. */
export function meaningsOf(
  id: number,
  graph: Graph,
  identities: ReadonlyMap<number, string>,
  explain: Explain,
): Pasted['meanings'] {
  const { statements } = graph.names;
  const statement = statements[id]!;
  const told = (name: string, by: number): string => meaningOf(identities.get(by)!, name, statements[by]!);
  const meanings: (readonly [string, string])[] = [
    ...conditionsOf(statement, graph.names),
    ...statement.defines.map((name) => [name, told(name, id)] as const),
  ];
  for (const [name, need] of graph.needs.get(id)!) {
    if (need.kind === 'import') meanings.push([name, importMeaning(name, need.statements, graph, explain)]);
    else if (need.kind === 'given') meanings.push([name, `import:${need.module}.${name}`]);
    else if (need.kind === 'definition') meanings.push([name, told(name, need.statements[0]!)]);
    else meanings.push(meaningsOfBuiltins.get(name)!);
  }
  return meanings;
}

/** Thousands of definitions read the same ones. */
const meaningsOfBuiltins: ReadonlyMap<string, Pasted['meanings'][number]> = new Map(
  [...builtins].map((name) => [name, [name, builtinMeaning]]),
);

const isSameImport = (a: Pasted['imports'][number], b: Pasted['imports'][number]): boolean =>
  a.name === b.name && a.own === b.own && areEqual(a.clauses, b.clauses);

function areEqual<Item>(
  a: readonly Item[],
  b: readonly Item[],
  isSame: (a: Item, b: Item) => boolean = (one, other) => one === other,
): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isSame(a[i]!, b[i]!)) return false;
  return true;
}

/** What a statement needs from elsewhere: definitions, imports, and names that no import statement binds. */
export function wantsOf(
  id: number,
  graph: Graph,
  packageName: string,
): Pick<Pasted, 'imports' | 'given'> & {
  readonly needs: readonly { readonly name: string; readonly statement: number }[];
} {
  const needs: { name: string; statement: number }[] = [];
  const imports: Pasted['imports'][number][] = [];
  const given: Pasted['given'][number][] = [];
  for (const [name, need] of graph.needs.get(id)!) {
    if (need.kind === 'import') {
      const own = ownImport(name, need.statements, graph, packageName);
      const clauses = clausesOf(name, need.statements, graph.names.statements[id]!, graph.names);
      imports.push({ name, clauses, ...(own !== undefined && { own }) });
    } else if (need.kind === 'given') given.push({ name, module: need.module });
    else if (need.kind === 'definition') needs.push({ name, statement: need.statements[0]! });
  }
  return { needs, imports, given };
}

/** @param leavesLead whether the comments that lead it stay in the notebook */
export function codeOf(statement: Statement, names: Names, leavesLead = false): string {
  const { source } = names.source.cells[statement.cell - 1]!;
  const code = source.slice(statement.code.start, statement.span.end);
  const lead = leavesLead ? '' : leadOf(statement, names);
  return (lead + code).replace(/\r\n?/g, '\n');
}

/** The lines of comment that lead a statement, less the directives and what speaks to a tool about its cell. */
export function leadOf(statement: Statement, names: Names): string {
  const { source } = names.source.cells[statement.cell - 1]!;
  const lead = source.slice(statement.span.start, statement.code.start);
  const directives =
    names.defaultModule === undefined
      ? /^[ \t]*#(?:\s*nb2mod:|\||\s*\|\s*export[is]?\b|\s*export[is]?\s*$).*\n/gm
      : /^[ \t]*#(?:\s*nb2mod:|\||\s*\|?\s*(?:export[is]?(?:\s+[\w.]+)?|default_exp\s+\S+)\s*$).*\n/gm;
  const own = isAtHead(source, statement.span.start)
    ? lead.replace(/^[ \t]*#.*\n/gm, (line) => (isMarker(line.trim()) ? '' : line))
    : lead;
  return own.replace(directives, '');
}

/**
 * Whether the comments that lead a constant are a heading, and stay: what stands right below it, with no empty line or
 * comment between, stays, too.
 */
export function isHeaded(id: number, { names, movable }: Pick<Graph, 'names' | 'movable'>): boolean {
  const { kind, cell, span, code } = names.statements[id]!;
  if (kind !== 'constant' || span.start === code.start) return false;
  const { source } = names.source.cells[cell - 1]!;
  for (let at = id; ; at++) {
    const next = names.statements[at + 1];
    if (next?.cell !== cell || next.span.start < next.code.start) return false;
    const between = source.slice(names.statements[at]!.span.end, next.span.start);
    if (/\n[ \t]*\r?\n|#/.test(between)) return false;
    if (!movable.has(next.id)) return true;
  }
}

/** What a statement needs of the environment by itself: what it imports, the imports that it consists of, and its syntax. */
export function requiresOf(
  { kind, names, version }: Statement,
  imports: Pasted['imports'],
  given: Pasted['given'],
  packageName: string,
): readonly string[] {
  const clauses = imports.flatMap((item) => item.clauses);
  const own = kind === 'import-block' ? names.imports : [];
  const stars = given.map(({ module }) => ({ module }));
  const outside = [...clauses, ...own].filter((item) => pathInPackage(item, packageName) === undefined);
  return [...requirementsOf([...outside, ...stars]), ...pythonsFor(version).slice(0, 1)];
}
