/** Turns a statement into whether it is a call that is known to return `None`, so that a cell has nothing to show for it. */
import { childOf, textOf, type SyntaxNode } from '../python/syntax.ts';
import { words } from '../text/words.ts';
import type { Question } from './effect.ts';
import { normaliseIdentifier, pathOf, rootOf } from './paths.ts';

/** Builtins that return `None`. */
const silentBuiltins = words('print setattr delattr exec help');

/** Callables of libraries that return `None`, by their dotted path. */
const silentCalls = words(`
  logging.basicConfig logging.disable os.chdir os.makedirs os.mkdir os.remove os.rmdir os.unlink
  pprint.pprint random.seed shutil.rmtree sys.path.append sys.path.extend sys.path.insert time.sleep
  warnings.filterwarnings warnings.resetwarnings warnings.simplefilter
  matplotlib.use matplotlib.rcParams.update matplotlib.style.use matplotlib.pyplot.rcParams.update
  matplotlib.pyplot.close matplotlib.pyplot.grid matplotlib.pyplot.rc matplotlib.pyplot.show
  matplotlib.pyplot.style.use matplotlib.pyplot.tight_layout
  numpy.random.seed numpy.random.shuffle numpy.save numpy.set_printoptions
  pandas.set_option pandas.reset_option
  seaborn.set seaborn.set_context seaborn.set_palette seaborn.set_style seaborn.set_theme
  sklearn.set_config tensorflow.random.set_seed torch.set_printoptions torch.set_default_dtype
`);

/** Whether a statement is a call of one of these. */
export function returnsNone(node: SyntaxNode, question: Pick<Question, 'text' | 'surroundings'>): boolean {
  const call =
    node.type === 'expression_statement' && node.children.length === 1 ? node.children[0]! : undefined;
  if (call?.type !== 'call') return false;
  const callee = call.children[0]!;
  if (makesFolder(call, question.text)) return true;
  const root = rootOf(callee);
  if (root === undefined) return false;
  const name = normaliseIdentifier(textOf(root, question.text));
  if (question.surroundings.isLocal(name)) return false;
  const path = pathOf(callee, question);
  if (path === undefined) {
    if (callee.type !== 'identifier') return false;
    return silentBuiltins.has(name) || (name === 'display' && !mayMakeHandle(call));
  }
  if (path === 'IPython.display.display') return !mayMakeHandle(call);
  return silentCalls.has(path);
}

/** `folder.mkdir(parents=True, exist_ok=True)`: only pathlib's method, and what is made like it, has these arguments. */
function makesFolder(call: SyntaxNode, text: string): boolean {
  const callee = call.children[0]!;
  if (callee.type !== 'attribute' || !/\.\s*mkdir$/.test(textOf(callee, text))) return false;
  return (childOf(call, 'argument_list')?.children ?? []).some(
    (argument) =>
      argument.type === 'keyword_argument' &&
      /^(parents|exist_ok)$/.test(textOf(argument.children[0]!, text)),
  );
}

/** `display(x, display_id=True)` returns a handle. */
function mayMakeHandle(call: SyntaxNode): boolean {
  const list = childOf(call, 'argument_list');
  return (
    list === undefined || list.children.some(({ type }) => /^(keyword_argument|dictionary_splat)$/.test(type))
  );
}
