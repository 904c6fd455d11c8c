# SPDX-License-Identifier: MIT
"""Cohort: walks of several computers in one folder of Parquet: `publishing.publish` writes, `reading.Cohort` asks."""
