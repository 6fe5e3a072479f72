/**
 * Puts nb2mod beside the tools that come nearest to it, on notebooks written for it (below) or on a folder of yours, and
 * prints the tables of docs/comparison.md:
 *
 *     node scripts/comparison.mjs <folder of virtual environments> [--notebooks FOLDER] [--limit N] [--rounds N]
 *                             [--tools NAME,NAME]
 *
 * The environments are one for each tool, with its name, and ipykernel and nbclient in `jupytext`; for example by
 *
 *     for tool in nbdev soorgeon nbrefactor marimo jupytext nbstripout; do
 *       uv venv $tool && uv pip install --python $tool/bin/python $tool ipykernel nbclient setuptools
 *     done
 *
 * Each tool gets a copy of each notebook, alone in a new folder, and is called as its documentation says. Then, for each:
 * does it end well; does each module that it wrote import in a fresh Python, saying nothing; does the notebook or script
 * that it leaves print the same as the notebook did; and is the code that was moved gone from the notebook?
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    notebooks: { type: 'string' },
    limit: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '7' },
    tools: { type: 'string' },
  },
});
if (positionals.length !== 1) {
  console.error('usage: node scripts/comparison.mjs <folder of virtual environments> [--notebooks FOLDER]');
  process.exit(2);
}
const environments = resolve(positionals[0]);
const scripts = process.platform === 'win32' ? 'Scripts' : 'bin';
const binary = (tool, name) => join(environments, tool, scripts, name);
const cli = join(root, 'dist', 'cli.js');

/** Each names what it tries: cells as text, Markdown ones behind `##`. All print, so that scripts can be compared too. */
const written = {
  plain: [
    '## Load',
    'import math\n\nPRICES = [3, 5, 8]\nRATE = 1.2',
    '## Work',
    'def gross(net):\n    return round(net * RATE, 2)\n\ndef total(prices):\n    return math.fsum(gross(price) for price in prices)',
    'print(total(PRICES))',
  ],
  state: [
    '## Load',
    'rows = [(1, 2), (3, None)]',
    '## Work',
    'def complete():\n    return [row for row in rows if None not in row]\n\ndef widest(table):\n    return max(len(row) for row in table)',
    'print(complete(), widest(rows))',
    'rows = rows + [(5, 6)]\nprint(complete())',
  ],
  rebound: [
    '## First',
    'def scale(x):\n    return x * 2\n\nprint(scale(2))',
    '## Second',
    'def scale(x):\n    return x * 3\n\ndef both(x):\n    return scale(x) + 1\n\nprint(scale(2), both(2))',
  ],
  classes: [
    '## Model',
    'from dataclasses import dataclass\nfrom typing import Optional\n\n@dataclass\nclass Order:\n    amount: float\n    note: Optional[str] = None\n\n    def shown(self):\n        return describe(self)\n\ndef describe(order):\n    return f"{order.amount:.2f}"',
    '## Use',
    'print(Order(2.5).shown())',
  ],
  magics: [
    '## Set up',
    '%load_ext autoreload\nimport json',
    '## Work',
    '%%time\ndef load(text):\n    return json.loads(text)\nvalue = load("[1, 2]")',
    'print(value)',
  ],
};

function notebookOf(cells, { marked = false } = {}) {
  const all = marked ? ['#| default_exp core', ...cells] : cells;
  const made = all.map((source, i) => {
    const isMarkdown = source.startsWith('## ');
    // By hand, as nbdev wants it: every cell that defines or imports something is marked, but for those with magics.
    const isExported =
      marked && !isMarkdown && !/^%/m.test(source) && /^(?:def|class|@|import|from|[A-Z_]+ =)/m.test(source);
    const text = isExported ? `#| export\n${source}` : source;
    const common = { id: `cell-${i + 1}`, metadata: {}, source: text.split(/(?<=\n)/) };
    return isMarkdown
      ? { cell_type: 'markdown', ...common }
      : { cell_type: 'code', execution_count: i + 1, outputs: [], ...common };
  });
  const kernelspec = { display_name: 'Python 3', language: 'python', name: 'python3' };
  return `${JSON.stringify({ cells: made, metadata: { kernelspec, language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

function call(command, args, cwd, timeout = 300_000) {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', MPLBACKEND: 'agg', PYTHONPATH: '' };
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout });
  return { isWell: status === 0, out: stdout ?? '', err: `${error?.message ?? ''}${stderr ?? ''}` };
}

const lastLine = (text) => text.trim().split('\n').at(-1)?.slice(0, 160) ?? '';

/**
 * Runs notebooks top to bottom, each in a fork of one IPython that knows nothing yet, and imports modules likewise.
 * @param jobs `{cwd, path}`; a notebook by its ending, else a module
 * @returns for each what it printed; null where it stopped at an error
 */
function runAll(jobs) {
  const program = `
import importlib, io, json, os, sys
from contextlib import redirect_stdout, redirect_stderr
from IPython.core.interactiveshell import InteractiveShell

def run(path):
    if path.endswith('.ipynb'):
        shell = InteractiveShell.instance()
        with open(path, encoding='utf-8') as file:
            cells = json.load(file)['cells']
        return all(shell.run_cell(''.join(cell['source'])).success for cell in cells if cell['cell_type'] == 'code')
    sys.path[:0] = ['src', '.']
    parts = path[:-3].replace(os.sep, '/').split('/')
    importlib.import_module('.'.join(parts[1:] if parts[0] == 'src' else parts))
    return True

def answer(job):
    os.chdir(job['cwd'])
    shown = io.StringIO()
    try:
        with redirect_stdout(shown), redirect_stderr(io.StringIO()):
            is_well = run(job['path'])
    except BaseException:
        is_well = False
    return shown.getvalue() if is_well else None

results = []
for job in json.load(sys.stdin):
    reader, writer = os.pipe()
    if os.fork() == 0:
        with os.fdopen(writer, 'w') as stream:
            json.dump(answer(job), stream)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        results.append(json.loads(stream.read() or 'null'))
    os.wait()
print(json.dumps(results))
`;
  const env = {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: '1',
    MPLBACKEND: 'agg',
    IPYTHONDIR: join(base, 'ipython'),
  };
  const input = JSON.stringify(jobs);
  const options = { env, input, encoding: 'utf8', timeout: 1_800_000, maxBuffer: 2 ** 28 };
  const { status, stdout, stderr } = spawnSync(binary('jupytext', 'python'), ['-c', program], options);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout).map((text) => (text === null ? null : withoutTimes(text)));
}

/** The lines of %%time differ from run to run. */
const withoutTimes = (text) => text.replace(/^(?:CPU times|Wall time):.*\n?/gm, '');

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/(^|[\\/])(\.|__)/.test(path) && statSync(join(folder, path)).isFile())
    .sort();
}

/** How many definitions stand in a notebook. */
const definitionsIn = (text) => (text.match(/^\s*"?(?:def|class) \w+/gm) ?? []).length;

const pythonFiles = (files) => files.filter((path) => path.endsWith('.py'));
const keepsNotebook = () => ({ notebook: 'notebook.ipynb' });
const nbdev = {
  tool: 'nbdev',
  run: (folder) =>
    call(binary('nbdev', 'nb-export'), ['notebook.ipynb', '--lib-path', 'made', '--solo-nb'], folder),
  modules: pythonFiles,
  left: keepsNotebook,
};

/**
 * Each tool: how it is called on `notebook.ipynb` in a folder of its own, and what it leaves: modules to import, and what
 * is to be run in the notebook's place.
 */
const tools = [
  {
    name: 'nb2mod extract',
    version: () => call(process.execPath, [cli, '--version'], root).out.trim(),
    run: (folder) =>
      call(process.execPath, [cli, 'extract', 'notebook.ipynb', '--package', 'made', '--root', '.'], folder),
    modules: pythonFiles,
    left: keepsNotebook,
  },
  { ...nbdev, name: 'nbdev, as it is' },
  { ...nbdev, name: 'nbdev, cells marked by hand', isMarked: true },
  {
    name: 'soorgeon refactor',
    tool: 'soorgeon',
    run: (folder) =>
      call(binary('soorgeon', 'soorgeon'), ['refactor', 'notebook.ipynb', '--file-format', 'py'], folder),
    modules: (files) => files.filter((path) => /exported\.py$/.test(path)),
    // The tasks run by Ploomber, which it does not bring along.
    left: () => undefined,
  },
  {
    name: 'nbrefactor',
    tool: 'nbrefactor',
    run: (folder) => call(binary('nbrefactor', 'jupyter-nbrefactor'), ['notebook.ipynb', 'made'], folder),
    modules: pythonFiles,
    left: () => undefined,
  },
  {
    name: 'marimo convert',
    tool: 'marimo',
    run: (folder) =>
      call(binary('marimo', 'marimo'), ['convert', 'notebook.ipynb', '-o', 'notebook.py'], folder),
    // A script in the notebook's place is no module.
    modules: () => [],
    left: () => ({ script: 'notebook.py', python: binary('marimo', 'python') }),
  },
  {
    name: 'jupytext --to py',
    tool: 'jupytext',
    run: (folder) => call(binary('jupytext', 'jupytext'), ['--to', 'py', 'notebook.ipynb'], folder),
    modules: () => [],
    left: () => ({ script: 'notebook.py', python: binary('jupytext', 'python') }),
  },
];

function versionOf({ tool, version }) {
  if (version !== undefined) return version();
  const program = `import importlib.metadata; print(importlib.metadata.version(${JSON.stringify(tool)}))`;
  return call(binary(tool, 'python'), ['-c', program], root).out.trim();
}

const base = mkdtempSync(join(tmpdir(), 'comparison-'));
let count = 0;

/** Calls a tool on a notebook, and says what is to be run of what it leaves. */
function tryTool(tool, text) {
  const folder = join(base, String(count++));
  mkdirSync(folder);
  writeFileSync(join(folder, 'notebook.ipynb'), text);
  const { isWell, err, out } = tool.run(folder);
  if (!isWell) return { isWell, why: lastLine(err) || lastLine(out), definitions: definitionsIn(text) };
  const files = filesBelow(folder);
  const modules = tool.modules(files).filter((path) => statSync(join(folder, path)).size > 0);
  const left = tool.left(files);
  const script = left?.script === undefined ? undefined : call(left.python, [left.script], folder);
  const rest = left?.notebook === undefined ? undefined : readFileSync(join(folder, left.notebook), 'utf8');
  return {
    isWell,
    folder,
    modules,
    notebook: left?.notebook,
    // Of a script; a notebook is run later, with the others.
    shown: script === undefined ? undefined : script.isWell ? withoutTimes(script.out) : null,
    definitions: definitionsIn(text),
    gone: rest === undefined ? undefined : definitionsIn(text) - definitionsIn(rest),
  };
}

function collect() {
  if (values.notebooks === undefined)
    return Object.entries(written).map(([name, cells]) => ({ name, cells }));
  const folder = resolve(values.notebooks);
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ipynb') && !path.includes('.ipynb_checkpoints'))
    .sort();
  const step = Math.max(1, Math.floor(found.length / Number(values.limit)));
  return found
    .filter((_, i) => i % step === 0)
    .slice(0, Number(values.limit))
    .map((path) => ({ name: path, text: readFileSync(join(folder, path), 'utf8') }));
}

const yes = (value) => (value === undefined ? '–' : value ? 'yes' : 'no');

function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => String(row[i]).length)));
  const lines = rows.map((row) => `| ${row.map((cell, i) => String(cell).padEnd(widths[i])).join(' | ')} |`);
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

function compareExtraction(notebooks) {
  const rows = [
    [
      'tool',
      'version',
      'ends well',
      'modules',
      'they import',
      'prints the same',
      'definitions gone from the notebook',
    ],
  ];
  const details = [['notebook', 'tool', 'what came of it']];
  const originals = notebooks.map(({ cells, text }) => {
    const cwd = join(base, `original ${count++}`);
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'notebook.ipynb'), text ?? notebookOf(cells));
    return { cwd, path: 'notebook.ipynb' };
  });
  const printed = runAll(originals);
  const runnable = notebooks
    .map((notebook, i) => ({ ...notebook, printed: printed[i] }))
    .filter((each) => each.printed !== null);
  console.error(`${runnable.length} of ${notebooks.length} notebooks run by themselves`);
  const wanted = values.tools?.split(',');
  for (const tool of tools) {
    if (wanted !== undefined && !wanted.some((name) => tool.name.startsWith(name))) continue;
    if (tool.tool !== undefined && !existsSync(binary(tool.tool, 'python'))) {
      console.error(`no environment for ${tool.tool}`);
      continue;
    }
    if (tool.isMarked && values.notebooks !== undefined) continue;
    const tried = runnable.map(({ cells, text }) =>
      tryTool(tool, text ?? notebookOf(cells, { marked: tool.isMarked })),
    );
    const jobs = tried.flatMap(({ isWell, folder, modules, notebook }) => {
      if (!isWell) return [];
      const paths = notebook === undefined ? modules : [notebook, ...modules];
      return paths.map((path) => ({ cwd: folder, path }));
    });
    const answers = runAll(jobs);
    const answerOf = (folder, path) =>
      answers[jobs.findIndex((job) => job.cwd === folder && job.path === path)];
    const results = tried.map((result, i) => {
      const { isWell, folder, modules, notebook, definitions, gone, why } = result;
      const { name, printed: before } = runnable[i];
      const shown = notebook === undefined ? result.shown : answerOf(folder, notebook);
      const same = shown === undefined ? undefined : shown === before;
      const imports = isWell && modules.every((path) => answerOf(folder, path) === '');
      const said = !isWell
        ? `fails: ${why}`
        : `${modules.length} modules, import ${yes(imports)}, same ${yes(same)}, ${gone ?? '–'} of ${definitions} gone`;
      details.push([name, tool.name, said]);
      console.error(`${tool.name}: ${name}: ${said}`);
      return { isWell, modules: modules?.length, imports, same, moved: gone, definitions };
    });
    const well = results.filter(({ isWell }) => isWell);
    const share = (test, of = results) => `${of.filter(test).length} of ${of.length}`;
    const known = well.filter(({ moved }) => moved !== undefined);
    const withModules = well.filter(({ modules }) => modules > 0);
    const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
    rows.push([
      tool.name,
      versionOf(tool),
      share(({ isWell }) => isWell),
      String(sum(well.map(({ modules }) => modules))),
      withModules.length === 0 ? '–' : share(({ imports }) => imports, withModules),
      well.every(({ same }) => same === undefined) ? 'not run' : share(({ same }) => same === true),
      known.length === 0
        ? '–'
        : `${sum(known.map(({ moved }) => Math.max(0, moved)))} of ${sum(known.map(({ definitions }) => definitions))}`,
    ]);
  }
  console.log(table(rows));
  if (values.notebooks === undefined) console.log(table(details));
}

/** Strips one file again and again, in turn with the others; and looks which lines besides results change. */
function compareStripping() {
  const folder = join(base, 'strip');
  mkdirSync(folder);
  const source = notebookOf(written.plain)
    .replace(
      '"execution_count": 2,\n   "outputs": []',
      '"execution_count": 2,\n   "outputs": [{"name": "stdout", "output_type": "stream", "text": ["1\\n"]}]',
    )
    .replace('"kernelspec"', '"weight": 1.0, "tiny": 1e-05, "caf\\u00e9": true,\n  "kernelspec"');
  const commands = [
    ['nb2mod strip', process.execPath, [cli, 'strip']],
    ['nbstripout', binary('nbstripout', 'nbstripout'), []],
  ].filter(([, command]) => existsSync(command));
  const times = new Map(commands.map(([name]) => [name, []]));
  const changed = new Map();
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const [name, command, args] of commands) {
      const path = join(folder, 'notebook.ipynb');
      writeFileSync(path, source);
      const start = process.hrtime.bigint();
      const { isWell, err } = call(command, [...args, path], folder);
      if (!isWell) throw new Error(`${name}: ${err}`);
      // The first round only warms up.
      if (round > 0) times.get(name).push(Number(process.hrtime.bigint() - start) / 1e6);
      const after = new Set(readFileSync(path, 'utf8').split('\n'));
      const isResult = (line) => /"execution_count"|"outputs"|stdout|^\s*[[\]{}],?$/.test(line);
      changed.set(name, source.split('\n').filter((line) => !after.has(line) && !isResult(line)).length);
    }
  }
  const rows = [['tool', 'shortest', 'median', 'lines changed that hold no result']];
  for (const [name] of commands) {
    const sorted = times.get(name).sort((a, b) => a - b);
    rows.push([
      name,
      `${Math.round(sorted[0])} ms`,
      `${Math.round(sorted[sorted.length >> 1])} ms`,
      String(changed.get(name)),
    ]);
  }
  console.log(table(rows));
}

try {
  compareExtraction(collect());
  if (values.notebooks === undefined) compareStripping();
} finally {
  rmSync(base, { recursive: true, force: true });
}
