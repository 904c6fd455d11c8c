# SPDX-License-Identifier: MIT
"""Demonstration: the whole product in one go, each part run as a person would run it.

in    a recording, or nothing for the walk that ships with the product; a folder for the result
out   Shown: what was stored, what was felt, the truth of a generated walk, where the page is
keeps the page, the store and the generated walk in the folder, the drive where asked; the rest is temporary
not   Windows, which has no pseudo-terminals
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from retrostep_host import errors, language
from retrostep_host.home import VARIABLE
from retrostep_host.report import measures, page, scales
from retrostep_host.store import Store, Walk, choose

PORT_WAIT_S = 20.0  # for the data port to appear once the walk has ended; a boot takes well under 1 s
QUIT_WAIT_S = 5.0


@dataclass(frozen=True)
class Shown:
    """What the demonstration led to. A generated walk has a truth (direction -> steps) and was worn somewhere."""

    walk: Walk
    truth: dict[str, int] | None
    worn: str
    page: Path
    store: Path
    wall_s: float
    recording: Path | None


def run(recording: Path | None, out: Path, keep: bool, say: Callable[[str], object]) -> Shown:
    """Walk, sync, report. `say` is told what is going on.

    Raises UnsupportedPlatform, VirtualBoardFailed, and whatever `sync` and the store raise.
    """
    if os.name == "nt":
        raise errors.UnsupportedPlatform.no_terminals("demo")
    if recording is not None and not recording.exists():
        raise errors.BadRecording(f"There is no recording {recording}; check the name and try again.")
    began = time.monotonic()
    try:
        out.mkdir(parents=True, exist_ok=True)
        store = out.absolute() / "store.sqlite3"
        for name in (store.name, store.name + "-wal", store.name + "-shm"):
            (out / name).unlink(missing_ok=True)  # an earlier demonstration's; nobody else's walks are in it
    except OSError as error:
        raise errors.from_os(error, "making the folder for the demonstration") from error
    with tempfile.TemporaryDirectory(prefix="retrostep-") as folder:
        work = Path(folder)
        drive, ports = work / "drive", work / "ports"
        truth, worn = None, ""
        if recording is None:
            say("Making a walk")
            from retrostep_host.virtual import walks

            made = walks.generate()
            truth = {name: made.truth.count(name) for name in measures.ORDER}
            worn = made.meta["worn"]["spoken"]
            walked = walks.save(made, out / "walk.npz")
        else:
            walked = recording
        environment = _environment(work / "home")
        with _board(walked, drive, ports, environment, say):
            _wait_for(ports / "data")
            say("Copying the session over the cable")
            _sync(ports / "data", store, environment)
        if keep:
            shutil.rmtree(out / "board", ignore_errors=True)
            shutil.copytree(work, out / "board", ignore=shutil.ignore_patterns("ports"), dirs_exist_ok=True)
    say("Drawing the page")
    with language.spoken(language.default()):
        report = page.write(store, out / "report.html").absolute()
    with Store(store, write=False) as opened:
        walk = opened.full(choose.walks(opened)[-1])
    return Shown(walk, truth, worn, report, store, time.monotonic() - began, recording)


@contextlib.contextmanager
def _board(
    recording: Path, drive: Path, ports: Path, environment: dict[str, str], say: Callable[[str], object]
) -> Iterator[None]:
    """A virtual wearable that has walked and is plugged in; it is unplugged and gone afterwards."""
    command = [sys.executable, "-m", "retrostep_host.cli.main", "walk"]
    command += [str(recording), "--drive", str(drive), "--ports", str(ports), "--speed", "max", "--json"]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as complaints:
        # A session of its own, so that Ctrl-C reaches us first and we end it in order.
        board = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=complaints, text=True, start_new_session=True, env=environment
        )
        try:
            say("The board boots")
            ended = False
            for line in board.stdout or ():
                state = _state(line)
                if state.get("state") == "ready":
                    say("The board is on the leg and walks")
                elif "share" in state:
                    say(f"The board is on the leg and walks, {100 * state['share']:.0f} %")
                elif state.get("state") == "ended":
                    ended = True
                    break
            if not ended:
                board.wait()
                complaints.seek(0)
                said = [line for line in complaints.read().splitlines() if line.strip()]
                raise errors.VirtualBoardFailed(
                    (said[-1] if said else "The virtual wearable stopped before its walk was over.")
                    + ("" if said and said[-1].endswith((".", "`")) else ". Run `retrostep walk` to see more.")
                )
            yield
        finally:
            _end(board)


def _environment(home: Path) -> dict[str, str]:
    """Ours with the same import path, so that a checkout works that was never installed, and a data folder of its own:
    neither the virtual board nor half a copy shows up among the person's own."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), VARIABLE: str(home)}


def _state(line: str) -> dict:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _end(board: subprocess.Popen) -> None:
    for ask in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if board.poll() is not None:
            break
        board.send_signal(ask)
        with contextlib.suppress(subprocess.TimeoutExpired):
            board.wait(QUIT_WAIT_S)
    if board.stdout:
        board.stdout.close()


def _wait_for(port: Path) -> None:
    until = time.monotonic() + PORT_WAIT_S
    while not port.exists():
        if time.monotonic() > until:
            raise errors.VirtualBoardFailed(
                "The virtual wearable walked but never appeared on its USB cable; run `retrostep doctor`."
            )
        time.sleep(0.02)


def _sync(port: Path, store: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "retrostep_host.cli.main", "sync", "--port", str(port), "--store", str(store)]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        error = errors.LinkBroken(said[-1] if said else "The session could not be copied; nothing was released.")
        error.exit_code = done.returncode
        raise error


# what is said of it ---------------------------------------------------------------------------------------
def headline(shown: Shown) -> str:
    """"612 steps, 248 of them backward."""
    return measures.spoken(shown.walk) + "."


def story(shown: Shown) -> str:
    """Where the walk came from, where the sensor sat, and which way it took."""
    source = f"The recording {shown.recording.name}" if shown.recording else "A generated walk"
    worn = f", with the sensor {shown.worn}," if shown.worn else ""
    return (
        f"{source} of {scales.duration(shown.walk.duration_s)}{worn} was walked by a virtual board with the real "
        f"firmware, copied over its USB cable, verified and stored, in {shown.wall_s:.0f} s."
    )


def table(shown: Shown) -> list[tuple[str, int, int]]:
    """(direction, walked, counted), directions that occur, then all."""
    truth = shown.truth or {}
    rows = [
        (name, truth.get(name, 0), shown.walk.counts.get(name, 0))
        for name in measures.ORDER
        if truth.get(name) or shown.walk.counts.get(name)
    ]
    return [*rows, ("all", sum(truth.values()), shown.walk.total)]


def felt(shown: Shown) -> list[str]:
    """A line for each thing that the body did or the leg felt."""
    return [f"At {scales.clock(t)}  {text}" for t, _, text in measures.alerts(shown.walk)] or ["It did not buzz."]


def as_json(shown: Shown) -> dict:
    """The same for programs."""
    return {
        "session": choose.summary(shown.walk),
        "truth": shown.truth,
        "worn": shown.worn,
        "felt": [{"t": round(t, 3), "kind": kind, "text": text} for t, kind, text in measures.alerts(shown.walk)],
        "page": str(shown.page),
        "store": str(shown.store),
    }
