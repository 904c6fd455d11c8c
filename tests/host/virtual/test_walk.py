# SPDX-License-Identifier: MIT
"""The unmodified firmware on a virtual board: it boots, counts what replay counts, and nothing stops the walk."""

import json
import os
import socket
import time
from pathlib import Path

import pytest
from retrostep import settings
from retrostep.journal import block
from retrostep_host import drive, journal, recordings
from retrostep_host.errors import VirtualBoardFailed
from retrostep_host.virtual import walks
from retrostep_host.virtual.board import VirtualBoard

from tests.host.virtual import wearable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
CORPUS = Path(os.environ.get("RETROSTEP_CORPUS", Path(__file__).parents[4] / "shared" / "corpus"))
SCRIPT = "stand 2 s\nforward 10 strides\nbackward 10 strides\nstand 2 s\n"
MIXED = "stand 2 s\nforward 12 strides\nstumble\nbackward 12 strides\nstand 2 s\n"


def generated(script=SCRIPT, seed=3, **options):
    return recordings.stream(walks.generate(script, seed, **options))


@pytest.mark.parametrize("placement", ["ankle", "foot", "wrist"])
def test_a_walk_counts_what_replay_counts(tmp_path, placement):
    stream = generated(placement=placement)
    (session,) = wearable.walk(tmp_path, stream)
    assert session.complete and session.end == "usb"
    assert session.placement == placement
    expected = wearable.replayed(stream)
    assert expected
    assert wearable.same(wearable.walked(session), expected)


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name",
    [
        "erciyes/erciyes_101_backward_t1_ankle_right",
        "accad_virtual/accad_Female1_B04_StandToWalkBack_ankle_left",
        "sfu_imu_fall/sfu_sub5_ADLs_AXJ_AS_trial2_right",
        "urigott/urigott_FW_RH",
        "gdin_own/gdin_SensorConnectData_32",
    ],
)
def test_people_walk_as_replay_counts_them(tmp_path, name):
    path = CORPUS / f"{name}.npz"
    if not path.exists():
        pytest.skip("needs the private corpus: put it at ../shared/corpus or set RETROSTEP_CORPUS")
    stream = recordings.stream(recordings.load(path))
    sessions = wearable.walk(tmp_path, stream)
    assert all(session.complete for session in sessions)
    steps = [step for session in sessions for step in wearable.walked(session)]
    assert wearable.same(steps, wearable.replayed(stream))


def test_first_word_of_the_fifo_is_sample_zero(tmp_path):
    stream = generated()
    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", stream) as board:
        board.wait_for("ended")
        status = board.control("status")
    assert status["samples_lost"] == 0
    assert status["samples_read"] >= len(stream.words)
    (session,) = wearable.stored(tmp_path / "drive")
    assert session.start_index == 0
    assert abs(session.duration_s - len(stream.words) / 104.0) < 0.3


def test_the_wearer_feels_the_turn_backward(tmp_path):
    stream = generated()
    (session,) = wearable.walk(tmp_path, stream)
    backward = min(step.t for step in session.steps if step.direction == "backward")
    buzzes = wearable.felt(tmp_path)
    assert buzzes
    assert backward < buzzes[0][0] < backward + 6.0
    assert all(duration >= 0.09 for _, _, _, duration in buzzes)
    assert [buzz.t for buzz in session.buzzes][0] == pytest.approx(buzzes[0][0], abs=0.15)


def test_a_motor_on_a_pin_is_felt_as_well(tmp_path):
    (session,) = wearable.walk(tmp_path, generated(), board="arduino_nano_rp2040_connect")
    assert session.steps
    assert {kind for _, kind, _, _ in wearable.felt(tmp_path)} == {"pwm"}


@pytest.mark.parametrize("chip", ["LSM6DS33", "LSM6DS3TRC", "ISM330DHCX"])
def test_every_chip_of_the_family_counts_the_same(tmp_path, chip):
    stream = generated()
    folder = tmp_path / "drive"
    drive.prepare(folder, None, {"placement": "ankle", "side": "left"})
    board = folder / "lib" / "retrostep_board.py"
    board.write_text(board.read_text().replace('"LSM6DSOX"', f'"{chip}"'))
    (session,) = wearable.walk(tmp_path, stream, prepare=False)
    assert wearable.same(wearable.walked(session), wearable.replayed(stream))


# nothing stops the walk --------------------------------------------------------------------------------
def test_no_sample_is_lost_while_flushing_buzzing_and_syncing(tmp_path):
    """A session that runs while the board is plugged in and a computer copies and asks without a pause."""
    from retrostep_host.sync.client import Client
    from retrostep_host.sync.port import SerialPort

    stream = generated(MIXED)
    ports = tmp_path / "ports"
    with VirtualBoard(tmp_path / "drive", ports, stream, start_plugged=True, realtime=True) as board:
        board.wait_for("ready")
        assert wearable.until(lambda: (ports / "data").exists())
        board.control("button", press="long")
        asked = 0
        with SerialPort(str(ports / "data")) as port:
            client = Client(port)
            assert wearable.until(lambda: client.hello().running > 0, 5)
            began = client.hello().index
            while client.hello().index < began + 104 * 20:
                asked += 1
                if asked % 10 == 0:
                    client.identify(asked // 10 % 4)
                for entry in client.list():
                    client.read(entry.session, 0, entry.size, lambda piece: None)
                    client.status()
            status = board.control("status")
            client.end()
            assert wearable.until(lambda: [one.end for one in wearable.stored(tmp_path / "drive")] == ["link"])
        assert asked > 50
        assert status["samples_lost"] == 0
        assert len(status["felt"]) > 3
        board.control("quit")
    (session,) = wearable.stored(tmp_path / "drive")
    assert session.end == "link" and not session.gaps
    assert [log.reason for log in session.logs] == []


def test_a_late_board_says_what_it_lost_and_keeps_time(tmp_path):
    """With 12 ms charged a sample no loop can keep up with 104 Hz; the index must still be the time."""
    stream = generated()
    sessions = wearable.walk(tmp_path, stream, sample_cost_ms=12.0)
    reasons = [log.reason for session in sessions for log in session.logs]
    assert "fifo_overrun" in reasons
    assert abs(sessions[-1].duration_s - len(stream.words) / 104.0) < 6.0  # plus the FIFO that it empties at the end


def test_a_sensor_that_vanishes_for_a_second_is_restarted(tmp_path):
    stream = generated(SCRIPT.replace("10", "20"))
    events = [{"at_s": 14.0, "command": "sensor", "present": False, "for_s": 1.0, "reset": True}]
    (session,) = wearable.walk(tmp_path, stream, events=events)
    restarted = [log.t for log in session.logs if log.reason == "imu_restarted"]
    assert len(restarted) == 1
    assert 15.0 <= restarted[0] < 16.0
    assert session.complete
    expected = [step for step in wearable.replayed(stream) if not 12.0 < step[0] < 18.5]
    steps = [step for step in wearable.walked(session) if not 12.0 < step[0] < 18.5]
    assert abs(len(steps) - len(expected)) <= 2
    assert [step[1] for step in steps[-8:]] == [step[1] for step in expected[-8:]]
    assert abs(steps[-1][0] - expected[-1][0]) < 0.1  # time went on without the sensor


def test_a_stuck_sensor_is_restarted(tmp_path):
    stream = generated("stand 30 s\nforward 6 strides\nstand 2 s\n")
    events = [{"at_s": 5.0, "command": "sensor", "stuck": True, "for_s": 12.0}]
    (session,) = wearable.walk(tmp_path, stream, events=events)
    reasons = house_logs(tmp_path / "drive") + [log.reason for log in session.logs]
    assert "imu_stuck" in reasons and "imu_restarted" in reasons
    assert session.steps


def test_walking_goes_on_without_a_haptic_driver(tmp_path):
    stream = generated()
    folder = tmp_path / "drive"
    drive.prepare(folder, None, {"placement": "ankle"})
    board = folder / "lib" / "retrostep_board.py"
    board.write_text(board.read_text().replace("0x5A", "0x5B") + "\n")
    with VirtualBoard(folder, tmp_path / "ports", stream, prepare=False, leave=True, no_haptics=True) as running:
        list(running.states())
    (session,) = wearable.stored(folder)
    assert wearable.same(wearable.walked(session), wearable.replayed(stream))


# sessions ----------------------------------------------------------------------------------------------
def test_a_power_cut_keeps_what_was_flushed_and_the_next_boot_closes_it(tmp_path):
    stream = generated("stand 2 s\nforward 60 strides\nstand 2 s\n")
    with VirtualBoard(
        tmp_path / "drive", tmp_path / "ports", stream, leave=True, events=[{"at_s": 55.0, "command": "power_cut"}]
    ) as board:
        assert [state["state"] for state in board.states()] == ["ready", "exit"]
    (cut,) = wearable.stored(tmp_path / "drive")
    assert not cut.complete
    assert cut.steps[-1].t > 55.0 - 25.0  # flushed every 20 s
    still = recordings.stream(walks.generate("stand 5 s\n", 1))
    sessions = wearable.walk(tmp_path, still)
    assert sessions[0].end == "power" and sessions[0].complete
    assert [step.t for step in sessions[0].steps] == [step.t for step in cut.steps]
    assert sessions[1].session == 2 and sessions[1].end == "usb"


def test_long_press_ends_and_begins_a_session_and_is_felt(tmp_path):
    events = [{"at_s": at, "command": "button", "press": "long"} for at in (12.0, 20.0)]
    sessions = wearable.walk(tmp_path, generated(SCRIPT.replace("10", "20")), events=events)
    assert [session.end for session in sessions] == ["button", "usb"]
    assert sessions[0].duration_s == pytest.approx(13.6, abs=0.4)  # 1.5 s make it long
    at = [t for t, _, _, _ in wearable.felt(tmp_path)]
    assert any(13.4 < t < 14.0 for t in at) and any(21.4 < t < 22.0 for t in at)


def test_a_short_press_marks_the_walk(tmp_path):
    events = [{"at_s": 8.0, "command": "button", "seconds": 0.2}]
    (session,) = wearable.walk(tmp_path, generated(), events=events)
    marks = [note for note in session.events if note.kind == "button"]
    assert [round(mark.t) for mark in marks] == [8]


def test_unplugging_begins_a_session(tmp_path):
    stream = generated()
    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", stream) as board:
        board.wait_for("ended")
        board.control("unplug")
        assert wearable.until(lambda: not (tmp_path / "ports" / "data").exists())
        time.sleep(0.5)  # a wobbly plug: no session
        board.control("plug")
        assert wearable.until(lambda: (tmp_path / "ports" / "data").exists())
        board.control("unplug")
        time.sleep(3.5)
        board.control("plug")
        assert wearable.until(lambda: len(wearable.stored(tmp_path / "drive")) > 1)
        board.control("quit")
    assert [session.end for session in wearable.stored(tmp_path / "drive")] == ["usb", "usb"]


def test_ten_idle_minutes_end_a_session_and_the_next_steps_begin_another(tmp_path):
    stream = generated("stand 2 s\nforward 8 strides\nstand 150 s\nbackward 8 strides\nstand 2 s\n")
    sessions = wearable.walk(tmp_path, stream, settings={"idle_minutes": 1})
    assert [session.end for session in sessions] == ["idle", "usb"]
    assert all(session.steps for session in sessions)


def test_the_drive_persists_and_sessions_go_on_counting(tmp_path):
    for boot in (1, 2):
        sessions = wearable.walk(tmp_path, generated(seed=boot))
        assert [session.session for session in sessions] == list(range(1, boot + 1))
        assert sessions[-1].boot == boot
    assert len({session.device for session in sessions}) == 1


# faults ------------------------------------------------------------------------------------------------
def _break(folder, where, old, new):
    path = folder / where
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_crash_is_logged_with_its_traceback_and_the_walk_goes_on(tmp_path):
    folder = tmp_path / "drive"
    drive.prepare(folder, None, {"placement": "ankle"})
    _break(folder, "lib/retrostep/device/session.py", "        self.parts.light.flash()\n", "        1 / 0\n")
    stream = generated("stand 2 s\nforward 30 strides\nstand 60 s\n")
    sessions = wearable.walk(tmp_path, stream, prepare=False)
    crashes = [log for session in sessions for log in session.logs if log.reason == "crash"]
    assert crashes
    assert "ZeroDivisionError" in crashes[0].text
    assert "session.py" in crashes[0].text
    assert len(sessions) >= 2 and sessions[-1].end == "usb"
    assert sum(len(session.steps) for session in sessions) > 10


def test_a_hang_is_ended_by_the_watchdog(tmp_path):
    folder = tmp_path / "drive"
    drive.prepare(folder, None, {"placement": "ankle"})
    here = "        engine = self.engine\n        lost"
    hang = "        while self.total > 900 and self.journal.boot == 1:\n            __import__('time').sleep(0.1)\n"
    _break(folder, "lib/retrostep/device/session.py", here, hang + here)
    stream = generated("stand 2 s\nforward 40 strides\nstand 2 s\n")
    sessions = wearable.walk(tmp_path, stream, prepare=False)
    assert sessions[0].end == "power"
    assert sessions[-1].end == "usb" and sessions[-1].steps
    logs = house_logs(folder) + [log.reason for session in sessions for log in session.logs]
    assert "watchdog" in logs


def house_logs(folder):
    """Reasons logged outside sessions: in housekeeping blocks, which `decode` takes one at a time."""
    best = {}
    for log in sorted(folder.glob("journal/*/log.bin")):
        for head, piece in journal.blocks(log.read_bytes()):
            if head.session == block.HOUSE and best.get(head.seq, (-1,))[0] < head.used:
                best[head.seq] = (head.used, piece)
    return [log.reason for _, piece in best.values() for log in journal.decode(piece).logs]


def test_firmware_that_cannot_start_is_named(tmp_path):
    folder = tmp_path / "drive"
    drive.prepare(folder)
    (folder / "code.py").write_text("import asyncio\n")
    with VirtualBoard(folder, tmp_path / "ports", generated(), prepare=False) as board, pytest.raises(
        VirtualBoardFailed, match="no module named 'asyncio'"
    ):
        board.wait_for("ended")


# ports -------------------------------------------------------------------------------------------------
def test_ports_are_there_only_while_plugged_in(tmp_path):
    ports, home = tmp_path / "ports", Path(os.environ["RETROSTEP_HOME"])
    with VirtualBoard(tmp_path / "drive", ports, generated(), realtime=False) as board:
        board.wait_for("ready")
        board.wait_for("ended")
        assert (ports / "data").is_symlink() and (ports / "console").is_symlink()
        listed = json.loads((home / "virtual-ports.json").read_text())
        assert str((ports / "data").absolute()) in [entry["data"] for entry in listed]
    assert not (ports / "data").exists() and not (ports / "control").exists()
    assert json.loads((home / "virtual-ports.json").read_text()) == []


def test_control_answers_bad_lines_and_goes_on(tmp_path):
    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", generated()) as board:
        board.wait_for("ended")
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            os.chdir(tmp_path / "ports")
            link.connect("control")
            answers = []
            for line in (b"nonsense\n", b'{"cmd": "dance"}\n', b"[]\n", b'"status"\n', b'{"status": {}}\n'):
                link.sendall(line)
                answers.append(json.loads(link.makefile().readline()))
        assert [answer["ok"] for answer in answers] == [False, False, False, True, True]
        assert answers[3]["state"] == "ended"


def test_locked_board_shows_neither_console_nor_drive(tmp_path):
    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", generated(), settings={"locked": 1}) as board:
        board.wait_for("ended")
        assert (tmp_path / "ports" / "data").exists()
        assert not (tmp_path / "ports" / "console").exists()
    (session,) = wearable.stored(tmp_path / "drive")
    assert session.complete


def test_button_held_at_boot_gives_the_drive_to_the_computer(tmp_path):
    """Nothing is written then, and the walk is still counted, in RAM."""
    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", generated(), button_held_s=2.0) as board:
        board.wait_for("ended")
        assert not (tmp_path / "drive" / "journal").exists()
        from retrostep_host.sync.client import Client
        from retrostep_host.sync.port import SerialPort

        with SerialPort(str(tmp_path / "ports" / "data")) as port:
            assert [entry.session for entry in Client(port).list()] == [1]
        board.control("unplug")
        time.sleep(0.5)
        assert not (tmp_path / "drive" / "journal").exists(), "a walk that is only in RAM waits there to be fetched"


def test_on_battery_the_drive_comes_back_with_the_cable_out(tmp_path):
    """Without it a board that was installed with its battery on, so that boot.py never ran, would walk in RAM."""
    held = {"start_plugged": True, "button_held_s": 0.5}
    with VirtualBoard(tmp_path / "drive", tmp_path / "ports", generated(), **held) as board:
        board.wait_for("ready")
        assert not (tmp_path / "drive" / "journal").exists()
        board.control("unplug")
        board.wait_for("ended")
    (session,) = wearable.stored(tmp_path / "drive")
    assert session.complete and wearable.walked(session)


def test_a_setting_that_is_not_allowed_keeps_its_default(tmp_path):
    folder = tmp_path / "drive"
    drive.prepare(folder, None, {"placement": "ankle"})
    with open(folder / "settings.toml", "a") as file:
        file.write('RETROSTEP_HAPTIC_STRENGTH = "loud"\n')
    (session,) = wearable.walk(tmp_path, generated(), prepare=False)
    assert session.settings["haptic_strength"] == settings.defaults()["haptic_strength"]
