# SPDX-License-Identifier: MIT
"""What goes onto a drive: everything a board needs, nothing of anybody else's is touched."""

import json

import pytest
from retrostep_host import drive
from retrostep_host.errors import BadDrive


def test_second_time_nothing_is_written(tmp_path):
    assert drive.prepare(tmp_path, None, {"placement": "foot"})
    assert drive.prepare(tmp_path, None, {"placement": "foot"}) == []


def test_only_what_differs_is_written(tmp_path):
    drive.prepare(tmp_path)
    (tmp_path / "lib" / "retrostep" / "units.py").write_text("damaged")
    assert drive.prepare(tmp_path) == ["lib/retrostep/units.py"]


def test_foreign_files_and_walks_stay(tmp_path):
    drive.prepare(tmp_path)
    for where in ("notes.txt", "lib/other.py", "journal/a/log.bin"):
        (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / where).write_text("mine")
    drive.prepare(tmp_path, "arduino_nano_rp2040_connect")
    for where in ("notes.txt", "lib/other.py", "journal/a/log.bin"):
        assert (tmp_path / where).read_text() == "mine"


def test_files_that_are_no_longer_ours_go(tmp_path):
    drive.prepare(tmp_path)
    manifest = tmp_path / drive.MANIFEST
    known = json.loads(manifest.read_text())
    known["files"]["lib/retrostep/old.py"] = "0" * 64
    manifest.write_text(json.dumps(known))
    (tmp_path / "lib" / "retrostep" / "old.py").write_text("old")
    assert "lib/retrostep/old.py" in drive.prepare(tmp_path)
    assert not (tmp_path / "lib" / "retrostep" / "old.py").exists()


def test_a_manifest_cannot_point_out_of_the_drive(tmp_path):
    drive.prepare(tmp_path / "drive")
    victim = tmp_path / "victim"
    victim.write_text("keep")
    manifest = tmp_path / "drive" / drive.MANIFEST
    manifest.write_text(json.dumps({"files": {"lib/../../victim": "0"}}))
    drive.prepare(tmp_path / "drive")
    assert victim.read_text() == "keep"


def test_settings_somebody_made_are_kept(tmp_path):
    drive.prepare(tmp_path)
    file = tmp_path / "settings.toml"
    file.write_text(file.read_text() + 'RETROSTEP_CODE = "P7"\nCIRCUITPY_WIFI_SSID = "home"\n')
    drive.prepare(tmp_path, None, {"side": "left"})
    text = file.read_text()
    assert 'RETROSTEP_SIDE = "left"' in text
    assert 'RETROSTEP_CODE = "P7"' in text and 'CIRCUITPY_WIFI_SSID = "home"' in text
    assert text.count("RETROSTEP_SIDE") == 1


def test_circuitpython_gets_the_stack_it_needs_also_on_an_older_drive(tmp_path):
    (tmp_path / "settings.toml").write_text('RETROSTEP_CODE = "P7"\n')
    drive.prepare(tmp_path)
    text = (tmp_path / "settings.toml").read_text()
    assert "CIRCUITPY_PYSTACK_SIZE = 3072" in text and 'RETROSTEP_CODE = "P7"' in text
    assert "settings.toml" not in drive.prepare(tmp_path)


def test_a_setting_that_is_not_allowed_is_refused(tmp_path):
    with pytest.raises(ValueError, match="placement"):
        drive.prepare(tmp_path, None, {"placement": "knee"})


def test_the_settings_file_names_every_setting_with_its_default():
    from retrostep import settings

    text = (drive._root()[0] / "settings.toml").read_text()
    for row in settings.TABLE:
        assert f"# RETROSTEP_{row[1].upper()} = {drive._value(row[3])} " in text, row[1]


def test_code_py_comes_last():
    assert list(drive.contents())[-1] == "code.py"


def test_no_cache_and_no_host_code_goes_along():
    contents = drive.contents()
    assert not [where for where in contents if "__pycache__" in where or "retrostep_host" in where]
    assert "lib/adafruit_lsm6ds/lsm6dsox.py" in contents and "lib/adafruit_drv2605.py" in contents


def test_the_drive_leaves_room_for_two_mirrors():
    """A 2 MB board has 1 MB of drive; 64 kB stay free, the rest is for walks."""
    size = sum(-(-len(data) // 512) * 512 for data in drive.contents().values())
    assert size + 65536 + 2 * 131072 < 1024 * 1024


def test_an_unknown_board_is_named():
    with pytest.raises(BadDrive, match="no board file for commodore; the known ones are pico_lsm6dsox"):
        drive.board_file("commodore")


def test_a_board_is_found_by_its_circuitpython_id():
    assert drive.board_file("raspberry_pi_pico").stem == "pico_lsm6dsox"


def test_a_damaged_library_is_not_copied(tmp_path, monkeypatch):
    import shutil

    damaged = tmp_path / "drivers"
    shutil.copytree(drive.drivers(), damaged)
    with (damaged / "adafruit_lsm6ds/lsm6dsox.py").open("a") as file:
        file.write("# mine\n")
    monkeypatch.setattr(drive, "drivers", lambda: damaged)
    with pytest.raises(BadDrive, match="adafruit_lsm6ds/lsm6dsox.py .* nothing was written"):
        drive.prepare(tmp_path / "drive")
    assert not (tmp_path / "drive/code.py").exists()
