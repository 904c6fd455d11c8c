# SPDX-License-Identifier: MIT
"""Kills: `sync`, and the mending of a damaged store, killed (SIGKILL) at moments drawn from a seed, and judged.

The board is a program of its own on a pseudo-terminal, erased and begun again in between. Whatever happened: every walk
is in the store, once, or still on its board; the store is whole; after a last, undisturbed run everything is home.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from retrostep_host import journal
from retrostep_host.store import Store, repair
from retrostep_host.sync import find

from tests.faults import rot

ROOT = Path(__file__).parents[2]
SYNC_S = 0.7  # about what a sync takes: kills fall before, into and after its work
MEND_S = 0.5
_MEND = "import sys; from pathlib import Path; from retrostep_host.store import repair; repair.check(Path(sys.argv[1]))"


def _environment(home: Path) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT / "lib"), str(ROOT / "host_tools"), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "RETROSTEP_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}


def _killed(command: list[str], home: Path, after_s: float) -> bool:
    """Start it, kill it. False when it had ended by itself."""
    process = subprocess.Popen(
        command, env=_environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        process.wait(after_s)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def sync(seed: int, home: Path, kills: int = 3, boards: int = 2) -> int:
    """Boards that call themselves the same and count from 1, each synced with kills. Returns how many kills fell into a
    running sync; raises AssertionError."""
    rng, hit = random.Random(seed), 0
    command = [sys.executable, "-m", "retrostep_host.cli.main", "sync", "--port"]
    walked: list[bytes] = []
    for _ in range(boards):
        counts = [str(rng.randrange(1, 200)) for _ in range(rng.randrange(1, 4))]
        board = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.board", *counts],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment(home), cwd=ROOT,
        )  # fmt: skip
        try:
            port = board.stdout.readline().strip()
            client, _ = find.connect(port)
            for entry in client.list():
                data = bytearray()
                client.read(entry.session, 0, entry.size, data.extend)
                walked.append(bytes(data))
            client.port.close()
            for _ in range(kills):
                hit += _killed([*command, port], home, rng.random() * SYNC_S + 0.15)
                time.sleep(0.05)
                _judge(home, walked, port)
            assert not _killed([*command, port], home, 60), "a sync that nobody kills ends"
            assert _on_board(port) == set(), "and leaves nothing behind"
            _judge(home, walked, port)
        finally:
            board.stdin.close()
            board.wait(10)
    return hit


def _on_board(port: str) -> set[str]:
    client, _ = find.connect(port)
    try:
        return {client.hash(entry.session)[1].hex() for entry in client.list()}
    finally:
        client.port.close()


def _judge(home: Path, walked: list[bytes], port: str) -> None:
    there = _on_board(port)
    path = home / "retrostep.sqlite3"
    raws: list[bytes] = []
    if path.exists():
        with Store(path) as store:
            store.check()
            raws = [store.raw(walk) for walk in store.walks()]
    assert len(raws) == len(set(raws)), "a walk is there twice"
    for raw in walked:
        assert raw in raws or journal.decode(raw).sha1 in there, "a walk is nowhere"


def mend(seed: int, kept: rot.Kept, folder: Path, kills: int = 3) -> int:
    """A damaged store whose mending is killed again and again. Returns how many kills fell into one that ran."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    path = folder / "store.sqlite3"
    data = bytearray(kept.path.read_bytes())
    rot.harm(data, rng)
    path.write_bytes(data)
    command = [sys.executable, "-c", _MEND, str(path)]
    hit = sum(_killed(command, folder, rng.random() * MEND_S + 0.1) for _ in range(kills))
    verdict = repair.check(path)
    with Store(path, write=False) as store:
        store.check()
        there = {store.raw(walk) for walk in store.walks()}
    missing = [raw for raw in kept.raws if raw not in there]
    assert not missing or verdict.lost or verdict.earlier, "a walk is gone and nobody says so"
    for raw in missing:
        good = {piece for other in there for _, piece in journal.blocks(other)}
        lost = [piece for _, piece in journal.blocks(raw) if piece not in good]
        assert not [piece for piece in lost if piece in bytes(data)], "readable blocks were lost"
    left = {one.name for one in folder.iterdir() if "damaged" not in one.name} - {"store.sqlite3"}
    assert not left, f"left behind: {left}"
    shutil.rmtree(folder)
    return hit
