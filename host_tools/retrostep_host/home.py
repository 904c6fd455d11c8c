# SPDX-License-Identifier: MIT
"""Home: where this person's sessions live on this computer.

in    RETROSTEP_HOME, or the operating system's folder for data
out   paths; nothing is created until somebody writes
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "RETROSTEP_HOME"
STORE_NAME = "retrostep.sqlite3"


def folder() -> Path:
    """The data folder: RETROSTEP_HOME when set, else the platform's own."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("retrostep", appauthor=False)


def store_path(option: str | os.PathLike[str] | None = None) -> Path:
    """The store file: the `--store` option, else the one in the data folder."""
    return Path(option).expanduser() if option else folder() / STORE_NAME
