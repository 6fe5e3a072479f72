/** Turns text that others wrote, such as a file's name, into what a terminal can be told without obeying it. */

/** Control characters, and those that end a line or turn its direction for Unicode alone. */
export const unprintable = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with escapes for what would not stand in the line as it is: `a\nb`. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => {
    const known = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
    const code = character.charCodeAt(0).toString(16);
    return known ?? (code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`);
  });
}

/** As `printable`, of a text that may have several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
