# SPDX-License-Identifier: MIT
"""Lang: the option `--lang` of the verbs that make something to read, the same for each."""

from __future__ import annotations

import click

from retrostep_host import language

option = click.option(
    "--lang",
    type=click.Choice(list(language.NAMES)),
    help="Language of what is made; RETROSTEP_LANG, else that of this computer, else English.",
)
