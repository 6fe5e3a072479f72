"""Runs notebooks before and after a definition moved, and says of each whether they show the same.

Input: a JSON list of {"before": cells, "after": cells, "module": text}, with the module imported as churn.churn.
Output: a JSON list of "same", "not run: why" for what can't run before, and "different: ..." as the case may be.
"""

import ast
import contextlib
import io
import json
import re
import sys
import types

from IPython.core.inputtransformer2 import TransformerManager


def show(cells):
    """What cells print, and what each shows as its value, in a fresh namespace."""
    # A module of its own, as a kernel has: classes look their annotations up in it.
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    shown = []
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for cell in cells:
            tree = ast.parse(TransformerManager().transform_cell(cell))
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "cell", "exec"), main.__dict__)
            if last is not None:
                shown.append(repr(eval(compile(ast.Expression(last.value), "cell", "eval"), main.__dict__)))
    text = "\n".join([*shown, printed.getvalue()])
    return re.sub(r"0x[0-9a-f]+", "0x", text.replace("churn.churn", "__main__"))


def compare(case):
    try:
        before = show(case["before"])
    except BaseException as error:
        return f"not run: {error!r}"
    package = sys.modules["churn"] = types.ModuleType("churn")
    package.__path__ = []
    try:
        if case["module"]:
            module = sys.modules["churn.churn"] = types.ModuleType("churn.churn")
            exec(compile(case["module"], "churn.py", "exec"), module.__dict__)
        after = show(case["after"])
    except BaseException as error:
        after = repr(error)
    finally:
        sys.modules.pop("churn.churn", None)
    return "same" if before == after else f"different: {before!r}, then {after!r}"


real = sys.modules["__main__"]
verdicts = [compare(case) for case in json.load(sys.stdin)]
sys.modules["__main__"] = real
json.dump(verdicts, sys.stdout)
