import { expect, test } from 'vitest';
import fc from 'fast-check';
import { applyEdits, type Edit } from '../src/text/edit.ts';

test('no edits give back the very same string', () => {
  expect(applyEdits('abc', [])).toBe('abc');
});

test('edits refer to the original text, in whatever order they are given', () => {
  const edits: Edit[] = [
    { span: { start: 4, end: 5 }, text: 'X' },
    { span: { start: 0, end: 2 }, text: '' },
    { span: { start: 2, end: 2 }, text: 'new' },
  ];
  expect(applyEdits('abcdef', edits)).toBe('newcdXf');
});

test('overlapping edits throw', () => {
  const edits: Edit[] = [
    { span: { start: 0, end: 3 }, text: 'x' },
    { span: { start: 2, end: 4 }, text: 'y' },
  ];
  expect(() => applyEdits('abcdef', edits)).toThrow(RangeError);
});

test('an edit outside the text throws', () => {
  expect(() => applyEdits('abc', [{ span: { start: 2, end: 9 }, text: '' }])).toThrow(RangeError);
});

test('replacing disjoint spans by themselves changes nothing', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.nat()), (text, cuts) => {
      const points = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
      const edits = points.slice(1).map((end, i) => {
        const span = { start: points[i]!, end };
        return { span, text: text.slice(span.start, span.end) };
      });
      expect(applyEdits(text, edits)).toBe(text);
    }),
  );
});
