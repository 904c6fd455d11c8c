# SPDX-License-Identifier: MIT
"""The hardware modules one by one, on the virtual board's bus, pins and flash."""

import struct
import zlib

import pytest

from tests.lib.device.board import Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


# light --------------------------------------------------------------------------------------------------
def lit(bench, flash, seconds):
    """(s from now, s on) of each time the LED was on; `flash(light)` is asked first."""
    light = bench.load("retrostep.device.making").a_light(bench.machine.facts)
    flash(light)
    seen, since = [], None
    for tick in range(round(seconds / 0.02)):
        on = bench.machine.pin("LED").level
        if on and since is None:
            since = tick
        elif not on and since is not None:
            seen.append((round(since * 0.02, 2), round((tick - since) * 0.02, 2)))
            since = None
        light.tick()
        bench.wait(0.02)
    assert light.is_on == (since is not None)
    return seen


def test_a_step_is_one_short_flash(bench):
    (flash,) = lit(bench, lambda light: light.flash(), 1.0)
    assert flash[0] == 0.0
    assert 0.06 <= flash[1] <= 0.1


def test_a_doubt_is_three_long_ones_that_no_step_cuts_short(bench):
    def both(light):
        light.flash(600, 3)
        light.flash()

    flashes = lit(bench, both, 5.0)
    assert len(flashes) == 3
    assert all(0.6 <= length <= 0.66 for _, length in flashes)


# button -------------------------------------------------------------------------------------------------
def press(bench, button, seconds, step=0.01):
    """What `tick` said while the button was held so long, and 100 ms after."""
    pin = bench.machine.pin("GP9")
    said = []
    for level, length in ((False, seconds), (True, 0.1)):
        pin.level = level
        for _ in range(round(length / step)):
            said.append(button.tick())
            bench.wait(step)
    return [word for word in said if word]


def a_button(bench):
    return bench.load("retrostep.device.button").Button(bench.load("board").GP9)


def test_a_short_press_is_told_at_release(bench):
    assert press(bench, a_button(bench), 0.3) == [1]


def test_a_long_press_is_told_once(bench):
    assert press(bench, a_button(bench), 4.0) == [2]


def test_bouncing_is_no_press(bench):
    assert press(bench, a_button(bench), 0.01, step=0.002) == []


def test_a_button_held_since_boot_is_no_press(bench):
    bench.machine.pin("GP9").level = False
    assert press(bench, a_button(bench), 3.0) == []


def test_a_button_held_for_ever_is_stuck(bench):
    button = a_button(bench)
    bench.machine.pin("GP9").level = False
    for _ in range(320):
        button.tick()
        bench.wait(0.1)
    assert button.is_stuck


def test_a_press_over_the_wrap_of_the_milliseconds_is_short(bench):
    bench.wait(65.4)  # ticks_ms wraps 65.536 s after boot
    assert press(bench, a_button(bench), 0.3) == [1]


# haptics ------------------------------------------------------------------------------------------------
def play(bench, haptics, pulses, strength=80, step=0.004):
    haptics.play(pulses, strength)
    while haptics.tick():
        bench.wait(step)
    return [(round(a, 2), round(duration, 2)) for _, _, a, duration in bench.driver.felt]


def a_motor(bench):
    module = bench.load("retrostep.device.making")
    return module.some_haptics(bench.machine.facts, bench.i2c())


def test_pulses_are_felt_as_long_and_as_strong_as_asked(bench):
    assert play(bench, a_motor(bench), [(100, 80), (200, 0)], 100) == [(1.0, 0.1), (1.0, 0.2)]


def test_playing_never_waits(bench):
    haptics = a_motor(bench)
    before = bench.machine.now_ns
    haptics.play([(200, 0)], 100)
    assert bench.machine.now_ns - before < 1_000_000


def test_a_new_pattern_ends_the_old_one(bench):
    haptics = a_motor(bench)
    haptics.play([(400, 0)], 100)
    bench.wait(0.1)
    assert play(bench, haptics, [(150, 0)], 50) == [(1.0, 0.1), (0.5, 0.15)]


def test_a_missing_driver_keeps_time_and_says_so(bench):
    bench.driver.present = False
    haptics = a_motor(bench)
    assert haptics.failed
    assert play(bench, haptics, [(100, 0)]) == []


def test_a_driver_that_goes_away_is_noticed_once_it_is_used(bench):
    haptics = a_motor(bench)
    bench.driver.present = False
    haptics.play([(100, 0)], 80)
    assert haptics.failed


# flash --------------------------------------------------------------------------------------------------
def a_flash(bench):
    flash = bench.load("retrostep.device.flash").Flash()
    flash.open()
    return flash


def test_two_mirrors_lie_in_two_folders_between_guards(bench):
    flash = a_flash(bench)
    assert flash.size() >= 131072 and flash.size() % 4096 == 0
    for name in ("a", "b"):
        assert bench.disk.listdir(f"/journal/{name}") == ["guard", "log.bin", "tail"]


def test_without_room_for_a_new_mirror_the_other_works_alone(bench):
    import shutil

    flash = a_flash(bench)
    flash.write(1, 0, b"good" * 128)
    flash.flush(1)
    bench.disk.power_cut()
    shutil.rmtree(bench.disk.root / "journal" / "a")

    def need(count):
        raise OSError(28, "No space left on device")

    bench.disk.need = need
    again = a_flash(bench)
    buffer = bytearray(512)
    again.read(1, 0, buffer)
    assert again.size() == flash.size() and again.error.args[0] == 28 and buffer == b"good" * 128
    with pytest.raises(OSError):
        again.write(0, 0, buffer)


def test_a_torn_directory_that_claims_four_gigabytes_costs_one_mirror_only(bench):
    flash = a_flash(bench)
    size = flash.size()
    flash.write(1, 0, b"kept" * 128)
    flash.flush(1)
    module = bench.load("retrostep.device.mirrors")
    honest = module._length
    module._length = lambda path: 0xFFFF0000 if path == "/journal/a/log.bin" else honest(path)
    again = a_flash(bench)
    buffer = bytearray(512)
    again.read(1, 0, buffer)
    assert again.size() == size and again.fresh == [True, False] and buffer == b"kept" * 128


def test_what_was_flushed_is_there_after_a_power_cut(bench):
    flash = a_flash(bench)
    flash.write(0, 1024, b"kept" * 128)
    flash.flush(0)
    flash.write(0, 2048, b"lost" * 128)
    bench.disk.power_cut()
    again = a_flash(bench)
    buffer = bytearray(512)
    again.read(0, 1024, buffer)
    assert buffer == b"kept" * 128
    again.read(0, 2048, buffer)
    assert buffer != b"lost" * 128


def test_a_flush_costs_one_sector(bench):
    flash = a_flash(bench)
    before, began = bench.disk.erases, bench.machine.now_ns
    flash.write(1, 0, bytes(512))
    flash.flush(1)
    assert bench.disk.erases - before == 1
    assert 0.045 < (bench.machine.now_ns - began) / 1e9 < 0.06


def test_a_destroyed_folder_is_replaced_beside_the_good_one(bench):
    import shutil

    flash = a_flash(bench)
    flash.write(1, 0, b"good" * 128)
    flash.flush(1)
    bench.disk.power_cut()
    shutil.rmtree(bench.disk.root / "journal" / "a")
    again = a_flash(bench)
    assert again.fresh == [True, False] and not again.vanished
    buffer = bytearray(512)
    again.read(1, 0, buffer)
    assert buffer == b"good" * 128


def test_a_log_that_vanished_is_noticed(bench):
    import shutil

    assert not a_flash(bench).vanished
    bench.disk.power_cut()
    shutil.rmtree(bench.disk.root / "journal")
    assert a_flash(bench).vanished


def test_a_drive_that_belongs_to_the_computer_is_an_error_and_not_a_crash(bench):
    bench.disk.writable = lambda: False
    flash = a_flash(bench)
    assert flash.size() == 0 and flash.error.args[0] == 30


# marks --------------------------------------------------------------------------------------------------
def test_a_lock_is_kept_and_removed(bench):
    padlock = bench.load("retrostep.device.padlock")
    assert padlock.kept() is None
    assert padlock.keep((b"s" * 8, 500_000, b"k" * 20))
    assert padlock.kept() == (b"s" * 8, 500_000, b"k" * 20)
    padlock.keep(None)
    assert padlock.kept() is None


def test_a_lock_of_older_firmware_still_holds(bench):
    padlock = bench.load("retrostep.device.padlock")
    padlock.keep((b"s" * 8, 500_000, b"k" * 20))
    memory = bench.load("retrostep.device.nvm").memory()
    memory[32:43] = b"\x01" + b"s" * 8 + (20_000).to_bytes(2, "little")
    assert padlock.kept() == (b"s" * 8, 20_000, b"k" * 20)


def test_wrong_tries_are_counted_without_erasing_and_stay(bench):
    """A cut while a sector is erased would lose the marks, and a wrong PIN would be the way to lose the lock."""
    padlock = bench.load("retrostep.device.padlock")
    padlock.keep((b"s" * 8, 500_000, b"k" * 20))
    memory = bench.load("retrostep.device.nvm").memory()
    before = bytes(memory[0:64])
    spent = []
    for count in range(1, 20):
        began = bench.machine.now_ns
        assert padlock.tries(1) == min(count, 16)
        spent.append(bench.machine.now_ns - began)
    assert max(spent) < 2_000_000, "a page, not a sector"
    assert padlock.tries(0) == 16 and bytes(memory[0:64]) == before
    assert padlock.tries(-1) == 0 and padlock.tries(0) == 0 and bytes(memory[0:64]) == before
    padlock.tries(1)
    padlock.keep((b"t" * 8, 500_000, b"k" * 20))
    assert padlock.tries(0) == 0, "a new PIN begins anew"


def test_numbers_survive_and_a_fresh_board_has_none(bench):
    numbers = bench.load("retrostep.device.numbers")
    assert numbers.load() == (0, 0, ())
    numbers.keep(7, 3, [5, 900, 2, 7, 902, 11])
    assert numbers.load() == (7, 3, [(5, 2), (7, 11)])
    numbers.keep(0x1000C, 3, [value for session in range(0x10000, 0x1000D) for value in (session, 1, 4)])
    assert numbers.load() == (0x1000C, 3, [(low, 4) for low in range(1, 13)]), "of more sessions the last twelve"


def test_numbers_that_an_older_firmware_kept_are_read(bench):
    numbers = bench.load("retrostep.device.numbers")
    numbers.nvm.mark()
    memory = numbers.nvm.memory()
    kept = struct.pack("<II", 0x12345, 9)
    memory[12:24] = kept + struct.pack("<I", zlib.crc32(kept))
    assert numbers.load() == (0x12345, 9, [])
    numbers.keep(0x12346, 10)
    assert numbers.load() == (0x12346, 10, [])


def test_numbers_that_a_power_cut_tore_are_not_believed(bench):
    numbers = bench.load("retrostep.device.numbers")
    numbers.keep(0x12345, 0x54321)
    memory = numbers.nvm.memory()
    whole = bytes(memory[0:188])
    for written in range(189):  # a page is programmed from its first byte on; what follows is still erased
        memory[0:188] = whole[:written] + b"\xff" * (188 - written)
        assert numbers.load()[:2] == ((0, 0) if written < 188 else (0x12345, 0x54321)), written


def test_marking_twice_erases_once(bench):
    numbers = bench.load("retrostep.device.numbers")
    numbers.keep(7, 3)
    before = bench.machine.now_ns
    numbers.nvm.mark()
    numbers.keep(7, 3)
    assert bench.machine.now_ns == before


# clock --------------------------------------------------------------------------------------------------
def test_milliseconds_since_survive_the_wrap(bench):
    clock = bench.load("retrostep.device.clock")
    then = clock.ms()
    bench.wait(100.0)
    assert abs(clock.since(then) - 100000) <= 1


def test_a_clock_nobody_set_says_so(bench):
    wall = bench.load("retrostep.device.clock").WallClock()
    assert wall.utc() is None
    wall.set(1795500000, 60)
    bench.wait(2.0)
    assert wall.utc() == 1795500002


# sensor -------------------------------------------------------------------------------------------------
def a_sensor(bench, words=None):
    import numpy as np

    if words is None:
        words = np.arange(6 * 2000, dtype=np.int16).reshape(-1, 6)
    bench.machine.imu.feed(words)
    imu = bench.load("retrostep.device.imu").Imu(bench.i2c(), "LSM6DSOX", 0x6A, 8, 1000)
    assert imu.start()
    return imu


def drained(bench, imu, seconds, step=0.125):
    out = []
    for _ in range(round(seconds / step)):
        bench.wait(step)
        while count := imu.drain():
            out += [tuple(imu.batch[6 * n : 6 * n + 6]) for n in range(count)]
    return out


def test_samples_come_in_order_from_the_first(bench):
    samples = drained(bench, a_sensor(bench), 5.0)
    assert len(samples) > 490
    assert samples == [tuple(range(6 * n, 6 * n + 6)) for n in range(len(samples))]


def test_an_overrun_is_measured_by_the_slots_and_the_clock(bench):
    imu = a_sensor(bench)
    first = drained(bench, imu, 1.0)
    bench.wait(6.0)
    count = imu.drain()
    expected = imu.batch[0] // 6 - len(first)
    assert count and bench.machine.imu.lost > 200
    assert imu.gap == expected
    assert imu.take_log()


def test_half_a_batch_is_read_when_it_is_due_and_int1_rises_for_it(bench):
    imu = a_sensor(bench)
    imu.drain(1)
    bench.wait(0.050)  # five samples
    assert imu.drain(13) == imu.drain(7) == 0
    assert 1 <= imu.due_ms(7) <= 30 and bench.machine.imu.regs[0x07] == 12, "six samples, in words"
    bench.wait(0.020)
    assert imu.drain(7) in (7, 8)  # 73 ms and what came before the first reading
    assert 110 < imu.due_ms(13) <= 125 and bench.machine.imu.regs[0x07] == 26


def test_a_reading_costs_what_a_bus_costs(bench):
    imu = a_sensor(bench)
    bench.machine.sample_cost_ns = 0  # of what the engine does with it
    bench.wait(0.126)
    before = bench.machine.now_ns
    assert imu.drain() == 13
    spent = (bench.machine.now_ns - before) / 1e6
    assert 4.0 < spent < 6.0


def test_a_sensor_that_boot_py_started_is_taken_over_with_all_it_holds(bench):
    i2c = a_sensor(bench)._i2c
    bench.wait(1.5)
    imu = bench.load("retrostep.device.imu").Imu(i2c, "LSM6DSOX", 0x6A, 8, 1000)
    before = bench.machine.now_ns
    assert imu.start() and (bench.machine.now_ns - before) / 1e6 < 60.0  # a driver would sleep 70
    assert imu.waiting() >= 155
    samples = drained(bench, imu, 1.0)
    assert samples[0] == (0, 1, 2, 3, 4, 5) and len(samples) > 240
    assert imu.lost == 0 and imu.take_log() == 0


def test_one_that_has_lost_samples_or_has_other_ranges_is_started_anew(bench):
    imu = a_sensor(bench)
    bench.wait(4.0)
    assert imu.is_full() and imu.start()
    assert imu.waiting() < 10
    imu.ranges(16, 2000)
    assert imu.start() and (bench.machine.imu.acc_range_g, bench.machine.imu.gyro_range_dps) == (16, 2000)
    drained(bench, imu, 1.0)
    assert imu.lost == 0 and imu.take_log() == 0


def test_a_missing_sensor_is_looked_for_until_it_answers(bench):
    bench.machine.imu.present = False
    imu = bench.load("retrostep.device.imu").Imu(bench.i2c(), "LSM6DSOX", 0x6A, 8, 1000)
    assert not imu.start()
    assert drained(bench, imu, 1.0) == []
    bench.machine.imu.present = True
    assert len(drained(bench, imu, 3.0)) > 100
