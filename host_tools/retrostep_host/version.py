# SPDX-License-Identifier: MIT
"""Version: the three that age apart, taken from the device library; imports nothing heavy."""

from retrostep import JOURNAL_VERSION, LINK_VERSION, __version__

LINE = f"retrostep {__version__} (journal {JOURNAL_VERSION}, link {LINK_VERSION})"
