/** Tells which definitions must be made where they stand: making them does what nobody knows, after what it may need. */
import { importedPath } from '../scope/paths.ts';
import { isKnownPure } from '../scope/pure.ts';
import type { PathRead } from '../scope/exposure.ts';
import type { Names } from '../scope/names.ts';
import { isCallable, type Statement } from '../scope/statement.ts';
import { shorten, type Refusal } from './refusal.ts';

/** Calls that make the same whenever they are made: what a class declares of its instances, estimators, types. */
const timeless: readonly RegExp[] = [
  /^(abc|annotated_types|attrs?|collections|dataclasses|enum|functools|logging|packaging|typing|typing_extensions)\./,
  /^(chex|django|flax|kfp|marshmallow|msgspec|param|sqlalchemy|sqlmodel|traitlets|wtforms|zipline)\./,
  // Others hand it on: `langchain_core.pydantic_v1`.
  /^(\w+\.)*pydantic(_core|_v1)?\.|^azure\.ai\.ml\.(Input|Output)$|^jax\.(\w+\.)*PartitionSpec$/,
  /^(astropy\.modeling|backoff|retrying|tenacity|tensorflow_federated)\./,
  /^(catboost|lightgbm|sklearn|xgboost)\.(\w+\.)*[A-Z]\w*$/,
  /^jax\.(\w+\.)*initializers\.|^matplotlib\.(\w+\.)*get_cmap$|^tensorflow\.constant$/,
  // What of it acts, as far as no seed is written out, is known to.
  /^(numpy\.)?random\./,
];

/**
 * Why a definition stays that calls something unknown as it is made, `def words(stop=stopwords.words('english'))`, after
 * something has run that may be needed for it, `nltk.download('stopwords')`: once a definition above that has gone to a
 * module, the module would be imported, and this be made, before it.
 * @param isImported whether a module of the package may be imported where a statement stood
 */
export function refuseUnknown(
  statement: Statement,
  names: Names,
  isImported: (statement: number) => boolean,
): Refusal | undefined {
  const [unknown] = unknownReads(statement, names);
  if (unknown === undefined) return undefined;
  const { read } = unknown;
  const { statements } = names;
  const first = statements.findIndex(({ id }) => isImported(id));
  const cause = first === -1 ? undefined : statements.slice(first + 1, statement.id).find(mayAct);
  if (cause === undefined) return undefined;
  return {
    code: 'NB419',
    offset: read.offset,
    message: {
      it: `calls '${shorten(read.path)}' when it is defined, which may need what runs in cell ${cause.cell}`,
    },
    hint: `Define '${statement.defines[0]}' before cell ${cause.cell}, or call '${shorten(read.path)}' where its value is used.`,
  };
}

/** What is called as a definition is made and does what nobody knows, with its dotted path. */
function unknownReads(
  { kind, readsPaths }: Statement,
  { importPaths }: Names,
): readonly { readonly read: PathRead; readonly target: string }[] {
  if (!isCallable({ kind })) return [];
  return readsPaths.flatMap((read) => {
    const target = read.isCalled ? importedPath(read.path, importPaths) : undefined;
    const isKnown =
      target === undefined || isKnownPure(target) || timeless.some((known) => known.test(target));
    return isKnown ? [] : [{ read, target }];
  });
}

/**
 * What a notebook must have at hand to make a definition, besides what it imports: what the calls need that nobody knows,
 * `nltk.corpus.stopwords.words.()`. Only notebooks that make it themselves are known to have that.
 */
export function unknownNeeds(statement: Statement, names: Names): string[] {
  return unknownReads(statement, names).map(({ target }) => `${target}.()`);
}

/** Whether running a statement may change what another one finds. */
function mayAct({ kind, normalised, setsPaths, magic, effects }: Statement): boolean {
  if (kind === 'constant') return effects.effects.length > 0 || effects.calls.length > 0;
  return kind === 'other' && (normalised.includes('(') || setsPaths.length > 0 || magic !== undefined);
}
