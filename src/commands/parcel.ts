/**
 * Carries plain data from a thread to the main one, each equal part once.
 *
 * What threads say of thousands of notebooks repeats itself: the same helpers, reasons and names again and again. The
 * packer gives each string and each object made of such parts a number when it first goes out, and sends the number from
 * then on; the unpacker hands out the same object for it. (Hash consing: Ershov 1958.) So little is copied, and what is
 * equal takes memory once. What is unpacked must not be changed. A frozen object is taken for one that comes again: it is
 * known by itself then, without a look at what it holds.
 *
 * Parts of objects are references: an even number 2n is the integer n itself, an odd one 2i + 1 the part numbered i, an
 * array a part in its place, which gets no number. A part is a string, or an array: the shape, and what it holds. Bytes
 * go beside the text as they are.
 */

type Reference = number | readonly unknown[];

/** Shapes that are no plain object's; the others are numbered from 0, by their keys. */
const ARRAY = -1;
const MAP = -2;
const SET = -3;
/** A number that is no natural one, as text: JSON knows no -0 and NaN. */
const NUMBER = -4;
/** Bytes: their place among those that go beside. */
const BYTES = -5;

/** Parts that both sides know from the start. */
const constants: readonly unknown[] = [undefined, null, false, true];

/** Numbers up to this are references by themselves: twice as much must fit V8's small integers. */
const largestInteger = 2 ** 28;

/** After so much both sides forget all parts, for memory has to end somewhere: UTF-16 units, and ten for each part. */
const mostKept = 16_000_000;
const costOfPart = 10;

/** Keys of objects, in order, as a path of maps. */
interface Shape {
  readonly next: Map<string, Shape>;
  /** Its number, once an object had it. */
  id: number | undefined;
  /** How many of its objects were new, and how many known. */
  misses: number;
  hits: number;
}

const newShape = (): Shape => ({ next: new Map(), id: undefined, misses: 0, hits: 0 });

/** A packed value. */
export interface Parcel {
  readonly text: string;
  readonly bytes: readonly Uint8Array[];
}

/** What the text of a parcel holds: new shapes and parts, then the whole. */
interface Content {
  readonly forget: boolean;
  readonly shapes: readonly (readonly string[])[];
  readonly parts: readonly (string | readonly unknown[])[];
  readonly whole: Reference;
}

/** @returns what packs values, which `openUnpacker` understands in the order in which they were packed */
export function openPacker(most = mostKept): (value: unknown) => Parcel {
  let strings = new Map<string, number>();
  let nodes = new Map<string, number>();
  let frozen = new WeakMap<object, number>();
  let root = newShape();
  let count = constants.length;
  let kept = 0;
  let shapeCount = 0;
  let newShapes: string[][] = [];
  let newParts: (string | readonly unknown[])[] = [];
  let bytes: Uint8Array[] = [];

  const part = (text: string | readonly unknown[]): number => {
    newParts.push(text);
    kept += text.length + costOfPart;
    return 2 * count++ + 1;
  };
  const packString = (text: string): number => {
    const known = strings.get(text);
    if (known !== undefined) return known;
    const reference = part(text);
    strings.set(text, reference);
    return reference;
  };
  const shapeOf = (keys: readonly string[]): Shape => {
    let shape = root;
    for (const key of keys) {
      let next = shape.next.get(key);
      if (next === undefined) shape.next.set(key, (next = newShape()));
      shape = next;
    }
    if (shape.id === undefined) {
      shape.id = shapeCount++;
      newShapes.push([...keys]);
    }
    return shape;
  };
  /**
   * A part by its shape and what it holds: its number, unless it holds something that has none.
   * @param shape of an object that need not be remembered
   */
  const packNode = (node: readonly unknown[], shape?: Shape): Reference => {
    // Objects that count something are hardly ever equal: they go in their place, and are not remembered.
    if (shape !== undefined && shape.misses > 64 && shape.misses > 4 * shape.hits) return node;
    let key = '';
    for (const item of node) {
      if (typeof item !== 'number') return node;
      key += `,${item}`;
    }
    const known = nodes.get(key);
    if (known !== undefined) {
      if (shape !== undefined) shape.hits++;
      return known;
    }
    if (shape !== undefined) shape.misses++;
    const reference = part(node);
    nodes.set(key, reference);
    return reference;
  };
  const pack = (value: unknown): Reference => {
    switch (typeof value) {
      case 'string':
        return packString(value);
      case 'number':
        if (value >= 0 && value <= largestInteger && Number.isInteger(value) && !Object.is(value, -0)) {
          return 2 * value;
        }
        return packNode([NUMBER, packString(Object.is(value, -0) ? '-0' : String(value))]);
    }
    if (typeof value !== 'object' || value === null) return 2 * constants.indexOf(value) + 1;
    const known = frozen.get(value);
    if (known !== undefined) return known;
    const packed = packObject(value);
    if (!Object.isFrozen(value)) return packed;
    const reference = typeof packed === 'number' ? packed : part(packed);
    frozen.set(value, reference);
    return reference;
  };
  const packObject = (value: object): Reference => {
    if (value instanceof Uint8Array) return [BYTES, 2 * (bytes.push(alone(value)) - 1)];
    const node: unknown[] = [];
    if (Array.isArray(value)) {
      node.push(ARRAY);
      for (const item of value) node.push(pack(item));
      return packNode(node);
    }
    if (value instanceof Map) {
      node.push(MAP);
      for (const [key, item] of value) node.push(pack(key), pack(item));
      return packNode(node);
    }
    if (value instanceof Set) {
      node.push(SET);
      for (const item of value) node.push(pack(item));
      return packNode(node);
    }
    const keys = Object.keys(value);
    const shape = shapeOf(keys);
    node.push(shape.id);
    for (const key of keys) node.push(pack((value as Record<string, unknown>)[key]));
    return packNode(node, Object.isFrozen(value) ? undefined : shape);
  };

  return (value) => {
    const forget = kept > most;
    if (forget) {
      strings = new Map();
      nodes = new Map();
      frozen = new WeakMap();
      root = newShape();
      count = constants.length;
      kept = 0;
      shapeCount = 0;
    }
    const whole = pack(value);
    const content: Content = { forget, shapes: newShapes, parts: newParts, whole };
    const parcel = { text: JSON.stringify(content), bytes };
    newShapes = [];
    newParts = [];
    bytes = [];
    return parcel;
  };
}

/** Bytes as they can go from thread to thread: with a part of a buffer, as Node makes small ones, the whole would go. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

/** @param pool strings that others have unpacked: equal ones are taken from there */
export function openUnpacker(pool: Map<string, string> = new Map()): (parcel: Parcel) => unknown {
  let shapes: (readonly string[])[] = [];
  let parts: unknown[] = [...constants];
  let beside: readonly Uint8Array[] = [];

  const resolve = (reference: Reference): unknown => {
    if (typeof reference !== 'number') return build(reference);
    return (reference & 1) === 0 ? reference / 2 : parts[(reference - 1) / 2];
  };
  const build = (node: readonly unknown[]): unknown => {
    const kind = node[0] as number;
    const item = (i: number): unknown => resolve(node[i] as Reference);
    if (kind >= 0) {
      const keys = shapes[kind]!;
      const object: Record<string, unknown> = {};
      for (let i = 0; i < keys.length; i++) object[keys[i]!] = item(i + 1);
      return object;
    }
    if (kind === NUMBER) return Number(item(1));
    if (kind === BYTES) return beside[item(1) as number];
    if (kind === MAP) {
      const map = new Map<unknown, unknown>();
      for (let i = 1; i < node.length; i += 2) map.set(item(i), item(i + 1));
      return map;
    }
    const items: unknown[] = [];
    for (let i = 1; i < node.length; i++) items.push(item(i));
    return kind === SET ? new Set(items) : items;
  };

  return ({ text, bytes }) => {
    const content = JSON.parse(text) as Content;
    beside = bytes;
    if (content.forget) {
      shapes = [];
      parts = [...constants];
    }
    shapes.push(...content.shapes);
    for (const part of content.parts) {
      if (typeof part !== 'string') parts.push(build(part));
      else {
        const known = pool.get(part);
        if (known === undefined) pool.set(part, part);
        parts.push(known ?? part);
      }
    }
    return resolve(content.whole);
  };
}
