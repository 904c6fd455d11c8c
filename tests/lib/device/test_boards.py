# SPDX-License-Identifier: MIT
"""Board files: facts only, pins that exist, chips that have a driver; found, not listed."""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BOARDS = sorted((ROOT / "boards").glob("*.py"))
FACTS = ("BOARD_IDS", "I2C", "IMU", "IMU_INT", "HAPTICS", "BUTTON", "LED", "BATTERY", "CHIP_TO_CASE")


def facts(path):
    tree = ast.parse(path.read_text())
    assert all(isinstance(node, (ast.Assign, ast.Expr)) for node in tree.body), "a board file has no verbs"
    return {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)}


def stubs(board_id):
    """(pins, built-in modules) of a board in circuitpython-stubs, read without importing."""
    spec = importlib.util.find_spec("board_definitions")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs circuitpython-stubs: pip install circuitpython-stubs")
    path = Path(list(spec.submodule_search_locations)[0]) / board_id / "__init__.pyi"
    if not path.exists():
        return None
    tree = ast.parse(path.read_text())
    pins = {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    line = next(line for line in (ast.get_docstring(tree) or "").splitlines() if "Included modules" in line)
    return pins, {name.strip() for name in line.split(":", 1)[1].split(",")}


def named_pins(found):
    out = list(found["I2C"][:2]) + [found[name] for name in ("IMU_INT", "BUTTON", "LED") if found[name]]
    if found["HAPTICS"] and found["HAPTICS"][0] == "PWM":
        out.append(found["HAPTICS"][1])
    if found["BATTERY"]:
        out.append(found["BATTERY"][0])
    return out


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_every_fact_is_there_and_short(path):
    assert set(facts(path)) == set(FACTS)
    assert len(path.read_text().splitlines()) <= 40
    assert "Tried:" in ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_pins_and_modules_exist_on_the_board(path):
    found = facts(path)
    seen = 0
    for board_id in found["BOARD_IDS"]:
        known = stubs(board_id)
        if known is None:  # a board newer or rarer than the stubs: its twin in the list stands for it
            continue
        seen += 1
        pins, modules = known
        assert set(named_pins(found)) <= pins, board_id
        assert {"usb_cdc", "watchdog", "alarm", "binascii", "hashlib", "supervisor"} <= modules
    assert seen


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_no_pin_has_two_uses(path):
    pins = named_pins(facts(path))
    assert len(pins) == len(set(pins))


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_the_virtual_board_has_its_chips(path):
    from retrostep_host.virtual import chips

    found = facts(path)
    assert chips.imu(found["IMU"][0], lambda: 0, found["IMU"][1]).address == found["IMU"][1]
    assert found["HAPTICS"][0] == "PWM" or chips.haptics(found["HAPTICS"][0], lambda: 0).address == 0x5A


@pytest.mark.parametrize("path", sorted((ROOT / "firmware").glob("*.py")), ids=lambda path: path.stem)
def test_firmware_is_a_few_lines_that_say_what_happens_when_they_throw(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 30
    assert "throw" in ast.get_docstring(ast.parse(text))
