# SPDX-License-Identifier: MIT
"""A virtual machine without a program: tests import one device module at a time into it."""

import types
from pathlib import Path

from retrostep_host.virtual import chips
from retrostep_host.virtual.disk import Disk
from retrostep_host.virtual.interpreter import Interpreter
from retrostep_host.virtual.machine import Machine
from retrostep_host.virtual.usb import Usb

ROOT = Path(__file__).parents[3]
FACTS = dict(
    BOARD_IDS=("raspberry_pi_pico",),
    I2C=("GP5", "GP4", 400000),
    IMU=("LSM6DSOX", 0x6A),
    IMU_INT="GP10",
    HAPTICS=("DRV2605L", 0x5A),
    BUTTON="GP9",
    LED="LED",
    BATTERY=("A3", 3.0),
)


class Bench:
    """`load(name)` gives a module of the drive, as the board would import it."""

    def __init__(self, folder, chip="RP2040", facts=FACTS):
        root = folder / "drive"
        (root / "lib").mkdir(parents=True)
        (root / "lib" / "retrostep").symlink_to(ROOT / "lib" / "retrostep")
        for name in ("adafruit_lsm6ds", "adafruit_drv2605.py", "adafruit_register"):
            import adafruit_lsm6ds

            site = Path(adafruit_lsm6ds.__file__).parent.parent
            (root / "lib" / name).symlink_to(site / name)
        self.disk = Disk(root)
        self.machine = Machine(root, types.SimpleNamespace(**facts), self.disk, chip=chip)
        self.machine.uid = b"\xe6" + bytes(self.machine.chip.uid_bytes - 1)
        self.machine.writable = True
        self.machine.cdc = [True, True]
        self.machine.usb = Usb(folder / "ports")
        self.disk.advance = self.machine.advance
        self.disk.now = lambda: self.machine.now_ns
        clock = lambda: self.machine.now_ns  # noqa: E731
        self.machine.imu = self.machine.devices[0x6A] = chips.imu("LSM6DSOX", clock)
        self.driver = self.machine.devices[0x5A] = chips.haptics("DRV2605L", clock)
        self.interpreter = Interpreter(self.machine)

    def load(self, name):
        self.interpreter._import(name)
        return self.interpreter.modules[name]

    def i2c(self):
        board, busio = self.load("board"), self.load("busio")
        return busio.I2C(board.GP5, board.GP4, frequency=400000)

    def wait(self, seconds):
        self.machine.advance(int(seconds * 1e9))
