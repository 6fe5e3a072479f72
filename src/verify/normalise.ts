/** Turns what a cell showed into what two runs of the same code must share: addresses, timings and the like masked. */

/** What is known about the two notebooks that are compared. */
export interface Naming {
  /** Dotted names of the package's modules, e.g. `churn.models`: in the original their code was `__main__`. */
  readonly modules: readonly string[];
}

type Rule = readonly [pattern: RegExp, replacement: string];

const address = '0x…';
const time = '⟨time⟩';

const rules: readonly Rule[] = [
  // Colours: a terminal's business.
  [/\u001b\[[0-9;?]*[A-Za-z]/g, ''],
  [/\b0x[0-9a-fA-F]{6,16}\b/g, address],
  // What `reprlib` leaves of one.
  [/\.\.\.(?:0?x)?[0-9a-f]{6,16}(?=>|&gt;)/g, `...${address}`],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '⟨uuid⟩'],
  // %time, %%time and %timeit.
  [/^(CPU times|Wall time): .*$/gm, `$1: ${time}`],
  [/^.* per loop( \(mean (±|\+-) std\. dev\. of .*\))?$/gm, `${time} per loop`],
  [/^The slowest run took .* times longer than the fastest\..*$\n?/gm, ''],
  // Said only where it took more than a tenth of a second.
  [/^(Compiler|Parser) *(time)?: .*$\n?/gm, ''],
  // tqdm and its kind: the bar, then [elapsed<remaining, rate].
  [/\[\d+:\d\d(:\d\d)?<[^\]\n]*\]/g, `[${time}]`],
  [/\d+(\.\d+)?(ms|s|us)\/(step|it|epoch)\b/g, `${time}/$3`],
  [/\b\d+(\.\d+)?(it|B|kB|MB|GB|step)\/s\b/g, `${time}`],
  // A number with a fraction or an exponent and a unit of time: `took 0.31 s`, `elapsed 3e-06 s`.
  [/\b(?:\d+\.\d+(?:e-?\d+)?|\d+e-?\d+)(\s?)(s|secs?|seconds|ms|milliseconds|us|µs|μs|ns)\b/g, `${time}$1$2`],
  // Where code stands: moved code stands elsewhere.
  [/^(\s*)File "[^"\n]*", line \d+/gm, '$1File …, line …'],
  [/^(\s*)File [^\n]*?:\d+(, in)?/gm, '$1File …$2'],
  [/\b(Cell|Input) In ?\[\d+\], line \d+/g, 'Cell …'],
  [/^(\w*Error: .*)\([^()\n]+, line \d+\)$/gm, '$1(…, line …)'],
  [/<ipython-input-[^>\n]*>/g, '<cell>'],
  [/\bipykernel_\d+(\/\d+\.py)?/g, 'ipykernel'],
  // The marks that Python 3.11 puts under a traceback's lines are missing where it can't see the source.
  [/^\s*[~^]+\s*$\n?/gm, ''],
  // sklearn and pandas number the elements they make, from the start of the process.
  [/\bsk-(container|estimator)-id-\d+\b/g, 'sk-$1-id'],
  [/\bdf-⟨uuid⟩/g, 'df'],
];

/** Said only where matplotlib took more than a second to find the place. */
const slowness = /^Creating legend with loc="best" can be slow/;

const warning = /^(?:[^\s:][^\n]*?):\d+: (\w*Warning): ([^\n]*)(?:\n {2}[^\n]*)?(?:\n|$)/gm;

/**
 * Warnings are shown once for each place they come from, and deprecations only when that place is `__main__`
 * (PEP 565). Moved code has another place; so each warning counts once, and deprecations not at all.
 */
function normaliseWarnings(text: string): string {
  const seen = new Set<string>();
  return text.replace(warning, (_whole, category: string, message: string) => {
    // Libraries have subclasses of their own, so called by custom: `MatplotlibDeprecationWarning`.
    if (category.endsWith('DeprecationWarning') || slowness.test(message)) return '';
    const line = `${category}: ${message}\n`;
    if (seen.has(line)) return '';
    seen.add(line);
    return line;
  });
}

/** What a terminal shows of a line that was rewritten: the text after the last carriage return with text behind it. */
function replayTerminal(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  return text
    .replace(/\r+\n/g, '\n')
    .split('\n')
    .map((line) => {
      const parts = line.split('\r');
      let shown = parts.findLast((part) => part !== '') ?? '';
      while (/[^\x08]\x08/.test(shown)) shown = shown.replace(/[^\x08]\x08/g, '');
      return shown.replaceAll('\b', '');
    })
    .join('\n');
}

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `text` with all that two runs of the same code may show differently, as far as it can be known without running. */
export function normaliseText(text: string, naming: Naming = { modules: [] }): string {
  let result = normaliseWarnings(replayTerminal(text.replaceAll('\r\n', '\n')));
  for (const [pattern, replacement] of rules) result = result.replace(pattern, replacement);
  // The longest first: `churn.data.io` before `churn.data`.
  for (const module of [...naming.modules].sort((a, b) => b.length - a.length)) {
    result = result.replace(new RegExp(`(?<![\\w.])${escapePattern(module)}(?!\\w)`, 'g'), '__main__');
  }
  // A traceback names an exception of `__main__` without its module, all others with it.
  result = result.replace(/^([ \t]*)__main__\.(\w+)(?=:|$)/gm, '$1$2');
  return result.replace(/[ \t]+$/gm, '').trimEnd();
}

/** Text in which a module is named for `__main__` is longer, so IPython may have broken its lines elsewhere. */
export function isRewrapped(text: string, { modules }: Naming): boolean {
  return modules.some((module) => text.includes(module));
}

/** Whether text of this MIME type is worth reading; of others only the presence counts. */
export function isComparable(mime: string): boolean {
  if (/^image\/(png|jpeg|gif|webp)$/.test(mime)) return true; // the runner gives a hash of the pixels
  if (mime === 'application/vnd.jupyter.widget-view+json') return false;
  return /^text\/|json$|^application\/javascript$|^image\/svg/.test(mime);
}
