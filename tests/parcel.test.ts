import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openPacker, openUnpacker } from '../src/commands/parcel.ts';
import './properties.ts';

/** Sends values one after the other; the texts are what goes from thread to thread. */
function send(values: readonly unknown[], most?: number) {
  const pack = openPacker(most);
  const unpack = openUnpacker();
  const parcels = values.map((value) => pack(value));
  return { texts: parcels.map(({ text }) => text), received: parcels.map((parcel) => unpack(parcel)) };
}

const reason = { code: 'NB401', message: "it reads 'x'", hint: 'Pass it.' };

describe('what is unpacked is what was packed', () => {
  test.each([
    ['nothing', [undefined, null, false, true]],
    ['numbers', [0, 1, -1, 1.5, -0, NaN, Infinity, -Infinity, 2 ** 28, 2 ** 28 + 1, 2 ** 53]],
    ['strings', ['', 'a', '__proto__', '\ud800', '"\\\n', '0']],
    ['lists in lists', [[], [[]], [1, [2, [3]]], ['a', 'a']]],
    ['objects', [{}, { a: 1 }, { a: undefined }, { b: 1, a: 2 }, { a: { a: {} } }]],
    ['maps', [new Map(), new Map<unknown, unknown>([[1, new Set(['x'])]]), new Map([['a', 1]])]],
    ['sets', [new Set(), new Set([1, 'a']), new Set([[1]])]],
    [
      'bytes',
      [Uint8Array.of(97), { a: Uint8Array.of() }, [Uint8Array.of(97)], new Map([[1, Uint8Array.of(0)]])],
    ],
  ])('%s', (_, values) => {
    expect(send([values, ...values, values]).received).toStrictEqual([values, ...values, values]);
  });

  test('whatever it is, and however often both sides forget', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(undefined, null, true, false, reason),
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.integer(),
        fc.array(tie('value')),
        fc.record({ path: fc.string(), cell: fc.nat(9), own: tie('value') }, { requiredKeys: ['cell'] }),
        fc.array(tie('value')).map((items) => new Set(items)),
        fc.array(fc.tuple(fc.nat(99), tie('value'))).map((items) => new Map(items)),
      ),
    }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 8 }), fc.constantFrom(0, 100, 1e6), (values, most) => {
        // A record of fast-check has no prototype.
        const plain = structuredClone(values);
        expect(send(plain, most).received).toStrictEqual(plain);
      }),
    );
  });

  test('objects that are hardly ever equal, and those that are again after them', () => {
    const values = Array.from({ length: 300 }, (_, i) => ({ statement: i < 200 ? i : 7, reason }));
    expect(send(values).received).toStrictEqual(values);
  });
});

test('an equal part is one object wherever it comes', () => {
  const [first, second] = send([
    { path: 'a.ipynb', reason },
    { path: 'b.ipynb', reason: { ...reason } },
  ]).received as { readonly reason: unknown }[];
  expect(second!.reason).toBe(first!.reason);
});

test('what went before goes as a number', () => {
  const { texts } = send([reason, reason]);
  expect(texts[0]).toContain('NB401');
  expect(texts[1]!.length).toBeLessThan(60);
});

test('of what several threads say, equal strings are taken from one pool', () => {
  const pool = new Map<string, string>();
  const values = [openUnpacker(pool), openUnpacker(pool)].map((unpack) =>
    unpack(openPacker()([reason.hint])),
  );
  expect(values).toEqual([[reason.hint], [reason.hint]]);
  expect([...pool.keys()]).toEqual([reason.hint]);
});

test('a frozen object is known by itself, until both sides forget', () => {
  const frozen = Object.freeze({ code: 'NB401', names: Object.freeze(['x', 'y']) });
  expect(send([frozen, [frozen, frozen.names], frozen], 20).received).toStrictEqual([
    frozen,
    [frozen, frozen.names],
    frozen,
  ]);
  let looks = 0;
  const watched = Object.freeze(
    Object.defineProperty({}, 'name', { enumerable: true, get: () => `x${++looks}`.slice(0, 1) }),
  );
  expect(send([watched, watched, [watched]]).received).toStrictEqual([
    { name: 'x' },
    { name: 'x' },
    [{ name: 'x' }],
  ]);
  expect(looks).toBe(1);
});

test('a frozen object is known even where it holds what is hardly ever equal', () => {
  const countless = Array.from({ length: 100 }, (_, i) => ({ count: i }));
  const frozen = Object.freeze({ held: { count: 200 } });
  const { texts, received } = send([countless, frozen, frozen]);
  expect(received[1]).toStrictEqual(frozen);
  expect(received[2]).toBe(received[1]);
  expect(texts[2]!.length).toBeLessThan(60);
});

test('of a buffer only the part that is meant goes', () => {
  const { bytes } = openPacker()(Buffer.from(new ArrayBuffer(100), 10, 5));
  expect(bytes.map(({ buffer }) => buffer.byteLength)).toEqual([5]);
});
