# SPDX-License-Identifier: MIT
"""Reasons: why the board says no, or what it noticed. One number each, one table for both ends.

The board sends and logs the number and an offset or count, never prose: the sentences are the computer's
(retrostep_host.reasons), 3 kB that a board's heap is spared. Numbers are never reused.
"""

NUMBER = {
    # link
    "ok": 0,
    "bad_request": 1,
    "unknown_verb": 2,
    "no_session": 3,
    "running": 4,
    "hash_differs": 5,
    "bad_setting": 6,
    "locked": 7,
    "busy": 8,
    "bad_offset": 9,
    "wrong_pin": 10,
    "bad_plan": 11,
    # noticed by the device, logged
    "imu_missing": 32,
    "imu_restarted": 33,
    "imu_stuck": 34,
    "fifo_overrun": 35,
    "haptics_missing": 36,
    "crash": 37,
    "flash_full": 38,
    "mirror_rebuilt": 39,
    "logs_vanished": 40,
    "flash_error": 41,
    "clock_lost": 42,
    "watchdog": 43,
    "brownout": 44,
    "safe_mode": 45,
    "setting_ignored": 46,
    "button_stuck": 47,
    "rate_off": 48,
    "alert_storm": 49,
    "log_strange": 50,
    # noticed by the engine about how the sensor is worn, logged; about the walk, not about the board
    "way_unclear": 60,
    "to_and_fro": 61,
    "strap_loose": 62,
    "mount_checked": 63,
    "check_failed": 64,
}

WALK = 60  # from here on a reason belongs to the walk it was noticed in, even before its first step
SETTING = 46  # and so does this one: the walk was walked without what somebody had set
