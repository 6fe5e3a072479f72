/** Rules on what a notebook sets of imported modules, `np.float = float` or a mode, and what depends on that. */
import { setsWhole, type PathRead } from '../../scope/exposure.ts';
import type { Names } from '../../scope/names.ts';
import { importedPath } from '../../scope/paths.ts';
import { isModeless } from '../../scope/pure.ts';
import type { Reference } from '../../scope/scope.ts';
import type { Statement } from '../../scope/statement.ts';
import { oncePer } from '../../text/once.ts';
import type { Refusal, Rule } from '../refusal.ts';
import { holdsWord } from './traits.ts';

/** Something of an imported module that the notebook sets. */
interface ModuleChange {
  /** `np.float`, or the word by which a mode is set. */
  readonly written: string;
  readonly setter: Statement;
  /** The dotted path that is set, where it is no mode. */
  readonly set?: string;
  /** Whether what a dotted path names may be another value then. */
  readonly concerns: (path: string, isCalled: boolean) => boolean;
}

/**
 * Libraries that compute other values once a mode is set: the words that stand where it is; or the attributes, where even
 * constants (`mp.pi`) compute.
 */
const modes: readonly {
  readonly library: RegExp;
  readonly words?: readonly string[];
  readonly sets?: RegExp;
}[] = [
  { library: /^decimal\b/, words: ['getcontext', 'setcontext', 'DefaultContext'] },
  { library: /^mpmath\b/, sets: /\.(dps|prec)$/ },
  { library: /^torch\b/, words: ['set_default_dtype', 'set_default_tensor_type', 'set_default_device'] },
  { library: /^(tensorflow|keras)\b/, words: ['set_floatx', 'set_global_policy', 'set_policy'] },
  {
    library: /^(jax|numpyro)\b/,
    words: [
      'jax_enable_x64',
      'jax_platforms',
      'jax_platform_name',
      'jax_default_device',
      'jax_default_prng_impl',
      'jax_threefry_partitionable',
      'jax_num_cpu_devices',
      'enable_x64',
      'set_platform',
      'set_host_device_count',
    ],
  },
];

const moduleChangesOf = oncePer((names: Names): readonly ModuleChange[] => {
  const { statements, importPaths } = names;
  const changes: ModuleChange[] = [];
  for (const setter of statements) {
    for (const written of setter.setsPaths) {
      const set = importedPath(written, importPaths);
      if (set === undefined) continue;
      const concerns = (path: string): boolean => path === set || path.startsWith(`${set}.`);
      changes.push({ written, setter, set, concerns });
    }
  }
  const imported = [...importPaths.values()];
  for (const { library, words = [], sets } of modes) {
    if (!imported.some((path) => library.test(path))) continue;
    for (const setter of statements) {
      if (setter.kind === 'import') continue;
      const written =
        words.find((word) => holdsWord(setter, word)) ??
        setter.setsPaths.find((path) => sets?.test(path) === true);
      if (written === undefined) continue;
      const concerns = (path: string, isCalled: boolean): boolean =>
        library.test(path) && ((isCalled && !isModeless(path)) || sets !== undefined);
      changes.push({ written, setter, concerns });
    }
  }
  return changes;
});

/** The first thing that a statement reads when it is made and the change concerns. */
function readOf({ readsPaths }: Statement, change: ModuleChange, names: Names): PathRead | undefined {
  return readsPaths.find(({ path: written, isCalled }) => {
    const path = importedPath(written, names.importPaths);
    return path !== undefined && change.concerns(path, isCalled);
  });
}

/**
 * `from time import sleep` where the notebook sets `time.sleep`: what is imported depends on when, and a module by itself
 * may not find it. Setting what is below (`os.environ['HOME'] = …`) leaves it the same object. A function that does the
 * setting stays as well: where it went the next run would not see it.
 */
export const importsChanged: Rule = (statement, names) => {
  const { references } = statement.names;
  for (const { written, setter, set } of moduleChangesOf(names)) {
    if (set === undefined) continue;
    const isRead = ({ name }: Reference): boolean => names.importPaths.get(name) === set;
    const read = references.find(isRead);
    if (setter === statement) {
      const reader = names.statements.find(
        ({ kind, names: own }) => /^(function|class|constant)$/.test(kind) && own.references.some(isRead),
      );
      if (reader !== undefined && setsWhole(setter.normalised, written))
        return refuseSetter(statement, written, reader);
      continue;
    }
    if (read === undefined || !setsWhole(setter.normalised, written)) continue;
    return {
      code: 'NB419',
      offset: read.offset,
      message: { it: `needs '${read.name}', imported as '${set}', which cell ${setter.cell} sets` },
      hint: `Write '${written}' in place of '${read.name}'.`,
    };
  }
  return undefined;
};

/**
 * What an imported module holds is read when the definition is made, and set by the notebook: `def f(t=np.float)` after
 * `np.float = float`. A module is imported at another moment than the definition was made, and may be without the
 * notebook. A function that does the setting stays as well: where it went the next run would not see it.
 */
export const readsChangedModule: Rule = (statement, names) => {
  for (const change of moduleChangesOf(names)) {
    const { written, setter } = change;
    const read = readOf(statement, change, names);
    if (read !== undefined && setter !== statement) {
      return {
        code: 'NB419',
        offset: read.offset,
        message: {
          it: `reads '${read.path}' when it is defined, and cell ${setter.cell} changes what that gives`,
        },
        hint: `Read '${read.path}' when it is called.`,
      };
    }
    if (setter !== statement) continue;
    const reader = names.statements.find(
      (other) =>
        other !== statement &&
        other.effects.effects.length === 0 &&
        readOf(other, change, names) !== undefined,
    );
    if (reader !== undefined) return refuseSetter(statement, written, reader);
  }
  return undefined;
};

function refuseSetter({ code }: Statement, written: string, reader: Statement): Refusal {
  return {
    code: 'NB419',
    offset: code.start,
    message: { it: `changes '${written}', on which what cell ${reader.cell} defines depends` },
    hint: `See to it that '${reader.defines[0]}' reads that when it is called.`,
  };
}

/** What of imported modules a definition that is called when another is made reads, and the notebook sets. */
export function changedModuleIn({ normalised, mentions }: Statement, names: Names): string | undefined {
  return moduleChangesOf(names).find(
    ({ written, concerns }) =>
      (written.includes('.') && normalised.includes(written.replaceAll('.', ' . '))) ||
      [...names.importPaths].some(([name, path]) => mentions.has(name) && concerns(path, true)),
  )?.written;
}

/** What of these paths, which the package looks up when a definition is made, the notebook sets. */
export function changedModuleAmong(paths: readonly string[], names: Names): string | undefined {
  if (paths.length === 0) return undefined;
  return moduleChangesOf(names).find(({ concerns }) => paths.some((path) => concerns(path, true)))?.written;
}
