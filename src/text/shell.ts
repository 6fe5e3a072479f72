/** Turns a word into what a user can paste into a shell. */

/** As it is where no shell takes it for anything else, else in quotes. */
export function quoteWord(word: string, platform: NodeJS.Platform = process.platform): string {
  const isWindows = platform === 'win32';
  const isPlain = isWindows ? /^[\p{L}\p{N}_@:.,+=/\\-]+$/u : /^[\p{L}\p{N}_@%:.,+=/-]+$/u;
  if (isPlain.test(word)) return word;
  return isWindows ? `"${word}"` : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
