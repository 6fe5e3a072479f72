/** What IPython syntax becomes, one line for each rule of its input transformer. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskMagics, type Magic } from '../src/python/magic.ts';

/** The masked text, the blanks at its lines' ends cut off, and form feeds written as `^`. */
function mask(source: string): string {
  return maskMagics(source).text.replace(/[ ]+$/gm, '').replace(/\f/g, '^');
}

function magicsOf(source: string): readonly Magic[] {
  return maskMagics(source).magics;
}

describe('what is masked', () => {
  test.each<[rule: string, source: string, masked: string]>([
    ['line magic', '%matplotlib inline', '0'],
    ['line magic between statements', 'a = 1\n%matplotlib inline\nb = 2', 'a = 1\n0\nb = 2'],
    ['line magic in a block', 'if a:\n    %matplotlib inline\n    b = 1', 'if a:\n    0\n    b = 1'],
    ['line magic as a whole body', 'def f():\n\t%cd ..\nf()', 'def f():\n\t0\nf()'],
    ['line magic after a comment', '# first\n%cd ..', '# first\n0'],
    ['line magic after blank lines', '\n\n%cd ..', '\n\n0'],
    ['line magic after a docstring', '"""text"""\n%cd ..', '"""text"""\n0'],
    ['two percent signs below the first line', 'a = 1\n%%time\nb = 2', 'a = 1\n0\nb = 2'],
    ['a percent sign alone', '%', '0'],
    ['line magic continued by a backslash', '%foo a \\\n  b\nc = 1', '0\n\nc = 1'],
    ['line magic continued twice', '%foo a \\\n b \\\n c\nd = 1', '0\n\n\nd = 1'],
    ['backslash on the last line', '%foo a \\', '0'],
    ['backslash before a carriage return does not continue', '%foo \\\r\nb = 1', '0\r\nb = 1'],
    ['line magic with an open bracket', '%foo (\na = 1', '0\na = 1'],
    ['line magic with an open quote', "%foo it's\na = 1", '0\na = 1'],
    ['line magic with triple quotes', '%foo """\na = 1', '0\na = 1'],
    ['line magic after an open bracket closes', 'a = [1,\n2]\n%foo', 'a = [1,\n2]\n0'],
    ['not a magic: modulo in brackets', 'a = (b\n% c)', 'a = (b\n% c)'],
    ['not a magic: modulo after a backslash', 'a = b \\\n% c', 'a = b \\\n% c'],
    ['not a magic: formatting on its own line', "print('%d'\n      % a)", "print('%d'\n      % a)"],
    ['not a magic: `%=`', '%= 3', '%= 3'],
    ['not a magic: in a triple-quoted string', 's = """\n%cd ..\n!ls\n"""', 's = """\n%cd ..\n!ls\n"""'],
    ['not a magic: in a raw triple-quoted string', "s = r'''\n\\\n%cd '''", "s = r'''\n\\\n%cd '''"],
    ['not a magic: in a string continued by a backslash', "s = 'a\\\n%cd'", "s = 'a\\\n%cd'"],
    ['not a magic: after a colon', 'if a: %cd', 'if a: %cd'],
    ['not a magic: after a semicolon', 'a; %cd', 'a; %cd'],
    ['not a magic: in a comment', '# %cd\na = 1 # !ls', '# %cd\na = 1 # !ls'],
    ['magic after a string that holds quotes', `a = 'it"s'\n%cd`, `a = 'it"s'\n0`],
    ['magic after an escaped quote', `a = 'it\\'s'\n%cd`, `a = 'it\\'s'\n0`],
    ['magic after a raw string that ends in two backslashes', `a = r'\\\\'\n%cd`, `a = r'\\\\'\n0`],
    ['magic after an empty triple-quoted string', 'a = """"""\n%cd', 'a = """"""\n0'],
    ['magic after a quote that never closes', `a = it's\n%cd`, `a = it's\n0`],
    ['magic after same quotes in a formatted string', 'a = f"{d["("]}"\n%cd', 'a = f"{d["("]}"\n0'],
    ['magic after a quote in a format', `a = f"{b:'>5}"\n%cd`, `a = f"{b:'>5}"\n0`],
    ['magic after doubled braces', 'a = f"{{"\n%cd', 'a = f"{{"\n0'],
    ['magic after a nested format', 'a = f"{b:{c}}" + "("\n%cd', 'a = f"{b:{c}}" + "("\n0'],
    ['magic after a slice in a formatted string', 'a = f"{b[1:2]}("\n%cd', 'a = f"{b[1:2]}("\n0'],
    ['magic after a triple-quoted formatted string', 'a = f"""{\nb}"""\n%cd', 'a = f"""{\nb}"""\n0'],
    ['magic after a formatted string that is none', "a = f'{'\n%cd", "a = f'{'\n0"],

    ['shell line', '!ls', '0'],
    ['shell line, captured', '!!ls -l', '0'],
    ['shell line in a block', 'if a:\n  !ls\nelse:\n  !pwd', 'if a:\n  0\nelse:\n  0'],
    ['shell line after blanks', '  a\n  !ls', '^^a\n^^0'],
    ['shell line with quotes', `!echo "it's`, '0'],
    ['shell line continued', '!pip install \\\n  numpy \\\n  pandas\nimport numpy', '0\n\n\nimport numpy'],
    ['shell line alone', '!', '0'],
    ['not a shell line: `!=` after a bracket', 'a = (b\n!= c)', 'a = (b\n!= c)'],
    ['not a shell line: `!=` at the start', '!= 1', '!= 1'],

    ['assignment from a magic', 'a = %pwd', 'a = 0'],
    ['assignment from a magic in a block', 'if b:\n    a = %pwd', 'if b:\n    a = 0'],
    ['assignment from a magic, blank after the sign', 'a = % pwd', 'a = 0'],
    ['assignment from a magic without blanks', 'a=%pwd', 'a=0'],
    ['assignment from a magic to several names', 'a, b = %foo', 'a, b = 0'],
    ['assignment from a magic to an attribute', 'a.b[c] = %foo x', 'a.b[c] = 0'],
    ['assignment from a magic after a colon', 'if b: a = %pwd', 'if b: a = 0'],
    ['assignment from a magic after a semicolon', 'b(c=1); a = %pwd', 'b(c=1); a = 0'],
    ['assignment from a magic, annotated', 'a: int = %foo', 'a: int = 0'],
    ['assignment from a magic, continued', 'a = %foo b \\\n c\nd = 1', 'a = 0\n\nd = 1'],
    ['assignment from a magic after a backslash', 'a = \\\n  %pwd', 'a = \\\n  0'],
    ['assignment from timing keeps no statement', 'a = %timeit -o f()', 'a = 0'],
    ['no assignment from a magic: the second `=`', 'a = b = %pwd', 'a = b = %pwd'],
    ['no assignment from a magic: in brackets', 'f(a = %pwd)', 'f(a = %pwd)'],
    ['no assignment from a magic: augmented', 'a += %pwd', 'a += %pwd'],
    ['no assignment from a magic: a number', 'a = %1', 'a = %1'],
    ['no assignment from a magic: comparison', 'a == %pwd', 'a == %pwd'],
    ['no assignment from a magic: in a string', "a = '%pwd'", "a = '%pwd'"],
    ['assignment from the shell', 'a = !ls', 'a = 0'],
    ['assignment from the shell to several names', 'a, b = !cat f', 'a, b = 0'],
    ['assignment from the shell without blanks', 'a=!ls', 'a=0'],
    [
      'assignment from the shell in a function',
      'def f():\n    a = !ls\n    return a',
      'def f():\n    a = 0\n    return a',
    ],
    ['assignment from the shell with an `=` of its own', 'a = !b=1 c', 'a = 0'],
    ['assignment from the shell with a comment', 'a = !ls # files', 'a = 0'],
    ['assignment from the shell, continued', 'a = !ls \\\n  -l\nb = a', 'a = 0\n\nb = a'],
    ['no assignment from the shell: `=` opens its line', 'a \\\n= !ls', 'a \\\n= !ls'],
    ['no assignment from the shell: in brackets', 'f(a=!ls)', 'f(a=!ls)'],

    ['help after a name', 'len?', '0'],
    ['more help', 'len??', '0'],
    ['help for an attribute', 'a.b.c?', '0'],
    ['help for an element', 'a[0].b?', '0'],
    ['help with a wildcard', '*int*?', '0'],
    ['help for a line magic', '%timeit?', '0'],
    ['help for a cell magic', '%%time?', '0'],
    ['help for a cell magic, twice', '%%time??', '0'],
    ['help in a block', 'if a:\n    b?', 'if a:\n    0'],
    ['help takes its whole line', 'a = b?', '0'],
    ['help at the end of a shell line', '!ls foo?', '0'],
    ['help before', '?len', '0'],
    ['more help before', '??len', '0'],
    ['help alone', '?', '0'],
    ['help among statements', 'a = 1\nlen?\nb = 2', 'a = 1\n0\nb = 2'],
    ['help over a continued line', 'a + \\\n b?', '0\n'],
    ['help in a bracket that never closes', 'f(a?', '0'],
    ['no help: a comment follows', 'len? # what', 'len? # what'],
    ['no help: blanks follow', 'len?  ', 'len?'],
    ['no help: after a call', 'f()?', 'f()?'],
    ['no help: in a comment', 'a # why?', 'a # why?'],
    ['no help: in a string', "a = 'why?'", "a = 'why?'"],
    ['no help: in the middle', 'a ? b', 'a ? b'],

    ['autocall with a comma', ',f a b', '0'],
    ['autocall with a semicolon', ';f a b', '0'],
    ['autocall with a slash', '/f a b', '0'],
    ['autocall in a block', 'if a:\n    /f', 'if a:\n    0'],
    ['no autocall: a leading comma in brackets', 'f(a\n, b)', 'f(a\n, b)'],
    ['no autocall: two slashes', '//f', '//f'],
    ['no autocall: division goes on', 'a = (b\n/ c)', 'a = (b\n/ c)'],

    ['`%time` keeps its statement', '%time a = f()', '0;    a = f()'],
    ['`%time` in a block', 'if b:\n    %time a = f()', 'if b:\n    0;    a = f()'],
    ['`%time` with two statements', '%time a = 1; b = 2', '0;    a = 1; b = 2'],
    ['`%time` continued in brackets', '%time a = f(b, \\\n   c)', '0;    a = f(b, \\\n   c)'],
    ['`%time` with a loop', '%time for a in b: c = a', '^^^^^^for a in b: c = a'],
    ['`%time` with a loop in a block', 'if d:\n  %time for a in b: c', 'if d:\n^^^^^^  for a in b: c'],
    ['`%time` with an option', '%time --no-raise-error a = f()', '0;                     a = f()'],
    ['`%time` alone', '%time', '0'],
    ['`%time` of a statement that its line does not end', '%time a = f(b,\nc)', '0\nc)'],
    ['`%time` of a definition', '%time def f(): return 1', '0'],
    ['`%time` of a lambda', '%time f = lambda: 1', '0'],
    ['`%time` of a shell line', '%time !ls', '0;    0'],
    ['`%time` of an assignment from the shell', '%time a = !ls', '0;    a = 0'],
    ['`%time` of `%time`', '%time %time a = 1', '0;    0;    a = 1'],
    ['`%time` of automagic', '%time pip install numpy', '0;    0'],
    ['`%time` with a comment', '%time a = 1 # one', '0;    a = 1 # one'],
    ['`%prun` keeps its statement', '%prun -s cumulative -l 5 a = f()', '0;                       a = f()'],
    ['`%lprun` keeps its statement', '%lprun -f g -f h a = f()', '0;               a = f()'],
    ['`%mprun` keeps its statement', '%mprun -f g a = f()', '0;          a = f()'],
    ['`%memit` keeps its statement', '%memit -r 2 a = f()', '0;          a = f()'],
    ['`%timeit` binds nothing', '%timeit a = f()', '0'],

    ['cell magic in the namespace', '%%time\na = 1', '\na = 1'],
    ['cell magic in the namespace, with its argument', '%%capture out --no-stderr\na = 1', '\na = 1'],
    ['cell magic after blank lines', '\n  \n%%time\na = 1', '\n\n\na = 1'],
    ['cell magic, indented', '  %%time\n  a = 1', '^^\n^^a = 1'],
    ['cell magic under a cell magic', '%%time\n%%capture out\na = 1', '\n\na = 1'],
    ['cell magic under a cell magic and a blank line', '%%capture\n\n%%time\na = 1', '\n\n\na = 1'],
    ['opaque cell magic under a cell magic', '%%time\n%%bash\nls', '\n0\n'],
    ['line magic under a cell magic', '%%time\n%cd ..\na = !ls', '\n0\na = 0'],
    ['cell magic that profiles', '%%prun -s time\na = 1', '\na = 1'],
    ['cell magic without a body', '%%time', ''],
    ['cell magic with a body of its own scope', '%%timeit b = 1\na = b', '0\n'],
    ['opaque cell magic', '%%bash\nls "\n%cd', '0\n\n'],
    ['opaque cell magic that writes a file', '%%writefile a.py\nb = 1\n', '0\n\n'],
    ['cell magic that nobody knows', '%%frobnicate\na = 1', '0\n'],
    ['cell magic without a name', '%%\na = 1', '0\n'],
    ['not a cell magic: after a comment', '# note\n%%bash\nls', '# note\n0\nls'],

    ['indented cell', '  a = 1\n  if b:\n    c', '^^a = 1\n^^if b:\n^^  c'],
    ['indented cell after a blank line', '\n\ta = 1\n\tb = 2', '\n^a = 1\n^b = 2'],
    ['indented first line only', '  a = 1\nb = 2', '^^a = 1\nb = 2'],
    ['indented cell with a magic', '    %cd ..\n    a = 1', '^^^^0\n^^^^a = 1'],
    ['no-break space on a leading line', '\u00a0\na = 1', '\na = 1'],
    ['classic prompts', '>>> a = 1\n>>> if a:\n...     b', '^^^^a = 1\n^^^^if a:\n^^^^    b'],
    ['classic prompt on the second line', 'a = 1\n>>> b = 2', 'a = 1\n^^^^b = 2'],
    ['an ellipsis is no prompt', '... \na = 1', '...\na = 1'],
    ['IPython prompts', 'In [1]: if a:\n   ...:     b', '^^^^^^^^if a:\n^^^^^^^^    b'],
    ['prompt before a magic', '>>> %cd ..', '^^^^0'],
    ['prompt before a cell magic', 'In [12]: %%time\n   ...: a = 1', '^^^^^^^^^\n^^^^^^^^a = 1'],

    ['automagic: pip', 'pip install numpy', '0'],
    ['automagic: pip among others', 'import a\npip install numpy\nb = 1', 'import a\n0\nb = 1'],
    ['automagic: conda among others', 'conda install -y numpy\nimport numpy', '0\nimport numpy'],
    ['automagic: after a comment', '# needed\npip install numpy', '# needed\n0'],
    ['automagic: cd', 'cd ..', '0'],
    ['automagic: cd to the root', 'cd /data', '0'],
    ['automagic: cd to the home', 'cd ~/data', '0'],
    ['automagic: cd with a brace', 'cd {path}', '0'],
    ['automagic: ls', 'ls -la', '0'],
    ['automagic: ls with a wildcard', 'ls *.csv', '0'],
    ['automagic: matplotlib', 'matplotlib inline', '0'],
    ['automagic: matplotlib among others', 'matplotlib inline\nimport a', '0\nimport a'],
    ['automagic: extension', 'load_ext autoreload\nautoreload 2', '0\n0'],
    ['automagic: timing', 'timeit f(a)', '0'],
    ['automagic: time keeps its statement', 'time a = f()', '0;   a = f()'],
    ['automagic: run', 'run other.py', '0'],
    ['no automagic: a name', 'ls', 'ls'],
    ['no automagic: a call', 'time(a)', 'time(a)'],
    ['no automagic: a call after a blank', 'run (a)', 'run (a)'],
    ['no automagic: assignment', 'time = 3', 'time = 3'],
    ['no automagic: attribute', 'time.sleep(1)', 'time.sleep(1)'],
    ['no automagic: tuple', 'time, run = a', 'time, run = a'],
    ['no automagic: difference', 'time - 3', 'time - 3'],
    ['no automagic: subscript', 'env [a]', 'env [a]'],
    ['no automagic: condition', 'time if a else b', 'time if a else b'],
    ['no automagic: membership', 'env in a', 'env in a'],
    ['no automagic: in a block', 'if a:\n    pip install b', 'if a:\n    pip install b'],
    ['no automagic: in a string', '"""\npip install b\n"""', '"""\npip install b\n"""'],
    ['no automagic: prose beside code', 'run this first\na = 1', 'run this first\na = 1'],
    ['no automagic: no magic of that name', 'foo bar', 'foo bar'],
    ['no automagic: keyword', 'import numpy', 'import numpy'],
  ])('%s', (_rule, source, masked) => {
    expect(mask(source)).toBe(masked);
  });
});

describe('what a magic is', () => {
  test.each<[source: string, kind: string, name: string, argument: string]>([
    ['%matplotlib inline', 'line', 'matplotlib', ' inline'],
    ['%matplotlib', 'line', 'matplotlib', ''],
    ['!ls -l', 'shell', '!', 'ls -l'],
    ['!!ls -l', 'shell', '!!', 'ls -l'],
    ['a = !ls -l', 'assign-shell', '!', 'ls -l'],
    ['a = %time f()', 'assign-line', 'time', ' f()'],
    ['len?', 'help', '?', 'len'],
    ['len??', 'help', '??', 'len'],
    ['??len', 'help', '??', 'len'],
    [',f a b', 'autocall', ',', 'f a b'],
    ['pip install numpy', 'automagic', 'pip', ' install numpy'],
    ['%time a = f()', 'line', 'time', ' a = f()'],
    ['%%capture out\na', 'cell', 'capture', ' out'],
    ['%%bash --out a\nls', 'cell', 'bash', ' --out a'],
  ])('%s', (source, kind, name, argument) => {
    const magics = magicsOf(source);
    expect(magics).toHaveLength(1);
    expect(magics[0]).toMatchObject({ kind, name, argument });
  });

  test.each<[source: string, masked: string]>([
    ['a = 1\n%cd ..  \nb', '%cd ..'],
    ['a = !ls \\\n -l\nb', '!ls \\\n -l'],
    ['%time a = f()', '%time '],
    ['%%time\na', '%%time'],
    ['\n%%bash\nls\n', '%%bash\nls\n'],
    ['a = b?\nc', 'a = b?'],
  ])('the span of %j', (source, masked) => {
    const { span } = magicsOf(source)[0]!;
    expect(source.slice(span.start, span.end)).toBe(masked);
  });

  test.each([
    ['%%time\na', 'namespace'],
    ['%%capture\na', 'namespace'],
    ['%%prun\na', 'namespace'],
    ['%%timeit\na', 'scope'],
    ['%%bash\na', 'opaque'],
    ['%%python\na', 'opaque'],
    ['%%html\na', 'opaque'],
    ['%%cython\na', 'opaque'],
    ['%%frobnicate\na', 'opaque'],
  ])('the body of %j is %s', (source, body) => {
    expect(magicsOf(source)[0]!.body).toBe(body);
  });

  test('magics come in the order in which they stand', () => {
    expect(magicsOf('%%time\n%cd a\nb = !ls\n%time %timeit c\nd?').map((magic) => magic.name)).toEqual([
      'time',
      'cd',
      '!',
      'time',
      'timeit',
      '?',
    ]);
  });

  test('what IPython takes away is reported', () => {
    expect(maskMagics('  a = 1\n\n  b').removed).toEqual([
      { start: 0, end: 2 },
      { start: 9, end: 11 },
    ]);
    expect(maskMagics('>>> a').removed).toEqual([{ start: 0, end: 4 }]);
    expect(maskMagics('%cd ..').removed).toEqual([]);
  });
});

describe('what a magic binds', () => {
  test.each<[source: string, binds: string[]]>([
    ['%%capture out\na', ['out']],
    ['%%capture --no-stderr out\na', ['out']],
    ['%%capture\na', []],
    ['%%bash --out a --err b\nls', ['a', 'b']],
    ['%%bash --out=a\nls', ['a']],
    ['%%script --proc p --bg python3\nls', ['p']],
    ['%%bash -s "$a"\nls', []],
    ['%%R -i a -o b\nc', ['b']],
    ['%%R -o a,b -o c\nc', ['a', 'b', 'c']],
    ['%%sql a <<\nselect 1', ['a']],
    ['%%sql\na << select 1', ['a']],
    ['%%sql\nselect 1', []],
    ['%%bigquery frame --project p\nselect 1', ['frame']],
    ['%%writefile a.py\nb = 1', []],
    ['%%html\n<b>', []],
    ['%%frobnicate a -b c.d\ne', ['a']],
    ['%sql a << select 1', ['a']],
    ['%R -o a c <- 1', ['a']],
    ['%store -r a b', ['a', 'b']],
    ['%store a', []],
    ['%macro m 1-3', ['m']],
    ['%sc a=ls', ['a']],
    ['%xdel a', ['a']],
    ['%aimport a, b.c', ['a', 'b']],
    ['%time def f(): pass', ['f']],
    ['%time f = lambda: 1', ['f']],
    ['%time a = 1', []],
    ['a = %time f()', []],
    ['!ls', []],
  ])('%j', (source, binds) => {
    expect(magicsOf(source)[0]).toMatchObject({ binds, bindsAnything: false });
  });

  test.each([
    '%run other.py',
    '%run -i other.ipynb',
    '%load other.py',
    '%store -r',
    '%pylab inline',
    '%rerun 3',
    '%reset -f',
    '%%cython\ndef f(): pass',
    'run other.py',
  ])('%j binds anything', (source) => {
    expect(magicsOf(source)[0]!.bindsAnything).toBe(true);
  });
});

describe('what a magic mentions', () => {
  test.each<[source: string, mentions: string[]]>([
    ['%timeit f(x, 1e5)', ['f', 'x']],
    ['!ls {path} $name', ['ls', 'name', 'path']],
    ['a = !cat {b}', ['b', 'cat']],
    ['%time a = f(x)', []],
    ['%lprun -f g f(x)', ['f', 'g']],
    ['%%timeit a = 1\nf(a)', ['a', 'f']],
    ['%%bash -s "$a"\necho b', ['a', 'b', 'echo', 's']],
    ['%%capture out\na', ['out']],
    ['f.g?', ['f', 'g']],
    ['/f a', ['a', 'f']],
    ['%timeit ñandú + 𝝈', ['ñandú', 'σ']],
    ['b, a', []],
  ])('%j', (source, mentions) => {
    expect(magicsOf(source)[0]?.mentions ?? []).toEqual(mentions);
  });
});

describe('what a later import may depend on', () => {
  test.each([
    '%cd ..',
    'cd ..',
    '%env A=1',
    '%set_env A 1',
    '%load_ext autoreload',
    '%reload_ext x',
    '%autoreload 2',
    '%pip install a',
    'pip install a',
    '%conda install a',
    '%run a.py',
    '%pylab',
    '%store -r',
    '%%writefile a.py\nb',
    '%%bash\nls',
    '!pip install a',
    '!pip -q install a',
    '!python setup.py install',
    '!git clone a',
    '!wget a',
    '!curl -O a',
    '!unzip a',
    '!cp a b',
    '!mkdir a',
    '!echo a > b',
    '!cat a >> b',
    '!ls; pip install a',
    '!ls && make',
    '!ls | xargs rm',
    '!echo $(make)',
    '!{command}',
    '!$command',
    '!find . -name a -delete',
    '!!make',
    'a = !make',
    '%mkdir a',
    '%frobnicate',
    '%%frobnicate\na',
    '%sx make',
  ])('%j is a barrier', (source) => {
    expect(magicsOf(source)[0]!.isBarrier).toBe(true);
  });

  test.each([
    '%matplotlib inline',
    '%time a = f()',
    '%timeit f()',
    '%config InlineBackend.figure_format = "retina"',
    '%who',
    '%ls',
    'len?',
    '!ls -l',
    '!ls {path}',
    '!cat a | head -3',
    '!echo a',
    '!ls 2>/dev/null',
    '!pwd',
    '!nvidia-smi',
    '!python --version',
    '!pip list | grep a',
    '!git log',
    '!find . -name a',
    '!date; whoami',
    'a = !ls',
    '%%time\na',
    '%%capture out\na',
    '%%timeit\na',
    '%%html\n<b>',
    '%%latex\na',
    'ls -l',
  ])('%j is none', (source) => {
    expect(magicsOf(source)[0]!.isBarrier).toBe(false);
  });
});

describe('for any source', () => {
  const fragment = fc.oneof(
    fc.constantFrom(
      ...[
        '%',
        '%%',
        '!',
        '!!',
        '?',
        '??',
        ',',
        ';',
        '/',
        '=',
        '\\',
        '\n',
        '\r\n',
        '\r',
        '\f',
        ' ',
        '    ',
        '\t',
      ],
      ...[
        '"',
        "'",
        '"""',
        "'''",
        'f"',
        'rf"""',
        '{',
        '}',
        '(',
        ')',
        '[',
        ']',
        '#',
        ':',
        '.',
        '>>> ',
        'In [1]: ',
      ],
      ...[
        'time',
        'timeit',
        'capture',
        'bash',
        'pip install',
        'cd',
        'a',
        'b = ',
        'def f():',
        'lambda',
        'if a:',
        '0',
      ],
      ...['𝝈', '\u00a0', '\u2028', '\ud800', '   ...: '],
    ),
    fc.string(),
  );
  const source = fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join(''));
  const breaks = (text: string): string => text.replace(/[^\r\n]/g, ' ');

  test('the length and every line break stay', () => {
    fc.assert(
      fc.property(source, (text) => {
        const masked = maskMagics(text);
        expect(masked.text.length).toBe(text.length);
        expect(breaks(masked.text)).toBe(breaks(text));
      }),
      { numRuns: 3000 },
    );
  });

  test('only what a magic covers, or IPython takes away, is changed', () => {
    fc.assert(
      fc.property(source, (text) => {
        const masked = maskMagics(text);
        let previous = 0;
        for (const { span } of masked.magics) {
          expect(span.start).toBeGreaterThanOrEqual(previous);
          expect(span.end).toBeGreaterThan(span.start);
          previous = span.end;
        }
        const touched = [...masked.magics.map((magic) => magic.span), ...masked.removed];
        for (let at = 0; at < text.length; at++) {
          if (masked.text[at] === text[at] || /^[\s]$/.test(text[at]!)) continue;
          expect(touched.some((span) => span.start <= at && at < span.end)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('without an escape nothing changes', () => {
    const plain = fc
      .array(fc.constantFrom('a', '=', '\n', '    ', ' ', '(', ')', '"', "'", '#', ':', '{', '.', '1', '+'), {
        maxLength: 40,
      })
      .map((parts) => `x${parts.join('')}`);
    fc.assert(
      fc.property(plain, (text) => {
        expect(maskMagics(text)).toEqual({ text, magics: [], removed: [] });
      }),
    );
  });

  test('a cell of any length is masked to its end', () => {
    const cells = [
      '%foo (\n'.repeat(20_000) + 'a?',
      'a = !foo (\n'.repeat(20_000),
      '"""\n%cd\n'.repeat(20_000),
      `a = [\n${'1,\n'.repeat(50_000)}]\n%cd`,
      `${'# note\n'.repeat(50_000)}%cd`,
      `a = f"${'{b}'.repeat(30_000)}"\n%cd`,
      `${'\n'.repeat(100_000)}%cd`,
    ];
    for (const cell of cells) {
      expect(maskMagics(cell).text.trimEnd().split('\n').at(-1)).toMatch(/^(?:0|a = 0|%cd|"")$/);
    }
  });
});
