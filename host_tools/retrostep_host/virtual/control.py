# SPDX-License-Identifier: MIT
"""Control: what a line on PORTS/control asks for.

in    a decoded JSON value
out   the name of a command and its options; ValueError says what a line looks like
"""

from __future__ import annotations

from typing import Any


def understood(asked: Any) -> tuple[str, dict[str, Any]]:
    """{"cmd": "button", ...}, {"button": {...}} or "button"."""
    if isinstance(asked, str):
        return asked, {}
    if not isinstance(asked, dict) or not asked:
        raise ValueError('one JSON object a line, such as {"cmd": "status"}')
    for key in ("cmd", "command"):
        if key in asked:
            return str(asked[key]), asked
    name = next(iter(asked))
    options = asked[name]
    return name, options if isinstance(options, dict) else {}
