# SPDX-License-Identifier: MIT
"""Constants: numbers that have a name in one module are written where they are used, across modules.

in    modules as trees, by name
out   the same trees without those names: a board then holds neither the name nor the entry of the module's table, nor
      the import, and looks nothing up
but   only whole numbers of 30 bits, floats and True/False, assigned once at the top of a module in capitals
"""

from __future__ import annotations

import ast
import math
import re
import struct
from types import SimpleNamespace

Modules = dict[str, ast.Module]
Number = int | float | bool
CAPITALS = re.compile(r"_?[A-Z][A-Z0-9_]*$")
_PURE = {"const": lambda value: value, "math": math, "struct": struct, "int": int, "round": round, "len": len}
_PURE |= {"float": float, "min": min, "max": max, "abs": abs, "__builtins__": {}}


def inline(modules: Modules) -> None:
    """Put numbers in the place of their names, and drop names and imports that nobody needs any more."""
    found: dict[str, dict[str, Number]] = {name: {} for name in modules}
    candidates = {name: _candidates(tree) for name, tree in modules.items()}
    grew = True
    while grew:
        grew = False
        for name, tree in modules.items():
            known = _visible(tree, found)
            passed_on = {key: value for key, value in known.items() if isinstance(value, int | float)}
            grew = grew or not passed_on.keys() <= found[name].keys()
            found[name] |= passed_on  # another module may ask for it here
            for constant, value in list(candidates[name].items()):
                number = _number(value, known | found[name])
                if number is not None:
                    found[name][constant] = number
                    del candidates[name][constant]
                    grew = True
    for name, tree in modules.items():
        _Writer(_visible(tree, found) | found[name]).visit(tree)
        tree.body = [node for node in tree.body if not (_is_single(node) and node.targets[0].id in found[name])]
        _drop_imports(tree, found)


def _is_single(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)


def _candidates(tree: ast.Module) -> dict[str, ast.expr]:
    stores = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return {
        node.targets[0].id: node.value
        for node in tree.body
        if _is_single(node) and CAPITALS.match(node.targets[0].id) and stores.count(node.targets[0].id) == 1
    }


def _visible(tree: ast.Module, found: dict[str, dict[str, Number]]) -> dict[str, object]:
    """What the module's imports make visible: numbers by their own name, modules as namespaces of theirs.

    Raises ValueError where one name stands for two modules: whose numbers are meant would be a guess."""
    out: dict[str, object] = {}
    owner: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named = {one.asname or one.name: found[one.name] for one in node.names if one.name in found}
            out |= {name: SimpleNamespace(**numbers) for name, numbers in named.items()}
        if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
            continue
        for alias in node.names:
            name, source = alias.asname or alias.name, f"{node.module}.{alias.name}"
            if source in found and owner.setdefault(name, source) != source:
                raise ValueError(f"{name} is {owner[name]} and {source}")
            if source in found:
                out[name] = SimpleNamespace(**found[source])
            elif alias.name in found.get(node.module, {}):
                out[name] = found[node.module][alias.name]
    return out


def _number(value: ast.expr, known: dict[str, object]) -> Number | None:
    try:
        number = eval(compile(ast.Expression(value), "constant", "eval"), dict(_PURE), known)  # our own source
    except Exception:
        return None
    if isinstance(number, float):
        return number if math.isfinite(number) else None
    return number if isinstance(number, bool | int) and -(1 << 30) <= number < 1 << 30 else None


class _Writer(ast.NodeTransformer):
    def __init__(self, known: dict[str, object]) -> None:
        self.known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        known = self.known.get(node.id)
        return _constant(known) if isinstance(node.ctx, ast.Load) and isinstance(known, int | float) else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name):
            of = self.known.get(node.value.id)
            if isinstance(of, SimpleNamespace) and hasattr(of, node.attr):
                return _constant(getattr(of, node.attr))
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node = self.generic_visit(node)
        parts = (node.left, node.right)
        if all(isinstance(one, ast.Constant) and isinstance(one.value, int | float) for one in parts):
            number = _number(node, {})
            return node if number is None else _constant(number)
        return node


def _constant(value: Number) -> ast.expr:
    negative = not isinstance(value, bool) and (value < 0 or str(value)[0] == "-")
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if negative else ast.Constant(value)


def _drop_imports(tree: ast.Module, found: dict[str, dict[str, Number]]) -> None:
    """Imports of numbers, and of modules of which only numbers were wanted."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}

    class Dropper(ast.NodeTransformer):
        def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | None:
            node.names = [
                alias
                for alias in node.names
                if (alias.asname or alias.name) in used or f"{node.module}.{alias.name}" not in found
                and alias.name not in found.get(node.module or "", {})
            ]
            return node if node.names else None

        def generic_visit(self, node: ast.AST) -> ast.AST:
            super().generic_visit(node)
            if isinstance(getattr(node, "body", None), list) and not node.body and not isinstance(node, ast.Module):
                node.body.append(ast.Pass())
            return node

    Dropper().visit(tree)
