/** Turns requests to run notebooks into what a Python process beside us answers; no kernel outlives it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface RunnerOptions {
  /** The interpreter to use; see `pythonCandidates`. */
  readonly python: string;
  /** Added to our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Take the network away, where the platform lets us (Linux with user namespaces). */
  readonly offline?: boolean;
  /** Ends the process and its kernel at once. */
  readonly signal?: AbortSignal;
}

export interface RunnerRequest {
  /** Absolute path of the notebook. */
  readonly path: string;
  /** The folder in which the kernel starts. */
  readonly folder: string;
  /** Seconds for each cell; none: as long as it takes. */
  readonly timeout?: number;
  /** Let unseeded random numbers come out alike in every run. */
  readonly isSeeded?: boolean;
}

/** One line of the protocol in verify/runner.py. */
export interface RunnerLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Runner {
  readonly python: string;
  readonly version: string;
  /** Packages that have to be installed before anything can run. */
  readonly missing: readonly string[];
  readonly isOffline: boolean;
  /** All answers to one request, in order; `onLine` hears them as they come. One request at a time. */
  readonly run: (request: RunnerRequest, onLine?: (line: RunnerLine) => void) => Promise<RunnerLine[]>;
  /** Ends the process and waits until it is gone. */
  readonly close: () => Promise<void>;
}

/** The interpreters to try, in order: the one named, else the active environment's, else those on PATH. */
export function pythonCandidates(
  named: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string[] {
  if (named !== undefined) return [named];
  const windows = platform === 'win32';
  const candidates: string[] = [];
  const { VIRTUAL_ENV: venv, CONDA_PREFIX: conda } = environment;
  if (venv) candidates.push(windows ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python'));
  if (conda) candidates.push(windows ? join(conda, 'python.exe') : join(conda, 'bin', 'python'));
  candidates.push(...(windows ? ['python', 'py'] : ['python3', 'python']));
  return candidates;
}

function runnerScript(): string {
  // Beside the bundle in dist/, or in its own room when run from the sources.
  const places = ['./runner.py', '../verify/runner.py'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return places.find((path) => existsSync(path)) ?? places[0]!;
}

/** How long a process may take to kill its kernel before it is killed itself. */
const grace = 5000;

function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), grace);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    // The end of its input is what it listens for on every platform.
    child.stdin?.end();
    if (process.platform !== 'win32') child.kill('SIGTERM');
  });
}

/** Starts the process; undefined where `python` is not there or is not a Python that can run the script. */
export async function startRunner(options: RunnerOptions): Promise<Runner | undefined> {
  const script = runnerScript();
  const child = spawn(options.python, [script, ...(options.offline === true ? ['--no-network'] : [])], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
    windowsHide: true,
  });
  let listener: ((line: RunnerLine) => void) | undefined;
  let ended = false;
  const gone = new Promise<void>((resolve) => {
    const end = () => {
      ended = true;
      resolve();
    };
    child.once('error', end);
    child.once('close', end);
  });
  child.stdin.on('error', () => {});
  // What libraries grumble about; kept from the terminal, where it would break the progress line.
  child.stderr.resume();
  createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', (text) => {
    try {
      listener?.(JSON.parse(text) as RunnerLine);
    } catch {
      // Not ours: something wrote to the pipe behind the script's back.
    }
  });
  const close = () => endProcess(child);
  const abort = () => void close();
  options.signal?.addEventListener('abort', abort, { once: true });
  void gone.then(() => options.signal?.removeEventListener('abort', abort));

  const hello = await new Promise<RunnerLine | undefined>((resolve) => {
    listener = resolve;
    void gone.then(() => resolve(undefined));
  });
  if (hello?.event !== 'hello') return undefined;

  let requests = 0;
  return {
    python: options.python,
    version: String(hello.python),
    missing: hello.missing as string[],
    isOffline: hello.offline === true,
    close,
    run: (request, onLine) => {
      const id = ++requests;
      const lines: RunnerLine[] = [];
      if (ended) return Promise.resolve(lines);
      return new Promise((resolve) => {
        void gone.then(() => resolve(lines));
        listener = (line) => {
          if (line.id !== id) return;
          lines.push(line);
          onLine?.(line);
          if (line.event === 'finished') resolve(lines);
        };
        const { path, folder, timeout, isSeeded } = request;
        const line = { id, path, cwd: folder, timeout: timeout ?? null, seed: isSeeded === true };
        child.stdin.write(`${JSON.stringify(line)}\n`);
      });
    },
  };
}
