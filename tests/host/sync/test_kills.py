# SPDX-License-Identifier: MIT
"""The promise: a sync, and the mending of a store, may be killed at any moment. More: `python bench/hostile.py`."""

import os

import pytest

from tests.faults import kills, rot

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")


def test_a_sync_that_is_killed_loses_and_doubles_nothing(tmp_path):
    assert kills.sync(1, tmp_path) <= 6


def test_a_mending_that_is_killed_loses_nothing(tmp_path):
    kept = rot.made(tmp_path / "kept")
    assert sum(kills.mend(seed, kept, tmp_path / str(seed), 2) for seed in range(2)) <= 4
