/** Turns what a run of `extract` did into its JSON report: part of the command-line contract, so scripts rely on it. */
import type { Code } from '../text/codes.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { formatJson } from './pieces.ts';

export type DefinitionKind = 'function' | 'class' | 'constant';

export interface MovedDefinition {
  readonly name: string;
  readonly kind: DefinitionKind;
  /** Counted from 1 over all cells of the notebook as it was. */
  readonly cell: number;
  /** Dotted, with the package: `churn.data`. */
  readonly module: string;
  /** Why that module, where modules are made by topic. */
  readonly because?: string;
}

export interface KeptDefinition {
  readonly name: string;
  readonly kind: DefinitionKind;
  readonly cell: number;
  /** Of the definition, within its cell. */
  readonly line: number;
  /** Of the name or construct at fault where that stands on the same line, else of the definition. */
  readonly column: number;
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
}

export interface NotebookReport {
  readonly path: string;
  readonly changed: boolean;
  readonly moved: readonly MovedDefinition[];
  readonly kept: readonly KeptDefinition[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface ModuleReport {
  /** Relative to the project root, with `/`. */
  readonly path: string;
  readonly action: 'create' | 'update';
}

export interface ExtractReport {
  readonly version: 1;
  /** Null where no package was needed, because no notebook could be read. */
  readonly package: string | null;
  readonly dryRun: boolean;
  readonly notebooks: readonly NotebookReport[];
  readonly modules: readonly ModuleReport[];
  /** Diagnostics that belong to no notebook: configuration, a module that doesn't parse, what couldn't be written. */
  readonly diagnostics: readonly Diagnostic[];
  /** What `--init` adds. */
  readonly init?: ReturnType<typeof describeInit>;
}

/**
 * The report as text, in pieces: two spaces deep, ending in a line break. The summary is counted from what is listed, so that the
 * two can't disagree; keys stand in the order of the contract.
 */
export function formatExtractReport(report: ExtractReport): Iterable<string | Uint8Array> {
  const moved = report.notebooks.reduce((sum, notebook) => sum + notebook.moved.length, 0);
  const kept = report.notebooks.reduce((sum, notebook) => sum + notebook.kept.length, 0);
  const summary = { notebooks: report.notebooks.length, definitions: moved + kept, moved, kept };
  const { version, package: name, dryRun, notebooks, modules, diagnostics, init } = report;
  return formatJson({ version, package: name, dryRun, notebooks, modules, init, summary, diagnostics });
}

export interface InitReport {
  /** Null where no package could be chosen. */
  readonly package: string | null;
  readonly dryRun: boolean;
  /** Created, relative to the project root, with `/`. */
  readonly files: readonly string[];
  readonly dependencies: readonly {
    readonly name: string;
    /** As PEP 508 writes it. */
    readonly requirement: string;
    readonly isOptional: boolean;
  }[];
  /** What the project imports from outside, and which distribution was found for it. */
  readonly imports: readonly {
    readonly module: string;
    readonly distribution: string | null;
    readonly from: string;
    readonly paths: readonly string[];
  }[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What `init` reports, also within the report of `extract --init`; `files` counts the notebooks and modules that import. */
export function describeInit({
  files,
  dependencies,
  imports,
}: Omit<InitReport, 'package' | 'dryRun' | 'diagnostics'>) {
  return {
    files: files.map((path) => ({ path, action: 'create' as const })),
    dependencies: dependencies.map(({ name, requirement, isOptional }) => ({
      name,
      requirement,
      optional: isOptional,
    })),
    imports: imports.map(({ module, distribution, from, paths }) => ({
      module,
      distribution,
      from,
      files: paths.length,
    })),
  };
}

/** The report as text: two spaces deep, ending in a line break. */
export function formatInitReport(report: InitReport): string {
  const { package: name, dryRun, diagnostics } = report;
  const all = { version: 1, package: name, dryRun, ...describeInit(report), diagnostics };
  return `${JSON.stringify(all, null, 2)}\n`;
}
