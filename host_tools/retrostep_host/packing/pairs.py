# SPDX-License-Identifier: MIT
"""Pairs: `a, b = x, y` is compiled without a tuple, as it would be from the source.

in    a module as a tree, its names final
out   its text, where ast.unparse would write a, b = (x, y)
from  MicroPython, py/compile.c: of two or three values without brackets the compiler makes no tuple, it turns them
      round on the stack. With brackets it makes one and takes it apart: docs/board.md. Of four it does in any case
"""

from __future__ import annotations

import ast


def text(tree: ast.Module) -> str:
    """The tree's source. The tree is not to be used any more."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
            node.value = ast.Name(", ".join(map(ast.unparse, node.value.elts)), ast.Load())  # written as it stands
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
