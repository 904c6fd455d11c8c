# SPDX-License-Identifier: MIT
"""The haptic driver model records what a wearer would feel, driven by the unmodified Adafruit driver."""

import pytest
from retrostep_host.virtual import chips


@pytest.fixture
def motor(clock, bus):
    driver = pytest.importorskip("adafruit_drv2605")
    chip = chips.haptics("DRV2605L", clock)
    return driver, driver.DRV2605(bus(chip)), chip


def test_realtime_drive_is_felt_as_long_as_it_is_on(motor, clock):
    driver, drv, chip = motor
    clock.after(1.0)
    drv.mode = driver.MODE_REALTIME
    drv.realtime_value = 127
    clock.after(0.15)
    drv.realtime_value = 64
    clock.after(0.1)
    drv.realtime_value = 0
    clock.after(1.0)
    assert [(b.t_s, b.kind, round(b.amplitude, 2), round(b.duration_s, 3)) for b in chip.felt] == [
        (1.0, "realtime", 1.0, 0.15),
        (1.15, "realtime", 0.5, 0.1),
    ]
    assert chip.buzzing == 0.0


def test_leaving_realtime_mode_stops_the_motor(motor, clock):
    driver, drv, chip = motor
    drv.realtime_value = 127
    assert chip.buzzing == 0.0
    drv.mode = driver.MODE_REALTIME
    assert chip.buzzing == 1.0
    clock.after(0.2)
    drv.mode = driver.MODE_INTTRIG
    clock.after(5.0)
    assert len(chip.felt) == 1 and chip.felt[0].duration_s == pytest.approx(0.2)


def test_sequence_plays_effects_and_pauses_in_order(motor, clock):
    driver, drv, chip = motor
    drv.sequence[0] = driver.Effect(15)
    drv.sequence[1] = driver.Pause(0.5)
    drv.sequence[2] = driver.Effect(16)
    drv.sequence[3] = driver.Effect(0)
    drv.play()
    clock.after(1.3)
    assert chip.regs[0x0C] == 1 and chip.on_read(0x0C) == 1
    clock.after(2.0)
    assert chip.on_read(0x0C) == 0
    felt = [(b.t_s, b.kind, b.duration_s) for b in chip.felt]
    assert felt == [(0.0, "effect 15", 0.75), (1.25, "effect 16", 1.0)]


def test_stop_cuts_an_effect_short(motor, clock):
    driver, drv, chip = motor
    drv.sequence[0] = driver.Effect(118)
    drv.play()
    clock.after(0.3)
    drv.stop()
    clock.after(3.0)
    assert [b.duration_s for b in chip.felt] == [pytest.approx(0.3)]


def test_empty_library_and_standby_are_not_felt(motor, clock):
    driver, drv, chip = motor
    drv.library = driver.LIBRARY_EMPTY
    drv.play()
    drv.library = driver.LIBRARY_TS2200A
    chip.i2c_write(b"\x01\x40")
    drv.play()
    clock.after(1.0)
    assert chip.felt == []


def test_device_reset_brings_back_power_on_values_and_keeps_the_record(motor, clock):
    driver, drv, chip = motor
    drv.mode = driver.MODE_REALTIME
    drv.realtime_value = 127
    clock.after(0.2)
    chip.i2c_write(b"\x01\x80")
    assert chip.regs[0x01] == 0x40 and chip.buzzing == 0.0
    assert [b.duration_s for b in chip.felt] == [pytest.approx(0.2)]


def test_identity_cannot_be_overwritten(motor):
    _, _, chip = motor
    chip.i2c_write(b"\x00\x00")
    assert chip.regs[0x00] >> 5 == 7
