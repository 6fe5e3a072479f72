/** Tells which of the notebook's names a statement has sent to other machines: by `@ray.remote`, `udf(f)` and the like. */
import { childOf, descendants, textOf, type SyntaxNode } from '../python/syntax.ts';
import { normaliseIdentifier, pathOf, rootOf } from './paths.ts';
import type { StatementNames } from './scope.ts';
import type { Surroundings } from './surroundings.ts';

/** What sends the functions and classes that it is given, by value. */
const senders =
  /^(ray\.remote|pyspark\.sql\.(pandas\.)?functions\.(udf|udtf|pandas_udf|arrow_udf|arrow_udtf)|snowflake\.snowpark\.functions\.(udf|udtf|udaf|sproc|pandas_udf|pandas_udtf)|sagemaker\.workflow\.function_step\.step|sagemaker\.remote_function\.(client\.)?remote|modal\..+)$/;

/** Methods of Spark's objects that do, and decorators of a Modal app. */
const sendingMethods =
  /\.(udf\.register|udtf\.register|applyInPandas|applyInPandasWithState|mapInPandas|mapInArrow)$/;
const modalDecorators = /^\w+\.(function|cls)$/;

/** What the text of a statement that sends something has in it: most have not. */
const trace = /remote|udf|udtf|udaf|sproc|step|InPandas|InArrow|\. (function|cls)\b|modal/i;

export interface Sending {
  /** By what it is sent, as written: `ray.remote`. */
  readonly by: string;
  readonly names: readonly string[];
}

/**
 * What a statement sends.
 * @param defines the names of what it defines: they are sent if it is decorated so
 * @param normalised the statement's code
 */
export function sendingOf(
  node: SyntaxNode,
  text: string,
  {
    defines,
    normalised,
    names: { references },
  }: {
    readonly defines: readonly string[];
    readonly normalised: string;
    readonly names: Pick<StatementNames, 'references'>;
  },
  surroundings: Pick<Surroundings, 'importOf' | 'isLocal'>,
): Sending | undefined {
  if (!trace.test(normalised)) return undefined;
  const isSender = (callee: SyntaxNode, isDecorator: boolean): boolean => {
    const written = textOf(callee, text).replace(/[\s\\]+/g, '');
    if (sendingMethods.test(written)) return true;
    const root = rootOf(callee);
    if (root === undefined) return false;
    const path = pathOf(callee, { text, surroundings });
    if (path !== undefined) return senders.test(path);
    const name = normaliseIdentifier(textOf(root, text));
    if (!isDecorator || !modalDecorators.test(written) || !surroundings.isLocal(name)) return false;
    return surroundings.importOf('modal') !== undefined;
  };
  const found: { by: string; names: string[] }[] = [];
  for (const part of descendants(node)) {
    if (part.type === 'decorator') {
      const expression = part.children[0]!;
      const callee = expression.type === 'call' ? expression.children[0]! : expression;
      if (isSender(callee, true)) found.push({ by: textOf(callee, text), names: [...defines] });
    } else if (part.type === 'call') {
      // `ray.remote(num_cpus=2)(f)`
      const [callee] = part.children;
      const sender = callee?.type === 'call' ? callee.children[0]! : callee;
      if (sender === undefined || !isSender(sender, false)) continue;
      const given = descendants(childOf(part, 'argument_list') ?? part);
      const names = given
        .filter(({ type }) => type === 'identifier')
        .map((identifier) => normaliseIdentifier(textOf(identifier, text)));
      found.push({ by: textOf(sender, text), names });
    }
  }
  const [first] = found;
  if (first === undefined) return undefined;
  // The parameter of a function that happens to have the name of something is not that.
  const own = new Set([...defines, ...references.map(({ name }) => name)]);
  return { by: first.by, names: found.flatMap(({ names }) => names.filter((name) => own.has(name))) };
}
