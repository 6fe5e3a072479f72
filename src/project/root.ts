/** Turns the place of a notebook into the root of its project. */
import { dirname, join } from 'node:path';

/** Files whose presence makes a folder installable (`pip install -e .`). */
const installers = ['pyproject.toml', 'setup.py', 'setup.cfg'] as const;

/** Whether there is something at a path; given in, so that these functions don't meet the disk. */
export type Exists = (path: string) => boolean;

/**
 * The nearest folder from `folder` (absolute) up with pyproject.toml, setup.py, setup.cfg or .git; else `folder` itself.
 * `.git` may be a file: linked worktrees and submodules have one.
 */
export function findRoot(folder: string, exists: Exists): string {
  for (let at = folder; ; at = dirname(at)) {
    if ([...installers, '.git'].some((name) => exists(join(at, name)))) return at;
    if (at === dirname(at)) return folder;
  }
}

/** Whether the package can be installed, so that notebooks find it without a cell that sets the path. */
export function isInstallable(root: string, exists: Exists): boolean {
  return installers.some((name) => exists(join(root, name)));
}
