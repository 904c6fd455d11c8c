# SPDX-License-Identifier: MIT
"""A full disk lets walks be listed and deleted; a write-protected place lets an older store be read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import walks
from retrostep_host.store import Store, migrations, without_room

ROOT = Path(__file__).parents[3]
SCRIPT = """
import os, sys
from pathlib import Path
import walks
from retrostep_host.cli import main
from retrostep_host.store import Store
path = Path(sys.argv[1]) / "home" / "retrostep.sqlite3"
with Store(path) as store:
    for number in (1, 2):
        store.add(walks.walk(number, session=number), b"raw %d" % number * 3000)
filler = os.open(path.parent / "fill", os.O_WRONLY | os.O_CREAT)
try:
    while True:
        os.write(filler, b"x" * 512)
except OSError:
    pass
out = str(Path(sys.argv[1]) / "page.html")
for args in (["list"], ["report", "--out", out], ["delete", "--session", "1", "--yes"], ["list", "--json"]):
    code = main._run([*args, "--store", str(path)])
    assert code == 0, (args, code)
assert b"raw 1raw 1" not in path.read_bytes() and not path.with_name(path.name + "-wal").exists()
os.close(filler)
(path.parent / "fill").unlink()
with Store(path) as store:
    store.check()
    (left,) = store.walks()
    assert left.session == 2 and not store.add(walks.walk(1, session=1), b"raw 1" * 3000), "deleted stays deleted"
print("fine")
"""


def _may_mount():
    done = subprocess.run(["unshare", "-m", "true"], capture_output=True) if shutil.which("unshare") else None
    return done is not None and done.returncode == 0


@pytest.mark.skipif(not _may_mount(), reason="only root may mount a small disk")
@pytest.mark.parametrize("room", ["400k", "600k"], ids=["beside a log", "without a log"])
def test_a_full_disk_lets_walks_be_listed_reported_elsewhere_and_deleted(tmp_path, room):
    (tmp_path / "home").mkdir()
    mounted = f'mount -t tmpfs -o size={room} tmpfs "$2/home" && exec "$0" -c "$1" "$2"'
    paths = [str(ROOT / "tests" / "host"), str(ROOT / "lib"), str(ROOT / "host_tools")]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", mounted, sys.executable, SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "RETROSTEP_HOME": str(tmp_path / "home")},
        timeout=60,
    )
    assert done.returncode == 0 and done.stdout.endswith("fine\n"), done.stdout + done.stderr


def test_a_copy_takes_the_place_of_the_store_and_nothing_of_the_deleted_stays(tmp_path):
    path = tmp_path / "s"
    with Store(path) as store:
        for number in (1, 2):
            store.add(walks.walk(number, session=number), b"raw %d" % number * 3000)
    with Store(path) as store:
        source, store._connection = store._connection, without_room.copy(store._connection)
        store._delete([walk for walk in store.walks() if walk.session == 1])
        without_room.replace(path, store._connection, source)
    assert b"raw 1raw 1" not in path.read_bytes()
    with Store(path) as store:
        store.check()
        assert [walk.session for walk in store.walks()] == [2]


def test_without_room_for_a_copy_nothing_changes(tmp_path, monkeypatch):
    from retrostep_host.errors import FullDisk

    path = tmp_path / "s"
    with Store(path) as store:
        store.add(walks.walk(1), b"raw 1")
    before = path.read_bytes()

    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    with Store(path, write=False) as store, pytest.raises(FullDisk):
        without_room.replace(path, without_room.copy(store._connection), store._connection)
    assert path.read_bytes() == before


def test_an_older_store_in_a_write_protected_place_is_read(tmp_path, monkeypatch):
    path = tmp_path / "s"
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.migrate(connection, migrations.STEPS[:2])
    row = "1, 'aa', 3, '1', NULL, NULL, 9.0, 'ankle', 'left', 'usb', 1, 0, '{}', 1, '0'"
    connection.execute(f"INSERT INTO sessions VALUES ({row})")
    connection.execute("INSERT INTO journals VALUES (1, x'00')")
    connection.close()
    before = path.read_bytes()

    def protected(self, wait_s):
        error = sqlite3.OperationalError("attempt to write a readonly database")
        error.sqlite_errorcode = sqlite3.SQLITE_READONLY
        raise error

    monkeypatch.setattr(Store, "_writing", protected)
    with Store(path, write=False) as store:
        assert [walk.session for walk in store.walks()] == [3]
    assert path.read_bytes() == before
