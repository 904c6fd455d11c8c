# SPDX-License-Identifier: MIT
"""`retrostep live --blinka` over Blinka's own `busio.I2C`, with register models of the chips where its backend talks
to a bus. Where Blinka is not installed, a stand-in for busio covers the same path."""

from __future__ import annotations

import importlib.util
import json
import signal
import sys
import types
from collections import Counter

import pytest
from click.testing import CliRunner
from retrostep_host import errors, recordings
from retrostep_host.cli import main
from retrostep_host.live import blinka
from retrostep_host.store.sessions import Store
from retrostep_host.virtual import chips, walks

from tests.host.virtual.wearable import replayed

HAS_BLINKA = importlib.util.find_spec("adafruit_blinka") is not None


class Time:
    """A clock that only `sleep` moves; each pass of the loop costs a millisecond."""

    def __init__(self):
        self.s = 1000.0
        self.stop_s = None

    def now(self):
        return self.s

    def sleep(self, seconds):
        self.s += max(seconds, 0.001)
        if self.stop_s is not None and self.s > self.stop_s:
            self.stop_s = None
            signal.raise_signal(signal.SIGINT)


class Backend:
    """What Blinka's busio.I2C calls on an adapter (adafruit_blinka/microcontroller/*/i2c.py)."""

    devices: dict = {}

    def __init__(self, **_):
        pass

    def scan(self):
        return list(self.devices)

    def _device(self, address):
        if address not in self.devices or not self.devices[address].present:
            raise OSError(121, "Remote I/O error")
        return self.devices[address]

    def writeto(self, address, buffer, *, start=0, end=None, stop=True):
        self._device(address).i2c_write(bytes(buffer[start:end]))

    def readfrom_into(self, address, buffer, *, start=0, end=None, stop=True):
        end = len(buffer) if end is None else end
        buffer[start:end] = self._device(address).i2c_read(end - start)

    def writeto_then_readfrom(
        self, address, buffer_out, buffer_in, *, out_start=0, out_end=None, in_start=0, in_end=None, stop=False
    ):
        self.writeto(address, buffer_out, start=out_start, end=out_end)
        self.readfrom_into(address, buffer_in, start=in_start, end=in_end)


class StandIn(Backend):
    """busio.I2C without Blinka."""

    def __init__(self, scl, sda, frequency=100000):
        super().__init__()

    def try_lock(self):
        return True

    def unlock(self):
        pass


@pytest.fixture(params=["blinka", "stand-in"])
def desk(request, monkeypatch, tmp_path):
    """(time, sensor, motor): chips on a bus of this computer."""
    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path / "home"))
    clock = Time()
    ns = lambda: int(clock.s * 1e9)  # noqa: E731
    sensor, motor = chips.imu("LSM6DSOX", ns), chips.haptics("DRV2605L", ns)
    monkeypatch.setattr(Backend, "devices", {0x6A: sensor, 0x5A: motor})
    for name in [name for name in sys.modules if name.startswith(("adafruit_lsm6ds", "adafruit_drv2605"))]:
        monkeypatch.delitem(sys.modules, name)
    if request.param == "blinka":
        if not HAS_BLINKA:
            pytest.skip("needs adafruit-blinka (pip install '.[blinka]'); the stand-in covers the same path")
        monkeypatch.setenv("BLINKA_OS_AGNOSTIC", "1")
        for name in [name for name in sys.modules if name in ("board", "busio") or name.startswith("adafruit_blinka")]:
            monkeypatch.delitem(sys.modules, name)
        from adafruit_blinka.microcontroller.generic_agnostic_board import i2c

        monkeypatch.setattr(i2c, "I2C", Backend)
    else:
        monkeypatch.setitem(sys.modules, "busio", types.SimpleNamespace(I2C=StandIn, SPI=object))
        monkeypatch.setitem(sys.modules, "board", types.SimpleNamespace(SCL=1, SDA=2))
    own = blinka.Own
    monkeypatch.setattr(
        blinka, "Own", lambda *options: own(*options, now=clock.now, sleep=clock.sleep)
    )
    return clock, sensor, motor


def run(*options):
    done = CliRunner().invoke(main.cli, ["live", "--blinka", *options], prog_name="retrostep", standalone_mode=False)
    return done


def test_this_computer_counts_buzzes_and_stores_what_replay_counts(desk, tmp_path):
    clock, sensor, motor = desk
    stream = recordings.stream(walks.generate())
    sensor.feed(stream.words)
    clock.stop_s = clock.s + len(stream.words) / 104.0 + 2.0  # then Ctrl-C
    done = run("--json")
    assert done.exception is None, done.exception
    found = [json.loads(line) for line in done.output.splitlines()]
    end, by = found[-1], Counter(direction for _, direction, _ in replayed(stream))
    assert end["kind"] == "end" and end["steps"] == sum(by.values()) == 152
    assert end["steps_by_direction"]["backward"] == by["backward"] == 102
    assert sensor.lost == 0 and [row["reason"] for row in found if row["kind"] == "noticed"] == []
    assert {"turn", "stop"} <= {row["pattern"] for row in found if row["kind"] == "buzz" and row["felt"]}
    assert motor.felt
    with Store(tmp_path / "home" / "retrostep.sqlite3", write=False) as store:
        (walk,) = store.walks()
    assert walk.complete and walk.total == 152 and walk.counts["backward"] == 102


def test_without_a_sensor_one_sentence(desk):
    Backend.devices.pop(0x6A)
    error = run().exception
    assert isinstance(error, errors.NoBoardFound) and "check its four wires" in str(error)


def test_without_a_motor_the_walk_counts_and_nothing_is_said_to_be_felt(desk):
    clock, sensor, _ = desk
    Backend.devices.pop(0x5A)
    stream = recordings.stream(walks.generate("stand 2 s\nforward 4 strides\nbackward 8 strides\nstand 2 s\n", 3))
    sensor.feed(stream.words)
    clock.stop_s = clock.s + len(stream.words) / 104.0 + 1.0
    done = run()
    assert "not felt" in done.output and done.output.splitlines()[-1].startswith("The walk is stored in ")


def test_an_adapter_that_is_not_there_is_said_with_what_blinka_says(monkeypatch):
    monkeypatch.setitem(sys.modules, "board", types.SimpleNamespace())
    error = run("--adapter", "mcp2221").exception
    assert "Blinka finds no I2C bus behind the MCP2221" in str(error) and "retrostep[blinka]" in str(error)
