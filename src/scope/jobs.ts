/** Tells whether some syntax has joblib, or what is built on it, run several jobs: `Parallel(4)`, `fit(n_jobs=-1)`. */
import { textOf, type SyntaxNode } from '../python/syntax.ts';
import { argumentsOf, calleeOf } from './call.ts';

/** What says that the jobs are threads, which have the notebook's own objects. */
const threads: Readonly<Record<string, string>> = {
  prefer: 'threads',
  backend: 'threading',
  require: 'sharedmem',
};

/**
 * Whether it may start other processes: where the number of jobs is computed, it may be any.
 * @param parts some syntax, and all below it
 */
export function startsProcesses(parts: readonly SyntaxNode[], text: string): boolean {
  if (!/n_jobs|Parallel/.test(textOf(parts[0]!, text))) return false;
  const isSeveral = (value: SyntaxNode | undefined): boolean =>
    value !== undefined && !/^(1|None)$/.test(textOf(value, text));
  const isJobs = (target: SyntaxNode): boolean => {
    const name = target.type === 'attribute' ? target.children.at(-1)! : target;
    return /^(["']?)n_jobs\1$/.test(textOf(name, text));
  };
  const isThreads = (keyword: string | undefined, value: SyntaxNode): boolean =>
    keyword !== undefined && value.type === 'string' && textOf(value, text).slice(1, -1) === threads[keyword];
  return parts.some((part) => {
    const [first] = part.children;
    if (first === undefined) return false;
    switch (part.type) {
      case 'call': {
        const given = argumentsOf(part, text);
        if (given.some(({ keyword, value }) => isThreads(keyword, value))) return false;
        if (given.some(({ keyword, value }) => keyword === 'n_jobs' && isSeveral(value))) return true;
        const callee = calleeOf(part);
        const name = callee.type === 'attribute' ? callee.children.at(-1)! : callee;
        const isParallel = name.type === 'identifier' && textOf(name, text) === 'Parallel';
        const [jobs] = given.filter(({ isKeyword }) => !isKeyword);
        return isParallel && isSeveral(jobs?.value);
      }
      case 'pair':
      case 'assignment':
      case 'default_parameter':
      case 'typed_default_parameter':
        return isJobs(first) && isSeveral(part.children.at(-1));
      default:
        return false;
    }
  });
}
