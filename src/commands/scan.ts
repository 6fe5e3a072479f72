/** `nb2mod scan`: says what notebooks hold and what could move, and writes nothing. */
import { loadParser } from '../pipeline.ts';
import { findFamilies, sizeOf, type Candidate, type Family } from '../plan/families.ts';
import { planAll, type Plan, type PlanSource } from '../plan/plan.ts';
import { count, formatDiagnostics, showPath } from '../report/text.ts';
import type { Names, Statement } from '../scope/names.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import {
  findExpansions,
  findLocalModules,
  openNotebooks,
  openProject,
  type ProjectOptions,
} from './project.ts';
import type { Terminal } from './terminal.ts';

export interface ScanOptions extends ProjectOptions {
  readonly json: boolean;
}

/** @returns the exit code: 0, or 2 for bad input */
export async function scan(
  paths: readonly string[],
  options: ScanOptions,
  { out, err, outOptions, errOptions }: Terminal,
): Promise<number> {
  await loadParser();
  const { notebooks, diagnostics } = openNotebooks(paths);
  const opened = openProject(notebooks, options);
  const trouble: Diagnostic[] = [...diagnostics, ...('diagnostics' in opened ? opened.diagnostics : [])];
  const readable = notebooks.filter(({ names }) => names !== undefined);
  let plan: Plan | undefined;
  if ('project' in opened) {
    const { project } = opened;
    const sources = readable.map(({ notebook, names }, i): PlanSource => ({
      notebook,
      names: names!,
      module: `notebook_${i + 1}`,
      localModules: findLocalModules(names!, project),
      expansions: findExpansions(names!),
      excluded: new Map(),
    }));
    plan = planAll(sources, project.modules, project);
  }

  const reports = notebooks.map((open) => {
    const index = readable.indexOf(open);
    return {
      path: showPath(open.path, outOptions.folder),
      ...(open.names === undefined || plan === undefined
        ? { definitions: [], cells: [] }
        : describe(open.names, plan.notebooks[index]!)),
      diagnostics: open.diagnostics,
    };
  });
  const families = plan === undefined ? [] : findFamilies(candidatesOf(plan));
  const placeOf = ({ notebook, statement }: Candidate): MemberReport => ({
    path: showPath(readable[notebook]!.path, outOptions.folder),
    name: statement.writtenName,
    cell: statement.cell,
    line: statement.line,
  });
  if (options.json) {
    const shown = families.map((family) => reportFamily(family, placeOf));
    const report = { version: 1, notebooks: reports, families: shown, diagnostics: trouble };
    out(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    for (const { path, definitions } of reports) {
      const movable = definitions.filter((definition) => definition.movable).length;
      out(`${path}: ${count(definitions.length, 'definition')}, ${movable} can move\n`);
      for (const { name, cell, line, code, message } of definitions) {
        if (code !== undefined) out(`  cell ${cell}:${line} '${name}' stays: ${code} ${message}\n`);
      }
    }
    out(tellFamilies(families));
  }
  err(formatDiagnostics([...trouble, ...notebooks.flatMap((open) => open.diagnostics)], errOptions));
  return trouble.some(({ severity }) => severity === 'error') ? 2 : 0;
}

interface MemberReport {
  readonly path: string;
  readonly name: string;
  readonly cell: number;
  readonly line: number;
}

function reportFamily(family: Family, placeOf: (member: Candidate) => MemberReport): unknown {
  const groups = family.groups.map(({ relation, similarity, members }) => ({
    relation,
    similarity: Math.round(similarity * 1000) / 1000,
    members: members.map(placeOf),
  }));
  return { name: family.name, size: sizeOf(family), groups };
}

function candidatesOf({ notebooks }: Plan): Candidate[] {
  return notebooks.flatMap(({ graph, identities }, notebook) =>
    graph.names.statements
      .filter(({ kind, isBroken }) => !isBroken && (kind === 'function' || kind === 'class'))
      .map((statement) => ({ notebook, statement, identity: identities.get(statement.id) })),
  );
}

const mostFamilies = 10;

/** What each relation says of a group, after how many there are. */
const relationWords = {
  same: 'the same',
  needs: 'the same code, but it needs something else',
  renamed: 'with other names or literals',
  near: 'with other lines',
  name: 'of the same name only',
} as const;

/** The biggest families, a line each. */
function tellFamilies(families: readonly Family[]): string {
  if (families.length === 0) return '';
  const lines = families.slice(0, mostFamilies).map((family) => {
    const counts = new Map<keyof typeof relationWords, number>();
    for (const { relation, members } of family.groups) {
      counts.set(relation, (counts.get(relation) ?? 0) + members.length);
    }
    const parts = [...counts].map(([relation, number]) => `${number} ${relationWords[relation]}`);
    return `  '${family.name}' ${sizeOf(family)} times: ${parts.join(', ')}\n`;
  });
  const rest = families.length - mostFamilies;
  const more = rest > 0 ? `  and ${count(rest, 'more', 'more')}\n` : '';
  return `alike, in ${count(families.length, 'family', 'families')}:\n${lines.join('')}${more}`;
}

interface DefinitionReport {
  readonly name: string;
  readonly kind: 'function' | 'class';
  readonly cell: number;
  readonly line: number;
  readonly endLine: number;
  readonly movable: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly readsAtDefinition: readonly string[];
  readonly readsAtCall: readonly string[];
  readonly writes: readonly string[];
}

function describe(
  names: Names,
  planned: Plan['notebooks'][number],
): { readonly definitions: readonly DefinitionReport[]; readonly cells: readonly unknown[] } {
  const moved = new Set(planned.moves.map(({ statement }) => statement));
  const kept = new Map(planned.kept.map(({ statement, refusal }) => [statement, refusal]));
  const definitions = names.statements
    .filter(({ kind, isBroken }) => !isBroken && (kind === 'function' || kind === 'class'))
    .map((statement): DefinitionReport => {
      const refusal = kept.get(statement.id);
      return {
        name: statement.writtenName,
        kind: statement.kind === 'class' ? 'class' : 'function',
        cell: statement.cell,
        line: statement.line,
        endLine: statement.endLine,
        movable: moved.has(statement.id),
        ...(refusal !== undefined && { code: refusal.code, message: refusal.message, hint: refusal.hint }),
        readsAtDefinition: readsOf(statement, 'definition'),
        readsAtCall: readsOf(statement, 'call'),
        writes: [...new Set(statement.names.writes.map(({ name }) => name))].sort(),
      };
    });
  const cells = names.cells.map(({ cell, binds, imports }) => ({ cell, binds, imports }));
  return { definitions, cells };
}

function readsOf(statement: Statement, time: 'definition' | 'call'): string[] {
  const names = statement.names.references
    .filter((reference) => reference.time === time)
    .map(({ name }) => name);
  return [...new Set(names)].sort();
}
