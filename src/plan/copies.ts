/** Turns the copies of each definition into the one that is kept, and into what the others say that it does not. */
import { lackingComments, richestOf } from './comments.ts';
import type { Draft, DraftMember } from './draft.ts';
import type { ExistingPackage } from './existing/existing.ts';

/**
 * By identity the code of the copy that is kept, where copies differ: the one that is there, or the one with most to say
 * in its comments.
 */
export function keptCopies(
  drafts: readonly Draft[],
  codeOf: ExistingPackage['codeOf'],
): ReadonlyMap<string, string> {
  const copies = new Map<string, Set<string>>();
  for (const { pasted } of drafts.flatMap(membersOf)) {
    const known = copies.get(pasted.identity);
    if (known === undefined) copies.set(pasted.identity, new Set([pasted.code]));
    else known.add(pasted.code);
  }
  const kept = new Map<string, string>();
  for (const [identity, codes] of copies) {
    const there = codeOf(identity);
    if (there !== undefined) kept.set(identity, there);
    else if (codes.size > 1) kept.set(identity, richestOf([...codes]));
  }
  return kept;
}

/** By statement of a notebook, the comment lines that the copy which is kept lacks. */
export function lackingIn(
  draft: Draft,
  kept: ReadonlyMap<string, string>,
): ReadonlyMap<number, readonly string[]> {
  const lacking = new Map<number, readonly string[]>();
  for (const { statement, pasted } of membersOf(draft)) {
    const code = kept.get(pasted.identity);
    const lines = code === undefined ? [] : lackingComments(pasted.code, code);
    if (lines.length > 0) lacking.set(statement, lines);
  }
  return lacking;
}

function membersOf({ components }: Draft): DraftMember[] {
  return components.flatMap(({ members }) => members);
}
