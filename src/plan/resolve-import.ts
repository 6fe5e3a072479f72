/** Turns a reference to what import statements bind into a need, or tells why a module could not import the same. */
import { boundPath, namedPath } from '../scope/clause.ts';
import { isSkipped, mayRaise, type Names } from '../scope/names.ts';
import type { Import } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import type { Circumstances } from './circumstances.ts';
import { bindingsIn, importsSurely, type Need } from './need.ts';
import type { Refusal } from './refusal.ts';
import { requirementsOf } from './requirements.ts';
import type { ShownReference } from './wording.ts';

/** Why a module could not have an import clause: it is relative, or names a file beside the notebook. */
export function refuseImport(
  item: Import,
  offset: number,
  circumstances: Circumstances,
): Refusal | undefined {
  const top = item.module.split('.', 1)[0]!;
  if (item.module.startsWith('.')) {
    return {
      code: 'NB414',
      offset,
      message: { it: `imports '${item.module}', relative to a package that a notebook is not in` },
      hint: 'Import it by its full name.',
    };
  }
  if (circumstances.isLocalModule(top)) {
    return {
      code: 'NB414',
      offset,
      message: { it: `needs the local module '${top}', which the package can't import by itself` },
      hint: `Move '${top}' under the source root, or install it, so that it can be imported from anywhere.`,
    };
  }
  return undefined;
}

/** What a statement imports by a name. */
const importsBy = ({ names: { imports } }: Statement, name: string): Import[] =>
  imports.filter((item) => item.name === name);

/** The binders of an import but for those that import under a condition what others import without one. */
function sureBinders(binders: readonly Statement[], name: string, names: Names): readonly Statement[] {
  if (binders.every(({ kind }) => kind !== 'other')) return binders;
  const plain = binders.filter((binder) => importsSurely(binder, name) && !isSkipped(names, binder.cell));
  const targets = new Set(plain.flatMap((binder) => importsBy(binder, name)).map(boundPath));
  if (targets.size === 0) return binders;
  return binders.filter((binder) => {
    if (binder.kind !== 'other' || importsSurely(binder, name)) return true;
    const imports = importsBy(binder, name);
    return imports.length < bindingsIn(binder, name) || imports.some((item) => !targets.has(boundPath(item)));
  });
}

/** What a name is that nothing but imports bind, under whatever conditions these stand. */
export function resolveImport(
  reference: ShownReference,
  all: readonly Statement[],
  names: Names,
  circumstances: Circumstances,
): Need | Refusal {
  const { name, shown, offset } = reference;
  const binders = sureBinders(all, name, names);
  const isPassedOver = binders.every(({ cell }) => isSkipped(names, cell));
  const conditional = isPassedOver
    ? binders[0]
    : binders.find((binder) => binder.kind === 'other' && !importsSurely(binder, name));
  if (conditional !== undefined) {
    return {
      code: 'NB415',
      offset,
      message: {
        it: `needs ${shown}, which cell ${conditional.cell} imports only ${isPassedOver ? "if its tag 'skip-execution' is ignored" : 'under a condition'}`,
      },
      hint: `Import '${name}' at the top level of a cell${isPassedOver ? ' without that tag' : ''}.`,
    };
  }
  const isSure = binders.some(
    (binder) => !mayRaise(names, binder.cell) || requirementsOf(binder.names.imports).length === 0,
  );
  if (!isSure) {
    return {
      code: 'NB415',
      offset,
      message: {
        it: `needs ${shown}, which cell ${binders[0]!.cell} imports, and that is tagged 'raises-exception'`,
      },
      hint: `Import '${name}' in a cell without that tag.`,
    };
  }
  const blocks = binders.filter((binder) => binder.kind === 'import-block');
  if (blocks.length > 0) {
    if (binders.every((binder) => binder.normalised === blocks[0]!.normalised)) {
      return { kind: 'definition', statements: binders.map(({ id }) => id) };
    }
    return twoThings(reference, binders, names);
  }
  const imports = binders.flatMap((binder) => importsBy(binder, name));
  if (new Set(imports.map(boundPath)).size > 1) return twoThings(reference, binders, names);
  for (const item of imports) {
    const refusal =
      refuseImport(item, offset, circumstances) ??
      refuseEnabled(boundPath(item), reference, names) ??
      refuseRebound(item, reference, circumstances) ??
      refuseMissing(item, reference, circumstances);
    if (refusal !== undefined) return refusal;
  }
  return { kind: 'import', statements: binders.map(({ id }) => id) };
}

/** What of scikit-learn can be imported only once another import has enabled it. */
const enabledBy: ReadonlyMap<string, RegExp> = new Map([
  ['enable_iterative_imputer', /^sklearn\.impute\.IterativeImputer$/],
  ['enable_halving_search_cv', /^sklearn\.model_selection\.Halving(Grid|Random)SearchCV$/],
  ['enable_hist_gradient_boosting', /^sklearn\.ensemble\.HistGradientBoosting(Classifier|Regressor)$/],
]);

/** An import that fails unless another import of the notebook has run: a module would have the first alone. */
function refuseEnabled(
  path: string,
  { name, shown, offset }: ShownReference,
  names: Names,
): Refusal | undefined {
  if (!path.startsWith('sklearn.')) return undefined;
  for (const { cell, names: own } of names.statements) {
    for (const { module, member = '' } of own.imports) {
      if (module !== 'sklearn.experimental' || enabledBy.get(member)?.test(path) !== true) continue;
      return {
        code: 'NB415',
        offset,
        message: { it: `needs ${shown}, which can be imported only after '${member}' (cell ${cell})` },
        hint: `Import '${member}' (with \`# noqa: F401\`) and '${name}' in the function that uses them, or move it by hand.`,
      };
    }
  }
  return undefined;
}

/** `from churn.data import count`, where functions there say `global count`: a module would import another value. */
function refuseRebound(
  item: Import,
  { name, shown, offset }: ShownReference,
  { isRebound }: Circumstances,
): Refusal | undefined {
  if (item.member === undefined || isRebound?.(namedPath(item)) !== true) return undefined;
  return {
    code: 'NB402',
    offset,
    message: { it: `reads ${shown}, which the package binds anew while the notebook has what it was` },
    hint: [{ does: 'pass', names: [name] }],
  };
}

/** `from churn import nothere`: the notebook gets as far as that, but a module would not be imported at all. */
function refuseMissing(
  item: Import,
  { offset }: ShownReference,
  { isMissing }: Circumstances,
): Refusal | undefined {
  const path = namedPath(item);
  if (isMissing?.(path) !== true) return undefined;
  return {
    code: 'NB414',
    offset,
    message: { it: `needs '${path}', which the package does not have` },
    hint: 'Mend the import, or put what it names into the package.',
  };
}

function twoThings(
  { name, shown, offset }: ShownReference,
  binders: readonly Statement[],
  names: Names,
): Refusal {
  const cells = [...new Set(binders.map((binder) => names.statements[binder.id]!.cell))];
  return {
    code: 'NB415',
    offset,
    message: {
      it: `needs ${shown}, imported as different things in ${cells.length === 1 ? 'cell' : 'cells'} ${cells.join(', ')}`,
    },
    hint: `Import one thing as '${name}', and others under other names.`,
  };
}
