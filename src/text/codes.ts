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
  NB201: {
    title: 'a cell does not parse',
    why: 'A cell that is not Python 3 can hide anything. It stays as it is, and so do the definitions in it. What it may bind counts as rebound.',
    example: 'def f(:\n    pass',
    remedy: 'Mend the cell, or leave it: the rest of the notebook goes on.',
  },
  NB202: {
    title: 'the notebook is not in Python 3',
    why: 'Only Python 3 can be moved to modules. Outputs are stripped all the same.',
    example: 'print "hello"',
    remedy: 'Convert the notebook to Python 3 first.',
  },
  NB203: {
    title: 'the notebook has an old format',
    why: 'Notebooks of nbformat 2 and 3 are arranged in worksheets. They are stripped, but not rewritten.',
    example: '{"nbformat": 3, "worksheets": []}',
    remedy: 'Convert the notebook by `jupyter nbconvert --to notebook --inplace`.',
  },
  NB204: {
    title: 'a module of the package is not Python in UTF-8',
    why: 'What a broken module defines is unknown, so nothing is added beside it. One in another encoding could not be written back unharmed.',
    example: 'def load(:',
    remedy: 'Mend the module, save it as UTF-8, or choose another package.',
  },
  NB205: {
    title: 'a notebook takes too long or too much memory',
    why: 'One notebook among many must not hold up the others, so nothing is moved out of it.',
    example: 'x = [[[[…  # a cell of many megabytes',
    remedy:
      'Move data out of the cell to a file, give more time with --limit, or leave the notebook out with --exclude.',
  },
  NB206: {
    title: 'a notebook meets a fault of nb2mod',
    why: 'nb2mod has a defect that this notebook brings to light. The others go on without it.',
    example: 'TypeError: Cannot read properties of undefined',
    remedy: 'Leave the notebook out with --exclude, and report what is printed with NB2MOD_DEBUG=1.',
  },
  NB401: {
    title: 'it reads a notebook variable',
    why: 'A module does not see the variables of a notebook: what the definition reads would not be there.',
    example: 'df = load()\ndef plot():\n    return df.plot()',
    remedy: 'Pass the value as an argument.',
  },
  NB402: {
    title: 'it reads a name that is rebound',
    why: 'The definition sees whichever value the name has when it is called. In a module the name has only one.',
    example: 'scale = 1\ndef size(x):\n    return x * scale\nscale = 2',
    remedy: 'Pass the value as an argument, or give the later value another name.',
  },
  NB403: {
    title: 'its own name is bound again',
    why: 'Which value the name has depends on how far the notebook has run.',
    example: '# nb2mod: module=settings\nLIMIT = 1\nLIMIT = 2',
    remedy: 'Use another name for the second value.',
  },
  NB404: {
    title: 'it needs a definition that stays',
    why: 'A module must not need what only the notebook has.',
    example: 'def helper():\n    return df\ndef total():\n    return helper()',
    remedy: 'Mend the reason why the other definition stays.',
  },
  NB405: {
    title: 'defining it has an effect',
    why: 'What happens when a definition is made would happen when the module is imported: earlier, once, or not at all.',
    example: 'import time\nclass Timer:\n    started = time.time()',
    remedy: 'Move the effect out of the definition.',
  },
  NB406: {
    title: 'it holds IPython syntax',
    why: 'A module is plain Python: it has no magics, shell lines or help.',
    example: 'def count():\n    files = !ls\n    return len(files)',
    remedy: 'Replace it by Python.',
  },
  NB407: {
    title: 'it changes a global',
    why: 'The module and the notebook would each have a variable of that name, and one would no longer change.',
    example: 'def bump():\n    global count\n    count += 1',
    remedy: 'Return the new value, or keep it in an object that is passed in.',
  },
  NB408: {
    title: 'it looks at the namespace it stands in',
    why: '`globals()`, `eval`, `__name__` and frames see the module that the code stands in, which would be another. So would be what a notebook finds that goes through its own module, reads the text of its cells (`In[1]`, `%history`), filters warnings by the module `__main__`, or compares `__module__` with it. Formulas, queries and expressions that are not written out (`ols(formula, data)`, `df.query(text)`) see the module in which they are called, too.',
    example: 'def names():\n    return list(globals())',
    remedy: 'Pass what it looks up as an argument.',
  },
  NB409: {
    title: 'it uses the shell of the notebook',
    why: '`get_ipython`, `In`, `Out` and `_` exist only inside IPython.',
    example: 'def last():\n    return Out[max(Out)]',
    remedy: 'Leave it in the notebook.',
  },
  NB410: {
    title: 'a directive keeps it',
    why: 'The user has decided. A cell tagged `parameters`, which papermill looks for, stays as well, and one tagged `skip-execution`, which may not be run. Of one tagged `raises-exception` only what can not be what raises moves. A function that does nothing but ask to be filled in (`# TODO`, `# YOUR CODE HERE`) is an exercise, and so is a class of such methods: it stays.',
    example: '# nb2mod: keep\ndef secret():\n    return 42',
    remedy: 'Remove the directive or the tag, define it in another cell, or fill the exercise in.',
  },
  NB411: {
    title: 'it reads a name that nothing defines',
    why: 'The notebook relies on something that it does not hold: state of an earlier session, or a cell that was deleted.',
    example: 'def plot():\n    return figure_size',
    remedy: 'Define or import the name in a cell.',
  },
  NB412: {
    title: 'a name may come from anywhere',
    why: 'After `from x import *` or `%run` any name may be bound, even one that is usually a builtin.',
    example: 'from signals import *\ndef wave(t):\n    return sin(t)',
    remedy: 'Import the names that you use by name.',
  },
  NB413: {
    title: 'a builtin is shadowed later',
    why: 'Before the shadowing the definition sees the builtin, afterwards what the notebook made.',
    example: 'def total(xs):\n    return sum(xs)\nsum = 3',
    remedy: 'Give the later value another name.',
  },
  NB414: {
    title: 'it needs a local module',
    why: "A file beside the notebook is found because the notebook runs there; the package can be imported from anywhere. What the package itself does not have can be imported from nowhere. Where a file beside the notebook has the package's name, the notebook would find that, and nothing moves.",
    example: 'import utils  # utils.py beside the notebook\ndef load():\n    return utils.read()',
    remedy: 'Move the file under the source root, or install it.',
  },
  NB415: {
    title: 'an import is not one thing',
    why: 'The name is imported under a condition, as different things in different cells, only after another import has enabled it, or in a cell tagged `raises-exception`.',
    example: 'from json import load\nfrom pickle import load\ndef read(f):\n    return load(f)',
    remedy: 'Import each thing once, under a name of its own.',
  },
  NB416: {
    title: 'its import can stand nowhere',
    why: 'Something has to run after the definition is used and before what it imports can be imported.',
    example: 'def load():\n    return pandas.DataFrame()\nloader = load\n%pip install pandas\nimport pandas',
    remedy: 'Move the installation to the top of the notebook.',
  },
  NB417: {
    title: 'the package has another of that name',
    why: 'A module of the package defines the name differently, has it by a star import, or reads the builtin of that name; or one that imports it by star does. Neither is overwritten. A definition stays, too, if its module would have to import itself, or a module that imports it.',
    example: 'def load(path):\n    return path  # the package has another load',
    remedy: 'Rename one of the two, or ask for another module.',
  },
  NB418: {
    title: 'Ruff objects',
    why: 'Ruff checks every module before it is written; a definition in which it finds what CPython would refuse, a name that nothing defines, an unused import or a redefinition stays.',
    example: 'class Model:\n    def fit(self):\n        return 1\n    def fit(self):\n        return 2',
    remedy: 'See the finding in the message.',
  },
  NB419: {
    title: 'what it reads when it is defined may have changed',
    why: 'In the module the two stand side by side: what happened between them would be lost. So would what the notebook sets in an imported module: its attributes, or options such as `np.set_printoptions` and `plt.rc`, once a definition before them has gone to a module. And what it calls as it is made, if nobody knows what that does, may need what a cell above has done: a download, a session, a seed.',
    example: 'names = []\nnames.append(1)\ndef f(n=len(names)):\n    return n',
    remedy: 'Read the value when the function is called.',
  },
  NB420: {
    title: 'it cannot be written in UTF-8',
    why: 'Half of a surrogate pair has no encoding.',
    example: 'def f():\n    return "\ufffd"  # half of a surrogate pair',
    remedy: 'Write the character as an escape.',
  },
  NB421: {
    title: 'its name is defined twice, differently',
    why: 'Which of the definitions the name means depends on how far the notebook has run. Two equal classes differ, too, where the first has been used before the second is made: its instances are none of the second.',
    example: 'def f():\n    return 1\ndef f():\n    return 2',
    remedy: 'Give one of them another name.',
  },
  NB422: {
    title: 'the notebook runs its tests in place',
    why: '`doctest.testmod()` and `unittest.main()` look for tests in the notebook; they would find none.',
    example: 'def f():\n    ">>> f()"\n    return 1\ndoctest.testmod()',
    remedy: 'Run the tests with pytest.',
  },
  NB423: {
    title: 'it reads a name before it is bound',
    why: 'What is read when a definition is made must be there by then. The notebook fails here when it is run from the top.',
    example: 'class Model(Base):\n    pass\nclass Base:\n    pass',
    remedy: 'Bind the name in an earlier cell.',
  },
  NB424: {
    title: "a directive asks for what can't be a module",
    why: 'A module is a dotted name below the package. A path could lead out of it; `__init__` and `__main__` are the package itself.',
    example: '# nb2mod: module=../secrets\ndef load(path):\n    return open(path).read()',
    remedy: 'Write a dotted name, such as `data.loading`.',
  },
  NB425: {
    title: 'a directive is not understood',
    why: 'What the user has decided about the definition is unknown, and it may be that it should stay.',
    example: '# nb2mod: keep, it is secret\ndef secret():\n    return 42',
    remedy: 'Write `# nb2mod: keep` or `# nb2mod: module=data.loading`, and nothing else on that line.',
  },
  NB426: {
    title: 'it is sent to other processes or machines',
    why: 'Ray, Spark and the like send what stands in a notebook by value, with all that it needs, and what stands in a module by its name: the workers would have to have the package. So does joblib (`n_jobs=4`): its processes would import the module and make anew what the notebook has changed since.',
    example: 'import ray\n@ray.remote\ndef square(x):\n    return x * x',
    remedy: 'Install the package wherever that runs, then move the definition by hand.',
  },
  NB430: {
    title: 'moving it changed the outputs',
    why: 'With `--verify` the notebook is run before and after. A definition whose move changes what a cell shows stays.',
    example: 'def where():\n    return __import__("inspect").stack()[0].filename\nwhere()',
    remedy: 'Compare by `nb2mod verify` what the cell shows before and after.',
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
    title: 'an earlier run was killed',
    why:
      'The run had begun to replace files. A command that writes begins with putting them as they were before it; one ' +
      'that only reads says so and takes them as they are.',
    example: 'kill -9 a running `nb2mod extract`, then run any nb2mod command',
    remedy: 'Nothing needs to be done where it is put right; else `nb2mod undo` does that.',
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
    title: 'what was saved for undo is damaged or came from elsewhere',
    why:
      'The saved originals under .nb2mod/runs/ are missing or differ from what the journal says; or it came with ' +
      'a copy or clone of the project and names other files than the visible ones of the project itself.',
    example: 'truncate -s 0 .nb2mod/runs/000001/0.before; nb2mod undo',
    remedy: "Restore your files from version control if need be, then delete the run's folder.",
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
    why: 'Files over 256 MB are not read, nor more than 500 MB of standard input: a text must fit into one string.',
    example: 'a notebook with a gigabyte of outputs',
    remedy: "Clear the notebook's outputs in Jupyter, save it, then run nb2mod again.",
  },
  NB512: {
    title: 'there is no notebook in the folder',
    why: 'Folders are searched for *.ipynb; hidden folders, node_modules, virtual environments and what .gitignore names are not.',
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
  NB524: {
    title: 'what has to lie in the project lies outside',
    why:
      'nb2mod writes only inside the project root, and not into what belongs to git or to itself. A folder there that is ' +
      'a symbolic link of yours is followed wherever it leads. A notebook is run in a copy of the project that holds it.',
    example: 'nb2mod extract churn.ipynb --source-root ../elsewhere',
    remedy: 'Name a folder inside the project, or with --root one that holds the notebook.',
  },
  NB530: {
    title: 'git cannot be asked',
    why: 'There is no git on the PATH, it cannot be run, or the folder is in no repository.',
    example: 'nb2mod install  # outside a repository',
    remedy: 'Run it inside a repository, or give --global.',
  },
  NB531: {
    title: "git's configuration cannot be changed",
    why: 'Git keeps the filter in its configuration; the file is locked, or you may not write it.',
    example: 'nb2mod install --system  # as an ordinary user',
    remedy: 'Check the permissions of the file that git names.',
  },
  NB532: {
    title: 'the filter is set up but does not do its work',
    why: 'A notebook was sent through git and came out other than it should.',
    example: 'a .gitattributes with `*.ipynb -filter`',
    remedy: 'Follow what the message quotes from git; `git check-attr filter -- a.ipynb` shows who decides.',
  },
  NB533: {
    title: 'a hook cannot be added without touching yours',
    why: 'nb2mod never overwrites a hook or a configuration that it does not understand.',
    example: 'nb2mod install --pre-commit  # with a hook of your own',
    remedy: 'Add the line that the hint names by hand.',
  },
  NB534: {
    title: 'the filter leans on what may vanish',
    why: 'Git is to call nb2mod where it lies now: in a cache that uvx, npx or pipx run filled, and that may be emptied. Then `git add` of a notebook fails.',
    example: 'uvx nb2mod install',
    remedy:
      'Install nb2mod to stay (`uv tool install nb2mod`, `pipx install nb2mod`, `npm install -g nb2mod`) and run `nb2mod install` from there.',
  },
  NB540: {
    title: 'no Python to run notebooks with',
    why: 'Running a notebook takes a Python interpreter with nbclient and a kernel.',
    example: 'nb2mod verify churn.ipynb --python /nowhere/python',
    remedy: 'Activate the environment that the notebook runs in, or name its interpreter with --python.',
  },
  NB541: {
    title: 'the Python environment lacks packages that run notebooks',
    why: 'nb2mod runs notebooks through nbclient, in your environment, so that they find what they import.',
    example: 'nb2mod verify churn.ipynb, in an environment without nbclient',
    remedy: 'Run the pip command that the hint gives.',
  },
  NB542: {
    title: "the notebook's kernel is not installed",
    why: 'The notebook names a kernel that Jupyter does not know here, and no other can stand in for it.',
    example: '"kernelspec": {"name": "ir", "language": "R"}',
    remedy: 'Install the kernel, or for Python run the pip command that the hint gives.',
  },
  NB543: {
    title: 'another kernel stood in for the one the notebook names',
    why: "Kernel names are local to a machine; the notebook is in Python, so this environment's python3 ran it.",
    example: '"kernelspec": {"name": "my-old-env", "language": "python"}',
    remedy: 'Nothing, if it runs. Else install the kernel under that name.',
  },
  NB544: {
    title: 'the notebook does not run to its end',
    why: 'A cell raised an error that no raises-exception tag allows, so the cells after it never ran.',
    example: '1 / 0',
    remedy: 'Mend the cell, or tag it raises-exception if the error is meant.',
  },
  NB545: {
    title: 'a cell took longer than the time limit',
    why: 'It may wait for something that never comes, or simply compute for long.',
    example: 'while True: pass',
    remedy: 'Give it more time with --timeout SECONDS.',
  },
  NB546: {
    title: 'the kernel died or could not start',
    why: 'The process that runs the notebook ended: out of memory, a crash in a library, or a broken installation.',
    example: 'import os; os.abort()',
    remedy: 'Run the notebook in Jupyter to see why; check that `python -m ipykernel --version` works.',
  },
  NB547: {
    title: 'a cell shows something else than before',
    why: 'The change altered what the notebook does.',
    example: 'print(f.__code__.co_filename)',
    remedy: 'Keep the definition that the message names in the notebook: `# nb2mod: keep`.',
  },
  NB548: {
    title: 'an output cannot be compared',
    why: 'Two runs of the original differ in it wholly, so no difference after the change would mean anything.',
    example: 'print(os.urandom(16).hex())',
    remedy: 'Set a random seed in the notebook if the output should be checked.',
  },
  NB549: {
    title: 'the original stops before its end',
    why: 'What comes after the error never ran, so only the cells before it could be compared.',
    example: "pd.read_csv('a-file-that-is-not-here.csv')",
    remedy: 'Make the notebook run to its end first.',
  },
  NB550: {
    title: 'the notebook wrote to a file that is too large to copy',
    why: 'Notebooks run in a copy of the project. Files too large to copy are shared with it, and this one changed.',
    example: "open('a-large-file.bin', 'ab').write(b'x')",
    remedy: 'Check the file named; it is not as it was before the run.',
  },
  NB560: {
    title: 'nobody knows which distribution brings an imported module',
    why: 'A module and what `pip install` calls it often differ, and on PyPI the name may belong to something else.',
    example: 'import mylab_tools',
    remedy: 'Add the distribution to pyproject.toml by hand, or name a Python that has it with --python.',
  },
  NB561: {
    title: 'no distribution brings an imported module',
    why: 'Some modules exist only in their own surroundings, so that nothing can be installed for them.',
    example: 'from google.colab import files',
    remedy: 'Nothing, if the notebook runs there only. Else put the import under `try`.',
  },
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;
