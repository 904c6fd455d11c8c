# SPDX-License-Identifier: MIT
"""The promise: whatever a board says, every command ends in a sentence, in bounded time and memory; one bad session
keeps no other from coming home, and none is released that is not stored. The lies: tests/faults/lies.py."""

import contextlib
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from retrostep import events
from retrostep.journal import block, records
from retrostep.link import messages
from retrostep_host import bundle, examination, quarantine, ranges
from retrostep_host.cli import main
from retrostep_host.errors import BadAnswer, LinkBroken, RetrostepError
from retrostep_host.store.intake import as_walk
from retrostep_host.store.sessions import Store
from retrostep_host.sync import find, forget
from retrostep_host.sync.client import Client
from retrostep_host.sync.session import fetch_all, keeper

from tests.faults import forgers, lies
from tests.faults.liar import DEVICE, NOW_US, TURN, Liar, Terminal, Wire, session

BOUND_S = 70.0  # by the port's clock, for a session of a few blocks; most end at once
MEMORY = 6_000_000  # bytes that a command may hold beside itself
ROOT = Path(__file__).parents[3]


@pytest.fixture
def bounded():
    """Holds what a test asks of a liar to time, memory and number of requests."""
    tracemalloc.start()
    wires = []

    def client(liar):
        wires.append(Wire(liar))
        return Client(wires[-1])

    yield client
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held < MEMORY
    for wire in wires:
        assert wire.now() < BOUND_S and len(wire.liar.asked) < 1500, (wire.now(), len(wire.liar.asked))


def said(error: RetrostepError) -> str:
    assert str(error).endswith(".") and str(error).isprintable() and error.exit_code > 2
    return str(error)


@pytest.mark.parametrize("name", lies.LIES)
def test_a_sync_ends_and_releases_nothing_that_is_not_stored(bounded, tmp_path, name):
    liar = lies.liar(name)
    client = bounded(liar)
    with Store(tmp_path / "s") as store:
        try:
            result = fetch_all(client, client.hello(), keeper(store), tmp_path / "partial")
            errors = result.errors
        except RetrostepError as error:
            errors = [error]
        stored = {hashlib.sha1(store.raw(walk)).digest() for walk in store.walks()}
    for error in errors:
        said(error)
    assert set(liar.released.values()) <= stored
    assert sum(path.stat().st_size for path in tmp_path.glob("partial/*")) <= 504 * 512
    assert bool(errors) == (name not in FINE), errors


FINE = {"honest", "release is refused", "housekeeping without end", "flushes without end", "settings without end"} | {
    "half a setting", "other bytes each time"
}


@pytest.mark.parametrize("name", lies.LIES)
def test_settings_plan_and_the_bundle_end(bounded, monkeypatch, name):
    client = bounded(lies.liar(name))
    monkeypatch.setattr(find, "connect", lambda port=None: (client, client.hello()))
    for ask in (client.settings, client.plan, lambda: bundle.board(None)):
        try:
            ask()
        except RetrostepError as error:
            said(error)


@pytest.mark.parametrize("name", lies.LIES)
def test_the_doctor_ends_and_calls_no_liar_healthy(bounded, name):
    client = bounded(lies.liar(name))
    found, refused = examination._asked(client, client.hello())
    assert all(" -" not in one.words or "%" not in one.words for one in found)
    if "after hello" in name or name in ("housekeeping without end", "4 GB, silent"):
        assert refused is not None and said(refused)
    if name == "honest":
        assert refused is None and [one.state for one in found] == ["ok", "note"]  # it has no sensor


@pytest.mark.parametrize("name", lies.LIES)
def test_erasing_ends(bounded, tmp_path, name):
    client = bounded(lies.liar(name))
    with pytest.raises(RetrostepError) as caught:  # no liar erases anything
        forget.board(client, client.hello(), tmp_path)
    said(caught.value)


def test_a_board_that_flushes_for_ever_is_left_when_its_log_is_written(bounded, tmp_path):
    client = bounded(lies.liar("flushes without end"))
    shown = []
    with pytest.raises(BadAnswer, match="goes on"):
        forget.board(client, client.hello(), tmp_path, lambda *now: shown.append(now))
    assert shown[-1][0] > shown[-1][1] == 126


@pytest.mark.parametrize(
    ("name", "seconds"), [("dripping bulk", 12), ("dripping frames", 12), ("hash never comes", 16)]
)
def test_a_drip_and_a_silence_are_given_up_early(bounded, tmp_path, name, seconds):
    client = bounded(lies.liar(name))
    result = fetch_all(client, client.hello(), lambda *_: True, tmp_path)
    assert "too slow" in str(result.errors[0]) and isinstance(result.errors[0], LinkBroken)
    assert client.port.now() < seconds + 1


@pytest.mark.parametrize("facts", [{"blocks": 0, "free": 0}, {"free": 505}, {"blocks": 1 << 31, "free": 0}])
def test_a_log_that_cannot_be_is_no_percentage(bounded, facts):
    client = bounded(Liar(**facts))
    with pytest.raises(BadAnswer, match="blocks of its log are free"):
        client.status()
    _, refused = examination._asked(client, client.hello())
    assert refused is not None


def test_a_silent_session_does_not_keep_the_others(bounded, tmp_path):
    def deaf(liar, number, payload):
        if payload != struct.pack("<I", 2):
            yield from liar._4(number, payload)

    liar = Liar({1: session(1), 2: session(2), 3: session(3)}, {messages.HASH: deaf})
    client = bounded(liar)
    with Store(tmp_path / "s") as store:
        result = fetch_all(client, client.hello(), keeper(store), tmp_path / "partial")
        assert [walk.session for walk in store.walks()] == [1, 3]
    assert sorted(liar.released) == [1, 3] and len(result.errors) == 1 and result.left_on_board == 1


def test_a_session_longer_than_the_log_does_not_keep_the_others(bounded, tmp_path):
    def listed(liar, number, payload):
        sizes = [liar.entry(1), liar.entry(2, 0xFFFFFE00), liar.entry(3)]
        yield from [lies.frame(messages.LIST, number, b"\0\0\0" + b"".join(sizes))]

    liar = Liar({1: session(1), 2: session(2), 3: session(3)}, {messages.LIST: listed})
    result = fetch_all(client := bounded(liar), client.hello(), lambda *_: True, tmp_path)
    assert sorted(liar.released) == [1, 3] and isinstance(result.errors[0], BadAnswer) and result.left_on_board == 1


HARMLESS = {"an end of 4 billion"}  # what it says is shown as missing


# one bad session -------------------------------------------------------------------------------------------
def test_forged_sessions_are_kept_named_and_deletable_and_the_others_go_on(tmp_path):
    """Whole commands. On the old code one of these ended sync, list, report, export and delete for all walks."""
    sessions = {1: session(1), 100: session(100)}
    for number, name in enumerate(lies.FORGED, 2):
        sessions[number] = session(number, **lies.FORGED[name])
    with Terminal(Liar(dict(sessions))) as board:
        done = run(tmp_path, "sync", "--port", board.path, "--json")
        assert done.returncode == 0, done.stderr
        assert sorted(board.liar.released) == sorted(sessions)
    rows = {row["session"]: row for row in json.loads(done.stdout)["sessions"]}
    assert sorted(rows) == sorted(sessions)
    for number, name in enumerate(lies.FORGED, 2):
        assert rows[number].get("left_out") or rows[number].get("unreadable") or name in HARMLESS, name
    for verb in ("list", "report", "export"):
        done = run(tmp_path, verb)
        assert done.returncode == 0, done.stderr
    with Store(tmp_path / "s", write=False) as store:
        assert {hashlib.sha1(store.raw(walk)).digest() for walk in store.walks()} == {
            hashlib.sha1(data).digest() for data in sessions.values()
        }
    forged = [word for number in range(2, 2 + len(lies.FORGED)) for word in ("--session", str(number))]
    done = run(tmp_path, "delete", *forged, "--no-board", "--yes")
    assert done.returncode == 0, done.stderr
    listed = json.loads(run(tmp_path, "list", "--json").stdout)["sessions"]
    assert sorted(one["session"] for one in listed) == [1, 100]


@pytest.mark.parametrize("seed", range(25))
def test_a_session_of_any_forger_keeps_no_other_away(seed, tmp_path):
    """1,000 of these: python bench/liars.py --forged 1000."""
    forgers.judged(seed, tmp_path / "one")


def test_bytes_that_hold_no_block_are_kept_and_named(tmp_path):
    sessions = {1: os.urandom(1024), 2: session(2)}
    with Terminal(Liar(dict(sessions))) as board:
        done = run(tmp_path, "sync", "--port", board.path)
        assert done.returncode == 0 and sorted(board.liar.released) == [1, 2]
    assert "Session 1 cannot be read: not one block of it is whole. Its bytes: copied" in done.stdout
    shown = run(tmp_path, "list").stdout
    assert "unreadable" in shown and f"retrostep delete --session 1 --device {DEVICE.hex()}" in shown
    run(tmp_path, "report")
    assert "cannot be read: not one block of it is whole" in (tmp_path / "r.html").read_text()
    assert run(tmp_path, "delete", "--session", "1", "--no-board", "--yes").returncode == 0
    with Store(tmp_path / "s", write=False) as store:
        assert [store.raw(walk) for walk in store.walks()] == [sessions[2]]


def test_a_store_of_an_older_version_with_an_absurd_date_is_shown(tmp_path):
    with Store(tmp_path / "s") as store:
        for number, start in ((1, NOW_US), (2, lies.TEN_THOUSAND)):
            data = session(number)
            walk = as_walk(quarantine.read(data, DEVICE.hex(), number), NOW_US)
            with store.changing() as connection:
                store.insert(connection, replace(walk, start_utc_us=start), data)
    for verb in (["list"], ["report"], ["export"], ["delete", "--session", "2", "--no-board", "--yes"]):
        done = run(tmp_path, *verb)
        assert done.returncode == 0, (verb, done.stderr)


def test_a_session_that_reader_or_store_stumbles_over_is_kept_as_bytes(bounded, tmp_path, monkeypatch):
    """A net for mistakes of ours: the next session comes home all the same."""
    from retrostep_host import journal
    from retrostep_host.store import intake

    decode, as_walk = journal.decode, intake.as_walk

    def stumbles(data):
        found = decode(data)
        return 1 // (found.session != 1) and found

    def refuses(walk, now):
        if walk.session == 2 and not walk.trouble:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        return as_walk(walk, now)

    monkeypatch.setattr(journal, "decode", stumbles)
    monkeypatch.setattr(intake, "as_walk", refuses)
    liar = Liar({1: session(1), 2: session(2), 3: session(3)})
    with Store(tmp_path / "s") as store:
        result = fetch_all(client := bounded(liar), client.hello(), keeper(store), tmp_path / "partial")
        assert not result.errors and sorted(liar.released) == [1, 2, 3]
        ended = {walk.session: walk.ended for walk in store.walks()}
        assert ended == {1: "unreadable", 2: "unreadable", 3: "button"}
        assert {store.raw(walk) for walk in store.walks()} == set(liar.sessions.values())


def test_a_field_out_of_its_range_costs_that_field_only():
    walk = quarantine.read(session(1, **lies.FORGED["year 10000"]), DEVICE.hex(), 1)
    assert walk.start_utc is None and len(walk.steps) == 12 and walk.complete and len(walk.doubts) == 1
    walk = quarantine.read(session(1, **lies.FORGED["a number of 200 bytes"]), DEVICE.hex(), 1)
    assert walk.placement == "ankle" and len(walk.steps) == 12 and "placement" in walk.doubts[0]
    assert ranges.moment(lies.TEN_THOUSAND, 0) is None


def run(folder, *words):
    more = {"sync": [], "list": [], "report": ["--out", str(folder / "r.html")], "export": ["--out", str(folder / "x")]}
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main._run([*words, "--store", str(folder / "s"), *more.get(words[0], [])])
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def test_what_a_board_calls_itself_is_shown_and_not_obeyed(tmp_path, capsys):
    """Name, setting, log text, code: on the old code each of them reached the terminal raw."""
    codes = b"\x1b]0;PWN\x07\x1b[2J"
    liar = Liar({1: session(1, extra=((events.SETTING, (8, 1), codes),))}, board=codes)
    liar.settings[8] = (1, codes)
    house, record = block.Block(), bytearray(512)
    house.begin(DEVICE, block.HOUSE, 1, 0, 0, 0, 0, 0, 1, 10400)
    house.place(1, TURN)
    house.add(record, records.pack(record, events.LOG, 0, (37, 0), b"crash " + codes + b"\n!! board  broken"))
    house.seal()
    liar.house = bytes(house.data)
    store = ["--store", str(tmp_path / "s")]
    with Terminal(liar) as board:
        port = ["--port", board.path]
        assert main._run(["doctor", *port, *store]) == 0
        assert main._run(["settings", *port]) == 0
        assert main._run(["sync", *port, *store]) == 0
        assert main._run(["list", "--code", "x", *store]) == 25
        assert main._run(["delete", "--all", "--no-board", *store]) == 29
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err and "\x07" not in out + err
    assert out.count(r"\x1b]0;PWN\x07\x1b[2J") == 3 and err.count(r"\x1b]0;PWN") == 2
    assert not any(line.startswith("!!") for line in out.splitlines()), "no line of its own"


# whole commands --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "words", "code"),
    [
        ("endless list", ["sync"], 9),
        ("a list of a million", ["sync"], 9),
        ("4 GB in bulk", ["sync"], 9),
        ("housekeeping without end", ["doctor"], 1),
        ("refuses after hello", ["doctor"], 1),
        ("empty after hello", ["settings"], 9),
    ],
)
def test_a_command_ends_with_a_sentence_and_a_code(tmp_path, name, words, code):
    with Terminal(lies.liar(name)) as board:
        began = time.monotonic()
        command = [sys.executable, "-m", "retrostep_host.cli.main", *words, "--port", board.path]
        home = {**os.environ, "RETROSTEP_HOME": str(tmp_path)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=home)
        assert done.returncode == code and time.monotonic() - began < 50
    assert "Traceback" not in done.stderr and "mistake of its own" not in done.stderr
    assert (done.stderr or done.stdout).strip().endswith((".", "`"))
    if words == ["doctor"]:
        assert "ok board" not in done.stdout and "!! board" in done.stdout
    if words == ["settings"]:
        assert done.stdout == "", "no default is shown as if it were in force"


def test_what_came_home_before_the_disk_was_full_is_said(tmp_path, monkeypatch):
    """The old sentence said that nothing was changed, after walks had been stored and released."""
    from click.testing import CliRunner
    from retrostep_host import errors

    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path))
    add = Store.add

    def full(self, walk, data):
        if walk.session == 3:
            raise errors.FullDisk("The disk is full; what was stored before is safe.")
        return add(self, walk, data)

    monkeypatch.setattr(Store, "add", full)
    for json_flag in ([], ["--json"]):
        with Terminal(Liar({one: session(one) for one in range(1, 5)})) as board:
            words = ["sync", "--port", board.path, "--store", str(tmp_path / f"s{len(json_flag)}"), *json_flag]
            done = CliRunner().invoke(main.cli, words)
            assert isinstance(done.exception, errors.FullDisk) and sorted(board.liar.released) == [1, 2]
        assert "2 walks came home before it stopped" in done.stderr
        if json_flag:
            found = json.loads(done.stdout)
            assert [row["session"] for row in found["sessions"]] == [1, 2] and found["left_on_board"] == 2
        else:
            assert done.stdout.count("Copied, verified, released.") == 2
