# SPDX-License-Identifier: MIT
"""`install --board ./mine.py`: a board file of one's own goes onto the drive, or one sentence says what is wrong."""

import sys

import pytest
from retrostep_host import boards, drive
from retrostep_host.cli import main

from tests.host.cli.test_install import circuitpy, snapshot

XIAO = drive.board_file("xiao_nrf52840_sense").read_text()


def mine(tmp_path, *changes, text=XIAO):
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.py"
    path.write_text(text)
    return path


def install(path, board):
    return main._run(["install", "--path", str(path), "--board", str(board)])


def test_a_board_of_ones_own_is_installed_and_says_how_it_was_tried(tmp_path, capsys):
    path = circuitpy(tmp_path, "Seeed_XIAO_nRF52840_Sense")
    board = mine(tmp_path, ('BUTTON = "D2"', 'BUTTON = "D3"'), ("not on hardware yet", "on my desk, and it walks"))
    assert install(path, board) == 0
    assert (path / "lib" / "retrostep_board.py").read_text() == board.read_text()
    said = capsys.readouterr().out
    assert "on my desk, and it walks" in said and "safe to unplug" in said


def test_a_known_board_says_so_too(tmp_path, capsys):
    assert main._run(["install", "--dry-run", "--path", str(circuitpy(tmp_path, "seeeduino_xiao_rp2350"))]) == 0
    said = capsys.readouterr().out
    assert "xiao_rp2350: tried with" in said and "not on hardware yet" in said


WRONG = [
    (('BUTTON = "D2"', 'BUTTON = "D77"'), "BUTTON is D77, and CircuitPython's Seeed_XIAO_nRF52840_Sense has no pin"),
    (('BUTTON = "D2"', 'BUTTON = "BOOT"'), "BUTTON is BOOT, which the boot loader reads"),
    (('"LSM6DS3TRC"', '"MPU6050"'), "IMU names MPU6050; the firmware drives LSM6DSOX"),
    (('"LSM6DS3TRC", 0x6A', '"LSM6DS3TRC", 0x6A, "LSM6DSOX"'), "chips whose FIFOs differ"),
    (('"LSM6DS3TRC", 0x6A', '"LSM6DS3TRC", 0x19'), "IMU is at 0x19"),
    (('("DRV2605L"', '("TACTILE"'), "HAPTICS names TACTILE"),
    (("2.96", "1.1"), "3.8 V of a full battery on a pin that takes 3.3 V"),
    (("2.96", "0.34"), "write 1.0 or more"),
    (("400000)  # a bus", "3400000)  # a bus"), "runs at 3400000 Hz"),
    (('BUTTON = "D2"', 'BUTTON = "D5"'), "D5 has two uses"),
    (('BUTTON = "D2"', 'BUTTON = "SCL"'), "D5 and SCL are one and the same pin of Seeed_XIAO_nRF52840_Sense"),
    (("Chip: nRF52840", "Chip: Z80"), "says `Chip: Z80`; known are RP2040"),
    (("Chip: nRF52840", "Chip: SAMD21"), "a SAMD21 has 20 kB of heap and a walk needs 121 kB"),
    (("Chip: nRF52840", "Chip: RP2350"), "CircuitPython cannot wait for a pin on a RP2350: write None"),
    (("Chip: nRF52840", "Chip: ESP32-S3"), "needs 6 IN endpoints and a ESP32-S3 has 5"),
    (("IMU_INT =", "IMU_INTERRUPT ="), "IMU_INT is missing"),
    (("BATTERY = (", "BATTERY = print("), "BATTERY, line"),
    (("I2C = (", "I2C = (("), "it is no board file: line"),
    (('I2C = ("IMU_SCL", "IMU_SDA", 400000)', "I2C = 5"), "does not have the form"),
    (("Tried:", "Guessed:"), "no line `Tried:`"),
]


@pytest.mark.parametrize(("change", "words"), WRONG, ids=[words[:24] for _, words in WRONG])
def test_what_is_wrong_is_said_in_one_sentence_and_nothing_is_written(tmp_path, capsys, change, words):
    if ("has no pin" in words or "the same pin" in words) and boards.known_pins("Seeed_XIAO_nRF52840_Sense") is None:
        pytest.skip("needs circuitpython-stubs: pip install circuitpython-stubs")
    path = circuitpy(tmp_path, "Seeed_XIAO_nRF52840_Sense")
    before = snapshot(path)
    assert install(path, mine(tmp_path, change)) == 14
    said = capsys.readouterr().err
    assert words in said and "Nothing was written" in said
    assert said.count("\n") == 1 and snapshot(path) == before


def test_a_boot_key_under_another_name_is_found(tmp_path):
    if boards.known_pins("clue_nrf52840_express") is None:
        pytest.skip("needs circuitpython-stubs: pip install circuitpython-stubs")
    wrong = mine(tmp_path, ('"BUTTON_B"', '"D5"'), text=drive.board_file("clue").read_text())
    assert boards.check(wrong) == ["BUTTON is D5, which on clue_nrf52840_express is the boot loader's key BUTTON_A"]


def test_the_fields_of_a_usb_plan_are_checked(tmp_path):
    wrong = mine(tmp_path, ("HOLD =", 'USB = ("console printer", "console data")\nHOLD ='))
    said = boards.check(wrong)
    assert any("USB names printer" in one for one in said)
    assert any("no data channel" in one for one in said) and any("has no drive" in one for one in said)


def test_a_file_that_is_not_there_is_named(tmp_path, capsys):
    assert install(circuitpy(tmp_path), tmp_path / "no.py") == 14
    assert "no.py: it cannot be read" in capsys.readouterr().err


def test_another_board_on_the_cable_is_left_alone(tmp_path, capsys):
    path = circuitpy(tmp_path)
    assert install(path, mine(tmp_path)) == 14
    assert "which mine does not fit" in capsys.readouterr().err


def test_without_the_stubs_it_says_that_names_were_not_checked(tmp_path, monkeypatch, capsys):
    path = circuitpy(tmp_path, "Seeed_XIAO_nRF52840_Sense")
    monkeypatch.setitem(sys.modules, "board_definitions", None)
    boards.known_pins.cache_clear()
    try:
        assert install(path, mine(tmp_path, ('BUTTON = "D2"', 'BUTTON = "D77"'))) == 0
    finally:
        boards.known_pins.cache_clear()
    assert "pin names were not checked (pip install circuitpython-stubs" in capsys.readouterr().out


def test_a_board_that_the_stubs_do_not_know_says_so(tmp_path):
    board = mine(tmp_path, ('"Seeed_XIAO_nRF52840_Sense"', '"my_own_watch"'))
    assert boards.check(board) == []
    assert boards.known_pins("raspberry_pi_pico") is None or "does not know my_own_watch" in boards.unsure(board)
