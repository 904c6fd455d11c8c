# SPDX-License-Identifier: MIT
"""board: the pins that the board file names, and its id."""

from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    facts = machine.facts
    names = set(facts.I2C[:2])
    for fact in ("IMU_INT", "BUTTON", "LED"):
        if getattr(facts, fact, None):
            names.add(getattr(facts, fact))
    if facts.HAPTICS and facts.HAPTICS[0] == "PWM":
        names.add(facts.HAPTICS[1])
    if getattr(facts, "BATTERY", None):
        names.add(facts.BATTERY[0])
    return module("board", board_id=facts.BOARD_IDS[0], **{name: machine.pin(name) for name in names})
