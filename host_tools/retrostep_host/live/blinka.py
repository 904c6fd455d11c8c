# SPDX-License-Identifier: MIT
"""Blinka: this computer is the wearable. The board's own sensor driver, engine, coach, journal and link, on an I2C bus
of CircuitPython's interfaces for computers.

in    a USB-I2C adapter or a Raspberry Pi's bus with an LSM6DS sensor and, if there is one, a DRV2605L
out   `connect()`: a Client that talks to them as to a board on its cable; `keep()`: the walks, in the store
keeps the log in RETROSTEP_HOME/blinka, two mirrors as on a board: what a crash left there is kept the next time
from  learn.adafruit.com/circuitpython-on-any-computer-with-mcp2221; Blinka's busio.I2C
but   1. one thread: the sensor is looked after while the Client listens, at least every 20 ms
      2. of CircuitPython's own, a clock (supervisor, rtc) and the free heap (for evidence) are lent, and nothing else
      3. tried over Blinka's interfaces with models of the chips; not on hardware
not   button, light, battery, padlock, watchdog: a computer has none of the wearer's
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retrostep import settings
from retrostep.journal import block
from retrostep.journal.writer import Journal
from retrostep.link import hooks
from retrostep.link.server import Server

from retrostep_host import home
from retrostep_host.errors import BusyPort, NoBoardFound, from_os
from retrostep_host.reasons import NUMBER
from retrostep_host.sync.answers import Hello
from retrostep_host.sync.client import Client

IMU, HAPTICS = (0x6A, 0x6B), 0x5A  # I2C addresses
MIRROR = 512 * block.SIZE  # bytes, as on a board: several days
WAIT_S = 0.02
BATCHES = 6  # a pass, as on a board
SILENT = 1040  # samples of silence after which time goes on without the sensor
ENVIRONMENT = {"mcp2221": "BLINKA_MCP2221", "ft232h": "BLINKA_FT232H"}


def bus(adapter: str | None = None) -> Any:
    """Blinka's I2C bus of the adapter, or of this computer. Raises NoBoardFound with what Blinka says."""
    if adapter:
        os.environ[ENVIRONMENT[adapter]] = "1"
    try:
        import board
        import busio

        return busio.I2C(board.SCL, board.SDA, frequency=400000)
    except (ImportError, AttributeError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        said = " ".join(str(error).split())[:160] or type(error).__name__
        where = f"behind the {adapter.upper()}" if adapter else "on this computer (name a USB adapter with `--adapter`)"
        raise NoBoardFound(
            f"Blinka finds no I2C bus {where}: {said}. Check the plug and `pip install 'retrostep[blinka]'`; "
            "on a Raspberry Pi switch I2C on (raspi-config)."
        ) from error


def _device(now: Callable[[], float]) -> Any:
    """retrostep.device's modules, with this computer's clock where a board has its own."""
    ticks = lambda: int(now() * 1000) % (1 << 29)  # noqa: E731
    lent = {"supervisor": types.ModuleType("supervisor"), "rtc": types.ModuleType("rtc")}
    lent["supervisor"].ticks_ms = ticks
    theirs = {name: sys.modules.get(name) for name in lent}
    sys.modules.update(lent)
    try:
        from retrostep.device import clock, evidence, haptics, imu, session
    finally:
        for name, module in theirs.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module
    clock.ms = clock.supervisor.ticks_ms = ticks
    evidence.gc = types.SimpleNamespace(collect=lambda: None, mem_free=lambda: 1 << 24)  # a computer has the room
    return types.SimpleNamespace(clock=clock, haptics=haptics, imu=imu, session=session)


class Disk:
    """The journal's disk of four functions over two files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._files = []
        for name in ("a.bin", "b.bin"):
            path = folder / name
            if not path.exists():
                path.write_bytes(bytes(MIRROR))
            self._files.append(open(path, "r+b", buffering=0))  # noqa: SIM115 - open while the walk runs
        with contextlib.suppress(ImportError):  # Windows has no flock
            import fcntl

            try:
                fcntl.flock(self._files[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.close()
                raise BusyPort("Another `retrostep live --blinka` runs; end it first. Nothing was changed.") from None

    def size(self) -> int:
        return MIRROR

    def read(self, mirror: int, offset: int, buffer: Any) -> None:
        self._files[mirror].seek(offset)
        self._files[mirror].readinto(buffer)

    def write(self, mirror: int, offset: int, data: Any) -> None:
        self._files[mirror].seek(offset)
        self._files[mirror].write(data)

    def flush(self, mirror: int) -> None:
        os.fsync(self._files[mirror].fileno())

    def close(self) -> None:
        for file in self._files:
            file.close()


class Parts:
    """What device.session asks of a board's parts."""

    def __init__(self, device: Any, i2c: Any, sensor: str) -> None:
        self._device, self.i2c, self._sensor = device, i2c, sensor
        found = i2c.scan() if i2c.try_lock() else []
        i2c.unlock()
        self.address = next((one for one in IMU if one in found), None)
        self.haptics = device.haptics.Haptics(device.haptics.Drv(i2c, HAPTICS) if HAPTICS in found else None)
        self.light = types.SimpleNamespace(flash=lambda *_: None)
        self.power = types.SimpleNamespace(millivolts=lambda: 0)
        self.imu: Any = None

    def sensor(self, placement: str) -> None:
        """The motion sensor at the ranges of a placement. Raises NoBoardFound."""
        from retrostep import units

        acc_g, gyro_dps = units.RANGES[placement]
        if self.imu is not None:
            if self.imu.ranges(acc_g, gyro_dps):
                self.imu.start()
            return
        if self.address is not None:
            self.imu = self._device.imu.Imu(self.i2c, self._sensor, self.address, acc_g, gyro_dps)
        if self.imu is None or not self.imu.start():
            self.imu = None
            raise NoBoardFound(
                f"No {self._sensor} answers on the I2C bus at 0x6A or 0x6B; check its four wires, or name the chip "
                "with `--sensor`."
            )


class _Hooks(hooks.Hooks):
    """What the link may ask, as device.hooks does it on a board."""

    board = "blinka"

    def __init__(self, own: Own) -> None:
        self._own = own
        self.ms, self.since = own.device.clock.ms, own.device.clock.since

    def settings(self) -> dict[str, Any]:
        return self._own.values

    def setting(self, name: str, value: Any) -> None:
        self._own.values[name] = value
        self._own.coach.on_setting(name)

    def start(self) -> None:
        self._own.session.is_wanted = True

    def end(self) -> None:
        from retrostep import events

        self._own.session.end(events.END_LINK)

    def identify(self, pattern: int) -> None:
        self._own.session.tell(pattern)

    def capture(self, seconds: int) -> bool:
        return self._own.session.capture(seconds)

    def random(self, size: int) -> bytes:
        return os.urandom(size)


class Own:
    """A wearable made of this computer. Also the Port of its own Client."""

    name = "blinka"
    farewell = b""

    def __init__(
        self,
        adapter: str | None = None,
        sensor: str = "LSM6DSOX",
        placement: str = "ankle",
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._adapter, self._sensor, self._placement = adapter, sensor, placement
        self.now, self._sleep = now, sleep
        self._server: Server | None = None
        self._stop = False  # Ctrl-C, which must not cut a pass in two

    def connect(self) -> tuple[Client, Hello]:
        """Powered on at the first call. Raises NoBoardFound, BusyPort."""
        if self._server is None:
            self._boot()
        client = Client(self)
        return client, client.hello()

    def _boot(self) -> None:
        from retrostep.coach.policy import Coach

        self.device = _device(self.now)
        self._parts = parts = Parts(self.device, bus(self._adapter), self._sensor)
        parts.sensor(self._placement)
        folder = home.folder() / "blinka"
        try:
            self._disk = Disk(folder)
        except OSError as error:
            raise from_os(error, "opening the log") from error
        self._journal = Journal(self._disk, _identity(folder / "id"), lambda: os.urandom(8))
        self._journal.recover()
        self.values = {**settings.load(lambda name: None), "placement": self._placement}
        self.coach = Coach(self.values, lambda pattern, cause: None)
        self.session = self.device.session.Session(parts, self.values, self._journal, self.coach)
        self.coach._play, self.coach._note = self.session.play, self.session.note
        self._server = self.session.server = Server(self._journal, _Hooks(self))
        self._handler = signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, *_: object) -> None:
        self._stop = True

    def _pass(self) -> None:
        """What the loop of a board does once (device/loop.py)."""
        parts, session = self._parts, self.session
        if session.is_wanted:
            session.begin()
        for _ in range(BATCHES):
            samples = parts.imu.drain(session.due())
            if not (samples or parts.imu.gap):
                break
            session.batch(parts.imu, samples)
            parts.haptics.tick()
        noticed = parts.imu.take_log()
        for name, number in NUMBER.items():
            if number >= 32 and noticed >> (number - 32) & 1:
                if name == "imu_restarted":
                    session.restarted()
                session.log(name)
        session.missed(parts.imu.silence(SILENT))
        self.coach.tick(session.total)
        playing = parts.haptics.tick()
        if session.is_running:
            session.evidence.write(self._journal)
        self._journal.step(session.now(), session.is_running and (playing or session.is_tense))
        if session.is_running:
            session.idle()

    # a Port ------------------------------------------------------------------------------------------------
    def read(self, timeout: float) -> bytes:
        until = self.now() + timeout
        while True:
            if self._stop:
                self._stop = False
                raise KeyboardInterrupt
            self._pass()
            out = bytearray()
            while len(out) < 65536 and len(piece := self._server.poll()):
                out += piece
                self._server.sent(len(piece))
            if out or self.now() >= until:
                return bytes(out)
            if self._server.hashing is None:
                self._sleep(min(WAIT_S, max(0.0, until - self.now())))

    def write(self, data: bytes) -> None:
        self._server.feed(data)

    def close(self) -> None:
        if self._server is not None:
            self._server.disconnect()

    # the end -----------------------------------------------------------------------------------------------
    def keep(self, store: str | None) -> str | None:
        """Every walk of the log, into the store, as `sync` does it; the store's path when there was one. Off then."""
        if self._server is None:
            return None
        from retrostep_host.store.sessions import Store
        from retrostep_host.sync import session as sessions

        path = home.store_path(store)
        client = Client(self)
        try:
            client.end()
            if not client.list():
                return None
            with Store(path) as kept:
                hello = client.hello()
                result = sessions.fetch_all(client, hello, sessions.keeper(kept), home.folder() / "partial")
            for error in result.errors:
                raise error
            return str(path)
        finally:
            signal.signal(signal.SIGINT, self._handler)
            self._parts.haptics.stop()
            self._disk.close()
            self._server = None


def _identity(path: Path) -> bytes:
    """8 bytes that tell this computer's walks from a board's."""
    try:
        kept = path.read_bytes()
    except OSError:
        kept = b""
    if len(kept) != 8:
        kept = os.urandom(8)
        path.write_bytes(kept)
    return kept
