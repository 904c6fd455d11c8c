# SPDX-License-Identifier: MIT
"""UF2 files: is this CircuitPython for an RP2040?

in    a file
out   the firmware's own board id and version
from  github.com/microsoft/uf2, README: 512-byte blocks, family id at byte 28, magic numbers; utils/uf2families.json
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import NamedTuple

from retrostep_host import files
from retrostep_host.errors import BadUF2

_START0, _START1, _END = 0x0A324655, 0x9E5D5157, 0x0AB16F30
_HAS_FAMILY = 0x2000
MOST_BYTES = 64_000_000  # four times the largest flash, in blocks that are half empty
RP2040 = 0xE48BFF56
FAMILIES = {
    RP2040: "RP2040",
    0xE48BFF57: "RP2 absolute block",
    0xE48BFF59: "RP2350 (Arm)",
    0xE48BFF5A: "RP2350 (RISC-V)",
    0xE48BFF5B: "RP2350 (Arm, non-secure)",
    0xADA52840: "nRF52840",
    0x621E937A: "nRF52833",
    0xC47E5767: "ESP32-S3",
    0xBFDD4EEE: "ESP32-S2",
    0x55114460: "SAMD51",
    0x68ED2B88: "SAMD21",
    0x57755A57: "STM32F4",
}


class Build(NamedTuple):
    """What a CircuitPython build says about itself; None where it says nothing."""

    version: str | None
    board_id: str | None
    machine: str | None


def check(path: str | Path) -> Build:
    """Look at a UF2. Raises BadUF2 when it is none, damaged, for another chip, or not CircuitPython."""
    path = Path(path)
    try:
        files.check(path, MOST_BYTES)
        data = path.read_bytes()
    except files.TooMuch as problem:
        raise BadUF2(f"{path} {problem}; nothing was started. Give the .uf2 from circuitpython.org.") from None
    except OSError as error:
        raise BadUF2(
            f"{path} could not be read ({error.strerror}); download a build for raspberry_pi_pico from "
            "circuitpython.org/downloads and give its path with `--uf2`."
        ) from None
    if len(data) < 512 or data[:8] != struct.pack("<2I", _START0, _START1):
        raise BadUF2(f"{path.name} is no UF2 file; nothing was started. Give the .uf2 from circuitpython.org.")
    if len(data) % 512:
        raise BadUF2(f"{path.name} is cut short ({len(data)} bytes); nothing was started. Download it again.")
    image = bytearray()
    families = set()
    for at in range(0, len(data), 512):
        start0, start1, flags, _, size, _, _, family = struct.unpack_from("<8I", data, at)
        (end,) = struct.unpack_from("<I", data, at + 508)
        if (start0, start1, end) != (_START0, _START1, _END) or size > 476:
            raise BadUF2(f"{path.name} is damaged at byte {at}; nothing was started. Download it again.")
        if flags & _HAS_FAMILY:
            families.add(family)
        image += data[at + 32 : at + 32 + size]
    if families and RP2040 not in families:
        family = families.pop()
        name = FAMILIES.get(family, f"a chip with family id 0x{family:08x}")
        raise BadUF2(
            f"{path.name} is for {name}, and this emulates an RP2040; nothing was started. "
            "Take a build for raspberry_pi_pico."
        )
    # "Adafruit CircuitPython 10.0.3 on 2025-10-17; RFGuru RP2040 with rp2040\r\nBoard ID:rfguru_rp2040"
    version = re.search(rb"Adafruit CircuitPython ([0-9][0-9A-Za-z.+-]*) on [0-9-]{10}; ([ -~]{1,80})", image)
    board = re.search(rb"Board ID:([a-z0-9_]{2,60})", image)
    if version is None and b"CircuitPython" not in image:
        raise BadUF2(
            f"{path.name} is for an RP2040 but is not CircuitPython; nothing was started. "
            "Take a build for raspberry_pi_pico from circuitpython.org/downloads."
        )
    return Build(
        version.group(1).decode() if version else None,
        board.group(1).decode() if board else None,
        version.group(2).decode() if version else None,
    )
