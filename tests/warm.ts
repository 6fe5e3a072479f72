/** Turns the Python of the tests into one that starts in a moment: every start is a fork of a process with its imports done. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { python } from './python.ts';

export interface WarmPython {
  /** To be called like the interpreter; runners, and the kernels that they start, are forked. */
  readonly python: string;
  readonly close: () => void;
}

/** What a runner and a kernel import before the notebook's first cell. */
const modules = ['IPython', 'ipykernel.kernelapp', 'ipykernel.ipkernel', 'nbclient', 'nbformat'];

/** Starts scripts/warm.py, which puts its files into `folder`. Where there is no fork it is the interpreter itself. */
export async function warmPython(folder: string): Promise<WarmPython> {
  if (process.platform === 'win32') return { python: python!, close: () => undefined };
  mkdirSync(folder, { recursive: true });
  const script = fileURLToPath(new URL('../scripts/warm.py', import.meta.url));
  const child = spawn(python!, [script, folder, ...modules], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONHASHSEED: '0' },
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('close', (code) => reject(new Error(`warm.py ended with ${code}`)));
  });
  return { python: join(folder, 'python'), close: () => child.stdin.end() };
}
