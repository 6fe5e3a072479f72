/** What the graph of a notebook is told from outside, and what that tells of the names which it imports from the package. */
import { namedPath, pathInPackage } from '../scope/clause.ts';
import type { Effect, Effects } from '../scope/effect.ts';
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';
import type { Acquaintance, OwnMeaning } from './own.ts';
import type { Refusal } from './refusal.ts';

/** What the graph is told from outside: the user's wishes and what is on the disk. */
export interface Circumstances {
  /** Whether the top-level name of an import is a file beside the notebook that an installed package can't import. */
  readonly isLocalModule: (module: string) => boolean;
  /** The top-level name of the package that definitions move to: what they import from there moved earlier. */
  readonly package?: string;
  /** What is known of what they import from there. */
  readonly own?: Acquaintance | undefined;
  /** Whether the package binds what they import from there anew, while the notebook has what it was. */
  readonly isRebound?: ((target: string) => boolean) | undefined;
  /** Whether the package lacks what they import from there. */
  readonly isMissing?: ((target: string) => boolean) | undefined;
  /** Whether a star import from a module of the package brings a name. */
  readonly isBrought?: ((name: string, module: string) => boolean) | undefined;
  /** Modules of the package that names which the notebook lacks could be imported from. */
  readonly homes?: ReadonlyMap<string, string> | undefined;
  /** By statement: the names that a star import or `%run` binds, where its file could be read. */
  readonly expansions: ReadonlyMap<number, ReadonlySet<string>>;
  /** Statements that must stay whatever the rules say, each with its reason. */
  readonly excluded: ReadonlyMap<number, Refusal>;
  /** Whether to look for tests. */
  readonly isTesting?: boolean;
  /** Whether it is a module of the package: others may import its constants though no definition in it needs them. */
  readonly isModule?: boolean;
}

export const noCircumstances: Circumstances = {
  isLocalModule: () => false,
  expansions: new Map(),
  excluded: new Map(),
};

/**
 * The names with what is known of those that are imported from the package: a use of one that does nothing but yield a
 * value is no effect, as it is none of a definition that stands in the notebook.
 */
export function withOwnUses(names: Names, circumstances: Circumstances): Names {
  const own = ownNamesOf(names, circumstances);
  if (circumstances.own === undefined || own.size === 0) return names;
  const isHarmless = ({ by }: Effect): boolean => {
    const meaning = by === undefined ? undefined : own.get(by.name);
    return meaning !== undefined && meaning.uses[by!.use]?.effect === undefined;
  };
  const withUses = (found: Effects): Effects => {
    const harmless = found.effects.filter(isHarmless);
    if (harmless.length === 0) return found;
    return {
      ...found,
      effects: found.effects.filter((effect) => !isHarmless(effect)),
      calls: [...found.calls, ...harmless.map(({ by }) => by!)],
    };
  };
  const known = [...own.keys()];
  const statements = names.statements.map((statement): Statement => {
    const { effects, effectsOfUse } = statement;
    if (!known.some((name) => statement.mentions.has(name))) return statement;
    return statement.meant({
      effects: withUses(effects),
      effectsOfUse: {
        call: withUses(effectsOfUse.call),
        value: withUses(effectsOfUse.value),
        result: withUses(effectsOfUse.result),
        subclass: withUses(effectsOfUse.subclass),
        decorated: withUses(effectsOfUse.decorated),
      },
    });
  });
  return { ...names, statements };
}

/** Whether a statement imports the name from the package that definitions move to. */
export function isFromPackage(statement: Statement, name: string, { package: own }: Circumstances): boolean {
  return (
    own !== undefined &&
    statement.names.imports.some((item) => item.name === name && pathInPackage(item, own) !== undefined)
  );
}

/** Of each notebook, the names that it imports from the package, with what is known of each. */
const knownOwnNames = new WeakMap<
  Names['bindings'],
  { readonly package: string; readonly told: Acquaintance | undefined; readonly own: OwnNames }
>();

type OwnNames = ReadonlyMap<string, OwnMeaning | undefined>;

export function ownNamesOf({ bindings, statements }: Names, circumstances: Circumstances): OwnNames {
  const { package: name = '', own: told } = circumstances;
  const known = knownOwnNames.get(bindings);
  if (known?.package === name && known.told === told) return known.own;
  const own = new Map<string, OwnMeaning | undefined>();
  for (const statement of statements) {
    for (const item of statement.names.imports) {
      const target = item.member === undefined ? undefined : namedPath(item);
      const meaning = target === undefined ? undefined : told?.(target);
      if (meaning === undefined && !isFromPackage(statement, item.name, circumstances)) continue;
      const isSure = bindings
        .get(item.name)
        ?.every(
          (binding) =>
            binding.kind === 'import' && !/^(other|import-block)$/.test(statements[binding.statement]!.kind),
        );
      const isSame = !own.has(item.name) || own.get(item.name) === meaning;
      own.set(item.name, isSure === true && isSame ? meaning : undefined);
    }
  }
  knownOwnNames.set(bindings, { package: name, told, own });
  return own;
}
