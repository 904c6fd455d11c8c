# SPDX-License-Identifier: MIT
"""List: show the sessions that are stored on this computer.

in    a store
out   a table, or one JSON object (`--json`)
"""

import click


@click.command("list")
def command() -> None:
    """Show the sessions that are stored on this computer."""
