# SPDX-License-Identifier: MIT
"""Erasing: lets go of every session and writes zeros over them. Loaded for that, and unloaded.

in    a Journal
out   RELEASE records; a ring whose next flushes write the zeros, a sector a pass
but   the RELEASE records stay: a power cut in the middle brings nothing back
"""


def erase(journal):
    """Returns how many sessions there were."""
    ring = journal.ring
    first = ring.next_seq
    journal.close_house()
    numbers = journal.table.numbers()
    for session in numbers:
        journal.release(session, bytes(20))
    _wipe(ring, [seq % ring.n for seq in journal.table.house_seqs if seq >= first])
    return len(numbers)


def _wipe(ring, keep):
    """Turn every position into zeros that nobody owns and that is not in `keep`."""
    ring.wiping = bytearray((ring.n + 7) // 8)
    for p in range(ring.n):
        if ring.owner[p] == 0 and p not in keep and ring.in_ram(p) is None:
            ring.wiping[p >> 3] |= 1 << (p & 7)
            ring.mark(0, p)
            ring.mark(1, p)
