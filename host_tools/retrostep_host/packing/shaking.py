# SPDX-License-Identifier: MIT
"""Shaking: what no module on the drive asks for by name is left off the drive.

in    modules as trees; names that files outside ask for
out   the same trees without functions, methods, classes and tables that nobody names, without docstrings and notes,
      without what is there `if __debug__`, which -O3 makes false
but   a name that is asked for anywhere keeps everything of that name everywhere: too much stays, nothing is missing
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Set

_DEFINITIONS = ast.FunctionDef | ast.ClassDef
_PURE_CALLS = {"const", "bytes", "tuple", "dict", "frozenset", "range", "array", "bytearray", "calcsize"}


def shake(modules: dict[str, ast.Module], asked: Set[str]) -> None:
    """Drop what nobody asks for, until nothing more falls."""
    for tree in modules.values():
        _Bare().visit(tree)
    fell = True
    while fell:
        names = Counter(name for tree in modules.values() for name in _asked_for(tree))
        fell = False
        for tree in modules.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.Module | ast.ClassDef):
                    kept = [one for one in node.body if not _is_idle(one, names, asked)]
                    fell = fell or len(kept) < len(node.body)
                    node.body = kept or ([ast.Pass()] if isinstance(node, ast.ClassDef) else [])


def _asked_for(tree: ast.AST) -> list[str]:
    """Every name that something in the tree loads, imports, passes by keyword or spells out as a string."""
    out: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            out.append(node.id)
        elif isinstance(node, ast.Attribute):
            out.append(node.attr)
        elif isinstance(node, ast.ImportFrom):
            out += [alias.name for alias in node.names]
        elif isinstance(node, ast.keyword) and node.arg:
            out.append(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            out.append(node.value)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            out += node.names
    return out


def _is_idle(node: ast.stmt, names: Counter[str], asked: Set[str]) -> bool:
    if isinstance(node, _DEFINITIONS):
        name = node.name
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        if not _is_pure(node.value):
            return False
        name = node.targets[0].id
    else:
        return False
    if name in asked or (name.startswith("__") and name.endswith("__")):
        return False
    return names[name] <= sum(one == name for one in _asked_for(node))  # at most it asks for itself


def _is_pure(value: ast.expr) -> bool:
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called not in _PURE_CALLS:
                return False
        elif isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            return False
    return True


def _is_debug(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return _is_debug(test.values[0])
    return isinstance(test, ast.Name) and test.id == "__debug__"


class _Bare(ast.NodeTransformer):
    """Without docstrings, annotations and what is for benches."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        node = self.generic_visit(node)
        return (node.orelse or ast.Pass()) if _is_debug(node.test) else node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.Module | _DEFINITIONS):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.generic_visit(ast.copy_location(ast.Assign([node.target], node.value), node))
