# SPDX-License-Identifier: MIT
"""Manual: the pages of docs/ on this computer, of the checkout or of the installed package.

in    the name of a page, such as build
out   its text, its file, or all pages in HTML with their pictures, for a browser
keeps the HTML in RETROSTEP_HOME/manual, made anew each time
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from retrostep_host import drive, home
from retrostep_host.errors import RetrostepError, from_os

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:">
<title>{title}</title><style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: auto; padding: 1rem }}
pre, table {{ overflow-x: auto; display: block }}
th, td {{ padding: .2rem .6rem; text-align: left; vertical-align: top }}
pre {{ padding: .6rem; border: 1px solid gray }} img {{ max-width: 100%; background: white }}
</style></head><body>
{body}
</body></html>
"""


def folder() -> Path:
    """Where the pages are."""
    root = drive.checkout()
    return root / "docs" if root else Path(__file__).resolve().parent / "_docs"


def names() -> list[str]:
    """All pages."""
    return sorted(path.stem for path in folder().glob("*.md"))


def path(name: str) -> Path:
    """The file of a page; `build`, `build.md` and `docs/build.md` are the same. Raises RetrostepError."""
    stem = Path(name).name.removesuffix(".md").lower()
    if stem not in names():
        raise RetrostepError(f"There is no page {stem}; there are {', '.join(names())}.")
    return folder() / f"{stem}.md"


def text(name: str) -> str:
    """A page as it was written."""
    return path(name).read_text(encoding="utf-8")


def title(name: str) -> str:
    """Its heading."""
    return text(name).partition("\n")[0].lstrip("# ")


def as_html(name: str) -> Path:
    """Write every page for a browser; the file of this one. Raises RetrostepError, CannotWrite, FullDisk."""
    from markdown_it import MarkdownIt

    write, out, wanted = MarkdownIt("commonmark").enable("table"), home.folder() / "manual", path(name).stem
    try:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(folder(), out, ignore=shutil.ignore_patterns("*.md"))
        for one in names():
            body = write.render(text(one))
            body = re.sub(r"<h([1-6])>(.*?)</h", lambda found: _head(*found.groups()), body)
            body = re.sub(r'href="([\w-]+)\.md(#[\w-]*)?"', r'href="\1.html\2"', body)
            (out / f"{one}.html").write_text(_PAGE.format(title=title(one), body=body), encoding="utf-8")
    except OSError as error:
        raise from_os(error, "writing the pages") from error
    return out / f"{wanted}.html"


def _head(level: str, words: str) -> str:
    anchor = re.sub(r"[^\w\- ]", "", re.sub(r"<.*?>", "", words).lower()).replace(" ", "-")
    return f'<h{level} id="{anchor}">{words}</h'
