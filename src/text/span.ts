/** A stretch of text: UTF-16 offsets, half-open, into the ORIGINAL text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Whether `inner` lies wholly within `outer` (equal spans count). */
export function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

export interface LinePosition {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
}

/** Where `offset` (UTF-16) falls in `text`, lines ending at `\n`. For one question; for many `linesOf` is faster. */
export function positionAt(text: string, offset: number): LinePosition {
  let line = 1;
  let lineStart = 0;
  for (let next = text.indexOf('\n'); next !== -1 && next < offset; next = text.indexOf('\n', next + 1)) {
    line++;
    lineStart = next + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

/** Answers as `positionAt` does, from a list of the lines. */
export function linesOf(text: string): (offset: number) => LinePosition {
  const starts = [0];
  for (let next = text.indexOf('\n'); next !== -1; next = text.indexOf('\n', next + 1)) starts.push(next + 1);
  return (offset) => {
    let line = 1;
    let after = starts.length + 1;
    while (after - line > 1) {
      const middle = (line + after) >> 1;
      if (starts[middle - 1]! <= offset) line = middle;
      else after = middle;
    }
    return { line, column: offset - starts[line - 1]! + 1 };
  };
}
