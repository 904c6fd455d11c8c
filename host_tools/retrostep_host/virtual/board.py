# SPDX-License-Identifier: MIT
"""Board: starts a virtual wearable in a process of its own, and talks to it.

in    a drive folder, a ports folder, a Stream (recordings.stream); options
out   states as they come; answers to commands on PORTS/control
keeps the process; `close` ends it, and it ends by itself when its parent is gone
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retrostep_host import drive as drives
from retrostep_host.errors import UnsupportedPlatform, VirtualBoardFailed


class VirtualBoard:
    """A running virtual wearable. Use as a context manager."""

    def __init__(
        self,
        drive: str | os.PathLike[str],
        ports: str | os.PathLike[str],
        stream: Any = None,
        *,
        board: str | None = None,
        settings: dict[str, Any] | None = None,
        realtime: bool = False,
        leave: bool = False,
        prepare: bool = True,
        **job: Any,
    ) -> None:
        """Make the drive, write the job, power on.

        `stream`: recordings.Stream, or None: the sensor lies still. `settings` win over the stream's placement and
        side. `job`: felt (file), console, cable (bool), events, sample_cost_ms, plug_at_end, start_plugged.
        Raises UnsupportedPlatform, BadDrive, OSError.
        """
        if os.name == "nt":
            raise UnsupportedPlatform.no_terminals("walk")
        from retrostep import units

        self.drive, self.ports = Path(drive), Path(ports)
        worn = {"placement": stream.placement, "side": stream.side} if stream is not None else {}
        if prepare:
            self.changed = drives.prepare(self.drive, board, {**worn, **(settings or {})})
        self._folder = tempfile.TemporaryDirectory(prefix="retrostep-board-")
        work = Path(self._folder.name)
        job.update(
            drive=str(self.drive.absolute()), ports=str(self.ports.absolute()), realtime=realtime, exit=leave
        )
        if stream is not None:
            acc_g, gyro_dps = units.RANGES[stream.placement]
            stream.words.astype("<i2").tofile(work / "words.bin")
            job.update(words=str(work / "words.bin"), acc_range_g=acc_g, gyro_range_dps=gyro_dps)
        (work / "job.json").write_text(json.dumps(job), encoding="utf-8")
        self._complaints = open(work / "stderr", "w+", encoding="utf-8")  # noqa: SIM115 - closed in `close`
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "retrostep_host.virtual.process", str(work / "job.json")],
            stdout=subprocess.PIPE,
            stderr=None if job.get("console") else self._complaints,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C reaches us first, and we end it in order
            env={**os.environ, "PYTHONPATH": path},
        )

    def states(self) -> Iterator[dict[str, Any]]:
        """Each state as it comes, until the process has ended."""
        for line in self.process.stdout or ():
            with contextlib.suppress(ValueError):
                yield json.loads(line)

    def wait_for(self, state: str) -> dict[str, Any]:
        """Read states until `state`. Raises VirtualBoardFailed when the board ends before."""
        for found in self.states():
            if found.get("state") == state:
                return found
        raise self.failure()

    def failure(self) -> VirtualBoardFailed:
        """Why it ended, as far as it said."""
        self.process.wait()
        self._complaints.seek(0)
        said = [line.strip() for line in self._complaints.read().splitlines() if line.strip()]
        why = said[-1] if said else f"its process ended with code {self.process.returncode}"
        return VirtualBoardFailed(
            f"The virtual wearable stopped before its walk was over ({why}). What it had logged is kept on the drive; "
            "`retrostep walk --console` shows more."
        )

    def control(self, command: str, **options: Any) -> dict[str, Any]:
        """One command on PORTS/control; its answer. Raises VirtualBoardFailed when there is none."""
        try:
            return ask(self.ports / "control", command, **options)
        except (OSError, ValueError) as error:
            raise VirtualBoardFailed(f"The virtual wearable did not answer `{command}` ({error}).") from error

    def close(self) -> int:
        """End it, in order if it can. Returns its exit code."""
        for ask in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is not None:
                break
            self.process.send_signal(ask)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        if self.process.stdout:
            self.process.stdout.close()
        self._complaints.close()
        self._folder.cleanup()
        return self.process.returncode

    def __enter__(self) -> VirtualBoard:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ask(control: Path, command: str, **options: Any) -> dict[str, Any]:
    """One command on a control socket, of a virtual or an emulated board; its answer. Raises OSError, ValueError."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(20)
        connect(link, control)
        link.sendall(json.dumps({"cmd": command, **options}).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            more = link.recv(65536)
            if not more:
                break
            answer += more
    return json.loads(answer)


def connect(link: socket.socket, path: Path) -> None:
    """Connect to a socket whose path may be longer than the 107 bytes that the kernel takes."""
    here = os.open(path.parent, os.O_RDONLY)
    try:
        link.connect(f"/proc/self/fd/{here}/{path.name}" if os.path.isdir("/proc/self/fd") else str(path))
    finally:
        os.close(here)
