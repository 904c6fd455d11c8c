# SPDX-License-Identifier: MIT
"""Boards: what a board file must say, what CircuitPython knows of that board, and what its chip carries.

in    a file of facts (boards/, or one of your own): constants, and lines `Chip:`, `Tried:` ... in its docstring
out   facts and notes, read without running the file; one sentence for each thing that is wrong
keeps nothing
from  heap: RP2040 emulated (Pico 10.2.1, the smaller of two builds); RP2350 read out of a UF2; nRF52840 co-rc ADR 0010
      (XIAO Sense, 10.0.3); ESP32-S3 circuitpython issues 9120, 6285. Endpoints: its ports/*/mpconfigport.mk
      and supervisor/shared/usb/usb_desc.c (endpoint 0 takes an IN endpoint). Pin names: circuitpython-stubs
but   1. a pin name that exists may still be wired elsewhere: only a person can see that
      2. a heap that was not measured here is a calculation; what a walk takes was measured on the RP2040 only
"""

from __future__ import annotations

import ast
import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from retrostep_host.errors import BadDrive

NEED = 113_000  # bytes of heap that a walk takes in all: 171.8 kB of official 10.0.3 (emulated) less 59.5 kB left
SPARE = 8_000  # bytes that must be left: a page of the log, a late import, a traceback
REQUIRED = ("BOARD_IDS", "I2C", "IMU", "IMU_INT", "HAPTICS", "BUTTON", "LED", "BATTERY")
OPTIONAL = ("HOLD", "USB")
NOTES = ("Chip", "On the board", "Wiring", "Power", "Tried")
MORE_NOTES = ("Battery", "Pins", "Maker")  # where plus and minus go (and whether over a diode), where a pin is; a page
PARTS = ("nothing of what is needed", "sensor", "charger", "button", "Qwiic plug")
SENSORS = {"LSM6DSOX": 1, "ISM330DHCX": 1, "LSM6DSO32": 1, "LSM6DS3TRC": 2, "LSM6DS33": 2, "LSM6DS3": 2}  # dialect
DRIVERS = ("DRV2605L", "DRV2605")
USB_IN = {"console": 2, "data": 2, "drive": 1}
USB_PLAN = ("console data drive", "console data drive")  # lib/retrostep/device/boot.py
BOOT_KEYS = ("BOOT", "BOOT0", "BOOTSEL", "BUTTON", "BUTTON_A", "SWITCH")  # held while plugging in: no CircuitPython
BATTERY_V = 4.2  # a LiPo that is full


_PIN = re.compile(r"^(\w+): [\w.]+(?:  # (\w+))?", re.M)


@dataclass(frozen=True)
class Chip:
    """What CircuitPython has on a chip: heap (bytes, official build), IN endpoints, modules, the most a pin takes."""

    heap: int
    usb_in: int
    has_alarm: bool = True
    stops_watchdog: bool = True
    has_ble: bool = False
    uid_bytes: int = 8
    pin_v: float = 3.3


CHIPS = {
    "RP2040": Chip(163_584, 8),
    "RP2350": Chip(430_000, 8, has_alarm=False),
    "nRF52840": Chip(138_944, 8, stops_watchdog=False, has_ble=True),
    "ESP32-S3 with PSRAM": Chip(2_000_000, 5, has_ble=True, uid_bytes=6),
    "ESP32-S3": Chip(150_000, 5, has_ble=True, uid_bytes=6),
    "SAMD51": Chip(150_000, 8),
    "SAMD21": Chip(20_000, 8),
}


class BadBoardFile(BadDrive):
    """A board file does not fit the firmware or the board. Kept: the drive, untouched."""


def facts(path: Path) -> dict[str, Any]:
    """The constants of a board file, read without running it. Raises BadBoardFile."""
    out = {}
    for node in _tree(path).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                out[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                raise BadBoardFile(
                    f"{path}: {node.targets[0].id}, line {node.lineno} is no plain value; a board file has facts only."
                ) from None
    return out


def notes(path: Path) -> dict[str, str]:
    """What its docstring says: `title`, and each of NOTES and MORE_NOTES that it has."""
    text = (ast.get_docstring(_tree(path)) or "").replace("\n  ", " ")  # a line may go on, indented
    lines = text.splitlines()
    out = {"title": lines[0] if lines else ""}
    for line in lines[1:]:
        name, colon, text = line.partition(":")
        if colon and name in NOTES + MORE_NOTES:
            out[name] = text.strip().removesuffix(".")
    return out


def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadBoardFile(f"{path}: it cannot be read: {error}.") from None
    except SyntaxError as error:
        raise BadBoardFile(f"{path}: it is no board file: line {error.lineno}, {error.msg}.") from None


def on_board(path: Path) -> set[str]:
    """Which of PARTS the board has on it."""
    return {part.strip() for part in notes(path).get("On the board", "").split(",")}


def tried(path: Path) -> str:
    """How somebody tried this board."""
    return notes(path).get("Tried", "nobody has said")


def chip(path: Path) -> Chip:
    """What the chip of a board file that passed `check` carries. Raises KeyError."""
    return CHIPS[notes(path)["Chip"]]


def pins(found: dict[str, Any]) -> list[tuple[str, str]]:
    """(pin, what for), each use of a pin once."""
    out = [(found["I2C"][0], "SCL"), (found["I2C"][1], "SDA")]
    out += [(found[name], name) for name in ("IMU_INT", "BUTTON") if found[name]]
    if found["LED"]:
        out.append((found["LED"] if isinstance(found["LED"], str) else found["LED"][0], "LED"))
    haptics = found["HAPTICS"] or ()
    if haptics[:1] == ("PWM",):
        out.append((haptics[1], "HAPTICS"))
    elif len(haptics) > 2:
        out += [(haptics[2][0], "SCL of HAPTICS"), (haptics[2][1], "SDA of HAPTICS")]
    if found["BATTERY"]:
        out.append((found["BATTERY"][0], "BATTERY"))
    return out + [(name, "HOLD") for name, _ in found.get("HOLD", ())]


def plans(found: dict[str, Any]) -> tuple[str, str]:
    """USB devices while walking, and while the button is held."""
    return found.get("USB", USB_PLAN)


@cache
def known_pins(board_id: str) -> dict[str, str] | None:
    """Each name in CircuitPython's `board` of that board, and the pin of the chip behind it ("P0_04"; "" for what is no
    pin); None where they cannot be looked up here."""
    spec = importlib.util.find_spec("board_definitions")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    path = Path(places[0]) / board_id / "__init__.pyi" if places else None
    if path is None or not path.exists():
        return None
    return dict(_PIN.findall(path.read_text(encoding="utf-8")))


def check(path: Path) -> list[str]:
    """What is wrong with a board file, a sentence each; nothing when it can be installed. Raises BadBoardFile."""
    found, said = facts(path), notes(path)
    wrong = [f"{name} is missing" for name in REQUIRED if name not in found]
    wrong += [f"{name} is no fact that the firmware knows" for name in found if name not in REQUIRED + OPTIONAL]
    wrong += [f"its docstring has no line `{name}:`" for name in NOTES if name not in said]
    wrong += [
        f"`On the board:` says {part}; known are {', '.join(PARTS)}" for part in on_board(path) if part not in PARTS
    ]
    if said.get("Chip") not in (None, *CHIPS):
        wrong.append(f"it says `Chip: {said['Chip']}`; known are {', '.join(CHIPS)}")
    if wrong:
        return wrong
    try:
        return [*_shapes(found), *_budget(path, found), *_names(found), *_volts(path, found)]
    except (TypeError, ValueError, IndexError, KeyError):
        return ["a fact does not have the form that it has in the files of boards/"]


def unsure(path: Path) -> str | None:
    """Why the names of the pins could not be checked, if they could not."""
    if importlib.util.find_spec("board_definitions") is None:
        return "the pin names were not checked (pip install circuitpython-stubs checks them)"
    ids = [one for one in facts(path)["BOARD_IDS"] if known_pins(one) is None]
    return f"circuitpython-stubs does not know {', '.join(ids)}, so pin names were not checked for it" if ids else None


def _shapes(found: dict[str, Any]) -> list[str]:
    wrong = []
    sensors = (found["IMU"][0], *found["IMU"][2:])
    for name in sensors:
        if name not in SENSORS:
            wrong.append(f"IMU names {name}; the firmware drives {', '.join(SENSORS)}")
    if len({SENSORS.get(name) for name in sensors}) > 1:
        wrong.append(f"IMU names chips whose FIFOs differ ({', '.join(sensors)}); a board file can have only one kind")
    if found["IMU"][1] not in (0x6A, 0x6B):
        wrong.append(f"IMU is at {found['IMU'][1]:#x}; these sensors answer at 0x6a or 0x6b")
    haptics = found["HAPTICS"]
    if haptics and haptics[0] not in ("PWM", *DRIVERS):
        wrong.append(f"HAPTICS names {haptics[0]}; the firmware drives PWM, {', '.join(DRIVERS)}, or None")
    if not isinstance(found["LED"], str | None) and found["LED"][1] not in ("LOW", "NEOPIXEL"):
        wrong.append('LED is a pin, or (pin, "LOW") or (pin, "NEOPIXEL")')
    for wires in (found["I2C"], *((haptics or ())[2:] if haptics and haptics[0] != "PWM" else ())):
        if not 100_000 <= wires[2] <= 400_000:
            wrong.append(f"an I2C bus runs at {wires[2]} Hz; the sensor takes 100000 to 400000")
    if found["BUTTON"] in BOOT_KEYS:
        wrong.append(
            f"BUTTON is {found['BUTTON']}, which the boot loader reads: held while plugging in, "
            "CircuitPython would not start"
        )
    used = [name for name, _ in pins(found)]
    shared = {"SCL", "SDA"} if found["I2C"][:2] == (haptics or ((), (), ()))[2:][:2] else set()
    wrong += [f"{name} has two uses" for name in sorted(set(used)) if used.count(name) > 1 and name not in shared]
    return wrong


def _budget(path: Path, found: dict[str, Any]) -> list[str]:
    has, name = chip(path), notes(path)["Chip"]
    wrong = []
    if has.heap < NEED + SPARE:
        wrong.append(
            f"a {name} has {has.heap // 1000} kB of heap and a walk needs {(NEED + SPARE) // 1000} kB: "
            "it cannot run Retrostep"
        )
    for when, plan in zip(("walking", "with the button held"), plans(found), strict=True):
        devices = plan.split()
        for device in devices:
            if device not in USB_IN:
                wrong.append(f"USB names {device}; known are {', '.join(USB_IN)}")
        needs = 1 + sum(USB_IN.get(device, 0) for device in devices)
        if needs > has.usb_in:
            wrong.append(
                f"USB {when} ({plan}) needs {needs} IN endpoints and a {name} has {has.usb_in}: "
                "CircuitPython would come up in safe mode"
            )
    if "data" not in plans(found)[0].split():
        wrong.append("USB while walking has no data channel, so no computer could fetch a walk")
    if "drive" not in plans(found)[1].split():
        wrong.append("USB with the button held has no drive, so nothing could be installed again")
    if found["IMU_INT"] and not has.has_alarm:
        wrong.append(f"IMU_INT is {found['IMU_INT']}, but CircuitPython cannot wait for a pin on a {name}: write None")
    return wrong


def _names(found: dict[str, Any]) -> list[str]:
    wrong = []
    for board_id in found["BOARD_IDS"]:
        known = known_pins(board_id)
        taken: dict[str, str] = {}
        for name, use in pins(found) if known else ():
            pin = known.get(name) or name
            if name not in known:
                wrong.append(f"{use} is {name}, and CircuitPython's {board_id} has no pin of that name")
            elif taken.setdefault(pin, name) != name:
                wrong.append(f"{name} and {taken[pin]} are one and the same pin of {board_id} ({pin})")
            key = next((key for key in BOOT_KEYS if known.get(key) == pin), None)
            if use == "BUTTON" and key and name != key:
                wrong.append(f"BUTTON is {name}, which on {board_id} is the boot loader's key {key}")
    return wrong


def _volts(path: Path, found: dict[str, Any]) -> list[str]:
    if not found["BATTERY"]:
        return []
    divider = found["BATTERY"][1]
    if divider < 1:
        return [f"BATTERY divides by {divider}; a divider makes a voltage smaller, so write 1.0 or more"]
    if BATTERY_V / divider > chip(path).pin_v:
        return [
            f"BATTERY divides by {divider}, which puts {BATTERY_V / divider:.1f} V of a full battery on a pin that "
            f"takes {chip(path).pin_v} V"
        ]
    return []
