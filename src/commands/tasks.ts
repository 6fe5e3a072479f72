/**
 * What is done for one notebook at a time: plain data in, plain data out, so that it can be done here or in a thread.
 * A notebook's text and trees live only while a task is at it; what is kept of it between tasks are its facts.
 */
import { readLimited } from '../files/read.ts';
import { changedMeanwhile } from '../files/trouble.ts';
import type { NotebookContent } from '../notebook/notebook.ts';
import { readContent, readNotebook } from '../notebook/read.ts';
import { draftNotebook, judge, planOne, renderNotebook, type RenderOptions } from '../pipeline.ts';
import type { ComparedDefinition } from '../plan/families.ts';
import type { Draft } from '../plan/draft.ts';
import { heldNames, type Graph } from '../plan/graph.ts';
import type { DraftOptions, Exclusions, PlanSource, Told } from '../plan/notebook-graph.ts';
import type { PlannedNotebook, RefusedMoves } from '../plan/notebook.ts';
import type { ImportedModule } from '../project/dependencies.ts';
import type { Finding } from '../render/judge.ts';
import type { DefinitionKind, KeptDefinition, MovedDefinition } from '../report/json.ts';
import {
  printNotebook,
  type PrintedNotebook,
  type ScannedDefinition,
  type ScannedNotebook,
} from '../report/scan.ts';
import { tellPath } from '../report/text.ts';
import { boundPath } from '../scope/clause.ts';
import type { Names } from '../scope/names.ts';
import type { StatementNames } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { quoteWord } from '../text/shell.ts';
import { linesOf, positionAt } from '../text/span.ts';
import { ChangeSinceReading, digestOf, learn, recall, type Version } from './facts.ts';
import { importedModules } from './imports.ts';
import { runsOf } from './runs.ts';
import { findLocalModules, hidesPackage } from './surroundings.ts';
import { describeFault } from './unexpected.ts';

/** A global name that a notebook binds. */
export interface BoundAfterwards {
  readonly name: string;
  readonly cell: number;
  /** What it is, dotted, where it is imported. */
  readonly target: string | undefined;
}

/** A notebook as it was read. */
export interface ReadNotebook extends Version {
  /** False for a notebook that is not in Python 3, has a format too old to be rewritten, or is too long to be analysed. */
  readonly isReadable: boolean;
  /** The top-level modules that it imports. */
  readonly imports: readonly string[];
  /** What of that, and of what its functions import, comes from elsewhere than its own surroundings. */
  readonly needs: readonly Omit<ImportedModule, 'path'>[];
  /** The notebooks that it may run or import, by the ends of their paths. */
  readonly runs: readonly string[];
  /** What it binds once it has run others: these have the names from then on, too. */
  readonly binds: readonly BoundAfterwards[];
  /** All cells, and the lines of those that hold code. */
  readonly size: { readonly cells: number; readonly lines: number };
  readonly diagnostics: readonly Diagnostic[];
  /** Where its part was foreseen: its draft. */
  readonly draft?: Draft;
}

/** A notebook as it shall be. */
export interface Finished {
  readonly before: Uint8Array;
  /** The same object where nothing changes. */
  readonly after: Uint8Array;
  readonly moved: readonly MovedDefinition[];
  readonly kept: readonly KeptDefinition[];
}

/** What of a notebook's description is known before it is planned. */
export type Heading = Pick<ScannedNotebook, 'path' | 'size' | 'diagnostics'>;
export type Description = Omit<ScannedNotebook, keyof Heading>;

/** A function or class in its place. */
export interface ComparedPlace {
  readonly id: number;
  readonly cell: number;
  readonly line: number;
  /** What it looks up that only its notebook has, where it stays. */
  readonly held: readonly string[];
  /** The same object wherever it is pasted. */
  readonly definition: ComparedDefinition & { readonly source: string };
}

/** What a scan tells of a notebook. */
export interface Foreseen extends Pick<PlannedNotebook, 'tests'> {
  /** Its functions and classes, to be compared with others. */
  readonly compared: readonly ComparedPlace[];
  /** The modules that it would import, dotted, with the package. */
  readonly imports: readonly string[];
  /** Undefined for a notebook that was lost. */
  readonly description: Description | PrintedNotebook | undefined;
}

/** A notebook's part of the plan. */
export interface Part {
  /** The module that its own definitions go to. */
  readonly module: string;
  readonly options: DraftOptions;
}

type Drafting = Version &
  Part & {
    readonly excluded: Exclusions;
    /** What is known of what it imports from the package. */
    readonly told: ReadonlyMap<string, Told> | undefined;
    /** By name, where notebooks that run it bind the name anew. */
    readonly rebound: PlanSource['rebound'];
  };

export interface Tasks {
  open: {
    ask: {
      readonly path: string;
      readonly sourceRoot: string;
      /** Its part, so far as that can be foreseen: then it is drafted at once. */
      readonly part: Part | undefined;
    };
    answer: ReadNotebook | { readonly diagnostic: Diagnostic };
  };
  draft: {
    ask: Drafting;
    answer: Draft;
  };
  plan: {
    ask: Drafting & {
      readonly modules: ReadonlyMap<number, string>;
      readonly homes: ReadonlyMap<string, string>;
      readonly reasons: ReadonlyMap<number, string>;
      /** Whether other notebooks run or import it. */
      readonly isRun: boolean;
    };
    answer: PlannedNotebook | RefusedMoves;
  };
  judge: { ask: string; answer: readonly Finding[] };
  /** As `plan`, but only what a scan tells. */
  foresee: {
    ask: Tasks['plan']['ask'] & {
      /** Undefined: the description is wanted as values, and not printed. */
      readonly heading?: Heading | undefined;
    };
    answer: Foreseen | RefusedMoves;
  };
  finish: {
    ask: Version & {
      /** Undefined where nothing can be moved out of the notebook. */
      readonly planned: PlannedNotebook | undefined;
      readonly options: RenderOptions;
    };
    answer: Finished | { readonly diagnostic: Diagnostic };
  };
}

export type TaskName = keyof Tasks;

/** Stands in place of an answer that never came: the task took too long, or more memory than a thread may have. */
export type Loss = 'time' | 'memory';
/** Stands in place of an answer that there is not: besides, the file changed since it was read, or our code threw. */
export type Failure = Loss | 'change' | { readonly fault: string };

/**
 * Does a task. The grammar must have been loaded.
 * @returns the answer, or why there is none: what one notebook brings about must not end the work on the others
 * @throws what a task throws that is about no notebook
 */
export function perform<Name extends TaskName>(
  name: Name,
  ask: Tasks[Name]['ask'],
): Tasks[Name]['answer'] | { readonly failure: Failure } {
  try {
    return tasks[name](ask);
  } catch (error) {
    if (typeof ask !== 'object') throw error;
    if (error instanceof ChangeSinceReading) return { failure: 'change' };
    return { failure: { fault: describeFault(error) } };
  }
}

const tasks: { readonly [Name in TaskName]: (ask: Tasks[Name]['ask']) => Tasks[Name]['answer'] } = {
  open: ({ path, sourceRoot, part }) => {
    const file = readLimited(path);
    if ('diagnostic' in file) return file;
    const reading = readContent(path, file.bytes);
    if ('diagnostic' in reading) return reading;
    const { notebook } = reading;
    const refusal = refuseNotebook(notebook);
    const version = { path, digest: digestOf(file.bytes), sourceRoot };
    const open = { ...version, runs: runsOf(notebook), size: sizeOf(notebook) };
    if (refusal !== undefined) {
      return {
        ...open,
        isReadable: false,
        binds: [],
        imports: [],
        needs: [],
        diagnostics: [refusal],
      };
    }
    const facts = learn(version, notebook);
    const { names, localModules } = facts;
    const imports = names.statements.flatMap((statement) =>
      statement.names.imports.map(({ module }) => module.split('.', 1)[0]!),
    );
    return {
      ...open,
      isReadable: true,
      binds: open.runs.length === 0 ? [] : boundAfterRunning(names),
      imports: [...new Set(imports)],
      needs: importedModules(names)
        .filter(({ module }) => !localModules.has(module.split('.', 1)[0]!))
        .map(({ module, isOptional }) => ({ module, isOptional })),
      diagnostics: faultsOf(path, names),
      ...(part !== undefined && {
        draft: draftNotebook(
          {
            ...facts,
            module: part.module,
            hidesPackage: hidesPackage(names, sourceRoot, part.options.package),
          },
          new Map(),
          part.options,
        ),
      }),
    };
  },

  draft: ({ excluded, options, ...asked }) =>
    draftNotebook(sourceOf(asked, options), excluded, options, asked.told),

  plan: ({ excluded, modules, homes, reasons, options, isRun, ...asked }) =>
    planOne({ ...sourceOf(asked, options), isRun }, excluded, modules, options, asked.told, homes, reasons)
      .planned,

  judge,

  foresee: ({ excluded, modules, homes, options, isRun, heading, ...asked }) => {
    const source = { ...sourceOf(asked, options), isRun };
    const { graph, planned } = planOne(source, excluded, modules, options, asked.told, homes);
    if ('refused' in planned) return planned;
    const description = describe(source.names, planned, options.package);
    return {
      tests: planned.tests,
      compared: placesOf(graph),
      imports: description.imports.map(({ module }) => module),
      description: heading === undefined ? description : printNotebook({ ...heading, ...description }),
    };
  },

  finish: ({ planned, options, ...version }) => {
    const { path } = version;
    const file = readLimited(path);
    if ('diagnostic' in file) return file;
    if (digestOf(file.bytes) !== version.digest) return { diagnostic: changedMeanwhile(path) };
    const reading = readNotebook(path, file.bytes);
    if ('diagnostic' in reading) return reading;
    const { notebook } = reading;
    const names = planned === undefined ? undefined : recall(version).names;
    const text = renderNotebook(notebook, names, planned, options);
    return {
      before: file.bytes,
      after: text === notebook.text ? file.bytes : Buffer.from(text),
      ...(names === undefined || planned === undefined
        ? { moved: [], kept: [] }
        : reportDefinitions(names, planned, options.package)),
    };
  },
};

/** A notebook as its part of the plan sees it, with what lies in folders that functions of the package put on `sys.path`. */
function sourceOf(
  { module, told, rebound, ...version }: Pick<Drafting, 'module' | 'told' | 'rebound' | keyof Version>,
  options: DraftOptions,
): PlanSource {
  const facts = recall(version);
  const folders = [...(told?.values() ?? [])].flatMap(({ holding }) => holding?.folders ?? []);
  const localModules =
    folders.length === 0
      ? facts.localModules
      : findLocalModules(facts.names, version.sourceRoot, [...facts.names.folders, ...folders]);
  const isHidden = hidesPackage(facts.names, version.sourceRoot, options.package);
  return { ...facts, localModules, module, rebound, hidesPackage: isHidden };
}

/** What a notebook binds after something like `%run`: what that has defined in the notebook's namespace looks it up there. */
function boundAfterRunning({ unknowns, bindings, statements }: Names): BoundAfterwards[] {
  const run = unknowns.find(({ module }) => module === undefined);
  if (run === undefined) return [];
  return [...bindings].flatMap(([name, all]) =>
    all
      .filter(({ statement }) => statement > run.statement)
      .map(({ statement }) => {
        const { cell, names } = statements[statement]!;
        const item = names.imports.find((other) => other.name === name);
        return { name, cell, target: item && boundPath(item) };
      }),
  );
}

function sizeOf({ cells }: NotebookContent): ReadNotebook['size'] {
  let lines = 0;
  for (const { kind, source } of cells) {
    if (kind !== 'code' || source === '') continue;
    // A line break at the end begins no line.
    if (!source.endsWith('\n')) lines++;
    for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) lines++;
  }
  return { cells: cells.length, lines };
}

/** In UTF-16 units: nobody writes so much into one cell, and its tree would take gigabytes. */
const longestCell = 1_000_000;

/** Why nothing is moved out of a notebook, if so. */
function refuseNotebook({ path, language, nbformat, cells }: NotebookContent): Diagnostic | undefined {
  if (language !== 'python') {
    const shown = language === 'python2' ? 'Python 2' : language;
    return {
      code: 'NB202',
      severity: 'warning',
      place: { path },
      message: `is a notebook in ${shown}: nothing is moved`,
      hint: 'Only Python 3 can be moved to modules; convert the notebook first.',
    };
  }
  if (nbformat < 4) {
    return {
      code: 'NB203',
      severity: 'warning',
      place: { path },
      message: `has the old notebook format ${nbformat}: nothing is moved`,
      hint: `Convert it by \`jupyter nbconvert --to notebook --inplace ${quoteWord(tellPath(path, process.cwd()))}\`, then run nb2mod again.`,
    };
  }
  const long = cells.find(({ kind, source }) => kind === 'code' && source.length > longestCell);
  if (long !== undefined) {
    return {
      code: 'NB205',
      severity: 'warning',
      place: { path, cell: long.index },
      message: `the cell has ${long.source.length} characters, too many to analyse: nothing is moved`,
      hint: 'Move the data in it to a file that the notebook reads.',
    };
  }
  return undefined;
}

const faultMessages = {
  syntax: 'the cell is not valid Python',
  indentation: 'the cell is not valid Python: its indentation is inconsistent',
  python2: 'the cell is Python 2',
  depth: 'the cell is nested too deeply',
};

function faultsOf(path: string, names: Names): Diagnostic[] {
  return names.cells.flatMap(({ cell, fault }): Diagnostic[] => {
    if (fault === undefined) return [];
    const { source } = names.source.cells[cell - 1]!;
    const place = { path, cell, ...positionAt(source, fault.offset) };
    const message = `${faultMessages[fault.kind]}; what it defines stays`;
    return [{ code: 'NB201', severity: 'warning', place, message, hint: 'Mend the cell; the others go on.' }];
  });
}

function kindOf(statement: Statement): DefinitionKind {
  return statement.kind === 'class' ? 'class' : statement.kind === 'function' ? 'function' : 'constant';
}

/** As the user wrote them. */
function namesOf(statement: Statement): readonly string[] {
  return statement.writtenName === '' ? statement.defines : [statement.writtenName];
}

function reportDefinitions(
  names: Names,
  planned: PlannedNotebook,
  packageName: string,
): Pick<Finished, 'moved' | 'kept'> {
  const moved = planned.moves.flatMap(({ statement: id, module, because }): MovedDefinition[] => {
    const statement = names.statements[id]!;
    // The imports of a `try` block move along, but are no definitions.
    if (statement.kind === 'import-block') return [];
    return namesOf(statement).map((name) => ({
      name,
      kind: kindOf(statement),
      cell: statement.cell,
      module: `${packageName}.${module}`,
      ...(because !== undefined && { because }),
    }));
  });
  for (const { file, name, cell } of planned.tests) {
    if (name !== undefined) moved.push({ name, kind: 'function', cell, module: `tests.${file}` });
  }
  const places = new Map<number, ReturnType<typeof linesOf>>();
  const kept = planned.kept.flatMap(({ statement: id, refusal }) => {
    const statement = names.statements[id]!;
    const { cell } = statement;
    if (!places.has(cell)) places.set(cell, linesOf(names.source.cells[cell - 1]!.source));
    const { line, column } = places.get(cell)!(refusal.offset);
    return namesOf(statement)
      .slice(0, 1)
      .map((name) => ({
        name,
        kind: kindOf(statement),
        cell: statement.cell,
        line: statement.line,
        column: line === statement.line ? column : statement.column,
        code: refusal.code,
        message: refusal.message,
        hint: refusal.hint,
      }));
  });
  return { moved, kept };
}

/** The functions and classes of a notebook. */
function definitionsOf(names: Names): Statement[] {
  return names.statements.filter(
    ({ kind, isBroken }) => !isBroken && (kind === 'function' || kind === 'class'),
  );
}

/** Those, as they are compared with others'. */
function placesOf(graph: Graph): ComparedPlace[] {
  const { names } = graph;
  return definitionsOf(names).map((statement) => {
    const { id, cell, line } = statement;
    const held = heldNames(statement, graph);
    return { id, cell, line, held, definition: recallUses(statement, names).compared };
  });
}

function describe(names: Names, planned: PlannedNotebook, packageName: string): Description {
  const moved = new Map(planned.moves.map(({ statement, module }) => [statement, module]));
  const kept = new Map(planned.kept.map(({ statement, refusal }) => [statement, refusal]));
  const definitions = definitionsOf(names).map((statement): ScannedDefinition => {
    const refusal = kept.get(statement.id);
    const module = moved.get(statement.id);
    return {
      name: statement.writtenName,
      kind: statement.kind === 'class' ? 'class' : 'function',
      cell: statement.cell,
      line: statement.line,
      endLine: statement.endLine,
      movable: module !== undefined,
      ...(module !== undefined && { module: `${packageName}.${module}` }),
      ...(refusal !== undefined && { code: refusal.code, message: refusal.message, hint: refusal.hint }),
      ...recallUses(statement, names).told,
    };
  });
  const cells = names.cells.map(({ cell, binds, imports }) => ({ cell, binds, imports }));
  const imported = new Map<string, Set<string>>();
  for (const item of planned.imports) {
    const module = `${packageName}.${item.module}`;
    imported.set(module, new Set([...(imported.get(module) ?? []), ...item.names]));
  }
  const imports = [...imported]
    .map(([module, taken]) => ({ module, names: [...taken].sort() }))
    .sort((a, b) => (a.module < b.module ? -1 : 1));
  return { definitions, cells, imports };
}

/** What a statement uses, as it is told, and how it is compared; the same objects wherever it is pasted. */
interface Uses {
  readonly told: Pick<ScannedDefinition, 'readsAtDefinition' | 'readsAtCall' | 'writes'>;
  readonly compared: ComparedPlace['definition'];
}

const knownUses = new WeakMap<StatementNames, Uses>();

function recallUses(statement: Statement, { source: { cells } }: Names): Uses {
  const { names, cell, span, writtenName, defines, normalised } = statement;
  const known = knownUses.get(names);
  if (known !== undefined) return known;
  const sort = (uses: readonly { readonly name: string }[]): readonly string[] =>
    Object.freeze([...new Set(uses.map(({ name }) => name))].sort());
  const reads = new Set(names.references.map(({ name }) => name));
  const references = [...reads].map((name) => ({ name }));
  const source = cells[cell - 1]!.source.slice(span.start, span.end);
  const uses = {
    told: {
      readsAtDefinition: sort(names.references.filter(({ time }) => time === 'definition')),
      readsAtCall: sort(names.references.filter(({ time }) => time === 'call')),
      writes: sort(names.writes),
    },
    compared: Object.freeze({ writtenName, defines, normalised, source, names: { references } }),
  };
  knownUses.set(names, uses);
  return uses;
}
