# SPDX-License-Identifier: MIT
"""Templates: what page and card share of Jinja, in the language that is spoken.

in    more options of jinja2.Environment
out   an environment whose templates lie in this folder and say `_`, `gettext` and `ngettext`
keeps nothing
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrostep_host import language

if TYPE_CHECKING:
    import jinja2


def environment(**more: Any) -> jinja2.Environment:
    """A name that a template uses and nobody gave is an error."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        **more,
    )
    made.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made
