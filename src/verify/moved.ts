/** Tells from the sources of two notebooks which names became imports, and which of them a cell uses. */
import type { CellRun } from './run.ts';

export interface MovedNames {
  /** Dotted modules that only the changed notebook imports from. */
  readonly modules: readonly string[];
  /** The names it imports from them. */
  readonly names: readonly string[];
}

const importFrom = /^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|(?:[^\n#;\\]|\\\n)*)/gmu;

function importsOf(cells: readonly CellRun[]): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>();
  for (const { source } of cells) {
    for (const [, module, list] of source.matchAll(importFrom)) {
      const names = imports.get(module!) ?? new Set();
      for (const part of list!.replace(/#[^\n]*/g, '').split(',')) {
        const name = /([\p{L}\p{N}_]+)[\s)\\]*$/u.exec(part)?.[1];
        if (name !== undefined) names.add(name);
      }
      imports.set(module!, names);
    }
  }
  return imports;
}

/** What `after` imports and `before` did not. */
export function findMovedNames(before: readonly CellRun[], after: readonly CellRun[]): MovedNames {
  const old = importsOf(before);
  const modules: string[] = [];
  const names = new Set<string>();
  for (const [module, imported] of importsOf(after)) {
    const fresh = [...imported].filter((name) => old.get(module)?.has(name) !== true);
    if (fresh.length === 0) continue;
    // A name imported from a module that was imported from before came out of the notebook too.
    modules.push(module);
    for (const name of fresh) names.add(name);
  }
  return { modules: modules.sort(), names: [...names].sort() };
}

/** Those of `names` that occur in `source`, in the order given. Comments and strings count: better one too many. */
export function namesUsedIn(source: string, names: readonly string[]): string[] {
  const words = new Set(source.match(/[\p{L}\p{N}_]+/gu) ?? []);
  return names.filter((name) => words.has(name));
}
