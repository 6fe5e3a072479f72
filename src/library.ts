/**
 * Turns notebooks into values for other programs: `import { extract, scan, strip } from 'nb2mod'`.
 *
 * The functions do what the commands of the same names do, and give back what those would write and print. None of them
 * writes: `apply` does. Importing this file reads nothing and starts nothing; the parser and Ruff start with the first
 * call of `extract` or `scan`, and V8's settings stay as they are.
 *
 * A user's trouble (a broken notebook, a package name that Python does not allow) is never thrown: it comes back as
 * diagnostics, whose codes docs/codes.md lists. What is thrown is a fault of nb2mod or of the calling program.
 *
 * Units: cells, lines and columns count from 1, cells over all cells of the notebook, lines within their cell, columns
 * in UTF-16 units. Paths in options are taken from the working folder; those in results are absolute, those of modules in
 * reports relative to the project root with `/`. Times are seconds, sizes bytes.
 *
 * Sources: the notebook format is https://nbformat.readthedocs.io/en/latest/format_description.html; what names mean is
 * https://docs.python.org/3/reference/executionmodel.html; the options of `strip` are those of nbstripout 0.9.1.
 */
import { stripBytes, type StripSettings } from './notebook/strip-bytes.ts';
import type { Diagnostic } from './text/diagnostic.ts';

export type { Application, Extraction, ExtractOptions, ScanOptions } from './commands/values.ts';
export type { ModuleChoice } from './project/configuration.ts';
export type { ConflictChoice, Layout } from './project/layout.ts';
export type {
  DefinitionKind,
  ExtractReport,
  KeptDefinition,
  ModuleReport,
  MovedDefinition,
  NotebookReport,
} from './report/json.ts';
export type {
  FamilyGroup,
  FamilyMember,
  ScannedDefinition,
  ScannedFamily,
  ScannedModule,
  ScannedNotebook,
  ScanReport,
} from './report/scan.ts';
export type { Change, FileChange } from './text/change.ts';
export type { Diagnostic, Place, Severity } from './text/diagnostic.ts';
import type { Application, Extraction, ExtractOptions, ScanOptions } from './commands/values.ts';
import type { ScanReport } from './report/scan.ts';

/** What to take out, and how the notebook is written. */
export interface StripOptions extends StripSettings {
  /** What the diagnostics call the notebook; a name that ends in `.zpln` is one of Zeppelin's. Default: `notebook.ipynb`. */
  readonly path?: string;
}

/** A notebook without its results. */
export interface Stripped {
  /** The very array that was given where nothing is to be taken out, or where it is no notebook. */
  readonly bytes: Uint8Array;
  /** Whether anything was taken out. */
  readonly isChanged: boolean;
  /** Empty where all went well; of severity `error` where `bytes` is no notebook (NB101 to NB108). */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Takes outputs, execution counts and what a run leaves in the metadata out of a notebook, by cutting them out of its
 * text: all else stays byte for byte. Pure.
 * @param bytes the file's content, UTF-8
 */
export function strip(
  bytes: Uint8Array,
  { path = 'notebook.ipynb', ...settings }: StripOptions = {},
): Stripped {
  const stripping = stripBytes(path, bytes, settings);
  if ('diagnostic' in stripping) return { bytes, isChanged: false, diagnostics: [stripping.diagnostic] };
  const { note, ...stripped } = stripping;
  return { ...stripped, diagnostics: note === undefined ? [] : [note] };
}

/**
 * Plans what `nb2mod extract` would write: modules with what can stand on its own, and the notebooks that import it.
 * Reads the notebooks, the package that is there, and pyproject.toml, whose `[tool.nb2mod]` holds where an option is not
 * given. Writes nothing.
 * @param paths notebooks, or folders searched recursively
 * @returns the change (empty where a diagnostic of severity `error` in the report says why) and the report of
 *   `extract --json`
 */
export async function extract(
  paths: string | readonly string[],
  options: ExtractOptions = {},
): Promise<Extraction> {
  const { planExtraction } = await import('./commands/values.ts');
  return planExtraction([paths].flat(), options);
}

/**
 * Says what notebooks hold, what of it could move, why the rest stays, and what is alike in several of them. Reads what
 * `extract` reads. Writes nothing.
 * @param paths notebooks, or folders searched recursively
 * @returns the report of `scan --json`
 */
export async function scan(
  paths: string | readonly string[],
  options: ScanOptions = {},
): Promise<ScanReport> {
  const { planScan } = await import('./commands/values.ts');
  return planScan([paths].flat(), options);
}

/**
 * Writes what `extract` planned: all files or none, journalled in `.nb2mod/`, so that `nb2mod undo` brings them back. A
 * file that has changed since it was read stops it (NB501).
 */
export async function apply(extraction: Extraction): Promise<Application> {
  const { applyExtraction } = await import('./commands/values.ts');
  return applyExtraction(extraction);
}
