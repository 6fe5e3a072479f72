/** The texts that come out: modules as Ruff likes them with the user's code as it was, notebooks that show the same. */
import { describe, expect, test } from 'vitest';
import { formatFrom, formatImports, type ModuleImport } from '../src/render/imports.ts';
import { titlesOf } from '../src/render/module.ts';
import { extract, extractAll, findings, type CellText } from './extraction.ts';

/** The module without its docstring. */
function bodyOf(...cells: readonly CellText[]): string {
  return extract(cells).module.replace(/^"""[^]*?"""\n+/, '');
}

describe('code moves as it was written', () => {
  test.each([
    ['quotes', `def f(): return 'a' "b"`],
    ['blanks', 'def f( a,b ) :\n    return a+b'],
    ['tabs', 'def f():\n\tif 1:\n\t\treturn 2'],
    ['empty lines inside', 'def f():\n    a = 1\n\n\n    return a'],
    ['comments inside', 'def f():\n    # why\n    return 1  # what'],
    ['a comment after the body', 'def f():\n    return 1\n    # the end'],
    ['a comment on the last line', 'def f(): return 1  # short'],
    ['comments that lead it', '# What it does.\n# And why.\ndef f(): return 1'],
    ['decorators', '@staticmethod\n# a comment between\n@property\ndef f(): return 1'],
    ['a docstring', 'def f():\n    """Text.\n\n    More.\n    """\n    return 1'],
    ['a continued line', 'def f(a,\n      b):\n    return a + \\\n        b'],
    ['a string of several lines', 'def f():\n    return """\n  a\n\tb\n"""'],
    ['numbers', 'def f(): return 0x1F, 1_000, 1e-05, 1.0, 1j'],
    ['escapes', 'def f(): return "\\n\\u00e9\\x00" r"\\n"'],
    ['characters outside ASCII', 'def f(): return "é😀"  # naïve'],
    ['semicolons inside', 'def f():\n    a = 1; return a;'],
    ['one line', 'class C: a = 1; b = 2'],
    ['blanks at the end of lines', 'def f():   \n    return 1   '.trimEnd()],
    ['a form feed', 'def f():\n    a = 1\n\f\n    return a'],
  ])('%s', (_, source) => {
    expect(bodyOf(source)).toBe(`${source}\n`);
  });

  test('Windows line ends become the line ends of the module', () => {
    expect(bodyOf('def f():\r\n    return 1')).toBe('def f():\n    return 1\n');
  });

  test('a comment that an empty line parts from it stays', () => {
    const { cells, module } = extract(['# About the notebook.\n\ndef f(): return 1', 'f()']);
    expect(cells[0]).toBe('# About the notebook.\n\nfrom churn.churn import f');
    expect(module).not.toContain('About');
  });

  test('directives do not travel', () => {
    expect(bodyOf('# nb2mod: module=churn\n# Why.\ndef f(): return 1')).toBe('# Why.\ndef f(): return 1\n');
    expect(bodyOf('#| export\ndef f(): return 1')).toBe('def f(): return 1\n');
  });
});

describe('what stands between', () => {
  test('two empty lines around definitions', () => {
    expect(bodyOf('def f(): return 1\ndef g(): return 2\nclass C: pass')).toBe(
      'def f(): return 1\n\n\ndef g(): return 2\n\n\nclass C: pass\n',
    );
  });

  test('none between constants of one cell', () => {
    expect(bodyOf('A = 1\nB = 2\ndef f(): return A + B')).toBe('A = 1\nB = 2\n\n\ndef f(): return A + B\n');
  });

  test('one where one was', () => {
    const cell = 'A = 1\n\n# of B\nB = 2\nC = 3\n \nD = 4';
    expect(extract([cell, 'def f(): return A, B, C, D']).module).toContain(
      '\nA = 1\n\n# of B\nB = 2\nC = 3\n\nD = 4\n',
    );
  });

  test('one between constants of different cells', () => {
    expect(bodyOf('A = 1', 'B = 2', 'def f(): return A + B')).toBe(
      'A = 1\n\nB = 2\n\n\ndef f(): return A + B\n',
    );
  });

  test('constants stand before what needs them as it is defined', () => {
    expect(bodyOf('def g(): return K', 'K = 1', 'def f(a=K): return a + g()')).toMatch(/K = 1[^]*def f/);
  });
});

describe('imports of a module', () => {
  const used = (...lines: readonly string[]): string => {
    const names = [...lines.join('\n').matchAll(/(?:import|,) (?:[\w.]+ as )?(\w+)/g)].map(
      (match) => match[1]!,
    );
    return bodyOf(lines.join('\n'), `def f(): return ${names.join(', ')}`).split('\n\n\n')[0]!;
  };

  test.each([
    [['import os', 'import json'], 'import json\nimport os'],
    [['import numpy', 'import os'], 'import os\n\nimport numpy'],
    [['import numpy as np', 'import os'], 'import os\n\nimport numpy as np'],
    [['from os import path', 'import os'], 'import os\nfrom os import path'],
    [['from os import sep, path'], 'from os import path, sep'],
    [['from typing import cast, TYPE_CHECKING, Any'], 'from typing import TYPE_CHECKING, Any, cast'],
    [['import Zope', 'import abc', 'import attrs'], 'import abc\n\nimport attrs\nimport Zope'],
    [['from b2 import x', 'from b10 import y'], 'from b2 import x\nfrom b10 import y'],
    [['import json, os'], 'import json\nimport os'],
    [['import json', 'import json'], 'import json'],
    [['from os import path as p', 'from os import sep'], 'from os import path as p\nfrom os import sep'],
    [
      ['from os import path as p', 'from os import altsep'],
      'from os import altsep\nfrom os import path as p',
    ],
    [['import os as os'], 'import os as os'],
  ])('%j', (lines, block) => {
    expect(used(...lines)).toBe(block);
  });

  test('only those that are needed', () => {
    expect(bodyOf('import os\nimport json\nimport re', 'def f(): return json')).toBe(
      'import json\n\n\ndef f(): return json\n',
    );
  });

  test('of two modules of one package the one whose path is spelled out', () => {
    expect(bodyOf('import xml.dom\nimport xml.sax', 'def f(): return xml.sax.parse')).toBe(
      'import xml.sax\n\n\ndef f(): return xml.sax.parse\n',
    );
  });

  test.each([
    ['import xml\nfrom xml.etree import ElementTree', 'xml.etree.ElementTree.parse', 'import xml.etree'],
    [
      'import xml\nimport xml.etree.ElementTree as E',
      'xml.etree.ElementTree.X',
      'import xml.etree.ElementTree',
    ],
    ['import xml\nfrom xml.sax import handler', 'xml.etree', 'import xml'],
    ['import xml as x\nfrom xml.sax import handler', 'x.sax', 'import xml as x'],
    ['import xml\nfrom xml import sax', 'xml.sax', 'import xml'],
    ['import os\nfrom os.path import join', 'os.path.exists', 'import os'],
  ])('a package with the module of it that another import loads: %s', (lines, used, block) => {
    expect(bodyOf(lines, `def f(): return ${used}`)).toBe(`${block}\n\n\ndef f(): return ${used}\n`);
  });

  test('future imports that were in force come first', () => {
    expect(bodyOf('from __future__ import annotations\nimport os', 'def f(x: os.PathLike): return x')).toBe(
      'from __future__ import annotations\n\nimport os\n\n\ndef f(x: os.PathLike): return x\n',
    );
  });

  test('future imports that came later do not count', () => {
    expect(bodyOf('def f(x: int): return x', 'from __future__ import annotations')).toBe(
      'def f(x: int): return x\n',
    );
  });

  test('future imports that Python 3 has anyway are left out', () => {
    expect(bodyOf('from __future__ import print_function, division', 'def f(x): return x')).toBe(
      'def f(x): return x\n',
    );
  });

  test('display is imported', () => {
    expect(bodyOf('def f(x): display(x)')).toBe(
      'from IPython.display import display\n\n\ndef f(x): display(x)\n',
    );
  });

  test('what a star import brought is imported by name', () => {
    expect(bodyOf('from math import *', 'def f(x): return sin(x) + pi')).toBe(
      'from math import pi, sin\n\n\ndef f(x): return sin(x) + pi\n',
    );
  });

  test('a try of imports moves as one', () => {
    const block = 'try:\n    import ujson as json\nexcept ImportError:\n    import json';
    expect(bodyOf(block, 'def f(x): return json.dumps(x)')).toBe(
      `${block}\n\n\ndef f(x): return json.dumps(x)\n`,
    );
  });

  test('a line wider than 88 columns is folded', () => {
    const names = ['alphabetical_order', 'breadth_first_search', 'convolution_kernel', 'depth_first'];
    expect(formatFrom('package.module', names)).toBe(
      `from package.module import (\n${names.map((name) => `    ${name},\n`).join('')})`,
    );
  });
});

describe('imports that only a library sees used', () => {
  const smf = 'import numpy as np\nfrom math import sqrt, pi\nimport statsmodels.formula.api as smf';

  test('are marked', () => {
    const cell = 'def f(d): return smf.ols("y ~ np.log(x) + sqrt(x)", d), pi';
    expect(bodyOf(smf, cell)).toBe(
      'from math import pi, sqrt  # noqa: F401\n\nimport numpy as np  # noqa: F401\n' +
        `import statsmodels.formula.api as smf\n\n\n${cell}\n`,
    );
  });

  test('are not where Ruff sees them used, too', () => {
    const cell = 'def f(d): return smf.ols("y ~ np.log(x)", d)\n\n\ndef g(x): return np.log(x)';
    expect(bodyOf(smf, cell)).not.toContain('noqa');
  });
});

describe('the order of imports is that of Ruff', () => {
  const item = (module: string, member?: string, alias?: string): ModuleImport => ({
    module,
    ...(member !== undefined && { member }),
    ...(alias !== undefined && { alias }),
  });
  const sets: readonly (readonly ModuleImport[])[] = [
    [item('os'), item('Os'), item('oS'), item('os', 'path')],
    [item('a.b'), item('a'), item('a.b', 'c'), item('a', 'b')],
    [item('m', 'A'), item('m', 'a'), item('m', 'AB'), item('m', 'Ab'), item('m', 'aB'), item('m', '_a')],
    [item('m', 'x1'), item('m', 'x10'), item('m', 'x2'), item('m', 'X_1'), item('m', 'X'), item('m', 'Y')],
    [item('numpy', undefined, 'np'), item('numpy'), item('numpy', 'array', 'a'), item('numpy', 'zeros')],
    [
      item('churn.a', 'f'),
      item('churn.b', 'g'),
      item('pandas'),
      item('sys'),
      item('__future__', 'annotations'),
    ],
    [item('m', 'b', 'a'), item('m', 'a', 'z'), item('m', 'c')],
    [item('m', 'c', 'a'), item('m', 'a'), item('m', 'b')],
    [item('m', 'a', 'z'), item('m', 'a'), item('m', 'a', 'y')],
    [item('_pytest'), item('abc'), item('Abc')],
    [item('a_b'), item('a'), item('ab'), item('a.c')],
    [item('m', 'I'), item('m', 'II'), item('m', 'i'), item('m', 'I1'), item('m', 'T')],
  ];
  test.each(sets.map((set) => [formatImports(set, 'churn'), set] as const))('%s', (block, set) => {
    const reversed = formatImports([...set].reverse(), 'churn');
    expect(reversed).toBe(block);
    expect(findings(`${block}\n`).filter((finding) => finding.startsWith('I001'))).toEqual([]);
  });
});

describe('the docstring of a module', () => {
  test('names the notebook', () => {
    expect(extract(['def f(): return 1']).module).toMatch(
      /^"""Definitions from the notebook churn\.ipynb\."""\n\n\n/,
    );
  });

  test('names all notebooks that share it', () => {
    const f = 'def f(): return 1';
    expect(extractAll({ b: [f], a: [f] }).modules['common']).toMatch(
      /^"""Definitions shared by the notebooks a\.ipynb, b\.ipynb\."""\n/,
    );
  });

  test('tells notebooks of one name apart', () => {
    const f = 'def f(): return 1';
    const { modules } = extractAll({ 'x/q/run': [f], 'x/p/run': [f], 'x/run': [f], 'x/p/a': [f] });
    expect(modules['common']).toMatch(
      /^"""Definitions shared by the notebooks a\.ipynb, p\/run\.ipynb, q\/run\.ipynb, run\.ipynb\."""\n/,
    );
  });

  test('needs no notebooks to tell apart', () => {
    expect(titlesOf([])).toEqual(new Map());
  });

  test('tells the notebook of a module from others of its name', () => {
    const { modules } = extractAll({
      'x/p/run': ['def f(): return 1'],
      'x/q/run': ['def g(): return 2'],
      'x/q/b': ['def h(): return 3'],
    });
    const firsts = Object.values(modules).map((text) => text.split('\n', 1)[0]);
    expect(firsts.sort()).toEqual([
      '"""Definitions from the notebook b.ipynb."""',
      '"""Definitions from the notebook p/run.ipynb."""',
      '"""Definitions from the notebook q/run.ipynb."""',
    ]);
  });

  test('is folded where there are many', () => {
    const f = 'def f(): return 1';
    const names = Array.from({ length: 9 }, (_, i) => `experiment_${i}`);
    const { modules } = extractAll(Object.fromEntries(names.map((name) => [name, [f]])));
    expect(modules['common']).toMatch(
      /^"""Definitions shared by these notebooks:\n\n- experiment_0\.ipynb\n/,
    );
  });

  test('names a dozen of very many', () => {
    const names = Array.from({ length: 30 }, (_, i) => `experiment_${i}`);
    const { modules } = extractAll(Object.fromEntries(names.map((name) => [name, ['def f(): return 1']])));
    expect(modules['common']).toMatch(
      /^"""Definitions shared by 30 notebooks, among them:\n\n(- experiment_\d+\.ipynb\n){12}"""\n/,
    );
  });
});

describe('what a cell shows', () => {
  test('an expression that was last stays last', () => {
    expect(extract(['def f(): return 1\nf()']).cells).toEqual(['from churn.churn import f\nf()']);
  });

  test('an expression that comes last by a move is silenced', () => {
    const { cells } = extract(['def f(): return 1', 'f()\ndef g(): return 2', 'f(), g()']);
    expect(cells).toEqual(['from churn.churn import f, g', 'f();', 'f(), g()']);
  });

  test('with its comment', () => {
    const { cells } = extract(['def f(): return 1', 'f()  # one\ndef g(): return 2', 'f(), g()']);
    expect(cells[1]).toBe('f();  # one');
  });

  test('but not twice', () => {
    const { cells } = extract(['def f(): return 1', 'f();\ndef g(): return 2', 'f(), g()']);
    expect(cells[1]).toBe('f();');
  });

  test('and not where the import takes the place', () => {
    expect(extract(['1 + 1\ndef f(): return 1']).cells).toEqual(['1 + 1\nfrom churn.churn import f']);
  });

  test('an assignment needs no silence', () => {
    const { cells } = extract(['def f(): return 1', 'x = f()\ndef g(): return 2', 'x, g()']);
    expect(cells[1]).toBe('x = f()');
  });

  test('a magic is not silenced', () => {
    const { cells } = extract(['def f(): return 1', '%matplotlib inline\ndef g(): return 2', 'f(), g()']);
    expect(cells[1]).toBe('%matplotlib inline');
  });

  test.each([
    ['%precision 3', true],
    ['%pwd', true],
    ['%timeit -n 1 -r 1 f()', false],
    ['%timeit -o f()', true],
    ['%time f()', true],
    ['%time x = f()', false],
    ['%config InlineBackend.figure_format = "svg"', false],
    ['%config InlineBackend.figure_format', true],
    ['%env HOME', true],
    ['%env KEY=value', false],
    ['%somebodys magic', true],
    ['!ls', false],
    ['!!ls', true],
    ['f?', false],
    ['/f', true],
    ['x = %pwd', false],
    ['%xmode Plain', false],
  ])('something goes on standing after a magic that may return a value: %s', (magic, isShown) => {
    const { cells } = extract([`y = 2\n${magic}\nimport json`, 'def f(): return json', 'f()']);
    expect(cells[0]).toBe(`y = 2\n${magic}${isShown ? '\nimport json' : ''}`);
  });

  test('one that was joined to what leaves is silenced', () => {
    const { cells } = extract(['def f(): return 1', 'x = 1; f(); g = lambda: 2', 'f(), g(), x']);
    expect(cells[1]).toBe('x = 1; f();');
  });

  test.each([
    ['print(1)', false],
    ['print', true],
    ['display(1)', false],
    ['display(1, display_id=True)', true],
    ['np.random.seed(42)', false],
    ['np.random.rand(2)', true],
    ['seed(3)', false],
    ['np.random.seed(42), 1', true],
    ['os.makedirs("out", exist_ok=True)', true],
    ['%time print(1)', false],
    ['path.mkdir(parents=True, exist_ok=True)', false],
    ['(path / "a").mkdir(exist_ok=True)', false],
    ['path.mkdir("a")', true],
    ['mkdir(parents=True)', true],
  ])('what is known to return nothing needs no silence: %s', (last, isShown) => {
    const imports = 'import numpy as np\nfrom random import seed';
    const { cells } = extract([imports, `y = 2\n${last}\nimport json`, 'def f(): return json', 'f()']);
    expect(cells[1]).toBe(`y = 2\n${last}${isShown ? ';' : ''}`);
  });

  test('but is silenced where the notebook gives the name another meaning', () => {
    const { cells } = extract(['print = str', 'print(1)\nimport json', 'def f(): return json', 'f()']);
    expect(cells[1]).toBe('print(1);');
  });

  /** The cell before the last when `import json` and `g`, which end it, have moved. */
  const endOf = (setting: string, cell: string, tail = 'import json\ndef g(): return json'): string =>
    extract(['def f(): return 1', setting, `${cell}\n${tail}`, 'f(), g()']).cells.at(-2)!;
  const all = 'InteractiveShell.ast_node_interactivity = "all"';

  test.each([
    ['all', all, 'f()', 'f()'],
    ['all, by a magic', `%config ${all}`, 'f()', 'f()'],
    ['all, silenced at the end', all, 'f();', 'f();\nimport json'],
    ['none', all.replace('all', 'none'), 'f()', 'f()'],
    ['last_expr', all.replace('all', 'last_expr'), 'f()', 'f();'],
    ['assignments', all.replace('all', 'last_expr_or_assign'), 'x = f()', 'x = f()\nimport json'],
    ['loops', all.replace('all', 'last'), 'for i in [1]: i', 'for i in [1]: i\nimport json'],
    ['what is known too late', `if f():\n    ${all}`, 'f()', 'f()\nimport json'],
    [
      'two settings that may both hold',
      `${all}\nip.ast_node_interactivity = "none"`,
      'f()',
      'f()\nimport json',
    ],
    ['the last of two', `${all.replace('all', 'none')}\n${all}`, 'f()', 'f()'],
  ])('where values are shown otherwise: %s', (_, setting, cell, after) => {
    expect(endOf(setting, cell)).toBe(after);
  });

  test.each([
    ['%%capture', 'f()', '%%capture\nf()'],
    ['%%capture out', 'f()', '%%capture out\nf()\nfrom churn.churn import g'],
    ['%%capture out', 'f();', '%%capture out\nf();\nfrom churn.churn import g'],
    ['%%capture out', 'x = f()', '%%capture out\nx = f()'],
    ['%%capture --no-display', 'f()', '%%capture --no-display\nf()\nfrom churn.churn import g'],
    ['%%time', 'f()', '%%time\nf()\nfrom churn.churn import g'],
    ['%%time', 'x = f()', '%%time\nx = f()'],
  ])('no semicolon under a cell magic: %s, %s', (magic, cell, after) => {
    expect(endOf('y = 2', `${magic}\n${cell}`, 'def g(): return 2')).toBe(after);
  });

  test.each(['%%capture', '%%time'])('imports stay under a cell magic, as its body: %s', (magic) => {
    const { cells } = extract([`${magic}\nimport json`, 'def f(): return json', 'f()']);
    expect(cells[0]).toBe(`${magic}\nimport json`);
  });

  test('where no import is left to stand at the end, what moved is imported there', () => {
    const other = all.replace('all', 'last');
    expect(endOf(other, 'f()', 'def g(): return 2')).toBe('f()\nfrom churn.churn import g');
  });

  test('the cell that sets it is not shown by it', () => {
    const { cells } = extract(['def f(): return 1', `${all}\nf()\ndef g(): return 2`, 'f(), g()']);
    expect(cells[1]).toBe(`${all}\nf();`);
  });

  test('what is shown as it is assigned stays', () => {
    const other = all.replace('all', 'last_expr_or_assign');
    const { cells, messages } = extract([
      other,
      'N = 5',
      'A = 1\nB = 2;',
      'def f(): return N',
      'def g(): return A, B',
      'h = lambda: 1',
      'größe = lambda: 1',
    ]);
    expect(cells).toEqual([
      other,
      'N = 5',
      'def f(): return N',
      'from churn.churn import g',
      'h = lambda: 1',
      'größe = lambda: 1',
    ]);
    expect(messages['h']).toContain('ast_node_interactivity');
  });
});

describe('what is left of a cell', () => {
  const f = 'def f(): return 1';

  test('a cell with nothing left goes', () => {
    expect(extract([f, 'def g(): return 2', 'f(), g()']).cells).toEqual([
      'from churn.churn import f, g',
      'f(), g()',
    ]);
  });

  test('a cell with a comment left stays', () => {
    expect(extract([f, '# Next.\n\ndef g(): return 2', 'f(), g()']).cells[1]).toBe('# Next.');
  });

  test('no cell goes where Out is read', () => {
    const { cells } = extract([f, 'def g(): return 2', 'f(), g()', 'Out[3]']);
    expect(cells).toHaveLength(4);
  });

  test('nor where In, _3 or _i3 is', () => {
    for (const reader of ['In[3]', '_3', '_i3', '_oh']) {
      expect(extract([f, 'def g(): return 2', 'f(), g()', reader]).cells).toHaveLength(4);
    }
  });

  test.each(['%rerun 3', '%recall 3', '%save -f out.py 3', '%macro again 3', '%load 3', '%history -n'])(
    'nor where cells are counted: %s',
    (reader) => {
      expect(extract([f, 'def g(): return 2', 'f(), g()', reader]).cells).toHaveLength(4);
    },
  );

  test('a file named by a magic counts no cells', () => {
    expect(extract([f, 'def g(): return 2', 'f(), g()', '%load a3.py']).cells).toHaveLength(3);
  });

  test.each([
    ['%run ./other.ipynb', true],
    ['%run -i other.py', true],
    ['%run -t -i other.py', true],
    ['%run other', true],
    ['%run {path}.py', true],
    ['%run other.py', false],
    ['%run -t other.py -x', false],
    ['%run -m other', false],
  ])('all names stay where a file may read them: %s', (run, mayRead) => {
    const { cells } = extract(['import json\nRATE = 2', 'def f(): return json, RATE', run, 'f()']);
    expect(cells.slice(0, -2)).toEqual(
      mayRead ? ['import json\nfrom churn.churn import RATE, f'] : ['from churn.churn import f'],
    );
  });

  test('cells of text stay', () => {
    const { cells } = extract([
      { source: '# Title', kind: 'markdown' },
      f,
      { source: 'raw', kind: 'raw' },
      'f()',
    ]);
    expect(cells).toEqual(['# Title', 'from churn.churn import f', 'raw', 'f()']);
  });

  test('the empty lines above and below become those above', () => {
    const { cells } = extract([f, 'x = 1\n\n\ndef g(): return 2\n\ny = 2', 'f(), g(), x, y']);
    expect(cells[1]).toBe('x = 1\n\n\ny = 2');
  });

  test('an empty line below goes on parting what it parted', () => {
    const { cells } = extract([f, 'x = 1\ndef g(): return 2\n\n\ny = 2', 'f(), g(), x, y']);
    expect(cells[1]).toBe('x = 1\n\ny = 2');
  });

  test.each([
    ['of Quarto', '#| label: tbl\n#| echo: false'],
    ['of nbdev', '#hide'],
    ['of fastpages', '#collapse-hide'],
    ['of nbval', '# NBVAL_IGNORE_OUTPUT'],
    ['of Colab', '#@title Plot it'],
    ['of Colab, with text', '# @title Plot it\n# @markdown Choose one.'],
  ])('markers %s stay with their cell', (_, marker) => {
    const g = '# Two.\ndef g(): return 2';
    const { cells, module } = extract([f, `${marker}\n${g}\n\ng()`, 'f()']);
    expect(cells[1]).toBe(`${marker}\n\ng()`);
    expect(module).toContain(`\n\n\n${g}`);
    const replaced = extract([`${marker}\n${f}`, 'f()']);
    expect(replaced.cells[0]).toBe(`${marker}\nfrom churn.churn import f`);
    expect(replaced.module).not.toContain(marker);
    expect(extract([f, `${marker}\n${g}`, 'f(), g()']).cells).toHaveLength(2);
    expect(extract([f, `${marker}\n\n${g}`, 'f(), g()']).cells).toHaveLength(2);
  });

  test('markers stay when an import goes', () => {
    const { cells } = extract(['#hide\nimport json\nx = 1', 'def f(): return json', 'f(), x']);
    expect(cells[0]).toBe('#hide\nx = 1');
    const partly = extract(['#hide\nimport json, os', 'def f(): return json', 'f(), os']);
    expect(partly.cells[0]).toBe('#hide\nimport os');
  });

  test('what looks like a marker further down is a comment', () => {
    expect(extract(['x = 1\n# hide\ndef f(): return 1', 'f(), x']).module).toContain('# hide\ndef f()');
  });

  test("nbdev's export goes, and its default module stays", () => {
    const { cells } = extract([
      '#| default_exp core\nimport json',
      '#| export\n#| echo: false\ndef f(): return json',
      'f()',
    ]);
    expect(cells).toEqual(['#| default_exp core', '#| echo: false\nfrom churn.core import f', 'f()']);
  });

  test('a cell magic keeps a body', () => {
    const { cells } = extract([f, '%%time\ndef g(): return 2', 'f(), g()']);
    expect(cells[1]).toBe('%%time\nfrom churn.churn import g');
  });

  test('statements joined by semicolons are parted', () => {
    const { cells } = extract([f, 'x = 1; g = lambda: 2; y = 2', 'f(), g(), x, y']);
    expect(cells[1]).toBe('x = 1; y = 2');
  });

  test('also at the end of the line', () => {
    const { cells } = extract([f, 'x = 1; g = lambda: 2', 'f(), g(), x']);
    expect(cells[1]).toBe('x = 1');
  });

  test('the semicolon of what leaves goes with it', () => {
    const { cells } = extract(['import os;\nx = 1\nN = 3;  # three', 'def f(): return N, os.sep', 'f(), x']);
    expect(cells[0]).toBe('x = 1');
  });

  test('the indentation that IPython takes away is that of every line', () => {
    const f = 'def f(): return ujson';
    expect(extract([f, '  %pip install ujson\n  import ujson\n  x = 1', 'f(), x']).cells[0]).toBe(
      '  %pip install ujson\n  from churn.churn import f\n  import ujson\n  x = 1',
    );
    const names = Array.from({ length: 12 }, (_, i) => `a_rather_long_name_${i}`);
    const cell = names.map((name) => `  def ${name}(): return 1\n`).join('');
    const [after] = extract([`${cell}  x = 1`, names.join('()\n'), 'x']).cells;
    expect(after).toMatch(/^ {2}from churn.churn import \(\n/);
    expect(after!.split('\n').filter((line) => !line.startsWith('  '))).toEqual([]);
  });

  test('Windows line ends stay', () => {
    const { cells } = extract(['x = 1\r\ndef f():\r\n    return 1\r\ny = 2', 'f(), x, y']);
    expect(cells[0]).toBe('x = 1\r\nfrom churn.churn import f\r\ny = 2');
  });
});

describe('the path cell', () => {
  const path = `import sys
from pathlib import Path

sys.path[:0] = [
    str(folder / "src")
    for folder in [Path.cwd(), *Path.cwd().parents]
    if (folder / "src/churn/__init__.py").exists()
]`;

  test('comes first where the project cannot be installed', () => {
    const { cells } = extract(['def f(): return 1', 'f()'], { sourceRoot: '../src' });
    expect(cells).toEqual([path, 'from churn.churn import f', 'f()']);
  });

  test('is not needed where nothing moves', () => {
    expect(extract(['x = 1'], { sourceRoot: '../src' }).cells).toEqual(['x = 1']);
  });

  test.each([
    ['../..', 'str(folder)', 'churn/__init__.py'],
    ['.', 'str(folder)', 'churn/__init__.py'],
    ['lib/python', 'str(folder / "lib/python")', 'lib/python/churn/__init__.py'],
    ['..lib', 'str(folder / "..lib")', '..lib/churn/__init__.py'],
  ])('finds the source root %s upwards', (sourceRoot, found, init) => {
    const [cell] = extract(['def f(): return 1', 'f()'], { sourceRoot }).cells;
    expect(cell).toContain(`    ${found}\n`);
    expect(cell).toContain(`if (folder / "${init}").exists()\n]`);
  });

  test('comes only once', () => {
    const { cells } = extract(['def f(): return 1', 'f()'], { sourceRoot: '../src' });
    const again = extract(
      [{ source: cells[0]!, tags: ['nb2mod:path'] }, ...cells.slice(1), 'def g(): return 2'],
      {
        sourceRoot: '../src',
      },
    );
    expect(again.cells.filter((cell) => cell === path)).toHaveLength(1);
  });

  test('comes beside one that finds another package', () => {
    const before = { source: path.replace('churn', 'shop'), tags: ['nb2mod:path'] };
    const { cells } = extract([before, 'def f(): return 1', 'f()'], { sourceRoot: '../src' });
    expect(cells).toEqual([path, before.source, 'from churn.churn import f', 'f()']);
  });

  test('is no cell of its own where Out is read', () => {
    const { cells } = extract(['x = 3\nx', 'def f(): return 1', 'f(), Out[1]'], { sourceRoot: '../src' });
    expect(cells).toEqual([`${path}\n\nx = 3\nx`, 'from churn.churn import f', 'f(), Out[1]']);
  });

  test('comes after a future import of the first cell where Out is read', () => {
    const { cells } = extract(
      ['from __future__ import annotations\nx = 3', 'def f(): return 1', 'f(), Out[1]'],
      { sourceRoot: '../src' },
    );
    expect(cells[0]!.startsWith('from __future__ import annotations\n')).toBe(true);
  });

  const indented = path.replace(/^(?=.)/gm, '  ');
  const skipped = { source: 'y = 1', tags: ['skip-execution'] };
  test.each<[string, readonly CellText[], readonly string[]]>([
    ['a body that is not Python', ['%%bash\necho hi', 'x = 3'], ['%%bash\necho hi', `${path}\n\nx = 3`]],
    ['the magic that heads its cell', ['%%time\nx = 3'], [`%%time\n${path}\n\nx = 3`]],
    ['empty lines above that', ['\n\n%%time\nx = 3'], [`\n\n%%time\n${path}\n\nx = 3`]],
    ['the indentation that IPython strips', ['  x = 1\n  y = 2'], [`${indented}\n\n  x = 1\n  y = 2`]],
    ['a prompt', ['>>> x = 1\n>>> y = 2'], [`${path.replace(/^(?=.)/gm, '>>> ')}\n\n>>> x = 1\n>>> y = 2`]],
    ['a broken cell', ['x = = 1', 'y = 2'], ['x = = 1', `${path}\n\ny = 2`]],
    ['an empty cell', ['', '# none', 'y = 2'], ['', '# none', `${path}\n\ny = 2`]],
    ['a cell that may be skipped', [skipped, 'x = 2'], ['y = 1', `${path}\n\nx = 2`]],
    ['Windows line ends', ['x = 1\r\ny = 2'], [`${path}\n\nx = 1\ny = 2`.replaceAll('\n', '\r\n')]],
  ])('minds %s where Out is read', (_, before, after) => {
    const { cells } = extract([...before, 'def f(): return 1', 'f(), Out[1]'], { sourceRoot: '../src' });
    expect(cells).toEqual([...after, 'from churn.churn import f', 'f(), Out[1]']);
  });

  test('takes the place of what leaves its cell where Out is read', () => {
    const head = (...cells: readonly CellText[]): string =>
      extract([...cells, 'f(), Out[1]'], { sourceRoot: '../src' }).cells[0]!;
    const f = 'def f(): return ujson';
    expect(head(`  ${f}`, '%pip install ujson\nimport ujson')).toBe(
      `${indented}\n\n  # moved to the package`,
    );
    expect(head(`  ${f}\n  x = 1`, '%pip install ujson\nimport ujson')).toBe(`${indented}\n\n  x = 1`);
    expect(head(`import ujson\n${f}`)).toBe(`${path}\n\nfrom churn.churn import f`);
  });
});
