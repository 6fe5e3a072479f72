/** Turns the notebooks of a project that take no part in a run, but import its package, into what the plan must know of them. */
import { resolve } from 'node:path';
import { findNotebooks } from '../files/find.ts';
import { readMentioning } from '../files/read.ts';
import type { Draft } from '../plan/draft.ts';
import type { Crew } from './crew.ts';
import type { Project } from './project.ts';

/**
 * Drafts of which nothing moves: what the notebooks import from the package, and what they have by then. A notebook that
 * can't be read imports nothing.
 * @param paths of the notebooks that take part (absolute)
 */
export async function findBystanders(
  paths: readonly string[],
  project: Pick<Project, 'root' | 'sourceRoot' | 'package' | 'modules' | 'settingsOf'>,
  crew: Crew,
): Promise<Draft[]> {
  if (project.modules.length === 0) return [];
  const own = new Set(paths);
  const others = findNotebooks([project.root])
    .paths.map((path) => resolve(path))
    .filter((path) => !own.has(path) && readMentioning(path, [project.package]) !== undefined);
  const asks = others.map((path) => {
    const { layout } = project.settingsOf(path);
    const part = { module: '', options: { package: project.package, layout } };
    return { path, sourceRoot: project.sourceRoot, part };
  });
  const drafts: Draft[] = [];
  for await (const answer of crew.stream('open', asks)) {
    if ('draft' in answer && answer.draft !== undefined && answer.draft.uses.length > 0)
      drafts.push({ ...answer.draft, components: [] });
  }
  return drafts;
}
