# SPDX-License-Identifier: MIT
"""Measures: what a walk amounts to, in numbers and in plain words.

in    store.rows.Walk, whole (with steps and events)
out   bouts, cadence, strides by direction, days, notes on how far the data can be trusted
keeps nothing
from  cadence of one leg: two steps a stride, 120 / stride time (any gait text); medians and middle halves, because
      one stumble must not move them
but   a stride longer than STRIDE_MAX_S is a pause, not a slow stride
not   a verdict: no normal values, no diagnosis
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from retrostep.events import QUALITY
from retrostep.units import RATE_HZ

from retrostep_host import language
from retrostep_host.language import N_, _, n_, number, percent
from retrostep_host.reasons import WORDS
from retrostep_host.report import buzzes
from retrostep_host.report.scales import clock, quantile
from retrostep_host.store import choose
from retrostep_host.store.rows import ALERTS, LOST, UNFELT, Step, Walk
from retrostep_host.store.summing import PAUSE_S, Bout, bouts  # noqa: F401 - for who reads measures

ORDER = ("forward", "backward", "sideways", "unknown")  # the order of every table, bar and legend
WORST = ("fall", "stumble", "wobble")  # the order in which alerts are told
LETTER = {"forward": N_("F"), "backward": N_("B"), "sideways": N_("S"), "unknown": "?"}
STRIDE_MIN_S, STRIDE_MAX_S = 0.4, 3.0  # outside: not a stride of a person walking
DOUBTS = {  # reasons of retrostep.errors that the engine gives: what it means for the page, and what to do
    "way_unclear": N_(
        "For a while the direction could not be told from how the leg moved. Does the sensor sit above "
        "the knee, does the strap slip, is the knee braced? It belongs on the lower leg, any way round. For a stiff "
        "knee: press the button twice, walk eight steps forward, and the board knows this strap."
    ),
    "to_and_fro": N_(
        "Part of the time the sensor swung to and fro and went nowhere, as on a bicycle, on a chair or on a "
        "thigh; that was not counted."
    ),
    "strap_loose": N_("The sensor rattled: a tighter strap counts better."),
    "mount_checked": N_("How the sensor sits was shown on this walk by eight steps forward."),
    "check_failed": N_(
        "Eight steps forward were to show how the sensor sits, and did not: walk straight on, at your own "
        "pace, and try again."
    ),
}
# docs/accuracy.md, "Wrist": who stands behind it
WRIST = N_(
    "Directions at the wrist are young evidence: recordings of six people who walked backward, with the sensor on the "
    "right wrist, and of twenty-one forward. Steps it is not sure of are unknown."
)
ENOUGH = 4  # strides of one direction before a median is printed


@dataclass(frozen=True)
class Spread:
    """Median and middle half of `count` values; `sd` is the typical uncertainty of one of them, if known."""

    count: int
    median: float
    low: float
    high: float
    sd: float | None = None


@dataclass(frozen=True)
class Day:
    """All steps of a day, or of the days from `first` to `last`."""

    first: date
    last: date
    counts: dict[str, int]
    seconds: float
    walks: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def backward_share(self) -> float | None:
        """0-1, of all steps; None without a step."""
        return self.counts.get("backward", 0) / self.total if self.total else None


def cadence(steps: tuple[Step, ...]) -> list[list[tuple[float, float, str]]]:
    """Lines of (t_s, steps per minute, direction), smoothed by a median of five; a pause begins a new line."""
    own = [s for s in steps if s.stride_s and STRIDE_MIN_S <= s.stride_s <= STRIDE_MAX_S and not s.inferred]
    lines: list[list[Step]] = []
    for step in own:
        if not lines or step.t_s - lines[-1][-1].t_s > PAUSE_S:
            lines.append([])
        lines[-1].append(step)
    smooth = []
    for line in lines:
        values = [120.0 / step.stride_s for step in line if step.stride_s]
        points = []
        for i, step in enumerate(line):
            near = sorted(values[max(0, i - 2) : i + 3])
            points.append((step.t_s, quantile(near, 0.5), step.direction))
        smooth.append(points)
    return smooth


def strides(steps: tuple[Step, ...], field: str) -> dict[str, Spread]:
    """Direction -> spread of `stride_s` or `length_m`, over own strides that were trusted, where there are enough."""
    groups: dict[str, list[Step]] = {}
    for step in steps:
        value = getattr(step, field)
        if value and not step.inferred and (field != "stride_s" or STRIDE_MIN_S <= value <= STRIDE_MAX_S):
            groups.setdefault(step.direction, []).append(step)
    found = {}
    for direction in ORDER:
        group = groups.get(direction, [])
        if len(group) < ENOUGH or direction == "unknown":
            continue
        values = sorted(getattr(step, field) for step in group)
        sds = sorted(step.length_sd_m for step in group if step.length_sd_m) if field == "length_m" else []
        spread = (quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75))
        found[direction] = Spread(len(values), *spread, quantile(sds, 0.5) if sds else None)
    return found


def walking_s(found: list[Bout]) -> float:
    """Seconds spent stepping."""
    return sum(bout.end_s - bout.start_s for bout in found)


def longest(found: list[Bout], direction: str) -> int:
    """Steps of the longest stretch in a direction."""
    return max((bout.steps for bout in found if bout.direction == direction), default=0)


def days(walks: list[Walk]) -> list[Day]:
    """One entry a day from the first to the last, empty days included; weeks beyond 31 days, months beyond 53 weeks."""
    if not walks:
        return []
    dates = [date.fromisoformat(walk.day) for walk in walks]
    first, last = min(dates), max(dates)
    span = (last - first).days + 1
    if span <= 31:
        starts = [first + timedelta(days=n) for n in range(span)]
    elif span <= 53 * 7:
        monday = first - timedelta(days=first.weekday())
        starts = [monday + timedelta(weeks=n) for n in range((last - monday).days // 7 + 1)]
    else:
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        starts = [date(n // 12, n % 12 + 1, 1) for n in months]
    ends = [start - timedelta(days=1) for start in starts[1:]] + [last]
    found = []
    for start, end in zip(starts, ends, strict=True):
        inside = [walk for walk, day in zip(walks, dates, strict=True) if start <= day <= end]
        counts = {name: sum(walk.counts.get(name, 0) for walk in inside) for name in ORDER}
        found.append(Day(start, end, counts, sum(walk.duration_s for walk in inside), len(inside)))
    return found


def notes(walk: Walk) -> list[str]:
    """Sentences on what this walk's data cannot show; empty when there is nothing to say. Of a walk that several
    boards saw, each says its own."""
    if not walk.views:
        return _notes(walk, True)
    return [
        f"{where(view)[:1].upper()}{where(view)[1:]}: {note}"
        for view in walk.views
        for note in _notes(view, False)
    ]


def _notes(walk: Walk, is_alone: bool) -> list[str]:
    said = []
    for event in walk.events:
        if event.kind == "unreadable":
            return [
                _("This session cannot be read: %(why)s. Its bytes are kept, and nothing was made up.", why=event.value)
            ]
        if event.kind == "doubt":
            said.append(_("The board's log holds %(what)s; it is left out.", what=event.value))
    if walk.start is None:
        said.append(
            _("The board's clock was years off, so the walk is filed under the day it was copied.")
            if walk.is_misdated
            else _("The board's clock was not set, so the walk is filed under the day it was copied.")
        )
    if not walk.complete:
        said.append(_("The session is not whole; what arrived is shown, and nothing was filled in."))
    if walk.gaps:
        said.append(
            n_(
                "Data is missing in one place; steps there were not counted.",
                "Data is missing in %(n)s places; steps there were not counted.",
                walk.gaps,
            )
        )
    if walk.ended == "power":
        said.append(
            _("The power went away before the walk was ended; everything up to the last saved block is here.")
        )
    for event in walk.events:
        if event.kind == "setting":
            said.append(
                _("A setting was changed on the way, at %(time)s: %(what)s.", time=clock(event.t_s),
                  what=_changed(event.value))
            )  # fmt: skip
    total = len(walk.steps)
    marked = [0] * len(QUALITY)
    for step in walk.steps:
        for bit in range(len(QUALITY)):
            marked[bit] += step.quality >> bit & 1
    by_name = dict(zip(QUALITY, marked, strict=True))
    clipped = max(by_name["gyro_clipped"], by_name["acc_clipped"])
    if clipped:
        said.append(
            n_("%(n)s of %(total)s steps was faster or harder than the sensor can measure.",
               "%(n)s of %(total)s steps were faster or harder than the sensor can measure.", clipped,
               total=number(total))
        )  # fmt: skip
    if by_name["no_gyro"]:
        said.append(_("There was no gyroscope, so directions are unknown."))
    if walk.placement == "wrist" and any(step.direction in ("forward", "backward") for step in walk.steps):
        said.append(_(WRIST))
    if by_name["rate"]:
        said.append(
            n_("%(n)s step came faster than legs go; it is counted but not trusted.",
               "%(n)s steps came faster than legs go; they are counted but not trusted.", by_name["rate"])
        )  # fmt: skip
    if (by_name["stuck"] or by_name["restarted"]) and "imu_restarted" not in walk.noticed:
        said.append(_("The motion sensor stopped for a moment and was restarted."))
    said += noticed(walk)
    unknown = walk.counts.get("unknown", 0)
    if total and unknown:
        said.append(
            n_("The direction of %(n)s step (%(share)s) is unknown, and is shown as unknown.",
               "The direction of %(n)s steps (%(share)s) is unknown, and is shown as unknown.", unknown,
               share=percent(unknown / total))
        )  # fmt: skip
    inferred = sum(1 for step in walk.steps if step.inferred)
    if inferred and is_alone:
        said.append(
            n_("%(n)s of %(total)s steps belongs to the leg without a sensor and was inferred.",
               "%(n)s of %(total)s steps belong to the leg without a sensor and were inferred.", inferred,
               total=number(total))
        )  # fmt: skip
    logged = {event.value for event in walk.events if event.kind == "log"}
    said += [_(sentence) for name, sentence in DOUBTS.items() if name in logged]
    if walk.side == "unknown":
        said.append(_("Nobody told the board which leg it was worn on; after a stroke the two legs differ."))
    return said


def noticed(walk: Walk) -> list[str]:
    """Sentences on what the board noticed about itself."""
    said = []
    logs: dict[str, list[float]] = {}
    names = {event.cause for event in walk.events if event.value == "setting_ignored" and event.cause}
    for event in walk.events:
        if event.kind == "log" and event.value:
            logs.setdefault(event.value, []).append(event.t_s)
    for reason, times in logs.items():
        words = _(WORDS[reason]) if reason in WORDS else _("the board noticed %(reason)s", reason=reason)
        words += f": {', '.join(sorted(names))}" if reason == "setting_ignored" and names else ""
        at = clock(times[0])
        if len(times) == 1:
            said.append(_("At %(time)s: %(what)s.", time=at, what=words))
        elif len(times) == 2:
            said.append(_("At %(time)s, and once more: %(what)s.", time=at, what=words))
        else:
            more = number(len(times) - 1)
            said.append(_("At %(time)s, and %(more)s times more: %(what)s.", time=at, more=more, what=words))
    if lost := walk.noticed.get(LOST, 0):
        said.append(
            _("%(seconds)s s of the walk (%(samples)s samples) were not measured; steps there are missing.",
              seconds=number(lost / RATE_HZ, 1), samples=number(lost))
        )  # fmt: skip
    if unfelt := walk.noticed.get(UNFELT, 0):
        of = unfelt + sum(event.kind == "alert" for event in walk.events)
        if of == 1:
            said.append(_("The only buzz could not be felt: the buzzer did not answer."))
        else:
            said.append(
                n_("%(n)s of %(total)s buzzes could not be felt: the buzzer did not answer.",
                   "%(n)s of %(total)s buzzes could not be felt: the buzzer did not answer.", unfelt, total=number(of))
            )  # fmt: skip
    return said


def _changed(value: str | None) -> str:
    """"aid is now cane", from "name=aid, value=cane"."""
    pairs = dict(part.partition("=")[::2] for part in (value or "").split(", "))
    return _("%(name)s is now %(value)s", name=pairs.get("name", "?"), value=pairs.get("value", "?"))


def alerts(walk: Walk) -> list[tuple[float, str, str]]:
    """(t_s, kind, sentence) of everything the body did or the wearer felt, in the order of time."""
    found = []
    for event in walk.events:
        if event.kind in ALERTS:
            words = _(ALERT[event.kind])
            if event.score and event.kind == "wobble":  # what its MDC is of
                words = _("Wobble, score %(score)s", score=number(event.score, 2))
            found.append((event.t_s, event.kind, words))
        elif event.kind == "alert":
            found.append((event.t_s, "buzz", buzzes.sentence(walk, event)))
    return sorted(found, key=lambda one: (int(one[0] + 0.5), one[1] == "buzz", one[0]))  # a buzz follows its cause


ALERT = {"fall": N_("Fall"), "stumble": N_("Stumble"), "wobble": N_("Wobble")}


def kinds(alerts: dict[str, int]) -> str:
    """"1 fall, 2 stumbles"; "" without any. What is worst comes first."""
    words = []
    if count := alerts.get("fall", 0):
        words.append(n_("%(n)s fall", "%(n)s falls", count))
    if count := alerts.get("stumble", 0):
        words.append(n_("%(n)s stumble", "%(n)s stumbles", count))
    if count := alerts.get("wobble", 0):
        words.append(n_("%(n)s wobble", "%(n)s wobbles", count))
    return ", ".join(words)


def spoken(walk_or_day: Walk | Day) -> str:
    """"612 steps, 248 of them backward"."""
    total, backward = walk_or_day.total, walk_or_day.counts.get("backward", 0)
    if not total:
        return _("No steps yet")
    if not backward:
        return n_("%(n)s step, none of them backward", "%(n)s steps, none of them backward", total)
    if backward == total:
        return n_("%(n)s step, all of them backward", "%(n)s steps, all of them backward", total)
    return n_("%(n)s step, %(backward)s of them backward", "%(n)s steps, %(backward)s of them backward", total,
              backward=number(backward))  # fmt: skip


def when(walk: Walk) -> str:
    """"24 November 2026, 09:00"; without a clock the day of the copy, and that it is that."""
    if walk.start is not None:
        return language.moment(walk.start)
    if walk.copied is None:
        return _("clock not set")
    day = language.long_day(walk.copied.date())
    if walk.is_misdated:
        return _("%(day)s (copied; clock years off)", day=day)
    return _("%(day)s (copied; clock not set)", day=day)


PLACES = {
    ("left", "ankle"): N_("left ankle"),
    ("right", "ankle"): N_("right ankle"),
    ("both", "ankle"): N_("both ankles"),
    ("unknown", "ankle"): N_("ankle"),
    ("left", "foot"): N_("left foot"),
    ("right", "foot"): N_("right foot"),
    ("both", "foot"): N_("both feet"),
    ("unknown", "foot"): N_("foot"),
    ("left", "wrist"): N_("left wrist"),
    ("right", "wrist"): N_("right wrist"),
    ("both", "wrist"): N_("both wrists"),
    ("unknown", "wrist"): N_("wrist"),
}


def where(walk: Walk) -> str:
    """"left ankle"."""
    place = (walk.side, walk.placement)
    return _(PLACES[place]) if place in PLACES else choose.worn(walk)


def letters() -> dict[str, str]:
    """Direction -> its letter in the language that is spoken."""
    return {name: _(letter) for name, letter in LETTER.items()}


ENDED = {
    "open": N_("not ended yet"),
    "button": N_("ended with the button"),
    "usb": N_("ended when it was plugged in"),
    "idle": N_("ended after a long rest"),
    "power": N_("ended when the power went away"),
    "link": N_("ended by the computer"),
    "full": N_("ended when the log was full"),
    "unreadable": N_("cannot be read"),
}


def ended(walk: Walk) -> str:
    """How the session ended, in words."""
    return _(ENDED[walk.ended]) if walk.ended in ENDED else _("ended: %(how)s", how=walk.ended)
