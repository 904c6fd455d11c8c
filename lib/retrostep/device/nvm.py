# SPDX-License-Identifier: MIT
"""Marks: the few bytes that must outlive the drive, in microcontroller.nvm.

in    bytes 0-3 "RSW1" once this board has had a log | 4 flags | 8 safe modes in a row (firmware/safemode.py)
      16-47 the learnt mount, length first
out   the same, or None where there is no nvm
keeps nothing
but   every assignment erases and writes a flash sector (45 ms): write only what changed, never while walking
"""
import microcontroller

MAGIC = b"RSW1"
FLAGS = 4
SAFE = 8
MOUNT = 16
_MOUNT_MAX = 32

LOCKED = 1


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
        nvm[0:FLAGS + 1] = MAGIC + b"\x00"


def locked():
    """True when the lock was set over the link."""
    return marked() and bool(_memory()[FLAGS] & LOCKED)


def set_locked(on):
    """Remember the lock for boot.py, which cannot read the journal."""
    if locked() != bool(on) and _memory() is not None:
        mark()
        _memory()[FLAGS] = _memory()[FLAGS] ^ LOCKED


def running_well():
    """The loop runs: forget the safe modes that led here."""
    nvm = _memory()
    if nvm is not None and nvm[SAFE] not in (0, 255):
        nvm[SAFE] = 0


def mount():
    """What was learnt of how the sensor sits (bytes), or None."""
    nvm = _memory()
    if nvm is None or not 0 < nvm[MOUNT] <= _MOUNT_MAX:
        return None
    return bytes(nvm[MOUNT + 1 : MOUNT + 1 + nvm[MOUNT]])


def keep_mount(memory):
    """Keep it for the next boot; None or empty keeps what is there."""
    nvm = _memory()
    if nvm is None or not memory or len(memory) > _MOUNT_MAX or mount() == bytes(memory):
        return
    nvm[MOUNT : MOUNT + 1 + len(memory)] = bytes((len(memory),)) + bytes(memory)
