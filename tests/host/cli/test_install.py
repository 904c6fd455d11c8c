# SPDX-License-Identifier: MIT
"""`install` writes what is missing, keeps what is not ours, and refuses a board that it does not know."""

import errno
import hashlib
import json
import os

import pytest
from click.testing import CliRunner
from retrostep_host import drive, install
from retrostep_host.cli import main

BOOT_OUT = """Adafruit CircuitPython {version} on 2025-10-17; Raspberry Pi Pico with rp2040
Board ID:{board}
UID:E66138935F2C8A27
"""


def circuitpy(tmp_path, board="raspberry_pi_pico", version="10.0.3"):
    """A folder that looks exactly like the drive of a new board."""
    path = tmp_path / "CIRCUITPY"
    (path / "lib").mkdir(parents=True)
    (path / "boot_out.txt").write_text(BOOT_OUT.format(board=board, version=version))
    (path / "code.py").write_text('print("Hello World!")\n')
    (path / "settings.toml").write_text('MY_OWN = "1"\n')
    (path / "lib" / "neopixel.mpy").write_bytes(b"C\x06")
    return path


def snapshot(path):
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)): hashlib.sha1(file.read_bytes()).hexdigest() for file in files}


def run(*args):
    return CliRunner().invoke(main.cli, ["install", *map(str, args)])


def test_a_dry_run_lists_everything_and_writes_nothing(tmp_path):
    path = circuitpy(tmp_path)
    before = snapshot(path)
    done = run("--path", path, "--dry-run")
    assert done.exit_code == 0 and "write   code.py" in done.output and "Nothing was written" in done.output
    assert snapshot(path) == before


def test_an_install_is_whole_and_keeps_what_is_not_ours(tmp_path):
    path = circuitpy(tmp_path)
    done = run("--path", path)
    assert done.exit_code == 0 and "safe to unplug" in done.output
    for where, data in drive.packed("pico_lsm6dsox").items():
        assert (path / where).read_bytes() == data
    assert 'MY_OWN = "1"' in (path / "settings.toml").read_text()
    assert (path / "lib" / "neopixel.mpy").read_bytes() == b"C\x06"
    assert "The first time" in done.output and "up to date" in run("--path", path).output
    (path / "README.txt").write_bytes(b"\n")  # a later one says nothing of the first time
    done = run("--path", path, "--yes")
    assert done.exit_code == 0 and "safe to unplug" in done.output and "The first time" not in done.output


@pytest.mark.parametrize(
    ("board", "version", "words"),
    [
        ("feather_m0_basic", "10.0.3", "no board file for feather_m0_basic"),
        ("raspberry_pi_pico", "8.2.9", "needs 9 or later"),
    ],
)
def test_a_board_that_does_not_fit_is_left_alone(tmp_path, capsys, board, version, words):
    path = circuitpy(tmp_path, board, version)
    before = snapshot(path)
    assert main._run(["install", "--path", str(path)]) == 14
    assert words in capsys.readouterr().err and snapshot(path) == before


def test_a_named_board_must_fit_the_drive(tmp_path, capsys):
    path = circuitpy(tmp_path)
    assert main._run(["install", "--path", str(path), "--board", "arduino_nano_rp2040_connect"]) == 14
    assert "fits pico_lsm6dsox" in capsys.readouterr().err


def test_a_folder_that_is_no_drive_is_left_alone(tmp_path, capsys):
    assert main._run(["install", "--path", str(tmp_path)]) == 14
    assert "no boot_out.txt" in capsys.readouterr().err and list(tmp_path.iterdir()) == []


def test_two_boards_are_never_mixed_up(tmp_path, monkeypatch, capsys):
    two = [circuitpy(tmp_path / "a"), circuitpy(tmp_path / "b")]
    monkeypatch.setattr(install, "_mounted", lambda: two)
    assert main._run(["install"]) == 14
    assert "There are 2 boards" in capsys.readouterr().err


def test_a_drive_that_the_board_keeps_says_to_hold_the_button(tmp_path, monkeypatch, capsys):
    path = circuitpy(tmp_path)

    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(drive, "_put", refuse)
    assert main._run(["install", "--path", str(path)]) == 26
    assert "hold the button" in capsys.readouterr().err


def test_a_full_drive_is_left_as_it_was(tmp_path, monkeypatch, capsys):
    path = circuitpy(tmp_path)
    before = snapshot(path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 100_000}))
    assert main._run(["install", "--path", str(path)]) == 14
    assert "100 kB free" in capsys.readouterr().err and snapshot(path) == before


# files of somebody's own ------------------------------------------------------------------------------------
OWN = {
    "code.py": b"# two weekends of work\n",
    "boot.py": b"# my own boot\n",
    "safemode.py": b"# mine\n",
    "lib/adafruit_lsm6ds/lsm6dsox.py": b"# patched by me\n",  # taken before our .mpy
}


def own_files(tmp_path):
    path = circuitpy(tmp_path)
    for where, data in OWN.items():
        (path / where).parent.mkdir(parents=True, exist_ok=True)
        (path / where).write_bytes(data)
    return path


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_files_of_somebodys_own_are_named_and_stay_where_nobody_can_be_asked(tmp_path, capsys, options):
    path = own_files(tmp_path)
    before = snapshot(path)
    assert main._run(["install", "--path", str(path), *options]) == 29
    said = capsys.readouterr().err
    assert all(where in said for where in OWN) and "--yes" in said and snapshot(path) == before


def test_files_of_somebodys_own_are_kept_on_the_drive(tmp_path):
    path = own_files(tmp_path)
    dry = run("--path", path, "--dry-run").output
    assert all(f"{where} (yours; a copy goes to before-retrostep/{where})" in dry for where in OWN)
    assert "add to  settings.toml" in dry, "it gets the lines that CircuitPython needs"
    done = run("--path", path, "--yes")
    listed = [line for line in done.output.splitlines() if line.startswith("  ")]
    assert done.exit_code == 0 and listed == [line for line in dry.splitlines() if line.startswith("  ")]
    for where, data in OWN.items():
        assert (path / "before-retrostep" / where).read_bytes() == data
    assert not (path / "lib/adafruit_lsm6ds/lsm6dsox.py").exists()
    assert "up to date" in run("--path", path).output


def test_everything_that_changes_is_listed_and_only_that(tmp_path):
    path = own_files(tmp_path)
    before = snapshot(path)
    said = json.loads(run("--path", path, "--yes", "--json").output)
    assert said["written"] and said["uid"] == "E66138935F2C8A27"
    after = snapshot(path)
    changed = {where for where in before | after if before.get(where) != after.get(where)}
    named = {one["file"] for one in said["changes"]} | {one["kept_as"] for one in said["changes"] if "kept_as" in one}
    assert changed == named | {drive.MANIFEST}


def test_a_second_file_of_ones_own_does_not_take_the_place_of_the_first(tmp_path):
    path = own_files(tmp_path)
    run("--path", path, "--yes")
    (path / "code.py").write_text("# written later\n")
    assert main._run(["install", "--path", str(path)]) == 29
    assert run("--path", path, "--yes").exit_code == 0
    kept = path / "before-retrostep"
    assert (kept / "code.py").read_bytes() == OWN["code.py"]
    assert (kept / "code.2.py").read_text() == "# written later\n"


def test_an_update_that_was_cut_off_asks_nobody(tmp_path, monkeypatch):
    """The files of either version are ours."""
    path = circuitpy(tmp_path)
    assert run("--path", path).exit_code == 0
    newer = {where: data + b" " for where, data in drive.packed("pico_lsm6dsox").items()}
    newest = {where: data + b"  " for where, data in newer.items()}
    put = drive._put
    for version, cut in ((newer, 20), (newest, 0)):
        left = [cut]

        def pulled(path, data, left=left):
            left[0] -= 1
            if left[0] == 0:
                raise OSError(errno.EIO, "Input/output error", str(path))
            put(path, data)

        monkeypatch.setattr(drive, "packed", lambda board, version=version: version)
        monkeypatch.setattr(drive, "_put", pulled)
        assert (run("--path", path).exit_code == 0) == (not cut)
    assert not (path / "before-retrostep").exists() and (path / "code.py").read_bytes() == newest["code.py"]


@pytest.mark.skipif(os.name == "nt", reason="needs pseudo-terminals")
@pytest.mark.parametrize(("answer", "code"), [("n\n", 130), ("y\n", 0)])
def test_a_person_is_asked(tmp_path, answer, code):
    from tests.host.cli.test_delete import at_a_terminal

    path = own_files(tmp_path)
    done = at_a_terminal(tmp_path, answer, "install", "--path", str(path))
    assert done.returncode == code and "Not written by Retrostep: " in done.stderr
    assert (path / "code.py").read_bytes() == (OWN if code else drive.packed("pico_lsm6dsox"))["code.py"]
