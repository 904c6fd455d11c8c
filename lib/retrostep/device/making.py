# SPDX-License-Identifier: MIT
"""Making: the parts that a board file names, made once at power-up; unloaded afterwards, so that they cost no heap.

in    the board file, CircuitPython's `board`
out   light, haptics and buses as objects
keeps nothing
but   a bus without pull-ups (a sensor that is unplugged or has no power) is None until it is made anew
"""
import digitalio

from retrostep.device import haptics
from retrostep.device import light


def a_light(facts, board):
    """The light of a board file: a pin's name, or (pin, "LOW") or (pin, "NEOPIXEL")."""
    name = facts.LED
    if not name:
        return light.Light()
    how = ""
    if not isinstance(name, str):
        name, how = name
    pin = getattr(board, name)
    if how == "NEOPIXEL":
        from retrostep.device import pixel

        return light.Light(pixel.Pixel(pin))
    pin = digitalio.DigitalInOut(pin)
    pin.switch_to_output(value=how == "LOW")
    return light.Light(pin, how == "LOW")


def some_haptics(facts, board, i2c):
    """Haptics of a board file. Without an answering driver the rest walks on; `failed` says so."""
    kind = facts.HAPTICS
    if not kind:
        return haptics.Haptics()
    try:
        if kind[0] == "PWM":
            return haptics.Haptics(haptics.Pwm(getattr(board, kind[1])))
        return haptics.Haptics(haptics.Drv(i2c, kind[1]))
    except (OSError, ValueError, RuntimeError, AttributeError):
        made = haptics.Haptics()
        made.failed = True
        return made
