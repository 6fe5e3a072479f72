/** Turns a report into JSON text piece by piece: that of thousands of notebooks, held as a whole, is as large as all else. */

/**
 * @param report whose large parts are arrays; their items may be printed already (`printItem`)
 * @returns together, in UTF-8, what `JSON.stringify(report, null, 2)` gives, and a line break; at most an item of an array
 *   in one piece
 */
export function* formatJson(report: object): Generator<string | Uint8Array> {
  let start = '{';
  for (const [key, value] of Object.entries(report)) {
    if (value === undefined) continue;
    yield `${start}\n  ${JSON.stringify(key)}: `;
    start = ',';
    if (!Array.isArray(value) || value.length === 0) {
      yield print(value, 1);
      continue;
    }
    let before = '[\n    ';
    for (const item of value) {
      if (item instanceof Uint8Array) {
        yield before;
        yield item;
      } else yield `${before}${print(item, 2)}`;
      before = ',\n    ';
    }
    yield '\n  ]';
  }
  yield start === '{' ? '{}\n' : '\n}\n';
}

/** An item of an array of a report as it stands there, in UTF-8: threads print what is much, and send it as it is. */
export function printItem(item: object): Uint8Array {
  return new TextEncoder().encode(print(item, 2));
}

/** As `JSON.stringify(value, null, 2)`, but as it stands in a report so many brackets deep. */
function print(value: unknown, depth: number): string {
  // Put into so many lists, whose brackets are then cut off: faster than to indent each line.
  let nested = value;
  let before = 0;
  let after = 0;
  for (let i = 0; i < depth; i++) {
    nested = [nested];
    before += '[\n'.length + 2 * (i + 1);
    after += '\n]'.length + 2 * i;
  }
  return JSON.stringify(nested, null, 2).slice(before, -after);
}
