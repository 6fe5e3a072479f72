/** What IPython syntax becomes, one line for each rule of its input transformer. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Magic } from '../src/python/magic.ts';
import { maskMagics } from '../src/python/mask.ts';
import { magicCases } from './magic-cases.ts';

/** The masked text, the blanks at its lines' ends cut off, and form feeds written as `^`. */
function mask(source: string): string {
  return maskMagics(source).text.replace(/[ ]+$/gm, '').replace(/\f/g, '^');
}

function magicsOf(source: string): readonly Magic[] {
  return maskMagics(source).magics;
}

describe('what is masked', () => {
  test.each(magicCases)('%s', (_rule, source, masked) => {
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
    ['pip3 install numpy', 'automagic', 'pip3', ' install numpy'],
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
