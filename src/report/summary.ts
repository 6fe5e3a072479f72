/** Turns what a run of `extract` did into lines for people: what left each notebook, what was written, how much in all. */
import { dirname } from 'node:path';
import { codes, type Code } from '../text/codes.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { commonFolder } from '../text/within.ts';
import type { NotebookReport } from './json.ts';
import { paint } from './paint.ts';
import { count, tellPath, type TextOptions } from './text.ts';

/** Reasons, modules or findings for people to read one by one; of more of them the number is told. */
export const mostReasons = 20;
/** Notebooks of which each has its line. */
const mostNotebooks = 50;
/** Modules that are named in the line of a notebook. */
const mostNames = 3;

/** What a run did, or would do. */
export interface Extracted {
  readonly notebooks: readonly NotebookReport[];
  /** Absolute. */
  readonly modules: readonly { readonly path: string; readonly action: 'create' | 'update' }[];
  /** Created besides modules; absolute. */
  readonly files: readonly string[];
  /** How many notebooks lost code to modules, and how many their outputs only. */
  readonly rewritten: number;
  readonly stripped: number;
  /** Whether nothing is written. */
  readonly isReadOnly: boolean;
  /** Whether the reasons of what stays are told one by one. */
  readonly areReasonsTold: boolean;
}

/** The lines, each ending in a line break. */
export function formatExtracted(extracted: Extracted, text: TextOptions): string {
  const { notebooks, isReadOnly, areReasonsTold } = extracted;
  const left = notebooks.filter(({ moved }) => moved.length > 0);
  const moved = left.reduce((sum, report) => sum + report.moved.length, 0);
  const kept = notebooks.flatMap((report) => report.kept);
  const verb = isReadOnly ? 'would move' : 'moved';
  const total = `${verb} ${count(moved, 'definition')}, ${tellStay(kept.length, isReadOnly)}`;
  const topics = tellTopics(left);
  const areMovesTold = left.length <= mostNotebooks && topics.length <= mostReasons;
  const pointers = [
    ...(areMovesTold ? [] : ['what moved where, and why there: --json']),
    ...(areReasonsTold ? [] : ['which stay, and why: `nb2mod scan`, or --json']),
  ];
  const lines = [
    ...(left.length > mostNotebooks ? [] : left.map((report) => tellNotebook(report, isReadOnly, text))),
    ...(topics.length > mostReasons ? [] : topics),
    ...tellWritten(extracted, text),
    `${total}${tellRewritten(extracted)}`,
  ];
  const reasons = notebooks.length > 1 || !areReasonsTold ? tellReasons(kept.map(({ code }) => code)) : '';
  return [...lines.map((line) => `${line}\n`), reasons, ...pointers.map((line) => `  ${line}\n`)].join('');
}

function tellStay(number: number, isReadOnly: boolean): string {
  return `${number} ${isReadOnly ? 'would stay' : number === 1 ? 'stays' : 'stay'}`;
}

/** `churn.ipynb: 3 moved to shop.churn, shop.common; 1 stays` */
function tellNotebook({ path, moved, kept }: NotebookReport, isReadOnly: boolean, text: TextOptions): string {
  const modules = [...new Set(moved.map(({ module }) => module))].sort();
  const named = modules.slice(0, modules.length > mostNames + 1 ? mostNames : undefined);
  const more = modules.length === named.length ? '' : ` and ${modules.length - named.length} more`;
  const done = `${moved.length} ${isReadOnly ? 'would move' : 'moved'} to ${named.join(', ')}${more}`;
  return `${paint('bold', tellPath(path, text.folder), text.colour)}: ${done}; ${tellStay(kept.length, isReadOnly)}`;
}

/** Why what moved went to the module of its topic. */
function tellTopics(notebooks: readonly NotebookReport[]): string[] {
  return notebooks
    .flatMap(({ moved }) => moved)
    .flatMap(({ name, module, because }) =>
      because === undefined ? [] : [`'${name}' to ${module}: ${because}`],
    );
}

function tellWritten({ modules, files, isReadOnly }: Extracted, text: TextOptions): string[] {
  const lines: string[] = [];
  const shown = modules.filter(({ path }) => !path.endsWith('__init__.py'));
  const sayOf = (action: 'create' | 'update'): string => (isReadOnly ? `would ${action}` : `${action}d`);
  if (shown.length <= mostReasons) {
    for (const { path, action } of shown) lines.push(`${sayOf(action)} ${tellPath(path, text.folder)}`);
  } else {
    for (const action of ['create', 'update'] as const) {
      const paths = shown.filter((module) => module.action === action).map(({ path }) => path);
      if (paths.length === 0) continue;
      const place = tellPath(commonFolder(paths.map((path) => dirname(path)))!, text.folder);
      lines.push(`${sayOf(action)} ${count(paths.length, 'module')} in ${place}`);
    }
  }
  for (const path of files) lines.push(`${sayOf('create')} ${tellPath(path, text.folder)}`);
  return lines;
}

/** How many notebooks lose code to modules, and how many only their outputs; nothing where none does. */
function tellRewritten({ rewritten, stripped, isReadOnly }: Extracted): string {
  const would = isReadOnly ? 'would be ' : '';
  if (rewritten === 0)
    return stripped === 0 ? '' : `; ${count(stripped, 'notebook')} ${would}only stripped of outputs`;
  const rest = stripped === 0 ? '' : `, ${stripped} only stripped of outputs`;
  return `; ${count(rewritten, 'notebook')} ${would}rewritten${rest}`;
}

/**
 * What is found in many places is told once, with the number of them: of more places nobody reads one after the other.
 * Errors are told each.
 */
export function abridge(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const kind = `${diagnostic.code} ${diagnostic.severity}`;
    const alike = groups.get(kind);
    if (alike === undefined) groups.set(kind, [diagnostic]);
    else alike.push(diagnostic);
  }
  return [...groups.values()].flatMap((alike) => {
    const { code, severity } = alike[0]!;
    if (severity === 'error' || alike.length <= mostReasons) return alike;
    const files = new Set(alike.map(({ place }) => place?.path)).size;
    const message = `${alike.length} times, in ${count(files, 'notebook')}: ${codes[code].title}`;
    return [{ code, severity, message, hint: '--json tells each.' }];
  });
}

/** Files that are named where some could not be read. */
const mostFiles = 5;

/** Errors about files that a run did without. */
export interface Failures {
  /** Of files that could not be read. */
  readonly unread: readonly Diagnostic[];
  /** Of notebooks that could not be planned. */
  readonly lost: readonly Diagnostic[];
  /** Those that could not be run as they were. */
  readonly unverified?: readonly Diagnostic[];
}

/**
 * Which files are the reason that a run ends with 2: told at its end, where what was said of them is far above.
 * @param read how many notebooks could be read
 */
export function tellFailures(
  { unread, lost, unverified = [] }: Failures,
  read: number,
  { folder }: TextOptions,
): string {
  if (unread.length + read < 2) return '';
  const tell = (failures: readonly Diagnostic[], verb: string): string => {
    const paths = [...new Set(failures.flatMap(({ place }) => place?.path ?? []))].sort();
    if (paths.length === 0) return '';
    const named = paths.slice(0, mostFiles).map((path) => tellPath(path, folder));
    const more = paths.length === named.length ? '' : ` and ${paths.length - named.length} more`;
    const what = paths.every((path) => path.endsWith('.ipynb')) ? 'notebook' : 'file';
    return `${count(paths.length, what)} could not be ${verb}: ${named.join(', ')}${more}\n`;
  };
  return tell(unread, 'read') + tell(lost, 'planned') + tell(unverified, 'run');
}

/** How many definitions stay for which reason, the commonest first; a line for each. */
export function tellReasons(reasons: Iterable<Code>): string {
  const numbers = new Map<Code, number>();
  for (const code of reasons) numbers.set(code, (numbers.get(code) ?? 0) + 1);
  return [...numbers]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([code, number]) => `  ${number} ${number === 1 ? 'stays' : 'stay'}: ${code} ${codes[code].title}\n`)
    .join('');
}
