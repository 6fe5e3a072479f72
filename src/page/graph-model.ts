/** Turns notebooks and the modules that they would import into a graph small enough to be read. */
import type { PageNotebook } from '../report/page.ts';
import type { ScannedModule } from '../report/scan.ts';

export interface NotebookNode {
  readonly kind: 'notebooks';
  readonly id: string;
  /** Those that import the same of the modules shown. */
  readonly paths: readonly string[];
}

export interface ModuleNode {
  readonly kind: 'module';
  readonly id: string;
  readonly module: ScannedModule;
  /** How many of all notebooks import it. */
  readonly importers: number;
}

export interface GraphModel {
  readonly nodes: readonly (NotebookNode | ModuleNode)[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly weight: number }[];
  /** Notebooks that import something, but no module that is shown. */
  readonly apart: number;
  /** Notebooks and modules that are left out lest the picture be too big. */
  readonly leftOut: { readonly notebooks: number; readonly modules: number };
}

export interface GraphQuery {
  /** What the notebooks' paths, or the modules that they import, hold. */
  readonly text: string;
  /** Whether modules that only one notebook imports are shown too. */
  readonly withOwn: boolean;
}

/** So many notebooks stand each for itself; more are put together by what they import. */
const mostSingle = 16;
const mostGroups = 24;
const mostModules = 30;

export function buildModel(
  notebooks: readonly PageNotebook[],
  modules: readonly ScannedModule[],
  { text, withOwn }: GraphQuery,
): GraphModel {
  const importers = new Map<string, number>();
  for (const { imports } of notebooks) {
    for (const module of imports) importers.set(module, (importers.get(module) ?? 0) + 1);
  }
  const countOf = (module: string): number => importers.get(module) ?? 0;
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const matching = notebooks.filter(({ path, imports }) => {
    const whole = [path, ...imports].join('\n').toLowerCase();
    return imports.length > 0 && words.every((word) => whole.includes(word));
  });

  const wanted = new Set(
    matching.flatMap(({ imports }) => imports).filter((module) => withOwn || countOf(module) > 1),
  );
  // What those modules import in their turn belongs to the picture, but for other notebooks' own.
  const known = new Map(modules.map((module) => [module.module, module]));
  for (const module of wanted) {
    for (const next of known.get(module)?.imports ?? []) if (withOwn || countOf(next) !== 1) wanted.add(next);
  }
  const ranked = [...wanted].sort((a, b) => countOf(b) - countOf(a) || (a < b ? -1 : 1));
  const shown = new Set(ranked.slice(0, mostModules));

  const groups = new Map<string, string[]>();
  let apart = 0;
  for (const { path, imports } of matching) {
    const own = imports.filter((module) => shown.has(module));
    if (own.length === 0) {
      apart++;
      continue;
    }
    const key = own.join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [path]);
    else group.push(path);
  }
  const isSingle = matching.length - apart <= mostSingle;
  const found = [...groups].flatMap(([key, paths]) =>
    (isSingle ? paths.map((path) => [path]) : [paths]).map((own) => ({
      imports: key.split('\n'),
      paths: own,
    })),
  );
  found.sort((a, b) => b.paths.length - a.paths.length || (a.paths[0]! < b.paths[0]! ? -1 : 1));
  const kept = found.slice(0, isSingle ? mostSingle : mostGroups);

  const nodes: (NotebookNode | ModuleNode)[] = [];
  const edges: { from: string; to: string; weight: number }[] = [];
  kept.forEach(({ imports, paths }, index) => {
    const id = `notebooks ${index}`;
    nodes.push({ kind: 'notebooks', id, paths });
    for (const module of imports) edges.push({ from: id, to: `module ${module}`, weight: paths.length });
  });
  for (const name of shown) {
    const module = known.get(name) ?? { module: name, definitions: 0, imports: [] };
    nodes.push({ kind: 'module', id: `module ${name}`, module, importers: countOf(name) });
    for (const next of module.imports) {
      if (shown.has(next) && next !== name)
        edges.push({ from: `module ${name}`, to: `module ${next}`, weight: 1 });
    }
  }
  const drawn = kept.reduce((sum, { paths }) => sum + paths.length, 0);
  return {
    nodes,
    edges,
    apart,
    leftOut: { notebooks: matching.length - apart - drawn, modules: wanted.size - shown.size },
  };
}
