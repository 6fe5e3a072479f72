#!/usr/bin/env node
/** Turns the command line into a call of one command; each command is loaded only when it is asked for. */
import { Command, Option } from 'commander';
import type { ColourChoice, Terminal } from './commands/terminal.ts';

const program = new Command('nb2mod')
  .description('Turn Jupyter notebooks into Python packages, and leave notebooks that still run.')
  .version(__NB2MOD_VERSION__)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .addOption(
    new Option('--color <when>', 'colours in what is printed')
      .choices(['auto', 'always', 'never'])
      .default('auto' satisfies ColourChoice),
  );

/** The streams, with colours as the global option wants them. */
async function openTerminal(): Promise<Terminal> {
  const { processTerminal } = await import('./commands/terminal.ts');
  return processTerminal(program.opts<{ color: ColourChoice }>().color);
}

program
  .command('strip')
  .description('take outputs, execution counts and transient metadata out, in place')
  .argument('[file...]', 'notebooks; none or - for standard input to standard output')
  .action(async (files: string[]) => {
    const { strip } = await import('./commands/strip.ts');
    process.exitCode = strip(files);
  });

program
  .command('undo')
  .description('bring back what the last run changed; again, what the run before it changed')
  .option('--root <dir>', 'project root (default: nearest folder up in which nb2mod ran)')
  .option('--force', 'also files that were edited since; they are kept aside in .nb2mod/runs', false)
  .action(async (options: { root?: string; force: boolean }) => {
    const { undo } = await import('./commands/undo.ts');
    process.exitCode = await undo(options, await openTerminal());
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof Error && 'exitCode' in error)) throw error;
  // commander exits with 1 for bad usage; the contract says 2.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
