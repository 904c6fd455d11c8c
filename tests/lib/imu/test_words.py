# SPDX-License-Identifier: MIT
"""FIFO words become whole samples or none: a gyro word never meets a foreign acc word."""

import struct
from array import array

from hypothesis import given, settings
from hypothesis import strategies as st
from retrostep.imu import pattern, words


def tag(sensor, slot):
    value = sensor << 3 | (slot & 3) << 1
    return value | bin(value).count("1") & 1


def tagged(samples, first=0):
    """A FIFO's content for samples of six counts: a list of 7-byte words."""
    out = []
    for number, sample in enumerate(samples):
        slot = first + number
        out.append(bytes((tag(words.TAG_GYRO, slot),)) + struct.pack("<3h", *sample[:3]))
        out.append(bytes((tag(words.TAG_ACC, slot),)) + struct.pack("<3h", *sample[3:]))
    return out


def numbered(count):
    """Samples that say who they are: every axis of sample n holds n."""
    return [(n,) * 6 for n in range(1, count + 1)]


def read(decoder, fifo, sizes):
    """Decode `fifo` in reads of `sizes` words; (samples, gaps as (samples before it, lost)).

    Word by word (no room for whole units), and copied where the words allow it: always the same."""
    out, samples, gaps, at = array("h", [0] * 200), [], [], 0
    copied, twin = array("h", [0] * 200), type(decoder)()
    for size in sizes:
        piece = fifo[at : at + size]
        at += size
        raw = b"".join(piece)
        count = decoder.decode(raw, len(piece), out)
        assert twin.decode(raw.ljust(words.room(twin, len(piece)), b"?"), len(piece), copied) == count
        assert (out[: 6 * count], twin.gap, twin.gap_at, twin.held) == (
            copied[: 6 * count],
            decoder.gap,
            decoder.gap_at,
            decoder.held,
        )
        if decoder.gap:
            gaps.append((len(samples) + decoder.gap_at, decoder.gap))
        samples += [tuple(out[6 * n : 6 * n + 6]) for n in range(count)]
    return samples, gaps


def test_whole_fifo_comes_back():
    samples, gaps = read(words.Tagged(), tagged(numbered(26)), [26, 26])
    assert samples == numbered(26)
    assert gaps == []


def test_a_sample_cut_in_two_by_a_read_is_whole_again():
    samples, gaps = read(words.Tagged(), tagged(numbered(13)), [7, 1, 1, 17])
    assert samples == numbered(13)
    assert gaps == []


def test_acc_first_is_the_same_sample():
    fifo = tagged(numbered(4))
    swapped = [fifo[n ^ 1] for n in range(8)]
    assert read(words.Tagged(), swapped, [8])[0] == numbered(4)


def test_a_lost_word_loses_its_sample_and_says_so():
    fifo = tagged(numbered(6))
    del fifo[5]  # the acc word of sample 3
    samples, gaps = read(words.Tagged(), fifo, [11])
    assert samples == [n for n in numbered(6) if n[0] != 3]
    assert gaps == [(2, 1)]


def test_lost_slots_are_counted_modulo_four():
    for lost in (1, 2, 3):
        fifo = tagged(numbered(4)) + tagged(numbered(2), first=4 + lost)
        assert read(words.Tagged(), fifo, [12])[1] == [(4, lost)]


def test_a_damaged_tag_is_dropped_and_counted():
    fifo = tagged(numbered(3))
    fifo[2] = bytes((fifo[2][0] ^ 0x08,)) + fifo[2][1:]
    decoder = words.Tagged()
    samples, gaps = read(decoder, fifo, [6])
    assert decoder.damaged == 1
    assert samples == [(1,) * 6, (3,) * 6]
    assert gaps == [(1, 1)]


def test_other_words_are_passed_over():
    fifo = tagged(numbered(2))
    fifo.insert(1, bytes((tag(4, 0),)) + b"\x11" * 6)  # a timestamp
    assert read(words.Tagged(), fifo, [5])[0] == numbered(2)


@settings(max_examples=200)
@given(
    st.integers(4, 60),
    st.lists(st.integers(0, 119), max_size=12),
    st.lists(st.integers(1, 26), min_size=1, max_size=40),
)
def test_no_loss_of_words_ever_pairs_two_samples(count, lost, sizes):
    fifo = [word for at, word in enumerate(tagged(numbered(count))) if at not in lost]
    sizes = (sizes * (len(fifo) // sum(sizes) + 1)) if fifo else []
    samples, _ = read(words.Tagged(), fifo, sizes)
    whole = [n for n in range(count) if 2 * n not in lost and 2 * n + 1 not in lost]
    # Losing four slots in a row looks like losing none, and half of one may then meet half of the other's namesake.
    if all(second - first < 4 for first, second in zip([-1, *whole], [*whole, count], strict=True)):
        assert all(len(set(sample)) == 1 for sample in samples)
        assert [sample[0] - 1 for sample in samples] == whole


def test_pattern_words_come_back():
    raw = b"".join(struct.pack("<6h", *sample) for sample in numbered(13))
    out = array("h", [0] * 84)
    decoder = pattern.Pattern()
    for padded in (raw, raw.ljust(words.room(decoder, 78))):  # word by word, and copied
        out[:78] = array("h", [0] * 78)
        assert decoder.decode(padded, 78, out) == 13
        assert list(out[:78]) == [n for n in range(1, 14) for _ in range(6)]
        assert decoder.gap == 0


def test_pattern_words_keep_step_over_odd_reads():
    raw = b"".join(struct.pack("<6h", *sample) for sample in numbered(5))
    decoder, out, samples, at = pattern.Pattern(), array("h", [0] * 84), [], 0
    for size in (4, 1, 8, 11, 6):
        count = decoder.decode(raw[2 * at : 2 * (at + size)], size, out, at % 6)
        at += size
        samples += [out[6 * n] for n in range(count)]
        assert decoder.gap == 0
    assert samples == [1, 2, 3, 4, 5]


def test_a_pattern_that_slipped_drops_the_cut_sample():
    raw = b"".join(struct.pack("<6h", *sample) for sample in numbered(3))
    decoder, out = pattern.Pattern(), array("h", [0] * 84)
    assert decoder.decode(raw[:8], 4, out, 0) == 0
    assert decoder.decode(raw[10:], 13, out, 5) == 2  # the fifth word of sample 1 never came
    assert decoder.gap == 1
    assert [out[0], out[6]] == [2, 3]
