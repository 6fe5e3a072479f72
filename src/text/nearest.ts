/** Turns a word that is not known into the known one that was most likely meant. */

/** How many single-character edits lead from `a` to `b` (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The one of `names` that `wrong` was most likely meant to be, or null where none is near. */
export function nearest(wrong: string, names: readonly string[]): string | null {
  const plain = wrong.toLowerCase().replaceAll('_', '-');
  const [best] = names
    .map((name) => ({ name, far: distance(plain, name.toLowerCase().replaceAll('_', '-')) }))
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1));
  return best !== undefined && best.far <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : null;
}
