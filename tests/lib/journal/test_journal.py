# SPDX-License-Identifier: MIT
"""What a session is, what leaves a trace, what survives a boot."""

import pytest
from retrostep import errors, events
from retrostep.journal import block, records
from retrostep.journal.writer import INTERVAL, Journal
from retrostep_host import journal as host

from tests.faults import cuts
from tests.faults.disk import Disk


def boot(disk, **floors):
    journal = Journal(disk, cuts.DEVICE)
    return journal, journal.recover(**floors)


def settle(journal, passes=60):
    for _ in range(passes):
        journal.step(journal.now + 13)


def read(journal, session):
    data = bytearray(journal.table.size(session))
    journal.table.read(session, 0, data)
    return host.decode(bytes(data))


def walk(journal, steps=30, end=events.END_BUTTON, values=None):
    session = journal.start(journal.now + 10, values or {"placement": "ankle"}, firmware="0.1.0")
    for i in range(steps):
        journal.append(cuts.step(journal.now + 60, i))
        journal.step(journal.now + 60)
    if end is not None:
        journal.end(end)
        settle(journal)
    return session


# traces ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("cause", [events.END_IDLE, events.END_POWER])
def test_a_session_without_a_step_leaves_no_trace_when_nobody_meant_it(cause):
    disk = Disk(8192)
    journal, _ = boot(disk)
    journal.start(0, {"placement": "ankle"})
    settle(journal)
    assert journal.end(cause) == 0
    settle(journal)
    assert not any(disk.mirrors[0]) and journal.table.numbers() == [] and disk.units == 0


@pytest.mark.parametrize("cause", [events.END_BUTTON, events.END_USB, events.END_LINK])
def test_a_session_that_somebody_ended_is_kept_even_without_a_step(cause):
    journal, _ = boot(Disk(8192))
    journal.start(0, {"placement": "ankle"})
    assert journal.end(cause, 500) == 1
    settle(journal)
    session = read(journal, 1)
    assert session.complete and session.steps == [] and session.end == events.ENDS[cause]


def test_session_numbers_have_no_holes_where_nothing_was_walked():
    journal, _ = boot(Disk(16384))
    assert walk(journal) == 1
    journal.start(journal.now, {})
    journal.end(events.END_IDLE)
    assert walk(journal) == 2


def test_appending_never_touches_flash():
    disk = Disk(16384)
    journal, _ = boot(disk)
    journal.start(0, {"placement": "ankle"})
    for i in range(60):
        journal.append(cuts.step(60 * i, i))
    assert disk.units == 0
    journal.step(3600)
    assert disk.units > 0


def test_a_pass_flushes_one_mirror_once():
    disk = Disk(16384)
    journal, _ = boot(disk)
    flushed = []
    disk.flush, real = lambda mirror: (flushed.append(mirror), real(mirror)), disk.flush
    journal.start(0, {"placement": "ankle"})
    order = []
    for i in range(400):
        journal.append(cuts.step(60 * i, i))
        before = len(flushed)
        journal.step(60 * i)
        assert len(flushed) - before <= 1
        order += flushed[before:]
    assert len(order) > 6 and all(a != b for a, b in zip(order, order[1:], strict=False)), "strictly in turn"


def test_quiet_holds_a_flush_back_until_ram_runs_short():
    disk = Disk(16384)
    journal, _ = boot(disk)
    journal.start(0, {"placement": "ankle"})
    touched = None
    for i in range(400):
        journal.append(cuts.step(60 * i, i))
        if journal.step(60 * i, quiet=True) and touched is None:
            touched = i
    assert touched and 60 * touched > 2 * INTERVAL and journal.dropped == 0


def test_a_stumble_is_on_flash_at_the_next_pass():
    journal, _ = boot(Disk(8192))
    journal.start(0, {"placement": "ankle"})
    journal.append(cuts.step(60))
    event = events.Event(events.STUMBLE, 100, 0.5, 140)
    event.score = 1.5
    journal.append(event)
    assert journal.step(140) and journal.settled()


# boots -----------------------------------------------------------------------------------------------------
def test_settings_over_the_link_and_the_mount_survive_boots_and_a_full_turn_of_the_ring():
    disk = Disk(8192)
    journal, _ = boot(disk)
    journal.setting("steps_goal", 1200)
    journal.setting("code", "P-07")
    journal.mount(b"learnt")
    settle(journal)
    for _ in range(20):
        journal, facts = boot(disk.reboot())
        disk = journal.ring.disk
        assert facts.settings == {"steps_goal": 1200, "code": "P-07"} and facts.memory == b"learnt"
        session = walk(journal, 60, values={"placement": "ankle", "steps_goal": 1200, "code": "P-07"})
        assert session
        journal.release(session, bytes(20))
        settle(journal)
    assert journal.ring.next_seq > 3 * journal.ring.n


def test_settings_toml_is_not_taken_for_a_setting_over_the_link():
    disk = Disk(8192)
    journal, _ = boot(disk)
    walk(journal, values={"placement": "wrist", "idle_minutes": 20})
    assert read(journal, 1).settings == {"placement": "wrist", "idle_minutes": 20}
    _, facts = boot(disk.reboot())
    assert facts.settings == {}


def test_a_vanished_log_is_told_apart_from_a_new_one():
    _, new = boot(Disk(8192))
    assert new.blank and not new.vanished
    journal, gone = boot(Disk(8192), last_session=7, last_boot=4)
    assert gone.blank and gone.vanished
    assert walk(journal) == 8 and journal.boot == 5, "numbers go on where they were"


def test_a_lost_mirror_is_rebuilt_without_touching_the_good_one():
    disk = Disk(16384)
    journal, _ = boot(disk)
    walk(journal, 200)
    for broken in (0, 1):
        mirrors = [bytearray(m) for m in disk.mirrors]
        mirrors[broken] = bytearray(len(mirrors[broken]))
        again = Disk(0, mirrors)
        written = []
        again.on_op = lambda mirror, *_, written=written: written.append(mirror)
        journal, facts = boot(again)
        assert facts.damaged[broken] and not facts.damaged[1 - broken]
        settle(journal)
        assert set(written) == {broken} and again.mirrors[0] == again.mirrors[1] == disk.mirrors[0]
        assert len(read(journal, 1).steps) == 200


def test_blocks_of_another_board_and_of_a_newer_format_are_counted_and_left_out():
    disk = Disk(8192)
    other = Journal(disk, b"otherone")
    other.recover()
    walk(other)
    _, facts = boot(disk.reboot())
    assert facts.foreign and facts.blank
    newer = Disk(8192)
    journal, _ = boot(newer)
    walk(journal)
    for mirror in newer.mirrors:
        for at in range(0, 8192, 512):
            if mirror[at : at + 4] == block.MAGIC:
                data = mirror[at : at + 512]
                data[4] = 9
                import zlib

                data[508:] = zlib.crc32(data[:508]).to_bytes(4, "little")
                mirror[at : at + 512] = data
    _, facts = boot(newer.reboot())
    assert facts.newer and facts.blank


def test_a_drive_that_refuses_one_mirror_goes_on_with_the_other():
    disk = Disk(16384)
    journal, _ = boot(disk)
    real = disk.write

    def refuse(mirror, offset, data):
        if mirror == 1:
            raise OSError(5)
        real(mirror, offset, data)

    disk.write = refuse
    walk(journal, 150)
    assert journal.settled() and journal.ring.errors >= 3 and journal.dropped == 0
    assert not journal.step(journal.now)  # nothing is left to be done: the loop may sleep
    journal, _ = boot(disk.reboot())
    assert len(read(journal, 1).steps) == 150


# full, released, erased ------------------------------------------------------------------------------------
def test_a_full_log_ends_the_session_says_so_and_overwrites_nothing():
    journal, _ = boot(Disk(8192))
    walk(journal, 120)
    before = read(journal, 1)
    walk(journal, 700, None)
    settle(journal)
    assert not journal.running and journal.table.numbers() == [1, 2]
    session = read(journal, 2)
    assert session.end == "full" and "flash_full" in [log.reason for log in session.logs]
    assert read(journal, 1) == before
    assert journal.start(journal.now, {"placement": "ankle"})
    journal.append(cuts.step(journal.now + 60))
    settle(journal)
    assert not journal.running, "no room: no session"
    assert journal.release(1, bytes(20)), "there is always room for a release"
    settle(journal)
    assert walk(journal, 60) and not read(journal, journal.last_session).gaps


def test_only_released_sessions_are_overwritten():
    journal, _ = boot(Disk(8192))
    first, second = walk(journal, 100), walk(journal, 100)
    kept = read(journal, second)
    journal.release(first, bytes(20))
    third = walk(journal, 100)
    settle(journal)
    assert journal.table.numbers() == [second, third] and read(journal, second) == kept
    assert read(journal, third).complete and len(read(journal, third).steps) == 100


def test_erase_leaves_zeros_and_only_the_settings():
    disk = Disk(16384)
    journal, _ = boot(disk)
    journal.setting("steps_goal", 900)
    for _ in range(3):
        walk(journal, 90)
    assert journal.erase() == 3
    settle(journal)
    whole = [b for mirror in disk.mirrors for b in (mirror[a : a + 512] for a in range(0, 16384, 512)) if any(b)]
    assert whole and all(block.Header(b).session == block.HOUSE for b in whole)
    assert not any(kind == events.STEP for b in whole for kind, _, _ in records.walk(b, 60, block.Header(b).end))
    journal, facts = boot(disk.reboot())
    assert journal.table.numbers() == [] and facts.settings == {"steps_goal": 900}
    assert walk(journal) == 4


# clock -----------------------------------------------------------------------------------------------------
MIDNIGHT = 1_798_761_600_000_000 - 30_000_000  # 30 s before 2027-01-01T00:00Z


def test_times_survive_midnight_a_new_year_a_flight_and_a_clock_set_backward():
    journal, _ = boot(Disk(16384))
    journal.set_clock(0, MIDNIGHT, 60)
    journal.start(0, {"placement": "ankle"})
    for i in range(120):
        if i == 60:
            journal.set_clock(journal.now, MIDNIGHT - 3_600_000_000, -300)
        journal.append(cuts.step(60 * (i + 1), i))
        journal.step(60 * (i + 1))
    journal.end(events.END_BUTTON)
    settle(journal)
    session = read(journal, 1)
    times = [step.t for step in session.steps]
    assert times == sorted(times) and len(times) == 120 and session.duration_s == pytest.approx(7200 / 104)
    assert session.start_utc.isoformat() == "2027-01-01T00:59:30+01:00"
    assert [note.kind for note in session.events].count("clock") == 1


def test_without_a_clock_the_start_is_unknown_and_the_order_is_known():
    disk = Disk(16384)
    for _ in range(3):
        journal, _ = boot(disk)
        walk(journal)
        disk = disk.reboot()
    journal, _ = boot(disk)
    found = [read(journal, number) for number in journal.table.numbers()]
    assert [s.start_utc for s in found] == [None] * 3
    assert [s.boot for s in found] == [1, 2, 3] and [s.session for s in found] == [1, 2, 3]


def test_values_that_no_leg_can_do_are_clamped_kept_and_marked():
    journal, _ = boot(Disk(8192))
    journal.start(0, {"placement": "ankle"})
    event = cuts.step(60)
    event.stride_s, event.length_m, event.sagittal_rad = 1e6, 900.0, 99.0
    event.quality = events.Q_RATE | events.Q_UNPROVEN
    journal.append(event)
    journal.end(events.END_BUTTON)
    step = read(journal, 1).steps[0]
    assert (step.stride_time_s, step.stride_length_m, step.sagittal_rad) == (65.535, 65.535, 2.55)
    assert step.quality == ("rate", "unproven")


def test_raw_samples_wait_for_room_and_lose_nothing():
    journal, _ = boot(Disk(32768))
    journal.start(0, {"placement": "ankle"})
    journal.append(cuts.step(60))
    sent = 0
    for i in range(400):
        if sent < 60 and journal.note(events.RAW, 20 * sent, (events.STUMBLE, 0), bytes([sent]) * 240):
            sent += 1
        journal.step(70 + i)
    journal.end(events.END_BUTTON)
    settle(journal)
    session = read(journal, 1)
    assert [raw.data[0] for raw in session.raws] == list(range(60)) and not session.gaps


def test_a_log_entry_keeps_its_number_value_and_text():
    journal, _ = boot(Disk(8192))
    walk(journal, 5, None)
    journal.log(errors.CRASH, None, 3, "Traceback: ValueError: ü")
    journal.end(events.END_BUTTON)
    (log,) = read(journal, 1).logs
    assert (log.reason, log.value, log.text) == ("crash", 3, "Traceback: ValueError: ü")
