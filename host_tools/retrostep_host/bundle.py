# SPDX-License-Identifier: MIT
"""Bundle: one file to send to somebody who helps, with names and dates left out.

in    what the doctor found; the board on its cable; the store's counts
out   a zip of two JSON files: report.json and, with a board, board.json
but   no walk, no time of day, no name: the participant code is left out; the user's name, paths, serial numbers and
      the device id are replaced by marks
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import zipfile
from dataclasses import asdict
from pathlib import Path

from retrostep_host.errors import RetrostepError, from_os

_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?")
_ROOT = re.compile(r"(?<![\w/.~>-])(?:/(?!dev/)|[A-Za-z]:[\\/])(?=\S)")
_STOP = re.compile(r"(?<=\S)(?=[\s:;,)]|\.?$|\.\s)")  # where a path in a sentence may end
_SERIAL = re.compile(r"\b[0-9A-Fa-f]{12,}\b")
PRIVATE = ("code",)  # settings that may name a person


def clean(text: str) -> str:
    """The text without home, user name, dates and long numbers; the same number keeps the same mark."""
    home, user = str(Path.home()), os.environ.get("USER") or os.environ.get("USERNAME") or ""
    text = text.replace(home, "~")
    if len(user) > 2:
        text = re.sub(rf"\b{re.escape(user)}\b", "<user>", text)
    text = _DATE.sub("<date>", text)
    return _SERIAL.sub(lambda found: mark(found.group(0)), text)


def without_paths(text: str) -> str:
    """The text with each file and folder of this computer as "<path>": a name may stand in any. Devices stay."""
    at = 0
    while found := _ROOT.search(text, at):
        start = found.start()
        ends = (start + stop.start() for stop in reversed([*_STOP.finditer(text[start:])]))
        end = next((end for end in ends if os.path.exists(text[start:end])), None)
        if end is None:  # not there (any more): to the next mark, blanks and all
            end = start + re.search(r"[:;,)]|\.?$|\.\s", text[start:]).start()
        text = f"{text[:start]}<path>{text[end:]}"
        at = start + len("<path>")
    return text


def mark(number: str) -> str:
    """A short mark for an id: tells two boards apart, names neither."""
    return "id-" + hashlib.sha256(number.lower().encode()).hexdigest()[:6]


def board(port: str | None) -> dict:
    """What the board says of itself: versions, counters, settings, its log of troubles. Raises what connect does."""
    from retrostep.journal import block

    from retrostep_host import journal, quarantine, tracebacks
    from retrostep_host.examination import ASKED_S
    from retrostep_host.sync import find

    client, hello = find.connect(port)
    try:
        found = {
            "device": mark(hello.device),
            "board": hello.board,
            "firmware": hello.firmware,
            "versions": {"link": hello.link_version, "journal": hello.journal_version},
            "flags": hello.flags,
            "boot": hello.boot,
            "battery_mv": hello.battery_mv,
            "clock_set": hello.utc_us != 0,
        }
        if hello.locked:
            return found
        with client.patience.within(ASKED_S, "the questions for the bundle"):
            status = client.status()
            room = status.blocks * block.SIZE
            found["status"] = asdict(status)
            found["settings"] = {name: value for name, value in client.settings().items() if name not in PRIVATE}
            found["sessions"] = [
                {"session": one.session, "boot": one.boot, "bytes": one.size, "cause": one.cause}
                for one in client.list(room)
            ]
            house = client.house(room)
        found["log"] = [
            {"boot": head.boot, "reason": log.reason, "value": log.value, "text": clean(tracebacks.restored(log.text))}
            for head, piece in journal.blocks(house)
            for log in quarantine.read(piece, head.device.hex(), head.session).logs
        ]
        return found
    finally:
        client.port.close()


def write(path: Path, findings: list, port: str | None) -> None:
    """Make the file at `path`. A board that does not answer is part of the report, not an error."""
    report = {
        "findings": [{key: clean(without_paths(value)) for key, value in asdict(one).items()} for one in findings]
    }
    parts = {"report.json": report}
    try:
        parts["board.json"] = board(port)
    except RetrostepError as error:
        report["board"] = clean(without_paths(str(error)))
    half = path.with_name(path.name + ".part")  # a bundle made earlier stays until this one is whole
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in parts.items():  # a fixed date: a zip entry would carry the real one
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                file.writestr(entry, json.dumps(content, indent=1))
        os.replace(half, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)
        raise from_os(error, "writing the bundle") from error
