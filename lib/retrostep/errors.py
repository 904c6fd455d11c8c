# SPDX-License-Identifier: MIT
"""Reasons: why the board says no, or what it noticed. One number each, one table for both ends.

The board sends and logs the number and an offset or count, never prose; the computer makes the sentence
(retrostep_host.errors). Numbers are never reused.
"""

# number -> (name, what happened, for the computer's sentence)
REASONS = {
    0: ("ok", "fine"),
    # link
    1: ("bad_request", "the request could not be read"),
    2: ("unknown_verb", "this firmware does not know the request"),
    3: ("no_session", "there is no such session on the board"),
    4: ("running", "the session is still running"),
    5: ("hash_differs", "the hash does not match the session on the board"),
    6: ("bad_setting", "the value is not allowed for this setting"),
    7: ("locked", "the board is locked"),
    8: ("busy", "the board is busy with an earlier request"),
    9: ("bad_offset", "the offset lies beyond the session"),
    10: ("wrong_pin", "the PIN is wrong"),
    11: ("bad_plan", "the plan is not valid"),
    # noticed by the device, logged
    32: ("imu_missing", "the motion sensor did not answer"),
    33: ("imu_restarted", "the motion sensor was restarted"),
    34: ("imu_stuck", "the motion sensor repeated one value"),
    35: ("fifo_overrun", "samples were lost because the board was late"),
    36: ("haptics_missing", "the buzzer did not answer"),
    37: ("crash", "the firmware stopped with an error and restarted"),
    38: ("flash_full", "the log is full of sessions that were not synced"),
    39: ("mirror_rebuilt", "one copy of the log was damaged and was rebuilt from the other"),
    40: ("logs_vanished", "the log was there before and is gone"),
    41: ("flash_error", "the drive refused a write"),
    42: ("clock_lost", "the clock was lost"),
    43: ("watchdog", "the firmware hung and the watchdog restarted it"),
    44: ("brownout", "the power dropped"),
    45: ("safe_mode", "CircuitPython had entered safe mode"),
    46: ("setting_ignored", "a setting in settings.toml was not valid and its default is used"),
    47: ("button_stuck", "the button stays pressed"),
    48: ("rate_off", "the sensor's rate is more than 5 % off"),
    49: ("alert_storm", "more alerts came than a person can take in, so some were left out"),
    50: ("log_strange", "the log on the drive was another board's or a newer firmware's; a new one is written over it"),
    # noticed by the engine about how the sensor is worn, logged; about the walk, not about the board
    60: ("way_unclear", "the direction of the steps could not be told from how the leg moves"),
    61: ("to_and_fro", "the leg swung to and fro without going anywhere, as on pedals, and was not counted"),
    62: ("strap_loose", "the sensor rattled on its strap"),
    63: ("mount_checked", "eight steps forward showed how the sensor sits"),
    64: ("check_failed", "eight steps forward were asked for and did not show how the sensor sits"),
}

WALK = 60  # from here on a reason belongs to the walk it was noticed in, even before its first step

NUMBER = {row[0]: number for number, row in REASONS.items()}
