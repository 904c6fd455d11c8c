# SPDX-License-Identifier: MIT
"""Where do results of the reliability benches stand? In docs/reliability.md, between two marks each.

question  none of its own: `rewrite` is what bench/journal.py, bench/link.py and bench/cuts_on_board.py share
run       not by hand
"""

from __future__ import annotations

import signal
import subprocess
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"


def be_interruptible() -> None:
    """Let Ctrl-C and SIGTERM raise KeyboardInterrupt: a shell starts what it puts behind itself without that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))


def rewrite(section: str, command: str, text: str, path: Path | None = None) -> None:
    """Put `text` between the marks of `section` of a page (docs/reliability.md), with the command, commit and day of
    the run."""
    path = path or PAGE
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT)
    commit = done.stdout.strip() or "unknown"
    page = path.read_text(encoding="utf-8")
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    head, rest = page.split(begin)
    tail = rest.split(end)[1]
    made = f"\n`{command}` at {commit}, {date.today().isoformat()}.\n\n{text}\n"
    path.write_text(f"{head}{begin}{made}{end}{tail}", encoding="utf-8")
