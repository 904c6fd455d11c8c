# SPDX-License-Identifier: MIT
"""Padlock: the PIN's traces in microcontroller.nvm: what a computer has to prove, and how often one failed.

in    bytes 32-79 (nvm.py): 32 2 when locked | 33-40 salt | 41-42 rounds / 16 | 43-62 K | 64-79 one for each wrong PIN
out   the same
but   1. a wrong PIN turns a byte of ones into zeros, which needs no erasing (0.7 ms on official 10.0.3, emulated); the
      right one after wrong ones erases (53 ms)
      2. older firmware wrote 1 into byte 32, and rounds that were not divided
"""
from retrostep.device import nvm

_AT = 32
_TRIES = 64
_MOST = 16  # wrong PINs that are counted; the wait grows no more after nine


def kept():
    """(salt, rounds, K) while a PIN is set, else None. boot.py asks too: it hides console and drive."""
    memory = nvm.memory()
    if not nvm.marked() or memory[_AT] not in (1, 2):
        return None
    salt, key = bytes(memory[_AT + 1 : _AT + 9]), bytes(memory[_AT + 11 : _AT + 31])
    rounds = memory[_AT + 9] | memory[_AT + 10] << 8
    return salt, rounds * 16 if memory[_AT] == 2 else rounds, key


def keep(lock):
    """Keep (salt, rounds, K), or None to open the board. False when there is nowhere to keep it."""
    memory = nvm.memory()
    if memory is None:
        return False
    if lock is None:
        if kept() is None:
            return True
        new = b""
    else:
        nvm.mark()
        rounds = lock[1] // 16
        new = b"\x02" + bytes(lock[0]) + bytes((rounds & 0xFF, rounds >> 8)) + bytes(lock[2])
    memory[_AT : _TRIES + _MOST] = new + bytes(_TRIES - _AT - len(new)) + b"\xff" * _MOST
    return True


def tries(more):
    """Wrong PINs in a row, over power off: 1 counts another, 0 asks, -1 forgets them."""
    memory = nvm.memory()
    if memory is None:
        return 0
    count = _MOST - bytes(memory[_TRIES : _TRIES + _MOST]).count(b"\xff")
    if more > 0 and count < _MOST:
        memory[_TRIES + count] = 0
        return count + 1
    if more < 0 and count:
        memory[_TRIES : _TRIES + _MOST] = b"\xff" * _MOST
        return 0
    return count
