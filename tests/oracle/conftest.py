# SPDX-License-Identifier: MIT
"""The fault models stand in tests/faults: make them importable from any folder pytest starts in."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[3])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)
