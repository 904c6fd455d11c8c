# SPDX-License-Identifier: MIT
"""Supply: what a board needs before its parts answer: pins held at a level, a display that is let go.

in    HOLD of the board file: (pin, level) each
out   the pins, which must be kept
keeps nothing: loaded for a moment, on boards that need it
"""
import time

import digitalio

_BOOT_S = 0.05  # a sensor that gets its power here boots within 35 ms (LSM6DS33 DS10931, LSM6DS3TR-C DS11887)


def take(facts, board):
    """Returns the pins taken."""
    if hasattr(board, "DISPLAY"):  # it would be redrawn while we walk, and keep its light on
        import displayio

        displayio.release_displays()
    held = []
    for name, level in getattr(facts, "HOLD", ()):
        try:
            pin = digitalio.DigitalInOut(getattr(board, name))
            pin.switch_to_output(value=level)
            held.append(pin)
        except (AttributeError, ValueError):  # a revision without it, or a build that holds it itself
            pass
    time.sleep(_BOOT_S)
    return held
