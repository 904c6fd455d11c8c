# SPDX-License-Identifier: MIT
"""Motor: a coin motor on a PWM pin of the virtual board, and what the wearer feels of it.

in    an amplitude when the pin's duty cycle changes; virtual time
out   `felt`, as the driver chip's model records it
"""

from __future__ import annotations

from typing import Any

from retrostep_host.virtual.machine import Machine


class PwmMotor:
    """A motor on a PWM pin, recording like the driver chip's model."""

    def __init__(self, machine: Machine, pin: Any) -> None:
        self.pin = pin
        self._machine = machine
        self._since = 0
        self._amplitude = 0.0
        self._felt: list[tuple[float, str, float, float]] = []

    def drive(self, amplitude: float) -> None:
        now = self._machine.now_ns
        if self._amplitude > 0.0 and now > self._since and amplitude != self._amplitude:
            self._felt.append((self._since / 1e9, "pwm", self._amplitude, (now - self._since) / 1e9))
        if amplitude != self._amplitude:
            self._since, self._amplitude = now, amplitude

    @property
    def felt(self) -> list[tuple[float, str, float, float]]:
        if self._amplitude <= 0.0:
            return list(self._felt)
        now = self._machine.now_ns
        return [*self._felt, (self._since / 1e9, "pwm", self._amplitude, (now - self._since) / 1e9)]
