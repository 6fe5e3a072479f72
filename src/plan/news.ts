/** Turns a draft, and the package that is there, into what its notebook is to be told of what it imports from there. */
import { sharedModule } from '../text/module-name.ts';
import { clauseTarget } from './clauses.ts';
import type { Draft } from './draft.ts';
import type { ExistingPackage } from './existing/existing.ts';
import type { Told } from './notebook-graph.ts';

/**
 * What is known of the targets that a notebook imports, where that is more than that they are what they are.
 * @param isMade whether a target names what only this run may make
 */
export function newsFor(
  { imported, uses }: Draft,
  present: ExistingPackage,
  isMade: (target: string) => boolean,
): ReadonlyMap<string, Told> {
  const news = new Map<string, Told>();
  for (const target of imported) {
    const told = present.tell(target);
    if (present.isMissing(target) && !isMade(target)) news.set(target, { ...told, isMissing: true });
    else if (told.meaning !== target || Object.keys(told).length > 1) news.set(target, told);
  }
  for (const target of uses.map(({ clause }) => clauseTarget(clause))) {
    const holding = present.holding(target);
    const brings = present.brings(target);
    if (holding === undefined && brings.length === 0) continue;
    const before = news.get(target) ?? { meaning: target };
    news.set(target, { ...before, ...(holding && { holding }), ...(brings.length > 0 && { brings }) });
  }
  return news;
}

/** Whether the target of an import names a module that what moves may go to, or something in one. */
export function madeBy(drafts: readonly Draft[]): (target: string) => boolean {
  const made = new Set(drafts.flatMap(modulesOfDraft));
  return (target) => {
    const path = target.split('.').slice(1);
    return path.some((_, i) => made.has(path.slice(0, i + 1).join('.')));
  };
}

/** The modules that what a notebook holds may go to. */
function modulesOfDraft({ module, layout, components }: Draft): string[] {
  const others = components.flatMap(({ members, topic }) => [
    topic?.topic,
    ...members.map((member) => member.module),
  ]);
  const shared = layout === 'flat' ? 'core' : sharedModule;
  return [module, shared, ...others].filter((name) => name !== undefined);
}
