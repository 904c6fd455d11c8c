# SPDX-License-Identifier: MIT
"""The flash chip behind the RP2040: how long it is busy, and what a power cut leaves of it.

in    SPI commands of the guest (rp2040py's SSI)
out   busy times, a count of operations, a cut after the nth; `on_operation` hears of each that is done
keeps when the chip is ready again, the count
from  W25Q16JV datasheet, 9.6 AC characteristics: sector erase 45 ms, block erase 150 ms, page program 0.4 ms
      (typical); circuitpython ports/raspberrypi: 2 MB, firmware 1020 kB, nvm 4 kB, then the drive
but   a cut torn in the middle of an operation leaves it half done: bits of an erase partly set, a page partly written
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

SIZE = 2 * 1024 * 1024
NVM_START = 1020 * 1024  # CIRCUITPY_FIRMWARE_SIZE
NVM_SIZE = 4096
DRIVE_START = NVM_START + NVM_SIZE
DRIVE_SIZE = SIZE - DRIVE_START

ERASE_S, PROGRAM_S = 0.045, 0.0004
SECTOR_ERASE, BLOCK_ERASE, PAGE_PROGRAM, READ_STATUS, READ_UID = 0x20, 0xD8, 0x02, 0x05, 0x4B


class Flash:
    """Wraps the SSI of one emulated chip. `on_cut` is called once, when the power goes."""

    def __init__(self, mcu: Any, erase_s: float = ERASE_S, program_s: float = PROGRAM_S, uid: bytes = bytes(8)) -> None:
        self._mcu = mcu
        self._ssi = mcu.ssi if hasattr(mcu, "ssi") else mcu.peripherals[0x18000]
        self._times = {SECTOR_ERASE: erase_s, BLOCK_ERASE: 150e-3 * (erase_s > 0), PAGE_PROGRAM: program_s}
        self._ready_ns = 0.0
        self._uid = uid  # the RP2040 has none of its own: CircuitPython's `microcontroller.cpu.uid` is the flash chip's
        self.operations = 0
        self.erases = 0
        self.busy_s = 0.0
        self.cut_after: int | None = None
        self.torn: random.Random | None = None
        self.is_cut = False
        self.on_cut: Callable[[], None] | None = None
        self.on_operation: Callable[[int, int, bytes], None] | None = None  # its code, address, what is programmed
        self._apply, self._shift = self._ssi._apply_command, self._ssi._shift_byte
        self._ssi._apply_command, self._ssi._shift_byte = self._command, self._byte

    def _command(self) -> None:
        buffer = self._ssi._tx_buffer
        code = buffer[0] if buffer else None
        if code in self._times and self._ssi._write_enabled:
            if self.is_cut:
                self._ssi._tx_buffer = bytearray()
                return
            self.operations += 1
            self.erases += code != PAGE_PROGRAM
            if self.cut_after is not None and self.operations > self.cut_after:
                self.is_cut = True
                if self.torn is not None:
                    self._tear(code, buffer)
                self._ssi._tx_buffer = bytearray()
                if self.on_cut:
                    self.on_cut()
                return
            self._ready_ns = self._mcu.clock.nanos + 1e9 * self._times[code]
            self.busy_s += self._times[code]
            if self.on_operation:
                address = buffer[1] << 16 | buffer[2] << 8 | buffer[3]
                self.on_operation(code, address, bytes(buffer[4:]))
        self._apply()

    def _tear(self, code: int, buffer: bytearray) -> None:
        flash, chance = self._mcu.flash, self.torn
        assert chance is not None
        address = buffer[1] << 16 | buffer[2] << 8 | buffer[3]
        if code == PAGE_PROGRAM:
            written = bytes(buffer[4 : 4 + chance.randrange(len(buffer) - 3)])
            for offset, value in enumerate(written):
                flash[address + offset] &= value
            return
        size = 4096 if code == SECTOR_ERASE else 65536
        address &= ~(size - 1)
        for offset in range(size):  # an interrupted erase leaves some bits at 1, in no order
            flash[address + offset] |= chance.getrandbits(8)

    def _byte(self, value: int) -> int:
        answer = self._shift(value)
        buffer = self._ssi._tx_buffer
        if buffer[0] == READ_UID:  # four dummy bytes, then the id
            return self._uid[len(buffer) - 6] if 6 <= len(buffer) < 14 else 0xFF
        if len(buffer) > 1 and buffer[0] == READ_STATUS and self._mcu.clock.nanos < self._ready_ns:
            # The guest polls in a loop with interrupts off: skip ahead to the end of it.
            self._mcu.clock.tick(self._ready_ns - self._mcu.clock.nanos)
            answer |= 1
        return answer

    # content ----------------------------------------------------------------------------------------------
    @property
    def nvm(self) -> bytes:
        return bytes(self._mcu.flash[NVM_START : NVM_START + NVM_SIZE])

    @property
    def drive(self) -> bytes:
        return bytes(self._mcu.flash[DRIVE_START:SIZE])

    def load(self, nvm_and_drive: bytes) -> None:
        """What survives on a real board: nvm, then the drive."""
        if len(nvm_and_drive) != NVM_SIZE + DRIVE_SIZE:
            raise ValueError(f"A flash file has {NVM_SIZE + DRIVE_SIZE} bytes; this has {len(nvm_and_drive)}.")
        self._mcu.flash[NVM_START:SIZE] = nvm_and_drive

    def dump(self) -> bytes:
        return bytes(self._mcu.flash[NVM_START:SIZE])
