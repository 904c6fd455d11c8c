# SPDX-License-Identifier: MIT
"""One emulated board: chip, flash, bus, cable and time, tied together.

in    a UF2, a drive folder or a flash file, chip models, hands (`press`, `plug`, `unplug`, `cut_after`)
out   serial bytes (`computer.on_data`), the flash, what the chips recorded
keeps everything that the parts keep
but   fixes five things that rp2040py 0.3.6 lacks: the RTC's match interrupt (rtc.py), waking from a WFI whose interrupt
      was pending before (wfi.py), the flash chip's busy time (flash.py), resetting a single block (else `I2C peripheral
      in use` after a soft reload), chance
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Alarms may fire up to this many instructions (8 ns each) late; boots and runs about twice as fast.
os.environ.setdefault("RP2040PY_CLOCK_TICK_BATCH", "32")

from rp2040py.boards import BoardSpec
from rp2040py.device.base_device import BaseDevice, ResetCause
from rp2040py.memory_map import FLASH_START_ADDRESS
from rp2040py.utils.logging import LogLevel

from retrostep_host.virtual.rp2040 import fat, flash, i2c, rtc, speed, usb, wfi

WARP_US = 20  # CircuitPython spins about 1.7 s on the timer while it starts: each look at it skips so far


class EmulatedBoard(BaseDevice):
    """A board that is off until `boot`. Use it inside one running asyncio loop.

    `drive` is a folder that becomes the CIRCUITPY drive; `content` (nvm and drive as `flash.dump` gave them) wins.
    `plugged` False: it boots on battery until `computer.plug()`.
    """

    def __init__(
        self,
        uf2: str | Path,
        drive: str | Path | None = None,
        content: bytes | None = None,
        plugged: bool = True,
        i2c_index: int = 0,
        i2c_pins: tuple[int, int] = (4, 5),
        flash_times: tuple[float, float] = (flash.ERASE_S, flash.PROGRAM_S),
        uid: bytes = bytes.fromhex("e661000000000001"),
    ) -> None:
        super().__init__(board=BoardSpec(image=str(uf2)), log_level=LogLevel.ERROR)
        self.is_quick = speed.quicken(self.simulator)
        self.flash = flash.Flash(self.mcu, *flash_times, uid=uid)
        self.flash.on_cut = self.stop
        if content is None and drive is not None:
            content = b"\xff" * flash.NVM_SIZE + fat.make(drive, flash.DRIVE_SIZE)
        if content is not None:
            self.flash.load(content)
        self.computer = usb.Computer(self.mcu.usb_ctrl, plugged)
        usb.slow_down(self.mcu)
        self.computer.on_pulled_up = self._warp_ends
        self.cdc = self.computer
        for pin in i2c_pins:
            self.mcu.gpio[pin].set_input_value(True)  # pull-ups
        self.bus = i2c.Bus(self.mcu, i2c_index)
        self.line = i2c.LineLevel(self.mcu, i2c_pins[0], i2c_pins[1], self.bus)
        self.rtc_alarm = rtc.RtcAlarm(self.mcu)
        self.wake_up = wfi.WakeUp(self.mcu)
        self.resets = 0
        self._reset_single_blocks()
        self._add_chance()
        self._warp_us = 0
        self._warp_timer()

    def _add_chance(self) -> None:
        """The ring oscillator's random bit (RP2040 datasheet 2.17.8), from which `os.urandom` is made: rp2040py answers
        with ones, so that every start would draw the same."""
        oscillator = self.mcu.peripherals[0x40060]
        read = oscillator.read_uint32
        oscillator.read_uint32 = lambda offset: os.urandom(1)[0] & 1 if offset == 0x1C else read(offset)

    # time -------------------------------------------------------------------------------------------------
    def clock_ns(self) -> int:
        """Emulated time since power-up in ns: the clock for chip models."""
        return int(self.mcu.clock.nanos)

    @property
    def now_s(self) -> float:
        return self.mcu.clock.nanos / 1e9

    def every(self, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` each `seconds` of emulated time."""

        def tick() -> None:
            call()
            alarm.schedule(seconds * 1e9)

        alarm = self.mcu.clock.create_alarm(tick)
        alarm.schedule(seconds * 1e9)

    def pace(self, factor: float = 1.0) -> None:
        """From now on emulated time never runs ahead of `factor` x wall time. (An idle guest would jump through
        hours, and host tools with timeouts would give up.)"""
        wall, emulated = time.monotonic(), self.now_s

        def tick() -> None:
            ahead = (self.now_s - emulated) / factor - (time.monotonic() - wall)
            if ahead > 0:
                time.sleep(min(ahead, 0.05))

        self.every(0.005, tick)

    def _warp_timer(self) -> None:
        read, clock = self.mcu.timer.read_uint32, self.mcu.clock

        def warped(offset: int) -> int:
            if self._warp_us:
                clock.tick(self._warp_us * 1000.0)
            return read(offset)

        self.mcu.timer.read_uint32 = warped

    def _reset_single_blocks(self) -> None:
        resets, blocks = self.mcu.resets, ((8, self.mcu.i2c[0]), (16, self.mcu.i2c[1]))
        read, write = resets.read_uint32, resets.write_uint32

        def wrapped(offset: int, value: int) -> None:
            before = read(0)
            write(offset, value)
            for bit, block in blocks:
                if read(0) & bit and not before & bit:
                    block.reset()

        resets.write_uint32 = wrapped

    # things on the board ----------------------------------------------------------------------------------
    def attach(self, chip: Any, int1_pin: int | None = None) -> None:
        """Solder a chip model to the bus, and its INT1 to a pin."""
        self.bus.attach(chip)
        if int1_pin is None:
            return
        pin = self.mcu.gpio[int1_pin]
        pin.set_input_value(False)
        chip.on_int1 = pin.set_input_value

        def look() -> None:
            chip.refresh()
            arm()

        def arm() -> None:
            due = chip.next_int1_ns()
            if due is not None and not chip.int1:
                alarm.schedule(max(1.0, due - self.mcu.clock.nanos))

        alarm = self.mcu.clock.create_alarm(look)
        self.bus.after_stop = arm

    def button(self, pin: int) -> None:
        """A button from `pin` to ground, not pressed."""
        self.mcu.gpio[pin].set_input_value(True)

    def press(self, pin: int, seconds: float = 0.2) -> None:
        """Press the button on `pin` for `seconds` of emulated time."""
        self.mcu.gpio[pin].set_input_value(False)
        alarm = self.mcu.clock.create_alarm(lambda: self.mcu.gpio[pin].set_input_value(True))
        alarm.schedule(seconds * 1e9)

    # power ------------------------------------------------------------------------------------------------
    def cut_after(self, operations: int | None, torn: random.Random | None = None) -> None:
        """Cut the power at the flash operation after `operations` more; `torn` leaves that one half done."""
        self.flash.cut_after = None if operations is None else self.flash.operations + operations
        self.flash.torn = torn

    async def boot(self, timeout_s: float = 120.0) -> None:
        """Power up and return when USB is enumerated, or, on battery, when the guest has switched its pull-up on.
        The start-up delay is skipped (`WARP_US`). Raises TimeoutError."""
        self._warp_us = WARP_US
        self.simulator.bind_loop()
        self._started = True
        self.mcu.core.pc = FLASH_START_ADDRESS
        self.simulator.start_execution()
        await asyncio.sleep(0)
        computer = self.computer
        await self.until(lambda: computer.is_ready or (computer.is_pulled_up and not computer.plugged), timeout_s)

    def _warp_ends(self) -> None:
        self._warp_us = 0

    def hard_reset(self, *, cause: ResetCause = ResetCause.RUN_PIN) -> None:
        self.resets += 1
        self._warp_us = WARP_US
        super().hard_reset(cause=cause)

    def power_cycle(self) -> None:
        """Power off and on again; the flash stays as it is."""
        self.hard_reset(cause=ResetCause.POWER_ON)

    async def until(self, claim: Callable[[], bool], timeout_s: float = 120.0, step_s: float = 0.005) -> None:
        """Run until `claim()`; `timeout_s` of wall time. Raises TimeoutError, or whatever stopped the emulator."""
        end = time.monotonic() + timeout_s
        while not claim():
            if self.simulator.engine_room_error:
                raise self.simulator.engine_room_error
            if time.monotonic() > end:
                raise TimeoutError(f"the emulated board did not get there within {timeout_s:.0f} s")
            await asyncio.sleep(step_s)

    async def halt(self) -> None:
        """Stop the emulator and let its task end."""
        self.stop()
        await asyncio.sleep(0.02)
