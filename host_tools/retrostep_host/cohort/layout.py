# SPDX-License-Identifier: MIT
"""Layout: where what lies in a cohort folder, and which of it holds.

in    a folder; the name of a site
out   paths; Manifest objects; what in the folder is nobody's
from  docs/cohort.md, which is for readers with other programs
but   only what the newest manifest of a site lists holds: a file that is not listed is of a publication that was
      stopped, or foreign, and is named and not read
keeps a file is never altered: it is written under another name (.part), flushed, renamed; the manifest comes last

    session/site=berlin/month=2026-03/0f3a….parquet     also bout, stride, event
    tombstone/site=berlin/77c0….parquet                 walks that were deleted: no reader counts them
    correction/site=berlin/a91e….parquet                what helpers said of walks: for the site's other computers
    manifest/berlin/00000007.json                       what holds, of berlin; the highest number
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retrostep_host import errors
from retrostep_host.export.columns import FORMAT, TABLES, Column
from retrostep_host.files import flush

VERSION = 1  # of this layout
TABLE_NAMES = ("session", "bout", "stride", "event")
TOMBSTONE, CORRECTION = SMALL = ("tombstone", "correction")  # one file a site, and only the newest is listed
MANIFEST = "manifest"
SITE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_NUMBER = re.compile(r"(\d{8})\.json")
_OURS = re.compile(r"[0-9a-f]{16}\.parquet(\.([0-9a-f]{8}\.)?part)?")
META = {"retrostep_cohort": str(VERSION), "retrostep_format": str(FORMAT)}
MORE = (
    Column("sha1", "string", "SHA-1 of the board's bytes, of each board that saw the walk, separated by spaces"),
    Column("revision", "string", "changes with what is published of the walk; of a corrected one it begins with when"),
)
GRAVE = (
    Column("sha1", "string", "SHA-1 of the board's bytes of a session that was deleted"),
    Column("walk", "string", "its walk; empty: it was never published here"),
)
SAID = (
    Column("sha1", "string", "SHA-1 of the board's bytes of a session that a helper corrected"),
    Column("walk", "string", "its walk"),
    Column("field", "string", "what was corrected: code, side, aid, excluded"),
    Column("at_utc_us", "integer", "when, last: microseconds since 1970 UTC"),
    Column("value", "string", "what holds since; empty: as the board said it"),
)


def columns(table: str) -> tuple[Column, ...]:
    """Of a table in a cohort: those of the export, and for `session` whose bytes and which revision."""
    if table in SMALL:
        return GRAVE if table == TOMBSTONE else SAID
    return (*TABLES[table], *MORE) if table == "session" else TABLES[table]


@dataclass
class Batch:
    """Walks of one month that were published at once: a file of each table, all with one name."""

    month: str
    name: str
    files: dict[str, dict[str, int]] = field(default_factory=dict)  # table -> {"rows": …, "bytes": …}

    def path(self, table: str, site: str) -> str:
        """Below the folder, with slashes."""
        return f"{table}/site={site}/month={self.month}/{self.name}.parquet"


@dataclass
class Manifest:
    """What holds, of one site."""

    site: str
    number: int = 0
    batches: list[Batch] = field(default_factory=list)
    tombstone: dict[str, Any] | None = None  # {"name": …, "rows": …, "bytes": …}
    correction: dict[str, Any] | None = None

    def files(self) -> Iterator[tuple[str, str, int]]:
        """(table, path below the folder, bytes)."""
        for batch in self.batches:
            for table, said in batch.files.items():
                yield table, batch.path(table, self.site), said["bytes"]
        for table in SMALL:
            if said := getattr(self, table):
                yield table, small(table, self.site, said["name"]), said["bytes"]


def small(table: str, site: str, name: str) -> str:
    """Path of a file of tombstones or corrections below the folder."""
    return f"{table}/site={site}/{name}.parquet"


def sites(folder: Path) -> list[str]:
    """The sites that have published here."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return sorted(p.name for p in (folder / MANIFEST).iterdir() if p.is_dir() and SITE.fullmatch(p.name))
    return []


def newest(folder: Path, site: str) -> Manifest:
    """The manifest that holds; an empty one (number 0) before the first. Raises NewerStore, StoreError."""
    found = sorted(_numbers(folder / MANIFEST / site))
    if not found:
        return Manifest(site)
    path = folder / MANIFEST / site / f"{found[-1]:08}.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["version"] > VERSION or said["format"] > FORMAT:
            raise errors.NewerStore(
                f"{path} was published by a newer Retrostep; nothing was read or changed. Update Retrostep here."
            )
        batches = [Batch(one["month"], one["name"], one["files"]) for one in said["batches"]]
        return Manifest(site, found[-1], batches, said["tombstone"], said.get("correction"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.StoreError(
            f"{path} is not whole: the folder may be half copied. Wait for it, or publish from {site} again after that "
            "file is gone; nothing was changed."
        ) from error


def put(folder: Path, manifest: Manifest) -> None:
    """The last step of a publication. Raises StoreBusy when another computer of the site was quicker."""
    place = folder / MANIFEST / manifest.site
    place.mkdir(parents=True, exist_ok=True)
    said = {
        "version": VERSION,
        "format": FORMAT,
        "site": manifest.site,
        "batches": [{"month": b.month, "name": b.name, "files": b.files} for b in manifest.batches],
        "tombstone": manifest.tombstone,
        "correction": manifest.correction,
    }
    path, part = place / f"{manifest.number:08}.json", place / f"{os.getpid()}-{manifest.number:08}.part"
    part.write_text(json.dumps(said, indent=1), encoding="utf-8")
    flush(part)
    try:
        try:
            os.link(part, path)  # unlike a rename, this fails where there is one
        except FileExistsError:
            raise errors.StoreBusy(
                f"Another computer has published as {manifest.site} in this moment; nothing was lost. Run this again."
            ) from None
        except OSError:  # a file system without second names
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    flush(place)
    for number in _numbers(place):
        if number < manifest.number - 1:  # the last but one stays for who reads at this moment
            (place / f"{number:08}.json").unlink(missing_ok=True)
    for half in place.glob("*.part"):  # of one that was stopped, or is too late
        if half.stem.rpartition("-")[2].isdigit() and int(half.stem.rpartition("-")[2]) <= manifest.number:
            half.unlink(missing_ok=True)


def part(path: Path) -> Path:
    """Where a file is written until it is whole: nobody else's place, whoever writes the same file at this moment."""
    return path.with_name(f"{path.name}.{os.urandom(4).hex()}.part")


def settle(part: Path, path: Path) -> int:
    """What was written as `part` is whole: it goes to the disk and gets its name. Its length in bytes."""
    flush(part)
    size = part.stat().st_size
    part.replace(path)
    flush(path.parent)
    return size


def _numbers(place: Path) -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        return [int(m[1]) for p in place.iterdir() if (m := _NUMBER.fullmatch(p.name))]
    return []


def is_ours(path: Path) -> bool:
    """By its name, a file of a publication."""
    return _OURS.fullmatch(path.name) is not None


def strangers(folder: Path, listed: set[str]) -> list[str]:
    """Paths below the folder that no manifest lists, of manifests and hidden files abroad."""
    found = []
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder).as_posix()
        if not path.is_file() or below in listed or any(part.startswith(".") for part in below.split("/")):
            continue
        if below.startswith(f"{MANIFEST}/") and (_NUMBER.fullmatch(path.name) or path.suffix == ".part"):
            continue
        found.append(below)
    return found
