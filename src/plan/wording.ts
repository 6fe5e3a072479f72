/** Turns refusals into words: the one place where it is said how data reads. */
import type { Names } from '../scope/names.ts';
import type { Reference } from '../scope/scope.ts';
import type { Statement } from '../scope/statement.ts';
import type { Alternative, Message, Reason, Refusal, Step } from './refusal.ts';

/** More names are not spelt out. */
const mostNamed = 8;

export function tell(refusal: Refusal): Reason {
  const { message, hint } = refusal;
  return {
    ...refusal,
    message: tellMessage(message),
    hint: typeof hint === 'string' ? hint : tellSteps(hint),
  };
}

/** Completes "'name' stays: …". */
function tellMessage(message: Message): string {
  if (typeof message === 'string') return message;
  if ('calls' in message) return `defining it calls ${message.calls}`;
  const { it, cause } = message;
  return `it ${it}${cause === undefined ? '' : `: ${cause}`}`;
}

/** Why no module could have the value that a definition reads; completes "it reads 'x', …: …". */
export function tellOfValue(message: Message): string {
  if (typeof message === 'string') return message;
  return 'calls' in message ? `its value comes from ${message.calls}` : `its value ${message.it}`;
}

function tellSteps(steps: readonly Step[]): string {
  const all = steps.map(tellStep).join('; ');
  return `${all[0]!.toUpperCase()}${all.slice(1)}.`;
}

function tellStep(step: Step): string {
  switch (step.does) {
    case 'rename':
      return `give one of the two another name than ${quote([step.name])}`;
    case 'drop': {
      const names = quote(step.names);
      const other = step.orRename ? `give the later value of ${names} another name, or ` : '';
      return `${other}do without ${names} in ${step.where}`;
    }
    case 'pass': {
      const { names, or } = step;
      const other = or === undefined ? '' : `, or ${tellAlternative(or)}`;
      return `pass ${quote(names)} to it as ${names.length === 1 ? 'an argument' : 'arguments'}${other}`;
    }
    case 'define':
      return `define or import ${quote(step.names)} in a cell`;
    case 'unstar':
      return `import by name what is used in place of the star: ${quote(step.names)} here`;
  }
}

function tellAlternative(or: Alternative): string {
  if (or.does === 'mend') return `mend cell ${or.cell}`;
  return `give the later ${or.later === 'one' ? 'value another name' : 'values other names'}`;
}

/** `'a', 'b' and 'c'` */
function quote(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  const rest = quoted.length - mostNamed;
  const shown = rest < 2 ? quoted : [...quoted.slice(0, mostNamed), `${rest} more`];
  return [shown.slice(0, -1).join(', '), shown.at(-1)!].filter((part) => part !== '').join(' and ');
}

/** A reference, and how messages show its name. */
export interface ShownReference extends Pick<Reference, 'name' | 'offset' | 'time'> {
  readonly shown: string;
}

/** How messages show a name that a statement looks up: inside a class `__x` is `_Model__x`, and the user wrote the first. */
export function shownName(name: string, offset: number, { cell }: Statement, { source }: Names): string {
  // Only a name with an underscore before that of its class can be another than what stands there.
  if (!name.startsWith('_')) return `'${name}'`;
  const [written = ''] = /^[\p{ID_Continue}]*/u.exec(source.cells[cell - 1]!.source.slice(offset))!;
  const isMangled = written !== name && written.startsWith('__') && name.endsWith(written);
  return isMangled ? `'${written}' (that is '${name}')` : `'${name}'`;
}
