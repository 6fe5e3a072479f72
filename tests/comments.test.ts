/** What becomes of comments when what they stand beside moves, or leaves: none is lost. */
import { describe, expect, test } from 'vitest';
import { lackingComments, richestOf } from '../src/plan/comments.ts';
import { extractAll } from './extraction.ts';

describe('copies that differ in their comments', () => {
  const lik = (comment: string): string => `def lik(y):\n    ${comment}\n    return y + 1`;

  test('become one; what the one that is kept lacks stays where the other stood', () => {
    const { modules, notebooks } = extractAll({
      a: [lik('# the normal one'), 'lik(1)'],
      b: [lik('# the Bernoulli one'), 'lik(1)'],
    });
    expect(modules['common']).toContain(lik('# the normal one'));
    expect(notebooks['a']!.cells).toEqual(['from churn.common import lik', 'lik(1)']);
    expect(notebooks['b']!.cells).toEqual(['# the Bernoulli one\nfrom churn.common import lik', 'lik(1)']);
  });

  test('the one with most to say is kept, whichever notebook has it', () => {
    const poor = 'def f(x):\n    # one\n    return x';
    const rich = 'def f(x):\n    # one\n    return x  # two';
    for (const [a, b] of [
      [poor, rich],
      [rich, poor],
    ] as const) {
      const { modules, notebooks } = extractAll({ a: [a, 'f(1)'], b: [b, 'f(1)'] });
      expect(modules['common']).toContain(rich);
      for (const name of ['a', 'b'])
        expect(notebooks[name]!.cells).toEqual(['from churn.common import f', 'f(1)']);
    }
  });

  test('what a module of the package lacks stays, too', () => {
    const existing = { common: 'def f(x):\n    # one\n    return x\n' };
    const { notebooks } = extractAll({ a: ['def f(x):\n    return x  # two', 'f(1)'] }, { existing });
    expect(notebooks['a']!.cells).toEqual(['# two\nfrom churn.common import f', 'f(1)']);
  });

  test('a constant that nobody imports leaves its comment behind', () => {
    const f = 'def f(): return K';
    const { notebooks } = extractAll({ a: ['K = 2  # layers', f, 'f()'], b: ['K = 2  # hidden', f, 'f()'] });
    expect(notebooks['a']!.cells).toEqual(['from churn.common import f', 'f()']);
    expect(notebooks['b']!.cells).toEqual(['# hidden', 'from churn.common import f', 'f()']);
  });
});

test.each([
  ['# a\nf()', '# b\nf()', ['# a']],
  ['#  a \nf()', '## a\nf()', []],
  ['# ----\nf()  # noqa', 'f()', []],
  // Lines of one comment stay together.
  ['# a\n# b\nf()  # c', '# b\nf()', ['# a', '# b', '# c']],
  ['f("# a")  # b\n# c', 'f("# a")\n#c', ['# b']],
  ["f'''# a\n# b'''  # c", '', ['# c']],
])('of %j beside %j the comments %j are missing', (code, kept, lacking) => {
  expect(lackingComments(code, kept)).toEqual(lacking);
});

test('of copies with as much to say the first is kept', () => {
  expect(richestOf(['x', '# a\nx', '# b\nx'])).toBe('# a\nx');
});
