/** Turns the command line into a call of one command; each command is loaded only when it is asked for. */
import { existsSync } from 'node:fs';
import { Argument, Command, Help, InvalidArgumentError, Option } from 'commander';
import {
  isNumberOf,
  numberOf,
  options,
  type ConfigurationOption,
  type ConfiguredCommand,
  type Kind,
} from '../project/options.ts';
import type { CommandShape, Completed, OptionShape, ProgramShape, Shell } from './completion.ts';
import type { ConfigOptions } from './config.ts';
import { formatExamples } from './examples.ts';
import type { ExtractOptions } from './extract.ts';
import type { InitOptions } from './init.ts';
import type { InstallOptions } from './install.ts';
import type { ScanOptions } from './scan.ts';
import { stripOptions, type OptionEntry } from './strip-options.ts';
import type { ColourChoice, Terminal } from './terminal.ts';
import type { KernelOptions } from './verification.ts';
import { printable } from '../text/printable.ts';
import type { VerifyOptions } from './verify.ts';

export const program = new Command('nb2mod')
  .description('Turn Jupyter notebooks into Python packages, and leave notebooks that still run.')
  .version(__NB2MOD_VERSION__)
  .exitOverride()
  .configureHelp({
    showGlobalOptions: true,
    optionDescription: describeOption,
    subcommandTerm: (command) => command.name(),
  })
  .option('--explain <code>', 'what a code such as NB402 means, and the way out; as the command explain')
  .addOption(
    new Option('--color <when>', 'colours in what is printed')
      .choices(['auto', 'always', 'never'])
      .default('auto' satisfies ColourChoice),
  );

/** The help of an option, with its default unless that is that it isn't given. */
function describeOption(option: Option): string {
  return new Help().optionDescription(option).replace(/ \(default: false\)$/, '');
}

/** The streams, with colours as the global option wants them. */
async function openTerminal(): Promise<Terminal> {
  const { processTerminal } = await import('./terminal.ts');
  return processTerminal(program.opts<{ color: ColourChoice }>().color);
}

function toOption({ name, short, takes, value, values, help }: OptionEntry): Option {
  const argument = takes === 'nothing' ? '' : takes === 'arguments' ? ` <${value}...>` : ` <${value}>`;
  const option = new Option(`${short === undefined ? '' : `-${short}, `}--${name}${argument}`, help);
  return values === undefined ? option : option.choices([...values]);
}

/** The options of a command that pyproject.toml can set too, as the table of options has them. */
function addConfigured(command: Command, name: ConfiguredCommand, ...without: readonly string[]): Command {
  for (const option of options) {
    if (option.argument === undefined || !option.commands.includes(name)) continue;
    if (!without.includes(option.name)) command.addOption(fromTable(option));
  }
  return command;
}

function fromTable({ name, kind, argument, help, fallback }: ConfigurationOption): Option {
  if (kind.is === 'truth') {
    const isOn = 'value' in fallback && fallback.value === true;
    return isOn ? new Option(`--no-${name}`, `do not ${help}`) : new Option(`--${name}`, help);
  }
  const isList = kind.is === 'texts';
  const usual = 'words' in fallback ? fallback.words : isList ? '' : fallback.value;
  const more = isList ? '; may be given again' : '';
  const option = new Option(
    `--${name} <${argument}>`,
    `${help}${more}${usual === '' ? '' : ` (default: ${usual})`}`,
  );
  if (kind.is === 'choice') return option.choices(kind.of);
  if (kind.is === 'number') return option.argParser((text) => toNumber(text, kind));
  if (isList)
    return option.argParser((text, before: string[] | undefined) => [...(before ?? []), toText(text)]);
  return option.argParser(toText);
}

function toNumber(text: string, kind: Kind & { readonly is: 'number' }): number {
  const number = Number(text);
  if (text.trim() === '' || !isNumberOf(kind, number))
    throw new InvalidArgumentError(`It must be ${numberOf(kind)}.`);
  return number;
}

/** What a script gives for a variable that it has not set is no name of anything. */
function toText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

/** What `extract`, `scan` and `init` are told of the project alike. */
function addProjectOptions(
  command: Command,
  name: 'extract' | 'scan' | 'init',
  paths = '<path...>',
): Command {
  command
    .argument(paths, 'notebooks, or folders searched recursively')
    .option(
      '--root <dir>',
      'project root (default: nearest folder up with pyproject.toml, setup.py, setup.cfg or .git)',
    );
  return addConfigured(command, name);
}

addProjectOptions(program.command('extract'), 'extract')
  .description('move what can stand on its own into modules, and rewrite the notebooks to import it')
  .option('-i, --interactive', 'ask about each definition that would move: yes, no, or another module')
  .option('--dry-run', 'print the unified diff, write nothing', false)
  .option('--check', 'write nothing; exit 1 if extract would change anything', false)
  .option('--json', 'print one JSON report', false)
  .option('--no-python', 'with --init: ask no interpreter for versions')
  .option('--init', 'also write what the project lacks, as `nb2mod init` does; see there')
  .option('--poetry', '--init, with a pyproject.toml for Poetry')
  .action(async (paths: string[], given: ExtractOptions & { timeout?: number }) => {
    const { extract } = await import('./extract.ts');
    const { findSite } = await import('./project.ts');
    const terminal = await openTerminal();
    const site = findSite(paths, given, 'extract');
    const {
      verify,
      python,
      timeout = 600,
    } = { ...('configuration' in site && site.configuration), ...given };
    if (verify !== true) {
      process.exitCode = await extract(paths, { ...given, verify: false, kernel: {} }, terminal);
      return;
    }
    const { heedInterrupts, tellProgress } = await import('./verification.ts');
    const onProgress: KernelOptions['onProgress'] = (at) => terminal.progress(tellProgress(at));
    process.exitCode = await heedInterrupts(async (signal) => {
      const kernel = { timeout, signal, onProgress, ...(typeof python === 'string' && { python }) };
      const status = await extract(paths, { ...given, verify, kernel }, terminal);
      return signal.aborted ? 130 : status;
    });
  });

addProjectOptions(program.command('scan'), 'scan')
  .description('say what notebooks hold, what can move, and why the rest stays; changes nothing')
  .option('--json', 'print one JSON report', false)
  .option(
    '--html <file>',
    'also write one HTML page with charts, tables, diffs and the graph of imports',
    toText,
  )
  .action(async (paths: string[], options: ScanOptions) => {
    if (options.html?.toLowerCase().endsWith('.ipynb'))
      program.error("error: option '--html' wants a file for the page, not a notebook");
    const { scan } = await import('./scan.ts');
    process.exitCode = await scan(paths, options, await openTerminal());
  });

addProjectOptions(program.command('init'), 'init', '[path...]')
  .description(
    'write what a Python project lacks: pyproject.toml, tests, git and pre-commit files; changes none',
  )
  .option('--poetry', 'a pyproject.toml for Poetry')
  .option('--no-python', 'ask no interpreter: names of distributions from the kept table, no versions')
  .option('--dry-run', 'print the unified diff, write nothing', false)
  .option('--check', 'write nothing; exit 1 if something is lacking', false)
  .option('--json', 'print one JSON report', false)
  .action(async (paths: string[], options: InitOptions) => {
    const { init } = await import('./init.ts');
    process.exitCode = await init(paths.length > 0 ? paths : ['.'], options, await openTerminal());
  });

program
  .command('undo')
  .description('bring back what the last run changed; again, what the run before it changed')
  .option('--root <dir>', 'project root (default: nearest folder up in which nb2mod ran)')
  .option('--force', 'also files that were edited since; they are kept aside in .nb2mod/runs', false)
  .action(async (options: { root?: string; force: boolean }) => {
    const { undo } = await import('./undo.ts');
    process.exitCode = await undo(options, await openTerminal());
  });

addConfigured(
  program
    .command('verify')
    .description('run a notebook and tell whether it runs clean; with two, whether both show the same')
    .argument('<notebook>', 'the notebook, or how it was before')
    .argument('[after]', 'how it is now'),
  'verify',
)
  .option(
    '--root <dir>',
    "folder that is copied, to run in (default: the notebook's project, of two the second's, as for extract)",
  )
  .action(async (notebook: string, after: string | undefined, given: Partial<VerifyOptions>) => {
    const { verify } = await import('./verify.ts');
    const { heedInterrupts, tellProgress } = await import('./verification.ts');
    const terminal = await openTerminal();
    const paths = after === undefined ? ([notebook] as const) : ([notebook, after] as const);
    const onProgress: KernelOptions['onProgress'] = (at) => terminal.progress(tellProgress(at));
    process.exitCode = await heedInterrupts(async (signal) => {
      const status = await verify(paths, { ...given, signal, onProgress }, terminal);
      return signal.aborted ? 130 : status;
    });
  });

/** The arguments after the name of a command that reads them itself. */
function argumentsAfter(name: string): string[] {
  return process.argv.slice(process.argv.indexOf(name) + 1);
}

// `cli.ts` calls these two without commander. Here they are for their help, and for global options before the name.
const strip = program
  .command('strip')
  .description('take outputs, execution counts and transient metadata out, in place')
  .argument('[file...]', 'notebooks; none or - for standard input to standard output')
  .action(async () => {
    const command = await import('./strip.ts');
    process.exitCode = await command.strip(argumentsAfter('strip'));
  });
for (const entry of stripOptions) strip.addOption(toOption(entry));

const filter = program
  .command('filter')
  .description('what git calls: strip on the way in; `process` speaks its long-running protocol')
  .argument('<clean|smudge|process|textconv>', 'what git asks for; `pre-commit` checks what is staged')
  .argument('[file]', 'the path that git names')
  .action(async () => {
    const args = argumentsAfter('filter');
    if (args[0] === 'pre-commit') {
      const { checkStaged } = await import('./staged.ts');
      process.exitCode = await checkStaged();
    } else {
      const command = await import('./filter.ts');
      process.exitCode = await command.filter(args);
    }
  });
for (const entry of stripOptions) if (entry.isOfCall !== true) filter.addOption(toOption(entry));

const installation = [
  ['install', 'let git strip notebooks: sets its filter up and proves it by a round trip'],
  ['uninstall', 'take the filter out again'],
  ['status', 'say whether the filter is installed and works; exit 1 if not'],
] as const;
for (const [name, description] of installation) {
  const command = program
    .command(name)
    .description(description)
    .addOption(new Option('--global', 'for all repositories of yours').conflicts('system'))
    .option('--system', 'for all users of this system');
  addConfigured(command, 'install', ...(name === 'status' ? ['pre-commit'] : []));
  if (name === 'status') command.option('--json', 'print one JSON report');
  if (name === 'install') command.argument('[option...]', 'after --: options of strip for the filter');
  command.action(async (...given: unknown[]) => {
    const extra = name === 'install' ? (given[0] as string[]) : [];
    const options = given[name === 'install' ? 1 : 0] as InstallOptions;
    const module = await import('./install.ts');
    const terminal = await openTerminal();
    process.exitCode =
      name === 'install'
        ? await module.install(extra, options, terminal)
        : name === 'uninstall'
          ? module.uninstall(options, terminal)
          : await module.status(options, terminal);
  });
}

const config = program
  .command('config')
  .description('print the settings that hold, and where each comes from')
  .argument('[path]', 'for this notebook or folder (default: the working folder)')
  .option('--root <dir>', 'project root (default: as for extract)')
  .option('--json', 'print one JSON report', false)
  .option('--schema', 'print the JSON schema of pyproject.toml instead, for editors', false)
  .action(async (path: string | undefined, given: ConfigOptions & Record<string, unknown>) => {
    const { config: show } = await import('./config.ts');
    const told = Object.keys(given).filter((name) => config.getOptionValueSource(name) === 'cli');
    const written = Object.fromEntries(told.map((name) => [name, given[name]]));
    process.exitCode = await show(path, written, given, await openTerminal());
  });
for (const option of options) if (option.argument !== undefined) config.addOption(fromTable(option));

program
  .command('explain')
  .description('say what a code means, with an example and the way out')
  .argument('[code]', 'such as NB402; none: all codes')
  .option('--json', 'as JSON', false)
  .action(async (code: string | undefined, given: { json: boolean }) => {
    const { explain } = await import('./explain.ts');
    process.exitCode = explain(code, given, await openTerminal());
  });

program
  .command('completion')
  .description('print a script by which a shell completes commands, options and notebooks')
  .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish'] satisfies Shell[]))
  .action(async (shell: Shell) => {
    const { formatCompletion } = await import('./completion.ts');
    const { codes } = await import('../text/codes.ts');
    (await openTerminal()).out(formatCompletion(shell, shapeOfProgram(Object.keys(codes))));
  });

/** What there is to be completed; `codes` are those that can be explained. */
export function shapeOfProgram(codes: readonly string[]): ProgramShape {
  const names = program.commands.map((command) => command.name());
  const help: CommandShape = {
    name: 'help',
    help: 'display help for command',
    options: [],
    arguments: [names],
  };
  const commands = program.commands.map((command): CommandShape => ({
    name: command.name(),
    help: command.description(),
    options: [
      ...command.options.map((option) => shapeOfOption(option, codes)),
      { names: ['-h', '--help'], help: 'display help' },
    ],
    arguments: command.registeredArguments.map((argument) =>
      shapeOfArgument(argument.name(), argument.argChoices, codes),
    ),
  }));
  const options = [
    ...program.options.map((option) => shapeOfOption(option, codes)),
    { names: ['-h', '--help'], help: 'display help' },
  ];
  return { options, commands: [...commands, help] };
}

function shapeOfOption(
  { short, long, required, flags, argChoices, description }: Option,
  codes: readonly string[],
): OptionShape {
  const names = [short, long].filter((name) => name !== undefined);
  if (!required) return { names, help: description };
  const word = /<([^>.]+)/.exec(flags)![1]!;
  const takes =
    argChoices ??
    (word === 'code'
      ? codes
      : word === 'dir'
        ? 'folder'
        : /^(file|path|pattern)$/.test(word)
          ? 'file'
          : 'unknown');
  return { names, takes, help: description };
}

function shapeOfArgument(
  name: string,
  choices: readonly string[] | undefined,
  codes: readonly string[],
): Completed {
  if (choices !== undefined) return choices;
  if (name.includes('|')) return name.split('|');
  if (name === 'code') return codes;
  return name === 'option' ? 'unknown' : 'notebook';
}

const groups: Readonly<Record<string, readonly string[]>> = {
  'From notebooks to a package:': ['scan', 'extract', 'undo', 'verify', 'init'],
  'Notebooks without outputs:': ['strip', 'install', 'status', 'uninstall', 'filter'],
};
for (const [group, names] of Object.entries(groups)) {
  for (const command of program.commands) if (names.includes(command.name())) command.helpGroup(group);
}
for (const command of [program, ...program.commands]) {
  command.addHelpText('after', formatExamples(command === program ? '' : command.name()));
}

/** `nb2mod --explain NB402` is `nb2mod explain NB402`. */
function withCommands(args: readonly string[]): string[] {
  const at = args.findIndex((arg) => /^--explain(=|$)/.test(arg));
  if (
    at === -1 ||
    args.slice(2, at).some((arg) => program.commands.some((command) => command.name() === arg))
  )
    return [...args];
  const [, code] = args[at]!.split('=', 2);
  return [...args.slice(0, at), 'explain', ...(code === undefined ? [] : [code]), ...args.slice(at + 1)];
}

/** Runs the command that `process.argv` names and sets the exit code: 2 for bad usage. */
export async function run(): Promise<void> {
  try {
    await program.parseAsync(withCommands(process.argv));
  } catch (error) {
    if (!(error instanceof Error && 'exitCode' in error)) throw error;
    // commander exits with 1 for bad usage; the contract says 2.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    const [word = ''] = program.args;
    if ('code' in error && error.code === 'commander.missingArgument' && /^(scan|extract)$/.test(word)) {
      process.stderr.write(`  hint: name notebooks, or folders to search, such as: nb2mod ${word} .\n`);
    }
    const isPath = word.endsWith('.ipynb') || existsSync(word);
    if ('code' in error && error.code === 'commander.unknownCommand' && isPath) {
      process.stderr.write(`  hint: a command comes first, such as: nb2mod extract ${printable(word)}\n`);
    }
  }
}
