# SPDX-License-Identifier: MIT
"""Merging: modules that are always loaded together become one file.

in    modules as trees, by name; groups of them
out   the same with one module for each group in the place of its modules; whoever imported from these imports from it
from  what a module costs a board beside its code: its object, its table, two names, an entry for each import
      (docs/board.md)
but   where two modules of a group define one name, the later one's is called module_name. A module that is handed about
      as an object cannot be merged
"""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Iterable
from dataclasses import dataclass, replace

Modules = dict[str, ast.Module]
_OWN_SCOPE = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class CannotMerge(ValueError):
    """As one module, a group would not do what its modules do."""


@dataclass(frozen=True)
class _Name:
    """It is called so in the group."""

    new: str


@dataclass(frozen=True)
class _Module:
    """A merged module; `is_here`: in the same group, so that its things have plain names; else the group is `bound`."""

    name: str
    is_here: bool
    bound: str = ""


@dataclass(frozen=True)
class _Thing:
    """A name of a merged module."""

    module: str
    name: str
    is_here: bool


_Meaning = _Name | _Module | _Thing | None  # None: a name of the scope's own


def merge(modules: Modules, groups: dict[str, Iterable[str]]) -> None:
    """Put each group in the place of its modules, in `modules`. Raises CannotMerge."""
    hidden: set[str] = set()
    while True:
        tried = copy.deepcopy(modules)
        more = _merge(tried, groups, hidden)
        if more <= hidden:
            break
        hidden |= more
    modules.clear()
    modules.update(tried)


def _merge(modules: Modules, groups: dict[str, Iterable[str]], hidden: set[str]) -> set[str]:
    """The same without the names `hidden`. Returns the names that a function's own variable hid."""
    home = {one: group for group, ones in groups.items() for one in ones}
    order = {group: _sorted(list(ones), modules) for group, ones in groups.items()}
    names: dict[str, dict[str, _Meaning]] = {}
    imported: dict[str, dict[tuple[str, str], str]] = {group: {} for group in groups}
    for group, ones in order.items():
        taken = set(dir(builtins)) | hidden
        for one in ones:
            names[one] = _settle(one, modules[one], taken, imported[group], home)
    heads = {
        group: [_import_of(*_found(source, name, home, names), new) for (source, name), new in wanted.items()]
        for group, wanted in imported.items()
    }
    found: set[str] = set()
    for one, tree in modules.items():
        _forget_groups(tree, home, modules)
        _Writer(one, home, names, found).visit(tree)
    made = {
        group: ast.Module([*heads[group], *(node for one in ones for node in modules[one].body)], [])
        for group, ones in order.items()
    }
    for one in home:
        del modules[one]
    packages = {one.rpartition(".")[0] for one in home}
    for package in packages:
        if package in modules and not any(one.startswith(package + ".") for one in [*modules, *made]):
            del modules[package]
    modules.update(made)
    return found


def _import_of(source: str, name: str, new: str) -> ast.stmt:
    if not source:
        return ast.Import([ast.alias(name, None if new == name else new)])
    return ast.ImportFrom(source, [ast.alias(name, None if new == name else new)], 0)


def _found(source: str, name: str, home: dict[str, str], names: dict[str, dict]) -> tuple[str, str]:
    """Where an import of a group's head finds it."""
    if not source and name in home.values():
        package, _, leaf = name.rpartition(".")
        return package, leaf
    return (home[source], _final(source, name, home, names)) if source in home else (source, name)


def _final(module: str, name: str, home: dict[str, str], names: dict[str, dict]) -> str:
    """What a merged module's name is called in its group, however often it was handed on. Raises CannotMerge."""
    meaning = names[module].get(name)
    if isinstance(meaning, _Thing):
        return _final(meaning.module, meaning.name, home, names)
    if not isinstance(meaning, _Name):
        raise CannotMerge(f"there is no {module}.{name}")
    return meaning.new


def _sorted(ones: list[str], modules: Modules) -> list[str]:
    """Each after what it imports at its top. Raises CannotMerge where they go in a circle."""
    out: list[str] = []

    def visit(one: str, above: tuple[str, ...]) -> None:
        if one in above:
            raise CannotMerge(" imports ".join((*above, one)))
        if one in out:
            return
        for node in modules[one].body:
            if isinstance(node, ast.ImportFrom):
                for wanted in (node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)):
                    if wanted in ones:
                        visit(wanted, (*above, one))
        out.append(one)

    for one in ones:
        visit(one, ())
    return out


def _bound(body: Iterable[ast.AST]) -> set[str]:
    """Names that statements bind in their own scope."""
    out: set[str] = set()
    stack = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            out.add(node.name)
            continue
        if isinstance(node, _OWN_SCOPE):
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            out.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            out.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            out.add(node.name)
        stack.extend(ast.iter_child_nodes(node))
    return out


def _settle(
    one: str, tree: ast.Module, taken: set[str], imported: dict[tuple[str, str], str], home: dict[str, str]
) -> dict[str, _Meaning]:
    """What the module's names mean in its group. Takes others' imports off its top: the group makes each once."""
    out: dict[str, _Meaning] = {}
    leaf = one.rpartition(".")[2]

    def new(name: str) -> str:
        found, tail = name, ""
        while found in taken:
            found = f"{leaf}_{name.lstrip('_')}{tail}"
            tail += "_"
        taken.add(found)
        return found

    kept: list[ast.stmt] = []
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            kept.append(node)
            continue
        source = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            name = alias.asname or alias.name
            meaning = _imported(source, alias.name, home, home[one])
            if meaning is None or not meaning.is_here:
                key = (source, alias.name)
                if isinstance(meaning, _Module):  # all that come from one group come through it
                    key = ("", home[meaning.name])
                if key not in imported:
                    imported[key] = new(name)
                bound = imported[key]
                meaning = replace(meaning, bound=bound) if isinstance(meaning, _Module) else _Name(bound)
            out[name] = meaning
    tree.body = kept
    for name in sorted(_bound(kept)):
        out[name] = _Name(new(name))
    return out


def _imported(source: str, name: str, home: dict[str, str], here: str | None) -> _Meaning:
    """What an import of merged things binds; None for all others."""
    if f"{source}.{name}" in home:
        return _Module(f"{source}.{name}", home[f"{source}.{name}"] == here)
    if source in home:
        return _Thing(source, name, home[source] == here)
    return None


class _Writer(ast.NodeTransformer):
    """Writes one module's names as its group, and other groups, call them."""

    def __init__(self, one: str, home: dict[str, str], names: dict[str, dict], hidden: set[str]) -> None:
        self.one = one
        self.home = home
        self.names = names
        self.group = home.get(one)
        self.scopes: list[tuple[dict, bool]] = [(dict(names.get(one, {})), False)]
        self.hidden = hidden

    def final(self, module: str, name: str) -> str:
        return _final(module, name, self.home, self.names)

    def meaning(self, name: str):
        for number, (scope, is_class) in enumerate(reversed(self.scopes)):
            if name in scope and not (is_class and number):
                return scope[name]
        return None

    def seen(self, name: str) -> str:
        """The name of a group's thing, told if a variable hides it here."""
        if any(name in scope and scope[name] is None for scope, _ in self.scopes[1:]):
            self.hidden.add(name)
        return name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        meaning = self.meaning(node.id)
        if isinstance(meaning, _Name):
            node.id = self.seen(meaning.new)
        elif isinstance(meaning, _Thing) and meaning.is_here:
            node.id = self.seen(self.final(meaning.module, meaning.name))
        elif isinstance(meaning, _Module) and not isinstance(node.ctx, ast.Del):
            raise CannotMerge(f"{self.one} hands {meaning.name} about")
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        meaning = self.meaning(node.value.id) if isinstance(node.value, ast.Name) else None
        if not isinstance(meaning, _Module):
            return self.generic_visit(node)
        final = self.final(meaning.name, node.attr)
        if meaning.is_here:
            return ast.Name(self.seen(final), node.ctx)
        node.attr = final
        if meaning.bound:
            node.value.id = self.seen(meaning.bound)
        return node

    def visit_Delete(self, node: ast.Delete) -> ast.AST | None:
        node.targets = [
            one
            for one in node.targets
            if not (isinstance(one, ast.Name) and getattr(self.meaning(one.id), "is_here", False))
        ]
        return self.generic_visit(node) if node.targets else None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt] | None:
        out: list[ast.stmt] = []
        for alias in node.names:
            name = alias.asname or alias.name
            meaning = _imported(node.module or "", alias.name, self.home, self.group)
            self.scopes[-1][0][name] = meaning
            if meaning is None:
                out.append(ast.ImportFrom(node.module, [alias], node.level))
            elif not meaning.is_here:
                out.append(self._from_group(meaning, name))
        return out or None

    def _from_group(self, meaning: _Module | _Thing, name: str) -> ast.stmt:
        if isinstance(meaning, _Module):
            package, _, leaf = self.home[meaning.name].rpartition(".")
            return ast.ImportFrom(package, [ast.alias(leaf, None if leaf == name else name)], 0)
        final = self.final(meaning.module, meaning.name)
        return ast.ImportFrom(self.home[meaning.module], [ast.alias(final, None if final == name else name)], 0)

    def _inside(self, node: ast.AST, own: set[str]) -> ast.AST:
        self.scopes.append((dict.fromkeys(own), False))
        self.generic_visit(node)
        self.scopes.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list = [self.visit(one) for one in node.decorator_list]
        node.args.defaults = [self.visit(one) for one in node.args.defaults]
        node.args.kw_defaults = [one and self.visit(one) for one in node.args.kw_defaults]
        meaning = self.meaning(node.name)
        node.name = meaning.new if isinstance(meaning, _Name) else node.name
        outer = {name for one in ast.walk(node) if isinstance(one, ast.Global) for name in one.names}
        args = node.args
        own = {one.arg for one in (*args.args, *args.posonlyargs, *args.kwonlyargs, args.vararg, args.kwarg) if one}
        self.scopes.append((dict.fromkeys((own | _bound(node.body)) - outer), False))
        node.body = self._block(node.body)
        self.scopes.pop()
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.bases = [self.visit(one) for one in node.bases]
        node.decorator_list = [self.visit(one) for one in node.decorator_list]
        meaning = self.meaning(node.name)
        node.name = meaning.new if isinstance(meaning, _Name) else node.name
        self.scopes.append((dict.fromkeys(_bound(node.body)), True))
        node.body = self._block(node.body)
        self.scopes.pop()
        return node

    def _block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for node in body:
            done = self.visit(node)
            out += done if isinstance(done, list) else [done] if done is not None else []
        return out or [ast.Pass()]

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._inside(node, {one.arg for one in node.args.args})

    def visit_comprehension_scope(self, node: ast.AST) -> ast.AST:
        return self._inside(node, _bound(one.target for one in node.generators))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_scope

    def visit_Global(self, node: ast.Global) -> ast.AST:
        found = [self.scopes[0][0].get(name) for name in node.names]
        node.names = [one.new if isinstance(one, _Name) else name for one, name in zip(found, node.names, strict=True)]
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        meaning = self.meaning(node.name) if node.name else None
        node.name = meaning.new if isinstance(meaning, _Name) else node.name
        return self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(getattr(node, "body", None), list) and not node.body and not isinstance(node, ast.Module):
            node.body.append(ast.Pass())
        return node


def _forget_groups(tree: ast.Module, home: dict[str, str], modules: Modules) -> None:
    """`forget("prefix")` of merged modules forgets their group. Raises CannotMerge where it would forget too much."""
    forgotten: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "forget"
        if not is_call or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        prefix = node.args[0].value
        met = {one for one in modules if one.startswith(prefix)}
        groups = {home[one] for one in met if one in home}
        if len(groups) > 1 or groups and met - home.keys():
            raise CannotMerge(f"{prefix} is forgotten, and in {', '.join(groups)} only a part of it is")
        if groups:
            group = groups.pop()
            forgotten.setdefault(group, set()).update(met)
            node.args[0] = ast.Constant(group)
    for group, met in forgotten.items():
        if len(met) < list(home.values()).count(group):
            raise CannotMerge(f"{', '.join(met)} are forgotten, and they are only a part of {group}")
