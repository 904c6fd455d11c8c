# SPDX-License-Identifier: MIT
"""Walking: the parts of a generated walk; ../walks.py puts them together."""
