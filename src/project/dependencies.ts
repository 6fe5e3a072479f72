/** Turns the modules that notebooks and a package import into the distributions that their project depends on. */
import { distributionOf, normaliseDistribution } from './distributions.ts';
import { standardLibrary } from '../text/standard-library.ts';

/** A module that is imported somewhere. */
export interface ImportedModule {
  /** Dotted, as far as it is written: `google.cloud.storage`. */
  readonly module: string;
  /** Whether what imports it catches that it isn't there. */
  readonly isOptional: boolean;
  /** The file that imports it (absolute). */
  readonly path: string;
}

/** A distribution that is installed. */
export interface Distribution {
  readonly name: string;
  readonly version: string;
  /** Whether it came from a folder, a repository or an address: PyPI may not have it, or have another of that name. */
  readonly isDirect: boolean;
}

/** What is installed for a Python. */
export interface Environment {
  /** Of Python: `3.12`. */
  readonly version: string;
  /** For each module that was asked for and found, the distributions that bring it. */
  readonly distributions: ReadonlyMap<string, readonly Distribution[]>;
}

export interface Dependency {
  readonly name: string;
  /** As PEP 508 writes it: `numpy>=2.1`. */
  readonly requirement: string;
  readonly isOptional: boolean;
}

/** What became of a top-level module, or of one in a namespace such as `google.cloud.storage`. */
export interface ResolvedImport {
  readonly module: string;
  /** Null where there is none, or none that anybody knows. */
  readonly distribution: string | null;
  /** `nowhere`: known to be in no distribution, as what only Colab has. */
  readonly from: 'environment' | 'table' | 'nowhere' | 'unknown';
  /** Whether all that import it can do without. */
  readonly isOptional: boolean;
  /** The files that import it, sorted. */
  readonly paths: readonly string[];
}

export interface Dependencies {
  /** By name, without regard to case. */
  readonly dependencies: readonly Dependency[];
  /** By module. */
  readonly imports: readonly ResolvedImport[];
  /** The oldest Python that the ranges are known to go with, where they come from an environment. */
  readonly python: string | undefined;
}

/**
 * What a project depends on.
 * @param isOwn whether a top-level module belongs to the project itself
 */
export function chooseDependencies(
  imported: readonly ImportedModule[],
  isOwn: (top: string) => boolean,
  environment?: Environment,
): Dependencies {
  const needs = new Map<string, { name: string; found: Distribution | undefined; isOptional: boolean }>();
  const imports = new Map<string, Omit<ResolvedImport, 'module' | 'paths'> & { paths: Set<string> }>();
  for (const { module, isOptional, path } of imported) {
    const top = module.split('.', 1)[0]!;
    if (!/^[^\W\d]\w*$/u.test(top) || standardLibrary.has(top) || top.startsWith('_') || isOwn(top)) continue;
    const listed = distributionOf(module);
    const found = listed === null ? undefined : pick(environment?.distributions.get(module) ?? [], listed);
    const name = found?.name ?? listed ?? null;
    const from =
      found !== undefined
        ? 'environment'
        : listed === undefined
          ? 'unknown'
          : listed === null
            ? 'nowhere'
            : 'table';
    const key = nameOf(module);
    const known = imports.get(key);
    imports.set(key, {
      distribution: name,
      from: known?.from === 'environment' ? 'environment' : from,
      isOptional: isOptional && known?.isOptional !== false,
      paths: (known?.paths ?? new Set()).add(path),
    });
    if (name === null) continue;
    const need = normaliseDistribution(name);
    const isStillOptional = isOptional && needs.get(need)?.isOptional !== false;
    needs.set(need, { name, found: found ?? needs.get(need)?.found, isOptional: isStillOptional });
  }
  const dependencies = [...needs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { name, found, isOptional }]) => {
      const range = found === undefined || found.isDirect ? '' : rangeFrom(found.version);
      return { name, requirement: `${name}${range}`, isOptional };
    });
  const isRanged = dependencies.some(({ name, requirement }) => requirement !== name);
  return {
    dependencies,
    imports: [...imports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([module, { paths, ...rest }]) => ({ module, ...rest, paths: [...paths].sort() })),
    python: isRanged ? environment?.version : undefined,
  };
}

/** Of several that bring a module the one that the table names, else the first by name. */
function pick(
  candidates: readonly Distribution[],
  listed: string | null | undefined,
): Distribution | undefined {
  const named = candidates.find(
    ({ name }) => listed != null && normaliseDistribution(name) === normaliseDistribution(listed),
  );
  const sorted = candidates.toSorted((a, b) =>
    normaliseDistribution(a.name) < normaliseDistribution(b.name) ? -1 : 1,
  );
  return named ?? sorted[0];
}

/** Folders that many distributions put their modules in. */
const namespaces =
  /^(google|azure|opentelemetry|openinference|mpl_toolkits|backports|ruamel|zope|llama_index|snowflake|databricks|pyannote|vertexai)$/;

/** The part of a module's name that says which distribution is meant: `google.cloud.storage`, else `sklearn`. */
function nameOf(module: string): string {
  const parts = module.split('.');
  const length = !namespaces.test(parts[0]!) ? 1 : parts[1] === 'cloud' || parts[0] === 'azure' ? 3 : 2;
  return parts.slice(0, length).join('.');
}

/**
 * From a version on, such as `>=2.1` for 2.1.3. No upper limit: the next major version breaks less than limits that
 * contradict each other, and a lock file is the place for exact versions. Pre-releases stay exact, local parts go.
 * @param version as in PEP 440
 */
export function rangeFrom(version: string): string {
  const [, epoch = '', release = '', rest = ''] =
    /^v?(\d+!)?(\d+(?:\.\d+)*)([^+]*)/i.exec(version.trim()) ?? [];
  if (release === '') return '';
  const isPreliminary = /^[-_.]?(a|b|c|rc|alpha|beta|pre|preview|dev)/i.test(rest);
  return `>=${epoch}${isPreliminary ? release + rest : release.split('.').slice(0, 2).join('.')}`;
}
