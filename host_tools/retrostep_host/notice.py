# SPDX-License-Identifier: MIT
"""Notice: a word on the desktop, where the system can.

in    a sentence
out   True when the system took it
keeps nothing; waits 3 s at most
not   a promise: whoever asks says the same on the terminal
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys

from retrostep_host.text import plain

WAIT_S = 3.0


def show(words: str) -> bool:
    """Linux: notify-send, where it is installed and a desktop runs; macOS: osascript; elsewhere nothing."""
    words = plain(words)
    if sys.platform == "darwin" and shutil.which("osascript"):
        quoted = words.replace("\\", "\\\\").replace('"', '\\"')
        return _ran(["osascript", "-e", f'display notification "{quoted}" with title "Retrostep"'])
    if sys.platform.startswith("linux") and (program := shutil.which("notify-send")):
        return _ran([program, "--app-name=Retrostep", "--", "Retrostep", words])
    return False


def _ran(command: list[str]) -> bool:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, timeout=WAIT_S, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return done.returncode == 0
    return False
