/** Reads what the user asks of a statement or a cell: nb2mod's own comments and tags, and nbdev's `#| export`. */
import type { Directive } from './statement.ts';

/** `# nb2mod: keep`, `# nb2mod: module=x` in the comments that lead a statement. */
export function writtenDirective(lead: string): Directive | undefined {
  if (!lead.includes('nb2mod:')) return undefined;
  return decide(
    [...lead.matchAll(/^[ \t]*#[ \t]*nb2mod:(.*)$/gm)].map(([written, words]) =>
      readDirective(words!, written),
    ),
  );
}

/** The like among its cell's tags; that of the cell which puts the source root on `sys.path` is none. */
export function taggedDirective(tags: readonly string[]): Directive | undefined {
  if (tags.length === 0) return undefined;
  const mark = 'nb2mod:';
  const own = tags.filter((tag) => tag.startsWith(mark) && tag !== `${mark}path`);
  return decide(own.map((tag) => readDirective(tag.slice(mark.length), tag)));
}

function readDirective(words: string, written: string): Directive {
  const text = words.trim();
  if (text === 'keep') return { keep: true };
  const module = /^module\s*=\s*(\S+)$/.exec(text)?.[1];
  return module === undefined ? { unknown: written.trim() } : { module };
}

/** The first of several, but for one that is not understood: that may have been the one that counts. */
function decide(directives: readonly Directive[]): Directive | undefined {
  return directives.find((directive) => 'unknown' in directive) ?? directives[0];
}

/** nbdev's `#| default_exp core`, as nbdev 1 wrote it too: the module that the notebook is exported to. */
export function defaultModuleOf(lead: string): string | undefined {
  return /^[ \t]*#\s*\|?\s*default_exp[ \t]+(\S+)[ \t]*\r?$/m.exec(lead)?.[1];
}

/**
 * nbdev's `#| export`, `#| exporti`, `#| exports`, each with a module of its own or without: a cell that is exported.
 * `# export` without the bar is nbdev's only in a notebook that has a default module; elsewhere it is a comment.
 */
export function exportOf(lead: string, defaultModule: string | undefined): Directive | undefined {
  const directive = defaultModule === undefined ? barredExport : anyExport;
  const match = lead === '' ? null : directive.exec(lead);
  const module = match?.[1] ?? defaultModule;
  return match === null || module === undefined ? undefined : { module };
}

const barredExport = /^[ \t]*#\s*\|\s*export[is]?(?:[ \t]+([\w.]+))?[ \t]*\r?$/m;
const anyExport = /^[ \t]*#\s*\|?\s*export[is]?(?:[ \t]+([\w.]+))?[ \t]*\r?$/m;
