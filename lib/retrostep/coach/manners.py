# SPDX-License-Identifier: MIT
"""Manners: what may be said now. Louder interrupts quieter; one thing at a time; not too often.

in    ask(pattern, cause, now, length): a wish
out   play(pattern, cause) now, or later, or never; storm() once when wishes had to be dropped
keeps under 300 bytes
from  docs/plan.md, "What is felt"
but   a STOP is never held back for later: a late stop would be about another step
"""

from retrostep import events
from retrostep.coach import patterns

_S = 104  # samples a second
_QUIET = 2 * _S  # after an alert, before a quieter or equal one: two patterns in a row are felt as one
_FRESH = 3 * _S  # a held alert older than this would say something about another step
_PER_MINUTE = 8  # alerts; more than one every 7 s teaches people to ignore them
_SAME = 3 * _S  # between two stops of the same cause: one stumble shakes the leg more than once


class Manners:
    """ask(...) and tick(...); `until` is the sample at which the pattern that plays ends."""

    def __init__(self, play, storm):
        self.play = play
        self._storm = storm
        self.reset()

    def reset(self):
        self.until = -1
        self._loudness = -1
        self._quiet_until = -1
        self._held = None  # pattern, cause, sample after which it is stale
        self._times = [-60 * _S] * _PER_MINUTE
        self._oldest = 0
        self._last_stop = {}
        self._stormed = False

    def ask(self, pattern, cause, now, length_percent):
        """Play a pattern if a louder one does not play and the wearer can take it; True when it was played."""
        loudness = patterns.LOUDNESS[pattern]
        ringing = cause == events.FALL  # an alarm repeats until it is answered
        if pattern == patterns.STOP and not ringing and now - self._last_stop.get(cause, -_SAME) < _SAME:
            return False
        if now < self.until and loudness <= self._loudness:
            return self._hold(pattern, cause, now)
        if pattern == patterns.TICK:
            if now < self._quiet_until:
                return False
        elif pattern == patterns.STOP:
            if not ringing and self._too_many(now):
                return False
            self._last_stop[cause] = now
        elif now < self._quiet_until:
            return self._hold(pattern, cause, now)
        elif self._too_many(now):
            return False
        self.until = now + patterns.duration_ms(pattern, length_percent) * _S // 1000 + 1
        self._loudness = loudness
        if pattern != patterns.TICK:
            self._quiet_until = self.until + _QUIET
        self.play(pattern, cause)
        return True

    def tick(self, now, length_percent):
        """Play what was held, once it may."""
        if self._held is None or now < self.until or now < self._quiet_until:
            return
        pattern, cause, stale = self._held
        self._held = None
        if now < stale:
            self.ask(pattern, cause, now, length_percent)

    def _hold(self, pattern, cause, now):
        if pattern not in (patterns.TICK, patterns.STOP):  # a late beat is wrong, a late stop misleads
            if self._held is None or patterns.LOUDNESS[pattern] >= patterns.LOUDNESS[self._held[0]]:
                self._held = (pattern, cause, max(now, self.until, self._quiet_until) + _FRESH)
        return False

    def _too_many(self, now):
        """True when the last minute is full; else this alert is counted."""
        if now - self._times[self._oldest] < 60 * _S:
            if not self._stormed:
                self._stormed = True
                self._storm()
            return True
        self._times[self._oldest] = now
        self._oldest = (self._oldest + 1) % _PER_MINUTE
        return False
