/** Turns what `scan` found into its JSON report: part of the command-line contract, and what the page shows. */
import type { Code } from '../text/codes.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { formatJson, printItem } from './pieces.ts';

/** A function or class of a notebook. Cells are counted from 1 over all cells, lines from 1 in the cell. */
export interface ScannedDefinition {
  readonly name: string;
  readonly kind: 'function' | 'class';
  readonly cell: number;
  readonly line: number;
  readonly endLine: number;
  readonly movable: boolean;
  /** Where it would go, dotted, with the package; of those that would move. */
  readonly module?: string;
  /** Why it stays; of the others. */
  readonly code?: Code;
  readonly message?: string;
  readonly hint?: string;
  /** Global names that it looks up, sorted, builtins included: when it is made, and when it is called. */
  readonly readsAtDefinition: readonly string[];
  readonly readsAtCall: readonly string[];
  /** Globals that it binds or deletes. */
  readonly writes: readonly string[];
}

export interface ScannedNotebook {
  readonly path: string;
  /** All cells, and the lines of those that hold code. */
  readonly size: { readonly cells: number; readonly lines: number };
  readonly definitions: readonly ScannedDefinition[];
  readonly cells: readonly {
    readonly cell: number;
    readonly binds: readonly string[];
    readonly imports: readonly string[];
  }[];
  /** What it would import from the package once it was extracted. */
  readonly imports: readonly { readonly module: string; readonly names: readonly string[] }[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A module that would be written or that notebooks would import. */
export interface ScannedModule {
  /** Dotted, with the package. */
  readonly module: string;
  /** How many functions, classes and constants would be written into it. */
  readonly definitions: number;
  /** The modules of the package that those would import. */
  readonly imports: readonly string[];
}

/** A definition in its place. */
export interface FamilyMember {
  readonly path: string;
  readonly name: string;
  readonly cell: number;
  readonly line: number;
}

/** Definitions that are one and the same, or the same code that stays, and how they stand to the first group of their family. */
export interface FamilyGroup {
  readonly relation: 'same' | 'stays' | 'needs' | 'renamed' | 'near' | 'name';
  /** To the first group, from 0 to 1. */
  readonly similarity: number;
  /** For `needs`: the names that mean something else in it; empty where that is not known, as the first stays. */
  readonly differs?: readonly string[];
  /** The code of the first member; the others' may differ in comments and layout. */
  readonly source: string;
  readonly members: readonly FamilyMember[];
}

export interface ScannedFamily {
  readonly name: string;
  /** How many definitions there are in all groups. */
  readonly size: number;
  /** How many of them are alike: all but those of the same name only; 0 where the name is all that any two share. */
  readonly alike: number;
  /** One function that could stand for several groups. It is for people to judge; nothing is changed by it. */
  readonly form?: {
    readonly source: string;
    readonly parameters: readonly {
      readonly name: string;
      /**
       * As they are written: what most definitions have, the default; then what the others have. None where they read a
       * notebook variable of that name: it has no default.
       */
      readonly values: readonly string[];
      /** Whether the form adds it; else it is a parameter already whose default differs. */
      readonly isNew: boolean;
    }[];
    /** What it still reads from the notebooks of those that stay: names that could be made no parameters. */
    readonly held: readonly string[];
    /** Indices of the groups. */
    readonly groups: readonly number[];
  };
  /** Where near duplicates differ in more than literals and names: the index of the group closest to all. */
  readonly closest?: number;
  readonly groups: readonly FamilyGroup[];
}

/** A notebook as the report prints it, and what of it the summary counts. */
export interface PrintedNotebook {
  readonly text: Uint8Array;
  readonly definitions: number;
  readonly movable: number;
}

/** @typeParam Notebook as values, or printed */
export interface ScanReport<Notebook = ScannedNotebook> {
  readonly version: 1;
  /** The package that extract would write into; null where there is no project to tell. */
  readonly package: string | null;
  /** Those that could be read. */
  readonly notebooks: readonly Notebook[];
  readonly modules: readonly ScannedModule[];
  /** Those with most that are alike first. */
  readonly families: readonly ScannedFamily[];
  /** What belongs to no notebook of the list, such as files that could not be read. */
  readonly diagnostics: readonly Diagnostic[];
}

export function printNotebook(notebook: ScannedNotebook): PrintedNotebook {
  const { path, size, definitions, cells, imports, diagnostics } = notebook;
  return {
    text: printItem({ path, size, definitions, cells, imports, diagnostics }),
    definitions: definitions.length,
    movable: definitions.filter((definition) => definition.movable).length,
  };
}

/** The report as text, in pieces: two spaces deep, ending in a line break. */
export function formatScanReport(
  report: ScanReport<ScannedNotebook | PrintedNotebook>,
): Iterable<string | Uint8Array> {
  const { version, package: name, modules, families, diagnostics } = report;
  const printed = report.notebooks.map((notebook) =>
    'text' in notebook ? notebook : printNotebook(notebook),
  );
  const count = (key: 'definitions' | 'movable'): number =>
    printed.reduce((sum, notebook) => sum + notebook[key], 0);
  const summary = {
    notebooks: printed.length,
    definitions: count('definitions'),
    movable: count('movable'),
    families: families.length,
  };
  const notebooks = printed.map(({ text }) => text);
  return formatJson({ version, package: name, notebooks, modules, families, summary, diagnostics });
}
