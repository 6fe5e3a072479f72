/** Turns a file's new bytes into what makes them of the old ones: little to keep where most of a file stays, or goes. */

/** In turn: so many bytes of `text`, then the range of the old bytes from `start` up to, not including, `end`. */
export interface Delta {
  /** Triples `length, start, end`, in bytes. */
  readonly steps: Uint32Array;
  readonly text: Uint8Array;
}

/** Greedy, by lines, from anywhere in the old bytes. Files of up to 4 GiB. */
export function deltaOf(before: Uint8Array, after: Uint8Array): Delta {
  const old = linesOf(before);
  const places = new Map<string, number[]>();
  old.forEach(({ text }, i) => {
    const known = places.get(text);
    if (known === undefined) places.set(text, [i]);
    else known.push(i);
  });
  const steps: number[] = [];
  const added: Uint8Array[] = [];
  let length = 0;
  /** The line of the old bytes that follows what was taken last. */
  let next = 0;
  for (const { text, start, end } of linesOf(after)) {
    if (old[next]?.text !== text) {
      const found = places.get(text);
      if (found === undefined) {
        added.push(after.subarray(start, end));
        length += end - start;
        continue;
      }
      next = found[firstAbove(found, next)] ?? found[0]!;
    }
    const taken = old[next++]!;
    if (length === 0 && steps.at(-1) === taken.start) steps[steps.length - 1] = taken.end;
    else steps.push(length, taken.start, taken.end);
    length = 0;
  }
  if (length > 0) steps.push(length, 0, 0);
  return { steps: Uint32Array.from(steps), text: Buffer.concat(added) };
}

/** The new bytes. `before` must be those that the delta was made with. */
export function applyDelta(before: Uint8Array, { steps, text }: Delta): Uint8Array {
  const pieces: Uint8Array[] = [];
  let read = 0;
  for (let i = 0; i < steps.length; i += 3) {
    const length = steps[i]!;
    pieces.push(text.subarray(read, read + length), before.subarray(steps[i + 1]!, steps[i + 2]!));
    read += length;
  }
  return Buffer.concat(pieces);
}

/** The index of the first of these ascending numbers that is above `limit`. */
function firstAbove(numbers: readonly number[], limit: number): number {
  let low = 0;
  for (let high = numbers.length; low < high;) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** With their line feeds. */
function linesOf(
  bytes: Uint8Array,
): { readonly text: string; readonly start: number; readonly end: number }[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const lines: { text: string; start: number; end: number }[] = [];
  for (let start = 0; start < buffer.length;) {
    const feed = buffer.indexOf(0x0a, start);
    const end = feed === -1 ? buffer.length : feed + 1;
    // Each byte is one character of Latin 1.
    lines.push({ text: buffer.toString('latin1', start, end), start, end });
    start = end;
  }
  return lines;
}
