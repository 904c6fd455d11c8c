# SPDX-License-Identifier: MIT
"""What does the engine cost on the board? Runs it on real CircuitPython on an emulated RP2040 at 125 MHz.

question  ms per sample by stage and of reading the FIFO; heap in each state of the firmware, on each build; what each
          module and object takes of it; garbage per minute; how long one waits from power to the first step
data      the first --seconds of a recording (--recording), or of the built-in generated walk: at the ankle, and from
          standing at the right wrist
page      prints tables; with --write docs/board.md, down to its mark
but       emulated time: repeatable; a long walk (--walk 3600) takes the emulator two to ten times as long

    python bench/device.py --uf2 ~/.cache/retrostep/circuitpython.uf2 [--uf2 MORE] [--recording FILE] [--seconds 20]
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import datetime
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]
HERE = Path(__file__).parent / "on_board"
PAGE, END = ROOT / "docs" / "board.md", "<!-- end of bench/device.py -->"
# loaded for a moment only, or for another placement
NOT_WALKING = (
    *(
        f"retrostep.gait.{name}"
        for name in ("shoe", "footfall", "turning", "wrist", "armway", "forearm", "setout", "waiting")
    ),
    *(f"retrostep.device.{name}" for name in ("hooks", "boot", "numbers", "padlock")),
    *(f"retrostep.device.{name}" for name in ("making", "supply", "pixel", "newcomer", "empty", "birth")),
    *(f"retrostep.device.{name}" for name in ("mirrors", "ram", "at_boot", "chips", "plain", "early", "find")),
    *(f"retrostep.{name}" for name in ("link", "misspelt", "settings")),
    *(f"retrostep.journal.{name}" for name in ("recover", "reading", "erasing")),
    *(f"retrostep.{name}" for name in ("balance.arm", "imu.pattern", "imu.ticks")),
    *(f"retrostep.coach.{name}" for name in ("plan", "walktest")),
)
BOOT = "import storage, usb_cdc\nusb_cdc.enable(console=True, data=True)\nstorage.remount('/', readonly=False)\n"


@dataclass(frozen=True)
class Program:
    """A code.py that is no file."""

    text: str


async def run(
    uf2: str,
    program: str | Program,
    settings: dict[str, str],
    words: bytes = b"",
    walk=None,
    timeout_s: float = 900,
    apart: bool = False,
    boot: str | None = BOOT,
) -> list:
    """Boot a drive whose code.py is bench/on_board/`program`; everything it says, as a list of dicts. When it says
    BENCH-AGAIN its power is cut and comes back. `apart`: each module as a file of its own; `boot`: its boot.py, None
    for the firmware's own."""
    from retrostep_host import drive, packing
    from retrostep_host.virtual import chips
    from retrostep_host.virtual.rp2040.board import EmulatedBoard

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        text = program.text if isinstance(program, Program) else (HERE / program).read_text()
        drive.prepare(folder, files=packing.pack(_files(text), ["code.py"], {} if apart else packing.GROUPS))
        if boot is not None:
            (folder / "boot.py").write_text(boot)
        with open(folder / "settings.toml", "a") as file:
            file.writelines(f'{key} = "{value}"\n' for key, value in settings.items())
        (folder / "words.bin").write_bytes(words)
        board = EmulatedBoard(uf2, drive=folder)
    imu, motor = chips.imu("LSM6DSOX", board.clock_ns), chips.haptics("DRV2605L", board.clock_ns)
    if walk is not None:
        imu.feed(walk)
    board.attach(imu, 10)
    board.attach(motor)
    board.button(9)
    console = bytearray()
    board.computer.on_data[0] = console.extend
    await board.boot()
    try:
        ends = (b"BENCH-DONE", b"BENCH-AGAIN", b"Traceback")
        await board.until(lambda: any(end in console for end in ends), timeout_s)
        if ends[1] in console:
            for chip in (imu, motor):
                chip.power_on()
            board.power_cycle()
            await board.until(lambda: ends[0] in console or ends[2] in console, timeout_s)
        if b"Traceback" in console:
            await asyncio.sleep(0.3)
    except TimeoutError:
        print(console[-2000:].decode("utf-8", "replace"), file=sys.stderr)
        raise
    finally:
        await board.halt()
    text = console.decode("utf-8", "replace")
    if "Traceback" in text:
        print(text[text.index("Traceback") :], file=sys.stderr)
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("BENCH {")]


def stream(recording: str | None, seconds: float, skip: float, placement: str | None = None):
    from retrostep_host import recordings

    if recording is None:
        from retrostep_host.virtual import walks

        found = recordings.stream(walks.generate(None, placement=placement, side="right" if placement else None))
    else:
        found = recordings.stream(recordings.load(recording))
    first = int(skip * 104)
    return found.placement, found.words[first : first + int(seconds * 104)].tobytes()


def ours(program: str, apart: bool = False) -> dict[str, str]:
    """What a board that runs `program` calls things -> our names."""
    from retrostep_host import packing

    return packing.shrink(_files(program), ["code.py"], {} if apart else packing.GROUPS)[1]


def _files(program: str) -> dict[str, bytes]:
    from retrostep_host import drive

    return {**drive.contents(), "code.py": program.encode()}


def staged(stages: dict[str, float]) -> dict[str, float]:
    """The stages with our names for their classes."""
    table, out = ours((HERE / "stages.py").read_text()), {}
    for stage, ms in stages.items():
        room, _, name = stage.rpartition(" ")
        out[f"{room} {table.get(name, name)}".strip().lower()] = ms
    return out


def costs(placement: str, words: bytes, stages: list[dict]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What the engine takes by stage, and what else there is to say. Raises ValueError if it did not get through."""
    whole = next((row for row in stages if row.get("stages") == {}), None)
    parts = next((row for row in stages if row.get("stages")), None)
    if whole is None or parts is None:
        raise ValueError(f"The board did not get through: {stages}")
    each = staged(parts["stages"])
    rows = [(f"{placement}, {len(words) // 12} samples", "ms a sample")]
    rows += [(name, f"{each[name]:.3f}") for name in sorted(each)]
    rows.append(("engine: sums over the chunk", f"{whole['whole_ms'] - sum(each.values()):.3f}"))
    rows.append(("**whole engine**", f"**{whole['whole_ms']:.3f}**"))
    rest = [
        ("worst chunk of 13 samples, ms", f"{whole['worst_chunk_ms']:.1f}"),
        ("garbage a minute, kB", f"{whole['garbage_per_sample'] * 6240 / 1024:.0f}"),
        ("modules and objects of the engine, kB", f"{whole['engine_heap'] / 1024:.1f}"),
    ]
    return rows, rest


def piece(row: dict) -> str:
    """The largest piece in kB; a dash where nobody looked."""
    return f"{row['largest'] / 1024:.1f}" if "largest" in row else "–"


def modules() -> list[str]:
    """What the firmware has loaded on a walk at the ankle, each after what it imports."""
    imports: dict[str, list[str]] = {}
    for path in sorted((ROOT / "lib" / "retrostep").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "lib").with_suffix("").parts).removesuffix(".__init__")
        wanted = []
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                wanted += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        imports[name] = wanted
    order: list[str] = []

    def visit(name: str) -> None:
        if name not in imports or name in order or name.startswith(NOT_WALKING):
            return
        for number in range(1, name.count(".") + 1):
            visit(".".join(name.split(".")[:number]))
        known.add(name)
        for one in imports[name]:
            if one not in known:
                visit(one)
        order.append(name)

    known: set[str] = set()
    # what a module makes that leaves again: nothing that stays leads to it
    made = ("device.wiring", "device.session", "device.notices", "coach.policy", "journal.writer", "device.haptics",
            "device.button", "device.flash", "device.power", "device.usb")  # fmt: skip
    for name in ("engine", "gait.leg", *made, "device.light", "device.guard"):
        visit(f"retrostep.{name}")
    return ["adafruit_drv2605", *order]


def by_module(uf2: str) -> list[str]:
    """Tables of what each module and each object of the engine takes."""
    text = (HERE / "modules.py").read_text().replace("MODULES = ()", f"MODULES = {modules()!r}")
    names = ours(text, apart=True)
    found = asyncio.run(run(uf2, Program(text), {}, apart=True))
    rows, objects = {}, {}
    for row in found:
        room = row["name"].split(".")
        if row["kind"] == "module":
            rows[row["name"]] = row["bytes"]
        else:
            name = f"{room[-2]}.{names.get(room[-1], room[-1])}"
            objects.setdefault(name, []).append(row["bytes"])
    rooms: dict[str, list[tuple[int, str]]] = {}
    for name, size in rows.items():
        parts = name.removeprefix("retrostep.").split(".")
        rooms.setdefault(parts[0] if len(parts) > 1 else "hall and drivers", []).append((size, parts[-1]))
    lines = []
    for room, each in sorted(rooms.items(), key=lambda item: -sum(size for size, _ in item[1])):
        largest = ", ".join(f"{name} {size / 1024:.1f}" for size, name in sorted(each, reverse=True))
        lines.append((room, f"{sum(size for size, _ in each) / 1024:.1f}", largest))
    lines.append(("all", f"{sum(rows.values()) / 1024:.1f}", ""))
    lines.append(("all, as the few files of a drive", f"{sum(by_file(uf2).values()) / 1024:.1f}", ""))
    made = sorted(objects.items(), key=lambda item: -sum(item[1]))
    things = [(f"{name}{f' × {len(each)}' if len(each) > 1 else ''}", f"{sum(each)}") for name, each in made]
    return [*table([("room", "kB", "its modules, kB"), *lines]), "", *table([("object", "bytes"), *things[:20]])]


def by_file(uf2: str) -> dict[str, int]:
    """What the files take that a walk at the ankle has loaded, merged as on a drive."""
    from retrostep_host import packing

    home = {one: group for group, ones in packing.GROUPS.items() for one in ones}
    wanted = list(dict.fromkeys(home.get(one, one) for one in modules()))
    text = (HERE / "modules.py").read_text().replace("MODULES = ()", f"MODULES = {wanted!r}")
    found = asyncio.run(run(uf2, Program(text), {}))
    return {row["name"]: row["bytes"] for row in found if row["kind"] == "module"}


def drift(heap: list[list[dict]], names: list) -> list[str]:
    """What a long walk leaves, minute by minute; empty for a short one."""
    lines = []
    for build, rows in zip(names, heap, strict=True):
        told = [row for row in rows if "walked" in row]
        if len(told) > 1:
            free = [row["free"] / 1024 for row in told]
            lines.append(
                f"{build.version}, walking on: {free[0]:.1f} kB free after {told[0]['walked']} s, {free[-1]:.1f} after "
                f"{told[-1]['walked']} s, least {min(free):.1f}; {told[-1]['lost']} samples lost."
            )
    return lines


def waiting(waits: list[dict], names: list) -> list[str]:
    """From power to the first step that counts, of somebody who walks all the time."""
    rows = [("s from power, on battery, after a walk that lost power", *(build.version for build in names))]
    begun = [one["power"]["began"] for one in waits]
    rows.append(("code.py begins", *(f"{s:.2f}" for s in begun)))
    for number, (what, _) in enumerate(waits[0]["power"]["laps"]):
        laps = [one["power"]["laps"][number][1] + s for one, s in zip(waits, begun, strict=True)]
        rows.append((what, *(f"{lap:.2f}" for lap in laps)))
    return table(rows)


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as a Markdown table, the first one its head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|---" + "|---:" * (lines[0].count("|") - 2) + "|")
    return lines


def page(lines: list[str], command: str) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    today = datetime.date.today().isoformat()
    head = f"""# What the firmware costs on a board

For builders. Two minutes. `{command}`
at {commit.stdout.strip()}, {today}: official builds of CircuitPython on an emulated RP2040 at 125 MHz, emulated time,
the drive as `install` packs it (decisions.md, 41), a generated walk. The engine uses no ulab, so a build
without it is as fast. At 104 Hz a sample may take 9.6 ms; of reading the FIFO, 0.34 ms are the bus at 400 kHz.
"""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(END)  # written by hand
    return head + "\n" + "\n".join(lines) + "\n" + END + rest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uf2", action="append", help="an official build; more of them: their heap beside it")
    parser.add_argument("--recording", help="an .npz or .csv; default: the built-in generated walk")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--skip", type=float, default=0.0, help="seconds left out at the start")
    parser.add_argument("--walk", type=int, default=8, help="seconds of walking for the heap, 3600 for an hour's drift")
    parser.add_argument("--quick", action="store_true", help="4 seconds")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write docs/board.md")
    options = parser.parse_args()
    import numpy as np
    from retrostep_host.virtual.rp2040 import uf2 as uf2s

    named = options.uf2 or [os.environ.get("RETROSTEP_UF2", "~/.cache/retrostep/circuitpython.uf2")]
    builds = [os.path.expanduser(one) for one in named]
    for one in builds:
        if not os.path.exists(one):
            print(f"{one} is not there; give an official build with --uf2 or RETROSTEP_UF2.", file=sys.stderr)
            return 2
    uf2 = builds[0]
    placement, words = stream(options.recording, 4.0 if options.quick else options.seconds, options.skip)
    stages = {placement: asyncio.run(run(uf2, "stages.py", {"BENCH_PLACEMENT": placement}, words))}
    wrist = b""
    if options.recording is None:
        _, wrist = stream(None, len(words) / 12 / 104, 0.0, "wrist")
        stages["wrist"] = asyncio.run(run(uf2, "stages.py", {"BENCH_PLACEMENT": "wrist"}, wrist))
    walk = np.frombuffer(words, dtype="<i2").reshape(-1, 6)
    heap, power = [], []
    if placement == "ankle":
        long = np.concatenate([walk] * (1 + 104 * (options.walk + 60) // len(walk)))
        asked = {"BENCH_WALK_S": str(options.walk)}
        heap = [asyncio.run(run(one, "heap.py", asked, walk=long, timeout_s=900 + 20 * options.walk)) for one in builds]
        power = [asyncio.run(run(one, "power_up.py", {}, walk=long, boot=None)) for one in builds]
    if options.json:
        print(json.dumps({"stages": stages, "heap": heap, "power": power}))
        return 0
    try:
        rows, rest = costs(placement, words, stages[placement])
        beside = costs("wrist, from standing", wrist, stages["wrist"]) if wrist else ([], [])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    waits = [{row["kind"]: row for row in one} for one in power]
    if waits:
        reading = waits[0]["power"]["reading_ms"]
        rows.append(("reading the FIFO", f"{reading:.3f}"))
        engine = float(rows[-2][1].strip("*"))
        rows.append(("**engine and reading**", f"**{engine + reading:.3f}**"))
        first = waits[0]["power"]
        early = f"{first['early_ms']:.1f} (longest {first['early_most_ms']:.1f})"
        rows.append(("7 samples in the loop while a stumble is looked for, ms", early))
        rows.append(("from the decision to the motor, ms", f"{first['play_ms']:.1f}"))
    lines = table([*rows, *rest])
    if wrist:
        lines += ["", *table([*beside[0], *beside[1]])]
    if heap:
        names = [uf2s.check(Path(one)) for one in builds]
        heads = [f"{one.version} {one.board_id or ''}".strip() + ": free, kB | largest piece" for one in names]
        states = [
            (first["when"], *(f"{row['free'] / 1024:.1f} | {piece(row)}" for row in (first, *others)))
            for first, *others in zip(*([row for row in one if "when" in row] for one in heap), strict=False)
        ]
        lines += ["", *table([("heap", *heads), *states])]
        lines += ["", *drift(heap, names), "", *waiting(waits, names)]
        lines += ["", *by_module(uf2)]
    print("\n".join(lines))
    if options.write:
        words = " ".join(sys.argv[1:]).replace(str(Path.home()), "~")
        command = f"python bench/device.py {words}"
        PAGE.write_text(page(lines, command), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
