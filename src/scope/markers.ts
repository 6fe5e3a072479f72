/** Turns the first lines of a cell into those that speak to a tool about the cell, and not about the code below them. */

/**
 * Comments that describe their cell:
 * - Quarto's and nbdev's `#| echo: false`, `#| hide`
 * - `#hide`, `# hide_input`, `#collapse-hide` of nbdev 1 and fastpages
 * - nbval's `# NBVAL_IGNORE_OUTPUT`
 * - Colab's `#@title Plot it`, `# @markdown Choose one.`
 *
 * Not nbdev's `#| export`: it asks for what is done, and goes with what it asks for.
 */
const marker =
  /^#(?:\s*\|(?!\s*export)|\s*(?:hide|collapse)(?:[-_](?:input|output|cell|hide|show))?\s*$|\s*NBVAL_\w+\s*$|\s*PYTEST_VALIDATE_\w+\s*$|\s*@(?:title|markdown)\b)/;

/** `#| default_exp core` speaks about the notebook. */
const defaultModule = /^#\s*\|?\s*default_exp\s+\S+\s*$/;

/** Whether a line is a comment about its cell, if it stands at the cell's head. */
export function isMarker(line: string): boolean {
  return marker.test(line) || defaultModule.test(line);
}

/** Whether it would be missed without the cell, too. */
export function outlivesCell(line: string): boolean {
  return defaultModule.test(line);
}

/** Whether what starts at an offset has nothing but comments before it in its cell. */
export function isAtHead(source: string, offset: number): boolean {
  return /^(?:[ \t\f\r]*(?:#[^\n]*)?\n)*[ \t\f]*$/.test(source.slice(0, offset));
}
