# SPDX-License-Identifier: MIT
"""Which names do official CircuitPython builds hold in flash, so that they cost a board no RAM?

question  the names in the string tables that all of these builds share
data      UF2 files of official builds (RP2040)
page      host_tools/retrostep_host/packing/rom_names.txt, with --write; else the counts
from      py/qstr.h: a constant pool is hashes, lengths and pointers to the strings, sorted by length and text

    python bench/rom_names.py ~/.cache/retrostep/*.uf2 [--write]
"""

from __future__ import annotations

import re
import struct
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "host_tools" / "retrostep_host" / "packing" / "rom_names.txt"
FEWEST = 200  # entries of a table that may be a pool; others are tables of something else
_WORD = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)\0")


def image(path: Path) -> tuple[int, bytes]:
    """(first address, flash) of a UF2."""
    data, blocks = path.read_bytes(), {}
    for at in range(0, len(data), 512):
        _, _, _, address, size = struct.unpack_from("<5I", data, at)
        blocks[address] = data[at + 32 : at + 32 + size]
    first, last = min(blocks), max(blocks)
    flash = bytearray(last - first + 256)
    for address, block in blocks.items():
        flash[address - first : address - first + len(block)] = block
    return first, bytes(flash)


def names(path: Path) -> set[str]:
    """The names in the constant pools of one build: long runs of pointers to strings."""
    first, flash = image(path)
    found: set[str] = set()
    run: list[str] = []
    for (pointer,) in struct.iter_unpack("<I", flash[: len(flash) // 4 * 4]):
        at = pointer - first
        end = flash.find(b"\0", at, at + 64) if 0 < at < len(flash) else -1
        text = flash[at:end] if end >= 0 else None
        if text is not None and all(32 <= letter < 127 or letter in b"\n\r" for letter in text):
            run.append(text.decode())
            continue
        if len(run) >= FEWEST:
            found.update(run)
        run = []
    return {name for name in found if name.isidentifier()}


def main() -> None:
    paths = [Path(one) for one in sys.argv[1:] if not one.startswith("--")]
    each = [names(path) for path in paths]
    common = sorted(set.intersection(*each), key=lambda name: (len(name), name))
    for path, one in zip(paths, each, strict=True):
        print(path.name, len(one))
    print("in all", len(common))
    if "--write" in sys.argv:
        PAGE.write_text("\n".join(common) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
