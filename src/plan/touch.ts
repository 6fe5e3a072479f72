/** Tells whether a statement, once run, may have changed what another one made. */
import { someType } from '../scope/exposure.ts';
import { isCallable, type Statement } from '../scope/statement.ts';

/** What of the making of an object decides on what can change it. */
export type Maker = Pick<Statement, 'kind' | 'mutability'>;

/**
 * Whether a statement may change an object.
 * @param name that the object has where the statement stands
 * @param aliases names of constants that were made of it: whatever is done to them may be done to it
 * @param isHandedOn whether of a class no more is read than attributes, to be kept
 */
export function mayTouch(
  { mayChange, setsAttributeOf }: Statement,
  maker: Maker,
  name: string,
  aliases: ReadonlySet<string> = new Set(),
  isHandedOn = false,
): boolean {
  const exposure = mayChange.get(name);
  if (maker.mutability === 'none') {
    const isGivenAway = maker.kind === 'class' && exposure === 'whole';
    if (isGivenAway) return true;
    return isCallable(maker) && [name, ...aliases].some((alias) => setsAttributeOf.has(alias));
  }
  return (
    exposure === 'whole' ||
    (exposure === 'method' && !isHandedOn) ||
    (maker.mutability === 'parts' && !isHandedOn && mayChange.has(name)) ||
    [...aliases].some((alias) => mayChange.has(alias))
  );
}

/** Whether nothing can change the object, whoever has it. */
export function isConstant({ kind, mutability }: Maker): boolean {
  return kind === 'constant' && mutability === 'none';
}

/**
 * Whether whoever uses an object may change it: `cls.count += 1` in a class, or a list that its methods share. Reading an
 * iterator uses it up.
 */
export function changesItself(maker: Statement, name: string, isHandedOn = false): boolean {
  return (
    maker.runsOut ||
    (maker.kind === 'class' && maker.mutability !== 'none' && !isHandedOn) ||
    (isCallable(maker) &&
      (maker.setsAttributeOf.has(name) ||
        maker.setsAttributeOf.has('cls') ||
        maker.setsAttributeOf.has(someType) ||
        maker.attributes.has('__class__')))
  );
}

/** The names of the base classes of a class: what is set there is seen in it, too. */
export function basesOf({ kind, effects }: Statement): ReadonlySet<string> {
  if (kind !== 'class') return new Set();
  return new Set(effects.calls.filter(({ use }) => use === 'subclass').map(({ name }) => name));
}

/** Whether what another statement of the same text makes is another thing: so does a function that counts its calls. */
export function isOneOfMany(maker: Statement): boolean {
  const { kind, mutability, defines } = maker;
  return kind === 'class' || mutability !== 'none' || defines.some((name) => changesItself(maker, name));
}
