/** Turns the references of a statement into needs: what each name is that it looks up, or why no module could have it. */
import { builtins, isShellName, isSteadfast, moduleAttributes } from '../scope/builtins.ts';
import type { GlobalBinding, Names, Unknown } from '../scope/names.ts';
import { starExports } from '../scope/star-exports.ts';
import { isCallable, type Statement } from '../scope/statement.ts';
import { oncePer } from '../text/once.ts';
import { linesOf } from '../text/span.ts';
import type { Circumstances } from './circumstances.ts';
import { bindersOf, bindingsIn, type Need } from './need.ts';
import type { Alternative, Refusal } from './refusal.ts';
import { refuseImport, resolveImport } from './resolve-import.ts';
import { isOverloadGroup } from './rules/redefinition.ts';
import { shownName, type ShownReference } from './wording.ts';

/**
 * Finds out what every name that a statement looks up is; the first that no module could have is the reason to stay.
 * @param settled what names are to whoever may have them
 */
export function needsOf(
  statement: Statement,
  names: Names,
  needs: Map<number, Map<string, Need>>,
  settled: Map<string, Need>,
  circumstances: Circumstances,
): Refusal | undefined {
  const found = new Map<string, Need>();
  for (const { name, offset, time } of statement.names.references) {
    if (found.has(name)) continue;
    const reference = { name, offset, time, shown: shownName(name, offset, statement, names) };
    const need =
      refuseTime(reference, statement, names) ??
      refuseStarred(reference, statement, names, circumstances) ??
      settled.get(name) ??
      resolve(reference, names, circumstances);
    if ('code' in need) return need;
    settled.set(name, need);
    found.set(name, need);
  }
  // The definitions of an `@overload` group move together: each is held to need them all.
  const [name] = statement.defines;
  const group = bindersOf(name ?? '', names);
  if (group.length > 1 && group.includes(statement) && isOverloadGroup(group)) {
    found.set(name!, { kind: 'definition', statements: group.map(({ id }) => id) });
  }
  for (const item of [
    ...statement.names.innerImports,
    ...(statement.kind === 'import-block' ? statement.names.imports : []),
  ]) {
    const refusal = refuseImport(item, item.start, circumstances);
    if (refusal !== undefined) return refusal;
  }
  needs.set(statement.id, found);
  return undefined;
}

/** Why a statement can't have a name where it stands: what binds it comes later. */
function refuseTime(
  { name, shown, offset, time }: ShownReference,
  { id }: Statement,
  names: Names,
): Refusal | undefined {
  const bindings = names.bindings.get(name);
  if (bindings === undefined) return undefined;
  const where = ({ statement }: GlobalBinding): string => `cell ${names.statements[statement]!.cell}`;
  if (builtins.has(name)) {
    const later = writtenOut(bindings.filter((binding) => binding.statement > id));
    if (later !== undefined) {
      const how = later.isPossible === true ? 'may shadow' : 'shadows';
      return {
        code: 'NB413',
        offset,
        message: { it: `reads the builtin ${shown}, which ${where(later)} ${how} later on` },
        hint: `Give what ${where(later)} makes another name than '${name}'.`,
      };
    }
  }
  // They are in order.
  if (time !== 'definition' || bindings[0]!.statement <= id) return undefined;
  const first = writtenOut(bindings)!;
  const how = first.isPossible === true ? 'may bind' : 'binds';
  return {
    code: 'NB423',
    offset,
    message: { it: `reads ${shown} when it is defined, before ${where(first)} ${how} it` },
    hint: `Bind '${name}' before it.`,
  };
}

/** The first of several bindings whose name stands there; else the first that writes to names it computes. */
function writtenOut(bindings: readonly GlobalBinding[]): GlobalBinding | undefined {
  return bindings.find(({ isPossible }) => isPossible !== true) ?? bindings[0];
}

/** What a name is to a statement that may have it where it stands, or why no module could have it. */
function resolve(reference: ShownReference, names: Names, circumstances: Circumstances): Need | Refusal {
  const { name, shown, offset } = reference;
  const bindings = names.bindings.get(name);
  if (bindings === undefined) return resolveUnbound(reference, names, circumstances);
  const brought = names.unknowns.find(
    (unknown) =>
      (expand(unknown, circumstances)?.has(name) === true && !isOverruled(unknown, bindings)) ||
      isBroughtAnew(name, unknown, names, circumstances),
  );
  const binders = bindersOf(name, names);

  if (brought !== undefined) return refuseBrought(reference, brought, names);
  if (bindings.every((binding) => binding.kind === 'import')) {
    return resolveImport(reference, binders, names, circumstances);
  }
  const [first] = binders;
  if (binders.length === bindings.length && isOverloadGroup(binders)) {
    return { kind: 'definition', statements: binders.map(({ id }) => id) };
  }
  const isOne = binders.every(
    (other) =>
      other.kind === first!.kind &&
      other.normalised === first!.normalised &&
      /^(function|class|constant|import-block)$/.test(other.kind) &&
      (binders.length === 1 || other.mutability === 'none'),
  );
  if (isOne && bindings.length === binders.length * bindingsIn(first!, name)) {
    return { kind: 'definition', statements: binders.map(({ id }) => id) };
  }
  if (binders.length === 1) {
    const binding = bindings[0]!;
    const binder = names.statements[binding.statement]!;
    const isPossible = bindings.some((other) => other.isPossible === true);
    const isRead = bindings.some((other) => other.isPossible !== true);
    const how = isPossible
      ? `${isRead ? 'sets' : 'may set'}, running what may bind any name`
      : isCallable(binder)
        ? 'binds more than once'
        : 'sets';
    return {
      code: 'NB401',
      offset,
      message: { it: `reads ${shown}, a notebook variable that cell ${binder.cell} ${how}` },
      hint: [{ does: 'pass', names: [name] }],
    };
  }
  const set = writtenOut(bindings)!;
  const others = bindings.filter(({ statement }) => statement !== set.statement);
  const again = writtenOut(others) ?? bindings[1] ?? bindings[0]!;
  const what = set.isPossible === true ? 'perhaps set by what writes global names' : 'set';
  const isUnread = names.statements[again.statement]!.isBroken;
  const how =
    again.isPossible === true
      ? `perhaps rebound by what ${isUnread ? 'does not parse' : 'writes global names'}`
      : 'rebound';
  const or: Alternative | undefined =
    again.isPossible !== true
      ? { does: 'rename', later: others.length > 1 ? 'many' : 'one' }
      : isUnread
        ? { does: 'mend', cell: names.statements[again.statement]!.cell }
        : undefined;
  const isThing = [set, again].some(({ kind }) => /^(import|function|class)$/.test(kind));
  return {
    code: 'NB402',
    offset,
    message: { it: `reads ${shown}, ${tellTwo(what, set, how, again, names)}` },
    // Nobody passes a helper or a module as an argument.
    hint: [isThing ? { does: 'rename', name } : { does: 'pass', names: [name], ...(or && { or }) }],
  };
}

function refuseBrought({ name, shown, offset }: ShownReference, brought: Unknown, names: Names): Refusal {
  const { cell } = names.statements[writtenOut(names.bindings.get(name)!)!.statement]!;
  return {
    code: 'NB402',
    offset,
    message: {
      it: `reads ${shown}, set in cell ${cell} and bound by '${brought.what}' in cell ${brought.cell}`,
    },
    hint: isStar(brought) ? `Import by name what you need, and not '${name}'.` : [{ does: 'rename', name }],
  };
}

/** Whether what a star import binds is defined anew afterwards: who stands below reads only that. */
function isOverruled(unknown: Unknown, bindings: readonly GlobalBinding[]): boolean {
  return (
    isStar(unknown) &&
    unknown.statement < bindings[0]!.statement &&
    bindings.some(({ kind }) => kind !== 'import')
  );
}

/** Why a statement can't have a name that is defined after it, or by it, and has been brought by a star import before that. */
function refuseStarred(
  reference: ShownReference,
  { id }: Statement,
  names: Names,
  circumstances: Circumstances,
): Refusal | undefined {
  const { name, time } = reference;
  const bindings = names.unknowns.length === 0 ? undefined : names.bindings.get(name);
  if (bindings === undefined) return undefined;
  const first = bindings[0]!.statement;
  if (first < id || (first === id && time !== 'definition')) return undefined;
  const brought = names.unknowns.find(
    (unknown) => isOverruled(unknown, bindings) && expand(unknown, circumstances)?.has(name) === true,
  );
  return brought === undefined ? undefined : refuseBrought(reference, brought, names);
}

/** Whether a star import from the package binds a name that the notebook has bound before. */
function isBroughtAnew(
  name: string,
  { module, statement }: Unknown,
  { bindings }: Names,
  { isBrought }: Circumstances,
): boolean {
  if (module === undefined || bindings.get(name)![0]!.statement > statement) return false;
  return isBrought?.(name, module) === true;
}

/** `set in cell 3 and rebound in cell 5`; of one cell the lines tell the two apart. */
function tellTwo(
  what: string,
  one: GlobalBinding,
  how: string,
  other: GlobalBinding,
  { statements, source }: Names,
): string {
  const [first, second] = [statements[one.statement]!.cell, statements[other.statement]!.cell];
  if (first !== second) return `${what} in cell ${first} and ${how} in cell ${second}`;
  const [from, to] = [one, other].map(({ offset }) => linesIn(source.cells[first - 1]!)(offset).line);
  return from === to
    ? `${what} and ${how} in cell ${first}, line ${from}`
    : `${what} in cell ${first}, line ${from}, and ${how} in line ${to}`;
}

/** The places of a cell's offsets. */
const linesIn = oncePer((cell: Names['source']['cells'][number]) => linesOf(cell.source));

/** Whether it is a star import, and not what runs a file. */
function isStar({ module }: Unknown): boolean {
  return module !== undefined;
}

/** The names that a star import or `%run` binds, or undefined where they can't be known. */
function expand(unknown: Unknown, circumstances: Circumstances): ReadonlySet<string> | undefined {
  const known = circumstances.expansions.get(unknown.statement);
  if (known !== undefined || unknown.module === undefined) return known;
  return starExports(unknown.module);
}

/** What a name is that nothing in the notebook binds by its name: a builtin, what a star import brings, or nothing. */
function resolveUnbound(
  { name, shown, offset, time }: ShownReference,
  names: Names,
  circumstances: Circumstances,
): Need | Refusal {
  if (moduleAttributes.has(name)) {
    return {
      code: 'NB408',
      offset,
      message: { it: `reads ${shown}, which is another in a module than in the notebook` },
      hint: `Pass what '${name}' stands for as an argument.`,
    };
  }
  const broken = names.statements.find(({ isBroken, defines }) => isBroken && defines.includes(name));
  const isShells = isShellName(name) && !builtins.has(name);
  // What a star import or `%run` binds is anyone's guess unless its file is known; it may even replace a builtin.
  const sources = names.unknowns.filter((unknown) => {
    const expansion = expand(unknown, circumstances);
    return expansion === undefined ? !builtins.has(name) || !isSteadfast(name) : expansion.has(name);
  });
  // The last to bring it has it.
  const source = sources.at(-1);
  // What the shell has, or a cell that does not parse, is no one else's to bind.
  if (source !== undefined && !isShells && (broken === undefined || builtins.has(name))) {
    const isLibrary = source.module !== undefined && !circumstances.expansions.has(source.statement);
    const isKnown = expand(source, circumstances) !== undefined;
    if (sources.length === 1 && isLibrary && isKnown) return { kind: 'given', module: source.module! };
    return {
      code: 'NB412',
      offset,
      message: `${shown} ${isKnown ? 'comes' : 'may come'} from '${source.what}' in cell ${source.cell}`,
      hint:
        isKnown && !isLibrary
          ? `Move what that file defines into the package.`
          : isStar(source)
            ? [{ does: 'unstar', names: [name] }]
            : `Set '${name}' in a cell, or import it by name.`,
    };
  }
  if (builtins.has(name)) return { kind: 'builtin' };
  if (name === 'display') return { kind: 'given', module: 'IPython.display' };
  if (isShellName(name)) {
    return {
      code: 'NB409',
      offset,
      message: { it: `uses ${shown}, which only the notebook's shell has` },
      hint: 'Leave it in the notebook, or do without the shell.',
    };
  }
  const what =
    broken === undefined
      ? `${shown}, which nothing in the notebook defines`
      : `${shown}, which only cell ${broken.cell} defines, and that is not valid Python 3`;
  // Nothing evaluates the annotation; but a module with an undefined name in it is not written.
  const why = broken === undefined ? ': in a module Ruff would find F821' : '';
  const home = circumstances.homes?.get(name);
  return {
    code: 'NB411',
    offset,
    message: time === 'annotation' ? `an annotation names ${what}${why}` : { it: `reads ${what}` },
    hint:
      broken !== undefined
        ? `Mend cell ${broken.cell}.`
        : home === undefined
          ? [{ does: 'define', names: [name] }]
          : `The package has it: put \`from ${circumstances.package}.${home} import ${name}\` in a cell.`,
  };
}
