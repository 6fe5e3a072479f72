/** Turns a graph into identities: two definitions are the same only if their code and all that they need are the same. */
import { createHash } from 'node:crypto';
import type { Graph, Need } from './graph.ts';

/**
 * For each movable statement a hash over its normalised code and, recursively, over everything it needs: a Merkle hash
 * of the resolved graph. Statements that need each other are hashed together.
 */
export function identify(graph: Graph): ReadonlyMap<number, string> {
  const identities = new Map<number, string>();
  for (const component of components(graph)) {
    const inside = new Set(component);
    const parts = component
      .map((id) => describe(id, graph, inside, identities))
      .sort()
      .join('\n');
    for (const id of component) {
      const own = describe(id, graph, inside, identities);
      identities.set(id, digest(component.length === 1 ? own : `${own}\n${parts}`));
    }
  }
  return identities;
}

function describe(
  id: number,
  graph: Graph,
  inside: ReadonlySet<number>,
  identities: ReadonlyMap<number, string>,
): string {
  const statement = graph.names.statements[id]!;
  const needs = [...graph.needs.get(id)!].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = needs.map(([name, need]) => `${name}=${describeNeed(name, need, graph, inside, identities)}`);
  return [statement.kind, statement.normalised, ...parts].join('\0');
}

function describeNeed(
  name: string,
  need: Need,
  graph: Graph,
  inside: ReadonlySet<number>,
  identities: ReadonlyMap<number, string>,
): string {
  if (need.kind === 'import') return importTarget(name, need.statements, graph);
  if (need.kind === 'given') return `import:${need.module}.${name}`;
  if (need.kind === 'builtin') return need.kind;
  const id = need.statements[0]!;
  // Equal definitions of one name have equal needs, so any of them stands for all.
  return need.statements.some((candidate) => inside.has(candidate))
    ? 'together'
    : (identities.get(id) ?? 'unknown');
}

/** What an imported name stands for, as a string that is equal for equal imports. */
export function importTarget(name: string, statements: readonly number[], graph: Graph): string {
  const targets = new Set<string>();
  for (const id of statements) {
    for (const { name: bound, module, member } of graph.names.statements[id]!.names.imports) {
      if (bound === name) targets.add(`import:${module}${member === undefined ? '' : `.${member}`}`);
    }
  }
  return [...targets].sort().join(',');
}

/** What was hashed lately: the same definitions are pasted into one notebook after the other. */
const digests = new Map<string, string>();
const mostDigests = 10_000;

function digest(text: string): string {
  const known = digests.get(text);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(text).digest('hex');
  if (digests.size === mostDigests) digests.clear();
  digests.set(text, hash);
  return hash;
}

/**
 * The strongly connected components of the movable statements, needs before those who need them (Tarjan 1972,
 * iterative, so that no chain of definitions is too long for the stack).
 */
export function components(graph: Graph): number[][] {
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
}
