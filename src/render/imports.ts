/** Turns the imports that a module needs into an import block, grouped and sorted as isort and Ruff do it. */
import { namedPath } from '../scope/clause.ts';
import { standardLibrary } from '../text/standard-library.ts';
import type { Import } from '../scope/scope.ts';

/** One import: `import module as name`, or `from module import member as name`. */
export interface ModuleImport {
  readonly module: string;
  readonly member?: string;
  /** The name bound, where it isn't the one that stands there anyway. */
  readonly alias?: string;
}

/** The import that binds the same name as a clause of the notebook. */
export function moduleImportOf(item: Import): ModuleImport {
  const own = item.member ?? item.module;
  return {
    module: item.module,
    ...(item.member !== undefined && { member: item.member }),
    ...(item.isRenamed && (item.name !== own || item.member === undefined) && { alias: item.name }),
  };
}

/** The name that an import binds. */
export function boundName(item: ModuleImport): string {
  return item.alias ?? item.member ?? item.module.split('.', 1)[0]!;
}

const widest = 88;

/**
 * The import block, without a final line break: `__future__`, the standard library, third parties, the package itself,
 * with an empty line between; in each group `import x` before `from x import y`, by name, without regard to case.
 */
export function formatImports(imports: readonly ModuleImport[], packageName: string): string {
  const unique = new Map<string, ModuleImport>();
  for (const item of imports) {
    const key = keyOf(item);
    const known = unique.get(key);
    // What `import a.b as c` finds, `from a import b as c` finds, too, and more: the other need not have worked.
    if (known === undefined || isRenamedModule(known)) unique.set(key, item);
  }
  const groups: ModuleImport[][] = [[], [], [], []];
  for (const item of unique.values()) groups[groupOf(item, packageName)]!.push(item);
  return groups
    .filter((group) => group.length > 0)
    .map((group) => formatGroup(group).join('\n'))
    .join('\n\n');
}

/**
 * Equal for imports that do the same, of which one is enough: `from torch import nn` and `import torch.nn as nn`. But
 * `import a.b` binds `a`, and whoever wants `a.c` has to import that, too.
 */
function keyOf(item: ModuleImport): string {
  const { module, member, alias } = item;
  if (member === undefined && alias === undefined)
    return module.includes('.') ? module : `${module}=${module}`;
  return `${boundName(item)}=${namedPath(item)}`;
}

/** `import a.b as c` */
function isRenamedModule({ member, alias }: ModuleImport): boolean {
  return member === undefined && alias !== undefined;
}

function groupOf({ module }: ModuleImport, packageName: string): number {
  const top = module.split('.', 1)[0]!;
  if (top === '__future__') return 0;
  if (top === packageName) return 3;
  return standardLibrary.has(top) ? 1 : 2;
}

function formatGroup(group: readonly ModuleImport[]): string[] {
  const plain = group.filter(({ member }) => member === undefined);
  const lines = plain
    .sort((a, b) => compare(a.module, b.module) || compare(a.alias ?? '', b.alias ?? ''))
    .map(({ module, alias }) => `import ${module}${alias === undefined ? '' : ` as ${alias}`}`);
  const modules = [
    ...new Set(group.filter(({ member }) => member !== undefined).map(({ module }) => module)),
  ];
  for (const module of modules.sort(compare)) {
    const members = group.filter((item) => item.module === module && item.member !== undefined);
    lines.push(...formatMembers(module, members));
  }
  return lines;
}

/** isort keeps each `x as y` on a line of its own, in the order of the members. */
function formatMembers(module: string, members: readonly ModuleImport[]): string[] {
  const sorted = [...members].sort(
    (a, b) =>
      rankOf(a.member!) - rankOf(b.member!) ||
      compare(a.member!, b.member!) ||
      compare(a.alias ?? '', b.alias ?? ''),
  );
  const plain = sorted.filter(({ alias }) => alias === undefined).map(({ member }) => member!);
  const lines: string[] = [];
  if (plain.length > 0) lines.push(formatFrom(module, plain));
  for (const { member, alias } of sorted) {
    if (alias !== undefined) lines.push(`from ${module} import ${member} as ${alias}`);
  }
  // A renamed member that sorts before the first plain one stands before it.
  const [first] = sorted;
  if (plain.length > 0 && first?.alias !== undefined) lines.push(lines.shift()!);
  return lines;
}

/** `from module import a, b`, in brackets with one name a line where it would be wider than 88 columns. */
export function formatFrom(module: string, names: readonly string[]): string {
  const line = `from ${module} import ${names.join(', ')}`;
  if (line.length <= widest) return line;
  return `from ${module} import (\n${names.map((name) => `    ${name},\n`).join('')})`;
}

/** The names of an import line in the order of isort: constants, classes, then the rest. */
export function sortMembers(names: readonly string[]): string[] {
  return [...names].sort((a, b) => rankOf(a) - rankOf(b) || compare(a, b));
}

function rankOf(name: string): number {
  if (name.length > 1 && name === name.toUpperCase() && /[A-Z]/.test(name)) return 0;
  return /^[A-Z]/.test(name) ? 1 : 2;
}

/** Natural order without regard to case, as Ruff sorts: `a2` before `a10`; ties in the order of the code units. */
function compare(a: string, b: string): number {
  const parts = (text: string): string[] => text.toLowerCase().match(/\d+|\D+/g) ?? [];
  const left = parts(a);
  const right = parts(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i]!;
    const y = right[i]!;
    if (x === y) continue;
    if (/^\d/.test(x) && /^\d/.test(y) && Number(x) !== Number(y)) return Number(x) - Number(y);
    return x < y ? -1 : 1;
  }
  return left.length - right.length || (a < b ? -1 : a > b ? 1 : 0);
}
