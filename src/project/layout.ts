/** How definitions are spread over modules: the words of `--layout` and of pyproject.toml. */
export const layouts = ['notebook', 'topic', 'flat'] as const;
export type Layout = (typeof layouts)[number];
