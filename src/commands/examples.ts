/** The examples that the help of each command ends with. */

/** A command line, and what it does. */
export type Example = readonly [line: string, meaning: string];

/** By command; `nb2mod` itself stands under the empty name. */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  '': [
    ['nb2mod scan notebooks', 'what is there, what can move, why the rest stays'],
    ['nb2mod extract notebooks --dry-run', 'what extract would change, as a diff'],
    ['nb2mod extract notebooks', 'change it; nb2mod undo takes it back'],
    ['nb2mod install', 'let git take outputs out of notebooks'],
    ['nb2mod explain NB402', 'what a code means, and the way out'],
  ],
  extract: [
    ['nb2mod extract churn.ipynb', 'one notebook; its definitions go to src/<package>/churn.py'],
    ['nb2mod extract notebooks --dry-run', 'every notebook of a folder; shows the diff, writes nothing'],
    ['nb2mod extract notebooks -i', 'ask about each definition: yes, no, or another module'],
    ['nb2mod extract notebooks --layout topic', 'to data, features, models, visualization and utils'],
    ['nb2mod extract churn.ipynb --verify', 'write only what leaves the outputs as they were'],
    ['nb2mod extract notebooks --check', 'for CI: exit code 1 if something could move'],
    ['nb2mod extract . --exclude "drafts/" --json', 'a report for scripts'],
  ],
  scan: [
    ['nb2mod scan churn.ipynb', 'its definitions, and why each that stays does'],
    ['nb2mod scan notebooks --html page.html', 'a page to look at: clones, charts, the graph of imports'],
    ['nb2mod scan . --json > report.json', 'for scripts'],
  ],
  init: [
    ['nb2mod init', 'write what this folder lacks to be an installable project'],
    ['nb2mod init --poetry --dry-run', 'show what that would be, for Poetry'],
  ],
  strip: [
    ['nb2mod strip churn.ipynb', 'in place'],
    ['nb2mod strip < churn.ipynb > clean.ipynb', 'from standard input to standard output'],
    ['nb2mod strip --check *.ipynb', 'for CI: list what holds results, exit code 1 if any does'],
    ['nb2mod strip --keep-output-type error churn.ipynb', 'keep tracebacks'],
    ['nb2mod strip --max-size 10k churn.ipynb', 'keep outputs up to 10 kB'],
  ],
  filter: [
    ['nb2mod filter clean < churn.ipynb', 'what git stores for the notebook'],
    ['nb2mod filter pre-commit', 'what our git hook calls: refuses staged notebooks with results'],
  ],
  undo: [
    ['nb2mod undo', 'bring back what the last run changed'],
    ['nb2mod undo --force', 'also files that were edited since'],
  ],
  verify: [
    ['nb2mod verify churn.ipynb', 'does it run clean?'],
    ['nb2mod verify old.ipynb churn.ipynb', 'does each cell of both show the same?'],
    [
      'nb2mod verify churn.ipynb --python .venv/bin/python --timeout 60',
      'in this environment, a minute per cell',
    ],
  ],
  install: [
    ['nb2mod install', 'for this repository'],
    ['nb2mod install --attributes .gitattributes', 'with an attributes file that the team shares'],
    ['nb2mod install --global', 'for all your repositories'],
    ['nb2mod install -- --keep-count', 'the filter keeps execution counts'],
    ['nb2mod install --pre-commit', 'refuse commits of notebooks with results instead'],
  ],
  uninstall: [['nb2mod uninstall', 'take the filter out of this repository']],
  status: [['nb2mod status --json', 'for scripts: is the filter installed, does it work?']],
  config: [
    ['nb2mod config', 'the settings of the project, and where each comes from'],
    ['nb2mod config notebooks/churn.ipynb', 'for one notebook, with the overrides that fit it'],
    ['nb2mod config --schema > nb2mod.schema.json', 'what editors complete and check pyproject.toml by'],
  ],
  explain: [
    ['nb2mod explain NB402', 'why a definition with this code stays, and the way out'],
    ['nb2mod explain', 'all codes'],
  ],
  completion: [
    [
      'nb2mod completion bash > ~/.local/share/bash-completion/completions/nb2mod',
      'where bash-completion is installed; else, in ~/.bashrc: eval "$(nb2mod completion bash)"',
    ],
    ['nb2mod completion zsh > "${fpath[1]}/_nb2mod"', 'then start zsh anew'],
    ['nb2mod completion fish > ~/.config/fish/completions/nb2mod.fish', 'for fish'],
  ],
};

/** What `--help` prints below the options of a command; empty where there are no examples. */
export function formatExamples(name: string): string {
  const lines = examples[name] ?? [];
  const widest = Math.max(...lines.map(([line]) => line.length));
  const isNarrow = widest > 46;
  const shown = lines.map(([line, meaning]) =>
    isNarrow ? `  ${line}\n      ${meaning}` : `  ${line.padEnd(widest)}  ${meaning}`,
  );
  return lines.length === 0 ? '' : `\nExamples:\n${shown.join('\n')}`;
}
