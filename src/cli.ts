#!/usr/bin/env node
/** Turns the command line into a call of one command; each command is loaded only when it is asked for. */
import { Command } from 'commander';

const program = new Command('nb2mod')
  .description('Turn Jupyter notebooks into Python packages, and leave notebooks that still run.')
  .version(__NB2MOD_VERSION__)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

program
  .command('strip')
  .description('take outputs, execution counts and transient metadata out, in place')
  .argument('[file...]', 'notebooks; none or - for standard input to standard output')
  .action(async (files: string[]) => {
    const { strip } = await import('./commands/strip.ts');
    process.exitCode = strip(files);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof Error && 'exitCode' in error)) throw error;
  // commander exits with 1 for bad usage; the contract says 2.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
