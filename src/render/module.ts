/** Turns a planned module into its text: a new file, or additions to the one that is there. */
import type { Member, PlannedModule } from '../plan/planned.ts';
import type { Names } from '../scope/names.ts';
import type { Statement } from '../scope/statement.ts';
import { applyEdits, type Edit } from '../text/edit.ts';
import { printable } from '../text/printable.ts';
import { boundName, formatImports, moduleImportOf, type ModuleImport } from './imports.ts';

/** A module's text and where in it each member stands, so that a finding can be traced to the definition at fault. */
export interface RenderedModule {
  readonly module: string;
  readonly text: string;
  /** UTF-16 offsets into `text`. */
  readonly members: readonly { readonly member: Member; readonly start: number; readonly end: number }[];
}

/**
 * Renders one module, of definitions or tests.
 * @param existing the module as it is, read as a program of one cell
 * @param titles what to call the notebooks that it came from, by their paths
 */
export function renderModule(
  planned: PlannedModule,
  packageName: string,
  existing?: Names,
  what = 'Definitions',
  titles = titlesOf(planned.sources),
): RenderedModule {
  const imports = planned.members.flatMap((member) => importsOf(member, packageName));
  return existing === undefined
    ? renderNew(planned, packageName, imports, docstringOf(planned, what, titles))
    : addTo(existing, planned, packageName, imports);
}

/** Marks the lines of imports at these offsets as in use, for Ruff and its like: `# noqa: F401`. */
export function markUsed(module: RenderedModule, offsets: readonly number[]): RenderedModule {
  const { text } = module;
  const ends = new Set(offsets.map((offset) => /\r?\n|$/.exec(text.slice(offset))!.index + offset));
  const edits = [...ends].map((end): Edit => ({ span: { start: end, end }, text: unused }));
  const shift = (offset: number): number =>
    offset + unused.length * [...ends].filter((end) => end < offset).length;
  return {
    ...module,
    text: applyEdits(text, edits),
    members: module.members.map(({ member, start, end }) => ({
      member,
      start: shift(start),
      end: shift(end),
    })),
  };
}

const unused = '  # noqa: F401';

function importsOf(member: Member, packageName: string): ModuleImport[] {
  return [
    ...member.futures.map((feature) => ({ module: '__future__', member: feature })),
    ...member.imports.flatMap(({ clauses }) => clauses.map(moduleImportOf)),
    ...member.takes.map(({ name, module }) => ({ module: `${packageName}.${module}`, member: name })),
    ...member.given.map(({ name, module }) => ({ module, member: name })),
  ];
}

/** The members with two empty lines around each definition; between constants of one cell one where one was. */
function renderMembers(
  members: readonly Member[],
  offset: number,
): { text: string; members: RenderedModule['members'] } {
  const placed: { member: Member; start: number; end: number }[] = [];
  let text = '';
  members.forEach((member, i) => {
    const before = members[i - 1];
    if (before !== undefined) {
      const isRun = !before.isDefinition && !member.isDefinition;
      const isNear = isRun && before.source === member.source && before.cell === member.cell;
      text += isNear && !member.isParted ? '\n' : isRun ? '\n\n' : '\n\n\n';
    }
    const start = offset + text.length;
    text += member.code;
    placed.push({ member, start, end: offset + text.length });
  });
  return { text, members: placed };
}

function renderNew(
  planned: PlannedModule,
  packageName: string,
  imports: readonly ModuleImport[],
  docstring: string,
): RenderedModule {
  const parts = [docstring];
  const block = formatImports(imports, packageName);
  if (block !== '') parts.push(block);
  const [first] = planned.members;
  const gap = first !== undefined && first.isDefinition ? '\n\n\n' : '\n\n';
  const head = parts.join('\n\n') + gap;
  const body = renderMembers(planned.members, head.length);
  return { module: planned.module, text: `${head}${body.text}\n`, members: body.members };
}

/** So many notebooks a docstring names. */
const mostTitles = 12;

/** Names the notebooks that the module came from, and says why it is a module by itself. */
function docstringOf(
  { sources, apart }: PlannedModule,
  what: string,
  titles: ReadonlyMap<string, string>,
): string {
  const quotable = (text: string): string => printable(text.replace(/["\\]/g, '_'));
  const names = [...new Set(sources)]
    .map((path) => titles.get(path)!)
    .sort()
    .map(quotable);
  const reason = apart === undefined ? '' : `They stand apart from ${quotable(apart)}.`;
  const isOne = names.length === 1;
  const line = `${what} ${isOne ? 'from the notebook' : 'shared by the notebooks'} ${names.join(', ')}.`;
  if (isOne || `"""${line}"""`.length <= 88) return `"""${line}${reason && `\n\n${reason}\n`}"""`;
  const isLong = names.length > mostTitles;
  const those = isLong ? `${names.length} notebooks, among them` : 'these notebooks';
  const listed = (isLong ? names.slice(0, mostTitles) : names).map((name) => `- ${name}`);
  return `"""${what} shared by ${those}:\n\n${listed.join('\n')}\n${reason && `\n${reason}\n`}"""`;
}

/** The file names of notebooks, by their paths; of those that are alike, their paths from the folder that holds all. */
export function titlesOf(paths: readonly string[]): ReadonlyMap<string, string> {
  const parts = [...new Set(paths)].map((path) => path.split(/[\\/]/));
  const isShared = (length: number): boolean =>
    parts.length > 0 &&
    parts.every((path) => length < path.length && path[length - 1] === parts[0]![length - 1]);
  let common = 0;
  while (isShared(common + 1)) common++;
  const count = new Map<string, number>();
  for (const path of parts) count.set(path.at(-1)!, (count.get(path.at(-1)!) ?? 0) + 1);
  return new Map(
    [...new Set(paths)].map((path, i) => {
      const name = parts[i]!.at(-1)!;
      return [path, count.get(name) === 1 ? name : parts[i]!.slice(common).join('/')];
    }),
  );
}

/** Adds members and imports to a module that is there. Nothing that stands in it is changed. */
function addTo(
  existing: Names,
  planned: PlannedModule,
  packageName: string,
  imports: readonly ModuleImport[],
): RenderedModule {
  const text = existing.source.cells[0]!.source;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  // An import under `if __name__ == '__main__':` or `if TYPE_CHECKING:` is none for who imports the module.
  const known = new Set(
    existing.statements.flatMap(({ names }) =>
      names.imports
        .filter(({ isConditional }) => isConditional !== true)
        .flatMap((item) => providedBy(moduleImportOf(item))),
    ),
  );
  const bound = (item: ModuleImport): boolean =>
    item.module !== '__future__' && known.has(providedBy(item).at(-1)!);
  const hasFuture = (item: ModuleImport): boolean =>
    item.module === '__future__' && existing.futures.some(({ feature }) => feature === item.member);
  const missing = imports.filter((item) => !bound(item) && !hasFuture(item));
  const edits = importEdits(existing, missing, packageName, newline);

  // New definitions come last, but before `if __name__ == '__main__':`, if the module ends with that.
  const lastOther = existing.statements.findLastIndex(({ guardsScript }) => !guardsScript);
  const guard = existing.statements[lastOther + 1];
  const body = renderMembers(planned.members, 0);
  const content = withNewline(body.text, newline);
  const head = applyEdits(text, edits);
  const end = guard === undefined ? text.length : headerOf(text, guard.span.start);
  const at = head.length - text.length + end;
  const before = head.slice(0, at);
  const lead = before.trim() === '' ? '' : newline.repeat(Math.max(0, 3 - trailingNewlines(before)));
  const addition = guard === undefined ? lead + content + newline : lead + content + newline.repeat(3);
  const result = before + addition + head.slice(at);
  let from = at + lead.length;
  const members = body.members.map(({ member, start, end }) => {
    const length = withNewline(body.text.slice(start, end), newline).length;
    const begin = result.indexOf(withNewline(body.text.slice(start, end), newline), from);
    from = begin + length;
    return { member, start: begin, end: from };
  });
  return { module: planned.module, text: result, members };
}

/** The name that an import binds; for `import a.b.c`, which binds `a`, all that can be said then: `a`, `a.b`, `a.b.c`. */
function providedBy(item: ModuleImport): string[] {
  if (item.member !== undefined || item.alias !== undefined) return [boundName(item)];
  const parts = item.module.split('.');
  return parts.map((_, i) => parts.slice(0, i + 1).join('.'));
}

/**
 * Where imports come to stand in a module that is there: those of `__future__`, which nothing but the docstring may come
 * before, behind others of theirs; all else behind the imports that the module begins with.
 */
function importEdits(
  existing: Names,
  missing: readonly ModuleImport[],
  packageName: string,
  newline: string,
): Edit[] {
  const { statements } = existing;
  const isFuture = ({ module }: ModuleImport): boolean => module === '__future__';
  const docstring = statements.slice(0, 1).find(isString);
  const firstOther = statements.find((statement) => statement.kind !== 'import' && statement !== docstring);
  const leading = statements.filter(
    ({ kind, id }) => kind === 'import' && (firstOther === undefined || id < firstOther.id),
  );
  const lastFuture = leading.findLast(({ names }) => names.imports.some(isFuture));
  const edits: Edit[] = [];
  const source = existing.source.cells[0]!.source;
  const insert = (at: number, text: string): void => {
    // Where line ends are mixed, that of the line before stays what it was.
    const lineEnd = /^\r?\n/.exec(source.slice(at, at + 2))?.[0] ?? newline;
    edits.push({ span: { start: at, end: at }, text: withNewline(text, lineEnd) });
  };
  const add = (block: string, behind: Statement | undefined): void => {
    if (block === '') return;
    if (behind !== undefined) {
      insert(behind.span.end, `\n${flatten(block)}`);
      return;
    }
    const header = docstring?.span.end ?? headerOf(source, statements[0]?.span.start ?? source.length);
    const next = statements[docstring === undefined ? 0 : 1];
    const isDefinition = next?.kind === 'function' || next?.kind === 'class';
    const gap = next?.kind === 'import' || (docstring !== undefined && !isDefinition) ? 2 : 3;
    const before = header === 0 ? 0 : 2 - trailingNewlines(source.slice(0, header));
    // What stands on the docstring's line comes to stand on that of the last import.
    const rest = source.slice(header);
    const isLast = next === undefined || /^[ \t]*;/.test(rest);
    const after = isLast ? 0 : gap - leadingNewlines(rest);
    insert(header, '\n'.repeat(Math.max(0, before)) + block + '\n'.repeat(Math.max(0, after)));
  };
  const last = leading.at(-1);
  if (last === undefined) add(formatImports(missing, packageName), undefined);
  else {
    add(formatImports(missing.filter(isFuture), packageName), lastFuture);
    const others = missing.filter((item) => !isFuture(item));
    add(formatImports(others, packageName), last);
  }
  return edits;
}

const licence = /copyright|SPDX-|licensed|rights reserved|^#\s*licen[cs]e\b/im;
/** A line for the system, one on the first two lines for Python (PEP 263), and those for editors and linters. */
const toolLines =
  /^(?:(?:#.*\r?\n)?#.*?coding[:=].*\r?\n|#!.*\r?\n)?(?:#\s*(?:-\*-|(?:vim?|pylint|flake8|ruff|mypy|pyright|isort|type):).*\r?\n)*/;

/**
 * Where the comments end that a module without a docstring begins with, and that are not about its first statement: those
 * that an empty line follows, a licence, and of others the lines for tools.
 * @param start of the first statement, with the comments right above it
 */
function headerOf(text: string, start: number): number {
  if (text.slice(0, start).trim() !== '') return start;
  const comments = /^(?:#.*\r?\n)*/.exec(text.slice(start))![0];
  return start + (licence.test(comments) ? comments : toolLines.exec(comments)![0]).length;
}

/** Whether a statement is nothing but a string, in brackets or without. */
function isString({ isExpression, normalised }: Statement): boolean {
  return isExpression && /^(\( )*[rRuU]?["']/.test(normalised) && /["']( \))*$/.test(normalised);
}

/** An import block to be put behind other imports: without the empty lines between its groups. */
function flatten(block: string): string {
  return block.replace(/\n\n+/g, '\n');
}

function withNewline(text: string, newline: string): string {
  return newline === '\n' ? text : text.replaceAll('\n', newline);
}

function trailingNewlines(text: string): number {
  return /(\r?\n)*$/.exec(text)![0].replaceAll('\r', '').length;
}

function leadingNewlines(text: string): number {
  return /^(?:[ \t]*\r?\n)*/.exec(text)![0].replace(/[^\n]/g, '').length;
}
