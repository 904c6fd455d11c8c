# SPDX-License-Identifier: MIT
"""Report: stored walks become one page that a person enjoys; `page.render` is its door."""
