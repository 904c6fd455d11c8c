# SPDX-License-Identifier: MIT
"""A changed code is another person: nothing of the last one's is left to the next, whichever way the code changes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from retrostep_host import codes, plans
from retrostep_host.sync import find

from tests.host.virtual import wearable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals; the virtual board needs them")

RETROSTEP = [sys.executable, "-m", "retrostep_host.cli.main"]
LAST = {"code": "P-01", "aid": "cane", "side": "left", "ground": "treadmill", "steps_goal": 700}
RESET = {"aid": "none", "side": "unknown", "ground": "level"}
TRAINED = replace(plans.read("first_steps"), confirmed=True, done=4)


@contextlib.contextmanager
def plugged_in(folder, script="stand 1 s\nforward 12 strides\n"):
    """The port of a virtual board after its walk."""
    (folder / "my.walk").write_text(script)
    command = [*RETROSTEP, "walk", "--drive", "drive", "--ports", "ports", "--script", "my.walk", "--json"]
    board = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    late = threading.Timer(90, board.kill)
    late.start()
    try:
        assert any(json.loads(line)["state"] == "ended" for line in board.stdout)
        yield str(folder / "ports" / "data")
        time.sleep(1.0)  # the board writes within a pass or two, in real time
    finally:
        late.cancel()
        board.send_signal(signal.SIGTERM)
        board.wait(20)


def run(folder, *args):
    environment = {**os.environ, "RETROSTEP_HOME": str(folder / "home")}
    return subprocess.run([*RETROSTEP, *args], capture_output=True, text=True, env=environment, timeout=60)


def held(port):
    """(settings, plan) of the board."""
    client, _ = find.connect(port)
    with contextlib.closing(client.port):
        return client.settings(), plans.unpack(client.plan())


def trained(port, settings):
    """P-01 has walked with the board for a while."""
    client, _ = find.connect(port)
    with contextlib.closing(client.port):
        for name, value in settings.items():
            client.set(name, value)
        client.plan(TRAINED.pack())


def memories(folder):
    """What the mount had learnt when the newest walk began, as hexadecimal digits."""
    return [note.fields["memory"] for note in wearable.stored(folder / "drive")[-1].events if note.kind == "mount"][0]


def test_a_code_over_the_link_begins_a_new_person_and_that_lasts(tmp_path):
    with plugged_in(tmp_path) as port:
        trained(port, LAST)
        same = run(tmp_path, "settings", "--port", port, "code=P-01", "--json")
        assert "new_wearer" not in json.loads(same.stdout) and held(port)[1].done == 4, "the same person"
        small = run(tmp_path, "settings", "--port", port, "code=p-01", "--json")
        assert "new_wearer" not in json.loads(small.stdout) and held(port)[0]["code"] == "P-01", "p-01 is P-01"
        done = run(tmp_path, "settings", "--port", port, "side=right", "code=P-02")
        assert done.returncode == 0 and "A new wearer begins: P-02, after P-01" in done.stderr
        assert "is at its first session and asks its safety question again" in done.stderr
    with plugged_in(tmp_path, "stand 2 s\n") as port:  # after a reboot
        values, plan = held(port)
        assert {name: values[name] for name in RESET} == {**RESET, "side": "right"}
        assert values["steps_goal"] == 700 and values["code"] == "P-02"
        assert plans.same(plan, TRAINED) and (plan.done, plan.confirmed) == (0, False)
        again = run(tmp_path, "settings", "--port", port, "--new-wearer", "P-02", "--json")
        assert json.loads(again.stdout)["new_wearer"] == {"from": "P-02", "to": "P-02"}
        assert json.loads(again.stdout)["settings"]["side"] == "unknown"


def test_a_code_in_settings_toml_begins_a_new_person_once(tmp_path):
    file = tmp_path / "drive" / "settings.toml"
    with plugged_in(tmp_path):
        pass
    own = file.read_text()
    file.write_text(own + 'RETROSTEP_CODE = "P-01"\n')
    with plugged_in(tmp_path) as port:
        trained(port, {"aid": "cane"})
    file.write_text(own + 'RETROSTEP_CODE = "P-02"\nRETROSTEP_SIDE = "left"\n')
    with plugged_in(tmp_path, "stand 2 s\n") as port:
        values, plan = held(port)
        assert (values["code"], values["aid"], values["side"]) == ("P-02", "none", "left")
        assert (plan.done, plan.confirmed) == (0, False)
        trained(port, {"aid": "walker"})
    with plugged_in(tmp_path, "stand 2 s\n") as port:
        values, plan = held(port)
        assert values["aid"] == "walker" and (plan.done, plan.confirmed) == (4, True), "the same person all the time"


def test_a_code_of_the_file_that_the_cable_overrules_is_named(tmp_path):
    with plugged_in(tmp_path) as port:
        run(tmp_path, "settings", "--port", port, "code=P-05")
    file = tmp_path / "drive" / "settings.toml"
    file.write_text(file.read_text() + 'RETROSTEP_CODE = "P-09"\n')
    with plugged_in(tmp_path, "stand 2 s\n") as port:
        assert json.loads(run(tmp_path, "settings", "--port", port, "--json").stdout)["settings"]["code"] == "P-05"
        assert "(code)" in run(tmp_path, "doctor", "--port", port).stdout


def test_the_next_one_walks_without_what_the_board_learnt_of_the_last(tmp_path):
    far = "stand 2 s\nforward 12 s\nbackward 10 s\nstand 2 s\n"
    with plugged_in(tmp_path, "stand 1 s\n") as port:
        trained(port, {"code": "P-01"})
    with plugged_in(tmp_path, far):
        pass
    with plugged_in(tmp_path) as port:
        before = memories(tmp_path)
        run(tmp_path, "settings", "--port", port, "code=P-02")
    with plugged_in(tmp_path, "stand 1 s\nforward 3 strides\n"):
        pass
    assert before and memories(tmp_path) == ""


def test_an_older_firmware_that_hands_nothing_over_is_named(tmp_path):
    from tests.host.cli.test_delete import plugged_in as old

    program = (
        "from tests.faults import board\nfrom retrostep.link import controls, messages as m\n"
        "new = controls.DO[m.SET]\n"
        "import retrostep.link.verbs as v\nv._DO[m.SET] = lambda *a: new(*a)[:2]\n"
        "board.serve(board.Board())\n"
    )
    with old(program=("-c", program)) as (port, _):
        done = run(tmp_path, "settings", "--port", port, "code=P-02")
        assert "does not know of new wearers" in done.stderr


@pytest.mark.parametrize("code", ["Anna Huber", "huber,anna", "Łucja Óska", "O'Neill Pat"])
def test_a_name_is_warned_about(code):
    assert "looks like a name" in codes.warning(code)


@pytest.mark.parametrize("code", ["P-07", "A1", "", "group-7 left", "P 07 b", "anna"])
def test_a_code_is_not(code):
    assert codes.warning(code) == ""
