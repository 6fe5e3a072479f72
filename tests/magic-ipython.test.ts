/** Masking against IPython's own input transformer: the same cells must parse, and to the same statements. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskMagics } from '../src/python/mask.ts';
import { magicCases } from './magic-cases.ts';
import { python } from './python.ts';

const judge = fileURLToPath(new URL('oracle/masks.py', import.meta.url));

function compareWithIPython(sources: readonly string[]): string[] {
  const cases = sources.map((source) => ({ source, text: maskMagics(source).text }));
  const { stdout, stderr, status } = spawnSync(python!, [judge], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** IPython 8 dedents a cell by its first line, IPython 9 by what all lines share. */
const whereVersionsDiffer = 'indented first line only';

/** Bare magics are left to IPython's prefilter; autocall becomes a call, which is masked. */
function isJudged(source: string): boolean {
  return maskMagics(source).magics.every(({ kind }) => kind !== 'automagic' && kind !== 'autocall');
}

describe.runIf(python)('IPython agrees', () => {
  const cases = magicCases.filter(([rule, source]) => isJudged(source) && rule !== whereVersionsDiffer);
  const verdicts = python === undefined ? [] : compareWithIPython(cases.map(([, source]) => source));

  test.each(cases.map(([rule, source], index) => [rule, source, verdicts[index]!] as const))(
    '%s: %j',
    (_rule, _source, verdict) => {
      expect(['same', 'neither']).toContain(verdict);
    },
  );

  // Not judged: an escaped line that leaves a bracket open, below which IPython looks for help in the wrong place.
  test('on cells made up at random', () => {
    const line = fc.constantFrom(
      ...[
        'a = 1',
        'b',
        'c = [1,',
        '2]',
        'd = """',
        '"""',
        "e = 'it'",
        'f(a,',
        '  b)',
        'g = a \\',
        '  + b',
        '# note',
      ],
      ...[
        '%matplotlib inline',
        '%time a = f()',
        '%timeit a',
        '%time for a in b: c',
        '%foo it"s',
        '%prun -l 5 a = 1',
      ],
      ...[
        '%time def f(): pass',
        '%time !ls',
        '%time a = !ls',
        '!ls -l',
        '!!ls',
        '!echo "it',
        '!pip install \\',
        '  x',
      ],
      ...[
        'a?',
        'a.b??',
        '?a',
        '%time?',
        '!ls a?',
        'x = %pwd',
        'x = !ls',
        'x, y = !ls \\',
        'x.y = %foo',
        'x = y = !ls',
      ],
      ...[
        'if a:',
        '    b = 1',
        '    %cd ..',
        '    !ls',
        '    x = !ls',
        '    a?',
        'else:',
        '    pass',
        '% 3',
        '!= 4',
      ],
      ...['%%time', '%%capture out', '%%timeit', '%%bash', '', '  ', 'x = f"{a["b"]}"'],
      ...[
        'def f():',
        '    return 1',
        '    """text',
        '    """',
        'class C:',
        '@d',
        'x = (',
        ')',
        "s = r'\\\\'",
        'a; %cd',
      ],
    );
    const cell = fc.array(line, { minLength: 1, maxLength: 6 }).map((lines) => lines.join('\n'));
    const sources = fc.sample(cell, { numRuns: 1500, seed: 20 }).filter(isJudged);
    const found = compareWithIPython(sources);
    const differences = sources
      .map((source, index) => ({ source, verdict: found[index]! }))
      .filter(({ verdict }) => verdict === 'different' || verdict === 'only transformed');
    expect(differences).toEqual([]);
    expect(found.filter((verdict) => verdict === 'same').length).toBeGreaterThan(150);
  });
});
