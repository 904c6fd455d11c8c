# SPDX-License-Identifier: MIT
"""The chips of a wearable as register models, for the virtual wearable and for the emulated RP2040 alike.

in    I2C traffic of the unmodified Adafruit drivers; samples; a clock
out   what the chips would answer, INT1, and what the wearer would feel
not   anything electrical
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrostep_host.virtual.chips.registers import Clock, RegisterDevice

if TYPE_CHECKING:
    from retrostep_host.virtual.chips.drv2605l import Drv2605l
    from retrostep_host.virtual.chips.lsm6ds import Lsm6ds

__all__ = ["Clock", "RegisterDevice", "haptics", "imu"]


def imu(name: str, clock: Clock, address: int = 0x6A, rate_error: float = 0.0) -> Lsm6ds:
    """The model of a motion sensor by the name that a board file gives it. Raises KeyError."""
    from retrostep_host.virtual.chips import lsm6ds3trc, lsm6dsox

    models = {
        "LSM6DSOX": lsm6dsox.Lsm6dsox,
        "ISM330DHCX": lsm6dsox.Ism330dhcx,
        "LSM6DSO32": lsm6dsox.Lsm6dso32,
        "LSM6DS3TRC": lsm6ds3trc.Lsm6ds3trc,
        "LSM6DS33": lsm6ds3trc.Lsm6ds33,
        "LSM6DS3": lsm6ds3trc.Lsm6ds33,
    }
    return models[name.replace("-", "").upper()](clock, address, rate_error)


def haptics(name: str, clock: Clock, address: int = 0x5A) -> Drv2605l:
    """The model of a haptic driver by the name that a board file gives it. Raises KeyError."""
    from retrostep_host.virtual.chips import drv2605l

    models = {"DRV2605L": drv2605l.Drv2605l, "DRV2605": drv2605l.Drv2605l}
    return models[name.upper()](clock, address)
