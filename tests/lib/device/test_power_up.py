# SPDX-License-Identifier: MIT
"""What boards differ in, part by part: held pins, lights, buses, sensors, a watchdog that runs already, USB."""

import sys

import pytest
from retrostep_host import boards
from retrostep_host.virtual import chips

from tests.lib.device.board import FACTS, Bench


def a_bench(tmp_path, chip="RP2040", **facts):
    bench = Bench(tmp_path, chip, {**FACTS, **facts})
    for name in ("retrostep_board",):
        bench.interpreter.modules[name] = bench.machine.facts
    return bench


def some_parts(bench):
    return bench.load("retrostep.device.wiring").Parts(bench.machine.facts, lambda: None)


# pins that are held ---------------------------------------------------------------------------------------
HOLD = (("IMU_PWR", True), ("READ_BATT_ENABLE", False))


def test_a_sensor_behind_a_power_pin_is_found_and_the_battery_read(tmp_path):
    bench = a_bench(tmp_path, HOLD=HOLD)
    bench.machine.analog["A3"] = lambda: int(bench.machine.powered() * 3.9 / 3 / 3.3 * 65535)
    parts = some_parts(bench)
    parts.sensor("ankle")
    assert parts.imu.is_alive
    assert parts.power.millivolts() == pytest.approx(3900, abs=5)
    assert "retrostep.device.supply" not in sys.modules and bench.machine.pin("IMU_PWR").level


def test_without_its_power_pin_it_would_not_be(tmp_path):
    bench = a_bench(tmp_path, HOLD=HOLD)
    facts = bench.machine.facts
    del facts.HOLD  # what the firmware reads; the machine still has the switch
    bench.machine.pin("IMU_PWR"), bench.machine.pin("READ_BATT_ENABLE")
    parts = bench.load("retrostep.device.wiring").Parts(facts, lambda: None)
    parts.sensor("ankle")
    assert parts.i2c is None and not parts.imu.is_alive and parts.haptics.failed


def test_a_display_is_let_go_before_its_light_is_held_low(tmp_path):
    bench = a_bench(tmp_path, HOLD=(("TFT_BACKLIGHT", False),))
    bench.machine.display_is_on = True
    some_parts(bench)
    assert not bench.machine.display_is_on
    assert bench.machine.pin("TFT_BACKLIGHT").in_use and not bench.machine.pin("TFT_BACKLIGHT").level


# lights ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("led", "dark", "lit"), [("LED", True, False), (("LED", "LOW"), False, True)], ids=["high", "low"]
)
def test_a_light_is_dark_until_it_flashes(tmp_path, led, dark, lit):
    bench = a_bench(tmp_path, LED=led)
    light = bench.load("retrostep.device.making").a_light(bench.machine.facts)
    pin = bench.machine.pin("LED")
    assert pin.level is not dark
    light.flash()
    assert pin.level is not lit
    bench.wait(0.1)
    light.tick()
    assert pin.level is not dark and not light.is_on


def test_a_pixel_glows_dimly_and_goes_dark(tmp_path):
    bench = a_bench(tmp_path, LED=("NEOPIXEL", "NEOPIXEL"))
    light = bench.load("retrostep.device.making").a_light(bench.machine.facts)
    assert bench.machine.pixel == b"\0\0\0"
    light.flash()
    assert 0 < max(bench.machine.pixel) <= 51
    bench.wait(0.1)
    light.tick()
    assert bench.machine.pixel == b"\0\0\0"


# buses ----------------------------------------------------------------------------------------------------
def test_a_motor_on_a_second_bus_is_driven_there_only(tmp_path):
    bench = a_bench(tmp_path, HAPTICS=("DRV2605L", 0x5A, ("SCL", "SDA", 400000)))
    bench.machine.wires[0x5A] = ("SCL", "SDA")
    parts = some_parts(bench)
    assert parts.haptics.works
    bench.machine.wires[0x5A] = ("GP5", "GP4")
    parts.haptics.play([(100, 0)], 80)
    assert not parts.haptics.works


def test_a_bus_that_timed_out_is_made_anew_for_sensor_and_motor(tmp_path):
    bench = a_bench(tmp_path, "nRF52840")
    parts = some_parts(bench)
    parts.sensor("ankle")
    bench.wait(0.5)
    assert parts.imu.drain(1)
    before = parts.i2c
    bench.machine.bus_hangs = True
    for _ in range(12):
        bench.wait(0.25)
        parts.imu.drain(1)
    assert parts.imu.is_alive and parts.imu.restarts >= 1 and parts.i2c is not before
    parts.haptics.play([(100, 0)], 80)
    assert parts.haptics.works


def test_a_second_bus_that_timed_out_is_made_anew(tmp_path):
    bench = a_bench(tmp_path, "nRF52840", HAPTICS=("DRV2605L", 0x5A, ("SCL", "SDA", 400000)))
    parts = some_parts(bench)
    bench.machine.bus_hangs = True
    parts.haptics.play([(100, 0)], 80)
    assert not parts.haptics.works
    parts.haptics.play([(100, 0)], 80)
    assert parts.haptics.works


# sensors --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["LSM6DS33", "LSM6DS3TRC"])
def test_the_sensor_under_a_board_id_is_told_by_its_who_am_i(tmp_path, name):
    bench = a_bench(tmp_path, IMU=("LSM6DS33", 0x6A, "LSM6DS3TRC"))
    bench.machine.imu = bench.machine.devices[0x6A] = chips.imu(name, lambda: bench.machine.now_ns)
    parts = some_parts(bench)
    parts.sensor("ankle")
    bench.wait(5.0)  # 3120 words: more than the smaller of the two FIFOs holds
    samples = sum(parts.imu.drain(1) for _ in range(60))
    assert parts.imu.is_alive and samples > 341
    assert (bench.machine.imu.lost == 0) == (name == "LSM6DS33")
    assert abs(parts.imu.lost - bench.machine.imu.lost) <= 2


def test_another_sensor_than_the_board_file_names_is_missing(tmp_path):
    bench = a_bench(tmp_path, IMU=("LSM6DS33", 0x6A))
    bench.machine.imu = bench.machine.devices[0x6A] = chips.imu("LSM6DS3TRC", lambda: bench.machine.now_ns)
    parts = some_parts(bench)
    parts.sensor("ankle")
    assert not parts.imu.is_alive and parts.imu.take_log() & 1


# waiting --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("chip", "sleeps"), [("RP2040", True), ("nRF52840", True), ("RP2350", False)])
def test_the_board_waits_for_the_sensor_and_wakes_for_the_button(tmp_path, chip, sleeps):
    bench = a_bench(tmp_path, chip)
    power = bench.load("retrostep.device.making").some_power(bench.machine.facts)
    button = bench.load("retrostep.device.button").Button(bench.load("board").GP9) if not sleeps else None
    before = bench.machine.now_ns
    assert power.wait(20, True, lambda: False) is False
    assert bench.machine.now_ns - before == pytest.approx(20e6, rel=0.1)
    if sleeps:
        assert power.wait(900, True, lambda: False) is True
        return
    before = bench.machine.now_ns
    assert power.wait(900, True, button.has_changed) is False
    assert bench.machine.now_ns - before == pytest.approx(900e6, rel=0.1)
    bench.machine.at(bench.machine.now_ns + 100_000_000, lambda: setattr(bench.machine.pin("GP9"), "level", False))
    before = bench.machine.now_ns
    assert power.wait(900, True, button.has_changed) is False
    assert bench.machine.now_ns - before < 140e6
    button.tick()
    assert not button.has_changed(), "held, it wakes nobody any more"


# watchdog -------------------------------------------------------------------------------------------------
def reset_mode(bench):
    return bench.load("watchdog").WatchDogMode.RESET


def test_a_watchdog_that_runs_already_is_fed_and_left_alone(tmp_path):
    """As on an nRF52840 after a reload: its time cannot be set again, and it counts while we import."""
    bench = a_bench(tmp_path, "nRF52840")
    dog = bench.load("microcontroller").watchdog
    dog.timeout, dog.mode = 8.0, reset_mode(bench)
    with pytest.raises(RuntimeError):
        dog.timeout = 8.0
    loop = bench.load("retrostep.device.loop")
    wearable = loop.Wearable.__new__(loop.Wearable)
    wearable._dog = dog
    wearable.watch()
    fed = bench.machine.feeds
    bench.load("retrostep.device.guard")._feed()
    assert bench.machine.feeds == fed + 1


def test_imports_never_starve_it(tmp_path):
    bench = a_bench(tmp_path, "nRF52840")
    dog = bench.load("microcontroller").watchdog
    guard = bench.load("retrostep.device.guard")
    dog.timeout, dog.mode = 8.0, reset_mode(bench)
    asked = []
    guard._load = lambda: asked.append(bench.wait(6.0))  # of the 8 s that it has
    guard._feed()
    feeds = bench.machine.feeds

    class Stop(BaseException):
        pass

    def slow():
        bench.wait(6.0)
        raise Stop

    bench.load("retrostep.device.loop").Wearable = slow
    with pytest.raises(Stop):
        guard.run()
    assert asked and bench.machine.feeds >= feeds + 3


# boot.py --------------------------------------------------------------------------------------------------
def boot(tmp_path, chip="RP2040", held=False, **facts):
    bench = a_bench(tmp_path, chip, **facts)
    bench.machine.power_up()
    bench.machine.pin("GP9").level = not held
    bench.load("retrostep.device.boot").prepare()
    bench.machine.in_boot_py = False
    return bench.machine


PLAN = {"USB": ("console data", "console drive")}


@pytest.mark.parametrize(
    ("chip", "facts", "held", "shown", "writable"),
    [
        ("RP2040", {}, False, "console data drive", True),
        ("RP2040", {}, True, "console data drive", False),
        ("nRF52840", {}, False, "console data drive", True),
        ("ESP32-S3", PLAN, False, "console data", True),
        ("ESP32-S3", PLAN, True, "console drive", False),
    ],
)
def test_usb_shows_what_the_plan_says_and_fits(tmp_path, chip, facts, held, shown, writable):
    machine = boot(tmp_path, chip, held, **facts)
    assert machine.devices_shown() == shown and machine.writable == writable
    assert machine.usb_fits() and not machine.ble


def test_the_usual_plan_would_be_safe_mode_on_five_endpoints(tmp_path):
    assert not boot(tmp_path, "ESP32-S3").usb_fits()


def test_a_half_copied_lib_leaves_usb_as_circuitpython_makes_it(tmp_path):
    for chip in boards.CHIPS:
        bench = a_bench(tmp_path / chip.replace(" ", ""), chip)
        bench.machine.power_up()
        bench.interpreter.modules["retrostep.device"] = None
        (bench.disk.root / "boot.py").write_text((boards.Path(__file__).parents[3] / "firmware/boot.py").read_text())
        bench.interpreter.run("boot.py")
        assert bench.machine.devices_shown() == "console drive" and not bench.machine.writable
        assert bench.machine.usb_fits()
