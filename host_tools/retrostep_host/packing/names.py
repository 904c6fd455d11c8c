# SPDX-License-Identifier: MIT
"""Names: our own names become names that CircuitPython's own tables hold already, so that they cost a board no RAM.

in    modules as trees, drivers and all; names that must stay (of files outside, spelled out in strings)
out   the same trees under other names; a table new name -> ours, for tracebacks
from  rom_names.txt: in the string tables of the official builds 9.2.9, 10.0.3 and Pico 10.2.1 (bench/rom_names.py)
but   one new name for one of ours, everywhere: nothing is told apart by where it stands. Where a build lacks a name it
      costs what any name costs; when the free ones run out, those that compiled code does not hold go without
"""

from __future__ import annotations

import ast
import builtins
import itertools
import keyword
import string
from collections import Counter
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path


@cache
def rom() -> tuple[str, ...]:
    """The names that are free, the shortest first."""
    return tuple((Path(__file__).parent / "rom_names.txt").read_text(encoding="ascii").split())


@cache
def _taken() -> frozenset[str]:
    """Names that mean something to Python itself: keywords, builtins, attributes of its own types."""
    types = [value for value in vars(builtins).values() if isinstance(value, type)]
    return frozenset(keyword.kwlist + keyword.softkwlist + dir(builtins)).union(*map(dir, types))


def rename(modules: dict[str, ast.Module], foreign: Set[str]) -> dict[str, str]:
    """Rename what the modules define themselves. Returns new -> old."""
    counts: Counter[str] = Counter()
    ours: set[str] = set()
    held_ones: set[str] = set()
    keep = set(foreign) | _taken() | set(rom())
    for name, tree in modules.items():
        keep.update(name.split("."))
        for node in ast.walk(tree):
            _collect(node, counts, ours, keep)
            held_ones.update(held(node))
        held_ones.update(node.id for node in _outside_functions(tree) if isinstance(node, ast.Name))
    ours = {name for name in ours - keep if not name.startswith("__")}
    there = set(counts) | keep - set(rom()) | ours
    spare = (name for name in rom() if name not in there and name not in _taken() and not name.startswith("_"))
    short = ("".join(pair) for pair in itertools.product(string.ascii_letters, string.ascii_letters + string.digits))
    new = itertools.chain(spare, (name for name in short if name not in there | set(rom())))
    wanted = sorted(ours, key=lambda name: (name not in held_ones, -counts[name], name))
    table = dict(zip(wanted, new, strict=False))
    for tree in modules.values():
        _Renamer(table).visit(tree)
    return {short: name for name, short in table.items()}


def held(node: ast.AST) -> list[str]:
    """Names that compiled code holds; of a function's own variables it holds none."""
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Global | ast.Nonlocal):
        return list(node.names)
    if isinstance(node, ast.alias):
        return [*node.name.split("."), node.asname or ""]
    if isinstance(node, ast.arg | ast.keyword):
        return [node.arg or ""]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for one in ast.iter_child_nodes(node):
        if not isinstance(one, ast.FunctionDef | ast.Lambda):
            yield one
            yield from _outside_functions(one)


def _collect(node: ast.AST, counts: Counter[str], ours: set[str], keep: set[str]) -> None:
    """Count each use of a name; `ours`: defined here; `keep`: spelled out where no table reaches."""
    if isinstance(node, ast.Name):
        counts[node.id] += 1
        if isinstance(node.ctx, ast.Store):
            ours.add(node.id)
    elif isinstance(node, ast.Attribute):
        counts[node.attr] += 1
        if isinstance(node.ctx, ast.Store):
            ours.add(node.attr)
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        counts[node.name] += 1
        ours.add(node.name)
    elif isinstance(node, ast.arg):
        counts[node.arg] += 1
        ours.add(node.arg)
    elif isinstance(node, ast.keyword) and node.arg:
        counts[node.arg] += 1
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
        counts[node.value] += 1
    elif isinstance(node, ast.Import):
        keep.update(part for alias in node.names for part in (alias.name + "." + (alias.asname or "")).split("."))
    elif isinstance(node, ast.ExceptHandler) and node.name:
        counts[node.name] += 1


class _Renamer(ast.NodeTransformer):
    def __init__(self, table: dict[str, str]) -> None:
        self.table = table

    def _new(self, name: str) -> str:
        return self.table.get(name, name)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._new(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._new(node.attr)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._new(node.name)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._new(node.name)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._new(node.arg)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        node.arg = node.arg and self._new(node.arg)
        return self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> ast.AST:
        node.name = ".".join(map(self._new, node.name.split(".")))
        node.asname = node.asname and self._new(node.asname)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = node.name and self._new(node.name)
        return self.generic_visit(node)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> ast.AST:
        node.names = list(map(self._new, node.names))
        return node

    visit_Nonlocal = visit_Global
