# SPDX-License-Identifier: MIT
"""Engine: int16 batches in, events out. Ties quality, mount, gait and balance; what replay and the board run.

in    words: array('h'), six counts a sample (gyro x y z, accelerometer x y z), any rotation of the chip
out   emit(Event) the moment an event is decided: STEP, TURN, STUMBLE, FALL, WOBBLE, DOUBT, CHECK
keeps about 20 kB; index is the only clock
but   re-cuts its input into chunks of units.CHUNK, so batch sizes change nothing; while a stumble is possible it
      looks for one in the middle of a chunk as well

The seam to gait.wrist and balance, per chunk, is one imu.chunk.Chunk that is reused (copy what you keep).
Calls: WristSteps(emit).motor(runs, rests, moves), .feed(CHUNK, ticks, ...), .gap(lost), .finish(); Stumble(emit,
placement, alerts).chunk(chunk); Fall(...).chunk(chunk); Wobble(...).stride(event) for every own-leg
STEP that is decided, with event as emitted; balance parts have .gap(lost) if they need one.
"""

from array import array
from math import sqrt

from retrostep import events
from retrostep import units
from retrostep.compat import const, staggered
from retrostep.imu.chunk import Chunk
from retrostep.imu.quality import CLIP, Quality
from retrostep.mount.axis import Axis
from retrostep.units import CHUNK

_AFTER_BUZZ = const(26)  # samples a motor rings on after it is switched off: 0.25 s
_WALKING = const(229)  # samples since the last contact that still count as walking: 2.2 s
_RISING = const(0.6)  # stumble score; walking is above it 1-8 % of the time (41 recordings of people, longest 2.8 s)
_EARLY = const(7)  # samples of a chunk after which a stumble is looked for: 67 ms and 58 ms instead of 125
_TENSE = const(52)  # samples that the loop keeps its hands free after that: 0.5 s (docs/alerts.md, "What is felt")
_REPEATS = const(3)  # equal samples in a row that no walking leg makes; in the corpus only rounded wrists at rest do
_REST_W2 = const(0.2925)  # (rad/s)^2 summed over a chunk, 13 x 0.15^2: an arm that rests
_REST_A = const(0.6)  # m/s^2 from its least to its largest, likewise
_STILL = const(1040)  # samples without movement after which nobody is about to step, stumble or lie fallen: 10 s
_MOVE_W2 = const(3.25)  # 13 x 0.5^2: an arm that moves while the motor shakes it
_BRIDGED = const(208)  # lost samples that are bridged by the last acceleration at zero rate; more restart the gait


class Engine:
    """feed() it samples; it calls emit(event)."""

    def __init__(
        self, placement, emit, acc_range_g=None, gyro_range_dps=None, has_gyro=True, mount=None, side="unknown",
        alerts="usual"
    ):
        ranges = units.RANGES[placement]
        self.placement = placement
        self._emit_out = emit
        self._acc_scale = units.acc_scale(acc_range_g or ranges[0])
        self._gyro_scale = units.gyro_scale(gyro_range_dps or ranges[1])
        self._has_gyro = has_gyro
        self.index = 0
        self._words = array("h", [0] * (6 * CHUNK + 6))  # the last sample of the chunk before, then a chunk
        self._view = memoryview(self._words)
        self._rows = staggered(self._words)
        self._fill = 0
        self._odd = False  # the first sample of this chunk completes a pair
        self._offset = 0  # sample index of tick t = 2 t + offset
        self._buzz_until = -1
        self._risen = -_TENSE
        self._moved = 0
        self._still_from = 0  # sample index from which the sensor has repeated one value
        self._quality = Quality()
        self._axis = Axis()
        self._kept = mount  # handed on by those who cannot use it
        self._memory = self._side = self._wobble = None
        self._sagittal = None
        self._leg = None
        self._wrist = self._way = None
        if placement == "wrist" or not has_gyro:
            from retrostep.gait.wrist import WristSteps
            from retrostep.imu.ticks import ArmChunk

            self._chunk = ArmChunk(self._acc_scale, self._gyro_scale)
            self._wrist = WristSteps(self._emit)
            if placement == "wrist":
                self._wrist.up = self._axis.u
            if placement == "wrist" and has_gyro:
                from retrostep.gait.armway import ArmWay

                self._way = ArmWay(emit, side, self._acc_scale, self._gyro_scale)
                self._wrist.swing = self._way.arm.swing
        else:
            self._chunk = Chunk(self._acc_scale, self._gyro_scale)
            # mount first and wobble last: in another order a heap of 192 kB had no 2.7 kB left in one piece
            from retrostep.mount.memory import Memory
            from retrostep.mount.polarity import Polarity

            from retrostep.gait.bouts import Bouts  # isort: skip
            from retrostep.gait.sagittal import Sagittal  # isort: skip

            self._memory = Memory(mount)
            self._side = Polarity(self._memory)
            if self._memory.is_known():
                self._axis.start(self._memory.axis)
                self._side.begin(self._axis.v)
            self._sagittal = Sagittal(placement == "foot")
            if placement == "foot":
                from retrostep.gait.shoe import Shoe

                self._bouts = Bouts(self._emit, units.RATE_HZ, 468, 0.1, 4.5)
                self._leg = Shoe(self._sagittal, self._bouts, self._emit_out)
            else:
                from retrostep.gait.leg import Leg
                from retrostep.mount.doubts import Doubts

                self._bouts = Bouts(self._emit, units.RATE_HZ, 350, pair=8.0, by_angle=True)
                self._leg = Leg(self._sagittal, self._bouts, self._emit_out, self._side, Doubts(self._emit_out))
        from retrostep.balance.fall import Fall
        from retrostep.balance.stumble import Stumble

        self._stumble = Stumble(emit, placement, alerts)
        self._balance = [self._stumble, Fall(emit, placement, alerts)]
        if self._wrist is None:  # an arm has no strides of its own
            from retrostep.balance.wobble import Wobble

            self._wobble = Wobble(emit, placement, alerts)
            self._balance.append(self._wobble)
        self._last_stride = -(1 << 20)

    def feed(self, words, count, start=0, quality=0):
        """`count` samples from sample `start` of `words`; quality = flags the driver raised for them."""
        if quality:
            self._quality.raise_flags(quality, self.index)
        source = memoryview(words)
        view = self._view
        fill = self._fill
        end = start + count
        while start < end:
            size = self.due()
            if size > end - start:
                size = end - start
            at = 6 * (1 + fill)
            view[at : at + 6 * size] = source[6 * start : 6 * (start + size)]
            start += size
            fill += size
            self.index += size
            self._fill = fill
            if fill == CHUNK:
                self._fill = fill = 0
                self._process()
            elif fill == _EARLY and self._stumble.is_listening:
                self._look_early()

    def due(self):
        """Samples until the engine judges what it has: worth reading the sensor for."""
        fill = self._fill
        if fill < _EARLY and self._stumble.is_listening:
            return _EARLY - fill
        return CHUNK - fill

    def gap(self, lost):
        """`lost` samples never arrived: a short gap is bridged at rest, so that strides keep their places."""
        self._quality.raise_flags(events.Q_GAP, self.index)
        bridged = lost if lost <= _BRIDGED else _BRIDGED
        last = self._view[6 * self._fill : 6 * self._fill + 6]
        still = array("h", [0, 0, 0, last[3], last[4], last[5]])
        for _ in range(bridged):
            self.feed(still, 1)
        if lost > bridged:
            # the clock jumps: everything before it is closed, ticks go on under a new offset
            self._offset += lost - bridged
            self.index += lost - bridged
            if self._wrist is not None:
                self._wrist.gap(lost - bridged)
                self._chunk.restart()
            if self._way is not None:
                self._way.gap()
            for part in self._balance:
                part.gap(lost - bridged)
        self._quality.raise_flags(events.Q_GAP, self.index)

    def buzzing(self, samples):
        """The motor runs for the next `samples` samples."""
        self._buzz_until = self.index + samples + _AFTER_BUZZ

    def finish(self):
        """The session is over: whatever is held is labelled and emitted."""
        if self._leg is not None:
            self._leg.finish(self._offset)
        if self._wrist is not None:
            self._wrist.finish()
        if self._way is not None:
            self._way.finish()

    def check(self):
        """A guided check begins: the next steps are forward on purpose. A CHECK event says how it went.

        False where there is nothing to check (shoe, wrist) or no room for it.
        """
        if self.placement != "ankle" or self._leg is None:
            return False
        try:
            from retrostep.mount.check import Check
        except MemoryError:
            return False
        self._side.check = Check(self.index)
        return True

    @property
    def stumble_score(self):
        """Score of the last chunk, 1.0 alerts."""
        return self._stumble.score

    @property
    def is_tense(self):
        """The stumble score rose within the last half second: a loop puts off what takes long, such as a flush."""
        return self.index - self._risen < _TENSE

    @property
    def is_still(self):
        """Nothing has turned this sensor for 10 s: a loop may take its time."""
        return self.index - self._moved >= _STILL

    def mount_memory(self):
        """At most 32 bytes that mount= takes back at the next boot."""
        return self._memory.pack() if self._memory is not None else self._kept or b""

    def probe(self, see):
        """For benches: see(dict) with the witnesses of each own-leg stride, in order. Left off a board."""
        if self._leg is not None:
            self._leg.probe = see

    def _emit(self, event):
        # a contact put into a run of equal samples (the closing tail of a recording, a stuck sensor) was not measured
        if event.index >= self._still_from and self.index - self._still_from >= _REPEATS:
            return
        self._last_stride = event.index
        if self._way is not None:
            self._way.step(event)
            return
        self._emit_out(event)
        if not event.inferred and self._wobble is not None:
            self._wobble.stride(event)

    def _find_repeats(self):
        words = self._words
        k = 6 * CHUNK
        for j in range(CHUNK, 0, -1):
            for channel in range(k, k + 6):
                if words[channel] != words[channel - 6]:
                    self._still_from = self.index - CHUNK + j - 1
                    return
            k -= 6

    def _look_early(self):
        """In the middle of a chunk: has a stumble begun?"""
        chunk = self._chunk
        words = self._words
        chunk.add(self._rows, _EARLY)
        chunk.start = self.index - _EARLY
        if chunk.start < self._buzz_until:
            return
        jolt = chunk.jolt()
        if not self._stumble.leans(chunk, _EARLY, jolt):
            return
        off = chunk.off(words, self._axis.v) if chunk.v is not None else 0.0
        if self._stumble.early(chunk, _EARLY, jolt, off):
            self._risen = self.index

    def _process(self):
        words = self._words
        chunk = self._chunk
        index = self.index
        ka = self._acc_scale
        kg = self._gyro_scale
        rows = self._rows
        chunk.add(rows, CHUNK)
        chunk.close()
        mean = chunk.mean_acc
        sum_w2 = chunk.sum_w2
        max_a = chunk.max_a
        max_w = chunk.max_w
        if words[6 * CHUNK] != words[6 * CHUNK - 6]:
            self._still_from = index - 1
        else:
            self._find_repeats()
        start = chunk.start = index - CHUNK
        if sum_w2 >= _REST_W2:
            self._moved = index
        quality = self._quality
        if chunk.is_stuck(self._has_gyro):
            quality.raise_flags(events.Q_STUCK, index)
        is_near = max_w >= CLIP * kg or max_a >= CLIP * ka
        quality = chunk.quality = quality.chunk(words, 1, CHUNK, start, is_near)
        runs = chunk.is_buzzing = start < self._buzz_until
        axis = self._axis
        leg = self._leg
        axis.chunk(words, 1, CHUNK, mean, sum_w2 / CHUNK if leg is not None else 0.0, kg)  # an arm has only up
        up = chunk.u = axis.u
        if leg is not None:
            first, pairs = (0, 7) if self._odd else (1, 6)
            self._odd = not self._odd
            sagittal = self._sagittal
            v = axis.v
            sagittal.chunk(rows, first, pairs, chunk.a, chunk.w2, up, v, ka, kg)
            leg.chunk(up, v, ka, kg, self._offset, quality)
            if axis.is_learnt:
                chunk.v = v
                chunk.sum_s2 = sagittal.power * CHUNK / pairs
            else:
                chunk.v = None
                chunk.sum_s2 = 0.0
        else:
            self._wrist.quality = quality
            if runs:  # only the rate tells an arm from the motor
                rests = self._has_gyro and sum_w2 < _REST_W2
                moves = sum_w2 > _MOVE_W2
            else:
                rests = sum_w2 < _REST_W2 and max_a - chunk.min_a < _REST_A
                moves = not rests
            self._wrist.motor(runs, rests, moves)
            x, y, z = mean
            shake = chunk.mean_a - sqrt(x * x + y * y + z * z)
            self._wrist.feed(CHUNK, chunk.ticks, chunk.lengths, chunk.squares, shake)
            if self._way is not None:
                self._way.chunk(chunk.sums, chunk.ticks, up, index, self._wrist)
        since = chunk.since_stride = index - self._last_stride
        chunk.is_walking = since < _WALKING
        for part in self._balance:
            part.chunk(chunk)
        if self._stumble.score >= _RISING:
            self._risen = index
        words[0] = words[6 * CHUNK]  # no garbage, as two slices would make
        words[1] = words[6 * CHUNK + 1]
        words[2] = words[6 * CHUNK + 2]
        words[3] = words[6 * CHUNK + 3]
        words[4] = words[6 * CHUNK + 4]
        words[5] = words[6 * CHUNK + 5]
