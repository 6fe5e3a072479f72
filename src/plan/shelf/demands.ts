/** Tells what statements that need each other, or a single one, ask of the module that they are to stand in. */

export interface Demands {
  readonly identities: readonly string[];
  /** What each name that they define or look up means. */
  readonly meanings: ReadonlyMap<string, string>;
  /** Names that they import, as they are there, from modules of the package, with the module. */
  readonly own: ReadonlyMap<string, string>;
  /** The modules of the package that other imports of theirs run, and whether that is when they are imported themselves. */
  readonly runs: ReadonlyMap<string, boolean>;
  /** The modules of the package that what they need stands in. */
  readonly needs: ReadonlySet<string>;
  /** What they require, with all that they need. */
  readonly requires: ReadonlySet<string>;
  /** What all notebooks that they occur in have; undefined where the user says where they go. */
  readonly stock: ReadonlySet<string> | undefined;
  /** What any of these has only later. */
  readonly late: ReadonlySet<string>;
  /** The modules that run in all of these anyway. */
  readonly heard: ReadonlySet<string>;
  /** The condition on which they disagree, so that no module can hold them. */
  readonly disagreement: string | undefined;
}

/** The modules of the package that a module comes to import for what makes these demands. */
export function importedFor({ needs, runs, own }: Demands): string[] {
  return [...needs, ...runs.keys(), ...own.values()];
}

/** Those of them that it imports as soon as it is imported itself. */
export function importedAtOnce({ needs, runs, own }: Demands): string[] {
  const early = [...runs].filter(([, isEarly]) => isEarly).map(([run]) => run);
  return [...needs, ...early, ...own.values()];
}
