# SPDX-License-Identifier: MIT
"""Marks: the few bytes that must outlive the drive, in microcontroller.nvm.

in    bytes 0-3 "RSW1" once this board has had a log | 8 safe modes in a row (firmware/safemode.py)
      9 crashes in a row | 12-23 numbers as an older firmware kept them: read when there are no newer ones
      32 1 when locked | 33-40 salt | 41-42 rounds | 43-62 K (docs/formats.md, "locked")
      64-67 the last session's number | 68-71 the last boot's | 72-119 of the last 12 sessions that no computer has
      fetched: low half of the number, blocks | 120-123 CRC-32 of 64-119
out   the same, or None where there is no nvm
keeps nothing
but   every assignment erases and writes a flash sector (45 ms): write only what changed, never while walking; a cut in
      it leaves ones: no mark, no lock, and numbers that are believed only with their CRC
"""
import binascii
import struct

import microcontroller

MAGIC = b"RSW1"
SAFE = 8
CRASHES = 9
OLD_NUMBERS = 12
LOCK = 32
NUMBERS = 64
_ROWS = 12
_SIZE = 8 + 4 * _ROWS


def _memory():
    return microcontroller.nvm


def marked():
    """True once a log was made on this board: an empty drive then means that logs vanished."""
    nvm = _memory()
    return nvm is not None and bytes(nvm[0:4]) == MAGIC


def mark():
    """Say that the log is there."""
    nvm = _memory()
    if nvm is not None and not marked():
        nvm[0:64] = MAGIC + bytes(60)


def lock():
    """(salt, rounds, K) while a PIN is set, else None. boot.py reads it too: it hides console and drive."""
    nvm = _memory()
    if not marked() or nvm[LOCK] != 1:
        return None
    return (
        bytes(nvm[LOCK + 1 : LOCK + 9]),
        nvm[LOCK + 9] | nvm[LOCK + 10] << 8,
        bytes(nvm[LOCK + 11 : LOCK + 31]),
    )


def set_lock(new):
    """Keep (salt, rounds, K), or None to open the board. False when there is nowhere to keep it."""
    nvm = _memory()
    if nvm is None:
        return False
    if new is None:
        if lock() is not None:
            nvm[LOCK : LOCK + 31] = bytes(31)
        return True
    mark()
    salt, rounds, key = new
    nvm[LOCK : LOCK + 31] = b"\x01" + bytes(salt) + bytes((rounds & 0xFF, rounds >> 8)) + bytes(key)
    return True


def running_well():
    """The loop runs: forget the safe modes and crashes that led here."""
    nvm = _memory()
    if nvm is not None:
        for at in (SAFE, CRASHES):
            if nvm[at] not in (0, 255):
                nvm[at] = 0


def safe_modes():
    """Safe modes in a row before this start."""
    return _count(SAFE)


def crashes():
    """Crashes in a row before this start."""
    return _count(CRASHES)


def _count(at):
    nvm = _memory()
    return 0 if nvm is None or nvm[at] == 255 else nvm[at]


def crashed():
    """One more crash; returns how many in a row."""
    nvm = _memory()
    count = min(200, _count(CRASHES) + 1)
    if nvm is not None:
        nvm[CRASHES] = count
    return count


def _sealed(kept):
    """The numbers as they are kept. Half written ones (0xFFFFFFFF and 1 is no boot's number) must not be believed."""
    return kept + struct.pack("<I", binascii.crc32(kept))


def numbers():
    """(last session, last boot, rows) this board knows of, (0, 0, ()) when none: sessions keep rising over a lost
    drive. A row is (low half of a session's number, blocks) of a session that was not released."""
    if marked():
        for at, size in ((NUMBERS, _SIZE), (OLD_NUMBERS, 8)):
            kept = bytes(_memory()[at : at + size + 4])
            if kept == _sealed(kept[:size]):
                words = struct.unpack("<%dH" % (size // 2), kept[:size])
                rows = [(words[i], words[i + 1]) for i in range(4, len(words), 2) if words[i]]
                return words[0] | words[1] << 16, words[2] | words[3] << 16, rows
    return 0, 0, ()


def keep_numbers(session, boot, table=()):
    """Written when a session that left a trace has ended, or was released. `table`: session, anything, blocks of each
    that was not released, one after the other."""
    kept = struct.pack("<II", session, boot)
    for i in range(max(0, len(table) - 3 * _ROWS), len(table), 3):
        kept += struct.pack("<HH", table[i] & 0xFFFF, table[i + 2])
    kept = _sealed(kept + bytes(_SIZE - len(kept)))
    nvm = _memory()
    if nvm is not None and bytes(nvm[NUMBERS : NUMBERS + _SIZE + 4]) != kept:
        mark()
        nvm[NUMBERS : NUMBERS + _SIZE + 4] = kept
