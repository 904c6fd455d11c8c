# SPDX-License-Identifier: MIT
"""Desk: an emulated board that lies plugged in on a desk, without a walk; run as a program of its own.

in    a UF2, a flash file (nvm and drive), a folder for its ports, the chip's id; "held": the button is, at power-up
out   the line "up" once USB is there; the flash file is written back at the end (control socket: quit); into
      RETROSTEP_FLASH_LOG a line for each flash operation: emulated s; code, address, bytes programmed in hexadecimal
"""

import asyncio
import os
import sys
from pathlib import Path

from retrostep_host import drive
from retrostep_host.virtual import chips
from retrostep_host.virtual.rp2040.board import EmulatedBoard
from retrostep_host.virtual.rp2040.session import Walk
from retrostep_host.virtual.rp2040.start import pin


async def lie(uf2, flash_file, ports, uid, held):
    facts = drive.facts(drive.board_file(None))
    board = EmulatedBoard(uf2, content=flash_file.read_bytes(), plugged=True, uid=uid)
    imu = chips.imu(facts["IMU"][0], board.clock_ns, facts["IMU"][1])
    board.attach(imu, pin(facts["IMU_INT"]))
    motor = chips.haptics(facts["HAPTICS"][0], board.clock_ns, facts["HAPTICS"][1])
    board.attach(motor)
    button = pin(facts["BUTTON"])
    board.button(button)
    if log := os.environ.get("RETROSTEP_FLASH_LOG"):
        told = open(log, "a", buffering=1)  # noqa: SIM115 - as long as the board
        board.flash.on_operation = lambda code, at, data: told.write(
            f"{board.now_s:.4f} {code:02x} {at:06x} {data.hex()}\n"
        )
    if held:
        board.press(button, 6.0)
    desk = Walk(board, imu, motor, ports, flash_file, button)
    board.computer.on_ready = lambda: desk.ports.show(board.computer.channels)
    await desk.ports.open()
    try:
        await board.boot()
        board.pace()
        print("up", flush=True)
        while not desk._quit.is_set():
            await asyncio.sleep(0.05)
            desk._check()
    finally:
        await board.halt()
        desk.save()
        await desk.ports.close()


if __name__ == "__main__":
    uf2, flash_file, ports, uid, *hands = sys.argv[1:]
    asyncio.run(lie(uf2, Path(flash_file), Path(ports), bytes.fromhex(uid), hands == ["held"]))
