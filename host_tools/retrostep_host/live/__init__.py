# SPDX-License-Identifier: MIT
"""Live: a walk watched while it is walked, on a board on its cable or in this computer itself (blinka.py)."""
