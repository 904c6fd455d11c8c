# SPDX-License-Identifier: MIT
"""Find: is the sensor there, does it run already, which driver sets it up, and the ranges as its registers have them.

in    an Imu (device/imu.py) with its bus, names and dialect
out   a chip that its driver has set up; bits of CTRL1_XL and CTRL2_G
keeps nothing: loaded with the drivers when a sensor is started, and unloaded with them (device/imu.py)
from  LSM6DSOX DS12814 9.14-9.15; LSM6DSO32 and LSM6DS3TR-C alike
"""
from time import sleep

from retrostep.device import chips

_SETTLE_S = 0.035  # s, twice


def codes(name, acc_range_g, gyro_range_dps):
    """Both full scales as they stand in CTRL1_XL and CTRL2_G. Raises ValueError."""
    acc = (4, 32, 8, 16) if name == "LSM6DSO32" else (2, 16, 4, 8)
    return acc.index(acc_range_g) << 2, (250, 500, 1000, 2000).index(gyro_range_dps) << 2


def _brief(seconds):
    """The driver waits 0.2 s for each range it sets. Ours are set afterwards, and from power-down the gyroscope needs
    0.07 s at most (AN5130, "turn-on time"; LSM6DSOX 0.035 s)."""
    sleep(seconds if seconds < _SETTLE_S else _SETTLE_S)


def going(imu, bits):
    """The words in the FIFO of a chip that runs just as we would set it up, since boot.py or a reload, and lost none
    since then; else -1. Raises OSError."""
    status, fifo = imu._status, imu._fifo
    imu._read(chips.CTRL1, status, 2)
    if status[0] != 0x40 | bits[0] or status[1] != 0x40 | bits[1]:  # 104 Hz
        return -1
    for at in range(2, len(fifo), 2):
        imu._read(fifo[at], status, 1)
        if status[0] != fifo[at + 1]:
            return -1
    imu._read(chips.INT1_CTRL, status, 1)
    if status[0] != chips.WATERMARK:
        return -1
    imu._read(chips.STATUS, status, 2)
    return -1 if status[1] & imu._overrun else imu._level()


def begin(imu):
    """The chip that is there, told by its WHO_AM_I and set up by its driver: 104 Hz, both sensors."""
    last = imu._names[-1]
    for name in imu._names:
        try:
            driver(name)(imu._i2c, imu._address)
            return
        except RuntimeError:
            if name is last:
                raise


def driver(name):
    """The class for a chip by the board file's name. Raises ValueError.

    Its constructor reads WHO_AM_I, and raises RuntimeError when another chip answers."""
    if name == "LSM6DSOX":
        from adafruit_lsm6ds.lsm6dsox import LSM6DSOX as chip
    elif name == "ISM330DHCX":
        from adafruit_lsm6ds.ism330dhcx import ISM330DHCX as chip
    elif name == "LSM6DSO32":
        from adafruit_lsm6ds.lsm6dso32 import LSM6DSO32 as chip
    elif name == "LSM6DS3TRC":
        from adafruit_lsm6ds.lsm6ds3trc import LSM6DS3TRC as chip
    elif name == "LSM6DS33":
        from adafruit_lsm6ds.lsm6ds33 import LSM6DS33 as chip
    elif name == "LSM6DS3":
        from adafruit_lsm6ds.lsm6ds3 import LSM6DS3 as chip
    else:
        raise ValueError(name)
    import adafruit_lsm6ds

    adafruit_lsm6ds.sleep = _brief
    return chip
