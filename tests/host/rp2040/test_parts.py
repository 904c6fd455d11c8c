# SPDX-License-Identifier: MIT
"""Parts of the emulated board that need no CircuitPython build: which UF2 is taken, the drive, USB, hands, flash."""

import os
import random
import shutil
import struct
import subprocess
import sys
import types

import pytest
from retrostep_host.errors import BadDrive, BadUF2, MissingTool
from retrostep_host.virtual.rp2040 import fat, flash, ports, start, uf2

needs_mtools = pytest.mark.skipif(not shutil.which("mcopy"), reason="mtools is not installed: apt install mtools.")


def block(payload, family=uf2.RP2040, number=0, count=1):
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, 0x10000000 + 256 * number, 256, number, count, family)
    return head + payload.ljust(256, b"\0").ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


TEXT = b"Adafruit CircuitPython 10.0.3 on 2025-10-17; RF.Guru RP2040 with rp2040\r\nBoard ID:rfguru_rp2040\r\n"


def test_a_build_for_the_chip_says_what_it_is(tmp_path):
    path = tmp_path / "good.uf2"
    path.write_bytes(block(TEXT))
    assert uf2.check(path) == uf2.Build("10.0.3", "rfguru_rp2040", "RF.Guru RP2040 with rp2040")


@pytest.mark.parametrize(
    "content, says",
    [
        (block(TEXT, family=0xADA52840), "is for nRF52840"),
        (block(TEXT, family=0xE48BFF59), "is for RP2350"),
        (block(TEXT, family=0x12345678), "family id 0x12345678"),
        (block(TEXT) * 2 + b"UF2", "cut short"),
        (block(TEXT)[:-4] + b"oops", "damaged at byte 0"),
        (block(TEXT) + b"x" * 512, "damaged at byte 512"),
        (b"MZ" * 400, "no UF2"),
        (b"", "no UF2"),
        (block(b"MicroPython v1.24"), "not CircuitPython"),
    ],
)
def test_any_other_file_is_refused_in_one_sentence(tmp_path, content, says):
    path = tmp_path / "bad.uf2"
    path.write_bytes(content)
    with pytest.raises(BadUF2, match=says) as error:
        uf2.check(path)
    assert "\n" not in str(error.value) and error.value.exit_code == 13


def test_a_missing_build_says_where_to_get_one(tmp_path):
    with pytest.raises(BadUF2, match="circuitpython.org"):
        uf2.check(tmp_path / "none.uf2")


def test_missing_tools_come_with_the_line_that_installs_them(monkeypatch):
    monkeypatch.setattr(fat, "_find", lambda tool, path=None: None)
    with pytest.raises(MissingTool, match="apt install dosfstools mtools"):
        fat.check_tools()


@needs_mtools
def test_a_folder_goes_through_the_drive_and_back(tmp_path):
    folder = tmp_path / "drive"
    (folder / "lib" / "deep").mkdir(parents=True)
    (folder / "__pycache__").mkdir()
    (folder / "code.py").write_bytes(b"print(1)\n")
    (folder / "lib" / "deep" / "a_long_name_in_mixed_Case.py").write_bytes(os.urandom(5000))
    volume = fat.make(folder, flash.DRIVE_SIZE)
    assert len(volume) == flash.DRIVE_SIZE
    volume = fat.put(volume, "settings.toml", b"A = 1\n")
    assert fat.get(volume, "settings.toml") == b"A = 1\n" and fat.get(volume, "none.txt") is None
    fat.extract(volume, tmp_path / "out")
    name = "lib/deep/a_long_name_in_mixed_Case.py"
    assert (tmp_path / "out" / name).read_bytes() == (folder / name).read_bytes()
    assert not (tmp_path / "out" / "__pycache__").exists()


@needs_mtools
def test_a_folder_that_does_not_fit_is_said_so(tmp_path):
    (tmp_path / "big.bin").write_bytes(bytes(200_000))
    with pytest.raises(BadDrive, match="does not fit"):
        fat.make(tmp_path, 128 * 1024)


def test_both_channels_are_found_in_a_descriptor():
    from retrostep_host.virtual.rp2040.usb import Function, functions

    def interface(number, kind, endpoints):
        return [9, 4, number, 0, endpoints, kind, 0, 0, 10 + number]

    def endpoint(address):
        return [7, 5, address, 2, 64, 0, 0]

    one = interface(0, 2, 1) + [7, 5, 0x81, 3, 8, 0, 16] + interface(1, 10, 2) + endpoint(0x02) + endpoint(0x82)
    two = interface(2, 2, 1) + [7, 5, 0x83, 3, 8, 0, 16] + interface(3, 10, 2) + endpoint(0x84) + endpoint(0x04)
    disk = interface(4, 8, 2) + endpoint(0x05) + endpoint(0x85)
    assert functions(one + two + disk) == [Function(0, 2, 2, 10), Function(2, 4, 4, 12)]


@pytest.mark.parametrize(
    "line, means",
    [
        (b'{"cmd": "button", "seconds": 2}', ("button", {"cmd": "button", "seconds": 2})),
        (b'{"button": {"seconds": 2}}', ("button", {"seconds": 2})),
        (b'"quit"', ("quit", {})),
    ],
)
def test_hands_speak_one_json_a_line(line, means):
    assert ports.parse(line) == means


@pytest.mark.parametrize("line", [b"[]", b"{}", b"7", b"nonsense"])
def test_anything_else_is_refused(line):
    with pytest.raises(ValueError):
        ports.parse(line)


def test_pins_have_numbers_only_where_an_rp2040_has_them():
    assert start.pin("GP9") == 9 and start.pin("A3") is None and start.pin(None) is None


class Chip:
    """As much of rp2040py as the flash needs."""

    def __init__(self):
        self.flash = bytearray(b"\xff" * flash.SIZE)
        self.clock = types.SimpleNamespace(nanos=0.0, tick=self._tick)
        self.ssi = types.SimpleNamespace(
            _tx_buffer=bytearray(), _write_enabled=True, _apply_command=self._apply, _shift_byte=self._shift
        )
        self.applied = []

    def _tick(self, ns):
        self.clock.nanos += ns

    def _apply(self):
        self.applied.append(bytes(self.ssi._tx_buffer))

    def _shift(self, value):
        self.ssi._tx_buffer.append(value)
        return 0

    def send(self, *values):
        self.ssi._tx_buffer = bytearray()
        answers = [self.ssi._shift_byte(value) for value in values]
        self.ssi._apply_command()
        return answers


def test_an_erase_keeps_the_flash_busy_for_45_ms():
    chip = Chip()
    part = flash.Flash(chip)
    chip.send(0x20, 0x10, 0, 0)
    assert chip.send(0x05, 0)[1] & 1 == 1
    assert chip.clock.nanos == pytest.approx(45e6)
    assert chip.send(0x05, 0)[1] & 1 == 0
    assert part.operations == part.erases == 1


def test_power_is_cut_at_the_operation_asked_for_and_nothing_is_written_after():
    chip = Chip()
    part = flash.Flash(chip)
    cuts = []
    part.on_cut = lambda: cuts.append(part.operations)
    part.cut_after = 2
    for _ in range(5):
        chip.send(0x02, 0x10, 0, 0, 1, 2, 3)
    assert len(chip.applied) == 2 and cuts == [3] and part.is_cut


def test_a_torn_page_is_written_in_part():
    chip = Chip()
    part = flash.Flash(chip)
    part.cut_after, part.torn = 0, random.Random(4)
    chip.send(0x02, 0x10, 0, 0, *([0] * 256))
    page = bytes(chip.flash[0x100000:0x100100])
    assert page.rstrip(b"\xff").strip(b"\0") == b"" and 0 < page.count(0) < 256


def test_the_flash_has_an_id():
    chip = Chip()
    flash.Flash(chip, uid=bytes(range(1, 9)))
    assert bytes(chip.send(0x4B, *([0] * 12))[5:]) == bytes(range(1, 9))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals.")
def test_emulate_refuses_another_chips_build_with_one_sentence_and_its_own_exit_code(tmp_path):
    path = tmp_path / "feather.uf2"
    path.write_bytes(block(TEXT, family=0xADA52840))
    words = ["emulate", "--uf2", path, "--drive", tmp_path / "drive", "--ports", tmp_path / "ports", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "retrostep_host.cli.main", *map(str, words)], capture_output=True, text=True
    )
    assert done.returncode == 13 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "nRF52840" in done.stderr
    assert not (tmp_path / "drive").exists()
