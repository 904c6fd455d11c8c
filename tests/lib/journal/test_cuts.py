# SPDX-License-Identifier: MIT
"""The promise: what a flush acknowledged survives any cut, and any second one; nothing is invented.

Here every single cut at every byte, and pairs from every SKIPth distinct first cut. All pairs:
`python bench/journal.py` (docs/reliability.md has its results).
"""

import pytest

from tests.faults import cuts

SKIP = 29


@pytest.mark.parametrize("name", cuts.SCRIPTS)
def test_flushed_records_survive_a_cut_at_every_byte(name):
    script, sectors = cuts.SCRIPTS[name]
    counts = cuts.count(cuts.blank(sectors), script)
    assert counts.single > 16000 and counts.distinct > 20, "the walk wrote too little to prove anything"


@pytest.mark.parametrize("name", cuts.SCRIPTS)
def test_flushed_records_survive_a_second_cut_during_repair_and_the_next_walk(name):
    script, sectors = cuts.SCRIPTS[name]
    counts = cuts.count(cuts.blank(sectors), script, cuts.after, SKIP)
    assert counts.pairs > 10000


def test_the_model_notices_a_journal_that_writes_one_mirror_only(monkeypatch):
    """The net must catch: with its turns taken away, the same journal loses acknowledged steps."""
    from retrostep.journal.ring import Ring

    flush = Ring.flush

    def always_the_first(self):
        done = flush(self)
        self.turn = 0
        self.lacking[1] = 0
        self.lack[1][:] = bytes(len(self.lack[1]))
        return done

    monkeypatch.setattr(Ring, "flush", always_the_first)
    with pytest.raises(AssertionError, match="acknowledged"):
        cuts.count(cuts.blank(2), cuts.short)
