# SPDX-License-Identifier: MIT
"""Lock: proof that the computer knows the PIN, without the PIN ever crossing the wire.

in    20 bytes: HMAC-SHA1(K, nonce)
out   0, or a reason number
keeps a nonce of 16 bytes that changes with each wrong try and each unplugging
from  RFC 2104 (HMAC), docs/formats.md, "locked"; SHA-1 is the only hash of an RP2040's CircuitPython
not   a guard against somebody who holds the board: the button at power-up removes the lock (docs/reliability.md)
"""

import hashlib

from retrostep import errors

FREE_TRIES = 3
WAIT = 1040  # samples (10 s) after the third wrong try, doubling up to 2^6 times that


def _sha1(data):
    h = hashlib.new("sha1") if hasattr(hashlib, "new") else hashlib.sha1()
    h.update(data)
    return h.digest()


def stretch(salt, pin, rounds):
    """K from a PIN (str). The computer does this; a board never needs the PIN."""
    secret = salt + pin.encode()
    key = _sha1(secret)
    for _ in range(rounds):
        key = _sha1(key + secret)
    return key


def hmac(key, message):
    """HMAC-SHA1 for keys of up to 64 bytes."""
    key = key + bytes(64 - len(key))
    inner = _sha1(bytes([b ^ 0x36 for b in key]) + message)
    return _sha1(bytes([b ^ 0x5C for b in key]) + inner)


class Lock:
    def __init__(self, hooks):
        self.hooks = hooks
        self.wrong = 0
        self.until = 0  # sample index before which nobody gets in
        self.nonce = bytes(16)
        self.renew()

    def renew(self):
        self.nonce = self.hooks.random(16)

    def unlock(self, proof, index):
        if self.hooks.lock is None:
            return 0
        if index < self.until:
            return errors.NUMBER["busy"]
        good = 0  # compared in constant time
        for a, b in zip(hmac(self.hooks.lock[2], self.nonce), proof):
            good |= a ^ b
        self.renew()
        if good == 0:
            self.wrong = 0
            return 0
        self.wrong += 1
        if self.wrong >= FREE_TRIES:
            self.until = index + (WAIT << min(self.wrong - FREE_TRIES, 6))
        return errors.NUMBER["wrong_pin"]
