# SPDX-License-Identifier: MIT
"""Control: what a line on PORTS/control asks of a virtual or an emulated board.

in    a line, JSON
out   the name of a command and its options; ValueError says what a line looks like
"""

from __future__ import annotations

import json
from typing import Any


def parse(line: bytes) -> tuple[str, dict[str, Any]]:
    """{"cmd": "button", ...}, {"button": {...}} or "button". Raises ValueError."""
    asked = json.loads(line)
    if isinstance(asked, str):
        return asked, {}
    if not isinstance(asked, dict) or not asked:
        raise ValueError('one JSON object a line, such as {"cmd": "status"}')
    for key in ("cmd", "command"):
        if key in asked:
            return str(asked[key]), asked
    name, options = next(iter(asked.items()))
    return name, options if isinstance(options, dict) else {}
