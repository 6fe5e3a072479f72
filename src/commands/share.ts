/** Turns plain data that came from other threads into the same data with each equal string held only once. */

/**
 * Remembers the strings of all that it is given.
 * @returns what puts known strings in place of equal ones, in arrays, plain objects and the values of maps; the rest is
 *   left as it is
 */
export function openPool(): <Value>(value: Value) => Value {
  const known = new Map<string, string>();
  const share = <Value>(value: Value): Value => {
    if (typeof value === 'string') {
      const same = known.get(value);
      if (same === undefined) known.set(value, value);
      return (same ?? value) as typeof value;
    }
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    if (value instanceof Map) for (const [key, item] of value) value.set(key, share(item));
    else for (const key of Object.keys(value) as (keyof Value)[]) value[key] = share(value[key]);
    return value;
  };
  return share;
}
