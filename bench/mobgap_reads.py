# SPDX-License-Identifier: MIT
"""Does Mobilise-D's own aggregation read our bout.csv?

question  whether mobgap's MobilisedAggregator takes the columns as they are, by person and day, and by direction; and
          whether what it counts and adds up is what day.csv says
data      eight weeks of the made-up practice (practice.py), seed 1
run       pip install mobgap, then: python bench/mobgap_reads.py [--keep DIR]    (a minute)
but       mobgap is no dependency of ours, and large: without it this says so. It has no idea of directions: whoever
          wants them apart groups by `direction` as well, as here
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "host_tools")]

from retrostep_host import practice  # noqa: E402
from retrostep_host.export import tables  # noqa: E402
from retrostep_host.store import Store, choose  # noqa: E402

CALLED = {"n_steps": "n_raw_initial_contacts"}  # the one name that differs
INDEX = ["visit_type", "participant_id", "measurement_date", "wb_id"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", metavar="DIR", help="keep store and tables there")
    asked = parser.parse_args()
    try:
        import pandas
        from mobgap.aggregation import MobilisedAggregator
    except ImportError as error:
        sys.exit(f"mobgap is not here ({error}): pip install mobgap.")
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(asked.keep or scratch)
        out.mkdir(parents=True, exist_ok=True)
        made = practice.make(out, 1, date(2026, 11, 28))
        with Store(made.store, write=False) as store:
            tables.write(choose.spelled(choose.joined(store)), out, store)
        bouts = pandas.read_csv(out / "bout.csv").rename(columns=CALLED).set_index(INDEX)
        days = pandas.read_csv(out / "day.csv").fillna({"code": "no code"}).set_index(["code", "day"])
    taken = [name for name in MobilisedAggregator.INPUT_COLUMNS if name in bouts.columns]
    lacking = [name for name in MobilisedAggregator.INPUT_COLUMNS if name not in bouts.columns]
    print(f"{len(bouts)} bouts; columns that it takes: {', '.join(taken)}; that are not there: {', '.join(lacking)}")
    by_day = MobilisedAggregator(groupby=INDEX[:-1]).aggregate(bouts).aggregated_data_
    minutes = by_day["total_walking_duration_min"].droplevel("visit_type")
    ours = days[[f"minutes_{way}" for way in ("forward", "backward", "sideways", "unknown")]].sum(axis=1)
    apart = (minutes - ours.reindex(minutes.index)).abs().max()
    print(f"{len(by_day)} days of people; minutes walked are those of day.csv to {apart:.3f} min")
    steps = by_day["wb_all__n_raw_initial_contacts__sum"].droplevel("visit_type")
    is_same = (steps == days["steps"].reindex(steps.index)).all()
    print(f"steps {'are' if is_same else 'ARE NOT'} those of day.csv: {int(steps.sum()):,}")
    counted = int(by_day["wb_all__count"].sum())
    print(f"bouts counted: {counted} of {len(bouts)}")
    ways = MobilisedAggregator(groupby=["participant_id", "direction"]).aggregate(bouts.reset_index().set_index(INDEX))
    shown = ["wb_all__count", "wb_10_30__walking_speed_mps__avg", "wb_30__cadence_spm__avg"]
    print(ways.aggregated_data_[[name for name in shown if name in ways.aggregated_data_]].head(6).to_string())
    sys.exit(0 if counted == len(bouts) and apart < 0.02 and is_same else 1)


if __name__ == "__main__":
    main()
