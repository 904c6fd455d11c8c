# SPDX-License-Identifier: MIT
"""Builds: the official CircuitPython builds that tests of real CircuitPython run on.

in    RETROSTEP_UF2: files, with the system's path separator between them, or `all` of ~/.cache/retrostep; else one of
      those, so that `.ci/run` stays under 15 minutes
out   their paths, circuitpython.uf2 first; FIRST for tests that one build is enough for
"""

import os
from pathlib import Path

CACHE = Path.home() / ".cache" / "retrostep"
NAMED = os.environ.get("RETROSTEP_UF2", "")
CACHED = sorted(CACHE.glob("*.uf2"), key=lambda one: one.name != "circuitpython.uf2")
FOUND = CACHED if NAMED == "all" else CACHED[:1]
if NAMED not in ("", "all"):
    FOUND = [one for one in (Path(one).expanduser() for one in NAMED.split(os.pathsep)) if one.is_file()]
FIRST = FOUND[0] if FOUND else CACHE / "circuitpython.uf2"
MISSING = f"No official CircuitPython build (.uf2, circuitpython.org) in {CACHE}; RETROSTEP_UF2 may name some."
