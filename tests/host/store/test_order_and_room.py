# SPDX-License-Identifier: MIT
"""Walks stand in the order in which they were walked, with or without a clock; a full disk is called so."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
import walks
from retrostep_host import errors
from retrostep_host.store import Store, sentences

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
SECOND_US = 1_000_000


def us(moment):
    return round(moment.timestamp() * SECOND_US)


def test_walks_without_a_clock_stand_before_the_next_one_of_their_board(tmp_path):
    """The board numbers its sessions; a sync brings the first clock, and dates only the boot it happens in."""
    with Store(tmp_path / "s") as store:
        for number, start, fetched in [
            (4, NINE + timedelta(days=3), NINE + timedelta(days=3, hours=1)),
            (3, NINE, NINE + timedelta(hours=1)),
            (2, None, NINE + timedelta(hours=1)),
            (1, None, NINE + timedelta(hours=1)),
        ]:
            store.add(walks.walk(number, session=number, start=start), b"x", us(fetched))
        other = walks.walk(9, session=9, start=None, device_uid="ff" * 8)
        store.add(other, b"x", us(NINE + timedelta(days=1)))
        assert [walk.session for walk in store.walks()] == [1, 2, 3, 9, 4]


@pytest.mark.parametrize(("free", "kind"), [(4096, errors.FullDisk), (1 << 30, errors.StoreError)])
def test_an_input_output_error_on_a_full_disk_is_a_full_disk(tmp_path, monkeypatch, free, kind):
    """SQLite says "disk I/O error" when the log beside the store finds no room."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    error = sentences.sqlite3.Error("disk I/O error")
    found = sentences.sentence(tmp_path / "s", sentences.sqlite3.SQLITE_IOERR, error)
    assert type(found) is kind


def test_who_reads_while_another_writes_sees_one_state(tmp_path):
    import threading

    path = tmp_path / "s"
    with Store(path) as store:
        store.add(walks.walk(1, session=1), b"1")
    stop, wrong = threading.Event(), []

    def read():
        while not stop.is_set():
            with Store(path, write=False) as store:
                try:
                    for walk in store.walks():
                        store.full(walk)
                except errors.NoSuchSession:
                    pass
                except errors.RetrostepError as error:
                    wrong.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with Store(path) as store:
            for number in range(2, 40):
                store.add(walks.walk(1, session=number, complete=False), b"%d" % number)
                store.add(walks.walk(1, session=number), b"%d and more" % number)
    finally:
        stop.set()
        reader.join()
    assert not wrong
