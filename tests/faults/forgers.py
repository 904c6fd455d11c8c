# SPDX-License-Identifier: MIT
"""Forgers: sessions with right CRCs and nonsense inside, drawn from a seed, among honest ones, and the judge.

Whatever the nonsense: the honest walks are stored and released, nothing is released that is not stored, page, tables
and list are made, and the forged one can be deleted.
"""

from __future__ import annotations

import binascii
import hashlib
import json
import random
import struct
from pathlib import Path

from retrostep.journal import block, records
from retrostep_host.export import tables
from retrostep_host.quarantine import ENDED
from retrostep_host.report import page
from retrostep_host.store import choose
from retrostep_host.store.sessions import Store
from retrostep_host.sync.client import Client
from retrostep_host.sync.session import fetch_all, keeper

from tests.faults.liar import Liar, Wire, session


def forged(seed: int, number: int) -> bytes:
    """The bytes of a session: headers and records overwritten, each block with a right CRC."""
    rng = random.Random(seed)
    data = session(number, rng.randrange(1, 90))
    strange = (0, 1, 0x7F, 0x80, 0xFF)
    blocks = []
    for at in range(0, len(data), block.SIZE):
        one = bytearray(data[at : at + block.SIZE])
        head = block.Header(one)
        harm = rng.randrange(6)
        if harm < 2:
            for _, start, size in list(records.walk(one, head.header, head.end)):
                for place in range(start - 2 * (harm == 1), start + size):
                    if rng.random() < 0.1:
                        one[place] = rng.choice(strange) if rng.random() < 0.7 else rng.randrange(256)
        elif harm < 4:  # clocks, rates, flags; or also who it is
            for place in range(32 if harm == 2 else 8, block.HEADER):
                if rng.random() < 0.2:
                    one[place] = rng.choice(strange) if rng.random() < 0.5 else rng.randrange(256)
        elif harm == 4 and rng.random() < 0.3:
            one[4:508] = rng.randbytes(504)
        struct.pack_into("<I", one, block.CRC_AT, binascii.crc32(one[: block.CRC_AT]))
        blocks.append(bytes(one))
    return b"".join(blocks)


def judged(seed: int, folder: Path) -> str:
    """Two honest walks and a forged one between them come home, are shown and exported; the forged one is let go.
    Returns what became of it."""
    sessions = {1: session(1), 2: forged(seed, 2), 3: session(3)}
    liar = Liar(dict(sessions))
    client = Client(Wire(liar))
    folder.mkdir()
    with Store(folder / "s") as store:
        result = fetch_all(client, client.hello(), keeper(store), folder / "partial")
        walks = [store.full(walk) for walk in choose.walks(store)]
        page.render(walks)
        tables.write(walks, folder / "out")
        json.dumps([choose.summary(walk) for walk in walks])
        stored = {hashlib.sha1(store.raw(walk)).digest() for walk in walks}
        assert set(liar.released.values()) <= stored, "released without a copy"
        assert {1, 3} <= set(liar.released), result.errors
        assert 2 in liar.released or (result.errors and 2 in liar.sessions)
        store.delete([walk for walk in walks if hashlib.sha1(store.raw(walk)).digest() == liar.released.get(2)])
        fate = "left on the board" if 2 not in liar.released else "".join(w.ended for w in walks if w.ended == ENDED)
        kept = {hashlib.sha1(store.raw(walk)).digest() for walk in store.walks()}
        assert kept >= {hashlib.sha1(sessions[one]).digest() for one in (1, 3)}
    return fate or "shown"
