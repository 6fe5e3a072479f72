/** Turns what is known of a project into the name of the package that definitions move to. */
import type { Diagnostic } from '../text/diagnostic.ts';
import { keywords } from '../text/keywords.ts';
import { isGoodName, shorten, toSnakeCase } from './names.ts';
import { isModuleName } from '../text/module-name.ts';
import { standardLibrary } from '../text/standard-library.ts';

export interface PackageClues {
  /** `[project].name` of pyproject.toml. */
  readonly projectName?: string | undefined;
  /** Folders under the source root that hold Python modules. */
  readonly packages: readonly string[];
  /** The name of the project root's folder. */
  readonly folder: string;
  /** Top-level modules that the notebooks import, or that stand alone: a package of that name would hide them. */
  readonly imported: Iterable<string>;
}

/** A name made from `text` that can be imported and hides nothing. */
function toPackageName(text: string, isHidden: (name: string) => boolean): string {
  const snake = shorten(toSnakeCase(text), 40);
  const base = snake === '' ? 'notebooks' : /^\d/.test(snake) ? `nb_${snake}` : snake;
  const isFree = (name: string): boolean => isGoodName(name) && !isHidden(name);
  const candidates = [base, `${base}_lib`, `${base}_package`];
  return candidates.find(isFree) ?? `${base}_notebooks`;
}

/** Folders of Python that stand beside a package and are none; setuptools passes over them, too. */
const foreign = new Set(
  'benchmark benchmarks ci doc docs example examples notebooks script scripts task tasks test tests tools'.split(
    ' ',
  ),
);

/**
 * The package to write into when the user names none: the project's own name, else the one package that there is, else
 * the folder's name; made valid, and hiding neither the standard library nor what the notebooks import. A package that
 * exists under the source root hides nothing: it is what the notebooks import.
 */
export function choosePackage({ projectName, packages, folder, imported }: PackageClues): string {
  const others = new Set([...imported].filter((name) => !packages.includes(name)));
  const isHidden = (name: string): boolean => others.has(name);
  const usable = packages.filter(isModuleName);
  const own = usable.length === 1 ? usable : usable.filter((name) => !foreign.has(name));
  if (projectName !== undefined && toSnakeCase(projectName) !== '') {
    const existing = usable.find((name) => isNamedFor(name, projectName));
    return existing ?? toPackageName(projectName, isHidden);
  }
  const [only] = own;
  if (only !== undefined && own.length === 1) return only;
  return toPackageName(folder, isHidden);
}

/** Whether a package bears the name of a project: `My_Lib` that of `my-lib`. */
export function isNamedFor(name: string, project: string): boolean {
  return name.toLowerCase() === project.replace(/[-.\s]+/g, '_').toLowerCase();
}

/**
 * NB523 when a package that the user named can't be used; the hint names one that can.
 * @param imported the top-level modules that the notebooks import from elsewhere
 */
export function checkPackage(name: string, imported: ReadonlySet<string> = new Set()): Diagnostic | null {
  const trouble = keywords.has(name)
    ? 'is a keyword of Python'
    : !isModuleName(name)
      ? 'is not a Python identifier'
      : standardLibrary.has(name)
        ? 'would hide the module of that name in the standard library'
        : name === '__pycache__'
          ? 'is that of the folder in which Python keeps what it has compiled'
          : imported.has(name)
            ? 'would hide the module of that name that notebooks import'
            : null;
  if (trouble === null) return null;
  return {
    code: 'NB523',
    severity: 'error',
    message: `the package name '${name}' ${trouble}`,
    hint: `Name another, such as --package ${toPackageName(name, (other) => other === '__pycache__' || imported.has(other))}.`,
  };
}
