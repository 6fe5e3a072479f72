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

/** Comments, and the backslashes that continue a line, may stand anywhere and mean nothing. */
const layout = new Set(['comment', 'line_continuation']);

/**
 * The functions by which web-tree-sitter's `TreeCursor` walks a tree. It copies itself into WebAssembly's memory and back
 * at every step; called without it they leave the cursor there, and reading a tree takes a quarter of the time. There is
 * place for one.
 */
interface Walk {
  readonly _ts_tree_root_node_wasm: (tree: number) => void;
  /** Begins at the node that was asked for last. */
  readonly _ts_tree_cursor_new_wasm: (tree: number) => void;
  readonly _ts_tree_cursor_delete_wasm: (tree: number) => void;
  /** 1 if there is such a node to go to, else 0. */
  readonly _ts_tree_cursor_goto_first_child_wasm: (tree: number) => number;
  readonly _ts_tree_cursor_goto_next_sibling_wasm: (tree: number) => number;
  readonly _ts_tree_cursor_goto_parent_wasm: (tree: number) => number;
  readonly _ts_tree_cursor_current_node_type_id_wasm: (tree: number) => number;
  readonly _ts_tree_cursor_start_index_wasm: (tree: number) => number;
  readonly _ts_tree_cursor_end_index_wasm: (tree: number) => number;
}

let parser: Parser | undefined;
let walk: Walk;
/** By their numbers, the types of nodes: undefined for those that mean nothing, tokens and layout. */
let types: readonly (string | undefined)[] = [];

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
  const module = { wasmBinary: readFileSync(runtime) };
  await Parser.init(module);
  // It has been given its functions.
  walk = module as object as Walk;
  const language = await Language.load(readFileSync(grammar));
  types = language.types.map((type, id) =>
    type !== null && language.nodeTypeIsNamed(id) && !layout.has(type) ? type : undefined,
  );
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
    const module = readTree(tree, text, depths);
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
function readTree(tree: Tree, text: string, depths: SyntaxFault[]): SyntaxNode {
  const { 0: address } = tree as object as { readonly 0: number };
  walk._ts_tree_root_node_wasm(address);
  walk._ts_tree_cursor_new_wasm(address);
  try {
    return convert(address, typeAt(address)!, text, 0, depths);
  } finally {
    walk._ts_tree_cursor_delete_wasm(address);
  }
}

/** What a node without children has. */
const none: readonly SyntaxNode[] = [];

/** The node that the walk is at, which is of this type, and all below it. */
function convert(tree: number, type: string, text: string, depth: number, depths: SyntaxFault[]): SyntaxNode {
  if (depth > deepest) {
    depths.push({ kind: 'depth', offset: walk._ts_tree_cursor_start_index_wasm(tree) });
    // An error with nothing in it but the names that are read there: no one relies on its shape.
    return nodeAt(tree, 'ERROR', namesIn(tree));
  }
  const isLeaf =
    leaves.has(type) ||
    (type === 'string' && isPlainString(text, walk._ts_tree_cursor_start_index_wasm(tree)));
  if (isLeaf || walk._ts_tree_cursor_goto_first_child_wasm(tree) === 0) return nodeAt(tree, type, none);
  const children: SyntaxNode[] = [];
  do {
    const childType = typeAt(tree);
    if (childType !== undefined) children.push(convert(tree, childType, text, depth + 1, depths));
  } while (walk._ts_tree_cursor_goto_next_sibling_wasm(tree) === 1);
  walk._ts_tree_cursor_goto_parent_wasm(tree);
  return nodeAt(tree, type, children);
}

/** The type of the node that the walk is at; undefined for one that means nothing. */
function typeAt(tree: number): string | undefined {
  const id = walk._ts_tree_cursor_current_node_type_id_wasm(tree);
  return id === errorType ? 'ERROR' : types[id];
}

/** The number of what the parser could not read. */
const errorType = 0xffff;

function nodeAt(tree: number, type: string, children: readonly SyntaxNode[]): SyntaxNode {
  const start = walk._ts_tree_cursor_start_index_wasm(tree);
  const end = walk._ts_tree_cursor_end_index_wasm(tree);
  return { type, start, end, children };
}

/** The names that are read in the node that the walk is at, and comes back to. It is too deep for recursion. */
function namesIn(tree: number): SyntaxNode[] {
  const names: SyntaxNode[] = [];
  /** The types of the nodes that the walk is in. */
  const above: string[] = [];
  for (;;) {
    const type = typeAt(tree);
    if (type === 'identifier') names.push(nodeAt(tree, type, none));
    if (type !== undefined && !leaves.has(type) && walk._ts_tree_cursor_goto_first_child_wasm(tree) === 1) {
      above.push(type);
      continue;
    }
    // Of `a.b` only `a` is read.
    while (
      above.length > 0 &&
      (above.at(-1) === 'attribute' || walk._ts_tree_cursor_goto_next_sibling_wasm(tree) === 0)
    ) {
      above.pop();
      walk._ts_tree_cursor_goto_parent_wasm(tree);
    }
    if (above.length === 0) return names;
  }
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
