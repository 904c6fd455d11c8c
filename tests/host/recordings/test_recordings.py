# SPDX-License-Identifier: MIT
"""A recording is read whole or refused in one sentence, and becomes the stream that the sensor would have given."""

import json

import numpy as np
import pytest
from retrostep import units
from retrostep_host import recordings
from retrostep_host.errors import BadRecording, MissingColumns, WrongUnit

RATE = units.RATE_HZ


def standing(n=500, fs=100.0, acc=(0.0, 0.0, 9.81), gyr=(0.0, 0.0, 0.0)):
    t = np.arange(n) / fs
    return {"t": t, "acc": np.tile(acc, (n, 1)), "gyr": np.tile(gyr, (n, 1)), "fs": fs}


def write(folder, arrays, meta=None, name="walk"):
    path = folder / f"{name}.npz"
    np.savez(path, **arrays)
    if meta is not None:
        path.with_suffix(".json").write_text(json.dumps(meta))
    return path


def changed(**changes):
    arrays = standing()
    for name, change in changes.items():
        arrays[name] = change(arrays[name].copy())
    return arrays


def _put(array, where, value):
    array[where] = value
    return array


BAD = {
    "time_repeats": (changed(t=lambda t: _put(t, 50, t[49])), BadRecording, "rise at sample 50"),
    "time_goes_back": (changed(t=lambda t: t[::-1]), BadRecording, "does not rise"),
    "nan_time": (changed(t=lambda t: _put(t, 3, np.nan)), BadRecording, "sample 3"),
    "nan_acceleration": (changed(acc=lambda a: _put(a, (7, 1), np.nan)), BadRecording, "sample 7"),
    "some_gyro_missing": (changed(gyr=lambda g: _put(g, slice(0, 9), np.nan)), BadRecording, "9 gyroscope"),
    "infinite_gyro": (changed(gyr=lambda g: _put(g, 9, np.inf)), BadRecording, "infinite"),
    "g": (changed(acc=lambda a: a / 9.81), WrongUnit, "--unit acc=g"),
    "milli_g": (changed(acc=lambda a: a * 102), WrongUnit, "--unit acc=mg"),
    "degrees": (changed(gyr=lambda g: _put(g, slice(100, 150), 300.0)), WrongUnit, "--unit gyr=dps"),
    "milliseconds": (changed(t=lambda t: t * 1000), BadRecording, "--unit t=ms"),
    "empty": ({k: v[:0] if k != "fs" else v for k, v in standing().items()}, BadRecording, "0 samples"),
    "no_acc": ({"t": np.arange(9.0)}, MissingColumns, "acc"),
    "wrong_shape": (changed(acc=lambda a: a[:-1]), BadRecording, "shape"),
    "text": (dict(standing(), t=np.array(["x"] * 500)), BadRecording, "numbers"),
    "two_hours_between": (changed(t=lambda t: np.append(t[:-1], 1e9)), BadRecording, "spans"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_in_one_sentence(case, tmp_path):
    arrays, kind, words = BAD[case]
    with pytest.raises(kind, match="(?s)" + words) as caught:
        recordings.load(write(tmp_path, arrays))
    assert "\n" not in str(caught.value) and str(caught.value).startswith("walk.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04junk", b"\x00" * 100, b"t,acc_x\n"])
def test_bytes_that_are_no_archive_are_refused(content, tmp_path):
    path = tmp_path / "walk.npz"
    path.write_bytes(content)
    with pytest.raises(BadRecording):
        recordings.load(path)


def test_a_pickle_is_not_opened(tmp_path):
    path = tmp_path / "walk.npz"
    np.savez(path, t=np.array([{}], dtype=object), acc=np.zeros((1, 3)))
    with pytest.raises(BadRecording):
        recordings.load(path)


def test_sidecar_that_is_no_json_is_named(tmp_path):
    path = write(tmp_path, standing())
    path.with_suffix(".json").write_text("{")
    with pytest.raises(BadRecording, match="walk.json"):
        recordings.load(path)


def test_units_can_be_given(tmp_path):
    path = write(tmp_path, changed(acc=lambda a: a / units.G, gyr=lambda g: _put(g, slice(0, 99), 90.0)))
    read = recordings.load(path, recordings.parse_units(["acc=g", "gyr=dps"]))
    assert read.acc[0, 2] == pytest.approx(9.81) and read.gyr[0, 0] == pytest.approx(np.pi / 2)
    with pytest.raises(BadRecording, match="acc=g"):
        recordings.parse_units(["acc=stone"])


CSV_HEAD = ",".join(recordings.COLUMNS)


def test_csv_says_the_same_as_npz(tmp_path):
    arrays = standing(gyr=(0.1, -0.2, 0.3))
    table = np.column_stack([arrays["t"], arrays["acc"], arrays["gyr"]])
    np.savetxt(tmp_path / "a.csv", table, delimiter=",", header=CSV_HEAD, comments="", fmt="%.9g")
    one = recordings.stream(recordings.load(tmp_path / "a.csv"))
    two = recordings.stream(recordings.load(write(tmp_path, arrays)))
    assert (one.words == two.words).all() and one.duration_s == pytest.approx(two.duration_s)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t,acc_x,acc_y\n0,0,0\n", "acc_z"),
        ("", "t, acc_x, acc_y, acc_z"),
        (CSV_HEAD + "\n", "0 samples"),
        (CSV_HEAD + "\n0,0,0,9.8,0,0,0\n0.01,0,0,nine,0,0,0\n", "line 3"),
        (CSV_HEAD + "\n0,0,0\n", "line 2"),
        ("t,acc_x,acc_y,acc_z,gyr_x\n0,0,0,9.8,0\n", "part of gyr"),
    ],
)
def test_a_bad_csv_is_refused_in_one_sentence(text, words, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(BadRecording, match=words):
        recordings.load(path)


def test_a_gyro_of_nothing_is_no_gyro(tmp_path):
    stream = recordings.stream(recordings.load(write(tmp_path, changed(gyr=lambda g: g * np.nan))))
    assert not stream.has_gyro and not stream.words[:, :3].any()


def test_stream_ends_with_three_still_seconds_of_the_last_acceleration(tmp_path):
    arrays = changed(acc=lambda a: a + np.linspace(0, 1, 500)[:, None])
    stream = recordings.stream(recordings.load(write(tmp_path, arrays)))
    assert len(stream.words) - stream.recorded == int(3 * RATE)
    tail = stream.words[stream.recorded :]
    assert (tail[:, 3:] == stream.words[stream.recorded - 1, 3:]).all() and not tail[:, :3].any()


@pytest.mark.parametrize("fs", [25.0, 50.0, 100.0, 104.0, 128.0, 200.0, 370.0])
def test_a_slow_swing_survives_every_source_rate(fs):
    """1 Hz at 4 rad/s, sampled with jitter of 5 %: within 2 counts at 104 Hz, ends apart."""
    rng = np.random.default_rng(3)
    t = (np.arange(int(20 * fs)) + 0.05 * rng.uniform(-1, 1, int(20 * fs))) / fs
    gyr = np.zeros((t.size, 3))
    gyr[:, 1] = 4 * np.sin(2 * np.pi * t)
    acc = np.tile([0.0, 0.0, 9.81], (t.size, 1))
    stream = recordings.stream(recordings.Recording(t, acc, gyr, fs))
    at = t[0] + np.arange(stream.recorded) / RATE
    expected = 4 * np.sin(2 * np.pi * at) / units.gyro_scale(1000)
    off = np.abs(stream.words[: stream.recorded, 1] - expected)[60:-60].max()
    assert off < (2 if fs > 30 else 8), f"off by {off:.1f} counts"


def test_what_the_sensor_cannot_hear_does_not_fold_down():
    """80 Hz in a 370 Hz source would alias to 24 Hz."""
    t = np.arange(3700) / 370
    gyr = np.zeros((3700, 3))
    gyr[:, 0] = 3 * np.sin(2 * np.pi * 80 * t)
    stream = recordings.stream(recordings.Recording(t, np.tile([0, 0, 9.81], (3700, 1)), gyr, 370.0))
    assert np.abs(stream.words[100:900, 0]).max() * units.gyro_scale(1000) < 0.25


def test_a_short_packet_loss_is_bridged_without_swinging_over():
    t = np.arange(2000) / 100
    gyr = np.zeros((2000, 3))
    gyr[:, 0] = 5 * np.sin(2 * np.pi * 1.3 * t)
    keep = (t < 8) | (t > 8.2)
    stream = recordings.stream(recordings.Recording(t[keep], np.tile([0, 0, 9.81], (keep.sum(), 1)), gyr[keep], 100.0))
    inside = stream.words[int(8.02 * RATE) : int(8.18 * RATE), 0] * units.gyro_scale(1000)
    ends = gyr[keep][[799, 800], 0]
    assert inside.min() >= ends.min() - 0.01 and inside.max() <= ends.max() + 0.01
    assert stream.recorded == int(19.99 * RATE) + 1, "time must not shrink by the loss"


def test_the_sensor_clips_and_rounds():
    arrays = standing(gyr=(50.0, -50.0, 0.0306))
    stream = recordings.stream(recordings.Recording(arrays["t"], arrays["acc"] * 20, arrays["gyr"], 100.0))
    assert stream.words[50].tolist() == [32767, -32768, 50, 0, 0, 32767]


def test_rotation_depends_on_seed_and_position_only_and_keeps_sizes():
    one, again = recordings.random_rotation(4, 2), recordings.random_rotation(4, 2)
    assert (one == again).all() and np.allclose(one @ one.T, np.eye(3)) and np.linalg.det(one) == pytest.approx(1)
    assert not np.allclose(one, recordings.random_rotation(4, 3))
    # uniform over rotations: no direction is preferred (500 draws, mean of a random unit vector has SD 0.026)
    mean = np.mean([recordings.random_rotation(k)[:, 2] for k in range(500)], axis=0)
    assert np.abs(mean).max() < 0.1


def test_saved_and_loaded_is_the_same(tmp_path):
    arrays = standing()
    first = recordings.Recording(arrays["t"], arrays["acc"], None, 100.0, "wrist", "right", {"id": "x"})
    read = recordings.load(recordings.save(first, tmp_path / "a.b", step_times=[1.0]))
    assert read.gyr is None and (read.acc == first.acc).all() and read.placement == "wrist" and read.side == "right"
    assert read.meta["id"] == "x" and read.meta["step_times"] == [1.0] and read.name == "a.b.npz"
