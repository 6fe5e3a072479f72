/** Turns text into text in a style of the terminal, where colours are wanted. */

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan';

const styles: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
};

/** `text` between the terminal's codes for `style`, or as it is. */
export function paint(style: Style, text: string, colour: boolean): string {
  const [on, off] = styles[style];
  return colour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}
