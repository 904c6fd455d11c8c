# SPDX-License-Identifier: MIT
"""The promise: over any line a sync ends complete or with a clear error, and nothing is released wrongly.

Here 200 seeds; 10,000 of them: `python bench/link.py`. A failure names its seed: `pytest "...[seed-17]"` repeats it.
"""

import pytest

from tests.faults import syncs


@pytest.mark.parametrize("seed", range(200), ids=lambda seed: f"seed-{seed}")
def test_a_sync_over_a_harmful_line_loses_nothing(seed, tmp_path):
    syncs.run(seed, tmp_path)


def test_a_clean_line_needs_no_repetition(tmp_path):
    outcome = syncs.run(None, tmp_path)
    assert outcome.repeats == 0 and outcome.syncs == 1


def test_pulling_the_cable_at_any_byte_keeps_everything(tmp_path):
    """Every 97th byte of a whole sync, then a sync on a whole cable."""
    total = syncs.run(None, tmp_path / "whole").carried
    for cut in range(1, total, 97):
        syncs.run(None, tmp_path / str(cut), cuts=[cut])


def test_the_net_catches_a_board_that_releases_without_the_hash(tmp_path, monkeypatch):
    """With the comparison taken away and a client that lies, the judge must complain."""
    from retrostep_host.sync.client import Client

    def lie(self, session, digest, size):
        self.request(5, session.to_bytes(4, "little") + digest)

    monkeypatch.setattr(Client, "hash", lambda self, session, size: (0, b""))
    monkeypatch.setattr(Client, "release", lie)
    outcome = syncs.run(None, tmp_path, expect_complete=False)
    assert outcome.errors and not outcome.stored
