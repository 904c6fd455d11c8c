# SPDX-License-Identifier: MIT
"""board: the pins that the board file names, and its id."""

from retrostep_host import boards
from retrostep_host.virtual.shims import module


def make(machine, interpreter):
    facts = machine.facts
    names = {name for name, _ in boards.pins(vars(facts))}
    if machine.display_is_on:
        machine.pin("TFT_BACKLIGHT").in_use = True  # the display's
    display = {"DISPLAY": object()} if machine.display_is_on else {}
    return module("board", board_id=facts.BOARD_IDS[0], **display, **{name: machine.pin(name) for name in names})
