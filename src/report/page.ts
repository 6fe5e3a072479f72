/** Turns the report of `scan` into one HTML page that holds all it needs: the data goes into the built template. */
import { codes, type Code, type CodeEntry } from '../text/codes.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { relations, type RelationEntry } from './relations.ts';
import type { ScannedDefinition, ScannedFamily, ScannedModule, ScanReport } from './scan.ts';

/** What the page knows of a definition. */
export type PageDefinition = Omit<
  ScannedDefinition,
  'readsAtDefinition' | 'readsAtCall' | 'writes' | 'movable'
>;

export interface PageNotebook {
  readonly path: string;
  /** Whether it is there only for its diagnostics: it could not be read. */
  readonly isUnread: boolean;
  readonly cells: number;
  readonly lines: number;
  readonly definitions: readonly PageDefinition[];
  /** The modules that it would import. */
  readonly imports: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What the page says of a code. */
export type PageCode = Pick<CodeEntry, 'title' | 'why' | 'remedy'>;

/** What the page is made from: the report of `scan` without what no page shows. */
export interface PageData {
  readonly package: string | null;
  readonly notebooks: readonly PageNotebook[];
  readonly modules: readonly ScannedModule[];
  readonly families: readonly ScannedFamily[];
  readonly diagnostics: readonly Diagnostic[];
  readonly relations: readonly RelationEntry[];
  /** What the codes that occur mean. */
  readonly codes: Readonly<Partial<Record<Code, PageCode>>>;
}

/** What stands in the template where the data belongs. */
export const dataMark = '@@nb2mod-data@@';

/** Longer sources are cut in the page: nobody compares them by eye, and a page has to open. */
const longestSource = 60_000;

/** @param template the built page, with `dataMark` in it once */
export function formatPage(report: ScanReport, template: string): string {
  const [before, after, ...more] = template.split(dataMark);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error('the template wants its mark once');
  return `${before}${encodeData(selectData(report))}${after}`;
}

/** JSON that can stand in a `<script>`: nothing in it ends that element or opens a comment. */
export function encodeData(data: unknown): string {
  return JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function selectData(report: ScanReport): PageData {
  const read: PageNotebook[] = report.notebooks.map(({ path, size, definitions, imports, diagnostics }) => ({
    path,
    isUnread: false,
    ...size,
    definitions: definitions.map(
      ({ readsAtDefinition: _a, readsAtCall: _b, writes: _c, movable: _d, ...shown }) => shown,
    ),
    imports: imports.map(({ module }) => module),
    diagnostics,
  }));
  const paths = new Set(read.map(({ path }) => path));
  const unread = new Map<string, Diagnostic[]>();
  const rest: Diagnostic[] = [];
  for (const diagnostic of report.diagnostics) {
    const path = diagnostic.place?.path;
    if (path === undefined || paths.has(path) || !path.toLowerCase().endsWith('.ipynb'))
      rest.push(diagnostic);
    else unread.set(path, [...(unread.get(path) ?? []), diagnostic]);
  }
  const nothing = { isUnread: true, cells: 0, lines: 0, definitions: [], imports: [] };
  const notebooks = [
    ...read,
    ...[...unread].map(([path, diagnostics]) => ({ path, ...nothing, diagnostics })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));

  const occurring: Partial<Record<Code, PageCode>> = {};
  const add = (code: Code): void => {
    const { title, why, remedy } = codes[code];
    occurring[code] = { title, why, remedy };
  };
  for (const { definitions, diagnostics } of notebooks) {
    for (const { code } of [...definitions, ...diagnostics]) {
      if (code !== undefined) add(code);
    }
  }
  for (const { code } of rest) add(code);

  const families = report.families.map((family) => ({
    ...family,
    groups: family.groups.map((group) => ({ ...group, source: cut(group.source) })),
  }));
  const { package: packageName, modules } = report;
  return {
    package: packageName,
    notebooks,
    modules,
    families,
    diagnostics: rest,
    relations,
    codes: occurring,
  };
}

function cut(source: string): string {
  if (source.length <= longestSource) return source;
  return `${source.slice(0, longestSource)}\n# … cut here: ${source.length - longestSource} more characters\n`;
}
