# SPDX-License-Identifier: MIT
"""A CSV as people have it gives the steps that the plain one gives, or says what to type, and that gives them."""

import gzip
import re
import shlex
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from retrostep import units
from retrostep_host import columns, recordings, stamps
from retrostep_host.cli import main
from retrostep_host.errors import BadRecording, MissingColumns

START = datetime(2025, 11, 27, 23, 59, 50, tzinfo=UTC)


def near(got, plain):
    return all(abs(got[way] - plain[way]) <= 1 for way in plain)


def dated(walk, form):
    return [[form(START + timedelta(seconds=float(t))), *row] for t, row in zip(walk.t, walk.table[:, 1:], strict=True)]


WRITTEN = {
    "semicolons": {"delimiter": ";"},
    "decimal_comma": {"delimiter": ";", "comma": True},
    "tabs_comma": {"delimiter": "\t", "comma": True},
    "mark": {"code": "utf-8-sig"},
    "powershell": {"code": "utf-16"},
    "windows": {"before": "größer, 20 °C\n", "code": "cp1252"},
    "preamble": {"before": "Device: x\nStart;2025-11-27\n\n1,2,3\n"},
    "sep_line": {"before": "sep=;\n", "delimiter": ";", "comma": True},
    "blanks": {"delimiter": "  "},
    "savetxt": {"before": "# made by hand\n# ", "delimiter": " "},
    "capitals": {"names": "T,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z"},
}


@pytest.mark.parametrize("case", WRITTEN)
def test_however_it_is_written_the_steps_are_the_same_i12(walk, tmp_path, case):
    assert walk.counts(walk.write(tmp_path / "a.csv", **WRITTEN[case])) == walk.plain


def test_a_packed_table_has_its_sidecar_beside_it_i12(walk, tmp_path):
    plain = walk.write(tmp_path / "a.csv")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "b.json").write_text('{"placement": "foot"}')
    read = recordings.load(tmp_path / "b.csv.gz")
    assert read.placement == "foot" and walk.counts(tmp_path / "b.csv.gz") == walk.plain


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b"t,acc_x,acc_y,acc_z\n" * 9)[:-9], gzip.compress(b"")],
    ids=["none", "cut", "empty"],
)
def test_a_packed_file_that_is_broken_is_a_sentence(tmp_path, content):
    (tmp_path / "a.csv.gz").write_bytes(content)
    with pytest.raises(BadRecording, match=r"^a\.csv\.gz"):
        recordings.load(tmp_path / "a.csv.gz")


DATES = {
    "iso": lambda t: t.isoformat(),
    "iso_blank": lambda t: t.strftime("%Y-%m-%d %H:%M:%S.%f"),
    "iso_zone": lambda t: t.astimezone().isoformat(timespec="microseconds"),
    "slashes": lambda t: t.strftime("%Y/%m/%d %H:%M:%S.%f")[:-3],
    "german": lambda t: t.strftime("%d.%m.%Y %H:%M:%S.%f"),
    "time_over_midnight": lambda t: t.strftime("%H:%M:%S.%f"),
}


@pytest.mark.parametrize("case", DATES)
def test_dates_and_times_of_day_are_read_i12(walk, tmp_path, case):
    assert near(walk.counts(walk.write(tmp_path / "a.csv", dated(walk, DATES[case]))), walk.plain)


def test_epoch_microseconds_get_the_hint_that_works_i12(walk, tmp_path):
    rows = [[f"{1764262800000000 + round(t * 1e6)}", *row] for t, row in zip(walk.t, walk.table[:, 1:], strict=True)]
    path = walk.write(tmp_path / "a.csv", rows)
    with pytest.raises(BadRecording, match="--unit t=us"):
        recordings.load(path)
    assert walk.counts(path, unit={"t": "us"}) == walk.plain


# stamps ---------------------------------------------------------------------------------------------------
def packets(t, lot, inside=1e-4, jitter=0.0, seed=1):
    """Every `lot` samples stamped when the last of them arrived."""
    k = np.arange(t.size)
    late = jitter * np.random.default_rng(seed).random(t.size // lot + 1)[k // lot]
    return np.maximum.accumulate(t[np.minimum((k // lot + 1) * lot - 1, t.size - 1)] + late + inside * (k % lot))


@pytest.mark.parametrize("inside", [1e-4, 0.0, 1e-3])
@pytest.mark.parametrize(("lot", "jitter"), [(5, 0.0), (10, 0.03), (26, 0.02), (104, 0.0)])
def test_packets_stamped_on_arrival_are_spread_evenly_i12(walk, tmp_path, lot, jitter, inside):
    table = walk.table.copy()
    table[:, 0] = packets(walk.t, lot, inside if lot * inside < 0.05 else 0.0, jitter)
    path = walk.write(tmp_path / "a.csv", table)
    read = recordings.load(path)
    assert read.fs == pytest.approx(104.0, rel=0.002) and "packets" in read.notes[0]
    assert near(walk.counts(path), walk.plain)


def test_packets_of_any_size_are_spread_too_i12(walk, tmp_path):
    chance, ends = np.random.default_rng(5), [0]
    while ends[-1] < walk.t.size:
        ends.append(ends[-1] + int(chance.integers(3, 20)))
    k = np.arange(walk.t.size)
    packet = np.searchsorted(ends, k, side="right")
    table = walk.table.copy()
    last = np.minimum(np.array(ends)[packet], walk.t.size) - 1
    table[:, 0] = walk.t[last] + 1e-4 * (k - np.array(ends)[packet - 1])
    path = walk.write(tmp_path / "a.csv", table)
    assert recordings.load(path).fs == pytest.approx(104.0, rel=0.003)
    assert near(walk.counts(path), walk.plain)


def test_packets_in_milliseconds_get_the_unit_first_i12(walk, tmp_path):
    table = walk.table.copy()
    table[:, 0] = np.rint(packets(walk.t, 10) * 1000)
    path = walk.write(tmp_path / "a.csv", table)
    for rate in (0.0, 104.0):
        with pytest.raises(BadRecording, match="--unit t=ms"):
            recordings.load(path, rate=rate)
    assert near(walk.counts(path, unit={"t": "ms"}), walk.plain)


def test_packets_that_were_lost_stay_a_gap(walk, tmp_path):
    k = np.arange(walk.t.size)
    keep = (k < 800) | (k >= 840)
    table = walk.table.copy()
    table[:, 0] = packets(walk.t, 10, jitter=0.02)
    read = recordings.load(walk.write(tmp_path / "a.csv", table[keep]))
    off = read.t - walk.t[keep]
    assert np.abs(off - np.median(off)).max() < 0.02
    ((first, lost),) = recordings.stream(read).gaps
    assert first == pytest.approx(800, abs=3) and lost == pytest.approx(40, abs=3)


@pytest.mark.parametrize("grain", [0.01, 0.005, 0.02, 1.0])
def test_rounded_stamps_are_read_at_a_stated_rate_i12(walk, tmp_path, grain):
    table = walk.table.copy()
    table[:, 0] = np.floor(table[:, 0] / grain + 1e-9) * grain
    path = walk.write(tmp_path / "a.csv", table)
    if grain == 0.01:
        with pytest.raises(BadRecording, match="`--rate 104`"):
            recordings.load(path)
    assert near(walk.counts(path, rate=104.0), walk.plain)
    with pytest.raises(BadRecording, match="correct `--rate`"):
        recordings.load(path, rate=52.0)


def test_true_stamps_are_left_alone():
    t = np.cumsum(np.random.default_rng(2).uniform(0.006, 0.014, 3000))
    keep = np.random.default_rng(3).random(3000) > 0.1  # single losses
    same, note = stamps.even("x", t[keep], *stamps.measured("x", t[keep]))
    assert (same == t[keep]).all() and not note


def test_a_counter_of_32_bits_goes_on_i12(walk, tmp_path):
    table = walk.table.copy()
    table[:, 0] = (np.rint(walk.t * 1e6) + 2**32 - 5_000_000) % 2**32
    path = walk.write(tmp_path / "a.csv", table, form="%.10g")
    assert near(walk.counts(path, unit={"t": "us"}), walk.plain)


# other names ----------------------------------------------------------------------------------------------
DEG = np.degrees


def foreign(walk, maker):
    """(table, how it is written) as a maker's program exports this walk."""
    t, acc, gyr = walk.t[:, None], walk.acc, walk.gyr
    if maker == "phyphox":
        names = ["Time (s)", *(f"Acceleration {a} (m/s^2)" for a in "xyz"), *(f"Gyroscope {a} (rad/s)" for a in "xyz")]
        return np.hstack([t, acc, gyr]), {"names": ",".join(f'"{n}"' for n in names), "form": "%.9E"}
    if maker == "movella-dot":
        table = np.hstack([np.arange(len(t))[:, None], np.rint(t * 1e6), acc, DEG(gyr), acc])
        names = "PacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z,FreeAcc_X,FreeAcc_Y,FreeAcc_Z"
        return table, {"names": names, "before": "DeviceTag:,D1\nFirmwareVersion:,2.0.0\n\n", "form": "%.9g"}
    if maker == "shimmer":
        head = [
            f"S_A1_{n}_CAL"
            for n in ("Timestamp_Unix", *(f"Accel_LN_{a}" for a in "XYZ"), *(f"Gyro_{a}" for a in "XYZ"))
        ]
        below = "ms\tm/(s^2)\tm/(s^2)\tm/(s^2)\tdeg/s\tdeg/s\tdeg/s"
        table = np.hstack([1764262800000 + t * 1e3, acc, DEG(gyr)])
        return table, {
            "names": ",".join(head) + "\n" + below,
            "before": '"sep=\t"\n',
            "delimiter": "\t",
            "form": "%.16g",
        }
    table = np.hstack([1764262800000 + np.rint(t * 1e3), t, acc / units.G, DEG(gyr)])
    names = [*(f"{a}-axis (g)" for a in "xyz"), *(f"{a}-axis (deg/s)" for a in "xyz")]
    return table, {"names": "epoc (ms),elapsed (s)," + ",".join(names), "form": "%.16g"}


@pytest.mark.parametrize("maker", columns.PRESETS)
def test_a_makers_export_is_recognised_and_read_by_its_name_i12(walk, tmp_path, maker):
    table, written = foreign(walk, maker)
    path = walk.write(tmp_path / "a.csv", table, **written)
    with pytest.raises(BadRecording) as caught:
        recordings.load(path)
    if isinstance(caught.value, MissingColumns):
        assert f"`--columns {maker}`" in str(caught.value) and "it has " in str(caught.value)
    assert near(walk.counts(path, columns=maker), walk.plain)


@pytest.mark.parametrize(
    "names",
    [
        "timestamp,ax,ay,az,gx,gy,gz",
        "Time [s],Accel X,Accel Y,Accel Z,Gyro X,Gyro Y,Gyro Z",
        "time,accelerometer_x,accelerometer_y,accelerometer_z,gyroscope_x,gyroscope_y,gyroscope_z",
    ],
)
def test_foreign_names_are_named_and_the_guess_works_i12(walk, tmp_path, names, capsys):
    path = walk.write(tmp_path / "a.csv", names=names)
    assert main._run(["replay", str(path), "--placement", "ankle"]) == 10
    said = capsys.readouterr().err
    assert all(name in said for name in names.split(","))
    hint = shlex.split(re.search(r"`(--columns [^`]*)`", said)[1])
    assert walk.counts(path, columns=columns.parse(hint[1])) == walk.plain


def test_units_in_foreign_names_are_used_i12(walk, tmp_path):
    table = walk.table.copy()
    table[:, 1:4] /= units.G
    table[:, 4:] = DEG(table[:, 4:])
    path = walk.write(tmp_path / "a.csv", table, names="T [s],ax (g),ay (g),az (g),gx (°/s),gy (°/s),gz (°/s)")
    which = "t=T [s],acc_x=ax (g),acc_y=ay (g),acc_z=az (g),gyr_x=gx (°/s),gyr_y=gy (°/s),gyr_z=gz (°/s)"
    assert near(walk.counts(path, columns=columns.parse(which)), walk.plain)


def test_a_table_without_names_is_read_by_number_i12(walk, tmp_path):
    path = walk.write(tmp_path / "a.csv")
    path.write_text(path.read_text().partition("\n")[2])
    with pytest.raises(BadRecording, match="number them"):
        recordings.load(path)
    numbered = columns.parse(",".join(f"{name}={k}" for k, name in enumerate(columns.COLUMNS, 1)))
    assert walk.counts(path, columns=numbered) == walk.plain


@pytest.mark.parametrize("said", ["fitbit", "t=", "time=1", "acc_x"])
def test_columns_that_say_nothing_are_refused(said):
    with pytest.raises(BadRecording, match="phyphox"):
        columns.parse(said)


def test_a_line_that_is_no_numbers_is_shown(walk, tmp_path):
    path = walk.write(tmp_path / "a.csv", before="made by hand\n")
    path.write_text(path.read_text() + "1,2,3,oops,0,0,0\n")
    with pytest.raises(BadRecording, match=rf"line {walk.t.size + 3} is not 7 numbers \(1,2,3,oops"):
        recordings.load(path)


def test_a_handful_of_samples_is_no_walk(tmp_path):
    (tmp_path / "a.csv").write_text("t,acc_x,acc_y,acc_z\n" + "".join(f"{k / 100},0,0,9.8\n" for k in range(8)))
    with pytest.raises(BadRecording, match="a few seconds"):
        recordings.load(tmp_path / "a.csv")
