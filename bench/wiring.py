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
        out.append(f"- where the pins are: {notes['Pins']}\n" if "Pins" in notes else "")
        out.append(f"- parts besides board, battery, wire, case and strap: {', '.join(wiring.parts(path))}\n")
        out.append(f"- {_has(path)}\n")
        pages = [f"<https://circuitpython.org/board/{one}/>" for one in boards.facts(path)["BOARD_IDS"]]
        out.append(f"- CircuitPython: {', '.join(pages)}; the maker's page: <{notes['Maker']}>\n")
        out.append(f"\nTried: {notes['Tried']}.\n\n")
    return "".join(out).rstrip("\n") + "\n"


def _has(path: Path) -> str:
    """Chip, light and battery reading: nothing to connect, but somebody asks."""
    from retrostep_host import boards

    found = boards.facts(path)
    light = "its light is on the board" if found["LED"] else "no light, so nothing flashes"
    gauge = "it measures its battery" if found["BATTERY"] else "it cannot measure its battery, so nothing warns"
    return f"chip {boards.notes(path)['Chip']}; {light}; {gauge}"


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
