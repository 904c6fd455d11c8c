# SPDX-License-Identifier: MIT
"""os: the drive, and settings.toml through getenv."""

import tomllib

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    disk = machine.disk
    found = None

    def getenv(key, default=None):
        nonlocal found
        if found is None:
            try:
                found = tomllib.loads((disk.root / "settings.toml").read_text(encoding="utf-8"))
            except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
                found = {}
        value = found.get(key, default)
        return value if isinstance(value, (int, str)) else default

    def urandom(size):
        import random

        return random.Random(machine.now_ns).randbytes(size)

    return module(
        "os",
        getenv=getenv,
        listdir=disk.listdir,
        mkdir=disk.mkdir,
        remove=disk.remove,
        unlink=disk.remove,
        rmdir=disk.rmdir,
        rename=disk.rename,
        stat=disk.stat,
        statvfs=disk.statvfs,
        sync=disk.sync,
        getcwd=lambda: disk.cwd,
        urandom=urandom,
        uname=lambda: ("rp2040", "rp2040", "10.0.3", "10.0.3 virtual", machine.facts.BOARD_IDS[0]),
        sep="/",
    )
