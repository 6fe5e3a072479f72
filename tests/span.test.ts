/** Where an offset falls. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linesOf, positionAt } from '../src/text/span.ts';

test.each([
  ['', 0, 1, 1],
  ['a', 1, 1, 2],
  ['a\nb', 1, 1, 2],
  ['a\nb', 2, 2, 1],
  ['a\r\nb', 3, 2, 1],
  ['\n\n', 2, 3, 1],
])('%j at %d is line %d, column %d', (text, offset, line, column) => {
  expect(positionAt(text, offset)).toEqual({ line, column });
});

test('one by one or from a list of the lines, it is the same', () => {
  const texts = fc.array(fc.constantFrom('a', '\n', '\r\n', '𝒳')).map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, (text) => {
      const placeOf = linesOf(text);
      for (let offset = 0; offset <= text.length; offset++) {
        expect(placeOf(offset)).toEqual(positionAt(text, offset));
      }
    }),
  );
});
