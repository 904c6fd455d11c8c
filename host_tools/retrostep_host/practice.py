# SPDX-License-Identifier: MIT
"""Practice: a made-up physiotherapy practice, to try everything on: twelve people, four boards, eight weeks.

in    a folder, a seed, the last day
out   store.sqlite3 with about 290 walks, and practice.json with who is who, to check an answer against; when asked, the
      drives of its boards, with the walks of the last visit on them and not in the store
keeps nothing else; the same seed and day give the same bytes
from  the board's own coach leads each walk and its own writer logs it, so plans, verdicts and buzzes are as real ones;
      stride times and lengths forward and backward: about those of the recordings in docs/accuracy.md
but   steps are drawn, not sensed: nothing here says how right the engine is
not   data about anybody; not numpy
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from retrostep import events
from retrostep.coach.policy import Coach
from retrostep.settings import defaults

from retrostep_host import drive, journal, plans, zone
from retrostep_host.errors import NotOurs
from retrostep_host.scribe import Log, Scribe
from retrostep_host.store import Store
from retrostep_host.store.intake import as_walk

WEEKS = 8
RATE = 104
DAYS = (0, 2, 4)  # Monday, Wednesday, Friday
Progress = Callable[[int, int], object]
TICK = 52  # samples between two looks of the coach


@dataclass(frozen=True)
class Person:
    """Who walks how. Times in s, lengths in m; `drift`: of the stride-time CV, from the first week to the last."""

    code: str
    board: int
    side: str
    mass_kg: float | None
    height_m: float
    aid: str = "none"
    plan: str = "six_weeks"
    forward_s: float = 1.12
    backward_s: float = 1.30
    length_m: float = 1.2
    cv: float = 0.045
    drift: float = 1.0
    toes: float = 0.9  # of the backward contacts
    comes: float = 1.0  # of the sessions
    tires: float = 1.0  # share of each backward interval that is walked backward, from week 3 on
    stumbles: tuple[int, ...] = ()  # weeks with one
    falls: tuple[int, ...] = ()
    both: bool = False  # a board on each leg
    spellings: tuple[str, ...] = ()
    story: str = ""


PEOPLE = (
    Person("P-01", 0, "left", 71.0, 1.68, story="as planned"),
    Person("P-02", 0, "right", 84.5, 1.79, length_m=1.3, story="as planned"),
    Person("P-03", 0, "left", 66.0, 1.62, "cane", cv=0.075, length_m=0.95, backward_s=1.5,
           stumbles=(2, 4, 6, 6, 7), falls=(5,), story="stumbles, and fell once in week 6"),
    Person("P-04", 1, "left", 58.0, 1.60, story="as planned", toes=0.97),
    Person("P-05", 1, "right", 77.0, 1.74, cv=0.09, drift=0.45, length_m=1.1, story="gets steadier"),
    Person("P-06", 1, "left", 92.0, 1.83, length_m=1.25, comes=0.85, story="misses a session now and then"),
    Person("P-07", 2, "right", 69.5, 1.65, "walker", comes=0.4, tires=0.4, length_m=0.85, backward_s=1.6,
           story="is behind plan: comes seldom, and walks too little of it backward"),
    Person("P-08", 2, "left", 80.0, 1.77, spellings=("P-08", "p-08"), story="as planned; the code is spelt two ways"),
    Person("P-09", 2, "left", 63.0, 1.70, both=True, story="a board on each leg"),
    Person("P-10", 3, "right", None, 1.58, aid="rail", story="as planned; the mass is not known"),
    Person("P-11", 3, "left", 74.0, 1.72, cv=0.05, stumbles=(3,), story="the board's clock is often not set"),
    Person("P-12", 3, "right", 88.0, 1.81, plan="walk_test", comes=0.5, story="no plan but the walk test"),
)  # fmt: skip


@dataclass
class Made:
    """What there is: the store, and who is who."""

    store: Path
    until: date
    walks: int = 0
    people: dict[str, str] = field(default_factory=dict)
    behind: tuple[str, ...] = ("P-07",)
    stumbled: tuple[str, ...] = ("P-03", "P-11")
    fell: tuple[str, ...] = ("P-03",)
    steadier: tuple[str, ...] = ("P-05",)
    odd: dict[str, str] = field(default_factory=dict)
    boards: list[str] = field(default_factory=list)  # drives with the walks of the last visit


def make(
    folder: Path,
    seed: int = 1,
    until: date | None = None,
    weeks: int = WEEKS,
    progress: Progress | None = None,
    only: tuple[str, ...] = (),
    boards_hold_last: bool = False,
) -> Made:
    """The practice in `folder`, up to the day `until` (today); `only` some of its people. `progress(done, of)` is told
    of each visit. `boards_hold_last`: the last visit's walks are on its boards' drives (`plug_in`), not in the store.
    Raises NotOurs when a store is there that is no practice of an earlier run; the store's errors."""
    until = until or datetime.now().date()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "store.sqlite3"
    if path.exists() and not (folder / "practice.json").exists():
        raise NotOurs.of(path, "the store of a practice")
    (folder / "practice.json").write_text("{}\n", encoding="utf-8")  # who stops it in the middle may begin again
    for name in (path.name, path.name + "-wal", path.name + "-shm"):
        (folder / name).unlink(missing_ok=True)
    made = Made(path, until, people={one.code: one.story for one in PEOPLE})
    monday = until - timedelta(days=until.weekday() + 7 * (weeks - 1))
    uids = [hashlib.sha1(f"practice board {n}".encode(), usedforsecurity=False).digest()[:8] for n in range(5)]
    sessions = [0] * 5
    done: list[tuple[int, bytes]] = []  # when it was copied, its bytes
    plan = {one.code: plans.read(one.plan).pack() for one in PEOPLE}
    rng = random.Random(seed)
    days = [monday + timedelta(days=7 * (n // len(DAYS)) + DAYS[n % len(DAYS)]) for n in range(weeks * len(DAYS))]
    last = max(n for n, day in enumerate(days) if day <= until)
    logs: dict[int, Log] = {}
    for number in range(weeks * len(DAYS)):
        if progress:
            progress(number, weeks * len(DAYS))
        week, day = number // len(DAYS), days[number]
        for rank, one in enumerate(PEOPLE):
            here = random.Random(f"{seed} {one.code} {number}")
            if day > until or here.random() > one.comes or (only and one.code not in only):
                continue
            minute = 8 * 60 + 40 * rank + here.randrange(8)
            start = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=UTC)
            start_us = int(start.timestamp() * 1e6)
            clock = (start_us, zone.local(start_us))
            if one.code == "P-11" and number % 4 == 1:
                clock = None
            if one.code == "P-06" and number == 4:  # a clock that is years off
                clock = (start_us - 3 * 365 * 86_400_000_000, clock[1])
            walked = _walk(one, here, week, weeks, plan[one.code], number)
            legs = [(one.board, one.side)] + ([(4, "right")] if one.both else [])
            for board, side in legs:
                sessions[board] += 1
                log = None
                if boards_hold_last and number == last:
                    log = logs.setdefault(board, Log(uids[board], sessions[board] - 1))
                code = one.spellings[number % len(one.spellings)] if one.spellings else one.code
                settings = {"code": code, "side": side, "aid": one.aid}
                mark = hashlib.sha1(f"{seed} {code} {number} {side}".encode(), usedforsecurity=False).digest()[:8]
                skew = here.randrange(-3_000_000, 3_000_000) if side != one.side else 0
                own = clock and (clock[0] + skew, clock[1])
                data, state = _written(
                    walked, uids[board], mark, sessions[board], settings, own, plan[one.code], 4150 - 9 * number, log
                )
                if log is None:
                    done.append((start_us + 3_600_000_000, data))
                if board == one.board:
                    kept = state
            plan[one.code] = kept
    _odd(made, done, uids, sessions, rng, monday, weeks, until)
    made.boards = [str(_drive(folder / "boards" / f"board-{n + 1}", uids[n], log)) for n, log in logs.items()]
    with Store(path) as store:
        with store.changing() as connection:
            for copied, data in sorted(done, key=lambda pair: pair[0]):
                session = journal.decode(data)
                walk = replace(as_walk(session, copied), imported_utc_us=copied, sha1=session.sha1)
                store.insert(connection, walk, data)
                made.walks += 1
        _said(store, made)
    said = {**vars(made), "store": str(path), "until": until.isoformat(), "seed": seed, "weeks": weeks}
    (folder / "practice.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return made


def _drive(folder: Path, device: bytes, log: Log) -> Path:
    """A virtual board's drive with this log. It is made anew: what an earlier run's board held would be walks twice."""
    shutil.rmtree(folder, ignore_errors=True)
    drive.prepare(folder)
    (folder / "boot_out.txt").write_text(f"UID:{device.hex().upper()}\n", encoding="utf-8")  # its chip's number
    for name, data in zip("ab", log.mirrors, strict=True):
        (folder / "journal" / name).mkdir(parents=True)
        (folder / "journal" / name / "log.bin").write_bytes(data)
    return folder


def boards(folder: Path) -> list[str]:
    """The drives that an earlier run left with the last visit on them; [] where it did not, or did not finish."""
    try:
        said = json.loads((folder / "practice.json").read_text(encoding="utf-8")).get("boards", [])
        return [str(folder / "boards" / Path(one).name) for one in said]
    except (OSError, ValueError):
        return []


@contextmanager
def plug_in(boards: Iterable[str | Path]) -> Iterator[None]:
    """These drives as virtual boards at their cables, until the block ends. Raises UnsupportedPlatform, and
    VirtualBoardFailed when one does not come up."""
    from retrostep_host.virtual.board import VirtualBoard

    with ExitStack() as stack:
        running = []
        for path in map(Path, boards):
            ports = path.with_name(f"{path.name}-ports")
            board = VirtualBoard(path, ports, start_plugged=True, realtime=True, prepare=False)
            running.append((stack.enter_context(board), ports / "data"))
        for board, port in running:
            while not port.exists():
                if board.process.poll() is not None:
                    raise board.failure()
                time.sleep(0.05)
        yield


# one walk ---------------------------------------------------------------------------------------------------
def _walk(one: Person, rng: random.Random, week: int, weeks: int, plan: bytes, number: int) -> dict:
    """What somebody does on one visit; both boards see it."""
    share = week / max(1, weeks - 1)
    return {
        "one": one,
        "seed": rng.random(),
        "cv": one.cv * (1 + (one.drift - 1) * share),
        "faster": 1 - 0.05 * share,
        "tires": one.tires if week >= 2 else 1.0,
        "stumbles": one.stumbles.count(week) if number % len(DAYS) == 1 else 0,
        "falls": one.falls.count(week) if number % len(DAYS) == 1 else 0,
        "test_s": 4.6 - 1.2 * share + rng.gauss(0, 0.15),
        "most_s": 25 * 60,
    }


def _written(
    walk: dict,
    device: bytes,
    mark: bytes,
    session: int,
    settings: dict,
    clock: tuple[int, int] | None,
    plan: bytes,
    battery_mv: int,
    log: Log | None = None,
) -> tuple[bytes, bytes]:
    """(the session's bytes, the plan's bytes afterwards), as this board wrote them."""
    one, rng = walk["one"], random.Random(walk["seed"])
    scribe = Scribe(device, mark, session, settings, clock, plan, battery_mv, log=log)
    now = 0
    coach = Coach(
        {**defaults(), **settings},
        lambda pattern, cause: scribe.note(events.ALERT, now, (pattern, cause, 0)),
        lambda kind, values, tail=b"": scribe.note(kind, now, values, tail),
    )
    coach.remember(plan)
    coach.start(0)
    training = coach.training
    end, begun, back_s, at = walk["most_s"] * RATE, None, 0.0, 4 * RATE
    trouble = sorted(rng.uniform(90, 400) for _ in range(walk["stumbles"]))
    fall = rng.uniform(120, 300) if walk["falls"] else None
    if training is not None and training.phase == 0:
        now = 2 * RATE
        coach.on_button(events.PRESS_SHORT, now)
    stop = None
    while at < end and (stop is None or at < stop):
        while now < at:
            now = min(at, now + TICK)
            coach.tick(now)
            scribe.journal.battery_mv = battery_mv - now // (20 * RATE)  # 3 mV a minute
        wants_back = training is not None and training.expects(events.BACKWARD)
        rests = training is not None and training.phase == 2 and not wants_back and not training.expects(events.FORWARD)
        if training is None or training.phase == 3:
            stop = stop or at + 20 * RATE
        test = training._test if training is not None and training.phase == 2 else None
        if test is not None:
            wants_back = test._go >= 0 and at - test._go < walk["test_s"] * RATE
            rests = not wants_back
        if rests:
            at += RATE
            continue
        begun = (begun if begun is not None else at) if wants_back else None
        limit = walk["tires"] * 60 * RATE
        backward = wants_back and begun is not None and (walk["tires"] == 1.0 or (at - begun) % (60 * RATE) < limit)
        beat = (one.backward_s if backward else one.forward_s) * walk["faster"] * max(0.6, rng.gauss(1, walk["cv"]))
        first = begun is not None and at - begun < RATE
        for inferred in (False, True):
            scribe_step(scribe, coach, one, rng, at, beat, backward, inferred, first, walk)
            at += round(beat / 2 * RATE)
        back_s += beat if backward else 0.0
        if trouble and at / RATE > trouble[0] and backward:
            trouble.pop(0)
            _alarm(scribe, coach, events.STUMBLE, at, rng, events.BACKWARD)
        if fall is not None and at / RATE > fall and backward:
            fall = None
            _alarm(scribe, coach, events.FALL, at, rng, events.BACKWARD)
            at += 25 * RATE
        if walk["cv"] > 0.085 and rng.random() < 0.001:
            _alarm(scribe, coach, events.WOBBLE, at, rng, events.BACKWARD if backward else events.FORWARD)
    state = training.state() if training is not None else plan
    return scribe.end(at + 3 * RATE), state


def scribe_step(
    scribe: Scribe,
    coach: Coach,
    one: Person,
    rng: random.Random,
    at: int,
    beat: float,
    backward: bool,
    inferred: bool,
    first: bool,
    walk: dict,
) -> None:
    """One step into the log, and to the coach."""
    step = events.Event(events.STEP, at, rng.random(), at + round(0.9 * RATE))
    step.direction = events.BACKWARD if backward else events.FORWARD
    if first and rng.random() < 0.4:
        step.direction = events.UNKNOWN
    step.confidence = rng.uniform(0.82, 0.99)
    step.inferred = inferred
    if not inferred:
        step.stride_s = beat
        length = one.length_m * (0.62 if backward else 1.0) * (one.forward_s / beat if not backward else 1.0)
        step.length_m = max(0.2, length * rng.gauss(1, 0.05)) if step.direction else 0.0
        step.length_sd_m = 0.05 * step.length_m
        step.stance = rng.gauss(0.62 if not backward else 0.6, 0.015)
        step.sagittal_rad = max(0.2, rng.gauss(0.75 if backward else 1.15, 0.05))
        if step.direction == events.BACKWARD:
            step.contact = events.TOE if rng.random() < one.toes else events.HEEL
        elif step.direction == events.FORWARD:
            step.contact = events.HEEL if rng.random() < 0.96 else events.TOE
        step.contact_confidence = rng.uniform(0.7, 0.98)
    scribe.append(step)
    coach.on_event(step)


def _alarm(scribe: Scribe, coach: Coach, kind: int, at: int, rng: random.Random, direction: int) -> None:
    event = events.Event(kind, at, 0.0, at + RATE // 5)
    event.score, event.direction, event.confidence = rng.uniform(1.2, 2.2), direction, 0.9
    scribe.append(event)
    coach.on_event(event)


# what a practice has besides --------------------------------------------------------------------------------
def _odd(made: Made, done: list, boards: list, sessions: list, rng, monday: date, weeks: int, until: date) -> None:
    """What goes wrong: a walk of nine hours, a walk under another's code, a code with a slip of the pen."""

    def odd(
        name: str, code: str, week: int, hour: int, board: int, why: str, minutes: int = 6, side: str = "left",
        share: float = 0.2,
    ):  # fmt: skip
        day = monday + timedelta(days=7 * min(week, weeks - 1) + 1)
        if day > until:
            day -= timedelta(days=7)
        start = datetime(day.year, day.month, day.day, hour, 12, tzinfo=UTC)
        start_us = int(start.timestamp() * 1e6)
        sessions[board] += 1
        mark = hashlib.sha1(f"odd {name} {rng.random()}".encode(), usedforsecurity=False).digest()[:8]
        settings = {"code": code, "side": side}
        scribe = Scribe(boards[board], mark, sessions[board], settings, (start_us, zone.local(start_us)))
        coach = Coach({**defaults(), **settings}, lambda pattern, cause: None)
        person = Person(code, board, side, None, 1.7)
        at = 4 * RATE
        for _ in range(minutes * 60):
            for inferred in (False, True):
                scribe_step(scribe, coach, person, rng, at, 1.15, rng.random() < share, inferred, False, {})
                at += 60
            if minutes > 60 and rng.random() < 0.98:  # sits most of the day
                at += 45 * RATE
            if at > minutes * 60 * RATE:
                break
        data = scribe.end(at + 3 * RATE, events.END_IDLE)
        done.append((start_us + minutes * 60_000_000 + 3_600_000_000, data))
        made.odd[name] = f"{mark.hex()}: {why}"

    odd("nine hours", "P-02", 3, 6, 0, "worn for nine hours", minutes=9 * 60)
    odd("somebody else", "P-04", 5, 15, 1, "P-04's board, tried on by a visitor; excluded")
    odd("slip of the pen", "P-1", 6, 16, 0, "P-01, written P-1")
    odd("no code", "", 6, 17, 3, "P-10's, but the code was not set")
    odd("two at one time", "P-12", 6, 16, 2, "on board 3 under P-12 while board 4 says P-12 as well", side="right")
    odd("two at one time, the other", "P-12", 6, 16, 3, "see the one above", side="right")
    odd("two people", "P-09", 5, 9, 2, "P-09 on the left board, a guest on the right one, both as P-09")
    odd("two people, the other", "P-09", 5, 9, 4, "the guest; see the one above", side="right", share=0.8)


def _said(store: Store, made: Made) -> None:
    """What the helper wrote down."""
    for one in PEOPLE:
        if one.mass_kg:
            store.say("person", one.code, "mass_kg", one.mass_kg)
        store.say("person", one.code, "height_m", one.height_m)
    store.say("person", "P-03", "notes", "knee operation in spring; daughter walks beside")
    mark = made.odd["somebody else"].partition(":")[0]
    other = next(walk for walk in store.walks() if walk.number == mark)
    store.say("walk", other.sha1, "excluded", "a visitor tried it on")
