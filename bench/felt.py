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

import felt_drawing  # noqa: E402
from retrostep.coach import patterns  # noqa: E402
from retrostep_host import journal, plans, recordings  # noqa: E402
from retrostep_host.errors import RetrostepError  # noqa: E402
from retrostep_host.sync import carve, find  # noqa: E402
from retrostep_host.virtual import walks  # noqa: E402
from retrostep_host.virtual.board import VirtualBoard, ask  # noqa: E402

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
MUST_MS = 200.0  # the slowest answer to a stumble that still feels like one; set by us, not measured on people
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
    late = max((onset for onset, _ in measured["stumble"]), default=0.0)
    print(f"every stumble answered within {MUST_MS:.0f} ms" if late <= MUST_MS else f"TOO LATE: {late:.0f} ms")
    right = right and late <= MUST_MS
    if options.write:
        if options.uf2:
            how = "".join(f"--{name} " for name in ("bare", "quick") if getattr(options, name))
            felt_s = ", ".join(f"{b.pattern} ({b.cause}) at {b.motor_t:.1f} s" for b in felt.buzzes)
            said = f"Real CircuitPython on the emulated RP2040, in its own time; felt: {felt_s}."
            write("bench/felt.py --uf2", [dated(f"--uf2 FILE {how}--write"), said, "", *lines])
        else:
            write("bench/felt.py", [dated("--write"), "", *lines])
            PICTURE.write_text(felt_drawing.picture(felt), encoding="utf-8")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
