# SPDX-License-Identifier: MIT
"""Making: the parts that a board file names, made once at power-up; unloaded afterwards, so that they cost no heap.

in    the board file, CircuitPython's `board`
out   a Parts (wiring.py) with everything but the motion sensor, which needs the settings
keeps nothing
but   a bus without pull-ups (a sensor that is unplugged or has no power) is None until it is made anew
"""
import board
import digitalio
import microcontroller

from retrostep import compat
from retrostep.device import button
from retrostep.device import clock
from retrostep.device import flash
from retrostep.device import haptics
from retrostep.device import light
from retrostep.device import power
from retrostep.device import usb
from retrostep.device import wiring

_ADC = 65535


def make(parts, facts, feed):
    """Everything that `facts` names; `feed` is for the watchdog."""
    parts.name = facts.BOARD_IDS[0]
    if hasattr(facts, "HOLD") or hasattr(board, "DISPLAY"):
        from retrostep.device import supply

        parts.held = supply.take(facts, board)
        del supply
        compat.forget("retrostep.device.supply")
    parts.power = some_power(facts)
    parts.wires = facts.I2C
    parts.i2c = wiring.bus(facts.I2C)
    parts.chip = facts.IMU
    parts.imu = None
    parts.second = None  # a bus of the motor's own, and its wires
    if facts.HAPTICS and len(facts.HAPTICS) > 2:
        parts.second = [wiring.bus(facts.HAPTICS[2]), facts.HAPTICS[2]]
    parts.haptics = some_haptics(facts, parts.second[0] if parts.second else parts.i2c)
    if parts.second:
        parts.haptics.renew = parts.renew_second
    parts.button = button.Button(getattr(board, facts.BUTTON) if facts.BUTTON else None)
    parts.light = a_light(facts)
    parts.flash = flash.Flash(feed)
    parts.pump = usb.Pump()
    parts.wall = clock.WallClock()
    parts.device = (bytes(microcontroller.cpu.uid) + bytes(8))[:8]  # an ESP32-S3 has six
    parts.drawn = parts.device


def some_power(facts):
    """Battery voltage and what wakes the board; what it cannot do is left out."""
    adc = alarm = None
    scale, wakers = 0.0, ()
    drop = facts.BATTERY[2] if facts.BATTERY and len(facts.BATTERY) > 2 else 0
    if facts.BATTERY:
        try:
            import analogio

            adc = analogio.AnalogIn(getattr(board, facts.BATTERY[0]))
            scale = 1000.0 * adc.reference_voltage * facts.BATTERY[1] / _ADC
        except (AttributeError, ValueError):
            adc = None
    if facts.IMU_INT:
        try:
            import alarm

            wakers = [alarm.pin.PinAlarm(pin=getattr(board, facts.IMU_INT), value=True)]
            if facts.BUTTON:
                wakers.append(alarm.pin.PinAlarm(pin=getattr(board, facts.BUTTON), value=False, pull=True))
        except (ImportError, AttributeError, ValueError):
            alarm = None
    return power.Power(adc, scale, drop, alarm, wakers)


def a_light(facts):
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


def some_haptics(facts, i2c):
    """Haptics of a board file. Without an answering driver the rest walks on; `failed` says so."""
    kind = facts.HAPTICS
    if not kind:
        return haptics.Haptics()
    try:
        if kind[0] == "PWM":
            from retrostep.device import plain

            return haptics.Haptics(plain.Motor(getattr(board, kind[1])))
        return haptics.Haptics(haptics.Drv(i2c, kind[1]))
    except (OSError, ValueError, RuntimeError, AttributeError):
        made = haptics.Haptics()
        made.failed = True
        return made
