# SPDX-License-Identifier: MIT
"""Battery: how low is low, the one definition for board and computer.

in    mV of a lithium cell, 0 where nobody knows
out   FULL, LOW or EMPTY, with hysteresis
from  lithium cells: at 3.5 V a tenth of the charge is left, at 3.27 V next to nothing; their protection opens between
      2.4 V (DW01) and 3.0 V (Adafruit 1578); so that flash is never written close to it. Sources: docs/battery.md
but   three NiMH cells pass the same marks at 1.17 and 1.10 V a cell, three alkaline ones with a quarter left
"""
FULL, LOW, EMPTY = 0, 1, 2
LOW_MV = 3500  # the wearer is told: with 400 mAh, some 50 min are left on the hungriest board (docs/battery.md)
EMPTY_MV = 3300  # the log is closed
AGAIN_MV = 3600  # a cell that recovers at rest does not come so far: somebody charged it


def level(millivolts, before):
    """The level at a reading, from the level `before`."""
    if not millivolts:
        return before
    if millivolts < EMPTY_MV:
        return EMPTY
    if millivolts >= AGAIN_MV:
        return FULL
    return LOW if before == FULL and millivolts < LOW_MV else before
