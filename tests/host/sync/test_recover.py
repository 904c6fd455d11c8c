# SPDX-License-Identifier: MIT
"""The promise: what is still on the flash can be saved, file system or not, and nothing is invented."""

import json
import random
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner
from retrostep_host import journal
from retrostep_host.cli import main
from retrostep_host.errors import CannotWrite
from retrostep_host.sync import carve

from tests.faults.board import Board
from tests.faults.disk import SECTOR


@pytest.fixture
def board():
    made = Board(sectors=8)
    for count in (30, 150, 70):
        made.walk(count)
    return made


def steps(found):
    return {one.session: [step.index for step in journal.decode(one.data).steps] for one in found}


def image(board, rng, offset=12345):
    """A raw image: both mirrors in shuffled, unaligned clusters between noise."""
    sectors = [bytes(m[at : at + SECTOR]) for m in board.disk.mirrors for at in range(0, len(m), SECTOR)]
    rng.shuffle(sectors)
    return rng.randbytes(offset) + b"".join(part + rng.randbytes(rng.randrange(99)) for part in sectors)


def test_every_walk_is_carved_from_an_image_without_a_file_system(board, tmp_path):
    path = tmp_path / "flash.img"
    path.write_bytes(image(board, random.Random(3)))
    assert steps(carve.carve([path])) == board.walked


def test_pieces_of_a_large_image_hide_nothing(board, tmp_path, monkeypatch):
    path = tmp_path / "flash.img"
    path.write_bytes(image(board, random.Random(4)))
    for piece in (513, 1000, 4096):
        monkeypatch.setattr(carve, "PIECE", piece)
        assert steps(carve.carve([path])) == board.walked


def test_one_mirror_is_enough(board, tmp_path):
    for mirror in board.disk.mirrors:
        (tmp_path / "log.bin").write_bytes(mirror)
        assert steps(carve.carve([tmp_path / "log.bin"])) == board.walked


def test_a_damaged_image_names_its_gaps_and_invents_nothing(board, tmp_path):
    rng = random.Random(5)
    data = bytearray(board.disk.mirrors[0])
    for _ in range(6):
        data[rng.randrange(len(data))] ^= 255
    (tmp_path / "log.bin").write_bytes(data)
    for one in carve.carve([tmp_path / "log.bin"]):
        session = journal.decode(one.data)
        there = [step.index for step in session.steps]
        assert set(there) <= set(board.walked[one.session])
        assert len(there) == len(board.walked[one.session]) or session.gaps or not session.complete


def test_recover_stores_a_mounted_drive_once(board, tmp_path, monkeypatch):
    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path / "home"))
    for name, mirror in zip("ab", board.disk.mirrors, strict=True):
        folder = tmp_path / "CIRCUITPY" / "journal" / name
        folder.mkdir(parents=True)
        (folder / "log.bin").write_bytes(mirror)
    run = CliRunner().invoke
    first = json.loads(run(main.cli, ["recover", str(tmp_path / "CIRCUITPY"), "--json"]).stdout)["sessions"]
    assert [(row["steps"], row["complete"], row["stored"]) for row in first] == [
        (30, True, True),
        (150, True, True),
        (70, True, True),
    ]
    again = run(main.cli, ["recover", str(tmp_path / "CIRCUITPY")])
    assert again.stdout.count("in the store already") == 3
    dry = run(main.cli, ["recover", str(tmp_path / "CIRCUITPY"), "--dry-run"])
    assert dry.stdout.count("not stored") == 3


def test_nothing_found_is_a_sentence_with_its_code(tmp_path):
    (tmp_path / "noise").write_bytes(random.Random(1).randbytes(100_000))
    (tmp_path / "empty").mkdir()
    from retrostep_host.errors import EmptyLog, RetrostepError

    for name, kind in (("noise", EmptyLog), ("empty", RetrostepError), ("nowhere", RetrostepError)):
        done = CliRunner().invoke(main.cli, ["recover", str(tmp_path / name)])
        assert isinstance(done.exception, kind) and str(done.exception).endswith((".", "again."))


def test_one_readable_mirror_is_enough_and_the_other_is_named(board, tmp_path, monkeypatch):
    monkeypatch.setenv("RETROSTEP_HOME", str(tmp_path / "home"))
    for name, mirror in zip("ab", board.disk.mirrors, strict=True):
        (tmp_path / "drive" / "journal" / name).mkdir(parents=True)
        (tmp_path / "drive" / "journal" / name / "log.bin").write_bytes(mirror)
    real = carve._blocks

    def torn(file, newer, tell=None):
        if "/a/" in file.name:
            raise OSError(5, "Input/output error", file.name)
        return real(file, newer)

    monkeypatch.setattr(carve, "_blocks", torn)
    done = CliRunner().invoke(main.cli, ["recover", str(tmp_path / "drive"), "--json"])
    assert [row["steps"] for row in json.loads(done.stdout)["sessions"]] == [30, 150, 70]
    assert "input/output error" in done.stderr and "a/log.bin" in done.stderr


def test_a_device_that_may_not_be_read_is_said_with_the_way_to_copy_it(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", "/dev/sdx")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(CannotWrite, match="sudo dd if=/dev/sdx of=board.img"):
        carve.carve([Path("/dev/sdx")])


def test_an_image_that_is_cut_short_keeps_what_is_in_it(board, tmp_path):
    path = tmp_path / "flash.img"
    whole = image(board, random.Random(6))
    for size in (0, 300, len(whole) // 2, len(whole) - 700):
        path.write_bytes(whole[:size])
        found = {one.session: journal.decode(one.data) for one in carve.carve([path])}
        for number, session in found.items():
            there = [step.index for step in session.steps]
            assert set(there) <= set(board.walked[number])
            assert there == board.walked[number] or session.gaps or not session.complete
    assert found


def test_blocks_of_a_newer_version_are_named(board, tmp_path):
    data = bytearray(board.disk.mirrors[0])
    at = data.find(b"RSJB")
    data[at + 4] = 9
    data[at + 508 : at + 512] = zlib.crc32(data[at : at + 508]).to_bytes(4, "little")
    (tmp_path / "log.bin").write_bytes(data)
    done = CliRunner().invoke(main.cli, ["recover", str(tmp_path / "log.bin"), "--dry-run"])
    assert done.exit_code == 0 and "1 blocks were written by a newer Retrostep (log version 9)" in done.output
