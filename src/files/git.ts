/** Turns a question to git into its answer. */
import { spawnSync } from 'node:child_process';

export interface GitAnswer {
  /** What git exits with; 127 where there is no git. */
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitSurroundings {
  readonly cwd?: string;
  readonly input?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs git and waits for it. Never throws: a git that is missing answers with 127. */
export function askGit(args: readonly string[], surroundings: GitSurroundings = {}): GitAnswer {
  const { cwd, input, env } = surroundings;
  const result = spawnSync('git', args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
    env: { ...process.env, LC_ALL: 'C', ...env },
    maxBuffer: 1 << 30,
  });
  if (result.error !== undefined) {
    return { status: 127, stdout: Buffer.alloc(0), stderr: 'there is no git on the PATH' };
  }
  return { status: result.status ?? 128, stdout: result.stdout, stderr: result.stderr.toString().trim() };
}

/** The first line of git's answer, or undefined where it fails or has nothing to say. */
export function askGitLine(args: readonly string[], surroundings: GitSurroundings = {}): string | undefined {
  const { status, stdout } = askGit(args, surroundings);
  const line = stdout.toString().replace(/\r?\n$/, '');
  return status === 0 && line !== '' ? line : undefined;
}
