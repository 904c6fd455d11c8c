# SPDX-License-Identifier: MIT
"""At the desk: an emulated board (desk.py) seen from the program that plugs it in and pulls it out.

in    a folder, the content of its flash
out   its ports, its control socket, verbs run against it
"""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.board.builds import FIRST
from tests.faults.board import DEVICE


class Desk:
    """A board on the desk, with its own process and its own list of virtual ports."""

    def __init__(self, home: Path, content: bytes) -> None:
        self.home, self.flash, self.ports = home, home / "board.flash", home / "ports"
        self.flash.write_bytes(content)
        self.console = str(self.ports / "console")
        self.environment = dict(os.environ, RETROSTEP_HOME=str(home))
        words = [sys.executable, "-m", "tests.board.desk", FIRST, self.flash, self.ports, DEVICE.hex()]
        self.process = subprocess.Popen(
            list(map(str, words)),
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=Path(__file__).parents[2],
        )
        assert self.process.stdout.readline() == "up\n"

    def say(self, command: str) -> dict:
        with socket.socket(socket.AF_UNIX) as wire:
            wire.connect(str(self.ports / "control"))
            wire.sendall(json.dumps(command).encode() + b"\n")
            return json.loads(wire.makefile().readline())

    def until(self, claim) -> None:
        end = time.monotonic() + 60
        while not claim(self.say("status")):
            assert time.monotonic() < end, self.say("status")
            time.sleep(0.1)

    def restarted(self, before: int) -> None:
        """The board was reset since, and has its console again."""
        self.until(lambda status: status["resets"] > before and status["plugged"])

    def verb(self, *words: str, limit: float = 60) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "retrostep_host.cli.main", *words]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=limit, env=self.environment, stdin=subprocess.DEVNULL
        )

    def end(self) -> None:
        if self.process.poll() is None:
            self.say("quit")
        self.process.wait(timeout=30)
