/**
 * Notebooks become a package in five steps, each a pure function from one value to the next:
 *
 *     bytes → Notebook → Program → Names ┐
 *     bytes → Notebook → Program → Names ┼→ Plan → Rendering
 *     modules already there  →     Names ┘
 *
 * `analyse` takes one source as far as its names: its cells are masked and parsed one by one, then bound as one module.
 * `plan` looks at all names together, and at the package that exists, and decides what moves where and what stays, with
 * a reason. `render` turns the plan into texts. Ruff then judges each module; what it objects to is excluded and the plan
 * made anew, without parsing anything again. Nothing here meets the disk: the commands read before and write after.
 */
import { combineEdits, notebookEdits } from './notebook/write.ts';
import type { Notebook } from './notebook/notebook.ts';
import { stripEdits } from './notebook/strip.ts';
import { planAll, type ExistingModule, type Plan, type PlanOptions, type PlanSource } from './plan/plan.ts';
import type { Refusal } from './plan/rules.ts';
import { loadParser } from './python/parse.ts';
import { parseProgram, type CodeSource } from './python/program.ts';
import { judge, type Finding } from './render/judge.ts';
import { renderModule, type RenderedModule } from './render/module.ts';
import { notebookChanges, type PathCell } from './render/notebook.ts';
import { bindProgram, type Names } from './scope/names.ts';
import { applyEdits } from './text/edit.ts';

export { loadParser };

/** Takes one notebook, or one module as a notebook of one cell, as far as its names. */
export function analyse(source: CodeSource): Names {
  return bindProgram(parseProgram(source));
}

/** A module's text as a source of one cell. */
export function moduleSource(path: string, text: string): CodeSource {
  return { path, cells: [{ index: 1, kind: 'code', source: text, tags: [] }] };
}

export interface RenderOptions extends PlanOptions {
  readonly keepOutputs: boolean;
  /** For each notebook, where its path cell must point; undefined where the package can be installed. */
  readonly pathCells: readonly (PathCell | undefined)[];
}

/** The texts that a plan leads to. */
export interface Rendering {
  readonly plan: Plan;
  readonly modules: readonly RenderedModule[];
  /** The notebooks' new texts, in the order of the sources; the same string where nothing changes. */
  readonly notebooks: readonly string[];
}

/** Plans, renders and judges, until Ruff has nothing to object to. */
export function planAndRender(
  sources: readonly PlanSource[],
  existing: readonly ExistingModule[],
  options: RenderOptions,
): Rendering {
  const excluded = sources.map((source) => new Map(source.excluded));
  for (;;) {
    const plan = planAll(
      sources.map((source, i) => ({ ...source, excluded: excluded[i]! })),
      existing,
      options,
    );
    const modules = plan.modules.map((planned) =>
      renderModule(
        planned,
        plan.notebooks,
        options.package,
        existing.find(({ module }) => module === planned.module)?.names,
      ),
    );
    const objections = modules.flatMap((module) => {
      const before = existing.find((candidate) => candidate.module === module.module);
      return findFaults(module, before?.names.source.cells[0]!.source);
    });
    if (objections.length === 0) {
      const notebooks = plan.notebooks.map((planned, i) =>
        renderNotebook(planned.source.notebook, planned, options, i),
      );
      return { plan, modules, notebooks };
    }
    for (const { identity, refusal } of objections) exclude(identity, refusal, plan, excluded);
  }
}

interface Objection {
  readonly identity: string;
  readonly refusal: Refusal;
}

/** What Ruff finds in a module that it did not find before, and the definition at fault. */
function findFaults(module: RenderedModule, before: string | undefined): Objection[] {
  const known = before === undefined ? [] : judge(before).map(signatureOf);
  const objections: Objection[] = [];
  for (const finding of judge(module.text)) {
    const index = known.indexOf(signatureOf(finding));
    if (index !== -1) {
      known.splice(index, 1);
      continue;
    }
    const place = module.members.find(({ start, end }) => start <= finding.offset && finding.offset <= end);
    // A finding among the imports is the fault of those who need the name.
    const name = /`([^`]+)`/.exec(finding.message)?.[1]?.split('.').at(-1);
    const members =
      place === undefined
        ? module.members.filter(({ member }) => member.imports.some((item) => item.name === name))
        : [place];
    const atFault = members.length > 0 ? members : module.members;
    for (const { member } of atFault) {
      objections.push({
        identity: member.identity,
        refusal: {
          code: 'NB418',
          offset: member.statement.code.start,
          message: `in a module Ruff finds ${finding.rule}: ${finding.message}`,
          hint: 'Mend what Ruff finds, or leave the definition in the notebook.',
        },
      });
    }
  }
  return objections;
}

function signatureOf({ rule, message }: Finding): string {
  return `${rule} ${message}`;
}

/** Excludes a definition wherever it occurs. */
function exclude(
  identity: string,
  refusal: Refusal,
  plan: Plan,
  excluded: readonly Map<number, Refusal>[],
): void {
  plan.notebooks.forEach(({ identities }, source) => {
    for (const [statement, other] of identities)
      if (other === identity) excluded[source]!.set(statement, refusal);
  });
}

function renderNotebook(
  notebook: Notebook,
  planned: Plan['notebooks'][number],
  options: RenderOptions,
  index: number,
): string {
  const changes = notebookChanges(planned, options.package, options.pathCells[index]);
  const edits = notebookEdits(notebook, changes);
  const strips = options.keepOutputs ? [] : stripEdits(notebook);
  return applyEdits(notebook.text, combineEdits(edits, strips));
}
