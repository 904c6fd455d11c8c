# SPDX-License-Identifier: MIT
"""Card: make the wearer's card of buzzes, one sheet in large type.

in    a language
out   one HTML file to print; its path on stdout
not   anything of a person: the card is the same for everybody
"""

from __future__ import annotations

import click

from retrostep_host.cli import _lang
from retrostep_host.cli._terminal import say, say_json


@click.command("card")
@click.option("--out", metavar="FILE", default="retrostep-card.html", show_default=True, help="The card to write.")
@_lang.option
@click.option("--open", "show", is_flag=True, help="Open the card in the browser.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def command(out: str, lang: str | None, show: bool, as_json: bool) -> None:
    """Make the wearer's card of buzzes: what is felt on the leg, in large type, for one sheet of paper.

    Print it, and write a telephone number on it. `--lang de` and `--lang es` make it in German and Spanish.
    """
    from pathlib import Path

    from retrostep_host import errors, language
    from retrostep_host.report import card

    target = Path(out)
    with language.spoken(lang or language.default()):
        text = card.render()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise errors.from_os(error, "writing the card") from error
    if as_json:
        say_json({"card": str(target.absolute())})
    else:
        say(f"The card is {target.absolute()}")
    if show:
        click.launch(target.absolute().as_uri())
