# SPDX-License-Identifier: MIT
"""Chips: what to write for a motion sensor's FIFO. device/find.py sets the sensor up.

in    the name in the board file
out   FIFO set-up, data register, words it holds and its paces, of both dialects
keeps nothing
from  LSM6DSOX DS12814 9.3-9.6; LSM6DS3TR-C DS11887 9.3-9.7 (LSM6DS33 and LSM6DS3 alike)
"""
WORDS = 26  # words a read: 13 samples, 125 ms

# registers that all of them share
INT1_CTRL = 0x0D
WATERMARK = 0x08  # of the FIFO, on INT1
CTRL1 = 0x10
STATUS = 0x3A  # of the FIFO

# Nobody moves: a second of samples a batch, and INT1 also rises when somebody begins to. WAKE_UP_THS 1 is 1/64 of full
# scale, 125 mg at 8 g, of half the change from one sample to the next; not latched, so that INT1 falls by itself
# (DS12814 and DS11887: TAP_CFG, WAKE_UP_THS, MD1_CFG; AN5130 on wake-up). The LSM6DS33 has no INTERRUPTS_ENABLE: it is
# always on there, and this bit only starts a timer (DS10931).
RESTING = 104  # samples; the smallest FIFO holds 256
_WAKE = 0x5E  # MD1_CFG, bit 5: INT1_WU

# dialect: FIFO set-up as register, value, register, value ..., FIFO off first; data register; words the FIFO holds;
# what is written when somebody moves again, and when nobody does. Bytes: a tuple of pairs takes ten times the heap.
TAGGED = (
    bytes((0x0A, 0x00, 0x07, WORDS, 0x08, 0x00, 0x09, 0x44, 0x0A, 0x06)),  # bypass; 104 Hz both; continuous
    0x78,
    512,
    (
        bytes((0x07, WORDS, _WAKE, 0)),
        bytes((0x5B, 1, 0x56, 0, 0x58, 0x80, _WAKE, 0x20, 0x07, 2 * RESTING)),
    ),
)
PATTERN = (
    # threshold is in axes (16-bit words); no decimation of either sensor; ODR 104 Hz, continuous
    bytes((0x0A, 0x00, 0x06, 3 * WORDS, 0x07, 0x00, 0x08, 0x09, 0x09, 0x00, 0x0A, 0x26)),
    0x3E,
    2048,
    (
        bytes((0x07, 0, 0x06, 3 * WORDS, _WAKE, 0)),
        bytes((0x5B, 1, 0x58, 0x80, _WAKE, 0x20, 0x06, 6 * RESTING & 255, 0x07, 6 * RESTING >> 8)),
    ),
)


def is_tagged(name):
    """Which dialect the chip of that name speaks."""
    return name in ("LSM6DSOX", "ISM330DHCX", "LSM6DSO32")
