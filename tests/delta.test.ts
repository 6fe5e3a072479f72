import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyDelta, deltaOf } from '../src/text/delta.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('a delta', () => {
  test.each([
    ['a\nb\nc\n', 'a\nc\n', '', 2],
    ['a\nb\nc\n', 'a\nx\nb\nc\n', 'x\n', 2],
    ['a\nb\n', 'b\na\n', '', 2],
    ['a\nb\n', 'a\nb\n', '', 1],
    ['a\nb', 'a\nb\nc', 'b\nc', 2],
    ['', 'new\n', 'new\n', 1],
    ['old\n', '', '', 0],
  ])('of %j to %j keeps %j', (before, after, kept, count) => {
    const delta = deltaOf(bytes(before), bytes(after));
    expect(Buffer.from(delta.text).toString()).toBe(kept);
    expect(delta.steps.length / 3).toBe(count);
    expect(Buffer.from(applyDelta(bytes(before), delta)).toString()).toBe(after);
  });

  test('gives the new bytes back, whatever they are', () => {
    const file = fc
      .array(
        fc.constantFrom('a\n', 'b\n', '\n', '"é",\n', '\u{1f600}', '\r\n', 'c').map((text) => bytes(text)),
        {
          maxLength: 30,
        },
      )
      .map((parts) => Buffer.concat(parts));
    const raw = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(file, raw), fc.oneof(file, raw), (before, after) => {
        expect(Buffer.compare(applyDelta(before, deltaOf(before, after)), after)).toBe(0);
      }),
    );
  });

  test('of many equal lines is found soon', () => {
    const before = bytes('[\n' + '  0,\n  1,\n'.repeat(50_000) + ']\n');
    const after = bytes('[\n' + '  0,\n'.repeat(50_000) + ']\n');
    const delta = deltaOf(before, after);
    expect(Buffer.compare(applyDelta(before, delta), after)).toBe(0);
  });
});
