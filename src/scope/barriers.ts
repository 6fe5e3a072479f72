/** Tells which statements are barriers, on which later imports may depend: changes of `sys.path`, `os.chdir`, `%pip`. */
import { magicText } from '../python/magic.ts';
import type { Statement as ParsedStatement } from '../python/program.ts';
import { descendants, textOf, type SyntaxNode } from '../python/syntax.ts';
import { words } from '../text/words.ts';
import { boundPath } from './clause.ts';
import { setsWhole } from './exposure.ts';
import type { Names } from './names.ts';
import { pathOf } from './paths.ts';
import { PlacedStatement, type Statement, type Told } from './statement.ts';
import type { Surroundings } from './surroundings.ts';
import { mayInstall } from './tried.ts';

const barrierPaths =
  /^(sys\.path|sys\.modules|sys\.meta_path|os\.environ|site\.addsitedir|matplotlib\.use|matplotlib\.pyplot\.switch_backend|os\.chdir|os\.putenv|os\.unsetenv|importlib\.reload|subprocess|pip|os\.system|dotenv\.(main\.)?load_dotenv|findspark|pyximport\.install|(micropip|piplite)\.install|django\.setup|gi\.require_version)(\.|$)/;

/** The last parts of these. */
const barrierWords = words(`
  path modules meta_path environ addsitedir use switch_backend chdir putenv unsetenv reload subprocess pip system
  load_dotenv init add_packages install setup require_version
`);

/** Objects that imports look into: whoever has another name for one may change it by that. */
const importState = /^(sys\.(path|modules|meta_path)|os\.environ)$/;
const stateWords = words('path modules meta_path environ');

/** What is imported may warn, or put its own filters before these. */
const filterPaths = /^warnings\.(filterwarnings|simplefilter)$/;
const filterWords = words('filterwarnings simplefilter');

/** Why imports after the statement may depend on it, if they may. */
export function barrierOf(
  parsed: ParsedStatement,
  told: Told,
  text: string,
  surroundings: Surroundings,
): string | undefined {
  const magic = parsed.magics.find((candidate) => candidate.isBarrier);
  if (magic !== undefined) return magicText(magic);
  if (/(_definition|^import\w*_statement)$/.test(parsed.node.type)) return undefined;
  const installed = mayInstall(told.names);
  if (installed !== undefined) return `import ${installed}`;
  if (told.names.references.length === 0) return undefined;
  const { importOf } = surroundings;
  const changed = mayHold(told, barrierWords, barrierPaths, importOf)
    ? changedPath(parsed.node, text, importOf, barrierPaths)
    : undefined;
  if (changed !== undefined) return changed;
  if (told.attributes.has('catch_warnings') || told.mentions.has('catch_warnings')) return undefined;
  return (
    (mayHold(told, filterWords, filterPaths, importOf)
      ? changedPath(parsed.node, text, importOf, filterPaths)
      : undefined) ??
    told.setsPaths.find((path) => isInModule(path, surroundings) && setsWhole(told.normalised, path))
  );
}

/** Whether a dotted path is that of an attribute of a module, as far as names tell: `np.float`, not `Shell.mode`. */
function isInModule(path: string, { importOf }: Surroundings): boolean {
  const dot = path.indexOf('.');
  const imported = importOf(path.slice(0, dot));
  return imported !== undefined && !/[A-Z]/.test(imported + path.slice(dot, path.lastIndexOf('.')));
}

/** Whether a statement may mean one of some paths: by its last part, or by what an import binds to it. */
function mayHold(
  { names, mentions, attributes }: Told,
  lastParts: ReadonlySet<string>,
  paths: RegExp,
  importOf: Surroundings['importOf'],
): boolean {
  for (const part of lastParts) if (attributes.has(part) || mentions.has(part)) return true;
  return names.references.some(({ name }) => paths.test(importOf(name) ?? ''));
}

/** Whether imports may depend on a definition's having been called. */
export function holdsBarrier(
  { node }: ParsedStatement,
  told: Told,
  text: string,
  surroundings: Surroundings,
): boolean {
  if (!node.type.endsWith('_definition')) return false;
  const inner = new Map(told.names.innerImports.map((item) => [item.name, boundPath(item)]));
  const importOf = (name: string): string | undefined => inner.get(name) ?? surroundings.importOf(name);
  return (
    mayHold(told, barrierWords, barrierPaths, importOf) &&
    (changedPath(node, text, importOf, barrierPaths) !== undefined ||
      changesByAlias(told.normalised, importOf))
  );
}

/** Whether a function gives what imports look into a name of its own, and changes it: `env = os.environ; env['k'] = v`. */
function changesByAlias(normalised: string, importOf: Surroundings['importOf']): boolean {
  for (const [, alias, root, attribute = ''] of normalised.matchAll(
    /(?<![\w.] )([^\W\d]\w*) = ([^\W\d]\w*)( \. \w+)? (?=[;}])/gu,
  )) {
    if (!importState.test((importOf(root!) ?? '') + attribute.replaceAll(' ', ''))) continue;
    const change = `\\b${alias} (?:\\[ [^\\]]* \\] =|\\. (?:update|setdefault|pop|clear|append|insert|extend|remove) \\()`;
    if (new RegExp(change, 'u').test(normalised)) return true;
  }
  return false;
}

/** The variables that are another name for what imports look into: `env = os.environ`. */
export function importAliases(
  statements: readonly Statement[],
  importPaths: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const aliases = new Set<string>();
  for (const { aliasOf, defines } of statements) {
    if (aliasOf === undefined) continue;
    const [root = ''] = aliasOf.split('.', 1);
    if (importState.test((importPaths.get(root) ?? '') + aliasOf.slice(root.length)))
      aliases.add(defines[0]!);
  }
  return aliases;
}

/** What a constant is another name for, if that may be something that imports look into. */
export function aliasOf(defines: readonly string[], normalised: string): string | undefined {
  const [, root, attribute = ''] =
    defines.length === 1 ? (/^[^\W\d]\w* = ([^\W\d]\w*)( \. \w+)?$/u.exec(normalised) ?? []) : [];
  const isState = attribute === '' || stateWords.has(attribute.slice(3));
  return root !== undefined && isState ? root + attribute.replaceAll(' ', '') : undefined;
}

/** The first of some dotted paths that a piece of syntax calls, sets or deletes. */
function changedPath(
  statement: SyntaxNode,
  text: string,
  importOf: Surroundings['importOf'],
  paths: RegExp,
): string | undefined {
  for (const node of descendants(statement)) {
    if (node.type !== 'attribute' && node.type !== 'identifier') continue;
    const path = pathOf(node, { text, surroundings: { importOf } });
    if (path === undefined || !paths.test(path) || !changes(statement, node)) continue;
    // What only Python itself reads, as it starts, is nothing to imports.
    if (/^\[\s*(["'])PYTHONHASHSEED\1\s*\]/.test(text.slice(node.end, node.end + 40))) continue;
    return path;
  }
  return undefined;
}

/**
 * The names with what holds barriers in modules that they import.
 * @param imported by the names of imports: of a module the names there that hold one, else undefined
 */
export function withBarriers(names: Names, imported: ImportedHolders): Names {
  if (imported.size === 0) return names;
  const statements = names.statements.map(
    (statement) => new PlacedStatement(statement.told, statement.meaning, statement),
  );
  markBarriers(statements, imported);
  return { ...names, statements };
}

export type ImportedHolders = ReadonlyMap<string, readonly string[] | undefined>;

/** Marks as barriers the statements that change what imports look into by one of its other names. */
export function markAliasBarriers(
  statements: readonly PlacedStatement[],
  aliases: ReadonlySet<string>,
): void {
  for (const statement of aliases.size === 0 ? [] : statements) {
    const { kind, mayChange, setsAttributeOf } = statement;
    const changed = [...aliases].find((alias) => {
      const exposure = mayChange.get(alias);
      return setsAttributeOf.has(alias) || exposure === 'whole' || exposure === 'method';
    });
    if (changed === undefined) continue;
    if (kind === 'function' || kind === 'class') statement.innerBarrier = true;
    else if (kind === 'other') statement.barrier ??= changed;
  }
}

/** Marks as barriers the statements that mention functions which hold one, or which call such functions. */
export function markBarriers(
  statements: readonly PlacedStatement[],
  imported: ImportedHolders = new Map(),
): void {
  const holders = new Set(statements.flatMap(({ innerBarrier, defines }) => (innerBarrier ? defines : [])));
  for (const [name, members] of imported) if (members === undefined) holders.add(name);
  if (holders.size === 0 && imported.size === 0) return;
  const isHolder = (name: string, { attributes }: Statement): boolean =>
    holders.has(name) || imported.get(name)?.some((member) => attributes.has(member)) === true;
  const holderIn = (statement: Statement): string | undefined =>
    statement.names.references.find(({ name }) => isHolder(name, statement))?.name;
  for (let before = -1; before < holders.size;) {
    before = holders.size;
    for (const statement of statements) {
      const isDefinition = statement.kind === 'function' || statement.kind === 'class';
      if (!isDefinition || holderIn(statement) === undefined) continue;
      for (const name of statement.defines) holders.add(name);
    }
  }
  for (const statement of statements) {
    if (statement.kind === 'other' || statement.kind === 'constant')
      statement.barrier ??= holderIn(statement);
  }
}

/** Whether the statement calls the path or a method of it, assigns to it or deletes from it; reading it is no barrier. */
function changes(statement: SyntaxNode, path: SyntaxNode): boolean {
  for (const node of descendants(statement)) {
    if (node.type === 'call') {
      const [callee] = node.children;
      if (callee?.start === path.start && callee.end >= path.end) return true;
    }
    if (/^(assignment|augmented_assignment)$/.test(node.type)) {
      const [target] = node.children;
      if (target === undefined || target.type === 'identifier') continue;
      if (target.start <= path.start && path.end <= target.end) return true;
    }
    if (node.type === 'delete_statement' && node.start <= path.start && path.end <= node.end) return true;
  }
  return false;
}

/** The strings in a statement that changes `sys.path` or the folder, and the argument of `%cd`. */
export function foldersOf(parsed: ParsedStatement, text: string): string[] {
  const written = descendants(parsed.node)
    .filter((node) => node.type === 'string')
    .map((node) => textOf(node, text).replace(/^[a-zA-Z]*(["']+)([^]*)\1$/, '$2'));
  const magics = parsed.magics.filter(({ name }) => name === 'cd').map(({ argument }) => argument.trim());
  return [...written, ...magics];
}
