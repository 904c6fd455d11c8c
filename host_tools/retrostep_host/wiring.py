# SPDX-License-Identifier: MIT
"""Wiring: which wire goes where, from a board file, as a list and as a picture.

in    a board file (boards.py)
out   wires; an SVG with a straight line for each; so a picture cannot differ from what the firmware uses
keeps nothing
but   names of pins as CircuitPython has them, which is what is printed on these boards; 3.3 V is printed 3V3, 3V or
      3V3(OUT)
not   what a breakout is on the inside
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from retrostep_host import boards

POWER, GROUND, MOTOR = "3.3 V", "GND", "coin motor"
COLOURS = {POWER: "#c62828", GROUND: "#222222", "SDA": "#1565c0", "SCL": "#d9a400"}  # as Qwiic cables have them
SIGNAL = "#2e7d32"
_ROW, _HEAD, _GAP, _TOP = 26, 30, 20, 44
_BOARD = (20, 270)  # left, right edge
_PART = (470, 740)


@dataclass(frozen=True)
class Wire:
    """From a terminal of a part to a pin of the board."""

    part: str
    terminal: str
    pin: str


def plugged(path: Path) -> list[str]:
    """The parts that a Qwiic cable connects, in the order in which it goes from one to the next."""
    has, found = boards.on_board(path), boards.facts(path)
    if "Qwiic plug" not in has:
        return []
    parts = [] if "sensor" in has else [sensor(path)]
    return parts + ([driver(path)] if found["HAPTICS"] and found["HAPTICS"][0] != "PWM" else [])


def sensor(path: Path) -> str:
    return f"{boards.facts(path)['IMU'][0]} breakout"


def driver(path: Path) -> str:
    kind = boards.facts(path)["HAPTICS"][0]
    return "2N2222 transistor" if kind == "PWM" else f"{kind} breakout"


def wires(path: Path) -> list[Wire]:
    """Every wire that somebody has to connect, part by part."""
    found, has, plug = boards.facts(path), boards.on_board(path), plugged(path)
    out: list[Wire] = []

    def bus(part: str, pins: tuple[str, str]) -> None:
        if part not in plug:
            out.extend(Wire(part, *pair) for pair in (("VIN", POWER), ("GND", GROUND)))
            out.extend((Wire(part, "SCL", pins[0]), Wire(part, "SDA", pins[1])))

    if "sensor" not in has:
        bus(sensor(path), found["I2C"][:2])
        if found["IMU_INT"]:
            out.append(Wire(sensor(path), "INT1", found["IMU_INT"]))
    haptics = found["HAPTICS"]
    if haptics and haptics[0] == "PWM":
        out += [Wire(driver(path), "base, over 1 kΩ", haptics[1]), Wire(driver(path), "emitter", GROUND)]
        out.append(Wire(MOTOR, "one wire", POWER))
    elif haptics:
        bus(driver(path), (*haptics, found["I2C"])[2][:2])
    if found["BUTTON"] and "button" not in has:
        out += [Wire("button", "one side", found["BUTTON"]), Wire("button", "the other", GROUND)]
    return out


def sentences(path: Path) -> list[str]:
    """The same as text: a line a part."""
    out, plug, given, found = [], plugged(path), wires(path), boards.facts(path)
    for at, part in enumerate(plug):
        out.append(f"{part}: Qwiic cable to the {'board' if not at else plug[at - 1].removesuffix(' breakout')}")
    for part in dict.fromkeys(wire.part for wire in given if wire.part != MOTOR):
        pairs = ", ".join(f"{wire.terminal} to {wire.pin}" for wire in given if wire.part == part)
        out.append(f"{part}: {pairs}")
    if "sensor" not in boards.on_board(path) and not found["IMU_INT"]:
        out.append(f"{sensor(path)}: INT1 stays free")
    if found["HAPTICS"] and found["HAPTICS"][0] == "PWM":
        out.append(f"{MOTOR}: one wire to {POWER}, the other to the transistor's collector")
        out.append(f"1N4148 diode: across the motor, its stripe to {POWER}")
    elif found["HAPTICS"]:
        out.append(f"{MOTOR}: its two wires to the motor terminals of the {driver(path)}, either way round")
    way = battery(path)
    if way and way.minus:
        diode = "to the diode, its stripe " if way.has_diode else ""
        out.append(f"battery: plus to the switch, from there {diode}to {way.plus}; minus to {way.minus}")
    elif way:
        out.append(f"battery: on the {way.plus}" + (", the switch in the red wire" if way.has_switch else ""))
    return out


@dataclass(frozen=True)
class Way:
    """From the battery to the board: `minus` is "" where both go on one plug."""

    plus: str
    minus: str
    has_switch: bool
    has_diode: bool


def battery(path: Path) -> Way | None:
    """How the battery is connected, as far as the board file says."""
    notes = boards.notes(path)
    if "Battery" not in notes:
        return None
    plus, *more = (word.strip() for word in notes["Battery"].split(","))
    minus = more[0] if more else ""
    return Way(plus, minus, "switch" not in notes["Power"], "diode" in more)


def parts(path: Path) -> list[str]:
    """What somebody has to buy besides the board, the battery, and what every board needs (docs/build.md, Parts)."""
    found, has, way = boards.facts(path), boards.on_board(path), battery(path)
    out = [] if "sensor" in has else [sensor(path)]
    if found["HAPTICS"]:
        out.append(driver(path))
        out += ["resistor of 1 kΩ", "1N4148 diode"] if found["HAPTICS"][0] == "PWM" else []
        out.append(MOTOR)
    if found["BUTTON"] and "button" not in has:
        out.append("button")
    if way and way.has_diode:
        out.append("1N5817 diode")
    if way is None or way.has_switch:
        out.append("switch")
    cables = len(plugged(path))
    return out + ([f"{'two Qwiic cables' if cables == 2 else 'Qwiic cable'}"] if cables else [])


def picture(path: Path) -> str:
    """An SVG: the board on the left, a row for each wire, the parts on the right, power below."""
    notes, plug, given = boards.notes(path), plugged(path), wires(path)
    boxes = list(dict.fromkeys([*plug, *(wire.part for wire in given)]))
    has_transistor = MOTOR in boxes
    drawn: list[str] = []
    y, before, open_end = _TOP, None, 0
    for part in boxes:
        rows = [wire for wire in given if wire.part == part]
        has_plug = part in plug
        is_open = has_transistor and part in (MOTOR, driver(path))  # one wire of it goes to its neighbour
        height = _HEAD + _ROW * (len(rows) + has_plug + is_open) + 4
        drawn.append(_box(_PART, y, height, "#f3f6fa"))
        drawn.append(_text(sum(_PART) // 2, y + 20, part, "middle", bold=True))
        row = y + _HEAD + 12
        if has_plug:
            drawn.append(_text(_PART[0] + 10, row + 5, "Qwiic plug"))
            drawn.append(_cable(row, before))
            if before is None:
                drawn.append(_text(_BOARD[1] - 10, row + 5, "Qwiic plug", "end"))
            before = y + height
            row += _ROW
        for wire in rows:
            colour = COLOURS.get(wire.pin) or COLOURS.get(wire.terminal, SIGNAL)
            drawn.append(_line(_BOARD[1], row, _PART[0], row, colour))
            drawn.append(_text(_PART[0] + 10, row + 5, wire.terminal))
            drawn.append(_text(_BOARD[1] - 10, row + 5, wire.pin, "end"))
            row += _ROW
        if part == MOTOR:
            drawn.append(_text(_PART[0] + 10, row + 5, "the other"))
            drawn.append(_line(_PART[0] + 82, open_end, _PART[0] + 82, row, SIGNAL))
            drawn.append(_text(_PART[1] - 10, row - _ROW + 5, f"1N4148, stripe to {POWER}", "end", colour="#555555"))
        elif is_open:
            drawn.append(_text(_PART[0] + 10, row + 5, "collector"))
            open_end = row
        elif part == driver(path):
            for at, words in enumerate((f"{MOTOR} on the", "motor terminals")):
                drawn.append(_text(_PART[1] - 40, y + _HEAD + 9 + 15 * at, words, "end", colour="#555555"))
            drawn.append(f'<circle cx="{_PART[1] - 22}" cy="{y + _HEAD + 12}" r="12" fill="#b9c0c8" stroke="#555555"/>')
        y += height + _GAP
    bottom = y - _GAP
    title = re.split(r"[:,(]| with ", notes["title"])[0].strip(" .")
    head = [_box(_BOARD, _TOP, max(bottom - _TOP, 60), "#e8f1ea"), _text(_BOARD[0], _TOP - 14, title, bold=True)]
    on = [part for part in boards.on_board(path) if part in ("sensor", "charger", "button")]
    for at, words in enumerate(f"{part}: on the board" for part in sorted(on, reverse=True)):
        head.append(_text(_BOARD[0] + 10, _TOP + 24 + 20 * at, words, colour="#2e5e3a"))
    bottom = max(bottom, _TOP + 60)
    power, y = _supply(battery(path), bottom)
    lines = _wrapped(notes["Power"], 92)
    power.append(_box((_BOARD[0], _PART[1]), y, 18 + 20 * len(lines), "#fdf3e3"))
    power += [_text(_BOARD[0] + 12, y + 24 + 20 * at, line) for at, line in enumerate(lines)]
    height = y + 18 + 20 * len(lines) + 20
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" font-family="sans-serif" font-size="14" '
        f'role="img">\n<title>Wiring: {escape(title)}. {escape("; ".join(sentences(path)))}</title>\n'
        f'<rect width="760" height="{height}" fill="#ffffff"/>\n' + "\n".join([*head, *drawn, *power]) + "\n</svg>\n"
    )


def _supply(way: Way | None, top: int) -> tuple[list[str], int]:
    """Red and black from the board's edge at `top` down to the battery, and where that begins."""
    red, black = sum(_BOARD) // 2 - 10, sum(_BOARD) // 2 + 10
    way = way or Way("", "", True, False)
    bottom = top + 34 + 34 * (way.has_switch + way.has_diode)
    out = [_line(x, top, x, bottom, COLOURS[name]) for x, name in ((red, POWER), (black, GROUND))]
    if way.minus:
        out += [_text(red - 10, top - 8, way.plus, "end"), _text(black + 10, top - 8, way.minus)]
    else:
        out.append(_text(_BOARD[0] + 10, top - 8, way.plus))
    y = top + 34
    if way.has_diode:
        colour = COLOURS[POWER]
        out.append(f'<path d="M{red - 9} {y + 8}h18l-9 -16z" fill="#ffffff" stroke="{colour}" stroke-width="2"/>')
        out.append(f'<rect x="{red - 9}" y="{y - 11}" width="18" height="4" fill="{colour}"/>')
        out.append(_text(black + 20, y + 5, "1N5817 diode, its stripe to the board", colour="#555555"))
        y += 34
    if way.has_switch:
        out.append(f'<rect x="{red - 4}" y="{y - 9}" width="8" height="18" fill="#ffffff"/>')
        out.append(_line(red, y + 10, red - 12, y - 8, COLOURS[POWER]))
        out.append(_text(black + 20, y + 5, "switch", colour="#555555"))
    return out, bottom


def _box(edges: tuple[int, int], y: int, height: int, fill: str) -> str:
    left, right = edges
    return f'<rect x="{left}" y="{y}" width="{right - left}" height="{height}" rx="8" fill="{fill}" stroke="#8a949e"/>'


def _text(x: int, y: int, words: str, anchor: str = "start", bold: bool = False, colour: str = "#111111") -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(words)}</text>'


def _line(x1: int, y1: int, x2: int, y2: int, colour: str, width: int = 3) -> str:
    ends = "".join(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x, y in ((x1, y1), (x2, y2)))
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="{width}"/>{ends}'


def _cable(row: int, above: int | None) -> str:
    """Four wires in one cable: from the board, or from the part above."""
    out = []
    for at, colour in enumerate(COLOURS.values()):
        if above is None:
            y = row - 5 + 3 * at
            out.append(f'<line x1="{_BOARD[1]}" y1="{y}" x2="{_PART[0]}" y2="{y}" stroke="{colour}" stroke-width="2"/>')
        else:
            x = _PART[0] + 40 + 3 * at
            out.append(f'<line x1="{x}" y1="{above}" x2="{x}" y2="{above + _GAP}" stroke="{colour}" stroke-width="2"/>')
    return "".join(out)


def _wrapped(words: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(words, width)
