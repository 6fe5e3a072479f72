/** Turns the definitions of many notebooks into families: the same code, nearly the same, or the same name. */
import {
  likeness,
  likenessOf,
  likenessTo,
  mostLikeness,
  type ComparedCode,
  type Likeness,
} from './likeness.ts';

/** A function or class as it is compared, wherever it is pasted: any `Statement` has it. */
export interface ComparedDefinition extends ComparedCode {
  readonly writtenName: string;
}

/** A definition in its place. */
export interface Candidate {
  /** Index of its notebook. */
  readonly notebook: number;
  /** Of its statement, in the notebook. */
  readonly id: number;
  readonly definition: ComparedDefinition;
  /** Equal where the code and all that it needs are the same; undefined for what stays in its notebook. */
  readonly identity: string | undefined;
}

/** How a group stands to the first of its family. */
export type Relation =
  /** The first itself, with all that it needs. */
  | 'same'
  /** The same code, or the first itself, which stays in its notebooks: whether its needs are the same is not known. */
  | 'stays'
  /** The same code, which needs something else: merging the two would change what they do. */
  | 'needs'
  /** Other names of variables or other literals; nothing else but hints and docstrings. */
  | 'renamed'
  /** Some lines differ. */
  | 'near'
  /** The same name and other code. */
  | 'name';

/** Definitions that are one and the same; of those that stay, the same code. */
export interface Group<Member extends Candidate = Candidate> {
  readonly relation: Relation;
  /** To the first group of the family, by `likeness` of `likeness.ts`. */
  readonly similarity: number;
  /** In the order of the notebooks. */
  readonly members: readonly Member[];
}

export interface Family<Member extends Candidate = Candidate> {
  /** What most of its members are called. */
  readonly name: string;
  /** The one with most members first. */
  readonly groups: readonly Group<Member>[];
}

/**
 * From here on two definitions are near duplicates, if they are long. What does best on labelled pairs: see
 * tests/near-duplicates.test.ts.
 */
const nearThreshold = 0.7;

/** The same for two of one name: people who edit what they pasted keep its name, and give another to what has another job. */
const namesakeThreshold = 0.6;

/** Code of fewer tokens must be more alike: by so much more for each that is missing, and by half as much for one name. */
const longEnough = 48;
const shortness = 1 / 160;
const namesakeShortness = shortness / 2;

/** Shorter code is too much alike by chance, but for what has the same name. */
const fewestTokens = 20;

/** Of candidates to be compared with one definition, the most that are: those that share most fingerprints. */
const mostCompared = 40;

/** A fingerprint that so many leaders have tells nothing of the others that have it. */
const mostListed = 256;

interface Draft<Member extends Candidate> {
  readonly members: Member[];
  readonly likeness: Likeness;
  readonly normalised: string;
  readonly name: string;
  readonly stays: boolean;
}

interface Leader<Member extends Candidate> {
  readonly draft: Draft<Member>;
  readonly groups: Group<Member>[];
}

/** All families of at least two definitions, those with most that are alike first. The same whatever the order of the candidates. */
export function findFamilies<Member extends Candidate>(candidates: readonly Member[]): Family<Member>[] {
  const leaders: Leader<Member>[] = [];
  const index: LeaderIndex = {
    byCode: new Map(),
    byShape: new Map(),
    byFingerprint: new Map(),
    byName: new Map(),
  };
  for (const draft of collectGroups(candidates)) {
    const found = findLeader(draft, leaders, index);
    if (found === undefined) {
      enter(draft, leaders.length, index);
      const relation = draft.stays ? 'stays' : 'same';
      leaders.push({ draft, groups: [{ relation, similarity: 1, members: draft.members }] });
    } else {
      const leader = leaders[found.index]!;
      leader.groups.push({
        relation: relationOf(leader.draft, draft),
        similarity: found.likeness,
        members: draft.members,
      });
    }
  }
  return joinNamesakes(leaders)
    .filter(({ groups }) => groups.length > 1 || groups[0]!.members.length > 1)
    .map(({ draft, groups }) => ({ name: draft.name, groups }))
    .sort(
      (a, b) =>
        alikeIn(b) - alikeIn(a) || sizeOf(b) - sizeOf(a) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
    );
}

export function sizeOf({ groups }: Pick<Family, 'groups'>): number {
  return groups.reduce((sum, { members }) => sum + members.length, 0);
}

/** How many of a family are alike: all but those of the same name only; 0 where the name is all that any two share. */
export function alikeIn({ groups }: Pick<Family, 'groups'>): number {
  const number = sizeOf({ groups: groups.filter(({ relation }) => relation !== 'name') });
  return number > 1 ? number : 0;
}

/** Puts what is like nothing else to the first of its name; @returns those that still lead. */
function joinNamesakes<Member extends Candidate>(leaders: readonly Leader<Member>[]): Leader<Member>[] {
  const firsts = new Map<string, Leader<Member>>();
  return leaders.filter((leader) => {
    const { draft, groups } = leader;
    const first = firsts.get(draft.name);
    if (first === undefined) firsts.set(draft.name, leader);
    if (first === undefined || groups.length > 1 || draft.members.length > 1) return true;
    const likeness = likenessTo(first.draft.likeness)(draft.likeness);
    first.groups.push({ relation: 'name', similarity: likeness, members: draft.members });
    return false;
  });
}

/** Equal definitions together; those with most members first, so that they lead their families. */
function collectGroups<Member extends Candidate>(candidates: readonly Member[]): Draft<Member>[] {
  const ordered = [...candidates].sort((a, b) => a.notebook - b.notebook || a.id - b.id);
  const groups = new Map<string, Draft<Member>>();
  const likenesses = new Map<string, Likeness>();
  const shapes = new Map<string, Likeness>();
  for (const candidate of ordered) {
    const { definition, identity } = candidate;
    // An identity tells the code and its needs. What stays is told by its code alone.
    const key = identity ?? `\0${definition.normalised}`;
    const known = groups.get(key);
    if (known !== undefined) known.members.push(candidate);
    else {
      const likeness = likenesses.get(definition.normalised) ?? share(likenessOf(definition), shapes);
      likenesses.set(definition.normalised, likeness);
      groups.set(key, {
        members: [candidate],
        likeness,
        normalised: definition.normalised,
        name: definition.writtenName || (definition.defines[0] ?? ''),
        stays: identity === undefined,
      });
    }
  }
  return [...groups.values()].sort((a, b) => b.members.length - a.members.length);
}

/** One object for the structure of all that differ in names and literals alone. */
function share(likeness: Likeness, shapes: Map<string, Likeness>): Likeness {
  const shape = likeness.tokens.join(' ');
  const known = shapes.get(shape);
  if (known === undefined) shapes.set(shape, likeness);
  return known === undefined ? likeness : { ...known, called: likeness.called, spelt: likeness.spelt };
}

/** Where each leader is found by what it has: its number, or the numbers of the first that have it. */
interface LeaderIndex {
  readonly byCode: Map<string, number>;
  /** Where near code of the same shape was found, or leads: whatever has the shape is sought there first. */
  readonly byShape: Map<Likeness['tokens'], number>;
  /** The first that are called so, as `Likeness` has it. */
  readonly byName: Map<string, number[]>;
  /** The first that have it, of those that are long enough. */
  readonly byFingerprint: Map<number, number[]>;
}

interface Found {
  readonly index: number;
  readonly likeness: number;
  /** By how much it is more alike than it must be. */
  readonly excess: number;
}

function enter<Member extends Candidate>(
  { normalised, likeness }: Draft<Member>,
  leader: number,
  { byCode, byShape, byName, byFingerprint }: LeaderIndex,
): void {
  if (!byCode.has(normalised)) byCode.set(normalised, leader);
  list(byName, likeness.called, leader, mostCompared);
  if (likeness.tokens.length < fewestTokens) return;
  if (!byShape.has(likeness.tokens)) byShape.set(likeness.tokens, leader);
  for (const fingerprint of likeness.fingerprints) list(byFingerprint, fingerprint, leader, mostListed);
}

function list<Key>(index: Map<Key, number[]>, key: Key, leader: number, most: number): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, [leader]);
  else if (known.length < most) known.push(leader);
}

function findLeader<Member extends Candidate>(
  { normalised, likeness: shape }: Draft<Member>,
  leaders: readonly Leader<Member>[],
  { byCode, byShape, byName, byFingerprint }: LeaderIndex,
): Found | undefined {
  const equal = byCode.get(normalised);
  if (equal !== undefined) return { index: equal, likeness: 1, excess: 1 };
  const { called, tokens, fingerprints } = shape;
  const isSought = tokens.length >= fewestTokens;
  const toShape = likenessTo(shape);
  /** The leader, where they are near, and its excess is more than another's. */
  const nearer = (index: number, other?: Found): Found | undefined => {
    const { likeness: leader } = leaders[index]!.draft;
    const needed = neededFor(leader, shape);
    const likeness = toShape(leader, needed + (other?.excess ?? 0));
    const excess = likeness - needed;
    return excess >= 0 && (other === undefined || excess > other.excess)
      ? { index, likeness, excess }
      : undefined;
  };
  const known = byShape.get(tokens);
  const sameShape = known === undefined ? undefined : nearer(known);
  if (sameShape !== undefined) return sameShape;
  const shared = new Map<number, number>();
  if (isSought) {
    for (const fingerprint of fingerprints) {
      for (const index of byFingerprint.get(fingerprint) ?? []) {
        shared.set(index, (shared.get(index) ?? 0) + 1);
      }
    }
  }
  // Short code is looked for under its own name alone.
  for (const namesake of byName.get(called) ?? []) {
    if (shared.has(namesake)) continue;
    const others = leaders[namesake]!.draft.likeness.fingerprints;
    const number = [...fingerprints].filter((fingerprint) => others.has(fingerprint)).length;
    if (number > 0) shared.set(namesake, number);
  }
  const nearest = [...shared]
    .filter(([index]) => mayBeNear(leaders[index]!.draft.likeness, shape))
    .sort(([a, m], [b, n]) => n - m || a - b)
    .slice(0, mostCompared);
  let best: Found | undefined;
  for (const [index] of nearest) best = nearer(index, best) ?? best;
  if (best !== undefined && isSought) byShape.set(tokens, best.index);
  return best;
}

function relationOf<Member extends Candidate>(leader: Draft<Member>, draft: Draft<Member>): Relation {
  if (leader.normalised === draft.normalised) return draft.stays ? 'stays' : 'needs';
  const a = leader.likeness.tokens;
  const b = draft.likeness.tokens;
  return a.length === b.length && a.every((word, i) => word === b[i]) ? 'renamed' : 'near';
}

/** How alike two definitions must be to be near duplicates. */
function neededFor(a: Likeness, b: Likeness): number {
  const missing = Math.max(0, longEnough - Math.min(a.tokens.length, b.tokens.length));
  return areNamesakes(a, b)
    ? namesakeThreshold + missing * namesakeShortness
    : nearThreshold + missing * shortness;
}

function mayBeNear(a: Likeness, b: Likeness): boolean {
  return mostLikeness(a, b) >= neededFor(a, b);
}

/** A name of a letter or two says nothing. */
function areNamesakes(a: Likeness, b: Likeness): boolean {
  return a.called === b.called && a.called.length > 2;
}

/** Whether two definitions are near duplicates, as `findFamilies` decides it for a pair. */
export function areNear(a: Likeness, b: Likeness): boolean {
  const isSought = a.called === b.called || Math.min(a.tokens.length, b.tokens.length) >= fewestTokens;
  return isSought && likeness(a, b) >= neededFor(a, b);
}
