/** Turns a folder into the projects around it in which a run was cut short: at the cost of a few look-ups, for `strip` too. */
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Diagnostic } from '../text/diagnostic.ts';
import { orLeave } from './operations.ts';

/** Whether a run in this project was killed, or is at work; what journal.ts says of the names of runs. */
function isPending(root: string): boolean {
  let names: string[] = [];
  orLeave(() => {
    names = readdirSync(join(root, '.nb2mod', 'runs'));
  });
  return names.some((name) => /^\d{6,}\.(?:open|undone)$/.test(name));
}

/** The folders from this one up in which there is such a run. */
export function findPending(folder: string): string[] {
  const found: string[] = [];
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (isPending(at)) found.push(at);
    if (at === dirname(at)) return found;
  }
}

/** What a command that only reads says of such a run in a project. */
export function warnOfPending(root: string): Diagnostic[] {
  if (!isPending(root)) return [];
  return [
    {
      code: 'NB506',
      severity: 'warning',
      place: { path: root },
      message:
        'an earlier run was killed or is still at work: some files may be as after it, others as before',
      hint: 'Run `nb2mod undo` to have all of them as they were before it, unless it is still at work.',
    },
  ];
}
