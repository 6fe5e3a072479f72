/** Turns masked Python source into a syntax tree of plain data. The only file that knows tree-sitter. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Language, Parser, type Node, type Tree } from 'web-tree-sitter';
import { findFaults } from './faults.ts';
import { joinBracketed } from './lines.ts';
import type { Syntax, SyntaxFault, SyntaxNode } from './syntax.ts';
import { compileLazily } from './webassembly.ts';

/** Deeper than CPython nests anything (it stops at 200 brackets and 100 indents), shallow enough for recursion. */
const deepest = 1200;

/** Types that have no named children worth visiting. */
const leaves = new Set([
  'identifier',
  'integer',
  'float',
  'true',
  'false',
  'none',
  'ellipsis',
  'string_start',
  'string_content',
  'string_end',
  'escape_sequence',
  'type_conversion',
  'pass_statement',
  'break_statement',
  'continue_statement',
  'wildcard_import',
  'keyword_separator',
  'positional_separator',
  'import_prefix',
]);

let parser: Parser | undefined;
let types: readonly (string | null)[] = [];

let loading: Promise<void> | undefined;

/** Loads the grammar, once however often it is called. Must have been awaited before `parse` is called. */
export function loadParser(): Promise<void> {
  loading ??= loadGrammar();
  return loading;
}

async function loadGrammar(): Promise<void> {
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  // Beside the bundle in `dist/`; in the package of the development tree otherwise.
  const runtime = existsSync(here('./web-tree-sitter.wasm'))
    ? here('./web-tree-sitter.wasm')
    : createRequire(import.meta.url).resolve('web-tree-sitter/web-tree-sitter.wasm');
  const grammar = ['../grammars', '../../grammars']
    .map((folder) => here(`${folder}/tree-sitter-python.wasm`))
    .find((path) => existsSync(path));
  if (grammar === undefined)
    throw new Error('grammars/tree-sitter-python.wasm is missing from this installation');
  compileLazily();
  await Parser.init({ wasmBinary: readFileSync(runtime) });
  const language = await Language.load(readFileSync(grammar));
  types = language.types;
  parser = new Parser();
  parser.setLanguage(language);
}

/**
 * Parses one cell's masked source. Never fails: a cell that is not Python 3 comes back with a `fault` and with as much
 * of a tree as could be recovered. Besides what the grammar refuses, that tells what `faults.ts` finds.
 * @throws Error when `loadParser` has not been awaited.
 */
export function parse(text: string): Syntax {
  if (parser === undefined) throw new Error('loadParser() has not been awaited');
  const tree = parseCleanly(parser, text);
  try {
    const depths: SyntaxFault[] = [];
    const module = convert(tree.rootNode, text, 0, depths);
    const faults = findFaults(module, text);
    if (tree.rootNode.hasError) {
      const wrong = firstError(tree.rootNode);
      faults.push(...depths, { kind: 'syntax', offset: wrong.startIndex });
    }
    // Of a tree that was cut off, the rest may look wrong where nothing is.
    const isCutOff = depths.length > 0 && !tree.rootNode.hasError;
    const fault = (isCutOff ? depths : faults).sort((a, b) => a.offset - b.offset)[0];
    if (fault === undefined) return { module };
    // Where the parser gave up, the tree is a guess, and of what is found in it only Python 2 is certain. `match [a]:` it
    // reads as an annotation.
    const isGuess = tree.rootNode.hasError && !faults.some(({ kind }) => kind === 'python2');
    const isOurs = isGuess || mayMatch.test(text);
    return { module, fault: isOurs ? { ...fault, isOurs } : fault };
  } finally {
    tree.delete();
  }
}

/**
 * The tree of a text. Where a line inside brackets stands further left than the block that they stand in, the grammar may
 * see the block's end, and an error: then line breaks inside brackets, which mean nothing, are read as blanks.
 */
function parseCleanly(parser: Parser, text: string): Tree {
  const tree = treeOf(parser, text);
  const joined = tree.rootNode.hasError ? joinBracketed(text) : text;
  if (joined === text) return tree;
  const other = treeOf(parser, joined);
  const [better, worse] = other.rootNode.hasError ? [tree, other] : [other, tree];
  worse.delete();
  return better;
}

function treeOf(parser: Parser, text: string): Tree {
  const tree = parser.parse(text);
  if (tree === null) throw new Error('tree-sitter gave no tree');
  return tree;
}

const mayMatch = /^[ \t]*match\b[^\n]*:[ \t]*(#.*)?$/m;

/** @param depths is given a fault for what is nested too deeply */
function convert(node: Node, text: string, depth: number, depths: SyntaxFault[]): SyntaxNode {
  if (depth > deepest) {
    depths.push({ kind: 'depth', offset: node.startIndex });
    return flatten(node);
  }
  const type = types[node.typeId] ?? node.type;
  const start = node.startIndex;
  const end = node.endIndex;
  const children: SyntaxNode[] = [];
  if (!leaves.has(type) && !(type === 'string' && isPlainString(text, start))) {
    for (const child of node.namedChildren) {
      if (isLayout(child.typeId)) continue;
      children.push(convert(child, text, depth + 1, depths));
    }
  }
  return { type, start, end, children };
}

/** The node as an error with nothing in it but the names that are read there: no one relies on its shape. */
function flatten(node: Node): SyntaxNode {
  const names: SyntaxNode[] = [];
  const rest = [node];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const type = types[next.typeId] ?? next.type;
    if (type === 'identifier') {
      names.push({ type, start: next.startIndex, end: next.endIndex, children: [] });
    } else if (!leaves.has(type)) {
      const children = next.namedChildren;
      for (const child of type === 'attribute' ? children.slice(0, 1) : children) rest.push(child);
    }
  }
  names.sort((a, b) => a.start - b.start);
  return { type: 'ERROR', start: node.startIndex, end: node.endIndex, children: names };
}

let layout: ReadonlySet<number> | undefined;
/** Comments, and the backslashes that continue a line, may stand anywhere and mean nothing. */
function isLayout(typeId: number): boolean {
  layout ??= new Set([types.indexOf('comment'), types.indexOf('line_continuation')]);
  return layout.has(typeId);
}

/** Whether the string literal at `start` has no `f` or `t` in its prefix, and so nothing inside it that is code. */
function isPlainString(text: string, start: number): boolean {
  for (let i = start; i < start + 3; i++) {
    const letter = text[i];
    if (letter === '"' || letter === "'") return true;
    if (letter === 'f' || letter === 'F' || letter === 't' || letter === 'T') return false;
  }
  return true;
}

function firstError(root: Node): Node {
  let node = root;
  for (;;) {
    if (node.isError || node.isMissing) return node;
    const next = node.children.find((child) => child.hasError || child.isError || child.isMissing);
    if (next === undefined) return node;
    node = next;
  }
}
