# SPDX-License-Identifier: MIT
"""Questions: what a study asks its cohort, in SQL that DuckDB and Spark both read.

in    the views of reading.VIEWS
out   one text of SQL a question
but   nothing is rounded here: two programs round halves differently (page.py does it)
      people are compared and never added up: no row is the sum of two of them
      a median over a person's walks is of walks, each counted once, however long
"""

from __future__ import annotations

_MEDIAN = "percentile_cont(0.5) WITHIN GROUP (ORDER BY {0})"

PEOPLE = f"""
SELECT site, code, min(day) AS first_day, max(day) AS last_day,
       count(*) AS walks, count(DISTINCT day) AS days,
       sum(steps_forward + steps_backward + steps_sideways + steps_unknown) AS steps,
       sum(steps_backward) AS steps_backward,
       sum(minutes_backward) AS minutes_backward, sum(minutes_forward) AS minutes_forward,
       sum(stumbles) AS stumbles, sum(falls) AS falls, sum(wobbles) AS wobbles,
       {_MEDIAN.format("cadence_backward_spm")} AS cadence_backward_spm,
       {_MEDIAN.format("speed_backward_mps")} AS speed_backward_mps,
       {_MEDIAN.format("stride_length_backward_m")} AS stride_length_backward_m,
       {_MEDIAN.format("stride_time_cv_backward")} AS stride_time_cv_backward,
       count(plan_counted) AS plan_sessions, coalesce(sum(plan_counted), 0) AS plan_counted
FROM session GROUP BY site, code ORDER BY site, code
"""

WEEKS = """
SELECT site, code, CAST(date_trunc('week', CAST(day AS DATE)) AS DATE) AS monday,
       count(*) AS walks, sum(minutes_backward) AS minutes_backward,
       sum(stumbles) AS stumbles, sum(falls) AS falls, coalesce(sum(plan_counted), 0) AS plan_counted
FROM session GROUP BY site, code, CAST(date_trunc('week', CAST(day AS DATE)) AS DATE) ORDER BY site, code, monday
"""

STRIDES = f"""
SELECT w.site, w.code, s.direction, count(*) AS strides,
       {_MEDIAN.format("s.stride_time_s")} AS stride_time_s,
       {_MEDIAN.format("s.stride_length_m")} AS stride_length_m,
       {_MEDIAN.format("s.stance")} AS stance,
       avg(CASE s.contact WHEN 'toe' THEN 1.0 WHEN 'heel' THEN 0.0 END) AS toe_first
FROM stride AS s JOIN session AS w ON w.site = s.site AND w.walk = s.of_walk
WHERE s.inferred = 0 GROUP BY w.site, w.code, s.direction ORDER BY w.site, w.code, s.direction
"""

SITES = f"""
SELECT site, count(*) AS people, {_MEDIAN.format("walks")} AS walks_median,
       {_MEDIAN.format("minutes_backward")} AS minutes_backward_median,
       min(minutes_backward) AS minutes_backward_least, max(minutes_backward) AS minutes_backward_most,
       count(CASE WHEN falls > 0 THEN 1 END) AS people_who_fell,
       count(CASE WHEN stumbles > 0 THEN 1 END) AS people_who_stumbled
FROM ({PEOPLE.replace("ORDER BY site, code", "")}) AS people GROUP BY site ORDER BY site
"""

_STEPS = "steps_forward + steps_backward + steps_sideways + steps_unknown"
TOTALS = f"SELECT count(*) AS walks, sum({_STEPS}) AS steps FROM session"

ALL = {"people": PEOPLE, "weeks": WEEKS, "sites": SITES, "strides": STRIDES}
