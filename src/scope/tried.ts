/** Tells what a `try` imports whichever way it goes: `try: import x`, and in what handles its failing an install, and `import x`. */
import type { Statement as ParsedStatement } from '../python/program.ts';
import { childOf, type SyntaxNode } from '../python/syntax.ts';
import { namedPath } from './clause.ts';
import type { Import, StatementNames } from './scope.ts';

/** What installs a package where a notebook finds it at once, and nothing more. */
const installs =
  /^\s*(?:(?:\S*python3?|\{?sys\.executable\}?)\s+-m\s+)?(?:pip3?|conda|mamba|uv|apt(?:-get)?)\b(?!.*(?:\s-t\b|--target|\s-e\b|--editable))/;

/** What changes where modules are found, or fetches such. */
const moves =
  /\b(?:sys|chdir|addsitedir|invalidate_caches|import_module|reload|git|clone|urlretrieve|extractall)\b/;

/** The names of a `try` with these imports marked as sure: they are not tried, nor under a condition. */
export function withSureImports(
  { node, magics }: ParsedStatement,
  text: string,
  names: StatementNames,
): StatementNames {
  if (node.type !== 'try_statement' || names.imports.length === 0) return names;
  if (magics.some(({ argument, name, kind }) => !isInstall(kind, name, argument))) return names;
  if (moves.test(text.slice(node.start, node.end).replace(/\bsys\s*\.\s*executable\b/g, ''))) return names;
  const body = childOf(node, 'block')!;
  const handlers = node.children
    .filter(({ type }) => /^except_(group_)?clause$/.test(type))
    .map((clause) => childOf(clause, 'block'));
  const importsIn = (block: SyntaxNode, key: string): boolean =>
    block.children.some(
      ({ type, start, end }) =>
        /^import(_from)?_statement$/.test(type) &&
        names.imports.some((item) => start <= item.start && item.end <= end && keyOf(item) === key),
    );
  const isSure = ({ name }: Import): boolean => {
    const own = names.imports.filter((item) => item.name === name);
    const key = keyOf(own[0]!);
    return (
      name !== '*' &&
      own.every((item) => keyOf(item) === key) &&
      names.bindings.filter((binding) => binding.name === name).length === own.length &&
      importsIn(body, key) &&
      handlers.every(
        (block) =>
          block !== undefined && (block.children.at(-1)?.type === 'raise_statement' || importsIn(block, key)),
      )
    );
  };
  const imports = names.imports.map((item): Import => {
    if (!isSure(item)) return item;
    const { name, module, member, isRenamed, start, end } = item;
    return { name, module, ...(member !== undefined && { member }), isRenamed, isSure: true, start, end };
  });
  return { ...names, imports };
}

const keyOf = (item: Import): string => `${namedPath(item)} as ${item.name}`;

/** `!pip install x`, `%pip install x` */
function isInstall(kind: string, name: string, argument: string): boolean {
  const line = kind === 'shell' ? argument : `${name} ${argument}`;
  return installs.test(line) && !/[;&|`]|\$\(/.test(line);
}

/** Whether what such a `try` imports may be there only once it has run, as it installs it. */
export function mayInstall({ imports }: Pick<StatementNames, 'imports'>): string | undefined {
  const seen = new Set<string>();
  for (const { isSure, name } of imports) {
    if (isSure !== true) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
