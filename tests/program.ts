/** Turns command lines into what the built program answers, all in one process: starting Node is what takes the time. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a script sees of a command. */
export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, as a terminal shows them. */
  readonly both: string;
}

export interface Program {
  /** Runs `nb2mod words…` in a folder. One at a time; an error that nobody caught is thrown here. */
  readonly run: (words: readonly string[], folder: string) => Promise<Answer>;
  readonly close: () => void;
}

/**
 * The process in which the program is run. Its entry is evaluated anew for each command line, by the bundle that users
 * get; what it loads stays loaded. `strip` and `filter` write past `process.stdout`: those want a process of their own.
 */
export function openProgram(environment: Readonly<NodeJS.ProcessEnv> = {}): Program {
  const worker = fork(fileURLToPath(new URL('../scripts/corpus-worker.mjs', import.meta.url)), {
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...environment },
  });
  return {
    run: (args, cwd) =>
      new Promise((resolve, reject) => {
        const fail = (code: number | null): void => reject(new Error(`the program's process ended: ${code}`));
        worker.once('exit', fail);
        worker.once('message', (message) => {
          worker.off('exit', fail);
          const { exitCode, out, err, both, crash } = message as {
            exitCode: number;
            out: string;
            err: string;
            both: string;
            crash: string | null;
          };
          if (crash === null) resolve({ status: exitCode, stdout: out, stderr: err, both });
          else reject(new Error(crash));
        });
        worker.send({ args, cwd });
      }),
    close: () => void worker.kill(),
  };
}
