#!/usr/bin/env node
/** Turns the command line into a call of one command; each command is loaded only when it is asked for. */
import { Command, Option } from 'commander';
import type { ExtractOptions } from './commands/extract.ts';
import type { ScanOptions } from './commands/scan.ts';
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

const layouts = ['notebook', 'topic', 'flat'] as const;

program
  .command('extract')
  .description('move what can stand on its own into modules, and rewrite the notebooks to import it')
  .argument('<path...>', 'notebooks, or folders searched recursively')
  .option('--package <name>', 'the package to write into')
  .option('--source-root <dir>', 'the folder that holds the package (default: src)')
  .option(
    '--root <dir>',
    'project root (default: nearest folder up with pyproject.toml, setup.py, setup.cfg or .git)',
  )
  .addOption(new Option('--layout <how>', 'how definitions are spread over modules').choices(layouts))
  .option('--dry-run', 'print the unified diff, write nothing', false)
  .option('--check', 'write nothing; exit 1 if extract would change anything', false)
  .option('--json', 'print one JSON report', false)
  .option('--keep-outputs', 'do not strip outputs')
  .action(async (paths: string[], options: ExtractOptions) => {
    const { extract } = await import('./commands/extract.ts');
    process.exitCode = await extract(paths, options, await openTerminal());
  });

program
  .command('scan')
  .description('say what notebooks hold, what can move, and why the rest stays; writes nothing')
  .argument('<path...>', 'notebooks, or folders searched recursively')
  .option('--json', 'print one JSON report', false)
  .option('--package <name>', 'the package that extract would write into')
  .option('--source-root <dir>', 'the folder that holds the package (default: src)')
  .option('--root <dir>', 'project root')
  .action(async (paths: string[], options: ScanOptions) => {
    const { scan } = await import('./commands/scan.ts');
    process.exitCode = await scan(paths, options, await openTerminal());
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
