/** Turns a question to git into its answer. */
import { spawnSync } from 'node:child_process';
import { errorCode } from './operations.ts';
import { explainError } from './trouble.ts';

export interface GitAnswer {
  /** What git exits with; as a shell has it, 127 where there is no git, and 126 where it can't be run to its end. */
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitSurroundings {
  readonly cwd?: string;
  readonly input?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs git and waits for it. Never throws. */
export function askGit(args: readonly string[], surroundings: GitSurroundings = {}): GitAnswer {
  const { cwd, input, env } = surroundings;
  const result = spawnSync('git', args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
    env: { ...process.env, LC_ALL: 'C', ...env },
    maxBuffer: 1 << 30,
  });
  if (result.error !== undefined) {
    const isMissing = errorCode(result.error) === 'ENOENT';
    const stderr = isMissing
      ? 'there is no git on the PATH'
      : `git cannot be run: ${explainError(result.error).reason}`;
    return { status: isMissing ? 127 : 126, stdout: Buffer.alloc(0), stderr };
  }
  return { status: result.status ?? 128, stdout: result.stdout, stderr: result.stderr.toString().trim() };
}

/** The first line of git's answer, or undefined where it fails or has nothing to say. */
export function askGitLine(args: readonly string[], surroundings: GitSurroundings = {}): string | undefined {
  const { status, stdout } = askGit(args, surroundings);
  const line = stdout.toString().replace(/\r?\n$/, '');
  return status === 0 && line !== '' ? line : undefined;
}
