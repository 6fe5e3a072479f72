"""Judges, without any of nb2mod's own code, what an extraction of many notebooks has left on the disk.

Standard input: a JSON list of {"before": path, "after": path, "source_root": path, "modules": [path]}.
Standard output: a JSON list, one object for each, with
  bytes      what changed outside the edited lines, [] if nothing did
  compile    [[module, error]] for modules that Python can't compile
  cycles     import cycles among the modules, each a list of names
  listed     [[name, cell, line, kind]] of the top-level definitions in the notebook as it was
  python     the code cells that parse, as one text, before and after
"""

import ast
import json
import re
import sys

SPACE = re.compile(r"[ \t\r\n]*")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)
SCALAR = re.compile(r"[^\s,\]}]+")


class Node:
    """A JSON value with its place in the text: kind is object, array, string or scalar."""

    def __init__(self, kind, start, end, items):
        self.kind, self.start, self.end, self.items = kind, start, end, items


def scan(text, at):
    at = SPACE.match(text, at).end()
    char = text[at]
    if char == '"':
        return Node("string", at, STRING.match(text, at).end(), None)
    if char not in "{[":
        return Node("scalar", at, SCALAR.match(text, at).end(), None)
    start, items, close = at, [], "}" if char == "{" else "]"
    at = SPACE.match(text, at + 1).end()
    while text[at] != close:
        key = None
        if close == "}":
            end = STRING.match(text, at).end()
            key = json.loads(text[at:end], strict=False)
            at = SPACE.match(text, end).end()
            assert text[at] == ":"
            at += 1
        value = scan(text, at)
        items.append((key, value) if close == "}" else value)
        at = SPACE.match(text, value.end).end()
        if text[at] == ",":
            at = SPACE.match(text, at + 1).end()
    return Node("object" if close == "}" else "array", start, at + 1, items)


def raw(text, node):
    return text[node.start : node.end]


def get(node, key):
    found = [value for name, value in node.items if name == key]
    return found[-1] if found else None


def lines_of(text, node):
    """The raw and decoded strings of a source."""
    if node is None:
        return []
    parts = node.items if node.kind == "array" else [node]
    return [(raw(text, part), json.loads(raw(text, part), strict=False)) for part in parts]


OPEN = ("source", "outputs", "execution_count", "metadata", "input", "prompt_number")


def skeleton(text, cell):
    """The cell's text with the values that an extraction may change left out."""
    parts, at = [], cell.start
    for key, value in cell.items:
        if key in OPEN:
            parts.append(text[at : value.start])
            at = value.end
    parts.append(text[at : cell.end])
    return "\0".join(parts)


def is_part(before, old, after, new):
    """Whether an object lost keys at most: those that stay have the same raw value, in the same order."""
    if old.kind != "object" or new.kind != "object":
        return raw(before, old) == raw(after, new)
    left = iter(old.items)
    for key, value in new.items:
        for name, was in left:
            if name == key:
                break
        else:
            return False
        if not (raw(before, was) == raw(after, value) or is_part(before, was, after, value)):
            return False
    return True


def joined(text, cell):
    return "".join(decoded for _, decoded in lines_of(text, get(cell, "source")))


def kind_of(cell, text):
    node = get(cell, "cell_type")
    return json.loads(raw(text, node)) if node else None


def id_of(cell, text):
    node = get(cell, "id")
    return raw(text, node) if node else None


class Face:
    """What cells are matched by."""

    def __init__(self, text, cell):
        self.kind, self.id = kind_of(cell, text), id_of(cell, text)
        source = get(cell, "source")
        self.raw = raw(text, source) if source else ""
        # A last expression may be given a semicolon.
        bare = re.sub(r";[ \t]*(?=#|$)", " ", joined(text, cell), flags=re.M)
        self.lines = {re.sub(r"\s+", " ", line).strip() for line in bare.splitlines() if line.strip()}
        tags = json.loads(raw(text, get(cell, "metadata"))).get("tags", []) if get(cell, "metadata") else []
        self.is_path_cell = "nb2mod:path" in tags

    def likeness(self, other):
        """How likely the other, afterwards, is this cell: 0 if it can't be."""
        if self.kind != other.kind or self.is_path_cell != other.is_path_cell:
            return 0
        if self.id or other.id:
            return 4 if self.id == other.id else 0
        if self.raw == other.raw:
            return 4
        return 1 + len(self.lines & other.lines) / len(other.lines) if self.lines & other.lines else 0


def match_cells(old, new):
    """For each cell afterwards the cell before, or None: the most likely way that keeps the order."""
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    like = [[a.likeness(b) for b in new] for a in old]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            both = like[i][j] + best[i + 1][j + 1] if like[i][j] else 0
            best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
    matches, i, j = [None] * len(new), 0, 0
    while i < len(old) and j < len(new):
        if like[i][j] and best[i][j] == like[i][j] + best[i + 1][j + 1]:
            matches[j] = i
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return matches


def compare_cell(before, old, after, new, name):
    found = []
    if skeleton(before, old) != skeleton(after, new):
        found.append(f"{name}: something other than source, outputs, count and metadata")
    was, now = get(old, "metadata"), get(new, "metadata")
    if (was is None) != (now is None) or (was and not is_part(before, was, after, now)):
        found.append(f"{name}: metadata")
    was, now = get(old, "outputs"), get(new, "outputs")
    if was is not None and (now is None or raw(after, now) not in ("[]", raw(before, was))):
        found.append(f"{name}: outputs")
    for count in ("execution_count", "prompt_number"):
        was, now = get(old, count), get(new, count)
        if was is not None and (now is None or raw(after, now) not in ("null", raw(before, was))):
            found.append(f"{name}: {count}")
    was, now = get(old, "input"), get(new, "input")
    if was is not None and (now is None or raw(after, now) != raw(before, was)):
        found.append(f"{name}: input")
    was, now = get(old, "source"), get(new, "source")
    if was is None or now is None or raw(before, was) == raw(after, now):
        return found
    if kind_of(old, before) != "code":
        found.append(f"{name}: source of a cell that is not code")
    if was.kind != now.kind:
        found.append(f"{name}: source is another kind of JSON")
    known = {}
    for text, decoded in lines_of(before, was):
        known.setdefault(decoded.rstrip("\r\n"), set()).update((text, re.sub(r'(\\r)?\\n"$', '"', text)))
    for text, decoded in lines_of(after, now):
        plain = decoded.rstrip("\r\n")
        forms = known.get(plain)
        if forms and text not in forms and re.sub(r'(\\r)?\\n"$', '"', text) not in forms:
            found.append(f"{name}: a line is escaped otherwise: {text[:80]}")
    return found


def compare_worksheets(before, old, after, new):
    """nbformat 2 and 3: nothing moves out of these, they are stripped at most."""
    cells = lambda tree: [cell for sheet in get(tree, "worksheets").items for cell in get(sheet, "cells").items]
    was, now = cells(old), cells(new)
    if len(was) != len(now):
        return ["cells came or went"]
    found = [
        fault
        for number, (a, b) in enumerate(zip(was, now), 1)
        for fault in compare_cell(before, a, after, b, f"cell {number}")
    ]
    around = lambda text, tree: [
        text[a.end : b.start] for sheet in get(tree, "worksheets").items for a, b in pairs(get(sheet, "cells").items)
    ]
    pairs = lambda items: zip(items, items[1:])
    if around(before, old) != around(after, new):
        found.append("the space between cells")
    return found


def compare(before, after):
    if before == after:
        return []
    old, new = scan(before, 1 if before[:1] == "\ufeff" else 0), scan(after, 1 if after[:1] == "\ufeff" else 0)
    old_cells, new_cells = get(old, "cells"), get(new, "cells")
    if old_cells is None and new_cells is None and get(old, "worksheets"):
        return compare_worksheets(before, old, after, new)
    if old_cells is None or new_cells is None:
        return ["no cells, and yet it changed"]
    found = []
    outside = lambda text, cells: (text[: cells.start], text[cells.end :])
    was, now = outside(before, old_cells), outside(after, new_cells)
    if was != now:
        # Only notebook metadata may lose keys, by stripping.
        meta, meta_now = get(old, "metadata"), get(new, "metadata")
        blank = lambda text, cells, node: [
            text[: cells.start],
            text[cells.end : node.start] if node.start > cells.end else text[: node.start],
            text[node.end :] if node.end > cells.end else text[node.end : cells.start],
        ]
        same = meta and meta_now and is_part(before, meta, after, meta_now)
        if not same or (meta.start > old_cells.end and blank(before, old_cells, meta) != blank(after, new_cells, meta_now)):
            found.append("the notebook outside its cells")
    gaps = lambda text, cells: {
        text[a.end : b.start] for a, b in zip(cells.items, cells.items[1:])
    }
    edges = lambda text, cells: (
        (text[cells.start : cells.items[0].start], text[cells.items[-1].end : cells.end]) if cells.items else None
    )
    if len(old_cells.items) > 1 and not gaps(after, new_cells) <= gaps(before, old_cells):
        found.append("the space between cells")
    if old_cells.items and new_cells.items and edges(before, old_cells) != edges(after, new_cells):
        found.append("the space around the list of cells")
    matches = match_cells(
        [Face(before, cell) for cell in old_cells.items], [Face(after, cell) for cell in new_cells.items]
    )
    for number, (cell, match) in enumerate(zip(new_cells.items, matches), 1):
        if match is not None:
            found += compare_cell(before, old_cells.items[match], after, cell, f"cell {match + 1}")
        elif kind_of(cell, after) != "code" or not re.search(r"^\s*(from|import)\s", joined(after, cell), re.M):
            found.append(f"cell {number} afterwards came from nowhere")
    for number in sorted(set(range(len(old_cells.items))) - set(matches)):
        if kind_of(old_cells.items[number], before) != "code":
            found.append(f"cell {number + 1}, {kind_of(old_cells.items[number], before)}, is gone")
    return found


def plain_python(source):
    """The cell as Python with IPython's lines blanked, or None for a cell whose body isn't the notebook's Python."""
    lines = source.splitlines()
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].startswith("%%"):
        if lines[first][2:].split(None, 1)[:1] not in (["time"], ["capture"], ["prun"]):
            return None
        lines[first] = ""
    text = "\n".join(lines)
    try:
        ast.parse(text)
        return text
    except (SyntaxError, ValueError):
        pass
    try:
        from IPython.core.inputtransformer2 import TransformerManager

        transformed = TransformerManager().transform_cell(text)
        return transformed if transformed.count("\n") <= len(lines) + 1 else None
    except Exception:
        return None


def parse_cells(text):
    """Number, Python and tree of each code cell that parses."""
    notebook = json.loads(text.lstrip("\ufeff"), strict=False)
    for number, cell in enumerate(notebook.get("cells", []), 1):
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        python = plain_python("".join(source) if isinstance(source, list) else source)
        try:
            if python is not None:
                yield number, python, ast.parse(python)
        except (SyntaxError, ValueError):
            pass


def list_definitions(text):
    """The direct top-level definitions of cells that parse."""
    found = []
    for number, _, tree in parse_cells(text):
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found.append([node.name, number, node.lineno, "def"])
            elif isinstance(node, ast.ClassDef):
                found.append([node.name, number, node.lineno, "class"])
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
                if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                    found.append([node.targets[0].id, number, node.lineno, "lambda"])
    return found


def import_graph(trees):
    """For each module (dotted), the modules of the package that importing it imports."""
    graph = {}
    for name, (tree, is_package) in trees.items():
        wanted = set()
        stack = list(tree.body)
        while stack:
            node = stack.pop()
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                continue
            if isinstance(node, ast.Import):
                wanted.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = name.split(".")
                if node.level:
                    base = base[: len(base) - node.level + (1 if is_package else 0)]
                    target = ".".join(base + ([node.module] if node.module else []))
                else:
                    target = node.module or ""
                wanted.add(target)
                wanted.update(f"{target}.{alias.name}" for alias in node.names)
            stack.extend(ast.iter_child_nodes(node))
        graph[name] = {other for other in wanted if other in trees and other != name}
        if name in wanted and not is_package:
            graph[name].add(name)
    return graph


def find_cycles(graph):
    """Strongly connected components of more than one module, and modules that import themselves."""
    cycles, done = [], set()
    for start in sorted(graph):
        if start in done:
            continue
        reach = lambda origin: _reach(graph, origin)
        forward = reach(start)
        if start in forward:
            cycle = sorted(node for node in forward if start in reach(node))
            done.update(cycle)
            cycles.append(cycle)
    return cycles


def _reach(graph, origin):
    seen, stack = set(), list(graph[origin])
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(graph[node])
    return seen


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def judge(task):
    result = {"bytes": [], "compile": [], "cycles": [], "listed": [], "python": ["", ""]}
    try:
        before, after = read(task["before"]), read(task["after"])
        result["bytes"] = compare(before, after)
        result["listed"] = list_definitions(before)
        result["python"] = ["\n".join(python for _, python, _ in parse_cells(text)) for text in (before, after)]
    except (ValueError, AssertionError, AttributeError, IndexError) as error:
        # A notebook that isn't one: nothing may have changed.
        if open(task["before"], "rb").read() != open(task["after"], "rb").read():
            result["bytes"] = [f"not readable, and yet it changed: {error!r}"]
    trees = {}
    for module in task["modules"]:
        try:
            text = open(module, "rb").read()
            compile(text, module, "exec", dont_inherit=True)
            name = module[len(task["source_root"]) :].strip("/\\").replace("\\", "/")[:-3].replace("/", ".")
            is_package = name.endswith("__init__")
            trees[name.removesuffix(".__init__")] = (ast.parse(text), is_package)
        except (SyntaxError, ValueError) as error:
            result["compile"].append([module, str(error)])
    result["cycles"] = find_cycles(import_graph(trees))
    return result


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20000)
    json.dump([judge(task) for task in json.load(sys.stdin)], sys.stdout)
