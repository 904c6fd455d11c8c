# SPDX-License-Identifier: MIT
"""One short generated walk, to be written down in many ways."""

from types import SimpleNamespace

import numpy as np
import pytest
from retrostep_host import replay
from retrostep_host.virtual import walks

NAMES = "t,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"


@pytest.fixture(scope="session")
def walk(tmp_path_factory):
    """t, acc, gyr as the sensor gave them; write(path, table, ...); counts(path, ...); plain: the counts."""
    made = walks.generate("stand 3 s\nforward 12 strides\nbackward 12 strides\nstand 2 s\n", seed=4)
    table = np.column_stack([made.t, made.acc, made.gyr])

    def write(path, table=table, names=NAMES, form="%.5f", delimiter=",", before="", comma=False, code="utf-8"):
        rows = "\n".join(delimiter.join(form % x if not isinstance(x, str) else x for x in row) for row in table)
        rows = rows.replace(".", ",") if comma else rows
        path.write_bytes(f"{before}{names.replace(',', delimiter)}\n{rows}\n".encode(code))
        return path

    def counts(path, **how):
        return replay.replay(str(path), "ankle", **how)["steps_by_direction"]

    plain = counts(write(tmp_path_factory.mktemp("plain") / "plain.csv"))
    assert plain["forward"] >= 20 and plain["backward"] >= 20 and plain["unknown"] == plain["sideways"] == 0
    return SimpleNamespace(t=made.t, acc=made.acc, gyr=made.gyr, table=table, write=write, counts=counts, plain=plain)
