# SPDX-License-Identifier: MIT
"""Docs: the pages that messages point to, on this computer, without a network.

in    the name of a page, such as build
out   the list of pages; a page as text, or in the browser with its pictures; the path of its file
"""

from __future__ import annotations

import click

from retrostep_host.cli._terminal import read, say, say_json, table


@click.command("docs")
@click.argument("name", required=False)
@click.option("--open", "show", is_flag=True, help="Open the page in the browser, with its pictures.")
@click.option("--path", "only_path", is_flag=True, help="Print only where its file is.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(name: str | None, show: bool, only_path: bool, as_json: bool) -> None:
    """Read a page of the manual; without NAME, list them.

    All pages are part of this package: nothing is fetched.

    \b
    retrostep docs
    retrostep docs build
    retrostep docs build --open
    """
    from retrostep_host import manual

    if name is None:
        known = [(one, manual.title(one), str(manual.path(one))) for one in manual.names()]
        if as_json:
            say_json({"pages": [dict(zip(("name", "title", "path"), one, strict=True)) for one in known]})
            return
        table([("page", "left"), ("what it says", "left")], [one[:2] for one in known])
        say("`retrostep docs NAME` shows one, with `--open` in the browser.")
        return
    file = manual.path(name)
    if as_json:
        say_json({"name": file.stem, "title": manual.title(name), "path": str(file)})
    elif only_path:
        say(file)
    elif show:
        page = manual.as_html(name)
        say(f"The page: {page}")
        click.launch(page.as_uri())
    else:
        read(manual.text(name))
