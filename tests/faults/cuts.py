# SPDX-License-Identifier: MIT
"""Cuts: every byte of every write of a walk, and every pair of them, without running the walk a million times.

A walk runs once over `disk.Disk`; before each sector is changed its surroundings are noted. From that note the flash
after a cut at *every* byte of that change follows directly. `recover` sees flash only through whole blocks
(block.check), so two cuts that leave the same whole blocks are the same case: they are judged once. For a second
cut, the walk of the next boot runs once from each of these cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from retrostep import events
from retrostep.journal import block
from retrostep.journal.writer import Journal
from retrostep_host import journal as host

from tests.faults.disk import SECTOR, Disk, torn

DEVICE = b"\x01\x02\x03\x04\x05\x06\x07\x08"
Truth = dict[int, list[int]]  # session -> sample indexes of its steps


@dataclass
class Walked:
    """What a walk knows of itself while it runs."""

    appended: Truth = field(default_factory=dict)
    acked: dict[int, int] = field(default_factory=dict)  # session -> steps that must survive
    released: set[int] = field(default_factory=set)


@dataclass
class Case:
    """Flash after a cut, and what must be true of it. `how`: the cuts that led here, (op, byte) each."""

    mirrors: tuple[bytes, bytes]
    truth: Truth
    acked: dict[int, int]
    released: set[int]
    how: tuple[tuple[int, int], ...]


Script = Callable[[Journal, Walked], None]


def step(index: int, number: int = 0) -> events.Event:
    """A step that carries everything."""
    e = events.Event(events.STEP, index, 0.25)
    e.direction = 1 + number % 3
    e.confidence = 0.9
    e.inferred = bool(number % 2)
    if not e.inferred:
        e.stride_s, e.length_m, e.length_sd_m, e.stance, e.sagittal_rad = 1.2, 0.8, 0.1, 0.6, 1.0
        e.contact, e.contact_confidence = 1, 0.9
    return e


def walk(journal: Journal, walked: Walked, steps: int, end: int | None, pace: int = 60) -> None:
    """A session of so many steps, one loop pass each."""
    session = journal.start(journal.now + 100, {"placement": "ankle", "side": "left"}, firmware="0.1.0")
    start = journal.now
    walked.appended[session] = []
    for i in range(steps):
        index = start + pace * (i + 1)
        if journal.append(step(index, i)):
            walked.appended[session].append(index)
        _pass(journal, walked, index)
    if end is not None:
        journal.end(end)
        settle(journal, walked)


def _pass(journal: Journal, walked: Walked, index: int) -> None:
    journal.step(index)
    if journal.settled():
        walked.acked = {session: len(steps) for session, steps in walked.appended.items()}


def settle(journal: Journal, walked: Walked) -> None:
    """Passes until both mirrors are whole."""
    for _ in range(100):
        _pass(journal, walked, journal.now + 13)
        if journal.settled() and (journal.running or not any(journal.ring.lacking)):
            return
    raise AssertionError("the journal never settles")


def release(journal: Journal, walked: Walked, session: int) -> None:
    walked.released.add(session)  # from the request on, either state is right
    journal.release(session, bytes(20))
    settle(journal, walked)


def found(journal: Journal, released: set[int]) -> Truth:
    """Steps of every session that the journal lists, as a computer would read them. One that was released may come
    back in part, when its RELEASE was torn off: a computer has it already."""
    result: Truth = {}
    for session in journal.table.numbers():
        data = bytearray(journal.table.size(session))
        journal.table.read(session, 0, data)
        decoded = host.decode(bytes(data))
        assert decoded.session == session
        if session in released:
            result[session] = []
            continue
        if session != journal.running:
            full = decoded.end == "full"  # what found no room is counted in END
            assert not [gap for gap in decoded.gaps if gap.blocks or not full], f"session {session}: {decoded.gaps}"
            assert decoded.complete, f"session {session} is not complete: {decoded.end}"
        result[session] = [one.index for one in decoded.steps]
    return result


def judge(case: Case) -> Journal:
    """Boot on `case` and hold the promise: everything acknowledged is there, nothing else is."""
    journal = Journal(Disk(0, list(case.mirrors)), DEVICE)
    journal.recover()
    there = found(journal, case.released)
    for session, steps in there.items():
        assert session in case.truth, f"session {session} was invented"
        assert steps == case.truth[session][: len(steps)], f"session {session}: steps nobody walked, or out of order"
    for session, count in case.acked.items():
        if session not in case.released and count:
            have = len(there.get(session, ()))
            assert have >= count, f"session {session}: {count} steps were acknowledged, {have} are there"
    return journal


def cuts(mirrors: tuple[bytes, bytes], script: Script, base: Case | None = None) -> Iterator[tuple[int, Case | None]]:
    """Run `script` once from `mirrors`; for every cut at every byte yield (how many bytes this case stands for, the
    case, or None when it was judged before in this run)."""
    disk = Disk(len(mirrors[0]), [bytearray(m) for m in mirrors])
    walked = Walked()
    if base is not None:
        walked = Walked({}, dict(base.acked), set(base.released))
    notes: list[tuple] = []

    def note(mirror: int, sector: int, data: bytes | None) -> None:
        state = tuple(bytes(m) for m in disk.mirrors)
        truth = {session: list(steps) for session, steps in walked.appended.items()}
        notes.append((state, mirror, sector, data and bytes(data), truth, dict(walked.acked), set(walked.released)))

    journal = Journal(disk, DEVICE)
    journal.recover()
    if base is not None:  # what the first cut took is gone; what this boot found must stay from its first flush on
        walked.appended.update({session: base.truth[session] for session in base.released if session in base.truth})
        walked.appended.update(found(journal, walked.released))
    disk.on_op = note
    script(journal, walked)
    how = base.how if base else ()
    for op, (state, mirror, sector, data, truth, acked, released) in enumerate(notes):
        seen: dict[tuple, int] = {}
        for byte, damaged in _after_each_byte(state[mirror], sector, data):
            key = _whole(damaged, sector)
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > 1:
                yield 1, None
                continue
            both = (damaged, state[1]) if mirror == 0 else (state[0], damaged)
            yield 1, Case(both, truth, acked, released, (*how, (op, byte)))
    final = tuple(bytes(m) for m in disk.mirrors)
    yield 1, Case(final, walked.appended, walked.acked, walked.released, (*how, (len(notes), 0)))


def count(mirrors: tuple[bytes, bytes], script: Script, again: Script | None = None, every: int = 1) -> Counts:
    """Judge every single cut of `script`, and every pair of cuts of `script` and, after the reboot, `again` (for each
    `every`th distinct first cut). Raises AssertionError with the cuts that led there."""
    counts = Counts()
    firsts: list[Case] = []
    for bytes_, case in cuts(mirrors, script):
        counts.single += bytes_
        if case is not None:
            counts.distinct += 1
            _judge(case)
            firsts.append(case)
    if again is None:
        return counts
    for base in firsts[::every]:
        for bytes_, case in cuts(base.mirrors, again, base):
            counts.pairs += bytes_
            if case is not None:
                counts.distinct_pairs += 1
                _judge(case)
    return counts


@dataclass
class Counts:
    """Cuts that were judged: all bytes, and how many of them leave flash that `recover` can tell apart."""

    single: int = 0
    distinct: int = 0
    pairs: int = 0
    distinct_pairs: int = 0


def _judge(case: Case) -> None:
    try:
        judge(case)
    except AssertionError as error:
        raise AssertionError(f"cut at {'+'.join(f'{op}.{byte}' for op, byte in case.how)}: {error}") from None


# walks that are cut ----------------------------------------------------------------------------------------
def blank(sectors: int) -> tuple[bytes, bytes]:
    return bytes(sectors * SECTOR), bytes(sectors * SECTOR)


def short(journal: Journal, walked: Walked) -> None:
    """One session, ended by the button."""
    walk(journal, walked, 100, events.END_BUTTON)


def busy(journal: Journal, walked: Walked) -> None:
    """Settings, the clock and a log entry around a session that is never ended."""
    journal.setting("steps_goal", 500)
    journal.set_clock(journal.now, 1_795_000_000_000_000, 60)
    settle(journal, walked)
    walk(journal, walked, 70, None)
    journal.mount(bytes(range(24)))
    journal.log(35, journal.now, 12, "late")
    settle(journal, walked)


def wrap(journal: Journal, walked: Walked) -> None:
    """Sessions that are fetched and overwritten, around a ring of a few sectors."""
    for number in range(4):
        walk(journal, walked, 110, events.END_BUTTON)
        if number != 1:  # one stays: nobody fetched it
            release(journal, walked, journal.last_session)
    walk(journal, walked, 60, None)


def full(journal: Journal, walked: Walked) -> None:
    """More walking than the ring holds, with nobody to fetch it."""
    for _ in range(4):
        walk(journal, walked, 150, events.END_USB)


def after(journal: Journal, walked: Walked) -> None:
    """What the next boot does: repair, walk, let go of the oldest, walk on."""
    settle(journal, walked)
    walk(journal, walked, 40, events.END_IDLE)
    numbers = journal.table.numbers()
    if numbers:
        release(journal, walked, numbers[0])
    walk(journal, walked, 40, None)


SCRIPTS = {"short": (short, 2), "busy": (busy, 2), "wrap": (wrap, 2), "full": (full, 2)}  # name -> script, sectors


def _after_each_byte(mirror: bytes, sector: int, data: bytes | None) -> Iterator[tuple[int, bytes]]:
    """The mirror after a cut at every byte of one change. A directory is whole or lost."""
    if data is None:
        yield 0, mirror
        for byte in (1, SECTOR):
            yield byte, bytes(len(mirror))
        return
    before, after = mirror[: sector * SECTOR], mirror[(sector + 1) * SECTOR :]
    yield 0, mirror
    for byte in range(1, SECTOR + 2):
        yield byte, before + torn(data, byte) + after


def _whole(mirror: bytes, sector: int) -> tuple:
    """Which whole blocks a mirror shows in a sector: all that `recover` can see of it."""
    if sector < 0:
        return (mirror == bytes(len(mirror)),)
    base = sector * SECTOR
    pieces = (mirror[at : at + block.SIZE] for at in range(base, base + SECTOR, block.SIZE))
    return tuple(piece if block.check(piece) else None for piece in pieces)
