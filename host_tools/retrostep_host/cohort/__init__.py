# SPDX-License-Identifier: MIT
"""Cohort: the walks of several computers in one folder of Parquet: `publishing.publish` writes it, `reading.Cohort` asks.
"""
