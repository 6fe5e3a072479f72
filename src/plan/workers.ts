/** Tells which definitions worker processes would see otherwise once they stand in a module. */
import type { Names } from '../scope/names.ts';
import { isCallable, type Statement } from '../scope/statement.ts';
import type { Refusal } from './refusal.ts';
import { mayTouch, type Maker } from './touch.ts';

/** Libraries that hand the notebook's own functions to other processes by value, whatever they are told. */
const sendingLibraries = /^(loky|mpire|multiprocess|pandarallel|pathos)(\.|$)/;

/** What is sent to workers and depends on what the notebook changes. */
interface Shared {
  readonly worker: Statement;
  /** Statements that are sent, or may be. */
  readonly sent: ReadonlySet<number>;
  /** By name of what changes once it is made: what changes it. */
  readonly changed: ReadonlyMap<string, readonly Statement[]>;
}

const knownShared = new WeakMap<Names, Shared | null>();

/**
 * Of what stands in the notebook joblib's workers get a copy as it is then, with the globals that it reads; of what stands
 * in a module no more than its name, and they make it anew: changes since would be lost. What makes such changes stays, too:
 * where it went the next run would not see it.
 * @param isOwn whether a statement imports a name from the package
 */
export function refuseShared(
  statement: Statement,
  names: Names,
  isOwn: (statement: Statement, name: string) => boolean,
): Refusal | undefined {
  const { id, kind, code, defines } = statement;
  if (!isCallable({ kind })) return undefined;
  const shared = sharedIn(names, isOwn);
  if (shared === null) return undefined;
  const { worker, sent, changed } = shared;
  const refuse = (what: string): Refusal => ({
    code: 'NB426',
    offset: code.start,
    message: `${what}: processes that cell ${worker.cell} starts would not see that`,
    hint: 'Pass what changes as an argument.',
  });
  const own = sent.has(id) ? defines.find((name) => changed.has(name)) : undefined;
  if (own !== undefined) return refuse(`cell ${changed.get(own)![0]!.cell} sets attributes of it`);
  for (const { name } of statement.names.references) {
    const changers = changed.get(name);
    const other = changers?.find((changer) => changer !== statement);
    if (sent.has(id) && other !== undefined)
      return refuse(`it reads '${name}', which cell ${other.cell} changes`);
    if (changers?.includes(statement) !== true) continue;
    const isRead = names.statements.some(
      (reader) => reader !== statement && sent.has(reader.id) && reads(reader, name),
    );
    if (isRead) return refuse(`it changes '${name}'`);
  }
  return undefined;
}

const reads = ({ kind, names }: Statement, name: string): boolean =>
  isCallable({ kind }) && names.references.some((reference) => reference.name === name);

function sharedIn(names: Names, isOwn: (statement: Statement, name: string) => boolean): Shared | null {
  const known = knownShared.get(names);
  if (known !== undefined) return known;
  const senders = sendersOf(names);
  const worker = names.statements.find((statement) => starts(statement, senders));
  const changed = worker === undefined ? undefined : changedIn(names, isOwn);
  const shared =
    worker === undefined || changed === undefined || changed.size === 0
      ? null
      : { worker, sent: sentFrom(names, senders), changed };
  knownShared.set(names, shared);
  return shared;
}

/** The names by which the notebook has libraries that start other processes. */
function sendersOf({ importPaths }: Names): readonly string[] {
  const senders: string[] = [];
  for (const [name, path] of importPaths) if (sendingLibraries.test(path)) senders.push(name);
  return senders;
}

/** Whether a statement has other processes run something. */
function starts(statement: Statement, senders: readonly string[]): boolean {
  const { kind, mentions, startsProcesses } = statement;
  if (kind === 'import' || kind === 'import-block') return false;
  return startsProcesses || senders.some((name) => mentions.has(name));
}

/** What is mentioned where other processes are started, and what that mentions, and so on. */
function sentFrom(names: Names, senders: readonly string[]): ReadonlySet<number> {
  const sent = new Set<number>();
  const stack = names.statements.filter((statement) => starts(statement, senders));
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const name of at.mentions) {
      for (const { statement } of names.bindings.get(name) ?? []) {
        if (sent.has(statement)) continue;
        sent.add(statement);
        stack.push(names.statements[statement]!);
      }
    }
  }
  return sent;
}

/** The names of what the notebook has made, or imports from the package, and changes in place afterwards. */
function changedIn(
  { statements, bindings }: Names,
  isOwn: (statement: Statement, name: string) => boolean,
): ReadonlyMap<string, readonly Statement[]> {
  const changed = new Map<string, Statement[]>();
  for (const changer of statements) {
    if (changer.kind === 'import') continue;
    for (const name of new Set([...changer.mayChange.keys(), ...changer.setsAttributeOf])) {
      const first = bindings.get(name)?.[0];
      if (first === undefined || first.statement >= changer.id) continue;
      const maker = statements[first.statement]!;
      const isImported = isOwn(maker, name);
      if (!isImported && !isCallable(maker) && maker.mutability === 'none') continue;
      // What stands in a module is not looked into: anything may be in it.
      const made: Maker = isImported ? { kind: 'constant', mutability: 'parts' } : maker;
      const isChanged =
        changer.setsAttributeOf.has(name) || (made.mutability !== 'none' && mayTouch(changer, made, name));
      // A variable of a function may have the same name.
      const isGlobal = changer.names.references.some((reference) => reference.name === name);
      if (!isChanged || !isGlobal) continue;
      const list = changed.get(name);
      if (list === undefined) changed.set(name, [changer]);
      else list.push(changer);
    }
  }
  return changed;
}
