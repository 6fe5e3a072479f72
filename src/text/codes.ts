/**
 * The catalogue of codes: every diagnostic that nb2mod can print, with what it means, an example, and the way out.
 * NB1xx notebook file, NB2xx Python, NB3xx names, NB4xx reasons to keep, NB5xx files, git and environment.
 */
export interface CodeEntry {
  /** One line: what the code says. */
  readonly title: string;
  /** Why it matters, in a sentence or two. */
  readonly why: string;
  /** The smallest input that brings it about. */
  readonly example: string;
  /** What the user can do. */
  readonly remedy: string;
}

export const codes = {
  NB101: {
    title: 'the file is not valid JSON',
    why: 'A notebook is a JSON document. nb2mod changes only notebooks that it can read wholly.',
    example: '{"cells": [,]}',
    remedy: 'Open the file at the line named and mend it, or restore it from version control.',
  },
  NB102: {
    title: 'the file holds merge-conflict markers',
    why: 'A merge stopped half-way and left both sides in the file, so it is no longer JSON.',
    example: '<<<<<<< HEAD',
    remedy:
      'Resolve the conflict first (`git mergetool`, nbdime), or take one side with `git checkout --ours`.',
  },
  NB103: {
    title: 'the file ends in the middle of the JSON',
    why: 'A download, a copy or a save was cut short. Nothing that is missing can be guessed.',
    example: '{"cells": [',
    remedy: 'Restore the file from version control, or fetch or save it again.',
  },
  NB104: {
    title: 'the file is not UTF-8',
    why: 'Notebooks are UTF-8. Bytes in another encoding cannot be written back unharmed.',
    example: '"caf\\xe9"',
    remedy: 'Convert the file, for example with `iconv -f latin1 -t utf-8`.',
  },
  NB105: {
    title: 'the file is empty',
    why: 'An empty file is no notebook. Some tools create one before they write the content.',
    example: 'touch new.ipynb',
    remedy: 'Save the notebook in Jupyter, or delete the file.',
  },
  NB106: {
    title: 'the file is a git-lfs pointer',
    why: 'The notebook itself was not fetched; only the pointer to it is here.',
    example: 'version https://git-lfs.github.com/spec/v1',
    remedy: 'Run `git lfs pull` to fetch the notebook.',
  },
  NB107: {
    title: 'the JSON is not a notebook',
    why: 'A notebook is a JSON object with a list of cells. nb2mod does not touch other documents.',
    example: '{"rows": []}',
    remedy: 'Name only notebooks; give `--mode zeppelin` for a Zeppelin notebook on standard input.',
  },
  NB108: {
    title: 'a cell says both to keep and not to keep its output',
    why: 'Its metadata has `keep_output: false` and its tags hold `keep_output`; taking out the wrong one loses data.',
    example: '"metadata": {"keep_output": false, "tags": ["keep_output"]}',
    remedy: 'Take the tag or the metadata key out of the cell.',
  },
  NB501: {
    title: 'the file was changed by another program meanwhile',
    why: 'Between reading and writing, an editor or Jupyter saved the file. Writing would lose that edit.',
    example: 'Jupyter autosaves churn.ipynb while `nb2mod extract churn.ipynb` is at work',
    remedy: 'Save the notebook in your editor, then run nb2mod again.',
  },
  NB502: {
    title: 'the file cannot be written',
    why: 'The operating system refused: rights, space, a read-only file. All files are as before.',
    example: 'chmod a-w churn.ipynb && nb2mod extract churn.ipynb',
    remedy: 'Make the file and its folder writable, or free some space, then run nb2mod again.',
  },
  NB503: {
    title: 'another nb2mod run is changing this project',
    why: 'Two runs at once could each write half of what belongs together.',
    example: 'two `nb2mod extract` in one project at the same moment',
    remedy:
      'Wait until the other run is done. A lock left by a process that is dead is taken over by itself.',
  },
  NB504: {
    title: 'the file was edited since the last run',
    why: 'Undoing would lose what was done to the file since, such as outputs that Jupyter saved.',
    example: 'nb2mod extract churn.ipynb; run and save it in Jupyter; nb2mod undo',
    remedy: '`nb2mod undo --force` brings it back all the same and keeps the edited file in .nb2mod/runs/.',
  },
  NB505: {
    title: 'there is no run to undo',
    why: 'nb2mod remembers the last runs of each project; here it remembers none.',
    example: 'nb2mod undo in a project where nothing was extracted',
    remedy: 'Run it inside the project that was changed, or name it with --root.',
  },
  NB506: {
    title: 'an earlier run was killed and is put right',
    why: 'The run had begun to replace files. They are as before it.',
    example: 'kill -9 a running `nb2mod extract`, then run any nb2mod command',
    remedy: 'Nothing needs to be done.',
  },
  NB507: {
    title: 'a killed run cannot be put right, for a file was edited since',
    why: 'The file is neither as the run found it nor as it left it; only you know which to keep.',
    example: 'kill -9 a running `nb2mod extract`, edit the module it wrote, run nb2mod again',
    remedy:
      '`nb2mod undo --force` brings all files back and keeps your edits aside; ' +
      "deleting the run's folder leaves them as they are.",
  },
  NB508: {
    title: 'what was saved for undo is damaged',
    why: 'The saved originals under .nb2mod/runs/ are missing or differ from what the journal says.',
    example: 'truncate -s 0 .nb2mod/runs/000001/0.before; nb2mod undo',
    remedy: "Restore your files from version control, then delete the run's folder.",
  },
  NB509: {
    title: 'two paths name one file',
    why: 'Through a symbolic link the same file would be written twice, differently.',
    example: 'ln -s churn.ipynb latest.ipynb; nb2mod extract churn.ipynb latest.ipynb',
    remedy: 'Name only one of the two.',
  },
  NB510: {
    title: 'the file cannot be read',
    why: 'It does not exist, is a folder or a device, or you have no right to read it.',
    example: 'nb2mod extract no-such.ipynb',
    remedy: 'Check the path and its permissions.',
  },
  NB511: {
    title: 'the file is too large',
    why: 'Files over 256 MB are not read.',
    example: 'a notebook with a gigabyte of outputs',
    remedy: "Clear the notebook's outputs in Jupyter, save it, then run nb2mod again.",
  },
  NB512: {
    title: 'there is no notebook in the folder',
    why: 'Folders are searched for *.ipynb; hidden folders, node_modules, venv and site-packages are not.',
    example: 'nb2mod extract docs/',
    remedy: 'Name another folder, or the files one by one.',
  },
  NB520: {
    title: 'pyproject.toml is not valid TOML',
    why: 'The options under [tool.nb2mod] cannot be read, and guessing them could write to the wrong place.',
    example: '[tool.nb2mod\npackage = "churn"',
    remedy: 'Mend the file at the line named.',
  },
  NB521: {
    title: 'unknown option under [tool.nb2mod]',
    why: 'A misspelt option would be passed over in silence.',
    example: '[tool.nb2mod]\npakage = "churn"',
    remedy: 'Use the name that the message suggests.',
  },
  NB522: {
    title: 'an option under [tool.nb2mod] has a value of the wrong kind',
    why: 'Text is wanted where a number stands, or the value is not one of those that the option takes.',
    example: '[tool.nb2mod]\nlayout = "deep"',
    remedy: 'Give the option a value of the kind that the message names.',
  },
  NB523: {
    title: 'the package name cannot be used',
    why: 'A package must have a name that Python can import, and must not hide a module of the standard library.',
    example: 'nb2mod extract churn.ipynb --package my-package',
    remedy: 'Use the name that the message suggests.',
  },
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;
