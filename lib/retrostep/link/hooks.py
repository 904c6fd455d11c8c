# SPDX-License-Identifier: MIT
"""Hooks: what the link asks of the rest of the board. The device replaces what it can do.

Each is called from Server.poll and must return soon. Units as in docs/formats.md, "Verbs".
"""

from retrostep import __version__


class Hooks:
    firmware = __version__
    board = ""
    rate_mhz = 104000
    vanished = False  # the log was there before and is gone
    rebuilt = 0  # mirrors found damaged at boot: bit 0, bit 1
    lock = None  # (salt 8 bytes, rounds, K 20 bytes) or None

    def settings(self):
        """Settings in force, name -> value."""
        return {}

    def setting(self, name, value):
        """A checked setting was set and is in the journal: take it up."""

    def newcomer(self):
        """The code is about to change: end the session, and let go of what belongs to the last wearer."""

    def time(self, utc_us, offset_min):
        """The computer's clock: set the real-time clock, if there is one."""

    def start(self):
        """Begin a session with the next pass of the loop, unless one runs: a walk with the cable in."""

    def end(self):
        """End the running session with END_LINK, as the loop would."""

    def identify(self, pattern):
        """Buzz or blink."""

    def capture(self, seconds):
        """Stream raw samples for so long; 0 stops. False when it cannot."""
        return False

    def plan(self, state):
        """Bytes of the training plan; `state` is b"" to ask, else the plan to take up. None: not valid."""
        return b""

    def set_lock(self, lock):
        """Keep (salt, rounds, K), or None to remove the lock. False when it cannot be kept."""
        return False

    def tries(self, more):
        """Wrong PINs in a row, kept over power off: 1 counts another, 0 asks, -1 forgets them."""
        return 0

    def ms(self):
        """Milliseconds that may wrap."""
        return 0

    def since(self, then):
        """Milliseconds since an earlier `ms()`."""
        return 0

    def random(self, size):
        """`size` bytes that nobody can foresee (os.urandom)."""
        return bytes(size)
