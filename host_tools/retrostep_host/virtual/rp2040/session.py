# SPDX-License-Identifier: MIT
"""One walk on the emulated board, from power-up on battery to the session fetched over the cable.

in    a board, a motion sensor that was fed, PORTS
out   states: ready (the firmware takes samples), ended (walk over, plugged in, session closed), exit
keeps the flash file up to date
but   "closed" is read off the flash: after plugging in it was written to and has been quiet for 1.5 s
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrostep_host.errors import VirtualBoardFailed
from retrostep_host.virtual.rp2040 import usb
from retrostep_host.virtual.rp2040.ports import Ports

if TYPE_CHECKING:
    from retrostep_host.virtual.chips.drv2605l import Drv2605l
    from retrostep_host.virtual.chips.lsm6ds import Lsm6ds
    from retrostep_host.virtual.rp2040.board import EmulatedBoard

QUIET_S = 1.5  # no flash operation for so long after plugging in: whatever was open is closed
CLOSE_S = 30.0  # emulated seconds after which a board that writes nothing is taken as it is
SAVE_S = 5.0  # wall time between two looks whether the flash file is stale


class Walk:
    """Ties a board to its ports and carries a walk through. `tell(state, t_s)` hears of states, `progress(share)`
    of the way in between; both may be None."""

    def __init__(
        self,
        board: EmulatedBoard,
        imu: Lsm6ds,
        motor: Drv2605l | None,
        ports: Path,
        flash_file: Path,
        button_pin: int | None = None,
        tell: Callable[[str, float], None] | None = None,
        progress: Callable[[float, float], None] | None = None,
    ) -> None:
        self.board, self.imu, self.motor = board, imu, motor
        self.flash_file = flash_file
        self.console = bytearray()
        self._button = button_pin
        self._tell = tell or (lambda state, t_s: None)
        self._progress = progress or (lambda share, t_s: None)
        self._quit = asyncio.Event()
        self._state = "booting"
        self._saved = -1
        self.ports = Ports(ports, board.computer.send, self._command)
        board.computer.on_data[usb.CONSOLE] = self._console
        board.computer.on_data[usb.DATA] = self.ports.channels[usb.DATA].write

    def _console(self, data: bytes) -> None:
        self.console += data
        del self.console[:-65536]
        self.ports.channels[usb.CONSOLE].write(data)

    # hands ------------------------------------------------------------------------------------------------
    def _command(self, name: str, options: dict[str, Any]) -> dict[str, Any]:
        board = self.board
        if name == "button" and self._button is not None:
            board.press(self._button, float(options.get("seconds", 2.0 if options.get("press") == "long" else 0.2)))
        elif name == "plug":
            board.computer.plug()
        elif name == "unplug":
            board.computer.unplug()
            self.ports.show([])
        elif name == "power_cut":
            self.power_cut()
        elif name == "sensor":
            self.imu.present = bool(options.get("present", True))
            self.imu.stuck = bool(options.get("stuck", False))
            if options.get("reset"):
                self.imu.power_on()
        elif name == "quit":
            self._quit.set()
        elif name != "status":
            raise ValueError(f"no command {name}: button, unplug, plug, power_cut, sensor, status, quit")
        return {"ok": True, **self.status()}

    @property
    def t_s(self) -> float:
        """Seconds since sample 0; 0.0 before it."""
        began = self.imu.began_ns
        return 0.0 if began is None else max(0.0, self.board.now_s - began / 1e9)

    def status(self) -> dict[str, Any]:
        felt = self.motor.felt if self.motor is not None else []
        zero = (self.imu.began_ns or 0) / 1e9
        return {
            "state": self._state,
            "t_s": round(self.t_s, 3),
            "plugged": self.board.computer.is_ready,
            "samples_read": self.imu.read_out,
            "samples_lost": self.imu.lost,
            "erases": self.board.flash.erases,
            "resets": self.board.resets,
            "felt": [[round(b.t_s - zero, 4), b.kind, round(b.amplitude, 3), round(b.duration_s, 4)] for b in felt],
            "pid": os.getpid(),
        }

    def power_cut(self) -> None:
        """Power goes and comes back: chips and board start anew, the flash stays as it was at that instant."""
        for chip in (self.imu, self.motor):
            if chip is not None:
                chip.power_on()
        self.ports.show([])
        self.board.power_cycle()

    # the walk ---------------------------------------------------------------------------------------------
    async def run(self, stay: bool) -> None:
        """Boot, walk, plug in, wait for the session to be closed; with `stay` keep running until interrupted.
        Raises VirtualBoardFailed when the firmware never takes a sample, or stops taking them."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._quit.set)
        try:
            await self.ports.open()
            self.board.computer.on_ready = lambda: self.ports.show(self.board.computer.channels)
            await self._carry_through(stay)
        finally:
            self._state = "exit"
            await self.board.halt()
            self.save()
            await self.ports.close()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
            self._tell("exit", self.t_s)

    async def _carry_through(self, stay: bool) -> None:
        walk = asyncio.create_task(self._walk())
        quit_ = asyncio.create_task(self._quit.wait())
        keep = asyncio.create_task(self._keep())
        try:
            await asyncio.wait({walk, quit_}, return_when=asyncio.FIRST_COMPLETED)
            if walk.done():
                walk.result()
                if stay:
                    await self._stay(quit_)
        finally:
            for task in (walk, quit_, keep):
                task.cancel()

    async def _stay(self, quit_: asyncio.Task[Any]) -> None:
        while not quit_.done():
            await asyncio.wait({quit_}, timeout=0.2)
            self._check()

    def _check(self) -> None:
        if self.board.simulator.engine_room_error:
            raise self.board.simulator.engine_room_error

    async def _walk(self) -> None:
        board, imu = self.board, self.imu
        await board.boot()
        board.pace()
        booted = board.now_s
        while imu.began_ns is None:
            self._check()
            if board.now_s > booted + 60.0:
                await self._stuck("never asked the motion sensor for samples")
            await asyncio.sleep(0.02)
        self._state = "ready"
        self._tell("ready", self.t_s)
        seen, at = imu.read_out, board.now_s
        while not imu.done:
            self._check()
            if imu.read_out != seen:
                seen, at = imu.read_out, board.now_s
            elif board.now_s > at + 20.0:
                await self._stuck("stopped reading the motion sensor")
            self._progress(imu.read_out / len(imu.stream), self.t_s)
            await asyncio.sleep(0.05)
        self._progress(1.0, self.t_s)
        before, plugged = board.flash.operations, board.now_s
        board.computer.plug()
        seen, at = before, board.now_s
        while board.now_s < plugged + CLOSE_S:
            self._check()
            if board.flash.operations != seen:
                seen, at = board.flash.operations, board.now_s
            if board.computer.is_ready and seen != before and board.now_s > at + QUIET_S:
                break
            await asyncio.sleep(0.02)
        self.save()
        self._state = "ended"
        self._tell("ended", self.t_s)

    async def _stuck(self, what: str) -> None:
        """Plug the cable in, so that the console says why, then give up."""
        if not self.board.computer.is_ready:
            self.board.computer.plug()
        start = self.board.now_s
        while self.board.now_s < start + 3.0:
            self._check()
            await asyncio.sleep(0.05)
        lines = self.console.decode("utf-8", "replace").strip().splitlines()[-12:]
        said = "\n".join(["", "The board's console said:", *lines]) if lines else " The board's console is empty."
        raise VirtualBoardFailed(
            f"The firmware on the emulated board {what}; its drive is kept in {self.flash_file}.{said}"
        )

    # flash ------------------------------------------------------------------------------------------------
    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(SAVE_S)
            self.save()

    def save(self) -> None:
        """Write the flash file when the flash changed; never half a file."""
        if self.board.flash.operations == self._saved and self.flash_file.exists():
            return
        self._saved = self.board.flash.operations
        half = self.flash_file.with_name(self.flash_file.name + ".tmp")
        half.write_bytes(self.board.flash.dump())
        os.replace(half, self.flash_file)
