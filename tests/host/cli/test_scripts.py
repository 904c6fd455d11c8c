# SPDX-License-Identifier: MIT
"""What a script relies on: exit codes as cli.md has them, one JSON object where --json is offered, pipes that close."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest
import walks
from retrostep_host.cli import main
from retrostep_host.store import Store

from tests.host.cli.test_delete import RETROSTEP, environment, needs_terminals, plugged_in

ROWS = "".join(f"{k / 104:.4f},{{}},0,0,0,0,0\n" for k in range(520))
HEAD = "t,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z\n"


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "s") as made:
        made.add(walks.walk(1, session=1), b"raw")
    return str(tmp_path / "s")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (("none.csv",), 10),
        (("g.csv",), 11),
        (("g.csv", "good.csv"), 1),
        (("none.csv", "g.csv"), 1),
        (("good.csv",), 0),
    ],
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_replay_ends_with_the_code_of_the_error(tmp_path, capsys, files, code, options):
    (tmp_path / "g.csv").write_text(HEAD + ROWS.format(*["1.0"] * 520))
    (tmp_path / "good.csv").write_text(HEAD + ROWS.format(*["9.81"] * 520))
    assert main._run(["replay", *options, *(str(tmp_path / name) for name in files)]) == code
    if options:
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert all(set(row) == {"recording", "error"} for row in rows if "error" in row) and len(rows) == len(files)


def test_report_and_export_say_in_json_where_they_are(tmp_path, store, capsys):
    page, folder = tmp_path / "p.html", tmp_path / "tables"
    assert main._run(["report", "--store", store, "--out", str(page), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"report": str(page)} and page.exists()
    assert main._run(["export", "--store", store, "--out", str(folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["folder"] == str(folder) and said["walks"] == 1
    assert said["files"] and all((folder / name).exists() for name in said["files"])


@pytest.mark.parametrize("verb", ["install", "report", "export", "capture", "sync", "list", "delete", "settings"])
def test_json_is_offered(verb, capsys):
    assert main._run([verb, "--help"]) == 0 and "--json" in capsys.readouterr().out


def test_list_into_a_reader_that_goes_away_ends_well(store, tmp_path):
    command = [*RETROSTEP, "list", "--store", store]
    shown = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(tmp_path))
    shown.stdout.close()
    assert shown.stderr.read() == b"" and shown.wait(30) == 0
    shown.stderr.close()


STALLS = """
import os, time
from tests.faults import board
one = board.Board()
one.walk(400)
tick = one.tick
def stall():
    if one.server.bulk or one.server.read:
        print("half", flush=True)
        time.sleep(20)
        os._exit(0)
    tick()
one.tick = stall
board.serve(one)
"""


@needs_terminals
def test_ctrl_c_in_a_sync_says_that_it_is_half_copied(tmp_path):
    with plugged_in(program=("-c", STALLS)) as (port, process):
        running = subprocess.Popen(
            [*RETROSTEP, "sync", "--port", port],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(tmp_path),
        )
        assert process.stdout.readline() == "half\n"
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
        process.kill()
        assert running.returncode == 130 and "half copied waits on the board: run `retrostep sync` again" in said
