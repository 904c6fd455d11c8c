# SPDX-License-Identifier: MIT
"""Codes: participant codes, and what is more likely a person's name.

in    a code that somebody typed
out   "", or a sentence that warns
but   a warning only: nobody can know, and a group may well be called "Gang Nord"
"""

from __future__ import annotations

import re

_NAME = re.compile(r"([^\W\d_]['’]?){2,}([\s,;._-]+([^\W\d_]['’]?){2,})+")  # two words of letters, no digit


def warning(code: str) -> str:
    """What to say about a code that looks like a first and a last name; "" for any other."""
    if not _NAME.fullmatch(code.strip()):
        return ""
    return (
        f"{code} looks like a name. Every page, table and mail will carry it, and whoever finds the board can read it: "
        "use a code such as P-07 (`retrostep settings code=P-07`) and keep the list of names elsewhere."
    )
