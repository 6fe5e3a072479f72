/** Turns a cell's IPython source into Python of the same length, and says what each magic does to names. */
import type { Span } from '../text/span.ts';

export type MagicKind =
  /** `%time f()`, `%matplotlib inline` */
  | 'line'
  /** `%%bash` and its whole body */
  | 'cell'
  /** `!ls`, `!!ls` */
  | 'shell'
  /** `f?`, `?f`, `f??` */
  | 'help'
  /** `,f a b`, `;f a b`, `/f a b` */
  | 'autocall'
  /** `x = %magic` */
  | 'assign-line'
  /** `x = !ls` */
  | 'assign-shell'
  /** `pip install x`, `cd ..`: a bare line that IPython takes for a line magic */
  | 'automagic';

/** How IPython treats the body of a cell magic. */
export type MagicBody =
  /** Run as Python in the notebook's namespace: it binds there (`%%time`, `%%capture`, `%%prun`). */
  | 'namespace'
  /** Run as Python in a scope of its own: it reads the notebook's names, binds none (`%%timeit`). */
  | 'scope'
  /** Not Python, or Python elsewhere (`%%bash`, `%%writefile`, `%%script`, and every magic that nobody knows). */
  | 'opaque';

export interface Magic {
  readonly kind: MagicKind;
  /** Without `%`; `!` for shell, `?` for help, the escape character for autocall. */
  readonly name: string;
  /** What is masked as not Python, in the cell's source. For a cell magic with a Python body, its first line only. */
  readonly span: Span;
  /** The text after the name, as written. */
  readonly argument: string;
  /** Only for cell magics. */
  readonly body?: MagicBody;
  /** Names that the magic binds in the notebook (`%%capture out`, `%%bash --out lines`). Assignment targets not counted. */
  readonly binds: readonly string[];
  /** Whether it may bind any name at all (`%run`, `%load`, `%store -r`, `%pylab`). */
  readonly bindsAnything: boolean;
  /** Every identifier in its text and opaque body: names that it may read (`{x}`, `$x`, `%timeit f(x)`). Sorted, unique. */
  readonly mentions: readonly string[];
  /** Whether imports after it may depend on it (`%cd`, `%env`, `%load_ext`, `%pip`, `!pip`, `%matplotlib` is not one). */
  readonly isBarrier: boolean;
}

export interface Masked {
  /** As long as the source, with every line break at the same offset; what is left is Python. */
  readonly text: string;
  /** In the order in which they stand. */
  readonly magics: readonly Magic[];
}
