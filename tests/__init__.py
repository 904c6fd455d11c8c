# SPDX-License-Identifier: MIT
"""Tests: a package only so that tests/faults can be imported as tests.faults."""
