# SPDX-License-Identifier: MIT
"""Reading: a cohort folder as tables for SQL, with what was deleted left out; needs DuckDB (an extra).

in    a folder that `retrostep publish` filled from one or more computers
out   Cohort: `ask(sql)` over the views session, bout, stride, event, each with `site` and `month`; what was not read
but   1. a site whose listed files are missing or cut is left out as a whole, and named: a part would be a wrong answer
      2. a walk that several sites have published counts once, for the first by name; which ones is said
      3. P-07 of one site is not P-07 of another: a person is (site, code)
keeps nothing: every answer is read from the files, at most MEMORY of them at a time
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retrostep_host import errors
from retrostep_host.cohort import layout

MEMORY = "700MB"
VIEWS = {
    # what each site's manifest lists, less what any site buried; a walk once
    "session": """SELECT * FROM (
        SELECT *, rank() OVER (PARTITION BY walk ORDER BY site) AS nth FROM all_session
        WHERE walk NOT IN (SELECT walk FROM tombstone WHERE walk <> '')
          AND sha1 NOT IN (SELECT sha1 FROM tombstone)
    ) AS numbered WHERE nth = 1""",
    **{
        table: f"SELECT * FROM all_{table} WHERE (site, of_walk) IN (SELECT site, walk FROM session)"
        for table in ("bout", "stride", "event")
    },
}


@dataclass
class Cohort:
    """An open folder. Close it, or use it in a `with`."""

    folder: Path
    sites: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)  # files that no manifest lists
    left_out: dict[str, str] = field(default_factory=dict)  # site -> why
    files: dict[str, list[Path]] = field(default_factory=dict)  # table -> files
    twice: int = 0  # walks that several sites have
    _connection: Any = None

    def __enter__(self) -> Cohort:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def ask(self, sql: str) -> list[dict]:
        """The rows of an answer."""
        cursor = self._connection.execute(sql)
        names = [one[0] for one in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def scan(folder: Path) -> Cohort:
    """What the manifests list, and what they do not; no table is opened. Raises EmptyLog, StoreError."""
    found = Cohort(folder)
    if not folder.is_dir():
        raise errors.EmptyLog(f"There is no folder {folder}; `retrostep publish` makes one.")
    listed: set[str] = set()
    graves = []
    for site in layout.sites(folder):
        try:
            manifest = layout.newest(folder, site)
        except errors.StoreError as error:
            found.left_out[site] = str(error)
            continue
        files = list(manifest.files())
        listed.update(path for _, path, _ in files)
        bad = [path for _, path, size in files if not _is_whole(folder / path, size)]
        graves += [folder / path for table, path, _ in files if table == layout.TOMBSTONE and path not in bad]
        if bad:
            found.left_out[site] = f"{bad[0]} is missing or cut: the folder may be half copied; publish {site} again"
            continue
        found.sites.append(site)
        for table, path, _ in files:
            if table not in layout.SMALL:
                found.files.setdefault(table, []).append(folder / path)
    found.files[layout.TOMBSTONE] = graves  # also of a site that is left out: deleted is deleted
    found.ignored = layout.strangers(folder, listed)
    if not found.sites:
        why = "; ".join(found.left_out.values())
        raise errors.EmptyLog(
            f"Nobody has published into {folder} yet; `retrostep publish {folder} --site NAME` does."
            if not why
            else f"Nothing in {folder} can be read: {why}."
        )
    return found


def _is_whole(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def open_cohort(folder: Path, threads: int | None = None) -> Cohort:
    """The folder, ready to be asked. Raises MissingTool, EmptyLog."""
    try:
        import duckdb
    except ImportError as error:
        raise errors.MissingTool(
            "A cohort is read with DuckDB, which is not installed; nothing was read. "
            "`pip install 'retrostep[cohort]'` brings it."
        ) from error
    found = scan(folder)
    connection = duckdb.connect()
    found._connection = connection
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute("SET TimeZone = 'UTC'")
    if threads:
        connection.execute(f"SET threads = {threads}")
    for table in layout.TABLE_NAMES:
        files = [str(path) for path in found.files.get(table, [])]
        if files:
            connection.execute(f"CREATE VIEW all_{table} AS {_source(files)}")
        else:
            connection.execute(f"CREATE VIEW all_{table} AS {_nothing(table)}")
    graves = [str(path) for path in found.files[layout.TOMBSTONE]]
    connection.execute(f"CREATE VIEW tombstone AS {_source(graves) if graves else _nothing(layout.TOMBSTONE)}")
    connection.execute(f"CREATE TABLE session AS {VIEWS['session']}")  # small, and asked by every other
    for table, sql in VIEWS.items():
        if table != "session":
            connection.execute(f"CREATE VIEW {table} AS {sql}")
    both = "SELECT walk FROM all_session GROUP BY walk HAVING count(DISTINCT site) > 1"
    found.twice = found.ask(f"SELECT count(*) AS n FROM ({both}) AS two")[0]["n"]
    return found


def _source(files: list[str]) -> str:
    named = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
    return f"SELECT * FROM read_parquet([{named}], hive_partitioning = true, hive_types_autocast = false)"


def _nothing(table: str) -> str:
    """An empty table with the right columns."""
    kinds = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}
    made = [f"CAST(NULL AS {kinds[one.kind]}) AS {one.name}" for one in layout.columns(table)]
    return f"SELECT {', '.join(made)}, '' AS site, '' AS month WHERE 1 = 0"
