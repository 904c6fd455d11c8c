# SPDX-License-Identifier: MIT
"""Places: into which cohort folders a store was published, so that `delete` can say where its walks still stand.

in    the path of a store; a folder and a site
out   (folder, site) pairs, in the order of their names
keeps a small file beside the store: NAME.published.json; no code, no walk
but   a convenience: where it cannot be written or read, nothing is remembered, and nothing else fails
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path


def _file(store: Path) -> Path:
    return store.with_name(f"{store.name}.published.json")


def known(store: Path) -> list[tuple[str, str]]:
    """(folder, site) of each place that this store was published to."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return sorted((str(folder), str(site)) for folder, site in json.loads(_file(store).read_text("utf-8")))
    return []


def remember(store: Path, folder: Path, site: str) -> None:
    """It is published there now."""
    found = sorted({*known(store), (str(folder.absolute()), site)})
    part = _file(store).with_suffix(".part")
    with contextlib.suppress(OSError):
        part.write_text(json.dumps(found) + "\n", encoding="utf-8")
        os.replace(part, _file(store))
