# SPDX-License-Identifier: MIT
"""Manual: the pages of docs/ on this computer, of the checkout or of the installed package.

in    the name of a page, such as build, clinic or clinic/letter.de
out   its text, its file, or all pages in HTML with their pictures, for a browser
keeps the HTML in RETROSTEP_HOME/manual, made anew each time
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from retrostep_host import drive, home, language
from retrostep_host.errors import RetrostepError, from_os

_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:">
<title>{title}</title><style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: auto; padding: 1rem }}
pre, table {{ overflow-x: auto; display: block }}
th, td {{ padding: .2rem .6rem; text-align: left; vertical-align: top }}
pre {{ padding: .6rem; border: 1px solid gray }} img {{ max-width: 100%; background: white }}
li.box {{ list-style: none; margin-left: -1.2em }}
@media print {{
  @page {{ size: A4; margin: 14mm }}
  body {{ font-size: 11pt; line-height: 1.35; max-width: none; padding: 0 }}
  body.letter {{ font-size: 13pt; line-height: 1.45 }}
  p, ul, ol {{ margin: .5em 0 }} ul, ol {{ padding-left: 1.4em }}
  h1 {{ margin: 0 0 .4em; font-size: 18pt }}
  a {{ color: inherit; text-decoration: none }} li, tr {{ break-inside: avoid }}
  table {{ display: table; width: 100%; border-collapse: collapse }}
  th, td {{ border: 1px solid gray; min-width: 3.5em }} td:empty {{ height: 9mm }}
}}
</style></head><body class="{kind}">
{body}
</body></html>
"""


def folder() -> Path:
    """Where the pages are."""
    root = drive.checkout()
    return root / "docs" if root else Path(__file__).resolve().parent / "_docs"


def names() -> list[str]:
    """All pages; a folder's README by the folder's name."""
    every = (path.relative_to(folder()).with_suffix("").as_posix() for path in folder().rglob("*.md"))
    return sorted(one.removesuffix("/README") for one in every)


def path(name: str) -> Path:
    """The file of a page; `build`, `build.md` and `docs/build.md` are the same, and `letter` is `clinic/letter`. Raises
    RetrostepError."""
    asked = name.replace("\\", "/").removesuffix(".md").lower().removesuffix("/readme").removesuffix("/")
    fits = [one for one in names() if one == asked] or [one for one in names() if Path(one).name == Path(asked).name]
    if not fits:
        raise RetrostepError(f"There is no page {Path(name).name}; there are {', '.join(names())}.")
    file = folder() / f"{fits[0]}.md"
    return file if file.exists() else folder() / fits[0] / "README.md"


def text(name: str) -> str:
    """A page as it was written."""
    return path(name).read_text(encoding="utf-8")


def title(name: str) -> str:
    """Its heading."""
    return text(name).partition("\n")[0].lstrip("# ")


def as_html(name: str) -> Path:
    """Write every page for a browser; the file of this one. Raises RetrostepError, CannotWrite, FullDisk."""
    from markdown_it import MarkdownIt

    write, out = MarkdownIt("commonmark").enable("table"), home.folder() / "manual"
    try:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(folder(), out, ignore=shutil.ignore_patterns("*.md"))
        for one in names():
            body = write.render(text(one))
            body = re.sub(r"<h([1-6])>(.*?)</h", lambda found: _head(*found.groups()), body)
            body = re.sub(r'href="([\w./-]+)\.md(#[\w-]*)?"', r'href="\1.html\2"', body)
            body = body.replace("<li>[ ] ", '<li class="box">☐ ')
            kind = Path(one).name.partition(".")[0]
            page = _PAGE.format(title=title(one), body=body, lang=_lang(one), kind=kind)
            _html(out, one).write_text(page, encoding="utf-8")
    except OSError as error:
        raise from_os(error, "writing the pages") from error
    return _html(out, path(name).relative_to(folder()).with_suffix("").as_posix())


def _html(out: Path, name: str) -> Path:
    """Where a page lies in HTML: beside its pictures, as in docs/."""
    return (out / path(name).relative_to(folder())).with_suffix(".html")


def _lang(name: str) -> str:
    """Of a page such as clinic/letter.de."""
    code = Path(name).suffix[1:]
    return code if code in language.NAMES else "en"


def _head(level: str, words: str) -> str:
    anchor = re.sub(r"[^\w\- ]", "", re.sub(r"<.*?>", "", words).lower()).replace(" ", "-")
    return f'<h{level} id="{anchor}">{words}</h'
