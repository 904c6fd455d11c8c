# SPDX-License-Identifier: MIT
"""What does a coverage-guided fuzzer find in both parsers that noise does not?

question  crash, hang or growth of frames, decoder or server for inputs that atheris grows by coverage
data      none to begin with; a whole session and whole frames as seeds
seed      atheris's own, printed by it
run       pip install atheris; python bench/fuzz.py {frames,decode,server} -runs=200000      (Linux; not in CI)
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "lib"), str(ROOT / "host_tools")]


def main() -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed; `pip install atheris` (Linux, Python 3.11 to 3.14). Nothing was run.")
        return 0
    if len(sys.argv) < 2 or sys.argv[1] not in ("frames", "decode", "server"):
        print(__doc__)
        return 2
    which = sys.argv.pop(1)
    with atheris.instrument_imports():
        from retrostep.link import frames
        from retrostep_host import errors, journal

        from tests.faults import fuzz
        from tests.faults.board import Board

    def any_frames(data: bytes) -> None:
        splitter = frames.Splitter()
        for at in range(0, len(data), 61):
            splitter.feed(data[at : at + 61])
        assert len(splitter._rest) <= frames.LONGEST

    def any_session(data: bytes) -> None:
        with contextlib.suppress(errors.DamagedJournal):
            journal.decode(fuzz.seal(bytearray(data)))

    boards: list[Board] = []

    def any_requests(data: bytes) -> None:
        if not boards:
            boards.append(Board(sectors=2))
            boards[0].walk(8)
        asked = []
        while len(data) > 2:
            size = min(data[1], frames.MOST)
            asked.append((data[0] & 0x7F, data[2 : 2 + size]))
            data = data[2 + size :]
        fuzz.requests(boards[0], asked[:8])

    seeds = Path(os.environ.get("RETROSTEP_FUZZ", "/tmp/retrostep-fuzz")) / which
    seeds.mkdir(parents=True, exist_ok=True)
    (seeds / "whole").write_bytes(fuzz.whole() if which == "decode" else frames.encode(3, 7, bytes(12)))
    atheris.Setup([*sys.argv, str(seeds), "-max_len=4096", "-timeout=5", f"-artifact_prefix={seeds}/"], {
        "frames": any_frames, "decode": any_session, "server": any_requests}[which])  # fmt: skip
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
