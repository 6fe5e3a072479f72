/** Tells what runs between the making of an object and its being read, and may have changed it by then. */
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';
import { isFromPackage, ownNamesOf, type Circumstances } from './circumstances.ts';
import type { Need } from './need.ts';
import { anything } from './own.ts';
import { onlyDefines, onlyNames, openReach } from './reach.ts';
import { basesOf, changesItself, isConstant, mayTouch } from './touch.ts';

/**
 * A statement between the making of `needed` and its being read at definition time that may have changed it, by itself or
 * by what it calls. In the module the two stand side by side, so whatever happened between them would be lost. The same
 * holds for the objects that it was made of and may still hold: `b = a`, `b = [a]`; and for the base classes of a class.
 * @param isHandedOn whether of a class no more is read than attributes, to be kept: whatever changed in these, they are
 *   the same objects
 */
export function changedBetween(
  needed: Statement,
  reader: Statement,
  name: string,
  names: Names,
  needs: ReadonlyMap<number, ReadonlyMap<string, Need>>,
  movable: ReadonlySet<number>,
  circumstances: Circumstances,
  isHandedOn = false,
): Statement | undefined {
  const seen = new Set<Statement>();
  const stack: [Statement, string][] = [[needed, name]];
  for (let origin = stack.pop(); origin !== undefined; origin = stack.pop()) {
    const [maker, made] = origin;
    if (seen.has(maker)) continue;
    seen.add(maker);
    const isKept = isHandedOn && maker === needed && maker.kind === 'class';
    const toucher = toucherOf(maker, reader, made, names, movable, isKept);
    if (toucher !== undefined) return toucher;
    const bases = basesOf(maker);
    if (maker.mutability === 'none' && bases.size === 0) continue;
    for (const reference of maker.names.references) {
      if (reference.time !== 'definition') continue;
      if (maker.mutability === 'none' && !bases.has(reference.name)) continue;
      const need = needs.get(maker.id)?.get(reference.name);
      if (need?.kind === 'definition') stack.push([names.statements[need.statements[0]!]!, reference.name]);
      if (need?.kind !== 'import') continue;
      if (!isFromPackage(names.statements[need.statements[0]!]!, reference.name, circumstances)) continue;
      const changer = changedInPackage(reference.name, reader, names, movable, circumstances);
      if (changer !== undefined) return changer;
    }
  }
  return undefined;
}

/** A statement before the reader that may have changed what a name means that is imported from the package, or what it holds. */
export function changedInPackage(
  name: string,
  reader: Statement,
  names: Names,
  movable: ReadonlySet<number>,
  circumstances: Circumstances,
): Statement | undefined {
  const meaning = ownNamesOf(names, circumstances).get(name);
  if (meaning !== undefined && isConstant(meaning)) return undefined;
  const objects = meaning === undefined ? [anything] : [meaning.object, ...meaning.holds];
  return changedAmong(objects, reader, names, movable, circumstances);
}

/**
 * A statement before the reader that may have changed one of these objects of the package: one that runs and gets at
 * something imported from there that changes it, or of which nothing is known, or that changes the object itself.
 */
export function changedAmong(
  objects: readonly string[],
  reader: Statement,
  names: Names,
  movable: ReadonlySet<number>,
  circumstances: Circumstances,
): Statement | undefined {
  const own = ownNamesOf(names, circumstances);
  const isAny = objects.includes(anything);
  // Constants made of them in the meantime.
  const aliases = new Set<string>();
  const isSought = (object: string): boolean => objects.includes(object);
  const changes = (at: Statement, isName: boolean): boolean => {
    for (const [name, meaning] of own) {
      if (!at.mentions.has(name)) continue;
      if (isName) {
        if (meaning?.usesUp.some(isSought) === true) return true;
        continue;
      }
      if (meaning === undefined || isAny || meaning.touches.includes(anything)) return true;
      if (meaning.touches.some(isSought) || meaning.usesUp.some(isSought)) return true;
      if (!isSought(meaning.object) || onlyNames(at, movable)) continue;
      if (mayTouch(at, meaning, name, aliases)) return true;
    }
    if (isName) return false;
    return [...aliases].some((alias) => at.mayChange.has(alias) || at.setsAttributeOf.has(alias));
  };
  const isExposed = (name: string): boolean => aliases.has(name) || isSought(own.get(name)?.object ?? '');
  let reached = openReach(names, [reader]);
  const reachedByNames = openReach(names, [reader]);
  for (const between of names.statements.slice(0, reader.id)) {
    if (onlyDefines(between, movable)) continue;
    const isName = onlyNames(between, movable);
    for (const at of (isName ? reachedByNames : reached).from(between)) {
      if (changes(at, isName)) return between;
    }
    if (!isName || ![...between.mayChange.keys()].some(isExposed)) continue;
    const before = aliases.size;
    for (const alias of between.defines) aliases.add(alias);
    if (aliases.size > before) reached = openReach(names, [reader]);
  }
  return undefined;
}

function toucherOf(
  maker: Statement,
  reader: Statement,
  name: string,
  names: Names,
  movable: ReadonlySet<number>,
  isHandedOn: boolean,
): Statement | undefined {
  // Constants made of it in the meantime.
  const aliases = new Set<string>();
  const exposes = ({ mayChange }: Statement): boolean =>
    mayChange.has(name) || [...aliases].some((alias) => mayChange.has(alias));
  const isUsedUp = changesItself(maker, name, isHandedOn);
  // What was looked into for one statement need not be for the next, unless there are more aliases now.
  let reached = openReach(names, [reader, maker]);
  let reachedByNames = openReach(names, [reader, maker]);
  for (let id = maker.id + 1; id < reader.id; id++) {
    const between = names.statements[id]!;
    if (onlyDefines(between, movable)) continue;
    const isName = onlyNames(between, movable);
    for (const at of isName ? (isUsedUp ? reachedByNames.from(between) : []) : reached.from(between)) {
      if (isUsedUp && [name, ...aliases].some((alias) => at.mentions.has(alias))) return between;
      if (isName || onlyNames(at, movable)) continue;
      if (mayTouch(at, maker, name, aliases, isHandedOn)) return between;
    }
    if (!isName || !exposes(between)) continue;
    const before = aliases.size;
    for (const alias of between.defines) aliases.add(alias);
    if (aliases.size === before) continue;
    reached = openReach(names, [reader, maker]);
    reachedByNames = openReach(names, [reader, maker]);
  }
  return undefined;
}
