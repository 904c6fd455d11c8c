# SPDX-License-Identifier: MIT
"""Chips: which driver serves which motion sensor, and what to write for its FIFO.

in    the name in the board file
out   the adafruit_lsm6ds class, for as long as it is needed; (FIFO set-up, data register, words it holds) of both
      dialects
keeps nothing
from  LSM6DSOX DS12814 9.3-9.6; LSM6DS3TR-C DS11887 9.3-9.7 (LSM6DS33 and LSM6DS3 alike)
"""
from time import sleep

from retrostep import compat

WORDS = 26  # words a read: 13 samples, 125 ms

# dialect: FIFO set-up as register, value, register, value ..., FIFO off first; data register; words the FIFO holds.
# Bytes, because a tuple of pairs takes ten times the heap.
TAGGED = (
    bytes((0x0A, 0x00, 0x07, WORDS, 0x08, 0x00, 0x09, 0x44, 0x0A, 0x06)),  # bypass; 104 Hz both; continuous
    0x78,
    512,
)
PATTERN = (
    # threshold is in axes (16-bit words); no decimation of either sensor; ODR 104 Hz, continuous
    bytes((0x0A, 0x00, 0x06, 3 * WORDS, 0x07, 0x00, 0x08, 0x09, 0x09, 0x00, 0x0A, 0x26)),
    0x3E,
    2048,
)

# Nobody moves: a second of samples a batch, and INT1 also rises when somebody begins to. WAKE_UP_THS 1 is 1/64 of full
# scale, 125 mg at 8 g, of half the change from one sample to the next; not latched, so that INT1 falls by itself
# (DS12814 and DS11887: TAP_CFG, WAKE_UP_THS, MD1_CFG; AN5130 on wake-up). The LSM6DS33 has no INTERRUPTS_ENABLE: it is
# always on there, and this bit only starts a timer (DS10931).
_SETTLE_S = 0.035  # s, twice

RESTING = 104  # samples; the smallest FIFO holds 256
_WAKE = 0x5E  # MD1_CFG, bit 5: INT1_WU
TAGGED_PACE = (
    bytes((0x07, WORDS, _WAKE, 0)),
    bytes((0x5B, 1, 0x56, 0, 0x58, 0x80, _WAKE, 0x20, 0x07, 2 * RESTING)),
)
PATTERN_PACE = (
    bytes((0x07, 0, 0x06, 3 * WORDS, _WAKE, 0)),
    bytes((0x5B, 1, 0x58, 0x80, _WAKE, 0x20, 0x06, 6 * RESTING & 255, 0x07, 6 * RESTING >> 8)),
)


def is_tagged(name):
    """Which dialect the chip of that name speaks."""
    return name in ("LSM6DSOX", "ISM330DHCX", "LSM6DSO32")


def codes(name, acc_range_g, gyro_range_dps):
    """Both full scales as they stand in CTRL1_XL and CTRL2_G. Raises ValueError."""
    acc = (4, 32, 8, 16) if name == "LSM6DSO32" else (2, 16, 4, 8)
    return acc.index(acc_range_g) << 2, (250, 500, 1000, 2000).index(gyro_range_dps) << 2


def _brief(seconds):
    """The driver waits 0.2 s for each range it sets. Ours are set afterwards, and from power-down the gyroscope needs
    0.07 s at most (AN5130, "turn-on time"; LSM6DSOX 0.035 s)."""
    sleep(seconds if seconds < _SETTLE_S else _SETTLE_S)


def driver(name):
    """The class for a chip by the board file's name. Raises ValueError. Call `forget` when done with it.

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


def forget():
    """Unload the drivers: 23 kB of a board's heap (bench/device.py), needed for a second at boot only."""
    compat.forget("adafruit_lsm6ds")
    compat.forget("adafruit_register")
