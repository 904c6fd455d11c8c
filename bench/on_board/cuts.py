# SPDX-License-Identifier: MIT
"""Runs on the board as code.py: a journal over the real FAT drive, cut again and again, for bench/cuts_on_board.py.

Each boot: what recovery found (FOUND session, steps that follow the rule, ended), then sessions of 80 made-up steps,
each flush acknowledged on the console (ACK session steps), every other session released (REL session).
"""
import gc

from retrostep import events
from retrostep.device import flash, mirrors
from retrostep.journal import block, records
from retrostep.journal.writer import Journal

mirrors.MIRROR = 32768
PACE = 60


def steps(journal, session):
    """Steps of a session that stand where the rule puts them, and whether it is ended; -1 when one does not."""
    data = bytearray(512)
    count, ended, start = 0, 0, 0
    for offset in range(0, journal.table.size(session), 512):
        journal.table.read(session, offset, data)
        if not block.check(data):
            return -1, 0
        head = block.Header(data)
        if offset == 0:
            start = head.index
        for kind, at, size in records.walk(data, head.header, head.end):
            if kind == events.STEP:
                when = records.unpack(kind, bytes(data[at : at + size]))[0]
                count += 1
                if head.index + when != start + PACE * count:
                    return -1, 0
            ended = ended or kind == events.END
    return count, 1 if ended else 0


def walk(journal):
    start = journal.now + 100
    session = journal.start(start, {"placement": "ankle"})
    told = 0
    for i in range(80):
        index = start + PACE * (i + 1)
        event = events.Event(events.STEP, index)
        event.direction = 1 + i % 3
        event.confidence = 0.9
        journal.append(event)
        journal.step(index)
        if journal.settled() and told != i + 1:
            told = i + 1
            print("ACK", session, told)
    journal.end(events.END_BUTTON)
    for _ in range(6):
        journal.step(journal.now + 13)
    if journal.settled():
        print("ACK", session, 80)
    if session % 2:
        print("REL", session)
        journal.release(session, bytes(20))
        for _ in range(6):
            journal.step(journal.now + 13)


disk = flash.Flash()
disk.open()
if disk.error:
    print("NODISK", disk.error)
journal = Journal(disk, b"cutboard")
facts = journal.recover()
print("BOOT", journal.boot, facts.damaged[0], facts.damaged[1], disk.fresh, gc.mem_free())
for session in journal.table.numbers():
    count, ended = steps(journal, session)
    print("FOUND", session, count, ended)
print("READY")
while True:
    if journal.ring.free <= 12:
        for session in journal.table.numbers():
            print("REL", session)
            journal.release(session, bytes(20))
            for _ in range(4):
                journal.step(journal.now + 13)
    walk(journal)
