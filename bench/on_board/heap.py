# SPDX-License-Identifier: MIT
"""Runs on the board as code.py: imports the firmware room by room and prints the heap that is left.
bench/device.py reads it."""
import gc
import json

MODULES = (
    "retrostep.settings",
    "retrostep.engine",
    "retrostep.coach.policy",
    "retrostep.journal.writer",
    "retrostep.link.server",
    "retrostep.device.imu",
    "adafruit_lsm6ds.lsm6dsox",
    "adafruit_drv2605",
    "retrostep.device.loop",
    "retrostep.device.guard",
)

gc.collect()
print("BENCH " + json.dumps({"module": "(at start)", "free": gc.mem_free()}))
for name in MODULES:
    try:
        __import__(name)
    except Exception as error:
        print("BENCH " + json.dumps({"module": name, "error": repr(error)}))
        continue
    gc.collect()
    print("BENCH " + json.dumps({"module": name, "free": gc.mem_free()}))
print("BENCH-DONE")
