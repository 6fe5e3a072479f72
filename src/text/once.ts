/** Turns a function of an object into one that is asked only once for each object, and remembers while that lives. */

/** @param keyOf the object that decides on the answer, where it is only a part of what is given */
export function oncePer<Given extends object, Made>(
  make: (given: Given) => Made,
  keyOf: (given: Given) => object = (given) => given,
): (given: Given) => Made {
  const known = new WeakMap<object, Made>();
  return (given) => {
    const key = keyOf(given);
    const before = known.get(key);
    if (before !== undefined || known.has(key)) return before as Made;
    const made = make(given);
    known.set(key, made);
    return made;
  };
}
