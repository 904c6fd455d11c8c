# SPDX-License-Identifier: MIT
"""Pages: blocks of a journal in the bytes of an SQLite file, whatever state that is in.

in    the bytes of a store, or of any file
out   checked blocks in the order in which they stand
from  sqlite.org/fileformat2.html, 1.6 "B-tree Pages" and 1.7 "Cell Payload Overflow Pages": what does not fit a page
      goes on in a chain of others, each with the number of the next in its first four bytes
but   nothing of the file's structure is believed: a page is followed only to see whether a block comes out whole
"""

from __future__ import annotations

from collections.abc import Iterator

from retrostep.journal import block

MAGIC = b"SQLite format 3\0"
COMMON = 4096  # bytes of a page, unless the file says something possible


def blocks(data: bytes) -> Iterator[bytes]:
    """Every whole block, also where it runs on over the end of its page."""
    size = int.from_bytes(data[16:18], "big")
    size = 65536 if size == 1 else size
    if size < 512 or size > 65536 or size & (size - 1):
        size = COMMON
    at = data.find(block.MAGIC)
    while at >= 0:
        piece = data[at : at + block.SIZE]
        if len(piece) == block.SIZE and block.check(piece):
            yield piece
            at = data.find(block.MAGIC, at + block.SIZE)
            continue
        if (joined := _joined(data, size, at)) is not None:
            yield joined
        at = data.find(block.MAGIC, at + 1)


def _joined(data: bytes, size: int, at: int) -> bytes | None:
    """The block that begins at `at` and goes on in another page."""
    start = at // size * size
    end = min(start + size, at + block.SIZE)
    ways = [(end - at, data[start : start + 4])]  # a page of a chain, full to its end
    ways += [(n, data[at + n : at + n + 4]) for n in range(1, end - at - 3)]  # the first, in a page of cells
    for length, pointer in ways:
        there = (int.from_bytes(pointer, "big") - 1) * size + 4
        if size <= there < len(data):
            piece = data[at : at + length] + data[there : there + block.SIZE - length]
            if len(piece) == block.SIZE and block.check(piece):
                return piece
    return None
