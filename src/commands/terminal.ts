/** Turns the process's streams and environment into what a command writes to. */
import { wantsColour, type TextOptions } from '../report/text.ts';

/** Results go to `out`, progress and diagnostics to `err`; what colours each shall have stands beside it. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly outOptions: TextOptions;
  readonly errOptions: TextOptions;
}

export type ColourChoice = 'always' | 'never' | 'auto';

/** This process's terminal; paths are shown relative to the working folder. */
export function processTerminal(choice: ColourChoice): Terminal {
  const optionsFor = (stream: NodeJS.WriteStream): TextOptions => ({
    colour: wantsColour(choice, stream.isTTY, process.env),
    folder: process.cwd(),
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outOptions: optionsFor(process.stdout),
    errOptions: optionsFor(process.stderr),
  };
}
