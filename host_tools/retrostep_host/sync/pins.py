# SPDX-License-Identifier: MIT
"""Pins: which PIN or phrase is too easy to guess to lock a board with, and why; what a board keeps of a good one.

in    what somebody typed
out   one reason, or "" when it will do; K
but   a lock holds off guessing at the board (three tries, then waits); whoever overheard an unlocking may guess at
      home: six digits keep a computer busy for hours, a phrase of four words for longer than anybody waits
from  docs/formats.md, "locked"
not   the board's part: a board that was locked with a shorter PIN before is still unlocked with it (client.py)
"""

from __future__ import annotations

import hashlib

ROUNDS = 500_000  # SHA-1 upon SHA-1 for one guess: half a second on this computer, once

DIGITS = 6  # at least, when there are only digits
SIGNS = 10  # at least, of a phrase
MOST = 64  # bytes: HMAC's block, and more than anybody types twice
_USUAL = ("password", "passwort", "qwert", "asdf", "letmein", "retrostep", "geheim", "walker", "iloveyou")
_DATED = range(1900, 2100)


def stretch(salt: bytes, pin: str, rounds: int) -> bytes:
    """K, 20 bytes. The computer makes it; a board never sees the PIN."""
    secret = salt + pin.encode()
    key = hashlib.sha1(secret, usedforsecurity=False).digest()
    for _ in range(rounds):
        key = hashlib.sha1(key + secret, usedforsecurity=False).digest()
    return key


def weakness(pin: str) -> str:
    """Why `pin` is refused, as the end of a sentence; "" when it is good."""
    if len(pin.encode()) > MOST:
        return f"it is longer than {MOST} bytes"
    if not pin.isprintable() or pin != pin.strip():
        return "it begins or ends with a blank, or holds a sign that cannot be seen"
    if pin.isdecimal():
        return _digits(pin)
    if len(pin) < SIGNS:
        return f"it has {len(pin)} signs, and a phrase needs at least {SIGNS} (or take {DIGITS} digits)"
    plain = pin.lower().replace(" ", "")
    if len(set(plain)) < 5 or _repeats(plain):
        return "it repeats itself"
    if any(plain.startswith(word) and len(plain) - len(word) < 6 for word in _USUAL):
        return "it is among the first that anybody tries"
    return ""


def _digits(pin: str) -> str:
    if len(pin) < DIGITS:
        return f"it has {len(pin)} digits, and all of them are tried in a minute; take at least {DIGITS}, or a phrase"
    steps = {(int(b) - int(a)) % 10 for a, b in zip(pin, pin[1:], strict=False)}
    if len(steps) == 1:
        return "it is a row of digits"
    if len(set(pin)) < 3 or _repeats(pin):
        return "it repeats itself"
    if len(pin) in (6, 8) and _is_date(pin):
        return "it looks like a date, and a birthday is tried first"
    return ""


def _repeats(text: str) -> bool:
    """The same piece again and again (123123), or each sign twice (112233)."""
    pieces = any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))
    return pieces or text[::2] == text[1::2]


def _is_date(pin: str) -> bool:
    years = (pin[:4], pin[4:]) if len(pin) == 8 else (pin[:2], pin[4:])
    rests = (pin[4:], pin[:4]) if len(pin) == 8 else (pin[2:], pin[:4])
    for year, rest in zip(years, rests, strict=True):
        a, b = int(rest[:2]), int(rest[2:])
        if (len(pin) == 6 or int(year) in _DATED) and (1 <= a <= 12 and 1 <= b <= 31 or 1 <= b <= 12 and 1 <= a <= 31):
            return True
    return False
