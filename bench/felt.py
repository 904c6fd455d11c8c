# SPDX-License-Identifier: MIT
"""What does the wearer feel, and how soon? A scripted walk with a plan, a stumble, a fall and a button.

question  the right buzzes, in the right order, and the time from an event to the motor's first turn
data      scripts/felt.walk and STUMBLES, generated; the firmware walks them on the virtual wearable: flash busy times
          on (45 ms an erase, 0.4 ms a page), the engine's own time charged at 1.2 ms a sample
page      docs/alerts.md, between its marks, and docs/felt.svg
but       a generated stumble says nothing of people; only delays are judged here

    python bench/felt.py [--seeds 10] [--write]      measure, draw
    python bench/felt.py --quick --json              one walk, for the test
    python bench/felt.py --uf2 FILE [--write]        one of each on real CircuitPython, emulated: five to thirty minutes
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep.coach import patterns  # noqa: E402
from retrostep_host import journal, plans, recordings  # noqa: E402
from retrostep_host.errors import RetrostepError  # noqa: E402
from retrostep_host.sync import carve, find  # noqa: E402
from retrostep_host.virtual import walks  # noqa: E402
from retrostep_host.virtual.board import VirtualBoard, connect  # noqa: E402

PAGE, PICTURE = ROOT / "docs" / "alerts.md", ROOT / "docs" / "felt.svg"
PLAN = {"week": [{"repeat": 1, "intervals": ["forward 5 s", "backward 10 s", "forward 10 s"]}]}
PLANNED_S = (5, 10, 10)
PRESS_S = 6.6  # after balance is lost: the alarm has rung twice by then
STUMBLES = "stand 2 s\n" + "forward 7 strides\nstumble\n" * 10 + "forward 4 strides\nstand 2 s\n"
SHORT = """stand 2 s
forward 5 strides
backward 5 strides
forward 3 strides
stumble
forward 6 strides
fall lie=8
stand 1 s
"""  # the same story without a plan
SAMPLE_MS = 1.2  # charged for the engine: then the decision is as old at the motor as on the emulated RP2040, 20 ms
MUST_MS = 200.0  # issue 5
EXPECTED = (
    ("turn", "interval"),
    ("turn", "interval"),
    ("turn", "interval"),
    ("stop", "stumble"),
    ("goal", "plan"),
    ("stop", "fall"),
    ("stop", "fall"),
)


EXPECTED_BARE = (("turn", "step"), ("stop", "stumble"), ("stop", "fall"), ("stop", "fall"))


@dataclass
class Buzz:
    """t: s since sample 0 by the journal; motor_t: when the motor's model began to turn; pulses: [t, length] in s."""

    t: float
    pattern: str
    cause: str
    motor_t: float
    pulses: list[list[float]]


@dataclass
class Felt:
    stream: recordings.Stream
    truth: dict[str, Any]
    session: journal.Session
    buzzes: list[Buzz]
    pressed_s: float
    loose: int  # pulses that no buzz of the journal explains


def plan_state() -> bytes:
    """The plan as the board keeps it, the safety question answered."""
    state = bytearray(plans.check({**PLAN, "title": "felt"}).pack())
    state[1] |= 1
    return bytes(state)


def send_plan(port: Path, wait_s: float) -> None:
    """Over the link; a board that is still starting is asked again."""
    end, client = time.monotonic() + wait_s, None
    while client is None:
        try:
            client, _ = find.connect(str(port))
        except (RetrostepError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    client.plan(plan_state())
    time.sleep(wait_s / 20)  # it is written within a pass or two
    client.port.close()


def load_plan(folder: Path) -> None:
    """Put the plan onto the virtual board in `folder` over its cable."""
    with VirtualBoard(folder / "drive", folder / "ports", realtime=True, start_plugged=True) as board:
        send_plan(folder / "ports" / "data", 20)
        board.control("quit")


def walk(folder: Path, script: str, seed: int, planned: bool) -> Felt:
    """One walk on the virtual wearable."""
    if planned:
        load_plan(folder)
    made = walks.generate(script, seed, "ankle")
    stream, truth = recordings.stream(made), made.truth.sidecar()
    pressed = press_time(made)
    presses = [{"at_s": pressed, "command": "button"}] if pressed else []
    felt = folder / "felt.json"
    with VirtualBoard(
        folder / "drive", folder / "ports", stream, leave=True, felt=str(felt), events=presses, sample_cost_ms=SAMPLE_MS
    ) as board:
        board.wait_for("exit")
    return read(stream, truth, folder / "drive", json.loads(felt.read_text()), pressed)


def press_time(made: walks.Walk) -> float:
    return next((t + PRESS_S for t, kind in made.truth.events if kind == "fall"), 0.0)


def read(stream: Any, truth: dict, drive: Path, pulses: list[list[Any]], pressed: float) -> Felt:
    """The newest session on a drive, its buzzes tied to what the motor did."""
    found = carve.carve(carve.sources(drive))
    session = journal.decode(max(found, key=lambda one: one.session).data)
    waiting = [[float(p[0]), float(p[3])] for p in pulses]
    buzzes = []
    for at, buzz in enumerate(session.buzzes):
        until = session.buzzes[at + 1].t - 0.05 if at + 1 < len(session.buzzes) else 1e9
        until = min(until, buzz.t + patterns.duration_ms(buzz.pattern) / 1000 + 0.3)
        own = [pulse for pulse in waiting if buzz.t - 0.05 <= pulse[0] < until]
        waiting = [pulse for pulse in waiting if pulse not in own]
        name = patterns.PATTERNS[buzz.pattern][0]
        buzzes.append(Buzz(buzz.t, name, buzz.cause, own[0][0] if own else float("nan"), own))
    return Felt(stream, truth, session, buzzes, pressed, len(waiting))


def delays(felt: Felt) -> dict[str, list[tuple[float, float]]]:
    """kind -> (onset to motor, decision to motor), ms. Of an interval the onset is the end that was planned."""
    out: dict[str, list[tuple[float, float]]] = {"stumble": [], "fall": [], "interval": []}
    for alert in felt.session.alerts:
        answer = next((b for b in felt.buzzes if b.cause == alert.kind and b.motor_t >= alert.t), None)
        if answer is not None and alert.kind in out and answer.motor_t - alert.t < 8.0:
            out[alert.kind].append((1000 * (answer.motor_t - alert.t), 1000 * (answer.motor_t - alert.decided_t)))
    changes = [b for b in felt.buzzes if b.cause in ("interval", "plan")]
    for before, after, planned in zip(changes, changes[1:], PLANNED_S, strict=False):
        late = 1000 * (after.motor_t - before.motor_t - planned)
        out["interval"].append((late, late))
    return out


def table(measured: dict[str, list[tuple[float, float]]]) -> list[str]:
    names = {
        "stumble": "stumble: first sample past the threshold",
        "fall": "fall: impact",
        "interval": "interval: its planned end",
    }
    head = ["event, from", "events", "ms to the motor: p50", "p99", "longest", "after the decision: p50", "longest"]
    rows = [head, ["---"] * len(head)]
    for kind, name in names.items():
        if not measured[kind]:
            continue
        onset, decided = np.array(measured[kind]).T
        p50, p99, most = np.percentile(onset, [50, 99, 100])
        rest = ["", ""] if kind == "interval" else [f"{np.median(decided):.0f}", f"{decided.max():.0f}"]
        rows.append([name, str(len(onset)), f"{p50:.0f}", f"{p99:.0f}", f"{most:.0f}", *rest])
    return ["| " + " | ".join(row) + " |" for row in rows]


# the emulated board ---------------------------------------------------------------------------------------
def emulate(folder: Path, uf2: str, script: str, seed: int, planned: bool) -> Felt:
    """A walk on real CircuitPython; with `planned` the drive with the plan becomes its flash. The button is pressed
    through its socket. A walk that `folder` holds already is read, not walked again."""
    made = walks.generate(script, seed, "ankle")
    stream, truth, kept = recordings.stream(made), made.truth.sidecar(), folder / "motor.json"
    if kept.exists():
        return read(stream, truth, folder / "drive.out", *json.loads(kept.read_text()))
    folder.mkdir(parents=True, exist_ok=True)
    if planned and not (folder / "drive.flash").exists():
        with emulated(folder, uf2, walks.generate("stand 2 s\nforward 4 strides\n", seed, "ankle")) as board:
            follow(board, folder, 0.0)
            send_plan(folder / "emulated" / "data", 100)
    with emulated(folder, uf2, made) as board:
        status, press_s = follow(board, folder, press_time(made))
    if status.get("state") != "ended":
        raise SystemExit(f"The emulated board never ended its walk: {status}")
    print(f"{status['samples_lost']} samples lost, {status['resets']} resets", file=sys.stderr)
    kept.write_text(json.dumps([status["felt"], press_s]))
    return read(stream, truth, folder / "drive.out", status["felt"], press_s)


@contextlib.contextmanager
def emulated(folder: Path, uf2: str, made: walks.Walk) -> Iterator[subprocess.Popen[str]]:
    """`retrostep emulate` at work; its flash stays in `folder`."""
    walks.save(made, folder / "walk")
    command = [sys.executable, "-m", "retrostep_host.cli.main", "emulate", "--uf2", uf2, str(folder / "walk.npz")]
    command += ["--drive", str(folder / "drive"), "--ports", str(folder / "emulated"), "--json"]
    path = os.pathsep.join(entry for entry in sys.path if entry)
    board = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path})
    try:
        yield board
    finally:
        board.send_signal(signal.SIGINT)
        board.wait(120)


def follow(board: subprocess.Popen[str], folder: Path, press_s: float) -> tuple[dict[str, Any], float]:
    """Until the walk is over; the button is pressed at `press_s` or a little later. The last status, and when."""
    pressed, told, status = not press_s, -10.0, {}
    while board.poll() is None and status.get("state") != "ended":
        time.sleep(0.1)
        with contextlib.suppress(OSError, ValueError):
            status = ask(folder / "emulated" / "control", "status")
            if status["t_s"] > told + 5:
                told = status["t_s"]
                print(f"emulated {told:.1f} s, {status['samples_lost']} samples lost", file=sys.stderr, flush=True)
            if not pressed and status["t_s"] >= press_s:
                pressed, press_s = True, status["t_s"]
                ask(folder / "emulated" / "control", "button")
    return status, press_s


def ask(path: Path, command: str) -> dict[str, Any]:
    import socket

    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(20)
        connect(link, path)
        link.sendall(json.dumps({"cmd": command}).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            more = link.recv(65536)
            if not more:
                break
            answer += more
    return json.loads(answer)


# the picture ----------------------------------------------------------------------------------------------
COLOURS = {"forward": "#0b6e4f", "backward": "#c05621", "fall": "#7b2d8b", "stand": "#b9c0c8", "other": "#b9c0c8"}
LOUD = {"turn": "#2c5f9e", "stop": "#b3261e", "goal": "#0b6e4f", "slow": "#8a6d00", "tick": "#555"}


def picture(felt: Felt) -> str:
    """An SVG: |w|, what was scripted, what the board noticed, what the wearer felt, on one time line."""
    from retrostep import units

    width, left, right = 1000, 110, 985
    span = len(felt.stream.words) / units.RATE_HZ
    words = np.asarray(felt.stream.words, float).reshape(-1, 6)[:, :3]
    w = np.linalg.norm(words, axis=1) * units.gyro_scale(units.RANGES["ankle"][1])
    top = 12.0

    def x(t: float) -> float:
        return left + (right - left) * t / span

    def label(y: float, first: str, second: str = "") -> None:
        parts.append(f'<text x="8" y="{y}" font-weight="bold">{first}</text>')
        if second:
            parts.append(f'<text x="8" y="{y + 15}" fill="#666" font-size="11">{second}</text>')

    def text(t: float, y: float, what: str, colour: str = "#222", anchor: str = "start") -> None:
        parts.append(f'<text x="{x(t):.1f}" y="{y}" fill="{colour}" text-anchor="{anchor}">{what}</text>')

    parts = [f'<rect width="{width}" height="400" fill="#fff"/>']
    for t in range(0, int(span) + 1, 5):
        parts.append(f'<line x1="{x(t):.1f}" x2="{x(t):.1f}" y1="18" y2="368" stroke="#e3e6ea"/>')
        text(t, 386, f"{t} s", "#666", "middle")
    label(40, "scripted")
    for begin, end, name in felt.truth["segments"]:
        if name in COLOURS:
            parts.append(
                f'<rect x="{x(begin):.1f}" y="24" width="{x(end) - x(begin):.1f}" height="26" rx="3" '
                f'fill="{COLOURS[name]}"/>'
            )
            shown = {"other": "up again", "fall": "falls, lies"}.get(name, name)
            if x(end) - x(begin) > 7 * len(shown):
                dark = name in ("stand", "other")
                text((begin + end) / 2, 42, shown, "#222" if dark else "#fff", "middle")
    for at, name in ((event[0], event[1]) for event in felt.truth["events"] if event[1] == "stumble"):
        parts.append(f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="20" y2="54" stroke="#000" stroke-width="3"/>')
        text(at, 68, f"{name}s", "#000", "middle")
    if felt.pressed_s:
        parts.append(f'<circle cx="{x(felt.pressed_s):.1f}" cy="37" r="6" fill="#fff" stroke="#000" stroke-width="2"/>')
        text(felt.pressed_s, 68, "presses the button", "#000", "middle")
    label(118, "turning rate", "rad/s")
    columns = (right - left) * 1
    points = []
    for column in range(columns):
        piece = w[int(column * len(w) / columns) : int((column + 1) * len(w) / columns) + 1]
        for value in (piece.max(), piece.min()) if column & 1 else (piece.min(), piece.max()):
            points.append(f"{left + column},{200 - 118 * min(value, top) / top:.1f}")
    for level in (0, 4, 8, 12):
        y = 200 - 118 * level / top
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end" fill="#666">{level}</text>')
    parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="#48515c" stroke-width="0.8"/>')
    label(236, "noticed", "by the board")
    for step in felt.session.steps:
        if not step.inferred:
            colour = COLOURS.get(step.direction, "#b9c0c8")
            parts.append(f'<line x1="{x(step.t):.1f}" x2="{x(step.t):.1f}" y1="222" y2="236" stroke="{colour}" '
                         'stroke-width="2"/>')  # fmt: skip
    for alert in felt.session.alerts:
        at = x(alert.t)
        parts.append(f'<path d="M{at:.1f} 222 l6 14 h-12 z" fill="#000"/>')
        text(alert.t, 252, f"{alert.kind}", "#000", "middle")
    label(296, "felt", "the motor turns")
    last = ""
    for buzz in felt.buzzes:
        colour = LOUD[buzz.pattern]
        for begin, length in buzz.pulses:
            parts.append(f'<rect x="{x(begin):.1f}" y="276" width="{max(1.6, x(length) - left):.1f}" height="30" '
                         f'fill="{colour}"/>')  # fmt: skip
        again = f"{buzz.pattern} {buzz.cause}" == last
        last = f"{buzz.pattern} {buzz.cause}"
        if again and buzz.cause == "fall":
            text(buzz.motor_t, 322, "again", colour)
            continue
        meant = {"interval": "next interval", "plan": "plan done", "fall": "fall alarm", "stumble": "stumble"}
        text(buzz.motor_t, 322, buzz.pattern, colour)
        text(buzz.motor_t, 337, meant.get(buzz.cause, buzz.cause), "#444")
    for alert in felt.session.alerts:
        answer = next((b for b in felt.buzzes if b.cause == alert.kind and b.motor_t >= alert.t), None)
        if answer is not None:
            late = 1000 * (answer.motor_t - alert.t)
            text(answer.motor_t, 352, f"after {late:.0f} ms" if late < 1000 else f"after {late / 1000:.1f} s", "#444")
    parts.append('<text x="8" y="365" fill="#666" font-size="11">one line: a stride,</text>')
    parts.append('<text x="8" y="378" fill="#0b6e4f" font-size="11">forward</text>')
    parts.append('<text x="50" y="378" fill="#c05621" font-size="11">backward</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 400" font-family="sans-serif" font-size="12" '
        'role="img" aria-label="A scripted walk, what the board noticed, and what the wearer felt">'
        + "".join(parts)
        + "</svg>\n"
    )


# the page -------------------------------------------------------------------------------------------------
def write(name: str, lines: list[str]) -> None:
    """Between the marks `<!-- NAME -->` and `<!-- end of NAME -->` of the page."""
    old = PAGE.read_text(encoding="utf-8")
    before, _, rest = old.partition(f"<!-- {name} -->\n")
    _, _, after = rest.partition(f"<!-- end of {name} -->")
    if not after:
        raise SystemExit(f"{PAGE.name} has no place for {name}; nothing was written.")
    body = "\n".join(lines)
    PAGE.write_text(f"{before}<!-- {name} -->\n{body}\n<!-- end of {name} -->{after}", encoding="utf-8")


def dated(command: str) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    return f"`python bench/felt.py {command}`, {date.today()}, commit {commit}."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="walks of each of the two scripts")
    parser.add_argument("--seed", type=int, default=1, help="seed of the walk in the picture")
    parser.add_argument("--quick", action="store_true", help="one walk and no other")
    parser.add_argument("--json", action="store_true", help="the first walk's alerts and buzzes, nothing else")
    parser.add_argument("--uf2", help="an official CircuitPython build: emulate it")
    parser.add_argument("--bare", action="store_true", help="with --uf2: a shorter story, without a plan")
    parser.add_argument("--keep", help="with --uf2: a folder for drives and logs; what it holds is not walked again")
    parser.add_argument("--write", action="store_true", help="rewrite docs/alerts.md and docs/felt.svg")
    options = parser.parse_args()
    scratch = tempfile.TemporaryDirectory()
    folder = Path(scratch.name)
    if options.uf2:
        folder = Path(options.keep) if options.keep else folder
        uf2, story = os.path.expanduser(options.uf2), SHORT if options.bare else "felt"
        felt = emulate(folder / "board", uf2, story, options.seed, not options.bare)
    else:
        felt = walk(folder / "first", "felt", options.seed, True)
    measured = delays(felt)
    if options.json:
        print(
            json.dumps(
                {
                    "alerts": [[a.kind, a.t, a.decided_t] for a in felt.session.alerts],
                    "buzzes": [vars(b) for b in felt.buzzes],
                    "pressed_s": felt.pressed_s,
                    "loose": felt.loose,
                    "notes": [[n.t, n.kind, n.fields] for n in felt.session.events],
                    "truth": felt.truth["events"],
                }
            )
        )
        return 0
    if not options.quick and not options.uf2:
        for seed in range(1, options.seeds + 1):
            for name, script, planned in (("felt", "felt", True), ("stumbles", STUMBLES, False)):
                if (seed, name) != (options.seed, "felt"):
                    more = delays(walk(folder / f"{name}{seed}", script, seed, planned))
                    for kind, values in more.items():
                        measured[kind] += values
    if options.uf2 and not options.quick:
        more = delays(emulate(folder / "stumbles", uf2, STUMBLES, options.seed, False))
        measured["stumble"] += more["stumble"]
    said = tuple((b.pattern, b.cause) for b in felt.buzzes)
    lines = [*table(measured)]
    print("\n".join(lines))
    print("buzzes:", *(f"{b.motor_t:.2f} s {b.pattern} ({b.cause})" for b in felt.buzzes), sep="\n  ")
    expected = EXPECTED_BARE if options.uf2 and options.bare else EXPECTED
    right = said == expected and not felt.loose
    print("the right buzzes in the right order" if right else f"NOT as expected: {expected}, {felt.loose} loose pulses")
    if options.write:
        if options.uf2:
            write("bench/felt.py --uf2", [dated("--uf2 FILE --write"), "", *lines])
        else:
            write("bench/felt.py", [dated("--write"), "", *lines])
            PICTURE.write_text(picture(felt), encoding="utf-8")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
