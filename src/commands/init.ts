/** `nb2mod init`: a folder of notebooks becomes a Python project, by the files that it lacks and nothing else. */
import { resolve } from 'node:path';
import { commitChange, recover } from '../files/commit.ts';
import { findNotebooks } from '../files/find.ts';
import { warnOfPending } from '../files/pending.ts';
import { loadParser } from '../pipeline.ts';
import type { ImportedModule } from '../project/dependencies.ts';
import { formatDiff } from '../report/diff.ts';
import { formatInitReport } from '../report/json.ts';
import { formatDiagnostics, showPath, tellPath } from '../report/text.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { openCrew, type CrewOptions } from './crew.ts';
import { importedBy, openNotebooks } from './planning.ts';
import { findSite, openProject, type ProjectOptions } from './project.ts';
import { planScaffold, type ScaffoldOptions } from './scaffolding.ts';
import type { Terminal } from './terminal.ts';
import { undoCommand } from './undo.ts';

export interface InitOptions extends ProjectOptions, CrewOptions, Omit<ScaffoldOptions, 'layout'> {
  readonly dryRun: boolean;
  readonly check: boolean;
  readonly json: boolean;
}

/** @returns the exit code: 0 done, 1 what `--check` found, 2 bad input or a fault */
export async function init(
  paths: readonly string[],
  options: InitOptions,
  terminal: Terminal,
): Promise<number> {
  const { out, err, outOptions, errOptions } = terminal;
  const trouble: Diagnostic[] = [];
  const isReadOnly = options.dryRun || options.check;
  const fail = (diagnostics: readonly Diagnostic[]): number => {
    const all = [...trouble, ...diagnostics];
    err(formatDiagnostics(all, errOptions));
    if (options.json)
      out(
        formatInitReport({
          package: null,
          dryRun: isReadOnly,
          files: [],
          dependencies: [],
          imports: [],
          diagnostics: all,
        }),
      );
    return 2;
  };
  const site = findSite(paths, options, 'init');
  if ('diagnostics' in site) return fail(site.diagnostics);
  const found = findNotebooks(paths, site);
  // A project may well begin without notebooks.
  trouble.push(...found.diagnostics.filter(({ code }) => code !== 'NB512'));
  if (!isReadOnly) {
    const recovered = await recover(site.root);
    if (recovered.some(({ severity }) => severity === 'error')) return fail(recovered);
    err(formatDiagnostics(recovered, errOptions));
  } else trouble.push(...warnOfPending(site.root));
  const notebookPaths = found.paths.map((path) => resolve(path)).sort();
  let imported: ReadonlySet<string> = new Set();
  let needs: readonly ImportedModule[] = [];
  if (notebookPaths.length === 0) await loadParser();
  else {
    const crew = await openCrew(notebookPaths.length, { ...site.configuration, ...options });
    try {
      const opened = await openNotebooks(notebookPaths, site.sourceRoot, crew, terminal.progress);
      trouble.push(...opened.diagnostics);
      imported = opened.imported;
      needs = importedBy(opened.notebooks);
    } finally {
      await crew.close();
    }
  }
  const opened = openProject(site, imported, options);
  if ('diagnostics' in opened) return fail(opened.diagnostics);
  const { project } = opened;
  const scaffold = planScaffold(project, needs, new Set(), {
    ...options,
    python: options.python ?? site.configuration.python,
  });
  const { files } = scaffold;
  trouble.push(...scaffold.diagnostics);
  if (!isReadOnly) {
    const written = await commitChange(project.root, { files, diagnostics: [] });
    if (!written.written) return fail(written.diagnostics);
    trouble.push(...written.diagnostics);
  }
  if (options.json) {
    const paths = files.map(({ path }) => showPath(path, project.root));
    out(
      formatInitReport({
        ...scaffold,
        package: project.package,
        dryRun: isReadOnly,
        files: paths,
        diagnostics: trouble,
      }),
    );
  } else if (options.dryRun)
    out(formatDiff({ files, diagnostics: [] }, { ...outOptions, cellsOf: () => null }));
  err(formatDiagnostics(trouble, errOptions));
  const verb = isReadOnly ? 'would create' : 'created';
  for (const { path } of files) err(`${verb} ${tellPath(path, errOptions.folder)}\n`);
  if (files.length === 0) err('nothing is lacking\n');
  else if (!isReadOnly) err(`\`${undoCommand(project.root, errOptions.folder)}\` takes it back\n`);
  if (trouble.some(({ severity }) => severity === 'error')) return 2;
  return options.check && files.length > 0 ? 1 : 0;
}
