# SPDX-License-Identifier: MIT
"""Board files: facts only, that the firmware can use and the board can carry; found, not listed."""

import ast
import importlib.util
from pathlib import Path

import pytest
from retrostep_host import boards

ROOT = Path(__file__).parents[3]
BOARDS = sorted((ROOT / "boards").glob("*.py"))
NEEDED = {"usb_cdc", "watchdog", "binascii", "hashlib", "supervisor", "rtc", "nvm", "storage", "analogio"}


def modules(board_id):
    """Built-in modules of a board in circuitpython-stubs, read without importing; None: it is not in there."""
    spec = importlib.util.find_spec("board_definitions")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs circuitpython-stubs: pip install circuitpython-stubs")
    path = Path(list(spec.submodule_search_locations)[0]) / board_id / "__init__.pyi"
    if not path.exists():
        return None
    words = ast.get_docstring(ast.parse(path.read_text())) or ""
    line = next(line for line in words.splitlines() if "Included modules" in line)
    return {name.strip() for name in line.split(":", 1)[1].split(",")}


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_nothing_is_wrong_with_it_and_it_has_no_verbs(path):
    assert boards.check(path) == []
    tree = ast.parse(path.read_text())
    assert all(isinstance(node, (ast.Assign, ast.Expr)) for node in tree.body)
    assert len(path.read_text().splitlines()) <= 40
    assert boards.tried(path).endswith("not on hardware yet")


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_pins_and_modules_exist_on_the_board(path):
    found, chip = boards.facts(path), boards.chip(path)
    seen = [known for known in map(modules, found["BOARD_IDS"]) if known is not None]
    assert seen and all(map(boards.known_pins, found["BOARD_IDS"][:1]))
    for known in seen:
        assert known >= NEEDED
        assert ("alarm" in known) == chip.has_alarm
        assert not isinstance(found["LED"], tuple) or found["LED"][1] != "NEOPIXEL" or "neopixel_write" in known
        assert "usb_hid" in known and "usb_midi" in known or "USB" not in found
        assert not chip.has_ble or "_bleio (native)" in known


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_the_virtual_board_has_its_chips(path):
    from retrostep_host.virtual import chips

    found = boards.facts(path)
    for name in (found["IMU"][0], *found["IMU"][2:]):
        assert chips.imu(name, lambda: 0, found["IMU"][1]).address == found["IMU"][1]
    assert found["HAPTICS"][0] == "PWM" or chips.haptics(found["HAPTICS"][0], lambda: 0).address == 0x5A


@pytest.mark.parametrize("path", sorted((ROOT / "firmware").glob("*.py")), ids=lambda path: path.stem)
def test_firmware_is_a_few_lines_that_say_what_happens_when_they_throw(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 30
    assert "throw" in ast.get_docstring(ast.parse(text))
