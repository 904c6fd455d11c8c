# SPDX-License-Identifier: MIT
"""Wrist steps: counting from |acc| alone, by how well the last seconds repeat at the arm's own period.

in    sums of |a| and its square over ticks of 8 samples: no gyro, any way round, any hand, any 12.5 Hz watch; up, which
      says whether the arm hangs
out   a STEP event per step of either foot, direction unknown; the first ones of a bout come late, all at once
keeps a rhythm (rhythm.py) and 16 held steps; allocates per step only
from  every number below was chosen looking at 24 people; bench/wrist.py and docs/alerts.md show what it gives on them
but   of |a| what a vibration adds to it is taken off, and a rhythm of the motor on a resting arm is none
      1. evidence is summed up over time instead of asked three times: regular walks open early, driving never
      2. an oscillator at the found period places the steps and leans on peaks, so a missing peak costs nothing
      3. a step counts only when a peak vouches for it: a glance at the watch after the walk is none
      4. from an arm that hangs a weaker rhythm is enough if its period stays: uneven walkers do not repeat well
not   direction: no common sign was found in eight wrist features of eight people
"""

from math import sqrt

from retrostep.compat import const
from retrostep.events import STEP, Event
from retrostep.gait.rhythm import RATE_HZ, Rhythm
from retrostep.units import TICK

_HELD = const(16)  # steps held while in doubt
_OPEN_AT = const(0.42)  # correlation from which evidence grows: real walks 0.6-0.95, driving 0.43 at its p95
_STEADY_AT = const(0.24)  # the same of an arm that hangs, at a period that stays within _STEADY from look to look
_STEADY = const(0.04)
_STEADY_MOST = const(0.12)  # which takes 4 s at least to open a bout
_FRESH = const(0.5)  # share of the strength that the last 0.7 s have: a gesture rings on in the memory, at one period
_HANGS = const(0.85)  # of g along an edge of the board: 92 % of walks (weda), 4 to 12 % of driving and desk
_OPEN = const(0.5)  # evidence (correlation above _OPEN_AT x seconds) that opens a bout
_FULL = const(1.0)  # evidence kept at most: a bout outlives about 3 s of turning round
_DOUBT = const(0.30)  # evidence below which steps are held back
_SD_MIN = const(0.5)  # m/s^2, RMS of band-passed |a|: slow old walkers 0.5-0.6 (weda D01, p5), desk work 0.1
_SD_HANGS = const(0.25)  # the same of an arm that hangs and a period that stays
_STILL = const(0.12)  # share of the bout's energy below which the arm has stopped
_ROUGH = const(1.4)  # energy above 6 Hz for band energy: walks 0.9, jogging 0.8 at their p95, clapping 1.6-3.3 (weda)
_PEAK = const(0.7)  # strengths (RMS) a peak needs to vouch for the steps up to it
_PAUSE = const(2.6)  # steps without such a peak: a pause, its steps are dropped
_PULL = const(0.15)  # of the phase error a peak takes away
_BEGIN_SURE = const(0.25)  # share of the energy at the opening from which the bout is surely one
_BEGIN_LONG = const(8)  # so many energies of it (2.5 s), then the first steps, which swing less, are credited too
_BEGIN = const(0.1)
_BEATS = const(24)  # chunks after a buzz in which more is asked: 3 s, two beats of the slowest metronome
_RESTED = const(3)  # chunks at rest, more than in motion, from which the beat is the motor's own and not an arm's
_REST_MOST = const(5)


class WristSteps:
    """Steps at the wrist. `emit(event)` is called with a STEP event, in rising order of time."""

    def __init__(self, emit):
        self._emit = emit
        self.swing = None  # gait.forearm's, where there is a gyroscope: see Rhythm.look
        self.up = None  # unit vector in the sensor's frame, where the sensor is at a wrist
        self.quality = 0  # flags of the chunk, put onto its events: set by the engine
        self.last_stride = -1000000  # sample index of the last step
        self.index = 0  # samples seen
        self.decided = 0
        self.is_walking = False
        self.is_slow = False  # the period found first is half of a step's: see gait.armway
        self._rhythm = Rhythm()
        self._skipped = 0.0  # 13 Hz values that were lost
        self._count = 0  # in the running average
        self._sum = 0.0
        self._squares = 0.0
        self._evidence = 0.0
        self._period = 0.0  # values per step
        self._looked = 0.0  # the period of the last look
        self._phase = 0.0
        self._held = [0.0] * _HELD
        self._holding = 0
        self._peak = 0.0  # value number of the last peak that vouched for steps
        self._last = -1000.0  # value number of the last step
        self._runs = False  # the motor, now: what is rough is its own
        self._beats = 0  # chunks for which the motor is still suspected
        self._rest = 0  # chunks at rest less chunks in motion

    @property
    def step_hz(self):
        """Steps a second of the bout."""
        return RATE_HZ / self._period if self._period > 0.0 else 0.0

    @property
    def strength(self):
        """Energy of the rhythm, (m/s^2)^2."""
        return self._rhythm.strength

    def feed(self, count, ticks, lengths, squares, shake=0.0):
        """`count` samples, following the last ones. ticks: so many ticks end in them. lengths[k], squares[k]: sums of
        |a| (m/s^2) and its square to the end of tick k; [ticks]: of all. shake: how much longer they are on average
        than their mean vector, which is what a vibration adds to a length."""
        self.decided = self.index + count
        level = 9.8 + shake
        n = self._count
        total = self._sum
        square = self._squares
        done = 0
        length = power = 0.0  # up to there
        for k in range(ticks):
            end = done + TICK - n
            part = lengths[k] - length
            less = part - level * (end - done)
            mean = (total + less) / TICK
            # of (a - level)^2: a^2 - level (a + (a - level))
            square += squares[k] - power - level * (part + less)
            self._tick(mean, square / TICK - mean * mean)
            done = end
            length = lengths[k]
            power = squares[k]
            n = 0
            total = square = 0.0
        part = lengths[ticks] - length
        less = part - level * (count - done)
        self._count = n + count - done
        self._sum = total + less
        self._squares = square + squares[ticks] - power - level * (part + less)
        self.index += count

    def motor(self, runs, rests, moves):
        """A chunk begins: does the motor run in it, does the arm rest or move? A beat on a resting arm is no step."""
        self._runs = runs
        if runs:
            self._beats = _BEATS
        elif self._beats:
            self._beats -= 1
        if rests:
            if self._rest < _REST_MOST:
                self._rest += 1
        elif moves and self._rest:
            self._rest -= 1

    def slow(self, is_double):
        """The bout has longer steps than look() finds; is_double: what was counted is half of them."""
        self.is_slow = True
        if is_double:
            self._period *= 2.0
            self._phase *= 0.5
            self._holding >>= 1

    def brisk(self, is_double):
        """It has not; is_double: and was not counted so."""
        self.is_slow = False
        if not is_double:
            self._period *= 0.5

    def gap(self, lost):
        """`lost` samples never came: the index moves on, the bout ends, the memory of its rhythm stays."""
        self._close()
        self.index += lost
        self._skipped = self.index / TICK - self._rhythm.ticks
        self._count = 0
        self._sum = self._squares = 0.0

    def finish(self):
        """The session is over: steps still in doubt are dropped."""
        self._close()

    def _close(self):
        if self.is_walking:
            self._release()
        self.is_walking = self.is_slow = False
        self._holding = 0
        self._evidence = 0.0

    def _tick(self, x, rough):
        """One 13 Hz value."""
        rhythm = self._rhythm
        b = rhythm.push(x, rhythm.rough if self._runs else rough)
        if self.is_walking:
            self._turn(b)
        rhythm.shift(b)
        if rhythm.ticks & 3 == 0:
            if self.is_walking or rhythm.strength >= _SD_HANGS * _SD_HANGS:
                self._judge()
            else:  # too little for a walk, whatever it looks like
                self._evidence = max(0.0, self._evidence - _OPEN_AT * (4.0 / RATE_HZ))

    def _judge(self):
        """Three times a second: is this a walk, and at which period?"""
        rhythm = self._rhythm
        rhythm.look(self._period if self.is_walking else 0.0, self.swing, self.is_slow)
        strength = rhythm.strength
        sd = sqrt(strength)
        is_weak = sd < _SD_MIN
        r = rhythm.correlation
        if rhythm.rough > _ROUGH * strength or (self._beats and self._rest >= _RESTED):
            r = 0.0
        hangs = not self._beats and self._hangs()
        gain = r - _OPEN_AT
        if hangs and sd > _SD_HANGS and rhythm.energy > _FRESH * strength and self._is_steady(rhythm.period):
            gain = min(_STEADY_MOST, gain) if is_weak else max(gain, min(_STEADY_MOST, r - _STEADY_AT))
        elif is_weak:
            gain = -_OPEN_AT
        self._looked = rhythm.period
        evidence = self._evidence + gain * (4.0 / RATE_HZ)
        self._evidence = min(_FULL, max(0.0, evidence))
        if not self.is_walking:
            if self._evidence >= _OPEN:
                self._period = rhythm.period
                self._open()
            return
        self._period += 0.3 * (rhythm.period - self._period)
        if rhythm.energy < _STILL * strength or self._evidence <= 0.0 or sd < 0.7 * (_SD_HANGS if hangs else _SD_MIN):
            self._close()

    def _hangs(self):
        up = self.up
        return up is not None and not (-_HANGS < up[0] < _HANGS and -_HANGS < up[1] < _HANGS)

    def _is_steady(self, period):
        return -_STEADY * self._looked < period - self._looked < _STEADY * self._looked

    def _open(self):
        """A bout: credit it back to where the arm began to move like this."""
        rhythm = self._rhythm
        now = rhythm.ticks
        back = rhythm.moved(_BEGIN_SURE)
        if back >= _BEGIN_LONG:
            back = rhythm.moved(_BEGIN)
        first = max(now - back * 4.0, self._last + self._period)
        steps = int((now - first) / self._period + 0.5)
        self.is_walking = True
        self._phase = 0.0
        self._peak = float(now)
        for i in range(steps - 1, -1, -1):
            self._step(now - i * self._period)

    def _turn(self, b):
        """One value on: the oscillator, leaning on peaks of the band-passed magnitude."""
        rhythm = self._rhythm
        now = rhythm.ticks
        phase = self._phase + 1.0 / self._period
        b1 = rhythm.b1
        if b1 > b and b1 >= rhythm.b2 and b1 * b1 > _PEAK * _PEAK * rhythm.strength:
            bend = rhythm.b2 - 2.0 * b1 + b
            late = 1.0
            if bend < 0.0:
                late -= 0.5 * (rhythm.b2 - b) / bend
            error = phase - late / self._period  # phase at the peak: 0 when in step
            error -= int(error + 0.5) if error > 0 else -int(0.5 - error)
            phase -= _PULL * error
            self._vouch(now - late)
        if phase >= 1.0:
            phase -= 1.0
            if self._holding < _HELD:
                self._held[self._holding] = now - phase * self._period
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

    def _step(self, value):
        """A step at a time in 13 Hz values: into samples, out as an event."""
        self._last = value
        at = (value + self._skipped) * TICK - 4.0
        if at < 0.0:
            at = 0.0
        self.last_stride = int(at)
        event = Event(STEP, int(at), at - int(at), self.decided)
        event.stride_s = 2.0 * self._period / RATE_HZ
        event.quality = self.quality
        self._emit(event)
