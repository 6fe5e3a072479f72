/** What the names in a piece of syntax mean where it stands, as far as has to be known to interpret it. */

/** What names mean to the piece of syntax under examination. */
export interface Surroundings {
  /** The dotted path that an imported name stands for (`np` → `numpy`, `wraps` → `functools.wraps`), if it is imported. */
  readonly importOf: (name: string) => string | undefined;
  /** Whether the notebook binds the name, other than by import. */
  readonly isLocal: (name: string) => boolean;
  /** What is known of the value of a name that is bound once, before the piece of syntax, to what can't change. */
  readonly constancyOf: (name: string) => Constancy | undefined;
}

/** A value that can't change: a number, of which arithmetic makes numbers; `None`; or another, such as a string or tuple. */
export type Constancy = 'number' | 'none' | 'other';
