# SPDX-License-Identifier: MIT
"""Recover, numbers: which of them to believe when a fault or a forger put some there that no board writes.

in    a recover.Scan; numbers of sessions and boots
out   the sequence numbers that belong together, sessions to leave out, the number to go on from
from  docs/formats.md, "Numbers"
but   loaded only when a number is beyond JUMP, or two sessions look alike: no board of ours comes there
"""

from retrostep.journal.block import LARGEST
from retrostep.journal.recover import JUMP


def together(seqs, wrap):
    """(lowest, distance of the highest above it) of the sequence numbers that belong together. They lie on a circle
    of `wrap`; where two neighbours are more than JUMP apart, the larger crowd is believed, of equal ones the lower."""
    order = sorted(seqs)
    n = len(order)
    if n < 2:
        return 1, wrap if not n or order[0] <= JUMP else JUMP
    starts = [i for i in range(n) if (order[i] - order[i - 1]) % wrap > JUMP]
    most, base, span = 0, 1, wrap
    for i in range(len(starts)):
        first = starts[i]
        count = (starts[(i + 1) % len(starts)] - first) % n or n
        if count > most:
            most, base = count, order[first]
            span = (order[(first + count - 1) % n] - base) % wrap
    return base, span


def alike(scan):
    """Sessions to leave out because another has the same low half, which is all that the ring's table keeps: a released
    one first, then the one with fewer blocks."""
    best, refused = {}, []
    for session in sorted(scan.found):
        row = scan.found[session]
        rank = (session not in scan.releases, row[2])
        other = best.get(session & 0xFFFF, ((False, 0), 0))
        if rank > other[0]:
            best[session & 0xFFFF] = (rank, session)
            session = other[1]
        if session:
            refused.append(session)
    return refused


def reach(numbers):
    """The highest of these that is not JUMP above the one before, counted from 0: no number that a fault or a forger
    put there makes a board run out of numbers."""
    top = 0
    for number in sorted(numbers):
        if number > min(top + JUMP, LARGEST - JUMP):
            break
        top = number
    return top
