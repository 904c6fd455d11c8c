# SPDX-License-Identifier: MIT
"""Cell: the battery of a virtual board, on the pin that the board file names.

in    V, or a curve of [seconds after sample 0, V] pairs; the divider and the diode of the board file
out   what the pin's converter reads
not   a load: the voltage is what the curve says, whatever the board does
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrostep_host.virtual.machine import Machine

USUAL_V = 3.9
_REFERENCE_V = 3.3


class Cell:
    def __init__(self, curve: float | list[list[float]] | None) -> None:
        self.curve = USUAL_V if curve is None else curve

    def volts(self, t_s: float) -> float:
        """V at a time; before the first pair as there, after the last as there."""
        if not isinstance(self.curve, list):
            return float(self.curve)
        import numpy as np

        return float(np.interp(t_s, [t for t, _ in self.curve], [v for _, v in self.curve]))

    def connect(self, machine: Machine, fact: tuple[Any, ...], seconds: Callable[[], float]) -> None:
        """`fact`: BATTERY of the board file."""
        pin, divider, drop_mv = (*fact, 0)[:3]

        def read() -> int:
            volts = (self.volts(seconds()) - drop_mv / 1000) / divider
            return int(machine.powered() * volts / _REFERENCE_V * 65535)

        machine.analog[pin] = read
