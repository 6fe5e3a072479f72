/** `extract -i`: turns a plan into the plan that the user wants, by asking about one definition after the other. */
import { join } from 'node:path';
import type { Rendering } from '../pipeline.ts';
import type { DraftMember } from '../plan/draft.ts';
import { isInit } from '../plan/existing/modules.ts';
import type { Refusal } from '../plan/refusal.ts';
import { paint } from '../report/paint.ts';
import { tellPath } from '../report/text.ts';
import { isDottedName } from '../text/module-name.ts';
import type { Exclusions } from './extract-verify.ts';
import type { Project } from './project.ts';
import type { OpenNotebook } from './planning.ts';
import type { Ask, Terminal } from './terminal.ts';

/** What the user decided: what stays, and which module what goes to; both by the notebook's path, then by statement. */
export interface Choices {
  readonly exclusions: Exclusions;
  readonly modules: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

/** Plans again, with what was decided so far. */
type Replan = (choices: Choices) => Promise<Rendering>;

/** A definition to be asked about: the same one in several notebooks is one question. */
interface Question {
  readonly identity: string;
  readonly member: DraftMember;
  /** The first notebook that has it, and all that do with the statement there. */
  readonly path: string;
  readonly places: readonly Place[];
  /** Dotted, without the package. */
  readonly module: string;
}

interface Place {
  readonly path: string;
  readonly member: DraftMember;
  /** What it needs and nobody asks about: constants. */
  readonly company: readonly DraftMember[];
  /** Of these, what nothing else needs that moves. */
  readonly own: readonly DraftMember[];
}

const help = `y  move it
n  leave it in the notebook, and with it what needs it
m  move it to a module of your choice
a  move it and all that is left
d  leave it and all that is left
q  quit; nothing is written
`;

/**
 * Asks about each function and class that would move. After each answer but yes the plan is made anew, so that what needs
 * a definition that stays is not asked about.
 * @param notebooks those that are planned, in the order of the plan's drafts
 * @returns `quit` where the user wants nothing written, `interrupted` where the answers ended
 */
export async function walkPlan(
  notebooks: readonly OpenNotebook[],
  project: Project,
  replan: Replan,
  ask: Ask,
  { err, errOptions }: Terminal,
): Promise<Choices | 'quit' | 'interrupted'> {
  const exclusions = new Map<string, Map<number, Refusal>>();
  const modules = new Map<string, Map<number, string>>();
  const choices: Choices = { exclusions, modules };
  const { colour, folder } = errOptions;
  const decided = new Set<string>();
  const keep = ({ identity, places }: Question): void => {
    decided.add(identity);
    for (const { path, member } of places)
      put(exclusions, path, member.statement, refuse(member.pasted.offset));
  };
  let rendering = await replan(choices);
  for (;;) {
    const open = questionsOf(notebooks, rendering).filter(({ identity }) => !decided.has(identity));
    const [question] = open;
    if (question === undefined) return choices;
    const { identity, member, path, places, module } = question;
    const company = places[0]!.company.flatMap(({ pasted }) => pasted.defines);
    const target = tellPath(join(project.sourceRoot, project.package, ...module.split('.')), folder);
    const others = places.length === 1 ? '' : ` and ${places.length - 1} more`;
    const title = `${tellPath(path, folder)}${others}, cell ${member.cell}: '${member.pasted.defines.join("', '")}' to ${target}.py`;
    const left = paint('dim', ` (${open.length} left)`, colour);
    err(`\n${paint('bold', title, colour)}${left}\n`);
    for (const line of member.pasted.code.trimEnd().split('\n')) err(`${paint('red', `-${line}`, colour)}\n`);
    const added = `+from ${project.package}.${module} import ${member.pasted.defines.join(', ')}`;
    err(`${paint('green', added, colour)}\n`);
    if (company.length > 0) err(`with it: ${company.join(', ')}\n`);

    const answer = await ask(paint('bold', 'Move it? [y,n,m,a,d,q,?] ', colour));
    const choice = answer?.trim().toLowerCase();
    if (choice === undefined) return 'interrupted';
    if (choice === 'q' || choice === 'quit') return 'quit';
    if (choice === 'y' || choice === 'yes') decided.add(identity);
    else if (choice === 'a' || choice === 'all') return choices;
    else if (choice === 'n' || choice === 'no') {
      keep(question);
      rendering = await replan(choices);
    } else if (choice === 'd' || choice === 'done') {
      for (const each of open) keep(each);
      return choices;
    } else if (choice === 'm' || choice === 'module') {
      const named = await askModule(ask, project, errOptions.colour, err);
      if (named === undefined) return 'interrupted';
      if (named === '') continue;
      // What nothing else needs goes with it.
      const along = places.flatMap((place) =>
        [place.member, ...place.own].map(({ statement }) => ({ ...place, statement })),
      );
      for (const place of along) put(modules, place.path, place.statement, named);
      const tried = await replan(choices);
      const found = questionsOf(notebooks, tried).find((each) => each.identity === identity);
      if (found?.module === named) {
        decided.add(identity);
        rendering = tried;
        continue;
      }
      const { moved, reason } = tellFailure(tried, notebooks, question, found?.module);
      err(`${moved ? 'It cannot go there' : 'It would stay'}: ${reason}\n`);
      for (const place of along) modules.get(place.path)!.delete(place.statement);
    } else err(help);
  }
}

/** A module's name; empty where the user thought better of it, undefined where the answers ended. */
async function askModule(
  ask: Ask,
  project: Project,
  colour: boolean,
  err: Terminal['err'],
): Promise<string | undefined> {
  const known = project.modules.map(({ module }) => module).filter((module) => !isInit(module));
  const such = known.length === 0 ? ', such as data.loading' : `; there are ${known.join(', ')}`;
  for (;;) {
    const answer = await ask(paint('bold', `Which module (without ${project.package}${such})? `, colour));
    if (answer === undefined) return undefined;
    const name = answer.trim().replace(new RegExp(`^${project.package}\\.`), '');
    if (name === '' || isDottedName(name)) return name;
    err(`'${name}' cannot be a module: write names with dots between them, or nothing to go back\n`);
  }
}

/** Why a definition does not go to the module that was asked for. */
function tellFailure(
  rendering: Rendering,
  notebooks: readonly OpenNotebook[],
  { path, member }: Question,
  elsewhere: string | undefined,
): { readonly moved: boolean; readonly reason: string } {
  if (elsewhere !== undefined) return { moved: true, reason: `its place is '${elsewhere}'` };
  const planned = rendering.notebooks[notebooks.findIndex((each) => each.path === path)]!;
  const kept = planned.kept.find(({ statement }) => statement === member.statement);
  return { moved: false, reason: kept?.refusal.message ?? 'nothing needs it' };
}

function refuse(offset: number): Refusal {
  return {
    code: 'NB410',
    offset,
    message: 'you said so',
    hint: 'Answer y when `nb2mod extract -i` asks, or leave -i out.',
  };
}

function put<Value>(
  map: Map<string, Map<number, Value>>,
  path: string,
  statement: number,
  value: Value,
): void {
  const known = map.get(path);
  if (known === undefined) map.set(path, new Map([[statement, value]]));
  else known.set(statement, value);
}

/** What would move, in the order of the notebooks and of their cells; not what moves only for the sake of another. */
function questionsOf(
  notebooks: readonly OpenNotebook[],
  { drafts, notebooks: planned }: Rendering,
): Question[] {
  const found = new Map<
    string,
    { question: Omit<Question, 'places'>; places: Question['places'][number][] }
  >();
  for (const [number, { path }] of notebooks.entries()) {
    const places = new Map(planned[number]!.moves.map(({ statement, module }) => [statement, module]));
    const members = drafts[number]!.components.flatMap((component) => component.members).filter(
      ({ statement }) => places.has(statement),
    );
    const known = new Map(members.map((member) => [member.statement, member]));
    const needed = new Set(
      members.flatMap(({ statement, needs }) => needs.filter((other) => other !== statement)),
    );
    const isAsked = ({ statement, pasted: { isDefinition, isImports } }: DraftMember): boolean =>
      !isImports && (isDefinition || !needed.has(statement));
    for (const member of members.filter(isAsked).sort((a, b) => a.statement - b.statement)) {
      const { statement, pasted } = member;
      const { identity } = pasted;
      const company = companyOf(member, known, isAsked);
      const place = { path, member, company, own: withoutOthers(member, company, members) };
      const before = found.get(identity);
      if (before !== undefined) before.places.push(place);
      else {
        const question = { identity, member, path, module: places.get(statement)! };
        found.set(identity, { question, places: [place] });
      }
    }
  }
  return [...found.values()].map(({ question, places }) => ({ ...question, places }));
}

/** What a definition needs and nobody asks about, however far. */
function companyOf(
  member: DraftMember,
  known: ReadonlyMap<number, DraftMember>,
  isAsked: (member: DraftMember) => boolean,
): DraftMember[] {
  const company = new Set<DraftMember>();
  const visit = ({ needs }: DraftMember): void => {
    for (const statement of needs) {
      const needed = known.get(statement);
      if (needed === undefined || isAsked(needed) || company.has(needed)) continue;
      company.add(needed);
      visit(needed);
    }
  };
  visit(member);
  return [...company];
}

/** Of a definition's company what no member needs but itself and such company. */
function withoutOthers(
  member: DraftMember,
  company: readonly DraftMember[],
  members: readonly DraftMember[],
): DraftMember[] {
  let own = [...company];
  for (;;) {
    const inside = new Set([member, ...own]);
    const left = own.filter(({ statement }) =>
      members.every((each) => inside.has(each) || !each.needs.includes(statement)),
    );
    if (left.length === own.length) return own;
    own = left;
  }
}
