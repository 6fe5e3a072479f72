/** Turns an error that nobody expected into words: what happened, what to do, and where, if that is asked for. */
import { errorCode } from '../files/operations.ts';
import { explainError } from '../files/trouble.ts';
import { printableLines } from '../text/printable.ts';

/** Whether the environment asks for the place in our code. */
function wantsStack(): boolean {
  return (process.env['NB2MOD_DEBUG'] ?? '') !== '';
}

/** A fault of ours, in one line; with the stack where that is asked for. */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (wantsStack() && error.stack !== undefined) return error.stack;
  return `${error.name}: ${error.message.split('\n', 1)[0]}`;
}

/** What standard error is told of an error that ends a run: a line, and a hint. */
export function tellUnexpected(error: unknown): string {
  const tell = (message: string, hint: string): string =>
    `error: ${printableLines(message)}\n  hint: ${hint}\n`;
  if (errorCode(error)?.startsWith('E') !== true || wantsStack()) {
    const what = `nb2mod met a fault of its own: ${describeFault(error)}`;
    return tell(what, 'Report it, please; with NB2MOD_DEBUG=1 in the environment it says where.');
  }
  const { path, syscall = '' } = error as NodeJS.ErrnoException;
  if (/cwd$/.test(syscall)) {
    return tell('the working folder is gone', 'Change to a folder that is there, then run it again.');
  }
  const { reason, hint } = explainError(error);
  return tell(`${path ?? (syscall === 'write' ? 'the output' : syscall)}: ${reason}`, hint);
}
