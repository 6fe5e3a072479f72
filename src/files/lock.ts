/** Lets only one run at a time change a project: a file that names the process which holds it. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic } from '../text/diagnostic.ts';
import { errorCode, orLeave, unless, withCode, type Operations } from './operations.ts';

/** Locks that this very process holds; a lock that names it but isn't here was left by an earlier process of that id. */
const held = new Set<string>();

/** When the process started, in the kernel's ticks, so that a reused process id isn't mistaken; '' where unknown. */
function startOf(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/** Whether nobody holds the lock of this content any more. A lock from another computer always counts as held. */
function isStale(path: string, content: string): boolean {
  const [pid, host, start] = content.trimEnd().split(' ');
  if (pid === undefined || host === undefined || start === undefined || !content.endsWith('\n')) return true;
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return !held.has(path);
  return (
    !isAlive(Number(pid)) || (start !== '-' && startOf(Number(pid)) !== '' && startOf(Number(pid)) !== start)
  );
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Takes the lock in `folder`, or says who has it. A lock whose process is dead is taken over. */
export function takeLock(folder: string, operations: Operations): Diagnostic | { readonly path: string } {
  const path = join(folder, 'lock');
  const content = `${process.pid} ${hostname()} ${startOf(process.pid) || '-'}\n`;
  for (let attempt = 0; ; attempt++) {
    const taken = unless(['EEXIST'], () => {
      operations.create(path, Buffer.from(content), 0o666);
      return true;
    });
    if (taken) {
      held.add(path);
      return { path };
    }
    const kind = operations.look(path)?.kind ?? 'file';
    // A link is none of ours, and one that leads nowhere could be neither read nor taken over.
    if (kind !== 'file') throw withCode('EEXIST', path);
    // Given back this instant, it is as good as empty.
    const other = unless(['ENOENT'], () => Buffer.from(operations.read(path)).toString()) ?? '';
    // Between creating and writing a lock is unfinished for an instant; a longer instant means a kill.
    const unfinished = !other.endsWith('\n');
    if (unfinished && attempt < 20) {
      pause(10);
      continue;
    }
    if (!isStale(path, other) || attempt >= 100) {
      const [pid, host = '?'] = other.split(' ');
      return {
        code: 'NB503',
        severity: 'error',
        place: { path },
        message: `another nb2mod run is changing this project (process ${pid || '?'} on ${host.trim()}); nothing was changed`,
        hint: 'Wait until it is done. If there is no such process any more, delete this file.',
      };
    }
    removeDead(path, other, operations);
  }
}

/**
 * Removes a dead lock. Of two runs which both saw it, only one can rename it; the other may find that it took away what
 * the first one put in its place, and puts that back.
 */
function removeDead(path: string, dead: string, operations: Operations): void {
  const aside = `${path}.${process.pid}`;
  unless(['ENOENT'], () => {
    operations.rename(path, aside);
    const taken = operations.read(aside);
    if (Buffer.from(taken).toString() !== dead)
      unless(['EEXIST'], () => operations.create(path, taken, 0o666));
    operations.remove(aside);
  });
}

/** Gives the lock back. A lock that can't be removed goes stale with this process. */
export function releaseLock(path: string, operations: Operations): void {
  held.delete(path);
  orLeave(() => operations.remove(path));
}
