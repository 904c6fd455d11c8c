# SPDX-License-Identifier: MIT
"""Reasons: what the board's reason numbers mean, in words.

in    a number of a reply or of a LOG record
out   its name and what happened, for a sentence
from  retrostep.errors, the table of both ends; every name there has its words here
"""

from __future__ import annotations

from retrostep import errors

from retrostep_host.language import N_

NUMBER = {name.lower(): value for name, value in vars(errors).items() if name.isupper() and name != "WALK"}
WORDS = {
    "ok": N_("fine"),
    "bad_request": N_("the request could not be read"),
    "unknown_verb": N_("this firmware does not know the request"),
    "no_session": N_("there is no such session on the board"),
    "running": N_("the session is still running"),
    "hash_differs": N_("the hash does not match the session on the board"),
    "bad_setting": N_("the value is not allowed for this setting"),
    "locked": N_("the board is locked"),
    "busy": N_("the board is busy with an earlier request"),
    "bad_offset": N_("the offset lies beyond the session"),
    "wrong_pin": N_("the PIN is wrong"),
    "bad_plan": N_("the plan is not valid"),
    "imu_missing": N_("the motion sensor did not answer"),
    "imu_restarted": N_("the motion sensor was restarted"),
    "imu_stuck": N_("the motion sensor repeated one value"),
    "fifo_overrun": N_("samples were lost because the board was late"),
    "haptics_missing": N_("the buzzer did not answer"),
    "crash": N_("the firmware stopped with an error and restarted"),
    "flash_full": N_("the log is full of sessions that were not synced"),
    "mirror_rebuilt": N_("one copy of the log was damaged and was rebuilt from the other"),
    "logs_vanished": N_("the log was there before and is gone"),
    "flash_error": N_("the drive refused a write"),
    "clock_lost": N_("the clock was lost"),
    "watchdog": N_("the firmware hung and the watchdog restarted it"),
    "brownout": N_("the power dropped"),
    "safe_mode": N_("CircuitPython had entered safe mode"),
    "setting_ignored": N_("a line in settings.toml sets nothing (name or value not known, or the cable set the code)"),
    "button_stuck": N_("the button stays pressed"),
    "rate_off": N_("the sensor's rate is more than a twentieth off"),
    "alert_storm": N_("more alerts came than a person can take in, so some were left out"),
    "log_strange": N_("the log on the drive was another board's or a newer firmware's; a new one is written over it"),
    "way_unclear": N_("the direction of the steps could not be told from how the leg moves"),
    "to_and_fro": N_("the leg swung to and fro without going anywhere, as on pedals, and was not counted"),
    "strap_loose": N_("the sensor rattled on its strap"),
    "mount_checked": N_("eight steps forward showed how the sensor sits"),
    "check_failed": N_("eight steps forward were asked for and did not show how the sensor sits"),
}
REASONS = {number: (name, WORDS[name]) for name, number in NUMBER.items()}
