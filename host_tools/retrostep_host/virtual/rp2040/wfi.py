# SPDX-License-Identifier: MIT
"""WFI with an interrupt already pending: a real core goes on at once, rp2040py 0.3.6 sleeps until another one.

in    interrupts that are raised while the guest has them disabled (PRIMASK)
out   the guest awake, when it went to sleep on one of those
keeps one alarm
from  ARMv6-M Architecture Reference Manual, B1.5.17 (WFI is left when an interrupt is pending, masked or not); seen as
      a board that slept for ever after 18 s of walking, its watchdog included
"""

from __future__ import annotations

from typing import Any

_AGAIN_NS = 10_000.0  # guests keep interrupts disabled for a few microseconds


class WakeUp:
    def __init__(self, mcu: Any) -> None:
        self._core, self._raise = mcu.core, mcu.set_interrupt
        self._alarm = mcu.clock.create_alarm(self._look)
        self._is_due = False
        mcu.set_interrupt = self.set_interrupt

    def set_interrupt(self, irq: int, value: bool) -> None:
        self._raise(irq, value)
        if value and not self._is_due and (self._core.pm or self._core.waiting):
            self._is_due = True
            self._alarm.schedule(_AGAIN_NS)

    def _look(self) -> None:
        core = self._core
        self._is_due = False
        if not core.pending_interrupts & core.enabled_interrupts:
            return
        if core.waiting:
            if core.check_for_interrupts():
                core.waiting = False
                return
        elif not core.pm:
            return  # taken, or about to be
        self._is_due = True
        self._alarm.schedule(_AGAIN_NS)
