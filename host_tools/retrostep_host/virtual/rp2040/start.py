# SPDX-License-Identifier: MIT
"""`retrostep emulate` without the command line: from files to a running board.

in    paths and options
out   a finished walk; DRIVE.flash, DRIVE.out
keeps DRIVE untouched once it is made
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from retrostep_host.errors import BadDrive, UnsupportedPlatform, from_os
from retrostep_host.virtual import chips
from retrostep_host.virtual.rp2040 import fat, flash, uf2

# Short, because a busy emulated board takes ten to twenty seconds for one of its own.
SCRIPT = """stand 2 s
forward 6 strides
backward 6 strides
stand 1 s
"""
_GPIO = re.compile(r"GP(\d+)$")


def run(
    uf2: Path,
    recording: str | None,
    script: str | None,
    drive: Path,
    ports: Path,
    board: str,
    placement: str | None,
    side: str | None,
    rate_error: float,
    fresh: bool,
    stay: bool,
    tell: Callable[[str, float], None],
    progress: Callable[[float, float], None] | None,
    warn: Callable[[str], None],
    how: dict[str, Any] | None = None,
) -> None:
    """Carry one walk through; `how` to read the recording as for recordings.load. Raises RetrostepError kinds."""
    if sys.platform == "win32":
        raise UnsupportedPlatform.no_terminals("emulate")
    _check_uf2(uf2, warn)
    fat.check_tools()
    stream = _stream(recording, script, placement, side, drive, how or {})
    facts = _facts(board)
    flash_file, out = _beside(drive, ".flash"), _beside(drive, ".out")
    try:
        content = _content(drive, flash_file, board, stream, fresh, warn)
        asyncio.run(_walk(uf2, content, facts, stream, ports, flash_file, rate_error, stay, tell, progress))
    except OSError as error:
        raise from_os(error, "running the emulated board") from error
    finally:
        if flash_file.exists():
            fat.extract(flash_file.read_bytes()[flash.NVM_SIZE :], out)


def _check_uf2(path: Path, warn: Callable[[str], None]) -> None:
    build = uf2.check(path)
    if build.version and not build.version.startswith(("9.", "10.")):
        warn(f"{path.name} is CircuitPython {build.version}; Retrostep was tried on 10.0.3, other versions may differ.")


def _beside(drive: Path, suffix: str) -> Path:
    drive = Path(os.path.abspath(drive))
    return drive.with_name(drive.name + suffix)


def _stream(
    recording: str | None, script: str | None, placement: str | None, side: str | None, drive: Path, how: dict[str, Any]
) -> Any:
    from retrostep_host import recordings

    if recording is not None:
        return recordings.stream(recordings.load(recording, **how), placement=placement, side=side)
    from retrostep_host.virtual import walks

    made = walks.generate(script or SCRIPT, placement=placement, side=side)
    walks.save(made, _beside(drive, ".walk"))
    return recordings.stream(made)


def _facts(board: str) -> Any:
    from retrostep_host import drive

    return SimpleNamespace(**drive.facts(drive.board_file(board)))


def _content(
    folder: Path, flash_file: Path, board: str, stream: Any, fresh: bool, warn: Callable[[str], None]
) -> bytes:
    """nvm and drive: kept from the last run, or made from DRIVE, which is made first when it is not there."""
    from retrostep_host import drive

    worn = {"placement": stream.placement, "side": stream.side}
    drive.prepare(folder, board, worn, files=drive.packed(board))
    settings = (folder / "settings.toml").read_bytes()
    if fresh or not flash_file.exists():
        return b"\xff" * flash.NVM_SIZE + fat.make(folder, flash.DRIVE_SIZE)
    content = flash_file.read_bytes()
    if len(content) != flash.NVM_SIZE + flash.DRIVE_SIZE:
        raise BadDrive(f"{flash_file.name} is no flash of an emulated board; `--fresh` makes a new one, logs are lost.")
    volume = content[flash.NVM_SIZE :]
    newest = max((file.stat().st_mtime for file in folder.rglob("*.*py")), default=0.0)
    if newest > flash_file.stat().st_mtime:
        warn(f"{folder.name} is newer than {flash_file.name}, which is what runs; `--fresh` takes the new files.")
    if fat.get(volume, "settings.toml") != settings:
        volume = fat.put(volume, "settings.toml", settings)
    return content[: flash.NVM_SIZE] + volume


def pin(name: str | None) -> int | None:
    """The number of a pin by its name in `board`; None when it has none on an RP2040."""
    match = _GPIO.match(name or "")
    return int(match.group(1)) if match else None


async def _walk(
    uf2: Path,
    content: bytes,
    facts: Any,
    stream: Any,
    ports: Path,
    flash_file: Path,
    rate_error: float,
    stay: bool,
    tell: Callable[[str, float], None],
    progress: Callable[[float, float], None] | None,
) -> None:
    from retrostep import units

    from retrostep_host.virtual.rp2040.board import EmulatedBoard
    from retrostep_host.virtual.rp2040.session import Walk

    scl, sda = pin(facts.I2C[0]), pin(facts.I2C[1])
    if scl is None or sda is None:
        raise BadDrive(
            "This board's pins have names of their own, which the emulated RP2040 does not know; "
            "take a board with GP pins, such as pico_lsm6dsox."
        )
    # a chip of its own for each flash file, and always the same one
    uid = b"\xe6" + hashlib.sha1(str(flash_file).encode(), usedforsecurity=False).digest()[:7]
    board = EmulatedBoard(uf2, content=content, plugged=False, i2c_index=sda // 2 % 2, i2c_pins=(sda, scl), uid=uid)
    imu = chips.imu(facts.IMU[0], board.clock_ns, facts.IMU[1], rate_error)
    imu.feed(stream.words, units.RATE_HZ, *units.RANGES[stream.placement])
    board.attach(imu, pin(facts.IMU_INT))
    motor = None
    if facts.HAPTICS and facts.HAPTICS[0].upper().startswith("DRV2605"):
        motor = chips.haptics(*_haptics(facts.HAPTICS, board.clock_ns))
        board.attach(motor)
    button = pin(facts.BUTTON)
    if button is not None:
        board.button(button)
    await Walk(board, imu, motor, ports, flash_file, button, tell, progress).run(stay)


def _haptics(fact: tuple[Any, ...], clock: chips.Clock) -> tuple[Any, ...]:
    return fact[0], clock, fact[1]
