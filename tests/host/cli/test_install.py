# SPDX-License-Identifier: MIT
"""`install` writes what is missing, keeps what is not ours, and refuses a board that it does not know."""

import errno
import hashlib

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
    assert done.exit_code == 0 and "write  code.py" in done.output and "Nothing was written" in done.output
    assert snapshot(path) == before


def test_an_install_is_whole_and_keeps_what_is_not_ours(tmp_path):
    path = circuitpy(tmp_path)
    done = run("--path", path)
    assert done.exit_code == 0 and "safe to unplug" in done.output
    for where, data in drive.packed("pico_lsm6dsox").items():
        assert (path / where).read_bytes() == data
    assert 'MY_OWN = "1"' in (path / "settings.toml").read_text()
    assert (path / "lib" / "neopixel.mpy").read_bytes() == b"C\x06"
    assert "up to date" in run("--path", path).output


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
