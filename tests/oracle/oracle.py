"""Turns notebooks into what CPython itself says about their names, for comparison with `nb2mod scan --json`.

    python3 oracle.py FILE_OR_FOLDER...     reads notebooks, folders recursively
    python3 oracle.py -                     reads one notebook from standard input, reported as path "-"
    python3 oracle.py --bytecode ...        also says what the compiler's bytecode looks up, for each definition
    python3 oracle.py --sources ...         writes nothing but the source of every code cell

Python 3.9 or newer, standard library only. Where IPython is installed, its own input transformer turns cells into
Python; where it isn't, cells that hold magics count as cells that don't parse.

Writes JSON: {"python", "ipython", "notebooks": [{"path", "skipped"?, "cells", "definitions"}]}.

A notebook is skipped, with the reason, when it isn't JSON, isn't nbformat 4, or isn't Python 3 by its metadata.

Every code cell is listed: {"cell", "parses", "binds", "imports"}. Cells count from 1 over all cells.

binds
    Every global name that the cell's own statements bind when the cell runs, sorted: assignments
    (augmented and annotated ones with a value too), imports, `def`, `class`, `for`, `with`, `except ... as`, walrus
    (in a module-level comprehension too), `match` captures, `type` aliases, the same inside
    compound statements, and `global x` in a class body. Not what functions bind through `global` when called, and not
    what `del` takes away. A bare annotation `x: int` binds nothing. Bodies and statements that magics run in the namespace count (`%%time`,
    `%%capture`, `%%prun`, `%time x = f()`), and so do the variables that magics set (`%%capture out`,
    `%%bash --out lines`). `from m import *` binds names that nobody can list: none.
imports
    Those of them that an import statement binds: `import a.b` binds `a`, `import a.b as c` binds `c`.

A definition is a direct statement of a cell, or of the body of such a cell magic: `def`, `async def`, `class` under any
decorators, and `name = lambda ...`: {"cell", "line", "name", "kind", "readsAtDefinition", "readsAtCall", "writes"}.
`line` is the line of its `def`, `class` or assignment in the cell as written, or null where the transformer shifted
lines in a way that can't be told.

readsAtDefinition
    Global names looked up when the statement runs: decorators, defaults, bases and class keywords, class bodies,
    annotations of parameters, of returns and of class variables unless they are strings or the cell runs
    under `from __future__ import annotations` (which holds for later cells of a notebook too), bounds of type
    parameters. Comprehensions and generators run where they stand.
readsAtCall
    Global names looked up by the body of any function or lambda in it, however deep, with everything that stands in such a
    body. Annotations of local variables are never evaluated, so they don't count.
writes
    Globals that it binds or deletes through `global`.

Builtins are global names here. Names are as the compiler looks them up: mangled in classes, NFKC-normalised. `x += 1`
looks `x` up and binds it; `del x` only binds it.

A name that a class body binds is looked up in the class first and then, where it isn't bound yet, as a global. The
rule here: it is a global read when nothing before it, in the order of evaluation, binds it in that class body. So
`x = x` reads the global `x`, and `@x.setter` below `def x` doesn't.
"""
import __future__
import ast
import json
import os
import re
import symtable
import sys
import warnings

try:
    from IPython.core.inputtransformer2 import TransformerManager
    import IPython
    ipython_version = IPython.__version__
except ImportError:
    TransformerManager = None
    ipython_version = None

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Blocks of the symbol table that hold no function of their own. Which of them appear differs between versions.
INNER_BLOCKS = {'listcomp', 'setcomp', 'dictcomp', 'genexpr', '<listcomp>', '<setcomp>', '<dictcomp>', '<genexpr>'}
NAMESPACE_CELLS = {'time', 'capture', 'prun', 'debug', 'memit', 'mprun'}
SCRIPT_CELLS = {'script', 'bash', 'sh', 'perl', 'ruby', 'python', 'python2', 'python3', 'pypy'}
STATEMENT_OPTIONS = {
    'time': r'(--no-raise-error\s+)*',
    'prun': r'(-([rq]+|[DlsT]\s*\S+)\s+)*',
    'lprun': r'(-([rsz]+|[fmDTu]\s*\S+)\s+)*',
    'mprun': r'(-([rc]+|[fT]\s*\S+)\s+)*',
    'memit': r'(-([coq]+|[rti]\s*\S+)\s+)*',
}
IMPLICIT_IN_CLASS = {'__module__', '__qualname__', '__annotations__', '__firstlineno__', '__classdict__'}


def type_parameters(node):
    return getattr(node, 'type_params', None) or []


def mangle(class_name, name):
    """The name as the compiler sees it within the class (Language Reference, "Identifiers (Names)")."""
    if class_name is None or not name.startswith('__') or name.endswith('__') or '.' in name:
        return name
    stripped = class_name.lstrip('_')
    return '_%s%s' % (stripped, name) if stripped else name


class Scope:
    """A place where names are looked up. `table` is CPython's for functions and classes."""

    def __init__(self, kind, parent=None, table=None, class_name=None, names=()):
        self.kind = kind
        self.parent = parent
        self.table = table
        self.class_name = class_name
        # Of a comprehension or type-parameter scope: what it binds. Of a class: what is bound so far.
        self.names = set(names)
        self.taken = {}

    def owner(self):
        """The scope whose symbol table holds the tables of the functions that stand here."""
        scope = self
        while scope.table is None:
            scope = scope.parent
        return scope

    def child_table(self, kind, name, line):
        """CPython's table for the function or class that starts here; several on a line come in order."""
        owner = self.owner()
        found = [table for table in child_tables(owner.table)
                 if table.get_type() == kind and table.get_name() in (name, '<%s>' % name)
                 and table.get_lineno() == line]
        key = (kind, name, line)
        index = owner.taken.get(key, 0)
        owner.taken[key] = index + 1
        return found[min(index, len(found) - 1)]

    def is_global(self, name):
        """Whether a load of `name` (mangled) that stands here looks a global up."""
        return self.where(name) == 'global'

    def where(self, name):
        if self.kind == 'module':
            return 'global'
        if self.kind == 'class':
            symbol = find_symbol(self.table, name)
            if symbol is not None and symbol.is_declared_global():
                return 'global'
            if name in self.names or name in IMPLICIT_IN_CLASS:
                return 'local'
            if symbol is not None and symbol.is_local():
                return 'global'  # bound later on in the class body: a lookup there skips enclosing functions
            return self.outer().where(name)
        if self.kind == 'function':
            symbol = find_symbol(self.table, name)
            if symbol is None:
                return self.outer().where(name)
            return 'global' if is_global_symbol(self.table, symbol) else 'local'
        if name in self.names:
            return 'local'
        if self.kind == 'typeparams' and self.parent.kind == 'class':
            return self.parent.where(name)  # annotation scopes see the names of their class
        return self.outer().where(name)

    def outer(self):
        """The next enclosing scope that a nested function sees: classes are skipped."""
        scope = self.parent
        while scope.kind == 'class':
            scope = scope.parent
        return scope

    def declares_global(self, name):
        """Whether binding `name` (mangled) here binds a global."""
        scope = self
        while scope.kind in ('comprehension', 'typeparams'):
            scope = scope.parent
        if scope.kind == 'module':
            return True
        symbol = find_symbol(scope.table, name)
        return symbol is not None and symbol.is_declared_global()


def child_tables(table):
    for child in table.get_children():
        kind = str(child.get_type())
        if child.get_name() in INNER_BLOCKS or not re.search(r'function|class', kind):
            yield from child_tables(child)
        else:
            yield child


def find_symbol(table, name):
    try:
        symbol = table.lookup(name)
    except KeyError:
        return None
    return symbol


def is_global_symbol(table, symbol):
    # CPython takes a function that is called `top` for the module here (Symbol.is_global in Lib/symtable.py).
    if table.get_name() == 'top':
        bound = symbol.is_parameter() or symbol.is_assigned() or symbol.is_imported() or symbol.is_free()
        return symbol.is_declared_global() or not bound
    return symbol.is_global()


class Names:
    """What one top-level statement reads, binds and writes."""

    def __init__(self, module_table, future_annotations):
        self.module = Scope('module', table=module_table)
        self.future_annotations = future_annotations
        self.reads = {'definition': set(), 'call': set()}
        self.writes = set()
        self.binds = set()
        self.imports = set()

    # Names

    def load(self, name, scope, when):
        name = mangle(scope.class_name, name)
        if scope.is_global(name):
            self.reads[when].add(name)

    def bind(self, name, scope, when, deletes=False):
        """`scope` is that of the statement; a walrus in a comprehension binds in the scope around it."""
        name = mangle(scope.class_name, name)
        while scope.kind in ('comprehension', 'typeparams'):
            scope = scope.parent
        if scope.declares_global(name):
            if scope.kind != 'module':
                self.writes.add(name)
            if when == 'definition' and not deletes:
                self.binds.add(name)
            return
        if scope.kind == 'class':
            if deletes:
                scope.names.discard(name)
            else:
                scope.names.add(name)

    # Statements and expressions

    def visit_all(self, nodes, scope, when):
        for node in nodes:
            if node is not None:
                self.visit(node, scope, when)

    def visit(self, node, scope, when):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self.load(node.id, scope, when)
            else:
                self.bind(node.id, scope, when, isinstance(node.ctx, ast.Del))
        elif isinstance(node, FUNCTIONS):
            self.function(node, scope, when)
        elif isinstance(node, ast.Lambda):
            self.arguments_outside(node.args, scope, when)
            inner = Scope('function', scope, scope.child_table('function', 'lambda', node.lineno), scope.class_name)
            self.visit(node.body, inner, 'call')
        elif isinstance(node, ast.ClassDef):
            self.class_(node, scope, when)
        elif isinstance(node, COMPREHENSIONS):
            self.comprehension(node, scope, when)
        elif isinstance(node, ast.Assign):
            self.visit(node.value, scope, when)
            self.visit_all(node.targets, scope, when)
        elif isinstance(node, ast.AugAssign):
            if isinstance(node.target, ast.Name):
                self.load(node.target.id, scope, when)
            self.visit(node.value, scope, when)
            self.visit(node.target, scope, when)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.visit(node.value, scope, when)
            if node.value is not None or not isinstance(node.target, ast.Name):
                self.visit(node.target, scope, when)
            if scope.kind in ('module', 'class'):
                self.annotation(node.annotation, scope, when)
        elif isinstance(node, ast.NamedExpr):
            self.visit(node.value, scope, when)
            self.visit(node.target, scope, when)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self.visit(node.iter, scope, when)
            self.visit(node.target, scope, when)
            self.visit_all(node.body + node.orelse, scope, when)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = alias.asname or alias.name.split('.')[0]
                if name != '*':
                    self.bind(name, scope, when)
                    if when == 'definition' and scope.declares_global(mangle(scope.class_name, name)):
                        self.imports.add(mangle(scope.class_name, name))
        elif isinstance(node, ast.ExceptHandler):
            self.visit_all([node.type], scope, when)
            if node.name:
                self.bind(node.name, scope, when)
            self.visit_all(node.body, scope, when)
            if node.name:
                self.bind(node.name, scope, when, deletes=True)
        elif type(node).__name__ in ('MatchAs', 'MatchStar'):
            self.visit_all(ast.iter_child_nodes(node), scope, when)
            if node.name:
                self.bind(node.name, scope, when)
        elif type(node).__name__ == 'MatchMapping':
            self.visit_all(ast.iter_child_nodes(node), scope, when)
            if node.rest:
                self.bind(node.rest, scope, when)
        elif type(node).__name__ == 'TypeAlias':
            inner = self.type_scope(node, scope, when)
            self.visit(node.value, inner, when)
            self.visit(node.name, scope, when)
        else:
            self.visit_all(ast.iter_child_nodes(node), scope, when)

    def annotation(self, node, scope, when):
        if node is not None and not self.future_annotations:
            self.visit(node, scope, when)

    def type_scope(self, node, scope, when):
        parameters = type_parameters(node)
        if not parameters:
            return scope
        names = {mangle(scope.class_name, parameter.name) for parameter in parameters}
        inner = Scope('typeparams', scope, None, scope.class_name, names)
        for parameter in parameters:
            self.visit_all(ast.iter_child_nodes(parameter), inner, when)
        return inner

    def arguments_outside(self, arguments, scope, when):
        self.visit_all(arguments.defaults, scope, when)
        self.visit_all(arguments.kw_defaults, scope, when)

    def function(self, node, scope, when):
        self.visit_all(node.decorator_list, scope, when)
        self.arguments_outside(node.args, scope, when)
        inner_scope = self.type_scope(node, scope, when)
        arguments = node.args
        for argument in [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs,
                         arguments.kwarg]:
            if argument is not None:
                self.annotation(argument.annotation, inner_scope, when)
        self.annotation(node.returns, inner_scope, when)
        table = scope.child_table('function', node.name, node.lineno)
        body = Scope('function', inner_scope, table, scope.class_name)
        self.visit_all(node.body, body, 'call')
        self.bind(node.name, scope, when)

    def class_(self, node, scope, when):
        self.visit_all(node.decorator_list, scope, when)
        inner_scope = self.type_scope(node, scope, when)
        self.visit_all(node.bases, inner_scope, when)
        self.visit_all(node.keywords, inner_scope, when)
        table = scope.child_table('class', node.name, node.lineno)
        body = Scope('class', inner_scope, table, node.name)
        self.visit_all(node.body, body, when)
        self.bind(node.name, scope, when)

    def comprehension(self, node, scope, when):
        """The first iterable is evaluated around the comprehension, everything else inside it."""
        self.visit(node.generators[0].iter, scope, when)
        targets = {mangle(scope.class_name, name.id)
                   for generator in node.generators for name in ast.walk(generator.target)
                   if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
        inner = Scope('comprehension', scope, None, scope.class_name, targets)
        for position, generator in enumerate(node.generators):
            if position > 0:
                self.visit(generator.iter, inner, when)
            for part in ast.walk(generator.target):
                if isinstance(part, (ast.Attribute, ast.Subscript)):
                    self.visit(part, inner, when)
            self.visit_all(generator.ifs, inner, when)
        if isinstance(node, ast.DictComp):
            self.visit_all([node.key, node.value], inner, when)
        else:
            self.visit(node.elt, inner, when)


def is_definition(node):
    if isinstance(node, FUNCTIONS + (ast.ClassDef,)):
        return True
    return (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Lambda))


def describe(node, names, line):
    is_class = isinstance(node, ast.ClassDef)
    name = node.targets[0].id if isinstance(node, ast.Assign) else node.name
    return {
        'name': name,
        'kind': 'class' if is_class else 'function',
        'line': line,
        'readsAtDefinition': sorted(names.reads['definition']),
        'readsAtCall': sorted(names.reads['call']),
        'writes': sorted(names.writes),
    }


# Cells


def transform(source):
    """The Python that IPython makes of a cell, as (text, lines that it dropped at the head or None)."""
    if TransformerManager is None:
        return source, 0
    try:
        text = TransformerManager().transform_cell(source)
    except (SyntaxError, RuntimeError):
        return None, None
    lines = source.splitlines()
    leading = 0
    while leading < len(lines) and not lines[leading].strip():
        leading += 1
    exact = len(text.splitlines()) == len(lines) - leading
    return text, leading if exact else None


def parse(source):
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def magic_call(node):
    """(method, arguments) where the node is `get_ipython().method('...', ...)`, as the transformer writes it."""
    if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call)
            and isinstance(node.func.value.func, ast.Name) and node.func.value.func.id == 'get_ipython'
            and all(isinstance(argument, ast.Constant) for argument in node.args)):
        return node.func.attr, [argument.value for argument in node.args]
    return None, []


def magic_binds(name, line):
    words = line.split()
    if name == 'capture':
        return [word for word in words if word.isidentifier()][:1]
    if name in SCRIPT_CELLS:
        return [value for value in re.findall(r'--(?:out|err|proc)(?:=|\s+)(\S+)', line) if value.isidentifier()]
    return []


class Cell:
    """One code cell's report, made of its own text and of the bodies of its cell magics."""

    def __init__(self, future_annotations, bytecode):
        self.future_annotations = future_annotations
        self.bytecode = bytecode
        self.binds = set()
        self.imports = set()
        self.definitions = []
        self.parses = True

    def read(self, source, first_line=0):
        """`first_line` is how many lines of the cell stand before this text; None when nobody knows."""
        if not source.strip():
            return
        text, dropped = transform(source)
        tree = None if text is None else parse(text)
        if tree is None:
            self.parses = False
            return
        shift = None if first_line is None or dropped is None else first_line + dropped
        if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
            method, arguments = magic_call(tree.body[0].value)
            if method == 'run_cell_magic':
                self.cell_magic(source, arguments, first_line)
                return
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module == '__future__':
                if any(alias.name == 'annotations' for alias in node.names):
                    self.future_annotations = True
        try:
            table = symtable.symtable(text, 'cell', 'exec')
        except (SyntaxError, ValueError, RecursionError):
            self.parses = False
            return
        # One for the whole cell, so that functions that share a line find their own tables.
        owner = Names(table, self.future_annotations)
        for node in tree.body:
            names = Names(table, self.future_annotations)
            names.module = owner.module
            names.visit(node, names.module, 'definition')
            self.binds |= names.binds
            self.imports |= names.imports
            self.line_magics(node)
            if is_definition(node):
                report = describe(node, names, None if shift is None else node.lineno + shift)
                if self.bytecode:
                    report['bytecode'] = read_bytecode(node, self.future_annotations)
                self.definitions.append(report)

    def cell_magic(self, source, arguments, first_line):
        name, line, body = arguments
        self.binds.update(magic_binds(name, line))
        if name in NAMESPACE_CELLS:
            lines = source.splitlines(keepends=True)
            while lines and not lines[0].strip():
                del lines[0]
            before = len(source.splitlines()) - len(lines) + 1
            self.read(body, None if first_line is None else first_line + before)

    def line_magics(self, node):
        """Statements that `%time` and its like run in the namespace; they aren't definitions."""
        for inner in ast.walk(node):
            method, arguments = magic_call(inner)
            if method != 'run_line_magic' or arguments[0] not in STATEMENT_OPTIONS:
                continue
            line = arguments[1].strip()
            statement = line[re.match(STATEMENT_OPTIONS[arguments[0]], line).end():]
            inside = Cell(self.future_annotations, False)
            inside.read(statement)
            if inside.parses:
                self.binds |= inside.binds
                self.imports |= inside.imports


def read_bytecode(node, future_annotations):
    """The same three lists as the compiler has them. It leaves out code that can't be reached."""
    import dis
    flags = __future__.annotations.compiler_flag if future_annotations else 0
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        code = compile(ast.Module([node], []), 'cell', 'exec', flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    reads = {'definition': set(), 'call': set()}
    writes = set()

    def walk(code, when, kind):
        for step in dis.get_instructions(code):
            operation, name = step.opname, step.argval
            if operation in ('LOAD_GLOBAL', 'LOAD_NAME', 'LOAD_FROM_DICT_OR_GLOBALS'):
                reads[when].add((name, kind == 'class' and operation != 'LOAD_GLOBAL'))
            elif operation in ('STORE_GLOBAL', 'DELETE_GLOBAL'):
                writes.add(name)
        for constant in code.co_consts:
            if hasattr(constant, 'co_code'):
                is_function = bool(constant.co_flags & 2)  # CO_NEWLOCALS
                runs_here = constant.co_name in INNER_BLOCKS or constant.co_name.startswith('<generic parameters')
                if runs_here:
                    walk(constant, when, 'comprehension')
                elif is_function:
                    walk(constant, 'call', 'function')
                else:
                    walk(constant, when, 'class')

    walk(code, 'definition', 'module')
    return {when: sorted([name, maybe] for name, maybe in names) for when, names in reads.items()} | {
        'writes': sorted(writes)} if sys.version_info >= (3, 9) else None


# Notebooks


def is_python3(notebook):
    metadata = notebook.get('metadata') or {}
    kernel = metadata.get('kernelspec') or {}
    language = metadata.get('language_info') or {}
    name = str(language.get('name') or kernel.get('language') or 'python').lower()
    version = str(language.get('version') or '')
    if name not in ('python', 'python3', 'ipython'):
        return False
    return not (version.startswith('2') or kernel.get('name') == 'python2')


def read_notebook(path, data, bytecode=False):
    report = {'path': path}
    try:
        notebook = json.loads(data.decode('utf-8-sig'))
        cells = notebook['cells']
    except (ValueError, KeyError, TypeError, RecursionError):
        return dict(report, skipped='not a notebook of nbformat 4')
    if notebook.get('nbformat') != 4:
        return dict(report, skipped='not nbformat 4')
    if not is_python3(notebook):
        return dict(report, skipped='not Python 3')
    report['cells'] = []
    report['definitions'] = []
    future_annotations = False
    for index, cell in enumerate(cells, 1):
        if cell.get('cell_type') != 'code':
            continue
        source = cell.get('source') or ''
        source = source if isinstance(source, str) else ''.join(source)
        reader = Cell(future_annotations, bytecode)
        reader.read(source)
        if reader.parses:
            future_annotations = reader.future_annotations
        report['cells'].append({'cell': index, 'parses': reader.parses,
                                'binds': sorted(reader.binds) if reader.parses else [],
                                'imports': sorted(reader.imports) if reader.parses else []})
        if reader.parses:
            report['definitions'] += [dict({'cell': index}, **found) for found in reader.definitions]
    return report


def find_notebooks(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith('.'))
            for name in sorted(files):
                if name.endswith('.ipynb'):
                    yield os.path.join(folder, name)


def read_sources(paths):
    for path in find_notebooks(paths):
        with open(path, 'rb') as file:
            try:
                notebook = json.loads(file.read().decode('utf-8-sig'))
                cells = notebook['cells']
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
        if not is_python3(notebook):
            continue
        for index, cell in enumerate(cells, 1):
            if cell.get('cell_type') == 'code':
                source = cell.get('source') or ''
                yield {'path': path, 'cell': index, 'source': source if isinstance(source, str) else ''.join(source)}


def main(arguments):
    warnings.simplefilter('ignore')
    sys.setrecursionlimit(10000)
    bytecode = '--bytecode' in arguments
    paths = [argument for argument in arguments if not argument.startswith('--')]
    notebooks = []
    if '--sources' in arguments:
        json.dump(list(read_sources(paths)), sys.stdout)
        return
    if paths == ['-']:
        notebooks.append(read_notebook('-', sys.stdin.buffer.read(), bytecode))
    else:
        for path in find_notebooks(paths):
            with open(path, 'rb') as file:
                notebooks.append(read_notebook(path, file.read(), bytecode))
    json.dump({'python': '%d.%d' % sys.version_info[:2], 'ipython': ipython_version, 'notebooks': notebooks},
              sys.stdout, indent=1)
    sys.stdout.write('\n')


if __name__ == '__main__':
    main(sys.argv[1:])
