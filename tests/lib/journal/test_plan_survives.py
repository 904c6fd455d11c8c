# SPDX-License-Identifier: MIT
"""The training plan and its progress survive boots, housekeeping and the reuse of blocks; a removed one stays away."""

import pytest
from retrostep import events
from retrostep.journal.writer import Journal

from tests.faults.disk import Disk

DEVICE = b"12345678"
PLAN = bytes([1, 1, 4, 0, 3, 1, 2, 0, 2, 1, 12, 2, 12])
LONG = bytes([1, 0, 0, 0, 3, 12]) + bytes([5, 100, 3, 1, 12, 0, 2, 2, 12]) * 12
LONG = LONG[:120]


def boot(disk):
    journal = Journal(disk, DEVICE)
    return journal, journal.recover()


def settle(journal):
    for _ in range(50):
        journal.step(journal.now + 3000)
        if journal.settled():
            return
    raise AssertionError("the journal never settles")


def step(index):
    return events.Event(events.STEP, index, 0.0, index + 13)


@pytest.mark.parametrize("plan", [PLAN, LONG], ids=["short", "longest"])
def test_a_loaded_plan_is_there_after_a_power_cut(plan):
    disk = Disk(16 * 4096)
    journal, _ = boot(disk)
    journal.note(events.PLAN, 10, (plan[0],), plan[1:])
    settle(journal)
    _, facts = boot(disk.reboot())
    assert facts.training == plan


def test_progress_made_in_a_session_is_there_after_it():
    disk = Disk(16 * 4096)
    journal, _ = boot(disk)
    journal.note(events.PLAN, 10, (PLAN[0],), PLAN[1:])
    settle(journal)
    journal.start(100, {})
    journal.append(step(200))
    progress = PLAN[:2] + b"\x05" + PLAN[3:]
    journal.note(events.PLAN, 300, (progress[0],), progress[1:])
    journal.end(events.END_BUTTON, 400)
    settle(journal)
    _, facts = boot(disk.reboot())
    assert facts.training == progress


def test_a_plan_answered_before_the_first_step_is_not_undone_by_the_start_block():
    disk = Disk(16 * 4096)
    journal, _ = boot(disk)
    journal.note(events.PLAN, 10, (PLAN[0],), PLAN[1:])
    settle(journal)
    journal.start(100, {})
    answered = PLAN[:1] + b"\0" + PLAN[2:]
    journal.note(events.PLAN, 150, (answered[0],), answered[1:])
    journal.append(step(200))
    journal.end(events.END_BUTTON, 400)
    settle(journal)
    _, facts = boot(disk.reboot())
    assert facts.training == answered


def test_the_plan_survives_when_every_block_was_reused():
    disk = Disk(4 * 4096)
    journal, _ = boot(disk)
    journal.note(events.PLAN, 10, (PLAN[0],), PLAN[1:])
    settle(journal)
    for number in range(3 * journal.ring.n):
        at = 1000 * (number + 1)
        journal.start(at, {})
        journal.append(step(at + 50))
        session = journal.end(events.END_BUTTON, at + 100)
        settle(journal)
        assert session and journal.release(session, bytes(20))
        settle(journal)
    _, facts = boot(disk.reboot())
    assert facts.training == PLAN


def test_a_removed_plan_stays_away():
    disk = Disk(16 * 4096)
    journal, _ = boot(disk)
    journal.note(events.PLAN, 10, (PLAN[0],), PLAN[1:])
    settle(journal)
    journal.note(events.PLAN, 20, (0,))
    settle(journal)
    journal, facts = boot(disk.reboot())
    assert facts.training == b""
    journal.start(100, {})
    journal.append(step(200))
    journal.end(events.END_BUTTON, 400)
    settle(journal)
    assert boot(disk.reboot())[1].training == b""


def test_a_long_log_still_fits_beside_the_longest_plan():
    disk = Disk(16 * 4096)
    journal, _ = boot(disk)
    journal.note(events.PLAN, 10, (LONG[0],), LONG[1:])
    for name, value in (("code", "ABCDEFGHIJKL"), ("aid", "crutches"), ("ground", "treadmill"), ("placement", "ankle")):
        journal.setting(name, value)
    for number in range(20):
        assert journal.log(37, 50 + number, 0, "x" * 300), "a crash report was dropped"
    settle(journal)
    assert boot(disk.reboot())[1].training == LONG
