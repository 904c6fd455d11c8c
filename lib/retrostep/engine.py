# SPDX-License-Identifier: MIT
"""Engine: int16 batches in, events out. Ties quality, mount, gait and balance; what replay and the board run.

in    words: array('h'), six counts a sample (gyro x y z, accelerometer x y z), any rotation of the chip
out   emit(Event) the moment an event is decided: STEP, TURN, STUMBLE, FALL, WOBBLE
keeps about 20 kB; index is the only clock
but   re-cuts its input into chunks of units.CHUNK, so batch sizes change nothing

The seam to gait.wrist and balance, per chunk, one `Chunk` object that is reused (copy what you keep). On the
board every load, multiplication or store costs 3 us, so the sums are made once, here, and there are no arrays of
acceleration or rate by axis:
    chunk.start     sample index of its first sample (int)
    chunk.n         always units.CHUNK
    chunk.a         array('f'), CHUNK: |acc|, m/s^2
    chunk.w         array('f'), CHUNK: |gyr|, rad/s (zeros without a gyro)
    chunk.sum_a2    sum over the chunk of (|acc| - g)^2
    chunk.sum_w2    sum over the chunk of |gyr|^2
    chunk.sum_s2    sum over the chunk of (gyr . v)^2; 0.0 while v is unknown
    chunk.max_a, chunk.max_w   largest |acc|, |gyr| in the chunk
    chunk.mean_acc  list of 3: mean acceleration of the chunk, m/s^2, sensor frame (for posture)
    chunk.u         list of 3: unit vector up along the leg (slow mean of acceleration)
    chunk.v         list of 3: unit mediolateral axis in the sensor frame, or None while unknown (and at the wrist)
    chunk.is_walking  bool: a bout is open and the last stride's contact is < 2.2 s old
    chunk.since_stride  samples since the last own-leg stride's contact (large when none)
    chunk.quality   Q_* flags that stand for this chunk
    chunk.is_buzzing  bool: the motor ran in this chunk or just before; do not alarm
Calls: WristSteps(emit).feed(chunk.a, CHUNK), .gap(lost), .finish(); Stumble(emit, placement).chunk(chunk);
Fall(emit, placement).chunk(chunk); Wobble(emit, placement).stride(event) for every own-leg STEP that is decided,
with event as emitted; balance parts have .gap(lost) if they need one.
"""

import math
from array import array

from retrostep import events
from retrostep import units
from retrostep.imu.quality import Quality
from retrostep.mount.axis import Axis
from retrostep.units import CHUNK

_AFTER_BUZZ = 26  # samples a motor rings on after it is switched off: 0.25 s
_WALKING = 229  # samples since the last contact that still count as walking: 2.2 s


class Chunk:
    """One chunk in SI units; see the head of this file."""

    def __init__(self):
        self.start = 0
        self.n = CHUNK
        self.a = array("f", [0.0] * CHUNK)
        self.w = array("f", [0.0] * CHUNK)
        self.sum_a2 = 0.0
        self.sum_w2 = 0.0
        self.sum_s2 = 0.0
        self.max_a = 0.0
        self.max_w = 0.0
        self.mean_acc = [0.0, 0.0, 0.0]
        self.u = None
        self.v = None
        self.is_walking = False
        self.since_stride = 1 << 20
        self.quality = 0
        self.is_buzzing = False


class Engine:
    """feed() it samples; it calls emit(event)."""

    def __init__(self, placement, emit, acc_range_g=None, gyro_range_dps=None, has_gyro=True, mount=None):
        ranges = units.RANGES[placement]
        self.placement = placement
        self._emit_out = emit
        self._acc_scale = units.acc_scale(acc_range_g or ranges[0])
        self._gyro_scale = units.gyro_scale(gyro_range_dps or ranges[1])
        self._has_gyro = has_gyro
        self.index = 0
        self._words = array("h", [0] * (6 * CHUNK))
        self._fill = 0
        self._chunk = Chunk()
        self._buzz_until = -1
        self._quality = Quality()
        self._axis = Axis()
        self._gait = None
        self._wrist = None
        if placement == "wrist" or not has_gyro:
            try:
                from retrostep.gait.wrist import WristSteps

                self._wrist = WristSteps(self._emit)
            except ImportError:  # the room is being furnished
                pass
        else:
            from retrostep.gait.ankle import Ankle

            self._gait = Ankle(self._emit)
        self._balance = []
        self._wobble = None
        self._load_balance(placement)

    def _load_balance(self, placement):
        try:
            from retrostep.balance.stumble import Stumble
            from retrostep.balance.fall import Fall
            from retrostep.balance.wobble import Wobble
        except ImportError:  # the room is being furnished
            return
        self._balance = [Stumble(self._emit_out, placement), Fall(self._emit_out, placement)]
        self._wobble = Wobble(self._emit_out, placement)

    def _emit(self, event):
        self._emit_out(event)
        if self._wobble is not None and event.kind == events.STEP and not event.inferred:
            self._wobble.stride(event)

    def feed(self, words, count, start=0, quality=0):
        """`count` samples from sample `start` of `words`; quality = flags the driver raised for them."""
        if quality:
            self._quality.raise_flags(quality, self.index)
        own = self._words
        fill = self._fill
        k = 6 * start
        for _ in range(count):
            j = 6 * fill
            own[j] = words[k]
            own[j + 1] = words[k + 1]
            own[j + 2] = words[k + 2]
            own[j + 3] = words[k + 3]
            own[j + 4] = words[k + 4]
            own[j + 5] = words[k + 5]
            k += 6
            fill += 1
            self.index += 1
            if fill == CHUNK:
                fill = 0
                self._process()
        self._fill = fill

    def gap(self, lost):
        """`lost` samples never arrived."""
        self._fill = 0
        self.index += lost
        self._quality.raise_flags(events.Q_GAP, self.index)

    def buzzing(self, samples):
        """The motor runs for the next `samples` samples."""
        self._buzz_until = self.index + samples + _AFTER_BUZZ

    def finish(self):
        """The session is over: whatever is held is labelled and emitted."""
        if self._gait is not None:
            self._gait.finish(self.index)
        if self._wrist is not None:
            self._wrist.finish()

    def mount_memory(self):
        """At most 32 bytes that mount= takes back at the next boot."""
        return b""

    def _process(self):
        words = self._words
        chunk = self._chunk
        acc = chunk.acc
        gyr = chunk.gyr
        ka = self._acc_scale
        kg = self._gyro_scale if self._has_gyro else 0.0
        power = 0.0
        mx = my = mz = 0.0
        j = 0
        for i in range(CHUNK):
            k = 6 * i
            x = words[k] * kg
            y = words[k + 1] * kg
            z = words[k + 2] * kg
            gyr[j] = x
            gyr[j + 1] = y
            gyr[j + 2] = z
            square = x * x + y * y + z * z
            power += square
            chunk.w[i] = math.sqrt(square)
            x = words[k + 3] * ka
            y = words[k + 4] * ka
            z = words[k + 5] * ka
            acc[j] = x
            acc[j + 1] = y
            acc[j + 2] = z
            mx += x
            my += y
            mz += z
            chunk.a[i] = math.sqrt(x * x + y * y + z * z)
            j += 3
        chunk.mean_acc[0] = mx / CHUNK
        chunk.mean_acc[1] = my / CHUNK
        chunk.mean_acc[2] = mz / CHUNK
        chunk.start = self.index - CHUNK
        chunk.quality = self._quality.chunk(words, CHUNK, chunk.start)
        chunk.is_buzzing = chunk.start < self._buzz_until
        axis = self._axis
        axis.chunk(acc, gyr, power / CHUNK)
        chunk.u = axis.u
        if self._gait is not None:
            chunk.v = axis.v if axis.is_learnt else None
            self._gait.chunk(chunk.start, acc, gyr, axis.u, axis.v, chunk.quality)
            chunk.since_stride = self.index - self._gait.last_stride
        if self._wrist is not None:
            self._wrist.quality = chunk.quality
            self._wrist.feed(chunk.a, CHUNK)
            chunk.since_stride = self.index - self._wrist.last_stride
        chunk.is_walking = chunk.since_stride < _WALKING
        for part in self._balance:
            part.chunk(chunk)
