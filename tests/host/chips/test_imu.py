# SPDX-License-Identifier: MIT
"""The motion sensor models do what the datasheets say, and the unmodified Adafruit drivers work on them."""

import importlib
import struct

import numpy as np
import pytest
from retrostep_host.virtual import chips

PERIOD = 1 / 104


@pytest.fixture
def quick(monkeypatch, clock):
    """The driver's own sleeps move the virtual clock instead of the wall."""
    lsm = pytest.importorskip("adafruit_lsm6ds")
    monkeypatch.setattr(lsm, "sleep", clock.after)
    monkeypatch.delattr(lsm.GyroRange, "string", raising=False)  # scale tables hang on the class: a fresh one a test
    return lsm


def write(chip, register, *values):
    assert chip.i2c_write(bytes((register, *values)))


def read(chip, register, count):
    chip.i2c_write(bytes((register,)))
    return chip.i2c_read(count)


def start_tagged(chip, watermark=26, mode=6):
    write(chip, 0x10, 0x4C)  # 104 Hz, 8 g
    write(chip, 0x11, 0x48)  # 104 Hz, 1000 dps
    write(chip, 0x07, watermark & 0xFF, watermark >> 8)
    write(chip, 0x09, 0x44)
    write(chip, 0x0D, 0x08)
    write(chip, 0x0A, mode)


def start_pattern(chip, watermark=78):
    write(chip, 0x10, 0x4C)
    write(chip, 0x11, 0x48)
    write(chip, 0x06, watermark & 0xFF, watermark >> 8)
    write(chip, 0x08, 0x09)
    write(chip, 0x0D, 0x08)
    write(chip, 0x0A, 4 << 3 | 6)


def drain_tagged(chip):
    status = read(chip, 0x3A, 2)
    level = status[0] | (status[1] & 3) << 8
    data = read(chip, 0x78, 7 * level)
    return [(data[i] >> 3, data[i] >> 1 & 3, struct.unpack_from("<3h", data, i + 1)) for i in range(0, len(data), 7)]


def ramp(count):
    return np.arange(6 * count, dtype=np.int16).reshape(count, 6)


CASES = [
    ("LSM6DSOX", "lsm6dsox", "LSM6DSOX"),
    ("ISM330DHCX", "ism330dhcx", "ISM330DHCX"),
    ("LSM6DS3TRC", "lsm6ds3trc", "LSM6DS3TRC"),
    ("LSM6DS33", "lsm6ds33", "LSM6DS33"),
    ("LSM6DSO32", "lsm6dso32", "LSM6DSO32"),
]


@pytest.mark.parametrize("name, module, driver", CASES)
def test_unmodified_adafruit_driver_reads_what_the_chip_feels(quick, clock, bus, name, module, driver):
    chip = chips.imu(name, clock)
    sensor = getattr(importlib.import_module(f"adafruit_lsm6ds.{module}"), driver)(bus(chip))
    chip.feed(np.array([[100, -200, 300, 0, 1000, 4098]], dtype=np.int16), 104.0, 8, 1000)
    sensor.accelerometer_range = quick.AccelRange.RANGE_8G
    sensor.gyro_range = quick.GyroRange.RANGE_1000_DPS
    assert chip.acc_range_g == 8 and chip.gyro_range_dps == 1000
    assert sensor.acceleration == pytest.approx((0.0, 2.393, 9.806), abs=0.01)
    assert sensor.gyro == pytest.approx((0.0611, -0.1222, 0.1833), abs=1e-3)
    sensor.gyro_range = quick.GyroRange.RANGE_2000_DPS
    assert sensor.gyro == pytest.approx((0.0611, -0.1222, 0.1833), abs=2e-3)


def test_wrong_chip_is_refused_by_the_driver(quick, clock, bus):
    from adafruit_lsm6ds.lsm6dsox import LSM6DSOX

    with pytest.raises(RuntimeError, match="Failed to find"):
        LSM6DSOX(bus(chips.imu("LSM6DS33", clock)))


def test_recording_waits_for_the_fifo_and_word_one_is_sample_zero(clock):
    chip = chips.imu("LSM6DSOX", clock)
    chip.feed(ramp(200))
    clock.after(5.0)
    start_tagged(chip)
    clock.after(10.5 * PERIOD)
    words = drain_tagged(chip)
    assert [w[0] for w in words] == [1, 2] * 10
    assert words[0][2] == (0, 1, 2) and words[1][2] == (3, 4, 5)
    assert words[-1][2] == (57, 58, 59)
    assert [w[1] for w in words[::2]] == [1, 2, 3, 0, 1, 2, 3, 0, 1, 2]


def test_every_sample_comes_once_however_it_is_read(clock):
    chip = chips.imu("LSM6DSOX", clock)
    chip.feed(ramp(500))
    start_tagged(chip)
    got = []
    random = np.random.default_rng(3)
    while len(got) < 1000:
        clock.after(float(random.uniform(0.0, 0.3)))
        got += drain_tagged(chip)
    expected = ramp(500)
    assert [list(g[2]) + list(a[2]) for g, a in zip(got[0:1000:2], got[1:1000:2], strict=True)] == expected.tolist()
    assert chip.lost == 0


def test_overrun_keeps_the_newest_256_samples_and_stays_latched_until_read(clock):
    chip = chips.imu("LSM6DSOX", clock)
    chip.feed(ramp(400))
    start_tagged(chip)
    clock.after(300.5 * PERIOD)
    status = read(chip, 0x3A, 2)
    assert status[0] | (status[1] & 3) << 8 == 512
    assert status[1] & 0x48 == 0x48
    assert read(chip, 0x3B, 1)[0] & 0x08 == 0
    words = drain_tagged(chip)
    assert words[0][2] == tuple(ramp(400)[44, :3]) and len(words) == 512
    assert chip.lost == 44


def test_fifo_mode_stops_when_full_and_continuous_does_not(clock):
    chip = chips.imu("LSM6DSOX", clock)
    chip.feed(ramp(400))
    start_tagged(chip, mode=1)
    clock.after(300.5 * PERIOD)
    assert drain_tagged(chip)[0][2] == (0, 1, 2)


def test_int1_rises_at_the_watermark_and_falls_when_drained(clock):
    chip = chips.imu("LSM6DSOX", clock)
    chip.feed(ramp(400))
    start_tagged(chip, watermark=26)
    due = chip.next_int1_ns()
    assert due == pytest.approx(13 * PERIOD * 1e9, abs=2)
    clock.ns = due - 1000
    assert not chip.refresh()
    clock.ns = due
    assert chip.refresh()
    drain_tagged(chip)
    assert not chip.int1


def test_smaller_range_saturates_at_its_own_full_scale(clock):
    chip = chips.imu("LSM6DSOX", clock)
    chip.feed(np.array([[20000, -20000, 0, 20000, 100, -20000]] * 4, dtype=np.int16), 104.0, 8, 1000)
    start_tagged(chip)
    write(chip, 0x10, 0x40)  # 2 g
    write(chip, 0x11, 0x40)  # 250 dps
    clock.after(2.5 * PERIOD)
    words = drain_tagged(chip)
    assert words[0][2] == (32767, -32768, 0)
    assert words[1][2] == (32767, 400, -32768)


def test_done_only_when_the_last_sample_was_read(clock):
    chip = chips.imu("LSM6DSOX", clock)
    told = []
    chip.on_done = lambda: told.append(clock.ns)
    chip.feed(ramp(20))
    start_tagged(chip)
    clock.after(19.5 * PERIOD)
    drain_tagged(chip)
    assert not chip.done
    clock.after(PERIOD)
    assert not chip.done
    drain_tagged(chip)
    assert chip.done and len(told) == 1


def test_after_the_end_the_last_sample_is_held_but_never_frozen(clock):
    chip = chips.imu("LSM6DSOX", clock)
    chip.feed(ramp(20))
    start_tagged(chip)
    clock.after(80.5 * PERIOD)
    words = drain_tagged(chip)[40:]
    values = {w[2] for w in words if w[0] == 1}
    assert len(values) > 5
    assert all(abs(v - e) <= 1 for w in words for v, e in zip(w[2], ramp(20)[-1][3 * (w[0] - 1) :][:3], strict=True))


def test_rate_error_drifts_as_the_chip_would(clock):
    chip = chips.imu("LSM6DSOX", clock, rate_error=0.04)
    chip.feed(ramp(2000))
    start_tagged(chip)
    count = 0
    for _ in range(10):
        clock.after(1.0)
        count += len(drain_tagged(chip)) // 2
    assert count == pytest.approx(1081, abs=1)


def test_unplugged_chip_does_not_answer_and_comes_back_as_new(clock):
    chip = chips.imu("LSM6DSOX", clock)
    chip.feed(ramp(2000))
    start_tagged(chip)
    clock.after(1.0)
    drain_tagged(chip)
    chip.present = False
    assert not chip.i2c_write(b"\x0f") and chip.i2c_read(1) is None
    clock.after(1.0)
    chip.present = True
    chip.power_on()
    assert read(chip, 0x0A, 1)[0] == 0
    start_tagged(chip)
    clock.after(1.5 * PERIOD)
    assert drain_tagged(chip)[0][2][0] // 6 == pytest.approx(208, abs=1)  # time went on without the chip


def test_software_reset_clears_itself_and_the_fifo(clock):
    chip = chips.imu("LSM6DSOX", clock)
    chip.feed(ramp(2000))
    start_tagged(chip)
    clock.after(0.5)
    write(chip, 0x12, 0x05)
    assert read(chip, 0x12, 1)[0] == 0x04
    assert read(chip, 0x3A, 1)[0] == 0


def test_a_page_of_embedded_functions_does_not_touch_the_user_page(clock):
    chip = chips.imu("LSM6DSOX", clock)
    start_tagged(chip)
    write(chip, 0x01, 0x80)
    write(chip, 0x0A, 0x00)
    write(chip, 0x01, 0x00)
    assert read(chip, 0x0A, 1)[0] == 6


def test_a_year_without_reading_is_over_at_once(clock):
    chip = chips.imu("LSM6DSOX", clock)
    chip.feed(ramp(100))
    start_tagged(chip)
    clock.after(86400.0 * 365)
    assert len(drain_tagged(chip)) == 512


@pytest.mark.parametrize("name, depth", [("LSM6DS3TRC", 2048), ("LSM6DS33", 4096)])
def test_pattern_fifo_gives_gyro_then_acceleration(clock, name, depth):
    chip = chips.imu(name, clock)
    chip.feed(ramp(1000))
    start_pattern(chip)
    assert read(chip, 0x3B, 1)[0] & 0x10  # empty
    assert chip.next_int1_ns() == pytest.approx(13 * PERIOD * 1e9, abs=2)
    clock.after(13.5 * PERIOD)
    assert chip.refresh()
    status = read(chip, 0x3A, 4)
    level = status[0] | (status[1] & 7) << 8
    assert level == 78 and status[1] & 0x80 and status[2] == 0
    assert list(struct.unpack("<78h", read(chip, 0x3E, 156))) == list(range(78))
    clock.after((depth // 6 + 50) * PERIOD)
    status = read(chip, 0x3A, 4)
    assert status[1] & 0x40
    place = status[2]
    first = struct.unpack("<h", read(chip, 0x3E, 2))[0]
    assert first % 6 == place and chip.lost > 40


@pytest.mark.parametrize(
    ("name", "start"), [("LSM6DSOX", start_tagged), ("LSM6DS3TRC", start_pattern), ("LSM6DS33", start_pattern)]
)
def test_int1_rises_when_somebody_moves_and_falls_again(clock, name, start):
    still, jerk = [0, 0, 0, 0, 0, 4098], [0, 0, 0, 0, 1100, 4098]  # 1100 counts: half of it is more than 1/64 of 32768
    chip = chips.imu(name, clock)
    chip.feed(np.array([still] * 100 + [jerk] + [still] * 50, dtype=np.int16))
    start(chip, 500 if start is start_tagged else 1500)
    for register, value in ((0x5B, 1), (0x58, 0x80), (0x5E, 0x20)):
        write(chip, register, value)
    clock.after(50.5 * PERIOD)
    assert not chip.refresh()
    rise = chip.next_int1_ns()
    assert rise == pytest.approx(101 * PERIOD * 1e9, rel=0.001), "sample 100, the 101st, is the one that moves"
    clock.ns = rise + 1000
    assert chip.refresh() and read(chip, 0x1B, 1) == b"\x08"
    clock.after(2.5 * PERIOD)
    assert not chip.refresh(), "not latched"
    write(chip, 0x5E, 0)
    assert chip.lost == 0
