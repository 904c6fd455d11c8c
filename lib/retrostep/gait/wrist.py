# SPDX-License-Identifier: MIT
"""Wrist steps: counting from |acc| alone, by how well the last seconds repeat at the arm's own period.

in    |a| in m/s^2, 104 Hz, any number at a time; no axis, no gyro: any way round, any hand
out   a STEP event per step of either foot, direction unknown; the first ones of a bout come late, all at once
keeps 20 running lag products, 24 band-passed values, 32 energies, 16 held steps; allocates per step only
from  autocorrelation step detection as docs/design.md, "Sources" (Espruino, ADEPT); our windows are recursive
but   1. the *stride* lag decides (an arm swings once a stride: at the step lag many real walks are near 0)
      2. evidence is summed up over time instead of asked three times: regular walks open early, driving never
      3. an oscillator at the found period places the steps and leans on peaks, so a missing peak costs nothing
not   direction: no common sign was found in eight wrist features (docs/alerts.md says where wrists end)
"""

from math import exp, sqrt

from retrostep.events import STEP, Event

_EVERY = 8  # samples averaged to one value: 13 Hz, which is what 12.5 Hz watches can deliver
_RATE = 13.0  # Hz
_LAG0 = 4  # first lag kept besides 0: 0.31 s
_LAGS = 20  # lags 4 to 23: a stride of 1.77 s at the slowest
_RUN = 8  # shortest stride lag, 0.62 s: 3.2 steps/s, jogging
_HIST = 24
_BACK = 32  # energies kept, one every 4 values: 9.8 s, as far as a bout is credited back
_HELD = 16  # steps held while in doubt

_TAU = 2.5  # s, memory of the lag products: two to three strides
_R_OPEN = 0.42  # stride-lag correlation from which evidence grows: real walks 0.6-0.95, driving 0.43 at its p95
_STEP_BONUS = 0.0  # a step-lag correlation counts like a stride-lag one (work, 66 steps: 24 without it, 69 with it)
_OPEN = 0.5  # evidence (correlation above _R_OPEN x seconds) that opens a bout
_FULL = 1.0  # evidence kept at most: a bout outlives about 3 s of turning round
_DOUBT = 0.30  # evidence below which steps are held back
_SD_MIN = 0.5  # m/s^2, RMS of band-passed |a|: slow old walkers 0.5-0.6 (weda D01, p5), desk work 0.1
_PEAK = 0.7  # strengths (RMS) a peak needs to vouch for the steps up to it
_PAUSE = 2.6  # steps without such a peak: a pause, its steps are dropped
_PULL = 0.15  # of the phase error a peak takes away
_STILL = 0.12  # share of the bout's energy below which the arm has stopped
_ROUGH = 1.4  # energy above 6 Hz per band energy: walks 0.9 and jogging 0.8 at their p95, clapping 1.6-3.3 (weda)


class WristSteps:
    """Steps at the wrist. `emit(event)` is called with a STEP event, in rising order of time."""

    def __init__(self, emit):
        self._emit = emit
        self.quality = 0  # flags of the chunk, put onto its events: set by the engine
        self.last_stride = -1000000  # sample index of the last step
        self.index = 0  # samples seen
        self._count = 0  # in the running average
        self._sum = 0.0
        self._squares = 0.0
        self._y1 = self._y2 = self._x1 = self._x2 = 0.0
        self._z1 = self._z2 = self._v1 = self._v2 = 0.0
        self._history = [0.0] * _HIST
        self._at = 0
        self._lags = [0.0] * (_LAGS + 1)  # [0] energy, [1:] lags from _LAG0
        self._keep = exp(-1.0 / (_RATE * _TAU))
        self._energy = 0.0
        self._keep_energy = exp(-1.0 / (_RATE * 0.7))
        self._rough = 0.0
        self._energies = [0.0] * _BACK
        self._ticks = 0  # 13 Hz values seen
        self._evidence = 0.0
        self._period = 0.0  # values per step
        self._phase = 0.0
        self.is_walking = False
        self._held = [0.0] * _HELD
        self._holding = 0
        self._peak = 0.0  # tick of the last peak that vouched for steps
        self._last = -1000.0  # tick of the last step
        self._b1 = self._b2 = 0.0  # last band-passed values, for peaks
        self.decided = 0

    def feed(self, magnitude, count):
        """`count` values of |a| in m/s^2, following the last ones."""
        self.decided = self.index + count
        n = self._count
        total = self._sum
        squares = self._squares
        for i in range(count):
            a = magnitude[i] - 9.8
            total += a
            squares += a * a
            n += 1
            if n == _EVERY:
                mean = total / _EVERY
                self._tick(mean, squares / _EVERY - mean * mean)
                n = 0
                total = squares = 0.0
        self._count = n
        self._sum = total
        self._squares = squares
        self.index += count

    def gap(self, lost):
        """`lost` samples never came: the index moves on, the bout ends, the memory of its rhythm stays."""
        self.index += lost
        self._ticks += (self._count + lost) // _EVERY
        self._count = 0
        self._sum = self._squares = 0.0
        self._close()

    def finish(self):
        """The session is over: steps still in doubt are dropped."""
        self._close()

    def _close(self):
        if self.is_walking:
            self._release()
        self.is_walking = False
        self._holding = 0
        self._evidence = 0.0

    def _tick(self, x, rough):
        """One 13 Hz value."""
        # Butterworth band-pass 0.5-3.2 Hz, 4th order, 13 Hz: scipy.signal.butter(2, (0.5, 3.2), "band", fs=13)
        y = 0.21913623 * (x + 2.0 * self._x1 + self._x2) + 0.15340313 * self._y1 - 0.25877043 * self._y2
        self._x2 = self._x1
        self._x1 = x
        self._y2 = self._y1
        self._y1 = y
        b = y - 2.0 * self._z1 + self._z2 + 1.66887761 * self._v1 - 0.72987385 * self._v2
        self._z2 = self._z1
        self._z1 = y
        self._v2 = self._v1
        self._v1 = b
        lags = self._lags
        history = self._history
        keep = self._keep
        new = (1.0 - keep) * b
        lags[0] = keep * lags[0] + new * b
        at = self._at - _LAG0
        for k in range(1, _LAGS + 1):
            lags[k] = keep * lags[k] + new * history[at]  # negative indexes wrap: the history is a ring
            at -= 1
            if at < -_HIST:
                at += _HIST
        history[self._at] = b
        self._at += 1
        if self._at == _HIST:
            self._at = 0
        self._energy += (1.0 - self._keep_energy) * (b * b - self._energy)
        self._rough += (1.0 - keep) * (rough - self._rough)
        self._ticks += 1
        if self.is_walking:
            self._turn(b)
        self._b2 = self._b1
        self._b1 = b
        if self._ticks & 3 == 0:
            self._energies[(self._ticks >> 2) % _BACK] = self._energy
            self._judge()

    def _judge(self):
        """Four times a second or so: is this a walk, and at which period?"""
        lags = self._lags
        total = lags[0] + 0.02
        best = -9.0
        stride = 0
        for lag in range(_RUN, _LAG0 + _LAGS - 1):
            half = lag >> 1
            a = lags[half - _LAG0 + 1]
            if lag & 1:
                a = 0.5 * (a + lags[half - _LAG0 + 2])
            score = lags[lag - _LAG0 + 1] + 0.5 * a
            if self.is_walking and -1.5 < lag - 2.0 * self._period < 1.5:
                score += 0.15 * total  # a bout keeps its rhythm
            if score > best:
                best = score
                stride = lag
        half = stride >> 1
        a = lags[half - _LAG0 + 1]
        if stride & 1:
            a = max(a, lags[half - _LAG0 + 2])
        r = max(lags[stride - _LAG0 + 1], a + _STEP_BONUS * total) / total
        sd = sqrt(lags[0])
        if sd < _SD_MIN or self._rough > _ROUGH * lags[0]:
            r = 0.0
        evidence = self._evidence + (r - _R_OPEN) * (4.0 / _RATE)
        self._evidence = min(_FULL, max(0.0, evidence))
        # parabola through the three lags: the period below one value
        left = lags[stride - _LAG0]
        mid = lags[stride - _LAG0 + 1]
        right = lags[stride - _LAG0 + 2]
        bend = left - 2.0 * mid + right
        shift = 0.0
        if bend < 0.0:
            shift = min(0.5, max(-0.5, 0.5 * (left - right) / bend))
        period = 0.5 * (stride + shift)
        if not self.is_walking:
            if self._evidence >= _OPEN:
                self._period = period
                self._open()
            return
        self._period += 0.3 * (period - self._period)
        if self._energy < _STILL * lags[0] or self._evidence <= 0.0 or sd < 0.7 * _SD_MIN:
            self._close()
            return

    def _open(self):
        """A bout: credit it back to where the arm began to move like this."""
        floor = 0.25 * self._lags[0]
        back = 0
        newest = self._ticks >> 2
        while back < _BACK - 1 and back < newest and self._energies[(newest - back) % _BACK] > floor:
            back += 1
        span = back * 4.0
        first = self._ticks - span
        if first < self._last + self._period:
            first = self._last + self._period
        steps = int((self._ticks - first) / self._period + 0.5)
        self.is_walking = True
        self._phase = 0.0
        self._peak = float(self._ticks)
        for i in range(steps - 1, -1, -1):
            self._step(self._ticks - i * self._period)

    def _turn(self, b):
        """One value on: the oscillator, leaning on peaks of the band-passed magnitude."""
        phase = self._phase + 1.0 / self._period
        b1 = self._b1
        if b1 > b and b1 >= self._b2 and b1 * b1 > _PEAK * _PEAK * self._lags[0]:
            bend = self._b2 - 2.0 * b1 + b
            late = 1.0
            if bend < 0.0:
                late -= 0.5 * (self._b2 - b) / bend
            error = phase - late / self._period  # phase at the peak: 0 when in step
            error -= int(error + 0.5) if error > 0 else -int(0.5 - error)
            phase -= _PULL * error
            self._vouch(self._ticks - late)
        if phase >= 1.0:
            phase -= 1.0
            if self._holding < _HELD:
                self._held[self._holding] = self._ticks - phase * self._period
                self._holding += 1
            self._release()
        self._phase = phase

    def _vouch(self, peak):
        """A peak at that time: the steps up to it were real, unless nothing moved since the peak before."""
        if peak - self._peak > _PAUSE * self._period:
            kept = 0
            for i in range(self._holding):
                at = self._held[i]
                if at < self._peak + 0.4 * self._period or at > peak - 0.6 * self._period:
                    self._held[kept] = at
                    kept += 1
            self._holding = kept
        self._peak = peak

    def _release(self):
        """Emit the held steps that a peak vouches for, while there is no doubt about the walk."""
        if self._evidence <= _DOUBT:
            return
        limit = self._peak + 0.4 * self._period
        done = 0
        while done < self._holding and self._held[done] <= limit:
            self._step(self._held[done])
            done += 1
        if done:
            for i in range(done, self._holding):
                self._held[i - done] = self._held[i]
            self._holding -= done

    def _step(self, tick):
        """A step at a time in 13 Hz values: into samples, out as an event."""
        self._last = tick
        at = tick * _EVERY - 4.0
        if at < 0.0:
            at = 0.0
        self.last_stride = int(at)
        event = Event(STEP, int(at), at - int(at), self.decided)
        event.stride_s = 2.0 * self._period / _RATE
        event.quality = self.quality
        self._emit(event)
