"""Holds masked cells against what IPython's own input transformer makes of them.

Reads JSON from standard input: a list of {"source", "text"}, where `text` is the masked source. Writes a JSON list, one
verdict for each:

"same"              both parse, and give the same statements once magics are left out
"neither"           IPython's Python doesn't parse, and neither does the masked text
"only masked"       the masked text parses, IPython's Python doesn't
"only transformed"  IPython's Python parses, the masked text doesn't
"different"         both parse and differ

Outside functions and classes `%time x = f()` counts as the statement that it runs. Where a cell is a bare line magic (automagic), IPython decides in
its prefilter and not in the transformer, so "only masked" is right for it.
"""
import ast
import json
import re
import sys
import warnings

from IPython.core.inputtransformer2 import TransformerManager

sys.path.insert(0, sys.path[0])
from oracle import NAMESPACE_CELLS, STATEMENT_OPTIONS, magic_call, parse  # noqa: E402


def transform(source):
    try:
        return TransformerManager().transform_cell(source)
    except (SyntaxError, RuntimeError):
        return None


def statements_of(name, line):
    """The statements that a line magic runs in the namespace, or None."""
    if name not in STATEMENT_OPTIONS:
        return None
    line = line.strip()
    statement = line[re.match(STATEMENT_OPTIONS[name], line).end():]
    tree = parse(transform(statement) or '(') if statement else None
    if tree is None or not tree.body:
        return None
    if any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) for node in tree.body):
        return None
    first = tree.body[0]
    if isinstance(first, ast.Assign) and isinstance(first.targets[0], ast.Name) and isinstance(first.value, ast.Lambda):
        return None
    return tree.body


class Plain(ast.NodeTransformer):
    """Calls of magics become 0, and statements that are only 0 go."""

    depth = 0

    def visit_definition(self, node):
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_definition

    def visit_Expr(self, node):
        method, arguments = magic_call(node.value)
        if method == 'run_line_magic' and self.depth == 0:
            run = statements_of(*arguments)
            if run is not None:
                kept = [self.visit(inner) for inner in run]
                return [inner for part in kept for inner in (part if isinstance(part, list) else [part]) if inner]
        if method == 'run_cell_magic':
            name, _, body = arguments
            if name in NAMESPACE_CELLS:
                return Plain().visit(parse_cell(body) or ast.Module([], [])).body
        self.generic_visit(node)
        if isinstance(node.value, ast.Constant) and node.value.value == 0 and type(node.value.value) is int:
            return None
        return node

    def visit_Call(self, node):
        method, _ = magic_call(node)
        if method is not None:
            return ast.copy_location(ast.Constant(0), node)
        return self.generic_visit(node)


def parse_cell(source):
    """The tree of IPython's Python; None if it doesn't parse, or the body doesn't that a cell magic runs."""
    tree = parse(transform(source) or '(') if source.strip() else ast.Module([], [])
    if tree is not None and len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        method, arguments = magic_call(tree.body[0].value)
        if method == 'run_cell_magic' and arguments[0] in NAMESPACE_CELLS and parse_cell(arguments[2]) is None:
            return None
    return tree


def verdict(case):
    source, masked = case['source'], case['text']
    if not source.strip():
        return 'same' if not masked.strip() else 'different'
    theirs = parse_cell(source)
    ours = parse(masked)
    if theirs is None:
        return 'neither' if ours is None else 'only masked'
    if ours is None:
        return 'only transformed'
    return 'same' if statements(theirs) == statements(ours) else 'different'


def statements(tree):
    # Lines of a string lose their indentation with the cell; form feeds stand for it in the masked text.
    return [re.sub(r'(\\x0c|\\n)[ \\x0c]*', r'\\n', ast.dump(node)) for node in Plain().visit(tree).body]


def main():
    warnings.simplefilter('ignore')
    json.dump([verdict(case) for case in json.load(sys.stdin)], sys.stdout)


if __name__ == '__main__':
    main()
