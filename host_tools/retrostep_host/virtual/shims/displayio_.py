# SPDX-License-Identifier: MIT
"""displayio: a display that CircuitPython has on until somebody lets it go."""

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    def release_displays():
        machine.display_is_on = False
        machine.pin("TFT_BACKLIGHT").release()

    return module("displayio", release_displays=release_displays)
