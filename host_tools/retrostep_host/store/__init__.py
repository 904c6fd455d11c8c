# SPDX-License-Identifier: MIT
"""Store: the SQLite file with all sessions; `Store` is its door."""

from retrostep_host.store.rows import ALERTS, Event, Step, Walk
from retrostep_host.store.sessions import Store

__all__ = ["ALERTS", "Event", "Step", "Store", "Walk"]
