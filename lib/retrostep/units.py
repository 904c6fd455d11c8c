# SPDX-License-Identifier: MIT
"""Units and the one clock: what a sensor count is worth, and how a sample index becomes seconds.

The engine's only clock is the sample index (an int; a contact is an int and a fraction 0-1). SI everywhere
inside: m/s^2, rad/s, s, m. Both ends (board and computer) take the scales from here.
"""

RATE_HZ = 104.0  # LSM6DS output data rate setting 0x4; the part keeps it within +-5 % (LSM6DSOX datasheet, 4.1)
CHUNK = 13  # samples the engine works on at a time: 125 ms, an integer count at 104 Hz
TICK = 8  # samples that are one value at the wrist: 13 Hz, what 12.5 Hz watches can deliver
TAIL_S = 3.0  # s of stillness that close every replayed or walked recording (docs/design.md, "One stream")

G = 9.80665  # m/s^2
DEG = 0.017453292519943295  # rad

# Full scale -> value of one count. Datasheet "Mechanical characteristics": LSM6DSOX table 2; the other
# LSM6DS parts agree. Accelerometer mg per count is nominal full scale / 2^15 rounded as ST prints it.
ACC_MG_PER_LSB = {2: 0.061, 4: 0.122, 8: 0.244, 16: 0.488}
GYRO_MDPS_PER_LSB = {125: 4.375, 250: 8.75, 500: 17.5, 1000: 35.0, 2000: 70.0}


def acc_scale(range_g):
    """m/s^2 per count for a full scale in g (2, 4, 8, 16). Raises KeyError for another range."""
    return ACC_MG_PER_LSB[range_g] * 0.001 * G


def gyro_scale(range_dps):
    """rad/s per count for a full scale in deg/s (125 to 2000). Raises KeyError for another range."""
    return GYRO_MDPS_PER_LSB[range_dps] * 0.001 * DEG


# placement -> (accelerometer g, gyroscope dps). A foot swings at up to 18 rad/s, which is 1030 dps.
RANGES = {"ankle": (8, 1000), "foot": (16, 2000), "wrist": (8, 1000)}
