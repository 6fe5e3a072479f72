/** Turns the places of all definitions into the modules that are to be written, each definition once. */
import type { Draft, DraftMember } from './draft.ts';
import type { Pasted } from './pasted.ts';
import type { Placement } from './placement.ts';
import type { Shelf } from './shelf/shelf.ts';

/** One definition, constant or import block, to be written once into a module. */
export interface Member
  extends
    Omit<DraftMember, 'pasted' | 'needs' | 'phase' | 'readyIn'>,
    Omit<Pasted, 'needs' | 'inner' | 'leavesLead'> {
  /** The first notebook that has it. Its code is that of the copy with most to say in its comments. */
  readonly source: number;
  /** What it imports from outside, and from other modules of the package that were there. */
  readonly imports: Pasted['imports'];
  /** Which names it takes from other modules of the package. */
  readonly takes: readonly { readonly name: string; readonly module: string }[];
}

export interface PlannedModule {
  /** Dotted, without the package. */
  readonly module: string;
  /** In the order in which they are to stand. */
  readonly members: readonly Member[];
  /** The paths of the notebooks that its members come from. */
  readonly sources: readonly string[];
  /** Why it is not one with the module that it has its name from; completes "They stand apart from …". */
  readonly apart?: string | undefined;
}

/** A module while it is collected. */
interface Growing {
  /** By identity. */
  readonly members: Map<string, Member>;
  readonly sources: string[];
}

/**
 * The modules that are to be written or added to, by their names.
 * @param copies the code of each identity of which that is not what each notebook has
 */
export function collectModules(
  drafts: readonly Draft[],
  { places, apart }: Placement,
  shelf: Shelf,
  copies: ReadonlyMap<string, string>,
): PlannedModule[] {
  const modules = new Map<string, Growing>();
  drafts.forEach((draft, source) => {
    const placeOf = (statement: number): string => places[source]!.get(statement)!;
    const firsts: DraftMember[] = [];
    for (const member of draft.components.flatMap(({ members }) => members)) {
      if (!shelf.isNew(member.pasted.identity)) continue;
      const growing = growingAt(placeOf(member.statement), modules);
      if (growing.sources.at(-1) !== draft.path) growing.sources.push(draft.path);
      if (!growing.members.has(member.pasted.identity)) firsts.push(member);
    }
    for (const member of firsts.sort((a, b) => a.statement - b.statement)) {
      const { members } = growingAt(placeOf(member.statement), modules);
      const { identity, code } = member.pasted;
      if (!members.has(identity))
        members.set(identity, memberOf(member, source, copies.get(identity) ?? code, placeOf));
    }
  });
  return [...modules]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([module, { members, sources }]) => ({
      module,
      members: [...members.values()],
      sources,
      apart: apart.get(module),
    }));
}

function growingAt(module: string, modules: Map<string, Growing>): Growing {
  const known = modules.get(module);
  if (known !== undefined) return known;
  const growing: Growing = { members: new Map(), sources: [] };
  modules.set(module, growing);
  return growing;
}

/** A member of a draft as it is to be written, with what it takes from other modules than its own. */
function memberOf(
  { pasted, needs, ...member }: DraftMember,
  source: number,
  code: string,
  placeOf: (statement: number) => string,
): Member {
  const { needs: names, ...own } = pasted;
  const module = placeOf(member.statement);
  const imports = pasted.imports.filter((item) => item.own !== module);
  const takes = names
    .map((name, i) => ({ name, module: placeOf(needs[i]!) }))
    .filter((taken) => taken.module !== module);
  return { ...member, ...own, code, source, imports, takes };
}
