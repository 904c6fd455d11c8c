# SPDX-License-Identifier: MIT
"""Interpreter: runs the drive's files as CircuitPython would, in a world of their own.

in    the drive (/, /lib and what sys.path says), the shims, the few modules of CPython that CircuitPython also has
out   running modules; ImportError for everything else, as on the board
keeps a module table of its own: a soft reload throws it away, and the computer's own modules are never touched
but   1. annotations are not evaluated, as on the board
      2. adafruit_bus_device is built into CircuitPython: it comes from drivers/
"""

from __future__ import annotations
import __future__

import builtins
import importlib
import sys
import types
from pathlib import Path
from typing import Any

from retrostep_host import drive
from retrostep_host.virtual.machine import Machine

_LINE_NS = 100_000  # to load what 40 bytes of source are packed: 0.35 s for the engine's 139 kB (docs/board.md)
NATIVE = (
    "array",
    "binascii",
    "collections",
    "errno",
    "json",
    "math",
    "random",
    "re",
    "struct",
    "zlib",
    "select",
)
BUILT_IN_PACKAGES = ("adafruit_bus_device",)
SHIMS = "retrostep_host.virtual.shims"
MISSING = ("exec", "eval", "compile", "breakpoint", "help", "exit", "quit", "copyright", "credits", "license")


class Interpreter:
    """One run of CircuitPython's VM."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.modules: dict[str, types.ModuleType] = {}
        self.builtins: dict[str, Any] = {
            name: value
            for name, value in vars(builtins).items()
            if name not in ("breakpoint", "help", "input")
        }
        self.builtins["__import__"] = self._import
        self.builtins["open"] = machine.disk.open
        self.builtins["print"] = self._print
        self.path = ["", "/", ".frozen", "/lib"]  # sys.path

    # running ----------------------------------------------------------------------------------------------
    def run(self, name: str) -> None:
        """Run a file of the drive's root as __main__."""
        path = self.machine.disk.root / name
        module = types.ModuleType("__main__")
        self.modules["__main__"] = module
        self._execute(module, path, "/" + name, None)

    def _execute(self, module: types.ModuleType, path: Path, shown: str, package: str | None) -> None:
        module.__dict__["__builtins__"] = self.builtins
        module.__dict__["__file__"] = shown
        module.__dict__["__package__"] = package
        source = path.read_text(encoding="utf-8")
        flags = __future__.annotations.compiler_flag
        exec(compile(source, shown, "exec", flags=flags, dont_inherit=True), module.__dict__)

    def _print(self, *values: object, sep: str = " ", end: str = "\n", file: Any = None) -> None:
        text = (sep or " ").join(str(value) for value in values) + end
        self.machine_write(text)

    def machine_write(self, text: str) -> None:
        usb = self.machine.usb
        self.machine.advance(20_000)
        if usb is not None and usb.plugged and self.machine.cdc[0]:
            usb.console.write(text.replace("\n", "\r\n").encode())
        if self.machine.console_log is not None:
            self.machine.console_log(text)

    # importing --------------------------------------------------------------------------------------------
    def _import(
        self, name: str, globals: dict | None = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> types.ModuleType:
        if level:
            package = (globals or {}).get("__package__") or ""
            parts = package.split(".")
            if level > 1:
                parts = parts[: 1 - level]
            name = ".".join([*parts, name] if name else parts)
        leaf = self._load(name)
        if not fromlist:
            return leaf if level or "." not in name else self._load(name.split(".")[0])
        for item in fromlist:
            if item != "*" and not hasattr(leaf, item) and hasattr(leaf, "__path__"):
                try:
                    self._load(f"{name}.{item}")
                except ImportError as error:
                    if f"'{name}.{item}'" not in str(error):
                        raise
        return leaf

    def _load(self, name: str) -> types.ModuleType:
        if name in self.modules:
            return self.modules[name]
        parent, _, stem = name.rpartition(".")
        if parent:
            above = self._load(parent)
            if name in self.modules:
                return self.modules[name]
            if isinstance(getattr(above, stem, None), types.ModuleType):
                return getattr(above, stem)
        module = self._find(name, parent)
        if parent:
            setattr(self.modules[parent], stem, module)
        return module

    def _find(self, name: str, parent: str) -> types.ModuleType:
        if not parent:
            shim = self._shim(name)
            if shim is not None:
                self.modules[name] = shim
                return shim
            if name in NATIVE:
                self.modules[name] = importlib.import_module(name)
                return self.modules[name]
            where = dict.fromkeys(entry.strip("/") for entry in self.path if entry != ".frozen")
            places = [(self.machine.disk.root / entry, f"/{entry}" if entry else "") for entry in where]
            if name in BUILT_IN_PACKAGES:
                places = [(drive.drivers(), "/.frozen")]
        else:
            places = [(Path(place), place) for place in getattr(self.modules[parent], "__path__", ())]
        stem = name.rpartition(".")[2]
        for folder, shown in places:
            if (folder / stem).is_dir():
                return self._new(
                    name, folder / stem / "__init__.py", f"{shown}/{stem}/__init__.py", folder / stem
                )
            if (folder / f"{stem}.py").is_file():
                return self._new(name, folder / f"{stem}.py", f"{shown}/{stem}.py", None)
        raise ImportError(f"no module named '{name}'")

    def _shim(self, name: str) -> types.ModuleType | None:
        try:
            maker = importlib.import_module(f"{SHIMS}.{name}_")
        except ModuleNotFoundError as error:
            if error.name != f"{SHIMS}.{name}_":
                raise
            return None
        return maker.make(self.machine, self)

    def _new(self, name: str, path: Path, shown: str, folder: Path | None) -> types.ModuleType:
        module = types.ModuleType(name)
        if folder is not None:
            module.__path__ = [str(folder)]
        self.modules[name] = module
        try:
            if path.is_file():
                relative = str(path)
                root = str(self.machine.disk.root)
                shown = relative[len(root) :] if relative.startswith(root) else shown
                self._execute(module, path, shown, name if folder is not None else name.rpartition(".")[0])
        except BaseException:
            self.modules.pop(name, None)
            raise
        self.machine.advance(_LINE_NS * max(1, path.stat().st_size // 40 if path.is_file() else 1))
        return module


def traceback_text(error: BaseException) -> str:
    """The traceback as the board would print it: its own files only."""
    import traceback

    lines = ["Traceback (most recent call last):\n"]
    for frame in traceback.extract_tb(error.__traceback__):
        if (
            frame.filename.startswith("/")
            and not Path(frame.filename).is_absolute()
            or _on_drive(frame.filename)
        ):
            lines.append(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n')
    lines.append(f"{type(error).__name__}: {error}\n")
    return "".join(lines)


def _on_drive(filename: str) -> bool:
    return filename.startswith(("/lib/", "/lib2/", "/code.py", "/boot.py", "/safemode.py")) and not filename.startswith(
        sys.prefix
    )
