/**
 * The one table of what can stand under `[tool.nb2mod]`, but for `strip`: the options of the command line, their
 * reading from pyproject.toml, the JSON schema and the reference are all made from it.
 */
import { conflictChoices, layouts } from './layout.ts';
import { isModuleName } from '../text/module-name.ts';

/** The commands that have a table of their own, `[tool.nb2mod.scan]`; that of `install` holds for its two sisters, too. */
export const configuredCommands = ['extract', 'scan', 'init', 'verify', 'install'] as const;
export type ConfiguredCommand = (typeof configuredCommands)[number];

/** What a value can be. */
export type Kind =
  | { readonly is: 'text' }
  | { readonly is: 'texts' }
  /** Patterns of names. */
  | { readonly is: 'names' }
  | { readonly is: 'truth' }
  | { readonly is: 'number'; readonly from: number; readonly isWhole?: true }
  | { readonly is: 'choice'; readonly of: readonly string[] }
  /** From patterns of names to modules. */
  | { readonly is: 'modules' };

export interface ConfigurationOption {
  /** In the file, and as the long option (`--no-…` where a truth holds by default). */
  readonly name: string;
  readonly kind: Kind;
  readonly commands: readonly ConfiguredCommand[];
  readonly help: string;
  /** As TOML has it. */
  readonly example: string;
  /** What holds where nobody says otherwise: a value, or in words where it depends. */
  readonly fallback: { readonly value: unknown } | { readonly words: string };
  /** What stands for the value in the help; options without stand in the file alone. */
  readonly argument?: string;
  /** Whether it may differ from notebook to notebook, by `[[tool.nb2mod.overrides]]`. */
  readonly isOfNotebook?: true;
}

const both = ['extract', 'scan'] as const;
const searching = ['extract', 'scan', 'init'] as const;
const choice = (of: readonly string[]): Kind => ({ is: 'choice', of });

export const options: readonly ConfigurationOption[] = [
  {
    name: 'package',
    kind: { is: 'text' },
    commands: searching,
    help: 'the package to write into',
    example: '"churn"',
    fallback: { words: "the project's name, else the one package there is, else the root folder's name" },
    argument: 'name',
  },
  {
    name: 'source-root',
    kind: { is: 'text' },
    commands: searching,
    help: 'the folder that holds the package, from the project root; unset, where the package stands, if elsewhere than in src',
    example: '"src"',
    fallback: { value: 'src' },
    argument: 'dir',
  },
  {
    name: 'layout',
    kind: choice(layouts),
    commands: both,
    help: 'how definitions are spread over modules: one for each notebook, by topic, or one for all',
    example: '"topic"',
    fallback: { words: 'topic where the package has such modules, else notebook' },
    argument: 'how',
    isOfNotebook: true,
  },
  {
    name: 'keep-outputs',
    kind: { is: 'truth' },
    commands: ['extract'],
    help: 'do not strip outputs',
    example: 'true',
    fallback: { value: false },
    argument: '',
    isOfNotebook: true,
  },
  {
    name: 'keep',
    kind: { is: 'names' },
    commands: both,
    help: 'names that stay in their notebooks; * stands for any letters, ? for any one',
    example: '["scratch_*"]',
    fallback: { value: [] },
    isOfNotebook: true,
  },
  {
    name: 'modules',
    kind: { is: 'modules' },
    commands: both,
    help: 'the module that names go to, by pattern, the first that fits; dotted, without the package',
    example: '{ "load_*" = "data" }',
    fallback: { value: {} },
    isOfNotebook: true,
  },
  {
    name: 'exclude',
    kind: { is: 'texts' },
    commands: searching,
    help: 'what to leave out, written as in .gitignore, from the project root',
    example: '["drafts/"]',
    fallback: { value: [] },
    argument: 'pattern',
  },
  {
    name: 'gitignore',
    kind: { is: 'truth' },
    commands: searching,
    help: 'leave the folders out that .gitignore names',
    example: 'false',
    fallback: { value: true },
    argument: '',
  },
  {
    name: 'on-conflict',
    kind: choice(conflictChoices),
    commands: both,
    help: 'for a definition whose name a module of the package has already: it stays, goes to a module of its own, or ends the run',
    example: '"rename"',
    fallback: { value: 'keep' },
    argument: 'how',
  },
  {
    name: 'jobs',
    kind: { is: 'number', from: 1, isWhole: true },
    commands: searching,
    help: 'threads to read notebooks in',
    example: '2',
    fallback: { words: 'one for each core' },
    argument: 'number',
  },
  {
    name: 'limit',
    kind: { is: 'number', from: 0 },
    commands: searching,
    help: 'how many seconds one of many notebooks may take; 0: no limit',
    example: '60',
    fallback: { value: 60 },
    argument: 'seconds',
  },
  {
    name: 'tests',
    kind: { is: 'truth' },
    commands: ['extract'],
    help: 'also move asserts and test functions that exercise what moves, to tests/test_<module>.py',
    example: 'true',
    fallback: { value: false },
    argument: '',
  },
  {
    name: 'verify',
    kind: { is: 'truth' },
    commands: ['extract'],
    help: 'run before and after in a kernel; write only what shows the same outputs',
    example: 'true',
    fallback: { value: false },
    argument: '',
  },
  {
    name: 'python',
    kind: { is: 'text' },
    commands: ['extract', 'init', 'verify'],
    help: 'the interpreter that notebooks are run with, and that is asked for versions',
    example: '"python3.12"',
    fallback: { words: "the active environment's, else python3" },
    argument: 'path',
  },
  {
    name: 'timeout',
    kind: { is: 'number', from: 0 },
    commands: ['extract', 'verify'],
    help: 'how many seconds each cell may run; 0: no limit',
    example: '600',
    fallback: { value: 600 },
    argument: 'seconds',
  },
  {
    name: 'offline',
    kind: { is: 'truth' },
    commands: ['verify'],
    help: 'take the network away as notebooks run, where the platform allows',
    example: 'true',
    fallback: { value: false },
    argument: '',
  },
  {
    name: 'attributes',
    kind: { is: 'text' },
    commands: ['install'],
    help: 'the attributes file that names the filter',
    example: '".gitattributes"',
    fallback: { words: "the repository's own, in .git" },
    argument: 'file',
  },
  {
    name: 'pre-commit',
    kind: { is: 'truth' },
    commands: ['install'],
    help: 'a hook that refuses commits of notebooks with results, instead of the filter',
    example: 'true',
    fallback: { value: false },
    argument: '',
  },
];

/** Options of single runs; in a file they would be forgotten and surprise. */
export const commandLineOnly: ReadonlySet<string> = new Set([
  'root',
  'dry-run',
  'check',
  'json',
  'html',
  'color',
  'init',
  'interactive',
  'poetry',
  'global',
  'system',
  'force',
]);

/** The name of its field in a configuration: `source-root` is `sourceRoot`. */
export function fieldOf(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What a value must be; completes "'exclude' must be …". */
export function wantedOf(kind: Kind, example: string): string {
  switch (kind.is) {
    case 'text':
      return `a text, such as ${example}`;
    case 'texts':
      return `a list of texts, such as ${example}`;
    case 'names':
      return `a list of names, in which * and ? may stand, such as ${example}`;
    case 'truth':
      return 'true or false';
    case 'number':
      return numberOf(kind);
    case 'choice':
      return `one of ${kind.of.map((name) => `"${name}"`).join(', ')}`;
    case 'modules':
      return `a table from name patterns to modules, such as ${example}`;
  }
}

/** What a number must be. */
export function numberOf({ from, isWhole }: Kind & { readonly is: 'number' }): string {
  return `a ${isWhole === true ? 'whole ' : ''}number from ${from}`;
}

/** Whether a number is of that kind. */
export function isNumberOf({ from, isWhole }: Kind & { readonly is: 'number' }, value: number): boolean {
  return Number.isFinite(value) && value >= from && (isWhole !== true || Number.isInteger(value));
}

/** Whether a pattern could fit a name of Python. */
const isNamePattern = (pattern: string): boolean => /^(?!\d)[\p{ID_Continue}*?]+$/u.test(pattern);

/** Takes a value of the file; undefined where it is none of that kind. */
export function readValue(kind: Kind, value: unknown): unknown {
  switch (kind.is) {
    case 'text':
      return typeof value === 'string' && value !== '' ? value : undefined;
    case 'texts':
      return isList(value, (item) => item.trim() !== '') ? value : undefined;
    case 'names':
      return isList(value, isNamePattern) ? value : undefined;
    case 'truth':
      return typeof value === 'boolean' ? value : undefined;
    case 'number':
      // smol-toml reads whole numbers as numbers where they are safe.
      return typeof value === 'number' && isNumberOf(kind, value) ? value : undefined;
    case 'choice':
      return kind.of.find((name) => name === value);
    case 'modules':
      return readModules(value);
  }
}

function isList(value: unknown, isGood: (item: string) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && isGood(item));
}

function readModules(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const choices = Object.entries(value as Record<string, unknown>);
  const isGood = choices.every(
    ([pattern, module]) =>
      isNamePattern(pattern) && typeof module === 'string' && module.split('.').every(isModuleName),
  );
  return isGood ? choices.map(([pattern, module]) => ({ pattern, module })) : undefined;
}
