/** Turns a planned notebook into the changes of its cells: what moved gives way to imports. */
import { returnsNothing, type Magic } from '../python/magic.ts';
import type { CellChange } from '../notebook/write.ts';
import type { NotebookImport, PlannedNotebook } from '../plan/notebook.ts';
import { sayingOf } from '../plan/comments.ts';
import { leadOf } from '../plan/pasted.ts';
import { commentsIn } from '../python/lines.ts';
import { takesCode, type CellNames, type Names } from '../scope/names.ts';
import { isAtHead, isMarker, outlivesCell } from '../scope/markers.ts';
import type { Statement } from '../scope/statement.ts';
import { applyEdits, type Edit } from '../text/edit.ts';
import type { Span } from '../text/span.ts';
import { formatFrom, sortMembers } from './imports.ts';

/** The tag of the cell that puts the source root on `sys.path`. */
export const pathTag = 'nb2mod:path';

/** What the notebook must do to find the package. */
export interface PathCell {
  /** The source root relative to the notebook's folder, with forward slashes: `../src`. */
  readonly sourceRoot: string;
}

/** Whether anything leaves the notebook for a module or a test; else it is stripped at most. */
export function changesCode(planned: PlannedNotebook | undefined): boolean {
  return planned !== undefined && (planned.moves.length > 0 || planned.tests.length > 0);
}

/** The changes of cells that make the notebook import what moved. None if nothing moves. */
export function notebookChanges(
  planned: PlannedNotebook,
  names: Names,
  packageName: string,
  path?: PathCell,
): CellChange[] {
  if (!changesCode(planned)) return [];
  const moved = new Set([
    ...planned.moves.map(({ statement }) => statement),
    ...planned.tests.flatMap(({ statements }) => statements),
  ]);
  const importing = new Set(planned.imports.map(({ statement }) => statement));
  const byCell = new Map<number, Statement[]>(names.cells.map(({ cell }) => [cell, []]));
  for (const statement of names.statements) byCell.get(statement.cell)!.push(statement);
  const changes: CellChange[] = [];
  for (const cell of names.cells) {
    const statements = byCell.get(cell.cell)!;
    const isTouched = statements.some(
      ({ id }) => moved.has(id) || planned.unusedImports.has(id) || importing.has(id),
    );
    if (!isTouched) continue;
    changes.push(...changeCell(cell, statements, moved, planned, packageName, names));
  }
  if (path === undefined || planned.imports.length === 0) return changes;
  const known = names.source.cells.find(
    ({ tags, source }) => tags.includes(pathTag) && !findsAnother(source, path, packageName),
  );
  const isBefore = ({ statement }: NotebookImport): boolean =>
    known === undefined || names.statements[statement]!.cell < known.index;
  if (!planned.imports.some(isBefore)) return changes;
  // One that goes through its names (`%whos`), or is run by another one that has names of its own, is given no other ones.
  const isNameless = planned.isRun === true || names.statements.some(({ search }) => search === 'all');
  const source = pathSource(path, packageName, isNameless);
  if (names.readsHistory) prependPath(changes, names, source);
  else {
    changes.unshift({ kind: 'insert', before: 1, source, tags: [pathTag] });
    // What was written above it since can't do without the path: it goes to the top, if it is as it was written.
    const forms = [true, false].flatMap((form) => [
      pathSource(path, packageName, form),
      plainPathSource(path, form),
    ]);
    if (known !== undefined && forms.includes(known.source))
      changes.push({ kind: 'remove', cell: known.index });
  }
  return changes;
}

/**
 * Finds the source root from whichever folder of the project the kernel runs in: below that or one above it lies the
 * package. Absolute from the start: the notebook may change its folder later on.
 */
function pathSource({ sourceRoot }: PathCell, packageName: string, isNameless: boolean): string {
  const { imports, sys, path } = pathNames(isNameless);
  const { below, init } = foundBy({ sourceRoot }, packageName);
  return `${imports}${sys}.path[:0] = [
    str(folder${below === '' ? '' : ` / ${JSON.stringify(below)}`})
    for folder in [${path}.cwd(), *${path}.cwd().parents]
    if (folder / ${JSON.stringify(init)}).exists()
]`;
}

/** The folder that is looked for above the kernel's, and the file by which it is known. */
function foundBy(
  { sourceRoot }: PathCell,
  packageName: string,
): { readonly below: string; readonly init: string } {
  const below = sourceRoot.replace(/^(?:\.\.?(?:\/|$))+/, '');
  return { below, init: [...(below === '' ? [] : [below]), packageName, '__init__.py'].join('/') };
}

/** Whether a path cell looks for another package: the notebook, or the package, has had another name, or place. */
function findsAnother(source: string, path: PathCell, packageName: string): boolean {
  const init = /"([^"\n]*\b__init__\.py)"/.exec(source)?.[1];
  return init !== undefined && init !== foundBy(path, packageName).init;
}

/** As it was written once: it finds the source root from the notebook's own folder alone. */
function plainPathSource({ sourceRoot }: PathCell, isNameless: boolean): string {
  const { imports, sys, path } = pathNames(isNameless);
  return `${imports}${sys}.path.insert(0, str(${path}(${JSON.stringify(sourceRoot)}).resolve()))`;
}

/** What the path cell imports, and how it says `sys` and `Path`; a nameless one binds neither. */
function pathNames(isNameless: boolean): Record<'imports' | 'sys' | 'path', string> {
  return isNameless
    ? { imports: '', sys: '__import__("sys")', path: '__import__("pathlib").Path' }
    : { imports: 'import sys\nfrom pathlib import Path\n\n', sys: 'sys', path: 'Path' };
}

/**
 * A notebook that reads `Out[n]` counts its cells: the path goes to the head of the first one that takes code and has
 * some (IPython doesn't count empty ones), after what has to stand there first, a cell magic or `from __future__` imports.
 */
function prependPath(changes: CellChange[], names: Names, pathCode: string): void {
  const takers = new Set(names.cells.filter((each) => takesCode(names, each)).map(({ cell }) => cell));
  const first = names.statements.find((statement) => takers.has(statement.cell))!;
  const { cell } = first;
  const { source } = names.source.cells[cell - 1]!;
  const newline = source.includes('\r\n') ? '\r\n' : '\n';
  const head = headOf(first, source);
  const code = pathCode.replace(/\n(?=.)/g, `\n${head}`).replaceAll('\n', newline);
  const gap = newline + newline + head;
  const future = names.futures
    .map(({ statement }) => names.statements[statement]!)
    .findLast((one) => one.cell === cell);
  const at = future?.span.end ?? first.span.start;
  const text = future === undefined ? code + gap : gap + code;
  const known = changes.find((change) => change.kind === 'edit' && change.cell === cell);
  if (known?.kind !== 'edit') {
    changes.unshift({ kind: 'edit', cell, edits: [{ span: { start: at, end: at }, text }] });
    return;
  }
  // What takes the line away leaves its indentation or prompt to the path.
  const afterPath = (rest: string): string => (rest.trim() === '' ? newline + newline : gap) + rest;
  const around = known.edits.find(({ span }) => span.start < at && at < span.end);
  const edit: Edit =
    around === undefined
      ? { span: { start: at, end: at }, text }
      : { span: around.span, text: source.slice(around.span.start, at) + code + afterPath(around.text) };
  const edits = [edit, ...known.edits.filter((other) => other !== around)];
  changes[changes.indexOf(known)] = { ...known, edits };
}

/**
 * What stands before a cell's first statement in its line: nothing, or the indentation or prompt that IPython takes away
 * from every line. Lines that are put in have it, too: what all lines share is the indentation since IPython 9.
 */
function headOf({ span }: Statement, source: string): string {
  return source.slice(source.lastIndexOf('\n', span.start - 1) + 1, span.start);
}

/** What becomes of one statement of a cell: null leaves it, an empty string takes it away. */
type Fate = string | null;

function changeCell(
  cellNames: CellNames,
  statements: readonly Statement[],
  moved: ReadonlySet<number>,
  planned: PlannedNotebook,
  packageName: string,
  names: Names,
): CellChange[] {
  const { cell } = cellNames;
  const { source } = names.source.cells[cell - 1]!;
  const newline = source.includes('\r\n') ? '\r\n' : '\n';
  const [first] = statements;
  const nextLine = newline + (first === undefined ? '' : headOf(first, source));
  const linesOf = (id: number, position: NotebookImport['position']): string =>
    planned.imports
      .filter((item) => item.statement === id && item.position === position)
      .map(({ module, names }) => formatFrom(`${packageName}.${module}`, sortMembers(names)))
      .join('\n')
      .replaceAll('\n', nextLine);

  const fates = new Map<number, Fate>();
  for (const statement of statements) {
    const { id } = statement;
    const unused = planned.unusedImports.get(id);
    let fate: Fate = null;
    if (moved.has(id)) fate = linesOf(id, 'replace');
    else if (unused !== undefined) fate = withoutNames(statement, source, unused);
    const after = linesOf(id, 'after');
    if (after !== '') {
      const kept = fate ?? source.slice(statement.span.start, statement.span.end);
      fate = kept === '' ? after : `${kept}${nextLine}${after}`;
    }
    fates.set(id, fate);
  }

  keepBody(cellNames, statements, fates, moved, planned, packageName);
  keepEnd(cellNames, statements, fates, source, planned, packageName);
  const spans = new Map<number, Span>();
  for (const statement of statements) {
    const { id } = statement;
    const fate = fates.get(id)!;
    if (fate === null) continue;
    const staying = stayingComments(statement, moved.has(id), planned, names);
    if (statement.isJoined) spans.set(id, spanLeaving(statement, staying));
    else if (staying.all.length > 0)
      fates.set(id, [...staying.all, ...(fate === '' ? [] : [fate])].join(nextLine));
  }
  let edits = statementEdits(statements, fates, spans, source, newline);
  const left = linesIn(applyEdits(source, edits));
  const markers = first === undefined ? [] : markersOf(first, fates, source);
  const isGone = left.every((line) => line === '' || isMarker(line));
  if (isGone && ![...left, ...markers].some(outlivesCell)) {
    if (!names.readsHistory) return [{ kind: 'remove', cell }];
    const text = '# moved to the package';
    return [{ kind: 'edit', cell, edits: [{ span: { start: 0, end: source.length }, text }] }];
  }
  if (markers.length > 0) {
    const fate = fates.get(first!.id)!;
    const kept = isGone ? markers.filter(outlivesCell) : markers;
    fates.set(first!.id, [...kept, ...(fate === '' ? [] : [fate])].join(nextLine));
    edits = statementEdits(statements, fates, spans, source, newline);
  }
  return edits.length === 0 ? [] : [{ kind: 'edit', cell, edits }];
}

/** The comments of what leaves that stay where it stood: those above it, those in it and at its end. */
interface StayingComments {
  readonly lead: readonly string[];
  readonly rest: readonly string[];
  readonly all: readonly string[];
}

/**
 * The comments of a statement that moved take leave with it, but for a heading, and what the module lacks of them; those of
 * an import stay, if they say anything.
 */
function stayingComments(
  statement: Statement,
  isMoved: boolean,
  planned: PlannedNotebook,
  names: Names,
): StayingComments {
  const { id, cell, code, span } = statement;
  const isWholeImport = !isMoved && isLeaving(statement, planned);
  const isKept = isWholeImport || planned.headed.has(id);
  const above = isKept ? linesIn(leadOf(statement, names)).filter((line) => line !== '') : [];
  const lead = above.some((line) => sayingOf(line) !== '') ? above : [];
  const text = names.source.cells[cell - 1]!.source.slice(code.start, span.end);
  const inside = isWholeImport
    ? commentsIn(text)
        .map(({ start, end }) => text.slice(start, end).trimEnd())
        .filter((comment) => sayingOf(comment) !== '')
    : [];
  const rest = [...(planned.comments.get(id) ?? []), ...inside];
  return { lead, rest, all: [...lead, ...rest] };
}

/** Whether an import leaves with all that it binds. */
function isLeaving({ id, names: { imports } }: Statement, { unusedImports }: PlannedNotebook): boolean {
  const unused = unusedImports.get(id);
  return unused !== undefined && imports.every(({ name }) => unused.has(name));
}

/** Of a statement that shares its line with others what goes: comments that stay are left where they are. */
function spanLeaving({ span, code }: Statement, { lead, rest }: StayingComments): Span {
  return { start: lead.length > 0 ? code.start : span.start, end: rest.length > 0 ? code.end : span.end };
}

const linesIn = (text: string): string[] => text.split('\n').map((line) => line.trim());

/** The markers of a cell among the comments that lead its first statement, and would go with it. */
function markersOf(
  { id, span, code }: Statement,
  fates: ReadonlyMap<number, Fate>,
  source: string,
): string[] {
  const fate = fates.get(id);
  if (fate === null || fate === undefined || !isAtHead(source, span.start)) return [];
  const kept = new Set(linesIn(fate));
  return linesIn(source.slice(span.start, code.start)).filter((line) => isMarker(line) && !kept.has(line));
}

/** A cell magic that would be left without a body gets back the import of what it defined. */
function keepBody(
  { magics }: CellNames,
  statements: readonly Statement[],
  fates: Map<number, Fate>,
  moved: ReadonlySet<number>,
  planned: PlannedNotebook,
  packageName: string,
): void {
  if (!magics.some(({ kind }) => kind === 'cell')) return;
  const isLeft = ({ id, magic }: Statement): boolean =>
    fates.get(id) !== '' && magic?.startsWith('%%') !== true;
  if (statements.some(isLeft)) return;
  const first = statements.find(({ id }) => moved.has(id));
  const module = planned.moves.find(({ statement }) => statement === first?.id)?.module;
  if (first !== undefined && module !== undefined) {
    fates.set(first.id, formatFrom(`${packageName}.${module}`, sortMembers(first.defines)));
  }
}

/**
 * What a cell shows hangs on its last statement. Where taking statements away would bring another one to the end, and
 * more or less would be shown for it, that one is silenced by `;`, or else something goes on standing after it.
 */
function keepEnd(
  cell: CellNames,
  statements: readonly Statement[],
  fates: Map<number, Fate>,
  source: string,
  planned: PlannedNotebook,
  packageName: string,
): void {
  const last = statements.findLast(({ id }) => fates.get(id) !== '');
  if (last === undefined || last === statements.at(-1) || fates.get(last.id) !== null) return;
  const remedy = remedyOf(last, cell, source, isQuiet(statements.at(-1)!, source));
  if (remedy === 'none') return;
  if (remedy === 'semicolon') {
    const text = source.slice(last.span.start, last.span.end);
    const codeLength = last.code.end - last.span.start;
    fates.set(last.id, `${text.slice(0, codeLength)};${text.slice(codeLength)}`);
    return;
  }
  const tail = statements.slice(statements.indexOf(last) + 1);
  const kept = tail.findLast(({ kind }) => kind === 'import');
  if (kept !== undefined) {
    fates.set(kept.id, null);
    return;
  }
  // What moved may be imported here if its module is by now, or if no barrier comes that the module may wait for.
  const { id, defines } = tail.at(-1)!;
  const module = planned.moves.find(({ statement }) => statement === id)?.module;
  const isThere =
    planned.imports.some((item) => item.module === module && item.statement <= id) ||
    planned.lastBarrier <= id;
  const isImportable = module !== undefined && isThere;
  fates.set(id, isImportable ? formatFrom(`${packageName}.${module}`, sortMembers(defines)) : 'pass');
}

/** What keeps a statement from showing anything new when it becomes the last one of its cell. */
type Remedy = 'none' | 'semicolon' | 'something after it';

/** Whether a semicolon ends the line after a statement: at the end of a cell IPython takes it for a wish for silence. */
function isQuiet({ code }: Statement, source: string): boolean {
  return /^[ \t]*;[ \t]*(#[^\n]*)?(\r?\n|$)/.test(source.slice(code.end));
}

/** Whether a statement surely has no value that its cell could show. */
function isSilent({ code, returnsNone }: Statement, magics: readonly Magic[]): boolean {
  return returnsNone || magics.some((magic) => magic.span.start === code.start && returnsNothing(magic));
}

/** Whether it is a magic, or what one runs: `f()` in `%time f()`. */
function isRunByMagic({ code }: Statement, magics: readonly Magic[], source: string): boolean {
  return magics.some(
    ({ kind, span }) =>
      kind !== 'cell' && span.start <= code.start && !source.slice(span.start, code.start).includes('\n'),
  );
}

function remedyOf(
  last: Statement,
  { interactivity, magics }: CellNames,
  source: string,
  wasQuiet: boolean,
): Remedy {
  const mayShow = last.isExpression && !isSilent(last, magics);
  const head = magics.find(({ kind }) => kind === 'cell');
  if (head?.name === 'capture') {
    // With a semicolon at its end, IPython drops the variable that it was to make; what is displayed is kept there.
    if (head.argument.trim() === '') return 'none';
    const isCaptured = mayShow || interactivity === 'other';
    return isCaptured || isQuiet(last, source) ? 'something after it' : 'none';
  }
  // What a magic makes of its body's last value, semicolons and all, is its own affair.
  if (head !== undefined) return mayShow ? 'something after it' : 'none';
  switch (interactivity) {
    case 'none':
      return 'none';
    case 'all':
      // A semicolon at the end of a cell silences all of it.
      return isQuiet(last, source) === wasQuiet ? 'none' : 'something after it';
    case 'last_expr':
      if (!mayShow) return 'none';
      // To a magic a semicolon is one more word.
      if (isRunByMagic(last, magics, source)) return 'something after it';
      return isQuiet(last, source) ? 'none' : 'semicolon';
    case 'other':
      return isSilent(last, magics) ? 'none' : 'something after it';
  }
}

/** The edits that give each statement its fate, and leave no gap and no dangling `;` where one was taken away. */
function statementEdits(
  statements: readonly Statement[],
  fates: ReadonlyMap<number, Fate>,
  spans: ReadonlyMap<number, Span>,
  source: string,
  newline: string,
): Edit[] {
  const edits: Edit[] = [];
  const removals: Span[] = [];
  for (const [i, { id, span: whole, isJoined }] of statements.entries()) {
    const fate = fates.get(id);
    const span = spans.get(id) ?? whole;
    if (fate === null || fate === undefined) continue;
    if (fate !== '') {
      edits.push({ span, text: fate });
    } else if (isJoined) {
      removals.push(joinedSpan(statements, i, span, source));
    } else {
      const semicolon = /^[ \t]*;[ \t]*/.exec(source.slice(span.end))?.[0].length ?? 0;
      removals.push({ start: span.start, end: span.end + semicolon });
    }
  }
  for (const run of mergeRuns(removals, source)) edits.push(tidy(run, source, newline));
  return edits;
}

/** A statement joined to others by `;`, with the `;` that parted it from the next one, or else from the one before. */
function joinedSpan(statements: readonly Statement[], index: number, span: Span, source: string): Span {
  const next = statements[index + 1];
  const isBeforeOnLine = next !== undefined && !source.slice(span.end, next.span.start).includes('\n');
  if (isBeforeOnLine) return { start: span.start, end: next.span.start };
  const lineEnd = /^[ \t]*;?(?![ \t]*#)[ \t]*|^(?:[ \t]*;)?/.exec(source.slice(span.end))![0].length;
  const previous = statements[index - 1];
  return { start: previous?.span.end ?? span.start, end: span.end + lineEnd };
}

/** Removed stretches with nothing but white space between them, as one. */
function mergeRuns(spans: readonly Span[], source: string): Span[] {
  const merged: Span[] = [];
  for (const span of spans) {
    const before = merged.at(-1);
    if (
      before !== undefined &&
      (span.start <= before.end || source.slice(before.end, span.start).trim() === '')
    ) {
      merged[merged.length - 1] = { start: before.start, end: Math.max(before.end, span.end) };
    } else {
      merged.push(span);
    }
  }
  return merged;
}

/** Takes a stretch away together with the lines that it leaves empty. */
function tidy({ start, end }: Span, source: string, newline: string): Edit {
  const lineStart = source.lastIndexOf('\n', start - 1) + 1;
  const isAtStart = source.slice(lineStart, start).trim() === '';
  // A comment that stays comes to stand where its line begins.
  const blanks = isAtStart ? (/^[ \t]+(?=#)/.exec(source.slice(end))?.[0].length ?? 0) : 0;
  if (blanks > 0) return { span: { start, end: end + blanks }, text: '' };
  const isWholeLine = isAtStart && /^[ \t]*(\r?\n|$)/.test(source.slice(end));
  if (!isWholeLine) return { span: { start, end }, text: '' };
  const below = /^[ \t]*(\r?\n[ \t]*)*/.exec(source.slice(end))![0];
  const isLast = end + below.length >= source.length;
  if (isLast) {
    // The last line that stays keeps its trailing blanks.
    const above = /^[^]*\S[ \t]*|/.exec(source.slice(0, lineStart))![0].length;
    const tail = /(\r?\n)$/.test(source) && above > 0 ? newline : '';
    return { span: { start: above, end: source.length }, text: tail };
  }
  // The empty lines above stay; those below go, with any indentation of the next line left alone. Where there are
  // none above, one of those below goes on parting what it parted.
  const upTo = end + below.length - /[ \t]*$/.exec(below)![0].length;
  const isParted = /\S[ \t]*\r?\n$/.test(source.slice(0, lineStart)) && /\n[ \t]*\r?\n/.test(below);
  return { span: { start: lineStart, end: upTo }, text: isParted ? newline : '' };
}

/** An import statement without some of the names that it binds; empty when it binds no other. */
function withoutNames(statement: Statement, source: string, unused: ReadonlySet<string>): Fate {
  const items = statement.names.imports;
  const left = items.filter(({ name }) => !unused.has(name));
  if (left.length === 0) return '';
  const { start, end } = statement.span;
  const text = source.slice(start, end);
  const edits: Edit[] = [];
  const lines = items.map((item) => ownLine(text, item.start - start, item.end - start));
  if (lines.every((line) => line !== undefined)) {
    // One to a line: a comment after a clause is about that one.
    return applyEdits(
      text,
      lines
        .filter((_, i) => unused.has(items[i]!.name))
        .map((span) => ({ span, text: commentLineIn(text.slice(span.start, span.end)) })),
    );
  }
  items.forEach((item, i) => {
    if (!unused.has(item.name)) return;
    const next = items[i + 1];
    if (next !== undefined) {
      const span = { start: item.start - start, end: next.start - start };
      edits.push({ span, text: commentLineIn(text.slice(span.start, span.end)) });
      return;
    }
    // The last clause goes with the comma before it; those before it that go too have taken theirs along.
    const previous = items
      .slice(0, i)
      .reverse()
      .find(({ name }) => !unused.has(name));
    const tail = /^\s*,/.exec(text.slice(item.end - start))?.[0].length ?? 0;
    const from = previous === undefined ? item.start : previous.end;
    if (text.slice(from - start, item.start - start).includes('#')) {
      // The comment is about the one before.
      edits.push({ span: { start: item.start - start, end: item.end - start + tail }, text: '' });
      return;
    }
    const kept = tail > 0 ? ',' : '';
    for (let j = edits.length - 1; j >= 0 && edits[j]!.span.start >= from - start; j--) edits.pop();
    edits.push({ span: { start: from - start, end: item.end - start + tail }, text: kept });
  });
  return applyEdits(text, edits);
}

/** A line without its code: its comment, where the line began, if that says anything. */
function commentLineIn(line: string): string {
  const comment = commentsIn(line)[0];
  if (comment === undefined || sayingOf(line.slice(comment.start, comment.end)) === '') return '';
  return /^[ \t]*/.exec(line)![0] + line.slice(comment.start);
}

/** The line of a clause that stands on one of its own, with its comma, comment and line break. */
function ownLine(text: string, start: number, end: number): Span | undefined {
  const before = /(?<=\n)[ \t]*$/.exec(text.slice(0, start));
  const after = /^[ \t]*,?[ \t]*(?:#[^\n]*)?\n/.exec(text.slice(end).replaceAll('\r', ' '));
  return before === null || after === null ? undefined : { start: before.index, end: end + after[0].length };
}
