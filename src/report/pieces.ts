/** Turns a report into JSON text piece by piece: that of thousands of notebooks, held as a whole, is as large as all else. */

/**
 * @param report whose large parts are arrays
 * @returns together what `JSON.stringify(report, null, 2)` gives, and a line break; at most an item of an array in one piece
 */
export function* formatJson(report: object): Generator<string> {
  let start = '{';
  for (const [key, value] of Object.entries(report)) {
    if (value === undefined) continue;
    yield `${start}\n  ${JSON.stringify(key)}: `;
    start = ',';
    if (!Array.isArray(value) || value.length === 0) {
      yield format(value, 2);
      continue;
    }
    let before = '[';
    for (const item of value) {
      yield `${before}\n    ${format(item, 4)}`;
      before = ',';
    }
    yield '\n  ]';
  }
  yield start === '{' ? '{}\n' : '\n}\n';
}

/** Every line but the first is indented by so many spaces: a line break stands in no literal. */
function format(value: unknown, indent: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${' '.repeat(indent)}`);
}
