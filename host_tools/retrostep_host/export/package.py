# SPDX-License-Identifier: MIT
"""Package: datapackage.json, which tells a program what each CSV file of an export holds.

in    the tables that were written
out   a Frictionless Data Package: a resource a table, with types, keys and the words of columns.txt
from  specs.frictionlessdata.io: Tabular Data Package, Table Schema (profiles of version 1, which version 2 reads)
but   an empty text is a missing value in CSV, so it is one here: "" in Parquet and XLSX
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from retrostep_host.export.columns import FORMAT, KEYS, OTHER, of


def describe(tables: Sequence[str], has_mark: bool, made: datetime | None = None) -> dict:
    """The descriptor. `has_mark`: the files begin with a byte-order mark."""
    made = made or datetime.now(UTC)
    return {
        "name": "retrostep-export",
        "title": "Walks of Retrostep",
        "profile": "tabular-data-package",
        "version": str(FORMAT),
        "created": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resources": [_resource(table, has_mark) for table in tables],
    }


def _resource(table: str, has_mark: bool) -> dict:
    fields = [{"name": one.name, "type": one.kind, "description": one.words} for one in of(table)]
    schema: dict = {"fields": fields, "missingValues": [""]}
    key = KEYS[table.removeprefix(OTHER)]
    if table != "day":  # a person may have no code, and a key may not be missing
        schema["primaryKey"] = list(key)
    if table in ("bout", "stride", "event"):
        schema["foreignKeys"] = [{"fields": "of_walk", "reference": {"resource": "session", "fields": "walk"}}]
    return {
        "name": table.replace("_", "-"),
        "path": f"{table}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig" if has_mark else "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "doubleQuote": True, "header": True},
        "schema": schema,
    } | ({} if table != "session" else {"title": "One row for each walk"})


def write(path: Path, tables: Sequence[str], has_mark: bool) -> None:
    """datapackage.json."""
    path.write_text(json.dumps(describe(tables, has_mark), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
