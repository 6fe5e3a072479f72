/** Turns the place of a notebook into the root of its project. */
import { dirname, join } from 'node:path';

/** Files whose presence makes a folder a project. */
const projectFiles = ['pyproject.toml', 'setup.py', 'setup.cfg'] as const;

/** Whether there is something at a path; given in, so that these functions don't meet the disk. */
export type Exists = (path: string) => boolean;

/**
 * The nearest folder from `folder` (absolute) up with pyproject.toml, setup.py, setup.cfg or .git; else `folder` itself.
 * `.git` may be a file: linked worktrees and submodules have one.
 */
export function findRoot(folder: string, exists: Exists): string {
  for (let at = folder; ; at = dirname(at)) {
    if ([...projectFiles, '.git'].some((name) => exists(join(at, name)))) return at;
    if (at === dirname(at)) return folder;
  }
}

/** What is known of how a project is built. */
export interface BuildClues {
  /** The keys of pyproject.toml, those of its `tool` table as `tool.poetry`; undefined where there is no such file. */
  readonly keys: readonly string[] | undefined;
  /** The text of setup.cfg, if there is one. */
  readonly setup: string | undefined;
  readonly hasSetupScript: boolean;
}

/** What tools that build packages call their tables. */
const builders = ['flit', 'hatch', 'maturin', 'pdm', 'poetry', 'scikit-build', 'setuptools', 'uv'];

/**
 * Whether the project is made to be installed (`pip install -e .`), so that notebooks find the package without a cell
 * that sets the path. A pyproject.toml or setup.cfg that holds nothing but the settings of linters and the like is not.
 */
export function isInstallable({ keys, setup, hasSetupScript }: BuildClues): boolean {
  return (
    hasSetupScript ||
    // Pip installs what an empty one stands beside.
    keys?.length === 0 ||
    (keys ?? []).some((key) => !key.startsWith('tool.') || builders.includes(key.slice('tool.'.length))) ||
    /^\[(?:metadata|options)\]/m.test(setup ?? '')
  );
}
