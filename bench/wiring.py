# SPDX-License-Identifier: MIT
"""Draws docs/wiring/ and writes the boards' part of docs/build.md, both from boards/.

question  which wire goes where?
data      boards/*.py
page      docs/wiring/*.svg, and docs/build.md below its mark
but       run it after a change of a board file; tests/contracts/test_wiring.py says so when somebody forgot

    python bench/wiring.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]
PAGE = ROOT / "docs" / "build.md"
FOLDER = ROOT / "docs" / "wiring"
MARK = "<!-- from here on written by bench/wiring.py -->\n"


def section() -> str:
    """What build.md says of each board."""
    from retrostep_host import boards, drive, wiring

    out = ["\n"]
    for name, path in drive.boards().items():
        notes = boards.notes(path)
        out.append(f"### {name}\n{notes['title']}\n\n![Wiring of {name}](wiring/{name}.svg)\n\n")
        out += [f"- {line}\n" for line in wiring.sentences(path)]
        out.append(f"- power: {notes['Power']}\n")
        out.append(f"- maker's page: <{notes['Maker']}>\n" if "Maker" in notes else "")
        out.append(f"\nTried: {notes['Tried']}.\n\n")
    return "".join(out).rstrip("\n") + "\n"


def main() -> int:
    from retrostep_host import drive, wiring

    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.svg"):
        path.unlink()
    for name, path in drive.boards().items():
        (FOLDER / f"{name}.svg").write_text(wiring.picture(path), encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.partition(MARK)[0] + MARK + section(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
