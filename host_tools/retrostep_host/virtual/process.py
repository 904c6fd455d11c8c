# SPDX-License-Identifier: MIT
"""Process: the virtual board in a process of its own: `python -m retrostep_host.virtual.process JOB.json`.

in    a job: drive, ports, stream of int16 words, speed; commands on PORTS/control, one JSON object a line
out   a JSON object a line on stdout: {"state": "ready" | "ended" | "exit", "t_s": ...}; what was felt
keeps the machine; everything else of the board is in the drive folder
but   `ready` is the moment the firmware has the sensor's FIFO running: sample 0
      with `cable`, the cable is in from the start, and the walk begins with the first buzz: `waiting`, then `ready`;
      its end is a long press, so that a walk that a computer watches ends as one does
      `ended` is told when the walk is over, the cable is in and the flash has been quiet for a second
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import types
from pathlib import Path
from typing import Any

from retrostep_host import boards
from retrostep_host import drive as drives
from retrostep_host.text import lines
from retrostep_host.virtual import chips
from retrostep_host.virtual.cell import Cell
from retrostep_host.virtual.chips.motor import PwmMotor
from retrostep_host.virtual.control import parse
from retrostep_host.virtual.disk import Disk
from retrostep_host.virtual.interpreter import Interpreter, traceback_text
from retrostep_host.virtual.machine import Machine, PowerCut, Quit, Reload, Reset
from retrostep_host.virtual.usb import Usb

QUIET_NS = 1_000_000_000
_PRESS_NS = 2_200_000_000  # a long press, and a moment
_REACT_NS = 1_000_000_000  # the buzz was felt: off we go
PASSES = 5  # passes of the firmware's loop after the cable went in: a late board is still emptying the sensor


class Board:
    """A machine with its chips, its plug and its control socket."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.cell = Cell(job.get("battery"))
        root = Path(job["drive"]).resolve()
        file = root / "lib" / "retrostep_board.py"
        facts = types.SimpleNamespace(**drives.facts(file))
        self.disk = Disk(root)
        self.machine = machine = Machine(
            root, facts, self.disk, int(job.get("sample_cost_ms", 1.0) * 1e6), boards.notes(file).get("Chip", "")
        )
        self.disk.advance = machine.advance
        self.disk.writable = lambda: machine.writable
        self.disk.now = lambda: machine.now_ns
        machine.usb = self.usb = Usb(Path(job["ports"]))
        machine.uid = self._uid(root, machine.chip.uid_bytes)
        machine.on_poll = self.poll
        machine.readers += [self.usb.console, self.usb.data]
        if job.get("console"):
            machine.console_log = self._console
        self._chips(facts)
        self.waiting = self.ready = self.ended = self.failed = False
        self.ready_ns = self.plugged_ns = 0
        self._parent = os.getppid()
        self._clients: list[tuple[socket.socket, bytearray]] = []
        self._listen(Path(job["ports"]) / "control")

    def _console(self, text: str) -> None:
        sys.stderr.write(lines(text))
        sys.stderr.flush()

    @staticmethod
    def _uid(root: Path, size: int) -> bytes:
        """The chip's id: made once, kept where a real drive shows it, in boot_out.txt."""
        path = root / "boot_out.txt"
        with contextlib.suppress(OSError, ValueError):
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.startswith("UID:") and len(line) >= 4 + 2 * size:
                    return bytes.fromhex(line[4:])
        return b"\xe6" + os.urandom(size - 1)

    def _boot_out(self) -> None:
        text = (
            "Adafruit CircuitPython 10.0.3 (virtual); Retrostep virtual board with rp2040\n"
            f"Board ID:{self.machine.facts.BOARD_IDS[0]}\nUID:{self.machine.uid.hex().upper()}\n"
        )
        path = self.disk.root / "boot_out.txt"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")

    def _chips(self, facts: Any) -> None:
        machine = self.machine
        clock = lambda: machine.now_ns  # noqa: E731
        name, address, *others = facts.IMU
        name = self.job.get("sensor", name)
        machine.imu = chips.imu(name, clock, address, float(self.job.get("rate_error", 0.0)))
        machine.devices[address] = machine.imu
        machine.wires[address] = tuple(facts.I2C[:2])
        machine.has_display = any(pin == "TFT_BACKLIGHT" for pin, _ in getattr(facts, "HOLD", ()))
        if facts.IMU_INT:
            machine.pin(facts.IMU_INT).read = machine.imu.refresh
        if facts.HAPTICS and facts.HAPTICS[0] == "PWM":
            machine.motor = PwmMotor(machine, machine.pin(facts.HAPTICS[1]))
        elif facts.HAPTICS and not self.job.get("no_haptics"):
            self.driver = machine.devices[facts.HAPTICS[1]] = chips.haptics(facts.HAPTICS[0], clock, facts.HAPTICS[1])
            machine.wires[facts.HAPTICS[1]] = tuple((*facts.HAPTICS, facts.I2C)[2][:2])
        if getattr(facts, "BATTERY", None):
            self.cell.connect(machine, facts.BATTERY, lambda: self.ready and (machine.now_ns - self.ready_ns) / 1e9)
        if self.job.get("words"):
            import numpy as np

            words = np.fromfile(self.job["words"], dtype="<i2").reshape(-1, 6)
            machine.imu.feed(words, 104.0, self.job["acc_range_g"], self.job["gyro_range_dps"])
            machine.imu.on_done = self._walk_over
            machine.imu.held = bool(self.job.get("cable"))

    # what happens -----------------------------------------------------------------------------------------
    def say(self, state: str) -> None:
        line = {"state": state, "t_s": round((self.machine.now_ns - self.ready_ns) / 1e9, 3)}
        print(json.dumps(line), flush=True)

    def felt(self) -> list[list[Any]]:
        """[t s since sample 0, kind, amplitude 0-1, duration s] of every buzz."""
        source = self.machine.motor or getattr(self, "driver", None)
        if source is None:
            return []
        zero = self.ready_ns / 1e9
        return [[round(t - zero, 4), kind, round(a, 3), round(d, 4)] for t, kind, a, d in source.felt]

    def keep_felt(self) -> None:
        if self.job.get("felt"):
            Path(self.job["felt"]).write_text(json.dumps(self.felt()), encoding="utf-8")

    def _walk_over(self) -> None:
        """The last sample was read: somebody plugs the cable in."""
        if self.job.get("cable"):
            self.command("button", {"press": "long"})
            self.machine.at(self.machine.now_ns + _PRESS_NS, self.plug)
        elif self.job.get("plug_at_end", True):
            self.machine.at(self.machine.now_ns, self.plug)

    def plug(self) -> None:
        self.usb.plug(*self.machine.cdc)
        if not self.plugged_ns:
            self.plugged_ns, self._feeds = self.machine.now_ns, self.machine.feeds
            self.machine.at(self.machine.now_ns + QUIET_NS, self._look_for_end)

    def _look_for_end(self) -> None:
        quiet = self.machine.now_ns - max(self.disk.last_write_ns, self.plugged_ns)
        if quiet < QUIET_NS or self.machine.feeds < self._feeds + PASSES:
            self.machine.at(self.machine.now_ns + max(QUIET_NS - quiet, QUIET_NS // 10), self._look_for_end)
            return
        self.ended = True
        self.keep_felt()
        self.say("ended")
        if self.job.get("exit"):
            raise Quit
        self.machine.run_in_real_time()

    def _look_for_buzz(self) -> None:
        """The wearer stands on the cable and waits for the buzz that answers `live`."""
        machine = self.machine
        if machine.feeds and not self.waiting:
            self.waiting = True
            self.say("waiting")
            machine.run_in_real_time()
        if self.felt():
            machine.realtime = bool(self.job.get("realtime"))
            machine.at(machine.now_ns + _REACT_NS, machine.imu.let_go)
        else:
            machine.at(machine.now_ns + 50_000_000, self._look_for_buzz)

    def _look_for_start(self) -> None:
        if self.machine.imu.began_ns is not None and self.machine.imu.fed:
            self.ready = True
            self.ready_ns = self.machine.imu.began_ns
            self.say("ready")
        else:
            self.machine.at(self.machine.now_ns + 10_000_000, self._look_for_start)

    # commands ---------------------------------------------------------------------------------------------
    def _listen(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        self.control_path = path
        self._server = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        try:  # a socket's path may have 107 bytes: bind by its last name
            os.chdir(path.parent)
            self._server.bind(path.name)
        finally:
            os.chdir(here)
        self._server.listen(8)
        self._server.setblocking(False)
        self.machine.readers.append(self._server)

    def poll(self) -> None:
        if os.getppid() != self._parent:
            raise Quit  # whoever started us is gone
        self.usb.pump()
        with contextlib.suppress(BlockingIOError):
            client, _ = self._server.accept()
            client.setblocking(False)
            self._clients.append((client, bytearray()))
            self.machine.readers.append(client)
        for client, buffer in list(self._clients):
            try:
                data = client.recv(4096)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                self._clients.remove((client, buffer))
                self.machine.readers.remove(client)
                client.close()
                continue
            buffer += data
            while b"\n" in buffer:
                line, _, rest = buffer.partition(b"\n")
                buffer[:] = rest
                self._answer(client, bytes(line))

    def _answer(self, client: socket.socket, line: bytes) -> None:
        stop: type[BaseException] | None = None
        try:
            name, options = parse(line)
            out, stop = self.command(name, options)
        except (ValueError, TypeError, KeyError) as error:
            out = {"ok": False, "error": str(error)}
        with contextlib.suppress(OSError):
            client.setblocking(True)
            client.sendall(json.dumps(out).encode() + b"\n")
            client.setblocking(False)
        if stop is not None:
            raise stop

    def command(
        self, name: str, options: dict[str, Any]
    ) -> tuple[dict[str, Any], type[BaseException] | None]:
        """Carry out one command. Returns the answer, and what ends the board, if anything does."""
        machine = self.machine
        if name == "button":
            pin = machine.pin(machine.facts.BUTTON)
            seconds = float(options.get("seconds", 2.0 if options.get("press") == "long" else 0.2))
            pin.level = False
            machine.at(machine.now_ns + int(seconds * 1e9), lambda: setattr(pin, "level", True))
        elif name == "plug":
            self.plug()
        elif name == "unplug":
            self.usb.unplug()
        elif name == "power_cut":
            self.disk.torn = float(options.get("torn", 0.5))
            if "after_s" in options:
                machine.cut_at_ns = machine.now_ns + int(float(options["after_s"]) * 1e9)
            else:
                return {"ok": True}, PowerCut
        elif name == "sensor":
            machine.imu.present = bool(options.get("present", True))
            machine.imu.stuck = bool(options.get("stuck", False))
            if options.get("reset"):
                machine.imu.power_on()
            if "for_s" in options:

                def back() -> None:
                    machine.imu.present, machine.imu.stuck = True, False
                    if options.get("reset"):
                        machine.imu.power_on()

                machine.at(machine.now_ns + int(float(options["for_s"]) * 1e9), back)
        elif name == "battery":
            self.cell.curve = float(options["volts"])
        elif name == "bus":  # it hangs until it is made anew
            machine.bus_hangs = True
        elif name == "reload":  # a watchdog that nothing stops goes on
            return {"ok": True}, Reload
        elif name == "buzzer":
            self.driver.present = bool(options.get("present", True))
        elif name == "quit":
            return {"ok": True}, Quit
        elif name != "status":
            known = "button, unplug, plug, power_cut, sensor, battery, bus, buzzer, reload, status, quit"
            raise ValueError(f"no command {name}: {known}")
        return {"ok": True, **self.status()}, None

    def status(self) -> dict[str, Any]:
        imu = self.machine.imu
        return {
            "state": "ended" if self.ended else "ready" if self.ready else "booting",
            "t_s": round((self.machine.now_ns - self.ready_ns) / 1e9, 3),
            "plugged": self.usb.plugged,
            "samples_read": imu.read_out,
            "samples_lost": imu.lost,
            "erases": self.disk.erases,
            "usb": self.machine.devices_shown(),
            "ble": self.machine.ble,
            "display": self.machine.display_is_on,
            "felt": self.felt(),
            "meters": self.machine.meters,
            "pid": os.getpid(),
        }

    # life -------------------------------------------------------------------------------------------------
    def run(self) -> int:
        """Power on, and stay on until something ends it. Returns the exit code."""
        machine = self.machine
        if self.job.get("realtime") and not self.job.get("cable"):  # nobody waits for the boot of a board at its cable
            machine.run_in_real_time()
        for event in self.job.get("events", ()):
            self._schedule(event)
        machine.at(0, self._look_for_start)
        if self.job.get("cable"):
            machine.at(0, self._look_for_buzz)
        if self.job.get("button_held_s"):
            self.command("button", {"seconds": self.job["button_held_s"]})
        cable = bool(self.job.get("start_plugged") or self.job.get("cable"))
        try:
            while True:
                machine.power_up()
                self._file("boot.py")
                machine.in_boot_py = False
                self._boot_out()
                if not machine.usb_fits():
                    self._safe_mode("USB devices need more endpoints than are available.")
                if cable:  # USB comes up after boot.py
                    self.usb.plug(*machine.cdc)
                    cable = False
                try:
                    while self._file("code.py"):
                        pass
                    self._done()
                except Reset as reset:
                    machine.reset_reason = reset.reason
                    machine.soft_reset()
                    cable = self.usb.plugged
                    self.usb.unplug()
        except PowerCut:
            self.disk.power_cut()
            return 0
        except (Quit, KeyboardInterrupt):
            with contextlib.suppress(BaseException):
                self.disk.close_all()
            return 1 if self.failed else 0
        finally:
            self.keep_felt()
            self.say("exit")
            self.usb.unplug()
            self._server.close()
            with contextlib.suppress(OSError):
                self.control_path.unlink()

    def _schedule(self, event: dict[str, Any]) -> None:
        """An event of the job: {"at_s": seconds after sample 0, "command": name, ...}."""

        def when_ready() -> None:
            if not self.ready:
                self.machine.at(self.machine.now_ns + 10_000_000, when_ready)
                return
            self.machine.at(self.ready_ns + int(float(event["at_s"]) * 1e9), act)

        def act() -> None:
            _, stop = self.command(event["command"], event)
            if stop is not None:
                raise stop

        self.machine.at(0, when_ready)

    def _safe_mode(self, why: str) -> None:
        """CircuitPython runs no code.py: as if the program had stopped."""
        self.machine.previous_traceback = f"You are in safe mode because: {why}"
        self._done()

    def _done(self) -> None:
        """code.py ended: CircuitPython waits for a reload. Nothing will come of this walk, so say so and leave."""
        print(
            f"The firmware stopped: {lines((self.machine.previous_traceback or 'no error').strip())}",
            file=sys.stderr,
        )
        self.failed = True
        raise Quit

    def _file(self, name: str) -> bool:
        """Run a file of the root, as CircuitPython does; an error is printed and remembered. True: reload."""
        if not (self.disk.root / name).is_file():
            return False
        machine = self.machine
        machine.soft_reset()
        interpreter = Interpreter(machine)
        machine.previous_traceback = None
        try:
            interpreter.run(name)
        except Reload:
            return True
        except SystemExit:
            pass
        except Exception as error:
            machine.previous_traceback = traceback_text(error)
            interpreter.machine_write(machine.previous_traceback)
        return False


def main(argv: list[str]) -> int:
    job = json.loads(Path(argv[0]).read_text(encoding="utf-8"))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    return Board(job).run()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
