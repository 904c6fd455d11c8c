# SPDX-License-Identifier: MIT
"""What every test relies on: subprocesses find our packages, no test sees or touches a person's own walks, and pages
speak English."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser):
    parser.addoption("--regold", action="store_true", help="Rewrite the golden transcripts; read the diff afterwards.")


def pytest_configure(config):
    settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("any machine")  # timings decide nothing
    ours = [str(ROOT / "lib"), str(ROOT / "host_tools")]
    inherited = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path not in ours]
    os.environ["PYTHONPATH"] = os.pathsep.join(ours + inherited)
    config.retrostep_home = tempfile.TemporaryDirectory(prefix="retrostep-home-")
    os.environ["RETROSTEP_HOME"] = config.retrostep_home.name
    os.environ["RETROSTEP_LANG"] = "en"  # pages are read here in English, wherever the tests run


def pytest_unconfigure(config):
    config.retrostep_home.cleanup()
