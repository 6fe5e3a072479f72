/** Turns the process's streams and environment into what a command writes to. */
import { wantsColour, type TextOptions } from '../report/text.ts';

/** Results go to `out`, progress and diagnostics to `err`; what colours each shall have stands beside it. */
export interface Terminal {
  /** Bytes are UTF-8. */
  readonly out: (text: string | Uint8Array) => void;
  readonly err: (text: string) => void;
  readonly outOptions: TextOptions;
  readonly errOptions: TextOptions;
  /** Shows how far a run is, in place of what it showed before, until something else is written. In logs it says nothing. */
  readonly progress: (line: string) => void;
  /** Where there is somebody to ask. */
  readonly ask?: Ask;
}

/** Puts a question and gives the line that was answered; undefined at the end of the input and on Ctrl-C. */
export type Ask = (question: string) => Promise<string | undefined>;

/** Asks on the process's own terminal; one question at a time. */
async function askHere(question: string): Promise<string | undefined> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve) => {
      lines.once('close', () => resolve(undefined));
      lines.once('SIGINT', () => lines.close());
      lines.question(question, resolve);
    });
  } finally {
    lines.close();
  }
}

export type ColourChoice = 'always' | 'never' | 'auto';

/** Between two showings of the progress of one thing. */
const leastMilliseconds = 100;

/** This process's terminal; paths are shown relative to the working folder. */
export function processTerminal(choice: ColourChoice): Terminal {
  const optionsFor = (stream: NodeJS.WriteStream): TextOptions => ({
    colour: wantsColour(choice, stream.isTTY, process.env),
    folder: process.cwd(),
    frames: choice === 'always' || stream.isTTY,
  });
  const { stdout, stderr } = process;
  // A dumb terminal can't take back what it has shown.
  const isScreen = stderr.isTTY && process.env['TERM'] !== 'dumb';
  let shownAt = -Infinity;
  let shownWhat: string | undefined;
  let isShown = false;
  const clear = (): void => {
    if (isShown) stderr.write('\r\u001b[K');
    isShown = false;
  };
  return {
    out: (text) => (clear(), void stdout.write(text)),
    err: (text) => (clear(), void stderr.write(text)),
    outOptions: optionsFor(stdout),
    errOptions: optionsFor(stderr),
    ...(process.stdin.isTTY && {
      ask: (question) => (clear(), askHere(question)),
    }),
    progress: (line) => {
      // What is begun is told at once, how far it is now and then.
      const [what] = line.split(':', 1);
      if (!isScreen || (what === shownWhat && performance.now() < shownAt + leastMilliseconds)) return;
      shownAt = performance.now();
      shownWhat = what;
      isShown = true;
      // Some terminals don't know how wide they are, and say 0.
      const columns = stderr.columns || 80;
      stderr.write(`\r\u001b[K${line.slice(0, Math.max(20, columns - 1))}`);
    },
  };
}
