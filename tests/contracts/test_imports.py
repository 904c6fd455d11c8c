# SPDX-License-Identifier: MIT
"""Who may import whom (docs/design.md, "Rooms"), held on the syntax tree of every file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIB = ROOT / "lib" / "retrostep"
HOST = ROOT / "host_tools" / "retrostep_host"

HALL = {"events", "settings", "units", "errors", "compat", "misspelt", "battery"}
ROOMS = {"imu", "mount", "gait", "balance", "coach", "journal", "link"}
ROOM_MODULES = {"math", "array", "struct", "binascii", "hashlib"}  # no I/O, no clock, no hardware
HALL_MODULES = ROOM_MODULES | {"sys", "gc", "micropython"}  # compat asks what is there
KNOWS = {"link": {"journal"}}  # it hands out the journal's blocks, and settings set over it are records there
# CircuitPython 9 and 10 on an RP2040 (support matrix of the official build); `retrostep_board` is on the drive.
PLAIN = {"array", "binascii", "collections", "errno", "gc", "hashlib", "io", "json", "math", "os", "re", "select"} | {
    "struct", "sys", "time", "traceback", "ulab", "random", "builtins", "micropython"
}
HARDWARE = {"alarm", "analogio", "board", "busio", "digitalio", "microcontroller", "neopixel_write", "pwmio"} | {
    "rtc", "storage", "supervisor", "usb_cdc", "usb_hid", "usb_midi", "watchdog", "keypad", "countio", "nvm",
    "displayio",
}
DRIVERS = {"adafruit_lsm6ds", "adafruit_drv2605", "adafruit_bus_device", "adafruit_register", "retrostep_board"}


def imports(path: Path) -> set[str]:
    """Dotted names of all that a file imports, at any depth; relative ones made absolute."""
    base = ROOT / ("lib" if LIB in path.parents else "host_tools")
    package = list(path.relative_to(base).parts[:-1]) if base in path.parents else []
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            head = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*head, *([node.module] if node.module else [])])
            found |= {f"{name}.{alias.name}" for alias in node.names}
    return found


def ours(names: set[str], package: str) -> set[str]:
    """What follows `package.` in those names: "gait.ankle.Ankle", …"""
    return {name[len(package) + 1 :] for name in names if name.startswith(package + ".")}


def others(names: set[str], package: str) -> set[str]:
    """Top-level names of everything else."""
    return {name.split(".")[0] for name in names} - {package}


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def each(folder: Path):
    return pytest.mark.parametrize("path", files(folder), ids=lambda path: str(path.relative_to(ROOT)))


@each(LIB)
def test_the_device_library_imports_only_what_its_room_may(path):
    names = imports(path)
    room = path.relative_to(LIB).parts[0].removesuffix(".py")
    mine = {name.split(".")[0] for name in ours(names, "retrostep")}
    foreign = others(names, "retrostep")
    if room == "__init__":
        assert not names
    elif room in HALL:
        assert mine <= HALL and foreign <= HALL_MODULES
    elif room in ROOMS:
        versions = {"JOURNAL_VERSION", "LINK_VERSION", "__version__"}  # retrostep/__init__.py, which imports nothing
        known = HALL | {room} | KNOWS.get(room, set()) | versions
        assert mine <= known, f"a room knows only the hall and itself: {mine - known}"
        assert foreign <= ROOM_MODULES, f"a room does no I/O and knows no hardware: {foreign}"
    elif room == "engine":
        assert mine <= HALL | ROOMS and foreign <= ROOM_MODULES
    else:
        assert room == "device", f"{room}: a new room belongs into docs/design.md and into this table"
        assert foreign <= PLAIN | HARDWARE | DRIVERS, foreign - PLAIN - HARDWARE - DRIVERS


@each(ROOT / "firmware")
def test_the_drive_root_only_starts_the_device(path):
    names = imports(path)
    assert {name.split(".")[0] for name in ours(names, "retrostep")} <= {"device"}
    assert others(names, "retrostep") <= PLAIN | HARDWARE | {"retrostep_board", "which_lib"}


@each(ROOT / "boards")
def test_boards_are_facts_and_import_nothing(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not imports(path)
    for node in tree.body:
        assert isinstance(node, ast.Assign) or isinstance(getattr(node, "value", None), ast.Constant), ast.dump(node)


@each(HOST)
def test_the_computer_never_reaches_into_the_device(path):
    names = imports(path)
    if path != HOST / "live" / "blinka.py":  # there this computer is the wearable
        assert not {name for name in names if name.startswith("retrostep.device")}
    assert "bench" not in others(names, "retrostep_host")
    if path.parent != HOST / "cli":
        assert not {name for name in ours(names, "retrostep_host") if name.split(".")[0] == "cli"}


@each(ROOT / "lib")
def test_the_device_library_never_reaches_for_the_computer(path):
    assert "retrostep_host" not in others(imports(path), "retrostep")


def test_only_main_prints_errors_and_exits():
    for path in files(HOST):
        own_programs = (HOST / "cli" / "main.py", HOST / "virtual" / "process.py")  # the second is the board itself
        if path in own_programs or "shims" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            assert called not in ("sys.exit", "exit", "quit"), f"{where} exits; raise an error of retrostep_host.errors"
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{where} catches everything, Ctrl-C included"
