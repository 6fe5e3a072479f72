/** Turns a graph into identities: two definitions are the same only if their code and all that they need are the same. */
import { createHash } from 'node:crypto';
import type { Names } from '../scope/names.ts';
import type { StatementNames } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import { oncePer } from '../text/once.ts';
import { clauseTarget } from './clauses.ts';
import { builtinMeaning, futuresOf } from './conditions.ts';
import type { Graph } from './graph.ts';
import type { Need } from './need.ts';

/** What the target of an import means; the target itself where no more is known of it. */
export type Explain = (target: string) => string;

const asItIs: Explain = (target) => target;

/**
 * For each movable statement a hash over its normalised code and, recursively, over everything it needs: a Merkle hash
 * of the resolved graph. Statements that need each other are hashed together.
 * @param explain so that an import counts as what it imports
 * @param given what certain statements are known by instead
 */
export function identify(
  graph: Graph,
  explain: Explain = asItIs,
  given?: ReadonlyMap<number, string>,
): ReadonlyMap<number, string> {
  const identities = new Map<number, string>();
  for (const component of components(graph)) {
    const inside = new Set(component);
    const needs = component.map((id) => describeNeeds(id, graph, inside, identities, explain));
    const codeOf = (id: number): string => {
      const { kind, normalised } = graph.names.statements[id]!;
      return `${kind}\0${normalised}`;
    };
    const all = component
      .map((id, i) => `${codeOf(id)}${needs[i]}`)
      .sort()
      .join('\n');
    component.forEach((id, i) => {
      const rest = component.length === 1 ? needs[i]! : `${needs[i]}\n${all}`;
      identities.set(
        id,
        given?.get(id) ?? digest(graph.names.statements[id]!.names, rest, () => `${codeOf(id)}${rest}`),
      );
    });
  }
  return identities;
}

/** What a statement needs, and the features that it was written under, each with a zero byte before it. */
function describeNeeds(
  id: number,
  graph: Graph,
  inside: ReadonlySet<number>,
  identities: ReadonlyMap<number, string>,
  explain: Explain,
): string {
  const needs = graph.needs.get(id)!;
  let text = '';
  for (const name of [...needs.keys()].sort()) {
    text += `\0${name}=${describeNeed(name, needs.get(name)!, graph, inside, identities, explain)}`;
  }
  for (const feature of futuresOf(graph.names.statements[id]!, graph.names))
    text += `\0__future__.${feature}`;
  return text;
}

function describeNeed(
  name: string,
  need: Need,
  graph: Graph,
  inside: ReadonlySet<number>,
  identities: ReadonlyMap<number, string>,
  explain: Explain,
): string {
  if (need.kind === 'import') return importTarget(name, need.statements, graph, explain);
  if (need.kind === 'given') return `import:${need.module}.${name}`;
  if (need.kind === 'builtin') return builtinMeaning;
  const id = need.statements[0]!;
  // Equal definitions of one name have equal needs, so any of them stands for all.
  if (need.statements.some((candidate) => inside.has(candidate))) return 'together';
  const identity = identities.get(id);
  return identity === undefined ? 'unknown' : meaningOf(identity, name, graph.names.statements[id]!);
}

/** What one of the names that a statement defines means, given the statement's identity. */
export function meaningOf(identity: string, name: string, { defines }: Statement): string {
  return defines.length > 1 ? `${identity}.${name}` : identity;
}

/** What an imported name stands for, as a string that is equal for equal imports. */
export function importTarget(
  name: string,
  statements: readonly number[],
  graph: Graph,
  explain: Explain = asItIs,
): string {
  const targets: string[] = [];
  for (const id of statements) {
    for (const item of graph.names.statements[id]!.names.imports) {
      if (item.name !== name) continue;
      const full = clauseTarget(item);
      // `import a.b` binds `a`.
      const target = item.member === undefined && !item.isRenamed ? full : explain(full);
      if (!targets.includes(target)) targets.push(target);
    }
  }
  return targets.sort().join(',');
}

/** What an imported name means where it stands; equal for imports that bind one object, whatever else they load. */
export function importMeaning(
  name: string,
  statements: readonly number[],
  graph: Graph,
  explain: Explain = asItIs,
): string {
  return isTopModule(name, graph.names) ? topModule(name) : importTarget(name, statements, graph, explain);
}

/** Whether nothing but `import a` and `import a.b`, under no condition, bind a name: to both it is the module `a`. */
export function isTopModule(name: string, { bindings, statements }: Names): boolean {
  for (const { statement } of bindings.get(name)!) {
    const { kind, names } = statements[statement]!;
    if (kind !== 'import') return false;
    for (const item of names.imports) {
      if (item.name === name && (item.member !== undefined || item.isRenamed)) return false;
    }
  }
  return true;
}

export const topModule = (name: string): string => `import:${name}`;

/** What was hashed, by the statement's own text and all else: the same definitions are pasted again and again. */
const digestsOf = oncePer((_: StatementNames) => new Map<string, string>());
const mostDigests = 64;

/** @param rest with what `statement` stands for, it tells the text */
function digest(statement: StatementNames, rest: string, text: () => string): string {
  const known = digestsOf(statement);
  const before = known.get(rest);
  if (before !== undefined) return before;
  const hash = createHash('sha256').update(text()).digest('hex');
  if (known.size === mostDigests) known.clear();
  known.set(rest, hash);
  return hash;
}

/**
 * The strongly connected components of the movable statements, needs before those who need them. By Tarjan's algorithm
 * (1972), iterative, so that no chain of definitions is too long for the stack.
 */
export const components = oncePer((graph: Graph): readonly (readonly number[])[] => {
  const result: number[][] = [];
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const onStack = new Set<number>();
  const stack: number[] = [];
  const edgesOf = (id: number): number[] =>
    [...(graph.needs.get(id)?.values() ?? [])].flatMap((need) =>
      need.kind === 'definition' ? need.statements.filter((needed) => graph.movable.has(needed)) : [],
    );
  for (const root of [...graph.movable].sort((a, b) => a - b)) {
    if (index.has(root)) continue;
    const work: { id: number; edges: number[]; next: number }[] = [];
    const enter = (id: number): void => {
      index.set(id, index.size);
      low.set(id, index.get(id)!);
      stack.push(id);
      onStack.add(id);
      work.push({ id, edges: edgesOf(id), next: 0 });
    };
    enter(root);
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const edge = frame.edges[frame.next++];
      if (edge !== undefined) {
        if (!index.has(edge)) enter(edge);
        else if (onStack.has(edge)) low.set(frame.id, Math.min(low.get(frame.id)!, index.get(edge)!));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) low.set(parent.id, Math.min(low.get(parent.id)!, low.get(frame.id)!));
      if (low.get(frame.id) !== index.get(frame.id)) continue;
      const component: number[] = [];
      for (let id = stack.pop()!; ; id = stack.pop()!) {
        onStack.delete(id);
        component.push(id);
        if (id === frame.id) break;
      }
      result.push(component.sort((a, b) => a - b));
    }
  }
  return result;
});
