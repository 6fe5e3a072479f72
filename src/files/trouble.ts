/** Turns an operating system's error into a diagnostic that says what to do. */
import type { Diagnostic } from '../text/diagnostic.ts';
import { errorCode } from './operations.ts';

const reasons: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  EACCES: ['permission denied', 'Make the file and its folder writable for you, then run it again.'],
  EPERM: ['permission denied', 'Make the file and its folder writable for you, then run it again.'],
  EROFS: ['the file system is read-only', 'Copy the project to a place that can be written.'],
  ENOSPC: ['the disk is full', 'Free some space, then run it again.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, then run it again.'],
  EBUSY: ['another program is using it', 'Close the program that has it open, then run it again.'],
  ENOTDIR: [
    'a file stands where a folder is needed',
    'Move that file away, or choose another --source-root.',
  ],
  EISDIR: ['a folder stands where a file is needed', 'Move that folder away, or choose another name.'],
  EEXIST: ['something stands there already', 'Move it away, then run it again.'],
  ENOENT: ['there is no such file', 'Check the path.'],
  ELOOP: ['its symbolic links lead in a circle', 'Mend the link.'],
  ENAMETOOLONG: ['the name is too long for the file system', 'Choose a shorter name.'],
  EMFILE: ['too many files are open', 'Raise the limit (`ulimit -n`), then run it again.'],
  EIO: ['the disk reports a fault', 'Check the disk.'],
};

/** Why the operating system refused, in words, and what the user can do. */
export function explainError(error: unknown): { reason: string; hint: string } {
  const code = errorCode(error) ?? 'unknown';
  const [reason, hint] = reasons[code] ?? [`the operating system says ${code}`, 'Run it again.'];
  return { reason, hint };
}

/**
 * The diagnostic for a file that is no longer as it was read.
 * @param outcome what became of the file, or of the run
 */
export function changedMeanwhile(path: string, outcome = 'nothing was written'): Diagnostic {
  return {
    code: 'NB501',
    severity: 'error',
    place: { path },
    message: `was changed by another program while nb2mod was at work; ${outcome}`,
    hint: 'Save it in your editor, then run nb2mod again.',
  };
}

/** The diagnostic for an operating system's refusal to write `path`; an error that is our own is thrown on. */
export function cannotWrite(path: string, error: unknown, addition = 'nothing was changed'): Diagnostic {
  if (errorCode(error) === undefined) throw error;
  const { reason, hint } = explainError(error);
  return {
    code: 'NB502',
    severity: 'error',
    place: { path },
    message: `cannot be written: ${reason}; ${addition}`,
    hint,
  };
}
