/** The rule on tests that the notebook itself looks for where it stands: `doctest.testmod()`, `unittest.main()`. */
import type { Names } from '../../scope/names.ts';
import { importedPath } from '../../scope/paths.ts';
import type { Statement } from '../../scope/statement.ts';
import { oncePer } from '../../text/once.ts';
import type { Rule } from '../refusal.ts';

/** What of `doctest` finds examples by itself, and the names in them where the definition stands. */
const finders = ['testmod', 'DocTestFinder', 'DocTestSuite'];
/** What runs those of one function, with names that it is given. */
const example = 'run_docstring_examples';

export const uses = ({ attributes, names: { references } }: Statement, name: string): boolean =>
  attributes.has(name) || references.some((reference) => reference.name === name);

/** Ways to look for tests in the notebook: who does it, and what is a test. */
const testings: readonly {
  readonly isRunner: (statement: Statement, names: Names) => boolean;
  readonly isTest: (statement: Statement, names: Names) => boolean;
}[] = [
  {
    isRunner: (statement) =>
      finders.some((finder) => uses(statement, finder)) ||
      (statement.kind === 'other' && uses(statement, example)),
    isTest: ({ normalised }) => normalised.includes('>>> '),
  },
  {
    // Given the notebook's names in a function: they lack what only other examples need.
    isRunner: (statement) => statement.kind === 'function' && uses(statement, example),
    isTest: namesOthers,
  },
  {
    isRunner: ({ kind, callsPaths }, { importPaths }) =>
      kind === 'other' && callsPaths.some((path) => importedPath(path, importPaths) === 'unittest.main'),
    isTest: ({ normalised }) => /\bTestCase\b/.test(normalised),
  },
];

/** Whether the examples in a docstring name anything of the notebook but what they are for. */
function namesOthers({ normalised, defines }: Statement, { bindings }: Names): boolean {
  if (!normalised.includes('>>> ')) return false;
  return [...normalised.matchAll(/^.*>>> .*$|^ *\.\.\. .*$/gm)].some(([line]) =>
    [...line.replace(/^.*?(>>>|\.\.\.) /, '').matchAll(/(?<![\w.'"])[^\W\d]\w*/gu)].some(
      ([name]) => bindings.has(name) && !defines.includes(name),
    ),
  );
}

/** Of each notebook, the first that looks for tests in each way, where it has such tests. */
const runnersOf = oncePer((names: Names): readonly (Statement | undefined)[] =>
  testings.map(({ isRunner, isTest }) => {
    const runner = names.statements.find((other) => isRunner(other, names));
    return runner !== undefined && names.statements.some((other) => isTest(other, names))
      ? runner
      : undefined;
  }),
);

/**
 * `doctest.testmod()` and `unittest.main()` look for tests in the notebook itself. A function that calls one of them stays
 * as well: where it went the next run would not see it.
 */
export const isTestedInPlace: Rule = (statement, names) => {
  for (const [i, runner] of runnersOf(names).entries()) {
    if (runner === undefined) continue;
    const { isRunner, isTest } = testings[i]!;
    const isTested = isTest(statement, names);
    if (!isTested && !isRunner(statement, names)) continue;
    return {
      code: 'NB422',
      offset: statement.code.start,
      message: isTested
        ? `cell ${runner.cell} runs the tests that stand in the notebook itself`
        : { it: 'runs the tests that stand in the notebook itself' },
      hint: 'Run the tests with pytest, and remove that call.',
    };
  }
  return undefined;
};
