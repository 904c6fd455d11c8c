# SPDX-License-Identifier: MIT
"""Export: the walks in forms that other programs read; `tables.write` is the door, `columns.TABLES` what they hold."""
