# SPDX-License-Identifier: MIT
"""The pictures and the list of build.md are what the board files say, and name every pin that needs a wire."""

import importlib.util
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest
from retrostep_host import boards, drive, wiring

ROOT = Path(__file__).parents[2]
BUILD = (ROOT / "docs" / "build.md").read_text(encoding="utf-8")


def bench():
    spec = importlib.util.spec_from_file_location("wiring_bench", ROOT / "bench" / "wiring.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_list_of_boards_is_up_to_date():
    tool = bench()
    assert BUILD.partition(tool.MARK)[2] == tool.section(), "run python bench/wiring.py"
    assert {path.stem for path in tool.FOLDER.glob("*.svg")} == set(drive.boards())


@pytest.mark.parametrize("name", drive.boards())
def test_a_picture_is_what_its_board_file_says(name):
    path = drive.board_file(name)
    drawn = (ROOT / "docs" / "wiring" / f"{name}.svg").read_text(encoding="utf-8")
    assert drawn == wiring.picture(path), "run python bench/wiring.py"
    root = Xml.fromstring(drawn)
    words = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    found = boards.facts(path)
    for wire in wiring.wires(path):
        assert wire.terminal in words and wire.pin in words
    way = wiring.battery(path)
    assert way.plus in words and (not way.minus or way.minus in words)
    assert ("switch" in words) is way.has_switch and any("1N5817" in word for word in words) is way.has_diode
    if "button" not in boards.on_board(path):
        assert found["BUTTON"] in words
    if "sensor" not in boards.on_board(path):
        assert found["IMU_INT"] is None or found["IMU_INT"] in words
    on = boards.on_board(path)
    assert "Qwiic plug" in words if "Qwiic plug" in on else set(found["I2C"][:2]) <= {*words} or "sensor" in on


@pytest.mark.parametrize("name", drive.boards())
def test_no_words_of_a_picture_leave_it(name):
    """At 14 px a letter takes 8 px at most, on the average."""
    root = Xml.fromstring((ROOT / "docs" / "wiring" / f"{name}.svg").read_text(encoding="utf-8"))
    _, _, width, height = map(int, root.get("viewBox").split())
    for node in root.iter("{http://www.w3.org/2000/svg}text"):
        x, y, long = int(node.get("x")), int(node.get("y")), 7.5 * len(node.text)
        left = x - {"start": 0, "middle": long / 2, "end": long}[node.get("text-anchor")]
        assert left >= 0 and left + long <= width and 0 < y < height, node.text


@pytest.mark.parametrize("name", drive.boards())
def test_every_board_can_be_chosen_by_its_name_or_kind(name):
    assert f"### {name}\n" in BUILD and f"Tried: {boards.tried(drive.board_file(name))}" in BUILD


@pytest.mark.parametrize("fact", boards.REQUIRED + boards.OPTIONAL)
def test_the_page_says_how_every_fact_is_written(fact):
    assert f"| `{fact}` |" in BUILD
