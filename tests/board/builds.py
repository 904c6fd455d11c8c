# SPDX-License-Identifier: MIT
"""Builds: the official CircuitPython builds that tests of real CircuitPython run on.

in    RETROSTEP_UF2: files, with the system's path separator between them; else every .uf2 in ~/.cache/retrostep
out   their paths, circuitpython.uf2 first; FIRST for tests that one build is enough for
"""

import os
from pathlib import Path

CACHE = Path.home() / ".cache" / "retrostep"
NAMED = os.environ.get("RETROSTEP_UF2")
FOUND = [Path(one).expanduser() for one in NAMED.split(os.pathsep)] if NAMED else sorted(CACHE.glob("*.uf2"))
FOUND = sorted((one for one in FOUND if one.is_file()), key=lambda one: one.name != "circuitpython.uf2")
FIRST = FOUND[0] if FOUND else CACHE / "circuitpython.uf2"
MISSING = f"No official CircuitPython build (.uf2, circuitpython.org) in {CACHE}; RETROSTEP_UF2 may name some."
