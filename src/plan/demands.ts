/** Turns statements that need each other, or a single one, into what they ask of the module that they are to stand in. */
import { disagreementOf } from './conditions.ts';
import type { DraftMember } from './draft.ts';
import type { ExistingPackage } from './existing/existing.ts';
import type { Occurrences } from './occurrences.ts';
import { intersection } from './requirements.ts';
import type { Demands } from './shelf/demands.ts';
import type { Shelf } from './shelf/shelf.ts';

/** @param modules of the notebook's statements that have one already */
export function demandsOf(
  members: readonly DraftMember[],
  modules: ReadonlyMap<number, string>,
  occurrences: Occurrences,
  runs: ExistingPackage['runs'],
): Demands {
  const identities = members.map(({ pasted }) => pasted.identity);
  const meanings = members.flatMap(({ pasted }) => pasted.meanings);
  const found = identities.map((identity) => occurrences.get(identity)!);
  const { requires } = found[0]!;
  const isAsked = moduleAskedFor(members) !== undefined;
  return {
    identities,
    meanings: new Map(meanings),
    ...importsOf(members, runs),
    needs: new Set(members.flatMap(({ needs }) => needs.flatMap((need) => modules.get(need) ?? []))),
    disagreement: disagreementOf(meanings),
    requires,
    stock: isAsked ? undefined : found.map(({ stock }) => stock).reduce((a, b) => intersection(a, b)),
    late: new Set(found.flatMap(({ late }) => [...late])),
    heard: found.map(({ heard }) => heard).reduce((a, b) => intersection(a, b)),
  };
}

/** What members import from the package that is there. */
function importsOf(
  members: readonly DraftMember[],
  runsOf: ExistingPackage['runs'],
): Pick<Demands, 'own' | 'runs'> {
  const own = new Map<string, string>();
  const runs = new Map<string, boolean>();
  for (const { pasted } of members) {
    for (const { name, own: module, clauses } of pasted.imports) {
      if (module !== undefined) own.set(name, module);
      for (const run of clauses.flatMap((clause) => runsOf(clause))) if (run !== module) runs.set(run, true);
    }
    for (const run of pasted.inner.flatMap((clause) => runsOf(clause))) {
      if (pasted.isImports || !runs.has(run)) runs.set(run, pasted.isImports);
    }
  }
  return { own, runs };
}

/** What the modules of the package require that run as the module is imported in which members stand. */
export function requiredThrough(
  members: readonly DraftMember[],
  runsOf: ExistingPackage['runs'],
  found: Shelf,
): string[] {
  const { own, runs } = importsOf(members, runsOf);
  const early = [...runs].filter(([, isEarly]) => isEarly).map(([run]) => run);
  return [...new Set([...own.values(), ...early])].flatMap((module) => found.requiredBy(module));
}

/** The module that a directive, the configuration or the user asks for. */
export function moduleAskedFor(members: readonly DraftMember[]): string | undefined {
  return members.find(({ module }) => module !== undefined)?.module;
}
