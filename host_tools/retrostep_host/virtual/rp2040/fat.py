# SPDX-License-Identifier: MIT
"""The CIRCUITPY drive: a folder becomes a FAT volume and the other way round.

in    a folder; or the bytes of a volume
out   the bytes of a volume as CircuitPython would have made it; or a folder
keeps nothing
from  circuitpython supervisor/shared/filesystem.c: one FAT, one sector a cluster, label CIRCUITPY
but   needs mkfs.vfat (dosfstools) and mcopy (mtools), both without root
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from retrostep_host.errors import BadDrive, MissingTool

LABEL = "CIRCUITPY"
_SKIP = {"__pycache__", ".DS_Store", ".git"}


def check_tools() -> None:
    """Raises MissingTool with the line that installs what is missing."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"
    missing = [package for tool, package in (("mkfs.vfat", "dosfstools"), ("mcopy", "mtools")) if not _find(tool, path)]
    if missing:
        raise MissingTool(
            f"The emulated board needs {' and '.join(missing)} to make its drive; nothing was started. "
            f"Run `sudo apt install {' '.join(missing)}` (macOS: `brew install {' '.join(missing)}`)."
        )


def _find(tool: str, path: str | None = None) -> str | None:
    return shutil.which(tool, path=path or os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def make(folder: str | Path | None, size: int) -> bytes:
    """A FAT12 volume of `size` bytes with the content of `folder` (None: empty). Raises MissingTool, BadDrive
    when the content does not fit."""
    check_tools()
    with tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / "fat"
        with open(image, "wb") as file:
            file.truncate(size)
        subprocess.run(
            [_find("mkfs.vfat"), "-F12", "-S512", "-s1", "-f1", "-n", LABEL, str(image)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        if folder is not None:
            names = sorted(name for name in os.listdir(folder) if name not in _SKIP)
            done = _mcopy(["-s", "-o", "-i", str(image), *(os.path.join(folder, name) for name in names), "::"])
            if names and done.returncode:
                raise BadDrive(f"{folder} does not fit on a drive of {size // 1024} kB: {_last(done)}")
        return image.read_bytes()


def extract(volume: bytes, folder: str | Path) -> None:
    """Copy all files of a volume into `folder`, made anew. Raises BadDrive."""
    check_tools()
    folder = Path(folder)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / "fat"
        image.write_bytes(volume)
        listed = _mcopy(["-s", "-n", "-o", "-i", str(image), "::*", str(folder)])
        if listed.returncode and "No match" not in listed.stderr:
            raise BadDrive(
                f"The emulated drive could not be read ({_last(listed)}); the flash file is as it was, "
                "and `--fresh` makes a new one."
            )


def _mcopy(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    # mtools doubts volumes whose geometry does not match their size; CircuitPython's never do
    environment = dict(os.environ, MTOOLS_SKIP_CHECK="1")
    return subprocess.run(
        [_find("mcopy"), *arguments], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"mcopy ended with {done.returncode}"


def put(volume: bytes, name: str, data: bytes) -> bytes:
    """The volume with the file `name` in its root replaced by `data`. Raises BadDrive."""
    check_tools()
    with tempfile.TemporaryDirectory() as scratch:
        image, file = Path(scratch) / "fat", Path(scratch) / "file"
        image.write_bytes(volume)
        file.write_bytes(data)
        done = _mcopy(["-o", "-i", str(image), str(file), f"::{name}"])
        if done.returncode:
            raise BadDrive(f"{name} could not be written to the emulated drive ({_last(done)}); it is as it was.")
        return image.read_bytes()


def get(volume: bytes, name: str) -> bytes | None:
    """The content of a file by its path on the volume; None when it is not there."""
    check_tools()
    with tempfile.TemporaryDirectory() as scratch:
        image, file = Path(scratch) / "fat", Path(scratch) / "file"
        image.write_bytes(volume)
        done = _mcopy(["-n", "-o", "-i", str(image), f"::{name}", str(file)])
        return file.read_bytes() if done.returncode == 0 and file.exists() else None
