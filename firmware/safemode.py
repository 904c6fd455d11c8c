# SPDX-License-Identifier: MIT
"""safemode.py: CircuitPython runs it when it comes up in safe mode (brownout, hard fault, watchdog).

A walk must go on after a bump of the battery, so it resets once; if safe mode returns within the same power-up
it stays, so that a computer can look. It must not throw: then the board stays in safe mode, drive writable.
"""
import microcontroller
import supervisor

REASON = supervisor.runtime.safe_mode_reason
MARK = 8  # byte of microcontroller.nvm: safe modes in a row, cleared by a loop that runs (device/nvm.py)

if REASON not in (supervisor.SafeModeReason.USER, supervisor.SafeModeReason.SAFE_MODE_PY_ERROR):
    seen = microcontroller.nvm[MARK]
    if seen == 255 or seen < 3:
        microcontroller.nvm[MARK] = 1 if seen == 255 else seen + 1
        microcontroller.reset()
