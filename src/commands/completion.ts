/** `nb2mod completion`: turns the commands and options that there are into a script by which a shell completes them. */

/** What can follow: certain words, files, folders, notebooks and folders, or what nobody can guess. */
export type Completed = readonly string[] | 'file' | 'folder' | 'notebook' | 'unknown';

export interface OptionShape {
  /** With the dashes. */
  readonly names: readonly string[];
  /** Undefined for a flag. */
  readonly takes?: Completed;
  readonly help: string;
}

export interface CommandShape {
  readonly name: string;
  readonly help: string;
  readonly options: readonly OptionShape[];
  /** Of the positional arguments in their order; the last one goes on. */
  readonly arguments: readonly Completed[];
}

export interface ProgramShape {
  readonly options: readonly OptionShape[];
  readonly commands: readonly CommandShape[];
}

export type Shell = 'bash' | 'zsh' | 'fish';

/** The script for a shell to source. */
export function formatCompletion(shell: Shell, program: ProgramShape): string {
  const write = { bash: writeBash, zsh: writeZsh, fish: writeFish }[shell];
  return `${write(program).join('\n')}\n`;
}

/** In single quotes, as the shells read them; fish wants its own escape. */
function quote(text: string, apostrophe = `'\\''`): string {
  return `'${text.replaceAll("'", apostrophe)}'`;
}

function isWords(completed: Completed): completed is readonly string[] {
  return typeof completed !== 'string';
}

// ---- bash: one function that sets COMPREPLY; made for bash 3.2 and newer, with or without bash-completion ----

function writeBash({ options, commands }: ProgramShape): string[] {
  const valued = (known: readonly OptionShape[]): string =>
    known
      .filter(({ takes }) => takes !== undefined)
      .flatMap(({ names }) => names)
      .join('|');
  const reply = (completed: Completed): string =>
    isWords(completed)
      ? `_nb2mod_words ${quote(completed.join(' '))}`
      : {
          file: '_nb2mod_files -f',
          folder: '_nb2mod_files -d',
          notebook: "_nb2mod_files -f -X '!*.ipynb'",
          unknown: ':',
        }[completed];
  const values = (known: readonly OptionShape[], indent: string): string[] =>
    known.flatMap(({ names, takes }) =>
      takes === undefined ? [] : [`${indent}${names.join('|')}) ${reply(takes)}; return ;;`],
    );
  const global = options.flatMap(({ names }) => names);
  const cases = commands.flatMap((command) => [
    `    ${command.name})`,
    '      case $previous in',
    ...values(command.options, '        '),
    '      esac',
    `      if [[ $word == -* ]]; then _nb2mod_words ${quote([...command.options, ...options].flatMap(({ names }) => names).join(' '))}`,
    ...command.arguments.slice(0, -1).map((each, i) => `      elif ((place == ${i})); then ${reply(each)}`),
    ...command.arguments.slice(-1).map((each) => `      else ${reply(each)}`),
    '      fi ;;',
  ]);
  return [
    '# Completion of nb2mod for bash. In ~/.bashrc: eval "$(nb2mod completion bash)"',
    '_nb2mod_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }',
    '_nb2mod_files() {',
    "  local IFS=$'\\n'",
    '  compopt -o filenames 2>/dev/null',
    '  COMPREPLY=($(compgen "$@" -- "$word"))',
    '  if [[ $1 == -f && $# -gt 1 ]]; then COMPREPLY+=($(compgen -d -- "$word")); fi',
    '}',
    '_nb2mod() {',
    '  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= place=0 i',
    '  # Bash takes `--layout=flat` for three words.',
    '  if [[ $word == = ]]; then word=',
    '  elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}',
    '  fi',
    '  COMPREPLY=()',
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    '    case ${COMP_WORDS[i]} in',
    `      ${[
      ...new Set(
        [options, ...commands.map((command) => command.options)]
          .map(valued)
          .filter((each) => each !== '')
          .flatMap((each) => each.split('|')),
      ),
    ].join('|')})`,
    '        if [[ ${COMP_WORDS[i+1]} == = ]]; then ((i += 2)); else ((i++)); fi ;;',
    '      -*|=) ;;',
    '      *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else ((place++)); fi ;;',
    '    esac',
    '  done',
    '  case $previous in',
    ...values(options, '    '),
    '  esac',
    '  case $command in',
    `    '') _nb2mod_words ${quote([...commands.map(({ name }) => name), ...global].join(' '))} ;;`,
    ...cases,
    '  esac',
    '}',
    'complete -F _nb2mod nb2mod',
  ];
}

// ---- zsh: _arguments for the program, and again for each command ----

function writeZsh({ options, commands }: ProgramShape): string[] {
  const escape = (text: string): string => text.replace(/[\\[\]:]/g, '\\$&');
  const action = (completed: Completed): string =>
    isWords(completed)
      ? `(${completed.join(' ')})`
      : { file: '_files', folder: '_files -/', notebook: '_files -g "*.ipynb"', unknown: ' ' }[completed];
  const specs = (known: readonly OptionShape[]): string[] =>
    known.flatMap(({ names, takes, help }) =>
      names.map((name) => {
        const sign = takes === undefined ? '' : name.startsWith('--') ? '=' : '+';
        const value = takes === undefined ? '' : `:value:${action(takes)}`;
        return quote(`*${name}${sign}[${escape(help)}]${value}`);
      }),
    );
  const positional = (completed: readonly Completed[]): string[] =>
    completed.map((each, i) => {
      const place = i === completed.length - 1 ? '*' : String(i + 1);
      return quote(`${place}:argument:${action(each)}`);
    });
  const call = (parts: readonly string[], indent: string): string =>
    parts.map((part) => `${indent}  ${part}`).join(' \\\n');
  return [
    '#compdef nb2mod',
    '# Completion of nb2mod for zsh: nb2mod completion zsh > "${fpath[1]}/_nb2mod"',
    '_nb2mod() {',
    '  local curcontext="$curcontext" state line',
    '  local -a commands',
    '  commands=(',
    ...commands.map(({ name, help }) => `    ${quote(`${name}:${escape(help)}`)}`),
    '  )',
    '  _arguments -C \\',
    call([...specs(options), "'1: :->command'", "'*:: :->arguments'"], '  '),
    '  case $state in',
    "    command) _describe -t commands 'command of nb2mod' commands ;;",
    '    arguments)',
    '      case $words[1] in',
    ...commands.flatMap((command) => [
      `        ${command.name})`,
      '          _arguments -s \\',
      `${call([...specs([...command.options, ...options]), ...positional(command.arguments)], '          ')} ;;`,
    ]),
    '      esac ;;',
    '  esac',
    '}',
    'if [[ $funcstack[1] == _nb2mod ]]; then _nb2mod "$@"; else compdef _nb2mod nb2mod; fi',
  ];
}

// ---- fish: one `complete` for each word ----

function writeFish({ options, commands }: ProgramShape): string[] {
  const fishQuote = (text: string): string => quote(text.replaceAll('\\', '\\\\'), "\\'");
  const value = (completed: Completed | undefined): string => {
    if (completed === undefined) return '';
    if (isWords(completed)) return ` -x -a ${fishQuote(completed.join(' '))}`;
    if (completed === 'unknown') return ' -x';
    return completed === 'folder' ? " -x -a '(__fish_complete_directories)'" : ' -r -F';
  };
  const lines = (known: readonly OptionShape[], condition: string): string[] =>
    known.map(({ names, takes, help }) => {
      const flags = names.map((name) =>
        name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`,
      );
      return `complete -c nb2mod${condition}${flags.join('')}${value(takes)} -d ${fishQuote(help)}`;
    });
  const words = (completed: Completed): string | undefined => {
    if (isWords(completed)) return ` -a ${fishQuote(completed.join(' '))}`;
    // Folders and notebooks of all files that fish lists there.
    const isMeant = '"(/|[.]ipynb)(\\t|\\z)"';
    if (completed === 'notebook') {
      return ` -k -a '(__fish_complete_suffix .ipynb | string match --entire -r ${isMeant})'`;
    }
    return completed === 'file' ? ' -F' : undefined;
  };
  return [
    '# Completion of nb2mod for fish: nb2mod completion fish > ~/.config/fish/completions/nb2mod.fish',
    'function __nb2mod_wants_command',
    `    not __fish_seen_subcommand_from ${commands.map(({ name }) => name).join(' ')}`,
    'end',
    'complete -c nb2mod -f',
    ...lines(options, ''),
    ...commands.flatMap((command) => {
      const condition = ` -n '__fish_seen_subcommand_from ${command.name}'`;
      const told = command.arguments
        .slice(0, 1)
        .map(words)
        .filter((each) => each !== undefined);
      return [
        `complete -c nb2mod -n __nb2mod_wants_command -a ${command.name} -d ${fishQuote(command.help)}`,
        ...lines(command.options, condition),
        ...told.map((each) => `complete -c nb2mod${condition}${each}`),
      ];
    }),
  ];
}
