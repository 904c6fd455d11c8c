# SPDX-License-Identifier: MIT
"""Numbers: what must outlive the drive of sessions and boots, in microcontroller.nvm.

in    bytes 128-131 the last session's number | 132-135 the last boot's | 136-183 of the last 12 sessions that no
      computer has fetched: low half of the number, blocks | 184-187 CRC-32 of 128-183
      12-23 as an older firmware kept them: session, boot, CRC-32; read when there are no newer ones
out   the same; nothing where there is no nvm
keeps nothing
but   a cut in the write leaves ones: they are believed only with their CRC, and only as far as a board can have come
      (docs/formats.md, "Numbers")
"""
import binascii
import struct

from retrostep.device import nvm

_OLD = 12
NUMBERS = 128
_ROWS = 12
_SIZE = 8 + 4 * _ROWS


def _sealed(kept):
    """The numbers as they are kept. Half written ones (0xFFFFFFFF and 1 is no boot's number) must not be believed."""
    return kept + struct.pack("<I", binascii.crc32(kept))


def load():
    """(last session, last boot, rows) this board knows of, (0, 0, ()) when none: sessions keep rising over a lost
    drive. A row is (low half of a session's number, blocks) of a session that was not released."""
    if nvm.marked():
        for at, size in ((NUMBERS, _SIZE), (_OLD, 8)):
            kept = bytes(nvm.memory()[at : at + size + 4])
            if kept == _sealed(kept[:size]):
                words = struct.unpack("<%dH" % (size // 2), kept[:size])
                rows = [(words[i], words[i + 1]) for i in range(4, len(words), 2) if words[i]]
                return words[0] | words[1] << 16, words[2] | words[3] << 16, rows
    return 0, 0, ()


def keep(session, boot, table=()):
    """Written when a session that left a trace has ended, or was released. `table`: session, anything, blocks of each
    that was not released, one after the other."""
    kept = struct.pack("<II", session, boot)
    for i in range(max(0, len(table) - 3 * _ROWS), len(table), 3):
        kept += struct.pack("<HH", table[i] & 0xFFFF, table[i + 2])
    kept = _sealed(kept + bytes(_SIZE - len(kept)))
    there = nvm.memory()
    if there is not None and bytes(there[NUMBERS : NUMBERS + _SIZE + 4]) != kept:
        nvm.mark()
        there[NUMBERS : NUMBERS + _SIZE + 4] = kept
