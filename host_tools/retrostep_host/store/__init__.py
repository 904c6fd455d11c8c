# SPDX-License-Identifier: MIT
"""Store: the SQLite file with all sessions; `Store` is its door.

Everyday use: `store.walks()` (corrected, each with `summary`, some with `excluded`), `store.full(walk)` (with steps),
`choose.walks`/`choose.joined` (what counts; excluded ones left out), `store.profiles()` (mass, height, plan).
"""

from retrostep_host.store.rows import ALERTS, Event, Profile, Step, Summary, Training, Walk
from retrostep_host.store.sessions import Store

__all__ = ["ALERTS", "Event", "Profile", "Step", "Store", "Summary", "Training", "Walk"]
