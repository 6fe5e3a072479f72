/** Turns the definitions of many notebooks into families: the same code, nearly the same, or the same name. */
import { likenessOf, similarity, type ComparedCode, type Likeness } from './likeness.ts';

/** A function or class, by what families need of it: any `Statement` has it. */
export interface ComparedDefinition extends ComparedCode {
  readonly id: number;
  readonly cell: number;
  readonly line: number;
  readonly writtenName: string;
}

/** A definition as families see it. */
export interface Candidate<Definition extends ComparedDefinition = ComparedDefinition> {
  /** Index of its notebook. */
  readonly notebook: number;
  readonly statement: Definition;
  /** Equal where the code and all that it needs are the same; undefined for what stays. */
  readonly identity: string | undefined;
}

/** How a group stands to the first of its family. */
export type Relation =
  /** The first itself. */
  | 'same'
  /** The same code, which needs something else: merging the two would change what they do. */
  | 'needs'
  /** Other names of variables or other literals, nothing else. */
  | 'renamed'
  /** Some lines differ. */
  | 'near'
  /** The same name and other code. */
  | 'name';

/** Definitions that are one and the same. */
export interface Group<Definition extends ComparedDefinition = ComparedDefinition> {
  readonly relation: Relation;
  /** To the first group of the family, by `similarity` of `likeness.ts`. */
  readonly similarity: number;
  /** In the order of the notebooks. */
  readonly members: readonly Candidate<Definition>[];
}

export interface Family<Definition extends ComparedDefinition = ComparedDefinition> {
  /** What most of its members are called. */
  readonly name: string;
  /** The one with most members first. */
  readonly groups: readonly Group<Definition>[];
}

/** From here on two definitions are near duplicates. Chosen on labelled pairs: see tests/near-duplicates.test.ts. */
export const nearThreshold = 0.8;

/** Shorter code is too much alike by chance. */
const fewestTokens = 24;

/** Of candidates to be compared with one definition, the most that are: those that share most fingerprints. */
const mostCompared = 40;

interface Draft<Definition extends ComparedDefinition> {
  readonly members: Candidate<Definition>[];
  readonly likeness: Likeness;
  readonly normalised: string;
  readonly name: string;
}

interface Leader<Definition extends ComparedDefinition> {
  readonly draft: Draft<Definition>;
  readonly groups: Group<Definition>[];
}

/** All families of at least two definitions, the biggest first. The same whatever the order of the candidates. */
export function findFamilies<Definition extends ComparedDefinition>(
  candidates: readonly Candidate<Definition>[],
): Family<Definition>[] {
  const drafts = collectGroups(candidates);
  const leaders: Leader<Definition>[] = [];
  const byFingerprint = new Map<number, number[]>();
  const byName = new Map<string, number>();
  for (const draft of drafts) {
    const found = findLeader(draft, leaders, byFingerprint, byName);
    if (found === undefined) {
      const index = leaders.length;
      leaders.push({ draft, groups: [{ relation: 'same', similarity: 1, members: draft.members }] });
      for (const fingerprint of draft.likeness.fingerprints) {
        const known = byFingerprint.get(fingerprint);
        if (known === undefined) byFingerprint.set(fingerprint, [index]);
        else known.push(index);
      }
      if (!byName.has(draft.name)) byName.set(draft.name, index);
    } else {
      const { leader, similarity: likeness } = found;
      leader.groups.push({
        relation: relationOf(leader.draft, draft, likeness),
        similarity: likeness,
        members: draft.members,
      });
    }
  }
  return leaders
    .filter(({ groups }) => groups.length > 1 || groups[0]!.members.length > 1)
    .map(({ draft, groups }) => ({ name: draft.name, groups }))
    .sort((a, b) => sizeOf(b) - sizeOf(a) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

export function sizeOf({ groups }: Family): number {
  return groups.reduce((sum, { members }) => sum + members.length, 0);
}

/** Equal definitions together; those with most members first, so that they lead their families. */
function collectGroups<Definition extends ComparedDefinition>(
  candidates: readonly Candidate<Definition>[],
): Draft<Definition>[] {
  const ordered = [...candidates].sort((a, b) => a.notebook - b.notebook || a.statement.id - b.statement.id);
  const groups = new Map<string, Draft<Definition>>();
  const likenesses = new Map<string, Likeness>();
  for (const candidate of ordered) {
    const { statement, identity } = candidate;
    // What stays has needs that are unknown or its notebook's own: it is the same only within its notebook.
    const key = `${statement.normalised}\0${identity ?? `stays ${candidate.notebook}`}`;
    const known = groups.get(key);
    if (known !== undefined) known.members.push(candidate);
    else {
      const likeness = likenesses.get(statement.normalised) ?? likenessOf(statement);
      likenesses.set(statement.normalised, likeness);
      groups.set(key, {
        members: [candidate],
        likeness,
        normalised: statement.normalised,
        name: statement.writtenName || (statement.defines[0] ?? ''),
      });
    }
  }
  return [...groups.values()].sort((a, b) => b.members.length - a.members.length);
}

function findLeader<Definition extends ComparedDefinition>(
  draft: Draft<Definition>,
  leaders: readonly Leader<Definition>[],
  byFingerprint: ReadonlyMap<number, readonly number[]>,
  byName: ReadonlyMap<string, number>,
): { readonly leader: Leader<Definition>; readonly similarity: number } | undefined {
  const shared = new Map<number, number>();
  for (const fingerprint of draft.likeness.fingerprints) {
    for (const index of byFingerprint.get(fingerprint) ?? []) shared.set(index, (shared.get(index) ?? 0) + 1);
  }
  const nearest = [...shared].sort(([a, m], [b, n]) => n - m || a - b).slice(0, mostCompared);
  const namesake = byName.get(draft.name);
  const { tokens } = draft.likeness;
  let best: { index: number; likeness: number } | undefined;
  for (const [index] of nearest) {
    const other = leaders[index]!.draft;
    if (other.normalised === draft.normalised) {
      best = { index, likeness: 1 };
      break;
    }
    const [short, long] = [tokens.length, other.likeness.tokens.length].sort((a, b) => a - b) as [
      number,
      number,
    ];
    if (short < fewestTokens && index !== namesake) continue;
    // No longer subsequence can be common to both than the shorter one is.
    const atMost = (2 * short) / (short + long);
    if (atMost < nearThreshold || (best !== undefined && atMost <= best.likeness)) continue;
    const likeness = similarity(other.likeness.tokens, tokens);
    if (likeness >= nearThreshold && (best === undefined || likeness > best.likeness))
      best = { index, likeness };
  }
  if (best !== undefined) return { leader: leaders[best.index]!, similarity: best.likeness };
  if (namesake === undefined) return undefined;
  const leader = leaders[namesake]!;
  return { leader, similarity: similarity(leader.draft.likeness.tokens, tokens) };
}

function relationOf<Definition extends ComparedDefinition>(
  leader: Draft<Definition>,
  draft: Draft<Definition>,
  likeness: number,
): Relation {
  if (leader.normalised === draft.normalised) return 'needs';
  if (likeness < nearThreshold) return 'name';
  const a = leader.likeness.tokens;
  const b = draft.likeness.tokens;
  return a.length === b.length && a.every((word, i) => word === b[i]) ? 'renamed' : 'near';
}

/** Whether two definitions are near duplicates, as `findFamilies` decides it for a pair. */
export function areNear({ tokens: a }: Likeness, { tokens: b }: Likeness): boolean {
  return Math.min(a.length, b.length) >= fewestTokens && similarity(a, b) >= nearThreshold;
}
