# SPDX-License-Identifier: MIT
"""Reasons: why the board says no, or what it noticed. One number each, one table for both ends.

The board sends and logs the number and an offset or count, never prose or names: these are the computer's
(retrostep_host.reasons). A packed board (retrostep_host.packing) holds nothing of this file. Numbers are never reused.
"""

# link
OK = 0
BAD_REQUEST = 1
UNKNOWN_VERB = 2
NO_SESSION = 3
RUNNING = 4
HASH_DIFFERS = 5
BAD_SETTING = 6
LOCKED = 7
BUSY = 8
BAD_OFFSET = 9
WRONG_PIN = 10
BAD_PLAN = 11

# noticed by the device, logged
IMU_MISSING = 32
IMU_RESTARTED = 33
IMU_STUCK = 34
FIFO_OVERRUN = 35
HAPTICS_MISSING = 36
CRASH = 37
FLASH_FULL = 38
MIRROR_REBUILT = 39
LOGS_VANISHED = 40
FLASH_ERROR = 41
CLOCK_LOST = 42
WATCHDOG = 43
BROWNOUT = 44
SAFE_MODE = 45
SETTING_IGNORED = 46
BUTTON_STUCK = 47
RATE_OFF = 48
ALERT_STORM = 49
LOG_STRANGE = 50
BATTERY_LOW = 51
BATTERY_EMPTY = 52

# noticed by the engine about how the sensor is worn, logged; about the walk, not about the board
WAY_UNCLEAR = 60
TO_AND_FRO = 61
STRAP_LOOSE = 62
MOUNT_CHECKED = 63
CHECK_FAILED = 64

WALK = 60  # from here on a reason belongs to the walk it was noticed in, even before its first step,
# and so does SETTING_IGNORED: the walk was walked without what somebody had set
