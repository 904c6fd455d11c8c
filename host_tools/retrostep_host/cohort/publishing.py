# SPDX-License-Identifier: MIT
"""Publishing: the walks of this store into a cohort folder, under a site's name; as often as you like.

in    a Store, a folder, a site
out   Published: how many walks came, changed, went; the folder holds each of this store's walks once
keeps nothing of names or notes: the tables of the export hold participant codes only
but   1. a walk that is there already, as it is here, is not written again (its revision says so)
      2. what changed here (more of a walk, a code put right, two boards' walks seen as one), was excluded or deleted
         leaves the files of before: those are written anew without it, and the old ones removed after the manifest
      3. a deleted session also gets a tombstone, for copies of the folder and for the same walk under another site
      4. a walk that this store never had stays: another computer of the site has published it; so does more of a
         walk than this store has, and a correction that was made later than ours (corrections.py)
      5. files are written by several processes, and are the same however many there are
from  a publication counts from the moment its manifest stands; stopped before, it left files that nobody lists
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from retrostep_host import codes, errors, workers
from retrostep_host.cohort import corrections, layout, writing
from retrostep_host.cohort.layout import Batch, Manifest
from retrostep_host.export import blocks, parquet
from retrostep_host.export.columns import FORMAT
from retrostep_host.store import Store, changes, choose, together
from retrostep_host.store.rows import Change, Walk, folded


@dataclass
class Published:
    """What one publication did."""

    site: str
    added: int = 0  # walks that were not there
    changed: int = 0  # walks that were there otherwise
    kept: int = 0  # walks that were there
    newer: int = 0  # of them, walks of which another computer of the site has more, or a later correction
    gone: int = 0  # walks that are not there any more
    tombstones: int = 0  # in all
    files: int = 0  # written
    undated: int = 0


def check_site(site: str) -> str:
    """The name of a site. Raises StoreError."""
    if not layout.SITE.fullmatch(site):
        raise errors.BadSetting(
            f"{site or 'Nothing'} cannot name a site: small letters, digits and hyphens, at most 32, such as berlin-2."
        )
    return site


def publish(
    store: Store,
    folder: Path,
    site: str,
    names_are_codes: bool = False,
    progress: Callable[[int, int], None] | None = None,
    jobs: int | None = None,
) -> Published:
    """Bring the folder up to date with the store. `jobs`: processes that write; None: one a core, three at most; the
    same files in any case. Raises MissingTool, BadSetting, NotConfirmed, StoreBusy, NewerStore, what the store raises;
    until the manifest stands, what was published before holds."""
    parquet.arrow()
    check_site(site)
    if folder.exists() and not folder.is_dir():
        raise errors.CannotWrite(f"{folder} is a file, and a cohort is a folder; nothing was written. Name another.")
    before = layout.newest(folder, site)
    here, theirs = store.walks(), _read(folder, site, "correction", before.correction, corrections.Said)
    log = corrections.told(store.log(), theirs, here)
    every = changes.applied(store.walks(corrected=False), log)
    walks = choose.spelled(together.joined(store, [walk for walk in every if not walk.excluded], light=True))
    if not names_are_codes:
        _check_names(walks)
    work = _Work(store, folder, site, every, walks, log, before, progress, workers.how_many(jobs))
    work.newer = _told_elsewhere(here, every)
    work.said = corrections.together(theirs, corrections.ours(store.log(), here, names_are_codes))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return _publish(work)
        except BaseException:
            _take_back(work)
            raise
    except OSError as error:
        raise errors.from_os(error, f"publishing to {folder}", "What was published before holds.") from error


def _check_names(walks: Iterable[Walk]) -> None:
    named = sorted({walk.code for walk in walks if codes.warning(walk.code)})
    if named:
        raise errors.NotConfirmed(
            f"Nothing was published: {', '.join(named[:5])} look{'s' if len(named) == 1 else ''} like "
            f"{'a name' if len(named) == 1 else 'names'}, and a cohort holds codes only. Put the codes right in "
            "the store; if it is a code, add `--codes-checked`."
        )


@dataclass
class _Work:
    """A publication under way."""

    store: Store
    folder: Path
    site: str
    every: list[Walk]  # of the store, as corrected here and at other computers of the site
    walks: list[Walk]  # those of them that count, as people walked them
    log: list[Change]
    before: Manifest
    progress: Callable[[int, int], None] | None
    jobs: int
    newer: set[str] = field(default_factory=set)  # names of walks that stand there as another computer has them
    said: list[corrections.Said] = field(default_factory=list)  # what stands of corrections from now on
    begun: list[str] = field(default_factory=list)  # paths of files that it writes, below the folder


def _take_back(work: _Work) -> None:
    """After an error: what was written and is in no manifest goes; a full disk would be no emptier for trying again."""
    with suppress(errors.RetrostepError, OSError):
        listed = {path for _, path, _ in layout.newest(work.folder, work.site).files()}
        for below in set(work.begun) - listed:
            (work.folder / below).unlink(missing_ok=True)


def _told_elsewhere(here: list[Walk], every: list[Walk]) -> set[str]:
    """Names of walks that another computer corrected later."""
    seen = [{w.sha1: (w.code, w.side, w.settings.get("aid"), bool(w.excluded)) for w in some} for some in (here, every)]
    return {walk.name for walk in here if seen[0][walk.sha1] != seen[1][walk.sha1]}


def revision(walk: Walk, corrected_us: int = 0) -> str:
    """16 hex digits of all that is published of a walk: the bytes, what helpers corrected, how it is counted. Of one
    that was corrected, 14 hex digits of when, and a hyphen, stand before them."""
    row = [column.value for column in blocks.session(walk).columns]  # type: ignore[union-attr]
    views = [(view.sha1, view.side, view.code) for view in walk.views]
    said = json.dumps([FORMAT, walk.sha1, views, row], default=repr)
    made = hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()[:16]
    return f"{corrected_us:014x}-{made}" if corrected_us else made


def _corrected(log: Iterable[Change]) -> Callable[[Walk], int]:
    """A function that says when a walk was corrected last, in microseconds since 1970; 0 = never."""
    found: dict[tuple[str, str], int] = {}
    for change in log:  # what was taken back as well: that is a correction too
        if change.field in (*corrections.FIELDS, "start"):
            found[change.about, change.which] = max(change.at_utc_us, found.get((change.about, change.which), 0))
    return lambda walk: max(
        (
            found.get(which, 0)
            for view in walk.views or (walk,)
            for which in (("walk", view.sha1), ("person", view.person), ("person", folded(view.was.get("code", ""))))
        ),
        default=0,
    )


def _publish(work: _Work) -> Published:
    store, folder, site, before = work.store, work.folder, work.site, work.before
    done = Published(site)
    deleted = set(store.deleted())
    corrected = _corrected(work.log)
    now = {writing.bytes_of(walk): (revision(walk, corrected(walk)), walk) for walk in work.walks}
    names = Counter(walk.name for _, walk in now.values())
    named = {walk.name: (ours, at, walk) for ours, (at, walk) in now.items() if names[walk.name] == 1}
    here = {name for walk in work.every for name in (walk.name, walk.sha1)}
    there: set[str] = set()
    drops: dict[str, set[str]] = defaultdict(set)  # name of a batch -> walks that leave it
    graves = set(_read(folder, site, layout.TOMBSTONE, before.tombstone))
    for batch in before.batches:
        for name, sha1s, known, lasts in _walks_of(folder, site, batch):
            buried = deleted.intersection(sha1s)
            graves.update((sha1, name) for sha1 in buried)
            ours = " ".join(sha1s)
            if not buried and (here.isdisjoint((name, *sha1s)) or (ours in now and now[ours][0] == known)):
                there.add(ours)
                continue
            if not buried and name in named and _is_newer(named[name], sha1s, known, lasts):
                there.update((ours, named[name][0]))
                work.newer.add(name)
                continue
            drops[batch.name].add(name)
            is_here = name in names and not buried
            done.changed += is_here
            done.gone += not is_here
        if drops.get(batch.name):  # a number may be two walks', of which one stays: it is written with the new ones
            there -= {" ".join(one[1]) for one in _walks_of(folder, site, batch) if one[0] in drops[batch.name]}
    graves.update((sha1, "") for sha1 in deleted - {sha1 for sha1, _ in graves})
    fresh = [walk for ours, (_, walk) in now.items() if ours not in there]
    done.newer = len(work.newer)
    done.kept = len(now) - len(fresh)
    done.added = max(0, len(fresh) - done.changed)
    done.undated = sum(walk.start is None for walk in work.walks)
    done.tombstones = len(graves)
    after = Manifest(site, before.number + 1)
    for batch in before.batches:
        if batch.name not in drops:
            after.batches.append(batch)
        elif {one[0] for one in _walks_of(folder, site, batch)} - drops[batch.name]:
            after.batches.append(writing.without(folder, site, batch, drops[batch.name], work.begun))
    asked = writing.planned(fresh, {ours: at for ours, (at, _) in now.items()})
    for one in asked:
        work.begun += [one.batch(site).path(table, site) for table in layout.TABLE_NAMES]
    after.batches += writing.every(store, folder, site, asked, work.jobs, work.progress)
    done.files = sum(len(batch.files) for batch in after.batches if batch not in before.batches)
    buried = {sha1 for sha1, _ in graves}
    for table, rows in (
        (layout.TOMBSTONE, sorted(graves)),
        (layout.CORRECTION, [one for one in work.said if one.sha1 not in buried]),
    ):
        was = getattr(before, table)
        setattr(after, table, writing.listed(folder, site, table, rows) if rows else None)
        done.files += bool(rows) and getattr(after, table) != was
    if done.files or drops or not before.number or before.correction != after.correction:
        layout.put(folder, after)
        _tidy(folder, before, after)
    return done


def _is_newer(ours: tuple[str, str, Walk], sha1s: list[str], known: str, lasts: float) -> bool:
    """What another computer of the site published of our walk is not to be written over: it has more of the board's
    bytes, or a later correction. `ours`: (bytes, revision, walk)."""
    mine, revised, walk = ours
    if len(sha1s) == 1 and not walk.views and sha1s != [mine]:
        return lasts > walk.duration_s
    stamp = lambda text: text.rpartition("-")[0]  # noqa: E731
    return sorted(sha1s) == sorted(mine.split()) and stamp(known) > stamp(revised)


# what is there ------------------------------------------------------------------------------------------------
def _walks_of(folder: Path, site: str, batch: Batch) -> list[tuple[str, list[str], str, float]]:
    """(walk, SHA-1s, revision, seconds) of a batch."""
    pa = parquet.arrow()
    path = folder / batch.path("session", site)
    try:
        names = ["walk", "sha1", "revision", "duration_s"]
        table = pa.parquet.read_table(path, columns=names, partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise errors.StoreError(
            f"{path} cannot be read, so nothing was published: the folder may be half copied. Wait for it and run this "
            f"again; if it stays, remove {layout.MANIFEST}/{site} and publish {site} anew."
        ) from error
    rows = zip(*(table.column(name).to_pylist() for name in names), strict=True)
    return [(walk, sha1.split(), known, lasts) for walk, sha1, known, lasts in rows]


def _read(folder: Path, site: str, table: str, listed: dict | None, kind: Callable = lambda *row: row) -> list:
    """Rows of a small table that a manifest lists; [] when it lists none."""
    if not listed:
        return []
    pa = parquet.arrow()
    path = folder / layout.small(table, site, listed["name"])
    try:
        found = pa.parquet.read_table(path, partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise errors.StoreError(
            f"{path} cannot be read, so nothing was published: the folder may be half copied. Wait for it and run this "
            f"again; if it stays, remove {layout.MANIFEST}/{site} and publish {site} anew."
        ) from error
    columns = [found.column(one.name).to_pylist() for one in layout.columns(table)]
    return [kind(*row) for row in zip(*columns, strict=True)]


# afterwards ---------------------------------------------------------------------------------------------------
def _tidy(folder: Path, before: Manifest, after: Manifest) -> None:
    """Remove what held before and does not now, and halves that a stopped publication of this site left."""
    holds = {path for _, path, _ in after.files()}
    gone = {path for _, path, _ in before.files()} - holds
    for table in (*layout.TABLE_NAMES, *layout.SMALL):
        for path in (folder / table / f"site={after.site}").rglob("*"):
            below = path.relative_to(folder).as_posix()
            if layout.is_ours(path) and below not in holds:
                gone.add(below)
    for below in gone:
        with suppress(OSError):  # somebody reads it (Windows): the next publication removes it
            (folder / below).unlink(missing_ok=True)
