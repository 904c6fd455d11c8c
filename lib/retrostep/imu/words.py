# SPDX-License-Identifier: MIT
"""Words: what an LSM6DS FIFO hands out becomes samples; a gyro word never meets a foreign acc word.

in    raw bytes of a burst read: tagged words of 7 bytes (LSM6DSOX, ISM330DHCX, LSM6DSO32); imu.pattern has the others
out   int16 counts gyro x y z, acc x y z, in chip axes, into a preallocated array('h'); `gap` samples known to
      be lost and `gap_at`, the sample of this batch before which they are missing
keeps half a sample between two reads; allocates one tuple for seven samples
from  ST LSM6DSOX DS12814 9.46 FIFO_DATA_OUT_TAG
but   1. the tag's parity is even over all eight bits; a word that breaks it is dropped and counted
      2. words in their usual order are copied seven samples at a time (0.06 ms a sample on an RP2040); any other word
         in a read has all of it taken word by word (0.34 ms)
not   how many samples an overrun lost: a tag counts slots modulo 4 only, device/imu.py adds the clock
"""
from array import array
from struct import pack_into, unpack_from

SAMPLE = 6  # counts a sample
TAG_GYRO = 1
TAG_ACC = 2
TAGGED_BYTES = 7
_UNIT = 7  # samples copied at a time: half a batch of 13, or the whole in two
PLAIN = "<42h"
_FROM_TAGGED = "<xhhhxhhhxhhhxhhhxhhhxhhhxhhhxhhhxhhhxhhhxhhhxhhhxhhhxhhh"
_GYRO_TAGS = b"\x09\x0a\x0c\x0f"  # of the four time slots; that of the accelerometer is 8 more


def room(decoder, words):
    """Bytes that `raw` must have so that `words` words can be copied in whole units."""
    unit = _UNIT * decoder.words_per_sample
    return -(-words // unit) * unit * decoder.word_bytes


def copy(raw, layout, sample_bytes, out, samples):
    """`samples` samples in their usual order, in whole units: up to six more are written after them."""
    for k in range(0, samples, _UNIT):
        pack_into(PLAIN, out, 2 * SAMPLE * k, *unpack_from(layout, raw, sample_bytes * k))


def _odd(value):
    value ^= value >> 4
    value ^= value >> 2
    value ^= value >> 1
    return value & 1


class Tagged:
    """Tagged words.  bit 7..3 sensor | 2..1 time slot modulo 4 | 0 parity, then x y z, little-endian int16."""

    word_bytes = TAGGED_BYTES
    words_per_sample = 2

    def __init__(self):
        self._half = array("h", [0] * SAMPLE)
        self.damaged = 0
        self.restart()

    def restart(self):
        """Forget the half sample and the slot: the FIFO was emptied."""
        self._slot = -1
        self._have = 0
        self.held = 0  # words of half a sample
        self.gap = 0
        self.gap_at = 0

    def decode(self, raw, words, out, pattern=0):
        """Samples written to `out` from its start; `gap` and `gap_at` are set for this batch."""
        self.gap = 0
        self.gap_at = 0
        if self._is_usual(raw, words):
            copy(raw, _FROM_TAGGED, 2 * TAGGED_BYTES, out, words >> 1)
            return words >> 1
        half = self._half
        count = 0
        at = 0
        for _ in range(words):
            tag = raw[at]
            sensor = tag >> 3
            if _odd(tag):
                self.damaged += 1
            elif sensor == TAG_GYRO or sensor == TAG_ACC:
                slot = (tag >> 1) & 3
                if slot != self._slot or self._have & sensor:
                    missing = (slot - self._slot - 1) & 3 if self._slot >= 0 else 0
                    if self._have == TAG_GYRO or self._have == TAG_ACC:
                        missing += 1  # the slot before never got its other half
                    if missing:
                        if not self.gap:
                            self.gap_at = count
                        self.gap += missing
                    self._slot = slot
                    self._have = 0
                base = 0 if sensor == TAG_GYRO else 3
                for axis in range(3):
                    value = raw[at + 1 + 2 * axis] | raw[at + 2 + 2 * axis] << 8
                    half[base + axis] = value - 65536 if value > 32767 else value
                self._have |= sensor
                if self._have == 3:
                    start = count * SAMPLE
                    for axis in range(SAMPLE):
                        out[start + axis] = half[axis]
                    count += 1
            at += TAGGED_BYTES
        self.held = 1 if self._have == TAG_GYRO or self._have == TAG_ACC else 0
        return count

    def _is_usual(self, raw, words):
        """Whole samples, gyro first, in the slots that are due. Then they count as seen."""
        if words & 1 or self.held or len(raw) < room(self, words):
            return False
        slot = self._slot + 1 if self._slot >= 0 else raw[0] >> 1
        tags = _GYRO_TAGS
        for at in range(0, words * TAGGED_BYTES, 2 * TAGGED_BYTES):
            tag = tags[slot & 3]
            if raw[at] != tag or raw[at + TAGGED_BYTES] != tag + 8:
                return False
            slot += 1
        self._slot = (slot - 1) & 3
        self._have = TAG_GYRO | TAG_ACC
        return True
