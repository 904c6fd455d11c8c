# SPDX-License-Identifier: MIT
"""`emulate` names a file that is no build for its chip, before anything starts."""

import os
import struct

import pytest
from retrostep_host.cli import main

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")


def block(family, payload=b"MicroPython v1.24"):
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, 0x10000000, 256, 0, 1, family)
    return head + payload.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "could not be read"),
        (b"PK\x03\x04 a zip file", "is no UF2 file"),
        (block(0xE48BFF56)[:-12], "is no UF2 file"),
        (block(0xE48BFF56) + b"half", "is cut short"),
        (block(0xE48BFF56)[:-4] + b"oops", "is damaged at byte 0"),
        (block(0xADA52840), "is for nRF52840"),
        (block(0xE48BFF56), "is not CircuitPython"),
    ],
)
def test_a_file_that_cannot_boot_is_named_before_anything_starts(tmp_path, capsys, data, words):
    path = tmp_path / "some.uf2"
    if data is not None:
        path.write_bytes(data)
    folders = ["--drive", str(tmp_path / "drive"), "--ports", str(tmp_path / "ports")]
    assert main._run(["emulate", "--uf2", str(path), *folders]) == 13
    assert words in capsys.readouterr().err
    assert not (tmp_path / "drive").exists() and not (tmp_path / "ports").exists()
