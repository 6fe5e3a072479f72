/** How definitions are spread over modules: the words of `--layout` and of pyproject.toml. */
export const layouts = ['notebook', 'topic', 'flat'] as const;
export type Layout = (typeof layouts)[number];

/** What becomes of a definition whose name means something else in the module it would go to: `--on-conflict`. */
export const conflictChoices = ['keep', 'rename', 'error'] as const;
export type ConflictChoice = (typeof conflictChoices)[number];
