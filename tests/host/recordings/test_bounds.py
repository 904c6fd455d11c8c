# SPDX-License-Identifier: MIT
"""A file has an end: what has none, or more than fits, is a sentence before it is read."""

import os
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from retrostep import units
from retrostep_host import files, recordings, tables
from retrostep_host.cli import main
from retrostep_host.errors import BadRecording
from retrostep_host.sync import carve
from retrostep_host.virtual import walks

MEMORY = 400 << 20  # bytes of address space above what Python, numpy and scipy take


@pytest.fixture(params=["pipe", "zero"])
def endless(request, tmp_path):
    """A path without an end, under any name."""

    def make(name):
        path = tmp_path / name
        if request.param == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to("/dev/zero")
        return str(path)

    return make


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither")
@pytest.mark.parametrize(
    ("words", "name", "code"),
    [
        (["replay"], "walk.npz", 10),
        (["replay"], "walk.csv", 10),
        (["plan", "check"], "plan.toml", 15),
        (["plan", "check"], "plan.json", 15),
        (["recover"], "log.bin", 1),
        (["capture", "x", "--script"], "walk.walk", 12),
    ],
)
def test_a_pipe_and_an_endless_device_are_not_read(endless, tmp_path, capsys, words, name, code, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main._run([*words, endless(name)]) == code
    said = capsys.readouterr().err
    assert "a pipe or a device, not a file" in said and said.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither")
def test_a_walk_of_an_endless_file_and_a_drive_with_one_end_too(endless, tmp_path, capsys):
    where = ["--drive", str(tmp_path / "d"), "--ports", str(tmp_path / "p")]
    assert main._run(["walk", endless("walk.npz"), *where]) == 10
    (tmp_path / "journal" / "a").mkdir(parents=True)
    os.rename(endless("log.bin"), tmp_path / "journal" / "a" / "log.bin")
    assert main._run(["recover", str(tmp_path)]) == 1
    (tmp_path / "ok.csv").write_text("t,acc_x,acc_y,acc_z\n0,0,0,9.8\n")
    os.rename(endless("ok.json"), tmp_path / "ok.json.1")
    os.rename(tmp_path / "ok.json.1", tmp_path / "ok.json")
    assert main._run(["replay", str(tmp_path / "ok.csv")]) == 10
    assert capsys.readouterr().err.count("a pipe or a device") == 3


def limited(*words):
    """Run a command that may take so much memory and no more."""
    code = (
        "import resource, sys, numpy, scipy.interpolate, scipy.signal\n"
        "now = int(open('/proc/self/statm').read().split()[0]) * 4096\n"
        f"resource.setrlimit(resource.RLIMIT_AS, (now + {MEMORY},) * 2)\n"
        "from retrostep_host.cli import main\n"
        "sys.exit(main._run(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


linux = pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")


@linux
def test_a_small_file_that_unpacks_to_gigabytes_is_refused(tmp_path):
    """The old code read it: 2.7 MB took 4.2 GB."""
    head = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }"
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as bomb:
        for name, shape, size in (("t", "100000000,", 1), ("acc", "100000000, 3", 3), ("gyr", "100000000, 3", 3)):
            text = (head % shape).ljust(117) + "\n"
            with bomb.open(f"{name}.npy", "w") as file:
                file.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode())
                file.write(bytes(1 << 20) * size)  # the rest would follow
    done = limited("replay", tmp_path / "bomb.npz")
    assert done.returncode == 10 and "more than 6,000,000 samples" in done.stderr, done.stderr


@linux
def test_a_table_without_end_is_refused_by_its_first_lines(tmp_path):
    with open(tmp_path / "long.csv", "w") as file:
        file.write("t,acc_x,acc_y,acc_z\n")
        file.write("".join(f"{k / 104:.4f},0,0,9.8\n" for k in range(30_000)))
        file.truncate(400 << 20)  # the rest is a hole: twenty million lines' worth
    with open(tmp_path / "one.csv", "w") as file:
        file.write("t,acc_x,acc_y,acc_z\n")
        file.truncate(300 << 20)  # a line of 300 MB
    done = limited("replay", tmp_path / "long.csv", tmp_path / "one.csv")
    assert done.returncode == 1 and "long.csv holds more than 6,000,000 samples" in done.stderr, done.stderr
    assert "one.csv has a line of more than" in done.stderr, done.stderr


@linux
def test_a_long_recording_takes_less_than_four_hundred_megabytes(tmp_path):
    """Two and a half hours; the old code took 800 bytes a sample at its worst, 750 MB."""
    count = 950_000
    t = np.arange(count) / 104.0
    acc = np.zeros((count, 3), np.float32)
    acc[:, 2] = 9.81 + np.sin(t)
    np.savez(tmp_path / "long.npz", t=t, acc=acc, gyr=acc * 0, fs=104.0)
    code = "from retrostep_host import recordings as r; print(len(r.stream(r.load(sys.argv[1])).words))"
    code = (
        "import resource, sys, numpy, scipy.interpolate, scipy.signal\n"
        "now = int(open('/proc/self/statm').read().split()[0]) * 4096\n"
        f"resource.setrlimit(resource.RLIMIT_AS, (now + {MEMORY},) * 2)\n" + code
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "long.npz"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-300:]
    assert int(done.stdout) == count + int(units.TAIL_S * units.RATE_HZ)


def test_pieces_are_the_whole(monkeypatch):
    """A recording that is resampled in pieces gives the words that it gives in one, but for a count or two."""
    made = walks.generate("stand 2 s\nforward 30 strides\nbackward 30 strides\nstand 2 s", 3)
    whole = recordings.stream(made).words
    monkeypatch.setattr(recordings, "PIECE", 1000)
    pieces = recordings.stream(made).words
    assert len(whole) > 5000 and whole.shape == pieces.shape
    assert np.abs(whole.astype(int) - pieces.astype(int)).max() <= 1


def test_a_sidecar_and_a_file_that_are_much_too_long_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", t=np.arange(9.0), acc=np.zeros((9, 3)))
    with open(tmp_path / "a.json", "w") as file:
        file.write("{")
        file.truncate(recordings.SIDECAR_BYTES + 1)
    with pytest.raises(BadRecording, match="a.json beside a.npz is 16 MB long"):
        recordings.load(tmp_path / "a.npz")
    with open(tmp_path / "b.csv", "w") as file:
        file.truncate(tables.MOST_BYTES + 1)
    with pytest.raises(BadRecording, match="b.csv is 1.5 GB long"):
        recordings.load(tmp_path / "b.csv")


def test_objects_and_strings_in_an_npz_are_no_numbers(tmp_path):
    for strange in (np.array(["a"] * 9), np.array([None] * 9), np.zeros(9, complex)):
        np.savez(tmp_path / "a.npz", t=strange, acc=np.zeros((9, 3)))
        with pytest.raises(BadRecording):
            recordings.load(tmp_path / "a.npz")


def test_the_walks_in_an_image_are_as_many_as_a_board_has_room_for(tmp_path, monkeypatch):
    from retrostep_host.errors import RetrostepError

    from tests.faults.liar import session

    (tmp_path / "image").write_bytes(b"".join(session(number, 200) for number in range(1, 9)))
    shown = []
    assert len(carve.carve([tmp_path / "image"], None, lambda *now: shown.append(now))) == 8
    assert shown[-1][0] == shown[-1][1] == (tmp_path / "image").stat().st_size
    monkeypatch.setattr(carve, "MOST_BYTES", 4096)
    with pytest.raises(RetrostepError, match="no board has room for"):
        carve.carve([tmp_path / "image"])


def test_sizes_are_said_as_people_say_them():
    assert [files.size(n) for n in (5, 64_000, 4_300_000_000, 1_200_000)] == ["5 bytes", "64 kB", "4.3 GB", "1.2 MB"]
