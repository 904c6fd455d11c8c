# SPDX-License-Identifier: MIT
"""How long does a battery last? Duty cycles of the firmware, measured, times currents that others measured.

question  hours of walking, hours on a leg that mostly sits, days on a shelf, for each board and battery
data      duty cycle: the firmware on an emulated RP2040 (share of time awake, walking and standing) and on the virtual
          wearable (bus bytes, looks, flash erases, motor); currents: CURRENTS below, each with its source and mark
page      prints tables; with --write docs/battery.md
run       python bench/battery.py [--uf2 FILE] [--write]      (without --uf2 the shares of the page are kept)

Marks: D datasheet, M a measurement by somebody, cited, A assumption.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools"), str(ROOT)]

PAGE = ROOT / "docs" / "battery.md"
WALK = "stand 2 s\nforward 8 strides\nbackward 6 strides\nstand 26 s\n"
SESSION = (
    "stand 5 s\nforward 40 strides\nbackward 60 strides\nstand 60 s\n"
    "forward 30 strides\nbackward 90 strides\nstand 20 s\n"
)
REST_AFTER_S = 11.0  # engine.is_still, and a batch


async def emulated(uf2: str) -> dict[str, float]:
    """Share of time in which the core of an emulated RP2040 runs, walking and standing, with journal and flushes."""
    from retrostep_host import drive, recordings
    from retrostep_host.virtual import chips, walks
    from retrostep_host.virtual.rp2040.board import EmulatedBoard

    stream = recordings.stream(walks.generate(WALK, 3))
    moving = [i for i in range(0, len(stream.words) - 104, 104) if abs(stream.words[i : i + 104, :3]).max() > 2000]
    walk_s = ((moving[0] + 104) / 104, moving[-1] / 104)
    rest_s = (moving[-1] / 104 + REST_AFTER_S + 3, len(stream.words) / 104 - 5)
    with tempfile.TemporaryDirectory() as scratch:
        drive.prepare(Path(scratch), files=drive.packed())
        board = EmulatedBoard(uf2, drive=Path(scratch), plugged=False)
    imu, motor = chips.imu("LSM6DSOX", board.clock_ns), chips.haptics("DRV2605L", board.clock_ns)
    imu.feed(stream.words)
    board.attach(imu, 10)
    board.attach(motor)
    board.button(9)
    await board.boot(1500.0)
    try:
        await board.until(lambda: imu.began_ns is not None, 1500.0)
        zero = (imu.began_ns or 0) / 1e9
        out = {}
        for name, (begin, end) in (("walking", walk_s), ("standing", rest_s)):
            await board.until(lambda begin=begin: board.now_s - zero >= begin, 1500.0)
            at, cycles = board.now_s, board.mcu.core.cycles
            await board.until(lambda end=end: board.now_s - zero >= end, 1500.0)
            out[name] = (board.mcu.core.cycles - cycles) / 125e6 / (board.now_s - at)
            print(name, out[name], at - zero, board.now_s - zero, imu.lost, file=sys.stderr)
    finally:
        await board.halt()
    return out


def virtual(name: str, script: str) -> dict[str, float]:
    """One session on the virtual wearable: bytes, looks and wakes a second, flash erases an hour, motor seconds."""
    from retrostep_host import recordings
    from retrostep_host.virtual import walks
    from retrostep_host.virtual.board import VirtualBoard

    stream = recordings.stream(walks.generate(script, 3))
    seconds = len(stream.words) / 104
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with VirtualBoard(folder / "drive", folder / "ports", stream, board=name) as board:
            board.wait_for("ready")
            first = board.control("status")
            board.wait_for("ended")
            last = board.control("status")
    assert last["samples_lost"] == 0
    meters = {key: last["meters"][key] - first["meters"][key] for key in last["meters"]}
    return {
        "seconds": seconds,
        "bytes_s": meters["bus_bytes"] / seconds,
        "looks_s": meters["bus_calls"] / seconds,
        "wakes_s": meters["wakes"] / seconds,
        "erases_h": (last["erases"] - first["erases"]) / seconds * 3600,
        "motor_s": sum(buzz[3] for buzz in last["felt"]),
    }


# mA at the battery, low and high; mark; where from. A linear regulator passes its current on; a Pico's converter takes
# less from a full cell and more from an empty one, which lies within these ranges.
CURRENTS: dict[str, tuple[float, float, str, str]] = {
    "RP2040 asleep": (16, 18, "M", "about 17 in CircuitPython's light sleep on a Pico: circuitpython 7047"),
    "RP2040 awake": (21, 30, "M, A", "21 while MicroPython runs: micropython 8770; what flash and bus add is assumed"),
    "RP2350 asleep": (10, 20, "A", "nobody has published one under CircuitPython; it has no light sleep there"),
    "RP2350 awake": (18, 30, "A", "as an RP2040"),
    "nRF52840 asleep": (0.5, 1.2, "M", "0.5 in time.sleep, light sleep: circuitpython 5318; 1.2 in WFI: tinygo 4886"),
    "nRF52840 awake": (6, 8, "M", "about 6 while the CPU runs: Adafruit_nRF52_Arduino 165; QSPI flash is assumed"),
    "ESP32-S3 asleep": (28, 40, "M", "28 while CircuitPython waits: circuitpython 9464; light sleep is an idle loop"),
    "ESP32-S3 awake": (40, 80, "M", "35 and 80 while one core runs: esp-idf 8533; PSRAM is assumed"),
    "LSM6DSOX": (0.55, 0.6, "D", "LSM6DSO and LSM6DSOX, first page: accelerometer and gyroscope, high performance"),
    "LSM6DS3TR-C": (0.65, 0.9, "D, A", "LSM6DSL (DocID028475), first page; taken for its sister"),
    "DRV2605L standing by": (0.002, 0.007, "M", "under 0.007: TI e2e 1600930; awake it takes up to 0.65"),
    "motor": (60, 100, "D", "Adafruit 1201: 60 at 3 V, 80 at 4 V, 100 at 5 V; while it runs"),
    "light": (1, 5, "A", "while it is lit: 20 flashes of 30 ms a walk"),
    "flash": (10, 25, "A", "while it erases a sector, 45 ms (docs/reliability.md)"),
}
# Milliseconds of work a sample, as a share of an RP2040's. Assumed: MHz, core, floating point in hardware.
SPEED = {"RP2040": (1.0, 1.0), "RP2350": (0.35, 0.7), "nRF52840": (1.0, 1.6), "ESP32-S3": (0.35, 0.8)}
BOARDS = {
    "pico_lsm6dsox": ("RP2040", "LSM6DSOX"),
    "xiao_rp2350": ("RP2350", "LSM6DSOX"),
    "xiao_nrf52840_sense": ("nRF52840", "LSM6DS3TR-C"),
    "feather_esp32s3": ("ESP32-S3", "LSM6DSOX"),
}
BATTERIES = {"LiPo 150 mAh": 150, "LiPo 400 mAh": 400, "3 AAA NiMH, 800 mAh": 800}
AAA = "3 AAA NiMH, 800 mAh"
ON_A_CHARGER = ("xiao_rp2350", "xiao_nrf52840_sense", "feather_esp32s3")  # no AAA cells there (docs/build.md)
USABLE = (0.75, 0.95)  # of what is printed on a cell: above 3.3 V, old and new (A)
WALKING_SHARE = 0.1  # of a day on a leg (A)


def currents(
    name: str, shares: dict[str, float], use: dict[str, dict[str, float]], is_walking: bool
) -> tuple[float, float]:
    """mA, low and high."""
    chip, sensor = BOARDS[name]
    state = "walking" if is_walking else "standing"
    out = []
    for end in (0, 1):
        awake = min(1.0, shares[state] * SPEED[chip][end])
        ma = CURRENTS[f"{chip} asleep"][end] * (1 - awake) + CURRENTS[f"{chip} awake"][end] * awake
        ma += CURRENTS[sensor][end] + CURRENTS["DRV2605L standing by"][end]
        if is_walking:
            of = use["walking"]
            ma += CURRENTS["motor"][end] * of["motor_s"] / of["seconds"] + CURRENTS["light"][end] * 0.6 / of["seconds"]
            ma += CURRENTS["flash"][end] * of["erases_h"] * 0.045 / 3600
        out.append(ma)
    return out[0], out[1]


def hours(mah: float, ma: tuple[float, float]) -> str:
    low, high = mah * USABLE[0] / ma[1], mah * USABLE[1] / ma[0]
    return f"{low:.0f} to {high:.0f}" if low >= 3 else f"{low:.1f} to {high:.1f}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def sections(measured: dict[str, Any]) -> dict[str, str]:
    """What stands between the marks of docs/battery.md; `decides` also in docs/build.md."""
    shares, use = measured["shares"], measured["use"]
    walk = {name: currents(name, shares, use[name], True) for name in BOARDS}
    still = {name: currents(name, shares, use[name], False) for name in BOARDS}
    day = {}
    for name in BOARDS:
        low, high = (WALKING_SHARE * walk[name][end] + (1 - WALKING_SHARE) * still[name][end] for end in (0, 1))
        day[name] = (low, high)

    def cell(name: str, battery: str) -> str:
        if battery == AAA and name in ON_A_CHARGER:
            return "–"
        return f"{hours(BATTERIES[battery], walk[name])}; {hours(BATTERIES[battery], day[name])}"

    of = {name: hours(BATTERIES["LiPo 400 mAh"], day[name]) for name in BOARDS}
    decides = (
        "**The chip decides how long a battery lasts.** On 400 mAh and a leg that walks a tenth of the time,\n"
        f"calculated: `xiao_nrf52840_sense` {of['xiao_nrf52840_sense']} h, a Pico {of['pico_lsm6dsox']} h, an RP2350 "
        f"{of['xiao_rp2350']} h, an ESP32-S3 {of['feather_esp32s3']} h."
    )
    lasting = [(f"`{name}`", *(cell(name, battery) for battery in BATTERIES)) for name in BOARDS]
    takes = [(f"`{name}`", *(f"{low:.1f} to {high:.1f}" for low, high in (walk[name], still[name]))) for name in BOARDS]
    awake = (f"{100 * shares[state]:.1f} %" for state in ("walking", "standing"))
    duty = [("core awake, official CircuitPython 10.0.3 on an emulated RP2040 at 125 MHz", *awake)]
    for name in BOARDS:
        a, b = use[name]["walking"], use[name]["standing"]
        for what, key in (("bus calls", "looks_s"), ("bus bytes", "bytes_s"), ("light sleeps", "wakes_s")):
            if a[key]:
                duty.append((f"`{name}`: {what} a second", f"{a[key]:.1f}", f"{b[key]:.1f}"))
    a, b = use["pico_lsm6dsox"]["walking"], use["pico_lsm6dsox"]["standing"]
    duty.append(("flash sectors erased an hour", f"{a['erases_h']:.0f}", f"{b['erases_h']:.0f}"))
    duty.append((f"motor, s in a walk of {a['seconds'] / 60:.1f} min", f"{a['motor_s']:.1f}", f"{b['motor_s']:.1f}"))
    whence = [(what, f"{low:g} to {high:g}", mark, source) for what, (low, high, mark, source) in CURRENTS.items()]
    for chip, (low, high) in SPEED.items():
        if chip != "RP2040":
            whence.append((f"{chip}: work a sample, RP2040 1", f"{low:g} to {high:g}", "A", "clock, core, float unit"))
    whence.append(("usable share of a cell", f"{USABLE[0]:g} to {USABLE[1]:g}", "A", "age, cold, the rest at 3.3 V"))
    return {
        "decides": decides,
        "lasting": table(("hours", *BATTERIES), lasting),
        "takes": table(("mA", "walking", "still"), takes),
        "duty": table(("", "walking", "still"), duty) + f"\n<!-- measured: {json.dumps(measured)} -->",
        "currents": table(("mA", "range", "mark", "source"), whence),
    }


def rewrite(path: Path, made: dict[str, str]) -> None:
    said = path.read_text(encoding="utf-8")
    for name, text in made.items():
        begin, end = f"<!-- {name}: begin -->\n", f"\n<!-- {name}: end -->"
        head, rest = said.split(begin)
        said = head + begin + text + end + rest.split(end)[1]
    path.write_text(said, encoding="utf-8")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--uf2", help="an official build for the RP2040: measure the share of time awake")
    options.add_argument("--shares", nargs=2, type=float, metavar=("WALKING", "STANDING"), help="as measured before")
    options.add_argument("--write", action="store_true", help="rewrite docs/battery.md and the line in docs/build.md")
    chosen = options.parse_args()
    if chosen.uf2:
        shares = asyncio.run(emulated(chosen.uf2))
    elif chosen.shares:
        shares = dict(zip(("walking", "standing"), chosen.shares, strict=True))
    else:
        shares = json.loads(re.search(r"<!-- measured: (.*) -->", PAGE.read_text(encoding="utf-8"))[1])["shares"]
    scripts = {"walking": SESSION, "standing": "stand 180 s\n"}
    use = {name: {state: virtual(name, script) for state, script in scripts.items()} for name in BOARDS}
    made = sections({"shares": shares, "use": use})
    print("\n\n".join(made.values()))
    if chosen.write:
        rewrite(ROOT / "docs" / "build.md", {"decides": made["decides"]})
        done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT)
        made["run"] = f"`python bench/battery.py --write` at {done.stdout.strip()}, {date.today().isoformat()}."
        rewrite(PAGE, made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
