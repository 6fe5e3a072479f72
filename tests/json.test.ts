import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeString,
  elementsOf,
  expand,
  isFolded,
  kindOf,
  memberOf,
  membersOf,
  overText,
  readJson,
  sliceOf,
  spanOf,
  type JsonDocument,
  type JsonNode,
} from '../src/notebook/json.ts';

function read(text: string): JsonDocument {
  const document = readJson(Buffer.from(text));
  if ('fault' in document) throw new Error(`${document.fault} at ${document.offset}`);
  return document;
}

function faultOf(content: string | Buffer): string {
  const document = readJson(Buffer.from(content as string));
  return 'fault' in document ? `${document.fault}@${document.offset}` : 'none';
}

/** The value, built from the tree alone. */
function valueOf(document: JsonDocument, node: JsonNode): unknown {
  if (isFolded(document, node)) return valueOf(expand(document, node), 0);
  const { start, end } = spanOf(document, node);
  switch (kindOf(document, node)) {
    case 'object':
      return Object.fromEntries(
        membersOf(document, node).map(({ key, value }) => [
          decodeString(document, key),
          valueOf(document, value),
        ]),
      );
    case 'array':
      return elementsOf(document, node).map((element) => valueOf(document, element));
    case 'string':
      return decodeString(document, node);
    default:
      return JSON.parse(sliceOf(document, start, end));
  }
}

test.each([
  ['', 'truncated@0'],
  ['   ', 'truncated@3'],
  ['{', 'truncated@1'],
  ['{"a"', 'truncated@4'],
  ['{"a":', 'truncated@5'],
  ['{"a": 1', 'truncated@7'],
  ['["', 'truncated@2'],
  ['["abc', 'truncated@5'],
  ['["\\', 'truncated@3'],
  ['["\\u12', 'truncated@6'],
  ['[tru', 'truncated@4'],
  ['[-', 'truncated@2'],
  ['[1.', 'truncated@3'],
  ['[1,]', 'trailing comma@3'],
  ['{"a": 1,}', 'trailing comma@8'],
  ['[,]', 'value@1'],
  ['{,}', 'key@1'],
  ["{'a': 1}", 'key@1'],
  ['{a: 1}', 'key@1'],
  ['{"a" 1}', 'colon@5'],
  ['{"a": }', 'value@6'],
  ['[1 2]', 'comma or end@3'],
  ['[1}', 'comma or end@2'],
  ['{"a": 1]', 'comma or end@7'],
  ['["a\nb"]', 'control character@3'],
  ['["a long string over several words\tand a tab"]', 'control character@34'],
  ['["a\u0000"]', 'control character@3'],
  ['["\\x41"]', 'escape@2'],
  ['["\\u00g0"]', 'escape@2'],
  ['["\\U0041"]', 'escape@2'],
  ['[01]', 'comma or end@2'],
  ['[+1]', 'value@1'],
  ['[.5]', 'value@1'],
  ['[1.e5]', 'value@1'],
  ['[1e]', 'value@1'],
  ['[-Inf]', 'value@1'],
  ['[nan]', 'value@1'],
  ['[nul]', 'value@1'],
  ['[Nan]', 'value@1'],
  ['[True]', 'value@1'],
  ['1 2', 'data after the end@2'],
  ['{} {}', 'data after the end@3'],
  ['{}\u00a0', 'data after the end@2'],
  ['\f{}', 'value@0'],
  ['/* no */ {}', 'value@0'],
  [']', 'value@0'],
  [Buffer.from([0x22, 0xff, 0x22]), 'utf-8@1'],
  [Buffer.from([0x5b, 0x0a, 0x22, 0xc3, 0xa9, 0xe9, 0x22, 0x5d]), 'utf-8@5'],
  [Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'utf-8@1'],
])('%j is not JSON: %s', (content, fault) => {
  expect(faultOf(content)).toBe(fault);
});

test.each([
  '{}',
  ' [ ] ',
  '\r\n{\t}\n',
  '"a"',
  '[0, -0, 1.0, 1e-05, 1E+5, -0.5e5, 123456789012345678901234567890]',
  '[true, false, null]',
  '["\\u00e9\\/\\b\\f\\n\\r\\t\\"\\\\", "\\ud800", "\\uDFFF\\ud800"]',
  '["\u007f\u2028"]',
  '{"a": {"a": [[], {}, [{}]]}}',
])('%j reads as JSON.parse reads it', (text) => {
  expect(valueOf(read(text), 0)).toEqual(JSON.parse(text));
});

test.each(['[NaN]', '[Infinity]', '[-Infinity]', '{"a": NaN}'])(
  '%s is accepted, as Jupyter writes it',
  (text) => {
    expect(faultOf(text)).toBe('none');
  },
);

test('a byte order mark may lead the document, offsets count it', () => {
  const document = read('\ufeff{"a": 1}');
  expect(spanOf(document, 0)).toEqual({ start: 3, end: 11 });
});

test('100,000 levels are no trouble', () => {
  const depth = 100_000;
  expect(faultOf('['.repeat(depth) + ']'.repeat(depth))).toBe('none');
  expect(faultOf('{"a":'.repeat(depth) + '1' + '}'.repeat(depth))).toBe('none');
  expect(faultOf('['.repeat(depth))).toBe(`truncated@${depth}`);
});

test('of duplicate keys the last counts and all are kept', () => {
  const document = read('{"a": 1, "\\u0061": 2, "b": 3}');
  expect(membersOf(document, 0)).toHaveLength(3);
  expect(spanOf(document, memberOf(document, 0, 'a')!)).toEqual({ start: 19, end: 20 });
});

test('the outputs of cells are checked but folded, and expand with their offsets', () => {
  const text = '{"é": "ü", "cells": [{"outputs": [{"text": "ü"}], "metadata": {"outputs": [1]}}]}';
  const bytes = Buffer.from(text);
  const document = overText(read(text), bytes, text);
  const cell = elementsOf(document, memberOf(document, 0, 'cells')!)[0]!;
  const outputs = memberOf(document, cell, 'outputs')!;
  expect(isFolded(document, outputs)).toBe(true);
  const whole = expand(document, outputs);
  expect(spanOf(whole, 0)).toEqual(spanOf(document, outputs));
  const [output] = elementsOf(whole, 0);
  const { start, end } = spanOf(whole, memberOf(whole, output!, 'text')!);
  expect(text.slice(start, end)).toBe('"ü"');
  expect(faultOf('{"cells": [{"outputs": [{"a": 01}]}]}')).toBe('comma or end@31');
});

test.each(['é', '漢', '😀'])(
  'offsets over the text are right before, in and after long runs of ASCII and %s',
  (letter) => {
    const values = [20_000, 1, 63, 16_384, 5].flatMap((length, i) => [
      'a'.repeat(length),
      letter.repeat(i + 30),
    ]);
    const text = JSON.stringify(values);
    const document = overText(read(text), Buffer.from(text), text);
    expect(elementsOf(document, 0).map((node) => decodeString(document, node))).toEqual(values);
  },
);

describe('properties', () => {
  const value = fc.jsonValue({ noUnicodeString: false, maxDepth: 4 });
  const laidOut = fc
    .tuple(value, fc.constantFrom(undefined, 1, 2, '\t'), fc.boolean())
    .map(([json, indent, isAscii]) => {
      const text = JSON.stringify(json, undefined, indent);
      return isAscii
        ? text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        : text;
    });

  test('the tree says what JSON.parse says, over bytes and over text', () => {
    fc.assert(
      fc.property(laidOut, fc.nat(7), (text, offset) => {
        // Bytes that start anywhere in their buffer: strings are read by words.
        const room = Buffer.alloc(Buffer.byteLength(text) + offset + 8, '"');
        room.write(text, offset);
        const bytes = room.subarray(offset, offset + Buffer.byteLength(text));
        const document = readJson(bytes);
        if ('fault' in document) throw new Error(document.fault);
        const parsed: unknown = JSON.parse(text);
        expect(valueOf(document, 0)).toEqual(parsed);
        expect(valueOf(overText(document, bytes, text), 0)).toEqual(parsed);
      }),
      { numRuns: 300 },
    );
  });

  test('what is cut, doubled or flipped is refused just where JSON.parse refuses it', () => {
    const isAccepted = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(
        laidOut,
        fc.nat(),
        fc.constantFrom('', '"', ',', '\\', '\n', ']', '0', '-', ' '),
        (text, at, put) => {
          const place = at % (text.length + 1);
          const broken = Buffer.from(text.slice(0, place) + put + text.slice(place + 1)).toString();
          expect(faultOf(broken) === 'none').toBe(isAccepted(broken));
        },
      ),
      { numRuns: 500 },
    );
  });
});
