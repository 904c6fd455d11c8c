# SPDX-License-Identifier: MIT
"""Early: boot.py starts the sensor, so that it keeps the steps that are made while code.py is still loading.

in    the board file; placement of settings.toml
out   a sensor that fills its FIFO; Imu.start of code.py takes over what it holds
keeps nothing: the chip goes on by itself when its bus is let go
but   only where a log exists, since making one takes longer than a FIFO holds; and only where no pin must be held for
      the sensor, since CircuitPython lets go of all of them after boot.py
not   needed: code.py does by itself what is missing here
"""
import os

import board
import busio

import retrostep_board as facts
from retrostep import settings
from retrostep import units
from retrostep.device import imu
from retrostep.device import mirrors


def listen():
    """True when the sensor runs."""
    if hasattr(facts, "HOLD") or not mirrors.is_made():
        return False
    scl, sda, frequency = facts.I2C
    try:
        i2c = busio.I2C(getattr(board, scl), getattr(board, sda), frequency=frequency)
    except (RuntimeError, ValueError):  # no pull-ups: no sensor
        return False
    ranges = units.RANGES[settings.load(os.getenv)["placement"]]
    runs = imu.Imu(i2c, facts.IMU[0], facts.IMU[1], ranges[0], ranges[1], facts.IMU[2:]).start()
    i2c.deinit()
    return runs
