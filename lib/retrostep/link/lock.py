# SPDX-License-Identifier: MIT
"""Lock: proof that the computer knows the PIN, without the PIN ever crossing the wire.

in    20 bytes: HMAC-SHA1(K, nonce); the id of each request
out   0, or a reason number
keeps a nonce of 16 bytes that changes with each try and each connection; wrong tries in hooks, over power
from  RFC 2104 (HMAC), docs/formats.md, "locked"; SHA-1 is the only hash of an RP2040's CircuitPython
not   a guard against somebody who holds the board: the button at power-up removes the lock, and nothing on flash is
      encrypted (docs/reliability.md)
"""

import hashlib

from retrostep import errors

FREE_TRIES = 3
WAIT_MS = 10000  # after the third wrong try, doubling up to 2^6 times that
STRAY = 4  # ids that may have been lost on the way between two requests of one connection
LEAST_ROUNDS = 20000  # a computer proves nothing to a board that asks for less: whoever asks could try all PINs


def _sha1(data):
    h = hashlib.new("sha1") if hasattr(hashlib, "new") else hashlib.sha1()
    h.update(data)
    return h.digest()


def hmac(key, message):
    """HMAC-SHA1 for keys of up to 64 bytes."""
    key = key + bytes(64 - len(key))
    inner = _sha1(bytes([b ^ 0x36 for b in key]) + message)
    return _sha1(bytes([b ^ 0x5C for b in key]) + inner)


class Lock:
    """`is_open` while the computer that said the PIN goes on talking."""

    def __init__(self, hooks):
        self.hooks = hooks
        self.is_open = False
        self.nonce = b""
        self._last = 0  # id of the newest request
        self._since = hooks.ms()
        self._wait_ms = _wait_ms(hooks.tries(0))  # at each start: power off and on is no way around it
        self.close()

    def close(self):
        """The connection ended, or somebody else talks: the next one says the PIN again, to another nonce."""
        self.is_open = False
        self.nonce = self.hooks.random(16)

    def hear(self, number):
        """A request with this id. False: it does not follow the one before, and the lock, which was open, is closed.
        A port that is closed and opened between two looks at it (usb_cdc's `connected`) is told by nothing else."""
        goes_on = (number - self._last) & 0xFFFF <= STRAY
        self._last = number
        if goes_on or not self.is_open:
            return True
        self.close()
        return False

    def left_s(self):
        """Seconds until a PIN is looked at. By the clock: samples stop when the sensor does."""
        left = self._wait_ms - self.hooks.since(self._since)
        if not 0 < left <= self._wait_ms:
            self._wait_ms = left = 0
        return (left + 999) // 1000

    def unlock(self, proof):
        """0, or a reason number. A wrong try is on flash before it is answered."""
        hooks = self.hooks
        if hooks.lock is None:
            return 0
        if self.left_s():
            return errors.BUSY
        good = 0  # compared in constant time
        for a, b in zip(hmac(hooks.lock[2], self.nonce), proof):
            good |= a ^ b
        self.close()
        if good == 0:
            if hooks.tries(0):
                hooks.tries(-1)
            self.is_open = True
            return 0
        self._wait_ms = _wait_ms(hooks.tries(1))
        self._since = hooks.ms()
        return errors.WRONG_PIN


def _wait_ms(tries):
    """After so many wrong tries in a row."""
    return 0 if tries < FREE_TRIES else WAIT_MS << min(tries - FREE_TRIES, 6)
