# SPDX-License-Identifier: MIT
"""Reasons: what the board's reason numbers mean, in words.

in    a number of a reply or of a LOG record
out   its name and what happened, for a sentence
from  retrostep.errors, the table of both ends; every name there has its words here
"""

from __future__ import annotations

from retrostep import errors

NUMBER = {name.lower(): value for name, value in vars(errors).items() if name.isupper() and name != "WALK"}
WORDS = {
    "ok": "fine",
    "bad_request": "the request could not be read",
    "unknown_verb": "this firmware does not know the request",
    "no_session": "there is no such session on the board",
    "running": "the session is still running",
    "hash_differs": "the hash does not match the session on the board",
    "bad_setting": "the value is not allowed for this setting",
    "locked": "the board is locked",
    "busy": "the board is busy with an earlier request",
    "bad_offset": "the offset lies beyond the session",
    "wrong_pin": "the PIN is wrong",
    "bad_plan": "the plan is not valid",
    "imu_missing": "the motion sensor did not answer",
    "imu_restarted": "the motion sensor was restarted",
    "imu_stuck": "the motion sensor repeated one value",
    "fifo_overrun": "samples were lost because the board was late",
    "haptics_missing": "the buzzer did not answer",
    "crash": "the firmware stopped with an error and restarted",
    "flash_full": "the log is full of sessions that were not synced",
    "mirror_rebuilt": "one copy of the log was damaged and was rebuilt from the other",
    "logs_vanished": "the log was there before and is gone",
    "flash_error": "the drive refused a write",
    "clock_lost": "the clock was lost",
    "watchdog": "the firmware hung and the watchdog restarted it",
    "brownout": "the power dropped",
    "safe_mode": "CircuitPython had entered safe mode",
    "setting_ignored": "a line in settings.toml sets nothing (name or value not known, or the cable set the code)",
    "button_stuck": "the button stays pressed",
    "rate_off": "the sensor's rate is more than 5 % off",
    "alert_storm": "more alerts came than a person can take in, so some were left out",
    "log_strange": "the log on the drive was another board's or a newer firmware's; a new one is written over it",
    "battery_low": "the battery was nearly empty",
    "battery_empty": "the battery was empty, so the log was closed",
    "way_unclear": "the direction of the steps could not be told from how the leg moves",
    "to_and_fro": "the leg swung to and fro without going anywhere, as on pedals, and was not counted",
    "strap_loose": "the sensor rattled on its strap",
    "mount_checked": "eight steps forward showed how the sensor sits",
    "check_failed": "eight steps forward were asked for and did not show how the sensor sits",
}
REASONS = {number: (name, WORDS[name]) for name, number in NUMBER.items()}
