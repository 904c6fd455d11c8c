# SPDX-License-Identifier: MIT
"""Swings: which reversals of the shank's rate belong to a stride.

in    sagittal.found, chunk by chunk
out   for each side of v a list of reversals, oldest first; is_swing and is_extra tell which are strides
keeps at most a dozen reversals a side
but   both sides are kept: which one is the legs' own is known only after some strides (mount.polarity)
"""

from retrostep.compat import const

_LATE = const(344)  # ticks after which a reversal that nobody asked for is let go: 6.6 s
_SETTLE = const(26)  # ticks after which a reversal is judged: 0.5 s, also the shortest stride
SPAN = 172  # ticks, longest stride: 3.3 s, slow patients included
_BIG = const(0.7)  # rad/s, the larger lobe of the slowest stride accepted; slowest real backward ankle 1.9
_SMALL = const(0.35)  # rad/s, the smaller lobe
_WALKING = const(0.72)  # of both, once a stride was found
_SHARE = const(0.3)  # of the running strength
_EXTRA = const(0.55)  # a lobe pair below this share of both neighbours, crowded between them, is no stride of its own
_CROWD = const(42)  # ticks
_SMOOTH = const(0.4)  # share of the rate's power below 6 Hz under which a chunk rattles: walking 0.8-1, white noise 0.2
_ALIKE = const(0.7)


class Reversal:
    def __init__(self, tick, fraction, side, peak):
        self.tick = tick
        self.fraction = fraction
        self.side = side  # sign of the lobe after
        self.before = peak  # signed peak of the lobe before, of the lobe after
        self.after = 0.0
        self.turn = -1  # tick of the crossing that ends the lobe after
        self.turn_fraction = 0.0
        self.is_checked = False
        self.d = 0.0  # lobe asymmetry if this side is the legs' own
        self.provisional = -1

    def size(self):
        a = self.before if self.before > 0.0 else -self.before
        b = self.after if self.after > 0.0 else -self.after
        return a if a > b else b


class Swings:
    def __init__(self, sagittal):
        self._g = sagittal
        self._tracks = ([], [])  # reversals from - to +, and from + to -
        self._strength = 0.0
        self._rattle = 0.0  # share of recent chunks that rattle: noise, a loose strap, a drill
        self.is_rattling = False  # noise where a leg should swing

    def track(self, side):
        """Reversals to that side, oldest first."""
        return self._tracks[0 if side > 0 else 1]

    def chunk(self):
        """Take in what sagittal found."""
        g = self._g
        power = g.power
        if power > 0.5:  # summed over the chunk: not at rest
            self._rattle += 0.15 * ((1.0 if g.ss < _SMOOTH * power else 0.0) - self._rattle)
        for tick, fraction, side, peak in g.found:
            self._found(tick, fraction, side, peak)
        g.found.clear()
        self.is_rattling = self._rattle > 0.5
        for track in self._tracks:
            while track and g.tick - track[0].tick > _LATE:
                track.pop(0)

    def forget(self, side, tick):
        """Let go of what lies before `tick`."""
        track = self.track(side)
        while track and track[0].tick < tick:
            track.pop(0)

    def between(self, side, start, end):
        """The largest reversal to that side in ticks [start, end), or None."""
        found = None
        for r in self.track(side):
            if start <= r.tick < end and (found is None or r.size() > found.size()):
                found = r
        return found

    def _found(self, tick, fraction, side, peak):
        other = self.track(-side)
        if other and other[-1].turn < 0:
            other[-1].after = peak
            other[-1].turn = tick
            other[-1].turn_fraction = fraction
        track = self.track(side)
        if track and tick - track[-1].tick < _SETTLE:
            size = peak if peak > 0.0 else -peak
            if _ALIKE * track[-1].size() < size < track[-1].size() / _ALIKE:
                self._rattle += 0.22 * (1.0 - self._rattle)  # swings as large, too soon: no leg walks like that
            if track[-1].size() >= size:
                return
            track.pop()
        track.append(Reversal(tick, fraction, side, peak))

    def is_old(self, r):
        """Long enough ago to be judged."""
        return self._g.tick - r.tick >= _SETTLE

    def is_swing(self, r, is_walking):
        """Large and even enough for a leg. Sets r.d the first time."""
        if r.is_checked:
            return True
        if r.turn < 0:
            r.after = self._g.peak()
        size = r.size()
        share = _WALKING if is_walking else 1.0
        if self.is_rattling or size < share * _BIG or size < _SHARE * self._strength:
            return False
        small = share * _SMALL
        if -small < r.before < small or -small < r.after < small:
            return False
        r.is_checked = True
        self._strength = 0.8 * self._strength + 0.2 * size if self._strength else size
        return True

    def is_extra(self, past, r, following):
        """A small lobe pair crowded between two larger ones, or before one."""
        gap = following.tick - r.tick
        is_small = r.size() < _EXTRA * following.size()
        if past is not None and r.tick - past.tick <= SPAN:
            is_small = is_small and r.size() < _EXTRA * past.size()
            if r.tick - past.tick < gap:
                gap = r.tick - past.tick
        return is_small and gap < _CROWD
