/** Turns a statement into traits: what several rules look for in its own text. */
import type { Reference } from '../../scope/scope.ts';
import { oncePer } from '../../text/once.ts';
import type { Statement } from '../../scope/statement.ts';

export const evaluators = new Set(['globals', 'eval', 'exec']);
const namespaceBuiltins = new Set([
  ...evaluators,
  'vars',
  'dir',
  '__import__',
  'compile',
  'locals',
  'execfile',
]);

/** Attributes and imported functions by which code gets at the module that it, or its caller, stands in. */
export const frameNames = new Set([
  '__globals__',
  'currentframe',
  '_getframe',
  'f_globals',
  'f_locals',
  'f_back',
]);

/** Whether a function that yields a frame is only asked for the name of that: `currentframe().f_code.co_name`. */
export function asksForName(normalised: string, frame: string): boolean {
  if (!normalised.includes('co_name')) return false;
  const asked = new RegExp(`\\b${frame} \\( ?(?:\\d+ )?\\) \\. f_code \\. co_name\\b`, 'gu');
  return !new RegExp(`\\b${frame}\\b`, 'u').test(normalised.replace(asked, ''));
}

/** Whether `vars` or `dir` is called with an argument wherever it stands: then it looks at that alone. */
function isGivenObject(name: string, normalised: string): boolean {
  if (name !== 'vars' && name !== 'dir') return false;
  const given = new RegExp(`\\b${name} ?\\( ?(?![)*\\s])`, 'gu');
  return !new RegExp(`\\b${name}\\b`, 'u').test(normalised.replace(given, ''));
}

/** What the rules look for in a statement's own text. */
interface Traits {
  /** What it looks up that could look at the namespace. */
  readonly lookups: readonly Reference[];
  readonly frameAttribute: string | undefined;
  readonly isUnwritable: boolean;
}

/** The same for a statement wherever it is pasted. */
export const traitsOf = oncePer(
  ({ names, attributes, normalised, evaluatesApart }: Statement): Traits => ({
    lookups: names.references.filter(({ name, time }) =>
      time === 'definition'
        ? namespaceBuiltins.has(name) && !isGivenObject(name, normalised)
        : evaluators.has(name) && !(time === 'call' && evaluatesApart.has(name)),
    ),
    frameAttribute: [...attributes].find(
      (attribute) => frameNames.has(attribute) && !asksForName(normalised, attribute),
    ),
    isUnwritable: /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(normalised),
  }),
  ({ names }) => names,
);

/** Whether a word stands in a statement's code, as a name, as an attribute or in a string. */
export function holdsWord({ mentions, attributes }: Statement, word: string): boolean {
  return mentions.has(word) || attributes.has(word);
}
