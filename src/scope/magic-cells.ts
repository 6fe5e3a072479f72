/** Tells what a cell magic of the notebook's own binds that has IPython run its cells: what stands in them, and nothing else. */
import { parseProgram, type CellProgram, type Program } from '../python/program.ts';
import { preventsRun } from '../python/syntax.ts';
import { recallFacts } from './facts.ts';
import type { Import } from './scope.ts';

/** What gets at names that aren't written out, or sets what holds for the whole notebook. */
const reachesFar =
  /\b(globals|locals|vars|exec|eval|setattr|delattr|get_ipython|sys|os|importlib|__(main|dict|globals|import|builtins)__|set_printoptions|set_option|seterr|rc|rcParams|filterwarnings|simplefilter)\b/;

/**
 * What running the cells with a magic may do to the notebook's names.
 * @returns undefined where that can't be told
 */
export function doneByCells(
  magic: string,
  { cells }: Program,
): { readonly binds: ReadonlySet<string>; readonly mentions: ReadonlySet<string> } | undefined {
  const binds = new Set<string>();
  const mentions = new Set<string>();
  const opening = new RegExp(`%%${magic}\\b`, 'u');
  for (const { cell } of cells) {
    const [, body] = new RegExp(`^%%${magic}\\b[^\\n]*\\n?([^]*)$`, 'u').exec(cell.source) ?? [];
    if (body === undefined) {
      if (opening.test(cell.source)) return undefined;
      continue;
    }
    const read = readBody(body);
    if (read === undefined || reachesFar.test(body) || !collectFrom(read, binds, mentions)) return undefined;
  }
  return { binds, mentions };
}

/**
 * What the body of a cell magic would bind if it ran as Python in the notebook; nothing of what is none.
 * @param isKnown whether the notebook imports the same under the same name: then nothing changes
 */
export function boundIfRun(body: string, isKnown: (item: Import) => boolean): ReadonlySet<string> {
  const read = readBody(body);
  const binds = new Set<string>();
  if (read === undefined || preventsRun(read.reading.fault)) return binds;
  for (const { told } of recallFacts(read.reading, false).statements) {
    const { bindings, imports, writes } = told.names;
    const same = new Set(imports.filter(isKnown).map(({ name }) => name));
    for (const { name } of bindings) if (!same.has(name)) binds.add(name);
    for (const { name } of writes) binds.add(name);
  }
  return binds;
}

function readBody(source: string): CellProgram | undefined {
  return parseProgram({ path: '', cells: [{ index: 1, kind: 'code', source, tags: [] }] }).cells[0];
}

function collectFrom({ reading }: CellProgram, binds: Set<string>, mentions: Set<string>): boolean {
  if (preventsRun(reading.fault) || reading.masked.magics.length > 0) return false;
  for (const facts of recallFacts(reading, false).statements) {
    const { told, writes, shells, history, countsCells, mayReadModule, seeksNames } = facts;
    if (writes.length > 0 || shells.length > 0 || history.length > 0) return false;
    if (countsCells || mayReadModule || seeksNames) return false;
    if (told.names.imports.some(({ name }) => name === '*')) return false;
    for (const { name } of [...told.names.bindings, ...told.names.writes]) binds.add(name);
    for (const name of told.setsAttributeOf) binds.add(name);
    for (const name of told.mentions) mentions.add(name);
  }
  return true;
}
