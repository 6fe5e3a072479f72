/** What is suggested for near duplicates: it must be Python, and what its parameters give back must be the variants. */
import { expect, test } from 'vitest';
import { suggestForm, type Suggestion } from '../src/plan/common-form.ts';
import { namesOf } from './extraction.ts';

/** Each source, or the source and how often it is found. */
type Given = string | readonly [source: string, count: number];

function suggest(...given: readonly Given[]): Suggestion {
  const suggestion = suggestForm(
    given.map((variant) => {
      const [source, count] = typeof variant === 'string' ? [variant, 1] : variant;
      const { statements } = namesOf(source);
      expect(statements).toHaveLength(1);
      return { ...statements[0]!.told, source, count };
    }),
  );
  if (suggestion.form !== undefined) {
    const { cells, statements } = namesOf(suggestion.form.source);
    expect(cells[0]!.fault, suggestion.form.source).toBeUndefined();
    expect(statements).toHaveLength(1);
  }
  return suggestion;
}

test.each<[what: string, given: readonly Given[], form: string, parameters: string]>([
  [
    'another number and another text',
    ['def f(x):\n    return g(x, 5, "a")', 'def f(x):\n    return g(x, 6, "b")'],
    'def f(x, *, number=5, text="a"):\n    return g(x, number, text)',
    'number 5|6, text "a"|"b"',
  ],
  [
    'the value that most have is the default',
    ['def f(x):\n    return x * 5', ['def f(x):\n    return x * 6', 1], ['def f(y):\n    return y * 6', 2]],
    'def f(x, *, number=6):\n    return x * number',
    'number 6|5',
  ],
  [
    'names of keyword arguments',
    ['def f(x):\n    x.hist(bins=5, color="r")', 'def f(x):\n    x.hist(bins=9, color="g")'],
    'def f(x, *, bins=5, color="r"):\n    x.hist(bins=bins, color=color)',
    'bins 5|9, color "r"|"g"',
  ],
  [
    'a variable is not its value',
    ['def f():\n    n = 5\n    return n', 'def f():\n    n = 6\n    return n'],
    'def f(*, n_value=5):\n    n = n_value\n    return n',
    'n_value 5|6',
  ],
  [
    'what differs together is one parameter',
    ['def f(d):\n    d["a"] = d["a"] + 1', 'def f(d):\n    d["b"] = d["b"] + 1'],
    'def f(d, *, key="a"):\n    d[key] = d[key] + 1',
    'key "a"|"b"',
  ],
  [
    'a default that is there already',
    ['def f(x, n=5):\n    return x + n', ['def f(x, n=10):\n    return x + n', 3]],
    'def f(x, n=10):\n    return x + n',
    'n 10|5',
  ],
  [
    'a default with its annotation',
    ['def f(x, n: int = 5):\n    return x + n', 'def f(x, n: int = 6):\n    return x + n'],
    'def f(x, n: int = 5):\n    return x + n',
    'n 5|6',
  ],
  [
    'local names only: the first is as it was',
    [
      'def load(path):\n    df = read(path)\n    return df',
      'def get(file):\n    data = read(file)\n    return data',
    ],
    'def load(path):\n    df = read(path)\n    return df',
    '',
  ],
  [
    'local names within formatted strings',
    [
      'def f(df):\n    print(f"{df} rows {len(df)}", 1)',
      'def f(data):\n    print(f"{data} rows {len(data)}", 2)',
    ],
    'def f(df, *, number=1):\n    print(f"{df} rows {len(df)}", number)',
    'number 1|2',
  ],
  [
    'before what takes all keywords, after what takes all the rest',
    ['def f(*a, **k):\n    g(1, *a, **k)', 'def f(*a, **k):\n    g(2, *a, **k)'],
    'def f(*a, number=1, **k):\n    g(number, *a, **k)',
    'number 1|2',
  ],
  [
    'parameters over several lines, the last with a comma',
    ['def f(\n    a,\n    b,  # two\n):\n    g(1)', 'def f(a, b,):\n    g(2)'],
    'def f(\n    a,\n    b, *, number=1  # two\n):\n    g(number)',
    'number 1|2',
  ],
  [
    'parameters by position only, comments, decorators, an async function',
    [
      '# lead\n@cached\nasync def f(a, /) -> int:\n    await g(a, 1)  # 5',
      '@cached\nasync def f(a, /) -> int:\n    await g(a, 2)',
    ],
    '# lead\n@cached\nasync def f(a, /, *, number=1) -> int:\n    await g(a, number)  # 5',
    'number 1|2',
  ],
  [
    'quotes and docstrings say nothing',
    ['def f(x):\n    """One."""\n    return x["a"] + 1', "def f(x):\n    return x['a'] + 2"],
    'def f(x, *, number=1):\n    """One."""\n    return x["a"] + number',
    'number 1|2',
  ],
  [
    'a number and a text of the same digits are two parameters',
    ['def f(x):\n    return g(x, 2.5, "2.5")', 'def f(x):\n    return g(x, 9, "9")'],
    'def f(x, *, number=2.5, text="2.5"):\n    return g(x, number, text)',
    'number 2.5|9, text "2.5"|"9"',
  ],
  [
    'numbers that are spelt otherwise',
    ['def f(x):\n    return 1.0 + 0x10 + x * 2', 'def f(x):\n    return 1. + 16 + x * 3'],
    'def f(x, *, number=2):\n    return 1.0 + 0x10 + x * number',
    'number 2|3',
  ],
  [
    'raw strings with nothing to escape',
    [
      'def f(x):\n    return g(x, "a", "\\lambda", r"\\n", 1)',
      'def f(x):\n    return g(x, r"a", r"\\lambda", "\\n", 1)',
    ],
    'def f(x, *, path=r"\\n"):\n    return g(x, "a", "\\lambda", path, 1)',
    'path r"\\n"|"\\n"',
  ],
  [
    'a path',
    ['def f():\n    return read("a/b.csv")', 'def f():\n    return read("c.csv")'],
    'def f(*, path="a/b.csv"):\n    return read(path)',
    'path "a/b.csv"|"c.csv"',
  ],
  [
    'names that are taken',
    ['def f(number):\n    return text(number, 1, "a")', 'def f(number):\n    return text(number, 2, "b")'],
    'def f(number, *, number_2=1, text_2="a"):\n    return text(number, number_2, text_2)',
    'number_2 1|2, text_2 "a"|"b"',
  ],
  [
    'blocks that are indented otherwise',
    [
      'def f(x):\n    if x:\n        g(x)\n    h(x)\n    return 1',
      'def f(x):\n\tif x:\n\t\tg(x)\n\th(x)\n\treturn 2',
    ],
    'def f(x, *, number=1):\n    if x:\n        g(x)\n    h(x)\n    return number',
    'number 1|2',
  ],
  [
    'a class whose local names differ',
    ['class A:\n    def f(self, x):\n        return x', 'class A:\n    def f(self, y):\n        return y'],
    'class A:\n    def f(self, x):\n        return x',
    '',
  ],
])('%s', (_what, given, form, parameters) => {
  const suggestion = suggest(...given);
  expect(suggestion.closest).toBeUndefined();
  expect(suggestion.form?.source).toBe(form);
  expect(
    suggestion.form!.parameters.map(({ name, values }) => `${name} ${values.join('|')}`).join(', '),
  ).toBe(parameters);
});

test.each<[what: string, given: readonly Given[]]>([
  ['another line', ['def f(x):\n    return x', 'def f(x):\n    print(x)\n    return x']],
  ['names crossed', ['def f(a, b):\n    return a - b', 'def f(a, b):\n    return b - a']],
  ['two names that are one elsewhere', ['def f(a, b):\n    return a + b', 'def f(a, b):\n    return a + a']],
  ['another attribute', ['def f(x):\n    return x.a', 'def f(x):\n    return x.b']],
  ['another function', ['def f(x):\n    return g(x)', 'def f(x):\n    return h(x)']],
  ['another keyword argument', ['def f(x):\n    return g(a=x)', 'def f(x):\n    return g(b=x)']],
  [
    'another import',
    ['def f(x):\n    import a as m\n    m.g(x)', 'def f(x):\n    import b as m\n    m.g(x)'],
  ],
  ['a global here, a parameter there', ['def f(x):\n    return df', 'def f(df):\n    return df']],
  ['another formatted string', ['def f(x):\n    print(f"a {x}")', 'def f(x):\n    print(f"b {x}")']],
  [
    'text that looks like the other name',
    ['def f(x):\n    print(f"x {x}")', 'def f(y):\n    print(f"y {y}")'],
  ],
  [
    'a pattern',
    [
      'def f(x):\n    match x:\n        case 1:\n            pass',
      'def f(x):\n    match x:\n        case 2:\n            pass',
    ],
  ],
  ['strings side by side', ['def f():\n    return "a" "b"', 'def f():\n    return "a" "c"']],
  [
    'the argument of a decorator',
    ['@cached(1)\ndef f(x):\n    return x', '@cached(2)\ndef f(x):\n    return x'],
  ],
  ['a part of a default', ['def f(x=g(1)):\n    return x', 'def f(x=g(2)):\n    return x']],
  ['a literal in a class', ['class A:\n    n = 1', 'class A:\n    n = 2']],
  [
    'an integer and the fraction that equals it',
    ['def f(x):\n    return x + 1', 'def f(x):\n    return x + 1.0'],
  ],
  [
    'a line that stands in another block',
    [
      'def f(x):\n    if x:\n        g(x)\n        h(x)\n    return x',
      'def f(x):\n    if x:\n        g(x)\n    h(x)\n    return x',
    ],
  ],
  ['an operator', ['def f(x):\n    return x + 1', 'def f(x):\n    return x - 1']],
  [
    'numbers that nobody has a name for',
    ['def f(x):\n    return 1 + 2 * x + 3 * x**2', 'def f(x):\n    return 7 + 8 * x + 9 * x**2'],
  ],
  [
    'more literals than a function should have parameters',
    ['def f():\n    return [1, 2, 3, 4, 5, 6, 7]', 'def f():\n    return [11, 12, 13, 14, 15, 16, 17]'],
  ],
])('no form for %s', (_what, given) => {
  const suggestion = suggest(...given);
  expect(suggestion.form).toBeUndefined();
  expect(suggestion.closest).toBe(0);
});

test.each<[what: string, source: string, form: string, held: readonly string[]]>([
  [
    'is passed, wherever the body reads it',
    'def f(x, n=1):\n    """df"""\n    g = lambda: df[1]\n    return f"{model}" + x.df',
    'def f(x, n=1, *, df, model, number=1):\n    """df"""\n    g = lambda: df[number]\n    return f"{model}" + x.df',
    [],
  ],
  [
    'not where it is decorated',
    '@tool\ndef f():\n    return df[1]',
    '@tool\ndef f(*, number=1):\n    return df[number]',
    ['df', 'model'],
  ],
  [
    'not where the header reads it',
    'def f(x=df):\n    return df[1]',
    'def f(x=df, *, model, number=1):\n    return df[number]',
    ['df'],
  ],
  [
    'nor in text',
    'def f(x=f"{df}"):\n    return 1',
    'def f(x=f"{df}", *, number=1):\n    return number',
    ['df', 'model'],
  ],
  [
    'not where it is changed',
    'def f():\n    global df\n    df = df[1]',
    'def f(*, model, number=1):\n    global df\n    df = df[number]',
    ['df'],
  ],
  [
    'not where it calls itself',
    'def f(x):\n    return f(df[1])',
    'def f(x, *, number=1):\n    return f(df[number])',
    ['df', 'model'],
  ],
  [
    'not where a class looks past it',
    'def f():\n    class A:\n        df = df\n    return A, 1',
    'def f(*, number=1):\n    class A:\n        df = df\n    return A, number',
    ['df', 'model'],
  ],
])('a notebook variable: %s', (_what, source, form, held) => {
  const variants = [source, source.replace(/1(?=[^1]*$)/, '2')].map((code) => ({
    ...namesOf(code).statements[0]!.told,
    source: code,
    count: 1,
    held: ['model', 'df'],
  }));
  const suggested = suggestForm(variants).form!;
  expect(namesOf(suggested.source).cells[0]!.fault).toBeUndefined();
  expect(suggested.source).toBe(form);
  expect(suggested.held).toEqual(held);
});

test.each([
  ['print("a")', 'print("b")', 'message'],
  ['time.sleep(1)', 'time.sleep(2)', 'seconds'],
  ['np.percentile(x, 1)', 'np.percentile(x, 2)', 'q'],
  ['re.findall("a", x)', 're.findall("b", x)', 'pattern'],
  ['x.findall("a", x)', 'x.findall("b", x)', 'text'],
  ['x.groupby("a").mean()', 'x.groupby("b").mean()', 'by'],
  ['x.savefig("a.png" % x)', 'x.savefig("b.png" % x)', 'path'],
  ['g({"token": "a"})', 'g({"token": "b"})', 'token'],
  ['g(x ** 2)', 'g(x ** 3)', 'exponent'],
  ['g(x // 2)', 'g(x // 3)', 'divisor'],
  ['g(x > 2)', 'g(x > 3)', 'limit'],
  ['return "a"', 'return "b"', 'result'],
  ['return x or "a", "c"', 'return x or "b", "d"', 'text, text_2'],
  ['g(x ** 2, x ** 3)', 'g(x ** 3, x ** 4)', 'exponent, exponent_2'],
  ['return {"a": x}', 'return {"b": x}', 'key'],
  ['return x + ".a"', 'return x + ".b"', 'suffix'],
  ['print(1)', 'print(2)', 'number'],
  ['print(x[1])', 'print(x[2])', 'number'],
  ['x["a"] = x["b"]', 'x["c"] = x["d"]', 'key, key_2'],
  ['x = g(1, 2)', 'x = g(2, 3)', 'number, number_2'],
])('what differs in %j and %j is called %s', (one, other, names) => {
  const { form } = suggest(`def f(x):\n    ${one}`, `def f(x):\n    ${other}`);
  expect(form!.parameters.map(({ name }) => name).join(', ')).toBe(names);
});

test('the closest is nearest to all, each as often as it is found', () => {
  const [a, b, c] = ['g(x)', 'g(x)\n    h(x)', 'g(x)\n    h(x)\n    k(x)'].map(
    (body) => `def f(x):\n    ${body}`,
  ) as [string, string, string];
  expect(suggest(a, b, c)).toEqual({ closest: 1 });
  expect(suggest(a, b, [c, 9])).toEqual({ closest: 2 });
});

test('those that fit get a form, and the closest is named for the others', () => {
  const suggestion = suggest(
    'def f(x):\n    return g(x, 1)',
    'def f(y):\n    return g(y, 2)',
    'def f(x):\n    print(x)',
  );
  expect(suggestion.form).toMatchObject({ variants: [0, 1], parameters: [{ name: 'number', isNew: true }] });
  expect(suggestion.closest).toBe(0);
});

test('one alone needs no form', () => {
  expect(suggest('def f():\n    return 1')).toEqual({});
});
